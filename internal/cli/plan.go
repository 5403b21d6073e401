package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"firstlook/agreement"
	"firstlook/award"
	"firstlook/award/mix"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/strict"
	"firstlook/money"
	"firstlook/need"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

func (a *app) planCommand() *cobra.Command {
	c := completeFiles(leaf("plan NEED-FILE...", "Plan the cheapest lawful mix for many needs at once, with a proven bound", 1, -1, a.plan), "yaml", "yml")
	c.Long = "Chooses among firm offers for many needs at once: price, moving data, expected lost hours and the shortfall of commitments together. Nothing is recorded.\n\n" +
		"The agreements of the record bind the plan. An offer of anybody else is barred where a line is exclusive to a holder, and where a right comes first that " +
		"the holder has not released; --released plans as if it had. A right to match bars nobody: its holder may still match what is chosen.\n\n" + termsHelp() +
		"\n\nThe offers file (YAML or JSON) lists offers, each with the keys id, need, provider, terms, valid_until and, where they are needed, line, security and package; and " +
		"volume_steps, lists of offers, as NEED/OFFER, of which at most one is taken."
	c.Example = `firstlook award plan examples/plan/egress/need.yaml --offers examples/plan/egress/offers.yaml --bandwidth 10000`
	f := c.Flags()
	f.String("offers", "", "File of offers")
	f.StringSlice("released", nil, "Plan as if the holder of this clause had released it: AGREEMENT/CLAUSE")
	f.StringSlice("at-most", nil, "Greatest share of accelerator-hours with one provider, in percent: 40, or PROVIDER=40")
	f.StringSlice("quota", nil, "Most accelerators in a region of a cloud, or in all of them: CLOUD/REGION=N, CLOUD=N")
	f.String("lost-hour", "", "What an hour costs that an accelerator is down, such as \"3.00 USD\"")
	f.String("open-hour", "", "What an accelerator-hour costs that nobody supplies; more than any offer where left out")
	f.Bool("must", false, "Everything must be supplied; where that cannot be, say what is in conflict")
	f.Int64("bandwidth", 0, "At which data are copied, in megabits a second")
	f.Uint64("seed", 1, "Seed of the search")
	f.Int64("work", 0, "Bound of the search's effort; a million for each line where left out")
	return c
}

// planOffer is an offer as an offers file states it.
type planOffer struct {
	file     offerFile
	need     capacity.NeedID
	provider party.ID
	group    string
}

type planFile struct {
	offers []planOffer
	steps  [][]string
}

var planOfferForm = strict.Object("offer", "A firm offer for a line of a need.",
	strict.Key("id", "Name of the offer within its need.", strict.ID[offer.ID](), func(o *planOffer) *offer.ID { return &o.file.id }).Required(),
	strict.Key("need", "Need that it is for.", strict.ID[capacity.NeedID](), func(o *planOffer) *capacity.NeedID { return &o.need }).Required(),
	strict.Key("provider", "Who offers.", strict.ID[party.ID](), func(o *planOffer) *party.ID { return &o.provider }).Required(),
	strict.Key("line", "Line of the need, from 1.", strict.Integer[int](1, 1000), func(o *planOffer) *int { return &o.file.line }),
	strict.Key("terms", "Terms in their text form: H100 x64 2026-06-01..2026-09-01 @ 2.10 USD/gpu-h in oci/us-chicago-1 country US.", strict.Map(strict.Text(), offer.ParseTerms),
		func(o *planOffer) *offer.Terms { return &o.file.terms }).Required(),
	strict.Key("valid_until", "Until when the offer is firm.", strict.Instant(), func(o *planOffer) *calendar.Instant { return &o.file.until }).Required(),
	strict.Key("security", "Security baselines promised for this offer.", strict.Distinct(strict.ID[string]()), func(o *planOffer) *[]string { return &o.file.security }),
	strict.Key("package", "Joins it to the provider's others of the same need and package: all or nothing together.", strict.ID[string](), func(o *planOffer) *string { return &o.group }),
)

