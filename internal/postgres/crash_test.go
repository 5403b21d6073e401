package postgres

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"firstlook/calendar"
	"firstlook/internal/journal"
	"firstlook/internal/postgres/postgrestest"
)

var (
	killRounds = flag.Int("pg.rounds", 4, "how often the server is stopped hard")
	killSeed   = flag.Uint64("pg.seed", 0, "seed of the tests that stop the server; 0 for a new one")
)

// tally counts what became of the writes of a run.
type tally struct{ acked, duplicates, unknown, faults atomic.Int64 }

// TestKill stops the server again and again under the load of two replicas, now as an administrator in need does, now by SIGKILL, and
// starts it again. The stores are not told: they connect anew, find out what became of the commit that was under way, and go on. In
// the end every acknowledged record is there, once, and nothing is there that nobody asked for.
//
//	go test ./internal/postgres -run TestKill -pg.rounds 200 -pg.seed 0 -v -timeout 0
func TestKill(t *testing.T) {
	t.Parallel()
	seed := *killSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("go test ./internal/postgres -run TestKill -pg.rounds %d -pg.seed %d -v -timeout 0", *killRounds, seed)
	random := rand.New(rand.NewPCG(seed, 0))
	victim, err := postgrestest.Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer victim.Stop()
	url := victim.URL()
	replicas := []*Store{openTest(t, url, Options{Patience: time.Minute}), openTest(t, url, Options{Patience: time.Minute})}
	var (
		counts [2]tally
		stop   = make(chan struct{})
		wg     sync.WaitGroup
		sent   sync.Map // stream to the last version that was acknowledged
	)
	const streams = 12
	for i := range streams {
		wg.Go(func() { killWriter(t, replicas[i%2], &counts[i%2], fmt.Sprint("need/", i), stop, &sent) })
	}
	var table []string
	for round := range *killRounds {
		time.Sleep(time.Duration(random.IntN(300)) * time.Millisecond)
		before := counts[0].acked.Load() + counts[1].acked.Load()
		how, kill := "immediate", victim.Immediate
		if random.IntN(2) == 0 {
			how, kill = "SIGKILL", victim.Kill
		}
		begin := time.Now()
		err := kill()
		if err == nil {
			err = victim.Restart()
		}
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		table = append(table, fmt.Sprintf("%5d  %-9s  %8d acknowledged before  down %4d ms", round+1, how, before, time.Since(begin).Milliseconds()))
	}
	time.Sleep(200 * time.Millisecond)
	close(stop)
	wg.Wait()
	for _, line := range table {
		t.Log(line)
	}
	checkKilled(t, openTest(t, url, Options{}), &sent, &counts)
}

// killWriter appends to a stream until it is told to stop. An answer that leaves the outcome open is asked for again with the same key.
func killWriter(t *testing.T, s *Store, n *tally, stream string, stop chan struct{}, sent *sync.Map) {
	ctx := context.Background()
	for version := int64(1); ; version++ {
		for {
			select {
			case <-stop:
				return
			default:
			}
			_, err := s.Append(ctx, some(stream, version))
			var twice *journal.Duplicate
			var fault *journal.Fault
			switch {
			case err == nil:
				n.acked.Add(1)
			case errors.As(err, &twice):
				n.duplicates.Add(1)
			case errors.As(err, &fault):
				if n.faults.Add(1); fault.Unknown {
					n.unknown.Add(1)
				}
				continue
			default:
				t.Errorf("%s %d: %v", stream, version, err)
				return
			}
			sent.Store(stream, version)
			break
		}
	}
}

