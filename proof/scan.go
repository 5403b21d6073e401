package proof

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// The canonical JSON of a record has no spaces. What is sealed is cut out of its bytes and never written anew, so the
// scanner below finds values and leaves their meaning alone. What it cannot read has no parts.

// indexed is the path of an item.
func indexed(path []byte, at int) []byte { return strconv.AppendInt(append(path, '/'), int64(at), 10) }

// scanned marks the bytes at which the scanner stops inside an object or a list.
var scanned = [256]bool{'"': true, '{': true, '}': true, '[': true, ']': true}

// skip returns where the value that begins at i ends, -1 where none does.
func skip(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"':
		return skipText(b, i)
	case '{', '[':
		return skipGroup(b, i)
	}
	start := i
	for i < len(b) && b[i] != ',' && b[i] != '}' && b[i] != ']' && b[i] != ':' {
		i++
	}
	if i == start {
		return -1
	}
	return i
}

// scalar returns where the value that begins at i ends if it is a text, a number or a name; -1 where it is none.
func scalar(b []byte, i int) int {
	end := skip(b, i)
	if end > 0 && b[i] != '"' && bytes.ContainsAny(b[i:end], `"{[`) {
		return -1
	}
	return end
}

// anything returns where the value ends that begins at i, -1 where none does.
func anything(b []byte, i int) int {
	if i < len(b) && (b[i] == '{' || b[i] == '[') {
		return skipGroup(b, i)
	}
	return scalar(b, i)
}

func skipText(b []byte, i int) int {
	for i++; i < len(b); i++ {
		if b[i] == '"' {
			return i + 1
		}
		if b[i] == '\\' {
			i++
		}
	}
	return -1
}

func skipGroup(b []byte, i int) int {
	for depth := 0; i < len(b); i++ {
		c := b[i]
		if !scanned[c] {
			continue
		}
		switch c {
		case '"':
			for i++; i < len(b) && b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
		default:
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

// members walks the members of an object in order: name without its quotes, and the bytes of the value. False means that
// v is not an object, or that visit said false.
func members(v []byte, visit func(name, value []byte) bool) bool {
	if len(v) < 2 || v[0] != '{' || v[len(v)-1] != '}' {
		return false
	}
	for i := 1; i < len(v)-1; i++ {
		if v[i] != '"' {
			return false
		}
		colon := skipText(v, i)
		if colon < 0 || colon >= len(v) || v[colon] != ':' {
			return false
		}
		end := skip(v, colon+1)
		if end < 0 || end >= len(v) || !visit(v[i+1:colon-1], v[colon+1:end]) {
			return false
		}
		if i = end; i < len(v)-1 && (v[i] != ',' || i == len(v)-2) {
			return false // no comma, or one with nothing behind it
		}
	}
	return true
}

// items walks the items of a list in order.
func items(v []byte, visit func(at int, value []byte) bool) bool {
	if len(v) < 2 || v[0] != '[' || v[len(v)-1] != ']' {
		return false
	}
	n := 0
	for i := 1; i < len(v)-1; i++ {
		end := skip(v, i)
		if end < 0 || end >= len(v) || !visit(n, v[i:end]) {
			return false
		}
		n++
		if i = end; i < len(v)-1 && (v[i] != ',' || i == len(v)-2) {
			return false // no comma, or one with nothing behind it
		}
	}
	return true
}

// member returns the value of a member of an object, nil where there is none.
func member(v []byte, name string) []byte {
	var found []byte
	members(v, func(key, value []byte) bool {
		if string(key) == name {
			found = value
		}
		return true
	})
	return found
}

// appendText writes a JSON string; what needs an escape is left to encoding/json.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			var w bytes.Buffer
			e := json.NewEncoder(&w)
			e.SetEscapeHTML(false)
			_ = e.Encode(s) // a string always encodes
			return append(b, bytes.TrimSuffix(w.Bytes(), []byte{'\n'})...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}
