package journaltest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"firstlook/internal/journal"
)

// writeAll appends n writes from n goroutines; all must succeed.
func writeAll(t *testing.T, s journal.Store, n int, w func(i int) journal.Write) {
	t.Helper()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if _, err := s.Append(context.WithoutCancel(t.Context()), w(i)); err != nil {
				t.Errorf("append: %v", err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// testOneStream lets writers race for every version of one stream: exactly one wins each.
func testOneStream(t *testing.T, open Open) {
	s, _ := open(t)
	const writers, versions = 32, 20
	var won [versions]atomic.Int64
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			for v := int64(0); v < versions; v++ {
				_, err := s.Append(t.Context(), write("need/a", v, fmt.Sprintf("%d by %d", v, i)))
				var conflict *journal.Conflict
				switch {
				case err == nil:
					won[v].Add(1)
				case !errors.As(err, &conflict):
					t.Errorf("append: %v", err)
				case conflict.Have <= v:
					t.Errorf("refused at version %d of %d", v, conflict.Have)
				}
			}
		})
	}
	wg.Wait()
	for v := range won {
		if n := won[v].Load(); n != 1 {
			t.Errorf("version %d was won %d times", v+1, n)
		}
	}
	if n := len(whole(t, s)); n != versions {
		t.Fatalf("%d records, want %d", n, versions)
	}
}

func testManyStreams(t *testing.T, open Open) {
	s, reopen := open(t)
	const writers, each = 64, 25
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			for v := range int64(each) {
				name := journal.Stream(fmt.Sprint("need/", i))
				w := withDue(write(name, v, fmt.Sprintf("%d/%d", i, v)), noon.Add(time.Duration(v)*time.Hour))
				r, err := s.Append(t.Context(), w)
				if err != nil || r.Version != v+1 {
					t.Errorf("append: version %d, %v", r.Version, err)
					return
				}
			}
		})
	}
	wg.Wait()
	for range 2 {
		if n := len(whole(t, s)); n != writers*each {
			t.Fatalf("%d records, want %d", n, writers*each)
		}
		due := ok[[]journal.Head](t, "due")(s.Due(t.Context(), noon.Add((each-1)*time.Hour), writers+1))
		if len(due) != writers || due[0].Due != noon.Add((each-1)*time.Hour) {
			t.Fatalf("%d streams are due at their last deadline, want %d", len(due), writers)
		}
		s = reopen()
	}
}

// testOneKey lets many send the same write, as a client does that tries again too soon: one record, and everybody
// gets it.
func testOneKey(t *testing.T, open Open) {
	s, _ := open(t)
	for round := range 20 {
		w := write("need/a", int64(round), fmt.Sprint("k", round))
		var recorded atomic.Int64
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				r, err := s.Append(t.Context(), w)
				var d *journal.Duplicate
				if errors.As(err, &d) {
					r = d.Record
				} else if err != nil {
					t.Errorf("append: %v", err)
				} else {
					recorded.Add(1)
				}
				if r.Key != w.Key || r.Version != w.Expect+1 || string(r.Body) != string(w.Body) {
					t.Errorf("got %+v", r)
				}
			})
		}
		wg.Wait()
		if n := recorded.Load(); n != 1 {
			t.Fatalf("round %d: recorded %d times", round, n)
		}
	}
	if n := len(whole(t, s)); n != 20 {
		t.Fatalf("%d records", n)
	}
}

// testReadersBesideWriters follows the journal while it grows: the follower misses nothing, and every read shows a
// whole state at least as new as the writes that were answered before it.
func testReadersBesideWriters(t *testing.T, open Open) {
	s, _ := open(t)
	const writers, each = 8, 60
	var (
		wg   sync.WaitGroup
		done = make(chan struct{})
	)
	for i := range writers {
		wg.Go(func() {
			name := journal.Stream(fmt.Sprint("need/", i))
			for v := range int64(each) {
				w := withDue(write(name, v, fmt.Sprintf("%d/%d", i, v)), noon.Add(time.Duration(v+1)*time.Hour))
				if _, err := s.Append(t.Context(), w); err != nil {
					t.Errorf("append: %v", err)
					return
				}
				h, err := s.Head(t.Context(), name)
				if err != nil || h.Version != v+1 || h.Due != w.Due {
					t.Errorf("head after version %d: %+v %v", v+1, h, err)
				}
				if r, err := s.Read(t.Context(), name, v); err != nil || len(r) != 1 || r[0].Key != w.Key {
					t.Errorf("read after version %d: %v %v", v, r, err)
				}
				if _, found, err := s.ByKey(t.Context(), w.Key); !found || err != nil {
					t.Errorf("by key %s: %v %v", w.Key, found, err)
				}
				if v%20 == 19 {
					if h, err := s.Streams(t.Context(), string(name)); err != nil || len(h) != 1 || h[0].Version != v+1 {
						t.Errorf("streams: %v %v", h, err)
					}
				}
			}
		})
	}
	go func() { wg.Wait(); close(done) }()
	var last int64
	for ended := false; last < writers*each && !(ended && t.Failed()); {
		select {
		case <-done:
			ended = true
		default:
		}
		page, err := s.ReadAll(t.Context(), last, 50)
		if err != nil {
			t.Fatalf("follow: %v", err)
		}
		for _, r := range page {
			if last++; r.Position != last {
				t.Fatalf("followed to %d, then came %d", last-1, r.Position)
			}
		}
		if len(page) == 0 && ended && last < writers*each {
			t.Fatalf("the journal ends at %d", last)
		}
	}
	<-done
	whole(t, s)
}

