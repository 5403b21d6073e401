package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// How a guard is broken.
const (
	negate = "negate"
	never  = "never"
	drop   = "drop"
)

// guard is one condition of the package.
type guard struct {
	number   int // from 1
	kind     string
	file     string
	function string
	line     int
	text     string
}

// mutant is one way of breaking one guard; the zero mutant breaks nothing.
type mutant struct {
	guard int
	mode  string
}

func (m mutant) name() string { return fmt.Sprintf("%d:%s", m.guard, m.mode) }

// edit is text that is put into a source file at an offset. Of two at one offset the one that reaches further stands outside.
type edit struct {
	at, reach int
	text      string
}

// instrument wraps every guard of a file and returns its new text.
func (w *work) instrument(path string) error {
	source, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, path, source, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	f := &file{work: w, set: files, name: filepath.Base(path), source: source}
	for _, d := range parsed.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
			f.function = fn.Name.Name
			if fn.Name.Name == "Step" && fn.Recv == nil {
				f.put(fn.Body.Lbrace+1, fn.Body.Lbrace+1, " mutantBegins();")
			}
			ast.Inspect(fn.Body, f.visit)
		}
	}
	slices.SortStableFunc(f.edits, func(a, b edit) int {
		if a.at != b.at {
			return a.at - b.at
		}
		return b.reach - a.reach
	})
	var out strings.Builder
	from := 0
	for _, e := range f.edits {
		out.Write(source[from:e.at])
		out.WriteString(e.text)
		from = e.at
	}
	out.Write(source[from:])
	return os.WriteFile(path, []byte(out.String()), 0o644)
}

// file is a source file while it is instrumented.
type file struct {
	*work
	set      *token.FileSet
	name     string
	source   []byte
	function string
	edits    []edit
}

func (f *file) offset(p token.Pos) int { return f.set.Position(p).Offset }

func (f *file) put(at, reach token.Pos, text string) {
	f.edits = append(f.edits, edit{f.offset(at), f.offset(reach), text})
}

// add notes a guard and the ways in which it is broken.
func (f *file) add(kind string, at, end token.Pos, modes ...string) int {
	g := guard{number: len(f.guards) + 1, kind: kind, file: f.name, function: f.function, line: f.set.Position(at).Line,
		text: strings.Join(strings.Fields(string(f.source[f.offset(at):f.offset(end)])), " ")}
	f.guards = append(f.guards, g)
	for _, mode := range modes {
		f.mutants = append(f.mutants, mutant{g.number, mode})
	}
	return g.number
}

// wrap puts a call of a function of the instrument around an expression.
func (f *file) wrap(function, kind string, e ast.Expr, modes ...string) {
	n := f.add(kind, e.Pos(), e.End(), modes...)
	f.put(e.Pos(), e.End(), fmt.Sprintf("%s(%d, ", function, n))
	// closings need no order: they are all the same
	f.edits = append(f.edits, edit{f.offset(e.End()), -f.offset(e.Pos()), ")"})
}

func (f *file) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IfStmt:
		f.wrap("mutantGuard", "if", n.Cond, negate, never)
	case *ast.SwitchStmt:
		f.cases(n)
	case *ast.TypeSwitchStmt:
		f.types(n)
	case *ast.ReturnStmt:
		for _, e := range n.Results {
			if condition(e) {
				f.wrap("mutantGuard", "return", e, negate)
			}
		}
	case *ast.BinaryExpr:
		if n.Op == token.LAND || n.Op == token.LOR {
			function, kind := "mutantAnd", "operand of &&"
			if n.Op == token.LOR {
				function, kind = "mutantOr", "operand of ||"
			}
			for _, e := range []ast.Expr{n.X, n.Y} {
				if inner, ok := e.(*ast.BinaryExpr); !ok || inner.Op != n.Op { // a && b && c has three operands
					f.wrap(function, kind, e, drop)
				}
			}
		}
	}
	return true
}

