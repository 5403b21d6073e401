package naive

import (
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/right"
)

// submit takes a need: the clauses in force say what engages, and each line's quantity begins its way.
func (w *World) submit(c right.Command, a right.Submit, now calendar.Instant) right.Code {
	n := a.Need
	switch {
	case w.need != nil:
		return right.NeedExists
	case incomplete(&n, now):
		return right.NeedIncomplete
	case c.By != n.Buyer:
		return right.NotTheBuyer
	}
	w.need, w.related, w.submitted = &n, a.Related, now
	var ours []*agreement.Clause
	for _, cl := range w.law.Book.InForce(now) {
		if a := w.agreementOf(cl.Ref); a.Grantor != n.Buyer || (a.Direction == agreement.Sells) != n.Sells || !isRight(cl.Kind) {
			continue
		}
		ours = append(ours, cl)
	}
	for line := range n.Lines {
		for _, cl := range ours {
			w.engaged = append(w.engaged, w.engage(line, cl, now)...)
		}
	}
	for line := range n.Lines {
		w.lots = append(w.lots, &lot{id: right.LotID(len(w.lots) + 1), line: line, quantity: n.Lines[line].Quantity, status: right.Idle})
	}
	for _, l := range slices.Clone(w.lots) {
		w.advance(l, now)
	}
	return ""
}

func incomplete(n *capacity.Need, now calendar.Instant) bool {
	if len(n.Lines) == 0 || n.OffersWindow.N <= 0 || n.OffersWindow.Unit != calendar.Hours {
		return true
	}
	for _, l := range n.Lines {
		if l.Quantity <= 0 || len(l.Accelerators) == 0 || l.Period.From <= now || l.Period.Until <= l.Period.From {
			return true
		}
	}
	return false
}

func isRight(k agreement.Kind) bool {
	return k == agreement.Exclusive || isBefore(k) || isAfter(k) || isStepIn(k) || isCall(k)
}

func (w *World) engage(line int, c *agreement.Clause, now calendar.Instant) []*engagement {
	var out []*engagement
	for _, h := range c.Holds() {
		out = append(out, &engagement{line: line, clause: c, holder: h.Holder, yes: w.engages(line, c, now)})
	}
	return out
}

// engages decides whether a clause engages a line.
func (w *World) engages(line int, c *agreement.Clause, now calendar.Instant) bool {
	if _, over := w.law.Book.Ended(c, now); over {
		return false
	}
	if at, ok := w.forfeitedAt(c); ok && at <= now || !w.conditionsMet(c, now) {
		return false
	}
	if _, in := c.Scope.Admits(w.need, line); !in {
		return false
	}
	for i := range c.CarveOuts {
		if c.CarveOuts[i].Scope.Covers(w.need, line) {
			return false
		}
	}
	return !w.setAside(line, c, now) && (c.Threshold.Open || w.reaches(c))
}

// setAside says whether an approval in force disapplies a clause to a line.
func (w *World) setAside(line int, c *agreement.Clause, now calendar.Instant) bool {
	for _, ap := range w.law.Book.InForce(now) {
		if ap.Kind != agreement.Approval || ap.Ref.Agreement != c.Ref.Agreement || !slices.Contains(ap.Disapplies, c.Ref.Clause) {
			continue
		}
		if _, over := w.law.Book.Ended(ap, now); over || !ap.Scope.Covers(w.need, line) {
			continue
		}
		out := false
		for i := range ap.CarveOuts {
			out = out || ap.CarveOuts[i].Scope.Covers(w.need, line)
		}
		if !out {
			return true
		}
	}
	return false
}

// reaches says whether the need is as large as the threshold of a clause.
func (w *World) reaches(c *agreement.Clause) bool {
	var quantity int64
	for _, l := range w.need.Lines {
		quantity += l.Quantity
	}
	for _, r := range w.recent(c) {
		quantity += r.Quantity
	}
	return quantity >= c.Threshold.Quantity && w.longest() >= c.Threshold.TermDays && w.costs(c)
}

// longest is the term of the longest line, in whole days.
func (w *World) longest() int64 {
	var days int64
	for _, l := range w.need.Lines {
		days = max(days, l.Period.Seconds()/86400)
	}
	return days
}

// costs says whether the budget of the need, with those of related ones, is as large as the threshold; a need that states none reaches it.
func (w *World) costs(c *agreement.Clause) bool {
	sum := w.need.Budget
	if sum.IsZero() || c.Threshold.Amount.IsZero() {
		return true
	}
	for _, r := range w.recent(c) {
		if r.Budget.IsZero() {
			return true
		}
		if s, err := sum.Add(r.Budget); err == nil {
			sum = s
		}
	}
	order, err := sum.Cmp(c.Threshold.Amount)
	return err != nil || order >= 0
}

