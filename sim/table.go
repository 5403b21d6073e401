package sim

import (
	"fmt"
	"strings"
)

// Table counts what happened in one history or in many.
type Table struct {
	Histories, Steps             int64
	Commands                     int64 // that parties wanted
	Acknowledged, Refused        int64 // of these
	Resent                       int64 // sendings after the first
	Unanswered                   int64 // faults in place of an answer
	Records, Deadlines           int64 // deadlines: events that time alone brought about
	Facts                        int64 // certified meanwhile
	Windows                      int64 // matters whose answers were checked against their deadlines
	Answered, Lapsed             int64 // windows that somebody answered, and that silence ended
	Races                        int64 // windows in which an answer overlapped another or the deadline
	Letters, Repeated            int64 // handed over; of these arrived again
	Faults                       [faults]int64
	Violations, Checked, Largest int64 // Checked: calls and answers in the orders that were looked for
}

// Add adds another table to this one.
func (t *Table) Add(o *Table) {
	for _, x := range [][2]*int64{{&t.Histories, &o.Histories}, {&t.Steps, &o.Steps}, {&t.Commands, &o.Commands}, {&t.Acknowledged, &o.Acknowledged},
		{&t.Refused, &o.Refused}, {&t.Resent, &o.Resent}, {&t.Unanswered, &o.Unanswered}, {&t.Records, &o.Records},
		{&t.Deadlines, &o.Deadlines}, {&t.Facts, &o.Facts}, {&t.Windows, &o.Windows}, {&t.Answered, &o.Answered}, {&t.Lapsed, &o.Lapsed}, {&t.Races, &o.Races}, {&t.Letters, &o.Letters}, {&t.Repeated, &o.Repeated},
		{&t.Violations, &o.Violations}, {&t.Checked, &o.Checked}} {
		*x[0] += *x[1]
	}
	t.Largest = max(t.Largest, o.Largest)
	for i := range t.Faults {
		t.Faults[i] += o.Faults[i]
	}
}

// String writes the table, one count a line.
func (t *Table) String() string {
	var b strings.Builder
	row := func(name string, n int64) { fmt.Fprintf(&b, "%-34s %14d\n", name, n) }
	row("histories", t.Histories)
	row("steps", t.Steps)
	row("commands", t.Commands)
	row("  acknowledged", t.Acknowledged)
	row("  refused", t.Refused)
	row("  sent again", t.Resent)
	row("  faults in place of an answer", t.Unanswered)
	row("records", t.Records)
	row("events of deadlines", t.Deadlines)
	row("facts certified", t.Facts)
	row("windows checked (porcupine)", t.Windows)
	row("  operations in them", t.Checked)
	row("  most in one", t.Largest)
	row("  answers in them", t.Answered)
	row("  ended by silence", t.Lapsed)
	row("  raced", t.Races)
	row("letters handed over", t.Letters)
	row("  arrived again", t.Repeated)
	for f := range faults {
		row("fault: "+f.String(), t.Faults[f])
	}
	row("violations", t.Violations)
	return b.String()
}
