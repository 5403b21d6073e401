package webui_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/journal"
	"firstlook/internal/sqlite"
	"firstlook/internal/webui"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// crowd adds needs of the buyer to a world: all are asked for in the market or wait for a right, a third has an offer, a fifth is withdrawn.
func (w *world) crowd(n int) {
	w.t.Helper()
	ctx := context.Background()
	s, err := w.desk.State(ctx, "n9")
	if err != nil {
		w.t.Fatal(err)
	}
	do := func(id capacity.NeedID, c right.Command) {
		if _, err := w.desk.Do(ctx, id, c, ""); err != nil {
			w.t.Fatal(id, err)
		}
	}
	terms := s.Tenders[0].Offer.Terms
	for i := range n {
		need := *s.Need
		if i >= 300 { // else each of one buyer's would carry all others, which count for a threshold
			need.Buyer = party.ID(fmt.Sprintf("buyer-%d", i%80))
		}
		need.ID, need.Title = capacity.NeedID(fmt.Sprintf("x%d", i)), fmt.Sprintf("Batch %d", i)
		do(need.ID, right.Command{By: need.Buyer, Ask: right.Submit{Need: need}})
		if i%3 == 0 {
			o := offer.Offer{ID: offer.ID(fmt.Sprintf("o-x%d", i)), Need: need.ID, Provider: "contoso-cloud", Terms: terms, ValidUntil: w.clock.at + 30*24*3600*1e6, Salt: "a salt of this test alone"}
			do(need.ID, right.Command{By: "contoso-cloud", Ask: right.SubmitOffer{Offer: o}})
		}
		if i%5 == 0 {
			do(need.ID, right.Command{By: need.Buyer, Ask: right.Withdraw{Reason: "not needed any more"}})
		}
	}
}

// A long list is shown in parts, and a desk where much waits says how much more there is.
func TestLongLists(t *testing.T) {
	w := newWorld(t)
	w.crowd(150)
	first, second := words(w.get("planner", "/needs").Body.String()), words(w.get("planner", "/needs?page=2").Body.String())
	if !strings.Contains(first, "1 to 100 of 1") || !strings.Contains(first, "x149 (/needs/x149)") || strings.Contains(first, "x10 (/needs/x10)") || !strings.Contains(first, "/needs?page=2") {
		t.Errorf("the first part is\n%s", first)
	}
	if !strings.Contains(second, "101 to 1") || !strings.Contains(second, "n2 (/needs/n2)") || !strings.Contains(second, "/needs?page=1") {
		t.Errorf("the second part is\n%s", second)
	}
	if far := words(w.get("planner", "/needs?page=99999999999999999999").Body.String()); far != first {
		t.Errorf("a page that is no number is\n%s", far)
	}
	desk := words(w.get("planner", "/").Body.String())
	if n := strings.Count(desk, " · Batch "); n < maxOnDesk-9 || n > 2*maxOnDesk || !strings.Contains(desk, "and what waits in ") {
		t.Errorf("%d tasks on the desk\n%s", n, desk)
	}
	for _, path := range []string{"/market", "/record?page=2"} {
		if out := w.get("contoso-sales", path); out.Code != http.StatusOK {
			t.Errorf("%s: %d", path, out.Code)
		}
	}
}

// maxOnDesk is how many tasks of a kind a desk shows.
const maxOnDesk = 50

// BenchmarkLists opens the pages that list needs, with FIRSTLOOK_NEEDS needs (2000 if it is not set) in an SQLite file: after a start
// with nothing in memory, or with FIRSTLOOK_WARM with lists that were made beforehand, as serve does.
func BenchmarkLists(b *testing.B) {
	n, err := strconv.Atoi(os.Getenv("FIRSTLOOK_NEEDS"))
	if err != nil {
		n = 2000
	}
	store, err := sqlite.Open(b.TempDir(), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = store.Close() })
	w := worldOn(b, journal.Store(store), webui.Options{})
	w.crowd(n)
	begin := time.Now()
	if w.desk, err = desk.Open(context.Background(), store, w.clock, tables()); err != nil { // as after a start, with nothing in memory
		b.Fatal(err)
	}
	w.pages = webui.New(webui.Options{Desk: w.desk, Who: who})
	b.Logf("opened in %s", time.Since(begin).Round(time.Millisecond))
	if os.Getenv("FIRSTLOOK_WARM") != "" {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		begin, lists := time.Now(), w.desk.NewIndex()
		if err := lists.Warm(context.Background()); err != nil {
			b.Fatal(err)
		}
		took := time.Since(begin)
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.Logf("made beforehand in %s, %d bytes a need, held as %d", took.Round(time.Millisecond), (int64(after.HeapAlloc)-int64(before.HeapAlloc))/int64(n), lists.Weight()/int64(n))
		w.pages = webui.New(webui.Options{Desk: w.desk, Who: who, Lists: lists})
	}
	for _, c := range []struct{ name, seat, path string }{{"desk", "planner", "/"}, {"desk-holder", "northwind", "/"}, {"desk-provider", "contoso-sales", "/"}, {"needs", "planner", "/needs"}, {"market", "contoso-sales", "/market"}, {"record", "auditor", "/record"}} {
		begin := time.Now()
		if out := w.get(c.seat, c.path); out.Code != http.StatusOK {
			b.Fatal(out.Code)
		} else {
			b.Logf("%s, the first time: %s, %d bytes", c.name, time.Since(begin).Round(time.Millisecond), out.Body.Len())
		}
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if out := w.get(c.seat, c.path); out.Code != http.StatusOK {
					b.Fatal(out.Code)
				}
			}
		})
	}
}
