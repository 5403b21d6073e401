package right

import (
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/offer"
)

// stepIn gives a holder that may step in a matter over a lot whose award came to nothing, before the lot goes anywhere else.
func (t *turn) stepIn(id LotID) bool {
	l := t.Lot(id)
	if l.Lost == 0 || l.Status == Won || l.Status == Closed {
		return false
	}
	lost := t.AwardOf(l.Lost)
	for i := range t.Engagements {
		e := &t.Engagements[i]
		if e.Line != l.Line || !e.Engaged.Engaged || stageOf(e.clause) != onLoss || e.Holder == lost.Provider || t.over(e.clause) || t.exhausted(e) || t.ranOver(l, e, l.Lost) {
			continue
		}
		t.openMatter(&MatterOpened{Lot: id, Clause: e.clause.Ref, Holder: e.Holder, Award: l.Lost}, nil)
		return true
	}
	return false
}

// ranOver reports whether a holder had its run over an award.
func (s *State) ranOver(l *Lot, e *Engagement, a AwardID) bool {
	for i := range s.Matters {
		m := &s.Matters[i]
		if m.Lot == l.ID && m.More().Award == a && m.For() == e.Holder && sameClause(m.clause.Ref, e.clause.Ref) {
			return true
		}
	}
	return false
}

// callDue returns when an option on an awarded lot opens; unset for never.
func (s *State) callDue(l *Lot) calendar.Instant {
	at := calendar.Instant(0)
	for i := range s.Engagements {
		at = at.Earlier(s.callOf(l, &s.Engagements[i])).Earlier(s.callOfNext(l, &s.Engagements[i]))
	}
	return at
}

// callOfNext returns when an option opens under a version that took the place of an engaged one and was not decided yet.
func (s *State) callOfNext(l *Lot, e *Engagement) calendar.Instant {
	if e.Line != l.Line || !e.Engaged.Engaged || stageOf(e.clause) != onEvent {
		return 0
	}
	first := calendar.Instant(0)
	_, a, ok := s.law.Book.Clause(e.clause.Ref)
	if !ok {
		return 0
	}
	for i := range a.Clauses {
		c := &a.Clauses[i]
		if !sameClause(c.Ref, e.clause.Ref) || s.decided(l.Line, c.Ref) {
			continue
		}
		for _, h := range c.Holds() {
			due := s.calls(l, &Engagement{Engaged: &Engaged{Line: l.Line, Clause: c.Ref, Holder: h.Holder}, clause: c})
			if !s.overAt(c, max(due, s.Last)) { // nothing is decided of what is over
				first = first.Earlier(due)
			}
		}
	}
	return first
}

// decided reports whether the record says of a version of a clause whether it engages a line.
func (s *State) decided(line int, ref agreement.Ref) bool {
	return slices.ContainsFunc(s.Engagements, func(e Engagement) bool { return e.Line == line && e.Engaged.Clause == ref })
}

// callOf returns when one holder's option on an awarded lot opens: with the first certification of an event that it waits for,
// while the award stood.
func (s *State) callOf(l *Lot, e *Engagement) calendar.Instant {
	if e.Line != l.Line || !e.Engaged.Engaged || stageOf(e.clause) != onEvent {
		return 0
	}
	return s.calls(l, e)
}

// calls returns when an event opens a holder's option on an awarded lot under a clause that is in force then.
func (s *State) calls(l *Lot, e *Engagement) calendar.Instant {
	if !s.mayCall(l, e) {
		return 0
	}
	from := max(s.AwardOf(l.Award).At, e.clause.Effective.From)
	at := s.law.Book.FirstCertified(e.clause.Ref.Agreement, e.clause.Process.Opens, from)
	if s.overAt(e.clause, at) {
		return 0
	}
	return at
}

// mayCall reports whether a holder may have an option on an awarded lot: it is not its own, and it had none over this award yet.
func (s *State) mayCall(l *Lot, e *Engagement) bool {
	a := s.AwardOf(l.Award)
	its := a.Provider == e.Holder || a.Matter != 0 && s.Matter(a.Matter).For() == e.Holder // whoever it assigned it to since
	return !its && !s.exhausted(e) && !s.ranOver(l, e, l.Award)
}

