package desk

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/party"
	"firstlook/right"
)

// The first list after a start would read every need while somebody waits for it. [Index.Warm] does that beforehand, beside what else the
// server does; until it has, a list is [Warming]. It makes nothing that a list would not make itself, and what was recorded
// meanwhile, by whatever replica, is made anew by the list: so it can only be early, never wrong.

// Warming says that the lists are still being made after a start.
type Warming struct{ Percent int }

// Error says so.
func (w *Warming) Error() string { return "the lists are being made after a start" }

// warming is how far the work is.
type warming struct {
	running  atomic.Bool
	done, of atomic.Int64
	over     chan struct{} // closed when it ends; set before running is
}

// listWaits is how long a list waits for the work to end before it is [Warming].
const listWaits = time.Second

// wait returns when no work is under way, or that it is.
func (w *warming) wait(ctx context.Context) error {
	if !w.running.Load() {
		return nil
	}
	t := time.NewTimer(listWaits)
	defer t.Stop()
	select {
	case <-w.over:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return &Warming{w.percent()}
	}
}

func (w *warming) percent() int {
	return int(w.done.Load() * 100 / max(w.of.Load(), 1))
}

// Progress says how far [Index.Warm] is, in percent, and whether it is at work.
func (x *Index) Progress() (percent int, working bool) {
	return x.warm.percent(), x.warm.running.Load()
}

// Warm makes the views of every need that are not there, with half of the machine's processors, until all are made or the index is nearly
// full. It is called once, beside the lists; its error is a fault of the record, and lists then do the work themselves.
func (x *Index) Warm(ctx context.Context) error {
	x.warm.over = make(chan struct{})
	x.warm.running.Store(true)
	defer func() {
		x.warm.running.Store(false)
		close(x.warm.over)
	}()
	x.mu.Lock()
	err := x.catchUp(ctx)
	ids := append([]capacity.NeedID(nil), x.ids...)
	through := x.through
	x.mu.Unlock()
	if err != nil {
		return err
	}
	x.warm.of.Store(int64(len(ids)))
	var work sync.WaitGroup
	var next atomic.Int64
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	for range max(1, runtime.GOMAXPROCS(0)/2) {
		work.Go(func() {
			for ctx.Err() == nil {
				i := next.Add(1) - 1
				if i >= int64(len(ids)) {
					return
				}
				if err := x.prepare(ctx, ids[i], through); err != nil {
					stop(err)
				}
				x.warm.done.Add(1)
			}
		})
	}
	work.Wait()
	if err := context.Cause(ctx); err != nil && !errors.Is(err, errFull) {
		return err
	}
	return nil
}

// errFull says that the index is nearly full: what is beyond is made when it is asked for.
var errFull = errors.New("the index is nearly full")

// prepare makes the views of one need beside the lists, and keeps them where nothing has moved on meanwhile.
func (x *Index) prepare(ctx context.Context, id capacity.NeedID, through int64) error {
	x.mu.Lock()
	e := x.needs[id]
	version, made, full := e.version, e.built != 0, x.weight >= x.room()
	x.mu.Unlock()
	if made {
		return nil
	}
	if full {
		return errFull
	}
	m, err := x.make(ctx, id, through, nil, true)
	if err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if e.built != 0 || e.version != version || m.law != x.law {
		return nil
	}
	x.install(e, m, true)
	return nil
}

// made is a need as it was read, with views that are made of it.
type made struct {
	buyer party.ID // empty where the stream has no need
	views map[party.ID]*Listed
	law   *right.Law
	until calendar.Instant
}
