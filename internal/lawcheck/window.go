package lawcheck

import (
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/right"
)

// openedWindow reads a deadline: of a window that opens, that goes on after it stood still, or that is lengthened (I2).
func (c *Checker) openedWindow(f *right.Opened) {
	m := c.matterOf(f.Matter)
	if m == nil {
		return
	}
	was := m.phase
	negotiates := was == right.Negotiating || was == right.Stood && m.paused == right.Negotiating
	before := m.answerBy
	if negotiates {
		before = m.negotiateBy
	}
	switch {
	case was == right.Stood:
		c.goesOn(m, f)
	case f.Why == "extended":
		c.extended(m, f)
	}
	switch {
	case was != right.Sent && was != right.Open && was != right.Stood && was != right.Negotiating || !m.gotAt.IsSet():
		c.broken(I2, m.spot(), "answer by "+f.AnswerBy.String(), "a complete notice and its receipt first", "the window of %s opens while it is %s and not received", m.id, was)
	case before.IsSet() && f.AnswerBy < before && was != right.Stood:
		c.broken(I2, m.spot(), "answer by "+f.AnswerBy.String(), before.String()+" or later", "the window of %s is cut short", m.id)
	case !before.IsSet() && was == right.Sent:
		c.firstOpens(m, f)
	}
	m.running, m.late = c.event.At, false
	if m.extends != nil && m.extends.Until <= f.AnswerBy {
		m.extends = nil // what was proposed is had
	}
	if negotiates {
		m.phase, m.negotiateBy = right.Negotiating, f.AnswerBy
		return
	}
	m.answerBy = f.AnswerBy
	if was == right.Sent || was == right.Stood {
		m.phase = right.Open
	}
}

// firstOpens is I2 for a window that opens: it is no shorter than the clause gives.
func (c *Checker) firstOpens(m *matter, f *right.Opened) {
	p := &m.clause.Process
	if !p.Window.Given {
		c.broken(I2, m.spot(), "answer by "+f.AnswerBy.String(), "a question to a person", "the window of %s opens though %s does not say how long it is", m.id, m.clause.Ref)
		return
	}
	if p.Delivery.Given && p.Delivery.Value.Clock == agreement.OnComplete && m.outstanding {
		c.broken(I2, m.spot(), "answer by "+f.AnswerBy.String(), "the supply of what was asked for first", "the window of %s opens before its holder has all the information", m.id)
	}
	rule := m.window()
	start := max(m.gotAt, m.windowAt)
	if p.Delivery.Given && p.Delivery.Value.Clock == agreement.OnComplete {
		start = max(start, m.suppliedAt)
	}
	counts := p.Calendar != "" && (rule.Length.Unit == calendar.BusinessDays || rule.Roll != "" && rule.Roll != calendar.RollNone)
	cal := c.calendarOf(m, start)
	if counts && f.Calendar == "" {
		c.broken(I11, m.spot(), "no calendar", cal.Name+" and its version", "the window of %s counts business days by a calendar that is not named", m.id)
		return
	}
	if counts && f.Calendar != cal.Name+" "+cal.Version {
		return // an earlier version counted; the law holds it no more
	}
	by, err := c.closes(m, rule, start)
	if err == nil && f.AnswerBy < by {
		invariant := I2
		if m.replaces {
			invariant = I7
		}
		c.broken(invariant, m.spot(), "answer by "+f.AnswerBy.String(), "answer by "+by.String(), "the window of %s is shorter than %s gives", m.id, m.clause.Ref)
	}
}

// window is how long a matter's window is: another one where its holder had its run before, if the clause has one.
func (m *matter) window() calendar.Rule {
	if p := &m.clause.Process; m.again != "" && m.again != agreement.OnCertified && p.ReopenWindow.Given {
		return p.ReopenWindow.Value
	}
	return m.clause.Process.Window.Value
}

