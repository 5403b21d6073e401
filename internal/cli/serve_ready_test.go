package cli

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
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
)

// served is a server of the real program.
type served struct {
	t       *testing.T
	cmd     *exec.Cmd
	address string
	meter   string // address of its metrics; empty where there are none
	log     *lines
	client  *http.Client
}

// withdraws is a command on a need that is not there.
const withdraws = `{"by":"acme-labs","type":"withdraw","ask":{"reason":"none"}}`

// lines is what a program writes, read while it does.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// startServer starts a server on a folder. A metrics address with port 0 gets a free port.
func startServer(t *testing.T, dir string, args ...string) *served {
	t.Helper()
	s := &served{t: t, log: &lines{}, client: &http.Client{Timeout: 10 * time.Second}}
	for i := range args {
		if args[i] == "127.0.0.1:0" {
			l, err := net.Listen("tcp", args[i])
			if err != nil {
				t.Fatal(err)
			}
			args[i], s.meter = l.Addr().String(), "http://"+l.Addr().String()+"/metrics"
			l.Close()
		}
	}
	s.cmd = exec.Command("firstlook", append([]string{"serve", "--listen", "127.0.0.1:0", "--json", "--data", dir}, args...)...)
	s.cmd.Env = append(os.Environ(), databaseVariable+"=")
	s.cmd.Stderr = s.log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill() // it has ended, unless the test failed or left it running
		_ = s.cmd.Wait()
		s.client.CloseIdleConnections()
	})
	var where servingJSON
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(&where); err != nil {
		t.Fatalf("the server does not say where it listens: %v\n%s", err, s.log)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }() // it says little more, and ends with the process
	s.address = where.Address
	return s
}

