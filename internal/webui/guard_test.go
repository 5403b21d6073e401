package webui_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/demo"
	"firstlook/internal/sqlite"
	"firstlook/internal/webui"
	"firstlook/offer"
	"firstlook/right"
)

// events are the lines of a need's record.
func events(t *testing.T, w *world, id capacity.NeedID) []string {
	t.Helper()
	all, err := w.desk.History(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return right.Lines(all)
}

// Whoever has no session is sent to where one is made; a form of another session, or none, does nothing.
func TestSessions(t *testing.T) {
	w := newWorld(t)
	if out := w.get("", "/needs/n8"); out.Code != http.StatusSeeOther || out.Header().Get("Location") != "/signin?return=%2Fneeds%2Fn8" {
		t.Errorf("%d %s", out.Code, out.Header().Get("Location"))
	}
	before := len(events(t, w, "n8"))
	for _, csrf := range []string{"", "another", token + "x"} {
		form := url.Values{"csrf": {csrf}, "kind": {"exercise"}, "step": {"record"}, "key": {strings.Repeat("a", 32)}}
		if out := w.send("northwind", http.MethodPost, "/needs/n8/act/answer/m1", form); out.Code != http.StatusForbidden {
			t.Errorf("token %q: %d", csrf, out.Code)
		}
	}
	if after := len(events(t, w, "n8")); after != before {
		t.Errorf("%d events, %d before", after, before)
	}
}

// A need that does not concern a party is answered like one that there is not, to the byte.
func TestUnknownAndNotConcernedAreAlike(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/needs/%s", "/needs/%s/matters/m1", "/needs/%s/act/answer/m1", "/record/%s", "/record/%s/export.json", "/record/%s/export.csv"} {
		mine, none := w.get("microsoft", fmt.Sprintf(path, "n4")), w.get("microsoft", fmt.Sprintf(path, "n9999"))
		strip := func(r *httptest.ResponseRecorder, id string) string {
			return strings.ReplaceAll(r.Body.String(), id, "ID")
		}
		if mine.Code != http.StatusNotFound || mine.Code != none.Code || strip(mine, "n4") != strip(none, "n9999") {
			t.Errorf("%s: %d and %d, or other bytes", path, mine.Code, none.Code)
		}
	}
}

// Nobody does what the role does not allow, nor for another party.
func TestRoles(t *testing.T) {
	w := newWorld(t)
	k := strings.Repeat("a", 32)
	for _, c := range []struct {
		seat, path string
		status     int
		form       []string
	}{
		{"fabrikam", "/needs/n8/act/answer/m1", http.StatusForbidden, []string{"kind", "exercise"}},
		{"microsoft", "/needs/n8/act/answer/m1", http.StatusNotFound, []string{"kind", "exercise"}},
		{"contoso", "/needs/n8/act/answer/m1", http.StatusNotFound, []string{"kind", "exercise"}},
		{"auditor", "/needs/n3/act/choose/l1", http.StatusForbidden, []string{"which", "cheapest"}},
		{"finance", "/needs/n3/act/choose/l1", http.StatusForbidden, []string{"which", "cheapest"}},
		{"planner", "/needs/n4/act/determine/m1", http.StatusForbidden, []string{"value", "lapse", "reason", "because"}},
		{"openai", "/needs/n3/act/choose/l1", http.StatusNotFound, []string{"which", "cheapest"}},
		{"planner", "/needs/n8/act/answer/m1", http.StatusForbidden, []string{"kind", "waive"}},
		{"contoso-sales", "/needs/n9/act/withdraw-offer/o-9", http.StatusNotFound, nil},
		{"planner", "/needs/n9/act/nothing/l1", http.StatusNotFound, nil},
	} {
		out := w.post(c.seat, c.path, append([]string{"step", "record", "key", k}, c.form...)...)
		if out.Code != c.status {
			t.Errorf("%s %s: %d, want %d\n%s", c.seat, c.path, out.Code, c.status, words(out.Body.String()))
		}
	}
}

