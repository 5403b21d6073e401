package right

import (
	"errors"
	"slices"
	"strings"

	"firstlook/agreement"
)

// determine records what an open parameter means in one matter, and lets the matter go on from where it stopped.
func (t *turn) determine(d Determine) error {
	m := t.Matter(d.Matter)
	switch {
	case m == nil:
		return refuse(UnknownMatter, "no matter %s", d.Matter)
	case t.person == "":
		return refuse(PersonRequired, "a determination needs the name of the person who makes it")
	case d.Reason == "":
		return refuse(ReasonRequired, "a determination needs a reason")
	case m.Question == nil:
		return refuse(NothingToDecide, "matter %s waits for no determination", d.Matter)
	case m.Question.Param != d.Param:
		return refuse(NothingToDecide, "matter %s waits for %s, not %s", d.Matter, m.Question.Param, d.Param)
	}
	if strings.TrimSpace(d.Value) == "unspecified" {
		return refuse(ValueInvalid, "unspecified determines nothing; say what %s is", d.Param)
	}
	if _, err := m.clause.With(d.Param, d.Value); err != nil {
		return refuse(ValueInvalid, "%s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	asked := append(slices.Clip(m.More().Doubts), m.Question)
	t.emit(&Determined{Matter: d.Matter, Param: d.Param, Value: d.Value, Person: t.person, Reason: d.Reason})
	t.goOn(d.Matter, asked)
	t.stillToOpen(t.Matter(d.Matter)) // a window that could not open while the question stood
	return nil
}

// goOn takes a matter up at the step where it stopped: at the last of what was asked, which is all that is except where it is asked over several
// lots whether the right revives.
func (t *turn) goOn(id MatterID, asked []*Question) {
	m, q := t.Matter(id), asked[len(asked)-1]
	switch q.Resume {
	case AtNotice:
		t.firstNotice(id, m.More().HeldTerms)
	case AtSilence:
		t.silent(id)
	case AtRelease:
		if q.Param == "tail" {
			t.free(id)
		} else {
			t.release(id)
		}
	case AtAnswer:
		t.answerStands(m, q)
	case AtResponse:
		if m.RespondBy.IsSet() {
			t.unanswered(id)
		} else {
			t.named(id, *m.Named)
		}
	case AtReopen:
		t.reopens(m, asked)
	case AtInformation:
		t.tollForInformation(m, m.More().AskedAt)
	case AtChange:
		if f, err := t.changed(m, *q.Change); err == nil {
			t.changes(m, f)
		} // else it cannot be made any more: what was noticed stands
	case AtAllocation:
		t.allocateWhenAll(m.More().Group)
	case AtNegotiation:
		t.negotiate(id)
	case AtLook:
		t.look(id)
	case AtSunset:
		switch {
		case m.clause.Survival.Value == agreement.Terminate:
			t.end(id, Terminated, "the clause is over")
		case m.Status == Bidden:
			t.allocateWhenAll(m.More().Group) // which waited where this was asked before how to share
		}
	}
}

// answerStands takes up an answer that waited; where it does not stand under what was determined, that is recorded
// and the window goes on.
func (t *turn) answerStands(m *Matter, q *Question) {
	if q.Param == "counter" {
		if m.clause.Process.Counter.Value == agreement.CounterSpends {
			t.end(m.ID, Declined, "other terms were proposed, which the clause takes as a refusal")
		} else {
			t.resume(m, q)
		}
		return
	}
	var no *Refusal
	if errors.As(t.take(*q.Answer, q.AnsweredAt), &no) {
		t.emit(&AnswerVoid{Matter: m.ID, Code: no.Code})
	}
	t.resume(t.Matter(m.ID), q) // what the answer left open
}

// resume lets a window go on that stood still while an answer waited: the holder could not answer meanwhile and has what
// was left of its time.
func (t *turn) resume(m *Matter, q *Question) {
	if m.Status == Open && m.Question == nil {
		t.emit(&Opened{Matter: m.ID, AnswerBy: t.at + (m.AnswerBy - q.AnsweredAt)})
	}
}

// reopens applies the determined reopening rule to the releases that a fall-through or a tail's end left in doubt. A tail that ended while a
// person was asked takes nothing away.
func (t *turn) reopens(m *Matter, asked []*Question) {
	id, rule := m.ID, m.clause.Process.Reopen.Value
	for lot := LotID(1); int(lot) <= len(t.Lots); lot++ {
		releases := t.Lot(lot).Releases
		i := slices.IndexFunc(releases, func(r Release) bool { return r.Matter == id })
		at := slices.IndexFunc(asked, func(q *Question) bool {
			return q.Lot == lot && (slices.Contains(rule, q.Reopen) || slices.Contains(rule, releases[i].Why))
		})
		if at < 0 {
			continue
		}
		if !releases[i].Over {
			t.emit(&ReleaseEnded{Lot: lot, Matter: id, Why: asked[at].Reopen})
		}
		if t.Lot(lot).Status == InMarket {
			t.advance(lot)
		}
	}
}

// withdraw closes what is not awarded. What a holder was promised for its window stays promised.
func (t *turn) withdraw(w Withdraw) error {
	if t.Withdrawn {
		return refuse(NeedClosed, "need %s was withdrawn before", t.Need.ID)
	}
	if w.Reason == "" {
		return refuse(ReasonRequired, "say why the need is withdrawn")
	}
	for i := range t.Matters {
		m := &t.Matters[i]
		if t.promised(m) {
			return t.refuseFor(m, Irrevocable, "%s may still answer matter %s", m.Holder, m.ID)
		}
	}
	for i := range t.Matters {
		if m := &t.Matters[i]; m.Status.Pending() && stageOf(m.clause) != onEvent {
			t.emit(&Ended{Matter: m.ID, Holder: m.Holder, Outcome: Terminated, Reason: "the need was withdrawn"})
		}
	}
	t.emit(&NeedWithdrawn{Reason: w.Reason})
	return nil
}

// promised reports whether a holder may still take what was noticed, or has taken it and waits for others.
func (t *turn) promised(m *Matter) bool {
	switch m.Status {
	case Sent, Open, Stood:
		return m.Terms != nil && stageOf(m.clause) != onEvent
	case Bidden, Conditional:
		return stageOf(m.clause) != onEvent
	}
	return false
}

// determined reports whether a person said in this matter what a parameter is.
func (m *Matter) determined(param string) bool {
	return slices.ContainsFunc(m.Determined, func(d Determined) bool { return d.Param == param })
}
