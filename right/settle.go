package right

import (
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
)

// due is something that time alone brings about at an instant. What it is depends on its rank, and the rank is also the
// order of things that fall on one instant: notices are given and received, windows close, then rounds and tails, then
// sunsets, and last what an event opens.
type due struct {
	at   calendar.Instant
	rank rank
	id   int // of the matter, of the award that is not cured, or of the lot whose round closes, whose tail ends or over which an option opens
}

type rank uint8

const (
	rankNotice  rank = iota // a notice that waited is given
	rankReceipt             // a notice counts as received
	rankToll                // a stay ends by itself
	rankWindow              // a window, a negotiation, a response or the time for a consent ends
	rankCure                // an award may be cured no longer
	rankRound
	rankTail
	rankSunset
	rankCall // an event opens an option
)

// settle applies every deadline up to now, earliest first, each stamped with its own instant.
func (t *turn) settle() {
	if t.Need == nil {
		return
	}
	t.time = true
	for {
		d, ok := t.nextDue()
		if !ok || d.at > t.now {
			break
		}
		t.at = max(d.at, t.Last)
		t.happens(d)
	}
	t.time = false
}

func (t *turn) happens(d due) {
	id := MatterID(d.id)
	switch d.rank {
	case rankNotice:
		t.firstNotice(id, t.Matter(id).More().HeldTerms)
	case rankReceipt:
		t.received(id, "deemed")
	case rankToll:
		t.stayOver(id)
	case rankWindow:
		t.windowOver(id)
	case rankCure:
		t.notCured(AwardID(d.id))
	case rankRound:
		t.emit(&RoundClosed{Lot: LotID(d.id)})
	case rankTail:
		t.tailOver(LotID(d.id))
	case rankSunset:
		t.sunsetMatter(id)
	case rankCall:
		t.callOpens(LotID(d.id))
	}
}

// windowOver draws what follows when the time that somebody had in a matter is over.
func (t *turn) windowOver(id MatterID) {
	m := t.Matter(id)
	switch {
	case m.Status == StandNamed:
		t.unanswered(id)
	case m.Status == Negotiating:
		t.end(id, Failed, "no agreement was reached in the time for it")
	case m.Status == Conditional:
		t.consentSilent(id)
	case m.clause.Kind == agreement.LastLook && m.Named != nil:
		t.look(id)
	default:
		t.silent(id)
	}
}

// NextDeadline returns the earliest instant at which time alone changes the state; false if there is none.
func NextDeadline(s State) (calendar.Instant, bool) {
	if s.Need == nil {
		return 0, false
	}
	d, ok := s.nextDue()
	return d.at, ok
}

// before orders what is due; equal instants and ranks go by id.
func (d due) before(o due) bool {
	if d.at != o.at {
		return d.at < o.at
	}
	if d.rank != o.rank {
		return d.rank < o.rank
	}
	return d.id < o.id
}

// nextDue derives the next deadline from the state alone: there is no list of timers that could be lost.
func (s *State) nextDue() (due, bool) {
	var best due
	consider := func(at calendar.Instant, r rank, id int) {
		if d := (due{at, r, id}); at.IsSet() && (!best.at.IsSet() || d.before(best)) {
			best = d
		}
	}
	for i := range s.Matters {
		m := &s.Matters[i]
		if !m.Status.Pending() {
			continue
		}
		if at, ok := s.sunset(m); ok {
			consider(at, rankSunset, int(m.ID))
		}
		if m.Question != nil {
			continue // a person has the word, not the clock
		}
		at, r := m.due()
		consider(at, r, int(m.ID))
	}
	for i := range s.Lots {
		l := &s.Lots[i]
		if l.Round && l.Status == InMarket {
			consider(l.Closes, rankRound, int(l.ID))
		}
		if l.Status == Won {
			consider(s.callDue(l), rankCall, int(l.ID))
		}
		if l.Status == Won || l.Status == Closed {
			continue
		}
		for j := range l.Releases {
			if r := &l.Releases[j]; !r.Over {
				consider(r.Until, rankTail, int(l.ID))
			}
		}
	}
	for i := range s.Awards {
		if a := &s.Awards[i]; a.NonPerforming != nil {
			consider(a.NonPerforming.CureBy, rankCure, i+1)
		}
	}
	return best, best.at.IsSet()
}

