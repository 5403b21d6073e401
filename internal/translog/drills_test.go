package translog_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"firstlook/calendar"
	"firstlook/internal/journal"
	"firstlook/internal/sqlite"
	"firstlook/internal/translog"
	"firstlook/proof"
)

// The drills: somebody who may write the data folder changes the record. The lazy one changes bytes in the file. The
// careful one makes the database anew with the same secret, so that its chain of hashes and its log follow from the forged
// records, and signs it with the same key. Each change must be found, and named, by at least one of: the chain of hashes
// (firstlook replay), the log against its records, the checkpoint signed before, the receipt that a party kept, and the
// verification of the whole record.

var detectors = []string{"chain", "log", "checkpoint", "receipt", "whole"}

// original is a sound record of 14 records, with what was handed out of it.
type original struct {
	dir     string
	writes  []journal.Write
	secret  []byte
	signed  []byte
	receipt []byte // of the record that is changed
	keys    *proof.Keys
}

const target = 7 // position of the record that is changed

func newOriginal(t *testing.T) *original {
	o := &original{dir: t.TempDir()}
	versions := map[journal.Stream]int64{}
	for i := range 14 {
		w := journal.Write{Stream: journal.Stream(fmt.Sprintf("need/n%d", 1+i%2)), Recorded: calendar.Earliest + calendar.Instant(i)*3_600_000_000,
			Actor: "acme", Kind: proof.KindEvents, Key: fmt.Sprintf("key-%02d", i),
			Body: fmt.Appendf(nil, `[{"at":"2026-03-01T%02d:00Z","by":"acme","type":"noticed","fact":{"matter":%d,"terms":{"price":"2.10 USD","cloud":"c"}}},{"at":"2026-03-01T%02d:00Z","type":"ended","fact":{"matter":%d}}]`, i, i, i, i)}
		w.Expect = versions[w.Stream]
		versions[w.Stream]++
		o.writes = append(o.writes, w)
	}
	s := open(t, o.dir, sqlite.Options{})
	appendAll(t, s, o.writes)
	v := view(t, s)
	signers, err := translog.OpenSigners(o.dir)
	if err == nil {
		o.signed, err = signers.Checkpoint(t.Context(), v)
	}
	if err != nil {
		t.Fatal(err)
	}
	if o.keys, err = proof.ParseKeys(strings.Join(signers.Public(), "\n")); err != nil {
		t.Fatal(err)
	}
	records, err := s.ReadAll(t.Context(), target-1, 1)
	if err != nil {
		t.Fatal(err)
	}
	r, err := v.Receipt(t.Context(), "northwind", records, translog.OpenAll, o.signed)
	if err != nil {
		t.Fatal(err)
	}
	o.receipt = r.Format()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	o.query(t, o.dir, "SELECT secret FROM log", &o.secret)
	return o
}

func appendAll(t *testing.T, s *sqlite.Store, writes []journal.Write) {
	t.Helper()
	for _, w := range writes {
		if _, err := s.Append(t.Context(), w); err != nil {
			t.Fatal(err)
		}
	}
}

