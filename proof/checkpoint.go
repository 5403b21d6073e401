package proof

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"firstlook/calendar"
)

// Checkpoint is what a log commits itself to: the size and the root of its tree.
type Checkpoint struct {
	Origin string // which log; also the name of its first key
	Size   int64  // leaves
	Root   Hash
}

// Text is the checkpoint as it is signed: three lines.
func (c Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
}

// String names the checkpoint for people.
func (c Checkpoint) String() string { return fmt.Sprintf("size %d, root %s", c.Size, c.Root) }

// ParseCheckpoint reads the text of a checkpoint; further lines are extensions and not looked at.
func ParseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	bad := errors.New("this is not the text of a checkpoint: origin, size and root, each on a line")
	if len(lines) < 4 || lines[0] == "" {
		return Checkpoint{}, bad
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, bad
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != sha256.Size {
		return Checkpoint{}, bad
	}
	return Checkpoint{lines[0], size, Hash(root)}, nil
}

// Signed is a checkpoint whose signatures were checked.
type Signed struct {
	Checkpoint
	By        []string  // names of the keys that signed and are known
	Witnesses []Witness // those that cosigned and are known
}

// Witness is one that saw the checkpoint, and saw that it is consistent with the one that it saw before.
type Witness struct {
	Name string
	At   calendar.Instant // when it saw it
	hash uint32           // of its key
}

// OpenCheckpoint checks the signatures of a checkpoint by the keys that are known. At least one key must be of the log
// itself, that is, have the log's name and not be a witness's: otherwise whoever audits one log could vouch for another. Signatures
// by other keys are left alone.
func OpenCheckpoint(signed []byte, keys *Keys) (Signed, error) {
	n, err := note.Open(signed, keys)
	if err != nil {
		return Signed{}, explain(err, keys)
	}
	c, err := ParseCheckpoint(n.Text)
	if err != nil {
		return Signed{}, err
	}
	out := Signed{Checkpoint: c}
	for _, s := range n.Sigs {
		raw, err := base64.StdEncoding.Strict().DecodeString(s.Base64)
		if err != nil {
			return Signed{}, fmt.Errorf("the signature of %s is not written in the one spelling of its bytes", s.Name)
		}
		if k := keys.find(s.Name, s.Hash); k.witness {
			seconds := binary.BigEndian.Uint64(raw[4:])
			out.Witnesses = append(out.Witnesses, Witness{s.Name, calendar.Instant(seconds) * 1_000_000, s.Hash})
		} else if s.Name == c.Origin {
			out.By = append(out.By, s.Name)
		}
	}
	if len(out.By) == 0 {
		return out, errors.New("the checkpoint is not signed by a key of the log that you named")
	}
	return out, nil
}

// explain says what is wrong with a note's signatures.
func explain(err error, keys *Keys) error {
	var unknown *note.UnverifiedNoteError
	var bad *note.InvalidSignatureError
	switch {
	case errors.As(err, &bad):
		return fmt.Errorf("the signature of %s is not that of its key: the checkpoint was changed, or somebody else signed it", bad.Name)
	case errors.As(err, &unknown):
		var names []string
		for _, s := range unknown.Note.UnverifiedSigs {
			names = append(names, fmt.Sprintf("%s+%08x", s.Name, s.Hash))
		}
		return fmt.Errorf("the checkpoint is signed by %s, and not by %s", strings.Join(names, ", "), keys)
	}
	return fmt.Errorf("the checkpoint is no signed note: %w", err)
}

// Keys are the public keys that somebody trusts, of logs, auditors and witnesses.
type Keys struct{ all []key }

type key struct {
	note.Verifier
	witness bool
	public  ed25519.PublicKey
}

// Kinds of keys, as a note's key names them in its first byte.
const (
	algEd25519     = 1
	algCosignature = 4
)

// ParseKeys reads keys, one a line, as "name+hash+base64". Empty lines and lines that begin with # are left out.
func ParseKeys(text string) (*Keys, error) {
	k := &Keys{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		one, err := parseKey(line)
		if err != nil {
			return nil, fmt.Errorf("key %q: %w", line, err)
		}
		k.all = append(k.all, one)
	}
	if len(k.all) == 0 {
		return nil, errors.New("there is no key: one is a line such as example.com/log+0a1b2c3d+AbCd...")
	}
	return k, nil
}

