package mix

import (
	"math/bits"
	"slices"
)

// model is a problem prepared for the solver. Pairs that can never be taken are left out and so are rows that can never
// bind; pairs stand by request. Offers' capacities, limits and commitments are all rows: a row holds the sum of amounts
// at or below its limit. A commitment is a row of negative amounts that may be missed at one micro-unit each.
type model struct {
	p     *Problem
	first []int32 // pairs of request r stand at first[r] to first[r+1]
	pair  []int32 // index in the problem
	owner []int32 // request, by pair

	cost        []int64 // of a unit
	relaxed     []int64 // of a unit with its part of the charges, as the bound counts them
	least, most []int64
	yield       []int64

	start []int32 // uses of pair i stand at start[i] to start[i+1]
	row   []int32
	amt   []int64 // of a unit; negative for commitments

	limit  []int64
	hard   int // rows before this are limits, the others commitments
	top    []int64
	shift  []uint8 // multipliers count in 2^-shift micro-units for one of the row's units
	scale  []int64 // of a typical use
	name   []rowName
	brings [][]Use // by charge: uses of rows

	penalty  []int64 // of requests, with what stands for a must
	must     int64   // penalty of a must
	ceiling  int64   // no choice costs more
	switched bool    // least quantities, packages or rivals bind several pairs together
}

// rowName says what a row stands for: an offer, a limit or a commitment, by index.
type rowName struct {
	kind  rowKind
	index int32
}

type rowKind uint8

const (
	offerRow rowKind = iota
	limitRow
	commitmentRow
)

func compile(p *Problem) *model {
	m := &model{p: p}
	m.usable()
	m.rows()
	m.charges()
	m.penalties()
	for i := range p.Offers {
		m.switched = m.switched || p.Offers[i].Least > 0
	}
	m.switched = m.switched || len(p.Packages) > 0 || len(p.Rivals) > 0
	return m
}

// usable sorts the pairs by request and leaves out those that break a limit alone.
func (m *model) usable() {
	p := m.p
	m.first = make([]int32, len(p.Requests)+1)
	keep := make([]bool, len(p.Pairs))
	for i := range p.Pairs {
		if keep[i] = p.fitsAlone(&p.Pairs[i]); keep[i] {
			m.first[p.Pairs[i].Request+1]++
		}
	}
	for r := range p.Requests {
		m.first[r+1] += m.first[r]
	}
	next := slices.Clone(m.first)
	n := m.first[len(p.Requests)]
	m.pair, m.owner = make([]int32, n), make([]int32, n)
	for i := range p.Pairs {
		if keep[i] {
			r := p.Pairs[i].Request
			m.pair[next[r]], m.owner[next[r]] = int32(i), r
			next[r]++
		}
	}
	m.cost, m.relaxed, m.least, m.most, m.yield = make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	for i, at := range m.pair {
		q := &p.Pairs[at]
		m.cost[i], m.least[i], m.most[i], m.yield[i] = q.Cost, q.Least, q.Most, q.Yield
	}
}

func (p *Problem) fitsAlone(q *Pair) bool {
	if q.Draw > 0 && q.Least > p.Offers[q.Offer].Capacity/q.Draw {
		return false
	}
	for _, u := range q.Uses {
		if u.Amount > 0 && q.Least > p.Limits[u.Of].Most/u.Amount {
			return false
		}
	}
	return true
}

