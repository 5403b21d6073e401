package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"firstlook/internal/outbox"
	"firstlook/party"
)

// letters writes acts as files: DIR/RECIPIENT/KEY.txt, and the receipt that proves what the letter says as KEY.receipt, which
// `firstlook verify` takes. Whoever carries them on (a mail program, a person) finds each file whole, and finds the same
// file when an act is done again.
//
// Several acts wait for the disk together: their receipts are written, then made durable, then get their names, then the same for the
// letters. A letter is never there without its receipt, nor either before it is durable.
type letters struct {
	dir string
	// receipts begins a row of receipts under one checkpoint, and makes that of an act; nothing where there is none to give.
	receipts func(context.Context) (func(context.Context, outbox.Act) ([]byte, error), error)
}

// Deliver implements desk.Courier.
func (o letters) Deliver(ctx context.Context, a outbox.Act) error {
	return o.DeliverTogether(ctx, []*outbox.Act{&a})[0]
}

// letterFile is an act on its way into the folder.
type letterFile struct {
	act       *outbox.Act
	dir, name string // its folder, and the letter without an ending
	done      bool   // it is there from a pass that was cut off
	err       error
}

// DeliverTogether implements [desk.Together].
func (o letters) DeliverTogether(ctx context.Context, acts []*outbox.Act) []error {
	files := make([]letterFile, len(acts))
	for i, a := range acts {
		files[i] = o.begin(a)
	}
	o.together(files, ".receipt", o.prove(ctx, files))
	o.together(files, ".txt", func(f *letterFile) ([]byte, error) { return f.act.Body, nil })
	errs := make([]error, len(acts))
	held := map[party.ID]bool{}
	for i := range files {
		to := acts[i].Recipient
		if errs[i] = files[i].err; errs[i] == nil && held[to] {
			errs[i] = outbox.ErrBehind // its file stands, and is found when it is done again
		}
		held[to] = held[to] || errs[i] != nil
	}
	return errs
}

// begin sees what is there of an act, and makes its folder. Where the same letter is there, it was done before and only the record was not
// told. Where it is another, the record will have the hash of this one, so this one stands.
func (o letters) begin(a *outbox.Act) letterFile {
	f := letterFile{act: a, dir: filepath.Join(o.dir, string(a.Recipient))}
	if err := errors.Join(party.Check(string(a.Recipient)), checkFileName(a.Key)); err != nil {
		f.err = fmt.Errorf("act %q cannot be a file: %w", a.Key, err)
		return f
	}
	f.name = filepath.Join(f.dir, a.Key)
	there, err := os.ReadFile(f.name + ".txt")
	if f.done = err == nil && bytes.Equal(there, a.Body); !f.done {
		f.err = makeFolders(o.dir, f.dir)
	}
	return f
}

// prove returns what makes the receipts of a row. One that is there from a pass that was cut off proves the same, under an earlier
// checkpoint.
func (o letters) prove(ctx context.Context, files []letterFile) func(*letterFile) ([]byte, error) {
	if o.receipts == nil || !slices.ContainsFunc(files, func(f letterFile) bool { return f.err == nil && !f.done }) {
		return func(*letterFile) ([]byte, error) { return nil, nil }
	}
	receipt, failed := o.receipts(ctx)
	return func(f *letterFile) ([]byte, error) {
		if _, err := os.Stat(f.name + ".receipt"); err == nil {
			return nil, nil
		}
		err := failed
		var out []byte
		if err == nil {
			out, err = receipt(ctx, *f.act)
		}
		if err != nil {
			err = fmt.Errorf("receipt of act %s: %w", f.act.Key, err)
		}
		return out, err
	}
}

// together writes one file of each act that has something to write: all of them first, then durable, then under their names, and
// those durable, too.
func (o letters) together(files []letterFile, ending string, body func(*letterFile) ([]byte, error)) {
	var open []*letterFile
	handles := map[*letterFile]*os.File{}
	for i := range files {
		f := &files[i]
		if f.err != nil || f.done {
			continue
		}
		var text []byte
		if text, f.err = body(f); f.err != nil || len(text) == 0 && ending != ".txt" {
			continue
		}
		if handles[f], f.err = writePart(f.part(ending), text); f.err == nil {
			open = append(open, f)
		}
	}
	atOnce(open, func(f *letterFile) {
		if f.err = errors.Join(handles[f].Sync(), handles[f].Close()); f.err != nil {
			f.err = errors.Join(f.err, os.Remove(f.part(ending)))
			return
		}
		f.err = os.Rename(f.part(ending), f.name+ending)
	})
	synced := map[string]error{}
	for i := range files {
		f := &files[i]
		if f.err != nil || handles[f] == nil && !f.done { // the name of one that was done may not be durable yet
			continue
		}
		if _, is := synced[f.dir]; !is {
			synced[f.dir] = syncFolder(f.dir)
		}
		f.err = synced[f.dir]
	}
}

// part is the first name of a file. It is made of the last one, so that what a killed process left behind is written over.
func (f *letterFile) part(ending string) string {
	return filepath.Join(f.dir, "."+f.act.Key+ending+".part")
}

// writePart writes a file that is not durable yet.
func writePart(name string, body []byte) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	if _, err := f.Write(body); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(name))
	}
	return f, nil
}

// syncsAtOnce is how many files are made durable at the same time; the disk does several with one wait.
const syncsAtOnce = 8

// atOnce does something with files, several at the same time.
func atOnce(files []*letterFile, do func(*letterFile)) {
	if len(files) == 1 {
		do(files[0])
		return
	}
	var wait sync.WaitGroup
	var next atomic.Int64
	for range min(syncsAtOnce, len(files)) {
		wait.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(files)); i = next.Add(1) - 1 {
				do(files[i])
			}
		})
	}
	wait.Wait()
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

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
