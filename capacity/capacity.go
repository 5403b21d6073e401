// Package capacity says what is needed and what is bought: accelerators of a kind, how many, where, when, for what.
//
// A [Need] is what a planner asks for; where it Sells, what a grantor that is a seller has to place. It has one or more [Line]s; a right engages, an offer answers and an award
// covers one line at a time. Quantities of a line are counted in its reference accelerator, the first that it
// lists; other accelerators count by a named, replaceable [Throughput] table, rounded down, so that what is bought is
// never less than what is needed.
//
// Words are closed sets where an agreement's scope reads them ([Class], [Purpose], [Sourcing], [Tenure], [Customer]), so
// that two scopes can be intersected before anything runs. Accelerators, regions and clouds are open words.
package capacity

import (
	"fmt"
	"math/bits"
	"slices"

	"firstlook/calendar"
	"firstlook/money"
	"firstlook/party"
)

// NeedID names a need within one buyer's record.
type NeedID string

// Accelerator is a model of accelerator by its short market name, such as H100 or MI300X.
type Accelerator string

// Region is a provider's name of a region, such as eastus or us-east-1.
type Region string

// Country is an ISO 3166-1 alpha-2 code, such as US.
type Country string

// Cloud is the short name of a cloud, such as azure or aws.
type Cloud string

// Class is the workload class.
type Class string

const (
	Training   Class = "training"
	FineTuning Class = "fine_tuning"
	Inference  Class = "inference"
	API        Class = "api" // serving an interface to third parties
	Batch      Class = "batch"
	Storage    Class = "storage"
)

// Classes lists the workload classes.
var Classes = []Class{Training, FineTuning, Inference, API, Batch, Storage}

// Purpose is what the capacity is for, in the words of carve-outs.
type Purpose string

const (
	Research         Purpose = "research"
	ProductTraining  Purpose = "product_training"
	Product          Purpose = "product"
	Internal         Purpose = "internal"
	NationalSecurity Purpose = "national_security"
	Evaluation       Purpose = "evaluation"
)

// Purposes lists the purposes.
var Purposes = []Purpose{Research, ProductTraining, Product, Internal, NationalSecurity, Evaluation}

// Sourcing is how the capacity comes to be.
type Sourcing string

const (
	Market   Sourcing = "market"    // bought or rented from a provider
	OwnBuild Sourcing = "own_build" // built by or for the buyer itself
)

// Sourcings lists the ways of sourcing.
var Sourcings = []Sourcing{Market, OwnBuild}

// Tenure tells new capacity from a renewal of what the buyer already has.
type Tenure string

const (
	New      Tenure = "new"
	Existing Tenure = "existing"
)

// Tenures lists the tenures.
var Tenures = []Tenure{New, Existing}

// Customer is the class of customer that the workload serves; empty where it serves none or all.
type Customer string

const (
	Consumer   Customer = "consumer"
	Enterprise Customer = "enterprise"
	Government Customer = "government"
	ThirdParty Customer = "third_party" // products built together with third parties
)

// Customers lists the customer classes.
var Customers = []Customer{Consumer, Enterprise, Government, ThirdParty}

// Interconnect is how accelerators of one job are joined, weakest first.
type Interconnect string

const (
	AnyInterconnect Interconnect = ""
	Ethernet        Interconnect = "ethernet"
	RoCE            Interconnect = "roce"
	InfiniBand      Interconnect = "infiniband"
)

// Interconnects lists them, weakest first: a stronger one serves where a weaker one is asked for.
var Interconnects = []Interconnect{Ethernet, RoCE, InfiniBand}

// Serves reports whether an offer of i meets a requirement of want.
func (i Interconnect) Serves(want Interconnect) bool {
	return want == "" || slices.Index(Interconnects, i) >= slices.Index(Interconnects, want)
}

// Percent is a share in thousandths of a percent: 99.9 % is 99_900.
type Percent int64

// ParsePercent reads "99.9".
func ParsePercent(s string) (Percent, error) {
	n, err := money.ParseDecimal(s, 3)
	if err == nil && (n < 0 || n > 100_000) {
		err = fmt.Errorf("%q is not a percentage from 0 to 100", s)
	}
	return Percent(n), err
}

