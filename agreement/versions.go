package agreement

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"firstlook/calendar"
	"firstlook/internal/strict"
)

// placed is a clause with the path at which the file states it.
type placed struct {
	clause    *Clause
	path      string
	amendment int // index, or -1 for the original text
}

// stated returns every clause that the file states, original text first, amendments in the order in which they take
// effect. Pointers are into the agreement as read.
func (c *checker) stated() []placed {
	var out []placed
	for i := range c.a.Clauses {
		out = append(out, placed{&c.a.Clauses[i], fmt.Sprintf("clauses[%d]", i), -1})
	}
	for _, i := range c.order() {
		for j := range c.a.Amendments[i].Clauses {
			out = append(out, placed{&c.a.Amendments[i].Clauses[j], fmt.Sprintf("amendments[%d].clauses[%d]", i, j), i})
		}
	}
	return out
}

// order returns the indices of the amendments by the time at which they take effect.
func (c *checker) order() []int {
	out := make([]int, len(c.a.Amendments))
	for i := range out {
		out[i] = i
	}
	slices.SortStableFunc(out, func(x, y int) int {
		return cmp.Compare(c.a.Amendments[x].Effective, c.a.Amendments[y].Effective)
	})
	return out
}

// versions numbers the versions of each clause and closes the span of one where the next begins or an amendment ends
// it. What results is the list of all versions, disjoint per id.
func (c *checker) versions(stated []placed) []placed {
	latest := map[ClauseID]*placed{}
	for i := range stated {
		p := &stated[i]
		p.clause.Ref.Agreement, p.clause.Ref.Version = c.a.ID, 1
		if p.amendment < 0 && latest[p.clause.Ref.Clause] == nil {
			latest[p.clause.Ref.Clause] = p
		}
	}
	for _, i := range c.order() {
		for j := range stated {
			if p := &stated[j]; p.amendment == i && p.clause.Ref.Clause != "" {
				c.succeed(p, latest)
			}
		}
		c.end(i, latest)
	}
	return stated
}

// succeed makes p the next version of its clause, or the first of a new one.
func (c *checker) succeed(p *placed, latest map[ClauseID]*placed) {
	am, cl := &c.a.Amendments[p.amendment], p.clause
	before := latest[cl.Ref.Clause]
	if before == nil {
		c.added(p, latest)
	}
	latest[cl.Ref.Clause] = p
	if before != nil {
		cl.Ref.Version = before.clause.Ref.Version + 1
	}
	if !c.timed(p.amendment) || before != nil && before.amendment == p.amendment {
		return // when it begins is not known, or the clause stands twice, which is reported
	}
	if !cl.Effective.From.IsSet() {
		cl.Effective.From = am.Effective
	}
	switch from := cl.Effective.From; {
	case from < am.Effective:
		c.f.Report(p.path+".effective", fmt.Sprintf("the clause begins on %s, before its amendment takes effect on %s", day(from), day(am.Effective)),
			"leave the side before .. empty, or name a later date")
	case cl.Effective.Until.IsSet() && cl.Effective.Until <= from:
		c.f.Report(p.path+".effective", fmt.Sprintf("the clause ends on %s, before it begins on %s", day(cl.Effective.Until), day(from)),
			"name a later end, or put the clause under ends")
	case before != nil && before.clause.Effective.From.IsSet() && from <= before.clause.Effective.From:
		c.f.Report(p.path+".effective", fmt.Sprintf("version %d begins on %s, but version %d begins on %s", cl.Ref.Version, day(from), before.clause.Ref.Version, day(before.clause.Effective.From)),
			"versions of a clause follow each other; name a later date")
	case before != nil:
		before.clause.Effective.Until = before.clause.Effective.Until.Earlier(from)
	}
}

// added checks a clause that an amendment adds: it is meant to be new.
func (c *checker) added(p *placed, latest map[ClauseID]*placed) {
	id := p.clause.Ref.Clause
	var known, alike []string
	for _, other := range ids(latest) {
		known = append(known, string(other))
		if latest[other].clause.Kind == p.clause.Kind {
			alike = append(alike, string(other))
		}
	}
	if !c.f.Has(p.path + ".kind") {
		c.f.Report(p.path+".id", fmt.Sprintf("amends clause %s, which is not known", id), unknown(string(id), known, "a new clause states its kind"))
		return
	}
	if near := strict.Suggest(string(id), alike); near != "" {
		c.findings = append(c.findings, c.f.Finding(p.path+".id", fmt.Sprintf("adds the new clause %s beside %s of the same kind", id, near),
			fmt.Sprintf("if the next version of %s is meant, use its id", near)))
	}
}

// end closes the clauses that an amendment ends.
func (c *checker) end(amendment int, latest map[ClauseID]*placed) {
	am := &c.a.Amendments[amendment]
	for j, id := range am.Ends {
		path := fmt.Sprintf("amendments[%d].ends[%d]", amendment, j)
		p := latest[id]
		switch {
		case id == "":
		case p == nil:
			c.f.Report(path, fmt.Sprintf("ends clause %s, which is not known", id), unknown(string(id), texts(ids(latest)), ""))
		case p.amendment == amendment:
			c.f.Report(path, fmt.Sprintf("clause %s is both changed and ended by this amendment", id), "keep one of the two")
		case !c.timed(amendment):
		case p.clause.Effective.Until.IsSet() && p.clause.Effective.Until <= am.Effective:
			c.f.Report(path, fmt.Sprintf("clause %s has ended already, on %s", id, day(p.clause.Effective.Until)), "remove it from the list")
		case p.clause.Effective.From.IsSet() && p.clause.Effective.From >= am.Effective:
			c.f.Report(path, fmt.Sprintf("clause %s begins only on %s", id, day(p.clause.Effective.From)), "name a later amendment")
		default:
			p.clause.Effective.Until = am.Effective
		}
	}
}

// timed reports whether it is known when an amendment takes effect.
func (c *checker) timed(amendment int) bool {
	return c.a.Amendments[amendment].Effective.IsSet() && !c.f.Broken(fmt.Sprintf("amendments[%d].effective", amendment))
}

// day writes an instant as a date where it is the beginning of one.
func day(i calendar.Instant) string { return strings.TrimSuffix(i.String(), "T00:00Z") }

func ids(latest map[ClauseID]*placed) []ClauseID {
	out := make([]ClauseID, 0, len(latest))
	for id := range latest {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}
