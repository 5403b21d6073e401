package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"firstlook/internal/journal"
)

var (
	// ErrNewer says that the file was made by a later version of the program.
	ErrNewer = errors.New("the journal was written by a newer version of Firstlook")
	// ErrForeign says that the file is not a journal of ours.
	ErrForeign = errors.New("firstlook.db is not a journal of Firstlook")
	// ErrStopped says that a disk failure ended writing; reading goes on.
	ErrStopped = errors.New("an earlier write failed on the disk")
)

// Locked says that another process uses the folder.
type Locked struct {
	Dir     string
	PID     int    // 0 when the other process had not written it yet
	Command string // as it was started
}

// Error names the folder and the process.
func (e *Locked) Error() string {
	who := "another process"
	if e.PID != 0 {
		who = fmt.Sprintf("process %d (%s)", e.PID, e.Command)
	}
	return fmt.Sprintf("%s is in use by %s", e.Dir, who)
}

// fault wraps what the world said about an operation and adds what a person can do. Errors of a context and those
// that are answers already pass as they are.
func fault(ctx context.Context, op string, err error) error {
	var (
		answer *journal.Fault
		bad    *journal.Corrupt
		lite   *driver.Error
	)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err() // the driver reports an interrupted query in words of its own
	case errors.As(err, &answer), errors.Is(err, journal.ErrClosed):
		return err
	case errors.As(err, &bad):
		return &journal.Fault{Op: op, Err: err, Remedy: remedyCorrupt}
	case errors.As(err, &lite):
		return &journal.Fault{Op: op, Err: liteError(lite), Remedy: remedies[lite.Code()&0xff]}
	case errors.Is(err, syscall.ENOSPC):
		return &journal.Fault{Op: op, Err: err, Remedy: remedies[sqlite3.SQLITE_FULL]}
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return &journal.Fault{Op: op, Err: err, Remedy: remedies[sqlite3.SQLITE_READONLY]}
	}
	return &journal.Fault{Op: op, Err: err}
}

const remedyCorrupt = "keep the folder as it is, and restore the last backup into a new one (firstlook restore FILE --data NEW)"

// remedies is by primary result code.
var remedies = map[int]string{
	sqlite3.SQLITE_FULL:     "free some disk space; nothing that was acknowledged is lost",
	sqlite3.SQLITE_READONLY: "make the folder writable for this user, or name another one",
	sqlite3.SQLITE_PERM:     "make the folder writable for this user, or name another one",
	sqlite3.SQLITE_CANTOPEN: "make the folder and firstlook.db readable and writable for this user, or name another one",
	sqlite3.SQLITE_CORRUPT:  remedyCorrupt,
	sqlite3.SQLITE_NOTADB:   "name another folder, or restore this one from a copy",
	sqlite3.SQLITE_IOERR:    "check the disk, then start again",
	sqlite3.SQLITE_BUSY:     "close the other program that has firstlook.db open",
}

// liteError replaces a damaged file's code by the type that every store has for it.
func liteError(e *driver.Error) error {
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_CORRUPT:
		return &journal.Corrupt{Reason: "firstlook.db is damaged: " + e.Error()}
	case sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w: %w", ErrForeign, e)
	}
	return e
}

// stops reports whether after err only opening the file again tells what it holds.
func stops(err error) bool {
	var lite *driver.Error
	if !errors.As(err, &lite) {
		return true
	}
	switch lite.Code() & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_NOMEM:
		return false
	}
	return true
}
