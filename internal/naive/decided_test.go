package naive

import (
	_ "embed"
	"strconv"
	"strings"
	"testing"
)

// decided lists histories by their seeds, a line each, with the condition of the engine that decides in them. Whoever breaks that condition parts from this engine
// there; `go run ./internal/lawcheck/mutate -search N` looks for more. After a change to what is random they are histories like any other.
//
//go:embed testdata/decided.txt
var decided string

// Both engines say the same of the histories in which one condition decides.
func TestDecided(t *testing.T) {
	for line := range strings.Lines(decided) {
		seed, what, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, err := strconv.ParseUint(seed, 10, 64)
		if err != nil {
			t.Fatalf("testdata/decided.txt: %q: %v", line, err)
		}
		t.Run(seed, func(t *testing.T) {
			if why, story := compare(n, covered()); why != "" {
				t.Errorf("%s\n%s%s", what, story, why)
			}
		})
	}
}
