package notify_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"firstlook/calendar"
	"firstlook/internal/desk"
	"firstlook/internal/journal"
	"firstlook/internal/journal/memory"
	"firstlook/internal/notify"
	"firstlook/internal/outbox"
	"firstlook/internal/pricebook"
	"firstlook/internal/scenario"
	"firstlook/party"
	"firstlook/right"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const scenarios = "../../scenarios"

// zones gives the parties of the scenarios clocks that differ; their windows count hours.
var zones = strings.NewReplacer("name: Acme Labs, zone: UTC", "name: Acme Labs, zone: Europe/Berlin", "name: Northwind Compute, zone: UTC", "name: Northwind Compute, zone: America/New_York")

// handClock stands still until somebody moves it.
type handClock struct {
	mu  sync.Mutex
	now calendar.Instant
}

func (c *handClock) Now() calendar.Instant {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *handClock) set(i calendar.Instant) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = i
}

func (c *handClock) add(d time.Duration) { c.set(c.Now().Add(d)) }

func (c *handClock) After(calendar.Instant) <-chan time.Time { return time.After(time.Millisecond) }

func at(t *testing.T, s string) calendar.Instant {
	t.Helper()
	i, err := calendar.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// world is a desk on a journal in memory, with the acts that it has sent.
type world struct {
	t        *testing.T
	store    *memory.Store
	desk     *desk.Desk
	clock    *handClock
	source   notify.Source
	acts     []outbox.Act
	commands []scenario.Turn
	need     scenario.Record
	done     int
}

// Deliver keeps the acts; it is the courier of the desk.
func (w *world) Deliver(_ context.Context, a outbox.Act) error {
	w.acts = append(w.acts, a)
	return nil
}

const origin = "https://firstlook.example"

// enter reads a scenario of one need and one agreement and opens a desk for it; nothing is played yet.
func enter(t *testing.T, name string, edit func(string) string) *world {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(scenarios, name+".scenario"))
	if err != nil {
		t.Fatal(err)
	}
	text := zones.Replace(string(data))
	if edit != nil {
		text = edit(text)
	}
	f, err := scenario.Parse("scenarios/"+name+".scenario", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	root := os.DirFS(scenarios + "/..")
	read := func(path string) ([]byte, error) {
		b, err := fs.ReadFile(root, path)
		return []byte(zones.Replace(string(b))), err
	}
	records, err := scenario.Records(f, scenario.Env{Read: read, Throughput: pricebook.EmbeddedThroughputs()[0], Egress: *pricebook.EmbeddedEgress()})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	w := &world{t: t, store: memory.New(), clock: &handClock{now: records[0].Turns[0].At}, need: records[0], commands: records[0].Turns}
	if w.desk, err = desk.Open(ctx, w.store, w.clock, desk.Tables{Throughput: pricebook.EmbeddedThroughputs()[0], Egress: *pricebook.EmbeddedEgress()}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.desk.AddAgreement(ctx, name+".yaml", binding(t, text, read)); err != nil {
		t.Fatal(err)
	}
	providers, err := read("scenarios/agreements/providers.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.desk.SetProviders(ctx, "providers.yaml", providers); err != nil {
		t.Fatal(err)
	}
	w.source = notify.FromDesk(w.desk, w.store, notify.Door{Origin: origin})
	return w
}

// binding is the agreement of a scenario: the file that it names, or what it writes out.
func binding(t *testing.T, text string, read func(string) ([]byte, error)) []byte {
	t.Helper()
	if m := regexp.MustCompile(`(?m)^agreement (\S+)$`).FindStringSubmatch(text); m != nil {
		b, err := read("scenarios/" + m[1])
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	_, body, _ := strings.Cut(text, "\nagreement\n")
	body, _, _ = strings.Cut(body, "\nproviders")
	return []byte(strings.ReplaceAll("\n"+body, "\n  ", "\n") + "\n")
}

// play puts the next commands of the scenario to the desk, all of them where n is 0.
func (w *world) play(n int) {
	w.t.Helper()
	end := w.done + n
	if n == 0 {
		end = len(w.commands)
	}
	ctx := context.Background()
	for ; w.done < end; w.done++ {
		turn := w.commands[w.done]
		w.clock.set(turn.At)
		if _, err := w.desk.Do(ctx, w.need.Need, turn.Command, ""); (err == nil) != (turn.Refusal == nil) {
			w.t.Fatalf("at %s: %v, in the scenario %v", turn.At, err, turn.Refusal)
		}
		if err := w.desk.Deliver(ctx, w); err != nil {
			w.t.Fatal(err)
		}
	}
}

// document is that of the last act of a kind for a party.
func (w *world) document(kind string, to party.ID) (outbox.Act, notify.Document) {
	w.t.Helper()
	for _, a := range slices.Backward(w.acts) {
		if a.Kind == kind && a.Recipient == to {
			d, err := w.source.Document(context.Background(), a)
			if err != nil {
				w.t.Fatal(err)
			}
			return a, d
		}
	}
	w.t.Fatalf("no act %s for %s", kind, to)
	return outbox.Act{}, notify.Document{}
}

func (w *world) state() right.State {
	w.t.Helper()
	s, err := w.desk.State(context.Background(), w.need.Need)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// golden compares with a file of testdata, or rewrites it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("%s (-want +got):\n%s", path, cmp.Diff(string(want), string(got)))
	}
}

// heard is a listener that keeps what it is told.
type heard struct {
	mu       sync.Mutex
	outcomes []notify.Outcome
	troubles []notify.Trouble
	refuse   int // how often it takes nothing
}

func (h *heard) Outcome(_ context.Context, o notify.Outcome) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refuse > 0 {
		h.refuse--
		return fmt.Errorf("not now")
	}
	h.outcomes = append(h.outcomes, o)
	return nil
}

func (h *heard) Trouble(_ context.Context, t notify.Trouble) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.troubles = append(h.troubles, t)
	return nil
}

