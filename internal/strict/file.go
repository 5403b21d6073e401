package strict

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
)

const (
	// MaxSize bounds a file, in bytes.
	MaxSize = 1 << 20
	// MaxDepth bounds how deep mappings and lists nest.
	MaxDepth = 32
)

// File is one parsed file and the problems found in it so far.
type File struct {
	name     string
	root     *yaml.Node
	places   map[string]place // by path; empty for input that has no lines
	problems Problems
	reported map[string]bool // paths that have a problem
}

type place struct {
	line, column int
	node         *yaml.Node
}

// ReadAll reads a file for [Read], and refuses one of more than [MaxSize] bytes without reading it: by its size where r
// can tell it, else after MaxSize bytes.
func ReadAll(name string, r io.Reader) ([]byte, error) {
	if s, ok := r.(interface{ Stat() (fs.FileInfo, error) }); ok {
		if info, err := s.Stat(); err == nil && info.Size() > MaxSize {
			return nil, tooLarge(name, fmt.Sprintf("the file has %d bytes", info.Size()))
		}
	}
	data, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if len(data) > MaxSize {
		return nil, tooLarge(name, fmt.Sprintf("the file has more than %d bytes", MaxSize))
	}
	return data, nil
}

func tooLarge(name, size string) Problems {
	return Problems{{File: name, Line: 1, Column: 1, Message: size,
		Hint: fmt.Sprintf("at most %d (1 MiB) are read; is this the file that you meant?", MaxSize)}}
}

// open checks the text and parses it; the file has problems where it cannot be read.
func open(name string, data []byte) *File {
	f := &File{name: name, places: map[string]place{}, reported: map[string]bool{}}
	if len(data) > MaxSize {
		f.problems = tooLarge(name, fmt.Sprintf("the file has %d bytes", len(data)))
		return f
	}
	if f.checkText(data); len(f.problems) > 0 {
		return f
	}
	f.parse(data)
	if f.root != nil {
		f.index(Value{f, f.root, ""}, 1)
	}
	return f
}

// checkText refuses what no text file should hold, before anything parses it.
func (f *File) checkText(data []byte) {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		f.add(1, 1, "", "the file is UTF-16", "save it as UTF-8")
		return
	}
	line, column := 1, 0
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		column++
		switch {
		case r == utf8.RuneError && n == 1:
			f.add(line, column, "", fmt.Sprintf("byte 0x%02x is not UTF-8", data[i]), "save the file as UTF-8")
			return
		case forbidden(r) && !(r == '\ufeff' && i == 0):
			f.add(line, column, "", "the file holds "+runeName(r), "remove it")
			return
		}
		if r == '\n' {
			line, column = line+1, 0
		}
		i += n
	}
}

// forbidden reports control characters, and the marks that make text display in another order than it has.
func forbidden(r rune) bool {
	switch {
	case r == '\n', r == '\r', r == '\t':
		return false
	case r < 0x20, r >= 0x7f && r < 0xa0, r == '\ufeff', r == '\u2028', r == '\u2029':
		return true
	}
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

func runeName(r rune) string {
	if r == 0 {
		return "a NUL byte"
	}
	return fmt.Sprintf("the control character U+%04X", r)
}

// depth stops the parser as soon as a file nests too deeply; it expands no alias, since none is read.
type depth struct{}

var errDepth = fmt.Errorf("more than %d levels of nesting", MaxDepth)

func (depth) CheckDepth(n int, _ *yaml.DepthContext) error {
	if n > MaxDepth {
		return errDepth
	}
	return nil
}

func (depth) CheckAlias(int, int) error { return nil }

func (f *File) parse(data []byte) {
	loader, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithPlugin(depth{}))
	if err != nil {
		f.add(1, 1, "", err.Error(), "")
		return
	}
	var doc, second yaml.Node
	if err := loader.Load(&doc); errors.Is(err, io.EOF) || err == nil && len(doc.Content) == 0 {
		f.add(1, 1, "", "the file is empty", "see examples/ for files to start from")
		return
	} else if err != nil {
		f.syntax(err, data)
		return
	}
	switch err := loader.Load(&second); {
	case err == nil:
		f.add(second.Line, max(second.Column, 1), "", "a second document begins here", "keep one document in a file")
	case !errors.Is(err, io.EOF):
		f.syntax(err, data)
	}
	f.root = doc.Content[0]
}

// syntax reports an error of the YAML parser in words for people who do not know YAML's own.
func (f *File) syntax(err error, data []byte) {
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		f.add(1, 1, "", err.Error(), "")
		return
	}
	line, column := max(load.Mark.Line, 1), max(load.Mark.Column, 1)
	message, hint := load.Message, ""
	switch {
	case strings.Contains(message, errDepth.Error()):
		message, hint = errDepth.Error(), "no file of Firstlook is this deep; is a bracket left open?"
	case tabbed(data, line):
		message, hint = "the line is indented with a tab", "indent with spaces"
		column = 1
	case strings.Contains(message, "mapping values are not allowed"):
		message, hint = "a second \": \" on the line, or a wrong indent", "put the text in quotes, or line the key up with its neighbours"
	case strings.Contains(message, "cannot start any token"):
		message, hint = "a value cannot begin with this character", "put the text in quotes"
	case strings.Contains(message, "end of stream"):
		hint = "close the quote or the bracket"
		if load.ContextMark.Line > 0 {
			line, column = load.ContextMark.Line, load.ContextMark.Column
			message = "what opens here is never closed"
		}
	case strings.Contains(message, "',' or"):
		line, column = max(load.ContextMark.Line, 1), max(load.ContextMark.Column, 1)
		message, hint = "the bracket that opens here is not closed, or a comma is missing in it", "close it with ] or }"
	case strings.Contains(message, "unknown anchor"):
		message, hint = "an alias", "write the value out; anchors and aliases are not read"
	default:
		hint = "the text is not YAML here; compare it with a file in examples/"
	}
	f.add(line, column, "", message, hint)
}

