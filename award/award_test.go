package award

import (
	"fmt"
	"strings"
	"testing"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
)

// The tests share one small world: a need for ten H100 or their equal in other kinds, for a hundred hours of March 2026.

func at(t testing.TB, s string) calendar.Instant {
	t.Helper()
	i, err := calendar.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func usd(t testing.TB, s string) money.Amount {
	t.Helper()
	a, err := money.ParseAmount(s + " USD")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func rate(t testing.TB, s string) money.Rate {
	t.Helper()
	r, err := money.ParseRate(s + " USD")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func hundredHours(t testing.TB) calendar.Span {
	from := at(t, "2026-03-01")
	return calendar.Span{From: from, Until: from + 100*calendar.Instant(calendar.Hour)}
}

// table prices aws by four tiers with 100 GB free, azure at a flat rate, and knows nothing of other clouds.
func egressTable(t testing.TB) *Egress {
	return &Egress{Name: "test-egress", Rows: []EgressRow{
		{Cloud: "aws", From: []capacity.Region{"us-*", "eu-*"}, To: ToInternet, Tiers: []Tier{{0, rate(t, "0.00")}, {100, rate(t, "0.09")},
			{10240, rate(t, "0.085")}, {51200, rate(t, "0.07")}, {153600, rate(t, "0.05")}}},
		{Cloud: "aws", From: []capacity.Region{"af-south-1"}, To: ToInternet, Tiers: []Tier{{0, rate(t, "0.154")}}},
		{Cloud: "aws", From: []capacity.Region{"us-east-1"}, Into: []capacity.Region{"us-east-2"}, To: ToOtherRegion, Tiers: []Tier{{0, rate(t, "0.01")}}},
		{Cloud: "aws", From: []capacity.Region{"us-*"}, To: ToOtherRegion, Tiers: []Tier{{0, rate(t, "0.02")}}},
		{Cloud: "azure", To: ToInternet, Tiers: []Tier{{0, rate(t, "0.087")}}},
	}}
}

func throughput() capacity.Throughput {
	return capacity.Throughput{Name: "test-throughput", Milli: map[capacity.Accelerator]int64{"H100": 1000, "H200": 1000, "B200": 2250, "A100": 315}}
}

func needOf(t testing.TB, divisible bool) *capacity.Need {
	n := &capacity.Need{ID: "n-1", Buyer: "acme", Class: capacity.Training, Purpose: capacity.Research, Sourcing: capacity.Market, Tenure: capacity.New,
		Lines: []capacity.Line{{Accelerators: []capacity.Accelerator{"H100", "B200", "A100"}, Quantity: 10, Least: 10, Period: hundredHours(t)}}}
	if divisible {
		n.Lines[0].Divisible, n.Lines[0].Least = true, 1
	}
	return n
}

func offerOf(t testing.TB, id, provider string, kind capacity.Accelerator, quantity int64, price string) *offer.Offer {
	return &offer.Offer{ID: offer.ID(id), Provider: party.ID(provider), Need: "n-1", ValidUntil: at(t, "2026-02-20"),
		Terms: offer.Terms{Price: []offer.Step{{Rate: rate(t, price)}}, Accelerator: kind, Quantity: quantity,
			Cloud: capacity.Cloud(provider), Region: "r1", Country: "US", Period: hundredHours(t)}}
}

func problemOf(t testing.TB, need *capacity.Need, offers ...*offer.Offer) Problem {
	return Problem{Need: need, Quantity: need.Lines[0].Quantity, Offers: offers, Egress: egressTable(t), Throughput: throughput(), Now: at(t, "2026-02-10")}
}

func mustCompare(t testing.TB, p Problem) Comparison {
	t.Helper()
	c, err := Compare(p)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// picked writes picks as "o-1 x4, o-2 x6".
func picked(c Comparison) string {
	var parts []string
	for _, p := range c.Picks {
		parts = append(parts, fmt.Sprintf("%s x%d", p.Offer, p.Accelerators))
	}
	return strings.Join(parts, ", ")
}

// Each line breaks one requirement of an otherwise good offer. The sentence must name the requirement and the value.
func TestExclusions(t *testing.T) {
	ref := agreement.Ref{Agreement: "acme-northwind", Clause: "tail", Version: 2}
	cases := []struct {
		code  Code
		spoil func(p *Problem, o *offer.Offer)
		want  string
	}{
		{CodeBarred, func(p *Problem, o *offer.Offer) {
			p.Barred = map[offer.ID]Bar{o.ID: {ref, "outside the cap of the tail"}}
		}, "outside the cap of the tail"},
		{CodeBarred, func(p *Problem, o *offer.Offer) { p.Barred = map[offer.ID]Bar{o.ID: {Clause: ref}} }, "clause tail of acme-northwind bars it"},
		{CodeExpired, func(p *Problem, o *offer.Offer) { o.ValidUntil = p.Now }, "it was valid until 2026-02-10T00:00Z; the choice is made at 2026-02-10T00:00Z"},
		{CodeExpired, func(p *Problem, o *offer.Offer) { o.ValidUntil = 0 }, "it does not say until when it binds its provider"},
		{CodeAccelerator, func(p *Problem, o *offer.Offer) { o.Terms.Accelerator = "MI300X" }, "it offers MI300X; the line accepts H100, B200, A100"},
		{CodeThroughputUnknown, func(p *Problem, o *offer.Offer) {
			o.Terms.Accelerator = "B200"
			p.Throughput.Milli = map[capacity.Accelerator]int64{"H100": 1000}
		}, `table "test-throughput" does not compare B200 with H100`},
		{CodeThroughputUnknown, func(p *Problem, o *offer.Offer) {
			o.Terms.Accelerator = "B200"
			p.Throughput.Milli = map[capacity.Accelerator]int64{"H100": 1000, "B200": 1 << 60}
		}, `table "test-throughput" has a figure for B200 or H100 above 100000000`},
		{CodeRegion, func(p *Problem, o *offer.Offer) { p.Need.Lines[0].Regions = []capacity.Region{"r2", "r3"} }, "it is in region r1; the line accepts r2, r3"},
		{CodeRegion, func(p *Problem, o *offer.Offer) {
			p.Need.Lines[0].Regions = []capacity.Region{"r2"}
			o.Terms.Region = ""
		}, "it names no region; the line accepts r2"},
		{CodeResidency, func(p *Problem, o *offer.Offer) { p.Need.Lines[0].Residency = []capacity.Country{"DE"} }, "it is in US; the line must stay in DE"},
		{CodeResidency, func(p *Problem, o *offer.Offer) {
			p.Need.Lines[0].Residency = []capacity.Country{"DE"}
			o.Terms.Country = ""
		}, "it names no country; the line must stay in DE"},
		{CodePeriod, func(p *Problem, o *offer.Offer) { o.Terms.Period.From++ }, "it starts on 2026-03-01T00:00:00.000001Z; the line starts on 2026-03-01T00:00Z"},
		{CodePeriod, func(p *Problem, o *offer.Offer) { o.Terms.Period.Until -= calendar.Instant(calendar.Hour) }, "it ends on 2026-03-05T03:00Z; the line ends on 2026-03-05T04:00Z"},
		{CodeInterconnect, func(p *Problem, o *offer.Offer) {
			p.Need.Interconnect = capacity.InfiniBand
			o.Terms.Interconnect = capacity.RoCE
		}, "its interconnect is roce; the need asks for infiniband"},
		{CodeInterconnect, func(p *Problem, o *offer.Offer) { p.Need.Interconnect = capacity.Ethernet }, "it names no interconnect; the need asks for ethernet"},
		{CodeServiceLevel, func(p *Problem, o *offer.Offer) { p.Need.ServiceLevel = 99_900; o.Terms.ServiceLevel = 99_500 }, "it promises 99.5% a month; the need asks for 99.9%"},
		{CodeServiceLevel, func(p *Problem, o *offer.Offer) { p.Need.ServiceLevel = 99_900 }, "it promises no service level; the need asks for 99.9% a month"},
		{CodeSecurity, func(p *Problem, o *offer.Offer) {
			p.Need.Security = []string{"soc2", "fedramp-high", "iso27001"}
			o.Security = []string{"soc2"}
			p.Providers = []agreement.Provider{{ID: o.Provider, Security: []string{"iso27001"}}}
		}, "neither it nor its provider meets fedramp-high"},
		{CodeQuantity, func(p *Problem, o *offer.Offer) { o.Terms.Quantity = 9 }, "it offers 9 H100, worth 9 H100; the line needs all 10 H100 from one source"},
		{CodeQuantity, func(p *Problem, o *offer.Offer) { o.Terms.Accelerator = "A100"; o.Terms.Quantity = 31 }, "it offers 31 A100, worth 9 H100; the line needs all 10 H100 from one source"},
		{CodeQuantity, func(p *Problem, o *offer.Offer) {
			p.Need.Lines[0].Divisible, p.Need.Lines[0].Least = true, 4
			o.Terms.Quantity = 3
		}, "it offers 3 H100, worth 3 H100; one source must supply at least 4 H100"},
		{CodeQuantity, func(p *Problem, o *offer.Offer) { o.Terms.Least = 11; o.Terms.Quantity = 2000 }, "it sells at least 11 H100; 10 are needed"},
		{CodeQuantity, func(p *Problem, o *offer.Offer) { o.Terms.Quantity = -4 }, "it offers -4 accelerators"},
		{CodePower, func(p *Problem, o *offer.Offer) { p.Need.PowerKW = 8; p.DrawnWatts = 1500; o.Terms.PowerWatts = 700 }, "10 H100 at 700 W each exceed the 6 kW that are left of 8 kW"},
		{CodePower, func(p *Problem, o *offer.Offer) { p.Need.PowerKW = 8 }, "it states no nameplate power; the need is limited to 8 kW"},
		{CodePower, func(p *Problem, o *offer.Offer) { p.Need.PowerKW = 8; o.Terms.PowerWatts = 1 << 62 }, "10 H100 at 4,611,686,018,427,387,904 W each exceed the 8 kW that are left of 8 kW"},
		{CodeCarbon, func(p *Problem, o *offer.Offer) { p.Need.CarbonGrams = 300; o.Terms.CarbonGrams = 301 }, "its power emits 301 g/kWh; the need is limited to 300 g/kWh"},
		{CodeCarbon, func(p *Problem, o *offer.Offer) { p.Need.CarbonGrams = 300 }, "it states no carbon intensity; the need is limited to 300 g/kWh"},
		{CodePrice, func(p *Problem, o *offer.Offer) { o.Terms.Price = nil }, "it states no price"},
		{CodePrice, func(p *Problem, o *offer.Offer) { o.Terms.Price[0].Rate = money.Nanos(-1, money.USD) }, "its price from - is negative"},
		{CodePrice, func(p *Problem, o *offer.Offer) { o.Terms.Price[0].Rate = money.Nanos(1, "EUR") }, `its price is in "EUR"; the comparison is made in USD`},
		{CodeEgressUnknown, func(p *Problem, o *offer.Offer) {
			p.Need.DataSets = []capacity.DataSet{{Name: "web", Cloud: "moon", GB: 1}}
		},
			"egress table test-egress has no price for data set web out of moon (region unknown) to north/r1"},
		{CodeEgressUnknown, func(p *Problem, o *offer.Offer) { p.Need.DataSets = []capacity.DataSet{{Name: "web", GB: 1}} },
			"data set web lies in an unknown cloud, so moving it cannot be priced"},
		{CodeEgressUnknown, func(p *Problem, o *offer.Offer) {
			p.Need.DataSets = []capacity.DataSet{{Name: "web", Cloud: "aws", Region: "us-east-1", GB: 1}}
			p.Egress = nil
		},
			"no egress table is given, so moving data set web cannot be priced"},
		{CodeEgressUnknown, func(p *Problem, o *offer.Offer) {
			p.Need.DataSets = []capacity.DataSet{{Name: "web", Cloud: "aws", GB: 1}}
			p.Need.Budget = money.Micros(1e12, "EUR")
			o.Terms.Price[0].Rate = money.Nanos(1, "EUR")
		}, "egress table test-egress is priced in USD; the comparison is made in EUR"},
		{CodeOverflow, func(p *Problem, o *offer.Offer) {
			p.Need.Lines[0].Quantity, p.Quantity, o.Terms.Quantity = capacity.MaxQuantity, capacity.MaxQuantity, capacity.MaxQuantity
			o.Terms.Price[0].Rate = money.Nanos(9e18, money.USD)
		}, "its price over the period is out of range: amount out of range: 9000000000.00 USD x 360000000000000/3600"},
		{CodeBudget, func(p *Problem, o *offer.Offer) { p.Need.Budget = usd(t, "5000"); p.Spent = usd(t, "3500.50") },
			"10 H100 would cost 2,000.00 USD; 1,499.50 USD is left of the budget of 5,000.00 USD"},
		{CodeReserve, func(p *Problem, o *offer.Offer) { p.Sells, p.Need.Budget = true, usd(t, "2000.01") },
			"it pays 2,000.00 USD for 10 H100; the reserve for them is 2,000.01 USD"},
	}
	seen := map[Code]bool{}
	for _, tc := range cases {
		t.Run(string(tc.code), func(t *testing.T) {
			p := problemOf(t, needOf(t, false), offerOf(t, "o-1", "north", "H100", 16, "2.00"))
			if good := mustCompare(t, p); len(good.Ranked) != 1 {
				t.Fatalf("before it is broken the offer is excluded: %+v", good.Excluded)
			}
			tc.spoil(&p, p.Offers[0])
			c := mustCompare(t, p)
			if len(c.Excluded) != 1 || c.Excluded[0].Code != tc.code || c.Excluded[0].Reason != tc.want {
				t.Fatalf("got  %+v\nwant %s: %s", c.Excluded, tc.code, tc.want)
			}
			if tc.code == CodeBarred && c.Excluded[0].Clause != ref {
				t.Errorf("the clause is lost: %+v", c.Excluded[0])
			}
			if len(c.Picks) != 0 || c.Uncovered != p.Quantity {
				t.Errorf("an excluded offer was picked: %+v", c.Picks)
			}
		})
		seen[tc.code] = true
	}
	for _, code := range Codes {
		if !seen[code] {
			t.Errorf("no line for code %s", code)
		}
	}
}

// An offer that fails two requirements carries the code that comes first.
func TestExclusionOrder(t *testing.T) {
	p := problemOf(t, needOf(t, false), offerOf(t, "o-1", "north", "MI300X", 1, "2.00"))
	p.Need.CarbonGrams = 1
	if c := mustCompare(t, p); c.Excluded[0].Code != CodeAccelerator {
		t.Errorf("got %s, want the first of the codes that apply", c.Excluded[0].Code)
	}
	if len(checks) != len(Codes) {
		t.Fatalf("%d checks for %d codes", len(checks), len(Codes))
	}
	for i, check := range checks {
		if check.code != Codes[i] {
			t.Errorf("check %d is %s, the code there is %s", i, check.code, Codes[i])
		}
	}
}

// What is wrong with the problem itself is an error, not an exclusion.
func TestBrokenProblems(t *testing.T) {
	cases := []struct {
		name, want string
		spoil      func(p *Problem)
	}{
		{"no need", "no such line", func(p *Problem) { p.Need = nil }},
		{"no line", "no such line", func(p *Problem) { p.Line = 1 }},
		{"negative line", "no such line", func(p *Problem) { p.Line = -1 }},
		{"no quantity", "a lot of 0", func(p *Problem) { p.Quantity = 0 }},
		{"too much", "a lot of 1000000001", func(p *Problem) { p.Quantity = capacity.MaxQuantity + 1 }},
		{"no period", "has no length", func(p *Problem) { p.Need.Lines[0].Period.Until = p.Need.Lines[0].Period.From }},
		{"negative data", "-1 GB", func(p *Problem) { p.Need.DataSets = []capacity.DataSet{{Name: "d", Cloud: "aws", GB: -1}} }},
		{"other line", "answers line 3", func(p *Problem) { p.Offers[0].Line = 3 }},
		{"other need", `need "n-2"`, func(p *Problem) { p.Offers[0].Need = "n-2" }},
		{"twice", "given twice", func(p *Problem) { p.Offers = append(p.Offers, p.Offers[0]) }},
		{"broken table", "does not follow", func(p *Problem) { p.Egress.Rows[0].Tiers[2].FromGB = 50 }},
		{"two currencies spent", "currencies differ", func(p *Problem) { p.Need.Budget = usd(t, "1"); p.Spent = money.Micros(1, "EUR") }},
	}
	for _, tc := range cases {
		p := problemOf(t, needOf(t, false), offerOf(t, "o-1", "north", "H100", 16, "2.00"))
		tc.spoil(&p)
		if _, err := Compare(p); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want an error that says %q", tc.name, err, tc.want)
		}
	}
}
