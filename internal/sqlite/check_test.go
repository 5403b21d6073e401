package sqlite

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"firstlook/calendar"
	"firstlook/internal/journal"
)

var (
	flipRounds = flag.Int("flip.rounds", 40, "how many damaged files are opened")
	flipSeed   = flag.Uint64("flip.seed", 0, "seed of the damage; 0 for a new one")
)

// damageable makes a journal with every table in use, closed and wholly in firstlook.db.
func damageable(t *testing.T) (dir string, want string) {
	dir = filepath.Join(t.TempDir(), "data")
	s := openWith(t, dir, Options{fold: 100})
	for i := range int64(500) {
		w := journal.Write{Stream: journal.Stream(fmt.Sprint("need/", i%20)), Expect: i / 20, Key: fmt.Sprint("k", i), Recorded: calendar.Earliest + calendar.Instant(i),
			Actor: "openai", Kind: "events", Body: fmt.Appendf(nil, `[{"type":"a","at":"2026-03-02T12:00:00Z","text":%q}]`, strings.Repeat("x", int(i*37%400)))}
		if i%3 == 0 {
			w.Due = calendar.Earliest + calendar.Instant(i)
		}
		if _, err := s.Append(t.Context(), w); err != nil {
			t.Fatal(err)
		}
	}
	want = content(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, want
}

// content is what a journal says: its records, heads and keys.
func content(t *testing.T, s *Store) string {
	t.Helper()
	var b bytes.Buffer
	records, err := s.ReadAll(t.Context(), 0, 10_000)
	if err != nil {
		t.Fatalf("read all: %v", err)
	}
	for i := range records {
		found, ok, err := s.ByKey(t.Context(), records[i].Key)
		if err != nil {
			t.Fatalf("by key: %v", err)
		}
		fmt.Fprintln(&b, records[i].Hash, ok, found.Position)
	}
	heads, err := s.Streams(t.Context(), "")
	if err != nil {
		t.Fatalf("streams: %v", err)
	}
	fmt.Fprintln(&b, heads)
	for _, h := range heads {
		records, err := s.Read(t.Context(), h.Stream, 0)
		if err != nil {
			t.Fatalf("read: %v", err)
		}
		fmt.Fprintln(&b, h.Stream, len(records))
	}
	return b.String()
}

// TestDamagedPage flips bytes of one page of a journal, again and again. Each time the damage is told when the journal is opened: it is
// refused, or it can be read and takes no records. Where neither happens the damage hit nothing that is used: the journal says
// what it said, and the log at most has a tile that its audit finds.
func TestDamagedPage(t *testing.T) {
	t.Parallel()
	seed := *flipSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("go test ./internal/sqlite -run TestDamagedPage -flip.rounds %d -flip.seed %d", *flipRounds, seed)
	random := rand.New(rand.NewPCG(seed, 0))
	dir, want := damageable(t)
	whole, err := os.ReadFile(filepath.Join(dir, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	told := map[string]int{}
	for round := range *flipRounds {
		damaged := bytes.Clone(whole)
		first := random.IntN(len(whole)/page) * page
		for range 1 + random.IntN(64) {
			damaged[first+random.IntN(page)] ^= byte(1 + random.IntN(255))
		}
		folder := filepath.Join(t.TempDir(), "data")
		if err := errors.Join(os.Mkdir(folder, 0o700), os.WriteFile(filepath.Join(folder, databaseName), damaged, 0o600)); err != nil {
			t.Fatal(err)
		}
		told[openDamaged(t, folder, want, fmt.Sprintf("round %d, page %d", round, first/page))]++
	}
	t.Logf("%d files: %v", *flipRounds, told)
	if told["refused"] == 0 || told["takes no records"] == 0 {
		t.Errorf("of %d damaged files: %v", *flipRounds, told)
	}
}

// openDamaged opens a damaged journal and says what came of it.
func openDamaged(t *testing.T, dir, want, where string) string {
	t.Helper()
	s, err := Open(dir, Options{})
	if err != nil {
		var corrupt *journal.Corrupt
		var fault *journal.Fault
		if !errors.As(err, &fault) || fault.Remedy == "" {
			t.Errorf("%s: no remedy: %v", where, err)
		}
		if !errors.As(err, &corrupt) && !errors.Is(err, ErrForeign) && !errors.Is(err, ErrNewer) {
			t.Errorf("%s: refused with %v", where, err)
		}
		return "refused"
	}
	defer s.Close()
	_, err = s.Append(context.Background(), journal.Write{Stream: "need/new", Recorded: calendar.Earliest, Kind: "k"})
	if err != nil {
		if !errors.As(err, new(*journal.Corrupt)) || !strings.Contains(err.Error(), "firstlook restore") {
			t.Errorf("%s: append: %v", where, err)
		}
		return "takes no records"
	}
	heads, err := s.Streams(t.Context(), "need/new")
	if err != nil || len(heads) != 1 {
		t.Errorf("%s: the new stream: %v %v", where, heads, err)
	}
	_, err = journal.Verify(t.Context(), s)
	if err != nil {
		t.Errorf("%s: nothing was told, and the journal is damaged: %v", where, err)
	}
	if got := content(t, s); !sameBut(got, want) {
		t.Errorf("%s: nothing was told, and the journal says something else", where)
	}
	return "nothing of use was hit"
}

// sameBut compares two contents but for the record that was added.
func sameBut(got, want string) bool {
	lines := map[string]bool{}
	for line := range strings.Lines(got) {
		lines[line] = true
	}
	for line := range strings.Lines(want) {
		if !strings.HasPrefix(line, "[") && !lines[line] {
			return false
		}
	}
	return true
}

// A journal that is too large to be checked at once opens, and the damage is told a moment later.
func TestDamageInALargeFile(t *testing.T) {
	t.Parallel()
	dir, _ := damageable(t)
	execute(t, dir, "UPDATE page SET records = zeroblob(length(records)) WHERE first = (SELECT min(first) FROM page)")
	s := openWith(t, dir, Options{whole: 1})
	for range 12_000 {
		if s.Damage() != nil {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	var corrupt *journal.Corrupt
	_, err := s.Append(t.Context(), journal.Write{Stream: "need/new", Recorded: calendar.Earliest, Kind: "k"})
	if !errors.As(err, &corrupt) || corrupt.Position != 1 || !strings.Contains(err.Error(), "firstlook restore") {
		t.Errorf("append: %v", err)
	}
	if r, err := s.Read(t.Context(), "need/7", 20); err != nil || len(r) == 0 {
		t.Errorf("what is not damaged: %v %v", r, err)
	}
}

// A journal of the first schema, which had no transparency log, opens and has one.
func TestMigration(t *testing.T) {
	t.Parallel()
	dir, want := damageable(t)
	s := openTest(t, dir)
	v, err := s.Log().View()
	if err != nil {
		t.Fatal(err)
	}
	size := v.Size()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// Step 2 added two tables and an index, so without them this is what step 1 left.
	execute(t, dir, "DROP TABLE tile; DROP TABLE log; PRAGMA user_version = 1")
	s = openTest(t, dir)
	if content(t, s) != want {
		t.Error("the journal changed")
	}
	v, err = s.Log().View()
	if err != nil || v.Size() != size {
		t.Fatalf("the log has %d leaves, want %d, %v", v.Size(), size, err)
	}
	if f, err := v.Audit(t.Context()); f != nil || err != nil {
		t.Errorf("the log: %v %v", f, err)
	}
}
