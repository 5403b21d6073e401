package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"firstlook/agreement"
	"firstlook/capacity"
	"firstlook/client"
	"firstlook/internal/desk"
	"firstlook/internal/door"
	"firstlook/internal/httpapi"
	"firstlook/internal/identity"
	identitymemory "firstlook/internal/identity/memory"
	"firstlook/internal/journal/memory"
	"firstlook/internal/pricebook"
	"firstlook/internal/strict"
	"firstlook/need"
	"firstlook/party"
	"firstlook/right"
)

var ctx = context.Background()

// server is a real server with everybody's token; trouble, where it is set, comes before it.
type server struct {
	*httptest.Server
	gate    *identity.Gate
	people  map[party.ID]identity.PersonID
	tokens  map[party.ID]string
	trouble atomic.Pointer[func(http.ResponseWriter, *http.Request) bool]
	api     *httpapi.API
}

// streams waits until so many streams of events stand.
func (s *server) streams(n int) {
	for range 60_000 {
		if s.api.Streams() >= n {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func serve(t *testing.T) *server {
	t.Helper()
	store, tables := memory.New(), desk.Tables{Throughput: pricebook.EmbeddedThroughputs()[0], Egress: *pricebook.EmbeddedEgress()}
	d, err := desk.Open(ctx, store, desk.WallClock{}, tables)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{people: map[party.ID]identity.PersonID{}, tokens: map[party.ID]string{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f := s.trouble.Load(); f != nil && (*f)(w, r) {
			return
		}
		s.api.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	quiet := slog.New(slog.DiscardHandler)
	if s.gate, err = identity.New(identitymemory.New(), identity.Options{Origin: s.URL, Log: quiet}); err != nil {
		t.Fatal(err)
	}
	s.api = httpapi.New(httpapi.Options{Desk: d, Store: store, Tables: tables, Gate: s.gate, Log: quiet})
	console := identity.Console("operator")
	for of, roles := range map[party.ID][]identity.Role{"acme-labs": {identity.Planner, identity.Counsel}, "contoso-cloud": {identity.HolderDesk}, "northwind": {identity.HolderDesk}, "fabrikam": {identity.ProviderDesk}} {
		p, err := s.gate.AddPerson(ctx, console, identity.Person{Party: of, Name: "Sam", Roles: roles})
		if err != nil {
			t.Fatal(err)
		}
		s.people[of] = p.ID
		if _, s.tokens[of], err = s.gate.IssueToken(ctx, console, identity.TokenRequest{Name: "test", Roles: roles, Life: time.Hour, Answers: p.ID}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *server) client(t *testing.T, of party.ID) *client.Client {
	t.Helper()
	c, err := client.New(s.URL, client.Options{Token: s.tokens[of], Pause: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// law records the neutral agreement and its providers.
func (s *server) law(t *testing.T) {
	t.Helper()
	for name, put := range map[string]func(*client.Client, []byte) error{
		"neutral.yaml": func(c *client.Client, b []byte) error {
			_, err := c.AddAgreement(ctx, "neutral.yaml", b, "")
			return err
		},
		"providers-neutral.yaml": func(c *client.Client, b []byte) error {
			_, err := c.SetProviders(ctx, "providers-neutral.yaml", b, "")
			return err
		},
	} {
		text, err := os.ReadFile(filepath.Join("../examples", name))
		if err == nil {
			err = put(s.client(t, "acme-labs"), text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// research is a need over which contoso-cloud has a first offer.
func research(t *testing.T) capacity.Need {
	t.Helper()
	start := time.Now().UTC().AddDate(0, 3, 0).Format(time.DateOnly)
	n, err := need.FromFlags(map[string][]string{"buyer": {"acme-labs"}, "class": {"training"}, "purpose": {"research"}, "accelerators": {"H100"}, "quantity": {"64"},
		"start": {start}, "duration": {"90 days"}, "offers-window": {"48 hours"}})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestCallsOfTheDoor(t *testing.T) {
	s := serve(t)
	s.law(t)
	buyer, holder := s.client(t, "acme-labs"), s.client(t, "contoso-cloud")
	done, err := buyer.Do(ctx, "", right.Command{Ask: right.Submit{Need: research(t)}}, "")
	if err != nil || done.Need != "n1" || done.Repeated || !done.Buys || len(done.Events) == 0 {
		t.Fatalf("submitted %+v, %v", done, err)
	}
	list, err := holder.Notices(ctx, "", "")
	if err != nil || len(list.Notices) != 1 || list.Notices[0].Matter != "m1" {
		t.Fatalf("notices %+v, %v", list, err)
	}
	page, err := holder.Notice(ctx, "n1", 1, "contoso-cloud")
	if err != nil || !strings.Contains(page.Document, "64") {
		t.Errorf("notice %+v, %v", page, err)
	}
	if _, err := holder.Do(ctx, "n1", right.Command{Ask: right.Answer{Matter: 1, Kind: right.Decline}}, "k"); err != nil {
		t.Fatal(err)
	}
	again, err := holder.Do(ctx, "n1", right.Command{Ask: right.Answer{Matter: 1, Kind: right.Decline}}, "k")
	if err != nil || !again.Repeated {
		t.Errorf("sent again under its key: %+v, %v", again, err)
	}
	x, err := buyer.Explain(ctx, "n1", "", 0)
	if err != nil || x.Need != "n1" || len(x.Clauses) == 0 {
		t.Errorf("explained %+v, %v", x, err)
	}
	text, err := holder.Agreement(ctx, "acme-northwind", "")
	if err != nil {
		t.Fatal(err)
	}
	if g, err := agreement.Parse(text.File, []byte(text.Text)); err != nil || g.Hash != text.Hash {
		t.Errorf("the text that is read is not the one that was recorded: %v", err)
	}
	book := pricebook.Embedded()
	mine := *book
	mine.Name, mine.Rows = "mine", book.Rows[:20]
	if _, err := buyer.PutPrices(ctx, "mine", mine.Encode(), ""); err != nil {
		t.Fatal(err)
	}
	if books, err := buyer.Prices(ctx); err != nil || len(books) != 1 || books[0].Text != string(mine.Encode()) {
		t.Errorf("price books %v, %v", books, err)
	}
}

// A refusal is what it would be on the spot.
func TestProblems(t *testing.T) {
	s := serve(t)
	s.law(t)
	buyer := s.client(t, "acme-labs")
	_, err := buyer.Need(ctx, "n1", "")
	var p *client.Problem
	var no *right.Refusal
	if !errors.As(err, &p) || p.Status != 404 || !errors.As(err, &no) || no.Code != right.NeedUnknown {
		t.Errorf("an unknown need: %#v", err)
	}
	if _, err := buyer.Do(ctx, "", right.Command{Ask: right.Submit{Need: research(t)}}, "k"); err != nil {
		t.Fatal(err)
	}
	_, err = buyer.Do(ctx, "n1", right.Command{Ask: right.Choose{Lot: 1}}, "")
	if !errors.As(err, &no) || no.Clause != nil && no.Clause.Agreement == "" || !errors.As(err, &p) || p.Remedy == "" {
		t.Errorf("a choice that is not to be made: %#v", err)
	}
	_, err = buyer.Do(ctx, "n2", right.Command{Ask: right.Submit{Need: research(t)}}, "k")
	var used *door.KeyUsed
	if !errors.As(err, &used) && !errors.As(err, &p) {
		t.Errorf("a key of another need: %#v", err)
	}
	_, err = buyer.AddAgreement(ctx, "x.yaml", []byte("agreement: x\n"), "")
	var problems strict.Problems
	if !errors.As(err, &problems) || len(problems) == 0 || problems[0].Line == 0 {
		t.Errorf("a file that does not read: %#v", err)
	}
	_, err = buyer.Agreement(ctx, "nothing", "")
	var missing *door.NoAgreement
	if !errors.As(err, &missing) {
		t.Errorf("no agreement: %#v", err)
	}
	if _, err = s.client(t, "northwind").Needs(ctx, "acme-labs"); !errors.As(err, &p) || p.Code != "forbidden" {
		t.Errorf("for another party: %#v", err)
	}
	s.Server.Close()
	var far *client.Unreachable
	if _, err = buyer.Needs(ctx, ""); !errors.As(err, &far) {
		t.Errorf("no server: %#v", err)
	}
}

// A command whose answer was lost, and one that was told to come again, is sent again and done once.
func TestSentAgain(t *testing.T) {
	s := serve(t)
	s.law(t)
	for name, trouble := range map[string]func(http.ResponseWriter, *http.Request, http.Handler){
		"the answer is lost": func(w http.ResponseWriter, r *http.Request, h http.Handler) {
			h.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		},
		"busy": func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusServiceUnavailable)
		},
	} {
		var times atomic.Int32
		handler := s.Config.Handler
		f := func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != "POST" || times.Add(1) > 2 {
				return false
			}
			trouble(w, r, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
			return true
		}
		s.trouble.Store(&f)
		before, err := s.client(t, "acme-labs").Needs(ctx, "")
		if err != nil {
			t.Fatal(err)
		}
		done, err := s.client(t, "acme-labs").Do(ctx, "", right.Command{Ask: right.Submit{Need: research(t)}}, "")
		if err != nil || done.Repeated {
			t.Errorf("%s: %+v, %v", name, done, err)
		}
		after, err := s.client(t, "acme-labs").Needs(ctx, "")
		if err != nil || len(after) != len(before)+1 || times.Load() < 3 {
			t.Errorf("%s: %d needs became %d in %d tries, %v", name, len(before), len(after), times.Load(), err)
		}
		s.trouble.Store(nil)
	}
}

// A list that has several pages is read whole.
func TestPages(t *testing.T) {
	pages := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pages++
		out := map[string]any{"needs": []map[string]any{{"need": fmt.Sprintf("n%d", pages)}}}
		if pages < 3 {
			out["cursor"] = fmt.Sprint(pages)
		}
		if c := r.URL.Query().Get("cursor"); pages > 1 && c != fmt.Sprint(pages-1) {
			t.Errorf("page %d is asked for by cursor %q", pages, c)
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(out); err != nil {
			t.Error(err)
		}
	}))
	defer s.Close()
	c, err := client.New(s.URL, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if all, err := c.Needs(ctx, ""); err != nil || len(all) != 3 || all[2].Need != "n3" {
		t.Errorf("%v, %v", all, err)
	}
}

// A stream that breaks off goes on where it stopped: each change once, in order. It ends with the token.
func TestWatch(t *testing.T) {
	s := serve(t)
	s.law(t)
	buyer, holder := s.client(t, "acme-labs"), s.client(t, "contoso-cloud")
	got := make(chan client.Change, 100)
	ended := make(chan error, 1)
	begun := make(chan struct{}, 100)
	f := func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/v1/events" {
			begun <- struct{}{}
		}
		return false
	}
	s.trouble.Store(&f)
	go func() {
		ended <- holder.Watch(ctx, "", func(c client.Change) error { got <- c; return nil })
	}()
	<-begun
	s.streams(1)
	for i := 1; i <= 6; i++ {
		done, err := buyer.Do(ctx, "", right.Command{Ask: right.Submit{Need: research(t)}}, "")
		if err != nil {
			t.Fatal(err)
		}
		select {
		case c := <-got:
			if c.Need != done.Need || c.ID == "" || len(c.Events) == 0 {
				t.Fatalf("change %d: %+v, want one of %s", i, c, done.Need)
			}
		case <-time.After(time.Minute):
			t.Fatalf("change %d does not come", i)
		}
		if i%2 == 0 {
			s.CloseClientConnections()
		}
	}
	if len(got) != 0 {
		t.Errorf("%d changes came twice", len(got))
	}
	if err := s.gate.SetDisabled(ctx, identity.Console("operator"), s.people["contoso-cloud"], true); err != nil {
		t.Fatal(err)
	}
	s.CloseClientConnections()
	select {
	case err := <-ended:
		var p *client.Problem
		if !errors.Is(err, client.ErrSignedOut) && (!errors.As(err, &p) || p.Status != 401) {
			t.Errorf("the stream ended with %v", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("the stream outlives its token")
	}
	stop := errors.New("enough")
	s.trouble.Store(nil)
	go func() {
		s.streams(1)
		_, _ = buyer.Do(ctx, "n1", right.Command{Ask: right.Withdraw{Reason: "done"}}, "") // its change is what the stream tells
	}()
	if err := buyer.Watch(ctx, "", func(client.Change) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the function's error comes out as %v", err)
	}
}

// A token does not travel readably, and an address is one.
func TestNew(t *testing.T) {
	for _, address := range []string{"", "firstlook.example", "ftp://firstlook.example", "https://user@firstlook.example", "https://firstlook.example/?x=1"} {
		if _, err := client.New(address, client.Options{}); err == nil {
			t.Errorf("%q passes for an address", address)
		}
	}
	if _, err := client.New("http://firstlook.example", client.Options{Token: "t"}); err == nil {
		t.Error("the token would travel readably")
	}
	for _, o := range []client.Options{{}, {Token: "t", AllowPlainHTTP: true}} {
		if _, err := client.New("http://firstlook.example/", o); err != nil {
			t.Error(err)
		}
	}
}
