// Package journaltest holds the one suite that every [journal.Store] passes. What it checks is what the package
// comment of journal promises, and nothing that one store does beyond it.
package journaltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"firstlook/calendar"
	"firstlook/internal/journal"
)

// Open makes an empty store for one test. Reopen closes the store that was handed out last and opens the same journal
// again. Open sees to it that the last one is closed when the test ends.
type Open func(t *testing.T) (s journal.Store, reopen func() journal.Store)

// Run runs the suite.
func Run(t *testing.T, open Open) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Open)
	}{
		{"empty", testEmpty},
		{"versions and positions", testVersions},
		{"conflicts", testConflicts},
		{"duplicates", testDuplicates},
		{"refusals record nothing", testRefusalsRecordNothing},
		{"malformed", testMalformed},
		{"limits", testLimits},
		{"values", testValues},
		{"large bodies", testLargeBodies},
		{"bytes are not shared", testBytesNotShared},
		{"reading", testReading},
		{"streams by prefix", testStreams},
		{"deadlines", testDeadlines},
		{"reopening", testReopen},
		{"many streams and a long journal", testLong},
		{"closed", testClosed},
		{"chain", testChain},
		{"one stream, many writers", testOneStream},
		{"many streams, many writers", testManyStreams},
		{"one key, many writers", testOneKey},
		{"readers beside writers", testReadersBesideWriters},
		{"ended context", testEndedContext},
		{"context that ends during the call", testContextDuring},
		{"closing beside writers", testCloseDuring},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open) })
	}
}

// noon is when everything here happens.
var noon = calendar.From(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))

// write is a plain write that differs from others in its stream, version and key.
func write(s journal.Stream, expect int64, key string) journal.Write {
	return journal.Write{Stream: s, Expect: expect, Key: key, Recorded: noon, Actor: "openai", Kind: "need.submitted",
		Body: fmt.Appendf(nil, `{"stream":%q,"after":%d}`, s, expect)}
}

// withDue returns w with a deadline.
func withDue(w journal.Write, due calendar.Instant) journal.Write {
	w.Due = due
	return w
}

// must appends and returns the record.
func must(t *testing.T, s journal.Store, w journal.Write) journal.Record {
	t.Helper()
	r, err := s.Append(t.Context(), w)
	if err != nil {
		t.Fatalf("append %s after %d: %v", w.Stream, w.Expect, err)
	}
	return r
}

// same fails the test if two answers differ.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) { // the difference is slow to find in megabytes
		t.Fatalf("%s (-want +got):\n%s", what, cmp.Diff(want, got))
	}
}

// ok returns a function that fails the test on an error and else returns the answer.
func ok[T any](t *testing.T, what string) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		return v
	}
}

// all reads the whole journal, page by page.
func all(t *testing.T, s journal.Store) []journal.Record {
	t.Helper()
	var out []journal.Record
	for {
		var after int64
		if n := len(out); n > 0 {
			after = out[n-1].Position
		}
		page := ok[[]journal.Record](t, "read all")(s.ReadAll(context.WithoutCancel(t.Context()), after, 1000))
		if len(page) == 0 {
			return out
		}
		out = append(out, page...)
	}
}

// whole checks what holds for every journal at every time: positions and versions without gaps, no key twice, each
// stream as long as its head says and its records those of the journal, and an unbroken chain. It returns the records.
func whole(t *testing.T, s journal.Store) []journal.Record {
	t.Helper()
	ctx := t.Context()
	records := all(t, s)
	streams := map[journal.Stream][]journal.Record{}
	keys := map[string]int64{}
	for i, r := range records {
		if r.Position != int64(i)+1 {
			t.Fatalf("record %d has position %d", i+1, r.Position)
		}
		if r.Key != "" {
			if at := keys[r.Key]; at != 0 {
				t.Fatalf("key %q is at positions %d and %d", r.Key, at, r.Position)
			}
			keys[r.Key] = r.Position
		}
		streams[r.Stream] = append(streams[r.Stream], r)
		if r.Version != int64(len(streams[r.Stream])) {
			t.Fatalf("position %d is version %d of %s, want %d", r.Position, r.Version, r.Stream, len(streams[r.Stream]))
		}
	}
	heads := ok[[]journal.Head](t, "streams")(s.Streams(ctx, ""))
	if len(heads) != len(streams) {
		t.Fatalf("%d heads for %d streams", len(heads), len(streams))
	}
	for _, h := range heads {
		same(t, "head of "+string(h.Stream), ok[journal.Head](t, "head")(s.Head(ctx, h.Stream)), h)
		same(t, "records of "+string(h.Stream), ok[[]journal.Record](t, "read")(s.Read(ctx, h.Stream, 0)), streams[h.Stream])
	}
	at, err := journal.Verify(ctx, s)
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	if at.Position != int64(len(records)) {
		t.Fatalf("verify ended at %d of %d", at.Position, len(records))
	}
	return records
}

// answered reports whether w is among the records, once, as written.
func answered(records []journal.Record, w journal.Write) bool {
	n := 0
	for _, r := range records {
		if r.Key == w.Key && r.Stream == w.Stream && r.Version == w.Expect+1 && bytes.Equal(r.Body, w.Body) {
			n++
		}
	}
	return n == 1
}

// refused fails the test unless err is an E, and returns it.
func refused[E error](t *testing.T, err error) E {
	t.Helper()
	var e E
	if !errors.As(err, &e) {
		t.Fatalf("got %v (%T), want a %T", err, err, e)
	}
	return e
}
