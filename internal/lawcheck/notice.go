package lawcheck

import (
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/party"
	"firstlook/right"
)

// openedMatter reads a matter that opens: its clause engages the line and has not ended (I11, I13), nobody else holds the
// lot (I6), and an offer that is to be matched stands until the window can close (I4).
func (c *Checker) openedMatter(f *right.MatterOpened) {
	at := place{matter: f.Matter, lot: f.Lot}
	l := c.lotOf(f.Lot)
	clause := c.known(f.Clause, at)
	if l == nil || clause == nil || !c.next(int(f.Matter), len(c.matters), at, f.Matter.String()) {
		return
	}
	m := &matter{id: f.Matter, lot: f.Lot, clause: clause, holder: f.Holder, owner: f.Holder, group: f.Group, offer: f.Offer, quantity: l.quantity,
		phase: right.Deficient, running: c.event.At}
	if _, holds := clause.Holding(f.Holder); !holds {
		c.broken(I11, at, string(f.Holder), "a holder of "+f.Clause.String(), "%s is opened for a party that does not hold %s", m.id, f.Clause)
	}
	m.again, m.beside = f.Again, f.Beside
	for _, o := range c.matters { // whether the right revives is no question any more
		if same(o.clause.Ref, f.Clause) && o.owner == f.Holder {
			o.settled(f.Lot)
		}
	}
	if f.Quantity != 0 {
		c.most(m, f)
	}
	c.inPlaceOf(m, f)
	if c.tideOf(f.Clause, c.event.At) == ebbed && f.Again != agreement.OnMaterialChange { // what was open goes on under the text that opened it
		c.broken(I13, at, f.Clause.String(), "no matter under it", "%s opens under %s after it ended", m.id, f.Clause)
	} else if e := c.engagementOf(l.line, f.Clause, f.Holder); (e == nil || !e.Engaged.Engaged) && !c.takesPackage(l, clause, f.Holder) {
		c.broken(I11, at, "a matter under "+f.Clause.String(), "a clause that engages the line", "%s opens under a clause that does not engage", m.id)
	}
	if h := c.holding(l, ""); h != nil && (f.Group == 0 || h.group != f.Group) && h.option == nil && !f.Beside {
		c.broken(I6, at, "a second holder", "one holder at a time", "%s opens on %s while %s holds it", m.id, l.id, h.id)
	}
	if f.Offer != "" {
		c.staysFirm(m)
		c.bonaFide(m)
	}
	c.matters = append(c.matters, m)
	if f.Award != 0 && c.optionOn(m, l, f) {
		return // the lot stays where it is
	}
	if f.Beside {
		return
	}
	if f.Group == 0 || f.Group == f.Matter {
		l.holder = m
	}
	l.stands, l.round = held, false
}

// most is I8 for a holder that may take a part only: no more than its share, or than the holders' pool.
func (c *Checker) most(m *matter, f *right.MatterOpened) {
	m.quantity = f.Quantity
	limit := c.lots[m.lot-1].quantity
	if m.clause.Kind == agreement.ProRata {
		over := m.clause.Process.Oversubscription
		h, _ := m.clause.Holding(f.Holder)
		if own := part(limit, h.Share); over.Given && over.Value == agreement.NoOverAllotment {
			limit = own
		} else {
			limit = pool(limit, m.clause)
		}
	}
	if h, _ := m.clause.Holding(f.Holder); h.Open && m.clause.Process.Ceiling == nil {
		return // how much is determined
	}
	if m.clause.Process.Ceiling != nil { // all of what is left under it, whatever the share: that comes with the answer
		limit = min(c.lots[m.lot-1].quantity, c.leftUnder(m.clause, f.Holder))
	}
	if f.Quantity < 1 || f.Quantity > limit {
		c.broken(I8, m.spot(), number(f.Quantity), "1 to "+number(limit), "the holder of %s may take more than %s gives it", m.id, m.clause.Ref)
	}
}

// inPlaceOf notes that a matter takes the place of one that was superseded.
func (c *Checker) inPlaceOf(m *matter, f *right.MatterOpened) {
	for _, o := range c.matters {
		if o.phase == right.Superseded && !o.replaced && o.lot == m.lot && o.owner == m.owner && same(o.clause.Ref, f.Clause) {
			o.replaced, m.replaces = true, true
		}
	}
}

// optionOn reads over which award a holder has an option, and reports whether the lot stays with that award: it does until a
// call is exercised.
func (c *Checker) optionOn(m *matter, l *lot, f *right.MatterOpened) bool {
	g := c.awardOf(f.Award)
	if g == nil {
		return false
	}
	m.option = g
	switch {
	case m.clause.Kind == agreement.StepIn:
		if l.lost != g || g.Provider == m.owner {
			c.broken(I11, m.spot(), "over "+f.Award.String(), "an award of another that came to nothing", "%s steps in where nothing was lost", m.id)
		}
		return false
	case m.clause.Kind != agreement.CallOption || l.award != g || g.Provider == m.owner || !c.calls(m):
		c.broken(I11, m.spot(), "over "+f.Award.String(), "an award of another, and an event that opens the option", "%s opens over what its clause gives no option on", m.id)
	}
	return true
}

