package whatif

import (
	"bytes"
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/money"
	"firstlook/party"
	"firstlook/right"
)

// Result sets the record beside the changed world, from the fork on.
type Result struct {
	Need   capacity.NeedID
	Fork   Point
	Common int // events that are the same on both sides, from the beginning of the record
	// First is where the two part; nil where they do not.
	First *Parting
	// Record is what happened, WhatIf what would have.
	Record, WhatIf Timeline
	Impossible     []Impossible // what the changed world did not take
	NotPlayed      []Impossible // what it did not come to, because the run stopped
	Stopped        *Stop        // nil where the run came to its end
	// Cost is what the changed world costs more, and Days how much later its last award is; Compared says whether
	// both sides supply the whole need in one currency, so that they can be.
	Compared bool
	Cost     money.Amount
	Later    calendar.Instant
	Gains    []Gain
}

// Parting is the first event that is not the same.
type Parting struct {
	Event          int          // its number
	Record, WhatIf *right.Event // nil where that side has no further event
}

// Timeline is one side.
type Timeline struct {
	Events []right.Event // from the fork on
	State  right.State   // at the end
	Awards []Award       // that stand
	// Awarded of Needed is how much is supplied, in the reference accelerators of the lines.
	Awarded, Needed int64
	Landed          money.Amount     // of the awards that stand; zero where they are in several currencies
	Took            calendar.Instant // from the need's submission to the last award that stands, as a difference
	Decided         []agreement.Ref
	Waiting         []desk.Turn // who has the word at the end
}

// Award is an award that stands, with when it was made.
type Award struct {
	desk.Award
	At calendar.Instant `json:"at"`
}

// Gain is what a provider is awarded on both sides, by landed cost.
type Gain struct {
	Party          party.ID     `json:"party"`
	Record, WhatIf money.Amount `json:"-"`
	Quantity       [2]int64     `json:"-"` // in the record, and in the changed world
}

// Run replays a history up to a fork and goes on with a change. The errors say what of the fork or the change does not fit
// the record, or that the record does not follow from its law; nothing is ever written.
func Run(h History, f Fork, c Change, o Options) (Result, error) {
	h, err := h.complete()
	if err != nil {
		return Result{}, err
	}
	moves, err := Moves(h)
	if err != nil {
		return Result{}, err
	}
	p, err := f.find(&h, moves)
	if err != nil {
		return Result{}, err
	}
	if err := c.check(&h, moves, p); err != nil {
		return Result{}, err
	}
	if line, sealed := sealedRound(&h); sealed {
		return Result{}, &Sealed{Line: line}
	}
	w, err := fork(&h, moves, p, &c, o)
	if err != nil {
		return Result{}, err
	}
	w.run()
	return compare(&h, w), nil
}

// Sealed says that offers of an open round are in the record: what would come of them is nobody's to see before it closes.
type Sealed struct{ Line int }

func (s *Sealed) Error() string {
	return fmt.Sprintf("offers for line %d are sealed until their round closes; a what-if would open them", s.Line+1)
}

// sealedRound returns a line with sealed offers at the end of the record.
func sealedRound(h *History) (int, bool) {
	s := right.Replay(h.Laws[len(h.Laws)-1].Law, h.Events)
	for _, o := range desk.Offers(&s, s.Need.Buyer) {
		if o.Sealed {
			return o.Line - 1, true
		}
	}
	return 0, false
}

// compare sets the two side by side.
func compare(h *History, w *player) Result {
	taken := w.point.Event - 1
	real := right.Replay(h.Laws[len(h.Laws)-1].Law, h.Events)
	r := Result{Need: h.Need().ID, Fork: w.point, Impossible: w.impossible, Stopped: w.stopped}
	r.Record = timeline(h.Events[:taken], h.Events[taken:], real)
	r.WhatIf = timeline(h.Events[:taken], w.events, w.state)
	if w.stopped != nil {
		for _, i := range w.script {
			if i.law == nil {
				r.NotPlayed = append(r.NotPlayed, Impossible{At: i.at, Command: Words(i.command), Why: "the run stopped before", Own: i.own})
			}
		}
	}
	a, b := r.Record.Events, r.WhatIf.Events
	n := 0
	for n < len(a) && n < len(b) && bytes.Equal(told(a[n]), told(b[n])) {
		n++
	}
	r.Common = taken + n
	if n < len(a) || n < len(b) {
		r.First = &Parting{Event: r.Common + 1}
		if n < len(a) {
			r.First.Record = &a[n]
		}
		if n < len(b) {
			r.First.WhatIf = &b[n]
		}
	}
	r.difference()
	return r
}

// timeline sums up one side.
func timeline(before, events []right.Event, s right.State) Timeline {
	t := Timeline{Events: events, State: s, Awards: []Award{}, Decided: []agreement.Ref{}, Waiting: []desk.Turn{}}
	if s.Need == nil {
		return t
	}
	t.Decided, t.Waiting = refs(&s), waiting(&s)
	made := map[string]calendar.Instant{}
	var begun calendar.Instant
	for _, e := range slices.Concat(before, events) {
		switch f := e.Fact.(type) {
		case *right.NeedSubmitted:
			begun = e.At
		case *right.Awarded:
			made[f.Award.String()] = e.At
		}
	}
	for i := range s.Need.Lines {
		t.Needed += s.Need.Lines[i].Quantity
	}
	for _, a := range desk.Summarize(&s, s.Need.Buyer).Awards {
		if !a.Ended {
			t.Awards = append(t.Awards, Award{a, made[a.Award]})
			t.Awarded += a.Quantity
			t.Took = max(t.Took, made[a.Award]-begun)
		}
	}
	if total, err := s.Landed(); err == nil {
		t.Landed = total
	}
	return t
}

// difference computes what the changed world costs more, how much later it is, and what it means to each provider.
func (r *Result) difference() {
	a, b := &r.Record, &r.WhatIf
	var err error
	if a.Awarded == a.Needed && b.Awarded == b.Needed && a.Needed > 0 && b.Needed == a.Needed && priced(a) && priced(b) {
		if r.Cost, err = b.Landed.Sub(a.Landed); err == nil {
			r.Compared, r.Later = true, b.Took-a.Took
		}
	}
	for side, t := range []*Timeline{a, b} {
		for _, w := range t.Awards {
			r.gain(side, &w)
		}
	}
	slices.SortFunc(r.Gains, func(x, y Gain) int { return compareText(text(x.Party), text(y.Party)) })
}

type text string

func (t text) String() string { return string(t) }

// priced reports whether every award that stands has a landed cost in one currency.
func priced(t *Timeline) bool {
	return !slices.ContainsFunc(t.Awards, func(a Award) bool { return a.Landed.Currency() == "" || a.Landed.Currency() != t.Landed.Currency() })
}

// gain adds an award of one side to what its provider is awarded.
func (r *Result) gain(side int, a *Award) {
	i := slices.IndexFunc(r.Gains, func(g Gain) bool { return g.Party == a.Provider })
	if i < 0 {
		i = len(r.Gains)
		r.Gains = append(r.Gains, Gain{Party: a.Provider})
	}
	g := &r.Gains[i]
	g.Quantity[side] += a.Quantity
	sum := &g.Record
	if side == 1 {
		sum = &g.WhatIf
	}
	if total, err := sum.Add(a.Landed); err == nil {
		*sum = total
	}
}
