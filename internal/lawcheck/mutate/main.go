// Command mutate breaks each guard of the engine on purpose, one at a time, and says whether a test notices.
//
//	go run ./internal/lawcheck/mutate                  # all of package right
//	go run ./internal/lawcheck/mutate -sample 100 -seed 7
//	go run ./internal/lawcheck/mutate -only 41:never   # one mutant, with the output of the tests
//	go run ./internal/lawcheck/mutate -match 'takeTerms: never' -match 'p.Negotiation.Given'
//	go run ./internal/lawcheck/mutate -search 20000 -seed 7   # looks for histories that catch what survives
//
// With -match only the mutants run whose description, as a survivor's line shows it, contains one of the texts.
//
// A guard is a condition of an if, a case of a switch, an operand of && or ||, or a condition that is returned. What is done to
// it:
//
//	negate   the condition is turned round
//	never    the condition of an if, or the case, does not hold: the rule is dropped
//	drop     the operand is left out
//
// The module is copied to a temporary folder and every guard is wrapped once, so that the tests are compiled once and each
// mutant is only a run of them with another setting in the environment. The tests come in layers: the engine's own, the table of
// commands and the recorded histories, the scenarios, the second engine and the random histories, of both first those in which one guard decides
// (testdata/decided.txt) and then some with a fixed seed, the model. Each
// layer runs once with nothing broken, some of its tests at a time, which shows the guards that each part comes to; a mutant is put
// only to the parts that come to its guard, in that order, until one fails. A mutant that sends the engine round in circles is stopped and counts as caught.
//
// It ends with exit code 1 where a mutant survives that [equivalent] does not list with a reason, or, in a whole run, one is caught that it lists.
package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

func main() {
	var (
		target = flag.String("package", "right", "folder of the package whose guards are broken")
		sample = flag.Int("sample", 0, "how many mutants to run, drawn at random; 0 for all")
		seed   = flag.Uint64("seed", 0, "seed of the sample; 0 for another each time")
		jobs   = flag.Int("jobs", 2, "mutants that run at a time")
		only   = flag.String("only", "", "run this mutant alone, such as 41:never, and show what the tests say")
		deep   = flag.Int("search", 0, "put each survivor to so many more histories, and print the lines that keep those in which it is noticed")
		match  []string
	)
	flag.Func("match", "run only the mutants whose description contains this `text`; may stand several times", func(text string) error {
		match = append(match, text)
		return nil
	})
	flag.Parse()
	found, err := run(*target, choice{*sample, *seed, *only, match, *deep}, *jobs)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(2)
	}
	if found {
		os.Exit(1)
	}
}

// choice says which mutants run: all where nothing is set.
type choice struct {
	sample int    // how many of them, drawn at random
	seed   uint64 // of the sample; 0 for another each time
	only   string // this one alone
	match  []string
	deep   int // histories that survivors are put to after it; 0 for none
}

// run breaks the guards and reports whether a mutant survived that nobody explained.
func run(target string, which choice, jobs int) (bool, error) {
	w, err := prepare(target)
	if err != nil {
		return false, err
	}
	defer w.remove()
	if err := w.build(); err != nil {
		return false, err
	}
	fmt.Printf("%d mutants of %d guards in %s; before anything is broken every layer passes:\n", len(w.mutants), len(w.guards), target)
	for i := range w.suites {
		s := &w.suites[i]
		n := 0
		for g := range w.guards {
			if s.reaches(g + 1) {
				n++
			}
		}
		fmt.Printf("  %-20s %8s in %2d parts, comes to %d guards\n", s.name, s.took().Round(10*time.Millisecond), len(s.parts), n)
	}
	if which.only != "" {
		return w.one(which.only)
	}
	chosen := w.choose(which)
	if len(chosen) == 0 {
		return false, fmt.Errorf("no mutant matches %q", which.match)
	}
	began := time.Now()
	survivors, caught := w.all(chosen, jobs)
	if which.deep > 0 {
		w.search(survivors, which.deep, which.seed+1)
	}
	return w.report(chosen, survivors, caught, time.Since(began)), nil
}

