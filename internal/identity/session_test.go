package identity_test

import (
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"time"

	"firstlook/internal/identity"
	"firstlook/internal/identity/memory"
)

func TestSessionEnds(t *testing.T) {
	everyStore(t, func(t *testing.T, store identity.Store) {
		w := newWorld(t, store, nil)
		gone := func(what string, b *browser, want bool) {
			t.Helper()
			check(t, what, b.who().Person == "", want)
		}
		b, _ := w.person("acme", identity.Planner)
		for range 12 { // use keeps it alive, though not for ever
			w.clock.pass(59 * time.Minute)
			gone("used each hour", b, false)
		}
		w.clock.pass(12*time.Minute - time.Millisecond)
		gone("just before the end", b, false)
		w.clock.pass(time.Millisecond)
		gone("twelve hours after signing in", b, true)

		b, _ = w.person("acme", identity.Planner)
		w.clock.pass(time.Hour)
		gone("an hour without use", b, true)

		b, _ = w.person("acme", identity.Planner)
		cookie := b.cookies()[sessionName]
		b.page("/account")
		b.post("/signout")
		check(t, "the cookie is taken back", b.cookies()[sessionName], "")
		b.plant(sessionName, cookie)
		gone("signed out, with the cookie kept", b, true)

		b, p := w.person("acme", identity.Planner)
		link, err := w.gate.Invite(ctx, w.root, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		second := w.browser()
		second.open(link)
		gone("two browsers at once", second, false)
		gone("two browsers at once", b, false)
		b.page("/account")
		b.post("/signout/everywhere")
		gone("signed out everywhere", second, true)
	})
}

func TestDisabledPerson(t *testing.T) {
	w := newWorld(t, memory.New(), nil)
	w.person("host", identity.Operator)
	b, p := w.person("acme", identity.Planner, identity.HolderDesk)
	_, text, err := w.gate.IssueToken(ctx, b.subject(), identity.TokenRequest{Name: "batch", Roles: []identity.Role{identity.HolderDesk}, Life: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	held := b.subject() // of a stream of events, say
	set := func(disabled bool) {
		t.Helper()
		if err := w.gate.SetDisabled(ctx, w.root, p.ID, disabled); err != nil {
			t.Fatal(err)
		}
	}
	check(t, "token before", w.bearer("/notices", text).status, http.StatusOK)
	set(true)
	check(t, "session", b.who().Person, identity.PersonID(""))
	check(t, "token", w.bearer("/notices", text).code(), "token-refused")
	if _, err := w.gate.Check(ctx, held); codeOf(err) != identity.NotSignedIn {
		t.Errorf("a stream goes on: %v", err)
	}
	set(false)
	check(t, "the session does not come back", b.who().Person, identity.PersonID(""))
	check(t, "the token does", w.bearer("/notices", text).status, http.StatusOK)
}

// Roles count from the next request on, for sessions, tokens and streams.
func TestRolesChange(t *testing.T) {
	w := newWorld(t, memory.New(), nil)
	operator, op := w.person("host", identity.Operator)
	b, p := w.person("acme", identity.Planner, identity.HolderDesk)
	held := b.subject()
	_, text, err := w.gate.IssueToken(ctx, held, identity.TokenRequest{Name: "batch", Roles: []identity.Role{identity.HolderDesk}, Life: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	check(t, "before", b.get("/notices").status, http.StatusOK)
	if err := w.gate.SetRoles(ctx, operator.subject(), p.ID, []identity.Role{identity.Finance}); err != nil {
		t.Fatal(err)
	}
	e := w.last()
	check(t, "audit", string(e.Kind)+" "+e.Actor+" "+e.About+" "+e.Detail, "roles-changed "+string(op.ID)+" "+string(p.ID)+" roles [finance], before [planner holder-desk]")
	check(t, "session", b.get("/notices").code(), "forbidden")
	check(t, "token", w.bearer("/notices", text).code(), "forbidden")
	now, err := w.gate.Check(ctx, held)
	check(t, "stream", err == nil && !now.May("view/notice") && now.May("view/money"), true)

	err = w.gate.SetRoles(ctx, w.root, op.ID, []identity.Role{identity.Finance})
	check(t, "the last operator", codeOf(err), identity.Conflict)
	check(t, "who stays one", operator.who().Has(identity.Operator), true)
}

func TestCookies(t *testing.T) {
	w := newWorld(t, memory.New(), nil)
	w.letIn()
	b := w.browser()
	back := b.callback()
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	a := b.page(back)
	set := a.header.Values("Set-Cookie")
	if len(set) != 2 || !strings.HasPrefix(set[0], sessionName+"=") || !strings.HasSuffix(set[0], "; Path=/; HttpOnly; Secure; SameSite=Lax") ||
		!strings.HasPrefix(set[1], browserName+"=; Path=/; Max-Age=0;") {
		t.Errorf("cookies: %q", set)
	}
}

// Another site's page can send the browser's cookie along and gets nothing for it.
func TestCSRF(t *testing.T) {
	w := newWorld(t, memory.New(), nil)
	b, _ := w.person("northwind", identity.HolderDesk)
	other, _ := w.person("evil", identity.HolderDesk)
	b.page("/account")
	good := b.csrf
	other.page("/account")
	try := func(set func(*http.Request), body string) answer {
		t.Helper()
		r := b.request("POST", "/answer", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		set(r)
		return b.do(r)
	}
	header := func(pairs ...string) func(*http.Request) {
		return func(r *http.Request) {
			for i := 0; i < len(pairs); i += 2 {
				r.Header.Set(pairs[i], pairs[i+1])
			}
		}
	}
	for _, c := range []struct {
		name string
		set  func(*http.Request)
		body string
		want string
	}{
		{"the form of the page", header("Sec-Fetch-Site", "same-origin"), "what=exercise&csrf=" + good, "answered exercise"},
		{"a script of the page", header("X-CSRF-Token", good, "Content-Type", "text/plain"), "", "answered "},
		{"an old browser, own origin", header("Origin", w.server.URL), "csrf=" + good, "answered "},
		{"another site with the token", header("Sec-Fetch-Site", "cross-site"), "csrf=" + good, "cross-origin"},
		{"a sister site", header("Sec-Fetch-Site", "same-site"), "csrf=" + good, "cross-origin"},
		{"an old browser, other origin", header("Origin", "https://evil.example"), "csrf=" + good, "cross-origin"},
		{"no origin at all", header("Origin", "null"), "csrf=" + good, "cross-origin"},
		{"no token", header(), "what=exercise", "csrf"},
		{"another session's token", header(), "csrf=" + other.csrf, "csrf"},
		{"the token in the address", func(r *http.Request) { r.URL.RawQuery = "csrf=" + good }, "", "csrf"},
		{"the session's secret for it", header("X-CSRF-Token", b.cookies()[sessionName]), "", "csrf"},
		{"a form that does not read", header(), "csrf=%", "malformed"},
		{"a form that is too large", header(), "csrf=" + good + "&x=" + strings.Repeat("x", 1<<20), "malformed"},
	} {
		a := try(c.set, c.body)
		got := a.code()
		if a.status == http.StatusOK {
			got = a.body
		}
		check(t, c.name, got, c.want)
	}
	// Signing a victim in as somebody else is refused, too: the form is not the victim's.
	link, err := w.gate.Invite(ctx, w.root, other.who().Person)
	if err != nil {
		t.Fatal(err)
	}
	victim := w.browser()
	victim.page("/signin")
	check(t, "sign-in forced on a victim", victim.post(link, "csrf", strings.Repeat("0", 64)).status, http.StatusForbidden)
	check(t, "by another site", func() int {
		r := victim.request("POST", link, strings.NewReader("csrf="+victim.csrf))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		return victim.do(r).status
	}(), http.StatusForbidden)
}

// A server on loopback without TLS has cookies without Secure and without the prefix that needs it.
func TestPlainLoopback(t *testing.T) {
	w := newWorld(t, memory.New(), nil)
	var g *identity.Gate
	plain := newPlainServer(t, func(origin string) http.Handler {
		var err error
		if g, err = identity.New(w.store, identity.Options{Origin: origin, Limits: fast, Now: w.clock.now}); err != nil {
			t.Fatal(err)
		}
		return mounted(g)
	})
	p, err := g.AddPerson(ctx, w.root, identity.Person{Party: "acme", Name: "Ana", Roles: []identity.Role{identity.Planner}})
	if err != nil {
		t.Fatal(err)
	}
	link, err := g.Invite(ctx, w.root, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	jar, _ := cookiejar.New(nil)
	b := &browser{Client: &http.Client{Jar: jar}, w: w}
	a := b.open(link)
	check(t, "signed in", a.url.String(), plain+"/account")
	check(t, "and known", strings.Contains(a.body, "Ana, for acme"), true)
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	a = b.post(plain + "/signout")
	check(t, "cookie", a.header.Get("Set-Cookie"), "fl_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")
	check(t, "no HSTS", a.header.Get("Strict-Transport-Security"), "")
}
