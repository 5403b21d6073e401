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

// askForOffers opens a round for a lot, of everybody who may be asked.
func (w *World) askForOffers(l *lot, window calendar.Length, now calendar.Instant) {
	l.status, l.round, l.closes, l.invited = right.InMarket, true, now+calendar.Instant(int64(window.N)*calendar.Hour), nil
	for _, p := range w.law.Book.Providers {
		sourcings := p.Sourcings
		if len(sourcings) == 0 {
			sourcings = []capacity.Sourcing{capacity.Market}
		}
		if p.ID != w.need.Buyer && contains(sourcings, w.need.Sourcing) && !w.shutOut(l, p.ID, now) {
			l.invited = append(l.invited, p.ID)
		}
	}
}

func (w *World) exclusiveToOther(line int, p party.ID, now calendar.Instant) bool {
	for _, e := range w.rights(line, func(k agreement.Kind) bool { return k == agreement.Exclusive }, now) {
		if e.holder != p && !notAgainst(e.clause, p) {
			return true
		}
	}
	return false
}

// shutOut says whether nobody may even ask a party: an exclusivity of another, or a right that comes first and is not released.
func (w *World) shutOut(l *lot, p party.ID, now calendar.Instant) bool {
	if w.exclusiveToOther(l.line, p, now) {
		return true
	}
	for _, e := range w.rights(l.line, isBefore, now) {
		if e.holder != p && l.live(e, now) == nil && !w.gone(l, e, now) {
			return true
		}
	}
	return false
}

// barred says whether a clause, or a question about one, keeps an offer from a lot.
func (w *World) barred(l *lot, o *offer.Offer, now calendar.Instant) bool {
	return w.exclusiveToOther(l.line, o.Provider, now) || w.reopenAsked(l, o) || w.barredBefore(l, o, now) || w.barredAfter(l, o, now)
}

// reopenAsked says whether a person must still say if another's right over a lot revives.
func (w *World) reopenAsked(l *lot, o *offer.Offer) bool {
	for _, m := range w.matters {
		if m.doubted(l) && m.right() != o.Provider {
			return true
		}
	}
	return false
}

// barredBefore says whether a right before the market keeps an offer out: it is not released, or not for these terms.
func (w *World) barredBefore(l *lot, o *offer.Offer, now calendar.Instant) bool {
	for _, e := range w.rights(l.line, isBefore, now) {
		if e.holder != o.Provider && l.live(e, now) == nil && !w.gone(l, e, now) {
			return true
		}
	}
	for i := range l.releases {
		r := &l.releases[i]
		if !r.over && (!r.until.IsSet() || now < r.until) && isBefore(w.matter(r.matter).clause.Kind) && r.holder != o.Provider && !r.serves(w.wouldTake(l, o), o.Provider, now) {
			return true
		}
	}
	return false
}

// barredAfter says whether an offer cannot be brought to the holder of a right after the choice: it would not stay firm for the
// window, or does not say what the notice must contain.
func (w *World) barredAfter(l *lot, o *offer.Offer, now calendar.Instant) bool {
	for _, e := range w.rights(l.line, isAfter, now) {
		if e.holder == o.Provider || w.gone(l, e, now) || notAgainst(e.clause, o.Provider) || w.changes(e) {
			continue
		}
		if r := l.live(e, now); r != nil && r.serves(w.wouldTake(l, o), o.Provider, now) {
			continue
		}
		if t := w.wouldTake(l, o); e.clause.Kind == agreement.NoLessFavourable && e.clause.Process.RateCard.Given && !w.betterThanCard(e.clause, &t) {
			continue
		}
		if w.noBetter(l, e, o) {
			continue
		}
		m := &matter{lot: l.id, clause: e.clause}
		if r := l.last(e); r != nil {
			m.again = agreement.OnMaterialTerm // another time
		}
		if w.unfit(l, m, o, now) {
			return true
		}
	}
	return false
}

