package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"firstlook/internal/journal"
	"firstlook/internal/translog"
	"firstlook/proof"
)

// The leaves of a record follow from the record and the secret. The caller makes them before its request stands in the
// queue, many at a time on many cores; the writer only adds their hashes to the tree. Tiles that this fills go into the
// transaction of the records that fill them, and with them the edge; what lies behind the last full tile is made again from
// its records when the store is opened.

// logKeeper is the log of a store.
type logKeeper struct {
	sealer  *proof.Sealer
	log     *translog.Log
	scratch sync.Pool // of *proof.Scratch
	tiles   *stmt
	edge    *stmt

	// The writer's, for the transaction at hand.
	next   translog.Tree
	filled []translog.Tile
	leaves []proof.Hash // when it catches up

	mu       sync.Mutex
	tree     translog.Tree
	position int64 // of the last record in the tree
	stored   int64 // position up to which the edge is stored
	broken   error // why it cannot be used
}

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
	k := &logKeeper{}
	k.scratch.New = func() any { return new(proof.Scratch) }
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
	if err = k.load(ctx, s); err == nil {
		err = k.catchUp(ctx, s)
	}
	var corrupt *journal.Corrupt
	if errors.As(err, &corrupt) {
		k.broken = err // what is there can still be read, and the chain of hashes says where it was changed
		err = nil
	}
	return err
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

// load makes the tree again as it was when its edge was stored last.
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

// catchUp adds the records since: those behind the edge that was stored, and those that were recorded without the log. Their
// chain of hashes must hold, since nothing else says what they were.
func (k *logKeeper) catchUp(ctx context.Context, s *Store) error {
	k.stored = k.position
	var before journal.Hash
	if k.position > 0 {
		last, err := s.ReadAll(ctx, k.position-1, 1)
		if err != nil {
			return err
		}
		if len(last) == 0 {
			return &journal.Corrupt{Position: k.position, Reason: "the transparency log goes further than the records"}
		}
		before = last[0].Hash
	}
	for k.position < s.tail.last {
		records, err := s.ReadAll(ctx, k.position, catchUpRows)
		if err != nil {
			return err
		}
		if len(records) == 0 {
			return &journal.Corrupt{Position: k.position + 1, Reason: "the record is gone"}
		}
		k.begin()
		var scratch proof.Scratch
		for i := range records {
			f := translog.Fact(&records[i])
			if before = journal.Link(before, f.Digest); before != records[i].Hash {
				return &journal.Corrupt{Position: records[i].Position, Reason: "its hash does not follow from its content and the record before"}
			}
			k.leaves = k.sealer.AppendHashes(k.leaves[:0], &f, &scratch)
			k.filled = k.next.Append(k.leaves, records[i].Position, k.filled)
		}
		if err := k.flush(s.conn, records[len(records)-1].Position); err != nil {
			return err
		}
	}
	return nil
}

// stop stores the edge, if the disk still takes anything.
func (k *logKeeper) stop(c *conn, writes bool) error {
	if !writes || k.broken != nil || k.stored == k.position {
		return nil
	}
	k.begin()
	return k.flush(c, k.position)
}

// flush stores what was added since begin in a transaction of its own.
func (k *logKeeper) flush(c *conn, last int64) error {
	begin, err := c.prepare("BEGIN IMMEDIATE", 0)
	if err != nil {
		return err
	}
	commit, err := c.prepare("COMMIT", 0)
	if err != nil {
		return err
	}
	for _, step := range []func() error{func() error { return begin.exec() }, func() error { return k.store(last) }, func() error { return commit.exec() }} {
		if err := step(); err != nil {
			return err
		}
	}
	k.settle(last)
	k.stored = last
	return nil
}

// draft makes the leaves of a record on its caller's goroutine.
func (k *logKeeper) draft(to []proof.Hash, r *journal.Record, digest journal.Hash) []proof.Hash {
	scratch := k.scratch.Get().(*proof.Scratch)
	defer k.scratch.Put(scratch)
	f := translog.Told(r, digest)
	return k.sealer.AppendHashes(to, &f, scratch)
}

// aside is from how many records on a batch grows the tree on a goroutine of its own, beside the inserts of its records.
const aside = 16

// grow begins to add the accepted requests of a batch to the tree; what it returns waits until that is done.
func (k *logKeeper) grow(batch []*request) (wait func()) {
	k.begin()
	add := func() {
		for _, r := range batch {
			if r.write != nil && r.err == nil {
				k.filled = k.next.Append(r.leaves, r.record.Position, k.filled)
			}
		}
	}
	if len(batch) < aside {
		add()
		return func() {}
	}
	var done sync.WaitGroup
	done.Go(add)
	return done.Wait
}

// begin starts a transaction's part of the log on top of the tree.
func (k *logKeeper) begin() { k.next, k.filled = k.tree.Clone(), k.filled[:0] }

// store writes the tiles that were filled, and the edge with them.
func (k *logKeeper) store(position int64) error {
	for _, f := range k.filled {
		if err := k.tiles.exec(int64(f.Level)*tileLevel+f.N, translog.Pack(f.Hashes), f.Root[:], f.First.Position, int64(f.First.Skip)); err != nil {
			return err
		}
	}
	t := &k.next
	return k.edge.exec(position, t.Size, translog.Pack(t.Edge), t.First.Position, int64(t.First.Skip))
}

// settle makes known what a transaction committed.
func (k *logKeeper) settle(last int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tree, k.position = k.next, last
	if len(k.filled) > 0 {
		k.stored = last
	}
}

// logSource is the store as its log reads it.
type logSource struct{ *Store }

// Tree implements [translog.Source].
func (s logSource) Tree() (translog.Tree, int64, error) {
	k := s.logged
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.tree, k.position, k.broken
}

// Tile implements [translog.Source].
func (s logSource) Tile(ctx context.Context, level int, n int64) (translog.Tile, error) {
	t, ok, err := s.tile(ctx, "WHERE id = ?", int64(level)*tileLevel+n)
	if err == nil && (!ok || len(t.Hashes) != proof.TileWidth) {
		err = &journal.Corrupt{Reason: fmt.Sprintf("tile %d of level %d of the transparency log is gone", n, level)}
	}
	return t, err
}

// TileAt implements [translog.Source]. The leaves behind the last full tile count as one, and are looked at first.
func (s logSource) TileAt(ctx context.Context, position int64) (translog.Tile, error) {
	tree, _, err := s.Tree()
	if err != nil {
		return translog.Tile{}, err
	}
	if f := tree.First; tree.Size%proof.TileWidth > 0 && (f.Position < position || f.Position == position && f.Skip == 0) {
		return translog.Tile{N: tree.Size >> proof.TileHeight, First: f}, nil
	}
	t, _, err := s.tile(ctx, "WHERE id < 1099511627776 AND (first < ?1 OR first = ?1 AND skip = 0) ORDER BY first DESC, skip DESC LIMIT 1", position)
	return t, err
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
