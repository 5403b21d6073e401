package webui_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"firstlook/calendar"
	"firstlook/internal/desk"
	"firstlook/internal/identity"
	idmemory "firstlook/internal/identity/memory"
	"firstlook/internal/journal/memory"
	"firstlook/internal/scenario"
	"firstlook/internal/webui"
	"firstlook/party"
)

// powersWorld is a desk with one of the scenarios' agreements, n1 submitted, and an offer of contoso. A seat is PARTY/ROLE.
func powersWorld(t *testing.T, file string) *world {
	t.Helper()
	ctx := context.Background()
	w := &world{t: t, store: memory.New(), clock: &standing{}}
	w.at("2026-03-02T12:00Z")
	var err error
	if w.desk, err = desk.Open(ctx, w.store, w.clock, tables()); err != nil {
		t.Fatal(err)
	}
	read := func(name string) []byte {
		text, err := os.ReadFile("../../scenarios/agreements/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	if _, err := w.desk.AddAgreement(ctx, file, read(file)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.desk.SetProviders(ctx, "providers.yaml", read("providers.yaml")); err != nil {
		t.Fatal(err)
	}
	w.pages = webui.New(webui.Options{Desk: w.desk, Diagnostics: slog.New(slog.NewTextHandler(io.Discard, nil)), Who: func(r *http.Request) (webui.Subject, bool) {
		who, role, ok := strings.Cut(r.Header.Get("Seat"), "/")
		return webui.Subject{Party: party.ID(who), Person: "Jo Doe", CSRF: token, May: func(a string) bool { return identity.Role(role).May(identity.Action(a)) }}, ok
	}})
	return w
}

func (w *world) at(text string) {
	w.t.Helper()
	now, err := calendar.Parse(text)
	if err != nil {
		w.t.Fatal(err)
	}
	w.clock.at = now
}

// say gives a command in the words of a scenario, at its time.
func (w *world) say(line string) {
	w.t.Helper()
	c, at, err := scenario.ReadCommand(line, "n1")
	if err == nil {
		w.clock.at = at
		_, err = w.desk.Do(context.Background(), "n1", c, "")
	}
	if err != nil {
		w.t.Fatalf("%s: %v", line, err)
	}
}

// noticed brings n1 to where Northwind is asked to match.
func (w *world) noticed() {
	w.t.Helper()
	f, err := scenario.Parse("powers.scenario", []byte("# A need.\nagreement agreements/powers.yaml\nproviders agreements/providers.yaml\n\n"+
		"2026-03-02T12:00Z acme submit n1: 64 H100 2026-06-01..2026-09-01 training research offers 24 hours\n----\n"))
	if err != nil {
		w.t.Fatal(err)
	}
	records, err := scenario.Records(f, scenario.Env{Read: func(name string) ([]byte, error) { return os.ReadFile("../../scenarios/" + name) }, Throughput: tables().Throughput, Egress: tables().Egress})
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.desk.Do(context.Background(), "n1", records[0].Turns[0].Command, ""); err != nil {
		w.t.Fatal(err)
	}
	w.say("2026-03-02T13:00Z contoso offer o1: H100 x64 2026-06-01..2026-09-01 @ 2.10 USD/gpu-h in contoso/us-east country US valid 2026-06-01")
	w.say("2026-03-02T13:00Z contoso offer o2: H100 x64 2026-06-01..2026-09-01 @ 2.12 USD/gpu-h in contoso/us-east country US valid 2026-06-01")
	w.say("2026-03-03T12:00Z acme choose l1")
}

// twice reviews a form and records it; it returns what the review says.
func (w *world) twice(seat, path string, pairs ...string) string {
	w.t.Helper()
	review := w.post(seat, path, append(pairs, "step", "review")...)
	if review.Code != http.StatusOK {
		w.t.Fatalf("%s: %d\n%s", path, review.Code, words(review.Body.String()))
	}
	done := w.post(seat, path, append(pairs, "step", "record", "key", key(w.t, review))...)
	if done.Code != http.StatusSeeOther {
		w.t.Fatalf("%s: %d\n%s", path, done.Code, words(done.Body.String()))
	}
	return words(review.Body.String())
}

// The powers beside the answer: each is offered to who has it, said in words, and recorded.
func TestPowers(t *testing.T) {
	w := powersWorld(t, "powers.yaml")
	w.noticed()
	at := "/needs/n1/act/"
	for _, c := range []struct{ seat, has, lacks string }{
		{"northwind/holder-desk", "act/stay/m1 act/extend/m1 act/assign/m1 act/request-information/m1", "act/change/m1"},
		{"acme/counsel", "act/extend/m1 act/change/m1", "act/stay/m1 act/assign/m1"},
		{"acme/finance", "", "act/extend/m1 act/change/m1"},
	} {
		page := w.get(c.seat, "/needs/n1/matters/m1").Body.String()
		for _, want := range strings.Fields(c.has) {
			if !strings.Contains(page, want) {
				t.Errorf("%s is not offered %s", c.seat, want)
			}
		}
		for _, not := range strings.Fields(c.lacks) {
			if strings.Contains(page, not) {
				t.Errorf("%s is offered %s", c.seat, not)
			}
		}
	}
	var said strings.Builder
	tell := func(seat, path string, pairs ...string) {
		said.WriteString("- " + seat + " " + path + "\n" + w.twice(seat, at+path, pairs...))
	}
	tell("northwind/holder-desk", "extend/m1", "until", "2026-03-08T12:00Z")
	if page := words(w.get("acme/planner", at+"extend/m1").Body.String()); !strings.Contains(page, "It was proposed that it closes at Sun 8 Mar 2026 12:00 UTC") {
		t.Errorf("the other side reads\n%s", page)
	}
	tell("acme/planner", "extend/m1", "until", "2026-03-08T12:00Z")
	tell("northwind/holder-desk", "stay/m1", "ground", "dispute", "reason", "the notice names the wrong hall")
	tell("northwind/holder-desk", "lift/m1", "ground", "dispute")
	tell("acme/counsel", "change/m1", "offer", "o2", "reason", "the first one was withdrawn by phone")
	tell("northwind/holder-desk", "assign/m1", "to", "southwind")
	w.say("2026-03-04T12:00Z southwind decline m1")
	tell("acme/planner", "non-perform/a1", "delivered", "16", "reason", "two halls have no power")
	tell("acme/planner", "cure/a1", "reason", "all halls run")
	golden(t, "powers", said.String())
	got := strings.Join(events(t, w, "n1"), "\n")
	for _, want := range []string{"open m1 answer-by 2026-03-08T12:00Z", "tolled m1 (dispute)", "untolled m1", "changed m1", "assigned m1 from northwind to southwind", "not performed a1: 16 delivered", "performed"} {
		if !strings.Contains(got, want) {
			t.Errorf("the record lacks %q:\n%s", want, got)
		}
	}
}

// A power that is not the party's, or does not read, is refused in words and records nothing.
func TestPowersOfOthers(t *testing.T) {
	w := powersWorld(t, "powers.yaml")
	w.noticed()
	before := len(events(t, w, "n1"))
	for _, c := range []struct {
		seat, path string
		form       []string
		status     int
	}{
		{"acme/counsel", "stay/m1", []string{"ground", "dispute", "reason", "x"}, http.StatusUnprocessableEntity},
		{"acme/counsel", "assign/m1", []string{"to", "acme"}, http.StatusNotFound},
		{"northwind/holder-desk", "change/m1", []string{"offer", "o2", "reason", "x"}, http.StatusForbidden},
		{"northwind/holder-desk", "extend/m1", []string{"until", "tomorrow"}, http.StatusUnprocessableEntity},
		{"northwind/holder-desk", "extend/m1", []string{"until", "2026-03-04"}, http.StatusUnprocessableEntity},
		{"northwind/holder-desk", "assign/m1", []string{"to", "eastwind"}, http.StatusConflict},
		{"acme/planner", "reoffer/l9", nil, http.StatusNotFound},
		{"acme/planner", "non-perform/a9", []string{"delivered", "1", "reason", "x"}, http.StatusNotFound},
		{"contoso/provider-desk", "non-perform/a1", []string{"delivered", "1", "reason", "x"}, http.StatusForbidden},
	} {
		if out := w.post(c.seat, "/needs/n1/act/"+c.path, append(c.form, "step", "record", "key", strings.Repeat("a", 32))...); out.Code != c.status {
			t.Errorf("%s %s: %d, not %d\n%s", c.seat, c.path, out.Code, c.status, words(out.Body.String()))
		}
	}
	if after := len(events(t, w, "n1")); after != before {
		t.Errorf("%d events, %d before", after, before)
	}
}

// An event is certified by whom the agreement names, and challenged by who would forfeit a right.
func TestCertify(t *testing.T) {
	w := powersWorld(t, "forfeit.yaml")
	if page := w.get("acme/counsel", "/agreements/acme-northwind").Body.String(); strings.Contains(page, "Certify an event") {
		t.Error("who may not certify is offered to")
	}
	if out := w.get("acme/counsel", "/agreements/acme-northwind/certify"); out.Code != http.StatusForbidden {
		t.Errorf("%d", out.Code)
	}
	if page := w.get("auditor/counsel", "/agreements/acme-northwind").Body.String(); !strings.Contains(page, "Certify an event") {
		t.Error("who may certify is not offered to")
	}
	said := w.twice("auditor/counsel", "/agreements/acme-northwind/certify", "trigger", "credit-proven", "reason", "the bank's letter")
	said += w.twice("auditor/counsel", "/agreements/acme-northwind/certify", "trigger", "default", "reason", "nothing was delivered in January")
	if page := w.get("northwind/finance", "/agreements/acme-northwind").Body.String(); strings.Contains(page, "Challenge") {
		t.Error("who may not challenge is offered to")
	}
	said += w.twice("northwind/holder-desk", "/agreements/acme-northwind/challenge", "trigger", "default", "reason", "all of it was delivered")
	golden(t, "certify", said+words(w.get("northwind/counsel", "/agreements/acme-northwind").Body.String()))
	if out := w.post("auditor/counsel", "/agreements/acme-northwind/certify", "trigger", "moon", "reason", "x"); out.Code != http.StatusUnprocessableEntity {
		t.Errorf("an event that there is not: %d", out.Code)
	}
}

// The operator lets people in, changes what they may and locks them out; a person issues tokens for the own company; each is shown once.
func TestPeopleAndTokens(t *testing.T) {
	ctx := context.Background()
	var pages http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { pages.ServeHTTP(w, r) }))
	defer server.Close()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	gate, err := identity.New(idmemory.New(), identity.Options{Origin: server.URL, Log: log, Page: webui.SignInPage})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	m := http.NewServeMux()
	for _, path := range identity.Paths {
		m.Handle(path, gate.Handler())
	}
	m.Handle("/", gate.Authenticate(webui.New(webui.Options{Desk: w.desk, Who: webui.SignedIn, Still: webui.StillIn(gate), People: gate, Diagnostics: log})))
	pages = m
	var printed strings.Builder
	if _, err := gate.Bootstrap(ctx, "operator", &printed, ""); err != nil {
		t.Fatal(err)
	}
	operator := enter(t, regexp.MustCompile(`http://\S+/signin/link/\S+`).FindString(printed.String()))
	secret := regexp.MustCompile(`<p class="mono secret">([^<]+)</p>`)
	both := func(who *visitor, path string, form url.Values) string {
		t.Helper()
		form.Set("csrf", regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(who.get(t, server.URL+path))[1])
		form.Set("step", "review")
		said := who.post(t, server.URL+path, form)
		if !strings.Contains(said, "This will be recorded") {
			t.Fatalf("%s:\n%s", path, words(said))
		}
		form.Set("step", "record")
		return who.post(t, server.URL+path, form)
	}
	if got := operator.get(t, server.URL+"/people"); !strings.Contains(got, "/people/new") {
		t.Fatalf("the operator sees\n%s", words(got))
	}
	invited := both(operator, "/people/new", url.Values{"name": {"Sam Okafor"}, "party": {"northwind"}, "roles": {"holder-desk"}})
	link := secret.FindStringSubmatch(invited)
	if link == nil {
		t.Fatalf("no link in\n%s", words(invited))
	}
	sam := enter(t, link[1])
	if got := sam.get(t, server.URL+"/people"); !strings.Contains(got, "Not in your role") {
		t.Errorf("the holder's desk sees\n%s", words(got))
	}
	issued := secret.FindStringSubmatch(both(sam, "/tokens/new", url.Values{"name": {"nightly export"}, "roles": {"holder-desk"}, "reads": {"only"}, "days": {"30"}}))
	if issued == nil || !strings.HasPrefix(issued[1], "fl_") {
		t.Fatalf("the token is %q", issued)
	}
	list := sam.get(t, server.URL+"/tokens")
	if !strings.Contains(list, "nightly export") || strings.Contains(list, issued[1]) {
		t.Errorf("the tokens are\n%s", words(list))
	}
	end := regexp.MustCompile(`/tokens/[0-9a-f]+/revoke`).FindString(list)
	if got := both(sam, end, url.Values{}); !strings.Contains(got, "ended") {
		t.Errorf("after the end\n%s", words(got))
	}
	if got := both(sam, "/tokens/new", url.Values{"name": {"more"}, "roles": {"operator"}, "reads": {"all"}, "days": {"30"}}); !strings.Contains(got, "Please look again") {
		t.Errorf("a token with another's role\n%s", words(got))
	}
	all, err := gate.People(ctx, identity.Console("operator"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		if p.Name != "Sam Okafor" {
			continue
		}
		both(operator, "/people/"+string(p.ID)+"/roles", url.Values{"roles": {"holder-desk", "provider-desk"}})
		if got := sam.get(t, server.URL+"/"); !strings.Contains(got, "desk, provider&#39;s desk") {
			t.Errorf("with two roles\n%.2000s", got)
		}
		both(operator, "/people/"+string(p.ID)+"/lock", url.Values{})
	}
	if got := sam.get(t, server.URL+"/"); !strings.Contains(got, "Sign in to your desk") {
		t.Errorf("who was locked out sees\n%s", words(got))
	}
}

