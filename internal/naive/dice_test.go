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
type dice struct {
	*rand.Rand
	start calendar.Instant // of the capacity
}

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
	holidays = calendar.Calendar{Name: "days", Version: "2", Weekend: []time.Weekday{6, 0}, From: calendar.Date{Year: 2026, Month: 3, Day: 12}, Until: calendar.Date{Year: 2026, Month: 3, Day: 31},
		Holidays: []calendar.Date{{Year: 2026, Month: 3, Day: 17}}}
	business = calendar.Calendar{Name: "days", Version: "1", Weekend: []time.Weekday{6, 0}, From: calendar.Date{Year: 2026, Month: 1, Day: 1}, Until: calendar.Date{Year: 2026, Month: 3, Day: 25}}
)

// law is a random agreement of one to three clauses, sometimes with a second agreement beside it.
func (d dice) law() *right.Law {
	a := &agreement.Agreement{ID: "acme", Grantor: "acme", Direction: one(d, agreement.Buys, agreement.Buys, agreement.Buys, agreement.Buys, agreement.Sells), Parties: []agreement.Party{{ID: "acme"}, {ID: "north", Clouds: []capacity.Cloud{"north"}},
		{ID: "south", Clouds: []capacity.Cloud{"south"}}, {ID: "east"}}, Calendars: []calendar.Calendar{business, holidays}, Triggers: []agreement.Trigger{{ID: "over", CertifiedBy: []party.ID{"acme"}}, {ID: "proven"}, {ID: "declared"}, {ID: "default"}}}
	kinds := []agreement.Kind{agreement.ProRata, agreement.ProRata, agreement.StepIn, agreement.CallOption, agreement.FirstCall, agreement.FirstOffer, agreement.FirstOffer, agreement.Match, agreement.Match, agreement.Exclusive, agreement.FirstNegotiation, agreement.LastLook, agreement.NoLessFavourable}
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
	if kind == agreement.Exclusive && d.chance(15) {
		c.Process.Against = []party.ID{"west", "south"}
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
	d.holders(&c)
	if kind != agreement.Exclusive && d.chance(3) {
		c.Threshold = agreement.Threshold{Open: true}
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

// holders gives a clause several, now and then.
func (d dice) holders(c *agreement.Clause) {
	p := &c.Process
	if c.Kind == agreement.Exclusive || !d.chance(20) && (c.Kind != agreement.ProRata || d.chance(20)) {
		return
	}
	c.Holder = ""
	c.Holders = []agreement.Holding{{Holder: "north"}, {Holder: "south"}, {Holder: "east"}}[:2+d.IntN(2)]
	if d.chance(40) {
		c.Holders[0], c.Holders[1] = c.Holders[1], c.Holders[0]
	}
	p.Allocation = maybe(d, agreement.Allocations...)
	if c.Kind == agreement.ProRata {
		p.Allocation = one(d, agreement.Param[agreement.Allocation]{}, agreement.Given(agreement.ProRataByShare))
		p.Oversubscription = maybe(d, agreement.OverAllotment, agreement.NoOverAllotment)
	}
	if c.Kind == agreement.FirstOffer && !p.Form.Given {
		p.Form = agreement.Given(agreement.GrantorsTerms)
	}
	for i := range c.Holders {
		switch {
		case c.Kind == agreement.ProRata || p.Allocation.Value == agreement.ProRataCapped || p.Allocation.Value == agreement.ProRataByShare && d.chance(50):
			c.Holders[i].Share = capacity.Percent(5_000 + d.IntN(28_000))
		case p.Allocation.Value == agreement.ByRank:
			c.Holders[i].Rank = 1 + d.IntN(2)
		}
	}
	if p.Allocation.Value == agreement.ProRataByShare && c.Kind != agreement.ProRata {
		for i := range c.Holders { // of all, or of none
			if c.Holders[0].Share == 0 {
				c.Holders[i].Share = 0
			} else if c.Holders[i].Share == 0 {
				c.Holders[i].Share = 20_000
			}
		}
	}
	slices.SortStableFunc(c.Holders, func(x, y agreement.Holding) int { return x.Rank - y.Rank })
}

func (d dice) process(kind agreement.Kind) agreement.Process {
	items := [][]agreement.Item{{agreement.ItemQuantity}, {agreement.ItemQuantity}, {agreement.ItemPrice}, {agreement.ItemPrice, agreement.ItemCounterparty}, {one(d, agreement.Items...), one(d, agreement.Items...)}}
	p := agreement.Process{
		Content:   maybe(d, items...),
		Delivery:  maybe(d, d.delivery(), d.delivery()),
		Window:    maybe(d, d.bounded(), d.bounded(), hours(72)),
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
	case agreement.FirstCall, agreement.ProRata:
		if d.chance(80) {
			p.RateCard = agreement.Given(one(d, []agreement.CardRate{{Accelerator: "H100", Rate: money.Nanos(2_200_000_000, money.USD)}},
				[]agreement.CardRate{{Accelerator: "H100", Rate: money.Nanos(2_200_000_000, money.USD)}, {Accelerator: "H200", Rate: money.Nanos(2_300_000_000, money.USD)}}, nil))
		}
	case agreement.FirstOffer:
		p.Form = maybe(d, agreement.HoldersTerms, agreement.GrantorsTerms)
		p.Response = maybe(d, hours(24), one(d, d.window(), d.bounded()))
		p.ResponseSilence = maybe(d, agreement.OnRejected, "")
		p.Match = d.match()
	case agreement.Match:
		p.Match = d.match()
	case agreement.NoLessFavourable:
		p.Match = d.match()
		p.RateCard = maybe(d, []agreement.CardRate{{Accelerator: "H100", Rate: money.Nanos(2_200_000_000, money.USD)}})
	case agreement.FirstNegotiation:
		p.Negotiation, p.FromNotice = maybe(d, hours(96), d.bounded()), d.chance(30)
		if d.chance(70) {
			p.Tail = agreement.Given(agreement.Tail{Length: hours(100), Cap: one(d, agreement.CapHolderProposed, agreement.CapGrantorProposed)})
		}
	case agreement.StepIn, agreement.CallOption:
		p.Price = maybe(d, agreement.PriceRules...)
		p.RateCard = maybe(d, []agreement.CardRate{{Accelerator: "H100", Rate: money.Nanos(2_200_000_000, money.USD)}})
		p.Counter, p.ReleaseOn, p.Tail, p.Reopen = agreement.Param[agreement.Counter]{}, agreement.Param[[]agreement.Outcome]{}, agreement.Param[agreement.Tail]{}, agreement.Param[[]agreement.Reopen]{}
		p.Opens = []agreement.TriggerID{"declared"}
	case agreement.LastLook:
		p.Metric, p.Margin = maybe(d, agreement.MetricLanded, agreement.MetricPrice), maybe(d, capacity.Percent(0), 5_000, 2_000)
		p.Partial = agreement.Param[agreement.Partial]{}
	}
	d.powers(&p)
	d.further(kind, &p)
	return p
}

// further gives a clause some of the modifiers of section 8.
func (d dice) further(kind agreement.Kind, p *agreement.Process) {
	atChoice := isAfter(kind)
	if p.Tail.Given && d.chance(15) {
		p.Tail.Value.From, p.Tail.Value.Exact = one(d, agreement.TailStarts...), d.chance(40)
		if d.chance(40) {
			p.Tail.Value.CapFor = one(d, hours(20), d.window())
		}
		if d.chance(20) {
			p.Tail.Value.Cap = agreement.CapHolderProposed
		}
	}
	if !takesOver(&agreement.Clause{Kind: kind}) && d.chance(10) {
		p.ReopenWindow = agreement.Given(one(d, hours(10), d.window()))
	}
	if p.ReleaseOn.Given && d.chance(10) {
		for _, o := range agreement.Outcomes {
			if !contains(p.ReleaseOn.Value, o) {
				p.ReleaseOpen = append(p.ReleaseOpen, o)
			}
		}
	}
	p.AnyAssignee, p.AssignAfter = d.chance(5), d.chance(8)
	if d.chance(6) {
		p.NoticeLead = hours(24 * (1 + d.IntN(60)))
	}
	if p.RateLimit != nil && d.chance(40) {
		p.RateLimit.With = []agreement.ClauseID{"c1", "c2"}
	}
	if atChoice && d.chance(8) {
		p.NoticeWithin = one(d, hours(10), d.window())
	}
	if atChoice && d.chance(10) {
		p.Against = one(d, []party.ID{"east"}, []party.ID{"east", "west"})
	}
	if atChoice && d.chance(6) {
		p.BonaFide = 5_000
	}
	if (kind == agreement.Match || kind == agreement.NoLessFavourable) && d.chance(12) {
		p.Alternative = agreement.AlternativeSell
	}
	if kind == agreement.FirstNegotiation && d.chance(20) {
		p.Unsolicited = true
	}
}

// powers gives a clause some of what a clause may grant.
func (d dice) powers(p *agreement.Process) {
	p.MaterialChange = maybe(d, agreement.Materiality{}, agreement.Materiality{Tolerances: []agreement.Tolerance{{Dimension: agreement.DimPrice, Percent: 5_000}}})
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
	if d.chance(30) {
		p.NonPerformance = &agreement.NonPerformance{Cure: one(d, hours(24), d.window()), Then: one(d, agreement.RemedyReopen, agreement.RemedyStepDown)}
	}
	if d.chance(10) {
		p.RateLimit = &agreement.RateLimit{Notices: 1 + d.IntN(2), Per: calendar.Length{N: 1 + d.IntN(6), Unit: one(d, calendar.Days, calendar.Days, calendar.Weeks)}}
	}
	if d.chance(15) {
		p.Truncate = one(d, []agreement.Truncation{agreement.TruncateStart}, []agreement.Truncation{agreement.TruncateClauseEnd}, []agreement.Truncation{agreement.TruncateStart, agreement.TruncateClauseEnd})
	}
	if d.chance(10) {
		p.Reveals = []agreement.Disclosure{one(d, agreement.Disclosures...)}
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
	rule := d.rule()
	if rule.Given && d.chance(20) {
		rule.Value.Substitutions = agreement.Substitutions
	}
	return rule
}

func (d dice) rule() agreement.Param[agreement.MatchRule] {
	return maybe(d, agreement.MatchRule{Rule: agreement.SameOrBetter}, agreement.MatchRule{Rule: agreement.Identical}, agreement.MatchRule{Rule: agreement.IdenticalPrincipal, Principal: []agreement.Dimension{agreement.DimPrice}},
		agreement.MatchRule{Rule: agreement.NotMaterially, Tolerances: []agreement.Tolerance{{Dimension: agreement.DimPrice, Percent: 6000}}}, agreement.MatchRule{Rule: agreement.PresentValue, Discount: 12_000})
}

func (d dice) delivery() agreement.Delivery {
	return one(d, agreement.Delivery{Channel: agreement.Desk, Clock: agreement.OnSent}, agreement.Delivery{Channel: agreement.Desk, Clock: agreement.OnReceived},
		agreement.Delivery{Channel: agreement.Desk, Clock: agreement.OnComplete, Deemed: []agreement.Deemed{{Channel: agreement.Desk, After: hours(8)}}}, agreement.Delivery{Channel: agreement.Desk, Clock: agreement.OnDelivered},
		agreement.Delivery{Channel: agreement.Email, Clock: agreement.OnDeemed, Deemed: []agreement.Deemed{{Channel: agreement.Email, After: hours(5)}}},
		agreement.Delivery{Channel: agreement.Desk, Clock: agreement.OnDeemed, Deemed: []agreement.Deemed{{Channel: agreement.Email, After: hours(5)}, {Channel: agreement.Courier, After: d.window()}}})
}

// bounded is a window that may be counted back from the start of the capacity.
func (d dice) bounded() calendar.Rule {
	if !d.chance(6) {
		return d.window()
	}
	days := int((d.start - dawn) / calendar.Instant(24*calendar.Hour))
	r := one(d, hours(24*(1+d.IntN(days))), calendar.Rule{Length: calendar.Length{N: 1 + d.IntN(days), Unit: calendar.Days}, Zone: "UTC", At: 8 * 60})
	r.BeforeStart, r.Inclusive = true, d.chance(20)
	return r
}

func (d dice) window() calendar.Rule {
	r := d.forward()
	r.Inclusive = d.chance(10)
	if r.Length.Unit != calendar.Hours && d.chance(20) {
		r.Cutoff = 12 * 60
	}
	r.FirstDay = r.Length.Unit != calendar.Hours && d.chance(15)
	return r
}

func (d dice) forward() calendar.Rule {
	return one(d, hours(24), hours(48), calendar.Rule{Length: calendar.Length{N: 2, Unit: calendar.Days}, Zone: "America/New_York", At: calendar.EndOfDay},
		calendar.Rule{Length: calendar.Length{N: 3, Unit: calendar.BusinessDays}, Zone: "Europe/Berlin", At: 17 * 60})
}

func (d dice) terms(quantity int64) offer.Terms {
	t := offer.Terms{Price: []offer.Step{{From: d.start, Rate: money.Nanos(int64(20+d.IntN(5))*100_000_000, money.USD)}}, Accelerator: one[capacity.Accelerator](d, "H100", "H100", "H100", "H200"), Quantity: quantity,
		Country: "US", Cloud: one[capacity.Cloud](d, "north", "east"), Period: calendar.Span{From: d.start, Until: sept}}
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
	if d.chance(4) {
		t.NonCash = []string{"equity"}
		if d.chance(60) {
			t.NonCashValue = money.Micros(int64(1+d.IntN(3))*1_000_000_000, money.USD)
		}
	}
	if d.chance(4) {
		t.FindersFee = money.Micros(int64(1+d.IntN(3))*1_000_000_123, money.USD)
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
func (d dice) need(law *right.Law, now calendar.Instant) right.Submit {
	line := capacity.Line{Accelerators: []capacity.Accelerator{"H100", "H200"}, Quantity: int64(40 + d.IntN(40)), Least: 8, Divisible: d.chance(75), Period: calendar.Span{From: d.start, Until: sept}}
	if !line.Divisible {
		line.Least = line.Quantity
	}
	n := capacity.Need{ID: "n1", Buyer: "acme", Class: capacity.Training, Purpose: capacity.Research, Sourcing: capacity.Market, Tenure: capacity.New,
		OffersWindow: calendar.Length{N: 12, Unit: calendar.Hours}, Lines: []capacity.Line{line}, Sells: law.Book.Agreements[0].Direction == agreement.Sells}
	if d.chance(2) {
		n.Sells = !n.Sells
	}
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
			Quantity: int64(d.IntN(60)), Budget: money.Micros(int64(d.IntN(300))*1_000_000_000, money.USD), Submitted: min(now, later(dawn, -d.IntN(50*24))), Notices: d.notices(now)})
	}
	return sub
}

// notices are those that another need gave lately, before now.
func (d dice) notices(now calendar.Instant) []right.GivenNotice {
	var out []right.GivenNotice
	for range d.IntN(3) {
		out = append(out, right.GivenNotice{Clause: agreement.Ref{Agreement: "acme", Clause: agreement.ClauseID(fmt.Sprintf("c%d", 1+d.IntN(3))), Version: 1},
			Holder: one[party.ID](d, "north", "south", "east"), At: min(now, later(dawn, -d.IntN(200)))})
	}
	return out
}
