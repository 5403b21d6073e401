package right

import (
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/award"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
)

// outcomes names, for each way in which a matter can end, the word by which a clause releases on it. A waiver is not
// among them: it always releases.
var outcomes = map[Status]agreement.Outcome{
	Declined: agreement.OnDeclined,
	CannotBe: agreement.OnUnable,
	Lapsed:   agreement.OnLapsed,
	Rejected: agreement.OnRejected,
	Failed:   agreement.OnFailed,
	Outbid:   agreement.OnOutbid,

	ConditionFailed: agreement.OnConditionFailed,
}

// end closes a matter without an exercise and draws what follows for its lot.
func (t *turn) end(id MatterID, how Status, reason string) {
	t.emit(&Ended{Matter: id, Holder: t.Matter(id).Holder, Outcome: how, Reason: reason})
	m := t.Matter(id)
	x := m.More()
	switch {
	case x.Group != 0 && !x.Allocated:
		t.allocateWhenAll(x.Group)
	case stageOf(m.clause) == alongside: // it kept nobody out
	case x.Group != 0 && (how == ConditionFailed || how == Terminated): // it had the whole, and the others are still to be released
		t.settleGroup(x.Group)
	case how == Terminated || x.Award != 0: // what may be taken over was never the holder's to be released of
		t.proceed(m)
	default:
		t.release(id)
	}
}

// release frees the lot of the right, or blocks it where the clause does not release on this outcome.
func (t *turn) release(id MatterID) {
	m := t.Matter(id)
	p := &m.clause.Process
	if m.Status != Waived && m.Status != Sold {
		if p.ReleaseOn.Given && t.leftOpen(m) {
			t.ask(id, "release_on", fmt.Sprintf("whether rivals may be taken now that the right was %s, of which the text does not say", m.Status), AtRelease)
			return
		}
		if !p.ReleaseOn.Given {
			t.ask(id, "release_on", fmt.Sprintf("whether rivals may be taken now that the right was %s", m.Status), AtRelease)
			return
		}
		if !slices.Contains(p.ReleaseOn.Value, outcomes[m.Status]) {
			rest := t.together(t.Lot(m.Lot))
			t.emit(&Blocked{Lot: m.Lot, Clause: m.clause.Ref,
				Reason: fmt.Sprintf("%s is %s; the clause releases only on %s", m.ID, m.Status, words(p.ReleaseOn.Value))})
			t.packageFalls(t.notHeld(rest), "a lot of the package is blocked")
			return
		}
	}
	t.free(id)
}

// leftOpen reports whether a matter ended in a way of which its clause does not say whether it releases.
func (t *turn) leftOpen(m *Matter) bool {
	return slices.Contains(m.clause.Process.ReleaseOpen, outcomes[m.Status])
}

// free releases the lot of a matter whose end releases it.
func (t *turn) free(id MatterID) {
	m := t.Matter(id)
	p := &m.clause.Process
	if !p.Tail.Given {
		t.ask(id, "tail", "how long and within which terms a rival may be taken", AtRelease)
		return
	}
	tail := p.Tail.Value
	r := &Released{Matter: id, Tolerance: tail.Price}
	switch tail.Cap {
	case agreement.CapNoticed:
		if r.Cap = m.Terms; r.Cap == nil {
			t.ask(id, "tail", "which terms cap the tail: the clause names those noticed, and this notice had none", AtRelease)
			return
		}
	case agreement.CapNamed:
		r.Cap = m.Named
	case agreement.CapHolderProposed, agreement.CapGrantorProposed:
		r.Cap = t.proposedLast(m, tail.Cap)
		if r.Cap == nil {
			t.ask(id, "tail", "which terms cap the tail: the clause names those proposed last, and none were", AtRelease)
			return
		}
	}
	if why := t.tailEnds(m, tail, r); why != "" {
		t.ask(id, "tail", why, AtRelease)
		return
	}
	if tail.Counterparty && m.Offer != "" {
		r.Counterparty = t.Tender(m.Offer).Offer.Provider
	}
	t.emit(r)
	t.proceed(t.Matter(id))
}

