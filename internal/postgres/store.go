package postgres

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"firstlook/internal/journal"
	"firstlook/internal/sqlite/group"
)

// Options are the choices of [Open]; the zero value is a good one.
type Options struct {
	Queue    int           // calls that may wait for the writer before further ones block; DefaultQueue when 0
	Batch    int           // calls that one transaction may carry; DefaultBatch when 0
	Readers  int           // connections for reading; DefaultReaders when 0
	Patience time.Duration // how long a call goes on trying when the server is away; DefaultPatience when 0
	Poll     time.Duration // how often the feed asks although no notification came; DefaultPoll when 0

	// Batched is told how many calls each transaction carries, before it; nil for nobody.
	Batched func(calls int)
}

// What the zero [Options] mean.
const (
	DefaultQueue    = 4096
	DefaultBatch    = 512
	DefaultReaders  = 8
	DefaultPatience = 20 * time.Second
	DefaultPoll     = time.Second
)

const (
	// defaultSchema is where the tables stand unless the URL names a search_path.
	defaultSchema = "firstlook"
	// stuck is after how long the server cuts off a replica that stopped inside a transaction.
	stuck = "10s"
	// connectTime bounds one attempt to connect.
	connectTime = 5 * time.Second
	// unbounded is what a call gets as its time that has no patience: closing.
	closeTime = 2 * time.Second
)

// Store is a journal in a database.
type Store struct {
	config   *pgx.ConnConfig // of connections beside the pool
	schema   string
	holder   string // of leases
	patience time.Duration
	pool     *pgxpool.Pool
	log      *logKeeper
	writer   *writer
	queue    *group.Queue[*request]
	feed     *feed

	closing sync.Once
	closed  atomic.Bool
	ended   error
}

var _ journal.Shared = (*Store)(nil)

// Open connects to the database of a URL and brings its schema up to date. Errors are [*journal.Fault]s with a remedy; none
// shows the URL's password.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	s, err := open(ctx, url, o)
	if err != nil {
		return nil, fault(ctx, "open the database", err)
	}
	return s, nil
}

func open(ctx context.Context, url string, o Options) (*Store, error) {
	pool, schema, err := configure(url)
	if err != nil {
		return nil, err
	}
	if _, err := migrate(ctx, pool.ConnConfig, schema); err != nil {
		return nil, err
	}
	pool.MaxConns = int32(cmp.Or(o.Readers, DefaultReaders))
	var id [8]byte
	if _, err := rand.Read(id[:]); err != nil {
		return nil, err
	}
	s := &Store{config: pool.ConnConfig, schema: schema, holder: hex.EncodeToString(id[:]), patience: cmp.Or(o.Patience, DefaultPatience)}
	if s.pool, err = pgxpool.NewWithConfig(ctx, pool); err != nil {
		return nil, err
	}
	if err := s.openLog(ctx); err != nil {
		s.pool.Close()
		return nil, err
	}
	s.feed = newFeed(s, cmp.Or(o.Poll, DefaultPoll))
	s.writer = &writer{store: s}
	s.queue = group.New(cmp.Or(o.Queue, DefaultQueue), cmp.Or(o.Batch, DefaultBatch), batched(o.Batched, s.writer.run))
	return s, nil
}

// configure reads a URL. Sessions commit durably, whatever the server's default.
func configure(url string) (*pgxpool.Config, string, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, "", &journal.Fault{Op: "open the database", Err: errURL, Remedy: "write it as postgres://user@host:5432/database"}
	}
	params := config.ConnConfig.RuntimeParams
	schema := cmp.Or(params["search_path"], defaultSchema)
	if strings.ContainsAny(schema, `,"$\ `) {
		return nil, "", &journal.Fault{Op: "open the database", Err: fmt.Errorf("search_path %q is not one schema", schema), Remedy: "name one schema, in plain letters"}
	}
	params["search_path"] = schema
	params["idle_in_transaction_session_timeout"] = stuck
	params["timezone"] = "UTC"
	params["plan_cache_mode"] = "force_generic_plan" // every statement has one good plan
	params["application_name"] = cmp.Or(params["application_name"], "firstlook")
	if params["synchronous_commit"] == "" {
		params["synchronous_commit"] = "on"
	}
	if config.ConnConfig.ConnectTimeout == 0 || config.ConnConfig.ConnectTimeout > connectTime {
		config.ConnConfig.ConnectTimeout = connectTime
	}
	return config, schema, nil
}

// Append implements [journal.Store].
func (s *Store) Append(ctx context.Context, w journal.Write) (journal.Record, error) {
	return s.AppendOn(ctx, w, journal.Basis{})
}

// AppendOn implements [journal.Shared].
func (s *Store) AppendOn(ctx context.Context, w journal.Write, on journal.Basis) (journal.Record, error) {
	if err := w.Check(); err != nil {
		return journal.Record{}, err
	}
	if err := s.ready(ctx); err != nil {
		return journal.Record{}, err
	}
	r := s.newRequest(&w, on)
	if err := s.queue.Do(ctx, r); err != nil {
		if errors.Is(err, group.ErrClosed) {
			err = journal.ErrClosed
		}
		return journal.Record{}, err // the queue may still hold r
	}
	if r.err != nil {
		return journal.Record{}, r.err
	}
	return r.record, nil
}

// ready refuses a call when the store is closed or the context has ended.
func (s *Store) ready(ctx context.Context) error {
	if s.closed.Load() {
		return journal.ErrClosed
	}
	return ctx.Err()
}

// Close implements [journal.Store].
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.queue.Close()
		s.releaseAll()
		s.closed.Store(true)
		s.feed.stop()
		s.writer.disconnect()
		s.pool.Close()
	})
	return s.ended
}

// retry runs f on a connection of the pool, again while the server is away and patience lasts.
func (s *Store) retry(ctx context.Context, op string, f func(context.Context, *pgxpool.Conn) error) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	until := time.Now().Add(s.patience)
	for wait := firstWait; ; wait = min(2*wait, lastWait) {
		err := s.once(ctx, f)
		if err == nil {
			return nil
		}
		if s.closed.Load() {
			return journal.ErrClosed
		}
		if !transient(err) || ctx.Err() != nil || time.Now().Add(wait).After(until) {
			return fault(ctx, op, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

func (s *Store) once(ctx context.Context, f func(context.Context, *pgxpool.Conn) error) error {
	c, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	return f(ctx, c)
}

// Pauses between attempts.
const (
	firstWait = 5 * time.Millisecond
	lastWait  = 250 * time.Millisecond
)
