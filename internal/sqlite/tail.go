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

// keyHash is what the lookup tables hold of a key, and the filters of a name.
func keyHash(key string) int64 {
	h := sha256.Sum256([]byte(key))
	return int64(binary.BigEndian.Uint64(h[:8]))
}

// hashes are the hashes of a record's texts.
type hashes struct{ stream, key int64 }

func hashesOf(r *journal.Record) hashes {
	h := hashes{stream: keyHash(string(r.Stream))}
	if r.Key != "" {
		h.key = keyHash(r.Key)
	}
	return h
}

// tail is what the records after the watermark imply and no table says yet, and a cache of heads beside it. The writer
// changes it after a commit and before it answers; everybody reads it.
//
// A reader that finds nothing here may go on to the tables although the writer goes on too: what it then reads is at
// least as new as the moment at which it looked here.
type tail struct {
	mu       sync.RWMutex
	heads    map[journal.Stream]head // of the tail, and others as a cache
	changed  []journal.Stream        // those of the tail, for the writer
	keys     map[string]int64
	newKeys  []keyPlace // the same keys, for the writer
	oldKeys  *filter    // of record_key; the writer's
	oldHeads *filter    // of stream, and of the tail; the writer's
	folded   int64      // the watermark: position up to which the tables are complete
	last     int64      // position of the last record
	hash     journal.Hash
}

func newTail() *tail {
	return &tail{heads: map[journal.Stream]head{}, keys: map[string]int64{}}
}

// reset empties what was folded. The cache of heads stays until it is large.
func (t *tail) reset() {
	const cached = 1 << 17
	if len(t.heads) > cached {
		clear(t.heads)
	}
	clear(t.keys)
	t.changed, t.newKeys = t.changed[:0], t.newKeys[:0]
	t.folded = t.last
}

// add takes in a record; names are the hashes of its texts.
func (t *tail) add(r *journal.Record, due calendar.Instant, names hashes) {
	if t.heads[r.Stream].at <= t.folded { // its first record since the fold
		t.changed = append(t.changed, r.Stream)
	}
	t.heads[r.Stream] = head{r.Version, r.Position, due}
	if r.Version == 1 {
		t.oldHeads.add(names.stream)
	}
	if r.Key != "" {
		t.keys[r.Key] = r.Position
		t.newKeys = append(t.newKeys, keyPlace{names.key, r.Position})
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
	t.oldKeys, t.oldHeads = newFilter(t.folded), newFilter(t.folded)
	known := t.folded == 0 // the hash at the watermark
	gap := false
	err = pagesFrom(ctx, db, max(t.folded, 1), func(first int64, page []byte) (bool, error) {
		return !gap, entries(first, page, t.folded, func(e entry) bool {
			switch e.Position {
			case t.folded:
				t.hash, known = e.Hash, true
			case t.last + 1:
				t.add(&e.Record, e.due, hashesOf(&e.Record))
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
