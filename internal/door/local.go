package door

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/journal"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// Local is the door of a desk that runs here.
type Local struct {
	Desk   *desk.Desk
	Store  journal.Store // of the desk, to read what was known earlier
	Tables desk.Tables   // of the desk
	// Sealed answers a need that does not concern a party as one that is not there, as it must be where parties reach the desk
	// from elsewhere. Whoever has the folder is told what is the matter.
	Sealed bool
	// Unnumbered names needs by chance, as where several companies reach the desk: a number would tell each how many needs there are.
	Unnumbered bool
	// Lists answers lists of needs from memory; nil for a door that is opened for one command.
	Lists *desk.Index

	naming sync.Mutex // one need without an id is named at a time
}

// Unknown is what is said of a need that is not there, and of one that does not concern who asks.
func Unknown(id capacity.NeedID) error {
	return &right.Refusal{Code: right.NeedUnknown, Detail: fmt.Sprintf("no need %s; `firstlook need list` shows what there is", id)}
}

// KeyUsed says that an idempotency key was used for another need.
type KeyUsed struct {
	Key  string
	Need capacity.NeedID
}

// Error names the need, which is one of the party's own.
func (e *KeyUsed) Error() string {
	return fmt.Sprintf("the key %s was used for need %s", e.Key, e.Need)
}

// idTries bounds how often an id is looked for when another need takes it first: one that names its own, or one of another replica.
const idTries = 16

// Do implements [Door].
func (l *Local) Do(ctx context.Context, id capacity.NeedID, c right.Command, key string) (*Done, error) {
	sub, submits := c.Ask.(right.Submit)
	if id != "" {
		return l.DoAt(ctx, id, desk.AnyVersion, c, key)
	}
	if !submits {
		return nil, Unknown(id)
	}
	l.naming.Lock()
	defer l.naming.Unlock()
	for try := 1; ; try++ {
		fresh, err := l.newID(ctx)
		if err != nil {
			return nil, err
		}
		sub.Need.ID = fresh
		c.Ask = sub
		done, err := l.do(ctx, fresh, desk.AnyVersion, c, key, false)
		var no *right.Refusal
		if try == idTries || !errors.As(err, &no) || no.Code != right.NeedExists {
			return done, err
		}
	}
}

// DoAt is Do on a named need whose record has a version still; else it is [desk.ErrMoved].
func (l *Local) DoAt(ctx context.Context, id capacity.NeedID, version int64, c right.Command, key string) (*Done, error) {
	return l.do(ctx, id, version, c, key, true)
}

// newID names a need that nobody named.
func (l *Local) newID(ctx context.Context) (capacity.NeedID, error) {
	if l.Unnumbered {
		return l.Desk.SealedNeedID(ctx)
	}
	return l.Desk.NewNeedID(ctx)
}

// do passes a command on; named says that the caller chose the need's id.
func (l *Local) do(ctx context.Context, id capacity.NeedID, version int64, c right.Command, key string, named bool) (*Done, error) {
	sub, submits := c.Ask.(right.Submit)
	if c.By == "" && submits {
		c.By = sub.Need.Buyer
	} else if c.By == "" {
		s, err := l.Desk.State(ctx, id)
		if err != nil {
			return nil, err
		}
		c.By = s.Need.Buyer
	}
	out, err := l.Desk.DoAt(ctx, id, version, c, key)
	if err != nil {
		return nil, l.hide(&out.State, &c, id, err)
	}
	submitted := slices.ContainsFunc(out.Events, func(e right.Event) bool { _, ok := e.Fact.(*right.NeedSubmitted); return ok })
	if out.Need != id && (named || !submitted) || submits && out.Repeated && !submitted {
		return nil, &KeyUsed{key, out.Need}
	}
	if out.Repeated {
		if same, err := l.same(ctx, key, c); err != nil || !same {
			return nil, cmp.Or(err, error(&KeyReused{key, out.Need}))
		}
	}
	d := &Done{Need: out.Need, Repeated: out.Repeated, Events: desk.Visible(&out.State, c.By, out.Events), Next: orEmpty(desk.Next(&out.State, c.By)),
		At: l.Desk.Now(), By: c.By, Buys: c.By == out.State.Need.Buyer}
	d.Zones = l.zones(d.Next, nil)
	return d, nil
}

