package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/journal"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// person acts where a person's judgement is recorded.
const person = "ada"

// submit lets the buyer ask for capacity.
func (w *world) submit() {
	id := capacity.NeedID(fmt.Sprintf("n%d", len(w.commands)+1))
	w.command(id, w.setup.buyer, "", right.Submit{Need: w.setup.need(w.dice, id)})
}

// think lets somebody do something, and plans the next time.
func (w *world) think(left int) {
	if left == 0 {
		w.after(w.span(5*day), func() { w.over = true })
		return
	}
	if len(w.needs) > 0 {
		n := pick(w.dice, w.needs...)
		w.turn(n, pick(w.dice, w.people...))
		if w.chance(60) { // mostly somebody who has a reason
			w.likely(n)
		}
	}
	w.after(w.span(pick(w.dice, minute, 6*hour, 24*hour)), func() { w.think(left - 1) })
}

// likely lets somebody act who has a reason to.
func (w *world) likely(n *need) {
	for i := range n.state.Lots {
		if l := &n.state.Lots[i]; l.Status == right.InMarket && l.Round && len(l.Invited) > 0 {
			w.turn(n, pick(w.dice, l.Invited...))
			return
		}
	}
	for i := range n.state.Matters {
		if m := &n.state.Matters[i]; m.Status.Pending() && w.chance(50) {
			w.turn(n, m.Holder)
			return
		}
	}
	w.turn(n, w.setup.buyer)
}

// turn lets a party do one thing in a need, if there is something that it would do. What it knows is the record as it can be read.
func (w *world) turn(n *need, who party.ID) {
	if w.calm || n.state.Need == nil {
		return
	}
	var asks []right.Ask
	for i := range n.state.Matters {
		asks = w.ofMatter(asks, n, &n.state.Matters[i], who)
	}
	for i := range n.state.Lots {
		asks = w.ofLot(asks, n, &n.state.Lots[i], who)
	}
	for i := range n.state.Awards {
		asks = w.ofAward(asks, n, &n.state.Awards[i], who)
	}
	if len(asks) == 0 {
		return
	}
	w.command(n.id, who, person, pick(w.dice, asks...))
}

// answer lets the holder of a matter answer it.
func (w *world) answer(n *need, id right.MatterID) {
	if w.calm {
		return
	}
	if m := n.state.Matter(id); m != nil && m.Status.Pending() {
		w.command(n.id, m.Holder, person, w.answerTo(n, m))
	}
}

// answerTo is an answer that suits the kind of right, mostly.
func (w *world) answerTo(n *need, m *right.Matter) right.Ask {
	c := m.Clause()
	terms := w.setup.terms(w.dice, m.Holder, m.Quantity)
	a := right.Answer{Matter: m.ID, Kind: pick(w.dice, right.Exercise, right.Exercise, right.Exercise, right.Decline, right.Waive)}
	switch {
	case w.chance(4):
		a.Kind = pick(w.dice, right.AnswerKinds...)
	case a.Kind != right.Exercise:
	case c.Kind == agreement.FirstNegotiation && m.Status == right.Negotiating && w.chance(60):
		return right.Propose{Matter: m.ID, Terms: terms}
	case c.Kind == agreement.FirstNegotiation && m.Status != right.Negotiating:
		a.Kind = right.Interest
	case c.Kind == agreement.LastLook, c.Kind == agreement.FirstOffer && c.Process.Form.Value == agreement.HoldersTerms:
		a.Kind, a.Terms = right.Name, &terms
	case c.Kind == agreement.FirstCall && w.chance(30):
		a.Kind = right.Unable
	case c.Process.Alternative == agreement.AlternativeSell && w.chance(30):
		a.Kind = right.Sell
	case w.chance(20) && c.Process.Partial.Value == agreement.PartialAllowed:
		a.Quantity = 1 + w.Int64N(max(m.Quantity, 1))
		a.Rest = pick(w.dice, "", right.Decline)
		if m.Terms != nil {
			part := *m.Terms
			part.Quantity = a.Quantity
			a.Terms = &part
		}
	case m.Terms == nil && len(c.Process.RateCard.Value) == 0, w.chance(10):
		a.Terms = &terms
	}
	return a
}

