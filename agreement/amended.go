package agreement

import (
	"fmt"
	"reflect"

	"firstlook/calendar"
)

// AmendedBy reports whether a later text may take the place of this one at an instant: the parties' record cites
// versions of clauses, so each version that was in force before must read as it did, and what is new must begin now or
// later. Only the end of the version that an amendment replaces may move, and not into the past.
func (a *Agreement) AmendedBy(later *Agreement, now calendar.Instant) error {
	if later.ID != a.ID || later.Grantor != a.Grantor || later.Direction != a.Direction {
		return fmt.Errorf("agreement %s: the id, the grantor and the direction of an agreement do not change", a.ID)
	}
	for i := range a.Clauses {
		old := &a.Clauses[i]
		if old.Effective.From > now {
			continue // not yet in force: nobody has relied on it
		}
		read, ok := later.Clause(old.Ref)
		if !ok {
			return fmt.Errorf("%s was in force and is missing; keep it and add an amendment that ends it", old.Ref)
		}
		x, y := *old, *read
		x.Effective.Until, y.Effective.Until = 0, 0
		if !reflect.DeepEqual(x, y) {
			return fmt.Errorf("%s was in force and reads differently now; keep its text and put the change into an amendment", old.Ref)
		}
		if before, after := old.Effective.Until, read.Effective.Until; before != after && (before.IsSet() && before <= now || after.IsSet() && after < now) {
			return fmt.Errorf("%s would end at %s, which is past; an amendment takes effect now or later", old.Ref, after)
		}
	}
	for i := range later.Clauses {
		c := &later.Clauses[i]
		if _, known := a.Clause(c.Ref); !known && c.Effective.From < now {
			return fmt.Errorf("%s is new but would be in force since %s; an amendment takes effect now or later", c.Ref, c.Effective.From)
		}
	}
	return nil
}
