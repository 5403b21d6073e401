package award

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"firstlook/agreement"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
)

// Code is the reason, in one word, why an offer cannot be taken.
type Code string

const (
	CodeBarred            Code = "barred-by-clause"   // a clause in force keeps this provider out
	CodeExpired           Code = "expired"            // its validity is over
	CodeAccelerator       Code = "accelerator"        // not one that the line accepts
	CodeThroughputUnknown Code = "throughput-unknown" // the table cannot compare it with the reference
	CodeRegion            Code = "region"             // not one that the line accepts, or none named
	CodeResidency         Code = "residency"          // not a country that the line accepts, or none named
	CodePeriod            Code = "period"             // starts after the line or ends before it
	CodeInterconnect      Code = "interconnect"       // weaker than needed
	CodeServiceLevel      Code = "service-level"      // lower than needed
	CodeSecurity          Code = "security"           // a baseline is not met
	CodeQuantity          Code = "quantity"           // too few, or sold only in more than is needed
	CodePower             Code = "power"              // draws more than the limit, or does not say
	CodeCarbon            Code = "carbon"             // emits more than the limit, or does not say
	CodePrice             Code = "price"              // no price, a negative one, or another currency
	CodeEgressUnknown     Code = "egress-unknown"     // moving the data there cannot be priced
	CodeOverflow          Code = "overflow"           // the cost leaves the range of an amount
	CodeBudget            Code = "budget"             // its least landed cost is above what is left
	CodeReserve           Code = "reserve"            // a bid that pays less than the seller's reserve
)

// Codes lists the reasons in the order in which they are examined; an exclusion carries the first that applies.
var Codes = []Code{CodeBarred, CodeExpired, CodeAccelerator, CodeThroughputUnknown, CodeRegion, CodeResidency, CodePeriod,
	CodeInterconnect, CodeServiceLevel, CodeSecurity, CodeQuantity, CodePower, CodeCarbon, CodePrice, CodeEgressUnknown,
	CodeOverflow, CodeBudget, CodeReserve}

// Bar is the engine's finding that a clause keeps an offer out.
type Bar struct {
	Clause agreement.Ref `json:"clause"`
	Reason string        `json:"reason"` // a sentence
}

// Exclusion says why an offer was not considered.
type Exclusion struct {
	Offer    offer.ID      `json:"offer"`
	Provider party.ID      `json:"provider"`
	Code     Code          `json:"code"`
	Clause   agreement.Ref `json:"clause,omitzero"` // of a barred offer
	Reason   string        `json:"reason"`          // a sentence with the requirement and the value that fails it
}

const (
	maxMilli = 100_000_000       // thousandths of a unit of throughput; keeps products of the search in range
	maxKW    = 1_000_000_000_000 // kilowatts that a power limit can mean
)

// checks examine one offer, in the order of Codes. Each returns a sentence when the offer fails and fills in what the
// later ones need.
var checks = []struct {
	code  Code
	fails func(c *chooser, s *source) string
}{
	{CodeBarred, (*chooser).barred},
	{CodeExpired, (*chooser).expired},
	{CodeAccelerator, (*chooser).wrongAccelerator},
	{CodeThroughputUnknown, (*chooser).unknownThroughput},
	{CodeRegion, (*chooser).wrongRegion},
	{CodeResidency, (*chooser).wrongCountry},
	{CodePeriod, (*chooser).wrongPeriod},
	{CodeInterconnect, (*chooser).weakInterconnect},
	{CodeServiceLevel, (*chooser).lowServiceLevel},
	{CodeSecurity, (*chooser).insecure},
	{CodeQuantity, (*chooser).wrongQuantity},
	{CodePower, (*chooser).overPower},
	{CodeCarbon, (*chooser).overCarbon},
	{CodePrice, (*chooser).unpriced},
	{CodeEgressUnknown, (*chooser).unmovable},
	{CodeOverflow, (*chooser).overflows},
	{CodeBudget, (*chooser).overBudget},
	{CodeReserve, (*chooser).belowReserve},
}

// examine prepares an offer for the choice, or says why it is excluded.
func (c *chooser) examine(o *offer.Offer) (source, *Exclusion) {
	s := source{offer: o}
	for _, check := range checks {
		if reason := check.fails(c, &s); reason != "" {
			return s, &Exclusion{Offer: o.ID, Provider: o.Provider, Code: check.code, Clause: c.problem.Barred[o.ID].Clause, Reason: reason}
		}
	}
	return s, nil
}

func (c *chooser) barred(s *source) string {
	bar, found := c.problem.Barred[s.offer.ID]
	switch {
	case !found:
		return ""
	case bar.Reason == "":
		return fmt.Sprintf("clause %s of %s bars it", bar.Clause.Clause, bar.Clause.Agreement)
	}
	return bar.Reason
}

