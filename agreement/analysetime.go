package agreement

import (
	"fmt"
	"slices"
	"strings"

	"firstlook/calendar"
)

// course is how a need goes when every holder answers just before its window closes, and declines: the slowest way in
// which nothing is exercised.
type course struct {
	now    calendar.Instant
	starts calendar.Instant // of the period that is asked for
	runs   []run
	tails  map[Ref]calendar.Instant // when the release of a clause ends; Latest where it does not
	counts map[Ref]int
}

// run is one matter of a course.
type run struct {
	clause         *terms
	noticed, until calendar.Instant
}

// marketRound is the shortest round of offers that there is: a need counts it in whole hours.
const marketRound = calendar.Instant(calendar.Hour)

// circling is how often a right may run on one need before its course is taken not to end. Calendars shift windows by
// days at most, so that tails which fail so often in a row fail always.
const circling = 6

// matter runs one matter of a clause and starts its tail. It fails where the text leaves open, or no calendar says, how long
// that takes.
func (c *course) matter(t *terms) error {
	p := &t.Process
	if !p.Delivery.Given || waits(t.Clause) && !p.Window.Given || named(t.Clause) && !p.Response.Given || t.Kind == FirstNegotiation && !p.Negotiation.Given {
		return errOpenWindow
	}
	cal, _ := t.of.CalendarAt(p.Calendar, c.now)
	at := c.now
	if d := p.Delivery.Value; d.Clock == OnDeemed || d.Clock == OnComplete {
		for _, deemed := range d.Deemed {
			if deemed.Channel == d.Channel {
				by, err := deemed.After.Deadline(at, cal)
				if err != nil {
					return err
				}
				at = by
			}
		}
	}
	received := at
	steps := []calendar.Rule{}
	if waits(t.Clause) {
		window := p.Window.Value
		if c.counts[t.Ref] > 0 && p.ReopenWindow.Given {
			window = p.ReopenWindow.Value
		}
		steps = append(steps, window)
	}
	if t.Kind == FirstNegotiation {
		if p.FromNotice {
			steps = steps[:0] // the window lies within the negotiation
		}
		steps = append(steps, p.Negotiation.Value)
	}
	if named(t.Clause) {
		steps = append(steps, p.Response.Value)
	}
	for _, r := range steps {
		var err error
		if at, err = c.closes(t, r, at); err != nil {
			return err
		}
	}
	c.runs = append(c.runs, run{t, c.now, at})
	c.now, c.tails[t.Ref] = at, calendar.Latest
	c.counts[t.Ref]++
	if tail := p.Tail; tail.Given && !tail.Value.Length.Length.IsZero() {
		var err error
		c.tails[t.Ref], err = tail.Value.Length.Deadline(c.tailFrom(tail.Value, received, at), cal)
		return err
	}
	return nil
}

// tailFrom returns the instant from which a tail is counted, after a matter that was noticed and ended at two others.
func (c *course) tailFrom(t Tail, noticed, ended calendar.Instant) calendar.Instant {
	switch t.From {
	case FromNotice:
		return noticed
	case FromStart:
		return c.starts
	}
	return ended // at the end of the window, which the slowest course waits for
}

// closes returns when a window of a matter that opens at an instant ends. It fails where the window would end before it opens,
// since a person must then determine it.
func (c *course) closes(t *terms, r calendar.Rule, opens calendar.Instant) (calendar.Instant, error) {
	cal, _ := t.of.CalendarAt(t.Process.Calendar, opens)
	by, err := calendar.Instant(0), error(nil)
	if r.BeforeStart {
		by, err = r.Before(c.starts, cal)
	} else {
		by, err = r.Deadline(opens, cal)
	}
	if err != nil {
		return 0, err
	}
	if slices.Contains(t.Process.Truncate, TruncateStart) {
		by = min(by, c.starts)
	}
	if slices.Contains(t.Process.Truncate, TruncateClauseEnd) && t.Effective.Until.IsSet() {
		by = min(by, t.Effective.Until)
	}
	if by <= opens {
		return 0, errOpenWindow
	}
	return by, nil
}

var errOpenWindow = fmt.Errorf("the text leaves open how long a matter takes")

