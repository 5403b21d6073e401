package desk

import (
	"context"
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/party"
	"firstlook/right"
)

// What earlier needs of a buyer count for in a new one: thresholds that aggregate, clauses that limit how often a notice may be
// given, and clauses with a ceiling on what their holder takes.

// loadRecent reads which needs may count.
func (d *Desk) loadRecent(ctx context.Context) error {
	if !d.looksBack() {
		return nil
	}
	d.catchUp.Lock()
	defer d.catchUp.Unlock()
	return d.readAllRecent(ctx)
}

// readAllRecent is loadRecent with the lock held. The law may be read anew meanwhile, which says of itself that all is to be read once more.
func (d *Desk) readAllRecent(ctx context.Context) error {
	if d.shared != nil { // what comes while this reads is read again by the next catching up
		var err error
		if d.through, err = d.shared.Last(ctx); err != nil {
			return err
		}
	}
	ids, err := d.Needs(ctx)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.recent = nil
	for _, id := range ids {
		events, err := d.History(ctx, id)
		if err != nil {
			return err
		}
		if len(events) == 0 {
			continue
		}
		s := right.Replay(d.Law(), events)
		d.addRecent(&s, events)
	}
	return nil
}

// looksBack reports whether any clause counts earlier needs.
func (d *Desk) looksBack() bool { return d.reach() > 0 || len(d.ceilings()) > 0 }

// reach is how far back an earlier need or notice can count for a new one; 0 where no clause looks back.
func (d *Desk) reach() calendar.Instant {
	reach := calendar.Instant(0)
	for _, a := range d.Law().Book.Agreements {
		for i := range a.Clauses {
			c := &a.Clauses[i]
			reach = max(reach, calendar.Instant(int64(c.Threshold.AggregateDays)*24*calendar.Hour))
			if limit := c.Process.RateLimit; limit != nil {
				span, _ := limit.Per.Exact()
				reach = max(reach, span)
			}
		}
	}
	return reach
}

// noteRecent keeps what happened to a need as far as it may count for others.
func (d *Desk) noteRecent(s *right.State, events []right.Event) {
	if d.shared == nil && d.looksBack() { // else it is read from the record, with what other replicas recorded
		d.mu.Lock()
		defer d.mu.Unlock()
		d.addRecent(s, events)
	}
}

// addRecent keeps what the latest events of a need add; the lock is held. A need that was left out as too old comes back when it
// gives a notice or takes something.
func (d *Desk) addRecent(s *right.State, events []right.Event) {
	given, taken := Given(s, events), Taken(s)
	i := slices.IndexFunc(d.recent, func(r right.Related) bool { return r.Need == s.Need.ID })
	if _, submitted := events[0].Fact.(*right.NeedSubmitted); i < 0 && (submitted || len(given) > 0 || len(taken) > 0) {
		i = len(d.recent)
		d.recent = append(d.recent, Related(s.Need, s.Submitted))
	}
	if i >= 0 {
		d.recent[i].Notices = append(slices.Clip(d.recent[i].Notices), given...)
		d.recent[i].Taken = taken
	}
}

// Related is a need as later needs of its buyer take account of it.
func Related(n *capacity.Need, at calendar.Instant) right.Related {
	out := right.Related{Need: n.ID, Buyer: n.Buyer, Class: n.Class, Submitted: at, Budget: n.Budget}
	for i := range n.Lines {
		out.Quantity += n.Lines[i].Quantity
	}
	return out
}

// Given lists the complete notices among the events of a need; s is the need after them.
func Given(s *right.State, events []right.Event) []right.GivenNotice {
	var out []right.GivenNotice
	for _, e := range events {
		if f, ok := e.Fact.(*right.Noticed); ok && len(f.Missing) == 0 {
			m := s.Matter(f.Matter)
			out = append(out, right.GivenNotice{Clause: m.Clause().Ref, Holder: m.For(), At: e.At})
		}
	}
	return out
}

// Taken lists what the holders of rights have of a need: the awards in force that follow an exercise.
func Taken(s *right.State) []right.TakenAward {
	var out []right.TakenAward
	for i := range s.Awards {
		a := &s.Awards[i]
		if m := s.Matter(a.Matter); m != nil && !a.Ended {
			out = append(out, right.TakenAward{Clause: m.Clause().Ref, Holder: m.For(), Quantity: a.Quantity, At: a.At})
		}
	}
	return out
}

// related lists the buyer's needs that count for a new one. A clause looks back as far as it says; here only what no clause
// can reach any more is left out.
func (d *Desk) related(buyer party.ID) []right.Related {
	reach := d.reach()
	d.mu.Lock()
	defer d.mu.Unlock()
	since := d.clock.Now() - reach
	limits, ceilings := d.limited(), d.ceilings()
	counts := func(x right.TakenAward) bool { return slices.Contains(ceilings, sameClause(x.Clause)) }
	d.recent = slices.DeleteFunc(d.recent, func(r right.Related) bool {
		return r.Submitted < since && !slices.ContainsFunc(r.Notices, func(g right.GivenNotice) bool { return g.At >= since }) &&
			!slices.ContainsFunc(r.Taken, counts)
	})
	var out []right.Related
	for _, r := range d.recent {
		if r.Buyer == buyer {
			r.Notices = slices.DeleteFunc(slices.Clone(r.Notices), func(g right.GivenNotice) bool {
				return g.At < since || !slices.Contains(limits, sameClause(g.Clause))
			})
			r.Taken = slices.DeleteFunc(slices.Clone(r.Taken), func(x right.TakenAward) bool { return !counts(x) })
			out = append(out, r)
		}
	}
	return out
}

// limited lists the clauses of which notices count towards a limit: those that have one, and those that another's limit names.
func (d *Desk) limited() []agreement.Ref {
	var out []agreement.Ref
	for _, a := range d.Law().Book.Agreements {
		for i := range a.Clauses {
			c := &a.Clauses[i]
			if c.Process.RateLimit == nil {
				continue
			}
			out = append(out, sameClause(c.Ref))
			for _, with := range c.Process.RateLimit.With {
				out = append(out, agreement.Ref{Agreement: c.Ref.Agreement, Clause: with})
			}
		}
	}
	return out
}

// ceilings lists the clauses that bound what their holder takes altogether.
func (d *Desk) ceilings() []agreement.Ref {
	var out []agreement.Ref
	for _, a := range d.Law().Book.Agreements {
		for i := range a.Clauses {
			if c := &a.Clauses[i]; c.Process.Ceiling != nil {
				out = append(out, sameClause(c.Ref))
			}
		}
	}
	return out
}

// sameClause is a reference whatever the version.
func sameClause(r agreement.Ref) agreement.Ref {
	r.Version = 0
	return r
}
