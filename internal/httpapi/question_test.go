package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"firstlook/internal/door"
)

// problemOf is the code and the detail of what was answered.
func problemOf(t *testing.T, w *httptest.ResponseRecorder) (code, detail string) {
	t.Helper()
	var p problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return p.Code, p.Detail
}

// planBody asks for a plan of so many needs with so many offers each.
func planBody(t *testing.T, buyer string, needs, offers int, work int64) string {
	t.Helper()
	q := door.PlanRequest{Work: work, AtMost: []string{"40"}, Offers: File{File: "offers.yaml"}}
	var list strings.Builder
	list.WriteString("offers:\n")
	for n := range needs {
		q.Needs = append(q.Needs, File{File: fmt.Sprintf("n%d.yaml", n), Text: fmt.Sprintf("need: run-%d\nbuyer: %s\nclass: inference\npurpose: product\naccelerators: [H100]\nquantity: %d\nstart: 2026-06-01\nduration: 90 days\noffers_window: 48 hours\n", n, buyer, 40+7*n%50)})
		for o := range offers {
			fmt.Fprintf(&list, "  - {id: o%d, need: run-%d, provider: p%d, terms: \"H100 x%d 2026-06-01..2026-09-01 @ 2.%02d USD/gpu-h in cloud%d/r country DE\", valid_until: 2026-05-01}\n",
				o, n, o%9, 8+(13*o+5*n)%40, (o*37+n*11)%100, o%9)
		}
	}
	q.Offers.Text = list.String()
	b, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A what-if is the buyer's and an auditor's. What is sealed from the buyer stays so, and nothing is recorded.
func TestWhatIf(t *testing.T) {
	h := newHouse(t, generous)
	h.law()
	h.must(201, "planner", "POST", "/v1/needs", strings.Replace(strings.Replace(submitBody, `"buyer"`, `"id": "n1", "buyer"`, 1), `"training"`, `"inference"`, 1))
	const q, same = "/v1/needs/n1/whatif", `{"at": "start", "auto": true}`
	before := h.must(200, "planner", "GET", "/v1/needs/n1", "").Body.String()
	var page door.WhatIfPage
	for _, seat := range []string{"planner", "counsel", "finance", "auditor"} {
		if err := json.Unmarshal(h.must(200, seat, "POST", q, same).Body.Bytes(), &page); err != nil || page.Need != "n1" || page.Record.Needed != 64 {
			t.Errorf("%s: %v %+v", seat, err, page)
		}
	}
	for _, seat := range []string{"holder", "provider"} {
		if code, _ := problemOf(t, h.must(409, seat, "POST", q, same)); code != "not-the-buyer" {
			t.Errorf("a %s that is asked for an offer: %s", seat, code)
		}
	}
	h.must(404, "planner", "POST", "/v1/needs/n9/whatif", same)
	offer := `{"type": "submit-offer", "ask": {"offer": {"provider": "fabrikam", "need": "n1", "line": 0, "salt": "0123456789", "valid_until": "2026-05-01T00:00Z",
	 "terms": {"accelerator": "H100", "quantity": 64, "period": {"from": "2026-06-01T00:00Z", "until": "2026-09-01T00:00Z"}, "price": [{"rate": "2.35 USD"}], "cloud": "fabrikam", "region": "eu-central", "country": "DE"}}}}`
	h.must(200, "provider", "POST", "/v1/needs/n1/commands", offer)
	code, detail := problemOf(t, h.must(409, "planner", "POST", q, same))
	if code != "still-sealed" || strings.Contains(detail, "2.35") {
		t.Errorf("%s %s", code, detail)
	}
	h.clock.now += 48 * 3600 * 1e6
	h.must(200, "planner", "POST", q, `{"at": "start", "without": ["o-drawn-1"], "silent": true}`)
	for body, want := range map[string]int{`{}`: 422, `{"at": "start"}`: 422, `{"at": "m9.answer", "silent": true}`: 422, `{"at": "start", "set": ["other-agreement/x.window=1 hours"]}`: 422, `{"at": 7}`: 400, `{"att": "start"}`: 400} {
		h.must(want, "planner", "POST", q, body)
	}
	var seen, then struct{ History []json.RawMessage }
	if err := json.Unmarshal([]byte(before), &seen); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(h.must(200, "planner", "GET", "/v1/needs/n1", "").Body.Bytes(), &then); err != nil || len(then.History) != len(seen.History)+1 {
		t.Errorf("%v: %d events, %d before the offer", err, len(then.History), len(seen.History))
	}
}

// A plan is for needs of one's own.
func TestPlan(t *testing.T) {
	h := newHouse(t, generous)
	h.law()
	var page door.PlanPage
	if err := json.Unmarshal(h.must(200, "planner", "POST", "/v1/award/plan", planBody(t, "acme-labs", 2, 12, 0)).Body.Bytes(), &page); err != nil || page.Total.IsZero() || page.Bound.IsZero() {
		t.Errorf("%v %+v", err, page)
	}
	if _, detail := problemOf(t, h.must(422, "planner", "POST", "/v1/award/plan", planBody(t, "initech", 1, 3, 0))); !strings.Contains(detail, "is a need of initech") {
		t.Error(detail)
	}
	h.must(422, "planner", "POST", "/v1/award/plan", planBody(t, "acme-labs", 1, 20_001, 0))
	h.must(422, "planner", "POST", "/v1/award/plan", `{"needs": [], "offers": {"file": "o.yaml", "text": "offers: []"}}`)
	h.must(413, "planner", "POST", "/v1/award/plan", `{"needs": [{"file": "x", "text": "`+strings.Repeat("x", 9<<20)+`"}]}`)
}

// A search ends when who asked goes away, and another takes its place; who finds no place is told when to come again.
func TestQuestionsEnd(t *testing.T) {
	h := newHouse(t, generous)
	h.law()
	h.api.patience = 50 * time.Millisecond
	body := planBody(t, "acme-labs", 60, 60, 1<<50)
	ask := func(ctx context.Context) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(ctx, "POST", "/v1/award/plan", strings.NewReader(body))
		r.RemoteAddr = "127.0.0.1:40000"
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+h.tokens["planner"])
		w := httptest.NewRecorder()
		h.api.ServeHTTP(w, r)
		return w
	}
	ctx, leave := context.WithCancel(context.Background())
	ended := make(chan time.Duration, atWork)
	for range atWork {
		go func() {
			ask(ctx)
			ended <- 0
		}()
	}
	for range 6000 {
		if len(h.api.working) == atWork {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if w := ask(context.Background()); w.Code != 429 || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	leave()
	left := time.Now()
	for range atWork {
		<-ended
	}
	for range 6000 {
		if len(h.api.working) == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if took := time.Since(left); len(h.api.working) != 0 || took > 20*time.Second {
		t.Errorf("%d searches go on %s after nobody waits for them", len(h.api.working), took)
	}
}

// A key answers for the command with which it was recorded, also when the law has changed since, and for no other.
func TestKeyOfAnotherCommand(t *testing.T) {
	h := newHouse(t, generous)
	h.law()
	named := strings.Replace(submitBody, `"buyer"`, `"id": "n1", "buyer"`, 1)
	const at = "/v1/needs/n1/commands"
	again := func(seat, key, body string, want int) {
		t.Helper()
		w := h.must(want, seat, "POST", at, body, "Idempotency-Key", key)
		if want == 200 && !strings.Contains(w.Body.String(), `"repeated":true`) {
			t.Errorf("%s is not a repeated one: %s", key, w.Body)
		}
		if code, _ := problemOf(t, w); want == 409 && code != "key-reused" {
			t.Errorf("%s: %s", key, w.Body)
		}
	}
	h.must(200, "planner", "POST", at, named, "Idempotency-Key", "k1")
	h.must(200, "contoso", "POST", at, declineBody, "Idempotency-Key", "k2")
	h.must(200, "provider", "POST", at, `{"type": "submit-offer", "ask": {"offer": {"provider": "fabrikam", "need": "n1", "line": 0, "salt": "0123456789", "valid_until": "2026-05-01T00:00Z",
	 "terms": {"accelerator": "H100", "quantity": 64, "period": {"from": "2026-06-01T00:00Z", "until": "2026-09-01T00:00Z"}, "price": [{"rate": "2.35 USD"}], "cloud": "fabrikam", "region": "eu-central", "country": "DE"}}}}`,
		"Idempotency-Key", "k3")
	offer := func(rate, salt string) string {
		return `{"type": "submit-offer", "ask": {"offer": {"provider": "fabrikam", "need": "n1", "line": 0, "salt": "` + salt + `", "valid_until": "2026-05-01T00:00Z",
	 "terms": {"accelerator": "H100", "quantity": 64, "period": {"from": "2026-06-01T00:00Z", "until": "2026-09-01T00:00Z"}, "price": [{"rate": "` + rate + `"}], "cloud": "fabrikam", "region": "eu-central", "country": "DE"}}}}`
	}
	for round := range 2 {
		again("planner", "k1", named, 200)
		again("planner", "k1", strings.Replace(named, `"quantity": 64`, `"quantity": 63`, 1), 409)
		again("planner", "k1", `{"type": "withdraw", "ask": {"reason": "x"}}`, 409)
		again("contoso", "k2", declineBody, 200)
		again("contoso", "k2", strings.Replace(declineBody, "decline", "waive", 1), 409)
		again("provider", "k3", offer("2.35 USD", "0123456789"), 200)
		again("provider", "k3", offer("2.35 USD", "another one"), 200)
		again("provider", "k3", offer("2.34 USD", "0123456789"), 409)
		h.clock.now += 3600 * 1e6
		if round == 0 { // the law of then decides, not that of now
			h.must(201, "counsel", "POST", "/v1/agreements", strings.ReplaceAll(h.file("neutral.yaml"), "acme-northwind", "acme-second"))
		}
	}
}
