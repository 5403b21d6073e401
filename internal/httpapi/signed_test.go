package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"

	"log/slog"
	"math/rand/v2"

	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"firstlook/calendar"
	"firstlook/internal/desk"
	"firstlook/internal/identity"
	identitymemory "firstlook/internal/identity/memory"
	"firstlook/internal/journal/memory"
	"firstlook/internal/pricebook"
	"firstlook/offer"
	"firstlook/party"
)

// seat is somebody with one role for a party.
type seat struct {
	name  string
	party party.ID
	role  identity.Role
}

// seats are everybody in the tests: each role once, and a second holder.
var seats = []seat{
	{"planner", "acme-labs", identity.Planner}, {"counsel", "acme-labs", identity.Counsel}, {"finance", "acme-labs", identity.Finance},
	{"holder", "northwind", identity.HolderDesk}, {"contoso", "contoso-cloud", identity.HolderDesk}, {"provider", "fabrikam", identity.ProviderDesk},
	{"auditor", "audit-house", identity.Auditor}, {"operator", "operator", identity.Operator},
}

// house is a server at which everybody signs in.
type house struct {
	t      *testing.T
	api    *API
	gate   *identity.Gate
	clock  *handClock
	log    bytes.Buffer
	tokens map[string]string // by seat
	people map[string]identity.PersonID
}

// generous are limits that no test meets by chance.
var generous = identity.Limits{Address: identity.Limit{Burst: 1e6, Every: 1}, Account: identity.Limit{Burst: 1e6, Every: 1}, SignIn: identity.Limit{Burst: 1e6, Every: 1}}

