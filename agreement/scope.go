package agreement

import (
	"fmt"
	"slices"
	"strings"

	"firstlook/calendar"
	"firstlook/capacity"
)

// Scope is a predicate over the closed attributes of a need's line. An empty list or an open bound admits everything;
// all stated attributes must hold. Being a product of sets and ranges, two scopes can be intersected.
type Scope struct {
	Classes      []capacity.Class
	Purposes     []capacity.Purpose
	Sourcings    []capacity.Sourcing
	Tenures      []capacity.Tenure
	Customers    []capacity.Customer
	Accelerators []capacity.Accelerator
	Regions      []capacity.Region
	Quantity     Range         // of the line, in its reference accelerator
	TermDays     Range         // length of the line's period in whole days
	Start        calendar.Span // of the line's period
	End          calendar.Span // of the line's period: when it ends
}

// Range is a closed range of whole numbers; a zero bound is open.
type Range struct{ Min, Max int64 }

// Contains reports whether n lies in the range.
func (r Range) Contains(n int64) bool {
	return (r.Min == 0 || n >= r.Min) && (r.Max == 0 || n <= r.Max)
}

// Admits reports whether a line of a need lies in the scope; if not, which attribute keeps it out.
//
// Lists that the need itself leaves open (regions, accelerators) are in scope when any of them could be: a right is
// not evaded by asking for "anywhere".
func (s *Scope) Admits(n *capacity.Need, line int) (outside string, ok bool) {
	l := &n.Lines[line]
	switch {
	case !admits(s.Classes, n.Class):
		return "class " + string(n.Class) + notIn(s.Classes), false
	case !admits(s.Purposes, n.Purpose):
		return "purpose " + string(n.Purpose) + notIn(s.Purposes), false
	case !admits(s.Sourcings, n.Sourcing):
		return "sourcing " + string(n.Sourcing) + notIn(s.Sourcings), false
	case !admits(s.Tenures, n.Tenure):
		return string(n.Tenure) + " capacity" + notIn(s.Tenures), false
	case !admits(s.Customers, n.Customer):
		return fmt.Sprintf("customer %q is not in scope (%s)", n.Customer, list(s.Customers)), false
	case !meets(s.Accelerators, l.Accelerators):
		return "no accelerator of the line is in scope (" + list(s.Accelerators) + ")", false
	case !meets(s.Regions, l.Regions):
		return fmt.Sprintf("no region of the line is in scope (%s)", list(s.Regions)), false
	case !s.Quantity.Contains(l.Quantity):
		return fmt.Sprintf("quantity %d is outside %s", l.Quantity, s.Quantity), false
	case !s.TermDays.Contains(l.Period.Seconds() / 86400):
		return fmt.Sprintf("term of %d days is outside %s", l.Period.Seconds()/86400, s.TermDays), false
	case !s.Start.Contains(l.Period.From):
		return fmt.Sprintf("start %s is outside %s", l.Period.From, s.Start), false
	case !s.End.Contains(l.Period.Until):
		return fmt.Sprintf("end %s is outside %s", l.Period.Until, s.End), false
	}
	return "", true
}

// Covers reports whether a line of a need lies in the scope whatever is chosen of what it leaves open: it is admitted, and
// so is every accelerator and region that it lists. It is what takes a need out of a clause (a carve-out, an approval): a
// right is not evaded by listing one choice that is carved out beside others.
func (s *Scope) Covers(n *capacity.Need, line int) bool {
	if _, ok := s.Admits(n, line); !ok {
		return false
	}
	l := &n.Lines[line]
	return within(s.Accelerators, l.Accelerators) && within(s.Regions, l.Regions)
}

// String writes 100..200, with open bounds empty.
func (r Range) String() string {
	bound := func(n int64) string {
		if n == 0 {
			return ""
		}
		return fmt.Sprint(n)
	}
	return bound(r.Min) + ".." + bound(r.Max)
}

func admits[T comparable](set []T, v T) bool { return len(set) == 0 || slices.Contains(set, v) }

// within reports whether all of vs are in the set; a list that is left open is within the open set alone.
func within[T comparable](set, vs []T) bool {
	return len(set) == 0 || len(vs) > 0 && !slices.ContainsFunc(vs, func(v T) bool { return !slices.Contains(set, v) })
}

func meets[T comparable](set, vs []T) bool {
	return len(set) == 0 || len(vs) == 0 || slices.ContainsFunc(vs, func(v T) bool { return slices.Contains(set, v) })
}

func notIn[T ~string](set []T) string { return " is not in scope (" + list(set) + ")" }

func list[T ~string](vs []T) string {
	if len(vs) == 1 {
		return string(vs[0])
	}
	words := make([]string, len(vs))
	for i, v := range vs {
		words[i] = string(v)
	}
	return strings.Join(words, ", ")
}
