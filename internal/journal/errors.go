package journal

import (
	"errors"
	"fmt"
)

// ErrClosed says that the store was closed before the call was taken up; the call did nothing.
var ErrClosed = errors.New("the journal is closed")

// Conflict says that a write's Expect is not the head of its stream.
type Conflict struct {
	Stream Stream
	Expect int64 // what the writer saw
	Have   int64 // version at the head; 0 for a stream that does not exist
}

// Error says what the writer expected and what is there.
func (e *Conflict) Error() string {
	return fmt.Sprintf("stream %s is at version %d, not at %d as the writer saw", e.Stream, e.Have, e.Expect)
}

// Duplicate says that a write's Key is in the journal already. It is compared by key alone: the record may be of
// another stream or have another body if the writer used one key for two things.
type Duplicate struct {
	Record Record // the answer to the earlier write
}

// Error names the key and where it is.
func (e *Duplicate) Error() string {
	return fmt.Sprintf("key %q is recorded already, at position %d, in %s version %d",
		e.Record.Key, e.Record.Position, e.Record.Stream, e.Record.Version)
}

// Malformed says that an argument is outside its bounds: a bug of the caller.
type Malformed struct {
	Field  string // the field or argument, as the Go code names it
	Reason string
}

// Error names the field and what is wrong with it.
func (e *Malformed) Error() string { return "malformed " + e.Field + ": " + e.Reason }

// Fault says that the world failed: a disk, a folder, a file that another program changed.
type Fault struct {
	Op      string // what was attempted: "append"
	Err     error  // what the world said
	Remedy  string // a person's next step; empty when there is none but to try again
	Unknown bool   // the record may be there or not: ask by its key, or send the write again with the same key
}

// Error says what failed, why, and what to do.
func (e *Fault) Error() string {
	s := fmt.Sprintf("%s: %v", e.Op, e.Err)
	if e.Unknown {
		s += "; whether it was recorded is not known"
	}
	if e.Remedy != "" {
		s += "; " + e.Remedy
	}
	return s
}

// Unwrap returns what the world said.
func (e *Fault) Unwrap() error { return e.Err }

// Corrupt says that the journal's content is not what was written.
type Corrupt struct {
	Position int64 // of the first record that is wrong; 0 when what is wrong is not a record
	Reason   string
}

// Error says where and what.
func (e *Corrupt) Error() string {
	if e.Position == 0 {
		return "the journal was damaged or changed: " + e.Reason
	}
	return fmt.Sprintf("the journal was damaged or changed at position %d: %s", e.Position, e.Reason)
}
