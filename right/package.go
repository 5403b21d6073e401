package right

import (
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/award"
	"firstlook/offer"
)

// Offers of one provider for several lines that name one package are all or nothing together. See docs/spec/rights.md, 6.

// packs reports whether an offer belongs to the package of another, which has one.
func packs(a, b *offer.Offer) bool {
	return a.Package == b.Package && a.Provider == b.Provider
}

// packed lists the lots of the other offers of the package that a lot's chosen offer is part of: they stand or fall with it.
func (s *State) packed(l *Lot) []LotID {
	return slices.DeleteFunc(s.together(l), func(id LotID) bool { return s.Lot(id).Pick.Offer == l.Pick.Offer })
}

// together lists the other lots that are awarded with a lot: those of its package, and what was split off it.
func (s *State) together(l *Lot) []LotID {
	if l.Pick == nil || s.Tender(l.Pick.Offer).Offer.Package == "" {
		return nil
	}
	o := s.Tender(l.Pick.Offer).Offer
	var out []LotID
	for i := range s.Lots {
		b := &s.Lots[i]
		if b.ID != l.ID && b.Pick != nil && (b.Status == Picked || b.Status == Held || b.Status == Idle) && packs(o, s.Tender(b.Pick.Offer).Offer) {
			out = append(out, b.ID)
		}
	}
	return out
}

// packagePart is one offer of a package that is chosen, with the lot that it is for.
type packagePart struct {
	lot LotID
	got award.Comparison
}

// choosePackage takes every offer of a package at once, each for the lot of its line, which must be in the market.
func (t *turn) choosePackage(c Choose, first *offer.Offer) error {
	if first.Line != t.Lot(c.Lot).Line || slices.ContainsFunc(c.Offers, func(id offer.ID) bool { x := t.Tender(id); return x == nil || !packs(first, x.Offer) }) {
		return refuse(PackageBroken, "package %s is chosen alone, for the lots of its lines", first.Package)
	}
	var parts []packagePart
	for i := range t.Tenders {
		o := t.Tenders[i].Offer
		if !packs(first, o) {
			continue
		}
		l, why := t.lotFor(o)
		if t.Tenders[i].Withdrawn {
			why = "it was taken back"
		}
		if why != "" {
			return refuse(PackageBroken, "offer %s of package %s: %s", o.ID, o.Package, why)
		}
		t.refresh(l.Line)
		got, err := t.compare(l, []offer.ID{o.ID})
		if err != nil {
			return err
		}
		if len(got.Excluded) > 0 {
			return excludedAs(&got.Excluded[0])
		}
		if len(got.Picks) != 1 || got.Picks[0].Equivalent < l.Quantity {
			return refuse(PackageBroken, "offer %s of package %s does not serve the whole of %s", o.ID, o.Package, l.ID)
		}
		parts = append(parts, packagePart{l.ID, got})
	}
	if err := t.noticeableWhole(parts); err != nil {
		return err
	}
	for i := range parts {
		t.emit(&Chosen{Lot: parts[i].lot, Manual: true, Person: t.person, Reason: c.Reason, Comparison: &parts[i].got})
		t.pickLots(parts[i].lot, &parts[i].got)
	}
	for _, p := range parts {
		if t.Lot(p.lot).Status == Picked {
			t.afterChoice(p.lot)
		}
	}
	return nil
}

// noticeableWhole refuses a package over all of which a right of one of its lots runs, where its holder could not be given notice of an
// offer for another lot, of which it may have been released before.
func (t *turn) noticeableWhole(parts []packagePart) error {
	for i := range parts {
		l := t.Lot(parts[i].lot)
		o, terms := t.partTerms(&parts[i])
		for n := range t.Engagements {
			e := &t.Engagements[n]
			if e.Line != l.Line || !e.Engaged.Engaged || !e.runsWhole() || !e.concerns(o.Provider) || t.servesChoice(l, e, o.Provider, &terms) {
				continue
			}
			for k := range parts {
				o, terms := t.partTerms(&parts[k])
				if bar, barred := t.unnoticeableUnder(e, t.Lot(parts[k].lot), o, &terms); barred {
					return (&Refusal{Code: Barred, Detail: fmt.Sprintf("offer %s: %s", o.ID, bar.Reason)}).by(bar.Clause)
				}
			}
		}
	}
	return nil
}

// partTerms is the offer of a part of a package, and what is taken of it.
func (t *turn) partTerms(p *packagePart) (*offer.Offer, offer.Terms) {
	pick := p.got.Picks[0]
	o := t.Tender(pick.Offer).Offer
	return o, o.Terms.Part(pick.Accelerators)
}

// runsWhole reports whether a right, which then is one at the choice, runs over a package as a whole: its holder has the word over every lot of it.
func (e *Engagement) runsWhole() bool {
	rule := e.clause.Process.Package.Value
	return rule == agreement.WholePackage || rule == agreement.HoldersChoice
}

// lotFor returns the one lot that an offer of a package is for; why not, where there is none.
func (t *turn) lotFor(o *offer.Offer) (l *Lot, why string) {
	for i := range t.Lots {
		b := &t.Lots[i]
		switch {
		case b.Line != o.Line || b.Status == Won:
		case b.Status != InMarket:
			return nil, fmt.Sprintf("lot %s is %s", b.ID, b.Status)
		case b.Round:
			return nil, fmt.Sprintf("offers for lot %s are sealed until %s", b.ID, b.Closes)
		case l != nil:
			return nil, fmt.Sprintf("line %d is in more than one lot", o.Line+1)
		default:
			l = b
		}
	}
	if l == nil {
		return nil, fmt.Sprintf("no lot of line %d is in the market", o.Line+1)
	}
	return l, ""
}

