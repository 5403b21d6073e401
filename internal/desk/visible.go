package desk

import (
	"slices"

	"firstlook/agreement"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// What a party may see of the events of a need. The buyer sees all of them but for what is sealed from it for a time: offers while
// their round is open, and the terms of a last look while its window is. Any other party sees what is its own:
//
//	holder       its matters, from the notice on; of a rival's terms what its clause lets it see
//	co-holder    of what several share its own part alone
//	assignee     the matter from its beginning, and the award where it was exercised; who assigned it, no more than how it ends
//	consenter    the exercise, or the award, that it is asked to consent to; a rival's name not where it holds a right itself
//	provider     its own offers, the rounds to which it was asked, its awards

// Visible returns those of a need's events that a party may see, as it may see them, in their order; s is the need as it is
// now, or as it was after the last of them.
func Visible(s *right.State, who party.ID, events []right.Event) []right.Event {
	v := viewer{s: s, who: who, buyer: who == s.Need.Buyer, holders: map[right.MatterID]party.ID{}, told: map[offer.ID][]right.MatterID{}}
	for i := len(events) - 1; i >= 0; i-- {
		switch f := events[i].Fact.(type) {
		case *right.Assigned: // who held a matter before it was assigned
			v.holders[f.Matter] = f.From
		case *right.OfferTold:
			v.told[f.Offer] = append(v.told[f.Offer], f.Matter)
		}
	}
	var out []right.Event
	for _, e := range events {
		if seen, ok := v.sees(e); ok {
			out = append(out, seen)
		}
		if f, ok := e.Fact.(*right.Assigned); ok {
			v.holders[f.Matter] = f.To
		}
	}
	return out
}

// sealedParty stands where a rival's name is sealed.
const sealedParty party.ID = "sealed"

// holdsRight reports whether a party holds a right over a need: such a party learns of a rival only what its clause reveals,
// even where its consent is asked.
func holdsRight(s *right.State, who party.ID) bool {
	return slices.ContainsFunc(s.Engagements, func(e right.Engagement) bool { return e.Engaged.Engaged && e.Holder == who })
}

// viewer is a party that looks at the events of a need in their order.
type viewer struct {
	s       *right.State
	who     party.ID
	buyer   bool
	holders map[right.MatterID]party.ID   // of matters that were assigned, at the event that is looked at
	told    map[offer.ID][]right.MatterID // in which the holder was told of an offer that nobody asked for
}

// mine reports whether a matter is the party's at the event that is looked at. Who it is assigned to sees what came before.
func (v *viewer) mine(id right.MatterID) bool {
	m := v.s.Matter(id)
	if m == nil || unannounced(m) {
		return false
	}
	if m.Holder == v.who {
		return true
	}
	h, assigned := v.holders[id]
	return assigned && h == v.who
}

// sees returns an event as the party may see it.
func (v *viewer) sees(e right.Event) (right.Event, bool) {
	if f, ok := e.Fact.(*right.OfferReceived); ok {
		return v.seesOffer(e, f)
	}
	if v.buyer {
		if f, ok := e.Fact.(*right.OfferWithdrawn); ok && roundOpen(v.s, v.s.Tender(f.Offer).Offer.Line) {
			e.By = "" // who made it is sealed as long as the round is open
		}
		return v.sealLook(e), true
	}
	if !v.concerns(e.Fact) {
		return e, false
	}
	if e.By != v.who && e.By != v.s.Need.Buyer && !speaks(e.Fact) {
		e.By = "" // whose act brought it about is that party's
	}
	e.Fact = v.part(e.Fact)
	return e, true
}

// speaks reports whether a fact is somebody's word in the matter of another: who stayed its window, and who consented.
func speaks(f right.Fact) bool {
	switch f.(type) {
	case *right.Tolled, *right.Untolled, *right.Consented:
		return true
	}
	return false
}

// seesOffer shows an offer to who made it, to the buyer, and to a holder that is told of it; to the buyer under seal while its round
// is open.
func (v *viewer) seesOffer(e right.Event, f *right.OfferReceived) (right.Event, bool) {
	switch {
	case f.Offer.Provider == v.who, slices.ContainsFunc(v.told[f.Offer.ID], v.mine):
		return e, true
	case v.buyer && roundOpen(v.s, f.Offer.Line):
		e.By = ""
		e.Fact = &right.OfferReceived{Offer: offer.Offer{ID: f.Offer.ID, Need: f.Offer.Need, Line: f.Offer.Line}, Hash: f.Hash}
		return e, true
	}
	return e, v.buyer
}

// sealLook hides from the buyer what a holder names in a last look while the window is open: it decides when the window
// closes, and until then nobody is to learn by it what would win.
func (v *viewer) sealLook(e right.Event) right.Event {
	switch f := e.Fact.(type) {
	case *right.Answered:
		if f.Answer.Terms != nil && lookSealed(v.s, f.Answer.Matter) {
			answer := f.Answer
			answer.Terms = nil
			e.Fact = &right.Answered{Answer: answer}
		}
	case *right.Revised:
		if lookSealed(v.s, f.Matter) {
			e.Fact = &right.Revised{Matter: f.Matter}
		}
	}
	return e
}

// lookSealed reports whether what the holder of a matter names is sealed from the buyer.
func lookSealed(s *right.State, id right.MatterID) bool {
	m := s.Matter(id)
	return m != nil && m.Clause().Kind == agreement.LastLook && (m.Status == right.Open || m.Status == right.Stood)
}

// part is what of a fact a party other than the buyer may see.
func (v *viewer) part(f right.Fact) right.Fact {
	switch f := f.(type) {
	case *right.MatterOpened:
		open := *f
		open.Offer = ""
		return &open
	case *right.Noticed:
		notice := *f
		notice.Terms = disclosed(v.s.Matter(f.Matter), f.Terms)
		return &notice
	case *right.Changed:
		return v.change(f)
	case *right.Allocated:
		own := *f
		own.Shares = slices.DeleteFunc(slices.Clone(f.Shares), func(a right.Allotment) bool { return !v.mine(a.Matter) })
		return &own
	case *right.LotSplit:
		split := *f
		split.Accelerators = 0
		return &split
	case *right.Awarded:
		won := *f
		won.Landed = money.Amount{} // what moving data costs the buyer is the buyer's
		own := v.supplies(f)
		if !own {
			won.Offer = ""
		}
		if !own && holdsRight(v.s, v.who) {
			won.Provider, won.Terms = sealedParty, *sealPlace(&f.Terms)
		}
		return &won
	case *right.SteppedDown:
		kept := *f
		kept.Landed = money.Amount{}
		return &kept
	case *right.OffersRequested:
		return &right.OffersRequested{Lot: f.Lot, Invited: []party.ID{v.who}, Closes: f.Closes} // who else was asked stays sealed
	case *right.DeterminationRequired:
		return v.question(f)
	}
	return f
}

// change is a changed notice as its holder may see it: the terms as in a notice, and of the differences those that show in them.
func (v *viewer) change(f *right.Changed) right.Fact {
	seen := *f
	m := v.s.Matter(f.Matter)
	seen.Offer, seen.Pick = "", nil
	seen.Terms = disclosed(m, f.Terms)
	if m.Offer != "" {
		seen.Differences = []offer.Difference{} // as where there are none, if none show
		for _, d := range f.Differences {
			if shows(m.Clause(), d.Dimension) {
				seen.Differences = append(seen.Differences, d)
			}
		}
	}
	return &seen
}

// question is what a matter waits for; what the buyer would change is not told before it is done.
func (v *viewer) question(f *right.DeterminationRequired) right.Fact {
	if f.Change == nil {
		return f
	}
	seen := *f
	seen.Change = nil
	return &seen
}

// disclosed are the terms of a notice as the holder of a matter may see them: the grantor's own as they are, a rival's as far
// as the clause discloses them.
func disclosed(m *right.Matter, terms *offer.Terms) *offer.Terms {
	if terms == nil || m.Offer == "" && m.More().Award == 0 {
		return terms
	}
	return offer.Disclosed(m.Clause(), terms)
}

// shown are the items of a notice by the dimension of the terms that they show.
var shown = map[agreement.Dimension]agreement.Item{
	agreement.DimQuantity: agreement.ItemQuantity, agreement.DimAccelerator: agreement.ItemAccelerator, agreement.DimStart: agreement.ItemPeriod,
	agreement.DimDuration: agreement.ItemPeriod, agreement.DimRegion: agreement.ItemRegion, agreement.DimPrice: agreement.ItemPrice,
	agreement.DimServiceLevel: agreement.ItemServiceLevel, agreement.DimInterconnect: agreement.ItemInterconnect,
}

// shows reports whether a difference in a dimension of a rival's terms is one that the holder may see.
func shows(c *agreement.Clause, d agreement.Dimension) bool {
	p := &c.Process
	if item, ok := shown[d]; ok && slices.Contains(p.Content.Value, item) || slices.Contains(p.Reveals, agreement.RevealAllTerms) {
		return true
	}
	return p.Match.Given && (p.Match.Value.Rule != agreement.IdenticalPrincipal || slices.Contains(p.Match.Value.Principal, d))
}

// sealPlace leaves out of terms where the capacity stands, which tells whose it is.
func sealPlace(terms *offer.Terms) *offer.Terms {
	sealed := *terms
	sealed.Cloud, sealed.Region = "", ""
	return &sealed
}

// concerns reports whether a fact is one of a party's own matters, rounds, awards or consents.
func (v *viewer) concerns(f right.Fact) bool {
	switch f := f.(type) {
	case *right.MatterOpened:
		return v.mine(f.Matter) || f.Holder == v.who && !unannounced(v.s.Matter(f.Matter))
	case *right.LotSplit:
		return f.Matter != 0 && v.mine(f.Matter)
	case *right.Noticed:
		return v.mine(f.Matter)
	case *right.Received:
		return v.mine(f.Matter)
	case *right.Opened:
		return v.mine(f.Matter)
	case *right.Answered:
		return v.mine(f.Answer.Matter)
	case *right.AnswerVoid:
		return v.mine(f.Matter)
	case *right.Countered:
		return v.mine(f.Matter)
	case *right.Named:
		return v.mine(f.Matter)
	case *right.Exercised:
		return v.mine(f.Matter) || v.consents(f.Matter)
	case *right.Ended:
		return v.mine(f.Matter) || v.s.Matter(f.Matter).For() == v.who && !unannounced(v.s.Matter(f.Matter)) || v.consents(f.Matter)
	case *right.DeterminationRequired:
		return v.mine(f.Matter)
	case *right.Determined:
		return v.mine(f.Matter)
	case *right.OffersRequested:
		return slices.Contains(f.Invited, v.who)
	case *right.OfferWithdrawn:
		return v.s.Tender(f.Offer).Offer.Provider == v.who
	case *right.Awarded:
		return v.supplies(f) || v.consentsTo(f.Award)
	case *right.Signed:
		return v.s.AwardOf(f.Award).Provider == v.who
	case *right.FellThrough:
		return v.s.AwardOf(f.Award).Provider == v.who || v.consentsTo(f.Award)
	}
	return v.concernsMore(f)
}

// concernsMore is [viewer.concerns] for what only some matters and awards meet. That a notice waits is the buyer's to know.
func (v *viewer) concernsMore(f right.Fact) bool {
	switch f := f.(type) {
	case *right.NoticeLate:
		return v.mine(f.Matter)
	case *right.OfferTold:
		return v.mine(f.Matter)
	case *right.SoldInstead:
		return v.mine(f.Matter)
	case *right.InformationRequested:
		return v.mine(f.Matter)
	case *right.InformationSupplied:
		return v.mine(f.Matter)
	case *right.Tolled:
		return v.mine(f.Matter) || v.stays(f.Matter, f.Ground)
	case *right.Untolled:
		return v.mine(f.Matter) || v.stays(f.Matter, f.Ground)
	case *right.ExtensionProposed:
		return v.mine(f.Matter)
	case *right.Interested:
		return v.mine(f.Matter)
	case *right.Proposed:
		return v.mine(f.Matter)
	case *right.Revised:
		return v.mine(f.Matter)
	case *right.Changed:
		return v.mine(f.Matter)
	case *right.Subscribed:
		return v.mine(f.Matter)
	case *right.Allocated:
		return slices.ContainsFunc(f.Shares, func(a right.Allotment) bool { return v.mine(a.Matter) })
	case *right.ConsentAwaited:
		return v.mine(f.Matter) || slices.Contains(f.Of, v.who)
	case *right.Consented:
		return f.Of == v.who || f.Matter != 0 && v.mine(f.Matter)
	case *right.Assigned:
		return f.From == v.who || f.To == v.who
	case *right.NonPerforming:
		return v.s.AwardOf(f.Award).Provider == v.who
	case *right.Cured:
		return v.s.AwardOf(f.Award).Provider == v.who
	case *right.SteppedDown:
		return v.s.AwardOf(f.Award).Provider == v.who
	case *right.TakenOver:
		return v.mine(f.Matter) || v.s.AwardOf(f.Award).Provider == v.who
	}
	return false
}

// supplies reports whether an award is the party's: it was given to it, or the party took it over from the holder that exercised.
func (v *viewer) supplies(f *right.Awarded) bool {
	return f.Provider == v.who || v.s.AwardOf(f.Award).Provider == v.who
}

// consents reports whether an exercise was put to the party for its consent.
func (v *viewer) consents(id right.MatterID) bool {
	m := v.s.Matter(id)
	return m != nil && consenting(m, v.who)
}

// consentsTo reports whether an award needs the consent of the party.
func (v *viewer) consentsTo(id right.AwardID) bool {
	return slices.Contains(Consenting(v.s, v.s.AwardOf(id)), v.who)
}

// stays reports whether the party may stay the window of a matter on a ground.
func (v *viewer) stays(id right.MatterID, g agreement.Ground) bool {
	power := v.s.Matter(id).Clause().Process.Stay
	return power != nil && slices.Contains(power.Grounds, g) && slices.Contains(power.By, v.who)
}
