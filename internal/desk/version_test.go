package desk_test

import (
	"errors"
	"testing"

	"firstlook/internal/desk"
	"firstlook/internal/journal/memory"
	"firstlook/internal/pricebook"
	"firstlook/right"
)

// A command for a version of a need is not recorded behind another one, also where another desk on the same record made that.
func TestDoAt(t *testing.T) {
	ctx, clock, store := t.Context(), &handClock{at(t, "2026-03-02T12:00Z")}, memory.New()
	one := openOn(t, store, clock, func(s string) string { return s })
	two, err := desk.Open(ctx, store, clock, desk.Tables{Throughput: pricebook.EmbeddedThroughputs()[0]})
	if err != nil {
		t.Fatal(err)
	}
	withdraw := right.Command{By: "acme-labs", Ask: right.Withdraw{Reason: "postponed"}}
	receipt := right.Command{By: "contoso-cloud", Ask: right.Receipt{Matter: 1}}

	seen, err := two.Version(ctx, "n1")
	if err != nil || seen == 0 {
		t.Fatalf("version %d, %v", seen, err)
	}
	if _, err := one.Do(ctx, "n1", receipt, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := two.DoAt(ctx, "n1", seen, withdraw, ""); !errors.Is(err, desk.ErrMoved) {
		t.Errorf("for version %d once the other desk recorded: %v, want %v", seen, err, desk.ErrMoved)
	}
	now, err := two.Version(ctx, "n1")
	if err != nil || now != seen+1 {
		t.Fatalf("version %d, %v; want %d: what was for another version left no record", now, err, seen+1)
	}
	var no *right.Refusal
	if _, err := two.DoAt(ctx, "n1", now, withdraw, ""); err != nil && !errors.As(err, &no) {
		t.Errorf("for version %d: %v", now, err)
	}
}
