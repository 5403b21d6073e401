package webui

import (
	"cmp"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"firstlook/agreement"
	"firstlook/award"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/offer"
	"firstlook/right"
)

// needMain is the page of one need.
type needMain struct {
	ID       capacity.NeedID
	Title    string
	Buyer    string
	State    string
	Says     string // where it stands, in a sentence
	Facts    []fact
	Tasks    []task
	Others   []task
	Picture  template.HTML
	Story    []step
	Clauses  []engagement
	Lots     []lotRow
	Matters  []matterRow
	Offers   []offerRow
	Choices  []choice
	Awards   []awardRow
	Blocks   []block
	Outlooks []outlook
	Nearest  []nearer
	IsBuyer  bool
	Withdraw bool
}

// fact is a name and a value of a list of facts.
type fact struct{ Name, Value string }

// step is one event in the table that stands beside the picture.
type step struct{ At, Text string }

type engagement struct {
	Clause  string
	Path    string
	Kind    string
	Holder  string
	Cite    string
	Text    string
	Reason  string
	Engaged bool
	Assumed []agreement.Assumption
}

type lotRow struct{ Lot, Quantity, State, More, Reoffer string }

type matterRow struct {
	ID, Path, Clause, Kind, Holder, State, Quantity string
	Deadline                                        *deadline
	Notes                                           []string
}

type offerRow struct {
	ID, Provider, Terms, Price, Quantity, Valid, State, Hash string
	Revise, Withdraw                                         string
}

// choice is one comparison of offers as it was recorded.
type choice struct {
	Lot, At, By, Method string
	Ranked              []ranked
	Excluded            []award.Exclusion
	Total               string
	RunnerUp            string
	Names               map[string]string
}

type ranked struct {
	Offer, Provider, Place, Kind, Quantity, Equivalent, Price, Data, Total, PerHour string
	Taken                                                                           bool
	Moves                                                                           []string
}

type awardRow struct {
	ID, Lot, Provider, Role, Quantity, Terms, Landed, State, By string
	Because                                                     []engagement
	SignPath, FallPath, MissedPath, CurePath                    string
}

type block struct{ What, Clause, Reason, Path string }

type outlook struct {
	Lot, At, Why string
	Deadline     *deadline
	Path         []step
}

type nearer struct{ Lot, Fact, By, Then, Before, Why string }

func (u *UI) needPage(v *visit) error {
	l, f, err := u.future(v, capacity.NeedID(v.r.PathValue("id")))
	if err != nil {
		return err
	}
	m := needMain{ID: l.Need.ID, Title: l.title(), Buyer: nameOf(v.law, l.Need.Buyer), State: l.Status, IsBuyer: l.Buyer,
		Facts: l.facts(), Picture: l.picture(), Story: l.story(), Clauses: l.engagements(), Lots: l.lots(v), Matters: l.matterRows(v), Offers: l.offerRows(v),
		Choices: l.choices(v), Awards: l.awards(v), Blocks: l.blocks(), Outlooks: l.outlooks(v, f.Outlooks), Nearest: l.nearest(f.Nearest)}
	for _, t := range l.tasks(v) {
		if t.Mine {
			m.Tasks = append(m.Tasks, t)
		} else {
			m.Others = append(m.Others, t)
		}
	}
	m.Says = m.stands()
	m.Withdraw = l.Buyer && l.Status != desk.StatusSettled && l.Status != desk.StatusWithdrawn && v.may("withdraw")
	u.render(v, http.StatusOK, "need", string(l.Need.ID)+" "+m.Title, m)
	return nil
}

// stands says where a need stands.
func (m *needMain) stands() string {
	switch {
	case len(m.Tasks) > 0:
		return "It waits for you."
	case m.State == desk.StatusSettled:
		return "Every part of it is awarded or closed."
	case m.State == desk.StatusBlocked:
		return "Nothing moves: what is left of it is barred by a clause."
	case m.State == desk.StatusWithdrawn:
		return "The buyer withdrew it."
	case len(m.Others) > 0:
		return m.Others[0].What
	}
	return "Nothing of it waits for you."
}

