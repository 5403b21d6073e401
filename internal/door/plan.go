package door

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"firstlook/agreement"
	"firstlook/award"
	"firstlook/award/mix"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/strict"
	"firstlook/money"
	"firstlook/need"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// File is a file as it was given: what was signed is what is read. By the ending of its name it is YAML or JSON.
type File struct {
	File string `json:"file"`
	Text string `json:"text"`
}

// Unfit says that a part of a request cannot be taken. Its error may end with "; " and what to do.
type Unfit struct {
	Key string // of the request; underscores stand where a flag has hyphens. Empty for the whole
	Err error
}

// Error names the key.
func (u *Unfit) Error() string {
	if u.Key == "" {
		return u.Err.Error()
	}
	return u.Key + ": " + u.Err.Error()
}

// Unwrap returns what is wrong with it.
func (u *Unfit) Unwrap() error { return u.Err }

func unfit(key, format string, args ...any) error { return &Unfit{key, fmt.Errorf(format, args...)} }

// PlanRequest asks for the cheapest lawful mix for needs that need not be recorded.
type PlanRequest struct {
	Needs     []File   `json:"needs"`               // each a need with an id, by which offers name it
	Offers    File     `json:"offers"`              // firm offers; schema/offers.schema.json
	Released  []string `json:"released,omitempty"`  // plan as if the holder of AGREEMENT/CLAUSE had released it
	AtMost    []string `json:"at_most,omitempty"`   // greatest share of accelerator-hours with one provider, in percent: 40, or PROVIDER=40
	Quota     []string `json:"quota,omitempty"`     // most accelerators in a region of a cloud, or in all of them: CLOUD/REGION=N, CLOUD=N
	LostHour  string   `json:"lost_hour,omitempty"` // what an hour costs that an accelerator is down: 3.00 USD
	OpenHour  string   `json:"open_hour,omitempty"` // what an accelerator-hour costs that nobody supplies; more than any offer where left out
	Must      bool     `json:"must,omitempty"`      // everything must be supplied
	Bandwidth int64    `json:"bandwidth,omitempty"` // at which data are copied, in megabits a second
	Seed      uint64   `json:"seed,omitempty"`      // of the search
	Work      int64    `json:"work,omitempty"`      // bound of the search's effort; a million for each line where left out

	Progress func(mix.Progress) `json:"-"` // told now and then, where the plan is made here
}

// PlanPage is a plan with what it rests on.
type PlanPage struct {
	award.Plan
	Assumed []agreement.Ref `json:"assumed_released"` // rights that the plan takes as released
	Matches []agreement.Ref `json:"may_match"`        // rights whose holders may match what is chosen
}

// The most that one plan takes, so that it ends in seconds.
const (
	maxPlanLots   = 2_000
	maxPlanOffers = 20_000
)

// planOffer is an offer as an offers file states it.
type planOffer struct {
	offer.Offer
	line int // from 1
}

type planFile struct {
	offers []planOffer
	steps  [][]string
}

var planOfferForm = strict.Object("offer", "A firm offer for a line of a need.",
	strict.Key("id", "Name of the offer within its need.", strict.ID[offer.ID](), func(o *planOffer) *offer.ID { return &o.ID }).Required(),
	strict.Key("need", "Need that it is for.", strict.ID[capacity.NeedID](), func(o *planOffer) *capacity.NeedID { return &o.Need }).Required(),
	strict.Key("provider", "Who offers.", strict.ID[party.ID](), func(o *planOffer) *party.ID { return &o.Provider }).Required(),
	strict.Key("line", "Line of the need, from 1.", strict.Integer[int](1, 1000), func(o *planOffer) *int { return &o.line }),
	strict.Key("terms", "Terms in their text form: H100 x64 2026-06-01..2026-09-01 @ 2.10 USD/gpu-h in oci/us-chicago-1 country US.", strict.Map(strict.Text(), offer.ParseTerms),
		func(o *planOffer) *offer.Terms { return &o.Terms }).Required(),
	strict.Key("valid_until", "Until when the offer is firm.", strict.Instant(), func(o *planOffer) *calendar.Instant { return &o.ValidUntil }).Required(),
	strict.Key("security", "Security baselines promised for this offer.", strict.Distinct(strict.ID[string]()), func(o *planOffer) *[]string { return &o.Security }),
	strict.Key("package", "Joins it to the provider's others of the same need and package: all or nothing together.", strict.ID[string](), func(o *planOffer) *string { return &o.Package }),
)

