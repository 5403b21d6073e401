package cli

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// slowly is a writer that takes its time.
type slowly struct {
	mu     sync.Mutex
	text   bytes.Buffer
	writes int
}

func (s *slowly) Write(p []byte) (int, error) {
	time.Sleep(time.Millisecond)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	return s.text.Write(p)
}

// Every line of many writers arrives once, whole and in each writer's order, with fewer writes than lines; and what comes after the end
// arrives, too.
func TestLinesArrive(t *testing.T) {
	const writers, each = 20, 500
	out := &slowly{}
	l := newLaterLines(out)
	var wait sync.WaitGroup
	for w := range writers {
		wait.Go(func() {
			for i := range each {
				if _, err := fmt.Fprintf(l, "%d %d %s\n", w, i, strings.Repeat("x", 300)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	l.Close()
	if _, err := fmt.Fprintln(l, "late 0 x"); err != nil {
		t.Fatal(err)
	}
	next := map[string]int{}
	all := strings.Split(strings.TrimSuffix(out.text.String(), "\n"), "\n")
	for _, line := range all {
		var who, rest string
		var n int
		if _, err := fmt.Sscan(line, &who, &n, &rest); err != nil || n != next[who] {
			t.Fatalf("%q is not line %d of its writer: %v", line, next[who], err)
		}
		next[who]++
	}
	if len(all) != writers*each+1 || next["late"] != 1 {
		t.Errorf("%d lines of %d arrived", len(all), writers*each+1)
	}
	if out.writes > len(all)/4 {
		t.Errorf("%d writes for %d lines", out.writes, len(all))
	}
}
