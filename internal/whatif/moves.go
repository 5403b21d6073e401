package whatif

import (
	"fmt"
	"slices"
	"strconv"

	"firstlook/calendar"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/right"
)

// Move is one turn of a record: a command with the events that it led to.
type Move struct {
	At      calendar.Instant // when it was decided
	Law     *right.Law       // under which
	Command right.Command    // [right.Settle] where time alone acted or a law came into force
	First   int              // index of its first event
	Len     int              // how many events it led to; only a law that came into force may lead to none
	Enacts  bool             // it put Law into force
	Unknown string           // not empty: what the record lacks to know the command

	answers string           // what it answers, as anchors names it; empty for nothing in particular
	after   calendar.Instant // how long after that
	about   string           // what it is about, see subject
}

// RecordError says that a record does not follow from its law: it was changed, or written under other rules than these.
type RecordError struct{ Message string }

func (e *RecordError) Error() string { return e.Message }

func broken(format string, args ...any) error { return &RecordError{fmt.Sprintf(format, args...)} }

// Moves finds the commands that the events of a history came from. The error is a [*RecordError]: an event that does not
// follow from those before it. What the record lacks is said in [Move.Unknown].
func Moves(h History) (moves []Move, err error) {
	if err := h.check(); err != nil {
		return nil, err
	}
	defer func() {
		if bug := recover(); bug != nil {
			err = broken("the record does not follow from its law: %v", bug)
		}
	}()
	r := &reader{h: &h, state: right.Begin(h.Laws[0].Law), laws: h.Laws[1:], seen: anchors{}}
	for r.enact(); r.at < len(h.Events); r.enact() {
		if err := r.next(); err != nil {
			return nil, err
		}
	}
	return r.moves, nil
}

// reader walks over a record, always knowing the state before the next event.
type reader struct {
	h     *History
	state right.State
	laws  []InForce // still to come
	at    int       // index of the next event
	seen  anchors
	moves []Move
}

// enact puts the laws into force that came before the next event.
func (r *reader) enact() {
	for len(r.laws) > 0 && r.laws[0].From <= r.at {
		l := r.laws[0]
		r.laws = r.laws[1:]
		r.state = r.state.Under(l.Law)
		m := Move{At: l.At, Law: l.Law, Command: right.Command{Ask: right.Settle{}}, Enacts: true}
		// Its settling follows at once, unless the writer was stopped between the two: then the events come later.
		if next, events, err := right.Step(r.state, m.Command, max(l.At, r.state.Last)); err == nil && r.follows(events) {
			r.take(m, next, events)
		} else {
			r.take(m, r.state, nil)
		}
	}
}

// follows reports whether the events are the next ones of the record.
func (r *reader) follows(events []right.Event) bool {
	return len(events) <= len(r.h.Events)-r.at && same(events, r.h.Events[r.at:r.at+len(events)])
}

// take keeps a move and goes on behind it.
func (r *reader) take(m Move, after right.State, events []right.Event) {
	m.First, m.Len = r.at, len(events)
	for i := range events {
		r.seen.note(&events[i])
		r.state = right.Apply(r.state, events[i])
	}
	r.state = after
	r.at += len(events)
	r.moves = append(r.moves, m)
}

// next finds the next move: time first, then whatever command gives the next events.
func (r *reader) next() error {
	e := &r.h.Events[r.at]
	m := Move{At: e.Recorded, Law: r.state.Law(), Command: right.Command{Ask: right.Settle{}}}
	next, events, err := right.Step(r.state, m.Command, m.At)
	switch {
	case r.state.Need == nil: // nothing to settle yet
	case err != nil || !r.follows(events):
		return broken("event %d (%s) does not follow from the record before it", r.at+1, e)
	case len(events) > 0:
		r.take(m, next, events)
		return nil
	}
	for _, m.Command = range r.candidates() {
		next, events, err := right.Step(r.state, m.Command, m.At)
		if err != nil || len(events) == 0 || !r.follows(events) {
			continue
		}
		m.answers, m.after = r.seen.behind(&r.state, m.Command, m.At)
		m.about = subject(&r.state, m.Command)
		r.take(m, next, events)
		return nil
	}
	if f, ok := e.Fact.(*right.CapBroken); ok {
		r.unknown(f)
		return nil
	}
	return broken("event %d (%s): no command of %s gives it", r.at+1, e, e.By)
}

