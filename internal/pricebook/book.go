package pricebook

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/offer"
)

// Kind is how a machine is sold.
type Kind string

const (
	OnDemand Kind = "on_demand"
	Spot     Kind = "spot"     // may be taken away
	Reserved Kind = "reserved" // against a commitment
)

// Kinds lists them.
var Kinds = []Kind{OnDemand, Spot, Reserved}

// AsOf is the date of a price as exactly as its source gives it: 2026, 2026-05 or 2026-05-24.
type AsOf string

// Check reports why the date is none.
func (a AsOf) Check() error {
	for _, layout := range []string{"2006", "2006-01", "2006-01-02"} {
		if t, err := time.Parse(layout, string(a)); err == nil {
			if t.Year() < 1990 || t.Year() >= 2200 {
				return fmt.Errorf("%q lies outside the years 1990 to 2199", string(a))
			}
			return nil
		}
	}
	return fmt.Errorf("%q is not a date such as 2026-05-24, 2026-05 or 2026", string(a))
}

// Row is one printed price.
type Row struct {
	Cloud        capacity.Cloud        `json:"cloud"`
	Region       capacity.Region       `json:"region,omitempty"`  // every region when empty
	Country      capacity.Country      `json:"country,omitempty"` // where the region lies, if it is known
	Instance     string                `json:"instance,omitempty"`
	Accelerator  capacity.Accelerator  `json:"accelerator"`
	Model        string                `json:"model"`          // as the source prints it
	Count        int64                 `json:"count"`          // accelerators that the price buys
	Price        money.Rate            `json:"price"`          // for all of them, per hour
	Kind         Kind                  `json:"kind"`           //
	Tier         string                `json:"tier,omitempty"` // the seller's own word, such as community
	Form         string                `json:"form,omitempty"` // how the accelerators of one machine are joined: SXM, PCIe
	Interconnect capacity.Interconnect `json:"interconnect,omitempty"`
	AsOf         AsOf                  `json:"as_of"`
	Source       string                `json:"source"`
}

// Book is a named list of prices, sorted and without duplicates.
type Book struct {
	Name string `json:"name"`
	Rows []Row  `json:"rows"`
}

// PerHour returns the price of one accelerator-hour, rounded up to a nano-unit.
func (r *Row) PerHour() (money.Rate, error) { return r.Price.Scale(1, r.Count, money.Up) }

// Machines returns how many machines hold a quantity of accelerators.
func (r *Row) Machines(quantity int64) int64 { return (quantity + r.Count - 1) / r.Count }

// Terms returns the terms of an offer at the list price: at least quantity accelerators, in whole machines, over a period. The
// price of an accelerator-hour is rounded up to a nano-unit. The terms leave open what no catalog prints, such as a
// service level.
func (r *Row) Terms(quantity int64, period calendar.Span) (offer.Terms, error) {
	if quantity <= 0 || quantity > capacity.MaxQuantity-r.Count {
		return offer.Terms{}, fmt.Errorf("%d accelerators: use 1 to %d", quantity, capacity.MaxQuantity-r.Count)
	}
	rate, err := r.PerHour()
	if err != nil {
		return offer.Terms{}, err
	}
	return offer.Terms{
		Price:        []offer.Step{{From: period.From, Rate: rate}},
		Accelerator:  r.Accelerator,
		Quantity:     r.Machines(quantity) * r.Count,
		Least:        r.Count,
		Cloud:        r.Cloud,
		Region:       r.Region,
		Country:      r.Country,
		Period:       period,
		Interconnect: r.Interconnect,
	}, nil
}

// check reports the first thing that no row may have; what an importer built passes.
func (r *Row) check() (column string, err error) {
	switch {
	case r.Cloud == "":
		return "cloud", fmt.Errorf("is empty; name the cloud that prints the price")
	case r.Accelerator == "":
		return "accelerator", fmt.Errorf("is empty; name the model, such as H100")
	case r.Count < 1 || r.Count > 1_000_000:
		return "count", fmt.Errorf("%d accelerators; use 1 to 1000000", r.Count)
	case r.Price.Nanos() <= 0:
		return "price", fmt.Errorf("%s is not a price; it must be above zero", r.Price)
	case !slices.Contains(Kinds, r.Kind):
		return "kind", fmt.Errorf("%q is unknown; use on_demand, spot or reserved", r.Kind)
	case r.Interconnect != "" && !slices.Contains(capacity.Interconnects, r.Interconnect):
		return "interconnect", fmt.Errorf("%q is unknown; use ethernet, roce, infiniband or leave it empty", r.Interconnect)
	case r.Source == "":
		return "source", fmt.Errorf("is empty; say where the price was read")
	}
	return "as_of", r.AsOf.Check()
}

// sorted returns the rows in the order of books, each once, and how many were dropped as duplicates.
func sorted(rows []Row) ([]Row, int) {
	slices.SortFunc(rows, compareRows)
	before := len(rows)
	rows = slices.Compact(rows)
	return rows, before - len(rows)
}

func compareRows(a, b Row) int {
	return cmp.Or(
		strings.Compare(string(a.Cloud), string(b.Cloud)),
		strings.Compare(string(a.Region), string(b.Region)),
		strings.Compare(string(a.Accelerator), string(b.Accelerator)),
		strings.Compare(a.Instance, b.Instance),
		cmp.Compare(a.Count, b.Count),
		cmp.Compare(slices.Index(Kinds, a.Kind), slices.Index(Kinds, b.Kind)),
		cmp.Compare(a.Price.Nanos(), b.Price.Nanos()),
		strings.Compare(string(a.Price.Currency()), string(b.Price.Currency())),
		strings.Compare(string(a.Country), string(b.Country)),
		strings.Compare(a.Model, b.Model),
		strings.Compare(a.Tier, b.Tier),
		strings.Compare(a.Form, b.Form),
		strings.Compare(string(a.Interconnect), string(b.Interconnect)),
		strings.Compare(string(a.AsOf), string(b.AsOf)),
		strings.Compare(a.Source, b.Source))
}
