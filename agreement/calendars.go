package agreement

import (
	"cmp"
	"fmt"
	"slices"

	"firstlook/calendar"
)

// CalendarAt returns the version of a calendar that counts for a clock which starts at an instant: the last one listed whose
// days, taken in UTC, contain it, else the last one listed.
func (a *Agreement) CalendarAt(name string, at calendar.Instant) (calendar.Calendar, bool) {
	var last calendar.Calendar
	found, covered := false, false
	for _, c := range a.Calendars {
		if c.Name != name {
			continue
		}
		if in := days(&c).Contains(at); in || !covered {
			last, found, covered = c, true, in
		}
	}
	return last, found
}

// days is the span of the days that a calendar lists, in UTC.
func days(c *calendar.Calendar) calendar.Span {
	first, fromErr := calendar.Parse(c.From.String())
	last, untilErr := calendar.Parse(c.Until.String())
	if fromErr != nil || untilErr != nil {
		return calendar.Span{From: calendar.Latest, Until: calendar.Latest}
	}
	return calendar.Span{From: first, Until: last.Add(dayLength)}
}

// listed returns the spans of days that the versions of a calendar list between them, joined where they meet.
func (a *Agreement) listed(name string) []calendar.Span {
	var spans []calendar.Span
	for i := range a.Calendars {
		if s := days(&a.Calendars[i]); a.Calendars[i].Name == name && s.From < s.Until {
			spans = append(spans, s)
		}
	}
	slices.SortFunc(spans, func(x, y calendar.Span) int { return cmp.Compare(x.From, y.From) })
	var out []calendar.Span
	for _, s := range spans {
		if k := len(out) - 1; k >= 0 && s.From <= out[k].Until {
			out[k].Until = max(out[k].Until, s.Until)
			continue
		}
		out = append(out, s)
	}
	return out
}

// listedDays writes the days that a calendar lists, both ends included.
func (a *Agreement) listedDays(name string) string {
	var out []string
	for _, s := range a.listed(name) {
		out = append(out, fmt.Sprintf("%s to %s", day(s.From), day(s.Until.Add(-dayLength))))
	}
	return and(out)
}

// uncovered returns the parts of a span for which no version of a calendar lists the holidays. A beginning that is not stated
// is taken to be covered: what came before the record is nobody's deadline.
func (a *Agreement) uncovered(name string, s calendar.Span) []calendar.Span {
	from, until := s.From, s.Until
	listed := a.listed(name)
	if !from.IsSet() && len(listed) > 0 {
		from = listed[0].From
	}
	if !until.IsSet() {
		until = calendar.Latest
	}
	var out []calendar.Span
	for _, l := range listed {
		if from < l.From && from < until {
			out = append(out, calendar.Span{From: from, Until: min(l.From, until)})
		}
		from = max(from, l.Until)
	}
	if from < until {
		out = append(out, calendar.Span{From: from, Until: until})
	}
	return out
}

// versionsOfCalendar names the versions of a calendar.
func (a *Agreement) versionsOfCalendar(name string) string {
	var out []string
	for i := range a.Calendars {
		if a.Calendars[i].Name == name {
			out = append(out, a.Calendars[i].Version)
		}
	}
	return and(out)
}
