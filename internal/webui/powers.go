package webui

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/internal/desk"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// Powers that a clause gives beside the answer, and what may be done about an award. A page offers one only where the clause gives it to the party
// and the role may use it; the law decides.

// powers are the links to what a party may do in a matter beside answering it.
func (l *look) powers(v *visit, n *desk.Notice) []link {
	if v.who.All || n.Waits != "" {
		return nil
	}
	c, _ := l.clause(n.Clause)
	p := &c.Process
	me, runs := v.who.Party, n.Status == right.Open || n.Status == right.Negotiating
	stands := n.Status == right.Stood
	var out []link
	add := func(is bool, act, text string) {
		if is && v.may(act) {
			out = append(out, link{Path: fmt.Sprintf("/needs/%s/act/%s/%s", n.Need, act, n.Matter), Text: text})
		}
	}
	add((runs || stands) && len(stayable(c, n, me)) > 0, "stay", "Stay the window")
	add(runs && extends(c, n.Holder, l.Need.Buyer, me), "extend", "Lengthen the window")
	add(l.Buyer && me == l.Need.Buyer && (n.Status == right.Sent || runs && n.Status != right.Negotiating || stands) && l.noticed(n.Matter) != nil && (l.opened(n.Matter) == "" || len(l.later(n.Matter)) > 0), "change", "Change what was noticed")
	add(n.Holder == me && n.Status.Pending() && (p.AnyAssignee || len(p.Assignees) > 0), "assign", "Assign the right in this matter")
	return out
}

// stayable are the grounds on which a party may stay the window of a matter now.
func stayable(c *agreement.Clause, n *desk.Notice, who party.ID) []agreement.Ground {
	s := c.Process.Stay
	if s == nil || !slices.Contains(s.By, who) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(s.Grounds), func(g agreement.Ground) bool { return slices.Contains(n.Stands, g) })
}

// extends reports whether a clause lets a party lengthen the window, or propose it.
func extends(c *agreement.Clause, holder, buyer, who party.ID) bool {
	switch c.Process.Extension {
	case agreement.ByGrantor:
		return who == buyer
	case agreement.ByAgreement:
		return who == buyer || who == holder
	}
	return false
}

// inMatter is what the forms on a matter begin with: its id, the matter and its clause.
func (l *look) inMatter(on string) (right.MatterID, *desk.Notice, *agreement.Clause, error) {
	id, err := number[right.MatterID]("m", on)
	if err != nil {
		return 0, nil, nil, err
	}
	n, err := l.matter(on)
	if err != nil {
		return 0, nil, nil, err
	}
	c, _ := l.clause(n.Clause)
	return id, n, c, nil
}

func introStay(l *look, on string) string {
	_, _, c, err := l.inMatter(on)
	if err != nil || c.Process.Stay == nil {
		return "The clause lets nobody stay this window."
	}
	if at := c.Process.Stay.AtMost; !at.IsZero() {
		return fmt.Sprintf("While it is stayed the window stands still, for at most %s.", at)
	}
	return "While it is stayed the window stands still, until you lift the stay."
}

func fieldsStay(v *visit, l *look, on string) []field {
	f := field{Name: "ground", Label: "On which ground", Kind: "choice", Required: true}
	if _, n, c, err := l.inMatter(on); err == nil {
		for _, g := range stayable(c, n, v.who.Party) {
			f.Options = append(f.Options, option{string(g), map[agreement.Ground]string{agreement.GroundDispute: "A dispute", agreement.GroundRegulatory: "A regulatory hold"}[g]})
		}
	}
	return append([]field{f}, reasonField("Why")(v, l, on)...)
}

func askStay(v *visit, l *look, on string, form url.Values) ([]right.Ask, []string, error) {
	id, n, c, err := l.inMatter(on)
	if err != nil {
		return nil, nil, err
	}
	g := agreement.Ground(form.Get("ground"))
	if !slices.Contains(stayable(c, n, v.who.Party), g) {
		return wrong("Choose a ground that the clause gives you")
	}
	reason, err := prose(form, "reason", "why the window is stayed")
	if err != nil {
		return nil, nil, err
	}
	return one(right.Stay{Matter: id, Ground: g, Reason: reason}, fmt.Sprintf("%s stays the window of %s (%s): %s", nameOf(v.law, v.who.Party), on, plain(g), sentence(reason)), introStay(l, on))
}

// agrees reports whether it is the party's turn to agree to an extension that the other side proposed.
func (l *look) agrees(v *visit, on string) bool {
	return slices.ContainsFunc(l.Next, func(t desk.Turn) bool {
		return t.Matter == on && t.Who == v.who.Party && strings.HasPrefix(t.Command, "firstlook matter extend ")
	})
}

