package award

import (
	"fmt"
	"math/big"
	"slices"

	"firstlook/agreement"
	"firstlook/award/mix"
	"firstlook/money"
	"firstlook/party"
)

// describe writes an answer as a plan.
func (m *planner) describe(a *mix.Answer) *Plan {
	out := &Plan{At: m.Now, Copies: []Copy{}, Rules: []RuleUse{}, Method: Searched, GapMillions: a.Gap(), Throughput: m.PlanProblem.Throughput.Name}
	if a.Proven {
		out.Method = Proven
	}
	if m.PlanProblem.Egress != nil {
		out.Egress = m.PlanProblem.Egress.Name
	}
	work := make([]int64, len(m.lots))
	for i := range m.lots {
		l := &m.lots[i]
		out.Lots = append(out.Lots, LotPlan{Need: m.Lots[i].Need.ID, Line: m.Lots[i].Line, Quantity: l.quantity, Reference: l.reference, Period: l.line.Period,
			Picks: []PlanPick{}, Excluded: l.excluded})
	}
	var price, lost, moving int64
	charged := map[int32]bool{}
	for _, t := range a.Takes {
		pair, q := &m.pairs[t.Pair], &m.problem.Pairs[t.Pair]
		s, n := pair.source, pair.n*t.Units
		terms := &s.offer.Terms
		out.Lots[pair.lot].Picks = append(out.Lots[pair.lot].Picks, PlanPick{Offer: s.offer.ID, Provider: s.offer.Provider, Cloud: terms.Cloud, Region: terms.Region,
			Accelerators: n, Kind: string(terms.Accelerator), Price: m.amount(pair.price * t.Units), LostHours: m.amount(pair.lost * t.Units)})
		price, lost = price+pair.price*t.Units, lost+pair.lost*t.Units
		work[pair.lot] += n * s.num
		if c := q.Charge; c > 0 && !charged[c] {
			charged[c] = true
			moving += m.problem.Charges[c-1].Cost
			out.Copies = append(out.Copies, m.copies[c-1])
		}
	}
	var unserved int64
	for i := range m.lots {
		open := max(0, m.problem.Requests[i].Work-work[i])
		out.Lots[i].Uncovered = (open + m.lots[i].den - 1) / m.lots[i].den
		unserved += ratioUp(m.problem.Requests[i].Penalty, open, m.problem.Requests[i].Work)
	}
	out.Price, out.LostHours, out.Movement, out.Unserved = m.amount(price), m.amount(lost), m.amount(moving), m.amount(unserved)
	out.Shortfall = m.amount(a.Cost - price - lost - moving - unserved)
	out.Total, out.Bound = m.amount(a.Cost), m.amount(a.Bound)
	return out
}

// ratioUp returns amount x part / whole, rounded up.
func ratioUp(amount, part, whole int64) int64 {
	v := new(big.Int).Mul(big.NewInt(amount), big.NewInt(part))
	v.Add(v, big.NewInt(whole-1)).Div(v, big.NewInt(whole))
	return v.Int64()
}

// conflict names what cannot be kept together where all must be supplied.
func (m *planner) conflict(a *mix.Answer) (*Plan, error) {
	out := m.describe(a)
	out.Shortfall, out.Total, out.Bound, out.GapMillions, out.Method = m.amount(0), m.amount(0), m.amount(0), 0, Searched
	rules, _, found, err := mix.Conflict(&m.problem, m.Search)
	if err != nil {
		return nil, err
	}
	if found {
		out.Method = Proven
	}
	words := map[mix.RuleKind]string{mix.MustServe: "must be supplied", mix.KeepLimit: "limit", mix.LeastTake: "least quantity", mix.WholeTake: "package",
		mix.OneOfMany: "volume steps", mix.OfferHolds: "quantity of the offer"}
	for _, r := range rules {
		out.Conflict = append(out.Conflict, Conflict{words[r.Kind], r.Name})
	}
	return out, nil
}

// Reasons are found by planning anew without a rule or a provider, where the problem is small enough for that.
const (
	mostPairs   = 3000
	mostReplans = 60
)

