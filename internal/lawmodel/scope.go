package lawmodel

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

// Scope is a small world: what was signed, what leads up to a matter, and what anybody may then try.
type Scope struct {
	Name   string
	Law    *right.Law
	Prefix []Move
	// Triggers are the events that may be certified, each once, at any instant of the grid.
	Triggers []agreement.TriggerID
	// Without names commands that are left out of the alphabet, as the record writes them, where they only multiply states.
	Without []string
}

// Move is one command at an instant, or a fact that is certified then.
type Move struct {
	At      calendar.Instant
	Words   string
	Command right.Command
	Fact    *agreement.Fact // nil for a command
}

func (m Move) String() string {
	by := string(m.Command.By)
	if by == "" {
		by = "time"
	}
	return fmt.Sprintf("%s %s: %s", m.At, by, m.Words)
}

// law is the law that a move is decided under.
func (m *Move) law(n *node) *right.Law {
	if m.Fact == nil {
		return n.law
	}
	law := *n.law
	law.Book.Facts = append(slices.Clip(law.Book.Facts), *m.Fact)
	return &law
}

// The parties of every scope. North and south hold rights, east and west are rivals.
const (
	buyer = party.ID("acme")
	north = party.ID("north")
	south = party.ID("south")
	east  = party.ID("east")
	west  = party.ID("west")
)

// The world is as small as it can be: four accelerators for a quarter, asked for on a Monday.
const quantity = 4

var (
	begin  = instant("2026-03-02T12:00Z")
	period = calendar.Span{From: instant("2026-06-01"), Until: instant("2026-09-01")}
	firm   = instant("2029-01-01") // offers outlast every outage of the grid
)

func instant(s string) calendar.Instant {
	i, err := calendar.Parse(s)
	if err != nil {
		panic("bug: " + err.Error())
	}
	return i
}

// Prices, in nano-units of USD per accelerator-hour: what a rival asks, and what is too dear to match it.
const (
	fair = 2_100_000_000
	dear = 2_400_000_000
)

func terms(price int64, cloud capacity.Cloud) offer.Terms {
	return offer.Terms{Price: []offer.Step{{From: period.From, Rate: money.Nanos(price, money.USD)}}, Accelerator: "H100", Quantity: quantity,
		Cloud: cloud, Country: "US", Period: period}
}

// law is an agreement of the given clauses; each is held by north where it says nothing else.
func law(clauses ...agreement.Clause) *right.Law {
	a := &agreement.Agreement{ID: "small", Grantor: buyer, Direction: agreement.Buys, Parties: []agreement.Party{{ID: buyer},
		{ID: north, Clouds: []capacity.Cloud{"north"}}, {ID: south, Clouds: []capacity.Cloud{"south"}}},
		Triggers: []agreement.Trigger{{ID: "over", CertifiedBy: []party.ID{buyer}}, {ID: "default", CertifiedBy: []party.ID{buyer}}}}
	for i, c := range clauses {
		c.Ref = agreement.Ref{Agreement: a.ID, Clause: agreement.ClauseID(fmt.Sprintf("c%d", i+1)), Version: 1}
		c.Priority = i
		if c.Holder == "" && len(c.Holders) == 0 {
			c.Holder = north
		}
		a.Clauses = append(a.Clauses, c)
	}
	return &right.Law{
		Book: agreement.Book{Agreements: []*agreement.Agreement{a},
			Providers: []agreement.Provider{{ID: buyer}, {ID: north}, {ID: south}, {ID: east}, {ID: west}}},
		Throughput: capacity.Throughput{Name: "small", Milli: map[capacity.Accelerator]int64{"H100": 1000}}}
}

func hours(n int) calendar.Rule {
	return calendar.Rule{Length: calendar.Length{N: n, Unit: calendar.Hours}}
}

// process is a complete process on which the clauses of the scopes build: a window of 48 hours from sending, silence lapses,
// every end releases with a tail of 30 days.
func process() agreement.Process {
	return agreement.Process{
		Form:      agreement.Given(agreement.GrantorsTerms),
		Content:   agreement.Given([]agreement.Item{agreement.ItemQuantity}),
		Delivery:  agreement.Given(agreement.Delivery{Channel: agreement.Desk, Clock: agreement.OnSent}),
		Window:    agreement.Given(hours(48)),
		Silence:   agreement.Given(agreement.SilenceLapses),
		Partial:   agreement.Given(agreement.PartialAllowed),
		Match:     agreement.Given(agreement.MatchRule{Rule: agreement.SameOrBetter}),
		Counter:   agreement.Given(agreement.CounterContinues),
		ReleaseOn: agreement.Given(slices.Clone(agreement.Outcomes)),
		Tail:      agreement.Given(agreement.Tail{Length: hours(720), Cap: agreement.CapNone}),
		Reopen:    agreement.Given([]agreement.Reopen{agreement.OnFellThrough}),
		Response:  agreement.Given(hours(24)), ResponseSilence: agreement.Given(agreement.OnRejected),
		RateCard: agreement.Given([]agreement.CardRate{{Accelerator: "H100", Rate: money.Nanos(dear, money.USD)}}),
	}
}

// clause is a clause of a kind with the common process, changed where a scope needs it.
func clause(kind agreement.Kind, change func(*agreement.Clause)) agreement.Clause {
	c := agreement.Clause{Kind: kind, Survival: agreement.Given(agreement.RunOff), Process: process()}
	if change != nil {
		change(&c)
	}
	return c
}

// submit asks for the capacity.
func submit() Move {
	n := capacity.Need{ID: "n1", Buyer: buyer, Class: capacity.Training, Purpose: capacity.Research, Sourcing: capacity.Market, Tenure: capacity.New,
		OffersWindow: calendar.Length{N: 12, Unit: calendar.Hours},
		Lines:        []capacity.Line{{Accelerators: []capacity.Accelerator{"H100"}, Quantity: quantity, Least: 1, Divisible: true, Period: period}}}
	return Move{At: begin, Words: "submit", Command: right.Command{By: buyer, Ask: right.Submit{Need: n}}}
}

func tender(id offer.ID, by party.ID, price int64) right.Command {
	return right.Command{By: by, Ask: right.SubmitOffer{Offer: offer.Offer{ID: id, Provider: by, Need: "n1", Terms: terms(price, capacity.Cloud(by)), ValidUntil: firm}}}
}

// chosen leads up to a right after the choice: two rivals offer, the round closes, the cheaper one is chosen.
func chosen() []Move {
	closes := begin + calendar.Instant(12*calendar.Hour)
	return []Move{submit(),
		{At: begin + 1, Words: "offer o1", Command: tender("o1", east, fair)},
		{At: begin + 2, Words: "offer o2", Command: tender("o2", west, fair+100_000_000)},
		{At: closes, Words: "choose l1", Command: right.Command{By: buyer, Ask: right.Choose{Lot: 1}}}}
}

// awarded leads up to an award to a rival, by a waiver of the right to match.
func awarded() []Move {
	out := chosen()
	last := out[len(out)-1].At
	return append(out, Move{At: last + 1, Words: "waive m1", Command: right.Command{By: north, Ask: right.Answer{Matter: 1, Kind: right.Waive}}})
}
