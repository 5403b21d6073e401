package journaltest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"firstlook/calendar"
	"firstlook/internal/journal"
)

func testEmpty(t *testing.T, open Open) {
	s, _ := open(t)
	ctx := t.Context()
	if r := whole(t, s); len(r) != 0 {
		t.Fatalf("%d records", len(r))
	}
	same(t, "read", ok[[]journal.Record](t, "read")(s.Read(ctx, "need/n-1", 0)), []journal.Record(nil))
	same(t, "head", ok[journal.Head](t, "head")(s.Head(ctx, "need/n-1")), journal.Head{Stream: "need/n-1"})
	same(t, "due", ok[[]journal.Head](t, "due")(s.Due(ctx, calendar.Latest, 9)), []journal.Head(nil))
	if due, found, err := s.NextDue(ctx); due != 0 || found || err != nil {
		t.Fatalf("next due: %v %v %v", due, found, err)
	}
	for _, key := range []string{"", "k"} {
		if r, found, err := s.ByKey(ctx, key); found || err != nil || r.Position != 0 {
			t.Fatalf("by key %q: %v %v %v", key, r, found, err)
		}
	}
}

func testVersions(t *testing.T, open Open) {
	s, _ := open(t)
	for i, w := range []struct {
		stream            journal.Stream
		position, version int64
	}{{"need/a", 1, 1}, {"need/b", 2, 1}, {"need/a", 3, 2}, {"need/a", 4, 3}, {"need/b", 5, 2}, {"agreement/a", 6, 1}} {
		in := write(w.stream, w.version-1, fmt.Sprint("k", i))
		got := must(t, s, in)
		want := journal.Record{Position: w.position, Stream: w.stream, Version: w.version, Key: in.Key, Recorded: in.Recorded,
			Actor: in.Actor, Kind: in.Kind, Body: in.Body, Hash: got.Hash}
		same(t, "record", got, want)
		// Read your write, by every way there is.
		ctx := t.Context()
		same(t, "head", ok[journal.Head](t, "head")(s.Head(ctx, w.stream)), journal.Head{Stream: w.stream, Version: w.version})
		same(t, "read", ok[[]journal.Record](t, "read")(s.Read(ctx, w.stream, w.version-1)), []journal.Record{got})
		same(t, "read all", ok[[]journal.Record](t, "read")(s.ReadAll(ctx, w.position-1, 9)), []journal.Record{got})
		r, found, err := s.ByKey(ctx, in.Key)
		if err != nil || !found {
			t.Fatalf("by key: %v %v", found, err)
		}
		same(t, "by key", r, got)
	}
	whole(t, s)
}

func testConflicts(t *testing.T, open Open) {
	s, _ := open(t)
	must(t, s, write("need/a", 0, ""))
	must(t, s, write("need/a", 1, ""))
	for _, c := range []struct {
		stream       journal.Stream
		expect, have int64
	}{{"need/a", 0, 2}, {"need/a", 1, 2}, {"need/a", 3, 2}, {"need/b", 1, 0}, {"need/b", 1 << 62, 0}} {
		_, err := s.Append(t.Context(), write(c.stream, c.expect, "fresh"))
		same(t, "conflict", *refused[*journal.Conflict](t, err), journal.Conflict{Stream: c.stream, Expect: c.expect, Have: c.have})
	}
	if n := len(whole(t, s)); n != 2 {
		t.Fatalf("%d records, want 2", n)
	}
	must(t, s, write("need/a", 2, "fresh")) // a refused write does not use up its key
}

func testDuplicates(t *testing.T, open Open) {
	s, reopen := open(t)
	first := must(t, s, write("need/a", 0, "k1"))
	must(t, s, write("need/a", 1, "k2"))
	check := func(w journal.Write) {
		t.Helper()
		_, err := s.Append(t.Context(), w)
		same(t, "the record of the key", refused[*journal.Duplicate](t, err).Record, first)
	}
	check(write("need/a", 0, "k1")) // the retry, which is also a conflict
	check(write("need/a", 2, "k1")) // the retry of one who loaded again
	check(write("need/b", 0, "k1")) // one key for two things
	same(t, "the other stream", ok[journal.Head](t, "head")(s.Head(t.Context(), "need/b")), journal.Head{Stream: "need/b"})
	s = reopen()
	check(write("need/a", 0, "k1"))
	must(t, s, write("need/a", 2, "K1")) // keys differ by case
	must(t, s, write("need/a", 3, ""))   // no key is no duplicate of no key
	must(t, s, write("need/a", 4, ""))
	whole(t, s)
}

