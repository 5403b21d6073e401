package proof_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"firstlook/proof"
)

// evidence is an archive about the history: the text of an agreement, a letter in a folder, another by mail with what came of it, a report.
func evidence(t *testing.T, result string) (*world, map[string][]byte) {
	t.Helper()
	w := newWorld(t)
	body := `{"file":"a.yaml","text":"agreement: a\n"}`
	w.add(w.record("agreement/a", 1, "2026-03-01T12:00Z", "acme-labs", "agreement", body))
	w.addHistory()
	letter := sha256.Sum256([]byte("NOTICE"))
	sent := `{"key":"n1.1.1.northwind","position":1,"place":1,"sha256":"` + hex.EncodeToString(letter[:]) + `"}`
	w.add(w.record("outbox/northwind", 1, "2026-03-06T12:00Z", "northwind", "done", sent))
	queued := `{"id":"d1","channel":"email","address":"noor@northwind.example","document":{"act":"n1.1.1.northwind","text":"MAIL"}}`
	w.add(w.record("delivery/d1", 1, "2026-03-06T12:00Z", "northwind", "queued", queued))
	mail := sha256.Sum256([]byte("MAIL"))
	gone := `{"delivery":"d1","result":"` + result + `","by":"server","hash":"` + hex.EncodeToString(mail[:]) + `","reply":"250 taken"}`
	w.add(w.record("delivery/d1", 2, "2026-03-06T12:00Z", "northwind", "outcome", gone))
	files := map[string][]byte{"records/mail-1.json": []byte(queued), "records/mail-2.json": []byte(gone), "notices/mail.txt": []byte("MAIL"), "records/outbox.json": []byte(sent), "records/a.json": []byte(body), "agreements/a.yaml": []byte("agreement: a\n"), "notices/n.txt": []byte("NOTICE"), proof.ReportName: []byte("<p>")}
	m := proof.Evidence{Evidence: 1, Need: "n1", For: "acme-labs", Made: "2026-03-06T12:00Z"}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		sum := sha256.Sum256(files[name])
		f := proof.EvidenceFile{Name: name, SHA256: hex.EncodeToString(sum[:])}
		switch name {
		case "records/a.json":
			f.Stream, f.Record = "agreement/a", 1
		case "agreements/a.yaml":
			f.TextOf = "records/a.json"
		case "records/outbox.json":
			f.Stream, f.Record = "outbox/northwind", 1
		case "notices/n.txt":
			f.SentIn = "records/outbox.json"
		case "records/mail-1.json", "records/mail-2.json":
			f.Stream, f.Record = "delivery/d1", int64(name[len("records/mail-")]-'0')
		case "notices/mail.txt":
			f.TextOf, f.SentIn = "records/mail-1.json", "records/mail-2.json"
		}
		m.Files = append(m.Files, f)
	}
	manifest, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(manifest)
	w.add(w.record(proof.ClearStream, 1, "2026-03-06T12:00Z", "acme-labs", proof.KindEvidence, `{"need":"n1","manifest":"`+hex.EncodeToString(sum[:])+`"}`))
	files[proof.ManifestName] = manifest
	files[proof.ReceiptName] = w.receipt("acme-labs", upTo(len(w.leaves)), w.all).Format()
	return w, files
}

func archive(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := z.Create(name)
		if err == nil {
			_, err = f.Write(files[name])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Evidence holds as it was put together; a change of any file, one left out, one put in, and a manifest made to fit are found.
func TestEvidence(t *testing.T) {
	w, files := evidence(t, "sent")
	v := proof.VerifyEvidence(archive(t, files), w.keys)
	if !v.Holds() || !strings.Contains(strings.Join(v.Proven, "\n"), "stands in the log as leaf 17") {
		t.Fatalf("%s %s\n%s", v.Code, v.Failure, v.Words())
	}
	for name := range files {
		changed := maps.Clone(files)
		changed[name] = append(bytes.Clone(files[name]), ' ')
		if v := proof.VerifyEvidence(archive(t, changed), w.keys); v.Holds() {
			t.Errorf("a changed %s is not found", name)
		}
		missing := maps.Clone(files)
		delete(missing, name)
		if v := proof.VerifyEvidence(archive(t, missing), w.keys); v.Holds() {
			t.Errorf("a missing %s is not found", name)
		}
	}
	more := maps.Clone(files)
	more["notices/other.txt"] = []byte("NOTICE")
	if v := proof.VerifyEvidence(archive(t, more), w.keys); v.Code != proof.BadEvidence {
		t.Errorf("a file put in: %q", v.Code)
	}
	sum := sha256.Sum256([]byte("FORGED"))
	old := sha256.Sum256([]byte("NOTICE"))
	fitted := maps.Clone(files)
	fitted["notices/n.txt"] = []byte("FORGED")
	fitted[proof.ManifestName] = bytes.Replace(files[proof.ManifestName], []byte(hex.EncodeToString(old[:])), []byte(hex.EncodeToString(sum[:])), 1)
	if v := proof.VerifyEvidence(archive(t, fitted), w.keys); v.Code != proof.BadEvidence || !strings.Contains(v.Failure, "no record of this manifest") {
		t.Errorf("a letter and a manifest that fits it: %q %s", v.Code, v.Failure)
	}
	if v.Proven[len(v.Proven)-1] != "2 of the files are letters whose hash was recorded when they were delivered: this is what was sent." {
		t.Errorf("proven: %q", v.Proven)
	}
	bounced, came := evidence(t, "bounced")
	if v := proof.VerifyEvidence(archive(t, came), bounced.keys); v.Code != proof.BadEvidence || !strings.Contains(v.Failure, "notices/mail.txt is not the letter whose delivery") {
		t.Errorf("a letter that came back is taken for one that went out: %q %s", v.Code, v.Failure)
	}
	whole := archive(t, files)
	for n := 0; n < len(whole); n += 101 {
		if v := proof.VerifyEvidence(whole[:n], w.keys); v.Holds() {
			t.Errorf("cut to %d bytes it holds", n)
		}
	}
}

// Two checkpoints of one log, of a longer one, and of a log that shows something else.
func TestCompare(t *testing.T) {
	w := newWorld(t)
	w.addHistory()
	_, early := w.checkpoint(5)
	_, late := w.checkpoint(13)
	forked := newWorld(t)
	forked.append(w.leaves[3])
	forked.addHistory()
	_, other := forked.checkpoint(13)
	path := proof.FormatConsistency(consistency(t, w, 13, 5))
	for name, c := range map[string]struct {
		a, b, path []byte
		want       proof.Relation
	}{
		"same": {late, late, nil, proof.Same}, "no proof": {early, late, nil, proof.Undecided}, "ahead": {early, late, path, proof.Ahead},
		"behind": {late, early, path, proof.Behind}, "split": {late, other, nil, proof.Split}, "split of two sizes": {early, other, path, proof.Split},
		"in a receipt": {w.receipt("", []int{3}, w.all).Format(), late, nil, proof.Same},
	} {
		got, err := proof.Compare(c.a, c.b, c.path, w.keys)
		if err != nil || got.Relation != c.want {
			t.Errorf("%s: %q %v, want %q", name, got.Relation, err, c.want)
		}
	}
	if _, err := proof.Compare(early, bytes.Replace(late, []byte("\n13\n"), []byte("\n14\n"), 1), nil, w.keys); err == nil {
		t.Error("a checkpoint that nobody signed is compared")
	}
	if _, err := proof.ParseConsistency([]byte("firstlook consistency 1\nproof x\n")); err == nil {
		t.Error("x is taken for a hash")
	}
}
