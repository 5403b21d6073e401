package httpapi

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"firstlook/internal/identity"
)

// listening is an open stream with everything that came on it.
type listening struct {
	t    *testing.T
	stop context.CancelFunc
	mu   sync.Mutex
	raw  strings.Builder
	ids  []string // of changes
	all  []Change
	kind []string
	end  chan struct{}
}

// quick makes a server's streams react within a test's time.
func quick(h *house, beat, check time.Duration) *httptest.Server {
	h.api.hub.poll, h.api.hub.beat, h.api.hub.check = 5*time.Millisecond, beat, check
	s := httptest.NewServer(h.api)
	h.t.Cleanup(s.Close)
	return s
}

func listen(h *house, s *httptest.Server, seat, after string) *listening {
	h.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	r, err := http.NewRequestWithContext(ctx, "GET", s.URL+"/v1/events", nil)
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+h.tokens[seat])
	if after != "" {
		r.Header.Set("Last-Event-ID", after)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil || resp.StatusCode != 200 {
		h.t.Fatalf("no stream for %s: %v %v", seat, resp, err)
	}
	l := &listening{t: h.t, stop: stop, end: make(chan struct{})}
	begun := make(chan struct{}, 1)
	go func() {
		defer close(l.end)
		defer resp.Body.Close()
		lines := bufio.NewScanner(resp.Body)
		lines.Buffer(nil, 1<<24)
		var id, kind string
		for lines.Scan() {
			line := lines.Text()
			l.mu.Lock()
			l.raw.WriteString(line + "\n")
			name, value, _ := strings.Cut(line, ": ")
			switch name {
			case "id":
				id = value
				select {
				case begun <- struct{}{}:
				default:
				}
			case "event":
				kind = value
			case "data":
				var c Change
				if err := json.Unmarshal([]byte(value), &c); err == nil {
					l.all, l.ids, l.kind = append(l.all, c), append(l.ids, id), append(l.kind, kind)
				}
			}
			l.mu.Unlock()
		}
	}()
	select {
	case <-begun:
	case <-time.After(time.Minute):
		h.t.Fatalf("the stream of %s does not begin", seat)
	}
	h.t.Cleanup(stop)
	return l
}

// wait returns the changes once there are n.
func (l *listening) wait(n int) ([]Change, []string) {
	l.t.Helper()
	for range 12_000 {
		l.mu.Lock()
		all, ids := l.all, l.ids
		l.mu.Unlock()
		if len(all) >= n {
			return all, ids
		}
		time.Sleep(5 * time.Millisecond)
	}
	l.t.Fatalf("%d changes came, want %d:\n%s", len(l.all), n, l.text())
	return nil, nil
}

func (l *listening) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.raw.String()
}

const declineBody = `{"type":"answer","ask":{"matter":1,"kind":"decline"}}`

// Each party is told of what it may see, and a party that may see nothing gets no byte for it.
func TestStreamTellsWhatIsSeen(t *testing.T) {
	h := newHouse(t, generous)
	h.law()
	s := quick(h, time.Hour, time.Hour)
	buyer, told, other := listen(h, s, "planner", ""), listen(h, s, "contoso", ""), listen(h, s, "holder", "")
	quiet := other.text()
	h.must(201, "planner", "POST", "/v1/needs", submitBody)
	seen, _ := buyer.wait(1)
	if seen[0].Need != "n1" || len(seen[0].Events) < 5 {
		t.Errorf("the buyer is told %+v", seen[0])
	}
	own, _ := told.wait(1)
	if len(own[0].Events) != 2 || len(own[0].Next) == 0 {
		t.Errorf("the holder is told %v, next %v", own[0].Events, own[0].Next)
	}
	for range 5 {
		h.must(201, "planner", "POST", "/v1/needs", submitBody)
	}
	h.must(200, "contoso", "POST", "/v1/needs/n1/commands", `{"type":"receipt","ask":{"matter":1}}`)
	buyer.wait(7)
	told.wait(7)
	time.Sleep(50 * time.Millisecond)
	if got := other.text(); got != quiet {
		t.Errorf("northwind, which was told of nothing, got\n%s", strings.TrimPrefix(got, quiet))
	}
	if strings.Contains(told.text(), "budget") {
		t.Error("the holder's stream has the buyer's budget")
	}
}