// choose lists the mutants to run.
func (w *work) choose(which choice) []mutant {
	var chosen []mutant
	for _, m := range w.mutants {
		if len(which.match) == 0 || slices.ContainsFunc(which.match, func(text string) bool { return strings.Contains(w.describe(m), text) }) {
			chosen = append(chosen, m)
		}
	}
	if which.sample > 0 && which.sample < len(chosen) {
		if which.seed == 0 {
			which.seed = uint64(time.Now().UnixNano())
		}
		rand.New(rand.NewPCG(which.seed, 0)).Shuffle(len(chosen), func(i, j int) { chosen[i], chosen[j] = chosen[j], chosen[i] })
		chosen = chosen[:which.sample]
		fmt.Printf("a sample of %d; again with -sample %d -seed %d\n", which.sample, which.sample, which.seed)
	}
	return chosen
}

// one runs a single mutant and shows what the tests say.
func (w *work) one(name string) (bool, error) {
	i := slices.IndexFunc(w.mutants, func(m mutant) bool { return m.name() == name })
	if i < 0 {
		return false, fmt.Errorf("there is no mutant %s", name)
	}
	m := w.mutants[i]
	fmt.Println(w.describe(m))
	out, by := w.test(m)
	fmt.Println(out)
	if by == "" {
		fmt.Println("survived")
	} else {
		fmt.Printf("caught by %s\n", by)
	}
	return by == "", nil
}

// all runs mutants, some at a time, and returns those that survive and how many each layer caught.
func (w *work) all(chosen []mutant, jobs int) (survivors []mutant, caught map[string]int) {
	var (
		mu    sync.Mutex
		wait  sync.WaitGroup
		queue = make(chan mutant)
		done  int
		began = time.Now()
	)
	caught = map[string]int{}
	for range max(jobs, 1) {
		wait.Go(func() {
			for m := range queue {
				_, by := w.test(m)
				mu.Lock()
				done++
				if by == "" {
					survivors = append(survivors, m)
					fmt.Printf("survived: %s\n", w.describe(m))
				} else {
					caught[by]++
				}
				if done%100 == 0 {
					left := time.Since(began) / time.Duration(done) * time.Duration(len(chosen)-done)
					fmt.Printf("%d of %d, %d survived so far, about %s left\n", done, len(chosen), len(survivors), left.Round(time.Second))
				}
				mu.Unlock()
			}
		})
	}
	for _, m := range chosen {
		queue <- m
	}
	close(queue)
	wait.Wait()
	slices.SortFunc(survivors, func(a, b mutant) int { return a.guard - b.guard })
	return survivors, caught
}

// report prints what became of the mutants and whether one survived that nobody explained.
func (w *work) report(chosen, survivors []mutant, caught map[string]int, took time.Duration) bool {
	explained, unreached := 0, 0
	for _, m := range survivors {
		line := w.describe(m)
		if why, ok := w.explained(m); ok {
			explained++
			fmt.Printf("equivalent  %s: %s\n", line, why)
			continue
		}
		reached := ""
		if !w.reached(m) {
			unreached++
			reached = " (no test comes here)"
		}
		fmt.Printf("survived    %s%s\n", line, reached)
	}
	stale := 0
	if len(chosen) == len(w.mutants) {
		for _, r := range w.stale(survivors) {
			stale++
			fmt.Printf("listed as equivalent, but caught: %s %s `%s` %s\n", r.file, r.function, r.text, r.mode)
		}
	}
	for i := range w.suites {
		fmt.Printf("caught by %-20s %d\n", w.suites[i].name, caught[w.suites[i].name])
	}
	fmt.Printf("%d mutants run of %d: %d caught, %d equivalent, %d survived (%d of them where no test comes), 0 do not compile; %s\n", len(chosen), len(w.mutants),
		len(chosen)-len(survivors), explained, len(survivors)-explained, unreached, took.Round(time.Second))
	return len(survivors) > explained || stale > 0
}
