package agreement_test

import (
	"path/filepath"
	"strings"
	"testing"

	"firstlook/agreement"
)

// Every kind and every modifier reads, leaves nothing open but where the file is there to show that, and is said in words.
func TestKinds(t *testing.T) {
	said := map[agreement.Kind]bool{}
	for _, file := range glob(t, "testdata/kinds/*.yaml", 4) {
		base := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(base, func(t *testing.T) {
			a, findings, err := agreement.Check(file, read(t, file))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range findings {
				t.Errorf("finding: %s", f)
			}
			if n := len(a.Unspecified()); (n > 0) != (base == "left-open") {
				t.Errorf("%d parameters are left open: %v", n, a.Unspecified())
			}
			for i := range a.Clauses {
				said[a.Clauses[i].Kind] = true
			}
			golden(t, filepath.Join("testdata", "kinds", base+".golden"), agreement.Describe(a, 0).String())
		})
	}
	for _, k := range agreement.Kinds[:10] {
		if !said[k] {
			t.Errorf("no file shows %s", k)
		}
	}
}

// bareKinds has one clause of each kind that is run, with nothing said but what must be.
const bareKinds = `agreement: x
title: X
grantor: a
direction: buys
parties: [{id: a, name: A}, {id: b, name: B}, {id: c, name: C}]
triggers: [{id: e, description: E, certified_by: [b]}]
clauses:
  - {id: call, kind: first_call, cite: s, holders: [{holder: b}, {holder: c}]}
  - {id: offer, kind: first_offer, cite: s, holder: b}
  - {id: talks, kind: first_negotiation, cite: s, holder: b}
  - {id: at-once, kind: first_negotiation, cite: s, holder: b, negotiation_from: notice}
  - {id: tranche, kind: pro_rata, cite: s, holders: [{holder: b, share: 50}, {holder: c, share: unspecified}], threshold: unspecified}
  - {id: side-talks, kind: first_negotiation, cite: s, holder: b, shop: open}
  - {id: notice-talks, kind: first_negotiation, cite: s, holder: b, negotiation_from: notice, window: 24 hours, release_on: [declined], release_open: [lapsed, failed]}
  - {id: match, kind: match, cite: s, holder: b}
  - {id: look, kind: last_look, cite: s, holder: b}
  - {id: parity, kind: no_less_favourable, cite: s, holder: b}
  - {id: rescue, kind: step_in, cite: s, holder: b}
  - {id: by-card, kind: step_in, cite: s, holder: b, price: rate_card, rate_card: unspecified}
  - {id: option, kind: call_option, cite: s, holder: b, opens_on: [e]}
`

// What each kind leaves open is listed, each in words of its own; whatever is listed can be determined, after which it is
// listed no more.
func TestDetermineEverything(t *testing.T) {
	a, err := agreement.Parse("x.yaml", []byte(bareKinds))
	if err != nil {
		t.Fatal(err)
	}
	var list strings.Builder
	for _, o := range a.Unspecified() {
		list.WriteString(o.String() + "\n")
	}
	golden(t, filepath.Join("testdata", "kinds", "unspecified.golden"), list.String())

	values := map[string]string{
		"form": "grantors_terms", "package": "severable", "price": "rate_card", "rate_card": "{H100: 2.10 USD}", "information": "{effect: toll, extension: 12 hours}",
		"notice": "{content: [quantity], channel: email, clock: complete, deemed: {email: 24 hours}}", "window": "{length: 5 days, zone: UTC, at: end_of_day, before_start: true}",
		"material_change": `{tolerances: {quantity: "5"}}`, "silence": "lapse", "negotiation": "{length: 2 months, zone: UTC, at: \"17:00\"}", "partial": "allowed", "match": "{rule: identical, substitutions: [cash]}",
		"counter": "right_spent", "metric": "price", "margin": "0", "allocation": "pro_rata", "oversubscription": "allowed", "response": "24 hours", "response_silence": "rejected", "release_on": "[declined]",
		"tail": "{length: 720 hours, cap: none}", "reopen": "[fell_through]", "survival": "run_off", "threshold": "{quantity: 64}", "share": "20",
	}
	for i := range a.Clauses {
		c := &a.Clauses[i]
		for steps := 0; ; steps++ {
			one := agreement.Agreement{Clauses: []agreement.Clause{*c}}
			open := one.Unspecified()
			if len(open) == 0 {
				break
			}
			key, _, _ := strings.Cut(open[0].Param, ".")
			if values[key] == "" || steps > len(values) {
				t.Fatalf("%s: %s is not determined", c.Ref, open[0].Param)
			}
			if c, err = c.With(key, values[key]); err != nil {
				t.Fatalf("%s: %v", open[0].Clause, err)
			}
		}
	}
}

