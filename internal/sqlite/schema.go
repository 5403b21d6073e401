package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"firstlook/internal/journal"
)

// applicationID marks the file as ours: "FLk1".
const applicationID = 0x464c6b31

// migrations are applied in the order of their names; the number of those applied is the file's user_version. A file
// that was released is never edited: a change is a new file.
//
//go:embed schema/*.sql
var migrations embed.FS

// migrate brings the file to the schema of this program, one transaction a step.
func migrate(ctx context.Context, db *sql.DB) error {
	steps, err := fs.Glob(migrations, "schema/*.sql")
	if err != nil {
		return err
	}
	at, err := schemaVersion(ctx, db)
	if err != nil {
		return err
	}
	if at > len(steps) {
		return &journal.Fault{Op: "open", Err: fmt.Errorf("%w (schema %d, this one knows %d)", ErrNewer, at, len(steps)),
			Remedy: "use the newer version, or another data folder"}
	}
	for n, step := range steps[at:] {
		text, err := migrations.ReadFile(step)
		if err != nil {
			return err
		}
		_, err = db.ExecContext(ctx, fmt.Sprintf("BEGIN IMMEDIATE;\n%s;\nPRAGMA application_id = %d;\nPRAGMA user_version = %d;\nCOMMIT",
			text, applicationID, at+n+1))
		if err != nil {
			return fmt.Errorf("%s: %w", step, err)
		}
	}
	return nil
}

// schemaVersion returns the version of a journal of ours, 0 for a file that holds nothing yet.
func schemaVersion(ctx context.Context, db *sql.DB) (int, error) {
	var id, version, tables int
	err := db.QueryRowContext(ctx, "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)"+
		" FROM pragma_application_id, pragma_user_version").Scan(&id, &version, &tables)
	if err != nil {
		return 0, err
	}
	if id != applicationID && (id != 0 || version != 0 || tables != 0) {
		return 0, &journal.Fault{Op: "open", Err: ErrForeign, Remedy: "name another data folder"}
	}
	return version, nil
}

// inspect looks at a file before SQLite does, since merely connecting would turn another program's database into one
// with a write-ahead log. It refuses what is surely not ours; [schemaVersion] judges the rest.
func inspect(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	// The layout is SQLite's file format: the magic, at 60 user_version, at 68 application_id, at 103 the number of
	// entries of the schema's first page. All three are zero until a new journal's first checkpoint.
	var h [108]byte
	n, err := io.ReadFull(f, h[:])
	if n == 0 && errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	id := binary.BigEndian.Uint32(h[68:])
	blank := id == 0 && binary.BigEndian.Uint32(h[60:]) == 0 && binary.BigEndian.Uint16(h[103:]) == 0
	if n < len(h) || string(h[:16]) != "SQLite format 3\x00" || id != applicationID && !blank {
		return &journal.Fault{Op: "open", Err: ErrForeign, Remedy: "name another data folder, or restore this one from a copy"}
	}
	return nil
}
