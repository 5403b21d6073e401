package translog

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"firstlook/proof"
)

// A log's keys are in the folder log of the data folder. The file signers says who signs, one a line:
//
//	file NAME                     the note key in the file NAME of the folder (mode 0600)
//	command VKEY PROGRAM ARG...   a program that reads what is to be signed and writes 64 bytes of Ed25519, or their
//	                              base64; it stands for a PKCS#11 module or a key service
//
// The first line's name is the origin of the log and does not change when keys do.

// Signers sign checkpoints.
type Signers struct {
	dir    string
	origin string
	all    []note.Signer
	public []string
}

const (
	signersFile    = "signers"
	checkpointFile = "checkpoint"
	// signTime bounds one run of a signing command.
	signTime = 30 * time.Second
)

// OpenSigners opens the keys in a data folder, and makes the first one where there is none: an Ed25519 key named
// firstlook-log/ and the beginning of its own hash.
func OpenSigners(data string) (*Signers, error) {
	dir := filepath.Join(data, "log")
	text, err := os.ReadFile(filepath.Join(dir, signersFile))
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
		var random [8]byte
		if _, err := rand.Read(random[:]); err != nil {
			return nil, err
		}
		if text, err = makeKey(dir, "firstlook-log/"+hex.EncodeToString(random[:]), "key-1"); err == nil {
			err = writeFile(filepath.Join(dir, signersFile), text, 0o600)
		}
	}
	if err != nil {
		return nil, err
	}
	s := &Signers{dir: dir}
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		signer, vkey, err := s.signer(strings.Fields(line))
		if err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", filepath.Join(dir, signersFile), i+1, err)
		}
		s.all, s.public = append(s.all, signer), append(s.public, vkey)
	}
	if s.origin, err = s.readOrigin(); err != nil {
		return nil, err
	}
	return s, nil
}

// makeKey draws a key and returns its line for the signers' file.
func makeKey(dir, name, file string) ([]byte, error) {
	skey, _, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return nil, err
	}
	return []byte("file " + file + "\n"), writeFile(filepath.Join(dir, file), []byte(skey+"\n"), 0o600)
}

// writeFile writes a file whole or not at all.
func writeFile(name string, content []byte, mode fs.FileMode) error {
	tmp, err := os.CreateTemp(filepath.Dir(name), ".new-")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(content)
	err = errors.Join(err, tmp.Chmod(mode), tmp.Sync(), tmp.Close())
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}

func (s *Signers) signer(words []string) (note.Signer, string, error) {
	switch {
	case len(words) == 2 && words[0] == "file":
		skey, err := os.ReadFile(filepath.Join(s.dir, words[1]))
		if err != nil {
			return nil, "", err
		}
		return fileSigner(strings.TrimSpace(string(skey)))
	case len(words) >= 3 && words[0] == "command":
		keys, err := proof.ParseKeys(words[1])
		if err != nil {
			return nil, "", err
		}
		v, err := note.NewVerifier(words[1])
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w", keys, err)
		}
		return commandSigner{v, words[2:]}, words[1], nil
	}
	return nil, "", errors.New("a line is file NAME, or command VKEY PROGRAM ARG...")
}

// fileSigner reads a note's private key: PRIVATE+KEY+name+hash+base64.
func fileSigner(skey string) (note.Signer, string, error) {
	signer, err := note.NewSigner(skey)
	if err != nil {
		return nil, "", err
	}
	parts := strings.Split(skey, "+")
	raw, err := base64.StdEncoding.DecodeString(strings.Join(parts[4:], "+"))
	if err != nil || len(raw) != 1+ed25519.SeedSize {
		return nil, "", errors.New("the key is not one of Ed25519")
	}
	public := ed25519.NewKeyFromSeed(raw[1:]).Public().(ed25519.PublicKey)
	return signer, proof.PublicKey(signer.Name(), public, false), nil
}

// commandSigner has a program sign.
type commandSigner struct {
	note.Verifier
	command []string
}

// Sign implements [note.Signer]. What the program answers is verified: a broken one is found before anybody relies on it.
func (c commandSigner) Sign(msg []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), signTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.command[0], c.command[1:]...)
	cmd.Stdin = bytes.NewReader(msg)
	var problem bytes.Buffer
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("the signing command %s failed: %w: %s", c.command[0], err, bytes.TrimSpace(problem.Bytes()))
	}
	if len(out) != ed25519.SignatureSize {
		if out, err = base64.StdEncoding.DecodeString(strings.TrimSpace(string(out))); err != nil {
			return nil, fmt.Errorf("the signing command %s wrote neither 64 bytes nor their base64", c.command[0])
		}
	}
	if !c.Verify(msg, out) {
		return nil, fmt.Errorf("what the signing command %s wrote is not a signature of %s", c.command[0], c.Name())
	}
	return out, nil
}

// readOrigin returns the name of the log: that of the checkpoint signed last, else of the first key.
func (s *Signers) readOrigin() (string, error) {
	last, err := os.ReadFile(filepath.Join(s.dir, checkpointFile))
	if errors.Is(err, fs.ErrNotExist) {
		return s.all[0].Name(), nil
	}
	if err != nil {
		return "", err
	}
	c, err := proof.ParseCheckpoint(string(last))
	return c.Origin, err
}

// Origin is the name of the log.
func (s *Signers) Origin() string { return s.origin }

// Public lists the public keys of those who sign now.
func (s *Signers) Public() []string { return s.public }

