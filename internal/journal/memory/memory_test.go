package memory_test

import (
	"testing"

	"firstlook/internal/journal"
	"firstlook/internal/journal/journaltest"
	"firstlook/internal/journal/memory"
)

func TestStore(t *testing.T) {
	journaltest.Run(t, func(t *testing.T) (journal.Store, func() journal.Store) {
		s := memory.New()
		t.Cleanup(func() { s.Close() })
		return s, func() journal.Store {
			s = s.Reopen()
			return s
		}
	})
}
