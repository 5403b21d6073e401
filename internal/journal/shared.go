package journal

import (
	"context"
	"fmt"
	"time"

	"firstlook/calendar"
)

// Entry is a record with the deadline that its stream got with it: all that a copy of a journal needs.
type Entry struct {
	Record
	Due calendar.Instant // 0 for none
}

// Feed is a store that says when records come, those of other processes included.
type Feed interface {
	// Changes returns a channel that is sent the position of the last record: once at the beginning, then whenever it grew
	// since the last value was taken. Values in between are left out, the latest never. The channel is closed when the
	// context ends or the store is closed. A value may come late by the time that a store polls at (a second), never sooner
	// than its record can be read.
	Changes(ctx context.Context) <-chan int64
}

// Basis is what a decision rests on beside its own stream: every record up to a position of the streams whose names begin
// with one of the prefixes. The zero Basis is nothing.
type Basis struct {
	Prefixes []string
	Through  int64 // the writer knows all records of those streams up to here
}

// Shared is a store that several processes write to at the same time. What one of them knows may be overtaken by another,
// so it offers what a process needs to notice that.
type Shared interface {
	Store
	Feed

	// AppendOn is Append for a decision that rests on other streams as well. It answers [*Stale] and records nothing when
	// one of them has a record that the writer did not know.
	AppendOn(ctx context.Context, w Write, on Basis) (Record, error)
	// Holds checks a decision that records nothing: nil when stream h is at version h.Version and the basis holds, else
	// [*Conflict] or [*Stale].
	Holds(ctx context.Context, h Head, on Basis) error
	// Last returns the position of the last record, 0 when there is none.
	Last(ctx context.Context) (int64, error)

	// Claim takes a lease, or prolongs the one that this store has, for a time by the database's clock; false when another
	// has it. A lease keeps two from doing the same work; it does not keep one that was paused from going on a little after
	// its lease ended, so the work must be safe to do twice.
	Claim(ctx context.Context, name string, d time.Duration) (bool, error)
	// Release gives a lease back, if this store has it. Close gives back all.
	Release(ctx context.Context, name string) error
}

// Stale says that a decision rests on streams that have moved on.
type Stale struct {
	Through int64 // what the writer knew
	Have    int64 // position of the last record of those streams
}

// Error says how far the writer was behind.
func (e *Stale) Error() string {
	return fmt.Sprintf("the decision rests on records up to position %d, and there is one at %d", e.Through, e.Have)
}
