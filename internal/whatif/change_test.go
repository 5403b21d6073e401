package whatif

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/offer"
	"firstlook/right"

	"github.com/google/go-cmp/cmp"
)

// story is one what-if on the record of a scenario, with its whole outcome in words.
type story struct {
	about, of string
	fork      Fork
	set       []string
	act       []string
	without   []offer.ID
	fact      []string
	terms     string // a file of agreements/
	options   Options
}

const (
	rival19 = "2026-03-02T14:00Z fabrikam offer o9: H100 x64 2026-06-01..2026-09-01 @ 1.90 USD/gpu-h in fabrikam/us-west country US valid 2026-05-01"
)

var stories = []story{
	{about: "another answer: the holder matches and the rival is not awarded", of: "match-lapse/n1", fork: "m1.answer",
		act: []string{"m1 exercise"}},
	{about: "another answer at a named time, within the window", of: "match-lapse/n1", fork: "m1.answer",
		act: []string{"2026-03-05T12:00Z northwind exercise m1 32, rest declined"}},
	{about: "an answer that the law refuses", of: "match-lapse/n1", fork: "m1.answer",
		act: []string{"m1 unable"}, options: Options{Silent: true}},
	{about: "a shorter window: the record shows silence for longer, so the run goes on", of: "match-lapse/n1", fork: "start",
		set: []string{"rofr.window=24 hours"}},
	{about: "a longer window: what the holder would have done with it is not in the record", of: "match-lapse/n1", fork: "start",
		set: []string{"rofr.window=96 hours"}},
	{about: "a longer window, and silence", of: "match-lapse/n1", fork: "start",
		set: []string{"rofr.window=96 hours"}, options: Options{Silent: true}},
	{about: "other silence: accepted", of: "match-lapse/n1", fork: "m1.answer", set: []string{"acme-northwind/rofr.silence=accept"}},
	{about: "a cheaper rival: what the holder would say to other terms is not in the record", of: "match-lapse/n1", fork: "o1",
		act: []string{rival19}},
	{about: "a cheaper rival, and silence", of: "match-lapse/n1", fork: "o1", act: []string{rival19}, options: Options{Silent: true}},
	{about: "an offer that was not made: nothing is left to choose", of: "match-lapse/n1", fork: "o1", without: []offer.ID{"o1"}},
	{about: "a trigger ends the clause while the window is open; this clause runs off", of: "match-lapse/n1", fork: "m1.answer",
		fact: []string{"spend-reached@2026-03-04T12:00Z"}},
	{about: "a trigger ends the clause before the choice: no right is run", of: "match-lapse/n1", fork: "start",
		fact: []string{"spend-reached@2026-03-02T12:00Z"}},
	{about: "another text of the agreement: business days and deemed receipt", of: "match-lapse/n1", fork: "start", terms: "days.yaml", options: Options{Silent: true}},
	{about: "a later acceptance of the first offer moves the market; offers come too early for it", of: "first-offer-grantors-terms/n1", fork: "m1.answer",
		act: []string{"2026-03-04T09:00Z northwind decline m1"}},
	{about: "the same, with the delays of the record", of: "first-offer-grantors-terms/n1", fork: "m1.answer",
		act: []string{"2026-03-04T09:00Z northwind decline m1"}, options: Options{KeepDelays: true}},
	{about: "the holder takes the first offer: the market never opens", of: "first-offer-grantors-terms/n1", fork: "m1.answer",
		act: []string{"m1 exercise"}},
	{about: "another notice, cheaper: the refusal was of other terms", of: "first-offer-grantors-terms/n1", fork: "m1.notice",
		act: []string{"2026-03-02T14:00Z acme notice m1: H100 x64 2026-06-01..2026-09-01 @ 1.80 USD/gpu-h in northwind/us-1 country US"}},
	{about: "signed within the cap", of: "tail-cap-broken-reopens/n1", fork: "a1.sign",
		act: []string{"2026-03-10T09:00Z acme sign a1: H100 x64 2026-06-01..2026-09-01 @ 2.10 USD/gpu-h in contoso/us-east country US"}},
	{about: "the buyer withdraws", of: "match-lapse/n1", fork: "o1",
		act:     []string{"2026-03-02T15:00Z acme withdraw because \"not needed\""},
		options: Options{Silent: true, Auto: true}},
	{about: "a receipt that was said to have been earlier moves with its notice", of: "time-recorded-receipt/n1", fork: "m1.notice",
		act:     []string{"2026-03-02T14:20Z acme notice m1: H100 x64 2026-06-01..2026-09-01 @ 2.00 USD/gpu-h in northwind/us-1 country US"},
		options: Options{KeepDelays: true}},
	{about: "an answer of the change that comes too late is refused, and its matter does not stop the run", of: "match-lapse/n1", fork: "o1",
		act: []string{rival19, "2026-03-06T12:30Z northwind exercise m1"}},
	{about: "from an instant on: at once is then", of: "match-lapse/n1", fork: "2026-03-05", act: []string{"m1 exercise"}},
	{about: "silence without a choice of the record: auto takes the cheapest", of: "first-offer-grantors-terms/n1", fork: "m1.answer",
		act: []string{"m1 waive"}, options: Options{Silent: true, Auto: true}},
}

