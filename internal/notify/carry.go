package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/party"
)

// attempt carries a letter once and records what came of it.
func (n *Notifier) attempt(ctx context.Context, d *Delivery) error {
	if d.Waits != nil {
		if _, ok, err := n.o.Source.Reminder(ctx, *d.Waits, d.Document.Act); err != nil || !ok {
			if err == nil {
				err = n.turn(ctx, d.ID, entryDropped, "", "it waits no longer")
			}
			return err
		}
	}
	a, err := n.carry(ctx, d)
	if err != nil {
		return err
	}
	if ctx.Err() != nil && a.result == "" {
		return ctx.Err() // we were told to stop: that is no failure of theirs
	}
	now := n.o.Clock.Now()
	switch {
	case a.result != "":
		o := d.outcome(a.result, ByServer, now, a.reply)
		o.Evidence = a.evidence
		return n.settle(ctx, d.ID, o)
	case a.bounced:
		return n.settle(ctx, d.ID, d.outcome(Bounced, ByServer, now, a.reply))
	case a.forGood, now-d.Since >= calendar.Instant(lifetime/time.Microsecond):
		if err := n.turn(ctx, d.ID, entryDead, "", a.reply); err != nil {
			return err
		}
		return n.tell(ctx, n.trouble(d, GaveUp, a.reply))
	}
	return n.again(ctx, d, a, now)
}

// carry hands a letter to its channel. The route is asked for anew: an address may have gone, and a secret may have changed.
func (n *Notifier) carry(ctx context.Context, d *Delivery) (attempt, error) {
	routes, err := n.o.Directory.Routes(ctx, d.Document.To.ID)
	if err != nil {
		return attempt{}, err
	}
	i := slices.IndexFunc(routes, func(r Route) bool { return r.Channel == d.Channel && r.Address == d.Address })
	if i < 0 {
		return attempt{forGood: true, reply: fmt.Sprintf("%s has this address no more", d.Document.To.ID)}, nil
	}
	link := ""
	if n.o.Links != nil && d.Channel == Email {
		link = n.o.Links.Base + n.o.Links.Write(n.o.Links.issue(d))
	}
	switch {
	case d.Channel == Email && n.o.Mail != nil:
		var with []Attachment
		if n.o.Attach != nil {
			if with, err = n.o.Attach(ctx, &d.Document); err != nil {
				return attempt{}, err
			}
		}
		return n.o.Mail.carry(ctx, d, link, with), nil
	case d.Channel == Webhook && n.caller != nil:
		return n.caller.carry(ctx, d, routes[i], n.o.Clock.Now()), nil
	}
	return attempt{forGood: true, reply: fmt.Sprintf("nothing here carries letters by %s", d.Channel)}, nil
}

// again records a failed attempt and when the next one is made; after some, a person is told.
func (n *Notifier) again(ctx context.Context, d *Delivery, a attempt, now calendar.Instant) error {
	body, err := json.Marshal(tried{now, now.Add(max(a.wait, n.delay(d.Tries))), a.reply})
	if err != nil {
		return err
	}
	if err := n.write(ctx, d.ID, Written{now, d.Document.To.ID, entryTried, body}); err != nil {
		return err
	}
	if d.Tries+1 == lateAfter {
		return n.tell(ctx, n.trouble(d, Late, a.reply))
	}
	return nil
}

// delay grows with the attempts, from a minute to four hours, and is spread over half of itself, so that what failed together does not
// come back together.
func (n *Notifier) delay(tries int) time.Duration {
	d := min(longestWait, firstWait<<min(tries, 12))
	return d*3/4 + time.Duration(n.o.Jitter(int64(d/2)))
}

// settle records an outcome, once, and tells it.
func (n *Notifier) settle(ctx context.Context, id string, o Outcome) error {
	d, err := n.known(ctx, id)
	if err != nil || d == nil || d.has(o.Result, o.By) {
		return err
	}
	body, err := json.Marshal(o)
	if err != nil {
		return err
	}
	if err := n.write(ctx, id, Written{o.At, o.Party, entryOutcome, body}); err != nil {
		return err
	}
	d.Results = append(slices.Clone(d.Results), o)
	return n.tellAll(ctx, n.telling(d, o))
}

// turn records that a delivery ends, or begins again.
func (n *Notifier) turn(ctx context.Context, id, kind, person, reason string) error {
	now := n.o.Clock.Now()
	body, err := json.Marshal(turned{now, person, reason})
	if err != nil {
		return err
	}
	return n.write(ctx, id, Written{At: now, Kind: kind, Body: body})
}

