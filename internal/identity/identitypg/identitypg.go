// Package identitypg keeps an identity store in a PostgreSQL database, for replicas that share one: a session that one of them made is
// known to all. The tables stand beside those of the journal or, better, in a schema of their own with a user of its own (the URL's
// search_path; identity where it names none): who may sign in is no part of the record that is shown to others.
//
// Every update is durable when it returns, whatever the server's default for synchronous_commit. Updates run one at a time over all
// replicas, by a lock that ends with its transaction; views run on one consistent state beside them. Triggers keep the audit from being
// changed or shortened by whoever comes by SQL without meaning to; who means to is found by the chain of hashes
// ([identity.VerifyAudit]).
//
// A schema step that was released is never edited: a change is a new file in schema/.
package identitypg

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"firstlook/internal/identity"
)

// defaultSchema is where the tables stand unless the URL names a search_path.
const defaultSchema = "identity"

const connections = 6

//go:embed schema/*.sql
var schema embed.FS

// The errors of [Open] that callers tell apart. None shows the URL.
var (
	ErrURL   = errors.New("the database's URL cannot be read")
	ErrNewer = errors.New("the identity store was written by a newer version")
)

// Store is an identity store in a database.
type Store struct {
	pool   *pgxpool.Pool
	lock   string // what an update locks
	once   sync.Once
	closed atomic.Bool
}

var _ identity.Store = (*Store)(nil)

// Open connects to the database of a URL and makes the tables if they are not there.
func Open(ctx context.Context, url string) (*Store, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, ErrURL
	}
	params := config.ConnConfig.RuntimeParams
	name := cmp.Or(params["search_path"], defaultSchema)
	params["search_path"], params["timezone"] = name, "UTC"
	params["application_name"] = cmp.Or(params["application_name"], "firstlook")
	params["synchronous_commit"] = cmp.Or(params["synchronous_commit"], "on")
	config.MaxConns = connections
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	s := &Store{pool: pool, lock: "firstlook identity " + name}
	if err := pgx.BeginFunc(ctx, pool, func(t pgx.Tx) error { return s.migrate(ctx, t, name) }); err != nil {
		pool.Close()
		return nil, fmt.Errorf("open the identity store: %w", err)
	}
	return s, nil
}

// migrate brings the tables to this program, alone.
func (s *Store) migrate(ctx context.Context, t pgx.Tx, name string) error {
	if err := s.alone(ctx, t); err != nil {
		return err
	}
	var there bool
	if err := t.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)", name).Scan(&there); err != nil {
		return err
	}
	if !there {
		if _, err := t.Exec(ctx, "CREATE SCHEMA "+pgx.Identifier{name}.Sanitize()); err != nil {
			return err
		}
	}
	if _, err := t.Exec(ctx, "CREATE TABLE IF NOT EXISTS identity_step (step int PRIMARY KEY)"); err != nil {
		return err
	}
	steps, err := fs.Glob(schema, "schema/*.sql")
	if err != nil {
		return err
	}
	var at int
	if err := t.QueryRow(ctx, "SELECT coalesce(max(step), 0) FROM identity_step").Scan(&at); err != nil {
		return err
	}
	if at > len(steps) {
		return fmt.Errorf("%w (schema %d, this one knows %d)", ErrNewer, at, len(steps))
	}
	for n, step := range steps[at:] {
		text, err := schema.ReadFile(step)
		if err != nil {
			return err
		}
		if _, err := t.Exec(ctx, string(text)); err != nil {
			return fmt.Errorf("%s: %w", step, err)
		}
		if _, err := t.Exec(ctx, "INSERT INTO identity_step VALUES ($1)", at+n+1); err != nil {
			return err
		}
	}
	return nil
}

// alone waits until no other update runs, at any replica.
func (s *Store) alone(ctx context.Context, t pgx.Tx) error {
	_, err := t.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", s.lock)
	return err
}

// View runs f in a read transaction.
func (s *Store) View(ctx context.Context, f func(identity.Tx) error) error {
	return s.run(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, f)
}

// Update runs f in a write transaction, alone.
func (s *Store) Update(ctx context.Context, f func(identity.Tx) error) error {
	return s.run(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, f)
}

