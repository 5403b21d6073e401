package award

import (
	"math/bits"
	"slices"
)

// searchSteps bounds the work of one search; it is met only by many offers of many kinds at nearly equal prices.
const searchSteps = 20_000

// search is an exact choice among at most ExactOffers sources. It tries the sets of sources, smaller ones first, and
// within a set the quantities, dearest source last; a branch is left when even fractions of accelerators could not make
// it cheaper than the best so far.
type search struct {
	*chooser
	pool    []*source // in the order of the ranking: the order of ties
	byPrice []int     // indices into pool, cheapest work first
	places  []int     // distinct places of the pool
	spot    [ExactOffers]int
	moved   []int64 // cost of movement by set of places, -1 until known
	target  int64
	slack   int64 // micro-units by which rounded prices may stand above exact ones

	members []int // of the set being tried, indices into pool, cheapest work first
	n       [ExactOffers]int64
	best    [ExactOffers]int64
	cost    int64
	steps   int
}

// search returns the cheapest mix of the pool that covers the target.
func (c *chooser) search(pool []*source, target int64) (best cover, ok, exact bool) {
	s := search{chooser: c, pool: pool, target: target, cost: unaffordable, steps: searchSteps}
	s.prepare()
	for size := 1; size <= len(pool); size++ {
		for set := uint(1)<<size - 1; set < 1<<len(pool); set = nextOfSize(set) {
			s.try(set)
		}
	}
	if s.cost == unaffordable {
		return cover{}, false, s.steps > 0
	}
	best.cost = s.cost
	for i, n := range s.best[:len(pool)] {
		if n > 0 {
			best.takes = append(best.takes, take{pool[i], n})
			best.covered += c.equivalent(pool[i], n)
		}
	}
	return best, true, s.steps > 0
}

// nextOfSize returns the next larger set with as many members.
func nextOfSize(set uint) uint {
	low := set & -set
	carried := set + low
	return carried | (set^carried)>>2>>bits.TrailingZeros(low)
}

func (s *search) prepare() {
	indices := make([]int, 0, 3*len(s.pool))
	for i, p := range s.pool {
		indices = append(indices, i)
		s.slack += int64(len(p.offer.Terms.Price)) + 1
	}
	s.byPrice = indices[:len(s.pool):len(s.pool)]
	slices.SortStableFunc(s.byPrice, func(a, b int) int { return cheaper(s.pool[a], s.pool[b]) })
	s.members = indices[len(s.pool):len(s.pool):cap(indices)]
	if len(s.problem.Need.DataSets) == 0 {
		return
	}
	for i, p := range s.pool {
		at := slices.Index(s.places, p.place)
		if at < 0 {
			at = len(s.places)
			s.places = append(s.places, p.place)
		}
		s.spot[i] = at
	}
	s.moved = make([]int64, 1<<len(s.places))
	for i := range s.moved {
		s.moved[i] = -1
	}
}

// movementOf returns the cost of bringing the data to every place of the set.
func (s *search) movementOf(set uint) int64 {
	if s.moved == nil {
		return 0
	}
	var at uint
	for i := range s.pool {
		if set>>i&1 == 1 {
			at |= 1 << s.spot[i]
		}
	}
	if s.moved[at] < 0 {
		var buffer [ExactOffers]int
		places := buffer[:0]
		for i, p := range s.places {
			if at>>i&1 == 1 {
				places = append(places, p)
			}
		}
		s.moved[at] = s.moving(places)
	}
	return s.moved[at]
}

// try looks for a cheaper cover that takes at least its least of every member of the set and nothing else.
func (s *search) try(set uint) {
	s.members = s.members[:0]
	var supply int64
	for _, i := range s.byPrice {
		if set>>i&1 == 1 {
			s.members = append(s.members, i)
			supply += s.equivalent(s.pool[i], s.pool[i].most)
		}
	}
	if supply >= s.target {
		s.descend(0, s.target, s.movementOf(set), 0)
	}
}

// descend chooses the quantity of member i, with rest still to be covered by it and those after it.
func (s *search) descend(i int, rest, cost, watts int64) {
	p := s.pool[s.members[i]]
	later, leastWork, leastCost, leastCover := s.members[i+1:], int64(0), int64(0), int64(0)
	for _, j := range later {
		q := s.pool[j]
		leastWork += q.least * q.num
		leastCost = plus(leastCost, q.priceLeast)
		leastCover += s.equivalent(q, q.least)
	}
	most := min(p.most, max(p.least, s.required(p, max(0, rest-leastCover))))
	for n := most; n >= p.least; n-- {
		if s.steps--; s.steps <= 0 {
			return
		}
		here := plus(cost, s.price(p, n))
		draw := watts + n*p.watts
		if len(later) == 0 {
			s.finish(i, n, rest, here, draw)
			return
		}
		open := rest*s.den - n*p.num - leastWork
		least, ok := s.fraction(later, open)
		if !ok {
			return
		}
		if plus(plus(plus(here, leastCost), least), s.slack) >= s.cost {
			if n == most { // the last whole accelerator may be the one too many
				continue
			}
			return
		}
		s.n[i] = n
		s.descend(i+1, rest-s.equivalent(p, n), here, draw)
	}
}

// finish records a complete mix if it covers the target, keeps the power limit and is cheaper than the best.
func (s *search) finish(i int, n, rest, cost, watts int64) {
	if s.equivalent(s.pool[s.members[i]], n) < rest || watts > s.watts || cost >= s.cost {
		return
	}
	s.n[i] = n
	s.cost, s.best = cost, [ExactOffers]int64{}
	for j, m := range s.members {
		s.best[m] = s.n[j]
	}
}

// fraction returns the least that the members, beyond their least quantities, could cost for the open work if accelerators
// came in fractions; false where they have not so much.
func (s *search) fraction(members []int, open int64) (cost int64, ok bool) {
	for _, j := range members {
		if open <= 0 {
			return cost, true
		}
		p := s.pool[j]
		part := min(open, (p.most-p.least)*p.num)
		cost = plus(cost, p.share(part))
		open -= part
	}
	return cost, open <= 0
}
