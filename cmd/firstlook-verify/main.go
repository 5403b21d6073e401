// Command firstlook-verify checks what a party was given of a log: a receipt, an evidence archive, or two checkpoints. It is
// built from the public packages alone, reads the files it is told, and nothing else.
//
//	firstlook-verify FILE --key KEY... [--witness KEY...]
//	                                                a receipt or an archive, cosigned by each of the witnesses
//	firstlook-verify compare A B --key KEY... [--proof FILE]
//	                                                two checkpoints, or the receipts they stand in
//
// KEY is a public key, or a file of them, one a line; of the log, of auditors, of witnesses. The proof is a file that
// `firstlook log consistency` writes; two checkpoints of one size need none.
//
// Exit codes: 0 verified; 1 not verified, or the checkpoints are of two logs; 2 wrong usage, or a file that cannot be read.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"firstlook/proof"
)

const usage = `usage: firstlook-verify FILE --key KEY... [--witness KEY...]
       firstlook-verify compare A B --key KEY... [--proof FILE]`

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// asked is the command line.
type asked struct {
	files []string
	keys  []string
	// witnesses must have cosigned.
	witnesses []string
	proof     string
}

func run(args []string, out, problems io.Writer) int {
	a, err := parse(args)
	var keys *proof.Keys
	if err == nil {
		keys, err = readKeys(a.keys)
	}
	var good bool
	switch {
	case err != nil:
	case len(a.files) == 3 && a.files[0] == "compare":
		good, err = compare(a.files[1], a.files[2], a.proof, keys, out)
	case len(a.files) == 1:
		good, err = verify(a.files[0], keys, a.witnesses, out)
	default:
		err = errors.New(usage)
	}
	switch {
	case err != nil:
		fmt.Fprintln(problems, "firstlook-verify:", err)
		return 2
	case !good:
		return 1
	}
	return 0
}

func parse(args []string) (a asked, err error) {
	for i := 0; i < len(args); i++ {
		name, value, given := strings.Cut(args[i], "=")
		if name != "--key" && name != "--proof" && name != "--witness" {
			if strings.HasPrefix(name, "-") {
				return a, errors.New(usage)
			}
			a.files = append(a.files, args[i])
			continue
		}
		if !given {
			if i++; i == len(args) {
				return a, fmt.Errorf("%s needs a value\n%s", name, usage)
			}
			value = args[i]
		}
		switch name {
		case "--key":
			a.keys = append(a.keys, value)
		case "--witness":
			a.witnesses = append(a.witnesses, value)
		default:
			a.proof = value
		}
	}
	if len(a.keys) == 0 {
		return a, fmt.Errorf("--key is missing: without a key nothing can be verified\n%s", usage)
	}
	return a, nil
}

// readKeys reads keys, each given as itself or as the name of a file.
func readKeys(given []string) (*proof.Keys, error) {
	var text strings.Builder
	for _, k := range given {
		if b, err := os.ReadFile(k); err == nil {
			k = string(b)
		}
		text.WriteString(k + "\n")
	}
	return proof.ParseKeys(text.String())
}

func verify(name string, keys *proof.Keys, required []string, out io.Writer) (bool, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return false, err
	}
	var witnesses *proof.Keys
	if len(required) > 0 {
		if witnesses, err = readKeys(required); err != nil {
			return false, err
		}
		keys = keys.With(witnesses)
	}
	check := proof.VerifyFile
	if proof.IsArchive(b) {
		check = proof.VerifyEvidence
	}
	v := check(b, keys)
	if witnesses != nil {
		v.RequireWitnesses(witnesses)
	}
	_, err = io.WriteString(out, v.Words())
	return v.Holds(), err
}

func compare(a, b, path string, keys *proof.Keys, out io.Writer) (bool, error) {
	var texts [3][]byte
	for i, name := range []string{a, b, path} {
		if name == "" {
			continue
		}
		var err error
		if texts[i], err = os.ReadFile(name); err != nil {
			return false, err
		}
	}
	c, err := proof.Compare(texts[0], texts[1], texts[2], keys)
	if err != nil {
		return false, err
	}
	_, err = fmt.Fprintln(out, c.Words)
	return c.Relation == proof.Same || c.Relation == proof.Behind || c.Relation == proof.Ahead, err
}
