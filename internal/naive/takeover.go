package naive

import (
	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

func isStepIn(k agreement.Kind) bool { return k == agreement.StepIn }

func isCall(k agreement.Kind) bool { return k == agreement.CallOption }

// takesOver says whether a right is one to take over what another was awarded.
func takesOver(c *agreement.Clause) bool { return isStepIn(c.Kind) || isCall(c.Kind) }

// stepIn asks the next holder that may step in for an award that was lost.
func (w *World) stepIn(l *lot, now calendar.Instant) bool {
	if l.lost == 0 {
		return false
	}
	w.reconsider(l.line, now)
	lost := w.awardOf(l.lost)
	for _, e := range w.rights(l.line, isStepIn, now) {
		if e.holder == lost.provider || w.asked(l, e) {
			continue
		}
		m := w.openOne(l, e, now)
		m.again = ""
		m.award = lost.id
		l.status, l.matter = right.Held, m.id
		w.notice(m, now)
		return true
	}
	return false
}

// asked says whether a holder was asked already to step in for the award that a lot lost.
func (w *World) asked(l *lot, e *engagement) bool {
	for _, m := range w.matters {
		if m.award == l.lost && m.lot == l.id && m.clause.Ref.Agreement == e.clause.Ref.Agreement && m.clause.Ref.Clause == e.clause.Ref.Clause && m.right() == e.holder && isStepIn(m.clause.Kind) {
			return true
		}
	}
	return false
}

// onItsWay sends a lot whose award was lost on its way, once those who may step in were asked.
func (w *World) onItsWay(l *lot, now calendar.Instant) {
	if w.withdrawn {
		l.status = right.Closed
		return
	}
	l.status = right.Idle
	if w.stepIn(l, now) {
		return
	}
	lost := w.awardOf(l.lost)
	if lost == nil || lost.matter != 0 && !takesOver(w.matter(lost.matter).clause) && !w.anyAsked(l) {
		w.advance(l, now)
		return
	}
	w.backToMarket(l, now)
}

// anyAsked says whether anybody was asked to step in for the award that a lot lost.
func (w *World) anyAsked(l *lot) bool {
	for _, m := range w.matters {
		if m.award == l.lost && m.lot == l.id && isStepIn(m.clause.Kind) {
			return true
		}
	}
	return false
}

// eventsDue are the options that certified events open, over what is awarded to others.
func (w *World) eventsDue() []due {
	var out []due
	for i, f := range w.law.Book.Facts {
		if w.events[i] || f.Challenge || f.At < w.submitted {
			continue
		}
		for _, l := range w.lots {
			for _, e := range w.rights(l.line, isCall, f.At) {
				if w.opensOption(l, e, &f) {
					out = append(out, due{f.At, func(at calendar.Instant) { w.call(l, e, &f, at) }})
				}
			}
			for _, e := range w.anew(l.line, f.At) { // that a version which took its place engages nothing is recorded, too
				if isCall(e.clause.Kind) && !e.yes && w.inForce(e.clause.Ref, f.At) && w.opensOption(l, e, &f) {
					out = append(out, due{f.At, func(at calendar.Instant) { w.reconsider(l.line, at) }})
				}
			}
		}
	}
	return out
}

// opensOption says whether an event opens an option over the award of a lot: once for each award.
func (w *World) opensOption(l *lot, e *engagement, f *agreement.Fact) bool {
	if f.Agreement != e.clause.Ref.Agreement || !contains(e.clause.Process.Opens, f.Trigger) || l.status != right.Won || w.itsOwn(w.awardOf(l.award), e.holder) || w.awardOf(l.award).at > f.At {
		return false
	}
	for _, m := range w.matters {
		if m.lot == l.id && m.award == l.award && m.clause.Ref.Agreement == e.clause.Ref.Agreement && m.clause.Ref.Clause == e.clause.Ref.Clause && m.right() == e.holder {
			return false
		}
	}
	return true
}

// itsOwn says whether an award is a holder's, or was until it assigned it.
func (w *World) itsOwn(aw *grant, holder party.ID) bool {
	return aw.provider == holder || aw.matter != 0 && w.matter(aw.matter).right() == holder
}

// call opens an option over an award.
func (w *World) call(l *lot, e *engagement, f *agreement.Fact, now calendar.Instant) {
	w.reconsider(l.line, now)
	pick := l.pick
	l.pick = nil
	m := w.openOne(l, e, now)
	l.pick = pick
	m.again, m.award = agreement.OnCertified, l.award
	w.notice(m, now)
}

// takesPart is the matter in which a holder takes an award over, with its terms: a part may be split off only now that the consent is given, and what is
// not taken is declined.
func (w *World) takesPart(m *matter, t offer.Terms, now calendar.Instant) (*matter, offer.Terms) {
	if m.wanted > 0 && m.wanted < m.quantity {
		part := w.split(m, m.wanted)
		part.wanted = 0
		w.end(m, right.Declined, now)
		m = part
	}
	if n, ok := w.accelerators(w.lot(m.lot).line, m.quantity, t.Accelerator); ok {
		t = t.Part(min(n, t.Quantity))
	}
	return m, t
}

// priced are the terms of an award at the price at which it may be taken over; a parameter that is open is told.
func (w *World) priced(m *matter) (t offer.Terms, open string) {
	aw, p := w.awardOf(m.award), &m.clause.Process
	t = aw.terms
	if n, ok := w.accelerators(w.lot(m.lot).line, m.quantity, t.Accelerator); ok {
		t = t.Part(n)
	}
	from := t.Period.From
	switch {
	case !p.Price.Given:
		return t, "price"
	case p.Price.Value == agreement.PriceCard:
		rate, ok := cardRate(m.clause, t.Accelerator)
		if !ok {
			return t, "rate_card"
		}
		t.Price = []offer.Step{{From: from, Rate: rate}}
	case p.Price.Value != agreement.PriceAsAwarded && !p.Appraised.Given:
		return t, "appraised"
	case p.Price.Value == agreement.PriceAppraised:
		t.Price = []offer.Step{{From: from, Rate: p.Appraised.Value}}
	case p.Price.Value == agreement.PriceLower:
		appraised := t
		appraised.Price = []offer.Step{{From: from, Rate: p.Appraised.Value}}
		one, err1 := t.Cost(t.Quantity, t.Period)
		other, err2 := appraised.Cost(t.Quantity, t.Period)
		if order, err := other.Cmp(one); err == nil && err1 == nil && err2 == nil && order < 0 {
			t = appraised
		}
	}
	return t, ""
}

// takeOver ends the award that an option is exercised over, or what is taken of it.
func (w *World) takeOver(m *matter, l *lot) {
	aw := w.awardOf(m.award)
	if aw.ended || aw.lot != l.id {
		return
	}
	aw.ended = true
	w.endCalls(aw.id, m)
}

// endCalls ends the options over an award that is no more.
func (w *World) endCalls(id right.AwardID, but *matter) {
	for _, m := range w.matters {
		if m != but && m.award == id && isCall(m.clause.Kind) && m.status.Pending() {
			m.status, m.asks = right.Terminated, nil
		}
	}
}

// reduce leaves an award what is not taken from it, and its options with it; what is taken is the lot that is split off.
func (w *World) reduce(aw *grant, q int64, by *matter) *lot {
	l := w.lot(aw.lot)
	part := w.splitLot(l, q)
	if n, ok := w.accelerators(l.line, l.quantity, aw.terms.Accelerator); ok {
		aw.terms = aw.terms.Part(min(n, aw.terms.Quantity))
	}
	aw.quantity = l.quantity
	aw.failing = aw.failing && aw.delivered < aw.quantity
	for _, m := range w.matters {
		if m.award == aw.id && isCall(m.clause.Kind) && m.status.Pending() && m.quantity > aw.quantity {
			m.quantity = aw.quantity
			if m.terms != nil && m != by {
				if n, ok := w.accelerators(l.line, m.quantity, m.terms.Accelerator); ok {
					t := m.terms.Part(min(n, m.terms.Quantity))
					m.terms = &t
				}
			}
		}
	}
	return part
}

// nonPerform records that an award is not performed, and until when that may be cured.
func (w *World) nonPerform(c right.Command, a right.NonPerform, now calendar.Instant) right.Code {
	aw := w.awardOf(a.Award)
	switch {
	case c.By != w.need.Buyer:
		return right.NotTheBuyer
	case aw == nil:
		return right.UnknownAward
	case aw.ended:
		return right.AwardEnded
	case aw.failing:
		return right.Performing
	case a.Delivered < 0 || a.Delivered >= aw.quantity:
		return right.QuantityInvalid
	case a.Reason == "":
		return right.ReasonRequired
	}
	clause := w.answersFor(aw)
	if clause == nil {
		return right.NoSuchPower
	}
	by, ok := w.deadline(clause, clause.Process.NonPerformance.Cure, now)
	if !ok {
		return right.ValueInvalid
	}
	aw.failing, aw.delivered, aw.cureBy, aw.remedy = true, a.Delivered, by, clause.Process.NonPerformance.Then
	return ""
}

// answersFor is the clause that says what follows where an award is not performed: its own, or that of a release that let it in.
func (w *World) answersFor(aw *grant) *agreement.Clause {
	if aw.matter != 0 {
		if c := w.matter(aw.matter).clause; c.Process.NonPerformance != nil {
			return c
		}
		return nil
	}
	for _, r := range w.lot(aw.lot).releases {
		if c := w.matter(r.matter).clause; c.Process.NonPerformance != nil {
			return c
		}
	}
	return nil
}

func (w *World) cure(c right.Command, a right.Cure) right.Code {
	aw := w.awardOf(a.Award)
	switch {
	case c.By != w.need.Buyer:
		return right.NotTheBuyer
	case aw == nil:
		return right.UnknownAward
	case aw.ended:
		return right.AwardEnded
	case !aw.failing:
		return right.Performing
	case a.Reason == "":
		return right.ReasonRequired
	}
	aw.failing = false
	return ""
}

// notCured is the end of the time to cure an award.
func (w *World) notCured(aw *grant, now calendar.Instant) {
	aw.failing = false
	if aw.remedy != agreement.RemedyStepDown || aw.delivered == 0 {
		w.fellThrough(aw, agreement.OnNonPerformance, now)
		return
	}
	rest := w.reduce(aw, aw.quantity-aw.delivered, nil)
	rest.award, rest.lost, rest.status = 0, aw.id, right.Idle
	if w.withdrawn {
		rest.status = right.Closed
	}
	if rest.pick != nil {
		w.tender(rest.pick.offer).used -= rest.pick.accelerators
		rest.pick = nil
	}
	if aw.matter != 0 {
		w.stepDownHolder(aw, rest, now)
		return
	}
	w.loosen(rest, agreement.OnNonPerformance, now)
	w.onItsWay(rest, now)
}

// stepDownHolder releases a holder for what it did not deliver.
func (w *World) stepDownHolder(aw *grant, rest *lot, now calendar.Instant) {
	m := *w.matter(aw.matter)
	w.matter(aw.matter).quantity -= rest.quantity
	m.id, m.lot, m.quantity, m.group = right.MatterID(len(w.matters)+1), rest.id, rest.quantity, 0
	m.status, m.fallen, m.asks = right.CannotBe, true, nil
	w.matters, rest.matter = append(w.matters, &m), m.id
	if takesOver(m.clause) {
		w.onItsWay(rest, now)
		return
	}
	w.release(&m, now)
}
