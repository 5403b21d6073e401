package webui

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/journal"
	"firstlook/party"
	"firstlook/right"
)

// Records are the journal, read from the front; [journal.Store] is one.
type Records interface {
	ReadAll(ctx context.Context, after int64, limit int) ([]journal.Record, error)
	Streams(ctx context.Context, prefix string) ([]journal.Head, error)
}

const (
	feedEvery = 250 * time.Millisecond // how often the journal is asked, while somebody listens
	feedBatch = 256
	beatEvery = 20 * time.Second // a line that says that the connection lives, whatever happens
	feedKeeps = 64               // records that are told again to a page that was made before them and opens its stream after them
	feedRoom  = 64               // changes that a slow reader may be behind before it is told to ask for everything
)

// Feed tells pages that something which their party may see has changed. One reader of the journal serves them all.
type Feed struct {
	desk    Desk
	records Records
	log     *slog.Logger

	mu      sync.Mutex
	index   *desk.Index // is told of changes, too; nil for none
	readers map[*reader]struct{}
	running bool
	after   int64
	recent  []journal.Record // the last that were told, for pages that open while it happens
}

// reader is one page that is open.
type reader struct {
	who  party.ID
	all  bool
	from calendar.Instant // what was recorded before is on the page already
	told chan string      // what changed: a need's id, or agreement:ID
}

// NewFeed returns a feed of what is recorded from now on.
func NewFeed(d Desk, r Records, log *slog.Logger) *Feed {
	return &Feed{desk: d, records: r, log: log, readers: map[*reader]struct{}{}}
}

// refreshes has an index made new when something was recorded while pages are open, so that who opens a list next neither waits for it nor
// learns from the wait that something happened.
func (f *Feed) refreshes(x *desk.Index) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.index = x
}

// follow adds a reader; the journal is read as long as there is one.
func (f *Feed) follow(ctx context.Context, r *reader) error {
	f.mu.Lock()
	f.readers[r] = struct{}{}
	missed := f.recent
	if !f.running {
		missed = nil // they are read again
		after, err := f.end(ctx)
		if err != nil {
			delete(f.readers, r)
			f.mu.Unlock()
			return err
		}
		f.after, f.running = max(0, after-feedKeeps), true // a page may be older than its stream
		go f.run()
	}
	f.mu.Unlock()
	for i := range missed {
		if err := f.tellOne(ctx, r, &missed[i]); err != nil {
			return err
		}
	}
	return nil
}

// tellOne tells one reader of one record, where that is newer than its page.
func (f *Feed) tellOne(ctx context.Context, x *reader, r *journal.Record) error {
	if r.Recorded < x.from {
		return nil
	}
	what, err := f.changes(ctx, r)(x.key())
	x.hear(what)
	return err
}

// hear gives a reader what changed; one that is behind has enough to show that there is something.
func (r *reader) hear(what string) {
	if what == "" {
		return
	}
	select {
	case r.told <- what:
	default:
	}
}

func (f *Feed) leave(r *reader) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.readers, r)
}

// end is the position of the last record: positions have no gaps, so the versions of all streams add up to it.
func (f *Feed) end(ctx context.Context) (int64, error) {
	heads, err := f.records.Streams(ctx, "")
	var last int64
	for _, h := range heads {
		last += h.Version
	}
	return last, err
}

// run reads the journal until nobody listens any more.
func (f *Feed) run() {
	tick := time.NewTicker(feedEvery)
	defer tick.Stop()
	for range tick.C {
		f.mu.Lock()
		if len(f.readers) == 0 {
			f.running = false
			f.mu.Unlock()
			return
		}
		after, index := f.after, f.index
		f.mu.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		records, err := f.records.ReadAll(ctx, after, feedBatch)
		for i := range records {
			if err == nil {
				err = f.tell(ctx, &records[i])
			}
		}
		if err == nil && index != nil && len(records) > 0 {
			err = index.Refresh(ctx)
		}
		cancel()
		if err != nil {
			f.log.Error("pages are not told of changes", "error", err.Error())
			continue // the same records are read again
		}
		if n := len(records); n > 0 {
			f.mu.Lock()
			f.after = records[n-1].Position
			f.mu.Unlock()
		}
	}
}

