package naive

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// dice makes random agreements and random histories under them.
type dice struct{ *rand.Rand }

func (d dice) chance(percent int) bool { return d.IntN(100) < percent }

func one[T any](d dice, of ...T) T { return of[d.IntN(len(of))] }

// maybe leaves a parameter open now and then.
func maybe[T any](d dice, of ...T) agreement.Param[T] {
	if d.chance(10) {
		return agreement.Param[T]{}
	}
	return agreement.Given(one(d, of...))
}

func hours(n int) calendar.Rule {
	return calendar.Rule{Length: calendar.Length{N: n, Unit: calendar.Hours}}
}

func later(at calendar.Instant, n int) calendar.Instant {
	return at + calendar.Instant(int64(n)*calendar.Hour)
}

var (
	dawn, _  = calendar.Parse("2026-03-02T12:00Z")
	june, _  = calendar.Parse("2026-06-01")
	july, _  = calendar.Parse("2026-07-01")
	sept, _  = calendar.Parse("2026-09-01")
	business = calendar.Calendar{Name: "days", Version: "1", Weekend: []time.Weekday{6, 0}, From: calendar.Date{Year: 2026, Month: 1, Day: 1}, Until: calendar.Date{Year: 2026, Month: 3, Day: 25}}
)

// law is a random agreement of one to three clauses, sometimes with a second agreement beside it.
func (d dice) law() *right.Law {
	a := &agreement.Agreement{ID: "acme", Grantor: "acme", Parties: []agreement.Party{{ID: "acme"}, {ID: "north", Clouds: []capacity.Cloud{"north"}},
		{ID: "south", Clouds: []capacity.Cloud{"south"}}, {ID: "east"}}, Calendars: []calendar.Calendar{business}, Triggers: []agreement.Trigger{{ID: "over", CertifiedBy: []party.ID{"acme"}}, {ID: "proven"}, {ID: "default"}}}
	kinds := []agreement.Kind{agreement.FirstCall, agreement.FirstOffer, agreement.FirstOffer, agreement.Match, agreement.Match, agreement.Exclusive, agreement.FirstNegotiation, agreement.LastLook, agreement.NoLessFavourable}
	for i := range 1 + d.IntN(3) {
		a.Clauses = append(a.Clauses, d.clause(agreement.Ref{Agreement: "acme", Clause: agreement.ClauseID(fmt.Sprintf("c%d", i+1)), Version: 1}, one(d, kinds...), d.IntN(3)))
	}
	if d.chance(10) {
		a.Clauses = append(a.Clauses, agreement.Clause{Ref: agreement.Ref{Agreement: "acme", Clause: "build", Version: 1}, Kind: agreement.Approval, Holder: "north",
			Scope: agreement.Scope{Quantity: agreement.Range{Max: int64(20 + d.IntN(60))}}, Disapplies: []agreement.ClauseID{"c1"}, Triggers: []agreement.TriggerID{"over"}})
	}
	book := agreement.Book{Agreements: []*agreement.Agreement{a}, Providers: []agreement.Provider{{ID: "acme"}, {ID: "north"}, {ID: "south"}, {ID: "east", Security: []string{"soc2"}}, {ID: "west"},
		{ID: "site", Sourcings: []capacity.Sourcing{capacity.OwnBuild}}}}
	if d.chance(25) {
		book.Agreements = append(book.Agreements, d.beside(a))
	}
	return &right.Law{Book: book, Throughput: capacity.Throughput{Name: "test", Milli: map[capacity.Accelerator]int64{"H100": 1000, "H200": 1300, "L4": 300}}}
}

