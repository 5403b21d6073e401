package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"firstlook/agreement"
	"firstlook/award"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/offer"
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
	return a.onLot(cmd, args[:min(len(args), 2)], func(_ *right.State, lot right.LotID) (right.Ask, error) {
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
	return a.write(cmd.Context(), mustExist, func(r *record) error {
		by, err := a.buyer(cmd.Context(), r, id)
		if err != nil {
			return err
		}
		s, err := r.desk.State(cmd.Context(), id)
		if err != nil {
			return err
		}
		ask := right.Sign{Award: which}
		if given != nil {
			ask.Terms = *given
		} else if w := s.AwardOf(which); w != nil {
			ask.Terms = w.Terms
		}
		return a.do(cmd.Context(), r, id, right.Command{By: by, Ask: ask})
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
	Choices []choiceJSON    `json:"choices"` // the buyer's alone
}

type choiceJSON struct {
	At         calendar.Instant  `json:"at"`
	Lot        string            `json:"lot"`
	Manual     bool              `json:"manual"`
	Person     string            `json:"person,omitempty"`
	Reason     string            `json:"reason,omitempty"`
	Comparison *award.Comparison `json:"comparison"`
}

func (a *app) showAward(cmd *cobra.Command, args []string) error {
	id, err := needID(args[0])
	if err != nil {
		return err
	}
	return a.read(cmd.Context(), func(r *record) error {
		s, who, err := a.need(cmd.Context(), r, id)
		if err != nil {
			return err
		}
		out := awardJSON{Need: id, Awards: orEmpty(desk.Summarize(&s, who).Awards), Choices: []choiceJSON{}}
		if who == s.Need.Buyer {
			history, err := r.desk.History(cmd.Context(), id)
			if err != nil {
				return err
			}
			out.Choices = choices(history)
		}
		if a.json {
			return a.document(out)
		}
		if len(out.Awards) == 0 {
			a.say("No award for %s yet; `firstlook need explain %s` says what it waits for.", id, id)
		}
		var decided []agreement.Ref
		for i := range out.Awards {
			a.printAward(&s, &out.Awards[i])
			decided = append(decided, out.Awards[i].Because...)
		}
		for _, c := range out.Choices {
			a.printChoice(&c)
		}
		a.printAssumptions(&s, decided)
		return nil
	})
}

func choices(history []right.Event) []choiceJSON {
	out := []choiceJSON{}
	for _, e := range history {
		if f, ok := e.Fact.(*right.Chosen); ok {
			out = append(out, choiceJSON{e.At, f.Lot.String(), f.Manual, f.Person, f.Reason, f.Comparison})
		}
	}
	return out
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
func (a *app) printAward(s *right.State, w *desk.Award) {
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
		c, _, ok := s.Law().Book.Clause(ref)
		if !ok {
			continue
		}
		a.say("  decided  by %s, %s (%s)", ref, plain(c.Kind), c.Cite)
		if c.Text != "" {
			a.say("             %s", c.Text)
		}
		for i := range s.Matters {
			if m := &s.Matters[i]; m.Clause().Ref == ref && (m.Lot.String() == w.Lot || m.ID.String() == w.Matter) {
				a.say("             %s of %s: %s%s", m.ID, m.Holder, m.Status, windowWords(m))
			}
		}
	}
	a.say("")
}

func windowWords(m *right.Matter) string {
	if !m.AnswerBy.IsSet() {
		return ""
	}
	return "; it could answer until " + deadline(m.AnswerBy, "UTC")
}

// printChoice writes one choice with the comparison that led to it.
func (a *app) printChoice(c *choiceJSON) {
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
