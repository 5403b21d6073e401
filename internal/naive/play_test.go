package naive

import (
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"

	"firstlook/calendar"
	"firstlook/right"

	"github.com/google/go-cmp/cmp"
)

// move is one thing that happens in a history: a command, or another law.
type move struct {
	at      calendar.Instant
	command right.Command
	law     *right.Law // not nil: put into force before the command
}

// table plays both engines side by side.
type table struct {
	law   *right.Law
	naive *World
	state right.State
	seen  *coverage
}

func begin(law *right.Law, seen *coverage) *table {
	return &table{law: law, naive: Begin(law), state: right.Begin(law), seen: seen}
}

// play lets both do one move and says where they part; empty where they agree.
func (t *table) play(m move) (parted string) {
	if m.law != nil {
		t.law = m.law
		t.naive.Under(m.law)
		t.state = t.state.Under(m.law)
	}
	var code, theirs right.Code
	failed := guard(func() { code = t.naive.Do(m.command, m.at) })
	if failed != "" {
		return "the naive engine panics: " + failed
	}
	failed = guard(func() {
		next, events, err := right.Step(t.state, m.command, m.at)
		var no *right.Refusal
		if errors.As(err, &no) {
			theirs = no.Code
		} else if err != nil {
			panic(err)
		}
		t.state = next
		t.seen.note(&next, events, theirs)
	})
	if failed != "" {
		return "the engine panics: " + failed
	}
	if code != theirs {
		return fmt.Sprintf("the naive engine says %q, the engine says %q", code, theirs)
	}
	mine, its := t.naive.Outcome(), OutcomeOf(&t.state)
	mine.Engaged, its.Engaged = both(mine.Engaged, its.Engaged)
	if !reflect.DeepEqual(mine, its) {
		return "(-naive +engine)\n" + cmp.Diff(mine, its)
	}
	return ""
}

// both are the decisions that each of two lists has: when a clause was decided on anew is not compared, what was decided is.
func both(a, b []Engaged) (x, y []Engaged) {
	same := func(e Engaged) func(Engaged) bool {
		return func(o Engaged) bool { return e.Line == o.Line && e.Clause == o.Clause && e.Holder == o.Holder }
	}
	for _, e := range a {
		if slices.ContainsFunc(b, same(e)) {
			x = append(x, e)
		}
	}
	for _, e := range b {
		if slices.ContainsFunc(a, same(e)) {
			y = append(y, e)
		}
	}
	return x, y
}

func guard(f func()) (failed string) {
	defer func() {
		if r := recover(); r != nil {
			failed = fmt.Sprint(r, "\n", string(debug.Stack()))
		}
	}()
	f()
	return ""
}

// parts plays moves from the beginning and says where the engines part, and after how many moves.
func parts(law *right.Law, moves []move) (string, int) {
	t := begin(law, nil)
	for i, m := range moves {
		if why := t.play(m); why != "" {
			return why, i + 1
		}
	}
	return "", 0
}

// shrunk deletes moves while the engines still part.
func shrunk(law *right.Law, moves []move) []move {
	_, n := parts(law, moves)
	moves = moves[:n]
	for again := true; again; {
		again = false
		for size := len(moves) / 2; size > 0; size /= 2 {
			for i := 0; i+size <= len(moves); {
				less := append(append([]move(nil), moves[:i]...), moves[i+size:]...)
				if why, n := parts(law, less); why != "" {
					moves, again = less[:n], true
				} else {
					i++
				}
			}
		}
	}
	return moves
}

// told writes a history down: the law, what was asked, what came of it.
func told(law *right.Law, moves []move) string {
	var b strings.Builder
	fmt.Fprintf(&b, "law:\n%s", lawText(law))
	s := right.Begin(law)
	for _, m := range moves {
		if m.law != nil {
			s = s.Under(m.law)
			fmt.Fprintf(&b, "%s another law:\n%s", m.at, lawText(m.law))
		}
		fmt.Fprintf(&b, "%s %s/%s %T%s\n", m.at, m.command.By, m.command.Person, m.command.Ask, askText(m.command.Ask))
		var err error
		var events []right.Event
		if failed := guard(func() { s, events, err = right.Step(s, m.command, m.at) }); failed != "" {
			fmt.Fprintf(&b, "    panics: %s\n", failed)
			break
		}
		for _, line := range right.Lines(events) {
			fmt.Fprintf(&b, "    %s\n", line)
		}
		if err != nil {
			fmt.Fprintf(&b, "    %s\n", err)
		}
	}
	return b.String()
}

func askText(a right.Ask) string {
	switch a := a.(type) {
	case right.Answer:
		s := fmt.Sprintf(" %s %s %d rest %q", a.Matter, a.Kind, a.Quantity, a.Rest)
		if a.Terms != nil {
			s += " on " + a.Terms.String()
		}
		return s
	case right.Notice:
		s := fmt.Sprintf(" %s %s", a.Matter, a.Channel)
		if a.Terms != nil {
			s += " on " + a.Terms.String()
		}
		return s
	case right.SubmitOffer:
		return fmt.Sprintf(" %s line %d: %s valid %s", a.Offer.ID, a.Offer.Line+1, a.Offer.Terms.String(), a.Offer.ValidUntil)
	case right.Submit:
		n := &a.Need
		return fmt.Sprintf(" via %q sla %s secure %v budget %s power %d related %+v", n.Interconnect, n.ServiceLevel, n.Security, n.Budget, n.PowerKW, a.Related)
	case right.Sign:
		return fmt.Sprintf(" %s: %s", a.Award, a.Terms.String())
	}
	return fmt.Sprintf(" %+v", a)
}

func lawText(law *right.Law) string {
	var b strings.Builder
	for _, a := range law.Book.Agreements {
		fmt.Fprintf(&b, "  agreement %s of %s\n", a.ID, a.Grantor)
		for _, am := range a.Amendments {
			fmt.Fprintf(&b, "    amendment %s at %s transition %v ends %v\n", am.ID, am.Effective, am.Transition, am.Ends)
		}
		for i := range a.Clauses {
			c := &a.Clauses[i]
			fmt.Fprintf(&b, "    %s %s priority %d\n      %s\n", c.Ref, c.Kind, c.Priority, stated(reflect.ValueOf(*c)))
		}
	}
	for _, f := range law.Book.Facts {
		fmt.Fprintf(&b, "  fact %s of %s at %s challenge %v\n", f.Trigger, f.Agreement, f.At, f.Challenge)
	}
	return b.String()
}

// stated writes what a value states and leaves out what it does not.
func stated(v reflect.Value) string {
	if text, ok := v.Interface().(fmt.Stringer); ok && v.Kind() == reflect.Struct {
		return text.String()
	}
	switch v.Kind() {
	case reflect.Pointer:
		return stated(v.Elem())
	case reflect.Struct:
		if given := v.FieldByName("Given"); given.IsValid() {
			if !given.Bool() {
				return "open"
			}
			return stated(v.FieldByName("Value"))
		}
		var parts []string
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if f := v.Field(i); !f.IsZero() && name != "Ref" && name != "Kind" && name != "Priority" {
				parts = append(parts, name+" "+stated(f))
			}
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case reflect.Slice:
		var parts []string
		for i := range v.Len() {
			parts = append(parts, stated(v.Index(i)))
		}
		return "[" + strings.Join(parts, " ") + "]"
	}
	return fmt.Sprint(v.Interface())
}
