package offer

import (
	"strings"
	"testing"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

var comparers = cmp.Options{
	cmp.Comparer(func(a, b money.Rate) bool { return a == b }),
	cmp.Comparer(func(a, b money.Amount) bool { return a == b }),
	cmpopts.EquateEmpty(),
}

// anyTerms draws terms with every combination of present and absent parts.
func anyTerms() *rapid.Generator[Terms] {
	instant := rapid.Map(rapid.Int64Range(int64(calendar.Earliest), int64(calendar.Latest)-1<<41), func(n int64) calendar.Instant { return calendar.Instant(n) })
	word := rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9._+-]{0,12}`)
	maybe := func(g *rapid.Generator[string]) *rapid.Generator[string] { return rapid.OneOf(rapid.Just(""), g) }
	share := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 100_000))
	amount := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, capacity.MaxQuantity))
	cash := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Min(0))
	return rapid.Custom(func(t *rapid.T) Terms {
		out := Terms{
			Accelerator:  capacity.Accelerator(word.Draw(t, "accelerator")),
			Quantity:     amount.Draw(t, "quantity"),
			Least:        amount.Draw(t, "least"),
			Cloud:        capacity.Cloud(maybe(word).Draw(t, "cloud")),
			Region:       capacity.Region(maybe(rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9._/+-]{0,12}`)).Draw(t, "region")),
			Country:      capacity.Country(maybe(rapid.StringMatching(`[A-Z]{2}`)).Draw(t, "country")),
			Interconnect: rapid.SampledFrom(append([]capacity.Interconnect{""}, capacity.Interconnects...)).Draw(t, "interconnect"),
			ServiceLevel: capacity.Percent(share.Draw(t, "sla")),
			TakeOrPay:    capacity.Percent(share.Draw(t, "take-or-pay")),
			Prepayment:   capacity.Percent(share.Draw(t, "prepay")),
			Termination:  rapid.IntRange(0, maxLeaveDays).Draw(t, "leave"),
			PowerWatts:   amount.Draw(t, "watts"),
			CarbonGrams:  amount.Draw(t, "carbon"),
			NonCash:      rapid.SliceOfN(rapid.StringN(1, 20, -1), 0, 3).Draw(t, "noncash"),
			NonCashValue: money.Micros(cash.Draw(t, "noncash-value"), "USD"),
			FindersFee:   money.Micros(cash.Draw(t, "finders-fee"), "EUR"),
		}
		for _, a := range []*money.Amount{&out.NonCashValue, &out.FindersFee} {
			if a.IsZero() {
				*a = money.Amount{} // nothing has no currency
			}
		}
		out.Period.From = instant.Draw(t, "from")
		out.Period.Until = out.Period.From + calendar.Instant(rapid.Int64Range(1, 1<<40).Draw(t, "length"))
		for i := range rapid.IntRange(0, 3).Draw(t, "steps") {
			step := Step{From: out.Period.From, Rate: money.Nanos(rapid.Int64Min(0).Draw(t, "nanos"), "USD")}
			if i > 0 || rapid.Bool().Draw(t, "other start") {
				step.From = instant.Draw(t, "step from")
			}
			out.Price = append(out.Price, step)
		}
		return out
	})
}

func TestTermsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyTerms().Draw(t, "terms")
		text := want.String()
		got, err := ParseTerms(text)
		if err != nil {
			t.Fatalf("%s\n%v", text, err)
		}
		if diff := cmp.Diff(want, got, comparers); diff != "" {
			t.Fatalf("%s\n%s", text, diff)
		}
		if again := got.String(); again != text {
			t.Fatalf("read back as another text:\n%s\n%s", text, again)
		}
	})
}

const full = `H100 x64 2026-04-01..2026-07-01 @ 2.10 USD/gpu-h, 1.90 USD/gpu-h from 2026-06-01 in oci/us-chicago-1 country US sla 99.9 ` +
	`via infiniband take-or-pay 80 prepay 10 leave 30d least 16 watts 700 carbon 300 noncash "equity option" noncash "a \"quoted\" seat"`

