// Package memory keeps an identity store in memory: the fake that tests and the demo use in place of a database. It has the semantics of
// every [identity.Store] and passes the same suite.
package memory

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"firstlook/internal/identity"
)

// Store is an identity store in memory.
type Store struct {
	mu      sync.RWMutex
	closed  bool
	records map[identity.Kind]map[string]record
	entries []identity.Entry
}

var _ identity.Store = (*Store)(nil)

// record is a value; values are never changed in place.
type record struct {
	value []byte
	until time.Time
}

// New returns an empty store.
func New() *Store { return &Store{records: map[identity.Kind]map[string]record{}} }

// View runs f while nobody writes.
func (s *Store) View(ctx context.Context, f func(identity.Tx) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.usable(ctx); err != nil {
		return err
	}
	return f(&tx{s: s})
}

// Update runs f alone and undoes what it wrote if it fails.
func (s *Store) Update(ctx context.Context, f func(identity.Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		return err
	}
	t := &tx{s: s, writes: true}
	kept := false
	defer func() {
		if !kept { // f failed or panicked
			t.undo()
		}
	}()
	err := f(t)
	kept = err == nil
	return err
}

// Close ends the use of the store.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}

func (s *Store) usable(ctx context.Context) error {
	if s.closed {
		return identity.ErrClosed
	}
	return ctx.Err()
}

// tx is a transaction; before holds, the latest last, what each write undoes.
type tx struct {
	s      *Store
	writes bool
	before []func()
}

func (t *tx) undo() {
	for _, f := range slices.Backward(t.before) {
		f()
	}
}

func (t *tx) Get(kind identity.Kind, key string) ([]byte, error) {
	r, ok := t.s.records[kind][key]
	if !ok {
		return nil, fmt.Errorf("%s: %w", kind, identity.ErrNotFound)
	}
	return bytes.Clone(r.value), nil
}

func (t *tx) Put(kind identity.Kind, key string, value []byte, until time.Time) error {
	if !t.writes {
		return identity.ErrReadOnly
	}
	of := t.s.records[kind]
	if of == nil {
		of = map[string]record{}
		t.s.records[kind] = of
	}
	t.remember(of, key)
	of[key] = record{bytes.Clone(value), until}
	return nil
}

// remember makes the undoing of a write to a key.
func (t *tx) remember(of map[string]record, key string) {
	old, had := of[key]
	t.before = append(t.before, func() {
		if had {
			of[key] = old
		} else {
			delete(of, key)
		}
	})
}

func (t *tx) Delete(kind identity.Kind, key string) error {
	if !t.writes {
		return identity.ErrReadOnly
	}
	t.remember(t.s.records[kind], key)
	delete(t.s.records[kind], key)
	return nil
}

func (t *tx) Each(kind identity.Kind, f func(string, []byte) error) error {
	of := t.s.records[kind]
	for _, key := range slices.Sorted(maps.Keys(of)) {
		if err := f(key, bytes.Clone(of[key].value)); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) Sweep(now time.Time) (n int, err error) {
	if !t.writes {
		return 0, identity.ErrReadOnly
	}
	for _, of := range t.s.records {
		for key, r := range of {
			if !r.until.IsZero() && !r.until.After(now) {
				t.remember(of, key)
				delete(of, key)
				n++
			}
		}
	}
	return n, nil
}

func (t *tx) Append(seq int64, body []byte) error {
	if !t.writes {
		return identity.ErrReadOnly
	}
	if seq != int64(len(t.s.entries))+1 {
		return identity.ErrOrder
	}
	length := len(t.s.entries)
	t.before = append(t.before, func() { t.s.entries = t.s.entries[:length:length] })
	t.s.entries = append(t.s.entries, identity.Entry{Seq: seq, Body: bytes.Clone(body)})
	return nil
}

func (t *tx) Entries(before int64, limit int) (out []identity.Entry, err error) {
	for i := min(before-1, int64(len(t.s.entries))); i >= 1 && len(out) < limit; i-- {
		e := t.s.entries[i-1]
		out = append(out, identity.Entry{Seq: e.Seq, Body: bytes.Clone(e.Body)})
	}
	return out, nil
}
