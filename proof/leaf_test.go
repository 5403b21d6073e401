package proof_test

import (
	"bytes"
	"crypto/aes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"firstlook/proof"
)

// The salts of a record follow from its key, in the order in which the seals begin: that of the text.
func TestSaltsFollow(t *testing.T) {
	w := newWorld(t)
	r := w.record("need/n1", 7, "2026-03-02T12:00Z", "", proof.KindEvents,
		`[{"at":"a","by":"b","type":"offer-received","fact":{"offer":{"id":"o","provider":"p","terms":1}}},{"at":"a","type":"ended"},{"at":"a","by":"b","type":"ended"}]`)
	secret := sha256.Sum256([]byte("s"))
	key := sha256.Sum256(slices.Concat([]byte("firstlook salt 4\n"), secret[:], r.Digest[:]))
	s := proof.NewSealer(secret)
	if got := s.Key(&r); got != key {
		t.Errorf("the key is %x, want %x", got, key)
	}
	under := sha256.Sum256(slices.Concat([]byte("firstlook salt cipher 4\n"), secret[:]))
	block, err := aes.NewCipher(under[:])
	if err != nil {
		t.Fatal(err)
	}
	leaves, n := s.Leaves(&r), uint32(0)
	for i, want := range [][]string{{"", "/by", "/fact/offer/provider", "/fact/offer/terms", "/fact/offer/security", "/fact/offer/package"}, {""}, {"", "/by"}} {
		for _, place := range want {
			in, out := bytes.Clone(key[:16]), make([]byte, 16)
			subtle.XORBytes(in[12:], in[12:], binary.BigEndian.AppendUint32(nil, n))
			block.Encrypt(out, in)
			subtle.XORBytes(out, out, key[16:])
			n++
			at := slices.IndexFunc(leaves[i].Open, func(o proof.Opening) bool { return o.Path == place })
			if at < 0 || leaves[i].Open[at].Salt != proof.Salt(out) {
				t.Errorf("leaf %d %q has another salt than %x", i, place, out)
			}
		}
	}
}

// The events that one party brought about in one record share the seal of who it was. An event of which it is told to some who
// may not know it of the others has its own, and so has another party, and every other record.
func TestWhoIsShared(t *testing.T) {
	w := newWorld(t)
	const body = `[{"at":"a","by":"b","type":"ended"},{"at":"a","by":"b","type":"consented"},{"at":"a","by":"b","type":"awarded","fact":{"provider":"b"}},` +
		`{"at":"a","type":"released"},{"at":"a","by":"c","type":"ended"},{"at":"a","by":"b","type":"offer-received"},{"at":"a","by":"b","type":"tolled"},{"at":"a","by":"b","type":"untolled"}]`
	seals := map[proof.Salt][]string{}
	for version := range int64(2) {
		r := w.record("need/n1", version+1, "2026-03-02T12:00Z", "", proof.KindEvents, body)
		r.Digest[0] ^= byte(version) // as a record's own bytes would
		for i, l := range w.sealer.Leaves(&r) {
			for _, o := range l.Open {
				if o.Path == "/by" {
					seals[o.Salt] = append(seals[o.Salt], fmt.Sprintf("%d %d %s", version, i, o.Value))
				}
			}
		}
	}
	got := slices.SortedFunc(maps.Values(seals), slices.Compare)
	want := [][]string{{`0 0 "b"`, `0 2 "b"`}, {`0 1 "b"`}, {`0 4 "c"`}, {`0 5 "b"`}, {`0 6 "b"`}, {`0 7 "b"`}, {`1 0 "b"`, `1 2 "b"`}, {`1 1 "b"`}, {`1 4 "c"`}, {`1 5 "b"`}, {`1 6 "b"`}, {`1 7 "b"`}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("shared (-want +got):\n%s", d)
	}
}

// One leaf, byte for byte.
func TestLeaf(t *testing.T) {
	w := newWorld(t)
	w.addHistory()
	l := w.leaves[w.find("opened")]
	o := l.Open[0]
	seal := base64.StdEncoding.EncodeToString(func() []byte { h := proof.Seal(o.Salt, o.Value); return h[:] }())
	want := `{"leaf":1,"stream":"need/n1","record":3,"time":"2026-03-04T12:00Z","of":5,"event":5,"type":"opened","said":{"#":"` + seal + `"}}`
	if d := cmp.Diff(want, string(l.Text)); d != "" {
		t.Errorf("leaf (-want +got):\n%s", d)
	}
	by := pick(t, l, "/by")
	who := base64.StdEncoding.EncodeToString(func() []byte { h := proof.Seal(by.Salt, by.Value); return h[:] }())
	if want := `{"by":{"#":"` + who + `"},"fact":{"matter":1,"answer_by":"2026-03-06T12:00Z"}}`; string(o.Value) != want || string(by.Value) != `"acme-labs"` {
		t.Errorf("said %s by %s, want %s", o.Value, by.Value, want)
	}
}

