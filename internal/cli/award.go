package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/door"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

func (a *app) chooseCommand() *cobra.Command {
	c := a.judging(a.acting(a.completes(leaf("choose NEED [LOT [OFFER...]]", "Choose the cheapest lawful offers for a lot, or named offers with a reason", 1, -1, a.choose), true, needs, lots, offersOf), asBuyer))
	c.Long = "Chooses the cheapest lawful offers for a lot by landed cost; or the named offers, which needs a reason and the name of a person. " +
		"A right that comes after the choice (match) is run against its holder before anything is awarded."
	c.Flags().String("reason", "", "Why other offers than the cheapest")
	return c
}

func (a *app) choose(cmd *cobra.Command, args []string) error {
	reason, err := prose(cmd, "reason")
	if err != nil {
		return err
	}
	if a.person, err = prose(cmd, "person"); err != nil {
		return err
	}
	return a.onLot(cmd, args[:min(len(args), 2)], func(_ *capacity.Need, lot right.LotID) (right.Ask, error) {
		c := right.Choose{Lot: lot, Reason: reason}
		for _, id := range args[min(len(args), 2):] {
			c.Offers = append(c.Offers, offer.ID(id))
		}
		return c, nil
	})
}

func (a *app) signCommand() *cobra.Command {
	c := a.acting(a.completes(leaf("sign NEED AWARD [TERMS...]", "Check the terms that are about to be signed against every cap, and record them", 2, -1, a.sign), false, needs, awards), asBuyer)
	c.Long = "Checks the terms that are about to be signed, or a later change of them, against every cap that the award rests on, and records them. " +
		"Without TERMS they are the terms of the award.\n\n" + termsHelp()
	return c
}

func (a *app) sign(cmd *cobra.Command, args []string) error {
	id, err := needID(args[0])
	if err != nil {
		return err
	}
	which, err := numbered[right.AwardID]("a", "an award", args[1])
	if err != nil {
		return err
	}
	given, err := terms("TERMS", strings.Join(args[2:], " "))
	if err != nil {
		return err
	}
	return a.alter(cmd.Context(), mustExist, func(d door.Door) error {
		ask := right.Sign{Award: which}
		if given != nil {
			ask.Terms = *given
		} else {
			page, err := d.Need(cmd.Context(), id, "")
			if err != nil {
				return err
			}
			for i := range page.Awards {
				if page.Awards[i].Award == which.String() {
					ask.Terms = page.Awards[i].Terms
				}
			}
		}
		return a.do(cmd.Context(), d, id, right.Command{By: party.ID(a.as), Ask: ask})
	})
}

func (a *app) fallThroughCommand() *cobra.Command {
	c := a.acting(a.completes(leaf("fall-through NEED AWARD", "Record that an award came to nothing; what the clauses say reopens", 2, 2, a.fallThrough), false, needs, awards), asBuyer)
	c.Flags().String("reason", "", "Why")
	return c
}

func (a *app) fallThrough(cmd *cobra.Command, args []string) error {
	reason, err := prose(cmd, "reason")
	if err != nil {
		return err
	}
	return a.byBuyer(cmd, args[0], func(capacity.NeedID) (right.Ask, error) {
		which, err := numbered[right.AwardID]("a", "an award", args[1])
		return right.FallThrough{Award: which, Reason: reason}, err
	})
}

func (a *app) awardCommand() *cobra.Command {
	c := parent("award", "See who supplies a need and why, and record how it is performed",
		a.looking(a.completes(leaf("show NEED", "Show the awards with the comparison of all offers, the reasons, and the clauses that decided", 1, 1, a.showAward), false, needs), asView))
	c.AddCommand(a.performanceCommands()...)
	c.AddCommand(a.planCommand())
	return c
}

// awardJSON is award show as a document.
type awardJSON struct {
	Need    capacity.NeedID `json:"need"`
	Awards  []desk.Award    `json:"awards"`
	Choices []door.Choice   `json:"choices"` // the buyer's alone
}

