package lawcheck

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/money"
	"firstlook/party"
	"firstlook/right"
)

// beside are the kinds that promise something and bind no award; every other kind is a right, and each need considers it.
var beside = []agreement.Kind{agreement.Approval, agreement.Commitment, agreement.RevenueShare, agreement.Licence,
	agreement.ServiceLevel, agreement.SecurityBaseline}

func number(n int64) string { return strconv.FormatInt(n, 10) }

func (c *Checker) submittedNeed(f *right.NeedSubmitted) {
	if c.need != nil {
		c.broken(I9, place{}, "need "+string(f.Need.ID), "one submission", "the need is submitted a second time")
		return
	}
	c.need, c.related, c.named, c.submitted = &f.Need, f.Related, f.Law, c.event.At
	if f.Engine == "" {
		c.broken(I11, place{}, "no engine", "which rules decided", "the need does not name the engine")
	}
	for _, l := range f.Law {
		if !slices.ContainsFunc(c.law.Book.Agreements, func(a *agreement.Agreement) bool { return a.ID == l.Agreement }) {
			c.broken(I11, place{}, string(l.Agreement), "an agreement that the law has", "the need names agreement %s, which the law lacks", l.Agreement)
		}
	}
}

// tide says what time has done to a clause at an instant.
type tide uint8

const (
	runs    tide = iota // it binds
	turning             // it ends at this very instant, by something that may have been recorded before or after the event
	ebbed               // it binds no longer
)

// tideOf says whether a clause binds at an instant.
func (c *Checker) tideOf(ref agreement.Ref, at calendar.Instant) tide {
	clause, text, ok := c.law.Book.Clause(ref)
	if !ok {
		return runs
	}
	if until := clause.Effective.Until; until.IsSet() && until <= at {
		if amended, _ := text.ReplacedAt(ref.Clause, until); !amended || until < at {
			return ebbed
		}
		return turning
	}
	if _, from, lost := c.law.Book.Forfeited(clause, at); lost {
		if from < at {
			return ebbed
		}
		return turning
	}
	f, ended := c.law.Book.Ended(clause, at)
	switch {
	case !ended:
		return runs
	case f.At < at:
		return ebbed
	}
	// the first fact found may not be the earliest
	if _, before := c.law.Book.Ended(clause, at-1); before {
		return ebbed
	}
	return turning
}

// engagedClause reads what was decided of one clause and one line, and holds it against the clause (I11, I13, I16).
func (c *Checker) engagedClause(f *right.Engaged) {
	if !c.lineOf(f.Line, place{}) {
		return
	}
	clause := c.known(f.Clause, place{})
	if clause == nil {
		return
	}
	if c.engagementOf(f.Line, f.Clause, f.Holder) != nil {
		c.broken(I9, place{}, f.Clause.String(), "one decision for each clause version, holder and line", "%s is considered for line %d a second time", f.Clause, f.Line+1)
		return
	}
	c.engaged = append(c.engaged, &engagement{f, clause, c.event.At})
	if _, holds := clause.Holding(f.Holder); !holds || f.Kind != clause.Kind {
		c.broken(I11, place{}, fmt.Sprintf("%s of %s", f.Kind, f.Holder), fmt.Sprintf("%s of %s", clause.Kind, clause.Holds()[0].Holder), "%s is cited as another right", f.Clause)
	}
	tide := c.tideOf(f.Clause, c.event.At)
	switch {
	case tide == ebbed && f.Engaged:
		c.broken(c.endedBy(clause), place{}, "engaged", "not engaged: the clause had ended", "%s engages line %d after it ended", f.Clause, f.Line+1)
		return
	case tide == turning || c.tied(clause):
		return
	case tide == runs && clause.Effective.From > c.event.At:
		c.broken(I11, place{}, f.Clause.String(), "a version in force", "%s is considered for line %d before it is in force", f.Clause, f.Line+1)
		return
	}
	reason, should := c.engages(f.Line, clause)
	if should && c.exhausted(clause, f.Holder) {
		reason, should = "nothing is left under the ceiling", false
	}
	if should == f.Engaged || tide == ebbed {
		return
	}
	invariant := I11
	switch th := &clause.Threshold; {
	case clause.Forfeiture != nil && strings.HasPrefix(f.Reason, "forfeited"):
		invariant = I14
	case th.Quantity > 0 || th.TermDays > 0 || !th.Amount.IsZero():
		invariant = I16
	}
	c.broken(invariant, place{}, verdict(f.Engaged)+": "+f.Reason, verdict(should)+": "+reason, "%s is not considered as it reads for line %d", f.Clause, f.Line+1)
}

