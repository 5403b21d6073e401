package whatif

import (
	"fmt"
	"slices"
	"strings"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/offer"
	"firstlook/right"
)

// Change is what is otherwise after the fork. Nothing of it leads to the record as it is.
type Change struct {
	// Agreements take the place of those with their id, or stand beside them.
	Agreements []*agreement.Agreement
	Settings   []Setting
	Facts      []Fact
	// Acts are done in the changed world; each takes the place of what the record has of the same kind on the same thing:
	// another answer in m1, another choice for l1. An offer replaces nothing.
	Acts []Act
	// Without are offers that were not made.
	Without []offer.ID
}

// Setting is one parameter of a clause that reads otherwise.
type Setting struct {
	Agreement agreement.ID // empty: the only one that has the clause
	Clause    agreement.ClauseID
	Param     string
	Value     string // as the agreement file would write it
}

// String writes acme-northwind/right-to-match.window=72 hours.
func (s Setting) String() string {
	name := string(s.Clause)
	if s.Agreement != "" {
		name = string(s.Agreement) + "/" + name
	}
	return name + "." + s.Param + "=" + s.Value
}

// ParseSetting reads [AGREEMENT/]CLAUSE.PARAM=VALUE.
func ParseSetting(text string) (Setting, error) {
	name, value, ok := strings.Cut(text, "=")
	i := strings.LastIndex(name, ".")
	if !ok || i < 1 || strings.TrimSpace(value) == "" || i+1 == len(name) {
		return Setting{}, fmt.Errorf("%q does not read; write right-to-match.window=72 hours", text)
	}
	s := Setting{Clause: agreement.ClauseID(name[:i]), Param: name[i+1:], Value: strings.TrimSpace(value)}
	if a, c, found := strings.Cut(name[:i], "/"); found {
		s.Agreement, s.Clause = agreement.ID(a), agreement.ClauseID(c)
	}
	return s, nil
}

// Fact is a trigger that was certified at an instant, by whoever may certify it.
type Fact struct {
	Trigger agreement.TriggerID
	At      calendar.Instant
}

// Act is a command of the changed world.
type Act struct {
	At      calendar.Instant // when; unset where Answers says it
	Command right.Command
	// AsInRecord plays it as long after what it answers as the record's party took, or at once where it said nothing.
	AsInRecord bool
}

// law returns a law with the changes. What it names must be there.
func (c *Change) law(l *right.Law) (*right.Law, error) {
	changed := *l
	book := &changed.Book
	book.Agreements = slices.Clone(book.Agreements)
	for _, a := range c.Agreements {
		if i := slices.IndexFunc(book.Agreements, func(o *agreement.Agreement) bool { return o.ID == a.ID }); i >= 0 {
			book.Agreements[i] = a
		} else {
			book.Agreements = append(book.Agreements, a)
		}
	}
	for _, s := range c.Settings {
		if err := s.apply(book); err != nil {
			return nil, err
		}
	}
	book.Facts = slices.Clone(book.Facts)
	for _, f := range c.Facts {
		if err := f.apply(book); err != nil {
			return nil, err
		}
	}
	return &changed, nil
}

// fixed are the keys of a clause that say which clause it is and when; another text of an agreement changes them.
var fixed = []string{"id", "kind", "effective"}

// apply sets a parameter in every version of a clause that can have it.
func (s Setting) apply(book *agreement.Book) error {
	if slices.Contains(fixed, s.Param) {
		return fmt.Errorf("%s: %s says which clause it is; write another text of the agreement and give that", s, s.Param)
	}
	found := -1
	for i, a := range book.Agreements {
		has := slices.ContainsFunc(a.Clauses, func(c agreement.Clause) bool { return c.Ref.Clause == s.Clause })
		switch {
		case !has || s.Agreement != "" && a.ID != s.Agreement:
		case found >= 0:
			return fmt.Errorf("%s: both %s and %s have that clause; write %s/%s", s, book.Agreements[found].ID, a.ID, a.ID, s)
		default:
			found = i
		}
	}
	if found < 0 {
		return fmt.Errorf("%s: no agreement in force has the clause %q; `firstlook agreement explain` shows them", s, s.Clause)
	}
	changed := *book.Agreements[found]
	changed.Clauses = slices.Clone(changed.Clauses)
	set, problem := false, error(nil)
	for i := range changed.Clauses {
		if changed.Clauses[i].Ref.Clause != s.Clause {
			continue
		}
		switch with, err := changed.Clauses[i].With(s.Param, s.Value); {
		case err == nil:
			changed.Clauses[i], set = *with, true
		case problem == nil:
			problem = fmt.Errorf("%s: %w", s, err)
		}
	}
	if !set { // a version of another kind may lack the parameter, but one must have it
		return problem
	}
	changed.Hash += " with " + s.String() // the text that was signed does not say this
	book.Agreements[found] = &changed
	return nil
}