func newHouse(t *testing.T, limits identity.Limits) *house {
	t.Helper()
	ctx := context.Background()
	h := &house{t: t, clock: &handClock{calendar.From(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))}, tokens: map[string]string{}, people: map[string]identity.PersonID{}}
	store := memory.New()
	tables := desk.Tables{Throughput: pricebook.EmbeddedThroughputs()[0], Egress: *pricebook.EmbeddedEgress()}
	d, err := desk.Open(ctx, store, h.clock, tables)
	if err != nil {
		t.Fatal(err)
	}
	h.gate, err = identity.New(identitymemory.New(), identity.Options{Origin: "http://127.0.0.1:7780", Limits: limits, Passwords: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	console := identity.Console("operator")
	for _, s := range seats {
		p, err := h.gate.AddPerson(ctx, console, identity.Person{Party: s.party, Name: "Sam " + s.name, Email: s.name + "@example.com", Roles: []identity.Role{s.role}})
		if err != nil {
			t.Fatal(err)
		}
		h.people[s.name] = p.ID
		q := identity.TokenRequest{Name: s.name, Roles: []identity.Role{s.role}, Life: 24 * time.Hour, Answers: p.ID}
		if _, h.tokens[s.name], err = h.gate.IssueToken(ctx, console, q); err != nil {
			t.Fatal(err)
		}
	}
	h.api = New(Options{Desk: d, Store: store, Tables: tables, Gate: h.gate, Log: slog.New(slog.NewTextHandler(&h.log, nil))})
	drawn := 0
	h.api.draw = func() offer.ID { drawn++; return offer.ID(fmt.Sprint("o-drawn-", drawn)) }
	return h
}

// send asks as somebody who has a seat; an empty seat shows nothing.
func (h *house) send(seat, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	h.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:40000"
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if seat != "" {
		token, ok := h.tokens[seat]
		if !ok {
			h.t.Fatalf("nobody has the seat %s", seat)
		}
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.api.ServeHTTP(w, r)
	if strings.HasSuffix(w.Header().Get("Content-Type"), "json") && w.Header().Get("Content-Encoding") == "" && w.Body.Len() > 0 {
		conforms(h.t, method, r.URL.Path, w.Code, w.Header().Get("Content-Type"), w.Body.Bytes())
	}
	return w
}

// must is send that must be answered with a status.
func (h *house) must(status int, seat, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	h.t.Helper()
	w := h.send(seat, method, target, body, headers...)
	if w.Code != status {
		h.t.Fatalf("%s %s as %s: %d, want %d\n%s", method, target, seat, w.Code, status, w.Body)
	}
	return w
}

// file is an example as a body that carries it.
func (h *house) file(name string) string {
	h.t.Helper()
	text, err := os.ReadFile(filepath.Join("../../examples", name))
	if err != nil {
		h.t.Fatal(err)
	}
	b, err := json.Marshal(File{File: name, Text: string(text)})
	if err != nil {
		h.t.Fatal(err)
	}
	return string(b)
}

// law records the neutral agreement and its providers, over HTTP.
func (h *house) law() {
	h.t.Helper()
	h.must(201, "counsel", "POST", "/v1/agreements", h.file("neutral.yaml"))
	h.must(200, "planner", "PUT", "/v1/providers", h.file("providers-neutral.yaml"))
}

// submitBody is a need of acme-labs for research training, over which contoso-cloud has a first offer.
const submitBody = `{"type": "submit", "ask": {"need": {"buyer": "acme-labs", "class": "training", "purpose": "research", "sourcing": "market", "tenure": "new",
 "budget": "999000.00 USD", "offers_window": "48 hours",
 "lines": [{"accelerators": ["H100"], "quantity": 64, "least": 64, "period": {"from": "2026-06-01T00:00Z", "until": "2026-08-30T00:00Z"}}]}}}`

// A story with sign-in: as in [TestStories], and a line "as SEAT" says who sends the request.
func TestSignedStories(t *testing.T) {
	files, err := filepath.Glob("testdata/signed/*.http")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".http"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			h := newHouse(t, generous)
			h.law()
			got := h.play(string(text))
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

func (h *house) play(story string) string {
	var out strings.Builder
	for block := range strings.SplitSeq(strings.TrimSuffix(story, "====\n"), "====\n") {
		asked, _, _ := strings.Cut(block, "----\n")
		out.WriteString(asked + "----\n")
		var lines []string
		seat := ""
		for line := range strings.SplitSeq(strings.TrimSpace(asked), "\n") {
			if name, ok := strings.CutPrefix(line, "as "); ok && len(lines) == 0 {
				seat = name
			} else if len(lines) > 0 || line != "" && !strings.HasPrefix(line, "#") {
				lines = append(lines, line)
			}
		}
		r := readRequest(h.t, lines)
		r.RemoteAddr = "127.0.0.1:40000"
		if seat != "" {
			r.Header.Set("Authorization", "Bearer "+h.tokens[seat])
		}
		w := httptest.NewRecorder()
		h.api.ServeHTTP(w, r)
		if strings.HasSuffix(w.Header().Get("Content-Type"), "json") {
			conforms(h.t, r.Method, r.URL.Path, w.Code, w.Header().Get("Content-Type"), w.Body.Bytes())
		}
		out.WriteString(answer(w.Result()) + "====\n")
	}
	return out.String()
}

// samples are a lawful path and body of each operation; the rest takes none.
func sample(op *Operation) (path, body string) {
	path = strings.NewReplacer("{id}", "n1", "{matter}", "m1", "{agreement}", "acme-northwind", "{book}", "mine", "{person}", "p0123456789abcdef",
		"{rule}", "r1", "{token}", "0123456789abcdef").Replace(op.Path)
	switch op.Body.(type) {
	case nil:
		return path, ""
	case CheckRequest:
		return path, `{"files": [{"file": "a.yaml", "text": "agreement: x\n"}]}`
	default:
		return path, `{}`
	}
}

// Every operation, asked for by every role and by nobody: who has a role that allows it passes the door, everybody else gets 401 or 403
// with its code, and nothing else of the answer tells whether what was asked for is there.
func TestEveryOperationAndRole(t *testing.T) {
	h := newHouse(t, generous)
	h.law()
	h.must(201, "planner", "POST", "/v1/needs", submitBody)
	for i := range operations {
		op := &operations[i]
		if op.Media == "text/event-stream" || op.Action == identity.ManagePeople || op.Action == identity.ManageTokens {
			continue // a stream does not end; people are administered by people, which TestNoTokenAdministers holds
		}
		path, body := sample(op)
		nobody := h.send("", op.Method, path, body)
		if nobody.Code != 401 || !strings.Contains(nobody.Body.String(), `"code":"not-signed-in"`) {
			t.Errorf("%s %s by nobody: %d %s", op.Method, op.Path, nobody.Code, nobody.Body)
		}
		for _, s := range seats {
			w := h.send(s.name, op.Method, path, body)
			refused := w.Code == 403 && strings.Contains(w.Body.String(), `"code":"forbidden"`)
			may := op.Action == "" || s.role.May(op.Action)
			if refused == may || w.Code == 401 || w.Code >= 500 {
				t.Errorf("%s %s as %s: %d, may ask: %t\n%s", op.Method, op.Path, s.name, w.Code, may, w.Body)
			}
		}
	}
}

// Every command, sent by every role: the table of roles decides before the law does.
func TestEveryCommandAndRole(t *testing.T) {
	h := newHouse(t, generous)
	h.law()
	h.must(201, "planner", "POST", "/v1/needs", submitBody)
	for _, ask := range Asks {
		name := AskName(ask)
		body, err := json.Marshal(map[string]any{"type": name, "ask": ask})
		if err != nil {
			t.Fatal(err)
		}
		if name == "submit" || name == "submit-offer" || name == "assign" {
			continue // what they carry is read before the role is asked; the stories have them
		}
		for _, s := range seats {
			w := h.send(s.name, "POST", "/v1/needs/n1/commands", string(body))
			refused := w.Code == 403 && strings.Contains(w.Body.String(), `"code":"forbidden"`)
			if refused == s.role.May(identity.Action(name)) || w.Code == 401 || w.Code >= 500 || w.Code == 400 {
				t.Errorf("%s as %s: %d, may ask: %t\n%s", name, s.name, w.Code, s.role.May(identity.Action(name)), w.Body)
			}
		}
	}
}

// What concerns somebody else is answered as what is not there, byte for byte.
func TestSealedAsMissing(t *testing.T) {
	h := newHouse(t, generous)
	h.law()
	h.must(201, "planner", "POST", "/v1/needs", submitBody)
	for _, path := range []string{"", "/events", "/explanation", "/offers", "/awards", "/notices/m1"} {
		for _, who := range []string{"provider", "holder"} {
			there, not := h.send(who, "GET", "/v1/needs/n1"+path, ""), h.send(who, "GET", "/v1/needs/n2"+path, "")
			if there.Code != not.Code || strings.ReplaceAll(there.Body.String(), "n1", "n2") != not.Body.String() {
				t.Errorf("%s sees that n1 is there: GET %s\n%d %s\n%d %s", who, path, there.Code, there.Body, not.Code, not.Body)
			}
		}
	}
	for _, body := range []string{`{"type":"answer","ask":{"matter":1,"kind":"decline"}}`, `{"type":"receipt","ask":{"matter":1}}`, `{"type":"consent","ask":{"matter":1,"given":true}}`} {
		there, not := h.send("holder", "POST", "/v1/needs/n1/commands", body), h.send("holder", "POST", "/v1/needs/n2/commands", body)
		if there.Code != 404 || strings.ReplaceAll(there.Body.String(), "n1", "n2") != not.Body.String() {
			t.Errorf("northwind sees that n1 is there by %s\n%s\n%s", body, there.Body, not.Body)
		}
	}
}

// A key belongs to its party: another party's command under the same key is done, and not answered from the first.
func TestKeysAreOfTheParty(t *testing.T) {
	h := newHouse(t, generous)
	h.law()
	h.must(201, "planner", "POST", "/v1/needs", submitBody, "Idempotency-Key", "k1")
	again := h.must(201, "planner", "POST", "/v1/needs", submitBody, "Idempotency-Key", "k1")
	if !strings.Contains(again.Body.String(), `"repeated":true`) || !strings.Contains(again.Body.String(), `"need":"n1"`) {
		t.Errorf("sent again: %s", again.Body)
	}
	other := h.must(200, "contoso", "POST", "/v1/needs/n1/commands", `{"type":"answer","ask":{"matter":1,"kind":"decline"}}`, "Idempotency-Key", "k1")
	if !strings.Contains(other.Body.String(), `"repeated":false`) {
		t.Errorf("the key of another party answered: %s", other.Body)
	}
}

// The version that a command expects is compared with what its party sees; what others may see makes no difference.
func TestVersions(t *testing.T) {
	h := newHouse(t, generous)
	h.law()
	h.must(201, "planner", "POST", "/v1/needs", submitBody)
	first := h.must(200, "contoso", "GET", "/v1/needs/n1", "")
	seen := first.Header().Get("ETag")
	if w := h.must(304, "contoso", "GET", "/v1/needs/n1", "", "If-None-Match", seen); w.Body.Len() != 0 {
		t.Errorf("304 with a body: %s", w.Body)
	}
	receipt := `{"type":"receipt","ask":{"matter":1}}`
	h.must(412, "contoso", "POST", "/v1/needs/n1/commands", receipt, "If-Match", `"0123456789abcdef01234567"`)
	h.must(200, "contoso", "POST", "/v1/needs/n1/commands", receipt, "If-Match", seen)
	h.must(412, "contoso", "POST", "/v1/needs/n1/commands", `{"type":"answer","ask":{"matter":1,"kind":"decline"}}`, "If-Match", seen)
	if now := h.must(200, "contoso", "GET", "/v1/needs/n1", "").Header().Get("ETag"); now == seen {
		t.Error("the tag stands although the need changed")
	}
	packed := h.must(200, "planner", "GET", "/v1/openapi.json", "", "Accept-Encoding", "gzip")
	if packed.Header().Get("Content-Encoding") != "gzip" || packed.Body.Len() > 20_000 {
		t.Errorf("the document is not compressed: %d bytes", packed.Body.Len())
	}
	h.must(304, "planner", "GET", "/v1/openapi.json", "", "If-None-Match", packed.Header().Get("ETag"))
}

var nextLink = regexp.MustCompile(`^<([^>]+)>; rel="next"$`)

// A list comes in pages; the cursor is one's own last item and no number of all.
func TestPages(t *testing.T) {
	h := newHouse(t, generous)
	h.law()
	for range 7 {
		h.must(201, "planner", "POST", "/v1/needs", submitBody)
	}
	for _, list := range []struct {
		path, key string
		want      int
	}{{"/v1/needs", "needs", 7}, {"/v1/notices", "notices", 7}, {"/v1/needs/n1/events", "events", 0}, {"/v1/providers", "providers", 0}} {
		var all []string
		for target := list.path + "?limit=2"; target != ""; {
			w := h.must(200, "planner", "GET", target, "")
			var page map[string]json.RawMessage
			var items []json.RawMessage
			if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(page[list.key], &items); err != nil || len(items) > 2 {
				t.Fatalf("%s: %d items, %v", target, len(items), err)
			}
			for _, i := range items {
				all = append(all, string(i))
			}
			target = ""
			if m := nextLink.FindStringSubmatch(w.Header().Get("Link")); m != nil {
				target = m[1]
			}
		}
		var whole map[string]json.RawMessage
		if err := json.Unmarshal(h.must(200, "planner", "GET", list.path, "").Body.Bytes(), &whole); err != nil {
			t.Fatal(err)
		}
		var at []json.RawMessage
		if err := json.Unmarshal(whole[list.key], &at); err != nil {
			t.Fatal(err)
		}
		same := len(at) == len(all) && (list.want == 0 || len(all) == list.want)
		for i := 0; same && i < len(at); i++ {
			same = string(at[i]) == all[i]
		}
		if !same {
			t.Errorf("%s: %d items in pages, %d at once", list.path, len(all), len(at))
		}
	}
	h.must(400, "planner", "GET", "/v1/needs?limit=0", "")
	h.must(400, "planner", "GET", "/v1/needs?cursor=%21", "")
	var last struct{ Needs []any }
	if err := json.Unmarshal(h.must(200, "planner", "GET", "/v1/needs?cursor=bjk5OTk", "").Body.Bytes(), &last); err != nil || len(last.Needs) != 0 {
		t.Errorf("behind the end there is %v, %v", last, err)
	}
}

// A token administers nobody: not people, not tokens, not itself.
func TestNoTokenAdministers(t *testing.T) {
	h := newHouse(t, generous)
	for i := range operations {
		op := &operations[i]
		if op.Action != identity.ManagePeople && op.Action != identity.ManageTokens {
			continue
		}
		path, body := sample(op)
		for _, s := range seats {
			if w := h.send(s.name, op.Method, path, body); w.Code < 400 || w.Code >= 500 {
				t.Errorf("%s %s by the token of %s: %d %s", op.Method, op.Path, s.name, w.Code, w.Body)
			}
		}
	}
}

var formCSRF = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// signIn opens a one-time link as a browser does and returns the session's cookie and CSRF token.
func (h *house) signIn(seat string) (cookie, csrf string) {
	h.t.Helper()
	link, err := h.gate.Invite(context.Background(), identity.Console("operator"), h.people[seat])
	if err != nil {
		h.t.Fatal(err)
	}
	path := strings.TrimPrefix(link, "http://127.0.0.1:7780")
	page := h.must(200, "", "GET", path, "")
	m := formCSRF.FindStringSubmatch(page.Body.String())
	if m == nil {
		h.t.Fatalf("the page of the link has no form:\n%s", page.Body)
	}
	r := httptest.NewRequest("POST", path, strings.NewReader(url.Values{"csrf": {m[1]}}.Encode()))
	r.RemoteAddr = "127.0.0.1:40000"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, c := range page.Result().Cookies() {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	h.api.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if strings.HasSuffix(c.Name, "fl_session") && c.Value != "" {
			cookie = c.Name + "=" + c.Value
		}
	}
	var me Me
	if err := json.Unmarshal(h.must(200, "", "GET", "/v1/identity/me", "", "Cookie", cookie).Body.Bytes(), &me); err != nil || me.CSRF == "" {
		h.t.Fatalf("no session: %d, %v", w.Code, err)
	}
	return cookie, me.CSRF
}

// A session changes nothing without its own token; its person's name is what is recorded, and nobody's else.
func TestSessions(t *testing.T) {
	h := newHouse(t, generous)
	h.law()
	h.must(201, "planner", "POST", "/v1/needs", submitBody)
	cookie, csrf := h.signIn("contoso")
	h.must(200, "", "GET", "/v1/needs/n1", "", "Cookie", cookie)
	decline := `{"type":"answer","ask":{"matter":1,"kind":"decline"}}`
	if w := h.must(403, "", "POST", "/v1/needs/n1/commands", decline, "Cookie", cookie); !strings.Contains(w.Body.String(), `"code":"csrf"`) {
		t.Errorf("without a CSRF token: %s", w.Body)
	}
	_, other := h.signIn("planner")
	h.must(403, "", "POST", "/v1/needs/n1/commands", decline, "Cookie", cookie, "X-CSRF-Token", other)
	if w := h.must(403, "", "POST", "/v1/needs/n1/commands", decline, "Cookie", cookie, "X-CSRF-Token", csrf, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"); !strings.Contains(w.Body.String(), `"code":"cross-origin"`) {
		t.Errorf("from another site: %s", w.Body)
	}
	h.must(403, "", "POST", "/v1/needs/n1/commands", `{"person":"Somebody Else","type":"answer","ask":{"matter":1,"kind":"decline"}}`, "Cookie", cookie, "X-CSRF-Token", csrf)
	h.must(200, "", "POST", "/v1/needs/n1/commands", decline, "Cookie", cookie, "X-CSRF-Token", csrf)
	if err := h.gate.SetDisabled(context.Background(), identity.Console("operator"), h.people["contoso"], true); err != nil {
		t.Fatal(err)
	}
	h.must(401, "", "GET", "/v1/needs/n1", "", "Cookie", cookie)
	h.must(401, "contoso", "GET", "/v1/needs/n1", "")
	if strings.Contains(h.log.String(), cookie[len(cookie)-64:]) || regexp.MustCompile(`/signin/link/[0-9a-f]`).MatchString(h.log.String()) {
		t.Error("the log holds a secret")
	}
}

// Who guesses is locked out, by address; who asks too often waits. Both are said with how long.
func TestLocksAndRates(t *testing.T) {
	h := newHouse(t, generous)
	var w *httptest.ResponseRecorder
	for range 60 {
		w = h.send("", "GET", "/v1/needs", "", "Authorization", "Bearer fl_0123456789abcdef_"+strings.Repeat("0", 64))
		if w.Code == 429 {
			break
		}
	}
	if w.Code != 429 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), `"code":"locked"`) {
		t.Errorf("after 60 guesses: %d %s", w.Code, w.Body)
	}
	h.must(200, "planner", "GET", "/v1/needs", "") // a good token is never locked out
	tight := newHouse(t, identity.Limits{Address: generous.Address, Account: identity.Limit{Burst: 5, Every: time.Hour}, SignIn: generous.SignIn})
	for range 5 {
		tight.must(200, "planner", "GET", "/v1/needs", "")
	}
	w = tight.must(429, "planner", "GET", "/v1/needs", "")
	if w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), `"code":"too-many"`) {
		t.Errorf("too often: %v %s", w.Header(), w.Body)
	}
	tight.must(200, "counsel", "GET", "/v1/needs", "")
}