// changes says whether an engagement is that of the matter whose notice would change: it goes on under the version that opened it.
func (w *World) changes(e *engagement) bool {
	m := w.changing
	return m != nil && m.clause.Ref.Agreement == e.clause.Ref.Agreement && m.clause.Ref.Clause == e.clause.Ref.Clause && (m.group != 0 || m.right() == e.holder)
}

// unfit says whether an offer cannot be noticed in a matter: it is none that the clause takes for one, or would not stay firm for the window, or does not
// say what the notice must contain.
func (w *World) unfit(l *lot, m *matter, o *offer.Offer, now calendar.Instant) bool {
	if o.Terms.Prepayment < m.clause.Process.BonaFide {
		return true
	}
	if by, ok := w.earliestAnswerBy(m, now); ok && o.ValidUntil <= by {
		return true
	}
	t := w.wouldTake(l, o)
	return len(w.missing(&matter{lot: l.id, clause: m.clause, offer: o.ID, terms: &t})) > 0
}

// earliestAnswerBy is until when the holder of a matter may answer at least, were it noticed now; false where the text leaves it open.
func (w *World) earliestAnswerBy(m *matter, now calendar.Instant) (calendar.Instant, bool) {
	p := &m.clause.Process
	if !p.Window.Given {
		return 0, false
	}
	start := now
	if clock := p.Delivery.Value.Clock; clock == agreement.OnDeemed || clock == agreement.OnComplete {
		for _, d := range p.Delivery.Value.Deemed {
			if d.Channel == p.Delivery.Value.Channel {
				if at, ok := w.deadline(m.clause, d.After, now); ok {
					start = at
				}
			}
		}
	}
	return w.closing(m, m.windowRule(), start)
}

// submitOffer takes a firm offer into the market.
func (w *World) submitOffer(c right.Command, a right.SubmitOffer, now calendar.Instant) right.Code {
	o := a.Offer
	_, known := w.law.Book.Provider(o.Provider)
	switch {
	case c.By != o.Provider:
		return right.NotTheProvider
	case !known:
		return right.UnknownProvider
	case o.Need != w.need.ID || o.Line < 0 || o.Line >= len(w.need.Lines):
		return right.OfferInvalid
	}
	invited, open := false, false
	for _, l := range w.lots {
		if l.line == o.Line && l.status == right.Held && l.pick != nil && l.pick.provider == o.Provider {
			open = true // the rival whose offer is noticed may make a later one
		}
		if m := w.matter(l.matter); l.line == o.Line && l.status == right.Held && m.clause.Kind == agreement.FirstNegotiation && m.clause.Process.Unsolicited && m.status == right.Negotiating && o.Provider != m.holder {
			invited, open = true, true // what nobody asked for may come in meanwhile
		}
		if l.line == o.Line && contains(l.invited, o.Provider) {
			invited = true
			open = open || l.round && l.status == right.InMarket
		}
	}
	switch {
	case malformed(&o, now):
		return right.OfferInvalid
	case !invited:
		return right.NotInvited
	case w.tender(o.ID) != nil:
		return right.OfferExists
	case !open:
		return right.OffersClosed
	}
	w.tenders = append(w.tenders, &tender{offer: &o, at: now})
	return ""
}

func malformed(o *offer.Offer, now calendar.Instant) bool {
	t := &o.Terms
	return t.Quantity < 1 || t.Quantity > capacity.MaxQuantity || t.Least < 0 || t.Least > t.Quantity || len(t.Price) == 0 || o.ValidUntil <= now || o.ID == ""
}

func (w *World) withdrawOffer(c right.Command, a right.WithdrawOffer) right.Code {
	t := w.tender(a.Offer)
	switch {
	case t == nil || t.withdrawn:
		return right.UnknownOffer
	case c.By != t.offer.Provider:
		return right.NotTheProvider
	case t.used > 0:
		return right.OfferNoticed
	}
	t.withdrawn = true
	return ""
}

