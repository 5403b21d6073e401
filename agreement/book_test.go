package agreement_test

import (
	"testing"

	"firstlook/agreement"
	"firstlook/calendar"
)

// A certification forfeits a right when its challenge window has passed; a challenge in time stops it, and what is certified
// after one is final at once. Facts stand in the order in which they were recorded.
func TestForfeited(t *testing.T) {
	certified := func(trigger, day string) agreement.Fact {
		return agreement.Fact{Agreement: "x", Trigger: agreement.TriggerID(trigger), At: at(t, day), By: "panel"}
	}
	challenged := func(trigger, day string) agreement.Fact {
		f := certified(trigger, day)
		f.By, f.Challenge = "b", true
		return f
	}
	text := `agreement: x
title: X
grantor: a
direction: buys
parties: [{id: a, name: A}, {id: b, name: B}, {id: panel, name: P}]
calendars:
  - {name: us, version: "1", weekend: [saturday, sunday], from: 2026-01-01, until: 2026-12-31}
  - {name: us, version: "2", weekend: [saturday, sunday], from: 2027-01-01, until: 2027-12-31, holidays: [2027-01-06]}
triggers: [{id: default, description: D, certified_by: [panel]}, {id: fraud, description: F, certified_by: [panel]}, {id: other, description: O, certified_by: [panel]}]
clauses:
  - {id: timed, kind: exclusive, cite: s, holder: b, calendar: us, forfeiture: {triggers: [default, fraud], challenge: {length: 2 business_days, zone: UTC, at: end_of_day}}}
  - {id: instant, kind: exclusive, cite: s, holder: b, forfeiture: {triggers: [fraud]}}
  - {id: never, kind: exclusive, cite: s, holder: b}
`
	a, err := agreement.Parse("x.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	// Monday 2 March 2026: the window closes with Wednesday 4 March.
	for name, c := range map[string]struct {
		clause string
		facts  []agreement.Fact
		at     string
		want   string // the instant of the forfeiture and that of its fact; empty for none
	}{
		"in the window":                             {"timed", []agreement.Fact{certified("default", "2026-03-02T12:00Z")}, "2026-03-04T23:59Z", ""},
		"the window is over":                        {"timed", []agreement.Fact{certified("default", "2026-03-02T12:00Z")}, "2026-03-05", "2026-03-05T00:00Z 2026-03-02T12:00Z"},
		"what will come":                            {"timed", []agreement.Fact{certified("default", "2026-03-02T12:00Z")}, "2199-01-01", "2026-03-05T00:00Z 2026-03-02T12:00Z"},
		"before the fact":                           {"timed", []agreement.Fact{certified("default", "2026-03-02T12:00Z")}, "2026-03-01", ""},
		"no window":                                 {"instant", []agreement.Fact{certified("fraud", "2026-03-02T12:00Z")}, "2026-03-02T12:00Z", "2026-03-02T12:00Z 2026-03-02T12:00Z"},
		"no window, so no challenge":                {"instant", []agreement.Fact{certified("fraud", "2026-03-02"), challenged("fraud", "2026-03-02")}, "2026-03-02", "2026-03-02T00:00Z 2026-03-02T00:00Z"},
		"no forfeiture":                             {"never", []agreement.Fact{certified("fraud", "2026-03-02")}, "2027-03-02", ""},
		"another event":                             {"timed", []agreement.Fact{certified("other", "2026-03-02")}, "2026-06-01", ""},
		"challenged in time":                        {"timed", []agreement.Fact{certified("default", "2026-03-02"), challenged("default", "2026-03-04T23:59:59.999999Z")}, "2026-06-01", ""},
		"challenged at the deadline":                {"timed", []agreement.Fact{certified("default", "2026-03-02"), challenged("default", "2026-03-05")}, "2026-06-01", "2026-03-05T00:00Z 2026-03-02T00:00Z"},
		"the challenge of another event":            {"timed", []agreement.Fact{certified("default", "2026-03-02"), challenged("fraud", "2026-03-03")}, "2026-06-01", "2026-03-05T00:00Z 2026-03-02T00:00Z"},
		"certified again after a challenge":         {"timed", []agreement.Fact{certified("default", "2026-03-02"), challenged("default", "2026-03-03"), certified("default", "2026-04-01")}, "2026-06-01", "2026-04-01T00:00Z 2026-04-01T00:00Z"},
		"certified again in the same instant":       {"timed", []agreement.Fact{certified("default", "2026-03-02"), challenged("default", "2026-03-03"), certified("default", "2026-03-03")}, "2026-03-03", "2026-03-03T00:00Z 2026-03-03T00:00Z"},
		"a final certification is not challenged":   {"timed", []agreement.Fact{certified("default", "2026-03-02"), challenged("default", "2026-03-03"), certified("default", "2026-04-01"), challenged("default", "2026-04-01")}, "2026-06-01", "2026-04-01T00:00Z 2026-04-01T00:00Z"},
		"a late challenge makes nothing final":      {"timed", []agreement.Fact{certified("fraud", "2026-03-02"), challenged("default", "2026-03-03"), certified("default", "2026-03-03")}, "2026-03-04", ""},
		"challenged before it takes effect":         {"timed", []agreement.Fact{certified("default", "2026-03-10"), challenged("default", "2026-03-05")}, "2026-06-01", ""},
		"the earliest of two":                       {"timed", []agreement.Fact{certified("default", "2026-03-09"), certified("fraud", "2026-03-02")}, "2026-06-01", "2026-03-05T00:00Z 2026-03-02T00:00Z"},
		"the one is challenged, the other is not":   {"timed", []agreement.Fact{certified("default", "2026-03-02"), challenged("default", "2026-03-03"), certified("fraud", "2026-03-09")}, "2026-06-01", "2026-03-12T00:00Z 2026-03-09T00:00Z"},
		"the calendar's version of the time counts": {"timed", []agreement.Fact{certified("default", "2027-01-04T12:00Z")}, "2027-06-01", "2027-01-08T00:00Z 2027-01-04T12:00Z"},
		"no calendar reaches":                       {"timed", []agreement.Fact{certified("default", "2028-03-01")}, "2029-01-01", ""},
	} {
		cl, _ := a.Clause(agreement.Ref{Agreement: "x", Clause: agreement.ClauseID(c.clause), Version: 1})
		book := agreement.Book{Agreements: []*agreement.Agreement{a}, Facts: c.facts}
		got := ""
		if f, from, ok := book.Forfeited(cl, at(t, c.at)); ok {
			got = from.String() + " " + f.At.String()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// The first certification in effect counts, and challenges never do.
func TestCertified(t *testing.T) {
	book := agreement.Book{Facts: []agreement.Fact{
		{Agreement: "x", Trigger: "e", At: at(t, "2026-03-01"), Challenge: true},
		{Agreement: "y", Trigger: "e", At: at(t, "2026-03-01")},
		{Agreement: "x", Trigger: "f", At: at(t, "2026-03-01")},
		{Agreement: "x", Trigger: "e", At: at(t, "2026-03-09"), Person: "late"},
		{Agreement: "x", Trigger: "e", At: at(t, "2026-03-05"), Person: "early"},
		{Agreement: "x", Trigger: "e", At: at(t, "2026-03-05"), Person: "again"},
	}}
	for day, want := range map[string]string{"2026-03-04": "", "2026-03-05": "early", "2026-04-01": "early"} {
		f, ok := book.Certified("x", "e", at(t, day))
		if f.Person != want || ok != (want != "") {
			t.Errorf("%s: %q %v, want %q", day, f.Person, ok, want)
		}
	}
}

// The version of a calendar whose days contain the instant counts, the last listed of several, else the last listed.
func TestCalendarAt(t *testing.T) {
	day := func(s string) calendar.Date {
		d, err := calendar.ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	version := func(name, v, from, until string) calendar.Calendar {
		return calendar.Calendar{Name: name, Version: v, From: day(from), Until: day(until)}
	}
	a := agreement.Agreement{Calendars: []calendar.Calendar{
		version("us", "2026", "2026-01-01", "2026-12-31"), version("eu", "1", "2020-01-01", "2030-12-31"),
		version("us", "2027", "2027-01-01", "2027-12-31"), version("us", "2026 mended", "2026-07-01", "2026-12-31"),
	}}
	for _, c := range []struct{ name, at, want string }{
		{"us", "2026-03-01", "2026"}, {"us", "2026-06-30T23:59Z", "2026"}, {"us", "2026-07-01", "2026 mended"}, {"us", "2026-12-31T23:59Z", "2026 mended"},
		{"us", "2027-01-01", "2027"}, {"us", "2028-01-01", "2026 mended"}, {"us", "2025-01-01", "2026 mended"}, {"eu", "2027-01-01", "1"}, {"uk", "2027-01-01", ""},
	} {
		got, ok := a.CalendarAt(c.name, at(t, c.at))
		if got.Version != c.want || ok != (c.want != "") {
			t.Errorf("%s at %s: %q %v, want %q", c.name, c.at, got.Version, ok, c.want)
		}
	}
	if first, _ := a.Calendar("us"); first.Version != "2026" {
		t.Errorf("by name alone: %s", first.Version)
	}
}
