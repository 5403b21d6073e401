package mix

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	seed   = flag.Uint64("seed", 20260301, "seed of the random problems")
	rounds = flag.Int("rounds", 20000, "how many random problems")
)

// randomProblem makes a small problem in which every kind of rule occurs.
func randomProblem(rng *rand.Rand) *Problem {
	p := &Problem{}
	some := func(n int) int { return rng.IntN(n + 1) }
	for i := range 1 + some(3) {
		p.Requests = append(p.Requests, Request{Name: fmt.Sprint("r", i), Work: 1 + int64(some(5)), Penalty: int64(some(60)), Must: rng.IntN(6) == 0, Divisible: rng.IntN(2) == 0})
	}
	for i := range 1 + some(3) {
		o := Offer{Name: fmt.Sprint("o", i), Capacity: int64(some(9))}
		if rng.IntN(4) == 0 {
			o.Least = int64(some(5))
		}
		if rng.IntN(4) == 0 {
			o.Charge = int64(some(15))
		}
		p.Offers = append(p.Offers, o)
	}
	for i := range some(2) {
		p.Limits = append(p.Limits, Limit{fmt.Sprint("l", i), int64(some(25))})
	}
	for i := range some(2) {
		p.Commitments = append(p.Commitments, Commitment{fmt.Sprint("c", i), int64(some(60))})
	}
	for i := range some(2) {
		c := Charge{Name: fmt.Sprint("move", i), Cost: int64(some(20))}
		if len(p.Limits) > 0 && rng.IntN(2) == 0 {
			c.Uses = []Use{{0, int64(some(8))}}
		}
		p.Charges = append(p.Charges, c)
	}
	for len(p.Pairs) < 1+some(4) {
		p.Pairs = append(p.Pairs, p.randomPair(rng))
	}
	if len(p.Offers) > 1 && rng.IntN(4) == 0 {
		p.Packages = append(p.Packages, []int32{0, 1})
	}
	if len(p.Offers) > 2 && rng.IntN(4) == 0 {
		p.Rivals = append(p.Rivals, []int32{1, 2})
	}
	return p
}

func (p *Problem) randomPair(rng *rand.Rand) Pair {
	some := func(n int) int64 { return int64(rng.IntN(n + 1)) }
	q := Pair{Request: int32(rng.IntN(len(p.Requests))), Offer: int32(rng.IntN(len(p.Offers))), Yield: 1 + some(1), Draw: some(3), Cost: some(20)}
	r := &p.Requests[q.Request]
	if r.Divisible {
		q.Least = 1 + some(1)
		q.Most = q.Least + some(3)
	} else {
		q.Least = (r.Work + q.Yield - 1) / q.Yield
		q.Most = q.Least
	}
	if len(p.Charges) > 0 && rng.IntN(2) == 0 {
		q.Charge = 1 + int32(rng.IntN(len(p.Charges)))
	}
	for l := range p.Limits {
		if rng.IntN(2) == 0 {
			q.Uses = append(q.Uses, Use{int32(l), some(5)})
		}
	}
	for c := range p.Commitments {
		if rng.IntN(2) == 0 {
			q.Spends = append(q.Spends, Use{int32(c), some(int(q.Cost))})
		}
	}
	return q
}

// everyChoice returns the least cost of all choices by trying each; false where none is lawful. It is written from the rules alone.
func everyChoice(p *Problem) (best int64, ok bool) {
	units := make([]int64, len(p.Pairs))
	var walk func(i int)
	walk = func(i int) {
		if i == len(units) {
			if cost, lawful := costOf(p, units); lawful && (!ok || cost < best) {
				best, ok = cost, true
			}
			return
		}
		for n := p.Pairs[i].Least; n <= p.Pairs[i].Most; n++ {
			units[i] = n
			walk(i + 1)
		}
		units[i] = 0
		walk(i + 1)
	}
	walk(0)
	return best, ok
}