func (w *World) requestOffers(c right.Command, a right.RequestOffers, now calendar.Instant) right.Code {
	l := w.lot(a.Lot)
	switch {
	case c.By != w.need.Buyer:
		return right.NotTheBuyer
	case l == nil:
		return right.UnknownLot
	case a.Window.Unit != calendar.Hours || a.Window.N <= 0:
		return right.ValueInvalid
	case l.status != right.InMarket:
		return right.LotNotInMarket
	case l.round:
		return right.OffersOpen
	}
	w.reconsider(l.line, now)
	w.askForOffers(l, a.Window, now)
	return ""
}

// reoffer gives up what the releases of rights before the market still allow, and asks their holders again.
func (w *World) reoffer(c right.Command, a right.Reoffer, now calendar.Instant) right.Code {
	l := w.lot(a.Lot)
	switch {
	case c.By != w.need.Buyer:
		return right.NotTheBuyer
	case l == nil:
		return right.UnknownLot
	case l.status != right.InMarket:
		return right.LotNotInMarket
	}
	ended := false
	for i := range l.releases {
		r := &l.releases[i]
		if !r.over && isBefore(w.matter(r.matter).clause.Kind) {
			r.over, r.why = true, agreement.OnMaterialTerm
			ended = true
		}
	}
	known := len(w.engaged)
	w.nothing = !w.askBefore(l, now) && !ended && len(w.engaged) == known
	return ""
}

// choose takes offers for a lot: the cheapest of all, or the named ones.
func (w *World) choose(c right.Command, a right.Choose, now calendar.Instant) right.Code {
	l := w.lot(a.Lot)
	switch {
	case c.By != w.need.Buyer:
		return right.NotTheBuyer
	case l == nil:
		return right.UnknownLot
	}
	offers, unknown := w.offersFor(l, a.Offers)
	switch {
	case len(a.Offers) > 0 && c.Person == "":
		return right.PersonRequired
	case len(a.Offers) > 0 && a.Reason == "":
		return right.ReasonRequired
	case l.status == right.Stuck || l.status == right.Idle:
		return right.Barred
	case l.status != right.InMarket:
		return right.LotNotInMarket
	case l.round:
		return right.OffersOpen
	case unknown:
		return right.UnknownOffer
	}
	comparison := w.compare(l, offers, now)
	for _, x := range comparison.Excluded {
		if len(a.Offers) == 0 {
			continue
		}
		if x.Code == award.CodeBarred {
			return right.Barred
		}
		return right.MissesRequirement
	}
	if len(comparison.Picks) == 0 {
		return right.NoLawfulOffer
	}
	w.pick(l, comparison, now)
	return ""
}

// offersFor are the offers that stand in the market of a lot, or the named ones of them.
func (w *World) offersFor(l *lot, named []offer.ID) (out []*offer.Offer, unknown bool) {
	for _, id := range named {
		if t := w.tender(id); t == nil || t.withdrawn || t.offer.Line != l.line {
			return nil, true
		}
	}
	for _, t := range w.tenders {
		if t.withdrawn || t.offer.Line != l.line || len(named) > 0 && !contains(named, t.offer.ID) || t.used >= t.offer.Terms.Quantity {
			continue
		}
		left := *t.offer
		left.Terms = left.Terms.Part(left.Terms.Quantity - t.used)
		left.Terms.Least = min(t.offer.Terms.Least, left.Terms.Quantity)
		out = append(out, &left)
	}
	return out, false
}

// compare asks for the cheapest lawful cover of a lot.
func (w *World) compare(l *lot, offers []*offer.Offer, now calendar.Instant) award.Comparison {
	return w.compareFor(l, offers, now, func(o *offer.Offer) bool { return w.barred(l, o, now) })
}

