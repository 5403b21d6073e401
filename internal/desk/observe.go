package desk

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"firstlook/calendar"
	"firstlook/internal/journal"
	"firstlook/internal/outbox"
	"firstlook/right"
)

// Observer is told what a desk does, for whoever counts. Its functions return at once; one that is nil is not called.
type Observer struct {
	// Command is told of each command: what was asked, how long it took with its recording, and what [Desk.Do] answered.
	Command func(ask right.Ask, took time.Duration, err error)
	// Fired is told of each deadline that the loop fired, and how late after its instant.
	Fired func(late time.Duration)
}

// Observe sets who is told. It is called before the desk is used.
func (d *Desk) Observe(o Observer) { d.watch.observer = o }

// watch is what is known of a desk at work.
type watch struct {
	observer Observer
	beat     atomic.Pointer[beat]
	recorded atomic.Int64 // records that came of commands at this desk
}

// beat is the last sign of life of the loop.
type beat struct {
	at    time.Time
	until time.Time // it sleeps until then at the latest; zero where it is at work
}

const (
	// stepTime is how long one step of the loop may take: one deadline, or one act, which may wait for somebody's server.
	stepTime = time.Minute
	// oversleep is how late a loop may wake on a machine that is busy.
	oversleep = 10 * time.Second
)

// works notes that the loop is at work and begins another step.
func (w *watch) works() { w.beat.Store(&beat{at: time.Now()}) }

// sleeps notes for how long the loop sleeps at most.
func (w *watch) sleeps(most time.Duration) {
	now := time.Now()
	w.beat.Store(&beat{at: now, until: now.Add(most)})
}

// ends notes that the loop has ended.
func (w *watch) ends() { w.beat.Store(nil) }

// Beats reports whether the loop of [Desk.Run] is alive: it sleeps, and not for too long, or it is at work and gets on with it.
func (d *Desk) Beats() bool {
	b := d.watch.beat.Load()
	switch {
	case b == nil:
		return false
	case b.until.IsZero():
		return time.Since(b.at) < stepTime
	}
	return time.Now().Before(b.until.Add(oversleep))
}

// fired tells the observer of a deadline.
func (w *watch) fired(due, now calendar.Instant) {
	if w.observer.Fired != nil {
		w.observer.Fired(max(0, now.Sub(due)))
	}
}

// Lease says what is known of the lease: whether this replica has it, and whether that is known, which it is not while the store
// cannot be asked. On a store of one process it is ours.
func (d *Desk) Lease() (ours, known bool) {
	if d.shared == nil {
		return true, true
	}
	d.lead.mu.Lock()
	defer d.lead.mu.Unlock()
	return d.lead.ours, time.Since(d.lead.asked) < leaseTime+oversleep
}

// Shared reports whether other processes may write to the record, too.
func (d *Desk) Shared() bool { return d.shared != nil }

// Answers asks the store for something small: nil if it answers.
func (d *Desk) Answers(ctx context.Context) error {
	_, err := d.store.Head(ctx, providersStream)
	return err
}

// LawPosition is the position of the last record that made the law which this desk knows; 0 while there is none.
func (d *Desk) LawPosition() int64 { return d.law.Load().last }

// Waiting lists the acts that are open, in order per recipient, from the record.
func (d *Desk) Waiting(ctx context.Context) ([]outbox.Act, error) { return d.box.Load().Pending(ctx) }

// Open is how many acts the outbox has to do, as far as it has read. On a replica without the lease it is what was left when it had it.
func (d *Desk) Open() int { return d.box.Load().Open() }

// Outcome codes of [OutcomeOf] that are none of the law's.
const (
	OutcomeDone   = "done"
	OutcomeFault  = "fault"
	OutcomeFailed = "failed"
)

// OutcomeOf names how a command ended: done, the code of the law's refusal, fault where the world failed, or failed.
func OutcomeOf(err error) string {
	var no *right.Refusal
	var fault *journal.Fault
	switch {
	case err == nil:
		return OutcomeDone
	case errors.As(err, &no):
		return string(no.Code)
	case errors.As(err, &fault), errors.Is(err, journal.ErrClosed), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return OutcomeFault
	}
	return OutcomeFailed
}
