package offer

import (
	"slices"
	"testing"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"

	"pgregory.net/rapid"
)

// stays lists the dimensions that do not turn round with the direction: those that favour nobody by themselves, and the quantity.
var stays = []agreement.Dimension{agreement.DimQuantity, agreement.DimAccelerator, agreement.DimRegion, agreement.DimNonCash}

// closeTerms draws terms out of so few values that two of them are often the same, or cross, in a dimension.
func closeTerms() *rapid.Generator[Terms] {
	few := func(name string, t *rapid.T) int64 { return rapid.Int64Range(0, 2).Draw(t, name) }
	return rapid.Custom(func(t *rapid.T) Terms {
		out := Terms{
			Accelerator: rapid.SampledFrom([]capacity.Accelerator{"H100", "H200"}).Draw(t, "accelerator"), Quantity: few("quantity", t),
			Country:      rapid.SampledFrom([]capacity.Country{"", "US", "DE"}).Draw(t, "country"),
			Interconnect: rapid.SampledFrom(append([]capacity.Interconnect{""}, capacity.Interconnects...)).Draw(t, "interconnect"),
			ServiceLevel: capacity.Percent(few("sla", t)), TakeOrPay: capacity.Percent(few("take-or-pay", t)),
			Prepayment: capacity.Percent(few("prepay", t)), Termination: int(few("leave", t)),
			NonCash:      rapid.SliceOfN(rapid.SampledFrom([]string{"seat", "equity"}), 0, 2).Draw(t, "noncash"),
			NonCashValue: money.Micros(few("value", t), "USD"), FindersFee: money.Micros(few("fee", t), "USD"),
		}
		out.Period = calendar.Span{From: 1 + calendar.Instant(few("from", t)), Until: 10_000_000 + calendar.Instant(few("until", t))*1_000_000}
		for i := range rapid.IntRange(0, 3).Draw(t, "steps") {
			currency := rapid.SampledFrom([]money.Currency{"USD", "USD", "USD", "EUR"}).Draw(t, "currency")
			out.Price = append(out.Price, Step{From: calendar.Instant(i) * 2_000_000, Rate: money.Nanos(few("nanos", t), currency)})
		}
		return out
	})
}

// What favours a rival that is paid disfavours one that pays: for a grantor that sells, got stands to limit as limit to
// got for one that buys, dimension by dimension.
func TestDirectionMirrors(t *testing.T) {
	differed := map[agreement.Dimension]int{}
	rapid.Check(t, func(t *rapid.T) {
		limit, got := closeTerms().Draw(t, "limit"), closeTerms().Draw(t, "got")
		for _, dim := range agreement.Dimensions {
			a, b := limit, got
			if dim == agreement.DimPrice {
				a.Period = b.Period // prices are compared over the period of got
			}
			sells, sameSells := compareDimension(agreement.Sells, dim, &a, &b, 0)
			mirrored, sameMirrored := compareDimension(agreement.Buys, dim, &b, &a, 0)
			if slices.Contains(stays, dim) {
				mirrored, sameMirrored = compareDimension(agreement.Buys, dim, &a, &b, 0)
				if dim == agreement.DimNonCash && !sameMirrored {
					mirrored = Incomparable // for a buyer to do without an item may be a gain or a loss
				}
			}
			if sells != mirrored || sameSells != sameMirrored {
				t.Fatalf("%s: %s against %s: sells says %s, %v; want %s, %v", dim, b.show(dim), a.show(dim), sells, sameSells, mirrored, sameMirrored)
			}
			if !sameSells {
				differed[dim]++
			}
		}
	})
	for _, dim := range agreement.Dimensions {
		if differed[dim] == 0 {
			t.Errorf("%s never differed", dim)
		}
	}
}

// Terms are within their own cap, and the same as themselves, in both directions and under every rule.
func TestSameAsThemselves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := anyTerms().Draw(t, "terms")
		tolerance := capacity.Percent(rapid.Int64Range(0, 100_000).Draw(t, "tolerance"))
		for _, dir := range []agreement.Direction{agreement.Buys, agreement.Sells} {
			if order, diffs := Compare(dir, &terms, &terms, 0); order != Within || len(diffs) > 0 {
				t.Fatalf("%s: %s %v", dir, order, diffs)
			}
			for _, rule := range []agreement.Rule{agreement.Identical, agreement.SameOrBetter, agreement.NotMaterially, agreement.PresentValue} {
				if ok, diffs := Matches(dir, agreement.MatchRule{Rule: rule}, &terms, &terms); !ok {
					t.Fatalf("%s, %s: %v", dir, rule, diffs)
				}
			}
		}
		rule := agreement.Materiality{Tolerances: []agreement.Tolerance{{Dimension: agreement.DimPrice, Percent: tolerance}}}
		if material, diffs := Material(rule, &terms, &terms); material {
			t.Fatalf("no change is material: %v", diffs)
		}
	})
}
