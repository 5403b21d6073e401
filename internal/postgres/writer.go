package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"firstlook/internal/journal"
	"firstlook/internal/translog"
	"firstlook/proof"
)

// request is one append on its way: the write, what could be made of it before its place is known, and the answer.
type request struct {
	write  journal.Write
	basis  journal.Basis
	leaf   journal.Hash
	leaves []proof.Hash

	record journal.Record
	err    error
}

// newRequest drafts the record of a write and hashes it, on the caller's goroutine.
func (s *Store) newRequest(w *journal.Write, on journal.Basis) *request {
	r := &request{write: *w, basis: on, record: journal.Record{
		Stream: w.Stream, Version: w.Expect + 1, Key: w.Key, Recorded: w.Recorded, Actor: w.Actor, Kind: w.Kind, Body: w.Body,
	}}
	if len(w.Body) == 0 {
		r.record.Body = nil
	}
	r.leaf = journal.Leaf(journal.Encode(nil, &r.record))
	f := proof.Record{Stream: string(w.Stream), Version: r.record.Version, Time: w.Recorded, Actor: string(w.Actor), Kind: w.Kind, Body: w.Body, Digest: r.leaf}
	var scratch proof.Scratch
	r.leaves = s.log.sealer.AppendHashes(nil, &f, &scratch)
	return r
}

// writer owns the writing connection. Its methods run on the queue's goroutine only.
type writer struct {
	store *Store
	conn  *pgx.Conn
	alone bool // nobody else had appended when this writer last looked
	// pending is the place of the last record of a batch whose commit was not answered; zero when there is none.
	pending journal.Checkpoint
}

const (
	// batchBytes bounds the bodies of one transaction.
	batchBytes = 32 << 20
	// attemptTime bounds one attempt at a transaction, the wait for other replicas included.
	attemptTime = 15 * time.Second
)

// run answers what the queue gathered, in one transaction unless the bodies are large.
func (w *writer) run(batch []*request) {
	for len(batch) > 0 {
		n, size := 0, 0
		for n < len(batch) && (n == 0 || size+len(batch[n].write.Body) <= batchBytes) {
			size += len(batch[n].write.Body)
			n++
		}
		w.settle(batch[:n])
		batch = batch[n:]
	}
}

// settle commits a batch, again while the server is away and patience lasts.
func (w *writer) settle(batch []*request) {
	until := time.Now().Add(w.store.patience)
	for wait := firstWait; ; wait = min(2*wait, lastWait) {
		ctx, cancel := context.WithTimeout(context.Background(), attemptTime)
		err := w.attempt(ctx, batch)
		cancel()
		if err == nil {
			return
		}
		w.disconnect()
		if !transient(err) || time.Now().Add(wait).After(until) {
			w.fail(batch, err)
			return
		}
		time.Sleep(wait)
	}
}

// fail gives every request of a batch the same error: a refusal may rest on a record of the batch that is not there after all.
func (w *writer) fail(batch []*request, err error) {
	f := fault(context.Background(), "append", err)
	var known *journal.Fault
	if w.pending.Position > 0 && errors.As(f, &known) {
		f = &journal.Fault{Op: known.Op, Err: known.Err, Remedy: known.Remedy, Unknown: true}
	}
	w.pending = journal.Checkpoint{}
	for _, r := range batch {
		r.err = f
	}
}

func (w *writer) disconnect() {
	if w.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	_ = w.conn.Close(ctx) // what was not committed is rolled back by the server
	w.conn = nil
}

// attempt answers a batch in one transaction. Nil says that every request has its answer.
func (w *writer) attempt(ctx context.Context, batch []*request) (err error) {
	if w.conn == nil {
		if w.conn, err = pgx.ConnectConfig(ctx, w.store.config); err != nil {
			return err
		}
	}
	k := w.store.log
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.broken != nil {
		return k.broken
	}
	if w.alone && w.pending.Position == 0 {
		if done, err := w.guess(ctx, batch); done || err != nil {
			return err
		}
	}
	t, err := w.lock(ctx, batch)
	if err != nil {
		return err
	}
	committed := t.committed // by the attempt before, and nobody was told
	w.pending = journal.Checkpoint{}
	if !committed {
		t.decide(batch)
	}
	if committed || len(t.accepted) == 0 {
		// Nothing is to be written, so every answer stands; a connection that is lost here is made again.
		if _, err := w.conn.Exec(ctx, "ROLLBACK"); err != nil {
			w.disconnect()
		}
		return nil
	}
	return w.commit(ctx, t, false)
}

