package whatif

import (
	"fmt"
	"slices"
	"strings"

	"firstlook/calendar"
	"firstlook/right"
)

// anchors are what commands answer, by name, with the instant of each: "offers l1#2" is the second request for offers for
// l1. The same names mean the same things in the record and in the changed world.
type anchors map[string]calendar.Instant

// latest returns the name of the last of several of one kind; empty for none.
func (a anchors) latest(kind string) string {
	name := ""
	for n := 1; ; n++ {
		next := fmt.Sprintf("%s#%d", kind, n)
		if _, ok := a[next]; !ok {
			return name
		}
		name = next
	}
}

func (a anchors) add(at calendar.Instant, format string, args ...any) {
	kind := fmt.Sprintf(format, args...)
	for n := 1; ; n++ {
		name := fmt.Sprintf("%s#%d", kind, n)
		if _, ok := a[name]; !ok {
			a[name] = at
			return
		}
	}
}

// note keeps what others may answer of an event.
func (a anchors) note(e *right.Event) {
	switch f := e.Fact.(type) {
	case *right.OffersRequested:
		a.add(e.At, "offers %s", f.Lot)
	case *right.RoundClosed:
		a.add(e.At, "closed %s", f.Lot)
	case *right.OfferReceived:
		a.add(e.At, "offer %s", f.Offer.ID)
	case *right.MatterOpened:
		a.add(e.At, "matter %s", f.Matter)
	case *right.Noticed:
		a.add(e.At, "notice %s", f.Matter)
	case *right.Named:
		a.add(e.At, "named %s", f.Matter)
	case *right.DeterminationRequired:
		a.add(e.At, "question %s %s", f.Matter, f.Param)
	case *right.Awarded:
		a.add(e.At, "award %s", f.Award)
	case *right.LotSplit:
		a.split(f)
	case *right.InformationRequested:
		a.add(e.At, "request %s", f.Matter)
	case *right.Tolled:
		a.add(e.At, "toll %s %s", f.Matter, f.Ground)
	case *right.Interested:
		a.add(e.At, "talks %s", f.Matter)
	case *right.Proposed:
		a.add(e.At, "proposal %s", f.Matter)
	case *right.ConsentAwaited:
		a.add(e.At, "consent %s", f.Matter)
	case *right.NonPerforming:
		a.add(e.At, "missed %s", f.Award)
	}
}

// split lets the new lot answer to what the old one answered to. Its matter is exercised or named at once and answers to
// nothing.
func (a anchors) split(f *right.LotSplit) {
	for _, kind := range []string{"offers", "closed"} {
		if name := a.latest(fmt.Sprintf("%s %s", kind, f.From)); name != "" {
			a.add(a[name], "%s %s", kind, f.To)
		}
	}
}

// behind says what a command answers and how long after it comes.
func (a anchors) behind(s *right.State, c right.Command, at calendar.Instant) (string, calendar.Instant) {
	var kinds []string
	add := func(format string, args ...any) { kinds = append(kinds, fmt.Sprintf(format, args...)) }
	switch ask := c.Ask.(type) {
	case right.SubmitOffer:
		for i := range s.Lots {
			if l := &s.Lots[i]; l.Line == ask.Offer.Line && l.Round && slices.Contains(l.Invited, c.By) {
				add("offers %s", l.ID)
			}
		}
		for i := range s.Matters { // what comes in unasked answers the negotiation
			if m := &s.Matters[i]; m.Status == right.Negotiating && m.Clause().Process.Unsolicited && s.Lot(m.Lot).Line == ask.Offer.Line {
				add("talks %s", m.ID)
			}
		}
	case right.WithdrawOffer:
		add("offer %s", ask.Offer)
	case right.Answer:
		add("notice %s", ask.Matter)
	case right.Receipt:
		add("notice %s", ask.Matter)
	case right.Notice:
		add("matter %s", ask.Matter)
	case right.Respond:
		add("named %s", ask.Matter)
	case right.Determine:
		add("question %s %s", ask.Matter, ask.Param)
	case right.Choose:
		add("closed %s", ask.Lot)
	case right.RequestOffers:
		add("closed %s", ask.Lot)
	case right.Sign:
		add("award %s", ask.Award)
	case right.FallThrough:
		add("award %s", ask.Award)
	case right.Assign:
		add("notice %s", ask.Matter)
		if m := s.Matter(ask.Matter); m != nil && m.Status == right.Taken {
			add("award %s", s.Lot(m.Lot).Award)
		}
	default:
		kinds = answered(c.Ask)
	}
	best := ""
	for _, k := range kinds {
		if name := a.latest(k); name != "" && (best == "" || a[name] > a[best]) {
			best = name
		}
	}
	if best == "" {
		return "", 0
	}
	return best, at - a[best]
}

