package award

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
)

// Problem is what is to be chosen: a quantity of one line of a need, and the offers for it.
type Problem struct {
	Need     *capacity.Need
	Line     int
	Quantity int64          // of the lot, in the line's reference accelerator
	Offers   []*offer.Offer // for this line, in any order, each id once
	Barred   map[offer.ID]Bar
	// Providers says which security baselines a provider meets; an offer may promise more.
	Providers  []agreement.Provider
	Egress     *Egress // needed when the need has data sets
	Throughput capacity.Throughput
	Now        calendar.Instant
	Spent      money.Amount // landed cost of what is already awarded under the need; its budget is for the whole
	DrawnWatts int64        // nameplate power of the same
	// Sells turns the problem round: the owner of the need sells the lot, the offers are bids, and the choice is what pays
	// most. The need's budget is then a reserve.
	Sells bool
}

// Method is how a choice was found.
type Method string

const (
	Exact     Method = "exact"
	Heuristic Method = "heuristic"
)

// Comparison is the choice with everything that led to it. It is recorded with the award.
type Comparison struct {
	Need            capacity.NeedID      `json:"need"`
	Line            int                  `json:"line"`
	Quantity        int64                `json:"quantity"`  // of the lot
	Reference       capacity.Accelerator `json:"reference"` // in which the quantity counts
	Period          calendar.Span        `json:"period"`
	At              calendar.Instant     `json:"at"`
	Sells           bool                 `json:"sells,omitempty"` // the lot is sold and the offers are bids
	Picks           []Pick               `json:"picks"`           // largest first
	Total           money.Amount         `json:"total"`
	Uncovered       int64                `json:"uncovered"`           // in the reference accelerator
	RunnerUp        *RunnerUp            `json:"runner_up,omitempty"` // none where nothing else is lawful
	Method          Method               `json:"method"`
	Bound           money.Amount         `json:"bound,omitzero"` // heuristic only: no cover of the same quantity costs less, no sale pays more
	Ranked          []Landed             `json:"ranked"`         // cheapest per reference accelerator-hour first
	Excluded        []Exclusion          `json:"excluded"`       // by provider id, then offer id
	EgressTable     string               `json:"egress_table,omitempty"`
	ThroughputTable string               `json:"throughput_table,omitempty"`
}

// Pick is a chosen offer and how much of it is taken.
type Pick struct {
	Offer        offer.ID     `json:"offer"`
	Provider     party.ID     `json:"provider"`
	Accelerators int64        `json:"accelerators"` // of the offer's kind
	Equivalent   int64        `json:"equivalent"`   // in the line's reference, rounded down
	Price        money.Amount `json:"price"`
	Transfers    []Transfer   `json:"transfers,omitempty"` // none where an earlier pick already brings the data there
	Movement     money.Amount `json:"movement,omitzero"`
	Total        money.Amount `json:"total"`
}

// RunnerUp is the best choice without the provider of the first pick: what that provider is worth.
type RunnerUp struct {
	Without    party.ID     `json:"without"`
	Picks      []Pick       `json:"picks"`
	Total      money.Amount `json:"total"`
	Uncovered  int64        `json:"uncovered"`
	Difference money.Amount `json:"difference"` // its total less that of the choice; only like with like if both cover the same
}

// ExactOffers is the greatest number of usable offers for which every set is considered.
const ExactOffers = 12

// maxGB is a zettabyte: more than any cloud holds, and little enough that sums of sizes cannot overflow.
const maxGB = 1_000_000_000_000

// Compare ranks, excludes and chooses. The error is a fault in the problem itself (no such line, no positive
// quantity, an offer for another line, an id twice, a broken egress table); what is wrong with an offer is an [Exclusion].
func Compare(p Problem) (Comparison, error) {
	if err := p.check(); err != nil {
		return Comparison{}, err
	}
	c := newChooser(&p)
	out := Comparison{Need: p.Need.ID, Line: p.Line, Quantity: p.Quantity, Reference: c.reference, Period: c.line.Period, At: p.Now, Sells: p.Sells,
		Ranked: []Landed{}, Excluded: []Exclusion{}, ThroughputTable: p.Throughput.Name}
	if p.Egress != nil {
		out.EgressTable = p.Egress.Name
	}
	usable := make([]source, 0, len(p.Offers))
	for _, o := range p.Offers {
		s, excluded := c.examine(o)
		if excluded != nil {
			out.Excluded = append(out.Excluded, *excluded)
		} else {
			usable = append(usable, s)
		}
	}
	slices.SortFunc(out.Excluded, func(a, b Exclusion) int {
		return cmp.Or(strings.Compare(string(a.Provider), string(b.Provider)), strings.Compare(string(a.Offer), string(b.Offer)))
	})
	sources := make([]*source, len(usable))
	for i := range usable {
		sources[i] = &usable[i]
	}
	order := rank
	if p.Sells {
		order = sellerFirst
	}
	slices.SortFunc(sources, order)
	out.Ranked = make([]Landed, len(sources))
	for i, s := range sources {
		out.Ranked[i] = c.landed(s)
	}
	return out, c.decide(&out, sources)
}

