package right

import (
	"cmp"
	"math/bits"
	"slices"

	"firstlook/agreement"
	"firstlook/capacity"
	"firstlook/offer"
	"firstlook/party"
)

// Several holders of one clause run side by side over a lot, each with its own notice and window. What they want is
// collected, and given to them when all have answered, so that it never matters who was first. See docs/spec/rights.md, 4.

// together reports whether the holders of a clause run side by side. Rights in which the holder's own terms win the lot
// are run one holder after the other, in the order of the clause.
func together(c *agreement.Clause) bool {
	several := len(c.Holders) > 0 || c.Process.Ceiling != nil // what is left under a ceiling may be less than the lot, too
	switch c.Kind {
	case agreement.ProRata:
		return true
	case agreement.FirstCall, agreement.Match, agreement.NoLessFavourable:
		return several
	case agreement.FirstOffer:
		return several && c.Process.Form.Value == agreement.GrantorsTerms
	}
	return false
}

// openGroup opens a matter for each holder of a clause whose right on the lot has no live release, then gives notice to all.
func (t *turn) openGroup(id LotID, c *agreement.Clause, chosen offer.ID, why agreement.Reopen, terms *offer.Terms) {
	group := MatterID(len(t.Matters) + 1)
	n := MatterID(0)
	for i := range t.Engagements {
		e := t.Engagements[i]
		l := t.Lot(id)
		if e.Line != l.Line || !e.Engaged.Engaged || e.Engaged.Clause != c.Ref || chosen != "" && e.Holder == t.Tender(chosen).Offer.Provider {
			continue
		}
		if why != agreement.OnMaterialChange && t.served(l, &e, chosen) || t.nothingFor(l, &e) {
			continue
		}
		again := why
		if again == "" {
			again = t.again(l, &e)
		}
		t.beginMatter(&MatterOpened{Lot: id, Clause: c.Ref, Holder: e.Holder, Again: again, Offer: chosen, Group: group, Quantity: t.most(id, c, e.Holder)})
		n++
	}
	for m := group; m < group+n; m++ {
		t.firstNotice(m, terms)
	}
}

// nothingFor reports whether a right has nothing for its holder in a lot, so that it is not asked even where all are asked anew: no part in so little,
// nothing left under the clause, or a tail that is over and that nothing reopens.
func (t *turn) nothingFor(l *Lot, e *Engagement) bool {
	return e.Kind == agreement.ProRata && t.shareless(l, e.clause, e.Holder) || t.exhausted(e) || t.goneFrom(l, e)
}

// served reports whether a holder of a group needs no run: before the market, or for an offer that is chosen.
func (t *turn) served(l *Lot, e *Engagement, chosen offer.ID) bool {
	if chosen == "" {
		return t.serves(l, e)
	}
	o := t.Tender(chosen).Offer
	terms := t.picked(l)
	return t.servesChoice(l, e, o.Provider, &terms)
}

// most is the most that a holder may take of a lot, where that is less than the lot; 0 where it is all of it.
func (t *turn) most(id LotID, c *agreement.Clause, holder party.ID) int64 {
	l := t.Lot(id)
	if c.Process.Ceiling != nil {
		if left := t.leftUnder(c, holder); left < l.Quantity {
			return left
		}
	}
	if c.Kind != agreement.ProRata {
		return 0
	}
	h, _ := c.Holding(holder)
	switch {
	case h.Open:
		return 0 // set when its share is determined
	case c.Process.Oversubscription.Value == agreement.NoOverAllotment:
		return part(l.Quantity, h.Share)
	}
	return pool(l.Quantity, c)
}

// shareless reports whether what a holder may take of a lot comes to none: its share does, or the shares of all do.
func (t *turn) shareless(l *Lot, c *agreement.Clause, holder party.ID) bool {
	if c.Process.Oversubscription.Value == agreement.NoOverAllotment {
		h, _ := c.Holding(holder)
		return part(l.Quantity, h.Share) == 0
	}
	return pool(l.Quantity, c) == 0
}