// apply adds the fact to the book.
func (f Fact) apply(book *agreement.Book) error {
	for _, a := range book.Agreements {
		for _, t := range a.Triggers {
			if t.ID != f.Trigger {
				continue
			}
			fact := agreement.Fact{Agreement: a.ID, Trigger: t.ID, At: f.At, Person: "what-if", Reason: "what-if"}
			if len(t.CertifiedBy) > 0 {
				fact.By = t.CertifiedBy[0]
			}
			book.Facts = append(book.Facts, fact)
			return nil
		}
	}
	return fmt.Errorf("no agreement in force has the trigger %q", f.Trigger)
}

// replaces reports whether an act takes the place of a recorded command.
func (a *Act) replaces(c right.Command) bool {
	switch own := a.Command.Ask.(type) {
	case right.Answer:
		other, ok := c.Ask.(right.Answer)
		return ok && other.Matter == own.Matter
	case right.Respond:
		other, ok := c.Ask.(right.Respond)
		return ok && other.Matter == own.Matter
	case right.Notice:
		other, ok := c.Ask.(right.Notice)
		return ok && other.Matter == own.Matter
	case right.Receipt:
		other, ok := c.Ask.(right.Receipt)
		return ok && other.Matter == own.Matter
	case right.Determine:
		other, ok := c.Ask.(right.Determine)
		return ok && other.Matter == own.Matter && other.Param == own.Param
	case right.Choose:
		other, ok := c.Ask.(right.Choose)
		return ok && other.Lot == own.Lot
	case right.Sign:
		other, ok := c.Ask.(right.Sign)
		return ok && other.Award == own.Award
	case right.Consent:
		other, ok := c.Ask.(right.Consent)
		return ok && other.Matter == own.Matter && other.Award == own.Award && c.By == a.Command.By
	case right.NonPerform:
		other, ok := c.Ask.(right.NonPerform)
		return ok && other.Award == own.Award
	case right.Assign:
		other, ok := c.Ask.(right.Assign)
		return ok && other.Matter == own.Matter
	}
	return false
}

// drops reports whether a recorded command has no place in the changed world, because something else was done or its offer was
// not made.
func (c *Change) drops(cmd right.Command) bool {
	switch ask := cmd.Ask.(type) {
	case right.SubmitOffer:
		return slices.Contains(c.Without, ask.Offer.ID)
	case right.WithdrawOffer:
		return slices.Contains(c.Without, ask.Offer)
	}
	return slices.ContainsFunc(c.Acts, func(a Act) bool { return a.replaces(cmd) })
}

// check reports what does not fit the fork.
func (c *Change) check(h *History, moves []Move, p Point) error {
	for _, f := range c.Facts {
		if f.At < p.At {
			return &ForkError{fmt.Sprintf("%s@%s lies before the fork at %s", f.Trigger, f.At, p.At), "fork at that instant or earlier"}
		}
	}
	for _, a := range c.Acts {
		if a.At < p.At && !a.AsInRecord {
			return &ForkError{fmt.Sprintf("%s at %s lies before the fork at %s", Words(a.Command), a.At, p.At), "fork at that instant or earlier"}
		}
	}
	for _, id := range c.Without {
		made := slices.IndexFunc(moves, func(m Move) bool {
			s, ok := m.Command.Ask.(right.SubmitOffer)
			return ok && s.Offer.ID == id
		})
		switch {
		case made < 0:
			return fmt.Errorf("no offer %s in the record; `firstlook offer list` shows them", id)
		case moves[made].First < p.Event-1:
			return &ForkError{fmt.Sprintf("offer %s was made at %s, before the fork at %s", id, moves[made].At, p.At), "fork at " + string(id) + " or earlier"}
		}
	}
	return nil
}
