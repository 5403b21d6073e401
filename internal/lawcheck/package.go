package lawcheck

import (
	"slices"

	"firstlook/agreement"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// Offers of one provider that name one package stand or fall together. See docs/spec/rights.md, section 6.

// packs reports whether two offers belong to one package.
func packs(a, b *offer.Offer) bool {
	return a.Package != "" && a.Package == b.Package && a.Provider == b.Provider
}

// packageOf is the offer of a package that a lot is chosen for; nil where it is chosen for none.
func (c *Checker) packageOf(l *lot) *offer.Offer {
	if l.pick == nil {
		return nil
	}
	if t, ok := c.offers[l.pick.Offer]; ok && t.Offer.Package != "" {
		return &t.Offer
	}
	return nil
}

// packed lists the other lots that were chosen with a lot, as one package, and are not awarded yet.
func (c *Checker) packed(l *lot) []*lot {
	o := c.packageOf(l)
	if o == nil {
		return nil
	}
	var out []*lot
	for _, other := range c.lots {
		if p := c.packageOf(other); other != l && p != nil && packs(o, p) && other.stands != taken && other.stands != closed {
			out = append(out, other)
		}
	}
	return out
}

// waitsForRest reports whether a chosen lot waits for a word that somebody has over another lot of its package.
func (c *Checker) waitsForRest(l *lot) bool {
	return slices.ContainsFunc(c.packed(l), func(other *lot) bool { return c.holding(other, "") != nil || c.waits(other) })
}

// takesPackage reports whether a clause that a lot's line does not engage may still run over it: by its package rule its holder has
// the word over every lot of a package of which it engages one.
func (c *Checker) takesPackage(l *lot, clause *agreement.Clause, holder party.ID) bool {
	if rule := clause.Process.Package; !rule.Given || rule.Value != agreement.WholePackage && rule.Value != agreement.HoldersChoice {
		return false
	}
	return slices.ContainsFunc(c.packed(l), func(other *lot) bool {
		e := c.engagementOf(other.line, clause.Ref, holder)
		return e != nil && e.Engaged.Engaged
	})
}

// brokenUp reports whether a rival was awarded a part of the package that a lot is still chosen for: what is packed together is
// had whole, but for what a holder takes out of it.
func (c *Checker) brokenUp(l *lot) bool {
	o := c.packageOf(l)
	return o != nil && slices.ContainsFunc(c.lots, func(other *lot) bool {
		p := c.packageOf(other)
		return p != nil && other.line != l.line && other.stands == taken && other.choice == l.choice && packs(o, p)
	})
}

// spokenFor lets a word over one lot of a package that is taken whole stand for the other lots: the holder spoke once for all of them.
func (c *Checker) spokenFor(m *matter) {
	t, ok := c.offers[m.offer]
	if !ok || m.loose || !m.phase.Pending() || m.clause.Process.Package.Value != agreement.WholePackage {
		return
	}
	for _, x := range c.matters {
		if x == m || !x.loose || !x.phase.Pending() || x.owner != m.owner || !same(x.clause.Ref, m.clause.Ref) {
			continue
		}
		if o, ok := c.offers[x.offer]; ok && packs(&t.Offer, &o.Offer) {
			m.answer, m.answeredAt, m.loose = &right.Answer{Matter: m.id, Kind: x.answer.Kind}, x.answeredAt, true
		}
	}
}