// write records an entry behind the last one of a delivery.
func (n *Notifier) write(ctx context.Context, id string, e Written) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	d := n.open[id]
	if d == nil {
		var err error
		if d, err = n.read(ctx, id); err != nil || d == nil {
			return errors.Join(err, fmt.Errorf("no delivery %s", id))
		}
	}
	err := n.o.Record.Append(ctx, id, d.version, e)
	if errors.Is(err, ErrMoved) { // another process wrote: what it wrote counts
		if now, again := n.read(ctx, id); again == nil && now != nil {
			n.keep(now)
		}
	}
	if err != nil {
		return err
	}
	n.since++
	if err := d.apply(e.Kind, e.Body); err != nil {
		return err
	}
	n.keep(d)
	return nil
}

// telling are the words to the listener about an outcome. One that came back is told twice: as what it is, and to a person.
func (n *Notifier) telling(d *Delivery, o Outcome) []func(context.Context) error {
	out := []func(context.Context) error{func(ctx context.Context) error { return n.o.Listener.Outcome(ctx, o) }}
	if o.Result == Bounced {
		t := n.trouble(d, CameBack, o.Reply)
		t.At = o.At
		out = append(out, func(ctx context.Context) error { return n.o.Listener.Trouble(ctx, t) })
	}
	return out
}

// tellAll tells the listener; what it does not take is told again with the next pass.
func (n *Notifier) tellAll(ctx context.Context, words []func(context.Context) error) error {
	var failed error
	for i, w := range words {
		if err := w(ctx); err != nil {
			failed = errors.Join(failed, err)
			n.mu.Lock()
			n.untold = append(n.untold, words[i])
			n.mu.Unlock()
		}
	}
	if failed != nil {
		n.report(fmt.Errorf("what came of a delivery is recorded and not yet told: %w", failed))
	}
	return nil
}

func (n *Notifier) tell(ctx context.Context, t Trouble) error {
	return n.tellAll(ctx, []func(context.Context) error{func(ctx context.Context) error { return n.o.Listener.Trouble(ctx, t) }})
}

// reread reads dead letters again: another process, a person's command or another replica, may have sent one again.
func (n *Notifier) reread(ctx context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, d := range n.open {
		if d.State != Dead {
			continue
		}
		now, err := n.read(ctx, d.ID)
		if err != nil {
			return err
		}
		if now != nil && now.version > d.version {
			n.keep(now)
		}
	}
	return nil
}

// retell tells what was not taken, and lets the record rest where nothing is left.
func (n *Notifier) retell(ctx context.Context) error {
	n.mu.Lock()
	words := n.untold
	n.untold = nil
	n.mu.Unlock()
	if err := n.tellAll(ctx, words); err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.untold) > 0 || len(n.open) > 0 || n.since < restEvery {
		return nil
	}
	n.since = 0
	return n.o.Record.Rest(ctx)
}

// trouble is an event for a person, in sentences: what happened, what it means for the clock, what to do.
func (n *Notifier) trouble(d *Delivery, kind TroubleKind, reply string) Trouble {
	x := &d.Document
	t := Trouble{ID: d.ID + "." + string(kind), Kind: kind, For: x.From.ID, About: x.To.ID, Need: x.Need, Matter: x.Matter, Act: x.Act, Channel: d.Channel,
		Address: d.Address, At: n.o.Clock.Now(), Reply: reply}
	what := fmt.Sprintf("%q, for %s", x.Title, x.To.Name)
	switch kind {
	case CameBack:
		t.Text = fmt.Sprintf("%s by %s, was refused or came back. ", what, d.Channel)
		if d.has(Delivered, ByServer) || d.has(Delivered, ByReport) {
			t.Text += "It had counted as delivered before: if a receipt was recorded on that, the window runs, and only a person can put it right. "
		}
	case Late:
		t.Text = fmt.Sprintf("%s by %s, has not arrived yet. It is tried again. ", what, d.Channel)
	case GaveUp:
		t.Text = fmt.Sprintf("%s by %s, was given up and is in the list of dead letters. ", what, d.Channel)
	case NoRoute:
		t.Text = fmt.Sprintf("%s, was to go by e-mail, and %s has no address. ", what, x.To.Name)
	}
	t.Text += clockText(x) + "Reach the party another way, correct its address, or give the notice again."
	if x.Kind != noticed {
		t.Text = strings.TrimSuffix(t.Text, "Reach the party another way, correct its address, or give the notice again.") + "Reach the party another way, or correct its address."
	}
	return t
}

