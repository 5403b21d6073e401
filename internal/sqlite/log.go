package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"

	"firstlook/internal/journal"
	"firstlook/internal/translog"
	"firstlook/proof"
)

// The leaves of a record follow from the record and the secret, so they are durable with it. A small batch takes its leaves,
// the tiles that they fill and the new edge into its own transaction. Making the leaves of a large one costs a third of
// recording it, so that is done beside the commit, while the disk is busy: a goroutine grows the tree, and the next
// transaction stores what it has come to. A reader waits until the tree has every record that was answered. What was
// not stored when the process ended is made again when the store is opened.

// logKeeper is the log of a store.
type logKeeper struct {
	sealer *proof.Sealer
	log    *translog.Log
	tiles  *stmt
	edge   *stmt

	// The writer's, for the transaction at hand.
	scratch proof.Scratch
	leaves  []proof.Hash
	next    translog.Tree // the tree with the batch, where that is small
	filled  []translog.Tile
	late    *logBatch // the batch, where it is large
	storing int64     // position up to which the log is stored with it
	covers  int       // how many of full are stored with it

	growing bool // whether stop has anything to end
	batches chan *logBatch
	ended   chan struct{}

	mu       sync.Mutex
	grown    sync.Cond
	tree     translog.Tree
	position int64           // of the last record in the tree
	due      int64           // of the last record that was answered
	full     []translog.Tile // filled and not stored
	stored   int64           // position up to which the log is stored
	broken   error           // why it cannot be used
}

// logBatch is a large batch on its way into the tree.
type logBatch struct {
	records []proof.Record
	bytes   []byte // of their bodies: a caller may use its own again once it is answered
	ends    []int
	last    int64
	kept    chan bool // whether the transaction was committed
}

const (
	// smallBatch is how many records a batch has at most whose leaves are made in its own transaction.
	smallBatch = 8
	// waitingBatches bounds what the tree may lag behind, so that a machine without a moment to spare slows down writers
	// and not the log.
	waitingBatches = 16
)

// tileLevel is the distance of the ids of two levels.
const tileLevel = 1 << 40

// catchUpRows is how many records are added to the log at a time when it is behind.
const catchUpRows = 4096

// Log returns the transparency log of the store; nil if it was opened without.
func (s *Store) Log() *translog.Log {
	if s.logged == nil {
		return nil
	}
	return s.logged.log
}

// openLog reads the log, makes it where there is none, and adds the records that are not in it yet.
func (s *Store) openLog(ctx context.Context) error {
	k := &logKeeper{batches: make(chan *logBatch, waitingBatches), ended: make(chan struct{})}
	k.grown.L = &k.mu
	var err error
	if k.tiles, err = s.conn.prepare("INSERT INTO tile VALUES (?, ?, ?, ?, ?)", 5); err != nil {
		return err
	}
	if k.edge, err = s.conn.prepare("UPDATE log SET position = ?, size = ?, edge = ?, first = ?, skip = ?", 5); err != nil {
		return err
	}
	secret, err := s.logSecret(ctx)
	if err != nil {
		return err
	}
	k.sealer = proof.NewSealer(secret)
	s.logged = k
	k.log = translog.New(logSource{s}, k.sealer)
	err = k.load(ctx, s)
	var corrupt *journal.Corrupt
	if errors.As(err, &corrupt) {
		k.broken = err // what is there can still be read, and the chain of hashes says where it was changed
		err = nil
	} else if err == nil {
		err = k.catchUp(ctx, s)
	}
	if err != nil {
		return err
	}
	k.due, k.growing = k.position, true
	go k.grow()
	return nil
}

// logSecret reads the secret of the log, and draws it where there is none.
func (s *Store) logSecret(ctx context.Context) (secret [32]byte, err error) {
	var kept []byte
	err = s.read.QueryRowContext(ctx, "SELECT secret FROM log").Scan(&kept)
	if err == nil && len(kept) != len(secret) {
		return secret, &journal.Corrupt{Reason: "the secret of the log is not 32 bytes"}
	}
	if !errors.Is(err, sql.ErrNoRows) {
		copy(secret[:], kept)
		return secret, err
	}
	if _, err := rand.Read(secret[:]); err != nil {
		return secret, err
	}
	insert, err := s.conn.prepare("INSERT INTO log VALUES (?, 0, 0, x'', 0, 0)", 1)
	if err != nil {
		return secret, err
	}
	return secret, insert.exec(secret[:])
}

