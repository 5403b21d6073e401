package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"firstlook/calendar"
	"firstlook/internal/desk"
	"firstlook/internal/outbox"
	"firstlook/party"
)

// Listener is told what came of deliveries. It may be told again what it was told before, with the same ids.
type Listener interface {
	// Outcome is told when the outcome is recorded. Whether it is a receipt is [Receipt]'s to say.
	Outcome(ctx context.Context, o Outcome) error
	// Trouble is told when a person must look.
	Trouble(ctx context.Context, t Trouble) error
}

// Options are what a [Notifier] works with. Source, Directory, Record, Listener and Clock are needed.
type Options struct {
	Source    Source
	Directory Directory
	Record    Record
	Listener  Listener
	Clock     desk.Clock
	Mail      *Mail     // nil: no e-mail is sent
	Webhooks  *Webhooks // nil: no webhook is called
	Links     *Links    // nil: letters carry no link
	Reminders Reminders
	// RemindersOf are those of single parties, in place of Reminders.
	RemindersOf map[party.ID]Reminders
	// Attach names what travels with a letter by e-mail, asked at each attempt; nil for nothing. Its error leaves the letter to be tried again.
	Attach func(context.Context, *Document) ([]Attachment, error)
	// Jitter returns a number from 0 to below n; it spreads attempts. Nil for one from math/rand.
	Jitter func(n int64) int64
	// Report is told what went wrong and will be tried again; nil for nobody.
	Report func(error)
}

const (
	firstWait   = time.Minute
	longestWait = 4 * time.Hour
	// lifetime is how old a letter gets before it is given up.
	lifetime = 72 * time.Hour
	// lateAfter is after how many failed attempts a person is told.
	lateAfter = 3
	// atOnce bounds how many routes are served at the same time.
	atOnce = 16
	// lookAgain is how long the loop sleeps where nothing is due: windows that open meanwhile are seen then.
	lookAgain = time.Minute
)

// Notifier carries letters. Its methods may be called from many goroutines.
type Notifier struct {
	o       Options
	caller  *caller
	slots   chan struct{}
	wake    chan struct{}
	working sync.WaitGroup

	mu     sync.Mutex
	loaded bool
	open   map[string]*Delivery // those that are open or dead
	queues map[route][]string   // open deliveries in order, by their route
	busy   map[route]bool
	untold []func(context.Context) error // what the listener did not take
	asked  map[string]bool               // reminders that are known to be queued
	look   calendar.Instant              // when to look again at what waits
	since  int                           // entries written since the record rested
}

// route is what letters wait for each other on.
type route struct {
	to      party.ID
	channel Channel
	address string
}

func (d *Delivery) route() route { return route{d.Document.To.ID, d.Channel, d.Address} }

// New returns a notifier, or an error that says which option is wrong. It reads its record when it is first used.
func New(o Options) (*Notifier, error) {
	if o.Source == nil || o.Directory == nil || o.Record == nil || o.Listener == nil || o.Clock == nil {
		return nil, errors.New("a notifier needs a source, a directory, a record, a listener and a clock")
	}
	err := o.Reminders.check()
	for _, r := range o.RemindersOf {
		err = errors.Join(err, r.check())
	}
	if o.Mail != nil {
		err = errors.Join(err, o.Mail.check())
	}
	if o.Links != nil {
		err = errors.Join(err, o.Links.check())
	}
	if err != nil {
		return nil, err
	}
	if o.Jitter == nil {
		o.Jitter = rand.Int64N
	}
	n := &Notifier{o: o, slots: make(chan struct{}, atOnce), wake: make(chan struct{}, 1), open: map[string]*Delivery{}, queues: map[route][]string{},
		busy: map[route]bool{}, asked: map[string]bool{}}
	if o.Webhooks != nil {
		n.caller = newCaller(*o.Webhooks)
	}
	return n, nil
}

// Run carries what is open and reminds of what waits, until the context ends; then it waits for what is under way.
func (n *Notifier) Run(ctx context.Context) error {
	defer n.working.Wait()
	for ctx.Err() == nil {
		next, err := n.begin(ctx)
		if err != nil && ctx.Err() == nil {
			n.report(err)
		}
		look := n.o.Clock.Now().Add(lookAgain)
		if !next.IsSet() || next > look {
			next = look
		}
		select {
		case <-ctx.Done():
		case <-n.o.Clock.After(next):
		case <-n.wake:
		}
	}
	return ctx.Err()
}

// Pass does what is due now, and returns when it is done.
func (n *Notifier) Pass(ctx context.Context) error {
	_, err := n.begin(ctx)
	n.working.Wait()
	return err
}

// begin starts what is due now and says when something is due next.
func (n *Notifier) begin(ctx context.Context) (calendar.Instant, error) {
	if err := n.load(ctx); err != nil {
		return 0, err
	}
	next, err := n.remind(ctx)
	err = errors.Join(err, n.reread(ctx), n.retell(ctx))
	return earlier(next, n.start(ctx)), err
}

func earlier(a, b calendar.Instant) calendar.Instant {
	if !a.IsSet() || b.IsSet() && b < a {
		return b
	}
	return a
}

// start sends a goroutine for each route whose first letter is due, and says when the next one is.
func (n *Notifier) start(ctx context.Context) calendar.Instant {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.o.Clock.Now()
	var next calendar.Instant
	for r, ids := range n.queues {
		switch first := n.open[ids[0]]; {
		case n.busy[r]:
		case first.Next > now:
			next = earlier(next, first.Next)
		default:
			n.busy[r] = true
			n.working.Go(func() { n.serve(ctx, r) })
		}
	}
	return next
}

