package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"firstlook/calendar"
	"firstlook/internal/journal"
	"firstlook/internal/journal/memory"
	"firstlook/internal/outbox"
)

// What was recorded before a pass was cut off is not done again.
func TestCutOffInMidPass(t *testing.T) {
	s := memory.New()
	for i := range int64(3) {
		if _, err := s.Append(t.Context(), journal.Write{Stream: "need/a", Expect: i, Recorded: calendar.Earliest, Kind: "k"}); err != nil {
			t.Fatal(err)
		}
	}
	b := outbox.New(s, func(_ context.Context, r journal.Record) ([]outbox.Act, error) {
		return []outbox.Act{{Key: fmt.Sprint("k", r.Position), Recipient: "x"}}, nil
	}, func() calendar.Instant { return calendar.Earliest })
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	err := b.Deliver(ctx, func(context.Context, *outbox.Act) error {
		if n++; n == 2 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err := b.Deliver(t.Context(), func(context.Context, *outbox.Act) error { return nil }); err != nil {
		t.Fatal(err)
	}
	r, err := s.Read(t.Context(), "outbox/x", 0)
	if err != nil || len(r) != 3 {
		for i := range r {
			t.Logf("%s", r[i].Body)
		}
		t.Fatalf("%d records of 3 acts, %v", len(r), err)
	}
}
