package sim

import (
	"context"
	"fmt"
	"slices"
	"time"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/journal"
	"firstlook/internal/journal/memory"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// Begin is the instant at which every world begins.
var Begin = parse("2026-03-02T12:00Z")

var period = calendar.Span{From: parse("2026-09-01"), Until: parse("2026-11-01")}

func parse(s string) calendar.Instant {
	i, err := calendar.Parse(s)
	if err != nil {
		panic("bug: " + err.Error())
	}
	return i
}

// tables compare offers in every world.
var tables = desk.Tables{Throughput: capacity.Throughput{Name: "sim", Milli: map[capacity.Accelerator]int64{"H100": 1000, "H200": 1300}}}

// Setup is what a world begins with: an agreement, who may be asked for offers, and facts that are certified at the start.
type Setup struct {
	Name    string
	law     *right.Law
	writes  []journal.Write // the record before the first need
	buyer   party.ID
	holders []party.ID
	rivals  []party.ID // that may be asked, and hold no right
	others  []party.ID // that are parties to the agreement otherwise
	places  map[party.ID]capacity.Cloud
	country map[party.ID]capacity.Country
	classes []capacity.Class // of which the clauses speak
	region  capacity.Region  // that some clause wants; empty for none
}

// recorder keeps what a desk writes.
type recorder struct {
	journal.Store
	writes []journal.Write
}

func (r *recorder) Append(ctx context.Context, w journal.Write) (journal.Record, error) {
	rec, err := r.Store.Append(ctx, w)
	if err == nil {
		r.writes = append(r.writes, w)
	}
	return rec, err
}

// standing is a clock that stands at [Begin].
type standing struct{}

func (standing) Now() calendar.Instant                   { return Begin }
func (standing) After(calendar.Instant) <-chan time.Time { return nil }

// NewSetups returns the setups of one agreement: without facts, and one for each of its triggers, certified at the start.
func NewSetups(name string, text, providers []byte) ([]*Setup, error) {
	plain, err := newSetup(name, text, providers, nil)
	if err != nil {
		return nil, err
	}
	out := []*Setup{plain}
	a := plain.law.Book.Agreements[0]
	for _, t := range a.Triggers {
		if len(t.CertifiedBy) == 0 {
			continue
		}
		fact := agreement.Fact{Agreement: a.ID, Trigger: t.ID, At: Begin, By: t.CertifiedBy[0], Person: "ada", Reason: "shown"}
		s, err := newSetup(name+"+"+string(t.ID), text, providers, &fact)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func newSetup(name string, text, providers []byte, fact *agreement.Fact) (*Setup, error) {
	ctx := context.Background()
	rec := &recorder{Store: memory.New()}
	d, err := desk.Open(ctx, rec, standing{}, tables)
	if err != nil {
		return nil, err
	}
	if _, err := d.AddAgreement(ctx, name, text); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if _, err := d.SetProviders(ctx, "providers", providers); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if fact != nil {
		if _, err := d.Certify(ctx, *fact); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	s := &Setup{Name: name, law: d.Law(), writes: rec.writes, places: map[party.ID]capacity.Cloud{}, country: map[party.ID]capacity.Country{}}
	s.people()
	return s, nil
}

// people sorts out who is who.
func (s *Setup) people() {
	a := s.law.Book.Agreements[0]
	s.buyer = a.Grantor
	add := func(to *[]party.ID, who party.ID) {
		if who != "" && !slices.Contains(*to, who) {
			*to = append(*to, who)
		}
	}
	for i := range a.Clauses {
		c := &a.Clauses[i]
		add(&s.holders, c.Holder)
		for _, h := range c.Holders {
			add(&s.holders, h.Holder)
		}
		if len(c.Scope.Regions) > 0 {
			s.region = c.Scope.Regions[0]
		}
		for _, class := range c.Scope.Classes {
			if !slices.Contains(s.classes, class) {
				s.classes = append(s.classes, class)
			}
		}
	}
	if len(s.classes) == 0 {
		s.classes = []capacity.Class{capacity.Training, capacity.Inference}
	}
	for _, p := range s.law.Book.Providers {
		if len(p.Clouds) > 0 {
			s.places[p.ID] = p.Clouds[0]
		}
		if len(p.Countries) > 0 {
			s.country[p.ID] = p.Countries[len(p.Countries)-1]
		}
		if !slices.Contains(s.holders, p.ID) && len(p.Sourcings) == 0 {
			add(&s.rivals, p.ID)
		}
	}
	for _, p := range a.Parties {
		if len(p.Clouds) > 0 {
			s.places[p.ID] = p.Clouds[0]
		}
		if p.ID != s.buyer && !slices.Contains(s.holders, p.ID) && !slices.Contains(s.rivals, p.ID) {
			add(&s.others, p.ID)
		}
	}
}

// need is a random need of one line or two.
func (s *Setup) need(d dice, id capacity.NeedID) capacity.Need {
	quantity := int64(16 * (1 + d.IntN(8)))
	line := capacity.Line{Accelerators: []capacity.Accelerator{"H100", "H200"}, Quantity: quantity, Least: 8, Divisible: true, Period: period}
	n := capacity.Need{ID: id, Buyer: s.buyer, Class: pick(d, s.classes...), Purpose: pick(d, capacity.Research, capacity.Internal), Sourcing: capacity.Market,
		Tenure: capacity.New, OffersWindow: calendar.Length{N: 6 + d.IntN(36), Unit: calendar.Hours}, Lines: []capacity.Line{line}}
	if s.region != "" && d.chance(60) {
		line.Regions = []capacity.Region{s.region}
		n.Lines[0].Regions = line.Regions
	}
	if d.chance(40) {
		n.Lines[0].Divisible, n.Lines[0].Least = false, quantity
	}
	if d.chance(20) {
		n.Lines = append(n.Lines, line)
	}
	if s.law.Book.Agreements[0].Direction == agreement.Sells {
		n.Sells = true
	}
	return n
}

// terms are what a provider would supply.
func (s *Setup) terms(d dice, by party.ID, quantity int64) offer.Terms {
	t := offer.Terms{Price: []offer.Step{{From: period.From, Rate: money.Nanos(int64(20+d.IntN(5))*100_000_000, money.USD)}}, Accelerator: "H100", Quantity: max(quantity, 1),
		Cloud: s.places[by], Country: s.country[by], Region: s.region, Period: period}
	if d.chance(15) {
		t.Accelerator = "H200"
	}
	if d.chance(15) {
		t.Prepayment = 10_000
	}
	return t
}
