package notify

import (
	"fmt"
	"slices"
	"strings"

	"firstlook/agreement"
	"firstlook/right"
)

// titles are what letters are called, by the kind of the act; another is called by its kind.
var titles = map[string]string{
	"ended": "A matter has ended", "opened": "The window closes at another time", "offers-requested": "Request for offers", "awarded": "Award",
	"determination-required": "A determination is wanted", "information-requested": "Information is wanted", "information-supplied": "Information was supplied",
	"tolled": "The window stands still", "extension-proposed": "A longer window is proposed", "interested": "The parties negotiate", "proposed": "Terms are proposed",
	"changed": "The notice has changed", "allocated": "The capacity is allocated", "consent-awaited": "Consent is wanted", "consented": "A word on a consent",
	"assigned": "A matter was assigned", "notice-late": "A notice came late", "offer-told": "An offer came in", "sold-instead": "A sale in place of an exercise",
	"non-performing": "An award is not performed", "cured": "An award is performed again", "stepped-down": "An award is stepped down", "taken-over": "An award was taken over",
}

func titleOf(kind string) string {
	if t, ok := titles[kind]; ok {
		return t
	}
	return strings.ToUpper(kind[:1]) + strings.ReplaceAll(kind[1:], "-", " ")
}

// asks is what a notice asks, by the kind of its right. %[1]s is the grantor, %[2]s the holder.
var asksFor = map[agreement.Kind]string{
	agreement.FirstCall:        "%[1]s needs this capacity and asks %[2]s for it before anybody else.",
	agreement.FirstNegotiation: "%[1]s invites %[2]s to negotiate about this capacity before it turns to others.",
	agreement.ProRata:          "%[1]s offers %[2]s its share of this capacity.",
	agreement.Match:            "%[1]s would accept an offer of another party on the terms below, and asks whether %[2]s matches them.",
	agreement.LastLook:         "%[1]s has made its choice among sealed offers and invites %[2]s to name its last terms; the chosen offer stays sealed.",
	agreement.NoLessFavourable: "%[1]s would give another party better terms than %[2]s has, and offers them to %[2]s.",
	agreement.StepIn:           "An award on this capacity has come to nothing; %[1]s asks whether %[2]s takes it.",
	agreement.CallOption:       "%[2]s may take this capacity over on the terms below.",
}

func asks(c *agreement.Clause, from, to string) string {
	form, ok := asksFor[c.Kind]
	switch {
	case c.Kind == agreement.FirstOffer && c.Process.Form.Value == agreement.HoldersTerms:
		form = "%[1]s invites %[2]s to name its terms for this capacity before it asks others."
	case c.Kind == agreement.FirstOffer:
		form = "%[1]s offers %[2]s the terms below before it asks others."
	case !ok:
		form = "%[1]s gives %[2]s notice of this capacity."
	}
	return fmt.Sprintf(form, from, to)
}

// silences are what the end of a window without an answer means, by the word of the clause. %[1]s is the holder.
var silences = map[agreement.Silence]string{
	agreement.SilenceLapses:   "%[1]s loses the right for this matter",
	agreement.SilenceDeclines: "it counts as a refusal by %[1]s",
	agreement.SilenceAccepts:  "it counts as an exercise in full by %[1]s on the noticed terms",
	agreement.SilenceUnable:   "it counts as a certificate that %[1]s cannot supply",
}

// silence is what happens if the one who has the word says nothing, as the clause has it.
func silence(m *right.Matter, to Name) string {
	p := &m.Clause().Process
	switch m.Status {
	case right.Open:
		if !p.Silence.Given {
			return "The clause does not say what silence means: a person would have to determine it."
		}
		return "By the clause, " + fmt.Sprintf(silences[p.Silence.Value], to.Name) + "."
	case right.Negotiating:
		return "Without an agreement by then the negotiation has failed."
	case right.StandNamed:
		switch {
		case !p.ResponseSilence.Given:
			return "The clause does not say what silence means: a person would have to determine it."
		case p.ResponseSilence.Value == agreement.OnRejected:
			return "By the clause, the named terms are rejected."
		}
		return "By the clause, the named terms are accepted."
	case right.Conditional:
		if p.Consent != nil && p.Consent.Silence == agreement.ConsentGiven {
			return "By the clause, the consent counts as given."
		}
		return "By the clause, the consent counts as refused."
	}
	return ""
}

