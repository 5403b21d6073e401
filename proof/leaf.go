package proof

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"crypto/subtle"
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
type Salt [16]byte

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
type Sealer struct {
	secret [sha256.Size]byte
	cipher cipher.Block
}

// NewSealer returns the sealer of a log. The salts of a record are drawn one for each seal, in the order in which the seals begin, and follow
// from the record's key, the SHA-256 of "firstlook salt 4\n", the secret and the record's digest. The n-th salt, from 0, is A(x + n) + y:
// x and y are the halves of the key, + is bit by bit, n stands in four bytes at the end, the largest first, and A is AES under the SHA-256 of
// "firstlook salt cipher 4\n" and the secret. Who was given some salts of a record cannot tell another without the secret, and
// every bit of a record is in its leaves, the ones that no leaf shows by way of the salts.
func NewSealer(secret [32]byte) *Sealer {
	key := sha256.Sum256(append([]byte(cipherTag), secret[:]...))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // a key of 32 bytes is always taken
	}
	return &Sealer{secret, block}
}

const (
	saltTag   = "firstlook salt 4\n"
	cipherTag = "firstlook salt cipher 4\n"
)

// key is the seed of a record's salts. What is hashed has one length and the sum is never shown, so a keyed hash would add
// nothing.
func (s *Sealer) key(r *Record) [sha256.Size]byte {
	var room [len(saltTag) + 2*sha256.Size]byte
	copy(room[:], saltTag)
	copy(room[len(saltTag):], s.secret[:])
	copy(room[len(saltTag)+sha256.Size:], r.Digest[:])
	return sha256.Sum256(room[:])
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
	salts  salts
	by     signature
	path   [2 * maxPath]byte
	b      []byte // a zero byte and the leaf, as the tree hashes it
	heads  []head // of the events of the record at hand; they share its bytes
	keep   bool   // whether openings are wanted
	opened []Opening
	open   []int // the openings whose values are being written, the outermost first
}

// each makes the leaves of a record one after the other, in w.b until visit returns.
func (s *Sealer) each(r *Record, w *Scratch, visit func()) {
	w.salts = salts{cipher: s.cipher, key: s.key(r)}
	w.by.told = nil
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
	// Another by would come back before the type, and what is escaped in a type, or should be, as something else.
	return h, !bytes.HasPrefix(h.rest, []byte(`"by":`)) && !bytes.ContainsFunc(h.kind, func(c rune) bool { return c < ' ' || c > '~' || c == '\\' })
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
	start := w.begin()
	w.said(h, n, path)
	w.end(start, path)
}

// said writes what was said, with everything sealed that n says.
func (w *Scratch) said(h *head, n *node, path []byte) {
	w.b = append(w.b, '{')
	if len(h.by) > 0 {
		w.b = append(w.b, `"by":`...)
		w.who(h.by[len(`"by":`):], n.speaks)
		if len(h.rest) > 0 {
			w.b = append(w.b, ',')
		}
	}
	mark, opened := len(w.b), w.opened
	if len(n.kids) == 0 { // nothing else is sealed
		w.b = append(append(w.b, h.rest...), '}')
		return
	}
	if end := w.members(h.rest, 0, n, path); end != len(h.rest) {
		// It cannot be taken apart: it is shown whole or not at all.
		w.b, w.opened = append(w.b[:mark], h.rest...), opened
	}
	w.b = append(w.b, '}')
}

// byPath is where who said it stands in what was said.
const byPath = "/by"

// signature is the seal of who said the events of a record.
type signature struct {
	told []byte // who, in the bytes of the record; nil where none was sealed yet
	salt Salt
	seal [len(`{"#":""}`) + (sha256.Size+2)/3*4]byte
}

// who writes the seal of who said an event. One command of one party makes a record, so its events share the seal; not with an event
// that speaks, which tells its party to some that may not know it of the others.
func (w *Scratch) who(by []byte, speaks bool) {
	if !speaks && bytes.Equal(w.by.told, by) {
		w.b = append(w.b, w.by.seal[:]...)
		if w.keep {
			w.opened = append(w.opened, Opening{byPath, w.by.salt, bytes.Clone(by)})
		}
		return
	}
	start := w.begin()
	salt := Salt(w.b[start:])
	w.b = append(w.b, by...)
	w.end(start, []byte(byPath))
	if !speaks {
		w.by.told, w.by.salt = by, salt
		copy(w.by.seal[:], w.b[start:])
	}
}

// inside writes the value that begins at i with everything sealed that n says, but not the value as a whole, and returns where
// it ends; -1 where it does not. What cannot be taken apart is shown whole or not at all.
func (w *Scratch) inside(v []byte, i int, n *node, path []byte) (end int) {
	if i >= len(v) || v[i] != '{' && v[i] != '[' {
		end = scalar(v, i)
		w.b = append(w.b, v[i:max(i, end)]...)
		return end
	}
	mark, opened := len(w.b), w.opened
	end = -1
	switch {
	case v[i] == '{' && len(n.kids) > 0:
		w.b = append(w.b, '{')
		end = closed(v, w.members(v, i+1, n, path), '}')
		w.b = append(w.b, '}')
	case v[i] == '[' && n.item != nil:
		w.b = append(w.b, '[')
		end = closed(v, w.items(v, i+1, n.item, path), ']')
		w.b = append(w.b, ']')
	}
	if end < 0 {
		end = skip(v, i)
		w.b, w.opened = append(w.b[:mark], v[i:max(i, end)]...), opened
	}
	return end
}

