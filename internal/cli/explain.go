package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/party"
	"firstlook/right"
)

// explainJSON is need explain as a document.
type explainJSON struct {
	Need    capacity.NeedID  `json:"need"`
	At      calendar.Instant `json:"at"`
	Clauses []engagementJSON `json:"clauses"`
	Windows []windowJSON     `json:"windows"`
	Blocks  []blockJSON      `json:"blocks"`
	Next    []desk.Turn      `json:"next"`
	Outlook []outlookJSON    `json:"outlook"`
}

type engagementJSON struct {
	Line    int                    `json:"line"` // from 1
	Clause  agreement.Ref          `json:"clause"`
	Kind    agreement.Kind         `json:"kind"`
	Holder  party.ID               `json:"holder"`
	Engaged bool                   `json:"engaged"`
	Reason  string                 `json:"reason"`
	Assumed []agreement.Assumption `json:"assumed,omitempty"`
}

// windowJSON is an open window as the clocks of both parties show its end.
type windowJSON struct {
	Matter string           `json:"matter"`
	Who    party.ID         `json:"who"`
	What   string           `json:"what"`
	Until  calendar.Instant `json:"until"`
	Local  []localJSON      `json:"local"`
}

type localJSON struct {
	Party party.ID      `json:"party"`
	Zone  calendar.Zone `json:"zone"`
	Time  string        `json:"time"`
}

// blockJSON is what a clause keeps from happening.
type blockJSON struct {
	Lot      string        `json:"lot"`
	Provider party.ID      `json:"provider,omitempty"` // that may not be asked; empty where nobody may have the lot
	Clause   agreement.Ref `json:"clause"`
	Reason   string        `json:"reason"`
}

// outlookJSON is an outlook with what silence would bring on the way, step by step.
type outlookJSON struct {
	desk.Outlook
	Path []milestoneJSON `json:"path"`
}

type milestoneJSON struct {
	At   calendar.Instant `json:"at"`
	What string           `json:"what"`
}

func (a *app) explainNeed(cmd *cobra.Command, args []string) error {
	id, err := needID(args[0])
	if err != nil {
		return err
	}
	return a.read(cmd.Context(), func(r *record) error {
		s, err := r.desk.State(cmd.Context(), id)
		if err != nil {
			return err
		}
		history, err := r.desk.History(cmd.Context(), id)
		if err != nil {
			return err
		}
		out := explainJSON{Need: id, At: r.desk.Now(), Clauses: engagements(&s), Windows: windows(r.desk.Law(), &s), Blocks: blocks(&s, history),
			Next: orEmpty(desk.Next(&s, ""))}
		looks := desk.Outlooks(s, r.desk.Now())
		out.Outlook = make([]outlookJSON, len(looks))
		for i, o := range looks {
			out.Outlook[i] = outlookJSON{o, milestones(o.Path)}
		}
		if a.json {
			return a.document(out)
		}
		a.printExplained(r, &s, &out)
		return nil
	})
}

func engagements(s *right.State) []engagementJSON {
	out := []engagementJSON{}
	for _, e := range s.Engagements {
		c, _, _ := s.Law().Book.Clause(e.Clause)
		one := engagementJSON{e.Line + 1, e.Clause, e.Kind, e.Holder, e.Engaged.Engaged, e.Reason, nil}
		if one.Engaged {
			one.Assumed = c.Assumed
		}
		out = append(out, one)
	}
	return out
}

func windows(law *right.Law, s *right.State) []windowJSON {
	out := []windowJSON{}
	for i := range s.Matters {
		m := &s.Matters[i]
		w := windowJSON{Matter: m.ID.String()}
		switch {
		case m.Status == right.Open && m.Question == nil:
			w.Who, w.What, w.Until = m.Holder, "may answer", m.AnswerBy
		case m.Status == right.StandNamed && m.RespondBy.IsSet():
			w.Who, w.What, w.Until = s.Need.Buyer, "may respond", m.RespondBy
		default:
			continue
		}
		for _, p := range []party.ID{m.Holder, s.Need.Buyer} {
			zone := desk.Zone(law, p)
			w.Local = append(w.Local, localJSON{p, zone, w.Until.In(zone)})
		}
		out = append(out, w)
	}
	return out
}

// blocks lists the lots that a clause keeps from everybody, and the providers that one keeps from a lot.
func blocks(s *right.State, history []right.Event) []blockJSON {
	out := []blockJSON{}
	barred := map[right.LotID][]right.BarredProvider{}
	for _, e := range history {
		if f, ok := e.Fact.(*right.OffersRequested); ok {
			barred[f.Lot] = f.Barred // of the latest round
		}
	}
	for i := range s.Lots {
		l := &s.Lots[i]
		if l.Status == right.Stuck {
			out = append(out, blockJSON{Lot: l.ID.String(), Clause: l.Blocked.Clause, Reason: l.Blocked.Reason})
		}
		for _, b := range barred[l.ID] {
			out = append(out, blockJSON{l.ID.String(), b.Provider, b.Clause, "it may not be asked for offers"})
		}
	}
	return out
}

