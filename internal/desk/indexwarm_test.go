package desk_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"firstlook/award"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/journal/memory"
	"firstlook/internal/pricebook"
	"firstlook/need"
	"firstlook/party"
	"firstlook/right"
)

// gated is a desk whose needs are read one for each word that it is given; free lets them all through.
type gated struct {
	*desk.Desk
	word chan struct{}
	free atomic.Bool
	read atomic.Int64
}

func (g *gated) History(ctx context.Context, id capacity.NeedID) ([]right.Event, error) {
	if !g.free.Load() {
		<-g.word
	}
	g.read.Add(1)
	return g.Desk.History(ctx, id)
}

// While the lists are being made after a start a list says so; then it reads nothing but what was recorded meanwhile, and it is what a
// list is that read everything itself.
func TestListsMadeBeforehand(t *testing.T) {
	ctx := context.Background()
	d, store := full(t, 60)
	g := &gated{Desk: d, word: make(chan struct{})}
	lists := desk.NewIndex(g, store)
	ended := make(chan error, 1)
	go func() { ended <- lists.Warm(ctx) }()
	for range 20 {
		g.word <- struct{}{}
	}
	_, err := lists.List(ctx, "acme-labs", false)
	var warming *desk.Warming
	if !errors.As(err, &warming) || warming.Percent < 20 || warming.Percent > 40 {
		t.Errorf("a list while they are made: %v", err)
	}
	if percent, working := lists.Progress(); !working || percent < 20 {
		t.Errorf("%d %t", percent, working)
	}
	for _, id := range []capacity.NeedID{"n3", "n59"} { // one that was read, one that was not
		if _, err := d.Do(ctx, id, right.Command{By: "acme-labs", Ask: right.Withdraw{Reason: "not needed"}}, ""); err != nil {
			t.Fatal(err)
		}
	}
	g.free.Store(true)
	close(g.word)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	g.read.Store(0)
	for _, who := range []party.ID{"acme-labs", "northwind", "contoso-cloud", "nobody", ""} {
		got, err := lists.List(ctx, who, who == "")
		if err != nil {
			t.Fatal(err)
		}
		want, err := d.NewIndex().List(ctx, who, who == "")
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(want, got) {
			t.Errorf("%q sees other lists than one that reads everything: %d needs, %d", who, len(got), len(want))
		}
	}
	if n := g.read.Load(); n > 2 {
		t.Errorf("the lists read %d needs again, 2 have changed", n)
	}
}

// Making the lists ends with its context, and lists then do the work themselves.
func TestListsNotMade(t *testing.T) {
	d, store := full(t, 30)
	g := &gated{Desk: d, word: make(chan struct{})}
	lists := desk.NewIndex(g, store)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- lists.Warm(ctx) }()
	g.word <- struct{}{}
	stop()
	close(g.word)
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Fatal("it goes on")
	}
	if all, err := lists.List(context.Background(), "acme-labs", false); err != nil || len(all) != 30 {
		t.Errorf("%d needs, %v", len(all), err)
	}
}

// full is a desk with so many needs of acme-labs, over each of which contoso-cloud has a first offer.
func full(t *testing.T, needs int) (*desk.Desk, *memory.Store) {
	t.Helper()
	ctx, store := context.Background(), memory.New()
	d, err := desk.Open(ctx, store, &handClock{at(t, "2026-03-02T12:00Z")}, desk.Tables{Throughput: pricebook.EmbeddedThroughputs()[0], Egress: award.Egress{}})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../examples/neutral.yaml")
	if err == nil {
		_, err = d.AddAgreement(ctx, "neutral.yaml", text)
	}
	if err != nil {
		t.Fatal(err)
	}
	n, err := need.Parse("need.yaml", []byte(`{need: n1, buyer: acme-labs, class: training, purpose: research, accelerators: [H100], quantity: 64,
  start: 2026-06-01, duration: 90 days, offers_window: 48 hours}`))
	if err != nil {
		t.Fatal(err)
	}
	for i := range needs {
		n.ID = capacity.NeedID(fmt.Sprintf("n%d", i+1))
		if _, err := d.Do(ctx, n.ID, right.Command{By: "acme-labs", Ask: right.Submit{Need: n}}, ""); err != nil {
			t.Fatal(err)
		}
	}
	return d, store
}
