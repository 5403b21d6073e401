package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// layer is one kind of test: a test binary, and the arguments that make it the same each time.
type layer struct {
	name   string
	folder string
	args   []string
}

// layers run in this order: what says no soonest comes first. One whose folder is not there is left out.
var layers = []layer{
	{"unit tests", "right", nil},
	{"table and histories", "internal/lawcheck", []string{"-seed=1", "-damages=50"}},
	{"second engine", "internal/naive", []string{"-test.run=TestAgainstEngine$", "-seed=1", "-histories=400"}},
	{"scenarios", "internal/scenario", []string{"-test.run=TestScenarios$|Clauses"}},
	{"random histories", "internal/scenario", []string{"-test.run=TestRandomHistories$", "-seed=1", "-histories=400"}},
	{"model", "internal/lawmodel", []string{"-depth=2"}},
}

// suite is a layer that was run once with nothing broken.
type suite struct {
	layer
	took    time.Duration
	reaches []bool // by the number of a guard: whether the layer comes to it
}

// patience is how long a layer may take with a guard broken, against the time that it takes whole.
func (s *suite) patience() time.Duration { return 10*time.Second + 10*s.took }

// work is a copy of the module with its guards wrapped.
type work struct {
	root    string // of the copy
	target  string
	guards  []guard
	mutants []mutant
	suites  []suite
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
	text := fmt.Sprintf(instrumentText, filepath.Base(target), len(w.guards)+1)
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

// build compiles the tests, once, runs each layer with nothing broken, and notes which guards it comes to: a broken guard that
// a layer never reaches cannot change what it says.
func (w *work) build() error {
	built := map[string]bool{}
	for _, l := range layers {
		if tests, _ := filepath.Glob(filepath.Join(w.root, l.folder, "*_test.go")); len(tests) == 0 {
			continue
		}
		if !built[l.folder] {
			built[l.folder] = true
			cmd := exec.Command("go", "test", "-c", "-vet=off", "-o", w.binary(l.folder), "./"+l.folder)
			cmd.Dir = w.root
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("with its guards wrapped the module does not compile:\n%s", out)
			}
		}
		s := suite{layer: l, took: 5 * time.Minute}
		trace := filepath.Join(w.root, "reached-"+strconv.Itoa(len(w.suites)))
		began := time.Now()
		if out, err := w.run(&s, "MUTANT_TRACE="+trace); err != nil {
			return fmt.Errorf("%s: the tests fail before anything is broken:\n%s", l.name, out)
		}
		s.took = time.Since(began)
		reached, err := w.read(trace)
		if err != nil {
			return err
		}
		s.reaches = reached
		w.suites = append(w.suites, s)
	}
	return nil
}

// read reads which guards a layer came to.
func (w *work) read(trace string) ([]bool, error) {
	out := make([]bool, len(w.guards)+1)
	data, err := os.ReadFile(trace)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, line := range strings.Fields(string(data)) {
		n, err := strconv.Atoi(line)
		if err != nil || n < 1 || n >= len(out) {
			return nil, fmt.Errorf("%s: %q is no guard", trace, line)
		}
		out[n] = true
	}
	return out, nil
}

// run runs one layer until its first failing test.
func (w *work) run(s *suite, setting string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), s.patience())
	defer cancel()
	cmd := exec.CommandContext(ctx, w.binary(s.folder), append([]string{"-test.failfast", "-test.count=1"}, s.args...)...)
	cmd.Dir = filepath.Join(w.root, s.folder)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", setting)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out) + err.Error(), err
	}
	return string(out), nil
}

// test runs the layers that come to a mutant's guard until one fails. It returns the name of the layer that noticed; none where
// the mutant survived.
func (w *work) test(m mutant) (output, caughtBy string) {
	for i := range w.suites {
		s := &w.suites[i]
		if !s.reaches[m.guard] {
			continue
		}
		out, err := w.run(s, "MUTANT="+m.name())
		output += out
		if err != nil {
			return output, s.name
		}
	}
	return output, ""
}

// reached reports whether some test comes to the guard of a mutant.
func (w *work) reached(m mutant) bool {
	for i := range w.suites {
		if w.suites[i].reaches[m.guard] {
			return true
		}
	}
	return false
}

// describe is a mutant in one line.
func (w *work) describe(m mutant) string {
	g := w.guards[m.guard-1]
	return fmt.Sprintf("%s  %s/%s:%d %s: %s %s `%s`", m.name(), w.target, g.file, g.line, g.function, m.mode, g.kind, g.text)
}
