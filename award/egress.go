package award

import (
	"fmt"
	"strings"

	"firstlook/capacity"
	"firstlook/money"
)

// Egress is a named table of what clouds charge for data that leaves them.
//
// The sender pays: data that go to another cloud cost the internet rate of the cloud where they lie; data that go to another
// region of the same cloud cost its inter-region rate; within one region they are free. Rows are tried in the order of
// the table and the first that fits counts, so that an exception stands before its rule. Where a region is unknown
// (empty) every row of the cloud that could apply is priced and the dearest counts: the same cloud with an
// unknown region is taken to be another region. A cloud that the table does not price, or an unknown
// source cloud, has no price at all ([Egress.Price] says so), never a price of zero.
type Egress struct {
	Name   string      `json:"name"`
	Source string      `json:"source,omitempty"`
	Rows   []EgressRow `json:"rows"`
}

// Destination is where data go, as clouds bill it.
type Destination string

const (
	ToInternet    Destination = "internet"     // out of the cloud, to another one or to anywhere
	ToOtherRegion Destination = "other_region" // another region of the same cloud
	ToSameRegion  Destination = "same_region"  // free; stands in transfers, not in tables
)

// Destinations lists them.
var Destinations = []Destination{ToInternet, ToOtherRegion, ToSameRegion}

// EgressRow prices one way out of a cloud. From and Into hold region names, each with at most one '*' that stands for any
// characters; an empty list is every region. Into is read for other regions of the same cloud only.
type EgressRow struct {
	Cloud  capacity.Cloud    `json:"cloud"`
	From   []capacity.Region `json:"from,omitempty"`
	To     Destination       `json:"to"`
	Into   []capacity.Region `json:"into,omitempty"`
	Tiers  []Tier            `json:"tiers"`
	AsOf   string            `json:"as_of,omitempty"` // 2026-11 or 2026-11-05
	Source string            `json:"source,omitempty"`
}

// Tier is the rate of every gigabyte from a monthly total on, until the next tier begins. Bounds are as the source prints
// them; sizes are decimal gigabytes.
type Tier struct {
	FromGB    int64      `json:"from_gb"`
	RatePerGB money.Rate `json:"rate_per_gb"`
}

// Transfer is one data set moved to one place.
type Transfer struct {
	DataSet    string          `json:"data_set"`
	GB         int64           `json:"gb"`
	FromCloud  capacity.Cloud  `json:"from_cloud"`
	FromRegion capacity.Region `json:"from_region,omitempty"`
	ToCloud    capacity.Cloud  `json:"to_cloud,omitempty"`
	ToRegion   capacity.Region `json:"to_region,omitempty"`
	To         Destination     `json:"to"`
	Applied    []AppliedTier   `json:"applied,omitempty"` // none within one region
	Amount     money.Amount    `json:"amount"`
}

// AppliedTier is the part of a transfer that one tier priced.
type AppliedTier struct {
	FromGB    int64        `json:"from_gb"` // of the tier
	GB        int64        `json:"gb"`
	RatePerGB money.Rate   `json:"rate_per_gb"`
	Amount    money.Amount `json:"amount"` // rounded up
}

// Check reports the first thing that makes the table unusable: a row without tiers, tiers that do not begin at zero and
// rise, a negative rate, a second currency, an unknown destination, a pattern with two stars.
func (e *Egress) Check() error {
	if e.Name == "" {
		return fmt.Errorf("an egress table needs a name, so that records can say which one counted")
	}
	for i := range e.Rows {
		if err := e.Rows[i].check(e.Currency()); err != nil {
			return fmt.Errorf("egress table %s, row %d (%s to %s): %w", e.Name, i+1, e.Rows[i].Cloud, e.Rows[i].To, err)
		}
	}
	return nil
}

func (r *EgressRow) check(currency money.Currency) error {
	if r.To != ToInternet && r.To != ToOtherRegion {
		return fmt.Errorf("destination %q; use %s or %s", r.To, ToInternet, ToOtherRegion)
	}
	if r.Cloud == "" || len(r.Tiers) == 0 || r.Tiers[0].FromGB != 0 {
		return fmt.Errorf("a row needs a cloud and tiers of which the first begins at 0 GB")
	}
	for i, t := range r.Tiers {
		switch {
		case i > 0 && t.FromGB <= r.Tiers[i-1].FromGB:
			return fmt.Errorf("the tier from %d GB does not follow the one from %d GB", t.FromGB, r.Tiers[i-1].FromGB)
		case t.RatePerGB.Nanos() < 0:
			return fmt.Errorf("the rate from %d GB is negative", t.FromGB)
		case t.RatePerGB.Currency() != currency:
			return fmt.Errorf("the rate from %d GB is in %q, the table in %q", t.FromGB, t.RatePerGB.Currency(), currency)
		}
	}
	if region, ok := broken(r.From); ok {
		return fmt.Errorf("region pattern %q; use a name with at most one *", region)
	}
	if region, ok := broken(r.Into); ok {
		return fmt.Errorf("region pattern %q; use a name with at most one *", region)
	}
	return nil
}

// broken returns the first pattern that is empty or has two stars.
func broken(patterns []capacity.Region) (capacity.Region, bool) {
	for _, p := range patterns {
		if p == "" || strings.Count(string(p), "*") > 1 {
			return p, true
		}
	}
	return "", false
}

