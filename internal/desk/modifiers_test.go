package desk_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"firstlook/award"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/journal/memory"
	"firstlook/internal/pricebook"
	"firstlook/party"
	"firstlook/right"
)

// What a holder took in earlier needs counts towards its ceiling, however long ago, and also for a desk that reads the record
// anew; what fell through counts no more.
func TestCeilingCountsEarlierNeeds(t *testing.T) {
	ctx := context.Background()
	store, clock := memory.New(), &handClock{at(t, "2026-03-02T12:00Z")}
	tables := desk.Tables{Throughput: pricebook.EmbeddedThroughputs()[0], Egress: award.Egress{}}
	d, err := desk.Open(ctx, store, clock, tables)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.AddAgreement(ctx, "ceiling.yaml", written(t, "ceiling")); err != nil {
		t.Fatal(err)
	}
	providers, err := os.ReadFile(scenarios + "/agreements/providers.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.SetProviders(ctx, "providers.yaml", providers); err != nil {
		t.Fatal(err)
	}
	need := story(t, "ceiling", nil).Turns[0].Command.Ask.(right.Submit).Need
	do := func(id capacity.NeedID, by party.ID, ask right.Ask) string {
		t.Helper()
		out, err := d.Do(ctx, id, right.Command{By: by, Ask: ask}, "")
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(right.Lines(out.Events), "\n")
	}
	submit := func(n int) (capacity.NeedID, string) {
		need := need
		need.ID = capacity.NeedID(fmt.Sprintf("n%d", n))
		return need.ID, do(need.ID, "acme", right.Submit{Need: need})
	}
	first, _ := submit(1)
	do(first, "northwind", right.Answer{Matter: 1, Kind: right.Exercise}) // 64 of 96
	clock.now = clock.now.Add(60 * 24 * time.Hour)                        // longer ago than any clause looks back
	if d, err = desk.Open(ctx, store, clock, tables); err != nil {
		t.Fatal(err)
	}
	second, got := submit(2)
	if !strings.Contains(got, "matter m1 on l1: northwind under acme-northwind/first-call@1, for 32") {
		t.Errorf("of the second need 32 are left to northwind:\n%s", got)
	}
	do(second, "northwind", right.Answer{Matter: 1, Kind: right.Exercise})
	if _, got = submit(3); !strings.Contains(got, "ceiling reached: 96") {
		t.Errorf("the ceiling is reached:\n%s", got)
	}
	do(first, "acme", right.FallThrough{Award: 1, Reason: "no power at the site"})
	if _, got = submit(4); !strings.Contains(got, "\nnoticed m1 by desk: 64") {
		t.Errorf("what fell through counts no more:\n%s", got)
	}
}

// A matter that runs beside keeps nobody out: silence leads to a rival while it runs, even where it waits for a person; and what was
// proposed in it can be taken only while the lot stands in the market.
func TestBeside(t *testing.T) {
	s, events := after(story(t, "negotiation-beside", nil), 2)
	looks := desk.Outlooks(s, events[len(events)-1].Recorded)
	if len(looks) != 1 || looks[0].At != at(t, "2026-03-03T12:00Z") {
		t.Errorf("a rival can be taken at the end of the round; the outlook says %+v", looks)
	}
	if n := desk.Notices(&s, "northwind"); len(n) != 1 || !n[0].Beside || n[0].Status != right.Negotiating {
		t.Errorf("northwind sees %+v", n)
	}
	open := func(text string) string { return strings.Replace(text, "      negotiation: 240 hours\n", "", 1) }
	s, events = after(story(t, "negotiation-beside", open), 2)
	if m := s.Matter(1); m.Question == nil || m.Question.Param != "negotiation" {
		t.Fatalf("the matter should wait for a person: %+v", m)
	}
	if looks := desk.Outlooks(s, events[len(events)-1].Recorded); len(looks) != 1 || looks[0].At != at(t, "2026-03-03T12:00Z") {
		t.Errorf("what waits beside keeps no rival out; the outlook says %+v", looks)
	}
	silent := func(text string) string { return strings.Replace(open(text), "      window: 72 hours\n", "", 1) }
	s, events = after(story(t, "negotiation-beside-a-first-call", silent), 2)
	if looks := desk.Outlooks(s, events[len(events)-1].Recorded); len(looks) != 1 || !strings.HasPrefix(looks[0].Why, "not before window is determined in m2") {
		t.Errorf("it is the first call that waits, not what runs beside; the outlook says %+v", looks)
	}
	for turns, want := range map[int]bool{3: false, 5: true} { // while southwind may answer, and once it declined
		s, _ := after(story(t, "negotiation-beside-a-first-call", nil), turns)
		may := false
		for _, turn := range desk.Next(&s, "acme") {
			may = may || strings.HasPrefix(turn.What, "may accept what the other side proposed last")
		}
		if may != want {
			t.Errorf("after %d turns acme may accept the proposal: %t, want %t", turns, may, want)
		}
	}
}
