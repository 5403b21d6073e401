package calendar

import (
	"fmt"
	"time"
)

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
	// Cutoff is the time of day from which what arrives counts as of the next day (a noon rule), or the next business day for
	// business days; 0 for none. Not used for hours.
	Cutoff Clock
	// FirstDay says that the day on which the window starts counts as its first; it does not otherwise. Not used for hours.
	FirstDay bool
	// Inclusive says that an answer at the very instant of the deadline is in time: the deadline that is computed is one
	// microsecond later. Windows are half-open otherwise.
	Inclusive bool
	// BeforeStart counts the length back from the start of the capacity in place of forward from the start of the clock.
	BeforeStart bool
}

// Deadline returns the instant at which a window that starts at start closes.
//
// The calendar is read for business days and for rolling only. Errors name what is missing: a zone, a calendar, or
// a year that the calendar does not list; and they name a window that the rule closes before it starts, or that it counts back
// from the start of the capacity (see [Rule.Before]).
func (r Rule) Deadline(start Instant, cal Calendar) (Instant, error) {
	switch {
	case r.BeforeStart:
		return 0, fmt.Errorf("a window of %s that is counted back from the start of the capacity does not run from the start of a clock", r.Length)
	case r.Length.N < 1:
		return 0, fmt.Errorf("a window needs a length, such as 72 hours")
	case r.Length.Unit == Hours:
		return r.closing(start + Instant(int64(r.Length.N)*Hour)), nil
	}
	loc, err := r.Zone.Location()
	if err != nil {
		return 0, err
	}
	day, err := r.counted(start, cal, loc)
	if err != nil {
		return 0, err
	}
	if day, err = r.forward(day, cal); err != nil {
		return 0, err
	}
	if day, err = r.roll(day, cal); err != nil {
		return 0, err
	}
	by := r.closing(wall(day, r.At, loc))
	if by <= start {
		return 0, fmt.Errorf("the window of %s closes at %s, before it starts at %s", r.Length, by, start)
	}
	return by, nil
}

// Before returns the instant at which a window closes that is counted back from the start of the capacity, in place of forward
// from the start of the clock: "until 08:00 on the business day before the start".
//
// Hours are exact. Every other unit is counted in local days back from the day of the start, which is itself not counted
// unless FirstDay says so, and the window closes at At on the day that is reached, after rolling. A cutoff has no meaning
// here and is refused. Errors are those of [Rule.Deadline], and a window that would close after the start.
func (r Rule) Before(start Instant, cal Calendar) (Instant, error) {
	switch {
	case r.Length.N < 1:
		return 0, fmt.Errorf("a window needs a length, such as 72 hours")
	case r.Length.Unit == Hours:
		return r.closing(start - Instant(int64(r.Length.N)*Hour)), nil
	case r.Cutoff != 0:
		return 0, fmt.Errorf("a cutoff (%s) says on which day a clock starts; %s counted back from the start of the capacity have none", r.Cutoff, r.Length)
	}
	loc, err := r.Zone.Location()
	if err != nil {
		return 0, err
	}
	day, err := r.backward(dayOf(start, loc), cal)
	if err != nil {
		return 0, err
	}
	if day, err = r.roll(day, cal); err != nil {
		return 0, err
	}
	by := wall(day, r.At, loc)
	if by > start {
		return 0, fmt.Errorf("%s before the start at %s, the window would close at %s, after it", r.Length, start, by)
	}
	return r.closing(by), nil
}

// closing is the first instant that is late, given the one at which the window closes.
func (r Rule) closing(at Instant) Instant {
	if r.Inclusive {
		return at + 1
	}
	return at
}

// counted is the day as of which a start counts: its own, or the next where it lies at or after the cutoff. Under a cutoff
// business days reach from cutoff to cutoff, so that what starts on a weekend counts as of the business day after it; else what
// comes later could be due earlier.
func (r Rule) counted(start Instant, cal Calendar, loc *time.Location) (Date, error) {
	day := dayOf(start, loc)
	if r.Cutoff == 0 {
		return day, nil
	}
	if start >= wall(day, r.Cutoff, loc) {
		day = day.plus(1)
	}
	if r.Length.Unit != BusinessDays {
		return day, nil
	}
	return nextBusiness(day, 1, cal)
}

