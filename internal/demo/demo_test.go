package demo

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
)

// The demo runs on any machine; what it says comes from the engine, and the four readings part.
func TestRun(t *testing.T) {
	var out bytes.Buffer
	told, err := Run(context.Background(), &out)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"READING 4 of 4", "WHERE THE READINGS PART", "blocked", "WHAT WOULD HAVE CHANGED IT"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the demo does not say %q", want)
		}
	}
	seen := map[string]string{}
	for _, r := range told {
		var supplied int64
		for _, s := range r.Shares {
			supplied += s.Quantity
		}
		if supplied+r.Open != 4096 {
			t.Errorf("%s: %d supplied and %d open of 4096", r.Reading, supplied, r.Open)
		}
		if len(r.DecidedBy) == 0 {
			t.Errorf("%s: no clause decided it", r.Reading)
		}
		end := fmt.Sprint(r.Shares, r.Open, r.Landed)
		if other, same := seen[end]; same {
			t.Errorf("%q and %q end alike: %s", r.Reading, other, end)
		}
		seen[end] = r.Reading
	}
}
