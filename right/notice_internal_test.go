package right

import (
	"testing"

	"firstlook/calendar"
)

// A deadline names the calendar that counted its days, and none where none did.
func TestCalendarName(t *testing.T) {
	days := calendar.Calendar{Name: "us", Version: "2026"}
	for _, c := range []struct {
		cal  calendar.Calendar
		rule calendar.Rule
		want string
	}{
		{days, calendar.Rule{Length: calendar.Length{N: 3, Unit: calendar.BusinessDays}}, "us 2026"},
		{days, calendar.Rule{Length: calendar.Length{N: 3, Unit: calendar.Days}, Roll: calendar.RollForward}, "us 2026"},
		{days, calendar.Rule{Length: calendar.Length{N: 3, Unit: calendar.Days}, Roll: calendar.RollNone}, ""},
		{days, calendar.Rule{Length: calendar.Length{N: 72, Unit: calendar.Hours}}, ""},
		{calendar.Calendar{}, calendar.Rule{Length: calendar.Length{N: 3, Unit: calendar.BusinessDays}}, ""},
	} {
		if got := calendarName(c.cal, c.rule); got != c.want {
			t.Errorf("%+v by %s: %q, want %q", c.rule, c.cal.Name, got, c.want)
		}
	}
}
