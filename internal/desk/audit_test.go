package desk_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"firstlook/internal/desk"
	"firstlook/internal/journal"
	"firstlook/internal/journal/memory"
	"firstlook/internal/lawcheck"
	"firstlook/internal/pricebook"
	"firstlook/right"
)

// A record whose bytes are whole and whose folding is sound may still break the law: an audit says so and changes nothing.
func TestAuditNamesViolations(t *testing.T) {
	ctx := context.Background()
	const histories = "../../testdata/histories"
	text, err := os.ReadFile(filepath.Join(histories, "agreements", "match.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		file      string
		invariant string
		event     int
	}{
		{"I1/good-match-lapse.json", "", 0},
		{"I1/bad-award-while-the-window-runs.json", lawcheck.I1, 14},
		{"I2/bad-lapse-before-the-deadline.json", lawcheck.I2, 14},
		{"I5/bad-signed-outside-the-cap.json", lawcheck.I5, 18},
	} {
		store := memory.New()
		d, err := desk.Open(ctx, store, &handClock{at(t, "2026-03-01T00:00Z")}, desk.Tables{Throughput: pricebook.EmbeddedThroughputs()[0]})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.AddAgreement(ctx, "match.yaml", text); err != nil {
			t.Fatal(err)
		}
		record(t, store, filepath.Join(histories, c.file))
		one, err := d.Audit(ctx, "n1")
		if err != nil {
			t.Fatal(err)
		}
		if len(one.Faults) > 0 {
			t.Errorf("%s: faults %v, want none", c.file, one.Faults)
		}
		switch {
		case c.invariant == "" && len(one.Violations) > 0:
			t.Errorf("%s: %v, want no violation", c.file, one.Violations)
		case c.invariant != "" && (len(one.Violations) == 0 || one.Violations[0].Invariant != c.invariant || one.Violations[0].Event != c.event):
			t.Errorf("%s: %v, want %s at event %d", c.file, one.Violations, c.invariant, c.event)
		}
		if again, err := d.Audit(ctx, "n1"); err != nil || again.Records != 1 || again.Digest != one.Digest {
			t.Errorf("%s: the audit changed the record: %+v, %v", c.file, again, err)
		}
	}
}

// record writes a history into a store as one record, as another writer would have.
func record(t *testing.T, store journal.Store, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	events, err := right.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	body, err := right.Encode(events)
	if err != nil {
		t.Fatal(err)
	}
	last := events[len(events)-1]
	if _, err := store.Append(context.Background(), journal.Write{Stream: "need/n1", Recorded: last.Recorded, Kind: "events", Body: body}); err != nil {
		t.Fatal(err)
	}
}
