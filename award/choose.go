package award

import (
	"fmt"
	"math"
	"math/bits"
	"slices"

	"firstlook/capacity"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
)

// source is a usable offer, prepared for the search. Quantities are in its own kind of accelerator.
type source struct {
	offer       *offer.Offer
	least, most int64 // that the lot may take of it
	num         int64 // throughput of its kind; that of the reference is chooser.den
	place       int   // in chooser.places
	priceLeast  int64 // micro-units over the line's period
	priceMost   int64
	moving      int64 // micro-units for the data, alone at its place
	watts       int64 // nameplate of one; 0 where the need has no limit
	total       int64 // priceMost and moving
	perHour     money.Rate
}

// place is where an offer would run the work.
type place struct {
	cloud     capacity.Cloud
	region    capacity.Region
	legs      []leg // one per data set of the need
	transfers []Transfer
	moving    money.Amount // sum of the transfers, alone in their month
	fault     string       // why the transfers cannot be priced; a sentence
	code      Code
}

// chooser holds one problem and what is derived from it once.
type chooser struct {
	problem   *Problem
	line      *capacity.Line
	reference capacity.Accelerator
	quantity  int64
	least     int64 // of one source, in the reference
	den       int64 // throughput of the reference
	currency  money.Currency
	budget    int64        // micro-units that are left
	reserve   money.Amount // of a sale, for the whole need
	watts     int64        // that are left
	places    []place
	meets     map[party.ID][]string
	month     meter // scratch of moving
}

// noLimit stands for a budget or a power limit that the need does not have.
const noLimit = math.MaxInt64

func newChooser(p *Problem) *chooser {
	if p.Sells {
		p = forSeller(p)
	}
	line := &p.Need.Lines[p.Line]
	c := &chooser{problem: p, line: line, reference: line.Reference(), quantity: p.Quantity, least: p.Quantity, den: 1,
		budget: noLimit, watts: noLimit}
	if line.Divisible {
		c.least = max(1, min(line.Least, p.Quantity))
	}
	if milli := p.Throughput.Milli[c.reference]; milli > 0 {
		c.den = milli
	}
	c.currency = money.USD
	if table := p.Egress.Currency(); table != "" {
		c.currency = table
	}
	if budget := p.Need.Budget; budget.Currency() != "" {
		c.currency = budget.Currency()
		c.budget = max(0, budget.Micros()-p.Spent.Micros())
	}
	if p.Sells {
		c.budget, c.reserve = noLimit, p.Need.Budget
	}
	if p.Need.PowerKW > 0 {
		c.watts = max(0, min(p.Need.PowerKW, maxKW)*1000-p.DrawnWatts)
	}
	return c
}

// placeOf returns the index of the place where terms run the work, pricing the way there when it is first seen.
func (c *chooser) placeOf(t *offer.Terms) int {
	for i := range c.places {
		if c.places[i].cloud == t.Cloud && c.places[i].region == t.Region {
			return i
		}
	}
	p := place{cloud: t.Cloud, region: t.Region}
	p.price(c.problem.Egress, c.problem.Need.DataSets, c.currency)
	c.places = append(c.places, p)
	return len(c.places) - 1
}

// price prices the way of every data set to the place.
func (p *place) price(e *Egress, data []capacity.DataSet, currency money.Currency) {
	var m meter
	p.legs, p.transfers = make([]leg, 0, len(data)), make([]Transfer, 0, len(data))
	for _, d := range data {
		way, fault := e.route(d, p.cloud, p.region)
		if fault == "" && way.row >= 0 && e.Currency() != currency {
			fault = fmt.Sprintf("egress table %s is priced in %s; the comparison is made in %s", e.Name, e.Currency(), currency)
		}
		if fault != "" {
			p.code, p.fault = CodeEgressUnknown, fault
			return
		}
		t, err := e.bill(d, p.cloud, p.region, way, &m)
		if err == nil {
			p.moving, err = p.moving.Add(t.Amount)
		}
		if err != nil {
			p.code, p.fault = CodeOverflow, "moving data set "+d.Name+" cannot be priced: "+err.Error()
			return
		}
		p.legs = append(p.legs, way)
		p.transfers = append(p.transfers, t)
	}
}

// take is a quantity of one source.
type take struct {
	source *source
	n      int64
}

// cover is a set of takes that covers a target. The zero cover covers nothing.
type cover struct {
	takes   []take
	cost    int64 // micro-units, price and movement
	covered int64 // in the reference accelerator
}

const unaffordable = math.MaxInt64 // a sum that leaves the range; above every budget

// plus adds two costs, neither negative; what leaves the range is unaffordable.
func plus(a, b int64) int64 {
	if a > unaffordable-b {
		return unaffordable
	}
	return a + b
}

// equivalent returns what n of the source amount to in the reference, rounded down. Figures are bounded by examine, so that
// the product cannot overflow.
func (c *chooser) equivalent(s *source, n int64) int64 { return n * s.num / c.den }

// required returns how many of the source amount to n of the reference, rounded up.
func (c *chooser) required(s *source, n int64) int64 { return (n*c.den + s.num - 1) / s.num }

// price returns what n of the source cost over the line's period, in micro-units.
func (c *chooser) price(s *source, n int64) int64 {
	switch n {
	case s.most:
		return s.priceMost
	case s.least:
		return s.priceLeast
	}
	a, err := s.offer.Terms.Cost(n, c.line.Period)
	if err != nil { // cannot be: most, which costs more, was in range
		return unaffordable
	}
	return a.Micros()
}