// hide keeps a refusal from telling a party of a need that does not concern it that it is there. A need that is submitted is the
// party's own.
func (l *Local) hide(s *right.State, c *right.Command, id capacity.NeedID, err error) error {
	var no *right.Refusal
	_, submits := c.Ask.(right.Submit)
	switch {
	case !l.Sealed || submits || !errors.As(err, &no):
		return err
	case s.Need == nil || !l.title(s, c.By):
		return Unknown(id)
	}
	if ask, ok := c.Ask.(right.WithdrawOffer); ok && no.Code == right.NotTheProvider && !sees(s, c.By, ask.Offer) {
		return &right.Refusal{Code: right.UnknownOffer, Detail: fmt.Sprintf("no offer %s in the market", ask.Offer)} // as of one that is not there
	}
	return err
}

// sees reports whether a party may know that an offer is there.
func sees(s *right.State, who party.ID, id offer.ID) bool {
	return slices.ContainsFunc(desk.Offers(s, who), func(o desk.Offer) bool { return o.ID == id })
}

// title reports whether a party may know of a need: it concerns the party, or an agreement that engages it names the party.
func (l *Local) title(s *right.State, who party.ID) bool {
	if desk.Concerns(s, who) {
		return true
	}
	return slices.ContainsFunc(s.Matters, func(m right.Matter) bool {
		p := m.Clause().Process
		return m.SentAt.IsSet() && p.Stay != nil && slices.Contains(p.Stay.By, who)
	})
}

// state is a need that concerns a party, and the party that looks: the buyer where none is named.
func (l *Local) state(ctx context.Context, id capacity.NeedID, who party.ID) (right.State, party.ID, error) {
	s, err := l.Desk.State(ctx, id)
	if err != nil {
		return s, who, err
	}
	if who == "" {
		who = s.Need.Buyer
	}
	switch {
	case desk.Concerns(&s, who):
		return s, who, nil
	case l.Sealed:
		return s, who, Unknown(id)
	}
	return s, who, &right.Refusal{Code: right.NotTheHolder, Detail: fmt.Sprintf("need %s does not concern %s", id, who)}
}

// zones are the time zones of those who have the word and of the holders of matters.
func (l *Local) zones(next []desk.Turn, matters []desk.Notice, more ...party.ID) Zones {
	z := Zones{}
	law := l.Desk.Law()
	add := func(p party.ID) {
		if zone := desk.Zone(law, p); zone != "UTC" {
			z[p] = zone
		}
	}
	for i := range next {
		add(next[i].Who)
	}
	for i := range matters {
		add(matters[i].Holder)
	}
	for _, p := range more {
		add(p)
	}
	return z
}

// Item is a need in the list of a party.
func Item(s *right.State, who party.ID) NeedItem {
	return NeedItem{s.Need.ID, s.Need.Title, s.Need.Buyer, desk.Status(s), s.Need.Lines, orEmpty(desk.Next(s, who)), s.Need.Class, s.Need.Purpose}
}

// Needs implements [Door].
func (l *Local) Needs(ctx context.Context, who party.ID) ([]NeedItem, error) {
	out := []NeedItem{}
	if l.Lists != nil {
		all, err := l.Listed(ctx, who)
		for _, x := range all {
			out = append(out, ItemOf(x))
		}
		return out, err
	}
	err := l.Each(ctx, who, "", func(s *right.State) bool {
		out = append(out, Item(s, who))
		return true
	})
	return out, err
}

