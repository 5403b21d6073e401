package desk_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"firstlook/agreement"
	"firstlook/award"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/journal"
	"firstlook/internal/journal/memory"
	"firstlook/internal/pricebook"
	"firstlook/need"
	"firstlook/right"
)

// handClock is moved by the test.
type handClock struct{ now calendar.Instant }

func (c *handClock) Now() calendar.Instant                   { return c.now }
func (c *handClock) After(calendar.Instant) <-chan time.Time { return nil }

func at(t *testing.T, s string) calendar.Instant {
	t.Helper()
	i, err := calendar.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// open returns a desk under the neutral example, with its first need submitted: a first offer is noticed and waits for its
// receipt.
func open(t *testing.T, clock *handClock, edit func(string) string) *desk.Desk {
	t.Helper()
	return openOn(t, memory.New(), clock, edit)
}

func openOn(t *testing.T, store journal.Store, clock *handClock, edit func(string) string) *desk.Desk {
	t.Helper()
	ctx := context.Background()
	d, err := desk.Open(ctx, store, clock, desk.Tables{Throughput: pricebook.EmbeddedThroughputs()[0], Egress: award.Egress{}})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../examples/neutral.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.AddAgreement(ctx, "neutral.yaml", []byte(edit(string(text)))); err != nil {
		t.Fatal(err)
	}
	n, err := need.Parse("need.yaml", []byte(`{need: n1, buyer: acme-labs, class: training, purpose: research, accelerators: [H100], quantity: 64,
  start: 2026-06-01, duration: 90 days, offers_window: 48 hours}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Do(ctx, "n1", right.Command{By: "acme-labs", Ask: right.Submit{Need: n}}, ""); err != nil {
		t.Fatal(err)
	}
	return d
}

func due(t *testing.T, d *desk.Desk) calendar.Instant {
	t.Helper()
	i, _, err := d.NextDue(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// A trigger that is certified for later moves the deadline of an open matter nearer, although nothing happens yet.
func TestDueMovesWithTheLaw(t *testing.T) {
	ctx := context.Background()
	clock := &handClock{at(t, "2026-03-02T12:00Z")}
	d := open(t, clock, func(s string) string {
		s = strings.Replace(s, "    threshold: {quantity: 64, aggregate_days: 30}\n    survival: run_off", "    triggers: [spend-reached]\n    survival: terminate", 1)
		return strings.Replace(s, "      clock: received\n    window: 24 hours", "      clock: sent\n    window: 240 hours", 1)
	})
	if got, want := due(t, d), at(t, "2026-03-12T12:00Z"); got != want {
		t.Fatalf("the window is due at %s, want %s", got, want)
	}
	sunset := at(t, "2026-03-05T12:00Z")
	f := agreement.Fact{Agreement: "acme-northwind", Trigger: "spend-reached", By: "auditor", Person: "A. Auditor", Reason: "a statement", At: sunset}
	if _, err := d.Certify(ctx, f); err != nil {
		t.Fatal(err)
	}
	if got := due(t, d); got != sunset {
		t.Errorf("after the certificate the need is due at %s, want %s", got, sunset)
	}
	clock.now = sunset
	if err := d.FireDue(ctx); err != nil {
		t.Fatal(err)
	}
	s, err := d.State(ctx, capacity.NeedID("n1"))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Matters[0].Status; got != right.Terminated {
		t.Errorf("at the sunset the matter is %s, want %s", got, right.Terminated)
	}
	if one, err := d.Audit(ctx, "n1"); err != nil || len(one.Faults) > 0 {
		t.Errorf("the record does not replay: %v %v", one.Faults, err)
	}
}

// A sunset that an amendment puts off is no deadline any more: firing comes to an end, and the window stays open.
func TestDueThatWentAway(t *testing.T) {
	ctx := context.Background()
	clock := &handClock{at(t, "2026-03-02T12:00Z")}
	edit := func(until string) func(string) string {
		return func(s string) string {
			head, tail, _ := strings.Cut(s, "  - id: training-first\n")
			tail = strings.Replace(tail, "2026-01-01..2028-01-01", "2026-01-01.."+until, 1)
			tail = strings.Replace(tail, "    survival: run_off", "    survival: terminate", 1)
			return head + "  - id: training-first\n" + strings.Replace(tail, "      clock: received\n    window: 24 hours", "      clock: sent\n    window: 240 hours", 1)
		}
	}
	d := open(t, clock, edit("2026-03-04"))
	sunset := at(t, "2026-03-04T00:00Z")
	if got := due(t, d); got != sunset {
		t.Fatalf("the need is due at %s, want the sunset %s", got, sunset)
	}
	text, err := os.ReadFile("../../examples/neutral.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.AmendAgreement(ctx, "neutral.yaml", []byte(edit("2027-01-01")(string(text)))); err != nil {
		t.Fatal(err)
	}
	clock.now = sunset
	ended := make(chan error, 1)
	go func() { ended <- d.FireDue(ctx) }()
	select {
	case err := <-ended:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(time.Minute):
		t.Fatal("firing a deadline that went away does not end")
	}
	if got, want := due(t, d), at(t, "2026-03-12T12:00Z"); got != want {
		t.Errorf("the need is due at %s, want the window's end %s", got, want)
	}
}
