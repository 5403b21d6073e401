package identity_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"firstlook/internal/identity"
	"firstlook/internal/identity/identitydb"
	"firstlook/internal/identity/memory"
)

// One story with every kind of secret in it; afterwards none of them is in the file, nor in the audit, and each kind of event is.
func TestNoSecretIsKept(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "identity.db")
	store, err := identitydb.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, store, nil)
	secrets := map[string]string{"client secret": clientSecret, "password": goodPassword, "a wrong password": "Tr0ub4dor and three"}
	link, _ := w.bootstrap("")
	secrets["link"] = link[strings.LastIndex(link, "/")+1:]
	op := w.browser()
	op.open(link)
	root := op.subject()
	w.root = root

	w.letIn()
	b := w.browser()
	b.page("/signin")
	secrets["browser"] = b.cookies()[browserName]
	back := b.callback()
	for _, pair := range strings.Split(back[strings.Index(back, "?")+1:], "&") {
		name, value, _ := strings.Cut(pair, "=")
		secrets[name] = value
	}
	b.page(back)
	secrets["session"] = b.cookies()[sessionName]
	b.page("/account")
	secrets["csrf"] = b.csrf
	b.post("/account/password", "password", goodPassword)
	for range 5 {
		w.try("ana@acme.example", "Tr0ub4dor and three")
	}
	tok, text, err := w.gate.IssueToken(ctx, b.subject(), identity.TokenRequest{Name: "batch", Roles: []identity.Role{identity.Planner}, Life: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	w.bearer("/", text)
	_, rotated, err := w.gate.RotateToken(ctx, b.subject(), tok.ID, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	secrets["token"], secrets["rotated token"] = text[strings.LastIndex(text, "_")+1:], rotated[strings.LastIndex(rotated, "_")+1:]
	rule, err := w.gate.AddRule(ctx, root, identity.Rule{Issuer: w.idp.URL, Domain: "x.example", Party: "acme", Roles: []identity.Role{identity.Finance}})
	ana := b.who().Person
	for _, err := range []error{err, w.gate.RemoveRule(ctx, root, rule.ID), w.gate.RevokeToken(ctx, root, tok.ID), w.gate.SignOutEverywhere(ctx, root, root.Person),
		w.gate.SetRoles(ctx, root, ana, []identity.Role{identity.Counsel}), w.gate.SetDisabled(ctx, root, ana, true), w.gate.SetDisabled(ctx, root, ana, false)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	c, _ := w.person("acme", identity.Planner)
	c.page("/account")
	c.post("/signout")

	kinds := []identity.EventKind{identity.SignedIn, identity.SignInRefused, identity.LockedOut, identity.SignedOut, identity.SignedOutEverywhere, identity.LinkIssued,
		identity.TokenIssued, identity.TokenRotated, identity.TokenRevoked, identity.TokenNewAddress, identity.PersonAdded, identity.RolesChanged, identity.PersonDisabled,
		identity.PersonEnabled, identity.LoginAdded, identity.RuleAdded, identity.RuleRemoved, identity.PasswordSet}
	for _, kind := range kinds {
		if w.count(kind) == 0 {
			t.Errorf("no event %s in the audit", kind)
		}
	}
	for _, e := range w.events() {
		if !slices.Contains(kinds, e.Kind) || e.At.IsZero() || e.Seq == 0 {
			t.Errorf("event %+v", e)
		}
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for name, s := range secrets {
			if len(s) < 12 {
				t.Errorf("%s: %q is no secret", name, s)
			}
			if bytes.Contains(data, []byte(s)) {
				t.Errorf("%s is in %s", name, filepath.Base(file))
			}
		}
		if filepath.Base(file) == "identity.db" && !bytes.Contains(data, []byte("Ana@acme.example")) {
			t.Error("the search finds nothing at all")
		}
	}
}

// Each party's counsel reads what concerns the party; operators and auditors read all; others nothing.
func TestWhoReadsTheAudit(t *testing.T) {
	w := newWorld(t, memory.New(), nil)
	counsel, _ := w.person("acme", identity.Counsel)
	auditor, _ := w.person("deloitte", identity.Auditor)
	holder, _ := w.person("northwind", identity.HolderDesk)
	counsel.page("/account")
	counsel.post("/account/password", "password", goodPassword)
	w.try("acme@example.com", "guess")
	guessed := w.last()
	check(t, "a guess is its account's party's business", string(guessed.Kind)+" "+string(guessed.Party)+" "+guessed.About, "sign-in-refused acme "+string(counsel.who().Person))
	w.try("nobody@example.com", "guess")
	parties := func(by identity.Subject, q identity.AuditQuery) string {
		t.Helper()
		events, err := w.gate.Audit(ctx, by, q)
		if err != nil {
			return string(codeOf(err))
		}
		var out []string
		for _, e := range events {
			if !slices.Contains(out, string(e.Party)) {
				out = append(out, string(e.Party))
			}
		}
		slices.Sort(out)
		return strings.Join(out, ",")
	}
	check(t, "counsel", parties(counsel.subject(), identity.AuditQuery{}), "acme")
	check(t, "counsel who asks for more", parties(counsel.subject(), identity.AuditQuery{Party: "northwind"}), "acme")
	check(t, "auditor", parties(auditor.subject(), identity.AuditQuery{}), ",acme,deloitte,northwind")
	check(t, "auditor of one", parties(auditor.subject(), identity.AuditQuery{Party: "northwind"}), "northwind")
	check(t, "a desk", parties(holder.subject(), identity.AuditQuery{}), "forbidden")

	all := w.events()
	var paged []int64
	for before := int64(0); ; {
		page, err := w.gate.Audit(ctx, w.root, identity.AuditQuery{Before: before, Limit: 2})
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			paged = append(paged, e.Seq)
			before = e.Seq
		}
		if before == 1 {
			break
		}
	}
	check(t, "pages", len(paged), len(all))
	check(t, "in order", slices.IsSortedFunc(paged, func(a, b int64) int { return int(b - a) }), true)
}

// Whoever changes the audit past the triggers is found by the chain.
func TestAuditChain(t *testing.T) {
	for name, harm := range map[string]string{
		"nothing":          "",
		"changed":          "UPDATE audit SET body = CAST(replace(CAST(body AS TEXT), 'host', 'acme') AS BLOB) WHERE seq = 3",
		"one left out":     "DELETE FROM audit WHERE seq = 3",
		"the first gone":   "DELETE FROM audit WHERE seq = 1",
		"renumbered":       "DELETE FROM audit WHERE seq = 3; UPDATE audit SET seq = seq - 1 WHERE seq > 3",
		"two interchanged": "UPDATE audit SET seq = 99 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 99",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "identity.db")
			store, err := identitydb.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer store.Close()
			w := newWorld(t, store, nil)
			for range 3 {
				w.person("host", identity.Operator)
			}
			n, head, err := identity.VerifyAudit(ctx, store)
			if err != nil || n != 9 || len(head) != 64 {
				t.Fatalf("%d %s %v", n, head, err)
			}
			db, err := sql.Open("sqlite", "file:"+path)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.Exec("DROP TRIGGER audit_stays; DROP TRIGGER audit_remains;" + harm); err != nil {
				t.Fatal(err)
			}
			_, _, err = identity.VerifyAudit(ctx, store)
			check(t, fmt.Sprintf("found (%v)", err), err != nil, harm != "")
		})
	}
	n, head, err := identity.VerifyAudit(ctx, memory.New())
	check(t, "an empty audit", fmt.Sprintf("%d %q %v", n, head, err), `0 "" <nil>`)
}

