package identity_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"firstlook/internal/identity"
	"firstlook/internal/identity/memory"
)

// ana is what the provider says of her.
func ana() map[string]any {
	return map[string]any{"sub": "ana-1", "name": "Ana", "email": "Ana@acme.example", "email_verified": true}
}

// letIn adds a rule for ana.
func (w *world) letIn() {
	w.t.Helper()
	_, err := w.gate.AddRule(ctx, w.root, identity.Rule{Issuer: w.idp.URL, Email: "ana@acme.example", Party: "acme", Roles: []identity.Role{identity.Planner}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.idp.user = ana()
}

// The whole way of a person: a page, the sign-in page, the provider, back to the page; then out again.
func TestSignIn(t *testing.T) {
	everyStore(t, func(t *testing.T, store identity.Store) {
		w := newWorld(t, store, nil)
		w.letIn()
		b := w.browser()
		a := b.page("/need/n1?tab=offers")
		check(t, "the way to the sign-in page", a.url.Path, "/signin")
		if !strings.Contains(a.body, "Sign in with Corp") {
			t.Fatalf("the sign-in page: %s", a.body)
		}
		a = b.page("/signin/to/corp?return=" + url.QueryEscape(a.url.Query().Get("return")))
		check(t, "back where she wanted", a.url.RequestURI(), "/need/n1?tab=offers")
		who := b.who()
		check(t, "who", who.Name+" of "+string(who.Party), "Ana of acme")
		check(t, "may submit", who.May("submit"), true)
		check(t, "may answer", who.May("answer"), false)
		check(t, "the secret before the session is gone", b.cookies()[browserName], "")

		b.page("/account")
		a = b.post("/signout")
		check(t, "after signing out", a.url.Path, "/signin")
		check(t, "nobody", b.who().Person, identity.PersonID(""))

		// Her second time is by her login; the rule is used up, and her name at the provider may change.
		w.idp.user["email"], w.idp.user["name"] = "other@elsewhere.example", "Anna"
		b.page("/signin/to/corp")
		check(t, "the same person", b.who().Person, who.Person)
		rules, err := w.gate.Rules(ctx, w.root)
		if err != nil || len(rules) != 0 {
			t.Errorf("rules left: %v, %v", rules, err)
		}
		var kinds []string
		for _, e := range w.events() {
			kinds = append(kinds, string(e.Kind))
		}
		check(t, "audit", strings.Join(kinds, " "), "rule-added person-added login-added signed-in signed-out signed-in")
	})
}

// What a provider or somebody between could try: nobody is signed in, and the audit says why.
func TestSignInAttacks(t *testing.T) {
	other := newKey()
	for _, c := range []struct {
		name string
		set  func(*idp)
		why  string
	}{
		{"wrong nonce", claim("nonce", "another"), "nonce"},
		{"no nonce", claim("nonce", ""), "nonce"},
		{"expired token", func(p *idp) { p.user["exp"] = p.now().Add(-time.Minute).Unix() }, "expired"},
		{"wrong audience", claim("aud", "another client"), "audience"},
		{"two audiences and nobody authorised", claim("aud", []string{clientID, "another"}), "another party is authorised"},
		{"another party authorised", claim("azp", "another"), "another party is authorised"},
		{"wrong issuer", claim("iss", "https://evil.example"), "issued by a different provider"},
		{"no subject", claim("sub", ""), "subject"},
		{"a subject with control characters", claim("sub", "a\nb"), "subject"},
		{"alg none", func(p *idp) { p.sign = unsigned }, "ID token"},
		{"signed with the client's secret", func(p *idp) {
			p.sign = func(c map[string]any) string {
				return p.signed(jose.HS256, []byte(clientSecret+clientSecret), c)
			}
		}, "ID token"},
		{"another key under the known name", func(p *idp) {
			p.sign = func(c map[string]any) string { return p.signed(jose.RS256, other, c) }
		}, "failed to verify signature"},
		{"no token", func(p *idp) { p.noToken = true }, "there is no ID token"},
		{"not a token", func(p *idp) { p.sign = func(map[string]any) string { return "x.y" } }, "ID token"},
		{"e-mail address not verified", claim("email_verified", false), "no rule"},
		{"verified as a word", claim("email_verified", "true"), "claims"},
		{"another domain's subdomain", claim("email", "ana@x.acme.example"), "no rule"},
		{"the person said no", func(p *idp) {
			p.answer = func(v url.Values) { v.Del("code"); v.Set("error", "access_denied") }
		}, "access_denied"},
		{"another code", func(p *idp) { p.answer = func(v url.Values) { v.Set("code", "guess") } }, "code was not exchanged"},
		{"another issuer in the answer", func(p *idp) { p.answer = func(v url.Values) { v.Set("iss", "https://evil.example") } }, "another issuer"},
		{"another state", func(p *idp) { p.answer = func(v url.Values) { v.Set("state", strings.Repeat("0", 64)) } }, "the browser|no such sign-in"},
		{"no state", func(p *idp) { p.answer = func(v url.Values) { v.Del("state") } }, "no such sign-in"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, memory.New(), nil)
			w.letIn()
			c.set(w.idp)
			b := w.browser()
			a := b.page("/signin/to/corp?return=/secret")
			if a.status < 400 || a.status >= 500 || b.cookies()[sessionName] != "" || b.who().Person != "" {
				t.Errorf("status %d, cookies %v: %s", a.status, b.cookies(), a.body)
			}
			e := w.last()
			found := false
			for why := range strings.SplitSeq(c.why, "|") {
				found = found || strings.Contains(e.Detail, why)
			}
			if e.Kind != identity.SignInRefused || !found {
				t.Errorf("the audit says %s: %s", e.Kind, e.Detail)
			}
			if list, err := w.gate.People(ctx, w.root); err != nil || len(list) != 0 {
				t.Errorf("people: %v, %v", list, err)
			}
		})
	}
}

