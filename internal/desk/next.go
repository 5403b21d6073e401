package desk

import (
	"fmt"
	"slices"
	"strings"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/party"
	"firstlook/right"
)

// Turn says who has the word in a need: one thing that a party may or must do next.
type Turn struct {
	Who     party.ID         `json:"who"`
	What    string           `json:"what"`             // after the party's name: "may answer m1"
	Until   calendar.Instant `json:"until,omitzero"`   // from this instant on it is too late
	Command string           `json:"command,omitzero"` // of the command line
	Matter  string           `json:"matter,omitempty"`
	Lot     string           `json:"lot,omitempty"`
}

// Next lists who has the word, for a party that looks: the buyer (or nobody in particular) sees every turn, another
// party its own. Nothing is left to do when the list is empty.
func Next(s *right.State, who party.ID) []Turn {
	var all []Turn
	for i := range s.Matters {
		all = append(all, matterTurns(s, &s.Matters[i])...)
	}
	for i := range s.Lots {
		all = append(all, lotTurns(s, &s.Lots[i])...)
	}
	for i := range s.Awards {
		all = append(all, awardTurns(s, &s.Awards[i])...)
	}
	if who == "" || who == s.Need.Buyer {
		return all
	}
	return slices.DeleteFunc(all, func(t Turn) bool { return t.Who != who })
}

// matterTurns says who has the word in a matter.
func matterTurns(s *right.State, m *right.Matter) []Turn {
	need, buyer := s.Need.ID, s.Need.Buyer
	t := Turn{Who: buyer, Matter: m.ID.String(), Lot: m.Lot.String()}
	switch {
	case s.Withdrawn || !m.Status.Pending() && m.Question == nil:
		return nil
	case m.Question != nil:
		t.What = fmt.Sprintf("must determine %s in %s, which the agreement leaves open: %s", m.Question.Param, m.ID, m.Question.Why)
		t.Command = fmt.Sprintf("firstlook determine %s %s %s VALUE --reason REASON --person NAME", need, m.ID, m.Question.Param)
	case unannounced(m):
		t.Until = m.More().HeldUntil
		t.What = fmt.Sprintf("waits with the notice of %s: %s allows no further one", m.ID, m.Clause().Ref)
	case m.Status == right.Deficient:
		t.What = fmt.Sprintf("must complete the notice of %s, which lacks %s; no window runs until then", m.ID, list(m.Missing))
		t.Command = fmt.Sprintf("firstlook notice send %s %s --terms TERMS", need, m.ID)
	case m.Status == right.Sent:
		return append(receiptTurns(s, m), supplyTurn(s, m)...)
	case m.Status == right.Open:
		t.Who, t.Until = m.Holder, m.AnswerBy
		t.What = fmt.Sprintf("may answer %s", m.ID)
		t.Command = fmt.Sprintf("firstlook answer %s %s %s --as %s", need, m.ID, strings.Join(answers(m.Clause()), "|"), m.Holder)
		return append(append([]Turn{t}, supplyTurn(s, m)...), extendTurn(s, m)...)
	case m.Status == right.Negotiating:
		return negotiationTurns(s, m)
	case m.Status == right.Stood:
		t.Who, t.What = m.Holder, fmt.Sprintf("may answer %s, although its window stands still (%s)", m.ID, grounds(m))
		t.Command = fmt.Sprintf("firstlook answer %s %s %s --as %s", need, m.ID, strings.Join(answers(m.Clause()), "|"), m.Holder)
		return append(append([]Turn{t}, supplyTurn(s, m)...), stayTurns(s, m)...)
	case m.Status == right.StandNamed:
		t.Until = m.RespondBy
		t.What = fmt.Sprintf("may accept or reject the terms that %s named in %s", m.Holder, m.ID)
		t.Command = fmt.Sprintf("firstlook respond %s %s accept|reject", need, m.ID)
	case m.Status == right.Conditional:
		return consentTurns(s, m)
	default: // subscribed: the others of its group have the word
		return nil
	}
	return []Turn{t}
}

// receiptTurns: the holder may say that a notice was received, and the buyer for it.
func receiptTurns(s *right.State, m *right.Matter) []Turn {
	if m.ReceivedAt.IsSet() {
		return nil
	}
	t := Turn{Who: m.Holder, Matter: m.ID.String(), Lot: m.Lot.String(), Until: m.DeemedAt,
		What:    fmt.Sprintf("may record that the notice of %s was received, which starts its window", m.ID),
		Command: fmt.Sprintf("firstlook notice receipt %s %s --as %s", s.Need.ID, m.ID, m.Holder)}
	if m.DeemedAt.IsSet() {
		t.What += "; it counts as received if nobody does"
	}
	own := t
	t.Who, t.Command = s.Need.Buyer, fmt.Sprintf("firstlook notice receipt %s %s --as %s", s.Need.ID, m.ID, s.Need.Buyer)
	return []Turn{own, t}
}

