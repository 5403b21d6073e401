package right

import (
	"firstlook/calendar"
	"firstlook/party"
)

// Decide returns what follows from a command at an instant: first what time alone brought about, then what the
// command did. The events are to be recorded even where the error, a [*Refusal], says that the command did nothing.
func Decide(s State, c Command, now calendar.Instant) ([]Event, error) {
	_, events, err := Step(s, c, now)
	return events, err
}

// Step is Decide and Apply in one: it also returns the state after the events.
func Step(s State, c Command, now calendar.Instant) (State, []Event, error) {
	if reached := max(s.Last, s.Reached); now < reached {
		return s, nil, refuse(TimeBeforeRecord, "the record has reached %s; %s lies before it", reached, now)
	}
	t := turn{writer: writer{State: s}, now: now, by: c.By, person: c.Person, events: make([]Event, 0, usualEvents(c.Ask))}
	t.settle()
	settled := len(t.events)
	t.at = now
	err := t.do(c.Ask)
	if err != nil && len(t.events) > settled { // a refusal does nothing: what it began is dropped
		t.events = t.events[:settled]
		return Fold(s, t.events), t.events, err
	}
	return t.State, t.events, err
}

// usualEvents is how many events a command mostly brings about: room that need not grow.
func usualEvents(a Ask) int {
	switch a.(type) {
	case SubmitOffer, WithdrawOffer, Settle:
		return 1
	case Choose:
		return 8
	case Submit:
		return 6
	case Answer:
		return 5
	}
	return 3
}

// Fold applies events in order.
func Fold(s State, events []Event) State {
	w := writer{State: s}
	for i := range events {
		w.apply(events[i])
	}
	return w.State
}

// turn is one decision in the making: each fact is applied as it is found, so that the next rule sees it.
type turn struct {
	writer
	now    calendar.Instant // when the command is decided; what is recorded
	at     calendar.Instant // when what happens happens: now, or a deadline that is being settled
	by     party.ID
	person string
	time   bool // settling: nobody asked
	events []Event
}

func (t *turn) emit(f Fact) {
	e := Event{At: t.at, Recorded: t.now, Fact: f}
	if !t.time {
		e.By = t.by
	}
	t.apply(e)
	t.events = append(t.events, e)
}

func (t *turn) do(a Ask) error {
	if sub, ok := a.(Submit); ok {
		return t.submit(sub)
	}
	if t.Need == nil {
		return refuse(NeedUnknown, "no such need")
	}
	switch a := a.(type) {
	case Settle:
		return nil
	case Answer:
		return t.answer(a)
	case SubmitOffer:
		return t.submitOffer(a)
	case WithdrawOffer:
		return t.withdrawOffer(a)
	case Receipt:
		return t.receipt(a)
	case Propose:
		return t.propose(a)
	case RequestInformation:
		return t.requestInformation(a)
	case Stay:
		return t.stay(a)
	case Lift:
		return t.lift(a)
	case Extend:
		return t.extend(a)
	case Consent:
		return t.consent(a)
	case Assign:
		return t.assign(a)
	}
	if t.by != t.grantor() {
		return refuse(NotTheBuyer, "only %s may do this", t.grantor())
	}
	return t.doAsGrantor(a)
}

// doAsGrantor takes the commands that are the grantor's alone.
func (t *turn) doAsGrantor(a Ask) error {
	switch a := a.(type) {
	case Withdraw:
		return t.withdraw(a)
	case Notice:
		return t.notice(a)
	case Respond:
		return t.respond(a)
	case Determine:
		return t.determine(a)
	case RequestOffers:
		return t.requestOffers(a)
	case Reoffer:
		return t.reoffer(a)
	case Choose:
		return t.choose(a)
	case Sign:
		return t.sign(a)
	case FallThrough:
		return t.fallThrough(a)
	case SupplyInformation:
		return t.supplyInformation(a)
	case Change:
		return t.change(a)
	case NonPerform:
		return t.nonPerform(a)
	case Cure:
		return t.cure(a)
	}
	panic("bug: a command without a rule")
}
