package agreement_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/strict"
	"firstlook/money"
	"firstlook/party"
)

func example(t *testing.T, name string) *agreement.Agreement {
	t.Helper()
	file := "../examples/" + name + ".yaml"
	a, err := agreement.Parse(file, read(t, file))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func at(t *testing.T, s string) calendar.Instant {
	t.Helper()
	i, err := calendar.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// The four versions of the public agreement: what is in force on the first day of each, and on the day before.
func TestFourVersions(t *testing.T) {
	a := example(t, "microsoft-openai")
	for _, c := range []struct{ day, want string }{
		{"2019-07-21", ""},
		{"2019-07-22", "new-capacity@1 exclusive"},
		{"2025-01-20T23:59Z", "new-capacity@1 exclusive"},
		{"2025-01-21", "new-capacity@2 match, api-exclusivity@1 exclusive, build-approval@1 approval, azure-commitment@1 commitment, revenue-share@1 revenue_share, ip-licence@1 licence"},
		{"2025-10-27T23:59Z", "new-capacity@2 match, api-exclusivity@1 exclusive, build-approval@1 approval, azure-commitment@1 commitment, revenue-share@1 revenue_share, ip-licence@1 licence"},
		{"2025-10-28", "azure-commitment@1 commitment, api-exclusivity@2 exclusive, incremental-commitment@1 commitment, revenue-share@2 revenue_share, ip-licence@2 licence"},
		{"2026-04-27", "azure-commitment@1 commitment, incremental-commitment@1 commitment, product-first@1 first_call, revenue-share@3 revenue_share, ip-licence@3 licence"},
		{"2031-01-01", "incremental-commitment@1 commitment, product-first@1 first_call, ip-licence@3 licence"},
	} {
		var got []string
		for _, cl := range a.InForce(at(t, c.day)) {
			got = append(got, fmt.Sprintf("%s@%d %s", cl.Ref.Clause, cl.Ref.Version, cl.Kind))
		}
		if diff := cmp.Diff(c.want, strings.Join(got, ", ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.day, diff)
		}
	}
	if got := a.Amendments[1].Clauses[0].Ref; got != (agreement.Ref{Agreement: "microsoft-openai", Clause: "api-exclusivity", Version: 2}) {
		t.Errorf("the amendment's own copy is %s", got)
	}
	sum := sha256.Sum256(read(t, "../examples/microsoft-openai.yaml"))
	if a.Hash != hex.EncodeToString(sum[:]) {
		t.Error("the hash is not that of the file")
	}
}

// One clause, every parameter: the file's words arrive in the types.
func TestEveryParameter(t *testing.T) {
	a := example(t, "neutral")
	c, ok := a.Clause(agreement.Ref{Agreement: "acme-northwind", Clause: "right-to-match", Version: 1})
	if !ok {
		t.Fatal("no such clause")
	}
	hours := func(n int) calendar.Rule {
		return calendar.Rule{Length: calendar.Length{N: n, Unit: calendar.Hours}}
	}
	want := agreement.Clause{
		Ref:  agreement.Ref{Agreement: "acme-northwind", Clause: "right-to-match", Version: 1},
		Kind: agreement.Match, Cite: "section 4",
		Text:      "Before Acme accepts another provider's offer of new capacity, Northwind may match it.",
		Effective: calendar.Span{From: at(t, "2026-01-01"), Until: at(t, "2028-01-01")},
		Holder:    "northwind", Priority: 30,
		Scope: agreement.Scope{Tenures: []capacity.Tenure{capacity.New}, Sourcings: []capacity.Sourcing{capacity.Market}, Quantity: agreement.Range{Min: 8}},
		CarveOuts: []agreement.CarveOut{{Name: "evaluation", Cite: "section 4.6",
			Scope: agreement.Scope{Purposes: []capacity.Purpose{capacity.Evaluation}, TermDays: agreement.Range{Max: 30}}}},
		Triggers: []agreement.TriggerID{"spend-reached"},
		Survival: agreement.Given(agreement.RunOff),
		Process: agreement.Process{
			Content:     agreement.Given([]agreement.Item{agreement.ItemQuantity, agreement.ItemAccelerator, agreement.ItemPeriod, agreement.ItemPrice}),
			Delivery:    agreement.Given(agreement.Delivery{Channel: agreement.Desk, Clock: agreement.OnSent}),
			Window:      agreement.Given(hours(48)),
			Information: agreement.Given(agreement.Information{Effect: agreement.EffectNone}), MaterialChange: agreement.Given(agreement.Materiality{}),
			Package: agreement.Given(agreement.Severable),
			Silence: agreement.Given(agreement.SilenceLapses),
			Partial: agreement.Given(agreement.PartialAllowed),
			Match: agreement.Given(agreement.MatchRule{Rule: agreement.IdenticalPrincipal,
				Principal: []agreement.Dimension{agreement.DimPrice, agreement.DimQuantity, agreement.DimStart, agreement.DimDuration}}),
			Counter:   agreement.Given(agreement.CounterContinues),
			ReleaseOn: agreement.Given([]agreement.Outcome{agreement.OnDeclined, agreement.OnLapsed}),
			Tail:      agreement.Given(agreement.Tail{Length: hours(720), Cap: agreement.CapNoticed, Counterparty: true}),
			Reopen:    agreement.Given([]agreement.Reopen{agreement.OnTailOver, agreement.OnFellThrough, agreement.OnMaterialTerm}),
		},
	}
	if diff := cmp.Diff(want, *c, cmp.AllowUnexported(money.Amount{}, money.Rate{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if open := a.Unspecified(); len(open) != 0 {
		t.Errorf("every parameter is given, but %v", open)
	}
}

const bare = `agreement: x
title: X
grantor: a
direction: buys
parties: [{id: a, name: A}, {id: b, name: B}]
clauses:
  - {id: call, kind: first_call, cite: s1, holder: b, effective: ..2030-01-01}
  - {id: offer, kind: first_offer, cite: s2, holder: b}
  - {id: named, kind: first_offer, form: holders_terms, cite: s2, holder: b, notice: unspecified, window: unspecified, tail: unspecified}
  - {id: match, kind: match, cite: s3, holder: b, notice: {content: [price]}}
  - {id: spend, kind: commitment, cite: s4, holder: b, amount: unspecified}
  - {id: share, kind: revenue_share, cite: s5, holder: b, share: 20, over: 2026-01-01..}
  - {id: only, kind: exclusive, cite: s6, holder: b}
amendments:
  - {id: later, title: Later, effective: 2029-01-01, ends: [only]}
`

// A silent text is listed, parameter by parameter, with the decision that stops; nothing gets a default.
func TestUnspecified(t *testing.T) {
	a, err := agreement.Parse("x.yaml", []byte(bare))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range a.Unspecified() {
		got = append(got, o.String())
	}
	want := []string{
		"x/call@1: notice.content: whether a notice under call is complete",
		"x/call@1: notice.clock: what starts the window of call",
		"x/call@1: window: until when the holder of call may answer",
		"x/call@1: information: what a request for information does to the window of call",
		"x/call@1: silence: what silence means when the window of call closes",
		"x/call@1: partial: whether the holder of call may take a part",
		"x/call@1: rate_card: what the holder may charge under call",
		"x/call@1: release_on: whether rivals may be taken once call ends without a supply by the holder",
		"x/call@1: tail: how long, and on which terms, a rival may be taken once call is released",
		"x/call@1: reopen: whether the holder of call is asked again when the tail ends or a rival's award falls through",
		"x/call@1: survival: what becomes of open matters when call ends",
		"x/offer@1: form: on whose terms the first offer of offer is made",
		"x/offer@1: notice.content: whether a notice under offer is complete",
		"x/offer@1: notice.clock: what starts the window of offer",
		"x/offer@1: window: until when the holder of offer may answer",
		"x/offer@1: information: what a request for information does to the window of offer",
		"x/offer@1: material_change: which changes of the noticed terms give a fresh window under offer",
		"x/offer@1: silence: what silence means when the window of offer closes",
		"x/offer@1: partial: whether the holder of offer may take a part",
		"x/offer@1: match: whether an answer to offer is on the noticed terms",
		"x/offer@1: counter: whether other terms proposed under offer spend the right",
		"x/offer@1: release_on: whether rivals may be taken once offer ends without a supply by the holder",
		"x/offer@1: tail: how long, and on which terms, a rival may be taken once offer is released",
		"x/offer@1: reopen: whether the holder of offer is asked again when the tail ends or a rival's award falls through",
		"x/named@1: notice.content: whether a notice under named is complete",
		"x/named@1: notice.clock: what starts the window of named",
		"x/named@1: window: until when the holder of named may answer",
		"x/named@1: information: what a request for information does to the window of named",
		"x/named@1: silence: what silence means when the window of named closes",
		"x/named@1: partial: whether the holder of named may take a part",
		"x/named@1: response: until when the grantor may respond to the terms named under named",
		"x/named@1: response_silence: what the grantor's silence on the terms named under named means",
		"x/named@1: release_on: whether rivals may be taken once named ends without a supply by the holder",
		"x/named@1: tail: how long, and on which terms, a rival may be taken once named is released",
		"x/named@1: reopen: whether the holder of named is asked again when the tail ends or a rival's award falls through",
		"x/match@1: package: what becomes of an offer that packs capacity in the scope of match with other capacity",
		"x/match@1: notice.clock: what starts the window of match",
		"x/match@1: window: until when the holder of match may answer",
		"x/match@1: information: what a request for information does to the window of match",
		"x/match@1: material_change: which changes of the noticed terms give a fresh window under match",
		"x/match@1: silence: what silence means when the window of match closes",
		"x/match@1: partial: whether the holder of match may take a part",
		"x/match@1: match: whether an answer to match is on the noticed terms",
		"x/match@1: counter: whether other terms proposed under match spend the right",
		"x/match@1: release_on: whether rivals may be taken once match ends without a supply by the holder",
		"x/match@1: tail: how long, and on which terms, a rival may be taken once match is released",
		"x/match@1: reopen: whether the holder of match is asked again when the tail ends or a rival's award falls through",
		"x/spend@1: amount: how much spend spend promises",
		"x/spend@1: over: over which time spend is counted",
		"amendment later: transition: what becomes of matters that are open when amendment later takes effect",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What may be right but deserves a look is a finding, and the agreement is sound.
func TestFindings(t *testing.T) {
	text := strings.Replace(bare, "clauses:\n", `calendars:
  - {name: us, version: "1", weekend: [sunday, saturday], from: 2026-01-01, until: 2026-12-31, holidays: [2026-12-25, 2026-07-03]}
clauses:
  - {id: days, kind: match, cite: s7, holder: b, effective: 2025-06-01..2027-06-01, calendar: us, window: {length: 5 business_days, zone: UTC, at: 17:00}}
`, 1) + `  - id: again
    title: Again
    effective: 2029-06-01
    clauses: [{id: matsh, kind: match, cite: s8, holder: b}]
`
	a, findings, err := agreement.Check("x.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := `x.yaml:9:95: clauses[0].calendar: calendar us lists holidays for 2026-01-01 to 2026-12-31, the clause runs 2025-06-01..2027-06-01; a deadline outside those days stops until the calendar has a version that reaches it
x.yaml:22:20: amendments[1].clauses[0].id: adds the new clause matsh beside match of the same kind; if the next version of match is meant, use its id`
	if diff := cmp.Diff(want, findings.Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	cal, _ := a.Calendar("us")
	if !slices.IsSortedFunc(cal.Holidays, func(x, y calendar.Date) int { return strings.Compare(x.String(), y.String()) }) {
		t.Errorf("holidays are not sorted: %v", cal.Holidays)
	}
	for day, want := range map[string]bool{"2026-12-25": false, "2026-07-03": false, "2026-07-04": false, "2026-07-05": false, "2026-07-06": true} {
		d, err := calendar.ParseDate(day)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := cal.Business(d); err != nil || got != want {
			t.Errorf("%s: business day %v, %v", day, got, err)
		}
	}
}

// At any instant a clause has one text or none, whatever the amendments, and the file's order of amendments changes nothing.
func TestVersionsAreDisjoint(t *testing.T) {
	const runs = 300
	sound := 0
	for seed := range uint64(runs) {
		rng := rand.New(rand.NewPCG(seed, 1))
		head := "agreement: x\ntitle: X\ngrantor: a\ndirection: buys\nparties: [{id: a, name: A}, {id: b, name: B}]\nclauses:\n"
		for i := range 3 {
			head += fmt.Sprintf("  - {id: c%d, kind: exclusive, cite: s, holder: b, effective: 2020-01-0%d..}\n", i, 1+rng.IntN(9))
		}
		var amendments []string
		for i := range 1 + rng.IntN(5) {
			from := at(t, "2021-01-01").Time().AddDate(i, rng.IntN(11), 0)
			text := fmt.Sprintf("  - id: a%d\n    title: A\n    effective: %s\n", i, from.Format("2006-01-02"))
			var clauses, ends string
			for c := range 4 {
				switch rng.IntN(4) {
				case 0:
					clauses += fmt.Sprintf("      - {id: c%d, kind: exclusive, cite: s, holder: b}\n", c)
				case 1:
					later := from.AddDate(0, 0, rng.IntN(400))
					clauses += fmt.Sprintf("      - {id: c%d, kind: exclusive, cite: s, holder: b, effective: %s..%s}\n", c, later.Format("2006-01-02"), later.AddDate(0, 1+rng.IntN(30), 0).Format("2006-01-02"))
				case 2:
					if c < 3 && ends == "" {
						ends = fmt.Sprintf("    ends: [c%d]\n", c)
					}
				}
			}
			if clauses != "" {
				text += "    clauses:\n" + clauses
			}
			if clauses+ends == "" {
				continue
			}
			amendments = append(amendments, text+ends)
		}
		if len(amendments) == 0 {
			continue
		}
		a, err := agreement.Parse("x.yaml", []byte(head+"amendments:\n"+strings.Join(amendments, "")))
		if err != nil {
			continue // an end after an end, a version that begins too early: refused, which is what keeps spans disjoint
		}
		sound++
		slices.Reverse(amendments)
		b, err := agreement.Parse("x.yaml", []byte(head+"amendments:\n"+strings.Join(amendments, "")))
		if err != nil {
			t.Fatalf("seed %d: in reverse order: %v", seed, err)
		}
		if diff := cmp.Diff(a.Clauses, b.Clauses, cmp.AllowUnexported(money.Amount{}, money.Rate{})); diff != "" {
			t.Fatalf("seed %d: the order of amendments in the file matters:\n%s", seed, diff)
		}
		for i, x := range a.Clauses {
			for _, y := range a.Clauses[:i] {
				if x.Ref.Clause == y.Ref.Clause && (x.Ref.Version == y.Ref.Version || x.Effective.Overlaps(y.Effective)) {
					t.Fatalf("seed %d: %s %s overlaps %s %s", seed, x.Ref, x.Effective, y.Ref, y.Effective)
				}
			}
		}
	}
	if sound < runs/5 {
		t.Errorf("only %d of %d random agreements are sound: the test shows little", sound, runs)
	}
}

// The example in the package comment is an agreement.
func TestPackageComment(t *testing.T) {
	source := string(read(t, "doc.go"))
	begin := strings.Index(source, "//\tagreement: ")
	end := strings.Index(source, "// # Clauses")
	if begin < 0 || end < begin {
		t.Fatal("doc.go has no example")
	}
	text := regexp.MustCompile(`(?m)^//\t?`).ReplaceAllString(source[begin:end], "")
	a, findings, err := agreement.Check("doc.go", []byte(text))
	if err != nil || len(findings) > 0 {
		t.Fatalf("%v, findings %v", err, findings)
	}
	if open := a.Unspecified(); len(open) != 1 || open[0].Param != "reopen" {
		t.Errorf("open: %v", open)
	}
}

// Describe at an instant keeps to what is in force, and its data form survives JSON.
func TestDescribeAt(t *testing.T) {
	a := example(t, "microsoft-openai")
	d := agreement.Describe(a, at(t, "2025-06-01"))
	if len(d.Clauses) != 6 || d.Clauses[0].Clause.Version != 2 {
		t.Errorf("%d clauses", len(d.Clauses))
	}
	if text := d.String(); !strings.Contains(text, "in force at 2025-06-01T00:00Z\n") || strings.Contains(text, "product-first") {
		t.Errorf("described:\n%s", text)
	}
	before := agreement.Describe(a, at(t, "2000-01-01"))
	if !strings.Contains(before.String(), "No clause is in force.") {
		t.Error(before.String())
	}
	raw, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var back agreement.Description
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, back); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var out bytes.Buffer
	if n, err := d.WriteTo(&out); err != nil || int(n) != out.Len() || out.String() != d.String() {
		t.Errorf("wrote %d bytes, %v", n, err)
	}
}

// Each assumption of each example is printed with the sentence that rests on it, and never twice for a parameter of its own.
func TestEveryAssumptionIsSaid(t *testing.T) {
	for _, name := range []string{"microsoft-openai", "jan2025-match", "jan2025-first-choice", "jan2025-priority-access", "jan2025-must-use-unless-unable"} {
		a := example(t, name)
		d := agreement.Describe(a, 0)
		for i, c := range a.Clauses {
			said := map[string]bool{}
			for _, l := range d.Clauses[i].Lines {
				for _, as := range l.Assumed {
					said[as.Param] = true
				}
				if strings.HasPrefix(l.Text, "The value of ") {
					t.Errorf("%s: no sentence speaks of %s", c.Ref, l.Topic)
				}
			}
			for _, as := range c.Assumed {
				if !said[as.Param] {
					t.Errorf("%s: the assumption about %s is not said", c.Ref, as.Param)
				}
			}
		}
	}
}

// The four readings differ in the right, and in nothing else.
func TestReadingsDifferInTheRightOnly(t *testing.T) {
	rest := func(a *agreement.Agreement) []agreement.Clause {
		var out []agreement.Clause
		for _, c := range a.Clauses {
			if c.Ref.Clause != "new-capacity" {
				c.Ref.Agreement = ""
				out = append(out, c)
			}
		}
		return out
	}
	first := example(t, "jan2025-match")
	kinds := map[string]bool{}
	for _, name := range []string{"jan2025-match", "jan2025-first-choice", "jan2025-priority-access", "jan2025-must-use-unless-unable"} {
		a := example(t, name)
		if a.Reading == "" || a.Grantor != party.ID("openai") {
			t.Errorf("%s: reading %q, grantor %s", name, a.Reading, a.Grantor)
		}
		if diff := cmp.Diff(rest(first), rest(a), cmp.AllowUnexported(money.Amount{}, money.Rate{})); diff != "" {
			t.Errorf("%s (-match +got):\n%s", name, diff)
		}
		right := a.Clauses[0]
		kinds[fmt.Sprint(right.Kind, right.Process.Form.Value, right.Process.ReleaseOn.Value)] = true
	}
	if len(kinds) != 4 {
		t.Errorf("readings that are alike: %v", kinds)
	}
}

func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"../examples/*.yaml", "../testdata/agreements/broken/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := agreement.ParseProviders("f.yaml", data); err != nil {
			inPlace(t, err)
		}
		a, _, err := agreement.Check("f.yaml", data)
		if err != nil {
			inPlace(t, err)
			return
		}
		for _, c := range a.Clauses {
			if c.Effective.From.IsSet() && c.Effective.Until.IsSet() && c.Effective.Until <= c.Effective.From {
				t.Fatalf("%s is in force %s", c.Ref, c.Effective)
			}
		}
		a.Unspecified()
		if agreement.Describe(a, 0).String() == "" {
			t.Fatal("a sound agreement says nothing")
		}
	})
}

func inPlace(t *testing.T, err error) {
	t.Helper()
	var problems strict.Problems
	if !errors.As(err, &problems) || len(problems) == 0 {
		t.Fatalf("%T: %v", err, err)
	}
	for _, p := range problems {
		if p.Line < 1 || p.Column < 1 || p.Message == "" {
			t.Fatalf("a problem without its place: %+v", p)
		}
	}
}
