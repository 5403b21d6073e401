package httpapi

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"firstlook/agreement"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/door"
	"firstlook/internal/identity"
	"firstlook/internal/journal"
	"firstlook/party"
	"firstlook/right"
)

// Limits of the stream of events.
const (
	pollEvery     = 200 * time.Millisecond // how long something that time alone brought about stays unseen
	beatEvery     = 15 * time.Second       // a sign of life; it comes at its time, whatever happened
	checkEvery    = 5 * time.Second        // how long a stream outlives its session or token
	maxWaiting    = 256                    // changes that wait for one reader; a slower one is cut off and resumes
	maxStreams    = 4096                   // of the server
	maxOwnStreams = 32                     // of one person or token
	pushTimeout   = 10 * time.Second
	readBatch     = 256
)

// Change is what a party learns at once: what it may now see of a need that it could not see before, and who has the word; or that
// an agreement to which it belongs has another text or another fact.
type Change struct {
	Need      capacity.NeedID `json:"need,omitempty"`
	Events    door.Events     `json:"events"`
	Next      []desk.Turn     `json:"next"`
	Agreement agreement.ID    `json:"agreement,omitempty"`
}

// hub reads the journal once for all streams, while there are any, and tells each party what has become visible to it. It tells by
// the difference between what the party saw before a record and what it sees after it: an event that is sealed from a party
// makes no difference, so nothing is written, no number moves and no timer is touched.
type hub struct {
	api  *API
	from journal.Store
	seal cipher.AEAD

	poll, beat, check time.Duration
	wake              chan struct{}
	ending            chan struct{} // closed when the server drains
	end               sync.Once

	mu      sync.Mutex
	readers map[*reader]bool
	own     map[string]int // streams of a person or token
	last    int64          // position up to which readers have been told
	stop    context.CancelFunc
}

// reader is one open stream.
type reader struct {
	party party.ID
	told  chan telling // closed where the reader was too slow
	slow  bool
}

// telling is a change with the position of its record.
type telling struct {
	at     int64
	change Change
}

func newHub(a *API, store journal.Store, key []byte) *hub {
	if len(key) != 32 {
		key = make([]byte, 32)
		_, _ = rand.Read(key) // it never fails: the runtime ends the program where there is no randomness
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("bug: a key of 32 bytes is refused: " + err.Error())
	}
	seal, err := cipher.NewGCM(block)
	if err != nil {
		panic("bug: no GCM: " + err.Error())
	}
	return &hub{api: a, from: store, seal: seal, poll: pollEvery, beat: beatEvery, check: checkEvery, wake: make(chan struct{}, 1), ending: make(chan struct{}),
		readers: map[*reader]bool{}, own: map[string]int{}}
}

// nudge has the hub look at once.
func (h *hub) nudge() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// id seals a position for a party: it is of one length and looks random, so that it tells nothing of how much others do.
func (h *hub) id(at int64, who string) string {
	nonce := make([]byte, h.seal.NonceSize())
	_, _ = rand.Read(nonce) // it never fails
	var plain [8]byte
	binary.BigEndian.PutUint64(plain[:], uint64(at))
	return base64.RawURLEncoding.EncodeToString(h.seal.Seal(nonce, nonce, plain[:], []byte(who)))
}

// position opens an id; false where it is not one of this party and this server.
func (h *hub) position(id, who string) (int64, bool) {
	b, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil || len(b) < h.seal.NonceSize() {
		return 0, false
	}
	plain, err := h.seal.Open(nil, b[:h.seal.NonceSize()], b[h.seal.NonceSize():], []byte(who))
	if err != nil || len(plain) != 8 {
		return 0, false
	}
	return int64(binary.BigEndian.Uint64(plain)), true
}

// join opens a stream and says from which position on it is told; an account has so many streams and no more.
func (h *hub) join(ctx context.Context, who party.ID, account string) (*reader, int64, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.readers) >= maxStreams || h.own[account] >= maxOwnStreams {
		return nil, 0, &problem{Title: "too many streams", Status: http.StatusTooManyRequests, Detail: "close another stream first"}
	}
	if h.stop == nil {
		last, err := end(ctx, h.from)
		if err != nil {
			return nil, 0, err
		}
		loop, stop := context.WithCancel(context.Background()) // it ends with the last reader, not with the first
		h.last, h.stop = last, stop
		go h.run(loop)
	}
	r := &reader{party: who, told: make(chan telling, maxWaiting)}
	h.readers[r] = true
	h.own[account]++
	return r, h.last, nil
}

