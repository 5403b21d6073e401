package main

import (
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

	"firstlook/calendar"
	"firstlook/right"
)

const (
	// room is the size of the small disk.
	room = 5 << 20
	// fileLimit is what a file may have where no disk can be mounted, in blocks of 512 bytes: the journal's log is the first to meet it.
	fileLimit = 1200
	// most commands fill either many times over.
	most = 20_000
)

// fillDisk fills the disk under a server on a small tmpfs, or, where mounting is not permitted, under a limit on files.
func fillDisk(binary, dir string, seed uint64, out io.Writer) error {
	disk := filepath.Join(dir, "disk")
	if err := os.Mkdir(disk, 0o700); err != nil {
		return err
	}
	if text, err := exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%d", room), "firstlook", disk).CombinedOutput(); err != nil {
		fmt.Fprintf(out, "no disk can be mounted (%s); files are limited in place of that\n", strings.TrimSpace(string(text)))
		return fillLimited(binary, dir, seed, out)
	}
	err := fillMounted(binary, dir, disk, seed, out)
	if text, failed := exec.Command("umount", disk).CombinedOutput(); failed != nil {
		err = errors.Join(err, fmt.Errorf("umount: %w: %s", failed, text))
	}
	return err
}

// newDisk makes a folder on a disk, with an agreement and providers.
func newDisk(binary, dir, disk string, seed uint64, sum *counts) (*load, error) {
	start, err := calendar.Parse("2026-03-02T12:00Z")
	if err != nil {
		return nil, err
	}
	l := &load{program: program{binary: binary, folder: filepath.Join(disk, "data")}, rng: rand.New(rand.NewPCG(seed, 3)), now: start,
		born: map[needID]int{}, letters: map[string]string{}, sum: sum}
	return l, l.begin(dir)
}

// fillMounted: the disk is full, the server says so; then there is room, and the same server goes on.
func fillMounted(binary, dir, disk string, seed uint64, out io.Writer) error {
	var sum counts
	l, err := newDisk(binary, dir, disk, seed, &sum)
	if err != nil {
		return err
	}
	s, err := l.serve(l.now)
	if err != nil {
		return err
	}
	refused, err := l.fill(s)
	if err == nil {
		err = l.stillReads(s)
	}
	if err == nil {
		fmt.Fprintf(out, "full after %d commands: %s\n", sum.acked, answers(refused.answer))
		var text []byte
		if text, err = exec.Command("mount", "-o", fmt.Sprintf("remount,size=%d", 16*room), disk).CombinedOutput(); err != nil {
			err = fmt.Errorf("remount: %w: %s", err, text)
		}
	}
	if err == nil {
		err = l.goesOn(s, refused)
	}
	if err = errors.Join(err, s.cmd.Process.Signal(os.Interrupt), s.cmd.Wait()); err != nil {
		return fmt.Errorf("%w\n%s", err, tail(s.log.String()))
	}
	return l.nothingLost(out, "the same server went on once there was room")
}

// fillLimited: a file may not grow, the server says so; started again without the limit, it goes on.
func fillLimited(binary, dir string, seed uint64, out io.Writer) error {
	var sum counts
	l, err := newDisk(binary, dir, dir, seed, &sum)
	if err != nil {
		return err
	}
	l.limit = fileLimit
	s, err := l.serve(l.now)
	if err != nil {
		return err
	}
	refused, err := l.fill(s)
	if err == nil {
		err = l.stillReads(s)
	}
	if err = errors.Join(err, s.kill()); err != nil {
		return fmt.Errorf("%w\n%s", err, tail(s.log.String()))
	}
	fmt.Fprintf(out, "full after %d commands: %s\n", sum.acked, answers(refused.answer))
	l.limit = 0
	if s, err = l.serve(l.now); err != nil {
		return err
	}
	err = l.goesOn(s, refused)
	if err = errors.Join(err, s.cmd.Process.Signal(os.Interrupt), s.cmd.Wait()); err != nil {
		return fmt.Errorf("%w\n%s", err, tail(s.log.String()))
	}
	return l.nothingLost(out, "the server went on when it was started again without the limit")
}

// fill sends needs until the server cannot record one, and returns that one. Whatever else comes back is wrong.
func (l *load) fill(s *server) (*sent, error) {
	c := client()
	defer c.CloseIdleConnections()
	for range most {
		l.count++
		id := needID(fmt.Sprintf("n%d", l.count))
		x := &sent{need: id, key: fmt.Sprintf("key-%d", l.count), command: right.Command{By: "acme", Ask: right.Submit{Need: l.need(id)}}}
		var err error
		if x.answer, err = s.post(c, x); err != nil {
			return nil, err
		}
		switch x.answer.status {
		case http.StatusOK:
			l.sum.acked++
			l.acked = append(l.acked, x)
		case http.StatusServiceUnavailable:
			var problem struct{ Title, Detail string }
			if err := json.Unmarshal([]byte(x.answer.problem), &problem); err != nil || problem.Title == "" || problem.Detail == "" {
				return nil, fmt.Errorf("the problem does not say what is wrong and what to do: %s", x.answer.problem)
			}
			return x, nil
		default:
			return nil, fmt.Errorf("%s: %s", x.key, answers(x.answer))
		}
	}
	return nil, fmt.Errorf("the disk is not full after %d commands", most)
}

// stillReads: a server that cannot write answers what only reads.
func (l *load) stillReads(s *server) error {
	c := client()
	defer c.CloseIdleConnections()
	resp, err := c.Get(s.address + "/v1/needs/" + string(l.acked[0].need) + "?as=acme")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("reading while the disk is full: %s, %v", resp.Status, err)
	}
	return nil
}

// goesOn sends what was refused again with its key, and some more.
func (l *load) goesOn(s *server, refused *sent) error {
	c := client()
	defer c.CloseIdleConnections()
	for i := range 50 {
		x := refused
		if i > 0 {
			l.count++
			id := needID(fmt.Sprintf("n%d", l.count))
			x = &sent{need: id, key: fmt.Sprintf("key-%d", l.count), command: right.Command{By: "acme", Ask: right.Submit{Need: l.need(id)}}}
		}
		var err error
		if x.answer, err = s.post(c, x); err != nil {
			return err
		}
		if x.answer.status != http.StatusOK {
			return fmt.Errorf("there is room again, and %s: %s", x.key, answers(x.answer))
		}
		l.sum.acked++
		l.acked = append(l.acked, x)
	}
	return nil
}

// nothingLost holds the folder against what was acknowledged.
func (l *load) nothingLost(out io.Writer, how string) error {
	if err := l.check(); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %d commands acknowledged, %d records, %d lost, %d repeated, %d unsound\n", how, l.sum.acked, l.sum.inFolder, l.sum.lost, l.sum.twice, l.sum.broken)
	if len(l.sum.wrong) > 0 {
		return fmt.Errorf("%d faults found; the first: %s", len(l.sum.wrong), l.sum.wrong[0])
	}
	return nil
}

// tail is the end of a long text.
func tail(s string) string { return s[max(0, len(s)-2000):] }
