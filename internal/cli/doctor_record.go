package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"firstlook/calendar"
	"firstlook/internal/backup"
	"firstlook/internal/desk"
	"firstlook/internal/journal"
	"firstlook/internal/journal/memory"
	"firstlook/internal/notify"
	"firstlook/internal/translog"
	"firstlook/proof"
)

// copied is a record in memory, with its log as its records make it.
type copied struct {
	store    *memory.Store
	last     journal.Record
	log      proof.Builder
	atStored *proof.Builder // at the position that the store keeps its tree of
	signed   *proof.Checkpoint
	rootThen proof.Hash // of the first leaves, as many as signed has
}

// clock is the time of the examination, or that of the last record if it is later.
func (c *copied) clock(now time.Time) calendar.Instant {
	return max(calendar.From(now), c.last.Recorded)
}

// doctorPage is how many records are read at a time.
const doctorPage = 1024

// copy reads every record. The memory makes the chain of hashes anew, so a record that is not what was written shows.
func (x *examination) copy(ctx context.Context, src backup.Source, position int64) (*copied, error) {
	c := &copied{store: memory.New()}
	secret, err := src.LogSecret(ctx)
	if err != nil {
		return nil, err
	}
	if c.signed, err = lastSigned(x.data); err != nil {
		return nil, err
	}
	last, err := src.Last(ctx)
	if err != nil {
		return nil, err
	}
	sealer := proof.NewSealer(secret)
	var scratch proof.Scratch
	var hashes []proof.Hash
	c.note(position)
	for c.last.Position < last {
		entries, err := src.Entries(ctx, c.last.Position, doctorPage)
		if err != nil {
			return nil, err
		}
		if len(entries) == 0 {
			return nil, &journal.Corrupt{Position: c.last.Position + 1, Reason: "the record is gone"}
		}
		for i := range entries {
			if err := c.add(ctx, &entries[i]); err != nil {
				return nil, err
			}
			f := translog.Fact(&entries[i].Record)
			hashes = sealer.AppendHashes(hashes[:0], &f, &scratch)
			for _, h := range hashes {
				c.log.Add(h)
			}
			c.note(position)
		}
	}
	return c, nil
}

// add appends a record to the memory, and compares what that makes of it.
func (c *copied) add(ctx context.Context, e *journal.Entry) error {
	r, err := c.store.Append(ctx, journal.Write{Stream: e.Stream, Expect: e.Version - 1, Key: e.Key, Recorded: e.Recorded, Actor: e.Actor, Kind: e.Kind, Body: e.Body, Due: e.Due})
	var conflict *journal.Conflict
	var twice *journal.Duplicate
	switch {
	case errors.As(err, &conflict), errors.As(err, &twice):
		return &journal.Corrupt{Position: e.Position, Reason: err.Error()}
	case err != nil:
		return err
	case r.Position != e.Position || r.Hash != e.Hash:
		return &journal.Corrupt{Position: e.Position, Reason: "its hash does not follow from its content and the record before"}
	}
	c.last = r
	return nil
}

// note keeps the tree where it is to be compared.
func (c *copied) note(position int64) {
	if c.last.Position == position {
		c.atStored = &proof.Builder{Size: c.log.Size, Edge: append([]proof.Hash(nil), c.log.Edge...)}
	}
	if c.signed != nil && c.signed.Size == c.log.Size {
		c.rootThen = c.log.Root()
	}
}

