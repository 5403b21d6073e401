package whatif

import (
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/internal/desk"
	"firstlook/party"
	"firstlook/right"
)

// Stop says who has the word where the run cannot go on.
type Stop struct {
	At   calendar.Instant `json:"at"`
	Who  []party.ID       `json:"who"`
	What string           `json:"what"` // after the parties' names: "may answer m1"
	// Until is when the deadline would pass that the run does not let pass.
	Until calendar.Instant `json:"until,omitzero"`
}

// silence keeps since when each party has had each word, by what the word is over.
type silence map[string]calendar.Instant

// see takes note of who has which word after an event.
func (w silence) see(s *right.State, seen anchors, at calendar.Instant) {
	now := words(s, seen)
	for key := range w {
		if !slices.Contains(now, key) {
			delete(w, key)
		}
	}
	for _, key := range now {
		if _, known := w[key]; !known {
			w[key] = at
		}
	}
}

// words names everything over which somebody has the word until a deadline: an answer or a response in a matter over its
// terms, offers in a round.
func words(s *right.State, seen anchors) []string {
	var out []string
	for i := range s.Matters {
		m := &s.Matters[i]
		if m.Question == nil && hasWord(m) {
			out = append(out, matterKey(s, m))
		}
	}
	for i := range s.Lots {
		if l := &s.Lots[i]; l.Round && l.Status == right.InMarket {
			out = append(out, seen.latest("offers "+l.ID.String()))
		}
	}
	return out
}

// hasWord reports whether somebody has the word in a matter until a deadline.
func hasWord(m *right.Matter) bool {
	switch m.Status {
	case right.Open, right.StandNamed, right.Negotiating:
		return true
	case right.Conditional:
		return m.More().ConsentBy.IsSet()
	}
	return false
}

func matterKey(s *right.State, m *right.Matter) string {
	return string(m.Status) + " " + matterWords(s, m.ID, true)
}

// witness knows how long the parties of the record were silent, and over what.
type witness struct {
	until map[string]calendar.Instant // when the record shows the end of a silence, or ends itself
	long  map[string]calendar.Instant // how long it was
	keep  bool                        // delays count, not instants
	seen  anchors                     // what the record's commands answered
}

// watch reads the silences out of a record. What a party did ends its silence; what nobody did until the end of the record
// was silence until then.
func watch(h *History, moves []Move, keep bool) *witness {
	w := &witness{until: map[string]calendar.Instant{}, long: map[string]calendar.Instant{}, keep: keep}
	state, seen, open := right.Begin(h.Laws[0].Law), anchors{}, silence{}
	note := func(at calendar.Instant) {
		for key, since := range open {
			w.until[key], w.long[key] = at, max(w.long[key], at-since)
		}
	}
	for i := range moves {
		m := &moves[i]
		state = state.Under(m.Law)
		for j := m.First; j < m.First+m.Len; j++ {
			note(h.Events[j].At)
			seen.note(&h.Events[j])
			state = right.Apply(state, h.Events[j])
			open.see(&state, seen, h.Events[j].At)
		}
	}
	note(h.End)
	w.seen = seen
	return w
}

// unheard says who has the word until a deadline of the changed world, where the record does not show it silent for as long;
// nil where time may pass.
func (w *player) unheard(due calendar.Instant) *Stop {
	for _, t := range desk.Next(&w.state, "") {
		if t.Until != due || t.Matter == "" && t.Lot == "" {
			continue
		}
		key := w.wordOf(&t)
		if key == "" || w.record.covers(key, w.words[key], due) || w.will(&t) {
			continue
		}
		stop := &Stop{At: w.now, Who: []party.ID{t.Who}, What: t.What, Until: due}
		for _, o := range desk.Next(&w.state, "") { // the others who have the same word
			if o.What == t.What && o.Until == due && o.Who != t.Who {
				stop.Who = append(stop.Who, o.Who)
			}
		}
		return stop
	}
	return nil
}

// wordOf names what a turn is about; empty where no deadline of a party runs.
func (w *player) wordOf(t *desk.Turn) string {
	for i := range w.state.Matters {
		m := &w.state.Matters[i]
		if t.Matter == m.ID.String() && m.Question == nil && hasWord(m) {
			return matterKey(&w.state, m)
		}
	}
	for i := range w.state.Lots {
		if l := &w.state.Lots[i]; t.Matter == "" && t.Lot == l.ID.String() && l.Round {
			return w.seen.latest("offers " + t.Lot)
		}
	}
	return ""
}

// covers reports whether the record shows a silence until an instant, or, where delays count, for as long.
func (r *witness) covers(key string, since, until calendar.Instant) bool {
	if r.keep {
		long, known := r.long[key]
		return known && until-since <= long
	}
	shown, known := r.until[key]
	return known && until <= shown
}

// will reports whether the change has an act of its own to come over the same thing: its author has said what happens.
func (w *player) will(t *desk.Turn) bool {
	return slices.ContainsFunc(w.script, func(i item) bool {
		a, ok := i.command.Ask.(right.Answer)
		return ok && i.own && a.Matter.String() == t.Matter
	})
}

// waiting lists who has the word at the end of a run, but for what needs nobody: an award may be signed at leisure.
func waiting(s *right.State) []desk.Turn {
	return slices.DeleteFunc(desk.Next(s, ""), func(t desk.Turn) bool {
		for i := range s.Lots {
			if l := &s.Lots[i]; l.ID.String() == t.Lot && l.Status == right.Won {
				return true
			}
		}
		return false
	})
}

// refs are the clauses that decided a state: those that its standing awards rest on, and those that block a lot.
func refs(s *right.State) []agreement.Ref {
	out := []agreement.Ref{}
	add := func(r agreement.Ref) {
		if !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	for i := range s.Awards {
		if a := &s.Awards[i]; !a.Ended {
			for _, r := range a.Because {
				add(r)
			}
		}
	}
	for i := range s.Lots {
		if l := &s.Lots[i]; l.Status == right.Stuck {
			add(l.Blocked.Clause)
		}
	}
	slices.SortFunc(out, func(a, b agreement.Ref) int { return compareText(a, b) })
	return out
}

func compareText(a, b fmt.Stringer) int {
	switch x, y := a.String(), b.String(); {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}
