package right

import (
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/offer"
)

// openMatter begins one run of a right over a lot and gives notice, on the given terms where there are any. What comes of it
// takes the place of an earlier release of the same right, whose cap or counterparty was left: that one serves no more.
func (t *turn) openMatter(f *MatterOpened, terms *offer.Terms) {
	t.beginMatter(f)
	t.firstNotice(f.Matter, terms)
}

// beginMatter opens a matter without its notice.
func (t *turn) beginMatter(f *MatterOpened) {
	for i := range t.Lot(f.Lot).Releases {
		if r := &t.Lot(f.Lot).Releases[i]; sameClause(r.Clause, f.Clause) && r.Holder == f.Holder && !r.Over {
			t.emit(&ReleaseEnded{Lot: f.Lot, Matter: r.Matter, Why: f.Again})
		}
	}
	f.Matter = MatterID(len(t.Matters) + 1)
	f.Beside = stageOf(t.clause(f.Clause)) == alongside
	t.emit(f)
}

// firstNotice gives the notice of a new matter, or lets it wait where the clause limits how often one may be given.
func (t *turn) firstNotice(id MatterID, terms *offer.Terms) {
	if t.belowDetermined(t.Matter(id)) {
		return
	}
	if until := t.tooSoon(t.Matter(id)); until > t.at {
		t.emit(&NoticeHeld{Matter: id, Until: until, Terms: terms})
		return
	}
	t.giveNotice(id, terms, "")
}

// tooSoon returns the instant before which a further notice to the holder would be one too many; unset for none.
func (t *turn) tooSoon(m *Matter) calendar.Instant {
	limit := m.clause.Process.RateLimit
	if limit == nil {
		return 0
	}
	var given []calendar.Instant
	for i := range t.Matters {
		if o := &t.Matters[i]; counts(limit, o.clause.Ref, m.clause.Ref) && o.For() == m.For() {
			given = append(given, o.SentAt)
		}
	}
	for _, r := range t.Related {
		for _, g := range r.Notices {
			if counts(limit, g.Clause, m.clause.Ref) && g.Holder == m.For() {
				given = append(given, g.At)
			}
		}
	}
	if len(given) < limit.Notices {
		return 0
	}
	slices.Sort(given)
	return given[len(given)-limit.Notices] + exactly(limit.Per)
}

// counts reports whether a notice under one clause counts towards the limit of another.
func counts(limit *agreement.RateLimit, given, c agreement.Ref) bool {
	return sameClause(given, c) || given.Agreement == c.Agreement && slices.Contains(limit.With, given.Clause)
}

// exactly is a length of time of which each day has 24 hours.
func exactly(l calendar.Length) calendar.Instant {
	hours := map[calendar.Unit]int64{calendar.Hours: 1, calendar.Days: 24, calendar.Weeks: 168}[l.Unit]
	return calendar.Instant(int64(l.N) * hours * calendar.Hour)
}

// beforeNotice lists what must be known before a notice is given: the parameter, why it is needed, and whether it is open.
func (t *turn) beforeNotice(m *Matter) (param, why string) {
	c, p := m.clause, &m.clause.Process
	h, _ := c.Holding(m.For())
	_, packed := t.packageRule(m)
	switch {
	case c.Threshold.Open:
		return "threshold", "below what size a need does not engage the clause"
	case h.Open && !p.Share.Given:
		return "share", "what the share of " + string(m.Holder) + " is"
	case !p.Content.Given:
		return "notice", "what a notice must contain"
	case !p.Delivery.Given:
		return "notice", "what starts the window"
	case c.Kind == agreement.FirstOffer && !p.Form.Given:
		return "form", "on whose terms the first offer is made"
	case packed && !p.Package.Given:
		return "package", "what becomes of the package that the chosen offer is part of"
	}
	return "", ""
}

// belowDetermined ends a matter whose need turns out to be below a threshold that the text left open.
func (t *turn) belowDetermined(m *Matter) bool {
	if !m.determined("threshold") {
		return false
	}
	why, above := t.overThreshold(t.Lot(m.Lot).Line, m.clause, t.Related)
	if !above {
		t.end(m.ID, Terminated, why)
	}
	return !above
}

