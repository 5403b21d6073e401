package identity

import (
	"fmt"
	"slices"
)

// Role is what a person or a machine does for its party.
type Role string

const (
	Planner      Role = "planner"       // of the buyer: submits needs, asks for offers, chooses
	Counsel      Role = "counsel"       // of the buyer: agreements, determinations, stays, signature
	Finance      Role = "finance"       // of the buyer: reads what it costs
	HolderDesk   Role = "holder-desk"   // of a provider with a right: answers notices
	ProviderDesk Role = "provider-desk" // of a provider: posts firm offers
	Auditor      Role = "auditor"       // reads everything, decides nothing
	Operator     Role = "operator"      // runs the server and administers people; sees no need and no offer
)

// Roles lists every role.
var Roles = []Role{Planner, Counsel, Finance, HolderDesk, ProviderDesk, Auditor, Operator}

// Action is a kind of act: a command of package right by its name ("answer"), another thing that writes, a view
// ("view/need"), or an administration of who ("identity/people").
type Action string

// Actions beside the commands of package right.
const (
	RecordAgreement Action = "record-agreement" // and amendments
	CertifyFact     Action = "certify"
	SetProviders    Action = "set-providers"
	PutPrices       Action = "put-prices"

	ViewDesk      Action = "view/desk"      // what waits for the party
	ViewNeed      Action = "view/need"      // needs, matters, awards, as the desk shows them to the party
	ViewNotice    Action = "view/notice"    // notices sent or received
	ViewOffer     Action = "view/offer"     // offers, as the desk shows them to the party
	ViewMarket    Action = "view/market"    // price books and requests for offers
	ViewAgreement Action = "view/agreement" // agreements to which the party belongs
	ViewRecord    Action = "view/record"    // events with their proofs
	ViewMoney     Action = "view/money"     // commitments, shares, statements
	ViewSupply    Action = "view/supply"    // capacity, reservations, plans
	ViewHealth    Action = "view/health"    // metrics, queues, letters that could not be delivered
	ViewAudit     Action = "view/audit"     // the audit of this package: all, or of the own party
	ViewPeople    Action = "view/people"    // who is known, of all parties

	ManagePeople Action = "identity/people" // people, roles, rules, invitations; ending any session or token
	ManageTokens Action = "identity/tokens" // the own party's tokens, with no more than the own authority
)

// may is the whole table: what each role may ask for. Whether the law then says yes is another matter.
var may = map[Role][]Action{
	Planner: {
		"submit", "withdraw", "notice", "receipt", "respond", "request-offers", "reoffer", "choose", "fall-through", "propose",
		"supply-information", "extend", "change", "non-perform", "cure", "settle", SetProviders, PutPrices,
		ViewDesk, ViewNeed, ViewNotice, ViewOffer, ViewMarket, ViewAgreement, ViewRecord, ViewMoney, ViewSupply, ManageTokens,
	},
	Counsel: {
		"withdraw", "notice", "receipt", "respond", "determine", "sign", "fall-through", "propose", "supply-information", "stay", "lift",
		"extend", "change", "consent", "assign", "non-perform", "cure", "settle", RecordAgreement, CertifyFact, SetProviders,
		ViewDesk, ViewNeed, ViewNotice, ViewOffer, ViewMarket, ViewAgreement, ViewRecord, ViewMoney, ViewAudit, ManageTokens,
	},
	Finance: {
		ViewDesk, ViewNeed, ViewMarket, ViewAgreement, ViewRecord, ViewMoney, ViewSupply, ManageTokens,
	},
	HolderDesk: {
		"answer", "receipt", "propose", "request-information", "stay", "lift", "extend", "consent", "assign", "cure", CertifyFact,
		ViewDesk, ViewNeed, ViewNotice, ViewAgreement, ViewRecord, ViewMoney, ManageTokens,
	},
	ProviderDesk: {
		"submit-offer", "withdraw-offer", "cure",
		ViewDesk, ViewNeed, ViewOffer, ViewMarket, ViewAgreement, ViewRecord, ManageTokens,
	},
	Auditor: {
		ViewDesk, ViewNeed, ViewNotice, ViewOffer, ViewMarket, ViewAgreement, ViewRecord, ViewMoney, ViewSupply, ViewAudit, ViewPeople, ManageTokens,
	},
	Operator: {
		"settle", ViewHealth, ViewAudit, ViewPeople, ManagePeople, ManageTokens,
	},
}

// May reports whether somebody in this role may ask for a. An unknown role may nothing.
func (r Role) May(a Action) bool { return slices.Contains(may[r], a) }

// Actions lists what the role may ask for, in the order of the table.
func (r Role) Actions() []Action { return slices.Clone(may[r]) }

// reads reports whether a changes nothing.
func (a Action) reads() bool { return len(a) > 5 && a[:5] == "view/" }

// known reports whether some role may ask for a.
func (a Action) known() bool {
	return slices.ContainsFunc(Roles, func(r Role) bool { return r.May(a) })
}

// checkRoles reports roles that there are not, and an empty list.
func checkRoles(roles []Role) error {
	if len(roles) == 0 {
		return fmt.Errorf("at least one role is needed")
	}
	for i, r := range roles {
		if !slices.Contains(Roles, r) {
			return fmt.Errorf("%q is no role; there are %v", r, Roles)
		}
		if slices.Contains(roles[:i], r) {
			return fmt.Errorf("role %s is there twice", r)
		}
	}
	return nil
}
