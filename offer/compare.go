package offer

import (
	"fmt"
	"slices"
	"strings"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
)

// Order is how one set of terms stands to another as seen from the rival that would be bound.
type Order uint8

const (
	// Within says that no dimension is more favourable to the rival than the cap.
	Within Order = iota
	// Outside says that at least one dimension is more favourable to the rival, and none is incomparable.
	Outside
	// Incomparable says that some dimension cannot be ordered. It fails closed.
	Incomparable
)

// String writes the words of the semantics.
func (o Order) String() string { return [...]string{"within_cap", "outside_cap", "incomparable"}[o] }

// Difference is one dimension in which two sets of terms differ.
type Difference struct {
	Dimension agreement.Dimension `json:"dimension"`
	Cap       string              `json:"cap"`
	Got       string              `json:"got"`
	Order     Order               `json:"order"`
}

// String writes "price 2.10 USD -> 2.30 USD (outside_cap)".
func (d Difference) String() string {
	return fmt.Sprintf("%s %s -> %s (%s)", d.Dimension, d.Cap, d.Got, d.Order)
}

// Compare holds got against limit in every dimension: is got no more favourable to the rival than limit? The rival is the party that
// would be bound next to the grantor: a provider where the grantor buys (the direction), a buyer where it sells. Price may be
// better for the rival than the limit's by tolerance, in percent, before it is outside.
//
// Where the grantor buys:
//
//   - price: lower or equal in every step is within, higher outside; prices that cross over time are incomparable.
//   - start: earlier is within. duration: shorter is within.
//   - service level, interconnect: better for the buyer is within.
//   - take-or-pay, prepayment: a smaller share is within.
//   - termination: an exit for the buyer, at shorter notice, is within.
//
// Where it sells, each of these turns round. In both directions:
//
//   - quantity: fewer is within; what was refused was refused for that many.
//   - region: the same region of one cloud, or the same country; else incomparable.
//   - accelerator: the same, else incomparable.
//   - non-cash items: the same and of the same stated value, else incomparable. Where the grantor buys, fewer are within.
//
// A finder's fee does not order prices, which are compared as they stand; terms that differ in it alone are within and not the same.
func Compare(dir agreement.Direction, limit, got *Terms, tolerance capacity.Percent) (Order, []Difference) {
	worst := Within
	var diffs []Difference
	for _, dim := range agreement.Dimensions {
		order, same := compareDimension(dir, dim, limit, got, tolerance)
		if same {
			continue
		}
		diffs = append(diffs, Difference{dim, limit.show(dim), got.show(dim), order})
		worst = max(worst, order)
	}
	return worst, diffs
}

// compareDimension returns the order of got to limit in one dimension, and whether the two are the same in it.
func compareDimension(dir agreement.Direction, dim agreement.Dimension, limit, got *Terms, tolerance capacity.Percent) (Order, bool) {
	switch dim {
	case agreement.DimPrice:
		return comparePrice(dir, limit, got, tolerance)
	case agreement.DimAccelerator:
		return equal(limit.Accelerator == got.Accelerator)
	case agreement.DimRegion:
		return equal(samePlace(limit, got))
	case agreement.DimNonCash:
		return compareNonCash(dir, limit, got)
	case agreement.DimQuantity:
		return less(got.Quantity, limit.Quantity)
	}
	if dir == agreement.Sells {
		limit, got = got, limit // what favours a provider less favours a buyer more
	}
	switch dim {
	case agreement.DimStart:
		return less(int64(got.Period.From), int64(limit.Period.From))
	case agreement.DimDuration:
		return less(got.Period.Seconds(), limit.Period.Seconds())
	case agreement.DimServiceLevel:
		return less(int64(limit.ServiceLevel), int64(got.ServiceLevel))
	case agreement.DimInterconnect:
		return less(int64(slices.Index(capacity.Interconnects, limit.Interconnect)),
			int64(slices.Index(capacity.Interconnects, got.Interconnect)))
	case agreement.DimTakeOrPay:
		return less(int64(got.TakeOrPay), int64(limit.TakeOrPay))
	case agreement.DimPrepayment:
		return less(int64(got.Prepayment), int64(limit.Prepayment))
	case agreement.DimTermination:
		return less(exitDays(got.Termination), exitDays(limit.Termination))
	}
	return Incomparable, false
}

func equal(same bool) (Order, bool) {
	if same {
		return Within, true
	}
	return Incomparable, false
}

// less orders numbers of which the smaller is the less favourable to the provider.
func less(got, limit int64) (Order, bool) {
	switch {
	case got < limit:
		return Within, false
	case got > limit:
		return Outside, false
	}
	return Within, true
}

// exitDays turns "never" into the longest notice.
func exitDays(days int) int64 {
	if days == 0 {
		return 1 << 40
	}
	return int64(days)
}

func samePlace(a, b *Terms) bool {
	if a.Cloud == b.Cloud && a.Region == b.Region && (a.Cloud != "" || a.Country == b.Country) {
		return true
	}
	return a.Country != "" && a.Country == b.Country
}