// unknown takes a signature that broke a cap as it is: all that its party recorded at that instant.
func (r *reader) unknown(f *right.CapBroken) {
	first := &r.h.Events[r.at]
	end := r.at
	for end < len(r.h.Events) && r.h.Events[end].By == first.By && r.h.Events[end].Recorded == first.Recorded {
		end++
	}
	m := Move{At: first.Recorded, Law: r.state.Law(), Command: right.Command{By: first.By, Ask: right.Sign{Award: f.Award}},
		Unknown: "the record lacks the terms that were put up for signature: cap-broken keeps what differs, not the terms"}
	m.answers, m.after = r.seen.behind(&r.state, m.Command, m.At)
	events := r.h.Events[r.at:end]
	r.take(m, right.Fold(r.state, events), events)
}

// candidates are the commands that may have led to the next events; the engine says which one did.
func (r *reader) candidates() []right.Command {
	events := r.h.Events[r.at:]
	e := &events[0]
	var out []right.Command
	add := func(person string, asks ...right.Ask) {
		for _, a := range asks {
			out = append(out, right.Command{By: e.By, Person: person, Ask: a})
		}
	}
	switch f := e.Fact.(type) {
	case *right.NeedSubmitted:
		add("", right.Submit{Need: f.Need, Related: f.Related})
	case *right.OfferReceived:
		add("", right.SubmitOffer{Offer: f.Offer})
	case *right.OfferWithdrawn:
		add("", right.WithdrawOffer{Offer: f.Offer})
	case *right.OffersRequested:
		add("", right.RequestOffers{Lot: f.Lot, Window: calendar.Length{N: int(int64(f.Closes-e.At) / calendar.Hour), Unit: calendar.Hours}})
	case *right.Determined:
		add(f.Person, right.Determine{Matter: f.Matter, Param: f.Param, Value: f.Value, Reason: f.Reason})
	case *right.Signed:
		add("", right.Sign{Award: f.Award, Terms: f.Terms})
	case *right.CapBroken:
		for _, terms := range brokenTerms(r.state.AwardOf(f.Award), f) {
			add("", right.Sign{Award: f.Award, Terms: terms})
		}
	case *right.FellThrough:
		add("", right.FallThrough{Award: f.Award, Reason: f.Reason})
	case *right.NeedWithdrawn:
		add("", right.Withdraw{Reason: f.Reason})
	case *right.Chosen, *right.Engaged, *right.MatterOpened, *right.ReleaseEnded:
		person, asks := r.ofLot(events)
		add(person, asks...)
		first := slices.IndexFunc(events, func(e right.Event) bool { _, anew := e.Fact.(*right.Engaged); return !anew })
		if first > 0 { // an answer, before which amended clauses decided anew
			add("", r.ofMatter(events[first:])...)
		}
	default:
		add("", r.ofMatter(events)...)
	}
	return out
}

// ofMatter are the commands that begin with a fact of one matter.
func (r *reader) ofMatter(events []right.Event) []right.Ask {
	e := &events[0]
	switch f := e.Fact.(type) {
	case *right.Answered:
		return []right.Ask{f.Answer}
	case *right.Received:
		if f.How != "answered" {
			receipt := right.Receipt{Matter: f.Matter}
			switch {
			case f.Since.IsSet():
				receipt.At = f.Since
			case e.At != e.Recorded:
				receipt.At = e.At
			}
			return []right.Ask{receipt}
		}
		for i := range events { // an answer to a notice that nobody had recorded as received
			if a, ok := events[i].Fact.(*right.Answered); ok && a.Answer.Matter == f.Matter {
				return []right.Ask{a.Answer}
			}
		}
	case *right.NoticeLate: // the notice stands right behind it
		if len(events) > 1 {
			return r.ofMatter(events[1:])
		}
	case *right.Noticed:
		n := right.Notice{Matter: f.Matter, Terms: f.Terms}
		m := r.state.Matter(f.Matter)
		if m.Offer != "" {
			n.Terms = nil // they are the offer's
		}
		named := n
		named.Channel = f.Channel
		out := []right.Ask{n, named}
		for i := range events[1:] { // one notice is given to all of a group, to each for its own quantity
			if g, ok := events[1+i].Fact.(*right.Noticed); ok && n.Terms != nil && g.Terms != nil && events[1+i].Recorded == events[0].Recorded && g.Terms.Quantity > n.Terms.Quantity {
				out = append(out, right.Notice{Matter: f.Matter, Terms: g.Terms}, right.Notice{Matter: f.Matter, Terms: g.Terms, Channel: f.Channel})
			}
		}
		return out
	case *right.Exercised:
		return []right.Ask{right.Respond{Matter: f.Matter, Accept: true}}
	case *right.Ended:
		if f.Outcome == right.Rejected {
			return []right.Ask{right.Respond{Matter: f.Matter}}
		}
		for i := range events { // a need that is withdrawn ends its matters first
			if w, ok := events[i].Fact.(*right.NeedWithdrawn); ok {
				return []right.Ask{right.Withdraw{Reason: w.Reason}}
			}
		}
	}
	return duringWindow(e.Fact)
}

