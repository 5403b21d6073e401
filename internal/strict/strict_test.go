package strict

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"firstlook/calendar"
	"firstlook/money"
)

// letter is a small file type that uses every reader once.
type letter struct {
	Name   string
	Kind   string
	Copies int64
	Sent   bool
	On     calendar.Instant
	Day    calendar.Date
	Over   calendar.Span
	Within calendar.Length
	Zone   calendar.Zone
	At     calendar.Clock
	Price  money.Amount
	Rate   money.Rate
	Tags   []string
	Lines  []line
	Table  []Row[string]
	Limit  *int64
}

type line struct{ Text string }

var letterForm = Object("letter", "A letter.",
	Key("name", "Its name. Longer text.", ID[string](), func(l *letter) *string { return &l.Name }).Required(),
	Key("kind", "What it is.", Enum([]string{"bill", "notice"}), func(l *letter) *string { return &l.Kind }),
	Key("copies", "How many.", Integer[int64](1, 100), func(l *letter) *int64 { return &l.Copies }),
	Key("sent", "Whether it went out.", Bool(), func(l *letter) *bool { return &l.Sent }),
	Key("on", "When.", Instant(), func(l *letter) *calendar.Instant { return &l.On }),
	Key("day", "Which day.", Date(), func(l *letter) *calendar.Date { return &l.Day }),
	Key("over", "Over which time.", Span(), func(l *letter) *calendar.Span { return &l.Over }),
	Key("within", "How long.", Length(), func(l *letter) *calendar.Length { return &l.Within }),
	Key("zone", "Where.", Zone(), func(l *letter) *calendar.Zone { return &l.Zone }),
	Key("at", "At what time.", Clock(), func(l *letter) *calendar.Clock { return &l.At }),
	Key("price", "How much.", Amount(), func(l *letter) *money.Amount { return &l.Price }),
	Key("rate", "How much each.", Rate(), func(l *letter) *money.Rate { return &l.Rate }),
	Key("tags", "Words.", Distinct(Word[string]("a tag", "red")), func(l *letter) *[]string { return &l.Tags }),
	Key("lines", "Its text.", List(Object("line", "One line.", Key("text", "The text.", Text(), func(l *line) *string { return &l.Text }).Required())), func(l *letter) *[]line { return &l.Lines }),
	Key("table", "Words by word.", Table("a", "Words by word.", CheckWord, Text()), func(l *letter) *[]Row[string] { return &l.Table }),
	Key("limit", "At most.", Or("none", "No limit.", Integer[int64](1, 9)), func(l *letter) **int64 { return &l.Limit }),
)

func parse(text string) (letter, error) {
	l, f := Read("l.yaml", []byte(text), letterForm)
	return l, f.Err()
}

