package webui

import (
	"bytes"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/identity"
	"firstlook/internal/journal"
	"firstlook/internal/translog"
	"firstlook/party"
	"firstlook/right"
)

// Desk is what the pages ask of a desk; [desk.Desk] is one.
type Desk interface {
	Now() calendar.Instant
	Law() *right.Law
	LawAt(ctx context.Context, position int64) (*right.Law, error)
	Needs(ctx context.Context) ([]capacity.NeedID, error)
	SealedNeedID(ctx context.Context) (capacity.NeedID, error)
	State(ctx context.Context, id capacity.NeedID) (right.State, error)
	History(ctx context.Context, id capacity.NeedID) ([]right.Event, error)
	Records(ctx context.Context, s journal.Stream) ([]journal.Record, error)
	Do(ctx context.Context, id capacity.NeedID, c right.Command, key string) (desk.Outcome, error)
	Prices(ctx context.Context) ([]desk.PriceBook, error)
	PutPrices(ctx context.Context, name string, by party.ID, text []byte) error
	AddAgreement(ctx context.Context, file string, data []byte) (*agreement.Agreement, error)
	AmendAgreement(ctx context.Context, file string, data []byte) (*agreement.Agreement, error)
	Certify(ctx context.Context, f agreement.Fact) (agreement.Fact, error)
	NewIndex() *desk.Index
}

// Subject is who asks.
type Subject struct {
	Party  party.ID // whose view it is
	Person string   // name of the person, recorded where a judgement is
	Roles  []string // in words
	// All says that the person reads everything, as an auditor does, and so sees what each buyer sees.
	All bool
	// May reports whether the person may ask for an action, such as "answer" or "view/need" (package identity has the list).
	May func(action string) bool
	// CSRF is the token that forms carry in the field csrf; empty where who asks is no browser.
	CSRF string
	// Leave is the path to which the form that ends the session is sent; empty for none.
	Leave string
}

// Options are what the pages are made of. Desk and Who are needed.
type Options struct {
	Desk Desk
	Who  func(*http.Request) (Subject, bool)
	// Still reports whether who asked is still let in, as a stream that goes on for long asks now and then; nil where Who answers
	// that for an old request, too.
	Still func(*http.Request) bool
	// Feed tells of changes; nil for pages that are not live.
	Feed *Feed
	// Log is the transparency log of the record; nil where there is none, and then no proof is shown.
	Log *translog.Log
	// Receipt writes what a party may verify offline of a need; nil where there is nobody to sign it.
	Receipt func(ctx context.Context, id capacity.NeedID, who party.ID) ([]byte, error)
	// Lists answers lists of needs; one of the desk's own where nil. It may be shared with the interface.
	Lists *desk.Index
	// People is asked by the pages for people and tokens; nil where nobody signs in, and then there are none.
	People *identity.Gate
	// Letters carries notices by e-mail and webhook; nil for a server that sends none.
	Letters Letters
	// SignIn is where somebody is sent who is not signed in; "/signin" where empty.
	SignIn string
	// Note stands above every page, such as that this is a demonstration.
	Note string
	// Diagnostics hears of faults; slog.Default() when nil.
	Diagnostics *slog.Logger
}

// UI is the pages. It is an [http.Handler].
type UI struct {
	Options
	routes *http.ServeMux
	index  *desk.Index // of which the pages that list needs are made

	undelivered undelivered
}

