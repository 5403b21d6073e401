package lawcheck

import (
	"fmt"
	"math/big"
	"slices"

	"firstlook/agreement"
	"firstlook/capacity"
	"firstlook/right"
)

// groupOf lists the matters that run side by side.
func (c *Checker) groupOf(id right.MatterID) []*matter {
	var out []*matter
	for _, m := range c.matters {
		if id != 0 && m.group == id {
			out = append(out, m)
		}
	}
	return out
}

// subscribed reads what a holder wants of a lot that several may share: its own word, on terms as an exercise has them.
func (c *Checker) subscribed(f *right.Subscribed) {
	m := c.matterOf(f.Matter)
	if m == nil {
		return
	}
	c.spokenFor(m)
	if m.group == 0 {
		c.broken(I8, m.spot(), "subscribed", "an exercise", "%s runs alone and shares nothing", m.id)
	}
	if f.Quantity < 1 || f.Quantity > m.quantity || f.Least < 0 || f.Least > f.Quantity {
		c.broken(I8, m.spot(), fmt.Sprintf("%d, least %d", f.Quantity, f.Least), "1 to "+number(m.quantity), "the holder of %s wants what it may not have", m.id)
	}
	least := int64(0)
	if m.loose {
		least = m.answer.Least
	}
	if p := m.clause.Process.Partial; p.Given && p.Value == agreement.WholeOnly {
		least = f.Quantity
	}
	if m.loose && m.answer.Kind == right.Exercise && (m.answer.Quantity != 0 && m.answer.Quantity != f.Quantity || f.Least != least) {
		c.broken(I8, m.spot(), fmt.Sprintf("%d, least %d", f.Quantity, f.Least), fmt.Sprintf("%d, least %d", m.answer.Quantity, least), "what the holder of %s wants is not what it said", m.id)
	}
	c.claimed(m, &f.Terms)
	m.wants, m.phase, m.loose, m.question, m.running = f, right.Bidden, false, nil, c.event.At
}

// allocated is I8: a lot is allocated when nobody of its group may answer any more, to those who want something of it, and to
// each what the clause gives, whoever came first.
func (c *Checker) allocated(f *right.Allocated) {
	group := c.groupOf(f.Group)
	if len(group) == 0 {
		c.broken(I10, place{matter: f.Group}, f.Group.String(), "a group of matters", "what is allocated is no group's")
		return
	}
	first := group[0]
	at := first.spot()
	var want []*matter
	for _, m := range group {
		switch {
		case m.shared:
			c.broken(I9, at, "allocated", "one allocation", "%s is allocated a second time", first.id)
			return
		case m.phase == right.Bidden:
			want = append(want, m)
		case m.phase.Pending():
			c.broken(I1, m.spot(), "allocated", m.id.String()+" to end first", "the lot is allocated while %s of %s is %s", m.id, m.holder, m.phase)
		}
	}
	rule := first.clause.Process.Allocation
	for _, m := range group {
		if m.clause.Process.Allocation.Given { // determined in the matter that was asked
			rule = m.clause.Process.Allocation
		}
	}
	if first.clause.Kind == agreement.ProRata {
		rule = agreement.Given(agreement.ProRataByShare)
	}
	if rule.Given && f.Rule != rule.Value {
		c.broken(I8, at, string(f.Rule), string(rule.Value), "%s is allocated by another rule than %s has", first.id, first.clause.Ref)
	}
	c.fair(f, want, rule)
	for _, m := range group {
		m.shared = true
	}
	if l := c.lots[first.lot-1]; l.stands == held {
		l.stands = nowhere
	}
}

