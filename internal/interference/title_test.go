package interference

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"firstlook/agreement"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// change makes another history of one by a value that is sealed from somebody.
type change struct {
	field string // what was changed, for the message
	turns []turn
	need  capacity.NeedID
	// titled reports whether a party may see the value; s is the need as it is now in the history that was not changed, nil before it is there.
	titled func(who party.ID, s *right.State) bool
	at     int // place of the command that was changed, or of the one that was added
	// adds names an offer that the other history does not have.
	adds offer.ID
	// renames are parties that change their names with each other.
	renames [2]party.ID
}

// changes are all that a history gives rise to, in a fixed order but for the sizes.
func changes(h *history, dice *rand.Rand) []change {
	var out []change
	for i, t := range h.turns {
		switch ask := t.command.Ask.(type) {
		case right.Submit:
			out = append(out, budget(h, i, ask))
		case right.SubmitOffer:
			out = append(out, offerChanges(h, i, ask, dice)...)
		case right.Answer:
			out = append(out, answerChanges(h, i, ask, dice)...)
		}
	}
	return out
}

// with is the history with another ask at a place.
func (h *history) with(i int, ask right.Ask) []turn {
	out := slices.Clone(h.turns)
	out[i].command.Ask = ask
	return out
}

// budget changes what the buyer would spend: the buyer's alone.
func budget(h *history, i int, ask right.Submit) change {
	var err error
	if ask.Need.Budget, err = money.ParseAmount("98765432.10 USD"); err != nil {
		panic("bug: " + err.Error())
	}
	return change{field: "budget of " + string(ask.Need.ID), need: ask.Need.ID, turns: h.with(i, ask), titled: func(who party.ID, _ *right.State) bool { return who == ask.Need.Buyer }}
}

// otherPrice is a price that differs by a few nano-units in a thousand of them, so that who is cheapest seldom changes.
func otherPrice(t offer.Terms, dice *rand.Rand) offer.Terms {
	t.Price = slices.Clone(t.Price)
	for i := range t.Price {
		more, err := t.Price[i].Rate.Scale(10_000+1+dice.Int64N(30), 10_000, money.HalfEven)
		if err != nil {
			panic("bug: " + err.Error())
		}
		t.Price[i].Rate = more
	}
	return t
}

// dearer is an offer of a history at another price.
func dearer(h *history, i int, dice *rand.Rand) offer.Offer {
	o := h.turns[i].command.Ask.(right.SubmitOffer).Offer
	o.Terms = otherPrice(o.Terms, dice)
	return o
}

// offerChanges change a value of an offer, its maker, or put one beside it that loses.
func offerChanges(h *history, i int, ask right.SubmitOffer, dice *rand.Rand) []change {
	o := ask.Offer
	var out []change
	alter := func(what string, edit func(*offer.Offer)) {
		other := o
		edit(&other)
		out = append(out, change{field: what + " of offer " + string(o.ID), need: o.Need, at: i, turns: h.with(i, right.SubmitOffer{Offer: other}), titled: func(who party.ID, s *right.State) bool {
			return offerTitle(who, s, &o, &other)
		}})
	}
	if len(o.Terms.Price) > 0 {
		alter("price", func(x *offer.Offer) { x.Terms = otherPrice(x.Terms, dice) })
	}
	if o.Terms.Region != "" {
		alter("place", func(x *offer.Offer) { x.Terms.Region += "-b" })
	}
	alter("salt", func(x *offer.Offer) { x.Salt += "x" })
	alter("validity", func(x *offer.Offer) { x.ValidUntil += 1_000_000 })
	alter("security", func(x *offer.Offer) { x.Security = append(slices.Clone(x.Security), "fedramp-high") })
	alter("termination", func(x *offer.Offer) { x.Terms.Termination += 7 })
	for _, q := range []party.ID{"contoso", "fabrikam"} {
		if q == o.Provider {
			continue
		}
		if o.Provider == "contoso" || o.Provider == "fabrikam" {
			out = append(out, otherRival(h, &o, o.Provider, q))
		}
		out = append(out, oneMore(h, i, &o, q, dice))
	}
	return out
}