// closed returns where a group ends whose last byte should stand at i.
func closed(v []byte, i int, by byte) int {
	if i < 0 || i >= len(v) || v[i] != by {
		return -1
	}
	return i + 1
}

// members writes the members that begin at i, up to a closing brace or the end, and returns where that is; -1 where they
// cannot be taken apart.
func (w *Scratch) members(v []byte, i int, n *node, path []byte) int {
	kids, first := n.kids, len(w.b)
	for i < len(v) && v[i] != '}' {
		colon := -1
		if v[i] == '"' {
			colon = skipText(v, i)
		}
		if colon < 0 || colon >= len(v) || v[colon] != ':' || len(path)+colon-i > maxPath {
			return -1
		}
		name := v[i+1 : colon-1]
		at := 0
		for at < len(kids) && kids[at].name != string(name) {
			at++
		}
		if at == len(kids) {
			return -1
		}
		w.absent(kids[:at], path, first)
		w.comma(first)
		w.b = append(w.b, v[i:colon+1]...)
		if kid := kids[at]; !kid.plain() {
			i = w.value(v, colon+1, kid, append(append(path, '/'), name...))
		} else if i = anything(v, colon+1); i > 0 {
			w.b = append(w.b, v[colon+1:i]...)
		}
		kids = kids[at+1:]
		if i < 0 || i < len(v) && v[i] != '}' && (v[i] != ',' || i+1 == len(v) || v[i+1] == '}') {
			return -1
		}
		if i < len(v) && v[i] == ',' {
			i++
		}
	}
	w.absent(kids, path, first)
	return i
}

// absent writes seals of nothing for members that are missing and have one; the first member of the object begins at first.
func (w *Scratch) absent(kids []*node, path []byte, first int) {
	for _, kid := range kids {
		if kid.fill {
			w.comma(first)
			w.b = append(append(append(w.b, '"'), kid.name...), '"', ':')
			start := w.begin()
			w.end(start, append(append(path, '/'), kid.name...))
		}
	}
}

// comma separates a member from the one before it.
func (w *Scratch) comma(first int) {
	if len(w.b) > first {
		w.b = append(w.b, ',')
	}
}

// items writes the items that begin at i, up to a closing bracket, as members does.
func (w *Scratch) items(v []byte, i int, n *node, path []byte) int {
	if i < len(v) && v[i] == ']' {
		w.pad(n, path, 0)
		return i
	}
	for at := 0; ; at++ {
		i = w.value(v, i, n, indexed(path, at))
		if i < 0 || i >= len(v) || v[i] != ',' {
			w.pad(n, path, at+1)
			return i
		}
		w.b = append(w.b, ',')
		i++
	}
}

// listStep is what the number of the sealed items of a list is rounded up to, none as well: who is shown one item, its own, counts the seals of
// the others, and who is shown none learns nothing of there being any.
const listStep = 8

// pad adds seals of nothing to a list of so many sealed items.
func (w *Scratch) pad(n *node, path []byte, items int) {
	for at := items; n.seal && (at == 0 || at%listStep != 0); at++ {
		if at > 0 {
			w.b = append(w.b, ',')
		}
		start := w.begin()
		w.end(start, indexed(path, at))
	}
}

// value writes the value at i of a member or an item in which something is sealed, or which itself is, and returns where it ends.
func (w *Scratch) value(v []byte, i int, n *node, path []byte) int {
	if !n.seal {
		return w.inside(v, i, n, path)
	}
	start := w.begin()
	end := w.inside(v, i, n, path)
	w.end(start, path)
	return end
}

// salts are those of a record, drawn one after the other.
type salts struct {
	cipher cipher.Block
	key    [sha256.Size]byte
	drawn  uint32
	room   Salt // of the one at hand: on the stack it would be allocated anew for each
}

// next draws a salt, which stands in s until the next.
func (s *salts) next() *Salt {
	const half = len(s.key) / 2
	copy(s.room[:], s.key[:half])
	last := s.room[half-4:]
	binary.BigEndian.PutUint32(last, binary.BigEndian.Uint32(last)^s.drawn)
	s.cipher.Encrypt(s.room[:], s.room[:])
	subtle.XORBytes(s.room[:], s.room[:], s.key[half:])
	s.drawn++
	return &s.room
}

// begin writes the salt of a value that is to be sealed; the value follows.
func (w *Scratch) begin() (start int) {
	start = len(w.b)
	w.b = append(w.b, w.salts.next()[:]...)
	if w.keep {
		w.open = append(w.open, len(w.opened))
		w.opened = append(w.opened, Opening{})
	}
	return start
}

// end puts the seal in the place of salt and value.
func (w *Scratch) end(start int, path []byte) {
	if w.keep {
		o := Opening{Path: string(path), Value: bytes.Clone(w.b[start+len(Salt{}):])}
		copy(o.Salt[:], w.b[start:])
		last := len(w.open) - 1
		w.opened[w.open[last]] = o
		w.open = w.open[:last]
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
		start := w.begin()
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
