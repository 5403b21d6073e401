package postgres

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"

	"firstlook/calendar"
)

// Deadlines counts the streams that have a deadline, and those of them whose deadline came at an instant or before.
func (s *Store) Deadlines(ctx context.Context, until calendar.Instant) (open, come int64, err error) {
	err = s.retry(ctx, "count deadlines", func(ctx context.Context, c *pgxpool.Conn) error {
		return c.QueryRow(ctx, "SELECT (SELECT count(*) FROM stream WHERE due <> 0), (SELECT count(*) FROM stream WHERE due <> 0 AND due <= $1)", int64(until)).Scan(&open, &come)
	})
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
