package agreement_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
)

// The universe of these tests: every value that the scopes below can tell apart, and one beyond for the open words.
var (
	someAccelerators = []capacity.Accelerator{"A100", "H100", "other"}
	someRegions      = []capacity.Region{"east", "west", "other"}
	someCustomers    = append([]capacity.Customer{""}, capacity.Customers...)
)

const (
	mostQuantity = 5
	mostDays     = 4
	firstStart   = calendar.Instant(1767225600000000) // 2026-01-01
	mostStarts   = 4
)

func startDay(n int) calendar.Instant {
	return firstStart + calendar.Instant(int64(n)*24*calendar.Hour)
}

// scopes draws scopes that state some of the attributes named by a mask; a universe then needs to vary only those.
func scopes(attributes int) *rapid.Generator[agreement.Scope] {
	return rapid.Custom(func(t *rapid.T) agreement.Scope {
		var s agreement.Scope
		if attributes&1 > 0 {
			s.Classes = words(t, capacity.Classes)
		}
		if attributes&2 > 0 {
			s.Purposes = words(t, capacity.Purposes)
		}
		if attributes&4 > 0 {
			s.Sourcings, s.Tenures = words(t, capacity.Sourcings), words(t, capacity.Tenures)
		}
		if attributes&8 > 0 {
			s.Customers = words(t, capacity.Customers)
		}
		if attributes&16 > 0 {
			s.Accelerators = words(t, someAccelerators[:2])
		}
		if attributes&32 > 0 {
			s.Regions = words(t, someRegions[:2])
		}
		if attributes&64 > 0 {
			s.Quantity = ranges(t, mostQuantity-1)
		}
		if attributes&128 > 0 {
			s.TermDays = ranges(t, mostDays-1)
		}
		if attributes&256 > 0 {
			if n := rapid.IntRange(-1, mostStarts-1).Draw(t, "from"); n >= 0 {
				s.Start.From = startDay(n)
			}
			if n := rapid.IntRange(-1, mostStarts).Draw(t, "until"); n >= 0 && startDay(n) > s.Start.From {
				s.Start.Until = startDay(n)
			}
		}
		return s
	})
}

func words[T any](t *rapid.T, all []T) []T {
	return rapid.SliceOfN(rapid.SampledFrom(all), 0, len(all)).Draw(t, "words")
}

func ranges(t *rapid.T, most int64) agreement.Range {
	r := agreement.Range{Min: rapid.Int64Range(0, most).Draw(t, "min")}
	if high := rapid.Int64Range(0, most).Draw(t, "max"); high >= r.Min {
		r.Max = high
	}
	return r
}

func upTo(stated int, attributes, bit int) int {
	if attributes&bit > 0 {
		return stated
	}
	return 1
}

// everyNeed calls f with each need of the universe that the attributes span.
func everyNeed(attributes int, f func(*capacity.Need)) {
	n := capacity.Need{Lines: []capacity.Line{{Accelerators: []capacity.Accelerator{""}, Regions: []capacity.Region{""}}}}
	l := &n.Lines[0]
	for c := range upTo(len(capacity.Classes), attributes, 1) {
		for p := range upTo(len(capacity.Purposes), attributes, 2) {
			for st := range upTo(4, attributes, 4) {
				for cu := range upTo(len(someCustomers), attributes, 8) {
					for a := range upTo(len(someAccelerators), attributes, 16) {
						for r := range upTo(len(someRegions), attributes, 32) {
							for q := range upTo(mostQuantity, attributes, 64) {
								for d := range upTo(mostDays+1, attributes, 128) {
									for s := range upTo(mostStarts+2, attributes, 256) {
										n.Class, n.Purpose, n.Customer = capacity.Classes[c], capacity.Purposes[p], someCustomers[cu]
										n.Sourcing, n.Tenure = capacity.Sourcings[st/2], capacity.Tenures[st%2]
										l.Accelerators[0], l.Regions[0], l.Quantity = someAccelerators[a], someRegions[r], int64(q+1)
										from := startDay(s) - 1 // the instant before a day tells a half-open end from a closed one
										if s > mostStarts {
											from = startDay(mostStarts)
										}
										l.Period = calendar.Span{From: from, Until: from + calendar.Instant(int64(d)*24*calendar.Hour) + 1}
										f(&n)
									}
								}
							}
						}
					}
				}
			}
		}
	}
}

