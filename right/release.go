package right

import (
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/award"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
)

// outcomes names, for each way in which a matter can end, the word by which a clause releases on it. A waiver is not
// among them: it always releases.
var outcomes = map[Status]agreement.Outcome{
	Declined: agreement.OnDeclined,
	CannotBe: agreement.OnUnable,
	Lapsed:   agreement.OnLapsed,
	Rejected: agreement.OnRejected,
}

// end closes a matter without an exercise and draws what follows for its lot.
func (t *turn) end(id MatterID, how Status, reason string) {
	t.emit(&Ended{Matter: id, Holder: t.Matter(id).Holder, Outcome: how, Reason: reason})
	if how == Terminated {
		t.proceed(t.Matter(id))
		return
	}
	t.release(id)
}

// release frees the lot of the right, or blocks it where the clause does not release on this outcome.
func (t *turn) release(id MatterID) {
	m := t.Matter(id)
	p := &m.clause.Process
	if m.Status != Waived {
		if !p.ReleaseOn.Given {
			t.ask(id, "release_on", fmt.Sprintf("whether rivals may be taken now that the right was %s", m.Status), AtRelease)
			return
		}
		if !slices.Contains(p.ReleaseOn.Value, outcomes[m.Status]) {
			t.emit(&Blocked{Lot: m.Lot, Clause: m.clause.Ref,
				Reason: fmt.Sprintf("%s is %s; the clause releases only on %s", m.ID, m.Status, words(p.ReleaseOn.Value))})
			return
		}
	}
	t.free(id)
}

// free releases the lot of a matter whose end releases it.
func (t *turn) free(id MatterID) {
	m := t.Matter(id)
	p := &m.clause.Process
	if !p.Tail.Given {
		t.ask(id, "tail", "how long and within which terms a rival may be taken", AtRelease)
		return
	}
	tail := p.Tail.Value
	r := &Released{Matter: id, Tolerance: tail.Price}
	switch tail.Cap {
	case agreement.CapNoticed:
		if r.Cap = m.Terms; r.Cap == nil {
			t.ask(id, "tail", "which terms cap the tail: the clause names those noticed, and this notice had none", AtRelease)
			return
		}
	case agreement.CapNamed:
		r.Cap = m.Named
	}
	if tail.Length.Length.N > 0 {
		until, err := tail.Length.Deadline(t.at, t.calendarOf(m.clause))
		if err != nil {
			t.ask(id, "tail", fmt.Sprintf("when the tail ends: %v", err), AtRelease)
			return
		}
		r.Until = until
	}
	if tail.Counterparty && m.Offer != "" {
		r.Counterparty = t.Tender(m.Offer).Offer.Provider
	}
	t.emit(r)
	t.proceed(t.Matter(id))
}

func words[T ~string](vs []T) string {
	s := ""
	for i, v := range vs {
		if i > 0 {
			s += ", "
		}
		s += string(v)
	}
	return s
}

// proceed moves a lot on after a matter: to the next right after the choice, or to the next before the market.
func (t *turn) proceed(m *Matter) {
	l := t.Lot(m.Lot)
	if l.Matter != m.ID || l.Status == Won || l.Status == Closed {
		return // the lot has gone on without this matter
	}
	if l.Pick != nil {
		t.afterChoice(l.ID)
		return
	}
	t.advance(l.ID)
}

// afterChoice runs the rights that come after a choice; when none is left the chosen offer is awarded.
func (t *turn) afterChoice(id LotID) {
	t.refresh(t.Lot(id).Line)
	l := t.Lot(id)
	o := t.Tender(l.Pick.Offer).Offer
	terms := o.Terms
	terms.Quantity, terms.Least = l.Pick.Accelerators, 0
	if why := t.choiceFails(l, o, &terms); why != "" {
		t.emit(&ChoiceFell{Lot: id, Reason: why})
		t.reviveEnded(id)
		return
	}
	because := []agreement.Ref{}
	for i := range t.Engagements {
		e := &t.Engagements[i]
		if e.Line != l.Line || !e.Engaged.Engaged {
			continue
		}
		if e.Holder == o.Provider {
			if stages[e.Kind] == bar && !t.over(e.clause) {
				because = append(because, e.clause.Ref) // it kept the others out
			}
			continue
		}
		if stages[e.Kind] == atChoice && !t.servesChoice(l, e.clause, o.Provider, &terms) {
			t.openMatter(id, e.clause, t.again(l, e.clause), o.ID)
			return
		}
		if t.releasedBy(l, e.clause) {
			because = append(because, e.clause.Ref)
		}
	}
	role := party.Rival
	if t.holds(l, o.Provider) {
		role = party.Holder
	}
	t.emit(&Awarded{Award: AwardID(len(t.Awards) + 1), Lot: id, Provider: o.Provider, Role: role, Quantity: l.Quantity, Terms: terms,
		Offer: o.ID, Landed: t.pickLanded(l), Because: because})
}

// pickLanded is what a lot's choice costs now: a holder may have taken a part of it since it was compared. The data
// move there whole, however much is left.
func (s *State) pickLanded(l *Lot) money.Amount {
	price, err := s.Tender(l.Pick.Offer).Offer.Terms.Cost(l.Pick.Accelerators, s.line(l).Period)
	if err != nil {
		return l.Pick.Total
	}
	total, err := price.Add(l.Pick.Movement)
	if err != nil {
		return l.Pick.Total
	}
	return total
}

