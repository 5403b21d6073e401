package award

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"firstlook/agreement"
	"firstlook/award/mix"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/offer"
)

func planOf(t testing.TB, needs []*capacity.Need, offers ...*offer.Offer) *PlanProblem {
	p := &PlanProblem{Offers: offers, Barred: map[OfferKey]Bar{}, Egress: egressTable(t), Throughput: throughput(), Now: at(t, "2026-02-10"), Search: mix.Options{Seed: 1}}
	for _, n := range needs {
		for line := range n.Lines {
			p.Lots = append(p.Lots, Lot{Need: n, Line: line, Quantity: n.Lines[line].Quantity})
		}
	}
	return p
}

func mustPlan(t testing.TB, p *PlanProblem) *Plan {
	t.Helper()
	plan, err := MakePlan(p)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// given writes who gets what: "n-1.1 o-1 x4, o-2 x6; n-2.1 open 3".
func given(p *Plan) string {
	var lots []string
	for _, l := range p.Lots {
		var parts []string
		for _, k := range l.Picks {
			parts = append(parts, fmt.Sprintf("%s x%d", k.Offer, k.Accelerators))
		}
		if l.Uncovered > 0 {
			parts = append(parts, fmt.Sprintf("open %d", l.Uncovered))
		}
		lots = append(lots, fmt.Sprintf("%s.%d %s", l.Need, l.Line+1, strings.Join(parts, ", ")))
	}
	return strings.Join(lots, "; ")
}

// Each line adds one rule to the same two offers and says what it changes.
func TestPlanRules(t *testing.T) {
	ref := agreement.Ref{Agreement: "acme-south", Clause: "c", Version: 1}
	cases := []struct {
		name, want, total, says string
		change                  func(p *PlanProblem)
	}{
		{"the cheapest", "n-1.1 o-2 x10", "1000.00 USD", "without south: north", func(*PlanProblem) {}},
		{"a commitment is owed anyway", "n-1.1 o-1 x10", "2000.00 USD", "commitment acme-south/c@1: without it south would supply it", func(p *PlanProblem) {
			p.Commitments = []Commitment{{Clause: ref, Holder: "north", Left: usd(t, "1950")}}
		}},
		{"half of the period counts towards it", "n-1.1 o-2 x10", "2900.00 USD", "0.00 USD of 1,900.00 USD drawn down, 1,900.00 USD short", func(p *PlanProblem) {
			span := hundredHours(t)
			span.Until = span.From + 50*calendar.Instant(calendar.Hour)
			p.Commitments = []Commitment{{Clause: ref, Holder: "north", Left: usd(t, "1900"), Over: span}}
			p.Lots[0].Need.Lines[0].Divisible = false
		}},
		{"outside of its scope nothing counts", "n-1.1 o-2 x10", "2900.00 USD", "1,900.00 USD short", func(p *PlanProblem) {
			p.Commitments = []Commitment{{Clause: ref, Holder: "north", Left: usd(t, "1900"), Scope: agreement.Scope{Classes: []capacity.Class{capacity.API}}}}
		}},
		{"a right", "n-1.1 o-1 x10", "2000.00 USD", "right acme-south/c@1: without it south would supply it", func(p *PlanProblem) {
			p.Barred[OfferKey{"n-1", "o-2"}] = Bar{ref, "exclusive to north"}
		}},
		{"a greatest share", "n-1.1 o-1 x5, o-2 x5", "1500.00 USD", "500 accelerator-hours of 500 accelerator-hours", func(p *PlanProblem) {
			p.Concentrations = []Concentration{{Provider: "south", Share: 50_000}}
		}},
		{"a quota", "n-1.1 o-1 x8, o-2 x2", "1800.00 USD", "quota of south/r1", func(p *PlanProblem) { p.Quotas = []Quota{{"south", "r1", 2}} }},
		{"moving data", "n-1.1 o-1 x10", "2000.00 USD", "the price of moving data: without it south would supply it", func(p *PlanProblem) {
			p.Lots[0].Need.DataSets = []capacity.DataSet{{Name: "d", Cloud: "aws", Region: "us-east-1", GB: 20_000}}
			p.Offers[0].Terms.Cloud, p.Offers[0].Terms.Region = "aws", "us-east-1"
		}},
		{"a budget that data eat too", "n-1.1 o-2 x1, open 9", "", "budget of n-1", func(p *PlanProblem) {
			p.Lots[0].Need.DataSets = []capacity.DataSet{{Name: "d", Cloud: "aws", Region: "us-east-1", GB: 1_000}} // 81.00 USD
			p.Lots[0].Need.Budget = usd(t, "190")
		}},
		{"lost hours", "n-1.1 o-1 x10", "2010.00 USD", "expected lost hours", func(p *PlanProblem) {
			p.LostHour = rate(t, "10.00")
			p.Offers[0].Terms.ServiceLevel, p.Offers[1].Terms.ServiceLevel = 99_900, 85_000
		}},
		{"a package is taken whole", "n-1.1 o-1 x10", "2000.00 USD", "", func(p *PlanProblem) {
			p.Offers[1].Package = "both"
			p.Offers = append(p.Offers, atLeast(offerOf(t, "o-3", "south", "H100", 10, "30.00"), 10))
			p.Offers[2].Package = "both"
		}},
		{"power", "n-1.1 o-1 x9, o-2 x1", "1900.00 USD", "8,500 W of 8,500 W", func(p *PlanProblem) {
			p.Lots[0].Need.PowerKW, p.Lots[0].DrawnWatts = 10, 1500
			p.Offers[0].Terms.PowerWatts, p.Offers[1].Terms.PowerWatts = 850, 850
			p.Quotas = []Quota{{"south", "", 1}}
		}},
		{"what stays open costs less than any offer", "n-1.1 open 10", "500.00 USD", "what stays open counts as", func(p *PlanProblem) { p.Unserved = rate(t, "0.50") }},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			need := needOf(t, true)
			need.Lines[0].Accelerators = []capacity.Accelerator{"H100"}
			p := planOf(t, []*capacity.Need{need}, offerOf(t, "o-1", "north", "H100", 10, "2.00"), offerOf(t, "o-2", "south", "H100", 10, "1.00"))
			tc.change(p)
			plan := mustPlan(t, p)
			if got := given(plan); got != tc.want || tc.total != "" && plan.Total.String() != tc.total || !strings.Contains(plan.Table(), tc.says) {
				t.Errorf("got  %s for %s\nwant %s for %s, and %q in\n%s", got, plan.Total, tc.want, tc.total, tc.says, plan.Table())
			}
			if plan.Bound.Micros() > plan.Total.Micros() {
				t.Errorf("the bound %s is above the total %s", plan.Bound, plan.Total)
			}
		})
	}
}

