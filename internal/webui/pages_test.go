package webui_test

import (
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the words in testdata")

// What each page says to each who looks; the files hold words, where links lead and what buttons say, and nothing of the layout.
func TestWordsOfPages(t *testing.T) {
	w := newWorld(t)
	for _, p := range []struct{ name, seat, path string }{
		{"desk-planner", "planner", "/"},
		{"desk-counsel", "counsel", "/"},
		{"desk-holder", "northwind", "/"},
		{"desk-rival", "fabrikam", "/"},
		{"desk-auditor", "auditor", "/"},
		{"needs", "planner", "/needs"},
		{"need-awarded", "planner", "/needs/n2"},
		{"need-released", "planner", "/needs/n3"},
		{"need-stopped", "counsel", "/needs/n4"},
		{"need-tolled", "planner", "/needs/n5"},
		{"need-countered", "planner", "/needs/n6"},
		{"need-barred", "planner", "/needs/n7"},
		{"need-holder", "northwind", "/needs/n8"},
		{"need-rival", "contoso-sales", "/needs/n8"},
		{"notice", "northwind", "/needs/n8/matters/m1"},
		{"notice-other-role", "planner", "/needs/n8/matters/m1"},
		{"notice-ended", "northwind", "/needs/n2/matters/m1"},
		{"first-offer", "contoso", "/needs/n5/matters/m1"},
		{"choose", "planner", "/needs/n3/act/choose/l1"},
		{"make-offer", "contoso-sales", "/needs/n9/act/submit-offer/l1"},
		{"market", "fabrikam", "/market?accelerator=B200"},
		{"agreements", "contoso", "/agreements"},
		{"agreement-changes", "microsoft", "/agreements/microsoft-openai?from=2025-10-27&to=2025-10-28"},
		{"record", "northwind", "/record/n2"},
		{"record-filtered", "auditor", "/record/n2?kind=awarded"},
		{"new-need", "planner", "/needs/new"},
	} {
		t.Run(p.name, func(t *testing.T) {
			out := w.get(p.seat, p.path)
			if out.Code != http.StatusOK {
				t.Fatalf("%s for %s: %d\n%s", p.path, p.seat, out.Code, words(out.Body.String()))
			}
			golden(t, p.name, words(out.Body.String()))
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the words changed (-want +got); -update rewrites them:\n%s", diff)
	}
}

// What is reviewed is what is recorded, once, however often it is sent.
func TestReviewThenRecord(t *testing.T) {
	w := newWorld(t)
	path := "/needs/n8/act/answer/m1"
	review := w.post("northwind", path, "kind", "exercise", "step", "review")
	golden(t, "review-exercise", words(review.Body.String()))
	before := events(t, w, "n8")
	k := key(t, review)
	for range 2 {
		if out := w.post("northwind", path, "kind", "exercise", "step", "record", "key", k); out.Code != http.StatusSeeOther || out.Header().Get("Location") != "/needs/n8/matters/m1?done=1" {
			t.Fatalf("%d %s\n%s", out.Code, out.Header().Get("Location"), words(out.Body.String()))
		}
	}
	after := events(t, w, "n8")
	if n := strings.Count(strings.Join(after[len(before):], "\n"), "answered m1"); n != 1 {
		t.Errorf("the answer is recorded %d times: %q", n, after[len(before):])
	}
	if out := w.post("northwind", path, "kind", "decline", "step", "record", "key", key(t, w.post("northwind", path, "kind", "decline", "step", "review"))); out.Code != http.StatusConflict {
		t.Errorf("a second answer: %d", out.Code)
	} else {
		golden(t, "refused", words(out.Body.String()))
	}
}

// The buyer is shown what the engine makes of a choice before it is recorded, and nothing is recorded by looking.
func TestReviewOfAChoice(t *testing.T) {
	w := newWorld(t)
	before := events(t, w, "n3")
	review := w.post("planner", "/needs/n3/act/choose/l1", "which", "cheapest", "step", "review")
	golden(t, "review-choose", words(review.Body.String()))
	if diff := cmp.Diff(before, events(t, w, "n3")); diff != "" {
		t.Errorf("looking recorded something: %s", diff)
	}
}

// A form that does not read comes back as it was filled in, with what to do.
func TestFormsComeBack(t *testing.T) {
	w := newWorld(t)
	out := w.post("contoso-sales", "/needs/n9/act/submit-offer/l1", "accelerator", "H100", "quantity", "16", "price", "2,10", "from", "2026-12-27", "until", "2027-02-25", "cloud", "contoso", "valid", "2027-03-01")
	if out.Code != http.StatusUnprocessableEntity || !strings.Contains(out.Body.String(), `value="2,10"`) || !strings.Contains(out.Body.String(), "does not read") {
		t.Errorf("%d\n%s", out.Code, words(out.Body.String()))
	}
	out = w.post("planner", "/needs/new", "title", "A & B", "quantity", "-4")
	if out.Code != http.StatusUnprocessableEntity || !strings.Contains(out.Body.String(), `value="A &amp; B"`) || !strings.Contains(out.Body.String(), "--quantity") {
		t.Errorf("%d\n%s", out.Code, words(out.Body.String()))
	}
	for _, quantity := range []string{"0", "65", "many", "1e3"} {
		if out := w.post("northwind", "/needs/n8/act/answer/m1", "kind", "exercise", "quantity-exercise", quantity); out.Code != http.StatusUnprocessableEntity {
			t.Errorf("quantity %s: %d", quantity, out.Code)
		}
	}
}

// The editor reports every problem with line, column and remedy, and records nothing that does not read.
func TestEditor(t *testing.T) {
	w := newWorld(t)
	page := w.get("counsel", "/agreements/acme-northwind/edit").Body.String()
	_, text, _ := strings.Cut(page, `aria-describedby="keys">`)
	text, _, _ = strings.Cut(text, "</textarea>")
	text = strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&amp;", "&").Replace(text)
	out := w.post("counsel", "/ui/check", "id", "acme-northwind", "text", strings.Replace(text, "window: 48 hours", "window: 48 hors", 1))
	golden(t, "check-broken", words(out.Body.String()))
	amended := text + "\namendments:\n  - id: second\n    title: The right to match ends\n    effective: 2026-12-24\n    transition: keep\n    ends: [right-to-match]\n"
	out = w.post("counsel", "/agreements/acme-northwind/edit", "text", amended, "step", "review")
	golden(t, "review-amendment", words(out.Body.String()))
	if out := w.post("counsel", "/agreements/acme-northwind/edit", "text", amended, "step", "record"); out.Code != http.StatusSeeOther {
		t.Fatalf("%d\n%s", out.Code, words(out.Body.String()))
	}
	rewritten := strings.Replace(amended, "window: 48 hours", "window: 24 hours", 1)
	if out := w.post("counsel", "/agreements/acme-northwind/edit", "text", rewritten, "step", "record"); out.Code != http.StatusConflict {
		t.Errorf("what was in force was rewritten: %d", out.Code)
	}
	if out := w.post("planner", "/agreements/acme-northwind/edit", "text", amended, "step", "record"); out.Code != http.StatusForbidden {
		t.Errorf("a planner recorded an agreement: %d", out.Code)
	}
}

// The exported files hold what the page shows.
func TestExport(t *testing.T) {
	w := newWorld(t)
	csv := w.get("northwind", "/record/n2/export.csv")
	if n := strings.Count(strings.TrimSpace(csv.Body.String()), "\n"); n < 5 || csv.Header().Get("Content-Disposition") != `attachment; filename="n2.csv"` {
		t.Errorf("%d lines, %s", n, csv.Header().Get("Content-Disposition"))
	}
	if got := w.get("northwind", "/record/n2/export.json"); !regexp.MustCompile(`^\[\{"at"`).MatchString(got.Body.String()) {
		t.Errorf("%.80s", got.Body.String())
	}
	if got := w.get("northwind", "/record/n2/export.receipt"); got.Code != http.StatusNotFound {
		t.Errorf("a receipt without anybody to sign it: %d", got.Code)
	}
}
