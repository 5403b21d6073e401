package proof_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"firstlook/agreement"
	"firstlook/proof"
)

// auditorKey is a key of an auditor, as its public line and a function that signs with it.
func auditorKey(t *testing.T) (public string, sign func(text string) string) {
	t.Helper()
	pub, private := keyFrom(9)
	public = proof.PublicKey("auditor.example", pub, false)
	return public, func(text string) string {
		return string(proof.AddSignature([]byte(text+"\n"), "auditor.example", hashOf(t, public), ed25519.Sign(private, []byte(text))))
	}
}

// judgedWorld is a log in which a signed award follows a release, and a statement about them that a function signs. The auditor is
// given both leaves open; the receipt seals them.
func judgedWorld(t *testing.T, d agreement.Direction, price string, edit func(*proof.Statement), sign func(*world, string) string) (*world, *proof.Receipt, proof.Statement) {
	t.Helper()
	w := newWorld(t)
	w.add(w.record("need/n1", 1, "2026-03-06T12:00Z", "", proof.KindEvents, `[{"at":"2026-03-06T12:00Z","type":"released","fact":{"cap":`+rivalTerms+`}}]`))
	w.add(w.record("need/n1", 2, "2026-03-07T12:00Z", "", proof.KindEvents, `[{"at":"2026-03-07T12:00Z","type":"signed","fact":{"terms":`+strings.Replace(rivalTerms, "2.10", price, 1)+`}}]`))
	v := w.receipt("auditor", upTo(2), w.all).Verify(w.keys)
	st, err := proof.Attest(v.Signed.Checkpoint, d, &v.Seen[1], &v.Seen[0])
	if err != nil {
		t.Fatal(err)
	}
	if edit != nil {
		edit(&st)
	}
	body, err := json.Marshal(map[string]string{"note": sign(w, st.Text())})
	if err != nil {
		t.Fatal(err)
	}
	w.add(w.record(proof.ClearStream, 1, "2026-03-08T12:00Z", "auditor", proof.KindStatement, string(body)))
	return w, w.receipt("northwind", upTo(3), func(int) []proof.Opening { return nil }), st
}

// A grantor that sells harms its holder by selling cheaper, one that buys by paying more: the statement says which way was judged,
// and a statement of the wrong way says so in what the holder reads.
func TestStatementDirection(t *testing.T) {
	public, sign := auditorKey(t)
	for _, c := range []struct {
		d         agreement.Direction
		price     string
		honoured  bool
		inProven  string
		notProven string
	}{
		{agreement.Buys, "2.09", true, "kept within the release of leaf 0 (the grantor buys;", "did NOT"},
		{agreement.Buys, "2.11", false, "did NOT keep within the release of leaf 0 (the grantor buys;", "terms of leaf 1 kept"},
		{agreement.Sells, "2.09", false, "did NOT keep within the release of leaf 0 (the grantor sells;", "terms of leaf 1 kept"},
		{agreement.Sells, "2.11", true, "kept within the release of leaf 0 (the grantor sells;", "did NOT"},
	} {
		w, r, st := judgedWorld(t, c.d, c.price, nil, func(_ *world, text string) string { return sign(text) })
		keys, err := proof.ParseKeys(public)
		if err != nil {
			t.Fatal(err)
		}
		v := r.Verify(w.keys.With(keys))
		said := strings.Join(v.Proven, "\n")
		if !v.Holds() || st.Honoured() != c.honoured || !strings.Contains(said, c.inProven) || strings.Contains(said, c.notProven) {
			t.Errorf("%s at %s: honoured %t, %s\n%s", c.d, c.price, st.Honoured(), v.Failure, said)
		}
		if bytes.Contains(r.Format(), []byte(c.price)) {
			t.Errorf("%s at %s: the holder is shown the price", c.d, c.price)
		}
		checkSecond(t, r.Format(), w.vkey+"\n"+public, "VERIFIED ")
	}
}

