package right

import (
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/award"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
)

// askForOffers opens a round: every provider that the law and the need's sourcing admit is invited.
func (t *turn) askForOffers(id LotID, window calendar.Length) {
	l := t.Lot(id)
	f := &OffersRequested{Lot: id, Closes: t.at + calendar.Instant(int64(window.N)*calendar.Hour), Invited: make([]party.ID, 0, len(t.law.Book.Providers))}
	for i := range t.law.Book.Providers {
		p := &t.law.Book.Providers[i]
		if !sources(p, t.Need.Sourcing) || p.ID == t.grantor() {
			continue
		}
		if bar, barred := t.barred(l, p.ID, nil); barred {
			f.Barred = append(f.Barred, BarredProvider{p.ID, bar.Clause})
			continue
		}
		f.Invited = append(f.Invited, p.ID)
	}
	t.emit(f)
}

func sources(p *agreement.Provider, how capacity.Sourcing) bool {
	if len(p.Sourcings) == 0 {
		return how == capacity.Market
	}
	return slices.Contains(p.Sourcings, how)
}

// requestOffers opens another round for a lot in the market.
func (t *turn) requestOffers(r RequestOffers) error {
	l := t.Lot(r.Lot)
	switch {
	case l == nil:
		return refuse(UnknownLot, "no lot %s", r.Lot)
	case r.Window.Unit != calendar.Hours || r.Window.N < 1:
		return refuse(ValueInvalid, "a round lasts a number of hours")
	case l.Status != InMarket:
		return refuse(LotNotInMarket, "lot %s is %s", r.Lot, l.Status)
	case l.Round:
		return refuse(OffersOpen, "the round of lot %s closes at %s", r.Lot, l.Closes)
	}
	t.refresh(l.Line)
	t.askForOffers(r.Lot, r.Window)
	return nil
}

// submitOffer takes a firm offer into the market.
func (t *turn) submitOffer(s SubmitOffer) error {
	f := &OfferReceived{Offer: s.Offer}
	o := &f.Offer
	if t.by != o.Provider {
		return refuse(NotTheProvider, "%s cannot offer for %s", t.by, o.Provider)
	}
	if _, known := t.law.Book.Provider(o.Provider); !known {
		return refuse(UnknownProvider, "%s is not in the list of providers", o.Provider)
	}
	if err := t.wellFormed(o); err != nil {
		return err
	}
	told := len(t.talks(o)) > 0 // what comes in unasked while the parties negotiate
	invited, open := told, told
	for i := range t.Lots {
		l := &t.Lots[i]
		if l.Line != o.Line {
			continue
		}
		asked := slices.Contains(l.Invited, o.Provider)
		invited = invited || asked
		open = open || asked && l.Round && l.Status == InMarket && t.now < l.Closes || t.revisable(l, o.Provider)
	}
	switch {
	case !invited:
		return refuse(NotInvited, "%s was not asked for offers on line %d of need %s", o.Provider, o.Line+1, t.Need.ID)
	case t.Tender(o.ID) != nil:
		return refuse(OfferExists, "offer %s is in the record; an offer never changes, post another", o.ID)
	case !open:
		return refuse(OffersClosed, "no round is open for line %d of need %s", o.Line+1, t.Need.ID)
	}
	f.Hash = o.Hash()
	t.emit(f)
	for _, id := range t.talks(o) {
		t.emit(&OfferTold{Matter: id, Offer: o.ID})
	}
	return nil
}

// talks lists the negotiations, over lots that an offer is for, in which the holder is told of what comes in unasked.
func (t *turn) talks(o *offer.Offer) []MatterID {
	var out []MatterID
	for i := range t.Matters {
		m := &t.Matters[i]
		l := t.Lot(m.Lot)
		if m.clause.Process.Unsolicited && m.Status == Negotiating && l.Line == o.Line && o.Provider != m.Holder {
			out = append(out, m.ID)
		}
	}
	return out
}

// revisable reports whether a provider may post another offer because one of its own is noticed: the grantor may then change
// what was noticed, see [Change].
func (t *turn) revisable(l *Lot, p party.ID) bool {
	return l.Status == Held && l.Pick != nil && t.Tender(l.Pick.Offer).Offer.Provider == p
}

