package cli

import (
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"firstlook/agreement"
	"firstlook/capacity"
	"firstlook/internal/door"
	"firstlook/right"
)

func (a *app) answerCommand() *cobra.Command {
	kinds := []string{
		described(string(right.Exercise), "take it, whole or in part"), described(string(right.Decline), "refuse it"),
		described(string(right.Waive), "give the right up for this matter"), described(string(right.Unable), "certify that it cannot be supplied"),
		described(string(right.Name), "name own terms"), described(string(right.Interest), "wish to negotiate"),
		described(string(right.Sell), "sell to the buyer in place of taking"),
	}
	c := a.acting(a.completes(leaf("answer NEED MATTER exercise|decline|waive|unable|name|interest|sell", "Answer a notice as the holder of the right", 3, 3, a.answer), false, needs, matters, fixed(kinds...)), asHolder)
	c.Long = "Answers a notice as the holder of the right:\n\n" +
		"  exercise   take the capacity, whole or in part (--quantity), on the noticed terms or on --terms\n" +
		"  decline    refuse it\n" +
		"  waive      give the right up for this matter\n" +
		"  unable     certify that it cannot be supplied (a first call)\n" +
		"  name       name own --terms (a first offer on the holder's terms; a last look, as often as you like until the window closes)\n" +
		"  interest   wish to negotiate (a first negotiation)\n" +
		"  sell       sell to the buyer on the noticed terms in place of taking them, where the clause has that alternative\n\n" +
		"Where several holders share, what each wants is allocated once all have answered; --least is the fewest that you would take. In a\n" +
		"negotiation exercise accepts what the buyer proposed last.\n\n" + termsHelp()
	c.Example = `firstlook answer n1 m1 exercise --as northwind
firstlook answer n1 m1 exercise --quantity 32 --rest decline --as northwind`
	f := c.Flags()
	f.Int64("quantity", 0, "How many are taken, in the first accelerator of the line; all where left out")
	f.Int64("least", 0, "The fewest that are taken where several holders share: less than that, and nothing is")
	f.String("terms", "", "Terms of the exercise or of the naming")
	f.String("rest", "", "What becomes of what is not taken: decline or unable; it stays open where left out")
	_ = c.RegisterFlagCompletionFunc("rest", cobra.FixedCompletions([]string{"decline", "unable"}, cobra.ShellCompDirectiveNoFileComp)) // defined above
	return c
}

func (a *app) answer(cmd *cobra.Command, args []string) error {
	id, matter, err := needAndMatter(args)
	if err != nil {
		return err
	}
	by, err := a.actor(cmd, "an answer is the holder's; name it")
	if err != nil {
		return err
	}
	kind := right.AnswerKind(args[2])
	if !slices.Contains(right.AnswerKinds, kind) {
		return usage(cmd, "%q is no answer; use one of %s", args[2], words(right.AnswerKinds))
	}
	out := right.Answer{Matter: matter, Kind: kind}
	flags := cmd.Flags()
	out.Quantity, _ = flags.GetInt64("quantity")
	if flags.Changed("quantity") && out.Quantity < 1 {
		return usage(cmd, "--quantity %d: a quantity is 1 or more", out.Quantity)
	}
	out.Least, _ = flags.GetInt64("least")
	if flags.Changed("least") && out.Least < 1 {
		return usage(cmd, "--least %d: a quantity is 1 or more", out.Least)
	}
	text, _ := flags.GetString("terms")
	if out.Terms, err = terms("--terms", text); err != nil {
		return err
	}
	rest, _ := flags.GetString("rest")
	if rest != "" && rest != string(right.Decline) && rest != string(right.Unable) {
		return usage(cmd, "--rest %s: use decline or unable", rest)
	}
	out.Rest = right.AnswerKind(rest)
	return a.alter(cmd.Context(), mustExist, func(d door.Door) error {
		return a.do(cmd.Context(), d, id, right.Command{By: by, Ask: out})
	})
}

func (a *app) respondCommand() *cobra.Command {
	words := fixed(described("accept", "take the named terms"), described("reject", "go on to the market, within them"))
	return a.acting(a.completes(leaf("respond NEED MATTER accept|reject", "Accept or reject the terms that a holder named", 3, 3, a.respond), false, needs, matters, words), asBuyer)
}

func (a *app) respond(cmd *cobra.Command, args []string) error {
	id, matter, err := needAndMatter(args)
	if err != nil {
		return err
	}
	if args[2] != "accept" && args[2] != "reject" {
		return usage(cmd, "%q is no response; use accept or reject", args[2])
	}
	return a.asBuyer(cmd, id, right.Respond{Matter: matter, Accept: args[2] == "accept"})
}

