package agreement

import (
	"fmt"
	"slices"
	"strings"
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

// waits says whether the holder has a window to answer in; a negotiation that begins with the notice has one only where the text
// states it.
func waits(c *Clause) bool {
	return runs(c) && !(c.Kind == FirstNegotiation && c.Process.FromNotice && !c.Process.Window.Given)
}

// hasTerms says whether the notice of a clause carries terms that an answer is held against.
func hasTerms(c *Clause) bool { return slices.Contains(offered, c.Kind) && !named(c) }

// changes says whether there are noticed terms, whatever the grantor puts into the notice, that may change while the holder
// considers them.
func changes(c *Clause) bool { return hasTerms(c) && slices.Contains(changing, c.Kind) }

// named says whether the holder of a clause names terms, to which the grantor responds.
func named(c *Clause) bool { return c.Kind == FirstOffer && c.Process.Form.Value == HoldersTerms }

// priced says whether a decision reads the rate card of a clause.
func priced(c *Clause) bool {
	return slices.Contains(carded, c.Kind) && (!slices.Contains(taking, c.Kind) || c.Process.Price.Value == PriceCard)
}

// together says whether several holders answer side by side, so that what they want must be allocated.
func together(c *Clause) bool {
	return len(c.Holders) > 1 && slices.Contains(grouped, c.Kind) && !named(c)
}

// releases says whether the end of a matter lets rivals in; a negotiation beside which others may be asked never kept them out.
func releases(c *Clause) bool {
	return slices.Contains(releasing, c.Kind) && !(c.Kind == FirstNegotiation && c.Process.Shop == MayShop)
}

// ends says whether a sunset, a trigger or an amendment can end the clause while a matter is open.
func ends(c *Clause) bool {
	return runs(c) && (c.Effective.Until.IsSet() || len(c.Triggers) > 0)
}

func isKind(kinds ...Kind) func(*Clause) bool {
	return func(c *Clause) bool { return slices.Contains(kinds, c.Kind) }
}

// questions is in the order in which a matter comes to the decisions.
var questions = []question{
	{"form", func(c *Clause) bool { return c.Kind == FirstOffer }, func(c *Clause) bool { return !c.Process.Form.Given },
		"on whose terms the first offer of %s is made"},
	{"package", isKind(packaged...), func(c *Clause) bool { return !c.Process.Package.Given },
		"what becomes of an offer that packs capacity in the scope of %s with other capacity"},
	{"price", isKind(taking...), func(c *Clause) bool { return !c.Process.Price.Given },
		"at what price the holder of %s takes an award over"},
	{"threshold", runs, func(c *Clause) bool { return c.Threshold.Open },
		"whether a need is large enough for %s"},
	{"share", func(c *Clause) bool { return c.Kind == ProRata }, func(c *Clause) bool { return shareOpen(c) && !c.Process.Share.Given },
		"which share a holder of %s has"},
	{"notice.content", runs, func(c *Clause) bool { return !c.Process.Content.Given },
		"whether a notice under %s is complete"},
	{"notice.clock", runs, func(c *Clause) bool { return !c.Process.Delivery.Given },
		"what starts the window of %s"},
	{"window", waits, func(c *Clause) bool { return !c.Process.Window.Given },
		"until when the holder of %s may answer"},
	{"information", runs, func(c *Clause) bool { return !c.Process.Information.Given },
		"what a request for information does to the window of %s"},
	{"material_change", changes, func(c *Clause) bool { return !c.Process.MaterialChange.Given },
		"which changes of the noticed terms give a fresh window under %s"},
	{"silence", waits, func(c *Clause) bool { return !c.Process.Silence.Given },
		"what silence means when the window of %s closes"},
	{"negotiation", isKind(FirstNegotiation), func(c *Clause) bool { return !c.Process.Negotiation.Given },
		"until when the parties negotiate under %s"},
	{"partial", func(c *Clause) bool { return isKind(answered...)(c) && c.Kind != ProRata }, func(c *Clause) bool { return !c.Process.Partial.Given },
		"whether the holder of %s may take a part"},
	{"match", hasTerms, func(c *Clause) bool { return !c.Process.Match.Given },
		"whether an answer to %s is on the noticed terms"},
	{"counter", func(c *Clause) bool {
		return hasTerms(c) || isKind(FirstCall, ProRata)(c) && len(c.Process.RateCard.Value) > 0
	}, func(c *Clause) bool { return !c.Process.Counter.Given },
		"whether other terms proposed under %s spend the right"},
	{"rate_card", isKind(FirstCall, ProRata), func(c *Clause) bool { return !c.Process.RateCard.Given },
		"what the holder may charge under %s"},
	{"rate_card", isKind(NoLessFavourable), func(c *Clause) bool { return !c.Process.RateCard.Given },
		"what the holder has today, against which a rival's terms are held under %s"},
	{"rate_card", func(c *Clause) bool { return isKind(taking...)(c) && priced(c) }, func(c *Clause) bool { return !c.Process.RateCard.Given },
		"what the holder pays under %s"},
	{"metric", isKind(LastLook), func(c *Clause) bool { return !c.Process.Metric.Given },
		"by what the terms that the holder of %s named are held against the chosen offer"},
	{"margin", isKind(LastLook), func(c *Clause) bool { return !c.Process.Margin.Given },
		"by how much the terms that the holder of %s named may be worse and still win"},
	{"oversubscription", func(c *Clause) bool { return c.Kind == ProRata && together(c) }, func(c *Clause) bool { return !c.Process.Oversubscription.Given },
		"whether a holder of %s may take what others left of their shares"},
	{"allocation", func(c *Clause) bool { return together(c) && c.Kind != ProRata }, func(c *Clause) bool { return !c.Process.Allocation.Given },
		"which holder of %s gets how much where they want more than there is"},
	{"response", named, func(c *Clause) bool { return !c.Process.Response.Given },
		"until when the grantor may respond to the terms named under %s"},
	{"response_silence", named, func(c *Clause) bool { return !c.Process.ResponseSilence.Given },
		"what the grantor's silence on the terms named under %s means"},
	{"release_on", releases, func(c *Clause) bool { return !c.Process.ReleaseOn.Given },
		"whether rivals may be taken once %s ends without a supply by the holder"},
	{"release_on", releases, func(c *Clause) bool { return c.Process.ReleaseOn.Given && len(c.Process.ReleaseOpen) > 0 },
		"whether rivals may be taken where a matter of %s ends in a way of which the text does not say it (release_open)"},
	{"tail", releases, func(c *Clause) bool { return !c.Process.Tail.Given },
		"how long, and on which terms, a rival may be taken once %s is released"},
	{"reopen", releases, func(c *Clause) bool { return !c.Process.Reopen.Given },
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

// asks reports whether some decision needs a parameter of the clause.
func (c *Clause) asks(key string) bool {
	return slices.ContainsFunc(questions, func(q question) bool {
		return (q.param == key || strings.HasPrefix(q.param, key+".")) && q.of(c)
	})
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