func (o *original) database(t *testing.T, dir string) *sql.DB {
	db, err := sql.Open("sqlite", filepath.Join(dir, "firstlook.db"))
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func (o *original) query(t *testing.T, dir, query string, to any, args ...any) {
	t.Helper()
	db := o.database(t, dir)
	defer db.Close()
	if err := db.QueryRow(query, args...).Scan(to); err != nil {
		t.Fatal(err)
	}
}

func (o *original) exec(t *testing.T, dir, query string, args ...any) {
	t.Helper()
	db := o.database(t, dir)
	defer db.Close()
	if _, err := db.Exec(query, args...); err != nil {
		t.Fatal(err)
	}
}

// copied is a copy of the folder, for a lazy forger to change.
func (o *original) copied(t *testing.T) string {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(o.dir)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// rebuilt is a folder with other records and everything that follows from them, the secret and the keys of the original.
func (o *original) rebuilt(t *testing.T, writes []journal.Write) string {
	dir := t.TempDir()
	s := open(t, dir, sqlite.Options{NoLog: true})
	versions := map[journal.Stream]int64{}
	keys := map[string]bool{}
	for _, w := range writes {
		w.Expect = versions[w.Stream]
		versions[w.Stream]++
		if keys[w.Key] {
			w.Key = ""
		}
		keys[w.Key] = true
		if _, err := s.Append(t.Context(), w); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	o.exec(t, dir, "INSERT INTO log VALUES (?, 0, 0, x'', 0, 0)", o.secret)
	if err := os.CopyFS(filepath.Join(dir, "log"), os.DirFS(filepath.Join(o.dir, "log"))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// examine runs every detector on a folder and returns what each says; nothing where it finds nothing.
func (o *original) examine(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	s, err := sqlite.Open(dir, sqlite.Options{})
	if err != nil {
		return map[string]string{"log": err.Error()}
	}
	defer s.Close()
	if _, err := journal.Verify(t.Context(), s); err != nil {
		found["chain"] = err.Error()
	}
	v, err := s.Log().View()
	if err != nil {
		found["log"] = err.Error()
		return found
	}
	if f, err := v.Audit(t.Context()); err != nil || f != nil {
		found["log"] = fmt.Sprint(f, err)
	}
	signers, err := translog.OpenSigners(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := signers.Checkpoint(t.Context(), v); errors.Is(err, translog.ErrForked) {
		found["checkpoint"] = err.Error()
	} else if err != nil {
		t.Fatal(err)
	}
	o.examineReceipt(t, v, found)
	if err := os.Remove(filepath.Join(dir, "log", "checkpoint")); err != nil { // the forger removes what was signed
		t.Fatal(err)
	}
	signed, err := signers.Checkpoint(t.Context(), v)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := v.Whole(t.Context(), "", translog.OpenAll, signed)
	if err != nil {
		found["whole"] = err.Error()
	} else if verdict := whole.Verify(o.keys); !verdict.Holds() {
		found["whole"] = string(verdict.Code) + ": " + verdict.Failure
	}
	return found
}

// examineReceipt asks the log for what the receipt says stands there.
func (o *original) examineReceipt(t *testing.T, v *translog.View, found map[string]string) {
	t.Helper()
	r, err := proof.ParseReceipt(o.receipt)
	if err != nil {
		t.Fatal(err)
	}
	c := proof.Checkpoint{Size: v.Size(), Root: v.Root()}
	for _, i := range r.Items {
		path, err := v.Inclusion(t.Context(), i.Index)
		if err == nil {
			err = proof.CheckInclusion(c, i.Index, proof.LeafHash(i.Leaf), path)
		}
		if err != nil {
			found["receipt"] = fmt.Sprintf("leaf %d: %v", i.Index, err)
			return
		}
	}
}

type tally struct {
	name  string
	tried int
	same  int // changes of what is not part of a record: its deadline, which follows from it
	by    map[string]int
	said  string
}

func (y *tally) count(t *testing.T, found map[string]string) {
	t.Helper()
	y.tried++
	if len(found) == 0 {
		t.Errorf("%s, change %d: nobody finds it", y.name, y.tried)
	}
	for d, said := range found {
		y.by[d]++
		if y.said == "" || d == "whole" {
			y.said = said
		}
	}
}

func TestDrills(t *testing.T) {
	t.Parallel()
	o := newOriginal(t)
	if found := o.examine(t, o.copied(t)); len(found) > 0 {
		t.Fatalf("the record as it is: %v", found)
	}
	var table []*tally
	t.Run("drills", func(t *testing.T) { // ends when all of them have
		drill := func(name string, run func(t *testing.T, y *tally)) {
			y := &tally{name: name, by: map[string]int{}}
			table = append(table, y)
			t.Run(name, func(t *testing.T) {
				t.Parallel() // most of a drill is waiting for the disk
				run(t, y)
			})
		}
		drill("every bit of a record", o.flipEvery)
		drill("every bit of a receipt", o.flipReceipt)
		drill("bit in the file", o.flipInPlace)
		o.inPlace(drill)
		drill("tile of the log", tiles)
		o.rebuilding(drill)
	})
	var b strings.Builder
	fmt.Fprintf(&b, "%-22s %6s %6s", "drill", "tried", "same")
	for _, d := range detectors {
		fmt.Fprintf(&b, " %10s", d)
	}
	for _, y := range table {
		fmt.Fprintf(&b, "\n%-22s %6d %6d", y.name, y.tried, y.same)
		for _, d := range detectors {
			fmt.Fprintf(&b, " %10d", y.by[d])
		}
		fmt.Fprintf(&b, "  %.110s", y.said)
	}
	t.Log("\n" + b.String())
}

// inPlace runs the drills of the lazy forger on the rows of the file.
func (o *original) inPlace(drill func(string, func(*testing.T, *tally))) {
	at := func(first, last int, change func(t *testing.T, dir string, at int)) func(*testing.T, *tally) {
		return func(t *testing.T, y *tally) {
			for i := first; i <= last; i++ {
				dir := o.copied(t)
				change(t, dir, i)
				y.count(t, o.examine(t, dir))
			}
		}
	}
	exec := func(queries ...string) func(*testing.T, string, int) {
		return func(t *testing.T, dir string, at int) {
			for _, q := range queries {
				o.exec(t, dir, q, at)
			}
		}
	}
	records := len(o.writes)
	drill("row deleted", at(1, records, exec("DELETE FROM page WHERE first = ?")))
	drill("rows swapped", at(1, records-1, exec("UPDATE page SET first = -first WHERE first IN (?1, ?1 + 1)",
		"UPDATE page SET first = CASE first WHEN -?1 THEN ?1 + 1 ELSE ?1 END WHERE first < 0")))
	drill("rows cut off", at(1, records-1, exec("DELETE FROM page WHERE first > ?")))
	drill("row replayed", at(1, records, exec("INSERT INTO page SELECT 15, records FROM page WHERE first = ?")))
	drill("row in another's place", at(1, records-1, exec("UPDATE page SET records = (SELECT records FROM page WHERE first = ?1 + 1) WHERE first = ?1")))
	drill("edge of the log", at(1, 3, func(t *testing.T, dir string, at int) {
		o.exec(t, dir, []string{"UPDATE log SET edge = zeroblob(length(edge))", "UPDATE log SET size = size - 1", "UPDATE log SET position = position + 1"}[at-1])
	}))
}

// flipEvery changes every single bit of every record. What the change makes of the record has another leaf in the chain, and other
// leaves in the log; or it is no record at all.
func (o *original) flipEvery(t *testing.T, y *tally) {
	t.Helper()
	s := open(t, o.copied(t), sqlite.Options{})
	records, err := s.ReadAll(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for i := range records {
		sound := journal.Encode(nil, &records[i])
		was := s.Log().Leaves(&records[i])
		for bit := range 8 * len(sound) {
			b := bytes.Clone(sound)
			b[bit/8] ^= 1 << (bit % 8)
			found := map[string]string{}
			r, err := journal.Decode(b)
			if err != nil {
				found["chain"] = err.Error()
			} else {
				if journal.Leaf(b) != journal.Leaf(sound) {
					found["chain"] = fmt.Sprintf("position %d: its hash does not follow from its content", i+1)
				}
				now := s.Log().Leaves(&r)
				if len(now) != len(was) || slices.ContainsFunc(now, func(l proof.Leaf) bool { return bytes.Equal(l.Text, was[0].Text) }) {
					found["log"] = "other leaves"
				}
				if !slices.EqualFunc(now, was, func(a, b proof.Leaf) bool { return bytes.Equal(a.Text, b.Text) }) {
					found["log"] = fmt.Sprintf("record %d is not what the log has", i+1)
				}
			}
			y.count(t, found)
		}
	}
}

// flipReceipt changes every single bit of a receipt. Only its line "for" may change unseen: it says through whose eyes to look.
func (o *original) flipReceipt(t *testing.T, y *tally) {
	t.Helper()
	reader := bytes.Index(o.receipt, []byte("for "))
	end := reader + bytes.IndexByte(o.receipt[reader:], '\n')
	for bit := range 8 * len(o.receipt) {
		b := bytes.Clone(o.receipt)
		b[bit/8] ^= 1 << (bit % 8)
		v := proof.VerifyFile(b, o.keys)
		if v.Holds() && bit/8 >= reader && bit/8 < end {
			y.tried, y.same = y.tried+1, y.same+1
			continue
		}
		found := map[string]string{}
		if !v.Holds() {
			found["receipt"] = string(v.Code) + ": " + v.Failure
		}
		y.count(t, found)
	}
}

// tiles changes what is kept of a log of several tiles: a bit of a hash, the root of a tile, where its records begin, a whole
// tile.
func tiles(t *testing.T, y *tally) {
	o := &original{dir: t.TempDir()}
	s := open(t, o.dir, sqlite.Options{})
	for i := range 600 {
		w := journal.Write{Stream: "need/n1", Expect: int64(i), Recorded: calendar.Earliest, Actor: "acme", Kind: proof.KindEvents,
			Body: fmt.Appendf(nil, `[{"at":"2026-03-01T12:00Z","type":"noticed","fact":{"n":%d}},{"at":"2026-03-01T12:00Z","type":"ended"}]`, i)}
		if _, err := s.Append(t.Context(), w); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for n := range 4 {
		for _, change := range []string{
			"", "UPDATE tile SET root = zeroblob(32) WHERE id = ?",
			"UPDATE tile SET first = first + 1 WHERE id = ?", "DELETE FROM tile WHERE id = ?",
			"UPDATE tile SET hashes = (SELECT hashes FROM tile WHERE id = (?1 + 1) % 4) WHERE id = ?1",
		} {
			dir := o.copied(t)
			if change == "" {
				var hashes []byte
				o.query(t, dir, "SELECT hashes FROM tile WHERE id = ?", &hashes, n)
				hashes[99+n] ^= 1
				o.exec(t, dir, "UPDATE tile SET hashes = ? WHERE id = ?", hashes, n)
			} else {
				o.exec(t, dir, change, n)
			}
			found := o.examineOnce(t, dir)
			if len(found) == 0 {
				found = auditAll(t, dir)
			}
			y.count(t, found)
		}
	}
}

// auditAll holds a log against its records, and asks it for the place of each.
func auditAll(t *testing.T, dir string) map[string]string {
	t.Helper()
	s := open(t, dir, sqlite.Options{})
	defer s.Close()
	v := view(t, s)
	if f, err := v.Audit(t.Context()); err != nil || f != nil {
		return map[string]string{"log": fmt.Sprint(f, err)}
	}
	for p := int64(1); p <= 600; p++ {
		if at, err := v.Index(t.Context(), p); err != nil || at != 2*(p-1) {
			return map[string]string{"log": fmt.Sprintf("record %d is said to stand at leaf %d: %v", p, at, err)}
		}
	}
	return map[string]string{}
}

// flipInPlace changes one bit of every few bytes of the row of a record.
func (o *original) flipInPlace(t *testing.T, y *tally) {
	var row []byte
	o.query(t, o.dir, "SELECT records FROM page WHERE first = ?", &row, target)
	dir := o.copied(t)
	for i := 0; i < len(row); i += 5 {
		b := bytes.Clone(row)
		b[i] ^= 1 << (i % 8)
		o.exec(t, dir, "UPDATE page SET records = ? WHERE first = ?", b, target)
		if err := os.CopyFS(dir, os.DirFS(filepath.Join(o.dir, "log"))); err != nil && y.tried == 0 {
			t.Fatal(err)
		}
		found := o.examineOnce(t, dir)
		if len(found) == 0 && o.unchanged(t, dir) {
			y.tried, y.same = y.tried+1, y.same+1
			continue
		}
		y.count(t, found)
	}
	if y.same > 1 {
		t.Errorf("%d changes leave the records as they are; the deadline has one byte here", y.same)
	}
}

// unchanged reports whether every record reads as it was appended: a deadline follows from the record and is not part of it.
func (o *original) unchanged(t *testing.T, dir string) bool {
	t.Helper()
	s := open(t, dir, sqlite.Options{})
	records, err := s.ReadAll(t.Context(), 0, 100)
	if err != nil || s.Close() != nil {
		t.Fatal(err)
	}
	return slices.EqualFunc(records, o.writes, func(r journal.Record, w journal.Write) bool {
		return r.Stream == w.Stream && r.Key == w.Key && r.Recorded == w.Recorded && r.Actor == w.Actor && r.Kind == w.Kind && bytes.Equal(r.Body, w.Body)
	})
}

// examineOnce is examine without the detectors that sign, for a folder that is examined again and again.
func (o *original) examineOnce(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	s, err := sqlite.Open(dir, sqlite.Options{})
	if err != nil {
		return map[string]string{"log": err.Error()}
	}
	defer s.Close()
	if _, err := journal.Verify(t.Context(), s); err != nil {
		found["chain"] = err.Error()
	}
	if _, err := s.Log().View(); err != nil {
		found["log"] = err.Error()
	}
	return found
}

// rebuilding runs the drills of the careful forger.
func (o *original) rebuilding(drill func(string, func(*testing.T, *tally))) {
	edit := func(change func([]journal.Write) []journal.Write) func(*testing.T, *tally) {
		return func(t *testing.T, y *tally) {
			writes := slices.Clone(o.writes)
			y.count(t, o.examine(t, o.rebuilt(t, change(writes))))
		}
	}
	each := func(first, last int, change func(w []journal.Write, at int) []journal.Write) func(*testing.T, *tally) {
		return func(t *testing.T, y *tally) {
			for at := first; at <= last; at += 2 {
				y.count(t, o.examine(t, o.rebuilt(t, change(slices.Clone(o.writes), at))))
			}
		}
	}
	drill("forged: a bit", func(t *testing.T, y *tally) {
		body := o.writes[target-1].Body
		for i := 3; i < len(body); i += 23 {
			b := bytes.Clone(body)
			b[i] ^= 1
			writes := slices.Clone(o.writes)
			writes[target-1].Body = b
			y.count(t, o.examine(t, o.rebuilt(t, writes)))
		}
	})
	drill("forged: key, actor", func(t *testing.T, y *tally) {
		for _, change := range []func(w *journal.Write){func(w *journal.Write) { w.Key = "other" }, func(w *journal.Write) { w.Actor = "other" }, func(w *journal.Write) { w.Key = "" }} {
			writes := slices.Clone(o.writes)
			change(&writes[target-1])
			y.count(t, o.examine(t, o.rebuilt(t, writes)))
		}
	})
	drill("forged: deleted", each(0, 13, func(w []journal.Write, at int) []journal.Write { return slices.Delete(w, at, at+1) }))
	drill("forged: swapped", each(0, 12, func(w []journal.Write, at int) []journal.Write {
		w[at], w[at+1] = w[at+1], w[at]
		return w
	}))
	drill("forged: cut off", each(1, 13, func(w []journal.Write, at int) []journal.Write { return w[:at] }))
	drill("forged: replayed", each(0, 13, func(w []journal.Write, at int) []journal.Write {
		extra := w[at]
		extra.Key = ""
		return slices.Insert(w, target, extra)
	}))
	drill("forged: back-dated", each(2, 13, func(w []journal.Write, at int) []journal.Write {
		w[at].Recorded -= 2 * 3_600_000_000
		return w
	}))
	drill("cut off, then went on", each(1, 13, func(w []journal.Write, at int) []journal.Write {
		for i := at; i < len(w); i++ {
			w[i].Body = []byte("[]")
		}
		return append(w, w[0])
	}))
	drill("appended: back-dated", edit(func(w []journal.Write) []journal.Write {
		late := w[3]
		late.Key = ""
		return append(w, late)
	}))
	drill("another history", edit(func(w []journal.Write) []journal.Write {
		for i := range w {
			w[i].Body = bytes.ReplaceAll(w[i].Body, []byte("2.10"), []byte("2.20"))
		}
		return w
	}))
	drill("another secret", func(t *testing.T, y *tally) {
		other := &original{dir: o.dir, secret: bytes.Repeat([]byte{7}, 32), signed: o.signed, receipt: o.receipt, keys: o.keys}
		y.count(t, other.examine(t, other.rebuilt(t, o.writes)))
	})
}