// fair holds an allocation against the one that the clause gives, computed here anew.
func (c *Checker) fair(f *right.Allocated, want []*matter, rule agreement.Param[agreement.Allocation]) {
	at := place{matter: f.Group}
	takes := make([]take, len(want))
	total, wanted := int64(0), int64(0)
	for i, m := range want {
		takes[i] = c.takeOf(m)
		wanted += takes[i].want
		total = c.lots[m.lot-1].quantity
	}
	if own, shares := c.owned(f.Group); shares {
		total = min(total, own)
	}
	if !rule.Given && wanted > total {
		c.broken(I8, at, "allocated", "a question to a person", "holders want more than there is, and the clause does not say how it is shared")
		return
	}
	due := share(rule.Value, total, takes)
	for i, m := range want {
		j := slices.IndexFunc(f.Shares, func(s right.Allotment) bool { return s.Matter == m.id })
		if j < 0 {
			c.broken(I8, m.spot(), "nothing", number(due[i]), "the allocation leaves %s out", m.id)
			continue
		}
		if got := f.Shares[j]; got.Wanted != takes[i].want || got.Quantity != due[i] {
			c.broken(I8, m.spot(), fmt.Sprintf("%d of %d", got.Quantity, got.Wanted), fmt.Sprintf("%d of %d", due[i], takes[i].want), "%s is allocated another part than its clause gives", m.id)
		}
		m.allotted = f.Shares[j].Quantity
	}
	if len(f.Shares) != len(want) {
		c.broken(I8, at, number(int64(len(f.Shares)))+" shares", number(int64(len(want))), "somebody is allocated a part who wants none")
	}
}

// owned is what the holders of a group under a pro_rata clause are entitled to together; shares says whether it is such a clause.
func (c *Checker) owned(group right.MatterID) (sum int64, shares bool) {
	members := c.groupOf(group)
	first := members[0]
	if first.clause.Kind != agreement.ProRata {
		return 0, false
	}
	for _, h := range first.clause.Holds() {
		i := slices.IndexFunc(members, func(m *matter) bool { return m.owner == h.Holder })
		switch {
		case i >= 0:
			sum += c.entitled(members[i])
		case !h.Open: // it was released of the lot before
			sum += part(c.lots[first.lot-1].quantity, h.Share)
		}
	}
	return sum, true
}

// entitled is a holder's own part of the lot: by its share, or the one that was determined.
func (c *Checker) entitled(m *matter) int64 {
	h, _ := m.clause.Holding(m.owner)
	if p := m.clause.Process.Share; p.Given {
		h.Share = p.Value
	}
	return part(c.lots[m.lot-1].quantity, h.Share)
}

// take is what one holder wants, with what the clause says of it.
type take struct {
	want, least, own int64
	rank             int
	weight           int64
}

func (c *Checker) takeOf(m *matter) take {
	h, _ := m.clause.Holding(m.owner)
	t := take{want: m.wants.Quantity, least: m.wants.Least, rank: h.Rank, weight: int64(h.Share)}
	if m.clause.Kind == agreement.ProRata {
		t.own = c.entitled(m)
	}
	return t
}

// part is a share of a quantity, in whole accelerators, rounded down; all of it where no share is stated.
func part(quantity int64, share capacity.Percent) int64 {
	if share == 0 {
		return quantity
	}
	out := new(big.Int).Mul(big.NewInt(quantity), big.NewInt(int64(share)))
	return out.Div(out, big.NewInt(100_000)).Int64()
}

// pool is what the holders of a pro rata clause may take together.
func pool(quantity int64, clause *agreement.Clause) int64 {
	sum := int64(0)
	for _, h := range clause.Holds() {
		sum += part(quantity, h.Share)
	}
	return min(sum, quantity)
}

// shareless reports whether what a holder may take of so few accelerators comes to none: its share does, or the shares of all do.
func shareless(quantity int64, e *engagement) bool {
	h, _ := e.clause.Holding(e.Holder)
	if h.Open {
		return false
	}
	if over := e.clause.Process.Oversubscription; over.Given && over.Value == agreement.NoOverAllotment {
		return part(quantity, h.Share) == 0
	}
	return pool(quantity, e.clause) == 0
}

