package httpapi

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"firstlook/capacity"
	"firstlook/party"
)

// The diagnostics of a request have the same fields everywhere: method, path, status, ms, need, party, and request, its id. The id is in
// the answer's header too, so that who asked can name it. Queries, bodies, headers and links are not in them.

// requestHeader carries the id of a request.
const requestHeader = "X-Request-Id"

// trace is what diagnostics say of a request; its handler fills it in.
type trace struct {
	party party.ID
	need  capacity.NeedID
}

type traceKey struct{}

// traced is the trace of a request; one that nobody reads where there is none.
func traced(ctx context.Context) *trace {
	if t, ok := ctx.Value(traceKey{}).(*trace); ok {
		return t
	}
	return &trace{}
}

// requestID takes the id that a proxy gave, if it is one of plain characters, or makes one.
func requestID(r *http.Request) string {
	id := r.Header.Get(requestHeader)
	plain := func(c rune) bool {
		return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-'
	}
	if len(id) >= 8 && len(id) <= 64 && strings.IndexFunc(id, func(c rune) bool { return !plain(c) }) < 0 {
		return id
	}
	return rand.Text()
}

// logRequest writes the line of a request that was answered.
func (a *API) logRequest(r *http.Request, w *recorder, t *trace, took time.Duration) {
	fields := []slog.Attr{slog.String("method", r.Method), slog.String("path", shownPath(r.URL.Path)),
		slog.Int("status", w.status), slog.Int64("ms", took.Milliseconds())}
	if t.need != "" {
		fields = append(fields, slog.String("need", string(t.need)))
	}
	if t.party != "" {
		fields = append(fields, slog.String("party", string(t.party)))
	}
	fields = append(fields, slog.String("request", w.Header().Get(requestHeader)))
	level := slog.LevelInfo
	if r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
		level = slog.LevelDebug // probes come every few seconds
	}
	a.log.LogAttrs(r.Context(), level, "request", fields...)
	if a.seen != nil {
		a.seen(r.Method, w.status, took)
	}
}
