package desk_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/journal/memory"
	"firstlook/internal/outbox"
	"firstlook/internal/pricebook"
	"firstlook/need"
	"firstlook/right"
)

// bubbleClock runs with the time of the test's bubble, and begins when the test says.
type bubbleClock struct {
	start calendar.Instant
	began time.Time
}

func (c bubbleClock) Now() calendar.Instant { return c.start.Add(time.Since(c.began)) }

func (c bubbleClock) After(i calendar.Instant) <-chan time.Time { return time.After(i.Sub(c.Now())) }

// running returns a desk under the neutral example with its providers.
func running(t *testing.T) *desk.Desk {
	t.Helper()
	d, err := desk.Open(t.Context(), memory.New(), bubbleClock{at(t, "2026-03-02T12:00Z"), time.Now()}, desk.Tables{Throughput: pricebook.EmbeddedThroughputs()[0]})
	if err != nil {
		t.Fatal(err)
	}
	for name, put := range map[string]func([]byte) error{
		"neutral.yaml":           func(text []byte) error { _, err := d.AddAgreement(t.Context(), "neutral.yaml", text); return err },
		"providers-neutral.yaml": func(text []byte) error { _, err := d.SetProviders(t.Context(), "providers.yaml", text); return err },
	} {
		text, err := os.ReadFile("../../examples/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if err := put(text); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// submit submits a need that goes to market, and asks three providers for offers for 48 hours.
func submit(t *testing.T, d *desk.Desk, i int) {
	t.Helper()
	id := capacity.NeedID(fmt.Sprint("n", i))
	n, err := need.Parse("need.yaml", fmt.Appendf(nil, `{need: %s, buyer: acme-labs, class: inference, purpose: product, accelerators: [H100], quantity: 64,
  start: 2026-06-01, duration: 90 days, offers_window: 48 hours}`, id))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Do(t.Context(), id, right.Command{By: "acme-labs", Ask: right.Submit{Need: n}}, ""); err != nil {
		t.Error(err)
	}
}

// slowCourier takes its time for each group, and keeps when it was at work.
type slowCourier struct {
	took time.Duration

	mu    sync.Mutex
	turns [][2]time.Time
	acts  int
}

func (c *slowCourier) Deliver(context.Context, outbox.Act) error { return nil }

func (c *slowCourier) DeliverTogether(_ context.Context, acts []*outbox.Act) []error {
	begin := time.Now()
	time.Sleep(c.took)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turns, c.acts = append(c.turns, [2]time.Time{begin, time.Now()}), c.acts+len(acts)
	return make([]error, len(acts))
}

// run has the desk's loop run until the test is over.
func run(t *testing.T, d *desk.Desk, c desk.Courier) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	wait.Go(func() { _ = d.Run(ctx, c, func(err error) { t.Error(err) }) })
	return func() {
		cancel()
		wait.Wait()
	}
}

// Deadlines that come at one instant are all fired, side by side, also while slow letters are under way.
func TestRunFiresWhatComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const needs = 150
		d := running(t)
		var mu sync.Mutex
		fired, latest := 0, time.Duration(0)
		d.Observe(desk.Observer{Fired: func(late time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			fired, latest = fired+1, max(latest, late)
		}})
		courier := &slowCourier{took: 200 * time.Millisecond}
		defer run(t, d, courier)()
		for i := range needs {
			submit(t, d, i+1)
		}
		time.Sleep(48*time.Hour - 10*time.Second)
		synctest.Wait()
		if courier.acts != 3*needs || fired != 0 {
			t.Errorf("before the deadline: %d letters of %d, %d fired", courier.acts, 3*needs, fired)
		}
		for i := range 100 { // letters for the time around the deadline
			submit(t, d, needs+i+1)
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if fired != needs {
			t.Errorf("%d deadlines of %d were fired", fired, needs)
		}
		if latest > time.Second {
			t.Errorf("the last one came %s late", latest)
		}
		if one, err := d.Audit(t.Context(), "n7"); err != nil || len(one.Faults) > 0 {
			t.Errorf("the record does not replay: %v %v", one.Faults, err)
		}
	})
}

// A deadline that is nearer than all before it, recorded right after the store was asked, is fired in time all the same.
func TestRunSeesNearerDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := running(t)
		fired := make(chan time.Duration, 1)
		d.Observe(desk.Observer{Fired: func(late time.Duration) { fired <- late }})
		defer run(t, d, nil)()
		synctest.Wait() // it has asked, and there is nothing to come
		submit(t, d, 1)
		time.Sleep(48*time.Hour + time.Second)
		select {
		case late := <-fired:
			if late > time.Second {
				t.Errorf("it was fired %s late", late)
			}
		default:
			t.Error("it was not fired")
		}
	})
}

// While many commands come in, letters rest as long as they took; when none comes they go one group after the other.
func TestLettersRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := running(t)
		for i := range 150 {
			submit(t, d, i+1)
		}
		courier := &slowCourier{took: 80 * time.Millisecond}
		defer run(t, d, courier)()
		for i := range 400 {
			time.Sleep(2 * time.Millisecond)
			submit(t, d, 150+i+1)
		}
		busy := time.Now()
		time.Sleep(time.Minute)
		synctest.Wait()
		if courier.acts != 3*550 {
			t.Errorf("%d letters of %d went out", courier.acts, 3*550)
		}
		rested, rushed := 0, 0
		for i := 1; i < len(courier.turns); i++ {
			begin, gap := courier.turns[i][0], courier.turns[i][0].Sub(courier.turns[i-1][1])
			switch {
			case begin.Before(busy) && gap < courier.took*9/10:
				t.Errorf("group %d began %s after the one before, while commands came in", i, gap)
			case begin.Before(busy):
				rested++
			case gap == 0:
				rushed++
			}
		}
		if rested < 3 || rushed < 3 {
			t.Errorf("%d groups rested and %d did not, of %d", rested, rushed, len(courier.turns))
		}
	})
}
