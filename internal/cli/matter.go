package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"firstlook/agreement"
	"firstlook/capacity"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// What the parties say and do while a matter is open, besides the answer: terms of a negotiation, information, stays,
// extensions, changes and assignments; and the consents of others.

const asEither = "Party that acts: the holder or the buyer; the buyer where left out"

func (a *app) matterCommand() *cobra.Command {
	propose := a.acting(a.completes(leaf("propose NEED MATTER TERMS...", "Put terms on the table in a negotiation", 3, -1, a.proposeTerms), false, needs, matters), asEither)
	propose.Long = "Puts terms on the table in a negotiation, as the holder or as the buyer. The other side accepts what was proposed last: the holder with\n" +
		"`firstlook answer NEED MATTER exercise`, the buyer with `firstlook respond NEED MATTER accept`.\n\n" + termsHelp()
	propose.Example = "firstlook matter propose n1 m1 H100 x64 2026-06-01..2026-09-01 @ 2.30 USD/gpu-h --as northwind"
	ask := a.acting(a.completes(leaf("ask-information NEED MATTER WHAT...", "Ask, as the holder, for what is needed to decide", 3, -1, a.askInformation), false, needs, matters), asHolder)
	ask.Long = "Asks, as the holder, for what is needed to decide. The clause says what that does to the window: nothing, or it stands still until all is supplied."
	ask.Example = `firstlook matter ask-information n1 m1 "the floor plan and the power drawings" --as northwind`
	supply := a.acting(a.completes(leaf("supply-information NEED MATTER", "Record that all that the holder asked for is supplied", 2, 2, a.supplyInformation), false, needs, matters), asBuyer)
	stay := a.acting(a.completes(leaf("stay NEED MATTER dispute|regulatory", "Stop a window: a dispute, or a regulator's hold", 3, 3, a.stayWindow), false, needs, matters, fixed(grounds...)),
		"Party that stops it; the clause names who may")
	stay.Flags().String("reason", "", "Why")
	lift := a.acting(a.completes(leaf("lift NEED MATTER dispute|regulatory", "End a stay, so that the window goes on", 3, 3, a.liftStay), false, needs, matters, fixed(grounds...)), "Party that stopped the window")
	extend := a.acting(a.completes(leaf("extend NEED MATTER", "Lengthen a window: the buyer alone, or both sides by naming the same instant", 2, 2, a.extendWindow), false, needs, matters), asEither)
	extend.Flags().String("until", "", "When the window then closes, such as 2026-03-10T12:00Z")
	change := a.acting(a.completes(leaf("change NEED MATTER", "Change what was noticed: your own terms, or a later offer of the same rival", 2, 2, a.changeNotice), false, needs, matters), asBuyer)
	change.Long = "Changes what was noticed while the holder may still answer. A material change, as the clause defines it, gives the holder a fresh full window.\n\n" + termsHelp()
	change.Flags().String("terms", "", "The terms that take the place of your own")
	change.Flags().String("offer", "", "The later offer of the rival whose terms were noticed")
	change.Flags().String("reason", "", "Why")
	change.MarkFlagsMutuallyExclusive("terms", "offer")
	assign := a.acting(a.completes(leaf("assign NEED MATTER PARTY", "Put another party in the holder's place in one matter", 3, 3, a.assignMatter), false, needs, matters, assignees), asHolder)
	return parent("matter", "Negotiate, ask, stop, lengthen or change a matter while it is open", propose, ask, supply, stay, lift, extend, change, assign)
}

var grounds = []string{described(string(agreement.GroundDispute), "the parties disagree"), described(string(agreement.GroundRegulatory), "an authority holds it")}

// assignees completes the parties to whom the holder of a matter may assign it.
func assignees(_ *app, cmd *cobra.Command, r *record, args []string) []string {
	id, matter, err := needAndMatter(args)
	if err != nil {
		return nil
	}
	s, err := r.desk.State(cmd.Context(), id)
	if m := s.Matter(matter); err == nil && m != nil {
		return texts(m.Clause().Process.Assignees)
	}
	return nil
}