// guess decides a batch by what this replica knows and commits it in a single exchange, on the condition that no other replica has
// appended since: for one replica that writes alone that is always so. False says that it was not, or that too little is known.
func (w *writer) guess(ctx context.Context, batch []*request) (bool, error) {
	k := w.store.log
	t := &turn{keeper: k, before: k.at, at: k.at, heads: map[journal.Stream]int64{}, keys: map[string]journal.Record{}, tree: k.tree.Clone(), known: map[string]int64{}}
	for _, r := range batch {
		r.err = nil
		head, ok := k.heads[r.write.Stream]
		if !ok && r.write.Expect > 0 {
			return false, nil
		}
		t.heads[r.write.Stream] = head // 0 where none is known: if there is one, the table refuses a second first version
		if len(r.basis.Prefixes) > 0 {
			name := basisName(&r.basis)
			if t.known[name], ok = k.known[name]; !ok {
				return false, nil
			}
		}
	}
	if t.decide(batch); len(t.accepted) == 0 {
		return false, nil // a refusal by what may be old is no answer
	}
	err := w.commit(ctx, t, true)
	if overtaken(err) {
		w.alone = false
		return false, nil
	}
	return err == nil, err
}

// overtaken reports that the condition of a guess did not hold, or that a key or a version was there already.
func overtaken(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "22012" || e.Code == "23505")
}

// turn is a transaction: what it found, and what it decided.
type turn struct {
	keeper    *logKeeper
	committed bool // a batch whose commit was not answered is there

	before journal.Checkpoint // the last record
	at     journal.Checkpoint // and the last of what was accepted
	heads  map[journal.Stream]int64
	keys   map[string]journal.Record
	known  map[string]int64 // last position of the streams of a basis

	accepted []*request
	tree     translog.Tree
	filled   []translog.Tile
}

// basisName is a basis' prefixes as a map's key: names have no NUL.
func basisName(b *journal.Basis) string { return strings.Join(b.Prefixes, "\x00") }

// lock begins a transaction, takes the lock, and reads under it what the batch needs, in one exchange. The log's mutex is held.
func (w *writer) lock(ctx context.Context, batch []*request) (*turn, error) {
	k := w.store.log
	t := &turn{keeper: k, heads: map[journal.Stream]int64{}, keys: map[string]journal.Record{}, known: map[string]int64{}}
	var names, keys []string
	bases := map[string]*journal.Basis{}
	for _, r := range batch {
		r.err = nil
		if _, ok := t.heads[r.write.Stream]; !ok {
			t.heads[r.write.Stream] = 0
			names = append(names, string(r.write.Stream))
		}
		if r.write.Key != "" {
			keys = append(keys, r.write.Key)
		}
		if len(r.basis.Prefixes) > 0 {
			bases[basisName(&r.basis)] = &r.basis
		}
	}
	var edge edgeRow
	var b pgx.Batch
	b.Queue("BEGIN")
	b.Queue(selectEdge + " FOR UPDATE").QueryRow(func(row pgx.Row) error { return edge.scan(row) })
	b.Queue("SELECT name, version FROM stream WHERE name = ANY($1)", names).Query(func(rows pgx.Rows) error {
		return each(rows, func() error {
			var name journal.Stream
			var version int64
			err := rows.Scan(&name, &version)
			t.heads[name] = version
			return err
		})
	})
	if len(keys) > 0 {
		b.Queue(selectRecord+" WHERE key = ANY($1)", keys).Query(func(rows pgx.Rows) error {
			return eachRecord(rows, func(r *journal.Record) bool { t.keys[r.Key] = *r; return true })
		})
	}
	for name, basis := range bases {
		queueBasis(&b, basis, func(last int64) { t.known[name] = last })
	}
	w.queuePending(&b, t)
	grown := k.queueGrowth(&b)
	if err := w.conn.SendBatch(ctx, &b).Close(); err != nil {
		return nil, err
	}
	w.alone = edge.at == k.at
	if err := k.grow(grown, &edge); err != nil {
		return nil, err
	}
	k.remember(t)
	t.before, t.at, t.tree = edge.at, edge.at, k.tree.Clone()
	return t, nil
}

// queuePending asks whether a batch is there whose commit was not answered.
func (w *writer) queuePending(b *pgx.Batch, t *turn) {
	if w.pending.Position == 0 {
		return
	}
	b.Queue("SELECT hash FROM record WHERE position = $1", w.pending.Position).Query(func(rows pgx.Rows) error {
		return each(rows, func() error {
			var hash []byte
			err := rows.Scan(&hash)
			t.committed = slices.Equal(hash, w.pending.Hash[:])
			return err
		})
	})
}

// queueBasis asks for the last position of the streams of a basis.
func queueBasis(b *pgx.Batch, basis *journal.Basis, found func(int64)) {
	from, to := bounds(basis.Prefixes)
	b.Queue(`SELECT coalesce(max(x.last), 0) FROM unnest($1::text[], $2::text[]) AS r(a, b),
		LATERAL (SELECT max(head) AS last FROM stream WHERE name >= r.a COLLATE "C" AND name < r.b COLLATE "C") AS x`, from, to).
		QueryRow(func(row pgx.Row) error {
			var last int64
			err := row.Scan(&last)
			found(last)
			return err
		})
}

