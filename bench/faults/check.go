package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"firstlook/internal/journal"
	"firstlook/internal/sqlite"
	"firstlook/right"
)

// counts is the table of a run.
type counts struct {
	points, acked, refused, resent, letters, replays int
	records                                          int      // of the folders that are done
	inFolder                                         int      // records of the folder at work
	wrong                                            []string // what was found, in words
	lost, twice, broken                              int      // of these: commands, acts, records
}

// String writes the table.
func (c *counts) String() string {
	var b strings.Builder
	row := func(name string, n int) { fmt.Fprintf(&b, "%-44s %10d\n", name, n) }
	row("kill -9 points", c.points)
	row("commands acknowledged", c.acked)
	row("commands refused", c.refused)
	row("commands sent again for want of an answer", c.resent)
	row("records", c.records)
	row("letters", c.letters)
	row("replays", c.replays)
	row("acknowledged commands lost", c.lost)
	row("acts repeated in effect", c.twice)
	row("records that break the law or their hashes", c.broken)
	return b.String()
}

func (c *counts) found(n *int, format string, args ...any) {
	*n++
	what := fmt.Sprintf(format, args...)
	c.wrong = append(c.wrong, what)
	fmt.Printf("WRONG at point %d: %s\n", c.points, what)
}

// check looks at the folder while no server runs.
func (l *load) check() error {
	l.sum.replays++
	out, err := l.run(l.now, "replay")
	if err != nil || !strings.Contains(out, "\nsound: ") {
		l.sum.found(&l.sum.broken, "the record does not replay: %v\n%s", err, out)
	}
	if err := l.checkLetters(); err != nil {
		return err
	}
	return l.checkRecord()
}

// checkRecord looks for what was acknowledged, and for what stands there twice.
func (l *load) checkRecord() error {
	ctx := context.Background()
	store, err := sqlite.Open(l.folder, sqlite.Options{})
	if err != nil {
		return err
	}
	byKey, done, err := readAll(ctx, store, l.sum)
	if err = errors.Join(err, store.Close()); err != nil {
		return err
	}
	for _, x := range l.acked {
		r, ok := byKey[x.key]
		switch {
		case !ok:
			l.sum.found(&l.sum.lost, "command %s on %s was acknowledged and is lost", x.key, x.need)
		case r.Stream != journal.Stream("need/"+string(x.need)):
			l.sum.found(&l.sum.lost, "command %s on %s is recorded for %s", x.key, x.need, r.Stream)
		case x.command.By == "acme" && !bytes.Equal(r.Body, x.answer.events): // others see a part of the events
			l.sum.found(&l.sum.lost, "command %s on %s was answered with %s, recorded is %s", x.key, x.need, x.answer.events, r.Body)
		}
	}
	for key, n := range done {
		if n > 1 {
			l.sum.found(&l.sum.twice, "act %s is recorded as done %d times", key, n)
		}
	}
	return nil
}

// readAll reads the record: what stands under each key, and how often each act was done.
func readAll(ctx context.Context, store journal.Store, sum *counts) (byKey map[string]journal.Record, done map[string]int, err error) {
	byKey, done = map[string]journal.Record{}, map[string]int{}
	sum.inFolder = 0
	for after := int64(0); ; {
		page, err := store.ReadAll(ctx, after, 1000)
		if err != nil || len(page) == 0 {
			return byKey, done, err
		}
		for _, r := range page {
			after = r.Position
			sum.inFolder++
			if _, twice := byKey[r.Key]; twice && r.Key != "" {
				sum.found(&sum.twice, "key %s is recorded twice", r.Key)
			}
			byKey[r.Key] = r
			if strings.HasPrefix(string(r.Stream), "outbox/") {
				var act struct{ Key string }
				if err := json.Unmarshal(r.Body, &act); err != nil {
					return byKey, done, fmt.Errorf("record %d: %w", r.Position, err)
				}
				done[act.Key]++
			}
		}
	}
}

// checkLetters checks that no act changed since the last look: files appear whole and stay as they are.
func (l *load) checkLetters() error {
	seen := map[string]bool{}
	err := filepath.WalkDir(filepath.Join(l.folder, "outbox"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		// A receipt is written before its letter; until that is there, it is written anew.
		letter, receipt := strings.CutSuffix(path, ".receipt")
		if _, err := os.Lstat(letter + ".txt"); receipt && err != nil {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		before, known := l.letters[path]
		switch {
		case known && before != string(data):
			l.sum.found(&l.sum.twice, "act %s was done again with another text", d.Name())
		case len(data) == 0 || data[len(data)-1] != '\n':
			l.sum.found(&l.sum.twice, "act %s is not whole", d.Name())
		case !known && !receipt:
			l.sum.letters++
		}
		l.letters[path], seen[path] = string(data), true
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	for path := range l.letters {
		if !seen[path] {
			l.sum.found(&l.sum.lost, "act %s is gone", filepath.Base(path))
		}
	}
	return err
}

// finish lets the last life run undisturbed: every command gets its answer and every letter is written.
func (l *load) finish() error {
	for tries := 0; len(l.open) > 0; tries++ {
		if tries == 3 {
			return fmt.Errorf("%d commands get no answer from a server that nobody kills", len(l.open))
		}
		if err := l.again(); err != nil {
			return err
		}
	}
	for lives := 0; lives == 0 || lives < mostLives && len(l.unsent()) > 0; lives++ { // each carries of what is open as much as it may before it ends
		if err := l.again(); err != nil {
			return err
		}
	}
	if err := l.check(); err != nil {
		return err
	}
	l.sum.records += l.sum.inFolder
	for _, need := range l.unsent() {
		l.sum.found(&l.sum.lost, "need %s was acknowledged; fabrikam has no letter of it, or more than one", need)
	}
	return os.RemoveAll(l.folder)
}

// mostLives is how many lives the letters of the last one may take.
const mostLives = 20

// unsent are the needs that were acknowledged and of which fabrikam, which each asks for an offer, has not one letter.
func (l *load) unsent() (out []needID) {
	for _, x := range l.acked {
		if _, ok := x.command.Ask.(right.Submit); !ok {
			continue
		}
		letters, err := filepath.Glob(filepath.Join(l.folder, "outbox", "fabrikam", string(x.need)+".1.*.fabrikam.txt"))
		if err != nil || len(letters) != 1 {
			out = append(out, x.need)
		}
	}
	return out
}

// again sends what got no answer to a server that is stopped as one should be, once it has carried what was open.
func (l *load) again() error {
	s, err := l.serve(l.now)
	if err != nil {
		return err
	}
	work := l.open
	l.open = nil
	err = errors.Join(l.send(s, work), l.sort(work))
	err = errors.Join(err, s.cmd.Process.Signal(os.Interrupt), s.cmd.Wait())
	if err != nil {
		return fmt.Errorf("%w\n%s", err, s.log)
	}
	return nil
}

// answers is a short form of a status for a message.
func answers(a answer) string {
	if a.status == 0 {
		return "no answer"
	}
	return fmt.Sprintf("%d %s: %s", a.status, http.StatusText(a.status), a.problem)
}
