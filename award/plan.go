package award

import (
	"fmt"

	"firstlook/agreement"
	"firstlook/award/mix"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
)

// Lot is a quantity of one line of a need that is to be awarded. What engaged rights hold, match or have fixed already is
// not in it.
type Lot struct {
	Need       *capacity.Need
	Line       int
	Quantity   int64        // in the line's reference accelerator
	Spent      money.Amount // landed cost of what is already awarded under the need; the same for each lot of a need
	DrawnWatts int64        // nameplate power of the same
}

// OfferKey names an offer among those for several needs.
type OfferKey struct {
	Need  capacity.NeedID `json:"need"`
	Offer offer.ID        `json:"offer"`
}

// Commitment is spend that an agreement promises, as far as it is not drawn down. Awards to its holder for lines in its
// scope count towards it with the price of the part of their period that lies in Over.
type Commitment struct {
	Clause agreement.Ref
	Holder party.ID
	Left   money.Amount
	Scope  agreement.Scope
	Over   calendar.Span
}

// Commitments returns the commitments of a book that are in force at an instant, whole; what is drawn down already is the
// caller's to subtract.
func Commitments(b *agreement.Book, at calendar.Instant) []Commitment {
	var out []Commitment
	for _, c := range b.InForce(at) {
		if _, ended := b.Ended(c, at); c.Kind == agreement.Commitment && !ended {
			out = append(out, Commitment{c.Ref, c.Holder, c.Money.Amount, c.Scope, c.Money.Over})
		}
	}
	return out
}

// Concentration is the greatest share of all accelerator-hours of the plan, asked for and counted in each line's reference, that
// one provider may have.
type Concentration struct {
	Provider party.ID // every provider, each alone, where it is empty
	Share    capacity.Percent
}

// Quota is how many accelerators a region of a cloud may run for the plan. Lots count over their whole period and beside each
// other, also where they follow each other.
type Quota struct {
	Cloud  capacity.Cloud
	Region capacity.Region // empty for all regions of the cloud together
	Most   int64
}

// place names what the quota is of.
func (q Quota) place() string {
	if q.Region == "" {
		return string(q.Cloud) + " (all regions)"
	}
	return placeName(q.Cloud, q.Region)
}

// PlanProblem is what is to be planned: lots of any needs, the firm offers for them, and what binds them together.
type PlanProblem struct {
	Lots           []Lot
	Offers         []*offer.Offer // for lines of the lots; other offers are an error
	Barred         map[OfferKey]Bar
	Providers      []agreement.Provider
	Egress         *Egress
	Throughput     capacity.Throughput
	Now            calendar.Instant
	Commitments    []Commitment
	Concentrations []Concentration
	Quotas         []Quota
	Packages       [][]OfferKey // taken whole or not at all
	Steps          [][]OfferKey // volume steps of one price list: at most one of each is taken
	// LostHour is what an hour costs that a reference accelerator is down, as its service level allows; zero for nothing.
	LostHour money.Rate
	// Unserved is what a reference accelerator-hour costs that nobody supplies. Zero stands for more than any offer asks.
	Unserved money.Rate
	Must     bool  // all must be supplied; where that cannot be, the conflict is named
	Mbps     int64 // at which data are copied, in megabits a second; 0 where it is not known
	Search   mix.Options
}

// PlanMethod says how a figure of a plan was found.
type PlanMethod string

const (
	Proven     PlanMethod = "proven"     // no choice is better
	Searched   PlanMethod = "searched"   // by a search that left a gap
	Multiplier PlanMethod = "multiplier" // by the price of the limit in the bound
)

