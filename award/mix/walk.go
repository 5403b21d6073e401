package mix

import (
	"cmp"
	"math/bits"
	"slices"
)

// walk goes from choice to choice and keeps the best. A step moves one request to another of its pairs, or changes how
// much of divisible work a pair does; whoever is in the way goes to the first of its own pairs that fits. A step to a dearer
// choice is taken with the chance exp(-difference/heat), and the heat falls.
type walk struct {
	*state
	ranked [][]int32 // by request: pairs in the order of their priced cost, -1 for leaving it open
	users  [][]int32 // by row: requests with a ranked pair that uses it
	random random
	undo   []change
	moved  []int32 // requests that a step has opened
	best   int64   // cost of the best choice; beyond every cost before there is one
	units0 []int64 // of the best choice
	mend   int64   // what an offer below its least or a part of a package counts as, on the way
	steps  int64
	lean   []int64 // multipliers of the commitments, in 1024ths; nil where they are never eased
	firm   int64   // how far a commitment counts as it is, in 1024ths; the rest counts at its multiplier
}

type change struct {
	pair  int32
	units int64
}

// random is SplitMix64: a seed in, numbers out.
type random uint64

func (r *random) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (r *random) below(n int) int { return int(r.next() % uint64(n)) }

// log returns minus the logarithm of a uniform number, in 2^-16, by straight lines between powers of two: an exponentially
// distributed number of mean 1.
func (r *random) log() int64 {
	u := r.next() | 1
	zeros := bits.LeadingZeros64(u)
	mantissa := int64(u << zeros << 1 >> 48)             // 16 bits below the leading one
	return (int64(zeros+1)<<16 - mantissa) * 45426 >> 16 // times ln 2
}

// widest is how many pairs of a request a walk tries.
const widest = 12

func newWalk(m *model, seed uint64) *walk {
	w := &walk{state: newState(m), random: random(seed), ranked: make([][]int32, len(m.p.Requests)), users: make([][]int32, len(m.limit))}
	w.best = w.objective()
	w.units0 = slices.Clone(w.units)
	return w
}

// afresh begins from nothing.
func (w *walk) afresh(d *dual) {
	w.restore(make([]int64, len(w.units)))
	w.build(d)
}

// rank orders the pairs of each request by what they cost under the prices of a dual of the same model.
func (w *walk) rank(d *dual) {
	copy(d.price, d.best)
	d.evaluate()
	w.mend = 1
	for r := range w.ranked {
		list := w.ranked[r][:0]
		for i := w.first[r]; i < w.first[r+1]; i++ {
			list = append(list, i)
		}
		slices.SortFunc(list, func(a, b int32) int {
			return cmp.Or(compareSigned(d.reduced[a], d.yield[b], d.reduced[b], d.yield[a]), cmp.Compare(a, b))
		})
		if !w.p.Requests[r].Divisible {
			list = append(list, -1)
			slices.SortStableFunc(list, func(a, b int32) int { return cmp.Compare(w.pricedAt(d, r, a), w.pricedAt(d, r, b)) })
		}
		w.ranked[r] = list[:min(len(list), widest)]
		w.mend = max(w.mend, d.floor[r])
	}
	w.meet()
}

func (w *walk) pricedAt(d *dual, r int, i int32) int64 {
	if i < 0 {
		return w.penalty[r]
	}
	return d.reduced[i] * d.most[i]
}

// compareSigned compares a x b with c x d, where b and d are not negative.
func compareSigned(a, b, c, d int64) int {
	switch {
	case a < 0 && c < 0:
		return compareProducts(-c, d, -a, b)
	case a < 0 || c < 0:
		return cmp.Compare(a, c)
	}
	return compareProducts(a, b, c, d)
}

// meet lists the requests that meet in each row.
func (w *walk) meet() {
	for row := range w.users {
		w.users[row] = w.users[row][:0]
	}
	for r, list := range w.ranked {
		for _, i := range list {
			if i < 0 {
				continue
			}
			for e := w.start[i]; e < w.start[i+1]; e++ {
				if u := w.users[w.row[e]]; len(u) == 0 || u[len(u)-1] != int32(r) {
					w.users[w.row[e]] = append(u, int32(r))
				}
			}
		}
	}
}

// build serves what is open, first the requests that would cost most without their first pair, each by the first of its
// pairs that fits.
func (w *walk) build(d *dual) {
	order, regret := make([]int32, 0, len(w.ranked)), make([]int64, len(w.ranked))
	for r, list := range w.ranked {
		if w.open[r] > 0 && len(list) > 0 {
			order = append(order, int32(r))
			if !w.p.Requests[r].Divisible {
				regret[r] = w.pricedAt(d, r, list[min(1, len(list)-1)]) - w.pricedAt(d, r, list[0])
				if len(list) == 1 {
					regret[r] = w.penalty[r]
				}
			}
		}
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Or(cmp.Compare(regret[b], regret[a]), cmp.Compare(a, b)) })
	w.undo = w.undo[:0]
	for _, r := range order {
		w.settle(r)
	}
	w.record(w.objective())
}

