package right

import (
	"firstlook/agreement"
	"firstlook/award"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
)

// Law is all that a decision reads beside the record: what was signed, what was certified, who may be asked, and the
// tables by which offers are compared. It is never changed, only replaced.
type Law struct {
	Book       agreement.Book
	Throughput capacity.Throughput
	Egress     award.Egress
}

// Status is where a matter stands.
type Status string

const (
	Deficient  Status = "deficient" // noticed, but incomplete: the clock has not started
	Sent       Status = "noticed"   // complete, not yet received
	Open       Status = "open"
	StandNamed Status = "named" // the holder named its terms; the grantor has the word
	Taken      Status = "exercised"
	Declined   Status = "declined"
	Lapsed     Status = "lapsed"
	Waived     Status = "waived"
	CannotBe   Status = "unable"
	Rejected   Status = "rejected"
	Terminated Status = "terminated"

	Stood       Status = "tolled"      // the window stands still
	Negotiating Status = "negotiating" // the parties negotiate, and nobody else may be asked
	Bidden      Status = "subscribed"  // the holder said what it wants; others that share have not all answered
	Conditional Status = "conditional" // exercised, and a consent is awaited

	Sold            Status = "sold"       // the holder sells to the grantor in place of taking
	Superseded      Status = "superseded" // what was noticed changed materially: another matter took its place
	Failed          Status = "failed"     // no agreement was reached in the time for it
	Outbid          Status = "outbid"     // the last look did not beat the chosen offer
	ConditionFailed Status = "condition_failed"
)

// Statuses lists the states of a matter.
var Statuses = []Status{Deficient, Sent, Open, Stood, Negotiating, StandNamed, Bidden, Conditional,
	Taken, Declined, Lapsed, Waived, CannotBe, Rejected, Failed, Outbid, ConditionFailed, Sold, Superseded, Terminated}

// Pending reports whether somebody still has the word: no rival may be awarded while it is so.
func (s Status) Pending() bool {
	switch s {
	case Deficient, Sent, Open, Stood, Negotiating, StandNamed, Bidden, Conditional:
		return true
	}
	return false
}

// Matter is one run of one right over one lot.
type Matter struct {
	ID         MatterID
	Lot        LotID
	Holder     party.ID
	Status     Status
	Again      agreement.Reopen
	Quantity   int64 // in the line's reference accelerator
	Offer      offer.ID
	Terms      *offer.Terms // as noticed; nil where the need alone was noticed
	Named      *offer.Terms
	Channel    agreement.Channel
	Missing    []agreement.Item
	SentAt     calendar.Instant
	DeemedAt   calendar.Instant
	ReceivedAt calendar.Instant
	AnswerBy   calendar.Instant
	RespondBy  calendar.Instant
	Question   *Question // set while a determination is needed
	Determined []Determined
	Released   bool
	Rare       *More             // nil for most matters: read it by [Matter.More]
	clause     *agreement.Clause // with what was determined
}

// More is what only some matters have. It is never changed in place.
type More struct {
	For         party.ID // the holder in whose place another answers; empty: nobody was named
	Group       MatterID // the first of the matters that run side by side over the lot; 0: it runs alone
	Allocated   bool     // the group's lot was allocated
	Award       AwardID  // that the holder may take over
	HeldUntil   calendar.Instant
	HeldTerms   *offer.Terms // that the notice will state
	Late        bool         // the notice was late: nothing cuts the window
	NegotiateBy calendar.Instant
	ByHolder    *offer.Terms // what the holder proposed last
	ByGrantor   *offer.Terms // what the grantor proposed last
	Asked       int          // requests for information
	AskedAt     calendar.Instant
	Outstanding bool // a request is not supplied
	Supplied    bool // one was, since the window last ran
	Tolls       []Toll
	Left        calendar.Instant // of the window when it was stopped
	Paused      Status           // that a toll interrupted: open or negotiating
	ExtendTo    calendar.Instant // proposed
	ExtendBy    party.ID         // who proposed it
	Wants       int64            // subscribed
	Least       int64
	Terms       *offer.Terms // of a subscription, or of an exercise that waits for a consent
	ConsentBy   calendar.Instant
	Consents    []party.ID // that were given
	// Doubts ask whether the right revives over other lots than the Question at hand, which asks it, too. One determination answers all.
	Doubts []*Question
}

// Toll is one ground on which a window stands still.
type Toll struct {
	Ground agreement.Ground
	By     party.ID         // who stopped it
	Until  calendar.Instant // unset: until it is lifted or supplied
}

var nothingMore More

// More returns what only some matters have; never nil, and not to be changed.
func (m *Matter) More() *More {
	if m.Rare == nil {
		return &nothingMore
	}
	return m.Rare
}

// doubt is the question whether the right revives over a lot; nil where nobody asks.
func (m *Matter) doubt(lot LotID) *Question {
	if q := m.Question; q != nil && q.Lot == lot {
		return q
	}
	for _, q := range m.More().Doubts {
		if q.Lot == lot {
			return q
		}
	}
	return nil
}

// For is the party that holds the right, whoever answers in its place.
func (m *Matter) For() party.ID {
	if f := m.More().For; f != "" {
		return f
	}
	return m.Holder
}

// Clause returns the version of the clause that the matter runs, with what was determined in this matter.
func (m *Matter) Clause() *agreement.Clause { return m.clause }

// Question is a stop: a parameter that is needed, what waits for it, and where the matter goes on.
type Question = DeterminationRequired

