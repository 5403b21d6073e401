package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"firstlook/internal/journal"
)

// ErrNotEmpty says that a folder to restore into has a journal already.
var ErrNotEmpty = errors.New("the folder has a record already")

// Last returns the position of the last record.
func (s *Store) Last(ctx context.Context) (int64, error) {
	s.tail.mu.RLock()
	defer s.tail.mu.RUnlock()
	return s.tail.last, s.ready(ctx)
}

// Entries is ReadAll with the deadlines, for a copy of the journal.
func (s *Store) Entries(ctx context.Context, after int64, limit int) ([]journal.Entry, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	out, err := readEntries(ctx, s.read, after, limit)
	return out, s.failed(ctx, err)
}

func readEntries(ctx context.Context, db *sql.DB, after int64, limit int) ([]journal.Entry, error) {
	if err := journal.CheckLimit("limit", limit); err != nil {
		return nil, err
	}
	var out []journal.Entry
	err := readAll(ctx, db, after, limit, func(e *entry) { out = append(out, journal.Entry{Record: e.Record, Due: e.due}) })
	return out, err
}

// LogSecret returns the secret from which the salts of sealed values follow. A copy of the journal needs it; nobody else does.
func (s *Store) LogSecret(ctx context.Context) ([32]byte, error) {
	secret, err := readSecret(ctx, s.read)
	return secret, s.failed(ctx, err)
}

func readSecret(ctx context.Context, db *sql.DB) (secret [32]byte, err error) {
	var kept []byte
	err = db.QueryRowContext(ctx, "SELECT secret FROM log").Scan(&kept)
	if err == nil && len(kept) != len(secret) {
		err = &journal.Corrupt{Reason: "the secret of the log is not 32 bytes"}
	}
	copy(secret[:], kept)
	return secret, err
}

// keepSecret gives a new journal the secret of another.
func (s *Store) keepSecret(secret [32]byte) error {
	insert, err := s.conn.prepare("INSERT INTO log VALUES (?, 0, 0, x'', 0, 0)", 1)
	if err != nil {
		return err
	}
	return insert.exec(secret[:])
}

// Reader reads a journal beside the process that uses its folder, for a backup: it takes no lock, and writes nothing. Records in the
// write-ahead log are read like others.
type Reader struct{ db *sql.DB }

// OpenReader opens the journal in dir for reading.
func OpenReader(ctx context.Context, dir string) (*Reader, error) {
	r, err := openReader(ctx, dir)
	if err != nil {
		return nil, fault(ctx, "open "+dir, err)
	}
	return r, nil
}

func openReader(ctx context.Context, dir string) (*Reader, error) {
	path, err := filepath.Abs(filepath.Join(dir, databaseName))
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	if err := inspect(path); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path}).String()+"?mode=rw&_pragma=busy_timeout(5000)&_pragma=query_only(on)&_pragma=trusted_schema(off)")
	if err != nil {
		return nil, err
	}
	steps, err := fs.Glob(migrations, "schema/*.sql")
	var at int
	if err == nil {
		at, err = schemaVersion(ctx, db)
	}
	if err == nil && at != len(steps) {
		err = &journal.Fault{Op: "open " + dir, Err: fmt.Errorf("its schema is %d, this version reads %d", at, len(steps)), Remedy: "use the version that wrote it, or `firstlook migrate` if this one is newer"}
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Reader{db}, nil
}

// Last returns the position of the last record.
func (r *Reader) Last(ctx context.Context) (last int64, err error) {
	var first sql.NullInt64
	if err := r.db.QueryRowContext(ctx, "SELECT max(first) FROM page").Scan(&first); err != nil {
		return 0, fault(ctx, "read", err)
	}
	err = pagesFrom(ctx, r.db, max(first.Int64, 1), func(first int64, page []byte) (bool, error) {
		return true, entries(first, page, first, func(e entry) bool { last = e.Position; return true })
	})
	return last, fault(ctx, "read", err)
}

// Entries is ReadAll of [journal.Store] with the deadlines.
func (r *Reader) Entries(ctx context.Context, after int64, limit int) ([]journal.Entry, error) {
	out, err := readEntries(ctx, r.db, after, limit)
	return out, fault(ctx, "read", err)
}

// LogSecret returns the secret of the transparency log.
func (r *Reader) LogSecret(ctx context.Context) ([32]byte, error) {
	secret, err := readSecret(ctx, r.db)
	if errors.Is(err, sql.ErrNoRows) {
		err = &journal.Fault{Op: "read", Err: errors.New("the journal has no transparency log yet"), Remedy: "open it once with `firstlook migrate`"}
	}
	return secret, fault(ctx, "read", err)
}

// Close ends the reading.
func (r *Reader) Close() error { return fault(context.Background(), "close", r.db.Close()) }

// Fill makes a journal in dir from a secret and entries, as a [backup.Fill] does. A folder that has one is refused ([ErrNotEmpty]);
// nothing is left in it when the filling fails.
func Fill(ctx context.Context, dir string, secret [32]byte, next func() ([]journal.Entry, error)) error {
	path := filepath.Join(dir, databaseName)
	if _, err := os.Stat(path); err == nil {
		return &journal.Fault{Op: "restore into " + dir, Err: ErrNotEmpty, Remedy: "name a new folder"}
	}
	s, err := Open(dir, Options{secret: &secret})
	if err != nil {
		return err
	}
	err = errors.Join(s.fillFrom(ctx, next), s.Close())
	if err == nil {
		return nil
	}
	for _, end := range []string{"", "-wal", "-shm"} {
		if gone := os.Remove(path + end); !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return fault(ctx, "restore into "+dir, err)
}

// fillFrom writes entries as the batches of a writer that nobody else uses yet.
func (s *Store) fillFrom(ctx context.Context, next func() ([]journal.Entry, error)) error {
	for ctx.Err() == nil {
		entries, err := next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		batch := make([]*request, len(entries))
		for i := range entries {
			e := &entries[i]
			batch[i] = newAppend(&journal.Write{Stream: e.Stream, Expect: e.Version - 1, Key: e.Key, Recorded: e.Recorded, Actor: e.Actor, Kind: e.Kind, Body: e.Body, Due: e.Due}, s.logged)
		}
		s.writer.run(batch)
		for i, r := range batch {
			if r.err != nil {
				return r.err
			}
			if r.record.Position != entries[i].Position || r.record.Hash != entries[i].Hash {
				return &journal.Corrupt{Position: entries[i].Position, Reason: "it does not follow from the records before"}
			}
		}
	}
	return ctx.Err()
}

// Migrated says what [Migrate] found and did: the numbers of the last step that was applied before, and now.
type Migrated struct{ From, To int }

// Migrate opens the journal in dir, which brings its schema up to date, and closes it.
func Migrate(dir string) (m Migrated, err error) {
	if m.From, err = peekSchema(filepath.Join(dir, databaseName)); err != nil {
		return m, fault(context.Background(), "open "+dir, err)
	}
	s, err := Open(dir, Options{})
	if err != nil {
		return m, err
	}
	m.To, err = schemaVersion(context.Background(), s.read)
	return m, errors.Join(fault(context.Background(), "read", err), s.Close())
}

// peekSchema reads the schema's version beside whoever uses the file.
func peekSchema(path string) (at int, err error) {
	if path, err = filepath.Abs(path); err != nil {
		return 0, err
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path}).String()+"?mode=rw&_pragma=busy_timeout(5000)&_pragma=query_only(on)")
	if err != nil {
		return 0, err
	}
	at, err = schemaVersion(context.Background(), db)
	return at, errors.Join(err, db.Close())
}
