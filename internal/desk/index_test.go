package desk_test

import (
	"context"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/journal"
	"firstlook/internal/journal/memory"
	"firstlook/internal/scenario"
	"firstlook/party"
	"firstlook/right"

	"github.com/google/go-cmp/cmp"
)

// replay is the needs of a scenario as they were at an instant: what an index reads, without a desk between.
type replay struct {
	journal.Store
	t       *testing.T
	records []scenario.Record
	turns   []int // of each need, how many have been
	law     *right.Law
	now     calendar.Instant
}

func (r *replay) Now() calendar.Instant { return r.now }

func (r *replay) LawAt(context.Context, int64) (*right.Law, error) { return r.law, nil }

func (r *replay) find(id capacity.NeedID) (events []right.Event) {
	i := slices.IndexFunc(r.records, func(x scenario.Record) bool { return x.Need == id })
	for _, turn := range r.records[i].Turns[:r.turns[i]] {
		events = append(events, turn.Events...)
	}
	return events
}

func (r *replay) History(_ context.Context, id capacity.NeedID) ([]right.Event, error) {
	return r.find(id), nil
}

func (r *replay) State(_ context.Context, id capacity.NeedID) (right.State, error) {
	s := right.Replay(r.law, r.find(id))
	s, _, err := right.Step(s, right.Command{Ask: right.Settle{}}, max(r.now, s.Last, s.Reached))
	return s, err
}

// next plays the earliest turn that has not been, and reports whether there was one.
func (r *replay) next() bool {
	best := -1
	for i := range r.records {
		if n := r.turns[i]; n < len(r.records[i].Turns) && (best < 0 || r.records[i].Turns[n].At < r.records[best].Turns[r.turns[best]].At) {
			best = i
		}
	}
	if best < 0 {
		return false
	}
	turn := r.records[best].Turns[r.turns[best]]
	r.turns[best]++
	r.law, r.now = turn.Law, max(r.now, turn.At)
	if len(turn.Events) == 0 {
		return true
	}
	body, err := right.Encode(turn.Events)
	if err != nil {
		r.t.Fatal(err)
	}
	stream := journal.Stream("need/" + string(r.records[best].Need))
	head, err := r.Head(context.Background(), stream)
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.Append(context.Background(), journal.Write{Stream: stream, Expect: head.Version, Recorded: turn.At, Kind: "events", Body: body}); err != nil {
		r.t.Fatal(err)
	}
	return true
}

// all is what lists show a party, every need of it read anew.
func (r *replay) all(who party.ID, everything bool) (out []*desk.Listed) {
	heads, err := r.Streams(context.Background(), "need/")
	if err != nil {
		r.t.Fatal(err)
	}
	slices.SortFunc(heads, func(a, b journal.Head) int {
		if len(a.Stream) != len(b.Stream) {
			return len(a.Stream) - len(b.Stream)
		}
		return strings.Compare(string(a.Stream), string(b.Stream))
	})
	for _, h := range heads {
		id := capacity.NeedID(strings.TrimPrefix(string(h.Stream), "need/"))
		s, err := r.State(context.Background(), id)
		if err != nil {
			r.t.Fatal(err)
		}
		as := who
		if everything {
			as = s.Need.Buyer
		}
		if l := desk.List(&s, as, r.find(id)); l != nil {
			out = append(out, l)
		}
	}
	return out
}

// audience are the parties that a scenario names, one that it does not, and, as the empty one, who reads everything.
func (r *replay) audience() []party.ID {
	out := []party.ID{"", "nobody"}
	add := func(p party.ID) {
		if p != "" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	for _, x := range r.records {
		for _, turn := range x.Turns {
			add(turn.Command.By)
			for _, a := range turn.Law.Book.Agreements {
				for _, p := range a.Parties {
					add(p.ID)
				}
			}
		}
	}
	return out
}

// The index says what reading every need anew says: to every party of every scenario, after each command, as each deadline comes and
// just before it, whether it has room for all views or for hardly one.
func TestIndexSaysTheSame(t *testing.T) {
	files, err := filepath.Glob(scenarios + "/*.scenario")
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	compared := 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".scenario")
		r := &replay{Store: memory.New(), t: t, records: stories(t, name, nil)}
		r.turns = make([]int, len(r.records))
		roomy, narrow := desk.NewIndex(r, r), desk.NewIndex(r, r)
		narrow.Bound(40)
		compare := func() {
			for _, who := range r.audience() {
				want := r.all(who, who == "")
				for _, x := range []*desk.Index{roomy, narrow} {
					got, err := x.List(context.Background(), who, who == "")
					if err != nil {
						t.Fatal(err)
					}
					if !reflect.DeepEqual(want, got) {
						diff := cmp.Diff(want, got, cmp.Exporter(func(reflect.Type) bool { return true }))
						t.Fatalf("%s at %s, for %q (-read anew +index):\n%s", name, r.now, who, diff)
					}
					compared += len(want)
				}
			}
		}
		for r.next() {
			compare()
			due := calendar.Latest
			for i, x := range r.records {
				if r.turns[i] == 0 {
					continue
				}
				s, err := r.State(context.Background(), x.Need)
				if err != nil {
					t.Fatal(err)
				}
				if at, ok := right.NextDeadline(s); ok {
					due = min(due, at)
				}
			}
			if later := nextAt(r); due < later && due > r.now { // while nothing is recorded
				r.now = due - 1
				compare()
				r.now = due
				compare()
				if err := roomy.Refresh(context.Background()); err != nil {
					t.Fatal(err)
				}
				compare()
			}
		}
	}
	t.Logf("%d lists of needs compared, of %d scenarios", compared, len(files))
	if compared < 1000 {
		t.Errorf("only %d needs were compared", compared)
	}
}

// nextAt is when the next turn comes.
func nextAt(r *replay) calendar.Instant {
	at := calendar.Latest
	for i := range r.records {
		if n := r.turns[i]; n < len(r.records[i].Turns) {
			at = min(at, r.records[i].Turns[n].At)
		}
	}
	return at
}

// A party that asks without a name is nobody, not everybody.
func TestIndexOfNobody(t *testing.T) {
	r := &replay{Store: memory.New(), t: t, records: stories(t, "consent-given", nil), turns: []int{0}}
	for r.next() {
	}
	if got, err := desk.NewIndex(r, r).List(context.Background(), "", false); err != nil || len(got) > 0 {
		t.Errorf("%d needs, %v", len(got), err)
	}
}