// recent are the related needs that a threshold adds.
func (w *World) recent(c *agreement.Clause) []right.Related {
	var out []right.Related
	since := w.submitted - calendar.Instant(int64(c.Threshold.AggregateDays)*24*calendar.Hour)
	for _, r := range w.related {
		if c.Threshold.AggregateDays > 0 && r.Need != w.need.ID && r.Buyer == w.need.Buyer && r.Class == w.need.Class && r.Submitted >= since && r.Submitted <= w.submitted {
			out = append(out, r)
		}
	}
	return out
}

// conditionsMet says whether every event that a clause waits for was certified.
func (w *World) conditionsMet(c *agreement.Clause, now calendar.Instant) bool {
	for _, t := range c.Conditions {
		met := false
		for _, f := range w.law.Book.Facts {
			met = met || !f.Challenge && f.Agreement == c.Ref.Agreement && f.Trigger == t && f.At <= now
		}
		if !met {
			return false
		}
	}
	return true
}

// forfeitedAt is when a clause is forfeited for good: the end of the time to challenge the first certification, or the next one
// after a challenge in time.
func (w *World) forfeitedAt(c *agreement.Clause) (calendar.Instant, bool) {
	var first calendar.Instant
	if c.Forfeiture == nil {
		return 0, false
	}
	for _, t := range c.Forfeiture.Triggers {
		if at, ok := w.finalAt(c, t); ok && (!first.IsSet() || at < first) {
			first = at
		}
	}
	return first, first.IsSet()
}

// finalAt is when the first certification of an event becomes final: each when its own time to be challenged is over, or at once where one before it was
// challenged in time before it was recorded.
func (w *World) finalAt(c *agreement.Clause, t agreement.TriggerID) (calendar.Instant, bool) {
	var first calendar.Instant
	stopped := false                      // one before was challenged in time
	waiting := map[int]calendar.Instant{} // certifications that may still be challenged, until when
	final := func(at calendar.Instant) {
		if !first.IsSet() || at < first {
			first = at
		}
	}
	for i, f := range w.law.Book.Facts {
		switch {
		case f.Agreement != c.Ref.Agreement || f.Trigger != t:
		case !f.Challenge && stopped:
			final(f.At)
		case !f.Challenge:
			waiting[i] = f.At
			if c.Forfeiture.Challenge.Length.N > 0 {
				waiting[i] = calendar.Latest // where the calendar cannot say
				if end, ok := w.deadline(c, c.Forfeiture.Challenge, f.At); ok {
					waiting[i] = end
				}
			}
		default:
			for i, end := range waiting {
				if f.At < end {
					stopped = true
					delete(waiting, i)
				}
			}
		}
	}
	for _, end := range waiting {
		if end < calendar.Latest {
			final(end)
		}
	}
	return first, first.IsSet()
}

// reconsider records what is decided anew where an amendment has taken the place of an engaged clause.
func (w *World) reconsider(line int, now calendar.Instant) {
	w.engaged = append(w.engaged, w.anew(line, now)...)
}

// anewOf records what is decided anew about the clause of one matter.
func (w *World) anewOf(m *matter, now calendar.Instant) {
	for _, e := range w.anew(w.lot(m.lot).line, now) {
		if e.clause.Ref.Agreement == m.clause.Ref.Agreement && e.clause.Ref.Clause == m.clause.Ref.Clause {
			w.engaged = append(w.engaged, e)
		}
	}
}

// anew decides on each version that has taken the place of an engaged one and that nothing was decided about.
func (w *World) anew(line int, now calendar.Instant) []*engagement {
	var out []*engagement
	for _, c := range w.law.Book.InForce(now) {
		replaces, known := false, false
		for _, e := range w.engaged {
			if e.line == line && e.clause.Ref.Agreement == c.Ref.Agreement && e.clause.Ref.Clause == c.Ref.Clause {
				replaces = replaces || e.yes && e.clause.Ref.Version < c.Ref.Version
				known = known || e.clause.Ref.Version == c.Ref.Version
			}
		}
		if replaces && !known {
			out = append(out, w.engage(line, c, now)...)
		}
	}
	return out
}

// rights lists the clauses that engage a line and may open something now, in the order in which they run.
func (w *World) rights(line int, of func(agreement.Kind) bool, now calendar.Instant) []*engagement {
	all := append(slices.Clone(w.engaged), w.anew(line, now)...)
	var out []*engagement
	for _, c := range w.law.Book.InForce(now) {
		for _, e := range all {
			if e.line == line && e.yes && e.clause.Ref == c.Ref && of(c.Kind) && w.inForce(c.Ref, now) && !w.below(e) {
				out = append(out, e)
			}
		}
	}
	return out
}

// below says whether the need was found to be below the threshold that was determined for a holder's right: it is of the whole need.
func (w *World) below(e *engagement) bool {
	for _, m := range w.matters {
		if m.below && m.clause.Ref == e.clause.Ref && m.right() == e.holder {
			return true
		}
	}
	return false
}
