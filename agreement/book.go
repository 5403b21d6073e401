package agreement

import (
	"cmp"
	"slices"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/party"
)

// Fact is a recorded event of an agreement: a trigger that a party with title to do so certified.
type Fact struct {
	Agreement ID               `json:"agreement"`
	Trigger   TriggerID        `json:"trigger"`
	At        calendar.Instant `json:"at"` // when it takes effect: when it was recorded, or later
	By        party.ID         `json:"by"`
	Person    string           `json:"person"`
	Reason    string           `json:"reason"`
	// Challenge says that a holder disputes the certification of the trigger: see [Forfeiture].
	Challenge bool `json:"challenge,omitempty"`
}

// Provider is a company that may be asked for offers.
type Provider struct {
	ID        party.ID            `json:"id"`
	Name      string              `json:"name"`
	Clouds    []capacity.Cloud    `json:"clouds,omitempty"`
	Countries []capacity.Country  `json:"countries,omitempty"` // where it can keep data; any when empty
	Security  []string            `json:"security,omitempty"`  // baselines that it meets
	Sourcings []capacity.Sourcing `json:"sourcings,omitempty"` // market when empty
}

// Book is everything that binds one buyer at a time: its agreements, the facts recorded under them and the providers
// that it may ask. It is a value: to change it, make another.
type Book struct {
	Agreements []*Agreement
	Facts      []Fact
	Providers  []Provider
}

// InForce returns the clauses in force at an instant: by priority, then by the order of their kinds, then by
// agreement and clause id, so that every replica runs them in one order.
func (b *Book) InForce(at calendar.Instant) []*Clause {
	var out []*Clause
	for _, a := range b.Agreements {
		out = append(out, a.InForce(at)...)
	}
	slices.SortStableFunc(out, CompareOrder)
	return out
}

// CompareOrder orders clauses as they run: by priority, then by the order of their kinds, then by agreement and clause id.
func CompareOrder(x, y *Clause) int {
	if order := cmp.Compare(x.Priority, y.Priority); order != 0 {
		return order
	}
	if x.Kind != y.Kind {
		return cmp.Compare(slices.Index(Kinds, x.Kind), slices.Index(Kinds, y.Kind))
	}
	return cmp.Or(cmp.Compare(x.Ref.Agreement, y.Ref.Agreement), cmp.Compare(x.Ref.Clause, y.Ref.Clause))
}

// Clause returns the named version of a clause and the agreement that it stands in.
func (b *Book) Clause(ref Ref) (*Clause, *Agreement, bool) {
	for _, a := range b.Agreements {
		if a.ID == ref.Agreement {
			c, ok := a.Clause(ref)
			return c, a, ok
		}
	}
	return nil, nil, false
}

// Ended returns the first fact, in effect at the instant, that ends the clause by one of its triggers.
func (b *Book) Ended(c *Clause, at calendar.Instant) (Fact, bool) {
	for _, f := range b.Facts {
		if !f.Challenge && f.Agreement == c.Ref.Agreement && f.At <= at && slices.Contains(c.Triggers, f.Trigger) {
			return f, true
		}
	}
	return Fact{}, false
}

// Certified returns the certification of an event of an agreement that took effect first, at the instant or before; the
// earlier in the list where two took effect together. Challenges never count, and undo no certification: what one stops is
// a forfeiture, see [Book.Forfeited].
func (b *Book) Certified(a ID, t TriggerID, at calendar.Instant) (Fact, bool) {
	var first Fact
	found := false
	for _, f := range b.Facts {
		if f.certifies(a, t) && f.At <= at && (!found || f.At < first.At) {
			first, found = f, true
		}
	}
	return first, found
}

// FirstCertified returns when one of several events of an agreement took effect first, not before an instant; unset for never.
func (b *Book) FirstCertified(a ID, of []TriggerID, from calendar.Instant) calendar.Instant {
	first := calendar.Instant(0)
	for i := range b.Facts {
		f := &b.Facts[i]
		if !f.Challenge && f.Agreement == a && slices.Contains(of, f.Trigger) && f.At >= from && (!first.IsSet() || f.At < first) {
			first = f.At
		}
	}
	return first
}

