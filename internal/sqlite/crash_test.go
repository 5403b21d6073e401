package sqlite

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"firstlook/calendar"
	"firstlook/internal/journal"
)

var (
	crashRounds = flag.Int("crash.rounds", 30, "how often the writer is killed")
	crashSeed   = flag.Uint64("crash.seed", 0, "seed of the crash test; 0 for a new one")
)

// crashDir makes this program the writer that is killed, in the folder that it names.
const crashDir = "FIRSTLOOK_CRASH_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		fmt.Fprintln(os.Stderr, crashWriter(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// crashStreams is how many goroutines write, each to a stream of its own.
const crashStreams = 12

// crashWrite is the record of a stream at a version. All about it follows from those two, so that the parent knows what
// a key stands for; the deadline is gone after every third.
func crashWrite(stream int, version int64) journal.Write {
	w := journal.Write{
		Stream: journal.Stream(fmt.Sprint("need/", stream)), Expect: version - 1, Key: fmt.Sprintf("%d/%d", stream, version),
		Recorded: calendar.Earliest, Actor: "openai", Kind: "k", Body: make([]byte, int(version)*997%3000),
	}
	if version%3 != 0 {
		w.Due = calendar.Earliest + calendar.Instant(version*100+int64(stream))
	}
	return w
}

// crashWriter goes on from what it finds until it is killed. It prints each key once its record is acknowledged.
func crashWriter(dir string) error {
	s, err := Open(dir, Options{fold: 200})
	if err != nil {
		return err
	}
	var mu sync.Mutex
	say := func(key string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Println(key) // one write each, not buffered
	}
	failed := make(chan error)
	for stream := range crashStreams {
		go func() { failed <- crashStream(s, stream, say) }()
	}
	go func() { // and one that asks for what makes the tail fold
		for {
			if _, _, err := s.NextDue(context.Background()); err != nil {
				failed <- err
			}
			time.Sleep(3 * time.Millisecond)
		}
	}()
	return <-failed
}

func crashStream(s *Store, stream int, say func(key string)) error {
	ctx := context.Background()
	h, err := s.Head(ctx, crashWrite(stream, 1).Stream)
	if err != nil {
		return err
	}
	for version := h.Version + 1; ; version++ {
		w := crashWrite(stream, version)
		if _, err := s.Append(ctx, w); err != nil {
			return err
		}
		say(w.Key)
	}
}

// TestCrash kills writers again and again, each in one folder. After each time the journal is whole: every record that was
// acknowledged is there exactly once, positions have no gaps, the chain holds, and deadlines are those of the records. The
// lock of the killed process is gone.
func TestCrash(t *testing.T) {
	seed := *crashSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("go test ./internal/sqlite -run TestCrash -crash.rounds %d -crash.seed %d", *crashRounds, seed)
	for folder := range min(crashFolders, *crashRounds) {
		t.Run(strconv.Itoa(folder), func(t *testing.T) {
			t.Parallel()
			crashAgain(t, (*crashRounds-folder+crashFolders-1)/crashFolders, rand.New(rand.NewPCG(seed, uint64(folder))))
		})
	}
}

// crashFolders is over how many folders the rounds are spread: each round looks at every record of its folder, and they
// grow.
const crashFolders = 3

// crashAgain kills the writer of one folder so many times.
func crashAgain(t *testing.T, rounds int, random *rand.Rand) {
	dir := t.TempDir()
	recorded := map[string]bool{}
	for round := range rounds {
		before := len(recorded)
		crash(t, dir, time.Duration(random.IntN(60_000))*time.Microsecond, recorded)
		s, err := Open(dir, Options{fold: 150})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		checkCrashed(t, s, recorded)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if t.Failed() {
			t.Fatalf("round %d, %d records acknowledged in it", round, len(recorded)-before)
		}
	}
	t.Logf("%d records were acknowledged", len(recorded))
	if len(recorded) < rounds {
		t.Errorf("only %d records were acknowledged in %d rounds", len(recorded), rounds)
	}
}

// crash starts the writer, kills it a while after its first word, and notes what it had said. Every second time it is
// given no time beyond that, so that the opening and the first commits are hit too.
func crash(t *testing.T, dir string, wait time.Duration, recorded map[string]bool) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), crashDir+"="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	spoke := make(chan bool, 1)
	ended := make(chan error)
	go func() {
		defer close(ended)
		for r := bufio.NewReader(out); ; {
			line, err := r.ReadString('\n')
			if err != nil { // what stands behind the last line end was not acknowledged in full
				if !errors.Is(err, io.EOF) {
					ended <- err
				}
				return
			}
			recorded[strings.TrimSuffix(line, "\n")] = true
			select {
			case spoke <- true:
			default:
			}
		}
	}()
	if wait%2 == 0 {
		select {
		case <-spoke:
		case <-time.After(time.Minute):
			t.Error("the writer says nothing")
		}
	}
	time.Sleep(wait)
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := child.Wait(); !errors.As(err, &exit) || exit.ExitCode() != -1 {
		t.Fatalf("the writer ended by itself: %v", err)
	}
}

func checkCrashed(t *testing.T, s *Store, recorded map[string]bool) {
	t.Helper()
	ctx := t.Context()
	if _, err := journal.Verify(ctx, s); err != nil { // chain, positions, versions, heads
		t.Error(err)
		return
	}
	there := map[string]bool{}
	for stream := range crashStreams {
		name := crashWrite(stream, 1).Stream
		h, err := s.Head(ctx, name)
		if err != nil {
			t.Error(err)
		}
		records, err := s.Read(ctx, name, 0)
		if err != nil || int64(len(records)) != h.Version {
			t.Errorf("%s: %d records, head at %d, %v", name, len(records), h.Version, err)
		}
		var due calendar.Instant
		for _, r := range records {
			w := crashWrite(stream, r.Version)
			if r.Key != w.Key || len(r.Body) != len(w.Body) || there[r.Key] {
				t.Errorf("%s version %d has the key %q and %d bytes", name, r.Version, r.Key, len(r.Body))
			}
			there[r.Key] = true
			due = w.Due
		}
		if h.Due != due {
			t.Errorf("%s at version %d is due %v, want %v", name, h.Version, h.Due, due)
		}
	}
	for key := range recorded {
		if !there[key] {
			t.Errorf("%s was acknowledged and is gone", key)
		}
	}
	checkSome(t, s, recorded)
}

// checkSome finds some of the records by their keys, and sends them again.
func checkSome(t *testing.T, s *Store, recorded map[string]bool) {
	t.Helper()
	n := 0
	for key := range recorded {
		if n++; n > 50 {
			return
		}
		stream, version, _ := strings.Cut(key, "/")
		i, err := strconv.Atoi(stream)
		v, bad := strconv.ParseInt(version, 10, 64)
		if err = errors.Join(err, bad); err != nil {
			t.Fatal(err)
		}
		_, err = s.Append(t.Context(), crashWrite(i, v))
		var d *journal.Duplicate
		if !errors.As(err, &d) || d.Record.Version != v || d.Record.Key != key {
			t.Errorf("%s sent again: %v", key, err)
		}
	}
}