// ErrForked says that a log does not continue the one for which a checkpoint was signed before.
var ErrForked = errors.New("the log does not continue the one that was signed before: the database was replaced, or its records were changed")

// Checkpoint signs the tree of a view and keeps the checkpoint. It first holds the tree against the checkpoint that was
// signed last, and returns [ErrForked] where it does not continue it.
func (s *Signers) Checkpoint(ctx context.Context, v *View) ([]byte, error) {
	c := proof.Checkpoint{Origin: s.origin, Size: v.Size(), Root: v.Root()}
	if last, err := s.Last(); err != nil {
		return nil, err
	} else if last != nil {
		before, err := proof.ParseCheckpoint(string(last))
		if err != nil {
			return nil, err
		}
		if err := continues(ctx, v, before); err != nil {
			return nil, err
		}
		if before == c && s.signedBy(last) {
			return last, nil // with what witnesses added to it
		}
	}
	signed, err := note.Sign(&note.Note{Text: c.Text()}, s.all...)
	if err != nil {
		return nil, err
	}
	return signed, writeFile(filepath.Join(s.dir, checkpointFile), signed, 0o600)
}

// signedBy reports whether a checkpoint has a signature of everybody who signs now.
func (s *Signers) signedBy(signed []byte) bool {
	for _, p := range s.public {
		keys, err := proof.ParseKeys(p)
		if err != nil {
			return false
		}
		if n, err := note.Open(signed, keys); err != nil || len(n.Sigs) == 0 {
			return false
		}
	}
	return true
}

// Witnessed adds to the checkpoint that was signed last the cosignatures by known witnesses that a copy of it has, and says how many.
// Receipts carry them until the log grows.
func (s *Signers) Witnessed(copied []byte, witnesses *proof.Keys) (int, error) {
	last, err := s.Last()
	if err != nil {
		return 0, err
	}
	own, err := proof.ParseKeys(strings.Join(s.public, "\n"))
	if err != nil {
		return 0, err
	}
	out, n, err := proof.WithWitnesses(last, copied, own.With(witnesses))
	if err != nil {
		return 0, err
	}
	return n, writeFile(filepath.Join(s.dir, checkpointFile), out, 0o600)
}

// continues holds a tree against an earlier checkpoint of it.
func continues(ctx context.Context, v *View, before proof.Checkpoint) error {
	root, err := v.RootAt(ctx, before.Size)
	if errors.Is(err, ErrBeyond) {
		return fmt.Errorf("%w: it had %d leaves and has %d", ErrForked, before.Size, v.Size())
	}
	if err != nil {
		return err
	}
	if root != before.Root {
		return fmt.Errorf("%w: its first %d leaves are others", ErrForked, before.Size)
	}
	return nil
}

// Last returns the checkpoint that was signed last; nil where there is none.
func (s *Signers) Last() ([]byte, error) {
	b, err := os.ReadFile(filepath.Join(s.dir, checkpointFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

// Rotation is the body of a record, in the log's own stream, that says who signs from now on.
type Rotation struct {
	Origin string   `json:"origin"`
	Keys   []string `json:"keys"` // public, of those who sign from now on
	Before []string `json:"before,omitempty"`
	// Signatures are by the keys before, over the text of the rotation, as lines of a note.
	Note string `json:"note,omitempty"`
}

// KindKeys is the kind of a record of a rotation.
const KindKeys = "keys"

// Text is what the keys before sign.
func (r *Rotation) Text() string {
	return "firstlook keys 1\nlog " + r.Origin + "\nkey " + strings.Join(r.Keys, "\nkey ") + "\n"
}

// First is the rotation that begins a log.
func (s *Signers) First() Rotation { return Rotation{Origin: s.origin, Keys: s.public} }

// Rotate draws a new key in a file and lets it sign in the place of the old ones, once it is told that the rotation is
// recorded ([Signers.Adopt]).
func (s *Signers) Rotate() (Rotation, error) {
	r := Rotation{Origin: s.origin, Before: s.public}
	random := sha256.Sum256([]byte(strings.Join(s.public, "\n")))
	file := "key-" + hex.EncodeToString(random[:4])
	line, err := makeKey(s.dir, s.origin, file)
	if err != nil {
		return r, err
	}
	_, vkey, err := s.signer(strings.Fields(string(line)))
	if err != nil {
		return r, err
	}
	r.Keys = []string{vkey}
	signed, err := note.Sign(&note.Note{Text: r.Text()}, s.all...)
	if err != nil {
		return r, err
	}
	r.Note = string(signed)
	return r, writeFile(filepath.Join(s.dir, signersFile+".next"), line, 0o600)
}

// Adopt lets the keys of a rotation sign from now on.
func (s *Signers) Adopt() (*Signers, error) {
	if err := os.Rename(filepath.Join(s.dir, signersFile+".next"), filepath.Join(s.dir, signersFile)); err != nil {
		return nil, err
	}
	return OpenSigners(filepath.Dir(s.dir))
}

// CheckRotation checks that the keys before signed a rotation.
func CheckRotation(r Rotation) error {
	if len(r.Before) == 0 {
		return nil
	}
	keys, err := proof.ParseKeys(strings.Join(r.Before, "\n"))
	if err != nil {
		return err
	}
	n, err := note.Open([]byte(r.Note), keys)
	if err != nil {
		return err
	}
	if n.Text != r.Text() {
		return errors.New("the keys before signed something else")
	}
	return nil
}
