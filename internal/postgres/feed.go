package postgres

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"firstlook/internal/journal"
)

// feed hears of every commit and tells whoever listens.
type feed struct {
	journal.Broadcast
	store *Store
	poll  time.Duration
	end   context.CancelFunc
	ended sync.WaitGroup
}

func newFeed(s *Store, poll time.Duration) *feed {
	ctx, cancel := context.WithCancel(context.Background())
	f := &feed{store: s, poll: poll, end: cancel}
	f.Publish(s.log.at.Position)
	f.ended.Go(func() { f.run(ctx) })
	return f
}

// channel is the name that commits of this journal are notified under; a database may have several journals.
func (s *Store) channel() string { return "firstlook " + s.schema }

// Changes implements [journal.Feed].
func (s *Store) Changes(ctx context.Context) <-chan int64 { return s.feed.Changes(ctx) }

func (f *feed) stop() {
	f.end()
	f.ended.Wait()
	f.Close()
}

// run listens, on a connection that is made again whenever it is lost.
func (f *feed) run(ctx context.Context) {
	for ctx.Err() == nil {
		_ = f.listen(ctx) // it ends with its connection; what was missed meanwhile is asked for
		select {
		case <-ctx.Done():
		case <-time.After(lastWait):
		}
	}
}

func (f *feed) listen(ctx context.Context) error {
	c, err := pgx.ConnectConfig(ctx, f.store.config)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
		defer cancel()
		_ = c.Close(ctx)
	}()
	if _, err := c.Exec(ctx, "LISTEN "+pgx.Identifier{f.store.channel()}.Sanitize()); err != nil {
		return err
	}
	for {
		var last int64
		if err := c.QueryRow(ctx, "SELECT position FROM journal").Scan(&last); err != nil {
			return err
		}
		f.Publish(last)
		if err := f.hear(ctx, c); err != nil {
			return err
		}
	}
}

// hear publishes what is notified until it is time to ask.
func (f *feed) hear(ctx context.Context, c *pgx.Conn) error {
	wait, cancel := context.WithTimeout(ctx, f.poll)
	defer cancel()
	for {
		n, err := c.WaitForNotification(wait)
		if err != nil {
			if wait.Err() != nil && ctx.Err() == nil && !c.IsClosed() {
				return nil
			}
			return err
		}
		if last, err := strconv.ParseInt(n.Payload, 10, 64); err == nil {
			f.Publish(last)
		}
	}
}
