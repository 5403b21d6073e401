package scenario

import (
	"fmt"
	"slices"
	"strings"
)

// Difference is one answer that is not the one in the file.
type Difference struct {
	File      string
	Line      int // of the command
	Command   string
	Want, Got []string
}

// String writes the place, the command, and both answers line by line: "- " is in the file only, "+ " in the run only.
func (d Difference) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d: %s\n", d.File, d.Line, d.Command)
	for _, line := range merge(d.Want, d.Got) {
		b.WriteString(line + "\n")
	}
	return b.String()
}

// Check compares a transcript with the answers in the file; none different means that the scenario holds.
func Check(f *File, t Transcript) []Difference {
	var out []Difference
	for i := range f.Steps {
		s := &f.Steps[i]
		var got []string
		if i < len(t.Answers) {
			got = t.Answers[i]
		}
		if !slices.Equal(s.Want, got) {
			out = append(out, Difference{f.Name, s.Line, s.Command, s.Want, got})
		}
	}
	return out
}

// merge lines two answers up: common lines once, the others marked with the side that has them.
func merge(want, got []string) []string {
	// longest[i][j] is the length of the longest common sequence of want[i:] and got[j:].
	longest := make([][]int, len(want)+1)
	for i := range longest {
		longest[i] = make([]int, len(got)+1)
	}
	for i := len(want) - 1; i >= 0; i-- {
		for j := len(got) - 1; j >= 0; j-- {
			longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			if want[i] == got[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			}
		}
	}
	var out []string
	i, j := 0, 0
	for i < len(want) || j < len(got) {
		switch {
		case i < len(want) && j < len(got) && want[i] == got[j]:
			out = append(out, "  "+want[i])
			i, j = i+1, j+1
		case i < len(want) && (j == len(got) || longest[i+1][j] >= longest[i][j+1]):
			out = append(out, "- "+want[i])
			i++
		default:
			out = append(out, "+ "+got[j])
			j++
		}
	}
	return out
}

// Rewrite returns the file with the answers of a run in place of its own. Everything else stays as it is.
func Rewrite(f *File, t Transcript) []byte {
	var b strings.Builder
	at := 0
	put := func(lines []string) {
		for _, line := range lines {
			b.WriteString(line + "\n")
		}
	}
	for i := range f.Steps {
		s := &f.Steps[i]
		put(f.lines[at:s.end])
		b.WriteString(separator + "\n")
		answer := s.Want
		if i < len(t.Answers) {
			answer = t.Answers[i]
		}
		put(answer)
		at = s.to
		if at < len(f.lines) && strings.TrimSpace(f.lines[at]) != "" {
			b.WriteString("\n") // a file written without answers gets the empty lines that end them
		}
	}
	put(f.lines[at:])
	return []byte(b.String())
}

// Text returns the transcript as text: each command with its answer.
func (t Transcript) Text(f *File) string {
	var b strings.Builder
	for i, answer := range t.Answers {
		fmt.Fprintf(&b, "%s\n%s\n", f.Steps[i].Command, separator)
		for _, line := range answer {
			b.WriteString(line + "\n")
		}
		if i+1 < len(t.Answers) {
			b.WriteString("\n")
		}
	}
	return b.String()
}
