package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/journal"
	"firstlook/internal/sqlite"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

var (
	killRounds = flag.Int("kill-rounds", 24, "how often the server is killed")
	killSeed   = flag.Uint64("kill-seed", 0, "seed of the kill test; 0 takes one from the clock")
)

// step is the time between two lives of the server: rounds for offers close and windows end while nothing runs.
const step = calendar.Instant(25 * calendar.Hour)

// sent is a command that was sent, and the answer to it if one came.
type sent struct {
	need    capacity.NeedID
	key     string
	command right.Command
	refused bool
	acked   bool
	events  json.RawMessage // of the answer
}

// load is a stream of commands of the main job, over many rounds of the server's life.
type load struct {
	t      *testing.T
	dir    string
	rng    *rand.Rand
	now    calendar.Instant
	needs  map[capacity.NeedID]calendar.Instant // when each was submitted
	acked  []*sent
	open   []*sent // no answer came: it is recorded or not
	count  int
	resent int // commands that a killed server did not answer
	outbox map[string][]byte
}

// The server is killed at random instants under load, again and again. No acknowledged command is lost, a command that got no
// answer can be sent again with its key, no act is done twice with another text, and the record replays.
func TestKill(t *testing.T) {
	seed := *killSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("go test ./internal/cli -run TestKill -kill-seed %d -kill-rounds %d", seed, *killRounds)
	at, err := calendar.Parse("2026-03-02T12:00Z")
	if err != nil {
		t.Fatal(err)
	}
	l := &load{t: t, dir: t.TempDir(), rng: rand.New(rand.NewPCG(seed, 1)), now: at, needs: map[capacity.NeedID]calendar.Instant{}, outbox: map[string][]byte{}}
	l.command("agreement", "add", "../../examples/neutral.yaml")
	l.command("provider", "set", "../../examples/providers-neutral.yaml")
	for range *killRounds {
		l.round()
		l.checkOutbox()
		l.now += step
	}
	l.command("need", "list") // any command that looks finds the record whole
	l.finish()
	kinds := map[string]int{}
	for _, s := range l.acked {
		kinds[fmt.Sprintf("%T", s.command.Ask)]++
	}
	t.Logf("%d commands acknowledged %v, %d sent again for want of an answer, %d acts", len(l.acked), kinds, l.resent, len(l.outbox))
	if len(l.acked) < *killRounds || l.resent == 0 {
		t.Errorf("%d commands acknowledged and %d without an answer in %d rounds: the kills did not meet the load", len(l.acked), l.resent, *killRounds)
	}
}

func (l *load) exec(args ...string) *exec.Cmd {
	c := exec.Command("firstlook", append(args, "--data", l.dir)...)
	c.Env = append(os.Environ(), clockVariable+"="+l.now.String())
	return c
}

// command runs one command to its end and returns what it printed.
func (l *load) command(args ...string) string {
	l.t.Helper()
	out, err := l.exec(args...).CombinedOutput()
	if err != nil {
		l.t.Fatalf("firstlook %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// round starts the server, sends commands from several clients, and kills it.
func (l *load) round() {
	server := l.exec("serve", "--no-sign-in", "--listen", "127.0.0.1:0", "--json")
	var log bytes.Buffer
	server.Stderr = &log
	out, err := server.StdoutPipe()
	if err != nil {
		l.t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		l.t.Fatal(err)
	}
	var where servingJSON
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(&where); err != nil {
		server.Wait()
		l.t.Fatalf("the server does not say where it listens: %v\n%s", err, log.String())
	}
	work := l.work()
	life := time.Duration(l.rng.IntN(120)+1) * time.Millisecond
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.send(where.Address, work)
	}()
	time.Sleep(life)
	if err := server.Process.Kill(); err != nil {
		l.t.Fatal(err)
	}
	server.Wait() // it was killed: its error says so
	<-done
	for _, s := range work {
		if s.acked {
			l.acked = append(l.acked, s)
			if sub, ok := s.command.Ask.(right.Submit); ok {
				l.needs[sub.Need.ID] = l.now
			}
		} else if !s.refused {
			l.open = append(l.open, s)
		}
	}
}

// work is what clients send in a round: what got no answer before, new needs, and the next step of old ones.
func (l *load) work() []*sent {
	var out []*sent
	for _, s := range l.open {
		again := *s
		out = append(out, &again)
		l.resent++
	}
	l.open = nil
	add := func(need capacity.NeedID, by party.ID, ask right.Ask) {
		l.count++
		out = append(out, &sent{need: need, key: fmt.Sprintf("key-%d", l.count), command: right.Command{By: by, Ask: ask}})
	}
	for range 8 {
		id := capacity.NeedID(fmt.Sprintf("n%d", l.count+1))
		add(id, "acme-labs", right.Submit{Need: l.need(id)})
	}
	for _, id := range slices.Sorted(maps.Keys(l.needs)) { // in an order that the seed alone decides
		switch int64(l.now-l.needs[id]) / int64(step) {
		case 1:
			add(id, "fabrikam", right.SubmitOffer{Offer: l.offer(id)})
		case 2:
			add(id, "acme-labs", right.Choose{Lot: 1})
		case 3:
			kind := []right.AnswerKind{right.Exercise, right.Decline, right.Waive}[l.rng.IntN(3)]
			add(id, "northwind", right.Answer{Matter: 1, Kind: kind})
		}
	}
	l.rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func (l *load) period() calendar.Span {
	at, _ := calendar.Parse("2026-09-01") // later than every round
	return calendar.Span{From: at, Until: at + calendar.Instant(240*calendar.Hour)}
}

func (l *load) need(id capacity.NeedID) capacity.Need {
	return capacity.Need{ID: id, Buyer: "acme-labs", Class: capacity.Inference, Purpose: capacity.Internal, Sourcing: capacity.Market, Tenure: capacity.New,
		OffersWindow: calendar.Length{N: 48, Unit: calendar.Hours},
		Lines:        []capacity.Line{{Accelerators: []capacity.Accelerator{"H100"}, Quantity: 16, Least: 16, Period: l.period()}}}
}

func (l *load) offer(id capacity.NeedID) offer.Offer {
	period := l.period()
	return offer.Offer{ID: offer.ID(fmt.Sprintf("o%d", l.count+1)), Provider: "fabrikam", Need: id, ValidUntil: l.now + calendar.Instant(4800*calendar.Hour), Salt: salt(),
		Terms: offer.Terms{Price: []offer.Step{{From: period.From, Rate: money.Nanos(2_400_000_000, money.USD)}}, Accelerator: "H100", Quantity: 16,
			Cloud: "fabrikam", Region: "eu-central", Country: "DE", Period: period}}
}

// send sends the work from several clients until it is done or the server is gone.
func (l *load) send(address string, work []*sent) {
	queue := make(chan *sent, len(work))
	for _, s := range work {
		queue <- s
	}
	close(queue)
	client := &http.Client{Timeout: 5 * time.Second}
	defer client.CloseIdleConnections()
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for s := range queue {
				l.post(client, address, s)
			}
		})
	}
	wait.Wait()
}