// closes is when a window that starts at an instant ends by the clause: counted forward, or back from the start of the line's
// period, and never after what truncates it.
func (c *Checker) closes(m *matter, rule calendar.Rule, start calendar.Instant) (calendar.Instant, error) {
	period := c.need.Lines[c.lots[m.lot-1].line].Period
	var by calendar.Instant
	var err error
	if rule.BeforeStart {
		by, err = rule.Before(period.From, c.calendarOf(m, start))
	} else {
		by, err = rule.Deadline(start, c.calendarOf(m, start))
	}
	if err != nil {
		return 0, err
	}
	if m.tardy { // nothing cuts the window of a notice that was late
		return by, nil
	}
	if slices.Contains(m.clause.Process.Truncate, agreement.TruncateStart) {
		by = min(by, period.From)
	}
	if current, _, ok := c.law.Book.Clause(m.clause.Ref); ok && current.Effective.Until.IsSet() && slices.Contains(m.clause.Process.Truncate, agreement.TruncateClauseEnd) {
		by = min(by, current.Effective.Until)
	}
	return by, nil
}

// goesOn is I2 for a window that stood still: it goes on only once every ground is gone, with what was left, or with what the
// clause gives after information.
func (c *Checker) goesOn(m *matter, f *right.Opened) {
	if len(m.tolls) > 0 {
		c.broken(I2, m.spot(), "answer by "+f.AnswerBy.String(), "the end of the stay for "+string(m.tolls[0].Ground), "the window of %s goes on while it is stayed", m.id)
	}
	least := c.event.At + m.left
	info := m.clause.Process.Information
	restart := info.Given && info.Value.Effect == agreement.EffectRestart || m.clause.Process.Delivery.Value.Clock == agreement.OnComplete
	if m.suppliedAt.IsSet() && m.suppliedAt >= m.running && restart {
		rule := m.window()
		if m.paused == right.Negotiating {
			rule = m.clause.Process.Negotiation.Value
		}
		if by, err := c.closes(m, rule, c.event.At); err == nil {
			least = max(least, by)
		}
	} else if m.suppliedAt.IsSet() && m.suppliedAt >= m.running && info.Given && !info.Value.Extension.Length.IsZero() {
		if by, err := info.Value.Extension.Deadline(c.event.At, c.calendarOf(m, c.event.At)); err == nil {
			least = max(least, by)
		}
	}
	if f.AnswerBy < least {
		c.broken(I2, m.spot(), "answer by "+f.AnswerBy.String(), least.String()+" or later", "the window of %s goes on with less than its holder had", m.id)
	}
}

// extended is I2 for a window that is lengthened by a power: by whom the clause lets.
func (c *Checker) extended(m *matter, f *right.Opened) {
	should := ""
	switch m.clause.Process.Extension {
	case agreement.ByGrantor:
		if c.event.By != c.need.Buyer {
			should = "a word of " + string(c.need.Buyer)
		}
	case agreement.ByAgreement:
		if m.extends == nil || m.extends.Until != f.AnswerBy || m.extender == c.event.By || c.event.By != m.holder && c.event.By != c.need.Buyer {
			should = "the same proposal by both sides"
		}
	default:
		should = "no power to extend"
	}
	if should != "" {
		c.broken(I2, m.spot(), "extended by "+who(c.event), should, "the window of %s is extended as %s does not let", m.id, m.clause.Ref)
	}
}

// proposedExtension reads one side's wish for a later deadline.
func (c *Checker) proposedExtension(f *right.ExtensionProposed) {
	m := c.matterOf(f.Matter)
	if m == nil {
		return
	}
	if c.event.By != m.holder && c.event.By != c.need.Buyer {
		c.broken(I1, m.spot(), "an extension by "+who(c.event), "a word of "+string(m.holder)+" or "+string(c.need.Buyer), "somebody else would extend the window of %s", m.id)
	}
	m.extends, m.extender = f, c.event.By
}

