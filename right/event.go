package right

import (
	"fmt"

	"firstlook/agreement"
	"firstlook/award"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
)

// EngineVersion is written into each record with the need: which rules decided.
const EngineVersion = "1"

// LotID, MatterID and AwardID count from 1 within a need.
type (
	LotID    int
	MatterID int
	AwardID  int
)

// String writes l1, m1, a1: how people and files name them.
func (i LotID) String() string    { return fmt.Sprintf("l%d", int(i)) }
func (i MatterID) String() string { return fmt.Sprintf("m%d", int(i)) }
func (i AwardID) String() string  { return fmt.Sprintf("a%d", int(i)) }

// Event is one fact of the record.
type Event struct {
	At       calendar.Instant // when it happened: a deadline's own instant for what time did
	Recorded calendar.Instant // when it was written down
	By       party.ID         // who caused it; empty for time
	Fact     Fact
}

// Fact is one of the facts below.
type Fact interface{ fact() }

// NeedSubmitted opens the record of a need.
type NeedSubmitted struct {
	Need   capacity.Need `json:"need"`
	Engine string        `json:"engine"`
	// Law names what was in force: each agreement with the hash of its text.
	Law []LawUsed `json:"law"`
	// Related are the other needs that counted towards thresholds.
	Related []Related `json:"related,omitempty"`
}

// LawUsed is one agreement and the hash of the text that decided.
type LawUsed struct {
	Agreement agreement.ID `json:"agreement"`
	Hash      string       `json:"hash"`
}

// Engaged says whether a clause engages a line, and why.
type Engaged struct {
	Line    int            `json:"line"`
	Clause  agreement.Ref  `json:"clause"`
	Kind    agreement.Kind `json:"kind"`
	Holder  party.ID       `json:"holder"`
	Engaged bool           `json:"engaged"`
	Reason  string         `json:"reason"`
}

// LotOpened says that the quantity of a line begins its way as one lot.
type LotOpened struct {
	Lot      LotID `json:"lot"`
	Line     int   `json:"line"`
	Quantity int64 `json:"quantity"`
}

// LotSplit moves part of a lot, and of the matter that holds it, to a new lot. What is left keeps the old ids.
type LotSplit struct {
	From     LotID    `json:"from"`
	To       LotID    `json:"to"`
	Quantity int64    `json:"quantity"`         // of the new lot
	Matter   MatterID `json:"matter,omitempty"` // the new lot's matter, where one holds it
	// Accelerators of the chosen offer that go with the new lot, where one is chosen.
	Accelerators int64 `json:"accelerators,omitempty"`
	// Of is the matter that is split, where several run over the lot; else it is the one that holds it.
	Of MatterID `json:"of,omitempty"`
}

// MatterOpened begins one run of one right.
type MatterOpened struct {
	Matter MatterID      `json:"matter"`
	Lot    LotID         `json:"lot"`
	Clause agreement.Ref `json:"clause"`
	Holder party.ID      `json:"holder"`
	// Again says what gave the holder this matter after an earlier one; empty for the first.
	Again agreement.Reopen `json:"again,omitempty"`
	// Offer is the rival offer that the buyer would accept; for rights after the choice.
	Offer offer.ID `json:"offer,omitempty"`
	// Group is the first of the matters that run side by side over one lot, where a clause has several holders; 0 else.
	Group MatterID `json:"group,omitempty"`
	// Award is the one that the holder may take over, in a step-in or a call.
	Award AwardID `json:"award,omitempty"`
	// Quantity is the most that the holder may take, where that is less than the lot.
	Quantity int64 `json:"quantity,omitempty"`
	// Beside says that the matter keeps nobody out: the lot goes on its way meanwhile.
	Beside bool `json:"beside,omitempty"`
}

// NoticeLate says that a notice was given later than its clause wants it: a breach that stands in the record.
type NoticeLate struct {
	Matter MatterID         `json:"matter"`
	Due    calendar.Instant `json:"due"`
}

// OfferTold says that an offer which nobody asked for came in while the parties negotiate, and that the holder is told of it.
type OfferTold struct {
	Matter MatterID `json:"matter"`
	Offer  offer.ID `json:"offer"`
}