// record keeps the choice if it is lawful and the best.
func (w *walk) record(cost int64) {
	if w.trouble == 0 && cost < w.best {
		w.best = cost
		w.units0 = append(w.units0[:0], w.units...)
	}
}

// change takes units of a pair, or gives them back, and remembers it.
func (w *walk) change(i int32, units int64) {
	if units != 0 {
		w.undo = append(w.undo, change{i, units})
		w.add(i, units)
	}
}

func (w *walk) back() {
	for k := len(w.undo) - 1; k >= 0; k-- {
		w.add(w.undo[k].pair, -w.undo[k].units)
	}
}

// step tries one move at a heat in micro-units and returns the cost after it.
func (w *walk) step(now, heat int64) int64 {
	r := int32(w.random.below(len(w.ranked)))
	list := w.ranked[r]
	if len(list) == 0 {
		return now
	}
	u := w.random.next() >> 40
	i := list[int(u*u>>24*uint64(len(list))>>24)] // the first more often than the last
	w.undo, w.moved = w.undo[:0], w.moved[:0]
	w.steps++
	ok := false
	if w.p.Requests[r].Divisible {
		ok = w.turn(r, i)
	} else {
		ok = i != w.at[r] && w.shift(r, i)
	}
	if ok {
		cost := w.eased() + w.trouble*w.mend
		if cost-now <= mulDivWide(heat, w.random.log(), 1<<16) {
			w.record(w.objective())
			return cost
		}
	}
	w.back()
	return now
}

// shift moves a request to another pair; false where there is no room to make.
func (w *walk) shift(r, i int32) bool {
	w.leave(w.at[r])
	w.moved = w.moved[:0]
	if i < 0 {
		return true
	}
	if !w.eject(i) || w.room(i) < w.most[i] {
		return false
	}
	w.change(i, w.most[i])
	for _, q := range w.moved {
		w.settle(q)
	}
	return true
}

// leave gives all units of a pair back.
func (w *walk) leave(i int32) {
	if i >= 0 && w.units[i] > 0 {
		w.change(i, -w.units[i])
		w.moved = append(w.moved, w.owner[i])
	}
}

// eject makes room for a pair; false where that would take too many.
func (w *walk) eject(i int32) bool {
	for e := w.start[i]; e < w.start[i+1]; e++ {
		row := w.row[e]
		if int(row) >= w.hard {
			continue
		}
		for {
			need := w.amt[e]*w.most[i] - (w.limit[row] - w.use[row])
			if need <= 0 {
				break
			}
			q := int32(-1)
			if len(w.moved) < 6 {
				q = w.occupant(row, need)
			}
			if q < 0 {
				return false
			}
			w.leave(q)
		}
	}
	return true
}

// occupant returns a pair that uses a row: mostly the one whose use is nearest to what is needed. -1 where there is none.
func (w *walk) occupant(row int32, need int64) int32 {
	users := w.users[row]
	if len(users) == 0 {
		return -1
	}
	best, far := int32(-1), int64(0)
	offset, wild := w.random.below(len(users)), w.random.below(4) == 0
	for k := range users {
		j, use := w.userOf(users[(k+offset)%len(users)], row)
		if j < 0 {
			continue
		}
		if wild {
			return j
		}
		d := use - need
		if d < 0 {
			d *= -2
		}
		if best < 0 || d < far {
			best, far = j, d
		}
	}
	return best
}

// userOf returns the pair by which a request uses a row, and how much it uses; -1 where it does not.
func (w *walk) userOf(q, row int32) (int32, int64) {
	uses := func(j int32) (int32, int64) {
		for e := w.start[j]; e < w.start[j+1]; e++ {
			if w.row[e] == row {
				return j, w.amt[e] * w.units[j]
			}
		}
		return -1, 0
	}
	if !w.p.Requests[q].Divisible {
		if j := w.at[q]; j >= 0 {
			return uses(j)
		}
		return -1, 0
	}
	for _, j := range w.ranked[q] {
		if w.units[j] > 0 {
			if j, use := uses(j); j >= 0 {
				return j, use
			}
		}
	}
	return -1, 0
}

// settle serves what is open of a request by the first of its pairs that fit.
func (w *walk) settle(r int32) {
	whole := !w.p.Requests[r].Divisible
	for _, i := range w.ranked[r] {
		if i < 0 || w.open[r] <= 0 {
			return
		}
		n := w.room(i)
		if !whole {
			n = min(n, max(w.least[i]-w.units[i], (w.open[r]+w.yield[i]-1)/w.yield[i]))
		}
		if w.units[i]+n < w.least[i] || n <= 0 {
			continue
		}
		w.change(i, n)
		if whole {
			return
		}
	}
}

