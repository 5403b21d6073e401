package agreement

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"firstlook/calendar"
	"firstlook/party"
)

// What happened to a clause between two texts.
type What string

const (
	Added   What = "added"
	Ended   What = "ended"   // it is in force no longer
	Changed What = "changed" // it reads differently, or a new version takes its place
	Removed What = "removed" // the later text does not have it: never lawful for a clause that was in force
)

// Change is what became of one clause, or, with an empty clause, of what stands around the clauses.
type Change struct {
	What   What             `json:"what"`
	Clause ClauseID         `json:"clause,omitempty"`
	From   *Ref             `json:"from,omitempty"` // the version before; nil for what is added
	To     *Ref             `json:"to,omitempty"`   // the version after; nil for what is no longer there
	At     calendar.Instant `json:"at,omitempty"`   // from when the change counts, where it is known
	Cite   string           `json:"cite,omitempty"`
	Text   string           `json:"text,omitempty"`   // the sentence in plain words of what is added or no longer there
	Params []ParamChange    `json:"params,omitempty"` // in the order of the file's keys
}

// ParamChange is one parameter with its value before and after, in words. A value that a kind of clause does not have is
// empty; one that the text leaves open reads "unspecified".
type ParamChange struct {
	Param string `json:"param"` // key of the clause, or of the agreement: window, parties
	Old   string `json:"old"`
	New   string `json:"new"`
	// Assumed marks a value that no published text gives, with the reason.
	OldAssumed string `json:"old_assumed,omitempty"`
	NewAssumed string `json:"new_assumed,omitempty"`
}

// Diff says what a later text changed: version by version, each new version against the one before it. Nothing is
// returned where the two say the same.
func Diff(a, b *Agreement) []Change {
	out := around(a, b)
	for _, id := range clauseIDs(a, b) {
		for _, c := range versionsOf(b, id) {
			old, known := a.Clause(Ref{a.ID, id, c.Ref.Version})
			before, follows := b.Clause(Ref{b.ID, id, c.Ref.Version - 1})
			switch {
			case known:
				out = appendChange(out, ended(b, c, changed(a, b, old, c)))
			case follows:
				out = appendChange(out, changed(b, b, before, c))
			default:
				out = append(out, Change{What: Added, Clause: id, To: &c.Ref, At: c.Effective.From, Cite: c.Cite, Text: c.Text})
			}
		}
		for _, c := range versionsOf(a, id) {
			if _, known := b.Clause(Ref{b.ID, id, c.Ref.Version}); !known {
				out = append(out, Change{What: Removed, Clause: id, From: &c.Ref, Cite: c.Cite, Text: c.Text})
			}
		}
	}
	return out
}

// DiffInForce says what changed between what was in force under one text at one instant and under another, or the same,
// at another.
func DiffInForce(a *Agreement, at calendar.Instant, b *Agreement, then calendar.Instant) []Change {
	out := around(a, b)
	in := func(clauses []*Clause, id ClauseID) *Clause {
		if i := slices.IndexFunc(clauses, func(c *Clause) bool { return c.Ref.Clause == id }); i >= 0 {
			return clauses[i]
		}
		return nil
	}
	before, after := a.InForce(at), b.InForce(then)
	for _, id := range clauseIDs(a, b) {
		switch old, c := in(before, id), in(after, id); {
		case old == nil && c == nil:
		case old == nil:
			out = append(out, Change{What: Added, Clause: id, To: &c.Ref, At: c.Effective.From, Cite: c.Cite, Text: c.Text})
		case c == nil:
			out = append(out, Change{What: Ended, Clause: id, From: &old.Ref, At: endOf(b, old), Cite: old.Cite, Text: old.Text})
		default:
			out = appendChange(out, changed(a, b, old, c))
		}
	}
	return out
}

// endOf returns when a version ends by a text, which may be a later one than the version was read from.
func endOf(a *Agreement, c *Clause) calendar.Instant {
	if later, ok := a.Clause(Ref{a.ID, c.Ref.Clause, c.Ref.Version}); ok {
		return later.Effective.Until
	}
	return c.Effective.Until
}

// ended says of a version whose end alone moved to an earlier time that it ends then. Where the next version follows at
// that instant nothing is left to say: its own change tells it.
func ended(b *Agreement, c *Clause, change Change) Change {
	if len(change.Params) != 1 || change.Params[0].Param != "effective" || !c.Effective.Until.IsSet() {
		return change
	}
	if next, ok := b.Clause(Ref{b.ID, c.Ref.Clause, c.Ref.Version + 1}); ok && next.Effective.From == c.Effective.Until {
		change.Params = nil
		return change
	}
	if am, _ := b.ReplacedAt(c.Ref.Clause, c.Effective.Until); am {
		change.What, change.At, change.Text = Ended, c.Effective.Until, c.Text
	}
	return change
}

