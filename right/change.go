package right

import (
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/offer"
	"firstlook/party"
)

// change changes what was noticed while the holder may answer it: immaterially, and the window goes on; or materially, and a
// new matter with a full window takes the place of this one. It is judged against what the holder last saw.
func (t *turn) change(c Change) error {
	m := t.Matter(c.Matter)
	switch {
	case m == nil:
		return refuse(UnknownMatter, "no matter %s", c.Matter)
	case c.Reason == "":
		return refuse(ReasonRequired, "say why the terms change")
	case m.Status != Sent && m.Status != Open && m.Status != Stood || m.More().Paused == Negotiating || m.Terms == nil || m.More().Award != 0:
		return t.refuseFor(m, NotRunning, "matter %s is %s: there are no noticed terms to change", m.ID, m.Status)
	case m.Offer != "" && t.Tender(m.Offer).Offer.Package != "":
		return t.refuseFor(m, NotRunning, "a package that is noticed does not change; withdraw the choice and choose again")
	case m.Question != nil:
		return t.refuseFor(m, NotRunning, "matter %s waits for a determination of %s", m.ID, m.Question.Param)
	case (c.Terms == nil) == (c.Offer == ""):
		return refuse(TermsRequired, "name either terms or an offer")
	case (m.Offer == "") != (c.Offer == ""):
		return t.refuseFor(m, NoticeGiven, "what was noticed is %s", noticedWhat(m))
	}
	f, err := t.changed(m, c)
	if err != nil {
		return err
	}
	if !m.clause.Process.MaterialChange.Given {
		t.emit(&DeterminationRequired{Matter: m.ID, Grantor: t.grantor(), Param: "material_change",
			Why: "whether the change of the noticed terms is material", Resume: AtChange, Change: &c})
		return nil
	}
	t.changes(m, f)
	return nil
}

func noticedWhat(m *Matter) string {
	if m.Offer != "" {
		return "offer " + string(m.Offer) + ", and another offer of its provider may take its place"
	}
	return "the grantor's own terms, and others of its own may take their place"
}

// changed is the change as the holder would see it.
func (t *turn) changed(m *Matter, c Change) (*Changed, error) {
	for _, id := range t.sharing(m) { // asked anew, it would be asked for nothing, and lose what was noticed
		o := t.Matter(id)
		if e := (Engagement{Engaged: &Engaged{Line: t.Lot(o.Lot).Line, Holder: o.For()}, clause: o.clause}); o.Status.Pending() && t.exhausted(&e) {
			return nil, t.refuseFor(m, NotRunning, "the clause has nothing more for %s; what was noticed in %s stands", o.For(), id)
		}
	}
	f := &Changed{Matter: m.ID, Offer: c.Offer, Reason: c.Reason}
	if c.Terms != nil {
		terms := *c.Terms
		if err := t.supplies(m, &terms, t.mostOf(m)); err != nil {
			return nil, err
		}
		f.Terms = c.Terms
		return f, nil
	}
	l := t.Lot(m.Lot)
	now, was := t.Tender(c.Offer), t.Tender(m.Offer)
	if now == nil || now.Withdrawn || now.Offer.Line != l.Line || c.Offer == m.Offer || now.Offer.Provider != was.Offer.Provider {
		return nil, refuse(UnknownOffer, "no other offer %s of %s for the lot", c.Offer, was.Offer.Provider)
	}
	if now.Offer.Package != "" {
		return nil, refuse(PackageBroken, "offer %s is part of package %s, which is chosen whole", c.Offer, now.Offer.Package)
	}
	t.refresh(l.Line)
	got, err := t.compare(l, []offer.ID{c.Offer})
	if err != nil {
		return nil, err
	}
	if len(got.Picks) != 1 || got.Picks[0].Equivalent < l.Quantity {
		return nil, refuse(MissesRequirement, "offer %s cannot take the place of %s: %s", c.Offer, m.Offer, t.whyNone(&got))
	}
	pick := got.Picks[0]
	pick.Equivalent = l.Quantity
	terms := now.Offer.Terms.Part(pick.Accelerators)
	if err := t.noticeable(m, now.Offer, &terms); err != nil {
		return nil, err
	}
	f.Pick, f.Terms = &pick, &terms
	return f, nil
}

// noticeable refuses a later offer that could not be noticed in a matter: under the version of the clause that opened it, which is also that of the
// matter that a material change opens.
func (t *turn) noticeable(m *Matter, o *offer.Offer, terms *offer.Terms) error {
	p := &m.clause.Process
	if missing := t.missing(m.clause, t.line(t.Lot(m.Lot)), terms); len(missing) > 0 {
		return t.refuseFor(m, MissesRequirement, "the notice of offer %s would lack %s", o.ID, words(missing))
	}
	if o.Terms.Prepayment < p.BonaFide {
		return t.refuseFor(m, MissesRequirement, "offer %s does not pay %s in advance and is not bona fide", o.ID, p.BonaFide)
	}
	by := m.AnswerBy
	if p.Window.Given { // which a material change lets run anew
		start := t.at
		if deems(p.Delivery.Value.Clock) {
			start = max(start, t.deemedAt(m.clause, p.Delivery.Value.Channel))
		}
		if anew, _, err := t.closes(m.clause, m.Lot, m.More().Late, windowOf(m.clause, agreement.OnMaterialChange), start); err == nil {
			by = max(by, anew)
		}
	}
	if o.ValidUntil <= by {
		return refuse(MissesRequirement, "offer %s is valid until %s, but %s may answer until %s", o.ID, o.ValidUntil, m.Holder, by)
	}
	return nil
}

