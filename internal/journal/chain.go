package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"

	"firstlook/calendar"
	"firstlook/party"
)

// Hash is a SHA-256.
type Hash [sha256.Size]byte

// String writes the hash in hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// leafTag sets leaves apart from every other hash that Firstlook makes, and names the form of their bytes.
const leafTag = "firstlook record 1\n"

// Encode appends what a record says, all but its place in the journal (Position and Hash), in its canonical bytes:
// stream, version, key, recorded, actor, kind and body, each text and the body preceded by its length as a uvarint,
// each number as 8 bytes, the largest first.
func Encode(b []byte, r *Record) []byte {
	b = AppendText(b, string(r.Stream))
	b = binary.BigEndian.AppendUint64(b, uint64(r.Version))
	b = AppendText(b, r.Key)
	b = binary.BigEndian.AppendUint64(b, uint64(r.Recorded))
	b = AppendText(b, string(r.Actor))
	b = AppendText(b, r.Kind)
	b = binary.AppendUvarint(b, uint64(len(r.Body)))
	return append(b, r.Body...)
}

// Leaf is the hash of a record's canonical bytes, as [Encode] makes them. A writer knows them before it knows the
// place, so that many can hash at once.
func Leaf(encoded []byte) Hash {
	h := sha256.New()
	h.Write([]byte(leafTag))
	h.Write(encoded)
	var out Hash
	h.Sum(out[:0])
	return out
}

// AppendText appends a text preceded by its length as a uvarint.
func AppendText(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// Decode reads what [Encode] wrote; all of b must be used. The Body has bytes of its own.
func Decode(b []byte) (Record, error) {
	d := Decoder{Rest: b}
	r := Record{
		Stream: Stream(d.Text()), Version: d.number(), Key: d.Text(), Recorded: calendar.Instant(d.number()),
		Actor: party.ID(d.Text()), Kind: d.Text(), Body: bytes.Clone(d.Bytes()),
	}
	if len(r.Body) == 0 {
		r.Body = nil
	}
	return r, d.End()
}

// Decoder reads canonical bytes from the front. After something that does not fit everything reads as zero, and
// [Decoder.End] says so.
type Decoder struct {
	Rest []byte
	bad  bool
}

// errEncoding says that bytes are not an encoding.
var errEncoding = errors.New("the bytes are not an encoded record")

// Uvarint reads an unsigned number.
func (d *Decoder) Uvarint() uint64 {
	v, n := binary.Uvarint(d.Rest)
	if n <= 0 {
		d.bad, d.Rest = true, nil
		return 0
	}
	d.Rest = d.Rest[n:]
	return v
}

// Take reads n bytes; they share memory with Rest.
func (d *Decoder) Take(n uint64) []byte {
	if n > uint64(len(d.Rest)) {
		d.bad, d.Rest = true, nil
		return nil
	}
	b := d.Rest[:n:n]
	d.Rest = d.Rest[n:]
	return b
}

// Bytes reads bytes preceded by their length; they share memory with Rest.
func (d *Decoder) Bytes() []byte { return d.Take(d.Uvarint()) }

// Text reads a text preceded by its length.
func (d *Decoder) Text() string { return string(d.Bytes()) }

func (d *Decoder) number() int64 {
	b := d.Take(8)
	if b == nil {
		return 0
	}
	return int64(binary.BigEndian.Uint64(b))
}

// End returns an error if something did not fit or bytes are left.
func (d *Decoder) End() error {
	if d.bad || len(d.Rest) > 0 {
		return errEncoding
	}
	return nil
}

// Link is the Hash of a record: of the record before it (zero for the first) and of its own leaf. Nothing else knows
// how records are tied together.
func Link(before, leaf Hash) Hash {
	var b [2 * sha256.Size]byte
	copy(b[:], before[:])
	copy(b[sha256.Size:], leaf[:])
	return sha256.Sum256(b[:])
}
