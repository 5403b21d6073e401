package calendar

import (
	"fmt"
	"strings"
	"time"
)

var layouts = []string{"2006-01-02T15:04Z07:00", time.RFC3339Nano, "2006-01-02T15Z07:00"}

// localLayouts are the same without an offset.
var localLayouts = []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02T15"}

// Parse reads an instant with a zone offset (2026-03-02T12:00Z), a local time with the name of its zone
// (2026-03-02T12:00[America/New_York]), or a plain date, which stands for its first instant in UTC. The years are 1990 to 2199.
//
// A local time without a zone is refused: it would be somebody's guess. So is one that the clocks of its zone skip or
// show twice, with the two instants that it may stand for; and an offset that the named zone does not have at that time.
func Parse(s string) (Instant, error) {
	if d, err := ParseDate(s); err == nil {
		return From(time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)), nil
	}
	if text, zone, ok := bracketed(s); ok {
		return parseLocal(s, text, zone)
	}
	if t, ok := parseLayouts(layouts, s); ok {
		return accepted(s, t)
	}
	if strings.Contains(s, "T") && !strings.ContainsAny(s, "Z+") {
		return 0, fmt.Errorf("%q has no zone; write 2026-03-02T12:00Z or 2026-03-02T12:00-08:00", s)
	}
	return 0, fmt.Errorf("%q is not a date (2026-03-02) or an instant (2026-03-02T12:00Z)", s)
}

func parseLayouts(layouts []string, s string) (time.Time, bool) {
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func accepted(s string, t time.Time) (Instant, error) {
	if t.Year() < 1990 || t.Year() >= 2200 {
		return 0, fmt.Errorf("%q lies outside the years 1990 to 2199", s)
	}
	return From(t), nil
}

// bracketed cuts "2026-03-02T12:00[America/New_York]" in two.
func bracketed(s string) (text string, zone Zone, ok bool) {
	text, name, ok := strings.Cut(s, "[")
	if !ok || !strings.HasSuffix(name, "]") {
		return "", "", false
	}
	return text, Zone(name[:len(name)-1]), true
}

// parseLocal reads a local time of a zone, with or without its offset.
func parseLocal(s, text string, zone Zone) (Instant, error) {
	loc, err := zone.Location()
	if err != nil {
		return 0, fmt.Errorf("%q: %w", s, err)
	}
	if t, ok := parseLayouts(layouts, text); ok {
		_, given := t.Zone()
		if _, has := t.In(loc).Zone(); has != given {
			return 0, fmt.Errorf("%q: that offset is not in force in %s at that time; write %s", s, zone, offsetText(t.In(loc)))
		}
		return accepted(s, t)
	}
	naive, ok := parseLayouts(localLayouts, text)
	if !ok {
		return 0, fmt.Errorf("%q is not a local time of a zone; write 2026-03-02T12:00[America/New_York]", s)
	}
	r := readingsOf(naive, loc)
	switch {
	case r.early.Equal(r.late), r.lateShows && !r.earlyShows:
		return accepted(s, r.late)
	case r.earlyShows && !r.lateShows:
		return accepted(s, r.early)
	case r.earlyShows:
		return 0, fmt.Errorf("%q is shown twice by the clocks of %s; write %s for the earlier, %s for the later", s, zone, offsetText(r.early), offsetText(r.late))
	}
	return 0, fmt.Errorf("%q is skipped by the clocks of %s; write %s or %s", s, zone, offsetText(r.early), offsetText(r.late))
}

// offsetText writes a local time with its offset, as [Parse] reads it.
func offsetText(t time.Time) string {
	if t.Second() != 0 || t.Nanosecond() != 0 {
		return t.Format(time.RFC3339Nano)
	}
	return t.Format("2006-01-02T15:04Z07:00")
}
