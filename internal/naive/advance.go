package naive

import (
	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// advance moves a lot on: the first engaged right without a live release has the word, then the market, then who is chosen.
func (w *World) advance(l *lot, now calendar.Instant) {
	if w.withdrawn {
		l.status, l.pick = right.Closed, nil
		return
	}
	w.reconsider(l.line, now)
	if l.pick == nil {
		if !w.askBefore(l, now) {
			w.askForOffers(l, w.need.OffersWindow, now)
		}
		return
	}
	o := w.tender(l.pick.offer).offer
	if o.ValidUntil <= now || w.barred(l, o, now) {
		w.fall(l, now)
		return
	}
	for _, e := range w.rights(l.line, isAfter, now) {
		if !w.bears(l, e, o, now) {
			continue
		}
		for _, x := range w.beside(l, e, now) {
			if r := l.live(x, now); r != nil {
				r.over, r.why = true, agreement.OnMaterialTerm
			}
		}
		w.open(l, e, now)
		return
	}
	w.awardRival(l, now)
}

// bears says whether a right after the choice must run before an offer that is chosen may be awarded.
func (w *World) bears(l *lot, e *engagement, o *offer.Offer, now calendar.Instant) bool {
	if e.holder == o.Provider || w.gone(l, e, now) || notAgainst(e.clause, o.Provider) {
		return false
	}
	if r := l.live(e, now); r != nil && r.serves(w.wouldTake(l, o), o.Provider, now) {
		return false
	}
	if t := w.wouldTake(l, o); e.clause.Kind == agreement.NoLessFavourable && e.clause.Process.RateCard.Given && !w.betterThanCard(e.clause, &t) {
		return false
	}
	return !w.noBetter(l, e, o)
}

// notAgainst says whether a clause is about others than a party.
func notAgainst(c *agreement.Clause, p party.ID) bool {
	return len(c.Process.Against) > 0 && !contains(c.Process.Against, p)
}

// beside lists the engagements whose rights run together with one, itself among them: those of the holders of its clause that have no release.
func (w *World) beside(l *lot, e *engagement, now calendar.Instant) []*engagement {
	if !grouped(e.clause) {
		return []*engagement{e}
	}
	var out []*engagement
	for _, x := range w.rights(l.line, anyRight, now) {
		switch {
		case x.clause.Ref != e.clause.Ref:
		case l.pick != nil && w.bears(l, x, w.tender(l.pick.offer).offer, now):
			out = append(out, x)
		case l.pick == nil && l.live(x, now) == nil && !w.gone(l, x, now):
			out = append(out, x)
		}
	}
	return out
}

// noBetter says whether it was found that the chosen offer is no better than what the holder has.
func (w *World) noBetter(l *lot, e *engagement, o *offer.Offer) bool {
	for _, m := range w.matters {
		if l.pick != nil && l.pick.offer == o.ID && e.clause.Kind == agreement.NoLessFavourable && m.lot == l.id && m.clause.Ref == e.clause.Ref && m.right() == e.holder && m.offer == o.ID && m.status == right.Terminated {
			return true
		}
	}
	return false
}

// askBefore opens the matter of the first right before the market without a live release, if there is one.
func (w *World) askBefore(l *lot, now calendar.Instant) bool {
	w.reconsider(l.line, now)
	for _, e := range w.rights(l.line, isBefore, now) {
		if l.live(e, now) == nil && !w.gone(l, e, now) {
			w.open(l, e, now)
			return true
		}
	}
	return false
}

// live is the release of a clause, in any of its versions, that lets others have a lot now.
func (l *lot) live(e *engagement, now calendar.Instant) *release {
	for i := range l.releases {
		r := &l.releases[i]
		if !r.over && r.of(e) && (!r.until.IsSet() || now < r.until) {
			return r
		}
	}
	return nil
}

func (r *release) of(e *engagement) bool {
	return r.clause.Agreement == e.clause.Ref.Agreement && r.clause.Clause == e.clause.Ref.Clause && r.holder == e.holder
}

// gone says whether the tail of a right is over and nothing ever reopens it.
func (w *World) gone(l *lot, e *engagement, now calendar.Instant) bool {
	if h, ok := e.clause.Holding(e.holder); ok && offered(e.clause, h, l.quantity) == 0 {
		return true // it has no part in so little
	}
	r := l.last(e)
	if r == nil || r.over && r.why != agreement.OnTailOver || !r.over && !(r.until.IsSet() && r.until <= now) {
		return false
	}
	reopen := w.matter(r.matter).clause.Process.Reopen
	return reopen.Given && len(reopen.Value) == 0
}

// last is the latest release of a clause over a lot, whether it still serves or not.
func (l *lot) last(e *engagement) *release {
	var out *release
	for i := range l.releases {
		if r := &l.releases[i]; r.of(e) {
			out = r
		}
	}
	return out
}

// latest is the latest release of the right of a release.
func (w *World) latest(l *lot, r *release) *release {
	return l.last(&engagement{clause: w.matter(r.matter).clause, holder: r.holder})
}

// serves says whether a release lets a provider be taken on terms.
func (r *release) serves(t offer.Terms, by party.ID, now calendar.Instant) bool {
	if r.counterparty != "" && r.counterparty != by {
		return false
	}
	if r.cap == nil || r.capUntil.IsSet() && r.capUntil <= now {
		return true
	}
	if r.exact {
		limit := r.cap.Part(min(t.Quantity, r.cap.Quantity))
		less, _ := offer.Compare(r.direction, &limit, &t, 0)
		more, _ := offer.Compare(r.direction, &t, &limit, 0)
		fee := limit.FindersFee == t.FindersFee || limit.FindersFee.IsZero() && t.FindersFee.IsZero()
		return less == offer.Within && more == offer.Within && fee
	}
	order, _ := offer.Compare(r.direction, r.cap, &t, r.tolerance)
	return order == offer.Within
}

// wouldTake is what would be taken of an offer for a lot.
func (w *World) wouldTake(l *lot, o *offer.Offer) offer.Terms {
	t := *copied(o.Terms)
	t.Least = 0
	if l.pick != nil && l.pick.offer == o.ID {
		return w.tender(o.ID).offer.Terms.Part(l.pick.accelerators)
	} else if n, ok := w.accelerators(l.line, l.quantity, t.Accelerator); ok {
		return t.Part(min(t.Quantity, n))
	}
	return t
}

// accelerators is how many of a kind do the work of a quantity of a line.
func (w *World) accelerators(line int, quantity int64, kind capacity.Accelerator) (int64, bool) {
	return w.law.Throughput.Required(quantity, kind, w.need.Lines[line].Reference())
}

// open begins a matter, and those of the other holders of the clause beside it.
func (w *World) open(l *lot, e *engagement, now calendar.Instant) {
	var all []*matter
	for _, x := range w.beside(l, e, now) {
		all = append(all, w.openOne(l, x, now))
	}
	for _, m := range all {
		if grouped(m.clause) {
			m.group = all[0].id
		}
	}
	l.status, l.matter = right.Held, all[0].id
	for _, m := range all {
		w.notice(m, now)
	}
}

func (w *World) openOne(l *lot, e *engagement, now calendar.Instant) *matter {
	m := &matter{id: right.MatterID(len(w.matters) + 1), lot: l.id, clause: e.clause, holder: e.holder, quantity: l.quantity, status: right.Deficient}
	for i := range l.releases {
		if r := &l.releases[i]; r.of(e) && !r.over && r.until.IsSet() && r.until <= now {
			r.over, r.why = true, agreement.OnTailOver
		}
	}
	if r := l.last(e); r != nil {
		m.again = r.why
	}
	for _, o := range w.matters {
		if o.doubted(l) && o.right() == e.holder && o.clause.Ref.Agreement == e.clause.Ref.Agreement && o.clause.Ref.Clause == e.clause.Ref.Clause {
			o.revived(l) // it runs again as it is
			o.last()
		}
	}
	if l.pick != nil {
		m.offer = l.pick.offer
	}
	if h, ok := e.clause.Holding(e.holder); ok {
		m.quantity = offered(e.clause, h, l.quantity)
	}
	w.matters = append(w.matters, m)
	return m
}

// notice gives the notice of a matter, as far as its clause says what a notice is.
func (w *World) notice(m *matter, now calendar.Instant) {
	if !w.mayNotice(m, now) {
		return
	}
	p := &m.clause.Process
	if takesOver(m.clause) {
		t, open := w.priced(m)
		if open != "" {
			m.stop(open, right.AtNotice)
			return
		}
		m.terms = &t
	}
	if m.stated != nil {
		m.terms, m.stated = m.stated, nil
	}
	if m.channel == "" {
		m.channel = p.Delivery.Value.Channel
	}
	if l := w.lot(m.lot); l.pick != nil && m.clause.Kind != agreement.LastLook && !takesOver(m.clause) {
		t := w.wouldTake(l, w.tender(l.pick.offer).offer)
		m.terms = &t
	}
	m.toldAt = now
	m.missing = w.missing(m)
	if len(m.missing) > 0 {
		m.status = right.Deficient
		return
	}
	m.status, m.sentAt, m.late = right.Sent, now, w.isLate(m, now)
	for _, d := range p.Delivery.Value.Deemed {
		if d.Channel == m.channel && (p.Delivery.Value.Clock == agreement.OnDeemed || p.Delivery.Value.Clock == agreement.OnComplete) {
			if at, ok := w.deadline(m.clause, d.After, now); ok {
				m.deemedAt = at
			}
		}
	}
	if p.Delivery.Value.Clock == agreement.OnSent {
		w.received(m, now, now)
	}
}

// mayNotice says whether a notice may be given: none is too many, nothing that it needs is open, and the right engages.
func (w *World) mayNotice(m *matter, now calendar.Instant) bool {
	if m.thresholdAsked && !w.reaches(m.clause) {
		m.below = true
		w.terminate(m, now)
		return false
	}
	if until, held := w.tooMany(m, now); held && !m.toldAt.IsSet() {
		m.status, m.heldUntil = right.Deficient, until
		return false
	}
	waited := m.heldUntil
	m.heldUntil = 0
	p := &m.clause.Process
	switch {
	case m.clause.Threshold.Open:
		m.stop("threshold", right.AtNotice)
		return false
	case !p.Content.Given || !p.Delivery.Given:
		m.stop("notice", right.AtNotice)
		return false
	case m.clause.Kind == agreement.FirstOffer && !p.Form.Given:
		m.stop("form", right.AtNotice)
		return false
	}
	if l := w.lot(m.lot); m.clause.Kind == agreement.NoLessFavourable && l.pick != nil {
		t := w.wouldTake(l, w.tender(l.pick.offer).offer)
		if !p.RateCard.Given {
			m.stop("rate_card", right.AtNotice)
			return false
		}
		if !w.betterThanCard(m.clause, &t) {
			m.heldUntil = waited // of what waited so long the holder was never told
			w.terminate(m, now)
			return false
		}
	}
	return true
}

// missing lists what the clause wants in the notice and neither the need nor the terms say.
func (w *World) missing(m *matter) []agreement.Item {
	var out []agreement.Item
	for _, item := range m.clause.Process.Content.Value {
		if !w.says(m, item) {
			out = append(out, item)
		}
	}
	if m.clause.Kind == agreement.FirstOffer && m.clause.Process.Form.Value == agreement.GrantorsTerms && m.terms == nil && !contains(out, agreement.ItemPrice) {
		out = append(out, agreement.ItemPrice)
	}
	return out
}

func (w *World) says(m *matter, item agreement.Item) bool {
	l := &w.need.Lines[w.lot(m.lot).line]
	t := m.terms
	switch item {
	case agreement.ItemPrice:
		return t != nil && len(t.Price) > 0
	case agreement.ItemRegion:
		return len(l.Regions) > 0 || len(l.Residency) > 0 || t != nil && (t.Region != "" || t.Country != "")
	case agreement.ItemServiceLevel:
		return w.need.ServiceLevel > 0 || t != nil && t.ServiceLevel > 0
	case agreement.ItemInterconnect:
		return w.need.Interconnect != "" || t != nil && t.Interconnect != ""
	case agreement.ItemCounterparty:
		return m.offer != "" || m.award != 0
	}
	return true
}

// received starts the window of a matter; opened is the instant from which it runs.
func (w *World) received(m *matter, at, opened calendar.Instant) {
	m.receivedAt = at
	w.opens(m, opened)
}

// opens starts what a notice starts, once it is complete: the window, or the talks.
func (w *World) opens(m *matter, from calendar.Instant) {
	p := &m.clause.Process
	if p.Delivery.Value.Clock == agreement.OnComplete && m.complete.IsSet() {
		if from < w.before {
			from = w.last // a receipt of before the latest record: now it is known
		}
		from = max(from, m.complete)
	}
	switch {
	case p.Delivery.Value.Clock == agreement.OnComplete && m.outstanding:
	case p.FromNotice && !p.Window.Given && m.clause.Kind == agreement.FirstNegotiation:
		w.negotiation(m, m.receivedAt)
	default:
		w.window(m, from)
	}
}

// windowRule is how long the holder may answer: another time than the first, perhaps.
func (m *matter) windowRule() calendar.Rule {
	if p := &m.clause.Process; m.again != "" && p.ReopenWindow.Given {
		return p.ReopenWindow.Value
	}
	return m.clause.Process.Window.Value
}

// window says until when the holder may answer.
func (w *World) window(m *matter, from calendar.Instant) {
	if m.clause.Process.Window.Given {
		if at, ok := w.closing(m, m.windowRule(), from); ok {
			m.status, m.answerBy = right.Open, at
			return
		}
	}
	m.stop("window", right.AtOpening)
}