// decide accepts or refuses each request; what is accepted counts for those after it.
func (t *turn) decide(batch []*request) {
	for _, r := range batch {
		w := &r.write
		if w.Key != "" {
			if same, ok := t.keys[w.Key]; ok {
				r.err = &journal.Duplicate{Record: same}
				continue
			}
		}
		if have := t.heads[w.Stream]; have != w.Expect {
			r.err = &journal.Conflict{Stream: w.Stream, Expect: w.Expect, Have: have}
			continue
		}
		if len(r.basis.Prefixes) > 0 {
			if have := t.known[basisName(&r.basis)]; have > r.basis.Through {
				r.err = &journal.Stale{Through: r.basis.Through, Have: have}
				continue
			}
		}
		t.accept(r)
	}
}

func (t *turn) accept(r *request) {
	t.at = journal.Checkpoint{Position: t.at.Position + 1, Hash: journal.Link(t.at.Hash, r.leaf)}
	r.record.Position, r.record.Hash = t.at.Position, t.at.Hash
	t.heads[r.write.Stream] = r.record.Version
	if r.write.Key != "" {
		t.keys[r.write.Key] = r.record
	}
	note(t.known, string(r.write.Stream), t.at.Position)
	t.filled = t.tree.Append(r.leaves, t.at.Position, t.filled)
	t.accepted = append(t.accepted, r)
}

// note takes in a record where a basis counts its stream.
func note(known map[string]int64, stream string, position int64) {
	for name, last := range known {
		for prefix := range strings.SplitSeq(name, "\x00") {
			if strings.HasPrefix(stream, prefix) {
				known[name] = max(last, position)
			}
		}
	}
}

// commit writes what was accepted and commits, in one exchange; alone is a transaction of its own, on the condition of [writer.guess].
func (w *writer) commit(ctx context.Context, t *turn, alone bool) error {
	var b pgx.Batch
	queueEdge(&b, t.at, &t.tree, t.before)
	queueRecords(&b, t)
	queueHeads(&b, t)
	for i := range t.filled {
		queueTile(&b, &t.filled[i])
	}
	b.Queue("SELECT pg_notify($1, $2)", w.store.channel(), fmt.Sprint(t.at.Position))
	tag := "COMMIT"
	if !alone { // else the exchange is a transaction by itself
		b.Queue("COMMIT").Exec(func(c pgconn.CommandTag) error { tag = c.String(); return nil })
	}
	w.pending = t.at // from here on the outcome is open until the server says it
	err := w.conn.SendBatch(ctx, &b).Close()
	if err == nil && tag != "COMMIT" {
		err = fmt.Errorf("the commit ended as %q", tag)
	}
	if err == nil || said(err) { // the server refused: nothing was recorded
		w.pending = journal.Checkpoint{}
	}
	if err != nil {
		return err
	}
	t.keeper.tree, t.keeper.at = t.tree, t.at
	t.keeper.remember(t)
	w.store.feed.Publish(t.at.Position)
	return nil
}

// queueRecords inserts the records as one statement, column by column.
func queueRecords(b *pgx.Batch, t *turn) {
	n := len(t.accepted)
	positions, versions, recorded, due := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	streams, actors, kinds := make([]string, n), make([]string, n), make([]string, n)
	keys := make([]*string, n)
	bodies, hashes, leaves := make([][]byte, n), make([][]byte, n), make([][]byte, n)
	for i, r := range t.accepted {
		positions[i], versions[i], recorded[i], due[i] = r.record.Position, r.record.Version, int64(r.write.Recorded), int64(r.write.Due)
		streams[i], actors[i], kinds[i] = string(r.write.Stream), string(r.write.Actor), r.write.Kind
		if r.write.Key != "" {
			keys[i] = &r.write.Key
		}
		if bodies[i] = r.write.Body; bodies[i] == nil {
			bodies[i] = []byte{}
		}
		hashes[i], leaves[i] = r.record.Hash[:], translog.Pack(r.leaves)
	}
	b.Queue(`INSERT INTO record (position, stream, version, key, recorded, actor, kind, body, due, hash, leaves)
		SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::bytea[], $9::bigint[], $10::bytea[], $11::bytea[])`,
		positions, streams, versions, keys, recorded, actors, kinds, bodies, due, hashes, leaves)
}

// queueHeads writes the last head of each stream of the batch.
func queueHeads(b *pgx.Batch, t *turn) {
	last := make(map[journal.Stream]*request, len(t.accepted))
	for _, r := range t.accepted {
		last[r.write.Stream] = r
	}
	names, versions, heads, due := make([]string, 0, len(last)), make([]int64, 0, len(last)), make([]int64, 0, len(last)), make([]int64, 0, len(last))
	for name, r := range last {
		names, versions = append(names, string(name)), append(versions, r.record.Version)
		heads, due = append(heads, r.record.Position), append(due, int64(r.write.Due))
	}
	b.Queue(insertHeads, names, versions, heads, due)
}

const insertHeads = `INSERT INTO stream (name, version, head, due) SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[])
	ON CONFLICT (name) DO UPDATE SET version = excluded.version, head = excluded.head, due = excluded.due`