// supplyTurn: the buyer owes information that was asked for.
func supplyTurn(s *right.State, m *right.Matter) []Turn {
	if !m.More().Outstanding {
		return nil
	}
	t := Turn{Who: s.Need.Buyer, Matter: m.ID.String(), Lot: m.Lot.String(), What: fmt.Sprintf("may say that what %s asked for in %s is supplied", m.Holder, m.ID),
		Command: fmt.Sprintf("firstlook matter supply-information %s %s", s.Need.ID, m.ID)}
	if m.Status == right.Stood {
		t.What += "; its window stands still until then"
	}
	return []Turn{t}
}

// extendTurn: one side would lengthen the window, and the other may agree.
func extendTurn(s *right.State, m *right.Matter) []Turn {
	x := m.More()
	if !x.ExtendTo.IsSet() {
		return nil
	}
	who, until := m.Holder, m.AnswerBy
	if x.ExtendBy == m.Holder {
		who = s.Need.Buyer
	}
	if m.Status == right.Negotiating {
		until = x.NegotiateBy
	}
	return []Turn{{Who: who, Matter: m.ID.String(), Lot: m.Lot.String(), Until: until, What: fmt.Sprintf("may agree that the window of %s closes at %s", m.ID, x.ExtendTo),
		Command: fmt.Sprintf("firstlook matter extend %s %s --until %s --as %s", s.Need.ID, m.ID, x.ExtendTo, who)}}
}

// negotiationTurns: both sides may propose, and take what the other proposed last.
func negotiationTurns(s *right.State, m *right.Matter) []Turn {
	x := m.More()
	var out []Turn
	for _, who := range []party.ID{m.Holder, s.Need.Buyer} {
		t := Turn{Who: who, Matter: m.ID.String(), Lot: m.Lot.String(), Until: x.NegotiateBy, What: fmt.Sprintf("may propose terms in the negotiation of %s", m.ID),
			Command: fmt.Sprintf("firstlook matter propose %s %s TERMS --as %s", s.Need.ID, m.ID, who)}
		out = append(out, t)
		open := !beside(m) || s.Lot(m.Lot).Status == right.InMarket // what runs beside awards the lot only where nobody else has it
		if theirs := x.ByGrantor; open && (who == m.Holder && theirs != nil || who != m.Holder && x.ByHolder != nil) {
			t.What, t.Command = fmt.Sprintf("may accept what the other side proposed last in %s", m.ID), acceptCommand(s, m, who)
			out = append(out, t)
		}
	}
	return append(append(out, supplyTurn(s, m)...), extendTurn(s, m)...)
}

// stayTurns: who stayed a window may lift that.
func stayTurns(s *right.State, m *right.Matter) []Turn {
	var out []Turn
	for _, x := range m.More().Tolls {
		if x.Ground == agreement.GroundInformation {
			continue
		}
		t := Turn{Who: x.By, Matter: m.ID.String(), Lot: m.Lot.String(), Until: x.Until, What: fmt.Sprintf("may lift its stay (%s) of the window of %s", x.Ground, m.ID),
			Command: fmt.Sprintf("firstlook matter lift %s %s %s --as %s", s.Need.ID, m.ID, x.Ground, x.By)}
		if x.Until.IsSet() {
			t.What += ", which ends by itself"
		}
		out = append(out, t)
	}
	return out
}

// consentTurns: those whose consent an exercise needs.
func consentTurns(s *right.State, m *right.Matter) []Turn {
	c := m.Clause().Process.Consent
	if c == nil {
		return nil
	}
	var out []Turn
	for _, who := range c.Of {
		if slices.Contains(m.More().Consents, who) {
			continue
		}
		out = append(out, Turn{Who: who, Matter: m.ID.String(), Lot: m.Lot.String(), Until: m.More().ConsentBy,
			What:    fmt.Sprintf("may consent to the exercise of %s in %s", m.Holder, m.ID),
			Command: fmt.Sprintf("firstlook consent give|refuse %s %s --as %s", s.Need.ID, m.ID, who)})
	}
	return out
}

// awardTurns: those whose consent a rival's award needs, and who may say that an award is performed again.
func awardTurns(s *right.State, a *right.Award) []Turn {
	if a.Ended || s.Withdrawn {
		return nil
	}
	var out []Turn
	for _, who := range Consenting(s, a) {
		if !slices.Contains(a.Consents, who) && !a.Signed {
			out = append(out, Turn{Who: who, Lot: a.Lot.String(), What: fmt.Sprintf("may consent to award %s, which cannot be signed without it", a.Award),
				Command: fmt.Sprintf("firstlook consent give|refuse %s %s --as %s", s.Need.ID, a.Award, who)})
		}
	}
	if n := a.NonPerforming; n != nil {
		out = append(out, Turn{Who: s.Need.Buyer, Lot: a.Lot.String(), Until: n.CureBy, What: fmt.Sprintf("may record that %s performs award %s again", a.Provider, a.Award),
			Command: fmt.Sprintf("firstlook award cure %s %s --reason REASON", s.Need.ID, a.Award)})
	}
	return out
}

