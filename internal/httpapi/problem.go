package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"firstlook/internal/journal"
	"firstlook/right"
)

// problem is a failure as RFC 9457 writes it.
type problem struct {
	Type   string     `json:"type"`
	Title  string     `json:"title"`
	Status int        `json:"status"`
	Detail string     `json:"detail,omitempty"`
	Code   right.Code `json:"code,omitempty"`
	Clause string     `json:"clause,omitempty"`
}

func (p problem) write(w http.ResponseWriter) {
	if p.Type == "" {
		p.Type = "about:blank"
	}
	w.Header().Set("Content-Type", "application/problem+json")
	write(w, p.Status, p)
}

// write answers with one JSON document.
func write(w http.ResponseWriter, status int, v any) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // a client that has gone away needs no answer
}

// malformed says that a request does not read.
func malformed(w http.ResponseWriter, err error) {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		problem{Title: "too large", Status: http.StatusRequestEntityTooLarge, Detail: err.Error()}.write(w)
		return
	}
	problem{Title: "the request does not read", Status: http.StatusBadRequest, Detail: err.Error()}.write(w)
}

// fail answers with what the desk said.
func (a *API) fail(w http.ResponseWriter, err error) {
	var no *right.Refusal
	var fault *journal.Fault
	var bad *journal.Malformed
	switch {
	case errors.As(err, &no):
		p := problem{Type: "urn:firstlook:refusal:" + string(no.Code), Title: "refused", Status: http.StatusConflict, Detail: no.Detail, Code: no.Code}
		if no.Code == right.NeedUnknown {
			p.Status = http.StatusNotFound
		}
		if no.Clause != nil {
			p.Clause = no.Clause.String()
		}
		p.write(w)
	case errors.As(err, &bad):
		malformed(w, err)
	case errors.As(err, &fault), errors.Is(err, journal.ErrClosed), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		a.log.Error("fault", "error", err.Error())
		problem{Title: "a fault of the world", Status: http.StatusServiceUnavailable, Detail: "send the command again with the same key"}.write(w)
	default:
		a.log.Error("failure", "error", err.Error())
		problem{Title: "a failure of the server", Status: http.StatusInternalServerError, Detail: "the log says more"}.write(w)
	}
}
