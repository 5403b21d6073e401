package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"firstlook/award"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/journal"
	"firstlook/internal/outbox"
	"firstlook/right"
)

// Clock tells the time and wakes; a demo's clock runs faster than the wall's.
type Clock interface {
	Now() calendar.Instant
	// After returns a channel that is sent to once the instant has come.
	After(calendar.Instant) <-chan time.Time
}

// WallClock is the time of the machine.
type WallClock struct{}

// Now returns the machine's time.
func (WallClock) Now() calendar.Instant { return calendar.From(time.Now()) }

// After wakes at an instant of the machine's time.
func (c WallClock) After(i calendar.Instant) <-chan time.Time { return time.After(i.Sub(c.Now())) }

// Tables are what offers are compared with; they are not signed by anybody and can be replaced.
type Tables struct {
	Throughput capacity.Throughput
	Egress     award.Egress
}

// Desk is the one writer of a record.
type Desk struct {
	store  journal.Store
	shared journal.Shared // the store, where other processes write to it too; else nil
	clock  Clock
	tables Tables
	box    atomic.Pointer[outbox.Box]
	feed   journal.Broadcast // of what this desk recorded; a shared store has a feed of its own
	watch  watch

	decoded decoded // what was read of late

	law     atomic.Pointer[inForce]
	lawAt   atomic.Int64 // position of the last change of it that this desk recorded
	tookIn  atomic.Int64 // the same, once it was read
	reading sync.Mutex   // reading the law anew
	admin   sync.Mutex   // changes of the law, one at a time

	lead    lead
	catchUp sync.Mutex // of recent with what other replicas recorded
	through int64      // position up to which recent is complete, on a shared store
	// recentOld says that recent was read under an older law, on a shared store.
	recentOld atomic.Bool

	mu      sync.Mutex
	streams map[capacity.NeedID]*stream
	recent  []right.Related
	wake    chan struct{}
}

// stream is one need in memory. Its lock is held while a command is decided and recorded.
type stream struct {
	mu      sync.Mutex
	loaded  bool // state and version are those of the record, as far as this desk knows
	known   bool // the stream was looked at before
	state   right.State
	version int64
}

// maxStreams bounds how many needs stay in memory, some ten megabytes of usual ones; the rest is read again when asked for.
const maxStreams = 4096

// Open builds the law from the record.
func Open(ctx context.Context, store journal.Store, clock Clock, tables Tables) (*Desk, error) {
	d := &Desk{store: store, clock: clock, tables: tables, streams: map[capacity.NeedID]*stream{}, wake: make(chan struct{}, 1), lead: lead{settled: -1}}
	d.shared, _ = store.(journal.Shared)
	d.newBox()
	if err := d.loadLaw(ctx); err != nil {
		return nil, err
	}
	return d, d.loadRecent(ctx)
}

// Law returns what is in force now, as far as this desk has heard.
func (d *Desk) Law() *right.Law { return d.law.Load().law }

func (d *Desk) newBox() { d.box.Store(outbox.New(d.store, d.derive, d.clock.Now)) }

// Now returns the desk's time.
func (d *Desk) Now() calendar.Instant { return d.clock.Now() }

// Outcome is the answer to a command.
type Outcome struct {
	Need     capacity.NeedID
	Events   []right.Event
	State    right.State
	Repeated bool // the command was recorded before, under the same key
}

const needPrefix = "need/"

func streamOf(id capacity.NeedID) journal.Stream { return journal.Stream(needPrefix + string(id)) }

// maxAttempts bounds how often a command is decided again when another writer was faster.
const maxAttempts = 8

// Do decides a command on a need and records what follows. A [*right.Refusal] comes with the outcome of settling time.
// The key, if there is one, makes the command safe to send again.
func (d *Desk) Do(ctx context.Context, id capacity.NeedID, c right.Command, key string) (Outcome, error) {
	return d.DoAt(ctx, id, AnyVersion, c, key)
}

// AnyVersion lets a command follow whatever was recorded of its need.
const AnyVersion int64 = -1

// ErrMoved says that the record of a need has another version than the one that a command was to follow.
var ErrMoved = errors.New("the record of the need has gone on")

