package browser

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// axeVersion is the release of axe-core whose rules are applied.
const axeVersion = "4.14.1"

// awaited lets a script be a promise.
func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }

// axe returns the script of axe-core, fetched once with npm.
func axe(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("AXE_CORE")
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		dir = filepath.Join(cache, "firstlook-axe-core")
	}
	file := filepath.Join(dir, "axe-"+axeVersion+".js")
	if b, err := os.ReadFile(file); err == nil {
		return string(b)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	pack := exec.Command("npm", "pack", "--silent", "axe-core@"+axeVersion)
	pack.Dir = dir
	out, err := pack.Output()
	if err != nil {
		t.Fatalf("npm pack axe-core: %v; npm is needed once, or AXE_CORE names a folder with axe-%s.js", err, axeVersion)
	}
	script, err := fileIn(filepath.Join(dir, strings.TrimSpace(string(out))), "package/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, script, 0o644); err != nil {
		t.Fatal(err)
	}
	return string(script)
}

// fileIn reads one file of a package.
func fileIn(archive, name string) ([]byte, error) {
	f, err := os.Open(archive)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s is not in %s", name, archive)
		}
		if err != nil {
			return nil, err
		}
		if h.Name == name {
			return io.ReadAll(r)
		}
	}
}

// Every page in every size and scheme has no violation of the rules of WCAG 2.2 AA and of good practice.
func TestAccessibility(t *testing.T) {
	script := axe(t)
	pages, violations := 0, map[string][]string{}
	everyPage(t, serve(t), func(p *tab, name string, width int, scheme string) {
		var found []string
		p.do(chromedp.Evaluate(script+`;0`, nil), chromedp.Evaluate(`axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations.map(v => v.impact + " " + v.id + ": " + v.nodes.length + " of " + v.nodes[0].html.slice(0, 160) + " | " + (v.nodes[0].any[0]?.message ?? v.help)))`, &found, awaited))
		for _, f := range found {
			violations[f] = append(violations[f], fmt.Sprintf("%s at %d, %s", name, width, scheme))
		}
		pages++
	})
	for f, views := range violations {
		t.Errorf("%s\n  on %d views: %.300s", f, len(views), strings.Join(views, "; "))
	}
	t.Logf("%d views", pages)
}