// SoldInstead says that the holder sells to the grantor on the noticed terms in place of taking them.
type SoldInstead struct {
	Matter MatterID    `json:"matter"`
	Terms  offer.Terms `json:"terms"`
}

// NoticeHeld says that a notice waits because the clause limits how often one may be given.
type NoticeHeld struct {
	Matter MatterID         `json:"matter"`
	Until  calendar.Instant `json:"until"`
	Terms  *offer.Terms     `json:"terms,omitempty"` // that it will state, where they are known
}

// Noticed says that a notice was sent, with what it contains.
type Noticed struct {
	Matter   MatterID          `json:"matter"`
	Holder   party.ID          `json:"holder"`
	Channel  agreement.Channel `json:"channel"`
	Quantity int64             `json:"quantity"`
	Terms    *offer.Terms      `json:"terms,omitempty"` // matchable terms; nil where the need alone is noticed
	// Counterparty is the rival, only where the clause makes it part of the notice.
	Counterparty party.ID         `json:"counterparty,omitempty"`
	Missing      []agreement.Item `json:"missing,omitempty"` // not empty: deficient, the clock has not started
	DeemedAt     calendar.Instant `json:"deemed_at,omitempty"`
}

// Received says that a notice was received, or counts as received.
type Received struct {
	Matter MatterID `json:"matter"`
	How    string   `json:"how"` // sent, recorded, deemed, answered
	// Since is when it was received, where the record had gone on before that was said; unset: when the event happened.
	Since calendar.Instant `json:"since,omitempty"`
}

// Opened says that the window runs.
type Opened struct {
	Matter   MatterID         `json:"matter"`
	AnswerBy calendar.Instant `json:"answer_by"`
	Calendar string           `json:"calendar,omitempty"` // name and version that counted
	// Why the deadline is another than before; empty when the window first opens.
	Why string `json:"why,omitempty"` // supplied, lifted, extended, determined
}

// InformationRequested keeps what the holder asked for before it answers.
type InformationRequested struct {
	Matter MatterID `json:"matter"`
	What   string   `json:"what"`
}

// InformationSupplied says that the grantor supplied all that was requested.
type InformationSupplied struct {
	Matter MatterID `json:"matter"`
}

// Tolled says that the window of a matter stands still.
type Tolled struct {
	Matter MatterID         `json:"matter"`
	Ground agreement.Ground `json:"ground"`
	Reason string           `json:"reason,omitempty"`
	Until  calendar.Instant `json:"until,omitempty"` // at which it goes on by itself; unset: once supplied or lifted
	// Left is how much of the window was left when it stopped, in microseconds; for the first ground alone.
	Left int64 `json:"left_us,omitempty"`
}

// Untolled says that a ground on which a window stood still is gone. With the last one the window opens again.
type Untolled struct {
	Matter MatterID         `json:"matter"`
	Ground agreement.Ground `json:"ground"`
}

// ExtensionProposed says that one side would lengthen a window; it takes the other to agree.
type ExtensionProposed struct {
	Matter MatterID         `json:"matter"`
	Until  calendar.Instant `json:"until"`
}

// Interested says that the parties negotiate, and until when.
type Interested struct {
	Matter      MatterID         `json:"matter"`
	NegotiateBy calendar.Instant `json:"negotiate_by"`
}

// Proposed keeps terms that one side put on the table.
type Proposed struct {
	Matter MatterID    `json:"matter"`
	Role   party.Role  `json:"role"` // holder, or grantor
	Terms  offer.Terms `json:"terms"`
}

// Revised keeps the terms with which a holder would beat the chosen offer in its last look. They are held against it
// when the window closes, not before.
type Revised struct {
	Matter MatterID    `json:"matter"`
	Terms  offer.Terms `json:"terms"`
}

// Changed says that what was noticed changed. A material change supersedes the matter.
type Changed struct {
	Matter      MatterID           `json:"matter"`
	Terms       *offer.Terms       `json:"terms,omitempty"` // that the holder sees now
	Offer       offer.ID           `json:"offer,omitempty"`
	Pick        *award.Pick        `json:"pick,omitempty"` // of the later offer
	Material    bool               `json:"material"`
	Differences []offer.Difference `json:"differences"`
	Reason      string             `json:"reason"`
}