// Listed is what lists show of every need that concerns a party, in the order of the list; of every need, as its buyer sees it, where the
// party is empty. It needs [Local.Lists].
func (l *Local) Listed(ctx context.Context, who party.ID) ([]*desk.Listed, error) {
	return l.Lists.List(ctx, who, who == "")
}

// ItemOf is [Item] of what lists show.
func ItemOf(x *desk.Listed) NeedItem {
	n := x.Need
	return NeedItem{n.ID, n.Title, n.Buyer, x.Status, n.Lines, orEmpty(x.Next), n.Class, n.Purpose}
}

// concerned calls look for every need that concerns a party, in the order of the list.
func (l *Local) concerned(ctx context.Context, who party.ID, look func(*right.State) bool) error {
	if l.Lists == nil {
		return l.Each(ctx, who, "", look)
	}
	all, err := l.Listed(ctx, who)
	if err != nil {
		return err
	}
	for _, x := range all {
		s, err := l.Desk.State(ctx, x.Need.ID)
		if err != nil {
			return err
		}
		if desk.Concerns(&s, who) && !look(&s) {
			return nil
		}
	}
	return nil
}

// Each calls look for every need that concerns a party and comes after an id in the order of the list, until look returns false.
func (l *Local) Each(ctx context.Context, who party.ID, after capacity.NeedID, look func(*right.State) bool) error {
	ids, err := l.Desk.Needs(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if after != "" && (len(id) < len(after) || len(id) == len(after) && id <= after) {
			continue // shorter ids come first
		}
		s, err := l.Desk.State(ctx, id)
		if err != nil {
			return err
		}
		if desk.Concerns(&s, who) && !look(&s) {
			return nil
		}
	}
	return nil
}

// Need implements [Door].
func (l *Local) Need(ctx context.Context, id capacity.NeedID, who party.ID) (*NeedPage, error) {
	s, who, err := l.state(ctx, id, who)
	if err != nil {
		return nil, err
	}
	events, err := l.Desk.Timeline(ctx, id, who)
	if err != nil {
		return nil, err
	}
	out := &NeedPage{Summary: desk.Summarize(&s, who), History: events, For: who}
	out.Zones = l.zones(out.Next, out.Matters)
	return out, nil
}

// Notices implements [Door].
func (l *Local) Notices(ctx context.Context, id capacity.NeedID, who party.ID) (*NoticeList, error) {
	out := &NoticeList{Notices: []desk.Notice{}}
	add := func(s *right.State) bool {
		out.Notices = append(out.Notices, desk.Notices(s, who)...)
		return true
	}
	if id == "" {
		if err := l.concerned(ctx, who, add); err != nil {
			return nil, err
		}
	} else {
		s, _, err := l.state(ctx, id, who)
		if err != nil {
			return nil, err
		}
		add(&s)
	}
	out.Zones = l.zones(nil, out.Notices)
	return out, nil
}

// Notice implements [Door].
func (l *Local) Notice(ctx context.Context, id capacity.NeedID, matter right.MatterID, who party.ID) (*NoticePage, error) {
	s, who, err := l.state(ctx, id, who)
	if err != nil {
		return nil, err
	}
	m := s.Matter(matter)
	unknown := &right.Refusal{Code: right.UnknownMatter, Detail: fmt.Sprintf("no matter %s of need %s", matter, id)}
	if m == nil {
		return nil, unknown
	}
	if who != m.Holder && who != s.Need.Buyer {
		if l.Sealed && !slices.ContainsFunc(desk.Notices(&s, who), func(n desk.Notice) bool { return n.Matter == matter.String() }) {
			return nil, unknown
		}
		return nil, &right.Refusal{Code: right.NotTheHolder, Detail: fmt.Sprintf("matter %s is not %s's to see", matter, who)}
	}
	for _, n := range desk.Notices(&s, who) {
		if n.Matter == matter.String() {
			return &NoticePage{n, desk.NoticeDocument(&s, matter)}, nil
		}
	}
	return nil, unknown
}

