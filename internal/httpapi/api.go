package httpapi

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"firstlook/internal/desk"
	"firstlook/internal/door"
	"firstlook/internal/identity"
	"firstlook/internal/journal"
	"firstlook/offer"
)

// API serves a desk.
type API struct {
	desk     *desk.Desk
	local    *door.Local
	gate     *identity.Gate
	draw     func() offer.ID // names an offer
	proofs   Proofs
	letters  Letters
	log      *slog.Logger
	routes   *http.ServeMux
	open     *http.ServeMux // what is reached before signing in
	inner    http.Handler
	pages    http.Handler // nil where there are none
	hub      *hub
	draining atomic.Bool
	working  chan struct{} // holds one of whoever asks the engine a long question
	patience time.Duration // for which the next one waits

	readiness readiness
	seen      func(method string, status int, took time.Duration)
	linger    time.Duration
}

// Options are what an [API] stands on.
type Options struct {
	Desk *desk.Desk
	// Store is the desk's journal, and Tables are its tables: for what was known earlier, and for the stream of events.
	Store  journal.Store
	Tables desk.Tables
	// Gate says who asks. Where it is nil nobody signs in, and whoever reaches the server acts for every party: loopback only.
	Gate *identity.Gate
	// Proofs makes what a party takes along; without it receipts and evidence are not served.
	Proofs Proofs
	// Letters carries notices by e-mail and webhook; without it there are no dead letters to look at.
	Letters Letters
	// Unnumbered names needs by chance where the command gives no id, so that an id tells nobody how many needs there are.
	Unnumbered bool
	// StreamKey seals the positions of event streams; 32 bytes that outlive the server let clients resume after a restart. A
	// random one when empty.
	StreamKey []byte
	// Lists answers lists of needs; one of the desk's own where nil. It may be shared with the pages.
	Lists *desk.Index
	// Log hears of every request and every fault.
	Log *slog.Logger
	// Ready is what /readyz asks, beside whether the server drains.
	Ready []Check
	// Seen is told of every request that was answered; nil for nobody.
	Seen func(method string, status int, took time.Duration)
	// Linger is for how long a server that is told to end goes on as before, while /readyz says that it drains: long enough for
	// whoever sends requests here to look there.
	Linger time.Duration
}

// New returns the interface of a desk.
func New(o Options) *API {
	a := &API{desk: o.Desk, local: &door.Local{Desk: o.Desk, Store: o.Store, Tables: o.Tables, Sealed: true, Unnumbered: o.Unnumbered}, gate: o.Gate, draw: drawnOffer, proofs: o.Proofs, letters: o.Letters, log: o.Log, routes: http.NewServeMux(), open: http.NewServeMux()}
	if a.local.Lists = o.Lists; o.Lists == nil {
		a.local.Lists = o.Desk.NewIndex()
	}
	a.hub = newHub(a, o.Store, o.StreamKey)
	a.working, a.patience = make(chan struct{}, atWork), waitForWork
	o.Ready = append(o.Ready, Check{"lists", a.listsReady})
	a.readiness.checks, a.seen, a.linger = o.Ready, o.Seen, o.Linger
	a.routes.HandleFunc("GET /healthz", a.health)
	a.routes.HandleFunc("GET /readyz", a.ready)
	for i := range operations {
		op := &operations[i]
		if op.serve == nil && op.handle == nil {
			continue // package identity answers it
		}
		if op.serve != nil {
			a.route(op.Method+" "+op.Path, op.Action, func(w http.ResponseWriter, r *http.Request) { op.serve(a, w, r) })
			continue
		}
		a.route(op.Method+" "+op.Path, op.Action, func(w http.ResponseWriter, r *http.Request) { a.answer(op, w, r) })
	}
	a.routes.HandleFunc("/v1/", noSuchPage)
	a.routes.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if a.pages == nil {
			noSuchPage(w, r)
			return
		}
		a.pages.ServeHTTP(w, r)
	})
	a.inner = a.guarded()
	return a
}

func noSuchPage(w http.ResponseWriter, _ *http.Request) {
	problem{Title: "no such page", Status: http.StatusNotFound, Detail: "see the paths under /v1"}.write(w)
}

// Mount serves another handler below a path, such as the transparency log below /log, to whoever may see the record. It is
// called before the first request.
func (a *API) Mount(path string, h http.Handler) {
	a.route("GET "+path+"/", identity.ViewRecord, http.StripPrefix(path, h).ServeHTTP)
}

// Pages serves h for every path that is not the interface's own. A request that reaches it is signed in ([identity.FromContext]
// has the subject), or came over loopback where nobody signs in; [Party] says for whom it is. It is called before the first request.
func (a *API) Pages(h http.Handler) { a.pages = h }

// Public serves a path to everybody, signed in or not: the look of the sign-in page, and nothing that is anybody's. It is called
// before the first request.
func (a *API) Public(path string, h http.Handler) {
	if a.gate == nil {
		a.routes.Handle("GET "+path, h)
		return
	}
	a.open.Handle("GET "+path, a.gate.Headers(h))
}

// Linked serves a path and all below it to everybody who has a link there: what the link's own signature allows, and nothing else. It is
// called before the first request.
func (a *API) Linked(path string, h http.Handler) {
	if a.gate == nil {
		a.routes.Handle(path, h)
		return
	}
	a.open.Handle(path, h)
}

// ServeHTTP implements [http.Handler].
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	begin := time.Now()
	seen := &recorder{ResponseWriter: w, status: http.StatusOK}
	t := &trace{}
	w.Header().Set(requestHeader, requestID(r))
	if a.draining.Load() {
		w.Header().Set("Connection", "close") // the next request goes elsewhere, and not into a connection that ends
	}
	r = r.WithContext(context.WithValue(r.Context(), traceKey{}, t))
	defer func() {
		if p := recover(); p != nil {
			a.log.Error("bug", "request", w.Header().Get(requestHeader), "method", r.Method, "path", shownPath(r.URL.Path), "panic", fmt.Sprint(p))
			problem{Title: "a bug of the server", Status: http.StatusInternalServerError, Detail: "nothing was recorded; the log says more"}.write(seen)
		}
		a.logRequest(r, seen, t, time.Since(begin))
	}()
	a.inner.ServeHTTP(seen, r)
}

// shownPath is a path as the log shows it: a link that signs somebody in, or shows a letter, is a secret.
func shownPath(path string) string {
	for _, link := range []string{"/signin/link/", "/read/"} {
		if strings.HasPrefix(path, link) && len(path) > len(link) {
			return link + "..."
		}
	}
	return path
}

// recorder keeps the status for the log.
type recorder struct {
	http.ResponseWriter
	status int
}

// Unwrap is for [http.ResponseController].
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}