// facts are what was asked for.
func (l *look) facts() []fact {
	n := &l.Need
	out := []fact{{"Asked for by", nameOf(l.law, n.Buyer)}, {"For", plain(n.Class) + ", " + plain(n.Purpose)}}
	for i, line := range n.Lines {
		name := "Capacity"
		if len(n.Lines) > 1 {
			name = fmt.Sprintf("Line %d", i+1)
		}
		kinds := make([]string, len(line.Accelerators))
		for j, a := range line.Accelerators {
			kinds[j] = string(a)
		}
		what := fmt.Sprintf("%s accelerators: %s", thousands(line.Quantity), strings.Join(kinds, " or "))
		if line.Divisible {
			what += fmt.Sprintf(", from several sources, at least %s each", thousands(line.Least))
		}
		out = append(out, fact{name, what}, fact{"Period", span(line.Period)})
		if len(line.Regions) > 0 {
			out = append(out, fact{"Regions", plains(line.Regions)})
		}
		if len(line.Residency) > 0 {
			out = append(out, fact{"Countries", plains(line.Residency)})
		}
	}
	add := func(name, value string) {
		if value != "" {
			out = append(out, fact{name, value})
		}
	}
	if n.ServiceLevel > 0 {
		add("Service level", n.ServiceLevel.String()+" a month, at least")
	}
	add("Interconnect", string(n.Interconnect))
	add("Security", commas(n.Security))
	if l.Buyer {
		add("Budget", amount(n.Budget))
	}
	for _, d := range n.DataSets {
		add("Data", fmt.Sprintf("%s: %s GB at %s %s", d.Name, thousands(d.GB), d.Cloud, d.Region))
	}
	return out
}

// story is every visible event in a sentence.
func (l *look) story() []step {
	t := teller{l.law, l.eyes}
	out := make([]step, 0, len(l.Events))
	for _, e := range l.Events {
		out = append(out, step{t.at(e.At), t.tell(e)})
	}
	return out
}

// engagements are the clauses that were looked at, engaged ones first. The buyer's record alone has them; a holder is shown the clauses
// of its own matters.
func (l *look) engagements() []engagement {
	var out []engagement
	add := func(ref agreement.Ref, kind agreement.Kind, holder, reason string, engaged bool) {
		c, _ := l.clause(ref)
		e := engagement{Clause: clauseName(ref), Path: clausePath(ref), Kind: kindWords(kind), Holder: holder, Cite: c.Cite, Text: c.Text, Reason: sentence(reason), Engaged: engaged}
		if engaged {
			e.Assumed = c.Assumed
		}
		if !slices.ContainsFunc(out, func(o engagement) bool { return o.Clause == e.Clause && o.Holder == e.Holder && o.Reason == e.Reason }) {
			out = append(out, e)
		}
	}
	for _, e := range l.Events {
		if f, ok := e.Fact.(*right.Engaged); ok {
			add(f.Clause, f.Kind, nameOf(l.law, f.Holder), f.Reason, f.Engaged)
		}
	}
	if !l.Buyer {
		for i := range l.Matters {
			n := &l.Matters[i]
			add(n.Clause, n.Kind, nameOf(l.law, n.Holder), "a notice was given under it", true)
		}
	}
	slices.SortStableFunc(out, func(a, b engagement) int { return cmp.Compare(order(b.Engaged), order(a.Engaged)) })
	return out
}

func order(b bool) int {
	if b {
		return 1
	}
	return 0
}

func clausePath(r agreement.Ref) string {
	return fmt.Sprintf("/agreements/%s#%s-%d", r.Agreement, r.Clause, r.Version)
}

// kindWords names a kind of clause as the field does.
func kindWords(k agreement.Kind) string {
	if w, ok := map[agreement.Kind]string{agreement.Match: "right to match", agreement.FirstOffer: "first offer", agreement.FirstCall: "first call",
		agreement.FirstNegotiation: "first negotiation", agreement.LastLook: "last look", agreement.ProRata: "pro rata share", agreement.Exclusive: "exclusivity",
		agreement.NoLessFavourable: "no less favourable terms", agreement.StepIn: "step-in", agreement.CallOption: "call option"}[k]; ok {
		return w
	}
	return plain(k)
}

