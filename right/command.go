package right

import (
	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
)

// Command is what a party asks for.
type Command struct {
	By     party.ID `json:"by"`
	Person string   `json:"person,omitempty"` // who acts for the party; needed where a person's judgement is recorded
	Ask    Ask      `json:"ask"`
}

// Ask is one of the commands below.
type Ask interface{ ask() }

// Submit asks for capacity.
type Submit struct {
	Need capacity.Need `json:"need"`
	// Related are the buyer's other recent needs, for thresholds that aggregate.
	Related []Related `json:"related,omitempty"`
}

// Related is another need of the same buyer.
type Related struct {
	Need      capacity.NeedID  `json:"need"`
	Buyer     party.ID         `json:"buyer"`
	Class     capacity.Class   `json:"class"`
	Quantity  int64            `json:"quantity"`
	Submitted calendar.Instant `json:"submitted"`
	// Budget of the need, for thresholds in money;
	Budget money.Amount `json:"budget,omitzero"`
	// Notices that were given in it, for clauses that limit how often.
	Notices []GivenNotice `json:"notices,omitempty"`
	// Taken are its awards under rights, for clauses with a ceiling.
	Taken []TakenAward `json:"taken,omitempty"`
}

// TakenAward is what a holder was awarded by another need under a right.
type TakenAward struct {
	Clause   agreement.Ref    `json:"clause"`
	Holder   party.ID         `json:"holder"`
	Quantity int64            `json:"quantity"`
	At       calendar.Instant `json:"at"`
}

// GivenNotice is a notice that another need gave.
type GivenNotice struct {
	Clause agreement.Ref    `json:"clause"`
	Holder party.ID         `json:"holder"`
	At     calendar.Instant `json:"at"`
}

// Withdraw ends what is not awarded.
type Withdraw struct {
	Reason string `json:"reason"`
}

// Notice completes a notice: the grantor's own terms for a first offer, or what was missing.
type Notice struct {
	Matter  MatterID          `json:"matter"`
	Terms   *offer.Terms      `json:"terms,omitempty"`
	Channel agreement.Channel `json:"channel,omitempty"`
}

// Receipt records that a notice was received.
type Receipt struct {
	Matter MatterID         `json:"matter"`
	At     calendar.Instant `json:"at"` // not later than now
}

// AnswerKind is what a holder says.
type AnswerKind string

const (
	Exercise AnswerKind = "exercise" // take it, whole or in part
	Decline  AnswerKind = "decline"
	Waive    AnswerKind = "waive"    // give the right up for this matter
	Unable   AnswerKind = "unable"   // certify that the capacity cannot be supplied
	Name     AnswerKind = "name"     // name the holder's own terms (first offer on the holder's terms; last look, until the window closes)
	Interest AnswerKind = "interest" // wish to negotiate (first negotiation)
	Sell     AnswerKind = "sell"     // sell to the grantor on the noticed terms in place of taking them
)

// AnswerKinds lists what a holder may say.
var AnswerKinds = []AnswerKind{Exercise, Decline, Waive, Unable, Name, Interest, Sell}

// Answer is the holder's answer in one matter.
type Answer struct {
	Matter MatterID   `json:"matter"`
	Kind   AnswerKind `json:"kind"`
	// Quantity is what is exercised, in the line's reference accelerator; 0 for all.
	Quantity int64 `json:"quantity,omitempty"`
	// Least is the fewest that the holder takes where several share: less than that, and it takes nothing.
	Least int64 `json:"least,omitempty"`
	// Terms of an exercise or of a naming; nil for the noticed terms (or the rate card of a first call).
	Terms *offer.Terms `json:"terms,omitempty"`
	// Rest is what the holder says of what it does not take: Decline, Unable or empty (it may still take it).
	Rest AnswerKind `json:"rest,omitempty"`
}

// Respond is the grantor's answer to the terms that a holder named.
type Respond struct {
	Matter MatterID `json:"matter"`
	Accept bool     `json:"accept"`
}

// Determine records what an open parameter means in one matter.
type Determine struct {
	Matter MatterID `json:"matter"`
	Param  string   `json:"param"`
	Value  string   `json:"value"` // as the agreement file would write it
	Reason string   `json:"reason"`
}

// SubmitOffer posts a firm offer.
type SubmitOffer struct {
	Offer offer.Offer `json:"offer"`
}

