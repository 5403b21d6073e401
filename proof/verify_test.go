package proof_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"firstlook/agreement"
	"firstlook/proof"
)

// view opens what northwind may see of the history.
func (w *world) view(i int) []proof.Opening {
	var paths []string
	for kind, open := range map[string][]string{
		"engaged": {}, "offers-requested": {"", "/fact/invited/0"}, "matter-opened": {""}, "noticed": {""}, "opened": {""}, "ended": {""},
	} {
		if strings.Contains(string(w.leaves[i].Text), fmt.Sprintf(`"type":%q`, kind)) {
			paths = open
		}
	}
	var out []proof.Opening
	for _, o := range w.leaves[i].Open {
		if slices.Contains(paths, o.Path) {
			out = append(out, o)
		}
	}
	return out
}

func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// The holder is told in words that nothing was awarded while it could answer, and what it was not shown.
func TestVerdictOfHolder(t *testing.T) {
	w := newWorld(t)
	w.addHistory()
	n := len(w.leaves)
	w.add(w.record("need/n2", 1, "2026-03-07T12:00Z", "acme-labs", proof.KindEvents, `[]`))
	r := w.receipt("northwind", upTo(n), w.view)
	b := r.Format()
	for _, rival := range []string{"contoso", "fabrikam", "290304", "eu-west", "500000"} {
		if bytes.Contains(b, []byte(rival)) {
			t.Errorf("northwind's receipt shows %q", rival)
		}
	}
	v := proof.VerifyFile(b, w.keys)
	if !v.Holds() {
		t.Fatalf("%s: %s", v.Code, v.Failure)
	}
	want := []string{
		"The checkpoint of acme.example/log (14 leaves) is signed by acme.example/log.",
		"13 leaves stand in the log at the places they name, as they are here.",
		"need/n1 is here from its first event to event 1 of record 5; none in between is left out.",
		"Your matter m1 of need/n1 opened at 2026-03-04T12:00Z and ended at 2026-03-06T12:00Z (lapsed); nothing was awarded in between.",
		"It lapsed no earlier than the deadline that you were told, 2026-03-06T12:00Z.",
	}
	if d := cmp.Diff(want, v.Proven); d != "" {
		t.Errorf("proven (-want +got):\n%s", d)
	}
	want = []string{
		"That what was said is true. The log proves what was recorded, in which order, and that it has not changed since.",
		"What stays sealed in 12 of the leaves: you were not given it.",
		"That others are shown the same log. No witness signed; compare checkpoints with another party: firstlook compare A B.",
		"What was recorded behind leaf 13, where this checkpoint ends.",
	}
	if d := cmp.Diff(want, v.NotProven); d != "" {
		t.Errorf("not proven (-want +got):\n%s", d)
	}
}

// An award that stands before the window's end is told, although what it says is sealed.
func TestVerdictOfBypassedHolder(t *testing.T) {
	w := newWorld(t)
	w.add(w.record("need/n1", 1, "2026-03-04T12:00Z", "acme-labs", proof.KindEvents,
		`[{"at":"2026-03-04T12:00Z","type":"matter-opened","fact":{"matter":1,"lot":1,"holder":"northwind"}},`+
			`{"at":"2026-03-04T12:00Z","type":"opened","fact":{"matter":1,"answer_by":"2026-03-06T12:00Z"}},`+
			`{"at":"2026-03-05T12:00Z","type":"awarded","fact":{"award":1,"lot":1,"provider":"contoso-cloud","terms":`+rivalTerms+`}},`+
			`{"at":"2026-03-06T11:00Z","type":"ended","fact":{"matter":1,"holder":"northwind","outcome":"lapsed"}}]`))
	v := w.receipt("northwind", upTo(4), w.view).Verify(w.keys)
	all := strings.Join(v.NotProven, "\n")
	for _, want := range []string{"an award stands there (leaf 2)", "did not lapse too early: you were told 2026-03-06T12:00Z, it lapsed at 2026-03-06T11:00Z"} {
		if !v.Holds() || !strings.Contains(all, want) {
			t.Errorf("%q is not told:\n%s %s", want, v.Failure, all)
		}
	}
}

