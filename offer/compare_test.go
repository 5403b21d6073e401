package offer_test

import (
	"strings"
	"testing"

	"firstlook/agreement"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/offer"

	"github.com/google/go-cmp/cmp"
)

const (
	buys  = agreement.Buys
	sells = agreement.Sells
)

// Each change of one dimension, as the rival of a grantor that buys and of one that sells would see it.
func TestCompareDirections(t *testing.T) {
	const base = "H100 x64 2026-01-01..2026-04-11 @ 2.00 USD/gpu-h country US sla 99.9 via roce take-or-pay 50 prepay 10 leave 30d"
	for _, c := range []struct {
		name, old, new string
		buys, sells    offer.Order
	}{
		{"dearer", "2.00 USD", "2.01 USD", offer.Outside, offer.Within},
		{"cheaper", "2.00 USD", "1.99 USD", offer.Within, offer.Outside},
		{"cheaper, then dearer", "2.00 USD/gpu-h", "1.90 USD/gpu-h, 2.10 USD/gpu-h from 2026-02-01", offer.Incomparable, offer.Incomparable},
		{"in another currency", "2.00 USD", "2.00 EUR", offer.Incomparable, offer.Incomparable},
		{"more", "x64", "x65", offer.Outside, offer.Outside},
		{"later", "2026-01-01..2026-04-11", "2026-01-02..2026-04-12", offer.Outside, offer.Within},
		{"longer", "..2026-04-11", "..2026-04-12", offer.Outside, offer.Within},
		{"a better service level", "sla 99.9", "sla 99.99", offer.Within, offer.Outside},
		{"a weaker interconnect", "via roce", "via ethernet", offer.Outside, offer.Within},
		{"more to be paid in any case", "take-or-pay 50", "take-or-pay 60", offer.Outside, offer.Within},
		{"less in advance", "prepay 10", "prepay 5", offer.Within, offer.Outside},
		{"an earlier exit for the buyer", "leave 30d", "leave 20d", offer.Within, offer.Outside},
		{"no exit for the buyer", " leave 30d", "", offer.Outside, offer.Within},
		{"another accelerator", "H100", "H200", offer.Incomparable, offer.Incomparable},
		{"another country", "country US", "country DE", offer.Incomparable, offer.Incomparable},
		{"an item more", "leave 30d", `leave 30d noncash "seat"`, offer.Incomparable, offer.Incomparable},
		{"a fee out of the same price", "leave 30d", "leave 30d finders-fee 5 USD", offer.Within, offer.Within},
	} {
		text := strings.Replace(base, c.old, c.new, 1)
		if text == base {
			t.Fatalf("%s changes nothing", c.name)
		}
		for dir, want := range map[agreement.Direction]offer.Order{buys: c.buys, sells: c.sells} {
			got, diffs := offer.Compare(dir, terms(t, base), terms(t, text), 0)
			if got != want || len(diffs) == 0 {
				t.Errorf("%s, grantor %s: %s %v, want %s", c.name, dir, got, diffs, want)
			}
		}
	}
}

// The tolerance of a tail is room for the rival: upwards where it is paid, downwards where it pays.
func TestCompareTolerance(t *testing.T) {
	limit := terms(t, "H100 x64 2026-01-01..2026-04-11 @ 2.00 USD/gpu-h")
	for _, c := range []struct {
		dir   agreement.Direction
		price string
		want  offer.Order
	}{
		{buys, "2.04", offer.Within}, {buys, "2.040000001", offer.Outside}, {buys, "1.00", offer.Within},
		{sells, "1.96", offer.Within}, {sells, "1.959999999", offer.Outside}, {sells, "3.00", offer.Within},
	} {
		got, _ := offer.Compare(c.dir, limit, terms(t, "H100 x64 2026-01-01..2026-04-11 @ "+c.price+" USD/gpu-h"), 2_000)
		if got != c.want {
			t.Errorf("grantor %s, %s against 2.00 with 2%%: %s, want %s", c.dir, c.price, got, c.want)
		}
	}
	third := terms(t, "H100 x64 2026-01-01..2026-04-11 @ 0.000000001 USD/gpu-h")
	if got, _ := offer.Compare(sells, third, terms(t, "H100 x64 2026-01-01..2026-04-11"), 2_000); got != offer.Outside {
		t.Errorf("a tolerance is rounded in favour of the rival: %s", got)
	}
}