func (a *app) printExplained(r *record, s *right.State, x *explainJSON) {
	a.say("%s: %s for %s, %s, at %s", x.Need, capacityWords(s.Need), plain(s.Need.Class), plain(s.Need.Purpose), instant(x.At))
	a.say("status: %s", desk.Status(s))
	a.say("\nclauses")
	t := table{align: "lllll"}
	t.row("  line", "", "clause", "right", "why")
	for _, e := range x.Clauses {
		engaged := "engaged"
		if !e.Engaged {
			engaged = "not engaged"
		}
		t.row(fmt.Sprintf("  %d", e.Line), engaged, e.Clause.String(), plain(e.Kind)+" of "+string(e.Holder), e.Reason)
	}
	t.print(a, "  No clause in force gives anybody a right over this need.")
	var engaged []agreement.Ref
	for _, e := range x.Clauses {
		if e.Engaged {
			engaged = append(engaged, e.Clause)
		}
	}
	a.printAssumptions(s, engaged)
	if len(x.Windows) > 0 {
		a.say("\nopen windows")
	}
	for _, w := range x.Windows {
		a.say("  %s  %s %s until %s", w.Matter, w.Who, w.What, w.Until)
		for _, l := range w.Local {
			local, _, _ := strings.Cut(deadline(w.Until, l.Zone), " (")
			a.say("      %-32s  for %s (%s)", local, l.Party, l.Zone)
		}
	}
	if len(x.Blocks) > 0 {
		a.say("\nblocked")
	}
	for _, b := range x.Blocks {
		who := "everybody"
		if b.Provider != "" {
			who = string(b.Provider)
		}
		a.say("  %s  for %s by %s: %s", b.Lot, who, b.Clause, b.Reason)
	}
	a.printNext(r.desk.Law(), x.Next)
	a.printOutlook(r, s, x)
}

// printAssumptions says of clauses, each once, which values no published or signed text gives.
func (a *app) printAssumptions(s *right.State, refs []agreement.Ref) {
	for i, ref := range refs {
		c, _, ok := s.Law().Book.Clause(ref)
		if !ok || len(c.Assumed) == 0 || slices.Contains(refs[:i], ref) {
			continue
		}
		a.say("\nassumptions in %s: no published or signed text gives these values", ref)
		t := table{align: "ll"}
		for _, as := range c.Assumed {
			t.row("  "+as.Param, as.Reason)
		}
		t.print(a, "")
	}
}

// printOutlook writes the earliest instant at which a rival can be taken, and what silence would bring on the way.
func (a *app) printOutlook(r *record, s *right.State, x *explainJSON) {
	if len(x.Outlook) == 0 {
		return
	}
	zone := desk.Zone(r.desk.Law(), s.Need.Buyer)
	a.say("\nif nobody answers, and a rival offers terms that every clause lets pass")
	for _, o := range x.Outlook {
		if !o.At.IsSet() {
			a.say("  %s  no rival can be taken: %s", o.Lot, o.Why)
			continue
		}
		a.say("  %s  a rival can be taken from %s on: %s", o.Lot, instantIn(o.At, zone), o.Why)
		for _, m := range o.Path {
			a.say("      %-17s  %s", m.At, m.What)
		}
	}
}

// milestones puts the steps of a forecast that matter into words; the imagined offers stay out.
func milestones(path []right.Event) []milestoneJSON {
	out := []milestoneJSON{}
	for _, e := range path {
		if text := milestone(e); text != "" {
			out = append(out, milestoneJSON{e.At, text})
		}
	}
	return out
}

func milestone(e right.Event) string {
	switch f := e.Fact.(type) {
	case *right.Received:
		return fmt.Sprintf("the notice of %s counts as received", f.Matter)
	case *right.Opened:
		return fmt.Sprintf("the window of %s opens, until %s", f.Matter, f.AnswerBy)
	case *right.Ended:
		return fmt.Sprintf("%s ends: %s", f.Matter, f.Outcome)
	case *right.OffersRequested:
		return fmt.Sprintf("offers are asked for, until %s", f.Closes)
	case *right.RoundClosed:
		return "the round closes; the buyer may choose"
	case *right.MatterOpened:
		return fmt.Sprintf("%s opens for %s under %s", f.Matter, f.Holder, f.Clause)
	case *right.Awarded:
		return "the rival may be awarded"
	}
	return ""
}
