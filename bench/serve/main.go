// Command serve measures the server as it is shipped: the binary, over HTTP, on a folder of its own.
//
//	go run ./bench/serve [-dir DIR] [-for 6s] [-deadlines 100000] [-connections 256] [-only NAME]
//	go run ./bench/serve -only soak [-soak 15m] [-soak-rate 20]
//
// # What is measured
//
//	start       from the start of the process until /readyz says ready, the median of some starts on a folder with a law; bar 300 ms
//	memory      resident memory of a server that is ready and idle; bar 60 MB
//	deadlines   a folder with so many open deadlines, of which some come while the server runs: start until ready (bar 2 s), and how late
//	            the 99th of 100 was fired, read from the server's own metrics (bar 1 s)
//	top rate    needs submitted on so many connections, next to a bare group-commit append of the same bytes (package bare) by as many
//	            callers on the same disk, in turns of the same run; bar 30 %
//	            negotiations a second over as many connections, each an offer, a notice with a timer and an answer: three commands
//	latency     the 99th of 100 commands at half of that rate, from the instant at which each should have been sent; bar 50 ms
//	soak        only where it is asked for: a steady load, and memory that does not grow: resident and living on the heap, of which the last
//	            third may lie 5 % above the middle one
//
// The clients run on the same machine, so CPU seconds of the server and of the clients stand apart. Where other programs keep the cores busy,
// they and the number of transactions say more than rates and times do.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"firstlook/bench/negotiation"
)

// options are the flags.
type options struct {
	dir         string
	length      time.Duration
	deadlines   int
	connections int
	only        string
	soak        time.Duration
	soakRate    int // negotiations a second
}

func main() {
	var o options
	flag.StringVar(&o.dir, "dir", "", "disk to measure; a folder is made in it and removed (the system's temporary folder when empty)")
	flag.DurationVar(&o.length, "for", 6*time.Second, "time of each rate")
	flag.IntVar(&o.deadlines, "deadlines", 100_000, "open deadlines")
	flag.IntVar(&o.connections, "connections", 256, "connections of the top rate")
	flag.StringVar(&o.only, "only", "", "one of start, deadlines, rate, soak")
	flag.DurationVar(&o.soak, "soak", 15*time.Minute, "time of the soak")
	flag.IntVar(&o.soakRate, "soak-rate", 20, "negotiations a second of the soak")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
}

func run(o options) (err error) {
	tmp, err := os.MkdirTemp(o.dir, "bench-serve-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	p := program{binary: filepath.Join(tmp, "firstlook"), dir: tmp}
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", p.binary, "firstlook/cmd/firstlook")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	fmt.Printf("%-34s %12s %12s %10s  %s\n", "", "measured", "bar", "CPU s", "")
	for _, part := range []struct {
		name string
		run  func(program, options) error
	}{{"start", start}, {"deadlines", deadlines}, {"rate", rate}, {"soak", soak}} {
		if part.name != o.only && (o.only != "" || part.name == "soak") {
			continue
		}
		if err := part.run(p, o); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

// row prints a line of the table.
func row(name, measured, bar string, cpu float64, met bool) {
	verdict := "met"
	switch {
	case bar == "":
		verdict = ""
	case !met:
		verdict = "missed"
	}
	fmt.Printf("%-34s %12s %12s %10.2f  %s\n", name, measured, bar, cpu, verdict)
}

func millis(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }

const (
	starts    = 7
	startBar  = 300 * time.Millisecond
	memoryBar = 60 // MB
	settles   = 3 * time.Second
)

// start measures starts on a folder with a law, and what a server holds that nobody asks anything.
func start(p program, o options) error {
	folder, err := p.newFolder(negotiation.Providers)
	if err != nil {
		return err
	}
	var took []time.Duration
	cpu := 0.0
	var memory int64
	for i := range starts {
		s, err := p.serve(folder, "")
		if err != nil {
			return err
		}
		took = append(took, s.ready)
		cpu += s.cpu()
		if i == starts-1 {
			time.Sleep(settles)
			if memory, err = s.memory(); err != nil {
				return errors.Join(err, s.stop())
			}
		}
		if err := s.stop(); err != nil {
			return err
		}
	}
	slices.Sort(took)
	median := took[len(took)/2]
	row("start to ready, median of 7", millis(median), millis(startBar), cpu/starts, median <= startBar)
	row("memory when idle", fmt.Sprintf("%.1f MB", float64(memory)/1e6), fmt.Sprintf("%d MB", memoryBar), 0, memory <= memoryBar*1_000_000)
	return nil
}
