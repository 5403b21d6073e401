package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"firstlook/agreement"
	"firstlook/capacity"
	"firstlook/internal/door"
	"firstlook/internal/strict"
	"firstlook/right"
)

// Problem is what the server refuses, as RFC 9457 writes it.
type Problem struct {
	Type     string          `json:"type"`
	Title    string          `json:"title"`
	Status   int             `json:"status"`
	Detail   string          `json:"detail"`
	Code     string          `json:"code"`     // of the law or of the door; stable
	Clause   string          `json:"clause"`   // that a refusal of the law rests on
	Remedy   string          `json:"remedy"`   // what to do about it
	Need     capacity.NeedID `json:"need"`     // of a key that was used
	Key      string          `json:"key"`      // of the request, that cannot be taken
	Problems strict.Problems `json:"problems"` // of a file
}

// Error says what is wrong, as the desk would.
func (p *Problem) Error() string {
	if err := p.Unwrap(); err != nil {
		return err.Error()
	}
	if p.Detail == "" {
		return p.Title
	}
	return p.Detail
}

// Unwrap returns the error that the desk would have given on the spot.
func (p *Problem) Unwrap() error {
	switch {
	case strings.HasPrefix(p.Type, "urn:firstlook:refusal:"):
		return &right.Refusal{Code: right.Code(p.Code), Detail: p.Detail, Clause: clauseOf(p.Clause)}
	case len(p.Problems) > 0:
		return p.Problems
	}
	switch p.Code {
	case "no-such-agreement":
		return &door.NoAgreement{ID: agreement.ID(p.Clause)}
	case "key-reused":
		return &door.KeyReused{Need: p.Need}
	case "key-used":
		return &door.KeyUsed{Need: p.Need}
	case "not-known-then":
		return &door.NotKnown{Next: p.Remedy, Detail: p.Detail}
	case "still-sealed":
		return &door.StillSealed{Detail: p.Detail}
	case "broken-record":
		return &door.BrokenRecord{Err: errors.New(p.Detail)}
	case "unfit":
		return &door.Unfit{Key: p.Key, Err: fmt.Errorf("%s%s", p.Detail, remedyOf(p.Remedy))}
	case "declined":
		return &door.Declined{Err: fmt.Errorf("%s", p.Detail)}
	}
	return nil
}

// remedyOf is a remedy as an error says it.
func remedyOf(remedy string) string {
	if remedy == "" {
		return ""
	}
	return "; " + remedy
}

// clauseOf reads agreement/clause@version; nil where the text is none.
func clauseOf(text string) *agreement.Ref {
	g, rest, ok := strings.Cut(text, "/")
	id, version, numbered := strings.Cut(rest, "@")
	n, err := strconv.Atoi(version)
	if !ok || !numbered || err != nil {
		return nil
	}
	return &agreement.Ref{Agreement: agreement.ID(g), Clause: agreement.ClauseID(id), Version: n}
}

// problemOf reads the answer of a server that refuses; what is no problem document tells its status.
func problemOf(resp *http.Response, body []byte) error {
	p := &Problem{}
	if json.Unmarshal(body, p) != nil || p.Title == "" {
		p = &Problem{Title: resp.Status, Detail: fmt.Sprintf("the server answers %s, and not as Firstlook does", resp.Status)}
	}
	p.Status = resp.StatusCode
	return p
}
