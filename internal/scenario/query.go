package scenario

import (
	"fmt"
	"strings"

	"firstlook/right"
)

// query answers a question without touching the record: it looks at a state that has settled to now and is thrown away.
func (w *world) query(s *Step, q query) ([]string, error) {
	rec := w.stream(s.need)
	if rec == nil {
		return []string{"no need is in the record"}, nil
	}
	state, _, err := right.Step(rec.state, right.Command{Ask: right.Settle{}}, s.At)
	if err != nil {
		return nil, err
	}
	switch q.what {
	case "show":
		return show(&state, q.kind), nil
	case "explain":
		return explain(&state), nil
	case "compare":
		return compare(state, q.lot, s), nil
	case "deadline":
		at, ok := right.NextDeadline(state)
		if !ok {
			return []string{"no deadline"}, nil
		}
		return []string{"next deadline " + at.String()}, nil
	}
	panic("bug: a query without a rule")
}

// show lists where things stand, one line each.
func show(s *right.State, kind string) []string {
	var out []string
	add := func(of string, lines []string) {
		if kind == "" || kind == of {
			out = append(out, lines...)
		}
	}
	add("lots", showLots(s))
	add("matters", showMatters(s))
	add("offers", showOffers(s))
	add("awards", showAwards(s))
	return out
}

func showLots(s *right.State) []string {
	var out []string
	for i := range s.Lots {
		l := &s.Lots[i]
		line := fmt.Sprintf("%s %d %s", l.ID, l.Quantity, l.Status)
		switch l.Status {
		case right.Held:
			line += " by " + l.Matter.String()
		case right.InMarket:
			if l.Round {
				line += ", offers until " + l.Closes.String()
			}
		case right.Picked:
			line += " " + string(l.Pick.Offer)
		case right.Won:
			line += " " + l.Award.String()
		case right.Stuck:
			line += " by " + l.Blocked.Clause.String()
		}
		for _, r := range l.Releases {
			if !r.Over {
				line += ", released by " + r.Matter.String()
				if r.Until.IsSet() {
					line += " until " + r.Until.String()
				}
			}
		}
		out = append(out, line)
	}
	return out
}

func showMatters(s *right.State) []string {
	var out []string
	for i := range s.Matters {
		m := &s.Matters[i]
		line := fmt.Sprintf("%s on %s %s %d %s under %s", m.ID, m.Lot, m.Holder, m.Quantity, m.Status, m.Clause().Ref)
		switch m.Status {
		case right.Open:
			line += " answer-by " + m.AnswerBy.String()
		case right.Negotiating:
			line += " until " + m.More().NegotiateBy.String()
		}
		if m.Question != nil {
			line += ", waits for " + m.Question.Param
		}
		out = append(out, line)
	}
	return out
}

func showOffers(s *right.State) []string {
	var out []string
	for i := range s.Tenders {
		t := &s.Tenders[i]
		line := fmt.Sprintf("offer %s of %s: %d of %d used, valid %s", t.Offer.ID, t.Offer.Provider, t.Used, t.Offer.Terms.Quantity, t.Offer.ValidUntil)
		if t.Withdrawn {
			line += ", revoked"
		}
		out = append(out, line)
	}
	return out
}

func showAwards(s *right.State) []string {
	var out []string
	for i := range s.Awards {
		a := &s.Awards[i]
		line := fmt.Sprintf("%s %s %s %d", a.Award, a.Lot, a.Provider, a.Quantity)
		switch {
		case a.Ended:
			line += " ended"
		case a.Signed:
			line += " signed"
		}
		if n := a.NonPerforming; n != nil && !a.Ended {
			line += ", not performed, cure-by " + n.CureBy.String()
		}
		out = append(out, line)
	}
	return out
}

// explain lists which clauses engage and why, and what decided each award.
func explain(s *right.State) []string {
	var out []string
	for i := range s.Engagements {
		out = append(out, right.Event{Fact: s.Engagements[i].Engaged}.String())
	}
	for i := range s.Awards {
		a := &s.Awards[i]
		reasons := make([]string, len(a.Because))
		for j, ref := range a.Because {
			reasons[j] = ref.String()
		}
		why := "because " + strings.Join(reasons, ", ")
		if len(reasons) == 0 {
			why = "by the choice alone"
		}
		out = append(out, fmt.Sprintf("%s to %s %s", a.Award, a.Provider, why))
	}
	return out
}

// compare chooses on a copy and prints the comparison.
func compare(s right.State, lot right.LotID, step *Step) []string {
	_, events, err := right.Step(s, right.Command{By: s.Need.Buyer, Ask: right.Choose{Lot: lot}}, step.At)
	for _, e := range events {
		if chosen, ok := e.Fact.(*right.Chosen); ok {
			var out []string
			for line := range strings.Lines(chosen.Comparison.Table()) {
				if line = strings.TrimRight(line, "\n"); line != "" {
					out = append(out, line)
				}
			}
			return out
		}
	}
	if err != nil {
		return []string{err.Error()}
	}
	return nil
}

// EventWords lists how the lines of answers begin: one entry for each kind of event, as [right.Event.String] writes it.
func EventWords() []string {
	out := []string{"submitted ", "engaged ", "not engaged ", "opened ", "split ", "matter ", "noticed ", "deficient ", "received ", "open ",
		"answered ", "answer void ", "countered ", "named ", "exercised ", "released ", "release ended ", "blocked ", "offers requested for ",
		"offer ", "offer withdrawn ", "offers closed ", "chosen for ", "picked ", "choice fell ", "awarded ", "signed ", "cap broken ",
		"fell through ", "needs determination ", "determined ", "withdrawn",
		"notice held ", "information requested ", "information supplied ", "tolled ", "untolled ", "extension proposed ", "negotiating ",
		"proposed ", "revised ", "changed ", "subscribed ", "allocated ", "consent awaited ", "consented ", "consent refused ", "assigned ",
		"not performed ", "cured ", "stepped down ", "taken over ", "notice late ", "told ", "sells instead "}
	for _, outcome := range right.Statuses {
		if !outcome.Pending() && outcome != right.Taken {
			out = append(out, string(outcome)+" ")
		}
	}
	return append(out, "certified ", "challenged ", "agreement ", "refused: ", "nothing")
}
