package right_test

import (
	"flag"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"firstlook/agreement"
	"firstlook/right"
)

// The worked allocation of SEMANTICS section 9: capacity 100,000 a day; c misses its minimum, is dropped, and the rest is run again.
// The lower value f comes after the others.
func TestFiledTariff(t *testing.T) {
	bids := []right.Bid{{Want: 60_000}, {Want: 60_000}, {Want: 70_000, Least: 45_000}, {Want: 50_000, Least: 15_000}, {Want: 30_000, Least: 10_000},
		{Want: 40_000, Rank: 1}}
	got := right.Allocate(agreement.ByRank, 100_000, bids)
	if diff := cmp.Diff([]int64{30_000, 30_000, 0, 25_000, 15_000, 0}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAllocate(t *testing.T) {
	for _, c := range []struct {
		name     string
		rule     agreement.Allocation
		quantity int64
		bids     []right.Bid
		want     []int64
	}{
		{"nobody", agreement.ProRataByShare, 10, nil, []int64{}},
		{"enough for all", agreement.ProRataByShare, 100, []right.Bid{{Want: 30}, {Want: 50}}, []int64{30, 50}},
		{"by what is wanted", agreement.ProRataByShare, 60, []right.Bid{{Want: 40}, {Want: 80}}, []int64{20, 40}},
		{"by share", agreement.ProRataByShare, 100, []right.Bid{{Want: 100, Weight: 75_000}, {Want: 100, Weight: 25_000}}, []int64{75, 25}},
		{"what one does not want goes to the others", agreement.ProRataByShare, 100,
			[]right.Bid{{Want: 10, Weight: 60_000}, {Want: 90, Weight: 20_000}, {Want: 90, Weight: 20_000}}, []int64{10, 45, 45}},
		{"the odd ones to the largest remainder, then in order", agreement.ProRataByShare, 10, []right.Bid{{Want: 10}, {Want: 10}, {Want: 10}}, []int64{4, 3, 3}},
		{"an entitlement comes first", agreement.ProRataByShare, 100,
			[]right.Bid{{Want: 50, Weight: 50_000, Own: 50}, {Want: 90, Weight: 25_000, Own: 25}, {Want: 10, Weight: 25_000, Own: 25}}, []int64{50, 40, 10}},
		{"the lower rank number first", agreement.ByRank, 100, []right.Bid{{Want: 80, Rank: 2}, {Want: 60, Rank: 1}}, []int64{40, 60}},
		{"a rank that misses its least leaves it to the next", agreement.ByRank, 100,
			[]right.Bid{{Want: 70, Rank: 1}, {Want: 60, Least: 50, Rank: 2}, {Want: 30, Rank: 3}}, []int64{70, 0, 30}},
		{"one that has enough leaves the others theirs in proportion", agreement.ProRataByShare, 8,
			[]right.Bid{{Want: 9, Weight: 2}, {Want: 1, Weight: 4}, {Want: 5, Weight: 1}}, []int64{5, 1, 2}},
		{"the one that misses by most is dropped first", agreement.ProRataByShare, 100,
			[]right.Bid{{Want: 100, Least: 60}, {Want: 100, Least: 90}}, []int64{100, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, right.Allocate(c.rule, c.quantity, c.bids)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

var allocateSeed = flag.Uint64("allocate.seed", 1, "seed of the random allocations")

// I8: whatever is bid, nobody gets more than it wants or fewer than its least, no more is given than there is, nothing is kept back
// that somebody would take, and the order of the bids decides ties alone.
func TestAllocationIsFair(t *testing.T) {
	r := rand.New(rand.NewPCG(*allocateSeed, 0))
	for range 20_000 {
		quantity := r.Int64N(1000)
		rule := []agreement.Allocation{agreement.ByRank, agreement.ProRataByShare}[r.IntN(2)]
		bids := make([]right.Bid, 1+r.IntN(6))
		for i := range bids {
			bids[i] = right.Bid{Want: 1 + r.Int64N(600), Rank: r.IntN(3)}
			bids[i].Least = r.Int64N(2) * r.Int64N(bids[i].Want)
		}
		got := right.Allocate(rule, quantity, bids)
		sum, unfilled := int64(0), false
		for i, q := range got {
			sum += q
			if q > bids[i].Want || q < 0 || q != 0 && q < bids[i].Least {
				t.Fatalf("%+v of %d: %v\ngo test ./right -run Fair -allocate.seed %d", bids, quantity, got, *allocateSeed)
			}
			unfilled = unfilled || q < bids[i].Want && bids[i].Least == 0
		}
		if sum > quantity || sum < quantity && unfilled {
			t.Fatalf("%+v: %d given of %d: %v\ngo test ./right -run Fair -allocate.seed %d", bids, sum, quantity, got, *allocateSeed)
		}
		for i := range bids {
			bids[i].Least = 0 // a tie may make a least be missed
		}
		got = right.Allocate(rule, quantity, bids)
		if order := permuted(r, rule, quantity, bids); !near(got, order) {
			t.Fatalf("%+v of %d: %v, in another order %v\ngo test ./right -run Fair -allocate.seed %d", bids, quantity, got, order, *allocateSeed)
		}
	}
}

// permuted is what the bids get when they are listed in another order.
func permuted(r *rand.Rand, rule agreement.Allocation, quantity int64, bids []right.Bid) []int64 {
	place := r.Perm(len(bids))
	other := make([]right.Bid, len(bids))
	for i, p := range place {
		other[p] = bids[i]
	}
	got := right.Allocate(rule, quantity, other)
	out := make([]int64, len(bids))
	for i, p := range place {
		out[i] = got[p]
	}
	return out
}

// near reports whether two allocations differ by nothing but the accelerators of which ties decide.
func near(a, b []int64) bool {
	x, y := slices.Clone(a), slices.Clone(b)
	slices.Sort(x)
	slices.Sort(y)
	for i := range x {
		if d := x[i] - y[i]; d < -1 || d > 1 {
			return false
		}
	}
	return true
}
