package identity

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode"
)

// maxForm bounds the body of a form that is read for its CSRF token.
const maxForm = 1 << 20

// Authenticate lets through who has a session or a token, with the [Subject] in the request's context. Others get RFC 9457 problem JSON,
// or, where a browser asked for a page, the way to the sign-in page. It sets the headers of [Gate.Headers].
func (g *Gate) Authenticate(next http.Handler) http.Handler {
	return g.guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, err := g.subject(w, r)
		if err != nil {
			g.refuseRequest(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(NewContext(r.Context(), who)))
	}))
}

// Require lets through who may ask for a. It stands inside [Gate.Authenticate].
func (g *Gate) Require(a Action, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, ok := FromContext(r.Context())
		if !ok {
			g.refuseRequest(w, r, refuse(NotSignedIn, "sign in"))
			return
		}
		if !who.May(a) {
			g.refuseRequest(w, r, refuse(Forbidden, "%s needs a role and a scope that allow it", a))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// guard is what every request passes, signed in or not.
func (g *Gate) guard(next http.Handler) http.Handler {
	return g.Headers(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := g.checkWay(r); err != nil {
			g.refuseRequest(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	}))
}

// checkWay judges how a request came: encrypted, not too often, and not by another site's page.
func (g *Gate) checkWay(r *http.Request) error {
	address, loopback, encrypted := g.caller(r)
	if !encrypted && !g.o.AllowPlainHTTP && (!loopback || !onLoopback(g.origin.Hostname())) {
		return refuse(PlainHTTP, "use %s; if a proxy encrypts the way here, the server must be told to trust it", g.origin)
	}
	if err := g.limited(&g.rates.address, address); err != nil {
		return err
	}
	if g.cross.Check(r) != nil {
		return refuse(CrossOrigin, "another site's page sent this; open %s and do it there", g.origin)
	}
	return nil
}

// subject finds who asks: by token where there is an Authorization header, else by session.
func (g *Gate) subject(w http.ResponseWriter, r *http.Request) (who Subject, err error) {
	address, _, _ := g.caller(r)
	if headers := r.Header.Values("Authorization"); len(headers) > 0 {
		credential, ok := bearer(headers[0])
		if !ok || len(headers) > 1 {
			return who, refuse(TokenRefused, "write one header: Authorization: Bearer and the token")
		}
		who, err = g.byToken(r.Context(), credential, address)
	} else {
		shown, ok := g.cookie(r, sessionCookie)
		if !ok {
			return who, refuse(NotSignedIn, "sign in, or send a token")
		}
		if who, err = g.bySession(r.Context(), shown, address); err == nil {
			err = g.checkCSRF(w, r, who.csrf)
		}
	}
	if err != nil {
		return who, err
	}
	if !safeMethod(r.Method) && who.Scope.ReadOnly {
		return who, refuse(Forbidden, "the token is read-only")
	}
	return who, g.limited(&g.rates.account, who.actor())
}

func safeMethod(m string) bool {
	return m == http.MethodGet || m == http.MethodHead || m == http.MethodOptions
}

// checkCSRF asks a request that may change something for the token that other sites cannot know: in the header X-CSRF-Token, or
// in the field csrf of a form, which stays readable in r.PostForm.
func (g *Gate) checkCSRF(w http.ResponseWriter, r *http.Request, want string) error {
	if safeMethod(r.Method) {
		return nil
	}
	got := r.Header.Get("X-CSRF-Token")
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); got == "" && kind == "application/x-www-form-urlencoded" {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			return refuse(Malformed, "the form does not read, or is larger than 1 MiB")
		}
		got = r.PostForm.Get("csrf")
	}
	if !equal(got, want) {
		return refuse(NoCSRF, "the page is from another session; load it again")
	}
	return nil
}

// wantsPage reports whether a browser asks for a page that a person will read.
func wantsPage(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}

// refuseRequest answers a request that is not let through.
func (g *Gate) refuseRequest(w http.ResponseWriter, r *http.Request, err error) {
	no, ok := refusalOf(err)
	if !ok || !wantsPage(r) {
		g.writeProblem(w, err)
		return
	}
	if no.Code == NotSignedIn && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, "/signin?return="+url.QueryEscape(safeReturn(r.URL.RequestURI())), http.StatusSeeOther)
		return
	}
	setRetry(w.Header(), no)
	g.o.Page(w, no.Status(), Page{Kind: RefusedPage, Title: http.StatusText(no.Status()), Message: no.Detail, Code: no.Code})
}

// safeReturn is where to go after signing in: a path of this server, else "/". Browsers read "//host" and "/\host" as other hosts.
func safeReturn(path string) string {
	u, err := url.Parse(path)
	bad := func(r rune) bool { return r == '\\' || unicode.IsControl(r) || unicode.IsSpace(r) }
	if err != nil || len(path) > 2000 || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || u.Host != "" || u.Scheme != "" ||
		strings.ContainsFunc(path, bad) || strings.HasPrefix(u.Path, "//") {
		return "/"
	}
	return path
}

// policy is the content security policy of every page: nothing from elsewhere, no script in the page itself, in nobody's frame.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
	"manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Headers sets the security headers of every answer. [Gate.Authenticate] and [Gate.Handler] set them; whatever else the server serves is
// wrapped in it. Answers are not to be stored unless next says otherwise.
func (g *Gate) Headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		h.Set("Cache-Control", "no-store")
		if g.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// readForm reads a form that comes before there is a session, and checks the token that ties it to this browser.
func (g *Gate) readForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return nil, refuse(Malformed, "the form does not read, or is larger than 1 MiB")
	}
	browser, ok := g.cookie(r, browserCookie)
	if !ok || !equal(r.PostForm.Get("csrf"), browser.derive("form")) {
		return nil, refuse(NoCSRF, "the page was open for too long, or cookies are off; load it again")
	}
	return r.PostForm, nil
}

// browser returns the secret that ties what comes before a session to one browser, and makes it if there is none.
func (g *Gate) browser(w http.ResponseWriter, r *http.Request) secret {
	s, ok := g.cookie(r, browserCookie)
	if !ok {
		s = newSecret()
		g.setCookie(w, browserCookie, s)
	}
	return s
}

var errNoPerson = errors.New("bug: a route inside Authenticate has no subject")
