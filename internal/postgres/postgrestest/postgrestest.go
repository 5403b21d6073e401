// Package postgrestest runs a real PostgreSQL server for tests: a new cluster in a folder, on a free loopback port, with fsync
// on, so that what a test kills is what would be killed.
//
// The programs initdb, pg_ctl and postgres are found by PATH or in Debian's /usr/lib/postgresql/*/bin. PostgreSQL refuses to run as
// root; a test that does so lets it run as the user nobody.
package postgrestest

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// Server is a running server.
type Server struct {
	dir     string // of the cluster
	bin     string
	port    int
	as      *syscall.Credential // nil for this user
	schemas atomic.Int64
	process *exec.Cmd
	ended   chan struct{} // closed when the process ended
}

// ErrMissing says that PostgreSQL is not installed.
var ErrMissing = errors.New("PostgreSQL's server programs are not installed (Debian: apt-get install postgresql)")

// Start makes a cluster in a new folder below dir and runs a server on it. Settings are options of postgres, such as "max_connections=50".
func Start(dir string, settings ...string) (*Server, error) {
	bin, err := find()
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin}
	if s.dir, err = os.MkdirTemp(dir, "pg"); err != nil {
		return nil, err
	}
	if err := s.own(); err != nil {
		return nil, err
	}
	if out, err := s.run("initdb", "-D", s.dir, "-U", "firstlook", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	conf := "listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\nlog_min_messages = fatal\n"
	for _, line := range settings {
		conf += line + "\n"
	}
	if err := appendFile(filepath.Join(s.dir, "postgresql.conf"), conf); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		return nil, err
	}
	return s, s.Restart()
}

func appendFile(name, text string) error {
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// find returns the folder of the server's programs.
func find() (string, error) {
	if path, err := exec.LookPath("postgres"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path), nil
		}
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil || len(found) == 0 {
		return "", ErrMissing
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

// own gives the folder to the user that the server runs as, and lets that user come to it.
func (s *Server) own() error {
	if os.Getuid() != 0 {
		return nil
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(nobody.Uid)
	if err != nil {
		return err
	}
	gid, err := strconv.Atoi(nobody.Gid)
	if err != nil {
		return err
	}
	s.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	for dir := filepath.Dir(s.dir); dir != "/" && dir != os.TempDir(); dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o011 != 0o011 {
			if err := os.Chmod(dir, info.Mode().Perm()|0o011); err != nil {
				return err
			}
		}
	}
	return os.Chown(s.dir, uid, gid)
}

func (s *Server) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(s.bin, name), args...)
	c.Dir = s.dir
	c.SysProcAttr = &syscall.SysProcAttr{Credential: s.as, Setpgid: true}
	return c
}

func (s *Server) run(name string, args ...string) ([]byte, error) {
	return s.command(name, args...).CombinedOutput()
}

// URL is the address of a journal in a schema of its own, which is empty.
func (s *Server) URL() string {
	return fmt.Sprintf("postgres://firstlook@127.0.0.1:%d/postgres?sslmode=disable&search_path=s%d", s.port, s.schemas.Add(1))
}

// Restart starts the server, stopped or not yet started, and returns when it answers. What a killed server left goes on for a
// moment, and until it is gone a new one refuses to start.
func (s *Server) Restart() error {
	var err error
	for range 40 {
		var gone bool
		if gone, err = s.start(); err == nil || !gone {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
	return err
}

// start starts the server once; gone says that it ended by itself.
func (s *Server) start() (gone bool, err error) {
	var log bytes.Buffer
	c := s.command("postgres", "-D", s.dir, "-p", strconv.Itoa(s.port))
	c.Stderr = &log
	dieWithParent(c.SysProcAttr)
	started, ended := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread() // the server ends with the thread that started it, so that is kept
		err := c.Start()
		started <- err
		if err == nil {
			_ = c.Wait()
		}
		close(ended)
	}()
	if err := <-started; err != nil {
		return false, err
	}
	s.process, s.ended = c, ended
	for range 1200 {
		if out, err := s.run("pg_isready", "-q", "-h", "127.0.0.1", "-p", strconv.Itoa(s.port)); err == nil {
			return false, nil
		} else if len(out) > 0 {
			return false, fmt.Errorf("pg_isready: %s", out)
		}
		select {
		case <-ended:
			return true, fmt.Errorf("the server ended: %s", log.String())
		case <-time.After(25 * time.Millisecond):
		}
	}
	return false, errors.New("the server does not get ready")
}

// Immediate stops the server without a checkpoint, as its administrator would in need.
func (s *Server) Immediate() error { return s.stop(syscall.SIGQUIT) }

// Kill kills the server's first process; its others notice and end.
func (s *Server) Kill() error { return s.stop(syscall.SIGKILL) }

// Stop ends the server and removes its folder.
func (s *Server) Stop() error { return errors.Join(s.stop(syscall.SIGQUIT), os.RemoveAll(s.dir)) }

func (s *Server) stop(how syscall.Signal) error {
	select {
	case <-s.ended:
		return nil
	default:
	}
	if err := s.process.Process.Signal(how); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-s.ended
	return nil
}

// CPU is the processor time that the server has used, in seconds.
func (s *Server) CPU() (float64, error) {
	const ticks = 100 // a second, on every Linux
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			continue // it ended meanwhile
		}
		// The fields after the name in brackets: 1 is the parent, 11 to 14 the times, its own and those of ended children.
		_, rest, _ := strings.Cut(string(b), ") ")
		f := strings.Fields(rest)
		own := filepath.Base(filepath.Dir(name)) == strconv.Itoa(s.process.Process.Pid)
		if len(f) < 15 || !own && f[1] != strconv.Itoa(s.process.Process.Pid) {
			continue
		}
		for _, t := range f[11:15] {
			n, err := strconv.ParseInt(t, 10, 64)
			if err != nil {
				return 0, err
			}
			sum += n
		}
	}
	return float64(sum) / ticks, nil
}
