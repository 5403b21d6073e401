package offer

import (
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/capacity"
	"firstlook/money"
)

// Matches reports whether an answer matches what was noticed under a clause's rule, for a grantor that buys or sells. Quantity is
// not compared: what an answer takes is its own field, and whether it may take a part is the clause's partial rule. The
// differences are those that keep the answer from matching.
//
// Two substitutions, where the rule has them, still match:
//
//   - cash: an answer without the non-cash items that were noticed matches in that dimension if its NonCashValue is not below
//     the noticed one, and not otherwise; where the notice states no value, nothing substitutes.
//   - finders_fees: the noticed FindersFee is taken out of the noticed price before the answer's is held against it ([Terms.Net]).
//     For a grantor that sells, which is left with an answer's price less the answer's own fee, that is taken out as well.
func Matches(dir agreement.Direction, rule agreement.MatchRule, noticed, answer *Terms) (bool, []Difference) {
	noticed, answer, netted := netOfFees(dir, rule, noticed, answer)
	var against []Difference
	for _, dim := range agreement.Dimensions {
		if dim == agreement.DimQuantity || rule.Rule == agreement.IdenticalPrincipal && !slices.Contains(rule.Principal, dim) {
			continue
		}
		order, same := compareDimension(dir, dim, noticed, answer, 0)
		switch {
		case dim == agreement.DimPrice && !netted:
			order = Incomparable
		case dim == agreement.DimNonCash && paysCash(rule, noticed, answer):
			if notBelow(answer.NonCashValue, noticed.NonCashValue) {
				continue
			}
			order = Outside
		case same || passes(dir, rule, dim, order, noticed, answer):
			continue
		}
		against = append(against, Difference{dim, noticed.show(dim), answer.show(dim), order})
	}
	return len(against) == 0, against
}

// passes reports whether a rule lets a dimension differ.
func passes(dir agreement.Direction, rule agreement.MatchRule, dim agreement.Dimension, order Order, noticed, answer *Terms) bool {
	switch rule.Rule {
	case agreement.SameOrBetter:
		return order == Within
	case agreement.NotMaterially:
		return order == Within || immaterial(dir, rule, dim, noticed, answer)
	case agreement.PresentValue:
		if dim == agreement.DimPrice || dim == agreement.DimPrepayment {
			return asGoodInValue(dir, rule, noticed, answer)
		}
		return order == Within
	}
	return false
}

// immaterial reports whether a measured dimension is worse for the grantor by no more than the clause's tolerance.
func immaterial(dir agreement.Direction, rule agreement.MatchRule, dim agreement.Dimension, noticed, answer *Terms) bool {
	tolerance, ok := toleranceOf(rule.Tolerances, dim)
	if !ok {
		return false
	}
	if dim == agreement.DimPrice {
		order, _ := comparePrice(dir, noticed, answer, tolerance)
		return order == Within
	}
	return near(dim, noticed, answer, tolerance)
}

func toleranceOf(tolerances []agreement.Tolerance, dim agreement.Dimension) (capacity.Percent, bool) {
	i := slices.IndexFunc(tolerances, func(t agreement.Tolerance) bool { return t.Dimension == dim })
	if i < 0 {
		return 0, false
	}
	return tolerances[i].Percent, true
}

// near reports whether a measured dimension other than the price is within a tolerance of what it was, either way. No exit at
// all is no number of days: nothing is near it.
func near(dim agreement.Dimension, before, after *Terms, tolerance capacity.Percent) bool {
	was, is := before.size(dim), after.size(dim)
	if dim == agreement.DimTermination && (was == 0 || is == 0) {
		return was == is
	}
	return max(was-is, is-was)*100_000 <= was*int64(tolerance)
}

// size is a measured dimension as a number; its unit does not matter, only ratios do.
func (t *Terms) size(dim agreement.Dimension) int64 {
	switch dim {
	case agreement.DimQuantity:
		return t.Quantity
	case agreement.DimDuration:
		return t.Period.Seconds()
	case agreement.DimServiceLevel:
		return int64(t.ServiceLevel)
	case agreement.DimTakeOrPay:
		return int64(t.TakeOrPay)
	case agreement.DimPrepayment:
		return int64(t.Prepayment)
	case agreement.DimTermination:
		return int64(t.Termination)
	}
	return 0
}

// paysCash reports whether an answer is held against the noticed non-cash items by its cash alone.
func paysCash(rule agreement.MatchRule, noticed, answer *Terms) bool {
	return slices.Contains(rule.Substitutions, agreement.SubstituteCash) &&
		len(answer.NonCash) == 0 && len(noticed.NonCash) > 0 && !noticed.NonCashValue.IsZero()
}

// notBelow is false for amounts in two currencies.
func notBelow(have, want money.Amount) bool {
	c, err := have.Cmp(want)
	return err == nil && c >= 0
}

// netOfFees takes the finder's fees out of the prices where the rule says so; false where that cannot be done.
func netOfFees(dir agreement.Direction, rule agreement.MatchRule, noticed, answer *Terms) (was, is *Terms, ok bool) {
	if !slices.Contains(rule.Substitutions, agreement.SubstituteFees) {
		return noticed, answer, true
	}
	// Each rounding goes against the one who answers.
	round := money.Up
	if dir == agreement.Sells {
		round = money.Down
		net, err := answer.Net(money.Up)
		if err != nil {
			return noticed, answer, false
		}
		answer = net
	} else {
		gross := *answer
		gross.FindersFee = money.Amount{} // what the holder pays to others out of its price is its own affair
		answer = &gross
	}
	net, err := noticed.Net(round)
	if err != nil {
		return noticed, answer, false
	}
	return net, answer, true
}

// Net returns the terms without a finder's fee and with what the fee comes to per accelerator-hour, over the whole quantity and
// period, taken out of the price in every step. The fee per hour is rounded to a nano-unit as said. An error if it is
// more than the price or in another currency.
func (t *Terms) Net(round money.Rounding) (*Terms, error) {
	out := *t
	out.FindersFee = money.Amount{}
	if t.FindersFee.IsZero() {
		return &out, nil
	}
	if t.Quantity < 0 || t.Quantity > capacity.MaxQuantity {
		return nil, fmt.Errorf("%d accelerators: a quantity is 0 to %d", t.Quantity, int64(capacity.MaxQuantity))
	}
	fee, err := t.FindersFee.Per(t.Quantity*t.Period.Seconds(), 3600, round)
	if err != nil {
		return nil, err
	}
	out.Price = slices.Clone(t.Price)
	for i, s := range t.Price {
		c, err := s.Rate.Cmp(fee)
		switch {
		case err != nil:
			return nil, err
		case c < 0:
			return nil, fmt.Errorf("a finder's fee of %s is %s per accelerator-hour, more than the price of %s", t.FindersFee, fee, s.Rate)
		}
		out.Price[i].Rate = money.Nanos(s.Rate.Nanos()-fee.Nanos(), s.Rate.Currency())
	}
	return &out, nil
}
