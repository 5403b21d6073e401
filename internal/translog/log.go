package translog

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/mod/sumdb/tlog"

	"firstlook/internal/journal"
	"firstlook/proof"
)

// Source is a store that keeps a log beside its journal.
type Source interface {
	ReadAll(ctx context.Context, after int64, limit int) ([]journal.Record, error)
	// Tree returns the log as it is now, and the position of its last record. What it returns is not changed.
	Tree() (Tree, int64, error)
	// Tile returns a full tile; an error where there is none.
	Tile(ctx context.Context, level int, n int64) (Tile, error)
	// TileAt returns the last full tile of leaves that begins before a record, or with its first leaf. The zero Tile, with
	// the zero Place, where there is none.
	TileAt(ctx context.Context, position int64) (Tile, error)
}

// Log reads a log.
type Log struct {
	src    Source
	sealer *proof.Sealer
}

// New returns the log of a store whose leaves a sealer makes.
func New(src Source, sealer *proof.Sealer) *Log { return &Log{src, sealer} }

// Fact is what a record says to the log.
func Fact(r *journal.Record) proof.Record { return Told(r, journal.Leaf(journal.Encode(nil, r))) }

// Told is [Fact] for a store that knows the record's leaf in the chain already.
func Told(r *journal.Record, digest journal.Hash) proof.Record {
	return proof.Record{Stream: string(r.Stream), Version: r.Version, Time: r.Recorded, Actor: string(r.Actor), Kind: r.Kind, Body: r.Body, Digest: digest}
}

// Leaves returns the leaves of a record with their openings.
func (l *Log) Leaves(r *journal.Record) []proof.Leaf {
	f := Fact(r)
	return l.sealer.Leaves(&f)
}

// View is a log at one size: what is appended meanwhile changes nothing of it.
type View struct {
	log  *Log
	tree Tree
	last int64 // position of the last record

	mu    sync.Mutex
	tiles map[tlog.Tile]*nodes // of late, for proofs beside each other
	index map[int64]int64      // of the first leaf of records that were passed on the way to others
}

// nodes are the hashes of a tile and all above them up to its root, level by level.
type nodes [proof.TileHeight + 1][]proof.Hash

// Bounds of what a view keeps.
const (
	maxTiles = 64
	maxIndex = 8192
)

// View returns the log as it is now.
func (l *Log) View() (*View, error) {
	t, last, err := l.src.Tree()
	return &View{log: l, tree: t, last: last}, err
}

// Size is the number of leaves.
func (v *View) Size() int64 { return v.tree.Size }

// Root is the root of the tree.
func (v *View) Root() proof.Hash { return v.tree.Root() }

// Tile returns a tile as far as the view has it, whole where width is its whole width.
func (v *View) Tile(ctx context.Context, level int, n int64, width int) ([]proof.Hash, error) {
	if have := v.tree.Size >> (proof.TileHeight * level); level < 0 || level > 7 || n < 0 || width < 1 || width > proof.TileWidth || n > have>>proof.TileHeight ||
		n*proof.TileWidth+int64(width) > have {
		return nil, fmt.Errorf("%w: tile %d of level %d, %d wide", ErrBeyond, n, level, width)
	}
	if n == v.tree.Size>>(proof.TileHeight*(level+1)) {
		return v.tree.Levels[level][:width], nil
	}
	t, err := v.log.src.Tile(ctx, level, n)
	if err != nil {
		return nil, err
	}
	return t.Hashes[:width], nil
}

// ErrBeyond says that something is asked for that the log does not have at this size.
var ErrBeyond = errors.New("the log has no such place")

// reader serves tlog's proofs from tiles, each of which it checks against the root.
type reader struct {
	ctx  context.Context
	view *View
}

func (r reader) Height() int                     { return proof.TileHeight }
func (r reader) SaveTiles([]tlog.Tile, [][]byte) {}

func (r reader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(tiles))
	for i, t := range tiles {
		hashes, err := r.view.Tile(r.ctx, t.L, t.N, t.W)
		if err != nil {
			return nil, err
		}
		out[i] = Pack(hashes)
	}
	return out, nil
}

// Pack writes hashes one behind the other, as a tile is served.
func Pack(hashes []proof.Hash) []byte {
	out := make([]byte, 0, len(hashes)*tlog.HashSize)
	for _, h := range hashes {
		out = append(out, h[:]...)
	}
	return out
}

func (v *View) hashes(ctx context.Context) tlog.HashReader {
	return tlog.TileHashReader(tlog.Tree{N: v.tree.Size, Hash: v.Root()}, reader{ctx, v})
}

// near reads hashes of the tree from tiles that are kept for the next question. What is made of them is checked against the root.
func (v *View) near(ctx context.Context) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, x := range indexes {
			level, n := tlog.SplitStoredHashIndex(x)
			in := level % proof.TileHeight
			shift := proof.TileHeight - in
			t, err := v.nodes(ctx, level/proof.TileHeight, n>>shift)
			if err != nil {
				return nil, err
			}
			at := n & (1<<shift - 1)
			if at >= int64(len(t[in])) {
				return nil, fmt.Errorf("%w: hash %d", ErrBeyond, x)
			}
			out[i] = tlog.Hash(t[in][at])
		}
		return out, nil
	})
}

