package lawcheck

import (
	"fmt"
	"slices"
	"strings"

	"firstlook/agreement"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// answered reads what a holder said: it is the holder's own word (I1), and in time (I2).
func (c *Checker) answered(f *right.Answered) {
	m := c.matterOf(f.Answer.Matter)
	if m == nil {
		return
	}
	kind := f.Answer.Kind
	if c.event.By != m.holder {
		c.broken(I1, m.spot(), kindText(kind)+" by "+who(c.event), "an answer of "+string(m.holder), "somebody else answers for the holder of %s", m.id)
	}
	late := m.phase == right.Open && c.event.At >= m.answerBy || m.phase == right.Negotiating && c.event.At >= m.negotiateBy
	over := !m.phase.Pending() && kind != right.Unable
	if kind != right.Waive && (late || over || m.phase == right.StandNamed) {
		c.broken(I2, m.spot(), fmt.Sprintf("%s at %s", kindText(kind), c.event.At), "a refusal: "+m.whyClosed(), "%s is answered after its window", m.id)
	}
	m.answer, m.answeredAt, m.loose = &f.Answer, c.event.At, true
}

func kindText(k right.AnswerKind) string {
	if k == "" {
		return "an empty answer"
	}
	return string(k)
}

// whyClosed says why a matter takes no answer.
func (m *matter) whyClosed() string {
	switch m.phase {
	case right.Open:
		return "its window closed at " + m.answerBy.String()
	case right.Negotiating:
		return "the negotiation ended at " + m.negotiateBy.String()
	}
	return "it was " + string(m.phase)
}

// voided reads an answer that does not stand under what was determined.
func (c *Checker) voided(f *right.AnswerVoid) {
	if m := c.matterOf(f.Matter); m != nil {
		m.loose = false
	}
}

// countered reads an answer that was turned away: its terms must not match (I3).
func (c *Checker) countered(f *right.Countered) {
	m := c.matterOf(f.Matter)
	if m == nil {
		return
	}
	p := &m.clause.Process
	if m.seen != nil && p.Match.Given && !m.ownTerms() {
		noticed := c.partOf(m)
		if equal, _ := offer.Matches(c.direction(), p.Match.Value, noticed, &f.Terms); equal {
			c.broken(I3, m.spot(), "a counter-offer", "an exercise", "the terms that the holder of %s stated match what was noticed", m.id)
		}
	}
	if f.Spent && !(p.Counter.Given && p.Counter.Value == agreement.CounterSpends) {
		c.broken(I2, m.spot(), "the right is spent", "the window goes on", "other terms end %s, which %s does not say", m.id, m.clause.Ref)
	}
	m.loose, m.spent = false, f.Spent
}

// namedTerms reads terms that a holder named: they are those of its answer (I3).
func (c *Checker) namedTerms(f *right.Named) {
	m := c.matterOf(f.Matter)
	if m == nil {
		return
	}
	switch {
	case m.phase == right.StandNamed && m.names != nil: // until when the grantor may respond was determined
		c.equal(m, &m.names.Terms, &f.Terms, "named terms change in "+m.id.String())
	case !m.loose || m.answer.Kind != right.Name || m.answer.Terms == nil:
		c.broken(I3, m.spot(), f.Terms.String(), "an answer that names them", "the holder of %s named no terms", m.id)
	default:
		c.equal(m, m.answer.Terms, &f.Terms, "the terms named in "+m.id.String()+" are not those of the answer")
	}
	m.phase, m.names, m.loose, m.running = right.StandNamed, f, false, c.event.At
}

var identical = agreement.MatchRule{Rule: agreement.Identical}

// equal is I3 for terms that are passed on: they do not change on the way. How many accelerators is not compared: a part may
// be taken.
func (c *Checker) equal(m *matter, want, got *offer.Terms, message string) bool {
	if equal, diffs := c.matches(identical, want, got); !equal {
		c.broken(I3, m.spot(), got.String(), want.String(), "%s: %s", message, diffs[0])
		return false
	}
	return true
}

// exercised reads an exercise: by an answer, by the grantor's acceptance of named terms, or by a silence that accepts.
func (c *Checker) exercised(f *right.Exercised) {
	m := c.matterOf(f.Matter)
	if m == nil {
		return
	}
	c.spokenFor(m)
	if !m.phase.Pending() {
		c.broken(I9, m.spot(), "exercised", "one end: it was "+string(m.phase), "%s ends a second time", m.id)
	} else {
		c.claimed(m, &f.Terms)
	}
	if gate := m.clause.Process.Consent; gate != nil && gate.Over == agreement.OverExercise && m.consent == nil {
		c.broken(I3, m.spot(), "exercised", "the consent of "+cited(gate.Of)+" first", "%s is exercised without a consent on which it depends", m.id)
	}
	if m.group != 0 && !m.shared {
		c.broken(I8, m.spot(), "exercised", "an allocation first", "%s is exercised before the lot is shared", m.id)
	}
	terms := f.Terms
	m.phase, m.exercise, m.loose, m.question, m.running = right.Taken, &terms, false, nil, c.event.At
}

// cited names parties.
func cited(ids []party.ID) string {
	out := make([]string, len(ids))
	for i, p := range ids {
		out[i] = string(p)
	}
	return strings.Join(out, " and ")
}

// claimed asks by what a holder has what it takes: by its answer or a silence that accepts, on the terms that were noticed; or on
// what was named, proposed, subscribed or consented to before.
func (c *Checker) claimed(m *matter, terms *offer.Terms) {
	switch {
	case m.phase == right.Conditional:
		c.gateOpens(m, terms)
	case m.phase == right.Bidden:
		c.equal(m, &m.wants.Terms, terms, m.id.String()+" is exercised on other terms than were subscribed")
		if m.shared && m.allotted == 0 {
			c.broken(I8, m.spot(), "exercised", "nothing: it was allocated nothing", "%s is exercised though nothing was allocated to it", m.id)
		}
	case m.phase == right.StandNamed:
		c.equal(m, &m.names.Terms, terms, m.id.String()+" is exercised on other terms than were named")
		c.responded(m, "exercised", agreement.Outcome(""))
	case m.phase == right.Negotiating:
		c.agreed(m, terms)
	case m.clause.Kind == agreement.LastLook:
		c.looked(m, true, terms)
	case m.loose && m.answer.Kind == right.Exercise:
		c.keeps(m, terms, m.answer.Terms != nil)
	default:
		c.bySilence(m, agreement.SilenceAccepts, right.Taken)
		c.keeps(m, terms, false)
	}
}

// netted reports whether terms are the noticed ones less a finder's fee, which the holder does not owe where its clause has that
// substitution; rounded either way.
func (c *Checker) netted(m *matter, terms *offer.Terms) bool {
	p := m.clause.Process.Match
	if !p.Given || !slices.Contains(p.Value.Substitutions, agreement.SubstituteFees) {
		return false
	}
	for _, round := range []money.Rounding{money.Down, money.Up} {
		net, err := m.seen.Net(round)
		if err != nil {
			continue
		}
		_, diffs := c.matches(identical, net, terms)
		if !slices.ContainsFunc(diffs, func(d offer.Difference) bool { return d.Dimension != agreement.DimRegion }) {
			return true
		}
	}
	return false
}

// sold reads that a holder sells on the noticed terms in place of taking them: its own word, on those terms, where its clause lets it.
func (c *Checker) sold(f *right.SoldInstead) {
	m := c.matterOf(f.Matter)
	if m == nil {
		return
	}
	switch {
	case m.clause.Process.Alternative != agreement.AlternativeSell || !m.loose || m.answer.Kind != right.Sell:
		c.broken(I1, m.spot(), "sold", "a word of "+string(m.holder)+" that its clause lets it have", "the holder of %s sells in place of taking, which it did not say or may not", m.id)
	case m.seen == nil:
		c.broken(I3, m.spot(), f.Terms.String(), "terms that were noticed", "the holder of %s sells on terms that it was not noticed", m.id)
	default:
		c.equal(m, m.seen, &f.Terms, m.id.String()+" is sold on other terms than were noticed")
	}
}

// ownTerms reports whether the holder may state terms of its own, which are held against the rate card alone.
func (m *matter) ownTerms() bool {
	return m.clause.Kind == agreement.FirstCall || m.clause.Kind == agreement.ProRata
}

// keeps is I3: an exercise equals what was noticed, under the clause's match rule; the place is the holder's own where it
// stated no terms. What was noticed without terms is taken at the clause's rate card.
func (c *Checker) keeps(m *matter, terms *offer.Terms, stated bool) {
	if m.seen == nil || stated && m.ownTerms() {
		c.onCard(m, terms)
		return
	}
	rule := identical
	if !stated && c.netted(m, terms) {
		return
	}
	if stated {
		p := m.clause.Process.Match
		if !p.Given {
			c.broken(I3, m.spot(), terms.String(), "a question to a person", "%s is exercised on terms of the holder's though %s does not say which must match", m.id, m.clause.Ref)
			return
		}
		rule = p.Value
	}
	_, diffs := c.matches(rule, m.seen, terms)
	for _, d := range diffs {
		if d.Dimension != agreement.DimRegion || stated {
			c.broken(I3, m.spot(), terms.String(), m.seen.String()+" by "+string(rule.Rule), "%s is exercised on terms that do not match what was noticed: %s", m.id, d)
			return
		}
	}
}

// onCard holds an exercise of what was noticed without terms against the rate card.
func (c *Checker) onCard(m *matter, terms *offer.Terms) {
	for _, r := range m.clause.Process.RateCard.Value {
		if r.Accelerator != terms.Accelerator {
			continue
		}
		for _, step := range terms.Price {
			beyond := dearer(step.Rate, r.Rate)
			if c.need.Sells {
				beyond = dearer(r.Rate, step.Rate)
			}
			if beyond {
				c.broken(I3, m.spot(), step.Rate.String(), "at most "+r.Rate.String(), "%s is exercised above the rate card", m.id)
				return
			}
		}
	}
}

// dearer reports whether a rate is above a limit, or cannot be compared with it.
func dearer(rate, limit money.Rate) bool {
	order, err := rate.Cmp(limit)
	return err != nil || order > 0
}

// silences are the meanings of silence by how they end a matter.
var silences = map[right.Status]agreement.Silence{right.Lapsed: agreement.SilenceLapses, right.Declined: agreement.SilenceDeclines, right.CannotBe: agreement.SilenceUnable}

// ended reads an end without an exercise, and asks what ended it.
func (c *Checker) ended(f *right.Ended) {
	m := c.matterOf(f.Matter)
	if m == nil {
		return
	}
	if f.Outcome.Pending() || f.Outcome == right.Taken || !slices.Contains(right.Statuses, f.Outcome) {
		c.broken(I10, m.spot(), fmt.Sprintf("%q", f.Outcome), "a way in which a matter ends", "%s ends in no way that there is", m.id)
		return
	}
	c.spokenFor(m)
	told := m.says(f.Outcome)
	switch {
	case !m.phase.Pending() && !told && !(m.fell && f.Outcome == right.CannotBe):
		c.broken(I9, m.spot(), string(f.Outcome), "one end: it was "+string(m.phase), "%s ends a second time", m.id)
	case told || m.fell:
	case f.Outcome == right.Terminated:
		c.terminated(m, f.Reason)
	case f.Outcome == right.Failed:
		c.failed(m)
	case f.Outcome == right.Outbid:
		c.looked(m, false, nil)
	case f.Outcome == right.ConditionFailed:
		c.gateCloses(m)
	case f.Outcome == right.Superseded:
		c.superseded(m)
	case f.Outcome == right.Declined && m.phase == right.Bidden:
		c.leftOut(m)
	case f.Outcome == right.Rejected:
		c.rejected(m)
	case f.Outcome == right.Declined && m.spent:
	case silences[f.Outcome] == "":
		c.broken(I1, m.spot(), string(f.Outcome), "what "+string(m.holder)+" said", "%s ends by a word that nobody gave", m.id)
	case c.event.By != "" && !m.silent:
		c.broken(I1, m.spot(), string(f.Outcome)+" by "+who(c.event), "an answer of "+string(m.holder), "%s ends by a word that its holder did not give", m.id)
	default:
		c.bySilence(m, silences[f.Outcome], f.Outcome)
	}
	m.phase, m.question, m.loose, m.rest, m.running = f.Outcome, nil, false, "", c.event.At
	l := c.lots[m.lot-1]
	mine := l.holder == m || m.group != 0 && l.holder != nil && l.holder.group == m.group
	if mine && l.stands == held && c.holding(l, "") == nil {
		l.stands = nowhere
	}
}

// leftOut is I8 for a holder that subscribed and has no more to say: the lot was shared, and what it got is its own by now.
func (c *Checker) leftOut(m *matter) {
	if !m.shared {
		c.broken(I8, m.spot(), "declined", "an allocation first", "%s ends before the lot is shared", m.id)
		return
	}
	got := slices.ContainsFunc(c.matters, func(o *matter) bool {
		return o.wants == m.wants && o != m && (o.phase == right.Taken || o.phase == right.Conditional)
	})
	if m.allotted > 0 && !got {
		c.broken(I8, m.spot(), "declined", "an exercise of "+number(m.allotted), "%s does not get what was allocated to it", m.id)
	}
}

// words are the answers by how they end a matter.
var words = map[right.Status]right.AnswerKind{right.Sold: right.Sell, right.Declined: right.Decline, right.Waived: right.Waive, right.CannotBe: right.Unable}

// says reports whether the holder said what ends its matter, of all of it or of what a part left.
func (m *matter) says(how right.Status) bool {
	kind, ok := words[how]
	return ok && (m.loose && m.answer.Kind == kind || m.rest == kind)
}

// bySilence is I2: silence ends a matter only at or after its deadline, after a complete and received notice, without an
// answer before, and as the clause says.
func (c *Checker) bySilence(m *matter, means agreement.Silence, how right.Status) {
	at := m.spot()
	state := string(how) + " at " + c.event.At.String()
	p := m.clause.Process.Silence
	switch {
	case m.notice == nil || len(m.notice.Missing) > 0:
		c.broken(I2, at, state, "no end before a complete notice", "%s ends by silence on a notice that is not complete", m.id)
	case !m.gotAt.IsSet() || m.phase != right.Open || !m.answerBy.IsSet():
		c.broken(I2, at, state, "no end before the notice is received and the window opens", "%s ends by silence before it could be answered", m.id)
	case m.loose:
		c.broken(I2, at, state, "what follows from "+string(m.answer.Kind), "%s ends by silence after its holder answered", m.id)
	case m.question != nil:
		c.broken(I2, at, state, "a determination of "+m.question.Param, "%s ends by silence while it waits for a person", m.id)
	case c.event.At < m.answerBy:
		c.broken(I2, at, state, m.answerBy.String()+" or later", "%s ends by silence before its window closes", m.id)
	case !p.Given:
		c.broken(I2, at, state, "a question to a person", "%s ends by silence though %s does not say what silence means", m.id, m.clause.Ref)
	case p.Value == agreement.SilenceAccepts && means == agreement.SilenceLapses && m.clause.Kind == agreement.ProRata && c.entitled(m) == 0:
		// silence takes its share, which comes to none
	case p.Value != means:
		c.broken(I2, at, state, "silence means "+string(p.Value), "%s ends by silence as %s does not say", m.id, m.clause.Ref)
	}
}

// rejected reads a grantor's no to named terms.
func (c *Checker) rejected(m *matter) {
	if m.phase != right.StandNamed {
		c.broken(I1, m.spot(), "rejected", "terms that the holder named first", "%s is rejected while it is %s", m.id, m.phase)
		return
	}
	c.responded(m, "rejected", agreement.OnRejected)
}

// responded is I2 for the grantor's window: its word comes in time, and its silence at the deadline and as the clause says.
func (c *Checker) responded(m *matter, how string, means agreement.Outcome) {
	by := m.names.RespondBy
	p := m.clause.Process.ResponseSilence
	switch {
	case c.event.By == c.need.Buyer && !m.silent:
		if by.IsSet() && c.event.At >= by {
			c.broken(I2, m.spot(), how+" at "+c.event.At.String(), "before "+by.String(), "the response to %s comes late", m.id)
		}
	case c.event.By == m.holder:
		c.broken(I1, m.spot(), how+" by "+string(m.holder), "a word of "+string(c.need.Buyer), "the holder of %s responds to its own terms", m.id)
	case !by.IsSet() || c.event.At < by:
		c.broken(I2, m.spot(), how+" at "+c.event.At.String(), by.String()+" or later", "%s is answered by silence before the grantor's window closes", m.id)
	case !p.Given || p.Value != means:
		c.broken(I2, m.spot(), how, "what the clause gives silence", "the grantor's silence ends %s as %s does not say", m.id, m.clause.Ref)
	}
}
