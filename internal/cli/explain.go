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
	"firstlook/internal/whatif"
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
	Nearest []desk.Nearer    `json:"nearest"`
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

func (a *app) explainCommand() *cobra.Command {
	c := a.completes(leaf("explain ID", "Say which clauses engage and why, what blocks, who has the word, the earliest lawful instant for a rival, and what would change it", 1, 1, a.explainNeed), false, needs)
	c.Long = "Says which clauses engage a need and why the others do not, what blocks it, every open window on both parties' clocks, who has the word, the earliest\n" +
		"lawful instant at which a rival can be taken if nobody uses a right, and the single fact that would change that or the award most directly.\n\n" +
		"With --at it says what was known at an earlier instant: by the records, facts and agreements that had been recorded by then."
	c.Flags().String("at", "", "As it was known at an instant, such as 2026-03-04T09:00Z; now where left out")
	return c
}

func (a *app) explainNeed(cmd *cobra.Command, args []string) error {
	id, err := needID(args[0])
	if err != nil {
		return err
	}
	at, err := instantFlag(cmd, "at")
	if err != nil {
		return err
	}
	return a.read(cmd.Context(), func(r *record) error {
		s, history, err := a.known(cmd, r, id, at)
		if err != nil {
			return err
		}
		now := at
		if !at.IsSet() {
			now = r.desk.Now()
		}
		out := explainJSON{Need: id, At: now, Clauses: engagements(&s), Windows: windows(s.Law(), &s), Blocks: blocks(&s, history),
			Next: orEmpty(desk.Next(&s, "")), Nearest: orEmpty(desk.Nearest(s, now))}
		looks := desk.Outlooks(s, now)
		out.Outlook = make([]outlookJSON, len(looks))
		for i, o := range looks {
			out.Outlook[i] = outlookJSON{o, milestones(o.Path)}
		}
		if a.json {
			return a.document(out)
		}
		a.printExplained(&s, &out)
		return nil
	})
}

// known is a need and its history as they were known at an instant: what had been recorded by then, under the law that had
// been; as they are now where the instant is unset.
func (a *app) known(cmd *cobra.Command, r *record, id capacity.NeedID, at calendar.Instant) (right.State, []right.Event, error) {
	s, err := r.desk.State(cmd.Context(), id)
	if err != nil {
		return s, nil, err
	}
	if !at.IsSet() {
		history, err := r.desk.History(cmd.Context(), id)
		return s, history, err
	}
	if at > r.desk.Now() {
		return s, nil, bad("leave --at out for what is known now", "--at %s has not come yet", at)
	}
	h, err := whatif.Load(cmd.Context(), r.store, tables(), id, r.desk.Now())
	if err != nil {
		return s, nil, err
	}
	events := h.Events
	for len(events) > 0 && events[len(events)-1].Recorded > at {
		events = events[:len(events)-1]
	}
	if len(events) == 0 {
		return s, nil, bad(fmt.Sprintf("name an instant from %s on", h.Events[0].Recorded), "need %s was not in the record at %s", id, at)
	}
	law := h.Laws[0].Law
	for _, l := range h.Laws[1:] {
		if l.At <= at {
			law = l.Law
		}
	}
	then := right.Replay(law, events)
	then, settled, err := right.Step(then, right.Command{Ask: right.Settle{}}, at)
	return then, append(events[:len(events):len(events)], settled...), err
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

// windows lists every window that runs, as the clocks of those show it whom it concerns.
func windows(law *right.Law, s *right.State) []windowJSON {
	out := []windowJSON{}
	buyer := s.Need.Buyer
	add := func(matter string, who party.ID, what string, until calendar.Instant, concerned ...party.ID) {
		w := windowJSON{Matter: matter, Who: who, What: what, Until: until}
		for _, p := range concerned {
			zone := desk.Zone(law, p)
			w.Local = append(w.Local, localJSON{p, zone, until.In(zone)})
		}
		out = append(out, w)
	}
	for i := range s.Matters {
		m := &s.Matters[i]
		x := m.More()
		switch {
		case m.Status == right.Open && m.Question == nil:
			add(m.ID.String(), m.Holder, "may answer", m.AnswerBy, m.Holder, buyer)
		case m.Status == right.StandNamed && m.RespondBy.IsSet():
			add(m.ID.String(), buyer, "may respond", m.RespondBy, m.Holder, buyer)
		case m.Status == right.Negotiating:
			add(m.ID.String(), m.Holder, "may agree with "+string(buyer), x.NegotiateBy, m.Holder, buyer)
		case m.Status == right.Conditional && x.ConsentBy.IsSet():
			for _, p := range m.Clause().Process.Consent.Of {
				if !slices.Contains(x.Consents, p) {
					add(m.ID.String(), p, "may consent", x.ConsentBy, p, buyer)
				}
			}
		}
	}
	for i := range s.Awards {
		if a := &s.Awards[i]; !a.Ended && a.NonPerforming != nil {
			add(a.Award.String(), a.Provider, "may cure", a.NonPerforming.CureBy, a.Provider, buyer)
		}
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

func (a *app) printExplained(s *right.State, x *explainJSON) {
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
	a.printNext(s.Law(), x.Next)
	a.printOutlook(s, x)
	a.printNearest(s, x)
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
func (a *app) printOutlook(s *right.State, x *explainJSON) {
	if len(x.Outlook) == 0 {
		return
	}
	zone := desk.Zone(s.Law(), s.Need.Buyer)
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

// printNearest writes the single facts that would change the outcome most directly.
func (a *app) printNearest(s *right.State, x *explainJSON) {
	if len(x.Nearest) == 0 {
		return
	}
	zone := desk.Zone(s.Law(), s.Need.Buyer)
	a.say("\nwhat would change it most directly")
	for _, n := range x.Nearest {
		switch {
		case !n.At.IsSet():
			a.say("  %s  if %s now: %s", n.Lot, n.Fact, n.Why)
		case n.Before.IsSet():
			a.say("  %s  if %s now, a rival can be taken from %s on, %s sooner", n.Lot, n.Fact, instantIn(n.At, zone), whatif.Duration(n.Before-n.At))
		default:
			a.say("  %s  if %s now, a rival can be taken from %s on; as things stand, never", n.Lot, n.Fact, instantIn(n.At, zone))
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
	case *right.NoticeLate:
		return fmt.Sprintf("the notice of %s is late: it was due by %s", f.Matter, f.Due)
	case *right.NoticeHeld:
		return fmt.Sprintf("the notice of %s waits until %s", f.Matter, f.Until)
	case *right.Untolled:
		return fmt.Sprintf("the stay (%s) of %s ends", f.Ground, f.Matter)
	case *right.Interested:
		return fmt.Sprintf("the negotiation of %s begins, until %s", f.Matter, f.NegotiateBy)
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