// must sends a request and wants a status.
func (s *served) must(method, path, body string, status int) string {
	s.t.Helper()
	r, err := http.NewRequest(method, s.address+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status {
		s.t.Fatalf("%s %s: %s %s %v", method, path, resp.Status, text, err)
	}
	return string(text)
}

// metrics reads the metrics, once the loop has begun.
func (s *served) metrics() string {
	s.t.Helper()
	status, text := get(s.t, s.meter)
	if status != http.StatusOK {
		s.t.Fatalf("%d %s", status, text)
	}
	return text
}

// readyAnswer reads /readyz until it says what is wanted.
func (s *served) readyAnswer(want bool) map[string]string {
	s.t.Helper()
	for range 3000 {
		status, text := get(s.t, s.address+"/readyz")
		var said struct {
			Ready  bool
			Checks []struct {
				Name   string
				OK     bool
				Reason string
			}
		}
		if err := json.Unmarshal([]byte(text), &said); err != nil {
			s.t.Fatalf("%s: %v", text, err)
		}
		if said.Ready != (status == http.StatusOK) {
			s.t.Fatalf("%d %s", status, text)
		}
		if said.Ready == want {
			out := map[string]string{}
			for _, c := range said.Checks {
				out[c.Name] = c.Reason
			}
			return out
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.t.Fatalf("the server is not ready=%v\n%s", want, s.log)
	return nil
}

// A server that is ready says why, to whoever asks and without a word of anybody.
func TestReady(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("firstlook", "agreement", "add", "../../examples/neutral.yaml", "--data", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s := startServer(t, dir)
	want := map[string]string{"drain": "not draining", "store": "it answers", "law": "read", "deadlines": "the loop beats", "lease": "one process, which needs none", "lists": "answered from memory"}
	said := s.readyAnswer(true)
	for tries := 0; said["lists"] != want["lists"] && tries < 3000; tries++ { // a server is ready while it makes them
		time.Sleep(20 * time.Millisecond)
		said = s.readyAnswer(true)
	}
	for name, reason := range said {
		if want[name] != reason {
			t.Errorf("%s: %s, want %s", name, reason, want[name])
		}
		delete(want, name)
	}
	if len(want) > 0 {
		t.Errorf("nothing is said of %v", want)
	}
}

// A server that is told to end says so first and goes on; whoever then sends requests elsewhere sees none fail. Its diagnostics name
// each request and hold no secret.
func TestDrainUnderLoad(t *testing.T) {
	dir := t.TempDir()
	s := startServer(t, dir, "--no-sign-in", "--drain-wait", "4s", "--log", "json")
	s.readyAnswer(true)
	var away atomic.Bool // the balancer has seen that the server is not ready
	var sent, failed atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for !away.Load() {
				resp, err := client.Post(s.address+"/v1/needs/n1/commands", "application/json", strings.NewReader(withdraws))
				sent.Add(1)
				if err != nil {
					failed.Add(1)
					t.Error(err)
					continue
				}
				_, err = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				if err != nil || resp.StatusCode != http.StatusNotFound { // there is no such need: that is an answer
					failed.Add(1)
					t.Error(resp.Status, err)
				}
			}
		})
	}
	for sent.Load() < 50 {
		time.Sleep(time.Millisecond)
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	said := s.readyAnswer(false)
	if !strings.HasPrefix(said["drain"], "draining") {
		t.Errorf("not ready because %v", said)
	}
	told := time.Now()
	for n := sent.Load(); sent.Load() < n+50; time.Sleep(time.Millisecond) { // it goes on as before
		if time.Since(told) > time.Minute {
			t.Fatal("nothing is answered any more")
		}
	}
	away.Store(true)
	wg.Wait()
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("it ended with %v\n%s", err, s.log)
	}
	if failed.Load() > 0 {
		t.Errorf("%d requests, %d failed", sent.Load(), failed.Load())
	}
	checkDiagnostics(t, s.log.String())
}

// checkDiagnostics reads the lines as JSON: each request has the same fields, and the last lines tell of the end.
func checkDiagnostics(t *testing.T, text string) {
	t.Helper()
	var requests int
	var last string
	for _, l := range strings.Split(strings.TrimSpace(text), "\n") {
		var said map[string]any
		if err := json.Unmarshal([]byte(l), &said); err != nil {
			t.Fatalf("%q is no JSON: %v", l, err)
		}
		last, _ = said["msg"].(string)
		if last != "request" {
			continue
		}
		requests++
		for _, field := range []string{"time", "level", "method", "path", "status", "ms", "request", "need"} {
			if said[field] == nil {
				t.Fatalf("the line of a request has no %s: %s", field, l)
			}
		}
	}
	if requests < 50 || last != "stopped" {
		t.Errorf("%d lines of requests, the last line is %q", requests, last)
	}
}

// Nobody's secret is in what a server writes: not the link that it prints, not a token that is sent, right or wrong.
func TestDiagnosticsHoldNoSecret(t *testing.T) {
	dir := t.TempDir()
	run := func(args ...string) string {
		t.Helper()
		out, err := exec.Command("firstlook", append(args, "--data", dir)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return string(out)
	}
	id, _, _ := strings.Cut(run("identity", "person", "add", "Pat", "--party", "acme-labs", "--role", "planner"), ":")
	file := filepath.Join(dir, "token")
	run("identity", "token", "issue", "script", "--person", id, "--role", "planner", "--out", file)
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	token := strings.TrimSpace(string(good))
	wrong := token[:len(token)-64] + strings.Repeat("ab", 32)
	s := startServer(t, dir, "--log", "json")
	s.readyAnswer(true)
	for _, bearer := range []string{token, wrong} {
		r, err := http.NewRequest("GET", s.address+"/v1/needs?token="+bearer, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+bearer)
		resp, err := s.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if (resp.StatusCode == http.StatusOK) != (bearer == token) {
			t.Errorf("%s", resp.Status)
		}
	}
	link := strings.Repeat("c0de", 16)
	get(t, s.address+"/signin/link/"+link)
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, s.log)
	}
	log := s.log.String()
	// The link of the first administrator is printed for a person, beside the diagnostics.
	for _, l := range strings.Split(log, "\n") {
		for _, secret := range []string{token[len(token)-64:], wrong[len(wrong)-64:], link} {
			if strings.HasPrefix(l, "{") && strings.Contains(l, secret) {
				t.Errorf("a secret is in %s", l)
			}
		}
	}
	if !strings.Contains(log, `"path":"/signin/link/..."`) || !strings.Contains(log, `"party":"acme-labs"`) {
		t.Errorf("the requests are not in the diagnostics:\n%s", log)
	}
}
