package group_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"firstlook/internal/sqlite/group"
)

// TestBatches holds the function up: what comes meanwhile is one batch, never more than the most.
func TestBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sizes []int
		q := group.New(100, 8, func(items []int) {
			sizes = append(sizes, len(items))
			time.Sleep(time.Second)
		})
		var wg sync.WaitGroup
		put := func(n int) {
			for i := range n {
				wg.Go(func() {
					if err := q.Do(t.Context(), i); err != nil {
						t.Error(err)
					}
				})
			}
			synctest.Wait()
		}
		put(1)
		put(12)
		wg.Wait()
		q.Close()
		if len(sizes) != 3 || sizes[0] != 1 || sizes[1] != 8 || sizes[2] != 4 {
			t.Fatalf("batches of %v", sizes)
		}
	})
}

// TestContext ends contexts before an item is put in, while the queue is full, while it waits, and after it was taken.
func TestContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []string
		q := group.New(1, 1, func(items []string) {
			seen = append(seen, items...)
			time.Sleep(10 * time.Second)
		})
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := q.Do(ended, "never"); !errors.Is(err, context.Canceled) {
			t.Fatalf("an ended context: %v", err)
		}
		results := make([]error, 3)
		var wg sync.WaitGroup
		for i, name := range []string{"taken", "waits", "no room"} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i+1)*time.Second)
			defer cancel()
			wg.Go(func() { results[i] = q.Do(ctx, name) })
			synctest.Wait()
		}
		wg.Wait()
		q.Close()
		if results[0] != nil || !errors.Is(results[1], context.DeadlineExceeded) || !errors.Is(results[2], context.DeadlineExceeded) {
			t.Fatalf("results %v", results)
		}
		if len(seen) != 1 || seen[0] != "taken" {
			t.Fatalf("the function saw %q", seen)
		}
	})
}

// TestClose closes under load: what was put in is run, the rest is refused, and nothing is lost between.
func TestClose(t *testing.T) {
	var ran, accepted atomic.Int64
	q := group.New(4, 16, func(items []int) { ran.Add(int64(len(items))) })
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			for {
				err := q.Do(t.Context(), 1)
				if errors.Is(err, group.ErrClosed) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				accepted.Add(1)
			}
		})
	}
	for accepted.Load() < 1000 {
		time.Sleep(time.Millisecond)
	}
	q.Close()
	q.Close()
	wg.Wait()
	if ran.Load() != accepted.Load() {
		t.Fatalf("ran %d, accepted %d", ran.Load(), accepted.Load())
	}
}
