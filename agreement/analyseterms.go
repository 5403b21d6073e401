package agreement

import (
	"fmt"
	"slices"
	"strings"

	"firstlook/calendar"
	"firstlook/party"
)

// releases finds a right that nothing but a waiver releases.
func (n *analysis) releases(t *terms) {
	p := &t.Process
	if !releases(t.Clause) || !p.ReleaseOn.Given || slices.ContainsFunc(p.ReleaseOn.Value, t.happens) || slices.ContainsFunc(p.ReleaseOpen, t.happens) {
		return
	}
	n.find(Finding{Code: NeverReleased, Severity: Warning, Clauses: []Ref{t.Ref}, Example: t.reach.pick(t.of).engaging(t.Ref),
		Message: fmt.Sprintf("The clause releases only on %s, which cannot come about in it%s: whatever the holder answers short of a waiver, no rival may ever be taken.",
			or(texts(p.ReleaseOn.Value)), t.silenceAside()),
		Remedy: "Add declined, or what silence brings, to release_on."})
}

// happens reports whether a matter of the clause can end in an outcome; where silence is open it may mean anything.
func (t *terms) happens(o Outcome) bool {
	silence := func(s Silence) bool {
		return waits(t.Clause) && (!t.Process.Silence.Given || t.Process.Silence.Value == s)
	}
	switch o {
	case OnDeclined:
		return true
	case OnLapsed:
		return silence(SilenceLapses)
	case OnUnable:
		return t.Kind == FirstCall || silence(SilenceUnable)
	case OnRejected:
		return named(t.Clause)
	case OnFailed:
		return t.Kind == FirstNegotiation
	case OnOutbid:
		return t.Kind == LastLook
	case OnConditionFailed:
		return t.Process.Consent != nil && t.Process.Consent.Over == OverExercise
	}
	return true // an outcome that this page does not know is taken to be possible
}

func (t *terms) silenceAside() string {
	if t.Process.Silence.Given {
		return fmt.Sprintf(" (silence means %s)", t.Process.Silence.Value)
	}
	return ""
}

// order finds rights that run only after one that does not let go.
func (n *analysis) order() {
	for i := range n.clauses {
		t := &n.clauses[i]
		if t.stage() != beforeMarket || t.Kind == ProRata || !t.Process.ReleaseOn.Given || len(t.reach) == 0 || slices.ContainsFunc(t.Process.ReleaseOpen, t.happens) {
			continue
		}
		on := slices.DeleteFunc(slices.Clone(t.Process.ReleaseOn.Value), func(o Outcome) bool { return !t.happens(o) })
		if len(on) > 1 || len(on) == 1 && on[0] != OnUnable {
			continue
		}
		for j := range n.clauses {
			o := &n.clauses[j]
			if i == j || !o.onTheWay() || !t.binds(o) || !t.runsBefore(o) || len(o.reach) == 0 || !lasts(t.Clause, o.Clause) {
				continue
			}
			if rest := o.most.without(t.reach); len(rest) > 0 {
				continue
			}
			f := Finding{Code: BlocksLater, Severity: Error, Clauses: []Ref{o.Ref, t.Ref}, Example: o.reach.pick(t.of).engaging(o.Ref, t.Ref),
				Message: fmt.Sprintf("%s runs only once %s has released, which it never does short of a waiver: the right of %s is never reached.", o.Ref.Clause, t.Ref.Clause, o.who()),
				Remedy:  fmt.Sprintf("Let %s release when its holder declines or is silent, or run %s first by its priority.", t.Ref.Clause, o.Ref.Clause)}
			if len(on) == 1 {
				f.Severity = Note
				f.Message = fmt.Sprintf("%s runs only once %s has certified under %s that it cannot supply; a refusal leads to nobody.", o.Ref.Clause, t.who(), t.Ref.Clause)
				f.Remedy = "If it is meant, nothing; else let it release when its holder declines."
			}
			n.find(f)
		}
	}
}