// clockText is what the clause makes of a notice that did not arrive.
func clockText(x *Document) string {
	switch {
	case x.Kind != noticed:
		return ""
	case x.Clock == agreement.OnSent:
		return "The clause counts from sending: the window runs although the notice did not arrive this way. "
	case x.DeemedAt.IsSet():
		return fmt.Sprintf("The clause counts it as received at %s, whether it arrived or not, unless a person acts before. ", x.DeemedAt)
	}
	return "The clause counts from a recorded receipt: nothing of this starts the window. "
}

// remind queues the reminders that are due, and says when the next one is.
func (n *Notifier) remind(ctx context.Context) (calendar.Instant, error) {
	now := n.o.Clock.Now()
	n.mu.Lock()
	look := n.look
	n.mu.Unlock()
	if now < look {
		return look, nil
	}
	waits, err := n.o.Source.Waiting(ctx)
	if err != nil {
		return 0, err
	}
	next := now.Add(lookAgain)
	var failed error
	for _, w := range waits {
		rules, own := n.o.RemindersOf[w.Who]
		if !own {
			rules = n.o.Reminders
		}
		due, ok, later := rules.due(w, now)
		next = earlier(next, later)
		if ok && !n.knowsReminder(due.Key) {
			failed = errors.Join(failed, n.queueReminder(ctx, due))
		}
	}
	n.mu.Lock()
	n.look = next
	n.mu.Unlock()
	return next, failed
}

// restEvery is after how many entries the record is let rest.
const restEvery = 256

// maxAsked bounds the memory of which reminders are queued; the record knows them all.
const maxAsked = 100_000

func (n *Notifier) knowsReminder(key string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.asked[key]
}

func (n *Notifier) queueReminder(ctx context.Context, due Due) error {
	d, ok, err := n.o.Source.Reminder(ctx, due.Waiting, due.Key)
	if err != nil || !ok {
		return err
	}
	if err := n.enqueue(ctx, d, &due.Waiting); err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.asked) >= maxAsked {
		clear(n.asked)
	}
	n.asked[due.Key] = true
	return nil
}

// Dead lists the letters that were given up or came back, in the order in which they were queued.
func (n *Notifier) Dead(ctx context.Context) ([]Delivery, error) {
	if err := n.load(ctx); err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	var out []Delivery
	for _, d := range n.open {
		if d.State == Dead {
			out = append(out, *d)
		}
	}
	slices.SortFunc(out, func(a, b Delivery) int {
		if a.Queued != b.Queued {
			return int(max(-1, min(1, a.Queued-b.Queued)))
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out, nil
}

// ErrNotDead says that a delivery is not in the dead-letter list.
var ErrNotDead = errors.New("it is not in the list of dead letters")

// Redrive sends a dead letter again; the person who asks for it and the reason are recorded.
func (n *Notifier) Redrive(ctx context.Context, id, person, reason string) error {
	return n.revise(ctx, id, entryRedriven, person, reason)
}

// Dismiss takes a letter off the dead-letter list without sending it again: it was told otherwise, or matters no more.
func (n *Notifier) Dismiss(ctx context.Context, id, person, reason string) error {
	return n.revise(ctx, id, entryDropped, person, reason)
}

func (n *Notifier) revise(ctx context.Context, id, kind, person, reason string) error {
	if person == "" || reason == "" {
		return errors.New("who asks for it, and why, is recorded")
	}
	if err := n.load(ctx); err != nil {
		return err
	}
	d, err := n.known(ctx, id)
	if err != nil {
		return err
	}
	if d == nil || d.State != Dead {
		return fmt.Errorf("delivery %s: %w", id, ErrNotDead)
	}
	if err := n.turn(ctx, id, kind, person, reason); err != nil {
		return err
	}
	n.nudge()
	return nil
}

// Acknowledge records that a signed-in person of the recipient has the letter of a delivery.
func (n *Notifier) Acknowledge(ctx context.Context, id string, who party.ID, person string) error {
	d, err := n.known(ctx, id)
	if err != nil {
		return err
	}
	if d == nil || d.Document.To.ID != who || person == "" {
		return fmt.Errorf("%s has no delivery %s to acknowledge", who, id)
	}
	o := d.outcome(Received, BySigning, n.o.Clock.Now(), "")
	o.Person = person
	return n.settle(ctx, id, o)
}