// callOpens opens the options on a lot that an event opened.
func (t *turn) callOpens(id LotID) {
	t.refresh(t.Lot(id).Line)
	for i := range t.Engagements {
		e := &t.Engagements[i]
		l := t.Lot(id)
		if at := t.callOf(l, e); at.IsSet() && at <= t.at {
			t.openMatter(&MatterOpened{Lot: id, Clause: e.clause.Ref, Holder: e.Holder, Again: agreement.OnCertified, Award: l.Award}, nil)
			return // the next comes with the next look at what is due
		}
	}
}

// takeoverTerms are the terms on which a holder may take an award over: the award's, at the price that the clause names. It
// reports whether the notice must stop for a determination.
func (t *turn) takeoverTerms(m *Matter) (*offer.Terms, bool) {
	p := &m.clause.Process
	terms := t.AwardOf(m.More().Award).Terms
	n, _ := t.law.Throughput.Required(m.Quantity, terms.Accelerator, t.line(t.Lot(m.Lot)).Reference())
	terms = terms.Part(n)
	if !p.Price.Given {
		t.ask(m.ID, "price", "what "+string(m.Holder)+" pays for what it takes over", AtNotice)
		return nil, true
	}
	appraised := p.Price.Value == agreement.PriceAppraised || p.Price.Value == agreement.PriceLower
	if appraised && !p.Appraised.Given {
		t.ask(m.ID, "appraised", "the appraised price per accelerator-hour", AtNotice)
		return nil, true
	}
	from := terms.Period.From
	switch p.Price.Value {
	case agreement.PriceCard:
		for _, card := range p.RateCard.Value {
			if card.Accelerator == terms.Accelerator {
				terms.Price = []offer.Step{{From: from, Rate: card.Rate}}
				return &terms, false
			}
		}
		t.ask(m.ID, "rate_card", fmt.Sprintf("the price of %s, which the card lacks", terms.Accelerator), AtNotice)
		return nil, true
	case agreement.PriceAppraised:
		terms.Price = []offer.Step{{From: from, Rate: p.Appraised.Value}}
	case agreement.PriceLower:
		other := terms
		other.Price = []offer.Step{{From: from, Rate: p.Appraised.Value}}
		period := t.line(t.Lot(m.Lot)).Period
		was, _ := terms.Cost(terms.Quantity, period)
		is, err := other.Cost(terms.Quantity, period)
		if order, _ := is.Cmp(was); err == nil && order < 0 { // what cannot be compared is not lower
			terms.Price = other.Price
		}
	}
	return &terms, false
}

// nonPerform says that an award is not performed. What follows is for the clause under which it was made, or which let it be made.
func (t *turn) nonPerform(n NonPerform) error {
	a := t.AwardOf(n.Award)
	switch {
	case a == nil:
		return refuse(UnknownAward, "no award %s", n.Award)
	case a.Ended:
		return refuse(AwardEnded, "award %s came to nothing", n.Award)
	case a.NonPerforming != nil:
		return refuse(Performing, "award %s is not performed since before; it may be cured until %s", n.Award, a.NonPerforming.CureBy)
	case n.Delivered < 0 || n.Delivered >= a.Quantity:
		return refuse(QuantityInvalid, "%d of %d delivered", n.Delivered, a.Quantity)
	case n.Reason == "":
		return refuse(ReasonRequired, "say how the award is not performed")
	}
	c := t.performance(a)
	if c == nil {
		return refuse(NoSuchPower, "no clause says what follows when award %s is not performed; it may be said to fall through", n.Award)
	}
	by, err := c.Process.NonPerformance.Cure.Deadline(t.at, t.calendarOf(c, t.at))
	if err != nil {
		return (&Refusal{Code: ValueInvalid, Detail: fmt.Sprintf("until when it may be cured: %v", err)}).by(c.Ref)
	}
	t.emit(&NonPerforming{Award: n.Award, Clause: c.Ref, Delivered: n.Delivered, Reason: n.Reason, CureBy: by})
	return nil
}

