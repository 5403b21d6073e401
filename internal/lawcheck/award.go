package lawcheck

import (
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// requested reads a round of offers: rivals are not asked while a matter holds the lot (I1).
func (c *Checker) requested(f *right.OffersRequested) {
	l := c.lotOf(f.Lot)
	if l == nil {
		return
	}
	for _, b := range f.Barred {
		c.known(b.Clause, place{lot: f.Lot})
	}
	if m := c.holding(l, ""); m != nil {
		c.broken(I1, m.spot(), "offers are asked for", m.id.String()+" to end first", "rivals are asked for %s while %s is %s", l.id, m.id, m.phase)
	}
	c.stepsIn(l, place{lot: f.Lot})
	l.stands, l.round, l.closes, l.lapsed = market, true, f.Closes, false
}

// offered reads an offer: it is known by the hash of what it says (I9).
func (c *Checker) offered(f *right.OfferReceived) {
	o := &f.Offer
	if _, twice := c.offers[o.ID]; twice {
		c.broken(I9, place{}, "offer "+string(o.ID), "an id that is free", "offer %s is written a second time; an offer never changes", o.ID)
		return
	}
	if !c.lineOf(o.Line, place{}) {
		return
	}
	if f.Hash != "" && f.Hash != o.Hash() {
		c.broken(I9, place{}, "hash "+f.Hash, "hash "+o.Hash(), "offer %s is not the one that was received", o.ID)
	}
	c.offers[o.ID] = &tender{OfferReceived: f, at: c.event.At}
}

// withdrawnOffer is I4: an offer that a holder may match, or that was chosen, is not taken back; what fell through is.
func (c *Checker) withdrawnOffer(f *right.OfferWithdrawn, fallen offer.ID) {
	t := c.offerOf(f.Offer, place{})
	if t == nil {
		return
	}
	t.gone = true
	if fallen == f.Offer {
		return
	}
	for _, m := range c.matters {
		if m.phase.Pending() && m.offer == f.Offer {
			c.broken(I4, m.spot(), "withdrawn", "firm until "+m.answerBy.String(), "offer %s is withdrawn while %s may still match it", f.Offer, m.holder)
			return
		}
	}
	if t.used > 0 {
		c.broken(I4, place{}, "withdrawn", "firm: it was chosen", "offer %s is withdrawn after it was chosen", f.Offer)
	}
}

// closedRound reads the end of a round, at its closing instant.
func (c *Checker) closedRound(f *right.RoundClosed) {
	l := c.lotOf(f.Lot)
	if l == nil {
		return
	}
	if !l.round || c.event.At < l.closes {
		c.broken(I10, place{lot: l.id}, "closed at "+c.event.At.String(), "open until "+l.closes.String(), "the round of %s closes before its time", l.id)
	}
	l.round = false
}

// chosen reads a choice: a person's names the person and the reason (I11).
func (c *Checker) chosen(f *right.Chosen) {
	l := c.lotOf(f.Lot)
	if l == nil {
		return
	}
	if f.Manual && (f.Person == "" || f.Reason == "") {
		c.broken(I11, place{lot: l.id}, fmt.Sprintf("by %q because %q", f.Person, f.Reason), "a person and a reason", "the choice for %s does not say who made it and why", l.id)
	}
}

// picked ties a lot to an offer: to all of the lot, and to no more than the offer has (I6).
func (c *Checker) picked(f *right.PickSet) {
	l := c.lotOf(f.Lot)
	if l == nil {
		return
	}
	at := place{lot: l.id}
	t := c.offerOf(f.Pick.Offer, at)
	if t == nil {
		return
	}
	if m := c.holding(l, ""); m != nil {
		c.broken(I4, m.spot(), "another choice", "the choice that was noticed", "%s is chosen anew while %s is %s", l.id, m.id, m.phase)
	}
	if f.Pick.Equivalent != l.quantity {
		c.broken(I6, at, number(f.Pick.Equivalent), number(l.quantity), "%s of %d is chosen for %d", l.id, l.quantity, f.Pick.Equivalent)
	}
	if left := t.Offer.Terms.Quantity - t.used; f.Pick.Accelerators > left || f.Pick.Accelerators < 1 {
		c.broken(I6, at, number(f.Pick.Accelerators), "1 to "+number(left), "%d of offer %s are chosen, of which %d are left", f.Pick.Accelerators, f.Pick.Offer, left)
	}
	c.unpick(l)
	pick := f.Pick
	l.pick, l.choice, l.stands, l.round = &pick, c.choice, chosen, false
	t.used += pick.Accelerators
}

// choiceFell reads a choice that cannot be taken any more: not while a holder may match it (I4).
func (c *Checker) choiceFell(f *right.ChoiceFell) {
	l := c.lotOf(f.Lot)
	if l == nil {
		return
	}
	if m := c.holding(l, ""); m != nil {
		c.broken(I4, m.spot(), "the choice fell", "firm until "+m.answerBy.String(), "the choice for %s falls while %s may still match it", l.id, m.holder)
	}
	c.unpick(l)
	l.stands = market
}

// awarded reads an award: of a lot that is free, in whole, to who may have it, on the terms that it may have.
func (c *Checker) awarded(f *right.Awarded) {
	at := place{award: f.Award, lot: f.Lot, matter: f.Matter}
	l := c.lotOf(f.Lot)
	if l == nil || !c.next(int(f.Award), len(c.awards), at, f.Award.String()) {
		return
	}
	if l.stands == taken {
		c.broken(I6, at, "a second award", "one award of a lot", "%s is awarded while %s stands", l.id, l.award.Award)
	}
	if f.Quantity != l.quantity {
		c.broken(I6, at, number(f.Quantity), number(l.quantity), "%s of %d is awarded as %d", l.id, l.quantity, f.Quantity)
	}
	if role := c.role(l, f); f.Role != role {
		c.broken(I11, at, "as "+string(f.Role), "as "+string(role), "%s names %s in another part than it has", f.Award, f.Provider)
	}
	for _, ref := range f.Because {
		c.known(ref, at)
	}
	if m := c.holding(l, f.Provider); m != nil {
		c.broken(I1, place{award: f.Award, lot: l.id, matter: m.id}, string(f.Provider)+" has it", m.id.String()+" ended by an answer, a waiver or a lapse",
			"%s goes to %s while %s of %s is %s", l.id, f.Provider, m.id, m.holder, m.phase)
	}
	c.exclusive(l, f)
	if f.Matter != 0 {
		c.toHolder(l, f)
	} else {
		c.toRival(l, f)
	}
	c.supplies(l, f)
	g := &grant{Awarded: f, at: c.event.At}
	c.awards = append(c.awards, g)
	if f.Offer == "" { // the holder matched: the rival's offer is free again
		c.unpick(l)
	}
	l.award, l.stands, l.round = g, taken, false
}

// exclusive is I5 for what nobody but one provider may have, whichever right another has to it.
func (c *Checker) exclusive(l *lot, f *right.Awarded) {
	if e := c.keptFrom(l, f.Provider); e != nil {
		c.broken(I5, place{award: f.Award, lot: l.id}, string(f.Provider)+" has it", string(e.Holder)+" alone", "%s goes to %s while %s is exclusive", l.id, f.Provider, e.Engaged.Clause)
	}
}

// keptFrom is an exclusivity that keeps a provider from a lot; nil for none.
func (c *Checker) keptFrom(l *lot, p party.ID) *engagement {
	for _, e := range c.engaged {
		against := e.clause.Process.Against
		if _, holds := e.clause.Holding(p); holds || len(against) > 0 && !slices.Contains(against, p) {
			continue
		}
		if e.Kind == agreement.Exclusive && e.Line == l.line && e.Engaged.Engaged && c.tideOf(e.Engaged.Clause, c.event.At) == runs {
			return e
		}
	}
	return nil
}

// role is the part that a provider has on a lot.
func (c *Checker) role(l *lot, f *right.Awarded) party.Role {
	if f.Matter != 0 || c.holds(l.line, f.Provider) { // another may answer in a holder's place
		return party.Holder
	}
	return party.Rival
}

// toHolder is I3 for the award that follows an exercise: to the holder, on the terms exercised.
func (c *Checker) toHolder(l *lot, f *right.Awarded) {
	m := c.matterOf(f.Matter)
	if m == nil {
		return
	}
	at := place{award: f.Award, lot: l.id, matter: m.id}
	switch {
	case m.phase != right.Taken || m.lot != l.id:
		c.broken(I3, at, "an award by "+m.id.String(), "an exercise of "+l.id.String()+" first", "%s follows no exercise", f.Award)
	case m.holder != f.Provider:
		c.broken(I3, at, string(f.Provider), string(m.holder), "%s goes to another than the holder that exercised", f.Award)
	default:
		c.equal(m, m.exercise, &f.Terms, f.Award.String()+" is on other terms than were exercised")
	}
	if !slices.Contains(f.Because, m.clause.Ref) {
		c.broken(I11, at, cites(f.Because), m.clause.Ref.String(), "%s does not cite the right that decided it", f.Award)
	}
}

// toRival is I1 and I5 for an award by an offer: the offer was chosen, nobody waits for a person, and every right of others
// over the line is over or was released for these terms.
func (c *Checker) toRival(l *lot, f *right.Awarded) {
	at := place{award: f.Award, lot: l.id}
	c.byOffer(l, f)
	for _, m := range c.matters {
		q := m.question
		if i := slices.IndexFunc(m.doubts, func(q *right.DeterminationRequired) bool { return q.Lot == l.id }); i >= 0 {
			q = m.doubts[i]
		}
		if q != nil && m.owner != f.Provider && (q.Lot == l.id || q.Lot == 0 && m.lot == l.id) {
			c.broken(I1, place{award: f.Award, lot: l.id, matter: m.id}, string(f.Provider)+" has it", "a determination of "+q.Param, "%s goes to %s while %s waits for a person", l.id, f.Provider, m.id)
		}
	}
	for _, e := range c.engaged {
		ref := e.Engaged.Clause
		if e.Line != l.line || !e.Engaged.Engaged {
			continue
		}
		against := e.clause.Process.Against
		if e.Holder == f.Provider || c.tideOf(ref, c.event.At) != runs || len(against) > 0 && !slices.Contains(against, f.Provider) || e.clause.Process.Shop == agreement.MayShop {
			continue
		}
		switch e.Kind {
		case agreement.Exclusive: // no release frees it
			continue
		case agreement.StepIn, agreement.CallOption: // they run on a loss and on an event
			continue
		case agreement.NoLessFavourable:
			if !c.favours(e.clause, &f.Terms) {
				continue
			}
		}
		if e.Kind == agreement.ProRata && shareless(l.quantity, e) || c.exhausted(e.clause, e.Holder) {
			continue
		}
		why, ok := c.excuse(l, ref, e.Holder, f.Provider, &f.Terms)
		if !ok {
			c.broken(I5, at, f.Terms.String()+" for "+string(f.Provider), "a release of "+ref.String()+" that covers it", "%s goes to %s without a release that covers it (%s)", l.id, f.Provider, why)
		} else if c.releasedBy(l, ref, e.Holder) && !slices.Contains(f.Because, ref) {
			c.broken(I11, at, cites(f.Because), ref.String(), "%s does not cite a right that released it", f.Award)
		}
	}
	c.stepsIn(l, at)
	c.succeeded(l, f)
}

// byOffer holds the award against the choice that it takes.
func (c *Checker) byOffer(l *lot, f *right.Awarded) {
	at := place{award: f.Award, lot: l.id}
	if f.Offer == "" {
		c.broken(I11, at, "neither an offer nor a matter", "what the award follows from", "%s cites neither an offer nor an exercise", f.Award)
		return
	}
	t := c.offerOf(f.Offer, at)
	if t == nil {
		return
	}
	if l.pick == nil || l.pick.Offer != f.Offer || t.Offer.Provider != f.Provider {
		c.broken(I5, at, "offer "+string(f.Offer)+" for "+string(f.Provider), "the offer that was chosen and noticed", "%s is not by the offer that was chosen for %s", f.Award, l.id)
		return
	}
	if _, diffs := c.matches(identical, &t.Offer.Terms, &f.Terms); len(diffs) > 0 || f.Terms.Quantity != l.pick.Accelerators {
		c.broken(I5, at, f.Terms.String(), t.Offer.Terms.String(), "%s is on other terms than were offered and chosen", f.Award)
	}
}

// releasedBy reports whether the right of one holder under a clause was released over a lot.
func (c *Checker) releasedBy(l *lot, ref agreement.Ref, holder party.ID) bool {
	return slices.ContainsFunc(l.releases, func(r release) bool { return r.matter.clause.Ref == ref && r.matter.owner == holder })
}

// succeeded is I13: where a clause was amended before an award, the text that took its place was considered.
func (c *Checker) succeeded(l *lot, f *right.Awarded) {
	for _, e := range c.engaged {
		current, a, ok := c.law.Book.Clause(e.Engaged.Clause)
		if !ok || e.Line != l.line || !e.Engaged.Engaged || c.tideOf(current.Ref, c.event.At) != ebbed {
			continue
		}
		for _, next := range a.InForce(c.event.At) {
			if next.Effective.From < c.event.At && same(next.Ref, current.Ref) && c.engagementOf(l.line, next.Ref, "") == nil {
				c.broken(I13, place{award: f.Award, lot: l.id}, "nothing of "+next.Ref.String(), "whether it engages, and why", "%s took the place of %s and was not considered", next.Ref, current.Ref)
			}
		}
	}
}

func cites(refs []agreement.Ref) string {
	s := ""
	for i, r := range refs {
		if i > 0 {
			s += ", "
		}
		s += r.String()
	}
	if s == "" {
		return "no clause"
	}
	return s
}

// supplies is I3 for the amount: the terms of an award do the work of what is awarded, and an exercise takes no more than
// rounding explains.
func (c *Checker) supplies(l *lot, f *right.Awarded) {
	line := &c.need.Lines[l.line]
	if len(line.Accelerators) == 0 {
		return
	}
	table, ref := c.law.Throughput, line.Reference()
	worth, ok := table.Equivalent(f.Terms.Quantity, f.Terms.Accelerator, ref)
	enough, ok2 := table.Required(f.Quantity, f.Terms.Accelerator, ref)
	if !ok || !ok2 || worth >= f.Quantity && (f.Offer != "" || f.Terms.Quantity <= enough) {
		return
	}
	if f.Offer != "" && f.Terms.Quantity >= enough-int64(l.cuts) {
		return // a holder was to supply this part itself, and what is left of the choice does its work
	}
	c.broken(I3, place{award: f.Award, lot: l.id, matter: f.Matter}, fmt.Sprintf("%d %s", f.Terms.Quantity, f.Terms.Accelerator), fmt.Sprintf("%d %s", enough, f.Terms.Accelerator),
		"%s supplies %d with terms for %d %s", f.Award, f.Quantity, f.Terms.Quantity, f.Terms.Accelerator)
}

// signed is I5 for what is signed, at first and later: within every cap, and at first within every tail.
func (c *Checker) signed(f *right.Signed) {
	g := c.awardOf(f.Award)
	if g == nil {
		return
	}
	at := place{award: f.Award, lot: g.Lot}
	if g.ended {
		c.broken(I10, at, "signed", "an award that stands", "%s is signed after it came to nothing", f.Award)
	}
	l := c.lots[g.Lot-1]
	for i := range l.releases {
		r := &l.releases[i]
		if g.Matter != 0 || r.matter.owner == g.Provider || r.over {
			continue
		}
		why, ok := c.admits(r, g.Provider, &f.Terms)
		if ok && !g.signed {
			why, ok = c.covers(r, g.Provider, &f.Terms, c.event.At)
		}
		if !ok {
			c.broken(I5, at, f.Terms.String(), "terms within the cap and the tail", "%s is signed on terms that the release does not cover (%s)", f.Award, why)
		}
	}
	c.consentedTo(l, g)
	g.signed = true
}

// consentedTo is I5 for a rival's award that others must consent to before it is signed.
func (c *Checker) consentedTo(l *lot, g *grant) {
	for i := range l.releases {
		m := l.releases[i].matter
		gate := m.clause.Process.Consent
		_, holds := m.clause.Holding(g.Provider)
		if g.Matter != 0 || holds || l.releases[i].over || gate == nil || gate.Over != agreement.OverRival || c.tideOf(m.clause.Ref, c.event.At) != runs {
			continue
		}
		for _, p := range gate.Of {
			if !said(g.consents, p, true) {
				c.broken(I5, place{award: g.Award, lot: g.Lot}, "signed", "the consent of "+string(p)+" first", "%s is signed without a consent that %s wants", g.Award, m.clause.Ref)
			}
		}
	}
}

// capBroken reads an award that is undone because its signed terms would leave a cap.
func (c *Checker) capBroken(f *right.CapBroken) {
	if g := c.awardOf(f.Award); g != nil && c.matterOf(f.Matter) != nil {
		c.undo(g)
	}
}

// fellThrough reads an award that came to nothing.
func (c *Checker) fellThrough(f *right.FellThrough) {
	g := c.awardOf(f.Award)
	if g == nil {
		return
	}
	c.undo(g)
	c.lots[g.Lot-1].lost, c.lots[g.Lot-1].loser = g, g.Provider
	c.fallen = g.Offer
	if g.Matter >= 1 && int(g.Matter) <= len(c.matters) {
		c.matters[g.Matter-1].fell = true
	}
}

func (c *Checker) undo(g *grant) {
	if g.ended {
		c.broken(I9, place{award: g.Award, lot: g.Lot}, "undone", "undone once", "%s comes to nothing a second time", g.Award)
		return
	}
	c.endAward(g)
}

// withdrawnNeed reads a need that is given up: not while a holder may take what was noticed to it (I4).
func (c *Checker) withdrawnNeed() {
	for _, m := range c.leaving {
		promised := (m.was == right.Sent || m.was == right.Open) && m.notice != nil && m.notice.Terms != nil
		if promised {
			c.broken(I4, m.spot(), "withdrawn", "firm until "+m.answerBy.String(), "the need is withdrawn while %s may still take what was noticed", m.holder)
		}
	}
	c.leaving = nil
	for _, m := range c.matters {
		option := m.option != nil && !m.option.ended // what is awarded stays, and who may take it over still may
		if m.phase.Pending() && !option {
			c.broken(I10, m.spot(), m.id.String()+" is "+string(m.phase), "terminated", "%s goes on though the need is withdrawn", m.id)
		}
	}
	c.withdrawn = true
	for _, l := range c.lots {
		if l.stands != taken {
			c.unpick(l)
			l.stands, l.round = closed, false
		}
	}
}