// Subscribed says what a holder wants of a lot that several may share; it is given when all have answered.
type Subscribed struct {
	Matter   MatterID    `json:"matter"`
	Quantity int64       `json:"quantity"`
	Least    int64       `json:"least,omitempty"`
	Terms    offer.Terms `json:"terms"`
}

// Allocated says what each holder of a group gets of a lot.
type Allocated struct {
	Group  MatterID             `json:"group"`
	Rule   agreement.Allocation `json:"rule"`
	Shares []Allotment          `json:"shares"`
}

// Allotment is what one matter gets.
type Allotment struct {
	Matter   MatterID `json:"matter"`
	Wanted   int64    `json:"wanted"`
	Quantity int64    `json:"quantity"`
}

// ConsentAwaited says that an exercise depends on the consent of others.
type ConsentAwaited struct {
	Matter MatterID         `json:"matter"`
	Terms  offer.Terms      `json:"terms"`
	Of     []party.ID       `json:"of"`
	Until  calendar.Instant `json:"until,omitempty"`
	Part   int64            `json:"part,omitempty"` // of an award that may be taken over, what is taken; 0 for all of it
}

// Consented keeps what a party said whose consent is needed.
type Consented struct {
	Matter MatterID `json:"matter,omitempty"`
	Award  AwardID  `json:"award,omitempty"`
	Of     party.ID `json:"of"`
	Given  bool     `json:"given"`
	Reason string   `json:"reason,omitempty"`
}

// Assigned says that another party stands in the holder's place in one matter.
type Assigned struct {
	Matter MatterID `json:"matter"`
	From   party.ID `json:"from"`
	To     party.ID `json:"to"`
}

// NonPerforming says that an award is not performed, and until when it may be cured.
type NonPerforming struct {
	Award     AwardID          `json:"award"`
	Clause    agreement.Ref    `json:"clause"` // that says what follows
	Delivered int64            `json:"delivered"`
	Reason    string           `json:"reason"`
	CureBy    calendar.Instant `json:"cure_by"`
}

// Cured says that an award is performed again.
type Cured struct {
	Award  AwardID `json:"award"`
	Reason string  `json:"reason"`
}

// SteppedDown says that an award keeps what is delivered. What is not goes on as a lot of its own.
type SteppedDown struct {
	Award    AwardID      `json:"award"`
	Quantity int64        `json:"quantity"` // that the award keeps
	Terms    offer.Terms  `json:"terms"`    // for that quantity
	Landed   money.Amount `json:"landed,omitzero"`
	Lot      LotID        `json:"lot"` // of the rest
}

// TakenOver says that a holder took the place of an award.
type TakenOver struct {
	Award  AwardID  `json:"award"`
	Matter MatterID `json:"matter"`
}

// Answered keeps what a holder said, in full, before anything follows from it.
type Answered struct {
	Answer Answer `json:"answer"`
}

// AnswerVoid says that an answer which waited for a determination does not stand under it.
type AnswerVoid struct {
	Matter MatterID `json:"matter"`
	Code   Code     `json:"code"`
}

// Countered says that an answer proposed terms that do not match.
type Countered struct {
	Matter      MatterID           `json:"matter"`
	Terms       offer.Terms        `json:"terms"`
	Differences []offer.Difference `json:"differences"`
	Spent       bool               `json:"spent"` // the clause takes a counter as a refusal
}

// Named says that the holder named its terms and until when the grantor may respond.
type Named struct {
	Matter    MatterID         `json:"matter"`
	Terms     offer.Terms      `json:"terms"`
	RespondBy calendar.Instant `json:"respond_by"`
}

// Exercised says that the holder takes the matter's whole quantity.
type Exercised struct {
	Matter MatterID    `json:"matter"`
	Terms  offer.Terms `json:"terms"`
}

// Ended says how a matter ended without an exercise.
type Ended struct {
	Matter  MatterID `json:"matter"`
	Holder  party.ID `json:"holder"`
	Outcome Status   `json:"outcome"` // how: one of the statuses that are not pending, other than exercised
	Reason  string   `json:"reason,omitempty"`
}