// due is when time alone changes a matter that waits for somebody, and how; unset where it does not.
func (m *Matter) due() (calendar.Instant, rank) {
	switch m.Status {
	case Deficient:
		if !m.SentAt.IsSet() {
			return m.More().HeldUntil, rankNotice
		}
	case Sent:
		if !m.ReceivedAt.IsSet() {
			return m.DeemedAt, rankReceipt
		}
	case Open:
		return m.AnswerBy, rankWindow
	case StandNamed:
		return m.RespondBy, rankWindow
	case Stood:
		first := calendar.Instant(0)
		for _, toll := range m.More().Tolls {
			first = first.Earlier(toll.Until)
		}
		return first, rankToll
	case Negotiating:
		return m.More().NegotiateBy, rankWindow
	case Conditional:
		return m.More().ConsentBy, rankWindow
	}
	return 0, rankWindow
}

// silent applies what the clause says of the end of a window without an answer.
func (t *turn) silent(id MatterID) {
	m := t.Matter(id)
	p := m.clause.Process.Silence
	if !p.Given {
		t.ask(id, "silence", fmt.Sprintf("what it means that %s did not answer by %s", m.Holder, m.AnswerBy), AtSilence)
		return
	}
	switch p.Value {
	case agreement.SilenceLapses:
		t.end(id, Lapsed, "")
	case agreement.SilenceDeclines:
		t.end(id, Declined, "by silence")
	case agreement.SilenceUnable:
		t.end(id, CannotBe, "by silence")
	case agreement.SilenceAccepts:
		if _, other, ok := t.exclusiveToOther(m); ok {
			t.ask(id, "silence", "silence accepts, but what it would take is exclusive to "+string(other), AtSilence)
			return
		}
		terms, err := t.answerTerms(m, Answer{Matter: id, Kind: Exercise}, m.Quantity)
		if err != nil {
			t.ask(id, "silence", "silence accepts, but no terms are known to accept", AtSilence)
			return
		}
		quantity := m.Quantity
		if m.clause.Kind == agreement.ProRata {
			quantity = min(quantity, t.entitled(m))
		}
		if quantity == 0 {
			t.end(id, Lapsed, "its share comes to none")
			return
		}
		t.takes(id, quantity, least(Answer{}, quantity, &m.clause.Process), terms)
	}
}

// unanswered applies what the clause says of a grantor that does not respond to named terms.
func (t *turn) unanswered(id MatterID) {
	m := t.Matter(id)
	p := m.clause.Process.ResponseSilence
	switch {
	case !p.Given:
		t.ask(id, "response_silence", fmt.Sprintf("what it means that %s did not respond by %s", t.grantor(), m.RespondBy), AtResponse)
	case p.Value == agreement.OnRejected:
		t.end(id, Rejected, "by silence")
	default:
		t.exercised(id, *m.Named)
	}
}

// tailOver ends the release of a lot that is due; where the clause says so the holder gets a new matter at once.
func (t *turn) tailOver(lot LotID) {
	l := t.Lot(lot)
	i := slices.IndexFunc(l.Releases, func(r Release) bool { return !r.Over && r.Until.IsSet() && r.Until <= t.at })
	m := t.Matter(l.Releases[i].Matter)
	t.emit(&ReleaseEnded{Lot: lot, Matter: m.ID, Why: agreement.OnTailOver})
	if t.Lot(lot).Status != InMarket || stageOf(m.clause) != beforeMarket || !t.stillBinds(lot, m) {
		return // a right after the choice runs again with the next choice, and one that has ended revives no more
	}
	p := m.clause.Process.Reopen
	if !p.Given {
		t.askReopen(lot, m, agreement.OnTailOver, "whether "+string(m.Holder)+"'s right revives now that its tail is over")
		return
	}
	if slices.Contains(p.Value, agreement.OnTailOver) {
		t.advance(lot)
	}
}