// load makes the tree again as it was when the last transaction ended.
func (k *logKeeper) load(ctx context.Context, s *Store) error {
	var size int64
	var edge []byte
	var first translog.Place
	err := s.read.QueryRowContext(ctx, "SELECT position, size, edge, first, skip FROM log").Scan(&k.position, &size, &edge, &first.Position, &first.Skip)
	if err != nil || size == 0 {
		return err
	}
	var above [][]proof.Hash
	for level := 1; size>>(proof.TileHeight*level) > 0; level++ {
		roots, err := s.roots(ctx, level-1, size>>(proof.TileHeight*level))
		if err != nil {
			return err
		}
		above = append(above, roots)
	}
	var records []journal.Record
	for after := first.Position - 1; size%proof.TileWidth > 0 && after < k.position; after = records[len(records)-1].Position {
		more, err := s.ReadAll(ctx, after, int(min(k.position-after, catchUpRows)))
		if err != nil {
			return err
		}
		if len(more) == 0 {
			return &journal.Corrupt{Position: after + 1, Reason: "the transparency log goes further than the records"}
		}
		records = append(records, more...)
	}
	k.tree, err = translog.Restore(size, unpack(edge), above, first, records, k.sealer)
	return err
}

// roots returns the roots of the tiles of a level that are not yet in a full tile of the level above; n is how many full
// tiles there are.
func (s *Store) roots(ctx context.Context, level int, n int64) ([]proof.Hash, error) {
	var out []proof.Hash
	id := int64(level) * tileLevel
	err := each(ctx, s.read, "SELECT root FROM tile WHERE id >= ? AND id < ? ORDER BY id", []any{id + n&^(proof.TileWidth-1), id + n}, func(rows *sql.Rows) (bool, error) {
		var root []byte
		err := rows.Scan(&root)
		out = append(out, unpack(root)...)
		return true, err
	})
	if err == nil && int64(len(out)) != n%proof.TileWidth {
		err = &journal.Corrupt{Reason: fmt.Sprintf("a tile of level %d of the transparency log is gone", level)}
	}
	return out, err
}

// catchUp adds the records that were recorded without the log.
func (k *logKeeper) catchUp(ctx context.Context, s *Store) error {
	k.stored = k.position
	for k.position < s.tail.last {
		records, err := s.ReadAll(ctx, k.position, catchUpRows)
		if err != nil {
			return err
		}
		if len(records) == 0 {
			return &journal.Corrupt{Position: k.position + 1, Reason: "the record is gone"}
		}
		k.begin()
		for i := range records {
			f := translog.Fact(&records[i])
			k.add(&f, records[i].Position)
		}
		k.tree, k.position, k.full = k.next, records[len(records)-1].Position, append(k.full, k.filled...)
		k.due = k.position
		if err := k.flush(s.conn); err != nil {
			return err
		}
	}
	return nil
}

// stop ends the growing and stores what it came to, if the disk still takes anything.
func (k *logKeeper) stop(c *conn, writes bool) error {
	if !k.growing {
		return nil
	}
	close(k.batches)
	<-k.ended
	if !writes {
		return nil
	}
	return k.flush(c)
}

// flush stores the log in a transaction of its own.
func (k *logKeeper) flush(c *conn) error {
	if k.broken != nil || k.stored == k.position {
		return nil
	}
	begin, err := c.prepare("BEGIN IMMEDIATE", 0)
	if err != nil {
		return err
	}
	commit, err := c.prepare("COMMIT", 0)
	if err != nil {
		return err
	}
	k.late = nil
	for _, step := range []func() error{func() error { return begin.exec() }, k.store, func() error { return commit.exec() }} {
		if err := step(); err != nil {
			return err
		}
	}
	k.settle(true, k.due)
	return nil
}

