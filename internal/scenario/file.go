package scenario

import (
	"fmt"
	"strings"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/strict"
	"firstlook/party"
)

// separator stands between a command and its answer.
const separator = "----"

// File is a parsed scenario.
type File struct {
	Name  string // as given to Parse; paths in the file are relative to its folder
	Title string // the first line of prose
	Steps []Step

	lines []string // of the file, as read
	law   []directive
}

// Step is one command with the answer that the file expects.
type Step struct {
	Line    int // of the command, from 1
	Command string
	Want    []string
	At      calendar.Instant

	by       party.ID
	person   string
	need     capacity.NeedID // whose record it concerns; empty for all
	act      action
	end      int  // index of the first line behind the command
	from, to int  // indices of the answer's lines
	answered bool // the separator stands
}

// directive is one line about what binds the buyer.
type directive struct {
	line     int
	word     string // agreement, providers, provider, fact
	path     string
	inline   []byte // of an agreement that is written out, padded so that its lines are those of the file
	provider agreement.Provider
	fact     agreement.Fact
}

// reader walks over the lines of a file.
type reader struct {
	file     *File
	at       int // index of the next line
	need     capacity.NeedID
	known    []capacity.NeedID
	last     calendar.Instant
	problems strict.Problems
}

// maxSize bounds a scenario, as strict bounds the other files.
const maxSize = strict.MaxSize

