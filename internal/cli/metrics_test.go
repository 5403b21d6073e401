package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"firstlook/internal/desk"
	"firstlook/internal/identity"
	"firstlook/internal/identity/memory"
	"firstlook/right"
)

// The page lists every metric with its kind, labels and words, in order.
func TestMetricsPage(t *testing.T) {
	const name = "../../docs/operations/metrics.md"
	page, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for _, m := range metricList {
		labels := "-"
		if len(m.labels) > 0 {
			labels = "`" + strings.Join(m.labels, "`, `") + "`"
		}
		fmt.Fprintf(&want, "| `%s` | %s | %s | %s |\n", m.name, m.kind, labels, m.help)
	}
	const head = "|---|---|---|---|\n"
	before, rest, found := strings.Cut(string(page), head)
	have, after, ends := strings.Cut(rest, "\n\n")
	if !found || !ends {
		t.Fatal("the page has no table")
	}
	if *update {
		if err := os.WriteFile(name, []byte(before+head+strings.TrimSuffix(want.String(), "\n")+"\n\n"+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want.String(), have+"\n"); diff != "" {
		t.Errorf("the page and the program differ; go test ./internal/cli -run MetricsPage -update:\n%s", diff)
	}
}

// What a server shows is what the page lists, in the form that Prometheus wants, and every value of a label is one of a closed set.
func TestMetricsOfServer(t *testing.T) {
	s := startServer(t, t.TempDir(), "--no-sign-in", "--metrics", "127.0.0.1:0")
	s.must("POST", "/v1/needs/n1/commands", withdraws, http.StatusNotFound)
	s.must("BREW", "/v1/needs", "", http.StatusNotFound)
	text := s.metrics()
	listed := map[string]metric{}
	for _, m := range metricList {
		listed[m.name] = m
	}
	line := regexp.MustCompile(`^([a-z_]+?)(?:_bucket|_sum|_count)?(?:\{(.*)\})? [^ ]+$`)
	seen := map[string]bool{}
	for _, l := range strings.Split(strings.TrimSpace(text), "\n") {
		if strings.HasPrefix(l, "#") || strings.HasPrefix(l, "go_") || strings.HasPrefix(l, "process_") {
			continue
		}
		m := line.FindStringSubmatch(l)
		if m == nil {
			t.Errorf("%q is no sample", l)
			continue
		}
		x, ok := listed[m[1]]
		if !ok {
			t.Errorf("%s is not on the page", m[1])
		}
		seen[m[1]] = true
		for _, pair := range strings.Split(m[2], ",") {
			label, _, is := strings.Cut(pair, "=")
			if is && label != "le" && !slices.Contains(x.labels, label) {
				t.Errorf("%s: the page has no label %s", x.name, label)
			}
		}
	}
	for _, want := range []string{`firstlook_commands_total{outcome="need-unknown",type="withdraw"} 1`, `firstlook_http_requests_total{method="other",status="404"} 1`,
		"firstlook_deadlines_open 0", "firstlook_replica_leads 1", "firstlook_outbox_waiting 0", "firstlook_unread_total 0", "firstlook_clock_offset_seconds", "go_goroutines"} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
	for _, m := range metricList {
		if m.kind == "gauge" && !seen[m.name] {
			t.Errorf("%s is not shown", m.name)
		}
	}
	for _, m := range metricList {
		if strings.HasSuffix(m.name, "_total") != (m.kind == "counter") {
			t.Errorf("%s is a %s: a counter's name ends in _total, and no other", m.name, m.kind)
		}
	}
}

// Commands are counted under the name that the interface knows them by.
func TestCommandNames(t *testing.T) {
	m := newMetrics()
	m.command(right.SubmitOffer{}, time.Millisecond, nil)
	m.command(right.Submit{}, time.Millisecond, &right.Refusal{Code: right.NeedExists})
	m.command(right.Settle{}, time.Millisecond, errors.New("broken"))
	text := shown(m)
	for _, label := range [][2]string{{"submit-offer", desk.OutcomeDone}, {"submit", "need-exists"}, {"settle", desk.OutcomeFailed}} {
		if want := fmt.Sprintf("firstlook_commands_total{outcome=%q,type=%q} 1\n", label[1], label[0]); !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

// A sign-in is counted once it is in the audit, and not where its transaction failed.
func TestSignInsCounted(t *testing.T) {
	m := newMetrics()
	store := m.identity(memory.New())
	entry := []byte(`{"kind":"signed-in"}`)
	if err := store.Update(t.Context(), func(tx identity.Tx) error { return tx.Append(1, entry) }); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	err := store.Update(t.Context(), func(tx identity.Tx) error { return errors.Join(tx.Append(2, entry), broken) })
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if text := shown(m); !strings.Contains(text, `firstlook_sign_ins_total{outcome="signed-in"} 1`+"\n") {
		t.Error(text)
	}
}

// Diagnostics hold no token, no link, no code and no password, also where an error has them.
func TestRedacted(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{ReplaceAttr: redacted}))
	secret := strings.Repeat("5ec2e7", 11)[:64]
	for _, text := range []string{"token fl_0123456789abcdef_" + secret, "GET /signin/link/" + secret, "/read/" + secret + "?x=1",
		"dial postgres://firstlook:" + secret + "@db.example:5432/firstlook: refused", "https://acme.example/callback?code=" + secret + "&state=" + secret,
		"password=" + secret} {
		log.Error("a "+"fault", "error", " "+text, "wrapped", fmt.Errorf("it failed: %s", " "+text))
	}
	if strings.Contains(out.String(), secret) {
		t.Errorf("a secret is shown:\n%s", out.String())
	}
	if !strings.Contains(out.String(), "@db.example:5432/firstlook: refused") || !strings.Contains(out.String(), "fl_0123456789abcdef_...") {
		t.Errorf("more than the secret is gone:\n%s", out.String())
	}
	if got := redact("need n1: no answer"); got != "need n1: no answer" {
		t.Error(got)
	}
}

// shown is what Prometheus reads.
func shown(m *metrics) string {
	w := httptest.NewRecorder()
	promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return w.Body.String()
}

// get reads a page of a server.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}
