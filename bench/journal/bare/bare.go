// Package bare is the yardstick of the journal's benchmarks: the least that a durable append on SQLite can be. One
// table with one BLOB column, no index, synchronous=FULL, and the batching and the connection settings of the real
// store, so that what differs is only what the store does beyond it.
package bare

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"

	"firstlook/internal/sqlite"
	"firstlook/internal/sqlite/group"
)

// Appender appends blobs durably.
type Appender struct {
	db                              *sql.DB
	conn                            *sql.Conn
	begin, insert, commit, rollback *sql.Stmt
	queue                           *group.Queue[*item]
}

type item struct {
	blob []byte
	err  error
}

// Open makes an appender with a new file in dir.
func Open(dir string) (*Appender, error) {
	ctx := context.Background()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "bare.db")+sqlite.Settings)
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	a := &Appender{db: db, conn: conn}
	if _, err := conn.ExecContext(ctx, "CREATE TABLE bare (blob BLOB)"); err != nil {
		return nil, errors.Join(err, conn.Close(), db.Close())
	}
	for query, stmt := range map[string]**sql.Stmt{
		"BEGIN IMMEDIATE": &a.begin, "INSERT INTO bare VALUES (?)": &a.insert, "COMMIT": &a.commit, "ROLLBACK": &a.rollback,
	} {
		if *stmt, err = conn.PrepareContext(ctx, query); err != nil {
			return nil, errors.Join(err, conn.Close(), db.Close())
		}
	}
	a.queue = group.New(sqlite.DefaultQueue, sqlite.DefaultBatch, a.run)
	return a, nil
}

// Append returns when the blob is durable. It may be called from many goroutines.
func (a *Appender) Append(ctx context.Context, blob []byte) error {
	i := &item{blob: blob}
	if err := a.queue.Do(ctx, i); err != nil {
		return err
	}
	return i.err
}

// Close waits for what is under way and closes the file.
func (a *Appender) Close() error {
	a.queue.Close()
	return errors.Join(a.conn.Close(), a.db.Close())
}

func (a *Appender) run(batch []*item) {
	err := a.write(batch)
	for _, i := range batch {
		i.err = err
	}
}

func (a *Appender) write(batch []*item) error {
	if _, err := a.begin.Exec(); err != nil {
		return err
	}
	for _, i := range batch {
		if _, err := a.insert.Exec(i.blob); err != nil {
			_, undo := a.rollback.Exec()
			return errors.Join(err, undo)
		}
	}
	_, err := a.commit.Exec()
	return err
}
