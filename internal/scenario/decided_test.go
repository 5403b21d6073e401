package scenario

import (
	_ "embed"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// decided lists random histories by their seeds, a line each, with the condition of the engine that decides in them: without it the checker finds a breach there.
// `go run ./internal/lawcheck/mutate -search N` looks for more.
//
//go:embed testdata/decided.txt
var decided string

// No history in which one condition decides breaks a rule.
func TestDecided(t *testing.T) {
	for line := range strings.Lines(decided) {
		seed, what, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, err := strconv.ParseUint(seed, 10, 64)
		if err != nil {
			t.Fatalf("testdata/decided.txt: %q: %v", line, err)
		}
		t.Run(seed, func(t *testing.T) {
			if _, err := (dice{rand.New(rand.NewPCG(n, 1))}).history(); err != nil {
				t.Errorf("%s\n%v", what, err)
			}
		})
	}
}
