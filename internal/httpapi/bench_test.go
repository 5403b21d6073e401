package httpapi

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"firstlook/internal/desk"
	"firstlook/internal/identity"
	"firstlook/internal/identity/identitydb"
	"firstlook/internal/sqlite"
)

// onDisk is a house whose journal and identity store are files, behind a real listener.
func onDisk(b *testing.B) (*house, *httptest.Server) {
	b.Helper()
	t := &testing.T{}
	h := newHouse(t, generous)
	dir := b.TempDir()
	store, err := sqlite.Open(dir, sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	people, err := identitydb.Open(filepath.Join(dir, "identity.db"))
	if err != nil {
		b.Fatal(err)
	}
	d, err := desk.Open(context.Background(), store, h.clock, h.api.local.Tables)
	if err != nil {
		b.Fatal(err)
	}
	gate, err := identity.New(people, identity.Options{Origin: "http://127.0.0.1:7780", Limits: generous, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	for _, s := range seats {
		p, err := gate.AddPerson(context.Background(), identity.Console("operator"), identity.Person{Party: s.party, Name: s.name, Roles: []identity.Role{s.role}})
		if err != nil {
			b.Fatal(err)
		}
		if _, h.tokens[s.name], err = gate.IssueToken(context.Background(), identity.Console("operator"), identity.TokenRequest{Name: "bench", Roles: []identity.Role{s.role}, Life: time.Hour, Answers: p.ID}); err != nil {
			b.Fatal(err)
		}
	}
	h.gate, h.api = gate, New(Options{Desk: d, Store: store, Tables: h.api.local.Tables, Gate: gate, Log: slog.New(slog.DiscardHandler)})
	h.law()
	s := httptest.NewServer(h.api)
	b.Cleanup(func() {
		s.Close()
		if err := people.Close(); err != nil {
			b.Error(err)
		}
		if err := store.Close(); err != nil {
			b.Error(err)
		}
	})
	return h, s
}

func (h *house) fetch(b *testing.B, s *httptest.Server, seat, method, path, body string) {
	r, err := http.NewRequest(method, s.URL+path, strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+h.tokens[seat])
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	if data, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode >= 300 {
		b.Fatalf("%s %s: %s %v\n%.500s", method, path, resp.Status, err, data)
	}
}

// report gives the median and the 99th percentile of what was measured.
func report(b *testing.B, all []time.Duration) {
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-us")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-us")
}

// A desk with 1,000 open matters, over HTTP with a token, from a holder's seat and from the buyer's.
func BenchmarkDesk(b *testing.B) {
	h, s := onDisk(b)
	for i := range 1000 {
		h.must(201, "planner", "POST", "/v1/needs", strings.Replace(submitBody, `"buyer"`, fmt.Sprintf(`"id": "n%d", "buyer"`, i+1), 1))
	}
	for _, q := range []struct{ name, seat, path string }{
		{"next-all", "contoso", "/v1/next?limit=1000"}, {"next-page", "contoso", "/v1/next"}, {"notices-all", "contoso", "/v1/notices?limit=1000"},
		{"needs-page", "planner", "/v1/needs"}, {"needs-all", "planner", "/v1/needs?limit=1000"}, {"need", "planner", "/v1/needs/n500"},
	} {
		b.Run(q.name, func(b *testing.B) {
			var all []time.Duration
			for b.Loop() {
				begin := time.Now()
				h.fetch(b, s, q.seat, "GET", q.path, "")
				all = append(all, time.Since(begin))
			}
			report(b, all)
		})
	}
}

// A command over HTTP with a token, durable on disk when it is answered.
func BenchmarkCommand(b *testing.B) {
	h, s := onDisk(b)
	var all []time.Duration
	n := 0
	for b.Loop() {
		n++
		body := strings.Replace(submitBody, `"buyer"`, fmt.Sprintf(`"id": "n%d", "buyer"`, n), 1)
		begin := time.Now()
		h.fetch(b, s, "planner", "POST", fmt.Sprintf("/v1/needs/n%d/commands", n), body)
		all = append(all, time.Since(begin))
	}
	report(b, all)
}
