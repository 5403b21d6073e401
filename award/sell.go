package award

import (
	"cmp"
	"fmt"
	"math/big"
	"math/bits"
	"slices"
	"strings"
)

// forSeller returns the problem without what only a buyer weighs: the bidder moves its own data, and limits of power and
// carbon bind what is bought.
func forSeller(p *Problem) *Problem {
	sale, need := *p, *p.Need
	need.DataSets, need.PowerKW, need.CarbonGrams = nil, 0, 0
	sale.Need = &need
	return &sale
}

// belowReserve holds a bid against the reserve. Both ends of what it may be sold are tried, because a price is rounded.
func (c *chooser) belowReserve(s *source) string {
	if !c.problem.Sells || c.reserve.IsZero() {
		return ""
	}
	for _, end := range []struct{ n, price int64 }{{s.most, s.priceMost}, {s.least, s.priceLeast}} {
		floor, ok := c.reserveOf(s, end.n)
		if !ok {
			return "its reserve is out of range"
		}
		if end.price < floor {
			return fmt.Sprintf("it pays %s for %s; the reserve for them is %s", grouped(c.amount(end.price)),
				c.count(end.n, s.offer.Terms.Accelerator), grouped(c.amount(floor)))
		}
	}
	return ""
}

// reserveOf returns the part of the need's reserve that n of the source carry, rounded up: by accelerator-hours, each line
// counted in its own reference.
func (c *chooser) reserveOf(s *source, n int64) (int64, bool) {
	product := func(factors ...int64) *big.Int {
		out := big.NewInt(1)
		for _, f := range factors {
			out.Mul(out, big.NewInt(f))
		}
		return out
	}
	whole := new(big.Int)
	for i := range c.problem.Need.Lines {
		l := &c.problem.Need.Lines[i]
		whole.Add(whole, product(max(0, l.Quantity), max(0, l.Period.Seconds()), c.den))
	}
	if whole.Sign() <= 0 {
		return 0, false
	}
	part := product(c.reserve.Micros(), n, s.num, c.line.Period.Seconds())
	part.Add(part, whole).Sub(part, big.NewInt(1)).Div(part, whole)
	return part.Int64(), part.IsInt64()
}

// dearest returns the bids that pay most for no more than the lot, from bids in the order of the ranking, and whether no
// others could pay more. With bids for one kind of accelerator, up to ExactOffers of them, every set is tried; within a
// set each bid gets its least and the rest goes to whoever pays most for one more.
func (c *chooser) dearest(sources []*source) (best cover, exact bool) {
	if !c.line.Divisible {
		if len(sources) == 0 {
			return cover{}, true
		}
		top := slices.MaxFunc(sources, func(a, b *source) int { return cmp.Compare(a.total, b.total) })
		if top.total == 0 {
			return cover{}, true
		}
		return cover{[]take{{top, top.most}}, top.total, c.equivalent(top, top.most)}, true
	}
	pool, exact := sources, true
	if len(pool) > ExactOffers {
		pool, exact = pool[:ExactOffers], false
	}
	for _, s := range sources {
		exact = exact && s.num == sources[0].num
	}
	for size := 1; size <= len(pool); size++ {
		for set := uint(1)<<size - 1; set < 1<<len(pool); set = nextOfSize(set) {
			if m, ok := c.sold(pool, set); ok && m.cost > best.cost {
				best = m
			}
		}
	}
	if len(sources) > len(pool) {
		if m := c.sellInOrder(sources); m.cost > best.cost {
			best = m
		}
	}
	return best, exact
}

// sold sells to every bid of a set at least its least; false where the lot is too small for that.
func (c *chooser) sold(pool []*source, set uint) (m cover, ok bool) {
	rest := c.quantity * c.den
	m.takes = make([]take, 0, bits.OnesCount(set))
	for i, s := range pool {
		if set>>i&1 == 1 {
			m.takes = append(m.takes, take{s, s.least})
			rest -= s.least * s.num
		}
	}
	if rest < 0 {
		return cover{}, false
	}
	byPrice := make([]int, len(m.takes))
	for i := range byPrice {
		byPrice[i] = i
	}
	slices.SortStableFunc(byPrice, func(a, b int) int { return cheaper(m.takes[b].source, m.takes[a].source) })
	for _, i := range byPrice {
		t := &m.takes[i]
		more := min(t.source.most-t.n, rest/t.source.num)
		t.n += more
		rest -= more * t.source.num
	}
	return c.proceeds(m), true
}

// sellInOrder sells to the bids in the order of the ranking as much as is left.
func (c *chooser) sellInOrder(sources []*source) (m cover) {
	rest := c.quantity * c.den
	for _, s := range sources {
		n := min(s.most, rest/s.num)
		if n < s.least {
			continue
		}
		m.takes = append(m.takes, take{s, n})
		rest -= n * s.num
	}
	return c.proceeds(m)
}

// proceeds fills in what the takes pay and cover.
func (c *chooser) proceeds(m cover) cover {
	for _, t := range m.takes {
		m.cost = plus(m.cost, c.price(t.source, t.n))
		m.covered += c.equivalent(t.source, t.n)
	}
	return m
}

// ceiling returns what no sale of the lot can exceed: the dearest accelerator-hours, in fractions.
func (c *chooser) ceiling(sources []*source) int64 {
	sorted := slices.Clone(sources)
	slices.SortStableFunc(sorted, func(a, b *source) int { return cheaper(b, a) })
	rest, total := c.quantity*c.den, int64(0)
	for _, s := range sorted {
		part := min(rest, s.most*s.num)
		total = plus(total, plus(s.share(part), 1+int64(len(s.offer.Terms.Price)))) // share and price are rounded
		rest -= part
	}
	return total
}

// sellerFirst orders sources for a seller: what pays most per reference accelerator-hour first, then the larger total,
// provider id and offer id.
func sellerFirst(a, b *source) int {
	return cmp.Or(
		cmp.Compare(b.perHour.Nanos(), a.perHour.Nanos()),
		cmp.Compare(b.total, a.total),
		strings.Compare(string(a.offer.Provider), string(b.offer.Provider)),
		strings.Compare(string(a.offer.ID), string(b.offer.ID)))
}