func (h *hub) leave(r *reader, account string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.readers, r)
	if h.own[account]--; h.own[account] == 0 {
		delete(h.own, account)
	}
	if len(h.readers) == 0 {
		h.stop()
		h.stop = nil
	}
}

// end is the last position of a journal: positions have no gaps, so the versions of all streams add up to it.
func end(ctx context.Context, store journal.Store) (int64, error) {
	heads, err := store.Streams(ctx, "")
	var last int64
	for _, h := range heads {
		last += h.Version
	}
	return last, err
}

// run tells the readers until there are none.
func (h *hub) run(ctx context.Context) {
	tick := time.NewTicker(h.poll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.wake:
		case <-tick.C:
		}
		if err := h.look(ctx); err != nil && ctx.Err() == nil {
			h.api.log.Error("the stream of events is behind, will be tried again", "error", err.Error())
		}
	}
}

// look reads what is new and tells each party what that changes for it.
func (h *hub) look(ctx context.Context) error {
	for {
		h.mu.Lock()
		last := h.last
		h.mu.Unlock()
		records, err := h.from.ReadAll(ctx, last, readBatch)
		if err != nil || len(records) == 0 {
			return err
		}
		for i := range records {
			if err := h.tell(ctx, &records[i]); err != nil {
				return err
			}
		}
	}
}

// tell hands one record's changes to the readers; the lock is not held while views are made.
func (h *hub) tell(ctx context.Context, rec *journal.Record) error {
	h.mu.Lock()
	parties := map[party.ID]*Change{}
	for r := range h.readers {
		parties[r.party] = nil
	}
	h.mu.Unlock()
	views := h.views(rec)
	for p := range parties {
		c, err := views(ctx, p)
		if err != nil {
			return err
		}
		parties[p] = c
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for r := range h.readers {
		c := parties[r.party]
		if c == nil || r.slow {
			continue
		}
		select {
		case r.told <- telling{rec.Position, *c}:
		default:
			r.slow = true
			close(r.told)
		}
	}
	h.last = rec.Position
	return nil
}

// views returns what a record changes for a party, or nil.
func (h *hub) views(rec *journal.Record) func(context.Context, party.ID) (*Change, error) {
	if id, ok := strings.CutPrefix(string(rec.Stream), "agreement/"); ok {
		return func(ctx context.Context, who party.ID) (*Change, error) {
			if _, err := h.api.local.Agreement(ctx, agreement.ID(id), who); err != nil {
				return nil, nil // not this party's to know
			}
			return &Change{Agreement: agreement.ID(id), Events: door.Events{}, Next: []desk.Turn{}}, nil
		}
	}
	if _, ok := strings.CutPrefix(string(rec.Stream), "need/"); !ok {
		return func(context.Context, party.ID) (*Change, error) { return nil, nil }
	}
	var s *step
	return func(ctx context.Context, who party.ID) (*Change, error) {
		if s == nil {
			var err error
			if s, err = h.step(ctx, rec); err != nil {
				return nil, err
			}
		}
		return s.change(who), nil
	}
}

// step is a need before and after one record.
type step struct {
	before, after             right.State
	eventsBefore, eventsAfter []right.Event
}

func (h *hub) step(ctx context.Context, rec *journal.Record) (*step, error) {
	records, err := h.from.Read(ctx, rec.Stream, 0)
	if err != nil {
		return nil, err
	}
	var s step
	for i := range records {
		if records[i].Version > rec.Version {
			break
		}
		s.eventsBefore = s.eventsAfter
		events, err := right.Decode(records[i].Body)
		if err != nil {
			return nil, fmt.Errorf("%s, record %d: %w", rec.Stream, records[i].Version, err)
		}
		s.eventsAfter = append(s.eventsAfter[:len(s.eventsAfter):len(s.eventsAfter)], events...)
	}
	law, err := h.api.desk.LawAt(ctx, rec.Position)
	if err != nil {
		return nil, err
	}
	s.before, s.after = right.Replay(law, s.eventsBefore), right.Replay(law, s.eventsAfter)
	return &s, nil
}

// change is what a party sees after the record and did not see before; nil where that is nothing.
func (s *step) change(who party.ID) *Change {
	if s.after.Need == nil {
		return nil
	}
	if who == "" {
		who = s.after.Need.Buyer
	}
	if !desk.Concerns(&s.after, who) {
		return nil
	}
	seen := map[string]int{}
	if s.before.Need != nil {
		for _, e := range desk.Visible(&s.before, who, s.eventsBefore) {
			seen[form(e)]++
		}
	}
	var fresh []right.Event
	for _, e := range desk.Visible(&s.after, who, s.eventsAfter) {
		if f := form(e); seen[f] > 0 {
			seen[f]--
			continue
		}
		fresh = append(fresh, e)
	}
	if len(fresh) == 0 {
		return nil
	}
	next := desk.Next(&s.after, who)
	if next == nil {
		next = []desk.Turn{}
	}
	return &Change{Need: s.after.Need.ID, Events: fresh, Next: next}
}

// form is an event as it is written, to tell it from others.
func form(e right.Event) string {
	b, err := right.Encode([]right.Event{e})
	if err != nil {
		return e.String()
	}
	return string(b)
}

// stream serves GET /v1/events.
func (a *API) stream(w http.ResponseWriter, r *http.Request) {
	c, ok := a.caller(w, r)
	if !ok {
		return
	}
	q := &request{Request: r, caller: c}
	if a.hub.from == nil {
		problem{Title: "no stream", Status: http.StatusNotFound, Detail: "this server has no stream of events"}.write(w)
		return
	}
	account := string(c.who.Person) + " " + string(c.who.Token) + " " + string(c.party)
	reader, last, err := a.hub.join(r.Context(), q.eyes(), account)
	if err != nil {
		a.fail(w, err)
		return
	}
	defer a.hub.leave(reader, account)
	s := &sending{w: w, control: http.NewResponseController(w), hub: a.hub, who: string(q.eyes()) + " " + string(c.party), at: last}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Accel-Buffering", "no")           // proxies hand on each event at once
	_ = s.control.SetReadDeadline(time.Time{}) // the time to read a request has nothing to do with how long a stream lasts
	w.WriteHeader(http.StatusOK)
	if err := s.begin(r.Context(), reader.party, r.Header.Get("Last-Event-ID")); err != nil {
		return
	}
	s.run(r.Context(), q, reader)
}

// sending is the writing side of one stream.
type sending struct {
	w       http.ResponseWriter
	control *http.ResponseController
	hub     *hub
	who     string
	at      int64 // position of what was sent last
}

// push writes one message whole and at once, within a time.
func (s *sending) push(text string) error {
	_ = s.control.SetWriteDeadline(time.Now().Add(pushTimeout)) // where the writer cannot, the server's own limit holds
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.control.Flush()
}

// mark tells the reader up to where it has seen everything; it makes no event of it.
func (s *sending) mark() error { return s.push("id: " + s.hub.id(s.at, s.who) + "\n\n") }

func (s *sending) send(at int64, c *Change) error {
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, data); err != nil { // one line: an event ends at an empty one
		return err
	}
	kind := "need"
	if c.Agreement != "" {
		kind = "agreement"
	}
	s.at = at
	return s.push("id: " + s.hub.id(at, s.who) + "\nevent: " + kind + "\ndata: " + compact.String() + "\n\n")
}

