// Command engine measures the pure engine: commands per second on one core, Decide and Apply together, time settled
// first, no disk. Bar: 1,000,000 (issue "the main job").
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"firstlook/bench/negotiation"
	"firstlook/right"
)

func main() {
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(400) // as the server sets it: the live heap is small, so collecting less often is cheap
	law, err := negotiation.Law()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("%-42s %12s %12s %10s\n", "pure engine, one core", "commands/s", "ns/command", "events")
	var commands, cpu float64
	for _, script := range []struct {
		name string
		play []negotiation.Timed
	}{
		{"first offer: need, terms, answer", negotiation.FirstOffer("n1")},
		{"match: need, 2 offers, choice, answer", negotiation.Match("n1")},
	} {
		n, seconds, events, err := measure(law, script.play)
		if err != nil {
			fmt.Fprintln(os.Stderr, script.name+":", err)
			os.Exit(1)
		}
		commands, cpu = commands+n, cpu+seconds
		fmt.Printf("%-42s %12.0f %12.0f %10d\n", script.name, n/seconds, seconds/n*1e9, events)
	}
	fmt.Printf("%-42s %12.0f %12.0f\n", "both", commands/cpu, cpu/commands*1e9)
}

// measure plays a script for two CPU seconds and returns commands, CPU seconds, and the events of one run.
func measure(law *right.Law, script []negotiation.Timed) (n, seconds float64, events int, err error) {
	play := func() error {
		s := right.Begin(law)
		events = 0
		for i := range script {
			next, es, err := right.Step(s, script[i].Command, script[i].At)
			if err != nil {
				return err
			}
			s = next
			events += len(es)
		}
		if !s.Settled() {
			return fmt.Errorf("the negotiation did not end in an award")
		}
		return nil
	}
	for range 2000 { // warm
		if err := play(); err != nil {
			return 0, 0, 0, err
		}
	}
	begin := cpuTime()
	for cpuTime()-begin < 2*time.Second {
		for range 1000 {
			_ = play()
		}
		n += float64(1000 * len(script))
	}
	return n, (cpuTime() - begin).Seconds(), events, nil
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
