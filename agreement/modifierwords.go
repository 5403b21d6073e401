package agreement

import (
	"fmt"
	"strings"

	"firstlook/calendar"
	"firstlook/capacity"
)

// pauses says what stops, restarts, lengthens or cuts a window.
func (w *wording) pauses(h string) {
	p := &w.c.Process
	if t := p.Truncate; len(t) > 0 {
		ends := make([]string, len(t))
		for i, e := range t {
			ends[i] = map[Truncation]string{TruncateStart: "the start of the period", TruncateClauseEnd: "the end of the clause"}[e]
		}
		w.say("window", fmt.Sprintf("The window ends with %s where that is earlier.", or(ends)), "truncate")
	}
	if p.Information.Given {
		w.say("information", w.informationWords(h, p.Information.Value), "information")
	}
	if p.MaterialChange.Given {
		text := "Any change of the noticed terms"
		if t := p.MaterialChange.Value.Tolerances; len(t) > 0 {
			text = "A change of the noticed terms (" + toleranceWords(t) + ", or any of another term)"
		}
		w.say("material change", text+fmt.Sprintf(" gives %s a new notice and a fresh full window; earlier answers are void.", h), "material_change")
	}
	if p.Stay != nil {
		w.say("stay", w.stayWords(), "stay")
	}
	switch p.Extension {
	case ByGrantor:
		w.say("extension", fmt.Sprintf("%s alone may set a later deadline, never an earlier one.", w.grantor()), "extension")
	case ByAgreement:
		w.say("extension", fmt.Sprintf("%s and %s may agree on a later deadline, never on an earlier one.", w.grantor(), h), "extension")
	}
	if l := p.RateLimit; l != nil {
		w.say("rate limit", fmt.Sprintf("%s is given at most %s; one too many waits for its time.", h, limitWords(l)), "rate_limit")
	}
}

func (w *wording) informationWords(h string, i Information) string {
	text := map[Effect]string{
		EffectNone:    h + " may ask for information; the window goes on meanwhile.",
		EffectToll:    h + " may ask for information; the window stands still until it is supplied, and then has what was left of it",
		EffectRestart: h + " may ask for information; a fresh full window runs from the supply",
	}[i.Effect]
	if i.Effect == EffectNone {
		return text
	}
	if !i.Extension.Length.IsZero() {
		text += ", or " + w.ruleWords(i.Extension) + " where that is more"
	}
	if i.Requests > 0 {
		text += "; this holds for " + firstRequests(i.Requests) + " of a matter"
	}
	return text + "."
}

func firstRequests(n int) string {
	if n == 1 {
		return "the first request"
	}
	return fmt.Sprintf("the first %d requests", n)
}

func toleranceWords(ts []Tolerance) string {
	out := make([]string, len(ts))
	for i, t := range ts {
		out[i] = fmt.Sprintf("%s by more than %s", plain([]Dimension{t.Dimension})[0], t.Percent)
	}
	return or(out)
}

func (w *wording) stayWords() string {
	s := w.c.Process.Stay
	grounds := make([]string, len(s.Grounds))
	for i, g := range s.Grounds {
		grounds[i] = map[Ground]string{GroundDispute: "a dispute", GroundRegulatory: "a regulatory hold"}[g]
	}
	text := fmt.Sprintf("%s may stop the window for %s, once on each ground, until it lifts the stay", or(w.names(s.By)), or(grounds))
	if !s.AtMost.IsZero() {
		text += fmt.Sprintf(" or %s have passed", lengthWords(s.AtMost))
	}
	return text + "; the window then has what was left of it."
}

func limitWords(l *RateLimit) string {
	notices := "notices"
	if l.Notices == 1 {
		notices = "notice"
	}
	under := "this clause"
	if len(l.With) > 0 {
		under += " and " + and(texts(l.With)) + " together"
	}
	return fmt.Sprintf("%d %s under %s within %s", l.Notices, notices, under, lengthWords(l.Per))
}

