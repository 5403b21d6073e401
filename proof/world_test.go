package proof_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"firstlook/calendar"
	"firstlook/proof"
)

// A need in which a rival's offer of 2.10 USD is chosen, northwind may match it and lets its window pass. The events are
// those that the engine writes for the README's tour, shortened where nothing depends on it.
var history = []struct {
	time, actor, body string
}{
	{"2026-03-02T12:00Z", "acme-labs", `[{"at":"2026-03-02T12:00Z","by":"acme-labs","type":"need-submitted","fact":{"need":{"id":"n1","buyer":"acme-labs","class":"inference","lines":[{"accelerators":["H100"],"quantity":64}],"budget":"500000.00 USD"},"engine":"1","law":[{"agreement":"acme-northwind","hash":"653a"}]}},` +
		`{"at":"2026-03-02T12:00Z","by":"acme-labs","type":"engaged","fact":{"line":0,"clause":{"agreement":"acme-northwind","clause":"right-to-match","version":1},"kind":"match","holder":"northwind","engaged":true,"reason":"in scope"}},` +
		`{"at":"2026-03-02T12:00Z","by":"acme-labs","type":"offers-requested","fact":{"lot":1,"invited":["northwind","contoso-cloud","fabrikam"],"closes":"2026-03-04T12:00Z"}}]`},
	{"2026-03-03T09:00Z", "contoso-cloud", `[{"at":"2026-03-03T09:00Z","by":"contoso-cloud","type":"offer-received","fact":{"offer":{"id":"o1","provider":"contoso-cloud","need":"n1","line":0,"terms":` + rivalTerms + `,"valid_until":"2026-05-01T00:00Z","salt":"c72c5e5dcb4a51ef8178ba0f4cac6617"},"hash":"c9bd"}}]`},
	{"2026-03-04T12:00Z", "acme-labs", `[{"at":"2026-03-04T12:00Z","type":"round-closed","fact":{"lot":1}},` +
		`{"at":"2026-03-04T12:00Z","by":"acme-labs","type":"chosen","fact":{"lot":1,"comparison":{"need":"n1","total":"290304.00 USD","ranked":[{"offer":"o1","provider":"contoso-cloud"}]}}},` +
		`{"at":"2026-03-04T12:00Z","by":"acme-labs","type":"matter-opened","fact":{"matter":1,"lot":1,"clause":{"agreement":"acme-northwind","clause":"right-to-match","version":1},"holder":"northwind","offer":"o1"}},` +
		`{"at":"2026-03-04T12:00Z","by":"acme-labs","type":"noticed","fact":{"matter":1,"holder":"northwind","channel":"desk","quantity":64,"terms":` + rivalTerms + `}},` +
		`{"at":"2026-03-04T12:00Z","by":"acme-labs","type":"opened","fact":{"matter":1,"answer_by":"2026-03-06T12:00Z"}}]`},
	{"2026-03-06T12:00Z", "", `[{"at":"2026-03-06T12:00Z","type":"ended","fact":{"matter":1,"holder":"northwind","outcome":"lapsed"}},` +
		`{"at":"2026-03-06T12:00Z","type":"released","fact":{"matter":1,"cap":` + rivalTerms + `,"until":"2026-06-04T12:00Z"}},` +
		`{"at":"2026-03-06T12:00Z","type":"awarded","fact":{"award":1,"lot":1,"provider":"contoso-cloud","role":"rival","quantity":64,"terms":` + rivalTerms + `,"offer":"o1","landed":"290304.00 USD","because":[{"agreement":"acme-northwind","clause":"right-to-match","version":1}]}}]`},
	{"2026-03-06T12:00Z", "", `[]`},
}

const rivalTerms = `{"price":[{"from":"2026-06-01T00:00Z","rate":"2.10 USD"}],"accelerator":"H100","quantity":64,"cloud":"contoso","region":"eu-west","country":"GB","period":{"from":"2026-06-01T00:00Z","until":"2026-09-01T00:00Z"}}`

