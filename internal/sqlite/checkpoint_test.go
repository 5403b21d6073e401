package sqlite

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"firstlook/calendar"
	"firstlook/internal/journal"
)

// The write-ahead log is copied into the database while the store is open, long before SQLite would do so within a commit.
func TestCheckpointBesideTheWriter(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	body := bytes.Repeat([]byte("a"), 128<<10)
	for i := range int(checkpointAfter)/len(body) + 1 {
		w := journal.Write{Stream: journal.Stream(fmt.Sprint("need/n", i)), Recorded: calendar.From(time.Now()), Actor: "acme", Kind: "events", Body: body}
		if _, err := s.Append(t.Context(), w); err != nil {
			t.Fatal(err)
		}
	}
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		f, err := os.Stat(filepath.Join(dir, databaseName))
		if err != nil {
			t.Fatal(err)
		}
		if f.Size() >= checkpointAfter {
			return
		}
		if time.Since(began) > time.Minute {
			t.Fatalf("the database has %d bytes of the %d that were written", f.Size(), checkpointAfter)
		}
	}
}
