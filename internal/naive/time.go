package naive

import (
	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/right"
)

// due is something that time brings about.
type due struct {
	at calendar.Instant
	do func(at calendar.Instant)
}

// settle lets everything happen that is due, earliest first, each at its own instant.
func (w *World) settle(now calendar.Instant) (happened bool) {
	for {
		next, ok := w.next()
		for i, f := range w.law.Book.Facts {
			w.events[i] = w.events[i] || f.At < now && (!ok || f.At < next.at)
		}
		if !ok || next.at > now {
			return happened
		}
		happened = true
		at := max(next.at, w.last)
		w.last = at
		next.do(at)
	}
}

// next is what is due first.
func (w *World) next() (due, bool) {
	all := w.allDue()
	if len(all) == 0 {
		return due{}, false
	}
	first := all[0]
	for _, d := range all {
		if d.at < first.at {
			first = d
		}
	}
	return first, true
}

func (w *World) allDue() []due {
	var out []due
	for _, m := range w.matters {
		if m.asks == nil && m.status == right.Deficient && m.heldUntil.IsSet() {
			out = append(out, due{m.heldUntil, func(at calendar.Instant) { w.notice(m, at) }})
		}
	}
	for _, m := range w.matters {
		if m.asks == nil && m.status == right.Sent && m.deemedAt.IsSet() && !m.receivedAt.IsSet() {
			out = append(out, due{m.deemedAt, func(at calendar.Instant) { w.received(m, at, at) }})
		}
	}
	out = append(out, w.tollsDue()...)
	for _, m := range w.matters {
		if m.asks != nil {
			continue
		}
		switch {
		case m.status == right.Negotiating:
			out = append(out, due{m.negotiateBy, func(at calendar.Instant) { w.end(m, right.Failed, at) }})
		case m.status == right.Conditional && m.consentBy.IsSet():
			out = append(out, due{m.consentBy, func(at calendar.Instant) { w.noConsent(m, at) }})
		case m.status == right.Open && m.answerBy.IsSet():
			out = append(out, due{m.answerBy, func(at calendar.Instant) { w.closed(m, at) }})
		case m.status == right.StandNamed && m.respondBy.IsSet():
			out = append(out, due{m.respondBy, func(at calendar.Instant) { w.noResponse(m, at) }})
		}
	}
	for _, aw := range w.awards {
		if aw.failing && !aw.ended {
			out = append(out, due{aw.cureBy, func(at calendar.Instant) { w.notCured(aw, at) }})
		}
	}
	for _, l := range w.lots {
		if l.round && l.status == right.InMarket {
			out = append(out, due{l.closes, func(calendar.Instant) { l.round = false }})
		}
	}
	for _, l := range w.lots {
		for i := range l.releases {
			r := &l.releases[i]
			if !r.over && r.until.IsSet() && l.status != right.Won && l.status != right.Closed {
				out = append(out, due{r.until, func(at calendar.Instant) { w.tailOver(l, r, at) }})
			}
		}
	}
	for _, m := range w.matters {
		if at, ok := w.forfeitedAt(m.clause); ok && m.status.Pending() {
			out = append(out, due{at, func(at calendar.Instant) { w.terminate(m, at) }})
		}
		if at, survival, ok := w.sunset(m); ok {
			out = append(out, due{at, func(now calendar.Instant) { w.endOfClause(m, survival, now) }})
		}
	}
	out = append(out, w.eventsDue()...)
	return out
}

// closed is the end of a holder's window.
func (w *World) closed(m *matter, now calendar.Instant) {
	if m.clause.Kind == agreement.LastLook {
		w.lastLook(m, now)
		return
	}
	w.silence(m, now)
}

// sunset is when the end of its clause first does something to a pending matter: an amendment, a date or a certified event.
func (w *World) sunset(m *matter) (calendar.Instant, agreement.Param[agreement.Survival], bool) {
	var first calendar.Instant
	var does agreement.Param[agreement.Survival]
	c := w.current(m.clause.Ref)
	if !m.status.Pending() || c == nil {
		return 0, does, false
	}
	end := func(at calendar.Instant, survival agreement.Param[agreement.Survival]) {
		runsOff := survival.Given && survival.Value == agreement.RunOff
		waits := m.asks != nil && !survival.Given // one question at a time
		if !runsOff && !waits && (!first.IsSet() || at < first) {
			first, does = at, survival
		}
	}
	if until := c.Effective.Until; until.IsSet() {
		end(until, w.atUntil(m, until))
	}
	for _, f := range w.law.Book.Facts {
		if !f.Challenge && f.Agreement == c.Ref.Agreement && contains(c.Triggers, f.Trigger) {
			end(f.At, m.clause.Survival)
		}
	}
	return first, does, first.IsSet()
}

