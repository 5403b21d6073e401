package agreement

import (
	"fmt"
	"io"
	"strings"

	"firstlook/calendar"
	"firstlook/party"
)

// Description is an agreement in plain words.
type Description struct {
	Agreement ID                  `json:"agreement"`
	Title     string              `json:"title"`
	Reading   string              `json:"reading,omitempty"`
	Source    string              `json:"source,omitempty"`
	At        calendar.Instant    `json:"at,omitempty"` // unset where every version is described
	Clauses   []ClauseDescription `json:"clauses"`
	Open      []Open              `json:"open,omitempty"` // that amendments leave open; those of clauses stand with them
}

// ClauseDescription is one version of one clause in plain words.
type ClauseDescription struct {
	Clause    Ref           `json:"clause"`
	Kind      Kind          `json:"kind"`
	Heading   string        `json:"heading"`
	Cite      string        `json:"cite,omitempty"`
	Effective calendar.Span `json:"effective"`
	Lines     []Line        `json:"lines"`
	Open      []Open        `json:"open,omitempty"`
}

// Line is one sentence about a clause.
type Line struct {
	Topic string `json:"topic"`
	Text  string `json:"text"`
	// Assumed holds the reasons for the values in the sentence that no published text gives.
	Assumed []Assumption `json:"assumed,omitempty"`
}

// Describe puts an agreement into words: the clauses in force at an instant, or every version where at is not set.
func Describe(a *Agreement, at calendar.Instant) Description {
	d := Description{Agreement: a.ID, Title: a.Title, Reading: a.Reading, Source: a.Source, At: at}
	for i := range a.Clauses {
		if c := &a.Clauses[i]; !at.IsSet() || c.Effective.Contains(at) {
			d.Clauses = append(d.Clauses, describe(a, c))
		}
	}
	for _, o := range a.Unspecified() {
		if o.Amendment != "" {
			d.Open = append(d.Open, o)
		}
	}
	return d
}

// describe puts one clause into words; each assumption goes to the sentence that speaks of it.
func describe(a *Agreement, c *Clause) ClauseDescription {
	w := wording{a: a, c: c}
	w.duty()
	w.extent()
	w.procedure()
	w.promise()
	w.sunset()
	w.rest()
	return ClauseDescription{Clause: c.Ref, Kind: c.Kind, Heading: c.Text, Cite: c.Cite, Effective: c.Effective, Lines: w.lines, Open: c.unspecified()}
}

// wording collects the sentences about one clause.
type wording struct {
	a     *Agreement
	c     *Clause
	lines []Line
	used  map[string]bool // assumptions that stand with a sentence
}

// say adds a sentence that speaks of the given parameters.
func (w *wording) say(topic, text string, params ...string) {
	text = strings.ToUpper(text[:1]) + text[1:]
	l := Line{Topic: topic, Text: text}
	for _, as := range w.c.Assumed {
		for _, p := range params {
			if as.Param == p || strings.HasPrefix(as.Param, p+".") || strings.HasPrefix(p, as.Param+".") {
				if w.used == nil {
					w.used = map[string]bool{}
				}
				w.used[as.Param] = true
				l.Assumed = append(l.Assumed, as)
				break
			}
		}
	}
	w.lines = append(w.lines, l)
}

// rest makes sure that no assumption goes unsaid.
func (w *wording) rest() {
	for _, as := range w.c.Assumed {
		if !w.used[as.Param] {
			w.lines = append(w.lines, Line{Topic: as.Param, Text: "The value of " + as.Param + " is not from a published text.", Assumed: []Assumption{as}})
		}
	}
}

func (w *wording) name(id party.ID) string {
	if p, ok := w.a.Party(id); ok {
		return p.Name
	}
	return string(id)
}

// holder names who has the right, as one: what is said of several is said of each of them.
func (w *wording) holder() string {
	if len(w.c.Holders) > 1 {
		return "each holder"
	}
	return w.holderNames()[0]
}

// parties names who has the right, by name.
func (w *wording) parties() string {
	if names := w.holderNames(); len(names) > 1 {
		return "each of " + and(names)
	}
	return w.holder()
}

func (w *wording) holderNames() []string { return w.names(holderIDs(w.c)) }

func (w *wording) names(ids []party.ID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = w.name(id)
	}
	return out
}

func (w *wording) grantor() string { return w.name(w.a.Grantor) }

// WriteTo writes the description as text.
func (d Description) WriteTo(out io.Writer) (int64, error) {
	n, err := io.WriteString(out, d.String())
	return int64(n), err
}

// String writes the description as text for a terminal: 100 columns, assumptions and open parameters marked.
func (d Description) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", d.Agreement, d.Title)
	if d.Source != "" {
		b.WriteString(wrap("source: "+d.Source, 0, 2))
	}
	if d.Reading != "" {
		b.WriteString(wrap("reading: "+d.Reading, 0, 2))
	}
	if d.At.IsSet() {
		fmt.Fprintf(&b, "in force at %s\n", d.At)
	}
	if len(d.Clauses) == 0 {
		b.WriteString("\nNo clause is in force.\n")
	}
	for _, c := range d.Clauses {
		c.write(&b)
	}
	if len(d.Open) > 0 {
		b.WriteString("\namendments\n")
		writeOpen(&b, d.Open)
	}
	return b.String()
}

func (c *ClauseDescription) write(b *strings.Builder) {
	fmt.Fprintf(b, "\n%s version %d (%s), %s\n", c.Clause.Clause, c.Clause.Version, strings.ReplaceAll(string(c.Kind), "_", " "), effective(c.Effective))
	if c.Heading != "" {
		b.WriteString(wrap(c.Heading+" ["+c.Cite+"]", 2, 2))
	} else {
		b.WriteString(wrap("["+c.Cite+"]", 2, 2))
	}
	for _, l := range c.Lines {
		b.WriteString(wrap("- "+l.Text, 2, 4))
		for _, as := range l.Assumed {
			b.WriteString(wrap(fmt.Sprintf("assumption (%s): %s", as.Param, as.Reason), 6, 8))
		}
	}
	writeOpen(b, c.Open)
}

func writeOpen(b *strings.Builder, open []Open) {
	for _, o := range open {
		b.WriteString(wrap(fmt.Sprintf("! unspecified (%s): nothing says %s.", o.Param, o.Decision), 2, 4))
	}
}

func effective(s calendar.Span) string {
	switch {
	case s.From.IsSet() && s.Until.IsSet():
		return fmt.Sprintf("from %s until %s", day(s.From), day(s.Until))
	case s.From.IsSet():
		return "from " + day(s.From) + ", with no end"
	case s.Until.IsSet():
		return "until " + day(s.Until)
	}
	return "with no stated beginning or end"
}

// wrap breaks text into lines of at most 100 columns, the first indented by first, the others by next.
func wrap(text string, first, next int) string {
	const width = 100
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		n := len([]rune(word))
		switch {
		case i == 0:
			b.WriteString(strings.Repeat(" ", first))
			column = first
		case column+1+n > width:
			b.WriteString("\n" + strings.Repeat(" ", next))
			column = next
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String() + "\n"
}
