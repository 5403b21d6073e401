package agreement

import (
	"fmt"
	"slices"

	"firstlook/capacity"
	"firstlook/party"
)

// whole is all of something.
const whole capacity.Percent = 100_000

// holders checks who holds a clause, in which order and by which shares.
func (c *checker) holders(p placed) {
	cl := p.clause
	one, several := c.f.Has(p.at("holder")), c.f.Has(p.at("holders"))
	switch {
	case cl.Kind == "" || !slices.Contains(rights, cl.Kind) || c.f.Broken(p.at("holders")):
		return
	case one && several:
		c.report(p.at("holders"), "the clause has a holder and holders", "put every party that has the right under holders, and remove holder")
		return
	case !one && !several && c.only == "":
		c.report(p.at("holder"), "the key is missing", fmt.Sprintf("a clause of kind %s needs it, or holders: the party that has the right", cl.Kind))
		return
	}
	seen := map[party.ID]bool{}
	for i, h := range cl.Holders {
		path := fmt.Sprintf("%s[%d].holder", p.at("holders"), i)
		c.party(path, h.Holder, "a holder")
		switch {
		case h.Holder == "":
		case c.a != nil && h.Holder == c.a.Grantor:
			c.report(path, fmt.Sprintf("%s is the grantor and cannot hold a right against itself", h.Holder), "name the party that has the right")
		case seen[h.Holder]:
			c.report(path, fmt.Sprintf("holder %s stands twice", h.Holder), "remove one")
		}
		seen[h.Holder] = true
	}
	c.together(p)
	c.shares(p)
	c.capped(p)
	c.ranks(p)
}

// together checks that a clause whose holders answer side by side is one that can be answered so.
func (c *checker) together(p placed) {
	cl, pr := p.clause, &p.clause.Process
	if len(cl.Holders) > 1 && named(cl) && pr.Allocation.Given {
		c.report(p.at("allocation"), "each holder names its own terms, one after the other, so that nothing is allocated", "remove it; the holders are asked in the order of the list")
	}
	if len(cl.Holders) < 2 && pr.Allocation.Given {
		c.report(p.at("allocation"), "the clause has one holder, so that nothing is allocated", "remove it, or name the others under holders")
	}
	if len(cl.Holders) < 2 && pr.Oversubscription.Value == OverAllotment {
		c.report(p.at("oversubscription"), "the clause has one holder, so that nobody leaves it a share", "remove it, or name the others under holders")
	}
	if pr.Allocation.Value == ByRank && c.only == "allocation" && !slices.ContainsFunc(cl.Holders, func(h Holding) bool { return h.Rank != 0 }) {
		c.report(p.at("allocation"), "the text gives the holders no ranks", "use pro_rata")
	}
	if cl.Kind == ProRata && pr.Allocation.Value == ByRank {
		c.report(p.at("allocation"), "a pro_rata clause gives each holder its share, whatever its rank", "use allocation: pro_rata, or another kind")
	}
	if cl.Kind == ProRata && pr.Allocation.Value == ProRataCapped && pr.Oversubscription.Value == NoOverAllotment {
		c.report(p.at("allocation"), "under pro_rata_capped each holder gets what it wants where there is enough, and under oversubscription: none never more than its share", "remove allocation, or use oversubscription: allowed")
	}
	if cl.Kind != ProRata && (pr.Allocation.Value == ProRataByShare || pr.Allocation.Value == ProRataCapped) && pr.Partial.Value == WholeOnly && shared(cl) {
		c.report(p.at("partial"), "each holder takes the whole or nothing, and shares divide it", "use allocation: by_rank, or partial: allowed")
	}
}

// capped checks that an allocation by which none gets more than its share has the shares.
func (c *checker) capped(p placed) {
	if cl := p.clause; cl.Process.Allocation.Value == ProRataCapped && together(cl) && !shared(cl) && !shareOpen(cl) {
		c.report(p.at("allocation"), "under pro_rata_capped none gets more than its share, and the holders have none", "state the share of each holder, or use pro_rata")
	}
}

// shared reports whether some holder of a clause has a share.
func shared(cl *Clause) bool {
	return slices.ContainsFunc(cl.Holders, func(h Holding) bool { return h.Share != 0 })
}

// shareOpen reports whether the share of some holder is left open.
func shareOpen(cl *Clause) bool {
	return cl.Kind == ProRata && slices.ContainsFunc(cl.Holders, func(h Holding) bool { return h.Open })
}

