package right

import (
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
)

// requestInformation is the holder's request for what it needs to decide. It is always recorded; whether the clock cares is
// for the clause to say.
func (t *turn) requestInformation(r RequestInformation) error {
	m := t.Matter(r.Matter)
	switch {
	case m == nil:
		return refuse(UnknownMatter, "no matter %s", r.Matter)
	case t.by != m.Holder:
		return refuse(NotTheHolder, "%s does not hold the right of matter %s", t.by, r.Matter)
	case r.What == "":
		return refuse(ReasonRequired, "say what is wanted to know")
	case m.Status != Sent && m.Status != Open && m.Status != Negotiating && m.Status != Stood:
		return t.refuseFor(m, NotRunning, "matter %s is %s", m.ID, m.Status)
	}
	t.emit(&InformationRequested{Matter: m.ID, What: r.What})
	m = t.Matter(r.Matter)
	switch {
	case m.Question != nil:
	case !m.clause.Process.Information.Given:
		t.ask(m.ID, "information", "what a request for information does to the window", AtInformation)
	default:
		t.tollForInformation(m, t.at)
	}
	return nil
}

// tollForInformation stops a window for a request that was made at an instant, where the clause lets it.
func (t *turn) tollForInformation(m *Matter, asked calendar.Instant) {
	info := &m.clause.Process.Information.Value
	x := m.More()
	stops := info.Effect != agreement.EffectNone || m.clause.Process.Delivery.Value.Clock == agreement.OnComplete
	if !stops || info.Requests > 0 && x.Asked > info.Requests || !x.Outstanding || m.Status == Sent || t.stoodOn(m, agreement.GroundInformation) {
		return
	}
	t.toll(m, &Tolled{Matter: m.ID, Ground: agreement.GroundInformation}, asked)
}

func (t *turn) stoodOn(m *Matter, g agreement.Ground) bool {
	return slices.ContainsFunc(m.More().Tolls, func(x Toll) bool { return x.Ground == g })
}

// toll stops a window on one more ground. What was left of it is what was left at the instant of the ground.
func (t *turn) toll(m *Matter, f *Tolled, since calendar.Instant) {
	switch m.Status {
	case Open:
		f.Left = int64(max(0, m.AnswerBy-since))
	case Negotiating:
		f.Left = int64(max(0, m.More().NegotiateBy-since))
	}
	t.emit(f)
}

// supplyInformation says that the grantor supplied all that was asked for.
func (t *turn) supplyInformation(s SupplyInformation) error {
	m := t.Matter(s.Matter)
	switch {
	case m == nil:
		return refuse(UnknownMatter, "no matter %s", s.Matter)
	case !m.More().Outstanding || !m.Status.Pending():
		return t.refuseFor(m, NothingRequested, "nothing that matter %s asks for is outstanding", m.ID)
	}
	t.emit(&InformationSupplied{Matter: m.ID})
	m = t.Matter(s.Matter)
	switch {
	case t.stoodOn(m, agreement.GroundInformation):
		t.emit(&Untolled{Matter: m.ID, Ground: agreement.GroundInformation})
		t.runAgain(m.ID, "supplied")
	case m.Status == Sent && m.ReceivedAt.IsSet() && m.Question == nil:
		t.open(m.ID)
	}
	return nil
}

// runAgain lets a window go on once the last ground on which it stood still is gone.
func (t *turn) runAgain(id MatterID, why string) {
	m := t.Matter(id)
	x := m.More()
	if len(x.Tolls) > 0 || m.Status != Stood { // who exercised while the window stood still has no window any more
		return
	}
	by, named := t.at+x.Left, ""
	if x.Supplied {
		by, named = t.afterSupply(m, by)
	}
	t.emit(&Opened{Matter: id, AnswerBy: by, Calendar: named, Why: why})
}

// afterSupply is the deadline once requested information was supplied: a fresh full window, or the greater of what was left
// and the extension of the clause.
func (t *turn) afterSupply(m *Matter, left calendar.Instant) (calendar.Instant, string) {
	p := &m.clause.Process
	info := &p.Information.Value
	if info.Effect == agreement.EffectRestart || p.Delivery.Value.Clock == agreement.OnComplete {
		rule := windowOf(m.clause, m.Again)
		if m.More().Paused == Negotiating {
			rule = p.Negotiation.Value
		}
		if by, named, err := t.closes(m.clause, m.Lot, m.More().Late, rule, t.at); err == nil {
			return max(by, left), named
		}
		return left, ""
	}
	by, _ := info.Extension.Deadline(t.at, t.calendarOf(m.clause, t.at))
	if by <= left { // or the calendar does not reach
		return left, ""
	}
	return by, calendarName(t.calendarOf(m.clause, t.at), info.Extension)
}