// condition reports whether an expression is true or false by its form.
func condition(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return slices.Contains([]token.Token{token.LAND, token.LOR, token.EQL, token.NEQ, token.LSS, token.GTR, token.LEQ, token.GEQ}, e.Op)
	case *ast.UnaryExpr:
		return e.Op == token.NOT
	case *ast.ParenExpr:
		return condition(e.X)
	}
	return false
}

// cases wraps the cases of a switch: conditions where it has no value, else values that can be made to equal nothing.
func (f *file) cases(s *ast.SwitchStmt) {
	for _, clause := range s.Body.List {
		for _, e := range clause.(*ast.CaseClause).List {
			if s.Tag == nil {
				f.wrap("mutantGuard", "case", e, negate, never)
			} else {
				f.wrap("mutantValue", "case", e, never)
			}
		}
	}
}

// types lets the clauses of a type switch be left at once. One without statements does nothing that could be left out.
func (f *file) types(s *ast.TypeSwitchStmt) {
	for _, clause := range s.Body.List {
		c := clause.(*ast.CaseClause)
		if len(c.List) == 0 || len(c.Body) == 0 {
			continue
		}
		n := f.add("type case", c.List[0].Pos(), c.List[len(c.List)-1].End(), never)
		f.put(c.Colon+1, c.Colon+1, fmt.Sprintf(" if mutantLeaves(%d) { break };", n))
	}
}

// instrumentText is put beside the sources: it reads which mutant is active and breaks that guard alone.
const instrumentText = `package %s

import (
	"os"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

var mutantActive, mutantMode = func() (int, string) {
	n, mode, _ := strings.Cut(os.Getenv("MUTANT"), ":")
	i, _ := strconv.Atoi(n)
	return i, mode
}()

var mutantTurn, mutantCalls int

var mutantTrace = os.Getenv("MUTANT_TRACE")
var mutantTraced [%d]atomic.Bool
var mutantTracing sync.Mutex

// mutantNotes writes down that a guard was reached, once.
func mutantNotes(n int) {
	if mutantTraced[n].Swap(true) {
		return
	}
	mutantTracing.Lock()
	defer mutantTracing.Unlock()
	f, err := os.OpenFile(mutantTrace, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		panic(err)
	}
	_, _ = f.WriteString(strconv.Itoa(n) + "\n")
	_ = f.Close()
}

func mutantBegins() { mutantTurn = 0 }

// mutantHit reports whether a guard is the broken one, and stops an engine that goes round in circles.
func mutantHit(n int) bool {
	if mutantActive == 0 {
		if mutantTrace != "" {
			mutantNotes(n)
		}
		return false
	}
	mutantTurn++
	mutantCalls++
	if mutantTurn > 3000000 {
		os.Exit(97)
	}
	if mutantCalls%%(1<<20) == 0 {
		var m runtime.MemStats
		if runtime.ReadMemStats(&m); m.HeapAlloc > 1<<30 {
			os.Exit(98)
		}
	}
	return n == mutantActive
}

func mutantGuard(n int, v bool) bool {
	if !mutantHit(n) {
		return v
	}
	return mutantMode == "negate" && !v
}

func mutantAnd(n int, v bool) bool { return mutantHit(n) || v }

func mutantOr(n int, v bool) bool { return !mutantHit(n) && v }

func mutantLeaves(n int) bool { return mutantHit(n) }

func mutantValue[T any](n int, v T) T {
	if !mutantHit(n) {
		return v
	}
	out := reflect.New(reflect.TypeFor[T]()).Elem()
	switch out.Kind() {
	case reflect.String:
		out.SetString("\x00")
	case reflect.Int, reflect.Int64:
		out.SetInt(-1 << 40)
	case reflect.Uint8:
		out.SetUint(251)
	default:
		panic("a case of another kind")
	}
	return out.Interface().(T)
}
`
