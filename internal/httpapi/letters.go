package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"

	"firstlook/internal/identity"
	"firstlook/internal/notify"
	"firstlook/party"
)

// Letters carries what the desk has to tell. Its lists and acts are those of the grantor that sent the letters; the empty party stands for all.
type Letters interface {
	// Dead lists the letters that were refused for good, came back or grew too old.
	Dead(ctx context.Context, who party.ID) ([]notify.DeadLetter, error)
	// Redrive sends one of them again and Dismiss takes it off the list; [notify.ErrNotDead] where it is not on the party's.
	Redrive(ctx context.Context, id string, who party.ID, person, reason string) error
	Dismiss(ctx context.Context, id string, who party.ID, person, reason string) error
	// Troubles lists what a person should look at, the latest first.
	Troubles(ctx context.Context, who party.ID) ([]notify.Trouble, error)
}

// Reason says why somebody does something about a letter.
type Reason struct {
	Reason string `json:"reason"`
	Person string `json:"person,omitempty"` // who does it; of the session or token where one signs in
}

func letterOperations() []Operation {
	return []Operation{
		{Method: "GET", Path: "/v1/letters/dead", Action: identity.ViewNotice, Summary: "The party's letters that were refused for good, came back or grew too old", Paged: true, List: "letters", Answer: notify.DeadLetter{}, handle: (*API).deadLetters},
		{Method: "POST", Path: "/v1/letters/{letter}/redrive", Action: "notice", Summary: "Send a dead letter again", Body: Reason{}, Answer: Handled{}, handle: (*API).redrive},
		{Method: "POST", Path: "/v1/letters/{letter}/dismiss", Action: "notice", Summary: "Take a letter off the list of dead ones", Body: Reason{}, Answer: Handled{}, handle: (*API).dismiss},
		{Method: "GET", Path: "/v1/troubles", Action: identity.ViewNotice, Summary: "Letters of the party that came back or have not arrived, with what that means for the clock, the latest first", Paged: true, List: "troubles", Answer: notify.Trouble{}, handle: (*API).troubles},
	}
}

// Handled says that something was done about a letter.
type Handled struct {
	Letter string `json:"letter"`
}

// noLetters is what a server without notices by mail says of them.
func noLetters() error {
	return &problem{Title: "no letters", Status: http.StatusNotFound, Detail: "this server sends no letters"}
}

// noLetter is said of a letter that is not dead, not the party's, or not there.
func noLetter() error {
	return &problem{Title: "no dead letter", Status: http.StatusNotFound, Detail: "the list of dead letters has none of this id", Remedy: "GET /v1/letters/dead lists them"}
}

func (a *API) deadLetters(q *request) (any, error) {
	if a.letters == nil {
		return nil, noLetters()
	}
	all, err := a.letters.Dead(q.Context(), q.eyes())
	return paged(q, "letters", all, func(d *notify.DeadLetter) string { return d.Letter }), err
}

func (a *API) troubles(q *request) (any, error) {
	if a.letters == nil {
		return nil, noLetters()
	}
	all, err := a.letters.Troubles(q.Context(), q.eyes())
	return paged(q, "troubles", all, func(t *notify.Trouble) string { return t.ID }), err
}

func (a *API) redrive(q *request) (any, error) { return a.handleLetter(q, Letters.Redrive) }
func (a *API) dismiss(q *request) (any, error) { return a.handleLetter(q, Letters.Dismiss) }

var letterID = regexp.MustCompile("^[0-9a-f]{32}$")

func (a *API) handleLetter(q *request, act func(Letters, context.Context, string, party.ID, string, string) error) (any, error) {
	if a.letters == nil {
		return nil, noLetters()
	}
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return nil, err
	}
	var r Reason
	if err = checkJSON(body, noControls); err == nil {
		err = json.Unmarshal(body, &r)
	}
	switch {
	case err != nil:
		return nil, &unreadable{err}
	case q.signed:
		r.Person = q.who.Name
	}
	if r.Reason == "" || r.Person == "" {
		return nil, &unreadable{errors.New("who does it, and why, is recorded: write reason and, where nobody signs in, person")}
	}
	id := q.PathValue("letter")
	if !letterID.MatchString(id) {
		return nil, noLetter()
	}
	if err := act(a.letters, q.Context(), id, q.party, r.Person, r.Reason); errors.Is(err, notify.ErrNotDead) {
		return nil, noLetter()
	} else if err != nil {
		return nil, err
	}
	return Handled{id}, nil
}