// due returns the first right without a live release. One that nothing reopens is run once.
func (c *course) due(rights []*terms) *terms {
	for _, t := range rights {
		spent := c.counts[t.Ref] > 0 && t.Process.Reopen.Given && len(t.Process.Reopen.Value) == 0
		if !spent && c.now >= c.tails[t.Ref] {
			return t
		}
	}
	return nil
}

// follow runs the rights over a need until a rival may be awarded. It reports false where that never comes about: the
// rights that are then asked again and again are in counts.
func follow(rights []*terms, at, starts calendar.Instant) (*course, bool, error) {
	c := &course{now: at, starts: starts, tails: map[Ref]calendar.Instant{}, counts: map[Ref]int{}}
	var before, after []*terms
	for _, t := range rights {
		if t.stage() == atChoice {
			after = append(after, t)
		} else {
			before = append(before, t)
		}
	}
	market := false
	for {
		next := c.due(before)
		switch {
		case next != nil:
			market = false
		case !market:
			c.now, market = c.now+marketRound, true
			continue
		default:
			if next = c.due(after); next == nil {
				return c, true, nil
			}
		}
		if c.counts[next.Ref] == circling {
			return c, false, nil
		}
		if err := c.matter(next); err != nil {
			return c, false, err
		}
	}
}

// rightsOver returns the rights that an example engages, in the order in which they run, up to the last one named.
func (n *analysis) rightsOver(e *Example, last *terms) []*terms {
	var out []*terms
	for i := range n.clauses {
		t := &n.clauses[i]
		if t.onTheWay() && t.of.Grantor == e.Need.Buyer && t.engagedBy(e) && (last == nil || !last.runsBefore(t)) {
			out = append(out, t)
		}
	}
	slices.SortStableFunc(out, func(x, y *terms) int {
		switch {
		case x.runsBefore(y):
			return -1
		case y.runsBefore(x):
			return 1
		}
		return 0
	})
	return out
}

// tooLate finds a right that cannot be run before the needs in its scope start.
func (n *analysis) tooLate(t *terms) {
	begin, starts := t.Effective.From, t.Scope.Start
	if !t.onTheWay() || !begin.IsSet() || !starts.From.IsSet() && !starts.Until.IsSet() || len(t.reach) == 0 {
		return
	}
	f := Finding{Code: WindowTooLate, Severity: Error, Clauses: []Ref{t.Ref},
		Remedy: "Shorten the windows, let the clause begin earlier, or let its scope start later."}
	served := "it serves only needs that start before " + day(starts.Until)
	first := calendar.Instant(t.base.spans[atStart].high)
	if !starts.Until.IsSet() || n.inTime(t, first) {
		if !starts.From.IsSet() || starts.From < begin || n.inTime(t, starts.From) {
			return
		}
		f.Severity, first = Warning, starts.From
		served = "the first needs that it serves start on " + day(first)
	}
	e, c := n.slowest(t, first)
	if c == nil {
		return
	}
	for _, r := range c.runs {
		if r.clause != t {
			f.Clauses = append(f.Clauses, r.clause.Ref)
		}
	}
	f.Example = e.engaging(f.Clauses...)
	f.Message = fmt.Sprintf("Submitted as early as it can be, on %s, a need may wait until %s for the answer of %s (%s); %s.",
		day(begin), c.answered(), t.who(), c.words(), served)
	n.find(f)
}

// slowest returns the slowest course of a need that is submitted when a clause begins and starts at an instant.
func (n *analysis) slowest(t *terms, starts calendar.Instant) (*Example, *course) {
	b := universe
	b.spans[atStart] = interval{int64(starts) - oneDay + 1, int64(starts)}
	e := t.reach.at(t.Effective.From).and(area{b}).pick(t.of)
	if e == nil {
		return nil, nil
	}
	c, ends, err := follow(n.rightsOver(e, t), e.At, e.Need.Lines[0].Period.From)
	if err != nil || !ends {
		return e, nil
	}
	return e, c
}

// inTime reports whether a need that starts at an instant can be decided before; true where that cannot be known.
func (n *analysis) inTime(t *terms, starts calendar.Instant) bool {
	e, c := n.slowest(t, starts)
	return c == nil || c.answered() <= e.Need.Lines[0].Period.From
}