// compareNonCash compares the items, and what they are stated to be worth. Values are not ordered: what an item is worth to the one
// who gets it is not what it costs the one who gives it. An item that a provider does without leaves it with less; what an item
// is to a buyer that does without it, as a payment or as a gain, the terms do not say.
func compareNonCash(dir agreement.Direction, limit, got *Terms) (Order, bool) {
	value := sameAmount(limit.NonCashValue, got.NonCashValue)
	if value && sameItems(limit.NonCash, got.NonCash) {
		return Within, true
	}
	if dir == agreement.Sells || !value && !got.NonCashValue.IsZero() {
		return Incomparable, false
	}
	for _, item := range got.NonCash {
		if !slices.Contains(limit.NonCash, item) {
			return Incomparable, false
		}
	}
	return Within, false
}

// sameItems reports whether two lists hold the same items, in any order.
func sameItems(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// sameAmount reports whether two amounts are equal; nothing has no currency.
func sameAmount(a, b money.Amount) bool { return a == b || a.IsZero() && b.IsZero() }

// comparePrice compares step by step over the period of got, at every instant at which either price changes.
func comparePrice(dir agreement.Direction, limit, got *Terms, tolerance capacity.Percent) (Order, bool) {
	worse, better, outside := false, false, false // for the rival
	at := func(i calendar.Instant) bool {
		have, allowed := got.Rate(i), limit.Rate(i)
		c, ok := favour(dir, have, allowed)
		worse, better = worse || c < 0, better || c > 0
		if ok && c > 0 {
			room, err := withRoom(dir, allowed, tolerance)
			if err != nil {
				return false
			}
			over, _ := favour(dir, have, room)
			outside = outside || over > 0
		}
		return ok
	}
	for _, i := range priceChanges(limit, got) {
		if !at(i) {
			return Incomparable, false
		}
	}
	switch {
	case outside && worse:
		return Incomparable, false // dearer in one year, cheaper in another: no order without a discount rate
	case outside:
		return Outside, false
	}
	return Within, !worse && !better && sameAmount(limit.FindersFee, got.FindersFee)
}

// favour is positive where have is more favourable to the rival than allowed: higher where the rival is paid, lower where it pays;
// false where the two are in different currencies.
func favour(dir agreement.Direction, have, allowed money.Rate) (int, bool) {
	c, err := have.Cmp(allowed)
	if dir == agreement.Sells {
		c = -c
	}
	return c, err == nil
}

// withRoom is the price that is as much more favourable to the rival as a tolerance lets it be, rounded to its disadvantage.
func withRoom(dir agreement.Direction, allowed money.Rate, tolerance capacity.Percent) (money.Rate, error) {
	if dir == agreement.Sells {
		return allowed.Scale(100_000-int64(tolerance), 100_000, money.Up)
	}
	return allowed.Scale(100_000+int64(tolerance), 100_000, money.Down)
}

// priceChanges are the instants, within the period of got, from which either price may be another than before.
func priceChanges(limit, got *Terms) []calendar.Instant {
	out := []calendar.Instant{got.Period.From}
	for _, steps := range [][]Step{limit.Price, got.Price} {
		for _, s := range steps {
			if got.Period.Contains(s.From) {
				out = append(out, s.From)
			}
		}
	}
	return out
}

// show writes one dimension of the terms.
func (t *Terms) show(dim agreement.Dimension) string {
	switch dim {
	case agreement.DimPrice:
		steps := make([]string, len(t.Price))
		for i, s := range t.Price {
			steps[i] = s.Rate.String()
			if i > 0 {
				steps[i] += " from " + s.From.String()
			}
		}
		if !t.FindersFee.IsZero() {
			return strings.Join(steps, ", ") + fmt.Sprintf(" (finder's fee %s)", t.FindersFee)
		}
		return strings.Join(steps, ", ")
	case agreement.DimQuantity:
		return fmt.Sprint(t.Quantity)
	case agreement.DimAccelerator:
		return string(t.Accelerator)
	case agreement.DimRegion:
		return fmt.Sprintf("%s/%s (%s)", t.Cloud, t.Region, t.Country)
	case agreement.DimStart:
		return t.Period.From.String()
	case agreement.DimDuration:
		return fmt.Sprintf("%d h", t.Period.Seconds()/3600)
	case agreement.DimServiceLevel:
		return t.ServiceLevel.String()
	case agreement.DimInterconnect:
		return string(t.Interconnect)
	case agreement.DimTakeOrPay:
		return t.TakeOrPay.String()
	case agreement.DimPrepayment:
		return t.Prepayment.String()
	case agreement.DimTermination:
		if t.Termination == 0 {
			return "none"
		}
		return fmt.Sprintf("%d days", t.Termination)
	case agreement.DimNonCash:
		switch {
		case t.NonCashValue.IsZero():
			return strings.Join(t.NonCash, ", ")
		case len(t.NonCash) == 0:
			return "cash " + t.NonCashValue.String()
		}
		return strings.Join(t.NonCash, ", ") + fmt.Sprintf(" (worth %s)", t.NonCashValue)
	}
	return ""
}
