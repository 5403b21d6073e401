package agreement

import (
	"math"
	"slices"
	"strings"

	"firstlook/calendar"
	"firstlook/capacity"
)

// Empty reports whether no need can lie in the scope.
func (s *Scope) Empty() bool {
	b := boxOf(s)
	return b.empty()
}

// Contains reports whether every line that o admits is admitted by s. It is exact, also for lines that list several
// accelerators or regions: one of them lies in o, and so in s.
func (s *Scope) Contains(o *Scope) bool {
	outer, inner := boxOf(s), boxOf(o)
	return inner.empty() || inner.within(&outer)
}

// Intersect returns the scope of what lies in both scopes, and false where nothing does.
//
// It is exact for lines with one accelerator in one region. A line that leaves the choice open (H100 or A100, any
// region) can be admitted by two scopes that have nothing in common, since [Scope.Admits] asks only that one of its
// alternatives fits.
func (s *Scope) Intersect(o *Scope) (Scope, bool) {
	a, b := boxOf(s), boxOf(o)
	both := a.and(&b)
	if both.empty() {
		return Scope{}, false
	}
	return both.scope(), true
}

// box is a scope with its universe spelt out and one more attribute, the instant of submission: a product of sets, none
// of them open. Its points are needs of one line with one accelerator in one region.
type box struct {
	words [closed]uint32 // bit i of a set stands for the i-th word of the attribute
	names [2]names       // accelerators and regions
	spans [5]interval    // quantity, term in days, start, submission, end; the start is not before the submission, and the term leads to the end
}

// Attributes with closed sets of words, in the order of [Scope].
const (
	atClasses = iota
	atPurposes
	atSourcings
	atTenures
	atCustomers
	closed // how many there are
)

// Places of the other attributes.
const (
	atAccelerators = iota
	atRegions
)

const (
	atQuantity = iota
	atTerm
	atStart
	atSubmitted
	atEnd
)

// longest is a term that leads from any start beyond any end that a scope states; terms are counted no further where they meet.
const longest = 10_000_000

// served are the customers of a need: a need may serve none in particular, which no scope lists.
var served = append([]capacity.Customer{""}, capacity.Customers...)

// universe holds every need that can be written down.
var universe = box{
	words: [closed]uint32{all(capacity.Classes), all(capacity.Purposes), all(capacity.Sourcings), all(capacity.Tenures), all(served)},
	names: [2]names{{except: true}, {except: true}},
	spans: [5]interval{{1, capacity.MaxQuantity}, {0, capacity.MaxQuantity}, {int64(calendar.Earliest), int64(calendar.Latest)}, {int64(calendar.Earliest), int64(calendar.Latest)},
		{int64(calendar.Earliest), int64(calendar.Latest) + 2*longest*oneDay}},
}

func all[T any](words []T) uint32 { return 1<<len(words) - 1 }

func boxOf(s *Scope) box {
	b := universe
	b.words[atClasses] = mask(s.Classes, capacity.Classes)
	b.words[atPurposes] = mask(s.Purposes, capacity.Purposes)
	b.words[atSourcings] = mask(s.Sourcings, capacity.Sourcings)
	b.words[atTenures] = mask(s.Tenures, capacity.Tenures)
	b.words[atCustomers] = mask(s.Customers, served)
	b.names[atAccelerators] = namesOf(s.Accelerators)
	b.names[atRegions] = namesOf(s.Regions)
	b.spans[atQuantity] = b.spans[atQuantity].and(s.Quantity.interval())
	b.spans[atTerm] = b.spans[atTerm].and(s.TermDays.interval())
	b.spans[atStart] = b.spans[atStart].and(instants(s.Start))
	b.spans[atEnd] = b.spans[atEnd].and(instants(s.End))
	return b
}

func mask[T comparable](stated, words []T) uint32 {
	if len(stated) == 0 {
		return all(words)
	}
	var m uint32
	for i, w := range words {
		if slices.Contains(stated, w) {
			m |= 1 << i
		}
	}
	return m
}

