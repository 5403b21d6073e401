// Command proof measures what the transparency log costs and how fast a record is verified.
//
//	go run ./bench/proof [-seconds 3] [-dir DIR] [-callers N]
//
// The first table is the durable rate of whole negotiations (three commands through the desk on SQLite at
// synchronous=FULL) and of their bare appends to the store, with the log off and on, on one disk in turns. What it costs is
// the median over the pairs of turns, so that a moment in which the disk or the machine is busy elsewhere counts as one. Bar: the log
// costs at most 15 % of the durable rate. The second is the rate at which one core verifies a full record, every seal
// open: signature, seals, leaves, root and order. Bar: 300,000 events a second.
package main

import (
	"context"
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
	profile := flag.String("cpuprofile", "", "write a CPU profile of the run to this file")
	flag.Parse()
	debug.SetGCPercent(400) // as the server sets it
	if err := run(*dir, time.Duration(*seconds*float64(time.Second)), *only, *profile); err != nil {
		fmt.Fprintln(os.Stderr, "proof:", err)
		os.Exit(1)
	}
}

func run(dir string, d time.Duration, only int, profile string) error {
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	bodies, err := recordBodies()
	if err != nil {
		return err
	}
	fmt.Printf("%-12s %8s  %12s %8s  %12s %8s  %6s\n", "", "callers", "log off/s", "cpu us", "log on/s", "cpu us", "costs")
	counts := []int{1, 32, 256}
	if only > 0 {
		counts = []int{only}
	}
	for _, n := range counts {
		for _, c := range []contestant{{"negotiation", deskWork}, {"3 appends", storeWork(bodies)}} {
			off, on, costs, err := measure(dir, n, d, c)
			if err != nil {
				return err
			}
			fmt.Printf("%-12s %8d  %12.0f %8.1f  %12.0f %8.1f  %5.1f%%\n", c.name, n, off.rate(), off.each(), on.rate(), on.each(), 100*costs)
		}
	}
	return verification(d)
}

// contestant is a piece of work on a store.
type contestant struct {
	name string
	work func(ctx context.Context, store *sqlite.Store) (func(turn, caller, i int) error, error)
}

// turns is into how many slices a measurement is cut: the disk and what else the machine does swing by the second, and so
// fall on both.
const turns = 20

// measure lets a store without and one with the log take turns; each goes first as often as the other. Costs is the median share of
// the rate that the log takes in a pair of turns.
func measure(dir string, n int, d time.Duration, c contestant) (off, on cell, costs float64, err error) {
	tmp, err := os.MkdirTemp(dir, "bench-proof-")
	if err != nil {
		return off, on, 0, err
	}
	defer os.RemoveAll(tmp)
	var stores [2]*sqlite.Store
	var work [2]func(turn, caller, i int) error
	var cells [2]cell
	for i := range work {
		store, err := sqlite.Open(filepath.Join(tmp, fmt.Sprint(i)), sqlite.Options{NoLog: i == 0})
		if err != nil {
			return off, on, 0, err
		}
		defer store.Close()
		stores[i] = store
		if work[i], err = c.work(context.Background(), store); err != nil {
			return off, on, 0, err
		}
	}
	var shares []float64
	for turn := range turns {
		var pair [2]cell
		for i := range work {
			which := (i + turn) % 2
			one, err := callers(n, d/turns, stores[which], func(caller, i int) error { return work[which](turn, caller, i) })
			if err != nil {
				return off, on, 0, err
			}
			pair[which] = one
			cells[which] = cells[which].plus(one)
		}
		shares = append(shares, 1-pair[1].rate()/pair[0].rate())
	}
	slices.Sort(shares)
	return cells[0], cells[1], (shares[(len(shares)-1)/2] + shares[len(shares)/2]) / 2, nil
}

// deskWork plays one negotiation through the desk.
func deskWork(ctx context.Context, store *sqlite.Store) (func(turn, caller, i int) error, error) {
	office, err := openDesk(ctx, store)
	return func(turn, caller, i int) error {
		id := capacity.NeedID(fmt.Sprintf("n%d-%d-%d", turn, caller, i))
		for _, c := range negotiation.FirstOffer(id) {
			if _, err := office.Do(ctx, id, c.Command, ""); err != nil {
				return err
			}
		}
		return nil
	}, err
}

// storeWork appends the records of one negotiation and does nothing else.
func storeWork(bodies [][]byte) func(context.Context, *sqlite.Store) (func(turn, caller, i int) error, error) {
	return func(ctx context.Context, store *sqlite.Store) (func(turn, caller, i int) error, error) {
		return func(turn, caller, i int) error {
			stream := journal.Stream(fmt.Sprintf("need/n%d-%d-%d", turn, caller, i))
			for version, b := range bodies {
				w := journal.Write{Stream: stream, Expect: int64(version), Recorded: negotiation.Start, Actor: "acme", Kind: "events", Body: b}
				if _, err := store.Append(ctx, w); err != nil {
					return err
				}
			}
			return nil
		}, nil
	}
}

// cell is one measurement: negotiations, wall seconds and CPU seconds.
type cell struct{ n, wall, cpu float64 }

func (c cell) plus(o cell) cell { return cell{c.n + o.n, c.wall + o.wall, c.cpu + o.cpu} }
func (c cell) rate() float64    { return c.n / c.wall }
func (c cell) each() float64    { return 1e6 * c.cpu / c.n }

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

// callers runs work from so many goroutines for a time and counts what was completed. What the log still has to do for it then
// is part of the time.
func callers(n int, d time.Duration, store *sqlite.Store, work func(caller, i int) error) (cell, error) {
	var done atomic.Int64
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	begin, cpu := time.Now(), cpuSeconds()
	for c := range n {
		wg.Go(func() {
			for i := 0; time.Since(begin) < d; i++ {
				if err := work(c, i); err != nil {
					failed.Store(&err)
					return
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	if log := store.Log(); log != nil {
		if _, err := log.View(); err != nil {
			return cell{}, err
		}
	}
	out := cell{float64(done.Load()), time.Since(begin).Seconds(), cpuSeconds() - cpu}
	if err := failed.Load(); err != nil {
		return out, *err
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