// wellFormed checks an offer in itself; whether it meets the need is for the choice to say.
func (t *turn) wellFormed(o *offer.Offer) error {
	terms := &o.Terms
	bad := func(format string, args ...any) error {
		return refuse(OfferInvalid, "offer %s: %s", o.ID, fmt.Sprintf(format, args...))
	}
	switch {
	case o.ID == "":
		return bad("it has no id")
	case o.Need != t.Need.ID:
		return bad("it is for need %s", o.Need)
	case o.Line < 0 || o.Line >= len(t.Need.Lines):
		return bad("need %s has no line %d", t.Need.ID, o.Line+1)
	case terms.Quantity < 1 || terms.Quantity > capacity.MaxQuantity:
		return bad("quantity %d is not 1 to %d", terms.Quantity, int64(capacity.MaxQuantity))
	case terms.Least < 0 || terms.Least > terms.Quantity:
		return bad("least quantity %d is not 0 to %d", terms.Least, terms.Quantity)
	case len(terms.Price) == 0:
		return bad("it has no price")
	case terms.Period.Until <= terms.Period.From:
		return bad("it has no period")
	case o.ValidUntil <= t.now:
		return bad("it is valid until %s, which is past", o.ValidUntil)
	}
	for i, s := range terms.Price {
		if s.Rate.Nanos() < 0 {
			return bad("price %s is negative", s.Rate)
		}
		if i > 0 && s.From <= terms.Price[i-1].From {
			return bad("price step %d does not come after the one before", i+1)
		}
	}
	return nil
}

// withdrawOffer takes an offer back while nobody relies on it.
func (t *turn) withdrawOffer(w WithdrawOffer) error {
	tender := t.Tender(w.Offer)
	switch {
	case tender == nil || tender.Withdrawn:
		return refuse(UnknownOffer, "no offer %s in the market", w.Offer)
	case t.by != tender.Offer.Provider:
		return refuse(NotTheProvider, "offer %s is not %s's", w.Offer, t.by)
	case tender.Used > 0:
		return refuse(OfferNoticed, "offer %s was chosen and is irrevocable", w.Offer)
	}
	t.emit(&OfferWithdrawn{Offer: w.Offer})
	return nil
}

// choose takes the cheapest lawful offers for a lot, of all or of the named ones.
func (t *turn) choose(c Choose) error {
	l := t.Lot(c.Lot)
	switch {
	case l == nil:
		return refuse(UnknownLot, "no lot %s", c.Lot)
	case len(c.Offers) > 0 && t.person == "":
		return refuse(PersonRequired, "a choice other than the cheapest needs a person's name")
	case len(c.Offers) > 0 && c.Reason == "":
		return refuse(ReasonRequired, "a choice other than the cheapest needs a reason")
	case l.Status == InMarket && l.Round:
		return refuse(OffersOpen, "offers for lot %s are sealed until %s", c.Lot, l.Closes)
	case l.Status == Stuck:
		ref := l.Blocked.Clause
		return (&Refusal{Code: Barred, Detail: l.Blocked.Reason}).by(ref)
	case l.Status == Idle: // between two steps there is only the wait for a person
		m := t.waiting(l)
		if m == nil {
			return refuse(LotNotInMarket, "lot %s waits for the rest of its package", c.Lot)
		}
		return t.refuseFor(m, Barred, "%s waits for a determination of %s", m.ID, m.Question.Param)
	case l.Status != InMarket:
		return refuse(LotNotInMarket, "lot %s is %s", c.Lot, l.Status)
	}
	if len(c.Offers) > 0 {
		if first := t.Tender(c.Offers[0]); first != nil && first.Offer.Package != "" {
			return t.choosePackage(c, first.Offer)
		}
	}
	t.refresh(l.Line)
	got, err := t.compare(l, c.Offers)
	if err != nil {
		return err
	}
	if len(c.Offers) > 0 && len(got.Excluded) > 0 {
		return excludedAs(&got.Excluded[0])
	}
	if len(got.Picks) == 0 {
		why := t.whyNone(&got)
		if len(c.Offers) == 0 && slices.ContainsFunc(t.Tenders, func(x Tender) bool { return x.Offer.Line == l.Line && x.Offer.Package != "" && !x.Withdrawn }) {
			why += "; an offer that is part of a package is chosen by name, with a reason"
		}
		return refuse(NoLawfulOffer, "%s", why)
	}
	t.emit(&Chosen{Lot: c.Lot, Manual: len(c.Offers) > 0, Person: t.person, Reason: c.Reason, Comparison: &got})
	for _, lot := range t.pickLots(c.Lot, &got) {
		t.afterChoice(lot)
	}
	return nil
}

// waiting is the matter of a lot that waits for a person; nil for none.
func (t *turn) waiting(l *Lot) *Matter {
	for i := range t.Matters {
		if m := &t.Matters[i]; m.Lot == l.ID && m.Question != nil {
			return m
		}
	}
	return nil
}