// A determination is checked as a file is, and says what to write.
func TestDetermineChecks(t *testing.T) {
	a, err := agreement.Parse("x.yaml", []byte(bareKinds))
	if err != nil {
		t.Fatal(err)
	}
	clause := func(id string) *agreement.Clause {
		c, ok := a.Clause(agreement.Ref{Agreement: "x", Clause: agreement.ClauseID(id), Version: 1})
		if !ok {
			t.Fatalf("no clause %s", id)
		}
		return c
	}
	for _, c := range []struct{ clause, param, value, want string }{
		{"match", "window", "10 days", "counted in no zone"},
		{"match", "window", "{length: 10 days, zone: UTC}", "close at no time of day"},
		{"match", "window", "{length: 10 business_days, zone: UTC, at: end_of_day}", "need a calendar"},
		{"match", "window", "{length: 10 hours, cutoff: \"12:00\"}", "to which cutoff means nothing"},
		{"match", "release_on", "[outbid]", "that needs kind: last_look"},
		{"match", "tail", "{length: 720 hours, cap: proposed_by_grantor}", "nothing is negotiated"},
		{"match", "tail", "{length: 720 hours, cap: none, exact: true}", "no cap that exact"},
		{"match", "tail", "{length: 720 hours, cap: noticed, cap_for: 30 days}", "counted in no zone"},
		{"match", "notice", "{content: [quantity], lead: 60 days}", "counted in no zone"},
		{"call", "notice", "{within: 20 hours}", "notices no offer"},
		{"match", "reopen", "[]", "the list is empty"},
		{"match", "ceiling", "{over: 2026-01-01..}", "quantity"},
		{"match", "share", "20", `a match has no parameter "share"`},
		{"tranche", "share", "60", "with those that are stated the shares come to 110%"},
		{"call", "allocation", "pro_rata_capped", "the holders have none"},
		{"side-talks", "tail", "{length: 720 hours, cap: none}", "releases nothing"},
		{"at-once", "window", "unspecified", "cannot be told from none"},
		{"match", "negotiation", "10 hours", `a match has no parameter "negotiation"`},
		{"match", "appraised", "2.10 USD", `a match has no parameter "appraised"`},
		{"match", "information", "{effect: none, requests: 1}", "means nothing"},
		{"match", "match", "{rule: npv_equivalent}", "needs the rate"},
		{"talks", "tail", "{length: 720 hours, cap: noticed}", "carries no terms"},
		{"talks", "silence", "accept", "no terms that silence could accept"},
		{"at-once", "silence", "lapse", "no window in which the holder answers"},
		{"look", "notice", "{content: [price], channel: desk, clock: sent}", "never be complete"},
		{"call", "allocation", "by_rank", "the text gives the holders no ranks"},
		{"match", "allocation", "pro_rata", "has one holder"},
		{"parity", "rate_card", "none", "nothing that a rival's terms"},
		{"notice-talks", "negotiation", "12 hours", "longer than the window"},
		{"rescue", "price", "dear", "use as_awarded, rate_card, appraised or lower"},
		{"rescue", "appraised", "2", "2.10 USD"},
		{"tranche", "holders", "[{holder: b, share: 70}, {holder: c, share: 40}]", "the shares come to 110%"},
	} {
		if _, err := clause(c.clause).With(c.param, c.value); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %s: %s: %v, want %q", c.clause, c.param, c.value, err, c.want)
		}
	}
	with, err := clause("rescue").With("appraised", "2.10 USD")
	if err != nil || !with.Process.Appraised.Given || with.Process.Appraised.Value.String() != "2.10 USD" {
		t.Errorf("appraised: %v, %v", with, err)
	}
	if before := clause("rescue"); before.Process.Appraised.Given {
		t.Error("the clause itself changed")
	}
	with, err = clause("notice-talks").With("release_on", "[declined, lapsed]")
	if err != nil || len(with.Process.ReleaseOn.Value) != 2 || with.Process.ReleaseOpen != nil {
		t.Errorf("release_on: %v, %v", with, err)
	}
	with, err = clause("tranche").With("share", "0")
	if err != nil || !with.Process.Share.Given || clause("tranche").Process.Share.Given {
		t.Errorf("share: %v, %v", with, err)
	}
	with, err = clause("match").With("holders", "[{holder: c, rank: 2}, {holder: b, rank: 1}]")
	if err == nil {
		t.Errorf("ranks without allocation: %+v", with.Holders)
	}
}