func appendChange(out []Change, c Change) []Change {
	if len(c.Params) == 0 {
		return out
	}
	return append(out, c)
}

// clauseIDs lists the clauses of two texts in the order of the first, then the new ones of the second.
func clauseIDs(a, b *Agreement) []ClauseID {
	var out []ClauseID
	for _, g := range []*Agreement{a, b} {
		for i := range g.Clauses {
			if id := g.Clauses[i].Ref.Clause; !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	return out
}

func versionsOf(a *Agreement, id ClauseID) []*Clause {
	var out []*Clause
	for i := range a.Clauses {
		if a.Clauses[i].Ref.Clause == id {
			out = append(out, &a.Clauses[i])
		}
	}
	slices.SortFunc(out, func(x, y *Clause) int { return cmp.Compare(x.Ref.Version, y.Ref.Version) })
	return out
}

// changed compares two versions of a clause, key by key of the table from which clauses are read.
func changed(a, b *Agreement, old, c *Clause) Change {
	out := Change{What: Changed, Clause: c.Ref.Clause, From: &old.Ref, To: &c.Ref, Cite: c.Cite}
	if old.Ref.Version != c.Ref.Version {
		out.At = c.Effective.From
	}
	for _, k := range clauseKeys {
		if k.Key() == "id" || k.Key() == "assumed" {
			continue // the assumptions stand with the values that they mark
		}
		p := ParamChange{Param: k.Key(), OldAssumed: old.assumption(k.Key()), NewAssumed: c.assumption(k.Key())}
		x, y := value(k, old), value(k, c)
		equal := same(x, y) && k.has(old.Kind) == k.has(c.Kind)
		if equal && p.OldAssumed == p.NewAssumed {
			continue
		}
		p.Old, p.New = a.say(k, old, x), b.say(k, c, y)
		if !equal && p.Old == p.New { // the words leave out what differs
			if p.Old, p.New = plainly(x), plainly(y); p.Old == p.New {
				continue
			}
		}
		out.Params = append(out.Params, p)
	}
	return out
}

// assumption returns why the value of a key, or a part of it, is assumed; empty if it is not.
func (c *Clause) assumption(key string) string {
	var reasons []string
	for _, as := range c.Assumed {
		if as.Param == key {
			reasons = append(reasons, as.Reason)
		} else if part, ok := strings.CutPrefix(as.Param, key+"."); ok {
			reasons = append(reasons, part+": "+as.Reason)
		}
	}
	return strings.Join(reasons, " ")
}

// same reports whether two values mean the same; the words of a scope are sets, whose order means nothing.
func same(x, y any) bool {
	s, ok := x.(Scope)
	if o, is := y.(Scope); ok && is && !s.Empty() && !o.Empty() {
		return s.Contains(&o) && o.Contains(&s)
	}
	return reflect.DeepEqual(x, y)
}

// composed are the keys whose values do not stand in one place of a clause.
var composed = map[string]func(*Clause) any{
	"notice": func(c *Clause) any {
		return delivered{c.Process.Content, c.Process.Delivery, c.Process.NoticeLead, c.Process.NoticeWithin}
	},
	"assignees": func(c *Clause) any { return assignable{c.Process.AnyAssignee, c.Process.Assignees} },
}

// assignable is what a file states under assignees.
type assignable struct {
	all bool
	ids []party.ID
}

// delivered is what a file states under notice.
type delivered struct {
	content  Param[[]Item]
	delivery Param[Delivery]
	lead     calendar.Rule
	within   calendar.Rule
}

// value returns what a clause has under a key.
func value(k clauseKey, c *Clause) any {
	if v, ok := k.Value(c); ok {
		return v
	}
	return composed[k.Key()](c)
}

// around compares what stands beside the clauses.
func around(a, b *Agreement) []Change {
	if a == b {
		return nil
	}
	out := Change{What: Changed}
	add := func(param string, x, y any) {
		if !reflect.DeepEqual(x, y) {
			out.Params = append(out.Params, ParamChange{Param: param, Old: plainly(x), New: plainly(y)})
		}
	}
	add("agreement", a.ID, b.ID)
	add("title", a.Title, b.Title)
	add("reading", a.Reading, b.Reading)
	add("source", a.Source, b.Source)
	add("grantor", a.Grantor, b.Grantor)
	add("direction", a.Direction, b.Direction)
	entries(&out, "parties", a.Parties, b.Parties, func(p Party) string { return string(p.ID) })
	entries(&out, "calendars", a.Calendars, b.Calendars, calendarName(a, b))
	entries(&out, "triggers", a.Triggers, b.Triggers, func(t Trigger) string { return string(t.ID) })
	entries(&out, "amendments", amendmentHeads(a), amendmentHeads(b), func(h amendmentHead) string { return h.ID })
	return appendChange(nil, out)
}

// calendarName names a calendar by itself where each text has one version of it, else with its version.
func calendarName(texts ...*Agreement) func(calendar.Calendar) string {
	versions := func(name string) int {
		most := 0
		for _, a := range texts {
			n := 0
			for i := range a.Calendars {
				if a.Calendars[i].Name == name {
					n++
				}
			}
			most = max(most, n)
		}
		return most
	}
	return func(c calendar.Calendar) string {
		if versions(c.Name) > 1 {
			return c.Name + " " + c.Version
		}
		return c.Name
	}
}

// amendmentHead is an amendment without its clauses, which are compared as versions.
type amendmentHead struct {
	ID, Title, Cite string
	Effective       calendar.Instant
	Transition      Param[Transition]
}

func amendmentHeads(a *Agreement) []amendmentHead {
	out := make([]amendmentHead, len(a.Amendments))
	for i, am := range a.Amendments {
		out[i] = amendmentHead{am.ID, am.Title, am.Cite, am.Effective, am.Transition}
	}
	return out
}

// entries compares two lists by the names of their entries.
func entries[T any](out *Change, list string, a, b []T, name func(T) string) {
	find := func(all []T, id string) (T, bool) {
		i := slices.IndexFunc(all, func(e T) bool { return name(e) == id })
		if i < 0 {
			var none T
			return none, false
		}
		return all[i], true
	}
	for _, e := range a {
		later, ok := find(b, name(e))
		if ok && reflect.DeepEqual(e, later) {
			continue
		}
		p := ParamChange{Param: list + "." + name(e), Old: plainly(e)}
		if ok {
			p.New = plainly(later)
		}
		out.Params = append(out.Params, p)
	}
	for _, e := range b {
		if _, ok := find(a, name(e)); !ok {
			out.Params = append(out.Params, ParamChange{Param: list + "." + name(e), New: plainly(e)})
		}
	}
}

// MarshalJSON writes a change with its list of parameters, never null.
func (c Change) MarshalJSON() ([]byte, error) {
	type plain Change
	if c.Params == nil {
		c.Params = []ParamChange{}
	}
	return json.Marshal(plain(c))
}

// String writes a change as text for a terminal: 100 columns, the old value before the new one.
func (c *Change) String() string {
	var b strings.Builder
	switch {
	case c.Clause == "":
		b.WriteString("the agreement itself\n")
	case c.What == Added:
		fmt.Fprintf(&b, "%s added%s [%s]\n", c.To, since(c.At), c.Cite)
	case c.What == Removed:
		fmt.Fprintf(&b, "%s removed: the later text does not have it [%s]\n", c.From, c.Cite)
	case c.What == Ended && c.At.IsSet():
		fmt.Fprintf(&b, "%s ends on %s [%s]\n", c.From, day(c.At), c.Cite)
	case c.What == Ended:
		fmt.Fprintf(&b, "%s is not in force [%s]\n", c.From, c.Cite)
	case c.From.Version != c.To.Version:
		fmt.Fprintf(&b, "%s changed to version %d%s [%s]\n", c.From, c.To.Version, since(c.At), c.Cite)
	default:
		fmt.Fprintf(&b, "%s reads differently [%s]\n", c.To, c.Cite)
	}
	if c.Text != "" {
		b.WriteString(wrap(c.Text, 2, 2))
	}
	for _, p := range c.Params {
		p.write(&b)
	}
	return b.String()
}

func since(at calendar.Instant) string {
	if !at.IsSet() {
		return ""
	}
	return ", from " + day(at)
}

func (p *ParamChange) write(b *strings.Builder) {
	side := func(sign, text, assumed string) {
		if text == "" {
			text = "(none)"
		}
		b.WriteString(wrap(sign+" "+text, 4, 6))
		if assumed != "" {
			b.WriteString(wrap("assumption: "+assumed, 6, 8))
		}
	}
	b.WriteString("  " + p.Param + "\n")
	if p.Old == p.New {
		was := "assumed, and the reason changed"
		switch {
		case p.OldAssumed == "":
			was = "assumed from now on"
		case p.NewAssumed == "":
			was = "no longer assumed"
		}
		side("=", p.New+" ("+was+")", p.NewAssumed)
		return
	}
	side("-", p.Old, p.OldAssumed)
	side("+", p.New, p.NewAssumed)
}