// A stream goes on where it stopped, without a gap and without a repetition; ids are of one length and tell nothing.
func TestStreamResumes(t *testing.T) {
	h := newHouse(t, generous)
	h.law()
	s := quick(h, time.Hour, time.Hour)
	whole := listen(h, s, "contoso", "")
	for range 4 {
		h.must(201, "planner", "POST", "/v1/needs", submitBody)
	}
	all, ids := whole.wait(4)
	for from, id := range ids {
		if len(id) != len(ids[0]) || strings.HasPrefix(id, ids[0][:8]) != (from == 0) {
			t.Errorf("the ids %v tell something", ids)
		}
		again := listen(h, s, "contoso", id)
		h.must(200, "contoso", "POST", "/v1/needs/n"+string(rune('1'+from))+"/commands", declineBody)
		got, _ := again.wait(len(all) - from - 1 + from + 1)
		for i, c := range got[:len(all)-from-1] {
			if c.Need != all[from+1+i].Need {
				t.Errorf("from change %d on: %d is of %s, want %s", from, i, c.Need, all[from+1+i].Need)
			}
		}
		again.stop()
	}
	foreign := listen(h, s, "planner", ids[0])
	foreign.wait(1)
	if foreign.kind[0] != "reset" {
		t.Errorf("the id of another party is answered by %s", foreign.kind[0])
	}
}

// A stream ends with the token that opened it, and with the server.
func TestStreamEnds(t *testing.T) {
	h := newHouse(t, generous)
	h.law()
	s := quick(h, 10*time.Millisecond, 20*time.Millisecond)
	gone, stays := listen(h, s, "contoso", ""), listen(h, s, "planner", "")
	if err := h.gate.SetDisabled(context.Background(), identity.Console("operator"), h.people["contoso"], true); err != nil {
		t.Fatal(err)
	}
	select {
	case <-gone.end:
	case <-time.After(time.Minute):
		t.Fatal("the stream outlives its token")
	}
	if !strings.Contains(gone.text(), "event: signed-out") {
		t.Errorf("the stream ended without a word:\n%s", gone.text())
	}
	if n := strings.Count(stays.text(), "id: "); n < 2 {
		t.Errorf("%d signs of life", n)
	}
	h.api.hub.end.Do(func() { close(h.api.hub.ending) })
	select {
	case <-stays.end:
	case <-time.After(time.Minute):
		t.Fatal("the stream outlives the server")
	}
	idle := func() bool {
		h.api.hub.mu.Lock()
		defer h.api.hub.mu.Unlock()
		return h.api.hub.stop == nil && len(h.api.hub.readers) == 0 && len(h.api.hub.own) == 0
	}
	for tries := 0; !idle(); tries++ {
		if tries == 12_000 {
			t.Fatal("the journal is read although nobody listens")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// A reader that is too slow is cut off and does not hold up the others; an account has so many streams and no more.
func TestStreamLimits(t *testing.T) {
	h := newHouse(t, generous)
	h.law()
	hub := h.api.hub
	slow, _, err := hub.join(context.Background(), "acme-labs", "slow")
	if err != nil {
		t.Fatal(err)
	}
	for range maxWaiting + 2 {
		h.must(201, "planner", "POST", "/v1/needs", submitBody)
	}
	if err := hub.look(context.Background()); err != nil {
		t.Fatal(err)
	}
	n := 0
	for range slow.told {
		n++
	}
	if n != maxWaiting {
		t.Errorf("%d changes waited, want %d and the end", n, maxWaiting)
	}
	hub.leave(slow, "slow")
	for i := range maxOwnStreams + 1 {
		_, _, err = hub.join(context.Background(), "acme-labs", "greedy")
		if (err != nil) != (i == maxOwnStreams) {
			t.Errorf("stream %d: %v", i+1, err)
		}
	}
	if _, _, err := hub.join(context.Background(), "acme-labs", "modest"); err != nil {
		t.Errorf("another account: %v", err)
	}
}
