package notify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"firstlook/calendar"
	"firstlook/internal/notify"
	"firstlook/party"
)

var (
	secret    = bytes.Repeat([]byte("w"), 32)
	localhost = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
)

// hook is a party's machine: it answers with a status each, 200 once they are used up.
type hook struct {
	*httptest.Server
	mu       sync.Mutex
	statuses []int
	calls    []call
	answer   func(http.ResponseWriter, *http.Request) // in place of a status
}

type call struct {
	header http.Header
	body   []byte
}

func openHook(t *testing.T, statuses ...int) *hook {
	t.Helper()
	h := &hook{statuses: statuses}
	h.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.calls = append(h.calls, call{r.Header, body})
		if h.answer != nil {
			h.answer(w, r)
			return
		}
		if len(h.statuses) > 0 {
			w.WriteHeader(h.statuses[0])
			h.statuses = h.statuses[1:]
		}
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *hook) heard() []call {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]call(nil), h.calls...)
}

func hookTo(address string, secrets ...[]byte) *book {
	return &book{routes: map[party.ID][]notify.Route{"northwind": {{Channel: notify.Webhook, Address: address, Secrets: secrets}}}}
}

func hooks(h *hook) func(*notify.Options) {
	return func(o *notify.Options) {
		o.Webhooks = &notify.Webhooks{Source: origin, Timeout: 2 * time.Second, Allow: localhost, Transport: h.Client().Transport.(*http.Transport)}
	}
}

// A webhook is called with a whole CloudEvent, signed with each of its secrets.
func TestWebhook(t *testing.T) {
	h := openHook(t)
	w := enter(t, "information-tolls", nil)
	w.play(3)
	var l heard
	older := bytes.Repeat([]byte("o"), 32)
	n := w.notifier(w.store, &l, hookTo(h.URL+"/in?key=x", secret, older), hooks(h))
	w.give(n, "noticed", "northwind")
	w.pass(n)
	l.expect(t, "noticed delivered server")
	calls := h.heard()
	if len(calls) != 1 {
		t.Fatalf("%d calls", len(calls))
	}
	for _, s := range [][]byte{secret, older} {
		if id, err := notify.Verify(calls[0].header, calls[0].body, w.clock.Now(), s); err != nil || id != "n1.3.5.northwind" {
			t.Errorf("the call is of %q: %v", id, err)
		}
	}
	var e struct {
		SpecVersion, ID, Source, Type, Subject, Time, DataContentType string
		Data                                                          notify.Document
	}
	if err := json.Unmarshal(calls[0].body, &e); err != nil {
		t.Fatal(err)
	}
	_, d := w.document("noticed", "northwind")
	if diff := cmp.Diff(d, e.Data); diff != "" {
		t.Errorf("the data differ from the document (-want +got):\n%s", diff)
	}
	got := []string{e.SpecVersion, e.ID, e.Source, e.Type, e.Subject, e.Time, e.DataContentType, calls[0].header.Get("Content-Type")}
	want := []string{"1.0", "n1.3.5.northwind", origin, "firstlook.noticed", "n1/m1", "2026-03-03T12:00:00Z", "application/json", "application/cloudevents+json; charset=utf-8"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, calls[0].body, "", "  "); err != nil {
		t.Fatal(err)
	}
	golden(t, "event.json", append(pretty.Bytes(), '\n'))
}