// reviveEnded gives a lot that came back to the market to the rights whose tails ended meanwhile, where their clauses
// revive them.
func (t *turn) reviveEnded(id LotID) {
	for _, r := range t.Lot(id).Releases {
		p := t.Matter(r.Matter).clause.Process.Reopen
		if r.Over && r.Why == agreement.OnTailOver && p.Given && slices.Contains(p.Value, agreement.OnTailOver) {
			t.advance(id)
			return
		}
	}
}

// choiceFails says why a choice that was made cannot be awarded any more; empty if it can.
func (t *turn) choiceFails(l *Lot, o *offer.Offer, terms *offer.Terms) string {
	if o.ValidUntil <= t.at {
		return fmt.Sprintf("offer %s was valid until %s", o.ID, o.ValidUntil)
	}
	if bar, barred := t.barred(l, o.Provider, terms); barred {
		return bar.Reason
	}
	if bar, barred := t.unnoticeable(l, o, terms); barred { // another holder's window may have taken the time since the choice
		return bar.Reason
	}
	return ""
}

// servesChoice reports whether a right after the choice needs no run for these terms: it was released for them, by a
// release that is live, binds nobody else, and has a cap that they keep.
func (t *turn) servesChoice(l *Lot, c *agreement.Clause, p party.ID, terms *offer.Terms) bool {
	if !t.serves(l, c) {
		return false
	}
	if t.over(c) {
		return true // nothing new opens under a clause that has ended
	}
	for i := range l.Releases {
		r := &l.Releases[i]
		if sameClause(r.Clause, c.Ref) && r.live(t.at) && breaks(r, p, terms) != nil {
			return false
		}
	}
	return true
}

// again says what gave the holder another matter on this lot; empty for the first.
func (t *turn) again(l *Lot, c *agreement.Clause) agreement.Reopen {
	for i := len(l.Releases) - 1; i >= 0; i-- {
		r := &l.Releases[i]
		if !sameClause(r.Clause, c.Ref) {
			continue
		}
		if r.live(t.at) {
			return agreement.OnMaterialTerm
		}
		if r.Why != "" {
			return r.Why
		}
		return agreement.OnTailOver
	}
	return ""
}

// breaks returns how terms leave a release: nil if they keep it, else the differences (none: it binds another rival).
func breaks(r *Release, p party.ID, terms *offer.Terms) []offer.Difference {
	if r.Counterparty != "" && r.Counterparty != p {
		return []offer.Difference{}
	}
	if r.Cap == nil {
		return nil
	}
	if order, diffs := offer.Compare(r.Cap, terms, r.Tolerance); order != offer.Within {
		return diffs
	}
	return nil
}

// barred reports the clause that keeps a provider's terms from a lot: an exclusivity of somebody else, a right before the
// market that has no live release, or a release whose cap or counterparty the terms leave.
func (t *turn) barred(l *Lot, p party.ID, terms *offer.Terms) (award.Bar, bool) {
	for i := range t.Engagements {
		e := &t.Engagements[i]
		if e.Line != l.Line || !e.Engaged.Engaged || e.Holder == p {
			continue
		}
		switch stages[e.Kind] {
		case bar:
			if !t.over(e.clause) {
				return award.Bar{Clause: e.clause.Ref, Reason: fmt.Sprintf("exclusive to %s", e.Holder)}, true
			}
		case beforeMarket:
			if !t.serves(l, e.clause) {
				return award.Bar{Clause: e.clause.Ref, Reason: fmt.Sprintf("%s must be asked again: no release is in force", e.Holder)}, true
			}
		}
	}
	for i := range l.Releases {
		r := &l.Releases[i]
		m := t.Matter(r.Matter)
		if q := m.Question; q != nil && q.Resume == AtReopen && q.Lot == l.ID && m.Holder != p && terms != nil {
			return award.Bar{Clause: r.Clause, Reason: fmt.Sprintf("%s waits for a determination: %s", m.ID, q.Why)}, true
		}
		if !r.live(t.at) || m.Holder == p || stages[m.clause.Kind] != beforeMarket || terms == nil {
			continue
		}
		if diffs := breaks(r, p, terms); diffs != nil {
			return award.Bar{Clause: r.Clause, Reason: outside(r, diffs)}, true
		}
	}
	return award.Bar{}, false
}

// outside says in words how terms leave a release.
func outside(r *Release, diffs []offer.Difference) string {
	if len(diffs) == 0 {
		return fmt.Sprintf("the release of %s serves %s alone", r.Matter, r.Counterparty)
	}
	for _, d := range diffs {
		if d.Order != offer.Within {
			return fmt.Sprintf("outside the cap of %s: %s", r.Matter, d)
		}
	}
	return fmt.Sprintf("outside the cap of %s", r.Matter)
}

func (t *turn) releasedBy(l *Lot, c *agreement.Clause) bool {
	return slices.ContainsFunc(l.Releases, func(r Release) bool { return sameClause(r.Clause, c.Ref) })
}

// holds reports whether a provider holds an engaged right on the line of a lot.
func (t *turn) holds(l *Lot, p party.ID) bool {
	return slices.ContainsFunc(t.Engagements, func(e Engagement) bool {
		return e.Line == l.Line && e.Engaged.Engaged && e.Holder == p
	})
}
