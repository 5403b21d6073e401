package agreement

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"firstlook/calendar"
	"firstlook/capacity"
)

// Example is a need that shows a finding.
type Example struct {
	At   calendar.Instant // when it is submitted
	Need capacity.Need
	// Engages lists the clauses that the need engages, and Escapes those that one might think it does.
	Engages, Escapes []Ref
}

// Flags writes the need as the flags of `firstlook need submit`.
func (e *Example) Flags() string {
	n, l := &e.Need, &e.Need.Lines[0]
	var b strings.Builder
	add := func(flag, value string) {
		if value == "" {
			return
		}
		if strings.Contains(value, " ") {
			value = `"` + value + `"`
		}
		fmt.Fprintf(&b, " --%s %s", flag, value)
	}
	add("buyer", string(n.Buyer))
	add("class", string(n.Class))
	add("purpose", string(n.Purpose))
	add("customer", string(n.Customer))
	if n.Sourcing != capacity.Market {
		add("sourcing", string(n.Sourcing))
	}
	if n.Tenure != capacity.New {
		add("tenure", string(n.Tenure))
	}
	add("accelerators", strings.Join(texts(l.Accelerators), ","))
	add("quantity", fmt.Sprint(l.Quantity))
	add("regions", strings.Join(texts(l.Regions), ","))
	add("start", day(l.Period.From))
	add("until", day(l.Period.Until))
	add("offers-window", n.OffersWindow.String())
	return b.String()[1:]
}

// MarshalJSON writes {at, flags, need, engages, escapes}.
func (e *Example) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		At      calendar.Instant `json:"at"`
		Flags   string           `json:"flags"`
		Need    *capacity.Need   `json:"need"`
		Engages []Ref            `json:"engages,omitempty"`
		Escapes []Ref            `json:"escapes,omitempty"`
	}{e.At, e.Flags(), &e.Need, e.Engages, e.Escapes})
}

// What an example asks for where the clauses leave the choice.
const (
	usualQuantity = 64
	usualTerm     = 90                                           // days
	usualLead     = 90 * 24 * calendar.Hour                      // from submission to start
	oneDay        = 24 * calendar.Hour                           // in the unit of an instant
	usualTime     = calendar.Instant(20454 * 24 * calendar.Hour) // 2026-01-01
)

var usualAccelerators = []string{"H100", "H200", "B200", "MI300X", "A100", "L4"}

// pick returns a need of an area that is not empty.
func (r area) pick(buyer *Agreement) *Example {
	if len(r) == 0 {
		return nil
	}
	b := r[0].tight()
	at := b.spans[atSubmitted].near(int64(usualTime))
	if s := b.spans[atSubmitted]; s.low > int64(calendar.Earliest) {
		at = s.low
	}
	at = min(at, b.spans[atStart].high)
	from := pickStart(b.spans[atStart], at)
	days := b.spans[atTerm].near(usualTerm)
	until := from + days*oneDay
	if days == 0 {
		until = from + oneDay/2
	}
	length := b.length()
	until = b.spans[atEnd].and(interval{from + length.low, from + length.high}).near(until)
	line := capacity.Line{Accelerators: []capacity.Accelerator{capacity.Accelerator(b.names[atAccelerators].pick(usualAccelerators))},
		Quantity: b.spans[atQuantity].near(usualQuantity), Period: calendar.Span{From: calendar.Instant(from), Until: calendar.Instant(until)}}
	line.Least = line.Quantity
	if where := b.names[atRegions]; !where.except || len(where.list) > 0 {
		line.Regions = []capacity.Region{capacity.Region(where.pick([]string{"elsewhere", "anywhere-else"}))}
	}
	return &Example{At: calendar.Instant(at), Need: capacity.Need{Buyer: buyer.Grantor, Class: first(b.words[atClasses], capacity.Classes),
		Purpose: first(b.words[atPurposes], capacity.Purposes), Sourcing: first(b.words[atSourcings], capacity.Sourcings),
		Tenure: first(b.words[atTenures], capacity.Tenures), Customer: first(b.words[atCustomers], served),
		Lines: []capacity.Line{line}, OffersWindow: calendar.Length{N: 24, Unit: calendar.Hours}}}
}

// pickStart returns a start not before the submission: at the usual distance where it can be, at the beginning of a day
// where there is one.
func pickStart(s interval, at int64) int64 {
	s.low = max(s.low, at)
	from := s.near(at + usualLead)
	if whole := from - from%oneDay; whole >= s.low {
		return whole
	}
	return from
}

func first[T any](m uint32, words []T) T {
	for i, w := range words {
		if m&(1<<i) != 0 {
			return w
		}
	}
	panic("a set of words that is empty")
}

// pick returns a word of the set: a usual one where it can be.
func (n names) pick(usual []string) string {
	for _, w := range usual {
		if n.has(w) {
			return w
		}
	}
	if !n.except {
		return n.list[0]
	}
	word := "other"
	for !n.has(word) {
		word += "-other"
	}
	return word
}

// engaging names the clauses that an example engages.
func (e *Example) engaging(refs ...Ref) *Example {
	e.Engages = refs
	return e
}

// escaping names the clauses that an example does not engage.
func (e *Example) escaping(refs ...Ref) *Example {
	e.Escapes = refs
	return e
}

// shows reports whether an example engages what it should, and nothing that it should not.
func (n *analysis) shows(e *Example) bool {
	for i := range n.clauses {
		t := &n.clauses[i]
		engaged := t.engagedBy(e)
		if slices.Contains(e.Engages, t.Ref) && !engaged || slices.Contains(e.Escapes, t.Ref) && engaged {
			return false
		}
	}
	return true
}

// engagedBy reports whether a clause is engaged by a need that is alone, while the events that it waits for are certified and
// those that end it are not. A need of an example states no budget, so that it reaches every threshold in money.
func (t *terms) engagedBy(e *Example) bool {
	if !t.Effective.Contains(e.At) || e.Need.Lines[0].Quantity < t.Threshold.Quantity || e.Need.Lines[0].Period.Seconds()/86400 < t.Threshold.TermDays {
		return false
	}
	if _, in := t.Scope.Admits(&e.Need, 0); !in {
		return false
	}
	for i := range t.CarveOuts {
		if t.CarveOuts[i].Scope.Covers(&e.Need, 0) {
			return false
		}
	}
	for i := range t.of.Clauses {
		if other := &t.of.Clauses[i]; sets(other, t.Clause) && other.Effective.Contains(e.At) {
			if other.Scope.Covers(&e.Need, 0) {
				return false
			}
		}
	}
	return true
}
