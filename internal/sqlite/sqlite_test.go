package sqlite

import (
	"testing"

	"firstlook/internal/journal"
	"firstlook/internal/journal/journaltest"
)

// openTest opens a folder and closes it when the test ends.
func openTest(t *testing.T, dir string) *Store { return openWith(t, dir, Options{}) }

func openWith(t *testing.T, dir string, o Options) *Store {
	t.Helper()
	s, err := Open(dir, o)
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

// suite runs the suite of all stores.
func suite(t *testing.T, o Options) {
	journaltest.Run(t, func(t *testing.T) (journal.Store, func() journal.Store) {
		dir := t.TempDir()
		s := openWith(t, dir, o)
		return s, func() journal.Store {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = openWith(t, dir, o)
			return s
		}
	})
}

func TestStore(t *testing.T) {
	t.Parallel()
	suite(t, Options{})
}

// TestStoreNarrow folds all the time and commits little at once, so that every record is met on both sides of the
// watermark and callers wait for room.
func TestStoreNarrow(t *testing.T) {
	t.Parallel()
	suite(t, Options{Queue: 3, Batch: 5, fold: 7})
}
