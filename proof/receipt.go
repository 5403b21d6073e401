package proof

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Receipt is what a party is given of the log: leaves, what it may open of them, their proofs, and the checkpoint that all
// of them stand under. As a file it is text, one thing a line, each a word and what it says:
//
//	firstlook receipt 1
//	for PARTY                        (may be left out)
//	leaf INDEX JSON                  a leaf
//	open SALT VALUE                  a seal of that leaf, or of a value opened before; VALUE is JSON
//	proof HASH                       the next hash of its inclusion proof, from the leaf up
//	checkpoint
//	the signed note, to the end of the file
//
// A file that holds all leaves of the tree from the first to the last has no proofs: the root follows from them.
type Receipt struct {
	For        string
	Items      []Item // by index
	Checkpoint []byte // a signed note
}

// Item is one leaf of a receipt.
type Item struct {
	Index int64
	Leaf  []byte
	Open  []Opening // the outermost first; without paths when it was read from a file
	Proof []Hash
}

const receiptTitle = "firstlook receipt 1\n"

// Format writes the receipt as a file.
func (r *Receipt) Format() []byte {
	b := []byte(receiptTitle)
	if r.For != "" {
		b = append(append(append(b, "for "...), r.For...), '\n')
	}
	for i := range r.Items {
		b = r.Items[i].format(b)
	}
	return append(append(b, "checkpoint\n"...), r.Checkpoint...)
}

func (i *Item) format(b []byte) []byte {
	b = strconv.AppendInt(append(b, "leaf "...), i.Index, 10)
	b = append(append(append(b, ' '), i.Leaf...), '\n')
	for _, o := range i.Open {
		b = base64.StdEncoding.AppendEncode(append(b, "open "...), o.Salt[:])
		b = append(append(append(b, ' '), o.Value...), '\n')
	}
	for _, h := range i.Proof {
		b = append(base64.StdEncoding.AppendEncode(append(b, "proof "...), h[:]), '\n')
	}
	return b
}

// Malformed says that a file is no receipt.
type Malformed struct {
	Line   int // from 1
	Reason string
}

// Error names the line.
func (e *Malformed) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

// ParseReceipt reads a receipt. What comes back shares memory with b. Nothing is verified but the form.
func ParseReceipt(b []byte) (*Receipt, error) {
	rest, ok := bytes.CutPrefix(b, []byte(receiptTitle))
	if !ok {
		return nil, &Malformed{1, "it does not begin with \"firstlook receipt 1\""}
	}
	r := reader{opened: make([]Opening, 0, bytes.Count(rest, []byte("\nopen ")))}
	r.Items = make([]Item, 0, bytes.Count(rest, []byte("\nleaf "))+1)
	for n := 2; ; n++ {
		line, after, ended := bytes.Cut(rest, []byte{'\n'})
		if !ended {
			return nil, &Malformed{n, "the file ends before its checkpoint"}
		}
		rest = after
		if string(line) == "checkpoint" {
			r.Checkpoint = rest
			return &r.Receipt, nil
		}
		if reason := r.line(line); reason != "" {
			return nil, &Malformed{n, reason}
		}
	}
}

// reader reads a receipt.
type reader struct {
	Receipt
	opened []Opening // of all items, one behind the other
}

// line reads one line; it returns what is wrong with it.
func (r *reader) line(line []byte) string {
	word, value, _ := bytes.Cut(line, []byte{' '})
	switch {
	case string(word) == "for" && len(r.Items) == 0 && r.For == "" && len(value) > 0:
		r.For = string(value)
		return ""
	case string(word) == "leaf":
		return r.leaf(value)
	case len(r.Items) == 0:
		return "a leaf is expected here"
	}
	last := &r.Items[len(r.Items)-1]
	switch string(word) {
	case "open":
		salt, value, _ := bytes.Cut(value, []byte{' '})
		o := Opening{Value: value}
		if !decode(salt, o.Salt[:]) || len(last.Proof) > 0 {
			return "an opening is a salt of 16 bytes in base64 and a value, before the proof"
		}
		r.opened = append(r.opened, o)
		last.Open = r.opened[len(r.opened)-len(last.Open)-1 : len(r.opened) : len(r.opened)]
	case "proof":
		var h Hash
		if !decode(value, h[:]) {
			return "a proof is a hash of 32 bytes in base64"
		}
		last.Proof = append(last.Proof, h)
	default:
		return fmt.Sprintf("%q is none of for, leaf, open, proof, checkpoint", word)
	}
	return ""
}

