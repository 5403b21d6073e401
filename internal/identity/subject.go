package identity

import (
	"context"
	"iter"
	"slices"

	"firstlook/party"
)

// PersonID names a person: "p" and 16 hex digits. TokenID names a token: 16 hex digits.
type (
	PersonID string
	TokenID  string
)

// Subject is who asks. Exactly one of Person and Token is set; the [Console] has neither.
type Subject struct {
	Person PersonID `json:"person,omitempty"`
	Token  TokenID  `json:"token,omitempty"`
	Name   string   `json:"name"` // for people to read; not unique
	Party  party.ID `json:"party"`
	Roles  []Role   `json:"roles"`
	Scope  Scope    `json:"scope,omitzero"`
	// Address is where the request came from, "" for the console.
	Address string `json:"-"`

	session string // hash of the session's secret, of a person in a browser
	csrf    string
}

// Scope narrows what the roles allow. The zero Scope narrows nothing.
type Scope struct {
	ReadOnly bool     `json:"read_only,omitempty"`
	Actions  []Action `json:"actions,omitempty"` // only these, if there are any
}

func (s Scope) admits(a Action) bool {
	return (!s.ReadOnly || a.reads()) && (len(s.Actions) == 0 || slices.Contains(s.Actions, a))
}

// May reports whether the subject may ask for a: one of its roles may, and its scope admits it. Whoever is not a person may
// administer nothing.
func (s Subject) May(a Action) bool {
	if s.Token != "" && (a == ManagePeople || a == ManageTokens) {
		return false
	}
	return s.Scope.admits(a) && slices.ContainsFunc(s.Roles, func(r Role) bool { return r.May(a) })
}

// Has reports whether the subject has the role.
func (s Subject) Has(r Role) bool { return slices.Contains(s.Roles, r) }

// CSRF is the token that forms of this session carry in the field csrf; "" where none is needed.
func (s Subject) CSRF() string { return s.csrf }

// actor is how the audit names the subject.
func (s Subject) actor() string {
	switch {
	case s.Person != "":
		return string(s.Person)
	case s.Token != "":
		return "token " + string(s.Token)
	default:
		return "console"
	}
}

// Console is whoever has the server's own files and runs a command on them: an operator by nature.
func Console(of party.ID) Subject {
	return Subject{Name: "console", Party: of, Roles: []Role{Operator}}
}

// isConsole reports whether the subject is [Console]: neither a session nor a token made it.
func (s Subject) isConsole() bool {
	return s.Person == "" && s.Token == "" && s.session == "" && s.Has(Operator)
}

type subjectKey struct{}

// NewContext returns a context with the subject. Beside [Gate.Authenticate], tests and the demo use it.
func NewContext(ctx context.Context, s Subject) context.Context {
	return context.WithValue(ctx, subjectKey{}, s)
}

// FromContext returns the subject that [Gate.Authenticate] found.
func FromContext(ctx context.Context) (Subject, bool) {
	s, ok := ctx.Value(subjectKey{}).(Subject)
	return s, ok
}

// actionsOf yields what a subject may ask for, each once, in the order of the table.
func actionsOf(s Subject) iter.Seq[Action] {
	return func(yield func(Action) bool) {
		seen := map[Action]bool{}
		for _, r := range Roles {
			for _, a := range may[r] {
				if seen[a] || !s.May(a) {
					continue
				}
				if seen[a] = true; !yield(a) {
					return
				}
			}
		}
	}
}
