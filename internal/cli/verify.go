package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"firstlook/proof"
)

func (a *app) verifyCommand() *cobra.Command {
	c := leaf("verify FILE", "Verify a receipt or an evidence archive offline, and say what it proves", 1, 1, a.verifyFile)
	c.Long = "Verifies a receipt or an evidence archive with public keys and nothing else: no data folder, no network. It says in words what is proven and what is not, " +
		"and ends with exit code 0 where the file holds and 1 where it does not.\n\n" +
		"A key is a line such as firstlook-log/0a1b2c3d+8f1e+..., or a file of such lines: of the log, of auditors, of witnesses. Take it from who keeps the log once, and keep it."
	c.Flags().StringArray("key", nil, "Public key, or a file of keys; may be given several times")
	c.Flags().StringArray("witness", nil, "Public key of a witness, or a file of keys; the file holds only if each of them has cosigned its checkpoint")
	return c
}

// verifiedJSON is what verify prints with --json.
type verifiedJSON struct {
	Verified   bool           `json:"verified"`
	Code       proof.Code     `json:"code,omitempty"`
	Failure    string         `json:"failure,omitempty"`
	Checkpoint checkpointSize `json:"checkpoint"`
	Leaves     int            `json:"leaves"`
	Proven     []string       `json:"proven"`
	NotProven  []string       `json:"not_proven"`
}

type checkpointSize struct {
	Origin string `json:"origin"`
	Size   int64  `json:"size"`
	Root   string `json:"root"`
}

// keys reads the keys that --key names.
func (a *app) keys(cmd *cobra.Command) (*proof.Keys, error) {
	if given, _ := cmd.Flags().GetStringArray("key"); len(given) == 0 {
		return nil, usage(cmd, "--key is missing: without a key nothing can be verified; `firstlook log key` prints it where the log is kept")
	}
	return keysOf(cmd, "key")
}

// keysOf reads the keys that a flag names.
func keysOf(cmd *cobra.Command, flag string) (*proof.Keys, error) {
	given, _ := cmd.Flags().GetStringArray(flag)
	var text strings.Builder
	for _, k := range given {
		if b, err := os.ReadFile(k); err == nil {
			k = string(b)
		}
		text.WriteString(k + "\n")
	}
	keys, err := proof.ParseKeys(text.String())
	if err != nil {
		return nil, usage(cmd, "--%s: %v", flag, err)
	}
	return keys, nil
}

func (a *app) verifyFile(cmd *cobra.Command, args []string) error {
	keys, err := a.keys(cmd)
	if err != nil {
		return err
	}
	b, err := a.bytes(args[0])
	if err != nil {
		return err
	}
	check := proof.VerifyFile
	if proof.IsArchive(b) {
		check = proof.VerifyEvidence
	}
	var witnesses *proof.Keys
	if cmd.Flags().Changed("witness") {
		if witnesses, err = keysOf(cmd, "witness"); err != nil {
			return err
		}
		keys = keys.With(witnesses)
	}
	v := check(b, keys)
	if witnesses != nil {
		v.RequireWitnesses(witnesses)
	}
	if a.json {
		c := v.Signed.Checkpoint
		err = a.document(verifiedJSON{v.Holds(), v.Code, v.Failure, checkpointSize{c.Origin, c.Size, c.Root.String()}, len(v.Seen), orEmpty(v.Proven), orEmpty(v.NotProven)})
	} else {
		fmt.Fprint(a.out, v.Words())
	}
	if err == nil && !v.Holds() {
		err = errFound
	}
	return err
}

// bytes reads a whole file; an archive may be larger than the files that [app.file] takes.
func (a *app) bytes(name string) ([]byte, error) {
	if name == "-" {
		return a.file(name)
	}
	f, err := openFile(name)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(name)
}