// answered names what the commands answer that only some matters and awards meet.
func answered(ask right.Ask) []string {
	switch ask := ask.(type) {
	case right.Propose:
		return []string{"talks " + ask.Matter.String(), "proposal " + ask.Matter.String()}
	case right.RequestInformation:
		return []string{"notice " + ask.Matter.String()}
	case right.SupplyInformation:
		return []string{"request " + ask.Matter.String()}
	case right.Stay:
		return []string{"notice " + ask.Matter.String()}
	case right.Lift:
		return []string{fmt.Sprintf("toll %s %s", ask.Matter, ask.Ground)}
	case right.Extend:
		return []string{"notice " + ask.Matter.String(), "talks " + ask.Matter.String()}
	case right.Change:
		return []string{"notice " + ask.Matter.String()}
	case right.Consent:
		if ask.Award != 0 {
			return []string{"award " + ask.Award.String()}
		}
		return []string{"consent " + ask.Matter.String()}
	case right.NonPerform:
		return []string{"award " + ask.Award.String()}
	case right.Cure:
		return []string{"missed " + ask.Award.String()}
	}
	return nil
}

// matterOf and awardOf are what the commands are about that only some matters and awards meet; 0 for nothing of the kind.
func matterOf(ask right.Ask) right.MatterID {
	switch ask := ask.(type) {
	case right.Propose:
		return ask.Matter
	case right.RequestInformation:
		return ask.Matter
	case right.SupplyInformation:
		return ask.Matter
	case right.Stay:
		return ask.Matter
	case right.Lift:
		return ask.Matter
	case right.Extend:
		return ask.Matter
	case right.Change:
		return ask.Matter
	case right.Assign:
		return ask.Matter
	case right.Consent:
		return ask.Matter
	}
	return 0
}

func awardOf(ask right.Ask) right.AwardID {
	switch ask := ask.(type) {
	case right.Consent:
		return ask.Award
	case right.NonPerform:
		return ask.Award
	case right.Cure:
		return ask.Award
	}
	return 0
}

// subject says what a command is about, so that it is not played on something else of the same name: the matter with its
// terms where a party decides on them, the award with its terms, the lot. Empty for what names itself.
func subject(s *right.State, c right.Command) string {
	switch ask := c.Ask.(type) {
	case right.Answer:
		return matterWords(s, ask.Matter, true)
	case right.Respond:
		return matterWords(s, ask.Matter, true)
	case right.Receipt:
		return matterWords(s, ask.Matter, false)
	case right.Notice:
		return matterWords(s, ask.Matter, false)
	case right.Determine:
		return matterWords(s, ask.Matter, false)
	case right.Choose:
		return lotWords(s, ask.Lot)
	case right.RequestOffers:
		return lotWords(s, ask.Lot)
	case right.Reoffer:
		return lotWords(s, ask.Lot)
	case right.Sign:
		return awardWords(s, ask.Award)
	case right.FallThrough:
		return awardWords(s, ask.Award)
	}
	if m := matterOf(c.Ask); m != 0 {
		return matterWords(s, m, false)
	}
	return awardWords(s, awardOf(c.Ask))
}

