// Package calendar turns "ten business days, Pacific time" into one instant.
//
// Every deadline in a record was computed here, once, when its clock started, and is stored with the event; nothing
// computes it again. The rules are those of the agreement and none has a default of its own:
//
//   - A window of n hours ends n x 3600 seconds after its start. A window of days, business days, weeks or months counts
//     whole local days from the day after the start and ends at the end of the last one, or at a clock time on it. The day of
//     the start is excluded unless the rule has it counted as the first ([Rule.FirstDay]).
//   - Under a cutoff ([Rule.Cutoff]), what starts the clock at or after that time of day counts as of the next day; of the next
//     business day where business days are counted, and so does what starts it on a day that is none.
//   - Windows are half-open: an answer at the instant of the deadline is late. The end of a day is therefore the
//     first instant of the next. A rule that includes the instant ([Rule.Inclusive]) gives a deadline one microsecond later.
//   - Business days come from a named, versioned [Calendar]; what it was called and which version counted is stored.
//   - Month ends: a window of months ends on the day of the same number, or on the last day of a month that has none
//     (31 January and one month: the last of February). Where the first day counts it ends the day before that number (5 March
//     and one month: 4 April), again on the last day of a month that lacks the number. Counted back it is the same: one month
//     before 31 March is the last of February, and 1 March where the first day counts.
//   - A window may be counted back from the start of the capacity instead ([Rule.Before]).
//   - A deadline at a local time that a clock change skips is the first instant after the gap; at one that happens twice
//     it is the later: a party never loses time to a clock change. A person who writes such a time is asked which is meant
//     ([Parse]).
//
// An [Instant] counts microseconds, so that equal times are equal values.
package calendar

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // zones must not depend on the machine
)

// Instant is a point in time: microseconds since 1970-01-01T00:00Z. Zero means "not set".
type Instant int64

// Earliest and Latest bound what is accepted from outside; agreements about compute lie well inside.
var (
	Earliest = From(time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC))
	Latest   = From(time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC))
)

const (
	micro = int64(time.Microsecond)
	// Hour is an hour in the unit of [Instant].
	Hour = int64(time.Hour) / micro
)

// From converts a time.
func From(t time.Time) Instant { return Instant(t.UnixMicro()) }

// Time converts to a time in UTC.
func (i Instant) Time() time.Time { return time.UnixMicro(int64(i)).UTC() }

// Add returns the instant d later.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(int64(d)/micro) }

// Sub returns the time from o to i.
func (i Instant) Sub(o Instant) time.Duration { return time.Duration(int64(i-o) * micro) }

// IsSet reports whether the instant is set.
func (i Instant) IsSet() bool { return i != 0 }

// Earlier returns the earlier of two instants, of which an unset one is never.
func (i Instant) Earlier(o Instant) Instant {
	if !i.IsSet() || o.IsSet() && o < i {
		return o
	}
	return i
}

// String writes the instant in UTC, as short as it goes without loss: 2026-03-02T12:00Z; "-" if it is not set.
func (i Instant) String() string {
	if i == 0 {
		return "-"
	}
	return string(i.Append(make([]byte, 0, 32)))
}

// Append writes the instant behind b as String does; an unset one as nothing. Records hold many instants, so the civil
// date is computed here and not by way of a layout.
func (i Instant) Append(b []byte) []byte {
	if i == 0 {
		return b
	}
	const day = 24 * int64(time.Hour) / micro
	days, rest := int64(i)/day, int64(i)%day
	if rest < 0 {
		days, rest = days-1, rest+day
	}
	d := civil(days)
	b = digits(append(digits(append(digits(b, d.Year, 4), '-'), int(d.Month), 2), '-'), d.Day, 2)
	seconds, fraction := rest/1e6, int(rest%1e6)
	b = digits(append(digits(append(b, 'T'), int(seconds/3600), 2), ':'), int(seconds/60%60), 2)
	if fraction != 0 || seconds%60 != 0 {
		b = digits(append(b, ':'), int(seconds%60), 2)
	}
	if fraction != 0 {
		b = digits(append(b, '.'), fraction, 6)
	}
	return append(b, 'Z')
}

