package identity

import (
	"context"
	"net/http"
	"net/url"
)

// Paths are the patterns under which a server mounts [Gate.Handler]; it guards itself, so it stands beside [Gate.Authenticate].
var Paths = []string{"/signin", "/signin/", "/signout", "/signout/", "/account", "/account/", "/v1/identity/"}

// Handler serves signing in and out, the own account, and the administration.
//
//	GET  /signin?return=PATH              the ways to sign in
//	GET  /signin/to/PROVIDER?return=PATH  to an OpenID provider
//	GET  /signin/callback/PROVIDER        and back
//	POST /signin/password                 email, password, return, csrf
//	GET  /signin/link/SECRET              a button; POST uses the link up (csrf)
//	POST /signout, /signout/everywhere    csrf
//	GET  /account                         who one is
//	POST /account/password                old, password, csrf
//	POST /account/login/PROVIDER          adds a login at a provider (csrf)
//
//	GET    /v1/identity/me                     {subject, actions, csrf}
//	GET    /v1/identity/people                 [Person]
//	POST   /v1/identity/people                 {party, name, email, roles} -> 201 Person
//	PUT    /v1/identity/people/ID/roles        {roles}
//	PUT    /v1/identity/people/ID/disabled     {disabled}
//	POST   /v1/identity/people/ID/invite       -> 201 {link}
//	POST   /v1/identity/people/ID/signout
//	GET    /v1/identity/rules                  [Rule]
//	POST   /v1/identity/rules                  {issuer, subject|email|domain, party, roles} -> 201 Rule
//	DELETE /v1/identity/rules/ID
//	GET    /v1/identity/tokens                 [Token]
//	POST   /v1/identity/tokens                 {name, roles, scope, days} -> 201 {token, secret}
//	POST   /v1/identity/tokens/ID/rotate       {overlap_hours} -> 200 {token, secret}
//	DELETE /v1/identity/tokens/ID
//	GET    /v1/identity/audit?before=N&limit=N&party=ID   [Event], the latest first
func (g *Gate) Handler() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /signin", g.signInPage)
	m.HandleFunc("GET /signin/to/{provider}", g.signIn(g.toProvider))
	m.HandleFunc("GET /signin/callback/{provider}", g.signIn(g.fromProvider))
	m.HandleFunc("POST /signin/password", g.signIn(g.withPassword))
	m.HandleFunc("GET /signin/link/{secret}", g.linkPage)
	m.HandleFunc("POST /signin/link/{secret}", g.signIn(g.withLink))

	own := http.NewServeMux()
	own.HandleFunc("POST /signout", g.own(g.signOut))
	own.HandleFunc("POST /signout/everywhere", g.own(g.signOutEverywhere))
	own.HandleFunc("GET /account", g.own(g.accountPage))
	own.HandleFunc("POST /account/password", g.own(g.changePassword))
	own.HandleFunc("POST /account/login/{provider}", g.own(g.moreLogin))
	g.administration(own)

	all := http.NewServeMux()
	all.Handle("/signin", g.guard(m))
	all.Handle("/signin/", g.guard(m))
	all.Handle("/", g.Authenticate(own))
	return all
}

// signIn is a step of signing in: limited by address, and its errors answered.
func (g *Gate) signIn(step func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		address, _, _ := g.caller(r)
		err := g.limited(&g.rates.signIn, address)
		if err == nil {
			err = step(w, r)
		}
		if err != nil {
			g.refuseRequest(w, r, err)
		}
	}
}

// own is a route for who is signed in.
func (g *Gate) own(f func(http.ResponseWriter, *http.Request, Subject) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who, ok := FromContext(r.Context())
		err := errNoPerson
		if ok {
			err = f(w, r, who)
		}
		if err != nil {
			g.refuseRequest(w, r, err)
		}
	}
}

func (g *Gate) signInPage(w http.ResponseWriter, r *http.Request) {
	back := safeReturn(r.URL.Query().Get("return"))
	p := Page{Kind: SignInPage, Title: "Sign in", CSRF: g.browser(w, r).derive("form"), Return: back, Passwords: g.o.Passwords}
	for _, way := range g.providers {
		p.Ways = append(p.Ways, Way{way.Name, "/signin/to/" + way.ID + "?return=" + url.QueryEscape(back)})
	}
	if len(p.Ways) == 0 && !p.Passwords {
		p.Message = "There is no OpenID provider here yet. Open the link that you were given."
	}
	g.o.Page(w, http.StatusOK, p)
}

