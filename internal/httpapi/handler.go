package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/party"
	"firstlook/right"
)

// API serves a desk.
type API struct {
	desk     *desk.Desk
	log      *slog.Logger
	routes   *http.ServeMux
	draining atomic.Bool
}

// New returns the interface of a desk. Requests are logged to log.
func New(d *desk.Desk, log *slog.Logger) *API {
	a := &API{desk: d, log: log, routes: http.NewServeMux()}
	a.routes.HandleFunc("GET /healthz", a.health)
	a.routes.HandleFunc("GET /v1/needs", a.needs)
	a.routes.HandleFunc("GET /v1/needs/{id}", a.need)
	a.routes.HandleFunc("POST /v1/needs/{id}/commands", a.command)
	a.routes.HandleFunc("GET /v1/notices", a.notices)
	a.routes.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		problem{Title: "no such page", Status: http.StatusNotFound, Detail: "see the paths under /v1"}.write(w)
	})
	return a
}

// Mount serves another handler below a path, such as the transparency log below /log. It is called before the first request.
func (a *API) Mount(path string, h http.Handler) {
	a.routes.Handle("GET "+path+"/", http.StripPrefix(path, h))
}

// ServeHTTP implements [http.Handler].
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	begin := time.Now()
	seen := &recorder{ResponseWriter: w, status: http.StatusOK}
	defer func() {
		if p := recover(); p != nil {
			a.log.Error("bug", "method", r.Method, "path", r.URL.Path, "panic", fmt.Sprint(p))
			problem{Title: "a bug of the server", Status: http.StatusInternalServerError, Detail: "nothing was recorded; the log says more"}.write(seen)
		}
		a.log.Info("request", "method", r.Method, "path", r.URL.Path, "status", seen.status, "ms", time.Since(begin).Milliseconds())
	}()
	if !local(r.Host) {
		problem{Title: "not this server", Status: http.StatusMisdirectedRequest, Detail: "the server answers for loopback names only"}.write(seen)
		return
	}
	a.routes.ServeHTTP(seen, r)
}

// recorder keeps the status for the log.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// local reports whether a Host header names this machine. A page of another site that resolves to loopback does not.
func local(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	ip := net.ParseIP(strings.Trim(name, "[]"))
	return name == "localhost" || ip != nil && ip.IsLoopback()
}

func (a *API) health(w http.ResponseWriter, _ *http.Request) {
	if a.draining.Load() {
		write(w, http.StatusServiceUnavailable, map[string]string{"status": "draining"})
		return
	}
	write(w, http.StatusOK, map[string]string{"status": "ok"})
}

// needItem is a need in a list.
type needItem struct {
	Need   capacity.NeedID `json:"need"`
	Title  string          `json:"title,omitempty"`
	Buyer  party.ID        `json:"buyer"`
	Status string          `json:"status"`
	Lines  []capacity.Line `json:"lines"`
	Next   []desk.Turn     `json:"next"`
}

func (a *API) needs(w http.ResponseWriter, r *http.Request) {
	who, ok := viewer(w, r)
	if !ok {
		return
	}
	out := []needItem{}
	err := a.each(r.Context(), who, func(s *right.State) {
		out = append(out, needItem{s.Need.ID, s.Need.Title, s.Need.Buyer, desk.Status(s), s.Need.Lines, orEmpty(desk.Next(s, who))})
	})
	if err != nil {
		a.fail(w, err)
		return
	}
	write(w, http.StatusOK, map[string]any{"needs": out})
}

func (a *API) notices(w http.ResponseWriter, r *http.Request) {
	who, ok := viewer(w, r)
	if !ok {
		return
	}
	out := []desk.Notice{}
	err := a.each(r.Context(), who, func(s *right.State) { out = append(out, desk.Notices(s, who)...) })
	if err != nil {
		a.fail(w, err)
		return
	}
	write(w, http.StatusOK, map[string]any{"notices": out})
}

// each calls look for every need that concerns a party.
func (a *API) each(ctx context.Context, who party.ID, look func(*right.State)) error {
	ids, err := a.desk.Needs(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		s, err := a.desk.State(ctx, id)
		if err != nil {
			return err
		}
		if desk.Concerns(&s, who) {
			look(&s)
		}
	}
	return nil
}

// needPage is a need with what happened to it.
type needPage struct {
	desk.Summary
	History json.RawMessage `json:"history"`
}

func (a *API) need(w http.ResponseWriter, r *http.Request) {
	who, ok := viewer(w, r)
	if !ok {
		return
	}
	id, ok := pathID(w, r)
	if !ok {
		return
	}
	s, err := a.desk.State(r.Context(), id)
	if err == nil && !desk.Concerns(&s, who) {
		err = &right.Refusal{Code: right.NeedUnknown, Detail: fmt.Sprintf("no need %s that concerns %s", id, who)}
	}
	if err != nil {
		a.fail(w, err)
		return
	}
	if who == "" {
		who = s.Need.Buyer
	}
	events, err := a.desk.Timeline(r.Context(), id, who)
	if err != nil {
		a.fail(w, err)
		return
	}
	history, err := encode(events)
	if err != nil {
		a.fail(w, err)
		return
	}
	write(w, http.StatusOK, needPage{desk.Summarize(&s, who), history})
}

// outcome is the answer to a command.
type outcome struct {
	Need     capacity.NeedID `json:"need"`
	Repeated bool            `json:"repeated"`
	Events   json.RawMessage `json:"events"`
	Next     []desk.Turn     `json:"next"`
}

func (a *API) command(w http.ResponseWriter, r *http.Request) {
	id, ok := pathID(w, r)
	if !ok {
		return
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		problem{Title: "not JSON", Status: http.StatusUnsupportedMediaType, Detail: "send the command as application/json"}.write(w)
		return
	}
	key, err := idempotencyKey(r)
	if err != nil {
		malformed(w, err)
		return
	}
	c, err := readCommand(w, r, id)
	if err != nil {
		malformed(w, err)
		return
	}
	out, err := a.desk.Do(r.Context(), id, c, key)
	if err != nil {
		a.fail(w, err)
		return
	}
	if out.Need != id {
		problem{Title: "key used", Status: http.StatusUnprocessableEntity, Detail: fmt.Sprintf("the Idempotency-Key was used for need %s; use another", out.Need)}.write(w)
		return
	}
	events, err := encode(desk.Visible(&out.State, c.By, out.Events))
	if err != nil {
		a.fail(w, err)
		return
	}
	write(w, http.StatusOK, outcome{out.Need, out.Repeated, events, orEmpty(desk.Next(&out.State, c.By))})
}

// viewer reads as=.
func viewer(w http.ResponseWriter, r *http.Request) (party.ID, bool) {
	who := r.URL.Query().Get("as")
	if who == "" {
		return "", true
	}
	if err := party.Check(who); err != nil {
		malformed(w, fmt.Errorf("as: %w", err))
		return "", false
	}
	return party.ID(who), true
}

// pathID reads the need of the path.
func pathID(w http.ResponseWriter, r *http.Request) (capacity.NeedID, bool) {
	id := r.PathValue("id")
	if err := party.Check(id); err != nil {
		malformed(w, fmt.Errorf("need: %w", err))
		return "", false
	}
	return capacity.NeedID(id), true
}

func encode(events []right.Event) (json.RawMessage, error) {
	if len(events) == 0 {
		return json.RawMessage("[]"), nil
	}
	return right.Encode(events)
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
