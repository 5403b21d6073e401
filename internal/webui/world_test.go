package webui_test

import (
	"context"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"firstlook/calendar"
	"firstlook/internal/demo"
	"firstlook/internal/desk"
	"firstlook/internal/identity"
	"firstlook/internal/journal"
	"firstlook/internal/journal/memory"
	"firstlook/internal/pricebook"
	"firstlook/internal/webui"
)

// standing is a clock that is moved by hand.
type standing struct{ at calendar.Instant }

func (c *standing) Now() calendar.Instant                   { return c.at }
func (c *standing) After(calendar.Instant) <-chan time.Time { return nil }

const (
	noon  = "2026-11-22T12:00Z"
	token = "the-token-of-this-session"
)

// world is a populated desk with its pages.
type world struct {
	t     testing.TB
	desk  *desk.Desk
	store journal.Store
	clock *standing
	pages *webui.UI
	feed  *webui.Feed
}

func tables() desk.Tables {
	return desk.Tables{Throughput: pricebook.EmbeddedThroughputs()[0], Egress: *pricebook.EmbeddedEgress()}
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return worldOn(t, memory.New(), webui.Options{})
}

func worldOn(t testing.TB, store journal.Store, o webui.Options) *world {
	t.Helper()
	now, err := calendar.Parse(noon)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, store: store, clock: &standing{now}}
	if err := demo.Populate(context.Background(), store, tables(), now); err != nil {
		t.Fatal(err)
	}
	if w.desk, err = desk.Open(context.Background(), store, w.clock, tables()); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	w.feed = webui.NewFeed(w.desk, store, log)
	o.Desk, o.Who, o.Feed, o.Diagnostics = w.desk, who, w.feed, log
	w.pages = webui.New(o)
	return w
}

// who reads the seat from a header, which stands for a session here.
func who(r *http.Request) (webui.Subject, bool) {
	for _, s := range demo.Seats {
		if s.ID == r.Header.Get("Seat") {
			role := identity.Role(s.Role)
			return webui.Subject{Party: s.Party, Person: s.Person, Roles: []string{webui.RoleWords(role)}, All: role == identity.Auditor, CSRF: token, Leave: "/signout",
				May: func(a string) bool { return role.May(identity.Action(a)) }}, true
		}
	}
	if r.Header.Get("Seat") == "operator" {
		return webui.Subject{Party: "operator", Person: "Olu Ray", Roles: []string{webui.RoleWords(identity.Operator)}, CSRF: token, May: func(a string) bool { return identity.Operator.May(identity.Action(a)) }}, true
	}
	return webui.Subject{}, false
}

func (w *world) send(seat, method, path string, form url.Values) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Seat", seat)
	out := httptest.NewRecorder()
	w.pages.ServeHTTP(out, r)
	return out
}

func (w *world) get(seat, path string) *httptest.ResponseRecorder {
	w.t.Helper()
	return w.send(seat, http.MethodGet, path, nil)
}

// post sends a form of this session.
func (w *world) post(seat, path string, pairs ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	form := url.Values{"csrf": {token}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return w.send(seat, http.MethodPost, path, form)
}

var (
	keyField = regexp.MustCompile(`name="key" value="([0-9a-f]{32})"`)
	blocks   = regexp.MustCompile(`(?i)</?(main|section|article|div|p|h[1-4]|li|ul|ol|dl|dt|dd|tr|table|thead|tbody|form|fieldset|details|summary|caption|header|nav|option|svg|desc|title|label|textarea)\b[^>]*>`)
	links    = regexp.MustCompile(`(?s)<a\b[^>]*href="([^"]*)"[^>]*>(.*?)</a>`)
	heads    = regexp.MustCompile(`<h([1-4])\b[^>]*>`)
	buttons  = regexp.MustCompile(`(?s)<button\b[^>]*>(.*?)</button>`)
	cells    = regexp.MustCompile(`</t[hd]>`)
	tags     = regexp.MustCompile(`(?s)<[^>]*>`)
	spaces   = regexp.MustCompile(`[ \t]+`)
	unsteady = regexp.MustCompile(`[0-9a-f]{64}|hash is [0-9a-f]{12}`)
)

// key is what the review of a command gives to its record.
func key(t testing.TB, out *httptest.ResponseRecorder) string {
	t.Helper()
	m := keyField.FindStringSubmatch(out.Body.String())
	if m == nil {
		t.Fatalf("status %d, no key in:\n%s", out.Code, words(out.Body.String()))
	}
	return m[1]
}

// words are what a page says: headings, text, cells, where its links lead and what its buttons say; without the frame around it.
func words(page string) string {
	if _, rest, ok := strings.Cut(page, "<main"); ok {
		page, _, _ = strings.Cut("<main"+rest, "</main>")
	}
	page = heads.ReplaceAllStringFunc(page, func(h string) string { return h + strings.Repeat("#", int(h[2]-'0')) + " " })
	page = links.ReplaceAllString(page, "$2 ($1)")
	page = buttons.ReplaceAllString(page, "[$1]")
	page = cells.ReplaceAllString(page, " | ")
	page = blocks.ReplaceAllString(page, "\n")
	page = html.UnescapeString(tags.ReplaceAllString(page, " "))
	var out []string
	for _, line := range strings.Split(page, "\n") {
		line = strings.TrimSpace(spaces.ReplaceAllString(line, " "))
		if line = strings.TrimSuffix(line, " |"); line != "" && line != "|" {
			out = append(out, unsteady.ReplaceAllString(line, "(hex digits)"))
		}
	}
	return strings.Join(out, "\n") + "\n"
}