// String writes 99.9%.
func (p Percent) String() string {
	s := fmt.Sprintf("%d.%03d", int64(p)/1000, int64(p)%1000)
	for s[len(s)-1] == '0' {
		s = s[:len(s)-1]
	}
	if s[len(s)-1] == '.' {
		s = s[:len(s)-1]
	}
	return s + "%"
}

// DataSet is data that the workload reads, with the place where it lies today.
type DataSet struct {
	Name   string `json:"name"`
	Cloud  Cloud  `json:"cloud"`
	Region Region `json:"region,omitempty"`
	GB     int64  `json:"gb"` // 10^9 bytes
}

// Line is one quantity of one kind of capacity over one period.
type Line struct {
	// Accelerators that will do; the first is the reference in which Quantity and Least count.
	Accelerators []Accelerator `json:"accelerators"`
	Quantity     int64         `json:"quantity"`
	// Least is the smallest quantity that one source may supply; the whole Quantity when not Divisible.
	Least     int64         `json:"least"`
	Divisible bool          `json:"divisible,omitempty"`
	Regions   []Region      `json:"regions,omitempty"`   // any when empty
	Residency []Country     `json:"residency,omitempty"` // any when empty
	Period    calendar.Span `json:"period"`
}

// Reference is the accelerator in which the line counts.
func (l Line) Reference() Accelerator { return l.Accelerators[0] }

// Hours returns the length of the line's period in whole seconds over 3600: num/den hours.
func (l Line) Hours() (num, den int64) { return l.Period.Seconds(), 3600 }

// Need is what a planner asks for.
type Need struct {
	ID           NeedID          `json:"id"`
	Buyer        party.ID        `json:"buyer"`
	Title        string          `json:"title,omitempty"`
	Class        Class           `json:"class"`
	Purpose      Purpose         `json:"purpose"`
	Customer     Customer        `json:"customer,omitempty"`
	Sourcing     Sourcing        `json:"sourcing"`
	Tenure       Tenure          `json:"tenure"`
	Sells        bool            `json:"sells,omitempty"` // the party named as Buyer sells, under rights that bind it
	Lines        []Line          `json:"lines"`
	Interconnect Interconnect    `json:"interconnect,omitempty"`
	ServiceLevel Percent         `json:"service_level,omitempty"` // least monthly availability
	Security     []string        `json:"security,omitempty"`      // baselines that the provider must meet, such as fedramp-high
	DataSets     []DataSet       `json:"data_sets,omitempty"`
	Budget       money.Amount    `json:"budget,omitzero"`    // landed cost of the whole need at most
	PowerKW      int64           `json:"power_kw,omitempty"` // at most, by nameplate
	CarbonGrams  int64           `json:"carbon_g_per_kwh,omitempty"`
	OffersWindow calendar.Length `json:"offers_window,omitzero"` // how long providers may offer once asked; hours
}

// Throughput says how much of one accelerator's work another does, so that quantities can be compared.
//
// Milli holds the throughput of each accelerator in thousandths of a common unit; only ratios matter. Tables are
// named and dated, so that a record says which one counted.
type Throughput struct {
	Name   string                `json:"name"`
	Source string                `json:"source"`
	Milli  map[Accelerator]int64 `json:"milli"`
}

// Equivalent returns n accelerators of kind a in units of ref, rounded down; false where the table lacks either.
func (t Throughput) Equivalent(n int64, a, ref Accelerator) (int64, bool) {
	if a == ref {
		return n, true
	}
	num, okA := t.Milli[a]
	den, okR := t.Milli[ref]
	if !okA || !okR || num <= 0 || den <= 0 || n < 0 {
		return 0, false
	}
	hi, lo := bits.Mul64(uint64(n), uint64(num))
	if hi >= uint64(den) {
		return 0, false
	}
	q, _ := bits.Div64(hi, lo, uint64(den))
	return int64(q), true
}

// Required returns how many accelerators of kind a do the work of n of ref, rounded up.
func (t Throughput) Required(n int64, a, ref Accelerator) (int64, bool) {
	q, ok := t.Equivalent(n, ref, a)
	if !ok {
		return 0, false
	}
	if back, _ := t.Equivalent(q, a, ref); back < n {
		q++
	}
	return q, true
}

// MaxQuantity bounds every quantity of accelerators, so that its product with the seconds of a period cannot overflow.
const MaxQuantity = 1_000_000_000
