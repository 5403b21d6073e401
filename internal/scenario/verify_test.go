package scenario

import (
	"strings"
	"testing"

	"firstlook/right"
)

// A record that tells another story when every deadline is woken in time is found, and so is one that re-applies to
// another state.
func TestRetellingFindsAnotherStory(t *testing.T) {
	a := right.Event{At: 1, Recorded: 5, Fact: &right.RoundClosed{Lot: 1}}
	b := right.Event{At: 1, Recorded: 1, Fact: &right.RoundClosed{Lot: 1}}
	if err := sameStory([]right.Event{a}, []right.Event{b}); err != nil {
		t.Errorf("recorded at another time, the story is the same: %v", err)
	}
	b.At = 2
	if err := sameStory([]right.Event{a}, []right.Event{b}); err == nil || !strings.Contains(err.Error(), "becomes") {
		t.Errorf("happened at another time: got %v", err)
	}
	if err := sameStory([]right.Event{a}, nil); err == nil || !strings.Contains(err.Error(), "1 events become 0") {
		t.Errorf("an event less: got %v", err)
	}
}