func testRefusalsRecordNothing(t *testing.T, open Open) {
	s, _ := open(t)
	ctx := t.Context()
	must(t, s, withDue(write("need/a", 0, "k"), noon.Add(time.Hour)))
	_, err := s.Append(ctx, withDue(write("need/a", 0, "other"), noon.Add(time.Minute))) // a conflict
	refused[*journal.Conflict](t, err)
	_, err = s.Append(ctx, withDue(write("need/a", 1, "k"), noon.Add(time.Minute))) // a duplicate
	refused[*journal.Duplicate](t, err)
	same(t, "head", ok[journal.Head](t, "head")(s.Head(ctx, "need/a")), journal.Head{Stream: "need/a", Version: 1, Due: noon.Add(time.Hour)})
	if n := len(whole(t, s)); n != 1 {
		t.Fatalf("%d records, want 1", n)
	}
	if _, found, err := s.ByKey(ctx, "other"); found || err != nil {
		t.Fatalf("the refused key: %v %v", found, err)
	}
}

func testMalformed(t *testing.T, open Open) {
	s, _ := open(t)
	for field, spoil := range map[string]func(*journal.Write){
		"Stream":   func(w *journal.Write) { w.Stream = "" },
		"Key":      func(w *journal.Write) { w.Key = strings.Repeat("k", journal.MaxName+1) },
		"Actor":    func(w *journal.Write) { w.Actor = "a\x00b" },
		"Kind":     func(w *journal.Write) { w.Kind = "\xff" },
		"Expect":   func(w *journal.Write) { w.Expect = -1 },
		"Recorded": func(w *journal.Write) { w.Recorded = 0 },
		"Due":      func(w *journal.Write) { w.Due = -1 },
		"Body":     func(w *journal.Write) { w.Body = make([]byte, journal.MaxBody+1) },
	} {
		w := write("need/a", 0, "k")
		spoil(&w)
		_, err := s.Append(t.Context(), w)
		same(t, "field", refused[*journal.Malformed](t, err).Field, field)
	}
	must(t, s, write("need/a", 0, "k"))
}

func testLimits(t *testing.T, open Open) {
	s, _ := open(t)
	ctx := t.Context()
	for _, n := range []int{0, -1} {
		_, err := s.ReadAll(ctx, 0, n)
		refused[*journal.Malformed](t, err)
		_, err = s.Due(ctx, noon, n)
		refused[*journal.Malformed](t, err)
	}
}

func testValues(t *testing.T, open Open) {
	s, reopen := open(t)
	long := strings.Repeat("ä", journal.MaxName/2)
	writes := []journal.Write{
		{Stream: "s", Recorded: 1, Kind: "k"}, // everything else empty
		{Stream: "s", Expect: 1, Recorded: noon, Kind: "k", Body: []byte{}},
		{Stream: "s", Expect: 2, Recorded: calendar.Latest, Kind: "k", Body: []byte{0}},
		{Stream: "s", Expect: 3, Recorded: noon, Kind: "k", Body: []byte("\xff\xfe not text \x00 at all")},
		{Stream: journal.Stream(long), Key: long, Recorded: noon, Kind: long, Body: []byte(long)},
		{Stream: "it's; -- \"quoted\" %_", Key: "it's; --", Recorded: noon, Kind: "?1 :a $b", Actor: "a.b-c"},
		{Stream: " ", Key: "\t\n", Recorded: noon, Kind: "\u2028"},
	}
	var want []journal.Record
	for i, w := range writes {
		r := must(t, s, w)
		if len(w.Body) == 0 && r.Body != nil {
			t.Fatalf("write %d: an empty body came back as %v", i, r.Body)
		}
		if !bytes.Equal(r.Body, w.Body) || r.Key != w.Key || r.Kind != w.Kind || r.Actor != w.Actor || r.Recorded != w.Recorded {
			t.Fatalf("write %d: wrote %+v, got %+v", i, w, r)
		}
		want = append(want, r)
	}
	same(t, "records", whole(t, s), want)
	s = reopen()
	same(t, "records after reopening", whole(t, s), want)
}