// beside is a second agreement, with clauses of the same names: of the same buyer, or of another.
func (d dice) beside(a *agreement.Agreement) *agreement.Agreement {
	b := *a
	b.ID, b.Triggers, b.Clauses = "beta", nil, nil
	if d.chance(30) {
		b.Grantor = "bravo"
	}
	for _, c := range a.Clauses {
		kind := one(d, agreement.FirstCall, agreement.FirstOffer, agreement.Match)
		if c.Kind == agreement.Approval {
			continue
		}
		c = d.clause(agreement.Ref{Agreement: "beta", Clause: c.Ref.Clause, Version: 1}, kind, d.IntN(3))
		c.Triggers = nil
		b.Clauses = append(b.Clauses, c)
	}
	return &b
}

func (d dice) clause(ref agreement.Ref, kind agreement.Kind, priority int) agreement.Clause {
	c := agreement.Clause{Ref: ref, Kind: kind, Holder: one[party.ID](d, "north", "south", "north", "east"), Priority: priority, Survival: maybe(d, agreement.RunOff, agreement.Terminate)}
	if d.chance(50) {
		c.Triggers = []agreement.TriggerID{"over"}
	}
	if d.chance(20) {
		c.Effective.Until = later(dawn, d.IntN(400))
	}
	if kind != agreement.Exclusive {
		c.Process = d.process(kind)
		if d.chance(15) {
			c.Threshold = agreement.Threshold{Quantity: int64(40 + d.IntN(80)), AggregateDays: d.IntN(2) * 30}
			if d.chance(30) {
				c.Threshold.TermDays = int64(60 + d.IntN(60))
			}
			if d.chance(30) {
				c.Threshold.Amount = money.Micros(int64(200+d.IntN(300))*1_000_000_000, money.USD)
			}
		}
	}
	if kind != agreement.Exclusive && d.chance(8) {
		c.Conditions = []agreement.TriggerID{"proven"}
	}
	if d.chance(10) {
		c.Forfeiture = &agreement.Forfeiture{Triggers: []agreement.TriggerID{"default"}}
		if d.chance(70) {
			c.Forfeiture.Challenge = hours(48)
		}
	}
	if d.chance(10) {
		c.CarveOuts = []agreement.CarveOut{{Name: "small", Scope: agreement.Scope{Quantity: agreement.Range{Max: 40}}}}
	}
	if d.chance(10) {
		c.Scope.Accelerators = []capacity.Accelerator{one[capacity.Accelerator](d, "H100", "H200", "L4")}
	}
	return c
}

