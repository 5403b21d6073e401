package httpapi

import (
	"net/http"
	"slices"

	"firstlook/agreement"
	"firstlook/internal/desk"
	"firstlook/internal/door"
	"firstlook/internal/identity"
	"firstlook/party"
	"firstlook/right"
)

// Operation is one method of one path: what it takes, what it answers, and who may ask for it. The routes and the OpenAPI document are
// both made of [Operations].
type Operation struct {
	Method, Path string
	Action       identity.Action // that a role must allow; empty where every signed-in party may ask, or where the command decides
	Summary      string
	Query        []Param
	Paged        bool // a list, in pages: limit, cursor, and the header Link
	Body         any  // a value of the type of the JSON body; nil where there is none
	Answer       any  // a value of the type of the answer; of a list, of one item
	List         string
	Status       int    // of the answer; 200 where it is 0
	Media        string // of the answer; application/json where it is empty
	large        bool   // the body may be as large as a file

	handle func(*API, *request) (any, error)
	serve  func(*API, http.ResponseWriter, *http.Request) // in place of handle
}

// Param is a parameter of the query.
type Param struct{ Name, Means string }

// maxFile bounds a body that carries a file, in bytes.
const maxFile = 8 << 20

func (o *Operation) bodyLimit() int64 {
	if o.large {
		return maxFile
	}
	return maxBody
}

// Operations lists what the interface does, in the order of the document.
func Operations() []Operation { return operations }

var operations []Operation

func init() {
	operations = slices.Concat(needOperations(), lawOperations(), letterOperations(), identityOperations(), otherOperations())
}

func needOperations() []Operation {
	return []Operation{
		{Method: "GET", Path: "/v1/needs", Action: identity.ViewNeed, Summary: "The needs that concern the party", Paged: true, List: "needs", Answer: door.NeedItem{}, handle: (*API).needs},
		{Method: "POST", Path: "/v1/needs", Summary: "Submit a need: the command submit; a need without an id gets one", Body: right.Command{}, Answer: door.Done{}, Status: http.StatusCreated, handle: (*API).submit},
		{Method: "GET", Path: "/v1/needs/{id}", Action: identity.ViewNeed, Summary: "A need as the party may see it: lots, matters, offers, awards, who has the word, history", Answer: door.NeedPage{}, handle: (*API).need},
		{Method: "POST", Path: "/v1/needs/{id}/commands", Summary: "A command on a need; its type says which, and which role it takes", Body: right.Command{}, Answer: door.Done{}, handle: (*API).command},
		{Method: "GET", Path: "/v1/needs/{id}/events", Action: identity.ViewRecord, Summary: "What happened to a need, as far as the party may see it", Paged: true, List: "events", Answer: right.Event{}, handle: (*API).events},
		{Method: "GET", Path: "/v1/needs/{id}/explanation", Action: identity.ViewNeed, Summary: "To its buyer: which clauses engage and why, what blocks, the earliest lawful instant for a rival, what would change it",
			Query: []Param{{"at", "as it was known at an instant; now where left out"}}, Answer: door.Explanation{}, handle: (*API).explanation},
		{Method: "GET", Path: "/v1/needs/{id}/notices/{matter}", Action: identity.ViewNotice, Summary: "A notice as its holder reads it", Answer: door.NoticePage{}, handle: (*API).notice},
		{Method: "GET", Path: "/v1/needs/{id}/offers", Action: identity.ViewOffer, Summary: "The offers for a need, sealed while their round is open", Paged: true, List: "offers", Answer: desk.Offer{}, handle: (*API).offers},
		{Method: "GET", Path: "/v1/needs/{id}/awards", Action: identity.ViewNeed, Summary: "Who supplies a need and why", Answer: door.AwardPage{}, handle: (*API).awards},
		{Method: "GET", Path: "/v1/needs/{id}/receipt", Action: identity.ViewRecord, Summary: "The events of a need as the party may see them, with their proofs in the log", Media: "text/plain", serve: (*API).receipt},
		{Method: "POST", Path: "/v1/needs/{id}/evidence", Action: identity.ViewRecord, Summary: "One archive that shows, and proves, what happened to a need; that it was taken is recorded in the log", Media: "application/zip", serve: (*API).evidence},
		{Method: "POST", Path: "/v1/needs/{id}/whatif", Action: identity.ViewNeed, Summary: "To its buyer: what would have come of a need with other terms, another answer or another offer; nothing is recorded",
			Body: door.WhatIfRequest{}, Answer: door.WhatIfPage{}, large: true, handle: (*API).whatIf},
		{Method: "POST", Path: "/v1/award/plan", Action: "submit", Summary: "The cheapest lawful mix for many needs of the party at once, with a proven bound; nothing is recorded", Body: door.PlanRequest{}, Answer: door.PlanPage{},
			large: true, handle: (*API).plan},
		{Method: "GET", Path: "/v1/notices", Action: identity.ViewNotice, Summary: "The matters of the party, of all needs or of one",
			Query: []Param{{"need", "of this need only"}, {"open", "true: only what still waits for somebody"}}, Paged: true, List: "notices", Answer: desk.Notice{}, handle: (*API).notices},
		{Method: "GET", Path: "/v1/next", Action: identity.ViewDesk, Summary: "What waits for the party itself, in all needs", Paged: true, List: "next", Answer: Waiting{}, handle: (*API).next},
		{Method: "GET", Path: "/v1/events", Action: identity.ViewDesk, Summary: "What the party may see, as it happens: server-sent events, resumed with Last-Event-ID", Media: "text/event-stream", serve: (*API).stream},
	}
}

