package translog

import (
	"context"
	"fmt"
	"slices"

	"firstlook/internal/journal"
	"firstlook/proof"
)

// Restore makes the tree of a size again: levels above the leaves are given, the leaves behind the last full tile are made
// from records. It compares what it made with the edge that was stored, and returns a [*journal.Corrupt] where they differ.
func Restore(size int64, edge []proof.Hash, above [][]proof.Hash, first Place, records []journal.Record, s *proof.Sealer) (Tree, error) {
	t := Tree{Builder: proof.Builder{Size: size, Edge: edge}, Levels: slices.Concat([][]proof.Hash{nil}, above), First: first}
	partial := make([]proof.Hash, 0, proof.TileWidth)
	var scratch proof.Scratch
	for i := range records {
		f := Fact(&records[i])
		from := len(partial)
		partial = s.AppendHashes(partial, &f, &scratch)
		if i == 0 && size%proof.TileWidth > 0 {
			partial = slices.Delete(partial, from, min(from+first.Skip, len(partial)))
		}
	}
	t.Levels[0] = partial
	if int64(len(partial)) != size%proof.TileWidth || !slices.Equal(t.edge(), edge) {
		return t, &journal.Corrupt{Reason: fmt.Sprintf("the transparency log does not follow from the records from position %d on: one was changed, or the log was", first.Position)}
	}
	return t, nil
}

// Finding is one thing in a store that is not as the log has it.
type Finding struct {
	Position int64 // of the record; 0 where it is none
	Index    int64 // of the leaf
	Reason   string
}

// String names the place and the reason.
func (f Finding) String() string {
	if f.Position == 0 {
		return f.Reason
	}
	return fmt.Sprintf("record %d, leaf %d: %s", f.Position, f.Index, f.Reason)
}

// Audit makes every leaf of the log again from the records and compares it with what the log kept: the tiles, and the
// edge. It reports the first difference; nil where there is none. A log that was made anew together with its records is
// consistent in itself: to find that, compare its root with a checkpoint that was kept elsewhere.
func (v *View) Audit(ctx context.Context) (*Finding, error) {
	var b proof.Builder
	var tile Tile
	var found *Finding
	err := v.each(ctx, Tile{}, func(r *journal.Record, index int64, leaves []proof.Leaf) (more bool, err error) {
		for i, l := range leaves {
			at := index + int64(i)
			if at >= v.tree.Size {
				found = &Finding{r.Position, at, "the log ends before this record"}
				return false, nil
			}
			h := proof.LeafHash(l.Text)
			b.Add(h)
			if at%proof.TileWidth == 0 && at < v.tree.Size&^(proof.TileWidth-1) {
				if tile, err = v.log.src.Tile(ctx, 0, at/proof.TileWidth); err != nil {
					return false, err
				}
			}
			kept := v.tree.Levels[0]
			if at < v.tree.Size&^(proof.TileWidth-1) {
				kept = tile.Hashes
			}
			if kept[at%proof.TileWidth] != h {
				found = &Finding{r.Position, at, "it is not what the log has: it was changed, put in, left out, or moved"}
				return false, nil
			}
		}
		return true, nil
	})
	if err != nil || found != nil {
		return found, err
	}
	switch {
	case b.Size != v.tree.Size:
		return &Finding{0, b.Size, fmt.Sprintf("the log has %d leaves, its records make %d: the last ones are gone", v.tree.Size, b.Size)}, nil
	case b.Root() != v.tree.Root():
		return &Finding{0, 0, "the edge of the log is not that of its leaves"}, nil
	}
	return nil, nil
}
