package mix

import (
	"cmp"
	"container/heap"
	"slices"
)

// tree is a search by branch and bound, the lowest bound first: at any moment the least bound of the nodes that are left is
// a bound of the whole. A node says of some requests which pair they take, and of others which they do not. The bound of a
// node is raised on a core of the pairs, which is quick, and then taken over all pairs, which makes it true.
type tree struct {
	full, core *packing
	inCore     []bool
	toCore     []int32 // by pair of full, -1 for those outside
	nodes      nodes
	closed     int64 // least bound of the nodes that were left
	cutoff     int64 // nodes of at least this bound are left
	steps      int   // of the ascent in a node
	opened     int
	taken      []int32 // by pair of full: how often the nodes took it
	idled      []int32 // by request: how often they left it open
}

// node is a set of decisions; those of its parents count too.
type node struct {
	parent *node
	takes  int32   // pair of full, or -1
	opens  int32   // request that stays open, or -1
	bars   []int32 // pairs of full that are not taken
	spares int32   // request that may not stay open, or -1
	value  int64
	depth  int
	prices *prices
}

type nodes []*node

func (n nodes) Len() int { return len(n) }
func (n nodes) Less(a, b int) bool {
	return n[a].value < n[b].value || n[a].value == n[b].value && n[a].depth > n[b].depth
}
func (n nodes) Swap(a, b int) { n[a], n[b] = n[b], n[a] }
func (n *nodes) Push(x any)   { *n = append(*n, x.(*node)) }
func (n *nodes) Pop() any {
	last := (*n)[len(*n)-1]
	*n = (*n)[:len(*n)-1]
	return last
}

// never is above the cost of every choice.
const never = 1 << 62

func newTree(full *packing, keep []bool, at prices, value int64) *tree {
	t := &tree{full: full, inCore: keep, closed: never, taken: make([]int32, len(full.pair)), idled: make([]int32, len(full.fixed))}
	t.rebuild()
	p := at.clone()
	t.nodes = nodes{{takes: -1, opens: -1, spares: -1, value: value, prices: &p}}
	return t
}

// rebuild makes the core of the pairs that are kept.
func (t *tree) rebuild() {
	of := make([]bool, len(t.full.limit))
	for _, row := range t.full.kept {
		of[row] = true
	}
	var work int64
	if t.core != nil {
		work = t.core.work
	}
	t.core = newPacking(t.full.model.restrict(t.inCore), of)
	t.core.work = work
	t.toCore = make([]int32, len(t.inCore))
	n := int32(0)
	for i, in := range t.inCore {
		t.toCore[i] = -1
		if in {
			t.toCore[i] = n
			n++
		}
	}
}

// bound returns what no choice can beat, as far as the tree knows.
func (t *tree) bound() int64 {
	if len(t.nodes) == 0 {
		return t.closed
	}
	return min(t.closed, t.nodes[0].value)
}

// apply sets a packing to the decisions of a node; false where they break a row.
func (t *tree) apply(k *packing, n *node, of func(int32) int32) bool {
	clear(k.dead)
	clear(k.spare)
	copy(k.volume, k.whole)
	for r := range k.fixed {
		k.fixed[r] = notFixed
	}
	clear(k.use)
	for ; n != nil; n = n.parent {
		if n.opens >= 0 {
			k.fixed[n.opens] = leftOpen
		}
		if n.spares >= 0 {
			k.spare[n.spares] = true
		}
		for _, i := range n.bars {
			if j := of(i); j >= 0 {
				k.dead[j] = true
			}
		}
		if n.takes < 0 {
			continue
		}
		i := of(n.takes)
		k.fixed[k.owner[i]] = i
		if b := k.bin[i]; b >= 0 {
			k.volume[b] -= k.size[k.bins.at[i]]
		}
		for e := k.start[i]; e < k.start[i+1]; e++ {
			if row := k.model.row[e]; int(row) < k.hard {
				if k.use[row] += k.model.amt[e] * k.most[i]; k.use[row] > k.limit[row] {
					return false
				}
			}
		}
	}
	k.switchOff()
	return true
}

// next opens the node of the lowest bound; false where none is left below the cutoff.
func (t *tree) next() bool {
	if len(t.nodes) == 0 || t.nodes[0].value >= t.cutoff {
		return false
	}
	n := heap.Pop(&t.nodes).(*node)
	t.opened++
	if !t.apply(t.core, n, func(i int32) int32 { return t.toCore[i] }) {
		return true
	}
	t.core.resume(*n.prices)
	clear(t.core.seen)
	clear(t.core.idle)
	t.core.ascend(t.steps, t.cutoff, 512, 10)
	t.remember()
	t.apply(t.full, n, func(i int32) int32 { return i })
	t.full.resume(t.core.best)
	clear(t.full.seen)
	value := t.full.evaluate()
	n.value = max(n.value, value)
	if n.value >= t.cutoff {
		t.closed = min(t.closed, n.value)
		return true
	}
	if t.core.value-value > (t.cutoff-value)>>4 && t.widen() {
		heap.Push(&t.nodes, n) // again, with the pairs that were missing
		p := t.core.best.clone()
		n.prices = &p
		t.rebuild()
		return true
	}
	p := t.core.best.clone()
	n.prices = &p
	if !t.split(n) {
		t.closed = min(t.closed, n.value)
	}
	return true
}