// tell tells those readers whose view a record changed.
func (f *Feed) tell(ctx context.Context, r *journal.Record) error {
	f.mu.Lock()
	// In one step, so that a reader that comes meanwhile hears of it one way or the other.
	if n := len(f.recent); n == 0 || f.recent[n-1].Position < r.Position {
		f.recent = append(f.recent[max(0, n+1-feedKeeps):n:n], *r)
	}
	audience := map[party.ID][]*reader{}
	for x := range f.readers {
		audience[x.key()] = append(audience[x.key()], x)
	}
	f.mu.Unlock()
	changed := f.changes(ctx, r)
	for key, readers := range audience {
		what, err := changed(key)
		if err != nil {
			return err
		}
		for _, x := range readers {
			if r.Recorded >= x.from {
				x.hear(what)
			}
		}
	}
	return nil
}

// everything stands for who reads everything.
const everything party.ID = "*"

func (r *reader) key() party.ID {
	if r.all {
		return everything
	}
	return r.who
}

// changes says for a party what a record changed of what it may see; empty for nothing.
func (f *Feed) changes(ctx context.Context, r *journal.Record) func(party.ID) (string, error) {
	if id, ok := strings.CutPrefix(string(r.Stream), "agreement/"); ok {
		return func(who party.ID) (string, error) {
			for _, a := range f.desk.Law().Book.Agreements {
				if _, party := a.Party(who); a.ID == agreement.ID(id) && (party || who == everything) {
					return "agreement:" + id, nil
				}
			}
			return "", nil
		}
	}
	id, ok := strings.CutPrefix(string(r.Stream), "need/")
	if !ok {
		return func(party.ID) (string, error) { return "", nil }
	}
	var before, after *snapshot
	var err error
	return func(who party.ID) (string, error) {
		if after == nil && err == nil {
			before, after, err = f.around(ctx, r)
		}
		if err != nil {
			return "", err
		}
		if who == everything {
			who = after.state.Need.Buyer
		}
		was, err := before.seen(who)
		if err != nil {
			return "", err
		}
		is, err := after.seen(who)
		if err != nil || bytes.Equal(was, is) {
			return "", err
		}
		return string(capacity.NeedID(id)), nil
	}
}

// snapshot is a need as it was once a record was written.
type snapshot struct {
	state  right.State
	events []right.Event
}

// seen is what a party could see then, in the encoding of the record.
func (s *snapshot) seen(who party.ID) ([]byte, error) {
	if s.state.Need == nil {
		return nil, nil
	}
	visible := desk.Visible(&s.state, who, s.events)
	if len(visible) == 0 {
		return nil, nil
	}
	return right.Encode(visible)
}

// around is a need before a record and after it.
func (f *Feed) around(ctx context.Context, r *journal.Record) (before, after *snapshot, err error) {
	records, err := f.desk.Records(ctx, r.Stream)
	if err != nil {
		return nil, nil, err
	}
	var events []right.Event
	known := 0
	for i := range records {
		if records[i].Version > r.Version {
			break
		}
		known = len(events)
		found, err := right.Decode(records[i].Body)
		if err != nil {
			return nil, nil, fmt.Errorf("%s, record %d: %w", r.Stream, records[i].Version, err)
		}
		events = append(events, found...)
	}
	law := f.desk.Law()
	return &snapshot{right.Replay(law, events[:known]), events[:known]}, &snapshot{right.Replay(law, events), events}, nil
}

// events is the stream of a page.
func (u *UI) events(v *visit) error {
	if u.Feed == nil {
		return errNotFound
	}
	out := http.NewResponseController(v.w)
	r := &reader{who: v.who.Party, all: v.who.All, from: v.now, told: make(chan string, feedRoom)}
	if us, err := strconv.ParseInt(v.r.URL.Query().Get("since"), 10, 64); err == nil && us > 0 {
		r.from = calendar.Instant(us)
	}
	if err := u.Feed.follow(v.r.Context(), r); err != nil {
		return err
	}
	defer u.Feed.leave(r)
	h := v.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	send := func(text string) bool {
		_ = out.SetWriteDeadline(time.Now().Add(beatEvery)) // where it cannot be set, the server's own limit ends the stream and the page asks again
		_, err := v.w.Write([]byte(text))
		return err == nil && out.Flush() == nil
	}
	if !send(": live\nretry: 3000\n\n") {
		return nil
	}
	beat := time.NewTicker(beatEvery / 2)
	defer beat.Stop()
	for {
		select {
		case <-v.r.Context().Done():
			return nil
		case what := <-r.told:
			if !send("event: changed\ndata: " + what + "\n\n") {
				return nil
			}
		case <-beat.C:
			if !u.Still(v.r) {
				return nil // signed out meanwhile
			}
			if !send(": beat\n\n") {
				return nil
			}
		}
	}
}