// Currency returns the currency in which the table is priced; empty for an empty table.
func (e *Egress) Currency() money.Currency {
	if e == nil || len(e.Rows) == 0 || len(e.Rows[0].Tiers) == 0 {
		return ""
	}
	return e.Rows[0].Tiers[0].RatePerGB.Currency()
}

// Price prices one data set moved to one place, alone in its month. The error says in a sentence what is unknown, or that
// the amount is out of range.
func (e *Egress) Price(d capacity.DataSet, to capacity.Cloud, region capacity.Region) (Transfer, error) {
	leg, reason := e.route(d, to, region)
	if reason != "" {
		return Transfer{}, fmt.Errorf("%s", reason)
	}
	return e.bill(d, to, region, leg, new(meter))
}

// leg is the way that one data set takes to one place.
type leg struct {
	to  Destination
	row int // in the table; -1 where nothing is billed
}

// route finds the row that prices a data set's way to a place, or says in a sentence why there is none.
func (e *Egress) route(d capacity.DataSet, to capacity.Cloud, region capacity.Region) (leg, string) {
	switch {
	case d.Cloud == "":
		return leg{}, fmt.Sprintf("data set %s lies in an unknown cloud, so moving it cannot be priced", d.Name)
	case d.Cloud == to && d.Region != "" && d.Region == region, d.GB == 0:
		return leg{ToSameRegion, -1}, ""
	case e == nil:
		return leg{}, fmt.Sprintf("no egress table is given, so moving data set %s cannot be priced", d.Name)
	}
	way := leg{ToInternet, -1}
	if d.Cloud == to {
		way.to = ToOtherRegion
	}
	known := d.Region != "" && (region != "" || way.to == ToInternet)
	var dearest money.Amount
	for i := range e.Rows {
		row := &e.Rows[i]
		if row.Cloud != d.Cloud || row.To != way.to || !fits(row.From, d.Region) || way.to == ToOtherRegion && !fits(row.Into, region) {
			continue
		}
		if known {
			way.row = i
			return way, ""
		}
		amount, err := row.price(0, d.GB, nil)
		if err != nil {
			return leg{}, fmt.Sprintf("moving data set %s cannot be priced: %v", d.Name, err)
		}
		if way.row < 0 || amount.Micros() > dearest.Micros() {
			way.row, dearest = i, amount
		}
	}
	if way.row < 0 {
		return leg{}, fmt.Sprintf("egress table %s has no price for data set %s out of %s to %s", e.Name, d.Name,
			placeName(d.Cloud, d.Region), placeName(to, region))
	}
	return way, ""
}

// fits reports whether a region, or any region if it is unknown, is in a list of patterns; an empty list is every region.
func fits(patterns []capacity.Region, region capacity.Region) bool {
	if len(patterns) == 0 || region == "" {
		return true
	}
	for _, p := range patterns {
		before, after, star := strings.Cut(string(p), "*")
		r := string(region)
		if r == string(p) || star && len(r) >= len(before)+len(after) && strings.HasPrefix(r, before) && strings.HasSuffix(r, after) {
			return true
		}
	}
	return false
}

// meter counts what has left by each row of the table within one month.
type meter struct {
	rows []metered
}

type metered struct {
	row int
	gb  int64
}

// add counts gb more by a row and returns what had left before.
func (m *meter) add(row int, gb int64) (before int64) {
	for i := range m.rows {
		if m.rows[i].row == row {
			before = m.rows[i].gb
			m.rows[i].gb += gb
			return before
		}
	}
	m.rows = append(m.rows, metered{row, gb})
	return 0
}

// bill prices a data set's way to a place, on top of what the meter has counted.
func (e *Egress) bill(d capacity.DataSet, to capacity.Cloud, region capacity.Region, way leg, m *meter) (Transfer, error) {
	t := Transfer{DataSet: d.Name, GB: d.GB, FromCloud: d.Cloud, FromRegion: d.Region, ToCloud: to, ToRegion: region, To: way.to}
	if way.row < 0 {
		return t, nil
	}
	var err error
	t.Amount, err = e.Rows[way.row].price(m.add(way.row, d.GB), d.GB, &t.Applied)
	return t, err
}

// price returns what gb gigabytes cost after so many before them in the month, and appends the tiers that priced them.
func (r *EgressRow) price(before, gb int64, applied *[]AppliedTier) (money.Amount, error) {
	var total money.Amount
	for i, t := range r.Tiers {
		from, until := max(before, t.FromGB), before+gb
		if i+1 < len(r.Tiers) {
			until = min(until, r.Tiers[i+1].FromGB)
		}
		if until <= from {
			continue
		}
		part, err := t.RatePerGB.Times(until-from, 1, money.Up)
		if err != nil {
			return money.Amount{}, err
		}
		if total, err = total.Add(part); err != nil {
			return money.Amount{}, err
		}
		if applied != nil {
			*applied = append(*applied, AppliedTier{t.FromGB, until - from, t.RatePerGB, part})
		}
	}
	return total, nil
}

// placeName writes aws/us-east-1, with words for what is not known.
func placeName(cloud capacity.Cloud, region capacity.Region) string {
	if cloud == "" {
		cloud = "an unnamed cloud"
	}
	if region == "" {
		return string(cloud) + " (region unknown)"
	}
	return string(cloud) + "/" + string(region)
}
