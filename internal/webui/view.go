package webui

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/journal"
	"firstlook/party"
	"firstlook/right"
)

// look is a need as the party that looks may see it. This file is the only one that holds the state of a need; what leaves it
// has passed package desk.
type look struct {
	desk.Summary
	Who    party.ID // whose view it is
	Buyer  bool
	Events []right.Event
	law    *right.Law
	now    calendar.Instant
	// eyes are those for which it is told: the party's whose view it is, or of who reads everything, to whom nobody is "you".
	eyes party.ID
}

// viewer is whose view of a need a subject has.
func (v *visit) viewer(s *right.State) party.ID {
	if v.who.All {
		return s.Need.Buyer
	}
	return v.who.Party
}

// eyes are those for which a view of a party is told.
func (v *visit) eyes(who party.ID) party.ID {
	if v.who.All {
		return v.who.Party
	}
	return who
}

// look returns one need; errNotFound where it does not concern the party, as where there is none.
func (u *UI) look(v *visit, id capacity.NeedID) (*look, error) {
	l, _, err := u.open(v, id)
	return l, err
}

func (u *UI) open(v *visit, id capacity.NeedID) (*look, right.State, error) {
	if err := party.Check(string(id)); err != nil {
		return nil, right.State{}, errNotFound
	}
	s, err := u.Desk.State(v.r.Context(), id)
	var no *right.Refusal
	if errors.As(err, &no) {
		return nil, s, errNotFound
	}
	if err != nil {
		return nil, s, err
	}
	who := v.viewer(&s)
	if who == "" || !desk.Concerns(&s, who) {
		return nil, s, errNotFound
	}
	history, err := u.Desk.History(v.r.Context(), id)
	if err != nil {
		return nil, s, err
	}
	return &look{desk.Summarize(&s, who), who, who == s.Need.Buyer, desk.Visible(&s, who, history), v.law, v.now, v.eyes(who)}, s, nil
}

// lists is what lists show the party, of every need that concerns it, in the order of their ids.
func (u *UI) lists(v *visit) ([]*desk.Listed, error) {
	return u.index.List(v.r.Context(), v.who.Party, v.who.All)
}

// listed is a need as lists show it: a look without events, and of matters, lots and offers only what lists need.
func (v *visit) listed(l *desk.Listed) *look {
	return &look{desk.Summary{Need: *l.Need, Status: l.Status, Lots: l.Lots, Matters: l.Matters, Offers: l.Offers, Next: l.Next}, l.Who, l.Who == l.Need.Buyer, nil, v.law, v.now, v.eyes(l.Who)}
}

// future is what the buyer may know of what is to come.
type future struct {
	Outlooks []desk.Outlook
	Nearest  []desk.Nearer
}

// future asks the engine on a copy; it is the buyer's alone, since it tells what others may do.
func (u *UI) future(v *visit, id capacity.NeedID) (*look, future, error) {
	l, s, err := u.open(v, id)
	if err != nil || !l.Buyer {
		return l, future{}, err
	}
	return l, future{desk.Outlooks(s, v.now), desk.Nearest(s, v.now)}, nil
}

// foresee says what a command of the buyer would bring about, as the buyer may see it; the engine is asked on a copy. Nothing is foreseen
// for others: what would follow can tell what they must not know.
func (u *UI) foresee(v *visit, id capacity.NeedID, c right.Command) ([]right.Event, error) {
	if submit, ok := c.Ask.(right.Submit); ok && submit.Need.Buyer == c.By {
		next, events, err := right.Step(right.Begin(v.law), c, v.now)
		if err != nil {
			return nil, err
		}
		return desk.Visible(&next, c.By, events), nil
	}
	l, s, err := u.open(v, id)
	if err != nil || !l.Buyer || v.who.All {
		return nil, err
	}
	s, _, err = right.Step(s, right.Command{Ask: right.Settle{}}, v.now)
	if err != nil {
		return nil, err
	}
	next, events, err := right.Step(s, c, max(v.now, s.Last, s.Reached))
	if err != nil {
		return nil, err
	}
	return desk.Visible(&next, c.By, events), nil
}

// agreements lists the agreements to which the party belongs.
func (v *visit) agreements() []*agreement.Agreement {
	var out []*agreement.Agreement
	for _, a := range v.law.Book.Agreements {
		if v.reads(a) {
			out = append(out, a)
		}
	}
	return out
}

// reads reports whether an agreement is one to which the party belongs.
func (v *visit) reads(a *agreement.Agreement) bool {
	_, party := a.Party(v.who.Party)
	return party || v.who.All || a.Grantor == v.who.Party
}

// agreement returns an agreement to which the party belongs.
func (v *visit) agreement(id string) (*agreement.Agreement, error) {
	i := slices.IndexFunc(v.law.Book.Agreements, func(a *agreement.Agreement) bool { return string(a.ID) == id })
	if i < 0 || !v.reads(v.law.Book.Agreements[i]) {
		return nil, errNotFound
	}
	return v.law.Book.Agreements[i], nil
}

// textOf returns the file of an agreement as it was recorded last.
func (u *UI) textOf(ctx context.Context, id agreement.ID) (file, text string, err error) {
	records, err := u.Desk.Records(ctx, journal.Stream("agreement/"+string(id)))
	if err != nil {
		return "", "", err
	}
	for _, r := range records {
		var t struct{ File, Text string }
		if r.Kind == "agreement" {
			if err := json.Unmarshal(r.Body, &t); err != nil {
				return "", "", err
			}
			file, text = t.File, t.Text
		}
	}
	return file, text, nil
}

// clause returns a version of a clause, and the agreement that it stands in.
func (l *look) clause(ref agreement.Ref) (*agreement.Clause, *agreement.Agreement) {
	c, a, ok := l.law.Book.Clause(ref)
	if !ok {
		return &agreement.Clause{Ref: ref}, &agreement.Agreement{ID: ref.Agreement}
	}
	return c, a
}

// matter returns a matter that the party may see.
func (l *look) matter(id string) (*desk.Notice, error) {
	for i := range l.Matters {
		if l.Matters[i].Matter == id {
			return &l.Matters[i], nil
		}
	}
	return nil, errNotFound
}
