package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

type needID = capacity.NeedID

const (
	// livesPerFolder keeps records short enough to be replayed after each point.
	livesPerFolder = 25
	// step is the time between two lives: longer than rounds and windows.
	step    = calendar.Instant(61 * calendar.Hour / 60)
	clients = 8
	newborn = 10 // needs of a life
	longest = 250 * time.Millisecond
)

// terms of the agreement: windows of an hour, so that a matter runs within a few lives.
const agreementText = `agreement: acme-northwind
title: Acme and Northwind
source: invented for tests of faults
grantor: acme
direction: buys
parties:
  - {id: acme, name: Acme, zone: UTC}
  - {id: northwind, name: Northwind, zone: UTC, clouds: [northwind]}
clauses:
  - id: match
    kind: match
    cite: section 4
    holder: northwind
    effective: 2026-01-01..2030-01-01
    notice: {content: [quantity, accelerator, period, price], channel: desk, clock: sent}
    window: 1 hours
    silence: lapse
    partial: allowed
    match: {rule: identical_on_principal_terms, principal: [price, quantity, start, duration]}
    counter: window_continues
    release_on: [declined, lapsed]
    tail: {length: 100 hours, cap: noticed}
    reopen: [fell_through]
    package: severable
    material_change: any
    information: {effect: none}
    survival: run_off
`

const providersText = `providers:
  - {id: northwind, name: Northwind, clouds: [northwind]}
  - {id: fabrikam, name: Fabrikam, clouds: [fabrikam], countries: [DE]}
`

// load is a stream of commands on one folder, over many lives of the server.
type load struct {
	program
	rng   *rand.Rand
	now   calendar.Instant
	count int
	born  map[needID]int // in which life
	order []needID
	lives int
	acked []*sent
	open  []*sent // no answer came: it is recorded or not
	// letters are the texts by file, as they were seen first.
	letters map[string]string
	sum     *counts
}

// newLoad makes a folder with an agreement and providers.
func newLoad(binary, dir string, seed uint64, sum *counts) (*load, error) {
	start, err := calendar.Parse("2026-03-02T12:00Z")
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp(dir, "data")
	if err != nil {
		return nil, err
	}
	l := &load{program: program{binary: binary, folder: folder}, rng: rand.New(rand.NewPCG(seed, 3)), now: start, born: map[needID]int{}, letters: map[string]string{}, sum: sum}
	return l, l.begin(dir)
}

// begin records what binds the buyer.
func (l *load) begin(dir string) error {
	for _, f := range [][3]string{{"agreement.yaml", agreementText, "agreement add"}, {"providers.yaml", providersText, "provider set"}} {
		name := filepath.Join(dir, f[0])
		if err := os.WriteFile(name, []byte(f[1]), 0o600); err != nil {
			return err
		}
		if _, err := l.run(l.now, append(strings.Fields(f[2]), name)...); err != nil {
			return err
		}
	}
	return nil
}

// life starts the server, sends commands, kills it, and looks at what is left.
func (l *load) life() error {
	s, err := l.serve(l.now)
	if err != nil {
		return err
	}
	work := l.work()
	life := time.Duration(1 + l.rng.Int64N(int64(longest)))
	done := make(chan error, 1)
	go func() { done <- l.send(s, work) }()
	time.Sleep(life)
	if err := s.kill(); err != nil {
		return err
	}
	if err := <-done; err != nil {
		return err
	}
	if err := l.sort(work); err != nil {
		return err
	}
	l.sum.points++
	l.lives++
	if err := l.check(); err != nil {
		return err
	}
	l.now += step
	return nil
}

// work is what is sent in a life: what got no answer before, new needs, and the next step of those before.
func (l *load) work() []*sent {
	out := make([]*sent, 0, 4*newborn+len(l.open))
	for _, x := range l.open {
		out = append(out, &sent{need: x.need, key: x.key, command: x.command})
		l.sum.resent++
	}
	l.open = nil
	add := func(need needID, by party.ID, ask right.Ask) {
		l.count++
		out = append(out, &sent{need: need, key: fmt.Sprintf("key-%d", l.count), command: right.Command{By: by, Ask: ask}})
	}
	for range newborn {
		id := needID(fmt.Sprintf("n%d", l.count+1))
		add(id, "acme", right.Submit{Need: l.need(id)})
	}
	for _, id := range l.order {
		switch l.lives - l.born[id] {
		case 0, 1:
			add(id, "fabrikam", right.SubmitOffer{Offer: l.offer(id)})
		case 2:
			add(id, "acme", right.Choose{Lot: 1})
		case 3:
			kind := []right.AnswerKind{right.Exercise, right.Decline, right.Waive}[l.rng.IntN(3)]
			add(id, "northwind", right.Answer{Matter: 1, Kind: kind})
		}
	}
	l.rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

var period = calendar.Span{From: instant("2026-09-01"), Until: instant("2026-11-01")}

func instant(s string) calendar.Instant {
	i, err := calendar.Parse(s)
	if err != nil {
		panic("bug: " + err.Error())
	}
	return i
}

// need has a round of two steps, so that offers of two lives are in it.
func (l *load) need(id needID) capacity.Need {
	return capacity.Need{ID: id, Buyer: "acme", Class: capacity.Inference, Purpose: capacity.Internal, Sourcing: capacity.Market, Tenure: capacity.New,
		OffersWindow: calendar.Length{N: 2, Unit: calendar.Hours},
		Lines:        []capacity.Line{{Accelerators: []capacity.Accelerator{"H100"}, Quantity: 16, Least: 16, Period: period}}}
}

func (l *load) offer(id needID) offer.Offer {
	return offer.Offer{ID: offer.ID(fmt.Sprintf("o%d", l.count+1)), Provider: "fabrikam", Need: id, ValidUntil: l.now + calendar.Instant(2400*calendar.Hour),
		Salt: fmt.Sprintf("%032x", l.rng.Uint64()),
		Terms: offer.Terms{Price: []offer.Step{{From: period.From, Rate: money.Nanos(2_400_000_000, money.USD)}}, Accelerator: "H100", Quantity: 16,
			Cloud: "fabrikam", Country: "DE", Period: period}}
}

// send sends the work from several clients until it is done or the server is gone.
func (l *load) send(s *server, work []*sent) error {
	queue := make(chan *sent, len(work))
	for _, x := range work {
		queue <- x
	}
	close(queue)
	c := client()
	defer c.CloseIdleConnections()
	var wait sync.WaitGroup
	failed := make([]error, clients)
	for i := range failed {
		wait.Go(func() {
			for x := range queue {
				if x.answer, failed[i] = s.post(c, x); failed[i] != nil {
					return
				}
			}
		})
	}
	wait.Wait()
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}

// sort puts the work of a life where it belongs by its answers.
func (l *load) sort(work []*sent) error {
	for _, x := range work {
		switch x.answer.status {
		case http.StatusOK:
			l.sum.acked++
			l.acked = append(l.acked, x)
			if _, ok := x.command.Ask.(right.Submit); ok {
				l.born[x.need] = l.lives + 1
				l.order = append(l.order, x.need)
			}
		case http.StatusConflict, http.StatusNotFound:
			l.sum.refused++
		case 0, http.StatusServiceUnavailable:
			l.open = append(l.open, x)
		default:
			return fmt.Errorf("%s on %s: %d: %s", x.key, x.need, x.answer.status, x.answer.problem)
		}
	}
	return nil
}
