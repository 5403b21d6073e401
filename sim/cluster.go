package sim

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"firstlook/calendar"
	"firstlook/internal/journal"
	"firstlook/internal/journal/memory"
)

// cluster is the simulated database: a primary, and a replica of it that has every write before the writer is told.
type cluster struct {
	w *world
	// inner is what can be read: the records that are durable on both nodes.
	inner *memory.Store
	// log is what the other node has, in order; with it alone it goes on when the primary is lost.
	log []journal.Write
	// pending is a write that the primary has and the other node may not have; it can be read by nobody.
	pending *pending
	owners  []*doing // who made the record at each position after the setup's

	offset calendar.Instant // of the serving node's clock from the true time
	floor  calendar.Instant // the clock's last time, or the last acknowledged record's after a failover
	term   int              // how often the primary changed

	down, full, slow calendar.Instant // until when
}

// pending is one write under way.
type pending struct {
	write journal.Write
	on    journal.Basis
	by    *replica
	doing *doing
}

var (
	errDown    = errors.New("the database does not answer")
	errBroken  = errors.New("the connection broke")
	errFull    = errors.New("no space left on device")
	errStopped = errors.New("the store takes no more writes")
	fullRemedy = "free some space"
)

func newCluster(w *world) *cluster {
	c := &cluster{w: w, inner: memory.New(), floor: Begin}
	for _, write := range w.setup.writes {
		c.replay(write)
	}
	c.log = append(c.log, w.setup.writes...)
	return c
}

// replay applies a write that the log has.
func (c *cluster) replay(write journal.Write) journal.Record {
	r, err := c.inner.Append(context.Background(), write)
	if err != nil {
		panic(fmt.Sprintf("bug: the log does not replay: %v", err))
	}
	return r
}

// now is the database's time, which rules.
func (c *cluster) now() calendar.Instant {
	c.floor = max(c.floor, c.w.now+c.offset)
	return c.floor
}

// begin takes a write up; the error says why nothing of it will be recorded. It is committed later, by [cluster.commit].
func (c *cluster) begin(p *pending) error {
	switch {
	case c.w.now < c.down:
		return &journal.Fault{Op: "append", Err: errDown}
	case c.w.now < c.full:
		c.w.table.Faults[FullDisk]++
		return &journal.Fault{Op: "append", Err: errFull, Remedy: fullRemedy}
	}
	c.pending = p
	return nil
}

// commit makes the pending write durable on both nodes and readable, or says what stands against it.
func (c *cluster) commit() (journal.Record, error) {
	p := c.pending
	c.pending = nil
	write := p.write
	if c.w.Plant == StoreForgetsKeys {
		if _, twice, _ := c.inner.ByKey(context.Background(), write.Key); twice {
			write.Key = ""
		}
	}
	if c.w.Plant == StoreAcceptsAnyVersion {
		if h, err := c.inner.Head(context.Background(), write.Stream); err == nil {
			write.Expect = h.Version
		}
	}
	if err := c.stale(p.on); err != nil {
		return journal.Record{}, err
	}
	r, err := c.inner.Append(context.Background(), write)
	if err != nil {
		return r, err
	}
	c.log = append(c.log, write)
	c.owners = append(c.owners, p.doing)
	c.w.recorded(r, write, p.doing)
	return r, nil
}

// orphan settles a pending write whose replica died: it was on its way, and is kept whole or is gone.
func (c *cluster) orphan(by *replica) {
	if c.pending == nil || c.pending.by != by {
		return
	}
	c.w.table.Faults[TornWrite]++
	if c.w.chance(50) {
		c.w.say("the write of %s under way is kept", by)
		_, _ = c.commit() // what stands against it is told to nobody
		return
	}
	c.w.say("the write of %s under way is gone", by)
	c.pending = nil
}

// lose takes the primary away; after a while the other node goes on with what it has.
func (c *cluster) lose() {
	c.w.table.Faults[LostPrimary]++
	if p := c.pending; p != nil {
		c.w.table.Faults[TornWrite]++
		if c.w.chance(50) {
			c.w.say("the primary is lost; the write of %s under way had reached the other node", p.by)
			_, _ = c.commit()
		} else {
			c.w.say("the primary is lost, and with it the write of %s under way", p.by)
			c.pending = nil
		}
	} else {
		c.w.say("the primary is lost")
	}
	if c.w.Plant == StoreLosesAcknowledged && len(c.log) > len(c.w.setup.writes) {
		c.log = c.log[:len(c.log)-1]
		c.owners = c.owners[:len(c.owners)-1]
	}
	c.down = c.w.now + second + c.w.span(20*minute)
	c.term++
	c.inner.Close()
	c.inner = memory.New()
	c.floor = Begin
	for i := range c.log {
		c.floor = max(c.floor, c.replay(c.log[i]).Recorded)
	}
	c.offset = c.w.skew()
	c.w.clockSeen()
}

// reach is a call at the database for reading; the error says why it cannot answer.
func (c *cluster) reach() error {
	if c.w.now < c.down {
		return &journal.Fault{Op: "read", Err: errDown}
	}
	return nil
}

// stale says whether what a decision rests on has moved on.
func (c *cluster) stale(on journal.Basis) error {
	for i := len(c.log); int64(i) > on.Through; i-- { // positions are places in the log, from 1
		for _, prefix := range on.Prefixes {
			if strings.HasPrefix(string(c.log[i-1].Stream), prefix) {
				return &journal.Stale{Through: on.Through, Have: int64(i)}
			}
		}
	}
	return nil
}