// calls reports whether an event under which an option opens was certified.
func (c *Checker) calls(m *matter) bool {
	return slices.ContainsFunc(m.clause.Process.Opens, func(t agreement.TriggerID) bool {
		_, ok := c.law.Book.Certified(m.clause.Ref.Agreement, t, c.event.At)
		return ok
	})
}

// staysFirm is I4: the offer that a holder may match is valid longer than the shortest window that it can have.
func (c *Checker) staysFirm(m *matter) {
	t := c.offerOf(m.offer, m.spot())
	p := &m.clause.Process
	if t == nil || !p.Window.Given {
		return
	}
	start := c.event.At
	if d := p.Delivery; d.Given && d.Value.Clock == agreement.OnDeemed {
		start = max(start, c.deemed(m, d.Value.Channel))
	}
	by, err := c.closes(m, m.window(), start)
	if err == nil && by > start && t.Offer.ValidUntil <= by { // one that ends before it opens is asked for
		c.broken(I4, m.spot(), "valid until "+t.Offer.ValidUntil.String(), "valid after "+by.String(), "offer %s is over before %s can end its window over it", m.offer, m.holder)
	}
}

// bonaFide is I3 for an offer that a holder is to match: it has what the clause wants of one that binds its maker.
func (c *Checker) bonaFide(m *matter) {
	least := m.clause.Process.BonaFide
	if t, ok := c.offers[m.offer]; ok && t.Offer.Terms.Prepayment < least {
		c.broken(I3, m.spot(), t.Offer.Terms.Prepayment.String()+" in advance", least.String()+" or more", "%s is to match offer %s, which is not bona fide under %s", m.holder, m.offer, m.clause.Ref)
	}
}

// calendarOf is the calendar of a matter's clause, in the version whose days hold the start of a clock.
func (c *Checker) calendarOf(m *matter, start calendar.Instant) calendar.Calendar {
	_, a, ok := c.law.Book.Clause(m.clause.Ref)
	if !ok {
		return calendar.Calendar{}
	}
	cal, _ := a.CalendarAt(m.clause.Process.Calendar, start)
	return cal
}

// deemed is when a notice sent now by a channel counts as received; unset where the clause does not deem.
func (c *Checker) deemed(m *matter, by agreement.Channel) calendar.Instant {
	for _, d := range m.clause.Process.Delivery.Value.Deemed {
		if d.Channel == by {
			at, err := d.After.Deadline(c.event.At, c.calendarOf(m, c.event.At))
			if err != nil {
				return 0
			}
			return at
		}
	}
	return 0
}

// holding returns a matter of another party than one in which the word over a lot is not yet spoken.
func (c *Checker) holding(l *lot, but party.ID) *matter {
	for _, m := range c.matters {
		spoken := m.phase == right.Bidden && m.shared                     // it has its part, and waits for nothing
		calls := m.option != nil && m.clause.Kind == agreement.CallOption // over an award, not over the lot
		if m.lot == l.id && m.phase.Pending() && m.holder != but && !spoken && !m.beside && !calls {
			return m
		}
	}
	return nil
}

