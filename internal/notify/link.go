package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"firstlook/calendar"
	"firstlook/party"
)

// Token is what a one-time link carries: who may read which letter, until when.
type Token struct {
	Act      string           // key of the act
	Delivery string           // id of the delivery it was sent with
	Party    party.ID         // whose letter it is
	Until    calendar.Instant // whole seconds; from then on it is worth nothing
	Nonce    string           // 32 hex digits, used up with the first reading
}

// The reasons why a link is not honoured. What is shown for each says no more than that.
var (
	ErrToken   = errors.New("this is not a link that was sent from here")
	ErrExpired = errors.New("the link has expired")
	ErrUsed    = errors.New("the link was used before")
)

const (
	tokenVersion = "n1"
	// maxToken bounds a token before anything is computed over it: two ids of 64, a key of at most 512, and the rest, in base64.
	maxToken = 1024
	macSize  = sha256.Size
)

// Links makes one-time links and reads them. Its first key signs; the others were used before and are still honoured.
type Links struct {
	Keys [][]byte      // at least 32 bytes each
	Life time.Duration // of a link
	Base string        // URL before the token, such as https://firstlook.example.com/read/
}

func (l *Links) check() error {
	if len(l.Keys) == 0 || l.Life < time.Minute || !strings.HasSuffix(l.Base, "/") {
		return errors.New("links need a key, a life of a minute at least and a base that ends in /")
	}
	for _, k := range l.Keys {
		if len(k) < 32 {
			return errors.New("a key of links has fewer than 32 bytes")
		}
	}
	return nil
}

// issue makes the token of a delivery. Its nonce follows from the delivery and the key, so that a letter that is carried twice has one
// link, which is used once.
func (l *Links) issue(d *Delivery) Token {
	nonce := mac(l.Keys[0], "nonce", d.ID, d.Document.Hash)
	until := d.Queued.Add(l.Life)
	until -= until % calendar.From(time.Unix(1, 0))
	return Token{d.Document.Act, d.ID, d.Document.To.ID, until, hex.EncodeToString(nonce[:16])}
}

// Write signs a token: n1.PAYLOAD.MAC, both in unpadded base64url. The payload is the token's fields with line feeds between.
func (l *Links) Write(t Token) string {
	payload := strings.Join([]string{t.Act, t.Delivery, string(t.Party), strconv.FormatInt(t.Until.Time().Unix(), 10), t.Nonce}, "\n")
	enc := base64.RawURLEncoding
	return tokenVersion + "." + enc.EncodeToString([]byte(payload)) + "." + enc.EncodeToString(mac(l.Keys[0], tokenVersion, payload))
}

// Read checks the form and the signature of a token, and that it has not expired; whether it was used is the record's to say.
func (l *Links) Read(s string, now calendar.Instant) (Token, error) {
	version, rest, _ := strings.Cut(s, ".")
	shown, sum, two := strings.Cut(rest, ".")
	if len(s) > maxToken || version != tokenVersion || !two {
		return Token{}, ErrToken
	}
	enc := base64.RawURLEncoding.Strict() // one token has one form
	payload, err := enc.DecodeString(shown)
	given, bad := enc.DecodeString(sum)
	if err != nil || bad != nil || len(given) != macSize || strings.ContainsAny(s, "\r\n") {
		return Token{}, ErrToken
	}
	good := false
	for _, k := range l.Keys {
		good = hmac.Equal(mac(k, tokenVersion, string(payload)), given) || good
	}
	if !good {
		return Token{}, ErrToken
	}
	t, err := parsePayload(string(payload))
	if err != nil {
		return Token{}, ErrToken
	}
	if now >= t.Until {
		return t, ErrExpired
	}
	return t, nil
}