// The first line of a receipt to its last: each change of a bit is found, or cannot mean anything else.
func TestEveryBitOfAReceipt(t *testing.T) {
	w := newWorld(t)
	w.addHistory()
	good := w.receipt("northwind", []int{w.find("noticed")}, w.view).Format()
	if v := proof.VerifyFile(good, w.keys); !v.Holds() {
		t.Fatal(v.Failure)
	}
	counts := map[proof.Code]int{}
	name := bytes.Index(good, []byte("for northwind"))
	for i := range good {
		if i >= name && i < name+len("for northwind\n") {
			continue // who it is for is not in the log: it says whose rights are looked for
		}
		for bit := range 8 {
			b := bytes.Clone(good)
			b[i] ^= 1 << bit
			v := proof.VerifyFile(b, w.keys)
			if v.Holds() {
				t.Errorf("byte %d (%q), bit %d: the change is not found in %.80s", i, good[i], bit, good[i-20:])
			}
			counts[v.Code]++
		}
	}
	for n := range good {
		if v := proof.VerifyFile(good[:n], w.keys); v.Holds() {
			t.Errorf("cut to %d of %d bytes it still holds", n, len(good))
		}
	}
	t.Logf("%d bits changed, found as %v", 8*(len(good)-14), counts)
}

// The whole log without proofs: what can be wrong with it has a name.
func TestWholeLog(t *testing.T) {
	for name, c := range map[string]struct {
		change func(w *world) // of the log itself: whoever forged it signs it
		edit   func(r *proof.Receipt)
		want   proof.Code
	}{
		"as it is": {nil, nil, ""},
		"changed leaf": {nil, func(r *proof.Receipt) {
			r.Items[3].Leaf = bytes.Replace(r.Items[3].Leaf, []byte("09:00"), []byte("08:00"), 1)
		}, proof.BadRoot},
		"changed value": {nil, func(r *proof.Receipt) {
			for j := range r.Items[3].Open {
				o := &r.Items[3].Open[j]
				o.Value = bytes.Replace(o.Value, []byte("n1"), []byte("n2"), 1)
			}
		}, proof.BadSeal},
		"left out": {nil, func(r *proof.Receipt) { r.Items = slices.Delete(r.Items, 4, 5) }, proof.BadInclusion},
		"moved": {nil, func(r *proof.Receipt) {
			a, b := &r.Items[4], &r.Items[5]
			a.Leaf, b.Leaf, a.Open, b.Open = b.Leaf, a.Leaf, b.Open, a.Open
		}, proof.BadRoot},
		"twice":   {nil, func(r *proof.Receipt) { r.Items[5] = r.Items[4]; r.Items[5].Index++ }, proof.BadRoot},
		"cut":     {nil, func(r *proof.Receipt) { r.Items = r.Items[:9] }, proof.BadInclusion},
		"nothing": {nil, func(r *proof.Receipt) { r.Items = nil }, proof.BadForm},
		"no leaf": {nil, func(r *proof.Receipt) { r.Items[0].Leaf = []byte("{}"); r.Items[0].Open = nil }, proof.BadSeal},
		"unsigned": {nil, func(r *proof.Receipt) {
			r.Checkpoint = bytes.Replace(r.Checkpoint, []byte("\n13\n"), []byte("\n12\n"), 1)
		}, proof.BadSignature},
		"replayed":    {func(w *world) { w.append(w.leaves[12]) }, nil, proof.Replayed},
		"older again": {func(w *world) { w.append(w.leaves[2]) }, nil, proof.Reordered},
		"gap": {func(w *world) {
			w.add(w.record("need/n1", 7, "2026-03-08T12:00Z", "acme", proof.KindEvents, "[]"))
		}, nil, proof.Missing},
		"half a record": {func(w *world) {
			r := w.record("need/n1", 6, "2026-03-08T12:00Z", "acme", proof.KindEvents, `[{"at":"a","type":"t"},{"at":"a","type":"t"}]`)
			w.append(w.sealer.Leaves(&r)[0])
		}, nil, proof.Missing},
		"two counts": {func(w *world) {
			r := w.record("need/n1", 6, "2026-03-08T12:00Z", "acme", proof.KindEvents, `[{"at":"a","type":"t"},{"at":"a","type":"t"}]`)
			w.append(w.sealer.Leaves(&r)[0])
			r.Body = []byte(`[{"at":"a","type":"t"},{"at":"a","type":"t"},{"at":"a","type":"t"}]`)
			w.append(w.sealer.Leaves(&r)[1])
			w.append(w.sealer.Leaves(&r)[2])
		}, nil, proof.Missing},
		"back-dated": {func(w *world) {
			w.add(w.record("need/n2", 1, "2026-03-05T12:00Z", "acme", proof.KindEvents, "[]"))
		}, nil, proof.BackDated},
		"half a minute": {func(w *world) {
			w.add(w.record("need/n2", 1, "2026-03-06T11:59:30Z", "acme", proof.KindEvents, "[]"))
		}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.addHistory()
			if c.change != nil {
				c.change(w)
			}
			r := &proof.Receipt{}
			_, r.Checkpoint = w.checkpoint(len(w.leaves))
			for i, l := range w.leaves {
				r.Items = append(r.Items, proof.Item{Index: int64(i), Leaf: l.Text, Open: slices.Clone(l.Open)})
			}
			if c.edit != nil {
				c.edit(r)
			}
			if v := r.Verify(w.keys); v.Code != c.want {
				t.Errorf("found %q (%s), want %q", v.Code, v.Failure, c.want)
			}
		})
	}
}

