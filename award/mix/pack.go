package mix

import "slices"

// packing is a tighter Lagrangian. The capacity of an offer that serves only work going whole to one is kept, not priced:
// what is priced is that each request is served once. Each such offer, a bin, then packs the requests that pay best
// into what it has. That is a knapsack, and so the bound knows that big requests do not fit in parts. Other rows
// stay priced.
type packing struct {
	*model
	*bins
	price  []int64 // of rows; those of bins stay zero
	fee    []int64 // what serving a request earns, by request
	value  int64   // the highest yet, with where it was
	best   prices
	weight []int64 // of the step of a fee, in 2^-8
	dead   []bool  // pairs that are not to be taken
	fixed  []int32 // by request: the pair that it is to take, notFixed, or leftOpen
	off    []bool  // by place in pairs: it cannot be taken
	least  []int64 // cost of a request outside of bins
	served []int64 // by request, how often
	use    []int64
	volume []int64 // of bins, less what is fixed
	work   int64   // pairs looked at

	rows   dual // for divisible work and tribute
	profit []int64
	items  []int32
	table  []int64
	taken  []bool
	seen   []int32 // by pair: how often it was taken since it was last cleared
	idle   []int32 // by request: how often it stayed open
	spare  []bool  // by request: it may not stay open
}

const (
	notFixed int32 = -1
	leftOpen int32 = -2
)

type prices struct{ price, fee []int64 }

func (p prices) clone() prices { return prices{slices.Clone(p.price), slices.Clone(p.fee)} }

// bins are the offers that are packed.
type bins struct {
	kept  []int32 // their rows
	live  []int32 // the other rows, which are priced
	bin   []int32 // by pair: its bin, -1 for none
	pairs []int32 // by bin
	begin []int32 // pairs of bin b stand at begin[b] to begin[b+1]
	size  []int64 // by place in pairs, in units of the bin
	at    []int32 // by pair: its place in pairs
	by    []int32 // by place in pairs: the request
	whole []int64 // volume by bin
	cost  []int64 // by place in pairs, before any price
	uses  []int32 // of live rows by place j stand at uses[j] to uses[j+1]
	row   []int32
	amt   []int64
	loose []int32 // pairs of whole work in no bin; those of request r stand at outer[r] to outer[r+1]
	outer []int32
}

// maxVolume bounds the table of a knapsack; offers of greater volume stay priced.
const maxVolume = 4096

// newPacking packs the offers of a model; where of is given, those for which of[row] is true.
func newPacking(m *model, of []bool) *packing {
	if of == nil {
		of = m.packable()
	}
	n, rows, requests := len(m.pair), len(m.limit), len(m.p.Requests)
	k := &packing{model: m, bins: m.collect(of), price: make([]int64, rows), fee: make([]int64, requests), weight: make([]int64, requests),
		dead: make([]bool, n), fixed: make([]int32, requests), least: make([]int64, requests), served: make([]int64, requests),
		use: make([]int64, rows), value: unbounded, best: prices{make([]int64, rows), make([]int64, requests)},
		seen: make([]int32, n), idle: make([]int32, requests), spare: make([]bool, requests)}
	k.volume = slices.Clone(k.whole)
	k.off = make([]bool, len(k.pairs))
	k.rows = dual{model: m, price: k.price, reduced: make([]int64, n), use: k.use, live: k.live}
	for r := range k.fixed {
		k.fixed[r] = notFixed
	}
	return k
}

// packable tells the rows that can be bins: offers that only work going whole to one draws on, of a bounded volume.
func (m *model) packable() []bool {
	of, unit := make([]bool, len(m.limit)), make([]int64, len(m.limit))
	for row := range m.hard {
		of[row] = m.name[row].kind == offerRow
	}
	for i, at := range m.pair {
		for e := m.start[i]; e < m.start[i+1]; e++ {
			row := m.row[e]
			if m.p.Requests[m.p.Pairs[at].Request].Divisible {
				of[row] = false
			}
			unit[row] = gcd(unit[row], abs(m.amt[e]*m.most[i]))
		}
	}
	for row := range m.hard {
		of[row] = of[row] && m.limit[row]/max(unit[row], 1) <= maxVolume
	}
	return of
}