func verdict(engaged bool) string {
	if engaged {
		return "engaged"
	}
	return "not engaged"
}

// endedBy is the invariant that a clause breaks which goes on after its end: a forfeiture has its own.
func (c *Checker) endedBy(clause *agreement.Clause) string {
	if _, _, lost := c.law.Book.Forfeited(clause, c.event.At); lost {
		return I14
	}
	return I13
}

// engagementOf returns what was decided of a clause for a line and a holder; of any holder where none is named.
func (c *Checker) engagementOf(line int, ref agreement.Ref, holder party.ID) *engagement {
	for _, e := range c.engaged {
		if e.Line == line && e.Engaged.Clause == ref && (holder == "" || e.Holder == holder) {
			return e
		}
	}
	return nil
}

// tied reports whether some text of the clause's agreement begins or ends at this very instant, by an amendment or a
// certificate: then the record does not say under which of the two it was decided.
func (c *Checker) tied(clause *agreement.Clause) bool {
	_, a, _ := c.law.Book.Clause(clause.Ref)
	if a.AmendedAt(c.event.At) {
		return true
	}
	return slices.ContainsFunc(c.law.Book.Facts, func(f agreement.Fact) bool { return f.Agreement == a.ID && f.At == c.event.At })
}

// engages says whether a clause that binds engages a line, by its scope, its carve-outs, the approvals that set it aside and
// its threshold.
func (c *Checker) engages(line int, clause *agreement.Clause) (string, bool) {
	if outside, in := clause.Scope.Admits(c.need, line); !in {
		return "out of scope: " + outside, false
	}
	for i := range clause.CarveOuts {
		if clause.CarveOuts[i].Scope.Covers(c.need, line) {
			return "carved out: " + clause.CarveOuts[i].Name, false
		}
	}
	_, a, _ := c.law.Book.Clause(clause.Ref)
	for _, other := range a.InForce(c.event.At) {
		if other.Kind != agreement.Approval || !slices.Contains(other.Disapplies, clause.Ref.Clause) || c.tideOf(other.Ref, c.event.At) != runs {
			continue
		}
		if other.Scope.Covers(c.need, line) {
			return "set aside by " + other.Ref.String(), false
		}
	}
	for _, trigger := range clause.Conditions {
		if _, met := c.law.Book.Certified(clause.Ref.Agreement, trigger, c.event.At); !met {
			return "condition not met: " + string(trigger), false
		}
	}
	return c.reaches(line, clause)
}

// reaches says whether a need reaches each bound that a threshold states.
func (c *Checker) reaches(line int, clause *agreement.Clause) (string, bool) {
	th := &clause.Threshold
	if th.Open {
		return "in scope; the threshold is to be determined", true
	}
	day := calendar.Instant(24 * calendar.Hour)
	if period := c.need.Lines[line].Period; th.TermDays > 0 && (period.Until-period.From)/day < calendar.Instant(th.TermDays) {
		return fmt.Sprintf("a term below %d days", th.TermDays), false
	}
	if total, known := c.budgets(th); known && !th.Amount.IsZero() {
		if order, err := total.Cmp(th.Amount); err == nil && order < 0 {
			return fmt.Sprintf("%s together, the threshold is %s", total, th.Amount), false
		}
	}
	if th.Quantity == 0 {
		return "in scope", true
	}
	total := c.together(clause)
	return fmt.Sprintf("%d counted together, the threshold is %d", total, th.Quantity), total >= th.Quantity
}