func (l *look) lots(v *visit) []lotRow {
	var out []lotRow
	for _, x := range l.Lots {
		r := lotRow{Lot: x.Lot, Quantity: counted(x.Quantity, x.Of+" accelerator"), State: map[right.LotStatus]string{right.Held: "held by a right", right.InMarket: "in the market",
			right.Picked: "an offer is chosen", right.Won: "awarded", right.Stuck: "blocked", right.Closed: "closed"}[x.Status]}
		if d := v.deadline(x.Closes, l.Who); d != nil {
			r.More = "offers until " + d.Clocks[0].Text
		}
		for _, rel := range x.Releases {
			if rel.Ended != "" {
				continue
			}
			r.More = strings.TrimPrefix(r.More+"; released by "+rel.Matter, "; ")
			if rel.Until.IsSet() {
				r.More += " until " + teller{l.law, l.eyes}.at(rel.Until)
			}
			if rel.Cap != nil {
				r.More += ", a rival on no better terms than " + rel.Cap.String()
			}
			if l.Buyer && x.Status == right.InMarket && v.may("reoffer") {
				r.Reoffer = fmt.Sprintf("/needs/%s/act/reoffer/%s", l.Need.ID, x.Lot)
			}
		}
		out = append(out, r)
	}
	return out
}

func (l *look) matterRows(v *visit) []matterRow {
	var out []matterRow
	for i := range l.Matters {
		n := &l.Matters[i]
		r := matterRow{ID: n.Matter, Clause: clauseName(n.Clause), Kind: kindWords(n.Kind), Holder: nameOf(v.law, n.Holder), State: stateWords(n),
			Quantity: counted(n.Quantity, n.Of+" accelerator")}
		if v.may("view/notice") {
			r.Path = fmt.Sprintf("/needs/%s/matters/%s", n.Need, n.Matter)
		}
		if n.Status == right.Open && n.Waits == "" {
			r.Deadline = v.deadline(n.AnswerBy, v.who.Party, n.Holder, l.Need.Buyer)
		}
		if n.Status == right.Negotiating && n.Waits == "" {
			r.Deadline = v.deadline(n.NegotiateBy, v.who.Party, n.Holder, l.Need.Buyer)
		}
		if len(n.Stands) > 0 {
			r.Notes = append(r.Notes, "stands still: "+plains(n.Stands))
		}
		if l.countered(n.Matter) && n.Status == right.Open {
			r.Notes = append(r.Notes, "countered; the window goes on")
		}
		if n.Late {
			r.Notes = append(r.Notes, "the notice came late")
		}
		out = append(out, r)
	}
	return out
}

// countered reports whether an answer in a matter proposed other terms.
func (l *look) countered(matter string) bool {
	return slices.ContainsFunc(l.Events, func(e right.Event) bool {
		f, ok := e.Fact.(*right.Countered)
		return ok && f.Matter.String() == matter
	})
}

func (l *look) offerRows(v *visit) []offerRow {
	var out []offerRow
	if !v.may("view/offer") {
		return nil
	}
	for _, o := range l.Offers {
		r := offerRow{ID: string(o.ID), Hash: o.Hash, State: "stands"}
		switch {
		case o.Sealed:
			r.Provider, r.State = "under seal until the round closes", "sealed"
		case o.Withdrawn:
			r.State = "withdrawn"
		case o.ValidUntil.IsSet() && o.ValidUntil <= v.now:
			r.State = "expired"
		}
		if o.Terms != nil {
			r.Provider, r.Terms, r.Quantity = nameOf(v.law, o.Provider), o.Terms.String(), thousands(o.Terms.Quantity)+" "+string(o.Terms.Accelerator)
			r.Price = strings.TrimPrefix(price(o.Terms), " at ")
			if o.ValidUntil.IsSet() {
				r.Valid = teller{l.law, l.eyes}.at(o.ValidUntil)
			}
		}
		if o.Provider == v.who.Party && r.State == "stands" && v.may("withdraw-offer") {
			base := fmt.Sprintf("/needs/%s/act/", l.Need.ID)
			r.Withdraw = base + "withdraw-offer/" + r.ID
			if lot := l.asked(); lot != "" {
				r.Revise = base + "submit-offer/" + lot + "?replace=" + queryEscape(r.ID)
			}
		}
		out = append(out, r)
	}
	return out
}

// asked is a lot for which the party may offer now; empty for none.
func (l *look) asked() string {
	for _, t := range l.Next {
		if t.Who == l.Who && strings.HasPrefix(t.Command, "firstlook offer submit ") {
			return t.Lot
		}
	}
	return ""
}

