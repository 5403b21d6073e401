package agreement

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"firstlook/calendar"
	"firstlook/party"
)

// Code names a kind of finding; the list is closed and its words are stable.
type Code string

// Codes of findings, in the order in which they are printed; docs/spec/analysis.md says when each is made.
const (
	ExclusiveConflict     Code = "exclusive-conflict"
	RightUnderExclusivity Code = "right-under-exclusivity"
	CommitmentBlocked     Code = "commitment-blocked"
	NeverInScope          Code = "never-in-scope"
	CarvedOut             Code = "carved-out"
	SetAside              Code = "set-aside"
	BlocksLater           Code = "blocks-later"
	WindowTooLate         Code = "window-too-late"
	ReofferCircle         Code = "reoffer-circle"
	ExclusiveAlternatives Code = "exclusive-alternatives"
	MatchIdle             Code = "match-idle"
	ThresholdAboveScope   Code = "threshold-above-scope"
	NeverReleased         Code = "never-released"
	TakeoverIdle          Code = "takeover-idle"
	PackageConflict       Code = "package-conflict"
	OneSidedEvent         Code = "one-sided-event"
	CalendarEnds          Code = "calendar-ends"
	Duplicate             Code = "duplicate"
	LeftOpen              Code = "left-open"
	ShareGap              Code = "share-gap"
	CoverageLost          Code = "coverage-lost"
	CoverageGap           Code = "coverage-gap"
	NoTransition          Code = "no-transition"
	NeverBinds            Code = "never-binds"
)

// Codes lists every code in the order in which findings are printed.
var Codes = []Code{ExclusiveConflict, RightUnderExclusivity, CommitmentBlocked, NeverInScope, CarvedOut, SetAside, BlocksLater, WindowTooLate,
	ReofferCircle, ExclusiveAlternatives, MatchIdle, ThresholdAboveScope, NeverReleased, TakeoverIdle, PackageConflict, OneSidedEvent, CalendarEnds, Duplicate, LeftOpen,
	ShareGap, CoverageLost, CoverageGap, NoTransition, NeverBinds}

// Severity says how much a finding weighs.
type Severity string

const (
	Error   Severity = "error"   // the text contradicts itself, or a clause can never do what it says
	Warning Severity = "warning" // the text can be followed, but somebody will be surprised
	Note    Severity = "note"    // true and worth knowing; it may well be meant
)

// Severities lists them, the gravest first.
var Severities = []Severity{Error, Warning, Note}

// Finding is something that is wrong, or deserves a look, in terms that read well one by one.
type Finding struct {
	Code     Code     `json:"code"`
	Severity Severity `json:"severity"`
	Clauses  []Ref    `json:"clauses"` // that bring it about; the first is the one to look at
	Message  string   `json:"message"`
	Example  *Example `json:"example,omitempty"` // nil where no need can show it, such as for a clause that nothing engages
	Remedy   string   `json:"remedy"`
}

// String writes the finding as text for a terminal: 100 columns.
func (f *Finding) String() string {
	var b strings.Builder
	refs := make([]string, len(f.Clauses))
	for i, r := range f.Clauses {
		refs[i] = r.String()
	}
	fmt.Fprintf(&b, "%s %s: %s\n", f.Severity, f.Code, strings.Join(refs, ", "))
	b.WriteString(wrap(f.Message, 2, 2))
	if f.Example != nil {
		fmt.Fprintf(&b, "  example, submitted on %s:\n    firstlook need submit %s\n", day(f.Example.At), f.Example.Flags()) // one line, to be copied
	}
	b.WriteString(wrap("remedy: "+f.Remedy, 2, 4))
	return b.String()
}

// maxFindings bounds how much is found, so that a file of thousands of clauses that all contradict each other is
// answered, too; maxCourses bounds how many needs are followed through all their rights, for the same reason.
const (
	maxFindings = 500
	maxCourses  = 5000
)

// Analyse finds what is wrong with an agreement before it is signed: by severity, then in the order of [Codes].
//
// It looks at needs of one line with one accelerator in one region, at every instant, as if the events that clauses wait for
// were certified and those that end or forfeit clauses were not.
// What it says of all such needs is exact. An agreement without findings can still be a bad one.
func Analyse(a *Agreement) []Finding { return AnalyseTogether(a) }

