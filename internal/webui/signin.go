package webui

import (
	"bytes"
	"net/http"

	"firstlook/internal/identity"
)

// signInMain is a page of package identity in the look of the others.
type signInMain struct {
	identity.Page
	Heading, Says, Next string
	Roles               string
	Tokens              bool // the person may issue tokens
}

// SignInPage shows the pages of signing in; it is the Page of [identity.Options].
func SignInPage(w http.ResponseWriter, status int, p identity.Page) {
	m := signInMain{Page: p, Heading: p.Title, Says: p.Message}
	switch p.Kind {
	case identity.SignInPage:
		m.Heading = "Sign in to your desk"
		if m.Says == "" {
			m.Says = "Each company sees what is its own and nothing else. Sign in with the account that your company gave you."
		}
	case identity.LinkPage:
		m.Heading = "You were given a way in"
		m.Says = "This link signs one person in, once. If you are the first here, it makes you the operator of this server: you then say who else may come in. " +
			"An operator administers people and sees no need, no offer and no agreement. If you did not expect this link, close the page; nothing happens then."
	case identity.AccountPage:
		m.Heading = "Your account"
	case identity.ContinuePage:
		m.Heading, m.Next = "One moment", p.Next
	case identity.RefusedPage:
		m.Heading = "This did not work"
	}
	if p.Who != nil {
		words := make([]string, len(p.Who.Roles))
		for i, r := range p.Who.Roles {
			words[i] = RoleWords(r)
		}
		m.Roles, m.Tokens = and(words), p.Who.Person != "" && p.Who.May(identity.ManageTokens)
	}
	var b bytes.Buffer
	if err := templates["signin"].ExecuteTemplate(&b, "frame", frame{Title: m.Heading, Main: m, Narrow: true, CSRF: p.CSRF}); err != nil {
		http.Error(w, "a bug of the server", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a browser that has gone away needs no page
}

// RoleWords names a role as people say it.
func RoleWords(r identity.Role) string {
	return map[identity.Role]string{identity.Planner: "capacity planner", identity.Counsel: "counsel", identity.Finance: "finance", identity.HolderDesk: "right holder's desk",
		identity.ProviderDesk: "provider's desk", identity.Auditor: "auditor", identity.Operator: "operator"}[r]
}

// SignedIn is who asks as [identity.Gate.Authenticate] found it: the Who of [Options] where identity guards the pages.
func SignedIn(r *http.Request) (Subject, bool) {
	s, ok := identity.FromContext(r.Context())
	if !ok {
		return Subject{}, false
	}
	words := make([]string, len(s.Roles))
	for i, role := range s.Roles {
		words[i] = RoleWords(role)
	}
	return Subject{Party: s.Party, Person: s.Name, Roles: words, All: s.Has(identity.Auditor), CSRF: s.CSRF(), Leave: "/signout",
		May: func(action string) bool { return s.May(identity.Action(action)) }}, true
}

// SeatGroup is a party of a demonstration with the seats at its desk.
type SeatGroup struct {
	Party string
	Seats []Seat
}

// Seat is a place at a desk that is taken by one click.
type Seat struct{ ID, Person, Role, Says string }

// SeatsPage shows the seats of a demonstration.
func SeatsPage(w http.ResponseWriter, groups []SeatGroup, back string) {
	headers(w.Header())
	var b bytes.Buffer
	main := struct {
		Groups []SeatGroup
		Return string
	}{groups, back}
	if err := templates["seats"].ExecuteTemplate(&b, "frame", frame{Title: "Take a seat", Main: main}); err != nil {
		http.Error(w, "a bug of the server", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(b.Bytes()) // a browser that has gone away needs no page
}

// StillIn asks a gate whether the session of an old request is good, and still for the same view: the Still of [Options].
func StillIn(g *identity.Gate) func(*http.Request) bool {
	return func(r *http.Request) bool {
		was, ok := identity.FromContext(r.Context())
		if !ok {
			return false
		}
		is, err := g.Check(r.Context(), was)
		return err == nil && is.Party == was.Party && is.Has(identity.Auditor) == was.Has(identity.Auditor) && is.May(identity.ViewDesk)
	}
}
