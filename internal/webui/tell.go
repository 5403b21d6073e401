package webui

import (
	"fmt"
	"strings"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/internal/desk"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// teller writes events in sentences for the party that looks. The record's own line stands beside each on the Record page.
type teller struct {
	law *right.Law
	who party.ID
}

func (t teller) name(p party.ID) string {
	if p == t.who {
		return "You"
	}
	return nameOf(t.law, p)
}

// you writes a name with the verb that goes with it.
func (t teller) you(p party.ID, others, you string) string {
	if p == t.who {
		return "You " + you
	}
	return t.name(p) + " " + others
}

func (t teller) at(i calendar.Instant) string { return i.In(desk.Zone(t.law, t.who)) }

// tell writes an event in one sentence.
func (t teller) tell(e right.Event) string {
	for _, f := range []func(right.Event) string{t.window, t.market, t.rare} {
		if s := f(e); s != "" {
			return sentence(s)
		}
	}
	return sentence(e.String())
}

// window tells what happens in a matter that most of them meet.
func (t teller) window(e right.Event) string {
	switch f := e.Fact.(type) {
	case *right.MatterOpened:
		return fmt.Sprintf("%s: %s of %s comes into play", f.Matter, clauseName(f.Clause), nameOf(t.law, f.Holder)) + when(f.Again != "", ", again (%s)", plain(f.Again))
	case *right.Noticed:
		s := fmt.Sprintf("%s notice of %s by %s, for %s", t.you(f.Holder, "is given", "are given"), f.Matter, plain(f.Channel), counted(f.Quantity, "accelerator"))
		s += price(f.Terms)
		return s + when(len(f.Missing) > 0, "; it still lacks %s, so no window runs", plains(f.Missing))
	case *right.Received:
		return fmt.Sprintf("The notice of %s counts as received (%s)", f.Matter, f.How)
	case *right.Opened:
		return fmt.Sprintf("The window of %s runs until %s", f.Matter, t.at(f.AnswerBy)) + when(f.Why != "", ", since it was %s", f.Why) + when(f.Calendar != "", "; calendar %s", f.Calendar)
	case *right.Answered:
		return fmt.Sprintf("%s in %s: %s", t.you(e.By, "answers", "answer"), f.Answer.Matter, answerWords(&f.Answer))
	case *right.Countered:
		s := fmt.Sprintf("The answer in %s does not match%s", f.Matter, differences(f.Differences))
		return s + when(f.Spent, "; by the clause the right is spent") + when(!f.Spent, "; the window goes on")
	case *right.Exercised:
		return fmt.Sprintf("%s is exercised for %s%s", f.Matter, counted(f.Terms.Quantity, "accelerator"), price(&f.Terms))
	case *right.Named:
		return fmt.Sprintf("Terms are named in %s: %s", f.Matter, f.Terms.String()) + when(f.RespondBy.IsSet(), "; the buyer may respond until %s", t.at(f.RespondBy))
	case *right.Ended:
		return fmt.Sprintf("%s ends: %s", f.Matter, outcomeWords(f.Outcome)) + when(f.Reason != "", " (%s)", f.Reason)
	case *right.Released:
		s := fmt.Sprintf("%s releases its lot", f.Matter) + when(f.Until.IsSet(), " until %s", t.at(f.Until)) + when(!f.Until.IsSet(), ", without an end")
		if f.Cap != nil {
			s += fmt.Sprintf("; a rival may get no better terms than %s", f.Cap.String())
		}
		return s
	case *right.ReleaseEnded:
		return fmt.Sprintf("The release by %s no longer serves %s: %s", f.Matter, f.Lot, plain(f.Why))
	case *right.InformationRequested:
		return fmt.Sprintf("%s in %s: %s", t.you(e.By, "asks for information", "ask for information"), f.Matter, f.What)
	case *right.InformationSupplied:
		return fmt.Sprintf("What was asked for in %s is supplied", f.Matter)
	case *right.Tolled:
		return fmt.Sprintf("The window of %s stands still (%s)", f.Matter, f.Ground) + when(f.Until.IsSet(), ", until %s at the latest", t.at(f.Until)) + when(f.Reason != "", ": %s", f.Reason)
	case *right.Untolled:
		return fmt.Sprintf("The window of %s goes on (%s)", f.Matter, f.Ground)
	}
	return ""
}

// market tells how a need begins, how its lots go to market, and who has them.
func (t teller) market(e right.Event) string {
	switch f := e.Fact.(type) {
	case *right.NeedSubmitted:
		return fmt.Sprintf("%s need %s: %s", t.you(f.Need.Buyer, "submits", "submit"), f.Need.ID, f.Need.Title)
	case *right.NeedWithdrawn:
		return "The need is withdrawn: " + f.Reason
	case *right.Engaged:
		if f.Engaged {
			return fmt.Sprintf("%s of %s engages line %d: %s", clauseName(f.Clause), nameOf(t.law, f.Holder), f.Line+1, f.Reason)
		}
		return fmt.Sprintf("%s does not engage line %d: %s", clauseName(f.Clause), f.Line+1, f.Reason)
	case *right.LotOpened:
		return fmt.Sprintf("%s begins its way: %s of line %d", f.Lot, counted(f.Quantity, "accelerator"), f.Line+1)
	case *right.OffersRequested:
		if contains(f.Invited, t.who) && len(f.Invited) == 1 {
			return fmt.Sprintf("You are asked for an offer for %s, until %s", f.Lot, t.at(f.Closes))
		}
		return fmt.Sprintf("Offers for %s are asked of %s, sealed until %s", f.Lot, namesOf(t.law, f.Invited), t.at(f.Closes))
	case *right.OfferReceived:
		if f.Offer.Provider == "" {
			return fmt.Sprintf("Offer %s comes in under seal; its hash is %.12s", f.Offer.ID, f.Hash)
		}
		return fmt.Sprintf("%s offer %s: %s", t.you(f.Offer.Provider, "makes", "make"), f.Offer.ID, f.Offer.Terms.String())
	case *right.OfferWithdrawn:
		return fmt.Sprintf("Offer %s is withdrawn", f.Offer)
	case *right.RoundClosed:
		return fmt.Sprintf("The round for %s closes and its offers are opened", f.Lot)
	case *right.Chosen:
		s := fmt.Sprintf("%s offers for %s", t.you(e.By, "chooses", "choose"), f.Lot)
		if c := f.Comparison; c != nil {
			s += fmt.Sprintf(", landed cost %s", amount(c.Total))
		}
		return s + when(f.Manual, "; chosen by %s: %s", f.Person, f.Reason)
	case *right.PickSet:
		return fmt.Sprintf("%s is set on offer %s of %s", f.Lot, f.Pick.Offer, nameOf(t.law, f.Pick.Provider))
	case *right.Awarded:
		return fmt.Sprintf("%s is awarded %s of %s%s", nameOf(t.law, f.Provider), counted(f.Quantity, "accelerator"), f.Lot, price(&f.Terms)) + " (" + f.Award.String() + ")"
	case *right.Signed:
		return fmt.Sprintf("Award %s is signed; its terms stay within every cap", f.Award)
	case *right.FellThrough:
		return fmt.Sprintf("Award %s came to nothing: %s", f.Award, f.Reason)
	case *right.Blocked:
		return fmt.Sprintf("%s may go to nobody else: %s (%s)", f.Lot, f.Reason, clauseName(f.Clause))
	}
	return ""
}

// rare tells what only some matters and awards meet.
func (t teller) rare(e right.Event) string {
	switch f := e.Fact.(type) {
	case *right.DeterminationRequired:
		return fmt.Sprintf("%s stops: the agreement leaves %s open; %s", f.Matter, plain(f.Param), readable(t.law, t.who, f.Why))
	case *right.Determined:
		return fmt.Sprintf("%s determines %s in %s as %s: %s", f.Person, plain(f.Param), f.Matter, plain(f.Value), f.Reason)
	case *right.Interested:
		return fmt.Sprintf("The parties negotiate in %s until %s", f.Matter, t.at(f.NegotiateBy))
	case *right.Proposed:
		return fmt.Sprintf("The %s proposes in %s: %s", f.Role, f.Matter, f.Terms.String())
	case *right.ConsentAwaited:
		return fmt.Sprintf("The exercise of %s waits for the consent of %s", f.Matter, namesOf(t.law, f.Of))
	case *right.NonPerforming:
		return fmt.Sprintf("Award %s is not performed: %s; it may be cured until %s", f.Award, f.Reason, t.at(f.CureBy))
	case *right.Cured:
		return fmt.Sprintf("Award %s is performed again: %s", f.Award, f.Reason)
	case *right.ChoiceFell:
		return fmt.Sprintf("The choice for %s falls: %s", f.Lot, f.Reason)
	}
	return ""
}

func when(b bool, format string, args ...any) string {
	if !b {
		return ""
	}
	return fmt.Sprintf(format, args...)
}

// price is what terms ask for an accelerator-hour, as the end of a sentence.
func price(t *offer.Terms) string {
	if t == nil || len(t.Price) == 0 {
		return ""
	}
	s := " at " + rate(t.Price[0].Rate)
	return s + when(len(t.Price) > 1, " at first, then in steps")
}

func differences(all []offer.Difference) string {
	words := make([]string, len(all))
	for i, d := range all {
		words[i] = fmt.Sprintf("%s is %s and not %s", plain(d.Dimension), d.Got, d.Cap)
	}
	if len(words) == 0 {
		return ""
	}
	return ": " + and(words)
}

// clauseName cites a version of a clause as people read it.
func clauseName(r agreement.Ref) string {
	return fmt.Sprintf("%s (version %d)", strings.ReplaceAll(string(r.Clause), "-", " "), r.Version)
}

// outcomes say how a matter stands or ended.
var outcomes = map[right.Status]string{
	right.Deficient: "the notice is incomplete", right.Sent: "noticed, not yet received", right.Open: "the window is open", right.Stood: "the window stands still",
	right.Negotiating: "the parties negotiate", right.StandNamed: "terms are named", right.Bidden: "waits for the other holders", right.Conditional: "waits for a consent",
	right.Taken: "exercised", right.Declined: "declined", right.Lapsed: "lapsed", right.Waived: "waived", right.CannotBe: "unable to supply", right.Rejected: "rejected",
	right.Failed: "no agreement was reached", right.Outbid: "outbid", right.ConditionFailed: "the consent was refused", right.Sold: "sold instead",
	right.Superseded: "another notice took its place", right.Terminated: "terminated",
}

func outcomeWords(s right.Status) string {
	if w, ok := outcomes[s]; ok {
		return w
	}
	return plain(s)
}

// answerWords says what a holder answered.
func answerWords(a *right.Answer) string {
	s := map[right.AnswerKind]string{right.Exercise: "takes it", right.Decline: "declines", right.Waive: "waives the right in this matter",
		right.Unable: "certifies that it cannot supply", right.Name: "names its terms", right.Interest: "wishes to negotiate", right.Sell: "sells on these terms instead"}[a.Kind]
	if a.Quantity > 0 {
		s += ", " + counted(a.Quantity, "accelerator")
	}
	if a.Terms != nil {
		s += ", on these terms: " + a.Terms.String()
	}
	return s + when(a.Rest != "", ", and of the rest: %s", plain(a.Rest))
}
