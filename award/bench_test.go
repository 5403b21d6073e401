package award

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"firstlook/capacity"
	"firstlook/offer"
)

// manyOffers makes a divisible need and offers for it that differ in price, quantity and kind.
func manyOffers(t testing.TB, n int) (*capacity.Need, []*offer.Offer) {
	rng := rand.New(rand.NewPCG(7, 7))
	need := needOf(t, true)
	need.Lines[0].Quantity, need.Lines[0].Least = 4096, 64
	offers := make([]*offer.Offer, n)
	for i := range offers {
		kind := need.Lines[0].Accelerators[rng.IntN(3)]
		offers[i] = offerOf(t, fmt.Sprint("o-", i), fmt.Sprint("p-", i%40), kind, int64(64+rng.IntN(2000)), fmt.Sprintf("%d.%04d", 1+rng.IntN(4), rng.IntN(10000)))
	}
	return need, offers
}

// Bar: 5 ms for one need and 2,000 offers.
func BenchmarkCompare2000(b *testing.B) {
	need, offers := manyOffers(b, 2000)
	p := problemOf(b, need, offers...)
	for b.Loop() {
		mustCompare(b, p)
	}
}

func BenchmarkPlan2000(b *testing.B) {
	need, offers := manyOffers(b, 2000)
	p := planOf(b, []*capacity.Need{need}, offers...)
	p.Search.Gap = 1000
	for b.Loop() {
		mustPlan(b, p)
	}
}

// Very many offers are an answer with its gap.
func TestPlanOfManyOffers(t *testing.T) {
	need, offers := manyOffers(t, 100_000)
	p := planOf(t, []*capacity.Need{need}, offers...)
	p.Search.Gap = 1000
	plan := mustPlan(t, p)
	if plan.Lots[0].Uncovered > 0 || plan.GapMillions > 10_000 {
		t.Errorf("%d stay open, gap %d ppm", plan.Lots[0].Uncovered, plan.GapMillions)
	}
}
