package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"firstlook/bench/negotiation"
)

// program is the binary, and where its folders go.
type program struct{ binary, dir string }

// command prepares a run at an instant; at the machine's own time where it is empty.
func (p program) command(folder, at string, args ...string) *exec.Cmd {
	c := exec.Command(p.binary, append(args, "--data", folder)...)
	c.Env = append(os.Environ(), "FIRSTLOOK_CLOCK="+at, "FIRSTLOOK_DB=", "NO_COLOR=1")
	return c
}

// newFolder makes a folder with the agreement of the benchmarks and providers.
func (p program) newFolder(providers string) (string, error) {
	folder, err := os.MkdirTemp(p.dir, "data")
	if err != nil {
		return "", err
	}
	for _, f := range [][3]string{{"agreement.yaml", negotiation.Agreement, "agreement add"}, {"providers.yaml", providers, "provider set"}} {
		name := filepath.Join(p.dir, f[0])
		if err := os.WriteFile(name, []byte(f[1]), 0o600); err != nil {
			return "", err
		}
		if out, err := p.command(folder, startInstant, append(strings.Fields(f[2]), name)...).CombinedOutput(); err != nil {
			return "", fmt.Errorf("%s: %w\n%s", f[2], err, out)
		}
	}
	return folder, nil
}

// startInstant is that of every negotiation.
var startInstant = negotiation.Start.String()

// server is a running one.
type server struct {
	cmd     *exec.Cmd
	address string
	metrics string
	ready   time.Duration // from its start
}

// serve starts a server and returns once it is ready.
func (p program) serve(folder, at string) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // a free port for the metrics
	if err != nil {
		return nil, err
	}
	metrics := l.Addr().String()
	if err := l.Close(); err != nil {
		return nil, err
	}
	c := p.command(folder, at, "serve", "--no-sign-in", "--listen", "127.0.0.1:0", "--metrics", metrics, "--json", "--log", "json")
	s := &server{cmd: c, metrics: "http://" + metrics + "/metrics"}
	// The diagnostics go where those of a service go: into a file.
	log, err := os.Create(filepath.Join(p.dir, "diagnostics"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	c.Stderr = log
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := c.Start(); err != nil {
		return nil, err
	}
	var where struct{ Address string }
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(&where); err != nil {
		text, _ := os.ReadFile(log.Name()) // whatever there is of it
		return nil, errors.Join(fmt.Errorf("the server does not say where it answers: %w\n%s", err, text), s.kill())
	}
	s.address = where.Address
	for time.Since(began) < time.Minute {
		resp, err := http.Get(s.address + "/readyz")
		if err == nil {
			_ = resp.Body.Close() // its status is all
			if resp.StatusCode == http.StatusOK {
				s.ready = time.Since(began)
				return s, nil
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
	return nil, errors.Join(errors.New("the server is not ready after a minute"), s.kill())
}

func (s *server) kill() error {
	err := s.cmd.Process.Kill()
	_ = s.cmd.Wait() // that it was killed is no news
	return err
}

func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return s.cmd.Wait()
}

// memory is the resident memory of the server, in bytes.
func (s *server) memory() (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	kilo, err := strconv.ParseInt(strings.Fields(rest + " 0")[0], 10, 64)
	return kilo << 10, err
}

// ticks of the system's clock in a second, as /proc counts.
const ticks = 100

// cpu is the processor time of the server so far, in seconds; 0 where the system does not say.
func (s *server) cpu() float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	_, rest, found := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if err != nil || !found || len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / ticks
}

// sample reads metrics: those whose line begins with a text, by the rest of their name.
func (s *server) sample(prefix string) (map[string]float64, error) {
	resp, err := http.Get(s.metrics)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("the metrics are not read: %s: %s", resp.Status, text)
	}
	if err != nil {
		return nil, err
	}
	out := map[string]float64{}
	for line := range strings.SplitSeq(string(text), "\n") {
		name, value, found := strings.Cut(line, " ")
		if rest, is := strings.CutPrefix(name, prefix); is && found && name != "#" {
			if out[rest], err = strconv.ParseFloat(value, 64); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}