func lawOperations() []Operation {
	return []Operation{
		{Method: "GET", Path: "/v1/agreements", Action: identity.ViewAgreement, Summary: "The agreements to which the party belongs", Paged: true, List: "agreements", Answer: door.AgreementItem{}, handle: (*API).agreements},
		{Method: "POST", Path: "/v1/agreements", Action: identity.RecordAgreement, Summary: "Record a signed agreement of which the party is the grantor", Body: File{}, Answer: door.AgreementItem{}, Status: http.StatusCreated, large: true, handle: (*API).addAgreement},
		{Method: "POST", Path: "/v1/agreements/check", Action: identity.ViewAgreement, Summary: "Say what is wrong with texts of agreements, alone or together; nothing is recorded", Body: CheckRequest{}, Answer: Checked{}, large: true, handle: (*API).check},
		{Method: "POST", Path: "/v1/agreements/diff", Action: identity.ViewAgreement, Summary: "Say what changed from one text to another; nothing is recorded", Body: DiffRequest{}, Answer: Differences{}, large: true, handle: (*API).diff},
		{Method: "GET", Path: "/v1/agreements/{agreement}", Action: identity.ViewAgreement, Summary: "An agreement with its text", Answer: door.AgreementText{}, handle: (*API).agreement},
		{Method: "PUT", Path: "/v1/agreements/{agreement}", Action: identity.RecordAgreement, Summary: "Record a later text of an agreement", Body: File{}, Answer: door.AgreementItem{}, large: true, handle: (*API).amendAgreement},
		{Method: "GET", Path: "/v1/agreements/{agreement}/words", Action: identity.ViewAgreement, Summary: "An agreement in plain words", Query: []Param{{"at", "only the clauses in force at an instant"}}, Answer: agreement.Description{}, handle: (*API).words},
		{Method: "POST", Path: "/v1/agreements/{agreement}/facts", Action: identity.CertifyFact, Summary: "Certify, or challenge, that an event happened for which clauses wait", Body: FactRequest{}, Answer: door.Certified{}, Status: http.StatusCreated, handle: (*API).certify},
		{Method: "GET", Path: "/v1/providers", Action: identity.ViewMarket, Summary: "The providers that may be asked for offers; to who does not buy, its own entry", Paged: true, List: "providers", Answer: agreement.Provider{}, handle: (*API).providers},
		{Method: "PUT", Path: "/v1/providers", Action: identity.SetProviders, Summary: "Record the list of providers in place of the one before", Body: File{}, Answer: ProviderList{}, large: true, handle: (*API).setProviders},
		{Method: "GET", Path: "/v1/prices", Action: identity.ViewMarket, Summary: "The recorded price books", Paged: true, List: "books", Answer: door.PriceBook{}, handle: (*API).prices},
		{Method: "GET", Path: "/v1/prices/{book}", Action: identity.ViewMarket, Summary: "A price book with its prices", Answer: door.PriceBook{}, handle: (*API).priceBook},
		{Method: "PUT", Path: "/v1/prices/{book}", Action: identity.PutPrices, Summary: "Record a price book; its text is in the encoding of firstlook prices", Body: PriceText{}, Answer: door.PriceBook{}, large: true, handle: (*API).putPrices},
	}
}