// world is a log of the history, with as many leaves of other needs before and behind it as asked for.
type world struct {
	t      *testing.T
	sealer *proof.Sealer
	leaves []proof.Leaf
	stored []tlog.Hash // all nodes, as tlog numbers them
	signer note.Signer
	keys   *proof.Keys
	vkey   string // the same
}

func instant(t *testing.T, s string) calendar.Instant {
	t.Helper()
	i, err := calendar.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, sealer: proof.NewSealer(sha256.Sum256([]byte("a secret")))}
	skey, vkey, err := note.GenerateKey(zeros{}, "acme.example/log")
	if err != nil {
		t.Fatal(err)
	}
	if w.signer, err = note.NewSigner(skey); err != nil {
		t.Fatal(err)
	}
	w.vkey = vkey
	if w.keys, err = proof.ParseKeys(vkey); err != nil {
		t.Fatal(err)
	}
	return w
}

// zeros is randomness that is the same in every run.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func (w *world) record(stream string, version int64, time, actor, kind, body string) proof.Record {
	return proof.Record{Stream: stream, Version: version, Time: instant(w.t, time), Actor: actor, Kind: kind, Body: []byte(body),
		Digest: sha256.Sum256([]byte(stream + body))}
}

func (w *world) add(r proof.Record) {
	for _, l := range w.sealer.Leaves(&r) {
		w.append(l)
	}
}

func (w *world) append(l proof.Leaf) {
	n := int64(len(w.leaves))
	w.leaves = append(w.leaves, l)
	more, err := tlog.StoredHashesForRecordHash(n, proof.LeafHash(l.Text), tlog.HashReaderFunc(w.read))
	if err != nil {
		w.t.Fatal(err)
	}
	w.stored = append(w.stored, more...)
}

func (w *world) read(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		out[i] = w.stored[at]
	}
	return out, nil
}

func (w *world) addHistory() {
	for i, h := range history {
		w.add(w.record("need/n1", int64(i+1), h.time, h.actor, proof.KindEvents, h.body))
	}
}

// checkpoint signs the tree of a size.
func (w *world) checkpoint(size int) (proof.Checkpoint, []byte) {
	root, err := tlog.TreeHash(int64(size), tlog.HashReaderFunc(w.read))
	if err != nil {
		w.t.Fatal(err)
	}
	c := proof.Checkpoint{Origin: "acme.example/log", Size: int64(size), Root: root}
	signed, err := note.Sign(&note.Note{Text: c.Text()}, w.signer)
	if err != nil {
		w.t.Fatal(err)
	}
	return c, signed
}

// receipt proves leaves; open says what is opened of each.
func (w *world) receipt(who string, indexes []int, open func(i int) []proof.Opening) *proof.Receipt {
	r := &proof.Receipt{For: who}
	_, r.Checkpoint = w.checkpoint(len(w.leaves))
	for _, i := range indexes {
		path, err := tlog.ProveRecord(int64(len(w.leaves)), int64(i), tlog.HashReaderFunc(w.read))
		if err != nil {
			w.t.Fatal(err)
		}
		r.Items = append(r.Items, proof.Item{Index: int64(i), Leaf: w.leaves[i].Text, Open: open(i), Proof: path})
	}
	return r
}

func (w *world) all(i int) []proof.Opening { return w.leaves[i].Open }

// find returns the index of the only leaf of a type.
func (w *world) find(kind string) int {
	for i, l := range w.leaves {
		if strings.Contains(string(l.Text), fmt.Sprintf(`"type":%q`, kind)) {
			return i
		}
	}
	w.t.Fatalf("no leaf is of the type %s", kind)
	return 0
}

func consistency(t *testing.T, w *world, to, from int64) []proof.Hash {
	t.Helper()
	path, err := tlog.ProveTree(to, from, tlog.HashReaderFunc(w.read))
	if err != nil {
		t.Fatal(err)
	}
	return path
}