func (a *app) determineCommand() *cobra.Command {
	c := a.judging(a.acting(a.completes(leaf("determine NEED MATTER PARAM VALUE", "Record what a parameter that the agreement leaves open means in one matter", 4, 4, a.determine),
		false, needs, matters, params), asBuyer))
	c.Long = "Records what a parameter that the agreement leaves open means in one matter. The value is written as an agreement file would write it; " +
		"it counts in this matter alone, with the name of the person and the reason."
	c.Example = `firstlook determine n1 m1 window "{length: 10 business_days, zone: America/Los_Angeles, at: end_of_day}" \
  --reason "the signed text says promptly" --person "Dana Counsel"
firstlook determine trigger acme-northwind spend-reached --as auditor --person "A. Auditor" --reason "audited statement of May"`
	c.Flags().String("reason", "", "Why")
	trigger := a.judging(a.looking(a.completes(leaf("trigger AGREEMENT TRIGGER", "Certify, or challenge, that an event happened for which clauses wait", 2, 2, a.certify), false, agreements, triggers),
		"Party that certifies it; the agreement names who may"))
	trigger.Flags().String("reason", "", "Why")
	trigger.Flags().Bool("challenge", false, "Challenge what was certified, as a holder who would forfeit a right by it")
	trigger.Flags().String("at", "", "When it takes effect; now where left out, never earlier")
	c.AddCommand(trigger)
	return c
}

func (a *app) determine(cmd *cobra.Command, args []string) error {
	id, matter, err := needAndMatter(args)
	if err != nil {
		return err
	}
	reason, err := prose(cmd, "reason")
	if err != nil {
		return err
	}
	if a.person, err = prose(cmd, "person"); err != nil {
		return err
	}
	return a.asBuyer(cmd, id, right.Determine{Matter: matter, Param: args[2], Value: args[3], Reason: reason})
}

// certify records that a trigger of an agreement happened.
func (a *app) certify(cmd *cobra.Command, args []string) error {
	by, err := a.actor(cmd, "name the party that certifies it")
	if err != nil {
		return err
	}
	reason, err := prose(cmd, "reason")
	if err != nil {
		return err
	}
	if a.person, err = prose(cmd, "person"); err != nil {
		return err
	}
	f := agreement.Fact{Agreement: agreement.ID(args[0]), Trigger: agreement.TriggerID(args[1]), By: by, Person: a.person, Reason: reason}
	if f.Challenge, _ = cmd.Flags().GetBool("challenge"); f.Challenge && cmd.Flags().Changed("at") {
		return usage(cmd, "--at: a challenge takes effect when it is recorded")
	}
	if f.At, err = instantFlag(cmd, "at"); err != nil {
		return err
	}
	return a.alter(cmd.Context(), mustExist, func(d door.Door) error {
		done, err := d.Certify(cmd.Context(), f, "")
		var no *right.Refusal
		if errors.As(err, &no) && no.Code == right.NotTheHolder {
			return &failure{exitRefused, err, "`firstlook agreement explain` says who certifies what"}
		}
		if err != nil {
			return err
		}
		if a.json {
			return a.document(done.Fact)
		}
		a.printFact(done)
		return nil
	})
}

// printFact says what was certified or challenged, what each clause makes of it, and what followed in needs.
func (a *app) printFact(c *door.Certified) {
	if c.Challenge {
		a.say("the certification of %s of %s is challenged by %s (%s)", c.Trigger, c.Agreement, c.By, c.Person)
	} else {
		a.say("%s of %s is certified by %s (%s), in effect from %s", c.Trigger, c.Agreement, c.By, c.Person, instant(c.At))
	}
	for _, line := range c.Effects {
		a.say("  %s", line)
	}
	for _, f := range c.Followed {
		for _, e := range f.Events {
			a.say("  %s: %s", f.Need, eventLine(e))
		}
	}
}

func (a *app) reofferCommand() *cobra.Command {
	return a.acting(a.completes(leaf("reoffer NEED [LOT]", "Give the holders whose releases no longer serve a new notice", 1, 2, func(cmd *cobra.Command, args []string) error {
		return a.onLot(cmd, args, func(_ *capacity.Need, lot right.LotID) (right.Ask, error) { return right.Reoffer{Lot: lot}, nil })
	}), false, needs, lots), asBuyer)
}
