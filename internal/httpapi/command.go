package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"unicode"

	"firstlook/capacity"
	"firstlook/party"
	"firstlook/right"
)

const (
	maxBody  = 1 << 20 // of a command, in bytes
	maxDepth = 32      // of its JSON
	maxKey   = 200     // of an idempotency key, in characters
)

// idempotencyKey reads the header; empty where there is none.
func idempotencyKey(r *http.Request) (string, error) {
	key := r.Header.Get("Idempotency-Key")
	if len(key) > maxKey {
		return "", fmt.Errorf("the Idempotency-Key has %d characters, at most %d are taken", len(key), maxKey)
	}
	for _, c := range key {
		if c < '!' || c > '~' {
			return "", errors.New("the Idempotency-Key has a character that is not a visible one of ASCII")
		}
	}
	return key, nil
}

// readCommand reads the body of a request. What it lets pass is a command that the law can decide; whether it may be done
// is for the law to say.
func readCommand(w http.ResponseWriter, r *http.Request, id capacity.NeedID) (right.Command, error) {
	var c right.Command
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return c, err
	}
	if err := checkJSON(body); err != nil {
		return c, err
	}
	if err := json.Unmarshal(body, &c); err != nil {
		return c, err
	}
	if err := party.Check(string(c.By)); err != nil {
		return c, fmt.Errorf("by: %w", err)
	}
	return c, checkAsk(id, c.Ask)
}

// checkAsk checks the ids by which a command names what it makes.
func checkAsk(id capacity.NeedID, ask right.Ask) error {
	switch ask := ask.(type) {
	case right.Submit:
		if ask.Need.ID != id {
			return fmt.Errorf("the command submits need %q, the path names %s", ask.Need.ID, id)
		}
		for _, country := range ask.Need.Lines {
			if country.Quantity < 0 || country.Least < 0 {
				return errors.New("a quantity is negative")
			}
		}
		return party.Check(string(ask.Need.Buyer))
	case right.SubmitOffer:
		if err := party.Check(string(ask.Offer.ID)); err != nil {
			return fmt.Errorf("offer: %w", err)
		}
		if ask.Offer.Package != "" {
			if err := party.Check(ask.Offer.Package); err != nil {
				return fmt.Errorf("package: %w", err)
			}
		}
		if ask.Offer.Salt == "" {
			return errors.New("offer: it has no salt; add a random one, which keeps its price from being found by trying")
		}
		return party.Check(string(ask.Offer.Provider))
	case right.Assign:
		if err := party.Check(string(ask.To)); err != nil {
			return fmt.Errorf("to: %w", err)
		}
	}
	return nil
}

// checkJSON walks over the tokens of a body before anything is built from it: it is one value, not deeper than maxDepth, no
// key stands twice in one object, and no text has control characters, which could pass for something else on a terminal.
func checkJSON(body []byte) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var open []map[string]bool // the keys of each open object; nil for a list
	isKey := false
	for {
		t, err := d.Token()
		if err == io.EOF && len(open) == 0 && d.InputOffset() > 0 {
			return nil
		}
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return fmt.Errorf("the body is not JSON: %w", err)
		}
		inObject := len(open) > 0 && open[len(open)-1] != nil
		isKey = inObject && !isKey
		switch t := t.(type) {
		case json.Delim:
			switch t {
			case '{':
				open, isKey = append(open, map[string]bool{}), false
			case '[':
				open, isKey = append(open, nil), false
			default:
				open, isKey = open[:len(open)-1], false
			}
			if len(open) > maxDepth {
				return fmt.Errorf("the body nests deeper than %d levels", maxDepth)
			}
		case string:
			if err := checkText(t); err != nil {
				return err
			}
			if isKey && open[len(open)-1][t] {
				return fmt.Errorf("the key %q stands twice in one object", t)
			}
			if isKey {
				open[len(open)-1][t] = true
			}
		}
	}
}

func checkText(s string) error {
	for _, r := range s {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == unicode.ReplacementChar {
			return fmt.Errorf("a text holds the character U+%04X, which cannot be shown as it is", r)
		}
	}
	return nil
}
