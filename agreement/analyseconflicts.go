package agreement

import (
	"fmt"
	"slices"
	"strings"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/party"
)

// alone finds what is wrong with a clause whatever the others say, but for approvals.
func (n *analysis) alone(t *terms) {
	n.unreached(t)
	n.releases(t)
	n.shareGap(t)
	n.oneSided(t)
	n.idleTerms(t)
	n.calendarEnds(t)
	n.tooLate(t)
}

// unreached finds a clause that no need engages.
func (n *analysis) unreached(t *terms) {
	f := Finding{Severity: Error, Clauses: []Ref{t.Ref}}
	carved := area{t.base}
	for i := range t.CarveOuts {
		carved = carved.without(area{boxOf(&t.CarveOuts[i].Scope)})
	}
	switch {
	case t.base.empty():
		f.Code = NeverInScope
		f.Message = fmt.Sprintf("The clause is in force %s, but its scope admits only needs that start %s. A need starts after it is submitted, so that none engages it.",
			effective(t.Effective), effective(t.Scope.Start))
		f.Remedy = "Correct scope.start, or the time in which the clause is in force."
		if t.Scope.End != (calendar.Span{}) {
			f.Message = fmt.Sprintf("The clause is in force %s, and no need that is submitted then is all that its scope asks for: %s.",
				effective(t.Effective), scopeWords(&Scope{Start: t.Scope.Start, End: t.Scope.End, TermDays: t.Scope.TermDays}))
			f.Remedy = "Correct scope.end, scope.start, scope.term_days, or the time in which the clause is in force."
		}
	case len(carved) == 0:
		f.Code = CarvedOut
		f.Message = fmt.Sprintf("The carve-outs (%s) take away the whole scope: no need engages the clause.", and(carveNames(t.CarveOuts)))
		f.Example = area{t.base}.pick(t.of).escaping(t.Ref)
		f.Remedy = "Narrow the carve-outs, or remove the clause."
	case len(t.reach) == 0 && len(t.most) == 0:
		f.Code = SetAside
		for i := range t.of.Clauses {
			if other := &t.of.Clauses[i]; sets(other, t.Clause) && other.Effective.Overlaps(t.Effective) {
				f.Clauses = append(f.Clauses, other.Ref)
			}
		}
		f.Message = fmt.Sprintf("All that is in the scope of %s is set aside by %s: no need engages it.", t.Ref.Clause, and(refWords(f.Clauses[1:])))
		f.Example = carved.pick(t.of).escaping(t.Ref)
		f.Remedy = "Narrow the scope of the approval, or end the clause."
	case t.base.spans[atTerm].high < t.Threshold.TermDays:
		f.Code, f.Severity = ThresholdAboveScope, Warning
		f.Message = fmt.Sprintf("A line in scope lasts at most %d days, but the clause begins at %d: no need of such lines alone engages it, only one with a longer line beside them.",
			t.base.spans[atTerm].high, t.Threshold.TermDays)
		f.Example = t.most.pick(t.of).escaping(t.Ref)
		f.Remedy = "Raise the term of the scope, or lower the threshold."
	case t.base.spans[atQuantity].high < t.Threshold.Quantity:
		f.Code, f.Severity = ThresholdAboveScope, Warning
		f.Message = fmt.Sprintf("A line in scope has at most %d accelerators, but the clause begins at %d: no single line engages it, only several that are counted together.",
			t.base.spans[atQuantity].high, t.Threshold.Quantity)
		f.Example = t.most.pick(t.of).escaping(t.Ref)
		f.Remedy = "Raise the quantity of the scope, or lower the threshold."
	default:
		return
	}
	n.find(f)
}

func carveNames(cuts []CarveOut) []string {
	out := make([]string, len(cuts))
	for i, c := range cuts {
		out[i] = c.Name
	}
	return out
}

func refWords(refs []Ref) []string {
	out := make([]string, len(refs))
	for i, r := range refs {
		out[i] = r.String()
	}
	return out
}

// conflicts finds pairs of clauses that cannot both be honoured, and commitments that leave nothing to spend on.
func (n *analysis) conflicts() {
	for i := range n.clauses {
		t := &n.clauses[i]
		if t.Kind == Commitment {
			n.blocked(t)
		}
		if t.stage() == bar {
			n.idleMatches(t)
		}
		n.takeovers(t)
		for j := range n.clauses {
			o := &n.clauses[j]
			if i == j || n.full() || !t.binds(o) || !t.Effective.Overlaps(o.Effective) {
				continue
			}
			switch {
			case t.stage() == bar && o.stage() == bar && i < j && excludeEachOther(t, o):
				n.exclusives(t, o)
			case t.stage() == bar && o.stage() > bar && len(o.barredBy(t)) > 0:
				n.under(o, t)
			case t.stage() != beside && t.Kind == o.Kind && t.askedTwice(o) && t.Priority == o.Priority:
				n.duplicates(t, o, i < j)
			}
		}
	}
}

