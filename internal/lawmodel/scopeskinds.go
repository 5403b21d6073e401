package lawmodel

import (
	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/party"
)

type adder func(string, []Move, ...agreement.Clause) *Scope

func card(nanos int64) agreement.Param[[]agreement.CardRate] {
	return agreement.Given([]agreement.CardRate{{Accelerator: "H100", Rate: money.Nanos(nanos, money.USD)}})
}

// windowScopes are the powers over a window: what may stop it, lengthen it, cut it short or begin it anew.
func windowScopes(add adder) {
	need := []Move{submit()}
	add("match, information tolls the window", chosen(), clause(agreement.Match, func(c *agreement.Clause) {
		c.Process.Information = agreement.Given(agreement.Information{Effect: agreement.EffectToll, Extension: hours(12), Requests: 1})
	}))
	add("first call, information restarts the window", need, clause(agreement.FirstCall, func(c *agreement.Clause) {
		c.Process.Information = agreement.Given(agreement.Information{Effect: agreement.EffectRestart})
	}))
	add("first call, the clock waits for complete information", need, clause(agreement.FirstCall, func(c *agreement.Clause) {
		byLetter(c)
		c.Process.Delivery.Value.Clock = agreement.OnComplete
		c.Process.Information = agreement.Given(agreement.Information{Effect: agreement.EffectNone})
	}))
	add("first call, stayed on two grounds", need, clause(agreement.FirstCall, func(c *agreement.Clause) {
		c.Process.Stay = &agreement.Stay{Grounds: agreement.StayGrounds, By: []party.ID{north}, AtMost: calendar.Length{N: 36, Unit: calendar.Hours}}
	}))
	add("match, extended by the grantor, inclusive", chosen(), clause(agreement.Match, func(c *agreement.Clause) {
		c.Process.Extension, c.Process.Window.Value.Inclusive = agreement.ByGrantor, true
	}))
	add("first call, extended by agreement, cut at the start", need, clause(agreement.FirstCall, func(c *agreement.Clause) {
		c.Process.Extension, c.Process.Truncate = agreement.ByAgreement, []agreement.Truncation{agreement.TruncateStart}
		c.Process.Window = agreement.Given(hours(24 * 100))
	}))
	add("first offer, any change is material", need, clause(agreement.FirstOffer, func(c *agreement.Clause) {
		c.Process.Content = agreement.Given([]agreement.Item{agreement.ItemPrice})
		c.Process.MaterialChange = agreement.Given(agreement.Materiality{})
	}))
	add("match, small changes are not material", chosen(), clause(agreement.Match, func(c *agreement.Clause) {
		c.Process.MaterialChange = agreement.Given(agreement.Materiality{Tolerances: []agreement.Tolerance{{Dimension: agreement.DimPrice, Percent: capacity.Percent(5_000)}}})
		c.Process.Stay = &agreement.Stay{Grounds: agreement.StayGrounds[:1], By: []party.ID{north}}
	}))
	add("match, one notice in three days", chosen(), clause(agreement.Match, func(c *agreement.Clause) {
		c.Process.RateLimit = &agreement.RateLimit{Notices: 1, Per: calendar.Length{N: 3, Unit: calendar.Days}}
		c.Process.Reopen = agreement.Given(agreement.Reopens)
	}))
	add("match, assignable, with a consent over the exercise", chosen(), clause(agreement.Match, func(c *agreement.Clause) {
		c.Process.Assignees = []party.ID{south}
		c.Process.Consent = &agreement.Consent{Of: []party.ID{west, east}, Over: agreement.OverExercise, Within: hours(24), Silence: agreement.ConsentRefused}
	}))
	add("first call, forfeited unless challenged", need, clause(agreement.FirstCall, func(c *agreement.Clause) {
		c.Forfeiture = &agreement.Forfeiture{Triggers: []agreement.TriggerID{"default"}, Challenge: hours(24)}
	})).Triggers = []agreement.TriggerID{"default"}
}

