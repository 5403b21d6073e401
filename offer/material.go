package offer

import (
	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
)

// Material reports whether terms changed materially since a holder last saw them, and in what. A dimension changes materially
// if it differs, in favour of whomever, by more than the tolerance that the rule states for it; one without a tolerance, if it
// differs at all. Quantity counts as a dimension here. A price is held against its tolerance as it stands and, where a
// finder's fee is stated, net of it.
//
// Terms where there were none, or none where there were some, are a material change without differences. The order of a
// difference is that of a grantor that buys; for a change it says no more than which way it went.
func Material(rule agreement.Materiality, last, now *Terms) (bool, []Difference) {
	if last == nil || now == nil {
		return last != now, nil
	}
	var diffs []Difference
	for _, dim := range agreement.Dimensions {
		order, same := compareDimension(agreement.Buys, dim, last, now, 0)
		if dim == agreement.DimPrice {
			same = samePrices(last, now)
		}
		if same {
			continue
		}
		if tolerance, ok := toleranceOf(rule.Tolerances, dim); ok && tolerated(dim, last, now, tolerance) {
			continue
		}
		diffs = append(diffs, Difference{dim, last.show(dim), now.show(dim), order})
	}
	return len(diffs) > 0, diffs
}

func tolerated(dim agreement.Dimension, last, now *Terms, tolerance capacity.Percent) bool {
	switch dim {
	case agreement.DimPrice:
		return nearPrices(last, now, tolerance) && nearNet(last, now, tolerance)
	case agreement.DimQuantity, agreement.DimDuration, agreement.DimServiceLevel, agreement.DimTakeOrPay, agreement.DimPrepayment, agreement.DimTermination:
		return near(dim, last, now, tolerance)
	}
	return false
}

func samePrices(a, b *Terms) bool {
	return sameAmount(a.FindersFee, b.FindersFee) && nearPrices(a, b, 0)
}

// nearPrices reports whether the later price is within a tolerance of the earlier, either way, whenever either is in force.
func nearPrices(last, now *Terms, tolerance capacity.Percent) bool {
	within := func(i calendar.Instant) bool {
		was, is := last.Rate(i), now.Rate(i)
		for _, dir := range []agreement.Direction{agreement.Buys, agreement.Sells} {
			bound, err := withRoom(dir, was, tolerance)
			if err != nil {
				return false
			}
			if c, ok := favour(dir, is, bound); !ok || c > 0 {
				return false
			}
		}
		return true
	}
	for _, i := range append(priceChanges(last, now), priceChanges(now, last)...) {
		if !within(i) {
			return false
		}
	}
	return true
}

func nearNet(last, now *Terms, tolerance capacity.Percent) bool {
	if last.FindersFee.IsZero() && now.FindersFee.IsZero() {
		return true
	}
	was, err := last.Net(money.HalfEven)
	if err != nil {
		return false
	}
	is, err := now.Net(money.HalfEven)
	return err == nil && nearPrices(was, is, tolerance)
}