// ofMatter adds what a party may do in a matter.
func (w *world) ofMatter(asks []right.Ask, n *need, m *right.Matter, who party.ID) []right.Ask {
	p, buyer := &m.Clause().Process, w.setup.buyer
	if !m.Status.Pending() {
		if who == m.Holder && w.chance(4) {
			asks = append(asks, right.Answer{Matter: m.ID, Kind: right.Waive})
		}
		return asks
	}
	if who == m.Holder {
		asks = append(asks, w.answerTo(n, m))
		if m.Status == right.Sent {
			asks = append(asks, right.Receipt{Matter: m.ID, At: n.state.Last})
		}
		if p.Information.Given && w.chance(30) {
			asks = append(asks, right.RequestInformation{Matter: m.ID, What: "the site"})
		}
		if len(p.Assignees) > 0 && w.chance(20) {
			asks = append(asks, right.Assign{Matter: m.ID, To: p.Assignees[0]})
		}
	}
	if (who == m.Holder || who == buyer) && p.Extension != "" && w.chance(30) {
		until := max(m.AnswerBy, m.More().NegotiateBy) + 12*hour
		if to := m.More().ExtendTo; to.IsSet() {
			until = to
		}
		asks = append(asks, right.Extend{Matter: m.ID, Until: until})
	}
	if p.Stay != nil && w.chance(20) {
		asks = append(asks, right.Stay{Matter: m.ID, Ground: pick(w.dice, p.Stay.Grounds...), Reason: "pending"})
	}
	for _, t := range m.More().Tolls {
		if t.By == who {
			asks = append(asks, right.Lift{Matter: m.ID, Ground: t.Ground})
		}
	}
	if m.Status == right.Conditional && p.Consent != nil {
		asks = append(asks, right.Consent{Matter: m.ID, Given: w.chance(70), Reason: "policy"})
	}
	if who == buyer {
		asks = w.byBuyer(asks, n, m)
	}
	return asks
}

// byBuyer adds what the buyer may do in a matter.
func (w *world) byBuyer(asks []right.Ask, n *need, m *right.Matter) []right.Ask {
	terms := w.setup.terms(w.dice, m.Holder, m.Quantity)
	switch {
	case m.Question != nil:
		asks = append(asks, right.Determine{Matter: m.ID, Param: m.Question.Param, Value: determined(m.Question.Param), Reason: "as it was meant"})
	case m.Status == right.Deficient:
		asks = append(asks, right.Notice{Matter: m.ID, Terms: &terms})
	case m.Status == right.StandNamed:
		asks = append(asks, right.Respond{Matter: m.ID, Accept: w.chance(50)})
	case m.Status == right.Negotiating:
		asks = append(asks, right.Propose{Matter: m.ID, Terms: terms}, right.Respond{Matter: m.ID, Accept: true})
	case m.Status == right.Sent:
		asks = append(asks, right.Receipt{Matter: m.ID, At: n.state.Last})
	case m.Offer != "" && len(n.state.Tenders) > 1 && w.chance(15):
		asks = append(asks, right.Change{Matter: m.ID, Offer: pick(w.dice, n.state.Tenders...).Offer.ID, Reason: "a better one"})
	}
	if m.More().Outstanding {
		asks = append(asks, right.SupplyInformation{Matter: m.ID})
	}
	return asks
}

// determined is a value for a parameter that an agreement leaves open.
func determined(param string) string {
	values := map[string]string{"silence": "lapse", "window": "48 hours", "partial": "allowed", "counter": "window_continues", "survival": "run_off",
		"information": "{effect: none}", "material_change": "any", "package": "severable", "response": "24 hours", "response_silence": "rejected",
		"release_on": "[declined, lapsed]", "reopen": "[fell_through]", "tail": "{length: 50 hours, cap: noticed}", "match": "{rule: same_or_better}"}
	if v, ok := values[param]; ok {
		return v
	}
	return "none"
}

