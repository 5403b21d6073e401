package scenario

import (
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/party"
	"firstlook/right"
)

// triggers are the events of a random agreement: one that ends clauses, one that they wait for, one that forfeits and one that
// opens options.
var triggers = []agreement.TriggerID{"over", "ready", "default", "declared"}

// fact is a certification, now or soon, or a challenge.
func (d dice) fact(now calendar.Instant) agreement.Fact {
	f := agreement.Fact{Agreement: "acme", Trigger: pick[agreement.TriggerID](d, "over", "ready", "default", "default", "declared", "declared"), At: now + calendar.Instant(int64(d.IntN(3))*calendar.Hour), By: "acme"}
	if f.Trigger == "default" && d.chance(40) {
		f.Challenge, f.By = true, "north"
	}
	return f
}

// share gives a clause several holders now and then.
func (d dice) share(c *agreement.Clause) {
	single := c.Kind == agreement.Exclusive
	if single || c.Kind != agreement.ProRata && !d.chance(20) {
		return
	}
	if c.Kind == agreement.ProRata && d.chance(30) {
		return // its one holder, with all of it
	}
	c.Holder = ""
	c.Holders = []agreement.Holding{{Holder: "north", Rank: d.IntN(2)}, {Holder: "south", Rank: d.IntN(2)}}
	if c.Kind == agreement.ProRata || d.chance(50) {
		c.Holders[0].Share, c.Holders[1].Share = capacity.Percent(10_000+d.IntN(40_000)), capacity.Percent(10_000+d.IntN(40_000))
	}
	if d.chance(30) {
		left := 100_000 - c.Holders[0].Share - c.Holders[1].Share // shares are of 100 in all
		c.Holders = append(c.Holders, agreement.Holding{Holder: "west", Rank: d.IntN(3), Share: min(c.Holders[0].Share/3, left)})
	}
}

// empower gives a clause powers, conditions and a forfeiture now and then.
func (d dice) empower(c *agreement.Clause) {
	p := &c.Process
	if c.Kind == agreement.Exclusive {
		return
	}
	if d.chance(8) {
		c.Conditions = []agreement.TriggerID{"ready"}
	}
	if d.chance(15) {
		c.Forfeiture = &agreement.Forfeiture{Triggers: []agreement.TriggerID{"default"}, Challenge: pick(d, calendar.Rule{}, hours(20))}
	}
	if d.chance(25) {
		p.Stay = &agreement.Stay{Grounds: agreement.StayGrounds, By: []party.ID{"acme", "north"}, AtMost: pick(d, calendar.Length{}, calendar.Length{N: 30, Unit: calendar.Hours})}
	}
	if d.chance(30) {
		p.Extension = pick(d, agreement.ByGrantor, agreement.ByAgreement)
	}
	if d.chance(20) {
		p.Consent = &agreement.Consent{Of: []party.ID{"west", "acme"}[:1+d.IntN(2)], Over: pick(d, agreement.OverExercise, agreement.OverRival), Silence: agreement.ConsentRefused}
		if d.chance(60) {
			p.Consent.Within, p.Consent.Silence = hours(20), pick(d, agreement.ConsentGiven, agreement.ConsentRefused)
		}
	}
	if d.chance(25) {
		p.NonPerformance = &agreement.NonPerformance{Cure: hours(24), Then: pick(d, agreement.RemedyReopen, agreement.RemedyStepDown)}
	}
	if d.chance(12) {
		p.RateLimit = &agreement.RateLimit{Notices: 1 + d.IntN(2), Per: calendar.Length{N: 60, Unit: calendar.Hours}}
	}
	if d.chance(20) {
		p.Assignees = []party.ID{"south", "west"}
	}
	if d.chance(10) {
		p.Truncate = slices.Clone(pick(d, []agreement.Truncation{agreement.TruncateStart}, []agreement.Truncation{agreement.TruncateStart, agreement.TruncateClauseEnd}))
	}
	if d.chance(15) {
		p.Reveals = []agreement.Disclosure{pick(d, agreement.Disclosures...)}
	}
}

