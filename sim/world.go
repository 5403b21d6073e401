package sim

import (
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/journal"
	"firstlook/party"
	"firstlook/right"
)

// Options say how a history is played.
type Options struct {
	// Trace keeps the story of the world in [Result.Story].
	Trace bool
	// Races plays one short story in place of a long one: a need, a window, and answers and wake-ups of all replicas within a tenth of
	// a second around its deadline.
	Races bool
	// Plant breaks something on purpose.
	Plant Plant
}

// Violation is what a checker found.
type Violation struct {
	Checker string
	What    string
}

func (v Violation) String() string { return v.Checker + ": " + v.What }

// Result is what came of one history.
type Result struct {
	Seed       uint64
	Setup      string
	Table      Table
	Violations []Violation
	Record     []journal.Record // of the whole journal at the end
	Story      []byte           // with Options.Trace
}

// world is one history in the making.
type world struct {
	dice
	Options
	seed     uint64
	setup    *Setup
	law      *right.Law         // as the record has it
	unsaid   *agreement.Trigger // that somebody certifies, and has no answer
	now      calendar.Instant   // the true time
	queue    queue
	steps    int64
	cluster  *cluster
	replicas []*replica
	commands []*command
	needs    []*need
	open     []*doing // under way
	refusals []refusal
	boxes    map[party.ID]*mailbox
	people   []party.ID       // everybody, in the order of the setup
	calm     bool             // no more faults, and nobody begins anything new
	over     bool             // nobody plans anything new
	fired    calendar.Instant // when deadlines were looked for last, by the database's clock
	offers   int
	panics   int
	table    Table
	events   map[int64][]right.Event // of the record at each position
	found    []Violation
	story    []byte
}

// need is a need as its record has it.
type need struct {
	id      capacity.NeedID
	state   right.State
	version int64
	watched map[right.MatterID]calendar.Instant // deadlines that somebody means to meet
}

// Play plays the history of a seed under one of the setups.
func Play(seed uint64, setups []*Setup, o Options) Result {
	d := newDice(seed)
	w := &world{dice: d, Options: o, seed: seed, setup: setups[d.IntN(len(setups))], now: Begin, boxes: map[party.ID]*mailbox{}, events: map[int64][]right.Event{}}
	w.law = w.setup.law
	w.people = append(w.people, w.setup.buyer)
	for _, list := range [][]party.ID{w.setup.holders, w.setup.rivals, w.setup.others} {
		w.people = append(w.people, list...)
	}
	for _, who := range w.people {
		w.boxes[who] = &mailbox{known: map[string]string{}, handed: map[string]bool{}}
	}
	w.cluster = newCluster(w)
	w.cluster.offset = w.skew()
	number := pick(w.dice, 1, 2, 2, 2, 3)
	if w.Races {
		number = pick(w.dice, 2, 2, 3)
	}
	for i := range number {
		w.replicas = append(w.replicas, &replica{w: w, id: i + 1, own: w.skew()})
	}
	for _, r := range w.replicas {
		r.start()
		w.wake(r)
	}
	w.begin()
	w.run()
	w.heal()
	w.check()
	w.table.Histories, w.table.Steps = 1, w.steps
	return w.result()
}

// begin plans what the world begins with.
func (w *world) begin() {
	if w.Races {
		w.after(w.span(hour), w.submit)
		w.after(30*day, func() { w.over = true })
		return
	}
	for range pick(w.dice, 1, 1, 1, 2) {
		w.after(w.span(6*hour), w.submit)
	}
	w.after(hour, func() { w.think(6 + w.IntN(10)) })
	if triggers := w.law.Book.Agreements[0].Triggers; len(triggers) > 0 && w.chance(50) {
		w.after(w.span(8*day), func() { w.certify(&triggers[w.IntN(len(triggers))], pick(w.dice, w.replicas...)) })
	}
	w.after(w.span(day), func() { w.fail(1 + w.IntN(4)) })
}

func (w *world) result() Result {
	all, _ := w.cluster.inner.ReadAll(ctx, 0, 1<<30) // in memory: it cannot fail
	return Result{Seed: w.seed, Setup: w.setup.Name, Table: w.table, Violations: w.found, Record: all, Story: w.story}
}

// run lets happen what is planned, until nothing is.
func (w *world) run() {
	for w.queue.Len() > 0 {
		e := w.queue.next()
		w.now = max(w.now, e.at)
		w.steps++
		e.do()
		if len(w.found) > 0 && w.found[len(w.found)-1].Checker == "rest" {
			return // something goes round in circles
		}
	}
}

// after plans something.
func (w *world) after(wait calendar.Instant, do func()) { w.queue.plan(w.now+wait, do) }

// step is a place in the order of all that happens.
func (w *world) step() int64 {
	w.steps++
	return w.steps
}

// say adds a line to the story.
func (w *world) say(format string, args ...any) {
	if w.Trace {
		w.story = w.now.Append(w.story)
		w.story = append(w.story, ' ')
		w.story = fmt.Appendf(w.story, format, args...)
		w.story = append(w.story, '\n')
	}
}

// broken adds a violation.
func (w *world) broken(checker, format string, args ...any) {
	v := Violation{checker, fmt.Sprintf(format, args...)}
	w.say("VIOLATION %s", v)
	w.found = append(w.found, v)
}

// skew is how far a clock is off.
func (w *world) skew() calendar.Instant { return w.span(2*minute) - minute }

// latency is how long a message is under way.
func (w *world) latency() calendar.Instant {
	if !w.calm && w.chance(2) {
		return w.span(10 * second)
	}
	return millisecond + w.span(20*millisecond)
}

