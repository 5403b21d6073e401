package pricebook

import (
	"fmt"
	"strings"
)

// MaxProblems is how many problems of a file are listed; more are only counted.
const MaxProblems = 50

// Problem is one thing that is wrong with a file.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`   // from 1; 0 for the file as a whole
	Column  string `json:"column,omitempty"` // the name in the header
	Message string `json:"message"`
	Hint    string `json:"hint"` // the next step
}

// Problems is everything that is wrong with a file. It is an error; the file changed nothing.
type Problems struct {
	List  []Problem `json:"problems"`
	Total int       `json:"total"`
}

// Error writes one problem a line: FILE:LINE: COLUMN: MESSAGE; HINT.
func (p *Problems) Error() string {
	var b strings.Builder
	for i, x := range p.List {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(x.File)
		if x.Line > 0 {
			fmt.Fprintf(&b, ":%d", x.Line)
		}
		if x.Column != "" {
			fmt.Fprintf(&b, ": %s", x.Column)
		}
		fmt.Fprintf(&b, ": %s; %s", x.Message, x.Hint)
	}
	if more := p.Total - len(p.List); more > 0 {
		fmt.Fprintf(&b, "\n%s: and %d more problems", p.List[0].File, more)
	}
	return b.String()
}

// sheet is a CSV file that is being read, with the problems found so far.
type sheet struct {
	file     string
	problems Problems
}

func (s *sheet) problem(line int, column, message, hint string) {
	s.problems.Total++
	if len(s.problems.List) < MaxProblems {
		s.problems.List = append(s.problems.List, Problem{s.file, line, column, message, hint})
	}
}

// err returns the problems as an error, or nil.
func (s *sheet) err() error {
	if s.problems.Total == 0 {
		return nil
	}
	return &s.problems
}