func matterWords(s *right.State, id right.MatterID, terms bool) string {
	m := s.Matter(id)
	if m == nil {
		return ""
	}
	ref := m.Clause().Ref
	out := fmt.Sprintf("%s, %s's under %s/%s for %d of line %d", id, m.Holder, ref.Agreement, ref.Clause, m.Quantity, s.Lot(m.Lot).Line+1)
	if terms && m.Terms != nil {
		out += " on " + m.Terms.String()
	}
	if terms && m.Named != nil {
		out += ", named " + m.Named.String()
	}
	return out
}

func lotWords(s *right.State, id right.LotID) string {
	l := s.Lot(id)
	if l == nil {
		return ""
	}
	return fmt.Sprintf("%s, %d of line %d", id, l.Quantity, l.Line+1)
}

func awardWords(s *right.State, id right.AwardID) string {
	a := s.AwardOf(id)
	if a == nil {
		return ""
	}
	return fmt.Sprintf("%s, %d to %s on %s", id, a.Quantity, a.Provider, a.Terms.String())
}

// Words writes a command as a short line: "northwind exercise m1".
func Words(c right.Command) string {
	var what string
	switch ask := c.Ask.(type) {
	case right.Submit:
		what = "submit " + string(ask.Need.ID)
	case right.Withdraw:
		what = "withdraw"
	case right.Notice:
		what = "notice " + ask.Matter.String()
	case right.Receipt:
		what = "receive " + ask.Matter.String()
	case right.Answer:
		what = string(ask.Kind) + " " + ask.Matter.String()
		if ask.Quantity > 0 {
			what += fmt.Sprintf(" %d", ask.Quantity)
		}
	case right.Respond:
		if what = "reject "; ask.Accept {
			what = "accept "
		}
		what += ask.Matter.String()
	case right.Determine:
		what = fmt.Sprintf("determine %s %s = %s", ask.Matter, ask.Param, ask.Value)
	case right.SubmitOffer:
		what = "offer " + string(ask.Offer.ID)
	case right.WithdrawOffer:
		what = "revoke " + string(ask.Offer)
	case right.RequestOffers:
		what = fmt.Sprintf("request %s for %s", ask.Lot, ask.Window)
	case right.Reoffer:
		what = "reoffer " + ask.Lot.String()
	case right.Choose:
		what = "choose " + ask.Lot.String()
		for _, o := range ask.Offers {
			what += " " + string(o)
		}
	case right.Sign:
		what = "sign " + ask.Award.String()
	case right.FallThrough:
		what = "falls " + ask.Award.String()
	default:
		what = moreWords(c.Ask)
	}
	return strings.TrimSpace(string(c.By) + " " + what)
}

// moreWords writes the commands that only some matters and awards meet, in the words of a scenario.
func moreWords(ask right.Ask) string {
	switch ask := ask.(type) {
	case right.Propose:
		return "propose " + ask.Matter.String()
	case right.RequestInformation:
		return fmt.Sprintf("ask %s for %q", ask.Matter, ask.What)
	case right.SupplyInformation:
		return "supply " + ask.Matter.String()
	case right.Stay:
		return fmt.Sprintf("stay %s for %s", ask.Matter, ask.Ground)
	case right.Lift:
		return fmt.Sprintf("lift %s for %s", ask.Matter, ask.Ground)
	case right.Extend:
		return fmt.Sprintf("extend %s until %s", ask.Matter, ask.Until)
	case right.Change:
		return "change " + ask.Matter.String()
	case right.Consent:
		of := ask.Matter.String()
		if ask.Award != 0 {
			of = ask.Award.String()
		}
		if ask.Given {
			return "consent " + of
		}
		return "refuse " + of
	case right.Assign:
		return fmt.Sprintf("assign %s to %s", ask.Matter, ask.To)
	case right.NonPerform:
		return fmt.Sprintf("nonperform %s delivered %d", ask.Award, ask.Delivered)
	case right.Cure:
		return "cure " + ask.Award.String()
	}
	return ""
}