func costOf(p *Problem, units []int64) (cost int64, lawful bool) {
	work, parts := make([]int64, len(p.Requests)), make([]int, len(p.Requests))
	drawn, taken := make([]int64, len(p.Offers)), make([]bool, len(p.Offers))
	used, spent, charged := make([]int64, len(p.Limits)), make([]int64, len(p.Commitments)), make([]bool, len(p.Charges))
	for i, n := range units {
		if n == 0 {
			continue
		}
		q := p.Pairs[i]
		cost += n * q.Cost
		work[q.Request] += n * q.Yield
		parts[q.Request]++
		drawn[q.Offer] += n * q.Draw
		taken[q.Offer] = true
		for _, u := range q.Uses {
			used[u.Of] += n * u.Amount
		}
		for _, u := range q.Spends {
			spent[u.Of] += n * u.Amount
		}
		if q.Charge > 0 && !charged[q.Charge-1] {
			charged[q.Charge-1] = true
			cost += p.Charges[q.Charge-1].Cost
			for _, u := range p.Charges[q.Charge-1].Uses {
				used[u.Of] += u.Amount
			}
		}
	}
	for i, r := range p.Requests {
		if !r.Divisible && parts[i] > 1 || r.Must && work[i] < r.Work {
			return 0, false
		}
		if open := r.Work - work[i]; open > 0 {
			cost += (open*r.Penalty + r.Work - 1) / r.Work
		}
	}
	for i, o := range p.Offers {
		if drawn[i] > o.Capacity || taken[i] && drawn[i] < o.Least {
			return 0, false
		}
		if taken[i] {
			cost += o.Charge
		}
	}
	for i, l := range p.Limits {
		if used[i] > l.Most {
			return 0, false
		}
	}
	for i, c := range p.Commitments {
		cost += max(0, c.Amount-spent[i])
	}
	count := func(g []int32) (n int) {
		for _, o := range g {
			if taken[o] {
				n++
			}
		}
		return n
	}
	for _, g := range p.Packages {
		if n := count(g); n > 0 && n < len(g) {
			return 0, false
		}
	}
	for _, g := range p.Rivals {
		if count(g) > 1 {
			return 0, false
		}
	}
	return cost, true
}

// The oracle tries every choice; Solve must find as good a one, prove it, and say where there is none.
func TestAgainstEveryChoice(t *testing.T) {
	t.Logf("go test ./award/mix -run %s -seed %d -rounds %d", t.Name(), *seed, *rounds)
	rng := rand.New(rand.NewPCG(*seed, 1))
	none, short, switched := 0, 0, 0
	for round := range *rounds {
		p := randomProblem(rng)
		want, ok := everyChoice(p)
		a, err := Solve(p, Options{Seed: uint64(round)})
		if err != nil {
			t.Fatalf("round %d: %v\n%+v", round, err, p)
		}
		if !a.Proven || ok != (len(a.Open) == 0) || ok && a.Cost != want || ok && a.Bound != want {
			t.Fatalf("round %d: cost %d, bound %d, open %v, proven %v; the best is %d (%v)\n%+v", round, a.Cost, a.Bound, a.Open, a.Proven, want, ok, p)
		}
		if !ok {
			none++
		}
		if len(p.Commitments) > 0 {
			short++
		}
		if len(p.Packages)+len(p.Rivals) > 0 {
			switched++
		}
	}
	if none < *rounds/100 || short < *rounds/10 || switched < *rounds/20 {
		t.Errorf("the problems are too easy: %d without a choice, %d with commitments, %d with packages or rivals of %d", none, short, switched, *rounds)
	}
}

