package webui

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/offer"
	"firstlook/right"
)

func sinceMidnight(t time.Time) time.Duration {
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second
}

// matterMain is a notice and the ways to answer it.
type matterMain struct {
	Need, Matter, Title string
	To, From            string
	Sent                string
	State               string
	Asks                string
	Clause              engagement
	ClauseLines         []agreement.Line
	Rows                []fact
	Line                string // the terms in one line
	Missing             string
	Deadline            *deadline
	Silence             string
	Answers             []answerWay
	Open                bool
	Mine                bool
	Locked              string // why the person cannot answer, in a sentence
	Action              string
	CSRF                string
	Assumed             []agreement.Assumption
	Ask                 []link // what else may be done
	Story               []step
	Cmd                 string
}

// answerWay is one of the answers that fit a right.
type answerWay struct {
	Kind, Does, Means string
	Quantity          bool
	Terms             string // prefilled; the field is shown where NeedsTerms
	NeedsTerms        bool
}

func (u *UI) matterPage(v *visit) error {
	l, err := u.look(v, capacity.NeedID(v.r.PathValue("id")))
	if err != nil {
		return err
	}
	n, err := l.matter(v.r.PathValue("on"))
	if err != nil {
		return err
	}
	c, a := l.clause(n.Clause)
	m := matterMain{Need: string(n.Need), Matter: n.Matter, To: nameOf(v.law, n.Holder), From: nameOf(v.law, l.Need.Buyer), State: stateWords(n),
		Clause: engagement{Clause: clauseName(n.Clause), Path: clausePath(n.Clause), Kind: kindWords(n.Kind), Cite: c.Cite, Text: c.Text}, CSRF: v.who.CSRF,
		Mine: involves(n, v.who.Party) && !v.who.All, Rows: l.noticeRows(n), Assumed: n.Assumed, Action: fmt.Sprintf("/needs/%s/act/answer/%s", n.Need, n.Matter)}
	m.Title = fmt.Sprintf("Notice to %s", m.To)
	if terms := l.noticed(n.Matter); terms != nil {
		m.Line = terms.String()
	}
	m.Asks = asks(n, m.From, m.To)
	m.ClauseLines = linesOf(a, n.Clause)
	if n.SentAt.IsSet() {
		m.Sent = teller{v.law, v.who.Party}.at(n.SentAt)
	}
	until := n.AnswerBy
	if n.Status == right.Negotiating {
		until = n.NegotiateBy
	}
	if n.Status.Pending() && n.Status != right.Stood && n.Waits == "" {
		m.Deadline = v.deadline(until, n.Holder, l.Need.Buyer)
	}
	if s := c.Process.Silence; s.Given {
		m.Silence = silenceWords(s.Value, m.To)
	} else {
		m.Silence = "The agreement does not say what silence means. If nothing is answered, a named person has to determine it."
	}
	m.Open = l.answerable(n)
	if m.Mine && m.Open && v.may("answer") {
		m.Answers = l.answerWays(n)
		m.Ask = l.besides(v, n)
	}
	m.Ask = append(m.Ask, l.powers(v, n)...)
	m.Locked = m.locked(v, n)
	for _, e := range l.Events {
		if id, ok := matterOf(e.Fact); ok && id.String() == n.Matter {
			t := teller{v.law, v.who.Party}
			m.Story = append(m.Story, step{t.at(e.At), t.tell(e)})
		}
	}
	u.render(v, http.StatusOK, "matter", m.Title, m)
	return nil
}

// answerable reports whether the holder has the word, by what the desk says of whose turn it is.
func (l *look) answerable(n *desk.Notice) bool {
	return slices.ContainsFunc(l.Next, func(t desk.Turn) bool {
		return t.Matter == n.Matter && t.Who == n.Holder && strings.HasPrefix(t.Command, "firstlook answer ")
	}) || n.Status == right.Sent
}

// locked says why there is nothing to answer with.
func (m *matterMain) locked(v *visit, n *desk.Notice) string {
	switch {
	case len(m.Answers) > 0:
		return ""
	case !m.Mine:
		return fmt.Sprintf("Only %s may answer it.", m.To)
	case m.Open && !v.may("answer"):
		return "Your role may read this notice and not answer it. A colleague at the holder's desk may."
	case n.Status.Pending():
		return "There is nothing to answer now: " + m.State + "."
	}
	return "This matter has ended: " + m.State + "."
}