// idleTerms finds parameters that can never make a difference.
func (n *analysis) idleTerms(t *terms) {
	idle := func(message, remedy string, example *Example) {
		n.find(Finding{Code: NeverBinds, Severity: Note, Clauses: []Ref{t.Ref}, Message: message, Example: example, Remedy: remedy})
	}
	if len(t.reach) == 0 {
		return
	}
	p := &t.Process
	usual := func() *Example { return t.reach.pick(t.of).engaging(t.Ref) }
	if q := t.Threshold.Quantity; q > 0 && q <= t.base.spans[atQuantity].low {
		idle(fmt.Sprintf("The threshold of %d never keeps a need out: the scope begins at %d.", q, t.base.spans[atQuantity].low), "Remove the threshold, or raise it.", usual())
	}
	if d := t.Threshold.TermDays; d > 0 && d <= t.base.spans[atTerm].low {
		idle(fmt.Sprintf("The threshold of %d days never keeps a need out: the scope begins at %d.", d, t.base.spans[atTerm].low), "Remove the threshold, or raise it.", usual())
	}
	if slices.Contains(p.Truncate, TruncateClauseEnd) && !t.Effective.Until.IsSet() {
		idle("The window is cut at the end of the clause, which has none.", "Give the clause an end, or remove clause_end from truncate.", usual())
	}
	for _, r := range p.RateCard.Value {
		if !t.base.names[atAccelerators].has(string(r.Accelerator)) {
			idle(fmt.Sprintf("The rate card has a price for %s, which is not in scope.", r.Accelerator), "Add it to the scope's accelerators, or remove the rate.", usual())
		}
	}
	if tail := p.Tail.Value; p.Tail.Given {
		if tail.Cap == CapNone && tail.Price > 0 {
			idle(fmt.Sprintf("The tail allows a price %s better than its cap, but has no cap.", tail.Price), "Name the cap, or remove price_tolerance.", usual())
		}
		if tail.Counterparty && t.stage() == beforeMarket {
			idle("The tail binds the release to the rival whose terms were noticed, but this right runs before any rival has made an offer.", "Remove counterparty, or make the right one to match.", usual())
		}
	}
	for _, cut := range t.CarveOuts {
		c := boxOf(&cut.Scope)
		if both := c.and(&t.base); both.empty() {
			idle(fmt.Sprintf("The carve-out %q lies outside the scope and takes nothing away.", cut.Name), "Remove it, or correct its scope.", usual())
		}
	}
	if over := t.Money.Over; over != (calendar.Span{}) && !over.Overlaps(t.Effective) {
		idle(fmt.Sprintf("What the clause promises is counted %s, but the clause is in force %s: it never binds.", effective(over), effective(t.Effective)), "Correct one of the two.", nil)
	}
	n.idleApproval(t)
}

// idleApproval finds an approval that sets nothing aside.
func (n *analysis) idleApproval(t *terms) {
	if t.Kind != Approval {
		return
	}
	for i := range n.clauses {
		o := &n.clauses[i]
		if !sets(t.Clause, o.Clause) {
			continue
		}
		if both := t.base.and(&o.base); !both.empty() {
			return
		}
	}
	n.find(Finding{Code: NeverBinds, Severity: Note, Clauses: []Ref{t.Ref}, Example: area{t.base}.pick(t.of).engaging(t.Ref),
		Message: fmt.Sprintf("Nothing that it approves lies in the scope of %s while both are in force: the approval sets nothing aside.", or(texts(t.Disapplies))),
		Remedy:  "Correct its scope or the clauses that it disapplies, or remove it."})
}

// open finds what the text leaves open, by the decision that stops.
func (n *analysis) open(a *Agreement) {
	for _, o := range a.Unspecified() {
		if o.Amendment != "" {
			continue // a transition rule, see amendments
		}
		f := Finding{Code: LeftOpen, Severity: Warning, Clauses: []Ref{o.Clause}, Message: fmt.Sprintf("Nothing says %s (%s).", o.Decision, o.Param)}
		f.Remedy = fmt.Sprintf("State %s in the clause; without it nothing can be counted.", o.Param)
		for i := range n.clauses {
			t := &n.clauses[i]
			if t.Ref != o.Clause || len(t.reach) == 0 {
				continue
			}
			f.Example = t.reach.pick(a).engaging(t.Ref)
			if t.stage() != beside {
				f.Remedy = fmt.Sprintf("State %s in the clause; without it %s stops until a person determines it.", o.Param, stopping(o.Param))
			}
		}
		n.find(f)
	}
}

// stopping says which matters need a parameter.
func stopping(param string) string {
	if slices.Contains([]string{"package", "information", "material_change", "allocation", "oversubscription"}, param) {
		return "a matter in which it comes up"
	}
	return "each matter"
}