// onMatter passes a command on a matter to the desk: of the party of --as, or of the buyer where it is left out.
func (a *app) onMatter(cmd *cobra.Command, args []string, ask func(right.MatterID) (right.Ask, error)) error {
	return a.byBuyer(cmd, args[0], func(capacity.NeedID) (right.Ask, error) {
		m, err := numbered[right.MatterID]("m", "a matter", args[1])
		if err != nil {
			return nil, err
		}
		return ask(m)
	})
}

func (a *app) proposeTerms(cmd *cobra.Command, args []string) error {
	return a.onMatter(cmd, args, func(m right.MatterID) (right.Ask, error) {
		t, err := terms("TERMS", strings.Join(args[2:], " "))
		if err != nil {
			return nil, err
		}
		return right.Propose{Matter: m, Terms: *t}, nil
	})
}

func (a *app) askInformation(cmd *cobra.Command, args []string) error {
	if _, err := a.actor(cmd, "it is the holder that asks; name it"); err != nil {
		return err
	}
	what := strings.Join(args[2:], " ")
	if err := readable("WHAT", what); err != nil {
		return err
	}
	return a.onMatter(cmd, args, func(m right.MatterID) (right.Ask, error) { return right.RequestInformation{Matter: m, What: what}, nil })
}

func (a *app) supplyInformation(cmd *cobra.Command, args []string) error {
	return a.onMatter(cmd, args, func(m right.MatterID) (right.Ask, error) { return right.SupplyInformation{Matter: m}, nil })
}

// ground reads why a window is stopped.
func ground(cmd *cobra.Command, word string) (agreement.Ground, error) {
	if !slices.Contains(agreement.StayGrounds, agreement.Ground(word)) {
		return "", usage(cmd, "%q is no ground; use one of %s", word, words(agreement.StayGrounds))
	}
	return agreement.Ground(word), nil
}

func (a *app) stayWindow(cmd *cobra.Command, args []string) error {
	g, err := ground(cmd, args[2])
	if err != nil {
		return err
	}
	reason, err := prose(cmd, "reason")
	if err != nil {
		return err
	}
	return a.onMatter(cmd, args, func(m right.MatterID) (right.Ask, error) {
		return right.Stay{Matter: m, Ground: g, Reason: reason}, nil
	})
}

func (a *app) liftStay(cmd *cobra.Command, args []string) error {
	g, err := ground(cmd, args[2])
	if err != nil {
		return err
	}
	return a.onMatter(cmd, args, func(m right.MatterID) (right.Ask, error) { return right.Lift{Matter: m, Ground: g}, nil })
}

func (a *app) extendWindow(cmd *cobra.Command, args []string) error {
	text, _ := cmd.Flags().GetString("until")
	if err := needFlag(cmd, text, "until", "say when the window is to close"); err != nil {
		return err
	}
	until, err := instantFlag(cmd, "until")
	if err != nil {
		return err
	}
	return a.onMatter(cmd, args, func(m right.MatterID) (right.Ask, error) { return right.Extend{Matter: m, Until: until}, nil })
}

func (a *app) changeNotice(cmd *cobra.Command, args []string) error {
	text, _ := cmd.Flags().GetString("terms")
	later, _ := cmd.Flags().GetString("offer")
	if text == "" && later == "" {
		return usage(cmd, "nothing takes the place of what was noticed: give --terms or --offer")
	}
	given, err := terms("--terms", text)
	if err != nil {
		return err
	}
	reason, err := prose(cmd, "reason")
	if err != nil {
		return err
	}
	return a.onMatter(cmd, args, func(m right.MatterID) (right.Ask, error) {
		return right.Change{Matter: m, Terms: given, Offer: offer.ID(later), Reason: reason}, nil
	})
}