func claim(name string, v any) func(*idp) { return func(p *idp) { p.user[name] = v } }

// callback goes to the provider and stops before the way back, which it returns.
func (b *browser) callback() string {
	b.w.t.Helper()
	b.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.Path, "/signin/callback/") {
			return http.ErrUseLastResponse
		}
		return nil
	}
	defer func() { b.CheckRedirect = nil }()
	a := b.page("/signin/to/corp")
	if a.header.Get("Location") == "" {
		b.w.t.Fatalf("no way back: %d %s", a.status, a.body)
	}
	return a.header.Get("Location")
}

// A way back works once, in the browser that began, in time, and from the provider to which it went.
func TestStateIsBound(t *testing.T) {
	everyStore(t, func(t *testing.T, store identity.Store) {
		w := newWorld(t, store, func(o *identity.Options) {
			second := o.Providers[0]
			second.ID, second.Issuer = "second", "https://second.example"
			o.Providers = append(o.Providers, second)
		})
		w.letIn()
		refused := func(what string, b *browser, back string) {
			t.Helper()
			a := b.page(back)
			check(t, what, a.status, http.StatusUnauthorized)
			check(t, what+": nobody", b.who().Person, identity.PersonID(""))
		}
		b := w.browser()
		back := b.callback()
		refused("in another browser", w.browser(), back)
		refused("struck out by that", b, back)

		back = b.callback()
		refused("as the other provider's", b, strings.Replace(back, "/callback/corp", "/callback/second", 1))
		check(t, "and why", w.last().Detail, "the way back is another provider's")

		back = b.callback()
		w.clock.pass(11 * time.Minute)
		refused("too late", b, back)

		victim := w.browser() // an attacker sends a victim the attacker's own way back
		back = b.callback()
		victim.page("/signin")
		refused("a victim who is at the sign-in page", victim, back)
		check(t, "and why", w.last().Detail, "the browser is not the one that began")

		back = b.callback()
		if a := b.page(back); a.status != http.StatusOK || b.who().Person == "" {
			t.Fatalf("the good one: %d %s", a.status, a.body)
		}
		thief := w.browser()
		refused("a second time, from a log", thief, back)
		person := b.who().Person
		check(t, "a second time in the same browser", b.page(back).status, http.StatusUnauthorized)
		check(t, "which stays signed in", b.who().Person, person)
	})
}

// A browser that was given a session by somebody else does not keep it.
func TestFixation(t *testing.T) {
	w := newWorld(t, memory.New(), nil)
	w.letIn()
	attacker, _ := w.person("evil", identity.HolderDesk)
	for name, planted := range map[string]string{"made up": strings.Repeat("ab", 32), "the attacker's own": attacker.cookies()[sessionName]} {
		b := w.browser()
		b.plant(sessionName, planted)
		b.page("/signin/to/corp")
		check(t, name+": signed in as herself", b.who().Name, "Ana")
		if b.cookies()[sessionName] == planted {
			t.Errorf("%s: the planted secret became the session", name)
		}
		thief := w.browser()
		thief.plant(sessionName, planted)
		check(t, name+": what was planted is worth nothing", thief.who().Person, identity.PersonID(""))
	}
	// And two cookies of one name are none.
	b := w.browser()
	b.page("/signin/to/corp")
	good, bare := sessionName+"="+b.cookies()[sessionName], w.browser()
	for cookies, status := range map[string]int{good: http.StatusOK, good + "; " + sessionName + "=" + strings.Repeat("cd", 32): http.StatusUnauthorized} {
		r := bare.request("GET", "/", nil)
		r.Header.Set("Cookie", cookies)
		check(t, cookies, bare.do(r).status, status)
	}
}