func (d dice) process(kind agreement.Kind) agreement.Process {
	items := [][]agreement.Item{{agreement.ItemQuantity}, {agreement.ItemQuantity}, {agreement.ItemPrice}, {agreement.ItemPrice, agreement.ItemCounterparty}, {one(d, agreement.Items...), one(d, agreement.Items...)}}
	p := agreement.Process{
		Content:   maybe(d, items...),
		Delivery:  maybe(d, d.delivery(), d.delivery()),
		Window:    maybe(d, d.window(), hours(72)),
		Calendar:  "days",
		Silence:   maybe(d, agreement.Silences...),
		Partial:   maybe(d, agreement.PartialAllowed, agreement.PartialAllowed, agreement.WholeOnly),
		Counter:   maybe(d, agreement.CounterContinues, agreement.CounterSpends),
		ReleaseOn: maybe(d, agreement.Outcomes, agreement.Outcomes, []agreement.Outcome{agreement.OnDeclined}, []agreement.Outcome{agreement.OnLapsed, agreement.OnUnable}),
		Tail: maybe(d, agreement.Tail{Length: hours(100), Cap: agreement.CapNoticed}, agreement.Tail{Cap: agreement.CapNoticed, Counterparty: true}, agreement.Tail{Length: d.window(), Cap: agreement.CapNoticed, Price: 5000},
			agreement.Tail{Length: hours(30), Cap: agreement.CapNamed}, agreement.Tail{Cap: agreement.CapNone}),
		Reopen: maybe(d, agreement.Reopens, []agreement.Reopen{agreement.OnFellThrough}, []agreement.Reopen{}, []agreement.Reopen{agreement.OnTailOver}, []agreement.Reopen{agreement.OnMaterialTerm}),
	}
	if !p.Content.Given || !p.Delivery.Given {
		p.Content, p.Delivery = agreement.Param[[]agreement.Item]{}, agreement.Param[agreement.Delivery]{}
	}
	switch kind {
	case agreement.FirstCall:
		if d.chance(80) {
			p.RateCard = agreement.Given(one(d, []agreement.CardRate{{Accelerator: "H100", Rate: money.Nanos(2_200_000_000, money.USD)}},
				[]agreement.CardRate{{Accelerator: "H100", Rate: money.Nanos(2_200_000_000, money.USD)}, {Accelerator: "H200", Rate: money.Nanos(2_300_000_000, money.USD)}}, nil))
		}
	case agreement.FirstOffer:
		p.Form = maybe(d, agreement.HoldersTerms, agreement.GrantorsTerms)
		p.Response = maybe(d, hours(24), d.window())
		p.ResponseSilence = maybe(d, agreement.OnRejected, "")
		p.Match = d.match()
	case agreement.Match:
		p.Match = d.match()
	case agreement.NoLessFavourable:
		p.Match = d.match()
		p.RateCard = maybe(d, []agreement.CardRate{{Accelerator: "H100", Rate: money.Nanos(2_200_000_000, money.USD)}})
	case agreement.FirstNegotiation:
		p.Negotiation, p.FromNotice = maybe(d, hours(96), d.window()), d.chance(30)
		if d.chance(70) {
			p.Tail = agreement.Given(agreement.Tail{Length: hours(100), Cap: one(d, agreement.CapHolderProposed, agreement.CapGrantorProposed)})
		}
	case agreement.LastLook:
		p.Metric, p.Margin = maybe(d, agreement.MetricLanded, agreement.MetricPrice), maybe(d, capacity.Percent(0), 5_000, 2_000)
		p.Partial = agreement.Param[agreement.Partial]{}
	}
	d.powers(&p)
	return p
}

// powers gives a clause some of what a clause may grant.
func (d dice) powers(p *agreement.Process) {
	if d.chance(60) {
		p.Information = agreement.Given(agreement.Information{Effect: one(d, agreement.EffectNone, agreement.EffectToll, agreement.EffectToll, agreement.EffectRestart), Requests: d.IntN(3)})
		if d.chance(50) {
			p.Information.Value.Extension = one(d, hours(24), d.window())
		}
	}
	if d.chance(25) {
		p.Stay = &agreement.Stay{Grounds: one(d, agreement.StayGrounds, []agreement.Ground{agreement.GroundDispute}), By: []party.ID{one[party.ID](d, "north", "south"), "state"}}
		if d.chance(50) {
			p.Stay.AtMost = calendar.Length{N: 2 + d.IntN(3), Unit: one(d, calendar.Hours, calendar.Days)}
		}
	}
	if d.chance(25) {
		p.Extension = one(d, agreement.ByGrantor, agreement.ByAgreement)
	}
	if d.chance(20) {
		p.Assignees = []party.ID{one[party.ID](d, "south", "east")}
	}
	if d.chance(20) {
		p.Consent = &agreement.Consent{Of: one(d, []party.ID{"state"}, []party.ID{"state", "bank"}), Over: one(d, agreement.OverExercise, agreement.OverRival)}
		if p.Consent.Over == agreement.OverExercise && d.chance(60) {
			p.Consent.Within, p.Consent.Silence = hours(48), one(d, agreement.ConsentGiven, agreement.ConsentRefused)
		}
	}
}

func (d dice) match() agreement.Param[agreement.MatchRule] {
	return maybe(d, agreement.MatchRule{Rule: agreement.SameOrBetter}, agreement.MatchRule{Rule: agreement.Identical}, agreement.MatchRule{Rule: agreement.IdenticalPrincipal, Principal: []agreement.Dimension{agreement.DimPrice}},
		agreement.MatchRule{Rule: agreement.NotMaterially, Tolerances: []agreement.Tolerance{{Dimension: agreement.DimPrice, Percent: 6000}}}, agreement.MatchRule{Rule: agreement.PresentValue, Discount: 12_000})
}

