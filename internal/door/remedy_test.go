package door

import (
	"testing"

	"firstlook/right"
)

// Every refusal has a next step, and nothing else does.
func TestRemedies(t *testing.T) {
	for _, code := range right.Codes {
		if remedies[code] == "" {
			t.Errorf("refusal %s has no next step", code)
		}
	}
	if len(remedies) != len(right.Codes) {
		t.Errorf("%d next steps for %d codes", len(remedies), len(right.Codes))
	}
	if got := Remedy(&right.Refusal{Code: right.NeedUnknown, Detail: "see `firstlook need list`"}); got != "" {
		t.Errorf("the detail says what to do, and the remedy says %q", got)
	}
}
