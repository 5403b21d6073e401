package mix

import "slices"

// Rule is one requirement of a problem.
type Rule struct {
	Kind  RuleKind
	Index int // in the list of its kind
	Name  string
}

// RuleKind says which list of a problem a rule stands in.
type RuleKind string

const (
	MustServe  RuleKind = "must"    // a request that may not stay open
	KeepLimit  RuleKind = "limit"   // a limit
	LeastTake  RuleKind = "least"   // an offer's least quantity in all
	WholeTake  RuleKind = "package" // offers that are taken whole or not at all
	OneOfMany  RuleKind = "rivals"  // offers of which at most one is taken
	OfferHolds RuleKind = "offer"   // an offer's capacity
)

// Conflict returns rules of a problem that cannot be kept together, none of which can be left out: without any one of them
// the rest can be kept. It is empty where a lawful choice exists. Irreducible is false where the work did not suffice to prove
// for each rule that it is needed; the rules then still conflict. Found is false where no conflict could be proven.
//
// One rule after another is dropped; it stays out if the rest still conflict. Requests are tried last, so that what is
// named is rather who cannot be served than what stands in the way.
func Conflict(p *Problem, o Options) (rules []Rule, irreducible, found bool, err error) {
	if err := p.Validate(); err != nil {
		return nil, false, false, err
	}
	o.Gap = 0
	all := p.ruleList()
	clash, sure, err := clashes(p, all, o)
	if err != nil || !clash {
		return nil, false, sure && clash, err
	}
	irreducible = true
	for k := 0; k < len(all); {
		without := slices.Delete(slices.Clone(all), k, k+1)
		clash, sure, err := clashes(p, without, o)
		switch {
		case err != nil:
			return nil, false, false, err
		case clash:
			all = without
		default:
			irreducible = irreducible && sure
			k++
		}
	}
	return all, irreducible, true, nil
}

func (p *Problem) ruleList() (all []Rule) {
	for i := range p.Rivals {
		all = append(all, Rule{OneOfMany, i, p.groupName(p.Rivals[i])})
	}
	for i := range p.Packages {
		all = append(all, Rule{WholeTake, i, p.groupName(p.Packages[i])})
	}
	for i := range p.Offers {
		if p.Offers[i].Least > 0 {
			all = append(all, Rule{LeastTake, i, p.Offers[i].Name})
		}
	}
	for i := range p.Offers {
		all = append(all, Rule{OfferHolds, i, p.Offers[i].Name})
	}
	for i := range p.Limits {
		all = append(all, Rule{KeepLimit, i, p.Limits[i].Name})
	}
	for i := range p.Requests {
		if p.Requests[i].Must {
			all = append(all, Rule{MustServe, i, p.Requests[i].Name})
		}
	}
	return all
}

func (p *Problem) groupName(offers []int32) (name string) {
	for i, o := range offers {
		if i > 0 {
			name += ", "
		}
		name += p.Offers[o].Name
	}
	return name
}

// clashes reports whether rules cannot be kept together, and whether the answer is proven.
func clashes(p *Problem, rules []Rule, o Options) (clash, sure bool, err error) {
	a, err := Solve(p.under(rules), o)
	if err != nil {
		return false, false, err
	}
	if len(a.Open) == 0 {
		return false, true, nil
	}
	return a.None, a.None, nil
}

// under returns the problem in which only some rules hold and nothing costs anything.
func (p *Problem) under(rules []Rule) *Problem {
	out := &Problem{Requests: slices.Clone(p.Requests), Offers: slices.Clone(p.Offers), Pairs: slices.Clone(p.Pairs), Limits: slices.Clone(p.Limits)}
	held := map[RuleKind]map[int]bool{}
	for _, r := range rules {
		if held[r.Kind] == nil {
			held[r.Kind] = map[int]bool{}
		}
		held[r.Kind][r.Index] = true
	}
	drawn, used := make([]int64, len(p.Offers)), make([]int64, len(p.Limits))
	for i := range out.Pairs {
		q := &out.Pairs[i]
		q.Cost, q.Spends = 0, nil
		drawn[q.Offer] += q.Draw * q.Most
		for _, u := range q.Uses {
			used[u.Of] += u.Amount * q.Most
		}
	}
	for i := range p.Charges { // what it counts towards a limit stays
		for _, u := range p.Charges[i].Uses {
			used[u.Of] += u.Amount
		}
		out.Charges = append(out.Charges, Charge{p.Charges[i].Name, 0, p.Charges[i].Uses})
	}
	for i := range out.Requests {
		out.Requests[i].Penalty = 0
		out.Requests[i].Must = held[MustServe][i]
	}
	for i := range out.Offers {
		out.Offers[i].Charge = 0
		if !held[LeastTake][i] {
			out.Offers[i].Least = 0
		}
		if !held[OfferHolds][i] {
			out.Offers[i].Capacity = max(drawn[i], out.Offers[i].Capacity)
		}
	}
	for i := range out.Limits {
		if !held[KeepLimit][i] {
			out.Limits[i].Most = max(used[i], out.Limits[i].Most)
		}
	}
	for i := range p.Packages {
		if held[WholeTake][i] {
			out.Packages = append(out.Packages, p.Packages[i])
		}
	}
	for i := range p.Rivals {
		if held[OneOfMany][i] {
			out.Rivals = append(out.Rivals, p.Rivals[i])
		}
	}
	return out
}
