package cli

import (
	"github.com/spf13/cobra"

	"firstlook/internal/postgres"
	"firstlook/internal/sqlite"
)

// migratedJSON is what a migration did.
type migratedJSON struct {
	From int `json:"from"` // steps that the schema had
	To   int `json:"to"`   // and has now
}

func (a *app) migrateCommand() *cobra.Command {
	c := leaf("migrate", "Bring the record's tables to this version", 0, 0, a.migrate)
	c.Long = "Brings the tables of the data folder, or of the database, to this version. Every command does so when it opens the record; run it by itself " +
		"before the first replica of a new version starts. Records are not touched, and servers of the version before go on beside it."
	return c
}

func (a *app) migrate(cmd *cobra.Command, _ []string) error {
	var m migratedJSON
	if url := a.database(); url != "" {
		done, err := postgres.Migrate(cmd.Context(), url)
		if err != nil {
			return err
		}
		m = migratedJSON(done)
	} else {
		if !a.exists() {
			return bad("begin with `firstlook agreement add FILE`, or name another folder with --data", "there is no record in %s", a.data)
		}
		done, err := sqlite.Migrate(a.data)
		if err != nil {
			return err
		}
		m = migratedJSON(done)
	}
	if a.json {
		return a.document(m)
	}
	if m.From == m.To {
		a.say("%s has schema %d already", a.place(), m.To)
		return nil
	}
	a.say("%s: schema %d -> %d", a.place(), m.From, m.To)
	return nil
}