// record puts the accepted requests of a batch into the log: those of a small one into the tree and into this transaction;
// those of a large one on their way, and into this transaction what the tree has come to.
func (k *logKeeper) record(batch []*request, before, last int64) error {
	k.late, k.storing, k.covers = nil, 0, 0
	if last == before {
		return k.store() // a fold
	}
	k.mu.Lock()
	ready := k.position == before
	k.mu.Unlock()
	if last-before > smallBatch || !ready {
		k.late = newLogBatch(batch, last)
		return k.store()
	}
	k.begin()
	for _, r := range batch {
		if r.write != nil && r.err == nil {
			f := r.fact()
			k.add(&f, r.record.Position)
		}
	}
	k.covers = len(k.full) // nothing else grows the tree now
	return k.put(&k.next, last, k.full, k.filled)
}

// begin starts a small batch on top of the tree.
func (k *logKeeper) begin() { k.next, k.filled = k.tree.Clone(), k.filled[:0] }

// add takes in a record of a small batch.
func (k *logKeeper) add(f *proof.Record, position int64) {
	k.leaves = k.sealer.AppendHashes(k.leaves[:0], f, &k.scratch)
	k.filled = k.next.Append(k.leaves, position, k.filled)
}

// store writes what the tree has come to and no transaction has stored.
func (k *logKeeper) store() error {
	k.mu.Lock()
	full, tree, position, stored := k.full, k.tree, k.position, k.stored
	k.mu.Unlock()
	if position == stored || k.broken != nil {
		return nil
	}
	k.covers = len(full)
	return k.put(&tree, position, full)
}

func (k *logKeeper) put(t *translog.Tree, position int64, full ...[]translog.Tile) error {
	k.storing = position
	for _, f := range slices.Concat(full...) {
		if err := k.tiles.exec(int64(f.Level)*tileLevel+f.N, translog.Pack(f.Hashes), f.Root[:], f.First.Position, int64(f.First.Skip)); err != nil {
			return err
		}
	}
	return k.edge.exec(position, t.Size, translog.Pack(t.Edge), t.First.Position, int64(t.First.Skip))
}

// start lets a large batch grow the tree beside the commit.
func (k *logKeeper) start() {
	if k.late != nil {
		k.batches <- k.late
	}
}