// choices are the comparisons that the record holds; the buyer's alone.
func (l *look) choices(v *visit) []choice {
	var out []choice
	if !v.may("view/offer") && !v.may("view/money") {
		return nil
	}
	for _, e := range l.Events {
		f, ok := e.Fact.(*right.Chosen)
		if !ok || f.Comparison == nil || !l.Buyer {
			continue
		}
		c := comparison(l, f.Comparison)
		c.Lot, c.At = f.Lot.String(), teller{l.law, l.eyes}.at(e.At)
		c.By = "The cheapest lawful choice"
		if f.Manual {
			c.By = fmt.Sprintf("The choice of %s: %s", f.Person, f.Reason)
		}
		out = append(out, c)
	}
	return out
}

// comparison puts a comparison into rows.
func comparison(l *look, c *award.Comparison) choice {
	out := choice{Total: amount(c.Total), Excluded: c.Excluded, Method: plain(c.Method), Names: map[string]string{}}
	for i := range c.Ranked {
		r := &c.Ranked[i]
		row := ranked{Offer: string(r.Offer), Provider: nameOf(l.law, r.Provider), Place: place(r.Cloud, r.Region), Kind: string(r.Accelerator), Quantity: thousands(r.Accelerators),
			Equivalent: thousands(r.Equivalent), Price: amount(r.Price), Data: amount(r.Movement), Total: amount(r.Total), PerHour: rate(r.PerHour)}
		row.Taken = slices.ContainsFunc(c.Picks, func(p award.Pick) bool { return p.Offer == r.Offer })
		for _, t := range r.Transfers {
			row.Moves = append(row.Moves, fmt.Sprintf("%s, %s GB from %s to %s: %s", t.DataSet, thousands(t.GB), place(t.FromCloud, t.FromRegion), place(t.ToCloud, t.ToRegion), amount(t.Amount)))
		}
		out.Ranked = append(out.Ranked, row)
	}
	for _, x := range c.Excluded {
		out.Names[string(x.Provider)] = nameOf(l.law, x.Provider)
	}
	if c.RunnerUp != nil {
		out.RunnerUp = fmt.Sprintf("Without %s it would cost %s, which is %s more.", nameOf(l.law, c.RunnerUp.Without), amount(c.RunnerUp.Total), amount(c.RunnerUp.Difference))
	}
	return out
}

func place(c capacity.Cloud, r capacity.Region) string {
	if r == "" {
		return string(c)
	}
	return string(c) + "/" + string(r)
}

func (l *look) awards(v *visit) []awardRow {
	var out []awardRow
	for i := range l.Awards {
		w := &l.Awards[i]
		r := awardRow{ID: w.Award, Lot: w.Lot, Provider: nameOf(v.law, w.Provider), Role: plain(w.Role), Quantity: counted(w.Quantity, w.Of+" accelerator"),
			Terms: w.Terms.String(), Landed: amount(w.Landed), State: l.awardState(w)}
		switch {
		case w.Matter != "":
			r.By = "It took its right in " + w.Matter + "."
		case w.Offer != "":
			r.By = "By its offer " + string(w.Offer) + "."
		}
		for _, ref := range w.Because {
			c, _ := l.clause(ref)
			r.Because = append(r.Because, engagement{Clause: clauseName(ref), Path: clausePath(ref), Cite: c.Cite, Text: c.Text, Reason: l.ended(ref, w.Matter)})
		}
		base := fmt.Sprintf("/needs/%s/act/", l.Need.ID)
		if l.Buyer && !w.Signed && !w.Ended && len(w.Consents) == 0 && v.may("sign") {
			r.SignPath = base + "sign/" + w.Award
		}
		if l.Buyer && !w.Ended && v.may("fall-through") {
			r.FallPath = base + "fall-through/" + w.Award
		}
		if l.Buyer && !w.Ended && w.Missed == nil && v.may("non-perform") && l.performs() {
			r.MissedPath = base + "non-perform/" + w.Award
		}
		if l.Buyer && !w.Ended && w.Missed != nil && v.may("cure") {
			r.CurePath = base + "cure/" + w.Award
		}
		out = append(out, r)
	}
	return out
}

// stateWords says how a matter stands, for who reads it in a list.
func stateWords(n *desk.Notice) string {
	if n.Waits != "" {
		return "stopped until " + plain(n.Waits) + " is determined"
	}
	return outcomeWords(n.Status)
}