func (t *turn) whyNone(c *award.Comparison) string {
	if len(c.Excluded) == 0 {
		return "no offer was made"
	}
	s := fmt.Sprintf("%d offers, none lawful and fitting", len(c.Excluded))
	for i, x := range c.Excluded {
		if i == 3 {
			return s + "; ..."
		}
		s += fmt.Sprintf("; %s: %s", x.Offer, x.Code)
	}
	return s
}

// compare holds the offers of the market, or the named ones, against the lot.
func (t *turn) compare(l *Lot, only []offer.ID) (award.Comparison, error) {
	p := award.Problem{Need: t.Need, Sells: t.Need.Sells, Line: l.Line, Quantity: l.Quantity, Providers: t.law.Book.Providers,
		Egress: t.egress(), Throughput: t.law.Throughput, Now: t.now, Barred: map[offer.ID]award.Bar{}}
	for _, id := range only {
		if tender := t.Tender(id); tender == nil || tender.Withdrawn || tender.Offer.Line != l.Line {
			return award.Comparison{}, refuse(UnknownOffer, "no offer %s in the market of lot %s", id, l.ID)
		}
	}
	for i := range t.Tenders {
		tender := &t.Tenders[i]
		o := tender.Offer
		left := o.Terms.Quantity - tender.Used
		if o.Line != l.Line || tender.Withdrawn || left < 1 || len(only) > 0 && !slices.Contains(only, o.ID) || len(only) == 0 && o.Package != "" {
			continue // a package is chosen by name, with all its lots
		}
		if tender.Used > 0 {
			rest := *o
			rest.Terms = o.Terms.Part(left)
			rest.Terms.Least = min(o.Terms.Least, left)
			o = &rest
		}
		p.Offers = append(p.Offers, o)
		taken := o.Terms // a cap holds for what would be taken, not for all that is on offer
		if n, ok := t.law.Throughput.Required(l.Quantity, taken.Accelerator, t.line(l).Reference()); ok {
			taken = taken.Part(min(taken.Quantity, n))
		}
		if bar, barred := t.barred(l, o.Provider, &taken); barred {
			p.Barred[o.ID] = bar
		} else if bar, barred := t.unnoticeable(l, o, &taken); barred {
			p.Barred[o.ID] = bar
		}
	}
	var err error
	if p.Spent, p.DrawnWatts, err = t.spent(l.ID); err != nil {
		return award.Comparison{}, refuse(NeedIncomplete, "%v", err)
	}
	got, err := award.Compare(p)
	if err != nil {
		return got, refuse(NeedIncomplete, "%v", err)
	}
	return got, nil
}

// unnoticeable reports whether a right after the choice could not be run for an offer: the notice would lack what the
// clause wants in it, or the offer ends before its window does, in which it must stay firm.
func (t *turn) unnoticeable(l *Lot, o *offer.Offer, taken *offer.Terms) (award.Bar, bool) {
	for i := range t.Engagements {
		e := &t.Engagements[i]
		if e.Line != l.Line || !e.Engaged.Engaged || !e.concerns(o.Provider) || stageOf(e.clause) != atChoice ||
			t.servesChoice(l, e, o.Provider, taken) || t.runsOver(l, e) {
			continue
		}
		if bar, barred := t.unnoticeableUnder(e, l, o, taken); barred {
			return bar, true
		}
	}
	return award.Bar{}, false
}

// unnoticeableUnder is the part of unnoticeable for one right.
func (t *turn) unnoticeableUnder(e *Engagement, l *Lot, o *offer.Offer, taken *offer.Terms) (award.Bar, bool) {
	if rule := e.clause.Process.Package; o.Package != "" && rule.Value == agreement.NotAllowed {
		return award.Bar{Clause: e.clause.Ref, Reason: "the clause lets no package be chosen for what it covers"}, true
	}
	if least := e.clause.Process.BonaFide; o.Terms.Prepayment < least {
		return award.Bar{Clause: e.clause.Ref, Reason: fmt.Sprintf("an offer that does not pay %s in advance is not bona fide", least)}, true
	}
	if missing := t.missing(e.clause, t.line(l), taken); len(missing) > 0 {
		return award.Bar{Clause: e.clause.Ref, Reason: "its notice to " + string(e.Holder) + " would lack " + words(missing)}, true
	}
	if !e.clause.Process.Window.Given {
		return award.Bar{}, false
	}
	start := t.at
	if d := &e.clause.Process.Delivery; d.Given && deems(d.Value.Clock) {
		start = max(start, t.deemedAt(e.clause, d.Value.Channel))
	}
	by, _, err := t.closes(e.clause, l.ID, false, windowOf(e.clause, t.again(l, e)), start)
	if err == nil && o.ValidUntil <= by { // at the deadline itself it must still stand
		return award.Bar{Clause: e.clause.Ref, Reason: fmt.Sprintf("valid until %s, but %s may answer until %s at least", o.ValidUntil, e.Holder, by)}, true
	}
	return award.Bar{}, false
}

