package lawmodel

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"firstlook/calendar"
	"firstlook/right"
)

// Limits say how far to look.
type Limits struct {
	Depth  int // commands after those that lead up to the matter
	States int // stop before a deeper level once there are so many; 0 for no limit
}

// Report is what was looked at.
type Report struct {
	Scope       string
	Depth       int // the last level that was looked at in full
	States      int // distinct ones
	Transitions int // commands that were put to the engine, each twice: before and after time was settled
	Accepted    int // of which brought something about
	Took        time.Duration
	Statuses    map[right.Status]bool // that some matter had
	Facts       map[string]bool       // that were recorded, by their names in the record
	Codes       map[right.Code]bool   // with which commands were refused
}

func (r Report) String() string {
	return fmt.Sprintf("%s: %d states, %d transitions (%d accepted), depth %d, %s", r.Scope, r.States, r.Transitions, r.Accepted, r.Depth, r.Took.Round(time.Millisecond))
}

// Breach is something that may not be, and the commands that lead to it.
type Breach struct {
	Scope string
	Rule  string // one of those in the package comment
	What  string
	Path  []Move
	Lines []string // the record so far, in words
}

func (b *Breach) Error() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s: %s: %s\n", b.Scope, b.Rule, b.What)
	for _, m := range b.Path {
		fmt.Fprintf(&out, "  %s\n", m)
	}
	for _, line := range b.Lines {
		fmt.Fprintf(&out, "      %s\n", line)
	}
	return out.String()
}

// node is one state, with the record that led to it first.
type node struct {
	state  right.State
	law    *right.Law
	since  calendar.Instant // when the latest move was recorded
	parent *node
	move   Move
	events []right.Event // of the move alone
}

// now is how far the recorder's clock has come.
func (n *node) now() calendar.Instant { return max(n.state.Last, n.since) }

func (n *node) path() []Move {
	var out []Move
	for at := n; at.parent != nil; at = at.parent {
		out = append(out, at.move)
	}
	slices.Reverse(out)
	return out
}

func (n *node) record() []right.Event {
	var parts [][]right.Event
	for at := n; at != nil; at = at.parent {
		parts = append(parts, at.events)
	}
	slices.Reverse(parts)
	return slices.Concat(parts...)
}

// key tells states apart: all that the engine's state says, how far the recorder's clock has come, and what was certified.
func (n *node) key() [sha256.Size]byte {
	h := sha256.New()
	fmt.Fprintf(h, "%s %d %v", n.state.Digest(), n.now(), n.law.Book.Facts)
	for i := range n.state.Matters {
		if err := json.NewEncoder(h).Encode(n.state.Matters[i].More()); err != nil {
			panic("bug: a matter does not encode: " + err.Error())
		}
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// explorer looks at one scope.
type explorer struct {
	scope *Scope

	mu      sync.Mutex
	seen    map[[sha256.Size]byte]bool
	next    []*node
	breach  *Breach
	report  Report
	stopped atomic.Bool
}

// Explore looks at every history of a scope up to the limits, and returns the first breach on a shortest way; nil where there
// is none.
func Explore(scope *Scope, limits Limits) (Report, *Breach) {
	began := time.Now()
	x := &explorer{scope: scope, seen: map[[sha256.Size]byte]bool{}}
	x.report = Report{Scope: scope.Name, Statuses: map[right.Status]bool{}, Facts: map[string]bool{}, Codes: map[right.Code]bool{}}
	first, breach := x.leadUp()
	if breach != nil {
		return x.report, breach
	}
	level := []*node{first}
	x.seen[first.key()] = true
	for depth := 1; depth <= limits.Depth && len(level) > 0 && x.breach == nil; depth++ {
		if limits.States > 0 && len(x.seen) > limits.States {
			break
		}
		x.level(level)
		level, x.next = x.next, nil
		x.report.Depth = depth
	}
	x.report.States, x.report.Took = len(x.seen), time.Since(began)
	return x.report, x.breach
}

// leadUp plays the commands that come before the alphabet; each must be accepted.
func (x *explorer) leadUp() (*node, *Breach) {
	n := &node{state: right.Begin(x.scope.Law), law: x.scope.Law}
	for _, m := range x.scope.Prefix {
		after, events, err := right.Step(n.state, m.Command, m.At)
		n = &node{state: after, law: n.law, since: m.At, parent: n, move: m, events: events}
		if err != nil {
			return n, x.found(n, "prefix", "the scope does not begin: %v", err)
		}
	}
	return n, nil
}

// level looks at all states of one depth, on all cores.
func (x *explorer) level(nodes []*node) {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(nodes)) && !x.stopped.Load(); i = next.Add(1) - 1 {
				x.visit(nodes[i])
				nodes[i].state = right.State{} // the record is enough from here on
			}
		})
	}
	wait.Wait()
}

// visit puts the whole alphabet to one state, at every instant of its grid.
func (x *explorer) visit(n *node) {
	v := visit{explorer: x, node: n, report: Report{Statuses: map[right.Status]bool{}, Facts: map[string]bool{}, Codes: map[right.Code]bool{}}}
	for _, at := range grid(n) {
		if b := v.instant(at); b != nil {
			x.mu.Lock()
			if x.breach == nil {
				x.breach = b
			}
			x.mu.Unlock()
			x.stopped.Store(true)
			return
		}
	}
	var b *Breach
	if !v.moved && !n.state.Settled() {
		if _, ok := right.NextDeadline(n.state); !ok {
			b = x.found(n, "way-out", "no command is accepted and time does nothing more")
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if b != nil && x.breach == nil {
		x.breach = b
		x.stopped.Store(true)
	}
	x.report.Transitions += v.report.Transitions
	x.report.Accepted += v.report.Accepted
	merge(x.report.Statuses, v.report.Statuses)
	merge(x.report.Facts, v.report.Facts)
	merge(x.report.Codes, v.report.Codes)
	for _, next := range v.next {
		if key := next.key(); !x.seen[key] {
			x.seen[key] = true
			x.next = append(x.next, next)
		}
	}
}

func merge[K comparable](into, from map[K]bool) {
	for k := range from {
		into[k] = true
	}
}

// late is how long a recorder may have been down.
const late = 400 * 24 * calendar.Hour

// grid are the instants at which commands are put to a state.
func grid(n *node) []calendar.Instant {
	now := n.now()
	out := []calendar.Instant{now}
	due, ok := right.NextDeadline(n.state)
	if !ok {
		return append(out, now+calendar.Instant(calendar.Hour))
	}
	for _, at := range []calendar.Instant{due - 1, due, due + 1, due + calendar.Instant(late)} {
		if at > now {
			out = append(out, at)
		}
	}
	return out
}

func (x *explorer) found(n *node, rule, format string, args ...any) *Breach {
	return &Breach{Scope: x.scope.Name, Rule: rule, What: fmt.Sprintf(format, args...), Path: n.path(), Lines: right.Lines(n.record())}
}
