package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"firstlook/internal/journal"
	"firstlook/internal/journal/memory"
	"firstlook/internal/outbox"
	"firstlook/internal/sqlite"
	"firstlook/party"
)

// overtaken is a store in which appends overtake each other.
type overtaken struct {
	journal.Store
	mu      sync.Mutex
	rng     *rand.Rand
	refused int // appends that came before the one that they stand behind
}

func (o *overtaken) Append(ctx context.Context, w journal.Write) (journal.Record, error) {
	o.mu.Lock()
	wait := time.Duration(o.rng.IntN(300)) * time.Microsecond
	o.mu.Unlock()
	time.Sleep(wait)
	r, err := o.Store.Append(ctx, w)
	var early *journal.Conflict
	if errors.As(err, &early) {
		o.mu.Lock()
		o.refused++
		o.mu.Unlock()
	}
	return r, err
}

// delivered reads what is recorded as done for a recipient, in order.
func delivered(t *testing.T, s journal.Store, to party.ID) []string {
	t.Helper()
	records, err := s.Read(t.Context(), journal.Stream("outbox/"+to), 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range records {
		_, rest, _ := strings.Cut(string(r.Body), `"key":"`)
		key, _, _ := strings.Cut(rest, `"`)
		out = append(out, key)
	}
	return out
}

// In groups of any size, with acts that fail now and then, records that overtake each other and a new process now and then, every act is
// recorded once and in its recipient's order, only after it was done, and it was done in that order.
func TestGroups(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	who := []party.ID{"amazon", "google", "microsoft", "oracle"}
	for _, most := range []int{1, 3, 16, 64} {
		store := &overtaken{Store: memory.New(), rng: rng}
		want := map[party.ID][]string{}
		for i := range 60 {
			body := ""
			for place := range rng.IntN(4) {
				to := who[rng.IntN(len(who))]
				want[to] = append(want[to], fmt.Sprintf("need/%d.1.%d", i, place))
				body += string(to) + " "
			}
			write(t, store.Store, journal.Stream(fmt.Sprint("need/", i)), 0, body)
		}
		done := map[party.ID][]string{}
		errFailed := errors.New("no route")
		group := func(_ context.Context, acts []*outbox.Act) []error {
			if len(acts) > most {
				t.Errorf("%d acts at once, at most %d were asked for", len(acts), most)
			}
			return outbox.SideBySide(t.Context(), acts, 1, func(_ context.Context, a *outbox.Act) error {
				if rng.IntN(20) == 0 {
					return errFailed
				}
				if n := len(done[a.Recipient]); n == 0 || done[a.Recipient][n-1] != a.Key {
					done[a.Recipient] = append(done[a.Recipient], a.Key)
				}
				a.Body = []byte("letter " + a.Key)
				return nil
			})
		}
		box := outbox.New(store, derive, now)
		for {
			err := box.DeliverGroups(t.Context(), func() int { return most }, group)
			if err == nil {
				break
			}
			if !errors.Is(err, errFailed) || errors.Is(err, outbox.ErrBehind) {
				t.Fatal(err)
			}
			if rng.IntN(2) == 0 {
				box = outbox.New(store, derive, now)
			}
		}
		for _, to := range who {
			if got := delivered(t, store, to); !slices.Equal(got, want[to]) {
				t.Errorf("groups of %d: %s has %v, want %v", most, to, got, want[to])
			}
			if !slices.Equal(done[to], want[to]) {
				t.Errorf("groups of %d: %s was served %v, want %v", most, to, done[to], want[to])
			}
		}
		if most == 64 && store.refused == 0 {
			t.Error("no record overtook another: the test does not test that")
		}
	}
}

// Another process that records meanwhile is noticed: what it did is not recorded twice.
func TestGroupMeetsAnother(t *testing.T) {
	store := memory.New()
	write(t, store, "need/a", 0, "oracle oracle oracle")
	other := outbox.New(store, derive, now)
	do := func(_ context.Context, acts []*outbox.Act) []error { return make([]error, len(acts)) }
	box := outbox.New(store, derive, now)
	err := box.DeliverGroups(t.Context(), func() int { return 8 }, func(ctx context.Context, acts []*outbox.Act) []error {
		if err := other.Deliver(ctx, func(context.Context, *outbox.Act) error { return nil }); err != nil {
			t.Error(err)
		}
		return do(ctx, acts)
	})
	var conflict *journal.Conflict
	if !errors.As(err, &conflict) {
		t.Errorf("%v, want a conflict", err)
	}
	if err := box.DeliverGroups(t.Context(), func() int { return 8 }, do); err != nil {
		t.Fatal(err)
	}
	if got := delivered(t, store, "oracle"); len(got) != 3 {
		t.Errorf("recorded %v", got)
	}
}

// A recipient with a long row of letters does not keep another's first one waiting for its last.
func TestGroupsShare(t *testing.T) {
	store := memory.New()
	write(t, store, "need/a", 0, strings.Repeat("amazon ", 5000))
	box := outbox.New(store, derive, now)
	served := 0
	err := box.DeliverGroups(t.Context(), func() int { return 32 }, func(_ context.Context, acts []*outbox.Act) []error {
		if served == 0 {
			write(t, store, "need/b", 0, "oracle")
		}
		for _, a := range acts {
			if served++; a.Recipient == "oracle" && served > 1000 {
				t.Errorf("oracle's letter waited for %d others", served)
			}
		}
		return make([]error, len(acts))
	})
	if err != nil || served != 5001 {
		t.Fatalf("%d acts, %v", served, err)
	}
}

// On disk the records of a group share transactions.
func TestGroupSharesTransactions(t *testing.T) {
	transactions := 0
	store, err := sqlite.Open(t.TempDir(), sqlite.Options{Batched: func(int) { transactions++ }})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	write(t, store, "need/a", 0, strings.Repeat("amazon oracle ", 100))
	before := transactions
	box := outbox.New(store, derive, now)
	err = box.DeliverGroups(t.Context(), func() int { return 64 }, func(_ context.Context, acts []*outbox.Act) []error { return make([]error, len(acts)) })
	if err != nil {
		t.Fatal(err)
	}
	if got := delivered(t, store, "amazon"); len(got) != 100 {
		t.Errorf("%d acts of 100 are recorded", len(got))
	}
	if n := transactions - before; n > 100 {
		t.Errorf("%d transactions for 200 acts", n)
	}
}