var planFileForm = strict.Object("offers", "Firm offers for a plan.",
	strict.Key("offers", "The offers.", strict.List(planOfferForm), func(f *planFile) *[]planOffer { return &f.offers }).Required(),
	strict.Key("volume_steps", "Lists of offers, as NEED/OFFER, of which at most one is taken.", strict.List(strict.Distinct(strict.Text())), func(f *planFile) *[][]string { return &f.steps }),
)

// OffersSchema returns the published JSON Schema of the offers files of a plan.
func OffersSchema() ([]byte, error) {
	return strict.Document("urn:firstlook:schema:offers", "Firstlook offers", planFileForm.Schema())
}

// MakePlan plans under a law, which may be nil for none. It ends early, with what it has found, when the context does.
func MakePlan(ctx context.Context, q *PlanRequest, law *right.Law, tables desk.Tables, now calendar.Instant) (*PlanPage, error) {
	p := &award.PlanProblem{Throughput: tables.Throughput, Egress: &tables.Egress, Now: now, Barred: map[award.OfferKey]award.Bar{}}
	for _, read := range []func(*award.PlanProblem) error{q.readNeeds, q.readOffers, q.readLimits} {
		if err := read(p); err != nil {
			return nil, err
		}
	}
	out := &PlanPage{Assumed: []agreement.Ref{}, Matches: []agreement.Ref{}}
	if law != nil {
		if err := q.bind(p, law, out); err != nil {
			return nil, err
		}
	}
	p.Search.Progress, p.Search.Stop = q.Progress, func() bool { return ctx.Err() != nil }
	plan, err := award.MakePlan(p)
	if err != nil {
		return nil, unfit("", "%w; check the needs, the offers and the limits", err)
	}
	out.Plan = *plan
	return out, nil
}

// Plan implements [Door].
func (l *Local) Plan(ctx context.Context, q *PlanRequest, who party.ID) (*PlanPage, error) {
	if who != "" {
		for i := range q.Needs {
			n, err := need.Parse(q.Needs[i].File, []byte(q.Needs[i].Text))
			if err != nil {
				return nil, err
			}
			if n.Buyer != who { // what binds another buyer is not to be tried out
				return nil, unfit("needs", "%s is a need of %s; plan your own, with buyer %s", q.Needs[i].File, n.Buyer, who)
			}
		}
	}
	return MakePlan(ctx, q, l.Desk.Law(), l.Tables, l.Desk.Now())
}

func (q *PlanRequest) readNeeds(p *award.PlanProblem) error {
	for _, f := range q.Needs {
		n, err := need.Parse(f.File, []byte(f.Text))
		if err != nil {
			return err
		}
		if n.ID == "" {
			return unfit("", "the need in %s has no id; write `need: NAME` into it, so that offers can name it", f.File)
		}
		for line := range n.Lines {
			p.Lots = append(p.Lots, award.Lot{Need: &n, Line: line, Quantity: n.Lines[line].Quantity})
		}
	}
	if len(p.Lots) == 0 || len(p.Lots) > maxPlanLots {
		return unfit("needs", "they have %d lines, and a plan is for 1 to %d; plan them in parts", len(p.Lots), maxPlanLots)
	}
	return nil
}

func (q *PlanRequest) readOffers(p *award.PlanProblem) error {
	file, f := strict.Read(q.Offers.File, []byte(q.Offers.Text), planFileForm)
	if err := f.Err(); err != nil {
		return err
	}
	if len(file.offers) > maxPlanOffers {
		return unfit("offers", "%d offers, at most %d are taken; plan in parts", len(file.offers), maxPlanOffers)
	}
	for i := range file.offers {
		o := file.offers[i].Offer
		o.Line = max(file.offers[i].line, 1) - 1
		p.Offers = append(p.Offers, &o)
	}
	for _, list := range file.steps {
		var keys []award.OfferKey
		for _, text := range list {
			n, id, ok := strings.Cut(text, "/")
			if !ok {
				return unfit("", "%s: volume_steps: %q names no offer; write NEED/OFFER", q.Offers.File, text)
			}
			keys = append(keys, award.OfferKey{Need: capacity.NeedID(n), Offer: offer.ID(id)})
		}
		p.Steps = append(p.Steps, keys)
	}
	return nil
}

