package sim

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/anishathalye/porcupine"

	"firstlook/calendar"
	"firstlook/internal/journal"
	"firstlook/party"
	"firstlook/right"
)

type partyID = party.ID

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// The model of one matter. Its input is empty: what somebody asked for is in the output, because only what was answered is to be
// explained. An operation is a record that changed the matter, from the beginning of the work that made it to the answer (to the
// end of the world where none came); or a refusal, from its beginning to its answer.

// window is the state of a matter: what an order of operations has made of it.
type window struct {
	known  bool             // the holder was told of it
	taken  bool             // exercised
	ended  bool             // ended otherwise, or what was exercised came to nothing
	spoken bool             // the holder has said its word, others have not
	free   bool             // it negotiates or stands still: other deadlines than the window's
	talks  bool             // the parties negotiate, and a later deadline of theirs is no window of an answer
	by     calendar.Instant // the window's deadline; unset while it does not run
}

// told is the output of an operation.
type told struct {
	changes   []change
	code      right.Code       // of a refused answer; empty for a record
	low, high calendar.Instant // of the database's clock meanwhile
}

// change is what one event did to the matter.
type change struct {
	what  string
	until calendar.Instant
}

const (
	knows, opens, free, talks, says, speaks, lapses, ends, takes = "noticed", "opened", "free", "negotiating", "answered", "spoken", "lapsed", "ended", "exercised"
)

// step says whether an operation can follow, and what then is.
func step(state, _, output any) (bool, any) {
	s, o := state.(window), output.(told)
	switch o.code {
	case "":
	case right.WindowClosed: // the time was over, or silence had ended it
		return s.over() || s.free || s.by.IsSet() && o.high >= s.by, s
	case right.AlreadyAnswered:
		return s.over() || s.spoken || s.free, s
	case right.UnknownMatter:
		return !s.known, s
	}
	for _, c := range o.changes {
		if !s.change(c, &o) {
			return false, s
		}
	}
	return true, s
}

// change applies one change; false if it is not lawful in this state.
func (s *window) change(c change, o *told) bool {
	switch c.what {
	case knows:
		s.known = true
	case opens:
		s.known, s.by = true, c.until
		if s.free {
			s.free = s.talks || c.until == 0
		}
	case free:
		s.free = true
	case talks:
		s.free, s.talks = true, true
	case says:
		return !s.over() && (s.free || !s.by.IsSet() || o.low < s.by)
	case speaks:
		s.spoken = true
	case lapses:
		if s.over() || !s.free && (!s.by.IsSet() || o.high < s.by) {
			return false
		}
		s.ended = true
	case takes:
		if s.over() {
			return false
		}
		s.taken = true
	case ends: // also of what was exercised, when its award comes to nothing, and of what blocks, when its holder gives it up after all
		s.ended = true
	}
	return true
}

// over reports whether nobody has the word any more.
func (s *window) over() bool { return s.taken || s.ended }

var model = porcupine.Model{
	Init:              func() any { return window{} },
	Step:              step,
	DescribeOperation: func(_, output any) string { return fmt.Sprint(output) },
}

// changesOf lists what events did to each matter.
func changesOf(events []right.Event) map[right.MatterID][]change {
	out := map[right.MatterID][]change{}
	add := func(m right.MatterID, what string, until calendar.Instant) {
		out[m] = append(out[m], change{what, until})
	}
	for i := range events {
		switch f := events[i].Fact.(type) {
		case *right.Noticed:
			add(f.Matter, knows, 0)
		case *right.Opened:
			add(f.Matter, opens, f.AnswerBy)
		case *right.Answered:
			if f.Answer.Kind != right.Waive && f.Answer.Kind != right.Unable { // a right may be given up at any time
				add(f.Answer.Matter, says, 0)
			}
		case *right.Named:
			add(f.Matter, speaks, 0)
		case *right.Subscribed:
			add(f.Matter, speaks, 0)
		case *right.ConsentAwaited:
			add(f.Matter, speaks, 0)
		case *right.Tolled:
			add(f.Matter, free, 0)
		case *right.Interested:
			add(f.Matter, talks, 0)
		case *right.DeterminationRequired:
			add(f.Matter, free, 0)
		case *right.Exercised:
			add(f.Matter, takes, 0)
		case *right.Ended:
			what := ends
			if f.Outcome == right.Lapsed {
				what = lapses
			}
			add(f.Matter, what, 0)
		}
	}
	return out
}

