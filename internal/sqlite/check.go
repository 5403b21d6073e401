package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"firstlook/internal/journal"
)

// checkedAtOnce is how large a file is checked whole before the journal opens (some 50 ms here); of a larger one the end is, and the
// rest beside everything else.
const checkedAtOnce = 16 << 20

// check looks for damage. A file that SQLite cannot read right is refused; a record that is not what was written leaves the journal to
// be read, and takes no further ones (see [Store.Damage]).
func (s *Store) check(ctx, background context.Context, whole int64) error {
	info, err := os.Stat(filepath.Join(s.dir, databaseName))
	if err != nil {
		return err
	}
	if info.Size() <= whole {
		return s.noteDamage(s.checkAll(ctx))
	}
	s.filled.Go(func() {
		// Ended by Close, or because it cannot be read: whoever reads there is told.
		_ = s.noteDamage(checkChain(background, s.read, nil))
	})
	return nil
}

// noteDamage keeps what is wrong with a record, and returns what else is.
func (s *Store) noteDamage(err error) error {
	var corrupt *journal.Corrupt
	if errors.As(err, &corrupt) && corrupt.Position > 0 {
		s.damage.Store(corrupt)
		return nil
	}
	return err
}

// Damage says what was found wrong with the records when the journal was opened, as a [*journal.Fault]; nil if nothing was.
func (s *Store) Damage() error {
	if d := s.damage.Load(); d != nil {
		return &journal.Fault{Op: "append", Err: d, Remedy: remedyCorrupt}
	}
	return nil
}

// checkAll lets SQLite check its pages, then reads every record and compares what follows from them with the tables.
func (s *Store) checkAll(ctx context.Context) error {
	var said string
	if err := s.read.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&said); err != nil {
		return unreadable(err)
	}
	if said != "ok" {
		return &journal.Corrupt{Reason: "a page of firstlook.db is damaged: " + said}
	}
	heads := map[journal.Stream]head{}
	keys := map[keyPlace]bool{}
	err := checkChain(ctx, s.read, func(e *entry) {
		if e.Position > s.tail.folded {
			return
		}
		heads[e.Stream] = head{e.Version, e.Position, e.due}
		if e.Key != "" {
			keys[keyPlace{keyHash(e.Key), e.Position}] = true
		}
	})
	if err != nil {
		return unreadable(err)
	}
	return unreadable(checkTables(ctx, s.read, heads, keys))
}

// unreadable gives a page that SQLite finds damaged its common form.
func unreadable(err error) error {
	var lite *driver.Error
	if errors.As(err, &lite) && (lite.Code()&0xff == sqlite3.SQLITE_CORRUPT || lite.Code()&0xff == sqlite3.SQLITE_NOTADB) {
		return &journal.Corrupt{Reason: "a page of firstlook.db is damaged: " + lite.Error()}
	}
	return err
}

// checkChain reads every record and follows the chain of hashes.
func checkChain(ctx context.Context, db *sql.DB, visit func(*entry)) error {
	var at journal.Checkpoint
	var said []byte
	var wrong error
	err := pagesFrom(ctx, db, 1, func(first int64, page []byte) (bool, error) {
		if first != at.Position+1 {
			return false, &journal.Corrupt{Position: at.Position + 1, Reason: "the record is gone"}
		}
		err := entries(first, page, first, func(e entry) bool {
			said = journal.Encode(said[:0], &e.Record)
			at = journal.Checkpoint{Position: e.Position, Hash: journal.Link(at.Hash, journal.Leaf(said))}
			if at.Hash != e.Hash {
				wrong = &journal.Corrupt{Position: e.Position, Reason: "its hash does not follow from its content and the record before"}
				return false
			}
			if visit != nil {
				visit(&e)
			}
			return true
		})
		return wrong == nil, err
	})
	return errors.Join(wrong, err)
}

// checkTables compares what was folded with what the records imply.
func checkTables(ctx context.Context, db *sql.DB, heads map[journal.Stream]head, keys map[keyPlace]bool) error {
	n := 0
	err := each(ctx, db, "SELECT name, version, head, due FROM stream", nil, func(rows *sql.Rows) (bool, error) {
		var name journal.Stream
		var h head
		if err := rows.Scan(&name, &h.version, &h.at, &h.due); err != nil {
			return false, err
		}
		if n++; heads[name] != h {
			return false, &journal.Corrupt{Reason: fmt.Sprintf("a page of firstlook.db is damaged: the head of %q is not that of its records", name)}
		}
		return true, nil
	})
	if err == nil && n != len(heads) {
		err = &journal.Corrupt{Reason: fmt.Sprintf("a page of firstlook.db is damaged: it has the heads of %d of %d streams", n, len(heads))}
	}
	if err != nil {
		return err
	}
	// A row too many does no harm: two keys may share a hash, so the key itself is compared.
	err = each(ctx, db, "SELECT hash, position FROM record_key", nil, func(rows *sql.Rows) (bool, error) {
		var k keyPlace
		err := rows.Scan(&k.hash, &k.position)
		delete(keys, k)
		return true, err
	})
	if err == nil && len(keys) > 0 {
		err = &journal.Corrupt{Reason: fmt.Sprintf("a page of firstlook.db is damaged: %d keys of its records are gone", len(keys))}
	}
	return err
}