// shares checks the shares of the holders: that they are there where they count, and no more than there is.
func (c *checker) shares(p placed) {
	cl := p.clause
	if cl.Kind == ProRata && len(cl.Holders) == 0 && c.f.Has(p.at("holder")) {
		c.report(p.at("holder"), "a pro_rata clause says nowhere how large the share is", fmt.Sprintf("write holders: [{holder: %s, share: \"20\"}]", cl.Holder))
	}
	var sum capacity.Percent
	for i, h := range cl.Holders {
		path := fmt.Sprintf("%s[%d].share", p.at("holders"), i)
		sum += h.Share
		switch {
		case h.Open && cl.Kind != ProRata:
			c.report(path, fmt.Sprintf("only under a pro_rata clause is a share determined with the notice, and this is a %s", kindWords(cl.Kind)), "state it, leave the shares of all holders out, or use kind: pro_rata")
		case h.Open:
		case h.Share != 0 && cl.Kind != ProRata && !together(cl):
			c.report(path, "nothing is allocated among the holders of this clause, so that a share means nothing", "remove it")
		case h.Share == 0 && cl.Kind == ProRata:
			c.report(path, fmt.Sprintf("the share of %s is missing", h.Holder), "state the share of each holder in percent, such as share: \"20\", or write share: unspecified")
		case h.Share == 0 && together(cl) && shared(cl) && cl.Process.Allocation.Value != ByRank:
			c.report(path, fmt.Sprintf("%s has no share, and others have", h.Holder), "state the share of each holder, or of none to divide by what each wants")
		}
	}
	if c.only == "share" {
		if sum += cl.Process.Share.Value; sum > whole {
			c.report(p.at("share"), fmt.Sprintf("with those that are stated the shares come to %s", sum), "shares are of 100 in all")
		}
		return
	}
	if sum > whole {
		c.report(p.at("holders"), fmt.Sprintf("the shares come to %s", sum), "shares are of 100 in all; correct them")
	}
}

// ranks checks the ranks of the holders.
func (c *checker) ranks(p placed) {
	cl := p.clause
	byRank := cl.Process.Allocation.Value == ByRank || c.f.Broken(p.at("allocation")) || c.only == "allocation"
	for i, h := range cl.Holders {
		path := fmt.Sprintf("%s[%d].rank", p.at("holders"), i)
		switch {
		case cl.Kind == ProRata && h.Rank != 0:
			c.report(path, "a pro_rata clause gives each holder its share, whatever its rank", "remove it")
		case cl.Kind == ProRata:
		case h.Rank != 0 && !together(cl):
			c.report(path, "nothing is allocated among the holders of this clause, so that a rank means nothing", "remove it; several are asked in the order of the list")
		case h.Rank != 0 && !byRank:
			c.report(path, "the holders have ranks, but nothing is allocated by them", "add allocation: by_rank, or remove the ranks")
		case h.Rank == 0 && cl.Process.Allocation.Value == ByRank && !c.f.Broken(path):
			c.report(path, fmt.Sprintf("by_rank wants a rank of %s", h.Holder), "add rank: 1 for those that are served first")
		}
	}
}

// events checks that no event is awaited for two ends that exclude each other.
func (c *checker) events(p placed) {
	cl := p.clause
	var forfeits []TriggerID
	if cl.Forfeiture != nil {
		forfeits = cl.Forfeiture.Triggers
	}
	for _, pair := range []struct {
		key, other string
		ids, both  []TriggerID
		why, hint  string
	}{
		{"conditions", "triggers", cl.Conditions, cl.Triggers, "the clause waits for %s, which ends it: it never engages anything", "remove it from one of the two"},
		{"conditions", "forfeiture.triggers", cl.Conditions, forfeits, "the clause waits for %s, which forfeits it", "remove it from one of the two"},
		{"forfeiture.triggers", "triggers", forfeits, cl.Triggers, "%s ends the clause at once, so that there is nothing left to forfeit", "remove it from triggers, or from the forfeiture"},
		{"opens_on", "triggers", cl.Process.Opens, cl.Triggers, "%s opens the option and ends the clause at the same instant", "remove it from one of the two"},
		{"opens_on", "conditions", cl.Process.Opens, cl.Conditions, "the clause engages only needs that follow %s, and the option opens over what was awarded before it", "remove it from conditions"},
	} {
		for i, id := range pair.ids {
			if id != "" && slices.Contains(pair.both, id) {
				c.report(fmt.Sprintf("%s[%d]", p.at(pair.key), i), fmt.Sprintf(pair.why, id), pair.hint)
			}
		}
	}
}