// serve carries the letters of one route, one after the other, as long as they get through.
func (n *Notifier) serve(ctx context.Context, r route) {
	select {
	case n.slots <- struct{}{}:
		defer func() { <-n.slots }()
	case <-ctx.Done():
	}
	for ctx.Err() == nil {
		d := n.first(r)
		if d == nil || d.Next > n.o.Clock.Now() {
			break
		}
		if err := n.attempt(ctx, d); err != nil {
			n.report(fmt.Errorf("delivery %s: %w", d.ID, err))
			n.postpone(d.ID)
			break
		}
	}
	n.mu.Lock()
	delete(n.busy, r)
	n.mu.Unlock()
	n.nudge()
}

// first is a copy of the first letter of a route.
func (n *Notifier) first(r route) *Delivery {
	n.mu.Lock()
	defer n.mu.Unlock()
	if ids := n.queues[r]; len(ids) > 0 {
		d := *n.open[ids[0]]
		return &d
	}
	return nil
}

// postpone keeps a delivery whose attempt could not be recorded from being tried again at once.
func (n *Notifier) postpone(id string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if d := n.open[id]; d != nil {
		d.Next = n.o.Clock.Now().Add(firstWait)
	}
}

// Wake has [Notifier.Run] look at once at what another process recorded, such as a dead letter that is to be sent again.
func (n *Notifier) Wake() { n.nudge() }

func (n *Notifier) nudge() {
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

func (n *Notifier) report(err error) {
	if n.o.Report != nil {
		n.o.Report(err)
	}
}

// Deliver takes an act of the outbox: it implements the desk's courier. When it returns, the letter is durable for each of the recipient's
// routes. A recipient without a route reads at its desk; where the clause wants its notice by e-mail, a person is told.
func (n *Notifier) Deliver(ctx context.Context, a outbox.Act) error {
	if err := n.load(ctx); err != nil {
		return err
	}
	d, err := n.o.Source.Document(ctx, a)
	if err != nil {
		return err
	}
	n.mu.Lock()
	n.look = 0 // what happened may have opened a window
	n.mu.Unlock()
	return n.enqueue(ctx, d, nil)
}

// enqueue makes a letter durable on each route of its recipient.
func (n *Notifier) enqueue(ctx context.Context, d Document, w *Waiting) error {
	routes, err := n.o.Directory.Routes(ctx, d.To.ID)
	if err != nil {
		return err
	}
	mailed := false
	for _, r := range routes {
		if r.Channel == Email && n.o.Mail == nil || r.Channel == Webhook && n.caller == nil {
			continue
		}
		mailed = mailed || r.Channel == Email
		x := Delivery{ID: deliveryID(d.Act, d.To.ID, r.Channel, r.Address), Channel: r.Channel, Address: r.Address, Person: r.Person, Queued: n.o.Clock.Now(), Document: d, Waits: w}
		if err := n.queue(ctx, &x); err != nil {
			return err
		}
	}
	n.nudge()
	if d.Kind == noticed && channelOf(Email) == d.Channel && !mailed {
		return n.tell(ctx, n.trouble(&Delivery{ID: d.Act, Channel: Email, Document: d}, NoRoute, ""))
	}
	return nil
}

// queue makes one delivery durable, once.
func (n *Notifier) queue(ctx context.Context, x *Delivery) error {
	body, err := json.Marshal(x)
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.open[x.ID] != nil {
		return nil
	}
	err = n.o.Record.Append(ctx, x.ID, 0, Written{x.Queued, x.Document.To.ID, entryQueued, body})
	if errors.Is(err, ErrMoved) {
		return nil // it was queued before, and has moved on
	}
	if err != nil {
		return err
	}
	if err := x.apply(entryQueued, body); err != nil {
		return err
	}
	n.since++
	n.keep(x)
	return nil
}

// keep puts a delivery where its state belongs. The lock is held.
func (n *Notifier) keep(d *Delivery) {
	r := d.route()
	ids := n.queues[r]
	at := -1
	for i, id := range ids {
		if id == d.ID {
			at = i
		}
	}
	switch {
	case d.State == Open && at < 0:
		n.queues[r] = append(ids, d.ID)
	case d.State != Open && at >= 0:
		ids = append(ids[:at:at], ids[at+1:]...)
		if n.queues[r] = ids; len(ids) == 0 {
			delete(n.queues, r)
		}
	}
	if d.State == Open || d.State == Dead {
		n.open[d.ID] = d
	} else {
		delete(n.open, d.ID)
	}
}

// load reads what is open from the record, once.
func (n *Notifier) load(ctx context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.loaded {
		return nil
	}
	n.since = 0
	var order []string
	seen := map[string]*Delivery{}
	err := n.o.Record.Unsettled(ctx, func(id string, _ int64, _ Written) error {
		n.since++
		if seen[id] != nil {
			return nil
		}
		d, err := n.read(ctx, id)
		if err != nil {
			return err
		}
		seen[id] = d
		order = append(order, id)
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range order {
		d := seen[id]
		n.keep(d)
		for _, o := range d.Results { // the process may have ended before the listener was told
			n.untold = append(n.untold, n.telling(d, o)...)
		}
	}
	n.loaded = true
	return nil
}

// read builds a delivery from its record; nil if there is none.
func (n *Notifier) read(ctx context.Context, id string) (*Delivery, error) {
	entries, err := n.o.Record.Read(ctx, id)
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	d := &Delivery{}
	for i, e := range entries {
		if err := d.apply(e.Kind, e.Body); err != nil {
			return nil, fmt.Errorf("delivery %s, entry %d: %w", id, i+1, err)
		}
	}
	return d, nil
}

// known is a copy of a delivery, open or not; nil if there is none.
func (n *Notifier) known(ctx context.Context, id string) (*Delivery, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if d := n.open[id]; d != nil {
		c := *d
		return &c, nil
	}
	return n.read(ctx, id)
}