func introExtend(l *look, on string) string {
	_, n, c, err := l.inMatter(on)
	if err != nil {
		return ""
	}
	t := teller{l.law, l.eyes}
	s := "The window closes at " + t.at(windowEnd(n)) + "."
	switch {
	case n.ExtendTo.IsSet():
		s += " It was proposed that it closes at " + t.at(n.ExtendTo) + ". Both sides have to name the same instant."
	case c.Process.Extension == agreement.ByAgreement:
		s += " It is longer once both sides have named the same instant."
	}
	return s
}

// windowEnd is when the window of a matter closes, or its negotiation.
func windowEnd(n *desk.Notice) calendar.Instant {
	if n.Status == right.Negotiating {
		return n.NegotiateBy
	}
	return n.AnswerBy
}

// dayLong is by how much an extension is prefilled.
const dayLong = 24 * calendar.Hour

func fieldsExtend(v *visit, l *look, on string) []field {
	_, n, _, err := l.inMatter(on)
	if err != nil {
		return nil
	}
	value := windowEnd(n) + calendar.Instant(dayLong)
	if l.agrees(v, on) {
		value = n.ExtendTo
	}
	return []field{{Name: "until", Label: "When it closes then, in UTC", Kind: "text", Required: true, Value: value.String(), Hint: "A date and a time, such as 2026-12-01T17:00Z. At that instant an answer is late."}}
}

func askExtend(v *visit, l *look, on string, form url.Values) ([]right.Ask, []string, error) {
	id, n, c, err := l.inMatter(on)
	if err != nil {
		return nil, nil, err
	}
	until, err := calendar.Parse(strings.TrimSpace(form.Get("until")))
	if err != nil {
		return wrong("When the window closes does not read: %v", err)
	}
	if until <= windowEnd(n) {
		return wrong("%s is not after %s, when the window closes now", until, windowEnd(n))
	}
	me, t := nameOf(v.law, v.who.Party), teller{v.law, v.who.Party}
	says := []string{fmt.Sprintf("%s agrees that the window of %s closes at %s.", me, on, t.at(until))}
	switch {
	case c.Process.Extension == agreement.ByGrantor:
		says = []string{fmt.Sprintf("%s lengthens the window of %s: it closes at %s.", me, on, t.at(until))}
	case !l.agrees(v, on) || until != n.ExtendTo:
		says = []string{fmt.Sprintf("%s proposes that the window of %s closes at %s.", me, on, t.at(until)), "Until the other side agrees to that instant, the window closes as before."}
	}
	return one(right.Extend{Matter: id, Until: until}, says...)
}

func introAssign(l *look, on string) string {
	return "Whoever you name answers in your place in this matter, and sees of it what you see. The right itself stays yours."
}

func fieldsAssign(v *visit, l *look, on string) []field {
	f := field{Name: "to", Label: "To whom", Kind: "text", Required: true, Hint: "The id of the party, as the agreements write it."}
	if _, _, c, err := l.inMatter(on); err == nil && !c.Process.AnyAssignee {
		f.Kind, f.Hint = "choice", ""
		for _, p := range c.Process.Assignees {
			f.Options = append(f.Options, option{string(p), nameOf(v.law, p)})
		}
	}
	return []field{f}
}

func askAssign(v *visit, l *look, on string, form url.Values) ([]right.Ask, []string, error) {
	id, n, _, err := l.inMatter(on)
	if err != nil || n.Holder != v.who.Party {
		return nil, nil, errNotFound
	}
	to := party.ID(strings.TrimSpace(form.Get("to")))
	if err := party.Check(string(to)); err != nil {
		return wrong("To whom it is assigned does not read: %v", err)
	}
	return one(right.Assign{Matter: id, To: to}, fmt.Sprintf("%s assigns its right in %s to %s, which answers in its place.", nameOf(v.law, v.who.Party), on, nameOf(v.law, to)),
		"It cannot be taken back; "+nameOf(v.law, to)+" would have to assign it again.")
}

// opened is the offer that a matter is about; empty where the grantor's own terms, or the need alone, were noticed.
func (l *look) opened(on string) offer.ID {
	var id offer.ID
	for _, e := range l.Events {
		switch f := e.Fact.(type) {
		case *right.MatterOpened:
			if f.Matter.String() == on {
				id = f.Offer
			}
		case *right.Changed:
			if f.Matter.String() == on && f.Offer != "" {
				id = f.Offer
			}
		}
	}
	return id
}

// later are the other offers of the provider whose offer was noticed in a matter.
func (l *look) later(on string) []desk.Offer {
	was := l.opened(on)
	i := slices.IndexFunc(l.Offers, func(o desk.Offer) bool { return o.ID == was })
	if i < 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(l.Offers), func(o desk.Offer) bool {
		return o.ID == was || o.Withdrawn || o.Terms == nil || o.Provider != l.Offers[i].Provider || o.Line != l.Offers[i].Line
	})
}