// forward counts the length from a day on.
func (r Rule) forward(day Date, cal Calendar) (Date, error) {
	n := r.Length.N
	switch r.Length.Unit {
	case Days, Weeks:
		return day.plus(r.days()), nil
	case Months:
		end := day.plusMonths(n)
		if r.FirstDay && end.Day == day.Day {
			return end.plus(-1), nil // a month that begins on the 5th is over with the 4th
		}
		return end, nil
	case BusinessDays:
		return r.businessDays(day, 1, cal)
	}
	return Date{}, fmt.Errorf("unknown unit %q", r.Length.Unit)
}

// backward counts the length back from a day.
func (r Rule) backward(day Date, cal Calendar) (Date, error) {
	switch r.Length.Unit {
	case Days, Weeks:
		return day.plus(-r.days()), nil
	case Months:
		first := day.plusMonths(-r.Length.N)
		if r.FirstDay {
			return first.plus(1), nil
		}
		return first, nil
	case BusinessDays:
		return r.businessDays(day, -1, cal)
	}
	return Date{}, fmt.Errorf("unknown unit %q", r.Length.Unit)
}

// days is how many days lie between the day of the start and the last of a length in days or weeks.
func (r Rule) days() int {
	n := r.Length.N
	if r.Length.Unit == Weeks {
		n *= 7
	}
	if r.FirstDay {
		n--
	}
	return n
}

// businessDays counts business days from a day on, or back; the day itself is one of them only where FirstDay says so.
func (r Rule) businessDays(day Date, step int, cal Calendar) (Date, error) {
	if !r.FirstDay {
		day = day.plus(step)
	}
	for left := r.Length.N; ; left-- {
		var err error
		if day, err = nextBusiness(day, step, cal); err != nil || left == 1 {
			return day, err
		}
		day = day.plus(step)
	}
}

// nextBusiness is the day itself if it is a business day, else the nearest after it, or before it for a step of -1.
func nextBusiness(day Date, step int, cal Calendar) (Date, error) {
	for {
		business, err := cal.Business(day)
		if err != nil || business {
			return day, err
		}
		day = day.plus(step)
	}
}

func (r Rule) roll(day Date, cal Calendar) (Date, error) {
	switch r.Roll {
	case RollNone, "":
		return day, nil
	case RollBackward:
		return nextBusiness(day, -1, cal)
	}
	return nextBusiness(day, 1, cal)
}

// dayOf is the day that the clocks of loc show at an instant.
func dayOf(i Instant, loc *time.Location) Date {
	t := i.Time().In(loc)
	return Date{t.Year(), t.Month(), t.Day()}
}

// wall returns the instant at which the clocks of loc show c on day d: the first instant after a gap, the later of two.
func wall(d Date, c Clock, loc *time.Location) Instant {
	r := readingsOf(time.Date(d.Year, d.Month, d.Day, 0, int(c), 0, 0, time.UTC), loc)
	switch {
	case r.lateShows:
		return From(r.late)
	case r.earlyShows:
		return From(r.early)
	}
	start, _ := r.late.ZoneBounds() // a gap: the first instant under the new offset
	return From(start)
}

// readings are what a local time may stand for: the instants at which it is under the offsets before and after a change of clocks
// that is near, the same instant where none is. A time that is shown at both is repeated, one that is shown at neither skipped.
type readings struct {
	early, late           time.Time
	earlyShows, lateShows bool
}

func readingsOf(naive time.Time, loc *time.Location) readings {
	at := func(offset int) (time.Time, bool) {
		t := naive.Add(-time.Duration(offset) * time.Second).In(loc)
		_, has := t.Zone()
		return t, has == offset
	}
	// The offsets in force half a day before and after cover every change of clocks around the wanted time.
	_, before := naive.Add(-14 * time.Hour).In(loc).Zone()
	_, after := naive.Add(14 * time.Hour).In(loc).Zone()
	var r readings
	r.early, r.earlyShows = at(max(before, after))
	r.late, r.lateShows = at(min(before, after))
	return r
}
