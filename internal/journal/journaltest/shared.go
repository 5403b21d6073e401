package journaltest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"firstlook/internal/journal"
)

// OpenShared makes an empty journal for one test; each call of what it returns opens it for another replica. OpenShared sees to it that
// all are closed when the test ends.
type OpenShared func(t *testing.T) func() journal.Shared

// RunShared runs the suite of stores that several processes share, each of which also passes [Run].
func RunShared(t *testing.T, open OpenShared) {
	for _, c := range []struct {
		name string
		test func(*testing.T, func() journal.Shared)
	}{
		{"replicas take turns", testTurns},
		{"replicas race for a stream", testReplicasRace},
		{"replicas race for a key", testReplicasOneKey},
		{"a basis that moved on", testBasis},
		{"a basis that moves on meanwhile", testBasisRace},
		{"what holds", testHolds},
		{"changes", testChanges},
		{"changes end", testChangesEnd},
		{"leases", testLeases},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

// testTurns lets three replicas append to the same streams in turn: each knows what the others did.
func testTurns(t *testing.T, open func() journal.Shared) {
	replicas := []journal.Shared{open(), open(), open()}
	for i := range 60 {
		s := replicas[i%3]
		name := journal.Stream(fmt.Sprint("need/", i%4))
		r := must(t, s, withDue(write(name, int64(i/4), fmt.Sprint("k", i)), noon.Add(time.Duration(i)*time.Hour)))
		if r.Position != int64(i)+1 {
			t.Fatalf("append %d has position %d", i, r.Position)
		}
		other := replicas[(i+1)%3]
		same(t, "the head at another replica", ok[journal.Head](t, "head")(other.Head(t.Context(), name)),
			journal.Head{Stream: name, Version: r.Version, Due: noon.Add(time.Duration(i) * time.Hour)})
		_, err := other.Append(t.Context(), write(name, int64(i/4), fmt.Sprint("late", i)))
		refused[*journal.Conflict](t, err)
		_, err = other.Append(t.Context(), write("need/x", 0, fmt.Sprint("k", i)))
		same(t, "the record of the key", refused[*journal.Duplicate](t, err).Record, r)
	}
	for _, s := range replicas {
		if n := len(whole(t, s)); n != 60 {
			t.Fatalf("%d records", n)
		}
	}
}

// testReplicasRace lets writers at three replicas race for every version of some streams: exactly one wins each.
func testReplicasRace(t *testing.T, open func() journal.Shared) {
	const writers, versions, streams = 12, 15, 3
	replicas := []journal.Shared{open(), open(), open()}
	var mu sync.Mutex
	won := map[journal.Stream]map[int64]int{}
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			s := replicas[i%len(replicas)]
			name := journal.Stream(fmt.Sprint("need/", i%streams))
			for v := int64(0); v < versions; v++ {
				_, err := s.Append(t.Context(), write(name, v, fmt.Sprintf("%s %d by %d", name, v, i)))
				var conflict *journal.Conflict
				switch {
				case err == nil:
					mu.Lock()
					if won[name] == nil {
						won[name] = map[int64]int{}
					}
					won[name][v]++
					mu.Unlock()
				case !errors.As(err, &conflict):
					t.Errorf("append: %v", err)
				}
			}
		})
	}
	wg.Wait()
	for name, versions := range won {
		for v, n := range versions {
			if n != 1 {
				t.Errorf("version %d of %s was won %d times", v+1, name, n)
			}
		}
	}
	if n := len(whole(t, replicas[0])); n != streams*versions {
		t.Fatalf("%d records, want %d", n, streams*versions)
	}
	same(t, "the journal at another replica", whole(t, replicas[1]), whole(t, replicas[2]))
}

// testReplicasOneKey sends one write to all replicas at once, as a client does that lost patience: it is recorded once.
func testReplicasOneKey(t *testing.T, open func() journal.Shared) {
	replicas := []journal.Shared{open(), open(), open()}
	for round := range 15 {
		w := write("need/a", int64(round), fmt.Sprint("k", round))
		var mu sync.Mutex
		recorded := 0
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() {
				r, err := replicas[i%3].Append(t.Context(), w)
				var d *journal.Duplicate
				mu.Lock()
				defer mu.Unlock()
				if errors.As(err, &d) {
					r = d.Record
				} else if err != nil {
					t.Errorf("append: %v", err)
				} else {
					recorded++
				}
				if r.Key != w.Key || r.Version != w.Expect+1 {
					t.Errorf("got %+v", r)
				}
			})
		}
		wg.Wait()
		if recorded != 1 {
			t.Fatalf("round %d: recorded %d times", round, recorded)
		}
	}
}