// Whatever the multipliers are, no value of either Lagrangian is above the cost of the best choice.
func TestBoundsAtAnyPrices(t *testing.T) {
	t.Logf("go test ./award/mix -run %s -seed %d -rounds %d", t.Name(), *seed, *rounds)
	rng := rand.New(rand.NewPCG(*seed, 2))
	for round := range *rounds / 3 {
		p := randomProblem(rng)
		want, ok := everyChoice(p)
		if !ok {
			continue
		}
		m := compile(p)
		d, k := newDual(m), newPacking(m, nil)
		for range 10 {
			for row := range d.price {
				d.price[row] = rng.Int64N(min(d.top[row], 1<<(m.shift[row]+uint8(rng.IntN(6)))) + 1)
				k.price[row] = d.price[row]
			}
			for _, row := range k.kept {
				k.price[row] = 0
			}
			for r := range k.fee {
				k.fee[r] = rng.Int64N(m.penalty[r]%100 + 50)
			}
			if v := d.evaluate(); v > want {
				t.Fatalf("round %d: the priced bound %d is above the best choice %d\n%+v", round, v, want, p)
			}
			if v := k.evaluate(); v > want {
				t.Fatalf("round %d: the packed bound %d is above the best choice %d\n%+v", round, v, want, p)
			}
		}
	}
}

// A conflict is one, by the oracle: its rules cannot be kept together, and each of them is needed for that.
func TestConflict(t *testing.T) {
	t.Logf("go test ./award/mix -run %s -seed %d -rounds %d", t.Name(), *seed, *rounds)
	rng := rand.New(rand.NewPCG(*seed, 5))
	conflicts := 0
	for round := range *rounds / 10 {
		p := randomProblem(rng)
		for i := range p.Requests {
			p.Requests[i].Must = true
		}
		_, lawful := everyChoice(p)
		rules, irreducible, found, err := Conflict(p, Options{})
		if err != nil || found == lawful || found && !irreducible {
			t.Fatalf("round %d: %v, found %v, irreducible %v, a lawful choice exists: %v\n%+v", round, err, found, irreducible, lawful, p)
		}
		if !found {
			continue
		}
		conflicts++
		if _, ok := everyChoice(p.under(rules)); ok {
			t.Fatalf("round %d: %v can be kept together\n%+v", round, rules, p)
		}
		for k := range rules {
			if _, ok := everyChoice(p.under(slices.Delete(slices.Clone(rules), k, k+1))); !ok {
				t.Fatalf("round %d: %v conflict without %v\n%+v", round, rules, rules[k], p)
			}
		}
	}
	if conflicts < *rounds/100 {
		t.Errorf("only %d conflicts", conflicts)
	}
}

// largeProblem is one that no search ends on in the work that the tests give it.
func largeProblem(rng *rand.Rand) *Problem {
	p := &Problem{Commitments: []Commitment{{"k", 40_000_000}}, Limits: []Limit{{"l", 600}}}
	for i := range 60 {
		p.Requests = append(p.Requests, Request{Name: fmt.Sprint("r", i), Work: 8 << rng.IntN(5), Penalty: 9_000_000, Divisible: i%3 == 0})
		p.Offers = append(p.Offers, Offer{Name: fmt.Sprint("o", i), Capacity: 8 << rng.IntN(5)})
	}
	for r := range p.Requests {
		for range 12 {
			o := int32(rng.IntN(60))
			q := Pair{Request: int32(r), Offer: o, Least: 1, Most: p.Requests[r].Work, Yield: 1, Draw: 1, Cost: 20_000 + rng.Int64N(90_000)}
			if !p.Requests[r].Divisible {
				q.Least = q.Most
			}
			if o%2 == 0 {
				q.Spends = []Use{{0, q.Cost}}
			} else {
				q.Uses = []Use{{0, 1}}
			}
			p.Pairs = append(p.Pairs, q)
		}
	}
	return p
}