// Awards implements [Door].
func (l *Local) Awards(ctx context.Context, id capacity.NeedID, who party.ID) (*AwardPage, error) {
	s, who, err := l.state(ctx, id, who)
	if err != nil {
		return nil, err
	}
	out := &AwardPage{Need: id, Awards: orEmpty(desk.Summarize(&s, who).Awards), Choices: []Choice{}, Clauses: []DecidedBy{}, Matters: orEmpty(desk.Notices(&s, who)), Lots: map[string]string{}}
	for i := range s.Matters {
		if name := s.Matters[i].ID.String(); slices.ContainsFunc(out.Matters, func(n desk.Notice) bool { return n.Matter == name }) {
			out.Lots[name] = s.Matters[i].Lot.String()
		}
	}
	if who == s.Need.Buyer {
		history, err := l.Desk.History(ctx, id)
		if err != nil {
			return nil, err
		}
		for _, e := range history {
			if f, ok := e.Fact.(*right.Chosen); ok {
				out.Choices = append(out.Choices, Choice{e.At, f.Lot.String(), f.Manual, f.Person, f.Reason, f.Comparison})
			}
		}
	}
	for i := range out.Awards {
		for _, ref := range out.Awards[i].Because {
			c, g, ok := s.Law().Book.Clause(ref)
			if ok && belongs(g, who) && !slices.ContainsFunc(out.Clauses, func(d DecidedBy) bool { return d.Clause == ref }) {
				out.Clauses = append(out.Clauses, DecidedBy{ref, c.Kind, c.Cite, c.Text, c.Assumed})
			}
		}
	}
	return out, nil
}

// belongs reports whether a party belongs to an agreement: it granted or holds a right of it, or the text names it. The empty party belongs to all.
func belongs(g *agreement.Agreement, who party.ID) bool {
	return who == "" || who == g.Grantor || slices.ContainsFunc(g.Parties, func(p agreement.Party) bool { return p.ID == who }) ||
		slices.ContainsFunc(g.Clauses, func(c agreement.Clause) bool {
			return c.Holder == who || slices.ContainsFunc(c.Holders, func(h agreement.Holding) bool { return h.Holder == who })
		})
}

// Describe is an agreement as a list shows it.
func Describe(g *agreement.Agreement, now calendar.Instant) AgreementItem {
	out := AgreementItem{Agreement: g.ID, Title: g.Title, Reading: g.Reading, Grantor: g.Grantor, Holders: []party.ID{}, Clauses: len(g.Clauses),
		InForce: len(g.InForce(now)), Unspecified: len(g.Unspecified()), Hash: g.Hash}
	for i := range g.Clauses {
		if h := g.Clauses[i].Holder; h != "" && !slices.Contains(out.Holders, h) {
			out.Holders = append(out.Holders, h)
		}
	}
	return out
}

// Agreements implements [Door].
func (l *Local) Agreements(_ context.Context, who party.ID) ([]AgreementItem, error) {
	out := []AgreementItem{}
	for _, g := range l.Desk.Law().Book.Agreements {
		if belongs(g, who) {
			out = append(out, Describe(g, l.Desk.Now()))
		}
	}
	return out, nil
}

// NoAgreement says that the record has no such agreement that the party may see.
type NoAgreement struct{ ID agreement.ID }

// Error names it.
func (e *NoAgreement) Error() string {
	return fmt.Sprintf("no agreement %s in the record; `firstlook agreement list` shows what there is", e.ID)
}

func (l *Local) find(id agreement.ID, who party.ID) (*agreement.Agreement, error) {
	for _, g := range l.Desk.Law().Book.Agreements {
		if g.ID == id && belongs(g, who) {
			return g, nil
		}
	}
	return nil, &NoAgreement{id}
}

