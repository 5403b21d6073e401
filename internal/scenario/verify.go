package scenario

import (
	"bytes"
	"fmt"
	"reflect"

	"firstlook/internal/lawcheck"
	"firstlook/right"
)

// breach is what a run may never show, whatever the file expects.
func breach(invariant, format string, args ...any) error {
	return fmt.Errorf("breach of %s: %s", invariant, fmt.Sprintf(format, args...))
}

// verify holds one turn against everything that must hold of any.
func (s *stream) verify(before right.State, t *turn) error {
	if err := s.applies(before, t); err != nil {
		return err
	}
	if err := encodes(before, t); err != nil {
		return err
	}
	if err := s.lawful(t); err != nil {
		return err
	}
	return s.rests(t)
}

// applies re-applies the events of a turn one by one: they must lead to the state that Step returned, and time must have
// acted at the deadlines that the state named.
func (s *stream) applies(before right.State, t *turn) error {
	state := before
	for i := range t.events {
		e := &t.events[i]
		if err := onTime(state, t, i); err != nil {
			return err
		}
		state = right.Apply(state, *e)
	}
	if !reflect.DeepEqual(state, s.state) {
		return breach("I10", "applying the events does not give the state that was returned")
	}
	return nil
}

// lawful reads the events of a turn as any record is read, and returns the first violation.
func (s *stream) lawful(t *turn) error {
	if s.checker == nil {
		s.checker = lawcheck.Begin(t.law)
	}
	s.checker.Under(t.law)
	for _, v := range append(s.checker.Read(t.events), s.checker.Rest()...) {
		e := &t.events[len(t.events)-1]
		if i := v.Event - 1 - s.read; i >= 0 {
			e = &t.events[i]
		}
		return breach(v.Invariant, "%s: %s", e, v)
	}
	s.read += len(t.events)
	return nil
}

// onTime checks that what time did was due: the state before it named that instant as its next deadline.
func onTime(state right.State, t *turn, i int) error {
	e := &t.events[i]
	if e.Recorded != t.now || e.At > t.now {
		return breach("I9", "%s: happened at %s, recorded at %s, by a command at %s", e, e.At, e.Recorded, t.now)
	}
	if e.By != "" || i > 0 && t.events[i-1].By == "" && t.events[i-1].At == e.At {
		return nil // a party's act, or the consequence of the event before it
	}
	due, ok := right.NextDeadline(state)
	if !ok || max(due, state.Last) != e.At {
		return breach("I10", "%s: the record before it names %s as the next deadline", e, due)
	}
	return nil
}

// encodes writes the events down, reads them back and applies what was read.
func encodes(before right.State, t *turn) error {
	body, err := right.Encode(t.events)
	if err != nil {
		return breach("I10", "the events do not encode: %v", err)
	}
	read, err := right.Decode(body)
	if err != nil {
		return breach("I10", "the record does not read: %v", err)
	}
	again, err := right.Encode(read)
	if err != nil || !bytes.Equal(body, again) {
		return breach("I10", "the record reads as another: %s\n%s", body, again)
	}
	a, b := right.Fold(before, t.events), right.Fold(before, read)
	if a.Digest() != b.Digest() {
		return breach("I10", "the record read back gives another state")
	}
	return nil
}

// rests checks that time comes to rest: what a command made due by its own instant (the rest of a window that had stood
// still, say) is done by one settling, and nothing else is left.
func (s *stream) rests(t *turn) error {
	if s.state.Need == nil {
		return nil
	}
	due, ok := right.NextDeadline(s.state)
	if !ok || due > t.now {
		return nil
	}
	after, events, _ := right.Step(s.state, right.Command{Ask: right.Settle{}}, t.now)
	if len(events) == 0 {
		return breach("I10", "the deadline %s is past and settling does nothing", due)
	}
	if due, ok := right.NextDeadline(after); ok && due <= t.now {
		return breach("I10", "settled at %s, the deadline %s is still to come", t.now, due)
	}
	return nil
}

// retell plays the record again: from its beginning by Apply alone, and once more as it would have gone with every
// deadline woken at its instant. Neither may tell another story.
func (s *stream) retell() error {
	var record []right.Event
	state := right.Begin(s.turns[0].law)
	woken := state
	for i := range s.turns {
		t := &s.turns[i]
		state = state.Under(t.law)
		for _, e := range t.events {
			state = right.Apply(state, e)
		}
		record = append(record, t.events...)
		var told []right.Event
		var err error
		if told, woken, err = wake(woken, t); err != nil {
			return err
		}
		if err := sameStory(t.events, told); err != nil {
			return fmt.Errorf("command at %s: %w", t.now, err)
		}
	}
	if !reflect.DeepEqual(state.Under(nil), s.state.Under(nil)) {
		return breach("I10", "the record applied from its beginning gives another state")
	}
	if a, b := woken.Digest(), s.state.Digest(); a != b {
		return breach("I10", "with every deadline woken in time the state is another")
	}
	for _, v := range lawcheck.Check(s.turns[len(s.turns)-1].law, record) {
		return breach(v.Invariant, "read under the law of its end: %s", v)
	}
	return nil
}

// wake plays a turn with each deadline before it settled at its own instant.
func wake(state right.State, t *turn) ([]right.Event, right.State, error) {
	var told []right.Event
	for _, law := range []*right.Law{state.Law(), t.law} {
		last := t.now
		if law != t.law {
			last-- // a new law is there from the instant of its command on
		}
		state = state.Under(law)
		for {
			due, ok := right.NextDeadline(state)
			at := max(due, state.Last, state.Reached)
			if !ok || at > last { // what a command left due at the instant of the new law is decided under that
				break
			}
			next, events, err := right.Step(state, right.Command{Ask: right.Settle{}}, at)
			if err != nil || len(events) == 0 {
				return nil, state, breach("I10", "waking at %s does nothing: %v", due, err)
			}
			state, told = next, append(told, events...)
		}
	}
	next, events, _ := right.Step(state, t.command, t.now)
	return append(told, events...), next, nil
}

// sameStory compares events but for when they were recorded.
func sameStory(a, b []right.Event) error {
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) {
			return breach("I10", "woken in time, %d events become %d", len(a), len(b))
		}
		x, y := a[i], b[i]
		x.Recorded, y.Recorded = x.At, y.At
		one, err := right.Encode([]right.Event{x})
		other, err2 := right.Encode([]right.Event{y})
		if err != nil || err2 != nil || !bytes.Equal(one, other) {
			return breach("I10", "woken in time, %q becomes %q", x, y)
		}
	}
	return nil
}