var planFileForm = strict.Object("offers", "Firm offers for a plan.",
	strict.Key("offers", "The offers.", strict.List(planOfferForm), func(f *planFile) *[]planOffer { return &f.offers }).Required(),
	strict.Key("volume_steps", "Lists of offers, as NEED/OFFER, of which at most one is taken.", strict.List(strict.Distinct(strict.Text())), func(f *planFile) *[][]string { return &f.steps }),
)

// OffersSchema returns the published JSON Schema of the offers files of award plan.
func OffersSchema() ([]byte, error) {
	return strict.Document("urn:firstlook:schema:offers", "Firstlook offers", planFileForm.Schema())
}

// planJSON is award plan as a document.
type planJSON struct {
	*award.Plan
	Assumed []agreement.Ref `json:"assumed_released"` // rights that the plan takes as released
	Matches []agreement.Ref `json:"may_match"`        // rights whose holders may match what is chosen
}

func (a *app) plan(cmd *cobra.Command, args []string) error {
	p := &award.PlanProblem{Throughput: tables().Throughput, Barred: map[award.OfferKey]award.Bar{}}
	table := tables().Egress
	p.Egress = &table
	if err := a.readPlan(cmd, args, p); err != nil {
		return err
	}
	out := planJSON{Assumed: []agreement.Ref{}, Matches: []agreement.Ref{}}
	if err := a.bindPlan(cmd, p, &out); err != nil {
		return err
	}
	shown := a.progress("planning")
	p.Search.Progress = func(q mix.Progress) {
		if shown.step("planning", int(q.Work/1_000_000), int(q.Of/1_000_000)); q.Cost > q.Bound && q.Bound > 0 {
			shown.step(fmt.Sprintf("planning, gap %d ppm", (q.Cost-q.Bound)/max(q.Cost/1_000_000, 1)), int(q.Work/1_000_000), int(q.Of/1_000_000))
		}
	}
	p.Search.Stop = func() bool { return cmd.Context().Err() != nil }
	plan, err := award.MakePlan(p)
	shown.end()
	if err != nil {
		return bad("check the needs, the offers and the limits", "%v", err)
	}
	out.Plan = plan
	if a.json {
		return a.document(out)
	}
	a.say("%s", strings.TrimSuffix(plan.Table(), "\n"))
	for _, ref := range out.Assumed {
		a.say("  Planned as if %s were released.", ref)
	}
	for _, ref := range out.Matches {
		a.say("  What is chosen may still be matched under %s.", ref)
	}
	return nil
}

// readPlan reads needs, offers and limits.
func (a *app) readPlan(cmd *cobra.Command, args []string, p *award.PlanProblem) error {
	for _, name := range args {
		data, err := a.file(name)
		if err != nil {
			return err
		}
		n, err := need.Parse(name, data)
		if err != nil {
			return err
		}
		if n.ID == "" {
			return bad("write `need: NAME` into it, so that offers can name it", "the need in %s has no id", name)
		}
		for line := range n.Lines {
			p.Lots = append(p.Lots, award.Lot{Need: &n, Line: line, Quantity: n.Lines[line].Quantity})
		}
	}
	name, _ := cmd.Flags().GetString("offers")
	if err := needFlag(cmd, name, "offers", "name the file of offers"); err != nil {
		return err
	}
	data, err := a.file(name)
	if err != nil {
		return err
	}
	file, f := strict.Read(name, data, planFileForm)
	if err := f.Err(); err != nil {
		return err
	}
	for _, o := range file.offers {
		p.Offers = append(p.Offers, &offer.Offer{ID: o.file.id, Provider: o.provider, Need: o.need, Line: max(o.file.line, 1) - 1, Terms: o.file.terms, ValidUntil: o.file.until,
			Security: o.file.security, Package: o.group})
	}
	for _, list := range file.steps {
		var keys []award.OfferKey
		for _, text := range list {
			n, id, ok := strings.Cut(text, "/")
			if !ok {
				return bad("write NEED/OFFER", "%s: volume_steps: %q names no offer", name, text)
			}
			keys = append(keys, award.OfferKey{Need: capacity.NeedID(n), Offer: offer.ID(id)})
		}
		p.Steps = append(p.Steps, keys)
	}
	return planLimits(cmd, p)
}