// requestedInformation reads what a holder asks before it answers.
func (c *Checker) requestedInformation(f *right.InformationRequested) {
	m := c.matterOf(f.Matter)
	if m == nil {
		return
	}
	if c.event.By != m.holder {
		c.broken(I1, m.spot(), "asked by "+who(c.event), "a request of "+string(m.holder), "somebody else asks for information in %s", m.id)
	}
	m.asks, m.outstanding = m.asks+1, true
}

// suppliedInformation reads that the grantor supplied it.
func (c *Checker) suppliedInformation(f *right.InformationSupplied) {
	m := c.matterOf(f.Matter)
	if m == nil {
		return
	}
	switch {
	case !m.outstanding:
		c.broken(I10, m.spot(), "supplied", "a request first", "information is supplied in %s that nobody asked for", m.id)
	case c.event.By != c.need.Buyer:
		c.broken(I2, m.spot(), "supplied by "+who(c.event), "a supply by "+string(c.need.Buyer), "somebody else says that the information of %s is supplied", m.id)
	}
	m.outstanding = false
	stood := slices.ContainsFunc(m.tolls, func(t right.Tolled) bool { return t.Ground == agreement.GroundInformation })
	if stood || m.phase == right.Sent { // else no window waited for it
		m.suppliedAt = c.event.At
	}
}

// tolled is I2 for a window that stops: on a ground that the clause knows, by whom it lets, once for each ground.
func (c *Checker) tolled(f *right.Tolled) {
	m := c.matterOf(f.Matter)
	if m == nil {
		return
	}
	p := &m.clause.Process
	should := ""
	switch {
	case m.phase != right.Open && m.phase != right.Negotiating && m.phase != right.Stood:
		should = "a window that runs"
	case slices.ContainsFunc(m.tolls, func(t right.Tolled) bool { return t.Ground == f.Ground }):
		should = "one stay for each ground"
	case f.Ground == agreement.GroundInformation:
		completes := p.Delivery.Given && p.Delivery.Value.Clock == agreement.OnComplete
		stops := p.Information.Given && (p.Information.Value.Effect != agreement.EffectNone || completes)
		if !m.outstanding || !stops || p.Information.Value.Requests > 0 && m.asks > p.Information.Value.Requests {
			should = "a request that stops the window"
		}
	case p.Stay == nil || !slices.Contains(p.Stay.Grounds, f.Ground) || !slices.Contains(p.Stay.By, c.event.By):
		should = "a stay that the clause lets"
	}
	if should != "" {
		c.broken(I2, m.spot(), string(f.Ground)+" by "+who(c.event), should, "the window of %s is stopped as %s does not let", m.id, m.clause.Ref)
	}
	if m.phase != right.Stood {
		c.stops(m, f)
	}
	m.tolls = append(slices.Clip(m.tolls), *f)
	m.stayers = append(slices.Clip(m.stayers), c.event.By)
}

// stops notes how much of a window is left when it stops, and holds what the record says against it.
func (c *Checker) stops(m *matter, f *right.Tolled) {
	ends := m.answerBy
	if m.phase == right.Negotiating {
		ends = m.negotiateBy
	}
	m.left = max(0, ends-c.event.At)
	if said := calendar.Instant(f.Left); said < m.left {
		c.broken(I2, m.spot(), number(f.Left)+" us left", number(int64(m.left))+" us", "the window of %s loses what was left of it", m.id)
	} else {
		m.left = said // a request may have been made before what it does to the window was determined
	}
	m.paused, m.phase, m.running = m.phase, right.Stood, c.event.At
}

