package mix

import (
	"fmt"
	"math/big"
)

// Request is work that is wanted.
type Request struct {
	Name    string
	Work    int64 // wanted, at least 1; in whatever unit the yields of its pairs count
	Penalty int64 // micro-units if none of it is served; what stays open pays its part, rounded up
	Must    bool  // nothing may stay open
	// Divisible work may be shared by several pairs; other work goes whole to one.
	Divisible bool
}

// Offer is a supply that one or more requests may draw on.
type Offer struct {
	Name     string
	Capacity int64 // units in all, at least 0
	Least    int64 // fewest units in all if any is taken; 0 for none
	Charge   int64 // micro-units, once if any is taken
}

// Use is what one unit of a pair counts towards a limit or a commitment.
type Use struct {
	Of     int32 // index
	Amount int64 // per unit of the pair, at least 0
}

// Pair says that an offer may serve a request, and on what terms. None of it is taken, or Least to Most units.
type Pair struct {
	Request, Offer int32
	Charge         int32 // 1 + index of the charge that the first unit brings; 0 for none
	Least, Most    int64 // units; equal for work that goes whole to one
	Yield          int64 // work that a unit does, at least 1
	Draw           int64 // of the offer's capacity that a unit takes, at least 0
	Cost           int64 // micro-units for a unit, at least 0
	Spends         []Use // commitments that a unit counts towards, in micro-units
	Uses           []Use // limits that a unit counts towards, in the limit's own unit
}

// Limit bounds a sum over pairs: a region's capacity, a provider's greatest share, a budget, power, carbon.
type Limit struct {
	Name string
	Most int64
}

// Commitment is spend that is owed whether it is used or not: what the pairs do not spend is paid as shortfall.
type Commitment struct {
	Name   string
	Amount int64 // micro-units
}

// Charge is paid once if any of the pairs that name it is taken, such as a copy of data to a place.
type Charge struct {
	Name string
	Cost int64 // micro-units
	Uses []Use // limits that it counts towards, such as a budget
}

// Problem is a winner determination. See the package comment.
type Problem struct {
	Requests    []Request
	Offers      []Offer
	Pairs       []Pair
	Limits      []Limit
	Commitments []Commitment
	Charges     []Charge
	Packages    [][]int32 // offers of which all are taken or none
	Rivals      [][]int32 // offers of which at most one is taken, such as the volume steps of one price list
}

// maxAmount bounds single numbers and sums, so that the work of the solver stays within 64 bits.
const maxAmount = 1 << 60

// Validate reports the first thing that makes the problem unanswerable: a number out of its range, an index that points
// nowhere, or a total that could leave 64 bits.
func (p *Problem) Validate() error {
	for i := range p.Requests {
		if r := &p.Requests[i]; r.Work < 1 || r.Work > maxAmount || r.Penalty < 0 || r.Penalty > maxAmount {
			return fmt.Errorf("request %s: work %d and penalty %d must be positive and below 2^60", r.Name, r.Work, r.Penalty)
		}
	}
	for i := range p.Offers {
		if o := &p.Offers[i]; o.Capacity < 0 || o.Capacity > maxAmount || o.Least < 0 || o.Charge < 0 || o.Charge > maxAmount {
			return fmt.Errorf("offer %s: capacity %d, least %d and charge %d must be 0 to 2^60", o.Name, o.Capacity, o.Least, o.Charge)
		}
	}
	for i := range p.Limits {
		if l := &p.Limits[i]; l.Most < 0 {
			return fmt.Errorf("limit %s is %d: no choice can keep it", l.Name, l.Most)
		}
	}
	for i := range p.Commitments {
		if c := &p.Commitments[i]; c.Amount < 0 || c.Amount > maxAmount {
			return fmt.Errorf("commitment %s is %d: use 0 to 2^60 micro-units", c.Name, c.Amount)
		}
	}
	for i := range p.Charges {
		if c := &p.Charges[i]; c.Cost < 0 || c.Cost > maxAmount {
			return fmt.Errorf("charge %s is %d: use 0 to 2^60 micro-units", c.Name, c.Cost)
		}
		if err := validateUses(p.Charges[i].Uses, len(p.Limits)); err != nil {
			return fmt.Errorf("charge %s: %w", p.Charges[i].Name, err)
		}
	}
	for i := range p.Pairs {
		if err := p.validatePair(&p.Pairs[i]); err != nil {
			return fmt.Errorf("pair %d: %w", i, err)
		}
	}
	if err := p.validateGroups(); err != nil {
		return err
	}
	return p.validateSums()
}

