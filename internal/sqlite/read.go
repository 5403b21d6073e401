package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"firstlook/calendar"
	"firstlook/internal/journal"
)

const (
	// findPage finds the page that has a position.
	findPage = "SELECT first, records FROM page WHERE first <= ? ORDER BY first DESC LIMIT 1"
	// answerBytes ends an answer of ReadAll.
	answerBytes = 32 << 20
)

// pagesFrom visits the page that has a position and those after it, until visit says false.
func pagesFrom(ctx context.Context, db *sql.DB, position int64, visit func(first int64, page []byte) (bool, error)) error {
	const from = "SELECT first, records FROM page WHERE first >= coalesce((SELECT max(first) FROM page WHERE first <= ?), 0) ORDER BY first"
	return each(ctx, db, from, []any{position}, func(rows *sql.Rows) (bool, error) {
		var first int64
		var page sql.RawBytes
		if err := rows.Scan(&first, &page); err != nil {
			return false, err
		}
		return visit(first, page)
	})
}

// each calls row for each row of a query until it says false.
func each(ctx context.Context, db *sql.DB, query string, args []any, row func(*sql.Rows) (bool, error)) error {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if more, err := row(rows); err != nil || !more {
			return err
		}
	}
	return rows.Err()
}

// failed gives an error of reading its final form.
func (s *Store) failed(ctx context.Context, err error) error {
	if err != nil && s.closed.Load() {
		return journal.ErrClosed
	}
	return fault(ctx, "read", err)
}

// query is each on the reading connections.
func (s *Store) query(ctx context.Context, query string, args []any, row func(*sql.Rows) (bool, error)) error {
	return s.failed(ctx, each(ctx, s.read, query, args, row))
}

// row is a page in hand.
type row struct {
	first int64
	page  []byte
}

// entry reads the record at a position; from hand if that is the page which has it, else that page is in hand then.
func (s *Store) entry(ctx context.Context, position int64, hand *row) (found entry, err error) {
	find := func() error {
		if hand.first == 0 || hand.first > position {
			return nil
		}
		return entries(hand.first, hand.page, position, func(e entry) bool { found = e; return false })
	}
	if err = find(); err == nil && found.Position == 0 {
		err = each(ctx, s.read, findPage, []any{position}, func(rows *sql.Rows) (bool, error) {
			return false, rows.Scan(&hand.first, &hand.page)
		})
		if err == nil {
			err = find()
		}
	}
	if err == nil && found.Position != position {
		err = &journal.Corrupt{Position: position, Reason: "the record is gone"}
	}
	return found, s.failed(ctx, err)
}

// ReadAll implements [journal.Store].
func (s *Store) ReadAll(ctx context.Context, after int64, limit int) ([]journal.Record, error) {
	if err := journal.CheckLimit("limit", limit); err != nil {
		return nil, err
	}
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	var out []journal.Record
	err := readAll(ctx, s.read, after, limit, func(e *entry) { out = append(out, e.Record) })
	if err != nil {
		return nil, s.failed(ctx, err)
	}
	return out, nil
}

// readAll visits at most limit records that follow a position, or as many as make a large answer.
func readAll(ctx context.Context, db *sql.DB, after int64, limit int, visit func(*entry)) error {
	n, size := 0, 0
	return pagesFrom(ctx, db, max(after, 0)+1, func(first int64, page []byte) (bool, error) {
		more := true
		err := entries(first, page, max(after, 0)+1, func(e entry) bool {
			visit(&e)
			n, size = n+1, size+len(e.Body)
			more = n < limit && size < answerBytes
			return more
		})
		return more, err
	})
}

