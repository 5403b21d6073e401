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

// Order is how one set of terms stands to another as seen from the provider that would be bound.
type Order uint8

const (
	// Within says that no dimension is more favourable to the provider than the cap.
	Within Order = iota
	// Outside says that at least one dimension is more favourable to the provider, and none is incomparable.
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

// Compare holds got against limit in every dimension: is got no more favourable to its provider than limit?
// Price may be higher than the limit's by tolerance before it is outside.
//
//   - price: lower or equal in every step is within, higher outside; prices that cross over time are incomparable.
//   - quantity: fewer is within. start: earlier is within. duration: shorter is within.
//   - service level, interconnect: better for the buyer is within.
//   - take-or-pay, prepayment: a smaller share is within.
//   - termination: an exit for the buyer, at shorter notice, is within.
//   - region: the same region of one cloud, or the same country; else incomparable.
//   - accelerator and non-cash items: equal (non-cash: no item that the limit lacks), else incomparable.
func Compare(limit, got *Terms, tolerance capacity.Percent) (Order, []Difference) {
	worst := Within
	var diffs []Difference
	for _, dim := range agreement.Dimensions {
		order, same := compareDimension(dim, limit, got, tolerance)
		if same {
			continue
		}
		diffs = append(diffs, Difference{dim, limit.show(dim), got.show(dim), order})
		worst = max(worst, order)
	}
	return worst, diffs
}

// Matches reports whether an answer matches what was noticed under a clause's rule. Quantity is not compared: what an
// answer takes is its own field, and whether it may take a part is the clause's partial rule. The differences are
// those that keep the answer from matching.
func Matches(rule agreement.MatchRule, noticed, answer *Terms) (bool, []Difference) {
	var against []Difference
	for _, dim := range agreement.Dimensions {
		if dim == agreement.DimQuantity || rule.Rule == agreement.IdenticalPrincipal && !slices.Contains(rule.Principal, dim) {
			continue
		}
		order, same := compareDimension(dim, noticed, answer, 0)
		if same || passes(rule, dim, order, noticed, answer) {
			continue
		}
		against = append(against, Difference{dim, noticed.show(dim), answer.show(dim), order})
	}
	return len(against) == 0, against
}

// passes reports whether a rule lets a dimension differ.
func passes(rule agreement.MatchRule, dim agreement.Dimension, order Order, noticed, answer *Terms) bool {
	switch rule.Rule {
	case agreement.SameOrBetter:
		return order == Within
	case agreement.NotMaterially:
		return order == Within || order == Outside && immaterial(rule, dim, noticed, answer)
	case agreement.PresentValue:
		if dim == agreement.DimPrice || dim == agreement.DimPrepayment {
			return worthNoMore(rule, noticed, answer)
		}
		return order == Within
	}
	return false
}

// immaterial reports whether a measured dimension is worse by no more than the clause's tolerance.
func immaterial(rule agreement.MatchRule, dim agreement.Dimension, noticed, answer *Terms) bool {
	i := slices.IndexFunc(rule.Tolerances, func(t agreement.Tolerance) bool { return t.Dimension == dim })
	if i < 0 {
		return false
	}
	tolerance := rule.Tolerances[i].Percent
	if dim == agreement.DimPrice {
		order, _ := comparePrice(noticed, answer, tolerance)
		return order == Within
	}
	was, is := noticed.size(dim), answer.size(dim)
	return max(was-is, is-was)*100_000 <= was*int64(tolerance)
}

// size is a measured dimension as a number; its unit does not matter, only ratios do.
func (t *Terms) size(dim agreement.Dimension) int64 {
	switch dim {
	case agreement.DimDuration:
		return t.Period.Seconds() / 3600
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

// compareDimension returns the order of got to limit in one dimension, and whether the two are the same in it.
func compareDimension(dim agreement.Dimension, limit, got *Terms, tolerance capacity.Percent) (Order, bool) {
	switch dim {
	case agreement.DimPrice:
		return comparePrice(limit, got, tolerance)
	case agreement.DimQuantity:
		return less(got.Quantity, limit.Quantity)
	case agreement.DimAccelerator:
		return equal(limit.Accelerator == got.Accelerator)
	case agreement.DimRegion:
		return equal(samePlace(limit, got))
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
	case agreement.DimNonCash:
		return compareNonCash(limit.NonCash, got.NonCash)
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

func compareNonCash(limit, got []string) (Order, bool) {
	for _, item := range got {
		if !slices.Contains(limit, item) {
			return Incomparable, false
		}
	}
	return Within, len(got) == len(limit)
}

// comparePrice compares step by step over the period of got, at every instant at which either price changes.
func comparePrice(limit, got *Terms, tolerance capacity.Percent) (Order, bool) {
	lower, higher, outside := false, false, false
	at := func(i calendar.Instant) bool {
		have, allowed := got.Rate(i), limit.Rate(i)
		c, err := have.Cmp(allowed)
		if err != nil {
			return false
		}
		lower, higher = lower || c < 0, higher || c > 0
		if c > 0 {
			room, err := allowed.Scale(100_000+int64(tolerance), 100_000, money.Down)
			if err != nil {
				return false
			}
			over, _ := have.Cmp(room)
			outside = outside || over > 0
		}
		return true
	}
	if !at(got.Period.From) {
		return Incomparable, false
	}
	for _, steps := range [][]Step{limit.Price, got.Price} {
		for _, s := range steps {
			if got.Period.Contains(s.From) && !at(s.From) {
				return Incomparable, false
			}
		}
	}
	switch {
	case outside && lower:
		return Incomparable, false // dearer in one year, cheaper in another: no order without a discount rate
	case outside:
		return Outside, false
	}
	return Within, !lower && !higher
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
		return strings.Join(t.NonCash, ", ")
	}
	return ""
}