// rows makes the rows that can bind and the uses of every pair.
func (m *model) rows() {
	p := m.p
	all := len(p.Offers) + len(p.Limits)
	peak := m.peaks(all)
	id := make([]int32, all)
	for k := range all {
		name, limit := rowName{offerRow, int32(k)}, int64(0)
		if k < len(p.Offers) {
			limit = p.Offers[k].Capacity
		} else {
			name = rowName{limitRow, int32(k - len(p.Offers))}
			limit = p.Limits[name.index].Most
		}
		id[k] = -1
		if peak[k] > limit {
			id[k] = int32(len(m.limit))
			m.limit, m.name = append(m.limit, limit), append(m.name, name)
		}
	}
	m.hard = len(m.limit)
	for k := range p.Commitments {
		m.limit, m.name = append(m.limit, -p.Commitments[k].Amount), append(m.name, rowName{commitmentRow, int32(k)})
	}
	m.start = make([]int32, 1, len(m.pair)+1)
	use := func(row int32, amount int64) {
		if row >= 0 && amount != 0 {
			m.row, m.amt = append(m.row, row), append(m.amt, amount)
		}
	}
	for _, at := range m.pair {
		q := &p.Pairs[at]
		use(id[q.Offer], q.Draw)
		for _, u := range q.Uses {
			use(id[len(p.Offers)+int(u.Of)], u.Amount)
		}
		for _, u := range q.Spends {
			use(int32(m.hard)+u.Of, -u.Amount)
		}
		m.start = append(m.start, int32(len(m.row)))
	}
	m.brings = make([][]Use, len(p.Charges))
	for i := range p.Charges {
		for _, u := range p.Charges[i].Uses {
			if row := id[len(p.Offers)+int(u.Of)]; row >= 0 && u.Amount > 0 {
				m.brings[i] = append(m.brings[i], Use{row, u.Amount})
			}
		}
	}
	m.scales()
}

// peaks returns the most that all pairs together can use of each offer and limit.
func (m *model) peaks(all int) []int64 {
	peak, seen, top := make([]int64, all), make([]int32, all), make([]int64, all)
	for i := range m.p.Charges {
		for _, u := range m.p.Charges[i].Uses {
			peak[len(m.p.Offers)+int(u.Of)] += u.Amount
		}
	}
	count := func(r int32, k int, amount int64) {
		if m.p.Requests[r].Divisible {
			peak[k] += amount
			return
		}
		if seen[k] != r+1 { // of work that goes whole to one, only the greatest use can occur
			seen[k], top[k] = r+1, 0
		}
		if amount > top[k] {
			peak[k] += amount - top[k]
			top[k] = amount
		}
	}
	for _, at := range m.pair {
		q := &m.p.Pairs[at]
		count(q.Request, int(q.Offer), q.Most*q.Draw)
		for _, u := range q.Uses {
			count(q.Request, len(m.p.Offers)+int(u.Of), q.Most*u.Amount)
		}
	}
	return peak
}

// scales sets the resolution and the greatest value of each multiplier, so that what all rows add to a pair stays below 2^61.
func (m *model) scales() {
	n := len(m.limit)
	largest, sum, count := make([]int64, n), make([]int64, n), make([]int64, n)
	room := 60 // bits of what one row may add to a pair
	for i := range m.pair {
		room = min(room, 60-bits.Len32(uint32(m.start[i+1]-m.start[i])))
		for e := m.start[i]; e < m.start[i+1]; e++ {
			r, total := m.row[e], abs(m.amt[e])*m.most[i] // Validate has bounded the product
			largest[r] = max(largest[r], total)
			if sum[r] < maxAmount {
				sum[r] += total
				count[r]++
			}
		}
	}
	m.top, m.shift, m.scale = make([]int64, n), make([]uint8, n), make([]int64, n)
	for r := range n {
		width := bits.Len64(uint64(largest[r]))
		m.shift[r] = uint8(max(0, min(width-20, 40)))
		m.scale[r] = max(1, sum[r]/max(1, count[r]))
		m.top[r] = 1 << max(0, room-width)
		if r >= m.hard { // a missed commitment costs what is missed, so that its multiplier is at most one
			m.shift[r] = uint8(max(0, min(20, room-width)))
			m.top[r] = 1 << m.shift[r]
		}
	}
}