// duringWindow are the commands that begin with what is said or done while a matter is open, or about how an award is performed.
func duringWindow(fact right.Fact) []right.Ask {
	switch f := fact.(type) {
	case *right.InformationRequested:
		return []right.Ask{right.RequestInformation{Matter: f.Matter, What: f.What}}
	case *right.InformationSupplied:
		return []right.Ask{right.SupplyInformation{Matter: f.Matter}}
	case *right.Tolled:
		return []right.Ask{right.Stay{Matter: f.Matter, Ground: f.Ground, Reason: f.Reason}}
	case *right.Untolled:
		return []right.Ask{right.Lift{Matter: f.Matter, Ground: f.Ground}}
	case *right.ExtensionProposed:
		return []right.Ask{right.Extend{Matter: f.Matter, Until: f.Until}}
	case *right.Opened: // where a window opens for another reason something else was said before it
		return []right.Ask{right.Extend{Matter: f.Matter, Until: f.AnswerBy}}
	case *right.Proposed:
		return []right.Ask{right.Propose{Matter: f.Matter, Terms: f.Terms}}
	case *right.Changed:
		if f.Offer != "" {
			return []right.Ask{right.Change{Matter: f.Matter, Offer: f.Offer, Reason: f.Reason}}
		}
		return []right.Ask{right.Change{Matter: f.Matter, Terms: f.Terms, Reason: f.Reason}}
	case *right.DeterminationRequired:
		if f.Change != nil {
			return []right.Ask{*f.Change}
		}
	case *right.Consented:
		return []right.Ask{right.Consent{Matter: f.Matter, Award: f.Award, Given: f.Given, Reason: f.Reason}}
	case *right.Assigned:
		return []right.Ask{right.Assign{Matter: f.Matter, To: f.To}}
	case *right.NonPerforming:
		return []right.Ask{right.NonPerform{Award: f.Award, Delivered: f.Delivered, Reason: f.Reason}}
	case *right.Cured:
		return []right.Ask{right.Cure{Award: f.Award, Reason: f.Reason}}
	}
	return nil
}

// ofLot are the commands that begin with a choice, or with a right that is run again. Before either, clauses that were
// amended may have decided anew.
func (r *reader) ofLot(events []right.Event) (person string, asks []right.Ask) {
	line := -1
	for i := range events {
		switch f := events[i].Fact.(type) {
		case *right.Engaged:
			line = f.Line
			continue
		case *right.Chosen:
			c := right.Choose{Lot: f.Lot, Reason: f.Reason}
			if f.Manual {
				for _, l := range f.Comparison.Ranked {
					c.Offers = append(c.Offers, l.Offer)
				}
			}
			return f.Person, []right.Ask{c}
		case *right.MatterOpened:
			return "", []right.Ask{right.Reoffer{Lot: f.Lot}}
		case *right.ReleaseEnded:
			return "", []right.Ask{right.Reoffer{Lot: f.Lot}}
		}
		break
	}
	for i := range r.state.Lots {
		if l := &r.state.Lots[i]; l.Line == line && l.Status == right.InMarket {
			asks = append(asks, right.Reoffer{Lot: l.ID})
		}
	}
	return "", asks
}

// brokenTerms are terms that may have been put up for signature when a cap was broken: those of the award (the tail was
// over), and those with the price or the quantity by which they differed.
func brokenTerms(a *right.Award, f *right.CapBroken) []offer.Terms {
	if a == nil {
		return nil
	}
	out := []offer.Terms{a.Terms}
	changed := a.Terms
	for _, d := range f.Differences {
		switch d.Dimension {
		case "price":
			rate, err := money.ParseRate(d.Got)
			if err != nil {
				return out
			}
			changed.Price = []offer.Step{{From: changed.Price[0].From, Rate: rate}}
		case "quantity":
			n, err := strconv.ParseInt(d.Got, 10, 64)
			if err != nil {
				return out
			}
			changed.Quantity = n
		}
	}
	return append(out, changed)
}
