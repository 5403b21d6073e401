package calendar_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"firstlook/calendar"
)

// window reads "3 days"; the rest of a rule is set by the case.
func window(t *testing.T, length string, zone calendar.Zone, at string) calendar.Rule {
	t.Helper()
	l, err := calendar.ParseLength(length)
	if err != nil {
		t.Fatal(err)
	}
	c, err := calendar.ParseClock(at)
	if err != nil {
		t.Fatal(err)
	}
	return calendar.Rule{Length: l, Zone: zone, At: c}
}

const (
	la  calendar.Zone = "America/Los_Angeles"
	ny  calendar.Zone = "America/New_York"
	utc calendar.Zone = "UTC"
)

// In March 2026 the 2nd is a Monday, and the clocks of Los Angeles go forward on the 8th, a Sunday; on 1 November back.
func TestDeadlineModifiers(t *testing.T) {
	noon := func(r *calendar.Rule) { r.Cutoff = 12 * 60 }
	first := func(r *calendar.Rule) { r.FirstDay = true }
	inclusive := func(r *calendar.Rule) { r.Inclusive = true }
	half := func(r *calendar.Rule) { r.Cutoff = 1*60 + 30 }
	for _, c := range []struct {
		name   string
		length string
		zone   calendar.Zone
		at     string
		with   []func(*calendar.Rule)
		start  string
		want   string
	}{
		{"noon rule: before noon, the next day", "1 day", utc, "23:59", []func(*calendar.Rule){noon}, "2026-03-02T11:59Z", "2026-03-03T23:59Z"},
		{"noon rule: at noon, the day after", "1 day", utc, "23:59", []func(*calendar.Rule){noon}, "2026-03-02T12:00Z", "2026-03-04T23:59Z"},
		{"noon is the holder's", "1 day", ny, "23:59", []func(*calendar.Rule){noon}, "2026-03-02T16:59Z", "2026-03-03T23:59[America/New_York]"},
		{"and not Greenwich's", "1 day", ny, "23:59", []func(*calendar.Rule){noon}, "2026-03-02T17:00Z", "2026-03-04T23:59[America/New_York]"},
		{"a week from the day after", "1 week", utc, "end_of_day", []func(*calendar.Rule){noon}, "2026-03-02T13:00Z", "2026-03-11"},
		{"a month from the day after: 31 January counts as 1 February", "1 month", utc, "end_of_day", []func(*calendar.Rule){noon}, "2026-01-31T13:00Z", "2026-03-02"},
		{"hours know no cutoff", "24 hours", "", "end_of_day", []func(*calendar.Rule){noon}, "2026-03-02T13:00Z", "2026-03-03T13:00Z"},

		{"business days: Friday before the cutoff", "1 business_day", ny, "17:00", []func(*calendar.Rule){noon}, "2026-03-06T11:59[America/New_York]", "2026-03-09T17:00[America/New_York]"},
		{"business days: Friday after it counts as Monday", "1 business_day", ny, "17:00", []func(*calendar.Rule){noon}, "2026-03-06T12:00[America/New_York]", "2026-03-10T17:00[America/New_York]"},
		{"so does Saturday, though before noon: nothing that comes later is due earlier", "1 business_day", ny, "17:00", []func(*calendar.Rule){noon}, "2026-03-07T09:00[America/New_York]", "2026-03-10T17:00[America/New_York]"},
		{"without a cutoff Saturday is a day before Monday", "1 business_day", ny, "17:00", nil, "2026-03-07T09:00[America/New_York]", "2026-03-09T17:00[America/New_York]"},
		{"a cutoff before a long weekend", "1 business_day", ny, "17:00", []func(*calendar.Rule){noon}, "2026-05-22T13:00[America/New_York]", "2026-05-27T17:00[America/New_York]"},

		{"the cutoff is skipped by the clocks: the instant before the gap is in time", "1 day", la, "end_of_day", []func(*calendar.Rule){func(r *calendar.Rule) { r.Cutoff = 2*60 + 30 }}, "2026-03-08T01:59:59-08:00", "2026-03-10T00:00-07:00"},
		{"and the instant after it late", "1 day", la, "end_of_day", []func(*calendar.Rule){func(r *calendar.Rule) { r.Cutoff = 2*60 + 30 }}, "2026-03-08T03:00-07:00", "2026-03-11T00:00-07:00"},
		{"the cutoff comes twice: the later counts", "1 day", la, "end_of_day", []func(*calendar.Rule){half}, "2026-11-01T01:45-07:00", "2026-11-03T00:00-08:00"},
		{"from it on the next day counts", "1 day", la, "end_of_day", []func(*calendar.Rule){half}, "2026-11-01T01:30-08:00", "2026-11-04T00:00-08:00"},

		{"the first day counts: one day ends with the day of the start", "1 day", utc, "end_of_day", []func(*calendar.Rule){first}, "2026-03-02T12:00Z", "2026-03-03"},
		{"three days", "3 days", utc, "end_of_day", []func(*calendar.Rule){first}, "2026-03-02T12:00Z", "2026-03-05"},
		{"a week from Monday ends on Sunday", "1 week", utc, "end_of_day", []func(*calendar.Rule){first}, "2026-03-02T12:00Z", "2026-03-09"},
		{"a month from 5 March ends on 4 April", "1 month", utc, "end_of_day", []func(*calendar.Rule){first}, "2026-03-05T12:00Z", "2026-04-05"},
		{"a month from 1 March ends on 31 March", "1 month", utc, "end_of_day", []func(*calendar.Rule){first}, "2026-03-01T12:00Z", "2026-04-01"},
		{"a month from 31 January ends on the last of February", "1 month", utc, "end_of_day", []func(*calendar.Rule){first}, "2026-01-31T12:00Z", "2026-03-01"},
		{"a business day that counts", "1 business_day", ny, "17:00", []func(*calendar.Rule){first}, "2026-03-06T09:00[America/New_York]", "2026-03-06T17:00[America/New_York]"},
		{"a Saturday is not the first business day", "1 business_day", ny, "17:00", []func(*calendar.Rule){first}, "2026-03-07T09:00[America/New_York]", "2026-03-09T17:00[America/New_York]"},
		{"late on Friday counts as Monday, the first", "1 business_day", ny, "17:00", []func(*calendar.Rule){first, noon}, "2026-03-06T16:00[America/New_York]", "2026-03-09T17:00[America/New_York]"},

		{"half-open: the deadline itself is late", "1 day", utc, "17:00", nil, "2026-03-02T12:00Z", "2026-03-03T17:00Z"},
		{"inclusive: it is in time, by a microsecond", "1 day", utc, "17:00", []func(*calendar.Rule){inclusive}, "2026-03-02T12:00Z", "2026-03-03T17:00:00.000001Z"},
		{"hours too", "24 hours", "", "end_of_day", []func(*calendar.Rule){inclusive}, "2026-03-02T12:00Z", "2026-03-03T12:00:00.000001Z"},
		{"months too", "1 month", utc, "end_of_day", []func(*calendar.Rule){inclusive}, "2026-03-02T12:00Z", "2026-04-03T00:00:00.000001Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := window(t, c.length, c.zone, c.at)
			for _, with := range c.with {
				with(&r)
			}
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

func TestBefore(t *testing.T) {
	for _, c := range []struct {
		name   string
		length string
		zone   calendar.Zone
		at     string
		with   func(*calendar.Rule)
		start  string
		want   string
	}{
		{"hours are exact across a clock change", "72 hours", "", "end_of_day", nil, "2026-03-10T12:00Z", "2026-03-07T12:00Z"},
		{"until 08:00 on the business day before the start", "1 business_day", ny, "08:00", nil, "2026-03-09T09:00[America/New_York]", "2026-03-06T08:00[America/New_York]"},
		{"across a holiday", "1 business_day", ny, "08:00", nil, "2026-05-26", "2026-05-22T08:00[America/New_York]"},
		{"two business days before a Sunday", "2 business_days", ny, "17:00", nil, "2026-03-08T12:00[America/New_York]", "2026-03-05T17:00[America/New_York]"},
		{"the end of the day before is the first instant of the day of the start", "1 day", utc, "end_of_day", nil, "2026-03-10T12:00Z", "2026-03-10"},
		{"the day is the zone's", "1 day", la, "end_of_day", nil, "2026-03-10T02:00Z", "2026-03-09T07:00Z"},
		{"two weeks", "2 weeks", utc, "12:00", nil, "2026-03-16T12:00Z", "2026-03-02T12:00Z"},
		{"a month before 31 March is the last of February", "1 month", utc, "12:00", nil, "2026-03-31T12:00Z", "2026-02-28T12:00Z"},
		{"and 1 March where the first day counts", "1 month", utc, "12:00", func(r *calendar.Rule) { r.FirstDay = true }, "2026-03-31T12:00Z", "2026-03-01T12:00Z"},
		{"the day of the start counts as the first", "1 day", utc, "08:00", func(r *calendar.Rule) { r.FirstDay = true }, "2026-03-10T12:00Z", "2026-03-10T08:00Z"},
		{"as the first business day", "2 business_days", ny, "08:00", func(r *calendar.Rule) { r.FirstDay = true }, "2026-03-09T09:00[America/New_York]", "2026-03-06T08:00[America/New_York]"},
		{"a Sunday rolls back", "2 days", utc, "17:00", func(r *calendar.Rule) { r.Roll = calendar.RollBackward }, "2026-03-10T12:00Z", "2026-03-06T17:00Z"},
		{"or forward", "2 days", utc, "17:00", func(r *calendar.Rule) { r.Roll = calendar.RollForward }, "2026-03-10T12:00Z", "2026-03-09T17:00Z"},
		{"a clock time that is skipped", "1 day", la, "02:30", nil, "2026-03-09T12:00-07:00", "2026-03-08T03:00-07:00"},
		{"a clock time that happens twice is the later", "1 day", la, "01:30", nil, "2026-11-02T12:00-08:00", "2026-11-01T01:30-08:00"},
		{"inclusive, up to the start itself", "1 day", utc, "end_of_day", func(r *calendar.Rule) { r.Inclusive = true }, "2026-03-10", "2026-03-10T00:00:00.000001Z"},
		{"inclusive hours", "24 hours", "", "end_of_day", func(r *calendar.Rule) { r.Inclusive = true }, "2026-03-10", "2026-03-09T00:00:00.000001Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := window(t, c.length, c.zone, c.at)
			r.BeforeStart = true
			if c.with != nil {
				c.with(&r)
			}
			got, err := r.Before(at(t, c.start), federal)
			if err != nil {
				t.Fatal(err)
			}
			if want := at(t, c.want); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// A rule that cannot give a window is refused with what is wrong; it never gives one that is over before it starts.
func TestRuleRefuses(t *testing.T) {
	start := at(t, "2026-03-06T18:00Z") // a Friday
	day := func(with func(*calendar.Rule)) calendar.Rule {
		r := window(t, "1 day", utc, "17:00")
		with(&r)
		return r
	}
	for _, c := range []struct {
		name   string
		rule   calendar.Rule
		before bool
		want   string
	}{
		{"counted back, asked forward", day(func(r *calendar.Rule) { r.BeforeStart = true }), false, "counted back"},
		{"over on the day of the start", day(func(r *calendar.Rule) { r.FirstDay = true }), false, "before it starts"},
		{"rolled back behind the start", day(func(r *calendar.Rule) { r.Roll = calendar.RollBackward }), false, "before it starts"},
		{"no length", calendar.Rule{Zone: utc, Length: calendar.Length{Unit: calendar.BusinessDays}}, false, "needs a length"},
		{"no length, back", calendar.Rule{Zone: utc, Length: calendar.Length{Unit: calendar.BusinessDays}}, true, "needs a length"},
		{"a cutoff, counted back", day(func(r *calendar.Rule) { r.Cutoff = 12 * 60 }), true, "cutoff"},
		{"after the start", day(func(r *calendar.Rule) { r.FirstDay, r.At = true, calendar.EndOfDay }), true, "after it"},
		{"rolled behind the start", calendar.Rule{Length: calendar.Length{N: 6, Unit: calendar.Days}, Zone: utc, Roll: calendar.RollForward, At: 17 * 60}, true, ""},
		{"no zone, back", calendar.Rule{Length: calendar.Length{N: 1, Unit: calendar.Days}}, true, "zone"},
		{"a year without holidays, back", calendar.Rule{Length: calendar.Length{N: 60, Unit: calendar.BusinessDays}, Zone: utc}, true, "lists no holidays"},
		{"no unit, back", calendar.Rule{Length: calendar.Length{N: 1}, Zone: utc}, true, "unknown unit"},
	} {
		ask := c.rule.Deadline
		if c.before {
			ask = c.rule.Before
		}
		got, err := ask(start, federal)
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v, want a deadline", c.name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %s (%v), want an error about %q", c.name, got, err, c.want)
		}
	}
}

// What starts later is never due earlier, whatever the rule; and what is counted back from a later start neither.
func TestDeadlineIsMonotonic(t *testing.T) {
	rng := rand.New(rand.NewPCG(*seed, 7))
	zones := []calendar.Zone{la, ny, utc, "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns"}
	checked := 0
	for range 20_000 {
		r := calendar.Rule{Length: calendar.Length{N: 1 + rng.IntN(5), Unit: calendar.Units[rng.IntN(len(calendar.Units))]}, Zone: zones[rng.IntN(len(zones))],
			At: calendar.Clock(rng.IntN(24*60 + 1)), Roll: []calendar.Roll{"", calendar.RollForward, calendar.RollBackward}[rng.IntN(3)],
			FirstDay: rng.IntN(2) == 0, Inclusive: rng.IntN(2) == 0}
		back := rng.IntN(3) == 0
		if !back && rng.IntN(2) == 0 {
			r.Cutoff = calendar.Clock(rng.IntN(24*60 + 1))
		}
		early := at(t, "2026-02-15") + calendar.Instant(rng.Int64N(260*24*calendar.Hour))
		late := early + calendar.Instant(rng.Int64N(3*24*calendar.Hour))
		ask := r.Deadline
		if back {
			ask = r.Before
		}
		first, err1 := ask(early, federal)
		second, err2 := ask(late, federal)
		if err1 != nil || err2 != nil {
			continue
		}
		checked++
		if second < first || !back && first <= early || back && first > early+1 {
			t.Fatalf("%+v (back: %v): %s gives %s, %s gives %s; go test ./calendar -run Monotonic -seed %d", r, back, early, first, late, second, *seed)
		}
	}
	if checked < 5_000 {
		t.Errorf("only %d pairs had a deadline", checked)
	}
}

func TestExact(t *testing.T) {
	for text, want := range map[string]time.Duration{"1 hour": time.Hour, "3 days": 72 * time.Hour, "2 weeks": 336 * time.Hour} {
		l, err := calendar.ParseLength(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := l.Exact(); !ok || got != calendar.Instant(want.Microseconds()) {
			t.Errorf("%s is %d, %v; want %d", text, got, ok, want.Microseconds())
		}
	}
	for _, l := range []calendar.Length{{N: 1, Unit: calendar.Months}, {N: 1, Unit: calendar.BusinessDays}, {N: 1}} {
		if got, ok := l.Exact(); ok {
			t.Errorf("%s is exactly %d", l, got)
		}
	}
}

// A local time is read in its zone; one that may stand for two instants, or for none, is refused with both readings.
func TestParseLocal(t *testing.T) {
	for text, want := range map[string]string{
		"2026-03-02T12:00[America/New_York]":          "2026-03-02T17:00Z",
		"2026-07-02T12[America/New_York]":             "2026-07-02T16:00Z",
		"2026-03-02T12:00:30.5[UTC]":                  "2026-03-02T12:00:30.500000Z",
		"2026-11-01T01:30-04:00[America/New_York]":    "2026-11-01T05:30Z",
		"2026-11-01T01:30-05:00[America/New_York]":    "2026-11-01T06:30Z",
		"2026-11-01T00:59[America/New_York]":          "2026-11-01T04:59Z",
		"2026-11-01T02:00[America/New_York]":          "2026-11-01T07:00Z",
		"2026-03-08T01:59[America/New_York]":          "2026-03-08T06:59Z",
		"2026-03-08T03:00[America/New_York]":          "2026-03-08T07:00Z",
		"2026-10-04T02:30[Australia/Lord_Howe]":       "2026-10-03T15:30Z",
		"2026-04-05T02:00:00+10:30[Asia/Tokyo]":       "",
		"2026-04-05T01:29:59[Australia/Lord_Howe]":    "2026-04-04T14:29:59Z",
		"2026-04-05T01:45+11:00[Australia/Lord_Howe]": "2026-04-04T14:45Z",
	} {
		got, err := calendar.Parse(text)
		if want == "" {
			if err == nil {
				t.Errorf("%s is read as %s, want an error", text, got)
			}
		} else if err != nil || got.String() != want {
			t.Errorf("%s is %s (%v), want %s", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"2026-11-01T01:30[America/New_York]":       "shown twice by the clocks of America/New_York; write 2026-11-01T01:30-04:00 for the earlier, 2026-11-01T01:30-05:00 for the later",
		"2026-03-08T02:30[America/New_York]":       "skipped by the clocks of America/New_York; write 2026-03-08T01:30-05:00 or 2026-03-08T03:30-04:00",
		"2026-04-05T01:45:10[Australia/Lord_Howe]": "write 2026-04-05T01:45:10+11:00 for the earlier, 2026-04-05T01:45:10+10:30 for the later",
		"2026-03-02T12:00-04:00[America/New_York]": "not in force in America/New_York at that time; write 2026-03-02T11:00-05:00",
		"2026-03-02T12:00[New York]":               `unknown time zone "New York"`,
		"2026-03-02T12:00[Local]":                  "a zone is needed",
		"2026-03-02T12:00[]":                       "a zone is needed",
		"2026-03-02[America/New_York]":             "is not a local time",
		"1066-10-14T09:00[Europe/London]":          "outside the years",
		"2026-03-02T12:00":                         "has no zone",
	} {
		got, err := calendar.Parse(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %s (%v), want an error with %q", text, got, err, want)
		}
	}
}

// A local time and the clock that shows it agree, whichever the zone; what is refused names two instants that read back.
func TestParseLocalAgainstClocks(t *testing.T) {
	rng := rand.New(rand.NewPCG(*seed, 8))
	for range 5_000 {
		zone := []calendar.Zone{la, ny, utc, "Australia/Lord_Howe", "Europe/Berlin"}[rng.IntN(5)]
		loc, err := zone.Location()
		if err != nil {
			t.Fatal(err)
		}
		moment := at(t, "2026-01-01") + calendar.Instant(rng.Int64N(365*24)*calendar.Hour)
		text := moment.Time().In(loc).Format("2006-01-02T15:04") + "[" + string(zone) + "]"
		got, err := calendar.Parse(text)
		if err != nil && !strings.Contains(err.Error(), moment.Time().In(loc).Format("2006-01-02T15:04Z07:00")) {
			t.Fatalf("%s: %v does not name %s; go test ./calendar -run LocalAgainst -seed %d", text, err, moment, *seed)
		}
		if err == nil && got != moment {
			t.Fatalf("%s is read as %s, want %s; go test ./calendar -run LocalAgainst -seed %d", text, got, moment, *seed)
		}
	}
}
