package identity

import (
	"html/template"
	"net/http"
)

// PageKind says what a page is for.
type PageKind string

const (
	SignInPage   PageKind = "signin"   // ways to sign in
	LinkPage     PageKind = "link"     // a button that uses a link up
	AccountPage  PageKind = "account"  // who one is; password, logins, sign-out
	ContinuePage PageKind = "continue" // on to Next; the header Refresh says so too
	RefusedPage  PageKind = "refused"  // Message says why and what to do
)

// Page is what a page of this package shows. Forms are sent by POST with the field csrf.
type Page struct {
	Kind    PageKind
	Title   string
	Message string
	Code    Code   // of a refusal
	CSRF    string // for the field csrf
	Return  string // for the field or parameter return
	Action  string // where the form of a LinkPage goes
	Next    string // of a ContinuePage
	// Ways are the OpenID providers: links on a SignInPage, the form's action on an AccountPage.
	Ways      []Way
	Passwords bool     // fields email and password to /signin/password, or old and password to /account/password
	Who       *Subject // on an AccountPage
}

// Way is a way in.
type Way struct{ Name, URL string }

var plain = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{.Title}} - Firstlook</title></head>
<body><main><h1>{{.Title}}</h1>
{{with .Message}}<p>{{.}}</p>{{end}}
{{- if eq .Kind "signin"}}
{{range .Ways}}<p><a href="{{.URL}}">Sign in with {{.Name}}</a></p>{{end}}
{{if .Passwords}}<form method="post" action="/signin/password">
<input type="hidden" name="csrf" value="{{.CSRF}}"><input type="hidden" name="return" value="{{.Return}}">
<p><label>E-mail address <input type="email" name="email" autocomplete="username" required></label></p>
<p><label>Password <input type="password" name="password" autocomplete="current-password" required></label></p>
<p><button>Sign in</button></p></form>{{end}}
{{- else if eq .Kind "link"}}
<form method="post" action="{{.Action}}"><input type="hidden" name="csrf" value="{{.CSRF}}"><p><button>Sign in</button></p></form>
{{- else if eq .Kind "account"}}
<p>{{.Who.Name}}, for {{.Who.Party}}: {{range $i, $r := .Who.Roles}}{{if $i}}, {{end}}{{$r}}{{end}}</p>
{{range .Ways}}<form method="post" action="{{.URL}}"><input type="hidden" name="csrf" value="{{$.CSRF}}"><p><button>Also sign in with {{.Name}}</button></p></form>{{end}}
{{if .Passwords}}<form method="post" action="/account/password"><input type="hidden" name="csrf" value="{{.CSRF}}">
<p><label>Password until now, if there is one <input type="password" name="old" autocomplete="current-password"></label></p>
<p><label>New password, 12 characters or more <input type="password" name="password" autocomplete="new-password" minlength="12" required></label></p>
<p><button>Set password</button></p></form>{{end}}
<form method="post" action="/signout"><input type="hidden" name="csrf" value="{{.CSRF}}"><p><button>Sign out</button></p></form>
<form method="post" action="/signout/everywhere"><input type="hidden" name="csrf" value="{{.CSRF}}"><p><button>Sign out everywhere</button></p></form>
{{- else if eq .Kind "continue"}}
<p><a href="{{.Next}}">Continue</a></p>
{{- else}}
<p><a href="/signin">Sign in</a></p>
{{- end}}
</main></body></html>
`))

// plainPage is the look of a server that has none.
func plainPage(w http.ResponseWriter, status int, p Page) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = plain.Execute(w, p) // a browser that has gone away needs no page
}
