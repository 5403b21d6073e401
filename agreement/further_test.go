package agreement_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/money"
	"firstlook/party"
)

// The words of the further modifiers arrive in the types.
func TestFurtherParameters(t *testing.T) {
	a := parsed(t, "testdata/kinds/further.yaml")
	process := func(id agreement.ClauseID) agreement.Process {
		c, ok := a.Clause(agreement.Ref{Agreement: "further", Clause: id, Version: 1})
		if !ok {
			t.Fatalf("no clause %s", id)
		}
		return c.Process
	}
	length := func(n int, unit calendar.Unit) calendar.Length { return calendar.Length{N: n, Unit: unit} }
	at17, _ := calendar.ParseClock("17:00")
	talks, after, tranche := process("talks"), process("after-talks"), process("tranche")
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"a lead is counted back", talks.NoticeLead, calendar.Rule{Length: length(60, calendar.BusinessDays), Zone: "America/New_York", At: at17, BeforeStart: true}},
		{"a window from the notice", []any{talks.FromNotice, talks.Window.Given, talks.Unsolicited}, []any{true, true, true}},
		{"a tail", talks.Tail.Value, agreement.Tail{Length: calendar.Rule{Length: length(12, calendar.Months), Zone: "UTC", At: calendar.EndOfDay}, Cap: agreement.CapHolderProposed,
			From: agreement.FromWindowEnd, CapFor: calendar.Rule{Length: length(6, calendar.Months), Zone: "UTC", At: calendar.EndOfDay}}},
		{"a second window", talks.ReopenWindow, agreement.Given(calendar.Rule{Length: length(30, calendar.Days), Zone: "UTC", At: calendar.EndOfDay})},
		{"what an offer is due within", after.NoticeWithin, calendar.Rule{Length: length(20, calendar.BusinessDays), Zone: "UTC", At: calendar.EndOfDay}},
		{"exactly the cap", []any{after.Tail.Value.Exact, after.Tail.Value.From}, []any{true, agreement.FromNotice}},
		{"nothing reopens", after.Reopen, agreement.Given([]agreement.Reopen{})},
		{"anybody, also later", []any{after.AnyAssignee, after.AssignAfter, after.Assignees}, []any{true, true, []party.ID(nil)}},
		{"rivals", after.Against, []party.ID{"contoso", "umbra"}},
		{"a prepayment", after.BonaFide.String(), "5%"},
		{"a limit of several clauses", after.RateLimit, &agreement.RateLimit{Notices: 2, Per: length(30, calendar.Days), With: []agreement.ClauseID{"talks", "tranche"}}},
		{"a ceiling", after.Ceiling, &agreement.Ceiling{Quantity: 4096, Over: calendar.Span{From: at(t, "2026-01-01"), Until: at(t, "2027-01-01")}}},
		{"a package", after.Package, agreement.Given(agreement.HoldersChoice)},
		{"an allocation", process("next-to-talks").Allocation, agreement.Given(agreement.ProRataCapped)},
		{"a list of assignees", []any{process("next-to-talks").AnyAssignee, process("next-to-talks").Assignees}, []any{false, []party.ID{"umbra"}}},
		{"an open shop", process("side-talks").Shop, agreement.MayShop},
		{"from the release is no other start", tranche.Tail.Value.From, agreement.TailStart("")},
		{"no second window", tranche.ReopenWindow.Given, false},
	} {
		if diff := cmp.Diff(c.want, c.got, cmp.AllowUnexported(money.Amount{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.what, diff)
		}
	}
	talksAt, _ := a.Clause(agreement.Ref{Agreement: "further", Clause: "side-talks", Version: 1})
	if want := (calendar.Span{From: at(t, "2026-06-01"), Until: at(t, "2028-06-01")}); talksAt.Scope.End != want {
		t.Errorf("the end is %s", talksAt.Scope.End)
	}
}

// What a text leaves open is so only where the file says it, and a person determines it.
func TestLeftOpen(t *testing.T) {
	a := parsed(t, "testdata/kinds/left-open.yaml")
	c, _ := a.Clause(agreement.Ref{Agreement: "left-open", Clause: "tranche", Version: 1})
	if !c.Threshold.Open || !c.Holders[0].Open || c.Holders[0].Share != 0 || c.Holders[1].Open {
		t.Errorf("%+v, %+v", c.Threshold, c.Holders)
	}
	for _, d := range [][2]string{{"threshold", "{quantity: 8}"}, {"share", "30"}, {"release_on", "[declined, lapsed]"}} {
		next, err := c.With(d[0], d[1])
		if err != nil {
			t.Fatal(err)
		}
		one := agreement.Agreement{Clauses: []agreement.Clause{*next}}
		for _, o := range one.Unspecified() {
			if o.Param == d[0] {
				t.Errorf("%s is determined, and still open", d[0])
			}
		}
		c = next
	}
	if c.Threshold.Open || c.Threshold.Quantity != 8 || c.Process.Share.Value.String() != "30%" || c.Process.ReleaseOpen != nil {
		t.Errorf("%+v", c)
	}
	sells, _ := a.Clause(agreement.Ref{Agreement: "left-open", Clause: "buy-or-sell", Version: 1})
	if sells.Process.Alternative != agreement.AlternativeSell || sells.Threshold.Open || sells.Threshold != (agreement.Threshold{}) {
		t.Errorf("%+v", sells)
	}
}

// A cap that comes from a negotiation which no clause of the agreement gives deserves a look; it may stand in another agreement.
func TestCapOfAnotherNegotiation(t *testing.T) {
	file := "testdata/kinds/further.yaml"
	text := string(read(t, file))
	without := strings.Replace(text, "    holder: northwind\n    priority: 2\n", "    holder: contoso\n    priority: 2\n", 1)
	if without == text {
		t.Fatal("the file has changed")
	}
	_, findings, err := agreement.Check(file, []byte(without))
	if err != nil || len(findings) != 1 || !strings.Contains(findings[0].String(), "gives a holder of this one a negotiation") {
		t.Errorf("%v, %v", findings, err)
	}
}