// Two needs share a commitment: neither alone would meet it at a saving, together they do.
func TestPlanOfTwoNeeds(t *testing.T) {
	one, two := needOf(t, false), needOf(t, false)
	two.ID = "n-2"
	other := func(o *offer.Offer) *offer.Offer { o.Need = "n-2"; return o }
	p := planOf(t, []*capacity.Need{one, two}, offerOf(t, "o-1", "north", "H100", 10, "1.40"), offerOf(t, "o-2", "south", "H100", 10, "1.00"),
		other(offerOf(t, "o-1", "north", "H100", 10, "1.40")), other(offerOf(t, "o-2", "south", "H100", 10, "1.00")))
	p.Commitments = []Commitment{{Clause: agreement.Ref{Agreement: "a", Clause: "spend", Version: 1}, Holder: "north", Left: usd(t, "2800")}}
	if plan := mustPlan(t, p); given(plan) != "n-1.1 o-1 x10; n-2.1 o-1 x10" || plan.Total.String() != "2800.00 USD" || plan.Method != Proven {
		t.Errorf("%s for %s\n%s", given(plan), plan.Total, plan.Table())
	}
	p.Commitments[0].Left = usd(t, "1300")
	if plan := mustPlan(t, p); plan.Total.String() != "2400.00 USD" {
		t.Errorf("%s for %s\n%s", given(plan), plan.Total, plan.Table())
	}
}

