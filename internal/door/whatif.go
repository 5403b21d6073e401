package door

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/strict"
	"firstlook/internal/whatif"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// WhatIfRequest says from where on the record of a need is replayed, and what is otherwise; docs/spec/whatif.md has the forms.
type WhatIfRequest struct {
	At         string   `json:"at"`                  // fork: start, end, the number of an event, an instant, or a name such as m1.answer
	Agreements []File   `json:"agreement,omitempty"` // other texts of agreements
	Set        []string `json:"set,omitempty"`       // [AGREEMENT/]CLAUSE.PARAM=VALUE
	Answer     []string `json:"answer,omitempty"`    // "m1 exercise 32", or a line as below
	Offer      []string `json:"offer,omitempty"`     // "TIME PARTY offer o9: TERMS valid TIME"
	Do         []string `json:"do,omitempty"`        // "TIME PARTY[/PERSON] VERB ARGUMENTS", a line of a scenario
	Without    []string `json:"without,omitempty"`   // offers that were not made
	Fact       []string `json:"fact,omitempty"`      // TRIGGER@INSTANT
	Silent     bool     `json:"silent,omitempty"`
	Auto       bool     `json:"auto,omitempty"`
	KeepDelays bool     `json:"keep_delays,omitempty"`
}

// maxChanges bounds what is otherwise.
const maxChanges = 200

// WhatIfPage sets the record beside the changed world.
type WhatIfPage struct {
	Need       capacity.NeedID     `json:"need"`
	Fork       whatif.Point        `json:"fork"`
	Change     []string            `json:"change"`
	Common     int                 `json:"common"` // events that both sides have from the beginning
	First      *Parting            `json:"first"`
	Record     Side                `json:"record"`
	WhatIf     Side                `json:"what_if"`
	Impossible []whatif.Impossible `json:"impossible"`
	NotPlayed  []whatif.Impossible `json:"not_played"`
	Stopped    *whatif.Stop        `json:"stopped"`
	Difference *Difference         `json:"difference"` // null where the two cannot be compared
	Gains      []Gain              `json:"gains"`
}

// Parting is the first event that is not the same; null on a side that has no further one.
type Parting struct {
	Event  int             `json:"event"`
	Record json.RawMessage `json:"record"`
	WhatIf json.RawMessage `json:"what_if"`
}

// Side is one of the two.
type Side struct {
	Events  Events          `json:"events"` // from the fork on
	Awards  []whatif.Award  `json:"awards"`
	Awarded int64           `json:"awarded"`
	Needed  int64           `json:"needed"`
	Landed  money.Amount    `json:"landed"`
	Seconds int64           `json:"seconds_to_award"`
	Decided []agreement.Ref `json:"decided"`
	Next    []desk.Turn     `json:"next"`
}

// Difference is what the changed world costs more, and how much later its last award is.
type Difference struct {
	Cost    money.Amount `json:"cost"`
	Seconds int64        `json:"seconds"`
}

// Gain is what a provider is awarded on both sides.
type Gain struct {
	Party    party.ID     `json:"party"`
	Record   money.Amount `json:"record"`
	WhatIf   money.Amount `json:"what_if"`
	Quantity [2]int64     `json:"quantity"` // in the record, and in the changed world
}

// StillSealed says that something of the record is sealed from its buyer for a time: what would come of it is nobody's to see before.
type StillSealed struct{ Detail string }

// Error says what.
func (s *StillSealed) Error() string { return s.Detail }

// BrokenRecord says that a record does not follow from its law.
type BrokenRecord struct{ Err error }

// Error says where.
func (b *BrokenRecord) Error() string { return b.Err.Error() }

// Unwrap returns what package whatif found.
func (b *BrokenRecord) Unwrap() error { return b.Err }

// WhatIf implements [Door]. It is the buyer's, and the auditor's who looks with the buyer's eyes.
func (l *Local) WhatIf(ctx context.Context, id capacity.NeedID, q *WhatIfRequest, who party.ID) (*WhatIfPage, error) {
	s, who, err := l.state(ctx, id, who)
	if err != nil {
		return nil, err
	}
	if who != s.Need.Buyer {
		return nil, &right.Refusal{Code: right.NotTheBuyer, Detail: fmt.Sprintf("only %s sees the whole record of %s", s.Need.Buyer, id)}
	}
	h, err := whatif.Load(ctx, l.Store, l.Tables, id, l.Desk.Now())
	if err != nil {
		return nil, err
	}
	own(&h, who)
	if err := sealedFrom(&s, who, h.Events); err != nil {
		return nil, err
	}
	change, said, err := q.change(&h)
	if err == nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	got, err := whatif.Run(h, whatif.Fork(q.At), change, whatif.Options{Silent: q.Silent, Auto: q.Auto, KeepDelays: q.KeepDelays})
	if err != nil {
		return nil, whatIfError(err)
	}
	return pageOf(&got, said)
}

