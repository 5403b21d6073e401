package demo

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/examples"
	"firstlook/internal/journal"
	"firstlook/internal/journal/memory"
	"firstlook/internal/sqlite"
	"firstlook/money"
	"firstlook/need"
	"firstlook/party"
	"firstlook/right"
)

// readings are the four files in which the public reporting reads one right.
var readings = []struct{ file, says string }{
	{"jan2025-must-use-unless-unable.yaml", "must use Azure unless it is unable"},
	{"jan2025-first-choice.yaml", "first choice; rivals only if it cannot meet the need"},
	{"jan2025-priority-access.yaml", "priority access: Microsoft names its terms first"},
	{"jan2025-match.yaml", "may match any rival's offer before OpenAI accepts"},
}

// begin is when the need is submitted: Monday 3 March 2025, 09:00 in California.
const begin = "2025-03-03T17:00Z"

// free is what Microsoft has free in time, an assumption of the story.
const free = 2048

// conducts are how Microsoft may behave; the first is the one that is told.
func conducts(list money.Rate) []Conduct {
	low, err := list.Scale(1, 3, money.Down)
	if err != nil {
		low = list
	}
	take := []agreement.Kind{agreement.FirstCall, agreement.Match}
	return []Conduct{
		{Name: "takes 2,048 and declines the rest", Free: free, Rest: right.Decline, Price: list},
		{Name: "takes 2,048 and certifies that it cannot supply the rest", Free: free, Rest: right.Unable, Price: list, Kinds: []agreement.Kind{agreement.FirstCall}},
		{Name: "takes all 4,096", Free: 2 * free, Rest: right.Decline, Price: list, Kinds: take},
		{Name: "names a third of its list price, " + low.String(), Free: free, Rest: right.Decline, Price: low, Kinds: []agreement.Kind{agreement.FirstOffer}},
		{Name: "declines everything", Rest: right.Decline, Price: list},
		{Name: "does not answer", Quiet: true, Price: list},
	}
}

// result is the end of one play.
type result struct {
	reading string
	conduct Conduct
	state   right.State
	begin   calendar.Instant
}

// Told is the end of one reading.
type Told struct {
	Agreement agreement.ID     `json:"agreement"`
	Reading   string           `json:"reading"`
	Shares    []Share          `json:"shares"`
	Open      int64            `json:"open"` // accelerators that nobody supplies
	Landed    money.Amount     `json:"landed"`
	Settled   calendar.Instant `json:"settled"` // the last thing that happened
	Days      int64            `json:"days"`    // from the need, begun ones counted
	DecidedBy []string         `json:"decided_by"`
}

// Run tells the demo to w and returns how each reading ended.
func Run(ctx context.Context, w io.Writer) ([]Told, error) {
	n, err := need.Parse("research-training.yaml", examples.Read("needs/research-training.yaml"))
	if err != nil {
		return nil, err
	}
	offers, err := listOffers(&n.Lines[0])
	if err != nil {
		return nil, err
	}
	at, err := calendar.Parse(begin)
	if err != nil {
		return nil, err
	}
	heading(w, &n, offers)
	list := money.Nanos(12_290_000_000, money.USD)
	var told []result
	for i, r := range readings {
		fmt.Fprintf(w, "\n%s %s\n", title.Render(fmt.Sprintf("READING %d of %d", i+1, len(readings))), strong.Render(r.says))
		got, err := tellReading(ctx, w, r.file, n, conducts(list), offers, at)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.file, err)
		}
		got.reading = r.says
		told = append(told, got)
	}
	summary(w, told)
	out := make([]Told, len(told))
	for i := range told {
		r := &told[i]
		out[i] = Told{r.state.Law().Book.Agreements[0].ID, r.reading, shares(&r.state), unmet(&r.state), landed(&r.state), r.state.Last, dayCount(r), decidedBy(r)}
	}
	return out, nil
}

