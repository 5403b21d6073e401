package sim

import (
	"container/heap"

	"firstlook/calendar"
)

// event is something that happens at an instant of the world's true time.
type event struct {
	at  calendar.Instant
	seq int64 // of two at one instant, the one that was planned first
	do  func()
}

// queue is what is still to happen.
type queue struct {
	events []event
	seq    int64
}

func (q *queue) Len() int { return len(q.events) }
func (q *queue) Less(i, j int) bool {
	a, b := &q.events[i], &q.events[j]
	return a.at < b.at || a.at == b.at && a.seq < b.seq
}
func (q *queue) Swap(i, j int) { q.events[i], q.events[j] = q.events[j], q.events[i] }
func (q *queue) Push(x any)    { q.events = append(q.events, x.(event)) }
func (q *queue) Pop() any {
	last := len(q.events) - 1
	e := q.events[last]
	q.events[last] = event{}
	q.events = q.events[:last]
	return e
}

func (q *queue) plan(at calendar.Instant, do func()) {
	q.seq++
	heap.Push(q, event{at, q.seq, do})
}

func (q *queue) next() event { return heap.Pop(q).(event) }