// part is a share of a quantity, rounded down. A holder alone without a stated share has all of it.
func part(quantity int64, share capacity.Percent) int64 {
	if share == 0 {
		return quantity
	}
	return mulDiv(quantity, int64(share), 100_000)
}

// pool is what the holders of a pro rata clause may take together.
func pool(quantity int64, c *agreement.Clause) int64 {
	sum := int64(0)
	for _, h := range c.Holds() {
		sum += part(quantity, h.Share)
	}
	return min(sum, quantity)
}

// entitled is a holder's own part of the lot that its group runs over.
func (t *turn) entitled(m *Matter) int64 {
	if p := m.clause.Process.Share; p.Given {
		return part(t.Lot(m.Lot).Quantity, p.Value)
	}
	h, _ := m.clause.Holding(m.For())
	return part(t.Lot(m.Lot).Quantity, h.Share)
}

// pooled is what the holders of a pro rata clause may take together of the lot that a group runs over: also the parts of those that
// were released of it before, with the shares that were determined.
func (t *turn) pooled(first *Matter, members []MatterID) int64 {
	sum, quantity := int64(0), t.Lot(first.Lot).Quantity
	for _, h := range first.clause.Holds() {
		i := slices.IndexFunc(members, func(id MatterID) bool { return t.Matter(id).For() == h.Holder })
		switch {
		case i >= 0:
			sum += t.entitled(t.Matter(members[i]))
		case !h.Open:
			sum += part(quantity, h.Share)
		}
	}
	return sum
}

// groupOf lists the matters of a group.
func (s *State) groupOf(g MatterID) []MatterID {
	var out []MatterID
	for i := range s.Matters {
		if s.Matters[i].More().Group == g {
			out = append(out, s.Matters[i].ID)
		}
	}
	return out
}

// takes gives a holder what it exercises: at once where it runs alone, else when the others have answered.
func (t *turn) takes(id MatterID, quantity, least int64, terms offer.Terms) MatterID {
	m := t.Matter(id)
	if g := m.More().Group; g != 0 {
		t.emit(&Subscribed{Matter: id, Quantity: quantity, Least: least, Terms: terms})
		t.allocateWhenAll(g)
		return id
	}
	if quantity < m.Quantity {
		if conditional(m.clause) && stageOf(m.clause) == onEvent { // the award stays whole until the consent is given
			t.awaitConsent(m, terms, quantity)
			return id
		}
		id = t.splitMatter(m, quantity)
	}
	t.exercised(id, terms)
	return id
}

// allocateWhenAll allocates a group's lot once nobody of it has the word any more.
func (t *turn) allocateWhenAll(g MatterID) {
	members := t.groupOf(g)
	var bids []Bid
	var rule agreement.Param[agreement.Allocation]
	wanted := int64(0)
	for _, id := range members {
		m := t.Matter(id)
		if m.Status.Pending() && m.Status != Bidden {
			return
		}
		if m.clause.Process.Allocation.Given {
			rule = m.clause.Process.Allocation
		}
		if m.Status == Bidden {
			bids = append(bids, t.bid(m))
			wanted += m.More().Wants
		}
	}
	first := t.Matter(g)
	for _, b := range bids {
		if t.keptOut(b.Matter) {
			return // and what is left is allocated
		}
	}
	quantity := t.Lot(first.Lot).Quantity
	if first.clause.Kind == agreement.ProRata {
		quantity, rule = min(quantity, t.pooled(first, members)), agreement.Given(agreement.ProRataByShare)
	}
	if !rule.Given && wanted > quantity {
		if t.Matter(bids[0].Matter).Question != nil {
			return
		}
		t.ask(bids[0].Matter, "allocation", "how the lot is shared among holders that want more than there is", AtAllocation)
		return
	}
	f := &Allocated{Group: g, Rule: rule.Value, Shares: []Allotment{}}
	for i, q := range Allocate(rule.Value, quantity, bids) {
		f.Shares = append(f.Shares, Allotment{bids[i].Matter, bids[i].Want, q})
	}
	t.emit(f)
	t.give(f)
	t.settleGroup(g)
}

