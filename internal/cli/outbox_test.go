package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"firstlook/internal/outbox"
	"firstlook/party"
)

func act(key string, recipient party.ID, body string) outbox.Act {
	return outbox.Act{Key: key, Recipient: recipient, Kind: "noticed", Body: []byte(body)}
}

// The same act is the same file; what stood in the way of an earlier try does not stand in the way of the next.
func TestOutboxIsIdempotent(t *testing.T) {
	o := letters{dir: filepath.Join(t.TempDir(), "outbox")}
	if err := os.MkdirAll(filepath.Join(o.dir, "northwind"), 0o700); err != nil {
		t.Fatal(err)
	}
	// A process that was killed while it wrote leaves a part behind.
	if err := os.WriteFile(filepath.Join(o.dir, "northwind", ".n1.1.2.northwind.txt.part"), []byte("NOTI"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := o.Deliver(context.Background(), act("n1.1.2.northwind", "northwind", "NOTICE\n")); err != nil {
			t.Fatal(err)
		}
	}
	files, err := os.ReadDir(filepath.Join(o.dir, "northwind"))
	if err != nil || len(files) != 1 || files[0].Name() != "n1.1.2.northwind.txt" {
		t.Fatalf("files %v, %v", files, err)
	}
	data, err := os.ReadFile(filepath.Join(o.dir, "northwind", files[0].Name()))
	if err != nil || string(data) != "NOTICE\n" {
		t.Errorf("%q, %v", data, err)
	}
}

// Nothing that an id could hold leads out of the folder.
func TestOutboxStaysInItsFolder(t *testing.T) {
	root := t.TempDir()
	o := letters{dir: filepath.Join(root, "outbox")}
	for _, a := range []outbox.Act{
		act("../../escaped", "northwind", "x"), act("a/b", "northwind", "x"), act("", "northwind", "x"), act(".hidden", "northwind", "x"),
		act("n1.1.1.x", "../northwind", "x"), act("n1.1.1.x", "", "x"), act("n1\x00", "northwind", "x"),
	} {
		if err := o.Deliver(context.Background(), a); err == nil {
			t.Errorf("act %q for %q was done", a.Key, a.Recipient)
		}
	}
	if files, err := os.ReadDir(root); err != nil || len(files) != 0 {
		t.Errorf("something was written: %v %v", files, err)
	}
}

// Several acts at once are the same files as one after the other: each letter with its receipt, and what goes wrong with one keeps back those
// behind it of the same recipient, and nobody else's.
func TestOutboxTogether(t *testing.T) {
	asked := 0
	broken := "n3.1.1.northwind"
	o := letters{dir: filepath.Join(t.TempDir(), "outbox"), receipts: func(context.Context) (func(context.Context, outbox.Act) ([]byte, error), error) {
		asked++
		return func(_ context.Context, a outbox.Act) ([]byte, error) {
			if a.Key == broken {
				return nil, errors.New("no proof")
			}
			return []byte("receipt of " + a.Key + "\n"), nil
		}, nil
	}}
	var acts []*outbox.Act
	for n := range 6 {
		for _, to := range []party.ID{"northwind", "oracle"} {
			a := act(fmt.Sprintf("n%d.1.1.%s", n, to), to, fmt.Sprintf("letter %d\n", n))
			acts = append(acts, &a)
		}
	}
	errs := o.DeliverTogether(t.Context(), acts)
	for i, a := range acts {
		switch held := a.Recipient == "northwind" && i >= 6; {
		case a.Key == broken:
			if errs[i] == nil || errors.Is(errs[i], outbox.ErrBehind) {
				t.Errorf("%s: %v", a.Key, errs[i])
			}
		case held != errors.Is(errs[i], outbox.ErrBehind), !held && errs[i] != nil:
			t.Errorf("%s: %v, held back %v", a.Key, errs[i], held)
		}
	}
	if _, err := os.Stat(filepath.Join(o.dir, "northwind", broken+".txt")); err == nil {
		t.Error("a letter stands without its receipt")
	}
	broken = ""
	for i, err := range o.DeliverTogether(t.Context(), acts) { // as a process does that was killed before it could record
		if err != nil {
			t.Errorf("%s, again: %v", acts[i].Key, err)
		}
	}
	for _, a := range acts {
		letter, err := os.ReadFile(filepath.Join(o.dir, string(a.Recipient), a.Key+".txt"))
		receipt, failed := os.ReadFile(filepath.Join(o.dir, string(a.Recipient), a.Key+".receipt"))
		if string(letter) != string(a.Body) || string(receipt) != "receipt of "+a.Key+"\n" {
			t.Errorf("%s: %q %q, %v %v", a.Key, letter, receipt, err, failed)
		}
	}
	for _, to := range []string{"northwind", "oracle"} {
		if files, err := os.ReadDir(filepath.Join(o.dir, to)); err != nil || len(files) != 12 {
			t.Errorf("%s has %d files, want 12: %v", to, len(files), err)
		}
	}
	if asked != 2 {
		t.Errorf("receipts were begun %d times for two rows", asked)
	}
}
