package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"firstlook/capacity"
	"firstlook/internal/journal"
	"firstlook/right"
)

// On a store that several replicas share, what a desk has in memory may be old. It is never trusted for an answer:
//
//   - What is recorded carries the version of its stream and the position up to which the law was read, and the store refuses both
//     when they are old.
//   - What is refused, or read, is checked against the store after it was decided.
//   - What earlier needs count for is read from the record before a need is submitted.
//
// Firing deadlines and delivering acts is one replica's work at a time, by a lease. Whoever does it is only the first to wake:
// any replica settles the time of a need before it decides on it.

// leaseName is the lease of the replica that wakes.
const leaseName = "desk"

const (
	// leaseTime is how long the lease outlives a replica that ends without a word.
	leaseTime = 3 * time.Second
	// claimEvery is how often it is claimed, by the one that has it and by those that have not.
	claimEvery = time.Second
)

// lead is what a replica knows of the lease.
type lead struct {
	mu      sync.Mutex
	ours    bool
	asked   time.Time
	left    bool  // it stepped down and claims no more
	settled int64 // position of the last change of the law that every need was settled under, as far as this desk knows; -1 until it is read
	busy    bool  // settling
}

// Leads reports whether this replica has the lease of what one replica does at a time: firing deadlines, delivering acts, carrying
// letters. It claims the lease, or answers from a claim less than a second old. On a store of one process it is always true.
func (d *Desk) Leads(ctx context.Context) (bool, error) {
	if d.shared == nil {
		return true, nil
	}
	l := &d.lead
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.left || time.Since(l.asked) < claimEvery {
		return l.ours, nil
	}
	before := l.ours
	asked := time.Now()
	ours, err := d.shared.Claim(ctx, leaseName, leaseTime)
	if err != nil {
		l.ours = false
		return false, err
	}
	l.ours, l.asked = ours, asked
	if ours && !before {
		d.newBox() // others may have delivered since
	}
	return ours, nil
}

// leading is the answer of the last claim.
func (d *Desk) leading() bool {
	if d.shared == nil {
		return true
	}
	d.lead.mu.Lock()
	defer d.lead.mu.Unlock()
	return d.lead.ours
}

// errNotOurs says that another replica has taken over.
var errNotOurs = errors.New("another replica delivers now")

// stillLeads prolongs the lease on the way through a long row of acts.
func (d *Desk) stillLeads(ctx context.Context) error {
	ours, err := d.Leads(ctx)
	if err == nil && !ours {
		err = errNotOurs
	}
	return err
}

// stepUp lets a replica that stepped down claim the lease again.
func (d *Desk) stepUp() {
	d.lead.mu.Lock()
	defer d.lead.mu.Unlock()
	d.lead.left, d.lead.asked = false, time.Time{}
}

// stepDown gives the lease back, so that another replica goes on at once.
func (d *Desk) stepDown(ctx context.Context) {
	if d.shared == nil {
		return
	}
	d.lead.mu.Lock()
	defer d.lead.mu.Unlock()
	if d.lead.ours {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseTime)
		defer cancel()
		_ = d.shared.Release(ctx, leaseName) // else it ends by itself
	}
	d.lead.ours, d.lead.left = false, true
}

// Changes returns a channel of positions, as [journal.Feed] does: whoever shows what is recorded looks again when one comes. On a
// shared store it tells of what other replicas record, too.
func (d *Desk) Changes(ctx context.Context) <-chan int64 {
	if d.shared != nil {
		return d.shared.Changes(ctx)
	}
	return d.feed.Changes(ctx)
}

// recordedAt tells whoever waits that the record has grown.
func (d *Desk) recordedAt(position int64) {
	d.watch.recorded.Add(1)
	d.feed.Publish(position)
	d.nudge()
}

// append records a write that was decided under a law.
func (d *Desk) append(ctx context.Context, w journal.Write, in *inForce) (journal.Record, error) {
	if d.shared == nil {
		return d.store.Append(ctx, w)
	}
	return d.shared.AppendOn(ctx, w, in.basis())
}

// appendNext records a write at the end of its stream, wherever that is by then: what others append there meanwhile stands beside it.
func (d *Desk) appendNext(ctx context.Context, w journal.Write) (journal.Record, error) {
	for attempt := 1; ; attempt++ {
		head, err := d.store.Head(ctx, w.Stream)
		if err != nil {
			return journal.Record{}, err
		}
		w.Expect = head.Version
		r, err := d.store.Append(ctx, w)
		var conflict *journal.Conflict
		if err == nil || attempt == maxAttempts || !errors.As(err, &conflict) {
			return r, err
		}
	}
}

// holds checks a decision that records nothing: that neither the need nor the law has moved on.
func (d *Desk) holds(ctx context.Context, id capacity.NeedID, s *stream, in *inForce) error {
	if d.shared == nil {
		return nil
	}
	return d.shared.Holds(ctx, journal.Head{Stream: streamOf(id), Version: s.version}, in.basis())
}

// lawHolds checks that the law in memory is that of the record.
func (d *Desk) lawHolds(ctx context.Context) error {
	if d.shared == nil {
		return nil
	}
	return d.shared.Holds(ctx, nothing, d.law.Load().basis())
}

