package naive

import (
	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/party"
)

// isLate says whether a notice is given later than its clause wants it: so long before the start, or so long after the receipt of the offer.
func (w *World) isLate(m *matter, now calendar.Instant) bool {
	p, l := &m.clause.Process, w.lot(m.lot)
	var cal calendar.Calendar
	start := w.line(l).Period.From
	if p.NoticeLead.Length.N > 0 {
		if a := w.agreementOf(m.clause.Ref); a != nil {
			cal, _ = a.CalendarAt(p.Calendar, start)
		}
		if due, err := p.NoticeLead.Before(start, cal); err == nil && now > due {
			return true
		}
	}
	if t := w.tender(m.offer); p.NoticeWithin.Length.N > 0 && t != nil {
		if due, ok := w.deadline(m.clause, p.NoticeWithin, t.at); ok && now > due {
			return true
		}
	}
	return false
}

// tooMany says until when a notice must wait because its clause limits how many may be given.
func (w *World) tooMany(m *matter, now calendar.Instant) (calendar.Instant, bool) {
	limit := m.clause.Process.RateLimit
	if limit == nil {
		return 0, false
	}
	span := lengthOf(limit.Per)
	var given []calendar.Instant
	count := func(ref agreement.Ref, holder party.ID, at calendar.Instant) {
		same := ref.Agreement == m.clause.Ref.Agreement && (ref.Clause == m.clause.Ref.Clause || contains(limit.With, ref.Clause))
		if same && holder == m.right() && at > now-span && at <= now {
			given = append(given, at)
		}
	}
	for _, o := range w.matters {
		if o != m && o.toldAt.IsSet() {
			count(o.clause.Ref, o.right(), o.toldAt)
		}
	}
	for _, r := range w.related {
		for _, n := range r.Notices {
			count(n.Clause, n.Holder, n.At)
		}
	}
	if len(given) < limit.Notices {
		return 0, false
	}
	// It is in time once so many of them are old that it is no longer one too many.
	for at := now; ; {
		left, next := 0, calendar.Latest
		for _, g := range given {
			if g > at-span {
				left, next = left+1, min(next, g+span)
			}
		}
		if left < limit.Notices {
			return at, true
		}
		at = next
	}
}
