package sqlite

import (
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"firstlook/internal/journal"
)

// TestDiskFails lets writing to the log fail for another reason than a full disk: the process may not make files
// longer. The store stops writing, reads on, and has lost nothing when it is opened again.
func TestDiskFails(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir)
	n := int64(0)
	for ; n < 5; n++ {
		if err := add(s, "need/a", n, 1000); err != nil {
			t.Fatal(err)
		}
	}
	log, err := os.Stat(filepath.Join(dir, databaseName+"-wal"))
	if err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	limit := syscall.Rlimit{Cur: uint64(log.Size()) + 20_000, Max: before.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		if err = add(s, "need/a", n, 1000); err == nil {
			n++
		}
	}
	if back := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); back != nil {
		t.Fatal(back)
	}
	var f *journal.Fault
	if !errors.As(err, &f) || f.Remedy == "" || n < 6 || n > 100 {
		t.Fatalf("after %d records: %v", n, err)
	}
	if err := add(s, "need/b", 0, 1); !errors.Is(err, ErrStopped) {
		t.Fatalf("the next write: %v", err)
	}
	if r, err := s.Read(t.Context(), "need/a", 0); err != nil || int64(len(r)) != n {
		t.Fatalf("%d records, %v, want %d", len(r), err, n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openTest(t, dir)
	h, err := s.Head(t.Context(), "need/a")
	if err != nil || h.Version < n || h.Version > n+1 || h.Version > n && !f.Unknown {
		t.Fatalf("head %v %v, want %d, or one more if that was not known", h, err, n)
	}
	if err := add(s, "need/b", 0, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := journal.Verify(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}
