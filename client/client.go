package client

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"firstlook/internal/door"
)

// Client speaks to one server for one party. It is safe for concurrent use.
type Client struct {
	base *url.URL
	o    Options
}

// Options are the choices of [New].
type Options struct {
	// Token of the party; without one only a server where nobody signs in answers.
	Token string
	// HTTP sends the requests; one without a time limit of its own when nil, since streams last.
	HTTP *http.Client
	// Tries bounds how often a request is sent: 4 when 0.
	Tries int
	// Pause is the time before the second try; each further one waits three times as long. 200 ms when 0.
	Pause time.Duration
	// AllowPlainHTTP sends the token over plain HTTP to another machine, where others can read it.
	AllowPlainHTTP bool
}

const (
	answerTime = time.Minute // one answer
	maxAnswer  = 256 << 20   // of one answer, in bytes
)

// The documents of the interface.
type (
	Done          = door.Done
	NeedItem      = door.NeedItem
	NeedPage      = door.NeedPage
	Explanation   = door.Explanation
	NoticeList    = door.NoticeList
	NoticePage    = door.NoticePage
	AwardPage     = door.AwardPage
	AgreementItem = door.AgreementItem
	AgreementText = door.AgreementText
	Certified     = door.Certified
	PriceBook     = door.PriceBook
)

var _ door.Door = (*Client)(nil)

// New returns a client of the server at an address such as https://firstlook.example. It sends nothing yet.
func New(server string, o Options) (*Client, error) {
	base, err := url.Parse(strings.TrimSuffix(server, "/"))
	if err != nil || (base.Scheme != "http" && base.Scheme != "https") || base.Host == "" || base.RawQuery != "" || base.User != nil {
		return nil, fmt.Errorf("%q is no address of a server such as https://firstlook.example", server)
	}
	ip := net.ParseIP(base.Hostname())
	if base.Scheme == "http" && o.Token != "" && !o.AllowPlainHTTP && base.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("%s is plain HTTP on another machine, and the token would travel readably; use https", server)
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	o.Tries, o.Pause = cmp.Or(o.Tries, 4), cmp.Or(o.Pause, 200*time.Millisecond)
	return &Client{base, o}, nil
}

// Unreachable says that no server answered.
type Unreachable struct {
	Server string
	Err    error
}

// Error says which.
func (u *Unreachable) Error() string {
	return fmt.Sprintf("the server %s does not answer: %v", u.Server, u.Err)
}

// Unwrap returns what the network said.
func (u *Unreachable) Unwrap() error { return u.Err }

// ask is one request.
type ask struct {
	method, path string
	query        url.Values
	body         any
	key          string // idempotency key; a command without one is sent once
	safe         bool   // it records nothing, so that it may be sent again
}

func (c *Client) request(ctx context.Context, q *ask, accept string) (*http.Request, error) {
	to := *c.base
	to.Path += q.path
	to.RawQuery = q.query.Encode()
	var body io.Reader
	if q.body != nil {
		b, err := json.Marshal(q.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, q.method, to.String(), body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", accept)
	if q.body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if q.key != "" {
		r.Header.Set("Idempotency-Key", q.key)
	}
	if c.o.Token != "" {
		r.Header.Set("Authorization", "Bearer "+c.o.Token)
	}
	return r, nil
}

// do sends a request, again where that is safe and may help, and reads the answer into out.
func (c *Client) do(ctx context.Context, q *ask, out any) error {
	pause := c.o.Pause
	for try := 1; ; try++ {
		wait, err := c.once(ctx, q, out)
		again := q.method == http.MethodGet || q.method == http.MethodPut || q.key != "" || q.safe
		if err == nil || wait < 0 || !again || try >= c.o.Tries {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(max(wait, pause)):
		}
		pause *= 3
	}
}

// once sends a request once. wait is how long to wait before it may be sent again; below 0 where that would not help.
func (c *Client) once(ctx context.Context, q *ask, out any) (wait time.Duration, err error) {
	ctx, done := context.WithTimeout(ctx, answerTime)
	defer done()
	r, err := c.request(ctx, q, "application/json")
	if err != nil {
		return -1, err
	}
	resp, err := c.o.HTTP.Do(r)
	if err != nil {
		return 0, &Unreachable{c.base.String(), plainError(err)}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return 0, &Unreachable{c.base.String(), plainError(err)}
	case len(body) > maxAnswer:
		return -1, fmt.Errorf("the answer is larger than %d bytes", maxAnswer)
	case resp.StatusCode >= 300:
		return retryAfter(resp), problemOf(resp, body)
	case out == nil:
		return 0, nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return -1, fmt.Errorf("%s %s: the answer does not read: %w", q.method, q.path, err)
	}
	return 0, nil
}

// plainError is what the network said, without the address, which stands beside it already.
func plainError(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// retryAfter is how long to wait before a request is sent again that was answered so; below 0 where that would not help.
func retryAfter(resp *http.Response) time.Duration {
	switch resp.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
	default:
		return -1
	}
	seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	switch {
	case err != nil:
		return 0
	case seconds > 30:
		return -1 // a person decides whether to wait so long
	}
	return time.Duration(seconds) * time.Second
}

// list reads every page of a list.
func list[T any](ctx context.Context, c *Client, path, name string, query url.Values) ([]T, map[string]json.RawMessage, error) {
	out := []T{}
	if query == nil {
		query = url.Values{}
	}
	query.Set("limit", "1000")
	for {
		var page map[string]json.RawMessage
		if err := c.do(ctx, &ask{method: http.MethodGet, path: path, query: query}, &page); err != nil {
			return nil, nil, err
		}
		var items []T
		if err := json.Unmarshal(page[name], &items); err != nil {
			return nil, nil, fmt.Errorf("GET %s: the answer does not read: %w", path, err)
		}
		out = append(out, items...)
		var cursor string
		if page["cursor"] == nil || json.Unmarshal(page["cursor"], &cursor) != nil || cursor == "" {
			return out, page, nil
		}
		query.Set("cursor", cursor)
	}
}

// newKey is an idempotency key of our own.
func newKey() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // it never fails: the runtime ends the program where there is no randomness
	return "c-" + hex.EncodeToString(b)
}
