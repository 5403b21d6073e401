package scenario_test

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"firstlook/internal/pricebook"
	"firstlook/internal/scenario"
	"firstlook/right"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the answers in scenarios/ with those of the engine")

const folder = "../../scenarios"

// env has the embedded tables, as the command has.
func env(t testing.TB) scenario.Env {
	t.Helper()
	throughput, ok := pricebook.EmbeddedThroughput("bf16-dense-datasheet")
	if !ok {
		t.Fatal("no embedded table bf16-dense-datasheet")
	}
	root := os.DirFS(folder + "/..")
	return scenario.Env{
		Read:       func(path string) ([]byte, error) { return fs.ReadFile(root, path) },
		Throughput: throughput,
		Egress:     *pricebook.EmbeddedEgress(),
	}
}

// files returns the path of every scenario.
func files(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob(folder + "/*.scenario")
	if err != nil || len(paths) < 190 {
		t.Fatalf("%d scenarios, %v", len(paths), err)
	}
	return paths
}

func parse(t testing.TB, path string) *scenario.File {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := scenario.Parse("scenarios/"+filepath.Base(path), data)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestScenarios(t *testing.T) {
	for _, path := range files(t) {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".scenario"), func(t *testing.T) { check(t, path) })
	}
}

func check(t *testing.T, path string) {
	f := parse(t, path)
	if f.Title == "" {
		t.Errorf("%s has no title: begin it with a line of prose", f.Name)
	}
	got, err := scenario.Run(f, env(t))
	if err != nil {
		t.Error(err)
	}
	if *update {
		if err := os.WriteFile(path, scenario.Rewrite(f, got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, d := range scenario.Check(f, got) {
		t.Error(d)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(data), string(scenario.Rewrite(f, got))); diff != "" {
		t.Errorf("rewritten with the answers that it has, the file changes:\n%s", diff)
	}
}

// unreachable are the refusals that no scenario can bring about, each with its reason.
var unreachable = map[right.Code]string{
	right.TimeBeforeRecord: "commands of a scenario stand in the order of time",
	right.OfferTaken:       "the engine does not give it: what is taken of an offer is cut down, not refused",
}

// Together the scenarios must show the whole law: every verb, every refusal that can be reached.
func TestScenariosShowTheLaw(t *testing.T) {
	verbs, codes := map[string]bool{}, map[string]bool{}
	for _, path := range files(t) {
		f := parse(t, path)
		for _, s := range f.Steps {
			for _, word := range strings.Fields(s.Command)[1:] {
				verbs[word] = true
			}
			for _, line := range s.Want {
				if rest, ok := strings.CutPrefix(line, "refused: "); ok {
					code, _, _ := strings.Cut(rest, ":")
					codes[code] = true
				}
			}
		}
	}
	for _, v := range scenario.Verbs() {
		if !verbs[v.Name] {
			t.Errorf("no scenario uses %s", v.Name)
		}
	}
	for _, c := range right.Codes {
		if _, known := unreachable[c]; known == codes[string(c)] {
			t.Errorf("refusal %s: shown by a scenario %t, listed as unreachable %t", c, codes[string(c)], known)
		}
	}
}

// Every kind of event stands in some answer, in the words of the documentation.
func TestScenariosShowEveryEvent(t *testing.T) {
	var lines []string
	for _, path := range files(t) {
		for _, s := range parse(t, path).Steps {
			lines = append(lines, s.Want...)
		}
	}
	for _, words := range scenario.EventWords() {
		if !slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line, words) }) {
			t.Errorf("no answer has a line that begins with %q", words)
		}
	}
}

// The documentation names every directive, verb, query, event line and refusal.
func TestDocumentation(t *testing.T) {
	data, err := os.ReadFile("../../docs/spec/scenarios.md")
	if err != nil {
		t.Fatal(err)
	}
	page := strings.ReplaceAll(string(data), `\|`, "|") // a table escapes its bars
	want := []string{"`agreement`", "`providers`", "`provider`", "`fact`"}
	for _, v := range scenario.Verbs() {
		want = append(want, "`"+strings.TrimSpace(v.Name+" "+v.Form)+"`")
	}
	for _, c := range right.Codes {
		want = append(want, "`"+string(c)+"`")
	}
	for _, w := range scenario.EventWords() {
		want = append(want, "`"+w)
	}
	for _, w := range scenario.NeedWords() {
		want = append(want, "`"+w)
	}
	for _, w := range want {
		if !strings.Contains(page, w) {
			t.Errorf("docs/spec/scenarios.md does not have %s", w)
		}
	}
}

