package calendar

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Date is a day of the civil calendar.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ParseDate reads 2026-03-02, in the years 1990 to 2199.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a date such as 2026-03-02", s)
	}
	if t.Year() < 1990 || t.Year() >= 2200 {
		return Date{}, fmt.Errorf("%q lies outside the years 1990 to 2199", s)
	}
	return Date{t.Year(), t.Month(), t.Day()}, nil
}

// String writes 2026-03-02.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) }

// MarshalText writes the date.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the date.
func (d *Date) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDate(string(b))
	return err
}

func (d Date) weekday() time.Weekday {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Weekday()
}

// plus returns the day n days later, normalised.
func (d Date) plus(n int) Date {
	t := time.Date(d.Year, d.Month, d.Day+n, 0, 0, 0, 0, time.UTC)
	return Date{t.Year(), t.Month(), t.Day()}
}

// plusMonths returns the same day n months later, or that month's last day where it is shorter.
func (d Date) plusMonths(n int) Date {
	first := time.Date(d.Year, d.Month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return Date{first.Year(), first.Month(), min(d.Day, last)}
}

// Zone is an IANA time zone name such as America/Los_Angeles, or UTC.
type Zone string

var zones sync.Map // Zone -> *time.Location; the rules of a zone never change within a run

// Location looks the zone up in the embedded database.
func (z Zone) Location() (*time.Location, error) {
	if loc, ok := zones.Load(z); ok {
		return loc.(*time.Location), nil
	}
	if z == "" || z == "Local" {
		return nil, fmt.Errorf("a zone is needed, such as America/Los_Angeles or UTC")
	}
	loc, err := time.LoadLocation(string(z))
	if err != nil {
		return nil, fmt.Errorf("unknown time zone %q; use an IANA name such as America/Los_Angeles", string(z))
	}
	zones.Store(z, loc)
	return loc, nil
}

// Calendar says which days are business days. A change is a new version under the same name.
type Calendar struct {
	Name     string
	Version  string
	Weekend  []time.Weekday
	Holidays []Date // sorted
	From     Date   // first day the holidays are listed for
	Until    Date   // last day the holidays are listed for; counting past it is an error, not a guess
}

// Business reports whether d is a business day; an error where the calendar does not reach d.
func (c Calendar) Business(d Date) (bool, error) {
	if c.Name == "" {
		return false, fmt.Errorf("business days need a named calendar")
	}
	if compareDates(d, c.From) < 0 || compareDates(d, c.Until) > 0 {
		return false, fmt.Errorf("calendar %s version %s lists no holidays for %s", c.Name, c.Version, d)
	}
	if slices.Contains(c.Weekend, d.weekday()) {
		return false, nil
	}
	_, holiday := slices.BinarySearchFunc(c.Holidays, d, compareDates)
	return !holiday, nil
}

func compareDates(a, b Date) int {
	if a.Year != b.Year {
		return a.Year - b.Year
	}
	if a.Month != b.Month {
		return int(a.Month - b.Month)
	}
	return a.Day - b.Day
}

// Unit is what a window counts.
type Unit string

const (
	Hours        Unit = "hours"
	Days         Unit = "days"
	BusinessDays Unit = "business_days"
	Weeks        Unit = "weeks"
	Months       Unit = "months"
)

// Units lists the units in the order in which they are documented.
var Units = []Unit{Hours, Days, BusinessDays, Weeks, Months}

// Length is a count of units: "10 business_days".
type Length struct {
	N    int
	Unit Unit
}

// ParseLength reads "10 business_days" or "72 hours"; n is 1 to 10,000.
func ParseLength(s string) (Length, error) {
	count, unit, ok := strings.Cut(s, " ")
	n, err := strconv.Atoi(count)
	if !ok || err != nil {
		return Length{}, fmt.Errorf("%q is not a length such as %q or %q", s, "10 business_days", "72 hours")
	}
	u := Unit(unit)
	if !strings.HasSuffix(unit, "s") {
		u += "s"
	}
	if !slices.Contains(Units, u) {
		return Length{}, fmt.Errorf("%q: unknown unit %q; use hours, days, business_days, weeks or months", s, unit)
	}
	if n < 1 || n > 10000 {
		return Length{}, fmt.Errorf("%q: a length has 1 to 10,000 %s", s, u)
	}
	return Length{n, u}, nil
}

// String writes "10 business_days".
func (l Length) String() string { return fmt.Sprintf("%d %s", l.N, l.Unit) }

// IsZero reports whether the length is not set.
func (l Length) IsZero() bool { return l.N == 0 }

// Exact returns the length as a span of time, in the unit of [Instant], for the units that always last the same: hours, days of 24
// hours and weeks of 168. It is false for business days and months, whose length depends on when they begin.
func (l Length) Exact() (Instant, bool) {
	var hours int64
	switch l.Unit {
	case Hours:
		hours = 1
	case Days:
		hours = 24
	case Weeks:
		hours = 7 * 24
	}
	return Instant(int64(l.N) * hours * Hour), hours != 0
}

// MarshalText writes the length; an unset one is empty.
func (l Length) MarshalText() ([]byte, error) {
	if l.N == 0 {
		return nil, nil
	}
	return []byte(l.String()), nil
}

// UnmarshalText reads the length.
func (l *Length) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*l = Length{}
		return nil
	}
	*l, err = ParseLength(string(b))
	return err
}

// Clock is a time of day, in minutes from midnight; EndOfDay is 24:00.
type Clock int

// EndOfDay is the first instant of the next day.
const EndOfDay Clock = 24 * 60

// ParseClock reads 17:00 or end_of_day.
func ParseClock(s string) (Clock, error) {
	if s == "end_of_day" || s == "24:00" {
		return EndOfDay, nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a time of day such as 17:00, or end_of_day", s)
	}
	return Clock(t.Hour()*60 + t.Minute()), nil
}

// String writes 17:00 or end_of_day.
func (c Clock) String() string {
	if c == EndOfDay {
		return "end_of_day"
	}
	return fmt.Sprintf("%02d:%02d", int(c)/60, int(c)%60)
}
