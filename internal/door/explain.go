package door

import (
	"context"
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/whatif"
	"firstlook/party"
	"firstlook/right"
)

// Explanation says which clauses engage a need and why, what blocks it, who has the word, and what silence or one fact would lead to.
type Explanation struct {
	Need    capacity.NeedID  `json:"need"`
	At      calendar.Instant `json:"at"`
	Clauses []Engagement     `json:"clauses"`
	Windows []Window         `json:"windows"`
	Blocks  []Block          `json:"blocks"`
	Next    []desk.Turn      `json:"next"`
	Outlook []Outlook        `json:"outlook"`
	Nearest []desk.Nearer    `json:"nearest"`
	Asks    capacity.Need    `json:"asks"`
	Status  string           `json:"status"`
	Zones   Zones            `json:"zones,omitempty"`
}

// Engagement is a clause that engages a line of a need, or that does not, with the reason.
type Engagement struct {
	Line    int                    `json:"line"` // from 1
	Clause  agreement.Ref          `json:"clause"`
	Kind    agreement.Kind         `json:"kind"`
	Holder  party.ID               `json:"holder"`
	Engaged bool                   `json:"engaged"`
	Reason  string                 `json:"reason"`
	Assumed []agreement.Assumption `json:"assumed,omitempty"`
}

// Window is an open window as the clocks of both parties show its end.
type Window struct {
	Matter string           `json:"matter"`
	Who    party.ID         `json:"who"`
	What   string           `json:"what"`
	Until  calendar.Instant `json:"until"`
	Local  []LocalTime      `json:"local"`
}

// LocalTime is an instant as the clock of a party shows it.
type LocalTime struct {
	Party party.ID      `json:"party"`
	Zone  calendar.Zone `json:"zone"`
	Time  string        `json:"time"`
}

// Block is what a clause keeps from happening.
type Block struct {
	Lot      string        `json:"lot"`
	Provider party.ID      `json:"provider,omitempty"` // that may not be asked; empty where nobody may have the lot
	Clause   agreement.Ref `json:"clause"`
	Reason   string        `json:"reason"`
}

// Outlook is an outlook with what silence would bring on the way, step by step.
type Outlook struct {
	desk.Outlook
	Path []Milestone `json:"path"`
}

// Milestone is what would happen on the way.
type Milestone struct {
	At   calendar.Instant `json:"at"`
	What string           `json:"what"`
}

// NotKnown says that a need is looked at as of an instant at which nothing was known of it.
type NotKnown struct{ Next, Detail string }

// Error says why.
func (e *NotKnown) Error() string { return e.Detail }

// Explain implements [Door].
func (l *Local) Explain(ctx context.Context, id capacity.NeedID, who party.ID, at calendar.Instant) (*Explanation, error) {
	s, history, err := l.known(ctx, id, who, at)
	if err != nil {
		return nil, err
	}
	now := at
	if !at.IsSet() {
		now = l.Desk.Now()
	}
	out := &Explanation{Need: id, At: now, Clauses: engagements(&s), Windows: windows(s.Law(), &s), Blocks: blocks(&s, history),
		Next: orEmpty(desk.Next(&s, "")), Nearest: orEmpty(desk.Nearest(s, now)), Asks: *s.Need, Status: desk.Status(&s)}
	looks := desk.Outlooks(s, now)
	out.Outlook = make([]Outlook, len(looks))
	for i, o := range looks {
		out.Outlook[i] = Outlook{o, milestones(o.Path)}
	}
	out.Zones = l.zones(out.Next, nil, s.Need.Buyer)
	return out, nil
}

// known is a need and its history as they were known at an instant: what had been recorded by then, under the law that had
// been; as they are now where the instant is unset.
func (l *Local) known(ctx context.Context, id capacity.NeedID, who party.ID, at calendar.Instant) (right.State, []right.Event, error) {
	s, who, err := l.state(ctx, id, who)
	if err != nil {
		return s, nil, err
	}
	if who != s.Need.Buyer {
		return s, nil, &right.Refusal{Code: right.NotTheBuyer, Detail: fmt.Sprintf("what may follow in need %s is its buyer's to know", id)}
	}
	if !at.IsSet() {
		history, err := l.Desk.History(ctx, id)
		return s, history, err
	}
	if at > l.Desk.Now() {
		return s, nil, &NotKnown{"leave --at out for what is known now", fmt.Sprintf("--at %s has not come yet", at)}
	}
	h, err := whatif.Load(ctx, l.Store, l.Tables, id, l.Desk.Now())
	if err != nil {
		return s, nil, err
	}
	events := h.Events
	for len(events) > 0 && events[len(events)-1].Recorded > at {
		events = events[:len(events)-1]
	}
	if len(events) == 0 {
		return s, nil, &NotKnown{fmt.Sprintf("name an instant from %s on", h.Events[0].Recorded), fmt.Sprintf("need %s was not in the record at %s", id, at)}
	}
	law := h.Laws[0].Law
	for _, l := range h.Laws[1:] {
		if l.At <= at {
			law = l.Law
		}
	}
	then := right.Replay(law, events)
	then, settled, err := right.Step(then, right.Command{Ask: right.Settle{}}, at)
	return then, append(events[:len(events):len(events)], settled...), err
}

