package sim

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"firstlook/calendar"
	"firstlook/internal/outbox"
	"firstlook/party"
	"firstlook/right"
)

// mailbox is where a party's letters arrive.
type mailbox struct {
	taken  []letter          // as they were handed over
	known  map[string]string // text by key, as it arrived: a repetition is known by its key
	shut   calendar.Instant  // until when nothing can be handed over
	called []string          // keys of letters that the record calls for, by its order
	handed map[string]bool   // by key
	put    *outbox.Act       // kept back by a planted fault
}

// letter is one handing over.
type letter struct {
	key      string
	body     string
	position int64
	place    int
}

var (
	errElse  = errors.New("another recipient's turn")
	errRelay = errors.New("the relay does not answer")
)

// courier carries what is for one recipient, and leaves the others' letters for their turn: which recipient the outbox serves
// first is not the same each time.
type courier struct {
	r  *replica
	to party.ID
}

// Deliver implements [desk.Courier].
func (c courier) Deliver(_ context.Context, a outbox.Act) error {
	if a.Recipient != c.to {
		return errElse
	}
	r, w := c.r, c.r.w
	r.pause(w.latency())
	box := w.boxes[c.to]
	switch fate := w.IntN(100); {
	case w.calm:
	case w.now < box.shut || fate < 5:
		w.table.Faults[Courier]++
		return errRelay
	case fate < 10:
		w.table.Faults[Courier]++
		w.take(a)
		return errRelay // it was handed over, and nobody knows
	case fate < 13:
		w.table.Faults[Courier]++
		w.take(a)
		r.die()
	}
	w.take(a)
	return nil
}

// take hands a letter over. It arrives later, sometimes twice.
func (w *world) take(a outbox.Act) {
	box := w.boxes[a.Recipient]
	switch {
	case w.Plant == CourierLoses && w.chance(20):
		return
	case w.Plant == CourierForgetsKeys && box.handed[a.Key]:
		a.Key += "-again"
	case w.Plant == CourierChangesText && box.handed[a.Key]:
		a.Body = append([]byte("again: "), a.Body...)
	case w.Plant == CourierReorders && box.put == nil && w.chance(30):
		box.put = &a
		return
	}
	w.hand(box, a)
	if box.put != nil {
		late := *box.put
		box.put = nil
		w.hand(box, late)
	}
}

// waits reports whether a letter that the record calls for was not handed over.
func (b *mailbox) waits() bool {
	for len(b.called) > 0 && b.handed[b.called[0]] {
		b.called = b.called[1:]
	}
	return len(b.called) > 0
}

func (w *world) hand(box *mailbox, a outbox.Act) {
	w.table.Letters++
	box.handed[a.Key] = true
	l := letter{a.Key, string(a.Body), a.Position, a.Place}
	w.say("letter %s handed over, %d bytes", l.key, len(l.body))
	box.taken = append(box.taken, l)
	times, late := 1, calendar.Instant(0)
	if !w.calm {
		times, late = pick(w.dice, 1, 1, 1, 1, 1, 1, 1, 2), pick(w.dice, 0, minute, hour)
	}
	for range times {
		w.after(w.latency()+late*calendar.Instant(w.IntN(3)), func() { w.arrives(a.Recipient, box, l) })
	}
}

// arrives puts a letter before its recipient. One that comes again by its key does nothing more.
func (w *world) arrives(to party.ID, box *mailbox, l letter) {
	text, again := box.known[l.key]
	if again {
		w.table.Repeated++
		if text != l.body {
			w.broken("acts", "letter %s came again with another text", l.key)
		}
		return
	}
	box.known[l.key] = l.body
	if id, _, _, ok := keyOf(l.key, to); ok && !w.calm && w.chance(40) {
		if n := w.need(id); n != nil {
			w.after(w.span(4*hour), func() { w.turn(n, to) })
		}
	}
}

// calls lists whom a fact must be told to, as far as the fact alone says so. It is written from docs/spec, apart from the desk.
func calls(f right.Fact) []party.ID {
	switch f := f.(type) {
	case *right.Noticed:
		return []party.ID{f.Holder}
	case *right.OffersRequested:
		return f.Invited
	case *right.DeterminationRequired:
		return []party.ID{f.Grantor}
	case *right.ConsentAwaited:
		return f.Of
	case *right.Ended:
		if f.Outcome != right.Terminated {
			return []party.ID{f.Holder}
		}
	case *right.Awarded:
		if f.Role != party.Rival {
			return []party.ID{f.Provider}
		}
	}
	return nil
}

// keyOf reads a letter's key: need, version of the record, event in it from 1.
func keyOf(key string, to party.ID) (id needID, version int64, event int, ok bool) {
	parts := strings.SplitN(key, ".", 4)
	if len(parts) != 4 || parts[3] != string(to) {
		return "", 0, 0, false
	}
	version, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return "", 0, 0, false
	}
	event, err = strconv.Atoi(parts[2])
	return needID(parts[0]), version, event, err == nil
}
