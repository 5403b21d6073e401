package whatif

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"firstlook/calendar"
	"firstlook/right"
)

// Fork names the point up to which the record is taken as it is; the package comment lists the names.
type Fork string

// Point is a fork found in a record.
type Point struct {
	Name  Fork             `json:"name"`
	Event int              `json:"event"` // number of the first event that is not taken; one more than there are for the end
	At    calendar.Instant `json:"at"`    // of the last event that is taken, or the instant that was named; that of the first event at the start
}

// ForkError says that a record has no such fork point.
type ForkError struct{ Message, Hint string }

func (e *ForkError) Error() string { return e.Message }

const forkHint = "name a fork: start, end, an event number, an instant such as 2026-03-02T12:00Z, or a name such as o2, m1.answer, l1.choose, a1"

// find places the fork in the record.
func (f Fork) find(h *History, moves []Move) (Point, error) {
	p := finder{h: h, moves: moves, fork: f}
	n, err := p.index()
	if err != nil {
		return Point{}, err
	}
	point := Point{Name: f, Event: n + 1, At: h.Events[max(n-1, 0)].At}
	if at, err := calendar.Parse(string(f)); err == nil {
		point.At = at
	}
	return point, nil
}

type finder struct {
	h     *History
	moves []Move
	fork  Fork
}

// index returns how many events are taken.
func (p *finder) index() (int, error) {
	text := string(p.fork)
	if n, err := strconv.Atoi(text); err == nil {
		if n < 1 || n > len(p.h.Events)+1 {
			return 0, &ForkError{fmt.Sprintf("no event %d: the record has %d", n, len(p.h.Events)), forkHint}
		}
		return p.before(n - 1), nil
	}
	if at, err := calendar.Parse(text); err == nil {
		if at > p.h.End {
			return 0, &ForkError{fmt.Sprintf("%s lies behind the end of the record, %s", text, p.h.End), "fork at end, or at an earlier instant"}
		}
		return p.before(slices.IndexFunc(append(slices.Clip(p.h.Events), right.Event{At: calendar.Latest}), func(e right.Event) bool { return e.At >= at })), nil
	}
	switch text {
	case "start":
		return 0, nil
	case "end":
		return len(p.h.Events), nil
	}
	return p.named(text)
}

// before returns the beginning of the turn that an event belongs to. What time alone did may be cut, but not within what
// one deadline brought about.
func (p *finder) before(event int) int {
	for i := range p.moves {
		m := &p.moves[i]
		if event < m.First || event >= m.First+m.Len {
			continue
		}
		first := m.First
		if _, waits := m.Command.Ask.(right.Settle); waits {
			for first = event; first > m.First && p.h.Events[first-1].At == p.h.Events[event].At; first-- {
			}
		}
		return first
	}
	return event
}

// behind returns the end of the turn that an event belongs to.
func (p *finder) behind(event int) int {
	first := p.before(event)
	for event < len(p.h.Events) && p.before(event) == first {
		event++
	}
	return event
}

// named finds o2, m1.answer, l1.choose, a1, a1.sign.
func (p *finder) named(text string) (int, error) {
	what, which, _ := strings.Cut(text, ".")
	if what == "" {
		return 0, &ForkError{fmt.Sprintf("%q names no fork", text), forkHint}
	}
	found, fallback := -1, -1
	for i := range p.h.Events {
		done, had := place(&p.h.Events[i], what, which, fallback >= 0)
		if done && found < 0 {
			found = i
		}
		if had {
			fallback = i
		}
	}
	switch {
	case found >= 0:
		return p.before(found), nil
	case fallback >= 0:
		return p.behind(fallback), nil
	}
	return 0, &ForkError{fmt.Sprintf("the record has no %s", text), forkHint}
}

// place says whether an event is what a name means, and whether it is what gave somebody the word for it; asked says that
// somebody had the word before.
func place(e *right.Event, what, which string, asked bool) (done, had bool) {
	is := func(id fmt.Stringer, words ...string) bool {
		return id.String() == what && slices.Contains(words, which)
	}
	switch f := e.Fact.(type) {
	case *right.OfferReceived:
		return which == "" && string(f.Offer.ID) == what, false
	case *right.MatterOpened:
		return is(f.Matter, "open"), false
	case *right.Noticed:
		return asked && e.By != "" && is(f.Matter, "notice"), is(f.Matter, "answer") || len(f.Missing) > 0 && is(f.Matter, "notice")
	case *right.Opened:
		return false, is(f.Matter, "answer")
	case *right.Answered:
		return is(f.Answer.Matter, "answer"), false
	case *right.Named:
		return false, is(f.Matter, "respond")
	case *right.Exercised:
		return asked && e.By != "" && is(f.Matter, "respond"), false
	case *right.Ended:
		return asked && e.By != "" && is(f.Matter, "respond"), false
	case *right.DeterminationRequired:
		return false, is(f.Matter, "determine")
	case *right.Determined:
		return is(f.Matter, "determine"), false
	case *right.RoundClosed:
		return false, is(f.Lot, "choose")
	case *right.Chosen:
		return is(f.Lot, "choose"), false
	case *right.Awarded:
		return is(f.Award, ""), is(f.Award, "sign", "falls")
	case *right.Signed:
		return is(f.Award, "sign"), false
	case *right.CapBroken:
		return is(f.Award, "sign"), false
	case *right.FellThrough:
		return is(f.Award, "falls"), false
	}
	return false, false
}
