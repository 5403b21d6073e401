package desk

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/journal"
	"firstlook/party"
	"firstlook/right"
)

// A list of needs shows a little of many. Reading each of them anew costs their whole record each time, so an [Index] keeps
// what a list shows: of each need and party one [Listed], made by the views of this package and nothing else.
//
// What it kept is good for as long as three things are what they were: the version of the need's stream, the law, and the time
// before the need's next deadline. The versions are read from the record at each call, in the order of its positions, so a list
// is never behind what was acknowledged, whoever recorded it.

// Listed is what lists show a party of a need; it is shared, so nobody writes to it.
type Listed struct {
	Need    *capacity.Need // for others than the buyer without the budget; views share it
	Who     party.ID       // whose view it is
	Status  string
	Next    []Turn
	Matters []Notice // those of which a turn speaks
	Lots    []Lot    // those whose round of offers is open
	Offers  []Offer  // the party's own
	Marks   []Mark   // one for each event that the party may see, in their order
}

// Mark says of an event what tells whether it is news.
type Mark struct {
	At, Recorded calendar.Instant
	By           party.ID // empty where time alone brought it about, or where it is sealed
	Fact         string   // its name, as [right.FactName] has it
}

// List is what lists show a party of a need, and nil where it does not concern the party; an empty party stands for the buyer.
func List(s *right.State, who party.ID, events []right.Event) *Listed {
	if s.Need == nil || !Concerns(s, who) {
		return nil
	}
	all := Summarize(s, who)
	n := all.Need
	out := &Listed{Need: &n, Who: cmp.Or(who, s.Need.Buyer), Status: all.Status, Next: all.Next}
	for i := range all.Matters {
		n := all.Matters[i]
		if slices.ContainsFunc(all.Next, func(t Turn) bool { return t.Matter == n.Matter }) {
			out.Matters = append(out.Matters, n)
		}
	}
	for i := range all.Lots {
		if all.Lots[i].Closes.IsSet() {
			out.Lots = append(out.Lots, all.Lots[i])
		}
	}
	for _, o := range all.Offers {
		if o.Provider == out.Who {
			if o.Terms != nil { // else it would hold on to every offer of the need
				terms := *o.Terms
				o.Terms = &terms
			}
			out.Offers = append(out.Offers, o)
		}
	}
	visible := Visible(s, out.Who, events)
	out.Marks = make([]Mark, len(visible))
	for i, e := range visible {
		out.Marks[i] = Mark{e.At, e.Recorded, e.By, right.FactName(e.Fact)}
	}
	return out
}

// weightUnit is the unit of weights, in bytes.
const weightUnit = 50

// weight is about how much memory a view takes, in units of fifty bytes.
func (l *Listed) weight() int {
	if l == nil {
		return 1
	}
	return 10 + len(l.Marks) + 6*len(l.Next) + 8*len(l.Matters) + 8*len(l.Lots) + 12*len(l.Offers)
}

// maxWeight bounds what an index keeps, to about 200 MB: the views of 10,000 needs for some ten parties.
const maxWeight = 4 << 20

// Source is what an index reads; [Desk] is one.
type Source interface {
	Now() calendar.Instant
	LawAt(ctx context.Context, position int64) (*right.Law, error)
	History(ctx context.Context, id capacity.NeedID) ([]right.Event, error)
}

// Records is the record from which an index hears what changed; [journal.Store] is one.
type Records interface {
	ReadAll(ctx context.Context, after int64, limit int) ([]journal.Record, error)
	Streams(ctx context.Context, prefix string) ([]journal.Head, error)
}

// Index answers lists of needs from memory. It may be used by several goroutines; they take turns.
type Index struct {
	source  Source
	records Records
	most    int

	mu      sync.Mutex
	through int64 // position up to which the versions below are those of the record
	law     *right.Law
	ids     []capacity.NeedID // in the order of [Desk.Needs]
	needs   map[capacity.NeedID]*indexed
	asked   map[party.ID]int64 // when a party asked last, counted in calls
	calls   int64
	weight  int

	warm warming
}

// indexed is one need.
type indexed struct {
	version  int64                // of its stream in the record
	built    int64                // version of which the views are; 0 for none
	law      *right.Law           // under which they were made
	until    calendar.Instant     // from which on they are old
	buyer    party.ID             // known once it was built
	complete bool                 // who has no view is not concerned
	views    map[party.ID]*Listed // nil for a party that the need does not concern
}

