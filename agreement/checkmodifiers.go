package agreement

import (
	"fmt"
	"slices"

	"firstlook/calendar"
	"firstlook/party"
)

// due checks until when a notice is due.
func (c *checker) due(p placed) {
	if c.f.Has(p.at("notice.within")) && p.clause.Kind != "" && !slices.Contains(atTheChoice, p.clause.Kind) {
		c.report(p.at("notice.within"), fmt.Sprintf("a %s notices no offer from which this could be counted", kindWords(p.clause.Kind)), "use lead, which is counted back from the start of the capacity")
	}
}

// afterRelease checks what bounds a release, and what follows it.
func (c *checker) afterRelease(p placed) {
	cl, pr := p.clause, &p.clause.Process
	t := pr.Tail.Value
	unlimited, _ := c.f.Text(p.at("tail.length"))
	if t.Cap == CapNone {
		for _, key := range []string{"exact", "cap_for"} {
			if c.f.Has(p.at("tail." + key)) {
				c.report(p.at("tail."+key), fmt.Sprintf("the tail has no cap that %s could say more of", key), "name the cap, or remove "+key)
			}
		}
	}
	if t.Exact && c.f.Has(p.at("tail.price_tolerance")) {
		c.report(p.at("tail.price_tolerance"), "under exact a rival is given the price of the cap and no other", "remove one of the two")
	}
	if t.From != "" && unlimited == "unlimited" {
		c.report(p.at("tail.from"), "an unlimited tail is counted from nothing", "remove it, or give the tail a length")
	}
	if t.From == "" && sameKind(t.CapFor, t.Length) && t.CapFor.Length.N >= t.Length.Length.N {
		c.report(p.at("tail.cap_for"), fmt.Sprintf("the cap binds for %s, and the release ends after %s: it never goes on without the cap", t.CapFor.Length, t.Length.Length), "shorten cap_for, or remove it")
	}
	if c.f.Has(p.at("reopen_window")) {
		switch {
		case pr.Reopen.Given && len(pr.Reopen.Value) == 0:
			c.report(p.at("reopen_window"), "nothing reopens, so that there is no second window", "remove it, or say under reopen what gives a new matter")
		case cl.Kind == FirstNegotiation && pr.FromNotice && !waits(cl) && !c.f.Has(p.at("window")):
			c.report(p.at("reopen_window"), "the negotiation begins with the notice, without a window in which the holder answers", "add a window, or remove it")
		}
	}
	for i, o := range pr.ReleaseOpen {
		path := fmt.Sprintf("%s[%d]", p.at("release_open"), i)
		switch {
		case o == "":
		case !pr.ReleaseOn.Given && !c.f.Broken(p.at("release_on")) && slices.Contains(releasing, cl.Kind):
			c.report(path, fmt.Sprintf("release_on is open, so that %s is asked for in any case", o), "list under release_on what the text says, or remove release_open")
		case slices.Contains(pr.ReleaseOn.Value, o):
			c.report(path, fmt.Sprintf("%s releases, and is left open", o), "keep it in one of release_on and release_open")
		}
	}
}

// negotiates reports whether some clause of the agreement gives a holder of this one a negotiation.
func (c *checker) negotiates(cl *Clause) bool {
	talks := func(o *Clause) bool {
		return o.Kind == FirstNegotiation && slices.ContainsFunc(holderIDs(cl), func(h party.ID) bool { return holds(o, h) })
	}
	for _, p := range c.stated() {
		if talks(p.clause) {
			return true
		}
	}
	return false
}

// openTalks checks a negotiation that keeps nobody out: it neither releases nor blocks.
func (c *checker) openTalks(p placed) {
	if p.clause.Kind != FirstNegotiation || p.clause.Process.Shop != MayShop {
		return
	}
	for _, key := range []string{"release_on", "release_open", "tail", "reopen", "reopen_window"} {
		if c.f.Has(p.at(key)) {
			c.report(p.at(key), "others may be asked while the parties negotiate, so that the end of the negotiation releases nothing", "remove it, or shop: open")
		}
	}
	if c.f.Has(p.at("unsolicited")) {
		c.report(p.at("unsolicited"), "others may be asked while the parties negotiate, so that their offers are nothing to be told of", "remove it, or shop: open")
	}
}

// rivals checks what a clause says of rivals and of their offers.
func (c *checker) rivals(p placed) {
	cl, pr := p.clause, &p.clause.Process
	for i, id := range pr.Against {
		path := fmt.Sprintf("%s[%d]", p.at("against"), i)
		c.party(path, id, "a rival")
		switch {
		case id == "":
		case c.a != nil && id == c.a.Grantor:
			c.report(path, fmt.Sprintf("%s is the grantor and no rival", id), "remove it")
		case holds(cl, id):
			c.report(path, fmt.Sprintf("%s holds the right and is no rival", id), "remove it")
		}
	}
	if c.f.Has(p.at("bona_fide.prepayment")) && pr.BonaFide == 0 && !c.f.Broken(p.at("bona_fide")) && !c.f.Broken(p.at("bona_fide.prepayment")) {
		c.report(p.at("bona_fide.prepayment"), "every offer pays 0% in advance at least", "name a percentage, or remove bona_fide")
	}
	if pr.Alternative == AlternativeSell && c.a != nil && c.a.Direction == Buys && slices.Contains(packaged, cl.Kind) {
		c.report(p.at("alternative"), "the grantor buys, so that the holder sells to it by an exercise already", "remove it, or correct the direction")
	}
}

// ceiling checks that awards can count towards a ceiling.
func (c *checker) ceiling(p placed) {
	if l := p.clause.Process.Ceiling; l != nil && l.Over != (calendar.Span{}) && !l.Over.Overlaps(p.clause.Effective) {
		c.report(p.at("ceiling.over"), fmt.Sprintf("the awards of %s count, and the clause is in force %s: none ever does", l.Over, p.clause.Effective), "correct one of the two")
	}
}

// limits checks the clauses whose notices count towards a limit.
func (c *checker) limits(p placed, all []placed) {
	if p.clause.Process.RateLimit == nil {
		return
	}
	for i, id := range p.clause.Process.RateLimit.With {
		path := fmt.Sprintf("%s[%d]", p.at("rate_limit.with"), i)
		var names []string
		var found *Clause
		for _, o := range all {
			if names = append(names, string(o.clause.Ref.Clause)); o.clause.Ref.Clause == id {
				found = o.clause
			}
		}
		switch {
		case id == "":
		case id == p.clause.Ref.Clause:
			c.report(path, "notices under the clause itself count in any case", "remove it")
		case found == nil:
			slices.Sort(names)
			c.report(path, fmt.Sprintf("counts the notices under clause %s, which is not known", id), unknown(string(id), slices.Compact(names), ""))
		case found.Kind != "" && !slices.Contains(processes, found.Kind):
			c.report(path, fmt.Sprintf("%s is of kind %s, under which no notices are given", id, found.Kind), "remove it")
		}
	}
}
