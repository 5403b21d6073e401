package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/journal"
)

func (a *app) replayCommand() *cobra.Command {
	c := leaf("replay", "Verify the record: the chain of hashes, every need folded anew, the law kept", 0, 0, a.replay)
	c.Long = "Verifies the record: that each record follows from the one before (a chain of hashes), that each is in the canonical encoding, that every need, " +
		"folded from its events all at once and one by one, gives the same state, and that no event breaks the law: each violation is named by invariant and event. " +
		"It changes nothing, repairs nothing, and ends with exit code 1 where something is wrong.\n\n" +
		"Keep the checkpoint that it prints: a later one of the same record must have the same hash at that position.\n\n" +
		"With --history it reads the record of one need from a file in place of the folder, as `need show --history --json` prints it, and checks it against the agreements named."
	c.Flags().String("need", "", "Fold this need only")
	c.Flags().String("history", "", "Check the record of one need in this file; the folder is not read")
	c.Flags().StringArray("agreement", nil, "With --history: a file of an agreement that it runs under; may be given several times")
	c.Flags().String("facts", "", "With --history: a JSON file of the facts certified under the agreements")
	_ = c.RegisterFlagCompletionFunc("need", func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		return a.fromRecord(cmd, typed, func(r *record) []string { return needs(a, cmd, r, args) })
	})
	return c
}

// replayJSON is what a replay found.
type replayJSON struct {
	Sound      bool           `json:"sound"`
	Checkpoint checkpointJSON `json:"checkpoint"`
	Needs      []desk.Audited `json:"needs"`
	Records    int64          `json:"records"` // of the whole journal
	Events     int            `json:"events"`  // of the needs that were folded
	Findings   []string       `json:"findings"`
}

type checkpointJSON struct {
	Position int64  `json:"position"`
	Hash     string `json:"hash"`
}

func (a *app) replay(cmd *cobra.Command, _ []string) error {
	only, _ := cmd.Flags().GetString("need")
	if file, _ := cmd.Flags().GetString("history"); file != "" || cmd.Flags().Changed("agreement") || cmd.Flags().Changed("facts") {
		return a.replayHistory(cmd, file)
	}
	if only != "" {
		if _, err := needID(only); err != nil {
			return err
		}
	}
	out := replayJSON{Needs: []desk.Audited{}, Findings: []string{}}
	err := a.read(cmd.Context(), func(r *record) error { return a.verify(cmd.Context(), r, capacity.NeedID(only), &out) })
	var corrupt *journal.Corrupt
	if errors.As(err, &corrupt) {
		out.Findings, err = append(out.Findings, corrupt.Error()), nil
	}
	if err != nil {
		return err
	}
	out.Sound = len(out.Findings) == 0
	if a.json {
		err = a.document(out)
	} else {
		a.printReplay(&out)
	}
	if err == nil && !out.Sound {
		err = errFound
	}
	return err
}

// verify checks the chain, then folds the needs.
func (a *app) verify(ctx context.Context, r *record, only capacity.NeedID, out *replayJSON) error {
	p := a.progress("verifying the record")
	defer p.end()
	at, err := journal.Verify(ctx, r.store)
	out.Checkpoint, out.Records = checkpointJSON{at.Position, at.Hash.String()}, at.Position
	if err != nil {
		return err
	}
	ids := []capacity.NeedID{only}
	if only == "" {
		if ids, err = r.desk.Needs(ctx); err != nil {
			return err
		}
	}
	for i, id := range ids {
		p.step("folding needs", i+1, len(ids))
		one, err := r.desk.Audit(ctx, id)
		if err != nil {
			return err
		}
		if one.Records == 0 {
			return bad("`firstlook need list` shows what there is", "no need %s in the record", id)
		}
		out.Needs = append(out.Needs, one)
		out.Events += one.Events
		for _, f := range one.Faults {
			out.Findings = append(out.Findings, fmt.Sprintf("need %s: %s", id, f))
		}
		for _, v := range one.Violations {
			out.Findings = append(out.Findings, fmt.Sprintf("need %s: %s", id, v))
		}
	}
	return nil
}

func (a *app) printReplay(x *replayJSON) {
	t := table{align: "lrrl"}
	t.row("need", "records", "events", "state (sha256)")
	for _, n := range x.Needs {
		t.row(string(n.Need), thousands(int64(n.Records)), thousands(int64(n.Events)), n.Digest)
	}
	if len(x.Needs) > 0 {
		t.print(a, "")
		a.say("")
	}
	a.say("checkpoint  %s %s", thousands(x.Checkpoint.Position), x.Checkpoint.Hash)
	for _, f := range x.Findings {
		a.say("finding     %s", f)
	}
	if x.Sound {
		a.say("sound: %s, %s with %s, each folded twice to the same state", counted(int(x.Records), "record"), counted(len(x.Needs), "need"), counted(x.Events, "event"))
	} else {
		a.say("not sound: %s", counted(len(x.Findings), "finding"))
	}
}