// Release frees a lot of one right.
type Release struct {
	Matter       MatterID
	Clause       agreement.Ref
	Holder       party.ID // whose right it is
	Cap          *offer.Terms
	Until        calendar.Instant
	Counterparty party.ID
	Tolerance    capacity.Percent
	Exact        bool
	CapUntil     calendar.Instant
	Over         bool             // no longer serves
	Why          agreement.Reopen // that ended it
}

// live reports whether the release serves at an instant.
func (r *Release) live(now calendar.Instant) bool {
	return !r.Over && (!r.Until.IsSet() || now < r.Until)
}

// LotStatus is where a lot stands.
type LotStatus string

const (
	Held     LotStatus = "held"     // by a matter
	InMarket LotStatus = "market"   // offers may be made or chosen
	Picked   LotStatus = "chosen"   // an offer is chosen; a right after the choice may hold it
	Won      LotStatus = "awarded"  //
	Stuck    LotStatus = "blocked"  // it may go to nobody, by a clause
	Closed   LotStatus = "closed"   // the need was withdrawn
	Idle     LotStatus = "starting" // between two of the above, within one decision
)

// Lot is a quantity of a line that moves as one.
type Lot struct {
	ID       LotID
	Line     int
	Quantity int64 // in the line's reference accelerator
	Status   LotStatus
	Matter   MatterID // that holds it, or held it last
	Releases []Release
	Invited  []party.ID
	Closes   calendar.Instant
	Round    bool        // a round is open
	Pick     *award.Pick // nil while no offer is chosen
	Award    AwardID
	Lost     AwardID // the award of the lot that came to nothing, until the lot goes on: to another right, the market or another award
	Blocked  *Blocked
}

// Engagement is a clause that engages, or does not engage, a line.
type Engagement struct {
	*Engaged // as recorded: it is never changed
	clause   *agreement.Clause
}

// Award is who supplies a lot.
type Award struct {
	*Awarded
	At            calendar.Instant
	Signed        bool
	Ended         bool           // it fell through, broke a cap or was taken over
	NonPerforming *NonPerforming // nil while it is performed
	Consents      []party.ID     // given to it
}

// Tender is an offer in the market.
type Tender struct {
	Offer     *offer.Offer
	At        calendar.Instant // when it was received
	Withdrawn bool
	Used      int64 // accelerators that are chosen or awarded
}

// State is what is the case for one need. It is a value: Apply returns another and leaves this one as it was.
type State struct {
	law         *Law
	Need        *capacity.Need // nil before it is submitted
	Related     []Related      // other needs that counted when it was submitted
	Withdrawn   bool
	Submitted   calendar.Instant
	Last        calendar.Instant // of the latest event
	Reached     calendar.Instant `json:"-"` // when the latest event was recorded: nothing is decided before it; not part of what is the case
	Events      int64
	Engagements []Engagement
	Lots        []Lot
	Matters     []Matter
	Tenders     []Tender
	Awards      []Award
}

// Begin returns the state of a need before its first event, under a law.
func Begin(law *Law) State { return State{law: law} }

// Under returns the state under another law: facts recorded since, or amendments. Matters keep their clause version.
func (s State) Under(law *Law) State {
	s.law = law
	return s
}

// Law returns the law that the state decides under.
func (s *State) Law() *Law { return s.law }

// Matter returns a matter by id, or nil.
func (s *State) Matter(id MatterID) *Matter {
	if id < 1 || int(id) > len(s.Matters) {
		return nil
	}
	return &s.Matters[id-1]
}

// Lot returns a lot by id, or nil.
func (s *State) Lot(id LotID) *Lot {
	if id < 1 || int(id) > len(s.Lots) {
		return nil
	}
	return &s.Lots[id-1]
}

// AwardOf returns an award by id, or nil.
func (s *State) AwardOf(id AwardID) *Award {
	if id < 1 || int(id) > len(s.Awards) {
		return nil
	}
	return &s.Awards[id-1]
}

// Tender returns an offer of the market by id, or nil.
func (s *State) Tender(id offer.ID) *Tender {
	for i := range s.Tenders {
		if s.Tenders[i].Offer.ID == id {
			return &s.Tenders[i]
		}
	}
	return nil
}

// line returns the line of a lot.
func (s *State) line(l *Lot) *capacity.Line { return &s.Need.Lines[l.Line] }

// grantor is the party that the engaged rights bind.
func (s *State) grantor() party.ID { return s.Need.Buyer }

// Settled reports whether nothing of the need is left to do: every lot is awarded or closed, every award is performed, and
// nobody has an option on one.
func (s *State) Settled() bool {
	for i := range s.Lots {
		if st := s.Lots[i].Status; st != Won && st != Closed {
			return false
		}
	}
	for i := range s.Awards {
		if a := &s.Awards[i]; !a.Ended && a.NonPerforming != nil {
			return false
		}
	}
	for i := range s.Engagements {
		if e := &s.Engagements[i]; e.Engaged.Engaged && stageOf(e.clause) == onEvent {
			return false
		}
	}
	return s.Need != nil
}

// direction is on which side the grantor of the need stands.
func (s *State) direction() agreement.Direction {
	if s.Need.Sells {
		return agreement.Sells
	}
	return agreement.Buys
}

// Landed sums the landed cost of the awards in force that have one.
func (s *State) Landed() (money.Amount, error) {
	var total money.Amount
	var err error
	for i := range s.Awards {
		if !s.Awards[i].Ended && err == nil {
			total, err = total.Add(s.Awards[i].Landed)
		}
	}
	return total, err
}