// The answer is a function of the problem, the seed and the work, and keeps its promises when it is cut short.
func TestAnytime(t *testing.T) {
	t.Logf("go test ./award/mix -run %s -seed %d", t.Name(), *seed)
	p := largeProblem(rand.New(rand.NewPCG(*seed, 3)))
	last := int64(never)
	for _, work := range []int64{1, 100_000, 3_000_000} {
		a, err := Solve(p, Options{Seed: 7, Work: work})
		if err != nil {
			t.Fatal(err)
		}
		b, err := Solve(p, Options{Seed: 7, Work: work})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, b); diff != "" {
			t.Fatalf("the same seed and work give another answer:\n%s", diff)
		}
		if a.Bound > a.Cost || a.Cost > last {
			t.Errorf("work %d: cost %d after %d, bound %d", work, a.Cost, last, a.Bound)
		}
		last = a.Cost
	}
	if a, _ := Solve(p, Options{Seed: 7, Work: 30_000_000}); a.Gap() > 80_000 {
		t.Errorf("a gap of %d millionths is left", a.Gap())
	}
}

func TestStopAndProgress(t *testing.T) {
	p := largeProblem(rand.New(rand.NewPCG(*seed, 4)))
	asked, told := 0, 0
	a, err := Solve(p, Options{Work: 1 << 40, Stop: func() bool { asked++; return asked > 20 }, Progress: func(q Progress) {
		told++
		if q.Bound > q.Cost || q.Work > q.Of {
			t.Errorf("progress %+v", q)
		}
	}})
	if err != nil || asked < 20 || told == 0 || len(a.Takes) == 0 {
		t.Errorf("%v, asked %d times, told %d times, %d takes", err, asked, told, len(a.Takes))
	}
}

// Each line breaks one rule of a lawful choice.
func TestCheckNamesWhatIsBroken(t *testing.T) {
	lawful := func() (*Problem, []Take) {
		return &Problem{
			Requests: []Request{{Name: "whole", Work: 4}, {Name: "shared", Work: 6, Must: true, Divisible: true}},
			Offers:   []Offer{{Name: "a", Capacity: 10}, {Name: "b", Capacity: 10, Least: 2}, {Name: "c", Capacity: 10}},
			Limits:   []Limit{{"power", 40}},
			Pairs: []Pair{{Request: 0, Offer: 0, Least: 4, Most: 4, Yield: 1, Draw: 1, Cost: 3}, {Request: 0, Offer: 2, Least: 4, Most: 4, Yield: 1, Draw: 1},
				{Request: 1, Offer: 0, Least: 1, Most: 6, Yield: 1, Draw: 1, Cost: 5, Uses: []Use{{0, 10}}}, {Request: 1, Offer: 1, Least: 1, Most: 6, Yield: 1, Draw: 1, Cost: 7}},
		}, []Take{{0, 4}, {2, 4}, {3, 2}}
	}
	if p, takes := lawful(); p.Validate() != nil {
		t.Fatal(p.Validate())
	} else if cost, err := Check(p, takes); err != nil || cost.Int64() != 4*3+4*5+2*7 {
		t.Fatalf("cost %v, %v", cost, err)
	}
	cases := []struct {
		want  string
		spoil func(p *Problem, takes *[]Take)
	}{
		{"there is no pair 9", func(_ *Problem, takes *[]Take) { (*takes)[0].Pair = 9 }},
		{"offer a is taken twice for request whole", func(_ *Problem, takes *[]Take) { *takes = append(*takes, Take{0, 4}) }},
		{"7 units of offer a for request shared; it takes 1 to 6", func(_ *Problem, takes *[]Take) { (*takes)[1].Units = 7 }},
		{"request whole goes whole to one offer and has 2", func(_ *Problem, takes *[]Take) { *takes = append(*takes, Take{1, 4}) }},
		{"1 of request shared stay open, and all of it must be served", func(_ *Problem, takes *[]Take) { (*takes)[1].Units = 3 }},
		{"offer a has 7 units and is drawn on for 8", func(p *Problem, _ *[]Take) { p.Offers[0].Capacity = 7 }},
		{"offer b sells at least 3 units in all and is drawn on for 2", func(p *Problem, _ *[]Take) { p.Offers[1].Least = 3 }},
		{"limit power is 39 and 40 counts towards it", func(p *Problem, _ *[]Take) { p.Limits[0].Most = 39 }},
		{"package 0 is taken in 1 of its 2 offers", func(p *Problem, _ *[]Take) { p.Packages = [][]int32{{0, 2}} }},
		{"of the offers of group 0 at most one may be taken, not 2", func(p *Problem, _ *[]Take) { p.Rivals = [][]int32{{0, 1}} }},
	}
	for _, tc := range cases {
		p, takes := lawful()
		tc.spoil(p, &takes)
		if _, err := Check(p, takes); err == nil || err.Error() != tc.want {
			t.Errorf("got  %v\nwant %s", err, tc.want)
		}
	}
}

