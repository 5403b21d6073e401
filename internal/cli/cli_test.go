package cli

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the expected output in testdata/script")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"firstlook": func() {
		os.Exit(Run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}})
}

// Each script is one story, run against the real command on a folder of its own.
func TestScripts(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", UpdateScripts: *update, RequireExplicitExec: false, RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("NO_COLOR", "1")
			e.Setenv("FIRSTLOOK_DATA", "data")
			e.Setenv("HISTORIES", filepath.Join(root, "testdata", "histories"))
			return firstError(os.CopyFS(filepath.Join(e.WorkDir, "examples"), os.DirFS(filepath.Join(root, "examples"))),
				os.CopyFS(filepath.Join(e.WorkDir, "scenarios"), os.DirFS(filepath.Join(root, "scenarios"))))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"at": clockAt, "exit": exitsWith, "hugefile": hugeFile, "deepfile": deepFile, "rawfile": rawFile, "shape": shape, "freeport": freePort,
			"waithttp": waitHTTP, "tamper": tamper, "acts": acts, "bytes": folderBytes, "token": issueToken, "certificate": makeCertificate, "waittls": waitTLS,
		},
	})
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// clockAt stops the clock: at 2026-03-02T12:00Z.
func clockAt(ts *testscript.TestScript, _ bool, args []string) { ts.Setenv(clockVariable, args[0]) }

// exitsWith runs a command and checks its exit code: exit 2 firstlook need show.
func exitsWith(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if exit, ok := err.(interface{ ExitCode() int }); ok {
		code = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// hugeFile writes a file of so many bytes: hugefile NAME BYTES.
func hugeFile(ts *testscript.TestScript, _ bool, args []string) {
	size, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(f.Truncate(size))
	ts.Check(f.Close())
}

// deepFile writes a file of so many levels of nesting: deepfile NAME LEVELS.
func deepFile(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte("a: "+strings.Repeat("[", n)+strings.Repeat("]", n)+"\n"), 0o600))
}

// rawFile writes a file from a Go string literal: rawfile NAME '"a\x00b"'.
func rawFile(ts *testscript.TestScript, _ bool, args []string) {
	text, err := strconv.Unquote(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

// shape writes the keys of a JSON document, one path a line, so that a story can hold them: shape stdout.
func shape(ts *testscript.TestScript, _ bool, args []string) {
	var doc any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &doc))
	var paths []string
	walk("", doc, &paths)
	slices.Sort(paths)
	fmt.Fprintln(ts.Stdout(), strings.Join(slices.Compact(paths), "\n"))
}

func walk(path string, v any, paths *[]string) {
	switch v := v.(type) {
	case map[string]any:
		for k, child := range v {
			if k == "fact" || k == "comparison" { // the record's own forms, held by the tests of their packages
				*paths = append(*paths, path+"."+k)
				continue
			}
			walk(path+"."+k, child, paths)
		}
	case []any:
		if len(v) == 0 {
			*paths = append(*paths, path+"[] empty")
		}
		for _, child := range v {
			walk(path+"[]", child, paths)
		}
	case string:
		*paths = append(*paths, path+" text")
	case float64:
		*paths = append(*paths, path+" number")
	case bool:
		*paths = append(*paths, path+" boolean")
	default:
		*paths = append(*paths, path+" null")
	}
}

// freePort puts a free port of this machine into a variable: freeport PORT.
func freePort(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	ts.Check(err)
	ts.Check(l.Close())
	ts.Setenv(args[0], port)
}

// waitHTTP waits until an address answers, and prints the body: waithttp URL.
func waitHTTP(ts *testscript.TestScript, _ bool, args []string) {
	for range 1200 {
		resp, err := http.Get(args[0])
		if err == nil {
			body := make([]byte, 1<<16)
			n, _ := resp.Body.Read(body)
			resp.Body.Close()
			fmt.Fprintf(ts.Stdout(), "%s %s", resp.Status, body[:n])
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("%s does not answer", args[0])
}

// tamper changes one letter of the record that holds a text, behind the program's back: tamper DIR TEXT.
func tamper(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite", ts.MkAbs(filepath.Join(args[0], "firstlook.db")))
	ts.Check(err)
	var at int64
	var page []byte
	ts.Check(db.QueryRow("SELECT first, records FROM page WHERE instr(records, CAST(? AS BLOB)) > 0", args[1]).Scan(&at, &page))
	changed := bytes.Replace(page, []byte("acme-labs"), []byte("acne-labs"), 1)
	if bytes.Equal(page, changed) {
		ts.Fatalf("the record with %q does not name acme-labs", args[1])
	}
	_, err = db.Exec("UPDATE page SET records = ? WHERE first = ?", changed, at)
	ts.Check(err)
	ts.Check(db.Close())
}

// acts prints the outbox: each recipient with how many acts it has.
func acts(ts *testscript.TestScript, _ bool, args []string) {
	dirs, err := os.ReadDir(ts.MkAbs(filepath.Join(args[0], "outbox")))
	ts.Check(err)
	for _, d := range dirs {
		files, err := os.ReadDir(ts.MkAbs(filepath.Join(args[0], "outbox", d.Name())))
		ts.Check(err)
		for _, f := range files {
			fmt.Fprintf(ts.Stdout(), "%s/%s\n", d.Name(), f.Name())
		}
	}
}
