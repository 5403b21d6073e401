package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// suite is one test binary and the arguments that make it the same each time.
type suite struct {
	folder string
	args   []string
}

// suites run in this order: what fails fast comes first.
var suites = []suite{
	{"right", nil},
	{"internal/scenario", []string{"-test.run=TestScenarios$"}},
	{"internal/lawcheck", []string{"-seed=1", "-damages=50"}},
	{"internal/scenario", []string{"-test.skip=TestScenarios$", "-seed=1", "-histories=400"}},
}

// patience is how long one suite may take; whole, they take a few seconds.
const patience = 90 * time.Second

// work is a copy of the module with its guards wrapped.
type work struct {
	root    string // of the copy
	target  string
	guards  []guard
	mutants []mutant
}

// prepare copies the module and wraps the guards of a package.
func prepare(target string) (*work, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return nil, fmt.Errorf("run it within the module: %w", err)
	}
	root, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return nil, err
	}
	w := &work{root: root, target: target}
	if err := copyModule(strings.TrimSpace(string(out)), root); err != nil {
		w.remove()
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(root, target, "*.go"))
	if err != nil || len(files) == 0 {
		w.remove()
		return nil, fmt.Errorf("no package in %s: %w", target, err)
	}
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		if err := w.instrument(f); err != nil {
			w.remove()
			return nil, err
		}
	}
	text := fmt.Sprintf(instrumentText, filepath.Base(target))
	return w, os.WriteFile(filepath.Join(root, target, "mutant.go"), []byte(text), 0o644)
}

func (w *work) remove() { _ = os.RemoveAll(w.root) }

// copyModule copies everything but what version control and builds keep.
func copyModule(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir() && (d.Name() == ".git" || name == "bin"):
			return filepath.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), data, 0o644)
	})
}

// binary is where the tests of a folder are built to.
func (w *work) binary(folder string) string {
	return filepath.Join(w.root, strings.ReplaceAll(folder, "/", "-")+".test")
}

// build compiles the tests, once.
func (w *work) build() error {
	built := map[string]bool{}
	for _, s := range suites {
		if built[s.folder] {
			continue
		}
		built[s.folder] = true
		cmd := exec.Command("go", "test", "-c", "-vet=off", "-o", w.binary(s.folder), "./"+s.folder)
		cmd.Dir = w.root
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("with its guards wrapped the module does not compile:\n%s", out)
		}
	}
	return nil
}

// test runs the suites with a mutant until one fails, and reports whether it survived them all.
func (w *work) test(m mutant) (output string, survived bool) {
	for _, s := range suites {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		cmd := exec.CommandContext(ctx, w.binary(s.folder), append([]string{"-test.failfast", "-test.count=1"}, s.args...)...)
		cmd.Dir = filepath.Join(w.root, s.folder)
		cmd.Env = append(os.Environ(), "MUTANT="+m.name(), "MUTANT_SEEN="+w.seen(m))
		out, err := cmd.CombinedOutput()
		cancel()
		if err != nil {
			return string(out) + err.Error(), false
		}
		output += string(out)
	}
	return output, true
}

func (w *work) seen(m mutant) string {
	return filepath.Join(w.root, "seen-"+strings.ReplaceAll(m.name(), ":", "-"))
}

// reached reports whether some test came to the guard of a mutant.
func (w *work) reached(m mutant) bool {
	_, err := os.Stat(w.seen(m))
	return err == nil
}

// describe is a mutant in one line.
func (w *work) describe(m mutant) string {
	g := w.guards[m.guard-1]
	return fmt.Sprintf("%s  %s/%s:%d %s: %s %s `%s`", m.name(), w.target, g.file, g.line, g.function, m.mode, g.kind, g.text)
}
