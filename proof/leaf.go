package proof

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"

	"firstlook/calendar"
)

// Hash is a SHA-256 of the tree.
type Hash = tlog.Hash

// Salt goes before a value that is sealed.
type Salt [32]byte

// Record is what a record of the journal says.
type Record struct {
	Stream string
	// Version counts from 1 within the stream.
	Version int64
	// Time is when it was recorded.
	Time calendar.Instant
	// Actor is on whose behalf; empty where time alone caused it.
	Actor string
	// Kind says what the Body is: a list of events where it is [KindEvents].
	Kind string
	Body []byte
	// Digest is the hash of all the bytes of the record, as the journal computes it.
	Digest [sha256.Size]byte
}

// KindEvents is the kind of the records of needs: the canonical encoding of events.
const KindEvents = "events"

// ClearStream is the stream of what the log says about itself, keys and statements of auditors: its leaves are not sealed.
const ClearStream = "log"

// maxClear bounds what stands in a leaf in clear, so that a leaf always fits an entry bundle (65,535 bytes).
const maxClear = 48 << 10

// maxHead bounds an event's instants and type, which stand in its leaf, for the same reason.
const maxHead = 4 << 10

// Types of the leaves that are not those of an event.
const (
	TypeTurn   = "turn"   // a record without events: a deadline moved
	TypeRecord = "record" // a record of another kind: an agreement, a list of providers, a delivery
)

// Opening is a seal's salt and value. The value is JSON and may hold further seals.
type Opening struct {
	Path  string // where the value stands in what was said, such as /fact/terms; empty for all of it. Not needed to verify
	Salt  Salt
	Value []byte
}

// Seal is the hash that stands for a value.
func Seal(salt Salt, value []byte) Hash {
	return sha256.Sum256(append(append(make([]byte, 0, len(salt)+len(value)), salt[:]...), value...))
}

// LeafHash is the RFC 6962 hash of a leaf's text.
func LeafHash(leaf []byte) Hash {
	return sha256.Sum256(append(append(make([]byte, 0, 1+len(leaf)), 0), leaf...))
}

// Sealer makes leaves. It may be used from many goroutines.
type Sealer struct{ inner, outer [sha256.BlockSize]byte }

// NewSealer returns the sealer of a log. The salts of a record are the SHA-256 of the record's key, the event's number (4
// bytes, the largest first) and the path of what is sealed, within what was said; the record's key is the HMAC-SHA-256,
// under the secret, of "firstlook salt 1\n", the record's digest, its version (8 bytes) and its stream. So every bit of a
// record is in its leaves, the ones that no leaf shows by way of the salts.
func NewSealer(secret [32]byte) *Sealer {
	s := &Sealer{}
	for i := range s.inner {
		s.inner[i], s.outer[i] = 0x36, 0x5c
	}
	for i, b := range secret {
		s.inner[i] ^= b
		s.outer[i] ^= b
	}
	return s
}

const saltTag = "firstlook salt 1\n"