// polish raises the bound of the root, where nothing is decided, and notes what its ascent takes.
func (t *tree) polish(steps int) {
	root := t.nodes[0]
	if root.parent != nil || len(t.nodes) > 1 {
		return
	}
	t.apply(t.core, root, func(i int32) int32 { return t.toCore[i] })
	t.core.resume(*root.prices)
	t.core.ascend(steps, t.cutoff, 1024, 15)
	t.core.resume(t.core.best.clone())
	clear(t.core.seen)
	clear(t.core.idle)
	t.core.ascend(steps, t.cutoff, 512, 15)
	t.remember()
	t.apply(t.full, root, func(i int32) int32 { return i })
	t.full.resume(t.core.best)
	clear(t.full.seen)
	if value := t.full.evaluate(); value > root.value {
		root.value = value
	}
	p := t.core.best.clone()
	root.prices = &p
	if t.widen() {
		t.rebuild()
	}
}

// widen takes the pairs into the core that the full packing took outside of it.
func (t *tree) widen() (more bool) {
	for i, seen := range t.full.seen {
		if seen > 0 && !t.inCore[i] {
			t.inCore[i], more = true, true
		}
	}
	return more
}

// split makes the children of a node: the request that the ascent was least sure of takes each of the pairs that it took
// often, or none of them.
func (t *tree) split(n *node) bool {
	k := t.core
	best, score := -1, int64(-1)
	for r := range k.fixed {
		if k.fixed[r] != notFixed || k.p.Requests[r].Divisible {
			continue
		}
		top, sum := k.idle[r], k.idle[r]
		for i := k.first[r]; i < k.first[r+1]; i++ {
			top, sum = max(top, k.seen[i]), sum+k.seen[i]
		}
		if s := mulDivWide(k.fee[r], int64(sum-top)*1024, int64(max(sum, 1))); s > score {
			best, score = r, s
		}
	}
	if best < 0 {
		return false
	}
	t.children(n, best)
	return true
}

// most is how many pairs a split tells apart.
const mostChildren = 8

func (t *tree) children(n *node, r int) {
	k := t.core
	options := make([]int32, 0, mostChildren)
	for i := k.first[r]; i < k.first[r+1]; i++ {
		if k.seen[i] > 0 && !k.dead[i] {
			options = append(options, i)
		}
	}
	slices.SortStableFunc(options, func(a, b int32) int { return int(k.seen[b] - k.seen[a]) })
	options = options[:min(len(options), mostChildren)]
	if len(options) == 0 && (k.idle[r] == 0 || k.spare[r]) {
		for i := k.first[r]; i < k.first[r+1] && len(options) == 0; i++ {
			if !k.dead[i] {
				options = append(options, i)
			}
		}
	}
	rest := &node{parent: n, takes: -1, opens: -1, spares: -1, value: n.value, depth: n.depth + 1, prices: n.prices}
	back := t.fromCore()
	for _, i := range options {
		heap.Push(&t.nodes, &node{parent: n, takes: back[i], opens: -1, spares: -1, value: n.value, depth: n.depth + 1, prices: n.prices})
		rest.bars = append(rest.bars, back[i])
	}
	if k.idle[r] > 0 && !k.spare[r] || len(options) == 0 {
		heap.Push(&t.nodes, &node{parent: n, takes: -1, opens: int32(r), spares: -1, value: n.value, depth: n.depth + 1, prices: n.prices})
		rest.spares = int32(r)
	}
	if len(options) > 0 || !k.spare[r] {
		heap.Push(&t.nodes, rest)
	}
}

// fromCore returns the pairs of full by pair of the core.
func (t *tree) fromCore() []int32 {
	out := make([]int32, 0, len(t.core.pair))
	for i, in := range t.inCore {
		if in {
			out = append(out, int32(i))
		}
	}
	return out
}

// remember counts what the last ascent took.
func (t *tree) remember() {
	n := 0
	for i, in := range t.inCore {
		if in {
			t.taken[i] += t.core.seen[n]
			n++
		}
	}
	for r, n := range t.core.idle {
		t.idled[r] += n
	}
}

// focus narrows a walk of the full model to what is chosen and the pairs that the last ascent of the tree took, most often
// first; where wide is true, to those that any ascent took.
func (w *walk) focus(t *tree, wide bool) {
	taken, idle := t.taken, t.idled
	if !wide {
		taken, idle = make([]int32, len(t.taken)), t.core.idle
		for n, i := range t.fromCore() {
			taken[i] = t.core.seen[n]
		}
	}
	for r := range w.ranked {
		if w.p.Requests[r].Divisible {
			continue
		}
		list := w.ranked[r][:0]
		for i := w.first[r]; i < w.first[r+1]; i++ {
			if taken[i] > 0 {
				list = append(list, i)
			}
		}
		slices.SortStableFunc(list, func(a, b int32) int { return cmp.Compare(taken[b], taken[a]) })
		list = list[:min(len(list), widest)]
		if i := w.at[r]; i >= 0 && !slices.Contains(list, i) {
			list = append(list, i)
		}
		if idle[r] > 0 || len(list) == 0 {
			list = append(list, -1)
		}
		w.ranked[r] = list
	}
	w.meet()
}
