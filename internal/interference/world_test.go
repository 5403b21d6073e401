package interference

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/httpapi"
	"firstlook/internal/identity"
	identitymemory "firstlook/internal/identity/memory"
	"firstlook/internal/journal/memory"
	"firstlook/internal/notify"
	"firstlook/internal/outbox"
	"firstlook/internal/pricebook"
	"firstlook/internal/scenario"
	"firstlook/internal/translog"
	"firstlook/internal/webui"
	"firstlook/party"
	"firstlook/proof"
	"firstlook/right"
)

const scenarios = "../../scenarios"

// turn is one command of a history.
type turn struct {
	need    capacity.NeedID
	at      calendar.Instant
	command right.Command
}

// history is a scenario as commands, with the files that it names.
type history struct {
	name       string
	agreements [][]byte
	providers  []byte
	turns      []turn
	buyers     []party.ID
	parties    []party.ID // everybody who is named, in order
}

var (
	agreementLine = regexp.MustCompile(`(?m)^agreement (\S+)$`)
	providersLine = regexp.MustCompile(`(?m)^providers (\S+)$`)
	apart         = regexp.MustCompile(`(?m)^(fact|provider) |^20\S+ (\S+ )?(certify|challenge|amend)\b`)
	partyID       = regexp.MustCompile(`\bid: ([a-z][a-z0-9.-]*), name:`)
)

func tables() desk.Tables {
	return desk.Tables{Throughput: pricebook.EmbeddedThroughputs()[0], Egress: *pricebook.EmbeddedEgress()}
}

// inline is an agreement that a scenario writes out, each line of it indented.
var inline = regexp.MustCompile(`(?m)^agreement\n((?:(?:  .*)?\n)+)`)

