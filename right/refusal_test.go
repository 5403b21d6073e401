package right_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// begun plays the first commands of [play] and returns the state after them.
func begun(t *testing.T, commands int) (right.State, []timed) {
	t.Helper()
	story := play(t)
	s := right.Begin(matchLaw())
	for _, c := range story[:commands] {
		next, _, err := right.Step(s, c.command, c.at)
		if err != nil {
			t.Fatalf("before %s: %v", c.at, err)
		}
		s = next
	}
	return s, story
}

// refused checks that a command is refused with a code and a detail, and that nothing came of it but the passing of time.
func refused(t *testing.T, name string, s right.State, c right.Command, now calendar.Instant, code right.Code, detail string) {
	t.Helper()
	next, events, err := right.Step(s, c, now)
	var no *right.Refusal
	switch {
	case !errors.As(err, &no):
		t.Errorf("%s: got %v and %d events, want %s", name, err, len(events), code)
	case no.Code != code || !strings.Contains(no.Detail, detail):
		t.Errorf("%s: refused %s: %s; want %s: %s", name, no.Code, no.Detail, code, detail)
	case len(events) == 0 && next.Digest() != s.Digest():
		t.Errorf("%s: the refusal changed the state", name)
	}
}

// Each thing that a need must have is asked for by name; at the bounds themselves it is taken.
func TestIncompleteNeeds(t *testing.T) {
	story := play(t)
	at := story[0].at
	need := func(edit func(n *capacity.Need, l *capacity.Line)) right.Command {
		sub := story[0].command.Ask.(right.Submit)
		line := sub.Need.Lines[0]
		edit(&sub.Need, &line)
		if sub.Need.Lines != nil {
			sub.Need.Lines = []capacity.Line{line}
		}
		return right.Command{By: sub.Need.Buyer, Ask: sub}
	}
	for _, c := range []struct {
		name   string
		edit   func(n *capacity.Need, l *capacity.Line)
		detail string // empty: it is taken
	}{
		{"no id", func(n *capacity.Need, _ *capacity.Line) { n.ID = "" }, "has an id and a buyer"},
		{"no buyer", func(n *capacity.Need, _ *capacity.Line) { n.Buyer = "" }, "has an id and a buyer"},
		{"odd id", func(n *capacity.Need, _ *capacity.Line) { n.ID = "N 1" }, "the ids"},
		{"odd buyer", func(n *capacity.Need, _ *capacity.Line) { n.Buyer = "Acme" }, "the ids"},
		{"no line", func(n *capacity.Need, _ *capacity.Line) { n.Lines = nil }, "has no line"},
		{"no window", func(n *capacity.Need, _ *capacity.Line) { n.OffersWindow = calendar.Length{} }, "does not say how long"},
		{"window in days", func(n *capacity.Need, _ *capacity.Line) { n.OffersWindow.Unit = calendar.Days }, "must be in hours"},
		{"no accelerator", func(_ *capacity.Need, l *capacity.Line) { l.Accelerators = nil }, "names no accelerator"},
		{"quantity 0", func(_ *capacity.Need, l *capacity.Line) { l.Quantity = 0 }, "quantity 0 is not 1"},
		{"quantity above the bound", func(_ *capacity.Need, l *capacity.Line) { l.Quantity = capacity.MaxQuantity + 1 }, "is not 1 to"},
		{"least 0", func(_ *capacity.Need, l *capacity.Line) { l.Least = 0 }, "least quantity 0"},
		{"least above the quantity", func(_ *capacity.Need, l *capacity.Line) { l.Least = 65 }, "least quantity 65"},
		{"no start", func(_ *capacity.Need, l *capacity.Line) { l.Period.From = 0 }, "has no period"},
		{"no end", func(_ *capacity.Need, l *capacity.Line) { l.Period.Until = l.Period.From }, "has no period"},
		{"past", func(_ *capacity.Need, l *capacity.Line) { l.Period.From = at - 1 }, "which is past"},
		{"now", func(_ *capacity.Need, l *capacity.Line) { l.Period.From = at }, ""},
		{"one", func(_ *capacity.Need, l *capacity.Line) { l.Quantity, l.Least = 1, 1 }, ""},
		{"the bound", func(_ *capacity.Need, l *capacity.Line) { l.Quantity = capacity.MaxQuantity }, ""},
	} {
		s := right.Begin(matchLaw())
		if c.detail != "" {
			refused(t, c.name, s, need(c.edit), at, right.NeedIncomplete, c.detail)
		} else if _, _, err := right.Step(s, need(c.edit), at); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	refused(t, "for another", right.Begin(matchLaw()), right.Command{By: "oracle", Ask: story[0].command.Ask}, at, right.NotTheBuyer, "acme's to submit")
}

// Each thing that an offer must have is asked for by name.
func TestOffersThatAreNotWellFormed(t *testing.T) {
	s, story := begun(t, 1)
	good := story[1].command.Ask.(right.SubmitOffer).Offer
	at := story[1].at
	for _, c := range []struct {
		name   string
		edit   func(o *offer.Offer)
		code   right.Code // empty: it is taken
		detail string
	}{
		{"no id", func(o *offer.Offer) { o.ID = "" }, right.OfferInvalid, "it has no id"},
		{"another need", func(o *offer.Offer) { o.Need = "n2" }, right.OfferInvalid, "for need n2"},
		{"line below", func(o *offer.Offer) { o.Line = -1 }, right.OfferInvalid, "has no line 0"},
		{"line above", func(o *offer.Offer) { o.Line = 1 }, right.OfferInvalid, "has no line 2"},
		{"quantity 0", func(o *offer.Offer) { o.Terms.Quantity = 0 }, right.OfferInvalid, "quantity 0"},
		{"quantity above the bound", func(o *offer.Offer) { o.Terms.Quantity = capacity.MaxQuantity + 1 }, right.OfferInvalid, "is not 1 to"},
		{"least below 0", func(o *offer.Offer) { o.Terms.Least = -1 }, right.OfferInvalid, "least quantity -1"},
		{"least above the quantity", func(o *offer.Offer) { o.Terms.Least = 65 }, right.OfferInvalid, "least quantity 65"},
		{"no price", func(o *offer.Offer) { o.Terms.Price = nil }, right.OfferInvalid, "it has no price"},
		{"no period", func(o *offer.Offer) { o.Terms.Period.Until = o.Terms.Period.From }, right.OfferInvalid, "it has no period"},
		{"over", func(o *offer.Offer) { o.ValidUntil = at }, right.OfferInvalid, "which is past"},
		{"negative price", func(o *offer.Offer) { o.Terms.Price[0].Rate = money.Nanos(-1, money.USD) }, right.OfferInvalid, "is negative"},
		{"steps out of order", func(o *offer.Offer) { o.Terms.Price = append(o.Terms.Price, o.Terms.Price[0]) }, right.OfferInvalid, "price step 2"},
		{"for another", func(o *offer.Offer) { o.Provider = "coreweave" }, right.NotTheProvider, "cannot offer for coreweave"},
		{"the bounds", func(o *offer.Offer) { o.Terms.Quantity, o.Terms.Least, o.ValidUntil = capacity.MaxQuantity, 0, at+1 }, "", ""},
		{"free", func(o *offer.Offer) { o.Terms.Price[0].Rate = money.Nanos(0, money.USD) }, "", ""},
	} {
		o := good
		o.Terms.Price = append([]offer.Step(nil), good.Terms.Price...)
		c.edit(&o)
		command := right.Command{By: "oracle", Ask: right.SubmitOffer{Offer: o}}
		if c.code != "" {
			refused(t, c.name, s, command, at, c.code, c.detail)
		} else if _, _, err := right.Step(s, command, at); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	stranger := good
	stranger.Provider = "stranger"
	refused(t, "a stranger", s, right.Command{By: "stranger", Ask: right.SubmitOffer{Offer: stranger}}, at, right.UnknownProvider, "not in the list")
}

// What the text forms cannot say is refused all the same.
func TestCommandsThatNoFormWrites(t *testing.T) {
	s, story := begun(t, 4)
	noticed := story[3].at + calendar.Instant(calendar.Hour)
	northwind := func(a right.Answer) right.Command { return right.Command{By: "northwind", Ask: a} }
	refused(t, "rest waived", s, northwind(right.Answer{Matter: 1, Kind: right.Exercise, Quantity: 8, Rest: right.Waive}), noticed, right.AnswerNotFitting, "not \"waive\"")
	refused(t, "rest unable", s, northwind(right.Answer{Matter: 1, Kind: right.Exercise, Quantity: 8, Rest: right.Unable}), noticed, right.AnswerNotFitting, "only of a first call")
	refused(t, "no such answer", s, northwind(right.Answer{Matter: 1, Kind: "perhaps"}), noticed, right.AnswerNotFitting, "no answer")
	refused(t, "negative quantity", s, northwind(right.Answer{Matter: 1, Kind: right.Exercise, Quantity: -1}), noticed, right.QuantityInvalid, "-1 of 64")
	refused(t, "matter 0", s, northwind(right.Answer{Kind: right.Decline}), noticed, right.UnknownMatter, "m0")
	refused(t, "matter -1", s, northwind(right.Answer{Matter: -1, Kind: right.Decline}), noticed, right.UnknownMatter, "m-1")
	acme := func(a right.Ask) right.Command { return right.Command{By: "acme", Ask: a} }
	refused(t, "lot 0", s, acme(right.Choose{}), noticed, right.UnknownLot, "l0")
	refused(t, "award 0", s, acme(right.Sign{}), noticed, right.UnknownAward, "a0")
	refused(t, "earlier than the record", s, right.Command{Ask: right.Settle{}}, story[3].at-1, right.TimeBeforeRecord, "lies before it")

	market, _ := begun(t, 3)
	closed := story[3].at
	for _, w := range []calendar.Length{{N: 0, Unit: calendar.Hours}, {N: -1, Unit: calendar.Hours}, {N: 1, Unit: calendar.Days}} {
		refused(t, "round of "+w.String(), market, acme(right.RequestOffers{Lot: 1, Window: w}), closed, right.ValueInvalid, "a number of hours")
	}
}

// openMatter is the state of [play] with its matter open, under a law that is changed first.
func openMatter(t *testing.T, change func(*agreement.Process)) (right.State, calendar.Instant) {
	t.Helper()
	law := matchLaw()
	change(&law.Book.Agreements[0].Clauses[0].Process)
	story := play(t)
	s := right.Begin(law)
	for _, c := range story[:4] {
		var err error
		if s, _, err = right.Step(s, c.command, c.at); err != nil {
			t.Fatalf("before %s: %v", c.at, err)
		}
	}
	return s, story[3].at
}

// A right is assigned to a party that can be named, and to no other text.
func TestAssigneesThatAreNoParty(t *testing.T) {
	s, at := openMatter(t, func(p *agreement.Process) { p.AnyAssignee = true })
	for _, to := range []party.ID{"", "Tailspin", "tail spin", "northwind", "acme"} {
		refused(t, "to "+string(to), s, right.Command{By: "northwind", Ask: right.Assign{Matter: 1, To: to}}, at+1, right.NotEntitled, "cannot be assigned")
	}
	if _, _, err := right.Step(s, right.Command{By: "northwind", Ask: right.Assign{Matter: 1, To: "tailspin"}}, at+1); err != nil {
		t.Error(err)
	}
}

// A change names either terms or an offer.
func TestChangesThatNoFormWrites(t *testing.T) {
	s, at := openMatter(t, func(p *agreement.Process) { p.MaterialChange = agreement.Given(agreement.Materiality{}) })
	change := func(c right.Change) right.Command {
		c.Matter, c.Reason = 1, "a change"
		return right.Command{By: "acme", Ask: c}
	}
	refused(t, "neither", s, change(right.Change{}), at+1, right.TermsRequired, "either terms or an offer")
	refused(t, "both", s, change(right.Change{Offer: "o1", Terms: &offer.Terms{}}), at+1, right.TermsRequired, "either terms or an offer")
}

// A receipt that says no time is of now.
func TestReceiptWithoutATime(t *testing.T) {
	s, at := openMatter(t, func(p *agreement.Process) {
		p.Delivery = agreement.Given(agreement.Delivery{Channel: agreement.Email, Clock: agreement.OnReceived})
	})
	s, _, err := right.Step(s, right.Command{By: "northwind", Ask: right.Receipt{Matter: 1}}, at+5)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Matter(1).ReceivedAt; got != at+5 {
		t.Errorf("received at %s, want %s", got, at+5)
	}
}

// Once both sides agreed on an extension there is none that waits for an answer.
func TestAgreedExtension(t *testing.T) {
	s, at := openMatter(t, func(p *agreement.Process) { p.Extension = agreement.ByAgreement })
	until := at + 100*calendar.Instant(calendar.Hour)
	for i, by := range []party.ID{"acme", "northwind"} {
		var err error
		if s, _, err = right.Step(s, right.Command{By: by, Ask: right.Extend{Matter: 1, Until: until}}, at+1); err != nil {
			t.Fatal(err)
		}
		if waits := s.Matter(1).More().ExtendTo.IsSet(); waits != (i == 0) {
			t.Errorf("after %s a proposal waits: %t", by, waits)
		}
	}
	if got := s.Matter(1).AnswerBy; got != until {
		t.Errorf("answer by %s, want %s", got, until)
	}
}

// An event that refers to what the record or the law does not hold is a bug, and says so.
func TestEventsThatCannotBeApplied(t *testing.T) {
	s, at := openMatter(t, func(*agreement.Process) {})
	for _, c := range []struct {
		fact right.Fact
		want string
	}{
		{&right.OfferWithdrawn{Offer: "o9"}, "offer o9 is not in the record"},
		{&right.Engaged{Clause: agreement.Ref{Agreement: "acme-northwind", Clause: "rofr", Version: 2}}, "the law lacks acme-northwind/rofr@2"},
		{&right.Determined{Matter: 1, Param: "silence", Value: "perhaps"}, "a recorded determination does not read"},
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, "bug: "+c.want) {
					t.Errorf("%T: %s, want %s", c.fact, got, c.want)
				}
			}()
			right.Apply(s, right.Event{At: at, Recorded: at, Fact: c.fact})
		}()
	}
}

