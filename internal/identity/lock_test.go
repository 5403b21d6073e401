package identity_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"firstlook/internal/identity"
	"firstlook/internal/identity/memory"
)

const goodPassword = "correct horse battery"

// withPassword makes a person with a password.
func (w *world) withPassword(of string) identity.Person {
	w.t.Helper()
	b, p := w.person(of, identity.HolderDesk)
	b.page("/account")
	if a := b.post("/account/password", "password", goodPassword); a.status != http.StatusOK || b.who().Person != p.ID {
		w.t.Fatalf("setting a password: %d %s", a.status, a.body)
	}
	return p
}

// try signs in by password in a new browser.
func (w *world) try(email, password string) (answer, *browser) {
	w.t.Helper()
	b := w.browser()
	b.page("/signin?return=/desk")
	return b.post("/signin/password", "email", email, "password", password, "return", "/desk"), b
}

func TestPassword(t *testing.T) {
	w := newWorld(t, memory.New(), nil)
	p := w.withPassword("northwind")
	a, b := w.try(" Northwind@Example.com ", goodPassword)
	check(t, "signed in", b.who().Person, p.ID)
	check(t, "where she wanted", a.url.Path, "/desk")
	other, _ := w.try("northwind@example.com", goodPassword)
	check(t, "twice", other.url.Path, "/desk")

	b.page("/account")
	check(t, "the old one is asked for", b.post("/account/password", "old", "wrong", "password", "another long one").code(), "sign-in-failed")
	check(t, "too short", b.post("/account/password", "old", goodPassword, "password", "short").code(), "malformed")
	b.post("/account/password", "old", goodPassword, "password", "another long one")
	check(t, "the session goes on", b.who().Person, p.ID)
	a, _ = w.try("northwind@example.com", goodPassword)
	check(t, "the old one", a.code(), "sign-in-failed")
	_, b = w.try("northwind@example.com", "another long one")
	check(t, "the new one", b.who().Person, p.ID)

	twin, _ := w.person("northwind", identity.HolderDesk) // the same e-mail address
	twin.page("/account")
	check(t, "an address that has an account", twin.post("/account/password", "password", goodPassword).code(), "conflict")

	off := newWorld(t, memory.New(), func(o *identity.Options) { o.Passwords = false })
	b = off.browser()
	b.page("/signin/link/x") // has a form
	a = b.post("/signin/password", "email", "northwind@example.com", "password", goodPassword)
	check(t, "where passwords are off", a.code(), "unknown")
}

// Guessing locks the account for longer and longer; time forgives; who is signed in is not touched.
func TestLockOut(t *testing.T) {
	w := newWorld(t, memory.New(), func(o *identity.Options) { o.Idle, o.Absolute = 1000*time.Hour, 1000*time.Hour })
	w.withPassword("northwind")
	_, inside := w.try("northwind@example.com", goodPassword)
	for _, email := range []string{"northwind@example.com", "nobody@example.com"} { // one like the other
		wait := time.Duration(0)
		for i := range 5 {
			a, _ := w.try(email, "guess")
			check(t, email+" guess "+strconv.Itoa(i), a.code(), "sign-in-failed")
		}
		var waits []string
		for range 9 {
			a, _ := w.try(email, goodPassword)
			check(t, email+": the right one while locked", a.code(), "locked")
			waits = append(waits, a.header.Get("Retry-After"))
			seconds, _ := strconv.Atoi(waits[len(waits)-1])
			wait = time.Duration(seconds) * time.Second
			w.clock.pass(wait - time.Millisecond)
			a, _ = w.try(email, goodPassword)
			check(t, email+": just before the end", a.code(), "locked")
			w.clock.pass(time.Millisecond)
			a, _ = w.try(email, "guess")
			check(t, email+": a guess after it", a.code(), "sign-in-failed")
		}
		// Seconds, doubled to an hour. After a lock of an hour one failure is forgiven, so the hour stays the longest.
		check(t, email+": waits", strings.Join(waits, " "), "30 60 120 240 480 960 1920 3600 3600")
		check(t, email+": whoever is inside", inside.who().Person != "", true)
		w.clock.pass(wait)
		w.clock.pass(time.Hour)
	}
	_, b := w.try("northwind@example.com", goodPassword)
	check(t, "in the end", b.who().Person != "", true)
	for range 4 {
		w.try("northwind@example.com", "guess")
	}
	_, b = w.try("northwind@example.com", goodPassword)
	check(t, "signing in clears the account", b.who().Person != "", true)
	if w.count(identity.LockedOut) == 0 {
		t.Error("no lock is in the audit")
	}
}