// planLimits reads the flags.
func planLimits(cmd *cobra.Command, p *award.PlanProblem) error {
	flags := cmd.Flags()
	shares, _ := flags.GetStringSlice("at-most")
	for _, text := range shares {
		provider, share, named := strings.Cut(text, "=")
		if !named {
			provider, share = "", text
		}
		percent, err := capacity.ParsePercent(share)
		if err != nil {
			return flagProblem("at-most", err)
		}
		p.Concentrations = append(p.Concentrations, award.Concentration{Provider: party.ID(provider), Share: percent})
	}
	quotas, _ := flags.GetStringSlice("quota")
	for _, text := range quotas {
		place, most, ok := strings.Cut(text, "=")
		cloud, region, _ := strings.Cut(place, "/")
		n, err := strconv.ParseInt(most, 10, 64)
		if !ok || err != nil || n < 0 {
			return usage(cmd, "--quota %s: write CLOUD/REGION=N or CLOUD=N", text)
		}
		p.Quotas = append(p.Quotas, award.Quota{Cloud: capacity.Cloud(cloud), Region: capacity.Region(region), Most: n})
	}
	for name, rate := range map[string]*money.Rate{"lost-hour": &p.LostHour, "open-hour": &p.Unserved} {
		if text, _ := flags.GetString(name); text != "" {
			var err error
			if *rate, err = money.ParseRate(text); err != nil || rate.Nanos() < 0 {
				return usage(cmd, "--%s %q: write an amount such as \"3.00 USD\"", name, text)
			}
		}
	}
	p.Must, _ = flags.GetBool("must")
	p.Mbps, _ = flags.GetInt64("bandwidth")
	p.Search.Seed, _ = flags.GetUint64("seed")
	p.Search.Work, _ = flags.GetInt64("work")
	if p.Mbps < 0 || p.Search.Work < 0 {
		return usage(cmd, "--bandwidth and --work cannot be negative")
	}
	return nil
}

// bindPlan adds what the agreements of the record demand: commitments, and offers that a right keeps out.
func (a *app) bindPlan(cmd *cobra.Command, p *award.PlanProblem, out *planJSON) error {
	c, err := clock()
	if err != nil {
		return err
	}
	p.Now = c.Now()
	if !a.exists() {
		return nil
	}
	assumed, _ := cmd.Flags().GetStringSlice("released")
	return a.read(cmd.Context(), func(r *record) error {
		law := r.desk.Law()
		p.Providers = law.Book.Providers
		p.Commitments = award.Commitments(&law.Book, p.Now)
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
			bar(p, lot.Need, events, assumed, out)
		}
		return nil
	})
}

// bar keeps out the offers of those who do not hold a right that comes first.
func bar(p *award.PlanProblem, n *capacity.Need, events []right.Event, assumed []string, out *planJSON) {
	holders := map[agreement.Ref][]party.ID{}
	for _, e := range events {
		if f, ok := e.Fact.(*right.Engaged); ok {
			holders[f.Clause] = append(holders[f.Clause], f.Holder)
		}
	}
	add := func(list *[]agreement.Ref, ref agreement.Ref) {
		if !slices.Contains(*list, ref) {
			*list = append(*list, ref)
		}
	}
	for _, e := range events {
		f, ok := e.Fact.(*right.Engaged)
		if !ok || !f.Engaged {
			continue
		}
		reason := ""
		switch f.Kind {
		case agreement.Exclusive:
			reason = fmt.Sprintf("exclusive to %s", f.Holder)
		case agreement.FirstCall, agreement.FirstOffer, agreement.FirstNegotiation, agreement.ProRata:
			if slices.Contains(assumed, fmt.Sprintf("%s/%s", f.Clause.Agreement, f.Clause.Clause)) {
				add(&out.Assumed, f.Clause)
				continue
			}
			reason = fmt.Sprintf("%s comes first and has not released it (%s)", f.Holder, plain(f.Kind))
		default:
			if f.Kind == agreement.Match || f.Kind == agreement.LastLook {
				add(&out.Matches, f.Clause)
			}
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
