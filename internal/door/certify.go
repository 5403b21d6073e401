package door

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/party"
)

// Certify implements [Door].
func (l *Local) Certify(ctx context.Context, f agreement.Fact, who party.ID) (*Certified, error) {
	if _, err := l.find(f.Agreement, who); err != nil {
		return nil, err
	}
	before, err := l.lengths(ctx)
	if err != nil {
		return nil, err
	}
	out := &Certified{Effects: []string{}, Followed: []Followed{}}
	if out.Fact, err = l.Desk.Certify(ctx, f); err != nil {
		return nil, declined(err)
	}
	out.Effects = l.effects(&out.Fact)
	return out, l.follow(ctx, who, before, out)
}

// lengths counts the events of every need, so that what a change of the law brings about can be told.
func (l *Local) lengths(ctx context.Context) (map[capacity.NeedID]int, error) {
	out := map[capacity.NeedID]int{}
	ids, err := l.Desk.Needs(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		events, err := l.Desk.History(ctx, id)
		if err != nil {
			return nil, err
		}
		out[id] = len(events)
	}
	return out, nil
}

// follow lists what happened to needs since they had so many events; the empty party sees all of it.
func (l *Local) follow(ctx context.Context, who party.ID, before map[capacity.NeedID]int, out *Certified) error {
	ids, err := l.Desk.Needs(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		events, err := l.Desk.History(ctx, id)
		if err != nil {
			return err
		}
		events = events[min(before[id], len(events)):]
		if len(events) == 0 {
			continue
		}
		if who != "" {
			s, err := l.Desk.State(ctx, id)
			if err != nil {
				return err
			}
			if events = desk.Visible(&s, who, events); len(events) == 0 {
				continue
			}
		}
		out.Followed = append(out.Followed, Followed{id, events})
	}
	return nil
}

// effects says what each clause in force makes of a fact.
func (l *Local) effects(f *agreement.Fact) []string {
	out := []string{}
	book := &l.Desk.Law().Book
	for _, g := range book.Agreements {
		for i := range g.Clauses {
			c := &g.Clauses[i]
			if g.ID != f.Agreement || !c.Effective.Contains(l.Desk.Now()) {
				continue
			}
			name := fmt.Sprintf("%s (%s)", c.Ref, strings.ReplaceAll(string(c.Kind), "_", " "))
			lost := c.Forfeiture != nil && slices.Contains(c.Forfeiture.Triggers, f.Trigger)
			_, from, final := book.Forfeited(c, calendar.Latest)
			switch {
			case lost && f.Challenge && !final:
				out = append(out, name+" is not forfeited by it, unless it is certified again")
			case lost && final:
				out = append(out, fmt.Sprintf("it forfeits %s from %s on", name, from.In("UTC")))
			}
			switch {
			case f.Challenge:
			case slices.Contains(c.Triggers, f.Trigger):
				out = append(out, "it ends "+name)
			case slices.Contains(c.Conditions, f.Trigger):
				out = append(out, "it meets a condition of "+name)
			case slices.Contains(c.Process.Opens, f.Trigger):
				out = append(out, "it opens "+name)
			}
		}
	}
	return out
}
