package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"syscall"

	"firstlook/proof"
)

// Inspection is a journal that is looked at and not used: whoever has the folder goes on, and nothing in it changes.
type Inspection struct {
	Schema, Known int     // steps that its schema has, and that this program knows
	Holder        *Locked // who uses the folder; nil for nobody
	Records       *Reader // nil where the schema is not the one that this program reads

	db *sql.DB
}

// Inspect opens the journal in dir for looking. Errors are those of [Open].
func Inspect(ctx context.Context, dir string) (*Inspection, error) {
	i, err := inspectFolder(ctx, dir)
	if err != nil {
		return nil, fault(ctx, "open "+dir, unreadable(err))
	}
	return i, nil
}

func inspectFolder(ctx context.Context, dir string) (*Inspection, error) {
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
	steps, err := fs.Glob(migrations, "schema/*.sql")
	if err != nil {
		return nil, err
	}
	i := &Inspection{Known: len(steps), Holder: holder(dir)}
	// Where nobody has the file and no write-ahead log is left, it is read as it lies, and SQLite puts nothing beside it.
	mode := "?mode=ro&immutable=1"
	if _, err := os.Stat(path + "-wal"); err == nil || i.Holder != nil {
		mode = "?mode=ro"
	}
	if i.db, err = sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path}).String()+mode+"&_pragma=busy_timeout(5000)&_pragma=query_only(on)&_pragma=trusted_schema(off)"); err != nil {
		return nil, err
	}
	if i.Schema, err = schemaVersion(ctx, i.db); err != nil {
		return nil, errors.Join(err, i.db.Close())
	}
	if i.Schema == i.Known {
		i.Records = &Reader{i.db}
	}
	return i, nil
}

// holder says who has the lock of a folder; nil for nobody.
func holder(dir string) *Locked {
	f, err := os.Open(filepath.Join(dir, lockName))
	if err != nil {
		return nil
	}
	defer f.Close() // which gives the lock back, where this got it
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		return readLock(f, dir)
	}
	return nil
}

// Pages lets SQLite check its pages and tables; it says what is wrong, or nothing.
func (i *Inspection) Pages(ctx context.Context) (string, error) {
	var said string
	if err := i.db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&said); err != nil {
		return "", fault(ctx, "read", unreadable(err))
	}
	if said == "ok" {
		said = ""
	}
	return said, nil
}

// Log is where the transparency log was stored last: behind which record, and its tree there.
func (i *Inspection) Log(ctx context.Context) (position int64, tree proof.Builder, err error) {
	var edge []byte
	err = i.db.QueryRowContext(ctx, "SELECT position, size, edge FROM log").Scan(&position, &tree.Size, &edge)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, proof.Builder{}, nil
	}
	tree.Edge = unpack(edge)
	return position, tree, fault(ctx, "read", err)
}

// Close ends the looking.
func (i *Inspection) Close() error { return fault(context.Background(), "close", i.db.Close()) }