// tellReading plays the first conduct aloud on a record on disk, then the others silently, and says what differs.
func tellReading(ctx context.Context, w io.Writer, file string, n capacity.Need, all []Conduct, offers []rivalOffer, at calendar.Instant) (result, error) {
	text := examples.Read(file)
	a, err := agreement.Parse(file, text)
	if err != nil {
		return result{}, err
	}
	assumptions(w, a)
	dir, err := os.MkdirTemp("", "firstlook-demo-")
	if err != nil {
		return result{}, err
	}
	defer os.RemoveAll(dir)
	store, err := sqlite.Open(dir, sqlite.Options{})
	if err != nil {
		return result{}, err
	}
	defer store.Close()
	var p *Play
	t := &teller{w: w, s: func() *right.State {
		s, err := p.desk.State(ctx, n.ID)
		if err != nil {
			return &right.State{}
		}
		return &s
	}}
	play := func(store journal.Store, c Conduct, told func(calendar.Instant, party.ID, string, []right.Event)) (result, error) {
		if p, err = start(ctx, store, file, text, examples.Read("providers.yaml"), at, told); err != nil {
			return result{}, err
		}
		s, err := p.run(n, c, offers)
		return result{conduct: c, state: s, begin: at}, err
	}
	base, err := play(store, all[0], t.step)
	if err != nil {
		return result{}, err
	}
	fmt.Fprintf(w, "\n  %s %s\n", strong.Render("RESULT"), outcome(&base))
	fmt.Fprintf(w, "  %s %s\n", strong.Render("DECIDED BY"), strings.Join(decidedBy(&base), ", "))
	fmt.Fprintf(w, "  %s\n", strong.Render("WHAT WOULD HAVE CHANGED IT"))
	for _, c := range all[1:] {
		if len(c.Kinds) > 0 && !slices.Contains(c.Kinds, rightOf(a).Kind) {
			continue
		}
		other, err := play(memory.New(), c, func(calendar.Instant, party.ID, string, []right.Event) {})
		if err != nil {
			return result{}, err
		}
		if o := outcome(&other); o == outcome(&base) {
			fmt.Fprintf(w, "    %s\n", faint.Render("if Microsoft "+c.Name+": nothing"))
		} else {
			fmt.Fprintf(w, "    if Microsoft %s: %s\n", c.Name, o)
		}
	}
	return base, nil
}

// outcome says who supplies what, what it costs, when it was settled, and what is left open.
func outcome(r *result) string {
	s := &r.state
	var parts []string
	for _, share := range shares(s) {
		parts = append(parts, fmt.Sprintf("%s %s at %s", name(share.Provider), thousands(share.Quantity), share.Rate))
	}
	if open := unmet(s); open > 0 {
		parts = append(parts, fmt.Sprintf("%s not supplied (%s)", thousands(open), stuck(s)))
	}
	return fmt.Sprintf("%s; landed %s; %s", strings.Join(parts, ", "), dollars(landed(s)), days(r))
}

// Share is what one provider supplies at one price.
type Share struct {
	Provider party.ID   `json:"provider"`
	Rate     money.Rate `json:"rate"` // per accelerator-hour
	Quantity int64      `json:"quantity"`
}

func shares(s *right.State) []Share {
	out := []Share{}
	for i := range s.Awards {
		a := &s.Awards[i]
		if a.Ended {
			continue
		}
		rate := a.Terms.Price[0].Rate
		j := slices.IndexFunc(out, func(x Share) bool { return x.Provider == a.Provider && x.Rate == rate })
		if j < 0 {
			out = append(out, Share{a.Provider, rate, 0})
			j = len(out) - 1
		}
		out[j].Quantity += a.Quantity
	}
	return out
}

func unmet(s *right.State) int64 {
	var n int64
	for i := range s.Lots {
		if s.Lots[i].Status != right.Won {
			n += s.Lots[i].Quantity
		}
	}
	return n
}

func stuck(s *right.State) string {
	for i := range s.Lots {
		if b := s.Lots[i].Blocked; b != nil && s.Lots[i].Status == right.Stuck {
			return "blocked by " + clauseName(b.Clause)
		}
	}
	return "no lawful offer"
}

func landed(s *right.State) money.Amount {
	total, err := s.Landed()
	if err != nil {
		return money.Amount{}
	}
	return total
}

func days(r *result) string {
	if n := dayCount(r); n != 1 {
		return fmt.Sprintf("%d days after the need", n)
	}
	return "1 day after the need"
}

