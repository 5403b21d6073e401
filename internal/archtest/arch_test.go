// Package archtest holds the floors of ARCHITECTURE.md: a wrong import fails here, at once, with the rule it breaks.
package archtest

import (
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// floors lists every package from the ground up. A package may import floors below its own, and on its own floor only
// what stands before it.
var floors = [][]string{
	0: {"money", "calendar", "party", "capacity"},
	1: {"internal/strict", "agreement", "need", "schema", "offer", "award/mix", "award", "right", "proof", "examples"},
	2: {"cmd/firstlook-verify", "internal/journal", "internal/journal/memory", "internal/journal/journaltest", "internal/translog", "internal/backup", "internal/outbox", "internal/lawcheck", "internal/lawmodel", "internal/naive", "internal/desk", "internal/identity", "internal/identity/memory", "internal/identity/identitytest", "internal/scenario", "internal/whatif"},
	3: {"internal/sqlite/group", "internal/sqlite", "internal/postgres/postgrestest", "internal/postgres", "internal/identity/identitydb", "internal/identity/identitypg", "internal/pricebook", "internal/notify", "internal/webui", "internal/door", "client", "internal/httpapi", "internal/demo", "internal/cli"},
	4: {"cmd/firstlook"},
}

// beside are packages that nothing on a floor may import.
var beside = []string{"internal/archtest", "internal/lawcheck/mutate", "internal/interference", "bench/", "scenarios", "sim"}

// banned lists what may not be used on the floors of words and law: they read the world, or are not exact.
var banned = map[int][]string{
	0: {"context", "os", "net", "sync", "math/rand", "math/rand/v2", "crypto/rand", "log", "log/slog", "io/fs"},
	1: {"os", "net", "net/http", "math/rand", "math/rand/v2", "crypto/rand", "log", "log/slog", "database/sql"},
}

// exceptions are imports that a floor's ban would forbid, each with its reason.
var exceptions = map[string]string{
	"calendar sync": "a cache of time zones, which never change within a run",
}

type pkg struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "firstlook/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	d := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p pkg
		if err := d.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// place returns floor and position of one of our packages; false for what stands beside.
func place(path string) (floor, position int, ok bool) {
	name := strings.TrimPrefix(path, "firstlook/")
	for f, names := range floors {
		if i := slices.Index(names, name); i >= 0 {
			return f, i, true
		}
	}
	return 0, 0, false
}

func isBeside(path string) bool {
	name := strings.TrimPrefix(path, "firstlook/")
	return slices.ContainsFunc(beside, func(b string) bool { return name == b || strings.HasPrefix(name, b) })
}

func TestFloors(t *testing.T) {
	for _, p := range packages(t) {
		floor, position, ok := place(p.ImportPath)
		if !ok {
			if !isBeside(p.ImportPath) {
				t.Errorf("%s has no floor; add it to the table in ARCHITECTURE.md and here", p.ImportPath)
			}
			continue
		}
		for _, imp := range p.Imports {
			if !strings.HasPrefix(imp, "firstlook/") {
				checkOutside(t, p.ImportPath, floor, imp)
				continue
			}
			f, i, ok := place(imp)
			if !ok || f > floor || f == floor && i >= position {
				t.Errorf("%s (floor %d) may not import %s: arrows go down, and on one floor to what stands before", p.ImportPath, floor, imp)
			}
		}
	}
}

func checkOutside(t *testing.T, path string, floor int, imp string) {
	t.Helper()
	name := strings.TrimPrefix(path, "firstlook/")
	_, excepted := exceptions[name+" "+imp]
	if slices.Contains(banned[floor], imp) && !excepted {
		t.Errorf("%s (floor %d) may not import %s: this floor takes values and returns values", path, floor, imp)
	}
	if floor == 0 && strings.Contains(strings.Split(imp, "/")[0], ".") {
		t.Errorf("%s (floor 0) may not import %s: words use the standard library alone", path, imp)
	}
}

// The law reads no clock and holds no float: the two words do not occur in its sources.
func TestNoClockNoFloat(t *testing.T) {
	names := slices.Concat(floors[0], []string{"agreement", "need", "offer", "award", "right", "proof"})
	for _, name := range names {
		cmd := exec.Command("grep", "-nE", `time\.Now\(|\bfloat(32|64)\b`, "-r", "--include=*.go", "--exclude=*_test.go", "../../"+name)
		if out, err := cmd.Output(); err == nil {
			t.Errorf("%s uses a clock or a float:\n%s", name, out)
		}
	}
}
