package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"firstlook/calendar"
	"firstlook/right"
)

// build makes the binary as it is shipped: without cgo.
func build(dir string) (string, error) {
	name := filepath.Join(dir, "firstlook")
	cmd := exec.Command("go", "build", "-trimpath", "-o", name, "firstlook/cmd/firstlook")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return name, nil
}

// program is the binary on one folder at one instant.
type program struct {
	binary, folder string
	limit          int // of the size of files, in blocks of 512 bytes; 0 for none
}

// command prepares a run of the program at an instant.
func (p program) command(now calendar.Instant, args ...string) *exec.Cmd {
	args = append(args, "--data", p.folder)
	c := exec.Command(p.binary, args...)
	if p.limit > 0 {
		c = exec.Command("sh", append([]string{"-c", fmt.Sprintf("ulimit -f %d; exec \"$0\" \"$@\"", p.limit), p.binary}, args...)...)
	}
	c.Env = append(os.Environ(), "FIRSTLOOK_CLOCK="+now.String(), "NO_COLOR=1")
	return c
}

// run runs one command to its end and returns what it printed.
func (p program) run(now calendar.Instant, args ...string) (string, error) {
	out, err := p.command(now, args...).CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("firstlook %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return string(out), nil
}

// server is one life of the program.
type server struct {
	cmd     *exec.Cmd
	address string
	log     *bytes.Buffer
}

// serve starts a server and returns once it says where it answers.
func (p program) serve(now calendar.Instant) (*server, error) {
	c := p.command(now, "serve", "--no-sign-in", "--listen", "127.0.0.1:0", "--json")
	s := &server{cmd: c, log: &bytes.Buffer{}}
	c.Stderr = s.log
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	var where struct{ Address string }
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(&where); err != nil {
		_ = c.Process.Kill()
		_ = c.Wait() // the reason is in what it wrote
		return nil, fmt.Errorf("the server does not say where it answers: %w\n%s", err, s.log)
	}
	s.address = where.Address
	return s, nil
}

// kill ends the server at once. That it was killed is what Wait says, and no news.
func (s *server) kill() error {
	err := s.cmd.Process.Kill()
	var exit *exec.ExitError
	if wait := s.cmd.Wait(); wait != nil && !errors.As(wait, &exit) {
		err = errors.Join(err, wait)
	}
	return err
}

// answer is what came back for one command.
type answer struct {
	status  int // 0 where nothing came
	events  json.RawMessage
	problem string
}

// post sends one command with its key.
func (s *server) post(client *http.Client, x *sent) (answer, error) {
	body, err := json.Marshal(x.command)
	if err != nil {
		return answer{}, err
	}
	r, err := http.NewRequest("POST", s.address+"/v1/needs/"+string(x.need)+"/commands", bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", x.key)
	resp, err := client.Do(r)
	if err != nil {
		return answer{}, nil // killed: no answer
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, nil // killed in the middle of the answer
	}
	a := answer{status: resp.StatusCode, problem: string(data)}
	if a.status == http.StatusOK {
		var ok struct{ Events json.RawMessage }
		err = json.Unmarshal(data, &ok)
		a.events = ok.Events
	}
	return a, err
}

// client is one that gives up long after any answer should have come.
func client() *http.Client { return &http.Client{Timeout: 20 * time.Second} }

// sent is a command on its way, and its answer.
type sent struct {
	need    needID
	key     string
	command right.Command
	answer  answer
}
