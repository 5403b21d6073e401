package offer

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/party"
)

// ID names an offer within a need.
type ID string

// Step is a price from an instant on: per accelerator-hour.
type Step struct {
	From calendar.Instant `json:"from"`
	Rate money.Rate       `json:"rate"`
}

// Terms is the vector of what is offered. Every dimension has a direction as seen from the provider that would be
// bound; [Compare] knows it.
type Terms struct {
	Price        []Step                `json:"price"` // by period; one step is a fixed price
	Accelerator  capacity.Accelerator  `json:"accelerator"`
	Quantity     int64                 `json:"quantity"`        // accelerators
	Least        int64                 `json:"least,omitempty"` // fewest that the provider sells; Quantity for all or none
	Cloud        capacity.Cloud        `json:"cloud,omitempty"`
	Region       capacity.Region       `json:"region,omitempty"`
	Country      capacity.Country      `json:"country,omitempty"`
	Period       calendar.Span         `json:"period"`
	Interconnect capacity.Interconnect `json:"interconnect,omitempty"`
	ServiceLevel capacity.Percent      `json:"service_level,omitempty"`    // monthly availability promised
	TakeOrPay    capacity.Percent      `json:"take_or_pay,omitempty"`      // share paid for whether used or not
	Prepayment   capacity.Percent      `json:"prepayment,omitempty"`       // share paid before the start
	Termination  int                   `json:"termination_days,omitempty"` // notice with which the buyer may leave; 0 for never
	PowerWatts   int64                 `json:"power_watts,omitempty"`      // nameplate per accelerator
	CarbonGrams  int64                 `json:"carbon_g_per_kwh,omitempty"`
	NonCash      []string              `json:"non_cash,omitempty"` // equity, licences, exclusivity: never comparable by number
	// NonCashValue is what NonCash is stated to be worth over the whole term; in terms without NonCash, the cash paid in its place.
	NonCashValue money.Amount `json:"non_cash_value,omitzero"`
	// FindersFee is the part of the price of the whole term that goes to whoever brought the parties together, and not to the
	// provider; it is not paid on top of Price.
	FindersFee money.Amount `json:"finders_fee,omitzero"`
}

// Offer is firm: it binds its provider until ValidUntil, never changes, and is known by the hash of its content.
type Offer struct {
	ID         ID               `json:"id"`
	Provider   party.ID         `json:"provider"`
	Need       capacity.NeedID  `json:"need"`
	Line       int              `json:"line"`
	Terms      Terms            `json:"terms"`
	ValidUntil calendar.Instant `json:"valid_until"`
	Security   []string         `json:"security,omitempty"` // baselines promised for this offer
	Salt       string           `json:"salt"`               // keeps a low-entropy price from being found by trying
	// Package joins this offer to the provider's others of the same need and package: all or nothing together. Empty for none.
	Package string `json:"package,omitempty"`
}

// Hash is the SHA-256, in hex, of the offer's canonical bytes: every field in the order of the types, a text as the
// uvarint of its length and its bytes, a number as a varint (instants in microseconds, prices in nano-units), a list
// as the uvarint of its length and its items. The package, the value of the non-cash items and the finder's fee (each
// amount a varint of micro-units and its currency; 0 and no currency for none) follow the salt where one of them is set; an
// offer without them ends there, as it did before they were known, and keeps its hash.
func (o *Offer) Hash() string {
	var room [384]byte
	c := canonical(room[:0])
	c = c.text(string(o.ID))
	c = c.text(string(o.Provider))
	c = c.text(string(o.Need))
	c = c.number(int64(o.Line))
	c = o.Terms.canonical(c)
	c = c.number(int64(o.ValidUntil))
	c = c.texts(o.Security)
	c = c.text(o.Salt)
	if o.Package != "" || !o.Terms.NonCashValue.IsZero() || !o.Terms.FindersFee.IsZero() {
		c = c.text(o.Package)
		c = c.amount(o.Terms.NonCashValue)
		c = c.amount(o.Terms.FindersFee)
	}
	sum := sha256.Sum256(c)
	var digits [2 * sha256.Size]byte
	return string(hex.AppendEncode(digits[:0], sum[:]))
}