func (a *app) assignMatter(cmd *cobra.Command, args []string) error {
	if _, err := a.actor(cmd, "it is the holder that assigns; name it"); err != nil {
		return err
	}
	if err := party.Check(args[2]); err != nil {
		return bad("name a party that the clause lists under assignees", "PARTY: %v", err)
	}
	return a.onMatter(cmd, args, func(m right.MatterID) (right.Ask, error) { return right.Assign{Matter: m, To: party.ID(args[2])}, nil })
}

func (a *app) consentCommand() *cobra.Command {
	gated := func(x *app, cmd *cobra.Command, r *record, args []string) []string {
		return append(matters(x, cmd, r, args), awards(x, cmd, r, args)...)
	}
	const asConsenter = "Party whose consent it is"
	give := a.acting(a.completes(leaf("give NEED MATTER|AWARD", "Consent to an exercise, or to a rival's award", 2, 2, a.consent(true)), false, needs, gated), asConsenter)
	refuse := a.acting(a.completes(leaf("refuse NEED MATTER|AWARD", "Refuse a consent: the exercise fails, or the award falls through", 2, 2, a.consent(false)), false, needs, gated), asConsenter)
	refuse.Flags().String("reason", "", "Why")
	c := parent("consent", "Consent to what a clause makes depend on it, or refuse", give, refuse)
	c.Example = "firstlook consent give n1 m1 --as lender\nfirstlook consent refuse n1 a1 --as state --reason \"concentration of supply\""
	return c
}

func (a *app) consent(given bool) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if _, err := a.actor(cmd, "a consent is somebody's; name the party"); err != nil {
			return err
		}
		c := right.Consent{Given: given}
		var err error
		if !given {
			if c.Reason, err = prose(cmd, "reason"); err != nil {
				return err
			}
		}
		if strings.HasPrefix(args[1], "a") {
			c.Award, err = numbered[right.AwardID]("a", "an award", args[1])
		} else {
			c.Matter, err = numbered[right.MatterID]("m", "a matter or an award", args[1])
		}
		if err != nil {
			return err
		}
		return a.byBuyer(cmd, args[0], func(capacity.NeedID) (right.Ask, error) { return c, nil })
	}
}

func (a *app) performanceCommands() []*cobra.Command {
	missed := a.acting(a.completes(leaf("nonperforming NEED AWARD", "Record that an award is not performed, and how much of it is delivered", 2, 2, a.nonPerforming), false, needs, awards), asBuyer)
	missed.Long = "Records that an award is not performed. The clause under which it was made, or which let it be made, says until when it may be cured and what follows if it is not:\n" +
		"the award ends, or it keeps what is delivered and the rest goes on its way."
	missed.Flags().Int64("delivered", 0, "How many are delivered, in the first accelerator of the line")
	missed.Flags().String("reason", "", "Why")
	cure := a.acting(a.completes(leaf("cure NEED AWARD", "Record that an award is performed again", 2, 2, a.cure), false, needs, awards), asBuyer)
	cure.Flags().String("reason", "", "Why")
	return []*cobra.Command{missed, cure}
}

func (a *app) nonPerforming(cmd *cobra.Command, args []string) error {
	reason, err := prose(cmd, "reason")
	if err != nil {
		return err
	}
	delivered, _ := cmd.Flags().GetInt64("delivered")
	if delivered < 0 {
		return usage(cmd, "--delivered %d: a quantity is not negative", delivered)
	}
	return a.byBuyer(cmd, args[0], func(capacity.NeedID) (right.Ask, error) {
		which, err := numbered[right.AwardID]("a", "an award", args[1])
		return right.NonPerform{Award: which, Delivered: delivered, Reason: reason}, err
	})
}

func (a *app) cure(cmd *cobra.Command, args []string) error {
	reason, err := prose(cmd, "reason")
	if err != nil {
		return err
	}
	return a.byBuyer(cmd, args[0], func(capacity.NeedID) (right.Ask, error) {
		which, err := numbered[right.AwardID]("a", "an award", args[1])
		return right.Cure{Award: which, Reason: reason}, err
	})
}