// gates says on what an exercise or a rival's award depends, who may stand in for the holder and what it is told.
func (w *wording) gates(g, h string) {
	p := &w.c.Process
	if c := p.Consent; c != nil {
		of := w.names(c.Of)
		text := fmt.Sprintf("An exercise stands only once %s consented", and(of))
		if c.Over == OverRival {
			text = fmt.Sprintf("An award to a rival is signed only once %s consented; a refusal makes it fall through", and(of))
		}
		if !c.Within.Length.IsZero() {
			text += fmt.Sprintf("; silence counts as %s after %s", map[ConsentSilence]string{ConsentGiven: "consent", ConsentRefused: "a refusal"}[c.Silence], w.ruleWords(c.Within))
		}
		w.say("consent", text+".", "consent")
	}
	if whom := w.assigneeWords(); whom != "" {
		text := fmt.Sprintf("%s may assign a matter to %s, which then stands in its place in that matter", h, whom)
		if p.AssignAfter {
			text += "; also once it has exercised, as long as the award is not signed, which is then the other's"
		}
		w.say("assignment", text+".", "assignees", "assign_after")
	}
	if len(p.Reveals) > 0 {
		what := make([]string, len(p.Reveals))
		for i, r := range p.Reveals {
			what[i] = map[Disclosure]string{RevealCounterparty: "who the rival is", RevealAllTerms: "all of the rival's terms", RevealLosers: "the offers that were not chosen"}[r]
		}
		w.say("disclosure", fmt.Sprintf("%s is also told %s.", h, and(what)), "reveals")
	}
}

// assigneeWords names whom a holder may name in its place; empty where it may name nobody.
func (w *wording) assigneeWords() string {
	switch p := &w.c.Process; {
	case p.AnyAssignee:
		return "anybody"
	case len(p.Assignees) > 0:
		return or(w.names(p.Assignees))
	}
	return ""
}

// noticeDue says until when a notice must be given, and what follows where it is not.
func (w *wording) noticeDue() {
	p := &w.c.Process
	var when []string
	if r := p.NoticeLead; !r.Length.IsZero() {
		when = append(when, "no later than "+w.ruleWords(r))
	}
	if r := p.NoticeWithin; !r.Length.IsZero() {
		when = append(when, "within "+w.ruleWords(r)+", from the receipt of the offer that it notices")
	}
	if len(when) == 0 {
		return
	}
	late := "One that is given later is recorded as late, and counts all the same"
	if len(p.Truncate) > 0 {
		late += "; nothing then cuts its window"
	}
	w.say("notice due", fmt.Sprintf("The notice is due %s. %s.", strings.Join(when, "; and "), late), "notice.lead", "notice.within")
}

// rivals says whose offers a right at the choice is about, and which of them count.
func (w *wording) rivals(h string) {
	p := &w.c.Process
	if len(p.Against) > 0 {
		w.say("against", fmt.Sprintf("This holds for offers of %s alone; those of others are not noticed.", or(w.names(p.Against))), "against")
	}
	if p.BonaFide > 0 {
		w.say("bona fide", fmt.Sprintf("An offer that does not pay %s in advance at least cannot be chosen.", p.BonaFide), "bona_fide")
	}
}

// ceilingWords writes how much may be taken under a clause.
func ceilingWords(l *Ceiling) string {
	over := "altogether"
	if l.Over != (calendar.Span{}) {
		over = "by awards made " + effective(l.Over)
	}
	return fmt.Sprintf("%d accelerators %s", l.Quantity, over)
}

// modifierWords writes the value of a modifier in short, as a comparison of two texts prints it; false for a value that is no
// modifier.
func (w *wording) modifierWords(v any) (string, bool) {
	switch v := v.(type) {
	case []Holding:
		return holdingWords(v), true
	case bool: // where the negotiation begins
		return map[bool]string{true: "notice", false: "interest"}[v], true
	case *Forfeiture:
		return w.forfeitureWords(v), true
	case Param[Information]:
		return unspecifiedOr(v.Given, func() string { return w.informationShort(v.Value) }), true
	case Param[Materiality]:
		return unspecifiedOr(v.Given, func() string {
			if len(v.Value.Tolerances) == 0 {
				return "any"
			}
			return toleranceWords(v.Value.Tolerances)
		}), true
	case Param[capacity.Percent]:
		return unspecifiedOr(v.Given, v.Value.String), true
	case *Stay:
		return w.stayShort(v), true
	case *Consent:
		return w.consentShort(v), true
	case *NonPerformance:
		if v == nil {
			return "", true
		}
		return fmt.Sprintf("may be cured for %s; then %s", w.ruleWords(v.Cure), plain([]Remedy{v.Then})[0]), true
	case *RateLimit:
		if v == nil {
			return "", true
		}
		return limitWords(v), true
	case *Ceiling:
		if v == nil {
			return "", true
		}
		return ceilingWords(v), true
	case assignable:
		if v.all {
			return "any", true
		}
		return plainly(v.ids), true
	case Param[[]Reopen]:
		return unspecifiedOr(v.Given, func() string {
			if len(v.Value) == 0 {
				return "none"
			}
			return plainly(v.Value)
		}), true
	}
	return "", false
}