// Every event comes back from its leaf, byte for byte; the two ways to hash a record agree.
func TestRoundTrip(t *testing.T) {
	w := newWorld(t)
	for i, h := range history {
		checkRoundTrip(t, w.record("need/n1", int64(i+1), h.time, h.actor, proof.KindEvents, h.body), h.body != "[]")
	}
	for _, body := range []string{`[{"at":"a","type":"t"}]`, `[{"at":"a","recorded":"b","type":"t","fact":{}}]`, `[{"at":"a","by":"b","type":"t"}]`,
		`[{"at":"a","type":"noticed","fact":{"terms":null}}]`, `[{"at":"\"a\\","by":"\"","type":"offer-received","fact":{"offer":[1,{"terms":2}]}}]`} {
		checkRoundTrip(t, w.record("need/n1", 1, "2026-03-02T12:00Z", "", proof.KindEvents, body), true)
	}
}

// What is no list of events in the canonical encoding is sealed as a whole, by its digest.
func TestOpaque(t *testing.T) {
	w := newWorld(t)
	for _, body := range []string{"", "{}", "[", "[]x", `[{"type":"t"}]`, `[{"at":"a","type":"t"},]`, `[{"at":"a","type":"t","fact":{"#":"x"}}]`, `[{"at":"a","type":"t"`,
		`[ {"at":"a","type":"t"}]`, `[{"at":1,"type":"t"}]`, `[{"at":"a","type":"t",}]`, `[{"at":"a","type":"t"}`, `[{"at":"a"},"type":"t"}]`, `[{"at":"a","type":"` + strings.Repeat("t", 70_000) + `"}]`} {
		r := w.record("need/n1", 1, "2026-03-02T12:00Z", "acme", proof.KindEvents, body)
		ls := w.sealer.Leaves(&r)
		if len(ls) != 1 || !strings.Contains(string(ls[0].Text), `"type":"record"`) || !strings.Contains(string(ls[0].Open[len(ls[0].Open)-1].Value), `"bytes":`) {
			t.Errorf("%.100s: %.500s", body, ls)
		}
	}
}

func checkRoundTrip(t *testing.T, r proof.Record, events bool) {
	t.Helper()
	w := newWorld(t)
	leaves := w.sealer.Leaves(&r)
	hashes := w.sealer.AppendHashes(nil, &r, new(proof.Scratch))
	if len(hashes) != len(leaves) {
		t.Fatalf("%d leaves, %d hashes", len(leaves), len(hashes))
	}
	body := []byte{'['}
	for i, l := range leaves {
		if proof.LeafHash(l.Text) != hashes[i] {
			t.Fatalf("leaf %d: the hashes differ", i)
		}
		item := proof.Item{Leaf: l.Text, Open: l.Open}
		seen, err := item.Reveal()
		if err != nil {
			t.Fatalf("leaf %d: %v\n%s", i, err, l.Text)
		}
		event, ok := seen.Canonical()
		if ok != events {
			t.Fatalf("leaf %d is an event: %t, want %t\n%s", i, ok, events, seen.Text)
		}
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, event...)
	}
	if body = append(body, ']'); !bytes.Equal(body, r.Body) {
		t.Errorf("came back as\n%s, want\n%s", body, r.Body)
	}
}

// Whatever the bytes of a body are, the leaves hold them or their digest, and say which.
func FuzzLeaves(f *testing.F) {
	for _, h := range history {
		f.Add("need/n1", h.body)
	}
	f.Add("log", `{"note":"x"}`)
	f.Add("need/\"\x01", `[{"at":"a","type":"offers-requested","fact":{"invited":["a","b"],"barred":[]}}]`)
	f.Fuzz(func(t *testing.T, stream, body string) {
		if stream == "" || !utf8.ValidString(stream) || strings.Contains(body, "\n") {
			return // a journal takes no such stream, and the canonical encoding has no line breaks
		}
		w := newWorld(t)
		r := proof.Record{Stream: stream, Version: 1, Time: instant(t, "2026-03-02T12:00Z"), Kind: proof.KindEvents, Body: []byte(body)}
		leaves := w.sealer.Leaves(&r)
		hashes := w.sealer.AppendHashes(nil, &r, new(proof.Scratch))
		var events [][]byte
		for i, l := range leaves {
			if proof.LeafHash(l.Text) != hashes[i] {
				t.Fatal("the two ways to hash differ")
			}
			text := l.Text
			for _, o := range l.Open {
				mark := proof.AppendSeal(nil, proof.Seal(o.Salt, o.Value))
				if bytes.Count(text, mark) != 1 {
					t.Fatalf("the seal of %s stands %d times in %s", o.Path, bytes.Count(text, mark), text)
				}
				if len(o.Value) == 0 {
					mark = nothing(text, o.Path, string(mark))
				}
				text = bytes.Replace(text, mark, o.Value, 1)
			}
			if bytes.Contains(text, []byte(`"type":"record"`)) || bytes.Contains(text, []byte(`"type":"turn"`)) {
				return
			}
			item := proof.Item{Leaf: l.Text, Open: l.Open}
			seen, err := item.Reveal()
			if err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			event, ok := seen.Canonical()
			if !ok || string(seen.Text) != string(text) {
				t.Fatalf("no event in %s, or not that of %s", text, seen.Text)
			}
			events = append(events, event)
		}
		if got := fmt.Sprintf("[%s]", bytes.Join(events, []byte{','})); got != body {
			t.Fatalf("came back as %s, not %s", got, body)
		}
	})
}