// late records that a notice is given after the time by which its clause wants it.
func (t *turn) late(m *Matter) {
	p := &m.clause.Process
	var due calendar.Instant // unset where the calendar does not reach
	if !p.NoticeLead.Length.IsZero() {
		due, _ = p.NoticeLead.Before(t.line(t.Lot(m.Lot)).Period.From, t.calendarOf(m.clause, t.at))
	}
	if !p.NoticeWithin.Length.IsZero() { // counted from the offer, which the kinds that may say so have
		received := t.Tender(m.Offer).At
		by, _ := p.NoticeWithin.Deadline(received, t.calendarOf(m.clause, received))
		due = due.Earlier(by)
	}
	if due.IsSet() && due < t.at {
		t.emit(&NoticeLate{Matter: m.ID, Due: due})
	}
}

// giveNotice sends the notice of a matter, or says what it still needs.
func (t *turn) giveNotice(id MatterID, terms *offer.Terms, channel agreement.Channel) {
	m := t.Matter(id)
	p := &m.clause.Process
	if m.Quantity < 1 {
		t.end(id, Terminated, "its share comes to none")
		return
	}
	if param, why := t.beforeNotice(m); param != "" {
		t.emit(&DeterminationRequired{Matter: id, Grantor: t.grantor(), Param: param, Why: why, Resume: AtNotice, Terms: terms})
		return
	}
	if terms == nil {
		var stop bool
		if terms, stop = t.noticedTerms(m); stop {
			return
		}
	} else if own := *terms; t.supplies(m, &own, m.Quantity) == nil {
		terms = &own // to each for its own quantity
	}
	if channel == "" {
		channel = p.Delivery.Value.Channel
	}
	n := &Noticed{Matter: id, Holder: m.Holder, Channel: channel, Quantity: m.Quantity, Terms: terms,
		Missing: t.missing(m.clause, t.line(t.Lot(m.Lot)), terms)}
	if m.Offer != "" && (slices.Contains(p.Content.Value, agreement.ItemCounterparty) || slices.Contains(p.Reveals, agreement.RevealCounterparty)) {
		n.Counterparty = t.Tender(m.Offer).Offer.Provider
	}
	if a := m.More().Award; a != 0 && slices.Contains(p.Content.Value, agreement.ItemCounterparty) {
		n.Counterparty = t.AwardOf(a).Provider
	}
	if len(n.Missing) == 0 && deems(p.Delivery.Value.Clock) {
		n.DeemedAt = t.deemedAt(m.clause, channel)
	}
	if len(n.Missing) == 0 {
		t.late(m)
	}
	t.emit(n)
	if len(n.Missing) == 0 && p.Delivery.Value.Clock == agreement.OnSent {
		t.received(id, "sent")
	}
}

// deems reports whether a clock can start by deemed receipt.
func deems(c agreement.ClockStart) bool { return c == agreement.OnDeemed || c == agreement.OnComplete }

// noticedTerms are the terms that an answer is held against: the rival's, for the quantity of the lot, where the right
// matches an offer; those of the award that may be taken over; none where the need alone is noticed. It reports whether the
// notice must stop.
func (t *turn) noticedTerms(m *Matter) (*offer.Terms, bool) {
	switch {
	case m.More().Award != 0:
		return t.takeoverTerms(m)
	case m.clause.Kind == agreement.NoLessFavourable && !m.clause.Process.RateCard.Given:
		t.ask(m.ID, "rate_card", "what "+string(m.For())+" has today, against which the rival's terms are held", AtNotice)
		return nil, true
	case m.Offer == "" || m.clause.Kind == agreement.LastLook:
		return nil, false
	}
	terms := t.picked(t.Lot(m.Lot))
	if m.clause.Kind == agreement.NoLessFavourable && !t.betters(m.clause, &terms) {
		t.end(m.ID, Terminated, "the chosen offer is no better than what the holder has")
		return nil, true
	}
	return &terms, false
}

// missing lists what the clause wants in a notice and neither the need nor the terms say.
func (t *turn) missing(c *agreement.Clause, line *capacity.Line, terms *offer.Terms) []agreement.Item {
	var out []agreement.Item
	for _, item := range c.Process.Content.Value {
		has := true
		switch item {
		case agreement.ItemPrice:
			has = terms != nil && len(terms.Price) > 0
		case agreement.ItemRegion:
			has = len(line.Regions) > 0 || len(line.Residency) > 0 || terms != nil && (terms.Region != "" || terms.Country != "")
		case agreement.ItemServiceLevel:
			has = t.Need.ServiceLevel > 0 || terms != nil && terms.ServiceLevel > 0
		case agreement.ItemInterconnect:
			has = t.Need.Interconnect != "" || terms != nil && terms.Interconnect != ""
		case agreement.ItemCounterparty:
			has = stageOf(c) == atChoice || stageOf(c) == onLoss || stageOf(c) == onEvent // the award that may be taken over names it
		}
		if !has {
			out = append(out, item)
		}
	}
	own := c.Kind == agreement.FirstOffer && c.Process.Form.Value == agreement.GrantorsTerms
	if own && terms == nil && !slices.Contains(out, agreement.ItemPrice) {
		out = append(out, agreement.ItemPrice) // the grantor's terms are what it offers, whatever the clause lists
	}
	return out
}

