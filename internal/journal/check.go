package journal

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	// MaxName bounds streams, keys, actors and kinds, in bytes.
	MaxName = 512
	// MaxBody bounds one body, in bytes.
	MaxBody = 16 << 20
)

// Check reports as a [*Malformed] why w cannot be recorded anywhere. Every store calls it first.
//
// A stream, a kind and a time are needed. Names are valid UTF-8 without NUL, at most [MaxName] bytes; a body has at
// most [MaxBody]. Instants are not negative.
func (w *Write) Check() error {
	for _, f := range []struct {
		name, value string
		needed      bool
	}{
		{"Stream", string(w.Stream), true},
		{"Key", w.Key, false},
		{"Actor", string(w.Actor), false},
		{"Kind", w.Kind, true},
	} {
		if err := checkName(f.name, f.value, f.needed); err != nil {
			return err
		}
	}
	switch {
	case w.Expect < 0:
		return &Malformed{"Expect", "it is negative"}
	case w.Recorded <= 0:
		return &Malformed{"Recorded", "it is not set"}
	case w.Due < 0:
		return &Malformed{"Due", "it lies before 1970"}
	case len(w.Body) > MaxBody:
		return &Malformed{"Body", fmt.Sprintf("%d bytes, at most %d", len(w.Body), MaxBody)}
	}
	return nil
}

func checkName(field, s string, needed bool) error {
	switch {
	case needed && s == "":
		return &Malformed{field, "it is empty"}
	case len(s) > MaxName:
		return &Malformed{field, fmt.Sprintf("%d bytes, at most %d", len(s), MaxName)}
	case !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0:
		return &Malformed{field, "it is not UTF-8 text without NUL"}
	}
	return nil
}

// CheckLimit reports as a [*Malformed] a limit below 1: no limit is never what a caller means.
func CheckLimit(field string, n int) error {
	if n < 1 {
		return &Malformed{field, "it is below 1"}
	}
	return nil
}
