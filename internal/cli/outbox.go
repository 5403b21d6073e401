package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"firstlook/internal/outbox"
	"firstlook/party"
)

// letters writes acts as files: DIR/RECIPIENT/KEY.txt, and the receipt that proves what the letter says as KEY.receipt, which
// `firstlook verify` takes. Whoever carries them on (a mail program, a person) finds each file whole, and finds the same
// file when an act is done again.
type letters struct {
	dir string
	// receipt makes the receipt of an act; nothing where there is none to give.
	receipt func(context.Context, outbox.Act) ([]byte, error)
}

// Deliver implements desk.Courier.
func (o letters) Deliver(ctx context.Context, a outbox.Act) error {
	if err := errors.Join(party.Check(string(a.Recipient)), checkFileName(a.Key)); err != nil {
		return fmt.Errorf("act %q cannot be a file: %w", a.Key, err)
	}
	dir := filepath.Join(o.dir, string(a.Recipient))
	name := filepath.Join(dir, a.Key+".txt")
	// Where the same letter is there, it was done before and only the record was not told. Where it is another, the record will have the hash of
	// this one, so this one stands.
	if there, err := os.ReadFile(name); err == nil && bytes.Equal(there, a.Body) {
		return nil
	}
	if err := makeFolders(o.dir, dir); err != nil {
		return err
	}
	if err := o.prove(ctx, dir, a); err != nil {
		return fmt.Errorf("receipt of act %s: %w", a.Key, err)
	}
	return writeWhole(dir, name, a.Body)
}

// prove writes the receipt of an act. One that is there from a pass that was cut off proves the same, under an earlier checkpoint.
func (o letters) prove(ctx context.Context, dir string, a outbox.Act) error {
	name := filepath.Join(dir, a.Key+".receipt")
	if _, err := os.Stat(name); o.receipt == nil || err == nil {
		return nil
	}
	receipt, err := o.receipt(ctx, a)
	if err != nil || len(receipt) == 0 {
		return err
	}
	return writeWhole(dir, name, receipt)
}

// checkFileName admits what the keys of acts are made of, and nothing that leads out of the folder.
func checkFileName(s string) error {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '.' && r != '-' {
			return fmt.Errorf("the key has the character %q", r)
		}
	}
	if s == "" || s[0] == '.' {
		return errors.New("the key does not begin with a letter or digit")
	}
	return nil
}

// makeFolders makes each folder and makes its name durable.
func makeFolders(dirs ...string) error {
	for _, dir := range dirs {
		err := os.Mkdir(dir, 0o700)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := syncFolder(filepath.Dir(dir)); err != nil {
			return err
		}
	}
	return nil
}

// writeWhole writes a file that is there whole or not at all, also after a loss of power. Its first name is made of the
// last one, so that what a killed process left behind is written over.
func writeWhole(dir, name string, body []byte) error {
	first := filepath.Join(dir, "."+filepath.Base(name)+".part")
	f, err := os.OpenFile(first, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(body)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(first))
	}
	if err := os.Rename(first, name); err != nil {
		return err
	}
	return syncFolder(dir)
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