// One address that tries many accounts is locked; the account is not.
func TestAddressLock(t *testing.T) {
	w := newWorld(t, memory.New(), func(o *identity.Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	w.withPasswordVia("10.0.0.1")
	for i := range 20 {
		a := w.tryFrom("10.9.9.9", "someone"+strconv.Itoa(i)+"@example.com", "guess")
		check(t, "guess", a.code(), "sign-in-failed")
	}
	check(t, "the twenty-first", w.tryFrom("10.9.9.9", "northwind@example.com", goodPassword).code(), "locked")
	check(t, "from elsewhere", w.tryFrom("10.0.0.1", "northwind@example.com", goodPassword).status, http.StatusOK)
	check(t, "a made up way", w.tryFrom("10.0.0.1, 10.9.9.9", "northwind@example.com", goodPassword).code(), "locked")
	check(t, "by two proxies", w.tryFrom("10.9.9.9, 127.0.0.5", "northwind@example.com", goodPassword).code(), "locked")
	for i := range 20 { // the addresses of one IPv6 network are one
		w.tryFrom("2001:db8::"+strconv.Itoa(i), "else"+strconv.Itoa(i)+"@example.com", "guess")
		w.clock.pass(5 * time.Second)
	}
	check(t, "its network", w.tryFrom("2001:db8::ffff:1", "x@example.com", "guess").code(), "locked")
}

// via makes a browser whose requests come through a proxy from an address.
func (w *world) via(address string) *browser {
	b := w.browser()
	b.Transport = forwarded{address, b.Transport}
	return b
}

type forwarded struct {
	address string
	next    http.RoundTripper
}

func (f forwarded) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Forwarded-For", f.address)
	r.Header.Set("X-Forwarded-Proto", "https")
	return f.next.RoundTrip(r)
}

func (w *world) tryFrom(address, email, password string) answer {
	w.t.Helper()
	b := w.via(address)
	b.page("/signin")
	return b.post("/signin/password", "email", email, "password", password)
}

func (w *world) withPasswordVia(address string) {
	w.t.Helper()
	p, err := w.gate.AddPerson(ctx, w.root, identity.Person{Party: "northwind", Name: "N", Email: "northwind@example.com", Roles: []identity.Role{identity.HolderDesk}})
	if err != nil {
		w.t.Fatal(err)
	}
	link, err := w.gate.Invite(ctx, w.root, p.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	b := w.via(address)
	b.open(link)
	b.page("/account")
	if a := b.post("/account/password", "password", goodPassword); a.status != http.StatusOK {
		w.t.Fatalf("%d %s", a.status, a.body)
	}
}

// Guesses made at the same time are counted before they are checked: five are looked at, and no more.
func TestLockOutRace(t *testing.T) {
	everyStore(t, func(t *testing.T, store identity.Store) {
		w := newWorld(t, store, nil)
		w.withPassword("northwind")
		codes := make([]string, 30)
		var wg sync.WaitGroup
		for i := range codes {
			b := w.browser()
			b.page("/signin")
			wg.Go(func() {
				codes[i] = b.post("/signin/password", "email", "northwind@example.com", "password", "guess").code()
			})
		}
		wg.Wait()
		slices.Sort(codes)
		check(t, "locked", strings.Count(strings.Join(codes, " "), "locked"), 25)
		check(t, "looked at", strings.Count(strings.Join(codes, " "), "sign-in-failed"), 5)
	})
}

// An account that is not there takes as much work as one that is, and is answered with the same bytes.
func TestUnknownAccountLooksTheSame(t *testing.T) {
	w := newWorld(t, memory.New(), nil)
	w.withPassword("northwind")
	const tries = 4
	least := map[string]time.Duration{}
	bodies := map[string]string{}
	for range tries {
		for _, email := range []string{"northwind@example.com", "nobody@example.com"} {
			b := w.browser()
			b.page("/signin")
			began := time.Now()
			a := b.post("/signin/password", "email", email, "password", "guess")
			if took := time.Since(began); least[email] == 0 || took < least[email] {
				least[email] = took
			}
			bodies[email] = a.body
		}
	}
	check(t, "answers", bodies["northwind@example.com"], bodies["nobody@example.com"])
	known, unknown := least["northwind@example.com"], least["nobody@example.com"]
	t.Logf("least time of %d: known %v, unknown %v", tries, known, unknown)
	if known > 3*unknown || unknown > 3*known { // without the hash, unknown takes less than a tenth
		t.Errorf("known %v, unknown %v", known, unknown)
	}
}

func TestRates(t *testing.T) {
	w := newWorld(t, memory.New(), func(o *identity.Options) {
		o.Limits = identity.Limits{Address: identity.Limit{Burst: 30, Every: time.Second}, Account: identity.Limit{Burst: 5, Every: time.Second},
			SignIn: identity.Limit{Burst: 3, Every: time.Minute}}
		o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	b, _ := w.person("acme", identity.Planner)
	statuses := func(n int, f func() answer) (out []int) {
		for range n {
			out = append(out, f().status)
		}
		return out
	}
	w.clock.pass(time.Hour / 2)
	b.Transport = forwarded{"10.0.0.1", b.Transport}
	got := statuses(6, func() answer { return b.get("/") })
	check(t, "an account", slices.Equal(got, []int{200, 200, 200, 200, 200, 429}), true)
	check(t, "says when", b.get("/").header.Get("Retry-After"), "1")
	w.clock.pass(time.Second)
	check(t, "a second later", b.get("/").status, 200)

	c := w.via("10.0.0.2")
	got = statuses(4, func() answer { return c.get("/signin/to/nowhere") })
	check(t, "signing in", slices.Equal(got, []int{404, 404, 404, 429}), true)

	d := w.via("10.0.0.3")
	got = statuses(31, func() answer { return d.get("/") })
	check(t, "an address", got[29] != 429 && got[30] == 429, true)
	check(t, "another address", w.via("10.0.0.4").get("/").status, http.StatusUnauthorized)
}

// Plain HTTP is answered on loopback only, or where that is allowed; what a proxy says counts if it is trusted.
func TestPlainHTTP(t *testing.T) {
	proxy := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	for _, c := range []struct {
		name, origin, from, forwardedFor, proto string
		allow, tls                              bool
		want                                    int
	}{
		{"from elsewhere", "https://f.example", "203.0.113.7:1", "", "", false, false, 403},
		{"over TLS", "https://f.example", "203.0.113.7:1", "", "", false, true, 401},
		{"allowed", "http://f.example", "203.0.113.7:1", "", "", true, false, 401},
		{"loopback, loopback origin", "http://127.0.0.1:1", "127.0.0.1:9", "", "", false, false, 401},
		{"loopback IPv6", "http://localhost:1", "[::1]:9", "", "", false, false, 401},
		{"loopback, for others: a proxy that nobody named", "https://f.example", "127.0.0.1:9", "", "", false, false, 403},
		{"elsewhere, loopback origin", "http://127.0.0.1:1", "203.0.113.7:1", "", "", false, false, 403},
		{"a trusted proxy", "https://f.example", "192.0.2.1:1", "203.0.113.7", "https", false, false, 401},
		{"a trusted proxy of a plain request", "https://f.example", "192.0.2.1:1", "203.0.113.7", "http", false, false, 403},
		{"somebody who says to be one", "https://f.example", "203.0.113.7:1", "127.0.0.1", "https", false, false, 403},
		{"claims to come from loopback", "http://127.0.0.1:1", "192.0.2.1:1", "203.0.113.7, 127.0.0.1x", "", false, false, 403},
		{"no address", "http://127.0.0.1:1", "pipe", "", "", false, false, 403},
	} {
		g, err := identity.New(memory.New(), identity.Options{Origin: c.origin, AllowPlainHTTP: c.allow, TrustedProxies: proxy, Limits: fast})
		if err != nil {
			t.Fatal(c.name, err)
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.from
		if c.tls {
			r = httptest.NewRequest("GET", "https://f.example/", nil)
			r.RemoteAddr = c.from
		}
		if c.forwardedFor != "" {
			r.Header.Set("X-Forwarded-For", c.forwardedFor)
			r.Header.Set("X-Forwarded-Proto", c.proto)
		}
		rec := httptest.NewRecorder()
		g.Authenticate(http.NotFoundHandler()).ServeHTTP(rec, r)
		check(t, c.name, rec.Code, c.want)
	}
	for _, origin := range []string{"", "f.example", "ftp://f.example", "http://f.example", "https://f.example/", "https://f.example?x", "https://u@f.example", "https://"} {
		if _, err := identity.New(memory.New(), identity.Options{Origin: origin}); err == nil {
			t.Errorf("origin %q was taken", origin)
		}
	}
	g, err := identity.New(memory.New(), identity.Options{Origin: "https://f.example"})
	if err != nil {
		t.Fatal(err)
	}
	for address, ok := range map[string]bool{"127.0.0.1:1": true, "[::1]:1": true, "localhost:1": true, ":1": false, "0.0.0.0:1": false, "10.0.0.1:1": false, "nonsense": false} {
		check(t, "listen on "+address, g.MayListen(address, false) == nil, ok)
	}
	check(t, "with TLS", g.MayListen(":443", true), nil)
}