// tailEnds sets until when a release and its cap serve, or says why that cannot be told.
func (t *turn) tailEnds(m *Matter, tail agreement.Tail, r *Released) string {
	r.Exact = tail.Exact
	if !tail.CapFor.Length.IsZero() {
		until, err := tail.CapFor.Deadline(t.at, t.calendarOf(m.clause, t.at))
		if err != nil {
			return fmt.Sprintf("until when the cap binds: %v", err)
		}
		r.CapUntil = until
	}
	if tail.Length.Length.IsZero() {
		return ""
	}
	from := t.at
	switch tail.From {
	case agreement.FromNotice:
		from = m.ReceivedAt
	case agreement.FromWindowEnd:
		if from = m.More().NegotiateBy; !from.IsSet() {
			from = m.AnswerBy
		}
	case agreement.FromStart:
		from = t.line(t.Lot(m.Lot)).Period.From
	}
	if !from.IsSet() {
		return fmt.Sprintf("when the tail ends: it is counted from the %s, which %s has not had", tail.From, m.ID)
	}
	until, err := tail.Length.Deadline(from, t.calendarOf(m.clause, from))
	if err != nil {
		return fmt.Sprintf("when the tail ends: %v", err)
	}
	if until <= t.at {
		return fmt.Sprintf("when the tail ends: by its words it was over at %s, before the release", until)
	}
	r.Until = until
	return ""
}

// proposedLast are the terms that a side proposed last in the negotiation of a matter; where that has none, in the last one of the
// same holder on the line.
func (t *turn) proposedLast(m *Matter, by agreement.CapSource) *offer.Terms {
	of := func(x *More) *offer.Terms {
		if by == agreement.CapGrantorProposed {
			return x.ByGrantor
		}
		return x.ByHolder
	}
	if m.clause.Kind == agreement.FirstNegotiation {
		return of(m.More())
	}
	for i := len(t.Matters) - 1; i >= 0; i-- {
		o := &t.Matters[i]
		if o.For() == m.For() && t.Lot(o.Lot).Line == t.Lot(m.Lot).Line && of(o.More()) != nil {
			return of(o.More())
		}
	}
	return nil
}

func words[T ~string](vs []T) string {
	s := ""
	for i, v := range vs {
		if i > 0 {
			s += ", "
		}
		s += string(v)
	}
	return s
}

// proceed moves a lot on after a matter: to the next right after the choice, or to the next before the market. Where
// several holders share a lot, it waits for the last of them.
func (t *turn) proceed(m *Matter) {
	if g := m.More().Group; g != 0 && !t.groupDone(g) {
		return
	}
	t.onward(m)
}

// onward moves the lot of a matter on, unless it went on without that matter.
func (t *turn) onward(m *Matter) {
	l := t.Lot(m.Lot)
	holds := m.ID
	if g := m.More().Group; g != 0 {
		holds = g
	}
	switch {
	case l.Matter != holds || l.Status == Won || l.Status == Closed:
	case m.More().Award != 0:
		t.again2market(l.ID, "nobody took over what was lost")
	case l.Pick != nil:
		t.afterChoice(l.ID)
	default:
		t.advance(l.ID)
	}
}

// afterChoice runs the rights that come after a choice; when none is left the chosen offer is awarded, with the package that it
// is part of.
func (t *turn) afterChoice(id LotID) {
	t.refresh(t.Lot(id).Line)
	l := t.Lot(id)
	o := t.Tender(l.Pick.Offer).Offer
	terms := t.picked(l)
	rest := t.together(l)
	if why := t.choiceFails(l, o, &terms); why != "" {
		t.emit(&ChoiceFell{Lot: id, Reason: why})
		t.packageFalls(t.notHeld(rest), "offer "+string(o.ID)+" of the package can no longer be taken")
		t.reviveEnded(id)
		return
	}
	all := t.together(l)
	waits := slices.ContainsFunc(all, func(other LotID) bool { return !t.unheld(t.Lot(other)) }) // somebody has the word over the rest
	if e := t.nextAtChoice(l, o, &terms); e != nil {
		if !waits || !e.runsWhole() { // which is asked about all of it at once
			t.run(id, e, o.ID)
		}
		return
	}
	if waits {
		return
	}
	for _, other := range all { // nobody has: what came to its end meanwhile runs again, or the package falls
		t.refresh(t.Lot(other).Line)
		if !t.ready(t.Lot(other)) {
			t.afterChoice(other)
			return
		}
	}
	for _, lot := range append(all, id) {
		t.awardPick(lot)
	}
}

// nextAtChoice is the first right that must still be run before a lot's chosen offer is taken; nil for none.
func (t *turn) nextAtChoice(l *Lot, o *offer.Offer, terms *offer.Terms) *Engagement {
	for i := range t.Engagements {
		e := &t.Engagements[i]
		if e.Line == l.Line && e.Engaged.Engaged && e.concerns(o.Provider) && stageOf(e.clause) == atChoice && !t.servesChoice(l, e, o.Provider, terms) {
			return e
		}
	}
	return nil
}

