package mix

// state is a choice in the making: units of every pair and what they add up to. It may leave work open; it never breaks a
// row. Least quantities of offers and packages can be broken on the way; search mends them.
type state struct {
	*model
	units   []int64   // by pair of the model
	at      []int32   // the pair that serves work that goes whole to one; -1 while it is open
	open    []int64   // work, by request; below zero where units bring more than is wanted
	use     []int64   // of rows
	drawn   []int64   // by offer; only where several pairs are bound together
	taken   []int32   // pairs, by offer
	charged []int32   // pairs, by charge
	rival   []int32   // by offer: 1 + index of the group, 0 for none; only where there are groups
	rivals  []int32   // offers taken, by group
	member  [][]int32 // packages, by offer; only where there are packages
	packed  []int32   // offers taken, by package
	trouble int64     // offers below their least and packages taken in part
	cost    int64     // of units, charges and penalties; without shortfall
}

func newState(m *model) *state {
	s := &state{model: m, units: make([]int64, len(m.pair)), at: make([]int32, len(m.p.Requests)), open: make([]int64, len(m.p.Requests)),
		use: make([]int64, len(m.limit)), drawn: make([]int64, len(m.p.Offers)), taken: make([]int32, len(m.p.Offers)), charged: make([]int32, len(m.p.Charges)),
		rivals: make([]int32, len(m.p.Rivals)), packed: make([]int32, len(m.p.Packages))}
	for r := range s.at {
		s.at[r], s.open[r] = -1, m.p.Requests[r].Work
		s.cost += s.penaltyOf(r, s.open[r])
	}
	if len(m.p.Rivals) > 0 {
		s.rival = make([]int32, len(m.p.Offers))
		for g, offers := range m.p.Rivals {
			for _, o := range offers {
				s.rival[o] = int32(g) + 1
			}
		}
	}
	if len(m.p.Packages) > 0 {
		s.member = make([][]int32, len(m.p.Offers))
		for g, offers := range m.p.Packages {
			for _, o := range offers {
				s.member[o] = append(s.member[o], int32(g))
			}
		}
	}
	return s
}

// penaltyOf returns what open work of a request costs.
func (s *state) penaltyOf(r int, open int64) int64 {
	switch {
	case open <= 0:
		return 0
	case s.p.Requests[r].Must:
		return s.must + mulDivUp(s.must, min(open, s.p.Requests[r].Work), s.p.Requests[r].Work)
	}
	return openPenalty(&s.p.Requests[r], open)
}

// room returns how many units of a pair the rows leave, at most its most.
func (s *state) room(i int32) int64 {
	q := &s.p.Pairs[s.pair[i]]
	if s.rival != nil && s.rivalled(q.Offer) {
		return 0
	}
	n := s.most[i] - s.units[i]
	if n <= 0 {
		return 0
	}
	var brought []Use
	if q.Charge > 0 && s.charged[q.Charge-1] == 0 {
		brought = s.brings[q.Charge-1]
		for _, u := range brought {
			if s.use[u.Of]+u.Amount > s.limit[u.Of] {
				return 0
			}
		}
	}
	for e := s.start[i]; e < s.start[i+1]; e++ {
		if row := s.row[e]; int(row) < s.hard {
			left := s.limit[row] - s.use[row]
			for _, u := range brought {
				if u.Of == row {
					left -= u.Amount
				}
			}
			if left < s.amt[e]*n {
				n = left / s.amt[e]
			}
		}
	}
	return n
}

// rivalled reports whether another offer of the same group is taken.
func (s *state) rivalled(o int32) bool {
	g := s.rival[o]
	return g > 0 && s.taken[o] == 0 && s.rivals[g-1] > 0
}

// add takes more units of a pair, or fewer.
func (s *state) add(i int32, units int64) {
	if units == 0 {
		return
	}
	was := s.units[i]
	s.units[i] += units
	for e := s.start[i]; e < s.start[i+1]; e++ {
		s.use[s.row[e]] += s.amt[e] * units
	}
	q := &s.p.Pairs[s.pair[i]]
	r := int(q.Request)
	s.cost += s.model.cost[i]*units - s.penaltyOf(r, s.open[r])
	s.open[r] -= s.yield[i] * units
	s.cost += s.penaltyOf(r, s.open[r])
	if s.switched {
		s.trouble -= s.below(q.Offer)
	}
	s.drawn[q.Offer] += q.Draw * units
	switch {
	case was == 0:
		s.at[r] = i
		s.begin(q)
	case s.units[i] == 0:
		s.at[r] = -1
		s.end(q)
	}
	if s.switched {
		s.trouble += s.below(q.Offer)
	}
}

// below returns 1 for an offer that is taken below its least.
func (s *state) below(o int32) int64 {
	if s.taken[o] > 0 && s.drawn[o] < s.p.Offers[o].Least {
		return 1
	}
	return 0
}

// pack counts an offer that begins (1) or ceases (-1) to be taken in its packages.
func (s *state) pack(o, by int32) {
	if s.member == nil {
		return
	}
	for _, g := range s.member[o] {
		size := int32(len(s.p.Packages[g]))
		if s.packed[g] > 0 && s.packed[g] < size {
			s.trouble--
		}
		s.packed[g] += by
		if s.packed[g] > 0 && s.packed[g] < size {
			s.trouble++
		}
	}
}

// begin and end count the pairs that share an offer, a charge and a place among rivals.
func (s *state) begin(q *Pair) {
	if s.taken[q.Offer]++; s.taken[q.Offer] == 1 {
		s.cost += s.p.Offers[q.Offer].Charge
		s.pack(q.Offer, 1)
		if s.rival != nil && s.rival[q.Offer] > 0 {
			s.rivals[s.rival[q.Offer]-1]++
		}
	}
	if q.Charge > 0 {
		if s.charged[q.Charge-1]++; s.charged[q.Charge-1] == 1 {
			s.cost += s.p.Charges[q.Charge-1].Cost
			for _, u := range s.brings[q.Charge-1] {
				s.use[u.Of] += u.Amount
			}
		}
	}
}

func (s *state) end(q *Pair) {
	if s.taken[q.Offer]--; s.taken[q.Offer] == 0 {
		s.cost -= s.p.Offers[q.Offer].Charge
		s.pack(q.Offer, -1)
		if s.rival != nil && s.rival[q.Offer] > 0 {
			s.rivals[s.rival[q.Offer]-1]--
		}
	}
	if q.Charge > 0 {
		if s.charged[q.Charge-1]--; s.charged[q.Charge-1] == 0 {
			s.cost -= s.p.Charges[q.Charge-1].Cost
			for _, u := range s.brings[q.Charge-1] {
				s.use[u.Of] -= u.Amount
			}
		}
	}
}

// objective returns what the choice costs, shortfall included.
func (s *state) objective() int64 {
	total := s.cost
	for k := s.hard; k < len(s.limit); k++ {
		if short := s.use[k] - s.limit[k]; short > 0 {
			total += short
		}
	}
	return total
}

// restore brings the units of a kept state back.
func (s *state) restore(units []int64) {
	for i, n := range units {
		if s.units[i] > n {
			s.add(int32(i), n-s.units[i])
		}
	}
	for i, n := range units {
		if s.units[i] < n {
			s.add(int32(i), n-s.units[i])
		}
	}
}

// takes returns the choice in the terms of the problem.
func (s *state) takes() []Take {
	var out []Take
	for i, n := range s.units {
		if n > 0 {
			out = append(out, Take{int(s.pair[i]), n})
		}
	}
	return out
}
