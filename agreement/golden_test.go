package agreement_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"firstlook/agreement"
	"firstlook/internal/strict"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a file, or writes it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; write it with go test ./agreement -run %s -update", err, t.Name())
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func glob(t *testing.T, pattern string, atLeast int) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) < atLeast {
		t.Fatalf("%s: %d files, want %d at least (%v)", pattern, len(files), atLeast, err)
	}
	return files
}

// Every broken file is refused, with all of its problems, each where it stands.
func TestBroken(t *testing.T) {
	for _, file := range glob(t, "../testdata/agreements/broken/*.yaml", 35) {
		base := filepath.Base(file)
		t.Run(strings.TrimSuffix(base, ".yaml"), func(t *testing.T) {
			var err error
			if strings.HasPrefix(base, "providers") {
				_, err = agreement.ParseProviders(base, read(t, file))
			} else {
				_, err = agreement.Parse(base, read(t, file))
			}
			if err == nil {
				t.Fatal("a broken file was read")
			}
			positioned(t, base, err)
			golden(t, strings.TrimSuffix(file, ".yaml")+".golden", err.Error()+"\n")
		})
	}
}

// positioned checks that every problem names its file, line and column.
func positioned(t *testing.T, file string, err error) {
	t.Helper()
	var problems strict.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("%T is not a list of problems: %v", err, err)
	}
	for _, p := range problems {
		if p.File != file || p.Line < 1 || p.Column < 1 || p.Message == "" {
			t.Errorf("a problem without its place: %+v", p)
		}
	}
}

// Every example is sound and has nothing to look at; what it says in words is in a golden file.
func TestExamples(t *testing.T) {
	for _, file := range glob(t, "../examples/*.yaml", 6) {
		base := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(base, func(t *testing.T) {
			if strings.HasPrefix(base, "providers") {
				providers, err := agreement.ParseProviders(file, read(t, file))
				if err != nil || len(providers) < 4 {
					t.Fatalf("%d providers, %v", len(providers), err)
				}
				return
			}
			a, findings, err := agreement.Check(file, read(t, file))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range findings {
				t.Errorf("finding: %s", f)
			}
			golden(t, filepath.Join("testdata", "explain", base+".golden"), agreement.Describe(a, 0).String())
		})
	}
}
