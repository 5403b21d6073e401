package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"firstlook/internal/journal"
	"firstlook/internal/translog"
	"firstlook/proof"
)

// logKeeper is this replica's copy of the tree of the transparency log. The tables are the truth: whoever needs the tree lets it
// grow by the leaves that other replicas appended, and compares its edge with the one that they stored.
type logKeeper struct {
	sealer *proof.Sealer
	secret [32]byte
	log    *translog.Log

	mu     sync.Mutex // held through a transaction of the writer: the tree has one line of descent
	tree   translog.Tree
	at     journal.Checkpoint // of the last record in the tree
	broken error              // why nothing can be appended

	// What is known of the journal as it is there: the versions of streams, and the last position of the streams of a basis. The
	// first is not complete.
	heads map[journal.Stream]int64
	known map[string]int64
}

// knownHeads bounds the versions that are kept.
const knownHeads = 1 << 17

// remember keeps what a transaction found, or brought about.
func (k *logKeeper) remember(t *turn) {
	if len(k.heads) > knownHeads {
		clear(k.heads)
	}
	for name, version := range t.heads {
		k.heads[name] = version
	}
	maps.Copy(k.known, t.known)
	for _, r := range t.accepted {
		note(k.known, string(r.write.Stream), r.record.Position)
	}
}

// edgeRow is the row of table journal.
type edgeRow struct {
	at    journal.Checkpoint
	size  int64
	edge  []proof.Hash
	first translog.Place
	// secret is the log's; it changes when a backup is restored into a journal that was empty.
	secret []byte
}

func (e *edgeRow) scan(row pgx.Row) error {
	var hash, edge []byte
	var skip int64
	err := row.Scan(&e.at.Position, &hash, &e.size, &edge, &e.first.Position, &skip, &e.secret)
	if err != nil {
		return err
	}
	if len(hash) != len(e.at.Hash) {
		return &journal.Corrupt{Position: e.at.Position, Reason: "the head of the journal has no hash"}
	}
	e.at.Hash, e.edge, e.first.Skip = journal.Hash(hash), unpack(edge), int(skip)
	return nil
}

const selectEdge = "SELECT position, hash, size, edge, first, skip, secret FROM journal"

// said reports whether an error is the server's word about a statement, on a connection that goes on.
func said(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Severity != "FATAL" && e.Severity != "PANIC"
}

// Log returns the transparency log of the store.
func (s *Store) Log() *translog.Log { return s.log.log }

// LogSecret returns the secret from which the salts of sealed values follow. A copy of the journal needs it; nobody else does.
func (s *Store) LogSecret(context.Context) ([32]byte, error) { return s.log.secret, nil }

// openLog reads the log as it is at one instant. Where its leaves do not follow from the records, the store can be read and takes
// no further records.
func (s *Store) openLog(ctx context.Context) error {
	k := &logKeeper{heads: map[journal.Stream]int64{}, known: map[string]int64{}}
	s.log = k
	var secret []byte
	if err := s.pool.QueryRow(ctx, "SELECT secret FROM journal").Scan(&secret); err != nil {
		if errors.Is(err, pgx.ErrNoRows) {
			return &journal.Corrupt{Reason: "the head of the journal is gone"}
		}
		return err
	}
	if len(secret) != len(k.secret) {
		return &journal.Corrupt{Reason: "the secret of the log is not 32 bytes"}
	}
	copy(k.secret[:], secret)
	k.sealer = proof.NewSealer(k.secret)
	k.log = translog.New(logSource{s}, k.sealer)
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error { return k.load(ctx, tx) })
	var corrupt *journal.Corrupt
	if errors.As(err, &corrupt) {
		k.broken, err = err, nil
	}
	return err
}

// load makes the tree from the full tiles and the records behind the last of them.
func (k *logKeeper) load(ctx context.Context, tx pgx.Tx) error {
	var e edgeRow
	if err := e.scan(tx.QueryRow(ctx, selectEdge)); err != nil {
		return err
	}
	k.at = e.at
	if e.at.Position == 0 {
		return nil
	}
	var hash []byte
	err := tx.QueryRow(ctx, "SELECT hash FROM record WHERE position = $1", e.at.Position).Scan(&hash)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && !slices.Equal(hash, e.at.Hash[:]) {
		return &journal.Corrupt{Position: e.at.Position, Reason: "the last record is not the one that the head of the journal names"}
	}
	if err != nil {
		return err
	}
	var above [][]proof.Hash
	for level := 1; e.size>>(proof.TileHeight*level) > 0; level++ {
		roots, err := tileRoots(ctx, tx, level-1, e.size>>(proof.TileHeight*level))
		if err != nil {
			return err
		}
		above = append(above, roots)
	}
	var records []journal.Record
	if e.size%proof.TileWidth > 0 {
		rows, err := tx.Query(ctx, selectRecord+" WHERE position >= $1 AND position <= $2 ORDER BY position", e.first.Position, e.at.Position)
		if err != nil {
			return err
		}
		if err := eachRecord(rows, func(r *journal.Record) bool { records = append(records, *r); return true }); err != nil {
			return err
		}
	}
	k.tree, err = translog.Restore(e.size, e.edge, above, e.first, records, k.sealer)
	return err
}

// tileRoots returns the roots of the tiles of a level that are not yet in a full tile of the level above; n is how many full tiles
// there are.
func tileRoots(ctx context.Context, tx pgx.Tx, level int, n int64) (out []proof.Hash, err error) {
	rows, err := tx.Query(ctx, "SELECT root FROM tile WHERE level = $1 AND n >= $2 AND n < $3 ORDER BY n", level, n&^(proof.TileWidth-1), n)
	if err != nil {
		return nil, err
	}
	err = each(rows, func() error {
		var root []byte
		err := rows.Scan(&root)
		out = append(out, unpack(root)...)
		return err
	})
	if err == nil && int64(len(out)) != n%proof.TileWidth {
		err = &journal.Corrupt{Reason: fmt.Sprintf("a tile of level %d of the transparency log is gone", level)}
	}
	return out, err
}