// A state before its need has no deadline, and nothing to settle.
func TestNothingBeforeTheNeed(t *testing.T) {
	s := right.Begin(matchLaw())
	if at, ok := right.NextDeadline(s); ok {
		t.Errorf("a deadline at %s before there is a need", at)
	}
	refused(t, "settle", s, right.Command{Ask: right.Settle{}}, instant(t, "2026-03-01T12:00Z"), right.NeedUnknown, "")
	if s.Settled() {
		t.Error("settled before there is a need")
	}
	if s.Matter(0) != nil || s.Matter(-1) != nil || s.Lot(0) != nil || s.Lot(-1) != nil || s.AwardOf(0) != nil || s.AwardOf(-1) != nil {
		t.Error("a matter, lot or award that there is not")
	}
}

// What the awards in force cost is the sum of those that stand; a need is settled once every lot is awarded or closed.
func TestLandedAndSettled(t *testing.T) {
	s, story := begun(t, 4)
	if s.Settled() {
		t.Error("settled while the matter is open")
	}
	s, _, err := right.Step(s, right.Command{By: "northwind", Ask: right.Answer{Matter: 1, Kind: right.Decline}}, story[3].at+1)
	if err != nil {
		t.Fatal(err)
	}
	if !s.Settled() {
		t.Error("not settled although the rival is awarded")
	}
	if total, err := s.Landed(); err != nil || total != s.Awards[0].Landed || total.IsZero() {
		t.Errorf("landed %s, %v; want %s", total, err, s.Awards[0].Landed)
	}
	fallen, _, err := right.Step(s, right.Command{By: "acme", Ask: right.FallThrough{Award: 1, Reason: "no power"}}, story[3].at+2)
	if err != nil {
		t.Fatal(err)
	}
	if total, err := fallen.Landed(); err != nil || !total.IsZero() {
		t.Errorf("landed %s, %v after the award fell through; want nothing", total, err)
	}
	if fallen.Settled() {
		t.Error("settled although the lot is in the market again")
	}
	closed, _, err := right.Step(fallen, right.Command{By: "acme", Ask: right.Withdraw{Reason: "postponed"}}, story[3].at+3)
	if err != nil {
		t.Fatal(err)
	}
	if !closed.Settled() {
		t.Error("not settled although the need is withdrawn")
	}
}

