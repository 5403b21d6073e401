package naive

import (
	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/offer"
	"firstlook/right"
)

// grouped says whether the holders of a clause run side by side over a lot.
func grouped(c *agreement.Clause) bool {
	switch c.Kind {
	case agreement.ProRata:
		return true
	case agreement.FirstCall, agreement.FirstOffer, agreement.Match, agreement.NoLessFavourable:
		return len(c.Holders) > 0 && (c.Kind != agreement.FirstOffer || c.Process.Form.Given && !holdersTerms(c))
	}
	return false
}

// members are the matters of a group, in the order in which they were opened.
func (w *World) members(g right.MatterID) []*matter {
	var out []*matter
	for _, m := range w.matters {
		if m.group == g && g != 0 {
			out = append(out, m)
		}
	}
	return out
}

// entitled is what a holder's own share of a lot comes to.
func entitled(c *agreement.Clause, h agreement.Holding, quantity int64) int64 {
	if len(c.Holders) == 0 {
		return quantity
	}
	return quantity * int64(h.Share) / 100_000
}

// pool is what all the shares of a lot come to.
func pool(c *agreement.Clause, quantity int64) int64 {
	var sum int64
	for _, h := range c.Holds() {
		sum += entitled(c, h, quantity)
	}
	return sum
}

// own is what a holder of a matter takes that names no quantity.
func (w *World) own(m *matter) int64 {
	if m.clause.Kind != agreement.ProRata {
		return m.quantity
	}
	h, _ := m.clause.Holding(m.right())
	return min(m.quantity, entitled(m.clause, h, w.lot(m.lot).quantity))
}

// offered is how much of a lot a matter is for.
func offered(c *agreement.Clause, h agreement.Holding, quantity int64) int64 {
	switch {
	case c.Kind != agreement.ProRata:
		return quantity
	case c.Process.Oversubscription.Given && c.Process.Oversubscription.Value == agreement.NoOverAllotment:
		return entitled(c, h, quantity)
	}
	return pool(c, quantity)
}

// subscribe keeps what a holder wants of a lot that others may want too.
func (w *World) subscribe(m *matter, q, least int64, t offer.Terms, now calendar.Instant) {
	if m.clause.Process.Partial.Given && m.clause.Process.Partial.Value == agreement.WholeOnly {
		least = q
	}
	t.Least = 0
	m.status, m.asks, m.wanted, m.least, m.wants = right.Bidden, nil, q, least, &t
	w.groupMoves(m.group, now)
}

// groupMoves allocates the lot of a group once nobody in it is still open to an answer.
func (w *World) groupMoves(g right.MatterID, now calendar.Instant) {
	all := w.members(g)
	for _, m := range all {
		if m.status.Pending() && m.status != right.Bidden || m.allocated {
			return
		}
	}
	first := w.matter(g)
	l := w.lot(first.lot)
	for _, m := range all {
		if m.status == right.Bidden && w.exclusiveNow(m, now) {
			m.status, m.asks = right.Terminated, nil
		}
	}
	var bids []*matter
	var wanted int64
	for _, m := range all {
		if m.status == right.Bidden {
			bids = append(bids, m)
			wanted += m.wanted
		}
	}
	enough := l.quantity
	if first.clause.Kind == agreement.ProRata {
		enough = pool(first.clause, l.quantity)
	}
	if wanted > enough && len(bids) > 1 && first.clause.Kind != agreement.ProRata {
		first = bids[0]
		if !first.clause.Process.Allocation.Given {
			first.stop("allocation", right.AtAllocation)
			return
		}
	}
	for _, m := range all {
		m.allocated = true
	}
	w.give(l, bids, allot(first.clause, bids, l.quantity), now)
	w.settleGroup(g, now)
}

// give lets each bidder have what it was allotted.
func (w *World) give(l *lot, bids []*matter, parts []int64, now calendar.Instant) {
	for i, m := range bids {
		n := parts[i]
		m.asks = nil
		if n == 0 {
			m.status, m.tookPart = right.Declined, true
			continue
		}
		t := *m.wants
		if k, ok := w.accelerators(l.line, n, t.Accelerator); ok {
			t = t.Part(min(k, t.Quantity))
		}
		if n == l.quantity {
			w.exercise(m, t, now)
			continue
		}
		part := *m
		part.id, part.quantity, part.asks, part.group = right.MatterID(len(w.matters)+1), n, nil, 0
		part.lot = w.splitLot(l, n).id
		w.lot(part.lot).matter, w.lot(part.lot).status = part.id, right.Held
		w.matters = append(w.matters, &part)
		m.quantity -= n
		w.exercise(&part, t, now)
		m.status, m.tookPart = right.Declined, true
	}
}

// settleGroup releases what is left of the lot of a group, as each of its holders ended.
func (w *World) settleGroup(g right.MatterID, now calendar.Instant) {
	all := w.members(g)
	l := w.lot(w.matter(g).lot)
	for _, m := range all {
		if m.status == right.Taken || m.status.Pending() {
			return
		}
	}
	l.status = right.Idle
	for _, m := range all {
		if !m.released && m.status != right.Terminated && m.status != right.Superseded && m.asks == nil {
			w.ended(m, now)
		}
	}
	w.groupGoesOn(g, now)
}

// groupGoesOn sends what is left of a lot on its way once the releases of all the holders of the group are settled.
func (w *World) groupGoesOn(g right.MatterID, now calendar.Instant) {
	l := w.lot(w.matter(g).lot)
	if l.status != right.Idle && l.status != right.Stuck {
		return
	}
	for _, m := range w.members(g) {
		if !m.released && m.status != right.Terminated && m.status != right.Superseded {
			return
		}
	}
	l.status = right.Idle
	for _, m := range w.members(g) {
		if m.fallen {
			w.onItsWay(l, now)
			return
		}
	}
	w.advance(l, now)
}

