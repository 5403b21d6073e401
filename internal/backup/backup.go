// Package backup copies a journal to a file and back, from any store into any other.
//
// # The file
//
// A backup is the line "firstlook backup 1" and a gzip stream of frames, each after its length as a uvarint:
//
//	the secret of the transparency log, 32 bytes
//	one frame for each record, in order: its deadline in 8 bytes, the largest first, and its canonical bytes ([journal.Encode])
//	an empty frame
//	what all this comes to, as JSON: [Summary]
//
// Positions, hashes and leaves follow from the records and the secret, so a journal that is restored has the same chain of
// hashes and the same root of its log. The secret is why a backup is to be guarded: whoever has it can open sealed values.
//
// # Online
//
// Records are never changed, so those up to the position at which a backup begins are one state, whatever is appended
// meanwhile. [Write] checks the chain on its way and refuses to copy a journal that is damaged. [Restore] reads the file to its end,
// and checks it, before it writes anything.
//
// Not part of a backup: who may sign in, and the keys of the log's signers. They are guarded otherwise.
package backup

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"firstlook/calendar"
	"firstlook/internal/journal"
	"firstlook/internal/translog"
	"firstlook/proof"
)

// Source is a store to copy.
type Source interface {
	// Last returns the position of the last record.
	Last(ctx context.Context) (int64, error)
	// Entries is ReadAll of [journal.Store] with the deadlines.
	Entries(ctx context.Context, after int64, limit int) ([]journal.Entry, error)
	// LogSecret returns the secret of the transparency log.
	LogSecret(ctx context.Context) ([32]byte, error)
}

// Fill makes a new store of a secret and of the entries that next returns, some at a time and [io.EOF] in the end. It fails where the
// store has records, and leaves nothing behind when it fails.
type Fill func(ctx context.Context, secret [32]byte, next func() ([]journal.Entry, error)) error

// Summary is what a backup comes to.
type Summary struct {
	Position int64  `json:"position"` // of the last record
	Hash     string `json:"hash"`     // of the last record, in hexadecimal
	Leaves   int64  `json:"leaves"`   // size of the transparency log
	Root     string `json:"root"`     // and its root, in hexadecimal
}

// ErrForm says that a file is no backup, or not a whole one.
var ErrForm = errors.New("the file is not a whole backup of Firstlook")

const (
	line = "firstlook backup 1\n"
	// page is how many records are in hand at a time.
	page = 1024
	// maxFrame bounds a frame: a record has a body of at most journal.MaxBody and some names.
	maxFrame = journal.MaxBody + 1<<16
)

// sum follows the chain and the log.
type sum struct {
	at      journal.Checkpoint
	sealer  *proof.Sealer
	log     proof.Builder
	scratch proof.Scratch
	leaves  []proof.Hash
}

// add takes in the next record, given its canonical bytes.
func (s *sum) add(r *journal.Record, said []byte) {
	leaf := journal.Leaf(said)
	s.at = journal.Checkpoint{Position: s.at.Position + 1, Hash: journal.Link(s.at.Hash, leaf)}
	f := translog.Fact(r)
	s.leaves = s.sealer.AppendHashes(s.leaves[:0], &f, &s.scratch)
	for _, h := range s.leaves {
		s.log.Add(h)
	}
}

func (s *sum) summary() Summary {
	root := s.log.Root()
	return Summary{Position: s.at.Position, Hash: s.at.Hash.String(), Leaves: s.log.Size, Root: hex.EncodeToString(root[:])}
}

// Write copies a store as it is now.
func Write(ctx context.Context, src Source, w io.Writer) (Summary, error) {
	last, err := src.Last(ctx)
	if err != nil {
		return Summary{}, err
	}
	secret, err := src.LogSecret(ctx)
	if err != nil {
		return Summary{}, err
	}
	if _, err := io.WriteString(w, line); err != nil {
		return Summary{}, err
	}
	z := gzip.NewWriter(w)
	out := bufio.NewWriterSize(z, 1<<16)
	s := &sum{sealer: proof.NewSealer(secret)}
	writeFrame(out, secret[:])
	if err := writeRecords(ctx, src, s, last, out); err != nil {
		return Summary{}, err
	}
	writeFrame(out, nil)
	end, err := json.Marshal(s.summary())
	if err != nil {
		return Summary{}, err
	}
	writeFrame(out, end)
	return s.summary(), errors.Join(out.Flush(), z.Close()) // Flush tells of every write that failed
}

