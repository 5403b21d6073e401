package demo

import (
	"fmt"
	"io"
	"strings"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/money"
	"firstlook/party"
	"firstlook/right"

	"charm.land/lipgloss/v2"
)

// pacific is the zone of both parties to the agreement.
const pacific = calendar.Zone("America/Los_Angeles")

var (
	title  = lipgloss.NewStyle().Bold(true).Foreground(lipgloss.Cyan)
	strong = lipgloss.NewStyle().Bold(true)
	faint  = lipgloss.NewStyle().Faint(true)
	good   = lipgloss.NewStyle().Foreground(lipgloss.Green)
	bad    = lipgloss.NewStyle().Foreground(lipgloss.Red)
	warn   = lipgloss.NewStyle().Foreground(lipgloss.Yellow)
)

// names are how the parties are called in the story.
var names = map[party.ID]string{"openai": "OpenAI", "microsoft": "Microsoft", "coreweave": "CoreWeave", "lambda": "Lambda", "aws": "AWS",
	"oracle": "Oracle", "google": "Google", "nebius": "Nebius", "": "time"}

func name(p party.ID) string {
	if n, ok := names[p]; ok {
		return n
	}
	return string(p)
}

// teller writes the story of one play.
type teller struct {
	w io.Writer
	s func() *right.State // the state after the step that is told
}

const indent = "                        "

// step tells who did what at which local time, and what followed, a sentence a line.
func (t *teller) step(at calendar.Instant, who party.ID, did string, events []right.Event) {
	if did != "" {
		fmt.Fprintf(t.w, "  %s %s %s\n", faint.Render(fmt.Sprintf("%-21s", local(at))), strong.Render(name(who)), did)
	}
	for _, e := range events {
		line := t.sentence(e)
		if line == "" {
			continue
		}
		if did == "" { // time acted: each event has its own instant
			fmt.Fprintf(t.w, "  %s %s\n", faint.Render(fmt.Sprintf("%-21s", local(e.At))), line)
			continue
		}
		fmt.Fprintf(t.w, "%s%s\n", indent, line)
	}
}

func local(at calendar.Instant) string {
	loc, err := pacific.Location()
	if err != nil {
		return at.String()
	}
	return at.Time().In(loc).Format("Mon 2 Jan 15:04 MST")
}

// sentence says an event in words; empty for what a reader would not miss.
func (t *teller) sentence(e right.Event) string {
	switch f := e.Fact.(type) {
	case *right.Engaged:
		if f.Engaged {
			return good.Render("engaged      ") + clauseName(f.Clause) + ": " + f.Reason
		}
		return faint.Render("not engaged  " + clauseName(f.Clause) + ": " + f.Reason)
	case *right.Noticed:
		return fmt.Sprintf("notice %s to %s: %s", f.Matter, name(t.s().Matter(f.Matter).Holder), noticed(f))
	case *right.Opened:
		return fmt.Sprintf("%s is open; %s", f.Matter, warn.Render("answer before "+f.AnswerBy.In(pacific))+calendarNote(f.Calendar))
	case *right.Countered:
		return warn.Render(fmt.Sprintf("%s: the answer does not match: %v", f.Matter, f.Differences))
	case *right.Named:
		return fmt.Sprintf("%s: %s, for %s accelerators; the buyer may respond before %s", f.Matter, f.Terms.Price[0].Rate, thousands(f.Terms.Quantity), f.RespondBy.In(pacific))
	case *right.Ended:
		return strings.TrimSpace(fmt.Sprintf("%s ends: %s %s", f.Matter, f.Outcome, f.Reason))
	case *right.Released:
		return released(f)
	case *right.Blocked:
		return bad.Render("blocked      ") + f.Reason + " [" + clauseName(f.Clause) + "]"
	case *right.OffersRequested:
		return fmt.Sprintf("offers are asked of %d providers for %s, sealed until %s", len(f.Invited), f.Lot, f.Closes.In(pacific))
	case *right.Chosen:
		return t.chosen(f)
	case *right.Awarded:
		return good.Render("awarded      ") + fmt.Sprintf("%s accelerators to %s at %s an hour, landed %s", thousands(f.Quantity), strong.Render(name(f.Provider)), f.Terms.Price[0].Rate, dollars(f.Landed))
	case *right.ChoiceFell:
		return bad.Render("the choice for " + f.Lot.String() + " falls: " + f.Reason)
	case *right.DeterminationRequired:
		return warn.Render("stops: " + f.Param + " is open: " + f.Why)
	}
	return ""
}

func noticed(f *right.Noticed) string {
	s := thousands(f.Quantity) + " accelerators"
	if f.Terms != nil {
		s += fmt.Sprintf(" at %s an hour, the rival's name under seal", f.Terms.Price[0].Rate)
	}
	if len(f.Missing) > 0 {
		s += fmt.Sprintf(", incomplete: %v", f.Missing)
	}
	return s
}

func calendarNote(c string) string {
	if c == "" {
		return ""
	}
	return faint.Render(" (calendar " + c + ")")
}

func released(f *right.Released) string {
	s := fmt.Sprintf("released     by %s", f.Matter)
	if f.Until.IsSet() {
		s += " until " + f.Until.In(pacific)
	}
	if f.Cap != nil {
		s += fmt.Sprintf("; rivals at no more than %s", f.Cap.Price[0].Rate)
	}
	return s
}

// chosen shows the comparison in short; `firstlook award show` prints it whole.
func (t *teller) chosen(f *right.Chosen) string {
	c := f.Comparison
	lines := []string{fmt.Sprintf("the offers are opened; landed cost an %s-hour:", c.Reference)}
	for i := range c.Ranked {
		r := &c.Ranked[i]
		mark, note := "  ", ""
		for _, p := range c.Picks {
			if p.Offer == r.Offer {
				mark, note = good.Render("* "), good.Render(fmt.Sprintf("   takes %s", thousands(p.Equivalent)))
			}
		}
		lines = append(lines, fmt.Sprintf("  %s%-10s %14s   %s free, moving the data %s%s", mark, name(r.Provider), r.PerHour, thousands(r.Equivalent), dollars(r.Movement), note))
	}
	for _, x := range c.Excluded {
		lines = append(lines, faint.Render(fmt.Sprintf("    %-10s excluded: %s, %s", name(x.Provider), x.Code, x.Reason)))
	}
	if r := c.RunnerUp; r != nil {
		lines = append(lines, faint.Render(fmt.Sprintf("    without %s the cheapest choice would cost %s more", name(r.Without), dollars(r.Difference))))
	}
	return strings.Join(lines, "\n"+indent)
}

// clauseName is a clause without its agreement, which the heading names.
func clauseName(r agreement.Ref) string { return fmt.Sprintf("%s@%d", r.Clause, r.Version) }

func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// dollars writes whole units with separators: a story needs no cents.
func dollars(a money.Amount) string {
	if a.IsZero() {
		return "not priced"
	}
	return thousands((a.Micros()+500_000)/1_000_000) + " " + string(a.Currency())
}