func stated[T any](m uint32, words []T) []T {
	if m == all(words) {
		return nil
	}
	var out []T
	for i, w := range words {
		if m&(1<<i) != 0 {
			out = append(out, w)
		}
	}
	return out
}

// scope writes a box that came out of scopes as one; the instant of submission is left out. Sets of names that no list
// can state, and the customer who is nobody, stand open.
func (b *box) scope() Scope {
	s := Scope{Classes: stated(b.words[atClasses], capacity.Classes), Purposes: stated(b.words[atPurposes], capacity.Purposes),
		Sourcings: stated(b.words[atSourcings], capacity.Sourcings), Tenures: stated(b.words[atTenures], capacity.Tenures),
		Accelerators: listed[capacity.Accelerator](b.names[atAccelerators]), Regions: listed[capacity.Region](b.names[atRegions])}
	if b.words[atCustomers]&1 == 0 {
		s.Customers = slices.DeleteFunc(stated(b.words[atCustomers], served), func(c capacity.Customer) bool { return c == "" })
	}
	s.Quantity = rangeOf(b.spans[atQuantity], universe.spans[atQuantity])
	s.TermDays = rangeOf(b.spans[atTerm], universe.spans[atTerm])
	s.Start = spanOf(b.spans[atStart], universe.spans[atStart])
	s.End = spanOf(b.spans[atEnd], universe.spans[atEnd])
	return s
}

// spanOf writes an interval of instants as a span; a side that is as wide as all stands open.
func spanOf(i, all interval) calendar.Span {
	var s calendar.Span
	if i.low > all.low {
		s.From = calendar.Instant(i.low)
	}
	if i.high < all.high {
		s.Until = calendar.Instant(i.high + 1)
	}
	return s
}

// length is how long a period of the box's terms may be: the shortest and the longest, in microseconds.
func (b *box) length() interval {
	term := b.spans[atTerm]
	return interval{min(term.low, longest) * oneDay, min(term.high, longest)*oneDay + oneDay - 1}
}

// tight is the box without the values of submission, start, term and end that occur in none of its points. What is left of each
// occurs, so that a tight box lies in another where each of its attributes does.
func (b box) tight() box {
	starts, ends, length := b.spans[atStart], b.spans[atEnd], b.length()
	starts.low = max(starts.low, b.spans[atSubmitted].low)
	b.spans[atStart] = starts.and(interval{ends.low - length.high, ends.high - length.low})
	b.spans[atEnd] = ends.and(interval{starts.low + length.low, starts.high + length.high})
	b.spans[atSubmitted].high = min(b.spans[atSubmitted].high, b.spans[atStart].high)
	if most := ends.high - starts.low; most < length.high {
		b.spans[atTerm].high = most / oneDay
	}
	if least := ends.low - starts.high; least > length.low {
		b.spans[atTerm].low = least / oneDay
	}
	return b
}

// empty reports whether the box has no point: an attribute has no value left, every start lies before every submission, or no
// term leads from a start to an end.
func (b *box) empty() bool {
	for _, m := range b.words {
		if m == 0 {
			return true
		}
	}
	for _, n := range b.names {
		if !n.except && len(n.list) == 0 {
			return true
		}
	}
	for _, s := range b.spans {
		if s.low > s.high {
			return true
		}
	}
	first, length := max(b.spans[atStart].low, b.spans[atSubmitted].low), b.length()
	return first > b.spans[atStart].high || b.spans[atEnd].high-first < length.low || b.spans[atEnd].low-b.spans[atStart].high > length.high
}

func (b *box) and(o *box) box {
	var out box
	for i := range b.words {
		out.words[i] = b.words[i] & o.words[i]
	}
	for i := range b.names {
		out.names[i] = b.names[i].and(o.names[i])
	}
	for i := range b.spans {
		out.spans[i] = b.spans[i].and(o.spans[i])
	}
	return out
}