func (c *chooser) expired(s *source) string {
	until := s.offer.ValidUntil
	switch {
	case !until.IsSet():
		return "it does not say until when it binds its provider"
	case until <= c.problem.Now:
		return fmt.Sprintf("it was valid until %s; the choice is made at %s", until, c.problem.Now)
	}
	return ""
}

func (c *chooser) wrongAccelerator(s *source) string {
	if !slices.Contains(c.line.Accelerators, s.offer.Terms.Accelerator) {
		return fmt.Sprintf("it offers %s; the line accepts %s", s.offer.Terms.Accelerator, words(c.line.Accelerators))
	}
	return ""
}

func (c *chooser) unknownThroughput(s *source) string {
	kind, table := s.offer.Terms.Accelerator, c.problem.Throughput
	s.num = c.den
	if kind != c.reference {
		s.num = table.Milli[kind]
		if s.num <= 0 || table.Milli[c.reference] <= 0 {
			return fmt.Sprintf("table %q does not compare %s with %s", table.Name, kind, c.reference)
		}
	}
	if s.num > maxMilli || c.den > maxMilli {
		return fmt.Sprintf("table %q has a figure for %s or %s above %d", table.Name, kind, c.reference, maxMilli)
	}
	return ""
}

func (c *chooser) wrongRegion(s *source) string {
	region := s.offer.Terms.Region
	switch {
	case len(c.line.Regions) == 0 || slices.Contains(c.line.Regions, region):
		return ""
	case region == "":
		return fmt.Sprintf("it names no region; the line accepts %s", words(c.line.Regions))
	}
	return fmt.Sprintf("it is in region %s; the line accepts %s", region, words(c.line.Regions))
}

func (c *chooser) wrongCountry(s *source) string {
	country := s.offer.Terms.Country
	switch {
	case len(c.line.Residency) == 0 || slices.Contains(c.line.Residency, country):
		return ""
	case country == "":
		return fmt.Sprintf("it names no country; the line must stay in %s", words(c.line.Residency))
	}
	return fmt.Sprintf("it is in %s; the line must stay in %s", country, words(c.line.Residency))
}

func (c *chooser) wrongPeriod(s *source) string {
	has, want := s.offer.Terms.Period, c.line.Period
	switch {
	case has.From > want.From:
		return fmt.Sprintf("it starts on %s; the line starts on %s", has.From, want.From)
	case has.Until.IsSet() && has.Until < want.Until:
		return fmt.Sprintf("it ends on %s; the line ends on %s", has.Until, want.Until)
	}
	return ""
}

func (c *chooser) weakInterconnect(s *source) string {
	has, want := s.offer.Terms.Interconnect, c.problem.Need.Interconnect
	switch {
	case c.problem.Sells && !want.Serves(has):
		return fmt.Sprintf("it asks for %s; what is for sale has %s", has, orNone(want))
	case c.problem.Sells, has.Serves(want):
		return ""
	case has == "":
		return fmt.Sprintf("it names no interconnect; the need asks for %s", want)
	}
	return fmt.Sprintf("its interconnect is %s; the need asks for %s", has, want)
}

func (c *chooser) lowServiceLevel(s *source) string {
	has, want := s.offer.Terms.ServiceLevel, c.problem.Need.ServiceLevel
	switch {
	case c.problem.Sells && has > want:
		return fmt.Sprintf("it asks for %s a month; what is for sale has %s", has, want)
	case c.problem.Sells, has >= want:
		return ""
	case has == 0:
		return fmt.Sprintf("it promises no service level; the need asks for %s a month", want)
	}
	return fmt.Sprintf("it promises %s a month; the need asks for %s", has, want)
}

func (c *chooser) insecure(s *source) string {
	var missing []string
	for _, want := range c.problem.Need.Security {
		if !slices.Contains(s.offer.Security, want) && !c.meetsBaseline(s.offer.Provider, want) {
			missing = append(missing, want)
		}
	}
	if len(missing) == 0 {
		return ""
	}
	return fmt.Sprintf("neither it nor its provider meets %s", strings.Join(missing, ", "))
}

// meetsBaseline reports whether a provider is known to meet a security baseline.
func (c *chooser) meetsBaseline(id party.ID, baseline string) bool {
	if c.meets == nil {
		c.meets = make(map[party.ID][]string, len(c.problem.Providers))
		for _, p := range c.problem.Providers {
			c.meets[p.ID] = p.Security
		}
	}
	return slices.Contains(c.meets[id], baseline)
}