// The match rules turn round for a grantor that sells.
func TestMatchesForSeller(t *testing.T) {
	noticed := terms(t, "H100 x64 2026-01-01..2027-01-01 @ 2.00 USD/gpu-h country US take-or-pay 50")
	tolerant := agreement.MatchRule{Rule: agreement.NotMaterially, Tolerances: []agreement.Tolerance{{Dimension: agreement.DimPrice, Percent: 2_000}, {Dimension: agreement.DimDuration, Percent: 5_000}}}
	value := agreement.MatchRule{Rule: agreement.PresentValue, Discount: 12_000}
	better := agreement.MatchRule{Rule: agreement.SameOrBetter}
	for _, c := range []struct {
		name   string
		rule   agreement.MatchRule
		answer string
		match  bool
	}{
		{"dearer is better", better, "H100 x64 2026-01-01..2027-01-01 @ 2.10 USD/gpu-h country US take-or-pay 50", true},
		{"cheaper is not", better, "H100 x64 2026-01-01..2027-01-01 @ 1.99 USD/gpu-h country US take-or-pay 50", false},
		{"less certain to be paid", better, "H100 x64 2026-01-01..2027-01-01 @ 2.00 USD/gpu-h country US take-or-pay 40", false},
		{"cheaper by the tolerance", tolerant, "H100 x64 2026-01-01..2027-01-01 @ 1.96 USD/gpu-h country US take-or-pay 50", true},
		{"cheaper by more", tolerant, "H100 x64 2026-01-01..2027-01-01 @ 1.95 USD/gpu-h country US take-or-pay 50", false},
		{"cheaper by the tolerance, later dearer", tolerant, "H100 x64 2026-01-01..2027-01-01 @ 1.97 USD/gpu-h, 2.10 USD/gpu-h from 2026-07-01 country US take-or-pay 50", true},
		{"shorter by eighteen days in 365", tolerant, "H100 x64 2026-01-01..2026-12-14 @ 2.00 USD/gpu-h country US take-or-pay 50", true},
		{"shorter by twenty", tolerant, "H100 x64 2026-01-01..2026-12-12 @ 2.00 USD/gpu-h country US take-or-pay 50", false},
		{"less, paid in advance, is worth as much", value, "H100 x64 2026-01-01..2027-01-01 @ 1.95 USD/gpu-h country US take-or-pay 50 prepay 100", true},
		{"too little, though in advance", value, "H100 x64 2026-01-01..2027-01-01 @ 1.80 USD/gpu-h country US take-or-pay 50 prepay 100", false},
		{"more, and later", value, "H100 x64 2026-01-01..2027-01-01 @ 1.90 USD/gpu-h, 2.20 USD/gpu-h from 2026-07-01 country US take-or-pay 50", true},
	} {
		if got, diffs := offer.Matches(sells, c.rule, noticed, terms(t, c.answer)); got != c.match {
			t.Errorf("%s: matches %v (%v), want %v", c.name, got, diffs, c.match)
		}
	}
}

// No exit at all is no number of days, so that no tolerance reaches it.
func TestExitIsNotADegree(t *testing.T) {
	rule := agreement.MatchRule{Rule: agreement.NotMaterially, Tolerances: []agreement.Tolerance{{Dimension: agreement.DimTermination, Percent: 100_000}}}
	with := terms(t, "H100 x64 2026-01-01..2026-04-11 leave 30d")
	for answer, want := range map[string]bool{"leave 60d": true, "leave 61d": false, "": false} {
		if got, _ := offer.Matches(buys, rule, with, terms(t, "H100 x64 2026-01-01..2026-04-11 "+answer)); got != want {
			t.Errorf("%q for leave 30d with 100%%: matches %v, want %v", answer, got, want)
		}
	}
}

