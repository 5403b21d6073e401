package identity

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"firstlook/party"
)

// administration adds the routes under /v1/identity/. What may be done is decided by the methods that they call.
func (g *Gate) administration(m *http.ServeMux) {
	route := func(pattern string, status int, f func(*http.Request, Subject) (any, error)) {
		m.HandleFunc(pattern, g.own(func(w http.ResponseWriter, r *http.Request, by Subject) error {
			r.Body = http.MaxBytesReader(w, r.Body, maxForm)
			v, err := f(r, by)
			if err != nil {
				return err
			}
			writeJSON(w, status, v)
			return nil
		}))
	}
	route("GET /v1/identity/me", http.StatusOK, g.me)
	route("GET /v1/identity/people", http.StatusOK, func(r *http.Request, by Subject) (any, error) { return list(g.People(r.Context(), by)) })
	route("POST /v1/identity/people", http.StatusCreated, g.postPerson)
	route("PUT /v1/identity/people/{id}/roles", http.StatusOK, g.putRoles)
	route("PUT /v1/identity/people/{id}/disabled", http.StatusOK, g.putDisabled)
	route("POST /v1/identity/people/{id}/invite", http.StatusCreated, func(r *http.Request, by Subject) (any, error) {
		url, err := g.Invite(r.Context(), by, PersonID(r.PathValue("id")))
		return map[string]string{"link": url}, err
	})
	route("POST /v1/identity/people/{id}/signout", http.StatusOK, func(r *http.Request, by Subject) (any, error) {
		return done, g.SignOutEverywhere(r.Context(), by, PersonID(r.PathValue("id")))
	})
	route("GET /v1/identity/rules", http.StatusOK, func(r *http.Request, by Subject) (any, error) { return list(g.Rules(r.Context(), by)) })
	route("POST /v1/identity/rules", http.StatusCreated, g.postRule)
	route("DELETE /v1/identity/rules/{id}", http.StatusOK, func(r *http.Request, by Subject) (any, error) {
		return done, g.RemoveRule(r.Context(), by, r.PathValue("id"))
	})
	route("GET /v1/identity/tokens", http.StatusOK, func(r *http.Request, by Subject) (any, error) { return list(g.Tokens(r.Context(), by)) })
	route("POST /v1/identity/tokens", http.StatusCreated, g.postToken)
	route("POST /v1/identity/tokens/{id}/rotate", http.StatusOK, g.rotate)
	route("DELETE /v1/identity/tokens/{id}", http.StatusOK, func(r *http.Request, by Subject) (any, error) {
		return done, g.RevokeToken(r.Context(), by, TokenID(r.PathValue("id")))
	})
	route("GET /v1/identity/audit", http.StatusOK, g.getAudit)
}

var done = struct{}{}

// list writes no entries as [] and not as null.
func list[T any](v []T, err error) (any, error) {
	if v == nil {
		v = []T{}
	}
	return v, err
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // a client that has gone away needs no answer
}

// readJSON reads one JSON value and nothing after it; keys that it does not know are errors.
func readJSON[T any](r *http.Request) (v T, err error) {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		return v, refuse(Malformed, "the body does not read: %v", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return v, refuse(Malformed, "the body goes on after its JSON value")
	}
	return v, nil
}

func (g *Gate) me(_ *http.Request, by Subject) (any, error) {
	actions := []Action{}
	for a := range actionsOf(by) {
		actions = append(actions, a)
	}
	return struct {
		Subject Subject  `json:"subject"`
		Actions []Action `json:"actions"`
		CSRF    string   `json:"csrf,omitempty"`
	}{by, actions, by.csrf}, nil
}

func (g *Gate) postPerson(r *http.Request, by Subject) (any, error) {
	in, err := readJSON[struct {
		Party party.ID `json:"party"`
		Name  string   `json:"name"`
		Email string   `json:"email"`
		Roles []Role   `json:"roles"`
	}](r)
	if err != nil {
		return nil, err
	}
	return g.AddPerson(r.Context(), by, Person{Party: in.Party, Name: in.Name, Email: in.Email, Roles: in.Roles})
}

func (g *Gate) putRoles(r *http.Request, by Subject) (any, error) {
	in, err := readJSON[struct {
		Roles []Role `json:"roles"`
	}](r)
	if err != nil {
		return nil, err
	}
	return done, g.SetRoles(r.Context(), by, PersonID(r.PathValue("id")), in.Roles)
}

func (g *Gate) putDisabled(r *http.Request, by Subject) (any, error) {
	in, err := readJSON[struct {
		Disabled *bool `json:"disabled"`
	}](r)
	if err == nil && in.Disabled == nil {
		err = refuse(Malformed, "say disabled: true or false")
	}
	if err != nil {
		return nil, err
	}
	return done, g.SetDisabled(r.Context(), by, PersonID(r.PathValue("id")), *in.Disabled)
}

func (g *Gate) postRule(r *http.Request, by Subject) (any, error) {
	in, err := readJSON[Rule](r)
	if err != nil {
		return nil, err
	}
	return g.AddRule(r.Context(), by, in)
}

// issued is a token with its text, the only time that it is seen.
type issued struct {
	Token  Token  `json:"token"`
	Secret string `json:"secret"`
}

func (g *Gate) postToken(r *http.Request, by Subject) (any, error) {
	in, err := readJSON[struct {
		TokenRequest
		Days int `json:"days"`
	}](r)
	if err != nil {
		return nil, err
	}
	if in.Days < 1 || in.Days > int(MaxTokenLife/(24*time.Hour)) {
		return nil, refuse(Malformed, "a token lives from 1 to %d days", int(MaxTokenLife/(24*time.Hour)))
	}
	in.Life = time.Duration(in.Days) * 24 * time.Hour
	t, text, err := g.IssueToken(r.Context(), by, in.TokenRequest)
	return issued{t, text}, err
}

func (g *Gate) rotate(r *http.Request, by Subject) (any, error) {
	in, err := readJSON[struct {
		Hours int `json:"overlap_hours"`
	}](r)
	if err != nil {
		return nil, err
	}
	if in.Hours < 0 || in.Hours > int(MaxRotation/time.Hour) {
		return nil, refuse(Malformed, "the old secret works for 0 to %d more hours", int(MaxRotation/time.Hour))
	}
	t, text, err := g.RotateToken(r.Context(), by, TokenID(r.PathValue("id")), time.Duration(in.Hours)*time.Hour)
	return issued{t, text}, err
}

func (g *Gate) getAudit(r *http.Request, by Subject) (any, error) {
	q, p := AuditQuery{}, r.URL.Query()
	var err error
	if s := p.Get("before"); s != "" {
		if q.Before, err = strconv.ParseInt(s, 10, 64); err != nil {
			return nil, refuse(Malformed, "before: a number of an entry")
		}
	}
	if s := p.Get("limit"); s != "" {
		if q.Limit, err = strconv.Atoi(s); err != nil {
			return nil, refuse(Malformed, "limit: a number")
		}
	}
	q.Party = party.ID(p.Get("party"))
	return list(g.Audit(r.Context(), by, q))
}