// AnalyseTogether finds what [Analyse] does, in each of some agreements and between them, where one grantor is bound by
// several at once.
func AnalyseTogether(as ...*Agreement) []Finding {
	n := &analysis{}
	for _, a := range as {
		for i := range a.Clauses {
			n.clauses = append(n.clauses, newTerms(a, &a.Clauses[i]))
		}
	}
	for i := range n.clauses {
		n.alone(&n.clauses[i])
	}
	n.conflicts()
	n.packages()
	n.order()
	n.circles()
	for _, a := range as {
		n.open(a)
		n.amendments(a)
		n.gaps(a)
	}
	slices.SortStableFunc(n.findings, func(x, y Finding) int {
		return cmp.Or(cmp.Compare(slices.Index(Severities, x.Severity), slices.Index(Severities, y.Severity)),
			cmp.Compare(slices.Index(Codes, x.Code), slices.Index(Codes, y.Code)))
	})
	return n.findings
}

// analysis collects the findings about some agreements.
type analysis struct {
	clauses  []terms
	findings []Finding
}

// find adds a finding. Its example is checked against the clauses first: one that does not show what it should is a bug
// of the analysis, and the finding is not made.
func (n *analysis) find(f Finding) {
	if !n.full() && (f.Example == nil || n.shows(f.Example)) {
		n.findings = append(n.findings, f)
	}
}

// full reports whether enough was found.
func (n *analysis) full() bool { return len(n.findings) >= maxFindings }

// terms is a clause with the areas of needs that it reaches.
type terms struct {
	*Clause
	of *Agreement
	// base is the scope over the time in which the clause is in force.
	base box
	// reach is what engages the clause as things stand: the scope without carve-outs and without what approvals set
	// aside, and no smaller than the threshold.
	reach area
	// most is what may ever engage the clause: needs of several lines may reach the threshold together, and an approval
	// that a trigger ends sets nothing aside any more.
	most area
}

func newTerms(a *Agreement, c *Clause) terms {
	t := terms{Clause: c, of: a, base: boxOf(&c.Scope)}
	t.base.spans[atSubmitted] = t.base.spans[atSubmitted].and(instants(c.Effective))
	t.most = area{t.base}.without(nil)
	if t.base.empty() {
		t.most = nil
	}
	for i := range c.CarveOuts {
		t.most = t.most.without(area{boxOf(&c.CarveOuts[i].Scope)})
	}
	t.reach = t.most
	for i := range a.Clauses {
		other := &a.Clauses[i]
		if !sets(other, c) {
			continue
		}
		cut := boxOf(&other.Scope)
		cut.spans[atSubmitted] = cut.spans[atSubmitted].and(instants(other.Effective))
		t.reach = t.reach.without(area{cut})
		if lasts(other, c) {
			t.most = t.most.without(area{cut})
		}
	}
	large := universe
	large.spans[atQuantity].low = max(1, c.Threshold.Quantity)
	large.spans[atTerm].low = c.Threshold.TermDays
	t.reach = t.reach.and(area{large})
	return t
}

// sets reports whether an approval sets a clause aside for what lies in its scope.
func sets(approval, c *Clause) bool {
	return approval.Kind == Approval && approval.Ref.Agreement == c.Ref.Agreement && slices.Contains(approval.Disapplies, c.Ref.Clause)
}

// lasts reports whether one clause binds whenever the other does as far as events go: each that ends it or forfeits it ends
// the other as well, and each that it waits for is one that the other waits for.
func lasts(c, as *Clause) bool {
	one := c.Ref.Agreement == as.Ref.Agreement
	ends := slices.Clone(c.Triggers)
	if c.Forfeiture != nil {
		ends = append(ends, c.Forfeiture.Triggers...)
	}
	return !slices.ContainsFunc(ends, func(t TriggerID) bool { return !one || !slices.Contains(as.Triggers, t) }) &&
		!slices.ContainsFunc(c.Conditions, func(t TriggerID) bool { return !one || !slices.Contains(as.Conditions, t) })
}

// stage says when in the way of a need a right is run; package right has the same order.
type stage uint8

const (
	beside       stage = iota // no right
	bar                       // keeps rivals out for as long as it is in force
	beforeMarket              // run before anybody else is asked
	atChoice                  // run once the buyer would accept an offer
	onLoss                    // run when an award to somebody else came to nothing, before the lot goes anywhere else
	onEvent                   // run over what is awarded to somebody else, once an event is certified
)

