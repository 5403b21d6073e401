package translog_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"

	"firstlook/calendar"
	"firstlook/internal/journal"
	"firstlook/internal/sqlite"
	"firstlook/internal/translog"
	ours "firstlook/proof"
)

func open(t *testing.T, dir string, o sqlite.Options) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// write is the n-th record of a stream: 0 to 5 events, now and then a record of another kind.
func write(stream string, n int64, random *rand.Rand) journal.Write {
	w := journal.Write{Stream: journal.Stream(stream), Expect: n, Recorded: calendar.Earliest + calendar.Instant(n)*1_000_000, Actor: "acme", Kind: ours.KindEvents}
	if random.IntN(8) == 0 {
		w.Kind, w.Body = "done", []byte(`{"key":"k"}`)
		return w
	}
	w.Body = []byte{'['}
	for i := range random.IntN(6) {
		if i > 0 {
			w.Body = append(w.Body, ',')
		}
		w.Body = fmt.Appendf(w.Body, `{"at":"2026-03-01T12:00Z","by":"acme","type":"offer-received","fact":{"offer":{"id":"o%d","provider":"p","terms":{"n":%d}}}}`, i, random.Uint32())
	}
	w.Body = append(w.Body, ']')
	return w
}

func fill(t *testing.T, s *sqlite.Store, stream string, from, to int64, random *rand.Rand) {
	t.Helper()
	for n := from; n < to; n++ {
		if _, err := s.Append(t.Context(), write(stream, n, random)); err != nil {
			t.Fatal(err)
		}
	}
}