// A receiver refuses what was changed, is signed with another secret or is of another time.
func TestVerify(t *testing.T) {
	h := openHook(t)
	w := enter(t, "information-tolls", nil)
	w.play(3)
	n := w.notifier(w.store, &heard{}, hookTo(h.URL, secret), hooks(h))
	w.give(n, "noticed", "northwind")
	w.pass(n)
	c := h.heard()[0]
	now := w.clock.Now()
	for name, test := range map[string]struct {
		spoil  func(http.Header, []byte) []byte
		secret []byte
		at     calendar.Instant
		good   bool
	}{
		"as it came":        {nil, secret, now, true},
		"five minutes late": {nil, secret, now.Add(notify.ReplayWindow), true},
		"too late":          {nil, secret, now.Add(notify.ReplayWindow + time.Second), false},
		"too early":         {nil, secret, now.Add(-notify.ReplayWindow - time.Second), false},
		"another secret":    {nil, bytes.Repeat([]byte("x"), 32), now, false},
		"empty secret":      {nil, nil, now, false},
		"another body":      {func(_ http.Header, b []byte) []byte { return append(b, ' ') }, secret, now, false},
		"another id":        {func(h http.Header, b []byte) []byte { h.Set("webhook-id", "n1.3.5.southwind"); return b }, secret, now, false},
		"another time": {func(h http.Header, b []byte) []byte {
			h.Set("webhook-timestamp", fmt.Sprint(now.Time().Unix()+1))
			return b
		}, secret, now, false},
		"no time":      {func(h http.Header, b []byte) []byte { h.Del("webhook-timestamp"); return b }, secret, now, false},
		"no signature": {func(h http.Header, b []byte) []byte { h.Del("webhook-signature"); return b }, secret, now, false},
		"other version": {func(h http.Header, b []byte) []byte {
			h.Set("webhook-signature", strings.Replace(h.Get("webhook-signature"), "v1,", "v2,", 1))
			return b
		}, secret, now, false},
		"one of two": {func(h http.Header, b []byte) []byte {
			h.Set("webhook-signature", "v9,x v1,AAAA "+h.Get("webhook-signature"))
			return b
		}, secret, now, true},
	} {
		header, body := c.header.Clone(), bytes.Clone(c.body)
		if test.spoil != nil {
			body = test.spoil(header, body)
		}
		if _, err := notify.Verify(header, body, test.at, test.secret); (err == nil) != test.good || err != nil && !errors.Is(err, notify.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A webhook that fails is called again, later each time, with the same id and body; the next letter waits for the one before.
func TestWebhookRetries(t *testing.T) {
	h := openHook(t, 500, 302, 429)
	h.answer = nil
	w := enter(t, "information-tolls", nil)
	w.play(5)
	var l heard
	n := w.notifier(w.store, &l, hookTo(h.URL, secret), hooks(h))
	w.give(n, "", "northwind")
	var waits []string
	last := w.clock.Now()
	for range 40 {
		before := len(h.heard())
		w.pass(n)
		if calls := len(h.heard()); before < 4 && calls > before {
			waits = append(waits, time.Duration(int64(w.clock.Now()-last)*1000).String())
			last = w.clock.Now()
		}
		w.clock.add(30 * time.Second)
	}
	if diff := cmp.Diff([]string{"0s", "1m0s", "2m0s", "4m0s"}, waits[:4]); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
	calls := h.heard()
	var ids []string
	for _, c := range calls {
		ids = append(ids, c.header.Get("webhook-id"))
	}
	first := "n1.1.4.northwind"
	if diff := cmp.Diff([]string{first, first, first, first}, ids[:4]); diff != "" || !bytes.Equal(calls[0].body, calls[3].body) {
		t.Errorf("the calls (-want +got):\n%s", diff)
	}
	if len(ids) < 5 || ids[4] != "n1.3.5.northwind" || l.results()[0] != "offers-requested delivered server" {
		t.Errorf("after the first letter got through came %v, told %v", ids, l.results())
	}
}

// A server may ask for more time; one that is gone for good is not asked again, and a letter on which it went comes with a redrive.
func TestWebhookWaitAndGone(t *testing.T) {
	h := openHook(t)
	h.answer = func(w http.ResponseWriter, _ *http.Request) {
		if len(h.calls) == 1 {
			w.Header().Set("Retry-After", "600")
			w.WriteHeader(http.StatusServiceUnavailable)
		} else if len(h.calls) == 2 {
			w.WriteHeader(http.StatusGone)
		}
	}
	w := enter(t, "information-tolls", nil)
	w.play(3)
	var l heard
	n := w.notifier(w.store, &l, hookTo(h.URL, secret), hooks(h))
	w.give(n, "noticed", "northwind")
	for _, step := range []struct {
		after time.Duration
		calls int
	}{{0, 1}, {599 * time.Second, 1}, {time.Second, 2}, {24 * time.Hour, 2}} {
		w.clock.add(step.after)
		w.pass(n)
		if got := len(h.heard()); got != step.calls {
			t.Fatalf("%s later: %d calls, want %d", step.after, got, step.calls)
		}
	}
	l.expect(t, "trouble gave-up")
	dead, err := n.Dead(context.Background())
	if err != nil || len(dead) != 1 {
		t.Fatalf("%v %v", dead, err)
	}
	if err := n.Redrive(context.Background(), dead[0].ID, "A. Planner", "it is back"); err != nil {
		t.Fatal(err)
	}
	w.pass(n)
	l.expect(t, "noticed delivered server", "trouble gave-up")
}

// A redirect is not followed, a slow answer is given up, and what is large is not read.
func TestWebhookLimits(t *testing.T) {
	elsewhere := openHook(t)
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request)
		reply  string
	}{
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}, "a redirect is not followed"},
		"slow": {func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-time.After(5 * time.Second):
			}
		}, "Client.Timeout"},
		"long headers": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 1<<16)) }, "header"},
	} {
		h := openHook(t)
		h.answer = c.answer
		w := enter(t, "information-tolls", nil)
		w.play(3)
		var l heard
		n := w.notifier(w.store, &l, hookTo(h.URL+"/secret-path", secret), func(o *notify.Options) {
			hooks(h)(o)
			o.Webhooks.Timeout = 300 * time.Millisecond
		})
		w.give(n, "noticed", "northwind")
		for range 3 {
			w.pass(n)
			w.clock.add(time.Hour)
		}
		l.expect(t, "trouble late")
		if got := l.troubles[0].Reply; !strings.Contains(got, c.reply) || strings.Contains(got, "secret-path") {
			t.Errorf("%s: %q", name, got)
		}
	}
	if len(elsewhere.heard()) > 0 {
		t.Error("a redirect was followed")
	}
	large := openHook(t)
	large.answer = func(w http.ResponseWriter, _ *http.Request) {
		for range 1 << 10 {
			if _, err := w.Write(make([]byte, 1<<10)); err != nil {
				return
			}
		}
	}
	w := enter(t, "information-tolls", nil)
	w.play(3)
	var l heard
	n := w.notifier(w.store, &l, hookTo(large.URL, secret), hooks(large))
	w.give(n, "noticed", "northwind")
	w.pass(n)
	l.expect(t, "noticed delivered server")
}

