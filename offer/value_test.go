package offer_test

import (
	"testing"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/offer"
)

func terms(t *testing.T, text string) *offer.Terms {
	t.Helper()
	got, err := offer.ParseTerms(text)
	if err != nil {
		t.Fatal(err)
	}
	return &got
}

// At 12 % a year, compounded monthly, a payment at the end of the first month counts 1/1.01, of the second 1/1.0201.
func TestPresentValue(t *testing.T) {
	one := terms(t, "H100 x1 2026-01-01..2026-03-01 @ 1.00 USD/gpu-h")
	for _, c := range []struct {
		name, text, want string
	}{
		{"two months in arrears", "H100 x1 2026-01-01..2026-03-01 @ 1.00 USD/gpu-h", "1395.392609 USD"},
		{"all of it in advance is not discounted", "H100 x1 2026-01-01..2026-03-01 @ 1.00 USD/gpu-h prepay 100", "1416.00 USD"},
		{"half of it in advance", "H100 x1 2026-01-01..2026-03-01 @ 1.00 USD/gpu-h prepay 50", "1405.696304 USD"},
	} {
		got, err := terms(t, c.text).PresentValue(1, one.Period, 12_000)
		if err != nil || got.String() != c.want {
			t.Errorf("%s: %s (%v), want %s", c.name, got, err, c.want)
		}
	}
	if got, err := one.PresentValue(1, one.Period, 0); err != nil || got.String() != "1416.00 USD" {
		t.Errorf("without a discount: %s (%v), want the price", got, err)
	}
}

// A provider may move its payments about as it likes, so long as they are worth no more (SEMANTICS 5, npv_equivalent).
func TestPresentValueMatch(t *testing.T) {
	noticed := terms(t, "H100 x64 2026-01-01..2027-01-01 @ 2.00 USD/gpu-h country US")
	rule := agreement.MatchRule{Rule: agreement.PresentValue, Discount: 12_000}
	for _, c := range []struct {
		name, answer string
		cap          calendar.Length
		match        bool
	}{
		{"the same terms", "H100 x64 2026-01-01..2027-01-01 @ 2.00 USD/gpu-h country US", calendar.Length{}, true},
		{"dearer", "H100 x64 2026-01-01..2027-01-01 @ 2.01 USD/gpu-h country US", calendar.Length{}, false},
		{"less, paid in advance, and still worth more", "H100 x64 2026-01-01..2027-01-01 @ 1.98 USD/gpu-h country US prepay 100", calendar.Length{}, false},
		{"enough less", "H100 x64 2026-01-01..2027-01-01 @ 1.80 USD/gpu-h country US prepay 100", calendar.Length{}, true},
		{"cheap first, dear later, by more than the discount is worth", "H100 x64 2026-01-01..2027-01-01 @ 1.90 USD/gpu-h, 2.20 USD/gpu-h from 2026-07-01 country US", calendar.Length{}, false},
		{"cheap first, dear later, by less", "H100 x64 2026-01-01..2027-01-01 @ 1.90 USD/gpu-h, 2.10 USD/gpu-h from 2026-07-01 country US", calendar.Length{}, true},
		{"what comes after the term cap does not count", "H100 x64 2026-01-01..2027-01-01 @ 1.90 USD/gpu-h, 9.00 USD/gpu-h from 2026-07-01 country US", calendar.Length{N: 3, Unit: calendar.Months}, true},
		{"another term is worse", "H100 x64 2026-01-01..2027-01-01 @ 1.90 USD/gpu-h country US take-or-pay 100", calendar.Length{}, false},
	} {
		r := rule
		r.TermCap = c.cap
		if got, diffs := offer.Matches(agreement.Buys, r, noticed, terms(t, c.answer)); got != c.match {
			t.Errorf("%s: matches %v (%v), want %v", c.name, got, diffs, c.match)
		}
	}
}

func TestNotMateriallyVarying(t *testing.T) {
	noticed := terms(t, "H100 x64 2026-01-01..2026-04-11 @ 2.00 USD/gpu-h country US sla 99.9")
	rule := agreement.MatchRule{Rule: agreement.NotMaterially, Tolerances: []agreement.Tolerance{{Dimension: agreement.DimPrice, Percent: 2_000}, {Dimension: agreement.DimDuration, Percent: 5_000}}}
	for _, c := range []struct {
		name, answer string
		match        bool
	}{
		{"dearer by the tolerance", "H100 x64 2026-01-01..2026-04-11 @ 2.04 USD/gpu-h country US sla 99.9", true},
		{"dearer by more", "H100 x64 2026-01-01..2026-04-11 @ 2.0401 USD/gpu-h country US sla 99.9", false},
		{"cheaper", "H100 x64 2026-01-01..2026-04-11 @ 1.00 USD/gpu-h country US sla 99.9", true},
		{"longer by five days in a hundred", "H100 x64 2026-01-01..2026-04-16 @ 2.00 USD/gpu-h country US sla 99.9", true},
		{"longer by six", "H100 x64 2026-01-01..2026-04-17 @ 2.00 USD/gpu-h country US sla 99.9", false},
		{"no tolerance for the service level", "H100 x64 2026-01-01..2026-04-11 @ 2.00 USD/gpu-h country US sla 99.8", false},
		{"another accelerator is not a matter of degree", "H200 x64 2026-01-01..2026-04-11 @ 2.00 USD/gpu-h country US sla 99.9", false},
	} {
		if got, diffs := offer.Matches(agreement.Buys, rule, noticed, terms(t, c.answer)); got != c.match {
			t.Errorf("%s: matches %v (%v), want %v", c.name, got, diffs, c.match)
		}
	}
}
