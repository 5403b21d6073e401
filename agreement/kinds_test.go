package agreement_test

import (
	"path/filepath"
	"strings"
	"testing"

	"firstlook/agreement"
)

// Every kind and every modifier reads, leaves nothing open where nothing is left out, and is said in words.
func TestKinds(t *testing.T) {
	said := map[agreement.Kind]bool{}
	for _, file := range glob(t, "testdata/kinds/*.yaml", 2) {
		base := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(base, func(t *testing.T) {
			a, findings, err := agreement.Check(file, read(t, file))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range findings {
				t.Errorf("finding: %s", f)
			}
			for _, o := range a.Unspecified() {
				t.Errorf("left open: %s", o)
			}
			for i := range a.Clauses {
				said[a.Clauses[i].Kind] = true
			}
			golden(t, filepath.Join("testdata", "kinds", base+".golden"), agreement.Describe(a, 0).String())
		})
	}
	for _, k := range agreement.Kinds[:10] {
		if !said[k] {
			t.Errorf("no file shows %s", k)
		}
	}
}
