package lawcheck_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/lawcheck"
	"firstlook/internal/scenario"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"

	"github.com/google/go-cmp/cmp"
)

const (
	submits = "2026-03-02T12:00Z acme submit n1: 64 H100 2026-06-01..2026-09-01 training research offers 24 hours\n"
	offers  = submits + "2026-03-02T13:00Z contoso offer o1: H100 x64 2026-06-01..2026-09-01 @ 2.10 USD/gpu-h in contoso/us-east country US valid 2026-05-01\n"
	chooses = offers + "2026-03-03T12:00Z acme choose l1\n"
	// the same rival offers twice
	chooses2 = offers + "2026-03-02T14:00Z contoso offer o2: H100 x64 2026-06-01..2026-09-01 @ 2.30 USD/gpu-h in contoso/us-east country US valid 2026-05-01\n2026-03-03T12:00Z acme/jane choose l1 o1 because \"first\"\n"
	talks    = submits + "2026-03-03T12:00Z northwind interest m1\n"
	names    = submits + "2026-03-03T12:00Z northwind name m1: H100 x64 2026-06-01..2026-09-01 @ 2.20 USD/gpu-h in northwind/us-1 country US\n"
)

// situation is a state that the table shows, reached by commands.
type situation struct {
	name      string
	status    right.Status // of m1; empty where there is no matter
	agreement string
	story     string
	at        string // when the commands of the table come; an hour after the last event where empty
}

var situations = []situation{
	{"no need", "", "match", "", "2026-03-02T12:00Z"},
	{"market, round open", "", "match", offers, ""},
	{"market, round closed", "", "match", offers, "2026-03-03T12:00Z"},
	{"need withdrawn", "", "match", submits + "2026-03-02T14:00Z acme withdraw because \"postponed\"\n", ""},
	{"first offer without a price", right.Deficient, "grantors-offer", submits, ""},
	{"letter on its way", right.Sent, "letter", chooses, ""},
	{"match", right.Open, "match", chooses, ""},
	{"match, at the deadline", right.Open, "match", chooses, "2026-03-06T12:00Z"},
	{"first call", right.Open, "first-call", submits, ""},
	{"first offer on the holder's terms", right.Open, "first-offer", submits, ""},
	{"match, a person is asked what silence means", right.Open, "exclusive", chooses + "2026-03-06T12:00Z settle\n", ""},
	{"named terms", right.StandNamed, "first-offer", names, ""},
	{"named terms, at the end of the response", right.StandNamed, "first-offer", names, "2026-03-05T12:00Z"},
	{"holder awarded", right.Taken, "match", chooses + "2026-03-04T12:00Z northwind exercise m1\n", ""},
	{"rival awarded", right.Declined, "match", chooses + "2026-03-04T12:00Z northwind decline m1\n", ""},
	{"declined, lot blocked", right.Declined, "first-call", submits + "2026-03-04T12:00Z northwind decline m1\n", ""},
	{"lapsed, lot blocked", right.Lapsed, "first-call", submits + "2026-03-05T12:00Z settle\n", ""},
	{"waived, rival awarded", right.Waived, "match", chooses + "2026-03-04T12:00Z northwind waive m1\n", ""},
	{"unable, in the market", right.CannotBe, "first-call", submits + "2026-03-04T12:00Z northwind unable m1\n", ""},
	{"rejected, in the market", right.Rejected, "first-offer", names + "2026-03-04T12:00Z acme reject m1\n", ""},
	{"a request for information stops the window", right.Stood, "powers", chooses + "2026-03-04T12:00Z northwind ask m1 for \"power\"\n", ""},
	{"a dispute stops the window", right.Stood, "powers", chooses + "2026-03-04T12:00Z northwind stay m1 for dispute because \"filed\"\n", ""},
	{"first negotiation, before interest", right.Open, "negotiation", submits, ""},
	{"negotiating", right.Negotiating, "negotiation", talks, ""},
	{"negotiating, at the end of the time", right.Negotiating, "negotiation", talks, "2026-03-13T12:00Z"},
	{"last look", right.Open, "last-look", chooses, ""},
	{"subscribed, another has the word", right.Bidden, "shared", chooses + "2026-03-04T12:00Z northwind exercise m1 32\n", ""},
	{"exercised, consents are awaited", right.Conditional, "consent", chooses + "2026-03-04T12:00Z northwind exercise m1\n", ""},
	{"negotiation failed", right.Failed, "negotiation", talks + "2026-03-13T12:00Z settle\n", ""},
	{"outbid, rival awarded", right.Outbid, "last-look", chooses + "2026-03-03T13:00Z northwind name m1: H100 x64 2026-06-01..2026-09-01 @ 2.40 USD/gpu-h in northwind/us-1 country US\n2026-03-04T12:00Z settle\n", ""},
	{"a consent was refused", right.ConditionFailed, "consent", chooses + "2026-03-04T12:00Z northwind exercise m1\n2026-03-04T13:00Z state refuse m1 because \"no\"\n", ""},
	{"sold in place of taken, rival awarded", right.Sold, "sell", strings.ReplaceAll(chooses, " offers 24", " sells offers 24"), ""},
	{"superseded by a change", right.Superseded, "shared", chooses2 + "2026-03-04T12:00Z acme change m1 to o2 because \"tariff\"\n", ""},
	{"rival awarded, not performed", right.Waived, "powers", chooses + "2026-03-04T12:00Z northwind waive m1\n2026-03-05T12:00Z acme nonperform a1 delivered 24 because \"late\"\n", ""},
	{"an option on an award", right.Open, "call-option", chooses + "2026-03-04T12:00Z panel/eve certify declared because \"section 10\"\n", ""},
	{"terminated, rival awarded", right.Terminated, "sunset", chooses + "2026-03-06T00:00Z settle\n", ""},
}