func holdingWords(holders []Holding) string {
	out := make([]string, len(holders))
	for i, h := range holders {
		var parts []string
		if h.Rank != 0 {
			parts = append(parts, fmt.Sprintf("rank %d", h.Rank))
		}
		if h.Share != 0 {
			parts = append(parts, "share "+h.Share.String())
		}
		if h.Open {
			parts = append(parts, "share unspecified")
		}
		out[i] = string(h.Holder)
		if len(parts) > 0 {
			out[i] += " (" + strings.Join(parts, ", ") + ")"
		}
	}
	return strings.Join(out, ", ")
}

func (w *wording) forfeitureWords(f *Forfeiture) string {
	switch {
	case f == nil:
		return ""
	case f.Challenge.Length.IsZero():
		return "on " + or(texts(f.Triggers)) + ", at once"
	}
	return fmt.Sprintf("on %s, unless challenged within %s", or(texts(f.Triggers)), w.ruleWords(f.Challenge))
}

func (w *wording) informationShort(i Information) string {
	text := string(i.Effect)
	if !i.Extension.Length.IsZero() {
		text += "; then at least " + w.ruleWords(i.Extension)
	}
	if i.Requests > 0 {
		text += "; " + firstRequests(i.Requests)
	}
	return text
}

func (w *wording) stayShort(s *Stay) string {
	if s == nil {
		return ""
	}
	text := fmt.Sprintf("by %s for %s", or(texts(s.By)), or(texts(s.Grounds)))
	if !s.AtMost.IsZero() {
		text += ", at most " + lengthWords(s.AtMost)
	}
	return text
}

func (w *wording) consentShort(c *Consent) string {
	if c == nil {
		return ""
	}
	text := fmt.Sprintf("of %s over %s", and(texts(c.Of)), map[Over]string{OverExercise: "an exercise", OverRival: "a rival's award"}[c.Over])
	if !c.Within.Length.IsZero() {
		text += fmt.Sprintf(" within %s; silence is %s", w.ruleWords(c.Within), c.Silence)
	}
	return text
}

// matchWords says when an answer matches, and what still does although it differs.
func matchWords(m MatchRule) string {
	text := matchRuleWords(m)
	for _, s := range m.Substitutions {
		text += map[Substitution]string{
			SubstituteCash: " Cash may take the place of non-cash items at the value stated for them.",
			SubstituteFees: " A finder's fee is netted out of the noticed price first, and the holder owes none.",
		}[s]
	}
	return text
}

func matchRuleWords(m MatchRule) string {
	switch m.Rule {
	case Identical:
		return "An answer matches only on identical terms."
	case SameOrBetter:
		return "An answer matches when every term is the same or better for the grantor."
	case NotMaterially:
		limits := make([]string, len(m.Tolerances))
		for i, t := range m.Tolerances {
			limits[i] = fmt.Sprintf("%s by up to %s", plain([]Dimension{t.Dimension})[0], t.Percent)
		}
		return fmt.Sprintf("An answer matches when every term is the same or better for the grantor; %s may be worse.", and(limits))
	case PresentValue:
		text := fmt.Sprintf("An answer matches when its payments, at a discount of %s a year, are worth no more at the start than those of the noticed terms", m.Discount)
		if !m.TermCap.IsZero() {
			text += fmt.Sprintf(" over the first %s", m.TermCap)
		}
		return text + ", and every other term is the same or better for the grantor."
	}
	return fmt.Sprintf("An answer matches when %s equal the noticed terms; nothing else counts.", and(plain(m.Principal)))
}
