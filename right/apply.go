package right

import (
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/offer"
)

// Apply returns the state after an event. It decides nothing and accepts any event that Decide can have made; one that
// refers to what does not exist is a bug and panics.
func Apply(s State, e Event) State {
	w := writer{State: s}
	w.apply(e)
	return w.State
}

// Replay returns the state after a record.
func Replay(law *Law, events []Event) State {
	w := writer{State: Begin(law)}
	for i := range events {
		w.apply(events[i])
	}
	return w.State
}

// writer is a state under construction. A slice is copied before its first change, so the state that it began from
// stays as it was, and at most once, so that a turn of many events stays cheap.
type writer struct {
	State
	engaged, lots, matters, tenders, awards bool // the slice is the writer's own
}

// own returns the writer's own copy of a slice, with room for so many more.
func own[T any](s []T, mine *bool, more int) []T {
	if *mine {
		return s
	}
	*mine = true
	return append(make([]T, 0, len(s)+more), s...)
}

func (w *writer) lot(id LotID) *Lot {
	w.Lots = own(w.Lots, &w.lots, 0)
	return &w.Lots[id-1]
}

func (w *writer) matter(id MatterID) *Matter {
	w.Matters = own(w.Matters, &w.matters, 0)
	return &w.Matters[id-1]
}

func (w *writer) awardOf(id AwardID) *Award {
	w.Awards = own(w.Awards, &w.awards, 0)
	return &w.Awards[id-1]
}

func (w *writer) tender(id offer.ID) *Tender {
	w.Tenders = own(w.Tenders, &w.tenders, 0)
	for i := range w.Tenders {
		if w.Tenders[i].Offer.ID == id {
			return &w.Tenders[i]
		}
	}
	panic(fmt.Sprintf("bug: offer %s is not in the record", id))
}

func (w *writer) apply(e Event) {
	w.Last, w.Reached = max(w.Last, e.At), max(w.Reached, e.Recorded)
	w.Events++
	switch f := e.Fact.(type) {
	case *NeedSubmitted:
		w.Need, w.Related, w.Submitted = &f.Need, f.Related, e.At
	case *Engaged:
		w.engages(Engagement{f, w.clause(f.Clause)})
	case *LotOpened:
		w.Lots = append(own(w.Lots, &w.lots, 1), Lot{ID: f.Lot, Line: f.Line, Quantity: f.Quantity, Status: Idle})
	case *LotSplit:
		w.split(f)
	case *NeedWithdrawn:
		w.Withdrawn = true
		for i := range w.Lots {
			if w.Lots[i].Status != Won {
				l := w.lot(LotID(i + 1))
				w.unpick(l)
				l.Status, l.Round = Closed, false
			}
		}
		for i := range w.Matters { // what nobody waits for is not asked
			if m := &w.Matters[i]; m.Question != nil && w.Lots[m.Lot-1].Status == Closed {
				w.matter(m.ID).answered()
			}
		}
	case *OffersRequested:
		l := w.lot(f.Lot)
		l.Status, l.Invited, l.Closes, l.Round, l.Lost = InMarket, f.Invited, f.Closes, true, 0
	case *RoundClosed:
		w.lot(f.Lot).Round = false
	case *OfferReceived:
		w.Tenders = append(own(w.Tenders, &w.tenders, 1), Tender{Offer: &f.Offer, At: e.At})
	case *OfferWithdrawn:
		w.tender(f.Offer).Withdrawn = true
	case *Chosen:
	case *PickSet:
		w.pick(f)
	case *ChoiceFell:
		l := w.lot(f.Lot)
		w.unpick(l)
		l.Lost = 0
	case *Blocked:
		l := w.lot(f.Lot)
		l.Status, l.Blocked = Stuck, f
	case *Awarded:
		w.awarded(e.At, f)
	case *Signed:
		w.awardOf(f.Award).Signed = true
	case *NonPerforming:
		w.awardOf(f.Award).NonPerforming = f
	case *Cured:
		w.awardOf(f.Award).NonPerforming = nil
	case *SteppedDown:
		w.steppedDown(f)
	case *TakenOver:
		w.endAward(f.Award)
	case *CapBroken:
		w.endAward(f.Award)
	case *FellThrough:
		w.endAward(f.Award)
		w.lot(w.Awards[f.Award-1].Lot).Lost = f.Award
	default:
		w.applyMatter(e)
	}
}