// charges spreads what is paid once over the units that could share it: never more than what is paid.
func (m *model) charges() {
	sharers := make([]int64, len(m.p.Charges))
	one := make([]int32, len(m.p.Charges)) // the only request that names the charge, less one; -1 for several
	for _, at := range m.pair {
		if q := &m.p.Pairs[at]; q.Charge > 0 {
			c := q.Charge - 1
			sharers[c]++
			if one[c] == 0 {
				one[c] = q.Request + 1
			} else if one[c] != q.Request+1 {
				one[c] = -1
			}
		}
	}
	for i, at := range m.pair {
		q := &m.p.Pairs[at]
		m.relaxed[i] = m.cost[i]
		if o := &m.p.Offers[q.Offer]; o.Charge > 0 && o.Capacity > 0 && q.Draw > 0 {
			m.relaxed[i] += mulDivDown(o.Charge, min(q.Draw, o.Capacity), o.Capacity)
		}
		if q.Charge > 0 {
			c := q.Charge - 1
			k := sharers[c]
			if one[c] > 0 && !m.p.Requests[one[c]-1].Divisible {
				k = 1
			}
			m.relaxed[i] += m.p.Charges[c].Cost / k / q.Most
		}
	}
}

// penalties sets what open work costs. A must costs more than any choice does, so that it stays open only where no choice
// serves it.
func (m *model) penalties() {
	m.ceiling = 0
	musts := int64(0)
	for r := range m.p.Requests {
		if m.p.Requests[r].Must {
			musts++
		} else {
			m.ceiling += m.p.Requests[r].Penalty
		}
		var dearest int64
		for i := m.first[r]; i < m.first[r+1]; i++ {
			if cost := m.cost[i] * m.most[i]; m.p.Requests[r].Divisible {
				dearest += cost
			} else {
				dearest = max(dearest, cost)
			}
		}
		m.ceiling += dearest
	}
	for i := range m.p.Offers {
		m.ceiling += m.p.Offers[i].Charge
	}
	for i := range m.p.Charges {
		m.ceiling += m.p.Charges[i].Cost
	}
	for i := range m.p.Commitments {
		m.ceiling += m.p.Commitments[i].Amount
	}
	m.must = min(m.ceiling+1, (1<<60)/(musts+1))
	m.penalty = make([]int64, len(m.p.Requests))
	for r := range m.p.Requests {
		m.penalty[r] = m.p.Requests[r].Penalty
		if m.p.Requests[r].Must {
			m.penalty[r] = m.must
		}
	}
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

// mulDivDown returns a x b / d, rounded down, for non-negative numbers whose quotient fits.
func mulDivDown(a, b, d int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	q, _ := bits.Div64(hi, lo, uint64(d))
	return int64(q)
}

// mulDivUp returns a x b / d, rounded up, for non-negative numbers whose quotient fits.
func mulDivUp(a, b, d int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	q, rest := bits.Div64(hi, lo, uint64(d))
	if rest > 0 {
		q++
	}
	return int64(q)
}

// restrict returns the model of some of the pairs, with the same rows. Keep tells them by index.
func (m *model) restrict(keep []bool) *model {
	out := *m
	out.first = make([]int32, len(m.first))
	out.pair, out.owner, out.cost, out.relaxed, out.least, out.most, out.yield = nil, nil, nil, nil, nil, nil, nil
	out.start, out.row, out.amt = []int32{0}, nil, nil
	for r := range m.p.Requests {
		for i := m.first[r]; i < m.first[r+1]; i++ {
			if !keep[i] {
				continue
			}
			out.owner = append(out.owner, m.owner[i])
			out.pair, out.cost, out.relaxed = append(out.pair, m.pair[i]), append(out.cost, m.cost[i]), append(out.relaxed, m.relaxed[i])
			out.least, out.most, out.yield = append(out.least, m.least[i]), append(out.most, m.most[i]), append(out.yield, m.yield[i])
			out.row, out.amt = append(out.row, m.row[m.start[i]:m.start[i+1]]...), append(out.amt, m.amt[m.start[i]:m.start[i+1]]...)
			out.start = append(out.start, int32(len(out.row)))
		}
		out.first[r+1] = int32(len(out.pair))
	}
	return &out
}
