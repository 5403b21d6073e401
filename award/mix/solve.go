package mix

import (
	"cmp"
	"fmt"
	"slices"
)

// Options say how hard to try. The zero value is a fair try at a problem of any size.
type Options struct {
	Seed uint64 // of the walk; the same seed and work give the same answer
	// Work bounds the effort, counted in pairs looked at and not in seconds; about three hundred million take a second.
	// Zero stands for a million for each request and at least ten.
	Work int64
	// Gap is when to stop: the part of the cost, in millionths, that may lie between cost and bound. Zero stops at a proof.
	Gap      int64
	Stop     func() bool    // asked now and then; true ends the search with what there is
	Progress func(Progress) // told now and then
}

// Progress is how far a search has come.
type Progress struct {
	Work, Of    int64
	Cost, Bound int64 // micro-units
}

// Answer is the best choice found, with what no choice can beat.
type Answer struct {
	Takes []Take // by request
	Cost  int64  // micro-units, as Check finds it
	Bound int64  // micro-units; equal to Cost where the choice is proven to be the best
	Open  []int  // requests that must be served and are not: no lawful choice was found
	None  bool   // it is proven that there is no lawful choice
	// Proven says that the choice is the best, or, with Open requests, that there is none.
	Proven bool
	Work   int64
	// Prices of limits and commitments at the bound: what one unit more would save, in micro-units, as Num/2^Shift.
	Limits, Commitments []Price
}

// Price is a multiplier: micro-units for one unit of what it prices, Num/2^Shift.
type Price struct {
	Num   int64
	Shift uint8
}

// Gap returns the part of the cost, in millionths and rounded up, that lies between cost and bound.
func (a *Answer) Gap() int64 {
	if a.Cost <= a.Bound || a.Cost <= 0 {
		return 0
	}
	return min(mulDivUp(min(a.Cost-a.Bound, a.Cost), 1_000_000, a.Cost), 1_000_000)
}

// solver is one search.
type solver struct {
	Options
	*model
	dual *dual
	walk *walk
	best int64 // bound
	done int64 // work of what is not counted elsewhere
	turn int   // of the heats
	tree *tree
	root *packing // of all pairs
}

// Solve searches for the cheapest choice. The error is a fault of the problem (see [Problem.Validate]); a problem without a
// lawful choice is an answer with Open requests.
func Solve(p *Problem, o Options) (*Answer, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if o.Work == 0 {
		o.Work = 1_000_000 * max(10, int64(len(p.Requests)))
	}
	if o.Stop == nil {
		o.Stop = func() bool { return false }
	}
	m := compile(p)
	s := &solver{Options: o, model: m, dual: newDual(m), walk: newWalk(m, o.Seed)}
	s.search()
	return s.answer()
}

func (s *solver) search() {
	s.begin()
	if s.finished() {
		return
	}
	if s.exhaust(s.Work / 64); s.finished() {
		return
	}
	s.raise(s.Work / 300)
	s.walk.rank(s.dual)
	s.wander(s.Work / 32)
	s.raise(s.Work / 100)
	s.walk.rank(s.dual)
	if s.wholes() == 0 {
		for !s.finished() {
			s.wander(s.Work / 16)
		}
		return
	}
	s.plant()
	for round := 0; !s.finished(); round++ {
		s.tree.cutoff = s.goal()
		if round < 3 {
			s.polish()
			continue
		}
		s.descend(round)
		if s.finished() {
			return
		}
		if !s.grow(s.Work / 200) {
			break
		}
	}
	s.exhaust(s.Work - s.work())
}

// descend walks among few pairs, which makes a short walk a good one: twice from nothing, among those that the last node of the
// tree took, which are its decisions and what its ascent was torn between; then from the best choice at less heat,
// among those that any node took. Every third walk is also given a few pairs by chance: what no node takes it never finds.
func (s *solver) descend(round int) {
	w, wide := s.walk, round%3 == 2
	w.focus(s.tree, wide)
	if round%3 == 1 {
		w.stir(s.tree.inCore)
	}
	w.ease(s.tree.core.best.price)
	mean := max(w.best/int64(len(w.at)), 1)
	steps := max(min(s.Work/100, s.Work-s.work())/walkCost, 1)
	if wide {
		w.run(steps, mean/30, mean/3000, s.Stop)
		return
	}
	w.afresh(s.dual)
	w.run(steps, mean/10, mean/3000, s.Stop)
}

// begin makes a first choice and a first bound.
func (s *solver) begin() {
	s.dual.value = s.dual.evaluate()
	s.best = s.dual.value
	s.walk.rank(s.dual)
	s.walk.build(s.dual)
	s.walk.restore(s.walk.units0)
	s.done += 4 * int64(len(s.pair))
}

func (s *solver) wholes() (n int) {
	for r := range s.p.Requests {
		if !s.p.Requests[r].Divisible {
			n++
		}
	}
	return n
}

func (s *solver) work() int64 {
	total := s.done + s.walk.steps*walkCost
	if s.tree != nil {
		total += s.tree.core.work + s.root.work
	}
	return total
}

