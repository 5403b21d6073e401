package lawmodel

import (
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// letters collects the commands of one state.
type letters struct {
	scope *Scope
	state *right.State
	at    calendar.Instant
	out   []Move
}

// moves is the alphabet in one state: what anybody might try, with one or two choices of what it is about. The ids are those of
// the state in which time was settled.
func (s *Scope) moves(n *node, settled *right.State, at calendar.Instant) []Move {
	w := &letters{scope: s, state: settled, at: at}
	w.put("settle", "", right.Settle{}, "settle")
	for i := range settled.Matters {
		w.matter(&settled.Matters[i])
	}
	for i := range settled.Lots {
		w.lot(settled.Lots[i].ID)
	}
	w.market()
	for i := range settled.Awards {
		w.award(&settled.Awards[i])
	}
	w.stranger()
	w.put("withdraw", buyer, right.Withdraw{Reason: "postponed"}, "withdraw")
	w.put("respond", buyer, right.Respond{Matter: 9}, "reject m9")
	for _, t := range s.Triggers {
		w.certify(n, t)
	}
	return w.out
}

// certify adds the certification of an event, once, and one challenge of it.
func (w *letters) certify(n *node, t agreement.TriggerID) {
	known := 0
	for _, f := range n.law.Book.Facts {
		if f.Trigger == t {
			known++
		}
	}
	f := &agreement.Fact{Agreement: "small", Trigger: t, At: w.at, By: buyer, Person: "jane", Reason: "it happened"}
	words := "certify " + string(t)
	if known == 1 {
		f.By, f.Challenge, words = north, true, "challenge "+string(t)
	}
	if known < 2 {
		w.out = append(w.out, Move{At: w.at, Words: words, Command: right.Command{Ask: right.Settle{}}, Fact: f})
	}
}

// put adds a command unless the scope leaves it out.
func (w *letters) put(name string, by party.ID, a right.Ask, words string, args ...any) {
	if slices.Contains(w.scope.Without, name) {
		return
	}
	person := ""
	if by == buyer {
		person = "jane"
	}
	w.out = append(w.out, Move{At: w.at, Words: fmt.Sprintf(words, args...), Command: right.Command{By: by, Person: person, Ask: a}})
}

// answer adds a holder's answer.
func (w *letters) answer(m *right.Matter, a right.Answer, words string) {
	a.Matter = m.ID
	w.put("answer", m.Holder, a, "%s %s", words, m.ID)
}

// matter adds what may be tried in one matter. In one that is over only little is.
func (w *letters) matter(m *right.Matter) {
	w.answer(m, right.Answer{Kind: right.Exercise}, "exercise")
	w.answer(m, right.Answer{Kind: right.Waive}, "waive")
	w.put("respond", buyer, right.Respond{Matter: m.ID, Accept: true}, "accept %s", m.ID)
	if m.Clause().Kind == agreement.FirstCall {
		w.answer(m, right.Answer{Kind: right.Unable}, "unable")
	}
	if !m.Status.Pending() {
		return
	}
	own, rich := terms(fair, "north"), terms(dear, "north")
	w.answer(m, right.Answer{Kind: right.Exercise, Terms: &own}, "exercise on fair terms")
	w.answer(m, right.Answer{Kind: right.Exercise, Terms: &rich}, "exercise on dear terms")
	if m.Quantity > 1 {
		w.answer(m, right.Answer{Kind: right.Exercise, Quantity: 1, Rest: right.Decline}, "exercise one and decline the rest of")
		w.answer(m, right.Answer{Kind: right.Exercise, Quantity: m.Quantity / 2}, "exercise half of")
	}
	w.answer(m, right.Answer{Kind: right.Decline}, "decline")
	w.answer(m, right.Answer{Kind: right.Name, Terms: &own}, "name fair terms in")
	w.put("answer", east, right.Answer{Matter: m.ID, Kind: right.Decline}, "decline %s, which another holds", m.ID)
	w.put("respond", buyer, right.Respond{Matter: m.ID}, "reject %s", m.ID)
	w.put("respond", m.Holder, right.Respond{Matter: m.ID, Accept: true}, "accept %s by its own holder", m.ID)
	w.put("receipt", m.Holder, right.Receipt{Matter: m.ID}, "receipt of %s", m.ID)
	w.put("receipt", m.Holder, right.Receipt{Matter: m.ID, At: m.SentAt}, "receipt of %s when it was sent", m.ID)
	w.put("receipt", buyer, right.Receipt{Matter: m.ID, At: m.SentAt}, "receipt of %s when it was sent, by the sender", m.ID)
	w.put("notice", buyer, right.Notice{Matter: m.ID, Terms: &own}, "notice of %s with terms", m.ID)
	w.put("notice", buyer, right.Notice{Matter: m.ID}, "notice of %s", m.ID)
	w.powers(m)
	w.question(m)
}

// powers adds what only a clause that grants it lets anybody do.
func (w *letters) powers(m *right.Matter) {
	p := &m.Clause().Process
	own, rich := terms(fair, "north"), terms(dear, "north")
	switch m.Clause().Kind {
	case agreement.FirstNegotiation:
		w.answer(m, right.Answer{Kind: right.Interest}, "interest in")
		w.put("propose", m.Holder, right.Propose{Matter: m.ID, Terms: rich}, "propose dear terms in %s", m.ID)
		w.put("propose", buyer, right.Propose{Matter: m.ID, Terms: own}, "propose fair terms in %s", m.ID)
	case agreement.LastLook:
		w.answer(m, right.Answer{Kind: right.Name, Terms: &rich}, "name dear terms in")
	}
	if m.More().Group != 0 {
		w.answer(m, right.Answer{Kind: right.Exercise, Least: m.Quantity}, "exercise all or nothing of")
	}
	if p.Alternative != "" {
		w.answer(m, right.Answer{Kind: right.Sell}, "sell")
	}
	if p.Information.Given || p.Delivery.Value.Clock == agreement.OnComplete {
		w.put("request-information", m.Holder, right.RequestInformation{Matter: m.ID, What: "power"}, "ask for information in %s", m.ID)
		w.put("supply-information", buyer, right.SupplyInformation{Matter: m.ID}, "supply information in %s", m.ID)
	}
	if p.Stay != nil {
		for _, g := range p.Stay.Grounds {
			w.put("stay", p.Stay.By[0], right.Stay{Matter: m.ID, Ground: g, Reason: "court"}, "stay %s for %s", m.ID, g)
			w.put("lift", p.Stay.By[0], right.Lift{Matter: m.ID, Ground: g}, "lift the stay of %s for %s", m.ID, g)
		}
		w.put("lift", east, right.Lift{Matter: m.ID, Ground: agreement.GroundDispute}, "lift the stay of %s, which another made", m.ID)
	}
	if p.Extension != "" {
		until := max(m.AnswerBy, m.More().NegotiateBy) + calendar.Instant(24*calendar.Hour)
		w.put("extend", buyer, right.Extend{Matter: m.ID, Until: until}, "extend %s by a day", m.ID)
		w.put("extend", m.Holder, right.Extend{Matter: m.ID, Until: until}, "extend %s by a day, by the holder", m.ID)
	}
	if p.MaterialChange.Given && len(m.More().Tolls) < 2 {
		near := terms(fair+50_000_000, "north")
		w.put("change", buyer, right.Change{Matter: m.ID, Terms: &near, Reason: "tariff"}, "change the terms of %s a little", m.ID)
		w.put("change", buyer, right.Change{Matter: m.ID, Terms: &rich, Reason: "tariff"}, "change the terms of %s much", m.ID)
		w.put("change", buyer, right.Change{Matter: m.ID, Offer: "o3", Reason: "tariff"}, "change %s to o3", m.ID)
	}
	if g := p.Consent; g != nil && g.Over == agreement.OverExercise {
		for _, by := range g.Of {
			w.put("consent", by, right.Consent{Matter: m.ID, Given: true}, "consent to %s", m.ID)
			w.put("consent", by, right.Consent{Matter: m.ID, Reason: "no"}, "refuse consent to %s", m.ID)
		}
	}
	if len(p.Assignees) > 0 {
		w.put("assign", m.Holder, right.Assign{Matter: m.ID, To: p.Assignees[0]}, "assign %s to %s", m.ID, p.Assignees[0])
	}
}

// stranger adds each power once where no clause need grant it, by somebody who may not have it.
func (w *letters) stranger() {
	own := terms(fair, "east")
	for _, a := range []right.Ask{right.Propose{Matter: 1, Terms: own}, right.RequestInformation{Matter: 1, What: "all"}, right.SupplyInformation{Matter: 1},
		right.Stay{Matter: 1, Ground: agreement.GroundDispute, Reason: "r"}, right.Lift{Matter: 1, Ground: agreement.GroundDispute},
		right.Extend{Matter: 1, Until: w.at + calendar.Instant(calendar.Hour)}, right.Change{Matter: 1, Terms: &own, Reason: "r"},
		right.Consent{Matter: 1, Given: true}, right.Consent{Award: 1, Given: true}, right.Assign{Matter: 1, To: east},
		right.NonPerform{Award: 1, Reason: "r"}, right.Cure{Award: 1, Reason: "r"}} {
		w.put("stranger", east, a, "%T by a rival", a)
	}
}

// values are two determinations of each open parameter, and one that does not read.
var values = map[string][]string{
	"notice": {"{content: [quantity], channel: desk, clock: sent}"}, "form": {"holders_terms", "grantors_terms"}, "window": {"48 hours", "soon"},
	"silence": {"lapse", "accept"}, "partial": {"allowed", "whole_only"}, "match": {"{rule: same_or_better}"}, "counter": {"window_continues", "right_spent"},
	"release_on": {"[declined, lapsed]", "[unable]"}, "tail": {"{length: 50 hours, cap: none}"}, "reopen": {"[fell_through, tail_over]", "[]"},
	"information": {"{effect: toll}", "{effect: none}"}, "material_change": {"any"}, "allocation": {"pro_rata", "by_rank"}, "negotiation": {"24 hours"}, "metric": {"price"},
	"margin": {"0"}, "price": {"as_awarded", "appraised"}, "appraised": {"2.00 USD"}, "package": {"severable"},
	"response": {"24 hours"}, "response_silence": {"rejected", "accepted"}, "survival": {"run_off", "terminate"}, "rate_card": {"[]"},
}

func (w *letters) question(m *right.Matter) {
	if m.Question == nil {
		w.put("determine", buyer, right.Determine{Matter: m.ID, Param: "silence", Value: "lapse", Reason: "custom"}, "determine silence of %s, which nobody asked", m.ID)
		return
	}
	for _, v := range values[m.Question.Param] {
		w.put("determine", buyer, right.Determine{Matter: m.ID, Param: m.Question.Param, Value: v, Reason: "custom"}, "determine %s = %s in %s", m.Question.Param, v, m.ID)
	}
}

// lot adds what the buyer may do with a lot.
func (w *letters) lot(id right.LotID) {
	w.put("choose", buyer, right.Choose{Lot: id}, "choose %s", id)
	w.put("choose", buyer, right.Choose{Lot: id, Offers: []offer.ID{"o2"}, Reason: "nearer"}, "choose o2 for %s", id)
	w.put("reoffer", buyer, right.Reoffer{Lot: id}, "reoffer %s", id)
	w.put("request-offers", buyer, right.RequestOffers{Lot: id, Window: calendar.Length{N: 12, Unit: calendar.Hours}}, "request offers for %s", id)
}

// market adds offers, up to three of them, and taking back the first.
func (w *letters) market() {
	if n := len(w.state.Tenders); n < 3 {
		id := offer.ID(fmt.Sprintf("o%d", n+1))
		c := tender(id, east, fair)
		w.put("submit-offer", c.By, c.Ask, "offer %s", id)
		c = tender(id, north, fair)
		w.put("submit-offer", c.By, c.Ask, "offer %s of a holder", id)
	}
	w.put("withdraw-offer", east, right.WithdrawOffer{Offer: "o1"}, "revoke o1")
}

// award adds what may become of an award.
func (w *letters) award(a *right.Award) {
	id := a.Awarded.Award
	same, rich := a.Terms, a.Terms
	rich.Price = terms(dear, "").Price
	w.put("sign", buyer, right.Sign{Award: id, Terms: same}, "sign %s", id)
	w.put("sign", buyer, right.Sign{Award: id, Terms: rich}, "sign %s on dear terms", id)
	w.put("fall-through", buyer, right.FallThrough{Award: id, Reason: "no power"}, "%s falls through", id)
	w.put("non-perform", buyer, right.NonPerform{Award: id, Reason: "late"}, "%s is not performed", id)
	w.put("non-perform", buyer, right.NonPerform{Award: id, Delivered: 1, Reason: "late"}, "%s is performed for one", id)
	w.put("cure", buyer, right.Cure{Award: id, Reason: "there now"}, "%s is cured", id)
	w.put("consent", west, right.Consent{Award: id, Given: true}, "consent to %s", id)
	w.put("consent", west, right.Consent{Award: id, Reason: "no"}, "refuse consent to %s", id)
}