// Every command is written and read back as it was; what is not understood is an error.
func TestCommandsAreReadAsWritten(t *testing.T) {
	for _, c := range play(t) {
		body, err := json.Marshal(c.command)
		if err != nil {
			t.Fatal(err)
		}
		var read right.Command
		if err := json.Unmarshal(body, &read); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		again, err := json.Marshal(read)
		if err != nil || string(again) != string(body) {
			t.Errorf("%s reads as %s, %v", body, again, err)
		}
	}
	for _, c := range []struct{ text, want string }{
		{`{"type":"settle"}`, ""},
		{`{"by":"acme","type":"choose","ask":{"lot":1}}`, ""},
		{`{"by":1,"type":"settle"}`, "cannot unmarshal"},
		{`{"type":"settle","when":"now"}`, "unknown field"},
		{`{"type":"dance"}`, "unknown command"},
		{`{"type":"choose","ask":{"lots":1}}`, "command choose"},
	} {
		var read right.Command
		err := json.Unmarshal([]byte(c.text), &read)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.text, err, c.want)
		}
	}
}

// A record is read whole or not at all.
func TestRecordsThatDoNotRead(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{``, "EOF"},
		{`{}`, "cannot unmarshal"},
		{`[] []`, "something stands behind"},
		{`[{"at":"2026-03-02T12:00Z","type":"lot-opened","fact":{"lot":1,"line":0,"quantity":64}}]`, ""},
		{`[{"at":"2026-03-02T12:00Z","type":"lot-closed","fact":{}}]`, "unknown type"},
		{`[{"at":"2026-03-02T12:00Z","type":"lot-opened","fact":{"lot":1,"lines":0}}]`, "event 1 (lot-opened)"},
		{`[{"at":"yesterday","type":"lot-opened","fact":{}}]`, "yesterday"},
		{`[{"at":"2026-03-02T12:00Z","when":"now","type":"lot-opened","fact":{}}]`, "unknown field"},
	} {
		events, err := right.Decode([]byte(c.text))
		if c.want == "" && (err != nil || len(events) != 1) || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %d events, %v, want %q", c.text, len(events), err, c.want)
		}
	}
}

