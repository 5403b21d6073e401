package scenario_test

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"firstlook/agreement"
	"firstlook/internal/scenario"

	gocmp "github.com/google/go-cmp/cmp"
)

// clauses is the folder of first-right clauses that were signed and filed, each encoded as an agreement about capacity.
const clauses = "../../testdata/clauses"

// filed lists the numbers of the contracts; the folder is to have an agreement and a scenario for each.
var filed = []string{"01", "02", "04", "05", "07", "08", "10", "11", "13", "14", "16", "17", "19", "20", "22", "23", "26", "28", "29", "31", "32", "34", "35", "37", "38",
	"41", "43", "44", "46", "47", "49", "50", "52", "53", "55", "56", "58", "59", "61", "62", "65", "67", "70", "73", "74", "76", "77", "79", "80", "82", "83", "85"}

// contract is one filed contract: its agreements (several where both sides are bound), its scenario, and what came of a run.
type contract struct {
	number     string
	scenario   string // path
	agreements []*agreement.Agreement
	file       *scenario.File
	got        scenario.Transcript
}

// contracts loads what the folder has, and runs it.
func contracts(t *testing.T) []contract {
	t.Helper()
	var out []contract
	for _, number := range filed {
		if c, ok := load(t, number); ok {
			out = append(out, c)
		}
	}
	return out
}

// load reads a contract and runs its scenario. It is false where the folder has none, and where a file does not read, which is
// reported.
func load(t *testing.T, number string) (contract, bool) {
	t.Helper()
	stories, err := filepath.Glob(filepath.Join(clauses, number+"-*.scenario"))
	if err != nil || len(stories) > 1 {
		t.Fatalf("contract %s: %d scenarios, %v", number, len(stories), err)
	}
	if len(stories) == 0 {
		return contract{}, false
	}
	c := contract{number: number, scenario: stories[0]}
	texts, err := filepath.Glob(filepath.Join(clauses, number+"-*.yaml"))
	if err != nil || len(texts) == 0 {
		t.Fatalf("contract %s: no agreement, %v", number, err)
	}
	for _, path := range texts {
		a, err := sound(t, path)
		if err != nil {
			t.Error(err)
			return c, false
		}
		c.agreements = append(c.agreements, a)
	}
	data, err := os.ReadFile(c.scenario)
	if err != nil {
		t.Fatal(err)
	}
	if c.file, err = scenario.Parse("testdata/clauses/"+filepath.Base(c.scenario), data); err != nil {
		t.Error(err)
		return c, false
	}
	if c.got, err = scenario.Run(c.file, env(t)); err != nil {
		t.Error(err)
	}
	return c, true
}

// sound reads an agreement as `agreement check` does: it parses, and the analysis finds no error in it.
func sound(t *testing.T, path string) (*agreement.Agreement, error) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	a, err := agreement.Parse(filepath.Base(path), data)
	if err != nil {
		return nil, err
	}
	for _, f := range agreement.Analyse(a) {
		if f.Severity == agreement.Error {
			t.Errorf("%s: %s", path, f.String())
		}
	}
	number, _, _ := strings.Cut(filepath.Base(path), "-")
	cited := "contract " + strings.TrimLeft(number, "0")
	if !strings.HasPrefix(a.Source, cited+": ") {
		t.Errorf("%s: source %q does not begin with %q", path, a.Source, cited+": ")
	}
	for i := range a.Clauses {
		if cl := &a.Clauses[i]; !strings.HasPrefix(cl.Cite, cited+", ") {
			t.Errorf("%s: clause %s cites %q, not %q", path, cl.Ref.Clause, cl.Cite, cited+", ...")
		}
	}
	return a, nil
}

// Every scenario of a filed clause answers as it is written, and engages a right of every agreement of its contract.
func TestClauses(t *testing.T) {
	for _, number := range filed {
		t.Run(number, func(t *testing.T) {
			if c, ok := load(t, number); ok {
				c.check(t)
			}
		})
	}
}

