package notify

import (
	"fmt"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/party"
	"firstlook/right"
)

// Result is what is known of a delivery, see the package comment.
type Result string

// What can be known. Bounced may come after any of the others.
const (
	Sent      Result = "sent"
	Delivered Result = "delivered"
	Received  Result = "received"
	Bounced   Result = "bounced"
)

// Means is by what a result is known.
type Means string

// By what a result is known.
const (
	ByServer  Means = "server"  // what the server answered when it took the message, or did not
	ByReport  Means = "report"  // a delivery status notification, or a message that came back
	ByLink    Means = "link"    // the button behind a one-time link
	BySigning Means = "sign-in" // a person of the party said so, signed in
)

// Outcome is what came of a delivery, with what shows it.
type Outcome struct {
	Delivery string           `json:"delivery"` // id of the delivery
	Act      string           `json:"act"`      // key of the act
	Kind     string           `json:"kind"`     // of the act: noticed
	Need     capacity.NeedID  `json:"need"`
	Matter   right.MatterID   `json:"matter,omitempty"`
	Party    party.ID         `json:"party"` // to whom it went
	Channel  Channel          `json:"channel"`
	Result   Result           `json:"result"`
	By       Means            `json:"by"`
	Person   string           `json:"person,omitempty"` // who acknowledged it
	At       calendar.Instant `json:"at"`
	Noticed  calendar.Instant `json:"noticed"`            // when the event of the act happened
	Hash     string           `json:"hash"`               // SHA-256 of the document's text, hex
	Reply    string           `json:"reply,omitempty"`    // what the server said, or the report's status and diagnosis
	Evidence string           `json:"evidence,omitempty"` // SHA-256 of the message that reported it, hex
}

// Receipt returns the command that records the receipt which an outcome proves, where the clause lets such a receipt start
// the clock. Where it does not, or nothing is left to record, why says so and ok is false. s is the need as it is now.
//
//	clock      Delivered            Received by link    Received signed in
//	sent       -                    -                   -
//	delivered  the notice's channel  the notice's channel  any
//	received   -                    the notice's channel  any
//	deemed     -                    the notice's channel  any
//	complete   -                    the notice's channel  any
//
// What a person of the holder said, signed in, is the holder's word and counts from when it was said. What a server or a link shows
// is the grantor's evidence: the grantor records it, and it counts from the recording, as the engine has it. A delivery that bounced,
// one of an earlier notice of the same matter, and one of any other letter prove nothing.
func Receipt(s *right.State, o Outcome) (c right.Command, why string, ok bool) {
	m := s.Matter(o.Matter)
	switch {
	case m == nil || o.Kind != noticed:
		return c, "it is not the delivery of a notice", false
	case o.Party != m.Holder:
		return c, fmt.Sprintf("%s does not answer in %s", o.Party, m.ID), false
	case o.Noticed != m.SentAt:
		return c, "the notice was given again since", false
	case m.Status != right.Sent || m.ReceivedAt.IsSet():
		return c, fmt.Sprintf("%s does not wait for a receipt", m.ID), false
	}
	if why = proves(m.Clause().Process.Delivery.Value.Clock, o, channelOf(o.Channel) == m.Channel); why != "" {
		return c, why, false
	}
	if o.By == BySigning {
		return right.Command{By: m.Holder, Person: o.Person, Ask: right.Receipt{Matter: m.ID, At: o.At}}, "", true
	}
	return right.Command{By: s.Need.Buyer, Ask: right.Receipt{Matter: m.ID}}, "", true
}

// proves says why an outcome does not start a clock; empty where it does. Ours says that it went by the channel of the notice.
func proves(clock agreement.ClockStart, o Outcome, ours bool) string {
	switch {
	case clock == agreement.OnSent:
		return "the clause counts from sending"
	case o.Result == Received && o.By == BySigning:
		return ""
	case o.Result != Received && o.Result != Delivered:
		return fmt.Sprintf("%s is no receipt", o.Result)
	case !ours:
		return "it did not go by the channel of the notice"
	case o.Result == Delivered && clock != agreement.OnDelivered:
		return "the clause counts from receipt, not from delivery"
	}
	return ""
}

// channelOf is the channel of an agreement that one of ours is. A webhook is none: a program took the notice, at an address that the
// agreement does not speak of.
func channelOf(c Channel) agreement.Channel {
	if c == Email {
		return agreement.Email
	}
	return ""
}

// TroubleKind says what a person must look at.
type TroubleKind string

// What a person must look at.
const (
	CameBack TroubleKind = "came-back" // a notice or letter bounced
	Late     TroubleKind = "late"      // it has not arrived after several attempts, which go on
	GaveUp   TroubleKind = "gave-up"   // it is in the dead-letter list
	NoRoute  TroubleKind = "no-route"  // the party has no address for the channel of its notice
)

// Trouble is an event for a person at the grantor's desk.
type Trouble struct {
	ID      string           `json:"id"` // the same whenever it is told again
	Kind    TroubleKind      `json:"kind"`
	For     party.ID         `json:"for"` // the grantor
	About   party.ID         `json:"about"`
	Need    capacity.NeedID  `json:"need"`
	Matter  right.MatterID   `json:"matter,omitempty"`
	Act     string           `json:"act"`
	Channel Channel          `json:"channel,omitempty"`
	Address string           `json:"address,omitempty"`
	At      calendar.Instant `json:"at"`
	Text    string           `json:"text"`            // what happened, what it means for the clock and what to do, in sentences
	Reply   string           `json:"reply,omitempty"` // what the other side said
}