// nodes returns a tile, as wide as the view has it, with all hashes above its own.
func (v *View) nodes(ctx context.Context, level int, n int64) (*nodes, error) {
	width := min(int64(proof.TileWidth), v.tree.Size>>(proof.TileHeight*level)-n*proof.TileWidth)
	key := tlog.Tile{H: proof.TileHeight, L: level, N: n}
	v.mu.Lock()
	defer v.mu.Unlock()
	if t := v.tiles[key]; t != nil {
		return t, nil
	}
	own, err := v.Tile(ctx, level, n, int(width))
	if err != nil {
		return nil, err
	}
	t := &nodes{own}
	for up := 1; up < len(t); up++ {
		below := t[up-1]
		for i := 0; i+1 < len(below); i += 2 {
			t[up] = append(t[up], proof.NodeHash(below[i], below[i+1]))
		}
	}
	if v.tiles == nil || len(v.tiles) >= maxTiles {
		v.tiles = map[tlog.Tile]*nodes{}
	}
	v.tiles[key] = t
	return t, nil
}

// Inclusion proves that a leaf is in the tree.
func (v *View) Inclusion(ctx context.Context, index int64) ([]proof.Hash, error) {
	if index < 0 || index >= v.tree.Size {
		return nil, ErrBeyond
	}
	near := v.near(ctx)
	path, err := tlog.ProveRecord(v.tree.Size, index, near)
	if err != nil {
		return nil, err
	}
	leaf, err := near.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
	if err == nil {
		err = tlog.CheckRecord(path, v.tree.Size, v.Root(), index, leaf[0])
	}
	return path, err
}

// Consistency proves that the tree begins with the one of a smaller size.
func (v *View) Consistency(ctx context.Context, size int64) ([]proof.Hash, error) {
	switch {
	case size < 0 || size > v.tree.Size:
		return nil, ErrBeyond
	case size == 0 || size == v.tree.Size:
		return nil, nil
	}
	return tlog.ProveTree(v.tree.Size, size, v.hashes(ctx))
}

// RootAt returns the root that the tree had at a smaller size.
func (v *View) RootAt(ctx context.Context, size int64) (proof.Hash, error) {
	switch {
	case size < 0 || size > v.tree.Size:
		return proof.Hash{}, ErrBeyond
	case size == 0:
		return (&proof.Builder{}).Root(), nil
	}
	return tlog.TreeHash(size, v.hashes(ctx))
}

// page is how many records are read at a time.
const page = 512

// each walks the leaves from a tile's beginning on: the record, the index of its first leaf that is visited, and the
// leaves from there. It ends with the view or when visit says false.
func (v *View) each(ctx context.Context, from Tile, visit func(r *journal.Record, index int64, leaves []proof.Leaf) (bool, error)) error {
	index, after, skip := from.N*proof.TileWidth, max(from.First.Position-1, 0), from.First.Skip
	for after < v.last {
		records, err := v.log.src.ReadAll(ctx, after, page)
		if err != nil || len(records) == 0 {
			return err
		}
		for i := range records {
			r := &records[i]
			if r.Position > v.last {
				return nil
			}
			leaves := v.log.Leaves(r)
			if more, err := visit(r, index, leaves[min(skip, len(leaves)):]); err != nil || !more {
				return err
			}
			index, skip, after = index+int64(len(leaves)-skip), 0, r.Position
		}
	}
	return nil
}

// Index returns the index of the first leaf of the record at a position.
func (v *View) Index(ctx context.Context, position int64) (index int64, err error) {
	if position < 1 || position > v.last {
		return 0, ErrBeyond
	}
	v.mu.Lock()
	index, known := v.index[position]
	v.mu.Unlock()
	if known {
		return index, nil
	}
	from, err := v.log.src.TileAt(ctx, position)
	if err != nil {
		return 0, err
	}
	index = -1
	err = v.each(ctx, from, func(r *journal.Record, at int64, _ []proof.Leaf) (bool, error) {
		v.mu.Lock()
		if v.index == nil || len(v.index) >= maxIndex {
			v.index = map[int64]int64{}
		}
		if r.Position > from.First.Position || from.First.Skip == 0 {
			v.index[r.Position] = at
		}
		v.mu.Unlock()
		if r.Position == position {
			index = at
		}
		return r.Position < position+64 && r.Position < v.last, nil
	})
	if err == nil && index < 0 {
		err = &journal.Corrupt{Position: position, Reason: "the record is gone"}
	}
	return index, err
}

// Bundle returns the leaves of a tile as they are hashed, each after its length in two bytes (C2SP tlog-tiles).
func (v *View) Bundle(ctx context.Context, n int64, width int) ([]byte, error) {
	if _, err := v.Tile(ctx, 0, n, width); err != nil {
		return nil, err
	}
	from := Tile{N: n, First: v.tree.First}
	if n < v.tree.Size>>proof.TileHeight {
		t, err := v.log.src.Tile(ctx, 0, n)
		if err != nil {
			return nil, err
		}
		from = t
	}
	var out []byte
	err := v.each(ctx, from, func(_ *journal.Record, _ int64, leaves []proof.Leaf) (bool, error) {
		for _, l := range leaves {
			if width--; width < 0 {
				return false, nil
			}
			out = append(append(out, byte(len(l.Text)>>8), byte(len(l.Text))), l.Text...)
		}
		return width > 0, nil
	})
	return out, err
}
