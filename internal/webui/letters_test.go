package webui_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"

	"firstlook/internal/desk"
	"firstlook/internal/journal/memory"
	"firstlook/internal/notify"
	"firstlook/internal/webui"
	"firstlook/party"
)

// refusing is a mail server that has none of the people that it is asked for, until it is told that it has.
type refusing struct {
	mu    sync.Mutex
	knows bool
	got   int
}

func (r *refusing) NewSession(*smtp.Conn) (smtp.Session, error) { return &refused{r}, nil }
func (r *refusing) change(f func())                             { r.mu.Lock(); defer r.mu.Unlock(); f() }
func (r *refusing) Routes(_ context.Context, who party.ID) ([]notify.Route, error) {
	if who != "northwind" {
		return nil, nil
	}
	return []notify.Route{{Channel: notify.Email, Address: "noor@northwind.example"}}, nil
}

type refused struct{ r *refusing }

func (s *refused) Reset()                               {}
func (s *refused) Logout() error                        { return nil }
func (s *refused) Mail(string, *smtp.MailOptions) error { return nil }
func (s *refused) Rcpt(string, *smtp.RcptOptions) (err error) {
	s.r.change(func() {
		if !s.r.knows {
			err = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such person"}
		}
	})
	return err
}
func (s *refused) Data(b io.Reader) error {
	s.r.change(func() { s.r.got++ })
	_, err := io.Copy(io.Discard, b)
	return err
}

// office is the post of a test: a notifier that sends mail for the desk to a server of its own.
type office struct {
	*notify.Notifier
	told []notify.Trouble
	mu   sync.Mutex
}

func (o *office) Outcome(context.Context, notify.Outcome) error { return nil }
func (o *office) Trouble(_ context.Context, t notify.Trouble) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.told = append(o.told, t)
	return nil
}

func (o *office) Dead(ctx context.Context, who party.ID) (out []notify.DeadLetter, err error) {
	all, err := o.Notifier.Dead(ctx)
	for i := range all {
		if l := all[i].List(); who == "" || l.From == who {
			out = append(out, l)
		}
	}
	return out, err
}

func (o *office) Redrive(ctx context.Context, id string, _ party.ID, person, reason string) error {
	return o.Notifier.Redrive(ctx, id, person, reason)
}

func (o *office) Dismiss(ctx context.Context, id string, _ party.ID, person, reason string) error {
	return o.Notifier.Dismiss(ctx, id, person, reason)
}

func (o *office) Troubles(_ context.Context, who party.ID) ([]notify.Trouble, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := slices.DeleteFunc(slices.Clone(o.told), func(t notify.Trouble) bool { return who != "" && t.For != who })
	slices.Reverse(out)
	return out, nil
}

// posting is a world whose notices to Northwind go to a mail server that refuses them.
func posting(t *testing.T) (*world, *office, *refusing) {
	t.Helper()
	mx := &refusing{}
	server := smtp.NewServer(mx)
	server.Domain = "mx.example"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close(); <-done })
	post := &office{}
	w := worldOn(t, memory.New(), webui.Options{Letters: post})
	if post.Notifier, err = notify.New(notify.Options{Source: notify.FromDesk(w.desk, w.store, notify.Door{Origin: "https://firstlook.example"}), Directory: mx, Record: notify.OnJournal(w.store),
		Listener: post, Clock: w.clock, Jitter: func(n int64) int64 { return n / 2 },
		Mail: &notify.Mail{Server: l.Addr().String(), Security: notify.Plain, Hello: "firstlook.example", From: mail.Address{Address: "desk@acme.example"}, Bounces: "acme.example",
			Secret: []byte(strings.Repeat("s", 32)), Final: true}}); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if err := w.desk.Deliver(ctx, desk.Courier(post)); err != nil {
		t.Fatal(err)
	}
	for range 50 { // each pass carries the first letter of the route and those behind it
		if err := post.Pass(ctx); err != nil {
			t.Fatal(err)
		}
	}
	return w, post, mx
}

var letterLink = regexp.MustCompile(`/letters/[0-9a-f]{32}/again`)