// nothing is a seal of nothing as it stands in a text, with its name where it has one, and a comma.
func nothing(text []byte, at, mark string) []byte {
	if name := `"` + path.Base(at) + `":` + mark; bytes.Contains(text, []byte(name)) {
		mark = name
	}
	for _, with := range []string{"," + mark, mark + ","} {
		if bytes.Contains(text, []byte(with)) {
			return []byte(with)
		}
	}
	return []byte(mark)
}

// Each place has a salt of its own, but for who said the events of one record, and the same ones when it is sealed again.
func TestSalts(t *testing.T) {
	seen := map[proof.Salt]string{}
	one, again := newWorld(t), newWorld(t)
	one.addHistory()
	again.addHistory()
	for i, l := range one.leaves {
		record, _, _ := strings.Cut(string(l.Text), `,"event":`)
		for j, o := range l.Open {
			place := fmt.Sprint(i, o.Path)
			if o.Path == "/by" {
				place = record + string(o.Value)
			}
			if other, ok := seen[o.Salt]; ok && other != place {
				t.Errorf("leaf %d %s has the salt of %s", i, o.Path, other)
			}
			seen[o.Salt] = place
			if again.leaves[i].Open[j].Salt != o.Salt {
				t.Errorf("leaf %d %s is sealed with another salt the second time", i, o.Path)
			}
		}
	}
	if len(seen) < 40 {
		t.Errorf("only %d salts were compared", len(seen))
	}
}

// An attacker who knows everything of the rival's offer but its price tries every price to the cent. It knows the leaves of
// the log, and all that northwind was given. The same attack succeeds as soon as a salt is known, so it is not too weak.
func TestPriceCannotBeFound(t *testing.T) {
	w := newWorld(t)
	w.addHistory()
	var published []byte
	for _, l := range w.leaves {
		published = append(append(published, l.Text...), '\n')
	}
	salts := []proof.Salt{{}} // none, and those that other leaves gave away
	for _, name := range []string{"opened", "ended"} {
		for _, o := range w.leaves[w.find(name)].Open {
			salts = append(salts, o.Salt)
			published = append(published, o.Value...)
		}
	}
	offer := w.leaves[w.find("offer-received")]
	terms := pick(t, offer, "/fact/offer/terms")
	if got, tried := attack(published, salts); got != "" {
		t.Errorf("the price %s was found", got)
	} else if tried < 3*10_000 {
		t.Errorf("only %d values were tried", tried)
	}
	for _, o := range offer.Open { // the leaf as its owner sees it: the seal of the terms is in the open
		published = append(published, o.Value...)
	}
	if got, _ := attack(published, append(salts, terms.Salt)); got != "2.10 USD" {
		t.Errorf("with the salt known the attack finds %q: it is too weak", got)
	}
}

// attack tries the terms with every price from 0.01 to 100.00, with each salt, as a seal and as a bare hash.
func attack(published []byte, salts []proof.Salt) (found string, tried int) {
	for cents := 1; cents <= 10_000; cents++ {
		price := fmt.Sprintf("%d.%02d USD", cents/100, cents%100)
		value := []byte(strings.Replace(rivalTerms, "2.10 USD", price, 1))
		for _, salt := range salts {
			tried++
			if bytes.Contains(published, proof.AppendSeal(nil, proof.Seal(salt, value))) {
				return price, tried
			}
		}
		bare := sha256.Sum256(value)
		if bytes.Contains(published, []byte(base64.StdEncoding.EncodeToString(bare[:]))) || bytes.Contains(published, fmt.Appendf(nil, "%x", bare)) {
			return price, tried
		}
	}
	return "", tried
}

func pick(t *testing.T, l proof.Leaf, at string) proof.Opening {
	t.Helper()
	for _, o := range l.Open {
		if o.Path == at {
			return o
		}
	}
	t.Fatalf("%s is not sealed in %s", at, l.Text)
	return proof.Opening{}
}