func testLargeBodies(t *testing.T, open Open) {
	s, reopen := open(t)
	var want []journal.Record
	for i, size := range []int{1 << 20, 5_000_001, journal.MaxBody, 100} {
		w := write("need/large", int64(i), "")
		w.Body = bytes.Repeat([]byte{byte(i), 1, 2, 3, 5, 8, 13}, size/7+1)[:size]
		want = append(want, must(t, s, w))
	}
	s = reopen()
	if got := whole(t, s); !slices.EqualFunc(got, want, func(a, b journal.Record) bool { return a.Hash == b.Hash && bytes.Equal(a.Body, b.Body) }) {
		t.Fatal("the large bodies changed")
	}
}

func testBytesNotShared(t *testing.T, open Open) {
	s, _ := open(t)
	w := write("need/a", 0, "k")
	body := string(w.Body)
	must(t, s, w)
	w.Body[0] = 'X' // the writer uses its buffer again
	if got := whole(t, s)[0]; string(got.Body) != body {
		t.Fatalf("the record changed to %s", got.Body)
	}
}

func testReading(t *testing.T, open Open) {
	s, _ := open(t)
	ctx := t.Context()
	var records []journal.Record
	for i := range 50 {
		records = append(records, must(t, s, write(journal.Stream(fmt.Sprint("need/", i%5)), int64(i/5), "")))
	}
	for _, after := range []int64{-3, 0, 1, 48, 49, 50, 51, 1 << 60} {
		want := records[min(max(after, 0), 50):]
		for _, limit := range []int{1, 7, 50, 1 << 30} {
			got := ok[[]journal.Record](t, "read all")(s.ReadAll(ctx, after, limit))
			if n := min(limit, len(want)); len(got) != n || n > 0 && (got[0].Position != want[0].Position || got[n-1].Hash != want[n-1].Hash) {
				t.Fatalf("read all after %d, at most %d: %d records", after, limit, len(got))
			}
		}
	}
	for _, after := range []int64{-1, 0, 1, 9, 10, 11, 1 << 60} {
		got := ok[[]journal.Record](t, "read")(s.Read(ctx, "need/3", after))
		if want := int(10 - min(max(after, 0), 10)); len(got) != want {
			t.Fatalf("read after %d: %d records, want %d", after, len(got), want)
		}
		for i, r := range got {
			if r.Version != max(after, 0)+int64(i)+1 || r.Stream != "need/3" {
				t.Fatalf("read after %d: record %d is version %d of %s", after, i, r.Version, r.Stream)
			}
		}
	}
}

func testStreams(t *testing.T, open Open) {
	s, reopen := open(t)
	for _, n := range []journal.Stream{"need/b", "need/a", "need", "need0", "NEED/a", "agreement/x", "need/ä", "need/%", "nee"} {
		must(t, s, write(n, 0, ""))
	}
	must(t, s, withDue(write("need/a", 1, ""), noon))
	names := func(prefix string) (out []string) {
		for _, h := range ok[[]journal.Head](t, "streams")(s.Streams(t.Context(), prefix)) {
			out = append(out, string(h.Stream))
		}
		return out
	}
	for range 2 {
		same(t, "need/", names("need/"), []string{"need/%", "need/a", "need/b", "need/ä"})
		same(t, "need", names("need"), []string{"need", "need/%", "need/a", "need/b", "need/ä", "need0"})
		same(t, "need/%", names("need/%"), []string{"need/%"})
		same(t, "none", names("x"), []string(nil))
		same(t, "every", len(names("")), 9)
		same(t, "need/a", ok[[]journal.Head](t, "streams")(s.Streams(t.Context(), "need/a")), []journal.Head{{Stream: "need/a", Version: 2, Due: noon}})
		s = reopen()
	}
}