func introChange(l *look, on string) string {
	s := "The holder is told of the change. Where the clause calls it material, a fresh window runs."
	if l.opened(on) != "" && len(l.later(on)) == 0 {
		s += " What was noticed is an offer of a provider; only a later offer of the same provider can take its place, and there is none."
	}
	return s
}

func fieldsChange(v *visit, l *look, on string) []field {
	f := fieldsTerms(v, l, on)[0]
	if l.opened(on) != "" {
		f = field{Name: "offer", Label: "Which later offer takes its place", Kind: "choice", Required: true}
		for _, o := range l.later(on) {
			f.Options = append(f.Options, option{string(o.ID), fmt.Sprintf("%s of %s: %s", o.ID, nameOf(v.law, o.Provider), o.Terms.String())})
		}
	}
	return append([]field{f}, reasonField("Why the terms change")(v, l, on)...)
}

func askChange(v *visit, l *look, on string, form url.Values) ([]right.Ask, []string, error) {
	id, _, _, err := l.inMatter(on)
	if err != nil || !l.Buyer {
		return nil, nil, errNotFound
	}
	c := right.Change{Matter: id}
	what := ""
	if l.opened(on) != "" {
		later := l.later(on)
		i := slices.IndexFunc(later, func(o desk.Offer) bool { return string(o.ID) == form.Get("offer") })
		if i < 0 {
			return wrong("Choose the offer that takes the place of what was noticed")
		}
		c.Offer, what = later[i].ID, fmt.Sprintf("offer %s, %s", later[i].ID, later[i].Terms.String())
	} else {
		terms, err := termsOf(form)
		if err != nil {
			return nil, nil, err
		}
		c.Terms, what = &terms, terms.String()
	}
	if c.Reason, err = prose(form, "reason", "why the terms change"); err != nil {
		return nil, nil, err
	}
	return one(c, fmt.Sprintf("%s changes what was noticed in %s to: %s", nameOf(v.law, v.who.Party), on, what), "Reason: "+sentence(c.Reason))
}

func introReoffer(*look, string) string {
	return "The releases that this lot has from its holders are given up, and each of them has the word anew, with a full window. It serves where what they released is not what you would take now."
}

func askReoffer(v *visit, l *look, on string, _ url.Values) ([]right.Ask, []string, error) {
	id, err := number[right.LotID]("l", on)
	if x, _ := lotOf(l, on); err != nil || x == nil || !l.Buyer {
		return nil, nil, errNotFound
	}
	return one(right.Reoffer{Lot: id}, fmt.Sprintf("%s gives up the releases of %s and asks the holders of its rights anew.", nameOf(v.law, v.who.Party), on), "A new matter with a full window opens for each of them.")
}

// awardOf is an award that the party may see.
func (l *look) awardOf(on string) (*desk.Award, right.AwardID, error) {
	id, err := number[right.AwardID]("a", on)
	i := slices.IndexFunc(l.Awards, func(w desk.Award) bool { return w.Award == on })
	if err != nil || i < 0 {
		return nil, 0, errNotFound
	}
	return &l.Awards[i], id, nil
}

// performs reports whether some clause that engaged the need says what follows when an award is not performed.
func (l *look) performs() bool {
	return slices.ContainsFunc(l.Events, func(e right.Event) bool {
		f, ok := e.Fact.(*right.Engaged)
		if !ok || !f.Engaged {
			return false
		}
		c, _ := l.clause(f.Clause)
		return c.Process.NonPerformance != nil
	})
}

func introMissed(l *look, on string) string {
	return "A time to cure begins. What follows after it, the clause says; the provider is told."
}

func fieldsMissed(v *visit, l *look, on string) []field {
	delivered := field{Name: "delivered", Label: "How many accelerators are delivered", Kind: "number", Required: true, Value: "0"}
	if w, _, err := l.awardOf(on); err == nil {
		delivered.Hint = fmt.Sprintf("Of %s; 0 where nothing is.", counted(w.Quantity, w.Of+" accelerator"))
	}
	return append([]field{delivered}, reasonField("What is not performed")(v, l, on)...)
}

func askMissed(v *visit, l *look, on string, form url.Values) ([]right.Ask, []string, error) {
	w, id, err := l.awardOf(on)
	if err != nil || !l.Buyer {
		return nil, nil, errNotFound
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(strings.TrimSpace(form.Get("delivered")), ",", ""), 10, 64)
	if err != nil || n < 0 || n >= w.Quantity {
		return wrong("What is delivered is a whole number from 0 to %s", thousands(w.Quantity-1))
	}
	reason, err := prose(form, "reason", "what is not performed")
	if err != nil {
		return nil, nil, err
	}
	return one(right.NonPerform{Award: id, Delivered: n, Reason: reason},
		fmt.Sprintf("%s says that %s does not perform award %s: %s of %s are delivered.", nameOf(v.law, v.who.Party), nameOf(v.law, w.Provider), on, thousands(n), counted(w.Quantity, w.Of+" accelerator")), "Reason: "+sentence(reason))
}