// A need that stands under no agreement says so by saying nothing, and no character makes two lines of one.
func TestTextWithoutLaw(t *testing.T) {
	e := right.Event{Fact: &right.NeedSubmitted{Need: capacity.Need{ID: "n1", Lines: []capacity.Line{{Accelerators: []capacity.Accelerator{"H100"}, Quantity: 1}}}}}
	if line := e.String(); strings.Contains(line, "under") {
		t.Errorf("%q names an agreement", line)
	}
	e = right.Event{Fact: &right.NeedWithdrawn{Reason: "first\u2029second"}}
	if line := e.String(); line != "withdrawn: first second" {
		t.Errorf("got %q", line)
	}
}

// What was named and fits the need no longer when the window closes does not win, however cheap it is.
func TestLastLookThatFitsNoLonger(t *testing.T) {
	law := matchLaw()
	c := &law.Book.Agreements[0].Clauses[0]
	c.Kind, c.Process.Content = agreement.LastLook, agreement.Given([]agreement.Item{agreement.ItemQuantity})
	c.Process.ReleaseOn, c.Process.Tail = agreement.Given([]agreement.Outcome{agreement.OnOutbid}), agreement.Given(agreement.Tail{Cap: agreement.CapNone})
	c.Process.Metric, c.Process.Margin = agreement.Given(agreement.MetricLanded), agreement.Given(capacity.Percent(0))
	for i := range law.Book.Providers {
		law.Book.Providers[i].Security = []string{"soc2"}
	}
	story := play(t)
	submit := story[0].command.Ask.(right.Submit)
	submit.Need.Security = []string{"soc2"}
	story[0].command.Ask = submit
	terms := story[1].command.Ask.(right.SubmitOffer).Offer.Terms
	terms.Cloud, terms.Region, terms.Price = "northwind", "us-1", []offer.Step{{From: terms.Period.From, Rate: money.Nanos(1_000_000_000, money.USD)}}
	named := right.Command{By: "northwind", Ask: right.Answer{Matter: 1, Kind: right.Name, Terms: &terms}}

	s := right.Begin(law)
	for _, c := range append(slices.Clone(story[:4]), timed{story[3].at + 1, named}) {
		var err error
		if s, _, err = right.Step(s, c.command, c.at); err != nil {
			t.Fatalf("before %s: %v", c.at, err)
		}
	}
	won, _, err := right.Step(s, right.Command{Ask: right.Settle{}}, story[4].at)
	if err != nil || len(won.Awards) != 1 || won.Awards[0].Provider != "northwind" {
		t.Fatalf("under the law that it was named under: awards %+v, %v; want one to northwind", won.Awards, err)
	}
	other := *law
	other.Book.Providers = slices.Clone(law.Book.Providers)
	other.Book.Providers[0].Security = nil
	lost, _, err := right.Step(s.Under(&other), right.Command{Ask: right.Settle{}}, story[4].at)
	if err != nil || len(lost.Awards) != 1 || lost.Awards[0].Provider != "oracle" {
		t.Errorf("once northwind has lost its certificate: awards %+v, %v; want one to oracle", lost.Awards, err)
	}
}

