package postgres

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"firstlook/bench/negotiation"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/journal"
	"firstlook/internal/outbox"
	"firstlook/right"
)

var (
	raceRounds = flag.Int("race.rounds", 192, "how many answers race their deadline")
	raceSeed   = flag.Uint64("race.seed", 0, "seed of the races; 0 for a new one")
)

// hourly is the benchmarks' agreement with windows of an hour.
var hourly = strings.ReplaceAll(negotiation.Agreement, "72 hours", "1 hours")

// ahead is the database's time, moved on by what all replicas of a test agree on.
type ahead struct {
	*Clock
	by *atomic.Int64
}

func (a ahead) Now() calendar.Instant { return a.Clock.Now() + calendar.Instant(a.by.Load()) }
func (a ahead) After(i calendar.Instant) <-chan time.Time {
	return a.Clock.After(i - calendar.Instant(a.by.Load()))
}

// since moves the time to the beginning of the benchmarks' negotiations.
func since() *atomic.Int64 {
	var by atomic.Int64
	by.Store(int64(negotiation.Start - calendar.From(time.Now())))
	return &by
}

// replica is a desk on a store of its own, with a clock that is off.
type replica struct {
	*desk.Desk
	store *Store
	clock ahead
}

// openReplica opens a replica whose own clock is off by so much.
func openReplica(t *testing.T, url string, off time.Duration, by *atomic.Int64) *replica {
	t.Helper()
	s := openTest(t, url, Options{})
	begin := time.Now()
	c, err := newClock(t.Context(), s, func() time.Time { return begin.Add(off + time.Since(begin)) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Stop)
	r := &replica{store: s, clock: ahead{c, by}}
	if r.Desk, err = desk.Open(t.Context(), s, r.clock, desk.Tables{Throughput: capacity.Throughput{Name: "test", Milli: map[capacity.Accelerator]int64{"H100": 989_000}}}); err != nil {
		t.Fatal(err)
	}
	return r
}

func signed(t *testing.T, r *replica) {
	t.Helper()
	if _, err := r.AddAgreement(t.Context(), "hourly.yaml", []byte(hourly)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.SetProviders(t.Context(), "providers.yaml", []byte(negotiation.Providers)); err != nil {
		t.Fatal(err)
	}
}

// openNeed submits a need at one replica and gives its notice at another, which has not seen it, and returns the deadline of the answer.
func openNeed(t *testing.T, a, b *replica, id capacity.NeedID) calendar.Instant {
	t.Helper()
	steps := negotiation.FirstOffer(id)
	if _, err := a.Do(t.Context(), id, steps[0].Command, ""); err != nil {
		t.Errorf("%s: submit: %v", id, err)
		return 0
	}
	out, err := b.Do(t.Context(), id, steps[1].Command, "")
	if err != nil {
		t.Errorf("%s: notice: %v", id, err)
		return 0
	}
	return out.State.Matter(1).AnswerBy
}

// TestAnswerAgainstDeadline lets the answer at one replica race the deadline that fires at another, their clocks two minutes apart: the
// record has one outcome, the caller was told that one, and every replica shows it.
//
//	go test ./internal/postgres -run TestAnswerAgainstDeadline -race.rounds 100000 -race.seed 0 -v -timeout 0
func TestAnswerAgainstDeadline(t *testing.T) {
	t.Parallel()
	seed := *raceSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("go test ./internal/postgres -run TestAnswerAgainstDeadline -race.rounds %d -race.seed %d -v -timeout 0", *raceRounds, seed)
	random := rand.New(rand.NewPCG(seed, 0))
	by := since()
	url := server.URL()
	replicas := []*replica{openReplica(t, url, -time.Minute, by), openReplica(t, url, time.Minute, by)}
	signed(t, replicas[0])
	const together = 64 // needs whose deadlines come at nearly the same time
	var exercised, lapsed atomic.Int64
	for round := 0; round < *raceRounds && !t.Failed(); round += together {
		n := min(together, *raceRounds-round)
		ids, due := make([]capacity.NeedID, n), make([]calendar.Instant, n)
		var wg sync.WaitGroup
		for i := range n {
			ids[i] = capacity.NeedID(fmt.Sprintf("n%d", round+i+1))
			wg.Go(func() { due[i] = openNeed(t, replicas[i%2], replicas[(i+1)%2], ids[i]) })
		}
		wg.Wait()
		if t.Failed() {
			return
		}
		by.Add(int64(slices.Min(due)-replicas[0].clock.Now()) - 20_000) // 20 ms before the first
		for i := range n {
			// The answer comes a moment before or behind the deadline, and somebody else wakes at about that time, too.
			answer, wake := due[i]+calendar.Instant(random.IntN(16_000)-12_000), due[i]+calendar.Instant(random.IntN(4_000)-1_000)
			wg.Go(func() {
				r := replicas[i%2]
				<-r.clock.After(answer)
				_, err := r.Do(context.Background(), ids[i], negotiation.FirstOffer(ids[i])[2].Command, fmt.Sprint("answer ", ids[i]))
				checkRaced(t, replicas, ids[i], due[i], err, &exercised, &lapsed)
			})
			wg.Go(func() {
				r := replicas[(i+1)%2]
				<-r.clock.After(wake)
				if err := settle(r, ids[i:i+1]); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	t.Logf("%d answers raced their deadlines: %d exercised, %d lapsed", exercised.Load()+lapsed.Load(), exercised.Load(), lapsed.Load())
	if exercised.Load() == 0 || lapsed.Load() == 0 {
		t.Error("one side won every race")
	}
	sound(t, replicas[1].store)
}

// settle lets a replica settle the time of needs, whoever has the lease.
func settle(r *replica, ids []capacity.NeedID) error {
	for _, id := range ids {
		if _, err := r.Do(context.Background(), id, right.Command{Ask: right.Settle{}}, ""); err != nil {
			return err
		}
	}
	return nil
}

// checkRaced compares what the caller was told with the record and with what each replica shows.
func checkRaced(t *testing.T, replicas []*replica, id capacity.NeedID, due calendar.Instant, err error, exercised, lapsed *atomic.Int64) {
	var no *right.Refusal
	if err != nil && (!errors.As(err, &no) || no.Code != right.WindowClosed) {
		t.Errorf("%s: %v", id, err)
		return
	}
	if err != nil {
		// A refusal may come before the lapse is recorded: any command records it.
		if err := settle(replicas[1], []capacity.NeedID{id}); err != nil {
			t.Error(err)
			return
		}
	}
	events, failed := replicas[0].History(context.Background(), id)
	if failed != nil {
		t.Error(failed)
		return
	}
	var outcomes []right.Status
	for _, e := range events {
		var how right.Status
		switch f := e.Fact.(type) {
		case *right.Exercised:
			how = right.Taken
		case *right.Ended:
			how = f.Outcome
		default:
			continue
		}
		outcomes = append(outcomes, how)
		if (how == right.Taken) != (e.At < due) {
			t.Errorf("%s: %s at %v, due at %v", id, how, e.At, due)
		}
	}
	want := right.Taken
	if err != nil {
		want = right.Lapsed
		lapsed.Add(1)
	} else {
		exercised.Add(1)
	}
	if len(outcomes) != 1 || outcomes[0] != want {
		t.Errorf("%s: the caller was told %s, the record says %v", id, want, outcomes)
	}
	for i, r := range replicas {
		s, err := r.State(context.Background(), id)
		if err != nil {
			t.Error(err)
			return
		}
		if got := s.Matter(1).Status; got != want {
			t.Errorf("%s: replica %d shows %s, the record says %s", id, i, got, want)
		}
	}
}

// An answer in time is in time, and one too late is too late, at whichever replica and whatever its clock says.
func TestSkewedClocks(t *testing.T) {
	by := since()
	url := server.URL()
	var replicas []*replica
	for _, off := range []time.Duration{-time.Minute, 0, time.Minute} {
		replicas = append(replicas, openReplica(t, url, off, by))
	}
	signed(t, replicas[1])
	for i, at := range replicas {
		for _, late := range []bool{false, true} {
			id := capacity.NeedID(fmt.Sprintf("n%d-%v", i, late))
			due := openNeed(t, replicas[(i+1)%3], replicas[(i+2)%3], id)
			moment := due.Add(-30 * time.Second)
			if late {
				moment = due
			}
			by.Add(int64(moment - replicas[1].clock.Now()))
			if late {
				time.Sleep(300 * time.Millisecond) // more than two clocks of the same time part
			}
			_, err := at.Do(t.Context(), id, negotiation.FirstOffer(id)[2].Command, "")
			var no *right.Refusal
			if late != (errors.As(err, &no) && no.Code == right.WindowClosed) || !late && err != nil {
				t.Errorf("replica %d, late %v: %v", i, late, err)
			}
		}
	}
}

// What one replica recorded counts at the next one at once: agreements, amendments, what earlier needs took, and the state of a need
// that both have in memory.
func TestNothingOldDecides(t *testing.T) {
	t.Parallel()
	by := since()
	url := server.URL()
	a, b := openReplica(t, url, 0, by), openReplica(t, url, 0, by)
	signed(t, a)
	for i := range 20 {
		id := capacity.NeedID(fmt.Sprintf("n%d", i))
		openNeed(t, b, a, id) // b never heard of the agreement but by the record
		steps := negotiation.FirstOffer(id)
		if _, err := b.State(t.Context(), id); err != nil { // b has it in memory
			t.Fatal(err)
		}
		decline := steps[2].Command
		decline.Ask = right.Answer{Matter: 1, Kind: right.Decline}
		if _, err := a.Do(t.Context(), id, decline, ""); err != nil {
			t.Fatal(err)
		}
		s, err := b.State(t.Context(), id)
		if err != nil || s.Matter(1).Status != right.Declined {
			t.Fatalf("%s: b shows %v, %v", id, s.Matter(1).Status, err)
		}
		// A refusal by what b remembers would be another one.
		_, err = b.Do(t.Context(), id, steps[2].Command, "")
		var no *right.Refusal
		if !errors.As(err, &no) || no.Code != right.AlreadyAnswered {
			t.Fatalf("%s: b says %v", id, err)
		}
	}
	// The same agreement added at both: one wins.
	other := strings.Replace(hourly, "agreement: bench", "agreement: other", 1)
	var added atomic.Int64
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			if _, err := []*replica{a, b}[i%2].AddAgreement(context.Background(), "other.yaml", []byte(other)); err == nil {
				added.Add(1)
			} else if !strings.Contains(err.Error(), "is in the record") {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if h, err := a.store.Head(t.Context(), "agreement/other"); added.Load() != 1 || err != nil || h.Version != 1 {
		t.Errorf("it was added %d times, and is at version %d, %v", added.Load(), h.Version, err)
	}
}

// A command that is sent again to another replica is answered from the record.
func TestSentAgainElsewhere(t *testing.T) {
	t.Parallel()
	by := since()
	url := server.URL()
	a, b := openReplica(t, url, 0, by), openReplica(t, url, 0, by)
	signed(t, a)
	for i := range 10 {
		id := capacity.NeedID(fmt.Sprintf("n%d", i))
		for n, step := range negotiation.FirstOffer(id) {
			key := fmt.Sprint(id, "-", n)
			first, err := a.Do(t.Context(), id, step.Command, key)
			if err != nil {
				t.Fatal(err)
			}
			again, err := b.Do(t.Context(), id, step.Command, key)
			if err != nil || !again.Repeated || len(again.Events) != len(first.Events) {
				t.Fatalf("%s sent again: %+v, %v", key, again, err)
			}
		}
	}
}

// office is a courier that remembers what each recipient got.
type office struct {
	mu  sync.Mutex
	got map[string]int // by the act's key
	seq []string
}

func (o *office) Deliver(_ context.Context, a outbox.Act) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.got[a.Key]++; o.got[a.Key] == 1 {
		o.seq = append(o.seq, a.Key)
	}
	return nil
}

// Three replicas run under load; the one that wakes is cut off without a word again and again. Every act is done, few of them twice, and
// every deadline is recorded once.
func TestTakingOver(t *testing.T) {
	t.Parallel()
	by := since()
	url := server.URL()
	letters := &office{got: map[string]int{}}
	driver := openReplica(t, url, 0, by)
	signed(t, driver)
	start := func() (*replica, context.CancelFunc) {
		r := openReplica(t, url, time.Minute, by)
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		wg.Go(func() { _ = r.Run(ctx, letters, func(err error) { t.Logf("tried again: %v", err) }) })
		t.Cleanup(wg.Wait)
		t.Cleanup(cancel)
		return r, cancel
	}
	first, stopFirst := start()
	_ = first
	start()
	due := calendar.Instant(0)
	const needs = 40
	for i := range needs {
		id := capacity.NeedID(fmt.Sprintf("n%d", i))
		due = openNeed(t, driver, driver, id)
		if i == needs/2 {
			stopFirst() // another goes on
		}
	}
	// The lease of one that died: nobody renews it.
	ghost := openTest(t, url, Options{})
	await(t, "a ghost takes the lease", func() bool {
		c, err := ghost.Claim(t.Context(), "desk", time.Second)
		return err == nil && c || err == nil && ghostTakes(t, ghost)
	})
	by.Add(int64(due - driver.clock.Now() + 1_000_000))
	await(t, "every window lapses", func() bool {
		at, err := driver.store.Due(t.Context(), driver.clock.Now(), 1)
		return err == nil && len(at) == 0
	})
	await(t, "every act is done", func() bool {
		letters.mu.Lock()
		defer letters.mu.Unlock()
		return len(letters.got) >= 2*needs // a notice and the end of its matter, at least
	})
	twice := 0
	letters.mu.Lock()
	defer letters.mu.Unlock()
	for _, n := range letters.got {
		twice += n - 1
	}
	t.Logf("%d acts, %d done again", len(letters.got), twice)
	for i := range needs {
		id := capacity.NeedID(fmt.Sprintf("n%d", i))
		events, err := driver.History(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, e := range events {
			if f, ok := e.Fact.(*right.Ended); ok && f.Outcome == right.Lapsed {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s lapsed %d times", id, n)
		}
	}
}

// ghostTakes lets a store take the lease from whoever has it, as if it had been slow to renew it.
func ghostTakes(t *testing.T, s *Store) bool {
	t.Helper()
	_, err := s.pool.Exec(t.Context(), "UPDATE lease SET holder = $1, until = clock_timestamp() + interval '1 second' WHERE name = 'desk'", s.holder)
	return err == nil
}

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 6000 {
		if done() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s: not within a minute", what)
}

// A page at any replica hears of what the others record.
func TestDeskChanges(t *testing.T) {
	t.Parallel()
	by := since()
	url := server.URL()
	a, b := openReplica(t, url, 0, by), openReplica(t, url, 0, by)
	heard := b.Changes(t.Context())
	signed(t, a)
	openNeed(t, a, a, "n1")
	last, err := a.store.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	timeout := time.After(time.Minute)
	for at := int64(-1); at < last; {
		select {
		case at = <-heard:
		case <-timeout:
			t.Fatalf("heard of %d, not of %d", at, last)
		}
	}
	if _, err := journal.Verify(t.Context(), b.store); err != nil {
		t.Fatal(err)
	}
}