func parseKey(s string) (key, error) {
	name, rest, _ := strings.Cut(s, "+")
	hash, encoded, _ := strings.Cut(rest, "+")
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(raw) != 1+ed25519.PublicKeySize || name == "" {
		return key{}, errors.New("it is not name+hash+base64 of an Ed25519 key")
	}
	if want := fmt.Sprintf("%08x", keyHash(name, raw)); hash != want {
		return key{}, fmt.Errorf("its hash is %s, not %s: it was copied wrongly", want, hash)
	}
	public := ed25519.PublicKey(raw[1:])
	switch raw[0] {
	case algEd25519:
		v, err := note.NewVerifier(s)
		return key{v, false, public}, err
	case algCosignature:
		return key{&witnessKey{name, keyHash(name, raw), public}, true, public}, nil
	}
	return key{}, fmt.Errorf("its kind is %d; 1 (Ed25519) and 4 (a witness) are known", raw[0])
}

// keyHash is the hash by which a note names a key.
func keyHash(name string, raw []byte) uint32 {
	sum := sha256.Sum256(append([]byte(name+"\n"), raw...))
	return binary.BigEndian.Uint32(sum[:])
}

// PublicKey writes an Ed25519 key as [ParseKeys] reads it; a witness's has another kind.
func PublicKey(name string, public ed25519.PublicKey, witness bool) string {
	raw := append([]byte{algEd25519}, public...)
	if witness {
		raw[0] = algCosignature
	}
	return fmt.Sprintf("%s+%08x+%s", name, keyHash(name, raw), base64.StdEncoding.EncodeToString(raw))
}

// Verifier implements [note.Verifiers].
func (k *Keys) Verifier(name string, hash uint32) (note.Verifier, error) {
	if one := k.find(name, hash); one.Verifier != nil {
		return one, nil
	}
	return nil, &note.UnknownVerifierError{Name: name, KeyHash: hash}
}

func (k *Keys) find(name string, hash uint32) key {
	for _, one := range k.all {
		if one.Name() == name && one.KeyHash() == hash {
			return one
		}
	}
	return key{}
}

// Names lists the keys as name+hash.
func (k *Keys) Names() []string {
	out := make([]string, len(k.all))
	for i, one := range k.all {
		out[i] = fmt.Sprintf("%s+%08x", one.Name(), one.KeyHash())
	}
	return out
}

// String lists the keys.
func (k *Keys) String() string { return strings.Join(k.Names(), ", ") }

// With returns the keys and those of others.
func (k *Keys) With(others *Keys) *Keys {
	return &Keys{append(append([]key{}, k.all...), others.all...)}
}

// witnessKey checks C2SP cosignatures: a time in seconds, then the signature of time and checkpoint.
type witnessKey struct {
	name   string
	hash   uint32
	public ed25519.PublicKey
}

func (w *witnessKey) Name() string    { return w.name }
func (w *witnessKey) KeyHash() uint32 { return w.hash }
func (w *witnessKey) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	return ed25519.Verify(w.public, CosignatureText(binary.BigEndian.Uint64(sig), msg), sig[8:])
}

// CosignatureText is what a witness signs: the time at which it saw a checkpoint, in seconds since 1970, and the
// checkpoint's text.
func CosignatureText(seconds uint64, checkpoint []byte) []byte {
	return append(fmt.Appendf(nil, "cosignature/v1\ntime %d\n", seconds), checkpoint...)
}

// AddSignature adds a signature's line to a signed note, or to a text that ends in an empty line.
func AddSignature(signed []byte, name string, hash uint32, signature []byte) []byte {
	line := binary.BigEndian.AppendUint32(nil, hash)
	signed = append(bytes.Clone(signed), "\u2014 "+name+" "...)
	return append(base64.StdEncoding.AppendEncode(signed, append(line, signature...)), '\n')
}