func TestRead(t *testing.T) {
	got, err := parse(`name: first
kind: bill
copies: 7
sent: true
on: 2026-03-02T12:00-08:00
day: 2026-03-02
over: 2026-01-01..
within: 10 business_days
zone: America/New_York
at: end_of_day
price: 12.5 USD
rate: 0.000000001 USD
tags: [red, blue]
lines:
  - text: "one: two"
  - {text: three}
table: {b: second, a: first}
limit: none
`)
	if err != nil {
		t.Fatal(err)
	}
	from, err := calendar.Parse("2026-01-01")
	if err != nil {
		t.Fatal(err)
	}
	on, err := calendar.Parse("2026-03-02T20:00Z")
	if err != nil {
		t.Fatal(err)
	}
	want := letter{
		Name: "first", Kind: "bill", Copies: 7, Sent: true, On: on, Day: calendar.Date{Year: 2026, Month: 3, Day: 2}, Over: calendar.Span{From: from},
		Within: calendar.Length{N: 10, Unit: calendar.BusinessDays}, Zone: "America/New_York", At: calendar.EndOfDay,
		Price: money.Micros(12_500_000, "USD"), Rate: money.Nanos(1, "USD"), Tags: []string{"red", "blue"},
		Lines: []line{{"one: two"}, {"three"}}, Table: []Row[string]{{"b", "second"}, {"a", "first"}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(money.Amount{}, money.Rate{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What is sound in a broken file is still read, and columns count characters.
func TestProblemsAtTheirPlace(t *testing.T) {
	got, err := parse("name: First\nkind: bil\nlines:\n  - {text: é, tekst: x}\n  - {}\n'über 1': 2\ncopies: 5\n")
	want := `l.yaml:1:7: name: "First": an id is lower-case letters, digits, '-' and '.', beginning with a letter or digit; did you mean first?
l.yaml:2:7: kind: unknown word "bil"; did you mean bill?
l.yaml:4:15: lines[0].tekst: unknown key "tekst"; use text
l.yaml:5:5: lines[1].text: the key is missing; add text: (the text)
l.yaml:6:1: ["über 1"]: unknown key "über 1"; use name, kind, copies, sent, on, day, over, within, zone, at, price, rate, tags, lines, table or limit`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	if got.Copies != 5 {
		t.Errorf("copies %d", got.Copies)
	}
}

// A path that has a problem is not judged again; an absent one is reported at what would hold it.
func TestReport(t *testing.T) {
	_, f := Read("l.yaml", []byte("name: First\nlines:\n  - text: x\n"), letterForm)
	f.Report("name", "is known", "")
	f.Report("lines[0].size", "is wanted", "add it")
	f.Report("table.x", "is wanted", "")
	f.Report("", "the whole is wrong", "")
	if !f.Has("lines[0].text") || f.Has("lines[1]") || !f.Broken("name") || f.Broken("lines") {
		t.Error("the file does not know what it holds")
	}
	var lines []string
	var problems Problems
	if !errors.As(f.Err(), &problems) {
		t.Fatal(f.Err())
	}
	for _, p := range problems {
		lines = append(lines, fmt.Sprintf("%d:%d %s", p.Line, p.Column, p.Path))
	}
	want := []string{"1:1 ", "1:1 table.x", "1:7 name", "3:5 lines[0].size"}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Nesting is refused as soon as it is too deep, in every style, without using the stack or the clock.
func TestNesting(t *testing.T) {
	block := &strings.Builder{}
	for i := range 1000 {
		block.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	for name, text := range map[string]string{
		"flow lists":         strings.Repeat("[", 10_000),
		"closed flow lists":  strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000),
		"flow mappings":      strings.Repeat("{a: ", 10_000),
		"block lists":        strings.Repeat("- ", 10_000) + "x",
		"block mappings":     block.String(),
		"lists in mappings":  "name: x\nlines: " + strings.Repeat("[", 10_000),
		"half block":         strings.Repeat("- ", 20) + strings.Repeat("[", 20) + strings.Repeat("]", 20),
		"a mebibyte of them": strings.Repeat("[", MaxSize),
		"complex keys":       strings.Repeat("? ", 10_000) + "x",
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := parse(text)
			if err == nil || !strings.Contains(err.Error(), "more than 32 levels of nesting") {
				t.Errorf("%v", err)
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
	if _, err := parse("name: x\ntags: " + strings.Repeat("[", 30) + strings.Repeat("]", 30) + "\n"); err == nil || strings.Contains(err.Error(), "nesting") {
		t.Errorf("32 levels are allowed: %v", err)
	}
}

// endless is a file of 100 MB that fails the test when more of it is read than needed.
type endless struct {
	size int64
	read int64
}

func (e *endless) Stat() (fs.FileInfo, error) { return info{size: e.size}, nil }

func (e *endless) Read(p []byte) (int, error) {
	e.read += int64(len(p))
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

type info struct {
	fs.FileInfo
	size int64
}

func (i info) Size() int64 { return i.size }

func TestSize(t *testing.T) {
	e := &endless{size: 100 << 20}
	_, err := ReadAll("big.yaml", e)
	want := "big.yaml:1:1: the file has 104857600 bytes; at most 1048576 (1 MiB) are read; is this the file that you meant?"
	if err == nil || err.Error() != want || e.read != 0 {
		t.Errorf("%v, read %d bytes", err, e.read)
	}
	// A stream that cannot tell its size is read no further than the limit.
	_, err = ReadAll("-", struct{ io.Reader }{e})
	if err == nil || !strings.Contains(err.Error(), "more than 1048576 bytes") || e.read > 2*MaxSize {
		t.Errorf("%v, read %d bytes", err, e.read)
	}
	// A real file of 100 MB, sparse.
	file := filepath.Join(t.TempDir(), "big.yaml")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(100 << 20); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadAll("big.yaml", f); err == nil || err.Error() != want {
		t.Error(err)
	}
	// Data that is in memory already is not parsed.
	if _, err := parse(strings.Repeat("# x\n", MaxSize)); err == nil || !strings.Contains(err.Error(), "the file has 4194304 bytes") {
		t.Error(err)
	}
	if data, err := ReadAll("small.yaml", strings.NewReader("name: x\n")); err != nil || string(data) != "name: x\n" {
		t.Errorf("%q, %v", data, err)
	}
}

// A file of the greatest size with nothing but problems is still refused in reasonable time and in few lines.
func TestManyProblems(t *testing.T) {
	start := time.Now()
	_, err := parse("tags: [" + strings.Repeat("x y, ", MaxSize/5-10) + "]\n")
	if err == nil {
		t.Fatal("read")
	}
	if lines := strings.Count(err.Error(), "\n") + 1; lines != shown+1 {
		t.Errorf("%d lines", lines)
	}
	var problems Problems
	if !errors.As(err, &problems) || len(problems) < MaxSize/5-10 {
		t.Errorf("%d problems", len(problems))
	}
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("took %s", took)
	}
}

func TestSuggest(t *testing.T) {
	known := []string{"window", "silence", "price_tolerance", "own_build", "at"}
	for word, want := range map[string]string{
		"windw": "window", "Window": "window", "widnow": "window", "silense": "silence", "own-build": "own_build", "build": "own_build",
		"tollerance": "price_tolerance", "att": "at", "zzz": "", "": "", strings.Repeat("window", 20): "",
	} {
		if got := Suggest(word, known); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"kitten", "sitting", 3}, {"ab", "ba", 1}, {"notice", "notcie", 1}, {"é", "e", 1}} {
		if got := distance(c.a, c.b); got != c.want || distance(c.b, c.a) != c.want {
			t.Errorf("%q %q: %d and %d, want %d", c.a, c.b, got, distance(c.b, c.a), c.want)
		}
	}
}

// The schema has the keys in the order of the form, closes objects, and refers to named ones.
func TestDocument(t *testing.T) {
	got, err := Document("urn:x", "Letter", letterForm.Schema())
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Properties           map[string]json.RawMessage
		Required             []string
		AdditionalProperties *bool
		Defs                 map[string]json.RawMessage `json:"$defs"`
	}
	if err := json.Unmarshal(got, &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Properties) != 16 || !slices.Equal(doc.Required, []string{"name"}) || doc.AdditionalProperties == nil || *doc.AdditionalProperties || len(doc.Defs) != 1 {
		t.Errorf("%d properties, required %v, closed %v, %d definitions", len(doc.Properties), doc.Required, doc.AdditionalProperties, len(doc.Defs))
	}
	if name, zone := strings.Index(string(got), `"name"`), strings.Index(string(got), `"zone"`); name > zone {
		t.Error("keys are not in the order of the form")
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"name: x\n", "name: &a x\nkind: *a\n", "? [a]\n: b\n", "a: |\n  \tx\n", "{a: [b, {c: d}]}", "name: x\n---\n", "\ufeffname: x", "<<: {a: b}", "name: !!str x", "a: \"\\u202e\"", "%YAML 1.1\n---\nname: x\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, err := parse(text)
		if err == nil {
			return
		}
		var problems Problems
		if !errors.As(err, &problems) || len(problems) == 0 {
			t.Fatalf("%T: %v", err, err)
		}
		lines := strings.Count(text, "\n") + strings.Count(text, "\r") + strings.Count(text, "\u0085") + strings.Count(text, "\u2028") + strings.Count(text, "\u2029") + 2
		for _, p := range problems {
			if p.Line < 1 || p.Line > lines || p.Column < 1 || p.Message == "" || p.File != "l.yaml" {
				t.Fatalf("a problem without its place: %+v", p)
			}
		}
	})
}