// New returns the pages.
func New(o Options) *UI {
	if o.SignIn == "" {
		o.SignIn = "/signin"
	}
	if o.Still == nil {
		o.Still = func(r *http.Request) bool { _, ok := o.Who(r); return ok }
	}
	if o.Diagnostics == nil {
		o.Diagnostics = slog.Default()
	}
	u := &UI{Options: o, routes: http.NewServeMux(), index: o.Lists}
	if u.index == nil {
		u.index = o.Desk.NewIndex()
	}
	if o.Feed != nil {
		o.Feed.refreshes(u.index)
	}
	page := func(pattern, action string, f func(*visit) error) {
		u.routes.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { u.serve(w, r, action, f) })
	}
	page("GET /{$}", "", u.deskPage)
	page("POST /seen", "view/desk", u.seen)
	page("GET /needs", "view/need", u.needsPage)
	page("GET /needs/new", "submit", u.newNeedPage)
	page("POST /needs/new", "submit", u.newNeed)
	page("GET /needs/{id}", "view/need", u.needPage)
	page("GET /needs/{id}/matters/{on}", "view/notice", u.matterPage)
	page("GET /needs/{id}/act/{act}/{on}", "view/need", u.actPage)
	page("POST /needs/{id}/act/{act}/{on}", "view/need", u.actPost)
	page("GET /market", "view/market", u.marketPage)
	page("GET /market/prices", "put-prices", u.pricesPage)
	page("POST /market/prices", "put-prices", u.pricesPost)
	page("GET /agreements", "view/agreement", u.agreementsPage)
	page("GET /agreements/{id}", "view/agreement", u.agreementPage)
	page("GET /agreements/new", "record-agreement", u.editPage)
	page("POST /agreements/new", "record-agreement", u.editPost)
	page("GET /agreements/{id}/edit", "view/agreement", u.editPage)
	page("POST /agreements/{id}/edit", "view/agreement", u.editPost)
	page("GET /agreements/{id}/{deed}", "certify", u.certifyPage)
	page("POST /agreements/{id}/{deed}", "certify", u.certifyPage)
	page("GET /people", "view/people", u.peoplePage)
	page("GET /people/new", "identity/people", u.newPersonPage)
	page("POST /people/new", "identity/people", u.newPersonPage)
	page("GET /people/{person}/{deed}", "identity/people", u.personPage)
	page("POST /people/{person}/{deed}", "identity/people", u.personPage)
	page("GET /letters", "", u.lettersPage)
	page("GET /letters/{letter}/{deed}", "notice", u.letterPage)
	page("POST /letters/{letter}/{deed}", "notice", u.letterPage)
	page("GET /tokens", "identity/tokens", u.tokensPage)
	page("GET /tokens/new", "identity/tokens", u.newTokenPage)
	page("POST /tokens/new", "identity/tokens", u.newTokenPage)
	page("GET /tokens/{token}/{deed}", "identity/tokens", u.tokenPage)
	page("POST /tokens/{token}/{deed}", "identity/tokens", u.tokenPage)
	page("POST /ui/check", "view/agreement", u.check)
	page("GET /record", "view/record", u.recordsPage)
	page("GET /record/{id}", "view/record", u.recordPage)
	page("GET /record/{id}/{export}", "view/record", u.export)
	page("GET /ui/events", "view/desk", u.events)
	u.routes.HandleFunc("GET /ui/style.css", asset("style.css", "text/css; charset=utf-8"))
	u.routes.HandleFunc("GET /ui/page.js", asset("page.js", "text/javascript; charset=utf-8"))
	page("/", "", func(*visit) error { return errNotFound })
	return u
}

// ServeHTTP implements [http.Handler].
func (u *UI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	headers(w.Header())
	u.routes.ServeHTTP(w, r)
}

// policy allows what the pages consist of, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func headers(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// maxForm bounds what a form may hold: the text of an agreement is the largest.
const maxForm = 2 << 20

// visit is one request for a page.
type visit struct {
	w   http.ResponseWriter
	r   *http.Request
	who Subject
	now calendar.Instant
	law *right.Law
}

func (v *visit) may(action string) bool { return v.who.May != nil && v.who.May(action) }

var (
	errNotFound  = errors.New("there is no such page, or nothing here that concerns you")
	errForbidden = errors.New("your role does not allow this")
	errFile      = errors.New("the file does not read: it is a text in UTF-8")
	errForm      = errors.New("the form did not come from a page of this session; open the page again and repeat")
)

// serve lets through who may, and answers an error with a page.
func (u *UI) serve(w http.ResponseWriter, r *http.Request, action string, f func(*visit) error) {
	who, ok := u.Who(r)
	if !ok {
		u.turnAway(w, r)
		return
	}
	v := &visit{w: w, r: r, who: who, now: u.Desk.Now(), law: u.Desk.Law()}
	err := error(nil)
	switch {
	case action != "" && !v.may(action):
		err = errForbidden
	case r.Method == http.MethodPost:
		err = v.readForm()
	}
	if err == nil {
		err = f(v)
	}
	if err != nil {
		u.fail(v, err)
	}
}

// readForm reads a form and checks that it is of this session. Whoever wraps these pages may have checked it before.
func (v *visit) readForm() error {
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxForm)
	if err := v.r.ParseMultipartForm(maxForm); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return errForm
	}
	if v.who.CSRF == "" {
		return nil
	}
	given := v.r.PostForm.Get("csrf")
	if given == "" {
		given = v.r.Header.Get("X-CSRF-Token")
	}
	if subtle.ConstantTimeCompare([]byte(given), []byte(v.who.CSRF)) != 1 {
		return errForm
	}
	return nil
}

// turnAway sends who is not signed in to where that is done, and back.
func (u *UI) turnAway(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet || r.URL.Path == "/ui/events" {
		http.Error(w, "sign in first", http.StatusUnauthorized)
		return
	}
	http.Redirect(w, r, u.SignIn+"?return="+queryEscape(r.URL.RequestURI()), http.StatusSeeOther)
}

