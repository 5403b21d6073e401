package proof

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// NodeHash is the RFC 6962 hash of a node.
func NodeHash(left, right Hash) Hash {
	var b [1 + 2*sha256.Size]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[1+sha256.Size:], right[:])
	return sha256.Sum256(b[:])
}

// Builder computes the root of a tree leaf by leaf and keeps no more than the right edge.
type Builder struct {
	Size int64
	Edge []Hash // of the complete subtrees that the size is made of, the largest first
}

// Add adds a leaf.
func (t *Builder) Add(h Hash) {
	for n := t.Size; n&1 == 1; n >>= 1 {
		last := len(t.Edge) - 1
		h = NodeHash(t.Edge[last], h)
		t.Edge = t.Edge[:last]
	}
	t.Edge = append(t.Edge, h)
	t.Size++
}

// Root returns the root; that of no leaves is the hash of nothing.
func (t *Builder) Root() Hash {
	if len(t.Edge) == 0 {
		return sha256.Sum256(nil)
	}
	h := t.Edge[len(t.Edge)-1]
	for i := len(t.Edge) - 2; i >= 0; i-- {
		h = NodeHash(t.Edge[i], h)
	}
	return h
}

// ErrNotIncluded says that a leaf is not where a receipt says it is.
var ErrNotIncluded = errors.New("the leaf is not in the tree of the checkpoint at this place")

// CheckInclusion checks that a leaf stands at an index of the checkpoint's tree.
func CheckInclusion(c Checkpoint, index int64, leaf Hash, proof []Hash) error {
	if index < 0 || index >= c.Size || tlog.CheckRecord(proof, c.Size, c.Root, index, leaf) != nil {
		return ErrNotIncluded
	}
	return nil
}

// CheckConsistency checks that the tree of the later checkpoint begins with the whole tree of the earlier one.
func CheckConsistency(earlier, later Checkpoint, proof []Hash) error {
	switch {
	case earlier.Size > later.Size:
		return fmt.Errorf("the later checkpoint has %d leaves, the earlier one %d", later.Size, earlier.Size)
	case earlier.Size == 0 && earlier.Root != Hash(sha256.Sum256(nil)):
		return errors.New("the earlier checkpoint has no leaves and not the root of no leaves")
	case earlier.Size == 0:
		return nil
	case earlier.Size == later.Size && earlier.Root == later.Root && len(proof) == 0:
		return nil
	}
	if tlog.CheckTree(proof, later.Size, later.Root, earlier.Size, earlier.Root) != nil {
		return errors.New("the later tree does not begin with the earlier one")
	}
	return nil
}

// TileHeight is the height of a tile: it holds up to 256 hashes.
const TileHeight = 8

// TileWidth is the number of hashes of a full tile.
const TileWidth = 1 << TileHeight

// TilePath is where a tile of hashes is served: level 0 are leaves, each tile of a level the hash of 256 of the one below.
// A tile that is not full has its width.
func TilePath(level int, n int64, width int) string {
	return fmt.Sprintf("tile/%d/%s", level, tileName(n, width))
}

// BundlePath is where 256 leaves are served as they are, each after its length in two bytes.
func BundlePath(n int64, width int) string { return "tile/entries/" + tileName(n, width) }

func tileName(n int64, width int) string {
	name := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		name = fmt.Sprintf("x%03d/%s", n%1000, name)
	}
	if width < TileWidth {
		name += fmt.Sprintf(".p/%d", width)
	}
	return name
}