// deemedAt is when a notice sent now by a channel counts as received; unset where the clause does not deem.
func (t *turn) deemedAt(c *agreement.Clause, channel agreement.Channel) calendar.Instant {
	for _, d := range c.Process.Delivery.Value.Deemed {
		if d.Channel != channel {
			continue
		}
		at, _ := d.After.Deadline(t.at, t.calendarOf(c, t.at))
		return at // unset where the calendar does not reach: only a recorded receipt counts
	}
	return 0
}

// calendarOf is the calendar that counts the business days of a clause from an instant on.
func (t *turn) calendarOf(c *agreement.Clause, start calendar.Instant) calendar.Calendar {
	if c.Process.Calendar == "" {
		return calendar.Calendar{}
	}
	_, a, ok := t.law.Book.Clause(c.Ref)
	if !ok {
		return calendar.Calendar{}
	}
	cal, _ := a.CalendarAt(c.Process.Calendar, start)
	return cal
}

// notice is the grantor's command: its own terms for a first offer, or what a deficient notice lacked.
func (t *turn) notice(n Notice) error {
	m := t.Matter(n.Matter)
	switch {
	case m == nil:
		return refuse(UnknownMatter, "no matter %s", n.Matter)
	case m.held():
		return refuse(NoticeGiven, "the notice of %s waits until %s: the clause limits how often one may be given", n.Matter, m.More().HeldUntil)
	case m.Status != Deficient || m.Question != nil:
		return refuse(NoticeGiven, "matter %s is %s", n.Matter, m.Status)
	case n.Terms != nil && (m.Offer != "" || m.More().Award != 0):
		return refuse(NoticeGiven, "the terms of matter %s are not the grantor's to state", n.Matter)
	}
	if missing := t.missing(m.clause, t.line(t.Lot(m.Lot)), n.Terms); len(missing) > 0 {
		return refuse(NoticeIncomplete, "the notice of %s still lacks %v", n.Matter, missing)
	}
	told := []MatterID{m.ID}
	if m.More().Group != 0 {
		told = t.besides(m) // holders that share a lot are told the same
	}
	for _, id := range told {
		if n.Terms == nil {
			break
		}
		own, o := *n.Terms, t.Matter(id)
		if err := t.supplies(o, &own, o.Quantity); err != nil {
			return err
		}
	}
	for _, id := range told {
		t.giveNotice(id, n.Terms, n.Channel)
	}
	return nil
}

// besides lists the matters of a group whose notices lack what one notice gives.
func (t *turn) besides(m *Matter) []MatterID {
	var out []MatterID
	for _, id := range t.groupOf(m.More().Group) {
		if o := t.Matter(id); o.Status == Deficient && o.Question == nil && !o.held() {
			out = append(out, id)
		}
	}
	return out
}

// receipt is a recorded receipt.
func (t *turn) receipt(r Receipt) error {
	m := t.Matter(r.Matter)
	switch {
	case m == nil:
		return refuse(UnknownMatter, "no matter %s", r.Matter)
	case t.by != m.Holder && t.by != t.grantor():
		return refuse(NotTheHolder, "receipt is recorded by %s or %s", m.Holder, t.grantor())
	case m.ReceivedAt.IsSet():
		return refuse(ReceiptInvalid, "the notice of %s was received at %s", r.Matter, m.ReceivedAt)
	case t.by == t.grantor() && r.At.IsSet() && r.At != t.now:
		return refuse(ReceiptInvalid, "only %s can say that it received the notice earlier", m.Holder)
	case m.Status != Sent:
		return refuse(ReceiptInvalid, "matter %s is %s", r.Matter, m.Status)
	case r.At.IsSet() && (r.At < m.SentAt || r.At > t.now):
		return refuse(ReceiptInvalid, "received at %s is not between %s and now", r.At, m.SentAt)
	case m.clause.Process.Delivery.Value.Clock == agreement.OnSent:
		return refuse(ReceiptInvalid, "the window of %s runs from sending", r.Matter)
	}
	since := calendar.Instant(0)
	switch {
	case r.At.IsSet() && r.At >= t.Last:
		t.at = r.At
	case r.At.IsSet():
		since = r.At // the record has gone on since, but the clock counts from then
	}
	t.receivedSince(r.Matter, "recorded", since)
	return nil
}