// awardPick awards a lot to the provider of its chosen offer, and says which clauses decided.
func (t *turn) awardPick(id LotID) {
	l := t.Lot(id)
	o := t.Tender(l.Pick.Offer).Offer
	terms := t.picked(l)
	because := []agreement.Ref{}
	for i := range t.Engagements {
		e := &t.Engagements[i]
		if e.Line != l.Line || !e.Engaged.Engaged || slices.Contains(because, e.clause.Ref) {
			continue
		}
		keptOut := e.Holder == o.Provider && stageOf(e.clause) == bar && !t.over(e.clause) // it kept the others out
		if keptOut || e.Holder != o.Provider && t.releasedBy(l, e) {
			because = append(because, e.clause.Ref)
		}
	}
	role := party.Rival
	if t.holds(l, o.Provider) {
		role = party.Holder
	}
	t.emit(&Awarded{Award: AwardID(len(t.Awards) + 1), Lot: id, Provider: o.Provider, Role: role, Quantity: l.Quantity, Terms: terms,
		Offer: o.ID, Landed: t.pickLanded(l), Because: because})
}

// picked are the terms of a lot's chosen offer, for the lot.
func (s *State) picked(l *Lot) offer.Terms {
	return s.Tender(l.Pick.Offer).Offer.Terms.Part(l.Pick.Accelerators)
}

// pickLanded is what a lot's choice costs now: a holder may have taken a part of it since it was compared. The data
// move there whole, however much is left.
func (s *State) pickLanded(l *Lot) money.Amount {
	price, err := s.Tender(l.Pick.Offer).Offer.Terms.Cost(l.Pick.Accelerators, s.line(l).Period)
	if err != nil {
		return l.Pick.Total
	}
	total, err := price.Add(l.Pick.Movement)
	if err != nil {
		return l.Pick.Total
	}
	return total
}

// reviveEnded gives a lot that came back to the market to the rights whose tails ended meanwhile, where their clauses
// revive them.
func (t *turn) reviveEnded(id LotID) {
	for i, r := range t.Lot(id).Releases {
		m := t.Matter(r.Matter)
		p := m.clause.Process.Reopen
		switch {
		case !t.Lot(id).latest(i) || stageOf(m.clause) != beforeMarket || t.servedSince(id, &r):
		case !p.Given:
			if m.doubt(id) == nil {
				t.askReopen(id, m, agreement.OnTailOver, "whether "+string(m.Holder)+"'s right revives now that its tail is over")
			}
		case slices.Contains(p.Value, agreement.OnTailOver):
			t.advance(id)
			return
		}
	}
}

// latest reports whether the release at an index is the last one of its right over the lot.
func (l *Lot) latest(i int) bool {
	r := &l.Releases[i]
	return !slices.ContainsFunc(l.Releases[i+1:], func(o Release) bool { return o.Holder == r.Holder && sameClause(o.Clause, r.Clause) })
}

// servedSince reports whether the right of a release that is over needs no run: its clause has ended, or a later release serves.
func (t *turn) servedSince(id LotID, r *Release) bool {
	for i := range t.Engagements {
		if e := &t.Engagements[i]; e.Line == t.Lot(id).Line && e.Engaged.Engaged && r.of(e) && !t.serves(t.Lot(id), e) {
			return false
		}
	}
	return true
}

// choiceFails says why a choice that was made cannot be awarded any more; empty if it can.
func (t *turn) choiceFails(l *Lot, o *offer.Offer, terms *offer.Terms) string {
	if o.ValidUntil <= t.at {
		return fmt.Sprintf("offer %s was valid until %s", o.ID, o.ValidUntil)
	}
	if t.apart(o) {
		return "the package that it is part of cannot be had whole"
	}
	if bar, barred := t.barred(l, o.Provider, terms); barred {
		return bar.Reason
	}
	if bar, barred := t.unnoticeable(l, o, terms); barred { // another holder's window may have taken the time since the choice
		return bar.Reason
	}
	return ""
}

// servesChoice reports whether a right after the choice needs no run for these terms: it was released for them, by a
// release that is live, binds nobody else, and has a cap that they keep.
func (t *turn) servesChoice(l *Lot, e *Engagement, p party.ID, terms *offer.Terms) bool {
	if e.Kind == agreement.NoLessFavourable && !t.betters(e.clause, terms) {
		return true // the rival gets nothing better than the holder has
	}
	if !t.serves(l, e) {
		return false
	}
	if t.over(e.clause) || t.exhausted(e) {
		return true // nothing new opens under a clause that has ended, or of which the holder has had all
	}
	for i := range l.Releases {
		r := &l.Releases[i]
		if r.of(e) && r.live(t.at) && t.breaks(r, p, terms) != nil {
			return false
		}
	}
	return true
}

