package main

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// deeper are the tests that -search puts a survivor to, with the list that keeps the seeds of the histories which it finds.
var deeper = []struct{ folder, run string }{
	{"internal/naive", "-test.run=TestAgainstEngine$"},
	{"internal/scenario", "-test.run=TestRandomHistories$"},
}

var failingSeed = regexp.MustCompile(`-seed (\d+)`)

// search looks for histories in which the guards of survivors decide, and prints the lines to add to the lists of such histories.
func (w *work) search(survivors []mutant, histories int, seed uint64) {
	for _, m := range survivors {
		if _, ok := w.explained(m); ok {
			continue
		}
		found := false
		for _, d := range deeper {
			s := suite{layer: layer{folder: d.folder}}
			p := part{took: time.Duration(histories) * 10 * time.Millisecond}
			p.args = []string{d.run, "-histories=" + strconv.Itoa(histories), "-seed=" + strconv.FormatUint(seed, 10)}
			out, err := w.run(&s, &p, "MUTANT="+m.name())
			if at := failingSeed.FindStringSubmatch(out); err != nil && at != nil {
				g := w.guards[m.guard-1]
				fmt.Printf("%s/testdata/decided.txt: %s %s %s: %s %s\n", d.folder, at[1], g.file, g.function, m.mode, g.text)
				found = true
				break
			}
		}
		if !found {
			fmt.Printf("nothing found: %s\n", w.describe(m))
		}
	}
}
