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

// What earlier needs of a buyer count for in a new one: thresholds that aggregate, and clauses that limit how often a notice
// may be given.

// loadRecent reads which needs may count.
func (d *Desk) loadRecent(ctx context.Context) error {
	reach := d.reach()
	if reach == 0 {
		return nil
	}
	ids, err := d.Needs(ctx)
	if err != nil {
		return err
	}
	law := d.Law()
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
		s := right.Replay(law, events)
		d.addRecent(&s, events)
	}
	return nil
}

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
	if d.reach() > 0 {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.addRecent(s, events)
	}
}

// addRecent keeps what the latest events of a need add; the lock is held.
func (d *Desk) addRecent(s *right.State, events []right.Event) {
	if sub, ok := events[0].Fact.(*right.NeedSubmitted); ok {
		d.recent = append(d.recent, Related(&sub.Need, events[0].At))
	}
	given := Given(s, events)
	if len(given) == 0 {
		return
	}
	if i := slices.IndexFunc(d.recent, func(r right.Related) bool { return r.Need == s.Need.ID }); i >= 0 {
		d.recent[i].Notices = append(slices.Clip(d.recent[i].Notices), given...)
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

// related lists the buyer's needs that count for a new one. A clause looks back as far as it says; here only what no clause
// can reach any more is left out.
func (d *Desk) related(buyer party.ID) []right.Related {
	reach := d.reach()
	d.mu.Lock()
	defer d.mu.Unlock()
	since := d.clock.Now() - reach
	d.recent = slices.DeleteFunc(d.recent, func(r right.Related) bool {
		return r.Submitted < since && !slices.ContainsFunc(r.Notices, func(g right.GivenNotice) bool { return g.At >= since })
	})
	limits := d.limited()
	var out []right.Related
	for _, r := range d.recent {
		if r.Buyer == buyer {
			r.Notices = slices.DeleteFunc(slices.Clone(r.Notices), func(g right.GivenNotice) bool {
				return g.At < since || !slices.Contains(limits, sameClause(g.Clause))
			})
			out = append(out, r)
		}
	}
	return out
}

// limited lists the clauses that limit how often a notice is given; the notices of others count for nothing.
func (d *Desk) limited() []agreement.Ref {
	var out []agreement.Ref
	for _, a := range d.Law().Book.Agreements {
		for i := range a.Clauses {
			if c := &a.Clauses[i]; c.Process.RateLimit != nil {
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