// What a party is shown is what visible has, and where that leaves out something without a seal of its own, nothing.
func TestShow(t *testing.T) {
	w := newWorld(t)
	w.addHistory()
	rival := strings.Replace(rivalTerms, `"cloud":"contoso","region":"eu-west",`, "", 1)
	for name, c := range map[string]struct {
		leaf, visible string
		opens         []string
		hidden        string // must not be in what is shown
	}{
		"matter without the offer": {"matter-opened", `{"at":"2026-03-04T12:00Z","by":"acme-labs","type":"matter-opened","fact":{"matter":1,"lot":1,"clause":{"agreement":"acme-northwind","clause":"right-to-match","version":1},"holder":"northwind"}}`,
			[]string{"", "/by"}, `"o1"`},
		"notice without the place": {"noticed", `{"at":"2026-03-04T12:00Z","by":"acme-labs","type":"noticed","fact":{"matter":1,"holder":"northwind","channel":"desk","quantity":64,"terms":` + rival + `}}`,
			[]string{"", "/by", "/fact/terms/price", "/fact/terms/price/0/from", "/fact/terms/accelerator", "/fact/terms/quantity", "/fact/terms/country",
				"/fact/terms/period/from", "/fact/terms/period/until"}, "contoso"},
		"one of the invited": {"offers-requested", `{"at":"2026-03-02T12:00Z","by":"acme-labs","type":"offers-requested","fact":{"lot":1,"invited":["contoso-cloud"],"closes":"2026-03-04T12:00Z"}}`,
			[]string{"", "/by", "/fact/invited/1"}, "fabrikam"},
		"offer under seal": {"offer-received", `{"at":"2026-03-03T09:00Z","type":"offer-received","fact":{"offer":{"id":"o1","provider":"","need":"n1","line":0,"terms":{"price":null},"valid_until":"","salt":""},"hash":"c9bd"}}`,
			[]string{""}, "contoso"},
		"own offer": {"offer-received", history[1].body[1 : len(history[1].body)-1],
			[]string{"", "/by", "/fact/offer/provider", "/fact/offer/terms", "/fact/offer/valid_until", "/fact/offer/salt", "/fact/offer/security", "/fact/offer/package"}, ""},
		"something else than was recorded": {"ended", `{"at":"2026-03-06T12:00Z","type":"ended","fact":{"matter":1,"holder":"northwind","outcome":"declined"}}`, nil, ""},
		"something left out":               {"ended", `{"at":"2026-03-06T12:00Z","type":"ended","fact":{"matter":1,"outcome":"lapsed"}}`, nil, ""},
		"something put in":                 {"ended", `{"at":"2026-03-06T12:00Z","type":"ended","fact":{"matter":1,"holder":"northwind","outcome":"lapsed","more":1}}`, nil, ""},
		"nothing":                          {"ended", "", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var visible []byte
			if c.visible != "" {
				visible = []byte(c.visible)
			}
			at := w.find(c.leaf)
			shown := proof.Show(w.leaves[at], visible, true)
			var paths []string
			for _, o := range shown {
				paths = append(paths, o.Path)
			}
			if d := cmp.Diff(c.opens, paths); d != "" {
				t.Errorf("opened (-want +got):\n%s", d)
			}
			item := proof.Item{Leaf: w.leaves[at].Text, Open: shown}
			seen, err := item.Reveal()
			if err != nil {
				t.Fatal(err)
			}
			if c.hidden != "" && bytes.Contains(seen.Text, []byte(c.hidden)) {
				t.Errorf("%s is shown: %s", c.hidden, seen.Text)
			}
		})
	}
}

// A receipt of one event stays under 4 KB in a tree of a million leaves, with everything of the largest event in it open.
func TestReceiptSize(t *testing.T) {
	w := newWorld(t)
	const seed = 6
	random := rand.New(rand.NewPCG(seed, seed))
	filler := func(n int) {
		for range n {
			w.append(proof.Leaf{Text: binary.BigEndian.AppendUint64(nil, random.Uint64())})
		}
	}
	filler(700_000)
	w.addHistory()
	filler(1_000_000 - len(w.leaves))
	largest := 0
	for _, name := range []string{"opened", "noticed", "awarded", "released", "offer-received", "chosen"} {
		r := w.receipt("northwind", []int{w.find(name)}, w.all)
		b := r.Format()
		if v := proof.VerifyFile(b, w.keys); !v.Holds() {
			t.Fatalf("%s: %s", name, v.Failure)
		}
		largest = max(largest, len(b))
	}
	t.Logf("the largest receipt has %d bytes (seed %d)", largest, seed)
	if largest > 4096 {
		t.Errorf("a receipt has %d bytes, at most 4,096", largest)
	}
}
