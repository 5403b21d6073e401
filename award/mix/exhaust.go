package mix

// exhaust tries every choice, in an order that finds good ones early, and leaves a branch as soon as what its decided
// requests cost above their least, at the prices of the dual, uses up what separates the best choice from the bound. It
// knows every rule. Where it ends within its work the best choice is proven.
func (s *solver) exhaust(work int64) {
	d := s.dual
	copy(d.price, d.best)
	if d.evaluate() == unbounded {
		return
	}
	e := exhaustion{state: newState(s.model), dual: d, walk: s.walk, left: work / exhaustCost, stop: s.Stop}
	if e.request(0, d.value); e.left >= 0 {
		s.best = s.walk.best
	}
	s.done += work - max(e.left, 0)*exhaustCost
}

// exhaustCost is what a decision takes, in pairs looked at.
const exhaustCost = 16

type exhaustion struct {
	*state
	dual *dual
	walk *walk
	left int64 // work
	stop func() bool
}

// over counts a decision and reports whether no more may be made.
func (e *exhaustion) over() bool {
	if e.left--; e.left >= 0 && e.left%4096 == 0 && e.stop() {
		e.left = -1
	}
	return e.left < 0
}

// request decides a request and those after it. Bound is the least cost of what is decided.
func (e *exhaustion) request(r int, bound int64) {
	if r == len(e.at) {
		if e.trouble == 0 {
			if cost := e.objective(); cost < e.walk.best {
				e.walk.best = cost
				e.walk.units0 = append(e.walk.units0[:0], e.units...)
			}
		}
		return
	}
	if e.p.Requests[r].Divisible {
		e.share(r, e.first[r], bound-e.dual.floor[r], 0)
		return
	}
	for i := e.first[r] - 1; i < e.first[r+1]; i++ {
		if e.over() {
			return
		}
		if i < e.first[r] {
			if next := bound - e.dual.floor[r] + e.penaltyOf(r, e.open[r]); next < e.walk.best {
				e.request(r+1, next)
			}
			continue
		}
		next := bound - e.dual.floor[r] + e.dual.reduced[i]*e.most[i]
		if next >= e.walk.best || e.room(i) < e.most[i] {
			continue
		}
		e.add(i, e.most[i])
		e.request(r+1, next)
		e.add(i, -e.most[i])
	}
}

// share decides how much pair i and those after it do of a divisible request. Spent is their priced cost so far.
func (e *exhaustion) share(r int, i int32, bound, spent int64) {
	if i == e.first[r+1] {
		if next := bound + spent + e.penaltyOf(r, e.open[r]); next < e.walk.best {
			e.request(r+1, next)
		}
		return
	}
	room := e.room(i)
	for n := int64(0); n <= room; n++ {
		if n > 0 && n < e.least[i] {
			n = e.least[i]
			if n > room {
				return
			}
		}
		if e.over() {
			return
		}
		e.add(i, n)
		e.share(r, i+1, bound, spent+e.dual.reduced[i]*n)
		e.add(i, -n)
	}
}
