package demo

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

// The demo runs on any machine and ends in a table of the four readings; what it says comes from the engine.
func TestRun(t *testing.T) {
	var out bytes.Buffer
	if err := Run(context.Background(), &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"READING 4 of 4", "WHERE THE READINGS PART", "blocked", "WHAT WOULD HAVE CHANGED IT"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the demo does not say %q", want)
		}
	}
	t.Log(out.String())
}
