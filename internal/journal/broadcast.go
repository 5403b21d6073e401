package journal

import (
	"context"
	"sync"
)

// Broadcast tells any number of listeners the position of the last record: the part of a [Feed] that every feed needs. The zero
// Broadcast is ready.
type Broadcast struct {
	mu    sync.Mutex
	last  int64
	over  bool
	heard map[chan int64]bool
}

// Publish tells of a position, if it is news.
func (b *Broadcast) Publish(last int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if last <= b.last || b.over {
		return
	}
	b.last = last
	for ch := range b.heard {
		select {
		case <-ch: // the value that waits is old news
		default:
		}
		ch <- last
	}
}

// Changes is that of [Feed].
func (b *Broadcast) Changes(ctx context.Context) <-chan int64 {
	ch := make(chan int64, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over || ctx.Err() != nil {
		close(ch)
		return ch
	}
	if b.heard == nil {
		b.heard = map[chan int64]bool{}
	}
	ch <- b.last
	b.heard[ch] = true
	context.AfterFunc(ctx, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.heard[ch] {
			delete(b.heard, ch)
			close(ch)
		}
	})
	return ch
}

// Close closes every listener's channel.
func (b *Broadcast) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.over = true
	for ch := range b.heard {
		delete(b.heard, ch)
		close(ch)
	}
}