func TestValidate(t *testing.T) {
	base := func() *Problem {
		return &Problem{Requests: []Request{{Name: "r", Work: 4, Penalty: 1}}, Offers: []Offer{{Name: "o", Capacity: 8}},
			Pairs: []Pair{{Least: 4, Most: 4, Yield: 1, Draw: 1, Cost: 1}}, Limits: []Limit{{"l", 5}}}
	}
	spoil := []func(p *Problem){
		func(p *Problem) { p.Requests[0].Work = 0 },
		func(p *Problem) { p.Requests[0].Penalty = -1 },
		func(p *Problem) { p.Offers[0].Capacity = -1 },
		func(p *Problem) { p.Limits[0].Most = -1 },
		func(p *Problem) { p.Pairs[0].Cost = -1 },
		func(p *Problem) { p.Pairs[0].Yield = 0 },
		func(p *Problem) { p.Pairs[0].Offer = 1 },
		func(p *Problem) { p.Pairs[0].Least = 3 },
		func(p *Problem) { p.Pairs[0].Least, p.Pairs[0].Most = 3, 3 },
		func(p *Problem) { p.Pairs[0].Cost = 1 << 60 },
		func(p *Problem) { p.Pairs[0].Uses = []Use{{0, 1 << 59}} },
		func(p *Problem) { p.Pairs[0].Uses = []Use{{0, 1}, {0, 1}} },
		func(p *Problem) { p.Packages = [][]int32{{0, 0}} },
		func(p *Problem) { p.Commitments = []Commitment{{"c", -1}} },
		func(p *Problem) { p.Commitments = []Commitment{{"c", 1 << 60}, {"d", 1 << 60}} },
	}
	if err := base().Validate(); err != nil {
		t.Fatal(err)
	}
	for i, change := range spoil {
		p := base()
		change(p)
		if _, err := Solve(p, Options{}); err == nil {
			t.Errorf("case %d is accepted", i)
		}
	}
}

// Figures at the edge of the range are decided, not wrapped.
func TestEdges(t *testing.T) {
	p := &Problem{Requests: []Request{{Name: "r", Work: 1 << 40, Penalty: 1 << 58, Divisible: true}}, Offers: []Offer{{Name: "o", Capacity: 1 << 40}, {Name: "p", Capacity: 1 << 40}},
		Pairs:  []Pair{{Least: 1, Most: 1 << 40, Yield: 1, Draw: 1, Cost: 1 << 17, Uses: []Use{{0, 1 << 17}}}, {Offer: 1, Least: 1, Most: 1 << 40, Yield: 1, Draw: 1, Cost: 1<<17 + 1}},
		Limits: []Limit{{"budget", 1 << 56}}}
	a, err := Solve(p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if want := int64(1<<57 + 1<<39); a.Cost != want || a.Gap() > 10 {
		t.Errorf("cost %d, bound %d; want %d", a.Cost, a.Bound, want)
	}
	if !slices.Equal(a.Takes, []Take{{0, 1 << 39}, {1, 1 << 39}}) {
		t.Errorf("takes %v", a.Takes)
	}
}
