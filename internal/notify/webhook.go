package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"firstlook/calendar"
)

// Webhooks says how webhooks are called.
type Webhooks struct {
	Source  string         // of the events: a URI of this server, such as https://firstlook.example.com
	Timeout time.Duration  // of one call, from the name to the last byte; 10 seconds where unset
	Allow   []netip.Prefix // networks that may be called although they are private
	// Plain allows http URLs whose address lies in one of the allowed networks.
	Plain bool
	// Transport is for a server with a certificate of its own; its dialer is replaced.
	Transport *http.Transport
}

const (
	webhookTimeout = 10 * time.Second
	// maxAnswer is how much of an answer is read; nothing in it matters but the status.
	maxAnswer = 4 << 10
	// maxEvent bounds an event; a larger one is a bug of ours.
	maxEvent = 256 << 10
	// ReplayWindow is how far a receiver lets the time of a signature lie from its own clock.
	ReplayWindow = 5 * time.Minute
	minSecret    = 24
)

// event is a CloudEvent 1.0 in the structured JSON form.
type event struct {
	SpecVersion     string    `json:"specversion"`
	ID              string    `json:"id"`
	Source          string    `json:"source"`
	Type            string    `json:"type"`
	Subject         string    `json:"subject,omitempty"`
	Time            string    `json:"time"`
	DataContentType string    `json:"datacontenttype"`
	Data            *Document `json:"data"`
}

// Event writes a document as a CloudEvent 1.0 in the structured JSON form. The id is the act's key: two events of one source with
// one id are one event.
func Event(d *Document, source string) ([]byte, error) {
	e := event{SpecVersion: "1.0", ID: d.Act, Source: source, Type: "firstlook." + d.Kind, Time: d.At.Time().Format(time.RFC3339Nano), DataContentType: "application/json", Data: d}
	if e.Subject = string(d.Need); d.Matter != 0 {
		e.Subject += "/" + d.Matter.String()
	}
	b, err := json.Marshal(e)
	if err == nil && len(b) > maxEvent {
		err = fmt.Errorf("the event of act %s has %d bytes", d.Act, len(b))
	}
	return b, err
}

// The headers of a signed call, as the Standard Webhooks specification names them.
const (
	headerID        = "webhook-id"
	headerTimestamp = "webhook-timestamp"
	headerSignature = "webhook-signature"
)

// sign returns the signatures of a call, one for each secret, the newest first.
func sign(id string, at calendar.Instant, body []byte, secrets [][]byte) (timestamp, signature string) {
	timestamp = strconv.FormatInt(at.Time().Unix(), 10)
	var out []string
	for _, s := range secrets {
		out = append(out, "v1,"+base64.StdEncoding.EncodeToString(signed(id, timestamp, body, s)))
	}
	return timestamp, strings.Join(out, " ")
}

func signed(id, timestamp string, body, secret []byte) []byte {
	h := hmac.New(sha256.New, secret)
	_, _ = fmt.Fprintf(h, "%s.%s.", id, timestamp) // a hash takes everything
	h.Write(body)
	return h.Sum(nil)
}

// ErrSignature says that a call was not made by who knows the secret, or not now.
var ErrSignature = errors.New("the call is not signed with the secret, or not at this time")

// Verify is what a receiver does with a call: it reads the body, compares the signature in constant time and looks at the time. The id
// that it returns is the same whenever the same letter is sent again; a receiver that keeps it for [ReplayWindow] sees repetitions.
func Verify(h http.Header, body []byte, now calendar.Instant, secrets ...[]byte) (id string, err error) {
	id, timestamp := h.Get(headerID), h.Get(headerTimestamp)
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || id == "" || strconv.FormatInt(seconds, 10) != timestamp {
		return "", ErrSignature
	}
	if off := now.Time().Unix() - seconds; off > int64(ReplayWindow/time.Second) || off < -int64(ReplayWindow/time.Second) {
		return "", ErrSignature
	}
	good := false
	for _, s := range strings.Fields(h.Get(headerSignature)) {
		given, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, "v1,"))
		if err != nil || !strings.HasPrefix(s, "v1,") {
			continue // of a version that this code does not know
		}
		for _, secret := range secrets {
			good = len(secret) >= minSecret && hmac.Equal(signed(id, timestamp, body, secret), given) || good
		}
	}
	if !good {
		return "", ErrSignature
	}
	return id, nil
}

