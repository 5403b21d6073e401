package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"firstlook/bench/journal/bare"
	"firstlook/bench/negotiation"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/right"
)

const (
	turns      = 6
	rateBar    = 30 // percent of the bare append
	latencyBar = 50 * time.Millisecond
	pacers     = 128 // senders at half of the top rate: more than are ever under way at once
)

// client sends commands on so many connections that stay open.
type client struct {
	*http.Client
	address string
}

func newClient(address string, connections int) *client {
	return &client{&http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConns: connections, MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections}}, address}
}

// submit sends one need with a key.
func (c *client) submit(id capacity.NeedID) error {
	body, err := json.Marshal(negotiation.FirstOffer(id)[0].Command)
	if err != nil {
		return err
	}
	return c.send(id, "key-"+string(id), body)
}

// send sends a command on a need, and reads the whole answer.
func (c *client) send(id capacity.NeedID, key string, body []byte) error {
	r, err := http.NewRequest("POST", c.address+"/v1/needs/"+string(id)+"/commands", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", key)
	resp, err := c.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Status, text)
	}
	return err
}

// recorded are the bytes that the record has of a need that was submitted.
func recorded() ([]byte, error) {
	law, err := negotiation.Law()
	if err != nil {
		return nil, err
	}
	_, events, err := right.Step(right.Begin(law), negotiation.FirstOffer("n1")[0].Command, calendar.Instant(negotiation.Start))
	if err != nil {
		return nil, err
	}
	return right.Encode(events)
}

// counted is what was done in some time.
type counted struct {
	n    int64
	took time.Duration
}

func (c counted) rate() float64 { return float64(c.n) / c.took.Seconds() }

// callers runs work from so many goroutines for a time.
func callers(n int, length time.Duration, work func() error) (counted, error) {
	var done atomic.Int64
	var wg sync.WaitGroup
	failed := make([]error, n)
	began := time.Now()
	for c := range n {
		wg.Go(func() {
			for failed[c] == nil && time.Since(began) < length {
				if failed[c] = work(); failed[c] == nil {
					done.Add(1)
				}
			}
		})
	}
	wg.Wait()
	return counted{done.Load(), time.Since(began)}, errors.Join(failed...)
}

// rate measures the top rate in turns with the yardstick, then the latency at half of it.
func rate(p program, o options) error {
	folder, err := p.newFolder(negotiation.Providers)
	if err != nil {
		return err
	}
	s, err := p.serve(folder, startInstant)
	if err != nil {
		return err
	}
	top, err := topRate(p, o, s)
	if err == nil {
		err = latency(o, s, top/2)
	}
	if err == nil {
		err = negotiations(o, s)
	}
	return errors.Join(err, s.stop())
}

// numbered gives every need an id of its own.
var numbered atomic.Int64

func nextNeed() capacity.NeedID { return capacity.NeedID(fmt.Sprintf("r%d", numbered.Add(1))) }

func topRate(p program, o options, s *server) (float64, error) {
	body, err := recorded()
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp(p.dir, "bare")
	if err != nil {
		return 0, err
	}
	yard, err := bare.Open(dir)
	if err != nil {
		return 0, err
	}
	defer yard.Close()
	c := newClient(s.address, o.connections)
	defer c.CloseIdleConnections()
	var bareDone, ours counted
	var spent, bareSpent used
	for range turns {
		before := s.used()
		b, err := callers(o.connections, o.length/turns, func() error { return yard.Append(context.Background(), body) })
		if err != nil {
			return 0, err
		}
		between := s.used()
		h, err := callers(o.connections, o.length/turns, func() error { return c.submit(nextNeed()) })
		if err != nil {
			return 0, err
		}
		bareSpent, spent = bareSpent.plus(between.less(before)), spent.plus(s.used().less(between))
		bareDone, ours = counted{bareDone.n + b.n, bareDone.took + b.took}, counted{ours.n + h.n, ours.took + h.took}
	}
	share := 100 * ours.rate() / bareDone.rate()
	row(fmt.Sprintf("bare appends, %d callers", o.connections), fmt.Sprintf("%.0f/s", bareDone.rate()), "", bareSpent.clients, true)
	row(fmt.Sprintf("commands, %d connections", o.connections), fmt.Sprintf("%.0f/s", ours.rate()), "", spent.server, true)
	row("of the bare append", fmt.Sprintf("%.0f %%", share), fmt.Sprintf("%d %%", rateBar), 0, share >= rateBar)
	say("CPU of a bare append", "%.0f us", 1e6*bareSpent.clients/float64(max(bareDone.n, 1)))
	spent.perCommand(ours.n)
	return ours.rate(), nil
}