func testBasis(t *testing.T, open func() journal.Shared) {
	a, b := open(), open()
	ctx := t.Context()
	law := []string{"agreement/", "providers"}
	must(t, a, write("agreement/x", 0, "")) // 1
	must(t, a, write("need/n", 0, ""))      // 2
	on := journal.Basis{Prefixes: law, Through: 1}
	if _, err := b.AppendOn(ctx, write("need/n", 1, ""), on); err != nil { // 3
		t.Fatalf("a basis that holds: %v", err)
	}
	must(t, b, write("agreement", 0, ""))                      // 4: no stream of the basis
	must(t, a, write("agreement/y", 0, ""))                    // 5
	_, err := b.AppendOn(ctx, write("need/n", 2, "stale"), on) // b did not hear of it
	same(t, "stale", *refused[*journal.Stale](t, err), journal.Stale{Through: 1, Have: 5})
	_, err = a.AppendOn(ctx, write("need/n", 2, "stale"), on) // a did
	same(t, "stale", *refused[*journal.Stale](t, err), journal.Stale{Through: 1, Have: 5})
	on.Through = 9 // further than there is anything
	if _, err := b.AppendOn(ctx, write("need/n", 2, "stale"), on); err != nil {
		t.Fatalf("a refused write does not use up its key: %v", err) // 6
	}
	must(t, a, write("providers", 0, "")) // 7
	on.Through = 6
	_, err = b.AppendOn(ctx, write("need/n", 3, ""), on)
	same(t, "stale", *refused[*journal.Stale](t, err), journal.Stale{Through: 6, Have: 7})
	_, err = b.AppendOn(ctx, write("need/n", 1, ""), on) // a conflict is told first: it says more
	refused[*journal.Conflict](t, err)
	// What a replica that knows the basis appends to it by itself, without one, counts.
	on.Through = 7
	if _, err := b.AppendOn(ctx, write("need/own", 0, ""), on); err != nil { // 8
		t.Fatal(err)
	}
	must(t, b, write("agreement/own", 0, "")) // 9
	_, err = b.AppendOn(ctx, write("need/own", 1, ""), on)
	same(t, "stale", *refused[*journal.Stale](t, err), journal.Stale{Through: 7, Have: 9})
	must(t, b, write("need/other", 0, ""))                                                                        // 10: in a batch of which something is accepted, too
	writeAll(t, b, 2, func(i int) journal.Write { return write(journal.Stream(fmt.Sprint("need/x", i)), 0, "") }) // 11, 12
	_, err = b.AppendOn(ctx, write("need/own", 1, ""), on)
	same(t, "stale", *refused[*journal.Stale](t, err), journal.Stale{Through: 7, Have: 9})
}

// testBasisRace orders a change of the law among writes that rest on what was before it: those that come after it are refused.
func testBasisRace(t *testing.T, open func() journal.Shared) {
	a, b := open(), open()
	ctx := t.Context()
	must(t, a, write("agreement/x", 0, "")) // 1
	var wg sync.WaitGroup
	var mu sync.Mutex
	var lawAt int64
	var stood []int64
	for i := range 20 {
		wg.Go(func() {
			if i == 10 {
				r, err := b.Append(ctx, write("agreement/z", 0, ""))
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				lawAt = r.Position
				mu.Unlock()
				return
			}
			r, err := []journal.Shared{a, b}[i%2].AppendOn(ctx, write(journal.Stream(fmt.Sprint("need/r", i)), 0, ""), journal.Basis{Prefixes: []string{"agreement/"}, Through: 1})
			var stale *journal.Stale
			if err != nil && !errors.As(err, &stale) {
				t.Error(err)
			}
			mu.Lock()
			stood = append(stood, r.Position)
			mu.Unlock()
		})
	}
	wg.Wait()
	for _, at := range stood {
		if at > lawAt {
			t.Errorf("position %d rests on the law as it was before position %d", at, lawAt)
		}
	}
	whole(t, a)
}

