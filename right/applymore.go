package right

import (
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/party"
)

// also changes what only some matters have: a copy, so that a state from before keeps its own.
func (m *Matter) also(change func(*More)) {
	x := *m.More()
	change(&x)
	m.Rare = &x
}

func (w *writer) matterOpened(f *MatterOpened) {
	l := w.lot(f.Lot)
	for i := range w.Matters { // whether the right revives is no question any more
		if o := &w.Matters[i]; o.doubt(f.Lot) != nil && sameClause(o.clause.Ref, f.Clause) && o.For() == f.Holder {
			w.matter(o.ID).settle(f.Lot)
		}
	}
	m := Matter{ID: f.Matter, Lot: f.Lot, Holder: f.Holder, Status: Deficient, Again: f.Again, Quantity: l.Quantity, Offer: f.Offer,
		clause: w.clause(f.Clause)}
	if f.Quantity != 0 {
		m.Quantity = f.Quantity
	}
	if f.Group != 0 || f.Award != 0 {
		m.Rare = &More{Group: f.Group, Award: f.Award}
	}
	w.Matters = append(own(w.Matters, &w.matters, 1), m)
	if l.Status == Won || f.Beside {
		return // an option on what is awarded, or a talk beside: the lot stays where it is
	}
	if f.Award == 0 {
		l.Lost = 0 // it goes on; who may stand in for what was lost was asked
	}
	l.Status, l.Matter = Held, f.Matter
	if f.Group != 0 {
		l.Matter = f.Group
	}
}

// heldBy reports whether a lot was held by a matter that ended, alone or as the last of its group once what they share is allocated.
func (w *writer) heldBy(l *Lot, m *Matter) bool {
	x := m.More()
	if x.Group == 0 {
		return l.Matter == m.ID
	}
	return x.Allocated && !slices.ContainsFunc(w.Matters, func(o Matter) bool {
		return o.More().Group == x.Group && o.Status == Conditional
	})
}

// opened sets a deadline: of a window that opens, or of one that goes on or is extended.
func (w *writer) opened(f *Opened) {
	m := w.matter(f.Matter)
	x := m.More()
	negotiates := m.Status == Negotiating || m.Status == Stood && x.Paused == Negotiating
	if m.Rare != nil {
		m.also(func(x *More) {
			x.Supplied, x.Left, x.Paused = false, 0, ""
			if x.ExtendTo <= f.AnswerBy { // what was proposed is had; a later proposal stands
				x.ExtendTo, x.ExtendBy = 0, ""
			}
		})
	}
	if negotiates {
		m.Status = Negotiating
		m.also(func(x *More) { x.NegotiateBy = f.AnswerBy })
		return
	}
	m.Status, m.AnswerBy = Open, f.AnswerBy
}

// applyMore applies the facts that only some matters meet.
func (w *writer) applyMore(e Event) {
	switch f := e.Fact.(type) {
	case *OfferTold, *SoldInstead:
	case *NoticeLate:
		w.matter(f.Matter).also(func(x *More) { x.Late = true })
	case *NoticeHeld:
		w.matter(f.Matter).also(func(x *More) { x.HeldUntil, x.HeldTerms = f.Until, f.Terms })
	case *InformationRequested:
		w.matter(f.Matter).also(func(x *More) { x.Asked, x.AskedAt, x.Outstanding = x.Asked+1, e.At, true })
	case *InformationSupplied:
		m := w.matter(f.Matter)
		counts := m.Status == Sent || slices.ContainsFunc(m.More().Tolls, func(t Toll) bool { return t.Ground == agreement.GroundInformation })
		m.also(func(x *More) { x.Outstanding, x.Supplied = false, x.Supplied || counts })
	case *Tolled:
		w.tolled(e, f)
	case *Untolled:
		w.matter(f.Matter).also(func(x *More) {
			x.Tolls = slices.DeleteFunc(slices.Clone(x.Tolls), func(t Toll) bool { return t.Ground == f.Ground })
		})
	case *ExtensionProposed:
		w.matter(f.Matter).also(func(x *More) { x.ExtendTo, x.ExtendBy = f.Until, e.By })
	case *Interested:
		m := w.matter(f.Matter)
		m.Status = Negotiating
		if m.Question != nil && m.Question.Resume != AtInformation {
			m.Question = nil
		}
		m.also(func(x *More) { x.NegotiateBy, x.ExtendTo, x.ExtendBy, x.Supplied = f.NegotiateBy, 0, "", false }) // another window
	case *Proposed:
		w.matter(f.Matter).also(func(x *More) {
			if f.Role == party.Holder {
				x.ByHolder = &f.Terms
			} else {
				x.ByGrantor = &f.Terms
			}
		})
	case *Revised:
		w.matter(f.Matter).Named = &f.Terms
	case *Changed:
		w.changed(f)
	case *Subscribed:
		m := w.matter(f.Matter)
		m.Status, m.Question = Bidden, nil
		m.also(func(x *More) { x.Wants, x.Least, x.Terms = f.Quantity, f.Least, &f.Terms })
	case *Allocated:
		w.allocated(f)
	case *ConsentAwaited:
		m := w.matter(f.Matter)
		m.Status, m.Question = Conditional, nil
		if l := w.lot(m.Lot); l.Status == Idle {
			l.Status = Held
		}
		m.also(func(x *More) { x.Terms, x.ConsentBy, x.Wants = &f.Terms, f.Until, max(x.Wants, f.Part) })
	case *Consented:
		w.consented(f)
	case *Assigned:
		m := w.matter(f.Matter)
		original := m.For()
		m.Holder = f.To
		if m.Status == Taken { // it took, and another takes its place
			a := w.awardOf(w.Lots[m.Lot-1].Award)
			given := *a.Awarded
			given.Provider = f.To
			a.Awarded = &given
		}
		m.also(func(x *More) { x.For = original })
	default:
		panic(fmt.Sprintf("bug: no fact %T", e.Fact))
	}
}

