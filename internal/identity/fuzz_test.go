package identity

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What reads as a token is written back to the same text: there is one spelling of each.
func FuzzToken(f *testing.F) {
	f.Add(tokenText("0123456789abcdef", secret{1, 2, 3}))
	f.Add("fl_0123456789abcdef_")
	f.Add("fl__" + strings.Repeat("0", 64))
	f.Add("FL_0123456789abcdef_" + strings.Repeat("0", 64))
	f.Add("fl_0123456789abcdef_" + strings.Repeat("A", 64))
	f.Fuzz(func(t *testing.T, text string) {
		id, s, ok := parseToken(text)
		if ok && tokenText(id, s) != text {
			t.Errorf("%q reads as %q", text, tokenText(id, s))
		}
		if !ok && s != (secret{}) {
			t.Errorf("%q is none, and left %x", text, s[:])
		}
	})
}

// A cookie reads only if the header holds it once, spelled in the one way.
func FuzzCookie(f *testing.F) {
	good := "__Host-fl_session=" + secret{7}.reveal()
	f.Add(good)
	f.Add(good + "; " + good)
	f.Add(good + ",")
	f.Add(`__Host-fl_session="` + secret{7}.reveal() + `"`)
	f.Add("__host-fl_session=" + secret{7}.reveal())
	f.Add("a=b; " + good + "; __Host-fl_browser=x")
	g := &Gate{secure: true}
	f.Fuzz(func(t *testing.T, header string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", header)
		s, ok := g.cookie(r, sessionCookie)
		if !ok {
			return
		}
		if n := strings.Count(header, "__Host-fl_session="); n < 1 || !strings.Contains(header, s.reveal()) {
			t.Errorf("%q reads as %q", header, s.reveal())
		}
		if again := g.makeCookie(sessionCookie, s.reveal(), 0); again.Valid() != nil {
			t.Errorf("%q: %v", header, again.Valid())
		}
	})
}

// Whatever is asked for, the way after signing in stays on this server.
func FuzzReturn(f *testing.F) {
	for _, s := range []string{"/need/n1?tab=offers", "//evil.example", `/\evil.example`, "/%2fevil.example", "https://evil.example", "/\t/evil.example", "", "/..//evil.example", "/a b",
		"///evil.example", "/%5cevil.example", "javascript:alert(1)", "/@evil.example", "/\u0085/evil.example"} {
		f.Add(s)
	}
	base, err := url.Parse("https://f.example/signin")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path string) {
		got := safeReturn(path)
		rec := httptest.NewRecorder()
		http.Redirect(rec, httptest.NewRequest("GET", "/signin", nil), got, http.StatusSeeOther)
		location := rec.Header().Get("Location")
		to, err := base.Parse(location)
		if err != nil || to.Host != "f.example" || to.Scheme != "https" {
			t.Errorf("%q goes to %q: %v", path, location, err)
		}
		if strings.HasPrefix(location, "//") || strings.ContainsAny(location, "\\\t\r\n") || !strings.HasPrefix(location, "/") {
			t.Errorf("%q goes to %q, which browsers may read as another host", path, location)
		}
	})
}

func FuzzBearer(f *testing.F) {
	f.Add("Bearer x")
	f.Add("bearer  x")
	f.Add("Basic eDp5")
	f.Add("Bearer")
	f.Fuzz(func(t *testing.T, header string) {
		if c, ok := bearer(header); ok && (c == "" || !strings.HasSuffix(header, " "+c) || !strings.EqualFold(header[:7], "bearer ")) {
			t.Errorf("%q reads as %q", header, c)
		}
	})
}

// The rate limits keep their memory bounded, and a flood of callers slows itself before others.
func TestBucketsAreBounded(t *testing.T) {
	var r rates
	r.set(DefaultLimits)
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for i := range maxBuckets + 1000 {
		r.signIn.take(strconv.Itoa(i), now)
	}
	if n := len(r.signIn.of); n > maxBuckets+1 {
		t.Errorf("%d buckets", n)
	}
	if _, ok := r.signIn.take("a newcomer in the flood", now); ok {
		t.Error("the flood's shared bucket is endless")
	}
	if _, ok := r.signIn.take("a newcomer after it", now.Add(DefaultLimits.SignIn.Every*2)); !ok {
		t.Error("there is no room after the flood")
	}
}

// A secret does not get into a log by mistake.
func TestSecretHides(t *testing.T) {
	s := newSecret()
	if got := s.String(); strings.Contains(got, s.reveal()[:8]) {
		t.Error(got)
	}
	if s.derive("csrf") == s.derive("form") || s.derive("csrf") == s.reveal() || s.hash() == s.reveal() || newSecret() == s {
		t.Error("two secrets are one")
	}
	if !equal("a", "a") || equal("a", "b") || equal("a", "aa") || equal("", "a") {
		t.Error("equal is not equality")
	}
}