// Plan is the choice for all lots with its reasons.
type Plan struct {
	At          calendar.Instant `json:"at"`
	Lots        []LotPlan        `json:"lots"`
	Copies      []Copy           `json:"copies"`
	Rules       []RuleUse        `json:"rules"` // commitments, limits and rights, with what each costs
	Price       money.Amount     `json:"price"`
	LostHours   money.Amount     `json:"lost_hours,omitzero"`
	Movement    money.Amount     `json:"movement,omitzero"`
	Shortfall   money.Amount     `json:"shortfall,omitzero"`
	Unserved    money.Amount     `json:"unserved,omitzero"` // what open quantities count as; no money is paid
	Total       money.Amount     `json:"total"`             // of all the above
	Bound       money.Amount     `json:"bound"`             // no lawful choice has a lower total
	GapMillions int64            `json:"gap_ppm"`
	Method      PlanMethod       `json:"method"`
	Conflict    []Conflict       `json:"conflict,omitempty"` // where all must be supplied and cannot be
	Egress      string           `json:"egress_table,omitempty"`
	Throughput  string           `json:"throughput_table,omitempty"`
}

// LotPlan is what one lot gets.
type LotPlan struct {
	Need      capacity.NeedID      `json:"need"`
	Line      int                  `json:"line"` // from 0, as in the need
	Quantity  int64                `json:"quantity"`
	Reference capacity.Accelerator `json:"reference"`
	Period    calendar.Span        `json:"period"`
	Picks     []PlanPick           `json:"picks"`
	Uncovered int64                `json:"uncovered,omitempty"`
	Because   []string             `json:"because,omitempty"`   // rules without which the lot would be awarded otherwise
	RunnerUp  *PlanRunnerUp        `json:"runner_up,omitempty"` // the whole plan without the lot's first provider here
	Excluded  []Exclusion          `json:"excluded,omitempty"`
}

// PlanPick is an award of the plan.
type PlanPick struct {
	Offer        offer.ID        `json:"offer"`
	Provider     party.ID        `json:"provider"`
	Cloud        capacity.Cloud  `json:"cloud,omitempty"`
	Region       capacity.Region `json:"region,omitempty"`
	Accelerators int64           `json:"accelerators"`
	Kind         string          `json:"accelerator"`
	Price        money.Amount    `json:"price"`
	LostHours    money.Amount    `json:"lost_hours,omitzero"`
}

// PlanRunnerUp is the best plan in which a lot does not go to its first provider.
type PlanRunnerUp struct {
	Without    party.ID     `json:"without"`
	Providers  []party.ID   `json:"providers"`  // that the lot goes to then; none where nobody else can
	Difference money.Amount `json:"difference"` // of the plans' totals
	Method     PlanMethod   `json:"method"`
}

// Copy is a movement of data to one place of a need: once, for all its lots there.
type Copy struct {
	Need      capacity.NeedID `json:"need"`
	To        string          `json:"to"`
	Transfers []Transfer      `json:"transfers"` // one per data set; those that stay where they are cost nothing
	Amount    money.Amount    `json:"amount"`
	Seconds   int64           `json:"seconds,omitempty"` // at the stated bandwidth
}

// RuleUse is a commitment, a limit or a right with what it is used for and what it costs.
type RuleUse struct {
	Name string       `json:"name"`
	Used string       `json:"used,omitempty"` // in words
	Cost money.Amount `json:"cost"`           // by how much the plan would be cheaper without it
	// PerUnit is the price of one unit more, where the method is the multiplier.
	PerUnit string     `json:"per_unit,omitempty"`
	Method  PlanMethod `json:"method"`
}

// Conflict is one of a smallest set of requirements that cannot be kept together.
type Conflict struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

// MakePlan chooses for all lots at once. The error is a fault of the problem; what cannot be supplied is said in the plan.
// Prices are counted for one accelerator over the whole period, rounded up to a micro-unit, times their number. A copy of data is
// priced alone in its month.
func MakePlan(p *PlanProblem) (*Plan, error) {
	m, err := newPlanner(p)
	if err != nil {
		return nil, err
	}
	answer, err := mix.Solve(&m.problem, p.Search)
	if err != nil {
		return nil, fmt.Errorf("the plan: %w", err)
	}
	if len(answer.Open) > 0 {
		return m.conflict(answer)
	}
	out := m.describe(answer)
	return out, m.reasons(out, answer)
}
