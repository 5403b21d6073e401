package notify_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"firstlook/calendar"
	"firstlook/internal/notify"
	"firstlook/right"
)

func linksBy(key byte) *notify.Links {
	return &notify.Links{Keys: [][]byte{bytes.Repeat([]byte{key}, 32)}, Life: 48 * time.Hour, Base: origin + "/read/"}
}

// mailed is a notice that went out with a link: the notifier, what it heard, and the token.
func mailed(t *testing.T, name string) (w *world, n *notify.Notifier, h *heard, token string) {
	t.Helper()
	post := openPost(t, false, false)
	w = enter(t, name, nil)
	w.play(1)
	h = &heard{}
	n = w.notifier(w.store, h, mailTo("desk@northwind.example"), func(o *notify.Options) {
		o.Mail, o.Links = mailBy(post, notify.StartTLS), linksBy('k')
	})
	w.give(n, "noticed", "northwind")
	w.clock.add(time.Minute)
	w.pass(n)
	text := strings.ReplaceAll(string(post.box()[0].body), "=\r\n", "")
	found := regexp.MustCompile(regexp.QuoteMeta(origin) + `/read/(n1\.[\w-]+\.[\w-]+)`).FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("the mail has no link:\n%s", text)
	}
	return w, n, h, found[1]
}

// open sends a request to the page of links.
func open(t *testing.T, n *notify.Notifier, method, token string) (int, string, http.Header) {
	t.Helper()
	rec := httptest.NewRecorder()
	n.ServeHTTP(rec, httptest.NewRequest(method, "/read/"+token, nil))
	body, err := io.ReadAll(rec.Body)
	if err != nil {
		t.Fatal(err)
	}
	return rec.Code, string(body), rec.Header()
}

// To look at a link changes nothing; its button shows the letter once and is a receipt, which starts a clock that counts from receipt.
func TestLink(t *testing.T) {
	w, n, h, token := mailed(t, "tail-from-notice")
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodGet} { // as mail scanners do
		code, page, header := open(t, n, method, token)
		if code != 200 || method == http.MethodGet && (!strings.Contains(page, `method="post"`) || strings.Contains(page, "first call")) {
			t.Fatalf("%s: %d\n%s", method, code, page)
		}
		if header.Get("Referrer-Policy") != "no-referrer" || header.Get("Cache-Control") != "no-store" || !strings.Contains(header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("headers %v", header)
		}
	}
	h.expect(t, "noticed sent server")
	code, page, _ := open(t, n, http.MethodPost, token)
	_, d := w.document("noticed", "northwind")
	if code != 200 || page != string(notify.HTML(&d, "")) {
		t.Fatalf("the letter shows as %d\n%s", code, page)
	}
	h.expect(t, "noticed sent server", "noticed received link")
	if code, page, _ := open(t, n, http.MethodPost, token); code != http.StatusGone || strings.Contains(page, d.Hash) {
		t.Errorf("the second time: %d", code)
	}
	s := w.state()
	c, why, ok := notify.Receipt(&s, h.outcomes[1])
	if !ok || c.By != "acme" {
		t.Fatalf("no receipt: %s", why)
	}
	out, err := w.desk.Do(t.Context(), w.need.Need, c, "")
	if err != nil || out.State.Matter(1).Status != right.Open {
		t.Fatalf("%v", err)
	}
	if code, _, _ := open(t, n, http.MethodPut, token); code != http.StatusMethodNotAllowed {
		t.Errorf("PUT: %d", code)
	}
}

// Of many who press the button at once exactly one is shown the letter.
func TestLinkOnce(t *testing.T) {
	_, n, _, token := mailed(t, "tail-from-notice")
	var wait sync.WaitGroup
	var mu sync.Mutex
	got := map[bool]int{}
	for range 16 {
		wait.Go(func() {
			_, err := n.Redeem(t.Context(), token)
			mu.Lock()
			defer mu.Unlock()
			if err != nil && !errors.Is(err, notify.ErrUsed) {
				t.Error(err)
			}
			got[err == nil]++
		})
	}
	wait.Wait()
	if got[true] != 1 || got[false] != 15 {
		t.Errorf("shown %d times, refused %d times", got[true], got[false])
	}
}

