package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"firstlook/agreement"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/door"
)

// Change is what a party learns at once.
type Change struct {
	Need      capacity.NeedID `json:"need"`
	Events    door.Events     `json:"events"` // that it may now see
	Next      []desk.Turn     `json:"next"`
	Agreement agreement.ID    `json:"agreement"` // in place of a need: the agreement has another text or another fact
	// Reset says that the server no longer knows where the stream stopped: read everything anew. The others are empty then.
	Reset bool `json:"-"`
	// ID is where the stream may be resumed, after this change.
	ID string `json:"-"`
}

// ErrSignedOut says that the token has ended.
var ErrSignedOut = errors.New("the token has ended")

const (
	silence   = 40 * time.Second // after which a stream counts as broken: signs of life come more often
	maxLine   = 64 << 20
	firstWait = 250 * time.Millisecond
	longWait  = 30 * time.Second
)

// Watch calls f with each change that the party may see, in order, from the one after the id on, or from now on where it is empty. It connects
// anew after a break. It ends with the context, with an error of f, or when the server refuses.
func (c *Client) Watch(ctx context.Context, after string, f func(Change) error) error {
	wait := firstWait
	for {
		got := false
		err := c.watchOnce(ctx, &after, func(x Change) error {
			got = true
			if err := f(x); err != nil {
				return &stopped{err}
			}
			return nil
		})
		var end *stopped
		var p *Problem
		switch {
		case errors.As(err, &end):
			return end.err
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, ErrSignedOut):
			return err
		case errors.As(err, &p) && p.Status < 500 && p.Status != http.StatusTooManyRequests:
			return err
		}
		if got {
			wait = firstWait
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		wait = min(2*wait, longWait)
	}
}

// stopped carries the error of the caller's function out.
type stopped struct{ err error }

func (s *stopped) Error() string { return s.err.Error() }

// watchOnce reads one connection to its end and keeps in after where it may be resumed.
func (c *Client) watchOnce(ctx context.Context, after *string, f func(Change) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r, err := c.request(ctx, &ask{method: http.MethodGet, path: "/v1/events"}, "text/event-stream")
	if err != nil {
		return err
	}
	if *after != "" {
		r.Header.Set("Last-Event-ID", *after)
	}
	resp, err := c.o.HTTP.Do(r)
	if err != nil {
		return &Unreachable{c.base.String(), plainError(err)}
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20)) // what is cut off reads as no problem document
		return problemOf(resp, body)
	}
	quiet := time.AfterFunc(silence, cancel)
	defer quiet.Stop()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, maxLine)
	id, kind, data := *after, "", ""
	for lines.Scan() {
		quiet.Reset(silence)
		name, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "id":
			id = value
		case "event":
			kind = value
		case "data":
			data += value
		case "":
			if err := dispatch(kind, data, id, f); err != nil {
				return err
			}
			*after, kind, data = id, "", "" // a message counts once it is whole and was taken
		}
	}
	return lines.Err()
}

// dispatch hands on one message; one without data only says where the stream stands.
func dispatch(kind, data, id string, f func(Change) error) error {
	switch {
	case data == "":
		return nil
	case kind == "signed-out":
		return ErrSignedOut
	case kind == "reset":
		return f(Change{Reset: true, ID: id})
	}
	var x Change
	if err := json.Unmarshal([]byte(data), &x); err != nil {
		return fmt.Errorf("an event does not read: %w", err)
	}
	x.ID = id
	return f(x)
}