// more are the parameters that only some kinds have.
func (d dice) more(kind agreement.Kind, p *agreement.Process) {
	rate := func(nanos int64) agreement.Param[[]agreement.CardRate] {
		return agreement.Given([]agreement.CardRate{{Accelerator: "H100", Rate: money.Nanos(nanos, money.USD)}})
	}
	p.Allocation = maybe(d, agreement.ByRank, agreement.ProRataByShare)
	p.Oversubscription = maybe(d, agreement.OverAllotment, agreement.NoOverAllotment)
	p.Information = maybe(d, agreement.Information{Effect: agreement.EffectNone}, agreement.Information{Effect: agreement.EffectToll, Requests: 1},
		agreement.Information{Effect: agreement.EffectToll, Extension: hours(20)}, agreement.Information{Effect: agreement.EffectRestart})
	p.MaterialChange = maybe(d, agreement.Materiality{}, agreement.Materiality{Tolerances: []agreement.Tolerance{{Dimension: agreement.DimPrice, Percent: 5_000}}})
	p.Package = maybe(d, agreement.PackageRules...)
	if p.Window.Given {
		p.Window.Value.Inclusive = d.chance(15)
		if d.chance(4) {
			p.Window.Value = calendar.Rule{Length: calendar.Length{N: 24 * (60 + d.IntN(30)), Unit: calendar.Hours}, BeforeStart: true}
		}
	}
	if p.Delivery.Given && d.chance(12) {
		p.Delivery.Value.Clock = agreement.OnComplete
	}
	if p.Match.Given && d.chance(30) {
		p.Match.Value.Substitutions = agreement.Substitutions
	}
	switch kind {
	case agreement.FirstNegotiation:
		p.Negotiation, p.FromNotice = maybe(d, hours(30), hours(60)), d.chance(40)
		if d.chance(50) {
			p.Tail = maybe(d, agreement.Tail{Length: hours(100), Cap: agreement.CapHolderProposed}, agreement.Tail{Length: hours(60), Cap: agreement.CapGrantorProposed})
		}
	case agreement.LastLook:
		p.Metric, p.Margin = maybe(d, agreement.MetricPrice, agreement.MetricLanded), maybe(d, capacity.Percent(0), capacity.Percent(8_000))
	case agreement.NoLessFavourable, agreement.ProRata:
		p.RateCard = pick(d, rate(2_200_000_000), rate(3_000_000_000), agreement.Param[[]agreement.CardRate]{})
	case agreement.StepIn, agreement.CallOption:
		p.Price = maybe(d, agreement.PriceRules...)
		p.RateCard = rate(2_200_000_000)
		p.Opens = []agreement.TriggerID{"declared"}
	}
}

// powers are commands that a clause may let somebody do in a pending matter, and now and then one that it does not.
func (d dice) powers(s *stream, m *right.Matter) []right.Command {
	p := &m.Clause().Process
	var out []right.Command
	may := func(yes bool, by party.ID, a right.Ask) {
		if yes || d.chance(3) {
			out = append(out, right.Command{By: by, Ask: a})
		}
	}
	side := pick(d, m.Holder, "acme")
	terms := d.terms(max(m.Quantity, 1))
	talks := m.Clause().Kind == agreement.FirstNegotiation
	may(talks, m.Holder, right.Answer{Matter: m.ID, Kind: right.Interest})
	may(talks, side, right.Propose{Matter: m.ID, Terms: terms})
	if talks && m.Status == right.Negotiating {
		out = append(out, right.Command{By: m.Holder, Ask: right.Propose{Matter: m.ID, Terms: d.fine(m.Quantity)}},
			right.Command{By: "acme", Ask: right.Propose{Matter: m.ID, Terms: d.fine(m.Quantity)}}, d.offer(s))
	}
	may(d.chance(40), m.Holder, right.RequestInformation{Matter: m.ID, What: "w"})
	may(m.More().Outstanding, "acme", right.SupplyInformation{Matter: m.ID})
	ground := pick(d, agreement.StayGrounds...)
	may(p.Stay != nil && d.chance(50), pick[party.ID](d, "acme", "north", "south"), right.Stay{Matter: m.ID, Ground: ground, Reason: "r"})
	for _, t := range m.More().Tolls {
		may(d.chance(60), pick(d, t.By, "north"), right.Lift{Matter: m.ID, Ground: t.Ground})
	}
	until := max(m.AnswerBy, m.More().NegotiateBy) + calendar.Instant(int64(d.IntN(2)*20)*calendar.Hour)
	if to := m.More().ExtendTo; to.IsSet() && d.chance(70) {
		until = to
	}
	may(p.Extension != "", side, right.Extend{Matter: m.ID, Until: until})
	if len(s.state.Tenders) > 0 {
		o := pick(d, s.state.Tenders...).Offer
		may(m.Offer != "", "acme", right.Change{Matter: m.ID, Offer: o.ID, Reason: "r"})
	}
	may(m.Offer == "" && m.Terms != nil, "acme", right.Change{Matter: m.ID, Terms: &terms, Reason: "r"})
	may(m.Status == right.Conditional, pick[party.ID](d, "west", "acme"), right.Consent{Matter: m.ID, Given: d.chance(70), Reason: "r"})
	may(len(p.Assignees) > 0 && d.chance(30), m.Holder, right.Assign{Matter: m.ID, To: pick[party.ID](d, "south", "west", "east")})
	return out
}

// performance is what may become of an award besides signing and falling through.
func (d dice) performance(a *right.Award) []right.Command {
	id := a.Awarded.Award
	return []right.Command{
		{By: "acme", Ask: right.NonPerform{Award: id, Delivered: d.Int64N(max(a.Quantity, 1)), Reason: "r"}},
		{By: "acme", Ask: right.Cure{Award: id, Reason: "r"}},
		{By: pick[party.ID](d, "west", "acme"), Ask: right.Consent{Award: id, Given: d.chance(70), Reason: "r"}},
	}
}

// pack names a package now and then.
func (d dice) pack() string {
	if *every {
		return pick(d, "", "", "", "p")
	}
	return ""
}