// bid is what a holder of a group wants, with its place among the others.
func (t *turn) bid(m *Matter) Bid {
	h, _ := m.clause.Holding(m.For())
	b := Bid{Matter: m.ID, Want: m.More().Wants, Least: m.More().Least, Rank: h.Rank, Weight: int64(h.Share)}
	if m.clause.Kind == agreement.ProRata {
		b.Own = t.entitled(m)
	}
	return b
}

// give hands each holder what it was allotted, on the terms that it took.
func (t *turn) give(f *Allocated) {
	for _, s := range f.Shares {
		m := t.Matter(s.Matter)
		terms := *m.More().Terms
		switch {
		case s.Quantity == 0:
			t.emit(&Ended{Matter: m.ID, Holder: m.Holder, Outcome: Declined, Reason: "nothing was allocated"})
			continue
		case s.Quantity == t.Lot(m.Lot).Quantity:
			t.supplies(m, &terms, s.Quantity)
			t.exercised(m.ID, terms)
			continue
		}
		got := t.splitMatter(m, s.Quantity)
		t.supplies(t.Matter(got), &terms, s.Quantity)
		t.exercised(got, terms)
		m = t.Matter(s.Matter)
		t.emit(&Ended{Matter: m.ID, Holder: m.Holder, Outcome: Declined, Reason: "it took what was allocated to it"})
	}
}

// settleGroup releases what is left of a group's lot of each of its holders, or blocks it as the clause says, and moves it on.
func (t *turn) settleGroup(g MatterID) {
	released := false
	for _, id := range t.groupOf(g) {
		if t.Matter(id).Status.Pending() {
			return // one of them took the whole, under a condition
		}
	}
	for _, id := range t.groupOf(g) {
		m := t.Matter(id)
		l := t.Lot(m.Lot)
		if m.Released || m.Status == Terminated || m.Status == Superseded || m.Question != nil || l.Status == Won || l.Status == Closed {
			continue
		}
		released = true
		if m.More().Wants > 0 && m.Status == Declined {
			t.free(id) // it had what it was to have
		} else {
			t.release(id)
		}
	}
	if !released && t.groupDone(g) { // else the last that was released moved it
		t.onward(t.Matter(g))
	}
}

// groupDone reports whether no holder of a group has anything left to be released of.
func (t *turn) groupDone(g MatterID) bool {
	for _, id := range t.groupOf(g) {
		m := t.Matter(id)
		if !m.Released && m.Status != Terminated {
			return false
		}
	}
	return true
}

// Bid is what one of several holders wants of a lot.
type Bid struct {
	Matter MatterID
	Want   int64
	Least  int64 // fewer than that, and it takes nothing
	Rank   int   // under by_rank: the lower is served first
	Weight int64 // its share; where all are 0, what each wants counts
	Own    int64 // that it has before the others, under a pro_rata clause
}

// Allocate says what each bid gets of a quantity, in the order of the bids. It is fair by its rule alone: it reads neither
// when a bid came nor who made it. See docs/spec/rights.md, section 4, and the filed tariff of SEMANTICS section 9.
func Allocate(rule agreement.Allocation, quantity int64, bids []Bid) []int64 {
	out := make([]int64, len(bids))
	if rule == agreement.ProRataCapped {
		return capped(quantity, bids)
	}
	ranks := []int{0}
	if rule == agreement.ByRank {
		ranks = ranks[:0]
		for _, b := range bids {
			ranks = append(ranks, b.Rank)
		}
		slices.Sort(ranks)
		ranks = slices.Compact(ranks)
	}
	for _, rank := range ranks {
		var in []int
		for i, b := range bids {
			if rule != agreement.ByRank || b.Rank == rank {
				in = append(in, i)
			}
		}
		for i, q := range shareOut(quantity, bids, in) {
			out[in[i]] = q
			quantity -= q
		}
	}
	return out
}