// settle takes the question whether the right revives over a lot away; those over other lots stay.
func (m *Matter) settle(lot LotID) {
	doubts := slices.DeleteFunc(append(slices.Clone(m.More().Doubts), m.Question), func(q *Question) bool { return q.Lot == lot })
	m.Question = nil
	if n := len(doubts); n > 0 {
		m.Question, doubts = doubts[n-1], doubts[:n-1]
	}
	m.also(func(x *More) { x.Doubts = doubts })
}

// answered takes away what is asked.
func (m *Matter) answered() {
	m.Question = nil
	if len(m.More().Doubts) > 0 {
		m.also(func(x *More) { x.Doubts = nil })
	}
}

// asked stops a matter at a question. A notice that waited for its turn and stops there waits no more.
func (w *writer) asked(f *DeterminationRequired) {
	m := w.matter(f.Matter)
	if q := m.Question; q != nil { // it is still asked: what is asked again over a lot goes with the first
		m.also(func(x *More) { x.Doubts = append(slices.Clip(x.Doubts), q) })
	}
	m.Question = f
	if f.Resume == AtNotice {
		m.also(func(x *More) { x.HeldUntil, x.HeldTerms = 0, f.Terms })
	}
}

func (w *writer) tolled(e Event, f *Tolled) {
	m := w.matter(f.Matter)
	first := m.Status != Stood
	was := m.Status
	m.Status = Stood
	m.also(func(x *More) {
		x.Tolls = append(slices.Clip(x.Tolls), Toll{f.Ground, e.By, f.Until})
		if first {
			x.Left, x.Paused = calendar.Instant(f.Left), was
		}
	})
}

// changed updates what the holder sees, and the choice where a later offer of the same rival took the place of the first.
func (w *writer) changed(f *Changed) {
	m := w.matter(f.Matter)
	if !f.Material {
		m.Terms = f.Terms
	}
	if f.Offer == "" {
		return
	}
	l := w.lot(m.Lot)
	w.tender(l.Pick.Offer).Used -= l.Pick.Accelerators
	pick := *f.Pick
	l.Pick = &pick
	w.tender(pick.Offer).Used += pick.Accelerators
	for i := range w.Matters {
		if o := &w.Matters[i]; !f.Material && (o.ID == m.ID || m.More().Group != 0 && o.More().Group == m.More().Group) {
			w.matter(o.ID).Offer = f.Offer
		}
	}
}

func (w *writer) allocated(f *Allocated) {
	var lot LotID
	for i := range w.Matters {
		if w.Matters[i].More().Group == f.Group {
			m := w.matter(w.Matters[i].ID)
			m.also(func(x *More) { x.Allocated = true })
			lot = m.Lot
		}
	}
	if l := w.lot(lot); l.Status == Held {
		l.Status = Idle
	}
}

func (w *writer) consented(f *Consented) {
	if !f.Given {
		return
	}
	if f.Award != 0 {
		a := w.awardOf(f.Award)
		a.Consents = append(slices.Clip(a.Consents), f.Of)
		return
	}
	w.matter(f.Matter).also(func(x *More) { x.Consents = append(slices.Clip(x.Consents), f.Of) })
}

// steppedDown leaves an award what is delivered and frees the rest, which was split off as a lot before.
func (w *writer) steppedDown(f *SteppedDown) {
	a := w.awardOf(f.Award)
	kept := *a.Awarded
	kept.Quantity, kept.Terms, kept.Landed = f.Quantity, f.Terms, f.Landed
	a.Awarded = &kept
	if n := a.NonPerforming; n != nil && n.Delivered >= f.Quantity { // what is left of it is delivered
		a.NonPerforming = nil
	}
	l := w.lot(f.Lot)
	if l.Pick != nil {
		w.unpick(l)
	}
	for i := range w.Matters { // who may take the award over may take what it still has
		if m := &w.Matters[i]; m.Lot == a.Lot && m.Status.Pending() && m.Quantity > f.Quantity {
			o := w.matter(m.ID)
			o.Quantity = f.Quantity
			if o.Terms != nil {
				terms := o.Terms.Part(min(o.Terms.Quantity, f.Terms.Quantity))
				o.Terms = &terms
			}
		}
	}
	l.Award, l.Lost, l.Status = 0, f.Award, Idle
	if w.Withdrawn {
		l.Status = Closed
	}
}