func parsePayload(s string) (Token, error) {
	f := strings.Split(s, "\n")
	if len(f) != 5 {
		return Token{}, fmt.Errorf("a token has %d fields", len(f))
	}
	seconds, err := strconv.ParseInt(f[3], 10, 64)
	if err != nil || strconv.FormatInt(seconds, 10) != f[3] {
		return Token{}, fmt.Errorf("expiry %q", f[3])
	}
	until := calendar.From(time.Unix(seconds, 0))
	nonce, err := hex.DecodeString(f[4])
	if err != nil || len(nonce) != 16 || strings.ToLower(f[4]) != f[4] || party.Check(f[2]) != nil || until < calendar.Earliest || until > calendar.Latest || seconds > calendar.Latest.Time().Unix() {
		return Token{}, errors.New("a field is out of its bounds")
	}
	return Token{f[0], f[1], party.ID(f[2]), until, f[4]}, nil
}

// mac is the HMAC-SHA256 of texts, each preceded by its length, so that no two lists of texts are alike.
func mac(key []byte, texts ...string) []byte {
	h := hmac.New(sha256.New, key)
	for _, t := range texts {
		fmt.Fprintf(h, "%d:%s", len(t), t)
	}
	return h.Sum(nil)
}

// Redeem uses a link up and returns the letter behind it. What it showed is recorded as received by link: whoever reads was sent the
// link by us and nobody else was.
func (n *Notifier) Redeem(ctx context.Context, token string) (Document, error) {
	if n.o.Links == nil {
		return Document{}, ErrToken
	}
	now := n.o.Clock.Now()
	t, err := n.o.Links.Read(token, now)
	if err != nil {
		return Document{}, err
	}
	d, err := n.known(ctx, t.Delivery)
	if err != nil {
		return Document{}, err
	}
	if d == nil || d.Document.To.ID != t.Party || d.Document.Act != t.Act {
		return Document{}, ErrToken
	}
	first, err := n.o.Record.Spend(ctx, t.Nonce, now)
	if err != nil {
		return Document{}, err
	}
	if !first {
		return Document{}, ErrUsed
	}
	sum := sha256.Sum256([]byte(token))
	o := d.outcome(Received, ByLink, now, "")
	o.Evidence = hex.EncodeToString(sum[:])
	return d.Document, n.settle(ctx, d.ID, o)
}

// ServeHTTP shows a letter behind a one-time link, the last part of the path. To look at the link changes nothing, since mail
// scanners do that; the button on its page uses it up.
func (n *Notifier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	token := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		n.showLink(w, token)
	case http.MethodPost:
		r.Body = http.MaxBytesReader(w, r.Body, 1<<10)
		d, err := n.Redeem(r.Context(), token)
		if err != nil {
			n.refuseLink(w, err)
			return
		}
		_, _ = w.Write(HTML(&d, "")) // whoever reads has gone if this fails; the receipt stands
	default:
		h.Set("Allow", "GET, HEAD, POST")
		http.Error(w, "a link is opened, and its button pressed", http.StatusMethodNotAllowed)
	}
}

func (n *Notifier) showLink(w http.ResponseWriter, token string) {
	if n.o.Links == nil {
		n.refuseLink(w, ErrToken)
		return
	}
	if _, err := n.o.Links.Read(token, n.o.Clock.Now()); err != nil {
		n.refuseLink(w, err)
		return
	}
	_, _ = w.Write(page{"A letter for you", "The button shows the letter, once, and records that you received it. Where the agreement counts the time to answer from receipt, it " +
		"runs from then. Reading is not answering: to answer, sign in.", "Show the letter and record its receipt"}.html())
}

// refuseLink says why a link shows nothing.
func (n *Notifier) refuseLink(w http.ResponseWriter, err error) {
	p := page{Title: "This link shows nothing"}
	code := http.StatusGone
	switch {
	case errors.Is(err, ErrUsed), errors.Is(err, ErrExpired):
		p.Text = "It was used before, or its time is over. Sign in to read the letter."
	case errors.Is(err, ErrToken):
		code, p.Text = http.StatusNotFound, "It was not sent from here, or not in full. Open it again from the letter, or sign in."
	default:
		code, p.Title, p.Text = http.StatusServiceUnavailable, "Not now", "The letter cannot be shown at this moment. Try again; if the link then counts as used, sign in to read the letter."
		n.report(fmt.Errorf("a link: %w", err))
	}
	w.WriteHeader(code)
	_, _ = w.Write(p.html())
}