const head = "# Title.\nagreement agreements/match.yaml\nproviders agreements/providers.yaml\n\n"

const submission = "2026-03-02T12:00Z acme submit n1: 64 H100 2026-06-01..2026-09-01 training research offers 24 hours\n"

// All that is wrong in a file is reported at once, with its line and a next step.
func TestProblems(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "x.scenario:1:1: the file has no command; add a line such as"},
		{"unknown directive", "agrement a.yaml\n" + submission, `1:1: "agrement" is not a directive; did you mean agreement?`},
		{"late directive", submission + "\nproviders p.yaml\n", `3:1: "providers" stands behind the first command`},
		{"no file", "agreement\n" + submission, "1:1: agreement names no file and nothing indented follows"},
		{"provider", "provider contoso clouds contoso\n" + submission, `1:1: "clouds" is not a word of a provider; did you mean cloud?`},
		{"fact", "fact x\n" + submission, "1:1: the fact does not read; write fact TRIGGER of AGREEMENT"},
		{"time", "2026-13-02T12:00Z acme choose l1\n", "1:1: \"2026-13-02T12:00Z\" is not a date"},
		{"no zone", "2026-03-02T12:00 acme choose l1\n", "has no zone"},
		{"backwards", submission + "\n2026-03-02T11:00Z acme choose l1\n", "3:1: the command at 2026-03-02T11:00Z stands behind one at 2026-03-02T12:00Z; put commands in the order of time"},
		{"verb", submission + "\n2026-03-03T12:00Z acme chose l1\n", `3:1: "chose" is not a verb; did you mean choose?`},
		{"party", "2026-03-02T12:00Z ACME submit n1: 64\n", "no party acts"},
		{"no need", "2026-03-02T12:00Z acme choose l1\n", "no need was submitted above; submit one first"},
		{"other need", submission + "\n2026-03-03T12:00Z acme on n2 choose l1\n", `3:1: no need "n2" was submitted above; did you mean n1?`},
		{"word of a need", "2026-03-02T12:00Z acme submit n1: 64 H100 2026-06-01..2026-09-01 trainning research offers 24 hours\n", `1:1: "trainning" is not a word of a need; did you mean training?`},
		{"class missing", "2026-03-02T12:00Z acme submit n1: 64 H100 2026-06-01..2026-09-01 research offers 24 hours\n", "1:1: class: it is missing"},
		{"quantity", "2026-03-02T12:00Z acme submit n1: -4 H100 2026-06-01..2026-09-01 training research offers 24 hours\n", "1:1: quantity: -4 is out of range"},
		{"overflow", "2026-03-02T12:00Z acme submit n1: 99999999999999999999 H100 2026-06-01..2026-09-01 training research offers 24 hours\n", "1:1: quantity:"},
		{"year", "2026-03-02T12:00Z acme submit n1: 64 H100 0000-06-01..9999-09-01 training research offers 24 hours\n", "1:1: start:"},
		{"data", "2026-03-02T12:00Z acme submit n1: 64 H100 2026-06-01..2026-09-01 training research data corpus 5TB offers 24 hours\n", "write data corpus 500 TB in azure/eastus"},
		{"matter", submission + "\n2026-03-03T12:00Z northwind exercise 1\n", `3:1: "1" is not a matter; write m1, as the answers above do`},
		{"form", submission + "\n2026-03-03T12:00Z northwind decline m1 please\n", `3:1: "m1 please" does not read; write decline MATTER`},
		{"rest", submission + "\n2026-03-03T12:00Z northwind exercise m1 32, rest later\n", "write exercise MATTER [QUANTITY][, least N][, rest declined|unable][: TERMS]"},
		{"terms", submission + "\n2026-03-03T12:00Z northwind exercise m1: H100 64 2026-06-01..2026-09-01\n", `3:1: "64" is not a quantity; write x64`},
		{"validity", submission + "\n2026-03-02T13:00Z contoso offer o1: H100 x64 2026-06-01..2026-09-01 @ 2.10 USD/gpu-h\n", "3:1: the offer does not say until when it is valid; write offer OFFER: TERMS valid TIME"},
		{"reason", submission + "\n2026-03-03T12:00Z acme withdraw because postponed\n", "is not in double quotes"},
		{"determination", submission + "\n2026-03-03T12:00Z acme determine m1 silence lapse because \"x\"\n", "write determine MATTER PARAM = VALUE"},
		{"information", submission + "\n2026-03-03T12:00Z northwind ask m1 the floor plan\n", "write ask MATTER for \"WHAT\""},
		{"ground", submission + "\n2026-03-03T12:00Z northwind stay m1 for weather because \"rain\"\n", "names no ground; write stay MATTER for dispute|regulatory"},
		{"change", submission + "\n2026-03-03T12:00Z acme change m1 because \"x\"\n", "must name either an offer or terms"},
		{"consent", submission + "\n2026-03-03T12:00Z lender consent l1\n", `"l1" is neither a matter nor an award; write m1 or a1`},
		{"extension", submission + "\n2026-03-03T12:00Z acme extend m1 by 3 days\n", "write extend MATTER until TIME"},
		{"assignment", submission + "\n2026-03-03T12:00Z northwind assign m1 southwind\n", "write assign MATTER to PARTY"},
		{"delivered", submission + "\n2026-03-03T12:00Z acme nonperform a1 16 because \"x\"\n", "write nonperform AWARD [delivered N]"},
		{"challenge", submission + "\n2026-03-03T12:00Z northwind/lee challenge default from 2026-03-04 because \"x\"\n", "write challenge TRIGGER [of AGREEMENT]"},
		{"proposal", submission + "\n2026-03-03T12:00Z northwind propose m1\n", "no terms are proposed; write propose MATTER: TERMS"},
		{"channel", submission + "\n2026-03-03T12:00Z acme notice m1 by pigeon\n", "write by desk, by email or by courier"},
		{"answer without command", "----\nopened l1\n\n" + submission, "1:1: an answer stands without a command"},
		{"no empty line", submission + "----\nopened l1\n2026-03-03T12:00Z acme choose l1\n", "4:1: a command stands in the answer of another; put an empty line before it"},
		{"indented", "# Title.\n\n  stray\n" + submission, "3:1: the line is indented, but nothing above it goes on"},
		{"control character", "# Title.\x00\n" + submission, "1:1: the line holds a control character or is not UTF-8"},
		{"two at once", "agrement a.yaml\n" + submission + "\n2026-03-03T12:00Z acme chose l1\n", "\nx.scenario:4:1:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := scenario.Parse("x.scenario", []byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestTooLarge(t *testing.T) {
	_, err := scenario.Parse("x.scenario", []byte(strings.Repeat("# prose\n", 200_000)))
	if err == nil || !strings.Contains(err.Error(), "at most 1 MiB is read") {
		t.Errorf("got %v", err)
	}
}