func testReopen(t *testing.T, open Open) {
	s, reopen := open(t)
	ctx := t.Context()
	for i := range 30 {
		w := write(journal.Stream(fmt.Sprint("need/", i%3)), int64(i/3), fmt.Sprint("k", i))
		must(t, s, withDue(w, noon.Add(time.Duration(i)*time.Hour)))
		if i%10 != 9 {
			continue
		}
		records := whole(t, s)
		due := ok[[]journal.Head](t, "due")(s.Due(ctx, calendar.Latest, 100))
		s = reopen()
		same(t, "records", whole(t, s), records)
		same(t, "due", ok[[]journal.Head](t, "due")(s.Due(ctx, calendar.Latest, 100)), due)
	}
}

// testLong is long enough for a store that keeps some of its state in memory to have moved it elsewhere in between.
func testLong(t *testing.T, open Open) {
	s, reopen := open(t)
	ctx := t.Context()
	const streams, each = 250, 8
	for v := range int64(each) {
		writeAll(t, s, streams, func(i int) journal.Write {
			name := journal.Stream(fmt.Sprintf("need/%03d", i))
			return withDue(write(name, v, fmt.Sprintf("%s at %d", name, v)), noon.Add(time.Duration(i*each+int(v))*time.Second))
		})
		switch v {
		case 2, 5:
			ok[[]journal.Head](t, "due")(s.Due(ctx, noon, 1))
		case 3, 6:
			s = reopen()
		}
	}
	records := whole(t, s)
	if len(records) != streams*each {
		t.Fatalf("%d records, want %d", len(records), streams*each)
	}
	for _, r := range records {
		_, err := s.Append(ctx, write(r.Stream, each, r.Key))
		same(t, "the record of the key", refused[*journal.Duplicate](t, err).Record, r)
	}
	due := ok[[]journal.Head](t, "due")(s.Due(ctx, calendar.Latest, streams+1))
	if len(due) != streams || due[0].Due != noon.Add((each-1)*time.Second) {
		t.Fatalf("%d streams are due, the first at %v", len(due), due[0].Due)
	}
}

func testClosed(t *testing.T, open Open) {
	s, reopen := open(t)
	ctx := t.Context()
	must(t, s, write("need/a", 0, "k"))
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
	}
	calls := map[string]func() error{
		"Append":  func() error { _, err := s.Append(ctx, write("need/a", 1, "")); return err },
		"Read":    func() error { _, err := s.Read(ctx, "need/a", 0); return err },
		"ReadAll": func() error { _, err := s.ReadAll(ctx, 0, 1); return err },
		"ByKey":   func() error { _, _, err := s.ByKey(ctx, "k"); return err },
		"Head":    func() error { _, err := s.Head(ctx, "need/a"); return err },
		"Streams": func() error { _, err := s.Streams(ctx, ""); return err },
		"Due":     func() error { _, err := s.Due(ctx, noon, 1); return err },
		"NextDue": func() error { _, _, err := s.NextDue(ctx); return err },
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, journal.ErrClosed) {
			t.Errorf("%s on a closed store: %v", name, err)
		}
	}
	if n := len(whole(t, reopen())); n != 1 {
		t.Fatalf("%d records, want 1", n)
	}
}

func testChain(t *testing.T, open Open) {
	s, reopen := open(t)
	var before journal.Hash
	for i := range 20 {
		r := must(t, s, write("need/a", int64(i), fmt.Sprint(i)))
		if want := journal.Link(before, journal.Leaf(journal.Encode(nil, &r))); r.Hash != want {
			t.Fatalf("record %d: hash %s, want %s", i, r.Hash, want)
		}
		before = r.Hash
		if i%6 == 5 {
			s = reopen()
		}
	}
	at := ok[journal.Checkpoint](t, "verify")(journal.Verify(t.Context(), s))
	same(t, "checkpoint", at, journal.Checkpoint{Position: 20, Hash: before})
}
