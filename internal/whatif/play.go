package whatif

import (
	"errors"
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/right"
)

// Options say how the changed world goes on where the record is silent.
type Options struct {
	// Silent lets every deadline pass that nobody in the record meets, also behind the end of the record.
	Silent bool
	// Auto lets the buyer take the cheapest lawful offers as soon as it may, where the record has no choice of its own to come.
	Auto bool
	// KeepDelays plays each later command as long after what it answers as in the record, not at its own time.
	KeepDelays bool
}

// Impossible is a recorded command, or an act of the change, that the changed world does not take.
type Impossible struct {
	At      calendar.Instant `json:"at"`
	Command string           `json:"command"`
	Code    right.Code       `json:"code,omitempty"` // of the refusal; empty where it would be about something else
	Why     string           `json:"why"`
	Own     bool             `json:"own,omitempty"` // it is an act of the change, not of the record
}

// item is something that is still to be played.
type item struct {
	at      calendar.Instant
	answers string // with KeepDelays: what it must wait for
	after   calendar.Instant
	command right.Command
	about   string     // what it is about in the record; empty for the change's own acts
	law     *right.Law // not nil: it comes into force
	unknown string
	own     bool // it is an act of the change
}

// player is the changed world in the making.
type player struct {
	options    Options
	end        calendar.Instant
	record     *witness
	point      Point
	state      right.State
	now        calendar.Instant
	events     []right.Event
	seen       anchors
	words      silence
	late       calendar.Instant // with KeepDelays: by how much the end is later than in the record
	script     []item
	tried      map[right.LotID]int // events at the last try to choose for a lot
	impossible []Impossible
	stopped    *Stop
}

// steps bounds a run; a need goes through a few dozen events.
const steps = 2000

// fork builds the world at the fork: the record up to it under the changed law, and the script of what comes later.
func fork(h *History, moves []Move, p Point, c *Change, o Options) (w *player, err error) {
	defer func() {
		if bug := recover(); bug != nil {
			w, err = nil, &ForkError{fmt.Sprintf("under the other terms the record up to event %d does not read: %v", p.Event-1, bug), "fork at start"}
		}
	}()
	w = &player{options: o, end: h.End, point: p, record: watch(h, moves, o.KeepDelays), seen: anchors{}, words: silence{}, tried: map[right.LotID]int{}}
	taken := p.Event - 1
	base := 0
	for base+1 < len(h.Laws) && h.Laws[base+1].From < taken {
		base++
	}
	law, err := c.law(h.Laws[base].Law)
	if err != nil {
		return nil, err
	}
	if err := cites(law, h.Events[:taken]); err != nil {
		return nil, err
	}
	w.state = right.Begin(law)
	for i := range h.Events[:taken] {
		e := h.Events[i]
		e.Recorded = min(e.Recorded, max(e.At, p.At)) // where the fork cuts what time did, it was woken in time
		w.apply(&w.state, &e)
	}
	w.now = max(w.state.Last, p.At)
	w.words.see(&w.state, w.seen, w.now)
	return w, w.write(moves, taken, base, c)
}

// cites reports whether a law has every clause version that a record cites.
func cites(law *right.Law, events []right.Event) error {
	for i := range events {
		var ref agreement.Ref
		switch f := events[i].Fact.(type) {
		case *right.Engaged:
			ref = f.Clause
		case *right.MatterOpened:
			ref = f.Clause
		default:
			continue
		}
		if _, _, ok := law.Book.Clause(ref); !ok {
			return &ForkError{fmt.Sprintf("event %d of the record cites %s, which the other terms do not have", i+1, ref), "fork at start, where the other terms decide from the beginning"}
		}
	}
	return nil
}

// write makes the script: what the record has after the fork but for what the change drops, and the change's own acts. The
// laws up to base are in force at the fork.
func (w *player) write(moves []Move, taken, base int, c *Change) error {
	laws := 0
	for i := range moves {
		m := &moves[i]
		if m.Enacts {
			if laws++; laws <= base {
				continue
			}
			law, err := c.law(m.Law)
			if err != nil {
				return err
			}
			w.script = append(w.script, item{at: m.At, law: law})
			continue
		}
		if _, waits := m.Command.Ask.(right.Settle); waits || m.First < taken || c.drops(m.Command) {
			continue
		}
		next := item{at: m.At, command: m.Command, about: m.about, unknown: m.Unknown}
		if w.options.KeepDelays {
			next.answers, next.after = m.answers, m.after
		}
		w.script = append(w.script, next)
	}
	for _, a := range c.Acts {
		next := item{at: a.At, command: a.Command, own: true}
		if a.AsInRecord {
			next.answers, next.after = asInRecord(moves, &a)
		}
		w.script = append(w.script, next)
	}
	return nil
}

// asInRecord says what an act answers and how long after it the record's party acted; at once where it did not.
func asInRecord(moves []Move, a *Act) (string, calendar.Instant) {
	for i := range moves {
		if m := &moves[i]; a.replaces(m.Command) && m.answers != "" {
			return m.answers, m.after
		}
	}
	if answer, ok := a.Command.Ask.(right.Answer); ok {
		return fmt.Sprintf("notice %s#1", answer.Matter), 0
	}
	return "", 0
}

