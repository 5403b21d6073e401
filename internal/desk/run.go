package desk

import (
	"context"
	"errors"
	"strings"
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

const (
	batch     = 256
	longSleep = time.Hour
	retry     = 5 * time.Second
	// fireEvery is how long a row of acts may keep the loop from deadlines that come meanwhile, beside the act at hand.
	fireEvery = 250 * time.Millisecond
)

// Run fires deadlines and delivers acts until the context ends. Report, if given, is told of what went wrong on the
// way; nothing is lost by it, the next round tries again. Of several replicas one does this at a time, and another within
// seconds if that one ends.
func (d *Desk) Run(ctx context.Context, courier Courier, report func(error)) error {
	d.stepUp()
	defer d.stepDown(ctx)
	defer d.watch.ends()
	news := d.Changes(ctx)
	for ctx.Err() == nil {
		d.watch.works()
		err := errors.Join(d.followLaw(ctx, report), d.FireDue(ctx), d.Deliver(ctx, courier))
		wait := longSleep
		if d.shared != nil {
			wait = claimEvery
		}
		if err != nil && ctx.Err() == nil {
			wait = min(wait, retry)
			if report != nil {
				report(err)
			}
		}
		next, ok, err := d.store.NextDue(ctx)
		if err != nil {
			ok = false
		}
		var due <-chan time.Time
		if ok && d.leading() {
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
func (d *Desk) FireDue(ctx context.Context) error {
	if ours, err := d.Leads(ctx); err != nil || !ours {
		return err
	}
	return d.fire(ctx, d.clock.Now)
}

// fire settles every need whose deadline comes no later than an instant, which may move on meanwhile.
func (d *Desk) fire(ctx context.Context, until func() calendar.Instant) error {
	for {
		heads, err := d.store.Due(ctx, until(), batch)
		if err != nil || len(heads) == 0 {
			return err
		}
		for _, h := range heads {
			if err := d.settle(ctx, h); err != nil {
				return err
			}
		}
	}
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
func (d *Desk) Deliver(ctx context.Context, courier Courier) error {
	if courier == nil {
		return nil
	}
	if ours, err := d.Leads(ctx); err != nil || !ours {
		return err
	}
	fired := d.clock.Now()
	err := d.box.Load().Deliver(ctx, func(ctx context.Context, a *outbox.Act) error {
		d.watch.works()
		if now := d.clock.Now(); now.Sub(fired) > fireEvery {
			if err := d.FireDue(ctx); err != nil {
				return err
			}
			fired = now
		}
		err := d.stillLeads(ctx)
		if err != nil {
			return err
		}
		if a.Body, err = d.document(ctx, *a); err != nil {
			return err
		}
		return courier.Deliver(ctx, *a)
	})
	var conflict *journal.Conflict
	if d.shared != nil && (errors.As(err, &conflict) || errors.Is(err, errNotOurs)) {
		d.newBox() // another replica has taken over, and does what is left
		return nil
	}
	return err
}

// NextDue returns the earliest deadline of all needs.
func (d *Desk) NextDue(ctx context.Context) (calendar.Instant, bool, error) {
	return d.store.NextDue(ctx)
}
