package notify

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/journal"
	"firstlook/internal/outbox"
	"firstlook/party"
	"firstlook/right"
)

// Source is what there is to tell.
type Source interface {
	// Document makes the document of an act; it gives the same whenever it is asked.
	Document(ctx context.Context, a outbox.Act) (Document, error)
	// Waiting lists who has the word until when, over all needs, now.
	Waiting(ctx context.Context) ([]Waiting, error)
	// Reminder makes the document that reminds of what waits; ok is false where it waits no longer.
	Reminder(ctx context.Context, w Waiting, key string) (d Document, ok bool, err error)
}

// Directory is where parties want their letters.
type Directory interface {
	// Routes lists a party's routes; none where it reads at its desk alone.
	Routes(ctx context.Context, who party.ID) ([]Route, error)
}

// fromDesk tells what a desk's record holds.
type fromDesk struct {
	desk  *desk.Desk
	store journal.Store
	door  Door

	mu     sync.Mutex
	looked map[journal.Stream]looked
}

// looked is what a need's record said at a version of it.
type looked struct {
	version int64
	waits   []Waiting
}

// FromDesk returns the source over a desk and the journal that it writes.
func FromDesk(d *desk.Desk, store journal.Store, door Door) Source {
	return &fromDesk{desk: d, store: store, door: door}
}

const (
	needPrefix = "need/"
	// maxWaiting bounds how many needs with a deadline are looked at, those with the nearest first; the others come nearer.
	maxWaiting = 1_000_000
)

// Document implements [Source]: the state is read as it was after the act's record, so what happened later changes nothing.
func (f *fromDesk) Document(ctx context.Context, a outbox.Act) (Document, error) {
	records, err := f.store.Read(ctx, a.Stream, 0)
	if err != nil {
		return Document{}, err
	}
	var history []right.Event
	law, err := f.desk.LawAt(ctx, a.Position)
	if err != nil {
		return Document{}, err
	}
	s := right.Begin(law)
	for _, r := range records {
		events, err := right.Decode(r.Body)
		if err != nil {
			return Document{}, fmt.Errorf("%s, record %d: %w", a.Stream, r.Version, err)
		}
		s = right.Fold(s, events)
		if r.Position != a.Position {
			history = append(history, events...)
			continue
		}
		n, err := eventOf(a, r.Version)
		if err != nil || n > len(events) {
			return Document{}, fmt.Errorf("act %s names no event of %s, record %d", a.Key, a.Stream, r.Version)
		}
		return Compose(&s, append(history, events[:n]...), a, f.door), nil
	}
	return Document{}, fmt.Errorf("act %s: %s has no record at position %d", a.Key, a.Stream, a.Position)
}

// eventOf reads from an act's key which event of its record it follows from, counted from 1. A key is NEED.VERSION.EVENT.RECIPIENT, and
// ids may hold dots, so all but the number is compared.
func eventOf(a outbox.Act, version int64) (int, error) {
	need := strings.TrimPrefix(string(a.Stream), needPrefix)
	rest, begins := strings.CutPrefix(a.Key, fmt.Sprintf("%s.%d.", need, version))
	number, ends := strings.CutSuffix(rest, "."+string(a.Recipient))
	n, err := strconv.Atoi(number)
	if !begins || !ends || err != nil || n < 1 {
		return 0, fmt.Errorf("%q is no key of an act of %s, record %d", a.Key, a.Stream, version)
	}
	return n, nil
}

// Waiting implements [Source]. Only needs with a deadline are looked at, and each only when its record has grown.
func (f *fromDesk) Waiting(ctx context.Context) ([]Waiting, error) {
	heads, err := f.store.Due(ctx, calendar.Latest, maxWaiting)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []Waiting
	seen := map[journal.Stream]looked{}
	for _, h := range heads {
		if !strings.HasPrefix(string(h.Stream), needPrefix) {
			continue
		}
		l, ok := f.looked[h.Stream]
		if !ok || l.version != h.Version {
			l.version = h.Version
			if l.waits, err = f.look(ctx, capacity.NeedID(strings.TrimPrefix(string(h.Stream), needPrefix))); err != nil {
				return nil, err
			}
		}
		seen[h.Stream] = l
		out = append(out, l.waits...)
	}
	f.looked = seen
	return out, nil
}

// look lists who has the word in a need, with when each deadline was set.
func (f *fromDesk) look(ctx context.Context, id capacity.NeedID) ([]Waiting, error) {
	s, err := f.desk.State(ctx, id)
	if err != nil {
		return nil, err
	}
	out := waiting(&s)
	if len(out) == 0 {
		return nil, nil
	}
	history, err := f.desk.History(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, e := range history {
		o, ok := e.Fact.(*right.Opened)
		for i := range out {
			if w := &out[i]; ok && w.Matter == o.Matter && w.Until == o.AnswerBy {
				// The outbox has a letter for a window that opens again, none for the first time: there the notice itself names the
				// deadline if the window opened with it.
				w.Since, w.Told = e.At, w.Told || o.Why != ""
			}
		}
	}
	return out, nil
}

// waiting lists who has the word in a need until when. A receipt that nobody recorded, a stop that ends by itself and an offer that may
// be made are nobody's duty to answer, and are left out.
func waiting(s *right.State) []Waiting {
	var out []Waiting
	for _, t := range desk.Next(s, "") {
		m := matterNamed(s, t.Matter)
		if m == nil || !t.Until.IsSet() || words[m.Status] == "" || slices.ContainsFunc(out, func(w Waiting) bool { return w.Matter == m.ID && w.Who == t.Who }) {
			continue
		}
		w := Waiting{Need: s.Need.ID, Matter: m.ID, Who: t.Who, What: t.What, Until: t.Until}
		if m.Status == right.Open {
			w.From, w.Told = m.ReceivedAt, m.ReceivedAt == m.SentAt
		}
		out = append(out, w)
	}
	return out
}

func matterNamed(s *right.State, name string) *right.Matter {
	for i := range s.Matters {
		if s.Matters[i].ID.String() == name {
			return &s.Matters[i]
		}
	}
	return nil
}

// Reminder implements [Source].
func (f *fromDesk) Reminder(ctx context.Context, w Waiting, key string) (Document, bool, error) {
	s, err := f.desk.State(ctx, w.Need)
	if err != nil {
		return Document{}, false, err
	}
	if !slices.ContainsFunc(waiting(&s), func(now Waiting) bool { return now.Matter == w.Matter && now.Who == w.Who && now.Until == w.Until }) {
		return Document{}, false, nil
	}
	history, err := f.desk.History(ctx, w.Need)
	if err != nil {
		return Document{}, false, err
	}
	return remind(&s, history, w, f.desk.Now(), key, f.door), true, nil
}
