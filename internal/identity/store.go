package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Store keeps records and the audit. internal/identity/identitydb keeps them in SQLite, internal/identity/memory in memory;
// both pass internal/identity/identitytest.
type Store interface {
	// View runs f on one consistent state. Writing in it is an error.
	View(ctx context.Context, f func(Tx) error) error
	// Update runs f alone and once. If f returns nil, all that it wrote is durable when Update returns nil; if f returns an
	// error, Update returns it and nothing is written.
	Update(ctx context.Context, f func(Tx) error) error
	// Close ends the use of the store; later calls return [ErrClosed].
	Close() error
}

// Tx is the inside of a transaction; it ends with it. Values that it returns are the caller's own.
type Tx interface {
	// Get returns the value, or [ErrNotFound].
	Get(kind Kind, key string) ([]byte, error)
	// Put writes the value, over an earlier one. From until on it may be swept; a zero until keeps it.
	Put(kind Kind, key string, value []byte, until time.Time) error
	// Delete removes the value; that there is none is no error.
	Delete(kind Kind, key string) error
	// Each calls f with every value of the kind in the order of the keys' bytes, until f returns an error, which it returns.
	// f may not write.
	Each(kind Kind, f func(key string, value []byte) error) error
	// Sweep deletes all whose until is not after now, and says how many.
	Sweep(now time.Time) (int, error)
	// Append adds an entry to the audit. seq must be one more than the last, from 1 on, else [ErrOrder].
	Append(seq int64, body []byte) error
	// Entries returns at most limit entries of the audit with a number below before, the last first.
	Entries(before int64, limit int) ([]Entry, error)
}

// Entry is an entry of the audit as it is stored.
type Entry struct {
	Seq  int64
	Body []byte
}

// Kind is a kind of record.
type Kind string

// The errors of a store that callers tell apart.
var (
	ErrNotFound = errors.New("no such record")
	ErrOrder    = errors.New("an entry of the audit is out of order")
	ErrClosed   = errors.New("the store is closed")
	ErrReadOnly = errors.New("a view does not write")
)

// table gives a kind of record its type. Values are JSON.
type table[T any] struct{ kind Kind }

// The kinds, with what their keys are. What is a hash is the hash of a secret.
var (
	people    = table[Person]{"person"}      // id
	logins    = table[login]{"login"}        // issuer, space, subject
	rules     = table[Rule]{"rule"}          // id
	sessions  = table[session]{"session"}    // hash
	flows     = table[flow]{"flow"}          // hash of the state
	tokens    = table[tokenRecord]{"token"}  // id
	links     = table[link]{"link"}          // hash
	passwords = table[password]{"password"}  // e-mail address in lower case
	failures  = table[failureCount]{"fails"} // what it counts against, see suspect
)

// get returns the zero value and false where there is none.
func (t table[T]) get(tx Tx, key string) (v T, ok bool, err error) {
	b, err := tx.Get(t.kind, key)
	if errors.Is(err, ErrNotFound) {
		return v, false, nil
	}
	if err != nil {
		return v, false, err
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return v, false, fmt.Errorf("%s record: %w", t.kind, err)
	}
	return v, true, nil
}

func (t table[T]) put(tx Tx, key string, v T, until time.Time) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return tx.Put(t.kind, key, b, until)
}

func (t table[T]) drop(tx Tx, key string) error { return tx.Delete(t.kind, key) }

func (t table[T]) each(tx Tx, f func(key string, v T) error) error {
	return tx.Each(t.kind, func(key string, b []byte) error {
		var v T
		if err := json.Unmarshal(b, &v); err != nil {
			return fmt.Errorf("%s record: %w", t.kind, err)
		}
		return f(key, v)
	})
}

// forever is the until of what is not swept.
var forever time.Time
