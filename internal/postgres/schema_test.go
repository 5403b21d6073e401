package postgres

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"firstlook/internal/journal"
)

// A journal of each older schema opens, has what it had, and goes on.
func TestMigration(t *testing.T) {
	t.Parallel()
	url := server.URL()
	s := openTest(t, url, Options{})
	fill(t, s, "need/a", 1, 300)
	root := sound(t, s).Root()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := pgx.ConnectConfig(t.Context(), s.config)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	// Step 2 added one table and nothing else, so without it this is what step 1 left.
	for _, sql := range []string{"DROP TABLE lease", "DELETE FROM schema_step WHERE step = 2"} {
		if _, err := c.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if m, err := Migrate(t.Context(), url); err != nil || m != (Migrated{1, 2}) {
		t.Fatalf("migrated %v, %v", m, err)
	}
	if m, err := Migrate(t.Context(), url); err != nil || m != (Migrated{2, 2}) {
		t.Fatalf("migrated again %v, %v", m, err)
	}
	s = openTest(t, url, Options{})
	if sound(t, s).Root() != root {
		t.Error("the log's root changed")
	}
	fill(t, s, "need/a", 301, 310)
	if held, err := s.Claim(t.Context(), "x", time.Minute); !held || err != nil {
		t.Errorf("a lease: %v %v", held, err)
	}
}

// Replicas that are started at once on a new database make one journal.
func TestOpenAtOnce(t *testing.T) {
	t.Parallel()
	url := server.URL()
	var wg sync.WaitGroup
	stores := make([]*Store, 6)
	for i := range stores {
		wg.Go(func() {
			s, err := Open(context.Background(), url, Options{})
			if err != nil {
				t.Error(err)
				return
			}
			stores[i] = s
		})
	}
	wg.Wait()
	for _, s := range stores {
		if s == nil {
			t.FailNow()
		}
		mine, _ := s.LogSecret(t.Context())
		if first, _ := stores[0].LogSecret(t.Context()); mine != first {
			t.Error("two secrets")
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	c, err := pgx.Connect(t.Context(), server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	foreign, newer := server.URL(), server.URL()
	if s := openTest(t, newer, Options{}); s.Close() != nil {
		t.Fatal("close")
	}
	name := func(url string) string { return url[strings.LastIndex(url, "=")+1:] }
	for _, sql := range []string{"CREATE SCHEMA " + name(foreign), "CREATE TABLE " + name(foreign) + ".theirs (x int)",
		"INSERT INTO " + name(newer) + ".schema_step (step) VALUES (1000)"} {
		if _, err := c.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	base := server.URL()
	for what, x := range map[string]struct {
		url  string
		want error
		says string
	}{
		"another program's": {foreign, ErrForeign, "holds tables"},
		"a newer one":       {newer, ErrNewer, "newer version"},
		"no database":       {strings.Replace(base, "/postgres?", "/nothere?", 1), nil, "create the database"},
		"no server":         {"postgres://u:very-secret@127.0.0.1:1/x", nil, "cannot be reached"},
		"no URL":            {"postgres://u:very-secret@[::1/x", nil, "cannot be read"},
		"two schemas":       {base + ",public", nil, "one schema"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		_, err := Open(ctx, x.url, Options{})
		cancel()
		var fault *journal.Fault
		if !errors.As(err, &fault) || x.want != nil && !errors.Is(err, x.want) || !strings.Contains(err.Error(), x.says) || fault.Remedy == "" {
			t.Errorf("%s: %v", what, err)
		}
		if err != nil && strings.Contains(err.Error(), "very-secret") {
			t.Errorf("%s: the password is shown: %v", what, err)
		}
	}
}