// WithdrawOffer takes an offer back before it was chosen.
type WithdrawOffer struct {
	Offer offer.ID `json:"offer"`
}

// RequestOffers opens another round for a lot that stands in the market.
type RequestOffers struct {
	Lot    LotID           `json:"lot"`
	Window calendar.Length `json:"window"`
}

// Reoffer gives the holders whose releases no longer serve a new matter.
type Reoffer struct {
	Lot LotID `json:"lot"`
}

// Choose takes offers for a lot: the cheapest lawful choice of all, or of the named offers with a reason.
type Choose struct {
	Lot    LotID      `json:"lot"`
	Offers []offer.ID `json:"offers,omitempty"`
	Reason string     `json:"reason,omitempty"`
}

// Sign checks the terms that are about to be signed, or a later change of them, against the caps.
type Sign struct {
	Award AwardID     `json:"award"`
	Terms offer.Terms `json:"terms"`
}

// FallThrough says that an award came to nothing.
type FallThrough struct {
	Award  AwardID `json:"award"`
	Reason string  `json:"reason"`
}

// Propose puts terms on the table in a negotiation: the holder's or the grantor's.
type Propose struct {
	Matter MatterID    `json:"matter"`
	Terms  offer.Terms `json:"terms"`
}

// RequestInformation is the holder's request for what it needs to decide.
type RequestInformation struct {
	Matter MatterID `json:"matter"`
	What   string   `json:"what"`
}

// SupplyInformation says that the grantor supplied all that was requested.
type SupplyInformation struct {
	Matter MatterID `json:"matter"`
}

// Stay stops the window of a matter: a dispute, or a regulator's hold.
type Stay struct {
	Matter MatterID         `json:"matter"`
	Ground agreement.Ground `json:"ground"`
	Reason string           `json:"reason"`
}

// Lift ends a stay.
type Lift struct {
	Matter MatterID         `json:"matter"`
	Ground agreement.Ground `json:"ground"`
}

// Extend lengthens the window of a matter, where the clause lets the grantor alone or both together do so.
type Extend struct {
	Matter MatterID         `json:"matter"`
	Until  calendar.Instant `json:"until"`
}

// Change changes what was noticed: the grantor's own terms, or a later offer of the rival whose terms were noticed.
type Change struct {
	Matter MatterID     `json:"matter"`
	Terms  *offer.Terms `json:"terms,omitempty"`
	Offer  offer.ID     `json:"offer,omitempty"`
	Reason string       `json:"reason"`
}

// Consent is what a party whose consent is needed says of an exercise (Matter) or of a rival's award (Award).
type Consent struct {
	Matter MatterID `json:"matter,omitempty"`
	Award  AwardID  `json:"award,omitempty"`
	Given  bool     `json:"given"`
	Reason string   `json:"reason,omitempty"` // needed for a refusal
}

// Assign puts another party in the holder's place in one matter.
type Assign struct {
	Matter MatterID `json:"matter"`
	To     party.ID `json:"to"`
}

// NonPerform says that an award is not performed, and how much of it is delivered.
type NonPerform struct {
	Award     AwardID `json:"award"`
	Delivered int64   `json:"delivered"` // in the line's reference accelerator
	Reason    string  `json:"reason"`
}

// Cure says that an award is performed again.
type Cure struct {
	Award  AwardID `json:"award"`
	Reason string  `json:"reason"`
}

// Settle asks for nothing but the passing of time.
type Settle struct{}

func (Submit) ask()        {}
func (Withdraw) ask()      {}
func (Notice) ask()        {}
func (Receipt) ask()       {}
func (Answer) ask()        {}
func (Respond) ask()       {}
func (Determine) ask()     {}
func (SubmitOffer) ask()   {}
func (WithdrawOffer) ask() {}
func (RequestOffers) ask() {}
func (Reoffer) ask()       {}
func (Choose) ask()        {}
func (Sign) ask()          {}
func (FallThrough) ask()   {}
func (Settle) ask()        {}

func (Propose) ask()            {}
func (RequestInformation) ask() {}
func (SupplyInformation) ask()  {}
func (Stay) ask()               {}
func (Lift) ask()               {}
func (Extend) ask()             {}
func (Change) ask()             {}
func (Consent) ask()            {}
func (Assign) ask()             {}
func (NonPerform) ask()         {}
func (Cure) ask()               {}
