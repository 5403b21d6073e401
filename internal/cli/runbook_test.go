package cli

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every command of the runbook is one of the program: those of a console block end well, one after the other in one folder; of the
// others, which need a server, a cluster or root, the lines of ours are held against the command itself.
func TestRunbook(t *testing.T) {
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
	text, err := os.ReadFile(filepath.Join(root, "docs", "operations", "runbook.md"))
	if err != nil {
		t.Fatal(err)
	}
	block, ran, read := "", 0, 0
	for n, line := range strings.Split(string(text), "\n") {
		if kind, is := strings.CutPrefix(line, "```"); is {
			block = kind
			continue
		}
		switch command, is := strings.CutPrefix(line, "$ "); {
		case block == "console" && is:
			ran++
			runLine(t, work, bin, n+1, command)
		case block == "console":
			t.Errorf("line %d: %q is no command", n+1, line)
		case block == "sh" && strings.HasPrefix(line, "firstlook "):
			read++
			readLine(t, n+1, line)
		}
	}
	if ran < 25 || read < 10 {
		t.Errorf("%d commands ran and %d were read", ran, read)
	}
}

// runLine runs a line of the runbook by a shell; it must end well.
func runLine(t *testing.T, dir, bin string, n int, command string) {
	t.Helper()
	cmd := exec.Command("sh", "-c", "umask 077; "+command)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "FIRSTLOOK_DATA=data", databaseVariable+"=", clockVariable+"=2026-03-02T12:00Z", "NO_COLOR=1", "TERM=dumb")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("line %d: %s: %v\n%s", n, command, err, out)
	}
}

// quoted are the words of a line; quotes keep spaces in a word.
var quoted = regexp.MustCompile(`'[^']*'|"[^"]*"|\S+`)

// readLine holds a line against the command: its name, its flags and how many arguments it has.
func readLine(t *testing.T, n int, line string) {
	t.Helper()
	words := quoted.FindAllString(line, -1)
	a := &app{out: io.Discard, err: io.Discard}
	c, rest, err := a.root().Find(words[1:])
	if err != nil || !c.Runnable() || c.HasSubCommands() {
		t.Errorf("line %d: %s: no such command, %v", n, line, err)
		return
	}
	if err := c.ParseFlags(rest); err != nil {
		t.Errorf("line %d: %s: %v", n, line, err)
		return
	}
	if err := c.ValidateArgs(c.Flags().Args()); err != nil {
		t.Errorf("line %d: %s: %v", n, line, err)
	}
}

// What a page of docs/operations points to within these pages is there.
func TestOperationsLinks(t *testing.T) {
	dir := "../../docs/operations"
	link := regexp.MustCompile(`\]\(([^)#]*)#([^)]+)\)`)
	slug := regexp.MustCompile(`[^a-z0-9 -]`)
	pages := map[string]string{}
	for _, name := range []string{"runbook.md", "metrics.md"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		pages[name] = string(text)
	}
	for name, text := range pages {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			to := m[1]
			if to == "" {
				to = name
			}
			found := false
			for _, line := range strings.Split(pages[to], "\n") {
				if heading, is := strings.CutPrefix(line, "## "); is {
					found = found || strings.ReplaceAll(slug.ReplaceAllString(strings.ToLower(heading), ""), " ", "-") == m[2]
				}
			}
			if !found {
				t.Errorf("%s: %s has no heading %s", name, to, m[2])
			}
		}
	}
}