// read makes a history of a scenario; ok is false for one whose law changes on the way, which has its own events.
func read(t *testing.T, name string) (h *history, ok bool) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(scenarios, name+".scenario"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	if apart.MatchString(text) || len(providersLine.FindAllString(text, -1)) > 1 {
		return nil, false
	}
	f, err := scenario.Parse("scenarios/"+name+".scenario", data)
	if err != nil {
		t.Fatal(err)
	}
	root := os.DirFS(scenarios + "/..")
	open := func(path string) ([]byte, error) { return fs.ReadFile(root, path) }
	records, err := scenario.Records(f, scenario.Env{Read: open, Throughput: tables().Throughput, Egress: tables().Egress})
	if err != nil {
		t.Fatal(err)
	}
	h = &history{name: name}
	for _, m := range agreementLine.FindAllStringSubmatch(text, -1) {
		h.agreements = append(h.agreements, must(open(path.Join("scenarios", m[1]))))
	}
	for _, m := range inline.FindAllStringSubmatch(text, -1) {
		h.agreements = append(h.agreements, []byte(strings.ReplaceAll("\n"+m[1], "\n  ", "\n")))
	}
	if m := providersLine.FindStringSubmatch(text); m != nil {
		h.providers = must(open(path.Join("scenarios", m[1])))
	}
	for _, r := range records {
		for _, x := range r.Turns {
			h.turns = append(h.turns, turn{r.Need, x.At, x.Command})
			if sub, ok := x.Command.Ask.(right.Submit); ok {
				h.buyers = append(h.buyers, sub.Need.Buyer)
			}
			if x.Command.By != "" {
				h.parties = append(h.parties, x.Command.By)
			}
		}
	}
	slices.SortStableFunc(h.turns, func(a, b turn) int { return int(max(-1, min(1, a.at-b.at))) })
	for _, text := range append(h.agreements, h.providers) {
		for _, m := range partyID.FindAllSubmatch(text, -1) {
			h.parties = append(h.parties, party.ID(m[1]))
		}
	}
	slices.Sort(h.parties)
	h.parties = slices.Compact(h.parties)
	return h, len(h.turns) > 0
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// standing is a clock that is moved by hand.
type standing struct{ at calendar.Instant }

func (c *standing) Now() calendar.Instant                   { return c.at }
func (c *standing) After(calendar.Instant) <-chan time.Time { return nil }

// town is who may sign in, the same for every history: nothing of it depends on what is recorded of needs.
type town struct {
	gate  *identity.Gate
	seats map[party.ID][]seat
}

// seat is somebody of a party, with one role.
type seat struct {
	party party.ID
	role  identity.Role
	token string
}

var (
	buyerRoles    = []identity.Role{identity.Planner, identity.Counsel, identity.Finance}
	providerRoles = []identity.Role{identity.HolderDesk, identity.ProviderDesk}
)

func newTown(t *testing.T) *town {
	t.Helper()
	endless := identity.Limit{Burst: 1e9, Every: 1}
	gate, err := identity.New(identitymemory.New(), identity.Options{Origin: "http://127.0.0.1:7780", Limits: identity.Limits{Address: endless, Account: endless, SignIn: endless}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return &town{gate: gate, seats: map[party.ID][]seat{}}
}

// of are the seats of a party in a history: the buyer's three roles, or a provider's two; of the operator one.
func (w *town) of(p party.ID, buys bool) []seat {
	key := p
	roles := providerRoles
	switch {
	case buys:
		key, roles = p+"/buys", buyerRoles
	case p == "operator":
		roles = []identity.Role{identity.Operator}
	}
	if _, ok := w.seats[key]; !ok {
		ctx, console := context.Background(), identity.Console("operator")
		for _, role := range roles {
			person := must(w.gate.AddPerson(ctx, console, identity.Person{Party: p, Name: "Sam", Email: fmt.Sprintf("%s.%s.%t@example.com", p, role, buys), Roles: []identity.Role{role}}))
			_, token, err := w.gate.IssueToken(ctx, console, identity.TokenRequest{Name: "test", Roles: []identity.Role{role}, Life: 24 * time.Hour, Answers: person.ID})
			if err != nil {
				panic(err)
			}
			w.seats[key] = append(w.seats[key], seat{p, role, token})
		}
	}
	return w.seats[key]
}

// server is one history being played.
type server struct {
	desk  *desk.Desk
	store *memory.Store
	clock *standing
	api   http.Handler
	plain *httpapi.API
	acts  []outbox.Act
	leak  func(who party.ID, body []byte) []byte // of the self-test; nil otherwise

	sealer *proof.Sealer
}

// Deliver keeps the letters; it is the courier of the desk.
func (s *server) Deliver(_ context.Context, a outbox.Act) error {
	s.acts = append(s.acts, a)
	return nil
}

var streamKey = bytes.Repeat([]byte{7}, 32)

// open makes a desk with the law of a history.
func (w *town) open(h *history) (*server, error) {
	ctx := context.Background()
	s := &server{store: memory.New(), clock: &standing{h.turns[0].at}}
	var err error
	if s.desk, err = desk.Open(ctx, s.store, s.clock, tables()); err != nil {
		return nil, err
	}
	for i, text := range h.agreements {
		if _, err := s.desk.AddAgreement(ctx, fmt.Sprintf("a%d.yaml", i), text); err != nil {
			return nil, err
		}
	}
	if h.providers != nil {
		if _, err := s.desk.SetProviders(ctx, "providers.yaml", h.providers); err != nil {
			return nil, err
		}
	}
	quiet := slog.New(slog.DiscardHandler)
	s.plain = httpapi.New(httpapi.Options{Desk: s.desk, Store: s.store, Tables: tables(), Gate: w.gate, Log: quiet, StreamKey: streamKey})
	s.plain.Pages(webui.New(webui.Options{Desk: s.desk, Who: webui.SignedIn, Feed: webui.NewFeed(s.desk, s.store, quiet), Diagnostics: quiet}))
	s.api, s.sealer = s.plain, proof.NewSealer([32]byte{7})
	return s, nil
}

// do puts one command to the desk, and says what was refused; what time brings about comes first.
func (s *server) do(t turn) (refused string, err error) {
	ctx := context.Background()
	s.clock.at = t.at
	if err := s.desk.FireDue(ctx); err != nil {
		return "", err
	}
	_, err = s.desk.Do(ctx, t.need, t.command, "")
	var no *right.Refusal
	if errors.As(err, &no) {
		return string(no.Code), nil
	}
	return "", err
}

// ask sends a request as somebody, and returns all that came back but the date: status, header, body.
func (s *server) ask(who seat, method, target, body string) string {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:40000"
	r.Header.Set("Authorization", "Bearer "+who.token)
	r.Header.Set("X-Request-Id", "the-same-for-all")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	s.api.ServeHTTP(w, r)
	h := w.Header()
	h.Del("Date")
	out := w.Body.Bytes()
	if s.leak != nil {
		out = s.leak(who.party, out)
	}
	return fmt.Sprintf("%d %s\n%v", w.Code, out, h)
}

// commitment is the salted hash by which a buyer knows an offer that is sealed from it, in documents and as pages shorten it.
var (
	commitment = regexp.MustCompile(`\b[0-9a-f]{64}\b|hash is [0-9a-f]{12}`)
	etag       = regexp.MustCompile(`(?i)Etag:\[[^\]]*\]`)
)

// veil leaves out of what a buyer sees the commitments of sealed offers, and so the hash of the whole: that they are there still counts.
func veil(answer string) string {
	if !commitment.MatchString(answer) {
		return answer
	}
	return etag.ReplaceAllString(commitment.ReplaceAllString(answer, "a commitment"), "Etag")
}

// records are the places where the number of records of a need is known to a holder by design: every leaf of the need is there for it, of
// what it may not see with type and instant (docs/spec/proof.md). The reference of a letter and the sequence of its
// calendar entry count them too, and what is hashed with them.
var records = regexp.MustCompile(`\b(n\d+)\.\d+\.\d+\.|\d+ more of this need stand|(?:"sequence":|SEQUENCE:)\d+|\b[0-9a-f]{64}\b`)

// uncounted leaves these out, where the histories differ by a record.
func uncounted(answer string) string {
	return records.ReplaceAllString(strings.ReplaceAll(answer, "\r\n ", ""), "$1 counted")
}

// stream is what a party is sent of everything from the beginning: the messages in their order, their ids by their lengths.
func (s *server) stream(who seat) string {
	first := s.listen(who, "")
	id := idLine.FindStringSubmatch(first)
	if id == nil {
		return first
	}
	return idLine.ReplaceAllStringFunc(s.listen(who, id[1]), func(line string) string { return fmt.Sprintf("id: %d characters", len(line)) })
}

var idLine = regexp.MustCompile(`(?m)^id: (\S+)$`)

// listen opens a stream and leaves when it has been told that it has seen everything.
func (s *server) listen(who seat, after string) string {
	ctx, leave := context.WithCancel(context.Background())
	defer leave()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/v1/events", nil)
	r.RemoteAddr = "127.0.0.1:40000"
	r.Header.Set("Authorization", "Bearer "+who.token)
	if after != "" {
		r.Header.Set("Last-Event-ID", after)
	}
	w := &leaver{ResponseRecorder: httptest.NewRecorder(), leave: leave}
	s.api.ServeHTTP(w, r)
	return fmt.Sprintf("%d\n%s", w.Code, w.Body)
}

// leaver ends a stream when a mark comes: an id and no event.
type leaver struct {
	*httptest.ResponseRecorder
	leave func()
}

// Write implements [http.ResponseWriter].
func (l *leaver) Write(b []byte) (int, error) {
	if bytes.HasPrefix(b, []byte("id: ")) && !bytes.Contains(b, []byte("data: ")) {
		defer l.leave()
	}
	return l.ResponseRecorder.Write(b)
}

// letters are what a party was sent, in order, with the documents that travel.
func (s *server) letters(who party.ID) string {
	source := notify.FromDesk(s.desk, s.store, notify.Door{Origin: "https://firstlook.example"})
	var b strings.Builder
	for _, a := range s.acts {
		if a.Recipient != who {
			continue
		}
		d, err := source.Document(context.Background(), a)
		if err != nil {
			fmt.Fprintf(&b, "%s: %v\n", a.Key, err)
			continue
		}
		event, err := notify.Event(&d, "https://firstlook.example")
		fmt.Fprintf(&b, "%s %s\n%s\n%s\n%v\n%s\n%s\n", a.Key, a.Kind, a.Body, event, err, notify.HTML(&d, ""), notify.Calendar(&d, "firstlook.example"))
	}
	return b.String()
}

// digest is the salted hash of a leaf, or of what it seals: it differs with what it holds, and says nothing of it.
var digest = regexp.MustCompile(`[A-Za-z0-9+/]{43}=|\b[0-9a-f]{64}\b`)

// receipts are what a party takes along of the needs that concern it: every leaf, and what is opened of it. Package proof writes that into a file
// with the way of each leaf to the root, which is made of these.
func (s *server) receipts(who party.ID, needs []capacity.NeedID) string {
	var b strings.Builder
	log := translog.New(nil, s.sealer)
	for _, id := range needs {
		state, err := s.desk.State(context.Background(), id)
		if err != nil || !desk.Concerns(&state, who) {
			fmt.Fprintf(&b, "%s: none\n", id)
			continue
		}
		records, open, err := s.desk.Proven(context.Background(), id, who)
		if err != nil {
			fmt.Fprintf(&b, "%s: %v\n", id, err)
			continue
		}
		for i := range records {
			for n, l := range log.Leaves(&records[i]) {
				fmt.Fprintf(&b, "%s leaf %s\n", id, digest.ReplaceAllString(string(l.Text), "digest"))
				for _, o := range open(&records[i], n, l) {
					fmt.Fprintf(&b, "%s open %s\n", id, digest.ReplaceAllString(string(o.Value), "digest"))
				}
			}
		}
	}
	return b.String()
}

// targets are the GETs of the interface over the needs, matters and agreements of a history; those of one that is not there too.
func targets(h *history) []string {
	var out []string
	needs := []string{"n9"}
	for _, t := range h.turns {
		if !slices.Contains(needs, string(t.need)) {
			needs = append(needs, string(t.need))
		}
	}
	agreements := []string{"none"}
	for _, text := range h.agreements {
		if m := regexp.MustCompile(`(?m)^agreement: (\S+)`).FindSubmatch(text); m != nil {
			agreements = append(agreements, string(m[1]))
		}
	}
	for _, op := range httpapi.Operations() {
		if op.Method != http.MethodGet || strings.HasPrefix(op.Path, "/v1/identity/") || op.Path == "/v1/events" || op.Path == "/v1/openapi.json" {
			continue // what package identity answers, and the document, know no need; the stream has a test of its own
		}
		for _, n := range needs {
			p := strings.ReplaceAll(strings.ReplaceAll(op.Path, "{id}", n), "{book}", "none")
			for _, a := range agreements {
				q := strings.ReplaceAll(p, "{agreement}", a)
				for _, m := range []string{"m1", "m2", "m3", "m9"} {
					out = append(out, strings.ReplaceAll(q, "{matter}", m))
				}
			}
		}
	}
	for _, n := range needs[1:] {
		out = append(out, "/v1/notices?need="+n, "/v1/notices?need="+n+"&open=true", "/v1/needs/"+n+"/events?limit=2", "/v1/needs?limit=1")
	}
	slices.Sort(out)
	return slices.Compact(out)
}

var (
	pageLink = regexp.MustCompile(`href="(/[^"#]*)`)
	formKey  = regexp.MustCompile(`name="key" value="[0-9a-f]{32}"`)
)

// maxPages bounds how many pages one person looks at.
const maxPages = 60

// pages are all that somebody reaches by links from the desk, by their paths.
func (s *server) pages(who seat) map[string]string {
	out := map[string]string{}
	for todo := []string{"/", "/needs", "/market", "/agreements", "/record"}; len(todo) > 0 && len(out) < maxPages; todo = todo[1:] {
		if _, seen := out[todo[0]]; seen || strings.HasPrefix(todo[0], "/ui/") {
			continue
		}
		page := formKey.ReplaceAllString(s.ask(who, http.MethodGet, strings.ReplaceAll(todo[0], "&amp;", "&"), ""), "")
		out[todo[0]] = page
		for _, m := range pageLink.FindAllStringSubmatch(page, -1) {
			todo = append(todo, m[1])
		}
	}
	return out
}

// tries are commands that a party may send and most of which are not its own: what it is told must not depend on what is sealed from it.
func tries(h *history, who party.ID) []string {
	var asks []right.Ask
	for _, m := range []right.MatterID{1, 2, 3} {
		asks = append(asks, right.Answer{Matter: m, Kind: right.Decline}, right.Receipt{Matter: m}, right.RequestInformation{Matter: m, What: "anything"})
	}
	for _, t := range h.turns {
		if ask, ok := t.command.Ask.(right.SubmitOffer); ok && who != "contoso" && who != "fabrikam" { // who may have made it takes it back, which others see
			asks = append(asks, right.WithdrawOffer{Offer: ask.Offer.ID})
		}
	}
	asks = append(asks, right.WithdrawOffer{Offer: "o98"}) // which is there in histories with one offer more
	asks = append(asks, right.Withdraw{Reason: "mine"}, right.Choose{Lot: 1}, right.Sign{Award: 1}, right.FallThrough{Award: 1, Reason: "so"}, right.Settle{})
	var out []string
	for _, ask := range asks {
		body, err := json.Marshal(right.Command{By: who, Ask: ask})
		if err != nil {
			panic(err)
		}
		out = append(out, string(body))
	}
	return out
}
