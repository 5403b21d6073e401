package sqlite

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"sync"

	sqlite3 "modernc.org/sqlite/lib"

	"firstlook/calendar"
	"firstlook/internal/journal"
	"firstlook/proof"
)

// request is one call that needs the writer: an append, or a fold when there is no write.
type request struct {
	op    string
	write *journal.Write // nil, or kept
	draft

	record journal.Record // the answer to an append
	same   int64          // position of the record that has the write's key
	err    error

	kept journal.Write
}

// draft is what can be made of a write before its place is known, on the caller's goroutine.
type draft struct {
	said  []byte // the record's canonical bytes
	leaf  journal.Hash
	names hashes
	// leaves are the hashes of what stands in the log for it.
	leaves []proof.Hash
	prior  int64 // the writer's: position of the record before in the stream
}

// requests are appends to be used again, for the sake of the bytes in them.
var requests = sync.Pool{New: func() any { return new(request) }}

// newAppend drafts the record of a write, and its leaves if there is a log.
func newAppend(w *journal.Write, log *logKeeper) *request {
	r := requests.Get().(*request)
	r.op, r.kept, r.record = "append", *w, journal.Record{
		Stream: w.Stream, Version: w.Expect + 1, Key: w.Key, Recorded: w.Recorded, Actor: w.Actor, Kind: w.Kind, Body: w.Body,
	}
	if len(w.Body) == 0 {
		r.record.Body = nil
	}
	r.write = &r.kept
	r.said = journal.Encode(r.said[:0], &r.record)
	r.leaf, r.names = journal.Leaf(r.said), hashesOf(&r.record)
	if log != nil {
		r.leaves = log.draft(r.leaves[:0], &r.record, r.leaf)
	}
	return r
}

// free gives back a request that the writer has answered. Bytes of an unusual length are not kept.
func (r *request) free() {
	const usual = 64 << 10
	said, leaves := r.said, r.leaves
	if cap(said) > usual {
		said, leaves = nil, nil
	}
	*r = request{draft: draft{said: said, leaves: leaves}}
	requests.Put(r)
}

// writer owns the writing connection. Its methods run on the queue's goroutine only.
type writer struct {
	tail    *tail
	log     *logKeeper // nil without a log
	foldAt  int64
	stopped error // set once the disk failed

	begin, commit, rollback         *stmt
	pages, folded                   *stmt
	streams, recordKeys             *bulk
	findStreams, findKeys, findPage *lookup

	// The batch at hand, on top of the tail: nothing of it is in the tail before the commit.
	heads map[journal.Stream]head
	keys  map[string]int64
	last  int64
	hash  journal.Hash
	page  []byte // the row at hand

	wanted  chan struct{} // a checkpoint; one waits at most
	written int           // bytes since the last was asked for
}

// foldAfter is the length at which the tail is folded. A fold touches most pages of the lookup tables, so a short tail
// writes several times the bytes of its records; a long one makes the pause and the reading at start longer (some
// 50 ms here).
const foldAfter = 32768

func newWriter(c *conn, t *tail, log *logKeeper, foldAt int64) (*writer, error) {
	w := &writer{tail: t, log: log, foldAt: foldAt, heads: map[journal.Stream]head{}, keys: map[string]int64{}, wanted: make(chan struct{}, 1)}
	var failed error
	stmt := func(query string, args int) *stmt {
		s, err := c.prepare(query, args)
		failed = errors.Join(failed, err)
		return s
	}
	rows := func(into string, columns int, end string) *bulk {
		b, err := c.bulk(into, columns, end)
		failed = errors.Join(failed, err)
		return b
	}
	find := func(query string, values, columns int) *lookup {
		l, err := c.lookup(query, values, columns)
		failed = errors.Join(failed, err)
		return l
	}
	w.begin, w.commit, w.rollback = stmt("BEGIN IMMEDIATE", 0), stmt("COMMIT", 0), stmt("ROLLBACK", 0)
	w.pages = stmt("INSERT INTO page VALUES (?, ?)", 2)
	w.folded = stmt("UPDATE folded SET position = ?", 1)
	w.streams = rows("stream (name, version, head, due)", 4,
		" ON CONFLICT (name) DO UPDATE SET version = excluded.version, head = excluded.head, due = excluded.due")
	w.recordKeys = rows("record_key (hash, position)", 2, "")
	w.findStreams = find("SELECT name, version, head, due FROM stream WHERE name IN (?)", bulkRows, 4)
	w.findKeys = find("SELECT position FROM record_key WHERE hash IN (?)", bulkRows, 1)
	w.findPage = find(findPage, 1, 2)
	return w, failed
}

