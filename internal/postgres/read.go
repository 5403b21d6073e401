package postgres

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"firstlook/calendar"
	"firstlook/internal/journal"
)

const (
	selectRecord = "SELECT position, stream, version, coalesce(key, ''), recorded, actor, kind, body, hash, due FROM record"
	selectHead   = "SELECT name, version, due FROM stream "
	// pageRows is how many records are asked for at a time, and answerBytes ends an answer of ReadAll.
	pageRows    = 512
	answerBytes = 32 << 20
)

// each calls row for every row; it closes rows.
func each(rows pgx.Rows, row func() error) error {
	defer rows.Close()
	for rows.Next() {
		if err := row(); err != nil {
			return err
		}
	}
	return rows.Err()
}

// eachEntry decodes the rows of [selectRecord] until visit says false.
func eachEntry(rows pgx.Rows, visit func(*journal.Entry) bool) error {
	defer rows.Close()
	for rows.Next() {
		var e journal.Entry
		var hash []byte
		err := rows.Scan(&e.Position, &e.Stream, &e.Version, &e.Key, &e.Recorded, &e.Actor, &e.Kind, &e.Body, &hash, &e.Due)
		if err != nil {
			return err
		}
		if len(hash) != len(e.Hash) {
			return &journal.Corrupt{Position: e.Position, Reason: "its hash is not 32 bytes"}
		}
		e.Hash = journal.Hash(hash)
		if len(e.Body) == 0 {
			e.Body = nil
		}
		if !visit(&e) {
			break
		}
	}
	rows.Close()
	return rows.Err()
}

func eachRecord(rows pgx.Rows, visit func(*journal.Record) bool) error {
	return eachEntry(rows, func(e *journal.Entry) bool { return visit(&e.Record) })
}

// query reads entries; what an attempt that failed had read is dropped by begin.
func (s *Store) query(ctx context.Context, begin func(), visit func(*journal.Entry) bool, sql string, args ...any) error {
	return s.retry(ctx, "read", func(ctx context.Context, c *pgxpool.Conn) error {
		begin()
		rows, err := c.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		return eachEntry(rows, visit)
	})
}