func (p *Problem) validatePair(q *Pair) error {
	if q.Request < 0 || int(q.Request) >= len(p.Requests) || q.Offer < 0 || int(q.Offer) >= len(p.Offers) || q.Charge < 0 || int(q.Charge) > len(p.Charges) {
		return fmt.Errorf("request %d, offer %d or charge %d is none of the problem's", q.Request, q.Offer, q.Charge)
	}
	r := &p.Requests[q.Request]
	switch {
	case q.Least < 1 || q.Most < q.Least || q.Most > maxAmount:
		return fmt.Errorf("%d to %d units of offer %s for request %s: use 1 or more", q.Least, q.Most, p.Offers[q.Offer].Name, r.Name)
	case q.Yield < 1 || q.Draw < 0 || q.Cost < 0:
		return fmt.Errorf("yield %d, draw %d and cost %d of offer %s for request %s: none may be negative, and a unit does some work", q.Yield, q.Draw, q.Cost,
			p.Offers[q.Offer].Name, r.Name)
	case !r.Divisible && q.Least != q.Most:
		return fmt.Errorf("request %s goes whole to one offer, so that %s is taken in one number, not in %d to %d", r.Name, p.Offers[q.Offer].Name, q.Least, q.Most)
	}
	if !r.Divisible && (q.Yield <= maxAmount/q.Most) && q.Yield*q.Most < r.Work {
		return fmt.Errorf("offer %s does %d of %d of request %s, which goes whole to one", p.Offers[q.Offer].Name, q.Yield*q.Most, r.Work, r.Name)
	}
	if err := validateUses(q.Uses, len(p.Limits)); err != nil {
		return err
	}
	return validateUses(q.Spends, len(p.Commitments))
}

func validateUses(list []Use, of int) error {
	for j, u := range list {
		if u.Of < 0 || int(u.Of) >= of || u.Amount < 0 || u.Amount > maxAmount || j > 0 && u.Of <= list[j-1].Of {
			return fmt.Errorf("it counts %d towards %d: counts are positive, in rising order of what they count towards, each once", u.Amount, u.Of)
		}
	}
	return nil
}

func (p *Problem) validateGroups() error {
	for k, groups := range [2][][]int32{p.Packages, p.Rivals} {
		for i, g := range groups {
			seen := map[int32]bool{}
			for _, o := range g {
				if o < 0 || int(o) >= len(p.Offers) || seen[o] {
					return fmt.Errorf("%s %d names offer %d, which is none of the problem's or stands there twice", [2]string{"package", "rivals"}[k], i, o)
				}
				seen[o] = true
			}
		}
	}
	return nil
}

// validateSums makes sure that no sum over all pairs at their most can leave the range.
func (p *Problem) validateSums() error {
	limit, term := big.NewInt(maxAmount), new(big.Int)
	cost := new(big.Int)
	limits, spends := make([]big.Int, len(p.Limits)), make([]big.Int, len(p.Commitments))
	add := func(sum *big.Int, units, each int64) bool {
		term.Mul(big.NewInt(units), big.NewInt(each))
		return sum.Add(sum, term).Cmp(limit) <= 0
	}
	for i := range p.Requests {
		if !add(cost, 1, p.Requests[i].Penalty) {
			return fmt.Errorf("the penalties add up to more than 2^60 micro-units")
		}
	}
	for i := range p.Offers {
		add(cost, 1, p.Offers[i].Charge)
	}
	for i := range p.Charges {
		add(cost, 1, p.Charges[i].Cost)
		for _, u := range p.Charges[i].Uses {
			if !add(&limits[u.Of], 1, u.Amount) {
				return fmt.Errorf("charge %s takes a sum beyond 2^60; are the units right?", p.Charges[i].Name)
			}
		}
	}
	for i := range p.Commitments {
		add(cost, 1, p.Commitments[i].Amount)
	}
	work, draw := make([]big.Int, len(p.Requests)), make([]big.Int, len(p.Offers))
	dearest := make([]big.Int, len(p.Requests)) // of work that goes whole to one, one pair is taken
	for i := range p.Pairs {
		q := &p.Pairs[i]
		ok := add(&work[q.Request], q.Most, q.Yield) && add(&draw[q.Offer], q.Most, q.Draw)
		if p.Requests[q.Request].Divisible {
			ok = ok && add(cost, q.Most, q.Cost)
		} else if term.Mul(big.NewInt(q.Most), big.NewInt(q.Cost)); term.Cmp(&dearest[q.Request]) > 0 {
			dearest[q.Request].Set(term)
		}
		for _, u := range q.Uses {
			ok = ok && add(&limits[u.Of], q.Most, u.Amount)
		}
		for _, u := range q.Spends {
			ok = ok && add(&spends[u.Of], q.Most, u.Amount)
		}
		if !ok {
			return fmt.Errorf("offer %s for request %s: %d units of it take a sum beyond 2^60; are the units right?", p.Offers[q.Offer].Name, p.Requests[q.Request].Name, q.Most)
		}
	}
	for i := range dearest {
		cost.Add(cost, &dearest[i])
	}
	if cost.Cmp(limit) > 0 {
		return fmt.Errorf("the problem can cost more than 2^60 micro-units")
	}
	return nil
}

// Take is a quantity of one pair.
type Take struct {
	Pair  int   // index into Problem.Pairs
	Units int64 // at least 1
}

// openPenalty returns what open work of a request costs, rounded up.
func openPenalty(r *Request, open int64) int64 {
	if open <= 0 || r.Penalty == 0 {
		return 0
	}
	if open >= r.Work {
		return r.Penalty
	}
	return mulDivUp(r.Penalty, open, r.Work)
}