// A change of any modifier is seen, and read in words; where the text was in force, it may not be changed but by an amendment.
func TestDiffOfModifiers(t *testing.T) {
	diffOf(t, "buys", [][2]string{
		{"challenge: {length: 10 business_days", "challenge: {length: 20 business_days"},
		{"conditions: [certified-rating]", "conditions: [certified-rating, abandoned]"},
		{"term_days: 30, amount: 1000000 USD", "amount: 2000000 USD"},
		{`cutoff: "12:00", inclusive: true`, `roll: forward`},
		{"information: {effect: restart, requests: 1}", "information: {effect: toll, extension: 48 hours, requests: 3}"},
		{"extension: by_agreement", "extension: by_grantor"},
		{"by: [acme, northwind], at_most: 30 days", "by: [northwind]"},
		{"then: step_down", "then: reopen"},
		{"cap: proposed_by_grantor", "cap: proposed_by_holder"},
		{`{holder: contoso, share: "35"}, {holder: fabrikam, share: "25"}`, `{holder: fabrikam, share: "60"}`},
		{"oversubscription: allowed", "oversubscription: unspecified"},
		{"rate_limit: {notices: 4, per: 30 days}", "rate_limit: {notices: 1, per: 2 weeks}"},
		{"{holder: fabrikam, rank: 2}", "{holder: fabrikam, rank: 3}"},
		{"truncate: [start, clause_end]", "truncate: [start]"},
		{`material_change: {tolerances: {price: "1", quantity: "5"}}`, "material_change: any"},
		{"package: whole_package", "package: unspecified"},
		{"substitutions: [cash, finders_fees]", "substitutions: [cash]"},
		{"over: exercise, within: {length: 5 days, zone: UTC, at: end_of_day}, silence: refused", "over: exercise"},
		{"    assignees: [panel]\n", ""},
		{"reveals: [counterparty, losing_offers]", "reveals: [all_terms]"},
		{"metric: landed_cost\n    margin: \"0\"", "metric: price\n    margin: \"2.5\""},
		{"price: lower", "price: as_awarded"},
		{"opens_on: [abandoned]", "opens_on: [abandoned, certified-rating]"},
		{"    negotiation_from: notice\n", "    window: 24 hours\n    silence: lapse\n"},
	})
}

// The same of the further modifiers, stated and left out.
func TestDiffOfFurtherModifiers(t *testing.T) {
	diffOf(t, "further", [][2]string{
		{"    against: [umbra]\n", "    against: [umbra, fabrikam]\n"},
		{"end: 2026-06-01..2028-06-01", "end: 2026-06-01.."},
		{"    shop: open\n", "    release_on: [failed]\n    release_open: [lapsed]\n    tail: {length: 720 hours, cap: none}\n    reopen: none\n"},
		{", lead: {length: 60 business_days, zone: America/New_York, at: \"17:00\"}", ""},
		{"    unsolicited: told\n", ""},
		{"from: window_end, cap: proposed_by_holder, cap_for: {length: 6 months, zone: UTC, at: end_of_day}", "cap: proposed_by_holder"},
		{"    reopen_window: {length: 30 days, zone: UTC, at: end_of_day}\n", ""},
		{", within: {length: 20 business_days, zone: UTC, at: end_of_day}", ", within: 48 hours"},
		{"package: holders_choice", "package: severable"},
		{"    assignees: any\n    assign_after: true\n", "    assignees: [fabrikam]\n"},
		{"    against: [contoso, umbra]\n    bona_fide: {prepayment: \"5\"}\n", ""},
		{", with: [talks, tranche]", ""},
		{"    ceiling: {quantity: 4096, over: 2026-01-01..2027-01-01}\n", "    threshold: unspecified\n"},
		{"from: notice, cap: noticed, exact: true", "from: start, cap: noticed"},
		{"allocation: pro_rata_capped", "allocation: pro_rata"},
		{"assignees: [umbra]", "assignees: any"},
		{"ceiling: {quantity: 512}", "ceiling: {quantity: 256}"},
		{`holders: [{holder: contoso, share: "40"}]`, "holders: [{holder: contoso, share: unspecified}]"},
		{"cap: none, from: release", "cap: none"}, // which says the same
	})
}

// diffOf changes a file of testdata/kinds, each text in one place, and holds what the comparison says against a golden file.
func diffOf(t *testing.T, name string, edits [][2]string) {
	file := "testdata/kinds/" + name + ".yaml"
	after := string(read(t, file))
	for _, change := range edits {
		if strings.Count(after, change[0]) != 1 {
			t.Fatalf("%q stands %d times", change[0], strings.Count(after, change[0]))
		}
		after = strings.Replace(after, change[0], change[1], 1)
	}
	a := parsed(t, file)
	b, err := agreement.Parse("after.yaml", []byte(after))
	if err != nil {
		t.Fatal(err)
	}
	changes := agreement.Diff(a, b)
	golden(t, filepath.Join("testdata", "kinds", name+"-diff.golden"), changesText(changes))
	for _, c := range changes {
		for _, p := range c.Params {
			if p.Old == p.New {
				t.Errorf("%s: %s: a change without a difference: %q", c.Clause, p.Param, p.Old)
			}
		}
	}
	now := at(t, "2026-06-01")
	if err := a.AmendedBy(b, now); err == nil || !strings.Contains(err.Error(), "reads differently now") {
		t.Errorf("%v", err)
	}
	if err := a.AmendedBy(parsed(t, file), now); err != nil {
		t.Errorf("an unchanged text: %v", err)
	}
}
