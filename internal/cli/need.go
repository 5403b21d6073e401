package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/door"
	"firstlook/internal/strict"
	"firstlook/need"
	"firstlook/party"
	"firstlook/right"
)

func (a *app) needCommand() *cobra.Command {
	show := a.looking(a.completes(leaf("show ID", "Show a need: lots, matters, offers, awards, who has the word", 1, 1, a.showNeed), false, needs), asView)
	show.Flags().Bool("history", false, "Also show everything that happened, as far as the party may see it")
	withdraw := a.acting(a.completes(leaf("withdraw ID", "Close what is not awarded", 1, 1, a.withdrawNeed), false, needs), asBuyer)
	withdraw.Flags().String("reason", "", "Why")
	return parent("need", "Ask for capacity and see where it stands",
		a.submitNeedCommand(),
		leaf("list", "List the needs of the record", 0, 0, a.listNeeds),
		show,
		a.explainCommand(),
		withdraw,
	)
}

// dataSetFlag is the flag for data sets: --data is the folder.
const dataSetFlag = "data-set"

func (a *app) submitNeedCommand() *cobra.Command {
	c := leaf("submit [FILE]", "Ask for capacity: from a file, or from the flags", 0, 1, a.submitNeed)
	c.Example = `firstlook need submit examples/needs/research-training.yaml
firstlook need submit --buyer acme-labs --class training --purpose research --accelerators H100,H200 --quantity 64 \
  --start 2026-06-01 --duration "90 days" --offers-window "48 hours"`
	a.acting(completeFiles(c, "yaml", "yml"), "Party that acts; the buyer that the need names where left out")
	for _, f := range need.Flags() {
		name := f.Name
		if name == "data" {
			name = dataSetFlag
		}
		c.Flags().StringArray(name, nil, strings.TrimSuffix(f.Usage, "."))
	}
	for name, known := range map[string][]string{"class": texts(capacity.Classes), "purpose": texts(capacity.Purposes), "customer": texts(capacity.Customers),
		"sourcing": texts(capacity.Sourcings), "tenure": texts(capacity.Tenures), "interconnect": texts(capacity.Interconnects), "divisible": {"true", "false"}} {
		_ = c.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(known, cobra.ShellCompDirectiveNoFileComp)) // defined above
	}
	return c
}

func texts[T ~string](words []T) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = string(w)
	}
	return out
}

// readNeed reads the need from a file or from flags.
func (a *app) readNeed(cmd *cobra.Command, args []string) (capacity.Need, error) {
	given := map[string][]string{}
	for _, f := range need.Flags() {
		name := f.Name
		if name == "data" {
			name = dataSetFlag
		}
		if values, err := cmd.Flags().GetStringArray(name); err == nil && cmd.Flags().Changed(name) {
			given[f.Name] = values
		}
	}
	switch {
	case len(args) == 1 && len(given) > 0:
		return capacity.Need{}, usage(cmd, "%s and flags of a need are both given; keep one of the two", args[0])
	case len(args) == 1:
		data, err := a.file(args[0])
		if err != nil {
			return capacity.Need{}, err
		}
		return need.Parse(args[0], data)
	}
	n, err := need.FromFlags(given)
	var problems strict.Problems
	if errors.As(err, &problems) {
		for i := range problems {
			if problems[i].Path == "--data" {
				problems[i].Path = "--" + dataSetFlag
			}
		}
		return n, problems
	}
	return n, err
}

func (a *app) submitNeed(cmd *cobra.Command, args []string) error {
	n, err := a.readNeed(cmd, args)
	if err != nil {
		return err
	}
	return a.alter(cmd.Context(), mayMake, func(d door.Door) error {
		return a.do(cmd.Context(), d, n.ID, right.Command{By: party.ID(a.as), Ask: right.Submit{Need: n}})
	})
}

func (a *app) withdrawNeed(cmd *cobra.Command, args []string) error {
	reason, err := prose(cmd, "reason")
	if err != nil {
		return err
	}
	return a.byBuyer(cmd, args[0], func(capacity.NeedID) (right.Ask, error) { return right.Withdraw{Reason: reason}, nil })
}