// choose returns the best lawful cover of the lot from the sources, which are in the order of the ranking, and whether it
// is exact. Where the whole cannot be had it covers as much of a divisible line as can be.
func (c *chooser) choose(sources []*source) (best cover, exact bool) {
	if c.problem.Sells {
		return c.dearest(sources)
	}
	if len(sources) == 0 {
		return cover{}, true
	}
	if !c.line.Divisible {
		return c.cheapestWhole(sources), true
	}
	var supply int64
	for _, s := range sources {
		supply += c.equivalent(s, s.most)
	}
	target := min(c.quantity, supply)
	best, ok, exact := c.cover(sources, target)
	if ok && best.cost <= c.budget {
		return best, exact
	}
	// The least cost rises with the target, so the greatest target within the limits is found by halving.
	best = cover{}
	for low, high := int64(0), target-1; low < high; {
		middle := low + (high-low+1)/2
		m, ok, whole := c.cover(sources, middle)
		exact = exact && whole
		if ok && m.cost <= c.budget {
			best, low = m, middle
		} else {
			high = middle - 1
		}
	}
	return best, exact
}

// cheapestWhole returns the cheapest source that covers the lot alone. Every source of an indivisible line does, or it was
// excluded.
func (c *chooser) cheapestWhole(sources []*source) cover {
	best := sources[0]
	for _, s := range sources[1:] {
		if s.total < best.total {
			best = s
		}
	}
	return cover{[]take{{best, best.most}}, best.total, c.equivalent(best, best.most)}
}

// cover returns the cheapest mix that it finds for a target; false where it finds none that keeps the power limit.
func (c *chooser) cover(sources []*source, target int64) (best cover, ok, exact bool) {
	if len(sources) <= ExactOffers {
		return c.search(sources, target)
	}
	consider := func(m cover, found bool) {
		if found && (!ok || m.cost < best.cost) {
			best, ok = m, true
		}
	}
	consider(c.single(sources, target))
	filled, found := c.fill(sources, target)
	consider(filled, found)
	if found && len(filled.takes) <= ExactOffers {
		pool := make([]*source, len(filled.takes))
		for i, t := range filled.takes {
			pool[i] = t.source
		}
		m, found, _ := c.search(pool, target)
		consider(m, found)
	}
	m, found, _ := c.search(sources[:ExactOffers], target)
	consider(m, found)
	return best, ok, false
}

// single returns the cheapest source that covers the target alone.
func (c *chooser) single(sources []*source, target int64) (best cover, ok bool) {
	for _, s := range sources {
		n := max(s.least, c.required(s, target))
		if n > s.most || n*s.watts > c.watts {
			continue
		}
		if cost := plus(c.price(s, n), s.moving); !ok || cost < best.cost {
			best, ok = cover{[]take{{s, n}}, cost, c.equivalent(s, n)}, true
		}
	}
	return best, ok
}

// fill takes as much as it can of each source in the order of the ranking until the target is covered.
func (c *chooser) fill(sources []*source, target int64) (m cover, ok bool) {
	var watts int64
	for _, s := range sources {
		if m.covered >= target {
			break
		}
		n := min(s.most, max(s.least, c.required(s, target-m.covered)))
		draw := n * s.watts
		if draw > c.watts-watts {
			continue
		}
		watts += draw
		m.takes = append(m.takes, take{s, n})
		m.covered += c.equivalent(s, n)
		m.cost = plus(m.cost, c.price(s, n))
	}
	m.cost = plus(m.cost, c.movement(m.takes))
	return m, m.covered >= target
}

// movement returns what moving the data to every place of the takes costs, in micro-units: once to each.
func (c *chooser) movement(takes []take) int64 {
	if len(c.problem.Need.DataSets) == 0 {
		return 0
	}
	var places []int
	for _, t := range takes {
		if !slices.Contains(places, t.source.place) {
			places = append(places, t.source.place)
		}
	}
	return c.moving(places)
}

// moving returns what moving the data to each of the places costs.
func (c *chooser) moving(places []int) int64 {
	c.month.rows = c.month.rows[:0]
	for _, p := range places {
		for i, way := range c.places[p].legs {
			if way.row >= 0 {
				c.month.add(way.row, c.problem.Need.DataSets[i].GB)
			}
		}
	}
	var total int64
	for _, counted := range c.month.rows {
		a, err := c.problem.Egress.Rows[counted.row].price(0, counted.gb, nil)
		if err != nil {
			return unaffordable
		}
		total = plus(total, a.Micros())
	}
	return total
}

// bound returns a cost that no cover of the target can beat: the cheapest accelerator-hours, in fractions, and the cheapest
// single movement.
func (c *chooser) bound(sources []*source, target int64) int64 {
	sorted := slices.Clone(sources)
	slices.SortStableFunc(sorted, cheaper)
	moving := int64(unaffordable)
	for _, s := range sorted {
		moving = min(moving, s.moving)
	}
	rest, total := target*c.den, moving
	for _, s := range sorted {
		part := min(rest, s.most*s.num)
		total = plus(total, s.share(part))
		rest -= part
	}
	return total
}

// cheaper orders sources by price per unit of throughput.
func cheaper(a, b *source) int {
	ah, al := bits.Mul64(uint64(a.priceMost), uint64(b.most*b.num))
	bh, bl := bits.Mul64(uint64(b.priceMost), uint64(a.most*a.num))
	switch {
	case ah != bh && ah < bh || ah == bh && al < bl:
		return -1
	case ah == bh && al == bl:
		return 0
	}
	return 1
}

// share returns the price of work units of throughput of the source as a fraction of the price of most, rounded down.
func (s *source) share(work int64) int64 {
	hi, lo := bits.Mul64(uint64(s.priceMost), uint64(work))
	q, _ := bits.Div64(hi, lo, uint64(s.most*s.num)) // work is at most the divisor, so the quotient fits
	return int64(q)
}