func excludedAs(x *award.Exclusion) error {
	if x.Code == award.CodeBarred {
		return (&Refusal{Code: Barred, Detail: fmt.Sprintf("offer %s: %s", x.Offer, x.Reason)}).by(x.Clause)
	}
	return refuse(MissesRequirement, "offer %s: %s: %s", x.Offer, x.Code, x.Reason)
}

// ready reports whether nothing stands between a chosen lot, over which nobody has the word, and its award.
func (t *turn) ready(l *Lot) bool {
	o := t.Tender(l.Pick.Offer).Offer
	terms := t.picked(l)
	return t.choiceFails(l, o, &terms) == "" && t.nextAtChoice(l, o, &terms) == nil
}

// unheld reports whether nobody has the word over a chosen lot.
func (t *turn) unheld(l *Lot) bool {
	return (l.Status == Picked || l.Status == Idle) && !slices.ContainsFunc(t.Matters, func(m Matter) bool {
		return m.Lot == l.ID && (m.Status.Pending() || m.Question != nil)
	})
}

// packageFalls ends the choice of the lots that were chosen with a lot whose offer can no longer be had whole: what is noticed
// there falls with it.
func (t *turn) packageFalls(lots []LotID, reason string) {
	for _, id := range lots {
		for i := range t.Matters {
			if m := &t.Matters[i]; m.Lot == id && m.Status.Pending() {
				t.emit(&Ended{Matter: m.ID, Holder: m.Holder, Outcome: Superseded, Reason: reason})
			}
		}
		if t.Lot(id).Pick != nil {
			t.emit(&ChoiceFell{Lot: id, Reason: reason})
			t.reviveEnded(id)
		}
	}
}

// packageRule is what a clause says of packages, where its matter runs over an offer that is part of one.
func (t *turn) packageRule(m *Matter) (agreement.PackageRule, bool) {
	if m.Offer == "" || t.Tender(m.Offer).Offer.Package == "" {
		return "", false
	}
	return m.clause.Process.Package.Value, true
}

// takenFromPackage draws what a holder's exercise does to the rest of the package: it takes that too, leaves it to the rival, or
// the package falls.
func (t *turn) takenFromPackage(id MatterID, rest, all []LotID) {
	switch rule, _ := t.packageRule(t.Matter(id)); rule {
	case agreement.AllocatedPrice:
		t.packageFalls(rest, "a holder took a part of the package")
	case agreement.HoldersChoice:
		t.packageFalls(t.notHeld(rest), "a holder took a part of the package")
	}
	for _, lot := range all { // what waited for it, and what is left of it, goes on or falls
		if t.unheld(t.Lot(lot)) {
			t.afterChoice(lot)
		}
	}
}

// notHeld lists the lots of a package over which a holder that may choose among them has no word any more.
func (t *turn) notHeld(lots []LotID) []LotID {
	return slices.DeleteFunc(slices.Clone(lots), func(id LotID) bool {
		return slices.ContainsFunc(t.Matters, func(m Matter) bool {
			return m.Lot == id && m.Status.Pending() && m.clause.Process.Package.Value == agreement.HoldersChoice
		})
	})
}

// apart reports whether a package cannot be had whole any more: one of its offers is chosen for no lot and awarded for none, unless a
// holder took that lot under a clause that leaves the rest to the rival.
func (t *turn) apart(o *offer.Offer) bool {
	return o.Package != "" && slices.ContainsFunc(t.Tenders, func(x Tender) bool { return packs(o, x.Offer) && !t.placed(x.Offer.ID) })
}

// placed reports whether an offer of a package is where the package needs it.
func (t *turn) placed(id offer.ID) bool {
	return slices.ContainsFunc(t.Lots, func(l Lot) bool { return l.Pick != nil && l.Pick.Offer == id && l.Status != Stuck }) ||
		slices.ContainsFunc(t.Matters, func(m Matter) bool {
			return m.Status == Taken && m.Offer == id && m.clause.Process.Package.Value == agreement.Severable
		})
}

// tied lists the other pending matters that one answer decides: those of the same holder and clause over one whole package, unless
// a person determined otherwise in one of them.
func (t *turn) tied(m *Matter) []MatterID {
	if rule, packed := t.packageRule(m); !packed || rule != agreement.WholePackage {
		return nil
	}
	o := t.Tender(m.Offer).Offer
	var out []MatterID
	for i := range t.Matters {
		x := &t.Matters[i]
		if x.ID != m.ID && x.Status.Pending() && x.Offer != "" && x.For() == m.For() && sameClause(x.clause.Ref, m.clause.Ref) &&
			packs(o, t.Tender(x.Offer).Offer) && x.clause.Process.Package.Value == agreement.WholePackage {
			out = append(out, x.ID)
		}
	}
	return out
}

// runWhole opens the matters of a right that takes a package whole: over every lot of it, so that the notices state it all. Nobody has the word
// over any of them.
func (t *turn) runWhole(id LotID, e Engagement) {
	lots := append([]LotID{id}, t.packed(t.Lot(id))...)
	for _, other := range lots[1:] { // what would be noticed there must still be had
		l := t.Lot(other)
		if terms := t.picked(l); t.choiceFails(l, t.Tender(l.Pick.Offer).Offer, &terms) != "" {
			t.afterChoice(other) // and the rest of the package falls with it
			return
		}
	}
	first := MatterID(len(t.Matters) + 1)
	for _, lot := range lots {
		l := t.Lot(lot)
		t.beginMatter(&MatterOpened{Lot: lot, Clause: e.clause.Ref, Holder: e.Holder, Again: t.again(l, &e), Offer: l.Pick.Offer})
	}
	for m := first; m <= MatterID(len(t.Matters)); m++ {
		t.firstNotice(m, nil)
	}
}
