package lawcheck

import (
	"slices"

	"firstlook/agreement"
	"firstlook/offer"
	"firstlook/right"
)

// nonPerforming reads that an award is not performed: by the clause that says what follows, with the time for a cure that it
// gives (I14).
func (c *Checker) nonPerforming(f *right.NonPerforming) {
	g := c.awardOf(f.Award)
	if g == nil {
		return
	}
	at := place{award: f.Award, lot: g.Lot}
	clause := c.known(f.Clause, at)
	switch {
	case g.ended:
		c.broken(I10, at, "not performed", "an award that stands", "%s is not performed after it came to nothing", f.Award)
	case clause == nil:
	case clause.Process.NonPerformance == nil:
		c.broken(I11, at, f.Clause.String(), "a clause that says what follows", "%s is not performed, of which %s says nothing", f.Award, f.Clause)
	default:
		m := &matter{clause: clause, lot: g.Lot}
		if by, err := clause.Process.NonPerformance.Cure.Deadline(c.event.At, c.calendarOf(m, c.event.At)); err == nil && f.CureBy < by {
			c.broken(I14, at, "cure by "+f.CureBy.String(), "cure by "+by.String(), "the time to cure %s is shorter than %s gives", f.Award, f.Clause)
		}
	}
	if f.Delivered < 0 || f.Delivered >= g.Quantity {
		c.broken(I6, at, number(f.Delivered), "0 to "+number(g.Quantity-1), "%s of %d is not performed, of which %d are delivered", f.Award, g.Quantity, f.Delivered)
	}
	g.failing, g.late = f, false
}

// cured reads that an award is performed again: in time.
func (c *Checker) cured(f *right.Cured) {
	g := c.awardOf(f.Award)
	if g == nil {
		return
	}
	at := place{award: f.Award, lot: g.Lot}
	if g.failing == nil {
		c.broken(I10, at, "cured", "an award that is not performed", "%s is cured though nothing was wrong with it", f.Award)
	} else if c.event.At >= g.failing.CureBy {
		c.broken(I2, at, "cured at "+c.event.At.String(), "before "+g.failing.CureBy.String(), "%s is cured after its time", f.Award)
	}
	g.failing = nil
}

// steppedDown is I6 for an award that keeps what is delivered: what it keeps and the lot that goes on are what it was, and only
// once its time to cure is over (I14).
func (c *Checker) steppedDown(f *right.SteppedDown) {
	g, l := c.awardOf(f.Award), c.lotOf(f.Lot)
	if g == nil || l == nil {
		return
	}
	at := place{award: f.Award, lot: g.Lot}
	taker := l.holder // of a part that an option takes over
	taken := taker != nil && taker.lot == l.id && taker.option == g && taker.clause.Kind == agreement.CallOption && taker.phase.Pending()
	switch {
	case taken:
	case g.failing == nil || c.event.At < g.failing.CureBy:
		c.broken(I14, at, "stepped down at "+c.event.At.String(), "the end of the time to cure it", "%s steps down before its time to cure is over", f.Award)
	case f.Quantity != g.failing.Delivered:
		c.broken(I6, at, number(f.Quantity), number(g.failing.Delivered), "%s keeps another part than is delivered", f.Award)
	}
	if own := c.lots[g.Lot-1]; f.Quantity != own.quantity || f.Quantity+l.quantity != g.Quantity {
		c.broken(I6, at, number(f.Quantity)+" and "+number(l.quantity), number(g.Quantity), "what %s keeps and what goes on is not what it was", f.Award)
	}
	kept := *g.Awarded
	kept.Quantity, kept.Terms = f.Quantity, f.Terms
	g.Awarded = &kept
	for _, m := range c.matters { // who may still take it over may take what is left of it
		if m.option == g && m.lot == g.Lot && m.phase.Pending() {
			m.quantity = min(m.quantity, f.Quantity)
			if m.seen != nil {
				left := m.seen.Part(min(m.seen.Quantity, f.Terms.Quantity))
				m.seen = &left
			}
		}
	}
	if !taken {
		g.failing = nil
	}
	c.unpick(l)
	l.award, l.stands, l.since = nil, nowhere, c.event.At
	if !taken {
		l.lost, l.loser = g, g.Provider
	}
	if c.withdrawn {
		l.stands = closed
	}
}

