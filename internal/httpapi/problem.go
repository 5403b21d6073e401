package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/door"
	"firstlook/internal/journal"
	"firstlook/internal/pricebook"
	"firstlook/internal/strict"
	"firstlook/right"
)

// problem is a failure as RFC 9457 writes it.
type problem struct {
	Type     string           `json:"type"`
	Title    string           `json:"title"`
	Status   int              `json:"status"`
	Detail   string           `json:"detail,omitempty"`
	Code     string           `json:"code,omitempty"`     // of the law (see package right) or of the door (see package identity)
	Clause   string           `json:"clause,omitempty"`   // that the law's no rests on, or the agreement
	Remedy   string           `json:"remedy,omitempty"`   // what to do about it; commands are those of the command line
	Need     capacity.NeedID  `json:"need,omitempty"`     // for which an idempotency key was used
	Key      string           `json:"key,omitempty"`      // of the request, that cannot be taken
	Problems []strict.Problem `json:"problems,omitempty"` // of a file, one for each fault

	retry int // seconds after which it may be sent again; 0 where that is not said
}

func (p *problem) Error() string { return p.Title + ": " + p.Detail }

func (p problem) write(w http.ResponseWriter) {
	if p.Type == "" {
		p.Type = "about:blank"
	}
	if p.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(p.retry))
	}
	w.Header().Set("Content-Type", "application/problem+json")
	write(w, p.Status, p)
}

// write answers with one JSON document that nobody keeps.
func write(w http.ResponseWriter, status int, v any) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	body, err := encodeJSON(v)
	if err == nil {
		_, _ = w.Write(body) // a client that has gone away needs no answer
	}
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

// fail answers with what went wrong.
func (a *API) fail(w http.ResponseWriter, err error) {
	if p := told(err); p != nil {
		p.write(w)
		return
	}
	var bad *journal.Malformed
	var odd *unreadable
	var fault *journal.Fault
	switch {
	case errors.As(err, &bad), errors.As(err, &odd):
		malformed(w, err)
	case errors.As(err, &fault), errors.Is(err, journal.ErrClosed), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		a.log.Error("fault", "request", w.Header().Get(requestHeader), "error", err.Error())
		problem{Title: "a fault of the world", Status: http.StatusServiceUnavailable, Detail: "send the command again with the same key"}.write(w)
	default:
		a.log.Error("failure", "request", w.Header().Get(requestHeader), "error", err.Error())
		problem{Title: "a failure of the server", Status: http.StatusInternalServerError, Detail: "the log says more"}.write(w)
	}
}

// told is the problem of an error that says what who asks did wrong, or what the law forbids; nil of any other.
func told(err error) *problem {
	var (
		p        *problem
		no       *right.Refusal
		used     *door.KeyUsed
		reused   *door.KeyReused
		missing  *door.NoAgreement
		grantor  *door.NotGrantor
		early    *door.NotKnown
		declined *door.Declined
		sealed   *door.StillSealed
		broken   *door.BrokenRecord
		odd      *door.Unfit
		warming  *desk.Warming
		problems strict.Problems
		prices   *pricebook.Problems
	)
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &no):
		p = &problem{Type: "urn:firstlook:refusal:" + string(no.Code), Title: "refused", Status: http.StatusConflict, Detail: no.Detail, Code: string(no.Code), Remedy: door.Remedy(no)}
		if no.Code == right.NeedUnknown {
			p.Status = http.StatusNotFound
		}
		if no.Clause != nil {
			p.Clause = no.Clause.String()
		}
		return p
	case errors.As(err, &used):
		return &problem{Title: "key used", Code: "key-used", Need: used.Need, Status: http.StatusUnprocessableEntity, Detail: "the Idempotency-Key was used for need " + string(used.Need), Remedy: "use another key"}
	case errors.As(err, &reused):
		return &problem{Title: "key used", Code: "key-reused", Need: reused.Need, Status: http.StatusConflict, Detail: "the Idempotency-Key was used for another command on need " + string(reused.Need), Remedy: "use another key"}
	case errors.As(err, &missing):
		return &problem{Title: "no such agreement", Code: "no-such-agreement", Clause: string(missing.ID), Status: http.StatusNotFound, Detail: err.Error()}
	case errors.As(err, &grantor):
		return &problem{Title: "not the grantor", Code: "not-the-grantor", Status: http.StatusForbidden, Detail: err.Error(), Remedy: "its grantor's counsel records it"}
	case errors.As(err, &early):
		return &problem{Title: "not known then", Code: "not-known-then", Status: http.StatusBadRequest, Detail: early.Detail, Remedy: early.Next}
	case errors.As(err, &warming):
		return &problem{Title: "one moment", Code: "lists-not-ready", Status: http.StatusServiceUnavailable, Detail: err.Error(), Remedy: "ask again in some seconds", retry: 2}
	case errors.As(err, &sealed):
		return &problem{Title: "sealed", Code: "still-sealed", Status: http.StatusConflict, Detail: err.Error(), Remedy: "ask again when it is open; `firstlook need show` says when"}
	case errors.As(err, &broken):
		return &problem{Title: "the record does not follow", Code: "broken-record", Status: http.StatusConflict, Detail: err.Error(), Remedy: "whoever runs the server verifies it with `firstlook replay`"}
	case errors.As(err, &odd):
		what, next, _ := strings.Cut(odd.Err.Error(), "; ")
		return &problem{Title: "it cannot be taken", Code: "unfit", Status: http.StatusUnprocessableEntity, Detail: what, Key: odd.Key, Remedy: next}
	case errors.As(err, &declined):
		return &problem{Title: "refused", Code: "declined", Status: http.StatusConflict, Detail: err.Error()}
	case errors.As(err, &problems):
		return &problem{Title: "the file does not read", Status: http.StatusUnprocessableEntity, Detail: problems.Error(), Problems: problems}
	case errors.As(err, &prices):
		return &problem{Title: "the file does not read", Status: http.StatusUnprocessableEntity, Detail: prices.Error()}
	}
	return nil
}