// growth are records that are not in the tree yet, as far as it needs them.
type growth []struct {
	position, version int64
	stream            string
	leaves            []byte
}

// queueGrowth asks for what other replicas appended. The mutex is held until [logKeeper.grow].
func (k *logKeeper) queueGrowth(b *pgx.Batch) *growth {
	g := &growth{}
	b.Queue("SELECT position, version, stream, leaves FROM record WHERE position > $1 ORDER BY position", k.at.Position).Query(func(rows pgx.Rows) error {
		return each(rows, func() error {
			var r struct {
				position, version int64
				stream            string
				leaves            []byte
			}
			err := rows.Scan(&r.position, &r.version, &r.stream, &r.leaves)
			*g = append(*g, r)
			return err
		})
	})
	return g
}

// grow adds them up to a state of the journal, with which the tree must then agree.
func (k *logKeeper) grow(g *growth, e *edgeRow) error {
	if k.broken != nil {
		return k.broken
	}
	if k.at == e.at {
		return nil
	}
	if !slices.Equal(e.secret, k.secret[:]) {
		k.broken = &journal.Fault{Op: "append", Err: errRestored, Remedy: "start this server again"}
		return k.broken
	}
	tree, last := k.tree.Clone(), k.at.Position
	for _, r := range *g {
		if r.position > e.at.Position {
			break
		}
		if r.position != last+1 {
			k.broken = &journal.Corrupt{Position: last + 1, Reason: "the record is gone"}
			return k.broken
		}
		tree.Append(unpack(r.leaves), r.position, nil)
		last = r.position
		name := journal.Stream(r.stream)
		if _, there := k.heads[name]; there || len(k.heads) < knownHeads {
			k.heads[name] = r.version
		}
		note(k.known, r.stream, r.position)
	}
	if last != e.at.Position || tree.Size != e.size || !slices.Equal(tree.Edge, e.edge) {
		k.broken = &journal.Corrupt{Position: e.at.Position, Reason: "the transparency log is not what its leaves make: the database was changed, or set back to an older state, while this server ran"}
		return k.broken
	}
	k.tree, k.at = tree, e.at
	return nil
}

// logSource is the store as its log reads it.
type logSource struct{ *Store }

// Tree implements [translog.Source].
func (s logSource) Tree() (translog.Tree, int64, error) {
	k := s.log
	k.mu.Lock()
	defer k.mu.Unlock()
	err := s.retry(context.Background(), "read the log", func(ctx context.Context, c *pgxpool.Conn) error {
		var e edgeRow
		var b pgx.Batch
		b.Queue(selectEdge).QueryRow(func(row pgx.Row) error { return e.scan(row) })
		g := k.queueGrowth(&b) // it sees at least as much
		if err := c.SendBatch(ctx, &b).Close(); err != nil {
			return err
		}
		return k.grow(g, &e)
	})
	return k.tree, k.at.Position, err
}

const selectTile = "SELECT level, n, hashes, root, first, skip FROM tile "

// Tile implements [translog.Source].
func (s logSource) Tile(ctx context.Context, level int, n int64) (translog.Tile, error) {
	t, ok, err := s.tile(ctx, "WHERE level = $1 AND n = $2", level, n)
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
	t, _, err := s.tile(ctx, "WHERE level = 0 AND (first < $1 OR first = $1 AND skip = 0) ORDER BY first DESC, skip DESC LIMIT 1", position)
	return t, err
}

func (s logSource) tile(ctx context.Context, where string, args ...any) (t translog.Tile, ok bool, err error) {
	err = s.retry(ctx, "read the log", func(ctx context.Context, c *pgxpool.Conn) error {
		t, ok = translog.Tile{}, false
		rows, err := c.Query(ctx, selectTile+where, args...)
		if err != nil {
			return err
		}
		return each(rows, func() error {
			var hashes, root []byte
			var skip int64
			err := rows.Scan(&t.Level, &t.N, &hashes, &root, &t.First.Position, &skip)
			t.Hashes, t.First.Skip, ok = unpack(hashes), int(skip), true
			if r := unpack(root); len(r) == 1 {
				t.Root = r[0]
			}
			return err
		})
	})
	return t, ok, err
}

func queueTile(b *pgx.Batch, t *translog.Tile) {
	b.Queue("INSERT INTO tile (level, n, hashes, root, first, skip) VALUES ($1, $2, $3, $4, $5, $6)",
		t.Level, t.N, translog.Pack(t.Hashes), t.Root[:], t.First.Position, int64(t.First.Skip))
}

// queueEdge moves the head of the journal on, from where it is taken to be: where it is elsewhere the statement fails, and with it the
// transaction.
func queueEdge(b *pgx.Batch, at journal.Checkpoint, t *translog.Tree, before journal.Checkpoint) {
	b.Queue(`UPDATE journal SET position = $1, hash = $2, size = $3, edge = $4, first = $5, skip = $6
		WHERE 1 / (CASE WHEN position = $7 AND hash = $8 THEN 1 ELSE 0 END) = 1`,
		at.Position, at.Hash[:], t.Size, translog.Pack(t.Edge), t.First.Position, int64(t.First.Skip), before.Position, before.Hash[:])
}

// unpack reads hashes that stand one behind the other.
func unpack(b []byte) []proof.Hash {
	out := make([]proof.Hash, len(b)/len(proof.Hash{}))
	for i := range out {
		copy(out[i][:], b[i*len(proof.Hash{}):])
	}
	return out
}
