package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"firstlook/internal/journal"
	"firstlook/internal/sqlite/group"
)

// Options are the choices of [Open]; the zero value is a good one.
type Options struct {
	Queue int // calls that may wait for the writer before further ones block; DefaultQueue when 0
	Batch int // calls that one transaction may carry; DefaultBatch when 0
	// NoLog opens the journal without its transparency log; whoever opens it with the log later adds what is missing.
	NoLog bool
	// Batched is told how many calls each transaction carries, before it; nil for nobody.
	Batched func(calls int)

	secret *[32]byte // of the log of a new journal; drawn when nil
	fold   int       // length at which the tail is folded; foldAfter when 0
	whole  int64     // size up to which a file is checked whole at once; checkedAtOnce when 0
	pages  int       // most pages that the file may have; for tests of a full disk
}

// Store is a journal in a folder.
type Store struct {
	dir    string
	lock   *os.File
	conn   *conn // the writer's
	read   *sql.DB
	filled sync.WaitGroup // what runs beside the writer: the loading of the filters, checkpoints
	cancel context.CancelFunc
	tail   *tail
	writer *writer
	logged *logKeeper // nil without a log
	queue  *group.Queue[*request]
	damage atomic.Pointer[journal.Corrupt] // found in what was recorded; nothing is appended to it

	closing sync.Once
	closed  atomic.Bool
	ended   error
}

var _ journal.Store = (*Store)(nil)

const (
	// DefaultQueue and DefaultBatch are what the zero [Options] mean.
	DefaultQueue = 4096
	DefaultBatch = 1024
	// Settings of every connection, as the query of the file's name. Benchmarks compare with the same ones. The cache
	// is small: it is reused all the time, and a larger one only costs more memory.
	Settings = "?_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=cache_size(-4096)" +
		"&_pragma=wal_autocheckpoint(4000)&_pragma=trusted_schema(off)"
	readers = 4
)

// Open opens the journal in dir and makes both if they are not there. Errors are [*journal.Fault]s with a remedy; what
// they wrap tells them apart: [*Locked], [ErrNewer], [ErrForeign], [*journal.Corrupt], or what the system said.
func Open(dir string, o Options) (*Store, error) {
	s, err := open(dir, o)
	if err != nil {
		return nil, fault(context.Background(), "open "+dir, err)
	}
	return s, nil
}

func open(dir string, o Options) (s *Store, err error) {
	if err := makeFolder(dir); err != nil {
		return nil, err
	}
	s = &Store{dir: dir, tail: newTail()}
	if s.lock, err = lockFolder(dir); err != nil {
		return nil, err
	}
	if err := s.start(o); err != nil {
		return nil, errors.Join(err, s.release())
	}
	return s, nil
}

// start opens the database and reads the tail.
func (s *Store) start(o Options) error {
	ctx := context.Background()
	path, err := filepath.Abs(filepath.Join(s.dir, databaseName))
	if err != nil {
		return err
	}
	if err := inspect(path); err != nil {
		return err
	}
	if err := s.connect(ctx, path, o); err != nil {
		return err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return err
	}
	if err := syncFolder(s.dir); err != nil {
		return err
	}
	if err := s.tail.load(ctx, s.read); err != nil {
		return err
	}
	if o.secret != nil {
		if err := s.keepSecret(*o.secret); err != nil {
			return err
		}
	}
	if !o.NoLog {
		if err := s.openLog(ctx); err != nil {
			return err
		}
	}
	background, cancel := context.WithCancel(ctx)
	s.cancel = cancel
	if err := s.check(ctx, background, cmp.Or(o.whole, checkedAtOnce)); err != nil {
		return err
	}
	if s.writer, err = newWriter(s.conn, s.tail, s.logged, int64(cmp.Or(o.fold, foldAfter))); err != nil {
		return err
	}
	s.fill(background)
	s.filled.Go(func() { s.checkpoint(background, s.writer.wanted) })
	s.queue = group.New(cmp.Or(o.Queue, DefaultQueue), cmp.Or(o.Batch, DefaultBatch), batched(o.Batched, s.writer.run))
	return nil
}

