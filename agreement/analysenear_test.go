package agreement_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"firstlook/agreement"
)

// near is an agreement with some clauses; $process stands for the parameters of a right of contoso that nothing is open in.
func near(t *testing.T, clauses string) *agreement.Agreement {
	t.Helper()
	text := `agreement: near
title: Near misses
grantor: acme
direction: buys
parties:
  - {id: acme, name: Acme, zone: UTC}
  - {id: northwind, name: Northwind, zone: UTC}
  - {id: contoso, name: Contoso, zone: UTC}
triggers:
  - {id: spent, description: "The spend is reached.", certified_by: [acme]}
  - {id: found, description: "A panel found it.", certified_by: [acme, northwind]}
clauses:
` + strings.ReplaceAll(clauses, "$process", `cite: "1", effective: 2026-01-01..2028-01-01, holder: contoso, survival: run_off, silence: lapse, partial: allowed, `+
		`notice: {content: [quantity], channel: desk, clock: sent}, information: {effect: none}, release_on: [declined, lapsed], reopen: [fell_through]`)
	a, err := agreement.Parse("near.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// What decides by a hair: each case names every finding, and none where there is none.
func TestNearMisses(t *testing.T) {
	const call = `{id: call, kind: first_call, $process, rate_card: none, window: 24 hours, tail: {length: %d hours, cap: none}}`
	const match = `{id: match, kind: match, $process, material_change: any, package: severable, match: {rule: identical}, counter: window_continues, window: 72 hours, tail: {length: %d hours, cap: noticed}}`
	const other = `cite: "2", effective: 2026-01-01..2028-01-01, holder: northwind, survival: run_off, silence: lapse, partial: allowed, ` +
		`notice: {content: [quantity], channel: desk, clock: sent}, information: {effect: none}, release_on: [declined, lapsed], reopen: [fell_through]`
	const takeover = `{id: rescue, kind: step_in, cite: "3", effective: 2026-01-01..2028-01-01, holder: contoso, survival: run_off, silence: lapse, partial: allowed, window: 24 hours, ` +
		`price: as_awarded, notice: {content: [quantity], channel: desk, clock: sent}, information: {effect: none}}`
	for name, c := range map[string]struct {
		clauses []string
		want    []string
	}{
		"a step-in under an exclusivity of its holder that an event ends is reached after it": {[]string{
			`{id: all, kind: exclusive, cite: "1", holder: contoso, triggers: [spent]}`, takeover}, nil},
		"a step-in under one that nothing ends is idle":                    {[]string{`{id: all, kind: exclusive, cite: "1", holder: contoso}`, takeover}, []string{"warning takeover-idle rescue all"}},
		"a step-in under an exclusivity that its holder shares is reached": {[]string{`{id: all, kind: exclusive, cite: "1", holders: [{holder: contoso}, {holder: northwind}]}`, takeover}, nil},
		"a step-in under an exclusivity that waits for an event is reached before it": {[]string{
			`{id: all, kind: exclusive, cite: "1", holder: contoso, conditions: [found]}`, takeover}, nil},
		"an exclusivity that a holder of the right shares hides nothing": {[]string{
			`{id: all, kind: exclusive, cite: "1", holders: [{holder: contoso}, {holder: northwind}]}`, fmt.Sprintf(match, 720)}, nil},
		"what the grantor and another may certify, and what may be challenged, is not one-sided": {[]string{`{id: all, kind: exclusive, cite: "1", holder: contoso, conditions: [found], forfeiture: {triggers: [spent], challenge: 24 hours}}`}, nil},
		"a forfeiture that the grantor certifies alone":                                          {[]string{`{id: all, kind: exclusive, cite: "1", holder: contoso, forfeiture: {triggers: [spent]}}`}, []string{"warning one-sided-event all"}},
		"two holders of the whole package": {[]string{
			strings.Replace(fmt.Sprintf(match, 720), "severable", "whole_package", 1),
			strings.NewReplacer("severable", "whole_package", "id: match", "id: other, priority: 2").Replace(strings.Replace(fmt.Sprintf(match, 720), "$process", other, 1))},
			[]string{"warning package-conflict match other"}},
		"two holders of what is severable": {[]string{fmt.Sprintf(match, 720),
			strings.NewReplacer("id: match", "id: other, priority: 2").Replace(strings.Replace(fmt.Sprintf(match, 720), "$process", other, 1))}, nil},
		"an approval that a trigger ends leaves the clause something": {[]string{
			`{id: api, kind: exclusive, cite: "1", holder: northwind, scope: {classes: [api]}}`,
			`{id: free, kind: approval, cite: "2", holder: northwind, triggers: [spent], disapplies: [api]}`}, nil},
		"an approval that ends with the clause leaves nothing": {[]string{
			`{id: api, kind: exclusive, cite: "1", holder: northwind, triggers: [spent], scope: {classes: [api]}}`,
			`{id: free, kind: approval, cite: "2", holder: northwind, triggers: [spent], disapplies: [api]}`}, []string{"error set-aside api free"}},
		"a need below the threshold shows nothing": {[]string{
			`{id: api, kind: exclusive, cite: "1", holder: northwind, scope: {classes: [api]}}`,
			`{id: call, kind: first_call, $process, threshold: {quantity: 128}, rate_card: none, window: 24 hours, tail: {length: 720 hours, cap: none}}`},
			[]string{"warning right-under-exclusivity call api"}},
		"a threshold above the exclusivity keeps the two apart": {[]string{
			`{id: api, kind: exclusive, cite: "1", holder: northwind, scope: {quantity: "..127"}}`,
			`{id: call, kind: first_call, $process, threshold: {quantity: 128}, rate_card: none, window: 24 hours, tail: {length: 720 hours, cap: none}}`}, nil},
		"an exclusivity that a trigger ends hides a right for a time only": {[]string{
			`{id: all, kind: exclusive, cite: "1", holder: northwind, triggers: [spent]}`, fmt.Sprintf(match, 720)},
			[]string{"warning right-under-exclusivity match all"}},
		"an exclusivity that nothing ends hides a right for ever": {[]string{
			`{id: all, kind: exclusive, cite: "1", holder: northwind}`, fmt.Sprintf(match, 720)},
			[]string{"error right-under-exclusivity match all"}},
		"a match that ends with the exclusivity of its holder is idle": {[]string{
			`{id: all, kind: exclusive, cite: "1", holder: contoso}`, fmt.Sprintf(match, 720)}, []string{"warning match-idle match all"}},
		"a match that outlives it is not": {[]string{
			`{id: all, kind: exclusive, cite: "1", holder: contoso, triggers: [spent]}`, fmt.Sprintf(match, 720)}, nil},
		"two rights of other priority are meant": {[]string{
			fmt.Sprintf(call, 720), strings.Replace(fmt.Sprintf(call, 720), "id: call", "id: other, priority: 1", 1)}, nil},
		"two rights of one priority are not": {[]string{
			fmt.Sprintf(call, 720), strings.Replace(fmt.Sprintf(call, 720), "id: call", "id: other", 1)}, []string{"warning duplicate call other"}},
		// The call is released for 73 hours: one for the round, 72 for the match. At that instant it is over.
		"a release that ends with the last window": {[]string{fmt.Sprintf(call, 73), fmt.Sprintf(match, 25)}, []string{"error reoffer-circle call match"}},
		"a release that outlives it by an hour":    {[]string{fmt.Sprintf(call, 74), fmt.Sprintf(match, 25)}, nil},
		"a match that stays released meanwhile":    {[]string{fmt.Sprintf(call, 73), fmt.Sprintf(match, 26)}, nil},
		"exclusivities that follow each other": {[]string{
			`{id: old, kind: exclusive, cite: "1", holder: northwind, effective: 2026-01-01..2027-01-01}`,
			`{id: new, kind: exclusive, cite: "2", holder: contoso, effective: 2027-01-01..2028-01-01}`}, nil},
		"exclusivities that share an instant": {[]string{
			`{id: old, kind: exclusive, cite: "1", holder: northwind, effective: "2026-01-01..2027-01-01T00:00:00.000001Z"}`,
			`{id: new, kind: exclusive, cite: "2", holder: contoso, effective: 2027-01-01..2028-01-01}`}, []string{"error exclusive-conflict old new"}},
		"a start on the last instant": {[]string{
			`{id: old, kind: exclusive, cite: "1", holder: northwind, effective: 2026-01-01..2027-01-01, scope: {start: "..2026-01-01T00:00:00.000001Z"}}`}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			a := near(t, "  - "+strings.Join(c.clauses, "\n  - ")+"\n")
			var got []string
			findings := agreement.Analyse(a)
			for i := range findings {
				f := &findings[i]
				line := string(f.Severity) + " " + string(f.Code)
				for _, ref := range f.Clauses {
					line += " " + string(ref.Clause)
				}
				got = append(got, line)
				checkExample(t, a, f)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}
