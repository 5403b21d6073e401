package desk

import (
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/party"
	"firstlook/right"
)

// Nearer is one fact that is not the case, and what would follow for a lot if it were: of all single facts that the desk can
// think of, the one that brings a rival nearest, and the one that gives the lot to somebody else than silence does. Like an
// [Outlook] it is no rule of its own: the engine is asked on a copy.
type Nearer struct {
	Lot     string           `json:"lot"`
	Fact    string           `json:"fact"`              // what would have to be the case, now: "northwind declines m1"
	By      party.ID         `json:"by"`                // whose word or deed that is
	At      calendar.Instant `json:"at,omitzero"`       // from when on a rival could then be taken
	Before  calendar.Instant `json:"before,omitzero"`   // from when on it can be as things stand; unset: never by silence
	Awarded party.ID         `json:"awarded,omitempty"` // who would then have the lot, where somebody would at once
	Why     string           `json:"why"`
}

// probeReason stands for the reason that a person would give.
const probeReason = "what if"

// idea is one single fact to try.
type idea struct {
	fact    string
	by      party.ID
	command right.Command
	law     *right.Law // in place of a command: with one fact more
}

// Nearest tries single facts on a need and names for each lot at most two: the one that brings a rival nearest, and the one that
// gives the lot to a holder.
func Nearest(s right.State, now calendar.Instant) []Nearer {
	now = max(now, s.Last, s.Reached)
	s, _, err := right.Step(s, right.Command{Ask: right.Settle{}}, now)
	if err != nil || s.Need == nil {
		return nil
	}
	all := append(ideas(&s), events(&s, now)...)
	var out []Nearer
	for i := range s.Lots {
		if st := s.Lots[i].Status; st != right.Closed {
			out = append(out, nearest(s, now, s.Lots[i].ID, all)...)
		}
	}
	return out
}

// nearest tries every idea on one lot.
func nearest(s right.State, now calendar.Instant, id right.LotID, all []idea) []Nearer {
	before := forecast{state: s, now: now, lot: id}
	if before.run(); s.Lot(id).Status == right.Won {
		before.At = 0
	}
	var sooner, other *Nearer
	for _, one := range all {
		after, ok := one.try(s, now)
		if !ok {
			continue
		}
		n := Nearer{Lot: id.String(), Fact: one.fact, By: one.by, Before: before.At}
		if taken(&s, &after, id, &n) {
			if other == nil {
				other = &n
			}
			continue
		}
		if s.Lot(id).Status == right.Won {
			continue
		}
		then := forecast{state: after, now: now, lot: id}
		then.run()
		if !then.At.IsSet() || before.At.IsSet() && then.At >= before.At || sooner != nil && then.At >= sooner.At {
			continue
		}
		n.At, n.Why = then.At, then.Why
		sooner = &n
	}
	var out []Nearer
	for _, n := range []*Nearer{sooner, other} {
		if n != nil {
			out = append(out, *n)
		}
	}
	return out
}

// taken reports whether a lot has another award after a fact, or somebody gained the right to take it over, and says so.
func taken(before, after *right.State, id right.LotID, n *Nearer) bool {
	was, is := before.Lot(id), after.Lot(id)
	if is.Award != 0 && is.Award != was.Award {
		a := after.AwardOf(is.Award)
		n.Awarded, n.Why = a.Provider, fmt.Sprintf("%s is awarded to %s as %s", id, a.Provider, a.Role)
		return a.Role == party.Holder
	}
	for i := len(before.Matters); i < len(after.Matters); i++ {
		if m := &after.Matters[i]; m.Lot == id && m.More().Award != 0 && was.Status == right.Won {
			n.Why = fmt.Sprintf("%s may take the award of %s over under %s", m.Holder, id, m.Clause().Ref)
			return true
		}
	}
	return false
}

// try returns the state after an idea; false where the law refuses it or nothing follows.
func (i *idea) try(s right.State, now calendar.Instant) (right.State, bool) {
	if i.law != nil {
		after, done, err := right.Step(s.Under(i.law), right.Command{Ask: right.Settle{}}, now)
		return after, err == nil && len(done) > 0
	}
	after, done, err := right.Step(s, i.command, now)
	return after, err == nil && len(done) > 0
}

// ideas are what the parties could do now: what is in the buyer's own hands first, then the holder's word, then that of others.
func ideas(s *right.State) []idea {
	var out []idea
	buyer := s.Need.Buyer
	add := func(by party.ID, fact string, ask right.Ask) {
		out = append(out, idea{fact: fact, by: by, command: right.Command{By: by, Person: probeName, Ask: ask}})
	}
	for i := range s.Matters {
		m := &s.Matters[i]
		if m.More().Outstanding {
			add(buyer, fmt.Sprintf("%s supplies what %s asked for in %s", buyer, m.Holder, m.ID), right.SupplyInformation{Matter: m.ID})
		}
		if m.Status == right.Sent && !m.ReceivedAt.IsSet() {
			add(buyer, fmt.Sprintf("%s records that the notice of %s was received", buyer, m.ID), right.Receipt{Matter: m.ID})
		}
		for _, t := range m.More().Tolls {
			if t.Ground != agreement.GroundInformation {
				add(t.By, fmt.Sprintf("%s lifts its stay (%s) of %s", t.By, t.Ground, m.ID), right.Lift{Matter: m.ID, Ground: t.Ground})
			}
		}
		if unannounced(m) {
			continue
		}
		add(m.Holder, fmt.Sprintf("%s declines %s", m.Holder, m.ID), right.Answer{Matter: m.ID, Kind: right.Decline})
		add(m.Holder, fmt.Sprintf("%s waives %s", m.Holder, m.ID), right.Answer{Matter: m.ID, Kind: right.Waive})
		add(m.Holder, fmt.Sprintf("%s certifies in %s that it cannot supply", m.Holder, m.ID), right.Answer{Matter: m.ID, Kind: right.Unable})
		add(m.Holder, fmt.Sprintf("%s exercises %s", m.Holder, m.ID), right.Answer{Matter: m.ID, Kind: right.Exercise})
		if c := m.Clause().Process.Consent; c != nil && m.Status == right.Conditional {
			for _, who := range c.Of {
				add(who, fmt.Sprintf("%s refuses its consent to %s", who, m.ID), right.Consent{Matter: m.ID, Reason: probeReason})
				add(who, fmt.Sprintf("%s consents to %s", who, m.ID), right.Consent{Matter: m.ID, Given: true})
			}
		}
	}
	return out
}

// events are the events that could be certified now, by whoever may.
func events(s *right.State, now calendar.Instant) []idea {
	var out []idea
	book := &s.Law().Book
	for _, a := range book.Agreements {
		for _, t := range a.Triggers {
			if _, done := book.Certified(a.ID, t.ID, now); done || len(t.CertifiedBy) == 0 {
				continue
			}
			law := *s.Law()
			law.Book.Facts = append(slices.Clone(book.Facts), agreement.Fact{Agreement: a.ID, Trigger: t.ID, At: now, By: t.CertifiedBy[0], Person: probeName, Reason: probeReason})
			out = append(out, idea{fact: fmt.Sprintf("%s certifies %s of %s", t.CertifiedBy[0], t.ID, a.ID), by: t.CertifiedBy[0], law: &law})
		}
	}
	return out
}
