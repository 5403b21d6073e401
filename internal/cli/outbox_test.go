package cli

import (
	"context"
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
