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
	"firstlook/party"
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

// pending lists the keys of the pending acts.
func pending(t *testing.T, s journal.Store, each int) []string {
	t.Helper()
	var out []string
	for _, a := range ok[[]journal.PendingAct](t, "acts")(s.PendingActs(t.Context(), each)) {
		out = append(out, a.Key)
	}
	return out
}

func testActs(t *testing.T, open Open) {
	s, reopen := open(t)
	ctx := t.Context()
	first := must(t, s, withActs(write("need/a", 0, ""), "microsoft", "aws", "microsoft"))
	second := must(t, s, withActs(write("need/b", 0, ""), "aws"))
	empty := write("need/b", 1, "")
	empty.Acts = []journal.Act{{Key: "no body", Recipient: "oracle", Kind: "k", Body: []byte{}}}
	third := must(t, s, empty)
	act := func(key string, to party.ID, body string, r journal.Record) journal.PendingAct {
		p := journal.PendingAct{Act: journal.Act{Key: key, Recipient: to, Kind: "notice"}, Stream: r.Stream, Position: r.Position}
		if body != "" {
			p.Body = []byte(body)
		}
		return p
	}
	last := act("no body", "oracle", "", third)
	last.Kind = "k"
	want := []journal.PendingAct{
		act("need/a/1/0", "microsoft", "to microsoft", first), act("need/a/1/1", "aws", "to aws", first),
		act("need/a/1/2", "microsoft", "to microsoft", first), act("need/b/1/0", "aws", "to aws", second), last,
	}
	same(t, "acts", ok[[]journal.PendingAct](t, "acts")(s.PendingActs(ctx, 9)), want)

	done := func(key string, at calendar.Instant) {
		t.Helper()
		if err := s.Done(ctx, key, at); err != nil {
			t.Fatalf("done %s: %v", key, err)
		}
	}
	done("need/a/1/1", noon.Add(time.Minute))
	done("need/a/1/1", noon.Add(time.Hour)) // a repetition changes nothing
	same(t, "acts", pending(t, s, 9), []string{"need/a/1/0", "need/a/1/2", "need/b/1/0", "no body"})
	s = reopen()
	same(t, "acts", pending(t, s, 9), []string{"need/a/1/0", "need/a/1/2", "need/b/1/0", "no body"})
	for key, at := range map[string]calendar.Instant{"need/a/1/1": noon.Add(time.Minute), "need/a/1/0": 0} {
		got, found, err := s.Delivered(ctx, key)
		if got != at || !found || err != nil {
			t.Fatalf("delivered %s: %v %v %v, want %v", key, got, found, err, at)
		}
	}
	done("need/a/1/2", noon) // the store does not insist on the order
	done("no body", noon)
	done("need/b/1/0", noon)
	same(t, "acts", pending(t, s, 9), []string{"need/a/1/0"})
	done("need/a/1/0", noon)
	same(t, "acts", pending(t, s, 9), []string(nil))
	refused[*journal.Malformed](t, s.Done(ctx, "need/a/1/9", noon))
	_, err := s.Append(ctx, withActs(write("need/a", 1, ""), "aws")) // a new key each time
	if err != nil {
		t.Fatal(err)
	}
	again := write("need/a", 2, "")
	again.Acts = []journal.Act{{Key: "need/a/1/1", Recipient: "aws", Kind: "notice"}}
	_, err = s.Append(ctx, again) // that it is done long ago does not free its key
	refused[*journal.DuplicateAct](t, err)
}

func testActsFair(t *testing.T, open Open) {
	s, _ := open(t)
	for i := range 40 {
		w := withActs(write("need/a", int64(i), ""), "busy", "busy", "busy")
		if i >= 30 {
			w = withActs(write("need/a", int64(i), ""), "busy", "rare")
		}
		must(t, s, w)
	}
	same(t, "the oldest of each", pending(t, s, 1), []string{"need/a/1/0", "need/a/31/1"})
	same(t, "the two oldest of each", pending(t, s, 2), []string{"need/a/1/0", "need/a/1/1", "need/a/31/1", "need/a/32/1"})
	if err := s.Done(t.Context(), "need/a/1/0", noon); err != nil {
		t.Fatal(err)
	}
	same(t, "the oldest of each, later", pending(t, s, 1), []string{"need/a/1/1", "need/a/31/1"})
	same(t, "everything", len(pending(t, s, 1000)), 30*3+10*2-1)
}
