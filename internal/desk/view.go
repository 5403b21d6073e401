package desk

import (
	"context"
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// Notice is one matter as its holder and its grantor see it.
type Notice struct {
	Need     capacity.NeedID        `json:"need"`
	Matter   string                 `json:"matter"`
	Holder   party.ID               `json:"holder"`
	Clause   agreement.Ref          `json:"clause"`
	Kind     agreement.Kind         `json:"kind"`
	Status   right.Status           `json:"status"`
	Quantity int64                  `json:"quantity"`
	Of       string                 `json:"of"`
	SentAt   calendar.Instant       `json:"sent_at,omitempty"`
	AnswerBy calendar.Instant       `json:"answer_by,omitempty"`
	Waits    string                 `json:"waits_for,omitempty"` // the parameter that a person must determine
	Assumed  []agreement.Assumption `json:"assumed,omitempty"`
	// What only some matters have.
	For         party.ID           `json:"for,omitempty"`          // the holder of the right, in whose place Holder answers
	HeldUntil   calendar.Instant   `json:"held_until,omitempty"`   // before which the notice may not be given; the buyer's alone
	NegotiateBy calendar.Instant   `json:"negotiate_by,omitempty"` // when the negotiation ends
	Stands      []agreement.Ground `json:"stands_still,omitempty"` // why the window stands still
	Requested   bool               `json:"requested,omitempty"`    // information was asked for and is not supplied
	ExtendTo    calendar.Instant   `json:"extend_to,omitempty"`    // to which one side would lengthen the window
	Wants       int64              `json:"wants,omitempty"`        // of a lot that several holders may share
	ConsentBy   calendar.Instant   `json:"consent_by,omitempty"`   // until when a consent that is awaited may come
	Consents    []party.ID         `json:"consents_given,omitempty"`
	Late        bool               `json:"late,omitempty"`   // the notice was given later than the clause wants it
	Beside      bool               `json:"beside,omitempty"` // the matter keeps nobody out: the lot goes on its way meanwhile
}

// Notices lists the matters of a need that concern a party: its own, those that wait for its consent, and all of them for
// the buyer. A holder does not learn of a matter whose notice waits.
func Notices(s *right.State, who party.ID) []Notice {
	var out []Notice
	for i := range s.Matters {
		m := &s.Matters[i]
		buyer := who == "" || who == s.Need.Buyer
		if !buyer && (!involved(m, who) || unannounced(m)) {
			continue
		}
		out = append(out, notice(s, m, buyer))
	}
	return out
}

func notice(s *right.State, m *right.Matter, buyer bool) Notice {
	c, x := m.Clause(), m.More()
	n := Notice{Need: s.Need.ID, Matter: m.ID.String(), Holder: m.Holder, Clause: c.Ref, Kind: c.Kind, Status: m.Status,
		Quantity: m.Quantity, Of: string(s.Need.Lines[s.Lot(m.Lot).Line].Reference()), SentAt: m.SentAt, AnswerBy: m.AnswerBy, Assumed: c.Assumed,
		For: x.For, Requested: x.Outstanding && m.Status.Pending(), ExtendTo: x.ExtendTo, Wants: x.Wants, Consents: x.Consents,
		Late: x.Late, Beside: beside(m)}
	if m.Question != nil {
		n.Waits = m.Question.Param
	}
	if buyer && unannounced(m) {
		n.HeldUntil = x.HeldUntil
	}
	switch m.Status {
	case right.Negotiating:
		n.NegotiateBy = x.NegotiateBy
	case right.Stood:
		for _, t := range x.Tolls {
			n.Stands = append(n.Stands, t.Ground)
		}
	case right.Conditional:
		n.ConsentBy = x.ConsentBy
	}
	return n
}

// beside reports whether a matter keeps nobody out, so that the lot goes on its way while it runs.
func beside(m *right.Matter) bool {
	c := m.Clause()
	return c.Kind == agreement.FirstNegotiation && c.Process.Shop == agreement.MayShop
}

// involved reports whether a matter is a party's: it answers in it, it holds the right, or its consent is asked.
func involved(m *right.Matter, who party.ID) bool {
	return m.Holder == who || m.For() == who || consenting(m, who)
}

// consenting reports whether an exercise was put to a party for its consent.
func consenting(m *right.Matter, who party.ID) bool {
	c := m.Clause().Process.Consent
	return c != nil && c.Over == agreement.OverExercise && slices.Contains(c.Of, who) && m.More().Terms != nil &&
		(m.Status == right.Conditional || m.Status == right.Taken || m.Status == right.ConditionFailed)
}

// unannounced reports whether the holder has not been told of a matter: its notice waits, or it ended before there was one.
func unannounced(m *right.Matter) bool {
	return !m.SentAt.IsSet() && (m.More().HeldUntil.IsSet() || m.Status == right.Terminated)
}

// Offer is an offer as a party may see it: sealed until its round closes, but for the one who made it.
type Offer struct {
	ID         offer.ID         `json:"id"`
	Need       capacity.NeedID  `json:"need"`
	Line       int              `json:"line"` // from 1
	Provider   party.ID         `json:"provider,omitempty"`
	Terms      *offer.Terms     `json:"terms,omitempty"`
	ValidUntil calendar.Instant `json:"valid_until,omitempty"`
	Hash       string           `json:"hash"` // salted, so a price cannot be found by trying
	Sealed     bool             `json:"sealed"`
	Withdrawn  bool             `json:"withdrawn,omitempty"`
	Package    string           `json:"package,omitempty"` // with others of one name it is taken together or not at all
}

// Offers lists the offers of a need as a party may see them: a provider its own; the buyer all of them, sealed while a
// round of their line is open; a holder that was noticed of a choice, where its clause reveals the offers that were not chosen, their
// terms, and whose they are only where it reveals that too.
func Offers(s *right.State, who party.ID) []Offer {
	var out []Offer
	for i := range s.Tenders {
		t := &s.Tenders[i]
		own := t.Offer.Provider == who
		if !own && who != s.Need.Buyer {
			if o, told := losing(s, t, who); told {
				out = append(out, o)
			}
			continue
		}
		o := Offer{ID: t.Offer.ID, Need: t.Offer.Need, Line: t.Offer.Line + 1, Hash: t.Offer.Hash(), Sealed: !own && roundOpen(s, t.Offer.Line), Withdrawn: t.Withdrawn}
		if !o.Sealed {
			o.Provider, o.Terms, o.ValidUntil, o.Package = t.Offer.Provider, &t.Offer.Terms, t.Offer.ValidUntil, t.Offer.Package
		}
		out = append(out, o)
	}
	return out
}

// losing is an offer that was not chosen as a holder may see it whose clause reveals such.
func losing(s *right.State, t *right.Tender, who party.ID) (Offer, bool) {
	for i := range s.Matters {
		m := &s.Matters[i]
		c := m.Clause()
		if m.Holder != who || !m.SentAt.IsSet() || m.Offer == "" || m.Offer == t.Offer.ID || s.Lot(m.Lot).Line != t.Offer.Line ||
			roundOpen(s, t.Offer.Line) || !slices.Contains(c.Process.Reveals, agreement.RevealLosers) {
			continue
		}
		o := Offer{ID: t.Offer.ID, Need: t.Offer.Need, Line: t.Offer.Line + 1, Hash: t.Offer.Hash(), Provider: sealedParty, Terms: sealPlace(&t.Offer.Terms), Withdrawn: t.Withdrawn}
		if slices.Contains(c.Process.Reveals, agreement.RevealCounterparty) {
			o.Provider, o.Terms = t.Offer.Provider, &t.Offer.Terms
		}
		return o, true
	}
	return Offer{}, false
}

func roundOpen(s *right.State, line int) bool {
	for i := range s.Lots {
		if l := &s.Lots[i]; l.Line == line && l.Round {
			return true
		}
	}
	return false
}

// Timeline lists the events of a need that a party may see. What is sealed from it is left out; an offer under seal is
// shown by its hash alone.
func (d *Desk) Timeline(ctx context.Context, id capacity.NeedID, who party.ID) ([]right.Event, error) {
	s, err := d.State(ctx, id)
	if err != nil {
		return nil, err
	}
	events, err := d.History(ctx, id)
	if err != nil {
		return nil, err
	}
	return Visible(&s, who, events), nil
}