// runsOver reports whether a right has a matter over a lot that goes on under the version which opened it, whatever the later ones say: where its notice
// changes, that version says what may be noticed.
func (s *State) runsOver(l *Lot, e *Engagement) bool {
	if l.Status != Held {
		return false
	}
	m := s.Matter(l.Matter)
	return sameClause(m.clause.Ref, e.clause.Ref) && (m.More().Group != 0 || m.For() == e.Holder)
}

// spent is what the awards in force and the standing choices of the need's other lots cost and draw.
func (s *State) spent(except LotID) (money.Amount, int64, error) {
	total, err := s.Landed()
	var watts int64
	for i := range s.Awards {
		if a := &s.Awards[i]; !a.Ended {
			watts += a.Terms.PowerWatts * a.Terms.Quantity
		}
	}
	for i := range s.Lots {
		l := &s.Lots[i]
		if l.Pick == nil || l.Status == Won || l.ID == except || err != nil {
			continue
		}
		watts += s.Tender(l.Pick.Offer).Offer.Terms.PowerWatts * l.Pick.Accelerators
		total, err = total.Add(s.pickLanded(l))
	}
	return total, watts, err
}

// pickLots ties the lot to the first pick and new lots, split off it, to the others; what is not covered stays in the
// market as a lot of its own.
func (t *turn) pickLots(id LotID, c *award.Comparison) []LotID {
	var out []LotID
	left := t.Lot(id).Quantity
	for i := range c.Picks {
		pick := c.Picks[i]
		pick.Equivalent = min(pick.Equivalent, left)
		lot := id
		if pick.Equivalent < left {
			lot = LotID(len(t.Lots) + 1)
			t.emit(&LotSplit{From: id, To: lot, Quantity: pick.Equivalent})
		}
		left -= pick.Equivalent
		t.emit(&PickSet{Lot: lot, Pick: pick})
		t.endBeside(lot)
		out = append(out, lot)
	}
	return out
}

// sign checks terms that are put up for signature against every cap that the award rests on.
func (t *turn) sign(s Sign) error {
	a := t.AwardOf(s.Award)
	switch {
	case a == nil:
		return refuse(UnknownAward, "no award %s", s.Award)
	case a.Ended:
		return refuse(AwardEnded, "award %s came to nothing", s.Award)
	}
	if gates := t.gates(a); len(gates) > 0 {
		return (&Refusal{Code: ConsentMissing, Detail: fmt.Sprintf("award %s needs the consent of %s", s.Award, words(gates[0].Process.Consent.Of))}).by(gates[0].Ref)
	}
	l := t.Lot(a.Lot)
	for i := range l.Releases {
		r := &l.Releases[i]
		m := t.Matter(r.Matter)
		if a.Matter != 0 || r.Holder == a.Provider || r.Over {
			continue
		}
		late := !a.Signed && !r.live(t.at) // what was signed in time may be amended later, within the cap
		diffs := t.breaks(r, a.Provider, &s.Terms)
		if diffs == nil && !late {
			continue
		}
		why, broken := agreement.OnMaterialTerm, outside(r, diffs)
		if late {
			why, broken = agreement.OnTailOver, fmt.Sprintf("the tail of %s ended at %s, before the terms were signed", r.Matter, r.Until)
		}
		if p := m.clause.Process.Reopen; !slices.Contains(p.Value, why) {
			return (&Refusal{Code: OutsideCap, Detail: broken + "; sign within the cap and the tail, or offer again"}).by(r.Clause)
		}
		t.emit(&CapBroken{Award: s.Award, Matter: r.Matter, Differences: diffs, Why: why, Terms: &s.Terms})
		t.endCalls(s.Award, "the award came to nothing")
		t.emit(&ReleaseEnded{Lot: l.ID, Matter: r.Matter, Why: why})
		t.again2market(l.ID, "the terms put up for signature: "+broken)
		return nil
	}
	t.emit(&Signed{Award: s.Award, Terms: s.Terms})
	return nil
}

// fallThrough undoes an award and reopens what the clauses say it reopens.
func (t *turn) fallThrough(f FallThrough) error {
	a := t.AwardOf(f.Award)
	switch {
	case a == nil:
		return refuse(UnknownAward, "no award %s", f.Award)
	case a.Ended:
		return refuse(AwardEnded, "award %s came to nothing before", f.Award)
	case f.Reason == "":
		return refuse(ReasonRequired, "say why the award fell through")
	}
	t.fall(f.Award, agreement.OnFellThrough, f.Reason)
	return nil
}