// reasons fills in what the rules cost and the runners-up.
func (m *planner) reasons(out *Plan, a *mix.Answer) error {
	rights := m.rights()
	replan := len(m.pairs) <= mostPairs && len(m.lots)+len(rights)+len(m.problem.Commitments)+len(m.problem.Limits) <= mostReplans
	if replan && len(m.problem.Charges) > 0 {
		rule := RuleUse{Name: "the price of moving data", Used: grouped(out.Movement) + " paid"}
		free := func(p *mix.Problem) {
			p.Charges = slices.Clone(p.Charges)
			for i := range p.Charges {
				p.Charges[i].Cost, p.Charges[i].Uses = 0, nil
			}
		}
		if err := m.cost(out, a, &rule, true, mix.Price{}, free); err != nil {
			return err
		}
	}
	for k := range m.problem.Commitments {
		rule := RuleUse{Name: "commitment " + m.problem.Commitments[k].Name, Used: m.drawn(k, a)}
		if err := m.cost(out, a, &rule, replan, a.Commitments[k], func(p *mix.Problem) { p.Commitments[k].Amount = 0 }); err != nil {
			return err
		}
	}
	for k := range m.problem.Limits {
		l := m.problem.Limits[k]
		rule := RuleUse{Name: l.Name, Used: fmt.Sprintf("%s of %s", m.inUnits(l.Name, m.used(k, a)), m.inUnits(l.Name, l.Most))}
		if err := m.cost(out, a, &rule, replan, a.Limits[k], func(p *mix.Problem) { p.Limits[k].Most = 1 << 60 }); err != nil {
			return err
		}
	}
	if !replan {
		return nil
	}
	for _, ref := range rights {
		if err := m.costOfRight(out, a, ref); err != nil {
			return err
		}
	}
	for i := range out.Lots {
		if err := m.runnerUp(out, a, i); err != nil {
			return err
		}
	}
	return nil
}

// used returns what counts towards a limit, copies of data included.
func (m *planner) used(limit int, a *mix.Answer) (sum int64) {
	charged := map[int32]bool{}
	count := func(list []mix.Use, times int64) {
		for _, u := range list {
			if int(u.Of) == limit {
				sum += u.Amount * times
			}
		}
	}
	for _, t := range a.Takes {
		q := &m.problem.Pairs[t.Pair]
		count(q.Uses, t.Units)
		if q.Charge > 0 && !charged[q.Charge] {
			charged[q.Charge] = true
			count(m.problem.Charges[q.Charge-1].Uses, 1)
		}
	}
	return sum
}

// inUnits writes a figure of a limit in the unit that its name tells.
func (m *planner) inUnits(name string, n int64) string {
	kind := func(prefix string) bool { return len(name) >= len(prefix) && name[:len(prefix)] == prefix }
	switch {
	case kind("budget"):
		return grouped(m.amount(n))
	case kind("power"):
		return thousands(n) + " W"
	case kind("quota"):
		return thousands(n) + " accelerators"
	}
	return thousands(n) + " accelerator-hours"
}

func (m *planner) drawn(k int, a *mix.Answer) string {
	var spent int64
	for _, t := range a.Takes {
		for _, u := range m.problem.Pairs[t.Pair].Spends {
			if int(u.Of) == k {
				spent += u.Amount * t.Units
			}
		}
	}
	amount := m.problem.Commitments[k].Amount
	text := fmt.Sprintf("%s of %s drawn down", grouped(m.amount(spent)), grouped(m.amount(amount)))
	if spent < amount {
		text += fmt.Sprintf(", %s short", grouped(m.amount(amount-spent)))
	}
	return text
}

// cost plans without a rule and adds what it costs; or, where that is too much work, the price of the rule in the bound.
func (m *planner) cost(out *Plan, a *mix.Answer, rule *RuleUse, replan bool, price mix.Price, lift func(*mix.Problem)) error {
	rule.Cost = m.amount(0)
	if !replan {
		rule.Method = Multiplier
		rule.PerUnit = fmt.Sprintf("%s for one unit more", m.amount(price.Num>>price.Shift))
		out.Rules = append(out.Rules, *rule)
		return nil
	}
	p := m.problem
	p.Limits, p.Commitments = slices.Clone(p.Limits), slices.Clone(p.Commitments)
	lift(&p)
	b, err := mix.Solve(&p, m.quietly())
	if err != nil {
		return fmt.Errorf("without %s: %w", rule.Name, err)
	}
	m.compare(out, a, b, rule, m.pairs, &p)
	return nil
}

