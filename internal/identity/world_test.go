package identity_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"firstlook/internal/identity"
	"firstlook/internal/identity/identitydb"
	"firstlook/internal/identity/memory"
	"firstlook/party"
)

var ctx = context.Background()

// clock is moved by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// world is a server with a gate, an OpenID provider, and a clock for both.
type world struct {
	t      *testing.T
	clock  *clock
	store  identity.Store
	gate   *identity.Gate
	server *httptest.Server
	idp    *idp
	root   identity.Subject // an operator
}

// fast are limits that no test meets by chance.
var fast = identity.Limits{Address: identity.Limit{Burst: 1e6, Every: 1}, Account: identity.Limit{Burst: 1e6, Every: 1}, SignIn: identity.Limit{Burst: 1e6, Every: 1}}

// newWorld serves over TLS; change may alter the options.
func newWorld(t *testing.T, store identity.Store, change func(*identity.Options)) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{at: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)}, store: store, root: identity.Console("host")}
	w.idp = newIDP(t, w.clock.now)
	w.server = httptest.NewUnstartedServer(nil)
	w.server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // handshakes that tests break off
	o := identity.Options{Origin: "https://" + w.server.Listener.Addr().String(), Limits: fast, Now: w.clock.now, Log: slog.New(slog.DiscardHandler), Passwords: true,
		Providers: []identity.Provider{{ID: "corp", Name: "Corp", Issuer: w.idp.URL, ClientID: clientID, ClientSecret: clientSecret}}}
	if change != nil {
		change(&o)
	}
	var err error
	if w.gate, err = identity.New(store, o); err != nil {
		t.Fatal(err)
	}
	w.server.Config.Handler = mounted(w.gate)
	w.server.StartTLS()
	t.Cleanup(w.server.Close)
	return w
}

// mounted is a server that shows who asks, and has one command.
func mounted(g *identity.Gate) http.Handler {
	m, app := http.NewServeMux(), http.NewServeMux()
	for _, p := range identity.Paths {
		m.Handle(p, g.Handler())
	}
	app.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		who, _ := identity.FromContext(r.Context())
		reply(w, who)
	})
	app.Handle("POST /answer", g.Require("answer", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "answered "+r.PostFormValue("what"))
	})))
	app.Handle("GET /notices", g.Require(identity.ViewNotice, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "notices") })))
	m.Handle("/", g.Authenticate(app))
	return m
}

// everyStore runs a test on each kind of store.
func everyStore(t *testing.T, test func(*testing.T, identity.Store)) {
	t.Run("memory", func(t *testing.T) { test(t, memory.New()) })
	t.Run("sqlite", func(t *testing.T) {
		s, err := identitydb.Open(filepath.Join(t.TempDir(), "identity.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		test(t, s)
	})
}

// browser is a client that keeps cookies and follows redirects.
type browser struct {
	*http.Client
	w *world
	// csrf of the page that it last loaded
	csrf string
}

func (w *world) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &browser{Client: &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: w.trust()}}, w: w}
}

// trust is a client's view of the test server's certificate.
func (w *world) trust() *tls.Config {
	return w.server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
}

// answer is what came back, with the address where redirects ended.
type answer struct {
	status int
	body   string
	header http.Header
	url    *url.URL
}

func (a answer) code() string {
	var p struct{ Code string }
	_ = json.Unmarshal([]byte(a.body), &p) // not a problem: no code
	return p.Code
}

func (b *browser) do(r *http.Request) answer {
	b.w.t.Helper()
	res, err := b.Do(r)
	if err != nil {
		b.w.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.w.t.Fatal(err)
	}
	if m := csrfField.FindSubmatch(body); m != nil {
		b.csrf = string(m[1])
	}
	return answer{res.StatusCode, string(body), res.Header, res.Request.URL}
}

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]*)"`)

func (b *browser) request(method, path string, body io.Reader) *http.Request {
	b.w.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = b.w.server.URL + path
	}
	r, err := http.NewRequest(method, path, body)
	if err != nil {
		b.w.t.Fatal(err)
	}
	return r
}

