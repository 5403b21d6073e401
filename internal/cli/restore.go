package cli

import (
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"firstlook/internal/backup"
	"firstlook/internal/journal"
	"firstlook/internal/postgres"
	"firstlook/internal/sqlite"
)

func (a *app) restoreCommand() *cobra.Command {
	c := leaf("restore FILE", "Make a record again from a backup, in a new folder or an empty database", 1, 1, a.restore)
	c.ValidArgsFunction = nil
	c.Long = "Makes a record again from a file of `firstlook backup`: in the data folder, which must have none yet, or in an empty database. The file is checked to its end " +
		"before anything is written. Records, deadlines, the chain of hashes and the root of the log are as they were; a copy from a folder to a database is a backup and a " +
		"restore.\n\nPut the keys of the log (the folder log) and identity.db into the data folder beside it, or make them anew."
	return c
}

func (a *app) restore(cmd *cobra.Command, args []string) error {
	f, err := os.Open(args[0])
	if err != nil {
		return bad("name a file that `firstlook backup` wrote", "%v", err)
	}
	defer f.Close()
	fill := func(ctx context.Context, secret [32]byte, next func() ([]journal.Entry, error)) error {
		return sqlite.Fill(ctx, a.data, secret, next)
	}
	if url := a.database(); url != "" {
		fill = func(ctx context.Context, secret [32]byte, next func() ([]journal.Entry, error)) error {
			return postgres.Fill(ctx, url, secret, next)
		}
	}
	sum, err := backup.Restore(cmd.Context(), f, fill)
	switch {
	case errors.Is(err, backup.ErrForm):
		return bad("take another backup; nothing was written", "%s: %v", args[0], err)
	case err != nil:
		return err
	}
	if a.json {
		return a.document(backupJSON{args[0], sum})
	}
	a.say("%s: %s, log %s with root %s", a.place(), counted(int(sum.Position), "record"), leaves(int(sum.Leaves)), sum.Root)
	return nil
}
