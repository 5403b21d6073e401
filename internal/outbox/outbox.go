// Package outbox does outside what the record calls for: notices, requests for offers, award letters.
//
// An [Act] is not stored. It follows from a record by a function that the owner of the records gives ([Derive]), so it is
// durable with the record that causes it, costs the append nothing, and cannot be there without its cause.
// What is stored is how far each recipient was served: one record in the stream "outbox/RECIPIENT" per act that was
// done, with the SHA-256 of the letter as it went out. The record is in the journal and so in the transparency log: it is the proof of
// delivery, and the hash proves what was delivered.
//
//   - An act is done only after its record is durable: the outbox reads nothing else.
//   - At least once: a crash between doing an act and recording that leads to doing it again, with the same key.
//   - In order: a recipient's acts go by the position of their records, then by their place in it; the next is done
//     when the one before is. Recipients do not wait for each other.
//
// From time to time, and when all is done, the stream "outbox" records the position up to which nothing is open; a new
// process begins to read there.
package outbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"firstlook/calendar"
	"firstlook/internal/journal"
	"firstlook/party"
)

// Act is something to be done outside because of a record.
type Act struct {
	Key       string // the same whenever the act is derived: the receiver's idempotency key
	Recipient party.ID
	Kind      string
	Body      []byte // the letter; filled in when it is delivered
	Stream    journal.Stream
	Position  int64 // of the record that causes it
	Place     int   // among the acts of that record, from 1
}

// Derive lists the acts that follow from a record, in their order. It is a function of the record and of what was recorded
// before it, and gives the same whenever it is asked.
type Derive func(ctx context.Context, r journal.Record) ([]Act, error)

// Courier does one act and leaves in its Body the letter that went out. Its error leaves the act open, to be done again later.
type Courier func(ctx context.Context, a *Act) error

const (
	prefix    = "outbox/"
	watermark = journal.Stream("outbox")
	kindDone  = "done"
	kindMark  = "mark"
	readBatch = 512
	// markEvery is after how many acts a process that never comes to rest records where it stands.
	markEvery = 256
)

// done is the body of a record of delivery: which act it was, and what its letter said.
type done struct {
	Key      string `json:"key"`
	Position int64  `json:"position"`
	Place    int    `json:"place"`
	SHA256   string `json:"sha256,omitempty"` // of the letter, in hexadecimal; of an act without one empty
}

// mark is the body of a record that says up to which position nothing is open.
type mark struct {
	Through int64 `json:"through"`
}

// Box is the outbox of one journal. Its methods may be called from many goroutines; acts are done by one at a time.
type Box struct {
	store  journal.Store
	derive Derive
	now    func() calendar.Instant
	open   atomic.Int64 // acts in waiting

	mu      sync.Mutex
	loaded  bool
	read    int64 // position up to which records were looked at
	since   int   // acts done since
	waiting map[party.ID][]Act
	served  map[party.ID]*served
}

// served is how far a recipient was served.
type served struct {
	last    done
	version int64 // of the recipient's stream
}

// New returns the outbox of a journal.
func New(store journal.Store, derive Derive, now func() calendar.Instant) *Box {
	return &Box{store: store, derive: derive, now: now, waiting: map[party.ID][]Act{}, served: map[party.ID]*served{}}
}

// Deliver does every open act that it can, and returns what went wrong, joined; what failed stays open.
func (b *Box) Deliver(ctx context.Context, courier Courier) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.catchUp(ctx); err != nil {
		return err
	}
	var failed []error
	for _, to := range slices.Sorted(maps.Keys(b.waiting)) {
		acts, n := b.waiting[to], 0
		for i := range acts {
			a := acts[i] // the letter is not kept
			if err := courier(ctx, &a); err != nil {
				failed = append(failed, fmt.Errorf("act %s for %s: %w", a.Key, to, err))
				break
			}
			if err := b.record(ctx, a); err != nil {
				b.forget()
				return errors.Join(append(failed, err)...)
			}
			n++
		}
		if n == len(acts) {
			delete(b.waiting, to)
		} else {
			b.waiting[to] = acts[n:]
		}
	}
	if len(failed) == 0 {
		return b.rest(ctx)
	}
	return errors.Join(failed...)
}

// Open is how many acts are open, as far as the records were read; it does not wait for a delivery that is under way.
func (b *Box) Open() int { return int(b.open.Load()) }

// forget has the box read anew where it stands: whether an act was recorded as done is not known when recording it failed, and
// another replica may have done it.
func (b *Box) forget() {
	b.loaded, b.read = false, 0
	b.waiting, b.served = map[party.ID][]Act{}, map[party.ID]*served{}
	b.open.Store(0)
}

