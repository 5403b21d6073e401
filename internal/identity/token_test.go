package identity_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"firstlook/internal/identity"
	"firstlook/internal/identity/memory"
)

// newPlainServer serves over plain HTTP on loopback and returns its origin.
func newPlainServer(t *testing.T, handler func(origin string) http.Handler) string {
	s := httptest.NewUnstartedServer(nil)
	origin := "http://" + s.Listener.Addr().String()
	s.Config.Handler = handler(origin)
	s.Start()
	t.Cleanup(s.Close)
	return origin
}

// bearer asks with a token.
func (w *world) bearer(path, token string) answer {
	w.t.Helper()
	b := w.browser()
	r := b.request("GET", path, nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return b.do(r)
}

func (w *world) answerBy(token string) answer {
	w.t.Helper()
	b := w.browser()
	r := b.request("POST", "/answer", strings.NewReader("what=decline"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "bearer "+token)
	return b.do(r)
}

// What a token may do is what its roles, its scope and its person have in common.
func TestTokenScopes(t *testing.T) {
	w := newWorld(t, memory.New(), nil)
	b, _ := w.person("northwind", identity.HolderDesk, identity.ProviderDesk)
	for _, c := range []struct {
		name           string
		roles          []identity.Role
		scope          identity.Scope
		notices, reply string
	}{
		{"all of its role", []identity.Role{identity.HolderDesk}, identity.Scope{}, "notices", "answered decline"},
		{"another role", []identity.Role{identity.ProviderDesk}, identity.Scope{}, "forbidden", "forbidden"},
		{"read-only", []identity.Role{identity.HolderDesk}, identity.Scope{ReadOnly: true}, "notices", "forbidden"},
		{"one command", []identity.Role{identity.HolderDesk}, identity.Scope{Actions: []identity.Action{"answer"}}, "forbidden", "answered decline"},
		{"one view", []identity.Role{identity.HolderDesk}, identity.Scope{Actions: []identity.Action{"view/notice"}}, "notices", "forbidden"},
		{"a command that its role has not", []identity.Role{identity.ProviderDesk}, identity.Scope{Actions: []identity.Action{"answer"}}, "forbidden", "forbidden"},
		{"read-only of a command", []identity.Role{identity.HolderDesk}, identity.Scope{ReadOnly: true, Actions: []identity.Action{"answer"}}, "forbidden", "forbidden"},
	} {
		_, text, err := w.gate.IssueToken(ctx, b.subject(), identity.TokenRequest{Name: c.name, Roles: c.roles, Scope: c.scope, Life: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		said := func(a answer) string {
			if a.status == http.StatusOK {
				return a.body
			}
			return a.code()
		}
		check(t, c.name+": read", said(w.bearer("/notices", text)), c.notices)
		check(t, c.name+": answer", said(w.answerBy(text)), c.reply)
		r := b.request("POST", "/", nil) // a route that asks for no action
		r.Header.Set("Authorization", "Bearer "+text)
		check(t, c.name+": any other change", b.do(r).status == http.StatusForbidden, c.scope.ReadOnly)
	}
}

func TestIssueRefuses(t *testing.T) {
	w := newWorld(t, memory.New(), nil)
	b, _ := w.person("acme", identity.Planner)
	by := b.subject()
	ok := identity.TokenRequest{Name: "x", Roles: []identity.Role{identity.Planner}, Life: time.Hour}
	_, text, err := w.gate.IssueToken(ctx, by, ok)
	if err != nil {
		t.Fatal(err)
	}
	machine := identity.Subject{Token: "0123456789abcdef", Party: "acme", Roles: []identity.Role{identity.Planner, identity.Operator}}
	for _, c := range []struct {
		name   string
		by     identity.Subject
		change func(*identity.TokenRequest)
		want   identity.Code
	}{
		{"a role that she has not", by, func(q *identity.TokenRequest) { q.Roles = []identity.Role{identity.Operator} }, identity.Forbidden},
		{"no role", by, func(q *identity.TokenRequest) { q.Roles = nil }, identity.Malformed},
		{"for ever", by, func(q *identity.TokenRequest) { q.Life = identity.MaxTokenLife + 1 }, identity.Malformed},
		{"no life", by, func(q *identity.TokenRequest) { q.Life = 0 }, identity.Malformed},
		{"no name", by, func(q *identity.TokenRequest) { q.Name = "" }, identity.Malformed},
		{"an action that is none", by, func(q *identity.TokenRequest) { q.Scope.Actions = []identity.Action{"anser"} }, identity.Malformed},
		{"by a token", machine, func(*identity.TokenRequest) {}, identity.Forbidden},
		{"by the console", w.root, func(q *identity.TokenRequest) { q.Roles = []identity.Role{identity.Operator} }, identity.Forbidden},
	} {
		q := ok
		c.change(&q)
		_, got, err := w.gate.IssueToken(ctx, c.by, q)
		check(t, c.name, codeOf(err), c.want)
		check(t, c.name+": text", got, "")
	}
	// A token cannot administer, even where its person is an operator.
	op, _ := w.person("host", identity.Operator)
	_, opText, err := w.gate.IssueToken(ctx, op.subject(), identity.TokenRequest{Name: "x", Roles: []identity.Role{identity.Operator}, Life: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	check(t, "an operator's token reads people", w.bearer("/v1/identity/people", opText).status, http.StatusOK)
	for _, path := range []string{"/v1/identity/people", "/v1/identity/tokens", "/v1/identity/rules"} {
		r := op.request("POST", path, strings.NewReader(`{"party":"acme","name":"x","roles":["operator"]}`))
		r.Header.Set("Authorization", "Bearer "+opText)
		a := op.do(r)
		if a.status != http.StatusForbidden && a.status != http.StatusBadRequest || strings.Contains(a.body, "secret") {
			t.Errorf("%s by a token: %d %s", path, a.status, a.body)
		}
	}
	list, err := w.gate.People(ctx, w.root)
	check(t, "people", len(list), 2)
	check(t, "no error", err, nil)
	check(t, "the good one still works", w.bearer("/", text).status, http.StatusOK)
}

func TestTokenLife(t *testing.T) {
	everyStore(t, func(t *testing.T, store identity.Store) {
		w := newWorld(t, store, nil)
		b, ana := w.person("acme", identity.Planner)
		by := b.subject()
		tok, text, err := w.gate.IssueToken(ctx, by, identity.TokenRequest{Name: "x", Roles: []identity.Role{identity.Planner}, Life: 10 * time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		good := func(what, text string, want bool) {
			t.Helper()
			check(t, what, w.bearer("/", text).status == http.StatusOK, want)
		}
		good("new", text, true)
		check(t, "its first address is in the audit", w.last().Kind, identity.TokenNewAddress)
		good("again", text, true)
		check(t, "once", w.count(identity.TokenNewAddress), 1)

		_, second, err := w.gate.RotateToken(ctx, by, tok.ID, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		good("rotated", second, true)
		good("the old secret for a while", text, true)
		w.clock.pass(time.Hour)
		good("and then no more", text, false)
		good("rotated", second, true)

		// Another of the party takes it over; a stranger does not even learn that it exists.
		c, carl := w.person("acme", identity.Planner)
		evil, _ := w.person("evil", identity.Planner)
		_, _, err = w.gate.RotateToken(ctx, evil.subject(), tok.ID, 0)
		check(t, "rotation by another party", codeOf(err), identity.Unknown)
		check(t, "revocation by another party", codeOf(w.gate.RevokeToken(ctx, evil.subject(), tok.ID)), identity.Unknown)
		list, err := w.gate.Tokens(ctx, evil.subject())
		check(t, "what another party sees", len(list), 0)
		check(t, "no error", err, nil)
		now, third, err := w.gate.RotateToken(ctx, c.subject(), tok.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		check(t, "who answers", string(now.Answers), string(carl.ID))
		check(t, "not ana any more", now.Answers == ana.ID, false)
		good("no overlap", second, false)
		good("third", third, true)

		w.clock.pass(9*time.Hour - time.Millisecond)
		good("to the end", third, true)
		w.clock.pass(time.Millisecond)
		good("expired", third, false)
		c, _ = w.person("acme", identity.Planner)
		_, _, err = w.gate.RotateToken(ctx, c.subject(), tok.ID, 0)
		check(t, "rotation does not prolong", codeOf(err), identity.Conflict)

		tok, text, err = w.gate.IssueToken(ctx, c.subject(), identity.TokenRequest{Name: "y", Roles: []identity.Role{identity.Planner}, Life: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		good("another", text, true)
		for range 2 { // the second time it is done already
			if err := w.gate.RevokeToken(ctx, w.root, tok.ID); err != nil {
				t.Error(err)
			}
		}
		good("revoked", text, false)
		check(t, "revoked once", w.count(identity.TokenRevoked), 1)
	})
}

// Wrong tokens are refused alike, and in the end not even looked at; a good one from the same address always works.
func TestWrongTokens(t *testing.T) {
	w := newWorld(t, memory.New(), nil)
	b, _ := w.person("acme", identity.Planner)
	tok, text, err := w.gate.IssueToken(ctx, b.subject(), identity.TokenRequest{Name: "x", Roles: []identity.Role{identity.Planner}, Life: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, wrong := range []string{"", "x", "fl_", text[:len(text)-1], text + "0", strings.ToUpper(text), "fl_0000000000000000_" + text[20:],
		"fl_" + string(tok.ID) + "_" + strings.Repeat("0", 64), text[3:], "fl_" + string(tok.ID) + "_"} {
		a := w.bearer("/", wrong)
		check(t, wrong, a.status, http.StatusUnauthorized)
		check(t, wrong, a.header.Get("WWW-Authenticate"), "Bearer")
		if wrong != "" {
			seen[a.body] = true
		}
	}
	check(t, "different answers", len(seen), 1)
	refused := w.count(identity.SignInRefused)
	for range 50 {
		w.bearer("/", "guess")
	}
	check(t, "locked", w.bearer("/", "guess").code(), "locked")
	check(t, "events", w.count(identity.SignInRefused)-refused, 20-9)
	check(t, "the good one", w.bearer("/", text).status, http.StatusOK)
	fresh, _ := w.person("acme", identity.Planner)
	check(t, "people sign in", fresh.who().Person != "", true)

	r := b.request("GET", "/", nil)
	r.Header.Set("Authorization", "Bearer nonsense")
	check(t, "a header hides the session", b.do(r).status, http.StatusTooManyRequests)
	r = b.request("GET", "/", nil)
	r.Header["Authorization"] = []string{"Bearer " + text, "Bearer " + text}
	check(t, "two headers", b.do(r).code(), "token-refused")
}

// Whoever has the server's files issues tokens that a person answers for: with that person's roles and no others, and the audit says
// that the console did it.
func TestConsoleIssuesTokens(t *testing.T) {
	everyStore(t, func(t *testing.T, store identity.Store) {
		w := newWorld(t, store, nil)
		p, err := w.gate.AddPerson(ctx, w.root, identity.Person{Party: "acme-labs", Name: "Pat", Roles: []identity.Role{identity.Planner}})
		if err != nil {
			t.Fatal(err)
		}
		q := identity.TokenRequest{Name: "batch", Roles: []identity.Role{identity.Planner}, Life: time.Hour, Answers: p.ID}
		made, text, err := w.gate.IssueToken(ctx, w.root, q)
		if err != nil {
			t.Fatal(err)
		}
		if made.Party != "acme-labs" || made.Answers != p.ID || text == "" {
			t.Errorf("issued %+v", made)
		}
		last, err := w.gate.Audit(ctx, w.root, identity.AuditQuery{Limit: 1})
		if err != nil || len(last) != 1 || last[0].Kind != identity.TokenIssued || last[0].Actor != "console" {
			t.Errorf("the audit says %+v, %v", last, err)
		}
		q.Roles = []identity.Role{identity.Counsel}
		if _, _, err := w.gate.IssueToken(ctx, w.root, q); err == nil {
			t.Error("a token has a role that the person who answers for it has not")
		}
		q.Answers = ""
		if _, _, err := w.gate.IssueToken(ctx, w.root, q); err == nil {
			t.Error("nobody answers for the token")
		}
		if err := w.gate.SetDisabled(ctx, w.root, p.ID, true); err != nil {
			t.Fatal(err)
		}
		q.Roles, q.Answers = []identity.Role{identity.Planner}, p.ID
		if _, _, err := w.gate.IssueToken(ctx, w.root, q); err == nil {
			t.Error("who is disabled answers for a token")
		}
	})
}