// NewIndex returns an empty index of the needs of a record.
func NewIndex(s Source, r Records) *Index {
	return &Index{source: s, records: r, most: maxWeight, needs: map[capacity.NeedID]*indexed{}, asked: map[party.ID]int64{}}
}

// NewIndex returns an index of the desk's needs.
func (d *Desk) NewIndex() *Index { return NewIndex(d, d.store) }

// List returns what lists show a party of every need that concerns it, in the order of [Desk.Needs]; for who reads everything
// it is what each buyer sees. While [Index.Warm] is at work the error is [*Warming].
func (x *Index) List(ctx context.Context, who party.ID, everything bool) ([]*Listed, error) {
	if who == "" && !everything {
		return nil, nil
	}
	if err := x.warm.wait(ctx); err != nil {
		return nil, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := x.catchUp(ctx); err != nil {
		return nil, err
	}
	x.calls++
	var out []*Listed
	now := x.source.Now()
	for _, id := range x.ids {
		e := x.needs[id]
		key := who
		if everything {
			key = e.buyer
		}
		l, known := e.views[key]
		if !known && !e.complete || everything && e.buyer == "" || !x.good(e, now) {
			var err error
			if l, err = x.build(ctx, id, e, who, everything); err != nil {
				return nil, err
			}
			if everything {
				key = e.buyer
			}
		}
		x.asked[key] = x.calls
		if l != nil {
			out = append(out, l)
		}
	}
	x.shrink()
	return out, nil
}

// Refresh makes anew what is old of the views that were asked for, so that the next list has little to do. It is for whoever hears that
// something was recorded.
func (x *Index) Refresh(ctx context.Context) error {
	if x.warm.running.Load() {
		return nil // whatever it leaves old is made anew by the next list
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.asked) == 0 {
		return nil
	}
	if err := x.catchUp(ctx); err != nil {
		return err
	}
	now := x.source.Now()
	for _, id := range x.ids {
		e := x.needs[id]
		if len(e.views) == 0 || x.good(e, now) {
			continue
		}
		var who party.ID
		for who = range e.views { // any of them: all are made again
			break
		}
		if _, err := x.build(ctx, id, e, who, false); err != nil {
			return err
		}
	}
	x.shrink()
	return nil
}

func (x *Index) good(e *indexed, now calendar.Instant) bool {
	return e.built == e.version && e.law == x.law && now < e.until
}

// catchUp reads which streams have grown; the lock is held, as in all that follows.
func (x *Index) catchUp(ctx context.Context) error {
	if x.through == 0 {
		heads, err := x.records.Streams(ctx, "")
		if err != nil {
			return err
		}
		for _, h := range heads {
			x.through += h.Version // positions have no gaps, so all versions add up to the last one
			x.note(h.Stream, h.Version)
		}
	}
	for {
		records, err := x.records.ReadAll(ctx, x.through, recentPage)
		if err != nil {
			return err
		}
		for i := range records {
			x.note(records[i].Stream, records[i].Version)
			x.through = records[i].Position
		}
		if len(records) == 0 {
			break
		}
	}
	law, err := x.source.LawAt(ctx, x.through)
	x.law = law
	return err
}

// note keeps the version of a stream, where it is that of a need.
func (x *Index) note(s journal.Stream, version int64) {
	name, ok := strings.CutPrefix(string(s), needPrefix)
	if !ok {
		return
	}
	id := capacity.NeedID(name)
	e := x.needs[id]
	if e == nil {
		e = &indexed{}
		x.needs[id] = e
		at, _ := slices.BinarySearchFunc(x.ids, id, compareNeeds)
		x.ids = slices.Insert(x.ids, at, id)
	}
	e.version = version
}

// compareNeeds orders ids as [Desk.Needs] does: shorter ones first.
func compareNeeds(a, b capacity.NeedID) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(string(a), string(b)))
}

// room is the weight up to which views are made for everybody whom a need concerns, and not for those alone who ask.
func (x *Index) room() int { return x.most - x.most/8 }

// build reads a need and makes its views: for the party that asks, for those that had one, and while there is room for everybody whom it
// concerns, since reading is what takes time. What was recorded while it reads makes the version a later one, so it is made again at
// the next call.
func (x *Index) build(ctx context.Context, id capacity.NeedID, e *indexed, who party.ID, everything bool) (*Listed, error) {
	var audience []party.ID
	if !everything {
		audience = append(audience, who)
	}
	for other := range e.views {
		audience = append(audience, other)
	}
	all := x.weight < x.room()
	m, err := x.make(ctx, id, x.through, audience, all)
	if err != nil {
		return nil, err
	}
	x.install(e, m, all)
	if everything {
		who = m.buyer
	}
	return e.views[who], nil
}

