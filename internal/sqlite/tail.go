package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"sync"

	"firstlook/calendar"
	"firstlook/internal/journal"
	"firstlook/party"
)

// head is what is known of a stream: its version, where its last record is, and its deadline.
type head struct {
	version int64
	at      int64 // position of the last record
	due     calendar.Instant
}

// keyPlace says which record has a key with a hash.
type keyPlace struct {
	hash     int64
	position int64
}

// actPlace says which act has a key with a hash.
type actPlace struct {
	hash      int64
	position  int64
	place     int64
	recipient party.ID
}

// keyHash is what the lookup tables hold of a key.
func keyHash(key string) int64 {
	h := sha256.Sum256([]byte(key))
	return int64(binary.BigEndian.Uint64(h[:8]))
}

// tail is what the records after the watermark imply and no table says yet, and a cache of heads beside it. The writer
// changes it after a commit and before it answers; everybody reads it.
//
// A reader that finds nothing here may go on to the tables although the writer goes on too: what it then reads is at
// least as new as the moment at which it looked here.
type tail struct {
	mu      sync.RWMutex
	heads   map[journal.Stream]head // of the tail, and others as a cache
	changed map[journal.Stream]bool // those of the tail
	keys    map[string]int64
	acts    map[string]actPlace
	newKeys []keyPlace // the same keys, for the writer
	newActs []actPlace // the same acts, for the writer
	oldKeys *filter    // of record_key; the writer's
	oldActs *filter    // of act; the writer's
	folded  int64      // the watermark: position up to which the tables are complete
	last    int64      // position of the last record
	hash    journal.Hash
}

func newTail() *tail {
	return &tail{
		heads: map[journal.Stream]head{}, changed: map[journal.Stream]bool{},
		keys: map[string]int64{}, acts: map[string]actPlace{},
	}
}

// reset empties what was folded. The cache of heads stays until it is large.
func (t *tail) reset() {
	const cached = 1 << 17
	if len(t.heads) > cached {
		clear(t.heads)
	}
	clear(t.changed)
	clear(t.keys)
	clear(t.acts)
	t.newKeys, t.newActs = t.newKeys[:0], t.newActs[:0]
	t.folded = t.last
}

// add takes in a record and the acts that follow from it. Of the draft it uses the hashes of keys.
func (t *tail) add(r *journal.Record, due calendar.Instant, acts []journal.Act, d *draft) {
	t.heads[r.Stream] = head{r.Version, r.Position, due}
	t.changed[r.Stream] = true
	if r.Key != "" {
		t.keys[r.Key] = r.Position
		t.newKeys = append(t.newKeys, keyPlace{d.key, r.Position})
	}
	for i, a := range acts {
		p := actPlace{d.names[i], r.Position, int64(i), a.Recipient}
		t.acts[a.Key] = p
		t.newActs = append(t.newActs, p)
	}
	t.last, t.hash = r.Position, r.Hash
}

// head returns what the tail or the cache knows of a stream.
func (t *tail) head(s journal.Stream) (head, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	h, ok := t.heads[s]
	return h, ok
}

// key returns the position of the record with a key.
func (t *tail) key(key string) (int64, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	id, ok := t.keys[key]
	return id, ok
}

// actPlace returns where the act with a key is.
func (t *tail) actPlace(key string) (actPlace, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	p, ok := t.acts[key]
	return p, ok
}

// empty reports whether the tables are complete.
func (t *tail) empty() bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.last == t.folded
}

// load reads the watermark, the hash there, and the records after it.
func (t *tail) load(ctx context.Context, db *sql.DB) error {
	err := db.QueryRowContext(ctx, "SELECT position FROM folded").Scan(&t.folded)
	if errors.Is(err, sql.ErrNoRows) {
		return &journal.Corrupt{Reason: "firstlook.db lost its watermark"}
	}
	if err != nil {
		return err
	}
	t.last = t.folded
	t.oldKeys, t.oldActs = newFilter(t.folded), newFilter(t.folded)
	known := t.folded == 0 // the hash at the watermark
	gap := false
	err = pagesFrom(ctx, db, max(t.folded, 1), func(first int64, page []byte) (bool, error) {
		return !gap, entries(first, page, t.folded, func(e entry) bool {
			switch e.Position {
			case t.folded:
				t.hash, known = e.Hash, true
			case t.last + 1:
				t.add(&e.Record, e.due, e.acts, hashes(&e))
			default:
				gap = true
			}
			return !gap
		})
	})
	if err == nil && (gap || !known) {
		err = &journal.Corrupt{Position: t.last + 1, Reason: "the record, or the one before it, is gone"}
	}
	return err
}

// hashes is the part of a draft that the tail needs.
func hashes(e *entry) *draft {
	d := &draft{key: keyHash(e.Key)}
	for _, a := range e.acts {
		d.names = append(d.names, keyHash(a.Key))
	}
	return d
}
