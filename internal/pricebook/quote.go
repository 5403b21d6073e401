package pricebook

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
)

// Query asks for quotes.
type Query struct {
	Accelerators []capacity.Accelerator // any when empty
	Quantity     int64                  // accelerators; 1 when zero
	Clouds       []capacity.Cloud       // any when empty
	Regions      []capacity.Region      // any when empty; a row for every region of a cloud always fits
	Period       calendar.Span          // one hour when not set at both ends
	Kind         Kind                   // on_demand when empty: what may be taken away is never a silent substitute
	Currency     money.Currency         // USD when empty; prices in another are not compared
}

// Quote is what a list price comes to. It is indicative: a public list price, read on a date, that binds nobody.
type Quote struct {
	Row      Row          `json:"row"`
	Machines int64        `json:"machines"` // whole ones
	Quantity int64        `json:"quantity"` // accelerators in them; at least what was asked for
	PerHour  money.Rate   `json:"per_hour"` // of one accelerator, rounded up
	Total    money.Amount `json:"total"`    // of all machines over the period, rounded up
	Binds    string       `json:"binds"`    // always BindsNobody
}

// BindsNobody stands in every quote, where a reader of the data alone sees it.
const BindsNobody = "nobody: a list price is indicative"

// String writes the quote on one line, with its date and source.
func (q *Quote) String() string {
	place := string(q.Row.Cloud) + "/any region"
	if q.Row.Region != "" {
		place = string(q.Row.Cloud) + "/" + string(q.Row.Region)
	}
	if q.Row.Instance != "" {
		place += " " + q.Row.Instance
	}
	return fmt.Sprintf("%s %s x%d: %s per accelerator-hour, %s in all (%s as of %s, binds nobody; source: %s)", place, q.Row.Accelerator, q.Quantity, q.PerHour, q.Total, q.Row.Kind, q.Row.AsOf, q.Row.Source)
}

// Quote returns a quote for every row that fits, the cheapest accelerator-hour first. A price that leaves the range of an amount
// is an error.
func (b *Book) Quote(q Query) ([]Quote, error) {
	if q.Quantity == 0 {
		q.Quantity = 1
	}
	if q.Quantity < 0 || q.Quantity > capacity.MaxQuantity/2 {
		return nil, fmt.Errorf("%d accelerators: use 1 to %d", q.Quantity, capacity.MaxQuantity/2)
	}
	if q.Kind == "" {
		q.Kind = OnDemand
	}
	if q.Currency == "" {
		q.Currency = money.USD
	}
	seconds := int64(3600)
	if q.Period.From.IsSet() && q.Period.Until.IsSet() {
		if seconds = q.Period.Seconds(); seconds <= 0 {
			return nil, fmt.Errorf("the period %s has no length", q.Period)
		}
	}
	var out []Quote
	for i := range b.Rows {
		if r := &b.Rows[i]; q.admits(r) {
			quote, err := r.quote(q.Quantity, seconds)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", r.Cloud, r.Instance, err)
			}
			out = append(out, quote)
		}
	}
	slices.SortStableFunc(out, func(x, y Quote) int {
		return cmp.Or(cheaper(&x.Row, &y.Row), cmp.Compare(x.Total.Micros(), y.Total.Micros()), compareRows(x.Row, y.Row))
	})
	return out, nil
}

func (q *Query) admits(r *Row) bool {
	return r.Kind == q.Kind && r.Price.Currency() == q.Currency && among(q.Accelerators, r.Accelerator) && among(q.Clouds, r.Cloud) && (r.Region == "" || among(q.Regions, r.Region))
}

func among[T comparable](set []T, v T) bool { return len(set) == 0 || slices.Contains(set, v) }

func (r *Row) quote(quantity, seconds int64) (Quote, error) {
	q := Quote{Row: *r, Machines: r.Machines(quantity), Binds: BindsNobody}
	q.Quantity = q.Machines * r.Count
	var err error
	if q.PerHour, err = r.PerHour(); err != nil {
		return q, err
	}
	hi, lo := bits.Mul64(uint64(q.Machines), uint64(seconds))
	if hi > 0 || lo > 1<<62 {
		return q, money.ErrOverflow
	}
	q.Total, err = r.Price.Times(int64(lo), 3600, money.Up)
	return q, err
}

// cheaper compares the exact price of an accelerator-hour: price over count, multiplied out.
func cheaper(a, b *Row) int {
	ah, al := bits.Mul64(uint64(a.Price.Nanos()), uint64(b.Count))
	bh, bl := bits.Mul64(uint64(b.Price.Nanos()), uint64(a.Count))
	return cmp.Or(cmp.Compare(ah, bh), cmp.Compare(al, bl))
}
