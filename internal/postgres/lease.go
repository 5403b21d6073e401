package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Claim implements [journal.Shared].
func (s *Store) Claim(ctx context.Context, name string, d time.Duration) (held bool, err error) {
	err = s.retry(ctx, "claim", func(ctx context.Context, c *pgxpool.Conn) error {
		tag, err := c.Exec(ctx, `INSERT INTO lease (name, holder, until) VALUES ($1, $2, clock_timestamp() + $3)
			ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
			WHERE lease.holder = excluded.holder OR lease.until <= clock_timestamp()`, name, s.holder, d)
		held = tag.RowsAffected() == 1
		return err
	})
	return held, err
}

// Release implements [journal.Shared].
func (s *Store) Release(ctx context.Context, name string) error {
	return s.retry(ctx, "release", func(ctx context.Context, c *pgxpool.Conn) error {
		_, err := c.Exec(ctx, "DELETE FROM lease WHERE name = $1 AND holder = $2", name, s.holder)
		return err
	})
}

// releaseAll gives back what this store holds. If the server is away the leases end by themselves.
func (s *Store) releaseAll() {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	_ = s.once(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		_, err := c.Exec(ctx, "DELETE FROM lease WHERE holder = $1", s.holder)
		return err
	})
}