func (m *planner) quietly() mix.Options {
	o := m.Search
	o.Progress = nil
	return o
}

// compare notes by how much a plan without a rule is cheaper, and the lots that it awards otherwise.
func (m *planner) compare(out *Plan, a, b *mix.Answer, rule *RuleUse, pairs []planPair, p *mix.Problem) {
	rule.Method, rule.Cost = Searched, m.amount(max(0, a.Cost-b.Cost))
	if a.Proven && b.Proven {
		rule.Method = Proven
	}
	if a.Cost > b.Cost {
		was, is := m.holders(a, m.pairs), m.holders(b, pairs)
		for i := range out.Lots {
			if slices.Equal(was[i], is[i]) {
				continue
			}
			out.Lots[i].Because = append(out.Lots[i].Because, fmt.Sprintf("%s: without it %s", rule.Name, whom(is[i])))
		}
	}
	out.Rules = append(out.Rules, *rule)
}

func whom(providers []party.ID) string {
	if len(providers) == 0 {
		return "nobody would supply it"
	}
	return words(providers) + " would supply it"
}

// holders returns who supplies each lot, in the order of their ids.
func (m *planner) holders(a *mix.Answer, pairs []planPair) [][]party.ID {
	out := make([][]party.ID, len(m.lots))
	for _, t := range a.Takes {
		p := &pairs[t.Pair]
		if !slices.Contains(out[p.lot], p.provide) {
			out[p.lot] = append(out[p.lot], p.provide)
		}
	}
	for i := range out {
		slices.Sort(out[i])
	}
	return out
}

// rights lists the clauses that bar offers.
func (m *planner) rights() (out []agreement.Ref) {
	for _, o := range m.Offers {
		if bar, ok := m.Barred[OfferKey{o.Need, o.ID}]; ok && bar.Clause != (agreement.Ref{}) && !slices.Contains(out, bar.Clause) {
			out = append(out, bar.Clause)
		}
	}
	return out
}

// costOfRight plans as if a clause barred nobody.
func (m *planner) costOfRight(out *Plan, a *mix.Answer, ref agreement.Ref) error {
	free := *m.PlanProblem
	free.Barred = map[OfferKey]Bar{}
	for key, bar := range m.Barred {
		if bar.Clause != ref {
			free.Barred[key] = bar
		}
	}
	n, err := newPlanner(&free)
	if err != nil {
		return err
	}
	for i := range n.problem.Requests { // what stays open counts the same in both
		n.problem.Requests[i].Penalty = m.problem.Requests[i].Penalty
	}
	b, err := mix.Solve(&n.problem, m.quietly())
	if err != nil {
		return err
	}
	m.compare(out, a, b, &RuleUse{Name: "right " + ref.String()}, n.pairs, &n.problem)
	return nil
}

// runnerUp plans without the first provider of a lot.
func (m *planner) runnerUp(out *Plan, a *mix.Answer, i int) error {
	l := &out.Lots[i]
	if len(l.Picks) == 0 {
		return nil
	}
	without := l.Picks[0].Provider
	p := m.problem
	p.Pairs = nil
	var pairs []planPair
	for k := range m.problem.Pairs {
		if q := &m.pairs[k]; q.lot != i || q.provide != without {
			p.Pairs, pairs = append(p.Pairs, m.problem.Pairs[k]), append(pairs, *q)
		}
	}
	b, err := mix.Solve(&p, m.quietly())
	if err != nil {
		return err
	}
	r := &PlanRunnerUp{Without: without, Providers: m.holders(b, pairs)[i], Method: Searched, Difference: money.Micros(b.Cost-a.Cost, m.currency)}
	if a.Proven && b.Proven {
		r.Method = Proven
	}
	if len(r.Providers) == 0 {
		r.Difference = m.amount(0)
	}
	l.RunnerUp = r
	return nil
}
