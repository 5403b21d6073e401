package webui_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"firstlook/internal/identity"
	"firstlook/internal/identity/memory"
	"firstlook/internal/webui"
)

// The pages of package identity say what to do in the look of the others.
func TestWordsOfSignIn(t *testing.T) {
	who := identity.Subject{Name: "Ada Berg", Party: "acme-labs", Roles: []identity.Role{identity.Planner, identity.Counsel}}
	for _, p := range []identity.Page{
		{Kind: identity.SignInPage, Title: "Sign in", CSRF: "c", Return: "/needs/n8", Passwords: true, Ways: []identity.Way{{Name: "Example login", URL: "/signin/to/oidc"}}},
		{Kind: identity.LinkPage, Title: "Sign in", Message: "This link works once.", CSRF: "c", Action: "/signin/link/secret"},
		{Kind: identity.AccountPage, Title: "Your account", CSRF: "c", Who: &who, Passwords: true},
		{Kind: identity.ContinuePage, Title: "Continue", Next: "/needs"},
		{Kind: identity.RefusedPage, Title: "Too Many Requests", Message: "too many failures; try again in 10 minutes", Code: identity.Locked},
	} {
		out := httptest.NewRecorder()
		webui.SignInPage(out, http.StatusOK, p)
		golden(t, "signin-"+string(p.Kind), words(out.Body.String()))
	}
}

// The first administrator comes in by the link of the start, is told what to do, and sees nothing of anybody's matters. Whoever is
// taken out meanwhile is out.
func TestBehindTheGate(t *testing.T) {
	ctx := context.Background()
	var pages http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { pages.ServeHTTP(w, r) }))
	defer server.Close()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	gate, err := identity.New(memory.New(), identity.Options{Origin: server.URL, Log: log, Page: webui.SignInPage})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	ui := webui.New(webui.Options{Desk: w.desk, Who: webui.SignedIn, Still: webui.StillIn(gate), Feed: w.feed, Diagnostics: log})
	m := http.NewServeMux()
	for _, path := range identity.Paths {
		m.Handle(path, gate.Handler())
	}
	m.Handle("/", gate.Authenticate(ui))
	pages = m
	var printed bytes.Buffer
	if _, err := gate.Bootstrap(ctx, "operator", &printed, ""); err != nil {
		t.Fatal(err)
	}
	operator := enter(t, regexp.MustCompile(`http://\S+/signin/link/\S+`).FindString(printed.String()))
	if got := operator.get(t, server.URL+"/"); !strings.Contains(got, "You run this server") {
		t.Errorf("the operator's first page says\n%s", words(got))
	}
	if got := operator.get(t, server.URL+"/needs"); !strings.Contains(got, "Not in your role") {
		t.Errorf("the operator sees\n%s", words(got))
	}
	sam, err := gate.AddPerson(ctx, identity.Console("operator"), identity.Person{Party: "northwind", Name: "Sam Okafor", Roles: []identity.Role{identity.HolderDesk}})
	if err != nil {
		t.Fatal(err)
	}
	link, err := gate.Invite(ctx, identity.Console("operator"), sam.ID)
	if err != nil {
		t.Fatal(err)
	}
	holder := enter(t, link)
	page := holder.get(t, server.URL+"/needs/n8/matters/m1")
	token := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(page)
	if token == nil || !strings.Contains(page, "Notice to Northwind Compute") {
		t.Fatalf("the holder sees\n%s", words(page))
	}
	review := holder.post(t, server.URL+"/needs/n8/act/answer/m1", url.Values{"csrf": {token[1]}, "kind": {"decline"}, "step": {"review"}})
	if !strings.Contains(review, "Northwind Compute declines.") {
		t.Errorf("the review says\n%s", words(review))
	}
	if got := holder.post(t, server.URL+"/needs/n8/act/answer/m1", url.Values{"kind": {"decline"}, "step": {"review"}}); strings.Contains(got, "declines.") {
		t.Error("a form without the session's token was taken")
	}
	if err := gate.SetDisabled(ctx, identity.Console("operator"), sam.ID, true); err != nil {
		t.Fatal(err)
	}
	if got := holder.get(t, server.URL+"/"); !strings.Contains(got, "Sign in to your desk") {
		t.Errorf("who was taken out sees\n%s", words(got))
	}
}

// visitor is a browser without a window.
type visitor struct{ client *http.Client }

// enter opens a one-time link and presses its button.
func enter(t *testing.T, link string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{&http.Client{Jar: jar}}
	page := v.get(t, link)
	token := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(page)
	if token == nil {
		t.Fatalf("the link %q shows\n%s", link, words(page))
	}
	if got := v.post(t, link, url.Values{"csrf": {token[1]}}); !strings.Contains(got, "Your account") {
		t.Fatalf("the button leads to\n%s", words(got))
	}
	return v
}

func (v *visitor) get(t *testing.T, at string) string {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, at, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	return v.body(t, r)
}

func (v *visitor) post(t *testing.T, at string, form url.Values) string {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, at, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return v.body(t, r)
}

func (v *visitor) body(t *testing.T, r *http.Request) string {
	t.Helper()
	resp, err := v.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
