package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// layer is one kind of test: a test binary, and the parts in which it is run, each by the arguments that make it the same each time.
type layer struct {
	name   string
	folder string
	parts  func(root string) ([][]string, error)
}

// layers run in this order: what says no soonest comes first. One whose folder is not there is left out.
var layers = []layer{
	{"unit tests", "right", args()},
	{"table and histories", "internal/lawcheck", args(
		"-test.run=TestCommandsInEveryStatus", "-test.run=TestHistories|TestFiledTariff", "-test.run=TestDamagedHistories -seed=1 -damages=50")},
	{"scenarios", "internal/scenario", scenarios},
	{"histories that decide", "internal/naive", decided("internal/naive")},
	{"second engine", "internal/naive", chunks("-test.run=TestAgainstEngine$", 20, 20)},
	{"histories that decide, random", "internal/scenario", decided("internal/scenario")},
	{"random histories", "internal/scenario", chunks("-test.run=TestRandomHistories$", 20, 20)},
	{"model", "internal/lawmodel", args("-depth=2")},
}

// args are parts with fixed arguments, each separated by spaces; one part without any where none are given.
func args(parts ...string) func(string) ([][]string, error) {
	if len(parts) == 0 {
		parts = []string{""}
	}
	return func(string) (out [][]string, err error) {
		for _, p := range parts {
			out = append(out, strings.Fields(p))
		}
		return out, nil
	}
}

// chunks are so many parts of so many random histories each.
func chunks(run string, number, histories int) func(string) ([][]string, error) {
	return func(string) (out [][]string, err error) {
		for i := range number {
			out = append(out, []string{run, "-histories=" + strconv.Itoa(histories), "-seed=" + strconv.Itoa(1+i*histories)})
		}
		return out, nil
	}
}

// scenariosAtOnce is how many scenarios make a part: few enough that those that come to a rare guard are soon run.
const scenariosAtOnce = 12

// scenarios are the scenarios and the filed clauses, some at a time.
func scenarios(root string) (out [][]string, err error) {
	for _, of := range [][2]string{{"TestScenarios", "scenarios"}, {"TestClauses", "testdata/clauses"}} {
		files, err := filepath.Glob(filepath.Join(root, of[1], "*.scenario"))
		if err != nil || len(files) == 0 {
			return nil, fmt.Errorf("no scenarios in %s: %w", of[1], err)
		}
		for some := range slices.Chunk(files, scenariosAtOnce) {
			var names []string
			for _, f := range some {
				name := strings.TrimSuffix(filepath.Base(f), ".scenario")
				if of[0] == "TestClauses" {
					name, _, _ = strings.Cut(name, "-") // they are known by their numbers
				}
				names = append(names, regexp.QuoteMeta(name))
			}
			out = append(out, []string{"-test.run=" + of[0] + "$/^(" + strings.Join(names, "|") + ")$"})
		}
	}
	return out, nil
}

// decided are the recorded seeds of the histories in which one condition decides, some at a time.
func decided(folder string) func(string) ([][]string, error) {
	return func(root string) (out [][]string, err error) {
		list, err := os.ReadFile(filepath.Join(root, folder, "testdata", "decided.txt"))
		if err != nil {
			return nil, err
		}
		var seeds []string
		for line := range strings.Lines(string(list)) {
			seed, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			seeds = append(seeds, seed)
		}
		for some := range slices.Chunk(seeds, scenariosAtOnce) {
			out = append(out, []string{"-test.run=TestDecided$/^(" + strings.Join(some, "|") + ")$"})
		}
		return out, nil
	}
}

// suite is a layer that was run once with nothing broken.
type suite struct {
	layer
	parts []part
}

// part is a run of a layer's tests.
type part struct {
	args    []string
	took    time.Duration
	reaches []bool // by the number of a guard: whether it comes there
}

// took is how long all of a layer takes.
func (s *suite) took() (sum time.Duration) {
	for i := range s.parts {
		sum += s.parts[i].took
	}
	return sum
}

// reaches reports whether a layer comes to a guard.
func (s *suite) reaches(guard int) bool {
	return slices.ContainsFunc(s.parts, func(p part) bool { return p.reaches[guard] })
}

// patience is how long a part may take with a guard broken, against the time that it takes whole.
func (p *part) patience() time.Duration { return 20*time.Second + 10*p.took }

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
		s, err := w.whole(l)
		if err != nil {
			return err
		}
		w.suites = append(w.suites, s)
	}
	return nil
}

// whole runs a layer with nothing broken and notes to which guards each of its parts comes.
func (w *work) whole(l layer) (suite, error) {
	s := suite{layer: l}
	all, err := l.parts(w.root)
	if err != nil {
		return s, err
	}
	for _, a := range all {
		p := part{args: a, took: 5 * time.Minute}
		trace := filepath.Join(w.root, "reached")
		_ = os.Remove(trace)
		began := time.Now()
		if out, err := w.run(&s, &p, "MUTANT_TRACE="+trace); err != nil {
			return s, fmt.Errorf("%s %s: the tests fail before anything is broken:\n%s", l.name, a, out)
		}
		p.took = time.Since(began)
		if p.reaches, err = w.read(trace); err != nil {
			return s, err
		}
		s.parts = append(s.parts, p)
	}
	return s, nil
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

// run runs a part of a layer until its first failing test.
func (w *work) run(s *suite, p *part, setting string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), p.patience())
	defer cancel()
	cmd := exec.CommandContext(ctx, w.binary(s.folder), append([]string{"-test.failfast", "-test.count=1"}, p.args...)...)
	cmd.Dir = filepath.Join(w.root, s.folder)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", setting)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out) + err.Error(), err
	}
	return string(out), nil
}

// test runs the parts that come to a mutant's guard until one fails. It returns the name of the layer that noticed; none where
// the mutant survived.
func (w *work) test(m mutant) (output, caughtBy string) {
	for i := range w.suites {
		s := &w.suites[i]
		for k := range s.parts {
			p := &s.parts[k]
			if !p.reaches[m.guard] {
				continue
			}
			out, err := w.run(s, p, "MUTANT="+m.name())
			output += out
			if err != nil {
				return output, s.name
			}
		}
	}
	return output, ""
}

// reached reports whether some test comes to the guard of a mutant.
func (w *work) reached(m mutant) bool {
	return slices.ContainsFunc(w.suites, func(s suite) bool { return s.reaches(m.guard) })
}

// describe is a mutant in one line.
func (w *work) describe(m mutant) string {
	g := w.guards[m.guard-1]
	return fmt.Sprintf("%s  %s/%s:%d %s: %s %s `%s`", m.name(), w.target, g.file, g.line, g.function, m.mode, g.kind, g.text)
}
