package naive

import (
	"cmp"
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// Outcome is what is the case, in a form in which two engines can be compared.
type Outcome struct {
	Withdrawn bool
	Engaged   []Engaged
	Lots      []Lot
	Matters   []Matter
	Releases  []Release
	Awards    []Award
	Offers    []Offer
	Next      calendar.Instant // when time alone acts next; unset for never
}

// Engaged says whether a clause version engages a line.
type Engaged struct {
	Line   int
	Clause agreement.Ref
	Holder party.ID
	Yes    bool
}

// Lot is where a quantity stands and who has it.
type Lot struct {
	ID       right.LotID
	Line     int
	Quantity int64
	Status   right.LotStatus
	Matter   right.MatterID // that holds it; 0 where none does
	Closes   calendar.Instant
	Invited  string
	Offer    offer.ID // that is chosen
	Taken    int64    // accelerators of it
	Award    right.AwardID
}

// Matter is where one run of a right stands.
type Matter struct {
	ID          right.MatterID
	Lot         right.LotID
	Clause      agreement.Ref
	Holder      party.ID
	Status      right.Status
	Again       agreement.Reopen
	Quantity    int64
	Offer       offer.ID
	Terms       string // that were noticed
	Named       string
	Missing     int
	AnswerBy    calendar.Instant // while it is open
	NegotiateBy calendar.Instant // while the parties negotiate
	ConsentBy   calendar.Instant // while consents are awaited
	Grounds     int              // on which its window stands still
	RespondBy   calendar.Instant // while its terms wait for the grantor
	Waits       string           // parameter that a person must determine
	Released    bool
}

// Release is what rivals may be given of a lot.
type Release struct {
	Lot          right.LotID
	Matter       right.MatterID
	Cap          string
	Until        calendar.Instant
	Counterparty party.ID
	Over         bool
	Why          agreement.Reopen
}

// Award is who supplies a lot on which terms.
type Award struct {
	ID       right.AwardID
	Lot      right.LotID
	Provider party.ID
	Role     party.Role
	Quantity int64
	Terms    string
	Offer    offer.ID
	Matter   right.MatterID
	Signed   bool
	Ended    bool
}

// Offer is what is left of an offer.
type Offer struct {
	ID        offer.ID
	Withdrawn bool
	Used      int64
}

// Outcome says what is the case.
func (w *World) Outcome() Outcome {
	out := Outcome{Withdrawn: w.withdrawn}
	for _, e := range w.engaged {
		out.Engaged = append(out.Engaged, Engaged{e.line, e.clause.Ref, e.holder, e.yes})
	}
	sortEngaged(out.Engaged)
	for _, l := range w.lots {
		s := Lot{ID: l.id, Line: l.line, Quantity: l.quantity, Status: l.status, Award: awarded(l.status, l.award)}
		if l.status == right.Held {
			s.Matter = l.matter
		}
		if l.round && l.status == right.InMarket {
			s.Closes, s.Invited = l.closes, listed(l.invited)
		}
		if l.pick != nil {
			s.Offer, s.Taken = l.pick.offer, l.pick.accelerators
		}
		out.Lots = append(out.Lots, s)
		for _, r := range l.releases {
			out.Releases = append(out.Releases, Release{l.id, r.matter, text(r.cap), r.until, r.counterparty, r.over, r.why})
		}
	}
	for _, m := range w.matters {
		s := Matter{ID: m.id, Lot: m.lot, Clause: m.clause.Ref, Holder: m.holder, Status: m.status, Again: m.again, Quantity: m.quantity, Offer: m.offer, Released: m.released}
		if m.status.Pending() {
			s.Terms, s.Named, s.Missing = text(m.terms), text(m.named), len(m.missing)
		}
		if m.status == right.Open {
			s.AnswerBy = m.answerBy
		}
		if m.status == right.Negotiating {
			s.NegotiateBy = m.negotiateBy
		}
		if m.status == right.Conditional {
			s.ConsentBy = m.consentBy
		}
		if m.status == right.Stood {
			s.Grounds = len(m.tolls)
		}
		if m.status == right.StandNamed {
			s.RespondBy = m.respondBy
		}
		if m.asks != nil {
			s.Waits = m.asks.param
		}
		out.Matters = append(out.Matters, s)
	}
	for _, a := range w.awards {
		out.Awards = append(out.Awards, Award{a.id, a.lot, a.provider, a.role, a.quantity, a.terms.String(), a.offer, a.matter, a.signed, a.ended})
	}
	for _, t := range w.tenders {
		out.Offers = append(out.Offers, Offer{t.offer.ID, t.withdrawn, t.used})
	}
	if next, ok := w.next(); ok && w.need != nil {
		out.Next = max(next.at, w.last)
	}
	return out
}

// sortEngaged brings engagements into one order: when a clause was considered anew is not compared, what was decided is.
func sortEngaged(list []Engaged) {
	slices.SortFunc(list, func(a, b Engaged) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Clause.Agreement, b.Clause.Agreement), cmp.Compare(a.Clause.Clause, b.Clause.Clause),
			cmp.Compare(a.Clause.Version, b.Clause.Version), cmp.Compare(a.Holder, b.Holder))
	})
}