// drawAttributes picks up to four attributes, so that the whole universe of each can be gone through.
func drawAttributes(t *rapid.T) int {
	attributes := 0
	for range 4 {
		attributes |= 1 << rapid.IntRange(0, 8).Draw(t, "attribute")
	}
	return attributes
}

// Intersect, Empty and Contains say what going through every need says.
func TestScopesAgainstEveryNeed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		attributes := drawAttributes(t)
		a, b := scopes(attributes).Draw(t, "a"), scopes(attributes).Draw(t, "b")
		both, some := a.Intersect(&b)
		anyA, anyBoth, within := false, false, true
		everyNeed(attributes, func(n *capacity.Need) {
			_, inA := a.Admits(n, 0)
			_, inB := b.Admits(n, 0)
			anyA, anyBoth, within = anyA || inA, anyBoth || inA && inB, within && (inA || !inB)
			if _, inBoth := both.Admits(n, 0); some && inBoth != (inA && inB) {
				t.Fatalf("%s: in a %v, in b %v, in their intersection %v", needWords(n), inA, inB, inBoth)
			}
		})
		if some != anyBoth {
			t.Fatalf("the intersection has needs: %v; going through all: %v", some, anyBoth)
		}
		if a.Empty() == anyA {
			t.Fatalf("a is empty: %v; going through all found some: %v", a.Empty(), anyA)
		}
		if a.Contains(&b) != within {
			t.Fatalf("a contains b: %v; going through all: %v", a.Contains(&b), within)
		}
		if some && (!a.Contains(&both) || !b.Contains(&both)) {
			t.Fatal("an intersection lies in both")
		}
	})
}

// The same for scopes that state when the period ends, which hangs on its start and its length: every start and length that
// tells them apart is gone through.
func TestScopesByTheirEnd(t *testing.T) {
	day := func(t *rapid.T, what string, low int) calendar.Instant {
		if n := rapid.IntRange(low, 6).Draw(t, what); n >= 1 {
			return startDay(n)
		}
		return 0
	}
	span := func(t *rapid.T) calendar.Span {
		s := calendar.Span{From: day(t, "from", -3)}
		if until := day(t, "until", -3); until > s.From {
			s.Until = until
		}
		return s
	}
	draw := rapid.Custom(func(t *rapid.T) agreement.Scope {
		return agreement.Scope{Start: span(t), End: span(t), TermDays: ranges(t, 3)}
	})
	const oneDay = calendar.Instant(24 * calendar.Hour)
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw.Draw(t, "a"), draw.Draw(t, "b")
		both, some := a.Intersect(&b)
		anyA, anyBoth, within := false, false, true
		for s := -6; s <= 16; s++ {
			for d := range 24 {
				for _, rest := range []calendar.Instant{0, oneDay - 1} {
					for _, from := range []calendar.Instant{startDay(s) - 1, startDay(s)} {
						n := capacity.Need{Lines: []capacity.Line{{Quantity: 1, Period: calendar.Span{From: from, Until: from + calendar.Instant(d)*oneDay + rest}}}}
						_, inA := a.Admits(&n, 0)
						_, inB := b.Admits(&n, 0)
						anyA, anyBoth, within = anyA || inA, anyBoth || inA && inB, within && (inA || !inB)
						if _, inBoth := both.Admits(&n, 0); some && inBoth != (inA && inB) {
							t.Fatalf("%s: in a %v, in b %v, in their intersection %v", n.Lines[0].Period, inA, inB, inBoth)
						}
					}
				}
			}
		}
		if some != anyBoth || a.Empty() == anyA || a.Contains(&b) != within {
			t.Fatalf("a %+v\nb %+v\nboth %v (going through all: %v), a empty %v (any %v), a contains b %v (%v)", a, b, some, anyBoth, a.Empty(), anyA, a.Contains(&b), within)
		}
	})
}