// received starts the clock of a complete notice; where the clause waits for requested information too, that may come later.
func (t *turn) received(id MatterID, how string) { t.receivedSince(id, how, 0) }

func (t *turn) receivedSince(id MatterID, how string, since calendar.Instant) {
	t.emit(&Received{Matter: id, How: how, Since: since})
	m := t.Matter(id)
	if m.clause.Process.Delivery.Value.Clock == agreement.OnComplete && m.More().Outstanding {
		return
	}
	t.open(id)
}

// open computes the deadline once and for all.
func (t *turn) open(id MatterID) {
	m := t.Matter(id)
	p := &m.clause.Process
	if m.clause.Kind == agreement.FirstNegotiation && p.FromNotice && !p.Window.Given {
		t.negotiate(id)
		return
	}
	start := m.ReceivedAt
	if m.More().Supplied && p.Delivery.Value.Clock == agreement.OnComplete {
		start = t.at // the last of several
	}
	if m.determined("window") {
		start = t.at // nobody can miss a deadline that was not known
	}
	if !p.Window.Given {
		t.askToOpen(m, "how long "+string(m.Holder)+" may answer")
		return
	}
	by, named, err := t.closes(m.clause, m.Lot, m.More().Late, windowOf(m.clause, m.Again), start)
	if err != nil {
		t.askToOpen(m, fmt.Sprintf("when the window closes: %v", err))
		return
	}
	t.emit(&Opened{Matter: id, AnswerBy: by, Calendar: named})
}

// askToOpen asks about the window of a matter, unless another question waits there: then it is asked after that one.
func (t *turn) askToOpen(m *Matter, why string) {
	if m.Question == nil {
		t.ask(m.ID, "window", why, AtOpening)
	}
}

// windowOf is the window of a matter under a clause: another one where the holder had its run before, if the clause has one.
func windowOf(c *agreement.Clause, again agreement.Reopen) calendar.Rule {
	if p := &c.Process; again != "" && p.ReopenWindow.Given {
		return p.ReopenWindow.Value
	}
	return c.Process.Window.Value
}

// closes returns when a window under a clause that starts at an instant ends, and the calendar that counted, if one did. Nothing cuts
// the window of a notice that was late.
func (t *turn) closes(c *agreement.Clause, lot LotID, late bool, r calendar.Rule, start calendar.Instant) (by calendar.Instant, named string, err error) {
	cal := t.calendarOf(c, start)
	by, err = t.reach(c, lot, r, start)
	if err != nil {
		return 0, "", err
	}
	for _, early := range c.Process.Truncate {
		end := t.line(t.Lot(lot)).Period.From
		if early == agreement.TruncateClauseEnd {
			current, _, _ := t.law.Book.Clause(c.Ref)
			end = current.Effective.Until
		}
		if end.IsSet() && !late {
			by = min(by, end)
		}
	}
	if by <= start {
		return 0, "", fmt.Errorf("it would close at %s, before it opens", by)
	}
	return by, calendarName(cal, r), nil
}

// calendarName names the calendar where the days of a rule are counted by it.
func calendarName(cal calendar.Calendar, r calendar.Rule) string {
	if cal.Name == "" || r.Length.Unit != calendar.BusinessDays && (r.Roll == "" || r.Roll == calendar.RollNone) {
		return ""
	}
	return cal.Name + " " + cal.Version
}

// reach is when a length of time under a clause ends: counted from an instant, or back from the start of the line.
func (t *turn) reach(c *agreement.Clause, lot LotID, r calendar.Rule, start calendar.Instant) (calendar.Instant, error) {
	if cal := t.calendarOf(c, start); !r.BeforeStart {
		return r.Deadline(start, cal)
	} else {
		return r.Before(t.line(t.Lot(lot)).Period.From, cal)
	}
}

// ask stops a matter at a parameter that the agreement leaves open.
func (t *turn) ask(id MatterID, param, why string, where Resume) {
	t.emit(&DeterminationRequired{Matter: id, Grantor: t.grantor(), Param: param, Why: why, Resume: where})
}