// Read implements [journal.Store].
func (s *Store) Read(ctx context.Context, name journal.Stream, after int64) ([]journal.Record, error) {
	if !storable(string(name)) {
		return nil, s.ready(ctx)
	}
	var out []journal.Record
	err := s.query(ctx, func() { out = nil }, func(e *journal.Entry) bool { out = append(out, e.Record); return true },
		selectRecord+" WHERE stream = $1 AND version > $2 ORDER BY version", string(name), after)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ReadAll implements [journal.Store].
func (s *Store) ReadAll(ctx context.Context, after int64, limit int) ([]journal.Record, error) {
	entries, err := s.Entries(ctx, after, limit)
	if len(entries) == 0 {
		return nil, err
	}
	out := make([]journal.Record, len(entries))
	for i := range entries {
		out[i] = entries[i].Record
	}
	return out, nil
}

// Entries is ReadAll with the deadlines, for a copy of the journal.
func (s *Store) Entries(ctx context.Context, after int64, limit int) ([]journal.Entry, error) {
	if err := journal.CheckLimit("limit", limit); err != nil {
		return nil, err
	}
	var out []journal.Entry
	size := 0
	for len(out) < limit && size < answerBytes {
		want, had := min(limit-len(out), pageRows), len(out)
		from := after
		if had > 0 {
			from = out[had-1].Position
		}
		err := s.query(ctx, func() { out = out[:had] }, func(e *journal.Entry) bool {
			out = append(out, *e)
			size += len(e.Body)
			return size < answerBytes
		}, selectRecord+" WHERE position > $1 ORDER BY position LIMIT $2", from, want)
		if err != nil {
			return nil, err
		}
		if len(out) < had+want {
			break
		}
	}
	return out, nil
}

// ByKey implements [journal.Store].
func (s *Store) ByKey(ctx context.Context, key string) (r journal.Record, found bool, err error) {
	if key == "" || !storable(key) {
		return r, false, s.ready(ctx)
	}
	err = s.query(ctx, func() { found = false }, func(e *journal.Entry) bool { r, found = e.Record, true; return true }, selectRecord+" WHERE key = $1", key)
	return r, found, err
}

// Head implements [journal.Store].
func (s *Store) Head(ctx context.Context, name journal.Stream) (journal.Head, error) {
	heads, err := s.heads(ctx, "WHERE name = $1", string(name))
	if err != nil || len(heads) == 0 {
		return journal.Head{Stream: name}, err
	}
	return heads[0], nil
}

// Streams implements [journal.Store].
func (s *Store) Streams(ctx context.Context, prefix string) ([]journal.Head, error) {
	if prefix == "" {
		return s.heads(ctx, "ORDER BY name")
	}
	from, to := bounds([]string{prefix})
	return s.heads(ctx, `WHERE name >= $1 COLLATE "C" AND name < $2 COLLATE "C" ORDER BY name`, from[0], to[0])
}

// Due implements [journal.Store].
func (s *Store) Due(ctx context.Context, until calendar.Instant, limit int) ([]journal.Head, error) {
	if err := journal.CheckLimit("limit", limit); err != nil {
		return nil, err
	}
	return s.heads(ctx, "WHERE due <> 0 AND due <= $1 ORDER BY due, name LIMIT $2", int64(until), limit)
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
	for _, a := range args {
		if name, ok := a.(string); ok && !storable(name) {
			return nil, s.ready(ctx)
		}
	}
	var out []journal.Head
	err := s.retry(ctx, "read", func(ctx context.Context, c *pgxpool.Conn) error {
		out = nil
		rows, err := c.Query(ctx, selectHead+clause, args...)
		if err != nil {
			return err
		}
		return each(rows, func() error {
			var h journal.Head
			err := rows.Scan(&h.Stream, &h.Version, &h.Due)
			out = append(out, h)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Last implements [journal.Shared].
func (s *Store) Last(ctx context.Context) (last int64, err error) {
	err = s.retry(ctx, "read", func(ctx context.Context, c *pgxpool.Conn) error {
		return c.QueryRow(ctx, "SELECT position FROM journal").Scan(&last)
	})
	return last, err
}

// Holds implements [journal.Shared], in one exchange.
func (s *Store) Holds(ctx context.Context, h journal.Head, on journal.Basis) error {
	var have, last int64
	err := s.retry(ctx, "read", func(ctx context.Context, c *pgxpool.Conn) error {
		have, last = 0, 0
		var b pgx.Batch
		b.Queue("SELECT version FROM stream WHERE name = $1", string(h.Stream)).Query(func(rows pgx.Rows) error {
			return each(rows, func() error { return rows.Scan(&have) })
		})
		if len(on.Prefixes) > 0 {
			queueBasis(&b, &on, func(found int64) { last = found })
		}
		return c.SendBatch(ctx, &b).Close()
	})
	switch {
	case err != nil:
		return err
	case have != h.Version:
		return &journal.Conflict{Stream: h.Stream, Expect: h.Version, Have: have}
	case last > on.Through:
		return &journal.Stale{Through: on.Through, Have: last}
	}
	return nil
}

// storable reports whether a text can stand in the database at all: what cannot is no name of anything.
func storable(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

// bounds returns for each prefix the range of names that begin with it: from it, to before the next text of the same length or less.
func bounds(prefixes []string) (from, to []string) {
	for _, p := range prefixes {
		next := []rune(p)
		for len(next) > 0 && next[len(next)-1] == utf8.MaxRune {
			next = next[:len(next)-1]
		}
		end := strings.Repeat(string(utf8.MaxRune), journal.MaxName) // no name is above it
		if len(next) > 0 {
			if next[len(next)-1]++; next[len(next)-1] == 0xd800 {
				next[len(next)-1] = 0xe000 // surrogates are no characters
			}
			end = string(next)
		}
		from, to = append(from, p), append(to, end)
	}
	return slices.Clip(from), slices.Clip(to)
}