// Every page of everybody else is the same to the byte, whatever a sealed offer says; and no page is told that it came.
func TestSealedOfferShowsNowhere(t *testing.T) {
	render := func(price string) (map[string]string, string) {
		w := newWorld(t)
		server := httptest.NewServer(w.pages)
		defer server.Close()
		heard := make(chan string, 16)
		ready := make(chan struct{})
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		go listen(ctx, t, server.URL, "contoso-sales", ready, heard)
		<-ready
		s, err := w.desk.State(ctx, "n9")
		if err != nil {
			t.Fatal(err)
		}
		terms, err := offer.ParseTerms(fmt.Sprintf("H100 x16 %s @ %s USD/gpu-h in fabrikam/eu-central country DE", s.Need.Lines[0].Period, price))
		if err != nil {
			t.Fatal(err)
		}
		o := offer.Offer{ID: "o-x", Provider: "fabrikam", Need: "n9", Terms: terms, ValidUntil: w.clock.at + 90*24*calendar.Instant(calendar.Hour), Salt: "salt-" + price, Security: []string{"iso-27001"}}
		if _, err := w.desk.Do(ctx, "n9", right.Command{By: "fabrikam", Ask: right.SubmitOffer{Offer: o}}, ""); err != nil {
			t.Fatal(err)
		}
		time.Sleep(700 * time.Millisecond) // the feed asks the journal four times a second
		pages := map[string]string{}
		for _, seat := range demo.Seats {
			if seat.Party == "fabrikam" {
				continue
			}
			for _, path := range []string{"/", "/needs", "/needs/n9", "/market", "/record", "/record/n9", "/record/n9/export.json", "/record/n9/export.csv", "/needs/n9/act/submit-offer/l1", "/needs/n9/act/choose/l1"} {
				out := w.get(seat.ID, path)
				body := out.Body.String()
				if seat.Party == "acme-labs" || seat.ID == "auditor" { // the buyer sees a salted hash, which says nothing
					body = sealed.ReplaceAllString(body, "HASH")
				}
				pages[seat.ID+" "+path] = fmt.Sprint(out.Code, out.Header(), body)
			}
		}
		close(heard)
		var told []string
		for line := range heard {
			told = append(told, line)
		}
		return pages, strings.Join(told, "\n")
	}
	a, toldA := render("2.40")
	b, toldB := render("3.95")
	for where := range a {
		if a[where] != b[where] {
			t.Errorf("%s differs", where)
		}
	}
	if toldA+toldB != "" {
		t.Errorf("a rival's page was told:\n%s\n%s", toldA, toldB)
	}
	for where, page := range a {
		if strings.Contains(page, "2.40 USD") {
			t.Errorf("%s shows the sealed price", where)
		}
	}
}

// listen collects what a page's stream says beside its beginning and its beats.
func listen(ctx context.Context, t *testing.T, base, seat string, ready chan<- struct{}, heard chan<- string) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/ui/events", nil)
	if err != nil {
		t.Error(err)
		return
	}
	r.Header.Set("Seat", seat)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Error(err)
		close(ready)
		return
	}
	defer resp.Body.Close()
	defer func() { _ = recover() }() // the channel is closed once everything that counts was said
	first := true
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		if first {
			first = false
			close(ready)
		}
		if line := lines.Text(); line != "" && !strings.HasPrefix(line, ":") && !strings.HasPrefix(line, "retry") {
			heard <- line
		}
	}
}

// Who may see a change is told of it.
func TestFeed(t *testing.T) {
	w := newWorld(t)
	server := httptest.NewServer(w.pages)
	defer server.Close()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	heard, ready := make(chan string, 16), make(chan struct{})
	go listen(ctx, t, server.URL, "planner", ready, heard)
	<-ready
	if _, err := w.desk.Do(ctx, "n8", right.Command{By: "northwind", Ask: right.Answer{Matter: 1, Kind: right.Decline}}, ""); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"event: changed", "data: n8"} {
		select {
		case got := <-heard:
			if got != want {
				t.Errorf("%q, want %q", got, want)
			}
		case <-time.After(time.Minute):
			t.Fatalf("%q was not said within a minute", want)
		}
	}
}