// Rules: the closest wins, and an issuer speaks for itself only.
func TestRules(t *testing.T) {
	w := newWorld(t, memory.New(), func(o *identity.Options) {
		o.Providers = append(o.Providers, identity.Provider{ID: "b", Name: "B", Issuer: "https://b.example", ClientID: "x"})
	})
	for _, r := range []identity.Rule{
		{Issuer: w.idp.URL, Domain: "Acme.example", Party: "acme", Roles: []identity.Role{identity.Finance}},
		{Issuer: w.idp.URL, Email: "ana@ACME.example", Party: "acme", Roles: []identity.Role{identity.Planner}},
		{Issuer: w.idp.URL, Subject: "root", Party: "host", Roles: []identity.Role{identity.Operator}},
		{Issuer: "https://b.example", Domain: "northwind.example", Party: "northwind", Roles: []identity.Role{identity.HolderDesk}},
	} {
		if _, err := w.gate.AddRule(ctx, w.root, r); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ sub, email, want string }{
		{"1", "ana@acme.example", "acme planner"},
		{"2", "ana@acme.example", "acme finance"}, // another subject with her address: her rule is used up
		{"3", "bob@acme.example", "acme finance"},
		{"root", "eve@acme.example", "host operator"},
		{"4", "eve@northwind.example", ""}, // that domain is the other issuer's
		{"5", "eve@acme.example.evil.example", ""},
		{"6", "eve@evil.example@acme.example", ""},
	} {
		w.idp.user = map[string]any{"sub": c.sub, "email": c.email, "email_verified": true}
		b := w.browser()
		b.page("/signin/to/corp")
		got := ""
		if who := b.who(); who.Person != "" {
			got = string(who.Party) + " " + string(who.Roles[0])
		}
		check(t, c.sub+" "+c.email, got, c.want)
	}
	for name, r := range map[string]identity.Rule{
		"unknown issuer":      {Issuer: "https://evil.example", Domain: "acme.example", Party: "acme", Roles: []identity.Role{identity.Planner}},
		"two ways":            {Issuer: w.idp.URL, Domain: "acme.example", Email: "a@acme.example", Party: "acme", Roles: []identity.Role{identity.Planner}},
		"none":                {Issuer: w.idp.URL, Party: "acme", Roles: []identity.Role{identity.Planner}},
		"no role":             {Issuer: w.idp.URL, Domain: "acme.example", Party: "acme"},
		"an invented role":    {Issuer: w.idp.URL, Domain: "acme.example", Party: "acme", Roles: []identity.Role{"god"}},
		"a party that is not": {Issuer: w.idp.URL, Domain: "acme.example", Party: "Not A Party", Roles: []identity.Role{identity.Planner}},
		"a domain that is no": {Issuer: w.idp.URL, Domain: "a@b", Party: "acme", Roles: []identity.Role{identity.Planner}},
	} {
		if _, err := w.gate.AddRule(ctx, w.root, r); codeOf(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A person who is signed in may add a login; another site cannot make them add one, nor another browser finish it.
func TestAddLogin(t *testing.T) {
	w := newWorld(t, memory.New(), nil)
	b, p := w.person("acme", identity.Planner)
	w.idp.user = map[string]any{"sub": "acme-7"}
	next := func(b *browser) string {
		t.Helper()
		b.page("/account")
		a := b.post("/account/login/corp")
		_, to, ok := strings.Cut(a.header.Get("Refresh"), "url=")
		if !ok {
			t.Fatalf("%d %s", a.status, a.body)
		}
		return to
	}
	before := b.cookies()[sessionName]
	b.page(next(b))
	check(t, "still the person", b.who().Person, p.ID)
	if b.cookies()[sessionName] == before {
		t.Error("the session stayed the same")
	}
	c := w.browser()
	c.page("/signin/to/corp")
	check(t, "the login is the person's", c.who().Person, p.ID)

	d, _ := w.person("other", identity.Planner)
	check(t, "a login of another", d.page(next(d)).status, http.StatusConflict)
	w.idp.user = map[string]any{"sub": "new"}
	e, _ := w.person("third", identity.Planner)
	to := next(e) // and then another person's session comes into the same browser
	e.plant(sessionName, b.cookies()[sessionName])
	check(t, "in another session", e.page(to).status, http.StatusUnauthorized)
	check(t, "and why", w.last().Detail, "corp: adding a login without its session")
	to = next(d)
	d.page("/account")
	d.post("/signout")
	check(t, "after the session ended", d.page(to).status, http.StatusUnauthorized)
	if a := b.post("/account/login/corp", "csrf", ""); a.status != http.StatusForbidden || a.code() != "csrf" {
		t.Errorf("without the session's token: %d %s", a.status, a.body)
	}
}

// A provider that cannot be reached is a fault, is asked again, and locks nobody.
func TestProviderDown(t *testing.T) {
	w := newWorld(t, memory.New(), nil)
	w.letIn()
	handler := w.idp.Config.Handler
	down, asked := true, 0
	w.idp.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if down {
			asked++
			http.Error(rw, "no", http.StatusBadGateway)
			return
		}
		handler.ServeHTTP(rw, r)
	})
	b := w.browser()
	for range 30 {
		check(t, "down", b.page("/signin/to/corp").status, http.StatusServiceUnavailable)
	}
	check(t, "asked", asked, 1)
	down = false
	w.clock.pass(5 * time.Second)
	b.page("/signin/to/corp")
	check(t, "up again", b.who().Name, "Ana")
}