// identityOperations are answered by package identity; they are here for the document.
func identityOperations() []Operation {
	return []Operation{
		{Method: "GET", Path: "/v1/identity/me", Summary: "Who one is, and what one may ask for", Answer: Me{}},
		{Method: "GET", Path: "/v1/identity/people", Action: identity.ViewPeople, Summary: "Everybody who is known", Answer: []identity.Person{}},
		{Method: "POST", Path: "/v1/identity/people", Action: identity.ManagePeople, Summary: "Make a person known", Body: NewPerson{}, Answer: identity.Person{}, Status: http.StatusCreated},
		{Method: "PUT", Path: "/v1/identity/people/{person}/roles", Action: identity.ManagePeople, Summary: "Replace the roles of a person", Body: NewRoles{}},
		{Method: "PUT", Path: "/v1/identity/people/{person}/disabled", Action: identity.ManagePeople, Summary: "End what a person can do, or let them in again", Body: Disabled{}},
		{Method: "POST", Path: "/v1/identity/people/{person}/invite", Action: identity.ManagePeople, Summary: "A link that signs a person in once", Answer: Invitation{}, Status: http.StatusCreated},
		{Method: "POST", Path: "/v1/identity/people/{person}/signout", Action: identity.ManagePeople, Summary: "End all sessions of a person"},
		{Method: "GET", Path: "/v1/identity/rules", Action: identity.ViewPeople, Summary: "Who may come in by an OpenID provider", Answer: []identity.Rule{}},
		{Method: "POST", Path: "/v1/identity/rules", Action: identity.ManagePeople, Summary: "Let people in who come by an OpenID provider", Body: identity.Rule{}, Answer: identity.Rule{}, Status: http.StatusCreated},
		{Method: "DELETE", Path: "/v1/identity/rules/{rule}", Action: identity.ManagePeople, Summary: "Remove a rule; who came in by it stays"},
		{Method: "GET", Path: "/v1/identity/tokens", Action: identity.ManageTokens, Summary: "The party's tokens", Answer: []identity.Token{}},
		{Method: "POST", Path: "/v1/identity/tokens", Action: identity.ManageTokens, Summary: "Issue a token; its secret is seen once", Body: NewToken{}, Answer: IssuedToken{}, Status: http.StatusCreated},
		{Method: "POST", Path: "/v1/identity/tokens/{token}/rotate", Action: identity.ManageTokens, Summary: "Give a token a new secret", Body: Rotation{}, Answer: IssuedToken{}},
		{Method: "DELETE", Path: "/v1/identity/tokens/{token}", Action: identity.ManageTokens, Summary: "End a token at once"},
		{Method: "GET", Path: "/v1/identity/audit", Action: identity.ViewAudit, Summary: "Sign-ins, failures and changes of people, the latest first",
			Query: []Param{{"before", "only entries with a smaller number"}, {"limit", "at most so many"}, {"party", "only what concerns this party"}}, Answer: []identity.Event{}},
	}
}

// The documents of package identity that have no type of their own there.
type (
	// Me says who one is. CSRF is what a session sends with everything that changes something.
	Me struct {
		Subject identity.Subject  `json:"subject"`
		Actions []identity.Action `json:"actions"`
		CSRF    string            `json:"csrf,omitempty"`
	}
	// NewPerson is a person to be made known.
	NewPerson struct {
		Party party.ID        `json:"party"`
		Name  string          `json:"name"`
		Email string          `json:"email,omitempty"`
		Roles []identity.Role `json:"roles"`
	}
	// NewRoles are the roles that take the place of those before.
	NewRoles struct {
		Roles []identity.Role `json:"roles"`
	}
	// Disabled says whether a person is shut out.
	Disabled struct {
		Disabled bool `json:"disabled"`
	}
	// Invitation is a link that signs a person in once.
	Invitation struct {
		Link string `json:"link"`
	}
	// NewToken asks for a token for so many days.
	NewToken struct {
		Name  string          `json:"name"`
		Roles []identity.Role `json:"roles"`
		Scope identity.Scope  `json:"scope,omitzero"`
		Days  int             `json:"days"`
	}
	// Rotation says how long the old secret works on.
	Rotation struct {
		OverlapHours int `json:"overlap_hours"`
	}
	// IssuedToken is a token with its secret.
	IssuedToken struct {
		Token  identity.Token `json:"token"`
		Secret string         `json:"secret"`
	}
)

func otherOperations() []Operation {
	return []Operation{
		{Method: "GET", Path: "/v1/openapi.json", Summary: "This document", Answer: map[string]any{}, handle: func(*API, *request) (any, error) { return Document(), nil }},
	}
}
