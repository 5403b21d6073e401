package scenario

import (
	"strings"
	"testing"

	"firstlook/agreement"
	"firstlook/award"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// The invariants are looked for by code of their own. Each test tells a story that the engine must never tell, fact by
// fact, and wants it found.

func at(t *testing.T, s string) calendar.Instant {
	t.Helper()
	i, err := calendar.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func termsOf(t *testing.T, s string) offer.Terms {
	t.Helper()
	terms, err := offer.ParseTerms(s)
	if err != nil {
		t.Fatal(err)
	}
	return terms
}

const dear, fair = "H100 x64 2026-06-01..2026-09-01 @ 2.30 USD/gpu-h", "H100 x64 2026-06-01..2026-09-01 @ 2.10 USD/gpu-h"

// story applies facts one by one and returns the first breach.
func story(t *testing.T, facts ...right.Fact) error {
	t.Helper()
	ref := agreement.Ref{Agreement: "acme-northwind", Clause: "rofr", Version: 1}
	law := &right.Law{
		Book: agreement.Book{Agreements: []*agreement.Agreement{{ID: "acme-northwind", Grantor: "acme",
			Clauses: []agreement.Clause{{Ref: ref, Kind: agreement.Match, Holder: "northwind",
				Process: agreement.Process{Match: agreement.Given(agreement.MatchRule{Rule: agreement.SameOrBetter})}}}}}},
		Throughput: capacity.Throughput{Name: "test", Milli: map[capacity.Accelerator]int64{"H100": 1000}},
	}
	noticed := termsOf(t, fair)
	period := noticed.Period
	begin := []right.Fact{
		&right.NeedSubmitted{Need: capacity.Need{ID: "n1", Buyer: "acme", Lines: []capacity.Line{{Accelerators: []capacity.Accelerator{"H100"}, Quantity: 64, Least: 64, Period: period}}}},
		&right.Engaged{Clause: ref, Kind: agreement.Match, Holder: "northwind", Engaged: true},
		&right.LotOpened{Lot: 1, Quantity: 64},
		&right.OfferReceived{Offer: offer.Offer{ID: "o1", Provider: "contoso", Terms: noticed}},
		&right.MatterOpened{Matter: 1, Lot: 1, Clause: ref, Holder: "northwind", Offer: "o1"},
		&right.Noticed{Matter: 1, Quantity: 64, Terms: &noticed},
		&right.Received{Matter: 1},
		&right.Opened{Matter: 1, AnswerBy: at(t, "2026-03-06T12:00Z")},
	}
	state := right.Begin(law)
	for i, f := range append(begin, facts...) {
		e := right.Event{At: at(t, "2026-03-05T12:00Z"), Recorded: at(t, "2026-03-05T12:00Z"), Fact: f}
		after := right.Apply(state, e)
		if i >= len(begin) {
			if err := checkFact(state, after, &e); err != nil {
				return err
			}
		}
		state = after
	}
	if err := conserves(&state); err != nil {
		return err
	}
	return books(&state)
}

func awarded(t *testing.T, by party.ID, role party.Role, terms string) right.Fact {
	return &right.Awarded{Award: 1, Lot: 1, Provider: by, Role: role, Quantity: 64, Terms: termsOf(t, terms), Landed: money.Amount{}}
}

func TestBreachesAreFound(t *testing.T) {
	noticed := termsOf(t, fair)
	declined := &right.Ended{Matter: 1, Outcome: right.Declined}
	released := func(until, only string) right.Fact {
		r := &right.Released{Matter: 1, Cap: &noticed, Counterparty: party.ID(only)}
		if until != "" {
			r.Until = at(t, until)
		}
		return r
	}
	for _, c := range []struct {
		name  string
		facts []right.Fact
		want  string // empty: no breach
	}{
		{"a rival within the cap", []right.Fact{declined, released("2026-04-01", "contoso"), awarded(t, "contoso", party.Rival, fair)}, ""},
		{"a rival while the window runs", []right.Fact{awarded(t, "contoso", party.Rival, fair)}, "breach of I1: l1 goes to contoso while m1 is open"},
		{"a rival while a determination is awaited", []right.Fact{&right.DeterminationRequired{Matter: 1, Param: "tail"}, &right.Ended{Matter: 1, Outcome: right.Declined},
			released("", ""), &right.DeterminationRequired{Matter: 1, Lot: 1, Param: "reopen"}, awarded(t, "contoso", party.Rival, fair)}, "breach of I1: l1 goes to contoso while m1 waits for a determination of reopen"},
		{"a rival after a decline without a release", []right.Fact{declined, awarded(t, "contoso", party.Rival, fair)}, "breach of I5: l1 goes to contoso without a release"},
		{"a rival outside the cap", []right.Fact{declined, released("", ""), awarded(t, "contoso", party.Rival, dear)}, "breach of I5: l1 goes to contoso without a release of acme-northwind/rofr@1 that covers it"},
		{"a rival after the tail", []right.Fact{declined, released("2026-03-05T12:00Z", ""), awarded(t, "contoso", party.Rival, fair)}, "breach of I5"},
		{"another rival than the bound one", []right.Fact{declined, released("", "fabrikam"), awarded(t, "contoso", party.Rival, fair)}, "breach of I5"},
		{"a rival after the release ended", []right.Fact{declined, released("", ""), &right.ReleaseEnded{Lot: 1, Matter: 1, Why: agreement.OnFellThrough}, awarded(t, "contoso", party.Rival, fair)}, "breach of I5"},
		{"a lapse before the deadline", []right.Fact{&right.Ended{Matter: 1, Outcome: right.Lapsed}}, "breach of I2: m1 lapses at 2026-03-05T12:00Z"},
		{"an exercise on dearer terms", []right.Fact{&right.Exercised{Matter: 1, Terms: termsOf(t, dear)}}, "breach of I3: m1 is exercised on terms that do not match"},
		{"an award of less than it says", []right.Fact{&right.Exercised{Matter: 1, Terms: noticed}, awarded(t, "northwind", party.Holder, "H100 x8 2026-06-01..2026-09-01 @ 2.10 USD/gpu-h")}, "breach of I3: a1 supplies 64 with terms for 8 H100"},
		{"a lot that stands nowhere", []right.Fact{declined}, "breach of I6: l1 stands nowhere"},
		{"an offer that is used and held by nobody", []right.Fact{&right.PickSet{Lot: 1, Pick: award.Pick{Offer: "o1", Accelerators: 128}}}, "breach of I6: offer o1 of 64 counts 128 as used"},
		{"a split that creates capacity", []right.Fact{&right.LotSplit{From: 1, To: 2, Quantity: 0, Matter: 2}}, "breach of I6: l2 holds 0"},
		{"a second lot from nowhere", []right.Fact{&right.LotOpened{Lot: 2, Quantity: 8}}, "breach of I6"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := story(t, c.facts...)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("got %v, want no breach", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// A record that tells another story when every deadline is woken in time is found, and so is one that re-applies to
// another state.
func TestRetellingFindsAnotherStory(t *testing.T) {
	a := right.Event{At: 1, Recorded: 5, Fact: &right.RoundClosed{Lot: 1}}
	b := right.Event{At: 1, Recorded: 1, Fact: &right.RoundClosed{Lot: 1}}
	if err := sameStory([]right.Event{a}, []right.Event{b}); err != nil {
		t.Errorf("recorded at another time, the story is the same: %v", err)
	}
	b.At = 2
	if err := sameStory([]right.Event{a}, []right.Event{b}); err == nil || !strings.Contains(err.Error(), "becomes") {
		t.Errorf("happened at another time: got %v", err)
	}
	if err := sameStory([]right.Event{a}, nil); err == nil || !strings.Contains(err.Error(), "1 events become 0") {
		t.Errorf("an event less: got %v", err)
	}
}