// What a named file has wrong is reported under its own name; an agreement in the scenario, under its own lines.
func TestProblemsOfNamedFiles(t *testing.T) {
	const inline = "# Title.\nagreement\n  agreement: x\n  title: X\n  grantor: acme\n  direction: byus\n\nproviders nowhere.yaml\n"
	f, err := scenario.Parse("scenarios/x.scenario", []byte(inline+submission))
	if err != nil {
		t.Fatal(err)
	}
	_, err = scenario.Run(f, env(t))
	for _, want := range []string{"scenarios/x.scenario:6:14: direction:", "did you mean buys?", "scenarios/x.scenario:8:1:", "nowhere.yaml"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

// A file that says something else than the engine fails with a diff of exactly that.
func TestCheckShowsTheDifference(t *testing.T) {
	text := head + submission + "----\nsubmitted n1: 64 H100 2026-06-01..2026-09-01 for training, research; under acme-northwind\n" +
		"not engaged acme-northwind/rofr@1 match of northwind: carved out\nopened l1: 64 of line 1\n"
	f, err := scenario.Parse("scenarios/x.scenario", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	got, err := scenario.Run(f, env(t))
	if err != nil {
		t.Fatal(err)
	}
	diffs := scenario.Check(f, got)
	if len(diffs) != 1 {
		t.Fatalf("%d differences, want 1", len(diffs))
	}
	const want = `scenarios/x.scenario:5: 2026-03-02T12:00Z acme submit n1: 64 H100 2026-06-01..2026-09-01 training research offers 24 hours
  submitted n1: 64 H100 2026-06-01..2026-09-01 for training, research; under acme-northwind
- not engaged acme-northwind/rofr@1 match of northwind: carved out
+ engaged acme-northwind/rofr@1 match of northwind: in scope
  opened l1: 64 of line 1
+ offers requested for l1 of northwind, contoso, fabrikam until 2026-03-03T12:00Z
`
	if diff := cmp.Diff(want, diffs[0].String()); diff != "" {
		t.Error(diff)
	}
	again, err := scenario.Parse("scenarios/x.scenario", scenario.Rewrite(f, got))
	if err != nil {
		t.Fatal(err)
	}
	if diffs := scenario.Check(again, got); len(diffs) != 0 {
		t.Errorf("rewritten, the file still differs: %s", diffs[0])
	}
}

// A file may be written without answers; rewriting gives it all of them and keeps every other line.
func TestRewriteAddsAnswers(t *testing.T) {
	text := head + submission + "2026-03-02T13:00Z acme deadline\n# Prose stays.\n2026-03-02T14:00Z acme show\n    lots\n"
	f, err := scenario.Parse("scenarios/x.scenario", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	got, err := scenario.Run(f, env(t))
	if err != nil {
		t.Fatal(err)
	}
	want := head + submission + `----
submitted n1: 64 H100 2026-06-01..2026-09-01 for training, research; under acme-northwind
engaged acme-northwind/rofr@1 match of northwind: in scope
opened l1: 64 of line 1
offers requested for l1 of northwind, contoso, fabrikam until 2026-03-03T12:00Z

2026-03-02T13:00Z acme deadline
----
next deadline 2026-03-03T12:00Z

# Prose stays.
2026-03-02T14:00Z acme show
    lots
----
l1 64 market, offers until 2026-03-03T12:00Z
`
	if diff := cmp.Diff(want, string(scenario.Rewrite(f, got))); diff != "" {
		t.Error(diff)
	}
	if text := got.Text(f); !strings.Contains(text, "acme show lots\n----\nl1 64 market") {
		t.Errorf("the transcript lacks a command or its answer:\n%s", text)
	}
}

// A question changes nothing: the same story with and without questions ends in the same place.
func TestQueriesChangeNothing(t *testing.T) {
	f := parse(t, folder+"/match-lapse.scenario")
	plain, err := scenario.Run(f, env(t))
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(folder + "/match-lapse.scenario")
	if err != nil {
		t.Fatal(err)
	}
	asked := strings.ReplaceAll(string(data), "2026-03-06T12:00Z northwind", "2026-03-06T11:00Z show\n\n2026-03-06T11:30Z explain\n\n2026-03-06T12:00Z compare l1\n\n2026-03-06T12:00Z deadline\n\n2026-03-06T12:00Z northwind")
	g, err := scenario.Parse(f.Name, []byte(asked))
	if err != nil {
		t.Fatal(err)
	}
	questioned, err := scenario.Run(g, env(t))
	if err != nil {
		t.Fatal(err)
	}
	last, lastAsked := plain.Answers[len(plain.Answers)-1], questioned.Answers[len(questioned.Answers)-1]
	if diff := cmp.Diff(last, lastAsked); diff != "" || len(questioned.Answers) != len(plain.Answers)+4 {
		t.Errorf("%d answers\n%s", len(questioned.Answers), diff)
	}
}

func FuzzParse(f *testing.F) {
	for _, path := range []string{"match-lapse", "silence-blocks", "market-requirements"} {
		data, err := os.ReadFile(folder + "/" + path + ".scenario")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, err := scenario.Parse("scenarios/x.scenario", []byte(text))
		if err != nil {
			return
		}
		if _, err := scenario.Parse("scenarios/x.scenario", scenario.Rewrite(file, scenario.Transcript{})); err != nil {
			t.Errorf("rewritten without answers the file does not read: %v", err)
		}
	})
}