// run answers a batch: decides each request on what is known, writes what was accepted in one transaction, and
// only then makes it known.
func (w *writer) run(batch []*request) {
	if w.stopped != nil {
		fail(batch, w.stopped, false)
		return
	}
	if err := w.prepare(batch); err != nil {
		fail(batch, err, false)
		return
	}
	fold := w.tail.last-w.tail.folded >= w.foldAt
	changes := fold
	for _, r := range batch {
		w.decide(r)
		fold = fold || r.write == nil
		changes = changes || r.err == nil
	}
	if !changes {
		return
	}
	if unknown, err := w.write(batch, fold); err != nil {
		fail(batch, err, unknown)
		return
	}
	w.publish(batch, fold)
	if w.written >= checkpointAfter {
		w.written = 0
		select {
		case w.wanted <- struct{}{}:
		default: // one waits
		}
	}
}

// fail gives every request of a batch the same error: a refusal may rest on a record of the batch that is not
// there after all.
func fail(batch []*request, err error, unknown bool) {
	for _, r := range batch {
		f := fault(context.Background(), r.op, err)
		var known *journal.Fault
		if unknown && errors.As(f, &known) {
			f = &journal.Fault{Op: known.Op, Err: known.Err, Remedy: known.Remedy, Unknown: true}
		}
		r.err = f
	}
}

// prepare fetches what the batch needs and the tail does not know: heads, and keys that are taken.
func (w *writer) prepare(batch []*request) error {
	clear(w.heads)
	clear(w.keys)
	w.last, w.hash = w.tail.last, w.tail.hash
	var names, keys []driver.Value
	for _, r := range batch {
		if r.write == nil {
			continue
		}
		s := r.write.Stream
		if _, ok := w.heads[s]; !ok {
			h, ok := w.tail.heads[s]
			if w.heads[s] = h; !ok && !w.tail.oldHeads.absent(r.names.stream) {
				names = append(names, string(s))
			}
		}
		if r.write.Key != "" && !w.tail.oldKeys.absent(r.names.key) {
			keys = append(keys, r.names.key)
		}
	}
	err := w.findStreams.each(names, func(row []driver.Value) {
		w.heads[journal.Stream(row[0].(string))] = head{row[1].(int64), row[2].(int64), calendar.Instant(row[3].(int64))}
	})
	return errors.Join(err, w.findTaken(keys))
}

// findTaken reads the keys that stand behind hashes in the table.
func (w *writer) findTaken(hashes []driver.Value) error {
	var found []int64
	err := w.findKeys.each(hashes, func(row []driver.Value) { found = append(found, row[0].(int64)) })
	if err != nil {
		return err
	}
	for _, at := range found {
		e, err := w.entry(at)
		if err != nil {
			return err
		}
		w.keys[e.Key] = at
	}
	return nil
}

// entry reads the record at a position.
func (w *writer) entry(position int64) (found entry, err error) {
	bad := w.findPage.each([]driver.Value{position}, func(row []driver.Value) {
		page, _ := row[1].([]byte)
		err = entries(row[0].(int64), page, position, func(e entry) bool { found = e; return false })
	})
	if err = errors.Join(err, bad); err == nil && found.Position != position {
		err = &journal.Corrupt{Position: position, Reason: "the record is gone"}
	}
	return found, err
}

// decide accepts or refuses a request; what is accepted counts for the requests after it.
func (w *writer) decide(r *request) {
	if r.write == nil {
		return
	}
	if w.log != nil && w.log.broken != nil {
		r.err = fault(context.Background(), r.op, w.log.broken)
		return
	}
	s := r.write.Stream
	if key := r.write.Key; key != "" {
		if r.same = w.position(key); r.same != 0 {
			r.err = &journal.Duplicate{} // the caller reads the record
			return
		}
	}
	h := w.heads[s]
	if h.version != r.write.Expect {
		r.err = &journal.Conflict{Stream: s, Expect: r.write.Expect, Have: h.version}
		return
	}
	w.last++
	w.hash = journal.Link(w.hash, r.leaf)
	r.record.Position, r.record.Hash = w.last, w.hash
	r.prior = h.at
	w.heads[s] = head{version: r.record.Version, at: w.last, due: r.write.Due}
	if r.write.Key != "" {
		w.keys[r.write.Key] = w.last
	}
}