// turn sets how much a pair does of divisible work, takes from others of its pairs what is then too much, and fills up.
func (w *walk) turn(r, i int32) bool {
	was := w.units[i]
	n := w.amountFor(r, i)
	if n == was {
		return false
	}
	w.change(i, n-was)
	list := w.ranked[r]
	for k := len(list) - 1; k >= 0 && w.open[r] < 0; k-- {
		j := list[k]
		if j == i || w.units[j] == 0 || w.random.below(4) == 0 {
			continue
		}
		less := min(w.units[j], -w.open[r]/w.yield[j])
		if w.units[j]-less < w.least[j] {
			less = w.units[j] - w.least[j]
			if w.yield[j]*w.units[j] <= -w.open[r] {
				less = w.units[j]
			}
		}
		w.change(j, -less)
	}
	if w.open[r] > 0 && w.random.below(8) != 0 {
		w.settle(r)
	}
	return true
}

// amountFor returns how many units a pair might do: none, its least, its most, one more or fewer, what is open, what a
// commitment lacks, or any number.
func (w *walk) amountFor(r, i int32) int64 {
	was := w.units[i]
	most := was + w.room(i)
	if most < w.least[i] {
		return 0
	}
	n := was
	switch w.random.below(8) {
	case 0:
		n = 0
	case 1:
		n = w.least[i]
	case 2:
		n = most
	case 3:
		n = was + 1
	case 4:
		n = was - 1
	case 5:
		n = was + (max(w.open[r], 0)+w.yield[i]-1)/w.yield[i]
	case 6:
		for e := w.start[i]; e < w.start[i+1]; e++ {
			if row := w.row[e]; int(row) >= w.hard {
				lack := w.use[row] - w.limit[row]
				n = was + lack/-w.amt[e]
				if w.random.below(2) == 0 {
					n++
				}
			}
		}
	default:
		n = w.least[i] + int64(w.random.next()%uint64(most-w.least[i]+1))
	}
	if n <= 0 || n < w.least[i] && was > 0 {
		return 0
	}
	return min(max(n, w.least[i]), most)
}

// stir adds up to two pairs by chance to those of each request that goes whole to one, of some of the pairs.
func (w *walk) stir(of []bool) {
	for r := range w.ranked {
		if w.p.Requests[r].Divisible {
			continue
		}
		for range 2 {
			i := w.first[r] + int32(w.random.below(int(w.first[r+1]-w.first[r])+1))
			if i < w.first[r+1] && of[i] && !slices.Contains(w.ranked[r], i) {
				w.ranked[r] = append(w.ranked[r], i)
			}
		}
	}
	w.meet()
}

// ease lets a walk begin with commitments at their multipliers. A big request that leaves a commitment costs all of its spend as
// shortfall until another takes its place, and no heat leads over that. Priced, it costs what the relaxation
// says; as the walk goes on, more and more counts as it is.
func (w *walk) ease(price []int64) {
	w.lean = w.lean[:0]
	for k := w.hard; k < len(w.limit); k++ {
		w.lean = append(w.lean, mulDivDown(price[k], 1024, 1<<w.model.shift[k]))
	}
}

// eased returns what the choice costs with commitments as firm as they are now.
func (w *walk) eased() int64 {
	if w.firm == 1024 {
		return w.objective()
	}
	total := w.cost
	for k := w.hard; k < len(w.limit); k++ {
		short, p := (w.use[k]-w.limit[k])/1024, w.lean[k-w.hard]
		total += short * p
		if short > 0 {
			total += short * (1024 - p) / 1024 * w.firm
		} else {
			total -= short * p / 1024 * w.firm
		}
	}
	return total
}

// firmAt is the part of a walk, in 1024ths, after which commitments count as they are.
const firmAt = 700

// run walks a number of steps, from one heat to another, and returns to the best choice. Stop is asked now and then.
func (w *walk) run(steps, from, until int64, stop func() bool) {
	w.firm = 1024
	now, heat := w.eased()+w.trouble*w.mend, from
	every := min(max(steps/64, 1), 1024)
	for k := range steps {
		if k%every == 0 {
			if stop() {
				break
			}
			if len(w.lean) > 0 {
				w.firm = min(1024, mulDivDown(k, 1<<20, steps*firmAt))
				now = w.eased() + w.trouble*w.mend
			}
			left := mulDivDown(1<<20, steps-k, steps) // the third power of what is left
			heat = until + mulDivDown(max(from-until, 0), left*left>>20*left>>20, 1<<20)
		}
		now = w.step(now, heat)
	}
	w.restore(w.units0)
}