// own leaves of each law what the buyer may read: other agreements bind the need in nothing, and are not to be tried out.
func own(h *whatif.History, buyer party.ID) {
	for i := range h.Laws {
		law := *h.Laws[i].Law
		reads := map[agreement.ID]bool{}
		law.Book.Agreements = slices.DeleteFunc(slices.Clone(law.Book.Agreements), func(a *agreement.Agreement) bool {
			_, party := a.Party(buyer)
			reads[a.ID] = party || a.Grantor == buyer
			return !reads[a.ID]
		})
		law.Book.Facts = slices.DeleteFunc(slices.Clone(law.Book.Facts), func(f agreement.Fact) bool { return !reads[f.Agreement] })
		h.Laws[i].Law = &law
	}
}

// sealedFrom reports what of a record is sealed from the buyer now: offers of an open round, terms of an open last look.
func sealedFrom(s *right.State, buyer party.ID, events []right.Event) error {
	all, err := right.Encode(events)
	if err != nil {
		return err
	}
	seen, err := right.Encode(desk.Visible(s, buyer, events))
	if err != nil || bytes.Equal(all, seen) {
		return err
	}
	for _, o := range desk.Offers(s, buyer) {
		if o.Sealed {
			return &StillSealed{(&whatif.Sealed{Line: o.Line - 1}).Error()}
		}
	}
	return &StillSealed{"what a holder named in a last look is sealed until its window closes; a what-if would open it"}
}

// whatIfError sorts what went wrong in a run.
func whatIfError(err error) error {
	var sealed *whatif.Sealed
	var fork *whatif.ForkError
	var broken *whatif.RecordError
	switch {
	case errors.As(err, &sealed):
		return &StillSealed{err.Error()}
	case errors.As(err, &fork):
		return &Unfit{"", fmt.Errorf("%w; %s", err, fork.Hint)}
	case errors.As(err, &broken):
		return &BrokenRecord{err}
	}
	return &Unfit{"", err}
}

// change reads what is otherwise, and says it in words.
func (q *WhatIfRequest) change(h *whatif.History) (c whatif.Change, said []string, err error) {
	if q.At == "" {
		return c, nil, unfit("at", "it is missing; name the point up to which the record is taken as it is, such as start or m1.answer")
	}
	n := len(q.Agreements)
	for _, list := range [][]string{q.Set, q.Answer, q.Offer, q.Do, q.Without, q.Fact} {
		n += len(list)
	}
	if n == 0 && !q.Silent && !q.Auto {
		return c, nil, unfit("", "nothing is otherwise; say what with agreement, set, answer, offer, do, without or fact")
	}
	if n > maxChanges {
		return c, nil, unfit("", "%d changes, at most %d are taken; change less", n, maxChanges)
	}
	for _, f := range q.Agreements {
		text, err := agreement.Parse(f.File, []byte(f.Text))
		if err != nil {
			return c, nil, err
		}
		c.Agreements, said = append(c.Agreements, text), append(said, "agreement "+f.File)
	}
	each := func(key string, values []string, read func(string) error) {
		for _, v := range values {
			if err != nil {
				return
			}
			var many strict.Problems
			if err = read(v); err != nil && !errors.As(err, &many) {
				err = &Unfit{key, err}
			}
			said = append(said, key+" "+v)
		}
	}
	act := func(v string) error {
		one, err := whatif.ParseAct(h, v)
		c.Acts = append(c.Acts, one)
		return err
	}
	each("set", q.Set, func(v string) error {
		s, err := whatif.ParseSetting(v)
		c.Settings = append(c.Settings, s)
		return err
	})
	each("answer", q.Answer, act)
	each("offer", q.Offer, func(v string) error {
		err := act(v)
		if _, ok := c.Acts[len(c.Acts)-1].Command.Ask.(right.SubmitOffer); ok {
			return err
		}
		return fmt.Errorf("%q is no offer; write %q", v, "2026-03-02T12:00Z PARTY offer o9: TERMS valid 2026-05-01")
	})
	each("do", q.Do, act)
	each("without", q.Without, func(v string) error { c.Without = append(c.Without, offer.ID(v)); return nil })
	each("fact", q.Fact, func(v string) error {
		f, err := whatif.ParseFact(v)
		c.Facts = append(c.Facts, f)
		return err
	})
	return c, said, err
}

