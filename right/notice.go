package right

import (
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/offer"
)

// openMatter begins one run of a clause over a lot and gives notice. What comes of it takes the place of an earlier
// release by the same clause, whose cap or counterparty was left: that one serves no more.
func (t *turn) openMatter(lot LotID, c *agreement.Clause, again agreement.Reopen, chosen offer.ID) MatterID {
	for i := range t.Lot(lot).Releases {
		if r := &t.Lot(lot).Releases[i]; sameClause(r.Clause, c.Ref) && !r.Over {
			t.emit(&ReleaseEnded{Lot: lot, Matter: r.Matter, Why: again})
		}
	}
	id := MatterID(len(t.Matters) + 1)
	t.emit(&MatterOpened{Matter: id, Lot: lot, Clause: c.Ref, Holder: c.Holder, Again: again, Offer: chosen})
	t.giveNotice(id, nil, "")
	return id
}

// giveNotice sends the notice of a matter, or says what it still needs.
func (t *turn) giveNotice(id MatterID, terms *offer.Terms, channel agreement.Channel) {
	m := t.Matter(id)
	p := &m.clause.Process
	if !p.Content.Given {
		t.ask(id, "notice", "what a notice must contain", AtNotice)
		return
	}
	if !p.Delivery.Given {
		t.ask(id, "notice", "what starts the window", AtNotice)
		return
	}
	if m.clause.Kind == agreement.FirstOffer && !p.Form.Given {
		t.ask(id, "form", "on whose terms the first offer is made", AtNotice)
		return
	}
	if terms == nil {
		terms = t.noticedTerms(m)
	}
	if channel == "" {
		channel = p.Delivery.Value.Channel
	}
	n := &Noticed{Matter: id, Holder: m.Holder, Channel: channel, Quantity: m.Quantity, Terms: terms,
		Missing: t.missing(m.clause, t.line(t.Lot(m.Lot)), terms)}
	if m.Offer != "" && slices.Contains(p.Content.Value, agreement.ItemCounterparty) {
		n.Counterparty = t.Tender(m.Offer).Offer.Provider
	}
	if len(n.Missing) == 0 && p.Delivery.Value.Clock == agreement.OnDeemed {
		n.DeemedAt = t.deemedAt(m.clause, channel)
	}
	t.emit(n)
	if len(n.Missing) == 0 && p.Delivery.Value.Clock == agreement.OnSent {
		t.received(id, "sent")
	}
}

// noticedTerms are the rival's terms, for the quantity of the lot, where the right matches an offer.
func (t *turn) noticedTerms(m *Matter) *offer.Terms {
	if m.Offer == "" {
		return nil
	}
	terms := t.Tender(m.Offer).Offer.Terms
	terms.Quantity = t.Lot(m.Lot).Pick.Accelerators
	terms.Least = 0
	return &terms
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
			has = stages[c.Kind] == atChoice
		}
		if !has {
			out = append(out, item)
		}
	}
	return out
}

// deemedAt is when a notice sent now by a channel counts as received; unset where the clause does not deem.
func (t *turn) deemedAt(c *agreement.Clause, channel agreement.Channel) calendar.Instant {
	for _, d := range c.Process.Delivery.Value.Deemed {
		if d.Channel != channel {
			continue
		}
		at, err := d.After.Deadline(t.at, t.calendarOf(c))
		if err != nil {
			return 0 // the calendar does not reach: only a recorded receipt counts
		}
		return at
	}
	return 0
}

func (t *turn) calendarOf(c *agreement.Clause) calendar.Calendar {
	_, a, ok := t.law.Book.Clause(c.Ref)
	if !ok {
		return calendar.Calendar{}
	}
	cal, _ := a.Calendar(c.Process.Calendar)
	return cal
}

// notice is the grantor's command: its own terms for a first offer, or what a deficient notice lacked.
func (t *turn) notice(n Notice) error {
	m := t.Matter(n.Matter)
	switch {
	case m == nil:
		return refuse(UnknownMatter, "no matter %s", n.Matter)
	case m.Status != Deficient || m.Question != nil:
		return refuse(NoticeGiven, "matter %s is %s", n.Matter, m.Status)
	case n.Terms != nil && m.Offer != "":
		return refuse(NoticeGiven, "the terms of matter %s are those of offer %s", n.Matter, m.Offer)
	}
	if missing := t.missing(m.clause, t.line(t.Lot(m.Lot)), n.Terms); len(missing) > 0 {
		return refuse(NoticeIncomplete, "the notice of %s still lacks %v", n.Matter, missing)
	}
	if n.Terms != nil {
		terms := *n.Terms
		if err := t.supplies(m, &terms, m.Quantity); err != nil {
			return err
		}
		n.Terms = &terms
	}
	t.giveNotice(n.Matter, n.Terms, n.Channel)
	return nil
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
	if r.At.IsSet() && r.At >= t.Last {
		t.at = r.At
	}
	t.received(r.Matter, "recorded")
	return nil
}

// received starts the clock of a complete notice.
func (t *turn) received(id MatterID, how string) {
	t.emit(&Received{Matter: id, How: how})
	t.open(id)
}

// open computes the deadline once and for all.
func (t *turn) open(id MatterID) {
	m := t.Matter(id)
	p := &m.clause.Process
	start := m.ReceivedAt
	for i := range m.Determined {
		if m.Determined[i].Param == "window" {
			start = t.at // nobody can miss a deadline that was not known
		}
	}
	if !p.Window.Given {
		t.ask(id, "window", "how long "+string(m.Holder)+" may answer", AtOpening)
		return
	}
	cal := t.calendarOf(m.clause)
	by, err := p.Window.Value.Deadline(start, cal)
	if err != nil {
		t.ask(id, "window", fmt.Sprintf("when the window closes: %v", err), AtOpening)
		return
	}
	named := ""
	if r := p.Window.Value; p.Calendar != "" && (r.Length.Unit == calendar.BusinessDays || r.Roll != "" && r.Roll != calendar.RollNone) {
		named = cal.Name + " " + cal.Version
	}
	t.emit(&Opened{Matter: id, AnswerBy: by, Calendar: named})
}

// ask stops a matter at a parameter that the agreement leaves open.
func (t *turn) ask(id MatterID, param, why string, where Resume) {
	t.emit(&DeterminationRequired{Matter: id, Grantor: t.grantor(), Param: param, Why: why, Resume: where})
}