// caller calls webhooks.
type caller struct {
	o             Webhooks
	secure, plain *http.Client // for https, and for http
}

func newCaller(o Webhooks) *caller {
	if o.Timeout == 0 {
		o.Timeout = webhookTimeout
	}
	return &caller{o, newClient(o, false), newClient(o, true)}
}

func newClient(o Webhooks, plain bool) *http.Client {
	transport := &http.Transport{ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute}
	if o.Transport != nil {
		transport = o.Transport.Clone()
	}
	transport.Proxy = nil // a proxy would call the address in our place, behind the guard
	transport.DialTLSContext = nil
	transport.DialContext = (&net.Dialer{Timeout: o.Timeout, Control: guard(o.Allow, plain)}).DialContext
	transport.MaxResponseHeaderBytes = maxAnswer
	return &http.Client{Transport: transport, Timeout: o.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// carry sends a letter to a webhook.
func (c *caller) carry(ctx context.Context, d *Delivery, r Route, now calendar.Instant) attempt {
	u, err := url.Parse(r.Address)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && !(u.Scheme == "http" && c.o.Plain) {
		return attempt{forGood: true, reply: "the address is no https URL that may be called"}
	}
	if len(r.Secrets) == 0 || len(r.Secrets[0]) < minSecret {
		return attempt{forGood: true, reply: fmt.Sprintf("the webhook has no secret of at least %d bytes", minSecret)}
	}
	body, err := Event(&d.Document, c.o.Source)
	if err != nil {
		return attempt{forGood: true, reply: err.Error()}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return attempt{forGood: true, reply: err.Error()}
	}
	req.Header.Set("Content-Type", "application/cloudevents+json; charset=utf-8")
	req.Header.Set("User-Agent", "firstlook")
	timestamp, signature := sign(d.Document.Act, now, body, r.Secrets)
	req.Header.Set(headerID, d.Document.Act)
	req.Header.Set(headerTimestamp, timestamp)
	req.Header.Set(headerSignature, signature)
	client := c.secure
	if u.Scheme == "http" {
		client = c.plain
	}
	resp, err := client.Do(req)
	if err != nil {
		return attempt{reply: shorten(strip(err).Error())}
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer)) // the status has come; a body that breaks off changes nothing
	return judge(resp, answer)
}

// judge reads an answer: 2xx took it, 410 wants nothing any more, everything else may do better later.
func judge(resp *http.Response, answer []byte) attempt {
	a := attempt{reply: shorten(strings.TrimSpace(resp.Status))}
	switch {
	case resp.StatusCode/100 == 2:
		sum := sha256.Sum256(answer)
		a.result, a.evidence = Delivered, hex.EncodeToString(sum[:])
	case resp.StatusCode == http.StatusGone:
		a.forGood = true
	case resp.StatusCode/100 == 3:
		a.reply += " (a redirect is not followed)"
	case resp.StatusCode == http.StatusTooManyRequests, resp.StatusCode == http.StatusServiceUnavailable:
		if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 {
			a.wait = time.Duration(min(s, int(longestWait/time.Second))) * time.Second
		}
	}
	return a
}

// strip takes the URL out of an error: its path and query may be a secret of the party's.
func strip(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// shorten bounds what the other side said before it is recorded, and keeps it on one line.
func shorten(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if r := []rune(s); len(r) > 300 {
		return string(r[:300])
	}
	return s
}