func (c *contract) check(t *testing.T) {
	data, err := os.ReadFile(c.scenario)
	if err != nil {
		t.Fatal(err)
	}
	if c.file.Title == "" {
		t.Errorf("%s has no title: begin it with a line of prose", c.file.Name)
	}
	for _, a := range c.agreements {
		if !c.engages(a) {
			t.Errorf("%s: no right of %s is engaged", c.scenario, a.ID)
		}
	}
	again := scenario.Rewrite(c.file, c.got)
	if *update {
		if err := os.WriteFile(c.scenario, again, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, d := range scenario.Check(c.file, c.got) {
		t.Error(d)
	}
	if diff := gocmp.Diff(string(data), string(again)); diff != "" {
		t.Errorf("rewritten with the answers that it has, the file changes:\n%s", diff)
	}
}

// answers yields every line of the run, without the need that a line of several needs begins with.
func (c *contract) answers(yield func(string) bool) {
	for _, lines := range c.got.Answers {
		for _, line := range lines {
			if !yield(needPrefix.ReplaceAllString(line, "")) {
				return
			}
		}
	}
}

var needPrefix = regexp.MustCompile(`^n\d+: `)

func (c *contract) engages(a *agreement.Agreement) bool {
	for line := range c.answers {
		if strings.HasPrefix(line, fmt.Sprintf("engaged %s/", a.ID)) || strings.HasPrefix(line, "engaged line") && strings.Contains(line, " "+string(a.ID)+"/") {
			return true
		}
	}
	return false
}

var asks = regexp.MustCompile(`^needs determination m\d+ ([a-z_]+)(?: at \S+)?: `)

// asked lists the open parameters at which the scenario stopped, in the order in which it met them.
func (c *contract) asked() []string {
	var out []string
	for line := range c.answers {
		if m := asks.FindStringSubmatch(line); m != nil && !slices.Contains(out, m[1]) {
			out = append(out, m[1])
		}
	}
	return out
}

// Whatever stops a scenario at an open parameter is determined in it, by a person, and the matter goes on.
func TestClausesGoOn(t *testing.T) {
	for _, c := range contracts(t) {
		for _, param := range c.asked() {
			determined := false
			for line := range c.answers {
				determined = determined || strings.HasPrefix(line, "determined ") && strings.Contains(line, " "+param+" = ")
			}
			if !determined {
				t.Errorf("%s stops at %s and nobody determines it", c.scenario, param)
			}
		}
	}
}

// kinds lists the kinds of right that the contract uses, in the order of the language.
func (c *contract) kinds() []string {
	var out []string
	for _, kind := range agreement.Kinds {
		for _, a := range c.agreements {
			if word := string(kind); !slices.Contains(out, word) && slices.ContainsFunc(a.Clauses, func(cl agreement.Clause) bool { return cl.Kind == kind }) {
				out = append(out, word)
			}
		}
	}
	return out
}

// silent lists the other parameters that the texts leave open: the scenario's path does not come to them.
func (c *contract) silent() []string {
	asked := c.asked()
	var out []string
	for _, a := range c.agreements {
		for _, o := range a.Unspecified() {
			key, _, _ := strings.Cut(o.Param, ".")
			if !slices.Contains(asked, key) && !slices.Contains(out, o.Param) {
				out = append(out, o.Param)
			}
		}
	}
	return out
}

// lacking returns, by contract, what the page of gaps says that the language lacks for it.
func lacking(t *testing.T) map[string][]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(clauses, "GAPS.md"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	number := ""
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, "## "); ok {
			number, _, _ = strings.Cut(rest, " ")
		}
		if rest, ok := strings.CutPrefix(line, "- lacks: "); ok {
			out[number] = append(out[number], rest)
		}
	}
	for number := range out {
		if !slices.Contains(filed, number) {
			t.Errorf("GAPS.md: %q is not the number of a contract", number)
		}
	}
	return out
}

// table writes one row for each contract, and the sums.
func table(t *testing.T) string {
	lacks := lacking(t)
	all := map[string]*contract{}
	for _, c := range contracts(t) {
		all[c.number] = &c
	}
	var b strings.Builder
	var full, named, short int
	fmt.Fprintln(&b, "| contract | kinds | verdict | open beside the scenario's path |")
	fmt.Fprintln(&b, "|---|---|---|---|")
	for _, number := range filed {
		c := all[number]
		if c == nil {
			fmt.Fprintf(&b, "| %s | | not encoded | |\n", number)
			continue
		}
		verdict := "runs in full"
		switch asked := c.asked(); {
		case len(lacks[number]) > 0:
			short++
			verdict = "lacks: " + strings.Join(lacks[number], "; ")
		case len(asked) > 0:
			named++
			verdict = "runs with named unspecified parameters: " + strings.Join(asked, ", ")
		default:
			full++
		}
		title := strings.TrimSuffix(filepath.Base(c.scenario), ".scenario")
		fmt.Fprintf(&b, "| [%s](%s.scenario) | %s | %s | %s |\n", title, title, strings.Join(c.kinds(), ", "), verdict, cmp.Or(strings.Join(c.silent(), ", "), "nothing"))
	}
	fmt.Fprintf(&b, "\n%d contracts encoded of %d: %d run in full, %d run with named unspecified parameters, %d lack something.\n", len(all), len(filed), full, named, short)
	return b.String()
}

const tableBegins, tableEnds = "<!-- the table begins -->\n", "<!-- the table ends -->\n"

// The table of the README is made from the files and their runs.
func TestClausesTable(t *testing.T) {
	path := filepath.Join(clauses, "README.md")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(data), tableBegins)
	_, tail, ends := strings.Cut(rest, tableEnds)
	if !ok || !ends {
		t.Fatalf("%s has no place for the table: %q and %q", path, tableBegins, tableEnds)
	}
	want := head + tableBegins + "\n" + table(t) + "\n" + tableEnds + tail
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := gocmp.Diff(want, string(data)); diff != "" {
		t.Errorf("the table is not what the files say; run go test ./internal/scenario -run Clauses -update and read the diff:\n%s", diff)
	}
}
