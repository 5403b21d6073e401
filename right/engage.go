package right

import (
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/offer"
	"firstlook/party"
)

// stage says where in the way of a lot a right stands.
type stage uint8

const (
	beside       stage = iota // no right: commitments, shares, licences
	bar                       // keeps rivals out for as long as it is in force
	beforeMarket              // must be run before anybody else is asked
	atChoice                  // must be run once the buyer would accept an offer
	onLoss                    // is run when an award came to nothing, before the lot goes anywhere else
	onEvent                   // is run over what is awarded, once an event is certified
	alongside                 // is run from the start and keeps nobody out
)

// stageOf is the whole difference between the kinds as far as the order of things goes.
func stageOf(c *agreement.Clause) stage {
	switch c.Kind {
	case agreement.Exclusive:
		return bar
	case agreement.FirstNegotiation:
		if c.Process.Shop == agreement.MayShop {
			return alongside
		}
		return beforeMarket
	case agreement.FirstCall, agreement.FirstOffer, agreement.ProRata:
		return beforeMarket
	case agreement.Match, agreement.LastLook, agreement.NoLessFavourable:
		return atChoice
	case agreement.StepIn:
		return onLoss
	case agreement.CallOption:
		return onEvent
	}
	return beside
}

func (t *turn) submit(sub Submit) error {
	f := &NeedSubmitted{Need: sub.Need, Engine: EngineVersion, Related: sub.Related}
	n := &f.Need
	if t.Need != nil {
		return refuse(NeedExists, "need %s was submitted before", n.ID)
	}
	if err := complete(n, t.now); err != nil {
		return err
	}
	if t.by != n.Buyer {
		return refuse(NotTheBuyer, "need %s is %s's to submit", n.ID, n.Buyer)
	}
	f.Law = make([]LawUsed, 0, len(t.law.Book.Agreements))
	for _, a := range t.law.Book.Agreements {
		f.Law = append(f.Law, LawUsed{a.ID, a.Hash})
	}
	t.emit(f)
	inForce := t.law.Book.InForce(t.at)
	for line := range n.Lines {
		for _, c := range inForce {
			t.engage(line, c, inForce, sub.Related)
		}
	}
	for line := range n.Lines {
		lot := LotID(len(t.Lots) + 1)
		t.emit(&LotOpened{Lot: lot, Line: line, Quantity: n.Lines[line].Quantity})
		t.openBeside(lot)
		t.advance(lot)
	}
	return nil
}

// complete reports what a need lacks for the law to run on it.
func complete(n *capacity.Need, now calendar.Instant) error {
	switch {
	case n.ID == "" || n.Buyer == "":
		return refuse(NeedIncomplete, "a need has an id and a buyer")
	case party.Check(string(n.ID)) != nil || party.Check(string(n.Buyer)) != nil:
		return refuse(NeedIncomplete, "the ids %q and %q: an id is lower-case letters, digits, '-' and '.'", n.ID, n.Buyer)
	case len(n.Lines) == 0:
		return refuse(NeedIncomplete, "need %s has no line", n.ID)
	case n.OffersWindow.IsZero():
		return refuse(NeedIncomplete, "need %s does not say how long providers may offer (offers_window)", n.ID)
	case n.OffersWindow.Unit != calendar.Hours:
		return refuse(NeedIncomplete, "offers_window of need %s must be in hours", n.ID)
	}
	for i := range n.Lines {
		l := &n.Lines[i]
		switch {
		case len(l.Accelerators) == 0:
			return refuse(NeedIncomplete, "line %d of need %s names no accelerator", i+1, n.ID)
		case l.Quantity < 1 || l.Quantity > capacity.MaxQuantity:
			return refuse(NeedIncomplete, "line %d of need %s: quantity %d is not 1 to %d", i+1, n.ID, l.Quantity, int64(capacity.MaxQuantity))
		case l.Least < 1 || l.Least > l.Quantity:
			return refuse(NeedIncomplete, "line %d of need %s: least quantity %d is not 1 to %d", i+1, n.ID, l.Least, l.Quantity)
		case !l.Period.From.IsSet() || l.Period.Until <= l.Period.From:
			return refuse(NeedIncomplete, "line %d of need %s has no period", i+1, n.ID)
		case l.Period.From < now:
			return refuse(NeedIncomplete, "line %d of need %s starts at %s, which is past", i+1, n.ID, l.Period.From)
		}
	}
	return nil
}