// performance is the clause that says what follows when an award is not performed: that of its matter, or of a release that let
// the rival in.
func (t *turn) performance(a *Award) *agreement.Clause {
	if a.Matter != 0 {
		if c := t.Matter(a.Matter).clause; c.Process.NonPerformance != nil {
			return c
		}
		return nil
	}
	for i := range t.Lot(a.Lot).Releases {
		if c := t.Matter(t.Lot(a.Lot).Releases[i].Matter).clause; c.Process.NonPerformance != nil {
			return c
		}
	}
	return nil
}

// cure says that an award is performed again.
func (t *turn) cure(c Cure) error {
	a := t.AwardOf(c.Award)
	switch {
	case a == nil:
		return refuse(UnknownAward, "no award %s", c.Award)
	case a.Ended:
		return refuse(AwardEnded, "award %s came to nothing", c.Award)
	case a.NonPerforming == nil:
		return refuse(Performing, "nothing of award %s waits to be cured", c.Award)
	case c.Reason == "":
		return refuse(ReasonRequired, "say how the award was cured")
	}
	t.emit(&Cured{Award: c.Award, Reason: c.Reason})
	return nil
}

// notCured draws what follows when the time to cure is over.
func (t *turn) notCured(id AwardID) {
	a := t.AwardOf(id)
	n := a.NonPerforming
	c := t.clause(n.Clause)
	if c.Process.NonPerformance.Then == agreement.RemedyStepDown && n.Delivered > 0 {
		t.stepDown(id, n.Delivered)
		return
	}
	t.fall(id, agreement.OnNonPerformance, "not performed, and not cured: "+n.Reason)
}

// stepDown leaves an award what is delivered; the rest is split off and goes on its way.
func (t *turn) stepDown(id AwardID, delivered int64) {
	lot, matter := t.reduce(id, delivered, t.AwardOf(id).Matter)
	if matter != 0 {
		t.emit(&Ended{Matter: matter, Holder: t.Matter(matter).Holder, Outcome: CannotBe, Reason: "it was not performed"})
		if m := t.Matter(matter); m.More().Award != 0 || stageOf(m.clause) == alongside {
			t.letGo(matter) // there is nothing that it could be released from
			return
		}
		t.free(matter)
		return
	}
	t.endReleases(lot, agreement.OnNonPerformance)
	t.again2market(lot, "not performed")
}

// reduce leaves an award a part of its quantity and splits the rest off as a lot of its own, with the matter that is split, if one is.
func (t *turn) reduce(id AwardID, keeps int64, of MatterID) (LotID, MatterID) {
	a := t.AwardOf(id)
	l := t.Lot(a.Lot)
	split := &LotSplit{From: l.ID, To: LotID(len(t.Lots) + 1), Quantity: a.Quantity - keeps, Of: of}
	n, _ := t.law.Throughput.Required(keeps, a.Terms.Accelerator, t.line(l).Reference())
	terms := a.Terms.Part(min(n, a.Terms.Quantity))
	if of != 0 {
		split.Matter = MatterID(len(t.Matters) + 1)
	}
	if l.Pick != nil {
		split.Accelerators = max(0, l.Pick.Accelerators-terms.Quantity)
	}
	f := &SteppedDown{Award: id, Quantity: keeps, Terms: terms, Lot: split.To}
	if cost, err := terms.Cost(terms.Quantity, t.line(l).Period); err == nil {
		f.Landed = cost
	}
	t.emit(split)
	t.emit(f)
	return split.To, split.Matter
}

// splitAward takes a part of an award off it for a holder that takes over no more than that.
func (t *turn) splitAward(m *Matter, quantity int64) MatterID {
	id := m.More().Award
	_, split := t.reduce(id, t.AwardOf(id).Quantity-quantity, m.ID)
	return split
}
