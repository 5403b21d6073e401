package proof

import (
	"encoding/json"
	"fmt"
	"strings"

	"firstlook/calendar"
	"firstlook/party"
)

// run is one run of a holder's right, as far as its receipt shows it.
type run struct {
	matter       int
	opened, over *Seen // its first leaf, and the one that ended it
	answerBy     calendar.Instant
	outcome      string
	awards       []*Seen // that stand between the two
}

// sayRights says, of a stream that is complete, how each of the reader's own matters ended and whether an award stands
// before that end. A leaf's type is in clear, so an award cannot hide in a sealed leaf.
func (v *Verdict) sayRights(stream string, leaves []*Seen, who string) {
	if who == "" {
		return
	}
	for _, r := range runs(leaves, party.ID(who)) {
		name := fmt.Sprintf("matter m%d of %s", r.matter, stream)
		switch {
		case r.over == nil && len(r.awards) == 0:
			v.prove("Your %s has not ended here, and nothing was awarded since it opened (leaf %d).", name, r.opened.Index)
		case len(r.awards) == 0:
			v.prove("Your %s opened at %s and ended at %s (%s); nothing was awarded in between.", name, r.opened.At, r.over.At, r.outcome)
		default:
			var at []string
			for _, a := range r.awards {
				at = append(at, fmt.Sprint(a.Index))
			}
			v.remain("That nothing was given away while your %s was open: an award stands there (leaf %s). Whether it is of the same capacity is sealed; ask for it, or for an auditor's statement.",
				name, strings.Join(at, ", "))
		}
		if r.over != nil && r.outcome == "lapsed" && r.answerBy.IsSet() {
			v.lapse(name, r)
		}
	}
}

// lapse compares the end of a window with the instant that the window named.
func (v *Verdict) lapse(name string, r run) {
	if at, err := calendar.Parse(r.over.At); err == nil && at >= r.answerBy {
		v.prove("It lapsed no earlier than the deadline that you were told, %s.", r.answerBy)
	} else {
		v.remain("That your %s did not lapse too early: you were told %s, it lapsed at %s.", name, r.answerBy, r.over.At)
	}
}

// runs finds the matters of a holder among leaves.
func runs(leaves []*Seen, holder party.ID) []run {
	var out []run
	for _, s := range leaves {
		if s.Type == "awarded" {
			for i := range out {
				if out[i].over == nil {
					out[i].awards = append(out[i].awards, s)
				}
			}
		}
		if s.Said == nil {
			continue
		}
		var said struct {
			Fact struct {
				Matter   int              `json:"matter"`
				Holder   party.ID         `json:"holder"`
				AnswerBy calendar.Instant `json:"answer_by"`
				Outcome  string           `json:"outcome"`
			} `json:"fact"`
		}
		if json.Unmarshal(s.Said, &said) != nil {
			continue // another shape than these facts have: it says nothing here
		}
		f := said.Fact
		if s.Type == "matter-opened" && f.Holder == holder {
			out = append(out, run{matter: f.Matter, opened: s})
			continue
		}
		for i := range out {
			if r := &out[i]; r.matter == f.Matter && r.over == nil {
				r.follow(s, f.AnswerBy, f.Outcome)
			}
		}
	}
	return out
}

func (r *run) follow(s *Seen, answerBy calendar.Instant, outcome string) {
	switch s.Type {
	case "opened":
		r.answerBy = answerBy
	case "ended":
		r.over, r.outcome = s, outcome
	case "exercised":
		r.over, r.outcome = s, "exercised"
	}
}