// Released frees a lot of one right until the tail ends, within its cap.
type Released struct {
	Matter MatterID `json:"matter"`
	// Cap is the limit of what a rival may be given; nil for none.
	Cap   *offer.Terms     `json:"cap,omitempty"`
	Until calendar.Instant `json:"until,omitempty"` // unset: no end
	// Counterparty binds the release to one rival; empty for any.
	Counterparty party.ID         `json:"counterparty,omitempty"`
	Tolerance    capacity.Percent `json:"tolerance,omitempty"`
	Exact        bool             `json:"exact,omitempty"`     // the terms of the cap and no others
	CapUntil     calendar.Instant `json:"cap_until,omitempty"` // the cap binds no longer, and the release goes on; unset: as long as it
}

// ReleaseEnded says that a release no longer serves a lot. Lots that were split share releases, and each loses its own.
type ReleaseEnded struct {
	Lot    LotID            `json:"lot"`
	Matter MatterID         `json:"matter"`
	Why    agreement.Reopen `json:"why"`
}

// Blocked says that a lot may go to nobody else, and why.
type Blocked struct {
	Lot    LotID         `json:"lot"`
	Clause agreement.Ref `json:"clause"`
	Reason string        `json:"reason"`
}

// OffersRequested opens a round for a lot.
type OffersRequested struct {
	Lot     LotID            `json:"lot"`
	Invited []party.ID       `json:"invited"`
	Barred  []BarredProvider `json:"barred,omitempty"`
	Closes  calendar.Instant `json:"closes"`
}

// BarredProvider is a provider that may not be asked, and the clause that says so.
type BarredProvider struct {
	Provider party.ID      `json:"provider"`
	Clause   agreement.Ref `json:"clause"`
}

// OfferReceived keeps a firm offer. Until the round closes it is sealed.
type OfferReceived struct {
	Offer offer.Offer `json:"offer"`
	Hash  string      `json:"hash"`
}

// OfferWithdrawn takes an offer out of the market.
type OfferWithdrawn struct {
	Offer offer.ID `json:"offer"`
}

// RoundClosed ends a round at its closing instant.
type RoundClosed struct {
	Lot LotID `json:"lot"`
}

// Chosen says which offers the buyer would accept, and why, subject to the rights that come after.
type Chosen struct {
	Lot        LotID             `json:"lot"`
	Manual     bool              `json:"manual,omitempty"`
	Person     string            `json:"person,omitempty"`
	Reason     string            `json:"reason,omitempty"`
	Comparison *award.Comparison `json:"comparison"`
}

// PickSet ties a lot to the offer that was chosen for it.
type PickSet struct {
	Lot  LotID      `json:"lot"`
	Pick award.Pick `json:"pick"`
}

// ChoiceFell says that a chosen offer can no longer be taken; the lot is back in the market.
type ChoiceFell struct {
	Lot    LotID  `json:"lot"`
	Reason string `json:"reason"`
}

// Awarded says who supplies a lot, and on what terms.
type Awarded struct {
	Award    AwardID         `json:"award"`
	Lot      LotID           `json:"lot"`
	Provider party.ID        `json:"provider"`
	Role     party.Role      `json:"role"` // holder or rival
	Quantity int64           `json:"quantity"`
	Terms    offer.Terms     `json:"terms"`
	Offer    offer.ID        `json:"offer,omitempty"`
	Landed   money.Amount    `json:"landed,omitzero"`
	Matter   MatterID        `json:"matter,omitempty"` // the exercise that it follows
	Because  []agreement.Ref `json:"because"`          // the clauses that decided
}

// Signed says that the signed terms of an award were checked and stay within every cap.
type Signed struct {
	Award AwardID     `json:"award"`
	Terms offer.Terms `json:"terms"`
}

// CapBroken says that terms put up for signature leave a cap; the award is undone.
type CapBroken struct {
	Award       AwardID            `json:"award"`
	Matter      MatterID           `json:"matter"`
	Differences []offer.Difference `json:"differences"`
	// Why the release serves no more: the cap, or the end of its tail.
	Why   agreement.Reopen `json:"why,omitempty"`
	Terms *offer.Terms     `json:"terms,omitempty"` // that were put up for signature
}

// FellThrough says that an award came to nothing.
type FellThrough struct {
	Award  AwardID `json:"award"`
	Reason string  `json:"reason"`
}