// Whoever was released may be asked again before an offer is chosen.
func TestReoffer(t *testing.T) {
	w := newWorld(t)
	golden(t, "review-reoffer", w.twice("planner", "/needs/n3/act/reoffer/l1"))
	if got := events(t, w, "n3"); !strings.Contains(strings.Join(got, "\n"), "matter m2 on l1: contoso-cloud") {
		t.Errorf("nobody was asked again:\n%s", strings.Join(got, "\n"))
	}
}

// A file may stand in place of the text of the editor; one that is no text is refused.
func TestUpload(t *testing.T) {
	w := newWorld(t)
	send := func(content string) *httptest.ResponseRecorder {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		for _, part := range [][2]string{{"csrf", token}, {"step", "check"}} {
			if err := m.WriteField(part[0], part[1]); err != nil {
				t.Fatal(err)
			}
		}
		f, err := m.CreateFormFile("file", "a.yaml")
		if err == nil {
			_, err = f.Write([]byte(content))
		}
		if err = errors.Join(err, m.Close()); err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, "/agreements/new", &b)
		r.Header.Set("Content-Type", m.FormDataContentType())
		r.Header.Set("Seat", "counsel")
		out := httptest.NewRecorder()
		w.pages.ServeHTTP(out, r)
		return out
	}
	text, err := os.ReadFile("../../scenarios/agreements/powers.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if out := send(string(text)); out.Code != http.StatusOK || !strings.Contains(out.Body.String(), "It reads: agreement acme-northwind") || !strings.Contains(out.Body.String(), "title: Acme and Northwind, right to match with powers") {
		t.Errorf("%d\n%s", out.Code, words(out.Body.String()))
	}
	if out := send("\xff\xfe\x00"); out.Code != http.StatusUnprocessableEntity {
		t.Errorf("no text: %d", out.Code)
	}
	if out := send(strings.Repeat("x", 3<<20)); out.Code != http.StatusForbidden {
		t.Errorf("too large: %d", out.Code)
	}
}