// writing is how long a write takes to be on both nodes.
func (w *world) writing() calendar.Instant {
	if w.now < w.cluster.slow {
		return second + w.span(2*minute)
	}
	return millisecond + w.span(10*millisecond)
}

// forget takes a piece of work from those under way.
func (w *world) forget(d *doing) {
	if i := slices.Index(w.open, d); i >= 0 {
		w.open = slices.Delete(w.open, i, i+1)
	}
}

// clockSeen notes, for all that is under way, that the database's clock may have gone back.
func (w *world) clockSeen() {
	at := w.cluster.now()
	for _, d := range w.open {
		d.low, d.high = min(d.low, at), max(d.high, at)
	}
}

// need returns a need by its id, or nil.
func (w *world) need(id capacity.NeedID) *need {
	for _, n := range w.needs {
		if n.id == id {
			return n
		}
	}
	return nil
}

// recorded takes note of a record that can be read from now on.
func (w *world) recorded(r journal.Record, write journal.Write, by *doing) {
	w.table.Records++
	w.say("recorded %d %s/%d key %q by %q at %s", r.Position, r.Stream, r.Version, r.Key, r.Actor, r.Recorded)
	id, ok := needOf(r.Stream)
	if !ok {
		w.lawful(&r)
		return
	}
	n := w.need(id)
	if n == nil {
		n = &need{id: id, state: right.Begin(w.law), watched: map[right.MatterID]calendar.Instant{}}
		w.needs = append(w.needs, n)
	}
	if by != nil {
		// It was decided by now, and the need's time does not go back with the clock.
		by.high = max(by.high, w.cluster.now(), n.state.Reached)
	}
	events, err := right.Decode(r.Body)
	if err != nil {
		w.broken("law", "%s, record %d does not read: %v", r.Stream, r.Version, err)
		return
	}
	w.events[r.Position] = events
	if r.Version != n.version+1 {
		return // the store forgot something: the checkers say so
	}
	n.version = r.Version
	next, ok := follow(n.state, events)
	if !ok {
		w.broken("law", "%s, record %d cannot follow what was recorded before", r.Stream, r.Version)
		return
	}
	n.state = next
	for i := range events {
		w.say("    %s", events[i].String())
		if events[i].At < events[i].Recorded && events[i].By == "" {
			w.table.Deadlines++
		}
		if _, closed := events[i].Fact.(*right.RoundClosed); closed && !w.over && !w.Races && w.chance(70) {
			w.after(w.span(8*hour), func() { w.turn(n, w.setup.buyer) })
		}
		for _, who := range calls(events[i].Fact) {
			if box := w.boxes[who]; box != nil && !w.Races {
				box.called = append(box.called, letterKey(id, r.Version, i+1, string(who)))
				w.carry(who)
			}
		}
	}
	if write.Due.IsSet() && !w.calm {
		w.watch(n, write.Due)
	}
}

// follow is the state after events; false where they cannot follow, for which the engine panics.
func follow(s right.State, events []right.Event) (next right.State, ok bool) {
	defer func() {
		if x := recover(); x != nil {
			ok = false
		}
	}()
	return right.Fold(s, events), true
}

// watch plans what happens around a deadline: one or more replicas fire it, by their own clocks; and somebody may have waited with
// an answer until the last moment.
func (w *world) watch(n *need, due calendar.Instant) {
	at := max(w.now, due-w.cluster.offset)
	if w.Races {
		w.race(n, at)
		return
	}
	for _, r := range w.replicas {
		if w.chance(60) {
			w.queue.plan(max(w.now, at-r.own/2), func() { r.fire() })
		}
	}
	for i := range n.state.Matters {
		m := &n.state.Matters[i]
		if by := max(m.AnswerBy, m.More().NegotiateBy); m.Status.Pending() && by.IsSet() && n.watched[m.ID] != by && w.chance(50) {
			n.watched[m.ID] = by
			near := by - w.cluster.offset + pick(w.dice, 1, 50*millisecond, 5*second)*calendar.Instant(w.IntN(5)-2) - w.span(60*millisecond)
			id := m.ID
			w.queue.plan(max(w.now, near), func() { w.answer(n, id) })
		}
	}
}

// race lets everybody be at a deadline at once.
func (w *world) race(n *need, at calendar.Instant) {
	about := func() calendar.Instant { return max(w.now, at-50*millisecond+w.span(100*millisecond)) }
	for _, r := range w.replicas {
		w.queue.plan(about(), func() { r.fire() })
	}
	for i := range n.state.Matters {
		m := &n.state.Matters[i]
		if by := max(m.AnswerBy, m.More().NegotiateBy); m.Status.Pending() && by.IsSet() && n.watched[m.ID] != by {
			n.watched[m.ID] = by
			id := m.ID
			for range 1 + w.IntN(3) {
				w.queue.plan(about(), func() { w.answer(n, id) })
			}
		}
	}
}

// wake plans when a replica looks after its deadlines and letters without being asked.
func (w *world) wake(r *replica) {
	w.after(hour+w.span(24*hour), func() {
		if w.over || w.Races {
			return
		}
		r.fire()
		if who := pick(w.dice, w.people...); w.boxes[who].waits() || w.chance(5) {
			r.deliver(who)
		}
		w.wake(r)
	})
}

// carry plans that a replica delivers what was just called for: mostly soon, as its loop does when it is nudged.
func (w *world) carry(who party.ID) {
	if !w.calm && w.chance(50) {
		r := pick(w.dice, w.replicas...)
		w.after(pick(w.dice, millisecond, second, hour)*calendar.Instant(1+w.IntN(3)), func() {
			if w.boxes[who].waits() {
				r.deliver(who)
			}
		})
	}
}