func (d dice) delivery() agreement.Delivery {
	return one(d, agreement.Delivery{Channel: agreement.Desk, Clock: agreement.OnSent}, agreement.Delivery{Channel: agreement.Desk, Clock: agreement.OnReceived},
		agreement.Delivery{Channel: agreement.Desk, Clock: agreement.OnComplete, Deemed: []agreement.Deemed{{Channel: agreement.Desk, After: hours(8)}}}, agreement.Delivery{Channel: agreement.Desk, Clock: agreement.OnDelivered},
		agreement.Delivery{Channel: agreement.Email, Clock: agreement.OnDeemed, Deemed: []agreement.Deemed{{Channel: agreement.Email, After: hours(5)}}},
		agreement.Delivery{Channel: agreement.Desk, Clock: agreement.OnDeemed, Deemed: []agreement.Deemed{{Channel: agreement.Email, After: hours(5)}, {Channel: agreement.Courier, After: d.window()}}})
}

func (d dice) window() calendar.Rule {
	return one(d, hours(24), hours(48), calendar.Rule{Length: calendar.Length{N: 2, Unit: calendar.Days}, Zone: "America/New_York", At: calendar.EndOfDay},
		calendar.Rule{Length: calendar.Length{N: 3, Unit: calendar.BusinessDays}, Zone: "Europe/Berlin", At: 17 * 60})
}

func (d dice) terms(quantity int64) offer.Terms {
	t := offer.Terms{Price: []offer.Step{{From: june, Rate: money.Nanos(int64(20+d.IntN(5))*100_000_000, money.USD)}}, Accelerator: one[capacity.Accelerator](d, "H100", "H100", "H100", "H200"), Quantity: quantity,
		Country: "US", Cloud: one[capacity.Cloud](d, "north", "east"), Period: calendar.Span{From: june, Until: sept}}
	if d.chance(40) {
		t.ServiceLevel, t.Interconnect = 99_500, capacity.RoCE
	}
	if d.chance(10) {
		t.Country = one[capacity.Country](d, "", "DE")
	}
	if d.chance(10) {
		t.Price = append(t.Price, offer.Step{From: july, Rate: money.Nanos(int64(20+d.IntN(5))*100_000_000, money.USD)})
	}
	if d.chance(10) {
		t.Region = one[capacity.Region](d, "r1", "r2")
	}
	if d.chance(8) {
		t.Prepayment = capacity.Percent(d.IntN(3) * 10_000)
	}
	if d.chance(5) {
		t.Least = 1 + d.Int64N(quantity)
	}
	if d.chance(4) {
		t.NonCash = []string{"equity"}
	}
	if d.chance(3) {
		t.Period.From = july
	}
	if d.chance(2) {
		t.Accelerator = one[capacity.Accelerator](d, "L4", "TPU")
	}
	if d.chance(5) {
		t.PowerWatts = 700
	}
	return t
}

