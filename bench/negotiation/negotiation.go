// Package negotiation plays whole negotiations for the benchmarks: the same commands for the pure engine and for the
// durable desk.
package negotiation

import (
	"fmt"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// Agreement gives northwind two rights: to be offered training capacity on the buyer's terms first, and to match what
// the buyer would accept for inference.
const Agreement = `agreement: bench
title: Bench
source: invented for benchmarks
grantor: acme
direction: buys
parties:
  - {id: acme, name: Acme, zone: UTC}
  - {id: northwind, name: Northwind, zone: UTC, clouds: [northwind]}
clauses:
  - id: first-offer
    kind: first_offer
    form: grantors_terms
    cite: section 1
    holder: northwind
    effective: 2026-01-01..2030-01-01
    scope: {classes: [training]}
    notice: {content: [quantity, accelerator, period, price], channel: desk, clock: sent}
    window: 72 hours
    silence: lapse
    partial: allowed
    match: {rule: same_or_better}
    counter: window_continues
    release_on: [declined, lapsed]
    tail: {length: 2160 hours, cap: noticed}
    reopen: [fell_through]
    survival: run_off
  - id: match
    kind: match
    cite: section 2
    holder: northwind
    effective: 2026-01-01..2030-01-01
    scope: {classes: [inference]}
    notice: {content: [quantity, accelerator, period, price], channel: desk, clock: sent}
    window: 72 hours
    silence: lapse
    partial: allowed
    match: {rule: identical_on_principal_terms, principal: [price, start, duration]}
    counter: window_continues
    release_on: [declined, lapsed]
    tail: {length: 2160 hours, cap: noticed}
    reopen: [fell_through]
    survival: run_off
`

// Providers may be asked for offers.
const Providers = `providers:
  - {id: northwind, name: Northwind, clouds: [northwind]}
  - {id: oracle, name: Oracle Cloud, clouds: [oci]}
  - {id: coreweave, name: CoreWeave, clouds: [coreweave]}
`

// Timed is a command and when it is given.
type Timed struct {
	At      calendar.Instant
	Command right.Command
}

// Start is the instant of the first command of every negotiation.
var Start = at("2026-03-01T12:00Z")

func at(s string) calendar.Instant {
	i, err := calendar.Parse(s)
	if err != nil {
		panic(err)
	}
	return i
}

// Law returns the law of the benchmarks.
func Law() (*right.Law, error) {
	a, err := agreement.Parse("bench.yaml", []byte(Agreement))
	if err != nil {
		return nil, err
	}
	ps, err := agreement.ParseProviders("providers.yaml", []byte(Providers))
	if err != nil {
		return nil, err
	}
	return &right.Law{Book: agreement.Book{Agreements: []*agreement.Agreement{a}, Providers: ps},
		Throughput: capacity.Throughput{Name: "bench", Milli: map[capacity.Accelerator]int64{"H100": 989_000}}}, nil
}

func need(id capacity.NeedID, class capacity.Class) capacity.Need {
	return capacity.Need{ID: id, Buyer: "acme", Class: class, Purpose: capacity.Research, Sourcing: capacity.Market, Tenure: capacity.New,
		OffersWindow: calendar.Length{N: 48, Unit: calendar.Hours},
		Lines: []capacity.Line{{Accelerators: []capacity.Accelerator{"H100"}, Quantity: 64, Least: 64,
			Period: calendar.Span{From: at("2026-06-01"), Until: at("2026-09-01")}}}}
}

func terms(nanos int64) offer.Terms {
	period := calendar.Span{From: at("2026-06-01"), Until: at("2026-09-01")}
	return offer.Terms{Price: []offer.Step{{From: period.From, Rate: money.Nanos(nanos, money.USD)}}, Accelerator: "H100", Quantity: 64, Least: 64,
		Cloud: "oci", Region: "us-chicago-1", Country: "US", Period: period}
}

// FirstOffer is offer, notice with a timer, answer: the need, the buyer's terms, the holder's exercise.
func FirstOffer(id capacity.NeedID) []Timed {
	noticed := terms(2_100_000_000)
	return []Timed{
		{Start, right.Command{By: "acme", Ask: right.Submit{Need: need(id, capacity.Training)}}},
		{Start, right.Command{By: "acme", Ask: right.Notice{Matter: 1, Terms: &noticed}}},
		{Start, right.Command{By: "northwind", Ask: right.Answer{Matter: 1, Kind: right.Exercise}}},
	}
}

// Match is a market with two offers, a choice, and the holder's matching answer on the last day.
func Match(id capacity.NeedID) []Timed {
	post := func(name offer.ID, by party.ID, nanos int64) right.Command {
		return right.Command{By: by, Ask: right.SubmitOffer{Offer: offer.Offer{ID: name, Provider: by, Need: id, ValidUntil: at("2026-05-01"),
			Terms: terms(nanos), Salt: fmt.Sprintf("%032x", nanos)}}}
	}
	return []Timed{
		{Start, right.Command{By: "acme", Ask: right.Submit{Need: need(id, capacity.Inference)}}},
		{Start + 1, post("o1", "oracle", 2_400_000_000)},
		{Start + 2, post("o2", "coreweave", 2_600_000_000)},
		{at("2026-03-03T12:00Z"), right.Command{By: "acme", Ask: right.Choose{Lot: 1}}},
		{at("2026-03-06T11:00Z"), right.Command{By: "northwind", Ask: right.Answer{Matter: 1, Kind: right.Exercise}}},
	}
}
