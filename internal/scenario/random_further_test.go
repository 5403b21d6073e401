package scenario

import (
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// further gives a clause one or two of the modifiers of docs/spec/rights.md, section 8, now and then.
func (d dice) further(c *agreement.Clause) {
	p := &c.Process
	if c.Kind == agreement.Exclusive {
		if d.chance(15) {
			p.Against = []party.ID{"west"}
		}
		return
	}
	releasing := c.Kind != agreement.StepIn && c.Kind != agreement.CallOption
	atChoice := c.Kind == agreement.Match || c.Kind == agreement.LastLook || c.Kind == agreement.NoLessFavourable
	if releasing {
		d.furtherTail(p)
	}
	if releasing && d.chance(8) {
		p.Ceiling = &agreement.Ceiling{Quantity: int64(10 + d.IntN(100)), Over: pick(d, calendar.Span{}, calendar.Span{From: begin, Until: begin + calendar.Instant(400*calendar.Hour)})}
	}
	if atChoice {
		if d.chance(8) {
			p.Against = slices.Clone(pick(d, []party.ID{"east"}, []party.ID{"east", "west"}))
		}
		if d.chance(5) {
			p.BonaFide = 5_000
		}
		if d.chance(8) {
			p.NoticeWithin = hours(10)
		}
	}
	if d.chance(6) {
		p.NoticeLead = hours(24 * (70 + d.IntN(30)))
	}
	if len(p.Assignees) > 0 || d.chance(5) {
		p.AnyAssignee, p.AssignAfter = d.chance(20), d.chance(40)
	}
	if p.RateLimit != nil && d.chance(40) {
		p.RateLimit.With = []agreement.ClauseID{"c1", "c2"}
	}
	if d.chance(5) {
		c.Threshold = agreement.Threshold{Open: true}
	}
	d.furtherKind(c)
}

// furtherTail says more of a release and of what follows it.
func (d dice) furtherTail(p *agreement.Process) {
	if p.Tail.Given && d.chance(20) {
		p.Tail.Value.From = pick(d, agreement.TailStarts...)
		p.Tail.Value.Exact = d.chance(30)
		if d.chance(30) {
			p.Tail.Value.CapFor = hours(20)
		}
	}
	if d.chance(10) {
		p.Reopen = agreement.Given([]agreement.Reopen{})
	} else if d.chance(10) {
		p.ReopenWindow = agreement.Given(hours(10))
	}
	if p.ReleaseOn.Given && d.chance(10) {
		for _, o := range agreement.Outcomes {
			if !slices.Contains(p.ReleaseOn.Value, o) {
				p.ReleaseOpen = append(p.ReleaseOpen, o)
			}
		}
	}
}

// furtherKind is what only one kind or two can have.
func (d dice) furtherKind(c *agreement.Clause) {
	p := &c.Process
	switch c.Kind {
	case agreement.FirstNegotiation:
		if d.chance(15) {
			p.Shop = agreement.MayShop
		} else if d.chance(20) {
			p.Unsolicited = true
		}
	case agreement.ProRata:
		if len(c.Holders) > 0 && d.chance(15) {
			c.Holders = slices.Clone(c.Holders)
			c.Holders[0].Share, c.Holders[0].Open = 0, true
		}
	case agreement.Match, agreement.NoLessFavourable:
		if d.chance(10) {
			p.Alternative = agreement.AlternativeSell
		}
	}
	capped := len(c.Holders) > 0 && !slices.ContainsFunc(c.Holders, func(h agreement.Holding) bool { return h.Share == 0 })
	if capped && c.Kind != agreement.ProRata && d.chance(20) {
		p.Allocation = agreement.Given(agreement.ProRataCapped)
	}
}

// packages are choices by name of offers that are packed together.
func (d dice) packages(s *stream) []right.Command {
	var out []right.Command
	for i := range s.state.Tenders {
		o := s.state.Tenders[i].Offer
		if o.Package == "" || s.state.Tenders[i].Withdrawn || o.ValidUntil <= s.state.Last {
			continue
		}
		for j := range s.state.Lots {
			if l := &s.state.Lots[j]; l.Line == o.Line && l.Status == right.InMarket && !l.Round {
				out = append(out, right.Command{By: "acme", Person: "jane", Ask: right.Choose{Lot: l.ID, Offers: []offer.ID{o.ID}, Reason: "r"}})
			}
		}
	}
	return out
}

// fits makes an offer large enough for its line, as one of a package must be.
func (d dice) fits(o *offer.Offer, need *capacity.Need) {
	o.Terms.Accelerator = "H100"
	o.Terms.Quantity = max(o.Terms.Quantity, need.Lines[o.Line].Quantity)
	o.Terms.ServiceLevel, o.Terms.Interconnect, o.Terms.Country = 99_500, capacity.RoCE, "US"
}

// suits makes an answer one that the kind of right is answered with.
func (d dice) suits(a *right.Answer, m *right.Matter) {
	c := m.Clause()
	switch {
	case c.Kind == agreement.FirstNegotiation && m.Status != right.Negotiating:
		*a = right.Answer{Matter: m.ID, Kind: right.Interest}
	case c.Kind == agreement.FirstNegotiation:
		*a = right.Answer{Matter: m.ID, Kind: right.Exercise}
	case c.Kind == agreement.LastLook || c.Kind == agreement.FirstOffer && c.Process.Form.Value == agreement.HoldersTerms:
		a.Kind, a.Quantity, a.Rest = right.Name, 0, ""
		terms := d.fine(m.Quantity)
		a.Terms = &terms
	case c.Process.Alternative == agreement.AlternativeSell && d.chance(30):
		*a = right.Answer{Matter: m.ID, Kind: right.Sell}
	case c.Kind == agreement.StepIn || c.Kind == agreement.CallOption:
		a.Kind, a.Terms = right.Exercise, nil
	}
}

// fine are terms that meet any need.
func (d dice) fine(quantity int64) offer.Terms {
	terms := d.terms(max(quantity, 1))
	terms.Accelerator, terms.Country, terms.ServiceLevel, terms.Interconnect = "H100", "US", 99_500, capacity.RoCE
	return terms
}

// withdraw gives a need up, which ends most of its story: seldom.
func (d dice) withdraw() right.Command {
	if d.chance(70) {
		return right.Command{Ask: right.Settle{}}
	}
	return right.Command{By: "acme", Ask: right.Withdraw{Reason: "r"}}
}