func (f *Fact) certifies(a ID, t TriggerID) bool {
	return !f.Challenge && f.Agreement == a && f.Trigger == t
}

// Forfeited returns the certification by which the clause is forfeited at an instant, and the instant, not after it, from
// which it is; the earliest of several. With [calendar.Latest] it returns what will come about unless a challenge comes first.
//
// A certification takes effect when its challenge window, counted from the certification by the calendar of the clause that
// is valid then, has closed without a challenge; at once where the clause states no window. Facts stand in the order in which they were
// recorded: a challenge answers every certification of its event that stands before it and whose window is still open, and
// one that comes after such a challenge is final at once. A window that the calendar cannot count never closes, so that nothing
// is forfeited by it.
func (b *Book) Forfeited(c *Clause, at calendar.Instant) (Fact, calendar.Instant, bool) {
	var by Fact
	var from calendar.Instant
	if c.Forfeiture == nil {
		return by, from, false
	}
	for _, t := range c.Forfeiture.Triggers {
		for i, f := range b.Facts {
			if !f.certifies(c.Ref.Agreement, t) {
				continue
			}
			if end, ok := b.unchallenged(c, i); ok && end <= at && (!from.IsSet() || end < from) {
				by, from = f, end
			}
		}
	}
	return by, from, from.IsSet()
}

// unchallenged returns when the certification at a place of the list became final; false where a challenge stopped it or its
// window cannot be counted.
func (b *Book) unchallenged(c *Clause, i int) (calendar.Instant, bool) {
	f := &b.Facts[i]
	for j := range i {
		if b.Facts[j].certifies(f.Agreement, f.Trigger) && b.challenged(c, j, i) {
			return f.At, true
		}
	}
	end, err := b.challengeEnd(c, f)
	return end, err == nil && !b.challenged(c, i, len(b.Facts))
}

// challenged reports whether one of the facts between two places answers the certification at the first in time.
func (b *Book) challenged(c *Clause, i, before int) bool {
	f := &b.Facts[i]
	end, err := b.challengeEnd(c, f)
	for _, o := range b.Facts[i+1 : before] {
		if o.Challenge && o.Agreement == f.Agreement && o.Trigger == f.Trigger && (err != nil || o.At < end) {
			return true
		}
	}
	return false
}

// challengeEnd returns until when a certification may be challenged.
func (b *Book) challengeEnd(c *Clause, f *Fact) (calendar.Instant, error) {
	rule := c.Forfeiture.Challenge
	if rule.Length.IsZero() {
		return f.At, nil
	}
	var cal calendar.Calendar
	if _, a, ok := b.Clause(c.Ref); ok {
		cal, _ = a.CalendarAt(c.Process.Calendar, f.At)
	}
	return rule.Deadline(f.At, cal)
}

// Provider returns a provider by id.
func (b *Book) Provider(id party.ID) (Provider, bool) {
	for _, p := range b.Providers {
		if p.ID == id {
			return p, true
		}
	}
	return Provider{}, false
}

// AmendedAt reports whether an amendment took effect at an instant.
func (a *Agreement) AmendedAt(at calendar.Instant) bool {
	return slices.ContainsFunc(a.Amendments, func(m Amendment) bool { return m.Effective == at })
}

// ReplacedAt reports whether an amendment that took effect at an instant replaced a clause or ended it, and what it does to open matters:
// they finish under the version that opened them unless it says otherwise.
func (a *Agreement) ReplacedAt(clause ClauseID, at calendar.Instant) (bool, Transition) {
	for i := range a.Amendments {
		m := &a.Amendments[i]
		if m.Effective != at || !slices.Contains(m.Ends, clause) && !slices.ContainsFunc(m.Clauses, func(c Clause) bool { return c.Ref.Clause == clause }) {
			continue
		}
		if m.Transition.Given {
			return true, m.Transition.Value
		}
		return true, KeepOld
	}
	return false, KeepOld
}