func engagements(s *right.State) []Engagement {
	out := []Engagement{}
	for _, e := range s.Engagements {
		c, _, _ := s.Law().Book.Clause(e.Clause)
		one := Engagement{e.Line + 1, e.Clause, e.Kind, e.Holder, e.Engaged.Engaged, e.Reason, nil}
		if one.Engaged {
			one.Assumed = c.Assumed
		}
		out = append(out, one)
	}
	return out
}

// windows lists every window that runs, as the clocks of those show it whom it concerns.
func windows(law *right.Law, s *right.State) []Window {
	out := []Window{}
	buyer := s.Need.Buyer
	add := func(matter string, who party.ID, what string, until calendar.Instant, concerned ...party.ID) {
		w := Window{Matter: matter, Who: who, What: what, Until: until}
		for _, p := range concerned {
			zone := desk.Zone(law, p)
			w.Local = append(w.Local, LocalTime{p, zone, until.In(zone)})
		}
		out = append(out, w)
	}
	for i := range s.Matters {
		m := &s.Matters[i]
		x := m.More()
		switch {
		case m.Status == right.Open && m.Question == nil:
			add(m.ID.String(), m.Holder, "may answer", m.AnswerBy, m.Holder, buyer)
		case m.Status == right.StandNamed && m.RespondBy.IsSet():
			add(m.ID.String(), buyer, "may respond", m.RespondBy, m.Holder, buyer)
		case m.Status == right.Negotiating:
			add(m.ID.String(), m.Holder, "may agree with "+string(buyer), x.NegotiateBy, m.Holder, buyer)
		case m.Status == right.Conditional && x.ConsentBy.IsSet():
			for _, p := range m.Clause().Process.Consent.Of {
				if !slices.Contains(x.Consents, p) {
					add(m.ID.String(), p, "may consent", x.ConsentBy, p, buyer)
				}
			}
		}
	}
	for i := range s.Awards {
		if a := &s.Awards[i]; !a.Ended && a.NonPerforming != nil {
			add(a.Award.String(), a.Provider, "may cure", a.NonPerforming.CureBy, a.Provider, buyer)
		}
	}
	return out
}

// blocks lists the lots that a clause keeps from everybody, and the providers that one keeps from a lot.
func blocks(s *right.State, history []right.Event) []Block {
	out := []Block{}
	barred := map[right.LotID][]right.BarredProvider{}
	for _, e := range history {
		if f, ok := e.Fact.(*right.OffersRequested); ok {
			barred[f.Lot] = f.Barred // of the latest round
		}
	}
	for i := range s.Lots {
		l := &s.Lots[i]
		if l.Status == right.Stuck {
			out = append(out, Block{Lot: l.ID.String(), Clause: l.Blocked.Clause, Reason: l.Blocked.Reason})
		}
		for _, b := range barred[l.ID] {
			out = append(out, Block{l.ID.String(), b.Provider, b.Clause, "it may not be asked for offers"})
		}
	}
	return out
}

// milestones puts the steps of a forecast that matter into words; the imagined offers stay out.
func milestones(path []right.Event) []Milestone {
	out := []Milestone{}
	for _, e := range path {
		if text := milestone(e); text != "" {
			out = append(out, Milestone{e.At, text})
		}
	}
	return out
}

func milestone(e right.Event) string {
	switch f := e.Fact.(type) {
	case *right.Received:
		return fmt.Sprintf("the notice of %s counts as received", f.Matter)
	case *right.Opened:
		return fmt.Sprintf("the window of %s opens, until %s", f.Matter, f.AnswerBy)
	case *right.Ended:
		return fmt.Sprintf("%s ends: %s", f.Matter, f.Outcome)
	case *right.NoticeLate:
		return fmt.Sprintf("the notice of %s is late: it was due by %s", f.Matter, f.Due)
	case *right.NoticeHeld:
		return fmt.Sprintf("the notice of %s waits until %s", f.Matter, f.Until)
	case *right.Untolled:
		return fmt.Sprintf("the stay (%s) of %s ends", f.Ground, f.Matter)
	case *right.Interested:
		return fmt.Sprintf("the negotiation of %s begins, until %s", f.Matter, f.NegotiateBy)
	case *right.OffersRequested:
		return fmt.Sprintf("offers are asked for, until %s", f.Closes)
	case *right.RoundClosed:
		return "the round closes; the buyer may choose"
	case *right.MatterOpened:
		return fmt.Sprintf("%s opens for %s under %s", f.Matter, f.Holder, f.Clause)
	case *right.Awarded:
		return "the rival may be awarded"
	}
	return ""
}