func (m *model) collect(of []bool) *bins {
	b := &bins{bin: make([]int32, len(m.pair)), at: make([]int32, len(m.pair))}
	index := make([]int32, len(of))
	for row, is := range of {
		index[row] = -1
		if is {
			index[row] = int32(len(b.kept))
			b.kept = append(b.kept, int32(row))
		} else {
			b.live = append(b.live, int32(row))
		}
	}
	b.begin, b.whole = make([]int32, len(b.kept)+1), make([]int64, len(b.kept))
	size := make([]int64, len(m.pair))
	for i := range b.bin {
		b.bin[i] = -1
		for e := m.start[i]; e < m.start[i+1]; e++ {
			if at := index[m.row[e]]; at >= 0 {
				b.bin[i], size[i] = at, m.amt[e]*m.most[i]
				b.begin[at+1]++
			}
		}
	}
	for at := range b.kept {
		b.begin[at+1] += b.begin[at]
	}
	b.pairs, b.size, b.by = make([]int32, b.begin[len(b.kept)]), make([]int64, b.begin[len(b.kept)]), make([]int32, b.begin[len(b.kept)])
	next := slices.Clone(b.begin)
	for i, at := range b.bin {
		if at >= 0 {
			b.pairs[next[at]], b.size[next[at]], b.at[i], b.by[next[at]] = int32(i), size[i], next[at], m.owner[i]
			next[at]++
		}
	}
	for at, row := range b.kept { // measured in the greatest unit that divides every size
		sizes := b.size[b.begin[at]:b.begin[at+1]]
		var unit int64
		for _, s := range sizes {
			unit = gcd(unit, s)
		}
		unit = max(unit, 1)
		for j := range sizes {
			sizes[j] /= unit
		}
		b.whole[at] = m.limit[row] / unit
	}
	b.align(m, index)
	return b
}

