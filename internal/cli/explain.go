package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"firstlook/agreement"
	"firstlook/internal/door"
	"firstlook/internal/whatif"
)

func (a *app) explainCommand() *cobra.Command {
	c := a.completes(leaf("explain ID", "Say which clauses engage and why, what blocks, who has the word, the earliest lawful instant for a rival, and what would change it", 1, 1, a.explainNeed), false, needs)
	c.Long = "Says which clauses engage a need and why the others do not, what blocks it, every open window on both parties' clocks, who has the word, the earliest\n" +
		"lawful instant at which a rival can be taken if nobody uses a right, and the single fact that would change that or the award most directly.\n\n" +
		"With --at it says what was known at an earlier instant: by the records, facts and agreements that had been recorded by then."
	c.Flags().String("at", "", "As it was known at an instant, such as 2026-03-04T09:00Z; now where left out")
	return c
}

func (a *app) explainNeed(cmd *cobra.Command, args []string) error {
	id, err := needID(args[0])
	if err != nil {
		return err
	}
	at, err := instantFlag(cmd, "at")
	if err != nil {
		return err
	}
	return a.look(cmd.Context(), func(d door.Door) error {
		x, err := d.Explain(cmd.Context(), id, "", at)
		var early *door.NotKnown
		if errors.As(err, &early) {
			return bad(early.Next, "%s", early.Detail)
		}
		if err != nil {
			return err
		}
		if a.json {
			return a.document(x)
		}
		a.printExplained(x)
		return nil
	})
}

func (a *app) printExplained(x *door.Explanation) {
	a.say("%s: %s for %s, %s, at %s", x.Need, capacityWords(x.Asks.Lines), plain(x.Asks.Class), plain(x.Asks.Purpose), instant(x.At))
	a.say("status: %s", x.Status)
	a.say("\nclauses")
	t := table{align: "lllll"}
	t.row("  line", "", "clause", "right", "why")
	for _, e := range x.Clauses {
		engaged := "engaged"
		if !e.Engaged {
			engaged = "not engaged"
		}
		t.row(fmt.Sprintf("  %d", e.Line), engaged, e.Clause.String(), plain(e.Kind)+" of "+string(e.Holder), e.Reason)
	}
	t.print(a, "  No clause in force gives anybody a right over this need.")
	for i, e := range x.Clauses {
		if e.Engaged && !slices.ContainsFunc(x.Clauses[:i], func(o door.Engagement) bool { return o.Engaged && o.Clause == e.Clause }) {
			a.printAssumptions(e.Clause, e.Assumed)
		}
	}
	if len(x.Windows) > 0 {
		a.say("\nopen windows")
	}
	for _, w := range x.Windows {
		a.say("  %s  %s %s until %s", w.Matter, w.Who, w.What, w.Until)
		for _, l := range w.Local {
			local, _, _ := strings.Cut(deadline(w.Until, l.Zone), " (")
			a.say("      %-32s  for %s (%s)", local, l.Party, l.Zone)
		}
	}
	if len(x.Blocks) > 0 {
		a.say("\nblocked")
	}
	for _, b := range x.Blocks {
		who := "everybody"
		if b.Provider != "" {
			who = string(b.Provider)
		}
		a.say("  %s  for %s by %s: %s", b.Lot, who, b.Clause, b.Reason)
	}
	a.printNext(x.Zones, x.Next)
	a.printOutlook(x)
	a.printNearest(x)
}

// printAssumptions says of a clause which values no published or signed text gives.
func (a *app) printAssumptions(ref agreement.Ref, assumed []agreement.Assumption) {
	if len(assumed) == 0 {
		return
	}
	a.say("\nassumptions in %s: no published or signed text gives these values", ref)
	t := table{align: "ll"}
	for _, as := range assumed {
		t.row("  "+as.Param, as.Reason)
	}
	t.print(a, "")
}

// printOutlook writes the earliest instant at which a rival can be taken, and what silence would bring on the way.
func (a *app) printOutlook(x *door.Explanation) {
	if len(x.Outlook) == 0 {
		return
	}
	zone := x.Zones.Of(x.Asks.Buyer)
	a.say("\nif nobody answers, and a rival offers terms that every clause lets pass")
	for _, o := range x.Outlook {
		if !o.At.IsSet() {
			a.say("  %s  no rival can be taken: %s", o.Lot, o.Why)
			continue
		}
		a.say("  %s  a rival can be taken from %s on: %s", o.Lot, instantIn(o.At, zone), o.Why)
		for _, m := range o.Path {
			a.say("      %-17s  %s", m.At, m.What)
		}
	}
}

// printNearest writes the single facts that would change the outcome most directly.
func (a *app) printNearest(x *door.Explanation) {
	if len(x.Nearest) == 0 {
		return
	}
	zone := x.Zones.Of(x.Asks.Buyer)
	a.say("\nwhat would change it most directly")
	for _, n := range x.Nearest {
		switch {
		case !n.At.IsSet():
			a.say("  %s  if %s now: %s", n.Lot, n.Fact, n.Why)
		case n.Before.IsSet():
			a.say("  %s  if %s now, a rival can be taken from %s on, %s sooner", n.Lot, n.Fact, instantIn(n.At, zone), whatif.Duration(n.Before-n.At))
		default:
			a.say("  %s  if %s now, a rival can be taken from %s on; as things stand, never", n.Lot, n.Fact, instantIn(n.At, zone))
		}
	}
}
