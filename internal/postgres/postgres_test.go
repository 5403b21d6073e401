package postgres

import (
	"fmt"
	"os"
	"testing"

	"firstlook/internal/journal"
	"firstlook/internal/journal/journaltest"
	"firstlook/internal/postgres/postgrestest"
)

// server is the one that all tests of the package share; each has a schema of its own.
var server *postgrestest.Server

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "firstlook-postgres-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		if server, err = postgrestest.Start(dir, "max_connections = 400"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer server.Stop()
		return m.Run()
	}())
}

func openTest(t *testing.T, url string, o Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func suite(t *testing.T, o Options) {
	journaltest.Run(t, func(t *testing.T) (journal.Store, func() journal.Store) {
		url := server.URL()
		s := openTest(t, url, o)
		return s, func() journal.Store {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = openTest(t, url, o)
			return s
		}
	})
}

func TestStore(t *testing.T) {
	t.Parallel()
	suite(t, Options{})
}

// TestStoreNarrow commits little at once, so that callers wait for room.
func TestStoreNarrow(t *testing.T) {
	t.Parallel()
	suite(t, Options{Queue: 3, Batch: 5, Readers: 2})
}

func TestShared(t *testing.T) {
	t.Parallel()
	journaltest.RunShared(t, func(t *testing.T) func() journal.Shared {
		url := server.URL()
		return func() journal.Shared { return openTest(t, url, Options{}) }
	})
}
