package scenario

import (
	"fmt"
	"strings"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/right"
)

// Record is what a run recorded of one need: its turns in order, refused ones too.
type Record struct {
	Need  capacity.NeedID
	Turns []Turn
}

// Turn is one command with the law under which it was decided and the events that it led to, first those of time alone.
// Where nobody asked (time passed, a fact was certified, an agreement was amended) the command is [right.Settle].
type Turn struct {
	Law     *right.Law
	Command right.Command
	At      calendar.Instant
	Events  []right.Event
	Refusal *right.Refusal // nil where the law did not say no
}

// Records plays a scenario and returns the record of each need, in the order of their submission. The errors are those of
// [Run].
func Records(f *File, env Env) ([]Record, error) {
	law, err := f.book(env)
	if err != nil {
		return nil, err
	}
	w := &world{env: env, file: f, law: law}
	for i := range f.Steps {
		if _, err := w.step(&f.Steps[i]); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", f.Name, f.Steps[i].Line, err)
		}
	}
	out := make([]Record, len(w.streams))
	for i, s := range w.streams {
		out[i].Need = s.id
		for _, t := range s.turns {
			out[i].Turns = append(out[i].Turns, Turn{t.law, t.command, t.now, t.events, t.refusal})
		}
	}
	return out, nil
}

// ReadCommand reads one line of the grammar, "TIME PARTY[/PERSON] VERB ARGUMENTS", as a command on a need that is there.
// What is no command of the law on one need (settle, certify, amend, a question, another submission) is an error.
func ReadCommand(line string, need capacity.NeedID) (right.Command, calendar.Instant, error) {
	if bad(line) || strings.Contains(line, "\n") {
		return right.Command{}, 0, wrong("remove it, or save the text as UTF-8", "the command holds a control character or is not UTF-8")
	}
	r := &reader{file: &File{}, need: need, known: []capacity.NeedID{need}}
	s := Step{Command: line}
	if err := r.command(&s); err != nil {
		return right.Command{}, 0, err
	}
	a, ok := s.act.(ask)
	if !ok || isSubmit(s.act) || s.need != need {
		return right.Command{}, 0, wrong("write what a party does about "+string(need)+", such as 2026-03-02T12:00Z acme choose l1", "%q is not something that is done about a need", line)
	}
	return right.Command{By: s.by, Person: s.person, Ask: a.Ask}, s.At, nil
}