// Read implements [journal.Store]. It goes back from the head from one record to the one before in the stream, and
// checks that this leads through every version: the way is not in the chain of hashes.
func (s *Store) Read(ctx context.Context, name journal.Stream, after int64) ([]journal.Record, error) {
	h, err := s.head(ctx, name)
	if err != nil {
		return nil, err
	}
	var (
		out  []journal.Record // the newest first
		hand row
		at   = h.at
	)
	for version := h.version; version > max(after, 0); version-- {
		e, err := s.entry(ctx, at, &hand)
		if err != nil {
			return nil, err
		}
		if e.Stream != name || e.Version != version {
			return nil, s.failed(ctx, &journal.Corrupt{Position: at, Reason: fmt.Sprintf("it is not version %d of %s", version, name)})
		}
		out = append(out, e.Record)
		at = e.prior
	}
	slices.Reverse(out)
	return out, nil
}

// ByKey implements [journal.Store].
func (s *Store) ByKey(ctx context.Context, key string) (journal.Record, bool, error) {
	if err := s.ready(ctx); err != nil || key == "" {
		return journal.Record{}, false, err
	}
	var places []int64
	if at, ok := s.tail.key(key); ok {
		places = []int64{at}
	} else {
		err := s.query(ctx, "SELECT position FROM record_key WHERE hash = ?", []any{keyHash(key)}, func(rows *sql.Rows) (bool, error) {
			var at int64
			err := rows.Scan(&at)
			places = append(places, at)
			return true, err
		})
		if err != nil {
			return journal.Record{}, false, err
		}
	}
	for _, at := range places {
		e, err := s.entry(ctx, at, new(row))
		if err != nil || e.Key == key {
			return e.Record, err == nil, err
		}
	}
	return journal.Record{}, false, nil
}

// Head implements [journal.Store].
func (s *Store) Head(ctx context.Context, name journal.Stream) (journal.Head, error) {
	h, err := s.head(ctx, name)
	return journal.Head{Stream: name, Version: h.version, Due: h.due}, err
}

func (s *Store) head(ctx context.Context, name journal.Stream) (head, error) {
	if err := s.ready(ctx); err != nil {
		return head{}, err
	}
	h, ok := s.tail.head(name)
	if ok {
		return h, nil
	}
	err := s.query(ctx, "SELECT version, head, due FROM stream WHERE name = ?", []any{string(name)}, func(rows *sql.Rows) (bool, error) {
		return true, rows.Scan(&h.version, &h.at, &h.due)
	})
	return h, err
}

// ready refuses what may need no query when the store is closed or the context has ended.
func (s *Store) ready(ctx context.Context) error {
	if s.closed.Load() {
		return journal.ErrClosed
	}
	return ctx.Err()
}

// Streams implements [journal.Store].
func (s *Store) Streams(ctx context.Context, prefix string) ([]journal.Head, error) {
	if prefix == "" {
		return s.heads(ctx, "ORDER BY name")
	}
	// Every name with the prefix lies in [prefix, prefix 0xff): no UTF-8 text contains that byte.
	return s.heads(ctx, "WHERE name >= ? AND name < ? ORDER BY name", prefix, prefix+"\xff")
}

// Due implements [journal.Store].
func (s *Store) Due(ctx context.Context, until calendar.Instant, limit int) ([]journal.Head, error) {
	if err := journal.CheckLimit("limit", limit); err != nil {
		return nil, err
	}
	return s.heads(ctx, "WHERE due <> 0 AND due <= ? ORDER BY due, name LIMIT ?", int64(until), limit)
}

// NextDue implements [journal.Store].
func (s *Store) NextDue(ctx context.Context) (calendar.Instant, bool, error) {
	first, err := s.heads(ctx, "WHERE due <> 0 ORDER BY due LIMIT 1")
	if err != nil || len(first) == 0 {
		return 0, false, err
	}
	return first[0].Due, true, nil
}

func (s *Store) heads(ctx context.Context, clause string, args ...any) ([]journal.Head, error) {
	if err := s.complete(ctx); err != nil {
		return nil, err
	}
	var out []journal.Head
	err := s.query(ctx, "SELECT name, version, due FROM stream "+clause, args, func(rows *sql.Rows) (bool, error) {
		var h journal.Head
		err := rows.Scan(&h.Stream, &h.Version, &h.Due)
		out = append(out, h)
		return true, err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