// dayCount is how many days, begun ones counted, lie between the need and the last thing that happened.
func dayCount(r *result) int64 {
	day := 24 * calendar.Hour
	return (int64(r.state.Last-r.begin) + day - 1) / day
}

// decidedBy names the clauses that the awards and blocks rest on.
func decidedBy(r *result) []string {
	var refs []string
	add := func(ref agreement.Ref) {
		if s := ref.String(); !slices.Contains(refs, s) {
			refs = append(refs, s)
		}
	}
	for i := range r.state.Awards {
		for _, ref := range r.state.Awards[i].Because {
			add(ref)
		}
	}
	for i := range r.state.Lots {
		if b := r.state.Lots[i].Blocked; b != nil {
			add(b.Clause)
		}
	}
	return refs
}

// heading says what is asked, what is real and what is assumed.
func heading(w io.Writer, n *capacity.Need, offers []rivalOffer) {
	l := &n.Lines[0]
	fmt.Fprintf(w, "%s\n", title.Render("One need under one agreement, read four ways"))
	fmt.Fprintf(w, "  %s asks for %s %s (or %v) from %s until %s, for %s; no source under %s.\n", name(buyer), thousands(l.Quantity), l.Reference(),
		l.Accelerators[1:], day(l.Period.From), day(l.Period.Until), n.Purpose, thousands(l.Least))
	for _, d := range n.DataSets {
		fmt.Fprintf(w, "  Its data, %s GB, lie at %s/%s; moving them is part of the price.\n", thousands(d.GB), d.Cloud, d.Region)
	}
	fmt.Fprintf(w, "\n  %s\n", strong.Render("Public list prices (on demand, facts with their date and source)"))
	for _, o := range offers {
		fmt.Fprintf(w, "    %-10s %12s an accelerator-hour   %s\n", name(o.provider), o.terms.Price[0].Rate, faint.Render(o.source))
	}
	fmt.Fprintf(w, "    %-10s %12s an accelerator-hour   %s\n", name(holder), "12.29 USD", faint.Render("Azure Retail Prices API, 98.32 USD for 8, eastus"))
	fmt.Fprintf(w, "\n  %s the windows, silence and tail of the agreement were never published (each is marked below); that each rival makes\n"+
		"  its list price a firm offer, how much it can supply, and that Microsoft has %s free and declines the rest.\n", warn.Render("Assumed:"), thousands(free))
}

func day(i calendar.Instant) string { return i.Time().Format("2 Jan 2006") }

// assumptions lists the parameters of the right that no published text gives.
func assumptions(w io.Writer, a *agreement.Agreement) {
	var params []string
	for _, s := range rightOf(a).Assumed {
		params = append(params, s.Param)
	}
	fmt.Fprintf(w, "  %s %s\n", faint.Render("the right: "), rightOf(a).Text)
	fmt.Fprintf(w, "  %s %s\n", warn.Render("assumed:   "), faint.Render(strings.Join(params, ", ")))
}

// rightOf is the right on new capacity, which the four files read differently.
func rightOf(a *agreement.Agreement) *agreement.Clause {
	for i := range a.Clauses {
		if a.Clauses[i].Ref.Clause == "new-capacity" {
			return &a.Clauses[i]
		}
	}
	return &agreement.Clause{}
}

// summary sets the four side by side.
func summary(w io.Writer, told []result) {
	fmt.Fprintf(w, "\n%s\n", title.Render("WHERE THE READINGS PART"))
	fmt.Fprintf(w, "  %-54s %10s %10s %10s %16s %5s\n", "", "Microsoft", "rivals", "open", "landed", "days")
	for _, r := range told {
		var own, rivals int64
		for i := range r.state.Awards {
			if a := &r.state.Awards[i]; a.Provider == holder {
				own += a.Quantity
			} else {
				rivals += a.Quantity
			}
		}
		fmt.Fprintf(w, "  %-54s %10s %10s %10s %16s %5d\n", r.reading, thousands(own), thousands(rivals), thousands(unmet(&r.state)),
			dollars(landed(&r.state)), dayCount(&r))
	}
	fmt.Fprintf(w, "\n  Try your own: write an agreement (examples/neutral.yaml is a start), then `firstlook scenario run` or `firstlook agreement add`.\n")
}
