package proof_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"firstlook/proof"
)

// The verifier in Python, written from docs/spec/proof.md, and ours say the same of receipts that hold and of ones that do not.
func TestSecondLanguage(t *testing.T) {
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
	for name, b := range cases {
		v := proof.VerifyFile(b, w.keys)
		t.Log(name, v.Code)
		checkSecond(t, b, w.vkey, verdictOf(&v))
	}
}

// The verifier in Python and ours say the same of archives of evidence: as they were put together, with each file changed, left out, or
// put in.
func TestSecondLanguageEvidence(t *testing.T) {
	w, files := evidence(t, "delivered")
	cases := map[string]map[string][]byte{"as it was": files}
	for name := range files {
		changed, missing := maps.Clone(files), maps.Clone(files)
		changed[name] = append(bytes.Clone(files[name]), ' ')
		delete(missing, name)
		cases["changed "+name], cases["without "+name] = changed, missing
	}
	more := maps.Clone(files)
	more["notices/other.txt"] = []byte("NOTICE")
	cases["with another"] = more
	good := 0
	for name, c := range cases {
		b := archive(t, c)
		v := proof.VerifyEvidence(b, w.keys)
		t.Log(name, v.Code)
		checkSecond(t, b, w.vkey, verdictOf(&v))
		if v.Holds() {
			good++
		}
	}
	if good != 1 {
		t.Errorf("%d of %d archives hold", good, len(cases))
	}
	checkSecond(t, archive(t, files)[:300], w.vkey, "NOT VERIFIED (form)")
	bounced, came := evidence(t, "bounced")
	checkSecond(t, archive(t, came), bounced.vkey, "NOT VERIFIED (evidence)")
}

func verdictOf(v *proof.Verdict) string {
	if v.Holds() {
		return "VERIFIED "
	}
	return fmt.Sprintf("NOT VERIFIED (%s)", v.Code)
}

// checkSecond asks the verifier in Python about a file; its answer begins with want.
func checkSecond(t *testing.T, file []byte, keys, want string) {
	t.Helper()
	folder := t.TempDir()
	for name, b := range map[string][]byte{"file": file, "keys": []byte(keys)} {
		if err := os.WriteFile(filepath.Join(folder, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	second, err := secondVerifier()
	if err != nil {
		t.Fatal("python3 is needed: the format is proven complete by a verifier in another language: ", err)
	}
	out, err := second.ask(filepath.Join(folder, "file"), filepath.Join(folder, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out, want) {
		t.Errorf("the verifier in Python says %q, want %q", out, want)
	}
}

// second is the verifier in Python as one process: starting one for each file would take most of the time.
type second struct {
	in  io.Writer
	out *bufio.Reader
}

// secondVerifier starts it once; it ends with the test's own process, when its input does.
var secondVerifier = sync.OnceValues(func() (*second, error) {
	const loop = "import sys\nimport firstlook_verify\nfor line in sys.stdin:\n firstlook_verify.main(line.split())\n sys.stdout.flush()"
	cmd := exec.Command("python3", "-B", "-c", loop)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+filepath.Join("..", "docs", "spec", "verify"))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &second{in, bufio.NewReader(out)}, cmd.Start()
})

// ask returns what it prints about a file.
func (s *second) ask(file, keys string) (string, error) {
	if _, err := fmt.Fprintln(s.in, file, keys); err != nil {
		return "", err
	}
	return s.out.ReadString('\n')
}
