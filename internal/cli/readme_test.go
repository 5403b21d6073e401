package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What the tour prints and nobody can know before: hashes of what has a random salt.
var hashes = regexp.MustCompile(`[0-9a-f]{64}|[0-9a-f]{16}\.\.\.`)

// The README's tour runs as it stands: each `$` line of a console block by a shell, in one folder and in order, and what it
// prints is what the README shows.
func TestReadme(t *testing.T) {
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
	path := filepath.Join(root, "README.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	exports := ""
	inside, commands := false, 0
	for _, line := range strings.Split(string(text), "\n") {
		command, is := strings.CutPrefix(line, "$ ")
		switch {
		case strings.HasPrefix(line, "```"):
			inside = line == "```console"
		case inside && !is:
			continue // what a command printed: it is printed again
		case inside && strings.HasPrefix(command, "export "):
			exports += command + "\n"
		case inside:
			out = append(out, line)
			out = append(out, shell(t, work, bin, exports+command)...)
			commands++
			continue
		}
		out = append(out, line)
	}
	if commands < 5 {
		t.Errorf("the README has %d commands in its tour", commands)
	}
	got := strings.Join(out, "\n")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(text), got); diff != "" {
		t.Errorf("the README's tour prints something else; read it, then go test ./internal/cli -run Readme -update (-README +now):\n%s", diff)
	}
}

// testBinary is this test's own program, which is the command when it is called by that name.
func testBinary(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return self
}

// shell runs a command line; a refusal is part of the tour, so its exit code does not count.
func shell(t *testing.T, dir, bin, script string) []string {
	t.Helper()
	cmd := exec.Command("sh", "-c", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "FIRSTLOOK_DATA=data", "NO_COLOR=1", "TERM=dumb")
	printed, err := cmd.CombinedOutput()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatalf("%s: %v", script, err)
	}
	text := strings.TrimRight(hashes.ReplaceAllString(string(printed), "(hex digits)"), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}
