package sqlite

import (
	"context"
	"database/sql"

	"firstlook/calendar"
)

// Deadlines counts the streams that have a deadline, and those of them whose deadline came at an instant or before.
func (s *Store) Deadlines(ctx context.Context, until calendar.Instant) (open, come int64, err error) {
	if err := s.complete(ctx); err != nil {
		return 0, 0, err
	}
	err = s.query(ctx, "SELECT (SELECT count(*) FROM stream WHERE due <> 0), (SELECT count(*) FROM stream WHERE due <> 0 AND due <= ?)", []any{int64(until)},
		func(rows *sql.Rows) (bool, error) { return false, rows.Scan(&open, &come) })
	return open, come, err
}

// batched returns run, which also tells how large each batch is to who wants to know.
func batched(tell func(int), run func([]*request)) func([]*request) {
	if tell == nil {
		return run
	}
	return func(batch []*request) {
		tell(len(batch))
		run(batch)
	}
}