// asks says in a sentence what a notice is about.
func asks(n *desk.Notice, from, to string) string {
	switch n.Kind {
	case agreement.Match:
		return fmt.Sprintf("%s would accept an offer of another party on the terms below, and asks whether %s matches them.", from, to)
	case agreement.FirstOffer:
		return fmt.Sprintf("%s needs the capacity below and asks %s first, before any rival.", from, to)
	case agreement.FirstCall:
		return fmt.Sprintf("%s needs the capacity below and calls on %s first; others may supply it only if %s cannot or will not.", from, to, to)
	case agreement.LastLook:
		return fmt.Sprintf("%s has chosen an offer and gives %s a last time to improve its own, without seeing the others.", from, to)
	case agreement.FirstNegotiation:
		return fmt.Sprintf("%s needs the capacity below and will negotiate with %s first, if %s wishes.", from, to, to)
	}
	return fmt.Sprintf("%s gives %s notice under its right (%s).", from, to, kindWords(n.Kind))
}

// silenceWords says what happens if nothing is said.
func silenceWords(s agreement.Silence, to string) string {
	return map[agreement.Silence]string{
		agreement.SilenceLapses:   to + " loses the right in this matter.",
		agreement.SilenceDeclines: "It counts as if " + to + " had declined.",
		agreement.SilenceAccepts:  "It counts as if " + to + " had taken all of it on the terms of the notice.",
		agreement.SilenceUnable:   "It counts as if " + to + " had certified that it cannot supply.",
	}[s]
}

// linesOf is a version of a clause in plain words.
func linesOf(a *agreement.Agreement, ref agreement.Ref) []agreement.Line {
	for _, c := range agreement.Describe(a, 0).Clauses {
		if c.Clause == ref {
			return c.Lines
		}
	}
	return nil
}

// noticeRows are what the last notice of a matter contains, as the desk shows it to the party.
func (l *look) noticeRows(n *desk.Notice) []fact {
	line := &l.Need.Lines[0]
	for i := range l.Lots {
		for j := range l.Need.Lines {
			if l.Lots[i].Matter == n.Matter && l.Lots[i].Line == j+1 {
				line = &l.Need.Lines[j]
			}
		}
	}
	rows := []fact{{"Capacity", counted(n.Quantity, n.Of+" accelerator")}, {"Period", span(line.Period)}, {"For", plain(l.Need.Class) + ", " + plain(l.Need.Purpose)}}
	terms := l.noticed(n.Matter)
	if terms == nil {
		return rows
	}
	for _, s := range terms.Price {
		rows = append(rows, fact{"Price", rate(s.Rate) + when(len(terms.Price) > 1, " from %s", day(s.From))})
	}
	if len(terms.Price) > 0 {
		if cost, err := terms.Cost(n.Quantity, line.Period); err == nil {
			rows = append(rows, fact{"Altogether", amount(cost)})
		}
	}
	if where := place(terms.Cloud, terms.Region); where != "" {
		rows = append(rows, fact{"Place", where})
	}
	if terms.ServiceLevel > 0 {
		rows = append(rows, fact{"Service level", terms.ServiceLevel.String() + " a month"})
	}
	c, _ := l.clause(n.Clause)
	if rule := c.Process.Match; rule.Given {
		rows = append(rows, fact{"What has to match", matchWords(rule.Value)})
	}
	return rows
}

// matchWords says what an answer is held against.
func matchWords(r agreement.MatchRule) string {
	if r.Rule == agreement.IdenticalPrincipal {
		return plains(r.Principal)
	}
	return plain(r.Rule)
}

// noticed are the terms of the last notice of a matter; nil where the need alone was noticed.
func (l *look) noticed(matter string) (terms *offer.Terms) {
	for _, e := range l.Events {
		switch f := e.Fact.(type) {
		case *right.Noticed:
			if f.Matter.String() == matter {
				terms = f.Terms
			}
		case *right.Changed:
			if f.Matter.String() == matter && f.Terms != nil {
				terms = f.Terms
			}
		}
	}
	return terms
}