// byBuyer passes one of the buyer's commands on a need to the desk.
func (a *app) byBuyer(cmd *cobra.Command, need string, ask func(capacity.NeedID) (right.Ask, error)) error {
	id, err := needID(need)
	if err != nil {
		return err
	}
	what, err := ask(id)
	if err != nil {
		return err
	}
	return a.asBuyer(cmd, id, what)
}

// asBuyer passes a command of the party of --as on, or of the buyer where it is left out.
func (a *app) asBuyer(cmd *cobra.Command, id capacity.NeedID, what right.Ask) error {
	return a.alter(cmd.Context(), mustExist, func(d door.Door) error {
		return a.do(cmd.Context(), d, id, right.Command{By: party.ID(a.as), Ask: what})
	})
}

func (a *app) listNeeds(cmd *cobra.Command, _ []string) error {
	return a.look(cmd.Context(), func(d door.Door) error {
		all, err := d.Needs(cmd.Context(), "")
		if err != nil {
			return err
		}
		if a.json {
			return a.document(orEmpty(all))
		}
		t := table{align: "llllll"}
		t.row("need", "buyer", "status", "capacity", "for", "next")
		for _, n := range all {
			t.row(string(n.Need), string(n.Buyer), n.Status, capacityWords(n.Lines), plain(n.Class)+", "+plain(n.Purpose), firstTurn(n.Next))
		}
		t.print(a, "No need is recorded. `firstlook need submit` asks for capacity.")
		return nil
	})
}

// capacityWords writes the lines of a need in a few words.
func capacityWords(lines []capacity.Line) string {
	parts := make([]string, len(lines))
	for i, l := range lines {
		parts[i] = fmt.Sprintf("%s %s %s", thousands(l.Quantity), l.Reference(), l.Period)
	}
	return strings.Join(parts, " and ")
}

// firstTurn says in a few words who has the word first.
func firstTurn(next []desk.Turn) string {
	if len(next) == 0 {
		return "-"
	}
	first := slices.MinFunc(next, func(x, y desk.Turn) int {
		switch {
		case x.Until == y.Until:
			return 0
		case !y.Until.IsSet() || x.Until.IsSet() && x.Until < y.Until:
			return -1
		}
		return 1
	})
	what, _, _ := strings.Cut(first.What, "; ")
	what, _, _ = strings.Cut(what, ", which")
	s := string(first.Who) + " " + what
	if first.Until.IsSet() {
		s += " until " + first.Until.String()
	}
	return s
}

// showJSON is a need with its history.
type showJSON struct {
	desk.Summary
	History any `json:"history,omitempty"`
}

func (a *app) showNeed(cmd *cobra.Command, args []string) error {
	id, err := needID(args[0])
	if err != nil {
		return err
	}
	history, _ := cmd.Flags().GetBool("history")
	return a.look(cmd.Context(), func(d door.Door) error {
		page, err := d.Need(cmd.Context(), id, party.ID(a.as))
		if err != nil {
			return err
		}
		if a.json {
			out := showJSON{Summary: page.Summary}
			if history {
				out.History = page.History
			}
			return a.document(out)
		}
		a.printNeed(page)
		if history {
			a.say("\nhistory")
			for _, e := range page.History {
				a.say("  %s  %s", e.Recorded, eventLine(e))
			}
		}
		if len(page.Next) == 0 && page.For != page.Summary.Need.Buyer {
			a.say("\nnext: nothing waits for %s", page.For)
			return nil
		}
		a.printNext(page.Zones, page.Next)
		return nil
	})
}