// fail answers with what went wrong and what to do next.
func (u *UI) fail(v *visit, err error) {
	status, heading, next := http.StatusInternalServerError, "This did not work", "Try again in a moment. If it stays, tell whoever runs this server."
	var no *right.Refusal
	var stranger *identity.Refusal
	var warming *desk.Warming
	switch {
	case errors.As(err, &warming): // after a start, where the record is long
		v.w.Header().Set("Refresh", "2")
		status, heading, next = http.StatusServiceUnavailable, "One moment", "This page looks again by itself."
		err = fmt.Errorf("the server has just started and makes its lists; %d percent are done", warming.Percent)
	case errors.As(err, &no) && no.Code != right.NeedUnknown:
		status, heading, next = http.StatusConflict, "The agreement does not allow this", "Nothing was recorded. Go back to the need to see where it stands now."
	case errors.As(err, &no), errors.Is(err, errNotFound):
		status, heading, next, err = http.StatusNotFound, "There is nothing here for you", "Begin at your desk.", errNotFound
	case errors.As(err, &stranger):
		status, heading, next = stranger.Status(), "This is not allowed", "Nothing was recorded."
		err = errors.New(stranger.Detail)
	case errors.Is(err, errForbidden):
		status, heading, next = http.StatusForbidden, "Not in your role", "Somebody of your company in another role may do it."
	case errors.Is(err, errFile):
		status, heading, next = http.StatusUnprocessableEntity, "This file cannot be read", "Nothing was recorded."
	case errors.Is(err, errForm):
		status, heading, next = http.StatusForbidden, "The page was open for too long", "Nothing was recorded."
	case errors.Is(err, context.Canceled):
		return
	default:
		u.Diagnostics.Error("page", "path", v.r.URL.Path, "error", err.Error())
		err = errors.New("the server could not finish the page")
	}
	p := failure{Heading: heading, Detail: sentence(err.Error()), Next: next}
	if no != nil && status == http.StatusConflict {
		p.Detail, p.Code = sentence(no.Detail), string(no.Code)
		if no.Clause != nil {
			p.Clause = no.Clause.String()
		}
	}
	u.render(v, status, "failure", heading, p)
}

// failure is a page that says why there is no other.
type failure struct{ Heading, Detail, Next, Code, Clause string }

// frame is what stands around every page.
type frame struct {
	Title  string
	Note   string
	Me     string
	Roles  string
	Leave  string
	CSRF   string
	Nav    []link
	Live   bool
	Watch  string // the need whose changes concern the page; empty for all
	NowMS  int64  // desk time, of Unix
	Since  int64  // the same in microseconds: what was recorded before is on the page
	Main   any
	Narrow bool
}

// link is a way to another page.
type link struct {
	Path, Text string
	Here       bool
}

// render writes a page.
func (u *UI) render(v *visit, status int, name, title string, main any) {
	f := frame{Title: title, Note: u.Note, Main: main, NowMS: int64(v.now) / 1000, Since: int64(v.now), Live: u.Feed != nil && v.may("view/desk"), Watch: v.r.PathValue("id"),
		CSRF: v.who.CSRF, Leave: v.who.Leave, Nav: u.nav(v), Me: nameOf(v.law, v.who.Party), Roles: commas(v.who.Roles)}
	if v.who.Person != "" {
		f.Me = v.who.Person + ", " + f.Me
	}
	var b bytes.Buffer
	if err := templates[name].ExecuteTemplate(&b, "frame", f); err != nil {
		u.Diagnostics.Error("bug", "page", name, "error", err.Error())
		http.Error(v.w, "a bug of the server; nothing was recorded", http.StatusInternalServerError)
		return
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	_, _ = v.w.Write(b.Bytes()) // a browser that has gone away needs no page
}

// nav are the pages that the person may open.
func (u *UI) nav(v *visit) []link {
	all := []struct{ path, text, action string }{{"/", "Desk", "view/desk"}, {"/needs", "Needs", "view/need"}, {"/market", "Market", "view/market"},
		{"/agreements", "Agreements", "view/agreement"}, {"/record", "Record", "view/record"}, {"/people", "People", "view/people"}}
	var out []link
	for _, n := range all {
		if v.may(n.action) && (n.path != "/people" || u.People != nil) {
			out = append(out, link{n.path, n.text, n.path == v.r.URL.Path || n.path != "/" && len(v.r.URL.Path) > len(n.path) && v.r.URL.Path[:len(n.path)+1] == n.path+"/"})
		}
	}
	return out
}

// see is after a form was taken: the browser asks for the page anew, so that reloading it sends nothing again.
func (v *visit) see(path string) error {
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}
