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
		m := &s.Matters[i]
		t, ok := matterTurn(s, m)
		if !ok {
			continue
		}
		all = append(all, t)
		if m.Status == right.Sent && m.Question == nil { // the buyer may say it for the holder
			t.Who, t.Command = s.Need.Buyer, fmt.Sprintf("firstlook notice receipt %s %s --as %s", s.Need.ID, m.ID, s.Need.Buyer)
			all = append(all, t)
		}
	}
	for i := range s.Lots {
		all = append(all, lotTurns(s, &s.Lots[i])...)
	}
	if who == "" || who == s.Need.Buyer {
		return all
	}
	return slices.DeleteFunc(all, func(t Turn) bool { return t.Who != who })
}

// matterTurn says who has the word in a matter.
func matterTurn(s *right.State, m *right.Matter) (Turn, bool) {
	need, buyer := s.Need.ID, s.Need.Buyer
	t := Turn{Who: buyer, Matter: m.ID.String(), Lot: m.Lot.String()}
	switch {
	case s.Withdrawn:
		return t, false
	case m.Question != nil:
		t.What = fmt.Sprintf("must determine %s in %s, which the agreement leaves open: %s", m.Question.Param, m.ID, m.Question.Why)
		t.Command = fmt.Sprintf("firstlook determine %s %s %s VALUE --reason REASON --person NAME", need, m.ID, m.Question.Param)
	case m.Status == right.Deficient:
		t.What = fmt.Sprintf("must complete the notice of %s, which lacks %s; no window runs until then", m.ID, list(m.Missing))
		t.Command = fmt.Sprintf("firstlook notice send %s %s --terms TERMS", need, m.ID)
	case m.Status == right.Sent:
		t.Who, t.Until = m.Holder, m.DeemedAt
		t.What = fmt.Sprintf("may record that the notice of %s was received, which starts its window", m.ID)
		if m.DeemedAt.IsSet() {
			t.What += "; it counts as received if nobody does"
		}
		t.Command = fmt.Sprintf("firstlook notice receipt %s %s --as %s", need, m.ID, m.Holder)
	case m.Status == right.Open:
		t.Who, t.Until = m.Holder, m.AnswerBy
		t.What = fmt.Sprintf("may answer %s", m.ID)
		t.Command = fmt.Sprintf("firstlook answer %s %s %s --as %s", need, m.ID, strings.Join(answers(m.Clause()), "|"), m.Holder)
	case m.Status == right.StandNamed:
		t.Until = m.RespondBy
		t.What = fmt.Sprintf("may accept or reject the terms that %s named in %s", m.Holder, m.ID)
		t.Command = fmt.Sprintf("firstlook respond %s %s accept|reject", need, m.ID)
	default:
		return t, false
	}
	return t, true
}

// answers lists the answers that fit the kind of right.
func answers(c *agreement.Clause) []string {
	switch {
	case c.Kind == agreement.FirstCall:
		return []string{"exercise", "decline", "waive", "unable"}
	case c.Kind == agreement.FirstOffer && c.Process.Form.Value == agreement.HoldersTerms:
		return []string{"name", "decline", "waive"}
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
	case l.Status == right.Won && !s.AwardOf(l.Award).Signed:
		return []Turn{{Who: buyer, Lot: lot, What: "may sign award " + l.Award.String(), Command: fmt.Sprintf("firstlook sign %s %s", need, l.Award)}}
	}
	return nil
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
