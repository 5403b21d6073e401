package cli

import (
	"io"
	"sync"
)

// laterLines hands what is written on from a goroutine of its own, as it is and in its order: an answer to a request does not wait until a
// disk, which commits somebody's records just then, takes the line that says so. What comes while a write is under way goes with the next one.
// Where more than maxLines bytes wait, whoever writes waits too; nothing is dropped.
type laterLines struct {
	out io.Writer

	mu      sync.Mutex
	changed sync.Cond
	waiting []byte
	ending  bool
	ended   chan struct{}
}

// maxLines bounds what waits, in bytes.
const maxLines = 1 << 20

func newLaterLines(out io.Writer) *laterLines {
	l := &laterLines{out: out, ended: make(chan struct{})}
	l.changed.L = &l.mu
	go l.run()
	return l
}

// Write implements [io.Writer].
func (l *laterLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.waiting) > maxLines && !l.ending {
		l.changed.Wait()
	}
	if l.ending { // whoever is late writes by itself
		return l.out.Write(p)
	}
	l.waiting = append(l.waiting, p...)
	l.changed.Broadcast()
	return len(p), nil
}

// Close returns when everything is handed on. What is written afterwards is handed on at once.
func (l *laterLines) Close() {
	l.mu.Lock()
	l.ending = true
	l.changed.Broadcast()
	l.mu.Unlock()
	<-l.ended
}

func (l *laterLines) run() {
	defer close(l.ended)
	var spare []byte
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		for len(l.waiting) == 0 && !l.ending {
			l.changed.Wait()
		}
		if len(l.waiting) == 0 {
			return
		}
		now := l.waiting
		l.waiting = spare[:0]
		l.mu.Unlock()
		_, _ = l.out.Write(now) // there is nowhere else to say that this fails
		l.mu.Lock()
		spare = now
		l.changed.Broadcast()
	}
}
