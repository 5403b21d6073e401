package journal_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"firstlook/calendar"
	"firstlook/internal/journal"
	"firstlook/internal/journal/memory"
)

var sample = journal.Record{
	Stream: "need/n-1", Version: 3, Key: "k", Recorded: 1_772_452_800_000_000, Actor: "openai", Kind: "need.submitted", Body: []byte("{}"),
}

// TestEncoding pins the canonical bytes and the hashes. They were computed from the package's description by another
// program in another language.
func TestEncoding(t *testing.T) {
	b := journal.Encode(nil, &sample)
	const want = "086e6565642f6e2d31" + "0000000000000003" + "016b" + "00064c0953867000" + "066f70656e6169" +
		"0e6e6565642e7375626d6974746564" + "027b7d"
	if got := hex.EncodeToString(b); got != want {
		t.Errorf("encoded as\n%s, want\n%s", got, want)
	}
	const leaf, link = "97f96e8201240305c6988480a60964223b12470035786d5b9a37b85b9f186ffe", "c5ac785f1c38079735e7caa83cd181520535dc4a7014d891a28e503f0e0416b8"
	if got := journal.Leaf(b); got.String() != leaf {
		t.Errorf("leaf %s, want %s", got, leaf)
	}
	if got := journal.Link(journal.Hash{}, journal.Leaf(b)); got.String() != link {
		t.Errorf("link %s, want %s", got, link)
	}
	got, err := journal.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(sample, got); d != "" {
		t.Errorf("decoded (-want +got):\n%s", d)
	}
	for n := range b {
		if _, err := journal.Decode(b[:n]); err == nil {
			t.Errorf("the first %d bytes decode", n)
		}
	}
	if _, err := journal.Decode(append(b, 0)); err == nil {
		t.Error("a byte too many decodes")
	}
}

// TestLeafDiffers changes each field, and moves a byte from one text to the next.
func TestLeafDiffers(t *testing.T) {
	seen := map[journal.Hash]string{journal.Leaf(journal.Encode(nil, &sample)): "sample"}
	for name, change := range map[string]func(*journal.Record){
		"stream":   func(r *journal.Record) { r.Stream = "need/n-2" },
		"version":  func(r *journal.Record) { r.Version++ },
		"key":      func(r *journal.Record) { r.Key = "" },
		"recorded": func(r *journal.Record) { r.Recorded++ },
		"actor":    func(r *journal.Record) { r.Actor = "aws" },
		"kind":     func(r *journal.Record) { r.Kind = "need.withdrawn" },
		"body":     func(r *journal.Record) { r.Body = []byte("{ }") },
		"shifted":  func(r *journal.Record) { r.Actor, r.Kind = r.Actor+"n", r.Kind[1:] },
	} {
		r := sample
		change(&r)
		h := journal.Leaf(journal.Encode(nil, &r))
		if other, ok := seen[h]; ok {
			t.Errorf("%s hashes as %s", name, other)
		}
		seen[h] = name
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(journal.Encode(nil, &sample))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := journal.Decode(b)
		if err != nil {
			return
		}
		again, err := journal.Decode(journal.Encode(nil, &r))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(r, again); d != "" {
			t.Fatal(d)
		}
	})
}

// altered is a store whose answers were tampered with.
type altered struct {
	journal.Store
	record func(*journal.Record) bool // false drops it
	head   func(*journal.Head)
}

func (a altered) ReadAll(ctx context.Context, after int64, limit int) ([]journal.Record, error) {
	in, err := a.Store.ReadAll(ctx, after, limit)
	var out []journal.Record
	for _, r := range in {
		if a.record == nil || a.record(&r) {
			out = append(out, r)
		}
	}
	return out, err
}

func (a altered) Streams(ctx context.Context, prefix string) ([]journal.Head, error) {
	hs, err := a.Store.Streams(ctx, prefix)
	for i := range hs {
		if a.head != nil {
			a.head(&hs[i])
		}
	}
	return hs, err
}

// TestVerifyFinds makes one change a time to a journal of 1,200 records in 7 streams.
func TestVerifyFinds(t *testing.T) {
	s := memory.New()
	defer s.Close()
	versions := map[journal.Stream]int64{}
	for i := range 1200 {
		name := journal.Stream(fmt.Sprint("need/", i%7))
		_, err := s.Append(t.Context(), journal.Write{Stream: name, Expect: versions[name], Recorded: calendar.Earliest, Kind: "k",
			Body: fmt.Append(nil, i)})
		if err != nil {
			t.Fatal(err)
		}
		versions[name]++
	}
	at, err := journal.Verify(t.Context(), s)
	if err != nil || at.Position != 1200 {
		t.Fatalf("the journal as it is: %v %v", at, err)
	}
	on := func(position int64, change func(*journal.Record) bool) altered {
		return altered{Store: s, record: func(r *journal.Record) bool { return r.Position != position || change(r) }}
	}
	for name, c := range map[string]struct {
		store altered
		at    int64
	}{
		"body":     {on(600, func(r *journal.Record) bool { r.Body = bytes.ToUpper([]byte("x")); return true }), 600},
		"actor":    {on(1, func(r *journal.Record) bool { r.Actor = "aws"; return true }), 1},
		"hash":     {on(1200, func(r *journal.Record) bool { r.Hash[31]++; return true }), 1200},
		"dropped":  {on(513, func(*journal.Record) bool { return false }), 513},
		"last one": {on(1200, func(*journal.Record) bool { return false }), 0},
		"moved":    {on(20, func(r *journal.Record) bool { r.Stream = "need/0"; return true }), 20},
		"version":  {on(20, func(r *journal.Record) bool { r.Version++; return true }), 20},
		"head":     {altered{Store: s, head: func(h *journal.Head) { h.Version-- }}, 0},
		"head up":  {altered{Store: s, head: func(h *journal.Head) { h.Version++ }}, 0},
		"renamed":  {altered{Store: s, head: func(h *journal.Head) { h.Stream += "x" }}, 0},
	} {
		_, err := journal.Verify(t.Context(), c.store)
		var corrupt *journal.Corrupt
		if !errors.As(err, &corrupt) || corrupt.Position != c.at {
			t.Errorf("%s: %v, want it found at %d", name, err, c.at)
		}
	}
}
