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
	slices.SortStableFunc(out, func(x, y *Clause) int {
		return cmp.Or(
			cmp.Compare(x.Priority, y.Priority),
			cmp.Compare(slices.Index(Kinds, x.Kind), slices.Index(Kinds, y.Kind)),
			cmp.Compare(x.Ref.Agreement, y.Ref.Agreement),
			cmp.Compare(x.Ref.Clause, y.Ref.Clause))
	})
	return out
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

// Provider returns a provider by id.
func (b *Book) Provider(id party.ID) (Provider, bool) {
	for _, p := range b.Providers {
		if p.ID == id {
			return p, true
		}
	}
	return Provider{}, false
}