// engage records whether a clause engages a line, and why.
func (t *turn) engage(line int, c *agreement.Clause, inForce []*agreement.Clause, related []Related) {
	if stageOf(c) == beside {
		return
	}
	_, a, _ := t.law.Book.Clause(c.Ref)
	if a.Grantor != t.Need.Buyer || (a.Direction == agreement.Sells) != t.Need.Sells {
		return
	}
	reason, engaged := t.engages(line, c, inForce, related)
	if len(c.Holders) == 0 {
		t.emit(t.underCeiling(c, &Engaged{Line: line, Clause: c.Ref, Kind: c.Kind, Holder: c.Holder, Engaged: engaged, Reason: reason}))
		return
	}
	for _, h := range c.Holders {
		t.emit(t.underCeiling(c, &Engaged{Line: line, Clause: c.Ref, Kind: c.Kind, Holder: h.Holder, Engaged: engaged, Reason: reason}))
	}
}

func (t *turn) engages(line int, c *agreement.Clause, inForce []*agreement.Clause, related []Related) (string, bool) {
	if f, over := t.law.Book.Ended(c, t.at); over {
		return fmt.Sprintf("sunset: %s was certified by %s at %s", f.Trigger, f.By, f.At), false
	}
	if f, _, lost := t.law.Book.Forfeited(c, t.at); lost {
		return fmt.Sprintf("forfeited: %s was certified by %s at %s", f.Trigger, f.By, f.At), false
	}
	for _, trigger := range c.Conditions {
		if _, met := t.law.Book.Certified(c.Ref.Agreement, trigger, t.at); !met {
			return fmt.Sprintf("condition not met: %s is not certified", trigger), false
		}
	}
	if outside, ok := c.Scope.Admits(t.Need, line); !ok {
		return "out of scope: " + outside, false
	}
	for i := range c.CarveOuts {
		if c.CarveOuts[i].Scope.Covers(t.Need, line) {
			return "carved out: " + c.CarveOuts[i].Name, false
		}
	}
	for _, other := range inForce {
		if other.Kind != agreement.Approval || other.Ref.Agreement != c.Ref.Agreement || !slices.Contains(other.Disapplies, c.Ref.Clause) {
			continue
		}
		if _, over := t.law.Book.Ended(other, t.at); over {
			continue
		}
		if other.Scope.Covers(t.Need, line) {
			return fmt.Sprintf("set aside by %s", other.Ref), false
		}
	}
	return t.overThreshold(line, c, related)
}

// overThreshold adds what was asked for lately, so that splitting a need does not evade the clause.
func (s *State) overThreshold(line int, c *agreement.Clause, related []Related) (string, bool) {
	th := &c.Threshold
	if th.Open {
		return "in scope; the threshold is left open", true
	}
	if th.Quantity == 0 && th.TermDays == 0 && th.Amount.IsZero() {
		return "in scope", true
	}
	counted := recent(s.Need, th, related, s.Submitted)
	days := int64(0)
	for i := range s.Need.Lines {
		days = max(days, s.Need.Lines[i].Period.Seconds()/86400)
	}
	if days < th.TermDays {
		return fmt.Sprintf("below threshold: a term of %d of %d days", days, th.TermDays), false
	}
	if why, below := s.belowAmount(th, counted); below {
		return why, false
	}
	if th.Quantity == 0 {
		return "in scope; the threshold is reached", true
	}
	total := int64(0)
	for i := range s.Need.Lines {
		total += s.Need.Lines[i].Quantity
	}
	for i := range counted {
		total += counted[i].Quantity
	}
	if total < th.Quantity {
		return fmt.Sprintf("below threshold: %d of %d", total, th.Quantity), false
	}
	return fmt.Sprintf("in scope; %d reaches the threshold of %d", total, th.Quantity), true
}

// recent lists the other needs that a threshold aggregates with this one: those submitted within its days before it.
func recent(n *capacity.Need, th *agreement.Threshold, related []Related, submitted calendar.Instant) []Related {
	since := submitted - calendar.Instant(int64(th.AggregateDays)*24*calendar.Hour)
	var out []Related
	for _, r := range related {
		if th.AggregateDays > 0 && r.Class == n.Class && r.Submitted >= since && r.Need != n.ID {
			out = append(out, r)
		}
	}
	return out
}