// Parse reads a scenario. The error is [strict.Problems]: everything that is wrong, with file and line and a next step.
func Parse(name string, data []byte) (*File, error) {
	f := &File{Name: name}
	if len(data) > maxSize {
		return nil, strict.Problems{{File: name, Line: 1, Column: 1, Message: fmt.Sprintf("the file has %d bytes", len(data)), Hint: "at most 1 MiB is read"}}
	}
	f.lines = strings.Split(strings.TrimSuffix(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n"), "\n")
	r := &reader{file: f}
	for r.at < len(f.lines) {
		r.next()
	}
	if len(f.Steps) == 0 {
		r.problem(len(f.lines), "the file has no command", "add a line such as 2026-03-02T12:00Z acme submit n1: 64 H100 ...")
	}
	if len(r.problems) > 0 {
		r.problems.Sort()
		return nil, r.problems
	}
	return f, nil
}

func (r *reader) problem(line int, message, hint string) {
	r.problems = append(r.problems, strict.Problem{File: r.file.Name, Line: line, Column: 1, Message: message, Hint: hint})
}

// next reads one element: prose, an empty line, a directive, or a command with its answer.
func (r *reader) next() {
	line := r.file.lines[r.at]
	number := r.at + 1
	switch {
	case bad(line):
		r.problem(number, "the line holds a control character or is not UTF-8", "remove it, or save the file as UTF-8")
		r.at++
	case strings.TrimSpace(line) == "":
		r.at++
	case strings.HasPrefix(line, "#"):
		if text := strings.TrimSpace(strings.TrimLeft(line, "#")); r.file.Title == "" {
			r.file.Title = text
		}
		r.at++
	case line == separator:
		r.problem(number, "an answer stands without a command", "put the command on the line above "+separator)
		r.skipAnswer()
	case line[0] == ' ' || line[0] == '\t':
		r.problem(number, "the line is indented, but nothing above it goes on", "begin it at the left, or put # before prose")
		r.at++
	case line[0] >= '0' && line[0] <= '9':
		r.step()
	default:
		r.directive()
	}
}

// bad reports what no line of text holds.
func bad(line string) bool {
	for i, c := range line {
		if c < ' ' && c != '\t' || c == 0x7f || c == '\uFFFD' && !strings.HasPrefix(line[i:], "\uFFFD") {
			return true
		}
	}
	return false
}

// step reads a command with its answer.
func (r *reader) step() {
	s := Step{Line: r.at + 1, Command: r.file.lines[r.at]}
	r.at++
	for ; r.at < len(r.file.lines) && continues(r.file.lines[r.at]); r.at++ {
		s.Command += " " + strings.TrimSpace(r.file.lines[r.at])
	}
	s.end, s.from, s.to = r.at, r.at, r.at
	if r.at < len(r.file.lines) && r.file.lines[r.at] == separator {
		s.from = r.at + 1
		s.to = r.skipAnswer()
		s.Want = r.file.lines[s.from:s.to]
		s.answered = true
	}
	if err := r.command(&s); err != nil {
		r.problems = append(r.problems, asProblem(r.file.Name, s.Line, err))
		return
	}
	r.file.Steps = append(r.file.Steps, s)
}

func continues(line string) bool {
	return line != "" && (line[0] == ' ' || line[0] == '\t') && strings.TrimSpace(line) != ""
}

// skipAnswer passes the separator and the answer behind it, and returns the index of the line after the answer.
func (r *reader) skipAnswer() int {
	for r.at++; r.at < len(r.file.lines); r.at++ {
		line := r.file.lines[r.at]
		if strings.TrimSpace(line) == "" {
			break
		}
		if bad(line) {
			r.problem(r.at+1, "the line holds a control character or is not UTF-8", "remove it, or save the file as UTF-8")
		}
		if word, _, _ := strings.Cut(line, " "); line == separator || instantLike(word) {
			r.problem(r.at+1, "a command stands in the answer of another", "put an empty line before it")
		}
	}
	return r.at
}

func instantLike(word string) bool {
	_, err := calendar.Parse(word)
	return err == nil
}

// fault is an error with a next step.
type fault struct{ message, hint string }

func (f fault) Error() string { return f.message + "; " + f.hint }

func wrong(hint, format string, args ...any) error { return fault{fmt.Sprintf(format, args...), hint} }

func asProblem(file string, line int, err error) strict.Problem {
	p := strict.Problem{File: file, Line: line, Column: 1, Message: err.Error()}
	if f, ok := err.(fault); ok {
		p.Message, p.Hint = f.message, f.hint
	}
	return p
}

var directiveWords = []string{"agreement", "providers", "provider", "fact"}

// directive reads one line about what binds the buyer.
func (r *reader) directive() {
	number := r.at + 1
	word, rest, _ := strings.Cut(r.file.lines[r.at], " ")
	d := directive{line: number, word: word, path: strings.TrimSpace(rest)}
	r.at++
	if len(r.file.Steps) > 0 {
		r.problem(number, fmt.Sprintf("%q stands behind the first command", word), "commands begin with a time; directives stand before them, prose begins with #")
		return
	}
	var err error
	switch {
	case word == "agreement" && d.path == "":
		d.inline, err = r.inline(number)
	case word == "agreement", word == "providers":
		if d.path == "" || strings.ContainsAny(d.path, " \t") {
			err = wrong("write "+word+" agreements/FILE.yaml", "%s names no file", word)
		}
	case word == "provider":
		d.provider, err = provider(d.path)
	case word == "fact":
		d.fact, err = fact(d.path)
	default:
		err = wrong(meant(word, directiveWords, "commands begin with a time, prose with #"), "%q is not a directive", word)
	}
	if err != nil {
		r.problems = append(r.problems, asProblem(r.file.Name, number, err))
		return
	}
	r.file.law = append(r.file.law, d)
}

// inline collects an agreement that is written out. Its text keeps its lines and columns, so that what is wrong in it
// is reported where it stands.
func (r *reader) inline(number int) ([]byte, error) {
	begin := r.at
	end := begin
	for ; r.at < len(r.file.lines); r.at++ {
		line := r.file.lines[r.at]
		if strings.TrimSpace(line) == "" {
			continue
		}
		if !continues(line) {
			break
		}
		end = r.at + 1
	}
	if end == begin {
		return nil, wrong("name a file, or write the agreement below, indented by two spaces", "agreement names no file and nothing indented follows")
	}
	r.at = end
	return []byte(strings.Repeat("\n", number) + strings.Join(r.file.lines[begin:end], "\n") + "\n"), nil
}

// provider reads "ID cloud C,C country CC,CC secure S,S sourcing own_build".
func provider(text string) (agreement.Provider, error) {
	const form = "write provider contoso cloud contoso country GB,IE"
	words := strings.Fields(text)
	if len(words)%2 == 0 {
		return agreement.Provider{}, wrong(form, "a provider has an id, then pairs of a word and its values")
	}
	if err := party.Check(words[0]); err != nil {
		return agreement.Provider{}, wrong(form, "provider %v", err)
	}
	p := agreement.Provider{ID: party.ID(words[0]), Name: words[0]}
	for i := 1; i < len(words); i += 2 {
		values := strings.Split(words[i+1], ",")
		for _, v := range values {
			switch words[i] {
			case "cloud":
				p.Clouds = append(p.Clouds, capacity.Cloud(v))
			case "country":
				p.Countries = append(p.Countries, capacity.Country(v))
			case "secure":
				p.Security = append(p.Security, v)
			case "sourcing":
				p.Sourcings = append(p.Sourcings, capacity.Sourcing(v))
			default:
				return p, wrong(meant(words[i], []string{"cloud", "country", "secure", "sourcing"}, form), "%q is not a word of a provider", words[i])
			}
		}
	}
	return p, nil
}

// fact reads "TRIGGER of AGREEMENT at TIME by PARTY/PERSON because "REASON"".
func fact(text string) (agreement.Fact, error) {
	const form = `write fact TRIGGER of AGREEMENT at 2026-01-01 by PARTY/PERSON because "..."`
	head, reason, err := because(text)
	if err != nil {
		return agreement.Fact{}, err
	}
	w := strings.Fields(head)
	if len(w) != 7 || w[1] != "of" || w[3] != "at" || w[5] != "by" || reason == "" {
		return agreement.Fact{}, wrong(form, "the fact does not read")
	}
	at, err := calendar.Parse(w[4])
	if err != nil {
		return agreement.Fact{}, wrong(form, "%v", err)
	}
	by, person, _ := strings.Cut(w[6], "/")
	return agreement.Fact{Agreement: agreement.ID(w[2]), Trigger: agreement.TriggerID(w[0]), At: at, By: party.ID(by), Person: person, Reason: reason}, nil
}

// meant is the hint for a word that is not known: the nearest known one, or what else to do.
func meant(word string, known []string, otherwise string) string {
	if near := strict.Suggest(word, known); near != "" {
		return "did you mean " + near + "?"
	}
	return otherwise
}