// exclusives finds two exclusivities of different holders over one need.
func (n *analysis) exclusives(t, o *terms) {
	if both := t.reach.and(o.reach); len(both) > 0 {
		n.find(Finding{Code: ExclusiveConflict, Severity: Error, Clauses: []Ref{t.Ref, o.Ref},
			Message: fmt.Sprintf("One need is exclusive to %s and to %s at the same time: nobody may supply it without a breach.", t.who(), o.who()),
			Example: both.pick(t.of).engaging(t.Ref, o.Ref), Remedy: fmt.Sprintf("Carve the common part out of one of the two (%s), or let one end before the other begins.", boxWords(&both[0]))})
		return
	}
	e := alternatives(t, o)
	if e == nil {
		return
	}
	n.find(Finding{Code: ExclusiveAlternatives, Severity: Warning, Clauses: []Ref{t.Ref, o.Ref},
		Message: fmt.Sprintf("A need that leaves the choice open lies in both exclusivities, of %s and of %s: as long as it does, nobody may supply it.", t.who(), o.who()),
		Example: e.engaging(t.Ref, o.Ref),
		Remedy:  "Name one region and accelerators of one side in each need, or say in the text which exclusivity gives way where a need leaves the choice open."})
}

// alternatives returns a need that lies in two clauses only because it lists accelerators or regions of both.
func alternatives(t, o *terms) *Example {
	for _, x := range t.reach {
		for _, y := range o.reach {
			wide, narrow := x, y
			wide.names, narrow.names = universe.names, universe.names
			both := wide.and(&narrow)
			if both.empty() {
				continue
			}
			e := area{both}.pick(t.of)
			l := &e.Need.Lines[0]
			l.Regions = nil
			a, b := x.names[atAccelerators].pick(usualAccelerators), y.names[atAccelerators].pick(usualAccelerators)
			l.Accelerators = []capacity.Accelerator{capacity.Accelerator(a)}
			if common := x.names[atAccelerators].and(y.names[atAccelerators]); common.except || len(common.list) > 0 {
				l.Accelerators[0] = capacity.Accelerator(common.pick(usualAccelerators))
			} else {
				l.Accelerators = append(l.Accelerators, capacity.Accelerator(b))
			}
			if t.engagedBy(e) && o.engagedBy(e) {
				return e
			}
		}
	}
	return nil
}

// under finds a right of one holder over what is exclusive to another.
func (n *analysis) under(t, exclusive *terms) {
	both := t.reach.and(exclusive.reach)
	if len(both) == 0 {
		return
	}
	f := Finding{Code: RightUnderExclusivity, Severity: Warning, Clauses: []Ref{t.Ref, exclusive.Ref}, Example: both.pick(t.of).engaging(t.Ref, exclusive.Ref)}
	h := and(texts(t.barredBy(exclusive)))
	f.Message = fmt.Sprintf("Part of what %s may take under its %s is exclusive to %s: it must be asked, and an exercise would breach the exclusivity.", h, kindWords(t.Kind), exclusive.who())
	f.Remedy = fmt.Sprintf("Carve out of %s what is exclusive: %s.", t.Ref.Clause, boxWords(&both[0]))
	if rest := t.most.without(exclusive.reach); len(rest) == 0 {
		f.Severity = Error
		f.Message = fmt.Sprintf("All that %s may take under its %s is exclusive to %s: the right can never be used without a breach.", h, kindWords(t.Kind), exclusive.who())
		if !lasts(exclusive.Clause, t.Clause) {
			f.Severity = Warning
			f.Message += exclusive.unless()
		}
		f.Remedy = "Remove one of the two, or carve the right's scope out of the exclusivity."
	}
	n.find(f)
}

// lasting reports whether no event makes a clause begin or end.
func (t *terms) lasting() bool {
	return len(t.Triggers) == 0 && len(t.Conditions) == 0 && t.Forfeiture == nil
}

