package cli

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/door"
	"firstlook/money"
	"firstlook/right"
)

// say writes a line of text.
func (a *app) say(format string, args ...any) { fmt.Fprintf(a.out, format+"\n", args...) }

// document writes one JSON document.
func (a *app) document(v any) error {
	e := json.NewEncoder(a.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// eventsJSON is the canonical encoding of events as part of a document.
func eventsJSON(events []right.Event) (json.RawMessage, error) {
	if len(events) == 0 {
		return json.RawMessage("[]"), nil
	}
	return right.Encode(events)
}

// outcomeJSON is what every command that changes a need prints with --json.
type outcomeJSON struct {
	Need     capacity.NeedID `json:"need"`
	Repeated bool            `json:"repeated"`
	Events   door.Events     `json:"events"`
	Next     []desk.Turn     `json:"next"`
}

// printDone prints what a command brought about and who has the word next, as the party that sent it may see it.
func (a *app) printDone(d *door.Done) error {
	if a.json {
		return a.document(outcomeJSON{d.Need, d.Repeated, d.Events, orEmpty(d.Next)})
	}
	if d.Repeated {
		a.say("%s: recorded before under this key; nothing was done again", d.Need)
	} else {
		a.say("%s: recorded at %s", d.Need, instant(d.At))
	}
	for _, e := range d.Events {
		a.say("  %s", eventLine(e))
	}
	if len(d.Next) == 0 && !d.Buys {
		a.say("\nnext: nothing waits for %s", d.By)
		return nil
	}
	a.printNext(d.Zones, d.Next)
	return nil
}

// orEmpty makes a list that --json prints as [] and not as null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// eventLine writes an event on one line; an offer under seal shows nothing but its hash.
func eventLine(e right.Event) string {
	if f, ok := e.Fact.(*right.OfferReceived); ok && f.Offer.Provider == "" {
		return fmt.Sprintf("offer %s: sealed until the round closes, sha256 %s", f.Offer.ID, f.Hash)
	}
	return e.String()
}

// printNext writes who has the word. Parties that have the same word share a line.
func (a *app) printNext(zones door.Zones, next []desk.Turn) {
	if len(next) == 0 {
		a.say("\nnext: nothing waits for anybody")
		return
	}
	a.say("\nnext")
	for i, t := range next {
		same := func(o desk.Turn) bool { return o.What == t.What && o.Until == t.Until }
		if slices.IndexFunc(next, same) < i {
			continue
		}
		var who []string
		for _, o := range next[i:] {
			if same(o) {
				who = append(who, string(o.Who))
			}
		}
		command := t.Command
		if len(who) > 1 {
			command = strings.Replace(command, " --as "+string(t.Who), " --as PARTY", 1)
		}
		line := strings.Join(who, ", ") + " " + t.What
		if t.Until.IsSet() {
			zone := calendar.Zone("UTC")
			if len(who) == 1 {
				zone = zones.Of(t.Who)
			}
			line += " until " + deadline(t.Until, zone)
		}
		a.say("  %s", line)
		if command != "" {
			a.say("    %s", command)
		}
	}
}

// instant writes an instant in UTC for people.
func instant(i calendar.Instant) string { return i.In("UTC") }

// instantIn writes an instant as the wall clock of a zone shows it, with the instant in UTC where that is another.
func instantIn(i calendar.Instant, zone calendar.Zone) string {
	local, utc := i.In(zone), i.In("UTC")
	if local == utc {
		return utc
	}
	return fmt.Sprintf("%s (%s)", local, i)
}

// deadline writes an instant from which on it is too late. A person reads midnight as the end of the day before.
func deadline(i calendar.Instant, zone calendar.Zone) string {
	local := i.In(zone)
	if _, rest, midnight := strings.Cut(local, " 00:00 "); midnight {
		day, _, _ := strings.Cut((i - 1).In(zone), " 23:59 ")
		local = "the end of " + day + " " + rest
	}
	if zone == "UTC" {
		return local
	}
	return fmt.Sprintf("%s (%s)", local, i)
}

// plain writes a word of a closed set as prose.
func plain[T ~string](w T) string { return strings.ReplaceAll(string(w), "_", " ") }

// words writes words with commas, or a dash for none.
func words[T ~string](ws []T) string {
	if len(ws) == 0 {
		return "-"
	}
	out := make([]string, len(ws))
	for i, w := range ws {
		out[i] = string(w)
	}
	return strings.Join(out, ", ")
}

// thousands writes 1234567 as 1,234,567.
func thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// amount writes money with thousands set apart, rounded up to the cent.
func amount(m money.Amount) string {
	if cents, err := m.Scale(1, 10_000, money.Up); err == nil && cents.Micros() < math.MaxInt64/10_000 {
		m = money.Micros(cents.Micros()*10_000, m.Currency())
	}
	number, code, _ := strings.Cut(m.String(), " ")
	whole, frac, _ := strings.Cut(number, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return m.String()
	}
	return strings.TrimSpace(thousands(n) + "." + frac + " " + code)
}

// table aligns columns: one letter of align for each, l for left and r for right. The first row is the heading.
type table struct {
	align string
	rows  [][]string
}

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

// print writes the table; a table that has only its heading writes what stands for nothing.
func (t *table) print(a *app, nothing string) {
	if len(t.rows) < 2 && nothing != "" {
		a.say("%s", nothing)
		return
	}
	var widths []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range t.rows {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i > 0 {
				line.WriteString("  ")
			}
			if t.align[i] == 'r' {
				line.WriteString(pad + cell)
			} else {
				line.WriteString(cell + pad)
			}
		}
		a.say("%s", strings.TrimRight(line.String(), " "))
	}
}