// matching says what an answer must match.
func matching(r agreement.MatchRule) string {
	out := plain(r.Rule)
	if len(r.Principal) > 0 {
		out += ": " + list(r.Principal)
	}
	for i, t := range r.Tolerances {
		out += fmt.Sprintf("%s %s within %s %%", []string{"", ","}[min(i, 1)], plain(t.Dimension), t.Percent)
	}
	return out
}

// plain writes a word of a file as people do.
func plain[T ~string](w T) string { return strings.ReplaceAll(string(w), "_", " ") }

func list[T ~string](vs []T) string {
	words := make([]string, len(vs))
	for i, v := range vs {
		words[i] = plain(v)
	}
	return strings.Join(words, ", ")
}

// text writes a document as text: at most 78 columns where words allow it, lines end in LF. Its hash is the document's.
func text(d *Document) string {
	var b strings.Builder
	heading := func(s string) { fmt.Fprintf(&b, "\n%s\n", strings.ToUpper(s)) }
	para := func(s string) { b.WriteString(wrap(s, "")) }
	para(d.Title)
	b.WriteByte('\n')
	for _, r := range head(d) {
		fmt.Fprintf(&b, "%-14s %s\n", r.Name, strings.TrimSpace(wrap(r.Value, strings.Repeat(" ", 15))))
	}
	heading("What this is about")
	if d.Asks != "" {
		para(d.Asks)
	}
	if d.Wording != "" {
		if d.Asks != "" {
			b.WriteByte('\n')
		}
		para("The clause: " + d.Wording)
	}
	if len(d.Rows) > 0 {
		b.WriteByte('\n')
	}
	for _, r := range d.Rows {
		fmt.Fprintf(&b, "%-14s %s\n", r.Name, strings.TrimSpace(wrap(r.Value, strings.Repeat(" ", 15))))
	}
	if d.Letter != "" {
		b.WriteString("\n" + d.Letter + "\n")
	}
	if d.Deadline != nil {
		heading(d.Deadline.What)
		for _, s := range d.Deadline.Shown {
			fmt.Fprintf(&b, "%s  for %s (%s)\n", s.Text, s.Of.Name, s.Zone)
		}
		para(fmt.Sprintf("This is %s. At that instant it is too late.", d.Deadline.Until))
		heading("If nothing is said")
		para(d.Silence)
	}
	if len(d.Answer) > 0 {
		heading("How to answer")
		for _, a := range d.Answer {
			para(a)
		}
	}
	return b.String()
}

// head are the rows that every document begins with.
func head(d *Document) []Row {
	out := []Row{{"To", fmt.Sprintf("%s (%s)", d.To.Name, d.To.ID)}, {"From", fmt.Sprintf("%s (%s)", d.From.Name, d.From.ID)}}
	if d.Matter == 0 {
		out = append(out, Row{"Need", string(d.Need)})
	} else {
		clause := d.Clause.String()
		if d.Cite != "" {
			clause += ", " + d.Cite
		}
		out = append(out, Row{"Matter", fmt.Sprintf("%s of need %s", d.Matter, d.Need)}, Row{"Clause", clause})
	}
	return append(out, Row{"Happened", d.At.String()}, Row{"Reference", d.Act})
}

// wrap breaks a text at 78 columns, each line but the first behind an indent; words are never broken.
func wrap(s, indent string) string {
	const width = 78
	var b strings.Builder
	n := len(indent)
	for i, w := range strings.Fields(s) {
		switch {
		case i == 0:
		case n+1+len(w) > width:
			b.WriteString("\n" + indent)
			n = len(indent)
		default:
			b.WriteByte(' ')
			n++
		}
		b.WriteString(w)
		n += len(w)
	}
	b.WriteByte('\n')
	return b.String()
}

// calendarKinds are the letters after which a calendar entry may have changed.
var calendarKinds = []string{noticed, reminder, "opened", "tolled", "ended", "awarded", "changed", "assigned", "interested", "information-supplied", "consent-awaited", "consented",
	"extension-proposed", "proposed", "allocated", "sold-instead"}

func changesCalendar(kind string) bool { return slices.Contains(calendarKinds, kind) }