// budgets sums the budgets that count; false where one is not stated or not in the same currency: saying nothing evades nothing.
func (c *Checker) budgets(th *agreement.Threshold) (money.Amount, bool) {
	total := c.need.Budget
	if total.IsZero() {
		return total, false
	}
	for _, r := range c.recent(th) {
		sum, err := total.Add(r.Budget)
		if err != nil || r.Budget.IsZero() {
			return total, false
		}
		total = sum
	}
	return total, true
}

// together is what counts towards a threshold: all lines of the need, and the related needs of its class in the days
// before that the clause adds up.
func (c *Checker) together(clause *agreement.Clause) int64 {
	var total int64
	for i := range c.need.Lines {
		total += c.need.Lines[i].Quantity
	}
	for _, r := range c.recent(&clause.Threshold) {
		total += r.Quantity
	}
	return total
}

// recent lists the related needs of the class in the days before the need that a threshold adds up.
func (c *Checker) recent(th *agreement.Threshold) []right.Related {
	from := c.submitted - calendar.Instant(int64(th.AggregateDays)*24*calendar.Hour)
	var out []right.Related
	for _, r := range c.related {
		if th.AggregateDays > 0 && r.Need != c.need.ID && r.Class == c.need.Class && r.Submitted >= from {
			out = append(out, r)
		}
	}
	return out
}

// openedLot reads a lot that opens; by then every clause in force was considered.
func (c *Checker) openedLot(f *right.LotOpened) {
	c.considered()
	at := place{lot: f.Lot}
	if !c.lineOf(f.Line, at) || !c.next(int(f.Lot), len(c.lots), at, f.Lot.String()) {
		return
	}
	if f.Quantity < 1 {
		c.broken(I6, at, number(f.Quantity), "1 or more", "%s holds nothing", f.Lot)
	}
	c.lots = append(c.lots, &lot{id: f.Lot, line: f.Line, quantity: f.Quantity, stands: nowhere, since: c.event.At})
}

// considered is I11: each right of the agreements that the need names, in force when it was submitted, was considered for
// each line.
func (c *Checker) considered() {
	if c.complete {
		return
	}
	c.complete = true
	for _, l := range c.named {
		for _, a := range c.law.Book.Agreements {
			if a.ID != l.Agreement || a.Grantor != c.need.Buyer || (a.Direction == agreement.Sells) != c.need.Sells {
				continue
			}
			if a.AmendedAt(c.submitted) {
				continue // under which text is not said
			}
			for _, clause := range a.InForce(c.submitted) {
				c.consideredFor(clause)
			}
		}
	}
}

func (c *Checker) consideredFor(clause *agreement.Clause) {
	if slices.Contains(beside, clause.Kind) {
		return
	}
	for line := range c.need.Lines {
		for _, h := range clause.Holds() {
			if c.engagementOf(line, clause.Ref, h.Holder) == nil {
				c.broken(I11, place{}, "nothing of "+clause.Ref.String(), "whether it engages, and why", "%s was in force and was not considered for line %d", clause.Ref, line+1)
			}
		}
	}
}

// outlived is I13: no matter goes on under a clause that ended and ends what is open, or that leaves open whether it does,
// without somebody being asked.
func (c *Checker) outlived() {
	for _, m := range c.matters {
		if !m.phase.Pending() || m.outlives {
			continue
		}
		ends, ok := c.endOf(m)
		if !ok || max(ends, m.running) >= c.event.At {
			continue
		}
		m.outlives = true
		c.broken(c.endedBy(m.clause), m.spot(), m.id.String()+" is "+string(m.phase), "terminated, or a question to a person, at "+ends.String(), "%s goes on after %s ended", m.id, m.clause.Ref)
	}
}