// Where all must be supplied and cannot be, the plan names what is in conflict, and nothing that is not.
func TestPlanConflict(t *testing.T) {
	need := needOf(t, true)
	p := planOf(t, []*capacity.Need{need}, offerOf(t, "o-1", "north", "H100", 10, "2.00"), offerOf(t, "o-2", "south", "H100", 10, "1.00"))
	p.Must = true
	p.Quotas = []Quota{{"north", "", 6}, {"south", "", 3}, {"west", "", 0}}
	plan := mustPlan(t, p)
	want := []Conflict{{"limit", "quota of north (all regions)"}, {"limit", "quota of south (all regions)"}, {"must be supplied", "n-1 line 1"}}
	if diff := cmp.Diff(want, plan.Conflict); diff != "" {
		t.Errorf("conflict (-want +got):\n%s", diff)
	}
	if got := plan.Table(); !strings.Contains(got, "no lawful plan that supplies everything") {
		t.Error(got)
	}
	p.Quotas[0].Most = 7
	if plan := mustPlan(t, p); len(plan.Conflict) > 0 || given(plan) != "n-1.1 o-1 x7, o-2 x3" {
		t.Errorf("%s\n%s", given(plan), plan.Table())
	}
}

// For one lot, without anything that binds lots together, the plan is the comparison's choice.
func TestPlanAgreesWithCompare(t *testing.T) {
	t.Logf("go test ./award -run %s -seed %d -rounds %d", t.Name(), *seed, *rounds)
	rng := rand.New(rand.NewPCG(*seed, 12))
	compared := 0
	for round := range *rounds / 5 {
		p := randomProblem(t, rng, 1+rng.IntN(4), 8)
		p.Need.DataSets, p.Need.Budget = nil, money.Amount{}
		for _, o := range p.Offers {
			o.Terms.Accelerator = "H100"
			o.Terms.Price[0].Rate = money.Nanos(o.Terms.Price[0].Rate.Nanos()+10_000_000, money.USD)
		}
		c := mustCompare(t, p)
		if len(c.Picks) == 0 || c.Uncovered > 0 {
			continue
		}
		compared++
		plan := mustPlan(t, &PlanProblem{Lots: []Lot{{Need: p.Need, Line: p.Line, Quantity: p.Quantity}}, Offers: p.Offers, Throughput: p.Throughput, Now: p.Now})
		if plan.Total != c.Total {
			t.Fatalf("round %d: the plan costs %s, the comparison's choice %s\n%s\n%s", round, plan.Total, c.Total, plan.Table(), c.Table())
		}
	}
	if compared < *rounds/50 {
		t.Errorf("only %d problems were compared", compared)
	}
}

func TestBrokenPlans(t *testing.T) {
	cases := []struct {
		want  string
		spoil func(p *PlanProblem)
	}{
		{"no such line", func(p *PlanProblem) { p.Lots[0].Line = 3 }},
		{"add up to more", func(p *PlanProblem) { p.Lots = append(p.Lots, p.Lots[0]) }},
		{"of which nothing is to be planned", func(p *PlanProblem) { p.Offers[0].Need = "n-9" }},
		{"given twice", func(p *PlanProblem) { p.Offers = append(p.Offers, p.Offers[0]) }},
		{"use 0 or more in USD", func(p *PlanProblem) { p.Commitments = []Commitment{{Left: money.Micros(1, "EUR")}} }},
		{"use 0 or more", func(p *PlanProblem) { p.Quotas = []Quota{{"north", "", -1}} }},
		{"use 0 to 100%", func(p *PlanProblem) { p.Concentrations = []Concentration{{"", 100_001}} }},
		{"which is not given", func(p *PlanProblem) { p.Packages = [][]OfferKey{{{"n-1", "o-9"}}} }},
		{"there is nothing to plan", func(p *PlanProblem) { p.Lots, p.Offers = nil, nil }},
	}
	for _, tc := range cases {
		p := planOf(t, []*capacity.Need{needOf(t, true)}, offerOf(t, "o-1", "north", "H100", 10, "2.00"))
		tc.spoil(p)
		if _, err := MakePlan(p); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("got %v, want an error that says %q", err, tc.want)
		}
	}
}