// Contains holds for lines that leave the choice open as well.
func TestContainsWithAlternatives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		attributes := 16 | 32
		a, b := scopes(attributes).Draw(t, "a"), scopes(attributes).Draw(t, "b")
		if !a.Contains(&b) {
			return
		}
		n := capacity.Need{Lines: []capacity.Line{{Accelerators: rapid.SliceOfN(rapid.SampledFrom(someAccelerators), 1, 3).Draw(t, "accelerators"),
			Regions: rapid.SliceOfN(rapid.SampledFrom(someRegions), 0, 3).Draw(t, "regions"), Quantity: 1}}}
		_, inA := a.Admits(&n, 0)
		if _, inB := b.Admits(&n, 0); inB && !inA {
			t.Fatalf("%s lies in b and not in a, which contains it", needWords(&n))
		}
	})
}

func needWords(n *capacity.Need) string {
	l := &n.Lines[0]
	return fmt.Sprintf("%s %s %q %s %s %v %v x%d %s", n.Class, n.Purpose, n.Customer, n.Sourcing, n.Tenure, l.Accelerators, l.Regions, l.Quantity, l.Period)
}

// What the analysis says of a clause with carve-outs and approvals is what going through every need says: that nothing
// engages it, and that two exclusivities share a need.
func TestAnalyseAgainstEveryNeed(t *testing.T) {
	counts := map[agreement.Code]int{}
	rapid.Check(t, func(t *rapid.T) {
		attributes := max(1, drawAttributes(t)&^256) // with starts, the time of submission would have to be gone through as well
		draw := func(what string) agreement.Scope { return scopes(attributes).Draw(t, what) }
		a := &agreement.Agreement{ID: "a", Grantor: "g"}
		clause := func(id agreement.ClauseID, kind agreement.Kind, scope agreement.Scope) *agreement.Clause {
			a.Clauses = append(a.Clauses, agreement.Clause{Ref: agreement.Ref{Agreement: "a", Clause: id, Version: 1}, Kind: kind, Scope: scope})
			return &a.Clauses[len(a.Clauses)-1]
		}
		x := clause("x", agreement.Exclusive, draw("x"))
		x.Holder = "h"
		for range rapid.IntRange(0, 3).Draw(t, "cuts") {
			x.CarveOuts = append(x.CarveOuts, agreement.CarveOut{Scope: draw("cut")})
		}
		clause("y", agreement.Exclusive, draw("y")).Holder = "i"
		clause("approval", agreement.Approval, draw("approved")).Disapplies = []agreement.ClauseID{"x"}
		inX, inBoth := false, false
		everyNeed(attributes, func(n *capacity.Need) {
			engaged := engages(a, 0, n)
			inX, inBoth = inX || engaged, inBoth || engaged && engages(a, 1, n)
		})
		said := map[agreement.Code]bool{}
		for _, f := range agreement.Analyse(a) {
			if f.Clauses[0].Clause == "x" {
				said[f.Code] = true
				counts[f.Code]++
			}
		}
		if never := said[agreement.CarvedOut] || said[agreement.SetAside]; never == inX {
			t.Fatalf("nothing engages x: %v; going through all found some: %v", never, inX)
		}
		if said[agreement.ExclusiveConflict] != inBoth {
			t.Fatalf("x and y conflict: %v; going through all: %v", said[agreement.ExclusiveConflict], inBoth)
		}
	})
	for _, code := range []agreement.Code{agreement.CarvedOut, agreement.SetAside, agreement.ExclusiveConflict} {
		if counts[code] == 0 {
			t.Errorf("no draw led to %s", code)
		}
	}
}

// engages is the law, written once more: in scope, not carved out, not set aside.
func engages(a *agreement.Agreement, i int, n *capacity.Need) bool {
	c := &a.Clauses[i]
	_, in := c.Scope.Admits(n, 0)
	cut := slices.ContainsFunc(c.CarveOuts, func(c agreement.CarveOut) bool { return c.Scope.Covers(n, 0) })
	aside := slices.ContainsFunc(a.Clauses, func(o agreement.Clause) bool {
		return o.Scope.Covers(n, 0) && slices.Contains(o.Disapplies, c.Ref.Clause)
	})
	return in && !cut && !aside
}
