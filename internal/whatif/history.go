package whatif

import (
	"bytes"
	"fmt"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/right"
)

// History is the record of one need with the law as it stood at each event.
type History struct {
	Events []right.Event
	// Laws are what was in force, in order; the first holds from the beginning.
	Laws []InForce
	// End is the instant up to which the record is known to say all: nobody did anything else until then. It is not
	// before the last event was recorded.
	End calendar.Instant
}

// InForce is a law and the place in the record from which on it decided.
type InForce struct {
	From int              // index of the first event that was decided under it
	At   calendar.Instant // when it was recorded; unset for the first
	Law  *right.Law
}

// Under returns a history in which one law was in force throughout.
func Under(law *right.Law, events []right.Event) History {
	h := History{Events: events, Laws: []InForce{{Law: law}}}
	if n := len(events); n > 0 {
		h.End = events[n-1].Recorded
	}
	return h
}

// Need returns the need of the history, or nil where it has no event.
func (h *History) Need() *capacity.Need {
	if len(h.Events) == 0 {
		return nil
	}
	if f, ok := h.Events[0].Fact.(*right.NeedSubmitted); ok {
		return &f.Need
	}
	return nil
}

// check reports what would make a replay impossible.
func (h *History) check() error {
	switch {
	case h.Need() == nil:
		return broken("the record does not begin with a need")
	case len(h.Laws) == 0 || h.Laws[0].From != 0 || h.Laws[0].Law == nil:
		return broken("the record comes without the law under which it was decided")
	case h.End < h.Events[len(h.Events)-1].Recorded:
		return broken("the record goes on after %s, where it is said to end", h.End)
	}
	return nil
}

// complete returns the history with what time alone brought about between the last event and the end.
func (h *History) complete() (out History, err error) {
	if err := h.check(); err != nil {
		return *h, err
	}
	defer func() {
		if bug := recover(); bug != nil {
			err = broken("the record does not follow from its law: %v", bug)
		}
	}()
	out = *h
	_, events, err := right.Step(right.Replay(h.Laws[len(h.Laws)-1].Law, h.Events), right.Command{Ask: right.Settle{}}, h.End)
	out.Events = append(h.Events[:len(h.Events):len(h.Events)], events...)
	return out, err
}

// told is an event as two records are compared by it: whenever it was written down, and whatever the hash of a text.
func told(e right.Event) []byte {
	e.Recorded = e.At
	if f, ok := e.Fact.(*right.NeedSubmitted); ok {
		same := *f
		same.Law = nil
		for _, l := range f.Law {
			same.Law = append(same.Law, right.LawUsed{Agreement: l.Agreement})
		}
		e.Fact = &same
	}
	return encoded([]right.Event{e})
}

func encoded(events []right.Event) []byte {
	b, err := right.Encode(events)
	if err != nil {
		panic(fmt.Sprintf("bug: an event of the engine does not encode: %v", err))
	}
	return b
}

// same reports whether two runs of events are the same record, byte for byte.
func same(a, b []right.Event) bool {
	return len(a) == len(b) && bytes.Equal(encoded(a), encoded(b))
}
