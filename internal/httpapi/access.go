package httpapi

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"

	"firstlook/internal/identity"
	"firstlook/party"
)

// caller is who asks, and for which party.
type caller struct {
	who    identity.Subject // the zero Subject where nobody signs in
	signed bool
	party  party.ID // whose eyes look; empty only where nobody signs in: the buyer of what is looked at
}

// may reports whether the caller's roles and scope allow an action; where nobody signs in, everybody may everything.
func (c caller) may(a identity.Action) bool { return !c.signed || c.who.May(a) }

// route serves a path to those whose role allows an action; an empty action leaves it to the handler.
func (a *API) route(pattern string, action identity.Action, h http.HandlerFunc) {
	if a.gate == nil || action == "" {
		a.routes.Handle(pattern, h)
		return
	}
	a.routes.Handle(pattern, a.gate.Require(action, h))
}

// guarded is what a request passes before its route: with a gate, signing in; without one, a name of this machine.
func (a *API) guarded() http.Handler {
	if a.gate == nil {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !local(r.Host) {
				problem{Title: "not this server", Status: http.StatusMisdirectedRequest, Detail: "the server answers for loopback names only"}.write(w)
				return
			}
			a.routes.ServeHTTP(w, r)
		})
	}
	all := a.open
	own := a.gate.Handler()
	for _, path := range identity.Paths {
		all.Handle(path, own)
	}
	all.Handle("GET /healthz", a.gate.Headers(http.HandlerFunc(a.health)))
	all.Handle("GET /readyz", a.gate.Headers(http.HandlerFunc(a.ready)))
	all.Handle("/", a.gate.Authenticate(a.routes))
	return all
}

// local reports whether a Host header names this machine. A page of another site that resolves to loopback does not.
func local(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	ip := net.ParseIP(strings.Trim(name, "[]"))
	return name == "localhost" || ip != nil && ip.IsLoopback()
}

// caller says for which party a request is. A session or a token decides it; as= may only repeat it. Where nobody signs in, as= is
// believed. What is wrong is answered, and ok is false.
func (a *API) caller(w http.ResponseWriter, r *http.Request) (c caller, ok bool) {
	as := r.URL.Query().Get("as")
	if as != "" {
		if err := party.Check(as); err != nil {
			malformed(w, fmt.Errorf("as: %w", err))
			return c, false
		}
	}
	if a.gate == nil {
		traced(r.Context()).party = party.ID(as)
		return caller{party: party.ID(as)}, true
	}
	who, found := identity.FromContext(r.Context())
	if !found {
		problem{Title: "not signed in", Status: http.StatusUnauthorized, Detail: "sign in, or send a token"}.write(w)
		return c, false
	}
	if as != "" && party.ID(as) != who.Party {
		a.fail(w, notYours(party.ID(as), who.Party))
		return c, false
	}
	traced(r.Context()).party = who.Party
	return caller{who, true, who.Party}, true
}

// notYours refuses to act or look for another party than one's own.
func notYours(asked, own party.ID) error {
	return &problem{Type: "urn:firstlook:identity:forbidden", Title: "not your party", Status: http.StatusForbidden, Code: string(identity.Forbidden),
		Detail: fmt.Sprintf("you act for %s and not for %s", own, asked), Remedy: "leave the party out"}
}

// forbidden says that neither role nor scope allows an action.
func forbidden(action identity.Action) error {
	return &problem{Type: "urn:firstlook:identity:forbidden", Title: "forbidden", Status: http.StatusForbidden, Code: string(identity.Forbidden),
		Detail: fmt.Sprintf("%s needs a role and a scope that allow it", action), Remedy: "ask an operator for the role, or a colleague who has it"}
}

// Party returns the party for which a request acts, to handlers that [API.Pages] mounts: that of who signed in; where nobody
// signs in, that of as=, or the empty one for the buyer of what is looked at.
func Party(ctx context.Context, r *http.Request) party.ID {
	if who, ok := identity.FromContext(ctx); ok {
		return who.Party
	}
	if as := r.URL.Query().Get("as"); party.Check(as) == nil {
		return party.ID(as)
	}
	return ""
}
