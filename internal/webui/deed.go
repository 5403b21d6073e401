package webui

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"firstlook/internal/identity"
	"firstlook/internal/strict"
	"firstlook/right"
)

// deed is something that is recorded in the same two steps as a command, and is none: it concerns an agreement or who may come in.
type deed struct {
	title, intro, does, back string
	fields                   []field
	// read makes of the form what will be recorded, in words, and what records it. A problem is a sentence for the person.
	read func(form url.Values) (says []string, do func(context.Context) (*handed, error), problem error)
}

// handed is what is shown once, after it was recorded: a link or a secret.
type handed struct{ Heading, Says, Secret, Back, Next string }

// deed shows the form, what will be recorded, or what came of it.
func (u *UI) deed(v *visit, d *deed) error {
	m := actMain{Title: d.title, Intro: d.intro, Action: v.r.URL.Path, CSRF: v.who.CSRF, Does: "Review", Back: d.back, Fields: d.fields}
	if v.r.Method == http.MethodGet {
		u.render(v, http.StatusOK, "act", d.title, m)
		return nil
	}
	says, do, err := d.read(v.r.PostForm)
	if err == nil && v.r.PostForm.Get("step") != "record" {
		r := reviewMain{Title: d.title, Action: v.r.URL.Path, CSRF: v.who.CSRF, Key: newKey(), Does: d.does, Back: d.back, Says: says, Person: v.who.Person, Party: nameOf(v.law, v.who.Party)}
		r.keep(v.r.PostForm)
		u.render(v, http.StatusOK, "review", d.title, r)
		return nil
	}
	var shown *handed
	if err == nil {
		shown, err = do(v.r.Context())
	}
	var status int
	if m.Problem, status = mendable(err); status != 0 {
		for i := range m.Fields {
			m.Fields[i].refill(v.r.PostForm)
		}
		u.render(v, status, "act", d.title, m)
		return nil
	}
	if err != nil {
		return err
	}
	if shown != nil {
		shown.Back = d.back
		u.render(v, http.StatusOK, "handed", shown.Heading, shown)
		return nil
	}
	return v.see(d.back + "?done=1")
}

// mendable is what a person can do something about, as a sentence with its status; 0 for what is none.
func mendable(err error) (string, int) {
	var p problem
	var many strict.Problems
	var no *right.Refusal
	var stranger *identity.Refusal
	switch {
	case errors.As(err, &p), errors.As(err, &many):
		return sentence(err.Error()), http.StatusUnprocessableEntity
	case errors.As(err, &no):
		return sentence(no.Detail), http.StatusConflict
	case errors.As(err, &stranger):
		return sentence(stranger.Detail), stranger.Status()
	}
	return "", 0
}

// keep holds the form for the second step.
func (r *reviewMain) keep(form url.Values) {
	for name, values := range form {
		for _, value := range values {
			if name != "csrf" && name != "step" && name != "key" {
				r.Kept = append(r.Kept, option{name, value})
			}
		}
	}
}

// refill puts back what was filled in.
func (f *field) refill(form url.Values) {
	if given := form.Get(f.Name); given != "" && f.Kind != "many" {
		f.Value = given
	}
	for i := range f.Checks {
		f.Checks[i].On = contains(form[f.Name], f.Checks[i].Value)
	}
}