// No webhook reaches this machine or the networks around it, by whatever name, unless they are allowed.
func TestWebhookGuard(t *testing.T) {
	h := openHook(t)
	port := h.URL[strings.LastIndexByte(h.URL, ':'):]
	for _, address := range []string{"https://127.0.0.1" + port, "https://localhost" + port, "https://[::1]" + port, "https://[::ffff:127.0.0.1]" + port, "https://0.0.0.0" + port, "https://127.1" + port,
		"https://2130706433" + port, "https://[64:ff9b::7f00:1]" + port, "https://10.0.0.1" + port, "https://169.254.169.254/latest/meta-data", "https://192.168.1.1", "https://[fe80::1%25lo]" + port, "https://[fd00::1]"} {
		w := enter(t, "information-tolls", nil)
		w.play(3)
		var l heard
		n := w.notifier(w.store, &l, hookTo(address, secret), func(o *notify.Options) {
			hooks(h)(o)
			o.Webhooks.Allow = nil
			o.Webhooks.Timeout = time.Second
		})
		w.give(n, "noticed", "northwind")
		for range 3 {
			w.pass(n)
			w.clock.add(time.Hour)
		}
		l.expect(t, "trouble late")
		if got := l.troubles[0].Reply; !strings.Contains(got, "webhooks may not call") && !strings.Contains(got, "no such host") && !strings.Contains(got, "server misbehaving") && !strings.Contains(got, "lookup") {
			t.Errorf("%s: %s", address, got)
		}
	}
	if len(h.heard()) > 0 {
		t.Error("a webhook reached this machine")
	}
	for _, address := range []string{"http://northwind.example", "https://", "ftp://northwind.example", "https://user:pass@northwind.example", "::", "https://northwind.example"} {
		w := enter(t, "information-tolls", nil)
		w.play(3)
		var l heard
		secrets := [][]byte{secret}
		if address == "https://northwind.example" {
			secrets = [][]byte{[]byte("short")}
		}
		n := w.notifier(w.store, &l, hookTo(address, secrets...), hooks(h))
		w.give(n, "noticed", "northwind")
		w.pass(n)
		if diff := cmp.Diff([]string{"trouble gave-up"}, l.results()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", address, diff)
		}
	}
}

// Without TLS only an allowed network is called, and only where that is allowed too.
func TestWebhookWithoutTLS(t *testing.T) {
	var calls atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	t.Cleanup(server.Close)
	for _, c := range []struct {
		plain bool
		allow []netip.Prefix
		calls int64
	}{{false, localhost, 0}, {true, nil, 0}, {true, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, 0}, {true, localhost, 1}} {
		w := enter(t, "information-tolls", nil)
		w.play(3)
		n := w.notifier(w.store, &heard{}, hookTo(server.URL, secret), func(o *notify.Options) {
			o.Webhooks = &notify.Webhooks{Source: origin, Timeout: time.Second, Allow: c.allow, Plain: c.plain}
		})
		w.give(n, "noticed", "northwind")
		w.pass(n)
		if got := calls.Load(); got != c.calls {
			t.Errorf("plain %t, allowed %v: %d calls", c.plain, c.allow, got)
		}
	}
}