// printNeed writes what a need asks for and where each part of it stands.
func (a *app) printNeed(page *door.NeedPage) {
	sum := &page.Summary
	n := &sum.Need
	title := ""
	if n.Title != "" {
		title = ": " + n.Title
	}
	a.say("%s%s", n.ID, title)
	for _, row := range requirements(n) {
		a.say("  %-13s %s", row[0], row[1])
	}
	a.say("  %-13s %s", "status", sum.Status)
	a.printLots(sum)
	if len(sum.Matters) > 0 {
		a.say("")
		a.printNotices(page.Zones, sum.Matters)
	}
	if len(sum.Offers) > 0 {
		a.say("")
		a.printOffers(sum.Offers)
	}
	if len(sum.Awards) > 0 {
		a.say("")
		a.printAwards(sum.Awards)
	}
}

// requirements lists what a need asks for, one name and one value each.
func requirements(n *capacity.Need) [][2]string {
	out := [][2]string{{"buyer", string(n.Buyer)}, {"for", fmt.Sprintf("%s, %s (%s, %s capacity)", plain(n.Class), plain(n.Purpose), plain(n.Sourcing), plain(n.Tenure))}}
	add := func(name, format string, present bool, args ...any) {
		if present {
			out = append(out, [2]string{name, fmt.Sprintf(format, args...)})
		}
	}
	add("customer", "%s", n.Customer != "", plain(n.Customer))
	for i, l := range n.Lines {
		s := fmt.Sprintf("%s %s, %s", thousands(l.Quantity), strings.Join(texts(l.Accelerators), " or "), l.Period)
		if l.Divisible {
			s += fmt.Sprintf(", divisible, least %s", thousands(l.Least))
		}
		if len(l.Regions) > 0 {
			s += ", in " + strings.Join(texts(l.Regions), " or ")
		}
		if len(l.Residency) > 0 {
			s += ", country " + strings.Join(texts(l.Residency), " or ")
		}
		add(fmt.Sprintf("line %d", i+1), "%s", true, s)
	}
	add("interconnect", "%s at least", n.Interconnect != "", n.Interconnect)
	add("service level", "%s at least", n.ServiceLevel > 0, n.ServiceLevel)
	add("security", "%s", len(n.Security) > 0, words(n.Security))
	for _, d := range n.DataSets {
		place := string(d.Cloud)
		if d.Region != "" {
			place += "/" + string(d.Region)
		}
		add("data", "%s, %s GB at %s", true, d.Name, thousands(d.GB), place)
	}
	add("budget", "%s landed, at most", !n.Budget.IsZero(), amount(n.Budget))
	add("power", "%s kW by nameplate, at most", n.PowerKW > 0, thousands(n.PowerKW))
	add("carbon", "%s g/kWh at most", n.CarbonGrams > 0, thousands(n.CarbonGrams))
	add("offers", "%s from the day on which providers are asked", !n.OffersWindow.IsZero(), n.OffersWindow)
	return out
}

func (a *app) printLots(sum *desk.Summary) {
	if len(sum.Lots) == 0 {
		return
	}
	a.say("")
	t := table{align: "lrlll"}
	t.row("lot", "quantity", "of", "status", "")
	for _, l := range sum.Lots {
		note := ""
		switch {
		case l.Blocked != "":
			note = l.Blocked
		case l.Award != "":
			note = l.Award
		case l.Status == right.Held:
			note = "by " + l.Matter
		case l.Closes.IsSet():
			note = "offers until " + deadline(l.Closes, "UTC")
		}
		t.row(l.Lot, thousands(l.Quantity), l.Of, string(l.Status), note)
		for _, r := range l.Releases {
			state := "no end"
			switch {
			case r.Ended != "":
				state = "ended: " + plain(r.Ended)
			case r.Until.IsSet():
				state = "until " + deadline(r.Until, "UTC")
			}
			if r.Counterparty != "" {
				state += ", for " + string(r.Counterparty) + " alone"
			}
			if r.Exact {
				state += ", on the terms of the cap alone"
			}
			if r.CapUntil.IsSet() {
				state += ", the cap until " + deadline(r.CapUntil, "UTC")
			}
			t.row("", "", "", "", fmt.Sprintf("released by %s under %s, %s", r.Matter, r.Clause, state))
		}
	}
	t.print(a, "")
}