// broken is a store that fails when told to.
type broken struct {
	identity.Store
	view, update bool
}

var errDisk = errors.New("the disk is gone")

func (b *broken) View(ctx context.Context, f func(identity.Tx) error) error {
	if b.view {
		return errDisk
	}
	return b.Store.View(ctx, f)
}

func (b *broken) Update(ctx context.Context, f func(identity.Tx) error) error {
	if b.update {
		return errDisk
	}
	return b.Store.Update(ctx, f)
}

// Where the store fails nobody comes in, and what failed is not told.
func TestStoreFails(t *testing.T) {
	store := &broken{Store: memory.New()}
	w := newWorld(t, store, nil)
	w.letIn()
	w.withPassword("northwind")
	b, p := w.person("acme", identity.Planner)
	_, text, err := w.gate.IssueToken(ctx, b.subject(), identity.TokenRequest{Name: "x", Roles: []identity.Role{identity.Planner}, Life: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	link, err := w.gate.Invite(ctx, w.root, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	c := w.browser()
	c.page("/signin")
	d := w.browser()
	back := d.callback()
	fails := func(what string, a answer) {
		t.Helper()
		if a.status != http.StatusServiceUnavailable || strings.Contains(a.body, "disk") {
			t.Errorf("%s: %d %s", what, a.status, a.body)
		}
	}
	store.update = true
	fails("password", c.post("/signin/password", "email", "northwind@example.com", "password", goodPassword))
	fails("link", c.post(link))
	fails("callback", d.page(back))
	fails("to a provider", c.page("/signin/to/corp"))
	fails("a wrong token", w.bearer("/", "guess"))
	fails("a token at a new address", w.bearer("/", text)) // its first use could not be kept
	check(t, "a session that need not be written", b.who().Person, p.ID)
	w.clock.pass(2 * time.Minute)
	fails("a session that must be", b.get("/"))
	store.view = true
	fails("session", b.get("/"))
	fails("token", w.bearer("/", text))
	store.view, store.update = false, false
	check(t, "nobody came in", c.who().Person+d.who().Person, identity.PersonID(""))
	check(t, "afterwards", b.who().Person, p.ID)
	check(t, "the link is still good", c.post(link).status, http.StatusOK)
}

func TestHeaders(t *testing.T) {
	w := newWorld(t, memory.New(), nil)
	b, _ := w.person("acme", identity.Planner)
	for _, path := range []string{"/", "/signin", "/account", "/v1/identity/me", "/nowhere", "/signin/callback/corp"} {
		for _, from := range []*browser{b, w.browser()} {
			h := from.get(path).header
			csp := h.Get("Content-Security-Policy")
			if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") ||
				h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" || h.Get("Cache-Control") != "no-store" ||
				!strings.HasPrefix(h.Get("Strict-Transport-Security"), "max-age=") {
				t.Errorf("%s: %v", path, h)
			}
		}
	}
	a := b.page("/account")
	for _, bad := range []string{"<script", "<style", "style=", "onclick", "javascript:"} {
		if strings.Contains(a.body, bad) {
			t.Errorf("the policy forbids %s", bad)
		}
	}
}

// What only operators may do, nobody else can, whatever is sent; and nothing that is sent is a fault of the server.
func TestAdministration(t *testing.T) {
	w := newWorld(t, memory.New(), nil)
	op, _ := w.person("host", identity.Operator)
	_, target := w.person("acme", identity.Planner)
	send := func(b *browser, method, path, body string) answer {
		t.Helper()
		r := b.request(method, path, strings.NewReader(body))
		r.Header.Set("X-CSRF-Token", b.csrf)
		return b.do(r)
	}
	id := string(target.ID)
	calls := []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/v1/identity/people", "", 200},
		{"POST", "/v1/identity/people", `{"party":"acme","name":"New","email":"","roles":["planner"]}`, 201},
		{"PUT", "/v1/identity/people/" + id + "/roles", `{"roles":["finance"]}`, 200},
		{"PUT", "/v1/identity/people/" + id + "/disabled", `{"disabled":false}`, 200},
		{"POST", "/v1/identity/people/" + id + "/invite", ``, 201},
		{"POST", "/v1/identity/people/" + id + "/signout", ``, 200},
		{"GET", "/v1/identity/rules", "", 200},
		{"POST", "/v1/identity/rules", `{"issuer":"` + w.idp.URL + `","domain":"a.example","party":"acme","roles":["planner"]}`, 201},
		{"DELETE", "/v1/identity/rules/r0", "", 404},
		{"GET", "/v1/identity/audit?limit=2&before=9&party=acme", "", 200},
	}
	op.page("/account")
	before := len(w.events())
	for _, role := range identity.Roles {
		if role == identity.Operator || role == identity.Auditor {
			continue
		}
		b, _ := w.person("party-"+string(role), role)
		b.page("/account")
		for _, c := range calls {
			want := http.StatusForbidden
			if role == identity.Counsel && strings.Contains(c.path, "audit") {
				want = http.StatusOK
			}
			check(t, string(role)+" "+c.method+" "+c.path, send(b, c.method, c.path, c.body).status, want)
			check(t, "nobody "+c.method+" "+c.path, send(w.browser(), c.method, c.path, c.body).status, http.StatusUnauthorized)
		}
	}
	check(t, "events of all that: three of each person", len(w.events())-before, 5*3)
	for _, c := range calls {
		a := send(op, c.method, c.path, c.body)
		check(t, "operator "+c.method+" "+c.path+" "+a.body, a.status, c.status)
		if c.body == "" {
			continue
		}
		for _, bad := range []string{"", "{", "[]", "null", `{"no":1}`, c.body + "x", `{"party":"` + strings.Repeat("x", 1<<21) + `"}`} {
			if a := send(op, c.method, c.path, bad); a.status < 400 || a.status >= 500 {
				t.Errorf("%s %s %.20q: %d %s", c.method, c.path, bad, a.status, a.body)
			}
		}
	}
	a := send(op, "POST", "/v1/identity/tokens", `{"name":"t","roles":["operator"],"scope":{"read_only":true},"days":1}`)
	check(t, "a token", a.status, http.StatusCreated)
	check(t, "me", strings.Contains(send(op, "GET", "/v1/identity/me", "").body, `"identity/people"`), true)
	check(t, "another method", send(op, "PATCH", "/v1/identity/people", "").status, http.StatusMethodNotAllowed)
}

// A request whose caller is unknown is counted with the others like it, and not let through for free.
func TestBigRequests(t *testing.T) {
	w := newWorld(t, memory.New(), nil)
	r := httptest.NewRequest("GET", "https://f.example/", nil)
	r.Header.Set("Authorization", "Bearer "+strings.Repeat("f", 1<<20))
	r.Header.Set("Cookie", strings.Repeat(sessionName+"=x; ", 1000))
	rec := httptest.NewRecorder()
	mounted(w.gate).ServeHTTP(rec, r)
	check(t, "refused", rec.Code, http.StatusUnauthorized)
}
