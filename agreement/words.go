package agreement

import (
	"fmt"
	"strings"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
)

// duty says who must do what.
func (w *wording) duty() {
	g, h := w.grantor(), w.holder()
	switch w.c.Kind {
	case Exclusive:
		w.say("duty", fmt.Sprintf("%s uses no provider other than %s for what is in scope.", g, h), "holder")
	case FirstCall:
		w.say("duty", fmt.Sprintf("%s presents each need in scope to %s before it asks anybody else; %s supplies it, declines, or certifies that it cannot.", g, h, h), "holder")
		if card := w.c.Process.RateCard; card.Given && len(card.Value) == 0 {
			w.say("price", fmt.Sprintf("%s states its own price, which binds %s.", h, g), "rate_card")
		}
		for _, r := range w.c.Process.RateCard.Value {
			w.say("price", fmt.Sprintf("%s may ask at most %s per %s-hour.", h, r.Rate, r.Accelerator), "rate_card")
		}
	case FirstOffer:
		w.firstOffer(g, h)
	case Match:
		w.say("duty", fmt.Sprintf("Before %s accepts an offer of another provider for a need in scope, it notifies %s, which may take the need on matching terms.", g, h), "holder")
	case Approval:
		w.say("duty", fmt.Sprintf("What is in scope is approved: %s not apply to it.", clausesDo(w.c.Disapplies)), "disapplies")
	case Licence:
		if w.c.Holder != "" {
			w.say("duty", fmt.Sprintf("%s grants %s the licence described above; it decides nothing about capacity.", g, h), "holder", "effective")
		}
	}
}

func (w *wording) firstOffer(g, h string) {
	switch w.c.Process.Form.Value {
	case GrantorsTerms:
		w.say("duty", fmt.Sprintf("%s offers each need in scope to %s on its own terms before it asks anybody else; %s accepts or declines.", g, h, h), "holder", "form")
	case HoldersTerms:
		w.say("duty", fmt.Sprintf("%s invites %s to name terms for each need in scope before it asks anybody else, and then accepts or rejects them.", g, h), "holder", "form")
	default:
		w.say("duty", fmt.Sprintf("%s makes or invites a first offer with %s for each need in scope before it asks anybody else.", g, h), "holder")
	}
}

func clausesDo(ids []ClauseID) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = string(id)
	}
	if len(words) == 1 {
		return "clause " + words[0] + " does"
	}
	return "clauses " + and(words) + " do"
}

// extent says what the clause applies to.
func (w *wording) extent() {
	c := w.c
	if s := scopeWords(&c.Scope); s != "" {
		w.say("scope", "In scope: "+s+".", "scope", "effective")
	} else if c.Kind != Commitment && c.Kind != RevenueShare && c.Kind != Licence {
		w.say("scope", "In scope: every need.", "effective")
	}
	for _, cut := range c.CarveOuts {
		s := scopeWords(&cut.Scope)
		if s == "" {
			s = "every need"
		}
		cite := ""
		if cut.Cite != "" {
			cite = " [" + cut.Cite + "]"
		}
		w.say("carve-out", fmt.Sprintf("Carved out (%s): %s.%s", cut.Name, s, cite), "carve_outs")
	}
	if t := c.Threshold; t.Quantity > 0 {
		text := fmt.Sprintf("Needs below %d accelerators do not engage the clause", t.Quantity)
		if t.AggregateDays > 0 {
			text += fmt.Sprintf("; other needs of the same class within %d days count with them, so that splitting changes nothing", t.AggregateDays)
		}
		w.say("threshold", text+".", "threshold")
	}
}

func scopeWords(s *Scope) string {
	var parts []string
	add := func(format string, words []string) {
		if len(words) > 0 {
			parts = append(parts, fmt.Sprintf(format, or(words)))
		}
	}
	add("%s capacity", plain(s.Tenures))
	add("workload class %s", plain(s.Classes))
	add("for the purpose of %s", plain(s.Purposes))
	add("sourced by %s", sourcingWords(s.Sourcings))
	add("serving %s customers", plain(s.Customers))
	add("on %s", texts(s.Accelerators))
	add("in region %s", texts(s.Regions))
	if s.Quantity != (Range{}) {
		parts = append(parts, rangeWords(s.Quantity, "accelerators"))
	}
	if s.TermDays != (Range{}) {
		parts = append(parts, "for "+rangeWords(s.TermDays, "days"))
	}
	if s.Start != (calendar.Span{}) {
		parts = append(parts, "starting "+effective(s.Start))
	}
	return strings.Join(parts, ", ")
}

func sourcingWords(sourcings []capacity.Sourcing) []string {
	words := map[capacity.Sourcing]string{capacity.Market: "purchase on the market", capacity.OwnBuild: "own build"}
	out := make([]string, len(sourcings))
	for i, s := range sourcings {
		out[i] = words[s]
	}
	return out
}

func rangeWords(r Range, unit string) string {
	switch {
	case r.Max == 0:
		return fmt.Sprintf("%d or more %s", r.Min, unit)
	case r.Min == 0:
		return fmt.Sprintf("at most %d %s", r.Max, unit)
	}
	return fmt.Sprintf("%d to %d %s", r.Min, r.Max, unit)
}

// plain writes words of a closed set as prose: third_party becomes third party.
func plain[T ~string](words []T) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = strings.ReplaceAll(string(w), "_", " ")
	}
	return out
}

func and(words []string) string { return series(words, "and") }
func or(words []string) string  { return series(words, "or") }

func series(words []string, last string) string {
	switch n := len(words); n {
	case 0:
		return "nothing"
	case 1:
		return words[0]
	default:
		return strings.Join(words[:n-1], ", ") + " " + last + " " + words[n-1]
	}
}

// lengthWords writes "10 business days" and "1 hour".
func lengthWords(l calendar.Length) string {
	unit := strings.ReplaceAll(string(l.Unit), "_", " ")
	if l.N == 1 {
		unit = strings.TrimSuffix(unit, "s")
	}
	return fmt.Sprintf("%d %s", l.N, unit)
}

// ruleWords writes a window with its zone and its last instant.
func (w *wording) ruleWords(r calendar.Rule) string {
	s := lengthWords(r.Length)
	if r.Length.Unit == calendar.Hours {
		return s
	}
	if r.Length.Unit == calendar.BusinessDays {
		if cal, ok := w.a.Calendar(w.c.Process.Calendar); ok {
			s += fmt.Sprintf(" (calendar %s, version %s)", cal.Name, cal.Version)
		}
	}
	if r.At == calendar.EndOfDay {
		s += fmt.Sprintf(", to the end of the last day in %s", r.Zone)
	} else {
		s += fmt.Sprintf(", to %s on the last day in %s", r.At, r.Zone)
	}
	switch r.Roll {
	case calendar.RollForward:
		s += ", moved to the next business day where that is none"
	case calendar.RollBackward:
		s += ", moved to the business day before where that is none"
	}
	return s
}

// amountWords writes an amount with its thousands set apart and without empty decimals: 250,000,000 USD.
func amountWords(a money.Amount) string {
	number, code, _ := strings.Cut(a.String(), " ")
	whole, frac, _ := strings.Cut(number, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if frac != "00" {
		whole += "." + frac
	}
	return whole + " " + code
}