// capped gives each what it wants where there is enough, else the lesser of that and its share; what is left is shared among nobody.
func capped(quantity int64, bids []Bid) []int64 {
	out := make([]int64, len(bids))
	wanted := int64(0)
	for _, b := range bids {
		wanted += b.Want
	}
	for i, b := range bids {
		q := b.Want
		if wanted > quantity {
			q = min(q, mulDiv(quantity, b.Weight, 100_000))
		}
		if q >= b.Least {
			out[i] = q
		}
	}
	return out
}

// shareOut shares a quantity among some of the bids. A bid whose part is below its least is dropped, the one that misses it by
// most first, and the rest is run again.
func shareOut(quantity int64, bids []Bid, in []int) []int64 {
	dropped := make([]bool, len(in))
	for {
		got := proportional(quantity, bids, in, dropped)
		worst := -1
		for i, k := range in {
			if dropped[i] || got[i] >= bids[k].Least {
				continue
			}
			if worst < 0 || missesMore(got[i], bids[k].Least, got[worst], bids[in[worst]].Least) {
				worst = i
			}
		}
		if worst < 0 {
			return got
		}
		dropped[worst] = true
	}
}

// missesMore reports whether a of its least p is no better than b of q: the later of two equals is dropped.
func missesMore(a, p, b, q int64) bool { return mulCmp(a, q, b, p) <= 0 }

// proportional gives each first what is its own, then shares what is left by weight, never more than is wanted.
func proportional(quantity int64, bids []Bid, in []int, dropped []bool) []int64 {
	got := make([]int64, len(in))
	left := quantity
	for i, k := range in {
		if !dropped[i] {
			got[i] = min(bids[k].Want, bids[k].Own, left)
			left -= got[i]
		}
	}
	weight := func(i int) int64 {
		switch {
		case dropped[i] || got[i] >= bids[in[i]].Want:
			return 0
		case bids[in[i]].Weight == 0:
			return bids[in[i]].Want
		}
		return bids[in[i]].Weight
	}
	for left > 0 {
		given := fillRound(left, got, weight, func(i int) int64 { return bids[in[i]].Want })
		if given == 0 {
			return got
		}
		left -= given
	}
	return got
}

// fillRound gives one round: to each its proportion of what is left, at most what it wants; where nobody is filled by it, the
// rest that rounding left goes one by one to the largest remainders.
func fillRound(left int64, got []int64, weight func(int) int64, want func(int) int64) int64 {
	total := int64(0)
	for i := range got {
		total += weight(i)
	}
	if total == 0 {
		return 0
	}
	add, over := make([]int64, len(got)), make([]int64, len(got))
	given, capped := int64(0), false
	for i := range got {
		add[i], over[i] = mulDivRest(left, weight(i), total)
		if room := want(i) - got[i]; add[i] >= room && weight(i) > 0 {
			add[i], over[i], capped = room, -1, true
		}
		given += add[i]
	}
	if capped { // who has enough leaves the others more: give those alone, and share again
		given = 0
		for i := range got {
			if over[i] == -1 {
				got[i] += add[i]
				given += add[i]
			}
		}
		return given
	}
	order := make([]int, 0, len(got))
	for i := range got {
		got[i] += add[i]
		if over[i] > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(over[b], over[a]) })
	for _, i := range order {
		if given == left {
			break
		}
		got[i]++
		given++
	}
	return given
}

// mulDiv is a x b / c rounded down, through a product of twice the width.
func mulDiv(a, b, c int64) int64 {
	q, _ := mulDivRest(a, b, c)
	return q
}

func mulDivRest(a, b, c int64) (q, rest int64) {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	quo, rem := bits.Div64(hi, lo, uint64(c))
	return int64(quo), int64(rem)
}

// mulCmp compares a x b with c x d.
func mulCmp(a, b, c, d int64) int {
	h1, l1 := bits.Mul64(uint64(a), uint64(b))
	h2, l2 := bits.Mul64(uint64(c), uint64(d))
	return cmp.Or(cmp.Compare(h1, h2), cmp.Compare(l1, l2))
}