// "The holder may substitute cash for any form of payment": at the stated value, under any rule that counts the items.
func TestCashForItems(t *testing.T) {
	const base = "H100 x64 2026-01-01..2026-04-11 @ 2.00 USD/gpu-h country US"
	cash := []agreement.Substitution{agreement.SubstituteCash}
	for _, c := range []struct {
		name            string
		noticed, answer string
		with, without   bool // the substitution, under identical
	}{
		{"the items themselves", ` noncash "equity option" noncash-value 500000 USD`, ` noncash "equity option" noncash-value 500000 USD`, true, true},
		{"cash of the value", ` noncash "equity option" noncash-value 500000 USD`, " noncash-value 500000 USD", true, false},
		{"more cash", ` noncash "equity option" noncash-value 500000 USD`, " noncash-value 500001 USD", true, false},
		{"less cash", ` noncash "equity option" noncash-value 500000 USD`, " noncash-value 499999.99 USD", false, false},
		{"no cash", ` noncash "equity option" noncash-value 500000 USD`, "", false, false},
		{"cash in another currency", ` noncash "equity option" noncash-value 500000 USD`, " noncash-value 900000 EUR", false, false},
		{"another item of the value", ` noncash "equity option" noncash-value 500000 USD`, ` noncash "seat" noncash-value 500000 USD`, false, false},
		{"no value was stated", ` noncash "equity option"`, " noncash-value 500000 USD", false, false},
	} {
		for _, dir := range []agreement.Direction{buys, sells} {
			rule := agreement.MatchRule{Rule: agreement.Identical}
			if got, _ := offer.Matches(dir, rule, terms(t, base+c.noticed), terms(t, base+c.answer)); got != c.without {
				t.Errorf("%s, grantor %s, without the substitution: matches %v, want %v", c.name, dir, got, c.without)
			}
			rule.Substitutions = cash
			got, diffs := offer.Matches(dir, rule, terms(t, base+c.noticed), terms(t, base+c.answer))
			if got != c.with {
				t.Errorf("%s, grantor %s: matches %v (%v), want %v", c.name, dir, got, diffs, c.with)
			}
		}
	}
	rule := agreement.MatchRule{Rule: agreement.SameOrBetter, Substitutions: cash}
	noticed := terms(t, base+` noncash "equity option" noncash-value 500000 USD`)
	_, diffs := offer.Matches(buys, rule, noticed, terms(t, base+" noncash-value 400000 USD"))
	if len(diffs) != 1 || diffs[0].String() != "non_cash equity option (worth 500000.00 USD) -> cash 400000.00 USD (outside_cap)" {
		t.Errorf("less cash is told as %v", diffs)
	}
}