// Agreement implements [Door].
func (l *Local) Agreement(ctx context.Context, id agreement.ID, who party.ID) (*AgreementText, error) {
	g, err := l.find(id, who)
	if err != nil {
		return nil, err
	}
	records, err := l.Desk.Records(ctx, journal.Stream("agreement/"+string(id)))
	if err != nil {
		return nil, err
	}
	out := &AgreementText{AgreementItem: Describe(g, l.Desk.Now())}
	for _, r := range records {
		var body struct{ File, Text string }
		if r.Kind == "agreement" && json.Unmarshal(r.Body, &body) == nil {
			out.File, out.Text = body.File, body.Text
		}
	}
	return out, nil
}

// NotGrantor says that a party would record an agreement for somebody else.
type NotGrantor struct{ Grantor, Who party.ID }

// Error names both.
func (e *NotGrantor) Error() string {
	return fmt.Sprintf("the agreement binds %s as its grantor, and %s cannot record it", e.Grantor, e.Who)
}

// AddAgreement implements [Door].
func (l *Local) AddAgreement(ctx context.Context, file string, text []byte, who party.ID) (*AgreementItem, error) {
	return l.put(ctx, file, text, who, l.Desk.AddAgreement)
}

// AmendAgreement implements [Door].
func (l *Local) AmendAgreement(ctx context.Context, file string, text []byte, who party.ID) (*AgreementItem, error) {
	return l.put(ctx, file, text, who, l.Desk.AmendAgreement)
}

// put records a text: of the party that it binds, and of nobody else.
func (l *Local) put(ctx context.Context, file string, text []byte, who party.ID, record func(context.Context, string, []byte) (*agreement.Agreement, error)) (*AgreementItem, error) {
	g, err := agreement.Parse(file, text)
	if err != nil {
		return nil, err
	}
	if who != "" {
		if g.Grantor != who {
			return nil, &NotGrantor{g.Grantor, who}
		}
		if old, err := l.find(g.ID, ""); err == nil && old.Grantor != who {
			return nil, &NotGrantor{old.Grantor, who}
		}
	}
	if g, err = record(ctx, file, text); err != nil {
		return nil, declined(err)
	}
	out := Describe(g, l.Desk.Now())
	return &out, nil
}

// buys reports whether a party buys: it granted a right, or asked for capacity.
func (l *Local) buys(ctx context.Context, who party.ID) (bool, error) {
	if who == "" || slices.ContainsFunc(l.Desk.Law().Book.Agreements, func(g *agreement.Agreement) bool { return g.Grantor == who }) {
		return true, nil
	}
	found := false
	err := l.Each(ctx, who, "", func(s *right.State) bool {
		found = s.Need.Buyer == who
		return !found
	})
	return found, err
}

// Providers implements [Door].
func (l *Local) Providers(ctx context.Context, who party.ID) ([]agreement.Provider, error) {
	all := orEmpty(l.Desk.Law().Book.Providers)
	buys, err := l.buys(ctx, who)
	if err != nil || buys {
		return all, err
	}
	return slices.DeleteFunc(slices.Clone(all), func(p agreement.Provider) bool { return p.ID != who }), nil
}

// SetProviders implements [Door].
func (l *Local) SetProviders(ctx context.Context, file string, text []byte, _ party.ID) ([]agreement.Provider, error) {
	ps, err := l.Desk.SetProviders(ctx, file, text)
	return orEmpty(ps), declined(err)
}

// Prices implements [Door].
func (l *Local) Prices(ctx context.Context) ([]PriceBook, error) {
	books, err := l.Desk.Prices(ctx)
	out := make([]PriceBook, len(books))
	for i, b := range books {
		out[i] = PriceBook{b.Name, b.Recorded, string(b.Text)}
	}
	return out, err
}

// PutPrices implements [Door].
func (l *Local) PutPrices(ctx context.Context, name string, text []byte, who party.ID) (calendar.Instant, error) {
	return l.Desk.Now(), l.Desk.PutPrices(ctx, name, who, text)
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