// Consenting lists the parties whose consent a rival's award needs, by the clauses that engage its line; those that gave it
// too.
func Consenting(s *right.State, a *right.Award) []party.ID {
	if a.Role != party.Rival || a.Matter != 0 {
		return nil
	}
	var out []party.ID
	for i := range s.Engagements {
		e := &s.Engagements[i]
		c, _, ok := s.Law().Book.Clause(e.Clause)
		if !ok || !e.Engaged.Engaged || e.Line != s.Lot(a.Lot).Line || c.Process.Consent == nil || c.Process.Consent.Over != agreement.OverRival || !binds(s, c) {
			continue
		}
		if slices.Contains(holders(c), a.Provider) {
			continue
		}
		for _, who := range c.Process.Consent.Of {
			if !slices.Contains(out, who) {
				out = append(out, who)
			}
		}
	}
	return out
}

// binds reports whether a clause still bound at the last instant of the record.
func binds(s *right.State, c *agreement.Clause) bool {
	book := &s.Law().Book
	_, ended := book.Ended(c, s.Last)
	_, _, lost := book.Forfeited(c, s.Last)
	return !ended && !lost && (!c.Effective.Until.IsSet() || s.Last < c.Effective.Until)
}

// answers lists the answers that fit the kind of right.
func answers(c *agreement.Clause) []string {
	switch {
	case c.Kind == agreement.FirstCall:
		return []string{"exercise", "decline", "waive", "unable"}
	case c.Kind == agreement.FirstOffer && c.Process.Form.Value == agreement.HoldersTerms, c.Kind == agreement.LastLook:
		return []string{"name", "decline", "waive"}
	case c.Kind == agreement.FirstNegotiation:
		return []string{"interest", "decline", "waive"}
	case c.Process.Alternative == agreement.AlternativeSell:
		return []string{"exercise", "sell", "decline", "waive"}
	}
	return []string{"exercise", "decline", "waive"}
}

// lotTurns says who has the word over a lot that no matter holds.
func lotTurns(s *right.State, l *right.Lot) []Turn {
	need, buyer := s.Need.ID, s.Need.Buyer
	lot := l.ID.String()
	switch {
	case l.Status == right.InMarket && l.Round:
		var out []Turn
		for _, p := range l.Invited {
			out = append(out, Turn{Who: p, Lot: lot, Until: l.Closes, What: "may offer for " + lot,
				Command: fmt.Sprintf("firstlook offer submit %s TERMS%s --valid-until INSTANT --as %s", need, lineFlag(s, l), p)})
		}
		return out
	case l.Status == right.InMarket && standing(s, l):
		return []Turn{{Who: buyer, Lot: lot, What: "may choose among the offers for " + lot, Command: fmt.Sprintf("firstlook choose %s %s", need, lot)}}
	case l.Status == right.InMarket:
		return []Turn{{Who: buyer, Lot: lot, What: "may ask for offers for " + lot + " again, since no offer stands",
			Command: fmt.Sprintf("firstlook request-offers %s %s", need, lot)}}
	case l.Status == right.Stuck:
		if m := s.Matter(l.Matter); m != nil {
			return []Turn{{Who: m.Holder, Lot: lot, Matter: m.ID.String(), What: fmt.Sprintf("may waive; until then %s is blocked by %s", lot, l.Blocked.Clause),
				Command: fmt.Sprintf("firstlook answer %s %s waive --as %s", need, m.ID, m.Holder)}}
		}
	case l.Status == right.Won && !s.AwardOf(l.Award).Signed && !consentsMissing(s, s.AwardOf(l.Award)):
		return []Turn{{Who: buyer, Lot: lot, What: "may sign award " + l.Award.String(), Command: fmt.Sprintf("firstlook sign %s %s", need, l.Award)}}
	}
	return nil
}

// consentsMissing reports whether an award waits for somebody's consent.
func consentsMissing(s *right.State, a *right.Award) bool {
	return slices.ContainsFunc(Consenting(s, a), func(p party.ID) bool { return !slices.Contains(a.Consents, p) })
}

// lineFlag is what a command needs where a need has several lines.
func lineFlag(s *right.State, l *right.Lot) string {
	if len(s.Need.Lines) == 1 {
		return ""
	}
	return fmt.Sprintf(" --line %d", l.Line+1)
}

// standing reports whether some offer for the line of a lot can still be chosen.
func standing(s *right.State, l *right.Lot) bool {
	return slices.ContainsFunc(s.Tenders, func(t right.Tender) bool {
		return t.Offer.Line == l.Line && !t.Withdrawn && t.Used < t.Offer.Terms.Quantity && t.Offer.ValidUntil > s.Last
	})
}

// list writes words with commas.
func list[T ~string](vs []T) string {
	words := make([]string, len(vs))
	for i, v := range vs {
		words[i] = strings.ReplaceAll(string(v), "_", " ")
	}
	return strings.Join(words, ", ")
}

// Zone returns the time zone that an agreement names for a party; UTC where none does.
func Zone(law *right.Law, who party.ID) calendar.Zone {
	for _, a := range law.Book.Agreements {
		if p, ok := a.Party(who); ok {
			return p.Zone
		}
	}
	return "UTC"
}
