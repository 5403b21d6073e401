package journal

import (
	"context"

	"firstlook/calendar"
	"firstlook/party"
)

// Stream names one thing that lives, as kind and id: "need/n-1".
type Stream string

// Record is one durable fact. Whoever receives one does not change the bytes of its Body.
type Record struct {
	Position int64            // 1 for the first in the journal, without gaps
	Stream   Stream           //
	Version  int64            // 1 for the first in its stream, without gaps
	Key      string           // idempotency key, unique in the journal; empty for none
	Recorded calendar.Instant // when the writer recorded it; the store does not read a clock
	Actor    party.ID         // on whose behalf; empty when time alone caused it
	Kind     string           // what the Body is
	Body     []byte           // canonical encoding, opaque here; nil when empty
	Hash     Hash             // Link of the record before and this one's Leaf
}

// Write asks for one record together with the deadline that follows from it.
type Write struct {
	Stream   Stream
	Expect   int64 // version of the last record of the stream that the writer saw; 0 for a new stream
	Key      string
	Recorded calendar.Instant
	Actor    party.ID
	Kind     string
	Body     []byte
	Due      calendar.Instant // the stream's next deadline once this is recorded; 0 for none
}

// Head is the state of a stream. The zero Version stands for a stream that does not exist.
type Head struct {
	Stream  Stream
	Version int64
	Due     calendar.Instant // 0 for none
}

// Store is a journal. Its methods may be called from many goroutines; the package comment says what they promise.
//
// Every method returns the error of a context that has ended, [ErrClosed] after Close, and a [*Fault] when the world
// failed. Results are in the order stated, nil when there are none.
type Store interface {
	// Append records w durably, or answers *Conflict, *Duplicate or *Malformed and records nothing.
	Append(ctx context.Context, w Write) (Record, error)

	// Read returns the records of a stream with a version above after, in order.
	Read(ctx context.Context, s Stream, after int64) ([]Record, error)
	// ReadAll returns at most limit records with a position above after, in order; limit is at least 1. It returns
	// fewer than limit only at the end, or when their bodies are large; none means the end.
	ReadAll(ctx context.Context, after int64, limit int) ([]Record, error)
	// ByKey returns the record with a non-empty idempotency key, and whether there is one.
	ByKey(ctx context.Context, key string) (Record, bool, error)

	// Head returns the state of a stream; Version 0 when there is no such stream.
	Head(ctx context.Context, s Stream) (Head, error)
	// Streams returns every stream whose name begins with prefix, by name in byte order.
	Streams(ctx context.Context, prefix string) ([]Head, error)
	// Due returns at most limit streams with a deadline at or before until: by deadline, then by name.
	Due(ctx context.Context, until calendar.Instant, limit int) ([]Head, error)
	// NextDue returns the earliest deadline of all streams, and whether there is one.
	NextDue(ctx context.Context) (calendar.Instant, bool, error)

	// Close waits for what is under way, then frees everything. A second Close does nothing.
	Close() error
}
