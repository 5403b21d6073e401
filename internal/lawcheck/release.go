package lawcheck

import (
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// grounds are the words by which a clause releases on an end.
var grounds = map[right.Status]agreement.Outcome{right.Declined: agreement.OnDeclined, right.CannotBe: agreement.OnUnable,
	right.Lapsed: agreement.OnLapsed, right.Rejected: agreement.OnRejected, right.Failed: agreement.OnFailed, right.Outbid: agreement.OnOutbid,
	right.ConditionFailed: agreement.OnConditionFailed}

// frees reports whether the end of a matter releases its lot: a waiver does, a holder that could not supply what it took does,
// and otherwise what the clause lists.
func (m *matter) frees() bool {
	if m.phase == right.Waived || m.phase == right.Sold || m.phase == right.CannotBe && m.fell || m.phase == right.Declined && m.shared && m.wants != nil {
		return true // a holder that had its part of a shared lot has no more to say of the rest
	}
	p := m.clause.Process.ReleaseOn
	return p.Given && slices.Contains(p.Value, grounds[m.phase])
}

// released reads a release: the clause gives it on this end, and no wider (I5).
func (c *Checker) released(f *right.Released) {
	m := c.matterOf(f.Matter)
	if m == nil {
		return
	}
	l := c.lots[m.lot-1]
	switch {
	case m.phase.Pending() || m.phase == right.Taken:
		c.broken(I1, m.spot(), "released", "an end without an exercise first", "%s is released while %s is %s", l.id, m.id, m.phase)
	case !m.frees():
		c.broken(I5, m.spot(), "released", "blocked, or a question to a person", "%s was %s, on which %s does not release", m.id, m.phase, m.clause.Ref)
	default:
		c.wide(m, f)
	}
	l.releases = append(slices.Clip(l.releases), release{Released: f, matter: m})
}

// wide is I5: a release reaches no further than the clause's tail.
func (c *Checker) wide(m *matter, f *right.Released) {
	p := m.clause.Process.Tail
	if !p.Given {
		c.broken(I5, m.spot(), "released", "a question to a person", "%s is released though %s does not say for how long and on which terms", m.id, m.clause.Ref)
		return
	}
	tail := p.Value
	if f.Tolerance > tail.Price {
		c.broken(I5, m.spot(), f.Tolerance.String(), tail.Price.String(), "the release by %s lets a price differ by more than %s does", m.id, m.clause.Ref)
	}
	c.capBinds(m, &tail, f)
	if tail.Length.Length.N > 0 {
		start := c.event.At
		switch tail.From {
		case agreement.FromNotice:
			start = m.gotAt
		case agreement.FromWindowEnd:
			start = max(m.answerBy, m.negotiateBy)
		case agreement.FromStart:
			start = c.need.Lines[c.lots[m.lot-1].line].Period.From
		}
		by, err := tail.Length.Deadline(start, c.calendarOf(m, start))
		if err == nil && (!f.Until.IsSet() || f.Until > by) {
			c.broken(I5, m.spot(), until(f.Until), until(by), "the release by %s lasts longer than the tail of %s", m.id, m.clause.Ref)
		}
	}
	if t, ok := c.offers[m.offer]; ok && tail.Counterparty && f.Counterparty != t.Offer.Provider {
		c.broken(I5, m.spot(), "for "+anybody(f.Counterparty), "for "+string(t.Offer.Provider)+" alone", "the release by %s serves another than the rival that was noticed", m.id)
	}
	limit := map[agreement.CapSource]*offer.Terms{}
	limit[agreement.CapNoticed] = m.seen
	if m.names != nil {
		limit[agreement.CapNamed] = &m.names.Terms
	} else if m.looks != nil {
		limit[agreement.CapNamed] = m.looks
	}
	if m.clause.Kind != agreement.FirstNegotiation { // what was proposed in the last negotiation of the holder on the line
		for _, o := range c.matters {
			if o.owner == m.owner && c.lots[o.lot-1].line == c.lots[m.lot-1].line && o.proposals[party.Holder] != nil {
				limit[agreement.CapHolderProposed] = o.proposals[party.Holder]
			}
			if o.owner == m.owner && c.lots[o.lot-1].line == c.lots[m.lot-1].line && o.proposals[party.Grantor] != nil {
				limit[agreement.CapGrantorProposed] = o.proposals[party.Grantor]
			}
		}
	}
	if m.clause.Kind == agreement.FirstNegotiation {
		limit[agreement.CapHolderProposed], limit[agreement.CapGrantorProposed] = m.proposals[party.Holder], m.proposals[party.Grantor]
	}
	want := limit[tail.Cap]
	switch {
	case want == nil && slices.Contains([]agreement.CapSource{agreement.CapNoticed, agreement.CapHolderProposed, agreement.CapGrantorProposed}, tail.Cap):
		c.broken(I5, m.spot(), "released", "a question to a person", "the tail of %s is capped by terms %s, and %s had none", m.clause.Ref, tail.Cap, m.id)
	case want == nil:
	case f.Cap == nil:
		c.broken(I5, m.spot(), "no cap", want.String(), "the release by %s has no cap", m.id)
	default:
		if order, diffs := c.compare(want, f.Cap, 0); order != offer.Within {
			c.broken(I5, m.spot(), f.Cap.String(), want.String(), "the cap of the release by %s is wider than what was %s: %s", m.id, tail.Cap, worst(diffs))
		}
	}
}

// capBinds is I5 for what a tail says more of its cap: that it is exact, and for how long it binds.
func (c *Checker) capBinds(m *matter, tail *agreement.Tail, f *right.Released) {
	if tail.Exact && !f.Exact && f.Cap != nil {
		c.broken(I5, m.spot(), "terms up to the cap", "the terms of the cap alone", "the release by %s serves other terms than %s lets", m.id, m.clause.Ref)
	}
	if !f.CapUntil.IsSet() {
		return
	}
	by, err := tail.CapFor.Deadline(c.event.At, c.calendarOf(m, c.event.At))
	if tail.CapFor.Length.IsZero() || err == nil && f.CapUntil < by {
		c.broken(I5, m.spot(), "a cap "+until(f.CapUntil), "a cap "+until(by), "the cap of the release by %s binds for less time than %s gives", m.id, m.clause.Ref)
	}
}

func until(i calendar.Instant) string {
	if !i.IsSet() {
		return "without end"
	}
	return "until " + i.String()
}

func anybody(p party.ID) string {
	if p == "" {
		return "anybody"
	}
	return string(p)
}

// worst is the difference that keeps terms from a cap.
func worst(diffs []offer.Difference) string {
	for _, d := range diffs {
		if d.Order != offer.Within {
			return d.String()
		}
	}
	return "nothing differs"
}

// releaseEnded reads that a release serves a lot no longer; a tail is over no sooner than it ends (I10).
func (c *Checker) releaseEnded(f *right.ReleaseEnded) {
	l, m := c.lotOf(f.Lot), c.matterOf(f.Matter)
	if l == nil || m == nil {
		return
	}
	i := slices.IndexFunc(l.releases, func(r release) bool { return r.Matter == f.Matter })
	if i < 0 {
		c.broken(I10, place{matter: f.Matter, lot: f.Lot}, f.Matter.String(), "a release of "+f.Lot.String(), "the release of %s by %s ends, which there never was", f.Lot, f.Matter)
		return
	}
	l.releases = slices.Clone(l.releases)
	r := &l.releases[i]
	if f.Why == agreement.OnTailOver && r.live(c.event.At) {
		c.broken(I10, place{matter: f.Matter, lot: f.Lot}, "over at "+c.event.At.String(), until(r.Until), "the tail of %s ends before its time", f.Matter)
	}
	r.over, r.why = true, f.Why
}

// blocked is I14: a lot is blocked only by an end on which its clause does not release.
func (c *Checker) blocked(f *right.Blocked) {
	l := c.lotOf(f.Lot)
	if l == nil || c.known(f.Clause, place{lot: f.Lot}) == nil {
		return
	}
	m := l.holder
	for _, o := range c.matters { // of several that ran under it over the lot, one that releases blocks nothing
		ended := o.lot == l.id && same(o.clause.Ref, f.Clause) && !o.phase.Pending()
		if ended && !o.frees() && (m == nil || !same(m.clause.Ref, f.Clause) || m.phase.Pending() || m.frees()) {
			m = o
		}
	}
	l.stands, l.blocker = blocked, m
	switch {
	case m == nil || !same(m.clause.Ref, f.Clause) || m.phase.Pending():
		c.broken(I14, place{lot: f.Lot}, "blocked by "+f.Clause.String(), "a matter under it that ended", "%s is blocked by a clause that has no matter on it", f.Lot)
	case m.frees():
		c.broken(I14, m.spot(), "blocked", "released", "%s blocks %s though it was %s, on which it is released", m.id, f.Lot, m.phase)
	}
}

// excuse says why a right over a lot does not keep a provider's terms from it, or what keeps them.
func (c *Checker) excuse(l *lot, clause agreement.Ref, holder, p party.ID, terms *offer.Terms) (why string, ok bool) {
	why = "no release by it"
	for i := range l.releases {
		r := &l.releases[i]
		if !same(r.matter.clause.Ref, clause) || r.matter.owner != holder {
			continue
		}
		if why, ok = c.covers(r, p, terms, c.event.At); ok || c.gone(r) {
			return "", true
		}
	}
	for _, m := range c.matters {
		if m.clause.Ref == clause && m.owner == holder && m.phase == right.Terminated && m.lot == l.id {
			return "", true
		}
	}
	return why, c.tooSmall(clause, holder)
}

// tooSmall reports whether the need is below the threshold that was determined for a holder's right, which is of the whole need.
func (c *Checker) tooSmall(clause agreement.Ref, holder party.ID) bool {
	signed, _, _ := c.law.Book.Clause(clause)
	return signed.Threshold.Open && slices.ContainsFunc(c.matters, func(m *matter) bool {
		if m.clause.Ref != clause || m.owner != holder || m.phase != right.Terminated || m.clause.Threshold.Open {
			return false
		}
		_, reached := c.reaches(c.lots[m.lot-1].line, m.clause)
		return !reached
	})
}

// gone reports whether a right does not come back once its tail is over: its clause says that nothing reopens it.
func (c *Checker) gone(r *release) bool {
	p := r.matter.clause.Process.Reopen
	return p.Given && len(p.Value) == 0 && r.Until.IsSet() && r.Until <= c.event.At && (!r.over || r.why == agreement.OnTailOver)
}

// covers reports whether a release lets a provider have a lot on these terms at an instant, and if not why.
func (c *Checker) covers(r *release, p party.ID, terms *offer.Terms, at calendar.Instant) (string, bool) {
	switch {
	case r.over:
		return "the release by " + r.Matter.String() + " serves no more", false
	case !r.live(at):
		return "the release by " + r.Matter.String() + " ended at " + r.Until.String(), false
	}
	return c.admits(r, p, terms)
}

// admits reports whether terms keep to the cap and the counterparty of a release.
func (c *Checker) admits(r *release, p party.ID, terms *offer.Terms) (string, bool) {
	if r.Counterparty != "" && r.Counterparty != p {
		return fmt.Sprintf("the release by %s serves %s alone", r.Matter, r.Counterparty), false
	}
	if r.Cap == nil || r.CapUntil.IsSet() && r.CapUntil <= c.event.At {
		return "", true
	}
	if r.Exact {
		return c.identicalTo(r, terms)
	}
	order, diffs := c.compare(r.Cap, terms, r.Tolerance)
	if order == offer.Within {
		return "", true
	}
	return fmt.Sprintf("the cap of the release by %s: %s", r.Matter, worst(diffs)), false
}

// identicalTo reports whether terms are those of a cap that admits no others: better or worse is another bargain, fewer is not.
func (c *Checker) identicalTo(r *release, terms *offer.Terms) (string, bool) {
	limit := r.Cap.Part(min(r.Cap.Quantity, terms.Quantity)) // with what goes with the quantity
	_, diffs := c.compare(&limit, terms, 0)
	for _, d := range diffs {
		if d.Dimension != agreement.DimQuantity || d.Order != offer.Within {
			return fmt.Sprintf("the release by %s serves the terms of its cap alone: %s", r.Matter, d), false
		}
	}
	return "", true
}
