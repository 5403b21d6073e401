// Package identitydb keeps an identity store in an SQLite file of its own, identity.db, apart from the journal: who may sign in is no
// part of the record that is shown to others, and its backups are guarded otherwise.
//
// The file is readable by its owner only. Every update is durable when it returns (synchronous=FULL). Triggers keep the audit from being
// changed or shortened by whoever comes by SQL without meaning to; who means to is found by the chain of hashes
// ([identity.VerifyAudit]). Several processes may open the file: the server, and a command of its operator.
//
// A schema step that was released is never edited: a change is a new file in schema/.
package identitydb

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"firstlook/internal/identity"
)

// applicationID marks the file as ours: "FLi1".
const applicationID = 0x464c6931

// settings of every connection, as the query of the file's name.
const settings = "?_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=cache_size(-2048)&_pragma=trusted_schema(off)"

const readers = 4

//go:embed schema/*.sql
var schema embed.FS

// The errors of [Open] that callers tell apart.
var (
	ErrForeign = errors.New("the file is another program's database")
	ErrNewer   = errors.New("the file was written by a newer version")
)

// Store is an identity store in a file.
type Store struct {
	write, read *sql.DB
	mu          sync.Mutex // the writer's; database/sql would queue, too, and run out of connections first
	once        sync.Once
	ended       chan struct{}
}

var _ identity.Store = (*Store)(nil)

// Open opens the file and makes it if it is not there.
func Open(path string) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	// Made here, so that it never is readable by others, and the files that SQLite puts beside it take its mode.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(f.Chmod(0o600), f.Close()); err != nil {
		return nil, err
	}
	s := &Store{ended: make(chan struct{})}
	name := (&url.URL{Scheme: "file", Path: path}).String() + settings
	if s.write, err = sql.Open("sqlite", name+"&_txlock=immediate"); err != nil {
		return nil, err
	}
	s.write.SetMaxOpenConns(1)
	if err := migrate(context.Background(), s.write); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), s.write.Close())
	}
	if s.read, err = sql.Open("sqlite", name+"&_pragma=query_only(on)"); err != nil {
		return nil, errors.Join(err, s.write.Close())
	}
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers)
	return s, nil
}

// migrate brings the file to the schema of this program.
func migrate(ctx context.Context, db *sql.DB) error {
	steps, err := fs.Glob(schema, "schema/*.sql")
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil) // immediate: of two programs that open a new file, the second finds it done
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	var id, version, tables int
	if err := tx.QueryRowContext(ctx, "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id, pragma_user_version").
		Scan(&id, &version, &tables); err != nil {
		return err
	}
	if id != applicationID && (id != 0 || version != 0 || tables != 0) {
		return ErrForeign
	}
	if version > len(steps) {
		return fmt.Errorf("%w (schema %d, this one knows %d)", ErrNewer, version, len(steps))
	}
	for n, step := range steps[version:] {
		text, err := schema.ReadFile(step)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("%s; PRAGMA application_id = %d; PRAGMA user_version = %d", text, applicationID, version+n+1)); err != nil {
			return fmt.Errorf("%s: %w", step, err)
		}
	}
	return tx.Commit()
}

// View runs f in a read transaction.
func (s *Store) View(ctx context.Context, f func(identity.Tx) error) error {
	return s.run(ctx, s.read, false, f)
}

// Update runs f in a write transaction, alone.
func (s *Store) Update(ctx context.Context, f func(identity.Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.run(ctx, s.write, true, f)
}

func (s *Store) run(ctx context.Context, db *sql.DB, writes bool, f func(identity.Tx) error) error {
	select {
	case <-s.ended:
		return identity.ErrClosed
	default:
	}
	t, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = t.Rollback() }() // after a commit it does nothing
	if err := f(&tx{ctx: ctx, tx: t, writes: writes}); err != nil {
		return err
	}
	if !writes {
		return nil
	}
	return t.Commit()
}

// Close closes the file. It waits for what is under way.
func (s *Store) Close() (err error) {
	s.once.Do(func() {
		close(s.ended)
		s.mu.Lock()
		defer s.mu.Unlock()
		err = errors.Join(s.read.Close(), s.write.Close())
	})
	return err
}

// tx is a transaction on the file.
type tx struct {
	ctx    context.Context
	tx     *sql.Tx
	writes bool
}

func (t *tx) exec(query string, args ...any) (sql.Result, error) {
	if !t.writes {
		return nil, identity.ErrReadOnly
	}
	return t.tx.ExecContext(t.ctx, query, args...)
}

func (t *tx) Get(kind identity.Kind, key string) (value []byte, err error) {
	err = t.tx.QueryRowContext(t.ctx, "SELECT value FROM record WHERE kind = ? AND key = ?", string(kind), key).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("%s: %w", kind, identity.ErrNotFound)
	}
	return value, err
}

func (t *tx) Put(kind identity.Kind, key string, value []byte, until time.Time) error {
	from := sql.NullInt64{Int64: until.UnixMilli(), Valid: !until.IsZero()}
	if value == nil {
		value = []byte{}
	}
	_, err := t.exec("INSERT INTO record (kind, key, value, swept_from) VALUES (?, ?, ?, ?)"+
		" ON CONFLICT DO UPDATE SET value = excluded.value, swept_from = excluded.swept_from", string(kind), key, value, from)
	return err
}

func (t *tx) Delete(kind identity.Kind, key string) error {
	_, err := t.exec("DELETE FROM record WHERE kind = ? AND key = ?", string(kind), key)
	return err
}

func (t *tx) Each(kind identity.Kind, f func(string, []byte) error) (err error) {
	rows, err := t.tx.QueryContext(t.ctx, "SELECT key, value FROM record WHERE kind = ? ORDER BY key", string(kind))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var key string
		var value []byte
		if err := rows.Scan(&key, &value); err != nil {
			return err
		}
		if err := f(key, value); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (t *tx) Sweep(now time.Time) (int, error) {
	r, err := t.exec("DELETE FROM record WHERE swept_from <= ?", now.UnixMilli())
	if err != nil {
		return 0, err
	}
	n, err := r.RowsAffected()
	return int(n), err
}

func (t *tx) Append(seq int64, body []byte) error {
	if !t.writes {
		return identity.ErrReadOnly
	}
	var last int64
	if err := t.tx.QueryRowContext(t.ctx, "SELECT coalesce(max(seq), 0) FROM audit").Scan(&last); err != nil {
		return err
	}
	if seq != last+1 {
		return identity.ErrOrder
	}
	if body == nil {
		body = []byte{}
	}
	_, err := t.exec("INSERT INTO audit (seq, body) VALUES (?, ?)", seq, body)
	return err
}

func (t *tx) Entries(before int64, limit int) (out []identity.Entry, err error) {
	rows, err := t.tx.QueryContext(t.ctx, "SELECT seq, body FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT ?", before, limit)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var e identity.Entry
		if err := rows.Scan(&e.Seq, &e.Body); err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, rows.Err()
}