// Lies that an operator, or an auditor with it, could try on a holder who has the keys of both. Both verifiers name them.
func TestCheats(t *testing.T) {
	public, sign := auditorKey(t)
	byAuditor := func(_ *world, text string) string { return sign(text) }
	for name, c := range map[string]struct {
		edit func(*proof.Statement)
		sign func(*world, string) string
	}{
		"the log signs the auditor's statement": {nil, func(w *world, text string) string {
			signed, err := note.Sign(&note.Note{Text: text}, w.signer)
			if err != nil {
				t.Fatal(err)
			}
			return string(signed)
		}},
		"a statement about another log":          {func(s *proof.Statement) { s.Log.Origin = "other.example/log" }, byAuditor},
		"a statement about a later tree":         {func(s *proof.Statement) { s.Log.Size = 99 }, byAuditor},
		"a statement about another tree":         {func(s *proof.Statement) { s.Log.Size, s.Log.Root = 3, proof.Hash{} }, byAuditor},
		"a statement about a leaf not yet there": {func(s *proof.Statement) { s.Terms.Index = 2 }, byAuditor},
		"a statement about another leaf":         {func(s *proof.Statement) { s.Release.Hash[0] ^= 1 }, byAuditor},
	} {
		w, r, _ := judgedWorld(t, agreement.Buys, "2.10", c.edit, c.sign)
		keys, err := proof.ParseKeys(public)
		if err != nil {
			t.Fatal(err)
		}
		if v := r.Verify(w.keys.With(keys)); v.Code != proof.BadStatement {
			t.Errorf("%s: %q %s", name, v.Code, v.Failure)
		}
		checkSecond(t, r.Format(), w.vkey+"\n"+public, "NOT VERIFIED (statement)")
	}
	// The auditor's key vouches for a checkpoint of the log.
	w := newWorld(t)
	w.addHistory()
	c, _ := w.checkpoint(len(w.leaves))
	r := w.receipt("northwind", []int{3}, w.all)
	r.Checkpoint = []byte(sign(c.Text()))
	keys, err := proof.ParseKeys(public)
	if err != nil {
		t.Fatal(err)
	}
	if v := r.Verify(w.keys.With(keys)); v.Code != proof.BadSignature {
		t.Errorf("a checkpoint that the auditor signed: %q", v.Code)
	}
	checkSecond(t, r.Format(), w.vkey+"\n"+public, "NOT VERIFIED (signature)")
}

