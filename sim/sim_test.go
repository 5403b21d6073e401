package sim

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"firstlook/examples"
)

var (
	seed      = flag.Uint64("seed", 0, "seed of the first history; 0 for another each time")
	histories = flag.Int("histories", 500, "number of histories")
	raced     = flag.Int("races", 300, "number of races of an answer against its deadline")
	story     = flag.Bool("story", false, "tell the story of each history")
	only      = flag.String("setup", "", "play under this setup alone")
)

// setups are the neutral example and the agreements of the histories in testdata, each with and without its triggers.
func setups(t testing.TB) []*Setup {
	t.Helper()
	var out []*Setup
	add := func(name string, text, providers []byte) {
		s, err := NewSetups(name, text, providers)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, s...)
	}
	add("neutral", examples.Read("neutral.yaml"), examples.Read("providers-neutral.yaml"))
	const folder = "../testdata/histories/agreements/"
	files, err := filepath.Glob(folder + "*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d agreements, %v", len(files), err)
	}
	providers, err := os.ReadFile(folder + "providers.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if filepath.Base(file) == "providers.yaml" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		add(strings.TrimSuffix(filepath.Base(file), ".yaml"), text, providers)
	}
	if *only != "" {
		out = slices.DeleteFunc(out, func(s *Setup) bool { return s.Name != *only })
	}
	return out
}

// Whatever fails, no right is lost and nothing is done twice.
func TestHistories(t *testing.T) {
	first := *seed
	if first == 0 {
		first = uint64(time.Now().UnixNano())
	}
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	run := play(t, "histories", first, *histories, setups(t), Options{Trace: *story})
	run.tell(t)
	if *histories >= 500 && *only == "" {
		covered(t, &run.sum)
	}
}

// Replicas race an answer against its deadline: whatever comes first, there is one outcome, and everybody is told that one.
func TestRaces(t *testing.T) {
	first := *seed
	if first == 0 {
		first = uint64(time.Now().UnixNano())
	}
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	held := slices.DeleteFunc(setups(t), func(s *Setup) bool {
		return !slices.Contains([]string{"first-call", "first-offer", "negotiation", "pro-rata", "ranked", "shared"}, s.Name)
	})
	run := play(t, "races", first, *raced, held, Options{Trace: *story, Races: true})
	run.tell(t)
	if s := &run.sum; *raced >= 300 && *only == "" && (s.Races < s.Histories/4 || s.Answered == 0 || s.Lapsed == 0) {
		t.Errorf("%d of %d windows were raced, %d answered, %d ended by silence", s.Races, s.Windows, s.Answered, s.Lapsed)
	}
}

// patience is how long a history may take, which is some milliseconds. One that waits for itself takes for ever, and the panic shows where.
const patience = 2 * time.Minute

// Histories that found something once.
func TestFound(t *testing.T) {
	for seed, what := range map[uint64]string{
		400055840: "a last look that was outbid by a deadline recorded between two letters",
		600039689: "an answer while the parties negotiate",
		700258015: "a desk that came upon a new law while it read what earlier needs count for, and waited for itself",
	} {
		if r := Play(seed, setups(t), Options{}); len(r.Violations) > 0 {
			t.Errorf("seed %d, %s: %s", seed, what, r.Violations[0])
		}
	}
}

// play plays histories on all cores.
func play(t *testing.T, flag string, first uint64, number int, all []*Setup, o Options) *tally {
	run := &tally{began: time.Now(), told: time.Now(), first: first, test: t.Name(), flag: flag}
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := run.next.Add(1) - 1; i < uint64(number); i = run.next.Add(1) - 1 {
				ends := time.AfterFunc(patience, func() {
					panic(fmt.Sprintf("the history of seed %d comes to no end; reproduce with: go test ./sim -run %s -v -%s 1 -seed %d", first+i, t.Name(), flag, first+i))
				})
				run.add(t, Play(first+i, all, o))
				ends.Stop()
			}
		})
	}
	wait.Wait()
	return run
}

// tell writes the closing table.
func (y *tally) tell(t *testing.T) {
	took, n := time.Since(y.began), y.sum.Histories
	t.Logf("%d %s from seed %d in %s, %.0f a second on %d cores; again with: go test ./sim -run %s -v -%s %d -seed %d\n%s", n, y.flag, y.first, took.Round(time.Millisecond),
		float64(n)/took.Seconds(), runtime.GOMAXPROCS(0), y.test, y.flag, n, y.first, &y.sum)
}

// tally adds histories up as they come in.
type tally struct {
	next        atomic.Uint64
	mu          sync.Mutex
	sum         Table
	failed      int
	first       uint64
	test, flag  string // by which it is run again
	began, told time.Time
}

// add counts one history in, and reports what is wrong with it.
func (y *tally) add(t *testing.T, r Result) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.sum.Add(&r.Table)
	if *story {
		fmt.Printf("seed %d, setup %s\n%s\n", r.Seed, r.Setup, r.Story)
	}
	if len(r.Violations) > 0 {
		if y.failed++; y.failed <= 10 {
			t.Errorf("setup %s: %s\nreproduce with: go test ./sim -run %s -v -%s 1 -seed %d -story", r.Setup, r.Violations[0], y.test, y.flag, r.Seed)
		}
	}
	if time.Since(y.told) > 10*time.Second {
		y.told = time.Now()
		fmt.Printf("%d histories, %d commands, %d faults, %d violations, %.0f a second, from seed %d\n", y.sum.Histories, y.sum.Commands, total(&y.sum),
			y.sum.Violations, float64(y.sum.Histories)/time.Since(y.began).Seconds(), y.first)
	}
}

func total(t *Table) (n int64) {
	for f := range faults {
		n += t.Faults[f]
	}
	return n
}

// covered checks that a run of many histories met what it is for.
func covered(t *testing.T, sum *Table) {
	t.Helper()
	for f := range faults {
		if sum.Faults[f] == 0 {
			t.Errorf("no history had the fault %q", f)
		}
	}
	if sum.Windows < sum.Histories/4 || sum.Deadlines == 0 || sum.Repeated == 0 || sum.Acknowledged < sum.Histories {
		t.Errorf("the histories had little in them:\n%s", sum)
	}
}

// The same seed gives the same history, byte for byte.
func TestSameSeed(t *testing.T) {
	all := setups(t)
	for s := range uint64(25) {
		one, other := Play(s, all, Options{Trace: true}), Play(s, all, Options{Trace: true})
		if !bytes.Equal(one.Story, other.Story) {
			t.Fatalf("seed %d tells two stories: %s", s, cmp.Diff(strings.Split(string(one.Story), "\n"), strings.Split(string(other.Story), "\n")))
		}
		if d := cmp.Diff(one.Record, other.Record); d != "" {
			t.Fatalf("seed %d leaves two records: %s", s, d)
		}
		if len(one.Story) == 0 || len(one.Record) == 0 {
			t.Fatalf("seed %d tells nothing", s)
		}
	}
}