// A replica may hold a need under a law that has not heard of one of its clauses yet. What it decides then is refused by the store; it must only come to an end.
func TestUnderALawThatLacksTheClause(t *testing.T) {
	for name, change := range map[string]func(*agreement.Clause){
		"match": func(c *agreement.Clause) { c.Process.Calendar = "us" },
		"call option": func(c *agreement.Clause) {
			c.Kind, c.Process.Opens = agreement.CallOption, []agreement.TriggerID{"declared"}
		},
	} {
		law := matchLaw()
		change(&law.Book.Agreements[0].Clauses[0])
		story := play(t)
		s := right.Begin(law)
		for _, c := range story[:4] {
			var err error
			if s, _, err = right.Step(s, c.command, c.at); err != nil {
				t.Fatalf("%s, before %s: %v", name, c.at, err)
			}
		}
		older := &right.Law{Book: agreement.Book{Providers: law.Book.Providers}, Throughput: law.Throughput}
		for _, ask := range []right.Ask{right.Settle{}, right.Answer{Matter: 1, Kind: right.Exercise}} {
			if _, _, err := right.Step(s.Under(older), right.Command{By: "northwind", Ask: ask}, story[3].at+1); err != nil && !errors.As(err, new(*right.Refusal)) {
				t.Errorf("%s, %T: %v", name, ask, err)
			}
		}
		if _, _, err := right.Step(s.Under(older), right.Command{Ask: right.Settle{}}, story[4].at); err != nil {
			t.Errorf("%s, at the deadline: %v", name, err)
		}
	}
}