// unless says which events make room for what lies under a clause.
func (t *terms) unless() string {
	ends := slices.Clone(t.Triggers)
	if t.Forfeiture != nil {
		ends = append(ends, t.Forfeiture.Triggers...)
	}
	text := ""
	if len(ends) > 0 {
		text = fmt.Sprintf(" It wakes up only when %s is certified.", or(texts(ends)))
	}
	if len(t.Conditions) > 0 {
		text += fmt.Sprintf(" It sleeps from when %s is certified.", and(texts(t.Conditions)))
	}
	return text
}

// common names the holders that two clauses share.
func (t *terms) common(o *terms) string {
	return and(texts(slices.DeleteFunc(holderIDs(t.Clause), func(h party.ID) bool { return !holds(o.Clause, h) })))
}

// idleMatches finds rights to match that have nothing to match: every need in scope is exclusive to their own holder.
func (n *analysis) idleMatches(exclusive *terms) {
	for i := range n.clauses {
		t := &n.clauses[i]
		if t.stage() != atChoice || len(exclusive.Process.Against) > 0 || !t.binds(exclusive) || !t.sameHolder(exclusive) || len(t.reach) == 0 || !lasts(exclusive.Clause, t.Clause) {
			continue
		}
		if rest := t.most.without(exclusive.reach); len(rest) > 0 {
			continue
		}
		n.find(Finding{Code: MatchIdle, Severity: Warning, Clauses: []Ref{t.Ref, exclusive.Ref},
			Message: fmt.Sprintf("Every need in the scope of %s is exclusive to %s already: no rival's offer can be chosen, so that there is nothing to match.", t.Ref.Clause, t.who()),
			Example: t.reach.pick(t.of).engaging(t.Ref, exclusive.Ref), Remedy: "Remove the right, or widen its scope beyond the exclusivity."})
	}
}

// duplicates finds a right that stands in another of the same holder, kind and priority.
func (n *analysis) duplicates(t, o *terms, before bool) {
	if len(t.reach) == 0 || t.Ref.Agreement == o.Ref.Agreement && t.Ref.Clause == o.Ref.Clause || !o.coversRivals(t) {
		return
	}
	if rest := t.most.without(o.reach); len(rest) > 0 {
		return
	}
	if back := o.most.without(t.reach); len(back) == 0 && t.coversRivals(o) && !before {
		return // the two are equal and were reported the other way round
	}
	n.find(Finding{Code: Duplicate, Severity: Warning, Clauses: []Ref{t.Ref, o.Ref},
		Message: fmt.Sprintf("%s has two rights of one kind and priority over one need: everything in %s lies in %s. It would be asked twice.", t.common(o), t.Ref.Clause, o.Ref.Clause),
		Example: t.reach.pick(t.of).engaging(t.Ref, o.Ref), Remedy: "Merge the two, carve one out of the other, or give them different priorities."})
}

// blocked finds a commitment whose scope is exclusive to others, all the time or for a part of it.
func (n *analysis) blocked(t *terms) {
	counted := t.most.during(t.Money.Over)
	var others []*terms
	for i := range n.clauses {
		if o := &n.clauses[i]; o.stage() == bar && o.binds(t) && o.bars(t.Holder) && len(counted.and(o.reach)) > 0 {
			others = append(others, o)
		}
	}
	if len(others) == 0 || len(counted) == 0 {
		return
	}
	var blocked []calendar.Span
	var refs []Ref
	var example *Example
	free, lasting := false, true
	for _, s := range segments(counted, others) {
		rest := counted.during(s)
		now := rest
		for _, o := range others {
			rest = rest.without(o.reach)
		}
		switch {
		case len(now) == 0:
			continue
		case len(rest) > 0:
			free = true
			continue
		}
		blocked = append(blocked, s)
		for _, o := range others {
			if len(now.and(o.reach)) > 0 && !slices.Contains(refs, o.Ref) {
				refs = append(refs, o.Ref)
				lasting = lasting && o.lasting()
			}
		}
		if example == nil {
			example = now.pick(t.of).engaging(t.Ref)
		}
	}
	if len(blocked) == 0 {
		return
	}
	f := Finding{Code: CommitmentBlocked, Severity: Error, Clauses: append([]Ref{t.Ref}, refs...), Example: example,
		Message: fmt.Sprintf("Everything that counts towards the commitment to %s is exclusive to others: it cannot be met.", t.Holder),
		Remedy:  "Carve the commitment's scope out of the exclusivity, or reduce the commitment."}
	if free || !lasting {
		f.Severity = Warning
		f.Message = fmt.Sprintf("Everything that counts towards the commitment to %s is exclusive to others %s: nothing can be spent on it then.", t.Holder, spanWords(blocked))
	}
	n.find(f)
}

