package right

import (
	"reflect"
	"strings"
	"testing"

	"firstlook/agreement"
	"firstlook/award"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
)

var (
	noon  = mustInstant("2026-03-05T12:00Z")
	later = mustInstant("2026-03-09T09:00Z")
	ref   = agreement.Ref{Agreement: "acme-northwind", Clause: "rofr", Version: 1}
	terms = offer.Terms{Accelerator: "H100", Quantity: 64, Period: calendar.Span{From: mustInstant("2026-06-01"), Until: mustInstant("2026-09-01")},
		Price: []offer.Step{{From: mustInstant("2026-06-01"), Rate: money.Nanos(2_100_000_000, money.USD)}}}
)

const written = "H100 x64 2026-06-01..2026-09-01 @ 2.10 USD/gpu-h"

func mustInstant(s string) calendar.Instant {
	i, err := calendar.Parse(s)
	if err != nil {
		panic(err)
	}
	return i
}

// texts has the line of every kind of fact.
var texts = []struct {
	fact Fact
	want string
}{
	{&NeedSubmitted{Need: capacity.Need{ID: "n1", Class: capacity.Training, Purpose: capacity.Research, Sourcing: capacity.OwnBuild, Tenure: capacity.New,
		Lines: []capacity.Line{{Accelerators: []capacity.Accelerator{"H100", "H200"}, Quantity: 64, Least: 16, Divisible: true, Period: terms.Period}}},
		Law: []LawUsed{{Agreement: "acme-northwind"}}},
		"submitted n1: 64 H100 or H200 2026-06-01..2026-09-01 divisible, least 16 for training, research, own_build; under acme-northwind"},
	{&NeedSubmitted{Need: capacity.Need{ID: "n2", Sells: true, Class: capacity.Training, Purpose: capacity.Research, Sourcing: capacity.Market, Tenure: capacity.New,
		Lines: []capacity.Line{{Accelerators: []capacity.Accelerator{"H100"}, Quantity: 64, Period: terms.Period}}}},
		"submitted n2: 64 H100 2026-06-01..2026-09-01 for training, research, to be sold; no agreement"},
	{&Engaged{Line: 1, Clause: ref, Kind: agreement.Match, Holder: "northwind", Engaged: true, Reason: "in scope"},
		"engaged line 2 acme-northwind/rofr@1 match of northwind: in scope"},
	{&LotOpened{Lot: 1, Quantity: 64}, "opened l1: 64 of line 1"},
	{&LotSplit{From: 1, To: 2, Quantity: 32, Matter: 3}, "split l2 off l1: 32 with m3"},
	{&MatterOpened{Matter: 2, Lot: 1, Clause: ref, Holder: "northwind", Again: agreement.OnTailOver, Offer: "o1"},
		"matter m2 on l1: northwind under acme-northwind/rofr@1, to match offer o1, again: tail_over"},
	{&Noticed{Matter: 1, Channel: agreement.Desk, Quantity: 64, Terms: &terms, Counterparty: "oracle", DeemedAt: later},
		"noticed m1 by desk: 64 on " + written + " of oracle; deemed received 2026-03-09T09:00Z"},
	{&Noticed{Matter: 1, Channel: agreement.Email, Quantity: 64, Missing: []agreement.Item{agreement.ItemPrice}}, "deficient m1 by email: 64; missing price"},
	{&Received{Matter: 1, How: "deemed"}, "received m1 (deemed)"},
	{&Opened{Matter: 1, AnswerBy: noon, Calendar: "us-federal 2026.1"}, "open m1 answer-by 2026-03-05T12:00Z (us-federal 2026.1)"},
	{&Answered{Answer{Matter: 1, Kind: Exercise, Quantity: 32, Rest: Decline, Terms: &terms}}, "answered m1: exercise 32, rest decline, on " + written},
	{&AnswerVoid{Matter: 1, Code: WholeOnly}, "answer void m1: whole-only"},
	{&Countered{Matter: 1, Terms: terms, Differences: []offer.Difference{{Dimension: agreement.DimPrice, Cap: "2.00 USD", Got: "2.10 USD", Order: offer.Outside}}, Spent: true},
		"countered m1: " + written + "; price 2.00 USD -> 2.10 USD (outside_cap); the right is spent"},
	{&Named{Matter: 1, Terms: terms, RespondBy: noon}, "named m1: " + written + " respond-by 2026-03-05T12:00Z"},
	{&Exercised{Matter: 1, Terms: terms}, "exercised m1: " + written},
	{&Ended{Matter: 1, Outcome: Lapsed}, "lapsed m1"},
	{&Ended{Matter: 1, Outcome: Declined, Reason: "by silence"}, "declined m1: by silence"},
	{&Released{Matter: 1, Cap: &terms, Until: noon, Counterparty: "oracle", Tolerance: 5000},
		"released m1 until 2026-03-05T12:00Z, cap " + written + ", for oracle alone, price tolerance 5%"},
	{&Released{Matter: 1}, "released m1 without end, no cap"},
	{&ReleaseEnded{Lot: 1, Matter: 1, Why: agreement.OnFellThrough}, "release ended m1: fell_through"},
	{&Blocked{Lot: 1, Clause: ref, Reason: "m1 is declined"}, "blocked l1 by acme-northwind/rofr@1: m1 is declined"},
	{&OffersRequested{Lot: 1, Invited: []party.ID{"oracle", "contoso"}, Barred: []BarredProvider{{"fabrikam", ref}}, Closes: noon},
		"offers requested for l1 of oracle, contoso until 2026-03-05T12:00Z; barred fabrikam by acme-northwind/rofr@1"},
	{&OffersRequested{Lot: 1, Closes: noon}, "offers requested for l1 of nobody until 2026-03-05T12:00Z"},
	{&OfferReceived{Offer: offer.Offer{ID: "o1", Provider: "oracle", Line: 1, Terms: terms, ValidUntil: noon, Security: []string{"soc2"}}},
		"offer o1 of oracle: " + written + " valid 2026-03-05T12:00Z line 2 secure soc2"},
	{&OfferWithdrawn{Offer: "o1"}, "offer withdrawn o1"},
	{&RoundClosed{Lot: 1}, "offers closed l1"},
	{&Chosen{Lot: 1, Manual: true, Person: "jane", Reason: "nearer", Comparison: &award.Comparison{Total: money.Micros(5_000_000, money.USD), Uncovered: 4,
		Picks:    []award.Pick{{Offer: "o1", Provider: "oracle", Equivalent: 60}},
		Excluded: []award.Exclusion{{Offer: "o2", Provider: "contoso", Code: award.CodeBarred, Clause: ref, Reason: "exclusive"}}}},
		"chosen for l1: o1 of oracle for 60, landed 5.00 USD, 4 uncovered; excluded o2 of contoso (barred-by-clause: exclusive) by acme-northwind/rofr@1; by jane: nearer"},
	{&Chosen{Lot: 1, Comparison: &award.Comparison{Total: money.Micros(5_000_000, money.USD), Picks: []award.Pick{{Offer: "o1", Provider: "oracle", Equivalent: 60}},
		RunnerUp: &award.RunnerUp{Without: "oracle", Uncovered: 60}}}, "chosen for l1: o1 of oracle for 60, landed 5.00 USD"},
	{&PickSet{Lot: 1, Pick: award.Pick{Offer: "o1", Provider: "oracle", Accelerators: 64, Total: money.Micros(5_000_000, money.USD)}},
		"picked o1 for l1: 64 of oracle, landed 5.00 USD"},
	{&ChoiceFell{Lot: 1, Reason: "offer o1 was valid until noon"}, "choice fell l1: offer o1 was valid until noon"},
	{&Awarded{Award: 1, Lot: 1, Provider: "oracle", Role: party.Rival, Quantity: 64, Terms: terms, Offer: "o1", Landed: money.Micros(5_000_000, money.USD), Because: []agreement.Ref{ref}},
		"awarded a1 l1 oracle (rival): 64 as " + written + " by offer o1 landed 5.00 USD because acme-northwind/rofr@1"},
	{&Signed{Award: 1, Terms: terms}, "signed a1: " + written},
	{&CapBroken{Award: 1, Matter: 2}, "cap broken a1 of m2: it serves another rival"},
	{&FellThrough{Award: 1, Reason: "insolvent"}, "fell through a1: insolvent"},
	{&DeterminationRequired{Matter: 1, Param: "silence", Why: "what silence means"}, "needs determination m1 silence: what silence means"},
	{&Determined{Matter: 1, Param: "silence", Value: "lapse", Person: "jane", Reason: "custom"}, "determined m1 silence = lapse by jane: custom"},
	{&NeedWithdrawn{Reason: "postponed"}, "withdrawn: postponed"},
	{&MatterOpened{Matter: 3, Lot: 1, Clause: ref, Holder: "northwind", Group: 2, Quantity: 16},
		"matter m3 on l1: northwind under acme-northwind/rofr@1, for 16, beside m2"},
	{&MatterOpened{Matter: 2, Lot: 1, Clause: ref, Holder: "northwind", Group: 2}, "matter m2 on l1: northwind under acme-northwind/rofr@1"},
	{&MatterOpened{Matter: 2, Lot: 1, Clause: ref, Holder: "northwind", Award: 1, Again: agreement.OnCertified},
		"matter m2 on l1: northwind under acme-northwind/rofr@1, over award a1, again: certified"},
	{&NoticeLate{Matter: 1, Due: noon}, "notice late m1: due by 2026-03-05T12:00Z"},
	{&OfferTold{Matter: 1, Offer: "o1"}, "told m1 of offer o1, which nobody asked for"},
	{&MatterOpened{Matter: 2, Lot: 1, Clause: ref, Holder: "northwind", Beside: true},
		"matter m2 on l1: northwind under acme-northwind/rofr@1, while the lot goes on its way"},
	{&SoldInstead{Matter: 1, Terms: terms}, "sells instead m1: " + written},
	{&NoticeHeld{Matter: 1, Until: noon}, "notice held m1 until 2026-03-05T12:00Z"},
	{&Opened{Matter: 1, AnswerBy: noon, Why: "supplied"}, "open m1 answer-by 2026-03-05T12:00Z, supplied"},
	{&Answered{Answer{Matter: 1, Kind: Exercise, Quantity: 32, Least: 16}}, "answered m1: exercise 32, least 16"},
	{&InformationRequested{Matter: 1, What: "the floor plan"}, "information requested m1: the floor plan"},
	{&InformationSupplied{Matter: 1}, "information supplied m1"},
	{&Tolled{Matter: 1, Ground: agreement.GroundInformation}, "tolled m1 (information)"},
	{&Tolled{Matter: 1, Ground: agreement.GroundDispute, Reason: "the notice is disputed", Until: noon},
		"tolled m1 (dispute) until 2026-03-05T12:00Z: the notice is disputed"},
	{&Untolled{Matter: 1, Ground: agreement.GroundRegulatory}, "untolled m1 (regulatory)"},
	{&ExtensionProposed{Matter: 1, Until: noon}, "extension proposed m1 until 2026-03-05T12:00Z"},
	{&Interested{Matter: 1, NegotiateBy: noon}, "negotiating m1 until 2026-03-05T12:00Z"},
	{&Proposed{Matter: 1, Role: party.Holder, Terms: terms}, "proposed m1 by the holder: " + written},
	{&Revised{Matter: 1, Terms: terms}, "revised m1: " + written},
	{&Changed{Matter: 1, Offer: "o2", Material: true, Reason: "a new site",
		Differences: []offer.Difference{{Dimension: agreement.DimPrice, Cap: "2.00 USD", Got: "2.10 USD", Order: offer.Outside}}},
		"changed m1 materially, to offer o2; price 2.00 USD -> 2.10 USD (outside_cap): a new site"},
	{&Changed{Matter: 1, Terms: &terms, Reason: "a slip"}, "changed m1 not materially, to " + written + ": a slip"},
	{&Subscribed{Matter: 1, Quantity: 32, Least: 16, Terms: terms}, "subscribed m1: 32, least 16 on " + written},
	{&Allocated{Group: 1, Rule: agreement.ProRataByShare, Shares: []Allotment{{Matter: 1, Wanted: 64, Quantity: 40}, {Matter: 2, Wanted: 24, Quantity: 24}}},
		"allocated m1 (pro_rata): m1 40 of 64, m2 24 of 24"},
	{&Allocated{Group: 1, Rule: agreement.ByRank}, "allocated m1 (by_rank): nobody wants any"},
	{&ConsentAwaited{Matter: 1, Terms: terms, Of: []party.ID{"lender", "state"}, Until: noon},
		"consent awaited m1 of lender, state until 2026-03-05T12:00Z: " + written},
	{&Consented{Matter: 1, Of: "lender", Given: true}, "consented m1 by lender"},
	{&Consented{Award: 2, Of: "lender", Reason: "no credit"}, "consent refused a2 by lender: no credit"},
	{&Assigned{Matter: 1, From: "northwind", To: "southwind"}, "assigned m1 from northwind to southwind"},
	{&NonPerforming{Award: 1, Clause: ref, Delivered: 16, Reason: "no power", CureBy: noon},
		"not performed a1: 16 delivered, cure-by 2026-03-05T12:00Z under acme-northwind/rofr@1: no power"},
	{&Cured{Award: 1, Reason: "power is back"}, "cured a1: power is back"},
	{&SteppedDown{Award: 1, Quantity: 16, Terms: terms, Landed: money.Micros(5_000_000, money.USD), Lot: 2},
		"stepped down a1 to 16 as " + written + " landed 5.00 USD, the rest is l2"},
	{&TakenOver{Award: 1, Matter: 2}, "taken over a1 by m2"},
}

