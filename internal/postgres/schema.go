package postgres

import (
	"context"
	"crypto/rand"
	"embed"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"

	"firstlook/internal/journal"
)

// steps are applied in the order of their names; table schema_step has the number of the last one. A step that was
// released is never edited: a change is a new file.
//
//go:embed schema/*.sql
var steps embed.FS

// Migrated says what [Migrate] found and did: the numbers of the last step that was applied before, and now.
type Migrated struct{ From, To int }

// Migrate brings the schema of a database up to date, as [Open] does.
func Migrate(ctx context.Context, url string) (Migrated, error) {
	config, schema, err := configure(url)
	if err != nil {
		return Migrated{}, err
	}
	m, err := migrate(ctx, config.ConnConfig, schema)
	return m, fault(ctx, "migrate the database", err)
}

// migrate connects, checks the server, and applies what is missing in one transaction, alone.
func migrate(ctx context.Context, config *pgx.ConnConfig, schema string) (m Migrated, err error) {
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return m, err
	}
	defer c.Close(context.WithoutCancel(ctx))
	if err := checkServer(ctx, c); err != nil {
		return m, err
	}
	names, err := fs.Glob(steps, "schema/*.sql")
	if err != nil {
		return m, err
	}
	if m.From, err = schemaVersion(ctx, c, schema); err != nil || m.From == len(names) {
		m.To = m.From
		return m, err
	}
	err = pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
		// One replica at a time; whoever waited here finds it done.
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended('firstlook schema ' || $1, 0))", schema); err != nil {
			return err
		}
		if m.From, err = schemaVersion(ctx, tx, schema); err != nil {
			return err
		}
		m.To = len(names)
		return apply(ctx, tx, schema, m.From, names)
	})
	return m, err
}

// checkServer refuses a server on which durable would mean nothing, and an encoding that not every name fits.
func checkServer(ctx context.Context, c *pgx.Conn) error {
	var fsync, encoding string
	err := c.QueryRow(ctx, "SELECT current_setting('fsync'), current_setting('server_encoding')").Scan(&fsync, &encoding)
	switch {
	case err != nil:
		return err
	case fsync != "on":
		return &journal.Fault{Op: "open the database", Err: errFsync, Remedy: "set fsync = on in the server's configuration"}
	case encoding != "UTF8":
		return &journal.Fault{Op: "open the database", Err: errUTF8, Remedy: "create the database with ENCODING 'UTF8'"}
	}
	return nil
}

// querier is a connection or a transaction.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// schemaVersion returns the number of steps that a schema has, 0 for one that is missing or empty.
func schemaVersion(ctx context.Context, q querier, schema string) (version int, err error) {
	var tables int
	var ours bool
	err = q.QueryRow(ctx, `SELECT count(*), coalesce(bool_or(table_name = 'schema_step'), false) FROM information_schema.tables
		WHERE table_schema = $1 AND table_name NOT LIKE 'identity\_%'`, schema). // the tables of package identitypg may stand beside ours
		Scan(&tables, &ours)
	switch {
	case err != nil || tables == 0:
		return 0, err
	case !ours:
		return 0, &journal.Fault{Op: "open the database", Err: fmt.Errorf("%w: schema %s", ErrForeign, schema), Remedy: "name another schema with search_path"}
	}
	if err := q.QueryRow(ctx, "SELECT coalesce(max(step), 0) FROM schema_step").Scan(&version); err != nil {
		return 0, err
	}
	names, err := fs.Glob(steps, "schema/*.sql")
	if err == nil && version > len(names) {
		err = &journal.Fault{Op: "open the database", Err: fmt.Errorf("%w (schema %d, this one knows %d)", ErrNewer, version, len(names)),
			Remedy: "use the newer version, or another database"}
	}
	return version, err
}

// apply applies the steps after the first ones. The first makes the journal, empty, with a secret of its own.
func apply(ctx context.Context, tx pgx.Tx, schema string, from int, names []string) error {
	if from == 0 {
		name := pgx.Identifier{schema}.Sanitize()
		if err := ensureSchema(ctx, tx, schema, name); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "CREATE TABLE schema_step (step int PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now())"); err != nil {
			return err
		}
	}
	for n, name := range names[from:] {
		text, err := steps.ReadFile(name)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, string(text)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if _, err := tx.Exec(ctx, "INSERT INTO schema_step (step) VALUES ($1)", from+n+1); err != nil {
			return err
		}
	}
	if from > 0 {
		return nil
	}
	var secret [32]byte
	if _, err := rand.Read(secret[:]); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "INSERT INTO journal (position, hash, secret, size, edge, first, skip) VALUES (0, $1, $2, 0, '', 0, 0)", make([]byte, 32), secret[:])
	return err
}

// ensureSchema makes the schema unless it is there: a user that may not create schemas can be given one.
func ensureSchema(ctx context.Context, tx pgx.Tx, schema, name string) error {
	var there bool
	if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)", schema).Scan(&there); err != nil || there {
		return err
	}
	_, err := tx.Exec(ctx, "CREATE SCHEMA "+name)
	return err
}
