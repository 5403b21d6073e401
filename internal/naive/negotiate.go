package naive

import (
	"firstlook/agreement"
	"firstlook/award"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// negotiation begins the talks of a matter.
func (w *World) negotiation(m *matter, from calendar.Instant) {
	if m.clause.Process.Negotiation.Given {
		if at, ok := w.closing(m, m.clause.Process.Negotiation.Value, from); ok {
			m.status, m.negotiateBy, m.extendTo, m.extendBy = right.Negotiating, at, 0, ""
			if m.asks != nil && m.asks.resume != right.AtInformation {
				m.asks = nil
			}
			return
		}
	}
	m.stop("negotiation", right.AtNegotiation)
}

// propose puts terms of one side on the table.
func (w *World) propose(c right.Command, a right.Propose) right.Code {
	m := w.matter(a.Matter)
	switch {
	case m == nil:
		return right.UnknownMatter
	case c.By != m.holder && c.By != w.need.Buyer:
		return right.NotTheHolder
	case m.status != right.Negotiating:
		return right.NotRunning
	}
	if m.negotiateBy <= w.last {
		return right.WindowClosed
	}
	if w.keptOut(m) {
		return right.Barred
	}
	t := *copied(a.Terms)
	if !w.enough(m, &t, m.quantity) {
		return right.QuantityInvalid
	}
	if !w.meetsNeed(m, t, m.quantity) {
		return right.TermsMissNeed
	}
	if n, ok := w.accelerators(w.lot(m.lot).line, m.quantity, t.Accelerator); ok {
		t = t.Part(n)
	}
	if w.anyExclusive(w.lot(m.lot).line) {
		w.reconsider(w.lot(m.lot).line, w.last)
	}
	if c.By == m.holder {
		m.byHolder, m.proposedAt = &t, w.last
	} else {
		m.byGrantor = &t
	}
	return ""
}

// lastLook holds what the holder named last against the chosen offer.
func (w *World) lastLook(m *matter, now calendar.Instant) {
	p := &m.clause.Process
	switch {
	case m.named == nil:
		w.silence(m, now)
		return
	case !p.Metric.Given:
		m.stop("metric", right.AtLook)
		return
	case !p.Margin.Given:
		m.stop("margin", right.AtLook)
		return
	}
	l := w.lot(m.lot)
	o := w.tender(m.offer).offer
	mine, ok1 := w.figure(l, m.holder, *m.named, p.Metric.Value)
	its, ok2 := w.chosenFigure(l, o.Provider, w.wouldTake(l, o), p.Metric.Value)
	if ok1 && ok2 && w.withinMargin(mine, its, p.Margin.Value) {
		w.exercise(m, *m.named, now)
		return
	}
	w.end(m, right.Outbid, now)
}

// figure is what terms cost by a metric.
func (w *World) figure(l *lot, by party.ID, t offer.Terms, by2 agreement.Metric) (money.Amount, bool) {
	if by2 == agreement.MetricPrice {
		cost, err := t.Cost(t.Quantity, w.line(l).Period)
		return cost, err == nil
	}
	p := award.Problem{Need: w.need, Line: l.line, Sells: w.sells(), Quantity: l.quantity, Providers: w.law.Book.Providers, Egress: w.egress(), Throughput: w.law.Throughput, Now: w.last}
	landed, no := award.Examine(&p, &offer.Offer{ID: "look", Provider: by, Need: w.need.ID, Line: l.line, Terms: t, ValidUntil: calendar.Latest})
	return landed.Total, no == nil
}

// chosenFigure is what a chosen offer costs by a metric: it fitted when it was chosen.
func (w *World) chosenFigure(l *lot, by party.ID, t offer.Terms, by2 agreement.Metric) (money.Amount, bool) {
	if by2 == agreement.MetricPrice {
		return w.figure(l, by, t, by2)
	}
	return w.worth(l, by, t), true
}

// withinMargin says whether one amount is worse for the grantor than another by no more than a percentage.
func (w *World) withinMargin(got, than money.Amount, margin capacity.Percent) bool {
	share, round := int64(margin), money.Down
	if w.sells() {
		share, round = -share, money.Up
	}
	limit, err := than.Scale(100_000+share, 100_000, round)
	if err != nil {
		return false
	}
	order, err := got.Cmp(limit)
	if w.sells() {
		order = -order
	}
	return err == nil && order <= 0
}

// betterThanCard says whether terms are better for the rival than what the holder has: dearer in some step than its rate card, or of an
// accelerator that the card lacks.
func (w *World) betterThanCard(c *agreement.Clause, t *offer.Terms) bool {
	rate, ok := cardRate(c, t.Accelerator)
	if !ok {
		return true
	}
	for i, s := range t.Price {
		if i+1 < len(t.Price) && t.Price[i+1].From <= t.Period.From || s.From >= t.Period.Until {
			continue // it is nobody's price in the period
		}
		if w.worse(s.Rate, rate) {
			return true
		}
	}
	return false
}

// against is how a finder's fee is rounded where it is netted out of what was noticed: against the one who answers.
func (w *World) against() money.Rounding {
	if w.sells() {
		return money.Down
	}
	return money.Up
}
