package lawcheck

import (
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/right"
)

// sums is I6 after every event: the lots of each line that was opened sum to what is needed.
func (c *Checker) sums() {
	switch c.event.Fact.(type) {
	case *right.LotOpened, *right.LotSplit:
	default:
		return // nothing else changes a quantity
	}
	for line := range c.need.Lines {
		var sum int64
		for _, l := range c.lots {
			if l.line == line {
				sum += l.quantity
			}
		}
		if want := c.need.Lines[line].Quantity; sum != want && sum != 0 {
			c.broken(I6, place{}, number(sum), number(want), "the lots of line %d sum to %d of %d", line+1, sum, want)
		}
	}
}

// standing is I6 between two turns: every line was opened, and every lot is held by one thing.
func (c *Checker) standing() {
	for line := range c.need.Lines {
		if !slices.ContainsFunc(c.lots, func(l *lot) bool { return l.line == line }) {
			c.broken(I6, place{}, "no lot", "one of "+number(c.need.Lines[line].Quantity), "line %d was never opened", line+1)
		}
	}
	for _, l := range c.lots {
		at := place{lot: l.id}
		switch {
		case l.stands == held && c.holding(l, "") == nil && !c.waits(l):
			c.broken(I6, at, "held by "+l.holder.id.String(), "a matter that is not over", "%s is held by a matter that does not hold it", l.id)
		case l.stands != taken && l.stands != closed && c.brokenUp(l):
			c.broken(I6, at, string(l.stands), "an award with the rest of its package, or no choice", "%s is left out of a package of which the rest is awarded", l.id)
		case l.stands == nowhere && !c.waits(l) && !c.waitsForRest(l):
			c.broken(I6, at, "nothing", "a matter, the market, an award, a clause that blocks it or a question", "%s stands nowhere", l.id)
		case l.stands == chosen && !c.waitsForRest(l):
			c.broken(I6, at, "a choice", "an award, or a matter that comes before it", "%s is chosen and goes no further", l.id)
		case l.stands == blocked && l.blocker != nil && l.blocker.frees() && l.blocker.question == nil && !c.another(l):
			c.broken(I14, l.blocker.spot(), "blocked", "released", "%s stays blocked after %s was %s", l.id, l.blocker.id, l.blocker.phase)
		}
	}
}

// another reports whether a lot is blocked by another of the matters that ran side by side over it.
func (c *Checker) another(l *lot) bool {
	return slices.ContainsFunc(c.groupOf(l.blocker.group), func(m *matter) bool {
		return m.question != nil || !m.phase.Pending() && m.phase != right.Taken && !m.frees()
	})
}

// clocks is I10 between two turns: whoever has the word has it for a time that runs, or a person is asked.
func (c *Checker) clocks() {
	for _, m := range c.matters {
		switch {
		case m.question != nil:
		case m.phase == right.Sent && m.gotAt.IsSet() && !(m.outstanding && m.clause.Process.Delivery.Value.Clock == agreement.OnComplete):
			c.broken(I10, m.spot(), "no window", "a window, or a question about it", "the notice of %s was received and no window runs", m.id)
		case m.phase == right.Stood && len(m.tolls) == 0:
			c.broken(I10, m.spot(), "no window", "a window that goes on", "nothing stops the window of %s any more, and it does not go on", m.id)
		case m.phase == right.StandNamed && !m.names.RespondBy.IsSet():
			c.broken(I10, m.spot(), "no time to respond", "a time, or a question about it", "%s named its terms in %s and no time to respond runs", m.holder, m.id)
		}
	}
}

// waits reports whether a question to a person stands in the way of a lot.
func (c *Checker) waits(l *lot) bool {
	return slices.ContainsFunc(c.matters, func(m *matter) bool { return m.question != nil && (m.lot == l.id || m.question.Lot == l.id) })
}

// overdue is I10: what time brings about stands in the record at its instant, before anything that happens later.
func (c *Checker) overdue() {
	for _, m := range c.matters {
		due, what := m.due()
		if !due.IsSet() || due >= c.event.At || m.late {
			continue
		}
		m.late = true
		c.broken(I10, m.spot(), name(c.event)+" at "+c.event.At.String(), what+" at "+due.String()+" first", "time did not act in %s", m.id)
	}
	for _, l := range c.lots {
		if l.round && l.stands == market && l.closes < c.event.At && !l.lapsed {
			l.lapsed = true
			c.broken(I10, place{lot: l.id}, name(c.event)+" at "+c.event.At.String(), "the end of the round at "+l.closes.String()+" first", "time did not act on %s", l.id)
		}
		if l.stands == taken || l.stands == closed {
			continue
		}
		for i := range l.releases {
			r := &l.releases[i]
			if r.over || r.late || !r.Until.IsSet() || max(r.Until, l.since) >= c.event.At {
				continue
			}
			r.late = true
			c.broken(I10, place{lot: l.id, matter: r.Matter}, name(c.event)+" at "+c.event.At.String(), "the end of the tail at "+r.Until.String()+" first", "time did not act on %s", l.id)
		}
	}
}

// due is the deadline that runs in a matter, and what it brings about. A deadline that passed while a person had the word
// counts from the instant at which the matter went on.
func (m *matter) due() (calendar.Instant, string) {
	if m.question != nil {
		return 0, ""
	}
	var due calendar.Instant
	what := ""
	switch m.phase {
	case right.Sent:
		due, what = m.notice.DeemedAt, "deemed receipt"
		if m.gotAt.IsSet() {
			return 0, ""
		}
	case right.Open:
		due, what = m.answerBy, "the end of the window"
	case right.StandNamed:
		due, what = m.names.RespondBy, "the end of the grantor's window"
	case right.Negotiating:
		due, what = m.negotiateBy, "the end of the negotiation"
	case right.Conditional:
		due, what = m.consent.Until, "the end of the time for a consent"
	case right.Deficient:
		due, what = m.heldUntil, "the notice that waited"
	case right.Stood:
		for _, t := range m.tolls {
			if t.Until.IsSet() && (due == 0 || t.Until < due) {
				due, what = t.Until, "the end of the stay"
			}
		}
	}
	if !due.IsSet() {
		return 0, ""
	}
	return max(due, m.running), what
}
