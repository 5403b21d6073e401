package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/journal"
	"firstlook/internal/postgres"
	"firstlook/internal/postgres/postgrestest"
	"firstlook/party"
	"firstlook/right"
)

// cluster is three servers on one database, and what clients know of them.
type cluster struct {
	t   *testing.T
	url string
	dir string
	l   load // makes needs and offers

	mu        sync.Mutex
	addresses []string // of the servers that clients try
	servers   []*exec.Cmd
	logs      []*bytes.Buffer
	acked     map[string]sent

	again atomic.Int64 // requests that were sent again
}

// command is a command line on the database; its URL is in the environment.
func (c *cluster) command(server int, args ...string) *exec.Cmd {
	cmd := exec.Command("firstlook", append(args, "--data", filepath.Join(c.dir, fmt.Sprint("server", server)))...)
	cmd.Env = append(os.Environ(), clockVariable+"="+c.l.now.String(), databaseVariable+"="+c.url)
	return cmd
}

func (c *cluster) must(args ...string) string {
	c.t.Helper()
	out, err := c.command(9, args...).CombinedOutput()
	if err != nil {
		c.t.Fatalf("firstlook %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// start starts a server and tells the clients where it is.
func (c *cluster) start(i int) {
	c.t.Helper()
	cmd := c.command(i, "serve", "--no-sign-in", "--listen", "127.0.0.1:0", "--json")
	log := &bytes.Buffer{}
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = cmd.Process.Kill() }) // it has ended, unless the test failed
	var where servingJSON
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(&where); err != nil {
		_ = cmd.Wait()
		c.t.Fatalf("the server does not say where it listens: %v\n%s", err, log.String())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.addresses[i], c.servers[i], c.logs[i] = where.Address, cmd, log
}

// stop ends a server as its supervisor does; it must end by itself, and well.
func (c *cluster) stop(i int) {
	c.t.Helper()
	if err := c.servers[i].Process.Signal(syscall.SIGTERM); err != nil {
		c.t.Fatal(err)
	}
	if err := c.servers[i].Wait(); err != nil {
		c.t.Errorf("server %d ended with %v\n%s", i, err, c.logs[i].String())
	}
}

// do sends a command until it is answered, to one server after the other: whoever refuses the connection or drops it is not there
// any more, and the key makes it safe to send again.
func (c *cluster) do(client *http.Client, random *rand.Rand, need capacity.NeedID, by party.ID, ask right.Ask, key string) error {
	body, err := json.Marshal(right.Command{By: by, Ask: ask})
	if err != nil {
		return err
	}
	var last error
	for until := time.Now().Add(time.Minute); time.Now().Before(until); {
		c.mu.Lock()
		address := c.addresses[random.IntN(len(c.addresses))]
		c.mu.Unlock()
		r, err := http.NewRequest("POST", address+"/v1/needs/"+string(need)+"/commands", bytes.NewReader(body))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", key)
		events, again, err := postOnce(client, r)
		if err == nil {
			c.mu.Lock()
			c.acked[key] = sent{need: need, key: key, events: events, command: right.Command{By: by}}
			c.mu.Unlock()
			return nil
		}
		if last = err; !again {
			return err
		}
		c.again.Add(1)
		time.Sleep(5 * time.Millisecond)
	}
	return fmt.Errorf("no answer within a minute: %w", last)
}

// postOnce sends one request; again says that another server may answer it.
func postOnce(client *http.Client, r *http.Request) (events json.RawMessage, again bool, err error) {
	resp, err := client.Do(r)
	if err != nil {
		return nil, true, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, true, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, resp.StatusCode == http.StatusServiceUnavailable, fmt.Errorf("%s: %s", resp.Status, data)
	}
	var answer struct{ Events json.RawMessage }
	return answer.Events, false, json.Unmarshal(data, &answer)
}

// Three replicas are stopped and started one after the other under load, twice, then one is killed. Clients that send a command again
// where a connection is refused or lost see no command fail; what was acknowledged is in the record, once.
func TestRollingRestart(t *testing.T) {
	server, err := postgrestest.Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	at, err := calendar.Parse("2026-03-02T12:00Z")
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{t: t, url: server.URL(), dir: t.TempDir(), l: load{now: at}, acked: map[string]sent{},
		addresses: make([]string, 3), servers: make([]*exec.Cmd, 3), logs: make([]*bytes.Buffer, 3)}
	c.must("agreement", "add", "../../examples/neutral.yaml")
	c.must("provider", "set", "../../examples/providers-neutral.yaml")
	for i := range c.servers {
		c.start(i)
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() { c.work(worker, rand.New(rand.NewPCG(seed, uint64(worker))), stop) })
	}
	for range 2 {
		for i := range c.servers {
			time.Sleep(100 * time.Millisecond)
			c.stop(i)
			c.start(i)
		}
	}
	if err := c.servers[1].Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.servers[1].Wait() // it was killed: its error says so
	c.start(1)
	time.Sleep(100 * time.Millisecond)
	close(stop)
	wg.Wait()
	for i := range c.servers {
		c.stop(i)
	}
	c.check()
}

// work submits needs and offers for them until it is told to stop.
func (c *cluster) work(worker int, random *rand.Rand, stop chan struct{}) {
	client := &http.Client{Timeout: 20 * time.Second}
	defer client.CloseIdleConnections()
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		default:
		}
		id := capacity.NeedID(fmt.Sprintf("n%d-%d", worker, n))
		o := c.l.offer(id)
		err := c.do(client, random, id, "acme-labs", right.Submit{Need: c.l.need(id)}, fmt.Sprint("submit-", id))
		if err == nil {
			err = c.do(client, random, id, "fabrikam", right.SubmitOffer{Offer: o}, fmt.Sprint("offer-", id))
		}
		if err != nil {
			c.t.Errorf("%s: %v", id, err)
			return
		}
	}
}

