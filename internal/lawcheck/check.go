package lawcheck

import (
	"fmt"
	"strings"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/offer"
	"firstlook/right"
)

// The invariants of SEMANTICS section 6 that a record can break.
const (
	I1  = "I1"
	I2  = "I2"
	I3  = "I3"
	I4  = "I4"
	I5  = "I5"
	I6  = "I6"
	I7  = "I7"
	I8  = "I8"
	I9  = "I9"
	I10 = "I10"
	I11 = "I11"
	I12 = "I12"
	I13 = "I13"
	I14 = "I14"
	I16 = "I16"
)

// Violation is one place at which a record breaks an invariant.
type Violation struct {
	Invariant string         `json:"invariant"`
	Event     int            `json:"event"` // of the history, from 1
	Matter    right.MatterID `json:"matter,omitempty"`
	Lot       right.LotID    `json:"lot,omitempty"`
	Award     right.AwardID  `json:"award,omitempty"`
	Message   string         `json:"message"`
	Says      string         `json:"says"`   // what the record says
	Should    string         `json:"should"` // what it should say
}

// String writes the violation as one line.
func (v Violation) String() string {
	place := []string{fmt.Sprintf("event %d", v.Event)}
	if v.Award != 0 {
		place = append(place, v.Award.String())
	}
	if v.Lot != 0 {
		place = append(place, v.Lot.String())
	}
	if v.Matter != 0 {
		place = append(place, v.Matter.String())
	}
	return fmt.Sprintf("%s: %s: %s; the record says %s, it should say %s", strings.Join(place, ", "), v.Invariant, v.Message, v.Says, v.Should)
}

// Check reads the record of one need, from its beginning to the end of a turn, and returns every violation in the order of
// the events. The law is the one in force at the end: every agreement text with its amendments, and every certified fact.
// Any events are accepted; none makes it panic.
func Check(law *right.Law, history []right.Event) []Violation {
	c := Begin(law)
	out := c.Read(history)
	return append(out, c.Rest()...)
}

// Checker reads a record turn by turn. It is not safe for concurrent use.
type Checker struct {
	law    *right.Law
	found  []Violation // of the turn that is read
	unsaid []Violation // that the next word of the same change may explain

	number   int          // of the event that is read
	event    *right.Event // that is read
	last     calendar.Instant
	recorded calendar.Instant

	need      *capacity.Need
	related   []right.Related
	named     []right.LawUsed
	submitted calendar.Instant
	withdrawn bool
	leaving   []departure // matters ended because the need is withdrawn, which the record has yet to say
	engaged   []*engagement
	lots      []*lot
	matters   []*matter
	offers    map[offer.ID]*tender
	awards    []*grant
	choice    int      // which choice is being read: offers that are packed together are chosen in one
	fallen    offer.ID // of the award that fell through in the event before: it leaves the market
	complete  bool     // it was looked whether every clause in force was considered
	lost      bool     // the record does not begin with a need: nothing can be said of what follows
}

// Begin returns a checker for the record of one need.
func Begin(law *right.Law) *Checker {
	return &Checker{law: law, offers: map[offer.ID]*tender{}}
}

// Under tells the checker of a later law: facts certified and amendments recorded since.
func (c *Checker) Under(law *right.Law) { c.law = law }

// Read reads the next events and returns what is wrong with them.
func (c *Checker) Read(events []right.Event) []Violation {
	for i := range events {
		c.number++
		c.event = &events[i]
		c.inOrder()
		if c.lost || !c.begins() {
			continue
		}
		switch c.event.Fact.(type) {
		case *right.Chosen, *right.PickSet:
		default:
			c.choice++ // what is chosen next is another choice
		}
		c.overdue()
		c.notCured()
		c.outlived()
		c.leaves(c.event.Fact)
		if _, changed := c.event.Fact.(*right.Changed); !changed {
			c.said()
		}
		c.fact()
		c.sums()
	}
	c.said()
	out := c.found
	c.found = nil
	return out
}

// Rest says what is wrong between two turns: every lot stands somewhere, and every line was opened.
func (c *Checker) Rest() []Violation {
	if c.need != nil {
		c.considered()
		c.leaves(nil)
		c.replacements()
		c.standing()
		c.clocks()
	}
	out := c.found
	c.found = nil
	return out
}

// place says which lot, matter or award a violation concerns.
type place struct {
	matter right.MatterID
	lot    right.LotID
	award  right.AwardID
}

// broken notes a violation at the event that is read.
func (c *Checker) broken(invariant string, at place, says, should, message string, args ...any) {
	c.brokenAt(c.number, invariant, at, says, should, message, args...)
}

// brokenAt notes a violation at an earlier event.
func (c *Checker) brokenAt(event int, invariant string, at place, says, should, message string, args ...any) {
	c.found = append(c.found, Violation{Invariant: invariant, Event: event, Matter: at.matter, Lot: at.lot, Award: at.award,
		Message: fmt.Sprintf(message, args...), Says: says, Should: should})
}

// inOrder is I9: events stand in the order in which they happened and were recorded, and none was recorded before it happened.
func (c *Checker) inOrder() {
	e := c.event
	switch {
	case !e.At.IsSet() || !e.Recorded.IsSet():
		c.broken(I9, place{}, "no instant", "when it happened and when it was recorded", "%s has no time", name(e))
	case e.At > e.Recorded:
		c.broken(I9, place{}, e.At.String(), "an instant up to "+e.Recorded.String(), "%s happened after it was recorded", name(e))
	case e.At < c.last:
		c.broken(I9, place{}, e.At.String(), c.last.String()+" or later", "%s happened before the event that it follows", name(e))
	case e.Recorded < c.recorded:
		c.broken(I9, place{}, e.Recorded.String(), c.recorded.String()+" or later", "%s was recorded before the event that it follows", name(e))
	}
	c.last, c.recorded = max(c.last, e.At), max(c.recorded, e.Recorded)
}