// again says what gave the holder another matter on this lot; empty for the first.
func (t *turn) again(l *Lot, e *Engagement) agreement.Reopen {
	for i := len(l.Releases) - 1; i >= 0; i-- {
		r := &l.Releases[i]
		if !r.of(e) {
			continue
		}
		if r.live(t.at) {
			return agreement.OnMaterialTerm
		}
		if r.Why != "" {
			return r.Why
		}
		return agreement.OnTailOver
	}
	return ""
}

// breaks returns how terms leave a release: nil if they keep it, else the differences (none: it binds another rival).
func (t *turn) breaks(r *Release, p party.ID, terms *offer.Terms) []offer.Difference {
	if r.Counterparty != "" && r.Counterparty != p {
		return []offer.Difference{}
	}
	if r.Cap == nil || r.CapUntil.IsSet() && r.CapUntil <= t.at {
		return nil
	}
	if r.Exact {
		return t.others(r.Cap, terms)
	}
	if order, diffs := t.compareTerms(r.Cap, terms, r.Tolerance); order != offer.Within {
		return diffs
	}
	return nil
}

// others lists in what terms are not those of a cap that admits no others; for fewer accelerators they are the same terms.
func (t *turn) others(limit, terms *offer.Terms) []offer.Difference {
	var out []offer.Difference
	part := limit.Part(min(limit.Quantity, terms.Quantity)) // what goes with the quantity, like a finder's fee, is less for fewer
	_, diffs := t.compareTerms(&part, terms, 0)
	for _, d := range diffs {
		d.Order = max(d.Order, offer.Outside)
		out = append(out, d)
	}
	return out
}

// barred reports the clause that keeps a provider's terms from a lot: an exclusivity of somebody else, a right before the
// market that has no live release, or a release whose cap or counterparty the terms leave.
func (t *turn) barred(l *Lot, p party.ID, terms *offer.Terms) (award.Bar, bool) {
	for i := range t.Engagements {
		e := &t.Engagements[i]
		if e.Line != l.Line || !e.Engaged.Engaged || e.Holder == p {
			continue
		}
		switch stageOf(e.clause) {
		case bar:
			if _, holds := e.clause.Holding(p); !holds && about(e.clause, p) && !t.over(e.clause) {
				return award.Bar{Clause: e.clause.Ref, Reason: fmt.Sprintf("exclusive to %s", e.Holder)}, true
			}
		case beforeMarket:
			if !t.serves(l, e) {
				return award.Bar{Clause: e.clause.Ref, Reason: fmt.Sprintf("%s must be asked again: no release is in force", e.Holder)}, true
			}
		}
	}
	for i := range l.Releases {
		r := &l.Releases[i]
		m := t.Matter(r.Matter)
		if q := m.doubt(l.ID); q != nil && r.Holder != p && terms != nil {
			return award.Bar{Clause: r.Clause, Reason: fmt.Sprintf("%s waits for a determination: %s", m.ID, q.Why)}, true
		}
		if !r.live(t.at) || r.Holder == p || stageOf(m.clause) != beforeMarket || terms == nil {
			continue
		}
		if diffs := t.breaks(r, p, terms); diffs != nil {
			return award.Bar{Clause: r.Clause, Reason: outside(r, diffs)}, true
		}
	}
	return award.Bar{}, false
}

// outside says in words how terms leave a release.
func outside(r *Release, diffs []offer.Difference) string {
	for _, d := range diffs {
		if d.Order != offer.Within {
			return fmt.Sprintf("outside the cap of %s: %s", r.Matter, d)
		}
	}
	return fmt.Sprintf("outside the cap of %s", r.Matter)
}

func (t *turn) releasedBy(l *Lot, e *Engagement) bool {
	return slices.ContainsFunc(l.Releases, func(r Release) bool { return r.of(e) })
}

// compareTerms holds terms against a limit from the rival's side, whichever side the grantor stands on.
func (t *turn) compareTerms(limit, got *offer.Terms, tolerance capacity.Percent) (offer.Order, []offer.Difference) {
	return offer.Compare(t.direction(), limit, got, tolerance)
}

// holds reports whether a provider holds an engaged right on the line of a lot.
func (t *turn) holds(l *Lot, p party.ID) bool {
	return slices.ContainsFunc(t.Engagements, func(e Engagement) bool {
		return e.Line == l.Line && e.Engaged.Engaged && e.Holder == p
	})
}