func testHolds(t *testing.T, open func() journal.Shared) {
	a, b := open(), open()
	ctx := t.Context()
	on := journal.Basis{Prefixes: []string{"agreement/"}}
	if err := b.Holds(ctx, journal.Head{Stream: "need/n"}, on); err != nil {
		t.Fatalf("of an empty journal: %v", err)
	}
	must(t, a, write("need/n", 0, ""))
	err := b.Holds(ctx, journal.Head{Stream: "need/n"}, on)
	same(t, "conflict", *refused[*journal.Conflict](t, err), journal.Conflict{Stream: "need/n", Expect: 0, Have: 1})
	if err := b.Holds(ctx, journal.Head{Stream: "need/n", Version: 1}, on); err != nil {
		t.Fatal(err)
	}
	must(t, a, write("agreement/x", 0, ""))
	err = b.Holds(ctx, journal.Head{Stream: "need/n", Version: 1}, on)
	same(t, "stale", *refused[*journal.Stale](t, err), journal.Stale{Through: 0, Have: 2})
	if err := b.Holds(ctx, journal.Head{Stream: "need/n", Version: 1}, journal.Basis{}); err != nil {
		t.Fatalf("without a basis: %v", err)
	}
	same(t, "last", ok[int64](t, "last")(b.Last(ctx)), int64(2))
}

// testChanges hears at one replica what is appended at others, and itself.
func testChanges(t *testing.T, open func() journal.Shared) {
	a, b, c := open(), open(), open()
	must(t, a, write("need/a", 0, ""))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	heard := b.Changes(ctx)
	await := func(position int64) {
		t.Helper()
		for timeout := time.After(10 * time.Second); ; {
			select {
			case at, open := <-heard:
				if !open {
					t.Fatal("the channel was closed")
				}
				if n := ok[int64](t, "last")(b.Last(ctx)); n < at {
					t.Fatalf("heard of %d when the last one was %d", at, n)
				}
				if at >= position {
					return
				}
			case <-timeout:
				t.Fatalf("nothing heard of position %d", position)
			}
		}
	}
	await(1)
	must(t, a, write("need/a", 1, ""))
	await(2)
	must(t, b, write("need/a", 2, ""))
	await(3)
	for i := range int64(40) { // nobody listens meanwhile: the last one is kept
		must(t, []journal.Shared{a, c}[i%2], write("need/b", i, ""))
	}
	await(43)
}

func testChangesEnd(t *testing.T, open func() journal.Shared) {
	s := open()
	ctx, cancel := context.WithCancel(t.Context())
	ended, closed := s.Changes(ctx), s.Changes(t.Context())
	cancel()
	drained := func(what string, ch <-chan int64) {
		t.Helper()
		for timeout := time.After(10 * time.Second); ; {
			select {
			case _, open := <-ch:
				if !open {
					return
				}
			case <-timeout:
				t.Fatalf("%s: the channel stays open", what)
			}
		}
	}
	drained("after the context", ended)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	drained("after closing", closed)
	drained("on a closed store", s.Changes(t.Context()))
}

func testLeases(t *testing.T, open func() journal.Shared) {
	a, b, c := open(), open(), open()
	ctx := t.Context()
	claim := func(who journal.Shared, name string, d time.Duration, want bool) {
		t.Helper()
		if got := ok[bool](t, "claim")(who.Claim(ctx, name, d)); got != want {
			t.Fatalf("claimed %v, want %v", got, want)
		}
	}
	const long = time.Minute
	claim(a, "x", long, true)
	claim(b, "x", long, false)
	claim(a, "x", long, true)
	claim(b, "y", long, true)
	if err := b.Release(ctx, "x"); err != nil { // it is not b's to give back
		t.Fatal(err)
	}
	claim(b, "x", long, false)
	if err := a.Release(ctx, "x"); err != nil {
		t.Fatal(err)
	}
	claim(b, "x", time.Millisecond, true)
	time.Sleep(20 * time.Millisecond)
	claim(a, "x", long, true) // b's time was over
	claim(b, "x", long, false)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	claim(c, "x", long, true) // a is gone
	claim(c, "y", long, false)
	// Of many that claim at once one gets it.
	var wg sync.WaitGroup
	var mu sync.Mutex
	n := 0
	for i := range 10 {
		wg.Go(func() {
			got, err := []journal.Shared{b, c}[i%2].Claim(ctx, fmt.Sprint("race", i/2), long)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			if got {
				n++
			}
		})
	}
	wg.Wait()
	if n != 5 {
		t.Fatalf("5 leases were given %d times", n)
	}
}
