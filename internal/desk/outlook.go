package desk

import (
	"errors"
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// Outlook says, for one lot, the earliest instant at which a rival can be taken if nobody who has the word uses it.
// It is not a rule of its own: the engine is asked what would follow from an offer of the most favourable kind and from
// silence, on a copy of the state.
type Outlook struct {
	Lot  string           `json:"lot"`
	At   calendar.Instant `json:"at,omitzero"` // unset where silence alone leads to no rival
	Why  string           `json:"why"`         // what is then the case, or what stands in the way
	Path []right.Event    `json:"-"`           // what would happen on the way
}

const (
	// outlookSteps bounds a forecast; a need goes through a few dozen events.
	outlookSteps = 400
	probeName    = "outlook" // of the imagined offer; no id in the record has this form
)

// Outlooks asks for every lot that is not awarded, closed or blocked for good.
func Outlooks(s right.State, now calendar.Instant) []Outlook {
	var out []Outlook
	for i := range s.Lots {
		if st := s.Lots[i].Status; st == right.Won || st == right.Closed {
			continue
		}
		f := forecast{state: s, now: max(now, s.Last, s.Reached), lot: s.Lots[i].ID}
		f.run()
		out = append(out, f.Outlook)
	}
	return out
}

// forecast plays silence forward on a copy.
type forecast struct {
	Outlook
	state right.State
	now   calendar.Instant
	lot   right.LotID
}

func (f *forecast) run() {
	f.Lot = f.lot.String()
	for range outlookSteps {
		if f.ended() {
			return
		}
		l := f.state.Lot(f.lot)
		if l.Status == right.InMarket {
			if !f.market(l) {
				return
			}
			continue
		}
		next, ok := right.NextDeadline(f.state)
		if !ok {
			f.stopped()
			return
		}
		f.step(right.Command{Ask: right.Settle{}}, next)
	}
	f.Why = "no end within the steps that are looked at"
}

// ended reports whether the lot has come to an end, and says which.
func (f *forecast) ended() bool {
	l := f.state.Lot(f.lot)
	switch l.Status {
	case right.Won:
		a := f.state.AwardOf(l.Award)
		if a.Role == party.Holder {
			f.Why = fmt.Sprintf("silence awards %s to %s", f.Lot, a.Provider)
			return true
		}
		f.At, f.Why = f.now, "every right that comes first is spent by then, if its holder stays silent"
		if of := Consenting(&f.state, a); len(of) > 0 {
			f.Why += "; it cannot be signed before " + list(of) + " consents"
		}
		return true
	case right.Stuck:
		f.Why = fmt.Sprintf("never by silence: %s [%s]", l.Blocked.Reason, l.Blocked.Clause)
		return true
	case right.Closed:
		f.Why = "the lot is closed"
		return true
	}
	return false
}

// stopped says why time alone leads nowhere.
func (f *forecast) stopped() {
	for i := range f.state.Matters {
		m := &f.state.Matters[i]
		if m.Lot != f.lot || beside(m) { // what runs beside keeps the lot from nothing
			continue
		}
		switch {
		case m.Question != nil:
			f.Why = fmt.Sprintf("not before %s is determined in %s: %s", m.Question.Param, m.ID, m.Question.Why)
			return
		case m.Status == right.Deficient:
			f.Why = fmt.Sprintf("not before the notice of %s is complete; it lacks %s", m.ID, list(m.Missing))
			return
		case m.Status == right.Sent:
			f.Why = fmt.Sprintf("not before %s has received the notice of %s: its window has not begun", m.Holder, m.ID)
			if m.ReceivedAt.IsSet() {
				f.Why = fmt.Sprintf("not before what %s asked for in %s is supplied: its window has not begun", m.Holder, m.ID)
			}
			return
		case m.Status == right.Stood:
			f.Why = fmt.Sprintf("not before the window of %s goes on: it stands still for %s", m.ID, grounds(m))
			return
		case m.Status == right.Conditional:
			f.Why = fmt.Sprintf("not before %s has an answer: the exercise of %s waits for a consent", m.ID, m.Holder)
			return
		}
	}
	f.Why = "nothing moves by time alone"
}

// grounds names why a window stands still.
func grounds(m *right.Matter) string {
	var out []agreement.Ground
	for _, t := range m.More().Tolls {
		out = append(out, t.Ground)
	}
	return list(out)
}

// market imagines the most favourable offer of each provider that is asked, and its choice once the round is closed.
func (f *forecast) market(l *right.Lot) bool {
	need := f.state.Need
	if !l.Round && !f.probed() {
		if err := f.step(right.Command{By: need.Buyer, Ask: right.RequestOffers{Lot: f.lot, Window: need.OffersWindow}}, f.now); err != nil {
			f.refused(err)
			return false
		}
		l = f.state.Lot(f.lot)
	}
	if l.Round {
		for _, p := range l.Invited {
			if !f.holds(l, p) {
				f.step(right.Command{By: p, Ask: right.SubmitOffer{Offer: f.probe(l, p)}}, f.now) // one that is refused is simply not there
			}
		}
		if !f.probed() {
			f.Why = "no rival may be asked for offers"
			return false
		}
		f.step(right.Command{Ask: right.Settle{}}, f.state.Lot(f.lot).Closes)
		return true
	}
	return f.choose(l)
}

// choose takes the first imagined offer that may be taken.
func (f *forecast) choose(l *right.Lot) bool {
	var last error
	for _, p := range l.Invited {
		if f.state.Tender(probeID(l, p)) == nil {
			continue
		}
		last = f.step(right.Command{By: f.state.Need.Buyer, Person: probeName,
			Ask: right.Choose{Lot: f.lot, Offers: []offer.ID{probeID(l, p)}, Reason: probeName}}, f.now)
		if last == nil {
			return true
		}
	}
	f.refused(last)
	return false
}

func (f *forecast) refused(err error) {
	f.Why = "no rival can be taken"
	var no *right.Refusal
	if errors.As(err, &no) {
		f.Why += ": " + no.Detail
		if no.Clause != nil {
			f.Why += fmt.Sprintf(" [%s]", no.Clause)
		}
	}
}

// step plays one command and keeps what happened to the lot.
func (f *forecast) step(c right.Command, at calendar.Instant) error {
	at = max(at, f.now)
	next, events, err := right.Step(f.state, c, at)
	f.state, f.now = next, at
	f.Path = append(f.Path, events...)
	return err
}

func (f *forecast) probed() bool {
	return slices.ContainsFunc(f.state.Lot(f.lot).Invited, func(p party.ID) bool {
		return f.state.Tender(probeID(f.state.Lot(f.lot), p)) != nil
	})
}

func (f *forecast) holds(l *right.Lot, p party.ID) bool {
	return slices.ContainsFunc(f.state.Engagements, func(e right.Engagement) bool {
		return e.Line == l.Line && e.Engaged.Engaged && e.Holder == p
	})
}

func probeID(l *right.Lot, p party.ID) offer.ID {
	return offer.ID(fmt.Sprintf("%s/%s/%s", probeName, l.ID, p))
}

// dearest is what an imagined buyer pays per accelerator-hour, in billionths: more than any market, and little enough that
// years of a large need can be counted.
const dearest = 100_000_000_000

// probe is an offer that meets every requirement of the need at next to no price, or, where the grantor sells, at more than
// anybody pays, so that only the law can refuse it.
func (f *forecast) probe(l *right.Lot, p party.ID) offer.Offer {
	need, line := f.state.Need, &f.state.Need.Lines[l.Line]
	currency := need.Budget.Currency()
	if currency == "" {
		currency = money.USD
	}
	price := money.Nanos(1, currency)
	if need.Sells {
		price = money.Nanos(dearest, currency)
	}
	terms := offer.Terms{Price: []offer.Step{{From: line.Period.From, Rate: price}}, Accelerator: line.Reference(),
		Quantity: l.Quantity, Period: line.Period, Interconnect: need.Interconnect, ServiceLevel: need.ServiceLevel, PowerWatts: 1, CarbonGrams: 1}
	if len(line.Regions) > 0 {
		terms.Region = line.Regions[0]
	}
	if len(line.Residency) > 0 {
		terms.Country = line.Residency[0]
	}
	if known, ok := f.state.Law().Book.Provider(p); ok && len(known.Clouds) > 0 {
		terms.Cloud = known.Clouds[0]
	}
	return offer.Offer{ID: probeID(l, p), Provider: p, Need: need.ID, Line: l.Line, Terms: terms, ValidUntil: calendar.Latest, Security: need.Security}
}