// stillBinds reports whether the right of a matter binds on its lot: its clause, or the version that took its place, has a part of it for the holder.
func (t *turn) stillBinds(lot LotID, m *Matter) bool {
	line := t.Lot(lot).Line
	t.refresh(line)
	for i := range t.Engagements {
		e := &t.Engagements[i]
		if e.Line == line && e.Engaged.Engaged && e.Holder == m.For() && sameClause(e.clause.Ref, m.clause.Ref) && !t.over(e.clause) && !t.exhausted(e) {
			return e.Kind != agreement.ProRata || !t.shareless(t.Lot(lot), e.clause, e.Holder)
		}
	}
	return false
}

// askReopen stops at the question whether a right revives over a lot.
func (t *turn) askReopen(lot LotID, m *Matter, on agreement.Reopen, why string) {
	t.emit(&DeterminationRequired{Matter: m.ID, Lot: lot, Param: "reopen", Why: why, Resume: AtReopen, Reopen: on})
}

// sunset returns when an open matter is forfeited, or its clause ends, if that ends the matter or needs a person to say.
func (s *State) sunset(m *Matter) (calendar.Instant, bool) {
	at, ok := s.clauseEnds(m)
	if _, lost, forfeits := s.law.Book.Forfeited(m.clause, calendar.Latest); forfeits && (!ok || lost < at) {
		return lost, true // whatever its survival
	}
	return at, ok
}

// clauseEnds is the part of sunset that its survival governs. An amendment that ends open matters does so whatever their
// survival: that is for sunsets and triggers to follow.
func (s *State) clauseEnds(m *Matter) (calendar.Instant, bool) {
	c := m.clause
	asked := m.Question != nil && !c.Survival.Given // one question at a time: what waits was asked before
	current, a, ok := s.law.Book.Clause(c.Ref)
	if !ok { // a law that has not heard of it says nothing of its end
		return 0, false
	}
	runsOff := c.Survival.Value == agreement.RunOff
	at := calendar.Instant(0)
	if !runsOff && !asked {
		at = s.law.Book.FirstCertified(c.Ref.Agreement, c.Triggers, 0)
	}
	if until := current.Effective.Until; until.IsSet() {
		amended, transition := a.ReplacedAt(c.Ref.Clause, until)
		if transition == agreement.EndMatters || !amended && !runsOff && !asked {
			at = at.Earlier(until)
		}
	}
	return at, at != 0
}

// sunsetMatter ends an open matter whose clause is over, or asks whether it survives.
func (t *turn) sunsetMatter(id MatterID) {
	m := t.Matter(id)
	if f, _, lost := t.law.Book.Forfeited(m.clause, t.at); lost {
		t.end(id, Terminated, fmt.Sprintf("forfeited: %s was certified by %s at %s", f.Trigger, f.By, f.At))
		return
	}
	_, a, _ := t.law.Book.Clause(m.clause.Ref)
	current, _ := a.Clause(m.clause.Ref)
	_, transition := a.ReplacedAt(current.Ref.Clause, current.Effective.Until)
	byAmendment := transition == agreement.EndMatters && current.Effective.Until <= t.at
	if !m.clause.Survival.Given && !byAmendment {
		t.ask(id, "survival", "whether open matters go on now that the clause is over", AtSunset)
		return
	}
	if byAmendment {
		t.refresh(t.Lot(m.Lot).Line)
	}
	t.end(id, Terminated, "the clause is over")
}