func TestTermsText(t *testing.T) {
	for _, text := range []string{
		full,
		"H100 x64 2026-04-01..2026-07-01",
		"MI300X x8 2026-04-01T06:00Z..2026-04-02 @ 0.00 USD/gpu-h",
		"H100 x1 2026-04-01..2026-07-01 @ 2.123456789 USD/gpu-h from 2026-03-01 in oci",
		"H100 x1 2026-04-01..2026-07-01 in /us-chicago-1",
		full + " noncash-value 500000.00 USD finders-fee 20000.50 EUR",
		"H100 x1 2026-04-01..2026-07-01 noncash-value 500000.00 USD",
	} {
		got, err := ParseTerms(text)
		if err != nil {
			t.Errorf("%s\n%v", text, err)
		} else if got.String() != text {
			t.Errorf("got  %s\nwant %s", got.String(), text)
		}
	}
	loose, err := ParseTerms("H100  x64 2026-04-01..2026-07-01 country US sla 99.90% @ 2.1 USD/gpu-h")
	if want := "H100 x64 2026-04-01..2026-07-01 @ 2.10 USD/gpu-h country US sla 99.9"; err != nil || loose.String() != want {
		t.Errorf("got %s, %v\nwant %s", loose.String(), err, want)
	}
}

func TestTermsErrors(t *testing.T) {
	const head = "H100 x64 2026-04-01..2026-07-01 "
	for _, c := range []struct{ text, want string }{
		{"", "begin with an accelerator"},
		{"H100 64 2026-04-01..2026-07-01", `"64" is not a quantity; write x64`},
		{"H100 x-1 2026-04-01..2026-07-01", `"x-1" is not a quantity`},
		{"H100 x9999999999 2026-04-01..2026-07-01", "is not a quantity"},
		{"H(100 x64 2026-04-01..2026-07-01", "accelerator:"},
		{"H100 x64 2026-04-01", "is not a span"},
		{"H100 x64 2026-07-01..2026-04-01", "ends before it begins"},
		{head + "@ 2.10 USD", "not a price per accelerator-hour"},
		{head + "@ 2.10 EUROS/gpu-h", "2.10 EUROS"},
		{head + "@ 2.10 USD/gpu-h,", "a price is missing"},
		{head + "@ 2.10 USD/gpu-h from June", `"June"`},
		{head + "@ 2.10 USD/gpu-h @ 2.20 USD/gpu-h", `"@" stands twice`},
		{head + "slo 99.9", "did you mean sla?"},
		{head + "sla", `"sla" has no value; write sla 99.9`},
		{head + "sla 101", "write sla 99.9"},
		{head + "country us", "two capitals"},
		{head + "country US country DE", `"country" stands twice`},
		{head + "via thunderbolt", "use ethernet, roce or infiniband"},
		{head + "leave 30", "notice in days"},
		{head + "noncash equity", "double quotes"},
		{head + "noncash-value 500000", `"noncash-value" has no value; write noncash-value 500000 USD`},
		{head + "noncash-value 500000 dollars", "not a number and a currency"},
		{head + "finders-fee 0 USD", "leave it out; write finders-fee 20000 USD"},
		{head + "finders-fee -5 USD", "is not more than nothing"},
		{head + "finders-fee 5 USD finders-fee 6 USD", `"finders-fee" stands twice`},
		{head + "finder-fee 5 USD", "did you mean finders-fee?"},
		{head + `noncash "equity`, "a quote is not closed"},
		{head + "zzzzzzzzzz 3", "is not a word of terms; use @"},
	} {
		_, err := ParseTerms(c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\ngot  %v\nwant %s", c.text, err, c.want)
		}
	}
}

func FuzzParseTerms(f *testing.F) {
	f.Add(full)
	f.Add("H100 x64 2026-04-01..2026-07-01 @ 2.10 USD/gpu-h from - in /r")
	f.Add("H100 x64 2026-04-01..2026-07-01 noncash-value 0.000001 USD finders-fee 7 EUR")
	f.Fuzz(func(t *testing.T, text string) {
		terms, err := ParseTerms(text)
		if err != nil {
			return
		}
		again, err := ParseTerms(terms.String())
		if err != nil {
			t.Fatalf("%q is written as %q, which does not read: %v", text, terms.String(), err)
		}
		if diff := cmp.Diff(terms, again, comparers); diff != "" {
			t.Fatalf("%q: %s", text, diff)
		}
	})
}
