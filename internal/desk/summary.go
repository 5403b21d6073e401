package desk

import (
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// Summary is a need as a party may see it.
type Summary struct {
	Need    capacity.Need `json:"need"` // for others than the buyer without the budget
	Status  string        `json:"status"`
	Lots    []Lot         `json:"lots,omitempty"`
	Matters []Notice      `json:"matters,omitempty"`
	Offers  []Offer       `json:"offers,omitempty"`
	Awards  []Award       `json:"awards,omitempty"`
	Next    []Turn        `json:"next,omitempty"`
}

// What a need as a whole can be.
const (
	StatusOpen      = "open"
	StatusBlocked   = "blocked"   // nothing moves: every lot that is not settled is barred by a clause
	StatusSettled   = "settled"   // every lot is awarded or closed
	StatusWithdrawn = "withdrawn" //
)

// Lot is a lot as a party may see it: the buyer sees all of it, another party the lots that its own matter holds, that it may
// offer for now, or that it won. What became of the others is the buyer's.
type Lot struct {
	Lot      string           `json:"lot"`
	Line     int              `json:"line"` // from 1
	Quantity int64            `json:"quantity"`
	Of       string           `json:"of"`
	Status   right.LotStatus  `json:"status"`
	Matter   string           `json:"matter,omitempty"`
	Invited  []party.ID       `json:"invited,omitempty"`
	Closes   calendar.Instant `json:"closes,omitzero"` // of the open round
	Releases []Release        `json:"releases,omitempty"`
	Award    string           `json:"award,omitempty"`
	Blocked  string           `json:"blocked,omitempty"` // by which clause, and why
}

// Release is a release of a lot, for the buyer.
type Release struct {
	Matter       string           `json:"matter"`
	Clause       agreement.Ref    `json:"clause"`
	Until        calendar.Instant `json:"until,omitzero"` // no end where unset
	Cap          *offer.Terms     `json:"cap,omitempty"`
	Counterparty party.ID         `json:"counterparty,omitempty"`
	Ended        agreement.Reopen `json:"ended,omitempty"`
	Exact        bool             `json:"exact,omitempty"`    // the terms of the cap and no others
	CapUntil     calendar.Instant `json:"cap_until,omitzero"` // from which instant on the cap binds no longer
}

// Award is an award as a party may see it: the buyer and the provider, and to the provider not what moving data costs.
type Award struct {
	Award    string          `json:"award"`
	Lot      string          `json:"lot"`
	Provider party.ID        `json:"provider"`
	Role     party.Role      `json:"role"`
	Quantity int64           `json:"quantity"`
	Of       string          `json:"of"`
	Terms    offer.Terms     `json:"terms"`
	Offer    offer.ID        `json:"offer,omitempty"`
	Matter   string          `json:"matter,omitempty"`
	Landed   money.Amount    `json:"landed,omitzero"`
	Because  []agreement.Ref `json:"because"`
	Signed   bool            `json:"signed"`
	Ended    bool            `json:"ended"`
	// Missed is set while the award is not performed; Consents are those that its signature waits for.
	Missed   *Missed    `json:"not_performed,omitempty"`
	Consents []party.ID `json:"waits_for_consent_of,omitempty"`
}

// Missed says that an award is not performed.
type Missed struct {
	Delivered int64            `json:"delivered"`
	Reason    string           `json:"reason"`
	CureBy    calendar.Instant `json:"cure_by"`
}

// Concerns reports whether a party has title to see anything of a need: its buyer, a holder with a matter of which it was
// told, whoever must consent or may stay a window, a provider that was asked, and whoever has an award.
func Concerns(s *right.State, who party.ID) bool {
	return who == "" || who == s.Need.Buyer ||
		slices.ContainsFunc(s.Matters, func(m right.Matter) bool {
			return involved(&m, who) && !unannounced(&m) || m.Status == right.Stood && stayed(&m, who)
		}) ||
		slices.ContainsFunc(s.Lots, func(l right.Lot) bool { return slices.Contains(l.Invited, who) }) ||
		slices.ContainsFunc(s.Awards, func(a right.Award) bool { return a.Provider == who || slices.Contains(Consenting(s, &a), who) })
}

// stayed reports whether a party stayed the window of a matter.
func stayed(m *right.Matter, who party.ID) bool {
	return slices.ContainsFunc(m.More().Tolls, func(t right.Toll) bool { return t.By == who })
}

// Summarize returns the need as a party may see it; an empty party stands for the buyer.
func Summarize(s *right.State, who party.ID) Summary {
	if who == "" {
		who = s.Need.Buyer
	}
	out := Summary{Need: *s.Need, Status: Status(s), Matters: Notices(s, who), Offers: Offers(s, who), Next: Next(s, who)}
	if who != s.Need.Buyer {
		out.Need.Budget = money.Amount{}
	}
	for i := range s.Lots {
		if l, ok := lotView(s, &s.Lots[i], who); ok {
			out.Lots = append(out.Lots, l)
		}
	}
	for i := range s.Awards {
		if a := &s.Awards[i]; who == s.Need.Buyer || who == a.Provider || slices.Contains(Consenting(s, a), who) {
			out.Awards = append(out.Awards, awardView(s, a, who))
		}
	}
	return out
}

// Status says where a need as a whole stands.
func Status(s *right.State) string {
	switch {
	case s.Withdrawn:
		return StatusWithdrawn
	case s.Settled():
		return StatusSettled
	case !slices.ContainsFunc(s.Lots, func(l right.Lot) bool {
		return l.Status != right.Stuck && l.Status != right.Won && l.Status != right.Closed
	}):
		return StatusBlocked
	}
	return StatusOpen
}

func lotView(s *right.State, l *right.Lot, who party.ID) (Lot, bool) {
	out := Lot{Lot: l.ID.String(), Line: l.Line + 1, Quantity: l.Quantity, Of: string(s.Need.Lines[l.Line].Reference()), Status: l.Status}
	if l.Round {
		out.Closes = l.Closes
	}
	if who != s.Need.Buyer {
		m := heldBy(s, l, who)
		held := m != nil
		if held {
			out.Matter = m.ID.String()
		}
		won := l.Award != 0 && s.AwardOf(l.Award).Provider == who
		if won {
			out.Award = l.Award.String()
		}
		return out, held || won || l.Round && slices.Contains(l.Invited, who)
	}
	out.Invited = l.Invited
	if l.Matter != 0 {
		out.Matter = l.Matter.String()
	}
	if l.Award != 0 {
		out.Award = l.Award.String()
	}
	if l.Status == right.Stuck {
		out.Blocked = fmt.Sprintf("%s: %s", l.Blocked.Clause, l.Blocked.Reason)
	}
	for _, r := range l.Releases {
		out.Releases = append(out.Releases, Release{r.Matter.String(), r.Clause, r.Until, r.Cap, r.Counterparty, r.Why, r.Exact, r.CapUntil})
	}
	return out, true
}

// heldBy is the matter by which a party holds a lot, or could still free it: its own, also where several run side by side; nil
// where there is none of which it was told.
func heldBy(s *right.State, l *right.Lot, who party.ID) *right.Matter {
	for i := len(s.Matters) - 1; i >= 0; i-- {
		m := &s.Matters[i]
		if m.Lot == l.ID && m.Holder == who && !unannounced(m) && (m.Status.Pending() || l.Status == right.Stuck && l.Matter == m.ID) {
			return m
		}
	}
	return nil
}

func awardView(s *right.State, a *right.Award, who party.ID) Award {
	out := Award{Award: a.Award.String(), Lot: a.Lot.String(), Provider: a.Provider, Role: a.Role, Quantity: a.Quantity,
		Of: string(s.Need.Lines[s.Lot(a.Lot).Line].Reference()), Terms: a.Terms, Offer: a.Offer, Because: a.Because, Signed: a.Signed, Ended: a.Ended}
	if a.Matter != 0 {
		out.Matter = a.Matter.String()
	}
	if who == s.Need.Buyer {
		out.Landed = a.Landed
	} else if who != a.Provider {
		out.Offer = ""
		if holdsRight(s, who) {
			out.Provider, out.Terms = sealedParty, *sealPlace(&a.Terms)
		}
	}
	if n := a.NonPerforming; n != nil && !a.Ended {
		out.Missed = &Missed{n.Delivered, n.Reason, n.CureBy}
	}
	for _, p := range Consenting(s, a) {
		if !a.Ended && !a.Signed && !slices.Contains(a.Consents, p) {
			out.Consents = append(out.Consents, p)
		}
	}
	return out
}