// noticed reads a notice: what it states is the lot and the offer (I3), what it lacks is said (I2), and a complete notice is
// not followed by another (I4).
func (c *Checker) noticed(f *right.Noticed) {
	m := c.matterOf(f.Matter)
	if m == nil {
		return
	}
	at := m.spot()
	if m.phase != right.Deficient {
		c.broken(I4, at, "another notice", "the terms first noticed, until the window closes", "%s is noticed anew while it is %s", m.id, m.phase)
	}
	if f.Quantity != m.quantity || f.Holder != m.holder {
		c.broken(I3, at, fmt.Sprintf("%d to %s", f.Quantity, f.Holder), fmt.Sprintf("%d to %s", m.quantity, m.holder), "the notice of %s is not of what it holds", m.id)
	}
	if f.Quantity < 1 {
		c.broken(I8, at, number(f.Quantity), "1 or more, or an end of the matter", "the notice of %s is of nothing", m.id)
	}
	if f.Counterparty != "" && !slices.Contains(m.clause.Process.Content.Value, agreement.ItemCounterparty) && !slices.Contains(m.clause.Process.Reveals, agreement.RevealCounterparty) {
		c.broken(I12, at, "of "+string(f.Counterparty), "no name", "the notice of %s names the rival, which %s does not have disclosed", m.id, m.clause.Ref)
	}
	if missing := c.missing(m, f); len(f.Missing) == 0 && len(missing) > 0 {
		c.broken(I2, at, "a complete notice", fmt.Sprintf("a notice that lacks %s", missing[0]), "the notice of %s does not have what %s wants in it", m.id, m.clause.Ref)
	}
	if missing := c.missing(m, f); len(f.Missing) > 0 && len(missing) == 0 {
		c.broken(I2, at, fmt.Sprintf("a notice that lacks %s", f.Missing[0]), "a complete notice", "the notice of %s has what %s wants in it, and its clock does not start", m.id, m.clause.Ref)
	}
	c.statesOffer(m, f)
	c.oftenEnough(m)
	if due := c.noticeDue(m); len(f.Missing) == 0 && due.IsSet() && due < c.event.At && !m.tardy {
		c.broken(I2, at, "noticed at "+c.event.At.String(), "a notice by "+due.String()+", or a word that it is late", "the notice of %s is late, and the record does not own up to it", m.id)
	}
	if m.notice == nil {
		m.firstSent = c.event.At
	}
	m.notice, m.sentAt, m.phase, m.running, m.seen, m.heldUntil = f, c.event.At, right.Sent, c.event.At, f.Terms, 0
	if len(f.Missing) > 0 {
		m.phase = right.Deficient
	}
	if d := m.clause.Process.Delivery; len(f.Missing) == 0 && d.Given && (d.Value.Clock == agreement.OnDeemed || d.Value.Clock == agreement.OnComplete) {
		if by := c.deemed(m, f.Channel); f.DeemedAt.IsSet() && f.DeemedAt < by {
			c.broken(I2, at, "deemed received at "+f.DeemedAt.String(), "deemed received at "+by.String(), "the notice of %s is deemed received too early", m.id)
		}
	}
}

// noticeDue is when the notice of a matter is due: so long before its period starts, or so long after the offer came in, whichever
// is first; unset where the clause says neither.
func (c *Checker) noticeDue(m *matter) calendar.Instant {
	p := &m.clause.Process
	cal := c.calendarOf(m, c.event.At)
	var due calendar.Instant
	if !p.NoticeLead.Length.IsZero() {
		if at, err := p.NoticeLead.Before(c.need.Lines[c.lots[m.lot-1].line].Period.From, cal); err == nil {
			due = at
		}
	}
	if t, ok := c.offers[m.offer]; ok && !p.NoticeWithin.Length.IsZero() {
		if at, err := p.NoticeWithin.Deadline(t.at, c.calendarOf(m, t.at)); err == nil && (due == 0 || at < due) {
			due = at
		}
	}
	return due
}

// statesOffer is I3 for the notice of an offer: its terms are the offer's. A last look is taken without seeing them (I12).
func (c *Checker) statesOffer(m *matter, f *right.Noticed) {
	switch {
	case m.option != nil:
		c.takesOver(m, f)
		return
	case m.clause.Kind == agreement.LastLook:
		if f.Terms != nil {
			c.broken(I12, m.spot(), f.Terms.String(), "the need alone", "the notice of %s tells what its holder is to beat", m.id)
		}
		return
	case m.offer == "":
		return
	}
	t, ok := c.offers[m.offer]
	if !ok {
		return // said when the matter opened
	}
	if f.Terms == nil {
		c.broken(I3, m.spot(), "no terms", t.Offer.Terms.String(), "the notice of %s does not state offer %s", m.id, m.offer)
		return
	}
	if equal, diffs := c.matches(identical, &t.Offer.Terms, f.Terms); !equal {
		c.broken(I3, m.spot(), f.Terms.String(), t.Offer.Terms.String(), "the notice of %s does not state offer %s: %s", m.id, m.offer, diffs[0])
	}
}

// missing lists what a clause wants in a notice and neither the need nor the notice has.
func (c *Checker) missing(m *matter, f *right.Noticed) []agreement.Item {
	line := &c.need.Lines[c.lots[m.lot-1].line]
	lacks := map[agreement.Item]bool{
		agreement.ItemPrice:        f.Terms == nil || len(f.Terms.Price) == 0,
		agreement.ItemRegion:       len(line.Regions) == 0 && len(line.Residency) == 0 && (f.Terms == nil || f.Terms.Region == "" && f.Terms.Country == ""),
		agreement.ItemServiceLevel: c.need.ServiceLevel == 0 && (f.Terms == nil || f.Terms.ServiceLevel == 0),
		agreement.ItemInterconnect: c.need.Interconnect == "" && (f.Terms == nil || f.Terms.Interconnect == ""),
		agreement.ItemCounterparty: f.Counterparty == "",
	}
	wanted := m.clause.Process.Content.Value
	if m.clause.Kind == agreement.FirstOffer && m.clause.Process.Form.Value == agreement.GrantorsTerms && !slices.Contains(wanted, agreement.ItemPrice) {
		wanted = append([]agreement.Item{agreement.ItemPrice}, wanted...) // an offer on the grantor's terms states them
	}
	var out []agreement.Item
	for _, item := range wanted {
		if lacks[item] {
			out = append(out, item)
		}
	}
	return out
}

