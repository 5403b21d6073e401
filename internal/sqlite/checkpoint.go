package sqlite

import "context"

// checkpointAfter is how many bytes of records the writer commits before the write-ahead log is copied into the database beside it. SQLite would do so within
// a commit once the log is long, and everybody who waits for that commit would wait for the copy and its fsync.
const checkpointAfter = 4 << 20

// checkpoint copies the write-ahead log into the database whenever the writer asks, on a connection of its own: the writer goes on meanwhile. What
// fails here fails again in the writer's own checkpoint, which then says so.
func (s *Store) checkpoint(ctx context.Context, wanted <-chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-wanted:
			_, _ = s.read.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)")
		}
	}
}