// during is the part of an area that is submitted in a span.
func (r area) during(s calendar.Span) area {
	b := universe
	b.spans[atSubmitted] = b.spans[atSubmitted].and(instants(s))
	return r.and(area{b})
}

// segments cuts the time of an area where some clauses begin and end.
func segments(r area, by []*terms) []calendar.Span {
	cuts := []int64{}
	for i := range r {
		cuts = append(cuts, r[i].spans[atSubmitted].low, r[i].spans[atSubmitted].high+1)
	}
	low, high := slices.Min(cuts), slices.Max(cuts)
	for _, t := range by {
		for _, at := range []int64{t.base.spans[atSubmitted].low, t.base.spans[atSubmitted].high + 1} {
			if at > low && at < high {
				cuts = append(cuts, at)
			}
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	out := make([]calendar.Span, 0, len(cuts))
	for i := range len(cuts) - 1 {
		out = append(out, calendar.Span{From: calendar.Instant(cuts[i]), Until: calendar.Instant(cuts[i+1])})
	}
	return out
}

// spanWords joins spans that follow each other and writes them in words.
func spanWords(spans []calendar.Span) string {
	var joined []calendar.Span
	for _, s := range spans {
		if k := len(joined) - 1; k >= 0 && joined[k].Until == s.From {
			joined[k].Until = s.Until
			continue
		}
		joined = append(joined, s)
	}
	out := make([]string, len(joined))
	for i, s := range joined {
		if s.From <= calendar.Earliest {
			s.From = 0
		}
		if s.Until >= calendar.Latest {
			s.Until = 0
		}
		out[i] = effective(s)
	}
	return and(out)
}

// boxWords describes a part of two scopes.
func boxWords(b *box) string {
	s := b.scope()
	if text := scopeWords(&s); text != "" {
		return text
	}
	return "everything"
}

func kindWords(k Kind) string {
	switch k {
	case Match:
		return "right to match"
	case NoLessFavourable:
		return "right to terms no less favourable"
	case StepIn:
		return "right to step in"
	}
	return strings.ReplaceAll(string(k), "_", " ")
}

// gaps finds what a holder's exclusivities and first rights leave out between them, where both name classes or purposes.
func (n *analysis) gaps(a *Agreement) {
	told := map[string]bool{}
	for i := range a.Clauses {
		at := a.Clauses[i].Effective.From
		if !at.IsSet() {
			at = a.Clauses[i].Effective.Until - 1 // the family as it stood before its first change
		}
		if at <= 0 {
			at = usualTime
		}
		holders := map[party.ID][]*Clause{}
		var order []party.ID
		for _, c := range a.InForce(at) {
			if s := stages[c.Kind]; s != bar && s != beforeMarket && s != atChoice {
				continue
			}
			for _, h := range holderIDs(c) {
				if holders[h] == nil {
					order = append(order, h)
				}
				holders[h] = append(holders[h], c)
			}
		}
		for _, h := range order {
			gap(n, a, at, h, holders[h], told, "class", atClasses, capacity.Classes, func(s *Scope) []capacity.Class { return s.Classes })
			gap(n, a, at, h, holders[h], told, "purpose", atPurposes, capacity.Purposes, func(s *Scope) []capacity.Purpose { return s.Purposes })
		}
	}
}

func gap[T ~string](n *analysis, a *Agreement, at calendar.Instant, holder party.ID, family []*Clause, told map[string]bool, what string, attribute int, words []T, of func(*Scope) []T) {
	left := slices.Clone(words)
	var refs []Ref
	exclusive, first := false, false
	for _, c := range family {
		if len(of(&c.Scope)) == 0 {
			return
		}
		left = slices.DeleteFunc(left, func(w T) bool { return slices.Contains(of(&c.Scope), w) })
		refs = append(refs, c.Ref)
		exclusive, first = exclusive || stages[c.Kind] == bar, first || stages[c.Kind] != bar
	}
	key := what + fmt.Sprint(holder, refs)
	if len(left) == 0 || !exclusive || !first || told[key] {
		return
	}
	told[key] = true
	b := universe
	b.words[attribute] = mask(left, words)
	n.find(Finding{Code: CoverageGap, Severity: Note, Clauses: refs,
		Message: fmt.Sprintf("The exclusivity and the first rights of %s leave out the %s %s between them: over such a need it has no right.", holder, what, or(plain(left))),
		Example: area{b}.at(at).pick(a).escaping(refs...), Remedy: "If it is meant, nothing; else add it to the scope of one of them."})
}
