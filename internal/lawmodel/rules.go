package lawmodel

import (
	"fmt"
	"reflect"

	"firstlook/calendar"
	"firstlook/right"
)

// Each rule returns its name and what is wrong, or two empty texts.

// sameOutcome is the rule of timers: whether time was settled before a command, or only by it, is the same.
func sameOutcome(got, settled, after outcome) (rule, what string) {
	if (got.no == nil) != (after.no == nil) || got.no != nil && got.no.Code != after.no.Code {
		return "timers", fmt.Sprintf("with time settled before, the answer is %v, without %v", after.no, got.no)
	}
	told := append(settled.events[:len(settled.events):len(settled.events)], after.events...)
	if len(got.events) != len(told) {
		return "timers", fmt.Sprintf("with time settled before there are %d events, without %d:\n%v\n%v", len(told), len(got.events), right.Lines(told), right.Lines(got.events))
	}
	for i := range told {
		x, y := got.events[i], told[i]
		x.Recorded, y.Recorded = x.At, y.At
		if !reflect.DeepEqual(x, y) {
			return "timers", fmt.Sprintf("with time settled before, %q becomes %q", x, y)
		}
	}
	if !same(got.state, after.state) {
		return "timers", "with time settled before, the state is another"
	}
	if got.no != nil && !same(got.state, settled.state) {
		return "refusal", fmt.Sprintf("the command is refused (%v) and yet changes more than time does", got.no)
	}
	return "", ""
}

// same reports whether two states say the same, whenever it was written down.
func same(a, b right.State) bool {
	a.Reached, b.Reached = 0, 0
	return reflect.DeepEqual(a, b)
}

// applies is the rules of replay and of pending matters: the events, one by one, give the state, and none of them gives a lot
// to somebody while another has the word on it.
func applies(state right.State, got outcome) (rule, what string) {
	for _, e := range got.events {
		if f, ok := e.Fact.(*right.Awarded); ok {
			for i := range state.Matters {
				m := &state.Matters[i]
				spoken := m.Status == right.Bidden && m.More().Allocated // it was given its part
				if m.Lot == f.Lot && m.Status.Pending() && m.Holder != f.Provider && !spoken {
					return "pending", fmt.Sprintf("%s is awarded to %s while %s of %s is %s", f.Lot, f.Provider, m.ID, m.Holder, m.Status)
				}
			}
		}
		state = right.Apply(state, e)
	}
	if !reflect.DeepEqual(state, got.state) {
		return "replay", "applying the events does not give the state that was returned"
	}
	return "", ""
}

// inTime is the rule of deadlines. It reads the deadline that stands in the state before time is settled.
func inTime(m *Move, state *right.State, got outcome) (rule, what string) {
	by, what := deadline(m, state)
	switch {
	case !by.IsSet():
		return "", ""
	case m.At < by && got.no != nil && got.no.Code == right.WindowClosed:
		return "in-time", fmt.Sprintf("%s, and %s comes too late at %s", by, what, m.At)
	case m.At >= by && got.no == nil:
		return "in-time", fmt.Sprintf("the deadline was %s, and %s is taken at %s", by, what, m.At)
	}
	return "", ""
}

// deadline is until when a command must come, where the state says so; unset for commands that have none. A waiver and the
// certificate that nothing can be supplied have none: what only gives a right up is taken at any time.
func deadline(m *Move, state *right.State) (calendar.Instant, string) {
	switch a := m.Command.Ask.(type) {
	case right.Answer:
		if at := state.Matter(a.Matter); at != nil && at.Question == nil && at.Status == right.Open && a.Kind != right.Waive && a.Kind != right.Unable && m.Command.By == at.Holder {
			return at.AnswerBy, string(a.Kind)
		}
		if at := state.Matter(a.Matter); at != nil && at.Question == nil && at.Status == right.Negotiating && a.Kind != right.Waive && m.Command.By == at.Holder {
			return at.More().NegotiateBy, string(a.Kind)
		}
	case right.Respond:
		if at := state.Matter(a.Matter); at != nil && at.Question == nil && at.Status == right.StandNamed && m.Command.By == state.Need.Buyer {
			return at.RespondBy, "the response"
		}
		if at := state.Matter(a.Matter); at != nil && at.Question == nil && at.Status == right.Negotiating && m.Command.By == state.Need.Buyer {
			return at.More().NegotiateBy, "the response"
		}
	case right.Propose:
		if at := state.Matter(a.Matter); at != nil && at.Question == nil && at.Status == right.Negotiating {
			return at.More().NegotiateBy, "the proposal"
		}
	case right.Consent:
		if at := state.Matter(a.Matter); at != nil && at.Status == right.Conditional {
			return at.More().ConsentBy, "the consent"
		}
	case right.Cure:
		if at := state.AwardOf(a.Award); at != nil && at.NonPerforming != nil {
			return at.NonPerforming.CureBy, "the cure"
		}
	}
	return 0, ""
}

// rests is the rule of rest: what is due by the instant of a command has happened, or happens by one settling.
func rests(at calendar.Instant, got outcome) (rule, what string) {
	if got.state.Need == nil {
		return "", ""
	}
	due, ok := right.NextDeadline(got.state)
	if !ok || due > at {
		return "", ""
	}
	once, err := step(got.state, right.Command{Ask: right.Settle{}}, at)
	if err != nil || len(once.events) == 0 {
		return "rest", fmt.Sprintf("the deadline %s is past and settling does nothing", due)
	}
	if due, ok := right.NextDeadline(once.state); ok && due <= at {
		return "rest", fmt.Sprintf("settled at %s, the deadline %s is still to come", at, due)
	}
	return "", ""
}