// offerTitle reports whether a party may see that an offer has other terms: who made it; the buyer, once the round is closed; a holder
// that was noticed of it, where its clause discloses what differs; who is told of it or may take its award over; who must consent to the award, or to the exercise.
func offerTitle(who party.ID, s *right.State, a, b *offer.Offer) bool {
	if who == a.Provider || who == b.Provider {
		return true
	}
	if s == nil {
		return false
	}
	if who == s.Need.Buyer {
		return !slices.ContainsFunc(s.Lots, func(l right.Lot) bool { return l.Line == a.Line && l.Round })
	}
	for i := range s.Matters {
		m := &s.Matters[i]
		if c := m.Clause().Process.Consent; c != nil && m.Offer == a.ID && slices.Contains(c.Of, who) && (m.Status == right.Conditional || m.Status == right.Taken || m.More().Terms != nil) {
			return true // the exercise is put to it, on the terms of the offer
		}
		if m.Holder != who && m.For() != who || m.SentAt == 0 {
			continue
		}
		c := m.Clause()
		if slices.Contains(c.Process.Reveals, agreement.RevealLosers) || c.Process.Unsolicited {
			return true
		}
		if of := m.Offer == a.ID || m.More().Award != 0; of && !cmp.Equal(offer.Disclosed(c, &a.Terms), offer.Disclosed(c, &b.Terms), cmp.AllowUnexported(money.Rate{}, money.Amount{})) {
			return true
		}
		if m.Offer == a.ID && (m.Status == right.Taken || m.More().Terms != nil) {
			return true // who exercised, or bound itself to what it is allotted, supplies on these terms
		}
		if m.Offer == a.ID && reveals(c) && a.Provider != b.Provider {
			return true
		}
	}
	return slices.ContainsFunc(s.Awards, func(w right.Award) bool { return w.Provider == who || slices.Contains(desk.Consenting(s, &w), who) })
}

// reveals reports whether a clause tells its holder who the rival is.
func reveals(c *agreement.Clause) bool {
	return slices.Contains(c.Process.Reveals, agreement.RevealCounterparty) || slices.Contains(c.Process.Content.Value, agreement.ItemCounterparty)
}

// otherRival has two rivals change places in everything that they do.
func otherRival(h *history, o *offer.Offer, p, q party.ID) change {
	swap := func(x party.ID) party.ID {
		switch x {
		case p:
			return q
		case q:
			return p
		}
		return x
	}
	terms := func(t offer.Terms) offer.Terms {
		if t.Cloud == capacity.Cloud(p) || t.Cloud == capacity.Cloud(q) {
			t.Cloud = capacity.Cloud(swap(party.ID(t.Cloud)))
		}
		return t
	}
	var made []offer.Offer // by either
	turns := slices.Clone(h.turns)
	for i := range turns {
		if ask, ok := turns[i].command.Ask.(right.SubmitOffer); ok && swap(ask.Offer.Provider) != ask.Offer.Provider {
			made = append(made, ask.Offer)
		}
		turns[i].command.By = swap(turns[i].command.By)
		if ask, ok := turns[i].command.Ask.(right.SubmitOffer); ok {
			ask.Offer.Provider, ask.Offer.Terms = swap(ask.Offer.Provider), terms(ask.Offer.Terms)
			turns[i].command.Ask = ask
		}
	}
	return change{field: fmt.Sprintf("who made offer %s: %s or %s", o.ID, p, q), need: o.Need, turns: turns, renames: [2]party.ID{p, q}, titled: func(who party.ID, s *right.State) bool {
		return slices.ContainsFunc(made, func(a offer.Offer) bool { // they change places in all of them
			b := a
			b.Provider, b.Terms = swap(a.Provider), terms(a.Terms)
			return a.Need != o.Need || offerTitle(who, s, &a, &b)
		})
	}}
}