// begins reports whether the record has begun: its first event submits the need.
func (c *Checker) begins() bool {
	if c.need != nil {
		return true
	}
	f, ok := c.event.Fact.(*right.NeedSubmitted)
	if ok && len(f.Need.Lines) > 0 {
		return true
	}
	c.lost = true
	c.broken(I10, place{}, name(c.event), "need-submitted with at least one line", "the record does not begin with a need")
	return false
}

// name is what the record calls an event.
func name(e *right.Event) string {
	if e.Fact == nil {
		return "an event without a fact"
	}
	return right.FactName(e.Fact)
}

func (c *Checker) fact() {
	fallen := c.fallen
	c.fallen = ""
	switch f := c.event.Fact.(type) {
	case *right.NeedSubmitted:
		c.submittedNeed(f)
	case *right.Engaged:
		c.engagedClause(f)
	case *right.LotOpened:
		c.openedLot(f)
	case *right.LotSplit:
		c.splitLot(f)
	case *right.OffersRequested:
		c.requested(f)
	case *right.OfferReceived:
		c.offered(f)
	case *right.OfferWithdrawn:
		c.withdrawnOffer(f, fallen)
	case *right.RoundClosed:
		c.closedRound(f)
	case *right.Chosen:
		c.chosen(f)
	case *right.PickSet:
		c.picked(f)
	case *right.ChoiceFell:
		c.choiceFell(f)
	case *right.Awarded:
		c.awarded(f)
	case *right.Signed:
		c.signed(f)
	case *right.CapBroken:
		c.capBroken(f)
	case *right.FellThrough:
		c.fellThrough(f)
	case *right.NeedWithdrawn:
		c.withdrawnNeed()
	default:
		c.factOfMatter()
	}
}

// factOfMatter reads the facts that concern one matter.
func (c *Checker) factOfMatter() {
	switch f := c.event.Fact.(type) {
	case *right.MatterOpened:
		c.openedMatter(f)
	case *right.Noticed:
		c.noticed(f)
	case *right.Received:
		c.received(f)
	case *right.Opened:
		c.openedWindow(f)
	case *right.Answered:
		c.answered(f)
	case *right.AnswerVoid:
		c.voided(f)
	case *right.Countered:
		c.countered(f)
	case *right.Named:
		c.namedTerms(f)
	case *right.Exercised:
		c.exercised(f)
	case *right.Ended:
		c.ended(f)
	case *right.Released:
		c.released(f)
	case *right.ReleaseEnded:
		c.releaseEnded(f)
	case *right.Blocked:
		c.blocked(f)
	case *right.DeterminationRequired:
		c.asked(f)
	case *right.Determined:
		c.determined(f)
	default:
		c.factOfSome()
	}
}

// factOfSome reads the facts that only some matters and awards meet.
func (c *Checker) factOfSome() {
	switch f := c.event.Fact.(type) {
	case *right.NoticeHeld:
		c.noticeHeld(f)
	case *right.InformationRequested:
		c.requestedInformation(f)
	case *right.InformationSupplied:
		c.suppliedInformation(f)
	case *right.Tolled:
		c.tolled(f)
	case *right.Untolled:
		c.untolled(f)
	case *right.ExtensionProposed:
		c.proposedExtension(f)
	case *right.Interested:
		c.interested(f)
	case *right.Proposed:
		c.proposed(f)
	case *right.Revised:
		c.revised(f)
	case *right.Changed:
		c.changed(f)
	case *right.Subscribed:
		c.subscribed(f)
	case *right.Allocated:
		c.allocated(f)
	case *right.ConsentAwaited:
		c.awaitsConsent(f)
	case *right.Consented:
		c.consented(f)
	case *right.Assigned:
		c.assigned(f)
	case *right.NonPerforming:
		c.nonPerforming(f)
	case *right.Cured:
		c.cured(f)
	case *right.SteppedDown:
		c.steppedDown(f)
	case *right.TakenOver:
		c.takenOver(f)
	case *right.NoticeLate:
		c.lateNotice(f)
	case *right.OfferTold:
		c.told(f)
	case *right.SoldInstead:
		c.sold(f)
	default:
		c.broken(I10, place{}, name(c.event), "a kind of event that is known", "nobody knows what the event says")
	}
}

// same reports whether two references are to versions of one clause.
func same(a, b agreement.Ref) bool { return a.Agreement == b.Agreement && a.Clause == b.Clause }

// known returns the clause that a decision cites; nil, and a violation of I11, where it cites none that the law has.
func (c *Checker) known(ref agreement.Ref, at place) *agreement.Clause {
	if clause, _, ok := c.law.Book.Clause(ref); ok {
		return clause
	}
	if ref.Agreement == "" || ref.Clause == "" || ref.Version < 1 {
		c.broken(I11, at, ref.String(), "the version of a clause", "%s cites no clause version", name(c.event))
	} else {
		c.broken(I11, at, ref.String(), "a version that the law has", "%s cites %s, which the law lacks", name(c.event), ref)
	}
	return nil
}
