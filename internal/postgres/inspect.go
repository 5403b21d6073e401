package postgres

import (
	"context"
	"errors"
	"io/fs"

	"github.com/jackc/pgx/v5"
)

// Inspect says how many steps the schema of a database has, 0 for none, and how many this program knows. It changes nothing.
func Inspect(ctx context.Context, url string) (have, known int, err error) {
	config, schema, err := configure(url)
	if err != nil {
		return 0, 0, err
	}
	names, err := fs.Glob(steps, "schema/*.sql")
	if err != nil {
		return 0, 0, err
	}
	c, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return 0, len(names), fault(ctx, "open the database", err)
	}
	have, err = schemaVersion(ctx, c, schema)
	if errors.Is(err, ErrNewer) {
		err = nil
		have = len(names) + 1
	}
	return have, len(names), errors.Join(fault(ctx, "open the database", err), c.Close(context.WithoutCancel(ctx)))
}