// endOf is when the clause of a matter ends in a way that the matter does not survive. What its survival governs waits while a
// person is asked about it, or about something else first; an amendment that ends open matters and a forfeiture do not.
func (c *Checker) endOf(m *matter) (calendar.Instant, bool) {
	current, a, ok := c.law.Book.Clause(m.clause.Ref)
	if !ok {
		return 0, false
	}
	survives := m.question != nil && (m.question.Resume == right.AtSunset || !m.clause.Survival.Given) ||
		m.clause.Survival.Given && m.clause.Survival.Value == agreement.RunOff
	var ends calendar.Instant
	sooner := func(at calendar.Instant) {
		if ends == 0 || at < ends {
			ends = at
		}
	}
	for _, f := range c.law.Book.Facts {
		if !f.Challenge && f.Agreement == a.ID && slices.Contains(current.Triggers, f.Trigger) && !survives {
			sooner(f.At)
		}
	}
	if _, from, lost := c.law.Book.Forfeited(current, calendar.Latest); lost {
		sooner(from) // whatever its survival
	}
	if until := current.Effective.Until; until.IsSet() {
		amended, transition := a.ReplacedAt(current.Ref.Clause, until)
		if amended && transition == agreement.EndMatters || !amended && !survives {
			sooner(until)
		}
	}
	return ends, ends.IsSet()
}

// terminated is I13 for a matter that is ended as terminated: its clause ended and it does not survive that, or the need is
// withdrawn, which the record says next.
func (c *Checker) terminated(m *matter, why string) {
	if ends, ok := c.endOf(m); ok && ends <= c.event.At {
		return
	}
	if strings.HasPrefix(why, "forfeited") {
		c.broken(I14, m.spot(), "terminated: "+why, "a certified event and a challenge period that passed", "%s is taken away though %s is not forfeited", m.id, m.clause.Ref)
		return
	}
	if m.clause.Threshold.TermDays+m.clause.Threshold.Quantity > 0 || !m.clause.Threshold.Amount.IsZero() {
		if _, reached := c.reaches(c.lots[m.lot-1].line, m.clause); !reached {
			return // a threshold that was determined in the matter, which the need does not reach
		}
	}
	if m.clause.Process.Share.Given && m.quantity == 0 {
		return // the share that was determined comes to none
	}
	taken := m.phase == right.Bidden || m.phase == right.Conditional || m.phase == right.StandNamed || m.looks != nil || m.answer != nil
	if taken && c.keptFrom(c.lots[m.lot-1], m.holder) != nil {
		return // it was taken, and an exclusivity began before it could be had
	}
	if m.beside {
		return // it kept nobody out, and the lot went on without it
	}
	if m.option != nil && m.option.ended {
		return // there is nothing left to take over
	}
	if t, ok := c.offers[m.offer]; ok && m.clause.Kind == agreement.NoLessFavourable && !c.favours(m.clause, &t.Offer.Terms) {
		return // the offer gives the rival nothing that the holder does not have
	}
	c.leaving = append(c.leaving, departure{m, c.number, m.phase})
}

// departure is a matter that ended for no reason that its clause has.
type departure struct {
	*matter
	event int
	was   right.Status
}

// leaves looks at the event behind matters that ended though their clauses go on: it must withdraw the need.
func (c *Checker) leaves(f right.Fact) {
	if len(c.leaving) == 0 {
		return
	}
	switch f := f.(type) {
	case *right.NeedWithdrawn:
		return
	case *right.Ended:
		if f.Outcome == right.Terminated {
			return
		}
	}
	for _, m := range c.leaving {
		c.brokenAt(m.event, I13, m.spot(), "terminated", "an end by somebody's answer or by the clause's silence", "%s was terminated though %s goes on and the need was not withdrawn", m.id, m.clause.Ref)
	}
	c.leaving = nil
}

// holds reports whether a provider holds an engaged right on a line.
func (c *Checker) holds(line int, p party.ID) bool {
	return slices.ContainsFunc(c.engaged, func(e *engagement) bool { return e.Line == line && e.Engaged.Engaged && e.Holder == p })
}
