package notify

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/party"
	"firstlook/right"
)

// Channel is a way by which this package carries letters.
type Channel string

// The ways.
const (
	Email   Channel = "email"
	Webhook Channel = "webhook"
)

// Route is where a party wants its letters.
type Route struct {
	Channel Channel
	Address string // an e-mail address, or the URL of a webhook
	Person  string // who reads there; empty for a shared address
	// Secrets sign what goes to a webhook, the newest first; each is at least 24 bytes. They are read at each attempt and in no record.
	Secrets [][]byte
}

// Delivery is one letter on one route.
type Delivery struct {
	ID       string           `json:"id"` // 32 hex digits, made of act, recipient, channel and address
	Channel  Channel          `json:"channel"`
	Address  string           `json:"address"`
	Person   string           `json:"person,omitempty"`
	Queued   calendar.Instant `json:"queued"`
	Document Document         `json:"document"`
	Waits    *Waiting         `json:"waits,omitempty"` // of a reminder: what it reminds of

	Tries   int              `json:"-"`
	Next    calendar.Instant `json:"-"` // before which it is not tried again
	Since   calendar.Instant `json:"-"` // from which its age counts: queued, or redriven
	Reply   string           `json:"-"` // of the last attempt
	State   State            `json:"-"`
	Results []Outcome        `json:"-"`

	begun   int   // results before this one belong to an earlier run of a redriven delivery
	version int64 // of its record
}

// State is where a delivery stands.
type State string

// Where a delivery can stand.
const (
	Open    State = "open"    // to be carried
	Done    State = "done"    // carried; what came of it is in its results
	Dead    State = "dead"    // given up: in the dead-letter list
	Dropped State = "dropped" // a reminder that was no longer wanted when its turn came
)

// deliveryID is the same for one act on one route, so that queueing twice is known.
func deliveryID(act string, to party.ID, c Channel, address string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q", act, to, c, address))
	return hex.EncodeToString(sum[:16])
}

// The kinds of entries in the record of a delivery.
const (
	entryQueued   = "queued"
	entryTried    = "tried"
	entryOutcome  = "outcome"
	entryDead     = "dead"
	entryRedriven = "redriven"
	entryDropped  = "dropped"
)

// tried is an attempt that failed and will be made again.
type tried struct {
	At    calendar.Instant `json:"at"`
	Next  calendar.Instant `json:"next"`
	Reply string           `json:"reply"`
}

// turned is a change that ends a delivery, or begins it again.
type turned struct {
	At     calendar.Instant `json:"at"`
	Person string           `json:"person,omitempty"`
	Reason string           `json:"reason"`
}

// apply adds an entry to a delivery: its state is a function of its entries.
func (d *Delivery) apply(kind string, body []byte) error {
	switch kind {
	case entryQueued:
		version := d.version
		*d = Delivery{}
		if err := json.Unmarshal(body, d); err != nil {
			return err
		}
		d.State, d.Next, d.Since, d.version = Open, d.Queued, d.Queued, version
	case entryTried:
		var e tried
		if err := json.Unmarshal(body, &e); err != nil {
			return err
		}
		d.Tries, d.Next, d.Reply = d.Tries+1, e.Next, e.Reply
	case entryOutcome:
		var o Outcome
		if err := json.Unmarshal(body, &o); err != nil {
			return err
		}
		d.Results = append(d.Results, o)
		if d.State == Open && (o.By == ByServer || o.By == ByReport) {
			d.State = Done
		}
		if o.Result == Bounced {
			d.State = Dead
		}
	case entryDead, entryDropped, entryRedriven:
		var e turned
		if err := json.Unmarshal(body, &e); err != nil {
			return err
		}
		switch kind {
		case entryDead:
			d.State = Dead
		case entryDropped:
			d.State = Dropped
		default:
			d.State, d.Tries, d.Next, d.Since, d.begun = Open, 0, e.At, e.At, len(d.Results)
		}
		d.Reply = e.Reason
	default:
		return fmt.Errorf("a delivery has no entry %q", kind)
	}
	d.version++
	return nil
}

// outcome is what came of the delivery, without its hash and evidence.
func (d *Delivery) outcome(r Result, by Means, at calendar.Instant, reply string) Outcome {
	x := &d.Document
	return Outcome{Delivery: d.ID, Act: x.Act, Kind: x.Kind, Need: x.Need, Matter: x.Matter, Party: x.To.ID, Channel: d.Channel, Result: r, By: by,
		At: at, Noticed: x.At, Hash: x.Hash, Reply: reply}
}

// has reports whether a result is known since the delivery was begun.
func (d *Delivery) has(r Result, by Means) bool {
	for _, o := range d.Results[d.begun:] {
		if o.Result == r && o.By == by {
			return true
		}
	}
	return false
}

// Waiting says that a party has the word in a matter until an instant.
type Waiting struct {
	Need   capacity.NeedID  `json:"need"`
	Matter right.MatterID   `json:"matter"`
	Who    party.ID         `json:"who"`
	What   string           `json:"what"` // after the party's name: "may answer m1"
	Until  calendar.Instant `json:"until"`
	From   calendar.Instant `json:"from,omitzero"`  // when its time began; unset where that is not known
	Since  calendar.Instant `json:"since,omitzero"` // when this deadline was set: later than From where the window was lengthened
	Told   bool             `json:"told,omitempty"` // a letter named this deadline
}