func (a *app) showAward(cmd *cobra.Command, args []string) error {
	id, err := needID(args[0])
	if err != nil {
		return err
	}
	return a.look(cmd.Context(), func(d door.Door) error {
		page, err := d.Awards(cmd.Context(), id, party.ID(a.as))
		if err != nil {
			return err
		}
		if a.json {
			return a.document(awardJSON{id, orEmpty(page.Awards), orEmpty(page.Choices)})
		}
		if len(page.Awards) == 0 {
			a.say("No award for %s yet; `firstlook need explain %s` says what it waits for.", id, id)
		}
		for i := range page.Awards {
			a.printAward(page, &page.Awards[i])
		}
		for i := range page.Choices {
			a.printChoice(&page.Choices[i])
		}
		for _, c := range page.Clauses {
			a.printAssumptions(c.Clause, c.Assumed)
		}
		return nil
	})
}

// printAwards writes awards in a table.
func (a *app) printAwards(all []desk.Award) {
	t := table{align: "lllrrl"}
	t.row("award", "lot", "provider", "quantity", "landed cost", "state")
	for _, w := range all {
		t.row(w.Award, w.Lot, fmt.Sprintf("%s (%s)", w.Provider, w.Role), thousands(w.Quantity)+" "+w.Of, landedWords(&w), stateOf(&w))
	}
	t.print(a, "")
}

func landedWords(w *desk.Award) string {
	if w.Landed.Currency() == "" {
		return "-"
	}
	return amount(w.Landed)
}

func stateOf(w *desk.Award) string {
	switch {
	case w.Ended:
		return "came to nothing"
	case w.Missed != nil:
		return "not performed, may be cured until " + instant(w.Missed.CureBy)
	case len(w.Consents) > 0:
		return "not signed, waits for the consent of " + words(w.Consents)
	case w.Signed:
		return "signed"
	}
	return "not signed"
}

// printAward writes one award with the clauses that decided it and how the matters under them ended.
func (a *app) printAward(page *door.AwardPage, w *desk.Award) {
	a.say("%s: %s %s of %s to %s (%s), %s", w.Award, thousands(w.Quantity), w.Of, w.Lot, w.Provider, w.Role, stateOf(w))
	a.say("  terms    %s", w.Terms.String())
	if w.Landed.Currency() != "" {
		a.say("  landed   %s", amount(w.Landed))
	}
	switch {
	case w.Matter != "":
		a.say("  by       %s, in which %s took it", w.Matter, w.Provider)
	case w.Offer != "":
		a.say("  by       offer %s", w.Offer)
	}
	if len(w.Because) == 0 {
		a.say("  decided  by no clause: none gives anybody a right that comes first")
	}
	for _, ref := range w.Because {
		i := slices.IndexFunc(page.Clauses, func(c door.DecidedBy) bool { return c.Clause == ref })
		if i < 0 {
			continue // of an agreement that is not this party's
		}
		c := &page.Clauses[i]
		a.say("  decided  by %s, %s (%s)", ref, plain(c.Kind), c.Cite)
		if c.Text != "" {
			a.say("             %s", c.Text)
		}
		for i := range page.Matters {
			if m := &page.Matters[i]; m.Clause == ref && (page.Lots[m.Matter] == w.Lot || m.Matter == w.Matter) {
				a.say("             %s of %s: %s%s", m.Matter, m.Holder, m.Status, windowWords(m))
			}
		}
	}
	a.say("")
}

func windowWords(m *desk.Notice) string {
	if !m.AnswerBy.IsSet() {
		return ""
	}
	return "; it could answer until " + deadline(m.AnswerBy, "UTC")
}

// printChoice writes one choice with the comparison that led to it.
func (a *app) printChoice(c *door.Choice) {
	how := "the cheapest lawful choice"
	if c.Manual {
		how = fmt.Sprintf("%s decided: %s", c.Person, c.Reason)
	}
	a.say("choice for %s at %s: %s", c.Lot, instant(c.At), how)
	if c.Manual {
		a.say("  only the offers that were named are compared")
	}
	for line := range strings.Lines(c.Comparison.Table()) {
		a.say("%s", strings.TrimRight("  "+line, " \n"))
	}
	a.say("")
}
