package proof

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"firstlook/calendar"
)

// A witness keeps one checkpoint of a log. It is shown a later one, checks that it continues the one that it keeps, and says so by
// a cosignature (C2SP tlog-cosignature), which also says when. Who trusts the witness need not compare checkpoints with others:
// a log that shows different records to different people does not get both cosigned.

// WitnessKey is the private key of a witness.
type WitnessKey struct {
	name    string
	private ed25519.PrivateKey
}

// ParseWitnessKey reads a note's private key of Ed25519, PRIVATE+KEY+name+hash+base64, to cosign with.
func ParseWitnessKey(text string) (*WitnessKey, error) {
	text = strings.TrimSpace(text)
	if _, err := note.NewSigner(text); err != nil {
		return nil, err
	}
	parts := strings.SplitN(text, "+", 5)
	raw, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil || len(raw) != 1+ed25519.SeedSize {
		return nil, errors.New("the key is not one of Ed25519")
	}
	return &WitnessKey{parts[2], ed25519.NewKeyFromSeed(raw[1:])}, nil
}

// Public is the key by which others know the witness.
func (k *WitnessKey) Public() string {
	return PublicKey(k.name, k.private.Public().(ed25519.PublicKey), true)
}

// Cosign adds the witness's cosignature to a signed checkpoint, in the place of an earlier one of its own. The keys are those of
// the log. Before is the checkpoint that the witness keeps, with the proof that this one continues it; nil for a log that it sees
// for the first time.
func (k *WitnessKey) Cosign(signed []byte, keys *Keys, before []byte, path []Hash, at calendar.Instant) ([]byte, error) {
	now, err := OpenCheckpoint(signed, keys)
	if err != nil {
		return nil, err
	}
	if before != nil {
		then, err := OpenCheckpoint(before, keys)
		if err != nil {
			return nil, fmt.Errorf("the checkpoint before: %w", err)
		}
		if then.Origin != now.Origin {
			return nil, fmt.Errorf("the checkpoint before is of the log %s, this one of %s", then.Origin, now.Origin)
		}
		if err := CheckConsistency(then.Checkpoint, now.Checkpoint, path); err != nil {
			return nil, err
		}
	}
	text, _, _ := bytes.Cut(signed, []byte("\n\n"))
	text = append(bytes.Clone(text), '\n')
	seconds := uint64(at / 1_000_000)
	own, err := parseKey(k.Public())
	if err != nil {
		return nil, err
	}
	sig := append(binary.BigEndian.AppendUint64(nil, seconds), ed25519.Sign(k.private, CosignatureText(seconds, text))...)
	return AddSignature(withoutSignature(signed, k.name, own.KeyHash()), k.name, own.KeyHash(), sig), nil
}

// withoutSignature takes the lines of a key from a signed note.
func withoutSignature(signed []byte, name string, hash uint32) []byte {
	text, signatures, _ := bytes.Cut(signed, []byte("\n\n"))
	out := append(bytes.Clone(text), "\n\n"...)
	for line := range bytes.Lines(signatures) {
		n, h, ok := signatureOf(line)
		if !ok || n != name || h != hash {
			out = append(out, line...)
		}
	}
	return out
}

// signatureOf reads whose a signature's line is.
func signatureOf(line []byte) (name string, hash uint32, ok bool) {
	words := strings.Split(strings.TrimSuffix(string(line), "\n"), " ")
	if len(words) != 3 || words[0] != "\u2014" {
		return "", 0, false
	}
	raw, err := base64.StdEncoding.DecodeString(words[2])
	if err != nil || len(raw) < 5 {
		return "", 0, false
	}
	return words[1], binary.BigEndian.Uint32(raw), true
}

// WithWitnesses adds to a checkpoint of ours the cosignatures by known witnesses that another copy of it has. An error says that the
// copy is of another checkpoint, or that one of those cosignatures is wrong; n is how many were added.
func WithWitnesses(ours, copied []byte, keys *Keys) (out []byte, n int, err error) {
	text, _, _ := bytes.Cut(ours, []byte("\n\n"))
	other, signatures, _ := bytes.Cut(copied, []byte("\n\n"))
	if !bytes.Equal(text, other) {
		return nil, 0, errors.New("it is another checkpoint than the one of this log now")
	}
	if _, err := OpenCheckpoint(copied, keys); err != nil {
		return nil, 0, err
	}
	out = ours
	for line := range bytes.Lines(signatures) {
		name, hash, ok := signatureOf(line)
		if ok && keys.find(name, hash).witness {
			out = append(withoutSignature(out, name, hash), line...)
			n++
		}
	}
	return out, n, nil
}

// RequireWitnesses fails a verdict whose checkpoint is not cosigned by each of the witnesses.
func (v *Verdict) RequireWitnesses(witnesses *Keys) {
	for _, k := range witnesses.all {
		if !k.witness {
			v.fail(BadSignature, "%s+%08x is no key of a witness", k.Name(), k.KeyHash())
		} else if v.Holds() && !slices.ContainsFunc(v.Signed.Witnesses, func(w Witness) bool { return w.Name == k.Name() && w.hash == k.KeyHash() }) {
			v.fail(BadSignature, "the witness %s has not cosigned the checkpoint", k.Name())
		}
	}
}