// belowAmount reports whether the budgets that count stay below a threshold in money. A need that states no budget, or one
// in another currency, is not below it: saying nothing does not evade a right.
func (s *State) belowAmount(th *agreement.Threshold, counted []Related) (string, bool) {
	if s.Need.Budget.IsZero() {
		return "", false
	}
	total := s.Need.Budget
	for i := range counted {
		sum, err := total.Add(counted[i].Budget)
		if err != nil || counted[i].Budget.IsZero() {
			return "", false
		}
		total = sum
	}
	if order, _ := total.Cmp(th.Amount); order >= 0 { // or no order
		return "", false
	}
	return fmt.Sprintf("below threshold: %s of %s", total, th.Amount), true
}

// advance moves an idle lot on: to a right that stands in for what was lost, to the first right before the market
// without a live release, else to market.
func (t *turn) advance(id LotID) {
	t.refresh(t.Lot(id).Line)
	if t.stepIn(id) {
		return
	}
	l := t.Lot(id)
	for i := range t.Engagements {
		e := &t.Engagements[i]
		if e.Line != l.Line || !e.Engaged.Engaged || stageOf(e.clause) != beforeMarket || t.serves(l, e) {
			continue
		}
		t.run(id, e, "")
		return
	}
	if l.Status != InMarket {
		t.askForOffers(id, t.Need.OffersWindow)
	}
}

// run begins a right over a lot: with its holder, or with all its holders side by side where they share.
func (t *turn) run(id LotID, e *Engagement, chosen offer.ID) {
	if chosen != "" && t.Tender(chosen).Offer.Package != "" && e.runsWhole() {
		t.runWhole(id, *e)
		return
	}
	if !together(e.clause) {
		t.openMatter(&MatterOpened{Lot: id, Clause: e.clause.Ref, Holder: e.Holder, Again: t.again(t.Lot(id), e), Offer: chosen}, nil)
		return
	}
	t.openGroup(id, e.clause, chosen, "", nil)
}

// refresh lets the versions that took the place of engaged clauses decide anew on a line: what is open goes on under the
// version that opened it, and nothing new opens under a text that was amended.
func (t *turn) refresh(line int) {
	var inForce []*agreement.Clause
	for i := 0; i < len(t.Engagements); i++ {
		e := t.Engagements[i]
		if e.Line != line || !e.Engaged.Engaged || !t.over(e.clause) {
			continue
		}
		if inForce == nil {
			inForce = t.law.Book.InForce(t.at)
		}
		for _, c := range inForce {
			if sameClause(c.Ref, e.Engaged.Clause) && !t.decided(line, c.Ref) {
				t.engage(line, c, inForce, t.Related)
			}
		}
	}
}

// openBeside opens the matters of rights that keep nobody out over a lot.
func (t *turn) openBeside(id LotID) {
	for i := range t.Engagements {
		if e := &t.Engagements[i]; e.Line == t.Lot(id).Line && e.Engaged.Engaged && stageOf(e.clause) == alongside {
			t.openMatter(&MatterOpened{Lot: id, Clause: e.clause.Ref, Holder: e.Holder}, nil)
		}
	}
}

// endBeside ends the matters that run beside the way of a lot, now that somebody is to have it.
func (t *turn) endBeside(id LotID) {
	for i := range t.Matters {
		if m := &t.Matters[i]; m.Lot == id && m.Status.Pending() && stageOf(m.clause) == alongside {
			t.emit(&Ended{Matter: m.ID, Holder: m.Holder, Outcome: Terminated, Reason: "the lot went to somebody else"})
		}
	}
}

// underCeiling takes back an engagement of a holder that has had all that a clause gives it.
func (t *turn) underCeiling(c *agreement.Clause, f *Engaged) *Engaged {
	if f.Engaged && c.Process.Ceiling != nil && t.leftUnder(c, f.Holder) <= 0 {
		f.Engaged, f.Reason = false, fmt.Sprintf("ceiling reached: %d", c.Process.Ceiling.Quantity)
	}
	return f
}