func (c *chooser) wrongQuantity(s *source) string {
	t := &s.offer.Terms
	if t.Quantity <= 0 || t.Quantity > capacity.MaxQuantity {
		return fmt.Sprintf("it offers %d accelerators", t.Quantity)
	}
	needed := c.required(s, c.quantity)
	if c.problem.Sells { // no more than there is
		needed = c.quantity * c.den / s.num
	}
	s.most = min(t.Quantity, needed)
	s.least = max(1, t.Least, c.required(s, c.least))
	supply := c.equivalent(s, t.Quantity)
	switch {
	case supply < c.least && c.line.Divisible:
		return fmt.Sprintf("it offers %s, worth %s; one source must supply at least %s", c.count(t.Quantity, t.Accelerator),
			c.count(supply, c.reference), c.count(c.least, c.reference))
	case supply < c.least:
		return fmt.Sprintf("it offers %s, worth %s; the line needs all %s from one source", c.count(t.Quantity, t.Accelerator),
			c.count(supply, c.reference), c.count(c.least, c.reference))
	case s.least > s.most && c.problem.Sells:
		return fmt.Sprintf("it buys at least %s; %s are for sale", c.count(max(t.Least, s.least), t.Accelerator), thousands(needed))
	case s.least > s.most:
		return fmt.Sprintf("it sells at least %s; %s are needed", c.count(t.Least, t.Accelerator), thousands(needed))
	}
	return ""
}

func (c *chooser) overPower(s *source) string {
	each, limit := s.offer.Terms.PowerWatts, c.problem.Need.PowerKW
	if limit == 0 {
		return ""
	}
	if each <= 0 {
		return fmt.Sprintf("it states no nameplate power; the need is limited to %s kW", thousands(limit))
	}
	n := c.required(s, c.quantity)
	if hi, lo := bits.Mul64(uint64(n), uint64(each)); hi > 0 || lo > uint64(c.watts) {
		return fmt.Sprintf("%s at %s W each exceed the %s kW that are left of %s kW", c.count(n, s.offer.Terms.Accelerator),
			thousands(each), thousands(c.watts/1000), thousands(limit))
	}
	s.watts = each
	return ""
}

func (c *chooser) overCarbon(s *source) string {
	has, limit := s.offer.Terms.CarbonGrams, c.problem.Need.CarbonGrams
	switch {
	case limit == 0 || has > 0 && has <= limit:
		return ""
	case has <= 0:
		return fmt.Sprintf("it states no carbon intensity; the need is limited to %d g/kWh", limit)
	}
	return fmt.Sprintf("its power emits %d g/kWh; the need is limited to %d g/kWh", has, limit)
}

func (c *chooser) unpriced(s *source) string {
	if len(s.offer.Terms.Price) == 0 {
		return "it states no price"
	}
	for _, step := range s.offer.Terms.Price {
		if step.Rate.Nanos() < 0 {
			return fmt.Sprintf("its price from %s is negative", step.From)
		}
		if has := step.Rate.Currency(); has != c.currency {
			return fmt.Sprintf("its price is in %q; the comparison is made in %s", has, c.currency)
		}
	}
	return ""
}

func (c *chooser) unmovable(s *source) string {
	s.place = c.placeOf(&s.offer.Terms)
	if p := &c.places[s.place]; p.code == CodeEgressUnknown {
		return p.fault
	}
	return ""
}

func (c *chooser) overflows(s *source) string {
	p := &c.places[s.place]
	if p.code == CodeOverflow {
		return p.fault
	}
	least, err := s.offer.Terms.Cost(s.least, c.line.Period)
	if err != nil {
		return fmt.Sprintf("its price over the period is out of range: %v", err)
	}
	most, err := s.offer.Terms.Cost(s.most, c.line.Period)
	if err != nil {
		return fmt.Sprintf("its price over the period is out of range: %v", err)
	}
	total, err := most.Add(p.moving)
	if err != nil {
		return fmt.Sprintf("its landed cost is out of range: %v", err)
	}
	s.priceLeast, s.priceMost, s.moving, s.total = least.Micros(), most.Micros(), p.moving.Micros(), total.Micros()
	covered := min(c.quantity, c.equivalent(s, s.most))
	round := money.Up
	if c.problem.Sells {
		round = money.Down
	}
	if s.perHour, err = total.Per(covered*c.line.Period.Seconds(), 3600, round); err != nil {
		return fmt.Sprintf("its landed cost per hour is out of range: %v", err)
	}
	return ""
}

func (c *chooser) overBudget(s *source) string {
	cost := plus(s.priceLeast, s.moving)
	if cost <= c.budget {
		return ""
	}
	return fmt.Sprintf("%s would cost %s; %s is left of the budget of %s", c.count(s.least, s.offer.Terms.Accelerator),
		grouped(c.amount(cost)), grouped(c.amount(c.budget)), grouped(c.problem.Need.Budget))
}

// orNone writes what an interconnect is called; a need that names none promises none.
func orNone(i capacity.Interconnect) string {
	if i == capacity.AnyInterconnect {
		return "none named"
	}
	return string(i)
}

// count writes "4,096 H100".
func (c *chooser) count(n int64, kind capacity.Accelerator) string {
	return thousands(n) + " " + string(kind)
}

// amount returns micro-units in the currency of the comparison.
func (c *chooser) amount(micros int64) money.Amount { return money.Micros(micros, c.currency) }

func words[T ~string](list []T) string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = string(w)
	}
	return strings.Join(out, ", ")
}