// run plays until nothing is left to do, or somebody has the word of whom the record does not say what it did.
func (w *player) run() {
	w.choose()
	for range steps {
		next, at := w.ready()
		target := w.end + w.late
		if next >= 0 {
			target = at
		}
		due, ok := right.NextDeadline(w.state)
		// A law is there before the deadlines of its own instant, also where that lies before the fork.
		bring := next >= 0 && w.script[next].law != nil && due >= w.script[next].at
		switch {
		case ok && due <= target && !bring:
			if !w.pass(due) {
				return
			}
		case next >= 0:
			w.play(next, at)
		case ok && w.options.Silent && due <= w.limit():
			if !w.pass(due) {
				return
			}
		default:
			w.leftOver()
			return
		}
		w.choose()
	}
	w.stopped = &Stop{What: "the run has no end within the steps that are played", At: w.now}
}

// limit is the instant behind which silence changes nothing that matters: the need's last line has begun.
func (w *player) limit() calendar.Instant {
	var out calendar.Instant
	if w.state.Need != nil && !w.state.Settled() {
		for i := range w.state.Need.Lines {
			out = max(out, w.state.Need.Lines[i].Period.From)
		}
	}
	return out
}

// ready returns the item that comes next and when, -1 where none can be played.
func (w *player) ready() (int, calendar.Instant) {
	best, when := -1, calendar.Instant(0)
	for i := range w.script {
		at := w.script[i].at
		if name := w.script[i].answers; name != "" {
			since, there := w.seen[name]
			if !there {
				continue
			}
			at = since + w.script[i].after
		}
		if at = max(at, w.now); best < 0 || at < when {
			best, when = i, at
		}
	}
	return best, when
}

// pass lets time do what is due; false where somebody has the word until then.
func (w *player) pass(due calendar.Instant) bool {
	if !w.options.Silent {
		if w.stopped = w.unheard(due); w.stopped != nil {
			return false
		}
	}
	w.now = max(due, w.state.Last)
	_ = w.step(right.Command{Ask: right.Settle{}}) // settling is never refused
	return true
}

// step puts a command to the law.
func (w *player) step(c right.Command) error {
	before := w.state
	after, events, err := right.Step(before, c, w.now)
	for i := range events {
		w.apply(&before, &events[i])
	}
	w.state, w.events = after, append(w.events, events...)
	return err
}

// apply takes an event and keeps what others may answer of it, and who has the word since.
func (w *player) apply(s *right.State, e *right.Event) {
	w.seen.note(e)
	*s = right.Apply(*s, *e)
	w.words.see(s, w.seen, e.At)
	if !w.options.KeepDelays {
		return
	}
	for name, at := range w.seen { // the record ends as much later as something in it comes later
		if was, known := w.record.seen[name]; known {
			w.late = max(w.late, at-was)
		}
	}
}

// play plays an item.
func (w *player) play(i int, at calendar.Instant) {
	next := w.script[i]
	w.script = slices.Delete(w.script, i, i+1)
	w.now = at
	if next.law != nil {
		w.state = w.state.Under(next.law) // what is due by it comes next
		return
	}
	gone := Impossible{At: at, Command: Words(next.command), Own: next.own}
	here := subject(&w.state, next.command)
	switch {
	case next.unknown != "":
		gone.Why = next.unknown
	case next.about != "" && here != "" && here != next.about:
		gone.Why = fmt.Sprintf("it was about %s; here that is %s", next.about, here)
	default:
		err := w.step(later(next, at))
		if err == nil {
			return
		}
		gone.Why = err.Error()
		var no *right.Refusal
		if errors.As(err, &no) {
			gone.Code, gone.Why = no.Code, no.Detail
		}
	}
	w.impossible = append(w.impossible, gone)
}

// later is the command of an item that is played at another time than in the record: a receipt that was said to have been
// earlier is earlier by as much.
func later(i item, at calendar.Instant) right.Command {
	if r, ok := i.command.Ask.(right.Receipt); ok && r.At.IsSet() && i.answers != "" {
		r.At += at - i.at
		i.command.Ask = r
	}
	return i.command
}

// leftOver lists what waited for something that did not come about.
func (w *player) leftOver() {
	for _, i := range w.script {
		w.impossible = append(w.impossible, Impossible{At: i.at, Command: Words(i.command), Why: "what it answers did not come about", Own: i.own})
	}
}

// choose takes the cheapest lawful offers for each lot that stands in the market, where the record will not choose.
func (w *player) choose() {
	if !w.options.Auto || w.state.Need == nil {
		return
	}
	for i := range w.state.Lots {
		l := &w.state.Lots[i]
		tried, before := w.tried[l.ID]
		if l.Status != right.InMarket || l.Round || w.willChoose(l.ID) || before && tried == len(w.events) {
			continue
		}
		id := l.ID
		_ = w.step(right.Command{By: w.state.Need.Buyer, Ask: right.Choose{Lot: id}}) // where nothing can be taken the lot waits
		w.tried[id] = len(w.events)
		w.choose() // lots may have been split
		return
	}
}

func (w *player) willChoose(lot right.LotID) bool {
	return slices.ContainsFunc(w.script, func(i item) bool {
		c, ok := i.command.Ask.(right.Choose)
		return ok && c.Lot == lot
	})
}