// leftUnder is what a holder may still take under the ceiling of a clause.
func (s *State) leftUnder(c *agreement.Clause, holder party.ID) int64 {
	left := c.Process.Ceiling.Quantity
	for i := range s.Awards {
		a := &s.Awards[i]
		if m := s.Matter(a.Matter); m != nil && !a.Ended && m.For() == holder && sameClause(m.clause.Ref, c.Ref) && c.Process.Ceiling.Over.Contains(a.At) {
			left -= a.Quantity
		}
	}
	for _, r := range s.Related {
		for _, x := range r.Taken {
			if sameClause(x.Clause, c.Ref) && x.Holder == holder && c.Process.Ceiling.Over.Contains(x.At) {
				left -= x.Quantity
			}
		}
	}
	return left
}

// concerns reports whether a right is about what a provider would be given: it is not the holder's own, and the clause is about
// that provider.
func (e *Engagement) concerns(p party.ID) bool { return e.Holder != p && about(e.clause, p) }

// about reports whether a clause that names the rivals whom it is about names this one.
func about(c *agreement.Clause, p party.ID) bool {
	return len(c.Process.Against) == 0 || slices.Contains(c.Process.Against, p)
}

// sameClause reports whether two references are to versions of one clause.
func sameClause(a, b agreement.Ref) bool { return a.Agreement == b.Agreement && a.Clause == b.Clause }

// over reports whether a version of a clause binds no longer: an event ended it, it is forfeited, or its time is up. What is
// then open is for its survival to say; nothing new opens under it.
func (t *turn) over(c *agreement.Clause) bool { return t.overAt(c, t.at) }

func (s *State) overAt(c *agreement.Clause, at calendar.Instant) bool {
	if _, ended := s.law.Book.Ended(c, at); ended {
		return true
	}
	if _, _, lost := s.law.Book.Forfeited(c, at); lost {
		return true
	}
	current, _, ok := s.law.Book.Clause(c.Ref)
	return ok && current.Effective.Until.IsSet() && current.Effective.Until <= at
}

// serves reports whether a lot needs no run of a right: a release is live, the clause has ended, or the matter was
// terminated.
func (t *turn) serves(l *Lot, e *Engagement) bool {
	if t.over(e.clause) || t.exhausted(e) {
		return true
	}
	if e.Kind == agreement.ProRata && t.shareless(l, e.clause, e.Holder) || t.goneFrom(l, e) {
		return true
	}
	if slices.ContainsFunc(l.Releases, func(r Release) bool { return r.of(e) && r.live(t.at) }) {
		return true
	}
	for i := range t.Matters {
		m := &t.Matters[i]
		another := e.Kind == agreement.NoLessFavourable && (l.Pick == nil || m.Offer != l.Pick.Offer) // another offer is another question
		if m.Lot == l.ID && m.clause.Ref == e.clause.Ref && m.Status == Terminated && m.For() == e.Holder && !another {
			return true
		}
	}
	return false
}

// exhausted reports whether a clause has nothing for a holder any more: it has had all under the ceiling, or the need is below the threshold that was
// determined for it, which is of the whole need.
func (s *State) exhausted(e *Engagement) bool {
	if e.clause.Process.Ceiling != nil && s.leftUnder(e.clause, e.Holder) <= 0 {
		return true
	}
	for i := range s.Matters {
		m := &s.Matters[i]
		if m.Status != Terminated || m.clause.Ref != e.clause.Ref || m.For() != e.Holder {
			continue
		}
		if _, above := s.overThreshold(e.Line, m.clause, s.Related); !above {
			return true
		}
	}
	return false
}

// gone reports whether a right does not come back after its tail: its clause says that nothing reopens it. A release that ended
// otherwise, by a new offer of the grantor, leaves the right as it is, or a cap could be shed.
func (t *turn) gone(r *Release) bool {
	p := t.Matter(r.Matter).clause.Process.Reopen
	return p.Given && len(p.Value) == 0 && r.Until.IsSet() && r.Until <= t.at && (!r.Over || r.Why == agreement.OnTailOver)
}

// goneFrom reports whether the right over a lot does not come back after its tail.
func (t *turn) goneFrom(l *Lot, e *Engagement) bool {
	return slices.ContainsFunc(l.Releases, func(r Release) bool { return r.of(e) && t.gone(&r) })
}

// of reports whether a release is of one holder's right under one clause.
func (r *Release) of(e *Engagement) bool {
	return sameClause(r.Clause, e.clause.Ref) && r.Holder == e.Holder
}