// check looks for every acknowledged command in the record.
func (c *cluster) check() {
	c.t.Helper()
	if out := c.must("replay"); !strings.Contains(out, "\nsound: ") {
		c.t.Errorf("the record does not replay:\n%s", out)
	}
	store, err := postgres.Open(context.Background(), c.url, postgres.Options{})
	if err != nil {
		c.t.Fatal(err)
	}
	defer store.Close()
	for key, s := range c.acked {
		r, ok, err := store.ByKey(context.Background(), key)
		if err != nil || !ok || r.Stream != journal.Stream("need/"+string(s.need)) {
			c.t.Errorf("%s was acknowledged; the record has %v %v %v", key, ok, r.Stream, err)
		}
	}
	heads, err := store.Streams(context.Background(), "need/")
	if err != nil {
		c.t.Fatal(err)
	}
	records := int64(0)
	for _, h := range heads {
		records += h.Version
	}
	c.t.Logf("%d commands acknowledged, %d requests sent again, %d records of %d needs", len(c.acked), c.again.Load(), records, len(heads))
	if records != int64(len(c.acked)) {
		c.t.Errorf("%d records for %d commands: something was done twice", records, len(c.acked))
	}
	if len(c.acked) < 50 || c.again.Load() == 0 {
		c.t.Error("the restarts did not meet the load")
	}
	var fault *journal.Fault
	if v, err := store.Log().View(); err != nil || errors.As(err, &fault) {
		c.t.Errorf("the log: %v", err)
	} else if f, err := v.Audit(context.Background()); f != nil || err != nil {
		c.t.Errorf("the log: %v %v", f, err)
	}
}

// A record moves from a folder to a database: the same records, the same root.
func TestFolderToDatabase(t *testing.T) {
	server, err := postgrestest.Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	dir := t.TempDir()
	url, data := "", "data" // the folder
	command := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("firstlook", append(args, "--data", filepath.Join(dir, data))...)
		cmd.Env = append(os.Environ(), clockVariable+"=2026-03-02T12:00Z", databaseVariable+"="+url)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("firstlook %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	command("agreement", "add", "../../examples/neutral.yaml")
	command("provider", "set", "../../examples/providers-neutral.yaml")
	command("need", "submit", "--buyer", "acme-labs", "--class", "training", "--purpose", "research", "--accelerators", "H100", "--quantity", "64",
		"--start", "2026-06-01", "--duration", "90 days", "--offers-window", "48 hours")
	file := filepath.Join(dir, "copy.backup")
	_, wrote, _ := strings.Cut(command("backup", file), ": ")
	replayed, listed, root := command("replay"), command("need", "list"), command("log", "checkpoint")
	url = server.URL()
	if _, restored, _ := strings.Cut(command("restore", file), ": "); restored != wrote || !strings.Contains(wrote, "with root ") {
		t.Errorf("restored %q, the backup was %q", restored, wrote)
	}
	for what, pair := range map[string][2]string{"replay": {replayed, command("replay")}, "needs": {listed, command("need", "list")}, "checkpoint": {root, command("log", "checkpoint")}} {
		if pair[0] != pair[1] {
			t.Errorf("%s of the folder:\n%s\nof the database:\n%s", what, pair[0], pair[1])
		}
	}
	command("need", "withdraw", "n1", "--reason", "no longer needed")
	// Whom one server knows, the next one knows, too.
	command("identity", "person", "add", "Pat Planner", "--party", "acme-labs", "--role", "planner")
	data = "another"
	command("need", "list") // which makes the folder
	if out := command("identity", "person", "list"); !strings.Contains(out, "Pat Planner") {
		t.Errorf("another server knows nobody:\n%s", out)
	}
	url, data = "", "data"
	if got := command("need", "list"); got != listed {
		t.Errorf("the folder changed: %s", got)
	}
}