// tabbed reports whether a tab stands in the indentation of a line, counted from 1.
func tabbed(data []byte, line int) bool {
	for range line - 1 {
		_, data, _ = bytes.Cut(data, []byte("\n"))
	}
	text, _, _ := bytes.Cut(data, []byte("\n"))
	indent := text[:len(text)-len(bytes.TrimLeft(text, " \t"))]
	return bytes.IndexByte(indent, '\t') >= 0
}

// index notes the place of every value and refuses what the package comment refuses.
func (f *File) index(v Value, level int) {
	n := v.node
	if level > MaxDepth {
		f.add(n.Line, n.Column, v.path, errDepth.Error(), "")
		return
	}
	if _, ok := f.places[v.path]; !ok {
		f.places[v.path] = place{n.Line, n.Column, n}
	}
	switch {
	case n.Kind == yaml.AliasNode:
		f.reported[v.path] = true // with its anchor
		return
	case n.Anchor != "":
		v.Problem(fmt.Sprintf("an anchor (&%s)", n.Anchor), fmt.Sprintf("write the value out wherever *%s stands; anchors and aliases are not read", n.Anchor))
	case n.Style&yaml.TaggedStyle != 0:
		v.Problem(fmt.Sprintf("a tag (%s)", n.Tag), "remove it; tags are not read")
	}
	switch n.Kind {
	case yaml.ScalarNode:
		for _, r := range n.Value {
			if forbidden(r) {
				v.Problem("the text holds "+runeName(r), "remove the escape")
				break
			}
		}
	case yaml.SequenceNode:
		for i, item := range n.Content {
			f.index(Value{f, item, fmt.Sprintf("%s[%d]", v.path, i)}, level+1)
		}
	case yaml.MappingNode:
		f.indexKeys(v, level)
	}
}

func (f *File) indexKeys(v Value, level int) {
	first := map[string]int{}
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		key, value := v.node.Content[i], v.node.Content[i+1]
		at := Value{f, key, v.path}
		if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" || key.Anchor != "" || key.Style&yaml.TaggedStyle != 0 {
			at.Problem("a key that is not a plain word", "write keys as plain words; merge keys, anchors and tags are not read")
			continue
		}
		path := Path(v.path, key.Value)
		if line, ok := first[key.Value]; ok {
			f.add(key.Line, key.Column, path, "the key stands twice", fmt.Sprintf("remove one; the first is on line %d", line))
			continue
		}
		first[key.Value] = key.Line
		f.index(Value{f, value, path}, level+1)
	}
}

// Path appends a key to a path; a key that is not a plain word stands in quotes.
func Path(path, key string) string {
	for _, r := range key {
		if r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return path + "[" + quote(key) + "]"
		}
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

func (f *File) add(line, column int, path, message, hint string) {
	f.reported[path] = true
	f.problems = append(f.problems, Problem{f.name, line, column, path, message, hint})
}

// Report adds a problem at the value with the given path, or at the nearest value that holds it where the file lacks
// it. A path that has a problem already is left alone: what is known to be wrong is not judged further.
func (f *File) Report(path, message, hint string) {
	if path != "" && f.reported[path] {
		return
	}
	at := f.place(path)
	f.add(at.line, at.column, path, message, hint)
}

// Finding returns a problem at a path without adding it: for what a person should look at but may be right.
func (f *File) Finding(path, message, hint string) Problem {
	at := f.place(path)
	return Problem{f.name, at.line, at.column, path, message, hint}
}

func (f *File) place(path string) place {
	for {
		if p, ok := f.places[path]; ok {
			return p
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			return f.places[""]
		}
		path = path[:cut]
	}
}

// Has reports whether the file gives a value at a path.
func (f *File) Has(path string) bool {
	_, ok := f.places[path]
	return ok
}

// Text returns the scalar at a path as it is written.
func (f *File) Text(path string) (string, bool) {
	p, ok := f.places[path]
	if !ok || p.node.Kind != yaml.ScalarNode {
		return "", false
	}
	return p.node.Value, true
}

// Broken reports whether the value at a path could not be read.
func (f *File) Broken(path string) bool { return f.reported[path] }

// Parsed reports whether the file had a document to read at all.
func (f *File) Parsed() bool { return f.root != nil }

// Err returns all problems in the order of the file; nil where there are none.
func (f *File) Err() error {
	if len(f.problems) == 0 {
		return nil
	}
	f.problems.Sort()
	return f.problems
}