// On a store with a log every event that is shown is proved, and what is not for a party is counted and nothing more.
func TestProofs(t *testing.T) {
	store, err := sqlite.Open(t.TempDir(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	w := worldOn(t, store, webui.Options{Log: store.Log()})
	for _, seat := range []string{"planner", "northwind", "contoso-sales", "fabrikam", "auditor"} {
		for _, id := range []string{"n2", "n8", "n9"} {
			page := words(w.get(seat, "/record/"+id).Body.String())
			rows := strings.Count(page, "recorded 2026")
			if rows == 0 || strings.Count(page, "in the log leaf") != rows {
				t.Errorf("%s %s: %d events, %d proved\n%s", seat, id, rows, strings.Count(page, "in the log leaf"), page)
			}
		}
	}
}

// Whatever is sent, the server answers, and nothing is recorded by who may not.
func TestHostileRequests(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 1))
	w := newWorld(t)
	counts := func() map[capacity.NeedID]int {
		out := map[capacity.NeedID]int{}
		ids, err := w.desk.Needs(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			out[id] = len(events(t, w, id))
		}
		return out
	}
	before := counts()
	junk := []string{"", "m1", "l1", "a1", "o-1", "n8", "exercise", "record", "review", "cheapest", "-1", "99999999999999999999", "<script>alert(1)</script>", "'\"><img src=x>", "\x00", "‮evil", "../../etc",
		"%2e%2e", "m0", "m999", strings.Repeat("a", 32), strings.Repeat("9", 5000), "H100 x64 2026-01-01..2027-01-01 @ 2 USD/gpu-h", "2026-01-01", "=cmd()", "{{.}}"}
	pick := func(all []string) string { return all[dice.IntN(len(all))] }
	parts := []string{"needs", "record", "agreements", "market", "matters", "act", "answer", "choose", "sign", "edit", "new", "ui", "check", "seen", "export.csv", "export.json", "acme-northwind", "n2", "n8", "n9", "m1", "l1"}
	fields := []string{"kind", "step", "key", "terms", "terms-counter", "quantity", "quantity-exercise", "rest", "which", "reason", "value", "text", "id", "price", "from", "until", "valid", "given", "ground", "what", "accept", "hours"}
	for i := range 3000 {
		path := ""
		for range 1 + dice.IntN(6) {
			part := pick(parts)
			if dice.IntN(6) == 0 {
				part = pick(junk)
			}
			path += "/" + url.PathEscape(part)
		}
		query := url.Values{pick(fields): {pick(junk)}, "from": {pick(junk)}, "to": {pick(junk)}, "replace": {pick(junk)}}
		form := url.Values{}
		for range dice.IntN(8) {
			form.Set(pick(fields), pick(junk))
		}
		if dice.IntN(3) > 0 {
			form.Set("csrf", token)
		}
		seat, method := pick([]string{"microsoft", "auditor", "finance", ""}), pick([]string{"GET", "POST", "POST", "PUT", "DELETE"})
		if out := w.send(seat, method, path+"?"+query.Encode(), form); out.Code >= 500 {
			t.Fatalf("seed %d, request %d: %s %s as %q: %d", seed, i, method, path, seat, out.Code)
		} else if strings.Contains(out.Body.String(), "<script>alert") || strings.Contains(out.Body.String(), "<img src=x") {
			t.Fatalf("seed %d, request %d: %s %s comes back as it was sent", seed, i, method, path)
		}
	}
	for id, n := range counts() {
		if party := id == "n1" || id == "n10"; n != before[id] && !party { // where Microsoft is a party it may answer
			t.Errorf("seed %d: %s has %d events, %d before", seed, id, n, before[id])
		}
	}
}

// sealed is what stands for a sealed value.
var sealed = regexp.MustCompile(`[0-9a-f]{64}|[0-9a-f]{12}`)