// received reads a receipt: of a complete notice, in a way that the clause has.
func (c *Checker) received(f *right.Received) {
	m := c.matterOf(f.Matter)
	if m == nil {
		return
	}
	m.gotAt = c.event.At
	if f.Since.IsSet() { // it was said late, and counts from when it was
		m.gotAt = f.Since
		if f.Since < m.sentAt || f.Since > c.event.At || f.How != "recorded" || c.event.By != m.holder {
			c.broken(I2, m.spot(), "received at "+f.Since.String(), m.sentAt.String()+" or later, said by "+string(m.holder), "the notice of %s counts as received when it was not", m.id)
		}
	}
	if m.phase != right.Sent {
		c.broken(I2, m.spot(), "received", "a complete notice first", "%s is received while it is %s", m.id, m.phase)
		return
	}
	d := m.clause.Process.Delivery
	bad := ""
	switch f.How {
	case "sent":
		if d.Given && d.Value.Clock != agreement.OnSent {
			bad = "the clause's clock starts on " + string(d.Value.Clock)
		}
	case "deemed":
		if !m.notice.DeemedAt.IsSet() || c.event.At < m.notice.DeemedAt {
			bad = "deemed received at " + m.notice.DeemedAt.String()
		}
	case "recorded":
		if c.event.By != m.holder && c.event.By != c.need.Buyer {
			bad = "a receipt that " + string(m.holder) + " or " + string(c.need.Buyer) + " recorded"
		}
	case "answered":
		if c.event.By != m.holder {
			bad = "an answer of " + string(m.holder)
		}
	default:
		bad = "sent, deemed, recorded or answered"
	}
	if bad != "" {
		c.broken(I2, m.spot(), f.How+" by "+who(c.event), bad, "the notice of %s counts as received before it is", m.id)
	}
}

// who caused an event.
func who(e *right.Event) string {
	if e.By == "" {
		return "time"
	}
	return string(e.By)
}

// asked reads a question to a person.
func (c *Checker) asked(f *right.DeterminationRequired) {
	m := c.matterOf(f.Matter)
	if m == nil || f.Lot != 0 && c.lotOf(f.Lot) == nil {
		return
	}
	if f.Resume == right.AtReopen {
		m.settled(f.Lot)
		m.doubts = append(m.doubts, f)
	}
	m.question = f
	if f.Answer != nil {
		m.loose = false // the answer waits
	}
}

// settled says that it is asked no longer over a lot whether the right revives.
func (m *matter) settled(lot right.LotID) {
	m.doubts = slices.DeleteFunc(slices.Clone(m.doubts), func(q *right.DeterminationRequired) bool { return q.Lot == lot })
	if m.question == nil || m.question.Resume != right.AtReopen {
		return
	}
	m.question = nil
	if n := len(m.doubts); n > 0 {
		m.question = m.doubts[n-1]
	}
}

// determined reads what a person determined (I11), and lets the clause say it in this matter.
func (c *Checker) determined(f *right.Determined) {
	m := c.matterOf(f.Matter)
	if m == nil {
		return
	}
	at := m.spot()
	switch {
	case m.question == nil || m.question.Param != f.Param:
		c.broken(I11, at, f.Param+" = "+f.Value, "a question about "+f.Param+" first", "somebody determines in %s what nobody asked", m.id)
	case f.Person == "" || f.Reason == "":
		c.broken(I11, at, fmt.Sprintf("by %q because %q", f.Person, f.Reason), "a person and a reason", "the determination of %s in %s does not say who made it and why", f.Param, m.id)
	}
	clause, err := m.clause.With(f.Param, f.Value)
	if err != nil {
		c.broken(I11, at, f.Param+" = "+f.Value, "a value as the agreement would write it", "the determination of %s in %s does not read: %v", f.Param, m.id, err)
	} else {
		m.clause = clause
	}
	if f.Param == "share" && err == nil {
		m.quantity = min(m.quantity, part(c.lots[m.lot-1].quantity, clause.Process.Share.Value))
	}
	if f.Param == "window" {
		m.windowAt = c.event.At
	}
	if f.Param == "silence" || f.Param == "response_silence" {
		m.silent = true
	}
	if q := m.question; q != nil && q.Answer != nil && f.Param != "counter" {
		m.loose, m.answer, m.answeredAt = true, q.Answer, q.AnsweredAt
	} else if q != nil && f.Param == "counter" && m.clause.Process.Counter.Value == agreement.CounterSpends {
		m.spent = true
	}
	m.question, m.doubts, m.running = nil, nil, c.event.At
}
