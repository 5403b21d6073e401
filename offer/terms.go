package offer

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"

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
}

// Hash is the SHA-256, in hex, of the offer's canonical text: one line "name value" per field in the order of the
// types, lists one line per item, texts with their length before them, instants as microseconds since 1970, prices in nano-units. An empty field has no line.
func (o *Offer) Hash() string {
	var room [640]byte
	c := canonical{b: room[:0]}
	c.text("offer", string(o.ID))
	c.text("provider", string(o.Provider))
	c.text("need", string(o.Need))
	c.number("line", int64(o.Line))
	o.Terms.canonical(&c)
	c.number("valid_until", int64(o.ValidUntil))
	for _, s := range o.Security {
		c.text("security", s)
	}
	c.text("salt", o.Salt)
	sum := sha256.Sum256(c.b)
	var digits [2 * sha256.Size]byte
	return string(hex.AppendEncode(digits[:0], sum[:]))
}

func (t *Terms) canonical(c *canonical) {
	for _, s := range t.Price {
		c.number("from", int64(s.From))
		c.number("nanos", s.Rate.Nanos())
		c.text("currency", string(s.Rate.Currency()))
	}
	c.text("accelerator", string(t.Accelerator))
	c.number("quantity", t.Quantity)
	c.number("least", t.Least)
	c.text("cloud", string(t.Cloud))
	c.text("region", string(t.Region))
	c.text("country", string(t.Country))
	c.number("start", int64(t.Period.From))
	c.number("end", int64(t.Period.Until))
	c.text("interconnect", string(t.Interconnect))
	c.number("service_level", int64(t.ServiceLevel))
	c.number("take_or_pay", int64(t.TakeOrPay))
	c.number("prepayment", int64(t.Prepayment))
	c.number("termination_days", int64(t.Termination))
	c.number("power_watts", t.PowerWatts)
	c.number("carbon_g_per_kwh", t.CarbonGrams)
	for _, item := range t.NonCash {
		c.text("non_cash", item)
	}
}

// canonical builds the text that is hashed. A value is written with its length, so that no value can pass for two.
type canonical struct{ b []byte }

func (c *canonical) text(name, value string) {
	if value == "" {
		return
	}
	c.b = append(append(c.b, name...), ' ')
	c.b = append(strconv.AppendInt(c.b, int64(len(value)), 10), ':')
	c.b = append(append(c.b, value...), '\n')
}

func (c *canonical) number(name string, value int64) {
	if value == 0 {
		return
	}
	c.b = append(append(c.b, name...), ' ')
	c.b = append(strconv.AppendInt(c.b, value, 10), '\n')
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
