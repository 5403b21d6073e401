package notify_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"firstlook/internal/journal"
	"firstlook/internal/notify"
	"firstlook/internal/sqlite"

	"github.com/google/go-cmp/cmp"
)

// failing is a journal that breaks at the n-th append from now on.
type failing struct {
	journal.Store
	left int
}

var errBroken = errors.New("broken")

func (f *failing) Append(ctx context.Context, w journal.Write) (journal.Record, error) {
	if f.left--; f.left < 0 {
		return journal.Record{}, errBroken
	}
	return f.Store.Append(ctx, w)
}

// A crash at every step between taking a letter and recording what came of it: after a restart each letter has arrived, in order, the one
// under way at most twice, and its outcome was told.
func TestCrashAtEveryStep(t *testing.T) {
	for crash := range 12 {
		h := openHook(t)
		w := enter(t, "information-tolls", nil)
		w.play(0)
		var l heard
		broken := &failing{w.store, crash}
		n := w.notifier(broken, &l, hookTo(h.URL, secret), hooks(h))
		given := 0
		for _, a := range w.acts { // what is not taken, the outbox gives again
			if a.Recipient == "northwind" {
				if n.Deliver(context.Background(), a) != nil {
					break
				}
				given++
			}
		}
		w.pass(n)
		n = w.notifier(w.store, &l, hookTo(h.URL, secret), hooks(h)) // the process starts again
		w.give(n, "", "northwind")
		w.clock.add(time.Hour)
		w.pass(n)
		var ids []string
		twice := 0
		for _, c := range h.heard() {
			id := c.header.Get("webhook-id")
			if len(ids) > 0 && ids[len(ids)-1] == id {
				twice++
				continue
			}
			ids = append(ids, id)
		}
		var want []string
		told := map[string]bool{}
		for _, a := range w.acts {
			if a.Recipient == "northwind" {
				want = append(want, a.Key)
			}
		}
		for _, o := range l.outcomes {
			told[o.Act] = true
		}
		if diff := cmp.Diff(want, ids); diff != "" || twice > 1 || len(told) != len(want) {
			t.Errorf("crash at append %d (%d letters taken before): %d came twice, %d told (-want +got):\n%s", crash, given, twice, len(told), diff)
		}
	}
}

// What the listener does not take is told again, and after a restart too.
func TestListenerIsToldUntilItListens(t *testing.T) {
	h := openHook(t)
	w := enter(t, "information-tolls", nil)
	w.play(3)
	l := heard{refuse: 2}
	n := w.notifier(w.store, &l, hookTo(h.URL, secret), hooks(h))
	w.give(n, "noticed", "northwind")
	w.pass(n)
	l.expect(t)
	w.pass(n)
	l.expect(t)
	w.pass(n)
	l.expect(t, "noticed delivered server")
	later := heard{}
	w.pass(w.notifier(w.store, &later, hookTo(h.URL, secret), hooks(h)))
	later.expect(t, "noticed delivered server")
	if len(h.heard()) != 1 {
		t.Errorf("the letter came %d times", len(h.heard()))
	}
}

// Two letters for two routes do not wait for each other: a server that fails holds up its own alone.
func TestRoutesDoNotWait(t *testing.T) {
	quick := openHook(t)
	blocked := openHook(t, 500, 500, 500, 500, 500, 500)
	w := enter(t, "information-tolls", nil)
	w.play(0)
	var l heard
	b := hookTo(blocked.URL, secret)
	b.routes["northwind"] = append(b.routes["northwind"], hookTo(quick.URL, secret).routes["northwind"]...)
	n := w.notifier(w.store, &l, b, hooks(quick))
	w.give(n, "", "northwind")
	w.pass(n)
	if got := len(quick.heard()); got != 6 {
		t.Errorf("%d letters came on the quick route", got)
	}
	if got := len(blocked.heard()); got != 1 {
		t.Errorf("%d calls on the blocked route", got)
	}
}

// A route that the party gave up gets nothing any more; a person is told.
func TestRouteThatWentAway(t *testing.T) {
	h := openHook(t, 500)
	w := enter(t, "information-tolls", nil)
	w.play(3)
	var l heard
	b := hookTo(h.URL, secret)
	n := w.notifier(w.store, &l, b, hooks(h))
	w.give(n, "noticed", "northwind")
	w.pass(n)
	b.mu.Lock()
	b.routes["northwind"] = nil
	b.mu.Unlock()
	w.clock.add(time.Hour)
	w.pass(n)
	l.expect(t, "trouble gave-up")
	dead, err := n.Dead(context.Background())
	if err != nil || len(dead) != 1 {
		t.Fatalf("%v, %v", dead, err)
	}
	if err := n.Dismiss(context.Background(), dead[0].ID, "A. Planner", "told by telephone"); err != nil {
		t.Fatal(err)
	}
	if dead, err = n.Dead(context.Background()); err != nil || len(dead) != 0 {
		t.Errorf("%v, %v", dead, err)
	}
}

// The loop carries what comes while it runs, on a real journal, and ends with its context.
func TestRun(t *testing.T) {
	h := openHook(t)
	w := enter(t, "information-tolls", nil)
	w.play(3)
	store, err := sqlite.Open(t.TempDir(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	var l heard
	n := w.notifier(store, &l, hookTo(h.URL, secret), hooks(h))
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	w.give(n, "noticed", "northwind")
	for deadline := time.Now().Add(time.Minute); len(l.results()) == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nothing was carried")
		}
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	l.expect(t, "noticed delivered server")
	if _, err := journal.Verify(context.Background(), store); err != nil {
		t.Error(err)
	}
}

// After many letters the record rests, and a new process reads from there.
func TestRecordRests(t *testing.T) {
	w := enter(t, "information-tolls", nil)
	record := notify.OnJournal(w.store)
	count := func() (n int) {
		if err := record.Unsettled(t.Context(), func(string, int64, notify.Written) error { n++; return nil }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for i := range 3 {
		if err := record.Append(t.Context(), "a", int64(i), notify.Written{At: w.clock.Now(), Kind: "queued", Body: []byte("{}")}); err != nil {
			t.Fatal(err)
		}
	}
	if err := record.Append(t.Context(), "a", 1, notify.Written{At: w.clock.Now(), Kind: "queued"}); !errors.Is(err, notify.ErrMoved) {
		t.Errorf("a second writer: %v", err)
	}
	if n := count(); n != 3 {
		t.Errorf("%d entries", n)
	}
	for range 2 {
		if err := record.Rest(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := count(); n != 0 {
			t.Errorf("%d entries after it rested", n)
		}
	}
	if err := record.Append(t.Context(), "a", 3, notify.Written{At: w.clock.Now(), Kind: "queued", Body: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	if n := count(); n != 1 {
		t.Errorf("%d entries", n)
	}
}
