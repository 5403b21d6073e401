package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"firstlook/calendar"
	"firstlook/internal/desk"
	"firstlook/internal/journal/memory"
	"firstlook/internal/pricebook"
)

var update = flag.Bool("update", false, "rewrite the answers in testdata")

// handClock is moved by the stories.
type handClock struct{ now calendar.Instant }

func (c *handClock) Now() calendar.Instant                   { return c.now }
func (c *handClock) After(calendar.Instant) <-chan time.Time { return nil }

// start returns the interface of a desk under the neutral example.
func start(t *testing.T, clock *handClock) (*API, *bytes.Buffer) {
	t.Helper()
	ctx := context.Background()
	d, err := desk.Open(ctx, memory.New(), clock, desk.Tables{Throughput: pricebook.EmbeddedThroughputs()[0], Egress: *pricebook.EmbeddedEgress()})
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join("../../examples", name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	if _, err := d.AddAgreement(ctx, "neutral.yaml", read("neutral.yaml")); err != nil {
		t.Fatal(err)
	}
	if _, err := d.SetProviders(ctx, "providers-neutral.yaml", read("providers-neutral.yaml")); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	return New(Options{Desk: d, Log: slog.New(slog.NewTextHandler(&log, nil))}), &log
}

// A story is a file of requests, each with the whole answer behind a line ----; a line ==== ends it. What stands before a
// request is prose (#) or moves the clock (at INSTANT).
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.http")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".http"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			clock := &handClock{calendar.From(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))}
			api, _ := start(t, clock)
			got := play(t, api, clock, string(text))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(text), got); diff != "" {
				t.Errorf("answers differ (-want +got):\n%s", diff)
			}
		})
	}
}

// play sends every request of a story and returns the story with fresh answers.
func play(t *testing.T, api *API, clock *handClock, story string) string {
	t.Helper()
	var out strings.Builder
	for block := range strings.SplitSeq(strings.TrimSuffix(story, "====\n"), "====\n") {
		asked, _, _ := strings.Cut(block, "----\n")
		out.WriteString(asked + "----\n")
		var lines []string
		for line := range strings.SplitSeq(strings.TrimSpace(asked), "\n") {
			if text, ok := strings.CutPrefix(line, "at "); ok && len(lines) == 0 {
				at, err := calendar.Parse(text)
				if err != nil {
					t.Fatal(err)
				}
				clock.now = at
			} else if len(lines) > 0 || line != "" && !strings.HasPrefix(line, "#") {
				lines = append(lines, line)
			}
		}
		w := httptest.NewRecorder()
		r := readRequest(t, lines)
		api.ServeHTTP(w, r)
		if w.Body.Len() > 0 && strings.HasSuffix(w.Header().Get("Content-Type"), "json") {
			conforms(t, r.Method, r.URL.Path, w.Code, w.Header().Get("Content-Type"), w.Body.Bytes())
		}
		out.WriteString(answer(w.Result()))
		out.WriteString("====\n")
	}
	return out.String()
}

// readRequest reads a method and a path, headers, and behind an empty line the body.
func readRequest(t *testing.T, lines []string) *http.Request {
	t.Helper()
	method, target, ok := strings.Cut(lines[0], " ")
	if !ok {
		t.Fatalf("%q is no request", lines[0])
	}
	body := ""
	headers := lines[1:]
	for i, line := range headers {
		if line == "" {
			headers, body = headers[:i], strings.Join(headers[i+1:], "\n")
			break
		}
	}
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Host = "127.0.0.1:7780"
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			r.Host = value
			continue
		}
		r.Header.Set(name, value)
	}
	return r
}

// answer writes status, type and body, JSON with line breaks.
func answer(resp *http.Response) string {
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return err.Error()
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, data, "", "  "); err != nil {
		pretty.Reset()
		pretty.Write(data)
	}
	return fmt.Sprintf("%s %s\n%s", resp.Status, resp.Header.Get("Content-Type"), pretty.String())
}

