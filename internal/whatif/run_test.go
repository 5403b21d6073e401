package whatif

import (
	"errors"
	"fmt"
	"testing"

	"firstlook/right"
)

// At the end of a scenario a round may be open; then there is no what-if.
func sealed(err error) bool {
	var s *Sealed
	return errors.As(err, &s)
}

// Without a change the changed world is the record, from every fork, in both ways of keeping time.
func TestNoChangeNoDifference(t *testing.T) {
	runs := 0
	for _, x := range examples(t) {
		forks := []Fork{"start", "end"}
		for i := range x.Events {
			if i > 0 && x.Events[i].At == x.Events[i-1].At && x.Events[i].By == x.Events[i-1].By {
				continue // the same turn: the fork stands before the whole of it
			}
			forks = append(forks, Fork(fmt.Sprint(i+1)), Fork(x.Events[i].At.String()))
		}
		for _, f := range forks {
			for _, o := range []Options{{}, {KeepDelays: true}} {
				r, err := Run(x.History, f, Change{}, o)
				if sealed(err) {
					continue
				}
				if err != nil {
					t.Errorf("%s at %s: %v", x.name, f, err)
					continue
				}
				runs++
				if r.First != nil || len(r.Impossible) > 0 || r.Stopped != nil || r.Record.State.Digest() != r.WhatIf.State.Digest() {
					t.Errorf("%s at %s %+v: %s", x.name, f, o, shown(&r))
				}
			}
		}
	}
	t.Logf("%d runs", runs)
	if runs < 2000 {
		t.Errorf("only %d runs", runs)
	}
}

// shown writes a result for a failed test.
func shown(r *Result) string {
	s := fmt.Sprintf("common %d, impossible %v, stopped %+v", r.Common, r.Impossible, r.Stopped)
	if r.First != nil {
		s += fmt.Sprintf("\n  first parting at event %d\n  record  %s\n  what if %s", r.First.Event, eventWords(r.First.Record), eventWords(r.First.WhatIf))
	}
	return s
}

func eventWords(e *right.Event) string {
	if e == nil {
		return "nothing"
	}
	return e.At.String() + " " + e.String()
}
