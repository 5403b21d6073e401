package agreement_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"firstlook/agreement"
	"firstlook/need"
)

// Each file of testdata/analysis shows the code that its name begins with; the examples show what is true of them.
func TestAnalyse(t *testing.T) {
	found := map[agreement.Code]bool{}
	files := append(glob(t, "testdata/analysis/*.yaml", len(agreement.Codes)), glob(t, "../examples/*.yaml", 6)...)
	for _, file := range files {
		base := strings.TrimSuffix(filepath.Base(file), ".yaml")
		if strings.HasPrefix(base, "providers") {
			continue
		}
		t.Run(base, func(t *testing.T) {
			a, err := agreement.Parse(file, read(t, file))
			if err != nil {
				t.Fatal(err)
			}
			findings := agreement.Analyse(a)
			var b strings.Builder
			for i := range findings {
				if i > 0 {
					b.WriteString("\n")
				}
				b.WriteString(findings[i].String())
				checkExample(t, a, &findings[i])
				found[findings[i].Code] = true
			}
			if strings.HasPrefix(file, "testdata") {
				shown := func(f agreement.Finding) bool { return strings.HasPrefix(base, string(f.Code)) }
				if !slices.ContainsFunc(findings, shown) {
					t.Errorf("the file does not show what its name says")
				}
			}
			golden(t, filepath.Join("testdata", "analysis", base+".golden"), b.String())
		})
	}
	for _, code := range agreement.Codes {
		if !found[code] {
			t.Errorf("no file shows %s", code)
		}
	}
}

// checkExample reads an example's flags as the command line would and holds the need against every clause that it names.
func checkExample(t *testing.T, a *agreement.Agreement, f *agreement.Finding) {
	t.Helper()
	if len(f.Clauses) == 0 || f.Message == "" || f.Remedy == "" {
		t.Errorf("%s: a finding that says too little: %+v", f.Code, f)
	}
	e := f.Example
	if e == nil {
		return
	}
	n, err := need.FromFlags(flags(t, e.Flags()))
	if err != nil {
		t.Fatalf("%s: %s: %v", f.Code, e.Flags(), err)
	}
	if e.At > n.Lines[0].Period.From {
		t.Errorf("%s: the need starts at %s, before it is submitted at %s", f.Code, n.Lines[0].Period.From, e.At)
	}
	if len(e.Engages)+len(e.Escapes) == 0 {
		t.Errorf("%s: the example says nothing of any clause", f.Code)
	}
	for _, ref := range e.Engages {
		c, _ := a.Clause(ref)
		if outside, in := c.Scope.Admits(&n, 0); !in || !c.Effective.Contains(e.At) || n.Lines[0].Quantity < c.Threshold.Quantity {
			t.Errorf("%s: %s is not engaged: %s", f.Code, ref, outside)
		}
		for i := range c.CarveOuts {
			if c.CarveOuts[i].Scope.Covers(&n, 0) {
				t.Errorf("%s: %s is carved out: %s", f.Code, ref, c.CarveOuts[i].Name)
			}
		}
	}
}

// flags splits a line of flags as a shell would; values stand in double quotes where they have spaces.
func flags(t *testing.T, line string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, part := range strings.Split(" "+line, " --")[1:] {
		name, value, _ := strings.Cut(part, " ")
		out[name] = append(out[name], strings.Trim(value, `"`))
	}
	return out
}