// Examine holds one provider's terms alone against a quantity of a line: do they meet what the need requires, and what
// do they cost landed? It is for terms that answer a right. The budget is the buyer's own and does not count, nor does
// the line's least quantity. P.Offers is not read.
func Examine(p *Problem, o *offer.Offer) (Landed, *Exclusion) {
	c := newChooser(p)
	c.least, c.budget, c.reserve = p.Quantity, noLimit, money.Amount{}
	s, excluded := c.examine(o)
	if excluded != nil {
		return Landed{}, excluded
	}
	return c.landed(&s), nil
}

// decide fills in the choice and its runner-up.
func (c *chooser) decide(out *Comparison, sources []*source) (err error) {
	best, exact := c.choose(sources)
	if out.Picks, out.Total, err = c.settle(best); err != nil {
		return err
	}
	out.Uncovered, out.Method = max(0, c.quantity-best.covered), Exact
	if !exact {
		out.Method = Heuristic
		if c.problem.Sells {
			out.Bound = c.amount(max(c.ceiling(sources), best.cost))
		} else {
			out.Bound = c.amount(min(c.bound(sources, min(best.covered, c.quantity)), best.cost))
		}
	}
	if len(out.Picks) == 0 {
		return nil
	}
	without := out.Picks[0].Provider
	others := slices.DeleteFunc(slices.Clone(sources), func(s *source) bool { return s.offer.Provider == without })
	second, _ := c.choose(others)
	if len(second.takes) == 0 {
		return nil
	}
	r := &RunnerUp{Without: without, Uncovered: max(0, c.quantity-second.covered)}
	if r.Picks, r.Total, err = c.settle(second); err != nil {
		return err
	}
	r.Difference, err = r.Total.Sub(out.Total)
	out.RunnerUp = r
	return err
}

// settle writes a mix as picks with their sum.
func (c *chooser) settle(m cover) (picks []Pick, total money.Amount, err error) {
	if picks, err = c.picks(m); err != nil {
		return nil, total, err
	}
	total = c.amount(0)
	for _, p := range picks {
		if total, err = total.Add(p.Total); err != nil {
			return nil, total, err
		}
	}
	return picks, total, nil
}

// check reports what makes the problem unanswerable.
func (p *Problem) check() error {
	if p.Need == nil || p.Line < 0 || p.Line >= len(p.Need.Lines) || len(p.Need.Lines[p.Line].Accelerators) == 0 {
		return fmt.Errorf("line %d: the need has no such line, or the line no accelerator", p.Line)
	}
	if p.Quantity <= 0 || p.Quantity > capacity.MaxQuantity {
		return fmt.Errorf("a lot of %d accelerators: use 1 to %d", p.Quantity, int64(capacity.MaxQuantity))
	}
	if span := p.Need.Lines[p.Line].Period; !span.From.IsSet() || span.Until <= span.From {
		return fmt.Errorf("the line's period %s has no length", span)
	}
	for _, d := range p.Need.DataSets {
		if d.GB < 0 || d.GB > maxGB {
			return fmt.Errorf("data set %s has %d GB: use 0 to %d", d.Name, d.GB, int64(maxGB))
		}
	}
	if c := p.Spent.Currency(); c != "" && p.Need.Budget.Currency() != "" && c != p.Need.Budget.Currency() {
		return fmt.Errorf("%w: spent in %s, the budget is in %s", money.ErrCurrency, c, p.Need.Budget.Currency())
	}
	seen := make(map[offer.ID]bool, len(p.Offers))
	for _, o := range p.Offers {
		if o.Need != p.Need.ID || o.Line != p.Line {
			return fmt.Errorf("offer %s answers line %d of need %q, not line %d of %q", o.ID, o.Line, o.Need, p.Line, p.Need.ID)
		}
		if seen[o.ID] {
			return fmt.Errorf("offer %s is given twice", o.ID)
		}
		seen[o.ID] = true
	}
	if p.Egress != nil {
		return p.Egress.Check()
	}
	return nil
}
