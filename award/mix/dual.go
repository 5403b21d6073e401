package mix

import (
	"cmp"
	"math/bits"
	"slices"
)

// dual is the Lagrangian of a model: every row is priced by a multiplier, and then each request chooses alone. Whatever the
// multipliers are, its value is a bound that no choice can beat. All of it is whole numbers: what a pair costs after the
// prices is rounded down, what the rows take back is rounded up, so that the value is never too high.
type dual struct {
	*model
	price []int64 // multipliers, by row
	best  []int64 // those of the highest value yet
	value int64   // at best

	reduced []int64 // cost of a unit at price
	floor   []int64 // least cost of each request at price
	use     []int64 // of rows by what the requests choose
	order   []int32 // scratch of shared
	live    []int32 // rows that have a multiplier
}

// unbounded is the value before anything is known.
const unbounded = -1 << 62

func newDual(m *model) *dual {
	rows := len(m.limit)
	d := &dual{model: m, price: make([]int64, rows), best: make([]int64, rows), value: unbounded, reduced: make([]int64, len(m.pair)),
		floor: make([]int64, len(m.first)-1), use: make([]int64, rows), live: make([]int32, rows)}
	for row := range d.live {
		d.live[row] = int32(row)
	}
	return d
}

// evaluate returns the value at price and leaves reduced, floor and use behind.
func (d *dual) evaluate() int64 {
	for i := range d.use {
		d.use[i] = 0
	}
	d.reduce(0, int32(len(d.reduced)))
	var total int64
	for r := range d.floor {
		if d.p.Requests[r].Divisible {
			d.floor[r] = d.shared(r)
		} else {
			d.floor[r] = d.whole(r)
		}
		total += d.floor[r]
	}
	back, ok := d.tribute()
	if !ok {
		return unbounded
	}
	return total - back
}

// reduce prices the pairs from one to before another.
func (d *dual) reduce(from, to int32) {
	start := d.start
	for i := from; i < to; i++ {
		c := d.relaxed[i]
		for e := start[i]; e < start[i+1]; e++ {
			row := d.row[e]
			if price := d.price[row]; price != 0 {
				c += (price * d.amt[e]) >> d.shift[row]
			}
		}
		d.reduced[i] = c
	}
}

// tribute returns what the rows take back: the sum of multipliers times limits, rounded up; false where it leaves the range.
func (d *dual) tribute() (total int64, ok bool) {
	for _, r := range d.live {
		price := d.price[r]
		if price == 0 {
			continue
		}
		hi, lo := bits.Mul64(uint64(price), uint64(abs(d.limit[r])))
		quotient := lo>>d.shift[r] | hi<<(64-d.shift[r])
		if hi>>d.shift[r] != 0 || quotient > maxAmount || abs(total) > maxAmount {
			return 0, false
		}
		switch {
		case d.limit[r] < 0:
			total -= int64(quotient)
		case lo&(1<<d.shift[r]-1) != 0:
			total += int64(quotient) + 1
		default:
			total += int64(quotient)
		}
	}
	return total, true
}

// whole returns the least cost of a request that goes whole to one pair or stays open.
func (d *dual) whole(r int) int64 {
	least, at := d.penalty[r], int32(-1)
	for i := d.first[r]; i < d.first[r+1]; i++ {
		if c := d.reduced[i] * d.most[i]; c < least {
			least, at = c, i
		}
	}
	if at >= 0 {
		d.count(at, d.most[at])
	}
	return least
}

func (d *dual) count(i int32, units int64) {
	for e := d.start[i]; e < d.start[i+1]; e++ {
		d.use[d.row[e]] += d.amt[e] * units
	}
}

// shared returns a cost that divisible work cannot beat: the cheapest units first, the last one in part.
func (d *dual) shared(r int) (total int64) {
	d.order = d.order[:0]
	open, work := d.p.Requests[r].Work, d.p.Requests[r].Work
	for i := d.first[r]; i < d.first[r+1]; i++ {
		if d.reduced[i] < 0 { // all of it pays
			total += d.reduced[i] * d.most[i]
			open -= d.yield[i] * d.most[i]
			d.count(i, d.most[i])
		} else {
			d.order = append(d.order, i)
		}
	}
	slices.SortFunc(d.order, func(a, b int32) int {
		return cmp.Or(compareProducts(d.reduced[a], d.yield[b], d.reduced[b], d.yield[a]), cmp.Compare(a, b))
	})
	for _, i := range d.order {
		if open <= 0 || compareProducts(d.reduced[i], work, d.penalty[r], d.yield[i]) >= 0 {
			break
		}
		part := min(open, d.yield[i]*d.most[i])
		total += mulDivDown(d.reduced[i], part, d.yield[i])
		open -= part
		d.count(i, (part+d.yield[i]-1)/d.yield[i])
	}
	if open > 0 {
		total += mulDivDown(d.penalty[r], open, work)
	}
	return total
}

// compareProducts compares a x b with c x d, none negative.
func compareProducts(a, b, c, d int64) int {
	ah, al := bits.Mul64(uint64(a), uint64(b))
	ch, cl := bits.Mul64(uint64(c), uint64(d))
	return cmp.Or(cmp.Compare(ah, ch), cmp.Compare(al, cl))
}

// ascend raises the value by a number of steps towards a target.
func (d *dual) ascend(steps int, target, share int64, patience int) {
	copy(d.price, d.best)
	c := climb{value: d.evaluate, step: make([]int64, len(d.price)), patience: patience,
		slope: func(step []int64) {
			for r := range step {
				blend(&step[r], rowSlope(d.use[r]-d.limit[r], d.scale[r]))
				if d.price[r] == 0 && step[r] < 0 || d.price[r] == d.top[r] && step[r] > 0 {
					step[r] = 0
				}
			}
		},
		advance: func(h, length int64, r int) {
			d.price[r] = min(max(d.price[r]+stride(length, h, 1<<d.shift[r], d.scale[r]<<fine), 0), d.top[r])
		},
		keep: func() { copy(d.best, d.price) },
		back: func() { copy(d.price, d.best) },
	}
	d.value = c.run(steps, d.value, target, share)
}