// make reads a need and makes views of it: for its buyer, for an audience, and where all is set for everybody whom it concerns. It touches
// nothing of the index.
func (x *Index) make(ctx context.Context, id capacity.NeedID, through int64, audience []party.ID, all bool) (*made, error) {
	events, err := x.source.History(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("need %s: %w", id, err)
	}
	law, err := x.source.LawAt(ctx, through)
	if err != nil {
		return nil, err
	}
	m := &made{views: map[party.ID]*Listed{}, law: law, until: calendar.Latest}
	s := right.Replay(law, events)
	if s.Need != nil {
		now := max(x.source.Now(), s.Last, s.Reached)
		if s, _, err = right.Step(s, right.Command{Ask: right.Settle{}}, now); err != nil {
			return nil, fmt.Errorf("need %s: %w", id, err)
		}
		m.buyer = s.Need.Buyer
		audience = append(audience, m.buyer)
		if all {
			audience = append(audience, titled(&s)...)
		}
		if due, ok := right.NextDeadline(s); ok {
			m.until = due
		}
	}
	var others *capacity.Need // what all but the buyer see of it is the same
	for _, who := range audience {
		if _, done := m.views[who]; done {
			continue
		}
		l := List(&s, who, events)
		if l != nil && l.Who != m.buyer {
			others = cmp.Or(others, l.Need)
			l.Need = others
		}
		m.views[who] = l
	}
	return m, nil
}

// install puts what was made in the place of what was there; the lock is held.
func (x *Index) install(e *indexed, m *made, all bool) {
	for who := range e.views {
		x.forget(e, who)
	}
	for who, l := range m.views {
		x.keep(e, who, l)
	}
	e.buyer, e.complete = m.buyer, all && m.buyer != ""
	e.built, e.law, e.until = e.version, m.law, m.until
}

// titled lists everybody for whom [Concerns] may hold; some may be there twice.
func titled(s *right.State) []party.ID {
	out := []party.ID{s.Need.Buyer}
	for i := range s.Matters {
		m := &s.Matters[i]
		out = append(out, m.Holder, m.For())
		if c := m.Clause().Process.Consent; c != nil {
			out = append(out, c.Of...)
		}
		for _, t := range m.More().Tolls {
			out = append(out, t.By)
		}
	}
	for i := range s.Lots {
		out = append(out, s.Lots[i].Invited...)
	}
	for i := range s.Awards {
		out = append(append(out, s.Awards[i].Provider), Consenting(s, &s.Awards[i])...)
	}
	return slices.DeleteFunc(out, func(p party.ID) bool { return p == "" })
}

// keep puts a view in the place of the one before.
func (x *Index) keep(e *indexed, who party.ID, l *Listed) {
	x.forget(e, who)
	if e.views == nil {
		e.views = map[party.ID]*Listed{}
	}
	e.views[who] = l
	x.weight += l.weight()
}

func (x *Index) forget(e *indexed, who party.ID) {
	if l, ok := e.views[who]; ok {
		x.weight -= l.weight()
		delete(e.views, who)
	}
}

// shrink drops views until what is left is light enough: first those that nobody asked for, then those of the party that asked the longest ago.
func (x *Index) shrink() {
	if x.weight > x.most {
		x.drop(func(who party.ID) bool { return x.asked[who] == 0 })
	}
	for x.weight > x.most && len(x.asked) > 0 {
		var oldest party.ID
		last := x.calls + 1
		for who, call := range x.asked {
			if call < last || call == last && who < oldest {
				oldest, last = who, call
			}
		}
		x.drop(func(who party.ID) bool { return who == oldest })
		if x.weight > x.most {
			delete(x.asked, oldest)
		}
	}
}

// drop drops views of some parties until what is left is light enough.
func (x *Index) drop(of func(party.ID) bool) {
	for _, e := range x.needs {
		for who := range e.views {
			if x.weight > x.most && of(who) {
				x.forget(e, who)
				e.complete = false
			}
		}
	}
}

// Bound sets what the index keeps at most, in units of about fifty bytes; a list that is heavier is answered all the same, and made anew each time.
func (x *Index) Bound(weight int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.most = weight
}

// Weight is about how many bytes the views take that the index keeps.
func (x *Index) Weight() int64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	return int64(x.weight) * weightUnit
}
