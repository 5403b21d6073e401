package calendar_test

import (
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"firstlook/calendar"
)

var seed = flag.Uint64("seed", 1, "seed of the random tests")

// The text of an instant is that of the standard library, whatever the instant.
func TestInstantText(t *testing.T) {
	r := rand.New(rand.NewPCG(*seed, 0))
	for range 20_000 {
		i := calendar.Instant(r.Int64N(int64(calendar.Latest-calendar.Earliest))) + calendar.Earliest
		switch r.IntN(3) {
		case 0:
			i -= i % 60_000_000
		case 1:
			i -= i % 1_000_000
		}
		want := i.Time().Format("2006-01-02T15:04:05.000000Z")
		read, err := time.Parse("2006-01-02T15:04:05.000000Z", want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := calendar.Parse(i.String())
		if err != nil || got != i || !read.Equal(got.Time()) {
			t.Fatalf("%s reads back as %s (%v), want %s; go test ./calendar -run InstantText -seed %d", i, got, err, want, *seed)
		}
		text := []byte(i.String())
		if err := got.UnmarshalText(text); err != nil || got != i {
			t.Fatalf("%s is %s in a record (%v); go test ./calendar -run InstantText -seed %d", i, got, err, *seed)
		}
		text[r.IntN(len(text))] = "0123456789-:.TZ+ "[r.IntN(17)]
		other, wrong := calendar.Parse(string(text))
		if err := got.UnmarshalText(text); (err == nil) != (wrong == nil) || err == nil && got != other {
			t.Fatalf("%s is %s in a record (%v), elsewhere %s (%v); go test ./calendar -run InstantText -seed %d", text, got, err, other, wrong, *seed)
		}
	}
}

func at(t *testing.T, s string) calendar.Instant {
	t.Helper()
	i, err := calendar.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// federal knows the holidays around the cases below.
var federal = calendar.Calendar{Name: "us-federal", Version: "1", Weekend: []time.Weekday{time.Saturday, time.Sunday},
	Holidays: []calendar.Date{{2026, 5, 25}, {2026, 7, 3}}, From: calendar.Date{2026, 1, 1}, Until: calendar.Date{2026, 12, 31}}

func TestDeadline(t *testing.T) {
	const la, ny, sydney = "America/Los_Angeles", "America/New_York", "Australia/Lord_Howe"
	for _, c := range []struct {
		name  string
		n     int
		unit  calendar.Unit
		zone  calendar.Zone
		at    calendar.Clock
		roll  calendar.Roll
		start string
		want  string
	}{
		{"hours are exact across a clock change", 72, calendar.Hours, "", 0, "", "2026-03-07T12:00Z", "2026-03-10T12:00Z"},
		{"the trigger day is excluded; the end of the last day is the next day's first instant", 1, calendar.Days, "UTC", calendar.EndOfDay, "", "2026-03-02T12:00Z", "2026-03-04"},
		{"the day is the holder's, not Greenwich's", 1, calendar.Days, la, calendar.EndOfDay, "", "2026-01-10T02:00Z", "2026-01-11T08:00Z"},
		{"business days skip the weekend", 3, calendar.BusinessDays, ny, 17 * 60, "", "2026-03-05T15:00Z", "2026-03-10T21:00Z"},
		{"business days skip a holiday", 1, calendar.BusinessDays, ny, calendar.EndOfDay, "", "2026-05-22T15:00Z", "2026-05-27T04:00Z"},
		{"a month ends on a shorter month's last day", 1, calendar.Months, "UTC", calendar.EndOfDay, "", "2026-01-31T10:00Z", "2026-03-01"},
		{"a count that lands on a Sunday rolls forward", 2, calendar.Days, "UTC", calendar.EndOfDay, calendar.RollForward, "2026-03-06T10:00Z", "2026-03-10"},
		{"or backward", 2, calendar.Days, "UTC", calendar.EndOfDay, calendar.RollBackward, "2026-03-06T10:00Z", "2026-03-07"},
		{"a clock time that is skipped is the first instant after the gap", 1, calendar.Days, la, 2*60 + 30, "", "2026-03-07T18:00Z", "2026-03-08T10:00Z"},
		{"a clock time that happens twice is the later", 1, calendar.Days, la, 1*60 + 30, "", "2026-10-31T18:00Z", "2026-11-01T09:30Z"},
		{"half an hour of change is a change", 1, calendar.Days, sydney, 2*60 + 15, "", "2026-10-03T00:00Z", "2026-10-03T15:30Z"},
		{"midnight of a day that is 23 hours long", 1, calendar.Days, la, calendar.EndOfDay, "", "2026-03-07T18:00Z", "2026-03-09T07:00Z"},
		{"two weeks", 2, calendar.Weeks, "UTC", 12 * 60, "", "2026-03-02T12:00Z", "2026-03-16T12:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := calendar.Rule{Length: calendar.Length{N: c.n, Unit: c.unit}, Zone: c.zone, At: c.at, Roll: c.roll}
			got, err := r.Deadline(at(t, c.start), federal)
			if err != nil {
				t.Fatal(err)
			}
			if want := at(t, c.want); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// What is missing is named; nothing is guessed.
func TestDeadlineRefuses(t *testing.T) {
	start := at(t, "2026-12-30T12:00Z")
	for name, r := range map[string]calendar.Rule{
		"no zone":                         {Length: calendar.Length{N: 1, Unit: calendar.Days}},
		"an unknown zone":                 {Length: calendar.Length{N: 1, Unit: calendar.Days}, Zone: "Mars/Olympus"},
		"the machine's zone":              {Length: calendar.Length{N: 1, Unit: calendar.Days}, Zone: "Local"},
		"a year that no holiday is known": {Length: calendar.Length{N: 5, Unit: calendar.BusinessDays}, Zone: "UTC"},
		"no unit":                         {Length: calendar.Length{N: 1}, Zone: "UTC"},
	} {
		if got, err := r.Deadline(start, federal); err == nil {
			t.Errorf("%s: got %s and no error", name, got)
		}
	}
	if _, err := (calendar.Rule{Length: calendar.Length{N: 1, Unit: calendar.BusinessDays}, Zone: "UTC"}).Deadline(start, calendar.Calendar{}); err == nil {
		t.Error("business days without a calendar: no error")
	}
}

func TestParseRefuses(t *testing.T) {
	for _, s := range []string{"", "tomorrow", "2026-03-02T12:00", "0000-01-01", "9999-12-31", "2026-02-30", "2026-13-01", "2026-03-02T25:00Z"} {
		if got, err := calendar.Parse(s); err == nil {
			t.Errorf("Parse(%q) = %s, want an error", s, got)
		}
	}
	for _, s := range []string{"0 hours", "-1 days", "10001 days", "5 bizdays", "hours", "1.5 hours"} {
		if got, err := calendar.ParseLength(s); err == nil {
			t.Errorf("ParseLength(%q) = %s, want an error", s, got)
		}
	}
}