// spot names a matter of a need.
type spot struct {
	need   needID
	matter right.MatterID
}

// checkAnswers looks for an order of all that concerned each matter that explains what everybody was told.
func (w *world) checkAnswers(records []journal.Record) {
	ops := map[spot][]porcupine.Operation{}
	var order []spot
	add := func(at spot, d *doing, t told) {
		if ops[at] == nil {
			order = append(order, at)
		}
		end := d.end
		if end == 0 {
			end = math.MaxInt64
		}
		t.low, t.high = d.low, d.high
		ops[at] = append(ops[at], porcupine.Operation{ClientId: len(ops[at]), Call: d.call, Output: t, Return: end})
	}
	for i := range records {
		id, ok := needOf(records[i].Stream)
		at := i - len(w.setup.writes)
		if !ok || at < 0 || at >= len(w.cluster.owners) || w.cluster.owners[at] == nil {
			continue
		}
		changes := changesOf(w.eventsOf(&records[i]))
		for m := right.MatterID(1); len(changes) > 0 && m < 1000; m++ { // by number: the order of a map is another each time
			if c, ok := changes[m]; ok {
				w.outcome(c)
				add(spot{id, m}, w.cluster.owners[at], told{changes: c})
				delete(changes, m)
			}
		}
	}
	for i := range w.refusals {
		if f := &w.refusals[i]; f.matter != 0 {
			if at := (spot{f.need, f.matter}); ops[at] != nil {
				add(at, &f.doing, told{code: f.code})
			}
		}
	}
	for _, at := range order {
		w.table.Windows++
		if races(ops[at]) {
			w.table.Races++
		}
		w.table.Checked += int64(len(ops[at]))
		w.table.Largest = max(w.table.Largest, int64(len(ops[at])))
		if !porcupine.CheckOperations(model, ops[at]) {
			w.broken("answers", "need %s, %s: no order explains what was told: %s", at.need, at.matter, list(ops[at]))
		}
	}
}

// races reports whether an answer, accepted or refused, was under way while time ended the window, or while another answer was.
func races(ops []porcupine.Operation) bool {
	var runs []porcupine.Operation
	for _, o := range ops {
		t := o.Output.(told)
		if t.code != "" || slices.ContainsFunc(t.changes, func(c change) bool { return c.what == says || c.what == lapses }) {
			runs = append(runs, o)
		}
	}
	for i := range runs {
		for j := range i {
			if runs[i].Call < runs[j].Return && runs[j].Call < runs[i].Return {
				return true
			}
		}
	}
	return false
}

// outcome counts how windows ended.
func (w *world) outcome(changes []change) {
	for _, c := range changes {
		switch c.what {
		case says:
			w.table.Answered++
		case lapses:
			w.table.Lapsed++
		}
	}
}

func list(ops []porcupine.Operation) string {
	s := ""
	for _, o := range ops {
		end := "open"
		if o.Return != math.MaxInt64 {
			end = itoa(o.Return)
		}
		t := o.Output.(told)
		s += fmt.Sprintf("\n    %d..%s clock %s..%s", o.Call, end, t.low, t.high)
		if t.code != "" {
			s += " refused " + string(t.code)
		}
		for _, c := range t.changes {
			s += " " + c.what
			if c.until.IsSet() {
				s += " until " + c.until.String()
			}
		}
	}
	return s
}
