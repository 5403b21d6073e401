package lawmodel

import (
	"firstlook/agreement"
	"firstlook/calendar"
)

// Scopes returns the small worlds, at least one for each kind of right that the engine runs.
func Scopes() []*Scope {
	var out []*Scope
	add := func(name string, prefix []Move, clauses ...agreement.Clause) *Scope {
		s := &Scope{Name: name, Law: law(clauses...), Prefix: prefix}
		out = append(out, s)
		return s
	}
	need := []Move{submit()}
	add("first call", need, clause(agreement.FirstCall, nil))
	add("first call that releases on an inability alone", need, clause(agreement.FirstCall, func(c *agreement.Clause) {
		c.Process.ReleaseOn = agreement.Given([]agreement.Outcome{agreement.OnUnable})
	}))
	add("first call by letter", need, clause(agreement.FirstCall, byLetter))
	add("first offer on the grantor's terms", need, clause(agreement.FirstOffer, func(c *agreement.Clause) {
		c.Process.Content = agreement.Given([]agreement.Item{agreement.ItemPrice})
		c.Process.Tail = agreement.Given(agreement.Tail{Length: hours(720), Cap: agreement.CapNoticed})
	}))
	add("first offer on the holder's terms", need, clause(agreement.FirstOffer, func(c *agreement.Clause) {
		c.Process.Form = agreement.Given(agreement.HoldersTerms)
		c.Process.Tail = agreement.Given(agreement.Tail{Length: hours(720), Cap: agreement.CapNamed})
	}))
	add("first offer, the grantor's silence accepts", need, clause(agreement.FirstOffer, func(c *agreement.Clause) {
		c.Process.Form = agreement.Given(agreement.HoldersTerms)
		c.Process.ResponseSilence = agreement.Given(agreement.Outcome(""))
	}))
	matchScopes(add)
	windowScopes(add)
	kindScopes(add)
	awardScopes(add)
	add("nothing said", need, clause(agreement.FirstCall, func(c *agreement.Clause) {
		c.Process = agreement.Process{RateCard: c.Process.RateCard}
	}))
	add("match under an exclusivity of the same holder", need,
		clause(agreement.Exclusive, func(c *agreement.Clause) { c.Triggers = []agreement.TriggerID{"over"} }), clause(agreement.Match, nil)).Triggers = []agreement.TriggerID{"over"}
	return out
}

// matchScopes are the right to match: as it is in most clauses, and with one thing different in each.
func matchScopes(add func(string, []Move, ...agreement.Clause) *Scope) {
	add("match", chosen(), clause(agreement.Match, func(c *agreement.Clause) {
		c.Process.Tail = agreement.Given(agreement.Tail{Length: hours(720), Cap: agreement.CapNoticed})
	}))
	add("match by letter, deemed received", chosen(), clause(agreement.Match, byLetter))
	add("match, what is not said is asked", chosen(), clause(agreement.Match, func(c *agreement.Clause) {
		c.Process.Silence, c.Process.Partial = agreement.Param[agreement.Silence]{}, agreement.Param[agreement.Partial]{}
		c.Process.Tail, c.Process.Reopen = agreement.Param[agreement.Tail]{}, agreement.Param[[]agreement.Reopen]{}
	}))
	add("match, silence accepts and a counter spends", chosen(), clause(agreement.Match, func(c *agreement.Clause) {
		c.Process.Silence = agreement.Given(agreement.SilenceAccepts)
		c.Process.Counter = agreement.Given(agreement.CounterSpends)
		c.Process.Partial = agreement.Given(agreement.WholeOnly)
	}))
	add("match of two holders, one after the other", chosen(), clause(agreement.Match, nil), clause(agreement.Match, func(c *agreement.Clause) { c.Holder = south }))
	add("match with a sunset that ends what is open", chosen(), clause(agreement.Match, func(c *agreement.Clause) {
		c.Survival, c.Triggers = agreement.Given(agreement.Terminate), []agreement.TriggerID{"over"}
	})).Triggers = []agreement.TriggerID{"over"}
	add("match with a date that ends it while the window runs", chosen(), clause(agreement.Match, func(c *agreement.Clause) {
		c.Survival, c.Effective.Until = agreement.Param[agreement.Survival]{}, begin+calendar.Instant(36*calendar.Hour)
	}))
	add("award by a waiver, short tail, revived", awarded(), clause(agreement.Match, func(c *agreement.Clause) {
		c.Process.Tail = agreement.Given(agreement.Tail{Length: hours(6), Cap: agreement.CapNoticed})
		c.Process.Reopen = agreement.Given(agreement.Reopens)
	}))
}

// byLetter lets the window run from receipt, which is deemed after 24 hours.
func byLetter(c *agreement.Clause) {
	c.Process.Delivery = agreement.Given(agreement.Delivery{Channel: agreement.Email, Clock: agreement.OnDeemed,
		Deemed: []agreement.Deemed{{Channel: agreement.Email, After: hours(24)}}})
}
