// Package memory keeps a journal in memory: the fake that tests and simulations use in place of a database. It has
// the semantics of every [journal.Store] and passes the same suite; durable means here that it survives [Store.Close],
// which [Store.Reopen] shows.
package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"firstlook/calendar"
	"firstlook/internal/journal"
)

// Store is a journal in memory.
type Store struct {
	mu     sync.RWMutex
	closed bool
	kept   *kept
}

var _ journal.Store = (*Store)(nil)

// kept is what survives Close. Records are only ever appended, so slices of them can be handed on.
type kept struct {
	records []journal.Record
	streams map[journal.Stream]*stream
	keys    map[string]int64 // position
}

type stream struct {
	head    journal.Head
	records []journal.Record
}

// New returns an empty store.
func New() *Store {
	return &Store{kept: &kept{
		streams: map[journal.Stream]*stream{},
		keys:    map[string]int64{},
	}}
}

// Reopen closes s and returns a store of the same records.
func (s *Store) Reopen() *Store {
	s.Close()
	return &Store{kept: s.kept}
}

// Close implements [journal.Store].
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}

// read takes the lock for reading when the call may go on; the caller releases it.
func (s *Store) read(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.RLock()
	if s.closed {
		s.mu.RUnlock()
		return journal.ErrClosed
	}
	return nil
}

// write takes the lock for writing when the call may go on; the caller releases it.
func (s *Store) write(ctx context.Context) error {
	s.mu.Lock()
	err := ctx.Err() // after the wait for the lock
	if err == nil && s.closed {
		err = journal.ErrClosed
	}
	if err != nil {
		s.mu.Unlock()
	}
	return err
}

// Append implements [journal.Store].
func (s *Store) Append(ctx context.Context, w journal.Write) (journal.Record, error) {
	if err := w.Check(); err != nil {
		return journal.Record{}, err
	}
	if err := s.write(ctx); err != nil {
		return journal.Record{}, err
	}
	defer s.mu.Unlock()
	k := s.kept
	if at, ok := k.keys[w.Key]; ok {
		return journal.Record{}, &journal.Duplicate{Record: copied(k.records[at-1])}
	}
	st := k.streams[w.Stream]
	if st == nil {
		st = &stream{head: journal.Head{Stream: w.Stream}}
	}
	if st.head.Version != w.Expect {
		return journal.Record{}, &journal.Conflict{Stream: w.Stream, Expect: w.Expect, Have: st.head.Version}
	}
	return copied(k.add(st, w)), nil
}

// add makes the record of a write that nothing stands against.
func (k *kept) add(st *stream, w journal.Write) journal.Record {
	r := journal.Record{
		Position: int64(len(k.records)) + 1,
		Stream:   w.Stream, Version: w.Expect + 1,
		Key: w.Key, Recorded: w.Recorded, Actor: w.Actor, Kind: w.Kind, Body: clone(w.Body),
	}
	var before journal.Hash
	if n := len(k.records); n > 0 {
		before = k.records[n-1].Hash
	}
	r.Hash = journal.Link(before, journal.Leaf(journal.Encode(nil, &r)))
	k.records = append(k.records, r)
	st.records = append(st.records, r)
	st.head.Version, st.head.Due = r.Version, w.Due
	k.streams[w.Stream] = st
	if w.Key != "" {
		k.keys[w.Key] = r.Position
	}
	return r
}

// Read implements [journal.Store].
func (s *Store) Read(ctx context.Context, name journal.Stream, after int64) ([]journal.Record, error) {
	if err := s.read(ctx); err != nil {
		return nil, err
	}
	defer s.mu.RUnlock()
	st := s.kept.streams[name]
	if st == nil {
		return nil, nil
	}
	return page(st.records, after, len(st.records)), nil
}

// ReadAll implements [journal.Store].
func (s *Store) ReadAll(ctx context.Context, after int64, limit int) ([]journal.Record, error) {
	if err := journal.CheckLimit("limit", limit); err != nil {
		return nil, err
	}
	if err := s.read(ctx); err != nil {
		return nil, err
	}
	defer s.mu.RUnlock()
	return page(s.kept.records, after, limit), nil
}

// page copies at most limit records that follow the first after ones.
func page(all []journal.Record, after int64, limit int) []journal.Record {
	after = max(after, 0)
	if after >= int64(len(all)) {
		return nil
	}
	all = all[after:]
	all = slices.Clone(all[:min(limit, len(all))])
	for i := range all {
		all[i] = copied(all[i])
	}
	return all
}

// ByKey implements [journal.Store].
func (s *Store) ByKey(ctx context.Context, key string) (journal.Record, bool, error) {
	if err := s.read(ctx); err != nil {
		return journal.Record{}, false, err
	}
	defer s.mu.RUnlock()
	at, ok := s.kept.keys[key]
	if !ok {
		return journal.Record{}, false, nil
	}
	return copied(s.kept.records[at-1]), true, nil
}

// Head implements [journal.Store].
func (s *Store) Head(ctx context.Context, name journal.Stream) (journal.Head, error) {
	if err := s.read(ctx); err != nil {
		return journal.Head{}, err
	}
	defer s.mu.RUnlock()
	if st := s.kept.streams[name]; st != nil {
		return st.head, nil
	}
	return journal.Head{Stream: name}, nil
}

// Streams implements [journal.Store].
func (s *Store) Streams(ctx context.Context, prefix string) ([]journal.Head, error) {
	return s.heads(ctx,
		func(h journal.Head) bool { return strings.HasPrefix(string(h.Stream), prefix) },
		func(a, b journal.Head) int { return cmp.Compare(a.Stream, b.Stream) })
}

// Due implements [journal.Store].
func (s *Store) Due(ctx context.Context, until calendar.Instant, limit int) ([]journal.Head, error) {
	if err := journal.CheckLimit("limit", limit); err != nil {
		return nil, err
	}
	due, err := s.heads(ctx,
		func(h journal.Head) bool { return h.Due.IsSet() && h.Due <= until },
		func(a, b journal.Head) int { return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.Stream, b.Stream)) })
	return due[:min(limit, len(due))], err
}

// NextDue implements [journal.Store].
func (s *Store) NextDue(ctx context.Context) (calendar.Instant, bool, error) {
	due, err := s.heads(ctx,
		func(h journal.Head) bool { return h.Due.IsSet() },
		func(a, b journal.Head) int { return cmp.Compare(a.Due, b.Due) })
	if err != nil || len(due) == 0 {
		return 0, false, err
	}
	return due[0].Due, true, nil
}

// heads returns the heads that pass, in order.
func (s *Store) heads(ctx context.Context, pass func(journal.Head) bool, order func(a, b journal.Head) int) ([]journal.Head, error) {
	if err := s.read(ctx); err != nil {
		return nil, err
	}
	defer s.mu.RUnlock()
	var out []journal.Head
	for _, st := range s.kept.streams {
		if pass(st.head) {
			out = append(out, st.head)
		}
	}
	slices.SortFunc(out, order)
	return out, nil
}

// copied returns r with bytes of its own, so that nobody can change what is kept.
func copied(r journal.Record) journal.Record {
	r.Body = clone(r.Body)
	return r
}

// clone copies b; nothing becomes nil.
func clone(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return bytes.Clone(b)
}