// walkCost is what a step of the walk takes, in pairs looked at.
const walkCost = 64

// goal is the bound at which the search is over.
func (s *solver) goal() int64 { return s.walk.best - mulDivDown(max(s.walk.best, 0), s.Gap, 1_000_000) }

func (s *solver) finished() bool {
	if s.Progress != nil {
		s.Progress(Progress{Work: min(s.work(), s.Work), Of: s.Work, Cost: s.walk.best, Bound: s.best})
	}
	return s.best >= s.goal() || s.work() >= s.Work || s.Stop()
}

// raise spends work on the first Lagrangian.
func (s *solver) raise(work int64) {
	each := int64(len(s.pair) + len(s.limit) + 1)
	steps := min(work/each, 1500)
	s.dual.ascend(int(max(steps, 30)), s.walk.best, 1024, 15+int(min(steps/60, 25)))
	s.done += max(steps, 30) * each
	s.best = max(s.best, s.dual.value)
}

// wander spends work on the walk, from where a typical request may cost a fifth more to where almost nothing may.
func (s *solver) wander(work int64) {
	mean := max(s.walk.best/int64(len(s.walk.at)), 1)
	steps := min(work, s.Work-s.work()) / walkCost
	for range 2 {
		s.walk.run(max(steps/3, 1), mean/heats[s.turn%len(heats)], mean/3000, s.Stop)
		s.turn++
	}
	s.walk.run(max(steps/3, 1), mean/30, mean/3000, s.Stop) // the small ones, around the best
}

var heats = []int64{5, 3, 5, 10}

// plant makes the tree and its core: the pairs that are cheap at the prices of the first Lagrangian, and those chosen.
func (s *solver) plant() {
	s.root = newPacking(s.model, nil)
	s.root.follow(s.dual)
	keep := make([]bool, len(s.pair))
	var order []int32
	for r := range s.p.Requests {
		order = order[:0]
		for i := s.first[r]; i < s.first[r+1]; i++ {
			order = append(order, i)
		}
		d := s.dual
		if !s.p.Requests[r].Divisible {
			slices.SortFunc(order, func(a, b int32) int {
				return cmp.Or(cmp.Compare(d.reduced[a]*d.most[a], d.reduced[b]*d.most[b]), cmp.Compare(a, b))
			})
			order = order[:min(len(order), coreWidth)]
		}
		for _, i := range order {
			keep[i] = true
		}
	}
	for i, n := range s.walk.units0 {
		keep[i] = keep[i] || n > 0
	}
	s.tree = newTree(s.root, keep, prices{s.root.price, s.root.fee}, s.best)
}

// coreWidth is how many pairs of a request the core begins with.
const coreWidth = 10

// polish raises the bound at the root of the tree.
func (s *solver) polish() {
	s.tree.polish(200)
	s.best = max(s.best, s.tree.bound())
}

// grow opens nodes of the tree; false where none is left to open.
func (s *solver) grow(work int64) bool {
	s.tree.steps = 40
	for until := s.work() + work; s.work() < until && !s.Stop(); {
		if !s.tree.next() {
			s.best = max(s.best, min(s.tree.bound(), s.walk.best))
			return false
		}
		if s.best = max(s.best, min(s.tree.bound(), s.walk.best)); s.best >= s.goal() {
			return true
		}
	}
	return true
}

// answer checks the best choice with arithmetic of its own.
func (s *solver) answer() (*Answer, error) {
	a := &Answer{Bound: min(s.best, s.walk.best), Proven: s.best >= s.walk.best, Work: s.work(), Limits: make([]Price, len(s.p.Limits)), Commitments: make([]Price, len(s.p.Commitments))}
	s.walk.restore(s.walk.units0)
	a.Takes = s.walk.takes()
	loose := *s.p // musts that are open are told apart from faults
	for r := range s.p.Requests {
		if s.p.Requests[r].Must && s.walk.open[r] > 0 {
			a.Open = append(a.Open, r)
		}
	}
	if len(a.Open) > 0 {
		loose.Requests = slices.Clone(s.p.Requests)
		for _, r := range a.Open {
			loose.Requests[r].Must, loose.Requests[r].Penalty = false, 0
		}
	}
	if a.None = len(a.Open) > 0 && (a.Proven || s.best > s.ceiling); a.None {
		a.Proven = true
	}
	cost, err := Check(&loose, a.Takes)
	if err != nil {
		return nil, fmt.Errorf("bug: the solver's choice is not lawful: %w", err)
	}
	a.Cost = cost.Int64()
	if len(a.Open) > 0 {
		a.Bound = min(a.Bound, a.Cost)
	}
	if len(a.Open) == 0 && a.Cost != s.walk.best {
		return nil, fmt.Errorf("bug: the solver counts %d micro-units, the check %d", s.walk.best, a.Cost)
	}
	for row, name := range s.name {
		price := Price{s.dual.best[row], s.shift[row]}
		switch name.kind {
		case limitRow:
			a.Limits[name.index] = price
		case commitmentRow:
			a.Commitments[name.index] = price
		}
	}
	return a, nil
}
