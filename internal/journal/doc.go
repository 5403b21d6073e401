// Package journal keeps what happened: an append-only record in many streams, with the deadline of each stream. It
// owns the interface [Store]; the stores behind it (a fake in memory, SQLite, PostgreSQL) all pass the one suite in
// journaltest. What must be done outside because of a record is not stored: it is derived from the record (package
// outbox), so it is as durable as its cause.
//
// # Records and streams
//
// A [Stream] is one thing that lives: a need ("need/n-1"), an agreement ("agreement/microsoft-openai"). A [Record]
// has two numbers: its Version counts from 1 within its stream, its Position counts from 1 over the whole journal.
// Neither has gaps. A record is never changed and never removed. Its Body is opaque here: the writer's canonical
// encoding, kept byte for byte. A body without bytes is nil when it comes back.
//
// # Appending
//
// A [Write] names the version that its writer saw last (Expect, 0 for a new stream). [Store.Append] makes the record
// and sets the deadline of the stream in one transaction, and returns when both are durable: they survive the loss of
// the process and of power. Two answers are no faults of the store:
//
//   - [*Duplicate]: the write's Key is in the journal already. The answer carries that record, which is the durable
//     answer to an earlier attempt. It wins over a conflict, because a retry comes with an old Expect.
//   - [*Conflict]: the stream has moved on (or is shorter than the writer believes). Load again, decide again.
//
// A [*Malformed] write is a bug of its writer; [Write.Check] lists the bounds. A [*Fault] says that the world failed
// (disk full, folder read-only) and what a person can do; [ErrClosed] that the store was closed. Nothing was recorded
// for any of these, with one exception: if the outcome of the commit itself is not known, the fault says so
// (Unknown is set). The same holds for a context that ends: either the record is there, whole, or nothing is. A
// writer that gives each Write a Key sends it again after such an answer and gets the record or a [*Duplicate].
//
// Appends to one stream are ordered by their versions: of many writers that expect the same version exactly one
// succeeds. A record can be read by everybody when Append returns, and not before it is durable. Positions are in the
// order in which records became durable, so that a reader of [Store.ReadAll] that goes on after the last position it
// saw misses nothing.
//
// # Deadlines
//
// Each stream has at most one next deadline: the Due of its latest record, none when that is zero. [Store.Due] lists
// the streams whose deadline has come, the earliest first. A deadline is only a wake-up; what it means is decided
// from the stream when it is loaded. It is not claimed: two replicas may both act on it, and one of them meets a
// [*Conflict].
//
// # Several processes
//
// A [Shared] store is written to by several processes at once, with the promises above. A decision may rest on more than its
// own stream: [Shared.AppendOn] takes a [Basis] and refuses with [*Stale] when one of those streams has moved on. A
// [Feed] tells of what others append. A lease ([Shared.Claim]) keeps two from doing the same work.
//
// # Integrity
//
// Each record carries a [Hash] that chains it to the record before (see [Link]). [Verify] reads the whole journal,
// computes the chain again and compares: a record that was changed, removed or put in is found, unless everything
// after it was rewritten too. To find that, keep the returned [Checkpoint] elsewhere and compare it later.
// Deadlines are consequences of the record and are not in the chain.
package journal
