package proof

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
)

// Relation says how the second of two checkpoints stands to the first.
type Relation string

// The relations.
const (
	Same      Relation = "same"      // they are of one tree
	Ahead     Relation = "ahead"     // the second continues the first
	Behind    Relation = "behind"    // the first continues the second
	Split     Relation = "split"     // the log shows two trees: whoever signed both has shown different records to different people
	Undecided Relation = "undecided" // of two sizes, and there is no proof that one continues the other
)

// Comparison is how two checkpoints stand to each other.
type Comparison struct {
	Relation Relation
	Words    string
	A, B     Signed
}

const consistencyTitle = "firstlook consistency 1\n"

// FormatConsistency writes a consistency proof as a file: a title, then "proof HASH" a line.
func FormatConsistency(path []Hash) []byte {
	b := []byte(consistencyTitle)
	for _, h := range path {
		b = append(base64.StdEncoding.AppendEncode(append(b, "proof "...), h[:]), '\n')
	}
	return b
}

// ParseConsistency reads a consistency proof.
func ParseConsistency(b []byte) ([]Hash, error) {
	rest, ok := bytes.CutPrefix(b, []byte(consistencyTitle))
	if !ok {
		return nil, errors.New("this is no consistency proof")
	}
	var out []Hash
	for line := range bytes.Lines(rest) {
		var h Hash
		value, ok := bytes.CutPrefix(bytes.TrimSuffix(line, []byte{'\n'}), []byte("proof "))
		if !ok || !decode(value, h[:]) {
			return nil, errors.New("a line of the consistency proof is no hash")
		}
		out = append(out, h)
	}
	return out, nil
}

// CheckpointOf returns the signed checkpoint in a file that is one, or a receipt, or an evidence archive.
func CheckpointOf(b []byte) ([]byte, error) {
	if IsArchive(b) {
		files, err := unpack(b)
		if err != nil {
			return nil, err
		}
		b = files[ReceiptName]
	}
	if !bytes.HasPrefix(b, []byte(receiptTitle)) {
		return b, nil
	}
	r, err := ParseReceipt(b)
	if err != nil {
		return nil, err
	}
	return r.Checkpoint, nil
}

// Compare compares the checkpoints of two files, which two parties may have been given. The path is a consistency proof as a
// file; nil where there is none. An error says that a checkpoint itself cannot be relied on.
func Compare(a, b, path []byte, keys *Keys) (Comparison, error) {
	var c Comparison
	for i, one := range []struct {
		file []byte
		to   *Signed
	}{{a, &c.A}, {b, &c.B}} {
		text, err := CheckpointOf(one.file)
		if err == nil {
			*one.to, err = OpenCheckpoint(text, keys)
		}
		if err != nil {
			return c, fmt.Errorf("checkpoint %d: %w", i+1, err)
		}
	}
	if c.A.Origin != c.B.Origin {
		return c, fmt.Errorf("the checkpoints are of two logs, %s and %s", c.A.Origin, c.B.Origin)
	}
	var hashes []Hash
	if path != nil {
		var err error
		if hashes, err = ParseConsistency(path); err != nil {
			return c, err
		}
	}
	c.relate(hashes, path != nil)
	return c, nil
}

func (c *Comparison) relate(path []Hash, given bool) {
	first, second := c.A.Checkpoint, c.B.Checkpoint
	earlier, later, relation := first, second, Ahead
	if first.Size > second.Size {
		earlier, later, relation = second, first, Behind
	}
	switch {
	case first.Size == second.Size && first.Root == second.Root:
		c.Relation, c.Words = Same, fmt.Sprintf("same: both have %d leaves and one root", first.Size)
	case first.Size == second.Size:
		c.Relation, c.Words = Split, fmt.Sprintf("SPLIT VIEW: both have %d leaves and different roots, and both are signed by the log. It shows different records to different people; "+
			"the two checkpoints together prove it", first.Size)
	case !given && earlier.Size > 0:
		c.Relation, c.Words = Undecided, fmt.Sprintf("undecided: one has %d leaves, the other %d; whether the longer log continues the shorter one needs a consistency proof: ask the keeper of the log for it",
			earlier.Size, later.Size)
	case CheckConsistency(earlier, later, path) == nil:
		c.Relation, c.Words = relation, fmt.Sprintf("consistent: the log with %d leaves continues the one with %d; the second file is %s", later.Size, earlier.Size, relation)
	default:
		c.Relation, c.Words = Split, fmt.Sprintf("SPLIT VIEW, unless the proof is a wrong one: nothing here shows that the log with %d leaves continues the one with %d. "+
			"A keeper who cannot give a proof that does has two logs", later.Size, earlier.Size)
	}
}