// settle says what became of the transaction at hand, and that records up to last are answered now.
func (k *logKeeper) settle(committed bool, last int64) {
	if k.late != nil {
		k.late.kept <- committed
	}
	if !committed {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.storing > 0 {
		k.stored, k.full = k.storing, slices.Clone(k.full[k.covers:])
	}
	if k.late == nil && k.storing > k.position {
		k.tree, k.position = k.next, k.storing
	}
	k.due = last
}

// grow takes large batches into the tree, one after the other.
func (k *logKeeper) grow() {
	defer close(k.ended)
	var scratch proof.Scratch
	var leaves []proof.Hash
	var ends []int
	for b := range k.batches {
		leaves, ends = leaves[:0], ends[:0]
		for i := range b.records {
			leaves = k.sealer.AppendHashes(leaves, b.record(i), &scratch)
			ends = append(ends, len(leaves))
		}
		if !<-b.kept {
			continue
		}
		k.mu.Lock()
		tree := k.tree.Clone()
		k.mu.Unlock()
		var filled []translog.Tile
		from := 0
		for i, end := range ends {
			filled = tree.Append(leaves[from:end], b.last-int64(len(ends)-1-i), filled)
			from = end
		}
		k.mu.Lock()
		k.tree, k.position, k.full = tree, b.last, append(k.full, filled...)
		k.mu.Unlock()
		k.grown.Broadcast()
	}
}

// newLogBatch keeps the accepted requests of a batch.
func newLogBatch(batch []*request, last int64) *logBatch {
	size := 0
	for _, r := range batch {
		if r.write != nil && r.err == nil {
			size += len(r.write.Body)
		}
	}
	b := &logBatch{records: make([]proof.Record, 0, len(batch)), bytes: make([]byte, 0, size), ends: make([]int, 0, len(batch)), last: last, kept: make(chan bool, 1)}
	for _, r := range batch {
		if r.write != nil && r.err == nil {
			b.records = append(b.records, r.fact())
			b.bytes = append(b.bytes, r.write.Body...)
			b.ends = append(b.ends, len(b.bytes))
		}
	}
	return b
}

// record is one record of the batch.
func (b *logBatch) record(i int) *proof.Record {
	from := 0
	if i > 0 {
		from = b.ends[i-1]
	}
	b.records[i].Body = b.bytes[from:b.ends[i]]
	return &b.records[i]
}

// fact is what the request's record says to the log.
func (r *request) fact() proof.Record {
	w := r.write
	return proof.Record{Stream: string(w.Stream), Version: r.record.Version, Time: w.Recorded, Actor: string(w.Actor), Kind: w.Kind, Body: w.Body, Digest: r.leaf}
}

// logSource is the store as its log reads it.
type logSource struct{ *Store }

// Tree implements [translog.Source].
func (s logSource) Tree() (translog.Tree, int64, error) {
	k := s.logged
	k.mu.Lock()
	defer k.mu.Unlock()
	for k.position < k.due && k.broken == nil {
		k.grown.Wait()
	}
	return k.tree, k.position, k.broken
}

// Tile implements [translog.Source]. A tile that no transaction has stored yet is in memory; one that is in neither place is
// gone, since it leaves memory only once it is stored.
func (s logSource) Tile(ctx context.Context, level int, n int64) (translog.Tile, error) {
	if t, ok := s.unstored(func(t *translog.Tile) bool { return t.Level == level && t.N == n }); ok {
		return t, nil
	}
	t, ok, err := s.tile(ctx, "WHERE id = ?", int64(level)*tileLevel+n)
	if err == nil && (!ok || len(t.Hashes) != proof.TileWidth) {
		err = &journal.Corrupt{Reason: fmt.Sprintf("tile %d of level %d of the transparency log is gone", n, level)}
	}
	return t, err
}

// TileAt implements [translog.Source]. The leaves behind the last full tile count as one, and the latest are looked at first.
func (s logSource) TileAt(ctx context.Context, position int64) (translog.Tile, error) {
	begins := func(f translog.Place) bool { return f.Position < position || f.Position == position && f.Skip == 0 }
	tree, _, err := s.Tree()
	if err != nil {
		return translog.Tile{}, err
	}
	if tree.Size%proof.TileWidth > 0 && begins(tree.First) {
		return translog.Tile{N: tree.Size >> proof.TileHeight, First: tree.First}, nil
	}
	if t, ok := s.unstored(func(t *translog.Tile) bool { return t.Level == 0 && begins(t.First) }); ok {
		return t, nil
	}
	t, _, err := s.tile(ctx, "WHERE id < 1099511627776 AND (first < ?1 OR first = ?1 AND skip = 0) ORDER BY first DESC, skip DESC LIMIT 1", position)
	return t, err
}

// unstored returns the last tile that is wanted of those that no transaction has stored yet.
func (s logSource) unstored(wanted func(*translog.Tile) bool) (translog.Tile, bool) {
	k := s.logged
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := len(k.full) - 1; i >= 0; i-- {
		if wanted(&k.full[i]) {
			return k.full[i], true
		}
	}
	return translog.Tile{}, false
}

const selectTile = "SELECT id, hashes, root, first, skip FROM tile "

func (s logSource) tile(ctx context.Context, where string, arg int64) (t translog.Tile, ok bool, err error) {
	err = s.query(ctx, selectTile+where, []any{arg}, func(rows *sql.Rows) (bool, error) {
		var id int64
		var hashes, root []byte
		err := rows.Scan(&id, &hashes, &root, &t.First.Position, &t.First.Skip)
		t.Level, t.N, t.Hashes, ok = int(id/tileLevel), id%tileLevel, unpack(hashes), true
		if r := unpack(root); len(r) == 1 {
			t.Root = r[0]
		}
		return false, err
	})
	return t, ok, err
}

// unpack reads hashes that stand one behind the other.
func unpack(b []byte) []proof.Hash {
	out := make([]proof.Hash, len(b)/len(proof.Hash{}))
	for i := range out {
		copy(out[i][:], b[i*len(proof.Hash{}):])
	}
	return out
}
