package naive

import (
	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// requestInformation keeps what a holder wants to know, and does to the window what the clause says.
func (w *World) requestInformation(c right.Command, a right.RequestInformation, now calendar.Instant) right.Code {
	m := w.matter(a.Matter)
	switch {
	case m == nil:
		return right.UnknownMatter
	case c.By != m.holder:
		return right.NotTheHolder
	case a.What == "":
		return right.ReasonRequired
	case m.status != right.Open && m.status != right.Negotiating && m.status != right.Stood && m.status != right.Sent:
		return right.NotRunning
	}
	m.asked++
	m.outstanding = true
	if !m.clause.Process.Information.Given {
		if m.asks == nil {
			m.stop("information", right.AtInformation)
		}
		if m.asks.resume == right.AtInformation {
			m.asks.at = now
		}
		return ""
	}
	w.informs(m, now)
	return ""
}

// runs says whether the window of a matter, or its negotiation, runs or stands still.
func (m *matter) runs(now calendar.Instant) bool {
	if m.asks != nil {
		return false
	}
	return m.status == right.Open && now < m.answerBy || m.status == right.Negotiating || m.status == right.Stood
}

// informs is what a request for information does.
func (w *World) informs(m *matter, now calendar.Instant) {
	i := m.clause.Process.Information.Value
	if i.Requests > 0 && m.asked > i.Requests || i.Effect == agreement.EffectNone && m.clause.Process.Delivery.Value.Clock != agreement.OnComplete || m.status == right.Sent || !m.outstanding || m.asks != nil {
		return
	}
	if !m.tolledFor(agreement.GroundInformation) {
		m.tollFor(toll{ground: agreement.GroundInformation}, now)
	}
}

func (m *matter) tolledFor(g agreement.Ground) bool {
	for _, t := range m.tolls {
		if t.ground == g {
			return true
		}
	}
	return false
}

// tollFor stops a window on a ground; what was left of it counts from the first.
func (m *matter) tollFor(t toll, now calendar.Instant) {
	if len(m.tolls) == 0 {
		end := m.answerBy
		if m.status == right.Negotiating {
			end = m.negotiateBy
		}
		m.paused, m.left, m.status = m.status, max(0, end-now), right.Stood
	}
	m.tolls = append(m.tolls, t)
}

// untoll takes a ground away; with the last one the window goes on.
func (w *World) untoll(m *matter, g agreement.Ground, now calendar.Instant) {
	var rest []toll
	for _, t := range m.tolls {
		if t.ground != g {
			rest = append(rest, t)
		}
	}
	m.tolls = rest
	if len(rest) > 0 || m.status != right.Stood {
		return
	}
	end := now + m.left
	i := m.clause.Process.Information.Value
	fresh := m.supplied && (i.Effect == agreement.EffectRestart || m.clause.Process.Delivery.Value.Clock == agreement.OnComplete)
	if m.supplied && !fresh && i.Effect == agreement.EffectToll && i.Extension.Length.N > 0 {
		if at, ok := w.deadline(m.clause, i.Extension, now); ok {
			end = max(end, at)
		}
	}
	m.status = m.paused
	whole := m.windowRule()
	if m.status == right.Negotiating {
		whole = m.clause.Process.Negotiation.Value
	}
	if at, ok := w.closing(m, whole, now); ok && fresh {
		end = max(end, at)
	}
	m.supplied = false
	if m.status == right.Negotiating {
		m.negotiateBy = end
	} else {
		m.answerBy = end
	}
}

// supply says that what was asked for was supplied.
func (w *World) supply(c right.Command, a right.SupplyInformation, now calendar.Instant) right.Code {
	m := w.matter(a.Matter)
	switch {
	case c.By != w.need.Buyer:
		return right.NotTheBuyer
	case m == nil:
		return right.UnknownMatter
	case !m.outstanding || !m.status.Pending():
		return right.NothingRequested
	}
	m.outstanding, m.complete = false, now
	m.supplied = m.supplied || m.tolledFor(agreement.GroundInformation)
	switch {
	case m.tolledFor(agreement.GroundInformation):
		w.untoll(m, agreement.GroundInformation, now)
	case m.status == right.Sent && m.receivedAt.IsSet() && m.asks == nil:
		w.opens(m, now)
	}
	return ""
}

// stay stops a window on a ground that the clause names.
func (w *World) stay(c right.Command, a right.Stay, now calendar.Instant) right.Code {
	m := w.matter(a.Matter)
	if m == nil {
		return right.UnknownMatter
	}
	s := m.clause.Process.Stay
	switch {
	case s == nil || !contains(s.Grounds, a.Ground):
		return right.NoSuchPower
	case !contains(s.By, c.By):
		return right.NotEntitled
	case a.Reason == "":
		return right.ReasonRequired
	case !m.runs(now):
		return right.NotRunning
	case m.tolledFor(a.Ground):
		return right.AlreadyStayed
	}
	t := toll{ground: a.Ground, by: c.By}
	if s.AtMost.N > 0 {
		t.until = now + lengthOf(s.AtMost)
	}
	m.tollFor(t, now)
	return ""
}

// lengthOf is a length of hours, days or weeks of 24 hours.
func lengthOf(l calendar.Length) calendar.Instant {
	hours := int64(l.N)
	switch l.Unit {
	case calendar.Days:
		hours *= 24
	case calendar.Weeks:
		hours *= 7 * 24
	}
	return calendar.Instant(hours * calendar.Hour)
}

// tollsDue are the stays that end by themselves.
func (w *World) tollsDue() []due {
	var out []due
	for _, m := range w.matters {
		if m.status != right.Stood || m.asks != nil {
			continue
		}
		for _, t := range m.tolls {
			if t.until.IsSet() {
				out = append(out, due{t.until, func(at calendar.Instant) { w.untoll(m, t.ground, at) }})
			}
		}
	}
	return out
}

func (w *World) lift(c right.Command, a right.Lift, now calendar.Instant) right.Code {
	m := w.matter(a.Matter)
	if m == nil {
		return right.UnknownMatter
	}
	for _, t := range m.tolls {
		if t.ground == a.Ground && m.status == right.Stood && a.Ground != agreement.GroundInformation {
			if t.by != c.By {
				return right.NotEntitled
			}
			w.untoll(m, a.Ground, now)
			return ""
		}
	}
	return right.NotStayed
}

// extend lengthens a window: the grantor alone, or both sides by naming one instant.
func (w *World) extend(c right.Command, a right.Extend) right.Code {
	m := w.matter(a.Matter)
	if m == nil {
		return right.UnknownMatter
	}
	power := m.clause.Process.Extension
	switch {
	case c.By != w.need.Buyer && c.By != m.holder:
		return right.NotTheHolder
	case power == "":
		return right.NoSuchPower
	case c.By != w.need.Buyer && (power == agreement.ByGrantor || c.By != m.holder):
		return right.NotEntitled
	case m.status == right.Stood || !m.runs(w.last):
		return right.NotRunning
	}
	end := &m.answerBy
	if m.status == right.Negotiating {
		end = &m.negotiateBy
	}
	if a.Until <= *end || m.offer != "" && a.Until >= w.tender(m.offer).offer.ValidUntil {
		return right.ValueInvalid
	}
	if power == agreement.ByAgreement && (m.extendTo != a.Until || m.extendBy == c.By) {
		m.extendTo, m.extendBy = a.Until, c.By
		return ""
	}
	*end, m.extendTo, m.extendBy = a.Until, 0, ""
	return ""
}

// assign puts another party in the holder's place.
func (w *World) assign(c right.Command, a right.Assign) right.Code {
	m := w.matter(a.Matter)
	switch {
	case m == nil:
		return right.UnknownMatter
	case c.By != m.holder:
		return right.NotTheHolder
	case len(m.clause.Process.Assignees) == 0 && !m.clause.Process.AnyAssignee:
		return right.NoSuchPower
	case !contains(m.clause.Process.Assignees, a.To) && !m.clause.Process.AnyAssignee || a.To == m.holder:
		return right.NotEntitled
	case !m.status.Pending() && !w.unsigned(m):
		return right.AlreadyAnswered
	case w.exclusiveToOther(w.lot(m.lot).line, a.To, w.last):
		return right.Barred
	}
	if line := w.lot(m.lot).line; w.anyExclusive(line) {
		w.reconsider(line, w.last)
	}
	if m.assignor == "" {
		m.assignor = m.holder
	}
	m.holder = a.To
	for _, aw := range w.awards {
		if aw.matter == m.id && m.status == right.Taken && !aw.ended {
			aw.provider = a.To
		}
	}
	return ""
}

// unsigned says whether a matter that was exercised may still be assigned: its award is not signed, and its clause allows it.
func (w *World) unsigned(m *matter) bool {
	for _, aw := range w.awards {
		if aw.matter == m.id && !aw.signed && !aw.ended {
			return m.status == right.Taken && m.clause.Process.AssignAfter
		}
	}
	return false
}

// right is whose right a matter runs, whoever answers in its place.
func (m *matter) right() party.ID {
	if m.assignor != "" {
		return m.assignor
	}
	return m.holder
}

// consent takes what a party says whose consent is needed.
func (w *World) consent(c right.Command, a right.Consent, now calendar.Instant) right.Code {
	if a.Award != 0 {
		return w.consentToRival(c, a, now)
	}
	m := w.matter(a.Matter)
	switch {
	case !a.Given && a.Reason == "":
		return right.ReasonRequired
	case m == nil:
		return right.UnknownMatter
	}
	gate := m.clause.Process.Consent
	switch {
	case gate == nil || gate.Over != agreement.OverExercise:
		return right.NoSuchPower
	case !contains(gate.Of, c.By) || contains(m.consents, c.By):
		return right.NotEntitled
	case m.status != right.Conditional:
		return right.NotRunning
	case !a.Given:
		w.end(m, right.ConditionFailed, now)
		return ""
	}
	m.consents = append(m.consents, c.By)
	for _, p := range gate.Of {
		if !contains(m.consents, p) {
			return ""
		}
	}
	w.exercised(m, *m.wants, now)
	return ""
}

// exercise makes an exercise, or lets it wait for the consents that it needs.
func (w *World) exercise(m *matter, t offer.Terms, now calendar.Instant) {
	gate := m.clause.Process.Consent
	if gate == nil || gate.Over != agreement.OverExercise {
		w.exercised(m, t, now)
		return
	}
	if w.exclusiveNow(m, now) {
		w.terminate(m, now)
		return
	}
	m.status, m.asks, m.wants, m.consents = right.Conditional, nil, &t, nil
	if gate.Within.Length.N > 0 {
		m.consentBy, _ = w.deadline(m.clause, gate.Within, now)
	}
}

// noConsent is the end of the time for a consent.
func (w *World) noConsent(m *matter, now calendar.Instant) {
	if m.clause.Process.Consent.Silence == agreement.ConsentGiven {
		w.exercised(m, *m.wants, now)
		return
	}
	w.end(m, right.ConditionFailed, now)
}

// holds says whether a party is a holder of a clause.
func holds(c *agreement.Clause, p party.ID) bool {
	_, ok := c.Holding(p)
	return ok
}

// gates are the consents that a rival's award needs.
func (w *World) gates(aw *grant, now calendar.Instant) []party.ID {
	var out []party.ID
	for _, e := range w.engaged {
		gate := e.clause.Process.Consent
		if e.line != w.lot(aw.lot).line || !e.yes || !w.inForce(e.clause.Ref, now) || aw.matter != 0 || holds(e.clause, aw.provider) || gate == nil || gate.Over != agreement.OverRival {
			continue
		}
		for _, p := range gate.Of {
			if !contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}

// lacks says whether an award waits for a consent.
func (w *World) lacks(aw *grant, now calendar.Instant) bool {
	for _, p := range w.gates(aw, now) {
		if !contains(aw.consents, p) {
			return true
		}
	}
	return false
}

func (w *World) consentToRival(c right.Command, a right.Consent, now calendar.Instant) right.Code {
	aw := w.awardOf(a.Award)
	switch {
	case !a.Given && a.Reason == "":
		return right.ReasonRequired
	case aw == nil:
		return right.UnknownAward
	}
	gates := w.gates(aw, now)
	switch {
	case aw.ended:
		return right.AwardEnded
	case !w.lacks(aw, now):
		return right.NoSuchPower
	case !contains(gates, c.By) || contains(aw.consents, c.By):
		return right.NotEntitled
	case !a.Given:
		w.fellThrough(aw, agreement.OnFellThrough, now)
		return ""
	}
	aw.consents = append(aw.consents, c.By)
	return ""
}
