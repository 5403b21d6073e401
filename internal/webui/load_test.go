package webui_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"firstlook/right"
)

// A thousand pages that are open hear of a change within a second.
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
	begin := time.Now()
	if _, err := w.desk.Do(ctx, "n8", right.Command{By: "northwind", Ask: right.Answer{Matter: 1, Kind: right.Decline}}, ""); err != nil {
		t.Fatal(err)
	}
	for n := 0; n < 2*pages; n++ { // two lines each
		select {
		case <-heard:
		case <-time.After(5 * time.Second):
			t.Fatalf("%d of %d lines after five seconds", n, 2*pages)
		}
	}
	took := time.Since(begin)
	t.Logf("%d pages heard of it in %s", pages, took.Round(time.Millisecond))
	if took > limit {
		t.Errorf("it took %s, more than %s", took, limit)
	}
}
