package lawcheck

import (
	"maps"
	"slices"

	"firstlook/agreement"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// interested reads that the parties negotiate: on the holder's word, or from the notice, for as long as the clause gives (I2).
func (c *Checker) interested(f *right.Interested) {
	m := c.matterOf(f.Matter)
	if m == nil {
		return
	}
	p := &m.clause.Process
	switch {
	case m.clause.Kind != agreement.FirstNegotiation:
		c.broken(I11, m.spot(), "a negotiation", "a "+string(m.clause.Kind), "the parties negotiate in %s, which %s does not have", m.id, m.clause.Ref)
	case p.FromNotice && !m.gotAt.IsSet():
		c.broken(I2, m.spot(), "a negotiation", "a complete notice and its receipt first", "the negotiation of %s begins before its notice is received", m.id)
	case !p.FromNotice && !(m.loose && m.answer.Kind == right.Interest):
		c.broken(I1, m.spot(), "a negotiation", "interest of "+string(m.holder), "the negotiation of %s begins without a word of its holder", m.id)
	case !p.Negotiation.Given:
		c.broken(I2, m.spot(), "until "+f.NegotiateBy.String(), "a question to a person", "the negotiation of %s has a time that %s does not give", m.id, m.clause.Ref)
	default:
		start := c.event.At
		if p.FromNotice {
			start = m.gotAt
		}
		if by, err := c.closes(m, p.Negotiation.Value, start); err == nil && f.NegotiateBy < by {
			c.broken(I2, m.spot(), "until "+f.NegotiateBy.String(), "until "+by.String(), "the negotiation of %s is shorter than %s gives", m.id, m.clause.Ref)
		}
	}
	m.phase, m.negotiateBy, m.loose, m.running = right.Negotiating, f.NegotiateBy, false, c.event.At
}

// told reads that a holder is told of an offer that nobody asked for: one that there is, while it negotiates.
func (c *Checker) told(f *right.OfferTold) {
	m := c.matterOf(f.Matter)
	if m != nil && c.offerOf(f.Offer, m.spot()) != nil && !m.clause.Process.Unsolicited {
		c.broken(I12, m.spot(), "offer "+string(f.Offer), "nothing", "the holder of %s is told of an offer of which %s tells it nothing", m.id, m.clause.Ref)
	}
}

// proposed reads terms that one side puts on the table: its own word (I1), while the negotiation lasts (I2).
func (c *Checker) proposed(f *right.Proposed) {
	m := c.matterOf(f.Matter)
	if m == nil {
		return
	}
	side := map[party.Role]party.ID{party.Holder: m.holder, party.Grantor: c.need.Buyer}[f.Role]
	if c.event.By != side || side == "" {
		c.broken(I1, m.spot(), "terms of the "+string(f.Role)+" by "+who(c.event), "a word of "+string(side), "somebody else proposes for the %s of %s", f.Role, m.id)
	}
	c.negotiates(m, "a proposal")
	m.proposals = maps.Clone(m.proposals)
	if m.proposals == nil {
		m.proposals = map[party.Role]*offer.Terms{}
	}
	m.proposals[f.Role] = &f.Terms
}

// negotiates is I2 for what may only be done while a negotiation lasts.
func (c *Checker) negotiates(m *matter, what string) {
	waits := m.question != nil // time does nothing while a person has the word
	if m.phase != right.Negotiating || c.event.At >= m.negotiateBy && !waits {
		c.broken(I2, m.spot(), what+" at "+c.event.At.String(), "a negotiation that lasts until after that", "%s comes in %s while nobody negotiates", what, m.id)
	}
}

// agreed is I3 for a negotiation that ends in an exercise: one side accepts what the other proposed last.
func (c *Checker) agreed(m *matter, f *offer.Terms) {
	by, side := party.Holder, m.holder
	if m.loose && m.answer.Kind == right.Exercise {
		by, side = party.Grantor, c.need.Buyer
	} else if c.event.By != c.need.Buyer {
		c.broken(I1, m.spot(), "agreed by "+who(c.event), "a word of "+string(m.holder)+" or "+string(c.need.Buyer), "%s is agreed by somebody else", m.id)
	}
	c.negotiates(m, "an agreement")
	last := m.proposals[by]
	if last == nil {
		c.broken(I3, m.spot(), f.String(), "terms that "+string(side)+" proposed first", "%s is agreed on terms that nobody proposed", m.id)
		return
	}
	c.equal(m, last, f, m.id.String()+" is agreed on other terms than were proposed last")
}

// failed is I2 for a negotiation that ends without an agreement: not before its time is over.
func (c *Checker) failed(m *matter) {
	if m.phase != right.Negotiating || !m.negotiateBy.IsSet() || c.event.At < m.negotiateBy {
		c.broken(I2, m.spot(), "failed at "+c.event.At.String(), "the end of the negotiation at "+m.negotiateBy.String(), "%s fails before its time to negotiate is over", m.id)
	}
}

// revised reads the terms of a last look: the holder's own (I1, I3), before its window closes (looked at with the answer).
func (c *Checker) revised(f *right.Revised) {
	m := c.matterOf(f.Matter)
	if m == nil {
		return
	}
	switch {
	case m.clause.Kind != agreement.LastLook:
		c.broken(I11, m.spot(), "a last look", "a "+string(m.clause.Kind), "terms are revised in %s, which %s does not have", m.id, m.clause.Ref)
	case !m.loose || m.answer.Kind != right.Name || m.answer.Terms == nil:
		c.broken(I3, m.spot(), f.Terms.String(), "an answer that names them", "the holder of %s named no terms", m.id)
	default:
		c.equal(m, m.answer.Terms, &f.Terms, "the terms of the last look of "+m.id.String()+" are not those of the answer")
	}
	m.looks, m.loose = &f.Terms, false
}

// looked is I2 and I3 for the end of a last look: at its deadline, on the holder's last terms, and won or lost by its figures alone.
func (c *Checker) looked(m *matter, won bool, terms *offer.Terms) {
	if m.looks == nil || c.event.At < m.answerBy {
		c.broken(I2, m.spot(), "decided at "+c.event.At.String(), m.answerBy.String()+" or later, on terms that were named", "the last look of %s is decided before its window closes", m.id)
		return
	}
	if terms != nil {
		c.equal(m, m.looks, terms, m.id.String()+" is exercised on other terms than its last look named")
	}
	chosen, own, ok := c.figures(m)
	if !ok {
		return
	}
	p := &m.clause.Process
	margin := int64(p.Margin.Value)
	better, err := own.Scale(100_000, 1, money.Up) // own x 100 % against chosen x (100 % + margin), in whole micro-units
	limit, err2 := chosen.Scale(100_000+margin, 1, money.Up)
	order, err3 := better.Cmp(limit)
	if c.need.Sells {
		limit, err2 = chosen.Scale(100_000-margin, 1, money.Up)
		order, err3 = limit.Cmp(better)
	}
	if err != nil || err2 != nil || err3 != nil {
		return
	}
	if should := order <= 0; should != won {
		c.broken(I3, m.spot(), wins(won)+" with "+own.String(), wins(should)+" against "+chosen.String(), "the last look of %s is not decided by its figures", m.id)
	}
}

func wins(won bool) string {
	if won {
		return "won"
	}
	return "lost"
}

// figures are what the chosen offer and the holder's last terms come to over the line's period; false where the landed cost of
// moving data is part of them, which one record does not show.
func (c *Checker) figures(m *matter) (chosen, own money.Amount, ok bool) {
	l := c.lots[m.lot-1]
	p := &m.clause.Process
	if !p.Metric.Given || !p.Margin.Given || p.Metric.Value == agreement.MetricLanded && len(c.need.DataSets) > 0 || l.pick == nil {
		return chosen, own, false
	}
	t, ok := c.offers[l.pick.Offer]
	if !ok {
		return chosen, own, false
	}
	period := c.need.Lines[l.line].Period
	chosen, err := t.Offer.Terms.Cost(l.pick.Accelerators, period)
	own, err2 := m.looks.Cost(m.looks.Quantity, period)
	return chosen, own, err == nil && err2 == nil
}

// favours reports whether terms are more favourable to a rival than what a holder has today by its card: then a right to no less
// favourable terms runs. What the card does not price runs too.
func (c *Checker) favours(clause *agreement.Clause, terms *offer.Terms) bool {
	card := clause.Process.RateCard
	i := slices.IndexFunc(card.Value, func(r agreement.CardRate) bool { return r.Accelerator == terms.Accelerator })
	if !card.Given || i < 0 {
		return true
	}
	return slices.ContainsFunc(terms.Price, func(s offer.Step) bool {
		if c.need.Sells {
			return dearer(card.Value[i].Rate, s.Rate)
		}
		return dearer(s.Rate, card.Value[i].Rate)
	})
}