// A checkpoint signed by somebody else, or by a witness alone, proves nothing.
func TestSignatures(t *testing.T) {
	w := newWorld(t)
	w.addHistory()
	_, signed := w.checkpoint(5)
	other, err := proof.ParseKeys(vkey(t, "acme.example/log", 1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := proof.OpenCheckpoint(signed, other); err == nil || !strings.Contains(err.Error(), "and not by") {
		t.Errorf("another key of the same name: %v", err)
	}
	public, private := keyFrom(2)
	text, _, _ := bytes.Cut(signed, []byte("\n\n"))
	text = append(text, '\n')
	const seconds = 1_772_700_000
	sig := append(be64(seconds), ed25519.Sign(private, proof.CosignatureText(seconds, text))...)
	witness := proof.PublicKey("witness.example", public, true)
	keys, err := proof.ParseKeys("# a comment\n\n" + witness)
	if err != nil {
		t.Fatal(err)
	}
	cosigned := proof.AddSignature(signed, "witness.example", hashOf(t, witness), sig)
	if _, err := proof.OpenCheckpoint(cosigned, keys); err == nil || !strings.Contains(err.Error(), "not signed by a key of the log") {
		t.Errorf("a witness alone: %v", err)
	}
	got, err := proof.OpenCheckpoint(cosigned, w.keys.With(keys))
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Witnesses) != 1 || got.Witnesses[0].At.String() != "2026-03-05T08:40Z" || len(got.By) != 1 {
		t.Errorf("read as %+v", got)
	}
	sig[0] ^= 1
	if _, err := proof.OpenCheckpoint(proof.AddSignature(signed, "witness.example", hashOf(t, witness), sig), w.keys.With(keys)); err == nil {
		t.Error("a cosignature with another time is taken")
	}
}

func be64(n uint64) []byte {
	b := make([]byte, 8)
	for i := range b {
		b[i] = byte(n >> (56 - 8*i))
	}
	return b
}

func keyFrom(seed byte) (ed25519.PublicKey, ed25519.PrivateKey) {
	sum := sha256.Sum256([]byte{seed})
	private := ed25519.NewKeyFromSeed(sum[:])
	return private.Public().(ed25519.PublicKey), private
}

func vkey(t *testing.T, name string, seed byte) string {
	t.Helper()
	public, _ := keyFrom(seed)
	return proof.PublicKey(name, public, false)
}

func hashOf(t *testing.T, vkey string) (hash uint32) {
	t.Helper()
	if _, err := fmt.Sscanf(strings.Split(vkey, "+")[1], "%08x", &hash); err != nil {
		t.Fatal(err)
	}
	return hash
}

// Any two sizes of one log are consistent, and two logs that part are not, from the leaf on at which they part.
func TestConsistency(t *testing.T) {
	one, other := newWorld(t), newWorld(t)
	for i := range 70 {
		one.append(proof.Leaf{Text: []byte{byte(i)}})
		if i == 40 {
			i = 200
		}
		other.append(proof.Leaf{Text: []byte{byte(i)}})
	}
	for to := 1; to <= 70; to++ {
		for from := 1; from <= to; from++ {
			path, err := tlog.ProveTree(int64(to), int64(from), tlog.HashReaderFunc(one.read))
			if err != nil {
				t.Fatal(err)
			}
			later, _ := one.checkpoint(to)
			mine, _ := one.checkpoint(from)
			theirs, _ := other.checkpoint(from)
			if err := proof.CheckConsistency(mine, later, path); err != nil {
				t.Fatalf("%d to %d: %v", from, to, err)
			}
			if err := proof.CheckConsistency(theirs, later, path); (err == nil) != (from <= 40) {
				t.Fatalf("%d to %d of another log: %v", from, to, err)
			}
		}
	}
	none, _ := one.checkpoint(0)
	all, _ := one.checkpoint(70)
	if proof.CheckConsistency(none, all, nil) != nil || proof.CheckConsistency(all, none, nil) == nil {
		t.Error("an empty log is the beginning of every other, and none is that of an empty one")
	}
}

// The auditor sees the rival's terms and states what it found; the holder sees the statement and not the terms.
func TestStatement(t *testing.T) {
	w := newWorld(t)
	w.addHistory()
	released, awarded := w.find("released"), w.find("awarded")
	shown := w.receipt("auditor", []int{released, awarded}, w.all).Verify(w.keys)
	st, err := proof.Attest(shown.Signed.Checkpoint, agreement.Buys, &shown.Seen[1], &shown.Seen[0])
	if err != nil {
		t.Fatal(err)
	}
	if !st.Honoured() || st.Cap != "within_cap" || st.Tail != "inside_tail" || st.Counterparty != "any" {
		t.Fatalf("found %+v", st)
	}
	public, private := keyFrom(9)
	auditor := proof.PublicKey("auditor.example", public, false)
	record := func(text string) {
		signed := proof.AddSignature([]byte(text+"\n"), "auditor.example", hashOf(t, auditor), ed25519.Sign(private, []byte(text)))
		body, err := json.Marshal(map[string]string{"note": string(signed)})
		if err != nil {
			t.Fatal(err)
		}
		w.add(w.record(proof.ClearStream, 1, "2026-03-07T12:00Z", "auditor", proof.KindStatement, string(body)))
	}
	record(st.Text())
	none := func(int) []proof.Opening { return nil }
	r := w.receipt("northwind", []int{released, awarded, len(w.leaves) - 1}, none)
	if bytes.Contains(r.Format(), []byte("2.10")) {
		t.Error("the holder is shown the rival's price")
	}
	if v := r.Verify(w.keys); v.Code != proof.BadStatement {
		t.Errorf("without the auditor's key: %q", v.Code)
	}
	keys, err := proof.ParseKeys(auditor)
	if err != nil {
		t.Fatal(err)
	}
	v := r.Verify(w.keys.With(keys))
	want := fmt.Sprintf("The auditor auditor.example states in leaf 13: the terms of leaf %d kept within the release of leaf %d (the grantor buys; cap: within cap; tail: inside tail; counterparty: any).", awarded, released)
	if !v.Holds() || !strings.Contains(strings.Join(v.Proven, "\n"), want) {
		t.Errorf("%s\n%s", v.Failure, strings.Join(v.Proven, "\n"))
	}
	w2 := st // about a leaf that says something else
	w2.Terms.Hash[0] ^= 1
	again := newWorld(t)
	again.addHistory()
	w = again
	record(w2.Text())
	if v := w.receipt("northwind", []int{released, awarded, len(w.leaves) - 1}, none).Verify(w.keys.With(keys)); v.Code != proof.BadStatement {
		t.Errorf("a statement about another leaf: %q", v.Code)
	}
}

// What an auditor finds of other terms, other instants and other counterparties, and what it refuses to judge.
func TestAttest(t *testing.T) {
	for name, c := range map[string]struct {
		release, award    string
		cap, tail, counts string
		err               string
	}{
		"cheaper for the rival's buyer": {`"cap":` + rivalTerms, `"terms":` + strings.Replace(rivalTerms, "2.10", "2.09", 1), "within_cap", "inside_tail", "any", ""},
		"dearer by a cent":              {`"cap":` + rivalTerms, `"terms":` + strings.Replace(rivalTerms, "2.10", "2.11", 1), "outside_cap", "inside_tail", "any", ""},
		"another accelerator":           {`"cap":` + rivalTerms, `"terms":` + strings.Replace(rivalTerms, "H100", "H200", 1), "incomparable", "inside_tail", "any", ""},
		"at the end of the tail":        {`"cap":` + rivalTerms + `,"until":"2026-03-07T12:00Z"`, `"terms":` + rivalTerms, "within_cap", "outside_tail", "any", ""},
		"no cap":                        {`"matter":1`, `"terms":` + rivalTerms, "none", "inside_tail", "any", ""},
		"bound to the rival":            {`"counterparty":"r"`, `"provider":"r","terms":` + rivalTerms, "none", "inside_tail", "named", ""},
		"bound to another":              {`"counterparty":"q"`, `"provider":"r","terms":` + rivalTerms, "none", "inside_tail", "another", ""},
		"sealed terms":                  {`"cap":` + rivalTerms, "", "", "", "", "the auditor needs it open"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.add(w.record("need/n1", 1, "2026-03-06T12:00Z", "", proof.KindEvents, `[{"at":"2026-03-06T12:00Z","type":"released","fact":{`+c.release+`}}]`))
			w.add(w.record("need/n1", 2, "2026-03-07T12:00Z", "", proof.KindEvents, `[{"at":"2026-03-07T12:00Z","type":"signed","fact":{`+c.award+`}}]`))
			v := w.receipt("auditor", upTo(2), func(i int) []proof.Opening {
				if c.award == "" && i == 1 {
					return nil
				}
				return w.leaves[i].Open
			}).Verify(w.keys)
			st, err := proof.Attest(v.Signed.Checkpoint, agreement.Buys, &v.Seen[1], &v.Seen[0])
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("answered %v, want %s", err, c.err)
				}
				return
			}
			if err != nil || st.Cap != c.cap || st.Tail != c.tail || st.Counterparty != c.counts {
				t.Errorf("found %s %s %s %v", st.Cap, st.Tail, st.Counterparty, err)
			}
			again, err := proof.ParseStatement(st.Text())
			if err != nil || again != st {
				t.Errorf("read again as %+v: %v", again, err)
			}
		})
	}
}

func TestPaths(t *testing.T) {
	for want, got := range map[string]string{
		"tile/0/000": proof.TilePath(0, 0, 256), "tile/0/x001/x234/067": proof.TilePath(0, 1234067, 256), "tile/1/x001/000.p/9": proof.TilePath(1, 1000, 9),
		"tile/entries/255.p/255": proof.BundlePath(255, 255),
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// A builder gives the root that tlog gives, at every size.
func TestBuilder(t *testing.T) {
	w := newWorld(t)
	var b proof.Builder
	for i := range 600 {
		if c, _ := w.checkpoint(i); b.Root() != c.Root && i > 0 {
			t.Fatalf("%d leaves: %s, want %s", i, b.Root(), c.Root)
		}
		l := proof.Leaf{Text: fmt.Append(nil, i)}
		w.append(l)
		b.Add(proof.LeafHash(l.Text))
	}
	if _, err := note.Open(nil, nil); err == nil {
		t.Error("nothing is a note")
	}
}