// fall undoes an award that came to nothing and reopens what the clauses say it reopens.
func (t *turn) fall(id AwardID, why agreement.Reopen, reason string) {
	a := t.AwardOf(id)
	lot, matter, used := a.Lot, a.Matter, a.Offer
	t.emit(&FellThrough{Award: id, Reason: reason})
	t.endCalls(id, "the award came to nothing")
	if matter != 0 { // the holder's own award: it could not supply what it took
		t.emit(&Ended{Matter: matter, Holder: t.Matter(matter).Holder, Outcome: CannotBe, Reason: "its award fell through"})
		t.letGo(matter)
		return
	}
	if t.Tender(used).Used == 0 {
		t.emit(&OfferWithdrawn{Offer: used}) // what came to nothing is not chosen again
	}
	t.endReleases(lot, why)
	t.again2market(lot, reason)
}

// letGo releases a holder that took and cannot supply: it never blocks, whatever else releases.
func (t *turn) letGo(id MatterID) {
	m := t.Matter(id)
	switch g := m.More().Group; {
	case stageOf(m.clause) == alongside:
		t.again2market(m.Lot, "what was agreed came to nothing")
	case m.More().Award != 0:
		t.again2market(m.Lot, "what was taken over came to nothing")
	case g != 0:
		t.free(id)
		t.settleGroup(g)
	default:
		t.free(id)
	}
}

// endCalls ends the options on an award that came to nothing.
func (t *turn) endCalls(id AwardID, reason string) {
	for i := range t.Matters {
		if m := &t.Matters[i]; m.More().Award == id && m.Status.Pending() && stageOf(m.clause) == onEvent {
			t.emit(&Ended{Matter: m.ID, Holder: m.Holder, Outcome: Terminated, Reason: reason})
		}
	}
}

// endReleases ends the releases of a lot whose clauses revive the right for this reason, and asks where they do not say.
func (t *turn) endReleases(lot LotID, why agreement.Reopen) {
	l := t.Lot(lot)
	for i := range l.Releases {
		r := &l.Releases[i]
		if r.Over {
			continue
		}
		m := t.Matter(r.Matter)
		if !m.clause.Process.Reopen.Given {
			if t.stillBinds(lot, m) { // a right that has ended revives no more
				t.askReopen(lot, m, why, "whether "+string(m.Holder)+"'s right revives when "+lost[why])
			}
			continue
		}
		if slices.Contains(m.clause.Process.Reopen.Value, why) {
			t.emit(&ReleaseEnded{Lot: lot, Matter: r.Matter, Why: why})
		}
	}
}

// lost says in words how a rival's award came to nothing.
var lost = map[agreement.Reopen]string{agreement.OnFellThrough: "a rival's award falls through", agreement.OnNonPerformance: "a rival's award is not performed"}

// again2market puts a lot back on its way: to a right that has no live release, else to the offers that still stand,
// else to a new round.
func (t *turn) again2market(id LotID, reason string) {
	if t.Withdrawn {
		return
	}
	t.refresh(t.Lot(id).Line)
	if t.stepIn(id) {
		return
	}
	for i := range t.Tenders {
		tender := &t.Tenders[i]
		if tender.Offer.Line == t.Lot(id).Line && !tender.Withdrawn && tender.Offer.ValidUntil > t.at && tender.Used < tender.Offer.Terms.Quantity {
			t.emit(&ChoiceFell{Lot: id, Reason: reason})
			break
		}
	}
	t.advance(id)
}

// reoffer gives the holders whose releases no longer serve a new matter.
func (t *turn) reoffer(r Reoffer) error {
	l := t.Lot(r.Lot)
	switch {
	case l == nil:
		return refuse(UnknownLot, "no lot %s", r.Lot)
	case l.Status != InMarket:
		return refuse(LotNotInMarket, "lot %s is %s", r.Lot, l.Status)
	}
	for i := range l.Releases {
		if rel := &l.Releases[i]; !rel.Over && stageOf(t.Matter(rel.Matter).clause) == beforeMarket {
			t.emit(&ReleaseEnded{Lot: l.ID, Matter: rel.Matter, Why: agreement.OnMaterialTerm})
		}
	}
	t.advance(r.Lot)
	return nil
}

// egress is the table by which moving data is priced; nil where the law has none.
func (t *turn) egress() *award.Egress {
	if t.law.Egress.Name == "" {
		return nil
	}
	return &t.law.Egress
}
