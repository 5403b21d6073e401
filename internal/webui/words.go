package webui

import (
	"fmt"
	"html/template"
	"math"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"firstlook/calendar"
	"firstlook/internal/desk"
	"firstlook/money"
	"firstlook/party"
	"firstlook/right"
)

// functions are what the templates call.
var functions = template.FuncMap{
	"thousands": thousands, "plain": plainAny, "sentence": sentence,
}

func queryEscape(s string) string { return url.QueryEscape(s) }

// sentence writes the first letter large and ends with a stop.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	if len(s) < 2 || s[1] < '0' || s[1] > '9' { // m1 and l1 stay as they are
		s = strings.ToUpper(s[:1]) + s[1:]
	}
	if !strings.ContainsAny(s[len(s)-1:], ".?!:") {
		s += "."
	}
	return s
}

func commas(words []string) string { return strings.Join(words, ", ") }

// plain writes a word of a closed set as prose.
func plain[T ~string](w T) string { return strings.ReplaceAll(string(w), "_", " ") }

func plainAny(v any) string { return strings.ReplaceAll(fmt.Sprint(v), "_", " ") }

func plains[T ~string](ws []T) string {
	out := make([]string, len(ws))
	for i, w := range ws {
		out[i] = plain(w)
	}
	return commas(out)
}

// thousands writes 1234567 as 1,234,567.
func thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// amount writes money with thousands set apart, rounded up to the cent; nothing for no amount.
func amount(m money.Amount) string {
	if m.Currency() == "" {
		return ""
	}
	if cents, err := m.Scale(1, 10_000, money.Up); err == nil && cents.Micros() < math.MaxInt64/10_000 {
		m = money.Micros(cents.Micros()*10_000, m.Currency())
	}
	number, code, _ := strings.Cut(m.String(), " ")
	whole, frac, _ := strings.Cut(number, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return m.String()
	}
	return thousands(n) + "." + frac + " " + code
}

// rate writes the price of an accelerator-hour.
func rate(r money.Rate) string {
	if r.Currency() == "" {
		return ""
	}
	return r.String() + "/gpu-h"
}

func day(i calendar.Instant) string { return i.Time().Format("2 Jan 2006") }

// span writes a period by its days; until is its last one.
func span(s calendar.Span) string {
	if !s.From.IsSet() || !s.Until.IsSet() {
		return s.String()
	}
	days := (int64(s.Until) - int64(s.From) + 24*calendar.Hour - 1) / (24 * calendar.Hour)
	return fmt.Sprintf("%s until %s (%s)", day(s.From), day(s.Until), counted(days, "day"))
}

// counted writes a number with its unit.
func counted(n int64, unit string) string {
	if n != 1 {
		unit += "s"
	}
	return thousands(n) + " " + unit
}

// nameOf is how a party is called in the agreements, or in the list of providers; its id where neither says.
func nameOf(law *right.Law, id party.ID) string {
	if id == "sealed" {
		return "a rival under seal"
	}
	for _, a := range law.Book.Agreements {
		if p, ok := a.Party(id); ok {
			return p.Name
		}
	}
	if p, ok := law.Book.Provider(id); ok {
		return p.Name
	}
	return string(id)
}

func namesOf(law *right.Law, ids []party.ID) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = nameOf(law, id)
	}
	return and(out)
}

// and joins words as people do.
func and(words []string) string {
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
	return strings.Join(words, "")
}

// shown is an instant as the clock of a party shows it.
type shown struct{ Of, Zone, Text string }

// deadline is an instant from which on it is too late, on the clocks of those whom it concerns.
type deadline struct {
	Until  calendar.Instant
	MS     int64 // of Unix time
	Left   string
	Over   bool
	Clocks []shown
	UTC    string
}

// deadline shows an instant to its parties; nil where it is not set.
func (v *visit) deadline(until calendar.Instant, of ...party.ID) *deadline {
	if !until.IsSet() || until >= calendar.Latest {
		return nil
	}
	d := &deadline{Until: until, MS: int64(until) / 1000, Left: left(until.Sub(v.now)), Over: until <= v.now, UTC: until.String()}
	var seen []party.ID
	for _, p := range of {
		zone := desk.Zone(v.law, p)
		if p == "" || contains(seen, p) {
			continue
		}
		seen = append(seen, p)
		d.Clocks = append(d.Clocks, shown{nameOf(v.law, p), string(zone), byMidnight(until, zone)})
	}
	return d
}

func contains[T comparable](all []T, one T) bool {
	for _, x := range all {
		if x == one {
			return true
		}
	}
	return false
}

// byMidnight writes an instant in a zone; a person reads midnight as the end of the day before.
func byMidnight(i calendar.Instant, zone calendar.Zone) string {
	local := i.In(zone)
	if _, rest, midnight := strings.Cut(local, " 00:00 "); midnight {
		before, _, _ := strings.Cut((i - 1).In(zone), " 23:59 ")
		return "the end of " + before + " " + rest
	}
	return local
}

// left writes what is left of a time, in its two largest units.
func left(d time.Duration) string {
	if d <= 0 {
		return "over"
	}
	days, hours, minutes := int64(d/(24*time.Hour)), int64(d/time.Hour)%24, int64(d/time.Minute)%60
	switch {
	case days > 0:
		return fmt.Sprintf("%s %s", counted(days, "day"), counted(hours, "hour"))
	case hours > 0:
		return fmt.Sprintf("%s %s", counted(hours, "hour"), counted(minutes, "minute"))
	}
	return fmt.Sprintf("%s %s", counted(minutes, "minute"), counted(int64(d/time.Second)%60, "second"))
}

var (
	instants = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z`)
	ids      = regexp.MustCompile(`[a-z0-9][a-z0-9.-]*[a-z0-9]`)
)

// readable writes parties by their names and instants as the clock of the party shows them, in a sentence of the desk.
func readable(law *right.Law, who party.ID, s string) string {
	zone := desk.Zone(law, who)
	s = ids.ReplaceAllStringFunc(s, func(id string) string { return nameOf(law, party.ID(id)) })
	return instants.ReplaceAllStringFunc(s, func(text string) string {
		at, err := calendar.Parse(text)
		if err != nil {
			return text
		}
		return at.In(zone)
	})
}