func (s *story) run(t *testing.T, all map[string]History) (Result, error) {
	t.Helper()
	h, ok := all[s.of]
	if !ok {
		t.Fatalf("no record %s", s.of)
	}
	c := Change{Without: s.without}
	for _, text := range s.set {
		set, err := ParseSetting(text)
		if err != nil {
			t.Fatal(err)
		}
		c.Settings = append(c.Settings, set)
	}
	for _, text := range s.act {
		act, err := ParseAct(&h, text)
		if err != nil {
			t.Fatal(err)
		}
		c.Acts = append(c.Acts, act)
	}
	for _, text := range s.fact {
		f, err := ParseFact(text)
		if err != nil {
			t.Fatal(err)
		}
		c.Facts = append(c.Facts, f)
	}
	if s.terms != "" {
		data, err := os.ReadFile("../../scenarios/agreements/" + s.terms)
		if err != nil {
			t.Fatal(err)
		}
		a, err := agreement.Parse(s.terms, data)
		if err != nil {
			t.Fatal(err)
		}
		c.Agreements = append(c.Agreements, a)
	}
	return Run(h, s.fork, c, s.options)
}

// told in words: where they part, how both end, the difference, what was not played.
func outcome(r *Result) string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	if r.First == nil {
		say("no parting")
	} else {
		say("part at %d: %s | %s", r.First.Event, eventWords(r.First.Record), eventWords(r.First.WhatIf))
	}
	for _, t := range []*Timeline{&r.Record, &r.WhatIf} {
		var awards []string
		for _, a := range t.Awards {
			awards = append(awards, fmt.Sprintf("%s %d %s %s", a.Award.Award, a.Quantity, a.Provider, a.Landed))
		}
		say("awards: %s; %s; by %v", strings.Join(awards, ", "), Duration(t.Took), t.Decided)
	}
	if r.Compared {
		say("difference: %s, %d h", r.Cost, int64(r.Later)/calendar.Hour)
	}
	for _, i := range r.Impossible {
		say("not: %s %s %s: %s", i.At, i.Command, i.Code, i.Why)
	}
	if r.Stopped != nil {
		say("stopped: %v %s until %s, %d not played", r.Stopped.Who, r.Stopped.What, r.Stopped.Until, len(r.NotPlayed))
	}
	for _, w := range r.WhatIf.Waiting {
		say("waits: %s %s", w.Who, w.What)
	}
	return b.String()
}

func histories(t *testing.T) map[string]History {
	all := map[string]History{}
	for _, x := range examples(t) {
		all[x.name] = x.History
	}
	return all
}

var update = flag.Bool("update", false, "rewrite testdata/stories.golden")