// negotiations measures whole negotiations: an offer, a notice with a timer, an answer.
func negotiations(o options, s *server) error {
	c := newClient(s.address, o.connections)
	defer c.CloseIdleConnections()
	before := s.used()
	n, err := callers(o.connections, o.length, func() error { return c.negotiate(nextNeed()) })
	if err != nil {
		return err
	}
	spent := s.used().less(before)
	row(fmt.Sprintf("negotiations, %d connections", o.connections), fmt.Sprintf("%.0f/s", n.rate()), "", spent.server, true)
	spent.perCommand(3 * n.n)
	return nil
}

// used is what was spent so far: CPU seconds, transactions of the store, letters that went out.
type used struct{ server, clients, transactions, letters float64 }

func (u used) plus(v used) used {
	return used{u.server + v.server, u.clients + v.clients, u.transactions + v.transactions, u.letters + v.letters}
}

func (u used) less(v used) used {
	return used{u.server - v.server, u.clients - v.clients, u.transactions - v.transactions, u.letters - v.letters}
}

// used reads what was spent; what cannot be read counts as nothing.
func (s *server) used() used {
	var own syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &own) // it fails for another flag only
	all, _ := s.sample("firstlook_")
	return used{s.cpu(), float64(own.Utime.Nano()+own.Stime.Nano()) / 1e9, all["commit_calls_count"], all[`acts_total{outcome="delivered"}`]}
}

// perCommand prints what one of so many commands cost.
func (u used) perCommand(n int64) {
	each := func(x float64) float64 { return x / float64(max(n, 1)) }
	say("CPU of the server, per command", "%.0f us", 1e6*each(u.server))
	say("CPU of the clients, per command", "%.0f us", 1e6*each(u.clients))
	say("commands to a transaction", "%.0f", float64(n)/max(u.transactions, 1))
	say("letters meanwhile, per command", "%.2f", each(u.letters))
}

func say(name, format string, value float64) {
	fmt.Printf("%-34s %12s\n", name, fmt.Sprintf(format, value))
}

// latency sends commands at a rate, each at its own instant whether the one before is answered or not, and counts from that instant.
func latency(o options, s *server, perSecond float64) error {
	c := newClient(s.address, pacers)
	defer c.CloseIdleConnections()
	n := int(perSecond * o.length.Seconds())
	due := make(chan time.Time, n)
	took := make([]time.Duration, n)
	var at atomic.Int64
	failed := make([]error, pacers)
	var wg sync.WaitGroup
	for w := range pacers {
		wg.Go(func() {
			for when := range due {
				if failed[w] = c.submit(nextNeed()); failed[w] != nil {
					return
				}
				took[at.Add(1)-1] = time.Since(when)
			}
		})
	}
	cpu := s.cpu()
	began := time.Now()
	for i := range n {
		when := began.Add(time.Duration(float64(i) / perSecond * float64(time.Second)))
		time.Sleep(time.Until(when))
		due <- when
	}
	close(due)
	wg.Wait()
	if err := errors.Join(failed...); err != nil {
		return err
	}
	slices.Sort(took)
	p99 := took[len(took)*99/100]
	row(fmt.Sprintf("p99 of a command at %.0f/s", perSecond), millis(p99), millis(latencyBar), s.cpu()-cpu, p99 <= latencyBar)
	fmt.Printf("%-34s %12s\n", "half of them within", millis(took[len(took)/2]))
	return nil
}