// takenOver reads that a holder took the place of an award: by an exercise of an option over it (I1).
func (c *Checker) takenOver(f *right.TakenOver) {
	g, m := c.awardOf(f.Award), c.matterOf(f.Matter)
	if g == nil || m == nil {
		return
	}
	if m.option != g || m.phase != right.Taken || m.clause.Kind != agreement.CallOption {
		c.broken(I1, place{award: f.Award, lot: g.Lot, matter: m.id}, "taken over", "an exercise of an option over it", "%s is taken from %s by nobody's right", f.Award, g.Provider)
	}
	c.undo(g)
}

// notCured is I10 for an award whose time to cure is over, and nothing followed.
func (c *Checker) notCured() {
	for _, g := range c.awards {
		if g.ended || g.failing == nil || g.late || g.failing.CureBy >= c.event.At {
			continue
		}
		g.late = true
		c.broken(I10, place{award: g.Award, lot: g.Lot}, name(c.event)+" at "+c.event.At.String(), "the end of the cure at "+g.failing.CureBy.String()+" first", "time did not act on %s", g.Award)
	}
}

// stepsIn is I5 for a right to step in: where an award on a lot came to nothing, nobody else has the lot, and nobody else is asked
// for it, before its holder was.
func (c *Checker) stepsIn(l *lot, at place) {
	if l.lost == nil {
		return
	}
	for _, e := range c.engaged {
		ref := e.Engaged.Clause
		if e.Kind != agreement.StepIn || e.Line != l.line || !e.Engaged.Engaged || e.Holder == l.loser || c.tideOf(ref, c.event.At) != runs || e.at > l.since {
			continue
		}
		asked := slices.ContainsFunc(c.matters, func(m *matter) bool { return m.option == l.lost && same(m.clause.Ref, ref) && m.owner == e.Holder })
		if !asked && !c.tooSmall(ref, e.Holder) {
			c.broken(I5, at, "the lot goes on", "a matter of "+string(e.Holder)+" over "+l.lost.Award.String(), "%s goes on after %s came to nothing, and %s was not asked whether it steps in", l.id, l.lost.Award, e.Holder)
		}
	}
}

// takesOver is I3 for a notice over an award: it states the award's terms, at the price that the clause gives.
func (c *Checker) takesOver(m *matter, f *right.Noticed) {
	p := &m.clause.Process
	if f.Terms == nil || !p.Price.Given {
		c.broken(I3, m.spot(), "a notice", "a notice that states the terms and their price", "the notice of %s does not say what %s may be taken over for", m.id, m.option.Award)
		return
	}
	want := m.option.Terms
	limit := func(rate agreement.CardRate) {
		want.Price = []offer.Step{{From: want.Period.From, Rate: rate.Rate}}
	}
	switch p.Price.Value {
	case agreement.PriceCard:
		i := slices.IndexFunc(p.RateCard.Value, func(r agreement.CardRate) bool { return r.Accelerator == want.Accelerator })
		if i < 0 {
			return
		}
		limit(p.RateCard.Value[i])
	case agreement.PriceAppraised:
		limit(agreement.CardRate{Rate: p.Appraised.Value})
	case agreement.PriceLower:
		for _, s := range want.Price {
			if dearer(s.Rate, p.Appraised.Value) {
				limit(agreement.CardRate{Rate: p.Appraised.Value})
				break
			}
		}
	}
	if equal, diffs := c.matches(identical, &want, f.Terms); !equal {
		c.broken(I3, m.spot(), f.Terms.String(), want.String(), "the notice of %s does not state what %s may be taken over for: %s", m.id, m.option.Award, diffs[0])
	}
}
