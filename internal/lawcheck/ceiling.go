package lawcheck

import (
	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/party"
)

// exhausted reports whether a holder had all that the ceiling of a clause gives it: then the right is not engaged.
func (c *Checker) exhausted(clause *agreement.Clause, holder party.ID) bool {
	return clause.Process.Ceiling != nil && c.leftUnder(clause, holder) <= 0
}

// leftUnder is what a holder may still take under the ceiling of a clause: less what it was awarded under any version of the clause
// within the span that counts, in this need and in those related to it.
func (c *Checker) leftUnder(clause *agreement.Clause, holder party.ID) int64 {
	ceiling := clause.Process.Ceiling
	left := ceiling.Quantity
	counts := func(ref agreement.Ref, to party.ID, at calendar.Instant) bool {
		return same(ref, clause.Ref) && to == holder && ceiling.Over.Contains(at)
	}
	for _, g := range c.awards {
		if g.ended || g.Matter < 1 || int(g.Matter) > len(c.matters) {
			continue
		}
		if m := c.matters[g.Matter-1]; counts(m.clause.Ref, m.owner, g.at) {
			left -= g.Quantity
		}
	}
	for _, r := range c.related {
		for _, t := range r.Taken {
			if counts(t.Clause, t.Holder, t.At) {
				left -= t.Quantity
			}
		}
	}
	return left
}
