package backup_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"firstlook/calendar"
	"firstlook/internal/backup"
	"firstlook/internal/journal"
	"firstlook/internal/postgres"
	"firstlook/internal/postgres/postgrestest"
	"firstlook/internal/sqlite"
	"firstlook/internal/translog"
)

var server *postgrestest.Server

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "firstlook-backup-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		if server, err = postgrestest.Start(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer server.Stop()
		return m.Run()
	}())
}

// store is what both stores have.
type store interface {
	journal.Store
	backup.Source
	Log() *translog.Log
}

// place is somewhere to keep a journal.
type place struct {
	open func(t *testing.T) store
	fill backup.Fill
}

func sqlitePlace(t *testing.T) place {
	dir := filepath.Join(t.TempDir(), "data")
	return place{func(t *testing.T) store {
		s, err := sqlite.Open(dir, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}, func(ctx context.Context, secret [32]byte, next func() ([]journal.Entry, error)) error {
		return sqlite.Fill(ctx, dir, secret, next)
	}}
}

func postgresPlace(*testing.T) place {
	url := server.URL()
	return place{func(t *testing.T) store {
		s, err := postgres.Open(t.Context(), url, postgres.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}, func(ctx context.Context, secret [32]byte, next func() ([]journal.Entry, error)) error {
		return postgres.Fill(ctx, url, secret, next)
	}}
}

// write appends records of many shapes: with keys and without, deadlines set and cleared, large, empty, and with events that the log
// seals.
func write(t *testing.T, s journal.Store, stream string, n int) {
	t.Helper()
	name := journal.Stream(stream)
	h, err := s.Head(t.Context(), name)
	if err != nil {
		t.Error(err)
		return
	}
	for i := h.Version; i < h.Version+int64(n); i++ {
		w := journal.Write{Stream: name, Expect: i, Recorded: calendar.Earliest + calendar.Instant(i), Actor: "openai", Kind: "events",
			Body: fmt.Appendf(nil, `[{"type":"a","at":"2026-03-02T12:00:00Z","n":%d}]`, i)}
		switch i % 5 {
		case 0:
			w.Key, w.Due = fmt.Sprint(stream, "#", i), calendar.Earliest+calendar.Instant(1000+i)
		case 1:
			w.Body = bytes.Repeat([]byte{byte(i)}, 10_000)
		case 2:
			w.Body = nil
		}
		if _, err := s.Append(context.WithoutCancel(t.Context()), w); err != nil {
			t.Errorf("append: %v", err)
			return
		}
	}
}

// state is what two copies of a journal have in common.
func state(t *testing.T, s store) string {
	t.Helper()
	at, err := journal.Verify(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	heads, err := s.Streams(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	v, err := s.Log().View()
	if err != nil {
		t.Fatal(err)
	}
	if f, err := v.Audit(t.Context()); err != nil || f != nil {
		t.Fatalf("the log: %v %v", f, err)
	}
	root := v.Root()
	return fmt.Sprintf("%d %s\n%d %x\n%v", at.Position, at.Hash, v.Size(), root, heads)
}

// From each store into each: the same records, deadlines, keys, chain and root; and what is restored goes on.
func TestThereAndBack(t *testing.T) {
	places := map[string]func(*testing.T) place{"sqlite": sqlitePlace, "postgres": postgresPlace}
	for from, makeFrom := range places {
		for to, makeTo := range places {
			t.Run(from+" to "+to, func(t *testing.T) {
				src := makeFrom(t).open(t)
				var wg sync.WaitGroup
				for i := range 8 { // over several tiles
					wg.Go(func() { write(t, src, fmt.Sprint("need/", i), 100) })
				}
				wg.Wait()
				write(t, src, "log", 3)
				want := state(t, src)
				var file bytes.Buffer
				wrote, err := backup.Write(t.Context(), src, &file)
				if err != nil {
					t.Fatal(err)
				}
				p := makeTo(t)
				restored, err := backup.Restore(t.Context(), bytes.NewReader(file.Bytes()), p.fill)
				if err != nil || restored != wrote {
					t.Fatalf("restored %+v, %v; want %+v", restored, err, wrote)
				}
				dst := p.open(t)
				if got := state(t, dst); got != want {
					t.Errorf("restored\n%s\nwant\n%s", got, want)
				}
				v, err := dst.Log().View()
				if root := v.Root(); err != nil || hex.EncodeToString(root[:]) != wrote.Root || v.Size() != wrote.Leaves {
					t.Errorf("the log's root is %x, %v; the backup says %s", root, err, wrote.Root)
				}
				if r, found, err := dst.ByKey(t.Context(), "need/3#95"); err != nil || !found || r.Version != 96 {
					t.Errorf("by key: %v %v %v", r, found, err)
				}
				write(t, dst, "need/3", 10)
				write(t, dst, "need/new", 60)
				state(t, dst)
				if _, err := backup.Restore(t.Context(), bytes.NewReader(file.Bytes()), p.fill); !errors.Is(err, sqlite.ErrNotEmpty) && !errors.Is(err, postgres.ErrNotEmpty) {
					t.Errorf("into a store that has records: %v", err)
				}
			})
		}
	}
}

// A backup that is written while others append is one state: that of some position.
func TestOnline(t *testing.T) {
	for name, make := range map[string]func(*testing.T) place{"sqlite": sqlitePlace, "postgres": postgresPlace} {
		t.Run(name, func(t *testing.T) {
			src := make(t).open(t)
			write(t, src, "need/0", 50)
			var wg sync.WaitGroup
			for i := range 4 {
				wg.Go(func() { write(t, src, fmt.Sprint("need/", i+1), 120) })
			}
			var files [3]bytes.Buffer
			var wrote [3]backup.Summary
			for i := range files {
				var err error
				if wrote[i], err = backup.Write(t.Context(), src, &files[i]); err != nil {
					t.Fatal(err)
				}
			}
			wg.Wait()
			v, err := src.Log().View()
			if err != nil {
				t.Fatal(err)
			}
			for i := range files {
				if got, err := backup.Check(&files[i]); err != nil || got != wrote[i] || got.Position < 50 {
					t.Errorf("backup %d comes to %+v, %v", i, got, err)
				}
				root, err := v.RootAt(t.Context(), wrote[i].Leaves)
				if err != nil || hex.EncodeToString(root[:]) != wrote[i].Root {
					t.Errorf("backup %d has root %s, the log had %x at that size, %v", i, wrote[i].Root, root, err)
				}
			}
		})
	}
}

// A folder is copied beside the process that uses it, with what that process has not yet moved into its tables.
func TestBesideAServer(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s, err := sqlite.Open(dir, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for i := range 3 {
		write(t, s, "need/a", 30)
		r, err := sqlite.OpenReader(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		wrote, err := backup.Write(t.Context(), r, &file)
		if err := errors.Join(err, r.Close()); err != nil {
			t.Fatal(err)
		}
		v, err := s.Log().View()
		if root := v.Root(); err != nil || wrote.Root != hex.EncodeToString(root[:]) || wrote.Position != int64(30*(i+1)) {
			t.Errorf("the backup comes to %+v, the log has %x, %v", wrote, root, err)
		}
	}
	if _, err := sqlite.OpenReader(t.Context(), filepath.Join(dir, "nothere")); err == nil {
		t.Error("a folder that is not there is read")
	}
}

// A file that was cut, changed in any byte, or lengthened is refused before anything is written.
func TestDamagedFile(t *testing.T) {
	src := sqlitePlace(t).open(t)
	write(t, src, "need/a", 40)
	var file bytes.Buffer
	if _, err := backup.Write(t.Context(), src, &file); err != nil {
		t.Fatal(err)
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	whole := file.Bytes()
	refused := func(what string, b []byte) {
		t.Helper()
		_, err := backup.Restore(t.Context(), bytes.NewReader(b), func(context.Context, [32]byte, func() ([]journal.Entry, error)) error {
			t.Errorf("%s: something was written", what)
			return nil
		})
		if !errors.Is(err, backup.ErrForm) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for range 200 {
		n := random.IntN(len(whole))
		refused(fmt.Sprintf("cut at %d", n), whole[:n])
		// Gzip's time, flags and system, and the bits that fill the last byte before its sum, say nothing about the content.
		if head := len("firstlook backup 1\n"); (n < head+3 || n >= head+10) && n != len(whole)-9 {
			b := bytes.Clone(whole)
			b[n] ^= 1 << random.IntN(8)
			refused(fmt.Sprintf("byte %d changed", n), b)
		}
	}
	refused("lengthened", append(bytes.Clone(whole), 0))
	refused("nothing", nil)
}

// A source whose records are not what they were is not copied, and a filling that fails leaves nothing behind.
func TestFailing(t *testing.T) {
	p := sqlitePlace(t)
	src := p.open(t)
	write(t, src, "need/a", 40)
	if _, err := backup.Write(t.Context(), damaged{src}, new(bytes.Buffer)); !errors.As(err, new(*journal.Corrupt)) {
		t.Errorf("a damaged source: %v", err)
	}
	for name, make := range map[string]func(*testing.T) place{"sqlite": sqlitePlace, "postgres": postgresPlace} {
		p := make(t)
		stop := errors.New("the file went away")
		n := 0
		err := p.fill(t.Context(), [32]byte{1}, func() ([]journal.Entry, error) {
			if n++; n > 2 {
				return nil, stop
			}
			return src.Entries(t.Context(), int64(n-1)*20, 20)
		})
		if !errors.Is(err, stop) {
			t.Errorf("%s: %v", name, err)
		}
		s := p.open(t)
		if last, err := s.Last(t.Context()); err != nil || last != 0 {
			t.Errorf("%s: %d records were left, %v", name, last, err)
		}
		write(t, s, "need/a", 3)
		state(t, s)
	}
}

// damaged changes one record on its way.
type damaged struct{ store }

func (d damaged) Entries(ctx context.Context, after int64, limit int) ([]journal.Entry, error) {
	out, err := d.store.Entries(ctx, after, limit)
	for i := range out {
		if out[i].Position == 17 {
			out[i].Actor = "aws"
		}
	}
	return out, err
}