// ofLot adds what a party may do with a lot.
func (w *world) ofLot(asks []right.Ask, n *need, l *right.Lot, who party.ID) []right.Ask {
	buyer := w.setup.buyer
	switch {
	case l.Status != right.InMarket:
	case who != buyer && l.Round && w.setup.places[who] != "":
		w.offers++
		quantity := l.Quantity
		if w.chance(30) {
			quantity = 8 + w.Int64N(2*l.Quantity)
		}
		o := offer.Offer{ID: offer.ID(fmt.Sprintf("o%d", w.offers)), Provider: who, Need: n.id, Line: l.Line, Terms: w.setup.terms(w.dice, who, quantity),
			ValidUntil: n.state.Last + 24*hour + w.span(600*hour), Salt: fmt.Sprintf("%032x", w.Uint64())}
		asks = append(asks, right.SubmitOffer{Offer: o})
	case who == buyer && !l.Round:
		asks = append(asks, right.Choose{Lot: l.ID}, right.Choose{Lot: l.ID}, right.Choose{Lot: l.ID},
			right.RequestOffers{Lot: l.ID, Window: calendar.Length{N: 12, Unit: calendar.Hours}})
		if len(l.Releases) > 0 {
			asks = append(asks, right.Reoffer{Lot: l.ID})
		}
	}
	if who == buyer && w.chance(1) {
		asks = append(asks, right.Withdraw{Reason: "no longer needed"})
	}
	for i := range n.state.Tenders {
		if o := n.state.Tenders[i].Offer; o.Provider == who && w.chance(5) {
			asks = append(asks, right.WithdrawOffer{Offer: o.ID})
		}
	}
	return asks
}

// ofAward adds what may become of an award.
func (w *world) ofAward(asks []right.Ask, n *need, a *right.Award, who party.ID) []right.Ask {
	if a.Ended || !w.chance(40) {
		return asks
	}
	id := a.Awarded.Award
	if who == w.setup.buyer {
		terms := a.Terms
		if w.chance(30) {
			terms = w.setup.terms(w.dice, a.Provider, a.Quantity)
		}
		asks = append(asks, right.Sign{Award: id, Terms: terms}, right.FallThrough{Award: id, Reason: "no power at the site"})
		if a.NonPerforming != nil {
			asks = append(asks, right.Cure{Award: id, Reason: "it runs again"})
		} else {
			asks = append(asks, right.NonPerform{Award: id, Delivered: w.Int64N(max(a.Quantity, 1)), Reason: "late"})
		}
	} else if a.Provider != who {
		asks = append(asks, right.Consent{Award: id, Given: w.chance(80), Reason: "policy"})
	}
	return asks
}

// certify lets somebody who may say that a trigger of the agreement happened. Who gets no answer and does not find it in the record
// says it again. If the replica died after it was recorded and before everything was settled under it, the next one settles the rest.
func (w *world) certify(t *agreement.Trigger, r *replica) {
	if w.over && w.unsaid != t || len(t.CertifiedBy) == 0 || w.known(t) {
		return
	}
	w.unsaid = t
	if !r.alive {
		w.sayAgain(t)
		return
	}
	r.push(job{name: "certify", gone: func() { w.sayAgain(t) }, do: func(ctx context.Context) { r.certify(ctx, t) }})
}

// known reports whether a trigger is in the record.
func (w *world) known(t *agreement.Trigger) bool {
	return slices.ContainsFunc(w.law.Book.Facts, func(f agreement.Fact) bool { return f.Trigger == t.ID })
}

func (w *world) sayAgain(t *agreement.Trigger) {
	if !w.calm && w.unsaid == t {
		w.after(minute+w.span(hour), func() { w.certify(t, pick(w.dice, w.replicas...)) })
	}
}

// certify is the replica's part.
func (r *replica) certify(ctx context.Context, t *agreement.Trigger) {
	w := r.w
	d := r.begin()
	_, err := r.desk.Certify(ctx, agreement.Fact{Agreement: w.law.Book.Agreements[0].ID, Trigger: t.ID, At: w.cluster.now(), By: t.CertifiedBy[0], Person: person, Reason: "shown"})
	if err != nil {
		w.say("%s is not certified: %v", t.ID, err)
		r.doing = nil
		w.forget(d)
		w.sayAgain(t)
		return
	}
	r.end(d)
	w.table.Facts++
	w.say("%s is certified", t.ID)
}

// lawful takes note of a record that changes the law.
func (w *world) lawful(r *journal.Record) {
	if r.Kind != "fact" {
		return
	}
	var f agreement.Fact
	if err := json.Unmarshal(r.Body, &f); err != nil {
		w.broken("law", "%s, record %d does not read: %v", r.Stream, r.Version, err)
		return
	}
	if w.unsaid != nil && w.unsaid.ID == f.Trigger {
		w.unsaid = nil
	}
	law := *w.law
	law.Book.Facts = append(slices.Clip(law.Book.Facts), f)
	w.law = &law
	for _, n := range w.needs {
		n.state = n.state.Under(w.law)
	}
}