// results are what was heard, a word each.
func (h *heard) results() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []string
	for _, o := range h.outcomes {
		out = append(out, fmt.Sprintf("%s %s %s", o.Kind, o.Result, o.By))
	}
	for _, t := range h.troubles {
		out = append(out, "trouble "+string(t.Kind))
	}
	return out
}

func (h *heard) expect(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, h.results()); diff != "" {
		t.Errorf("what was told (-want +got):\n%s", diff)
	}
}

// book is a directory.
type book struct {
	mu     sync.Mutex
	routes map[party.ID][]notify.Route
}

func (b *book) Routes(_ context.Context, who party.ID) ([]notify.Route, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.routes[who]), nil
}

// half is a jitter without chance: the middle.
func half(n int64) int64 { return n / 2 }

// notifier is one over the world's desk.
func (w *world) notifier(store journal.Store, h *heard, b *book, set func(*notify.Options)) *notify.Notifier {
	w.t.Helper()
	o := notify.Options{Source: w.source, Directory: b, Record: notify.OnJournal(store), Listener: h, Clock: w.clock, Jitter: half,
		Report: func(err error) { w.t.Logf("reported: %v", err) }}
	set(&o)
	n, err := notify.New(o)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// give hands the acts so far of one kind to a notifier, as the outbox does; all kinds where it is empty.
func (w *world) give(n *notify.Notifier, kind string, to party.ID) {
	w.t.Helper()
	for _, a := range w.acts {
		if a.Recipient == to && (kind == "" || a.Kind == kind) {
			if err := n.Deliver(context.Background(), a); err != nil {
				w.t.Fatal(err)
			}
		}
	}
}

func (w *world) pass(n *notify.Notifier) {
	w.t.Helper()
	if err := n.Pass(context.Background()); err != nil {
		w.t.Fatal(err)
	}
}
