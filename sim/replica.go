package sim

import (
	"context"
	"fmt"
	"iter"
	"runtime/debug"
	"time"

	"firstlook/calendar"
	"firstlook/internal/desk"
)

// replica is one process: a desk, started on the cluster. It does one thing at a time, as a coroutine that gives the word back
// at each call of the store.
type replica struct {
	w     *world
	id    int
	life  int  // how often it was started
	alive bool // the process runs
	cut   calendar.Instant
	deaf  calendar.Instant // until when the clients do not reach it
	own   calendar.Instant // offset of its own clock, by which it wakes

	desk   *desk.Desk
	jobs   []job
	now    *job // under way
	doing  *doing
	yield  func(calendar.Instant) bool
	next   func() (calendar.Instant, bool)
	stop   func()
	steps  int  // calls of the store by the job under way
	ruined bool // it panicked
	hushed bool // reads of a stream answer at once: how many there are before a letter is carried is not the same each time
}

// job is what a replica has to do.
type job struct {
	name string
	do   func(ctx context.Context)
	// gone is told when the replica dies before the job is done; nil where nobody waits.
	gone func()
}

// doing is one piece of work that may record something: when it began and ended, by the order of the world's steps and by the
// database's clock.
type doing struct {
	call, end int64            // steps; end is 0 while nothing was answered
	low, high calendar.Instant // of the database's clock between the two
}

// mostSteps is more calls of the store than any job takes.
const mostSteps = 5_000

// killed unwinds a coroutine whose replica is dead.
type killed struct{}

func (r *replica) String() string { return fmt.Sprintf("r%d", r.id) }

// Now implements [desk.Clock]: the database's time rules.
func (r *replica) Now() calendar.Instant {
	if r.w.Plant == ReplicaUsesItsClock {
		return r.w.now + r.own
	}
	return r.w.cluster.now()
}

// After implements [desk.Clock]. Nobody waits here: a world wakes its replicas itself.
func (r *replica) After(calendar.Instant) <-chan time.Time { return nil }

// start brings the process up: it opens the desk on the record as it finds it.
func (r *replica) start() {
	if r.alive {
		return
	}
	r.alive, r.life, r.desk = true, r.life+1, nil
	r.jobs, r.now, r.hushed = nil, nil, false
	r.w.say("%s starts", r)
	r.push(job{name: "open", do: func(ctx context.Context) {
		d, err := desk.Open(ctx, r.store(), r, tables)
		if err != nil {
			r.w.say("%s cannot open: %v", r, err)
			life := r.life
			r.w.after(minute, func() {
				if r.life == life {
					r.kill()
					r.start()
				}
			})
			return
		}
		r.desk = d
		r.w.say("%s is open", r)
	}})
}

// kill ends the process at once.
func (r *replica) kill() {
	if !r.alive {
		return
	}
	r.alive, r.desk = false, nil
	r.w.say("%s is killed", r)
	waiting := r.jobs
	if r.now != nil {
		waiting = append([]job{*r.now}, waiting...)
		r.stop() // unwinds the coroutine
	}
	r.jobs, r.now, r.doing = nil, nil, nil
	r.w.cluster.orphan(r)
	for _, j := range waiting {
		if j.gone != nil {
			j.gone()
		}
	}
}

// push lines a job up.
func (r *replica) push(j job) {
	r.jobs = append(r.jobs, j)
	r.work()
}

// work begins the next job when none is under way.
func (r *replica) work() {
	for r.alive && r.now == nil && len(r.jobs) > 0 {
		j := r.jobs[0]
		r.jobs = r.jobs[1:]
		if r.desk == nil && j.name != "open" {
			if j.gone != nil {
				j.gone()
			}
			continue
		}
		r.now, r.steps = &j, 0
		r.next, r.stop = iter.Pull(func(yield func(calendar.Instant) bool) {
			defer func() {
				if x := recover(); x != nil && x != any(killed{}) {
					r.panics(&j, x)
				}
			}()
			r.yield = yield
			j.do(context.Background())
		})
		r.resume(r.life)
	}
}

// resume goes on with the job under way until it waits again or is done.
func (r *replica) resume(life int) {
	if r.life != life || r.now == nil {
		return
	}
	if wait, more := r.next(); more {
		r.w.after(wait, func() { r.resume(life) })
		return
	}
	r.now = nil
	if r.ruined {
		r.ruined = false
		r.w.crash(r)
		return
	}
	r.work()
}

// panics takes note of a bug: the process ends with it.
func (r *replica) panics(j *job, x any) {
	r.ruined = true
	r.w.panics++
	if r.w.Trace {
		r.w.say("%s", debug.Stack())
	}
	r.w.broken("panic", "%s, %s: %v", r, j.name, x)
}

// pause lets the world go on for a while. If the process is killed meanwhile, it never returns.
func (r *replica) pause(wait calendar.Instant) {
	r.steps++
	if r.steps > mostSteps {
		r.w.broken("rest", "%s made %d calls of the store in one job (%s) and comes to no end", r, r.steps, r.now.name)
		panic(killed{})
	}
	rare := 300
	if r.now.name == "certify" {
		rare = 30 // what follows a change of the law is many writes, and seldom
		if r.w.Plant == LawIsNotSettled {
			rare = 4
		}
	}
	if !r.w.calm && r.w.IntN(rare) == 0 {
		r.w.strike(r, wait)
	}
	if !r.yield(wait) {
		panic(killed{})
	}
}

// begin marks the beginning of a piece of work that may record something.
func (r *replica) begin() *doing {
	at := r.w.cluster.now()
	d := &doing{call: r.w.step(), low: at, high: at}
	r.doing = d
	r.w.open = append(r.w.open, d)
	return d
}

// end marks that it was answered.
func (r *replica) end(d *doing) {
	at := r.w.cluster.now()
	d.low, d.high = min(d.low, at), max(d.high, at)
	d.end = r.w.step()
	r.doing = nil
	r.w.forget(d)
}