// begin sends what the reader missed since it was here last; reset tells one whose id is not known that it must read everything anew.
func (s *sending) begin(ctx context.Context, who party.ID, id string) error {
	if err := s.push("retry: 2000\n\n"); err != nil {
		return err
	}
	if id == "" {
		return s.mark()
	}
	from, ok := s.hub.position(id, s.who)
	if !ok || from > s.at {
		return errors.Join(s.push("event: reset\ndata: {}\n\n"), s.mark())
	}
	until := s.at
	for from < until {
		records, err := s.hub.from.ReadAll(ctx, from, readBatch)
		if err != nil || len(records) == 0 {
			return err
		}
		for i := range records {
			if from = records[i].Position; from > until {
				break
			}
			c, err := s.hub.views(&records[i])(ctx, who)
			if err == nil && c != nil {
				err = s.send(from, c)
			}
			if err != nil {
				return err
			}
		}
	}
	s.at = until
	return s.mark()
}

// run sends changes until the reader goes, is too slow, or may no longer look.
func (s *sending) run(ctx context.Context, q *request, r *reader) {
	beat, check := time.NewTicker(s.hub.beat), time.NewTicker(s.hub.check)
	defer beat.Stop()
	defer check.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-s.hub.ending:
			return
		case t, open := <-r.told:
			if !open {
				return // it resumes from the last id that it got
			}
			err = s.send(t.at, &t.change)
		case <-beat.C:
			err = s.mark()
		case <-check.C:
			if !q.signed {
				continue
			}
			now, gone := s.hub.api.gate.Check(ctx, q.who)
			if gone != nil || !now.May(identity.ViewDesk) || now.Party != q.party || now.Has(identity.Auditor) != q.who.Has(identity.Auditor) {
				_ = s.push("event: signed-out\ndata: {}\n\n") // it ends either way
				return
			}
		}
		if err != nil {
			return
		}
	}
}
