package scenario

import (
	"bytes"
	"fmt"
	"reflect"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/offer"
	"firstlook/party"
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
	return s.rests(t)
}

// applies re-applies the events of a turn one by one: they must lead to the state that Step returned, time must have
// acted at the deadlines that the state named, and no event may break an invariant.
func (s *stream) applies(before right.State, t *turn) error {
	state := before
	for i := range t.events {
		e := &t.events[i]
		if err := onTime(state, t, i); err != nil {
			return err
		}
		after := right.Apply(state, *e)
		if err := checkFact(state, after, e); err != nil {
			return fmt.Errorf("%s: %w", e, err)
		}
		state = after
	}
	if !reflect.DeepEqual(state, s.state) {
		return breach("I10", "applying the events does not give the state that was returned")
	}
	if state.Need == nil {
		return nil
	}
	if err := conserves(&state); err != nil {
		return err
	}
	return books(&state)
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

// checkFact looks for the invariants that one fact can break.
func checkFact(before, after right.State, e *right.Event) error {
	switch f := e.Fact.(type) {
	case *right.Ended:
		if f.Outcome == right.Lapsed {
			return lapses(before.Matter(f.Matter), e.At)
		}
	case *right.Exercised:
		return exercises(&after, f)
	case *right.Awarded:
		if err := supplies(&after, f); err != nil {
			return err
		}
		if f.Role == party.Rival {
			return rivals(&after, f, e.At)
		}
	}
	return nil
}

// lapses is I2: a lapse only at or after the deadline of a window that was opened by a complete notice.
func lapses(m *right.Matter, at calendar.Instant) error {
	if m.Status != right.Open || !m.AnswerBy.IsSet() || at < m.AnswerBy || len(m.Missing) > 0 || !m.ReceivedAt.IsSet() {
		return breach("I2", "%s lapses at %s while it is %s with a window until %s", m.ID, at, m.Status, m.AnswerBy)
	}
	return nil
}

// exercises is I3: an exercise keeps what was noticed, under the clause's rule. The place is the holder's own.
func exercises(s *right.State, f *right.Exercised) error {
	m := s.Matter(f.Matter)
	rule := m.Clause().Process.Match
	if m.Terms == nil || m.Named != nil {
		return nil
	}
	if !rule.Given {
		rule.Value = agreement.MatchRule{Rule: agreement.Identical}
	}
	same, diffs := offer.Matches(rule.Value, m.Terms, &f.Terms)
	if !same && (len(diffs) > 1 || diffs[0].Dimension != agreement.DimRegion) {
		return breach("I3", "%s is exercised on terms that do not match what was noticed: %v", m.ID, diffs)
	}
	return nil
}

// supplies checks that the terms of an award supply what the award says. An exercise supplies no more than rounding
// explains; of an offer more may be bought, since nobody supplies less than the line's least quantity.
func supplies(s *right.State, f *right.Awarded) error {
	lot := s.Lot(f.Lot)
	ref := s.Need.Lines[lot.Line].Reference()
	if lot.Quantity != f.Quantity {
		return breach("I6", "%s of %d is awarded as %d", lot.ID, lot.Quantity, f.Quantity)
	}
	table := s.Law().Throughput
	worth, ok := table.Equivalent(f.Terms.Quantity, f.Terms.Accelerator, ref)
	enough, ok2 := table.Required(f.Quantity, f.Terms.Accelerator, ref)
	if ok && ok2 && (worth < f.Quantity || f.Offer == "" && f.Terms.Quantity > enough) {
		return breach("I3", "%s supplies %d with terms for %d %s", f.Award, f.Quantity, f.Terms.Quantity, f.Terms.Accelerator)
	}
	return nil
}

// rivals is I1 and I5: no award to a rival while a right over the lot is pending, or without a release that it keeps.
func rivals(s *right.State, f *right.Awarded, at calendar.Instant) error {
	lot := s.Lot(f.Lot)
	for i := range s.Matters {
		m := &s.Matters[i]
		if m.Lot == f.Lot && m.Status.Pending() {
			return breach("I1", "%s goes to %s while %s is %s", f.Lot, f.Provider, m.ID, m.Status)
		}
		if q := m.Question; q != nil && (q.Lot == f.Lot || q.Lot == 0 && m.Lot == f.Lot) {
			return breach("I1", "%s goes to %s while %s waits for a determination of %s", f.Lot, f.Provider, m.ID, m.Question.Param)
		}
	}
	for i := range s.Engagements {
		e := &s.Engagements[i]
		if e.Line != lot.Line || !e.Engaged.Engaged || e.Holder == f.Provider || over(s.Law(), e.Clause, at) {
			continue
		}
		if e.Kind == agreement.Exclusive {
			return breach("I5", "%s goes to %s while %s is exclusive to %s", f.Lot, f.Provider, e.Clause, e.Holder)
		}
		if !excused(s, lot, e.Clause, f, at) {
			return breach("I5", "%s goes to %s without a release of %s that covers it", f.Lot, f.Provider, e.Clause)
		}
	}
	return nil
}

// over reports whether a clause has ended, by its date or by a certified fact.
func over(law *right.Law, ref agreement.Ref, at calendar.Instant) bool {
	c, _, ok := law.Book.Clause(ref)
	if !ok {
		return false
	}
	_, ended := law.Book.Ended(c, at)
	return ended || c.Effective.Until.IsSet() && c.Effective.Until <= at
}

// excused looks for the release, or the terminated matter, that lets a rival have the lot.
func excused(s *right.State, lot *right.Lot, ref agreement.Ref, f *right.Awarded, at calendar.Instant) bool {
	for _, r := range lot.Releases {
		if r.Clause != ref || r.Over || r.Until.IsSet() && at >= r.Until || r.Counterparty != "" && r.Counterparty != f.Provider {
			continue
		}
		if r.Cap == nil {
			return true
		}
		if order, _ := offer.Compare(r.Cap, &f.Terms, r.Tolerance); order == offer.Within {
			return true
		}
	}
	for i := range s.Matters {
		if m := &s.Matters[i]; m.Lot == lot.ID && m.Clause().Ref == ref && m.Status == right.Terminated {
			return true
		}
	}
	return false
}

// conserves is I6: the lots of a line sum to its quantity, and what holds a lot is one thing.
func conserves(s *right.State) error {
	sums := make([]int64, len(s.Need.Lines))
	for i := range s.Lots {
		l := &s.Lots[i]
		sums[l.Line] += l.Quantity
		if l.Quantity < 1 {
			return breach("I6", "%s holds %d", l.ID, l.Quantity)
		}
		switch l.Status {
		case right.Won:
			a := s.AwardOf(l.Award)
			if a == nil || a.Ended || a.Lot != l.ID {
				return breach("I6", "%s is awarded, but not by a standing award", l.ID)
			}
		case right.Held:
			m := s.Matter(l.Matter)
			if m == nil || m.Lot != l.ID || m.Quantity != l.Quantity || !m.Status.Pending() && m.Question == nil {
				return breach("I6", "%s is held by %s, which does not hold it", l.ID, l.Matter)
			}
		case right.Idle:
			waits := s.Matter(l.Matter)
			if waits == nil || waits.Question == nil {
				return breach("I6", "%s stands nowhere", l.ID)
			}
		}
	}
	for line, sum := range sums {
		if want := s.Need.Lines[line].Quantity; sum != want {
			return breach("I6", "the lots of line %d sum to %d of %d", line+1, sum, want)
		}
	}
	return nil
}

// books checks that no offer is used beyond what it offers, and that what is used is what lots and awards hold.
func books(s *right.State) error {
	used := map[offer.ID]int64{}
	for i := range s.Lots {
		if p := s.Lots[i].Pick; p != nil {
			used[p.Offer] += p.Accelerators
		}
	}
	for i := range s.Tenders {
		t := &s.Tenders[i]
		if t.Used != used[t.Offer.ID] || t.Used > t.Offer.Terms.Quantity || t.Used < 0 {
			return breach("I6", "offer %s of %d counts %d as used, its lots hold %d", t.Offer.ID, t.Offer.Terms.Quantity, t.Used, used[t.Offer.ID])
		}
	}
	return nil
}

// retell plays the record again: from its beginning by Apply alone, and once more as it would have gone with every
// deadline woken at its instant. Neither may tell another story.
func (s *stream) retell() error {
	state := right.Begin(s.turns[0].law)
	woken := state
	for i := range s.turns {
		t := &s.turns[i]
		state = state.Under(t.law)
		for _, e := range t.events {
			state = right.Apply(state, e)
		}
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
			if !ok || due > last {
				break
			}
			next, events, err := right.Step(state, right.Command{Ask: right.Settle{}}, max(due, state.Last))
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