// within reports whether a box that is not empty lies in another, attribute by attribute.
func (b *box) within(o *box) bool {
	tight := b.tight()
	b = &tight
	for i := range b.words {
		if b.words[i]&^o.words[i] != 0 {
			return false
		}
	}
	for i := range b.names {
		if rest := b.names[i].without(o.names[i]); rest.except || len(rest.list) > 0 {
			return false
		}
	}
	for i := range b.spans {
		if b.spans[i].low < o.spans[i].low || b.spans[i].high > o.spans[i].high {
			return false
		}
	}
	return true
}

// without returns what is in b and not in o, as boxes that share no point: each lies in o by the attributes before one,
// and outside o by that one.
func (b box) without(o *box) []box {
	if both := b.and(o); both.empty() {
		return []box{b}
	}
	var out []box
	keep := func(piece box) {
		if !piece.empty() {
			out = append(out, piece)
		}
	}
	for i := range b.words {
		piece := b
		piece.words[i] &^= o.words[i]
		keep(piece)
		b.words[i] &= o.words[i]
	}
	for i := range b.names {
		piece := b
		piece.names[i] = b.names[i].without(o.names[i])
		keep(piece)
		b.names[i] = b.names[i].and(o.names[i])
	}
	for i := range b.spans {
		before, after := b, b
		before.spans[i].high = min(b.spans[i].high, o.spans[i].low-1)
		after.spans[i].low = max(b.spans[i].low, o.spans[i].high+1)
		keep(before)
		keep(after)
		b.spans[i] = b.spans[i].and(o.spans[i])
	}
	return out
}

// area is a union of boxes.
type area []box

// maxPieces bounds how many boxes an area is cut into. Covering by boxes can be made as hard as one likes; an area
// that is cut no further is larger than it should be, so that nothing is said to be covered that is not.
const maxPieces = 2048

func (r area) without(o area) area {
	for i := range o {
		if len(r) > maxPieces {
			return r
		}
		var next area
		for _, b := range r {
			next = append(next, b.without(&o[i])...)
		}
		r = next
	}
	return r
}

func (r area) and(o area) area {
	var out area
	for i := range r {
		for j := range o {
			if both := r[i].and(&o[j]); !both.empty() && len(out) <= maxPieces {
				out = append(out, both)
			}
		}
	}
	return out
}

// names is a set of open words: those listed, or all but those.
type names struct {
	except bool
	list   []string // sorted, each once
}

func namesOf[T ~string](words []T) names {
	if len(words) == 0 {
		return names{except: true}
	}
	list := texts(words)
	slices.Sort(list)
	return names{list: slices.Compact(list)}
}

func listed[T ~string](n names) []T {
	if n.except {
		return nil
	}
	out := make([]T, len(n.list))
	for i, w := range n.list {
		out[i] = T(w)
	}
	return out
}

func (n names) has(word string) bool {
	_, found := slices.BinarySearchFunc(n.list, word, strings.Compare)
	return found != n.except
}

func (n names) and(o names) names {
	switch {
	case n.except && o.except:
		list := slices.Concat(n.list, o.list)
		slices.Sort(list)
		return names{true, slices.Compact(list)}
	case n.except:
		n, o = o, n
	}
	return names{list: slices.DeleteFunc(slices.Clone(n.list), func(w string) bool { return !o.has(w) })}
}

func (n names) without(o names) names {
	o.except = !o.except
	return n.and(o)
}

// interval is a closed range of whole numbers; instants are counted in microseconds.
type interval struct{ low, high int64 }

func (i interval) and(o interval) interval { return interval{max(i.low, o.low), min(i.high, o.high)} }

func (i interval) near(want int64) int64 { return min(max(want, i.low), i.high) }

func (r Range) interval() interval {
	i := interval{r.Min, r.Max}
	if r.Max == 0 {
		i.high = math.MaxInt64
	}
	return i
}

func rangeOf(i, all interval) Range {
	var r Range
	if i.low > all.low {
		r.Min = i.low
	}
	if i.high < all.high {
		r.Max = i.high
	}
	return r
}

func instants(s calendar.Span) interval {
	i := interval{math.MinInt64, math.MaxInt64}
	if s.From.IsSet() {
		i.low = int64(s.From)
	}
	if s.Until.IsSet() {
		i.high = int64(s.Until) - 1
	}
	return i
}
