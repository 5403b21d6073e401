package whatif

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/internal/desk"
	"firstlook/internal/journal"
	"firstlook/internal/journal/memory"
	"firstlook/internal/pricebook"
	"firstlook/internal/scenario"
	"firstlook/offer"
	"firstlook/right"
)

// handClock is moved by the test.
type handClock struct{ now calendar.Instant }

func (c *handClock) Now() calendar.Instant                   { return c.now }
func (c *handClock) After(calendar.Instant) <-chan time.Time { return nil }

func instant(t *testing.T, s string) calendar.Instant {
	t.Helper()
	i, err := calendar.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func file(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("../../scenarios/agreements/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// recorded plays commands at a real desk whose law changes while the need is under way: the agreement is amended, the list of
// providers replaced and an event certified after the submission.
func recorded(t *testing.T) (*memory.Store, desk.Tables, *handClock) {
	t.Helper()
	ctx := context.Background()
	store, clock := memory.New(), &handClock{now: instant(t, "2026-03-01T12:00Z")}
	tables := desk.Tables{Throughput: pricebook.EmbeddedThroughputs()[0], Egress: *pricebook.EmbeddedEgress()}
	d, err := desk.Open(ctx, store, clock, tables)
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err = d.AddAgreement(ctx, "match.yaml", file(t, "match.yaml"))
	must(err)
	_, err = d.SetProviders(ctx, "providers.yaml", file(t, "providers.yaml"))
	must(err)
	clock.now = instant(t, "2026-03-02T12:00Z")
	need := histories(t)["match-lapse/n1"].Events[0].Fact.(*right.NeedSubmitted).Need
	_, err = d.Do(ctx, "n1", right.Command{By: need.Buyer, Ask: right.Submit{Need: need}}, "")
	must(err)
	do := func(line string) {
		t.Helper()
		c, at, err := scenario.ReadCommand(line, "n1")
		must(err)
		clock.now = at
		_, err = d.Do(ctx, "n1", c, "")
		must(err)
	}
	do("2026-03-02T13:00Z contoso offer o1: H100 x64 2026-06-01..2026-09-01 @ 2.10 USD/gpu-h in contoso/us-east country US valid 2026-05-01")
	clock.now = instant(t, "2026-03-02T14:00Z")
	_, err = d.SetProviders(ctx, "providers.yaml", file(t, "providers.yaml"))
	must(err)
	do("2026-03-02T15:00Z fabrikam offer o2: H100 x64 2026-06-01..2026-09-01 @ 2.20 USD/gpu-h in fabrikam/us-west country US valid 2026-05-01")
	do("2026-03-03T12:00Z acme choose l1")
	clock.now = instant(t, "2026-03-03T18:00Z")
	_, err = d.AmendAgreement(ctx, "match-amended-keep.yaml", file(t, "match-amended-keep.yaml"))
	must(err)
	clock.now = instant(t, "2026-03-04T09:00Z")
	_, err = d.Certify(ctx, agreement.Fact{Agreement: "acme-northwind", Trigger: "spend-reached", By: "auditor", Person: "mo", Reason: "audited"})
	must(err)
	do("2026-03-07T09:00Z acme sign a1: H100 x64 2026-06-01..2026-09-01 @ 2.10 USD/gpu-h in contoso/us-east country US")
	clock.now = instant(t, "2026-03-09T09:00Z")
	return store, tables, clock
}

// dump is everything that a store holds.
func dump(t *testing.T, s journal.Store) string {
	t.Helper()
	records, err := s.ReadAll(context.Background(), 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, r := range records {
		fmt.Fprintf(&b, "%d %s %d %s %s\n", r.Position, r.Stream, r.Version, r.Hash, r.Body)
	}
	heads, err := s.Streams(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "%v", heads)
	return b.String()
}

// A history comes out of a journal with the law of each of its events: replayed from every fork without a change, or up to
// today under the law of then, it is the record again. The journal stays as it is, byte for byte (I15).
func TestLoad(t *testing.T) {
	store, tables, clock := recorded(t)
	before := dump(t, store)
	h, err := Load(context.Background(), store, tables, "n1", clock.now)
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Laws) != 4 || h.End != clock.now {
		t.Fatalf("%d laws, end %s", len(h.Laws), h.End)
	}
	for i := range len(h.Events) + 1 {
		for _, o := range []Options{{}, {KeepDelays: true}} {
			r, err := Run(h, Fork(fmt.Sprint(i+1)), Change{}, o)
			if err != nil {
				t.Fatal(err)
			}
			if r.First != nil || len(r.Impossible) > 0 || r.Stopped != nil {
				t.Errorf("at %d: %s", i+1, shown(&r))
			}
		}
	}
	act, err := ParseAct(&h, "m1 exercise")
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run(h, "m1.answer", Change{Acts: []Act{act}}, Options{})
	if err != nil || len(r.WhatIf.Awards) != 1 || r.WhatIf.Awards[0].Provider != "northwind" {
		t.Errorf("matched: %v %s", err, outcome(&r))
	}
	if after := dump(t, store); after != before {
		t.Errorf("the journal is another:\n%s\n%s", before, after)
	}
	if _, err := (&past{Source: store, before: 1}).Append(context.Background(), journal.Write{}); err == nil {
		t.Error("the past took a record")
	}
	none, err := Load(context.Background(), store, tables, "n7", clock.now)
	if err != nil || len(none.Events) != 0 {
		t.Errorf("a need that is not there: %v, %d events", err, len(none.Events))
	}
	if _, err := Run(none, "start", Change{}, Options{}); err == nil {
		t.Error("a history without events was replayed")
	}
}

// A law that comes into force at the very instant of a deadline is there when the deadline is settled, in the record and in
// its replay: the providers that are asked after the lapse are those of the new list.
func TestLawAtADeadline(t *testing.T) {
	ctx := context.Background()
	store, clock := memory.New(), &handClock{now: instant(t, "2026-03-01T12:00Z")}
	tables := desk.Tables{Throughput: pricebook.EmbeddedThroughputs()[0], Egress: *pricebook.EmbeddedEgress()}
	d, err := desk.Open(ctx, store, clock, tables)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.AddAgreement(ctx, "first-offer.yaml", file(t, "first-offer.yaml")); err != nil {
		t.Fatal(err)
	}
	need := histories(t)["match-lapse/n1"].Events[0].Fact.(*right.NeedSubmitted).Need
	clock.now = instant(t, "2026-03-02T12:00Z")
	if _, err := d.Do(ctx, "n1", right.Command{By: need.Buyer, Ask: right.Submit{Need: need}}, ""); err != nil {
		t.Fatal(err)
	}
	clock.now = instant(t, "2026-03-05T12:00Z")
	if _, err := d.SetProviders(ctx, "providers.yaml", file(t, "providers.yaml")); err != nil {
		t.Fatal(err)
	}
	h, err := Load(ctx, store, tables, "n1", clock.now)
	if err != nil {
		t.Fatal(err)
	}
	asked, ok := h.Events[len(h.Events)-1].Fact.(*right.OffersRequested)
	if !ok || len(asked.Invited) == 0 || asked.Closes != instant(t, "2026-03-06T12:00Z") {
		t.Fatalf("the record ends with %s", h.Events[len(h.Events)-1])
	}
	for i := range len(h.Events) + 1 {
		r, err := Run(h, Fork(fmt.Sprint(i+1)), Change{}, Options{})
		if err != nil || r.First != nil {
			t.Errorf("at %d: %v %s", i+1, err, shown(&r))
		}
	}
}

// While a round with offers is open nobody may see what would come of them, from whatever fork.
func TestSealedOffersStaySealed(t *testing.T) {
	h := histories(t)["match-lapse/n1"]
	for n := range h.Events {
		if _, ok := h.Events[n].Fact.(*right.OfferReceived); !ok {
			continue
		}
		open := Under(h.Laws[0].Law, h.Events[:n+1])
		for _, f := range []Fork{"start", "o1", "end"} {
			if _, err := Run(open, f, Change{Without: []offer.ID{"o1"}}, Options{Silent: true, Auto: true}); f != "end" && !sealed(err) {
				t.Errorf("%d events, from %s: %v", n+1, f, err)
			}
		}
		closed := open
		closed.End = instant(t, "2026-03-03T12:00Z")
		if _, err := Run(closed, "start", Change{}, Options{Silent: true, Auto: true}); err != nil {
			t.Errorf("the round is closed: %v", err)
		}
	}
}

// A signature that broke a cap in more than price and quantity cannot be known from the record. It is taken up to the fork
// and said to be impossible behind it.
func TestSignatureWhoseTermsAreNotRecorded(t *testing.T) {
	all := histories(t)
	h := all["tail-cap-broken-reopens/n1"]
	moves, err := Moves(h)
	if err != nil {
		t.Fatal(err)
	}
	state := right.Begin(h.Laws[0].Law)
	var events []right.Event
	for _, m := range moves {
		if s, ok := m.Command.Ask.(right.Sign); ok {
			terms := s.Terms
			terms.TakeOrPay, terms.Prepayment = 90_000, 50_000
			m.Command.Ask = right.Sign{Award: s.Award, Terms: terms}
		}
		var more []right.Event
		state, more, err = right.Step(state, m.Command, m.At)
		if err != nil && state.Need != nil {
			t.Fatal(err)
		}
		events = append(events, more...)
	}
	h.Events = events
	moves, err = Moves(h)
	if err != nil {
		t.Fatal(err)
	}
	unknown := 0
	for _, m := range moves {
		if m.Unknown != "" {
			unknown++
		}
	}
	if unknown != 1 {
		t.Fatalf("%d commands are not known", unknown)
	}
	r, err := Run(h, "end", Change{}, Options{})
	if err != nil || r.First != nil {
		t.Errorf("from its end the record parts: %v %s", err, shown(&r))
	}
	r, err = Run(h, "a1.sign", Change{}, Options{})
	if err != nil || len(r.Impossible) == 0 || !strings.Contains(r.Impossible[0].Why, "the record lacks the terms") {
		t.Errorf("%v %s", err, shown(&r))
	}
}

// Every fork that a name stands for is found where it belongs; what is none says what to write.
func TestForks(t *testing.T) {
	all := histories(t)
	for _, c := range []struct {
		of, fork, want string // the event before which it stands
	}{
		{"match-lapse/n1", "start", "submitted n1"},
		{"match-lapse/n1", "1", "submitted n1"},
		{"match-lapse/n1", "3", "submitted n1"}, // a turn is not cut
		{"match-lapse/n1", "o1", "offer o1"},
		{"match-lapse/n1", "l1.choose", "chosen for l1"},
		{"match-lapse/n1", "m1.open", "chosen for l1"},
		{"match-lapse/n1", "m1.answer", "lapsed m1"},
		{"match-lapse/n1", "a1", "lapsed m1"},
		{"match-lapse/n1", "a1.sign", ""},
		{"match-lapse/n1", "2026-03-03T12:00Z", "offers closed l1"},
		{"match-lapse/n1", "2026-03-05", "lapsed m1"},
		{"match-lapse/n1", "end", ""},
		{"first-offer-grantors-terms/n1", "m1.notice", "noticed m1"},
		{"first-offer-grantors-terms/n1", "m1.answer", "answered m1"},
		{"first-offer-accepted/n1", "m1.respond", "exercised m1"},
		{"determination-match/n1", "m1.determine", "determined m1"},
		{"tail-cap-broken-reopens/n1", "a1.sign", "cap broken a1"},
		{"tail-rival-falls-through/n1", "a1.falls", "fell through a1"},
		{"match-lapse/n1", "0", "error"},
		{"match-lapse/n1", "99", "error"},
		{"match-lapse/n1", "m9.answer", "error"},
		{"match-lapse/n1", "m1.sign", "error"},
		{"match-lapse/n1", "", "error"},
		{"match-lapse/n1", ".", "error"},
		{"match-lapse/n1", "2031-01-01", "error"},
		{"match-lapse/n1", "2026-13-01", "error"},
	} {
		h := all[c.of]
		moves, err := Moves(h)
		if err != nil {
			t.Fatal(err)
		}
		p, err := Fork(c.fork).find(&h, moves)
		got := ""
		switch {
		case err != nil:
			got = "error"
		case p.Event <= len(h.Events):
			got = h.Events[p.Event-1].String()
		}
		if !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s at %q stands before %q, want %q (%v)", c.of, c.fork, got, c.want, err)
		}
	}
}

// What does not fit the record is refused with a next step.
func TestChangesThatDoNotFit(t *testing.T) {
	h := histories(t)["match-lapse/n1"]
	late := Act{At: instant(t, "2026-03-01T12:00Z"), Command: right.Command{By: "acme", Ask: right.Choose{Lot: 1}}}
	other, err := agreement.Parse("first-call.yaml", file(t, "first-call.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]Change{
		"no offer o7 in the record":              {Without: []offer.ID{"o7"}},
		"offer o1 was made at":                   {Without: []offer.ID{"o1"}},
		"lies before the fork":                   {Acts: []Act{late}},
		"no agreement in force has the clause":   {Settings: []Setting{{Clause: "nothing", Param: "window", Value: "1 hours"}}},
		"has no parameter":                       {Settings: []Setting{{Clause: "rofr", Param: "rate_card", Value: "{}"}}},
		"says which clause it is":                {Settings: []Setting{{Clause: "rofr", Param: "kind", Value: "exclusive"}}},
		"no agreement in force has the trigger":  {Facts: []Fact{{Trigger: "nothing", At: h.End}}},
		"spend-reached@2026-03-01T00:00Z lies":   {Facts: []Fact{{Trigger: "spend-reached", At: instant(t, "2026-03-01")}}},
		"which the other terms do not have":      {Agreements: []*agreement.Agreement{other}},
		"write a count and a unit: hours, days,": {Settings: []Setting{{Clause: "rofr", Param: "window", Value: "purple"}}},
	} {
		if _, err := Run(h, "m1.answer", c, Options{}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{"", "window=1 hours", "rofr.window", "rofr.=1", ".window=1", "rofr.window="} {
		if s, err := ParseSetting(text); err == nil {
			t.Errorf("%q reads as %s", text, s)
		}
	}
	for _, text := range []string{"", "m1", "m9 exercise", "m1 dance", "m1 choose l1", "2026-03-03 acme", "2026-03-03 acme settle", "2026-03-03 acme show",
		"2026-03-03 acme on n2 choose l1", "m1 exercise\x00", "2026-03-03 acme submit n1: 4 H100 2026-06-01..2026-09-01 training research"} {
		if a, err := ParseAct(&h, text); err == nil {
			t.Errorf("%q reads as %s", text, Words(a.Command))
		}
	}
}
