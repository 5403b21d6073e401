package naive

import (
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/right"
)

// Do lets time pass and then does what is asked; the code says why it does not, and is empty where it does.
func (w *World) Do(c right.Command, now calendar.Instant) right.Code {
	if now < w.last || now < w.reached {
		return right.TimeBeforeRecord
	}
	if w.need != nil && w.settle(now) {
		w.reached = now
	}
	code := w.ask(c, now)
	if _, settle := c.Ask.(right.Settle); code == "" && !settle && !w.nothing {
		w.last, w.reached = now, now
		if w.stamp.IsSet() && w.stamp >= w.before {
			w.last = w.stamp // it is in the record as of then
		}
	}
	return code
}

func (w *World) ask(c right.Command, now calendar.Instant) right.Code {
	if a, ok := c.Ask.(right.Submit); ok {
		return w.submit(c, a, now)
	}
	if w.need == nil {
		return right.NeedUnknown
	}
	if _, ok := c.Ask.(right.Settle); ok {
		return ""
	}
	before := w.last
	w.before = before
	w.nothing, w.stamp = false, 0
	w.last = now // what follows looks at the law of now
	code := w.askOfNeed(c, now)
	if code != "" || w.nothing {
		w.last = before
	}
	return code
}

func (w *World) askOfNeed(c right.Command, now calendar.Instant) right.Code {
	switch a := c.Ask.(type) {
	case right.Withdraw:
		return w.withdraw(c, a)
	case right.Notice:
		return w.giveNotice(c, a, now)
	case right.Receipt:
		return w.receipt(c, a, now)
	case right.Answer:
		return w.answer(c, a, now)
	case right.Respond:
		return w.respond(c, a, now)
	case right.Determine:
		return w.determine(c, a, now)
	case right.SubmitOffer:
		return w.submitOffer(c, a, now)
	case right.WithdrawOffer:
		return w.withdrawOffer(c, a)
	case right.RequestOffers:
		return w.requestOffers(c, a, now)
	case right.Reoffer:
		return w.reoffer(c, a, now)
	case right.Choose:
		return w.choose(c, a, now)
	case right.Sign:
		return w.sign(c, a, now)
	case right.Propose:
		return w.propose(c, a)
	case right.RequestInformation:
		return w.requestInformation(c, a, now)
	case right.SupplyInformation:
		return w.supply(c, a, now)
	case right.Stay:
		return w.stay(c, a, now)
	case right.Lift:
		return w.lift(c, a, now)
	case right.Extend:
		return w.extend(c, a)
	case right.Assign:
		return w.assign(c, a)
	case right.Consent:
		return w.consent(c, a, now)
	case right.FallThrough:
		return w.fallThrough(c, a, now)
	case right.Change:
		return w.change(c, a, now)
	case right.NonPerform:
		return w.nonPerform(c, a, now)
	case right.Cure:
		return w.cure(c, a)
	}
	panic("naive: a command that it does not know")
}

// withdraw closes what is not awarded.
func (w *World) withdraw(c right.Command, a right.Withdraw) right.Code {
	switch {
	case c.By != w.need.Buyer:
		return right.NotTheBuyer
	case w.withdrawn:
		return right.NeedClosed
	case a.Reason == "":
		return right.ReasonRequired
	}
	for _, m := range w.matters {
		if isCall(m.clause.Kind) {
			continue // it is over what is awarded
		}
		if m.status == right.Conditional || m.status == right.Bidden || m.status.Pending() && m.status != right.Deficient && m.terms != nil && m.status != right.StandNamed && m.status != right.Negotiating {
			return right.Irrevocable
		}
	}
	w.withdrawn = true
	for _, m := range w.matters {
		if isCall(m.clause.Kind) {
			continue
		}
		if m.status.Pending() {
			m.status = right.Terminated
		}
		if m.asks != nil && w.lot(m.lot).status != right.Won {
			m.asks, m.doubts = nil, nil
		}
	}
	for _, l := range w.lots {
		if l.status != right.Won {
			if l.pick != nil {
				w.tender(l.pick.offer).used -= l.pick.accelerators
				l.pick = nil
			}
			l.status, l.round = right.Closed, false
		}
	}
	return ""
}

// giveNotice completes a notice.
func (w *World) giveNotice(c right.Command, a right.Notice, now calendar.Instant) right.Code {
	m := w.matter(a.Matter)
	switch {
	case c.By != w.need.Buyer:
		return right.NotTheBuyer
	case m == nil:
		return right.UnknownMatter
	case m.status != right.Deficient || m.asks != nil || m.heldUntil.IsSet() || a.Terms != nil && (isAfter(m.clause.Kind) || takesOver(m.clause)):
		return right.NoticeGiven
	}
	try := *m
	if a.Terms != nil {
		try.terms = a.Terms
	}
	switch {
	case len(w.missing(&try)) > 0:
		return right.NoticeIncomplete
	}
	all := w.members(m.group)
	if m.group == 0 {
		all = []*matter{m}
	}
	for _, o := range all {
		if a.Terms != nil && o.status == right.Deficient && o.asks == nil && !o.heldUntil.IsSet() && !w.enough(o, a.Terms, o.quantity) {
			return right.QuantityInvalid
		}
	}
	for _, o := range all { // what is stated to one of those that share is stated to all that lack it
		if o.status == right.Deficient && o.asks == nil && !o.heldUntil.IsSet() {
			if a.Terms != nil {
				t := *copied(*a.Terms)
				if n, ok := w.accelerators(w.lot(o.lot).line, o.quantity, t.Accelerator); ok {
					t = t.Part(n)
				}
				o.terms = &t
			}
			if a.Channel != "" {
				o.channel = a.Channel
			}
			w.notice(o, now)
		}
	}
	return ""
}