// pageOf is a result as a document.
func pageOf(r *whatif.Result, said []string) (*WhatIfPage, error) {
	out := &WhatIfPage{Need: r.Need, Fork: r.Fork, Change: orEmpty(said), Common: r.Common, Impossible: orEmpty(r.Impossible),
		NotPlayed: orEmpty(r.NotPlayed), Stopped: r.Stopped, Gains: []Gain{}, Record: sideOf(&r.Record), WhatIf: sideOf(&r.WhatIf)}
	var err error
	if r.First != nil {
		out.First = &Parting{Event: r.First.Event}
		if out.First.Record, err = oneEvent(r.First.Record); err != nil {
			return nil, err
		}
		if out.First.WhatIf, err = oneEvent(r.First.WhatIf); err != nil {
			return nil, err
		}
	}
	if r.Compared {
		out.Difference = &Difference{r.Cost, seconds(r.Later)}
	}
	for _, g := range r.Gains {
		out.Gains = append(out.Gains, Gain{g.Party, g.Record, g.WhatIf, g.Quantity})
	}
	return out, nil
}

func seconds(i calendar.Instant) int64 { return int64(i) * 3600 / calendar.Hour }

func instants(seconds int64) calendar.Instant {
	return calendar.Instant(seconds * calendar.Hour / 3600)
}

func sideOf(t *whatif.Timeline) Side {
	return Side{t.Events, orEmpty(t.Awards), t.Awarded, t.Needed, t.Landed, seconds(t.Took), orEmpty(t.Decided), orEmpty(t.Waiting)}
}

// oneEvent is one event in the encoding of the record, null where there is none.
func oneEvent(e *right.Event) (json.RawMessage, error) {
	if e == nil {
		return json.RawMessage("null"), nil
	}
	list, err := right.Encode([]right.Event{*e})
	if err != nil {
		return nil, err
	}
	return list[1 : len(list)-1], nil
}

// Result is the document as package whatif has it, without the states at the end.
func (p *WhatIfPage) Result() (*whatif.Result, error) {
	r := &whatif.Result{Need: p.Need, Fork: p.Fork, Common: p.Common, Record: p.Record.timeline(), WhatIf: p.WhatIf.timeline(), Impossible: p.Impossible,
		NotPlayed: p.NotPlayed, Stopped: p.Stopped}
	if p.First != nil {
		r.First = &whatif.Parting{Event: p.First.Event}
		var err error
		if r.First.Record, err = readEvent(p.First.Record); err != nil {
			return nil, err
		}
		if r.First.WhatIf, err = readEvent(p.First.WhatIf); err != nil {
			return nil, err
		}
	}
	if d := p.Difference; d != nil {
		r.Compared, r.Cost, r.Later = true, d.Cost, instants(d.Seconds)
	}
	for _, g := range p.Gains {
		r.Gains = append(r.Gains, whatif.Gain{Party: g.Party, Record: g.Record, WhatIf: g.WhatIf, Quantity: g.Quantity})
	}
	return r, nil
}

func (s *Side) timeline() whatif.Timeline {
	return whatif.Timeline{Events: s.Events, Awards: s.Awards, Awarded: s.Awarded, Needed: s.Needed, Landed: s.Landed, Took: instants(s.Seconds), Decided: s.Decided, Waiting: s.Next}
}

// readEvent reads what [oneEvent] wrote.
func readEvent(b json.RawMessage) (*right.Event, error) {
	if text := strings.TrimSpace(string(b)); text == "" || text == "null" {
		return nil, nil
	}
	list, err := right.Decode(slices.Concat([]byte("["), b, []byte("]")))
	if err != nil || len(list) != 1 {
		return nil, errors.Join(err, errors.New("it is not one event"))
	}
	return &list[0], nil
}