// page loads a page as a browser does.
func (b *browser) page(path string) answer {
	b.w.t.Helper()
	r := b.request("GET", path, nil)
	r.Header.Set("Accept", "text/html,*/*;q=0.1")
	return b.do(r)
}

// get asks as a program.
func (b *browser) get(path string) answer { b.w.t.Helper(); return b.do(b.request("GET", path, nil)) }

// post sends a form with the csrf token of the last page; further pairs are fields, and may replace it.
func (b *browser) post(path string, pairs ...string) answer {
	b.w.t.Helper()
	form := url.Values{"csrf": {b.csrf}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r := b.request("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}

// who returns whom the server takes the browser for, "" for nobody.
func (b *browser) who() identity.Subject {
	b.w.t.Helper()
	var s identity.Subject
	if a := b.get("/"); a.status == http.StatusOK {
		if err := json.Unmarshal([]byte(a.body), &s); err != nil {
			b.w.t.Fatal(err)
		}
	}
	return s
}

// cookies of the server, by name.
func (b *browser) cookies() map[string]string {
	u, _ := url.Parse(b.w.server.URL)
	out := map[string]string{}
	for _, c := range b.Jar.Cookies(u) {
		out[c.Name] = c.Value
	}
	return out
}

// plant puts a cookie into the browser.
func (b *browser) plant(name, value string) {
	u, _ := url.Parse(b.w.server.URL)
	b.Jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: "/", Secure: true}})
}

const sessionName, browserName = "__Host-fl_session", "__Host-fl_browser"

// person adds a person with an invitation and returns a browser in which they are signed in.
func (w *world) person(of string, roles ...identity.Role) (*browser, identity.Person) {
	w.t.Helper()
	p, err := w.gate.AddPerson(ctx, w.root, identity.Person{Party: party.ID(of), Name: "one of " + of, Email: of + "@example.com", Roles: roles})
	if err != nil {
		w.t.Fatal(err)
	}
	link, err := w.gate.Invite(ctx, w.root, p.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	b := w.browser()
	if a := b.open(link); a.status != http.StatusOK || b.who().Person != p.ID {
		w.t.Fatalf("the invitation did not sign in: %d %s", a.status, a.body)
	}
	return b, p
}

// open opens a link and presses its button.
func (b *browser) open(link string) answer {
	b.w.t.Helper()
	if a := b.page(link); a.status != http.StatusOK {
		return a
	}
	return b.post(link)
}

// subject is who a browser is, as the gate's methods take it: as a handler sees it.
func (b *browser) subject() identity.Subject {
	b.w.t.Helper()
	u, _ := url.Parse(b.w.server.URL)
	r := httptest.NewRequest("GET", b.w.server.URL+"/", nil)
	r.TLS = &tls.ConnectionState{}
	r.RemoteAddr = "127.0.0.1:9"
	for _, c := range b.Jar.Cookies(u) {
		r.AddCookie(c)
	}
	var who identity.Subject
	b.w.gate.Authenticate(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { who, _ = identity.FromContext(r.Context()) })).
		ServeHTTP(httptest.NewRecorder(), r)
	if who.Person == "" {
		b.w.t.Fatal("the browser is not signed in")
	}
	return who
}

// events lists the audit, the first first, as "kind actor about: detail".
func (w *world) events() (out []identity.Event) {
	w.t.Helper()
	events, err := w.gate.Audit(ctx, w.root, identity.AuditQuery{Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	for i := len(events) - 1; i >= 0; i-- {
		out = append(out, events[i])
	}
	return out
}

// last is the latest event.
func (w *world) last() identity.Event {
	w.t.Helper()
	e := w.events()
	return e[len(e)-1]
}

// count counts the events of a kind.
func (w *world) count(kind identity.EventKind) (n int) {
	w.t.Helper()
	for _, e := range w.events() {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// codeOf is the code of a refusal, "" for none.
func codeOf(err error) identity.Code {
	var no *identity.Refusal
	if errors.As(err, &no) {
		return no.Code
	}
	return ""
}

func check(t *testing.T, what string, got, want any) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
