package demo

import (
	"context"
	"testing"
	"time"

	"firstlook/calendar"
	"firstlook/internal/desk"
	"firstlook/internal/journal/memory"
	"firstlook/internal/pricebook"
	"firstlook/right"
)

// fixed is a clock that stands.
type fixed struct{ at calendar.Instant }

func (c fixed) Now() calendar.Instant                   { return c.at }
func (c fixed) After(calendar.Instant) <-chan time.Time { return nil }

// The population has a need in each of the states that the pages are to show, whenever it is made, and every record follows the law.
func TestPopulate(t *testing.T) {
	for _, day := range []string{"2026-11-22T07:00Z", "2027-01-01T00:30Z", "2028-02-29T23:10Z"} {
		t.Run(day, func(t *testing.T) {
			now, err := calendar.Parse(day)
			if err != nil {
				t.Fatal(err)
			}
			ctx := context.Background()
			store := memory.New()
			tables := desk.Tables{Throughput: pricebook.EmbeddedThroughputs()[0], Egress: *pricebook.EmbeddedEgress()}
			if err := Populate(ctx, store, tables, now); err != nil {
				t.Fatal(err)
			}
			d, err := desk.Open(ctx, store, fixed{now}, tables)
			if err != nil {
				t.Fatal(err)
			}
			ids, err := d.Needs(ctx)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]int{}
			for _, id := range ids {
				s, err := d.State(ctx, id)
				if err != nil {
					t.Fatal(err)
				}
				got[desk.Status(&s)]++
				for i := range s.Matters {
					got["matter "+string(s.Matters[i].Status)]++
					if s.Matters[i].Question != nil {
						got["waits for "+s.Matters[i].Question.Param]++
					}
				}
				for i := range s.Lots {
					got["lot "+string(s.Lots[i].Status)]++
				}
				audit, err := d.Audit(ctx, id)
				if err != nil || len(audit.Faults) > 0 || len(audit.Violations) > 0 {
					t.Errorf("%s: %v %v %v", id, err, audit.Faults, audit.Violations)
				}
				events, err := d.History(ctx, id)
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range events {
					if _, ok := e.Fact.(*right.Countered); ok {
						got["countered"]++
					}
					if e.Recorded > now {
						t.Errorf("%s: an event is recorded at %s, after now", id, e.Recorded)
					}
				}
			}
			for _, what := range []string{"settled", "open", "matter open", "matter tolled", "matter lapsed", "matter declined", "waits for silence", "countered", "lot market", "lot awarded"} {
				if got[what] == 0 {
					t.Errorf("no need is %s; there are %v", what, got)
				}
			}
		})
	}
}
