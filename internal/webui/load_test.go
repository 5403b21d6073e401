package webui_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"firstlook/capacity"
	"firstlook/right"
)

// A thousand pages that are open hear of a change within a second; where the machine is busy with something else, at one of five tries.
func TestThousandPages(t *testing.T) {
	const pages, limit = 1000, time.Second
	w := newWorld(t)
	server := httptest.NewServer(w.pages)
	defer server.Close()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	heard := make(chan string, 4*pages)
	for range pages {
		ready := make(chan struct{})
		go listen(ctx, t, server.URL, "planner", ready, heard)
		<-ready
	}
	var took time.Duration
	for try := range 5 {
		if took = tell(t, w, heard, 2*pages, try); took <= limit { // two lines each
			break
		}
	}
	t.Logf("%d pages heard of it in %s", pages, took.Round(time.Millisecond))
	if took > limit {
		t.Errorf("it took %s, more than %s", took, limit)
	}
}

// tell changes something, and returns how long it took until so many lines came.
func tell(t *testing.T, w *world, heard chan string, lines, try int) time.Duration {
	t.Helper()
	s, err := w.desk.State(t.Context(), "n8")
	if err != nil {
		t.Fatal(err)
	}
	n := *s.Need
	n.ID = capacity.NeedID(fmt.Sprint("another-", try))
	begin := time.Now()
	if _, err := w.desk.Do(t.Context(), n.ID, right.Command{By: n.Buyer, Ask: right.Submit{Need: n}}, ""); err != nil {
		t.Fatal(err)
	}
	for n := range lines {
		select {
		case <-heard:
		case <-time.After(time.Minute):
			t.Fatalf("%d of %d lines after a minute", n, lines)
		}
	}
	return time.Since(begin)
}
