package right

import (
	"errors"
	"firstlook/agreement"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
)

// negotiate begins the time in which the parties negotiate and nobody else may be asked.
func (t *turn) negotiate(id MatterID) {
	m := t.Matter(id)
	p := &m.clause.Process
	if !p.Negotiation.Given {
		t.ask(id, "negotiation", "how long "+string(m.Holder)+" and "+string(t.grantor())+" negotiate", AtNegotiation)
		return
	}
	start := t.at
	if p.FromNotice && !m.determined("negotiation") { // nobody can miss an end that was not known
		start = m.ReceivedAt
	}
	by, _, err := t.closes(m.clause, m.Lot, m.More().Late, p.Negotiation.Value, start)
	if err != nil {
		t.ask(id, "negotiation", "when the negotiation ends: "+err.Error(), AtNegotiation)
		return
	}
	t.emit(&Interested{Matter: id, NegotiateBy: by})
}

// propose puts terms on the table of a negotiation.
func (t *turn) propose(p Propose) error {
	m := t.Matter(p.Matter)
	switch {
	case m == nil:
		return refuse(UnknownMatter, "no matter %s", p.Matter)
	case t.by != m.Holder && t.by != t.grantor():
		return refuse(NotTheHolder, "matter %s is negotiated by %s and %s", p.Matter, m.Holder, t.grantor())
	case m.Status != Negotiating:
		return t.refuseFor(m, NotRunning, "matter %s is %s: there is no negotiation", m.ID, m.Status)
	}
	if err := t.negotiable(m); err != nil {
		return err
	}
	terms := p.Terms
	if err := t.supplies(m, &terms, m.Quantity); err != nil {
		return err
	}
	if err := t.meets(m, &terms, m.Quantity); err != nil {
		return err
	}
	role := party.Grantor
	if t.by == m.Holder {
		role = party.Holder
	}
	t.emit(&Proposed{Matter: m.ID, Role: role, Terms: terms})
	return nil
}

// agree ends a negotiation by one side's acceptance of what the other proposed last.
func (t *turn) agree(m *Matter, terms *offer.Terms, other party.ID) error {
	if terms == nil {
		return t.refuseFor(m, NoProposal, "%s has proposed no terms", other)
	}
	if err := t.negotiable(m); err != nil {
		return err
	}
	if l := t.Lot(m.Lot); stageOf(m.clause) == alongside && l.Status != InMarket {
		return refuse(LotNotInMarket, "lot %s is %s", l.ID, l.Status)
	}
	t.exercised(m.ID, *terms)
	return nil
}

// negotiable refuses a step of a negotiation whose time is over, or over what is exclusive to somebody else.
func (t *turn) negotiable(m *Matter) error {
	if by := m.More().NegotiateBy; by <= t.now {
		return t.refuseFor(m, WindowClosed, "the time to negotiate %s ended at %s", m.ID, by)
	}
	if ref, holder, ok := t.exclusiveToOther(m); ok {
		return (&Refusal{Code: Barred, Detail: "what the matter covers is exclusive to " + string(holder)}).by(ref)
	}
	return nil
}

// revise keeps the terms with which a holder would beat the chosen offer. They win or lose when the window closes.
func (t *turn) revise(m *Matter, a Answer) error {
	if a.Quantity != 0 && a.Quantity != m.Quantity {
		return t.refuseFor(m, WholeOnly, "a last look is for the whole of %d", m.Quantity)
	}
	terms := *a.Terms
	if err := t.supplies(m, &terms, m.Quantity); err != nil {
		return err
	}
	if _, excluded := t.examine(m, &terms, m.Quantity); excluded != nil {
		return t.refuseFor(m, TermsMissNeed, "%s: %s", excluded.Code, excluded.Reason)
	}
	t.emit(&Revised{Matter: m.ID, Terms: terms})
	return nil
}

// look holds a holder's last terms against the chosen offer, now that its window has closed.
func (t *turn) look(id MatterID) {
	m := t.Matter(id)
	p := &m.clause.Process
	switch {
	case !p.Metric.Given:
		t.ask(id, "metric", "by what the last look is held against the chosen offer", AtLook)
		return
	case !p.Margin.Given:
		t.ask(id, "margin", "by how much worse than the chosen offer a last look may be and still win", AtLook)
		return
	}
	chosen, named, err := t.figures(m, p.Metric.Value)
	if err == nil && t.noWorse(named, chosen, int64(p.Margin.Value)) {
		t.exercised(id, *m.Named)
		return
	}
	t.end(id, Outbid, "")
}

// figures are what the chosen offer and the holder's last terms cost, or bring, over the lot by a metric.
func (t *turn) figures(m *Matter, metric agreement.Metric) (chosen, named money.Amount, err error) {
	l := t.Lot(m.Lot)
	if metric == agreement.MetricLanded {
		got, excluded := t.examine(m, m.Named, m.Quantity)
		if excluded != nil { // what was fitting when it was named, and is no longer
			return chosen, named, refuse(TermsMissNeed, "%s", excluded.Reason)
		}
		return t.pickLanded(l), got.Total, nil
	}
	period := t.line(l).Period
	if chosen, err = t.Tender(l.Pick.Offer).Offer.Terms.Cost(l.Pick.Accelerators, period); err != nil {
		return chosen, named, err
	}
	named, err = m.Named.Cost(m.Named.Quantity, period)
	return chosen, named, err
}

// noWorse reports whether an amount is no worse for the grantor than another by more than a margin in thousandths of a percent.
func (t *turn) noWorse(got, against money.Amount, margin int64) bool {
	if t.Need.Sells {
		least, err := against.Scale(100_000-margin, 100_000, money.Up)
		order, err2 := got.Cmp(least)
		return errors.Join(err, err2) == nil && order >= 0
	}
	most, err := against.Scale(100_000+margin, 100_000, money.Down)
	order, err2 := got.Cmp(most)
	return errors.Join(err, err2) == nil && order <= 0
}

// betters reports whether a rival's terms are more favourable to it than what the holder has today by the clause's card.
func (t *turn) betters(c *agreement.Clause, terms *offer.Terms) bool {
	for _, card := range c.Process.RateCard.Value {
		if card.Accelerator != terms.Accelerator {
			continue
		}
		has := *terms
		has.Price = []offer.Step{{From: terms.Period.From, Rate: card.Rate}}
		order, _ := t.compareTerms(&has, terms, 0)
		return order != offer.Within
	}
	return true
}