// What could be reached from elsewhere is refused before anything is opened.
func TestListenOnLoopbackOnly(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0", "example.com:0", "10.0.0.1:80"} {
		l, err := Listen(address)
		var open *NotLoopback
		if !errors.As(err, &open) {
			t.Errorf("%s: %v, want it refused", address, err)
		}
		if l != nil {
			l.Close()
		}
	}
	for _, address := range []string{"127.0.0.1:0", "127.0.0.9:0", "localhost:0"} {
		l, err := Listen(address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		l.Close()
	}
}

// A body is bounded in size and in depth, and is read whole or not at all.
func TestBodyBounds(t *testing.T) {
	clock := &handClock{calendar.From(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))}
	api, _ := start(t, clock)
	for _, c := range []struct {
		name, body string
		status     int
		says       string
	}{
		{"too large", `{"by":"` + strings.Repeat("a", maxBody) + `"}`, http.StatusRequestEntityTooLarge, "too large"},
		{"too deep", strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), http.StatusBadRequest, "deeper than 32 levels"},
		{"cut off", `{"by":"acme-labs","type":"settle"`, http.StatusBadRequest, "not JSON"},
		{"two values", `{} {}`, http.StatusBadRequest, "after top-level value"},
		{"empty", ``, http.StatusBadRequest, "not JSON"},
		{"control character", `{"by":"acme-labs","person":"a\u001b[31m","type":"settle"}`, http.StatusBadRequest, "U+001B"},
		{"text direction", `{"by":"acme-labs","person":"a\u202eb","type":"settle"}`, http.StatusBadRequest, "U+202E"},
		{"key twice", `{"by":"acme-labs","by":"northwind","type":"settle"}`, http.StatusBadRequest, "stands twice"},
		{"NUL", "{\"by\":\"a\x00\"}", http.StatusBadRequest, "not JSON"},
		{"nothing asked", `{"by":"acme-labs"}`, http.StatusBadRequest, "unknown command"},
		{"null", `null`, http.StatusBadRequest, "unknown command"},
		{"overflow", `{"by":"northwind","type":"answer","ask":{"matter":1,"kind":"exercise","quantity":99999999999999999999}}`, http.StatusBadRequest, "cannot unmarshal number"},
		{"year 9999", `{"by":"northwind","type":"receipt","ask":{"matter":1,"at":"9999-01-01T00:00Z"}}`, http.StatusBadRequest, "outside the years"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/v1/needs/n1/commands", strings.NewReader(c.body))
			r.Host = "localhost"
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			api.ServeHTTP(w, r)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
				t.Errorf("%d %s, want %d and %q", w.Code, w.Body, c.status, c.says)
			}
			if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
				t.Errorf("type %s", got)
			}
		})
	}
}

// A server that is told to stop finishes what it has begun, and answers nothing after that.
func TestDrain(t *testing.T) {
	clock := &handClock{calendar.From(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))}
	api, log := start(t, clock)
	begun, goOn := make(chan struct{}), make(chan struct{})
	api.routes.HandleFunc("GET /slow", func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		<-goOn
		io.WriteString(w, "whole")
	})
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- api.Serve(ctx, l) }()
	slow := make(chan string, 1)
	go func() {
		resp, err := http.Get("http://" + l.Addr().String() + "/slow")
		if err != nil {
			slow <- err.Error()
			return
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		slow <- string(body)
	}()
	<-begun
	stop()
	for {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			break // nobody listens any more
		}
		c.Close()
		time.Sleep(time.Millisecond)
	}
	close(goOn)
	if got := <-slow; got != "whole" {
		t.Errorf("the request that was under way got %q", got)
	}
	if err := <-ended; err != nil {
		t.Errorf("serving ended with %v", err)
	}
	if !strings.Contains(log.String(), "draining") || !strings.Contains(log.String(), "path=/slow status=200") {
		t.Errorf("the log says\n%s", log)
	}
}