func (r *Receipt) leaf(value []byte) string {
	number, text, _ := bytes.Cut(value, []byte{' '})
	index, err := strconv.ParseInt(string(number), 10, 64)
	if err != nil || index < 0 || len(text) == 0 || number[0] == '+' || len(number) > 1 && number[0] == '0' {
		return "a leaf is a number from 0 and a JSON object"
	}
	if n := len(r.Items); n > 0 && r.Items[n-1].Index >= index {
		return fmt.Sprintf("leaf %d comes after leaf %d: each stands once, in order", index, r.Items[n-1].Index)
	}
	r.Items = append(r.Items, Item{Index: index, Leaf: text})
	return ""
}

// decode reads as many bytes as to has, in standard base64 with padding, in their one spelling.
func decode(text, to []byte) bool {
	var room [sha256.Size + 2]byte
	if len(text) != base64.StdEncoding.EncodedLen(len(to)) || bytes.ContainsAny(text, "\r\n") {
		return false
	}
	n, err := base64.StdEncoding.Strict().Decode(room[:], text)
	copy(to, room[:])
	return err == nil && n == len(to)
}

// Seen is a leaf as the reader of a receipt sees it: every seal that was opened is replaced by its value.
type Seen struct {
	Index int64
	Hash  Hash
	Text  []byte // the leaf, with what was opened
	Stream
	Type string
	At   string // when it happened
	Time string // when it was recorded
	Said []byte // what was said; nil where it stays sealed

	when []byte // the event's own at and recorded as they stand there; nil where they repeat Time
}

// Stream is where a leaf stands in its stream.
type Stream struct {
	Name   string
	Record int64
	Event  int64
	Of     int64
}

// Reveal checks every opening against its seal, and returns the leaf with the opened values in their places.
func (i *Item) Reveal() (Seen, error) { return i.reveal(&Seen{}) }

// reveal is [Item.Reveal] beside another leaf, with which it shares the texts that are the same.
func (i *Item) reveal(beside *Seen) (Seen, error) {
	text, err := i.substitute()
	if err != nil {
		return Seen{}, err
	}
	s := Seen{Index: i.Index, Text: text}
	i.hash(&s)
	if !s.read(text, beside) {
		return Seen{}, errors.New("the leaf has another form than this program knows")
	}
	if s.Name == "" || s.Record < 1 || s.Event < 1 || s.Event > s.Of {
		return Seen{}, errors.New("the leaf does not say which event of which record it is")
	}
	return s, nil
}

func (i *Item) hash(s *Seen) {
	var room [512]byte
	s.Hash = sha256.Sum256(append(append(room[:0], 0), i.Leaf...))
}

// read reads a leaf, whose members stand in one order. Text stands for a member that it may lack.
func (s *Seen) read(text []byte, beside *Seen) bool {
	f := fields{rest: text, good: true}
	f.literal(`{"leaf":1,"stream":`)
	s.Name = f.text(beside.Name)
	f.literal(`,"record":`)
	s.Record = f.number()
	f.literal(`,"time":`)
	s.Time = f.text(beside.Time)
	f.literal(`,"of":`)
	s.Of = f.number()
	f.literal(`,"event":`)
	s.Event = f.number()
	s.At = s.Time
	if f.maybe(`,"at":`) {
		from := len(text) - len(f.rest) - len(`"at":`)
		s.At = f.text(beside.At)
		if f.maybe(`,"recorded":`) {
			f.text("")
		}
		s.when = text[from : len(text)-len(f.rest)]
	}
	f.literal(`,"type":`)
	s.Type = f.text(beside.Type)
	f.literal(`,"said":`)
	said := f.value()
	f.literal(`}`)
	if !bytes.HasPrefix(said, sealMark) {
		s.Said = said
	}
	return f.good && len(f.rest) == 0
}

// fields reads JSON whose order is known.
type fields struct {
	rest []byte
	good bool
}

func (f *fields) maybe(s string) bool {
	if len(f.rest) < len(s) || string(f.rest[:len(s)]) != s {
		return false
	}
	f.rest = f.rest[len(s):]
	return true
}

func (f *fields) literal(s string) { f.good = f.maybe(s) && f.good }

