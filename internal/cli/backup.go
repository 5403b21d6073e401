package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"firstlook/internal/backup"
	"firstlook/internal/postgres"
	"firstlook/internal/sqlite"
)

// backupJSON is what a backup, or a restored record, comes to.
type backupJSON struct {
	File string `json:"file"`
	backup.Summary
}

func (a *app) backupCommand() *cobra.Command {
	c := leaf("backup FILE", "Copy the whole record to a file, also while a server runs on it", 1, 1, a.backup)
	c.Long = "Copies the whole record, as it is at one instant, to a new file. Servers on the folder or the database go on meanwhile. The file can be restored into a " +
		"folder or into a database, whichever it came from.\n\nThe file opens what the transparency log seals: keep it as you keep the record. Who may sign in " +
		"(identity.db) and the keys of the log (the folder log) are not part of it."
	return c
}

func (a *app) backup(cmd *cobra.Command, args []string) error {
	file := args[0]
	if _, err := os.Lstat(file); err == nil {
		return bad("name a file that is not there yet", "%s exists", file)
	}
	src, end, err := a.source(cmd.Context())
	if err != nil {
		return err
	}
	sum, err := writeBackup(cmd.Context(), src, file)
	if err := errors.Join(err, end()); err != nil {
		return err
	}
	if a.json {
		return a.document(backupJSON{file, sum})
	}
	a.say("%s: %s, log %s with root %s", file, counted(int(sum.Position), "record"), leaves(int(sum.Leaves)), sum.Root)
	return nil
}

// source opens the record for copying. A folder is opened beside the server that has it.
func (a *app) source(ctx context.Context) (backup.Source, func() error, error) {
	if url := a.database(); url != "" {
		s, err := postgres.Open(ctx, url, postgres.Options{Readers: 1})
		if err != nil {
			return nil, nil, err
		}
		return s, s.Close, nil
	}
	if !a.exists() {
		return nil, nil, bad("name another folder with --data", "there is no record in %s", a.data)
	}
	r, err := sqlite.OpenReader(ctx, a.data)
	if err != nil {
		return nil, nil, err
	}
	return r, r.Close, nil
}

// writeBackup writes a file that is there whole or not at all, for its owner's eyes only.
func writeBackup(ctx context.Context, src backup.Source, file string) (sum backup.Summary, err error) {
	f, err := os.CreateTemp(filepath.Dir(file), ".firstlook-backup-*")
	if err != nil {
		return sum, bad("name a file in a folder that can be written", "%v", err)
	}
	defer os.Remove(f.Name()) // once it is renamed there is nothing under that name
	sum, err = backup.Write(ctx, src, f)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return sum, err
	}
	if err := os.Link(f.Name(), file); err != nil { // which, unlike a renaming, takes the place of nothing
		return sum, bad("name a file that is not there yet", "%v", err)
	}
	return sum, syncFolder(filepath.Dir(file))
}