// oneMore puts an offer of another provider behind one; it is dear, and loses.
func oneMore(h *history, i int, o *offer.Offer, q party.ID, dice *rand.Rand) change {
	more := *o
	more.ID, more.Provider, more.Salt, more.Package, more.Security = "o98", q, "another", "", nil
	more.Terms.Cloud, more.Terms.Region = capacity.Cloud(q), "elsewhere"
	more.Terms.Price = slices.Clone(more.Terms.Price)
	for k := range more.Terms.Price {
		rate, err := more.Terms.Price[k].Rate.Scale(30+dice.Int64N(20), 10, money.HalfEven)
		if err != nil {
			panic("bug: " + err.Error())
		}
		more.Terms.Price[k].Rate = rate
	}
	t := h.turns[i]
	t.command = right.Command{By: q, Ask: right.SubmitOffer{Offer: more}}
	return change{field: "one losing offer more, of " + string(q), need: o.Need, turns: slices.Insert(slices.Clone(h.turns), i+1, t), at: i + 1, adds: more.ID, titled: func(who party.ID, s *right.State) bool {
		// That there is one is the buyer's to know at once; its terms are not.
		return who == more.Provider || s != nil && who == s.Need.Buyer || s != nil && offerTitle(who, s, &more, &more)
	}}
}

// answerChanges change what a holder says: its own, and the buyer's to know but in a last look that is open.
func answerChanges(h *history, i int, ask right.Answer, dice *rand.Rand) []change {
	var out []change
	need := h.turns[i].need
	holder := h.turns[i].command.By
	title := func(who party.ID, s *right.State) bool {
		if who == holder || s == nil {
			return who == holder
		}
		m := s.Matter(ask.Matter)
		if m == nil {
			return false
		}
		sealed := m.Clause().Kind == agreement.LastLook && (m.Status == right.Open || m.Status == right.Stood)
		switch {
		case who == s.Need.Buyer:
			return !sealed
		case who == m.Holder, who == m.For():
			return true
		}
		gate := m.Clause().Process.Consent
		return gate != nil && slices.Contains(gate.Of, who)
	}
	if ask.Terms != nil && len(ask.Terms.Price) > 0 {
		other := ask
		terms := otherPrice(*ask.Terms, dice)
		other.Terms = &terms
		out = append(out, change{field: fmt.Sprintf("terms in the answer to %s", ask.Matter), need: need, at: i, turns: h.with(i, other), titled: title})
	}
	if ask.Quantity > 1 {
		other := ask
		other.Quantity--
		out = append(out, change{field: fmt.Sprintf("quantity in the answer to %s", ask.Matter), need: need, at: i, turns: h.with(i, other), titled: title})
	}
	if ask.Least > 1 {
		other := ask
		other.Least--
		out = append(out, change{field: fmt.Sprintf("least in the answer to %s", ask.Matter), need: need, at: i, turns: h.with(i, other), titled: title})
	}
	return out
}

// sameCourse reports whether two histories of a need took the same course by the law: the same facts in the same order at the same instants, with
// the same ends and deadlines. What the changed value decides (amounts, terms) may differ; an offer that one has more is left out.
func sameCourse(a, b []right.Event, c *change) bool {
	b = slices.DeleteFunc(slices.Clone(b), func(e right.Event) bool {
		f, ok := e.Fact.(*right.OfferReceived)
		return ok && c.adds != "" && f.Offer.ID == c.adds
	})
	return slices.EqualFunc(a, b, func(x, y right.Event) bool { return x.At == y.At && outline(x.Fact, c) == outline(y.Fact, c) })
}

// outline is what of a fact the course consists of.
func outline(f right.Fact, c *change) string {
	name := right.FactName(f)
	switch f := f.(type) {
	case *right.Awarded:
		who := string(f.Provider)
		if f.Provider == c.renames[0] || f.Provider == c.renames[1] {
			who = "one of the two"
		}
		return fmt.Sprint(name, f.Award, f.Lot, who, f.Quantity)
	case *right.Opened:
		return fmt.Sprint(name, f.Matter, f.AnswerBy)
	case *right.Exercised:
		return fmt.Sprint(name, f.Matter, f.Terms.Quantity)
	case *right.Allocated:
		for _, a := range f.Shares {
			name += fmt.Sprint(" ", a.Matter, a.Quantity)
		}
		return name
	case *right.LotOpened, *right.LotSplit, *right.MatterOpened:
		return name + strings.Join(numbers(right.Lines([]right.Event{{Fact: f}})[0]), " ")
	case *right.PickSet:
		return fmt.Sprint(name, f.Lot)
	case *right.Ended:
		return fmt.Sprint(name, f.Matter, f.Outcome)
	}
	return name
}

// numbers are the words of a line that name matters and lots, and counts.
func numbers(line string) []string {
	return slices.DeleteFunc(strings.Fields(line), func(w string) bool { return strings.ContainsAny(w, "/@") })
}
