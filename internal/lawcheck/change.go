package lawcheck

import (
	"slices"

	"firstlook/agreement"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// changed is I7: a change of what was noticed is judged against what the holder last saw; a material one gives it a new matter
// with a full window, and what is not material leaves the window as it was.
func (c *Checker) changed(f *right.Changed) {
	m := c.matterOf(f.Matter)
	if m == nil {
		return
	}
	at := m.spot()
	rule := c.materiality(m)
	switch {
	case m.group != 0 && f.Material && (!m.phase.Pending() || m.phase == right.Deficient): // the holders beside it have the word, and it is told too
	case m.phase != right.Sent && m.phase != right.Open && m.phase != right.Stood && !(m.phase == right.Bidden && !m.shared) || c.event.By != c.need.Buyer:
		c.broken(I4, at, "changed by "+who(c.event), "the terms first noticed", "what was noticed in %s changes while it is %s", m.id, m.phase)
	case !rule.Given:
		c.broken(I7, at, "changed", "a question to a person", "what was noticed in %s changes, and %s does not say what is material", m.id, m.clause.Ref)
	case f.Terms != nil && m.seen != nil:
		switch material := c.material(rule.Value, m.seen, f.Terms); {
		case material && !f.Material:
			c.broken(I7, at, "not material", "material", "the holder of %s is told of a change that its clause calls material, and its window goes on", m.id)
		case material: // it is why those beside it are asked anew, too
			m.struck, c.unsaid = true, nil
		case f.Material && !c.materialBeside(m, f.Terms): // unless it is material for one that is told next
			c.broken(I4, at, "material", "not material", "%s is taken away by a change that its clause does not call material", m.id)
			c.unsaid, c.found = append(c.unsaid, c.found[len(c.found)-1]), c.found[:len(c.found)-1]
		}
	}
	c.changedOffer(m, f)
	if f.Material {
		m.change = f
		return
	}
	m.seen = f.Terms
	if f.Offer != "" {
		for _, o := range append(c.groupOf(m.group), m) {
			o.offer = f.Offer
		}
	}
}

// changedOffer ties the choice of a lot to a later offer of the same rival.
func (c *Checker) changedOffer(m *matter, f *right.Changed) {
	if f.Offer == "" {
		return
	}
	t := c.offerOf(f.Offer, m.spot())
	l := c.lots[m.lot-1]
	if t == nil || l.pick == nil || f.Pick == nil {
		return
	}
	if before, ok := c.offers[l.pick.Offer]; ok && before.Offer.Provider != t.Offer.Provider {
		c.broken(I4, m.spot(), "offer "+string(f.Offer)+" of "+string(t.Offer.Provider), "an offer of "+string(before.Offer.Provider), "what was noticed in %s becomes another rival's", m.id)
	}
	c.unpick(l)
	pick := *f.Pick
	l.pick = &pick
	t.used += pick.Accelerators
}

// material reports whether terms that were noticed changed materially: in a dimension without a tolerance at all, in another by
// more than it, whichever way.
func (c *Checker) material(rule agreement.Materiality, last, now *offer.Terms) bool {
	material, _ := offer.Material(rule, last, now)
	return material
}

// materiality says what is material in a matter: by its clause, or as it was determined in it or in the one beside it that was asked.
func (c *Checker) materiality(m *matter) agreement.Param[agreement.Materiality] {
	rule := m.clause.Process.MaterialChange
	for _, o := range c.groupOf(m.group) {
		if !rule.Given {
			rule = o.clause.Process.MaterialChange
		}
	}
	return rule
}

// said reports what nothing that was told since explains.
func (c *Checker) said() {
	c.found, c.unsaid = append(c.found, c.unsaid...), nil
}

// materialBeside reports whether a change is material for another of those that share the lot: then all are asked anew.
func (c *Checker) materialBeside(m *matter, now *offer.Terms) bool {
	return slices.ContainsFunc(c.groupOf(m.group), func(o *matter) bool {
		if o == m || o.seen == nil || o.struck {
			return o.struck
		}
		q := min(o.seen.Quantity, now.Quantity) // each is told for its own quantity
		was, is := o.seen.Part(q), now.Part(q)
		return c.material(c.materiality(o).Value, &was, &is)
	})
}

// superseded is I7 for a matter whose place another takes.
func (c *Checker) superseded(m *matter) {
	if t, ok := c.offers[m.offer]; ok && t.Offer.Package != "" {
		m.replaced = true // the rest of its package was taken
		return
	}
	if m.change == nil && !slices.ContainsFunc(c.groupOf(m.group), func(o *matter) bool { return o.change != nil }) {
		c.broken(I7, m.spot(), "superseded", "a material change first", "%s is superseded though nothing changed", m.id)
	}
}

// replacements is I7 between two turns: a matter that was superseded has another in its place, of the same holder.
func (c *Checker) replacements() {
	for _, m := range c.matters {
		if m.phase == right.Superseded && !m.replaced && c.lots[m.lot-1].stands != closed && c.tideOf(m.clause.Ref, c.last) == runs {
			m.replaced = true
			c.broken(I7, m.spot(), "superseded", "a new matter with a full window", "%s is superseded and %s has nothing in its place", m.id, m.holder)
		}
	}
}

// assigned reads that another party stands in the holder's place: the holder says so, and the clause lets it (I1).
func (c *Checker) assigned(f *right.Assigned) {
	m := c.matterOf(f.Matter)
	if m == nil {
		return
	}
	if f.From != m.holder || c.event.By != m.holder || !slices.Contains(m.clause.Process.Assignees, f.To) && !m.clause.Process.AnyAssignee {
		c.broken(I1, m.spot(), string(f.From)+" to "+string(f.To)+" by "+who(c.event), "a word of "+string(m.holder)+" for one whom "+m.clause.Ref.String()+" names", "the place of the holder of %s goes to another than may have it", m.id)
	}
	m.holder = f.To
	if m.phase == right.Taken {
		c.assignedAward(m, f)
	}
}

// assignedAward reads that what a holder took is another's now: where its clause lets it, and before it is signed (I1).
func (c *Checker) assignedAward(m *matter, f *right.Assigned) {
	i := slices.IndexFunc(c.awards, func(g *grant) bool { return g.Matter == m.id && !g.ended })
	if i < 0 || c.awards[i].signed || !m.clause.Process.AssignAfter {
		c.broken(I1, m.spot(), "assigned to "+string(f.To), "an assignment before the exercise, or before the award is signed where the clause lets it", "what the holder of %s took is given to another too late", m.id)
		return
	}
	moved := *c.awards[i].Awarded
	moved.Provider = f.To
	c.awards[i].Awarded = &moved
}

// awaitsConsent reads an exercise that depends on others: on terms as an exercise has them, and on those whom the clause names.
func (c *Checker) awaitsConsent(f *right.ConsentAwaited) {
	m := c.matterOf(f.Matter)
	if m == nil {
		return
	}
	c.spokenFor(m)
	gate := m.clause.Process.Consent
	if gate == nil || gate.Over != agreement.OverExercise || !slices.Equal(gate.Of, f.Of) {
		c.broken(I11, m.spot(), "a consent", "an exercise", "%s waits for a consent that %s does not want", m.id, m.clause.Ref)
	} else if !gate.Within.Length.IsZero() {
		if by, err := gate.Within.Deadline(c.event.At, c.calendarOf(m, c.event.At)); err == nil && (!f.Until.IsSet() || f.Until > by) {
			c.broken(I14, m.spot(), until(f.Until), until(by), "the exercise of %s waits longer than %s lets", m.id, m.clause.Ref)
		}
	}
	c.claimed(m, &f.Terms)
	if l := c.lots[m.lot-1]; l.stands == nowhere { // it was allocated, and waits for this
		l.stands, l.holder = held, m
	}
	m.consent, m.phase, m.loose, m.question, m.running = f, right.Conditional, false, nil, c.event.At
}

// consented reads what a party said whose consent is needed: its own word (I1).
func (c *Checker) consented(f *right.Consented) {
	if c.event.By != f.Of {
		c.broken(I1, place{matter: f.Matter, award: f.Award}, "the word of "+string(f.Of)+" by "+who(c.event), "a word of "+string(f.Of), "somebody else says what %s consents to", f.Of)
	}
	if f.Award != 0 {
		if g := c.awardOf(f.Award); g != nil {
			g.consents = append(g.consents, *f)
		}
		return
	}
	if m := c.matterOf(f.Matter); m != nil {
		m.consents = append(slices.Clip(m.consents), *f)
	}
}

// gateOpens is I3 for an exercise that a consent was awaited for: everybody said yes, or silence means it.
func (c *Checker) gateOpens(m *matter, terms *offer.Terms) {
	c.equal(m, &m.consent.Terms, terms, m.id.String()+" is exercised on other terms than were consented to")
	for _, p := range m.consent.Of {
		if !said(m.consents, p, true) && !c.consentOver(m, agreement.ConsentGiven) {
			c.broken(I3, m.spot(), "exercised", "the consent of "+string(p), "%s is exercised without a consent on which it depends", m.id)
		}
	}
}

// gateCloses is I2 for an exercise that fails for want of a consent.
func (c *Checker) gateCloses(m *matter) {
	if m.phase != right.Conditional {
		c.broken(I2, m.spot(), "a condition failed", "an exercise that depends on a consent", "%s fails by a condition that it does not have", m.id)
		return
	}
	refused := slices.ContainsFunc(m.consents, func(f right.Consented) bool { return !f.Given })
	if !refused && !c.consentOver(m, agreement.ConsentRefused) {
		c.broken(I2, m.spot(), "a condition failed at "+c.event.At.String(), "a refusal, or "+until(m.consent.Until), "%s fails though nobody refused", m.id)
	}
}

// consentOver reports whether the time for a consent is over, and the clause gives that a meaning.
func (c *Checker) consentOver(m *matter, means agreement.ConsentSilence) bool {
	gate := m.clause.Process.Consent
	return gate != nil && gate.Silence == means && m.consent.Until.IsSet() && c.event.At >= m.consent.Until
}

func said(all []right.Consented, p party.ID, given bool) bool {
	return slices.ContainsFunc(all, func(f right.Consented) bool { return f.Of == p && f.Given == given })
}
