package identity

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Code names a reason to refuse. Codes are stable.
type Code string

const (
	NotSignedIn  Code = "not-signed-in"  // neither session nor token, or one that ended
	TokenRefused Code = "token-refused"  // unknown, expired or revoked; which, is not said
	CrossOrigin  Code = "cross-origin"   // another site's page sent it
	NoCSRF       Code = "csrf"           // the session's token is missing or wrong
	PlainHTTP    Code = "plain-http"     // the way is not encrypted
	Forbidden    Code = "forbidden"      // neither role nor scope allows it
	Locked       Code = "locked"         // too many failures; see RetryAfter
	TooMany      Code = "too-many"       // too many requests; see RetryAfter
	SignInFailed Code = "sign-in-failed" // which part was wrong is not said
	NotListed    Code = "not-listed"     // the provider vouches for the person, whom no rule lets in
	LinkEnded    Code = "link-ended"     // used, replaced, expired or never there
	Unknown      Code = "unknown"        // no such person, token, rule or provider
	Malformed    Code = "malformed"      // does not read
	Conflict     Code = "conflict"       // would leave no operator, or is there already
)

var statusOf = map[Code]int{
	NotSignedIn: http.StatusUnauthorized, TokenRefused: http.StatusUnauthorized, CrossOrigin: http.StatusForbidden, NoCSRF: http.StatusForbidden,
	PlainHTTP: http.StatusForbidden, Forbidden: http.StatusForbidden, Locked: http.StatusTooManyRequests, TooMany: http.StatusTooManyRequests,
	SignInFailed: http.StatusUnauthorized, NotListed: http.StatusForbidden, LinkEnded: http.StatusGone, Unknown: http.StatusNotFound,
	Malformed: http.StatusBadRequest, Conflict: http.StatusConflict,
}

// Refusal is a no of this package, with what to do in Detail.
type Refusal struct {
	Code   Code
	Detail string
	// RetryAfter is how long to wait, of Locked and TooMany.
	RetryAfter time.Duration
	// why is for the audit, not for the caller.
	why string
}

func (r *Refusal) Error() string { return fmt.Sprintf("refused: %s: %s", r.Code, r.Detail) }

// Status is the HTTP status of the refusal.
func (r *Refusal) Status() int { return statusOf[r.Code] }

func refuse(c Code, format string, args ...any) *Refusal {
	return &Refusal{Code: c, Detail: fmt.Sprintf(format, args...)}
}

// problem is a failure as RFC 9457 writes it.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	Code   Code   `json:"code,omitempty"`
}

// writeProblem answers with what went wrong. A fault of the world is told to the log and not to the caller.
func (g *Gate) writeProblem(w http.ResponseWriter, err error) {
	p := problem{Type: "about:blank", Title: "a fault of the world", Status: http.StatusServiceUnavailable, Detail: "try again later"}
	var no *Refusal
	if errors.As(err, &no) {
		p = problem{Type: "urn:firstlook:identity:" + string(no.Code), Title: http.StatusText(no.Status()), Status: no.Status(),
			Detail: no.Detail, Code: no.Code}
		setRetry(w.Header(), no)
		if p.Status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", "Bearer")
		}
	} else {
		g.o.Log.Error("identity", "error", err.Error())
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // a client that has gone away needs no answer
}

// setRetry says how long to wait, in whole seconds, rounded up.
func setRetry(h http.Header, no *Refusal) {
	if no.RetryAfter > 0 {
		h.Set("Retry-After", strconv.FormatInt(int64((no.RetryAfter+time.Second-1)/time.Second), 10))
	}
}