func checkKilled(t *testing.T, s *Store, sent *sync.Map, counts *[2]tally) {
	t.Helper()
	at, err := journal.Verify(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	sound(t, s)
	var expected int64
	sent.Range(func(stream, version any) bool {
		h, err := s.Head(t.Context(), journal.Stream(stream.(string)))
		if err != nil {
			t.Fatal(err)
		}
		if h.Version != version.(int64) {
			t.Errorf("%s: version %d was acknowledged last, the record has %d", stream, version, h.Version)
		}
		expected += version.(int64)
		return true
	})
	var acked, duplicates, unknown, faults int64
	for i := range counts {
		acked, duplicates = acked+counts[i].acked.Load(), duplicates+counts[i].duplicates.Load()
		unknown, faults = unknown+counts[i].unknown.Load(), faults+counts[i].faults.Load()
	}
	t.Logf("%d acknowledged, %d found recorded when sent again, %d answers were faults, %d of them with an open outcome; %d records", acked, duplicates, faults, unknown, at.Position)
	if acked+duplicates != expected || at.Position != expected {
		t.Errorf("%d records, %d acknowledged: lost or recorded twice", at.Position, acked+duplicates)
	}
	if faults > 0 {
		t.Errorf("%d writes failed although the server came back within their patience", faults)
	}
	if acked < int64(*killRounds) {
		t.Errorf("only %d writes were acknowledged in %d rounds", acked, *killRounds)
	}
}

// A server that stays away is a fault with a remedy, after the patience that the store was given; when it is back the same store
// goes on.
func TestAway(t *testing.T) {
	t.Parallel()
	victim, err := postgrestest.Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer victim.Stop()
	s := openTest(t, victim.URL(), Options{Patience: 300 * time.Millisecond})
	fill(t, s, "need/a", 1, 3)
	if err := victim.Immediate(); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	var fault *journal.Fault
	_, err = s.Append(t.Context(), some("need/a", 4))
	if !errors.As(err, &fault) || fault.Remedy == "" {
		t.Errorf("append: %v", err)
	}
	if _, err := s.Head(t.Context(), "need/a"); !errors.As(err, &fault) {
		t.Errorf("head: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Head(ctx, "need/a"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("head, with less time than patience: %v", err)
	}
	if took := time.Since(begin); took > 30*time.Second {
		t.Errorf("it took %v to give up", took)
	}
	if err := victim.Restart(); err != nil {
		t.Fatal(err)
	}
	fill(t, s, "need/a", 4, 5)
	if n := sound(t, s).Size(); n == 0 {
		t.Error("the log is empty")
	}
}

// fromHere is how far a clock is from this machine's, which is the server's: the least of some readings, since between two a busy machine does other things.
func fromHere(clock func() calendar.Instant) time.Duration {
	least := time.Hour
	for range 10 {
		now, here := clock(), calendar.From(time.Now())
		least = min(least, max(now.Sub(here), here.Sub(now)))
	}
	return least
}

// A replica whose clock says anything tells the database's time all the same.
func TestClock(t *testing.T) {
	s := openTest(t, server.URL(), Options{})
	begin := time.Now()
	for _, off := range []time.Duration{0, -time.Minute, time.Minute, 400 * 24 * time.Hour} {
		local := func() time.Time { return begin.Add(off + time.Since(begin)) }
		c, err := newClock(t.Context(), s, local)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Stop()
		if apart := fromHere(c.Now); apart > 250*time.Millisecond {
			t.Errorf("a clock that is off by %v tells a time that is off by %v", off, apart)
		}
		now := c.Now()
		woken := <-c.After(c.Now().Add(30 * time.Millisecond))
		_ = woken
		if late := c.Now().Sub(now); late < 25*time.Millisecond {
			t.Errorf("woken after %v", late)
		}
	}
}

// A clock that is set while it runs is noticed with the next answer.
func TestClockIsSet(t *testing.T) {
	s := openTest(t, server.URL(), Options{})
	var jump atomic.Int64
	begin := time.Now()
	local := func() time.Time { return begin.Add(time.Since(begin) + time.Duration(jump.Load())) }
	c, err := newClock(t.Context(), s, local)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Stop()
	for _, by := range []time.Duration{time.Minute, -2 * time.Minute, 30 * time.Second} {
		jump.Add(int64(by))
		if err := c.ask(t.Context()); err != nil {
			t.Fatal(err)
		}
		if apart := fromHere(c.Now); apart > 250*time.Millisecond {
			t.Errorf("set by %v, it tells a time that is off by %v", by, apart)
		}
	}
}