// answered returns when the last matter of a course ends.
func (c *course) answered() calendar.Instant { return c.runs[len(c.runs)-1].until }

func (c *course) words() string {
	out := make([]string, len(c.runs))
	for i, r := range c.runs {
		out[i] = fmt.Sprintf("%s from %s to %s", r.clause.Ref.Clause, r.noticed, r.until)
	}
	return strings.Join(out, ", then ")
}

// circles finds rights whose tails end before the others have had their windows, so that they are asked in turn for ever.
func (n *analysis) circles() {
	told := map[string]bool{}
	left := maxCourses
	for i := range n.clauses {
		for j := i; j < len(n.clauses) && left > 0 && !n.full(); j++ {
			x, y := &n.clauses[i], &n.clauses[j]
			if !x.onTheWay() || !y.onTheWay() || !x.binds(y) || !x.Effective.Overlaps(y.Effective) {
				continue
			}
			if e := x.reach.and(y.reach).pick(x.of); e != nil {
				n.circle(e, told)
				left--
			}
		}
	}
}

func (n *analysis) circle(e *Example, told map[string]bool) {
	rights := slices.DeleteFunc(n.rightsOver(e, nil), func(t *terms) bool { return len(t.Process.Against) > 0 }) // the rival may be another
	c, ends, err := follow(rights, e.At, e.Need.Lines[0].Period.From)
	if ends || err != nil {
		return
	}
	var refs []Ref
	var tails []string
	for _, t := range rights {
		if c.counts[t.Ref] > 1 {
			refs = append(refs, t.Ref)
			tails = append(tails, fmt.Sprintf("%s (%s, tail %s)", t.Ref.Clause, t.windowWords(), tailLength(&t.Process)))
		}
	}
	if key := fmt.Sprint(refs); !told[key] {
		told[key] = true
		e.Need.OffersWindow = calendar.Length{N: int(marketRound / calendar.Instant(calendar.Hour)), Unit: calendar.Hours}
		n.find(Finding{Code: ReofferCircle, Severity: Error, Clauses: refs, Example: e.engaging(refs...),
			Message: fmt.Sprintf("Where the holders use their whole windows, a release ends before a rival can be awarded, so that its holder must be asked again, and so on without end: %s.", and(tails)),
			Remedy:  "Make each tail longer than the windows, and the round of offers, that come after it."})
	}
}

// windowWords says how long a right takes, without what starts it.
func (t *terms) windowWords() string {
	var out []string
	if waits(t.Clause) {
		out = append(out, "window "+lengthWords(t.Process.Window.Value.Length))
	}
	if t.Kind == FirstNegotiation {
		out = append(out, "negotiation "+lengthWords(t.Process.Negotiation.Value.Length))
	}
	return and(out)
}

func tailLength(p *Process) string {
	if !p.Tail.Given {
		return "unspecified"
	}
	if p.Tail.Value.Length.Length.IsZero() {
		return "unlimited"
	}
	return lengthWords(p.Tail.Value.Length.Length)
}

// calendarEnds finds a calendar that does not reach as far as the clause which counts by it.
func (n *analysis) calendarEnds(t *terms) {
	cal, ok := t.of.Calendar(t.Process.Calendar)
	if !ok || !t.countsDays() {
		return
	}
	var outside area
	for _, s := range t.of.uncovered(cal.Name, t.Effective) {
		outside = append(outside, t.reach.during(s)...)
	}
	if len(outside) == 0 {
		return
	}
	n.find(Finding{Code: CalendarEnds, Severity: Warning, Clauses: []Ref{t.Ref}, Example: outside.pick(t.of).engaging(t.Ref),
		Message: fmt.Sprintf("Calendar %s version %s lists holidays for %s, but the clause is in force %s: a deadline outside those days stops until the calendar reaches it.",
			cal.Name, t.of.versionsOfCalendar(cal.Name), t.of.listedDays(cal.Name), effective(t.Effective)),
		Remedy: "Add a version of the calendar that reaches the end of the clause, or let the clause end earlier."})
}
