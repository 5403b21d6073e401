// Package group turns many callers that each wait for a disk into few waits.
//
// A [Queue] has one goroutine that takes everything that waits, hands it as one batch to a function (which writes it
// in one transaction) and then tells every caller. While the disk is busy with one batch the next one gathers, so a
// batch is as large as the load makes it, and a single caller never waits for company.
package group

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
)

// ErrClosed says that the queue was closed before the item was put in.
var ErrClosed = errors.New("the queue is closed")

// Queue hands items in batches to one function.
type Queue[T any] struct {
	in      chan *entry[T]
	most    int
	run     func([]T)
	entries sync.Pool
	mu      sync.RWMutex // held for reading while sending, so that Close never closes under a sender
	closed  bool
	ended   chan struct{}
}

type entry[T any] struct {
	item  T
	state atomic.Int32
	done  chan struct{} // one token per item that was taken
}

const (
	waiting int32 = iota
	taken
	abandoned
)

// New starts a queue in which at most waiting items stand, and which hands at most most items at once to run. Run is
// called from one goroutine; the slice is its own only until it returns.
func New[T any](waiting, most int, run func([]T)) *Queue[T] {
	q := &Queue[T]{in: make(chan *entry[T], waiting), most: most, run: run, ended: make(chan struct{})}
	q.entries.New = func() any { return &entry[T]{done: make(chan struct{}, 1)} }
	go q.loop()
	return q
}

// Do puts an item in and returns nil once run has returned for it. Any error, that of the context included, means
// that run never saw the item: a context that ends after the item was taken is ignored, since the outcome is near.
func (q *Queue[T]) Do(ctx context.Context, item T) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	e := q.entries.Get().(*entry[T])
	e.item = item
	e.state.Store(waiting)
	if err := q.send(ctx, e); err != nil {
		return err
	}
	if ctx.Done() == nil {
		<-e.done
	} else {
		select {
		case <-e.done:
		case <-ctx.Done():
			if e.state.CompareAndSwap(waiting, abandoned) {
				return ctx.Err() // the loop drops the entry when it comes to it; it is not used again
			}
			<-e.done
		}
	}
	var zero T
	e.item = zero
	q.entries.Put(e)
	return nil
}

func (q *Queue[T]) send(ctx context.Context, e *entry[T]) error {
	q.mu.RLock()
	defer q.mu.RUnlock()
	if q.closed {
		return ErrClosed
	}
	select {
	case q.in <- e:
		return nil
	default:
	}
	select {
	case q.in <- e:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close refuses new items and returns when run has returned for all that were put in. It may be called again.
func (q *Queue[T]) Close() {
	q.mu.Lock()
	if !q.closed {
		q.closed = true
		close(q.in)
	}
	q.mu.Unlock()
	<-q.ended
}

func (q *Queue[T]) loop() {
	defer close(q.ended)
	var (
		batch []*entry[T]
		items []T
	)
	for first := range q.in {
		batch = q.gather(append(batch[:0], first))
		items = items[:0]
		kept := batch[:0]
		for _, e := range batch {
			if e.state.CompareAndSwap(waiting, taken) {
				kept = append(kept, e)
				items = append(items, e.item)
			}
		}
		if len(items) > 0 {
			q.run(items)
		}
		for _, e := range kept {
			e.done <- struct{}{}
		}
		clear(items)
	}
}

// gather adds what waits. The callers of the last batch were told just now and are about to put their next items in:
// yielding to them a few times, as long as it brings more, doubles the batch for less than the cost of one fsync.
func (q *Queue[T]) gather(batch []*entry[T]) []*entry[T] {
	const yields = 3
	batch = q.drain(batch)
	for range yields {
		before := len(batch)
		runtime.Gosched()
		batch = q.drain(batch)
		if len(batch) == before {
			break
		}
	}
	return batch
}

func (q *Queue[T]) drain(batch []*entry[T]) []*entry[T] {
	for len(batch) < q.most {
		select {
		case e, ok := <-q.in:
			if !ok {
				return batch
			}
			batch = append(batch, e)
		default:
			return batch
		}
	}
	return batch
}
