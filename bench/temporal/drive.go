package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
)

// drive runs the worker and the callers against a server: the warm-up, the time that counts, and the end of what is under way.
func drive(ctx context.Context, s *server, way string, n int, o options) (load, histories, error) {
	c, err := client.DialContext(ctx, client.Options{HostPort: s.hello.Address, Namespace: namespace, Logger: quiet{}})
	if err != nil {
		return load{}, histories{}, err
	}
	defer c.Close()
	w := &office{}
	work := worker.New(c, queue, worker.Options{MaxConcurrentWorkflowTaskPollers: o.pollers, MaxConcurrentActivityTaskPollers: o.pollers})
	work.RegisterWorkflow(w.Negotiate)
	work.RegisterActivity(w.Notice)
	if err := work.Start(); err != nil {
		return load{}, histories{}, err
	}
	defer work.Stop()
	var t tally
	calling, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	for caller := range n {
		wg.Go(func() {
			for i := 0; !t.ended.Load(); i++ {
				id := fmt.Sprintf("n%d-%d", caller, i)
				took, err := w.one(calling, c, id, way == "activity")
				t.add(id, took, err)
			}
		})
	}
	l, err := t.window(s, n, o)
	t.ended.Store(true)
	cancel() // what is under way need not end: it would not count
	wg.Wait()
	if errors.Is(t.err, errWrong) {
		err = errors.Join(err, t.err)
	}
	if l.first = t.err; err != nil || l.done == 0 {
		return l, histories{}, err
	}
	ctx, cancel = context.WithTimeout(ctx, patience)
	defer cancel()
	h, err := readHistories(ctx, c, t.ids)
	return l, h, err
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// tally counts what is completed: all of it, and apart what is completed while it counts.
type tally struct {
	mu       sync.Mutex
	all      int
	counting bool
	took     []time.Duration
	ids      []string // of the first ones that count, sampled at most
	failed   int      // while it counts: calls that the server did not answer in the SDK's time
	err      error    // the first failure, or a wrong award
	ended    atomic.Bool
}

func (t *tally) add(id string, took time.Duration, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.ended.Load():
		return
	case errors.Is(err, errWrong):
		t.err = err
		t.ended.Store(true)
		return
	case err != nil:
		if t.err == nil {
			t.err = err
		}
		if t.counting {
			t.failed++
		}
		return
	}
	if t.all++; !t.counting {
		return
	}
	t.took = append(t.took, took)
	if len(t.ids) < sampled {
		t.ids = append(t.ids, id)
	}
}

// count begins to count, or ends it; it returns what has counted.
func (t *tally) count(on bool) (took []time.Duration, failed int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counting = on
	return t.took, t.failed
}

func (t *tally) completed() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.all
}

// patience is how long the callers' first or next negotiations are waited for.
const patience = 90 * time.Second

// pass waits so long, and then until n more negotiations have ended, patience is over, or an award is wrong.
func (t *tally) pass(least time.Duration, n int) {
	begin, before := time.Now(), t.completed()
	time.Sleep(least)
	for t.completed() < before+n && time.Since(begin) < patience && !t.ended.Load() {
		time.Sleep(20 * time.Millisecond)
	}
}

// window lets the warm-up pass and then counts for the time of the cell.
func (t *tally) window(s *server, callers int, o options) (load, error) {
	t.pass(seconds(o.warmup), callers)
	serverBefore, err := s.cpu()
	if err != nil {
		return load{}, err
	}
	clientBefore, begin := cpuSeconds(), time.Now()
	t.count(true)
	t.pass(seconds(o.seconds), callers)
	took, failed := t.count(false)
	l := load{done: len(took), failed: failed, took: took, seconds: time.Since(begin).Seconds(), clientCPU: cpuSeconds() - clientBefore}
	after, err := s.cpu()
	l.serverCPU = after - serverBefore
	return l, err
}

// load is what was counted of Temporal within the time of a cell.
type load struct {
	done, failed         int
	first                error // the first failure, if any
	seconds              float64
	serverCPU, clientCPU float64
	took                 []time.Duration
}

func (l load) rate() float64 { return float64(l.done) / l.seconds }

// percentile of the times that negotiations took, in milliseconds.
func (l load) percentile(p int) float64 {
	if len(l.took) == 0 {
		return 0
	}
	slices.Sort(l.took)
	return float64(l.took[(len(l.took)-1)*p/100].Microseconds()) / 1000
}

// histories says what Temporal recorded of some negotiations.
type histories struct{ read, events, timers int }

func (h histories) String() string {
	return fmt.Sprintf("%.1f events, timer in %d of %d", float64(h.events)/float64(h.read), h.timers, h.read)
}

// sampled is how many histories are read.
const sampled = 50

// readHistories reads what was recorded of these negotiations.
func readHistories(ctx context.Context, c client.Client, ids []string) (histories, error) {
	var h histories
	for _, id := range ids {
		events := c.GetWorkflowHistory(ctx, id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		h.read++
		for events.HasNext() {
			e, err := events.Next()
			if err != nil {
				return h, err
			}
			h.events++
			if e.EventType == enums.EVENT_TYPE_TIMER_STARTED {
				h.timers++
			}
		}
	}
	return h, nil
}

// quiet takes what the SDK would log.
type quiet struct{}

var _ log.Logger = quiet{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
