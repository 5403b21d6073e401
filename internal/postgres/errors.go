package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"firstlook/internal/journal"
)

var (
	// ErrNewer says that the schema was made by a later version of the program.
	ErrNewer = errors.New("the database was written by a newer version of Firstlook")
	// ErrForeign says that the schema holds something else.
	ErrForeign = errors.New("the schema holds tables that are not a journal of Firstlook")
	// ErrNotEmpty says that a journal to be restored into has records.
	ErrNotEmpty = errors.New("the database has a record already")

	errURL      = errors.New("the database's URL cannot be read")
	errFsync    = errors.New("the server runs with fsync off, so nothing that it acknowledges is safe")
	errRestored = errors.New("the database was filled from a backup while this server ran")
	errUTF8     = errors.New("the database's encoding is not UTF8")
)

// transient reports whether an error may pass by trying again: the connection or the server was lost, or is coming back.
func transient(err error) bool {
	var said *pgconn.PgError
	var corrupt *journal.Corrupt
	var known *journal.Fault
	switch {
	case err == nil, errors.As(err, &corrupt), errors.As(err, &known):
		return false
	case errors.Is(err, context.Canceled):
		return false
	case !errors.As(err, &said):
		return true // not the server's word: the way to it
	}
	switch said.Code {
	case "57P01", "57P02", "57P03", // shutting down, crashed, starting
		"40001", "40P01", // serialization, deadlock
		"25P03", "25P02", // cut off inside a transaction, and what follows from that
		"25006", // a standby: its primary is gone and another will be
		"53300": // too many connections
		return true
	}
	return strings.HasPrefix(said.Code, "08")
}

// fault wraps what the world said about an operation and adds what a person can do.
func fault(ctx context.Context, op string, err error) error {
	var (
		answer  *journal.Fault
		corrupt *journal.Corrupt
		said    *pgconn.PgError
	)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &answer), errors.Is(err, journal.ErrClosed):
		return err
	case errors.As(err, &corrupt):
		return &journal.Fault{Op: op, Err: err, Remedy: remedyCorrupt}
	case errors.As(err, &said):
		// The server's own words; a detail could quote what was recorded.
		return &journal.Fault{Op: op, Err: fmt.Errorf("the server says: %s (%s)", said.Message, said.Code), Remedy: remedy(said.Code)}
	}
	return &journal.Fault{Op: op, Err: away(err), Remedy: "see that the server runs and can be reached"}
}

const remedyCorrupt = "stop writing, keep the database as it is, and restore the last backup into a new one (firstlook restore FILE --db URL)"

// away says that the server could not be reached. What the driver says of a failed connection names host and user, never the
// password.
func away(err error) error {
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return fmt.Errorf("the database cannot be reached: %w", err)
	}
	return fmt.Errorf("the connection to the database was lost: %w", err)
}

// remedy is by SQLSTATE, or by its class.
func remedy(code string) string {
	switch {
	case code == "53100":
		return "free some disk space on the database's server; nothing that was acknowledged is lost"
	case code == "3D000":
		return "create the database, or name another one"
	case code == "42501":
		return "give the user the right to create the schema and to use its tables"
	case strings.HasPrefix(code, "28"):
		return "check the user and the password of the URL"
	case strings.HasPrefix(code, "XX"):
		return remedyCorrupt
	}
	return ""
}