// changes draws the consequences of a change: each holder that may still answer is told, and where it is material for one of
// those that share the lot, all are asked anew.
func (t *turn) changes(m *Matter, f *Changed) {
	rule := m.clause.Process.MaterialChange.Value
	lot, ref, holder, group := m.Lot, m.clause.Ref, m.For(), m.More().Group
	members := t.sharing(m)
	told := make([]*Changed, 0, len(members))
	for _, id := range members {
		o := t.Matter(id)
		if !o.told() {
			continue
		}
		change := *f
		change.Matter = id
		if len(told) > 0 {
			change.Pick, change.Offer = nil, "" // the lot's choice changes once
		}
		own := *f.Terms
		if f.Offer == "" {
			_ = t.supplies(o, &own, o.Quantity) // to each for its own quantity
		}
		change.Terms = &own
		material, diffs := offer.Material(t.materiality(o, rule), o.Terms, change.Terms)
		f.Material, change.Differences = f.Material || material, append([]offer.Difference{}, diffs...) // a list, also where there are none
		told = append(told, &change)
	}
	for _, change := range told {
		change.Material = f.Material
		t.emit(change)
	}
	if !f.Material {
		return
	}
	for _, id := range members {
		if o := t.Matter(id); o.Status.Pending() {
			t.emit(&Ended{Matter: id, Holder: o.Holder, Outcome: Superseded, Reason: "what was noticed changed materially"})
		}
	}
	terms := f.Terms
	if f.Offer != "" {
		terms = nil // the notice states those of the later offer
	}
	t.reopen(lot, ref, holder, f.Offer, terms, group != 0)
}

// mostOf is the most that one of those who are told of a change may take: where several share, each is asked for its own quantity.
func (t *turn) mostOf(m *Matter) int64 {
	most := m.Quantity
	for _, h := range m.clause.Holds() {
		l := t.Lot(m.Lot)
		if m.clause.Kind == agreement.ProRata && t.shareless(l, m.clause, h.Holder) {
			continue // it is not asked
		}
		q := t.most(m.Lot, m.clause, h.Holder)
		if q == 0 {
			q = l.Quantity
		}
		most = max(most, q)
	}
	return most
}

// sharing lists the matters that are told of what one of them is: all of its group, or it alone.
func (t *turn) sharing(m *Matter) []MatterID {
	if g := m.More().Group; g != 0 {
		return t.groupOf(g)
	}
	return []MatterID{m.ID}
}

// told reports whether the holder of a matter has noticed terms before it.
func (m *Matter) told() bool {
	switch m.Status {
	case Sent, Open, Stood, Bidden:
		return m.Terms != nil
	}
	return false
}

// materiality is what is material for one holder: as its own matter has it, else as the one that was changed.
func (t *turn) materiality(m *Matter, otherwise agreement.Materiality) agreement.Materiality {
	if p := m.clause.Process.MaterialChange; p.Given {
		return p.Value
	}
	return otherwise
}

// reopen begins a right anew on changed terms, under the version of its clause that ran before.
func (t *turn) reopen(lot LotID, ref agreement.Ref, holder party.ID, chosen offer.ID, terms *offer.Terms, group bool) {
	c := t.clause(ref)
	if group {
		t.openGroup(lot, c, chosen, agreement.OnMaterialChange, terms)
		return
	}
	t.openMatter(&MatterOpened{Lot: lot, Clause: ref, Holder: holder, Again: agreement.OnMaterialChange, Offer: chosen}, terms)
}

// consent is what a party says whose consent is needed.
func (t *turn) consent(c Consent) error {
	if !c.Given && c.Reason == "" {
		return refuse(ReasonRequired, "say why the consent is refused")
	}
	if c.Award != 0 {
		return t.consentToAward(c)
	}
	m := t.Matter(c.Matter)
	if m == nil {
		return refuse(UnknownMatter, "no matter %s", c.Matter)
	}
	gate := m.clause.Process.Consent
	switch {
	case !conditional(m.clause):
		return t.refuseFor(m, NoSuchPower, "an exercise under the clause needs nobody's consent")
	case !slices.Contains(gate.Of, t.by) || slices.Contains(m.More().Consents, t.by):
		return t.refuseFor(m, NotEntitled, "%s has no consent to give to %s", t.by, m.ID)
	case m.Status != Conditional:
		return t.refuseFor(m, NotRunning, "matter %s is %s: no consent is awaited", m.ID, m.Status)
	}
	t.emit(&Consented{Matter: m.ID, Of: t.by, Given: c.Given, Reason: c.Reason})
	switch m = t.Matter(c.Matter); {
	case !c.Given:
		t.end(m.ID, ConditionFailed, fmt.Sprintf("%s refused its consent", t.by))
	case len(m.More().Consents) == len(gate.Of):
		t.stands(m.ID, *m.More().Terms)
	}
	return nil
}