// allot says what each bidder gets of a lot. Who gets less than the fewest it takes is dropped, one by one, and the rest run again.
func allot(c *agreement.Clause, bids []*matter, quantity int64) []int64 {
	out := make([]bool, len(bids)) // dropped
	for {
		got := share(c, bids, out, quantity)
		worst := -1
		for i, m := range bids {
			if out[i] || got[i] >= m.least || got[i] == m.wanted {
				continue
			}
			if worst >= 0 && c.Process.Allocation.Value == agreement.ByRank && rankOf(c, m) != rankOf(c, bids[worst]) {
				if rankOf(c, m) < rankOf(c, bids[worst]) { // a rank is settled before the next has anything
					worst = i
				}
				continue
			}
			// misses by (least-got)/least; the last of equals goes first
			if worst < 0 || (m.least-got[i])*bids[worst].least >= (bids[worst].least-got[worst])*m.least {
				worst = i
			}
		}
		if worst < 0 {
			return got
		}
		out[worst] = true
		if c.Process.Allocation.Value == agreement.ProRataCapped {
			for i, m := range bids {
				if got[i] < m.least && got[i] < m.wanted {
					got[i] = 0 // what one does not get goes to nobody
				}
			}
			return got
		}
	}
}

func rankOf(c *agreement.Clause, m *matter) int {
	h, _ := c.Holding(m.right())
	return h.Rank
}

// share shares a lot by the rule of its clause among those that were not dropped.
func share(c *agreement.Clause, bids []*matter, out []bool, quantity int64) []int64 {
	got, want, weight := make([]int64, len(bids)), make([]int64, len(bids)), make([]int64, len(bids))
	rank := make([]int, len(bids))
	var sum int64
	for i, m := range bids {
		h, _ := c.Holding(m.right())
		rank[i], weight[i] = h.Rank, int64(h.Share)
		if !out[i] {
			want[i] = m.wanted
		}
		if weight[i] == 0 {
			weight[i] = want[i]
		}
		sum += want[i]
	}
	switch {
	case c.Kind == agreement.ProRata && c.Process.Allocation.Value == agreement.ProRataCapped && sum <= pool(c, quantity):
		copy(got, want)
	case c.Kind == agreement.ProRata && c.Process.Allocation.Value != agreement.ProRataCapped:
		left := pool(c, quantity)
		more := make([]int64, len(bids))
		for i, m := range bids {
			h, _ := c.Holding(m.right())
			got[i] = min(want[i], entitled(c, h, quantity))
			more[i] = want[i] - got[i]
			left -= got[i]
		}
		for i, n := range proRata(left, more, weight) {
			got[i] += n
		}
	case c.Kind != agreement.ProRata && sum <= quantity:
		copy(got, want)
	case c.Process.Allocation.Value == agreement.ProRataCapped:
		for i, m := range bids {
			h, _ := c.Holding(m.right())
			got[i] = min(want[i], quantity*int64(h.Share)/100_000)
		}
	case c.Process.Allocation.Value == agreement.ByRank:
		byRank(got, want, rank, quantity)
	default:
		copy(got, proRata(quantity, want, weight))
	}
	return got
}

// byRank serves the ranks one after the other; within one that there is not enough for, pro rata of what each wants.
func byRank(got, want []int64, rank []int, left int64) {
	for done := -1 << 31; ; {
		next, found := 0, false
		for _, r := range rank {
			if r > done && (!found || r < next) {
				next, found = r, true
			}
		}
		if !found {
			return
		}
		mine := make([]int64, len(want))
		for i := range want {
			if rank[i] == next {
				mine[i] = want[i]
			}
		}
		for i, n := range proRata(left, mine, mine) {
			got[i] += n
			left -= n
		}
		done = next
	}
}

// proRata shares what is left by weight; nobody gets more than it wants.
func proRata(left int64, want, weight []int64) []int64 {
	got, full := make([]int64, len(want)), make([]bool, len(want))
	for again := true; again; {
		again = false
		var sum int64
		for i := range want {
			if !full[i] {
				sum += weight[i]
			}
		}
		for i := range want {
			if !full[i] && (weight[i] == 0 || want[i]*sum <= left*weight[i]) {
				got[i], full[i], again = want[i], true, true
			}
		}
		if again {
			for i := range want {
				if full[i] && got[i] >= 0 {
					left -= got[i]
					got[i] = -got[i] - 1 // it is counted
				}
			}
		}
	}
	for i := range got {
		if got[i] < 0 {
			got[i] = -got[i] - 1
		}
	}
	byRemainder(got, full, weight, left)
	return got
}

// byRemainder gives each that is not served its part rounded down, and the rest one by one to the largest remainders.
func byRemainder(got []int64, full []bool, weight []int64, left int64) {
	var sum int64
	for i := range got {
		if !full[i] {
			sum += weight[i]
		}
	}
	given, rest := int64(0), make([]int64, len(got))
	for i := range got {
		if !full[i] {
			got[i] = left * weight[i] / sum
			rest[i] = left*weight[i]%sum + 1
			given += got[i]
		}
	}
	for ; sum > 0 && given < left; given++ {
		best := -1
		for i := range got {
			if !full[i] && rest[i] > 0 && (best < 0 || rest[i] > rest[best]) {
				best = i
			}
		}
		got[best]++
		rest[best] = 0
	}
}
