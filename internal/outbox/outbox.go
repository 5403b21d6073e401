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
//   - Together: a [Group] gets several acts at once, where their files can share a disk's wait. What is recorded of them afterwards is
//     still one record for each, since a record is shown to whom its act concerns and to nobody else; they share a transaction.
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

// Group does several acts as a [Courier] does one, and returns an error for each, nil for what was done. Those of one recipient stand in
// their order, and what stands behind one that failed is not done; its error is [ErrBehind]. [SideBySide] is one way to do that.
type Group func(ctx context.Context, acts []*Act) []error

// ErrBehind says that an act waits for the one before it, which failed.
var ErrBehind = errors.New("an act before it was not done")

const (
	prefix    = "outbox/"
	watermark = journal.Stream("outbox")
	kindDone  = "done"
	kindMark  = "mark"
	readBatch = 512
	// markEvery is after how many acts a process that never comes to rest records where it stands.
	markEvery = 256
	// lookEvery is after how many acts of a pass it is looked what came meanwhile: somebody's first letter does not wait for another's last.
	lookEvery = 256
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

// Box is the outbox of one journal. Its methods may be called from many goroutines; one pass delivers at a time.
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

// Deliver does every open act that it can, one at a time, and returns what went wrong, joined; what failed stays open.
func (b *Box) Deliver(ctx context.Context, courier Courier) error {
	return b.DeliverGroups(ctx, func() int { return 1 }, func(ctx context.Context, acts []*Act) []error { return []error{courier(ctx, acts[0])} })
}

// DeliverGroups is Deliver for a courier that takes several acts at once; most is asked before each group how many, at least 1.
func (b *Box) DeliverGroups(ctx context.Context, most func() int, do Group) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.catchUp(ctx); err != nil {
		return err
	}
	var failed []error
	held := map[party.ID]bool{} // recipients of which an act failed in this pass
	var last party.ID
	for looked := b.since; ; {
		acts := b.next(last, most(), held)
		if len(acts) == 0 {
			break
		}
		last = acts[len(acts)-1].Recipient
		done, errs := sorted(acts, do(ctx, acts), held)
		failed = append(failed, errs...)
		if err := b.recordDone(ctx, done); err != nil {
			b.forget()
			return errors.Join(append(failed, err)...)
		}
		if b.since-looked < lookEvery {
			continue
		}
		if err := b.catchUp(ctx); err != nil {
			return errors.Join(append(failed, err)...)
		}
		looked = b.since
	}
	if len(failed) == 0 {
		return b.rest(ctx)
	}
	return errors.Join(failed...)
}

// next picks the acts of a group: as many of each recipient as there is room for all, beginning behind the one that had the last word.
func (b *Box) next(last party.ID, most int, held map[party.ID]bool) []*Act {
	var who []party.ID
	for _, to := range slices.Sorted(maps.Keys(b.waiting)) {
		if !held[to] {
			who = append(who, to)
		}
	}
	if len(who) == 0 {
		return nil
	}
	from, known := slices.BinarySearch(who, last)
	if known {
		from++
	}
	share := max(1, most/len(who))
	var out []*Act
	for i := range who {
		acts := b.waiting[who[(from+i)%len(who)]]
		for _, a := range acts[:min(len(acts), share, most-len(out))] {
			out = append(out, &a) // a copy: the letter is not kept
		}
	}
	return out
}

// sorted parts what was done from what failed, and notes of whom something failed.
func sorted(acts []*Act, errs []error, held map[party.ID]bool) (done []*Act, failed []error) {
	for i, a := range acts {
		switch err := errs[i]; {
		case err == nil && !held[a.Recipient]:
			done = append(done, a)
			continue
		case err != nil && !errors.Is(err, ErrBehind):
			failed = append(failed, fmt.Errorf("act %s for %s: %w", a.Key, a.Recipient, err))
		}
		held[a.Recipient] = true
	}
	return done, failed
}