func awarded(s right.LotStatus, id right.AwardID) right.AwardID {
	if s == right.Won {
		return id
	}
	return 0
}

func listed(ids []party.ID) string {
	s := ""
	for _, id := range ids {
		s += string(id) + " "
	}
	return s
}

func text(t *offer.Terms) string {
	if t == nil {
		return ""
	}
	return t.String()
}

// OutcomeOf says what is the case in a state of the other engine.
func OutcomeOf(s *right.State) Outcome {
	out := Outcome{Withdrawn: s.Withdrawn}
	for i := range s.Engagements {
		e := &s.Engagements[i]
		out.Engaged = append(out.Engaged, Engaged{e.Line, e.Clause, e.Holder, e.Engaged.Engaged})
	}
	sortEngaged(out.Engaged)
	for i := range s.Lots {
		l := &s.Lots[i]
		o := Lot{ID: l.ID, Line: l.Line, Quantity: l.Quantity, Status: l.Status, Award: awarded(l.Status, l.Award)}
		if l.Status == right.Held {
			o.Matter = l.Matter
		}
		if l.Round && l.Status == right.InMarket {
			o.Closes, o.Invited = l.Closes, listed(l.Invited)
		}
		if l.Pick != nil {
			o.Offer, o.Taken = l.Pick.Offer, l.Pick.Accelerators
		}
		out.Lots = append(out.Lots, o)
		for _, r := range l.Releases {
			out.Releases = append(out.Releases, Release{l.ID, r.Matter, text(r.Cap), r.Until, r.Counterparty, r.Over, r.Why})
		}
	}
	for i := range s.Matters {
		out.Matters = append(out.Matters, matterOf(&s.Matters[i]))
	}
	for i := range s.Awards {
		a := &s.Awards[i]
		out.Awards = append(out.Awards, Award{a.Awarded.Award, a.Lot, a.Provider, a.Role, a.Quantity, a.Terms.String(), a.Offer, a.Matter, a.Signed, a.Ended})
	}
	for i := range s.Tenders {
		t := &s.Tenders[i]
		out.Offers = append(out.Offers, Offer{t.Offer.ID, t.Withdrawn, t.Used})
	}
	if at, ok := right.NextDeadline(*s); ok {
		out.Next = max(at, s.Last)
	}
	return out
}

func matterOf(m *right.Matter) Matter {
	o := Matter{ID: m.ID, Lot: m.Lot, Clause: m.Clause().Ref, Holder: m.Holder, Status: m.Status, Again: m.Again, Quantity: m.Quantity, Offer: m.Offer, Released: m.Released}
	if m.Status.Pending() {
		o.Terms, o.Named, o.Missing = text(m.Terms), text(m.Named), len(m.Missing)
	}
	if m.Status == right.Open {
		o.AnswerBy = m.AnswerBy
	}
	switch m.Status {
	case right.Negotiating:
		o.NegotiateBy = m.More().NegotiateBy
	case right.Conditional:
		o.ConsentBy = m.More().ConsentBy
	case right.Stood:
		o.Grounds = len(m.More().Tolls)
	}
	if m.Status == right.StandNamed {
		o.RespondBy = m.RespondBy
	}
	if m.Question != nil {
		o.Waits = m.Question.Param
	}
	return o
}
