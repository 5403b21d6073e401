package lawmodel

import (
	"errors"
	"reflect"

	"firstlook/calendar"
	"firstlook/internal/lawcheck"
	"firstlook/right"
)

// visit is the look at one state.
type visit struct {
	*explorer
	node   *node
	report Report
	next   []*node
	moved  bool // some command was accepted, or time did something
}

// outcome is what came of a command.
type outcome struct {
	state  right.State
	events []right.Event
	no     *right.Refusal
}

func step(s right.State, c right.Command, at calendar.Instant) (outcome, error) {
	after, events, err := right.Step(s, c, at)
	out := outcome{state: after, events: events}
	if err != nil && !errors.As(err, &out.no) {
		return out, err
	}
	return out, nil
}

// instant puts every command to the state at one instant.
func (v *visit) instant(at calendar.Instant) *Breach {
	settled, b := v.settle(at, outcome{state: v.node.state})
	if b != nil {
		return b
	}
	v.moved = v.moved || len(settled.events) > 0
	for _, m := range v.scope.moves(v.node, &settled.state, at) {
		if m.Fact == nil {
			b = v.move(&m, v.node.state, settled)
		} else {
			b = v.certify(&m)
		}
		if b != nil {
			return b
		}
	}
	return nil
}

// settle lets every deadline up to an instant act at its own time, as a recorder does that never sleeps.
func (v *visit) settle(at calendar.Instant, from outcome) (outcome, *Breach) {
	for {
		due, ok := right.NextDeadline(from.state)
		if !ok || due > at {
			return from, nil
		}
		woken, err := step(from.state, right.Command{Ask: right.Settle{}}, max(due, from.state.Last))
		if err != nil || woken.no != nil || len(woken.events) == 0 {
			return from, v.at(&Move{At: at, Words: "settle"}, from.events, "rest", "the deadline %s is past and settling does nothing", due)
		}
		from.state, from.events = woken.state, append(from.events, woken.events...)
	}
}

// certify lets a fact change the law. What was due before it is due under the law without it.
func (v *visit) certify(m *Move) *Breach {
	law := m.law(v.node)
	settled, b := v.settle(m.At-1, outcome{state: v.node.state})
	if b != nil {
		return b
	}
	settled.state = settled.state.Under(law)
	if settled, b = v.settle(m.At, settled); b != nil {
		return b
	}
	return v.move(m, v.node.state.Under(law), settled)
}

// move puts one command to a state, and to the state after time was settled, and looks at what came of it.
func (v *visit) move(m *Move, state right.State, settled outcome) *Breach {
	v.report.Transitions++
	got, err := step(state, m.Command, m.At)
	if err != nil {
		return v.at(m, nil, "refusal", "an error that is no refusal: %v", err)
	}
	after, err := step(settled.state, m.Command, m.At)
	if err != nil {
		return v.at(m, nil, "refusal", "an error that is no refusal: %v", err)
	}
	for _, look := range []func() (string, string){
		func() (string, string) { return sameOutcome(got, settled, after) },
		func() (string, string) { return applies(state, got) },
		func() (string, string) { return inTime(m, &state, got) },
		func() (string, string) { return rests(m.At, got) },
	} {
		if rule, what := look(); rule != "" {
			return v.at(m, got.events, rule, "%s", what)
		}
	}
	if got.no != nil {
		v.report.Codes[got.no.Code] = true
		return nil // the state is the settled one, to which the command that asks for nothing leads as well
	}
	if len(got.events) == 0 && m.Fact == nil {
		return nil
	}
	v.report.Accepted++
	v.moved = true
	return v.keep(m, got)
}

// keep holds the record against the law and keeps the state for the next level.
func (v *visit) keep(m *Move, got outcome) *Breach {
	law := m.law(v.node)
	n := &node{state: got.state, law: law, since: m.At, parent: v.node, move: *m, events: got.events}
	record := n.record()
	for _, violation := range lawcheck.Check(law, record) {
		return v.found(n, "record", "%s", violation)
	}
	if again := right.Replay(law, record); !reflect.DeepEqual(again, got.state) {
		return v.found(n, "replay", "the record applied from its beginning gives another state")
	}
	for i := range got.state.Matters {
		v.report.Statuses[got.state.Matters[i].Status] = true
	}
	for _, e := range got.events {
		v.report.Facts[right.FactName(e.Fact)] = true
	}
	v.next = append(v.next, n)
	return nil
}

// at names a breach by a command on the state that is looked at.
func (v *visit) at(m *Move, events []right.Event, rule, format string, args ...any) *Breach {
	return v.found(&node{parent: v.node, move: *m, events: events}, rule, format, args...)
}