func TestStories(t *testing.T) {
	all := histories(t)
	var got strings.Builder
	for _, s := range stories {
		r, err := s.run(t, all)
		if err != nil {
			t.Fatalf("%s: %v", s.about, err)
		}
		fmt.Fprintf(&got, "# %s\n%s, from %s\n%s\n", s.about, s.of, s.fork, outcome(&r))
		sound(t, s.about, &r)
	}
	const golden = "testdata/stories.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// sound checks what holds of every result, whatever was changed.
func sound(t *testing.T, name string, r *Result) {
	t.Helper()
	for i, e := range r.WhatIf.Events {
		if e.Recorded < e.At || i > 0 && e.At < r.WhatIf.Events[i-1].At {
			t.Errorf("%s: event %d of the changed world (%s) is out of time", name, i+1, e)
		}
	}
	if s := r.WhatIf.State; int(s.Events) != r.Fork.Event-1+len(r.WhatIf.Events) {
		t.Errorf("%s: %d events are applied, %d are there", name, s.Events, r.Fork.Event-1+len(r.WhatIf.Events))
	}
	both, record, whatIf := 0, 0, 0
	for _, l := range r.Lines() {
		switch l.Side {
		case Both:
			both++
		case InRecord:
			record++
		case InWhatIf:
			whatIf++
		}
	}
	shared := r.Common - (r.Fork.Event - 1)
	if shared+both+record != len(r.Record.Events) || shared+both+whatIf != len(r.WhatIf.Events) {
		t.Errorf("%s: the lines do not hold both sides: %d and %d of both, %d of %d, %d of %d", name, shared, both, record, len(r.Record.Events), whatIf, len(r.WhatIf.Events))
	}
	if (r.First == nil) != (record+whatIf == 0) {
		t.Errorf("%s: a parting and the lines disagree", name)
	}
}

// Whatever is changed, the run ends, twice the same, with a record that is in order. Answers, offers that are missing,
// windows and forks are drawn at random.
func TestRandomChanges(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if *fixedSeed != 0 {
		seed = *fixedSeed
	}
	t.Logf("go test ./internal/whatif -run RandomChanges -seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1))
	parted, refused := 0, 0
	for _, x := range examples(t) {
		for range 6 {
			c := draw(rnd, &x.History)
			f := Fork(fmt.Sprint(1 + rnd.IntN(len(x.Events)+1)))
			if rnd.IntN(2) == 0 {
				f = "start"
			}
			o := Options{Silent: rnd.IntN(2) == 0, Auto: rnd.IntN(2) == 0, KeepDelays: rnd.IntN(2) == 0}
			name := fmt.Sprintf("%s at %s %+v %+v", x.name, f, c, o)
			r, err := Run(x.History, f, c, o)
			var no *ForkError
			switch {
			case errors.As(err, &no), sealed(err):
				refused++
				continue
			case err != nil:
				t.Errorf("%s: %v", name, err)
				continue
			}
			again, err := Run(x.History, f, c, o)
			if err != nil || outcome(&r) != outcome(&again) || !same(r.WhatIf.Events, again.WhatIf.Events) {
				t.Errorf("%s: twice the same is not the same: %v", name, err)
			}
			sound(t, name, &r)
			if r.First != nil {
				parted++
			}
		}
	}
	t.Logf("%d parted from their record, %d were refused", parted, refused)
	if parted < 300 {
		t.Errorf("only %d changes changed anything", parted)
	}
}

var fixedSeed = flag.Uint64("seed", 0, "seed of the random changes; another each time where left out")

var others = [][2]string{{"silence", "lapse"}, {"silence", "decline"}, {"silence", "accept"}, {"allocation", "by_rank"}, {"allocation", "pro_rata"},
	{"information", "{effect: none}"}, {"information", "{effect: restart}"}, {"negotiation", "30 hours"}, {"negotiation", "900 hours"}, {"margin", "10"},
	{"metric", "landed_cost"}, {"material_change", "any"}, {"price", "as_awarded"}, {"partial", "whole_only"}}

// draw makes a change of one or two parts.
func draw(rnd *rand.Rand, h *History) Change {
	var c Change
	for range 1 + rnd.IntN(2) {
		switch rnd.IntN(4) {
		case 0:
			var made []offer.ID
			for _, e := range h.Events {
				if f, ok := e.Fact.(*right.OfferReceived); ok {
					made = append(made, f.Offer.ID)
				}
			}
			if len(made) > 0 {
				c.Without = append(c.Without, made[rnd.IntN(len(made))])
			}
		case 1:
			var opened []*right.MatterOpened
			for _, e := range h.Events {
				if f, ok := e.Fact.(*right.MatterOpened); ok {
					opened = append(opened, f)
				}
			}
			if len(opened) > 0 {
				m := opened[rnd.IntN(len(opened))]
				answer := right.Answer{Matter: m.Matter, Kind: right.AnswerKinds[rnd.IntN(len(right.AnswerKinds))], Quantity: int64(rnd.IntN(3)) * 16}
				c.Acts = append(c.Acts, Act{Command: right.Command{By: m.Holder, Ask: answer}, AsInRecord: true})
			}
		default:
			for _, e := range h.Events {
				f, ok := e.Fact.(*right.Engaged)
				if !ok || !f.Engaged || f.Kind == agreement.Exclusive {
					continue
				}
				s := Setting{Agreement: f.Clause.Agreement, Clause: f.Clause.Clause, Param: "window", Value: []string{"1 hours", "30 hours", "100 hours", "900 hours"}[rnd.IntN(4)]}
				if rnd.IntN(2) == 0 {
					one := others[rnd.IntN(len(others))]
					s.Param, s.Value = one[0], one[1]
				}
				clause, _, _ := h.Laws[0].Law.Book.Clause(f.Clause)
				if clause == nil {
					continue // an amendment brought it
				}
				if _, err := clause.With(s.Param, s.Value); err == nil { // what the kind of right has no use for is for another test
					c.Settings = []Setting{s}
				}
			}
		}
	}
	return c
}
