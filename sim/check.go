package sim

import (
	"bytes"
	"encoding/json"
	"slices"

	"firstlook/internal/journal"
	"firstlook/internal/lawcheck"
	"firstlook/right"
)

// heal ends the faults and lets one replica finish what is open: it fires, answers and delivers until nothing is left.
func (w *world) heal() {
	w.calm = true
	c := w.cluster
	c.down, c.full, c.slow = 0, 0, 0
	last := pick(w.dice, w.replicas...)
	for _, r := range w.replicas {
		r.cut, r.deaf = 0, 0
		if r != last {
			r.kill()
		}
	}
	for _, who := range w.people {
		w.boxes[who].shut = 0
	}
	w.say("everything is healed; %s goes on", last)
	last.start()
	w.run()
	for _, cmd := range w.commands {
		if !cmd.done {
			w.send(cmd, last)
			w.run()
		}
	}
	if w.chance(30) {
		w.now += w.span(60 * day) // long after: tails are over, too
	}
	for i := 0; i < rounds && w.unsaid != nil; i++ {
		w.certify(w.unsaid, last)
		w.run()
	}
	for range rounds {
		if w.Plant != DeadlinesSleep {
			last.fire()
		}
		w.fired = w.cluster.now()
		w.run()
	}
	for _, who := range w.people {
		for i := 0; i < rounds && w.boxes[who].waits() || i == 0 && w.chance(10); i++ {
			last.deliver(who)
			w.run()
		}
	}
}

// rounds is how often the last replica looks for what is open: the first time it may learn only that another did some of it.
const rounds = 3

// eventsOf are the events of a record; a body that does not read is the law's to find.
func (w *world) eventsOf(r *journal.Record) []right.Event {
	events, ok := w.events[r.Position]
	if !ok {
		events, _ = right.Decode(r.Body)
		w.events[r.Position] = events
	}
	return events
}

// check holds the end of the world against what was promised.
func (w *world) check() {
	records, err := w.cluster.inner.ReadAll(ctx, 0, 1<<30)
	if err != nil {
		w.broken("chain", "the record cannot be read: %v", err)
		return
	}
	if w.Plant == RecordIsEdited && len(records) > 0 {
		at := w.IntN(len(records))
		records[at].Body = bytes.Replace(records[at].Body, []byte("e"), []byte("f"), 1)
	}
	w.checkChain(records)
	w.checkLaw(records)
	w.checkCommands(records)
	if !w.Races { // there nothing is carried
		w.checkActs(records)
		w.checkDone(records)
	}
	w.checkDeadlines()
	w.checkAnswers(records)
	w.table.Violations = int64(len(w.found))
}

// checkChain follows the hashes.
func (w *world) checkChain(records []journal.Record) {
	var before journal.Hash
	versions := map[journal.Stream]int64{}
	for i := range records {
		r := &records[i]
		versions[r.Stream]++
		if r.Position != int64(i)+1 || r.Version != versions[r.Stream] {
			w.broken("chain", "record %d is at position %d, version %d of %s", i+1, r.Position, r.Version, r.Stream)
		}
		if r.Hash != journal.Link(before, journal.Leaf(journal.Encode(nil, r))) {
			w.broken("chain", "record %d was changed", i+1)
			return
		}
		before = r.Hash
	}
}

// checkLaw reads each need's record as the law wants it.
func (w *world) checkLaw(records []journal.Record) {
	histories := map[needID][]right.Event{}
	var order []needID
	for i := range records {
		id, ok := needOf(records[i].Stream)
		if !ok {
			continue
		}
		events := w.eventsOf(&records[i])
		again, err := right.Encode(events)
		if err != nil || !bytes.Equal(again, records[i].Body) {
			w.broken("law", "record %d is not in the canonical encoding", i+1)
		}
		if histories[id] == nil {
			order = append(order, id)
		}
		histories[id] = append(histories[id], events...)
	}
	for _, id := range order {
		for _, v := range lawcheck.Check(w.law, histories[id]) {
			w.broken("law", "need %s: %s", id, v)
		}
	}
}

