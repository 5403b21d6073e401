package lawcheck

import (
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/offer"
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
	m := &matter{id: f.Matter, lot: f.Lot, clause: clause, holder: f.Holder, offer: f.Offer, quantity: l.quantity, phase: right.Deficient, running: c.event.At}
	if f.Holder != clause.Holder {
		c.broken(I11, at, string(f.Holder), string(clause.Holder), "%s is opened for a party that does not hold %s", m.id, f.Clause)
	}
	if c.tideOf(f.Clause, c.event.At) == ebbed {
		c.broken(I13, at, f.Clause.String(), "no matter under it", "%s opens under %s after it ended", m.id, f.Clause)
	} else if e := c.engagementOf(l.line, f.Clause); e == nil || !e.Engaged.Engaged {
		c.broken(I11, at, "a matter under "+f.Clause.String(), "a clause that engages the line", "%s opens under a clause that does not engage", m.id)
	}
	if h := c.holding(l, ""); h != nil {
		c.broken(I6, at, "a second holder", "one holder at a time", "%s opens on %s while %s holds it", m.id, l.id, h.id)
	}
	if f.Offer != "" {
		c.staysFirm(m)
	}
	c.matters = append(c.matters, m)
	l.holder, l.stands, l.round = m, held, false
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
	by, err := p.Window.Value.Deadline(start, c.calendarOf(m))
	if err == nil && t.Offer.ValidUntil <= by {
		c.broken(I4, m.spot(), "valid until "+t.Offer.ValidUntil.String(), "valid after "+by.String(), "offer %s is over before %s can end its window over it", m.offer, m.holder)
	}
}

// calendarOf is the calendar of a matter's clause.
func (c *Checker) calendarOf(m *matter) calendar.Calendar {
	_, a, ok := c.law.Book.Clause(m.clause.Ref)
	if !ok {
		return calendar.Calendar{}
	}
	cal, _ := a.Calendar(m.clause.Process.Calendar)
	return cal
}

// deemed is when a notice sent now by a channel counts as received; unset where the clause does not deem.
func (c *Checker) deemed(m *matter, by agreement.Channel) calendar.Instant {
	for _, d := range m.clause.Process.Delivery.Value.Deemed {
		if d.Channel == by {
			at, err := d.After.Deadline(c.event.At, c.calendarOf(m))
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
		if m.lot == l.id && m.phase.Pending() && m.holder != but {
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
	if f.Counterparty != "" && !slices.Contains(m.clause.Process.Content.Value, agreement.ItemCounterparty) {
		c.broken(I12, at, "of "+string(f.Counterparty), "no name", "the notice of %s names the rival, which %s does not have disclosed", m.id, m.clause.Ref)
	}
	if missing := c.missing(m, f); len(f.Missing) == 0 && len(missing) > 0 {
		c.broken(I2, at, "a complete notice", fmt.Sprintf("a notice that lacks %s", missing[0]), "the notice of %s does not have what %s wants in it", m.id, m.clause.Ref)
	}
	if missing := c.missing(m, f); len(f.Missing) > 0 && len(missing) == 0 {
		c.broken(I2, at, fmt.Sprintf("a notice that lacks %s", f.Missing[0]), "a complete notice", "the notice of %s has what %s wants in it, and its clock does not start", m.id, m.clause.Ref)
	}
	c.statesOffer(m, f)
	m.notice, m.sentAt, m.phase, m.running = f, c.event.At, right.Sent, c.event.At
	if len(f.Missing) > 0 {
		m.phase = right.Deficient
	}
	if d := m.clause.Process.Delivery; len(f.Missing) == 0 && d.Given && d.Value.Clock == agreement.OnDeemed {
		if by := c.deemed(m, f.Channel); f.DeemedAt.IsSet() && f.DeemedAt < by {
			c.broken(I2, at, "deemed received at "+f.DeemedAt.String(), "deemed received at "+by.String(), "the notice of %s is deemed received too early", m.id)
		}
	}
}

// statesOffer is I3 for the notice of an offer: its terms are the offer's.
func (c *Checker) statesOffer(m *matter, f *right.Noticed) {
	if m.offer == "" {
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
	if equal, diffs := offer.Matches(agreement.MatchRule{Rule: agreement.Identical}, &t.Offer.Terms, f.Terms); !equal {
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
	var out []agreement.Item
	for _, item := range m.clause.Process.Content.Value {
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

// openedWindow reads a window: it opens on a complete, received notice and is no shorter than the clause gives (I2).
func (c *Checker) openedWindow(f *right.Opened) {
	m := c.matterOf(f.Matter)
	if m == nil {
		return
	}
	before, was := m.answerBy, m.phase
	m.answerBy, m.running = f.AnswerBy, c.event.At
	if was == right.Sent {
		m.phase = right.Open
	}
	if was != right.Sent && was != right.Open || !m.gotAt.IsSet() {
		c.broken(I2, m.spot(), "answer by "+f.AnswerBy.String(), "a complete notice and its receipt first", "the window of %s opens while it is %s and not received", m.id, was)
		return
	}
	if before.IsSet() {
		if f.AnswerBy < before {
			c.broken(I2, m.spot(), "answer by "+f.AnswerBy.String(), before.String()+" or later", "the window of %s is cut short", m.id)
		}
		return
	}
	p := &m.clause.Process
	if !p.Window.Given {
		c.broken(I2, m.spot(), "answer by "+f.AnswerBy.String(), "a question to a person", "the window of %s opens though %s does not say how long it is", m.id, m.clause.Ref)
		return
	}
	rule := p.Window.Value
	counts := p.Calendar != "" && (rule.Length.Unit == calendar.BusinessDays || rule.Roll != "" && rule.Roll != calendar.RollNone)
	cal := c.calendarOf(m)
	if counts && f.Calendar == "" {
		c.broken(I11, m.spot(), "no calendar", cal.Name+" and its version", "the window of %s counts business days by a calendar that is not named", m.id)
		return
	}
	if counts && f.Calendar != cal.Name+" "+cal.Version {
		return // an earlier version counted; the law holds it no more
	}
	by, err := rule.Deadline(max(m.gotAt, m.windowAt), cal)
	if err == nil && f.AnswerBy < by {
		c.broken(I2, m.spot(), "answer by "+f.AnswerBy.String(), "answer by "+by.String(), "the window of %s is shorter than %s gives", m.id, m.clause.Ref)
	}
}

// asked reads a question to a person.
func (c *Checker) asked(f *right.DeterminationRequired) {
	m := c.matterOf(f.Matter)
	if m == nil || f.Lot != 0 && c.lotOf(f.Lot) == nil {
		return
	}
	m.question = f
	if f.Answer != nil {
		m.loose = false // the answer waits
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
	m.question, m.running = nil, c.event.At
}