var stages = map[Kind]stage{Exclusive: bar, FirstCall: beforeMarket, FirstOffer: beforeMarket, FirstNegotiation: beforeMarket, ProRata: beforeMarket,
	Match: atChoice, LastLook: atChoice, NoLessFavourable: atChoice, StepIn: onLoss, CallOption: onEvent}

func (t *terms) stage() stage { return stages[t.Kind] }

// onTheWay reports whether a right is run, and must have ended, before a rival may be awarded.
func (t *terms) onTheWay() bool {
	return t.stage() == beforeMarket && t.Process.Shop != MayShop || t.stage() == atChoice
}

// who names the holders of a clause.
func (t *terms) who() string { return and(texts(holderIDs(t.Clause))) }

// outside lists the holders of a clause that another does not have among its own.
func (t *terms) outside(o *terms) []party.ID {
	return slices.DeleteFunc(holderIDs(t.Clause), func(h party.ID) bool { return holds(o.Clause, h) })
}

// bars reports whether an exclusivity keeps a party out.
func (t *terms) bars(p party.ID) bool {
	return !holds(t.Clause, p) && (len(t.Process.Against) == 0 || slices.Contains(t.Process.Against, p))
}

// barredBy lists the holders of a clause that an exclusivity keeps out.
func (t *terms) barredBy(exclusive *terms) []party.ID {
	return slices.DeleteFunc(holderIDs(t.Clause), func(h party.ID) bool { return !exclusive.bars(h) })
}

// excludeEachOther reports whether two exclusivities leave nobody who may supply: one keeps out all but its holders, and the other
// keeps those out.
func excludeEachOther(t, o *terms) bool {
	closed := func(x, y *terms) bool {
		return len(x.Process.Against) == 0 && len(x.barredBy(y)) == len(x.Holds())
	}
	return closed(t, o) || closed(o, t)
}

// coversRivals reports whether a clause is about every rival that another is about.
func (t *terms) coversRivals(o *terms) bool {
	mine, others := t.Process.Against, o.Process.Against
	return len(mine) == 0 || len(others) > 0 && !slices.ContainsFunc(others, func(p party.ID) bool { return !slices.Contains(mine, p) })
}

// meetsRivals reports whether some rival is one that both of two clauses are about.
func (t *terms) meetsRivals(o *terms) bool {
	mine, others := t.Process.Against, o.Process.Against
	return len(mine) == 0 || len(others) == 0 || slices.ContainsFunc(mine, func(p party.ID) bool { return slices.Contains(others, p) })
}

// shares reports whether two clauses have a holder in common.
func (t *terms) shares(o *terms) bool { return len(t.outside(o)) < len(t.Holds()) }

// askedTwice reports whether a holder of a clause is one of another, too. Two exclusivities say the same only where they have
// the same holders; where they share some, both together leave those alone.
func (t *terms) askedTwice(o *terms) bool {
	if t.stage() == bar {
		return len(t.outside(o)) == 0 && len(o.outside(t)) == 0
	}
	return t.shares(o)
}

// sameHolder reports whether two clauses have one holder each, the same.
func (t *terms) sameHolder(o *terms) bool {
	return len(t.Holds()) == 1 && len(o.Holds()) == 1 && t.shares(o)
}

func holderIDs(c *Clause) []party.ID {
	out := make([]party.ID, len(c.Holds()))
	for i, h := range c.Holds() {
		out[i] = h.Holder
	}
	return out
}

func holds(c *Clause, p party.ID) bool {
	_, is := c.Holding(p)
	return is
}

// runsBefore reports whether a right is run before another on the same need.
func (t *terms) runsBefore(o *terms) bool {
	return cmp.Or(cmp.Compare(t.stage(), o.stage()), cmp.Compare(t.Priority, o.Priority), cmp.Compare(slices.Index(Kinds, t.Kind), slices.Index(Kinds, o.Kind)),
		cmp.Compare(t.Ref.Agreement, o.Ref.Agreement), cmp.Compare(t.Ref.Clause, o.Ref.Clause)) < 0
}

// binds reports whether two clauses bind one grantor.
func (t *terms) binds(o *terms) bool { return t.of.Grantor == o.of.Grantor }

// at is an area of one instant of submission.
func (r area) at(i calendar.Instant) area {
	b := universe
	b.spans[atSubmitted] = interval{int64(i), int64(i)}
	return r.and(area{b})
}
