package agreement

import (
	"fmt"
	"slices"
)

// Open is a parameter that a decision needs and the text leaves open.
type Open struct {
	Clause    Ref    `json:"clause,omitzero"`
	Amendment string `json:"amendment,omitempty"` // where an amendment, not a clause, leaves it open
	Param     string `json:"param"`               // path within the clause: window, notice.content
	Decision  string `json:"decision"`            // that stops until a person determines it
}

// String writes the reference, the parameter and the decision.
func (o Open) String() string {
	if o.Amendment != "" {
		return fmt.Sprintf("amendment %s: %s: %s", o.Amendment, o.Param, o.Decision)
	}
	return fmt.Sprintf("%s: %s: %s", o.Clause, o.Param, o.Decision)
}

// question says when a decision needs a parameter: for which clauses, whether the text leaves it open, and what stops.
type question struct {
	param    string
	of       func(*Clause) bool
	isOpen   func(*Clause) bool
	decision string // with the clause's id for %s
}

func runs(c *Clause) bool { return slices.Contains(processes, c.Kind) }

// hasTerms says whether the notice of a clause carries terms that an answer is held against.
func hasTerms(c *Clause) bool {
	return c.Kind == Match || c.Kind == FirstOffer && c.Process.Form.Value != HoldersTerms
}

func named(c *Clause) bool { return c.Kind == FirstOffer && c.Process.Form.Value == HoldersTerms }

// ends says whether a sunset, a trigger or an amendment can end the clause while a matter is open.
func ends(c *Clause) bool {
	return runs(c) && (c.Effective.Until.IsSet() || len(c.Triggers) > 0)
}

// questions is in the order in which a matter comes to the decisions.
var questions = []question{
	{"form", func(c *Clause) bool { return c.Kind == FirstOffer }, func(c *Clause) bool { return !c.Process.Form.Given },
		"on whose terms the first offer of %s is made"},
	{"notice.content", runs, func(c *Clause) bool { return !c.Process.Content.Given },
		"whether a notice under %s is complete"},
	{"notice.clock", runs, func(c *Clause) bool { return !c.Process.Delivery.Given },
		"what starts the window of %s"},
	{"window", runs, func(c *Clause) bool { return !c.Process.Window.Given },
		"until when the holder of %s may answer"},
	{"silence", runs, func(c *Clause) bool { return !c.Process.Silence.Given },
		"what silence means when the window of %s closes"},
	{"partial", runs, func(c *Clause) bool { return !c.Process.Partial.Given },
		"whether the holder of %s may take a part"},
	{"match", hasTerms, func(c *Clause) bool { return !c.Process.Match.Given },
		"whether an answer to %s is on the noticed terms"},
	{"counter", func(c *Clause) bool { return hasTerms(c) || len(c.Process.RateCard.Value) > 0 }, func(c *Clause) bool { return !c.Process.Counter.Given },
		"whether other terms proposed under %s spend the right"},
	{"rate_card", func(c *Clause) bool { return c.Kind == FirstCall }, func(c *Clause) bool { return !c.Process.RateCard.Given },
		"what the holder may charge under %s"},
	{"response", named, func(c *Clause) bool { return !c.Process.Response.Given },
		"until when the grantor may respond to the terms named under %s"},
	{"response_silence", named, func(c *Clause) bool { return !c.Process.ResponseSilence.Given },
		"what the grantor's silence on the terms named under %s means"},
	{"release_on", runs, func(c *Clause) bool { return !c.Process.ReleaseOn.Given },
		"whether rivals may be taken once %s ends without a supply by the holder"},
	{"tail", runs, func(c *Clause) bool { return !c.Process.Tail.Given },
		"how long, and on which terms, a rival may be taken once %s is released"},
	{"reopen", runs, func(c *Clause) bool { return !c.Process.Reopen.Given },
		"whether the holder of %s is asked again when the tail ends or a rival's award falls through"},
	{"survival", ends, func(c *Clause) bool { return !c.Survival.Given },
		"what becomes of open matters when %s ends"},
	{"amount", func(c *Clause) bool { return c.Kind == Commitment }, func(c *Clause) bool { return c.Money.Amount.Currency() == "" },
		"how much spend %s promises"},
	{"share", func(c *Clause) bool { return c.Kind == RevenueShare }, func(c *Clause) bool { return c.Money.Share == 0 },
		"which percentage %s shares"},
	{"over", func(c *Clause) bool { return c.Kind == Commitment || c.Kind == RevenueShare },
		func(c *Clause) bool { return !c.Money.Over.From.IsSet() && !c.Money.Over.Until.IsSet() },
		"over which time %s is counted"},
}

// Unspecified lists what the text leaves open and a decision needs: by clause version in the order of the agreement,
// then by amendment. Nothing on the list has a default; each decision on it stops until a person determines it.
func (a *Agreement) Unspecified() []Open {
	var out []Open
	for i := range a.Clauses {
		out = append(out, a.Clauses[i].unspecified()...)
	}
	for _, am := range a.Amendments {
		if !am.Transition.Given {
			out = append(out, Open{Amendment: am.ID, Param: "transition", Decision: fmt.Sprintf("what becomes of matters that are open when amendment %s takes effect", am.ID)})
		}
	}
	return out
}

func (c *Clause) unspecified() []Open {
	var out []Open
	for _, n := range questions {
		if n.of(c) && n.isOpen(c) {
			out = append(out, Open{Clause: c.Ref, Param: n.param, Decision: fmt.Sprintf(n.decision, c.Ref.Clause)})
		}
	}
	return out
}
