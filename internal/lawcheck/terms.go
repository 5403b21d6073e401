package lawcheck

import (
	"firstlook/agreement"
	"firstlook/capacity"
	"firstlook/offer"
)

// How terms are compared turns round where the grantor sells. These are the only places that compare them.

func (c *Checker) compare(limit, got *offer.Terms, tolerance capacity.Percent) (offer.Order, []offer.Difference) {
	return offer.Compare(c.direction(), limit, got, tolerance)
}

// matches holds an answer against what was noticed: of a part, against that part.
func (c *Checker) matches(rule agreement.MatchRule, noticed, answer *offer.Terms) (bool, []offer.Difference) {
	part := noticed.Part(answer.Quantity)
	same, diffs := offer.Matches(c.direction(), rule, &part, answer)
	if !same { // what is netted out of the whole is rounded otherwise than out of a part
		if whole, _ := offer.Matches(c.direction(), rule, noticed, answer); whole {
			return true, nil
		}
	}
	return same, diffs
}

// partOf is what was noticed for as much as a holder's answer takes, whatever accelerators it would supply.
func (c *Checker) partOf(m *matter) *offer.Terms {
	taken := m.quantity
	if m.answer != nil && m.answer.Quantity > 0 {
		taken = m.answer.Quantity
	}
	n, ok := c.law.Throughput.Required(taken, m.seen.Accelerator, c.need.Lines[c.lots[m.lot-1].line].Reference())
	if !ok || n >= m.seen.Quantity {
		return m.seen
	}
	part := m.seen.Part(n)
	return &part
}

// direction is on which side the grantor of the need stands.
func (c *Checker) direction() agreement.Direction {
	if c.need.Sells {
		return agreement.Sells
	}
	return agreement.Buys
}