// share is the rule of docs/spec/rights.md, section 4, in the plainest form: ranks in order where the rule has ranks; within a
// rank pro rata; who gets less than its least is out, the one that misses it most first, and the rest is shared again.
func share(rule agreement.Allocation, total int64, takes []take) []int64 {
	got := make([]int64, len(takes))
	if rule == agreement.ProRataCapped {
		return capped(total, takes)
	}
	ranks := map[int][]int{}
	var order []int
	for i, t := range takes {
		rank := t.rank
		if rule != agreement.ByRank {
			rank = 0
		}
		if ranks[rank] == nil {
			order = append(order, rank)
		}
		ranks[rank] = append(ranks[rank], i)
	}
	slices.Sort(order)
	for _, rank := range order {
		in := ranks[rank]
		for {
			parts := proRata(total, takes, in)
			out := -1
			for _, i := range in {
				if parts[i] < takes[i].least && (out < 0 || missed(parts[i], takes[i].least).Cmp(missed(parts[out], takes[out].least)) >= 0) {
					out = i
				}
			}
			if out < 0 {
				for i, n := range parts {
					got[i] = n
					total -= n
				}
				break
			}
			in = slices.DeleteFunc(slices.Clone(in), func(i int) bool { return i == out })
		}
	}
	return got
}

// capped gives each what it wants where there is enough, else no more than its share; nothing of the rest is shared.
func capped(total int64, takes []take) []int64 {
	got, wanted := make([]int64, len(takes)), int64(0)
	for _, t := range takes {
		wanted += t.want
	}
	for i, t := range takes {
		n := t.want
		if wanted > total {
			n = min(n, part(total, max(capacity.Percent(t.weight), 0)))
			if t.weight == 0 {
				n = 0
			}
		}
		if n >= t.least {
			got[i] = n
		}
	}
	return got
}

// missed is by what part of its least a holder falls short of it.
func missed(got, least int64) *big.Rat { return big.NewRat(least-got, least) }

// proRata gives each its own first, then shares the rest by weight, or by what is wanted where nobody has one.
func proRata(total int64, takes []take, in []int) map[int]int64 {
	got := map[int]int64{}
	for _, i := range in {
		got[i] = min(takes[i].want, takes[i].own, total)
		total -= got[i]
	}
	for total > 0 {
		open := slices.DeleteFunc(slices.Clone(in), func(i int) bool { return got[i] >= takes[i].want })
		weights := new(big.Rat)
		for _, i := range open {
			weights.Add(weights, takes[i].size())
		}
		if len(open) == 0 {
			return got
		}
		exact, full := map[int]*big.Rat{}, false
		for _, i := range open {
			exact[i] = new(big.Rat).Mul(big.NewRat(total, 1), new(big.Rat).Quo(takes[i].size(), weights))
			full = full || exact[i].Cmp(big.NewRat(takes[i].want-got[i], 1)) >= 0
		}
		if full { // who is filled leaves the others more
			before := total
			for _, i := range open {
				if room := takes[i].want - got[i]; exact[i].Cmp(big.NewRat(room, 1)) >= 0 && before > 0 {
					got[i] += room
					total -= room
				}
			}
			continue
		}
		return rounded(total, exact, open, got)
	}
	return got
}

// size is what a holder counts for among others.
func (t take) size() *big.Rat {
	if t.weight == 0 {
		return big.NewRat(t.want, 1)
	}
	return big.NewRat(t.weight, 1)
}

// rounded gives whole accelerators: each its part rounded down, and what is left one by one to the largest remainders.
func rounded(total int64, exact map[int]*big.Rat, open []int, got map[int]int64) map[int]int64 {
	rest := map[int]*big.Rat{}
	for _, i := range open {
		whole := new(big.Int).Quo(exact[i].Num(), exact[i].Denom())
		rest[i] = new(big.Rat).Sub(exact[i], new(big.Rat).SetInt(whole))
		got[i] += whole.Int64()
		total -= whole.Int64()
	}
	order := slices.Clone(open)
	slices.SortStableFunc(order, func(a, b int) int { return rest[b].Cmp(rest[a]) })
	for _, i := range order {
		if total == 0 {
			break
		}
		got[i]++
		total--
	}
	return got
}