// untolled reads that a ground is gone: who stopped the window lets it go on, or the time for it is over (I2).
func (c *Checker) untolled(f *right.Untolled) {
	m := c.matterOf(f.Matter)
	if m == nil {
		return
	}
	i := slices.IndexFunc(m.tolls, func(t right.Tolled) bool { return t.Ground == f.Ground })
	if i < 0 {
		c.broken(I10, m.spot(), "the end of a stay for "+string(f.Ground), "a stay first", "the window of %s was not stayed for %s", m.id, f.Ground)
		return
	}
	t := m.tolls[i]
	switch {
	case c.event.By == "":
		if !t.Until.IsSet() || c.event.At < t.Until {
			c.broken(I2, m.spot(), "over at "+c.event.At.String(), until(t.Until), "the stay of %s ends before its time", m.id)
		}
	case f.Ground == agreement.GroundInformation:
		if m.outstanding {
			c.broken(I2, m.spot(), "goes on", "the supply of what was asked for", "the window of %s goes on before its holder has the information", m.id)
		}
	case c.event.By != m.stayers[i]:
		c.broken(I2, m.spot(), "lifted by "+who(c.event), "lifted by "+string(m.stayers[i]), "somebody else lifts the stay of %s", m.id)
	}
	m.tolls = slices.Delete(slices.Clone(m.tolls), i, i+1)
	m.stayers = slices.Delete(slices.Clone(m.stayers), i, i+1)
}

// noticeHeld reads a notice that waits for its turn.
func (c *Checker) noticeHeld(f *right.NoticeHeld) {
	m := c.matterOf(f.Matter)
	if m == nil {
		return
	}
	if m.clause.Process.RateLimit == nil || m.notice != nil {
		c.broken(I2, m.spot(), "held until "+f.Until.String(), "a notice at once", "the notice of %s waits, for which %s gives no reason", m.id, m.clause.Ref)
	}
	m.heldUntil, m.running = f.Until, c.event.At
}

// oftenEnough is I2 for a clause that limits how often a holder is given notice.
func (c *Checker) oftenEnough(m *matter) {
	limit := m.clause.Process.RateLimit
	if limit == nil || m.notice != nil {
		return // a notice that is completed counts when it was first given
	}
	per, ok := exactly(limit.Per)
	if !ok {
		return
	}
	given := 1
	for _, o := range c.matters {
		if o != m && o.notice != nil && c.counts(limit, o.clause.Ref, m.clause.Ref) && o.owner == m.owner && o.firstSent > c.event.At-per {
			given++
		}
	}
	for _, r := range c.related {
		for _, n := range r.Notices {
			if c.counts(limit, n.Clause, m.clause.Ref) && n.Holder == m.owner && n.At > c.event.At-per && n.At <= c.event.At {
				given++
			}
		}
	}
	if given > limit.Notices {
		c.broken(I2, m.spot(), number(int64(given))+" within "+limit.Per.String(), number(int64(limit.Notices)), "the holder of %s is given more notices than %s allows", m.id, m.clause.Ref)
	}
}

// counts reports whether a notice under one clause counts towards the limit of another.
func (c *Checker) counts(limit *agreement.RateLimit, given, of agreement.Ref) bool {
	return same(given, of) || given.Agreement == of.Agreement && slices.Contains(limit.With, given.Clause)
}

// lateNotice reads that a notice was given later than its clause wants it: a breach that the record owns up to.
func (c *Checker) lateNotice(f *right.NoticeLate) {
	m := c.matterOf(f.Matter)
	if m == nil {
		return
	}
	if due := c.noticeDue(m); f.Due != due || due >= c.event.At {
		c.broken(I2, m.spot(), "late since "+f.Due.String(), "due by "+due.String(), "the notice of %s is called late by another time than its clause has", m.id)
	}
	m.tardy = true
}

// exactly is a length of time in hours, or in days and weeks of 24 hours.
func exactly(l calendar.Length) (calendar.Instant, bool) {
	switch l.Unit {
	case calendar.Hours:
		return calendar.Instant(int64(l.N) * calendar.Hour), true
	case calendar.Days:
		return calendar.Instant(int64(l.N) * 24 * calendar.Hour), true
	case calendar.Weeks:
		return calendar.Instant(int64(l.N) * 168 * calendar.Hour), true
	}
	return 0, false
}
