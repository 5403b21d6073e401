package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"firstlook/calendar"
	"firstlook/proof"
)

// receipt is a log of one leaf, signed.
func receipt(t *testing.T, body string) (file []byte, key string) {
	t.Helper()
	seed := sha256.Sum256([]byte("key"))
	private := ed25519.NewKeyFromSeed(seed[:])
	key = proof.PublicKey("acme.example/log", private.Public().(ed25519.PublicKey), false)
	at, err := calendar.Parse("2026-03-02T12:00Z")
	if err != nil {
		t.Fatal(err)
	}
	rec := proof.Record{Stream: "need/n1", Version: 1, Time: at, Kind: proof.KindEvents, Body: []byte(body)}
	l := proof.NewSealer(seed).Leaves(&rec)[0]
	text := proof.Checkpoint{Origin: "acme.example/log", Size: 1, Root: proof.LeafHash(l.Text)}.Text()
	keys, err := proof.ParseKeys(key)
	if err != nil {
		t.Fatal(err)
	}
	v, err := keys.Verifier("acme.example/log", hash(key))
	if err != nil {
		t.Fatal(err)
	}
	signed := proof.AddSignature([]byte(text+"\n"), v.Name(), v.KeyHash(), ed25519.Sign(private, []byte(text)))
	r := proof.Receipt{Items: []proof.Item{{Leaf: l.Text, Open: l.Open}}, Checkpoint: signed}
	return r.Format(), key
}

func hash(key string) (h uint32) {
	for _, c := range strings.Split(key, "+")[1] {
		h = h<<4 | uint32(strings.IndexRune("0123456789abcdef", c))
	}
	return h
}

func TestRun(t *testing.T) {
	good, key := receipt(t, `[{"at":"2026-03-02T12:00Z","type":"ended","fact":{}}]`)
	other, _ := receipt(t, `[{"at":"2026-03-02T12:00Z","type":"waived","fact":{}}]`)
	dir := t.TempDir()
	file := func(name string, b []byte) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	a, b := file("a", good), file("b", other)
	bad := file("bad", bytes.Replace(good, []byte("ended"), []byte("other"), 1))
	keys := file("keys", []byte(key+"\n"))
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{a, "--key", key}, 0, "VERIFIED\n"},
		{[]string{a, "--key=" + keys}, 0, "VERIFIED\n"},
		{[]string{bad, "--key", keys}, 1, "NOT VERIFIED (root)"},
		{[]string{"compare", a, a, "--key", keys}, 0, "same: "},
		{[]string{"compare", a, b, "--key", keys}, 1, "SPLIT VIEW"},
		{[]string{a}, 2, "--key is missing"},
		{[]string{a, "--key", "nonsense"}, 2, "it is not name+hash+base64"},
		{[]string{filepath.Join(dir, "none"), "--key", keys}, 2, "no such file"},
		{[]string{"--key", keys}, 2, "usage"},
		{[]string{a, "--key"}, 2, "needs a value"},
	} {
		var out, problems bytes.Buffer
		if code := run(c.args, &out, &problems); code != c.code || !strings.Contains(out.String()+problems.String(), c.says) {
			t.Errorf("%v: code %d, %q %q; want %d and %q", c.args, code, out.String(), problems.String(), c.code, c.says)
		}
	}
}
