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

// Roll says what happens when a count lands on a day that is not a business day.
type Roll string

const (
	RollNone     Roll = "none"
	RollForward  Roll = "forward"
	RollBackward Roll = "backward"
)

// Rule is a window as an agreement states it.
type Rule struct {
	Length Length
	Zone   Zone  // whose days are counted; needed for every unit but hours
	At     Clock // when on the last day the window closes; not used for hours
	Roll   Roll  // needs a calendar
	// Cutoff is the time of day from which what arrives counts as of the next day (a noon rule); 0 for none. Not used for hours.
	Cutoff Clock
	// FirstDay says that the day on which the window starts counts as its first; it does not otherwise. Not used for hours.
	FirstDay bool
	// Inclusive says that an answer at the very instant of the deadline is in time. Windows are half-open otherwise.
	Inclusive bool
	// BeforeStart counts the length back from the start of the capacity in place of forward from the start of the clock.
	BeforeStart bool
}

// Deadline returns the instant at which a window that starts at start closes.
//
// The calendar is read for business days and for rolling only. Errors name what is missing: a zone, a calendar, or
// a year that the calendar does not list.
func (r Rule) Deadline(start Instant, cal Calendar) (Instant, error) {
	if r.Length.Unit == Hours {
		return start + Instant(int64(r.Length.N)*Hour), nil
	}
	loc, err := r.Zone.Location()
	if err != nil {
		return 0, err
	}
	t := start.Time().In(loc)
	day := Date{t.Year(), t.Month(), t.Day()}
	switch r.Length.Unit {
	case Days:
		day = day.plus(r.Length.N)
	case Weeks:
		day = day.plus(7 * r.Length.N)
	case Months:
		day = day.plusMonths(r.Length.N)
	case BusinessDays:
		for left := r.Length.N; left > 0; {
			day = day.plus(1)
			business, err := cal.Business(day)
			if err != nil {
				return 0, err
			}
			if business {
				left--
			}
		}
	default:
		return 0, fmt.Errorf("unknown unit %q", r.Length.Unit)
	}
	if day, err = r.roll(day, cal); err != nil {
		return 0, err
	}
	return wall(day, r.At, loc), nil
}

func (r Rule) roll(day Date, cal Calendar) (Date, error) {
	step := 1
	switch r.Roll {
	case RollNone, "":
		return day, nil
	case RollBackward:
		step = -1
	}
	for {
		business, err := cal.Business(day)
		if err != nil || business {
			return day, err
		}
		day = day.plus(step)
	}
}

// wall returns the instant at which the clocks of loc show c on day d: the first instant after a gap, the later of two.
func wall(d Date, c Clock, loc *time.Location) Instant {
	naive := time.Date(d.Year, d.Month, d.Day, 0, int(c), 0, 0, time.UTC)
	at := func(offset int) time.Time { return naive.Add(-time.Duration(offset) * time.Second).In(loc) }
	// The offsets in force half a day before and after cover every change of clocks around the wanted time.
	_, before := naive.Add(-14 * time.Hour).In(loc).Zone()
	_, after := naive.Add(14 * time.Hour).In(loc).Zone()
	early, late := at(max(before, after)), at(min(before, after))
	shows := func(t time.Time) bool {
		_, off := t.Zone()
		return t.Add(time.Duration(off) * time.Second).UTC().Equal(naive)
	}
	switch {
	case shows(late):
		return From(late)
	case shows(early):
		return From(early)
	}
	start, _ := late.ZoneBounds() // a gap: the first instant under the new offset
	return From(start)
}
