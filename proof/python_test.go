package proof_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"firstlook/proof"
)

// The verifier in Python, written from docs/spec/proof.md, and ours say the same of receipts that hold and of ones that do not.
func TestSecondLanguage(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Fatal("python3 is needed: the format is proven complete by a verifier in another language")
	}
	w := newWorld(t)
	w.addHistory()
	holder := w.receipt("northwind", upTo(len(w.leaves)), w.view)
	part := w.receipt("", []int{3, 7, 9}, w.all)
	whole := &proof.Receipt{Checkpoint: holder.Checkpoint}
	for i, l := range w.leaves {
		whole.Items = append(whole.Items, proof.Item{Index: int64(i), Leaf: l.Text, Open: l.Open})
	}
	cases := map[string][]byte{"holder": holder.Format(), "part": part.Format(), "whole": whole.Format()}
	cut := *whole
	cut.Items = slices.Delete(slices.Clone(whole.Items), 5, 6)
	cases["left out"] = cut.Format()
	for name, edit := range map[string][2]string{
		"leaf": {`"type":"noticed"`, `"type":"waived"`}, "value": {`"lapsed"`, `"waived"`}, "root": {"\n13\n", "\n14\n"}, "title": {"receipt 1", "receipt 2"},
		"number": {"leaf 3 ", "leaf 03 "}, "salt": {"open ", "open A"}, "time": {"T09:00Z", "T08:00Z"},
	} {
		cases["changed "+name] = bytes.Replace(holder.Format(), []byte(edit[0]), []byte(edit[1]), 1)
	}
	for name, change := range map[string]func(w *world){
		"replayed":   func(w *world) { w.append(w.leaves[12]) },
		"reordered":  func(w *world) { w.append(w.leaves[2]) },
		"back-dated": func(w *world) { w.add(w.record("need/n2", 1, "2026-03-05T12:00Z", "acme", proof.KindEvents, "[]")) },
		"gap":        func(w *world) { w.add(w.record("need/n1", 7, "2026-03-08T12:00Z", "acme", proof.KindEvents, "[]")) },
	} {
		bad := newWorld(t)
		bad.addHistory()
		change(bad)
		r := &proof.Receipt{}
		_, r.Checkpoint = bad.checkpoint(len(bad.leaves))
		for i, l := range bad.leaves {
			r.Items = append(r.Items, proof.Item{Index: int64(i), Leaf: l.Text})
		}
		cases[name] = r.Format()
	}
	folder := t.TempDir()
	keys := filepath.Join(folder, "keys")
	if err := os.WriteFile(keys, []byte(w.vkey), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, b := range cases {
		file := filepath.Join(folder, "receipt")
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		out, _ := exec.Command("python3", "../docs/spec/verify/firstlook_verify.py", file, keys).CombinedOutput()
		v := proof.VerifyFile(b, w.keys)
		want := "VERIFIED "
		if !v.Holds() {
			want = fmt.Sprintf("NOT VERIFIED (%s)", v.Code)
		}
		if !strings.HasPrefix(string(out), want) {
			t.Errorf("%s: ours says %q (%s), the other %q", name, want, v.Failure, out)
		}
	}
}
