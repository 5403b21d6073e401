package identitypg

import (
	"cmp"
	"context"

	"github.com/jackc/pgx/v5"
)

// Exists reports whether a database has an identity store. It changes nothing.
func Exists(ctx context.Context, url string) (there bool, err error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return false, ErrURL
	}
	name := cmp.Or(config.RuntimeParams["search_path"], defaultSchema)
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return false, err
	}
	defer c.Close(context.WithoutCancel(ctx))
	err = c.QueryRow(ctx, "SELECT EXISTS (SELECT FROM information_schema.tables WHERE table_schema = $1 AND table_name = 'identity_step')", name).Scan(&there)
	return there, err
}