func (f *fields) value() []byte {
	end := skip(f.rest, 0)
	if end < 0 {
		f.good = false
		return nil
	}
	v := f.rest[:end]
	f.rest = f.rest[end:]
	return v
}

func (f *fields) number() int64 {
	v := f.value()
	n, err := strconv.ParseInt(string(v), 10, 64)
	f.good = f.good && err == nil && v[0] >= '1' && v[0] <= '9'
	return n
}

// text reads a text; one that is the same as another shares its bytes.
func (f *fields) text(other string) (s string) {
	v := f.value()
	if len(v) < 2 || v[0] != '"' {
		f.good = false
		return ""
	}
	if bytes.IndexByte(v, '\\') < 0 {
		if string(v[1:len(v)-1]) == other {
			return other
		}
		return string(v[1 : len(v)-1])
	}
	f.good = json.Unmarshal(v, &s) == nil && f.good
	return s
}

// ErrSeal says that an opening is not what a leaf sealed.
var ErrSeal = errors.New("a value that was opened is not the one that was sealed")

func (i *Item) substitute() ([]byte, error) {
	if bytes.IndexByte(i.Leaf, '\n') >= 0 {
		return nil, errors.New("a leaf is one line")
	}
	if len(i.Open) == 0 {
		return i.Leaf, nil
	}
	size := len(i.Leaf)
	for _, o := range i.Open {
		size += len(o.Value)
	}
	var room [64]byte
	var hashed [1024]byte
	text := append(make([]byte, 0, size), i.Leaf...)
	last := 0 // where the one before stood: the next is mostly in it or behind it
	for _, o := range i.Open {
		if len(o.Value) > 0 && skip(o.Value, 0) != len(o.Value) {
			return nil, fmt.Errorf("%w: it is not one JSON value", ErrSeal)
		}
		mark := AppendSeal(room[:0], sha256.Sum256(append(append(hashed[:0], o.Salt[:]...), o.Value...)))
		at := bytes.Index(text[last:], mark) + last
		if at < last {
			if at = bytes.Index(text, mark); at < 0 {
				return nil, ErrSeal
			}
		}
		end := at + len(mark)
		if len(o.Value) == 0 { // it fills a list or an object, and goes with its name and comma
			at, end = filling(text, at, end)
		}
		text = slices.Replace(text, at, end, o.Value...)
		last = at
	}
	return text, nil
}

// filling returns what goes with a seal of nothing that stands from at to end: the name that it has in an object, and the comma before it, or the
// one behind it where it is the first.
func filling(text []byte, at, end int) (int, int) {
	if at > 1 && text[at-1] == ':' {
		if name := bytes.LastIndexByte(text[:at-2], '"'); name >= 0 && text[at-2] == '"' {
			at = name
		}
	}
	switch {
	case at > 0 && text[at-1] == ',':
		at--
	case end < len(text) && text[end] == ',':
		end++
	}
	return at, end
}

// Canonical writes the event of a leaf whose seals are all open in the canonical encoding; false where it is none or
// something is still sealed.
func (s *Seen) Canonical() ([]byte, bool) {
	if s.Said == nil || bytes.Contains(s.Said, sealMark) || s.Type == TypeTurn || s.Type == TypeRecord {
		return nil, false
	}
	b := append([]byte{'{'}, s.when...)
	if s.when == nil {
		b = appendText(append(b, `"at":`...), s.Time)
	}
	rest := s.Said[1 : len(s.Said)-1]
	if by := member(s.Said, "by"); by != nil && bytes.HasPrefix(rest, []byte(`"by":`)) {
		n := len(`"by":`) + len(by)
		b = append(append(b, ','), rest[:n]...)
		rest = bytes.TrimPrefix(rest[n:], []byte{','})
	}
	b = appendText(append(b, `,"type":`...), s.Type)
	if len(rest) > 0 {
		b = append(append(b, ','), rest...)
	}
	return append(b, '}'), true
}

// name writes a leaf for people: "leaf 12 (need/n1, record 4, event 5 of 6: noticed)".
func (s *Seen) name() string {
	return fmt.Sprintf("leaf %d (%s, record %d, event %d of %d: %s)", s.Index, s.Name, s.Record, s.Event, s.Of, strings.ReplaceAll(s.Type, "-", " "))
}
