package sim

import "firstlook/calendar"

// Fault is a kind of failure.
type Fault int

// The kinds of faults that a world has.
const (
	Crash Fault = iota
	TornWrite
	FullDisk
	SlowDisk
	LostPrimary
	ClockJump
	Partition
	Network
	Courier
	faults
)

var faultNames = [faults]string{"crash", "torn write", "full disk", "slow disk", "lost primary", "clock jump", "partition", "network", "courier"}

func (f Fault) String() string { return faultNames[f] }

// Plant is a fault of Firstlook itself, or of what it relies on, that a checker must find.
type Plant int

// The planted faults; the checkers are tested with them.
const (
	Nothing                Plant = iota
	StoreLosesAcknowledged       // after a failover the last acknowledged record is gone
	StoreForgetsKeys             // a key may be used again
	StoreAcceptsAnyVersion       // a write with an old version is recorded all the same
	ReplicaUsesItsClock          // decisions are made by the replica's own clock
	ReplicaTrustsItsMemory       // what is refused is not checked against the record
	CourierLoses                 // a letter is taken and thrown away
	CourierForgetsKeys           // a repeated letter has another key
	CourierChangesText           // a repeated letter has another text
	CourierReorders              // the next letter overtakes
	DeadlinesSleep               // nothing wakes for a deadline
	LawIsNotSettled              // what a process that died left unsettled after a change of the law stays so
	RecordIsEdited               // somebody changes a byte of the record
)

// fail begins so many faults, one after the other.
func (w *world) fail(n int) {
	if n == 0 || w.over {
		return
	}
	r := pick(w.dice, w.replicas...)
	switch pick(w.dice, Crash, Crash, FullDisk, SlowDisk, LostPrimary, ClockJump, Partition, Partition, Courier) {
	case Crash:
		w.crash(r)
	case FullDisk:
		w.cluster.full = w.now + w.span(3*hour)
		w.say("the disk is full")
	case SlowDisk:
		w.table.Faults[SlowDisk]++
		w.cluster.slow = w.now + w.span(6*hour)
		w.say("the disk is slow")
	case LostPrimary:
		w.cluster.lose()
	case ClockJump:
		w.table.Faults[ClockJump]++
		w.jump(r)
	case Partition:
		w.table.Faults[Partition]++
		if w.chance(50) {
			r.cut = w.now + w.span(2*hour)
			w.say("%s and the database do not reach each other", r)
		} else {
			r.deaf = w.now + w.span(2*hour)
			w.say("clients do not reach %s", r)
		}
	case Courier:
		who := pick(w.dice, w.people...)
		w.boxes[who].shut = w.now + w.span(12*hour)
		w.say("nothing can be handed to %s", who)
	}
	w.after(w.span(36*hour), func() { w.fail(n - 1) })
}

// crash kills a replica and plans its next start.
func (w *world) crash(r *replica) {
	if !r.alive {
		return
	}
	w.table.Faults[Crash]++
	r.kill()
	if w.panics < mostPanics {
		w.after(second+w.span(pick(w.dice, minute, hour, 12*hour)), r.start)
	}
}

// mostPanics is when nobody starts a replica any more.
const mostPanics = 5

// jump moves a clock: the database's, or a replica's own.
func (w *world) jump(r *replica) {
	if w.chance(50) {
		r.own += w.span(48*hour) - day
		w.say("the clock of %s jumps", r)
		return
	}
	w.cluster.offset += w.span(2*hour) - hour
	w.say("the database's clock jumps")
	w.clockSeen()
}

// strike plans a failure for just while a replica waits for the store.
func (w *world) strike(r *replica, wait calendar.Instant) {
	kind, life := pick(w.dice, Crash, Crash, LostPrimary, Partition), r.life
	w.after(w.span(wait+1), func() {
		switch {
		case w.calm || r.life != life:
		case kind == Crash:
			w.crash(r)
		case kind == LostPrimary:
			w.cluster.lose()
		default:
			w.table.Faults[Partition]++
			r.cut = w.now + w.span(minute)
		}
	})
}