// atUntil is what becomes of an open matter when its clause's time is over: what the amendment that ends it says, or else the clause.
func (w *World) atUntil(m *matter, until calendar.Instant) agreement.Param[agreement.Survival] {
	amended, transition := w.agreementOf(m.clause.Ref).ReplacedAt(m.clause.Ref.Clause, until)
	switch {
	case !amended:
		return m.clause.Survival
	case transition == agreement.EndMatters:
		return agreement.Given(agreement.Terminate)
	}
	return agreement.Given(agreement.RunOff)
}

// endOfClause does with an open matter what is said of the end of its clause.
func (w *World) endOfClause(m *matter, survival agreement.Param[agreement.Survival], now calendar.Instant) {
	if survival.Given {
		if w.amendedAway(m, now) {
			w.reconsider(w.lot(m.lot).line, now)
		}
		w.terminate(m, now)
		return
	}
	m.stop("survival", right.AtSunset)
}

// amendedAway says whether an amendment that ends open matters ended the clause of one.
func (w *World) amendedAway(m *matter, now calendar.Instant) bool {
	until := w.current(m.clause.Ref).Effective.Until
	amended, transition := w.agreementOf(m.clause.Ref).ReplacedAt(m.clause.Ref.Clause, until)
	return until.IsSet() && until <= now && amended && transition == agreement.EndMatters
}

// terminate frees the lot of a clause that is over.
func (w *World) terminate(m *matter, now calendar.Instant) {
	m.status, m.asks = right.Terminated, nil
	if m.group != 0 {
		if m.allocated {
			w.settleGroup(m.group, now)
		} else {
			w.groupMoves(m.group, now)
		}
		return
	}
	switch {
	case isCall(m.clause.Kind):
		w.anewOf(m, now)
	case isStepIn(m.clause.Kind):
		w.onItsWay(w.lot(m.lot), now)
	default:
		w.lot(m.lot).status = right.Idle
		w.advance(w.lot(m.lot), now)
	}
}

// tailOver ends a release whose time is over. A right that comes before the market runs again if its clause says so.
func (w *World) tailOver(l *lot, r *release, now calendar.Instant) {
	r.over, r.why = true, agreement.OnTailOver
	w.revive(l, r, agreement.OnTailOver, now)
}

// revive opens the matter that the end of a release gives, for a right before the market over a lot that stands there.
func (w *World) revive(l *lot, r *release, why agreement.Reopen, now calendar.Instant) {
	c := w.matter(r.matter).clause
	if !isBefore(c.Kind) || l.status != right.InMarket {
		return
	}
	m := w.matter(r.matter)
	w.reconsider(l.line, now)
	switch {
	case !w.stands(l, r, now):
	case !c.Process.Reopen.Given:
		m.asksReopen(l, why)
	case contains(c.Process.Reopen.Value, why):
		w.reconsider(l.line, now)
		w.askBefore(l, now)
	}
}

// asksReopen makes a matter wait for a person to say if its right revives: on the lot that asks last.
func (m *matter) asksReopen(l *lot, why agreement.Reopen) {
	if m.asks != nil && m.asks.resume != right.AtReopen {
		return
	}
	if m.asks != nil {
		m.doubts = append(m.doubts, m.asks)
	}
	m.asks = &question{param: "reopen", resume: right.AtReopen, lot: l.id, why: why}
}

// revived says that nobody asks any more whether the right revives over a lot.
func (m *matter) revived(l *lot) {
	if m.asks != nil && m.asks.resume == right.AtReopen {
		m.doubts, m.asks = append(m.doubts, m.asks), nil
	}
	var left []*question
	for _, q := range m.doubts {
		if q.lot != l.id {
			left = append(left, q)
		}
	}
	m.doubts = left
}

// last makes the latest doubt what the matter asks.
func (m *matter) last() {
	if n := len(m.doubts); n > 0 {
		m.asks, m.doubts = m.doubts[n-1], m.doubts[:n-1]
	}
}

// doubted says whether it is asked over a lot whether the right of a matter revives.
func (m *matter) doubted(l *lot) bool {
	for _, q := range append([]*question{m.asks}, m.doubts...) {
		if q != nil && q.resume == right.AtReopen && q.lot == l.id {
			return true
		}
	}
	return false
}

// stands says whether the clause of a release, in whatever version, may still open something over a lot, in which the holder has a part.
func (w *World) stands(l *lot, r *release, now calendar.Instant) bool {
	for _, e := range w.rights(l.line, anyRight, now) {
		if h, ok := e.clause.Holding(e.holder); r.of(e) && !(ok && offered(e.clause, h, l.quantity) == 0) {
			return true
		}
	}
	return false
}

func anyRight(agreement.Kind) bool { return true }

func contains[T comparable](list []T, v T) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}
