package desk

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/journal"
	"firstlook/internal/outbox"
	"firstlook/right"
)

// Courier does one act outside: the act's Body is the letter. Its error leaves the act pending, to be done again later.
type Courier interface {
	Deliver(ctx context.Context, a outbox.Act) error
}

// Together is a courier to which several acts cost little more than one. It is an [outbox.Group].
type Together interface {
	Courier
	DeliverTogether(ctx context.Context, acts []*outbox.Act) []error
}

// DeliverTogether has a courier do several acts: at once if it can, else one after the other. It is an [outbox.Group].
func DeliverTogether(ctx context.Context, c Courier, acts []*outbox.Act) []error {
	if t, ok := c.(Together); ok {
		return t.DeliverTogether(ctx, acts)
	}
	return outbox.SideBySide(ctx, acts, 1, func(ctx context.Context, a *outbox.Act) error { return c.Deliver(ctx, *a) })
}

const (
	batch     = 256
	longSleep = time.Hour
	retry     = 5 * time.Second
	// fireEvery is how long a row of acts may keep the loop from deadlines that come meanwhile, beside the acts at hand; and how often, at
	// most, the store is asked for deadlines while commands come in: each time it has to put its tables in order.
	fireEvery = 250 * time.Millisecond
	// fireAtOnce is how many needs the loop settles side by side, so that one transaction carries several.
	fireAtOnce = 16
	// A courier that can gets several acts at once: more of them, up to mostActs, while a group takes less than quickGroup, and fewer, down to
	// fewestActs, where it takes more than slowGroup: a command that waits for the same disk should hardly notice.
	mostActs, fewestActs  = 256, 16
	quickGroup, slowGroup = 50 * time.Millisecond, 100 * time.Millisecond
	// While fullPressure commands a second are recorded or more, letters rest as long as they took, and at most longestRest: whom a letter is
	// for waits, too, but not for an answer. While fewer are, they rest for that part of the time, so that a steady load has its letters.
	fullPressure = 500
	longestRest  = 500 * time.Millisecond
)

// Run fires deadlines and delivers acts until the context ends. Report, if given, is told of what went wrong on the
// way; nothing is lost by it, the next round tries again. Of several replicas one does this at a time, and another within
// seconds if that one ends.
func (d *Desk) Run(ctx context.Context, courier Courier, report func(error)) error {
	d.stepUp()
	defer d.stepDown(ctx)
	defer d.watch.ends()
	news := d.Changes(ctx)
	var asked time.Time // when the store was asked for deadlines
	var next calendar.Instant
	var ok bool
	for ctx.Err() == nil {
		d.watch.works()
		err := d.followLaw(ctx, report)
		wait := longSleep
		if d.shared != nil {
			wait = claimEvery
		}
		if soon := fireEvery - time.Since(asked); soon <= 0 || ok && d.clock.Now() >= next || !d.leading() {
			asked = time.Now()
			err = errors.Join(err, d.fireLeading(ctx, fireAtOnce))
			var failed error
			next, ok, failed = d.store.NextDue(ctx)
			ok, err = ok && failed == nil, errors.Join(err, failed)
		} else {
			wait = min(wait, soon) // what was recorded since may have a deadline that comes before the next known one
		}
		err = errors.Join(err, d.deliver(ctx, courier, fireAtOnce))
		if err != nil && ctx.Err() == nil {
			wait = min(wait, retry)
			if report != nil {
				report(err)
			}
		}
		var due <-chan time.Time
		if ok && d.leading() && (err == nil || next > d.clock.Now()) { // what failed is tried again after a while, and not at once
			due = d.clock.After(next)
		}
		if !d.leading() {
			news = nil // another replica acts on them
		} else if news == nil {
			news = d.Changes(ctx)
		}
		d.watch.sleeps(wait)
		select {
		case <-ctx.Done():
		case <-due:
		case <-d.wake:
		case <-news:
		case <-time.After(wait):
		}
	}
	return ctx.Err()
}

// FireDue settles every need whose deadline has come, unless another replica sees to that.
func (d *Desk) FireDue(ctx context.Context) error { return d.fireLeading(ctx, 1) }

// fireLeading settles every need whose deadline has come, so many at once, unless another replica sees to that.
func (d *Desk) fireLeading(ctx context.Context, atOnce int) error {
	if ours, err := d.Leads(ctx); err != nil || !ours {
		return err
	}
	return d.fireUntil(ctx, d.clock.Now, atOnce)
}

// fire settles every need whose deadline comes no later than an instant, which may move on meanwhile.
func (d *Desk) fire(ctx context.Context, until func() calendar.Instant) error {
	return d.fireUntil(ctx, until, 1)
}

// fireUntil is fire for so many needs at once.
func (d *Desk) fireUntil(ctx context.Context, until func() calendar.Instant, atOnce int) error {
	for {
		heads, err := d.store.Due(ctx, until(), batch)
		if err != nil || len(heads) == 0 {
			return err
		}
		if err := d.settleAll(ctx, heads, atOnce); err != nil {
			return err
		}
	}
}