// connect opens the connections and brings the file to its schema.
func (s *Store) connect(ctx context.Context, path string, o Options) (err error) {
	name := (&url.URL{Scheme: "file", Path: path}).String() + Settings
	if s.conn, err = connect(name); err != nil {
		return err
	}
	if err := s.prepareFile(ctx, name); err != nil {
		return err
	}
	if s.read, err = sql.Open("sqlite", name+"&_pragma=query_only(on)"); err != nil {
		return err
	}
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers)
	if o.pages > 0 {
		limit, err := s.conn.prepare(fmt.Sprintf("PRAGMA max_page_count = %d", o.pages), 0)
		if err != nil {
			return err
		}
		return limit.exec()
	}
	return nil
}

// prepareFile brings the file to its schema and checks that it has a write-ahead log.
func (s *Store) prepareFile(ctx context.Context, name string) error {
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if err := migrate(ctx, db); err != nil {
		return err
	}
	var mode string
	if err := db.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return &journal.Fault{Op: "open", Err: fmt.Errorf("the file system of %s cannot keep a write-ahead log", s.dir),
			Remedy: "use a data folder on a local disk"}
	}
	return nil
}

// fill loads the filters beside everything else.
func (s *Store) fill(ctx context.Context) {
	if s.tail.folded == 0 {
		return // the tables are empty, and the filters know it
	}
	s.filled.Go(func() {
		s.tail.oldKeys.load(ctx, s.read, "SELECT hash FROM record_key", func(rows *sql.Rows) (hash int64, err error) {
			return hash, rows.Scan(&hash)
		})
	})
	s.filled.Go(func() {
		var name string
		s.tail.oldHeads.load(ctx, s.read, "SELECT name FROM stream", func(rows *sql.Rows) (int64, error) {
			err := rows.Scan(&name)
			return keyHash(name), err
		})
	})
}

// release closes what is open; the lock goes last.
func (s *Store) release() error {
	var failed error
	if s.cancel != nil {
		s.cancel()
		s.filled.Wait()
	}
	if s.logged != nil {
		failed = errors.Join(failed, s.logged.stop(s.conn, s.writer == nil || s.writer.stopped == nil))
	}
	if s.read != nil {
		failed = errors.Join(failed, s.read.Close())
	}
	if s.conn != nil {
		failed = errors.Join(failed, s.conn.close())
	}
	return errors.Join(failed, s.lock.Close())
}

// Close implements [journal.Store].
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.queue.Close()
		s.closed.Store(true)
		s.ended = fault(context.Background(), "close", s.release())
	})
	return s.ended
}

// Append implements [journal.Store].
func (s *Store) Append(ctx context.Context, w journal.Write) (journal.Record, error) {
	if err := w.Check(); err != nil {
		return journal.Record{}, err
	}
	if err := s.Damage(); err != nil {
		return journal.Record{}, err
	}
	r := newAppend(&w, s.logged)
	if err := s.do(ctx, r); err != nil {
		return journal.Record{}, err // the queue may still hold r
	}
	record, same, err := r.record, r.same, r.err
	r.free()
	if err != nil {
		return journal.Record{}, s.refusal(err, same)
	}
	return record, nil
}

// refusal completes the answer to a write whose key the record at a position has; others are complete.
func (s *Store) refusal(err error, same int64) error {
	var d *journal.Duplicate
	if !errors.As(err, &d) {
		return err
	}
	// The answer was found; a context that ends now does not lose it.
	e, err := s.entry(context.Background(), same, new(row))
	if err != nil {
		return err
	}
	d.Record = e.Record
	return d
}

// complete makes the tables say everything that was recorded before the call.
func (s *Store) complete(ctx context.Context) error {
	if s.tail.empty() {
		return ctx.Err()
	}
	r := &request{op: "fold"}
	if err := s.do(ctx, r); err != nil {
		return err
	}
	return r.err
}

func (s *Store) do(ctx context.Context, r *request) error {
	err := s.queue.Do(ctx, r)
	if errors.Is(err, group.ErrClosed) {
		return journal.ErrClosed
	}
	return err
}
