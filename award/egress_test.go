package award

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"firstlook/capacity"
	"firstlook/money"
)

// Tiers apply marginally: each gigabyte at the rate of the tier in which it falls.
func TestTiersAreMarginal(t *testing.T) {
	table := egressTable(t)
	cases := []struct {
		gb   int64
		want string
	}{
		{0, "0"}, {1, "0"}, {100, "0"}, {101, "0.09"},
		{10_000, "891"},       // 10 TB out of aws is not free: 9,900 x 0.09
		{10_240, "912.60"},    // 10,140 x 0.09
		{10_241, "912.685"},   // and one at 0.085
		{50_000, "4292.20"},   // 10,140 x 0.09 + 39,760 x 0.085
		{200_000, "13882.20"}, // + 40,960 x 0.085 + 102,400 x 0.07 + 46,400 x 0.05 in all
	}
	for _, tc := range cases {
		got, err := table.Price(capacity.DataSet{Name: "d", Cloud: "aws", Region: "us-east-1", GB: tc.gb}, "azure", "eastus")
		if err != nil {
			t.Fatal(err)
		}
		if want := usd(t, tc.want); got.Amount.Micros() != want.Micros() {
			t.Errorf("%d GB: got %s, want %s", tc.gb, got.Amount, want)
		}
		var gb int64
		var sum money.Amount
		for _, a := range got.Applied {
			gb += a.GB
			if sum, err = sum.Add(a.Amount); err != nil {
				t.Fatal(err)
			}
		}
		if gb != tc.gb || sum.Micros() != got.Amount.Micros() {
			t.Errorf("%d GB: the tiers applied hold %d GB and %s", tc.gb, gb, sum)
		}
	}
}

// Who bills, and by which row.
func TestRoutes(t *testing.T) {
	cases := []struct {
		name           string
		from, to       capacity.Cloud
		source, target capacity.Region
		destination    Destination
		want           string // of 1,000 GB
	}{
		{"same region", "aws", "aws", "us-east-1", "us-east-1", ToSameRegion, "0"},
		{"exception before its rule", "aws", "aws", "us-east-1", "us-east-2", ToOtherRegion, "10"},
		{"rule", "aws", "aws", "us-east-1", "us-west-2", ToOtherRegion, "20"},
		{"the sender's internet rate", "aws", "azure", "us-east-1", "eastus", ToInternet, "81"},
		{"whatever the receiver asks", "azure", "aws", "eastus", "us-east-1", ToInternet, "87"},
		{"a receiver without a name", "azure", "", "eastus", "", ToInternet, "87"},
		{"unknown source region: the dearest", "aws", "azure", "", "eastus", ToInternet, "154"},
		{"unknown target region of the same cloud: the dearest", "aws", "aws", "us-east-1", "", ToOtherRegion, "20"},
		{"both unknown: not taken for the same", "aws", "aws", "", "", ToOtherRegion, "20"},
	}
	for _, tc := range cases {
		got, err := egressTable(t).Price(capacity.DataSet{Name: "d", Cloud: tc.from, Region: tc.source, GB: 1000}, tc.to, tc.target)
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if got.To != tc.destination || got.Amount.Micros() != usd(t, tc.want).Micros() {
			t.Errorf("%s: got %s %s, want %s %s", tc.name, got.To, got.Amount, tc.destination, tc.want)
		}
	}
	for name, d := range map[string]capacity.DataSet{
		"unknown cloud":        {Name: "d", GB: 1},
		"cloud not priced":     {Name: "d", Cloud: "moon", GB: 1},
		"region not priced":    {Name: "d", Cloud: "aws", Region: "ap-south-1", GB: 1},
		"unknown cloud, empty": {Name: "d"},
	} {
		if got, err := egressTable(t).Price(d, "azure", "eastus"); err == nil {
			t.Errorf("%s: priced at %s; want a refusal", name, got.Amount)
		}
	}
	if _, err := egressTable(t).Price(capacity.DataSet{Name: "d", Cloud: "azure", GB: math.MaxInt64}, "aws", ""); err == nil {
		t.Error("an amount out of range was priced")
	}
}

func TestPatterns(t *testing.T) {
	for _, tc := range []struct {
		pattern, region capacity.Region
		want            bool
	}{
		{"us-*", "us-east-1", true}, {"us-*", "eu-west-1", false}, {"*us", "eastus", true}, {"*us", "eastus2", false},
		{"east*2", "eastus2", true}, {"aba*aba", "aba", false}, {"eastus", "eastus", true}, {"eastus", "eastus2", false}, {"*", "x", true},
	} {
		if got := fits([]capacity.Region{tc.pattern}, tc.region); got != tc.want {
			t.Errorf("%s fits %s: got %v", tc.pattern, tc.region, got)
		}
	}
}

// What leaves one source within the month counts together: the free allowance is given once.
func TestOneMonthOneAllowance(t *testing.T) {
	need := needOf(t, true)
	need.DataSets = []capacity.DataSet{{Name: "a", Cloud: "aws", Region: "us-east-1", GB: 100}, {Name: "b", Cloud: "aws", Region: "us-east-1", GB: 100}}
	c := mustCompare(t, problemOf(t, need, offerOf(t, "o-1", "north", "H100", 5, "2.00"), offerOf(t, "o-2", "south", "H100", 5, "2.00")))
	if got := c.Ranked[0].Movement.String(); got != "9.00 USD" {
		t.Errorf("two data sets of 100 GB to one place: got %s, want 100 x 0.00 + 100 x 0.09", got)
	}
	var moved []string
	for _, p := range c.Picks {
		moved = append(moved, p.Movement.String())
	}
	if diff := cmp.Diff([]string{"9.00 USD", "18.00 USD"}, moved); diff != "" {
		t.Errorf("the second place starts where the first ended (-want +got):\n%s", diff)
	}
	if want := "2027.00 USD"; c.Total.String() != want {
		t.Errorf("total %s, want %s", c.Total, want)
	}
}

func TestBrokenTables(t *testing.T) {
	for want, spoil := range map[string]func(e *Egress){
		"needs a name":      func(e *Egress) { e.Name = "" },
		"destination":       func(e *Egress) { e.Rows[1].To = ToSameRegion },
		"first begins at 0": func(e *Egress) { e.Rows[1].Tiers[0].FromGB = 1 },
		"needs a cloud":     func(e *Egress) { e.Rows[1].Tiers = nil },
		"does not follow":   func(e *Egress) { e.Rows[0].Tiers[1].FromGB = 0 },
		"negative":          func(e *Egress) { e.Rows[0].Tiers[1].RatePerGB = money.Nanos(-1, money.USD) },
		`is in "EUR"`:       func(e *Egress) { e.Rows[0].Tiers[1].RatePerGB = money.Nanos(1, "EUR") },
		`pattern "a*b*"`:    func(e *Egress) { e.Rows[0].From[0] = "a*b*" },
	} {
		e := egressTable(t)
		if err := e.Check(); err != nil {
			t.Fatal(err)
		}
		spoil(e)
		if err := e.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error that says %q", err, want)
		}
	}
}