// SideBySide does acts of several recipients at the same time, at most so many, and those of one recipient one after the other until one fails.
func SideBySide(ctx context.Context, acts []*Act, most int, do Courier) []error {
	errs := make([]error, len(acts))
	rows := map[party.ID][]int{}
	var order []party.ID
	for i, a := range acts {
		if rows[a.Recipient] == nil {
			order = append(order, a.Recipient)
		}
		rows[a.Recipient] = append(rows[a.Recipient], i)
	}
	row := func(to party.ID) {
		var failed error
		for _, i := range rows[to] {
			if failed != nil {
				errs[i] = ErrBehind
				continue
			}
			errs[i] = do(ctx, acts[i])
			failed = errs[i]
		}
	}
	if most <= 1 || len(order) == 1 {
		for _, to := range order {
			row(to)
		}
		return errs
	}
	slots := make(chan struct{}, most)
	var wait sync.WaitGroup
	for _, to := range order {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			row(to)
		})
	}
	wait.Wait()
	return errs
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

// recordDone makes durable that acts were done: those of several recipients side by side, so that the store writes them together.
func (b *Box) recordDone(ctx context.Context, acts []*Act) error {
	rows := map[party.ID][]*Act{}
	for _, a := range acts {
		rows[a.Recipient] = append(rows[a.Recipient], a)
	}
	var wait sync.WaitGroup
	errs := make([]error, 0, len(rows))
	for _, to := range slices.Sorted(maps.Keys(rows)) {
		errs = append(errs, nil)
		failed := &errs[len(errs)-1]
		if len(rows) == 1 {
			*failed = b.recordRow(ctx, b.served[to], rows[to])
			break
		}
		wait.Go(func() { *failed = b.recordRow(ctx, b.served[to], rows[to]) })
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for to, row := range rows {
		if b.waiting[to] = b.waiting[to][len(row):]; len(b.waiting[to]) == 0 {
			delete(b.waiting, to)
		}
	}
	b.since += len(acts)
	b.open.Add(-int64(len(acts)))
	return nil
}

// recordRow makes durable that acts of one recipient were done, in their order.
func (b *Box) recordRow(ctx context.Context, s *served, acts []*Act) error {
	for len(acts) > 0 {
		n, err := b.appendRow(ctx, s, acts)
		if n > 0 {
			s.last, s.version = doneOf(acts[n-1]), s.version+int64(n)
		}
		if err != nil {
			return err
		}
		acts = acts[n:]
	}
	return nil
}

// appendRow appends a record for each act without waiting for the one before, so that one transaction can carry them all. Each names the
// version that it stands behind, so the store keeps them in order; one that came too early is refused, with all behind it, and is the
// first of the next row. It returns how many are recorded.
func (b *Box) appendRow(ctx context.Context, s *served, acts []*Act) (int, error) {
	errs := make([]error, len(acts))
	if len(acts) == 1 {
		errs[0] = b.append(ctx, streamOf(acts[0].Recipient), s.version, kindDone, acts[0].Recipient, doneOf(acts[0]))
	} else {
		var wait sync.WaitGroup
		goes := make(chan struct{})
		close(goes)
		for i, a := range acts {
			before, next := goes, make(chan struct{})
			goes = next
			wait.Go(func() {
				body := doneOf(a)
				<-before
				close(next)
				errs[i] = b.append(ctx, streamOf(a.Recipient), s.version+int64(i), kindDone, a.Recipient, body)
			})
		}
		wait.Wait()
	}
	for i, err := range errs {
		var early *journal.Conflict
		if i > 0 && errors.As(err, &early) {
			return i, nil
		}
		if err != nil {
			return i, err
		}
	}
	return len(acts), nil
}

// doneOf is what is recorded of an act.
func doneOf(a *Act) done {
	d := done{Key: a.Key, Position: a.Position, Place: a.Place}
	if len(a.Body) > 0 {
		sum := sha256.Sum256(a.Body)
		d.SHA256 = hex.EncodeToString(sum[:])
	}
	return d
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