// No agreement binds another grantor, no party speaks for another, and the list of providers is shown to buyers.
func TestWhoMayRecordWhat(t *testing.T) {
	h := newHouse(t, generous)
	foreign := strings.Replace(h.file("neutral.yaml"), "grantor: acme-labs", "grantor: northwind", 1)
	if w := h.send("counsel", "POST", "/v1/agreements", foreign); w.Code != 403 && w.Code != 422 {
		t.Errorf("an agreement of another grantor: %d %s", w.Code, w.Body)
	}
	h.law()
	h.must(409, "counsel", "POST", "/v1/agreements", h.file("neutral.yaml"))
	for who, want := range map[string]int{"planner": 1, "provider": 1, "auditor": 1} {
		var got struct{ Providers []struct{ ID party.ID } }
		if err := json.Unmarshal(h.must(200, who, "GET", "/v1/providers", "").Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		own := slices.ContainsFunc(got.Providers, func(p struct{ ID party.ID }) bool { return p.ID == "fabrikam" })
		if who == "provider" && (len(got.Providers) != want || !own) || who != "provider" && len(got.Providers) < 2 {
			t.Errorf("%s sees the providers %v", who, got.Providers)
		}
	}
	h.must(403, "planner", "GET", "/v1/needs?as=northwind", "")
	h.must(403, "planner", "POST", "/v1/needs", strings.Replace(submitBody, `{"type"`, `{"by":"northwind","type"`, 1))
	if w := h.must(409, "planner", "POST", "/v1/needs", strings.Replace(submitBody, `"buyer": "acme-labs"`, `"buyer": "northwind"`, 1)); !strings.Contains(w.Body.String(), "not-the-buyer") {
		t.Errorf("a need of another buyer: %s", w.Body)
	}
	for _, path := range []string{"/v1/agreements/acme-northwind", "/v1/agreements/acme-northwind/words"} {
		h.must(200, "holder", "GET", path, "")
		h.must(404, "provider", "GET", path, "")
	}
	if w := h.must(200, "", "GET", "/healthz", ""); w.Body.String() != "{\"status\":\"ok\"}\n" {
		t.Errorf("health: %s", w.Body)
	}
}

var hostileSeed = flag.Uint64("hostile-seed", 0, "seed of the hostile requests; 0 takes one from the clock")

// Malformed, mutated and replayed requests over all operations, with and without a token: no fault, and no need changes but by a command
// that was answered 2xx.
func TestHostileRequests(t *testing.T) {
	seed := *hostileSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("go test ./internal/httpapi -run TestHostileRequests -hostile-seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	h := newHouse(t, generous)
	h.law()
	h.must(201, "planner", "POST", "/v1/needs", submitBody)
	bodies := []string{submitBody, declineBody, `{}`, `null`, `[]`, `{"type":"settle","ask":{}}`, `{"type":"withdraw","ask":{"reason":"x"}}`, h.file("neutral.yaml"), `{"files":[{"text":"a: [1"}]}`,
		`{"from":{"text":"x"},"to":{"text":"y"}}`, `{"trigger":"t","reason":"r"}`, `{"text":"firstlook-prices,1,x\n"}`,
		`{"at":"start","auto":true,"set":["right-to-match.window=24 hours"]}`, `{"needs":[{"file":"n.yaml","text":"need: x"}],"offers":{"file":"o.yaml","text":"offers: []"}}`}
	names := []string{"", "planner", "counsel", "finance", "holder", "contoso", "provider", "auditor", "operator"}
	tag := h.must(200, "planner", "GET", "/v1/needs/n1", "").Header().Get("ETag")
	for i := range 10_000 {
		op := &operations[rng.IntN(len(operations))]
		if op.Media == "text/event-stream" {
			continue
		}
		path, _ := sample(op)
		body := []byte(bodies[rng.IntN(len(bodies))])
		for range rng.IntN(4) {
			body[rng.IntN(len(body))] = byte(rng.IntN(256))
		}
		method, who := op.Method, names[rng.IntN(len(names))]
		switch rng.IntN(8) {
		case 0:
			path = strings.Replace(path, "n1", "%2e%2e%2f"+string(rune('a'+rng.IntN(26))), 1)
		case 1:
			path += "?as=acme-labs&limit=-1&cursor=" + strings.Repeat("A", rng.IntN(900))
		case 2:
			method = []string{"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"}[rng.IntN(6)]
		case 3:
			path += "?at=0000-00-00&need=%00&open=%ff"
		}
		w := h.send(who, method, path, string(body), "Idempotency-Key", "replayed", "If-Match", `W/"x", *`, "Accept-Encoding", "gzip;q=0")
		if w.Code >= 500 {
			t.Fatalf("request %d: %s %s as %q: %d %s\n%q", i, method, path, who, w.Code, w.Body, body)
		}
		if method == "GET" || w.Code >= 300 || !strings.Contains(path, "/commands") {
			continue
		}
		tag = h.must(200, "planner", "GET", "/v1/needs/n1", "").Header().Get("ETag")
	}
	if now := h.must(200, "planner", "GET", "/v1/needs/n1", "").Header().Get("ETag"); now != tag {
		t.Error("the need changed by a request that was refused")
	}
}

// Needs that are submitted at the same time without an id each get one of their own.
func TestSubmittedAtOnce(t *testing.T) {
	h := newHouse(t, generous)
	h.law()
	var wait sync.WaitGroup
	answers := make(chan string, 24)
	for range 24 {
		wait.Go(func() {
			r := httptest.NewRequest("POST", "/v1/needs", strings.NewReader(submitBody))
			r.RemoteAddr = "127.0.0.1:40000"
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer "+h.tokens["planner"])
			w := httptest.NewRecorder()
			h.api.ServeHTTP(w, r)
			var done struct{ Need string }
			if err := json.Unmarshal(w.Body.Bytes(), &done); err != nil || w.Code != 201 {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			answers <- done.Need
		})
	}
	wait.Wait()
	close(answers)
	ids := map[string]bool{}
	for id := range answers {
		ids[id] = true
	}
	if len(ids) != 24 {
		t.Errorf("24 needs have %d ids", len(ids))
	}
}

// A provider does not learn by a name which offers others made, nor the buyer, while they are sealed, who made one: the server draws the names.
func TestOffersAreNamedByTheServer(t *testing.T) {
	h := newHouse(t, generous)
	h.law()
	h.must(201, "planner", "POST", "/v1/needs", submitBody)
	const at = "/v1/needs/n1/commands"
	h.must(200, "contoso", "POST", at, declineBody)
	offer := func(provider, id string) string {
		return `{"type": "submit-offer", "ask": {"offer": {` + id + `"provider": "` + provider + `", "need": "n1", "line": 0, "salt": "0123456789", "valid_until": "2026-05-01T00:00Z",
		 "terms": {"accelerator": "H100", "quantity": 64, "period": {"from": "2026-06-01T00:00Z", "until": "2026-08-30T00:00Z"}, "price": [{"rate": "2.35 USD"}], "cloud": "fabrikam", "region": "eu-central", "country": "DE"}}}}`
	}
	h.api.draw = drawnOffer
	h.must(200, "provider", "POST", at, offer("fabrikam", ""))
	seen := h.must(200, "planner", "GET", "/v1/needs/n1", "").Body.String()
	drawn := regexp.MustCompile(`"id":\s*"(o-[0-9a-f]{16})"`).FindStringSubmatch(seen)
	if drawn == nil || strings.Contains(strings.ToLower(drawn[1]), "fabrikam") {
		t.Fatalf("no drawn name in %s", seen)
	}
	var said []string
	for _, id := range []string{drawn[1], "o-0000000000000000", "o1"} {
		code, detail := problemOf(t, h.must(409, "provider", "POST", at, offer("fabrikam", `"id": "`+id+`", `)))
		said = append(said, code+" "+detail)
	}
	if said[0] != said[1] || said[1] != said[2] || !strings.HasPrefix(said[0], "offer-invalid") {
		t.Errorf("a name that is there is told from one that is not: %q", said)
	}
}