// current loads a need as it is now, under the law as it is now; the lock of s is held.
func (d *Desk) current(ctx context.Context, s *stream, id capacity.NeedID) error {
	for range maxAttempts {
		in := d.law.Load()
		if err := d.load(ctx, s, id); err != nil {
			return err
		}
		err := d.holds(ctx, id, s, in)
		again, failed := d.overtaken(ctx, s, err)
		if failed != nil || !again {
			return errors.Join(failed, err)
		}
	}
	return fmt.Errorf("need %s: it changed %d times while it was read; try again", id, maxAttempts)
}

// records reads a stream, and sees to it that the law has all that its records may rest on: an event that was recorded under a clause
// cannot be read by a desk that does not know the clause.
func (d *Desk) records(ctx context.Context, s journal.Stream) ([]journal.Record, error) {
	records, err := d.store.Read(ctx, s, 0)
	if err != nil || len(records) == 0 {
		return records, err
	}
	_, err = d.LawAt(ctx, records[len(records)-1].Position)
	return records, err
}

// LawAt returns the law with all that was recorded of it up to a position, and maybe more: what whoever folds records up to there needs.
func (d *Desk) LawAt(ctx context.Context, position int64) (*right.Law, error) {
	in := d.law.Load()
	if d.shared == nil || in.through >= position {
		return in.law, nil
	}
	last, err := d.shared.Last(ctx)
	if err != nil {
		return nil, err
	}
	var stale *journal.Stale
	if err := d.shared.Holds(ctx, nothing, in.basis()); errors.As(err, &stale) {
		err = d.refreshLaw(ctx, stale.Have)
		return d.Law(), err
	} else if err != nil {
		return nil, err
	}
	d.knownTo(in, last)
	return in.law, nil
}

// nothing is the head of a stream that does not exist.
var nothing = journal.Head{Stream: "law"}

// knownTo notes that the law did not change up to a position.
func (d *Desk) knownTo(in *inForce, position int64) {
	if d.shared == nil || in.through >= position {
		return
	}
	further := *in
	further.through = position
	d.law.CompareAndSwap(in, &further) // where it was replaced meanwhile, the other knows at least as much
}

// refreshLaw reads the law again, unless somebody has read it up to a position meanwhile.
func (d *Desk) refreshLaw(ctx context.Context, position int64) error {
	d.reading.Lock()
	if d.law.Load().through >= position {
		d.reading.Unlock()
		return nil
	}
	err := d.readLaw(ctx)
	d.reading.Unlock()
	if err != nil {
		return err
	}
	if d.shared == nil {
		return d.loadRecent(ctx)
	}
	d.recentOld.Store(true) // whoever needs it reads it anew; it may be the very one that has come upon the new law while reading it
	return nil
}

// hearLaw takes in what this replica or another changed of the law.
func (d *Desk) hearLaw(ctx context.Context) error {
	if err := d.takeIn(ctx); err != nil {
		return err
	}
	var stale *journal.Stale
	err := d.lawHolds(ctx)
	if errors.As(err, &stale) {
		return d.refreshLaw(ctx, stale.Have)
	}
	return err
}

// followLaw takes in what another replica changed of the law, and has every need settled under a change beside everything else, where
// whoever changed it ended before that was done.
func (d *Desk) followLaw(ctx context.Context, report func(error)) error {
	if ours, err := d.Leads(ctx); err != nil || !ours {
		return err
	}
	if err := d.hearLaw(ctx); err != nil {
		return err
	}
	through, err := d.settledThrough(ctx)
	if err != nil {
		return err
	}
	l := &d.lead
	l.mu.Lock()
	defer l.mu.Unlock()
	if through >= d.law.Load().last || l.busy {
		return nil
	}
	l.busy = true
	go func() {
		err := d.SettleLaw(ctx)
		l.mu.Lock()
		l.busy = false
		l.mu.Unlock()
		if err != nil && ctx.Err() == nil && report != nil {
			report(err)
		}
		d.nudge()
	}()
	return nil
}

// recentPage is how many records are read at a time to catch up.
const recentPage = 512

// catchUpRecent takes in what was recorded since it last looked, by any replica, as far as it may count for a new need.
func (d *Desk) catchUpRecent(ctx context.Context) error {
	if d.shared == nil || !d.looksBack() {
		return nil
	}
	d.catchUp.Lock()
	defer d.catchUp.Unlock()
	for {
		if d.recentOld.Swap(false) {
			if err := d.readAllRecent(ctx); err != nil {
				d.recentOld.Store(true)
				return err
			}
		}
		records, err := d.store.ReadAll(ctx, d.through, recentPage)
		if err != nil || len(records) == 0 {
			return err
		}
		touched := map[capacity.NeedID]bool{}
		for i := range records {
			if id, ok := strings.CutPrefix(string(records[i].Stream), needPrefix); ok {
				touched[capacity.NeedID(id)] = true
			}
		}
		for id := range touched {
			if err := d.readRecent(ctx, id); err != nil {
				return err
			}
		}
		d.through = records[len(records)-1].Position
	}
}

// readRecent replaces what is kept of a need by what its record says.
func (d *Desk) readRecent(ctx context.Context, id capacity.NeedID) error {
	events, err := d.History(ctx, id)
	if err != nil || len(events) == 0 {
		return err
	}
	s := right.Replay(d.Law(), events)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.recent = slices.DeleteFunc(d.recent, func(r right.Related) bool { return r.Need == id })
	d.addRecent(&s, events)
	return nil
}
