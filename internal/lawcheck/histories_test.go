package lawcheck_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"firstlook/agreement"
	"firstlook/capacity"
	"firstlook/internal/lawcheck"
	"firstlook/internal/pricebook"
	"firstlook/internal/scenario"
	"firstlook/right"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata/histories and the table of commands anew")

const folder = "../../testdata/histories"

// invariants are the folders of histories: each has at least three that are accepted and three that are not.
var invariants = []string{lawcheck.I1, lawcheck.I2, lawcheck.I3, lawcheck.I4, lawcheck.I5, lawcheck.I6, lawcheck.I7, lawcheck.I8, lawcheck.I9, lawcheck.I10,
	lawcheck.I11, lawcheck.I12, lawcheck.I13, lawcheck.I14, lawcheck.I16}

func env(t testing.TB) scenario.Env {
	t.Helper()
	throughput, ok := pricebook.EmbeddedThroughput("bf16-dense-datasheet")
	if !ok {
		t.Fatal("no embedded table bf16-dense-datasheet")
	}
	return scenario.Env{Read: os.ReadFile, Throughput: throughput, Egress: *pricebook.EmbeddedEgress()}
}

// told is a story that the engine played: the record of one need, and the law at its end.
type told struct {
	law       *right.Law
	events    []right.Event
	agreement string // file
}

// tell plays a story, named FILE or FILE/NEED.
func tell(t testing.TB, name string) told {
	t.Helper()
	name, need, _ := strings.Cut(name, "/")
	path := filepath.Join(folder, "stories", name+".scenario")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := scenario.Parse(path, data)
	if err != nil {
		t.Fatal(err)
	}
	records, err := scenario.Records(f, env(t))
	if err != nil {
		t.Fatal(err)
	}
	i := len(records) - 1
	if need != "" {
		i = slices.IndexFunc(records, func(r scenario.Record) bool { return r.Need == capacity.NeedID(need) })
	}
	var out told
	for _, turn := range records[i].Turns {
		out.law = turn.Law
		out.events = append(out.events, turn.Events...)
	}
	for line := range strings.Lines(string(data)) {
		if file, ok := strings.CutPrefix(strings.TrimSpace(line), "agreement ../"); ok {
			out.agreement = file
		}
	}
	return out
}

// copyOf reads a history from its bytes, so that an edit touches nothing else.
func copyOf(t testing.TB, events []right.Event) []right.Event {
	t.Helper()
	body, err := right.Encode(events)
	if err != nil {
		t.Fatal(err)
	}
	out, err := right.Decode(body)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Each history stands in testdata/histories with the violations that are found in it. With -update they are made anew: what
// is good from the stories, what is bad from a good one by its edit.
func TestHistories(t *testing.T) {
	for _, invariant := range invariants {
		t.Run(invariant, func(t *testing.T) {
			good, bad := 0, 0
			for _, story := range stories[invariant] {
				good++
				h := tell(t, story)
				if found := compare(t, invariant, "good-"+strings.ReplaceAll(story, "/", "-"), "as it was played", h); len(found) > 0 {
					t.Errorf("%s: a good history is rejected: %s", story, found[0])
				}
			}
			for _, c := range counterexamples {
				if c.breaks != invariant {
					continue
				}
				bad++
				h := tell(t, c.story)
				h.events = copyOf(t, h.events)
				edited := &history{t, h.events}
				c.edit(edited)
				h.events = edited.events
				found := compare(t, invariant, "bad-"+c.name, "edited: "+c.how, h)
				if len(found) == 0 || found[0].Invariant != invariant {
					t.Errorf("%s: found %v, want a violation of %s first", c.name, found, invariant)
				}
			}
			if good < 3 || bad < 3 {
				t.Errorf("%d good and %d bad histories, want 3 of each", good, bad)
			}
			if files, _ := filepath.Glob(filepath.Join(folder, invariant, "*")); len(files) != 2*(good+bad) {
				t.Errorf("%d files in %s, want %d: remove what no test makes", len(files), invariant, 2*(good+bad))
			}
		})
	}
}

// compare holds a history and what is found in it against the files, or writes them.
func compare(t *testing.T, invariant, name, how string, h told) []lawcheck.Violation {
	t.Helper()
	path := filepath.Join(folder, invariant, name)
	found := lawcheck.Check(h.law, h.events)
	body, text := lines(t, h.events), report(how, h, found)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		for ending, data := range map[string][]byte{".json": body, ".txt": []byte(text)} {
			if err := os.WriteFile(path+ending, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return found
	}
	for ending, data := range map[string][]byte{".json": body, ".txt": []byte(text)} {
		want, err := os.ReadFile(path + ending)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(data)); diff != "" {
			t.Errorf("%s%s is made otherwise now (-file +made); read the difference, then go test ./internal/lawcheck -update:\n%s", name, ending, diff)
		}
	}
	read(t, path+".json", h, found)
	return found
}

// read checks that the file alone, under the agreement file alone, gives the same violations: what the command reads.
func read(t *testing.T, path string, h told, want []lawcheck.Violation) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	events, err := right.Decode(data)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	text, err := os.ReadFile(filepath.Join(folder, h.agreement))
	if err != nil {
		t.Fatal(err)
	}
	a, err := agreement.Parse(h.agreement, text)
	if err != nil {
		t.Fatal(err)
	}
	law := &right.Law{Book: agreement.Book{Agreements: []*agreement.Agreement{a}, Facts: h.law.Book.Facts}, Throughput: env(t).Throughput}
	if diff := cmp.Diff(want, lawcheck.Check(law, events)); diff != "" {
		t.Errorf("%s: read from its file the history has other violations:\n%s", path, diff)
	}
}

// lines is the canonical encoding with a line for each event, so that two histories can be compared by eye.
func lines(t *testing.T, events []right.Event) []byte {
	t.Helper()
	var out bytes.Buffer
	out.WriteString("[\n")
	for i := range events {
		one, err := right.Encode(events[i : i+1])
		if err != nil {
			t.Fatal(err)
		}
		out.Write(one[1 : len(one)-1])
		if i+1 < len(events) {
			out.WriteByte(',')
		}
		out.WriteByte('\n')
	}
	out.WriteString("]\n")
	return out.Bytes()
}

// report is the text beside a history.
func report(how string, h told, found []lawcheck.Violation) string {
	out := fmt.Sprintf("%s\nunder %s\n", how, h.agreement)
	for _, f := range h.law.Book.Facts {
		what := "certified"
		if f.Challenge {
			what = "challenged"
		}
		out += fmt.Sprintf("%s %s at %s by %s\n", what, f.Trigger, f.At, f.By)
	}
	out += "\n"
	for _, v := range found {
		out += v.String() + "\n"
	}
	if len(found) == 0 {
		out += "no violation\n"
	}
	return out
}
