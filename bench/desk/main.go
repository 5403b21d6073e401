// Command desk measures durable negotiations: each is an offer (a need with the buyer's terms), a notice with a timer
// and an answer, three commands through the desk on SQLite at synchronous=FULL, each acknowledged only when durable.
// The yardstick, in the same run, is a bare group-commit append of the same bytes, three appends a negotiation, by the
// same number of callers. Bar: 60 % of it at 256 callers (issue "the main job").
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"firstlook/agreement"
	"firstlook/bench/journal/bare"
	"firstlook/bench/negotiation"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/journal"
	"firstlook/internal/sqlite"
	"firstlook/right"
)

func main() {
	seconds := flag.Float64("seconds", 3, "time per cell")
	dir := flag.String("dir", ".", "disk to measure; a folder is made in it and removed")
	only := flag.Int("callers", 0, "measure this number of callers alone")
	asJSON := flag.Bool("json", false, "print one JSON object a cell instead of the table")
	profile := flag.String("cpuprofile", "", "write a CPU profile of the run to this file")
	flag.Parse()
	if *profile != "" {
		f, err := os.Create(*profile)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		defer pprof.StopCPUProfile()
	}
	debug.SetGCPercent(400) // as the server sets it
	if err := run(*dir, time.Duration(*seconds*float64(time.Second)), *only, *asJSON); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(dir string, d time.Duration, only int, asJSON bool) error {
	bodies, err := recordBodies()
	if err != nil {
		return err
	}
	total := 0
	for _, b := range bodies {
		total += len(b)
	}
	if !asJSON {
		fmt.Printf("durable negotiations on SQLite, synchronous=FULL; 3 records, %d bytes each negotiation\n", total)
		fmt.Printf("%8s  %14s %10s  %14s %10s  %6s\n", "callers", "bare/s", "cpu s", "firstlook/s", "cpu s", "ratio")
	}
	counts := []int{1, 32, 256}
	if only > 0 {
		counts = []int{only}
	}
	for _, callers := range counts {
		yard, ours, err := measure(dir, callers, d, bodies)
		if err != nil {
			return err
		}
		if asJSON {
			if err := json.NewEncoder(os.Stdout).Encode(line{callers, yard.report(), ours.report()}); err != nil {
				return err
			}
			continue
		}
		fmt.Printf("%8d  %14.0f %10.2f  %14.0f %10.2f  %5.0f%%\n", callers, yard.rate(), yard.cpu, ours.rate(), ours.cpu, 100*ours.rate()/yard.rate())
	}
	return nil
}

// turns is into how many pieces a measurement is cut: the disk and what else the machine does swing by the second, and so
// fall on both.
const turns = 12

// measure lets the two take turns on fresh files of one disk.
func measure(dir string, n int, d time.Duration, bodies [][]byte) (yard, ours cell, err error) {
	tmp, err := os.MkdirTemp(dir, "bench-desk-")
	if err != nil {
		return yard, ours, err
	}
	defer os.RemoveAll(tmp)
	a, err := bare.Open(tmp)
	if err != nil {
		return yard, ours, err
	}
	defer a.Close()
	store, err := sqlite.Open(filepath.Join(tmp, "desk"), sqlite.Options{})
	if err != nil {
		return yard, ours, err
	}
	defer store.Close()
	office, err := openDesk(context.Background(), store)
	if err != nil {
		return yard, ours, err
	}
	for turn := range turns {
		y, err := callers(n, d/turns, func(int, int) error { return appendAll(a, bodies) })
		if err != nil {
			return yard, ours, err
		}
		o, err := callers(n, d/turns, func(caller, i int) error { return negotiate(office, turn, caller, i) })
		if err != nil {
			return yard, ours, err
		}
		yard, ours = yard.plus(y), ours.plus(o)
	}
	return yard, ours, nil
}

// appendAll is what one negotiation costs the yardstick.
func appendAll(a *bare.Appender, bodies [][]byte) error {
	for _, b := range bodies {
		if err := a.Append(context.Background(), b); err != nil {
			return err
		}
	}
	return nil
}

// negotiate plays one negotiation through the desk.
func negotiate(office *desk.Desk, turn, caller, i int) error {
	id := capacity.NeedID(fmt.Sprintf("n%d-%d-%d", turn, caller, i))
	for _, c := range negotiation.FirstOffer(id) {
		if _, err := office.Do(context.Background(), id, c.Command, ""); err != nil {
			return err
		}
	}
	return nil
}

// cell is one measurement: negotiations, wall seconds and CPU seconds, and how long each negotiation took.
type cell struct {
	n, wall, cpu float64
	took         []time.Duration
}

func (c cell) plus(o cell) cell {
	return cell{c.n + o.n, c.wall + o.wall, c.cpu + o.cpu, append(c.took, o.took...)}
}
func (c cell) rate() float64 { return c.n / c.wall }

// line is what -json prints for a number of callers.
type line struct {
	Callers   int    `json:"callers"`
	Bare      report `json:"bare"`
	Firstlook report `json:"firstlook"`
}

// report is a cell in words: CPU of the whole process, and the median and the 99th of 100 times of one negotiation.
type report struct {
	Negotiations float64 `json:"negotiations"`
	Seconds      float64 `json:"seconds"`
	CPU          float64 `json:"cpu_seconds"`
	P50          float64 `json:"p50_ms"`
	P99          float64 `json:"p99_ms"`
}

func (c cell) report() report {
	r := report{Negotiations: c.n, Seconds: c.wall, CPU: c.cpu}
	if len(c.took) > 0 {
		slices.Sort(c.took)
		at := func(p int) float64 { return float64(c.took[(len(c.took)-1)*p/100].Microseconds()) / 1000 }
		r.P50, r.P99 = at(50), at(99)
	}
	return r
}

// recordBodies are the bytes that one negotiation records.
func recordBodies() ([][]byte, error) {
	law, err := negotiation.Law()
	if err != nil {
		return nil, err
	}
	s := right.Begin(law)
	var out [][]byte
	for _, c := range negotiation.FirstOffer("n1") {
		next, events, err := right.Step(s, c.Command, c.At)
		if err != nil {
			return nil, err
		}
		body, err := right.Encode(events)
		if err != nil {
			return nil, err
		}
		s, out = next, append(out, body)
	}
	return out, nil
}

// callers runs work from so many goroutines for a time and counts what was completed.
func callers(n int, d time.Duration, work func(caller, i int) error) (cell, error) {
	var failed atomic.Value
	took := make([][]time.Duration, n)
	var wg sync.WaitGroup
	begin, cpu := time.Now(), cpuSeconds()
	for c := range n {
		wg.Go(func() {
			from := time.Now()
			for i := 0; time.Since(begin) < d; i++ {
				if err := work(c, i); err != nil {
					failed.Store(err)
					return
				}
				now := time.Now()
				took[c] = append(took[c], now.Sub(from))
				from = now
			}
		})
	}
	wg.Wait()
	out := cell{wall: time.Since(begin).Seconds(), cpu: cpuSeconds() - cpu}
	out.took = slices.Concat(took...)
	out.n = float64(len(out.took))
	if err, ok := failed.Load().(error); ok {
		return out, err
	}
	return out, nil
}

// fixedClock stands at the start of the negotiations.
type fixedClock struct{ desk.WallClock }

func (fixedClock) Now() calendar.Instant { return negotiation.Start }

func openDesk(ctx context.Context, store journal.Store) (*desk.Desk, error) {
	office, err := desk.Open(ctx, store, fixedClock{}, desk.Tables{Throughput: capacity.Throughput{Name: "bench",
		Milli: map[capacity.Accelerator]int64{"H100": 989_000}}})
	if err != nil {
		return nil, err
	}
	if _, err := agreement.Parse("bench.yaml", []byte(negotiation.Agreement)); err != nil {
		return nil, err
	}
	if _, err := office.AddAgreement(ctx, "bench.yaml", []byte(negotiation.Agreement)); err != nil {
		return nil, err
	}
	_, err = office.SetProviders(ctx, "providers.yaml", []byte(negotiation.Providers))
	return office, err
}

func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