// spent is what the awards in force, and what is chosen, cost and draw.
func (w *World) spent() (money.Amount, int64) {
	var sum money.Amount
	var watts int64
	add := func(l *lot, by party.ID, t offer.Terms) {
		if s, err := sum.Add(w.worth(l, by, t)); err == nil {
			sum = s
		}
		watts += t.Quantity * t.PowerWatts
	}
	for _, a := range w.awards {
		if !a.ended {
			add(w.lot(a.lot), a.provider, a.terms)
		}
	}
	for _, l := range w.lots {
		if l.pick != nil && l.status != right.Won {
			o := w.tender(l.pick.offer).offer
			add(l, o.Provider, w.wouldTake(l, o))
		}
	}
	return sum, watts
}

// worth is what terms that were taken cost where they are delivered. They need not meet the need: a holder may take noticed terms that do not.
func (w *World) worth(l *lot, by party.ID, t offer.Terms) money.Amount {
	line := capacity.Line{Accelerators: []capacity.Accelerator{t.Accelerator}, Quantity: t.Quantity, Least: 1, Divisible: true, Period: w.line(l).Period}
	t.Least = 0
	bare := *w.need
	bare.Lines, bare.Security, bare.ServiceLevel, bare.Interconnect, bare.PowerKW, bare.Budget = []capacity.Line{line}, nil, 0, "", 0, money.Amount{}
	p := award.Problem{Need: &bare, Sells: w.sells(), Quantity: t.Quantity, Providers: w.law.Book.Providers, Egress: w.egress(), Throughput: w.law.Throughput, Now: w.last}
	landed, no := award.Examine(&p, &offer.Offer{ID: "a", Provider: by, Need: w.need.ID, Terms: t, ValidUntil: calendar.Latest})
	if no != nil { // it covers another period, perhaps
		landed.Total, _ = t.Cost(t.Quantity, line.Period)
	}
	return landed.Total
}

// pick ties the parts of a lot to the offers that were chosen, then each part goes its way.
func (w *World) pick(l *lot, c award.Comparison, now calendar.Instant) {
	var parts []*lot
	for _, p := range c.Picks {
		part := l
		if q := min(p.Equivalent, l.quantity); q < l.quantity {
			part = w.splitLot(l, q)
		}
		part.status, part.pick = right.Picked, &picked{p.Offer, p.Provider, p.Accelerators}
		w.tender(p.Offer).used += p.Accelerators
		parts = append(parts, part)
	}
	for _, part := range parts {
		w.advance(part, now)
	}
}

// fall puts a lot back into the market when what was chosen for it cannot be taken.
func (w *World) fall(l *lot, now calendar.Instant) {
	o := w.tender(l.pick.offer).offer
	w.tender(o.ID).used -= l.pick.accelerators
	l.pick, l.status = nil, right.InMarket
	for i := range l.releases {
		r := &l.releases[i]
		if last := w.latest(l, r); last == r && r.over && r.why == agreement.OnTailOver && !w.matter(r.matter).doubted(l) {
			w.revive(l, r, r.why, now)
		}
	}
}

// awardRival awards a lot to whom it was chosen for.
func (w *World) awardRival(l *lot, now calendar.Instant) {
	o := w.tender(l.pick.offer).offer
	role := party.Rival
	for _, e := range w.engaged {
		if e.line == l.line && e.yes && e.holder == o.Provider {
			role = party.Holder
		}
	}
	w.awardTo(l, &grant{at: now, provider: o.Provider, role: role, terms: w.wouldTake(l, o), offer: o.ID})
}

func (w *World) awardTo(l *lot, a *grant) {
	a.id, a.lot, a.quantity = right.AwardID(len(w.awards)+1), l.id, l.quantity
	w.awards = append(w.awards, a)
	l.status, l.award, l.round = right.Won, a.id, false
}