// position returns where the record with a key is, 0 when there is none.
func (w *writer) position(key string) int64 {
	if at, ok := w.tail.keys[key]; ok {
		return at
	}
	return w.keys[key]
}

// write makes the transaction. Unknown says that the commit itself failed in a way that leaves its outcome open.
func (w *writer) write(batch []*request, fold bool) (unknown bool, err error) {
	if err := w.begin.exec(); err != nil {
		return false, err
	}
	err = w.fill(batch, fold)
	if err == nil {
		err = w.commit.exec()
		unknown = err != nil && stops(err)
	}
	if err == nil {
		if w.log != nil && w.last > w.tail.last {
			w.log.settle(w.last)
		}
		return false, nil
	}
	if !w.undone() || stops(err) {
		w.stopped = &journal.Fault{Op: "append", Err: fmt.Errorf("%w: %w", ErrStopped, err), Remedy: remedies[sqlite3.SQLITE_IOERR]}
	}
	return unknown, err
}

// undone rolls back and reports whether no transaction is open. After some failures SQLite has rolled back by itself
// and refuses to do so again; that another one can begin then shows it.
func (w *writer) undone() bool {
	if err := w.rollback.exec(); err == nil {
		return true
	}
	if err := w.begin.exec(); err != nil {
		return false
	}
	return w.rollback.exec() == nil
}

// fill writes everything that was accepted.
func (w *writer) fill(batch []*request, fold bool) error {
	w.streams.begin()
	w.recordKeys.begin()
	if fold {
		if err := w.fold(); err != nil {
			return err
		}
	}
	if w.log == nil || w.last == w.tail.last {
		return w.append(batch)
	}
	grown := w.log.grow(batch)
	err := w.append(batch)
	grown()
	if err != nil || len(w.log.filled) == 0 {
		return err
	}
	return w.log.store(w.last)
}

// append writes the records of a batch, page by page.
func (w *writer) append(batch []*request) error {
	first, n := w.tail.last+1, int64(0)
	w.page = w.page[:0]
	for _, r := range batch {
		if r.write == nil || r.err != nil {
			continue
		}
		w.page = appendEntry(w.page, r.record.Hash, r.prior, r.write.Due, r.said)
		w.written += len(r.said)
		n++
		if n < pageRecords && len(w.page) < pageSize {
			continue
		}
		if err := w.pages.exec(first, w.page); err != nil {
			return err
		}
		first, n, w.page = first+n, 0, w.page[:0]
	}
	if n > 0 {
		if err := w.pages.exec(first, w.page); err != nil {
			return err
		}
	}
	return nil
}

// fold writes what the tail implies into its tables. The batch at hand is not part of it.
func (w *writer) fold() error {
	slices.Sort(w.tail.changed)
	for _, s := range w.tail.changed {
		h := w.tail.heads[s]
		if err := w.streams.add(string(s), h.version, h.at, int64(h.due)); err != nil {
			return err
		}
	}
	slices.SortFunc(w.tail.newKeys, func(a, b keyPlace) int { return cmp.Compare(a.hash, b.hash) })
	for _, k := range w.tail.newKeys {
		w.tail.oldKeys.add(k.hash) // one too many if the transaction fails, which costs a lookup
		if err := w.recordKeys.add(k.hash, k.position); err != nil {
			return err
		}
	}
	err := w.folded.exec(w.tail.last)
	return errors.Join(err, w.streams.flush(), w.recordKeys.flush())
}

// publish makes the committed batch known.
func (w *writer) publish(batch []*request, fold bool) {
	w.tail.mu.Lock()
	defer w.tail.mu.Unlock()
	if fold {
		w.tail.reset()
	}
	for _, r := range batch {
		if r.err == nil && r.write != nil {
			w.tail.add(&r.record, r.write.Due, r.names)
		}
	}
}