// checkCommands looks for each acknowledged command in the record, once and as it was told; and that nobody acted without one.
func (w *world) checkCommands(records []journal.Record) {
	byKey := map[string]*journal.Record{}
	for i := range records {
		r := &records[i]
		if r.Key != "" {
			if byKey[r.Key] != nil {
				w.broken("commands", "key %s is recorded twice", r.Key)
			}
			byKey[r.Key] = r
		}
		if _, ok := needOf(r.Stream); ok && r.Key == "" {
			if slices.ContainsFunc(w.eventsOf(r), func(e right.Event) bool { return e.By != "" }) {
				w.broken("commands", "record %d has what a party did, and no command's key", r.Position)
			}
		}
	}
	for _, c := range w.commands {
		r := byKey[c.key]
		delete(byKey, c.key)
		switch {
		case c.acked == nil && !c.done:
			w.broken("commands", "%s never got an answer, although everything works again", c.key)
		case c.acked == nil:
		case r == nil:
			w.broken("commands", "%s was acknowledged and is lost", c.key)
		case r.Stream != streamOf(c.need):
			w.broken("commands", "%s on %s is recorded for %s", c.key, c.need, r.Stream)
		case !bytes.Equal(r.Body, c.acked):
			w.broken("commands", "%s was answered with %s, recorded is %s", c.key, c.acked, r.Body)
		}
	}
	for i := range records { // in the record's order, so that the story is the same each time
		if byKey[records[i].Key] == &records[i] {
			w.broken("commands", "record %d has key %s, which nobody sent", i+1, records[i].Key)
		}
	}
}

// act is where a letter's cause stands in the record.
type act struct {
	position int64
	event    int
}

// checkActs holds what was handed over against what the record calls for.
func (w *world) checkActs(records []journal.Record) {
	for _, who := range w.people {
		wanted := map[string]act{}
		var order []string
		for i := range records {
			id, ok := needOf(records[i].Stream)
			if !ok {
				continue
			}
			events := w.eventsOf(&records[i])
			for e := range events {
				if slices.Contains(calls(events[e].Fact), who) {
					key := letterKey(id, records[i].Version, e+1, string(who))
					wanted[key] = act{records[i].Position, e + 1}
					order = append(order, key)
				}
			}
		}
		w.checkBox(w.boxes[who], string(who), records, wanted)
		for _, key := range order {
			if !w.boxes[who].handed[key] {
				w.broken("acts", "letter %s is called for by record %d and was never handed over", key, wanted[key].position)
			}
		}
	}
}

func letterKey(id needID, version int64, event int, who string) string {
	return string(id) + "." + itoa(version) + "." + itoa(int64(event)) + "." + who
}

// checkBox looks at what one party was handed: every letter has its cause and one text, and first comes what was recorded first.
func (w *world) checkBox(box *mailbox, who string, records []journal.Record, wanted map[string]act) {
	texts := map[string]string{}
	var last act
	for i := range box.taken {
		l := &box.taken[i]
		text, again := texts[l.key]
		texts[l.key] = l.body
		if again {
			if text != l.body {
				w.broken("acts", "letter %s was handed over with another text", l.key)
			}
			continue
		}
		at, ok := wanted[l.key]
		if !ok {
			if at, ok = w.cause(l, who, records); !ok {
				w.broken("acts", "letter %s has no cause in the record", l.key)
				continue
			}
		}
		if at.position < last.position || at.position == last.position && at.event < last.event {
			w.broken("acts", "letter %s comes after one that was recorded later", l.key)
		}
		last = at
	}
}

// cause finds where a letter that the fact alone does not call for stands in the record.
func (w *world) cause(l *letter, who string, records []journal.Record) (act, bool) {
	id, version, event, ok := keyOf(l.key, partyID(who))
	if !ok || l.position < 1 || l.position > int64(len(records)) {
		return act{}, false
	}
	r := &records[l.position-1]
	events := w.eventsOf(r)
	if r.Stream != streamOf(id) || r.Version != version || event < 1 || event > len(events) {
		return act{}, false
	}
	return act{l.position, event}, true
}

// checkDeadlines: nothing that has come is left.
func (w *world) checkDeadlines() {
	due, err := w.cluster.inner.Due(ctx, w.fired, 1)
	if err == nil && len(due) > 0 {
		w.broken("deadlines", "%s was due at %s, and deadlines were looked for at %s", due[0].Stream, due[0].Due, w.fired)
	}
	for _, n := range w.needs {
		state := n.state.Under(w.law)
		if at, ok := right.NextDeadline(state); ok && at <= w.fired {
			w.broken("deadlines", "need %s has a deadline at %s, and deadlines were looked for at %s", n.id, at, w.fired)
		}
		if w.Plant == DeadlinesSleep {
			continue
		}
		_, left, _ := right.Step(state, right.Command{Ask: right.Settle{}}, max(w.fired, state.Last, state.Reached))
		if len(left) > 0 {
			w.broken("settled", "need %s was not settled under the law as it became: %s", n.id, left[0].String())
		}
	}
}

// checkDone: no act is recorded as done twice.
func (w *world) checkDone(records []journal.Record) {
	done := map[string]bool{}
	for i := range records {
		if records[i].Kind != "done" {
			continue
		}
		var act struct {
			Key string `json:"key"`
		}
		if err := json.Unmarshal(records[i].Body, &act); err != nil {
			w.broken("acts", "record %d does not read: %v", i+1, err)
			continue
		}
		if done[act.Key] {
			w.broken("acts", "letter %s is recorded as done twice", act.Key)
		}
		done[act.Key] = true
	}
}
