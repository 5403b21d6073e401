package naive

import (
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// move is what happens next.
func (d dice) move(t *table, now calendar.Instant, first bool) move {
	if first {
		by := one[party.ID](d, slices.Repeat([]party.ID{"acme"}, 40)...)
		if d.chance(1) {
			by = "bravo"
		}
		return move{at: now, command: right.Command{By: by, Ask: d.need(t.law, now)}}
	}
	m := move{at: d.when(t.naive, now)}
	if t.naive.need == nil {
		m.command = right.Command{By: "acme", Ask: d.need(t.law, m.at)}
		return m
	}
	if law := d.change(t.law, m.at); law != nil {
		m.law, m.command = law, right.Command{Ask: right.Settle{}}
		return m
	}
	m.command = d.command(t.naive, m.at)
	if d.chance(2) {
		m.command.By = one[party.ID](d, "acme", "north", "south", "east", "nobody")
	}
	if d.chance(1) {
		m.command.Person = ""
	}
	return m
}

// when is some time on: a little, or exactly at the next deadline, or just before it.
func (d dice) when(w *World, now calendar.Instant) calendar.Instant {
	next, ok := w.next()
	switch {
	case w.need != nil && ok && next.at > now && d.chance(25):
		return next.at
	case w.need != nil && ok && next.at > now && d.chance(10):
		return next.at - 1
	case d.chance(15):
		return now
	case d.chance(1):
		return now - 1
	}
	return later(now, d.IntN(20))
}

// change is another law now and then: a certified fact, or an amendment.
func (d dice) change(law *right.Law, now calendar.Instant) *right.Law {
	switch {
	case d.chance(3):
		changed := *law
		fact := agreement.Fact{Agreement: "acme", Trigger: one[agreement.TriggerID](d, "default", "proven", "default", "declared", "declared"), At: now, By: "acme", Challenge: d.chance(40)}
		if fact.Trigger == "proven" || fact.Trigger == "declared" {
			fact.Challenge = false
		}
		changed.Book.Facts = append(slices.Clip(changed.Book.Facts), fact)
		return &changed
	case d.chance(2):
		changed := *law
		changed.Book.Facts = append(slices.Clip(changed.Book.Facts), agreement.Fact{Agreement: "acme", Trigger: "over", At: later(now, d.IntN(3)), By: "acme"})
		return &changed
	case d.chance(2):
		return d.amended(law, now)
	}
	return nil
}

// amended puts a later text in the place of one clause, or ends it; nil where it cannot.
func (d dice) amended(law *right.Law, now calendar.Instant) *right.Law {
	out := *law
	text := *law.Book.Agreements[0]
	text.Clauses = slices.Clone(text.Clauses)
	old := &text.Clauses[d.IntN(len(text.Clauses))]
	effective := later(now, d.IntN(30))
	for _, c := range text.Clauses {
		if c.Ref.Clause == old.Ref.Clause && c.Ref.Version > old.Ref.Version {
			return nil
		}
	}
	if old.Effective.Until.IsSet() && old.Effective.Until <= effective || old.Effective.From >= effective {
		return nil
	}
	until := old.Effective.Until
	old.Effective.Until = effective
	next := *old
	next.Ref.Version++
	next.Effective = calendar.Span{From: effective, Until: until}
	if next.Kind != agreement.Approval && next.Kind != agreement.Exclusive {
		next.Process = d.process(next.Kind)
		if d.chance(20) {
			next.Threshold = agreement.Threshold{Quantity: int64(40 + d.IntN(80))}
		}
	}
	am := agreement.Amendment{ID: fmt.Sprintf("a%d", len(text.Amendments)+1), Effective: effective, Transition: maybe(d, agreement.KeepOld, agreement.EndMatters)}
	if d.chance(75) {
		text.Clauses = append(text.Clauses, next)
		am.Clauses = []agreement.Clause{next}
	} else {
		am.Ends = []agreement.ClauseID{old.Ref.Clause}
	}
	text.Amendments = append(slices.Clone(text.Amendments), am)
	out.Book.Agreements = slices.Clone(out.Book.Agreements)
	out.Book.Agreements[0] = &text
	return &out
}

// command is mostly one that somebody has a reason for now, and sometimes any.
func (d dice) command(w *World, now calendar.Instant) right.Command {
	likely := append(d.ofMatters(w, now), d.ofLots(w, now)...)
	if len(likely) > 0 && !d.chance(6) {
		return one(d, likely...)
	}
	acme := func(a right.Ask) right.Command { return right.Command{By: "acme", Person: "jane", Ask: a} }
	m, l, a := right.MatterID(1+d.IntN(4)), right.LotID(1+d.IntN(4)), right.AwardID(1+d.IntN(4))
	terms := d.terms(int64(1 + d.IntN(80)))
	return one(d, right.Command{Ask: right.Settle{}}, d.offer(w, now), acme(right.Choose{Lot: l}), acme(right.Withdraw{Reason: one(d, "r", "r", "")}), acme(d.need(w.law, now)),
		right.Command{By: "north", Ask: right.Answer{Matter: m, Kind: one(d, right.Exercise, right.Decline, right.Waive, right.Unable, right.Name), Rest: one(d, "", right.Decline, right.Waive)}},
		right.Command{By: "east", Ask: right.WithdrawOffer{Offer: offer.ID(fmt.Sprintf("o%d", 1+d.IntN(6)))}}, acme(right.Respond{Matter: m}), acme(right.Notice{Matter: m, Terms: &terms}),
		right.Command{By: "north", Ask: right.Receipt{Matter: m, At: now}}, acme(right.Determine{Matter: m, Param: "window", Value: "24 hours", Reason: "r"}),
		acme(right.RequestOffers{Lot: l, Window: calendar.Length{N: 12, Unit: one(d, calendar.Hours, calendar.Days)}}), acme(right.Reoffer{Lot: l}),
		acme(right.FallThrough{Award: a, Reason: one(d, "", "r")}), acme(right.Sign{Award: a, Terms: terms}),
		acme(right.Choose{Lot: l, Offers: []offer.ID{offer.ID(fmt.Sprintf("o%d", 1+d.IntN(6)))}, Reason: one(d, "", "r")}))
}

func (d dice) ofMatters(w *World, now calendar.Instant) []right.Command {
	var out []right.Command
	acme := func(a right.Ask) { out = append(out, right.Command{By: "acme", Person: "jane", Ask: a}) }
	for _, m := range w.matters {
		if m.asks != nil {
			acme(right.Determine{Matter: m.id, Param: m.asks.param, Value: d.value(m.asks.param), Reason: one(d, "r", "r", "r", "r", "r", "")})
			acme(right.Determine{Matter: m.id, Param: m.asks.param, Value: d.value(m.asks.param), Reason: "r"})
		}
		if m.status == right.Taken && d.chance(15) {
			out = append(out, right.Command{By: m.holder, Ask: right.Assign{Matter: m.id, To: one[party.ID](d, "south", "east")}})
		}
		if !m.status.Pending() {
			if d.chance(15) {
				out = append(out, right.Command{By: m.holder, Ask: right.Answer{Matter: m.id, Kind: one(d, right.Waive, right.Unable, right.Decline, right.Exercise)}})
			}
			continue
		}
		out = append(out, d.answer(m), d.answer(m), right.Command{By: m.holder, Ask: right.Receipt{Matter: m.id, At: later(now, -d.IntN(3))}})
		out = append(out, d.ofPowers(w, m, now)...)
		if m.status == right.StandNamed || d.chance(5) {
			acme(right.Respond{Matter: m.id, Accept: d.chance(50)})
		}
		if m.status == right.Deficient {
			terms := d.terms(w.need.Lines[0].Quantity)
			n := right.Notice{Matter: m.id, Terms: &terms, Channel: one(d, "", agreement.Email, agreement.Desk, agreement.Courier)}
			if d.chance(15) {
				n.Terms = nil
			}
			acme(n)
			acme(n)
		}
	}
	return out
}

// ofPowers are the commands that use a power of a clause, or try to.
func (d dice) ofPowers(w *World, m *matter, now calendar.Instant) []right.Command {
	var out []right.Command
	by := func(p party.ID, a right.Ask) { out = append(out, right.Command{By: p, Person: "lee", Ask: a}) }
	terms := d.terms(m.quantity)
	if m.status == right.Negotiating || d.chance(3) {
		by(m.holder, right.Propose{Matter: m.id, Terms: terms})
		by("acme", right.Propose{Matter: m.id, Terms: terms})
		by("acme", right.Respond{Matter: m.id, Accept: d.chance(80)})
	}
	if m.clause.Kind == agreement.FirstNegotiation && m.status == right.Open {
		by(m.holder, right.Answer{Matter: m.id, Kind: right.Interest})
		by(m.holder, right.Answer{Matter: m.id, Kind: right.Interest})
	}
	if d.chance(30) {
		by(m.holder, right.RequestInformation{Matter: m.id, What: one(d, "plan", "plan", "plan", "")})
	}
	out = append(out, d.ofChanges(w, m, terms, now)...)
	if m.outstanding || d.chance(3) {
		by("acme", right.SupplyInformation{Matter: m.id})
	}
	if s := m.clause.Process.Stay; s != nil || d.chance(3) {
		p := one[party.ID](d, "north", "south", "state", "state")
		g := one(d, agreement.GroundDispute, agreement.GroundRegulatory)
		by(p, right.Stay{Matter: m.id, Ground: g, Reason: one(d, "r", "r", "")})
		for _, t := range m.tolls {
			by(t.by, right.Lift{Matter: m.id, Ground: t.ground})
		}
		if d.chance(20) {
			by(p, right.Lift{Matter: m.id, Ground: g})
		}
	}
	if m.clause.Process.Extension != "" || d.chance(3) {
		until := later(now, d.IntN(120))
		if m.extendTo.IsSet() && d.chance(60) {
			until = m.extendTo
		}
		by(one(d, "acme", m.holder), right.Extend{Matter: m.id, Until: until})
	}
	if len(m.clause.Process.Assignees) > 0 || m.clause.Process.AnyAssignee || d.chance(2) {
		by(m.holder, right.Assign{Matter: m.id, To: one[party.ID](d, "south", "east")})
	}
	if m.status == right.Conditional || d.chance(2) {
		yes := d.chance(75)
		by("state", right.Consent{Matter: m.id, Given: yes, Reason: one(d, "r", "")})
		by(one[party.ID](d, "bank", "north"), right.Consent{Matter: m.id, Given: yes, Reason: one(d, "r", "")})
	}
	return out
}

// ofChanges are the commands that change what was noticed, or make it possible.
func (d dice) ofChanges(w *World, m *matter, terms offer.Terms, now calendar.Instant) []right.Command {
	var out []right.Command
	by := func(p party.ID, a right.Ask) { out = append(out, right.Command{By: p, Person: "lee", Ask: a}) }
	if m.terms != nil && m.offer == "" && d.chance(50) || d.chance(2) {
		by("acme", right.Change{Matter: m.id, Terms: &terms, Reason: one(d, "r", "r", "r", "r", "")})
	}
	if m.offer != "" {
		for _, t := range w.tenders {
			if t.offer.Provider == w.tender(m.offer).offer.Provider || d.chance(3) {
				by("acme", right.Change{Matter: m.id, Offer: t.offer.ID, Reason: one(d, "r", "r", "r", "r", "")})
			}
		}
		if o := d.offer(w, now); d.chance(40) {
			old := w.tender(m.offer).offer
			ask := o.Ask.(right.SubmitOffer)
			ask.Offer.Provider, ask.Offer.Line = old.Provider, old.Line
			if d.chance(70) {
				rate := ask.Offer.Terms.Price
				ask.Offer.Terms = old.Terms
				ask.Offer.Terms.Price = rate
			}
			by(old.Provider, ask)
		}
	}
	return out
}

func (d dice) ofLots(w *World, now calendar.Instant) []right.Command {
	var out []right.Command
	acme := func(a right.Ask) { out = append(out, right.Command{By: "acme", Person: "jane", Ask: a}) }
	for _, l := range w.lots {
		switch {
		case l.status == right.InMarket && l.round:
			out = append(out, d.offer(w, now), d.offer(w, now))
		case l.status == right.InMarket:
			acme(right.Choose{Lot: l.id})
			acme(right.Choose{Lot: l.id})
			acme(right.RequestOffers{Lot: l.id, Window: calendar.Length{N: 12, Unit: calendar.Hours}})
			if d.chance(50) {
				acme(right.Reoffer{Lot: l.id})
			}
			if len(w.tenders) > 0 {
				named := []offer.ID{one(d, w.tenders...).offer.ID}
				if d.chance(30) {
					named = append(named, one(d, w.tenders...).offer.ID)
				}
				acme(right.Choose{Lot: l.id, Offers: named, Reason: "r"})
			}
		}
	}
	for _, a := range w.awards {
		if !a.ended && (len(w.gates(a, now)) > 0 || d.chance(5)) {
			out = append(out, right.Command{By: one[party.ID](d, "state", "bank"), Ask: right.Consent{Award: a.id, Given: d.chance(80), Reason: one(d, "r", "")}})
		}
		if !a.ended && d.chance(30) {
			acme(right.FallThrough{Award: a.id, Reason: "r"})
			delivered := d.Int64N(a.quantity+1) - int64(d.IntN(2))
			acme(right.NonPerform{Award: a.id, Delivered: delivered, Reason: one(d, "r", "r", "r", "")})
			acme(right.Cure{Award: a.id, Reason: one(d, "r", "")})
			terms := a.terms
			if d.chance(60) {
				terms = d.terms(a.quantity)
			}
			acme(right.Sign{Award: a.id, Terms: terms})
		}
	}
	return out
}

func (d dice) answer(m *matter) right.Command {
	a := right.Answer{Matter: m.id, Kind: one(d, right.Exercise, right.Decline, right.Waive, right.Unable, right.Name)}
	if m.group != 0 && d.chance(50) {
		a.Kind = right.Exercise
	}
	if m.clause.Process.Alternative != "" && d.chance(30) || d.chance(1) {
		return right.Command{By: m.holder, Ask: right.Answer{Matter: m.id, Kind: right.Sell}}
	}
	if d.chance(40) {
		a.Kind = right.Exercise
		if holdersTerms(m.clause) || m.clause.Kind == agreement.LastLook {
			a.Kind = right.Name
		}
	}
	if d.chance(40) {
		a.Quantity = 1 + d.Int64N(max(m.quantity, 1))
		a.Rest = one(d, "", right.Decline, right.Unable)
	}
	if m.group != 0 && d.chance(25) {
		a.Least = 1 + d.Int64N(max(m.quantity, 1))
	}
	if d.chance(2) {
		a.Quantity = one[int64](d, -1, 1000)
	}
	if d.chance(60) {
		terms := d.terms(max(a.Quantity, 1))
		if a.Quantity == 0 {
			terms.Quantity = m.quantity
		}
		if m.terms != nil && d.chance(70) {
			terms = *m.terms
		}
		a.Terms = &terms
	}
	return right.Command{By: m.holder, Ask: a}
}

func (d dice) offer(w *World, now calendar.Instant) right.Command {
	by := one[party.ID](d, "north", "east", "west", "east", "south")
	if d.chance(2) {
		by = one[party.ID](d, "site", "unknown")
	}
	o := offer.Offer{ID: offer.ID(fmt.Sprintf("o%d", len(w.tenders)+1)), Provider: by, Need: "n1", Line: d.IntN(len(w.need.Lines)), Terms: d.terms(int64(8 + d.IntN(90))),
		ValidUntil: later(now, 12+d.IntN(400))}
	if d.chance(5) {
		o.Terms.Least = 1 + d.Int64N(o.Terms.Quantity)
	}
	switch {
	case d.chance(1):
		o.ID = "o1"
	case d.chance(1):
		o.ValidUntil = now
	case d.chance(1):
		o.Terms.Price = nil
	case d.chance(1):
		o.Line = 7
	}
	return right.Command{By: by, Ask: right.SubmitOffer{Offer: o}}
}

// value is a determination that reads, mostly.
func (d dice) value(param string) string {
	values := map[string][]string{
		"notice": {"{content: [quantity], channel: desk, clock: sent}", "{content: [price], channel: email, clock: deemed, deemed: {email: 6 hours}}"}, "form": {"holders_terms", "grantors_terms"},
		"window": {"48 hours", "{length: 2 business_days, zone: UTC, at: end_of_day}"}, "silence": {"lapse", "accept", "decline", "unable"}, "partial": {"allowed", "whole_only"},
		"match": {"{rule: same_or_better}", "{rule: identical}"}, "counter": {"window_continues", "right_spent"}, "release_on": {"[declined, lapsed]", "[unable]", "[]"},
		"tail": {"{length: 50 hours, cap: noticed}", "{length: 5000 hours, cap: none}", "{length: 3 business_days, zone: UTC, at: end_of_day, cap: named}"}, "reopen": {"[fell_through]", "[tail_over]", "[]"},
		"response": {"24 hours"}, "response_silence": {"rejected", "accepted"}, "survival": {"run_off", "terminate"}, "rate_card": {"{H100: 2.20 USD}", "{H100: 2.20 USD, H200: 2.40 USD}"},
		"negotiation": {"72 hours"}, "metric": {"price", "landed_cost"}, "margin": {"0", "3"}, "allocation": {"pro_rata", "by_rank"}, "oversubscription": {"allowed", "none"}, "material_change": {"any", "{tolerances: {price: 5}}"}, "threshold": {"{quantity: 10}", "{quantity: 70}", "{quantity: 200}"}, "price": {"as_awarded", "rate_card", "appraised", "lower"}, "appraised": {"2.15 USD", "2.50 USD"}, "information": {"{effect: none}", "{effect: toll, extension: 24 hours}", "{effect: restart}"},
	}
	of := values[param]
	if d.chance(5) || len(of) == 0 {
		return "nonsense"
	}
	return one(d, of...)
}