func view(t *testing.T, s *sqlite.Store) *translog.View {
	t.Helper()
	v, err := s.Log().View()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// sound audits a log and compares its root with that of its leaves, computed by transparency-dev.
func sound(t *testing.T, s *sqlite.Store) *translog.View {
	t.Helper()
	v := view(t, s)
	if f, err := v.Audit(t.Context()); err != nil || f != nil {
		t.Fatalf("audit: %v %v", f, err)
	}
	return v
}

// However records come in, one by one or many at once, with the log or before it was there, and however the process ends:
// the log is the one that follows from the records.
func TestGrowth(t *testing.T) {
	t.Parallel()
	const seed = 11
	random := rand.New(rand.NewPCG(seed, seed))
	t.Logf("seed %d", seed)
	dir := t.TempDir()
	s := open(t, dir, sqlite.Options{})
	fill(t, s, "need/a", 0, 40, random)
	sound(t, s)
	var wg sync.WaitGroup
	for c := range 64 {
		own := rand.New(rand.NewPCG(seed, uint64(c)))
		wg.Go(func() { fill(t, s, fmt.Sprintf("need/b%d", c), 0, 30, own) })
	}
	wg.Wait()
	before := sound(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = open(t, dir, sqlite.Options{NoLog: true})
	if s.Log() != nil {
		t.Error("a store without a log has one")
	}
	fill(t, s, "need/a", 40, 700, random)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, sqlite.Options{})
	after := sound(t, s)
	path, err := after.Consistency(t.Context(), before.Size())
	if err != nil {
		t.Fatal(err)
	}
	if err := ours.CheckConsistency(ours.Checkpoint{Size: before.Size(), Root: before.Root()}, ours.Checkpoint{Size: after.Size(), Root: after.Root()}, path); err != nil {
		t.Error(err)
	}

	// A copy of the files while the store is open is what a crash leaves.
	for c := range 32 {
		own := rand.New(rand.NewPCG(seed, uint64(c)))
		wg.Go(func() { fill(t, s, fmt.Sprintf("need/c%d", c), 0, 20, own) })
	}
	wg.Wait()
	crashed := t.TempDir()
	for _, f := range []string{"firstlook.db", "firstlook.db-wal"} {
		b, err := os.ReadFile(filepath.Join(dir, f))
		if err == nil {
			err = os.WriteFile(filepath.Join(crashed, f), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if again, now := sound(t, open(t, crashed, sqlite.Options{})), sound(t, s); again.Root() != now.Root() || again.Size() != now.Size() {
		t.Errorf("after the crash the log has %d leaves and root %s, before %d and %s", again.Size(), again.Root(), now.Size(), now.Root())
	}
}

// Our proofs, tiles and checkpoints are accepted by the verifiers of transparency-dev, which share no code with ours.
func TestIndependentVerifier(t *testing.T) {
	t.Parallel()
	const seed = 12
	random := rand.New(rand.NewPCG(seed, seed))
	t.Logf("seed %d", seed)
	data := t.TempDir()
	s := open(t, data, sqlite.Options{})
	fill(t, s, "need/a", 0, 300, random)
	v := sound(t, s)
	root := v.Root()
	var leaves [][]byte
	records, err := s.ReadAll(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for i := range records {
		index, err := v.Index(t.Context(), records[i].Position)
		if err != nil || index != int64(len(leaves)) {
			t.Fatalf("record %d begins at leaf %d (%v), want %d", i+1, index, err, len(leaves))
		}
		for _, l := range s.Log().Leaves(&records[i]) {
			leaves = append(leaves, l.Text)
		}
	}
	size := uint64(v.Size())
	for i, l := range leaves {
		path, err := v.Inclusion(t.Context(), int64(i))
		if err != nil {
			t.Fatal(err)
		}
		if err := proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(i), size, rfc6962.DefaultHasher.HashLeaf(l), bytesOf(path), root[:]); err != nil {
			t.Fatalf("leaf %d of %d: %v", i, size, err)
		}
		if i == 0 {
			continue
		}
		old, err := v.RootAt(t.Context(), int64(i))
		if err != nil {
			t.Fatal(err)
		}
		if path, err = v.Consistency(t.Context(), int64(i)); err != nil {
			t.Fatal(err)
		}
		if err := proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(i), size, bytesOf(path), old[:], root[:]); err != nil {
			t.Fatalf("%d to %d: %v", i, size, err)
		}
	}
	signers, err := translog.OpenSigners(data)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signers.Checkpoint(t.Context(), v)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(signers.Public()[0])
	if err != nil {
		t.Fatal(err)
	}
	c, _, _, err := log.ParseCheckpoint(signed, signers.Origin(), verifier)
	if err != nil || c.Size != size || string(c.Hash) != string(root[:]) {
		t.Errorf("the checkpoint reads as %+v: %v", c, err)
	}
	checkPublished(t, s, v, signed, leaves)
}

func bytesOf(hs []ours.Hash) [][]byte {
	out := make([][]byte, len(hs))
	for i := range hs {
		out[i] = hs[i][:]
	}
	return out
}

// checkPublished reads the log back from a published folder: every tile, every leaf.
func checkPublished(t *testing.T, s *sqlite.Store, v *translog.View, signed []byte, leaves [][]byte) {
	t.Helper()
	dir := t.TempDir()
	for range 2 { // the second time there is nothing to write
		if err := translog.Publish(t.Context(), v, signed, dir, true); err != nil {
			t.Fatal(err)
		}
	}
	from := func(path string) (io.ReadCloser, error) { return os.Open(filepath.Join(dir, path)) }
	n := 0
	for at := 0; at < len(leaves); at += ours.TileWidth {
		width := min(ours.TileWidth, len(leaves)-at)
		hashes, err := translog.Fetch(from, 0, int64(at/ours.TileWidth), width)
		if err != nil {
			t.Fatal(err)
		}
		bundle, err := os.ReadFile(filepath.Join(dir, ours.BundlePath(int64(at/ours.TileWidth), width)))
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range hashes {
			size := int(bundle[0])<<8 | int(bundle[1])
			if string(bundle[2:2+size]) != string(leaves[n]) || ours.LeafHash(leaves[n]) != h {
				t.Fatalf("leaf %d is published otherwise", n)
			}
			bundle, n = bundle[2+size:], n+1
		}
	}
	if _, err := view(t, s).Tile(t.Context(), 0, int64(len(leaves)), 1); err == nil {
		t.Error("a tile beyond the log is served")
	}
}

// A large log: tiles of the second level fill, and the tree is made again from what was stored.
func TestTree(t *testing.T) {
	t.Parallel()
	var tree translog.Tree
	var plain ours.Builder
	var tiles []translog.Tile
	const size = 256*256 + 256*3 + 17
	for i := range size {
		h := ours.Hash(sha256.Sum256(fmt.Append(nil, i)))
		before := tree
		tree = before.Clone()
		tiles = tree.Append([]ours.Hash{h}, int64(i+1), tiles)
		plain.Add(h)
	}
	if tree.Root() != plain.Root() || tree.Size != size {
		t.Fatalf("the root is %s, want %s", tree.Root(), plain.Root())
	}
	levels := map[int]int{}
	for _, tile := range tiles {
		var b ours.Builder
		for _, h := range tile.Hashes {
			b.Add(h)
		}
		if b.Root() != tile.Root || tile.N != int64(levels[tile.Level]) {
			t.Fatalf("tile %d of level %d has root %s, want %s", tile.N, tile.Level, tile.Root, b.Root())
		}
		if tile.Level == 0 && tile.First.Position != tile.N*256+1 {
			t.Fatalf("tile %d begins at %d", tile.N, tile.First.Position)
		}
		levels[tile.Level]++
	}
	if levels[0] != 259 || levels[1] != 1 || len(tree.Levels[0]) != 17 || len(tree.Levels[1]) != 3 || len(tree.Levels[2]) != 1 {
		t.Errorf("tiles %v, edge %d %d", levels, len(tree.Levels[0]), len(tree.Levels[1]))
	}
}