// A link expires, is bound to its key, and a changed one is no link. A key that was replaced is honoured as long as it is kept.
func TestLinkToken(t *testing.T) {
	w, n, _, token := mailed(t, "tail-from-notice")
	now := w.clock.Now()
	for i := range len(token) {
		changed := []byte(token)
		changed[i] ^= 1
		if _, err := linksBy('k').Read(string(changed), now); !errors.Is(err, notify.ErrToken) {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
	if _, err := linksBy('x').Read(token, now); !errors.Is(err, notify.ErrToken) {
		t.Errorf("another key: %v", err)
	}
	rotated := linksBy('x')
	rotated.Keys = append(rotated.Keys, bytes.Repeat([]byte{'k'}, 32))
	read, err := rotated.Read(token, now)
	if err != nil || read.Party != "northwind" || read.Act != "n1.1.5.northwind" {
		t.Errorf("%+v, %v", read, err)
	}
	w.clock.set(read.Until.Add(-time.Microsecond))
	if code, _, _ := open(t, n, http.MethodGet, token); code != 200 {
		t.Errorf("just before it expires: %d", code)
	}
	w.clock.set(read.Until)
	if code, _, _ := open(t, n, http.MethodPost, token); code != http.StatusGone {
		t.Errorf("when it expires: %d", code)
	}
	// What is signed and names no letter of ours is no link either.
	stray := read
	stray.Delivery, stray.Until = strings.Repeat("0", 32), now.Add(1000*time.Hour)
	if _, err := n.Redeem(t.Context(), linksBy('k').Write(stray)); !errors.Is(err, notify.ErrToken) {
		t.Errorf("a link to no letter: %v", err)
	}
	stray = read
	stray.Party, stray.Until = "acme", now.Add(1000*time.Hour)
	if _, err := n.Redeem(t.Context(), linksBy('k').Write(stray)); !errors.Is(err, notify.ErrToken) {
		t.Errorf("a link for another party: %v", err)
	}
}

// FuzzToken: no text is a token but one that was written here, and that one reads as what was written.
func FuzzToken(f *testing.F) {
	l := linksBy('k')
	until := calendar.From(time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC))
	good := notify.Token{Act: "n1.3.5.northwind", Delivery: strings.Repeat("a", 32), Party: "northwind", Until: until, Nonce: strings.Repeat("0f", 16)}
	f.Add(l.Write(good), "n1.3.5.northwind", "northwind", int64(1))
	f.Add("n1..", "", "", int64(0))
	f.Add("n1.bjE.AAAA", "a\nb", "x", int64(-1))
	f.Fuzz(func(t *testing.T, s, act, who string, seconds int64) {
		if read, err := l.Read(s, until-1); err == nil && l.Write(read) != s {
			t.Errorf("%q reads as %+v, which is written %q", s, read, l.Write(read))
		}
		made := good
		made.Act, made.Party = act, "northwind"
		if who != "" {
			made.Party = "p"
		}
		made.Until = calendar.From(time.Unix(seconds&0xffffffff, 0))
		read, err := l.Read(l.Write(made), made.Until-1)
		if err == nil {
			if diff := cmp.Diff(made, read); diff != "" {
				t.Errorf("(-written +read):\n%s", diff)
			}
		} else if !strings.Contains(act, "\n") && len(act) < 256 && made.Until > calendar.Earliest {
			t.Errorf("%+v does not read: %v", made, err)
		}
	})
}

// A person of the party who says so, signed in, has received the notice, by whatever channel it went; nobody else can say so for it.
func TestAcknowledge(t *testing.T) {
	w, n, h, _ := mailed(t, "tail-from-notice")
	id := h.outcomes[0].Delivery
	for _, who := range []struct{ party, person string }{{"acme", "A. Planner"}, {"northwind", ""}} {
		if n.Acknowledge(t.Context(), id, "acme", who.person) == nil {
			t.Errorf("%+v acknowledges a letter to northwind", who)
		}
	}
	if err := n.Acknowledge(t.Context(), id, "northwind", "N. Holder"); err != nil {
		t.Fatal(err)
	}
	at := w.clock.Now()
	w.clock.add(time.Hour)
	s := w.state()
	c, why, ok := notify.Receipt(&s, h.outcomes[1])
	if !ok || c.By != "northwind" || c.Person != "N. Holder" {
		t.Fatalf("%+v: %s", c, why)
	}
	out, err := w.desk.Do(t.Context(), w.need.Need, c, "")
	if err != nil || out.State.Matter(1).ReceivedAt != at {
		t.Errorf("received at %s, want %s: %v", out.State.Matter(1).ReceivedAt, at, err)
	}
	if _, why, ok := notify.Receipt(&out.State, h.outcomes[1]); ok || why == "" {
		t.Error("a receipt is recorded twice")
	}
}
