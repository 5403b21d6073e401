package identitydb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
)

// OpenReader opens a file for looking, beside whoever uses it: nothing in it changes, and an update fails. A file of another schema is
// refused.
func OpenReader(ctx context.Context, path string) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	mode := "?mode=ro&immutable=1" // SQLite puts nothing beside a file that nobody has
	if _, err := os.Stat(path + "-wal"); err == nil {
		mode = "?mode=ro"
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path}).String()+mode+"&_pragma=busy_timeout(5000)&_pragma=query_only(on)&_pragma=trusted_schema(off)")
	if err != nil {
		return nil, err
	}
	steps, err := fs.Glob(schema, "schema/*.sql")
	var id, version int
	if err == nil {
		err = db.QueryRowContext(ctx, "SELECT application_id, user_version FROM pragma_application_id, pragma_user_version").Scan(&id, &version)
	}
	switch {
	case err != nil:
	case id != applicationID:
		err = ErrForeign
	case version != len(steps):
		err = fmt.Errorf("its schema is %d, this version reads %d", version, len(steps))
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Store{write: db, read: db, ended: make(chan struct{})}, nil
}