func writeRecords(ctx context.Context, src Source, s *sum, last int64, out *bufio.Writer) error {
	var frame []byte
	for s.at.Position < last {
		entries, err := src.Entries(ctx, s.at.Position, int(min(last-s.at.Position, page)))
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			return &journal.Corrupt{Position: s.at.Position + 1, Reason: "the record is gone"}
		}
		for i := range entries {
			e := &entries[i]
			frame = binary.BigEndian.AppendUint64(frame[:0], uint64(e.Due))
			frame = journal.Encode(frame, &e.Record)
			s.add(&e.Record, frame[8:])
			if s.at.Position != e.Position || s.at.Hash != e.Hash {
				return &journal.Corrupt{Position: s.at.Position, Reason: "its hash does not follow from its content and the record before"}
			}
			writeFrame(out, frame)
		}
	}
	return nil
}

// writeFrame writes a frame; the last flush tells whether that failed.
func writeFrame(w *bufio.Writer, b []byte) {
	var length [binary.MaxVarintLen64]byte
	_, _ = w.Write(length[:binary.PutUvarint(length[:], uint64(len(b)))])
	_, _ = w.Write(b)
}

// reader reads a backup from its beginning and checks what it can on the way.
type reader struct {
	in     *bufio.Reader
	secret [32]byte
	sum    sum
	ended  bool
	said   Summary
}

func newReader(r io.Reader) (*reader, error) {
	head := make([]byte, len(line))
	if _, err := io.ReadFull(r, head); err != nil || string(head) != line {
		return nil, ErrForm
	}
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForm, err)
	}
	b := &reader{in: bufio.NewReaderSize(z, 1<<16)}
	secret, err := b.frame()
	if err != nil || len(secret) != len(b.secret) {
		return nil, ErrForm
	}
	copy(b.secret[:], secret)
	b.sum.sealer = proof.NewSealer(b.secret)
	return b, nil
}

// frame reads a frame, which has bytes of its own.
func (b *reader) frame() ([]byte, error) {
	n, err := binary.ReadUvarint(b.in)
	if err != nil || n > maxFrame {
		return nil, fmt.Errorf("%w: it ends too soon", ErrForm)
	}
	out := make([]byte, n)
	if _, err := io.ReadFull(b.in, out); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForm, err)
	}
	return out, nil
}

// next returns some entries, or [io.EOF] once the end was read and agrees with what came before it.
func (b *reader) next() ([]journal.Entry, error) {
	if b.ended {
		return nil, io.EOF
	}
	var out []journal.Entry
	for size := 0; len(out) < page && size < journal.MaxBody; {
		f, err := b.frame()
		if err != nil {
			return nil, err
		}
		if len(f) == 0 {
			b.ended = true
			if err := b.end(); err != nil || len(out) > 0 {
				return out, err
			}
			return nil, io.EOF
		}
		if len(f) < 8 {
			return nil, ErrForm
		}
		r, err := journal.Decode(f[8:])
		if err != nil {
			return nil, fmt.Errorf("%w: record %d: %w", ErrForm, b.sum.at.Position+1, err)
		}
		b.sum.add(&r, f[8:])
		r.Position, r.Hash = b.sum.at.Position, b.sum.at.Hash
		out = append(out, journal.Entry{Record: r, Due: calendar.Instant(binary.BigEndian.Uint64(f))})
		size += len(f)
	}
	return out, nil
}

func (b *reader) end() error {
	f, err := b.frame()
	if err != nil {
		return err
	}
	if err := json.Unmarshal(f, &b.said); err != nil {
		return fmt.Errorf("%w: %w", ErrForm, err)
	}
	if _, err := b.in.ReadByte(); !errors.Is(err, io.EOF) { // with the end comes the stream's checksum
		return fmt.Errorf("%w: something follows its end, or its checksum is wrong", ErrForm)
	}
	if got := b.sum.summary(); got != b.said {
		return fmt.Errorf("%w: its records come to %+v, its end says %+v", ErrForm, got, b.said)
	}
	return nil
}

// Check reads a backup to its end and returns what it comes to; an error wraps [ErrForm] where it is not whole.
func Check(r io.Reader) (Summary, error) {
	b, err := newReader(r)
	if err != nil {
		return Summary{}, err
	}
	for {
		if _, err := b.next(); errors.Is(err, io.EOF) {
			return b.said, nil
		} else if err != nil {
			return Summary{}, err
		}
	}
}

// Restore checks a backup and then fills a store with it. The file is read twice.
func Restore(ctx context.Context, file io.ReadSeeker, fill Fill) (Summary, error) {
	want, err := Check(file)
	if err != nil {
		return Summary{}, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return Summary{}, err
	}
	b, err := newReader(file)
	if err != nil {
		return Summary{}, err
	}
	if err := fill(ctx, b.secret, b.next); err != nil {
		return Summary{}, err
	}
	if b.said != want {
		return Summary{}, fmt.Errorf("%w: it changed while it was read", ErrForm)
	}
	return want, nil
}