// DeterminationRequired stops a matter at a parameter that the agreement leaves open.
type DeterminationRequired struct {
	Matter MatterID `json:"matter"`
	Param  string   `json:"param"`
	Why    string   `json:"why"`
	Resume Resume   `json:"resume"` // where the matter goes on
	// Grantor is who must find the person.
	Grantor party.ID `json:"grantor"`
	// Lot is the one whose release is in doubt, where the question is whether the right revives.
	Lot LotID `json:"lot,omitempty"`
	// Answer is what the holder said, where that is what waits, and AnsweredAt when.
	Answer     *Answer          `json:"answer,omitempty"`
	AnsweredAt calendar.Instant `json:"answered_at,omitempty"`
	// Change is what the grantor would change, where that is what waits.
	Change *Change `json:"change,omitempty"`
	// Terms are the grantor's own that the notice is to state, where that is what waits.
	Terms *offer.Terms `json:"terms,omitempty"`
	// Reopen is what would revive the right, where that is the question.
	Reopen agreement.Reopen `json:"reopen,omitempty"`
}

// Resume names the step at which a matter goes on once what it waits for is determined.
type Resume string

// The steps at which a parameter can be found open.
const (
	AtNotice   Resume = "notice"
	AtOpening  Resume = "opening"
	AtSilence  Resume = "silence"
	AtAnswer   Resume = "answer"
	AtRelease  Resume = "release"
	AtResponse Resume = "response"
	AtReopen   Resume = "reopen"
	AtSunset   Resume = "sunset"

	AtInformation Resume = "information"
	AtChange      Resume = "change"
	AtAllocation  Resume = "allocation"
	AtNegotiation Resume = "negotiation"
	AtLook        Resume = "look"
)

// Determined records what a named person determined.
type Determined struct {
	Matter MatterID `json:"matter"`
	Param  string   `json:"param"`
	Value  string   `json:"value"`
	Person string   `json:"person"`
	Reason string   `json:"reason"`
}

// NeedWithdrawn closes every lot that is not awarded.
type NeedWithdrawn struct {
	Reason string `json:"reason"`
}

func (*NeedSubmitted) fact()         {}
func (*Engaged) fact()               {}
func (*LotOpened) fact()             {}
func (*LotSplit) fact()              {}
func (*MatterOpened) fact()          {}
func (*Noticed) fact()               {}
func (*Received) fact()              {}
func (*Opened) fact()                {}
func (*Answered) fact()              {}
func (*AnswerVoid) fact()            {}
func (*Countered) fact()             {}
func (*Named) fact()                 {}
func (*Exercised) fact()             {}
func (*Ended) fact()                 {}
func (*Released) fact()              {}
func (*ReleaseEnded) fact()          {}
func (*Blocked) fact()               {}
func (*OffersRequested) fact()       {}
func (*OfferReceived) fact()         {}
func (*OfferWithdrawn) fact()        {}
func (*RoundClosed) fact()           {}
func (*Chosen) fact()                {}
func (*PickSet) fact()               {}
func (*ChoiceFell) fact()            {}
func (*Awarded) fact()               {}
func (*Signed) fact()                {}
func (*CapBroken) fact()             {}
func (*FellThrough) fact()           {}
func (*DeterminationRequired) fact() {}
func (*Determined) fact()            {}
func (*NeedWithdrawn) fact()         {}

func (*NoticeLate) fact()           {}
func (*OfferTold) fact()            {}
func (*SoldInstead) fact()          {}
func (*NoticeHeld) fact()           {}
func (*InformationRequested) fact() {}
func (*InformationSupplied) fact()  {}
func (*Tolled) fact()               {}
func (*Untolled) fact()             {}
func (*ExtensionProposed) fact()    {}
func (*Interested) fact()           {}
func (*Proposed) fact()             {}
func (*Revised) fact()              {}
func (*Changed) fact()              {}
func (*Subscribed) fact()           {}
func (*Allocated) fact()            {}
func (*ConsentAwaited) fact()       {}
func (*Consented) fact()            {}
func (*Assigned) fact()             {}
func (*NonPerforming) fact()        {}
func (*Cured) fact()                {}
func (*SteppedDown) fact()          {}
func (*TakenOver) fact()            {}
