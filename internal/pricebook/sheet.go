package pricebook

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// record is one line of data with the header to find its fields by.
type record struct {
	sheet  *sheet
	line   int
	header map[string]int
	fields []string
}

// get returns a field as one line of plain text without surrounding spaces; empty where the file has no such column.
func (r *record) get(column string) string {
	i, ok := r.header[column]
	if !ok {
		return ""
	}
	return plain(r.fields[i])
}

// plain turns control characters into spaces: what a catalog prints is shown in terminals and written into books.
func plain(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s))
}

func (r *record) problem(column, message, hint string) {
	r.sheet.problem(r.line, column, message, hint)
}

// readable reports whether the bytes can be a CSV file at all, and strips a byte order mark.
func (s *sheet) readable(data []byte) ([]byte, bool) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if i := bytes.IndexByte(data, 0); i >= 0 {
		s.problem(1+bytes.Count(data[:i], []byte("\n")), "", "holds a NUL byte, so it is not a text file",
			"export the catalog as CSV in UTF-8")
		return nil, false
	}
	if !utf8.Valid(data) {
		line := 1
		for rest := data; ; line++ {
			first, after, found := bytes.Cut(rest, []byte("\n"))
			if !utf8.Valid(first) || !found {
				break
			}
			rest = after
		}
		s.problem(line, "", "is not in UTF-8", "export the catalog as CSV in UTF-8")
		return nil, false
	}
	return data, true
}

// read calls each for every line of data, with the header of the file. A
// line that the CSV reader cannot take apart, or with another number of fields, is a problem and is left out.
func (s *sheet) read(r *csv.Reader, header []string, each func(*record)) {
	columns := make(map[string]int, len(header))
	for i, name := range header {
		name = strings.TrimSpace(name)
		if _, twice := columns[name]; twice {
			s.problem(1, name, "stands in the header twice", "remove or rename one of the columns")
		}
		columns[name] = i
	}
	for {
		fields, err := r.Read()
		if err == io.EOF {
			return
		}
		if err != nil {
			var parse *csv.ParseError
			if !errors.As(err, &parse) {
				s.problem(0, "", err.Error(), "check that the file can be read")
				return
			}
			s.problem(parse.StartLine, "", "is not CSV: "+parse.Err.Error(), "put fields with commas, quotes or line breaks in double quotes, and double the quotes inside")
			continue
		}
		line, _ := r.FieldPos(0)
		if len(fields) != len(header) {
			s.problem(line, "", fmt.Sprintf("has %d fields, the header has %d", len(fields), len(header)),
				"check for a comma that is not in quotes, or a line that was cut off")
			continue
		}
		each(&record{s, line, columns, fields})
	}
}

// missing returns the columns that a header lacks.
func missing(header []string, columns ...string) []string {
	var out []string
	for _, c := range columns {
		if !slices.ContainsFunc(header, func(h string) bool { return strings.TrimSpace(h) == c }) {
			out = append(out, c)
		}
	}
	return out
}

func newReader(data []byte) *csv.Reader {
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	return r
}