// thens are the last step to a situation, an hour after its story, where the words of scenarios have none for it.
var thens = map[string]right.Command{
	"sold in place of taken, rival awarded": {By: "northwind", Ask: right.Answer{Matter: 1, Kind: right.Sell}},
}

// row is one command of the table.
type row struct {
	words   string
	command right.Command
}

func rows(t *testing.T) []row {
	terms := func(price, place string) offer.Terms {
		out, err := offer.ParseTerms("H100 x64 2026-06-01..2026-09-01 @ " + price + " USD/gpu-h in " + place + " country US")
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	begun := parse(t, "2026-03-03T12:00Z")
	fair, dear := terms("2.10", "northwind/us-1"), terms("2.40", "northwind/us-1")
	period := fair.Period
	need := capacity.Need{ID: "n1", Buyer: "acme", Class: capacity.Training, Purpose: capacity.Research, Sourcing: capacity.Market, Tenure: capacity.New,
		OffersWindow: calendar.Length{N: 24, Unit: calendar.Hours}, Lines: []capacity.Line{{Accelerators: []capacity.Accelerator{"H100"}, Quantity: 64, Least: 64, Period: period}}}
	by := func(p party.ID, a right.Ask) right.Command { return right.Command{By: p, Ask: a} }
	person := func(a right.Ask) right.Command { return right.Command{By: "acme", Person: "jane", Ask: a} }
	answer := func(a right.Answer) right.Command {
		a.Matter = 1
		return by("northwind", a)
	}
	rival := offer.Offer{ID: "o9", Provider: "fabrikam", Need: "n1", Terms: terms("2.20", "fabrikam/us-east"), ValidUntil: period.From}
	return []row{
		{"settle", right.Command{Ask: right.Settle{}}},
		{"submit", by("acme", right.Submit{Need: need})},
		{"withdraw", by("acme", right.Withdraw{Reason: "postponed"})},
		{"notice", by("acme", right.Notice{Matter: 1})},
		{"notice with terms", by("acme", right.Notice{Matter: 1, Terms: &fair})},
		{"receipt by the holder", by("northwind", right.Receipt{Matter: 1})},
		{"receipt by a rival", by("fabrikam", right.Receipt{Matter: 1})},
		{"exercise", answer(right.Answer{Kind: right.Exercise})},
		{"exercise a part", answer(right.Answer{Kind: right.Exercise, Quantity: 16})},
		{"exercise a part, rest declined", answer(right.Answer{Kind: right.Exercise, Quantity: 16, Rest: right.Decline})},
		{"exercise on the noticed price", answer(right.Answer{Kind: right.Exercise, Terms: &fair})},
		{"exercise on a higher price", answer(right.Answer{Kind: right.Exercise, Terms: &dear})},
		{"decline", answer(right.Answer{Kind: right.Decline})},
		{"decline by a rival", by("fabrikam", right.Answer{Matter: 1, Kind: right.Decline})},
		{"waive", answer(right.Answer{Kind: right.Waive})},
		{"unable", answer(right.Answer{Kind: right.Unable})},
		{"sell", answer(right.Answer{Kind: right.Sell})},
		{"name", answer(right.Answer{Kind: right.Name, Terms: &dear})},
		{"accept", by("acme", right.Respond{Matter: 1, Accept: true})},
		{"reject", by("acme", right.Respond{Matter: 1})},
		{"accept by the holder", by("northwind", right.Respond{Matter: 1, Accept: true})},
		{"determine silence = lapse", person(right.Determine{Matter: 1, Param: "silence", Value: "lapse", Reason: "custom"})},
		{"determine by nobody", by("acme", right.Determine{Matter: 1, Param: "silence", Value: "lapse", Reason: "custom"})},
		{"offer", by("fabrikam", right.SubmitOffer{Offer: rival})},
		{"revoke", by("contoso", right.WithdrawOffer{Offer: "o1"})},
		{"request offers", by("acme", right.RequestOffers{Lot: 1, Window: calendar.Length{N: 24, Unit: calendar.Hours}})},
		{"reoffer", by("acme", right.Reoffer{Lot: 1})},
		{"choose", by("acme", right.Choose{Lot: 1})},
		{"choose o1", person(right.Choose{Lot: 1, Offers: []offer.ID{"o1"}, Reason: "nearer"})},
		{"choose by a rival", by("fabrikam", right.Choose{Lot: 1})},
		{"sign within the cap", by("acme", right.Sign{Award: 1, Terms: terms("2.10", "contoso/us-east")})},
		{"sign outside the cap", by("acme", right.Sign{Award: 1, Terms: terms("2.40", "contoso/us-east")})},
		{"interest", answer(right.Answer{Kind: right.Interest})},
		{"exercise a part, no less", answer(right.Answer{Kind: right.Exercise, Quantity: 16, Least: 16})},
		{"propose by the holder", by("northwind", right.Propose{Matter: 1, Terms: dear})},
		{"propose by the grantor", by("acme", right.Propose{Matter: 1, Terms: fair})},
		{"propose by a rival", by("fabrikam", right.Propose{Matter: 1, Terms: fair})},
		{"ask for information", by("northwind", right.RequestInformation{Matter: 1, What: "power"})},
		{"supply information", by("acme", right.SupplyInformation{Matter: 1})},
		{"stay for a dispute", by("northwind", right.Stay{Matter: 1, Ground: agreement.GroundDispute, Reason: "filed"})},
		{"stay for a regulator", by("regulator", right.Stay{Matter: 1, Ground: agreement.GroundRegulatory, Reason: "hold"})},
		{"stay by a rival", by("fabrikam", right.Stay{Matter: 1, Ground: agreement.GroundDispute, Reason: "filed"})},
		{"lift the dispute", by("northwind", right.Lift{Matter: 1, Ground: agreement.GroundDispute})},
		{"lift by the grantor", by("acme", right.Lift{Matter: 1, Ground: agreement.GroundDispute})},
		{"extend by the grantor", by("acme", right.Extend{Matter: 1, Until: period.From})},
		{"extend by the holder", by("northwind", right.Extend{Matter: 1, Until: begun + 6*24*calendar.Instant(calendar.Hour)})},
		{"change the terms", by("acme", right.Change{Matter: 1, Terms: &dear, Reason: "tariff"})},
		{"change to o2", by("acme", right.Change{Matter: 1, Offer: "o2", Reason: "tariff"})},
		{"consent", by("lender", right.Consent{Matter: 1, Given: true})},
		{"refuse consent", by("state", right.Consent{Matter: 1, Reason: "no"})},
		{"consent by a rival", by("fabrikam", right.Consent{Matter: 1, Given: true})},
		{"consent to the award", by("lender", right.Consent{Award: 1, Given: true})},
		{"assign", by("northwind", right.Assign{Matter: 1, To: "southwind"})},
		{"assign to a rival", by("northwind", right.Assign{Matter: 1, To: "fabrikam"})},
		{"not performed", by("acme", right.NonPerform{Award: 1, Delivered: 8, Reason: "late"})},
		{"cure", by("acme", right.Cure{Award: 1, Reason: "there now"})},
		{"falls", by("acme", right.FallThrough{Award: 1, Reason: "no power"})},
	}
}

// asks are the names of all commands, as a record writes them.
var asks = []string{"submit", "withdraw", "notice", "receipt", "answer", "respond", "determine", "submit-offer", "withdraw-offer", "request-offers",
	"reoffer", "choose", "sign", "fall-through", "settle", "propose", "request-information", "supply-information", "stay", "lift", "extend", "change", "consent", "assign",
	"non-perform", "cure"}

// reach plays a situation's story.
func reach(t *testing.T, s situation) (right.State, []right.Event) {
	t.Helper()
	text := "# A situation.\nagreement agreements/" + s.agreement + ".yaml\nproviders agreements/providers.yaml\n\n" + s.story
	if s.story == "" { // a scenario has a command: only its law is wanted
		text += submits
	}
	f, err := scenario.Parse(folder+"/situation.scenario", []byte(text))
	if err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	records, err := scenario.Records(f, env(t))
	if err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	law := records[0].Turns[len(records[0].Turns)-1].Law
	if s.story == "" {
		return right.Begin(law), nil
	}
	var events []right.Event
	for _, turn := range records[0].Turns {
		if turn.Refusal != nil {
			t.Fatalf("%s: %v", s.name, turn.Refusal)
		}
		events = append(events, turn.Events...)
	}
	state := right.Replay(law, events)
	if c, ok := thens[s.name]; ok {
		after, more, err := right.Step(state, c, state.Last+calendar.Instant(calendar.Hour))
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		return after, append(events, more...)
	}
	return state, events
}

// The whole table: what each command does in each situation. A changed line is a changed right.
func TestCommandsInEveryStatus(t *testing.T) {
	var out strings.Builder
	out.WriteString("# What each command does in each situation: the events that it brings about, or the code of the refusal. Events of time come first.\n" +
		"# go test ./internal/lawcheck -run TestCommandsInEveryStatus -update writes it.\n")
	seen := map[right.Status]bool{}
	used := map[string]bool{}
	for _, s := range situations {
		state, events := reach(t, s)
		status := right.Status("no matter")
		if m := state.Matter(1); m != nil {
			status = m.Status
			seen[status] = true
		}
		if s.status != "" && status != s.status || s.status == "" && status != "no matter" {
			t.Errorf("%s: m1 is %s, want %s", s.name, status, s.status)
		}
		now := state.Last + calendar.Instant(calendar.Hour)
		if s.at != "" {
			now = parse(t, s.at)
		}
		fmt.Fprintf(&out, "\n%s: %s\n", status, s.name)
		for _, r := range rows(t) {
			used[ask(t, r.command)] = true
			fmt.Fprintf(&out, "    %-32s%s\n", r.words, outcome(t, s.name+": "+r.words, state, events, r.command, now))
		}
	}
	for _, s := range right.Statuses {
		if !seen[s] {
			t.Errorf("no situation has a matter that is %s", s)
		}
	}
	for _, a := range asks {
		if !used[a] {
			t.Errorf("the table does not have command %s", a)
		}
	}
	const path = "testdata/commands.txt"
	if *update {
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), out.String()); diff != "" {
		t.Errorf("the table is another now (-file +now):\n%s", diff)
	}
}

// outcome decides a command and says what came of it; the record with it must keep the law, and deciding changes nothing in
// the state that it began from.
func outcome(t *testing.T, name string, state right.State, events []right.Event, c right.Command, now calendar.Instant) string {
	t.Helper()
	before := state.Digest()
	_, more, err := right.Step(state, c, now)
	if state.Digest() != before {
		t.Errorf("%s: the state that the command was put to is another now", name)
	}
	for _, v := range lawcheck.Check(state.Law(), slices.Concat(events, more)) {
		t.Errorf("%s: %s", name, v)
	}
	var words []string
	for _, e := range more {
		words = append(words, right.FactName(e.Fact))
	}
	var no *right.Refusal
	if errors.As(err, &no) {
		words = append(words, "refused: "+string(no.Code))
	} else if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	if len(words) == 0 {
		return "nothing"
	}
	return strings.Join(words, ", ")
}

// ask is the name of a command, as a record writes it.
func ask(t *testing.T, c right.Command) string {
	t.Helper()
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var named struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(data, &named); err != nil {
		t.Fatal(err)
	}
	return named.Type
}

func parse(t *testing.T, s string) calendar.Instant {
	t.Helper()
	i, err := calendar.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return i
}
