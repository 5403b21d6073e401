package httpapi

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"firstlook/capacity"
	"firstlook/party"
)

// gzipFrom is the size of an answer from which on it is compressed for who asks for that, in bytes.
const gzipFrom = 4 << 10

// Lists are answered in pages.
const (
	defaultLimit = 100
	maxLimit     = 1000
)

// request is what a handler of an [Operation] gets.
type request struct {
	*http.Request
	caller
	need   capacity.NeedID // of the path, where it has one
	limit  int             // of a list
	cursor string          // of a list: the key of the last item that was seen
	status int             // of the answer; 200 where it is not set
}

// eyes is the party whose view is shown. Whoever audits looks with the eyes of the buyer.
func (q *request) eyes() party.ID {
	if q.signed && q.who.Has("auditor") {
		return ""
	}
	return q.party
}

// page is a part of a list. Name is the key under which the items stand in the document, Extra are its other keys.
type page struct {
	Name  string
	Items []any
	Last  string // the key of the last item, where more follow
	Extra map[string]any
}

// paged cuts the page that is asked for out of a whole list. Keys are in the order of the list and distinct; the cursor is the last one
// that was seen, so a page never tells how many items others have.
func paged[T any](q *request, name string, all []T, key func(*T) string) *page {
	begin := 0
	if q.cursor != "" {
		begin = len(all)
		if i := slices.IndexFunc(all, func(x T) bool { return key(&x) == q.cursor }); i >= 0 {
			begin = i + 1
		}
	}
	p := &page{Name: name, Items: []any{}}
	for i := begin; i < len(all); i++ {
		if len(p.Items) == q.limit {
			p.Last = key(&all[i-1])
			break
		}
		p.Items = append(p.Items, all[i])
	}
	return p
}

// answer runs an operation and writes what it returns.
func (a *API) answer(op *Operation, w http.ResponseWriter, r *http.Request) {
	c, ok := a.caller(w, r)
	if !ok {
		return
	}
	q := &request{Request: r, caller: c}
	if strings.Contains(op.Path, "{id}") && strings.HasPrefix(op.Path, "/v1/needs/") {
		if q.need, ok = pathID(w, r); !ok {
			return
		}
		traced(r.Context()).need = q.need
	}
	if op.Paged {
		if err := q.readPage(); err != nil {
			malformed(w, err)
			return
		}
	}
	if op.Body != nil {
		if !isJSON(w, r) {
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, op.bodyLimit())
	}
	out, err := op.handle(a, q)
	if err != nil {
		a.fail(w, err)
		return
	}
	if p, ok := out.(*page); ok {
		out = q.link(w, p)
	}
	body, err := encodeJSON(out)
	if err != nil {
		a.fail(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	send(w, r, max(q.status, http.StatusOK), body)
}

// readPage reads limit= and cursor=.
func (q *request) readPage() error {
	q.limit = defaultLimit
	if text := q.URL.Query().Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxLimit {
			return fmt.Errorf("limit: %q is not a number from 1 to %d", text, maxLimit)
		}
		q.limit = n
	}
	if text := q.URL.Query().Get("cursor"); text != "" {
		b, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil || len(b) == 0 || len(b) > 500 {
			return fmt.Errorf("cursor: take it from the header Link of the page before")
		}
		q.cursor = string(b)
	}
	return nil
}

// link puts a page into its document, and where the next one is into the header Link.
func (q *request) link(w http.ResponseWriter, p *page) map[string]any {
	out := map[string]any{p.Name: p.Items}
	for k, v := range p.Extra {
		out[k] = v
	}
	if p.Last != "" {
		cursor := base64.RawURLEncoding.EncodeToString([]byte(p.Last))
		next := url.Values{}
		for k, v := range q.URL.Query() {
			next[k] = v
		}
		next.Set("cursor", cursor)
		w.Header().Set("Link", fmt.Sprintf("<%s?%s>; rel=\"next\"", q.URL.Path, next.Encode()))
		out["cursor"] = cursor
	}
	return out
}

func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

// tag names a representation: two of one tag are the same bytes. It is made of what the party sees, so it changes when that does and
// never because of what is sealed.
func tag(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:12])
}

// send writes a document with its tag: nothing but 304 to who has it, compressed where it is large and that is asked for.
func send(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Add("Vary", "Accept-Encoding")
	if r.Method == http.MethodGet {
		h.Set("Cache-Control", "private, no-cache") // kept by who asked, and asked for again each time
		h.Set("ETag", `"`+tag(body)+`"`)
		if tagged(r.Header.Values("If-None-Match"), tag(body)) {
			h.Del("Content-Type")
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	if len(body) < gzipFrom || !takesGzip(r) {
		w.WriteHeader(status)
		_, _ = w.Write(body) // a client that has gone away needs no answer
		return
	}
	h.Set("Content-Encoding", "gzip")
	if r.Method == http.MethodGet {
		h.Set("ETag", `"`+tag(body)+`-gzip"`)
	}
	w.WriteHeader(status)
	z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed) // a level that there is
	_, _ = z.Write(body)
	_ = z.Close()
}

func takesGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name == "gzip" {
			q = strings.ReplaceAll(q, " ", "")
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}

// tagged reports whether a header If-Match or If-None-Match names a tag, compressed or not.
func tagged(headers []string, want string) bool {
	for t := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		t = strings.TrimPrefix(strings.TrimSpace(t), "W/")
		if t == "*" || strings.TrimSuffix(strings.Trim(t, `"`), "-gzip") == want {
			return true
		}
	}
	return false
}

// readBody reads a JSON body into v; unknown keys are refused.
func (q *request) readBody(v any) error {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return &unreadable{err}
	}
	if err := checkJSON(body, textsMayBreak); err != nil {
		return &unreadable{err}
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return &unreadable{err}
	}
	return nil
}

// unreadable marks a request that does not read.
type unreadable struct{ err error }

func (u *unreadable) Error() string { return u.err.Error() }
func (u *unreadable) Unwrap() error { return u.err }

// pathID reads the need of the path.
func pathID(w http.ResponseWriter, r *http.Request) (capacity.NeedID, bool) {
	id := r.PathValue("id")
	if err := party.Check(id); err != nil {
		malformed(w, fmt.Errorf("need: %w", err))
		return "", false
	}
	return capacity.NeedID(id), true
}