// receipt records that a notice was received.
func (w *World) receipt(c right.Command, a right.Receipt, now calendar.Instant) right.Code {
	m := w.matter(a.Matter)
	switch {
	case m == nil:
		return right.UnknownMatter
	case c.By != m.holder && c.By != w.need.Buyer:
		return right.NotTheHolder
	case m.status != right.Sent || m.receivedAt.IsSet() || c.By != m.holder && a.At < now || a.At < m.sentAt || a.At > now:
		return right.ReceiptInvalid
	}
	w.received(m, a.At, a.At)
	w.stamp = a.At
	return ""
}

// determine takes a person's word on an open parameter, and the matter goes on from where it stopped.
func (w *World) determine(c right.Command, a right.Determine, now calendar.Instant) right.Code {
	m := w.matter(a.Matter)
	switch {
	case c.By != w.need.Buyer:
		return right.NotTheBuyer
	case m == nil:
		return right.UnknownMatter
	case c.Person == "":
		return right.PersonRequired
	case a.Reason == "":
		return right.ReasonRequired
	case m.asks == nil || m.asks.param != a.Param:
		return right.NothingToDecide
	}
	with, err := m.clause.With(a.Param, a.Value)
	if err != nil || stillOpen(with, a.Param) {
		return right.ValueInvalid
	}
	q := m.asks
	m.clause, m.asks = with, nil
	m.thresholdAsked = m.thresholdAsked || a.Param == "threshold"
	switch q.resume {
	case right.AtNotice:
		w.notice(m, now)
	case right.AtOpening:
		w.opens(m, now)
	case right.AtSilence:
		w.silence(m, now)
	case right.AtAnswer:
		w.resumeAnswer(m, q, now)
	case right.AtRelease:
		if a.Param == "tail" {
			w.release(m, now)
		} else {
			w.ended(m, now)
		}
	case right.AtResponse:
		if a.Param == "response" {
			w.respondBy(m, now)
		} else {
			w.noResponse(m, now)
		}
	case right.AtReopen:
		w.resumeReopen(m, q, now)
	case right.AtChange:
		if w.mayChange(m, *q.change, now) == "" {
			w.changed(m, *q.change, now)
		}
		if m.status == right.Sent && m.receivedAt.IsSet() {
			w.opens(m, now)
		}
	case right.AtAllocation:
		w.groupMoves(m.group, now)
	case right.AtNegotiation:
		w.negotiation(m, now)
	case right.AtLook:
		w.lastLook(m, now)
	case right.AtInformation:
		w.informs(m, q.at)
		if m.status == right.Sent && m.receivedAt.IsSet() {
			w.opens(m, now)
		}
	case right.AtSunset:
		w.resumeSunset(m, now)
	}
	return ""
}

// stillOpen says whether a value leaves open what was asked for.
func stillOpen(c *agreement.Clause, param string) bool {
	p := &c.Process
	given := map[string]bool{"form": p.Form.Given, "notice": p.Content.Given && p.Delivery.Given, "window": p.Window.Given, "silence": p.Silence.Given,
		"partial": p.Partial.Given, "match": p.Match.Given, "counter": p.Counter.Given, "release_on": p.ReleaseOn.Given, "tail": p.Tail.Given,
		"reopen": p.Reopen.Given, "response": p.Response.Given, "response_silence": p.ResponseSilence.Given, "survival": c.Survival.Given,
		"rate_card": p.RateCard.Given, "negotiation": p.Negotiation.Given, "metric": p.Metric.Given, "margin": p.Margin.Given, "information": p.Information.Given,
		"allocation": p.Allocation.Given, "oversubscription": p.Oversubscription.Given,
		"threshold": !c.Threshold.Open, "material_change": p.MaterialChange.Given, "price": p.Price.Given, "appraised": p.Appraised.Given}[param]
	return !given
}

// resumeAnswer holds an answer that waited against what was determined; where it does not stand, the window goes on.
func (w *World) resumeAnswer(m *matter, q *question, now calendar.Instant) {
	if q.answer == nil {
		w.counter(m, q.at, now)
		return
	}
	if code, _ := w.judge(m, *q.answer); code != "" {
		w.goesOn(m, q.at, now)
		return
	}
	w.take(m, *q.answer, q.at, now)
}

// resumeReopen ends the release that was asked about, if it has not ended meanwhile, and lets a right before the market run again.
func (w *World) resumeReopen(m *matter, q *question, now calendar.Instant) {
	asked := append([]*question{q}, m.doubts...)
	m.doubts = nil
	for _, l := range slices.Clone(w.lots) {
		for i := range l.releases {
			r := &l.releases[i]
			if r.matter != m.id || w.latest(l, r) != r {
				continue
			}
			why := agreement.Reopen("")
			if r.over && contains(m.clause.Process.Reopen.Value, r.why) {
				why = r.why
			}
			for _, a := range asked {
				if a.lot == l.id && contains(m.clause.Process.Reopen.Value, a.why) {
					why = a.why
				}
			}
			if why == "" {
				continue
			}
			if !r.over {
				r.over, r.why = true, why
			}
			if l.status == right.InMarket {
				w.askBefore(l, now)
			}
			break
		}
	}
}

func (w *World) resumeSunset(m *matter, now calendar.Instant) {
	if m.clause.Survival.Value == agreement.Terminate {
		w.terminate(m, now)
		return
	}
	if m.status == right.Sent && m.receivedAt.IsSet() {
		w.opens(m, now)
	}
	if m.status == right.Bidden {
		w.groupMoves(m.group, now)
	}
}