// "The holder will not be obligated to pay any finder's fees": 64 accelerators over 100 days are 153,600 hours, so that a fee of
// 15,360 USD is 0.10 USD an hour of what was noticed.
func TestFeesAreNetted(t *testing.T) {
	noticed := terms(t, "H100 x64 2026-01-01..2026-04-11 @ 2.00 USD/gpu-h, 1.80 USD/gpu-h from 2026-03-01 country US finders-fee 15360 USD")
	const head, tail = "H100 x64 2026-01-01..2026-04-11 @ ", " country US"
	fees := []agreement.Substitution{agreement.SubstituteFees}
	for _, c := range []struct {
		name, answer string
		rule         agreement.Rule
		dir          agreement.Direction
		match        bool
	}{
		{"net in every step", head + "1.90 USD/gpu-h, 1.70 USD/gpu-h from 2026-03-01" + tail, agreement.Identical, buys, true},
		{"net, by a holder that buys", head + "1.90 USD/gpu-h, 1.70 USD/gpu-h from 2026-03-01" + tail, agreement.Identical, sells, true},
		{"gross is another price", head + "2.00 USD/gpu-h, 1.80 USD/gpu-h from 2026-03-01" + tail, agreement.Identical, buys, false},
		{"gross is too dear for a buyer", head + "2.00 USD/gpu-h, 1.80 USD/gpu-h from 2026-03-01" + tail, agreement.SameOrBetter, buys, false},
		{"and more than enough for a seller", head + "2.00 USD/gpu-h, 1.80 USD/gpu-h from 2026-03-01" + tail, agreement.SameOrBetter, sells, true},
		{"a cent under net", head + "1.89 USD/gpu-h, 1.70 USD/gpu-h from 2026-03-01" + tail, agreement.SameOrBetter, sells, false},
		{"a seller is left with a price less its fee", head + "1.90 USD/gpu-h, 1.70 USD/gpu-h from 2026-03-01" + tail + " finders-fee 1 USD", agreement.SameOrBetter, sells, false},
		{"a buyer pays the price, whoever gets the fee", head + "1.90 USD/gpu-h, 1.70 USD/gpu-h from 2026-03-01" + tail + " finders-fee 1 USD", agreement.SameOrBetter, buys, true},
		{"net in present value", head + "1.80 USD/gpu-h" + tail, agreement.PresentValue, buys, true},
		{"over net in present value", head + "1.84 USD/gpu-h" + tail, agreement.PresentValue, buys, false},
	} {
		rule := agreement.MatchRule{Rule: c.rule, Substitutions: fees}
		if got, diffs := offer.Matches(c.dir, rule, noticed, terms(t, c.answer)); got != c.match {
			t.Errorf("%s: matches %v (%v), want %v", c.name, got, diffs, c.match)
		}
	}
	same := terms(t, noticed.String())
	if ok, _ := offer.Matches(buys, agreement.MatchRule{Rule: agreement.Identical}, noticed, same); !ok {
		t.Error("without the substitution the noticed terms do not match themselves")
	}
	same.FindersFee = money.Amount{}
	if ok, _ := offer.Matches(buys, agreement.MatchRule{Rule: agreement.Identical}, noticed, same); ok {
		t.Error("without the substitution an answer that leaves the fee out is identical")
	}
	for _, text := range []string{"finders-fee 15360 EUR", "finders-fee 900000 USD"} {
		odd := terms(t, "H100 x64 2026-01-01..2026-04-11 @ 2.00 USD/gpu-h "+text)
		if ok, diffs := offer.Matches(buys, agreement.MatchRule{Rule: agreement.SameOrBetter, Substitutions: fees}, odd, odd); ok || diffs[0].Order != offer.Incomparable {
			t.Errorf("%s cannot be netted and matches: %v", text, diffs)
		}
	}
}

// A fee that does not divide is rounded against the one who answers, by less than a nano-unit an hour.
func TestNetRounds(t *testing.T) {
	gross := terms(t, "H100 x3 2026-01-01..2026-01-02 @ 2.00 USD/gpu-h finders-fee 0.01 USD") // 0.01 over 72 hours
	for round, want := range map[money.Rounding]string{money.Up: "1.999861111", money.Down: "1.999861112"} {
		net, err := gross.Net(round)
		if err != nil || net.String() != "H100 x3 2026-01-01..2026-01-02 @ "+want+" USD/gpu-h" {
			t.Errorf("net is %s (%v), want %s", net, err, want)
		}
	}
	if gross.Price[0].Rate.String() != "2.00 USD" {
		t.Errorf("the gross terms were changed to %s", gross)
	}
}

