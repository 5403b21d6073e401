package cli

import (
	"bytes"
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"firstlook/internal/httpapi"
)

var (
	tableRow = regexp.MustCompile("(?m)^\\| `([a-z -]+)` \\| (.+) \\|$")
	endpoint = regexp.MustCompile("^`([A-Z]+) (/[^`]*)`(?: ([a-z-]+)$)?")
)

// leaves lists the commands that do something, by their names after the program's.
func leavesOf(c *cobra.Command, path string, out *[]string) {
	for _, sub := range c.Commands() {
		name := strings.TrimSpace(path + " " + sub.Name())
		if sub.Args != nil && sub.ValidArgsFunction != nil || !sub.HasSubCommands() {
			*out = append(*out, name)
		}
		leavesOf(sub, name, out)
	}
}

// Every command of the command line has an endpoint of the interface that is there, or says why it has none; no row is for a command
// that is not there, and every command of the law is named.
func TestEveryCommandHasAnEndpoint(t *testing.T) {
	text, err := os.ReadFile("../../docs/spec/api.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for _, m := range tableRow.FindAllStringSubmatch(string(text), -1) {
		rows[m[1]] = m[2]
	}
	a := &app{in: strings.NewReader(""), out: &bytes.Buffer{}, err: &bytes.Buffer{}}
	root := a.root()
	root.SetContext(context.Background())
	var commands []string
	leavesOf(root, "", &commands)
	if len(commands) < 60 {
		t.Fatalf("only %d commands are found", len(commands))
	}
	asks := map[string]bool{"settle": true}
	for _, name := range commands {
		row, ok := rows[name]
		delete(rows, name)
		reason, none := strings.CutPrefix(row, "none: ")
		switch m := endpoint.FindStringSubmatch(strings.Split(row, ";")[0]); {
		case !ok:
			t.Errorf("firstlook %s has neither an endpoint nor a reason in docs/spec/api.md", name)
		case none && len(reason) < 10:
			t.Errorf("firstlook %s: %q is no reason", name, row)
		case none:
		case m == nil:
			t.Errorf("firstlook %s: %q names no endpoint", name, row)
		case strings.HasPrefix(m[2], "/log/"):
		case !slices.ContainsFunc(httpapi.Operations(), func(op httpapi.Operation) bool { return op.Method == m[1] && op.Path == m[2] }):
			t.Errorf("firstlook %s: the interface has no %s %s", name, m[1], m[2])
		default:
			asks[m[3]] = true
		}
	}
	for name := range rows {
		t.Errorf("docs/spec/api.md has a row for %q, which is no command", name)
	}
	for _, ask := range httpapi.Asks {
		if !asks[httpapi.AskName(ask)] {
			t.Errorf("no command of the command line is the law's %s", httpapi.AskName(ask))
		}
	}
}
