package journaltest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"firstlook/calendar"
	"firstlook/internal/journal"
)

// testDeadlines moves the deadlines of some streams about and compares with a plain list after each step.
func testDeadlines(t *testing.T, open Open) {
	s, reopen := open(t)
	ctx := t.Context()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	heads := map[journal.Stream]journal.Head{}
	for step := range 300 {
		name := journal.Stream(fmt.Sprint("need/", random.IntN(20)))
		var due calendar.Instant
		if random.IntN(4) > 0 {
			due = noon.Add(time.Duration(random.IntN(30)) * time.Minute) // few values, so that many are equal
		}
		must(t, s, withDue(write(name, heads[name].Version, ""), due))
		heads[name] = journal.Head{Stream: name, Version: heads[name].Version + 1, Due: due}
		if step%10 != 0 {
			continue
		}
		if step%50 == 0 {
			s = reopen()
		}
		var want []journal.Head
		for _, h := range heads {
			if h.Due != 0 {
				want = append(want, h)
			}
		}
		slices.SortFunc(want, func(a, b journal.Head) int {
			if a.Due != b.Due {
				return int(a.Due - b.Due)
			}
			return strings.Compare(string(a.Stream), string(b.Stream))
		})
		next, found, err := s.NextDue(ctx)
		if err != nil || found != (len(want) > 0) || found && next != want[0].Due {
			t.Fatalf("step %d: next due %v %v %v, want one of %v", step, next, found, err, want)
		}
		until := noon.Add(time.Duration(random.IntN(30)) * time.Minute)
		passed := slices.DeleteFunc(slices.Clone(want), func(h journal.Head) bool { return h.Due > until })
		if len(passed) == 0 {
			passed = nil
		}
		same(t, "due", ok[[]journal.Head](t, "due")(s.Due(ctx, until, 100)), passed)
		if len(passed) > 2 {
			same(t, "the first two", ok[[]journal.Head](t, "due")(s.Due(ctx, until, 2)), passed[:2])
		}
	}
	if due := ok[[]journal.Head](t, "due")(s.Due(ctx, noon-1, 100)); due != nil {
		t.Fatalf("due before the first deadline: %v", due)
	}
}
