package naive

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	seed      = flag.Uint64("seed", 1, "seed of the first history; 0 for another each time")
	histories = flag.Int64("histories", 3000, "number of histories")
	workers   = flag.Int("workers", runtime.GOMAXPROCS(0), "histories that are played at once")
	show      = flag.Int("show", 5, "with -survey: stories of so many kinds of disagreement")
	survey    = flag.Bool("survey", false, "go on after a disagreement and list the first words of each")
)

// Both engines say the same of every random history under every random agreement.
func TestAgainstEngine(t *testing.T) {
	first := *seed
	if first == 0 {
		first = uint64(time.Now().UnixNano())
	}
	var (
		next   atomic.Int64
		failed atomic.Int64
		wait   sync.WaitGroup
		began  = time.Now()
		all    = covered()
		found  = kinds{count: map[string]int{}, least: map[string]string{}}
	)
	for range *workers {
		wait.Go(func() {
			seen := covered()
			defer func() { all.add(seen) }()
			for i := next.Add(1) - 1; i < *histories && (failed.Load() == 0 || *survey); i = next.Add(1) - 1 {
				if i > 0 && i%50_000 == 0 {
					fmt.Printf("%d histories agree, %s\n", i, time.Since(began).Round(time.Second))
				}
				why, story := compare(first+uint64(i), seen)
				if why == "" {
					continue
				}
				if n := failed.Add(1); n == 1 && !*survey {
					t.Errorf("%s%s\nagain with: go test ./internal/naive -run TestAgainstEngine -histories 1 -seed %d -v", story, why, first+uint64(i))
				}
				found.add(why, fmt.Sprintf("%s%s\nseed %d", story, why, first+uint64(i)))
			}
		})
	}
	wait.Wait()
	if *survey && failed.Load() > 0 {
		t.Error(found.String())
	}
	t.Logf("%d histories from seed %d in %s, %d disagree\n%s", *histories, first, time.Since(began).Round(time.Millisecond), failed.Load(), all)
}

// compare plays one random history and tells where the engines part, shrunk.
func compare(seed uint64, seen *coverage) (why, story string) {
	d := dice{rand.New(rand.NewPCG(seed, 3)), june}
	if d.chance(25) {
		d.start = later(dawn, 24*(4+d.IntN(30)))
	}
	law := d.law()
	t := begin(law, seen)
	var moves []move
	now := dawn
	for i := range 1 + 30 + d.IntN(30) {
		m := d.move(t, now, i == 0)
		now = m.at
		moves = append(moves, m)
		if why := t.play(m); why != "" {
			less := shrunk(law, moves)
			short, _ := parts(law, less)
			return short, told(law, less)
		}
	}
	return "", ""
}

// kinds sorts disagreements by their first words and keeps the shortest story of each.
type kinds struct {
	mu    sync.Mutex
	count map[string]int
	least map[string]string
}

func (k *kinds) add(why, story string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	key := ""
	for _, line := range strings.Split(why, "\n") {
		if strings.HasPrefix(line, "+") || strings.HasPrefix(line, "-") || strings.HasPrefix(line, "the ") {
			key += strings.Join(strings.FieldsFunc(line, func(r rune) bool { return r < 'A' }), " ") + " | "
		}
	}
	key = key[:min(len(key), 160)]
	k.count[key]++
	if old := k.least[key]; old == "" || len(story) < len(old) {
		k.least[key] = story
	}
}

func (k *kinds) String() string {
	keys := slices.SortedFunc(maps.Keys(k.count), func(a, b string) int { return cmp.Compare(k.count[b], k.count[a]) })
	out := ""
	for i, key := range keys {
		story := k.least[key]
		out += fmt.Sprintf("==== %d times, %s: %s\n", k.count[key], story[strings.LastIndex(story, "seed "):], key)
		if i < *show {
			out += k.least[key] + "\n"
		}
	}
	return out
}