func (q *PlanRequest) readLimits(p *award.PlanProblem) error {
	for _, text := range q.AtMost {
		provider, share, named := strings.Cut(text, "=")
		if !named {
			provider, share = "", text
		}
		percent, err := capacity.ParsePercent(share)
		if err != nil {
			return &Unfit{"at_most", err}
		}
		p.Concentrations = append(p.Concentrations, award.Concentration{Provider: party.ID(provider), Share: percent})
	}
	for _, text := range q.Quota {
		place, most, ok := strings.Cut(text, "=")
		cloud, region, _ := strings.Cut(place, "/")
		n, err := strconv.ParseInt(most, 10, 64)
		if !ok || err != nil || n < 0 {
			return unfit("quota", "%q does not read; write CLOUD/REGION=N or CLOUD=N", text)
		}
		p.Quotas = append(p.Quotas, award.Quota{Cloud: capacity.Cloud(cloud), Region: capacity.Region(region), Most: n})
	}
	for _, r := range []struct {
		key, text string
		to        *money.Rate
	}{{"lost_hour", q.LostHour, &p.LostHour}, {"open_hour", q.OpenHour, &p.Unserved}} {
		if r.text == "" {
			continue
		}
		var err error
		if *r.to, err = money.ParseRate(r.text); err != nil || r.to.Nanos() < 0 {
			return unfit(r.key, "%q does not read; write an amount such as \"3.00 USD\"", r.text)
		}
	}
	p.Must, p.Mbps, p.Search.Seed, p.Search.Work = q.Must, q.Bandwidth, max(q.Seed, 1), q.Work
	if p.Mbps < 0 || p.Search.Work < 0 {
		return unfit("", "bandwidth and work cannot be negative; leave them out for what is usual")
	}
	return nil
}

// bind adds what the agreements of the buyers demand: commitments, and offers that a right keeps out.
func (q *PlanRequest) bind(p *award.PlanProblem, law *right.Law, out *PlanPage) error {
	p.Providers = law.Book.Providers
	buyers := map[party.ID]bool{}
	for _, lot := range p.Lots {
		buyers[lot.Need.Buyer] = true
	}
	p.Commitments = slices.DeleteFunc(award.Commitments(&law.Book, p.Now), func(c award.Commitment) bool {
		return !slices.ContainsFunc(law.Book.Agreements, func(a *agreement.Agreement) bool { return a.ID == c.Clause.Agreement && buyers[a.Grantor] })
	})
	asked := map[*capacity.Need]bool{}
	for _, lot := range p.Lots {
		if asked[lot.Need] {
			continue
		}
		asked[lot.Need] = true
		_, events, err := right.Step(right.Begin(law), right.Command{By: lot.Need.Buyer, Ask: right.Submit{Need: *lot.Need}}, p.Now)
		if err != nil {
			return fmt.Errorf("need %s: %w", lot.Need.ID, err)
		}
		q.bar(p, lot.Need, events, out)
	}
	return nil
}

// bar keeps out the offers of those who do not hold a right that comes first.
func (q *PlanRequest) bar(p *award.PlanProblem, n *capacity.Need, events []right.Event, out *PlanPage) {
	holders := map[agreement.Ref][]party.ID{}
	for _, e := range events {
		if f, ok := e.Fact.(*right.Engaged); ok {
			holders[f.Clause] = append(holders[f.Clause], f.Holder)
		}
	}
	for _, e := range events {
		f, ok := e.Fact.(*right.Engaged)
		if !ok || !f.Engaged {
			continue
		}
		reason := q.reason(f, out)
		if reason == "" {
			continue
		}
		for _, o := range p.Offers {
			key := award.OfferKey{Need: o.Need, Offer: o.ID}
			if _, barred := p.Barred[key]; !barred && o.Need == n.ID && o.Line == f.Line && !slices.Contains(holders[f.Clause], o.Provider) {
				p.Barred[key] = award.Bar{Clause: f.Clause, Reason: reason}
			}
		}
	}
}

// reason says why an engaged clause keeps others out; empty where it does not, and then the plan says what it rests on.
func (q *PlanRequest) reason(f *right.Engaged, out *PlanPage) string {
	add := func(list *[]agreement.Ref) {
		if !slices.Contains(*list, f.Clause) {
			*list = append(*list, f.Clause)
		}
	}
	switch f.Kind {
	case agreement.Exclusive:
		return fmt.Sprintf("exclusive to %s", f.Holder)
	case agreement.FirstCall, agreement.FirstOffer, agreement.FirstNegotiation, agreement.ProRata:
		if slices.Contains(q.Released, fmt.Sprintf("%s/%s", f.Clause.Agreement, f.Clause.Clause)) {
			add(&out.Assumed)
			return ""
		}
		return fmt.Sprintf("%s comes first and has not released it (%s)", f.Holder, strings.ReplaceAll(string(f.Kind), "_", " "))
	case agreement.Match, agreement.LastLook:
		add(&out.Matches)
	}
	return ""
}