func (t *Terms) canonical(c canonical) canonical {
	c = c.length(len(t.Price))
	for _, s := range t.Price {
		c = c.number(int64(s.From))
		c = c.number(s.Rate.Nanos())
		c = c.text(string(s.Rate.Currency()))
	}
	c = c.text(string(t.Accelerator))
	c = c.number(t.Quantity)
	c = c.number(t.Least)
	c = c.text(string(t.Cloud))
	c = c.text(string(t.Region))
	c = c.text(string(t.Country))
	c = c.number(int64(t.Period.From))
	c = c.number(int64(t.Period.Until))
	c = c.text(string(t.Interconnect))
	c = c.number(int64(t.ServiceLevel))
	c = c.number(int64(t.TakeOrPay))
	c = c.number(int64(t.Prepayment))
	c = c.number(int64(t.Termination))
	c = c.number(t.PowerWatts)
	c = c.number(t.CarbonGrams)
	return c.texts(t.NonCash)
}

// canonical builds the bytes that are hashed. Lengths stand before what they measure, so that no two offers share them.
type canonical []byte

func (c canonical) length(n int) canonical       { return binary.AppendUvarint(c, uint64(n)) }
func (c canonical) number(value int64) canonical { return binary.AppendVarint(c, value) }

func (c canonical) text(value string) canonical { return append(c.length(len(value)), value...) }

func (c canonical) texts(values []string) canonical {
	c = c.length(len(values))
	for _, v := range values {
		c = c.text(v)
	}
	return c
}

func (c canonical) amount(a money.Amount) canonical {
	if a.IsZero() {
		a = money.Amount{} // nothing has no currency, in the record as in the hash
	}
	return c.number(a.Micros()).text(string(a.Currency()))
}

// Part returns the terms for n of their accelerators, all of them: what is stated for the whole (the value of non-cash items, a
// finder's fee) is cut down with the quantity, to the micro-unit below. Terms without a quantity keep what they state.
func (t *Terms) Part(n int64) Terms {
	out := *t
	out.Quantity, out.Least = n, 0
	if t.Quantity <= 0 || n >= t.Quantity {
		return out
	}
	for _, a := range []*money.Amount{&out.NonCashValue, &out.FindersFee} {
		if part, err := a.Scale(n, t.Quantity, money.Down); err == nil && !a.IsZero() {
			*a = part
		}
	}
	return out
}

// Rate returns the price per accelerator-hour in force at an instant; the first step's before it begins.
func (t *Terms) Rate(at calendar.Instant) money.Rate {
	var r money.Rate
	for i, s := range t.Price {
		if i > 0 && s.From > at {
			break
		}
		r = s.Rate
	}
	return r
}

// Cost returns what n accelerators cost on these terms over a period, each step rounded up to a micro-unit.
func (t *Terms) Cost(n int64, over calendar.Span) (money.Amount, error) {
	var total money.Amount
	for i, s := range t.Price {
		from, until := over.From, over.Until
		if i > 0 {
			from = max(from, s.From)
		}
		if i+1 < len(t.Price) {
			until = min(until, t.Price[i+1].From)
		}
		if until <= from {
			continue
		}
		seconds := (calendar.Span{From: from, Until: until}).Seconds()
		if n < 0 || n > capacity.MaxQuantity {
			return money.Amount{}, fmt.Errorf("%d accelerators: a quantity is 0 to %d", n, int64(capacity.MaxQuantity))
		}
		part, err := s.Rate.Times(seconds*n, 3600, money.Up)
		if err != nil {
			return money.Amount{}, err
		}
		if total, err = total.Add(part); err != nil {
			return money.Amount{}, err
		}
	}
	return total, nil
}