// civil returns the date that lies so many days after 1970-01-01 in the Gregorian calendar. Years are counted from
// March, so that the leap day is the last, in eras of 400 years.
func civil(days int64) Date {
	days += 719468 // from 0000-03-01
	era := days / 146097
	if days < 0 {
		era = (days - 146096) / 146097
	}
	inEra := days - era*146097
	year := (inEra - inEra/1460 + inEra/36524 - inEra/146096) / 365
	inYear := inEra - (365*year + year/4 - year/100)
	month := (5*inYear + 2) / 153 // 0 is March
	date := Date{int(year + era*400), time.Month(month + 3), int(inYear - (153*month+2)/5 + 1)}
	if date.Month > 12 {
		date.Month, date.Year = date.Month-12, date.Year+1
	}
	return date
}

// digits writes a number of so many decimal places.
func digits(b []byte, n, places int) []byte {
	for range places {
		b = append(b, '0')
	}
	for i := len(b) - 1; places > 0; i, places = i-1, places-1 {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return b
}

// In writes the instant as the wall clock of a zone shows it: "Thu 5 Mar 2026 04:00 PST".
func (i Instant) In(zone Zone) string {
	loc, err := zone.Location()
	if err != nil || i == 0 {
		return i.String()
	}
	return i.Time().In(loc).Format("Mon 2 Jan 2006 15:04 MST")
}

// MarshalText writes [Instant.String]; an unset instant is empty.
func (i Instant) MarshalText() ([]byte, error) {
	return i.Append(nil), nil
}

// UnmarshalText reads what MarshalText wrote.
func (i *Instant) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*i = 0
		return nil
	}
	if at, ok := written(b); ok {
		*i = at
		return nil
	}
	*i, err = Parse(string(b))
	return err
}

// written reads the form that [Instant.Append] writes, which is most of what a record has: each digit by its place, and the outcome
// written again to be sure. Of anything else it says nothing.
func written(b []byte) (Instant, bool) {
	const form = "2006-01-02T15:04:05.000000Z"
	if len(b) != len("2006-01-02T15:04Z") && len(b) != len("2006-01-02T15:04:05Z") && len(b) != len(form) {
		return 0, false
	}
	number := func(from, until int) (n int) {
		for ; from < min(until, len(b)-1); from++ {
			n = 10*n + int(b[from]-'0')
		}
		return n
	}
	at := From(time.Date(number(0, 4), time.Month(number(5, 7)), number(8, 10), number(11, 13), number(14, 16), number(17, 19), 1000*number(20, 26), time.UTC))
	var again [len(form)]byte
	if y := at.Time().Year(); y < 1990 || y >= 2200 || !bytes.Equal(at.Append(again[:0]), b) {
		return 0, false
	}
	return at, true
}

// Span is the half-open time from From until Until. An unset bound is open.
type Span struct {
	From  Instant `json:"from,omitempty"`
	Until Instant `json:"until,omitempty"`
}

// Contains reports whether i lies in the span.
func (s Span) Contains(i Instant) bool {
	return (!s.From.IsSet() || i >= s.From) && (!s.Until.IsSet() || i < s.Until)
}

// Overlaps reports whether some instant lies in both spans.
func (s Span) Overlaps(o Span) bool {
	return (!s.Until.IsSet() || !o.From.IsSet() || o.From < s.Until) &&
		(!o.Until.IsSet() || !s.From.IsSet() || s.From < o.Until)
}

// Seconds returns the length of a span that is set at both ends.
func (s Span) Seconds() int64 { return int64(s.Until-s.From) / int64(time.Second/time.Microsecond) }

// String writes "2026-04-01T00:00Z..2026-07-01T00:00Z", whole days without their time.
func (s Span) String() string { return short(s.From) + ".." + short(s.Until) }

func short(i Instant) string {
	if i == 0 {
		return ""
	}
	return strings.TrimSuffix(i.String(), "T00:00Z")
}

// ParseSpan reads "FROM..UNTIL"; either side may be empty.
func ParseSpan(s string) (Span, error) {
	from, until, ok := strings.Cut(s, "..")
	if !ok {
		return Span{}, fmt.Errorf("%q is not a span FROM..UNTIL", s)
	}
	var out Span
	var err error
	if from != "" {
		if out.From, err = Parse(from); err != nil {
			return Span{}, err
		}
	}
	if until != "" {
		if out.Until, err = Parse(until); err != nil {
			return Span{}, err
		}
	}
	if out.From.IsSet() && out.Until.IsSet() && out.Until <= out.From {
		return Span{}, fmt.Errorf("%q ends before it begins", s)
	}
	return out, nil
}