// amendments finds those without a transition rule, and the rights that a new version drops without a word.
func (n *analysis) amendments(a *Agreement) {
	for i := range a.Amendments {
		am := &a.Amendments[i]
		if !am.Transition.Given {
			n.untransitioned(a, am)
		}
		for j := range n.clauses {
			old := &n.clauses[j]
			restated := slices.ContainsFunc(am.Clauses, func(c Clause) bool { return c.Ref.Clause == old.Ref.Clause })
			if old.of == a && old.stage() != beside && old.Effective.Until == am.Effective && restated {
				for _, h := range holderIDs(old.Clause) {
					n.lost(a, am, old, h)
				}
			}
		}
	}
}

func (n *analysis) untransitioned(a *Agreement, am *Amendment) {
	f := Finding{Code: NoTransition, Severity: Note,
		Message: fmt.Sprintf("Amendment %s (%s) does not say what becomes of matters that are open on %s: they finish under the text that opened them.", am.ID, am.Title, day(am.Effective)),
		Remedy:  "State transition: keep or terminate."}
	var run, rest []Ref // rights that may have matters open then, and what else changes
	for i := range n.clauses {
		t := &n.clauses[i]
		ends, begins := t.Effective.Until == am.Effective, t.Effective.From == am.Effective && t.Ref.Version == 1
		switch {
		case t.of != a || !ends && !begins:
		case !ends || !runs(t.Clause):
			rest = append(rest, t.Ref)
		default:
			run = append(run, t.Ref)
			if eve := t.reach.at(am.Effective - calendar.Instant(oneDay)); f.Example == nil && len(eve) > 0 {
				f.Example = eve.pick(a).engaging(t.Ref)
			}
		}
	}
	f.Clauses = run
	if len(run) == 0 {
		f.Clauses = rest
		f.Message += " No right that runs with a notice ends with it."
	}
	n.find(f)
}

// lost finds what a right covered up to an amendment and no right of its holder covers from then on, though the amendment
// states the clause anew and does not end it. Only classes, purposes, sourcings, tenures and customers count: a moved
// bound is seen in the text.
func (n *analysis) lost(a *Agreement, am *Amendment, old *terms, h party.ID) {
	before := slices.Clone(old.most)
	for i := range before {
		before[i].spans[atSubmitted] = interval{int64(am.Effective), int64(am.Effective)}
	}
	before = slices.DeleteFunc(before, func(b box) bool { return b.empty() })
	for i := range n.clauses {
		t := &n.clauses[i]
		if t.of != a || t.stage() == beside || !holds(t.Clause, h) {
			continue
		}
		before = before.without(t.coarse().at(am.Effective))
	}
	if len(before) == 0 {
		return
	}
	parts := []string{}
	for i := range before {
		if words := boxWords(before[i].byWords()); len(parts) < 3 && !slices.Contains(parts, words) {
			parts = append(parts, words)
		}
	}
	n.find(Finding{Code: CoverageLost, Severity: Note, Clauses: []Ref{old.Ref}, Example: before.pick(a).escaping(n.rights(a, old, h)...),
		Message: fmt.Sprintf("Up to %s the clause gave %s a right over needs that no right of it covers from then on, though amendment %s states the clause anew and does not end it: %s.",
			day(am.Effective), h, am.ID, strings.Join(parts, "; or ")),
		Remedy: "If it is meant, nothing; else widen the new version, or say under ends what ends."})
}

// rights lists the rights of a holder that are in force when a clause ends.
func (n *analysis) rights(a *Agreement, old *terms, h party.ID) []Ref {
	var out []Ref
	for _, c := range a.InForce(old.Effective.Until) {
		if stages[c.Kind] != beside && holds(c, h) {
			out = append(out, c.Ref)
		}
	}
	return out
}

// coarse is the reach of a clause by its closed words alone; where it is cut by another attribute, it is left whole.
func (t *terms) coarse() area {
	open := func(b box) box {
		wide := universe
		wide.words = b.words
		wide.spans[atSubmitted] = b.spans[atSubmitted]
		return wide
	}
	out := area{open(t.base)}
	for i := range t.CarveOuts {
		cut := boxOf(&t.CarveOuts[i].Scope)
		if wide := open(cut); cut.spans == wide.spans && cut.names[atAccelerators].except && cut.names[atRegions].except {
			out = out.without(area{cut})
		}
	}
	return out
}

// byWords is the box with every attribute open but the closed words.
func (b *box) byWords() *box {
	wide := universe
	wide.words = b.words
	return &wide
}
