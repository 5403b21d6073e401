package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"firstlook/calendar"
	"firstlook/internal/journal"
)

// refusal opens a folder that must be refused, and returns the fault.
func refusal(t *testing.T, dir string) *journal.Fault {
	t.Helper()
	s, err := Open(dir, Options{})
	if err == nil {
		s.Close()
		t.Fatal("it opens")
	}
	var f *journal.Fault
	if !errors.As(err, &f) || f.Remedy == "" {
		t.Fatalf("%v (%T) is no fault with a remedy", err, err)
	}
	return f
}

// add appends a record of so many bytes to a stream.
func add(s *Store, stream journal.Stream, expect int64, size int) error {
	_, err := s.Append(context.Background(), journal.Write{Stream: stream, Expect: expect, Key: fmt.Sprint(stream, expect),
		Recorded: calendar.Earliest, Kind: "k", Body: make([]byte, size)})
	return err
}

func TestFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	openTest(t, dir)
	for name, want := range map[string]fs.FileMode{".": 0o700, databaseName: 0o600, lockName: 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v %v, want %o", name, info.Mode(), err, want)
		}
	}
	refusal(t, filepath.Join(dir, databaseName)) // a file where a folder is wanted
}

func TestLocked(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir)
	f := refusal(t, dir)
	var locked *Locked
	if !errors.As(f, &locked) || locked.PID != os.Getpid() || !strings.Contains(locked.Command, filepath.Base(os.Args[0])) || locked.Dir != dir {
		t.Fatalf("got %v", f)
	}
	if want := fmt.Sprintf("kill %d", os.Getpid()); !strings.Contains(f.Error(), want) {
		t.Errorf("%q does not say %q", f, want)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// What a killed process leaves in the file does not lock.
	if err := os.WriteFile(filepath.Join(dir, lockName), []byte("1\ninit\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	openTest(t, dir)
}

// execute changes a database behind the store's back.
func execute(t *testing.T, dir, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, databaseName))
	if err == nil {
		_, err = db.Exec(statement)
	}
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func TestSchema(t *testing.T) {
	t.Parallel()
	newer, foreign, text, empty := t.TempDir(), t.TempDir(), t.TempDir(), t.TempDir()
	if err := openTest(t, newer).Close(); err != nil {
		t.Fatal(err)
	}
	execute(t, newer, "PRAGMA user_version = 99")
	if f := refusal(t, newer); !errors.Is(f, ErrNewer) || !strings.Contains(f.Error(), "99") {
		t.Errorf("a newer schema: %v", f)
	}
	execute(t, foreign, "CREATE TABLE recipes (name TEXT)")
	file := filepath.Join(foreign, databaseName)
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if f := refusal(t, foreign); !errors.Is(f, ErrForeign) {
		t.Errorf("another program's database: %v", f)
	}
	if after, err := os.ReadFile(file); err != nil || string(after) != string(before) {
		t.Errorf("another program's database was changed (%v)", err)
	}
	if err := os.WriteFile(filepath.Join(text, databaseName), []byte("a shopping list"), 0o600); err != nil {
		t.Fatal(err)
	}
	if f := refusal(t, text); !errors.Is(f, ErrForeign) {
		t.Errorf("a text: %v", f)
	}
	if err := os.WriteFile(filepath.Join(empty, databaseName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := add(openTest(t, empty), "a", 0, 1); err != nil {
		t.Errorf("a file that was made and not yet written: %v", err)
	}
}

// filled makes a closed journal of some pages.
func filled(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	s := openTest(t, dir)
	for i := range int64(100) {
		if err := add(s, "need/a", i, 2000); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestDamaged overwrites parts of the file. Each is found when it is opened or when the journal is verified.
func TestDamaged(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		at   int64
		cut  bool
	}{
		{"the header", 0, false},
		{"the schema", 150, false},
		{"a page in the middle", 100_000, false},
		{"the second half gone", 120_000, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filled(t)
			f, err := os.OpenFile(filepath.Join(dir, databaseName), os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			if c.cut {
				err = f.Truncate(c.at)
			} else {
				_, err = f.WriteAt([]byte(strings.Repeat("\xa5\x5a", 4096)), c.at)
			}
			if err = errors.Join(err, f.Close()); err != nil {
				t.Fatal(err)
			}
			s, err := Open(dir, Options{})
			if err == nil {
				_, err = journal.Verify(t.Context(), s)
				s.Close()
			}
			var corrupt *journal.Corrupt
			if !errors.As(err, &corrupt) && !errors.Is(err, ErrForeign) {
				t.Fatalf("got %v", err)
			}
		})
	}
}

// TestChanged edits rows as somebody would who wants history to read differently.
func TestChanged(t *testing.T) {
	t.Parallel()
	sound := filled(t)
	s := openTest(t, sound)
	if _, err := s.Due(t.Context(), calendar.Latest, 1); err != nil { // folds
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		// Byte 60 and on of a record are its canonical bytes or its body: a flipped letter.
		"UPDATE page SET records = CAST(substr(records, 1, 300) || x'41' || substr(records, 302) AS BLOB) WHERE first = 50",
		"DELETE FROM page WHERE first = 50",
		"DELETE FROM page WHERE first = 1",
		"DELETE FROM page WHERE first = 100",
		"UPDATE page SET first = 1000 WHERE first = 100",
		"UPDATE page SET records = (SELECT records FROM page WHERE first = 51) WHERE first = 50",
		"UPDATE page SET records = x'' WHERE first = 100",
		"UPDATE page SET records = x'ffffffffffffffffff01' WHERE first = 100",
		"UPDATE stream SET version = 99",
		"UPDATE stream SET version = 4611686018427387904",
		"UPDATE stream SET head = 7",
		"DELETE FROM stream",
		"DELETE FROM folded",
		"UPDATE folded SET position = 101",
	} {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(sound)); err != nil {
			t.Fatal(err)
		}
		execute(t, dir, statement)
		s, err := Open(dir, Options{})
		if err == nil {
			if _, err = journal.Verify(t.Context(), s); err == nil {
				_, err = s.Read(t.Context(), "need/a", 0)
			}
			s.Close()
		}
		var corrupt *journal.Corrupt
		if !errors.As(err, &corrupt) {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

// TestFull fills a file that may not grow. The answer is a fault, nothing that was acknowledged is lost, small
// questions still have answers, and writing goes on once there is room.
func TestFull(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{pages: 60})
	if err != nil {
		t.Fatal(err)
	}
	n := int64(0)
	for ; err == nil; n++ {
		err = add(s, "need/a", n, 5000)
	}
	n--
	var f *journal.Fault
	if !errors.As(err, &f) || f.Unknown || !strings.Contains(f.Remedy, "disk space") || n < 10 {
		t.Fatalf("after %d records: %v", n, err)
	}
	if h, err := s.Head(t.Context(), "need/a"); err != nil || h.Version != n {
		t.Fatalf("head %v %v, want %d", h, err, n)
	}
	if r, err := s.Read(t.Context(), "need/a", 0); err != nil || int64(len(r)) != n {
		t.Fatalf("%d records, %v, want %d", len(r), err, n)
	}
	if err := add(s, "need/b", 0, 5000); err == nil {
		t.Fatal("a full file took another record")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openTest(t, dir)
	if err := add(s, "need/a", n, 5000); err != nil { // the same key as the one that was refused
		t.Fatalf("with room again: %v", err)
	}
	if at, err := journal.Verify(t.Context(), s); err != nil || at.Position != n+1 {
		t.Fatalf("verify: %v %v", at, err)
	}
}

// TestSharedHashes lets two keys share a hash.
func TestSharedHashes(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	for i := range int64(40) {
		if err := add(s, "need/a", i, 10); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Due(t.Context(), calendar.Latest, 1); err != nil { // folds
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// Two different keys with the same eight bytes of SHA-256 are hard to find, so the table is told of one: the hash
	// of a key that is not there, at the place of one that is.
	execute(t, s.dir, fmt.Sprintf("INSERT INTO record_key VALUES (%d, 7)", keyHash("fresh")))
	s = openTest(t, s.dir)
	if _, found, err := s.ByKey(t.Context(), "fresh"); found || err != nil {
		t.Fatalf("by key: %v %v", found, err)
	}
	_, err := s.Append(t.Context(), journal.Write{Stream: "need/b", Key: "fresh", Recorded: calendar.Earliest, Kind: "k"})
	if err != nil {
		t.Fatalf("the other key of the hash: %v", err)
	}
	if r, found, err := s.ByKey(t.Context(), "fresh"); !found || err != nil || r.Stream != "need/b" {
		t.Fatalf("by key: %v %v %v", r, found, err)
	}
}

// TestFilter fills it far beyond its size: it may become unsure, but never denies what it holds.
func TestFilter(t *testing.T) {
	t.Parallel()
	f := newFilter(0)
	wrong := 0
	in := make([]int64, 1_000_000)
	for i := range in {
		in[i] = keyHash("in" + strconv.Itoa(i))
		f.add(in[i])
	}
	for i, hash := range in {
		if f.absent(hash) {
			t.Fatalf("key %d is denied", i)
		}
		if i%10 == 0 && !f.absent(keyHash("out"+strconv.Itoa(i))) {
			wrong++
		}
	}
	if wrong > 1000 { // 1 % of the 100,000
		t.Errorf("unsure of %d keys in 100,000", wrong)
	}
	for _, n := range []int64{0, 1, 1 << 20, 1 << 40} {
		if f := newFilter(n); uint64(len(f.bits))*64 != f.mask+1 || f.absent(1) != (n == 0) {
			t.Errorf("a filter for %d entries has %d words, mask %x", n, len(f.bits), f.mask)
		}
	}
}