func TestEventText(t *testing.T) {
	seen := map[reflect.Type]bool{}
	for _, c := range texts {
		seen[reflect.TypeOf(c.fact)] = true
		if got := (Event{At: noon, Recorded: noon, Fact: c.fact}).String(); got != c.want {
			t.Errorf("%T\ngot  %s\nwant %s", c.fact, got, c.want)
		}
	}
	for name, f := range factNames {
		if !seen[reflect.TypeOf(f)] {
			t.Errorf("no line is tested for %s", name)
		}
	}
}

// What time did at a deadline carries the deadline, wherever it was found; everything else carries no time.
func TestEventTextTime(t *testing.T) {
	for _, c := range texts {
		line := Event{At: noon, Recorded: later, Fact: c.fact}.String()
		if strings.Count(line, " at 2026-03-05T12:00Z") != 1 {
			t.Errorf("%s\nsays not once that it happened at the deadline", line)
		}
		if prefix, _, _ := strings.Cut(line, " at "); !strings.HasPrefix(c.want, prefix) {
			t.Errorf("%s\ndoes not begin like %s", line, c.want)
		}
	}
}

// A reason that a person wrote cannot make two lines of one.
func TestEventTextIsOneLine(t *testing.T) {
	line := Event{Fact: &FellThrough{Award: 1, Reason: "first\nawarded a2 l1\u2028x\ty\x7f"}}.String()
	if want := "fell through a1: first awarded a2 l1 x y "; line != want {
		t.Errorf("got  %q\nwant %q", line, want)
	}
}
