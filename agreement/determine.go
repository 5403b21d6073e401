package agreement

import (
	"fmt"
	"slices"
	"strings"

	"firstlook/calendar"
	"firstlook/internal/strict"
)

// With returns the clause with one parameter set to a value, written as the agreement file would write it: what a
// determination makes of a text that is silent. The clause itself stays as it is. What a file may state can be determined, and
// the appraised price of a take-over, which no file can. The value is checked as it is in a file, except that names of
// parties, events and calendars are not looked up and nothing is held against the span in which the clause is in force. The error says what is wrong with the name or the value and what to write
// instead.
func (c *Clause) With(param, value string) (*Clause, error) {
	keys := slices.Concat(clauseKeys, determined)
	i := slices.IndexFunc(keys, func(k clauseKey) bool { return k.Key() == param && k.has(c.Kind) })
	if i < 0 {
		return nil, fmt.Errorf("a %s has no parameter %q", c.Kind, param)
	}
	base := *c
	base.Holders = slices.Clone(c.Holders) // which settling sorts
	switch param {
	case "holder": // a clause has one of the two
		base.Holders = nil
	case "holders":
		base.Holder = ""
	case "release_on": // what is determined speaks of every outcome
		base.Process.ReleaseOpen = nil
	}
	out, file := strict.Amend(param, []byte(param+": "+strings.TrimSpace(value)+"\n"), base, keys[i].Field)
	if file.Parsed() {
		checked := out
		checked.Effective = calendar.Span{} // an amendment may move its end: what was determined must read as before
		check := checker{f: file, only: param}
		check.holders(placed{clause: &checked})
		check.events(placed{clause: &checked})
		check.process(placed{clause: &checked})
	}
	if err := file.Err(); err != nil {
		return nil, err
	}
	out.settle()
	return &out, nil
}