// key is the HMAC of a record. It is written out because crypto/hmac allocates for each.
func (s *Sealer) key(r *Record) [sha256.Size]byte {
	var room [256]byte
	b := append(room[:0], s.inner[:]...)
	b = append(append(b, saltTag...), r.Digest[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(r.Version))
	within := sha256.Sum256(append(b, r.Stream...))
	b = append(append(b[:0], s.outer[:]...), within[:]...)
	return sha256.Sum256(b)
}

// Leaf is one leaf of a record, with everything that opens its seals, the outermost first.
type Leaf struct {
	Text []byte
	Open []Opening
}

// Leaves returns the leaves of a record, in order.
func (s *Sealer) Leaves(r *Record) []Leaf {
	var out []Leaf
	var w Scratch
	w.keep = true
	s.each(r, &w, func() {
		out = append(out, Leaf{bytes.Clone(w.b[1:]), w.opened})
		w.opened = nil
	})
	return out
}

// AppendHashes appends the hashes of a record's leaves.
func (s *Sealer) AppendHashes(to []Hash, r *Record, w *Scratch) []Hash {
	s.each(r, w, func() { to = append(to, sha256.Sum256(w.b)) })
	return to
}

// maxPath bounds the names on the way to something that is sealed. What has a longer one is not taken apart.
const maxPath = 96

// Scratch is room in which leaves are made, to be used again. The zero value is ready.
type Scratch struct {
	salts  [sha256.Size + 4 + 2*maxPath]byte // the record's key, the event's number, the path: what a salt is the hash of
	path   [2 * maxPath]byte
	b      []byte // a zero byte and the leaf, as the tree hashes it
	tmp    []byte
	heads  []head // of the events of the record at hand; they share its bytes
	keep   bool   // whether openings are wanted
	opened []Opening
}

// each makes the leaves of a record one after the other, in w.b until visit returns.
func (s *Sealer) each(r *Record, w *Scratch, visit func()) {
	key := s.key(r)
	copy(w.salts[:], key[:])
	listed := w.events(r)
	w.b = append(appendText(append(w.b[:0], "\x00{\"leaf\":1,\"stream\":"...), r.Stream), `,"record":`...)
	w.b = append(strconv.AppendInt(w.b, r.Version, 10), `,"time":"`...)
	time := len(w.b)
	w.b = append(r.Time.Append(w.b), `","of":`...)
	now := w.b[time : len(w.b)-len(`","of":`)]
	w.b = strconv.AppendInt(w.b, int64(max(len(w.heads), 1)), 10)
	w.b = append(w.b, `,"event":`...)
	prefix := len(w.b)
	if len(w.heads) == 0 {
		w.number(1)
		w.other(r, listed)
		visit()
		return
	}
	for i := range w.heads {
		w.b = w.b[:prefix]
		w.number(i + 1)
		w.event(&w.heads[i], now)
		w.b = append(w.b, '}')
		visit()
	}
}

// number begins the leaf of an event.
func (w *Scratch) number(event int) {
	binary.BigEndian.PutUint32(w.salts[sha256.Size:], uint32(event))
	w.b = strconv.AppendInt(w.b, int64(event), 10)
}

// sealMark begins a seal; a body that has it already is taken as opaque.
var sealMark = []byte(`{"#":`)

// events finds the events of the body; false where it is no list of them.
func (w *Scratch) events(r *Record) bool {
	b := r.Body
	w.heads = w.heads[:0]
	if r.Kind != KindEvents || len(b) < 2 || b[0] != '[' || bytes.Contains(b, sealMark) {
		return false
	}
	if len(b) == 2 {
		return b[1] == ']'
	}
	for i := 1; ; i++ {
		end := skip(b, i)
		if end < 0 || end >= len(b) || b[i] != '{' {
			break
		}
		h, ok := split(b[i:end])
		if !ok {
			break
		}
		w.heads = append(w.heads, h)
		if i = end; b[i] == ']' && i == len(b)-1 {
			return true
		}
		if b[i] != ',' {
			break
		}
	}
	w.heads = w.heads[:0]
	return false
}

// head is an event before its fact: the canonical encoding has at, recorded, by and type in this order, some left out.
type head struct {
	when []byte // "at":"...", and "recorded":"..." where it is another instant, with commas between
	by   []byte // "by":"..."; nil where time acted
	kind []byte // without quotes
	rest []byte // the members after it, without the closing brace
}

// split reads an event's head; false where its form is another.
func split(e []byte) (h head, ok bool) {
	i := text(e, 1, `"at":`)
	if i < 0 {
		return h, false
	}
	if at := text(e, i+1, `"recorded":`); at >= 0 && e[i] == ',' {
		i = at
	}
	h.when = e[1:i]
	if by := text(e, i+1, `"by":`); by >= 0 && e[i] == ',' {
		h.by = e[i+1 : by]
		i = by
	}
	from := i + 1 + len(`"type":"`)
	kind := text(e, i+1, `"type":`)
	if kind < 0 || e[i] != ',' || e[len(e)-1] != '}' {
		return h, false
	}
	h.kind, h.rest = e[from:kind-1], e[kind:len(e)-1]
	if len(h.when)+len(h.kind) > maxHead {
		return h, false
	}
	if len(h.rest) > 0 {
		if h.rest[0] != ',' || len(h.rest) == 1 {
			return h, false
		}
		h.rest = h.rest[1:]
	}
	// Another by would come back before the type, and an escape in a type as what it stands for.
	return h, !bytes.HasPrefix(h.rest, []byte(`"by":`)) && bytes.IndexByte(h.kind, '\\') < 0
}

// said appends what was said: the members but those that stand in clear.
func (h *head) said(b []byte) []byte {
	b = append(append(b, '{'), h.by...)
	if len(h.by) > 0 && len(h.rest) > 0 {
		b = append(b, ',')
	}
	return append(append(b, h.rest...), '}')
}

// text returns where the string ends that stands at i as the member with a name; -1 where none does.
func text(e []byte, i int, name string) int {
	if i < 1 || len(e)-i < len(name)+2 || string(e[i:i+len(name)]) != name || e[i+len(name)] != '"' {
		return -1
	}
	if end := skipText(e, i+len(name)); end < len(e) {
		return end
	}
	return -1
}

// event writes an event's head in clear and what was said under its seals. When it happened stands there only where that
// is not when it was recorded, which the leaf says already.
func (w *Scratch) event(h *head, now []byte) {
	if len(h.when) != len(`"at":""`)+len(now) || !bytes.Equal(h.when[len(`"at":"`):len(h.when)-1], now) {
		w.b = append(append(w.b, ','), h.when...)
	}
	w.b = append(append(w.b, `,"type":"`...), h.kind...)
	w.b = append(w.b, `","said":`...)
	n := saidOf(h.kind)
	path := w.path[:0]
	start := w.begin(path)
	if len(n.kids) == 0 {
		w.b = h.said(w.b)
	} else {
		w.tmp = h.said(w.tmp[:0])
		w.inside(w.tmp, n, path)
	}
	w.end(start, path)
}

// inside writes a value with everything sealed that n says, but not the value as a whole.
func (w *Scratch) inside(v []byte, n *node, path []byte) {
	mark, opened := len(w.b), w.opened
	good := true
	switch {
	case len(n.kids) > 0 && v[0] == '{':
		good = w.object(v, n, path)
	case n.rest != nil && v[0] == '[':
		good = w.list(v, n.rest, path)
	default:
		w.b = append(w.b, v...)
	}
	if !good { // it cannot be taken apart: it is shown whole or not at all
		w.b, w.opened = append(w.b[:mark], v...), opened
	}
}

func (w *Scratch) object(v []byte, n *node, path []byte) bool {
	w.b = append(w.b, '{')
	first := len(w.b)
	good := members(v, func(name, value []byte) bool {
		if len(path)+len(name) > maxPath {
			return false
		}
		if len(w.b) > first {
			w.b = append(w.b, ',')
		}
		w.b = append(w.b, '"')
		w.b = append(append(w.b, name...), '"', ':')
		if kid := n.kid(name); kid != nil {
			w.value(value, kid, append(append(path, '/'), name...))
		} else {
			w.b = append(w.b, value...)
		}
		return true
	})
	w.b = append(w.b, '}')
	return good
}

func (w *Scratch) list(v []byte, n *node, path []byte) bool {
	w.b = append(w.b, '[')
	first := len(w.b)
	good := items(v, func(at int, value []byte) bool {
		if len(w.b) > first {
			w.b = append(w.b, ',')
		}
		w.value(value, n, indexed(path, at))
		return true
	})
	w.b = append(w.b, ']')
	return good
}

// value writes the value of a member or an item in which something is sealed, or which itself is.
func (w *Scratch) value(v []byte, n *node, path []byte) {
	if !n.seal {
		w.inside(v, n, path)
		return
	}
	start := w.begin(path)
	w.inside(v, n, path)
	w.end(start, path)
}

// begin writes the salt of a value that is to be sealed; the value follows.
func (w *Scratch) begin(path []byte) (start int) {
	start = len(w.b)
	n := copy(w.salts[sha256.Size+4:], path)
	salt := sha256.Sum256(w.salts[:sha256.Size+4+n])
	w.b = append(w.b, salt[:]...)
	return start
}

// end puts the seal in the place of salt and value.
func (w *Scratch) end(start int, path []byte) {
	if w.keep {
		o := Opening{Path: string(path), Value: bytes.Clone(w.b[start+sha256.Size:])}
		copy(o.Salt[:], w.b[start:])
		w.opened = append([]Opening{o}, w.opened...) // the outermost ends last
	}
	sum := sha256.Sum256(w.b[start:])
	w.b = AppendSeal(w.b[:start], sum)
}

// AppendSeal writes the JSON object that stands for a sealed value.
func AppendSeal(b []byte, sum Hash) []byte {
	b = append(b, `{"#":"`...)
	b = base64.StdEncoding.AppendEncode(b, sum[:])
	return append(b, '"', '}')
}

// other writes the leaf of a record that is no list of events, or an empty one.
func (w *Scratch) other(r *Record, turn bool) {
	kind := TypeRecord
	if turn {
		kind = TypeTurn
	}
	w.b = append(append(append(w.b, `,"type":"`...), kind...), `","said":`...)
	if inClear(r) {
		w.about(r)
		w.b = append(append(append(w.b, `,"body":`...), r.Body...), '}')
	} else {
		start := w.begin(nil)
		w.about(r)
		sum := sha256.Sum256(r.Body)
		w.b = strconv.AppendInt(append(w.b, `,"bytes":`...), int64(len(r.Body)), 10)
		w.b = hex.AppendEncode(append(w.b, `,"sha256":"`...), sum[:])
		w.b = append(w.b, '"', '}')
		w.end(start, nil)
	}
	w.b = append(w.b, '}')
}

// inClear reports whether a record stands in its leaf as it is: a leaf is one line of JSON, and fits a bundle.
func inClear(r *Record) bool {
	return r.Stream == ClearStream && len(r.Body) <= maxClear && bytes.IndexByte(r.Body, '\n') < 0 && json.Valid(r.Body)
}

// about begins what was said by a record as a whole.
func (w *Scratch) about(r *Record) {
	w.b = append(w.b, '{')
	if r.Actor != "" {
		w.b = append(appendText(append(w.b, `"by":`...), r.Actor), ',')
	}
	w.b = appendText(append(w.b, `"kind":`...), r.Kind)
}
