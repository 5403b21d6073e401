package translog

import (
	"slices"

	"firstlook/proof"
)

// Place says which leaf of which record: the record's position in the journal, and how many of its leaves stand before.
type Place struct {
	Position int64
	Skip     int
}

// Tile is a tile that is full.
type Tile struct {
	Level  int
	N      int64
	Hashes []proof.Hash // TileWidth of them
	Root   proof.Hash   // which is one hash of the level above
	First  Place        // of its first leaf, on level 0
}

// Tree is the right edge of a log. It is a value: growing a clone leaves the original as it is, although both share what
// they have in common.
type Tree struct {
	proof.Builder
	// Levels are the tiles that are not full: leaves, then roots of 256 leaves, and so on.
	Levels [][]proof.Hash
	First  Place // of the first leaf in Levels[0]
}

// Clone returns a tree to grow. Only one clone of a tree may be kept.
func (t *Tree) Clone() Tree {
	c := *t
	c.Edge = slices.Clone(t.Edge)
	c.Levels = slices.Clone(t.Levels)
	return c
}

// Append adds the leaves of a record, and appends to full the tiles that this fills.
func (t *Tree) Append(leaves []proof.Hash, position int64, full []Tile) []Tile {
	for i, h := range leaves {
		if t.Size&(proof.TileWidth-1) == 0 {
			t.First = Place{position, i}
		}
		full = t.add(h, full)
	}
	return full
}

// add adds a leaf to the edge and to its tile. Where it completes a subtree as high as a tile, that subtree's root goes to
// the level above.
func (t *Tree) add(h proof.Hash, full []Tile) []Tile {
	full = t.put(0, h, full)
	height := 0
	for n := t.Size; n&1 == 1; n >>= 1 {
		last := len(t.Edge) - 1
		h = proof.NodeHash(t.Edge[last], h)
		t.Edge = t.Edge[:last]
		if height++; height%proof.TileHeight == 0 {
			full[len(full)-1].Root = h
			full = t.put(height/proof.TileHeight, h, full)
		}
	}
	t.Edge = append(t.Edge, h)
	t.Size++
	return full
}

// put adds a hash to a level's tile, before the size counts it.
func (t *Tree) put(level int, h proof.Hash, full []Tile) []Tile {
	if level == len(t.Levels) {
		t.Levels = append(t.Levels, nil)
	}
	if t.Levels[level] == nil {
		t.Levels[level] = make([]proof.Hash, 0, proof.TileWidth)
	}
	t.Levels[level] = append(t.Levels[level], h)
	if len(t.Levels[level]) < proof.TileWidth {
		return full
	}
	tile := Tile{Level: level, N: t.Size >> (proof.TileHeight * (level + 1)), Hashes: t.Levels[level], First: t.First}
	t.Levels[level] = nil
	return append(full, tile)
}

// edge is the edge that follows from the levels.
func (t *Tree) edge() []proof.Hash {
	var out []proof.Hash
	for level := len(t.Levels) - 1; level >= 0; level-- {
		var b proof.Builder
		for _, h := range t.Levels[level] {
			b.Add(h)
		}
		out = append(out, b.Edge...)
	}
	return out
}