// sign holds the terms that are about to be signed against every cap that the award rests on.
func (w *World) sign(c right.Command, a right.Sign, now calendar.Instant) right.Code {
	aw := w.awardOf(a.Award)
	switch {
	case c.By != w.need.Buyer:
		return right.NotTheBuyer
	case aw == nil:
		return right.UnknownAward
	case len(a.Terms.Price) == 0 || a.Terms.Quantity < 1:
		return right.OfferInvalid
	case aw.ended:
		return right.AwardEnded
	}
	if w.lacks(aw, now) {
		return right.ConsentMissing
	}
	l := w.lot(aw.lot)
	for i := range l.releases {
		r := &l.releases[i]
		if r.over || aw.matter != 0 || r.holder == aw.provider {
			continue
		}
		why := agreement.OnMaterialTerm
		if r.until.IsSet() && r.until <= now && !aw.signed {
			why = agreement.OnTailOver
		} else if r.serves(a.Terms, aw.provider, now) {
			continue
		}
		reopen := w.matter(r.matter).clause.Process.Reopen
		if reopen.Given && contains(reopen.Value, why) {
			aw.ended = true
			w.endCalls(aw.id, nil)
			r.over, r.why = true, why
			w.undo(l, aw, now)
			return ""
		}
		return right.OutsideCap
	}
	aw.signed = true
	return ""
}

// fallThrough ends an award that came to nothing.
func (w *World) fallThrough(c right.Command, a right.FallThrough, now calendar.Instant) right.Code {
	aw := w.awardOf(a.Award)
	switch {
	case c.By != w.need.Buyer:
		return right.NotTheBuyer
	case aw == nil:
		return right.UnknownAward
	case aw.ended:
		return right.AwardEnded
	case a.Reason == "":
		return right.ReasonRequired
	}
	w.fellThrough(aw, agreement.OnFellThrough, now)
	return ""
}

// fellThrough ends an award; rights whose clause reopens for such a reason lose their release.
func (w *World) fellThrough(aw *grant, why agreement.Reopen, now calendar.Instant) {
	aw.ended = true
	w.endCalls(aw.id, nil)
	l := w.lot(aw.lot)
	l.lost = aw.id
	if aw.matter != 0 {
		m := w.matter(aw.matter)
		m.status, m.fallen = right.CannotBe, true
		l.status, l.award = right.Idle, 0
		if w.withdrawn {
			l.status = right.Closed
		}
		if takesOver(m.clause) {
			w.onItsWay(l, now)
			return
		}
		w.release(m, now)
		if m.group != 0 && l.status == right.Idle {
			w.settleGroup(m.group, now)
		}
		return
	}
	if t := w.tender(aw.offer); l.pick == nil || t.used <= l.pick.accelerators {
		t.withdrawn = true // unless another lot has a part of it
	}
	w.loosen(l, why, now)
	w.undo(l, aw, now)
}

// loosen ends the releases of the rights that run again for a reason, over one lot.
func (w *World) loosen(l *lot, why agreement.Reopen, now calendar.Instant) {
	for i := range l.releases {
		r := &l.releases[i]
		if r.over {
			continue
		}
		m := w.matter(r.matter)
		if !m.clause.Process.Reopen.Given {
			w.reconsider(l.line, now)
		}
		switch reopen := m.clause.Process.Reopen; {
		case !reopen.Given && !w.stands(l, r, now):
		case !reopen.Given:
			m.asksReopen(l, why)
		case contains(reopen.Value, why):
			r.over, r.why = true, why
		}
	}
}

// undo puts the lot of an award that ended on its way again.
func (w *World) undo(l *lot, aw *grant, now calendar.Instant) {
	l.award = 0
	if l.pick != nil {
		w.tender(l.pick.offer).used -= l.pick.accelerators
		l.pick = nil
	}
	if w.withdrawn {
		l.status = right.Closed
		return
	}
	if aw.id == l.lost {
		w.onItsWay(l, now)
		return
	}
	w.backToMarket(l, now)
}

// backToMarket asks the first right without a live release again, or puts a lot into the market.
func (w *World) backToMarket(l *lot, now calendar.Instant) {
	if w.askBefore(l, now) {
		return
	}
	left, _ := w.offersFor(l, nil)
	for _, o := range left {
		if o.ValidUntil > now {
			l.status = right.InMarket
			return
		}
	}
	w.askForOffers(l, w.need.OffersWindow, now)
}