func (g *Gate) toProvider(w http.ResponseWriter, r *http.Request) error {
	address, _, _ := g.caller(r)
	to, err := g.beginFlow(r.Context(), g.browser(w, r), r.PathValue("provider"), safeReturn(r.URL.Query().Get("return")), address, nil)
	if err == nil {
		http.Redirect(w, r, to, http.StatusSeeOther)
	}
	return err
}

func (g *Gate) fromProvider(w http.ResponseWriter, r *http.Request) error {
	made, back, err := g.finishFlow(r.Context(), r, r.PathValue("provider"))
	if err == nil {
		g.admit(w, r, made, back)
	}
	return err
}

// admit hands over the session; the secret of the time before it is taken back.
func (g *Gate) admit(w http.ResponseWriter, r *http.Request, made secret, back string) {
	g.setCookie(w, sessionCookie, made)
	g.dropCookie(w, browserCookie)
	http.Redirect(w, r, safeReturn(back), http.StatusSeeOther)
}

func (g *Gate) withPassword(w http.ResponseWriter, r *http.Request) error {
	form, err := g.readForm(w, r)
	if err != nil {
		return err
	}
	made, err := g.signInByPassword(r.Context(), r, form.Get("email"), form.Get("password"))
	if err == nil {
		g.admit(w, r, made, form.Get("return"))
	}
	return err
}

// linkPage shows a button and does not look at the link: programs that open links in mail neither use it up nor learn of it.
func (g *Gate) linkPage(w http.ResponseWriter, r *http.Request) {
	g.o.Page(w, http.StatusOK, Page{Kind: LinkPage, Title: "Sign in", Message: "This link works once.", CSRF: g.browser(w, r).derive("form"),
		Action: linkPath + url.PathEscape(r.PathValue("secret"))})
}

func (g *Gate) withLink(w http.ResponseWriter, r *http.Request) error {
	if _, err := g.readForm(w, r); err != nil {
		return err
	}
	made, err := g.openLink(r.Context(), r, r.PathValue("secret"))
	if err == nil {
		g.admit(w, r, made, "/account")
	}
	return err
}

func (g *Gate) signOut(w http.ResponseWriter, r *http.Request, who Subject) error {
	return g.leave(w, r, who, g.SignOut)
}

func (g *Gate) signOutEverywhere(w http.ResponseWriter, r *http.Request, who Subject) error {
	return g.leave(w, r, who, func(ctx context.Context, who Subject) error { return g.SignOutEverywhere(ctx, who, who.Person) })
}

func (g *Gate) leave(w http.ResponseWriter, r *http.Request, who Subject, end func(context.Context, Subject) error) error {
	if who.Person == "" {
		return refuse(Forbidden, "a token has no session; revoke it instead")
	}
	if err := end(r.Context(), who); err != nil {
		return err
	}
	g.dropCookie(w, sessionCookie)
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	http.Redirect(w, r, "/signin", http.StatusSeeOther)
	return nil
}

func (g *Gate) accountPage(w http.ResponseWriter, _ *http.Request, who Subject) error {
	p := Page{Kind: AccountPage, Title: "Your account", CSRF: who.csrf, Who: &who, Passwords: g.o.Passwords}
	for _, way := range g.providers {
		p.Ways = append(p.Ways, Way{way.Name, "/account/login/" + way.ID})
	}
	g.o.Page(w, http.StatusOK, p)
	return nil
}

func (g *Gate) changePassword(w http.ResponseWriter, r *http.Request, who Subject) error {
	if err := g.limited(&g.rates.signIn, who.Address); err != nil {
		return err
	}
	if err := g.SetPassword(r.Context(), who, r.PostFormValue("old"), r.PostFormValue("password")); err != nil {
		return err
	}
	http.Redirect(w, r, "/account", http.StatusSeeOther)
	return nil
}

// moreLogin sends a person to a provider to add a login. It shows a page that goes on by itself: browsers apply the policy's
// form-action to redirects after a form, too.
func (g *Gate) moreLogin(w http.ResponseWriter, r *http.Request, who Subject) error {
	if who.Person == "" {
		return refuse(Forbidden, "a token has no logins")
	}
	to, err := g.beginFlow(r.Context(), g.browser(w, r), r.PathValue("provider"), "/account", who.Address, &who)
	if err != nil {
		return err
	}
	w.Header().Set("Refresh", "0; url="+to)
	g.o.Page(w, http.StatusOK, Page{Kind: ContinuePage, Title: "Sign in at the provider", Next: to})
	return nil
}
