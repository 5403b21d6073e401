package award

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"firstlook/capacity"
	"firstlook/offer"
)

func saleOf(t testing.TB, need *capacity.Need, bids ...*offer.Offer) Problem {
	p := problemOf(t, need, bids...)
	p.Sells = true
	return p
}

// A seller takes what pays most, in lots that the bidders take, and never sells more than it has.
func TestSeller(t *testing.T) {
	cases := []struct {
		name, want, total string
		unsold            int64
		bids              []*offer.Offer
		change            func(n *capacity.Need)
	}{
		{"the dearest first", "o-1 x7, o-2 x3", "1700.00 USD", 0, []*offer.Offer{
			offerOf(t, "o-1", "north", "H100", 7, "2.00"), offerOf(t, "o-2", "south", "H100", 9, "1.00")}, nil},
		{"whole to one", "o-2 x10", "1100.00 USD", 0, []*offer.Offer{
			offerOf(t, "o-1", "north", "H100", 7, "2.00"), offerOf(t, "o-2", "south", "H100", 12, "1.10")},
			func(n *capacity.Need) { n.Lines[0].Divisible, n.Lines[0].Least = false, 10 }},
		{"a bid for much or nothing pays more than the dearest", "o-2 x9", "1350.00 USD", 1, []*offer.Offer{
			atLeast(offerOf(t, "o-1", "north", "H100", 6, "2.00"), 2), atLeast(offerOf(t, "o-2", "south", "H100", 9, "1.50"), 9)}, nil},
		{"data is the bidder's matter", "o-1 x10", "2000.00 USD", 0, []*offer.Offer{offerOf(t, "o-1", "north", "H100", 10, "2.00")},
			func(n *capacity.Need) { n.DataSets = []capacity.DataSet{{Name: "d", Cloud: "moon", GB: 1}} }},
		{"some stays unsold", "o-1 x4", "800.00 USD", 6, []*offer.Offer{offerOf(t, "o-1", "north", "H100", 4, "2.00")}, nil},
		{"the reserve is a floor for every part", "o-1 x4", "800.00 USD", 6, []*offer.Offer{
			offerOf(t, "o-1", "north", "H100", 4, "2.00"), offerOf(t, "o-2", "south", "H100", 6, "1.49")},
			func(n *capacity.Need) { n.Budget = usd(t, "1500") }},
		{"a bid for more than there is", "", "0.00 USD", 10, []*offer.Offer{atLeast(offerOf(t, "o-1", "north", "H100", 12, "2.00"), 11)}, nil},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			need := needOf(t, true)
			if tc.change != nil {
				tc.change(need)
			}
			c := mustCompare(t, saleOf(t, need, tc.bids...))
			if picked(c) != tc.want || c.Total.String() != tc.total || c.Uncovered != tc.unsold || c.Method != Exact || !c.Sells {
				t.Errorf("got  %s for %s, %d unsold\nwant %s for %s, %d unsold\n%s", picked(c), c.Total, c.Uncovered, tc.want, tc.total, tc.unsold, c.Table())
			}
		})
	}
}

func TestSellerTells(t *testing.T) {
	need := needOf(t, true)
	need.Budget = usd(t, "1500")
	need.ServiceLevel, need.Interconnect = 99_500, capacity.RoCE
	asks := offerOf(t, "o-3", "south", "H100", 6, "2.00")
	asks.Terms.ServiceLevel = 99_900
	joined := offerOf(t, "o-4", "west", "H100", 6, "2.00")
	joined.Terms.Interconnect = capacity.InfiniBand
	c := mustCompare(t, saleOf(t, need, offerOf(t, "o-1", "north", "H100", 4, "2.00"), offerOf(t, "o-2", "south", "H100", 6, "1.49"), asks, joined))
	got := c.Table()
	for _, want := range []string{
		"Best paid lawful choice (exact)", "6 H100 stay unsold", "Ranked by what is paid per H100-hour",
		"it pays 894.00 USD for 6 H100; the reserve for them is 900.00 USD",
		"it asks for 99.9% a month; what is for sale has 99.5%", "it asks for infiniband; what is for sale has roce",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the table does not say %q:\n%s", want, got)
		}
	}
}

// The oracle tries every quantity of every bid.
func TestSellerAgainstEveryMix(t *testing.T) {
	t.Logf("go test ./award -run %s -seed %d -rounds %d", t.Name(), *seed, *rounds)
	rng := rand.New(rand.NewPCG(*seed, 9))
	exact, heuristic := 0, 0
	for round := range *rounds {
		p := randomProblem(t, rng, 1+rng.IntN(4), 8)
		p.Sells = true
		if rng.IntN(2) == 0 {
			for _, o := range p.Offers {
				o.Terms.Accelerator = "H100"
			}
		}
		c := mustCompare(t, p)
		best := everySale(t, p, c)
		switch total := c.Total.Micros(); {
		case c.Method == Exact && total != best, total > best, c.Method == Heuristic && c.Bound.Micros() < best:
			t.Fatalf("round %d: sold %s for %s (%s, bound %s); the best is %d micro-USD\n%s", round, picked(c), c.Total, c.Method, c.Bound, best, c.Table())
		}
		if c.Method == Exact {
			exact++
		} else {
			heuristic++
		}
	}
	if exact < *rounds/10 || heuristic < *rounds/50 {
		t.Errorf("%d exact and %d heuristic choices in %d", exact, heuristic, *rounds)
	}
}

// everySale returns the most that the ranked bids of a comparison can pay.
func everySale(t testing.TB, p Problem, c Comparison) (best int64) {
	line := &p.Need.Lines[p.Line]
	byID := map[offer.ID]*offer.Offer{}
	for _, o := range p.Offers {
		byID[o.ID] = o
	}
	den := p.Throughput.Milli[line.Reference()]
	var walk func(i int, paid, rest int64)
	walk = func(i int, paid, rest int64) {
		if i == len(c.Ranked) {
			best = max(best, paid)
			return
		}
		walk(i+1, paid, rest)
		terms := &byID[c.Ranked[i].Offer].Terms
		each := p.Throughput.Milli[terms.Accelerator]
		floor := p.Quantity
		if line.Divisible {
			floor = min(line.Least, p.Quantity)
		}
		for n := max(1, terms.Least); n <= terms.Quantity && n*each <= rest; n++ {
			if n*each < floor*den {
				continue
			}
			a, err := terms.Cost(n, line.Period)
			if err != nil {
				t.Fatal(err)
			}
			walk(i+1, paid+a.Micros(), rest-n*each)
		}
	}
	walk(0, 0, p.Quantity*den)
	return best
}

// Bids that do not fit into the exact search still keep the lot and a true ceiling.
func TestSellerOfManyBids(t *testing.T) {
	need := needOf(t, true)
	need.Lines[0].Quantity = 100
	var bids []*offer.Offer
	for i := range 40 {
		bids = append(bids, offerOf(t, fmt.Sprint("o-", i), fmt.Sprint("p-", i), "H100", 7, fmt.Sprintf("%d.00", 1+i%5)))
	}
	c := mustCompare(t, saleOf(t, need, bids...))
	if c.Method != Heuristic || c.Bound.Micros() < c.Total.Micros() || c.Uncovered != 0 {
		t.Errorf("%s, %s, bound %s, %d unsold", c.Method, c.Total, c.Bound, c.Uncovered)
	}
	if want := "45600.00 USD"; c.Total.String() != want { // 8 bids of 7 at 5.00, then 44 at 4.00, for 100 hours
		t.Errorf("sold for %s, want %s", c.Total, want)
	}
}