// lastSigned reads the checkpoint that the folder's keys signed last; nil where there is none.
func lastSigned(data string) (*proof.Checkpoint, error) {
	signed, err := os.ReadFile(filepath.Join(data, "log", "checkpoint"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	text, _, _ := strings.Cut(string(signed), "\n\n")
	c, err := proof.ParseCheckpoint(text + "\n")
	if err != nil {
		return nil, fmt.Errorf("the checkpoint that was signed last does not read: %w", err)
	}
	return &c, nil
}

// sampled is how many needs are replayed unless all are asked for: the latest ones.
const sampled = 200

// needs replays needs and has the checker of the law read them.
func (x *examination) needs(ctx context.Context, d *desk.Desk) {
	ids, err := d.Needs(ctx)
	if err != nil {
		x.failed("needs", err, "")
		return
	}
	some := ids
	if !x.all && len(ids) > sampled {
		some = ids[len(ids)-sampled:]
	}
	var wrong []string
	p := x.progress("replaying needs")
	for i, id := range some {
		p.step("replaying needs", i+1, len(some))
		one, err := d.Audit(ctx, id)
		if err != nil {
			p.end()
			x.failed("needs", err, "")
			return
		}
		for _, f := range one.Faults {
			wrong = append(wrong, fmt.Sprintf("need %s: %s", id, f))
		}
		for _, v := range one.Violations {
			wrong = append(wrong, fmt.Sprintf("need %s: %s", id, v))
		}
	}
	p.end()
	switch {
	case len(wrong) > 0:
		x.say("needs", broken, "`firstlook replay` names each; take them to counsel, and restore a backup where the record was changed", "%s, the first: %s", counted(len(wrong), "finding"), wrong[0])
	case len(some) < len(ids):
		x.say("needs", fine, "", "%s, the latest %s replayed and lawful; --all replays every one", counted(len(ids), "need"), thousands(int64(len(some))))
	default:
		x.say("needs", fine, "", "%s, each replayed and lawful", counted(len(ids), "need"))
	}
}

const (
	// lateDeadline is how long after its instant a deadline is fired at the latest while somebody sees to it.
	lateDeadline = time.Minute
	// stuckAct is how long an act may wait before somebody should look.
	stuckAct = 15 * time.Minute
)

// deadlines looks for those that nobody fired. They decide the same whenever they are fired; what waits for them is late.
func (x *examination) deadlines(ctx context.Context, c *copied, now time.Time) {
	heads, err := c.store.Streams(ctx, "need/")
	if err != nil {
		x.failed("deadlines", err, "")
		return
	}
	open, overdue := 0, 0
	var first journal.Head
	for _, h := range heads {
		if h.Due == 0 {
			continue
		}
		open++
		if now.Sub(h.Due.Time()) > lateDeadline {
			overdue++
			if first.Due == 0 || h.Due < first.Due {
				first = h
			}
		}
	}
	switch {
	case overdue == 0:
		x.say("deadlines", fine, "", "%s open, none overdue", counted(open, "deadline"))
	case x.served != nil || x.database() != "":
		x.say("deadlines", broken, "read the server's diagnostics and /readyz; a restart fires them at once", "%d of %s overdue, that of %s since %s", overdue, counted(open, "deadline"),
			strings.TrimPrefix(string(first.Stream), "need/"), instant(first.Due))
	default:
		x.say("deadlines", warning, "start `firstlook serve`, which fires them at once; each decides as of its own instant", "%d of %s overdue, that of %s since %s", overdue, counted(open, "deadline"),
			strings.TrimPrefix(string(first.Stream), "need/"), instant(first.Due))
	}
}

// outbox looks for acts that do not leave, and letters that were given up.
func (x *examination) outbox(ctx context.Context, c *copied, d *desk.Desk, now time.Time) {
	acts, err := d.Waiting(ctx)
	if err != nil {
		x.failed("outbox", err, "")
		return
	}
	stuck, oldest := 0, time.Duration(0)
	for i := range acts {
		r, err := c.store.ReadAll(ctx, acts[i].Position-1, 1)
		if err != nil || len(r) == 0 {
			x.failed("outbox", errors.Join(err, fmt.Errorf("act %s has no record", acts[i].Key)), "")
			return
		}
		if age := now.Sub(r[0].Recorded.Time()); age > stuckAct {
			stuck++
			oldest = max(oldest, age)
		}
	}
	if stuck > 0 {
		x.say("outbox", warning, "start `firstlook serve`, or read its diagnostics: they say why each is tried again", "%d of %s that wait do so for more than %s, one for %s", stuck, counted(len(acts), "act"), stuckAct, oldest.Round(time.Minute))
	} else {
		x.say("outbox", fine, "", "%s to be done", counted(len(acts), "act"))
	}
	all, err := troubles(ctx, c.store, "")
	if err != nil {
		x.failed("letters", err, "")
		return
	}
	gaveUp := 0
	for i := range all {
		if all[i].Kind == notify.GaveUp || all[i].Kind == notify.CameBack {
			gaveUp++
		}
	}
	if gaveUp > 0 {
		x.say("letters", warning, "`firstlook notify dead` lists those that nobody has seen to", "%s came back or were given up so far", counted(gaveUp, "letter"))
	} else {
		x.say("letters", fine, "", "none came back or was given up")
	}
}
