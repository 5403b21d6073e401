package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// Whether texts of a body may hold line ends and tabs: a file may, what is shown on one line may not.
const (
	noControls    = false
	textsMayBreak = true
)

// checkJSON walks over a body before anything is built from it: it is one value, not deeper than maxDepth, no key stands twice in one
// object, and no text has control characters, which could pass for something else on a terminal.
func checkJSON(body []byte, breaks bool) error {
	if !json.Valid(body) {
		var v json.RawMessage
		return fmt.Errorf("the body is not JSON: %w", json.Unmarshal(body, &v)) // which says where
	}
	w := walk{breaks: breaks}
	for at := 0; at < len(body); at++ {
		var err error
		switch c := body[at]; c {
		case '{', '[':
			err = w.open(c == '{')
		case '}', ']':
			w.close()
		case ',':
			w.isKey = w.inside[len(w.inside)-1].object
		case ':':
			w.isKey = false
		case '"':
			end := textEnd(body, at)
			err = w.text(body[at:end])
			at = end - 1
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// walk is where a check has come to in a body that is JSON.
type walk struct {
	breaks bool
	isKey  bool     // the next text is the key of an object
	inside []nested // what is open
	keys   [][]byte // of the objects that are open, one behind the other
}

// nested is an object or a list that is open.
type nested struct {
	object bool
	first  int             // of its keys
	many   map[string]bool // its keys, where they are more than few
}

// few is up to how many keys are compared one with the other.
const few = 16

func (w *walk) open(object bool) error {
	w.inside, w.isKey = append(w.inside, nested{object: object, first: len(w.keys)}), object
	if len(w.inside) > maxDepth {
		return fmt.Errorf("the body nests deeper than %d levels", maxDepth)
	}
	return nil
}

func (w *walk) close() {
	last := len(w.inside) - 1
	w.keys, w.inside, w.isKey = w.keys[:w.inside[last].first], w.inside[:last], false
}

// textEnd is where the text ends that begins at a quotation mark.
func textEnd(body []byte, at int) int {
	for at++; body[at] != '"'; at++ {
		if body[at] == '\\' {
			at++
		}
	}
	return at + 1
}

// text checks a text with its quotation marks, and keeps it where it is a key.
func (w *walk) text(quoted []byte) error {
	text := quoted[1 : len(quoted)-1]
	if !plain(text) {
		var s string
		if err := json.Unmarshal(quoted, &s); err != nil {
			return err
		}
		if err := checkText(s, w.breaks); err != nil {
			return err
		}
		text = []byte(s)
	}
	if !w.isKey {
		return nil
	}
	in := &w.inside[len(w.inside)-1]
	if in.has(w.keys, text) {
		return fmt.Errorf("the key %q stands twice in one object", text)
	}
	if w.keys = append(w.keys, text); in.many != nil {
		in.many[string(text)] = true
	} else if own := w.keys[in.first:]; len(own) > few {
		in.many = map[string]bool{}
		for _, k := range own {
			in.many[string(k)] = true
		}
	}
	return nil
}

// has reports whether an object has a key; keys are those of all that is open.
func (n *nested) has(keys [][]byte, key []byte) bool {
	if n.many != nil {
		return n.many[string(key)]
	}
	for _, k := range keys[n.first:] {
		if bytes.Equal(k, key) {
			return true
		}
	}
	return false
}

// plain reports whether a text is of visible ASCII and spaces, without an escape: most texts are, and hold nothing to look at.
func plain(text []byte) bool {
	for _, c := range text {
		if c < ' ' || c == '\\' || c >= 0x7f {
			return false
		}
	}
	return true
}

func checkText(s string, breaks bool) error {
	for _, r := range s {
		if breaks && (r == '\n' || r == '\r' || r == '\t') {
			continue
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == utf8.RuneError {
			return fmt.Errorf("a text holds the character U+%04X, which cannot be shown as it is", r)
		}
	}
	return nil
}