func (s *Store) run(ctx context.Context, o pgx.TxOptions, f func(identity.Tx) error) error {
	if s.closed.Load() {
		return identity.ErrClosed
	}
	t, err := s.pool.BeginTx(ctx, o)
	if err != nil {
		if s.closed.Load() {
			return identity.ErrClosed
		}
		return err
	}
	defer func() { _ = t.Rollback(context.WithoutCancel(ctx)) }() // after a commit it does nothing
	writes := o.AccessMode != pgx.ReadOnly
	if writes {
		if err := s.alone(ctx, t); err != nil {
			return err
		}
	}
	if err := f(&tx{ctx: ctx, tx: t, writes: writes}); err != nil {
		return err
	}
	if !writes {
		return nil
	}
	return t.Commit(ctx)
}

// Close ends the use of the database. It waits for what is under way.
func (s *Store) Close() error {
	s.once.Do(func() {
		s.closed.Store(true)
		s.pool.Close()
	})
	return nil
}

// tx is a transaction.
type tx struct {
	ctx    context.Context
	tx     pgx.Tx
	writes bool
}

func (t *tx) exec(query string, args ...any) (int64, error) {
	if !t.writes {
		return 0, identity.ErrReadOnly
	}
	tag, err := t.tx.Exec(t.ctx, query, args...)
	return tag.RowsAffected(), err
}

func (t *tx) Get(kind identity.Kind, key string) (value []byte, err error) {
	err = t.tx.QueryRow(t.ctx, "SELECT value FROM identity_record WHERE kind = $1 AND key = $2", string(kind), []byte(key)).Scan(&value)
	if errors.Is(err, pgx.ErrNoRows) {
		err = fmt.Errorf("%s: %w", kind, identity.ErrNotFound)
	}
	return value, err
}

func (t *tx) Put(kind identity.Kind, key string, value []byte, until time.Time) error {
	var from *int64
	if !until.IsZero() {
		ms := until.UnixMilli()
		from = &ms
	}
	if value == nil {
		value = []byte{}
	}
	_, err := t.exec("INSERT INTO identity_record (kind, key, value, swept_from) VALUES ($1, $2, $3, $4)"+
		" ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value, swept_from = excluded.swept_from", string(kind), []byte(key), value, from)
	return err
}

func (t *tx) Delete(kind identity.Kind, key string) error {
	_, err := t.exec("DELETE FROM identity_record WHERE kind = $1 AND key = $2", string(kind), []byte(key))
	return err
}

// Each reads all first, so that f may ask for more on the same connection.
func (t *tx) Each(kind identity.Kind, f func(string, []byte) error) error {
	rows, err := t.tx.Query(t.ctx, "SELECT key, value FROM identity_record WHERE kind = $1 ORDER BY key", string(kind))
	if err != nil {
		return err
	}
	type pair struct{ key, value []byte }
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p pair, err error) {
		err = row.Scan(&p.key, &p.value)
		return p, err
	})
	if err != nil {
		return err
	}
	for _, p := range all {
		if err := f(string(p.key), p.value); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) Sweep(now time.Time) (int, error) {
	n, err := t.exec("DELETE FROM identity_record WHERE swept_from <= $1", now.UnixMilli())
	return int(n), err
}

func (t *tx) Append(seq int64, body []byte) error {
	if !t.writes {
		return identity.ErrReadOnly
	}
	var last int64
	if err := t.tx.QueryRow(t.ctx, "SELECT coalesce(max(seq), 0) FROM identity_audit").Scan(&last); err != nil {
		return err
	}
	if seq != last+1 {
		return identity.ErrOrder
	}
	if body == nil {
		body = []byte{}
	}
	_, err := t.exec("INSERT INTO identity_audit (seq, body) VALUES ($1, $2)", seq, body)
	return err
}

func (t *tx) Entries(before int64, limit int) ([]identity.Entry, error) {
	rows, err := t.tx.Query(t.ctx, "SELECT seq, body FROM identity_audit WHERE seq < $1 ORDER BY seq DESC LIMIT $2", before, min(max(limit, 0), math.MaxInt32))
	if err != nil {
		return nil, err
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (e identity.Entry, err error) {
		err = row.Scan(&e.Seq, &e.Body)
		return e, err
	})
	if len(out) == 0 {
		return nil, err
	}
	return out, err
}