// ended says how the matter under a clause ended: the one that the award follows, where it follows one.
func (l *look) ended(ref agreement.Ref, follows string) string {
	for i := range l.Matters {
		if n := &l.Matters[i]; n.Clause == ref && (follows == "" || n.Matter == follows) {
			return fmt.Sprintf("%s of %s: %s.", n.Matter, nameOf(l.law, n.Holder), outcomeWords(n.Status))
		}
	}
	return ""
}

func (l *look) awardState(w *desk.Award) string {
	switch {
	case w.Ended:
		return "came to nothing"
	case w.Missed != nil:
		return "not performed; may be cured until " + teller{l.law, l.eyes}.at(w.Missed.CureBy)
	case len(w.Consents) > 0:
		return "waits for the consent of " + namesOf(l.law, w.Consents)
	case w.Signed:
		return "signed"
	}
	return "not signed yet"
}

// blocks are what clauses keep from happening; the buyer's alone.
func (l *look) blocks() []block {
	var out []block
	for _, e := range l.Events {
		switch f := e.Fact.(type) {
		case *right.OffersRequested:
			for _, b := range f.Barred {
				c, _ := l.clause(b.Clause)
				out = append(out, block{fmt.Sprintf("%s may not be asked for %s", nameOf(l.law, b.Provider), f.Lot), clauseName(b.Clause), sentence(c.Text), clausePath(b.Clause)})
			}
		case *right.Blocked:
			if slices.ContainsFunc(l.Lots, func(x desk.Lot) bool { return x.Lot == f.Lot.String() && x.Status == right.Stuck }) {
				out = append(out, block{f.Lot.String() + " may go to nobody else", clauseName(f.Clause), sentence(f.Reason), clausePath(f.Clause)})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b block) int { return cmp.Compare(a.What, b.What) })
	return slices.CompactFunc(out, func(a, b block) bool { return a == b })
}

func (l *look) outlooks(v *visit, all []desk.Outlook) []outlook {
	t := teller{l.law, l.eyes}
	var out []outlook
	for _, o := range all {
		r := outlook{Lot: o.Lot, Why: sentence(readable(l.law, l.Who, o.Why)), Deadline: v.deadline(o.At, l.Who)}
		if o.At.IsSet() {
			r.At = t.at(o.At)
			if o.At <= v.now {
				r.At = "now"
			}
		}
		for _, e := range o.Path {
			switch e.Fact.(type) {
			case *right.Opened, *right.Ended, *right.Released, *right.RoundClosed, *right.Awarded:
				r.Path = append(r.Path, step{t.at(e.At), t.imagined(e)})
			}
		}
		out = append(out, r)
	}
	return out
}

// imagined tells an event that would come about; the offers on the way are imagined, and so are their terms.
func (t teller) imagined(e right.Event) string {
	if f, ok := e.Fact.(*right.Awarded); ok {
		return fmt.Sprintf("A rival may be taken for %s.", f.Lot)
	}
	if f, ok := e.Fact.(*right.Released); ok {
		return fmt.Sprintf("%s releases its lot.", f.Matter)
	}
	return t.tell(e)
}

func (l *look) nearest(all []desk.Nearer) []nearer {
	t := teller{l.law, l.eyes}
	var out []nearer
	for _, n := range all {
		r := nearer{Lot: n.Lot, Fact: "If " + readable(l.law, l.Who, n.Fact), By: nameOf(l.law, n.By), Why: sentence(readable(l.law, l.Who, n.Why))}
		switch {
		case n.Awarded != "":
			r.Then = nameOf(l.law, n.Awarded) + " has " + n.Lot
		case n.At.IsSet() && n.At <= l.now:
			r.Then = "a rival may be taken for " + n.Lot + " at once"
		case n.At.IsSet():
			r.Then = "a rival may be taken for " + n.Lot + " from " + t.at(n.At)
		}
		if r.Then == "" {
			r.Then, r.Why = strings.TrimSuffix(r.Why, "."), ""
		}
		if n.Before.IsSet() {
			r.Before = "as things stand, from " + t.at(n.Before)
		}
		out = append(out, r)
	}
	return out
}

// ownOffer returns an offer of the party that looks.
func (l *look) ownOffer(id string) (*desk.Offer, bool) {
	i := slices.IndexFunc(l.Offers, func(o desk.Offer) bool { return o.ID == offer.ID(id) && o.Provider == l.Who && o.Terms != nil })
	if i < 0 {
		return nil, false
	}
	return &l.Offers[i], true
}
