package mix

import (
	"fmt"
	"math/big"
)

// Check verifies takes against a problem and returns what they cost, in exact arithmetic of any size. It shares nothing
// with the solver but the types, and names the first rule that is broken.
func Check(p *Problem, takes []Take) (*big.Int, error) {
	c := tally{p: p, units: make(map[int]int64), work: sums(len(p.Requests)), drawn: sums(len(p.Offers)), used: sums(len(p.Limits)),
		spent: sums(len(p.Commitments)), sources: make([]int, len(p.Requests)), charged: make([]bool, len(p.Charges)), taken: make([]bool, len(p.Offers)), cost: new(big.Int)}
	for _, t := range takes {
		if err := c.count(t); err != nil {
			return nil, err
		}
	}
	for i := range p.Charges {
		if c.charged[i] {
			c.cost.Add(c.cost, big.NewInt(p.Charges[i].Cost))
			for _, u := range p.Charges[i].Uses {
				addProduct(c.used[u.Of], 1, u.Amount)
			}
		}
	}
	for _, step := range []func() error{c.requests, c.offers, c.limits, c.groups} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	for i := range p.Commitments {
		if short := new(big.Int).Sub(big.NewInt(p.Commitments[i].Amount), c.spent[i]); short.Sign() > 0 {
			c.cost.Add(c.cost, short)
		}
	}
	return c.cost, nil
}

// tally is what takes add up to.
type tally struct {
	p                        *Problem
	units                    map[int]int64 // by pair
	work, drawn, used, spent []*big.Int
	sources                  []int // pairs taken, by request
	charged, taken           []bool
	cost                     *big.Int
}

func sums(n int) []*big.Int {
	out := make([]*big.Int, n)
	for i := range out {
		out[i] = new(big.Int)
	}
	return out
}

func addProduct(sum *big.Int, a, b int64) {
	sum.Add(sum, new(big.Int).Mul(big.NewInt(a), big.NewInt(b)))
}

func (c *tally) count(t Take) error {
	if t.Pair < 0 || t.Pair >= len(c.p.Pairs) {
		return fmt.Errorf("there is no pair %d", t.Pair)
	}
	q := &c.p.Pairs[t.Pair]
	if c.units[t.Pair] != 0 {
		return fmt.Errorf("offer %s is taken twice for request %s", c.p.Offers[q.Offer].Name, c.p.Requests[q.Request].Name)
	}
	if t.Units < q.Least || t.Units > q.Most {
		return fmt.Errorf("%d units of offer %s for request %s; it takes %d to %d", t.Units, c.p.Offers[q.Offer].Name, c.p.Requests[q.Request].Name, q.Least, q.Most)
	}
	c.units[t.Pair] = t.Units
	c.sources[q.Request]++
	c.taken[q.Offer] = true
	addProduct(c.work[q.Request], t.Units, q.Yield)
	addProduct(c.drawn[q.Offer], t.Units, q.Draw)
	addProduct(c.cost, t.Units, q.Cost)
	for _, u := range q.Uses {
		addProduct(c.used[u.Of], t.Units, u.Amount)
	}
	for _, u := range q.Spends {
		addProduct(c.spent[u.Of], t.Units, u.Amount)
	}
	if q.Charge > 0 {
		c.charged[q.Charge-1] = true
	}
	return nil
}

func (c *tally) requests() error {
	for i := range c.p.Requests {
		r := &c.p.Requests[i]
		if !r.Divisible && c.sources[i] > 1 {
			return fmt.Errorf("request %s goes whole to one offer and has %d", r.Name, c.sources[i])
		}
		open := new(big.Int).Sub(big.NewInt(r.Work), c.work[i])
		if open.Sign() <= 0 {
			continue
		}
		if r.Must {
			return fmt.Errorf("%s of request %s stay open, and all of it must be served", open, r.Name)
		}
		open.Mul(open, big.NewInt(r.Penalty))
		share, rest := open.QuoRem(open, big.NewInt(r.Work), new(big.Int))
		if rest.Sign() > 0 {
			share.Add(share, big.NewInt(1))
		}
		c.cost.Add(c.cost, share)
	}
	return nil
}

func (c *tally) offers() error {
	for i := range c.p.Offers {
		o := &c.p.Offers[i]
		switch {
		case c.drawn[i].Cmp(big.NewInt(o.Capacity)) > 0:
			return fmt.Errorf("offer %s has %d units and is drawn on for %s", o.Name, o.Capacity, c.drawn[i])
		case c.taken[i] && c.drawn[i].Cmp(big.NewInt(o.Least)) < 0:
			return fmt.Errorf("offer %s sells at least %d units in all and is drawn on for %s", o.Name, o.Least, c.drawn[i])
		case c.taken[i]:
			c.cost.Add(c.cost, big.NewInt(o.Charge))
		}
	}
	return nil
}

func (c *tally) limits() error {
	for i := range c.p.Limits {
		if l := &c.p.Limits[i]; c.used[i].Cmp(big.NewInt(l.Most)) > 0 {
			return fmt.Errorf("limit %s is %d and %s counts towards it", l.Name, l.Most, c.used[i])
		}
	}
	return nil
}

func (c *tally) groups() error {
	for i, g := range c.p.Packages {
		if n := c.of(g); n > 0 && n < len(g) {
			return fmt.Errorf("package %d is taken in %d of its %d offers", i, n, len(g))
		}
	}
	for i, g := range c.p.Rivals {
		if n := c.of(g); n > 1 {
			return fmt.Errorf("of the offers of group %d at most one may be taken, not %d", i, n)
		}
	}
	return nil
}

func (c *tally) of(group []int32) (n int) {
	for _, o := range group {
		if c.taken[o] {
			n++
		}
	}
	return n
}
