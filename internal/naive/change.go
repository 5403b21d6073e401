package naive

import (
	"slices"

	"firstlook/agreement"
	"firstlook/award"
	"firstlook/calendar"
	"firstlook/offer"
	"firstlook/right"
)

// change takes other terms in the place of those that were noticed: the grantor's own, or a later offer of the same rival.
func (w *World) change(c right.Command, a right.Change, now calendar.Instant) right.Code {
	m := w.matter(a.Matter)
	switch {
	case c.By != w.need.Buyer:
		return right.NotTheBuyer
	case m == nil:
		return right.UnknownMatter
	case a.Reason == "":
		return right.ReasonRequired
	case m.asks != nil || m.terms == nil || m.status != right.Sent && m.status != right.Open && m.status != right.Stood || m.status == right.Stood && m.paused == right.Negotiating || takesOver(m.clause):
		return right.NotRunning
	case (a.Terms != nil) == (m.offer != ""):
		return right.NoticeGiven
	}
	if code := w.mayChange(m, a, now); code != "" {
		return code
	}
	if a.Offer != "" {
		w.reconsider(w.lot(m.lot).line, now)
	}
	if !m.clause.Process.MaterialChange.Given {
		m.stop("material_change", right.AtChange)
		m.asks.change = &a
		return ""
	}
	w.changed(m, a, now)
	return ""
}

// mayChange says why terms cannot take the place of those that were noticed.
func (w *World) mayChange(m *matter, a right.Change, now calendar.Instant) right.Code {
	if w.nothingLeft(m) {
		return right.NotRunning
	}
	if a.Terms != nil {
		most := m.quantity
		for _, h := range m.clause.Holds() {
			if m.group != 0 { // all are asked anew where it is material
				most = max(most, offered(m.clause, h, w.lot(m.lot).quantity))
			}
		}
		if !w.enough(m, a.Terms, most) {
			return right.QuantityInvalid
		}
		return ""
	}
	t, old := w.tender(a.Offer), w.tender(m.offer)
	if t == nil || t.withdrawn || t.offer.Provider != old.offer.Provider || t.offer.Line != old.offer.Line || t == old {
		return right.UnknownOffer
	}
	if w.laterPick(m, t, now) == nil {
		return right.MissesRequirement
	}
	return ""
}

// nothingLeft says whether somebody who was noticed would be asked for nothing if it were asked anew: elsewhere the need was found to be
// below the threshold of its right.
func (w *World) nothingLeft(m *matter) bool {
	all := []*matter{m}
	if m.group != 0 {
		all = w.members(m.group)
	}
	return slices.ContainsFunc(all, func(o *matter) bool {
		return o.status.Pending() && w.below(&engagement{clause: o.clause, holder: o.right()})
	})
}

// laterPick is what would be chosen of a later offer in the place of the one that is chosen; nil where it cannot be.
func (w *World) laterPick(m *matter, t *tender, now calendar.Instant) *picked {
	l := w.lot(m.lot)
	old := l.pick
	l.pick, w.changing = nil, m
	defer func() { l.pick, w.changing = old, nil }()
	afresh := &matter{lot: l.id, clause: m.clause, again: agreement.OnMaterialChange, late: m.late}
	offers, _ := w.offersFor(l, []offer.ID{t.offer.ID})
	if len(offers) == 0 {
		return nil
	}
	c := w.compareFor(l, offers, now, func(o *offer.Offer) bool {
		return w.unfit(l, afresh, o, now) || o.ValidUntil <= m.answerBy || w.barred(l, o, now)
	})
	if len(c.Picks) != 1 || c.Picks[0].Equivalent < l.quantity {
		return nil
	}
	return &picked{t.offer.ID, t.offer.Provider, c.Picks[0].Accelerators}
}

