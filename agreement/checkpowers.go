package agreement

import (
	"fmt"
	"slices"

	"firstlook/calendar"
)

// negotiation checks when a first negotiation begins, and what silence can mean before there are terms.
func (c *checker) negotiation(p placed) {
	pr := &p.clause.Process
	if p.clause.Kind == FirstNegotiation && pr.FromNotice {
		text, _ := c.f.Text(p.at("window"))
		switch {
		case text == unspecified:
			c.report(p.at("window"), "where the negotiation begins with the notice there need be no window, so that one of unknown length cannot be told from none", "state how long the holder may show interest, remove it, or use negotiation_from: interest")
		case c.f.Has(p.at("silence")) && !c.f.Has(p.at("window")) && !pr.Window.Given:
			c.report(p.at("silence"), "the negotiation begins with the notice, and there is no window in which the holder answers", "add a window for the holder's interest, remove it, or use negotiation_from: interest")
		case sameKind(pr.Window.Value, pr.Negotiation.Value) && pr.Window.Value.Length.N >= pr.Negotiation.Value.Length.N:
			path := p.at("window")
			if c.only != "" {
				path = c.only // the one of the two that is determined
			}
			c.report(path, fmt.Sprintf("the holder may show interest for %s, and the negotiation is over %s after the notice", pr.Window.Value.Length, pr.Negotiation.Value.Length), "let the negotiation be longer than the window, or use negotiation_from: interest")
		}
	}
	if (p.clause.Kind == FirstNegotiation || p.clause.Kind == LastLook) && pr.Silence.Value == SilenceAccepts {
		c.report(p.at("silence"), "the notice carries no terms that silence could accept", "use lapse or decline")
	}
}

// sameKind reports whether two lengths of time are stated, counted the same way and in the same unit, so that the counts compare.
func sameKind(a, b calendar.Rule) bool {
	return !a.Length.IsZero() && a.Length.Unit == b.Length.Unit && a.BeforeStart == b.BeforeStart
}

// takeover checks the price of a right that takes over an award, and the cards by which others are priced.
func (c *checker) takeover(p placed) {
	cl, pr := p.clause, &p.clause.Process
	none := pr.RateCard.Given && len(pr.RateCard.Value) == 0
	switch {
	case cl.Kind == NoLessFavourable && none:
		c.report(p.at("rate_card"), "without what the holder has today there is nothing that a rival's terms could be more favourable than", "list its prices, or use kind: match")
	case !slices.Contains(taking, cl.Kind) || !pr.Price.Given:
	case pr.Price.Value == PriceCard && none:
		c.report(p.at("rate_card"), "the price is that of the rate card, which is none", "list the prices, or use another price rule")
	case pr.Price.Value == PriceCard && !c.f.Has(p.at("rate_card")) && c.only == "":
		c.report(p.at("price"), "the price is that of a rate card, which the clause does not have", "add rate_card with the prices; if the text lacks it, write rate_card: unspecified")
	case pr.Price.Value != PriceCard && c.f.Has(p.at("rate_card")):
		c.report(p.at("rate_card"), fmt.Sprintf("the price is %s, so that the card is never read", pr.Price.Value), "remove it, or use price: rate_card")
	}
}

// lastLook checks that a last look stays one: the holder sees no terms of others.
func (c *checker) lastLook(p placed) {
	if i := slices.Index(p.clause.Process.Reveals, RevealAllTerms); i >= 0 && p.clause.Kind == LastLook {
		c.report(fmt.Sprintf("%s[%d]", p.at("reveals"), i), "in a last look the holder names its terms without seeing the chosen offer's", "remove it, or use kind: match")
	}
}

func (c *checker) information(p placed) {
	i := p.clause.Process.Information.Value
	switch i.Effect {
	case EffectNone:
		for _, key := range []string{"extension", "requests"} {
			if c.f.Has(p.at("information." + key)) {
				c.report(p.at("information."+key), "a request has no effect, so that "+key+" means nothing", "remove it, or use effect: toll or restart")
			}
		}
		if p.clause.Process.Delivery.Value.Clock == OnComplete {
			c.report(p.at("information.effect"), "the clock starts once all information is supplied, but a request has no effect", "use effect: restart, or another clock")
		}
	case EffectRestart:
		if c.f.Has(p.at("information.extension")) {
			c.report(p.at("information.extension"), "after a restart the holder has its whole window, so that an extension means nothing", "remove it, or use effect: toll")
		}
	}
}

func (c *checker) consent(p placed) {
	g := p.clause.Process.Consent
	if g == nil || c.f.Broken(p.at("consent")) {
		return
	}
	for i, id := range g.Of {
		path := fmt.Sprintf("%s[%d]", p.at("consent.of"), i)
		c.party(path, id, "a party that consents")
		if holds := p.clause.Holds(); g.Over == OverExercise && len(holds) == 1 && holds[0].Holder == id && id != "" {
			c.report(path, fmt.Sprintf("%s exercises the right, so that its consent means nothing", id), "name another party, or use over: rival")
		}
	}
	timed, silent := c.f.Has(p.at("consent.within")), c.f.Has(p.at("consent.silence"))
	switch {
	case g.Over == OverRival && slices.Contains(taking, p.clause.Kind):
		c.report(p.at("consent.over"), fmt.Sprintf("a %s lets no rival in", kindWords(p.clause.Kind)), "use over: exercise")
	case g.Over == OverRival && (timed || silent):
		for _, key := range []string{"within", "silence"} {
			if c.f.Has(p.at("consent." + key)) {
				c.report(p.at("consent."+key), "an award to a rival waits for the consent until it is signed, so that no time for it runs", "remove "+key)
			}
		}
	case timed && !silent:
		c.report(p.at("consent.silence"), "the key is missing", "say what the end of within means: given or refused")
	case silent && !timed:
		c.report(p.at("consent.within"), "the key is missing", "silence means something only once a time is over")
	}
}

// powers checks the modifiers that grant a power, and those that bound one.
func (c *checker) powers(p placed) {
	pr := &p.clause.Process
	if s := pr.Stay; s != nil {
		for i, id := range s.By {
			c.party(fmt.Sprintf("%s[%d]", p.at("stay.by"), i), id, "a party that may stop the window")
		}
		c.exact(p.at("stay.at_most"), s.AtMost)
	}
	if r := pr.RateLimit; r != nil {
		c.exact(p.at("rate_limit.per"), r.Per)
	}
	if c.f.Has(p.at("assign_after")) && !pr.AnyAssignee && len(pr.Assignees) == 0 && !c.f.Broken(p.at("assignees")) {
		c.report(p.at("assign_after"), "there is nobody to whom the holder may assign", "add assignees: any, or the parties that it may name")
	}
	for i, id := range pr.Assignees {
		path := fmt.Sprintf("%s[%d]", p.at("assignees"), i)
		c.party(path, id, "an assignee")
		_, holds := p.clause.Holding(id)
		switch {
		case id == "":
		case c.a != nil && id == c.a.Grantor:
			c.report(path, fmt.Sprintf("%s is the grantor and cannot hold a right against itself", id), "remove it")
		case holds:
			c.report(path, fmt.Sprintf("%s holds the right already", id), "remove it")
		}
	}
}

// exact checks a length that is counted without a zone or a calendar.
func (c *checker) exact(path string, l calendar.Length) {
	if l.IsZero() {
		return
	}
	if _, ok := l.Exact(); !ok {
		c.report(path, fmt.Sprintf("%s are not the same time everywhere", l), "count hours, days or weeks; a day has 24 hours here")
	}
}
