package sim

import (
	"context"
	"errors"
	"time"

	"firstlook/calendar"
	"firstlook/internal/journal"
)

// port is the store as a replica reaches it: over a wire that may be cut, with every call a point at which the world goes on.
type port struct {
	r       *replica
	stopped bool // of a store that is the replica's own: it takes no more writes
}

var _ journal.Store = (*port)(nil)

// travel lets a call or an answer be under way; false if it does not arrive.
func (p *port) travel() bool {
	r := p.r
	r.pause(r.w.latency())
	return r.w.now >= r.cut
}

// read is the way to the database and back for a question.
func (p *port) read() error {
	if !p.travel() {
		return &journal.Fault{Op: "read", Err: errBroken}
	}
	return p.r.w.cluster.reach()
}

// Append implements [journal.Store]: the write travels, waits for its turn, reaches both nodes, and the answer travels back.
// Whoever loses the answer does not know whether there is a record.
func (p *port) Append(ctx context.Context, w journal.Write) (journal.Record, error) {
	if p.stopped {
		return journal.Record{}, &journal.Fault{Op: "append", Err: errStopped, Remedy: "start again"}
	}
	rec, err := p.append(ctx, w, journal.Basis{})
	var fault *journal.Fault
	if errors.As(err, &fault) && fault.Unknown {
		p.stop()
	}
	return rec, err
}

// stop ends the writing, as the embedded store does when it cannot know what became of a write; somebody starts the process again.
func (p *port) stop() {
	p.stopped = true
	r, life := p.r, p.r.life
	r.w.after(minute+r.w.span(hour), func() {
		if r.life == life {
			r.w.crash(r)
		}
	})
}

func (p *port) append(_ context.Context, w journal.Write, on journal.Basis) (journal.Record, error) {
	if err := w.Check(); err != nil {
		return journal.Record{}, err
	}
	r, c := p.r, p.r.w.cluster
	unknown := &journal.Fault{Op: "append", Err: errBroken, Unknown: true}
	if !p.travel() {
		return journal.Record{}, unknown
	}
	for c.pending != nil {
		r.pause(r.w.latency())
	}
	mine := &pending{write: w, on: on, by: r, doing: r.doing}
	if err := c.begin(mine); err != nil {
		return journal.Record{}, err
	}
	r.pause(r.w.writing())
	if c.pending != mine { // the primary is lost
		return journal.Record{}, unknown
	}
	rec, err := c.commit()
	if !p.travel() || c.w.now < c.down {
		return journal.Record{}, unknown
	}
	return rec, err
}

// Read implements [journal.Store].
func (p *port) Read(ctx context.Context, s journal.Stream, after int64) ([]journal.Record, error) {
	if p.r.hushed {
		return p.r.w.cluster.inner.Read(ctx, s, after)
	}
	if err := p.read(); err != nil {
		return nil, err
	}
	return p.r.w.cluster.inner.Read(ctx, s, after)
}

// ReadAll implements [journal.Store].
func (p *port) ReadAll(ctx context.Context, after int64, limit int) ([]journal.Record, error) {
	if err := p.read(); err != nil {
		return nil, err
	}
	return p.r.w.cluster.inner.ReadAll(ctx, after, limit)
}

// ByKey implements [journal.Store].
func (p *port) ByKey(ctx context.Context, key string) (journal.Record, bool, error) {
	if err := p.read(); err != nil {
		return journal.Record{}, false, err
	}
	if p.r.w.Plant == StoreForgetsKeys {
		return journal.Record{}, false, nil
	}
	return p.r.w.cluster.inner.ByKey(ctx, key)
}

// Head implements [journal.Store].
func (p *port) Head(ctx context.Context, s journal.Stream) (journal.Head, error) {
	if err := p.read(); err != nil {
		return journal.Head{}, err
	}
	return p.r.w.cluster.inner.Head(ctx, s)
}

// Streams implements [journal.Store].
func (p *port) Streams(ctx context.Context, prefix string) ([]journal.Head, error) {
	if err := p.read(); err != nil {
		return nil, err
	}
	return p.r.w.cluster.inner.Streams(ctx, prefix)
}

// Due implements [journal.Store].
func (p *port) Due(ctx context.Context, until calendar.Instant, limit int) ([]journal.Head, error) {
	if err := p.read(); err != nil {
		return nil, err
	}
	return p.r.w.cluster.inner.Due(ctx, until, limit)
}

// NextDue implements [journal.Store].
func (p *port) NextDue(ctx context.Context) (calendar.Instant, bool, error) {
	if err := p.read(); err != nil {
		return 0, false, err
	}
	return p.r.w.cluster.inner.NextDue(ctx)
}

// Close implements [journal.Store]; the cluster outlives its replicas.
func (p *port) Close() error { return nil }

// sharedPort is the store as a replica reaches it that is not alone.
type sharedPort struct{ port }

var _ journal.Shared = (*sharedPort)(nil)

// AppendOn implements [journal.Shared].
func (p *sharedPort) AppendOn(ctx context.Context, w journal.Write, on journal.Basis) (journal.Record, error) {
	return p.append(ctx, w, on)
}

// Holds implements [journal.Shared].
func (p *sharedPort) Holds(ctx context.Context, h journal.Head, on journal.Basis) error {
	if err := p.read(); err != nil {
		return err
	}
	if p.r.w.Plant == ReplicaTrustsItsMemory {
		return nil
	}
	c := p.r.w.cluster
	have, err := c.inner.Head(ctx, h.Stream)
	if err == nil && have.Version != h.Version {
		err = &journal.Conflict{Stream: h.Stream, Expect: h.Version, Have: have.Version}
	}
	if err == nil {
		err = c.stale(on)
	}
	return err
}

// Last implements [journal.Shared].
func (p *sharedPort) Last(context.Context) (int64, error) {
	if err := p.read(); err != nil {
		return 0, err
	}
	return int64(len(p.r.w.cluster.log)), nil
}

// Claim implements [journal.Shared]. Everybody gets every lease: the work must be safe to do twice, and here it always is done so.
func (p *sharedPort) Claim(context.Context, string, time.Duration) (bool, error) { return true, nil }

// Release implements [journal.Shared].
func (p *sharedPort) Release(context.Context, string) error { return nil }

// Changes implements [journal.Feed]. Nobody listens here: a world wakes its replicas itself.
func (p *sharedPort) Changes(context.Context) <-chan int64 { return nil }

// store is the store as the replica sees it.
func (r *replica) store() journal.Store {
	if len(r.w.replicas) == 1 {
		return &port{r: r}
	}
	return &sharedPort{port{r: r}}
}
