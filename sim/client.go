package sim

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/journal"
	"firstlook/party"
	"firstlook/right"
)

type needID = capacity.NeedID

var ctx = context.Background()

// command is what a party's client sends, with one key, until it is answered.
type command struct {
	key   string
	need  needID
	ask   right.Command
	tries int
	done  bool
	acked []byte // the events of the first answer that was not a refusal; nil while there is none
}

// refusal is a refusal as it was told.
type refusal struct {
	doing  doing
	need   needID
	matter right.MatterID
	code   right.Code
	key    string
}

// mostTries bounds how often a client sends before the world is healed.
const mostTries = 6

func needOf(s journal.Stream) (needID, bool) {
	id, ok := strings.CutPrefix(string(s), "need/")
	return needID(id), ok
}

func streamOf(id needID) journal.Stream { return journal.Stream("need/" + id) }

// command sends a new command.
func (w *world) command(id needID, by party.ID, person string, ask right.Ask) {
	c := &command{key: fmt.Sprintf("k%d", len(w.commands)+1), need: id, ask: right.Command{By: by, Person: person, Ask: ask}}
	w.commands = append(w.commands, c)
	w.table.Commands++
	w.say("%s wants on %s: %T, key %s", by, id, ask, c.key)
	w.send(c, pick(w.dice, w.replicas...))
}

// send puts a command on the wire to a replica, and plans to send it again where no answer comes.
func (w *world) send(c *command, r *replica) {
	if c.done || c.tries >= mostTries && !w.calm || c.tries > 40 {
		return
	}
	c.tries++
	if c.tries > 1 {
		w.table.Resent++
	}
	times := 1
	if !w.calm && w.chance(4) {
		w.table.Faults[Network]++
		times = pick(w.dice, 0, 2, 3)
	}
	for range times {
		w.after(w.latency(), func() { w.arrive(c, r) })
	}
	w.after(30*second*calendar.Instant(c.tries)+w.span(minute), func() {
		if w.calm {
			return // whoever has no answer by then is asked to send again when all is healed
		}
		w.send(c, pick(w.dice, w.replicas...))
	})
}

// arrive puts a command before a replica; a dead one, or one that cannot be reached, says nothing.
func (w *world) arrive(c *command, r *replica) {
	if !r.alive || w.now < r.deaf {
		return
	}
	r.push(job{name: "command " + c.key, do: func(ctx context.Context) { r.command(ctx, c) }})
}

// command is the replica's part: decide, record, answer.
func (r *replica) command(ctx context.Context, c *command) {
	w := r.w
	d := r.begin()
	out, err := r.desk.Do(ctx, c.need, c.ask, c.key)
	var no *right.Refusal
	if err != nil && !errors.As(err, &no) {
		w.say("%s on %s: %v", c.key, r, err)
		w.table.Unanswered++
		r.doing = nil
		w.forget(d)
		return
	}
	r.end(d)
	if n := w.need(c.need); n != nil {
		d.high = max(d.high, n.state.Reached)
	}
	if no != nil {
		f := refusal{doing: *d, need: c.need, code: no.Code, key: c.key}
		if a, ok := c.ask.Ask.(right.Answer); ok {
			f.matter = a.Matter
		}
		w.refusals = append(w.refusals, f)
	}
	var body []byte
	if no == nil && len(out.Events) > 0 {
		if body, err = right.Encode(out.Events); err != nil {
			w.broken("commands", "the answer to %s does not encode: %v", c.key, err)
		}
	}
	if w.now < r.deaf || !w.calm && w.chance(3) {
		w.table.Faults[Network]++
		return // the answer is lost
	}
	w.after(w.latency(), func() { w.answered(c, r, no, body) })
}

// answered is the client's part.
func (w *world) answered(c *command, r *replica, no *right.Refusal, body []byte) {
	if no != nil {
		w.say("%s refuses %s: %s", r, c.key, no.Code)
		if !c.done {
			w.table.Refused++
		}
		c.done = true
		return
	}
	w.say("%s acknowledges %s", r, c.key)
	switch {
	case body == nil: // there was nothing to do, and nothing is recorded
	case c.acked == nil:
		w.table.Acknowledged++
		c.acked = append([]byte{}, body...)
	case string(c.acked) != string(body):
		w.broken("commands", "%s was answered twice, each time otherwise", c.key)
	}
	c.done = true
}

// settleLaw has a replica settle what another, or it in an earlier life, left when the law changed.
func (r *replica) settleLaw(ctx context.Context) error {
	if r.w.Plant == LawIsNotSettled {
		return nil
	}
	return r.desk.SettleLaw(ctx)
}

// fire lets a replica look for deadlines that have come.
func (r *replica) fire() {
	if !r.alive {
		return
	}
	r.push(job{name: "fire", do: func(ctx context.Context) {
		d := r.begin()
		if err := errors.Join(r.settleLaw(ctx), r.desk.FireDue(ctx)); err != nil {
			r.w.say("%s does not fire: %v", r, err)
			r.doing = nil
			r.w.forget(d)
			return
		}
		r.end(d)
	}})
}

// deliver lets a replica carry what is open for one party.
func (r *replica) deliver(to party.ID) {
	if !r.alive {
		return
	}
	r.push(job{name: "deliver", do: func(ctx context.Context) {
		d := r.begin() // deadlines that come meanwhile are recorded on the way
		r.hushed = true
		_ = r.desk.Deliver(ctx, courier{r, to}) // what failed stays open; others' letters always do
		r.hushed = false
		r.end(d)
	}})
}

// die kills the replica from within its own work.
func (r *replica) die() {
	life := r.life
	r.w.after(0, func() {
		if r.life == life {
			r.w.crash(r)
		}
	})
	r.pause(0)
}