// align puts what an evaluation reads of the pairs into the order in which it reads it.
func (b *bins) align(m *model, index []int32) {
	b.cost, b.uses = make([]int64, len(b.pairs)), make([]int32, 1, len(b.pairs)+1)
	for j, i := range b.pairs {
		b.cost[j] = m.relaxed[i] * m.most[i]
		for e := m.start[i]; e < m.start[i+1]; e++ {
			if index[m.row[e]] < 0 {
				b.row, b.amt = append(b.row, m.row[e]), append(b.amt, m.amt[e]*m.most[i])
			}
		}
		b.uses = append(b.uses, int32(len(b.row)))
	}
	b.outer = make([]int32, len(m.first))
	for r := range m.p.Requests {
		for i := m.first[r]; i < m.first[r+1] && !m.p.Requests[r].Divisible; i++ {
			if b.bin[i] < 0 {
				b.loose = append(b.loose, i)
			}
		}
		b.outer[r+1] = int32(len(b.loose))
	}
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// follow takes over the prices of a dual; what a request costs there is what serving it earns here.
func (k *packing) follow(d *dual) {
	copy(d.price, d.best)
	d.evaluate()
	k.resume(prices{d.price, d.floor})
}

// resume takes over prices.
func (k *packing) resume(p prices) {
	copy(k.price, p.price)
	copy(k.fee, p.fee)
	for _, row := range k.kept {
		k.price[row] = 0
	}
	k.value = unbounded
	var mean int64
	for _, fee := range k.fee {
		mean += max(fee, 0) / int64(len(k.fee))
	}
	for r, fee := range k.fee {
		k.weight[r] = min(max(mulDivWide(max(fee, 0), 256, max(mean, 1)), 32), 4096)
	}
}

// switchOff marks what the decisions leave out of the bins.
func (k *packing) switchOff() {
	for b := range k.kept {
		for j := k.begin[b]; j < k.begin[b+1]; j++ {
			k.off[j] = k.dead[k.pairs[j]] || k.fixed[k.by[j]] != notFixed || k.size[j] > k.volume[b]
		}
	}
}

// evaluate returns the value at price and fee.
func (k *packing) evaluate() int64 {
	clear(k.use)
	k.work += int64(len(k.pair))
	var total int64
	for r := range k.served {
		switch i := k.fixed[r]; {
		case k.p.Requests[r].Divisible:
			k.served[r] = 1
			k.rows.reduce(k.first[r], k.first[r+1])
			total += k.rows.shared(r)
		case i >= 0:
			k.served[r] = 1
			total += k.priced(i)
			k.count(i)
		case i == leftOpen:
			k.served[r] = 1
			total += k.penalty[r]
		default:
			total += k.outside(r)
		}
	}
	for b := range k.kept {
		total -= k.pack(b)
	}
	back, ok := k.rows.tribute()
	if !ok {
		return unbounded
	}
	return total - back
}

// priced returns what all units of a pair cost at price.
func (k *packing) priced(i int32) int64 {
	c := k.relaxed[i] * k.most[i]
	for e := k.start[i]; e < k.start[i+1]; e++ {
		row := k.model.row[e]
		c += (k.price[row] * (k.model.amt[e] * k.most[i])) >> k.shift[row]
	}
	return c
}

// outside returns what a request costs by the cheaper of its fee and the least of what it costs where nothing is packed.
func (k *packing) outside(r int) int64 {
	least, at := k.penalty[r], int32(-1)
	if k.spare[r] {
		least = k.must
	}
	for _, i := range k.loose[k.outer[r]:k.outer[r+1]] {
		if k.dead[i] {
			continue
		}
		if c := k.priced(i); c < least {
			least, at = c, i
		}
	}
	k.served[r], k.least[r] = 0, least
	if least > k.fee[r] {
		return k.fee[r]
	}
	k.served[r] = 1
	if at >= 0 {
		k.count(at)
	} else {
		k.idle[r]++
	}
	return least
}

func (k *packing) count(i int32) {
	for e := k.start[i]; e < k.start[i+1]; e++ {
		k.use[k.model.row[e]] += k.model.amt[e] * k.most[i]
	}
	k.seen[i]++
}

// pack returns the most that a bin can earn and counts what it takes.
func (k *packing) pack(b int) (earned int64) {
	k.items, k.profit = k.items[:0], k.profit[:0]
	var size int64
	for j := k.begin[b]; j < k.begin[b+1]; j++ {
		if k.off[j] {
			continue
		}
		p := k.fee[k.by[j]] - k.bins.cost[j]
		for e := k.uses[j]; e < k.uses[j+1]; e++ {
			row := k.bins.row[e]
			p -= (k.price[row] * k.bins.amt[e]) >> k.shift[row]
		}
		if p > 0 {
			k.items, k.profit = append(k.items, j), append(k.profit, p)
			size += k.size[j]
			earned += p
		}
	}
	if size > k.volume[b] {
		return k.knapsack(int(k.volume[b]))
	}
	for _, j := range k.items {
		k.take(k.pairs[j])
	}
	return earned
}

func (k *packing) take(i int32) {
	k.served[k.owner[i]]++
	k.count(i)
}

// knapsack packs the items exactly.
func (k *packing) knapsack(volume int) int64 {
	w, n := volume+1, len(k.items)
	if cap(k.table) < w {
		k.table = make([]int64, w)
	}
	if cap(k.taken) < w*n {
		k.taken = make([]bool, 2*w*n)
	}
	table, taken := k.table[:w], k.taken[:w*n]
	clear(table)
	clear(taken)
	k.work += int64(w*n) / 4
	for x, j := range k.items {
		size, profit, row := int(k.size[j]), k.profit[x], taken[x*w:x*w+w]
		for v := w - 1; v >= size; v-- {
			if t := table[v-size] + profit; t > table[v] {
				table[v], row[v] = t, true
			}
		}
	}
	v := volume
	for x := n - 1; x >= 0; x-- {
		if taken[x*w+v] {
			k.take(k.pairs[k.items[x]])
			v -= int(k.size[k.items[x]])
		}
	}
	return table[volume]
}

// ascend raises the value by a number of steps towards a target.
func (k *packing) ascend(steps int, target, share int64, patience int) {
	rows := len(k.live)
	copy(k.best.price, k.price)
	copy(k.best.fee, k.fee)
	c := climb{value: k.evaluate, step: make([]int64, rows+len(k.fee)), patience: patience, slope: k.slope,
		advance: func(h, length int64, at int) {
			if at < rows {
				row := k.live[at]
				k.price[row] = min(max(k.price[row]+stride(length, h, 1<<k.shift[row], k.scale[row]<<fine), 0), k.top[row])
				return
			}
			r := at - rows
			top := k.penalty[r]
			if k.spare[r] {
				top = k.must
			}
			k.fee[r] = min(max(k.fee[r]+stride(length, h, k.weight[r], 256<<fine), 0), top)
		},
		keep: func() { copy(k.best.price, k.price); copy(k.best.fee, k.fee) },
		back: func() { copy(k.price, k.best.price); copy(k.fee, k.best.fee) },
	}
	k.value = c.run(steps, k.value, target, share)
}

func (k *packing) slope(step []int64) {
	rows := len(k.live)
	for at, row := range k.live {
		blend(&step[at], rowSlope(k.use[row]-k.limit[row], k.scale[row]))
		if k.price[row] == 0 && step[at] < 0 || k.price[row] == k.top[row] && step[at] > 0 {
			step[at] = 0
		}
	}
	for r, n := range k.served {
		at := &step[rows+r]
		blend(at, (1-n)<<fine*k.weight[r]>>8)
		if k.fee[r] >= k.least[r] && *at > 0 || k.fixed[r] != notFixed || k.p.Requests[r].Divisible {
			*at = 0
		}
	}
}