// A witness cosigns what continues the checkpoint that it keeps, and nothing else; who asks for its cosignature gets no other
// checkpoint past it.
func TestWitness(t *testing.T) {
	w := newWorld(t)
	w.addHistory()
	_, early := w.checkpoint(5)
	r := w.receipt("northwind", []int{3}, w.all)
	_, private := keyFrom(4)
	key, err := proof.ParseWitnessKey(noteKey("witness.example", private))
	if err != nil {
		t.Fatal(err)
	}
	witnesses, err := proof.ParseKeys(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	all := w.keys.With(witnesses)
	at := instant(t, "2026-03-08T12:00Z")
	first, err := key.Cosign(early, w.keys, nil, nil, at)
	if err != nil {
		t.Fatal(err)
	}
	path := consistency(t, w, int64(len(w.leaves)), 5)
	second, err := key.Cosign(r.Checkpoint, w.keys, first, path, at)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := key.Cosign(second, w.keys, first, path, at); err != nil || !bytes.Equal(again, second) {
		t.Errorf("cosigned twice it is another: %v", err)
	}
	forked := newWorld(t)
	forked.append(w.leaves[3])
	forked.addHistory()
	_, other := forked.checkpoint(13)
	for name, c := range map[string]struct {
		signed, before []byte
		path           []proof.Hash
	}{
		"a fork": {other, first, path}, "an older one": {first, second, path}, "no proof": {r.Checkpoint, first, nil}, "an unsigned one": {[]byte("x\n\n"), nil, nil},
	} {
		if _, err := key.Cosign(c.signed, w.keys, c.before, c.path, at); err == nil {
			t.Errorf("the witness cosigns %s", name)
		}
	}
	v := r.Verify(all)
	if v.RequireWitnesses(witnesses); v.Code != proof.BadSignature {
		t.Errorf("without the cosignature: %q", v.Code)
	}
	added, n, err := proof.WithWitnesses(r.Checkpoint, second, all)
	if err != nil || n != 1 || !bytes.Equal(added, second) {
		t.Errorf("%d added: %v", n, err)
	}
	if _, _, err := proof.WithWitnesses(r.Checkpoint, first, all); err == nil {
		t.Error("a cosignature of another checkpoint is added")
	}
	r.Checkpoint = added
	v = r.Verify(all)
	if v.RequireWitnesses(witnesses); !v.Holds() || !strings.Contains(strings.Join(v.Proven, "\n"), "witness.example") {
		t.Errorf("%s\n%s", v.Failure, v.Words())
	}
	checkSecond(t, r.Format(), w.vkey+"\n"+key.Public(), "VERIFIED ")
	broken := *r
	broken.Checkpoint = bytes.Replace(second, second[len(second)-8:len(second)-4], []byte("AAAA"), 1)
	if v := broken.Verify(all); v.Code != proof.BadSignature {
		t.Errorf("a broken cosignature: %q", v.Code)
	}
}

// noteKey writes a private key as a note's.
func noteKey(name string, private ed25519.PrivateKey) string {
	public := proof.PublicKey(name, private.Public().(ed25519.PublicKey), false)
	return "PRIVATE+KEY+" + name + "+" + strings.Split(public, "+")[1] + "+" + base64.StdEncoding.EncodeToString(append([]byte{1}, private.Seed()...))
}

// Who is invited to offer is shown itself in the list, and not how many others are there: up to eight look the same. Whoever may see all of
// them has the event back byte for byte.
func TestListsAreFilled(t *testing.T) {
	seals := map[int]int{}
	for _, n := range []int{1, 2, 5, 8, 9} {
		w := newWorld(t)
		var names []string
		for i := range n {
			names = append(names, string(rune('a'+i))+"-cloud")
		}
		list := `["` + strings.Join(names, `","`) + `"]`
		event := `{"at":"2026-03-02T12:00Z","by":"acme","type":"offers-requested","fact":{"lot":1,"invited":` + list + `,"closes":"2026-03-04T12:00Z"}}`
		w.add(w.record("need/n1", 1, "2026-03-02T12:00Z", "acme", proof.KindEvents, "["+event+"]"))
		own := strings.Replace(event, list, `["a-cloud"]`, 1)
		for visible, who := range map[string]string{own: "a-cloud", event: ""} {
			shown := proof.Show(w.leaves[0], []byte(visible), visible == event)
			r := w.receipt(who, []int{0}, func(int) []proof.Opening { return shown })
			v := r.Verify(w.keys)
			if !v.Holds() {
				t.Fatalf("%d invited, for %q: %s", n, who, v.Failure)
			}
			checkSecond(t, r.Format(), w.vkey, "VERIFIED ")
			left := bytes.Count(v.Seen[0].Said, []byte(`{"#":`))
			if got, whole := v.Seen[0].Canonical(); visible == event && n > 1 && (!whole || string(got) != event || left != 0) {
				t.Errorf("%d invited, all seen: %s", n, v.Seen[0].Text)
			} else if visible == own && n > 1 {
				seals[n] = left
			}
		}
	}
	if seals[2] != 8 || seals[5] != 8 || seals[8] != 8 || seals[9] != 16 { // and one for whoever may be barred
		t.Errorf("one of so many invited sees so many seals of others: %v", seals)
	}
}

// Who is shown a part of the terms sees the names of all that terms can have, whichever these have; so it is where an object has none of them. Whoever may
// see all has the event back byte for byte, where a member is missing at the beginning, in the middle, at the end or everywhere.
func TestObjectsAreFilled(t *testing.T) {
	shape := regexp.MustCompile(`"[A-Za-z0-9+/]{43}="`)
	saw := map[string][]string{}
	for _, more := range []string{``, `,"least":8`, `,"cloud":"contoso"`, `,"region":"eu-west","non_cash":["equity"]`, `,"finders_fee":"5.00 USD"`,
		`,"least":8,"power_watts":700,"carbon_g_per_kwh":90`} {
		terms := func(rest, period string) string {
			return `{"price":[{"from":"2026-06-01T00:00Z","rate":"2.10 USD"}],"accelerator":"H100","quantity":64` + withPeriod(rest, period) + `}`
		}
		for _, period := range []string{`{}`, `{"until":"2026-09-01T00:00Z"}`, `{"from":"2026-06-01T00:00Z","until":"2026-09-01T00:00Z"}`} {
			head := `{"at":"2026-03-02T12:00Z","by":"acme","type":"noticed","fact":{"matter":1,"holder":"northwind","channel":"desk","quantity":64,"terms":`
			event, own := head+terms(more, period)+`}}`, head+terms("", `{}`)+`}}`
			w := newWorld(t)
			w.add(w.record("need/n1", 1, "2026-03-02T12:00Z", "acme", proof.KindEvents, "["+event+"]"))
			for visible, who := range map[string]string{own: "northwind", event: "acme"} {
				shown := proof.Show(w.leaves[0], []byte(visible), who == "acme")
				r := w.receipt(who, []int{0}, func(int) []proof.Opening { return shown })
				v := r.Verify(w.keys)
				if !v.Holds() {
					t.Fatalf("%s: %s", event, v.Failure)
				}
				checkSecond(t, r.Format(), w.vkey, "VERIFIED ")
				if got, whole := v.Seen[0].Canonical(); who == "acme" && (!whole || string(got) != event) {
					t.Errorf("came back as %s, not %s", v.Seen[0].Text, event)
				}
				saw[who] = append(saw[who], shape.ReplaceAllString(string(v.Seen[0].Text), ""))
			}
		}
	}
	if kinds := slices.Compact(saw["northwind"]); len(kinds) != 1 {
		t.Errorf("a holder that is shown the same sees %d kinds of leaves:\n%s", len(kinds), strings.Join(kinds, "\n"))
	}
}

// withPeriod puts the period where terms have it: before the value of what is not cash and the like, behind the place.
func withPeriod(rest, period string) string {
	cut := len(rest)
	for _, name := range []string{`,"power_watts"`, `,"non_cash"`, `,"finders_fee"`} {
		if at := strings.Index(rest, name); at >= 0 {
			cut = min(cut, at)
		}
	}
	return rest[:cut] + `,"period":` + period + rest[cut:]
}
