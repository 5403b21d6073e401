package cli

import (
	"github.com/spf13/cobra"

	"firstlook/proof"
)

func (a *app) compareCommand() *cobra.Command {
	c := leaf("compare A B", "Compare two checkpoints, or the receipts they stand in: one log, or a split view", 2, 2, a.compare)
	c.Long = "Compares the checkpoints of two files that two parties may have been given. Two of one size must have one root; of two sizes the longer log must continue the shorter one, " +
		"which a consistency proof shows: `firstlook log consistency CHECKPOINT` writes it. If a log shows different records to different people, the two checkpoints prove it.\n\n" +
		"Exit code 0: consistent. 1: a split view, or not decided."
	c.Flags().StringArray("key", nil, "Public key of the log, or a file of keys")
	c.Flags().String("proof", "", "File of the consistency proof, where the sizes differ")
	return c
}

// comparedJSON is what compare prints with --json.
type comparedJSON struct {
	Relation proof.Relation `json:"relation"`
	Words    string         `json:"words"`
	A        checkpointSize `json:"a"`
	B        checkpointSize `json:"b"`
}

func (a *app) compare(cmd *cobra.Command, args []string) error {
	keys, err := a.keys(cmd)
	if err != nil {
		return err
	}
	one, err := a.bytes(args[0])
	if err != nil {
		return err
	}
	other, err := a.bytes(args[1])
	if err != nil {
		return err
	}
	var path []byte
	if name, _ := cmd.Flags().GetString("proof"); name != "" {
		if path, err = a.bytes(name); err != nil {
			return err
		}
	}
	c, err := proof.Compare(one, other, path, keys)
	if err != nil {
		return &failure{exitRefused, err, "a checkpoint that is not signed by the log proves nothing, for or against it"}
	}
	if a.json {
		size := func(s proof.Signed) checkpointSize { return checkpointSize{s.Origin, s.Size, s.Root.String()} }
		err = a.document(comparedJSON{c.Relation, c.Words, size(c.A), size(c.B)})
	} else {
		a.say("%s", c.Words)
	}
	if err == nil && (c.Relation == proof.Split || c.Relation == proof.Undecided) {
		err = errFound
	}
	return err
}