// A letter that was refused is shown to who sent it, with what the other side said, and to who runs the server without what it says. The
// sender's people send it again or dismiss it, with a reason; nobody else does.
func TestLettersThatDidNotArrive(t *testing.T) {
	w, post, mx := posting(t)
	page := w.get("planner", "/letters").Body.String()
	found := letterLink.FindAllString(page, -1)
	if len(found) < 2 {
		t.Fatalf("the planner sees %d dead letters\n%s", len(found), words(page))
	}
	for _, want := range []string{"no such person", "noor@northwind.example", "Northwind Compute", "/needs/n8", "tried", "came back"} {
		if !strings.Contains(strings.ToLower(page), strings.ToLower(want)) {
			t.Errorf("the page does not say %q\n%s", want, words(page))
		}
	}
	for seat, want := range map[string]string{"planner": "letters of yours did not arrive", "counsel": "letters of yours did not arrive", "openai": "1 letter of yours did not arrive"} {
		if !strings.Contains(w.get(seat, "/").Body.String(), want) {
			t.Errorf("the desk of %s does not say that letters did not arrive", seat)
		}
	}
	for _, seat := range []string{"northwind", "auditor"} {
		if strings.Contains(w.get(seat, "/").Body.String(), "/letters") {
			t.Errorf("the desk of %s speaks of letters", seat)
		}
	}
	if out := words(w.get("openai", "/letters").Body.String()); !strings.Contains(out, "/needs/n1)") || strings.Contains(out, "n8") {
		t.Errorf("openai sees\n%s", out)
	}
	if out := words(w.get("northwind", "/letters").Body.String()); !strings.Contains(out, "No letter was given up") || strings.Contains(out, "northwind.example") {
		t.Errorf("northwind sees\n%s", out)
	}
	operator := w.get("operator", "/letters").Body.String()
	if text := words(operator); !strings.Contains(text, "noor@northwind.example") || strings.Contains(text, "n8") || strings.Contains(text, "H100") || letterLink.MatchString(operator) {
		t.Errorf("the operator sees\n%s", text)
	}
	for seat, want := range map[string]int{"finance": http.StatusForbidden, "fabrikam": http.StatusForbidden, "auditor": http.StatusOK, "operator": http.StatusOK} {
		if out := w.get(seat, "/letters"); out.Code != want {
			t.Errorf("%s: %d", seat, out.Code)
		}
	}
	w.handle(found, post, mx)
}

// handle sends one letter again and dismisses another.
func (w *world) handle(found []string, post *office, mx *refusing) {
	w.t.Helper()
	again, dismiss := found[0], strings.TrimSuffix(found[1], "again")+"dismiss"
	for seat, want := range map[string]int{"northwind": http.StatusForbidden, "auditor": http.StatusForbidden, "operator": http.StatusForbidden, "openai": http.StatusNotFound} {
		if out := w.post(seat, again, "reason", "please", "step", "record"); out.Code != want {
			w.t.Errorf("%s sends a letter again: %d", seat, out.Code)
		}
	}
	if out := w.post("planner", again, "step", "review"); out.Code != http.StatusUnprocessableEntity {
		w.t.Errorf("without a reason: %d", out.Code)
	}
	review := w.post("planner", again, "reason", "their address works again", "step", "review")
	if text := words(review.Body.String()); !strings.Contains(text, "The letter goes out again by e-mail to Northwind Compute (noor@northwind.example), now.") {
		w.t.Errorf("the review says\n%s", text)
	}
	mx.change(func() { mx.knows = true })
	if out := w.post("planner", again, "reason", "their address works again", "step", "record"); out.Code != http.StatusSeeOther || out.Header().Get("Location") != "/letters?done=1" {
		w.t.Fatalf("%d\n%s", out.Code, words(out.Body.String()))
	}
	if err := post.Pass(context.Background()); err != nil {
		w.t.Fatal(err)
	}
	mx.change(func() {
		if mx.got != 1 {
			w.t.Errorf("%d letters came", mx.got)
		}
	})
	if out := w.post("planner", again, "reason", "twice", "step", "record"); out.Code != http.StatusNotFound {
		w.t.Errorf("a letter that is not dead is sent again: %d", out.Code)
	}
	if out := w.post("counsel", dismiss, "reason", "told by telephone", "step", "record"); out.Code != http.StatusSeeOther {
		w.t.Errorf("%d\n%s", out.Code, words(out.Body.String()))
	}
	if left := letterLink.FindAllString(w.get("planner", "/letters").Body.String(), -1); len(left) != len(found)-2 {
		w.t.Errorf("%d letters are left of %d", len(left), len(found))
	}
}

// Without letters by e-mail the page says how they come to be sent; an operator finds it from the first page.
func TestLettersNowhere(t *testing.T) {
	w := newWorld(t)
	if out := words(w.get("planner", "/letters").Body.String()); !strings.Contains(out, "notify.yaml") {
		t.Error(out)
	}
	if out := w.get("operator", "/"); !strings.Contains(out.Body.String(), `href="/letters"`) {
		t.Error(words(out.Body.String()))
	}
	if out := w.send("planner", http.MethodPost, fmt.Sprintf("/letters/%032d/again", 1), url.Values{"csrf": {token}, "reason": {"x"}, "step": {"record"}}); out.Code != http.StatusNotFound {
		t.Errorf("%d", out.Code)
	}
}
