package desk

import (
	"context"
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
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
}

// Notices lists the matters of a need that concern a party: its own, and all of them for the buyer.
func Notices(s *right.State, who party.ID) []Notice {
	var out []Notice
	for i := range s.Matters {
		m := &s.Matters[i]
		if who != "" && who != m.Holder && who != s.Need.Buyer {
			continue
		}
		c := m.Clause()
		n := Notice{Need: s.Need.ID, Matter: m.ID.String(), Holder: m.Holder, Clause: c.Ref, Kind: c.Kind, Status: m.Status,
			Quantity: m.Quantity, Of: string(s.Need.Lines[s.Lot(m.Lot).Line].Reference()), SentAt: m.SentAt, AnswerBy: m.AnswerBy, Assumed: c.Assumed}
		if m.Question != nil {
			n.Waits = m.Question.Param
		}
		out = append(out, n)
	}
	return out
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
}

// Offers lists the offers of a need as a party may see them: a provider its own; the buyer all of them, sealed while a
// round of their line is open.
func Offers(s *right.State, who party.ID) []Offer {
	var out []Offer
	for i := range s.Tenders {
		t := &s.Tenders[i]
		own := t.Offer.Provider == who
		if !own && who != s.Need.Buyer {
			continue
		}
		o := Offer{ID: t.Offer.ID, Need: t.Offer.Need, Line: t.Offer.Line + 1, Hash: t.Offer.Hash(), Sealed: !own && roundOpen(s, t.Offer.Line), Withdrawn: t.Withdrawn}
		if !o.Sealed {
			o.Provider, o.Terms, o.ValidUntil = t.Offer.Provider, &t.Offer.Terms, t.Offer.ValidUntil
		}
		out = append(out, o)
	}
	return out
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

// Visible returns those of a need's events that a party may see, as it may see them; s is the need as it is now.
func Visible(s *right.State, who party.ID, events []right.Event) []right.Event {
	var out []right.Event
	for _, e := range events {
		if seen, ok := sees(s, who, e); ok {
			out = append(out, seen)
		}
	}
	return out
}

// sees returns an event as a party may see it.
func sees(s *right.State, who party.ID, e right.Event) (right.Event, bool) {
	received, isOffer := e.Fact.(*right.OfferReceived)
	switch {
	case isOffer && received.Offer.Provider == who:
		return e, true
	case who == s.Need.Buyer && isOffer && roundOpen(s, received.Offer.Line):
		e.By = ""
		e.Fact = &right.OfferReceived{Offer: offer.Offer{ID: received.Offer.ID, Need: received.Offer.Need, Line: received.Offer.Line}, Hash: received.Hash}
		return e, true
	case who == s.Need.Buyer:
		return e, true
	}
	if !concerns(s, who, e.Fact) {
		return e, false
	}
	switch f := e.Fact.(type) {
	case *right.MatterOpened:
		open := *f
		open.Offer = ""
		e.Fact = &open
	case *right.Noticed:
		notice := *f
		notice.Terms = matchable(s.Matter(f.Matter), f.Terms)
		e.Fact = &notice
	case *right.Awarded:
		won := *f
		won.Landed = money.Amount{} // what moving data costs the buyer is the buyer's
		e.Fact = &won
	case *right.OffersRequested:
		e.Fact = &right.OffersRequested{Lot: f.Lot, Invited: []party.ID{who}, Closes: f.Closes} // who else was asked stays sealed
	}
	return e, true
}

// matchable are the terms of a notice without what would tell who the rival is.
func matchable(m *right.Matter, terms *offer.Terms) *offer.Terms {
	if terms == nil || m.Offer == "" {
		return terms
	}
	sealed := *terms
	sealed.Cloud, sealed.Region = "", ""
	return &sealed
}

// concerns reports whether a fact is one of a party's own matters, rounds or awards.
func concerns(s *right.State, who party.ID, f right.Fact) bool {
	mine := func(id right.MatterID) bool { m := s.Matter(id); return m != nil && m.Holder == who }
	switch f := f.(type) {
	case *right.MatterOpened:
		return f.Holder == who
	case *right.Noticed:
		return mine(f.Matter)
	case *right.Received:
		return mine(f.Matter)
	case *right.Opened:
		return mine(f.Matter)
	case *right.Answered:
		return mine(f.Answer.Matter)
	case *right.AnswerVoid:
		return mine(f.Matter)
	case *right.Countered:
		return mine(f.Matter)
	case *right.Named:
		return mine(f.Matter)
	case *right.Exercised:
		return mine(f.Matter)
	case *right.Ended:
		return mine(f.Matter)
	case *right.DeterminationRequired:
		return mine(f.Matter)
	case *right.Determined:
		return mine(f.Matter)
	case *right.OffersRequested:
		return slices.Contains(f.Invited, who)
	case *right.OfferWithdrawn:
		return s.Tender(f.Offer).Offer.Provider == who
	case *right.Awarded:
		return f.Provider == who
	case *right.Signed:
		return s.AwardOf(f.Award).Provider == who
	case *right.FellThrough:
		return s.AwardOf(f.Award).Provider == who
	}
	return false
}
