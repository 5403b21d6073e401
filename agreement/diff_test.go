package agreement_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"firstlook/agreement"
	"firstlook/calendar"
)

func parsed(t *testing.T, file string) *agreement.Agreement {
	t.Helper()
	a, err := agreement.Parse(file, read(t, file))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func changesText(changes []agreement.Change) string {
	var b strings.Builder
	for i := range changes {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(changes[i].String())
	}
	return b.String()
}

// What changed between texts and instants of the examples is in golden files.
func TestDiff(t *testing.T) {
	history := parsed(t, "../examples/microsoft-openai.yaml")
	day := func(s string) calendar.Instant {
		i, err := calendar.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	for name, changes := range map[string][]agreement.Change{
		"readings":     agreement.Diff(parsed(t, "../examples/jan2025-match.yaml"), parsed(t, "../examples/jan2025-must-use-unless-unable.yaml")),
		"january-2025": agreement.DiffInForce(history, day("2025-01-20"), history, day("2025-01-21")),
		"october-2025": agreement.DiffInForce(history, day("2025-10-27"), history, day("2025-10-28")),
		"april-2026":   agreement.DiffInForce(history, day("2026-04-26"), history, day("2026-04-27")),
		"amendment":    agreement.Diff(parsed(t, "testdata/diff/before.yaml"), parsed(t, "testdata/diff/after.yaml")),
		"backwards":    agreement.Diff(parsed(t, "testdata/diff/after.yaml"), parsed(t, "testdata/diff/before.yaml")),
	} {
		t.Run(name, func(t *testing.T) {
			golden(t, filepath.Join("testdata", "diff", name+".golden"), changesText(changes))
			if _, err := json.Marshal(changes); err != nil {
				t.Error(err)
			}
		})
	}
}

// A text differs from itself in nothing, and from an instant to the same one.
func TestDiffNothing(t *testing.T) {
	for _, file := range append(glob(t, "../examples/*.yaml", 6), glob(t, "testdata/analysis/*.yaml", len(agreement.Codes))...) {
		if strings.HasPrefix(filepath.Base(file), "providers") {
			continue
		}
		a, again := parsed(t, file), parsed(t, file)
		if changes := agreement.Diff(a, again); len(changes) > 0 {
			t.Errorf("%s: %s", file, changesText(changes))
		}
		at := a.Clauses[0].Effective.From
		if changes := agreement.DiffInForce(a, at, again, at); len(changes) > 0 {
			t.Errorf("%s at %s: %s", file, at, changesText(changes))
		}
	}
}
