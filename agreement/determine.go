package agreement

import (
	"fmt"
	"slices"
	"strings"

	"firstlook/calendar"
	"firstlook/internal/strict"
)

// With returns the clause with one parameter set to a value, written as the agreement file would write it: what a
// determination makes of a text that is silent. The clause itself stays as it is. The error says what is wrong with
// the name or the value and what to write instead.
func (c *Clause) With(param, value string) (*Clause, error) {
	i := slices.IndexFunc(clauseKeys, func(k clauseKey) bool { return k.Key() == param && k.has(c.Kind) })
	if i < 0 {
		return nil, fmt.Errorf("a %s has no parameter %q", c.Kind, param)
	}
	base := *c
	out, file := strict.Amend(param, []byte(param+": "+strings.TrimSpace(value)+"\n"), base, clauseKeys[i].Field)
	if err := file.Err(); err != nil {
		return nil, err
	}
	for _, r := range []Param[calendar.Rule]{out.Process.Window, out.Process.Response, {Value: out.Process.Tail.Value.Length, Given: out.Process.Tail.Given}} {
		if r.Given && !r.Value.Length.IsZero() && r.Value.Length.Unit != calendar.Hours && r.Value.Zone == "" {
			return nil, fmt.Errorf("%s: a window of %s needs a zone whose days are counted; write {length: %s, zone: America/Los_Angeles, at: end_of_day}",
				param, r.Value.Length, r.Value.Length)
		}
	}
	return &out, nil
}