// Version returns the version of a need's record; 0 where there is none.
func (d *Desk) Version(ctx context.Context, id capacity.NeedID) (int64, error) {
	s := d.stream(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	err := d.current(ctx, s, id)
	return s.version, err
}

// DoAt is Do where the record of the need has a version still; else it is [ErrMoved], and nothing is recorded.
func (d *Desk) DoAt(ctx context.Context, id capacity.NeedID, version int64, c right.Command, key string) (Outcome, error) {
	if d.watch.observer.Command == nil {
		return d.do(ctx, id, version, c, key)
	}
	begin := time.Now()
	out, err := d.do(ctx, id, version, c, key)
	d.watch.observer.Command(c.Ask, time.Since(begin), err)
	return out, err
}

func (d *Desk) do(ctx context.Context, id capacity.NeedID, version int64, c right.Command, key string) (Outcome, error) {
	s := d.stream(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	for range maxAttempts {
		out, err := d.attempt(ctx, s, id, version, c, key)
		if again, failed := d.overtaken(ctx, s, err); failed != nil {
			return Outcome{}, failed
		} else if again {
			continue
		}
		var twice *journal.Duplicate
		if errors.As(err, &twice) {
			s.loaded = false
			return d.recorded(ctx, twice.Record)
		}
		if key == "" {
			return out, err
		}
		return d.unlessRepeated(ctx, out, err, key)
	}
	return Outcome{}, fmt.Errorf("need %s: %d writers were faster each time; try again", id, maxAttempts)
}

// overtaken reports whether an attempt failed because another writer was faster, and sees to it that the next one knows more.
func (d *Desk) overtaken(ctx context.Context, s *stream, err error) (again bool, failed error) {
	var conflict *journal.Conflict
	var stale *journal.Stale
	switch {
	case errors.As(err, &conflict):
		s.loaded = false
		return true, nil
	case errors.As(err, &stale):
		return true, d.refreshLaw(ctx, stale.Have)
	}
	return false, nil
}

// unlessRepeated answers a command that was refused, or changed nothing, from the record if it was recorded before under its key. What
// is accepted needs no such look: the record takes no key twice.
func (d *Desk) unlessRepeated(ctx context.Context, out Outcome, err error, key string) (Outcome, error) {
	var no *right.Refusal
	if err == nil && len(out.Events) > 0 || err != nil && !errors.As(err, &no) {
		return out, err
	}
	before, done, failed := d.repeated(ctx, key)
	if failed != nil {
		return Outcome{}, failed
	}
	if done {
		return before, nil
	}
	return out, err
}

func (d *Desk) attempt(ctx context.Context, s *stream, id capacity.NeedID, version int64, c right.Command, key string) (Outcome, error) {
	if err := d.takeIn(ctx); err != nil {
		return Outcome{}, err
	}
	sub, submits := c.Ask.(right.Submit)
	if submits {
		if err := d.catchUpRecent(ctx); err != nil {
			return Outcome{}, err
		}
		sub.Related = d.related(c.By)
		c.Ask = sub
	}
	switch {
	case s.loaded:
	case submits && !s.known: // a new need has no record; if this one has, the append says so and it is read
		s.state, s.version, s.loaded, s.known = right.Begin(d.Law()), 0, true, true
	default:
		if err := d.load(ctx, s, id); err != nil {
			return Outcome{}, err
		}
	}
	in := d.law.Load() // with all that the need's record rests on, which its reading may have heard of just now
	if version != AnyVersion && s.version != version {
		return Outcome{}, ErrMoved
	}
	now := max(d.clock.Now(), s.state.Last, s.state.Reached)
	next, events, refusal := right.Step(s.state.Under(in.law), c, now)
	if len(events) == 0 {
		if err := d.holds(ctx, id, s, in); err != nil {
			return Outcome{}, err
		}
		if _, waits := c.Ask.(right.Settle); waits && refusal == nil {
			return Outcome{Need: id, State: s.state}, d.reschedule(ctx, s, id, now, in)
		}
		return Outcome{Need: id, State: s.state}, refusal
	}
	body, err := right.Encode(events)
	if err != nil {
		return Outcome{}, err
	}
	w := journal.Write{Stream: streamOf(id), Expect: s.version, Recorded: now, Actor: c.By, Kind: "events", Body: body}
	if refusal == nil {
		w.Key = key
	}
	if due, ok := right.NextDeadline(next); ok {
		w.Due = due
	}
	r, err := d.append(ctx, w, in)
	if err != nil {
		return Outcome{}, d.forgotten(s, err)
	}
	s.state, s.version = next, s.version+1
	d.knownTo(in, r.Position)
	d.noteRecent(&next, events)
	if next.Settled() {
		d.forget(id, s) // little is asked of it any more; it is read again if something is
	}
	d.recordedAt(r.Position)
	return Outcome{Need: id, Events: events, State: next}, refusal
}

// forgotten drops what is known of a stream after a failed append, unless it only rested on an old law.
func (d *Desk) forgotten(s *stream, err error) error {
	var stale *journal.Stale
	if !errors.As(err, &stale) {
		s.loaded = false
	}
	return err
}

// reschedule corrects the recorded deadline of a need where a change of the law moved it: a sunset that came nearer must be
// woken for, and one that went away must not be woken for again and again. The record gains a turn without events.
func (d *Desk) reschedule(ctx context.Context, s *stream, id capacity.NeedID, now calendar.Instant, in *inForce) error {
	due, ok := right.NextDeadline(s.state.Under(in.law))
	if !ok {
		due = 0
	}
	head, err := d.store.Head(ctx, streamOf(id))
	if err != nil || head.Version == 0 || head.Due == due {
		return err
	}
	body, err := right.Encode(nil)
	if err != nil {
		return err
	}
	r, err := d.append(ctx, journal.Write{Stream: streamOf(id), Expect: s.version, Recorded: now, Kind: "events", Body: body, Due: due}, in)
	if err != nil {
		return d.forgotten(s, err)
	}
	s.version++
	d.recordedAt(r.Position)
	return nil
}

// nudge tells the loop that deadlines or acts may have changed.
func (d *Desk) nudge() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// stream returns the need's place in memory, making room by forgetting others that nobody uses.
func (d *Desk) stream(id capacity.NeedID) *stream {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s, ok := d.streams[id]; ok {
		return s
	}
	if len(d.streams) >= maxStreams {
		for other, s := range d.streams {
			if s.mu.TryLock() {
				delete(d.streams, other)
				s.mu.Unlock()
				if len(d.streams) < maxStreams*9/10 {
					break
				}
			}
		}
	}
	s := &stream{}
	d.streams[id] = s
	return s
}

// forget gives a stream's place in memory back. Whoever waits for its lock goes on with what it has: a record that was
// overtaken meanwhile shows as a conflict.
func (d *Desk) forget(id capacity.NeedID, s *stream) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.streams[id] == s {
		delete(d.streams, id)
	}
}

// load reads the stream once; the lock of s is held.
func (d *Desk) load(ctx context.Context, s *stream, id capacity.NeedID) error {
	if s.loaded {
		return nil
	}
	state, version, err := d.read(ctx, id)
	if err != nil {
		return err
	}
	s.state, s.version, s.loaded = state, version, true
	return nil
}

// read rebuilds the state of a need from the record.
func (d *Desk) read(ctx context.Context, id capacity.NeedID) (right.State, int64, error) {
	records, err := d.records(ctx, streamOf(id))
	if err != nil {
		return right.State{}, 0, err
	}
	state := right.Begin(d.Law())
	for _, r := range records {
		events, err := d.decoded.events(r.Body)
		if err != nil {
			return right.State{}, 0, fmt.Errorf("need %s, record %d: %w", id, r.Version, err)
		}
		state = right.Fold(state, events)
	}
	return state, int64(len(records)), nil
}

// repeated answers a command whose key is in the record.
func (d *Desk) repeated(ctx context.Context, key string) (Outcome, bool, error) {
	r, ok, err := d.store.ByKey(ctx, key)
	if err != nil || !ok {
		return Outcome{}, false, err
	}
	out, err := d.recorded(ctx, r)
	return out, true, err
}

func (d *Desk) recorded(ctx context.Context, r journal.Record) (Outcome, error) {
	id, ok := strings.CutPrefix(string(r.Stream), needPrefix)
	if !ok {
		return Outcome{}, fmt.Errorf("key %q was used for %s; use another", r.Key, r.Stream)
	}
	events, err := d.decoded.events(r.Body)
	if err != nil {
		return Outcome{}, err
	}
	state, _, err := d.read(ctx, capacity.NeedID(id))
	return Outcome{Need: capacity.NeedID(id), Events: events, State: state, Repeated: true}, err
}

// State returns a need as it is now, with the time that has passed settled in memory; nothing is recorded.
func (d *Desk) State(ctx context.Context, id capacity.NeedID) (right.State, error) {
	s := d.stream(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := d.current(ctx, s, id); err != nil {
		return right.State{}, err
	}
	if s.version == 0 {
		return right.State{}, &right.Refusal{Code: right.NeedUnknown, Detail: fmt.Sprintf("no need %s; `firstlook need list` shows what there is", id)}
	}
	now := max(d.clock.Now(), s.state.Last, s.state.Reached)
	state, _, err := right.Step(s.state.Under(d.Law()), right.Command{Ask: right.Settle{}}, now)
	if s.state.Settled() {
		d.forget(id, s) // as after the command that settled it: a look does not keep it in memory
	}
	return state, err
}

// History returns the events of a need in order.
func (d *Desk) History(ctx context.Context, id capacity.NeedID) ([]right.Event, error) {
	records, err := d.records(ctx, streamOf(id))
	if err != nil {
		return nil, err
	}
	var out []right.Event
	for _, r := range records {
		events, err := d.decoded.events(r.Body)
		if err != nil {
			return nil, fmt.Errorf("need %s, record %d: %w", id, r.Version, err)
		}
		out = append(out, events...)
	}
	return out, nil
}

// Needs lists the needs of the record by id, shorter ids first, so that n2 comes before n10.
func (d *Desk) Needs(ctx context.Context) ([]capacity.NeedID, error) {
	heads, err := d.store.Streams(ctx, needPrefix)
	if err != nil {
		return nil, err
	}
	out := make([]capacity.NeedID, len(heads))
	for i, h := range heads {
		out[i] = capacity.NeedID(strings.TrimPrefix(string(h.Stream), needPrefix))
	}
	slices.SortFunc(out, func(a, b capacity.NeedID) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(string(a), string(b))
	})
	return out, nil
}

// NewNeedID returns the next free id of the form n1, n2, ...
func (d *Desk) NewNeedID(ctx context.Context) (capacity.NeedID, error) {
	ids, err := d.Needs(ctx)
	if err != nil {
		return "", err
	}
	for n := len(ids) + 1; ; n++ {
		id := capacity.NeedID(fmt.Sprintf("n%d", n))
		if !slices.Contains(ids, id) {
			return id, nil
		}
	}
}