func TestMaterial(t *testing.T) {
	const base = "H100 x64 2026-01-01..2026-04-11 @ 2.00 USD/gpu-h country US sla 99.9 leave 30d"
	some := agreement.Materiality{Tolerances: []agreement.Tolerance{{Dimension: agreement.DimPrice, Percent: 2_000}, {Dimension: agreement.DimDuration, Percent: 5_000},
		{Dimension: agreement.DimTermination, Percent: 50_000}}}
	for _, c := range []struct {
		name, old, new string
		any, some      bool // whether it is material under no tolerance, and under some
	}{
		{"nothing", "x64", "x64", false, false},
		{"dearer by the tolerance", "2.00 USD", "2.04 USD", true, false},
		{"dearer by more", "2.00 USD", "2.0401 USD", true, true},
		{"cheaper by the tolerance", "2.00 USD", "1.96 USD", true, false},
		{"cheaper by more: a change in the holder's favour is one", "2.00 USD", "1.9599 USD", true, true},
		{"dearer at first, cheaper later, within the tolerance", "2.00 USD/gpu-h", "2.03 USD/gpu-h, 1.97 USD/gpu-h from 2026-02-01", true, false},
		{"cheaper from the last day", "2.00 USD/gpu-h", "2.00 USD/gpu-h, 1.00 USD/gpu-h from 2026-04-10", true, true},
		{"in another currency", "2.00 USD", "2.00 EUR", true, true},
		{"longer by five in a hundred", "..2026-04-11", "..2026-04-16", true, false},
		{"shorter by five", "..2026-04-11", "..2026-04-06", true, false},
		{"shorter by six", "..2026-04-11", "..2026-04-05", true, true},
		{"longer by half an hour", "..2026-04-11", "..2026-04-11T00:30Z", true, false},
		{"later by a minute", "2026-01-01..", "2026-01-01T00:01Z..", true, true},
		{"one fewer", "x64", "x63", true, true},
		{"another accelerator", "H100", "H200", true, true},
		{"another country", "country US", "country DE", true, true},
		{"no tolerance for the service level", "99.9", "99.91", true, true},
		{"an exit a little later", "leave 30d", "leave 45d", true, false},
		{"no exit", " leave 30d", "", true, true},
		{"an item", "leave 30d", `leave 30d noncash "seat"`, true, true},
		{"the value of nothing", "leave 30d", "leave 30d noncash-value 1 USD", true, true},
		{"a fee within the tolerance of the price", "leave 30d", "leave 30d finders-fee 6144 USD", true, false},
		{"a fee beyond it", "leave 30d", "leave 30d finders-fee 6144.01 USD", true, true},
		{"a fee that cannot be netted", "leave 30d", "leave 30d finders-fee 1 EUR", true, true},
	} {
		text := strings.Replace(base, c.old, c.new, 1)
		for want, rule := range map[*bool]agreement.Materiality{&c.any: {}, &c.some: some} {
			got, diffs := offer.Material(rule, terms(t, base), terms(t, text))
			if got != *want || got != (len(diffs) > 0) {
				t.Errorf("%s, with %d tolerances: material %v (%v), want %v", c.name, len(rule.Tolerances), got, diffs, *want)
			}
		}
	}
	for _, c := range []struct {
		last, now *offer.Terms
		want      bool
	}{{nil, nil, false}, {nil, terms(t, base), true}, {terms(t, base), nil, true}} {
		if got, _ := offer.Material(agreement.Materiality{}, c.last, c.now); got != c.want {
			t.Errorf("from %v to %v: material %v, want %v", c.last, c.now, got, c.want)
		}
	}
}

func clause(kind agreement.Kind, rule agreement.MatchRule, content ...agreement.Item) *agreement.Clause {
	c := &agreement.Clause{Kind: kind}
	c.Process.Content = agreement.Given(content)
	if rule.Rule != "" {
		c.Process.Match = agreement.Given(rule)
	}
	return c
}

const everything = `H100 x64 2026-01-01..2026-04-11 @ 2.00 USD/gpu-h, 1.80 USD/gpu-h from 2026-03-01 in contoso/eu-west country GB sla 99.9 via roce ` +
	`take-or-pay 50 prepay 10 leave 30d least 16 watts 700 carbon 300 noncash "seat" noncash-value 500.00 USD finders-fee 100.00 USD`