// answerWays are the answers that fit the kind of a right, in words that say what follows.
func (l *look) answerWays(n *desk.Notice) []answerWay {
	c, _ := l.clause(n.Clause)
	terms := l.noticed(n.Matter)
	part := c.Process.Partial.Given && c.Process.Partial.Value == agreement.PartialAllowed
	buyer := nameOf(l.law, l.Need.Buyer)
	own := l.template(n, terms)
	take := answerWay{Kind: "exercise", Does: "Take it", Means: "You supply it on these terms. It is binding.", Quantity: part}
	if terms == nil {
		take = answerWay{Kind: "exercise", Does: "Take it, on these terms", Means: "You supply this capacity on terms that you write here. It is binding.", Quantity: part, Terms: own, NeedsTerms: true}
	}
	counter := answerWay{Kind: "counter", Does: "Propose other terms", Terms: own, NeedsTerms: true,
		Means: "Your own terms. If they do not match, " + counterWords(c)}
	decline := answerWay{Kind: "decline", Does: "Decline", Means: buyer + " may then take a rival."}
	waive := answerWay{Kind: "waive", Does: "Waive the right in this matter", Means: "For good, in this matter alone."}
	name := answerWay{Kind: "name", Does: "Name your terms", Means: "You say on which terms you would supply. " + buyer + " then accepts or rejects them.", Terms: own, NeedsTerms: true}
	switch {
	case c.Kind == agreement.FirstCall:
		return []answerWay{take, decline, {Kind: "unable", Does: "Certify that you cannot supply", Means: "You state that you are not able to supply it."}, waive}
	case c.Kind == agreement.FirstOffer && c.Process.Form.Value == agreement.HoldersTerms:
		return []answerWay{name, decline, waive}
	case c.Kind == agreement.LastLook:
		name.Means = "You improve your offer. It is held against the chosen one when the window closes, and nobody sees it before."
		return []answerWay{name, decline, waive}
	case c.Kind == agreement.FirstNegotiation:
		return []answerWay{{Kind: "interest", Does: "Say that you wish to negotiate", Means: "The time for the negotiation begins; it binds you to no terms."}, decline, waive}
	case c.Process.Alternative == agreement.AlternativeSell:
		return []answerWay{take, {Kind: "sell", Does: "Sell on these terms instead", Means: "You sell to " + buyer + " on the terms of the notice, in place of taking them."}, decline, waive}
	case terms != nil:
		return []answerWay{take, counter, decline, waive}
	}
	return []answerWay{take, decline, waive}
}

func counterWords(c *agreement.Clause) string {
	switch {
	case !c.Process.Counter.Given:
		return "a person has to determine what follows, since the clause does not say."
	case c.Process.Counter.Value == agreement.CounterSpends:
		return "your right is spent: by the clause a counter counts as a refusal."
	}
	return "the window goes on and you may still take it."
}

// template is a line of terms to begin from: those of the notice, or what the need asks for with a price to be filled in.
func (l *look) template(n *desk.Notice, terms *offer.Terms) string {
	if terms != nil {
		return terms.String()
	}
	return termsFor(&l.Need.Lines[0], n.Quantity)
}

// termsFor begins a line of terms for a line of a need; the price is left to be written.
func termsFor(line *capacity.Line, quantity int64) string {
	p := calendar.Span{From: line.Period.From, Until: line.Period.Until}
	s := fmt.Sprintf("%s x%d %s @ ", line.Reference(), quantity, p)
	if len(line.Regions) > 0 {
		return s + " in CLOUD/" + string(line.Regions[0])
	}
	return s
}

// besides are the other things that a holder may do while it has the word.
func (l *look) besides(v *visit, n *desk.Notice) []link {
	c, _ := l.clause(n.Clause)
	base := fmt.Sprintf("/needs/%s/act/", n.Need)
	var out []link
	if n.Status == right.Sent && v.may("receipt") {
		out = append(out, link{Path: base + "receipt/" + n.Matter, Text: "Record that the notice was received"})
	}
	if v.may("request-information") && !n.Requested && c.Process.Information.Given {
		text := map[agreement.Effect]string{agreement.EffectNone: "the window goes on", agreement.EffectToll: "the window stands still until it is supplied",
			agreement.EffectRestart: "a fresh window runs once it is supplied"}[c.Process.Information.Value.Effect]
		out = append(out, link{Path: base + "request-information/" + n.Matter, Text: "Ask for information (" + text + ")"})
	}
	return out
}

// matterOf is the matter that a fact is about.
func matterOf(f right.Fact) (right.MatterID, bool) {
	switch f := f.(type) {
	case *right.MatterOpened:
		return f.Matter, true
	case *right.Noticed:
		return f.Matter, true
	case *right.Received:
		return f.Matter, true
	case *right.Opened:
		return f.Matter, true
	case *right.Answered:
		return f.Answer.Matter, true
	case *right.Countered:
		return f.Matter, true
	case *right.Named:
		return f.Matter, true
	case *right.Exercised:
		return f.Matter, true
	case *right.Ended:
		return f.Matter, true
	case *right.Released:
		return f.Matter, true
	case *right.InformationRequested:
		return f.Matter, true
	case *right.InformationSupplied:
		return f.Matter, true
	case *right.Tolled:
		return f.Matter, true
	case *right.Untolled:
		return f.Matter, true
	case *right.DeterminationRequired:
		return f.Matter, true
	case *right.Determined:
		return f.Matter, true
	case *right.Interested:
		return f.Matter, true
	case *right.Proposed:
		return f.Matter, true
	}
	return 0, false
}