// stay stops a window for a dispute or a regulator's hold.
func (t *turn) stay(s Stay) error {
	m := t.Matter(s.Matter)
	if m == nil {
		return refuse(UnknownMatter, "no matter %s", s.Matter)
	}
	power := m.clause.Process.Stay
	switch {
	case power == nil || !slices.Contains(power.Grounds, s.Ground):
		return t.refuseFor(m, NoSuchPower, "the clause lets nobody stay its window for %q", s.Ground)
	case !slices.Contains(power.By, t.by):
		return t.refuseFor(m, NotEntitled, "%s may not stay the window of %s", t.by, m.ID)
	case s.Reason == "":
		return refuse(ReasonRequired, "say why the window is stayed")
	case m.Status != Open && m.Status != Negotiating && m.Status != Stood || m.Question != nil:
		return t.refuseFor(m, NotRunning, "matter %s is %s", m.ID, m.Status)
	case t.stoodOn(m, s.Ground):
		return t.refuseFor(m, AlreadyStayed, "the window of %s stands still for %s", m.ID, s.Ground)
	}
	f := &Tolled{Matter: m.ID, Ground: s.Ground, Reason: s.Reason}
	if !power.AtMost.IsZero() {
		f.Until = t.at + exactly(power.AtMost)
	}
	t.toll(m, f, t.at)
	return nil
}

// lift ends a stay; only who stayed may.
func (t *turn) lift(l Lift) error {
	m := t.Matter(l.Matter)
	if m == nil {
		return refuse(UnknownMatter, "no matter %s", l.Matter)
	}
	i := slices.IndexFunc(m.More().Tolls, func(x Toll) bool { return x.Ground == l.Ground && l.Ground != agreement.GroundInformation })
	switch {
	case i < 0 || m.Status != Stood:
		return t.refuseFor(m, NotStayed, "the window of %s does not stand still for %q", m.ID, l.Ground)
	case m.More().Tolls[i].By != t.by:
		return t.refuseFor(m, NotEntitled, "%s stayed the window of %s; only it may lift that", m.More().Tolls[i].By, m.ID)
	}
	t.emit(&Untolled{Matter: m.ID, Ground: l.Ground})
	t.runAgain(m.ID, "lifted")
	return nil
}

// stayOver ends the stays of a matter whose time is over.
func (t *turn) stayOver(id MatterID) {
	for _, x := range t.Matter(id).More().Tolls {
		if x.Until.IsSet() && x.Until <= t.at {
			t.emit(&Untolled{Matter: id, Ground: x.Ground})
		}
	}
	t.runAgain(id, "lifted")
}

// extend lengthens a window: the grantor alone, or both to the same instant.
func (t *turn) extend(x Extend) error {
	m := t.Matter(x.Matter)
	if m == nil {
		return refuse(UnknownMatter, "no matter %s", x.Matter)
	}
	power := m.clause.Process.Extension
	by := m.AnswerBy
	if m.Status == Negotiating {
		by = m.More().NegotiateBy
	}
	switch {
	case t.by != m.Holder && t.by != t.grantor():
		return refuse(NotTheHolder, "the window of %s is extended by %s and %s", m.ID, t.grantor(), m.Holder)
	case power == "":
		return t.refuseFor(m, NoSuchPower, "the clause lets nobody extend its window")
	case power == agreement.ByGrantor && t.by != t.grantor():
		return t.refuseFor(m, NotEntitled, "only %s may extend the window of %s", t.grantor(), m.ID)
	case m.Status != Open && m.Status != Negotiating || m.Question != nil:
		return t.refuseFor(m, NotRunning, "matter %s is %s", m.ID, m.Status)
	case x.Until <= by:
		return t.refuseFor(m, ValueInvalid, "%s is not after %s, when the window closes", x.Until, by)
	case m.Offer != "" && t.Tender(m.Offer).Offer.ValidUntil <= x.Until:
		return t.refuseFor(m, ValueInvalid, "what was noticed does not stand that long") // until when is the rival's, and sealed
	}
	if power == agreement.ByAgreement && (m.More().ExtendTo != x.Until || m.More().ExtendBy == t.by) {
		t.emit(&ExtensionProposed{Matter: m.ID, Until: x.Until})
		return nil
	}
	t.emit(&Opened{Matter: m.ID, AnswerBy: x.Until, Why: "extended"})
	return nil
}