// kindScopes are the kinds that run otherwise than by one answer.
func kindScopes(add adder) {
	need := []Move{submit()}
	add("first negotiation from interest", need, clause(agreement.FirstNegotiation, func(c *agreement.Clause) {
		c.Process.Negotiation = agreement.Given(hours(36))
		c.Process.Tail = agreement.Given(agreement.Tail{Length: hours(720), Cap: agreement.CapHolderProposed})
		c.Process.Extension = agreement.ByAgreement
	}))
	add("first negotiation from the notice, stayed", need, clause(agreement.FirstNegotiation, func(c *agreement.Clause) {
		c.Process.Negotiation, c.Process.FromNotice = agreement.Given(hours(36)), true
		c.Process.Tail = agreement.Given(agreement.Tail{Length: hours(720), Cap: agreement.CapGrantorProposed})
		c.Process.Stay = &agreement.Stay{Grounds: agreement.StayGrounds[:1], By: []party.ID{buyer}, AtMost: calendar.Length{N: 1, Unit: calendar.Days}}
	}))
	two := []agreement.Holding{{Holder: north, Rank: 1, Share: 50_000}, {Holder: south, Rank: 2, Share: 25_000}}
	add("pro rata of two, over-allotment", need, clause(agreement.ProRata, func(c *agreement.Clause) {
		c.Holders, c.Process.Oversubscription = two, agreement.Given(agreement.OverAllotment)
	}))
	add("pro rata of two, each its share", need, clause(agreement.ProRata, func(c *agreement.Clause) {
		c.Holders, c.Process.Oversubscription = two, agreement.Given(agreement.NoOverAllotment)
	}))
	add("first call of two by rank", need, clause(agreement.FirstCall, func(c *agreement.Clause) {
		c.Holders, c.Process.Allocation = two, agreement.Given(agreement.ByRank)
	}))
	add("match of two side by side, allocation not said", chosen(), clause(agreement.Match, func(c *agreement.Clause) { c.Holders = two }))
	add("match of two side by side, with a consent and a change", chosen(), clause(agreement.Match, func(c *agreement.Clause) {
		c.Holders, c.Process.Allocation = two, agreement.Given(agreement.ProRataByShare)
		c.Process.Consent = &agreement.Consent{Of: []party.ID{west}, Over: agreement.OverExercise, Within: hours(24), Silence: agreement.ConsentGiven}
		c.Process.MaterialChange = agreement.Given(agreement.Materiality{})
	}))
	add("last look", chosen(), clause(agreement.LastLook, func(c *agreement.Clause) {
		c.Process.Metric, c.Process.Margin = agreement.Given(agreement.MetricPrice), agreement.Given(capacity.Percent(0))
	}))
	add("last look, metric not said", chosen(), clause(agreement.LastLook, nil))
	add("no less favourable terms", chosen(), clause(agreement.NoLessFavourable, func(c *agreement.Clause) { c.Process.RateCard = card(fair - 100_000_000) }))
	add("no less favourable terms, which the offer is not", chosen(), clause(agreement.NoLessFavourable, nil))
}

// awardScopes are what may become of an award.
func awardScopes(add adder) {
	add("step in for what was lost", awarded(), clause(agreement.Match, nil), clause(agreement.StepIn, func(c *agreement.Clause) {
		c.Holder, c.Process.Price = south, agreement.Given(agreement.PriceAsAwarded)
	}))
	add("call option on what is awarded", awarded(), clause(agreement.Match, nil), clause(agreement.CallOption, func(c *agreement.Clause) {
		c.Holder, c.Process.Price = south, agreement.Given(agreement.PriceCard)
		c.Process.Opens = []agreement.TriggerID{"over"}
	})).Triggers = []agreement.TriggerID{"over"}
	add("match, the holder may sell in place of taking", chosen(), clause(agreement.Match, func(c *agreement.Clause) { c.Process.Alternative = agreement.AlternativeSell }))
	add("step in at a price to be appraised", awarded(), clause(agreement.Match, nil), clause(agreement.StepIn, func(c *agreement.Clause) {
		c.Holder, c.Process.Price = south, agreement.Given(agreement.PriceLower)
	}))
	add("award that is not performed reopens", awarded(), clause(agreement.Match, func(c *agreement.Clause) {
		c.Process.NonPerformance = &agreement.NonPerformance{Cure: hours(24), Then: agreement.RemedyReopen}
		c.Process.Reopen = agreement.Given([]agreement.Reopen{agreement.OnNonPerformance})
	}))
	add("award that is not performed steps down", awarded(), clause(agreement.Match, func(c *agreement.Clause) {
		c.Process.NonPerformance = &agreement.NonPerformance{Cure: hours(24), Then: agreement.RemedyStepDown}
	}))
	add("first call that is not performed steps down", []Move{submit()}, clause(agreement.FirstCall, func(c *agreement.Clause) {
		c.Process.NonPerformance = &agreement.NonPerformance{Cure: hours(24), Then: agreement.RemedyStepDown}
	}))
	add("award with a consent over the rival", awarded(), clause(agreement.Match, func(c *agreement.Clause) {
		c.Process.Consent = &agreement.Consent{Of: []party.ID{west}, Over: agreement.OverRival}
	}))
}
