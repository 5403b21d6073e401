package door

import (
	"context"

	"firstlook/agreement"
	"firstlook/award"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/party"
	"firstlook/right"
)

// Door is what the command line asks for. A failure of the law is a [*right.Refusal].
type Door interface {
	// Do passes a command on. Where c.By is empty the buyer acts, or the party of the token; where a submitted need has no id it gets one.
	Do(ctx context.Context, id capacity.NeedID, c right.Command, key string) (*Done, error)
	Needs(ctx context.Context, who party.ID) ([]NeedItem, error)
	Need(ctx context.Context, id capacity.NeedID, who party.ID) (*NeedPage, error)
	// Explain is the buyer's; at is unset for what is known now.
	Explain(ctx context.Context, id capacity.NeedID, who party.ID, at calendar.Instant) (*Explanation, error)
	// Notices are those of one need, or of all where id is empty.
	Notices(ctx context.Context, id capacity.NeedID, who party.ID) (*NoticeList, error)
	Notice(ctx context.Context, id capacity.NeedID, m right.MatterID, who party.ID) (*NoticePage, error)
	Awards(ctx context.Context, id capacity.NeedID, who party.ID) (*AwardPage, error)

	Agreements(ctx context.Context, who party.ID) ([]AgreementItem, error)
	Agreement(ctx context.Context, id agreement.ID, who party.ID) (*AgreementText, error)
	AddAgreement(ctx context.Context, file string, text []byte, who party.ID) (*AgreementItem, error)
	AmendAgreement(ctx context.Context, file string, text []byte, who party.ID) (*AgreementItem, error)
	// Certify records a fact, or a challenge of one.
	Certify(ctx context.Context, f agreement.Fact, who party.ID) (*Certified, error)
	Providers(ctx context.Context, who party.ID) ([]agreement.Provider, error)
	SetProviders(ctx context.Context, file string, text []byte, who party.ID) ([]agreement.Provider, error)
	// Prices are the recorded price books with their texts, in the encoding of package pricebook.
	Prices(ctx context.Context) ([]PriceBook, error)
	PutPrices(ctx context.Context, name string, text []byte, who party.ID) (calendar.Instant, error)

	// Plan and WhatIf record nothing. Who plans for a party plans needs that the party buys; a what-if is the buyer's.
	Plan(ctx context.Context, q *PlanRequest, who party.ID) (*PlanPage, error)
	WhatIf(ctx context.Context, id capacity.NeedID, q *WhatIfRequest, who party.ID) (*WhatIfPage, error)
}

// Events are events in the canonical encoding of the record.
type Events []right.Event

// MarshalJSON writes the canonical encoding.
func (e Events) MarshalJSON() ([]byte, error) {
	if len(e) == 0 {
		return []byte("[]"), nil
	}
	return right.Encode(e)
}

// UnmarshalJSON reads the canonical encoding.
func (e *Events) UnmarshalJSON(b []byte) (err error) {
	*e, err = right.Decode(b)
	return err
}

// Zones are time zones by party.
type Zones map[party.ID]calendar.Zone

// Of is the zone of a party; UTC where none is known.
func (z Zones) Of(p party.ID) calendar.Zone {
	if zone, ok := z[p]; ok {
		return zone
	}
	return "UTC"
}

// Done is the answer to a command, as the party that sent it may see it.
type Done struct {
	Need     capacity.NeedID  `json:"need"`
	Repeated bool             `json:"repeated"` // recorded before under the same key; nothing was done again
	Events   Events           `json:"events"`
	Next     []desk.Turn      `json:"next"`
	At       calendar.Instant `json:"at"` // now
	By       party.ID         `json:"by"`
	Buys     bool             `json:"buys"` // by is the need's buyer, so next lists everybody's turns
	Zones    Zones            `json:"zones,omitempty"`
}

// NeedItem is a need in a list.
type NeedItem struct {
	Need    capacity.NeedID  `json:"need"`
	Title   string           `json:"title,omitempty"`
	Buyer   party.ID         `json:"buyer"`
	Status  string           `json:"status"`
	Lines   []capacity.Line  `json:"lines"`
	Next    []desk.Turn      `json:"next"`
	Class   capacity.Class   `json:"class"`
	Purpose capacity.Purpose `json:"purpose"`
}

// NeedPage is a need with everything that happened to it.
type NeedPage struct {
	desk.Summary
	History Events   `json:"history"`
	For     party.ID `json:"for"` // who looks
	Zones   Zones    `json:"zones,omitempty"`
}

// NoticeList is a list of matters.
type NoticeList struct {
	Notices []desk.Notice `json:"notices"`
	Zones   Zones         `json:"zones,omitempty"`
}

// NoticePage is a matter with the notice's text.
type NoticePage struct {
	desk.Notice
	Document string `json:"document"`
}

// OfferList is the offers for a need.
type OfferList struct {
	Offers []desk.Offer `json:"offers"`
}

// AwardPage says who supplies a need and why.
type AwardPage struct {
	Need    capacity.NeedID `json:"need"`
	Awards  []desk.Award    `json:"awards"`
	Choices []Choice        `json:"choices"` // the buyer's alone
	Clauses []DecidedBy     `json:"clauses"` // that decided, of agreements to which the party belongs
	Matters []desk.Notice   `json:"matters"` // as far as the party may see them
	// Lots are the lots of these matters, by matter.
	Lots map[string]string `json:"lots"`
}

// Choice is one choice with the comparison that led to it.
type Choice struct {
	At         calendar.Instant  `json:"at"`
	Lot        string            `json:"lot"`
	Manual     bool              `json:"manual"`
	Person     string            `json:"person,omitempty"`
	Reason     string            `json:"reason,omitempty"`
	Comparison *award.Comparison `json:"comparison"`
}

// DecidedBy is a clause that decided an award.
type DecidedBy struct {
	Clause  agreement.Ref          `json:"clause"`
	Kind    agreement.Kind         `json:"kind"`
	Cite    string                 `json:"cite"`
	Text    string                 `json:"text,omitempty"`
	Assumed []agreement.Assumption `json:"assumed,omitempty"`
}

// AgreementItem is an agreement in a list.
type AgreementItem struct {
	Agreement   agreement.ID `json:"agreement"`
	Title       string       `json:"title"`
	Reading     string       `json:"reading,omitempty"`
	Grantor     party.ID     `json:"grantor"`
	Holders     []party.ID   `json:"holders"`
	Clauses     int          `json:"clauses"`     // every version counts
	InForce     int          `json:"in_force"`    // now
	Unspecified int          `json:"unspecified"` // parameters that a decision needs and the text leaves open
	Hash        string       `json:"hash"`
}

// AgreementText is an agreement as it was given.
type AgreementText struct {
	AgreementItem
	File string `json:"file"` // its name; by its ending the text is YAML or JSON
	Text string `json:"text"`
}

// Certified is a fact that was recorded, what each clause makes of it, and what followed in needs that the party may see.
type Certified struct {
	agreement.Fact
	Effects  []string   `json:"effects"`
	Followed []Followed `json:"followed"`
}

// Followed is what a change of the law brought about in a need.
type Followed struct {
	Need   capacity.NeedID `json:"need"`
	Events Events          `json:"events"`
}

// PriceBook is a recorded price book.
type PriceBook struct {
	Book     string           `json:"book"`
	Recorded calendar.Instant `json:"recorded"`
	Text     string           `json:"text,omitempty"` // in the encoding of package pricebook
}