// applyMatter applies the facts that concern one matter.
func (w *writer) applyMatter(e Event) {
	switch f := e.Fact.(type) {
	case *MatterOpened:
		w.matterOpened(f)
	case *Noticed:
		m := w.matter(f.Matter)
		m.Terms, m.Channel, m.Missing, m.DeemedAt, m.SentAt = f.Terms, f.Channel, f.Missing, f.DeemedAt, e.At
		m.Status = Sent
		if len(f.Missing) > 0 {
			m.Status = Deficient
		}
	case *Received:
		w.matter(f.Matter).ReceivedAt = e.At
		if f.Since.IsSet() {
			w.matter(f.Matter).ReceivedAt = f.Since
		}
	case *Opened:
		w.opened(f)
	case *Answered, *Countered, *AnswerVoid:
	case *Named:
		m := w.matter(f.Matter)
		m.Status, m.Named, m.RespondBy, m.Question = StandNamed, &f.Terms, f.RespondBy, nil
	case *Exercised:
		m := w.matter(f.Matter)
		m.Status, m.Question, m.Quantity = Taken, nil, w.Lots[m.Lot-1].Quantity
	case *Ended:
		m := w.matter(f.Matter)
		m.Status, m.Question = f.Outcome, nil
		if l := w.lot(m.Lot); l.Status == Held && w.heldBy(l, m) {
			l.Status = Idle
		}
	case *Released:
		m := w.matter(f.Matter)
		m.Released = true
		l := w.lot(m.Lot)
		l.Releases = append(slices.Clip(l.Releases), Release{Matter: f.Matter, Clause: m.clause.Ref, Holder: m.For(), Cap: f.Cap,
			Until: f.Until, Counterparty: f.Counterparty, Tolerance: f.Tolerance, Exact: f.Exact, CapUntil: f.CapUntil})
	case *ReleaseEnded:
		l := w.lot(f.Lot)
		l.Releases = slices.Clone(l.Releases)
		for i := range l.Releases {
			if l.Releases[i].Matter == f.Matter {
				l.Releases[i].Over, l.Releases[i].Why = true, f.Why
			}
		}
	case *DeterminationRequired:
		w.asked(f)
	case *Determined:
		m := w.matter(f.Matter)
		c, err := m.clause.With(f.Param, f.Value)
		if err != nil {
			panic(fmt.Sprintf("bug: a recorded determination does not read: %v", err))
		}
		m.clause = c
		m.answered()
		if f.Param == "share" {
			m.Quantity = min(m.Quantity, part(w.Lots[m.Lot-1].Quantity, c.Process.Share.Value)) // a ceiling may leave less
		}
		m.Determined = append(slices.Clip(m.Determined), *f)
	default:
		w.applyMore(e)
	}
}

// engages adds an engagement where its clause stands in the order of rights: a version that takes the place of another later
// still runs by its priority.
func (w *writer) engages(e Engagement) {
	w.Engagements = own(w.Engagements, &w.engaged, 4)
	i := slices.IndexFunc(w.Engagements, func(o Engagement) bool { return o.Line == e.Line && agreement.CompareOrder(o.clause, e.clause) > 0 })
	if i < 0 {
		i = len(w.Engagements)
	}
	w.Engagements = slices.Insert(w.Engagements, i, e)
}

// clause resolves a reference that a recorded event makes; the law must hold every version that a record cites.
func (w *writer) clause(ref agreement.Ref) *agreement.Clause {
	c, _, ok := w.law.Book.Clause(ref)
	if !ok {
		panic(fmt.Sprintf("bug: the law lacks %s, which the record cites", ref))
	}
	return c
}

func (w *writer) split(f *LotSplit) {
	from := w.lot(f.From)
	from.Quantity -= f.Quantity
	to := *from
	to.ID, to.Quantity = f.To, f.Quantity
	to.Releases = slices.Clone(from.Releases)
	if from.Pick != nil {
		left, gone := *from.Pick, *from.Pick
		left.Accelerators -= f.Accelerators
		left.Equivalent -= f.Quantity
		gone.Accelerators, gone.Equivalent = f.Accelerators, f.Quantity
		from.Pick, to.Pick = &left, &gone
	}
	w.Lots = append(w.Lots, to)
	for i := range w.Matters { // a talk beside is about what is left
		if o := &w.Matters[i]; o.Lot == f.From && o.Status.Pending() && stageOf(o.clause) == alongside {
			w.matter(o.ID).Quantity = min(o.Quantity, from.Quantity)
		}
	}
	if f.Matter == 0 {
		return
	}
	split := f.Of
	if split == 0 {
		split = from.Matter
	}
	old := w.matter(split)
	old.Quantity -= f.Quantity
	m := *old
	m.ID, m.Lot, m.Quantity = f.Matter, f.To, f.Quantity
	if m.More().Group != 0 {
		m.also(func(x *More) { x.Group, x.Allocated = 0, false }) // what is allotted goes on alone
	}
	w.Matters = append(w.Matters, m)
	w.lot(f.To).Matter = f.Matter
}

func (w *writer) pick(f *PickSet) {
	l := w.lot(f.Lot)
	l.Status, l.Round = Picked, false
	l.Pick = &f.Pick
	w.tender(f.Pick.Offer).Used += f.Pick.Accelerators
}

// unpick gives the accelerators of a lot's choice back to its offer.
func (w *writer) unpick(l *Lot) {
	if l.Pick != nil {
		w.tender(l.Pick.Offer).Used -= l.Pick.Accelerators
	}
	l.Pick, l.Status = nil, InMarket
}

func (w *writer) awarded(at calendar.Instant, f *Awarded) {
	w.Awards = append(own(w.Awards, &w.awards, 1), Award{Awarded: f, At: at})
	l := w.lot(f.Lot)
	l.Status, l.Award, l.Round, l.Lost = Won, f.Award, false, 0
	if f.Offer == "" && l.Pick != nil { // the holder matched: the rival's offer is free again
		w.tender(l.Pick.Offer).Used -= l.Pick.Accelerators
		l.Pick = nil
	}
}

func (w *writer) endAward(id AwardID) {
	a := w.awardOf(id)
	a.Ended, a.NonPerforming = true, nil
	l := w.lot(a.Lot)
	if l.Pick != nil {
		w.unpick(l)
	}
	l.Award, l.Status = 0, Idle
	if w.Withdrawn {
		l.Status = Closed
	}
}