func TestDisclosed(t *testing.T) {
	matched := strings.NewReplacer("in contoso/eu-west ", "", "least 16 watts 700 carbon 300 ", "").Replace(everything)
	principal := func(dims ...agreement.Dimension) agreement.MatchRule {
		return agreement.MatchRule{Rule: agreement.IdenticalPrincipal, Principal: dims}
	}
	reveal := func(c *agreement.Clause, what ...agreement.Disclosure) *agreement.Clause {
		c.Process.Reveals = what
		return c
	}
	for _, c := range []struct {
		name   string
		clause *agreement.Clause
		terms  string
		want   string
	}{
		{"every dimension is matched; the country is what is matched of the place", clause(agreement.Match, agreement.MatchRule{Rule: agreement.Identical}), everything, matched},
		{"same or better", clause(agreement.Match, agreement.MatchRule{Rule: agreement.SameOrBetter}), everything, matched},
		{"present value", clause(agreement.Match, agreement.MatchRule{Rule: agreement.PresentValue}), everything, matched},
		{"not materially varying", clause(agreement.Match, agreement.MatchRule{Rule: agreement.NotMaterially}), everything, matched},
		{"without a country the place itself has to be matched", clause(agreement.Match, agreement.MatchRule{Rule: agreement.Identical}),
			"H100 x64 2026-01-01..2026-04-11 in contoso/eu-west", "H100 x64 2026-01-01..2026-04-11 in contoso/eu-west"},
		{"a step-in takes the terms as they are", clause(agreement.StepIn, agreement.MatchRule{}), everything, matched},
		{"the principal dimensions alone", clause(agreement.Match, principal(agreement.DimPrice, agreement.DimQuantity, agreement.DimStart, agreement.DimDuration, agreement.DimAccelerator)), everything,
			"H100 x64 2026-01-01..2026-04-11 @ 2.00 USD/gpu-h, 1.80 USD/gpu-h from 2026-03-01 finders-fee 100.00 USD"},
		{"a duration shows the start", clause(agreement.Match, principal(agreement.DimDuration, agreement.DimAccelerator)), everything, "H100 x0 2026-01-01..2026-04-11"},
		{"a start does not show the end", clause(agreement.Match, principal(agreement.DimStart, agreement.DimAccelerator)), everything, "H100 x0 2026-01-01.."},
		{"a price does not show the start", clause(agreement.Match, principal(agreement.DimPrice, agreement.DimAccelerator)), everything,
			"H100 x0 .. @ 2.00 USD/gpu-h, 1.80 USD/gpu-h from 2026-03-01 finders-fee 100.00 USD"},
		{"what the notice must contain is shown", clause(agreement.Match, principal(agreement.DimAccelerator), agreement.ItemRegion, agreement.ItemServiceLevel, agreement.ItemInterconnect, agreement.ItemQuantity, agreement.ItemPeriod, agreement.ItemPurpose), everything,
			"H100 x64 2026-01-01..2026-04-11 country GB sla 99.9 via roce"},
		{"while the rule is open only that", clause(agreement.Match, agreement.MatchRule{}, agreement.ItemAccelerator, agreement.ItemPrice, agreement.ItemQuantity, agreement.ItemPeriod), everything,
			"H100 x64 2026-01-01..2026-04-11 @ 2.00 USD/gpu-h, 1.80 USD/gpu-h from 2026-03-01 finders-fee 100.00 USD"},
		{"the counterparty's name shows its cloud", reveal(clause(agreement.Match, agreement.MatchRule{Rule: agreement.Identical}), agreement.RevealCounterparty), everything, strings.Replace(everything, "least 16 watts 700 carbon 300 ", "", 1)},
		{"so does a notice that must name it", clause(agreement.Match, principal(agreement.DimAccelerator), agreement.ItemCounterparty), everything, "H100 x0 .. in contoso/eu-west"},
		{"all terms", reveal(clause(agreement.Match, principal(agreement.DimPrice)), agreement.RevealAllTerms), everything, everything},
	} {
		given := terms(t, c.terms)
		got := offer.Disclosed(c.clause, given)
		if got.String() != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
		if given.String() != c.terms {
			t.Errorf("%s: the terms themselves were changed to %s", c.name, given)
		}
	}
	if offer.Disclosed(clause(agreement.Match, agreement.MatchRule{}), nil) != nil {
		t.Error("no terms are disclosed as some")
	}
}

// Two notices that differ in what is sealed alone are the same to the holder.
func TestSealedIsTheSame(t *testing.T) {
	c := clause(agreement.Match, agreement.MatchRule{Rule: agreement.IdenticalPrincipal, Principal: []agreement.Dimension{agreement.DimPrice, agreement.DimQuantity}})
	one := offer.Disclosed(c, terms(t, everything))
	other := offer.Disclosed(c, terms(t, `H200 x64 2026-02-01..2026-05-11 @ 2.00 USD/gpu-h, 1.80 USD/gpu-h from 2026-03-01 in fabrikam/eu country DE sla 95 least 1 noncash "car" finders-fee 100.00 USD`))
	if diff := cmp.Diff(one, other, cmp.Comparer(func(a, b money.Rate) bool { return a == b }), cmp.Comparer(func(a, b money.Amount) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	if one.Interconnect != capacity.AnyInterconnect || one.Quantity != 64 {
		t.Errorf("disclosed as %s", one)
	}
}