// changed puts the other terms in place, and gives a fresh matter where they differ materially from what the holder last saw.
func (w *World) changed(m *matter, a right.Change, now calendar.Instant) {
	l := w.lot(m.lot)
	var t offer.Terms
	if a.Terms != nil {
		t = *copied(*a.Terms)
	} else {
		p := w.laterPick(m, w.tender(a.Offer), now)
		w.tender(l.pick.offer).used -= l.pick.accelerators
		w.tender(p.offer).used += p.accelerators
		l.pick = p
		t = w.wouldTake(l, w.tender(p.offer).offer)
	}
	all := []*matter{m}
	if m.group != 0 {
		all = w.members(m.group)
	}
	material := false
	for _, o := range all {
		if o.told() {
			rule := m.clause.Process.MaterialChange
			if p := o.clause.Process.MaterialChange; p.Given {
				rule = p // as its own matter has it
			}
			differs, _ := offer.Material(rule.Value, o.terms, w.cutTo(o, t))
			material = material || differs
		}
	}
	if material {
		w.supersede(l, all, a.Terms, now)
		return
	}
	for _, o := range all {
		if a.Offer != "" {
			o.offer = a.Offer
		}
		if o.told() {
			o.terms = w.cutTo(o, t)
		}
	}
}

// told says whether the holder of a matter that is open has noticed terms before it.
func (m *matter) told() bool {
	return m.terms != nil && m.status.Pending() && m.status != right.Deficient
}

// cutTo are terms for the quantity of one matter.
func (w *World) cutTo(m *matter, t offer.Terms) *offer.Terms {
	if n, ok := w.accelerators(w.lot(m.lot).line, m.quantity, t.Accelerator); ok {
		t = t.Part(min(n, t.Quantity))
	}
	return &t
}

// supersede puts fresh matters in the place of those whose notice changed, for every holder that has no release: earlier answers are void.
func (w *World) supersede(l *lot, all []*matter, own *offer.Terms, now calendar.Instant) {
	m := all[0]
	clause := m.clause
	for _, e := range w.engaged {
		if e.clause.Ref == m.clause.Ref && e.line == l.line {
			clause = e.clause
		}
	}
	for _, o := range all {
		if o.status.Pending() {
			o.status, o.asks = right.Superseded, nil
		}
	}
	holders := []*engagement{{line: l.line, clause: clause, holder: m.right(), yes: true}}
	if m.group != 0 {
		holders = nil
		for _, e := range w.engaged {
			h, _ := e.clause.Holding(e.holder)
			if e.clause.Ref != clause.Ref || e.line != l.line || !e.yes || l.pick != nil && l.pick.provider == e.holder || offered(e.clause, h, l.quantity) == 0 || w.below(e) || w.gone(l, e, now) {
				continue
			}
			if r := l.live(e, now); r != nil {
				r.over, r.why = true, agreement.OnMaterialChange
			}
			holders = append(holders, e)
		}
	}
	var fresh []*matter
	for _, e := range holders {
		o := w.openOne(l, e, now)
		o.again = agreement.OnMaterialChange
		if m.group == 0 {
			o.quantity = m.quantity
		}
		if own != nil {
			o.stated = w.cutTo(o, *own)
		}
		fresh = append(fresh, o)
	}
	l.status, l.matter = right.Held, fresh[0].id
	for _, o := range fresh {
		if m.group != 0 {
			o.group = fresh[0].id
		}
	}
	for _, o := range fresh {
		w.notice(o, now)
	}
}

// compareFor asks for the cheapest cover of a lot by some offers, of which a rule bars some.
func (w *World) compareFor(l *lot, offers []*offer.Offer, now calendar.Instant, barred func(*offer.Offer) bool) award.Comparison {
	bars := map[offer.ID]award.Bar{}
	for _, o := range offers {
		if barred(o) {
			bars[o.ID] = award.Bar{Clause: agreement.Ref{Agreement: "a", Clause: "c", Version: 1}, Reason: "barred"}
		}
	}
	spent, watts := w.spent()
	c, err := award.Compare(award.Problem{Need: w.need, Line: l.line, Quantity: l.quantity, Sells: w.sells(), Offers: offers, Barred: bars, Providers: w.law.Book.Providers,
		Egress: w.egress(), Throughput: w.law.Throughput, Now: now, Spent: spent, DrawnWatts: watts})
	if err != nil {
		panic(err)
	}
	return c
}