// consentSilent applies what the clause says of a consent that was neither given nor refused.
func (t *turn) consentSilent(id MatterID) {
	m := t.Matter(id)
	if m.clause.Process.Consent.Silence == agreement.ConsentGiven {
		t.stands(id, *m.More().Terms)
		return
	}
	t.end(id, ConditionFailed, "no consent was given in time")
}

// gates lists the clauses under which a rival's award needs consents that it does not have.
func (t *turn) gates(a *Award) []*agreement.Clause {
	var out []*agreement.Clause
	l := t.Lot(a.Lot)
	for i := range t.Engagements {
		e := &t.Engagements[i]
		gate := e.clause.Process.Consent
		if e.Line != l.Line || !e.Engaged.Engaged || gate == nil || gate.Over != agreement.OverRival || a.Matter != 0 || t.over(e.clause) {
			continue
		}
		if _, holds := e.clause.Holding(a.Provider); holds {
			continue
		}
		if slices.ContainsFunc(gate.Of, func(p party.ID) bool { return !slices.Contains(a.Consents, p) }) {
			out = append(out, e.clause)
		}
	}
	return out
}

// consentToAward is a party's word on the award of a rival.
func (t *turn) consentToAward(c Consent) error {
	a := t.AwardOf(c.Award)
	switch {
	case a == nil:
		return refuse(UnknownAward, "no award %s", c.Award)
	case a.Ended:
		return refuse(AwardEnded, "award %s came to nothing", c.Award)
	}
	gates := t.gates(a)
	if len(gates) == 0 {
		return refuse(NoSuchPower, "award %s needs nobody's consent", c.Award)
	}
	if slices.Contains(a.Consents, t.by) || !slices.ContainsFunc(gates, func(g *agreement.Clause) bool { return slices.Contains(g.Process.Consent.Of, t.by) }) {
		return refuse(NotEntitled, "%s has no consent to give to award %s", t.by, c.Award)
	}
	t.emit(&Consented{Award: c.Award, Of: t.by, Given: c.Given, Reason: c.Reason})
	if !c.Given {
		t.fall(c.Award, agreement.OnFellThrough, fmt.Sprintf("%s refused its consent: %s", t.by, c.Reason))
	}
	return nil
}

// awaitConsent puts an exercise under the condition of the consents that its clause wants; part is what is taken of an award, 0 for all
// of what the matter holds.
func (t *turn) awaitConsent(m *Matter, terms offer.Terms, part int64) {
	gate := m.clause.Process.Consent
	f := &ConsentAwaited{Matter: m.ID, Terms: terms, Of: gate.Of, Part: part}
	if !gate.Within.Length.IsZero() {
		f.Until, _ = gate.Within.Deadline(t.at, t.calendarOf(m.clause, t.at)) // where the calendar does not reach it is awaited without an end
	}
	t.emit(f)
}

// assign puts another party in the holder's place in one matter.
func (t *turn) assign(a Assign) error {
	m := t.Matter(a.Matter)
	if m == nil {
		return refuse(UnknownMatter, "no matter %s", a.Matter)
	}
	p := &m.clause.Process
	switch {
	case t.by != m.Holder:
		return refuse(NotTheHolder, "%s does not hold the right of matter %s", t.by, a.Matter)
	case len(p.Assignees) == 0 && !p.AnyAssignee:
		return t.refuseFor(m, NoSuchPower, "the right is not assignable")
	case !p.AnyAssignee && !slices.Contains(p.Assignees, a.To):
		return t.refuseFor(m, NotEntitled, "the right may be assigned to %s only", words(p.Assignees))
	case a.To == m.Holder || a.To == t.grantor() || party.Check(string(a.To)) != nil:
		return t.refuseFor(m, NotEntitled, "the right of %s cannot be assigned to %q", m.Holder, a.To)
	case !m.Status.Pending() && !(p.AssignAfter && t.unsigned(m)):
		return t.refuseFor(m, AlreadyAnswered, "matter %s is %s", m.ID, m.Status)
	}
	if ref, holder, ok := t.exclusiveTo(m, a.To); ok { // whom it could not be awarded to
		return (&Refusal{Code: Barred, Detail: fmt.Sprintf("what %s covers is exclusive to %s", m.ID, holder)}).by(ref)
	}
	t.emit(&Assigned{Matter: m.ID, From: m.Holder, To: a.To})
	return nil
}

// unsigned reports whether a holder took what nobody has signed yet.
func (s *State) unsigned(m *Matter) bool {
	a := s.AwardOf(s.Lot(m.Lot).Award)
	return a != nil && a.Matter == m.ID && !a.Signed
}
