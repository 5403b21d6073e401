package right_test

import (
	"reflect"
	"testing"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func instant(t testing.TB, s string) calendar.Instant {
	t.Helper()
	i, err := calendar.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// matchLaw has one clause: northwind may match any rival's offer within 72 hours.
func matchLaw() *right.Law {
	hours := func(n int) calendar.Rule {
		return calendar.Rule{Length: calendar.Length{N: n, Unit: calendar.Hours}}
	}
	c := agreement.Clause{
		Ref: agreement.Ref{Agreement: "acme-northwind", Clause: "rofr", Version: 1}, Kind: agreement.Match, Holder: "northwind",
		Process: agreement.Process{
			Content:   agreement.Given([]agreement.Item{agreement.ItemQuantity, agreement.ItemPrice}),
			Delivery:  agreement.Given(agreement.Delivery{Channel: agreement.Desk, Clock: agreement.OnSent}),
			Window:    agreement.Given(hours(72)),
			Silence:   agreement.Given(agreement.SilenceLapses),
			Partial:   agreement.Given(agreement.PartialAllowed),
			Match:     agreement.Given(agreement.MatchRule{Rule: agreement.IdenticalPrincipal, Principal: []agreement.Dimension{agreement.DimPrice}}),
			Counter:   agreement.Given(agreement.CounterContinues),
			ReleaseOn: agreement.Given([]agreement.Outcome{agreement.OnDeclined, agreement.OnLapsed}),
			Tail:      agreement.Given(agreement.Tail{Length: hours(24 * 90), Cap: agreement.CapNoticed}),
			Reopen:    agreement.Given([]agreement.Reopen{agreement.OnFellThrough}),
		},
	}
	return &right.Law{
		Book: agreement.Book{
			Agreements: []*agreement.Agreement{{ID: "acme-northwind", Grantor: "acme",
				Parties: []agreement.Party{{ID: "acme"}, {ID: "northwind", Clouds: []capacity.Cloud{"northwind"}}},
				Clauses: []agreement.Clause{c}}},
			Providers: []agreement.Provider{{ID: "northwind"}, {ID: "oracle"}, {ID: "coreweave"}},
		},
		Throughput: capacity.Throughput{Name: "test", Milli: map[capacity.Accelerator]int64{"H100": 989_000}},
	}
}

type timed struct {
	at      calendar.Instant
	command right.Command
}

// play is one negotiation under [matchLaw]: submit, two offers, choose, and an answer at the instant of the deadline.
func play(t testing.TB) []timed {
	period := calendar.Span{From: instant(t, "2026-06-01"), Until: instant(t, "2026-09-01")}
	quote := func(id offer.ID, by party.ID, nanos int64) right.Command {
		return right.Command{By: by, Ask: right.SubmitOffer{Offer: offer.Offer{ID: id, Provider: by, Need: "n1", ValidUntil: instant(t, "2026-05-01"),
			Terms: offer.Terms{Price: []offer.Step{{From: period.From, Rate: money.Nanos(nanos, money.USD)}}, Accelerator: "H100", Quantity: 64,
				Least: 64, Cloud: "oci", Region: "us-chicago-1", Country: "US", Period: period}}}}
	}
	need := capacity.Need{ID: "n1", Buyer: "acme", Class: capacity.Training, Purpose: capacity.Research, Sourcing: capacity.Market, Tenure: capacity.New,
		OffersWindow: calendar.Length{N: 48, Unit: calendar.Hours},
		Lines:        []capacity.Line{{Accelerators: []capacity.Accelerator{"H100"}, Quantity: 64, Least: 64, Period: period}}}
	return []timed{
		{instant(t, "2026-03-01T12:00Z"), right.Command{By: "acme", Ask: right.Submit{Need: need}}},
		{instant(t, "2026-03-01T13:00Z"), quote("o1", "oracle", 2_400_000_000)},
		{instant(t, "2026-03-01T14:00Z"), quote("o2", "coreweave", 2_600_000_000)},
		{instant(t, "2026-03-03T12:00Z"), right.Command{By: "acme", Ask: right.Choose{Lot: 1}}},
		{instant(t, "2026-03-06T12:00Z"), right.Command{By: "northwind", Ask: right.Answer{Matter: 1, Kind: right.Exercise}}},
	}
}

// A right that is answered at the instant of its deadline is answered late, and the rival is awarded (SEMANTICS 4.4).
func TestLateAnswer(t *testing.T) {
	s := right.Begin(matchLaw())
	var all []right.Event
	var last error
	for _, c := range play(t) {
		if last != nil {
			t.Fatalf("before %s: %v", c.at, last)
		}
		next, events, err := right.Step(s, c.command, c.at)
		s, last = next, err
		all = append(all, events...)
	}
	no, refused := last.(*right.Refusal)
	if !refused || no.Code != right.WindowClosed {
		t.Errorf("answer at the deadline: got %v, want %s", last, right.WindowClosed)
	}
	if len(s.Awards) != 1 || s.Awards[0].Provider != "oracle" {
		t.Fatalf("awards %+v, want one to oracle", s.Awards)
	}
	if !s.Settled() {
		t.Error("the need is not settled")
	}
	body, err := right.Encode(all)
	if err != nil {
		t.Fatal(err)
	}
	read, err := right.Decode(body)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(all, read, cmp.Exporter(unexported), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("decoded events differ (-want +got):\n%s", diff)
	}
	replayed := right.Replay(matchLaw(), read)
	if got, want := replayed.Digest(), s.Digest(); got != want {
		t.Errorf("replay gives state %s, want %s", got, want)
	}
}

// unexported lets the comparison look into the amounts of package money and nothing else.
func unexported(t reflect.Type) bool { return t.PkgPath() == "firstlook/money" }