// need is a random need of one line or two, and what else the buyer asked for lately.
func (d dice) need(now calendar.Instant) right.Submit {
	line := capacity.Line{Accelerators: []capacity.Accelerator{"H100", "H200"}, Quantity: int64(40 + d.IntN(40)), Least: 8, Divisible: d.chance(75), Period: calendar.Span{From: june, Until: sept}}
	if !line.Divisible {
		line.Least = line.Quantity
	}
	n := capacity.Need{ID: "n1", Buyer: "acme", Class: capacity.Training, Purpose: capacity.Research, Sourcing: capacity.Market, Tenure: capacity.New,
		OffersWindow: calendar.Length{N: 12, Unit: calendar.Hours}, Lines: []capacity.Line{line}}
	if d.chance(15) {
		n.ServiceLevel, n.Interconnect = 99_000, capacity.Ethernet
	}
	if d.chance(15) {
		n.Lines[0].Residency = []capacity.Country{"US"}
	}
	if d.chance(10) {
		n.Lines[0].Regions = []capacity.Region{"r1"}
	}
	if d.chance(5) {
		n.Security = []string{"soc2"}
	}
	if d.chance(10) {
		n.Budget = money.Micros(int64(200+d.IntN(200))*1_000_000_000, money.USD)
	}
	if d.chance(5) {
		n.PowerKW = int64(20 + d.IntN(40))
	}
	if d.chance(25) {
		line.Quantity = int64(16 + d.IntN(64))
		line.Least = min(line.Least, line.Quantity)
		if d.chance(30) {
			line.Accelerators = []capacity.Accelerator{"L4", "H100"}
		}
		n.Lines = append(n.Lines, line)
	}
	switch {
	case d.chance(1):
		n.Lines[0].Period.From = now - 1
	case d.chance(1):
		n.OffersWindow = calendar.Length{}
	}
	sub := right.Submit{Need: n}
	for i := range d.IntN(4) {
		sub.Related = append(sub.Related, right.Related{Need: capacity.NeedID(fmt.Sprintf("n%d", i+1)), Buyer: "acme", Class: one(d, capacity.Training, capacity.Inference),
			Quantity: int64(d.IntN(60)), Budget: money.Micros(int64(d.IntN(300))*1_000_000_000, money.USD), Submitted: later(dawn, -d.IntN(50*24))})
	}
	return sub
}

// move is what happens next.
func (d dice) move(t *table, now calendar.Instant, first bool) move {
	if first {
		by := one[party.ID](d, slices.Repeat([]party.ID{"acme"}, 40)...)
		if d.chance(1) {
			by = "bravo"
		}
		return move{at: now, command: right.Command{By: by, Ask: d.need(now)}}
	}
	m := move{at: d.when(t.naive, now)}
	if t.naive.need == nil {
		m.command = right.Command{By: "acme", Ask: d.need(m.at)}
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
	case d.chance(2):
		changed := *law
		fact := agreement.Fact{Agreement: "acme", Trigger: one[agreement.TriggerID](d, "default", "proven", "default"), At: now, By: "acme", Challenge: d.chance(40)}
		if fact.Trigger == "proven" {
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
	return one(d, right.Command{Ask: right.Settle{}}, d.offer(w, now), acme(right.Choose{Lot: l}), acme(right.Withdraw{Reason: one(d, "r", "r", "")}), acme(d.need(now)),
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
	if len(m.clause.Process.Assignees) > 0 || d.chance(2) {
		by(m.holder, right.Assign{Matter: m.id, To: one[party.ID](d, "south", "east")})
	}
	if m.status == right.Conditional || d.chance(2) {
		yes := d.chance(75)
		by("state", right.Consent{Matter: m.id, Given: yes, Reason: one(d, "r", "")})
		by(one[party.ID](d, "bank", "north"), right.Consent{Matter: m.id, Given: yes, Reason: one(d, "r", "")})
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
	if d.chance(40) {
		a.Kind = right.Exercise
		if holdersTerms(m.clause) || m.clause.Kind == agreement.LastLook {
			a.Kind = right.Name
		}
	}
	if d.chance(40) {
		a.Quantity = 1 + d.Int64N(m.quantity)
		a.Rest = one(d, "", right.Decline, right.Unable)
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
		"negotiation": {"72 hours"}, "metric": {"price", "landed_cost"}, "margin": {"0", "3"}, "information": {"{effect: none}", "{effect: toll, extension: 24 hours}", "{effect: restart}"},
	}
	of := values[param]
	if d.chance(5) || len(of) == 0 {
		return "nonsense"
	}
	return one(d, of...)
}