// settleAll settles needs, so many side by side; after a failure it begins no further one.
func (d *Desk) settleAll(ctx context.Context, heads []journal.Head, atOnce int) error {
	if atOnce <= 1 || len(heads) == 1 {
		for _, h := range heads {
			if err := d.settle(ctx, h); err != nil {
				return err
			}
		}
		return nil
	}
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var wait sync.WaitGroup
	for range min(atOnce, len(heads)) {
		wait.Go(func() {
			for failed.Load() == nil {
				i := next.Add(1) - 1
				if i >= int64(len(heads)) {
					return
				}
				if err := d.settle(ctx, heads[i]); err != nil {
					failed.CompareAndSwap(nil, &err)
				}
			}
		})
	}
	wait.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}

func (d *Desk) settle(ctx context.Context, h journal.Head) error {
	id, ok := strings.CutPrefix(string(h.Stream), needPrefix)
	if !ok {
		return nil
	}
	_, err := d.Do(ctx, capacity.NeedID(id), right.Command{Ask: right.Settle{}}, "")
	if err == nil {
		d.watch.fired(h.Due, d.clock.Now())
	}
	d.watch.works()
	return err
}

// Deliver does every open act, in order per recipient; a recipient that cannot be reached keeps only its own. Where another replica
// sees to that it does nothing.
func (d *Desk) Deliver(ctx context.Context, courier Courier) error { return d.deliver(ctx, courier, 1) }

// deliver is Deliver, with so many deadlines fired at once between the acts.
func (d *Desk) deliver(ctx context.Context, courier Courier, atOnce int) error {
	if courier == nil {
		return nil
	}
	if ours, err := d.Leads(ctx); err != nil || !ours {
		return err
	}
	p := pass{desk: d, courier: courier, atOnce: atOnce, fired: d.clock.Now(), heard: d.watch.recorded.Load(), most: 1}
	if _, ok := courier.(Together); ok {
		p.most = 2 * fewestActs
	}
	err := d.box.Load().DeliverGroups(ctx, p.next, p.group)
	var conflict *journal.Conflict
	if d.shared != nil && (errors.As(err, &conflict) || errors.Is(err, errNotOurs)) {
		d.newBox() // another replica has taken over, and does what is left
		return nil
	}
	return err
}

// pass is one delivery of what is open.
type pass struct {
	desk    *Desk
	courier Courier
	atOnce  int
	fired   calendar.Instant // when deadlines were looked for
	heard   int64            // records that had come of commands when the group before began
	most    int              // acts of a group
	began   time.Time        // of the group before; zero at the first
}

// next is how many acts the next group has.
func (p *pass) next() int {
	switch took := time.Since(p.began); {
	case p.began.IsZero() || p.most == 1:
	case took > slowGroup:
		p.most = max(fewestActs, p.most/2)
	case took < quickGroup:
		p.most = min(mostActs, p.most*2)
	}
	return p.most
}

// group has the courier do some acts, once deadlines that came meanwhile are fired.
func (p *pass) group(ctx context.Context, acts []*outbox.Act) []error {
	d := p.desk
	d.watch.works()
	err := p.rest(ctx)
	p.began = time.Now()
	if err == nil {
		err = p.fire(ctx)
	}
	if err == nil {
		err = d.stillLeads(ctx)
	}
	if err != nil {
		return slices.Repeat([]error{err}, len(acts))
	}
	errs := outbox.SideBySide(ctx, acts, 1, func(ctx context.Context, a *outbox.Act) (err error) {
		a.Body, err = d.document(ctx, *a)
		return err
	})
	var written []*outbox.Act
	var places []int
	for i, a := range acts {
		if errs[i] == nil {
			written, places = append(written, a), append(places, i)
		}
	}
	for i, err := range DeliverTogether(ctx, p.courier, written) {
		errs[places[i]] = err
	}
	return errs
}

// fire fires deadlines that came meanwhile, now and then.
func (p *pass) fire(ctx context.Context) error {
	now := p.desk.clock.Now()
	if now.Sub(p.fired) <= fireEvery {
		return nil
	}
	err := p.desk.fireLeading(ctx, p.atOnce)
	p.fired = now
	return err
}

// rest lets commands that are under way go first: somebody waits for their answers, and a letter can be a moment later.
func (p *pass) rest(ctx context.Context) error {
	now := p.desk.watch.recorded.Load()
	came := now - p.heard
	p.heard = now
	if p.began.IsZero() || came == 0 || p.most == 1 {
		return nil
	}
	took := time.Since(p.began)
	// As long as it took where the commands that came make up full pressure for that time, else less.
	for left := min(took, time.Duration(came)*time.Second/fullPressure, longestRest); left > 0; left -= fireEvery {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(left, fireEvery)):
		}
		if err := p.fire(ctx); err != nil {
			return err
		}
	}
	return nil
}

// NextDue returns the earliest deadline of all needs.
func (d *Desk) NextDue(ctx context.Context) (calendar.Instant, bool, error) {
	return d.store.NextDue(ctx)
}
