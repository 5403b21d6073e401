package translog_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"firstlook/internal/sqlite"
	"firstlook/internal/translog"
	"firstlook/proof"
)

// The first use of a folder makes a key that only its owner can read; the next use finds it.
func TestKeyInAFile(t *testing.T) {
	dir := t.TempDir()
	one, err := translog.OpenSigners(dir)
	if err != nil {
		t.Fatal(err)
	}
	again, err := translog.OpenSigners(dir)
	if err != nil || again.Public()[0] != one.Public()[0] || again.Origin() != one.Origin() {
		t.Errorf("the key is another the second time: %v", err)
	}
	for _, f := range []string{"key-1", "signers"} {
		info, err := os.Stat(filepath.Join(dir, "log", f))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", f, info.Mode(), err)
		}
	}
}

// TestMain lets this program stand for a key service: run as "sign SEED" it signs what it reads.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "sign" {
		text, err := io.ReadAll(os.Stdin)
		if err != nil {
			os.Exit(1)
		}
		fmt.Println(base64.StdEncoding.EncodeToString(ed25519.Sign(serviceKey(os.Args[2]), text)))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func serviceKey(seed string) ed25519.PrivateKey {
	sum := sha256.Sum256([]byte(seed))
	return ed25519.NewKeyFromSeed(sum[:])
}

// A program signs in the place of a file, as a key service would; what it writes is verified before it is used.
func TestKeyBehindACommand(t *testing.T) {
	data := t.TempDir()
	vkey := proof.PublicKey("kms.example/log", serviceKey("service").Public().(ed25519.PublicKey), false)
	write := func(name, text string, mode os.FileMode) {
		if err := os.MkdirAll(filepath.Join(data, "log"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(data, name), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	sign := filepath.Join(data, "sign")
	write("sign", "#!/bin/sh\nexec "+os.Args[0]+" sign service\n", 0o700)
	write("log/signers", "command "+vkey+" "+sign+"\n", 0o600)
	s := open(t, data, sqlite.Options{})
	fill(t, s, "need/a", 0, 3, rand.New(rand.NewPCG(1, 1)))
	signers, err := translog.OpenSigners(data)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signers.Checkpoint(t.Context(), view(t, s))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := proof.ParseKeys(vkey)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := proof.OpenCheckpoint(signed, keys); err != nil || c.Origin != "kms.example/log" {
		t.Errorf("%+v %v", c, err)
	}
	fill(t, s, "need/a", 3, 4, rand.New(rand.NewPCG(1, 1))) // what is signed already is not signed again
	for name, script := range map[string]string{"nonsense": "#!/bin/sh\necho nonsense\n", "another signature": "#!/bin/sh\nprintf '%s' " + base64.StdEncoding.EncodeToString(make([]byte, 64)) + "\n",
		"failure": "#!/bin/sh\necho no token >&2; exit 1\n"} {
		write("sign", script, 0o700)
		if _, err := signers.Checkpoint(t.Context(), view(t, s)); err == nil {
			t.Errorf("%s is taken for a signature", name)
		} else if name == "failure" && !strings.Contains(err.Error(), "no token") {
			t.Errorf("what the program said is lost: %v", err)
		}
	}
}

// A rotation is signed by the keys before it; what they signed stays good, and the log goes on under its name.
func TestRotation(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := open(t, data, sqlite.Options{})
	fill(t, s, "need/a", 0, 5, rand.New(rand.NewPCG(2, 2)))
	before, err := translog.OpenSigners(data)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := before.Checkpoint(t.Context(), view(t, s)); err != nil {
		t.Fatal(err)
	}
	r, err := before.Rotate()
	if err != nil {
		t.Fatal(err)
	}
	if err := translog.CheckRotation(r); err != nil {
		t.Error(err)
	}
	forged := r
	forged.Keys = before.Public()
	if translog.CheckRotation(forged) == nil {
		t.Error("a rotation to other keys than were signed is taken")
	}
	after, err := before.Adopt()
	if err != nil {
		t.Fatal(err)
	}
	if after.Origin() != before.Origin() || after.Public()[0] == before.Public()[0] || after.Public()[0] != r.Keys[0] {
		t.Errorf("after it %s signs %s", after.Public(), after.Origin())
	}
	if _, err := after.Checkpoint(t.Context(), view(t, s)); err != nil {
		t.Error(err)
	}
}

// Nothing is signed that does not continue what was signed.
func TestNoForkIsSigned(t *testing.T) {
	t.Parallel()
	one, other := t.TempDir(), t.TempDir()
	random := rand.New(rand.NewPCG(3, 3))
	s := open(t, one, sqlite.Options{})
	fill(t, s, "need/a", 0, 9, random)
	signers, err := translog.OpenSigners(one)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := signers.Checkpoint(t.Context(), view(t, s)); err != nil {
		t.Fatal(err)
	}
	forged := open(t, other, sqlite.Options{})
	fill(t, forged, "need/a", 0, 30, random)
	if _, err := signers.Checkpoint(t.Context(), view(t, forged)); !errors.Is(err, translog.ErrForked) {
		t.Errorf("signed another log: %v", err)
	}
}

// The log over HTTP is the log as it is published; what it does not have is not found.
func TestHandler(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := open(t, data, sqlite.Options{})
	fill(t, s, "need/a", 0, 300, rand.New(rand.NewPCG(4, 4)))
	signers, err := translog.OpenSigners(data)
	if err != nil {
		t.Fatal(err)
	}
	h := translog.Handler(s.Log(), signers)
	get := func(path string) (int, string) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w.Code, w.Body.String()
	}
	code, signed := get("/checkpoint")
	keys, err := proof.ParseKeys(signers.Public()[0])
	if err != nil {
		t.Fatal(err)
	}
	c, err := proof.OpenCheckpoint([]byte(signed), keys)
	if code != http.StatusOK || err != nil || c.Root != view(t, s).Root() {
		t.Fatalf("checkpoint: %d %v", code, err)
	}
	if code, body := get("/tile/0/000"); code != http.StatusOK || len(body) != 256*32 {
		t.Errorf("a full tile: %d, %d bytes", code, len(body))
	}
	partial := "/" + proof.TilePath(0, c.Size/256, int(c.Size%256))
	if code, body := get(partial); code != http.StatusOK || len(body) != int(c.Size%256)*32 {
		t.Errorf("%s: %d, %d bytes", partial, code, len(body))
	}
	for _, path := range []string{"/tile/0/999", "/tile/0/0", "/tile/0/000.p/0", "/tile/0/000.p/256", "/tile/9/000", "/tile/00/000", "/tile/0/x000/000", "/tile/entries/000", "/tile/-1/000", "/log"} {
		if code, _ := get(path); code != http.StatusNotFound {
			t.Errorf("%s: %d, want not found", path, code)
		}
	}
}
