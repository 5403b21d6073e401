package cli

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

// folderBytes writes the name and the hash of every file of a folder, so that two moments can be compared: bytes DIR FILE.
func folderBytes(ts *testscript.TestScript, _ bool, args []string) {
	var b strings.Builder
	root := ts.MkAbs(args[0])
	ts.Check(filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%s %x\n", strings.TrimPrefix(path, root), sha256.Sum256(data))
		return err
	}))
	if !strings.Contains(b.String(), "firstlook.db") {
		ts.Fatalf("%s holds no record:\n%s", args[0], b.String())
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(b.String()), 0o600))
}

// The example of docs/spec/whatif.md runs as it stands: each `$` line by a shell, in one folder and in order.
func TestWhatIfPage(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	work, bin := t.TempDir(), t.TempDir()
	if err := os.CopyFS(filepath.Join(work, "examples"), os.DirFS(filepath.Join(root, "examples"))); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(testBinary(t), filepath.Join(bin, "firstlook")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, "docs", "spec", "whatif.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	exports, inside, commands := "", false, 0
	for _, line := range strings.Split(string(text), "\n") {
		command, is := strings.CutPrefix(line, "$ ")
		switch {
		case strings.HasPrefix(line, "```"):
			inside = line == "```console"
		case inside && !is:
			continue
		case inside && strings.HasPrefix(command, "export "):
			exports += command + "\n"
		case inside:
			out = append(append(out, line), shell(t, work, bin, exports+command)...)
			commands++
			continue
		}
		out = append(out, line)
	}
	if commands < 8 {
		t.Errorf("the page has %d commands", commands)
	}
	got := strings.Join(out, "\n")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(text), got); diff != "" {
		t.Errorf("the page prints something else; read it, then go test ./internal/cli -run WhatIfPage -update (-page +now):\n%s", diff)
	}
}
