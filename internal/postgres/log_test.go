package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"firstlook/calendar"
	"firstlook/internal/journal"
	"firstlook/internal/translog"
)

// some is the n-th record of a stream. Its events make leaves of their own.
func some(stream string, n int64) journal.Write {
	return journal.Write{Stream: journal.Stream(stream), Expect: n - 1, Key: fmt.Sprint(stream, "#", n), Recorded: calendar.Earliest + calendar.Instant(n), Actor: "openai",
		Kind: "events", Body: fmt.Appendf(nil, `[{"type":"a","at":"2026-03-02T12:00:00Z","n":%d},{"type":"b","at":"2026-03-02T12:00:00Z","of":%q}]`, n, stream)}
}

func fill(t *testing.T, s journal.Store, stream string, from, to int64) {
	t.Helper()
	for n := from; n <= to; n++ {
		if _, err := s.Append(context.WithoutCancel(t.Context()), some(stream, n)); err != nil {
			t.Errorf("append %s %d: %v", stream, n, err)
			return
		}
	}
}

// sound makes every leaf of the log again and compares.
func sound(t *testing.T, s *Store) *translog.View {
	t.Helper()
	v, err := s.Log().View()
	if err != nil {
		t.Fatal(err)
	}
	if f, err := v.Audit(t.Context()); err != nil || f != nil {
		t.Fatalf("the log does not follow from the records: %v %v", f, err)
	}
	return v
}

// Three replicas grow one log beside each other, over tiles of two levels; each has the same root, and so has one that is opened later.
func TestLogOfReplicas(t *testing.T) {
	t.Parallel()
	url := server.URL()
	replicas := []*Store{openTest(t, url, Options{}), openTest(t, url, Options{Batch: 7}), openTest(t, url, Options{})}
	var wg sync.WaitGroup
	for i, s := range replicas {
		for j := range 6 {
			wg.Go(func() { fill(t, s, fmt.Sprintf("need/%d-%d", i, j), 1, 60) })
		}
	}
	wg.Wait()
	want := sound(t, replicas[0])
	if want.Size() < 3*6*60 {
		t.Fatalf("the log has %d leaves", want.Size())
	}
	for i, s := range append(replicas, openTest(t, url, Options{})) {
		v := sound(t, s)
		if v.Root() != want.Root() || v.Size() != want.Size() {
			t.Errorf("replica %d: %d leaves, root %x, want %d, %x", i, v.Size(), v.Root(), want.Size(), want.Root())
		}
		proof, err := v.Consistency(t.Context(), 777)
		if err != nil || len(proof) == 0 {
			t.Errorf("replica %d: no proof of consistency: %v", i, err)
		}
		if at, err := v.Index(t.Context(), 500); err != nil || at <= 0 {
			t.Errorf("replica %d: record 500 at leaf %d, %v", i, at, err)
		}
	}
}

// What the database forbids by mistake can be done on purpose by its owner, and is found: a record changed behind the last full tile
// when the store is opened, which then takes no records; any other by the audit.
func TestTampering(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sql     string
		refuses bool
	}{
		"a late record":    {"UPDATE record SET body = 'x' WHERE position = 299", true},
		"an early record":  {"UPDATE record SET body = 'x' WHERE position = 3", false},
		"the last hash":    {"UPDATE journal SET hash = sha256('x')", true},
		"the edge":         {"UPDATE journal SET edge = sha256('x')", true},
		"the last is gone": {"DELETE FROM record WHERE position = 300", true},
		"a tile is gone":   {"DELETE FROM tile WHERE level = 0 AND n = 0", true},
	} {
		t.Run(name, func(t *testing.T) {
			url := server.URL()
			s := openTest(t, url, Options{})
			fill(t, s, "need/a", 1, 300)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			c0, err := pgx.ConnectConfig(t.Context(), s.config)
			if err != nil {
				t.Fatal(err)
			}
			defer c0.Close(context.Background())
			if strings.Contains(c.sql, " record ") {
				if _, err := c0.Exec(t.Context(), c.sql); err == nil || !strings.Contains(err.Error(), "not changed and not shortened") {
					t.Errorf("by mistake: %v", err)
				}
			}
			if _, err := c0.Exec(t.Context(), "ALTER TABLE record DISABLE TRIGGER record_stays"); err != nil {
				t.Fatal(err)
			}
			if _, err := c0.Exec(t.Context(), c.sql); err != nil {
				t.Fatal(err)
			}
			s = openTest(t, url, Options{})
			_, err = s.Append(t.Context(), some("need/b", 1))
			var corrupt *journal.Corrupt
			if errors.As(err, &corrupt) != c.refuses {
				t.Errorf("append: %v", err)
			}
			if c.refuses {
				return
			}
			v, err := s.Log().View()
			if err != nil {
				t.Fatal(err)
			}
			if f, err := v.Audit(t.Context()); err != nil || f == nil || f.Position != 3 {
				t.Errorf("the audit finds %v, %v", f, err)
			}
			if _, err := journal.Verify(t.Context(), s); !errors.As(err, &corrupt) || corrupt.Position != 3 {
				t.Errorf("the chain: %v", err)
			}
		})
	}
}

// A database that was set back to an older state while a replica ran is noticed at its next append.
func TestSetBack(t *testing.T) {
	t.Parallel()
	s := openTest(t, server.URL(), Options{})
	fill(t, s, "need/a", 1, 5)
	c, err := pgx.ConnectConfig(t.Context(), s.config)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	for _, sql := range []string{"ALTER TABLE record DISABLE TRIGGER record_stays", "DELETE FROM record WHERE position = 5",
		"UPDATE journal SET position = 4, hash = (SELECT hash FROM record WHERE position = 4)", "UPDATE stream SET version = 4, head = 4"} {
		if _, err := c.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	_, err = s.Append(t.Context(), some("need/a", 5))
	var corrupt *journal.Corrupt
	if !errors.As(err, &corrupt) {
		t.Errorf("append: %v", err)
	}
}