// Pending lists the open acts, in order per recipient.
func (b *Box) Pending(ctx context.Context) ([]Act, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.catchUp(ctx); err != nil {
		return nil, err
	}
	var out []Act
	for _, acts := range b.waiting {
		out = append(out, acts...)
	}
	return out, nil
}

// catchUp reads the records that came since and lines up their acts.
func (b *Box) catchUp(ctx context.Context) error {
	if !b.loaded {
		if err := b.load(ctx); err != nil {
			return err
		}
	}
	for {
		records, err := b.store.ReadAll(ctx, b.read, readBatch)
		if err != nil || len(records) == 0 {
			return err
		}
		for _, r := range records {
			if err := b.lineUp(ctx, r); err != nil {
				return err
			}
			b.read = r.Position
		}
	}
}

func (b *Box) lineUp(ctx context.Context, r journal.Record) error {
	if r.Stream == watermark || strings.HasPrefix(string(r.Stream), prefix) {
		return nil
	}
	acts, err := b.derive(ctx, r)
	if err != nil {
		return fmt.Errorf("acts of record %d: %w", r.Position, err)
	}
	var open []Act // all of them or none: after a failure the record is read again
	for i, a := range acts {
		a.Stream, a.Position, a.Place = r.Stream, r.Position, i+1
		s, err := b.servedTo(ctx, a.Recipient)
		if err != nil {
			return err
		}
		if a.Position > s.last.Position || a.Position == s.last.Position && a.Place > s.last.Place {
			open = append(open, a)
		}
	}
	for _, a := range open {
		b.waiting[a.Recipient] = append(b.waiting[a.Recipient], a)
		b.open.Add(1)
	}
	return nil
}

// load finds where to begin.
func (b *Box) load(ctx context.Context) error {
	var m mark
	if _, err := b.latest(ctx, watermark, &m); err != nil {
		return err
	}
	b.read, b.loaded = m.Through, true
	return nil
}

// servedTo returns how far a recipient was served, from its stream when it is first asked for.
func (b *Box) servedTo(ctx context.Context, to party.ID) (*served, error) {
	if s, ok := b.served[to]; ok {
		return s, nil
	}
	s := &served{}
	version, err := b.latest(ctx, streamOf(to), &s.last)
	if err != nil {
		return nil, err
	}
	s.version = version
	b.served[to] = s
	return s, nil
}

func streamOf(to party.ID) journal.Stream { return journal.Stream(prefix + string(to)) }

// latest reads the last record of a stream; version 0 if there is none.
func (b *Box) latest(ctx context.Context, stream journal.Stream, into any) (int64, error) {
	head, err := b.store.Head(ctx, stream)
	if err != nil || head.Version == 0 {
		return 0, err
	}
	records, err := b.store.Read(ctx, stream, head.Version-1)
	if err != nil {
		return 0, err
	}
	if len(records) == 0 {
		return 0, fmt.Errorf("stream %s has no record %d", stream, head.Version)
	}
	r := records[len(records)-1]
	if err := json.Unmarshal(r.Body, into); err != nil {
		return 0, fmt.Errorf("stream %s, record %d: %w", stream, r.Version, err)
	}
	return r.Version, nil
}

// record makes durable that an act was done.
func (b *Box) record(ctx context.Context, a Act) error {
	s := b.served[a.Recipient]
	d := done{Key: a.Key, Position: a.Position, Place: a.Place}
	if len(a.Body) > 0 {
		sum := sha256.Sum256(a.Body)
		d.SHA256 = hex.EncodeToString(sum[:])
	}
	if err := b.append(ctx, streamOf(a.Recipient), s.version, kindDone, a.Recipient, d); err != nil {
		return err
	}
	s.last, s.version = d, s.version+1
	b.since++
	b.open.Add(-1)
	return nil
}

// rest records where the outbox stands when nothing is open and enough was done since it last did.
func (b *Box) rest(ctx context.Context) error {
	if b.since < markEvery {
		return nil
	}
	head, err := b.store.Head(ctx, watermark)
	if err != nil {
		return err
	}
	if err := b.append(ctx, watermark, head.Version, kindMark, "", mark{b.read}); err != nil {
		return err
	}
	b.since = 0
	return nil
}

func (b *Box) append(ctx context.Context, stream journal.Stream, version int64, kind string, actor party.ID, body any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	_, err = b.store.Append(ctx, journal.Write{Stream: stream, Expect: version, Recorded: b.now(), Actor: actor, Kind: kind, Body: data})
	return err
}
