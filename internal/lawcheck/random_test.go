package lawcheck_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"firstlook/agreement"
	"firstlook/internal/lawcheck"
	"firstlook/right"
)

var (
	seed  = flag.Uint64("seed", 0, "seed of the damaged histories; 0 for another each time")
	count = flag.Int("damages", 1500, "number of damaged histories")
)

// laws are the agreements of the histories by file name.
func laws(t testing.TB) []*right.Law {
	t.Helper()
	files, err := filepath.Glob(folder + "/agreements/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var out []*right.Law
	for _, file := range files {
		if filepath.Base(file) == "providers.yaml" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		a, err := agreement.Parse(file, text)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, &right.Law{Book: agreement.Book{Agreements: []*agreement.Agreement{a}}, Throughput: env(t).Throughput})
	}
	return out
}

// bodies are the histories of all folders.
func bodies(t testing.TB) [][]byte {
	t.Helper()
	files, err := filepath.Glob(folder + "/I*/*.json")
	if err != nil || len(files) < 80 {
		t.Fatalf("%d histories, %v", len(files), err)
	}
	var out [][]byte
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, body)
	}
	return out
}

// Whatever a record holds, reading it comes to an end without a panic, twice to the same findings, and changes nothing in
// what it read.
func TestDamagedHistories(t *testing.T) {
	first := *seed
	if first == 0 {
		first = uint64(time.Now().UnixNano())
	}
	all, texts := bodies(t), laws(t)
	read := 0
	for i := range uint64(*count) {
		r := rand.New(rand.NewPCG(first+i, 7))
		events, err := right.Decode(damaged(t, r, all[r.IntN(len(all))]))
		if err != nil {
			continue // it does not read: the codec says so
		}
		read++
		if why := unsteady(texts[r.IntN(len(texts))], events); why != "" {
			t.Fatalf("%s\nreproduce with: go test ./internal/lawcheck -run TestDamagedHistories -damages 1 -seed %d", why, first+i)
		}
	}
	t.Logf("%d damaged histories, %d of which read, from seed %d", *count, read, first)
	if *count > 100 && read < *count/4 {
		t.Errorf("only %d of %d damaged histories read", read, *count)
	}
}

func unsteady(law *right.Law, events []right.Event) (why string) {
	defer func() {
		if r := recover(); r != nil {
			why = "reading panics: " + toText(r)
		}
	}()
	before, err := right.Encode(events)
	if err != nil {
		return ""
	}
	one, other := lawcheck.Check(law, events), lawcheck.Check(law, events)
	after, err := right.Encode(events)
	switch {
	case err != nil || !bytes.Equal(before, after):
		return "reading changes what it reads"
	case len(one) != len(other):
		return "read twice, a history has other violations"
	}
	for i := range one {
		if one[i] != other[i] {
			return "read twice, a history has other violations: " + one[i].String() + " / " + other[i].String()
		}
		if one[i].Event < 1 || one[i].Event > len(events) {
			return "a violation is at no event: " + one[i].String()
		}
	}
	return ""
}

func toText(r any) string {
	if err, ok := r.(error); ok {
		return err.Error()
	}
	s, _ := r.(string)
	return s
}

// damaged changes a few places of a history: events go, come twice or change places, and values become others.
func damaged(t *testing.T, r *rand.Rand, body []byte) []byte {
	t.Helper()
	var events []any
	if err := json.Unmarshal(body, &events); err != nil {
		t.Fatal(err)
	}
	for range 1 + r.IntN(4) {
		i, j := r.IntN(len(events)), r.IntN(len(events))
		switch r.IntN(5) {
		case 0:
			if len(events) > 1 {
				events = append(events[:i:i], events[i+1:]...)
			}
		case 1:
			events = append(events[:i:i], append([]any{events[j]}, events[i:]...)...)
		case 2:
			events[i], events[j] = events[j], events[i]
		default:
			events[i] = spoil(r, events[i])
		}
	}
	out, err := json.Marshal(events)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var odd = []any{0, 1, 2, 7, -1, "", "acme", "northwind", "l1", nil, "exercised", "named", "noticed", "open", "waived", "2026-03-06T12:00Z", "2190-01-01T00:00Z", true, []any{}}

// spoil puts something else in one place of a value.
func spoil(r *rand.Rand, v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		keys := make([]string, 0, len(v))
		for k, child := range v {
			out[k] = child
			keys = append(keys, k)
		}
		if len(keys) == 0 {
			return out
		}
		// the order of a map is another each time: the seed must choose the same key again
		slices.Sort(keys)
		k := keys[r.IntN(len(keys))]
		if r.IntN(8) == 0 {
			delete(out, k)
			return out
		}
		out[k] = spoil(r, v[k])
		return out
	case []any:
		if len(v) == 0 {
			return v
		}
		out := append([]any(nil), v...)
		i := r.IntN(len(out))
		out[i] = spoil(r, out[i])
		return out
	}
	return odd[r.IntN(len(odd))]
}

// A history from anywhere is read to its end.
func FuzzCheck(f *testing.F) {
	for i, body := range bodies(f) {
		f.Add(body, uint8(i))
	}
	texts := laws(f)
	f.Fuzz(func(t *testing.T, body []byte, law uint8) {
		events, err := right.Decode(body)
		if err != nil {
			return
		}
		if why := unsteady(texts[int(law)%len(texts)], events); why != "" {
			t.Error(why)
		}
	})
}