// post sends one command. A refusal is an answer like another, but nothing that must be found later.
func (l *load) post(client *http.Client, address string, s *sent) {
	body, err := json.Marshal(s.command)
	if err != nil {
		l.t.Error(err)
		return
	}
	r, err := http.NewRequest("POST", address+"/v1/needs/"+string(s.need)+"/commands", bytes.NewReader(body))
	if err != nil {
		l.t.Error(err)
		return
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", s.key)
	resp, err := client.Do(r)
	if err != nil {
		return // killed: no answer
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return // killed in the middle of the answer
	}
	var answer struct{ Events json.RawMessage }
	switch resp.StatusCode {
	case http.StatusOK:
		if err := json.Unmarshal(data, &answer); err != nil {
			l.t.Errorf("%s: %v", data, err)
		}
		s.acked, s.events = true, answer.Events
	case http.StatusConflict, http.StatusNotFound:
		s.refused = true
	case http.StatusServiceUnavailable:
	default:
		l.t.Errorf("%s %s: %s: %s", s.need, s.key, resp.Status, data)
	}
}

// checkOutbox checks that no act changed since the last look: files appear whole and stay as they are.
func (l *load) checkOutbox() {
	l.t.Helper()
	seen := map[string]bool{}
	err := filepath.WalkDir(filepath.Join(l.dir, "outbox"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		data, err := os.ReadFile(path)
		if before, ok := l.outbox[path]; ok && !bytes.Equal(before, data) {
			l.t.Errorf("act %s was done again with another text", d.Name())
		}
		if len(data) == 0 || data[len(data)-1] != '\n' {
			l.t.Errorf("act %s is not whole: %q", d.Name(), data)
		}
		l.outbox[path], seen[path] = data, true
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		l.t.Error(err)
	}
	for path := range l.outbox {
		if !seen[path] {
			l.t.Errorf("act %s is gone", filepath.Base(path))
		}
	}
}

// finish lets everything come to its end, then looks for what was acknowledged in the record itself.
func (l *load) finish() {
	if out := l.command("replay"); !strings.Contains(out, "\nsound: ") {
		l.t.Errorf("the record does not replay:\n%s", out)
	}
	l.command("prices", "import", "testdata/prices.csv") // any command that writes does what is still to be done
	l.checkOutbox()
	store, err := sqlite.Open(l.dir, sqlite.Options{})
	if err != nil {
		l.t.Fatal(err)
	}
	defer store.Close()
	for _, s := range l.acked {
		l.found(store, s)
	}
	// Each acknowledged need asked fabrikam for offers: that letter is there.
	for id := range l.needs {
		letters, err := filepath.Glob(filepath.Join(l.dir, "outbox", "fabrikam", string(id)+".1.*.txt"))
		if err != nil || len(letters) != 1 {
			l.t.Errorf("need %s was acknowledged; letters to fabrikam: %v %v", id, letters, err)
		}
	}
}

// found checks that an acknowledged command is in the record, as its sender was told.
func (l *load) found(store *sqlite.Store, s *sent) {
	r, ok, err := store.ByKey(context.Background(), s.key)
	switch {
	case err != nil:
		l.t.Fatal(err)
	case !ok:
		l.t.Errorf("command %s on %s was acknowledged and is lost", s.key, s.need)
	case r.Stream != journal.Stream("need/"+string(s.need)):
		l.t.Errorf("command %s on %s is recorded for %s", s.key, s.need, r.Stream)
	case s.command.By == "acme-labs" && !bytes.Equal(r.Body, s.events):
		l.t.Errorf("command %s on %s was answered with %s, recorded is %s", s.key, s.need, s.events, r.Body)
	}
}