func testEndedContext(t *testing.T, open Open) {
	s, _ := open(t)
	must(t, s, withDue(write("need/a", 0, "k"), noon))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range map[string]func() error{
		"Append":  func() error { _, err := s.Append(ctx, write("need/a", 1, "")); return err },
		"Read":    func() error { _, err := s.Read(ctx, "need/a", 0); return err },
		"ReadAll": func() error { _, err := s.ReadAll(ctx, 0, 1); return err },
		"ByKey":   func() error { _, _, err := s.ByKey(ctx, "k"); return err },
		"Head":    func() error { _, err := s.Head(ctx, "need/a"); return err },
		"Streams": func() error { _, err := s.Streams(ctx, ""); return err },
		"Due":     func() error { _, err := s.Due(ctx, noon, 1); return err },
		"NextDue": func() error { _, _, err := s.NextDue(ctx); return err },
	} {
		if err := call(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(whole(t, s)); n != 1 {
		t.Fatalf("%d records, want 1", n)
	}
}

// testContextDuring cancels at random instants. Whatever the caller was told, its write is there whole or not at all:
// record and deadline together.
func testContextDuring(t *testing.T, open Open) {
	s, reopen := open(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	type try struct {
		write journal.Write
		wait  time.Duration
		err   error
	}
	tries := make([]try, 400)
	for i := range tries {
		w := withDue(write(journal.Stream(fmt.Sprint("need/", i)), 0, fmt.Sprint("k", i)), noon.Add(time.Duration(i)))
		tries[i] = try{write: w, wait: time.Duration(random.IntN(3000)) * time.Microsecond}
	}
	var wg sync.WaitGroup
	for start := range 40 {
		wg.Go(func() {
			for i := start; i < len(tries); i += 40 {
				ctx, cancel := context.WithTimeout(t.Context(), tries[i].wait)
				_, tries[i].err = s.Append(ctx, tries[i].write)
				cancel()
			}
		})
	}
	wg.Wait()
	s = reopen()
	records := whole(t, s)
	for i, try := range tries {
		there := answered(records, try.write)
		if try.err == nil && !there {
			t.Errorf("write %d was acknowledged and is gone", i)
		}
		if try.err != nil && !errors.Is(try.err, context.DeadlineExceeded) {
			t.Errorf("write %d: %v", i, try.err)
		}
		h, err := s.Head(t.Context(), try.write.Stream)
		if err != nil || there != (h.Version == 1) || there != (h.Due == try.write.Due) {
			t.Errorf("write %d: there %v, head %+v %v", i, there, h, err)
		}
	}
}

// testCloseDuring closes the store while many write: each is recorded, or was told that the store is closed.
func testCloseDuring(t *testing.T, open Open) {
	s, reopen := open(t)
	const writers = 32
	var (
		wg    sync.WaitGroup
		acked [writers]int64
	)
	for i := range writers {
		wg.Go(func() {
			for {
				_, err := s.Append(t.Context(), write(journal.Stream(fmt.Sprint("need/", i)), acked[i], ""))
				if errors.Is(err, journal.ErrClosed) {
					return
				}
				if err != nil {
					t.Errorf("append: %v", err)
					return
				}
				acked[i]++
			}
		})
	}
	time.Sleep(5 * time.Millisecond)
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	wg.Wait()
	s = reopen()
	whole(t, s)
	for i, n := range acked {
		h := ok[journal.Head](t, "head")(s.Head(t.Context(), journal.Stream(fmt.Sprint("need/", i))))
		if h.Version != n {
			t.Errorf("stream %d: %d records, %d were acknowledged", i, h.Version, n)
		}
	}
}
