// Command journal measures durable appends: the SQLite store next to a bare append of the same bytes, at 1, 32 and
// 256 callers, each caller waiting for its answer before it goes on.
//
//	go run ./bench/journal [-for 2s] [-slices 10] [-callers 1,32,256] [-only NAME] [-dir DIR] [-cpuprofile FILE]
//
// Each line is one store under one load: durable records a second, CPU microseconds a record (of the whole process,
// callers included), and the rate as a share of the bare one. A disk that is shared swings by half from one second to
// the next, so the contestants take turns in short slices of their time and each is measured over all of its slices.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"firstlook/bench/journal/bare"
	"firstlook/calendar"
	"firstlook/internal/journal"
	"firstlook/internal/sqlite"
)

const bodyBytes = 600

// contestant opens a store in a folder and returns what one caller does over and over.
type contestant struct {
	name string
	open func(dir string) (append func(caller int, n int64) error, close func() error, err error)
}

// contestants are the bare append first; the others are shares of it.
var contestants = []contestant{
	{"bare append", openBare},
	{"Store.Append", openStore(true)},
	{"Store.Append, no key", openStore(false)},
}

// running is a contestant under way, with what it did in its slices so far.
type running struct {
	append  func(caller int, n int64) error
	close   func() error
	next    []int64 // of each caller
	records int64
	took    time.Duration
	cpu     time.Duration
}

func (r *running) rate() float64 { return float64(r.records) / r.took.Seconds() }

func main() {
	length := flag.Duration("for", 2*time.Second, "how long each contestant runs under each load")
	turns := flag.Int("slices", 10, "how many turns that is")
	dir := flag.String("dir", "", "where the files go (the system's temporary folder when empty); not a memory disk")
	callers := flag.String("callers", "1,32,256", "how many callers, one table for each")
	only := flag.String("only", "", "run this contestant alone, by its full name")
	profile := flag.String("cpuprofile", "", "write a CPU profile to this file")
	flag.Parse()
	if *only != "" {
		contestants = named(*only)
	}
	if err := run(*dir, *length, *turns, *callers, *profile); err != nil {
		fmt.Fprintln(os.Stderr, "journal:", err)
		os.Exit(1)
	}
}

func run(dir string, length time.Duration, turns int, loads, profile string) error {
	if len(contestants) == 0 || turns < 1 {
		return errors.New("there is nothing to run")
	}
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
	fmt.Printf("%-8s %-24s %12s %14s %10s\n", "callers", "", "records/s", "CPU us/record", "of bare")
	for load := range strings.SplitSeq(loads, ",") {
		callers, err := strconv.Atoi(load)
		if err != nil {
			return err
		}
		if err := compare(dir, callers, length, turns); err != nil {
			return fmt.Errorf("%d callers: %w", callers, err)
		}
	}
	return nil
}

// named returns the contestants with a name.
func named(name string) []contestant {
	return slices.DeleteFunc(slices.Clone(contestants), func(c contestant) bool { return c.name != name })
}

// compare runs all contestants under one load and prints a line for each.
func compare(dir string, callers int, length time.Duration, turns int) (err error) {
	all := make([]*running, len(contestants))
	defer func() {
		for _, r := range all {
			if r != nil {
				err = errors.Join(err, r.close())
			}
		}
	}()
	for i, c := range contestants {
		if all[i], err = start(c, dir, callers); err != nil {
			return err
		}
	}
	for range turns {
		for i, r := range all {
			if err := r.slice(length / time.Duration(turns)); err != nil {
				return fmt.Errorf("%s: %w", contestants[i].name, err)
			}
		}
	}
	for i, r := range all {
		fmt.Printf("%-8d %-24s %12.0f %14.1f %9.0f%%\n", callers, contestants[i].name, r.rate(),
			float64(r.cpu.Microseconds())/float64(r.records), 100*r.rate()/all[0].rate())
	}
	return nil
}

// start opens a contestant in a new folder, which goes when it is closed.
func start(c contestant, dir string, callers int) (*running, error) {
	folder, err := os.MkdirTemp(dir, "firstlook-bench-")
	if err != nil {
		return nil, err
	}
	add, end, err := c.open(folder)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return &running{append: add, close: func() error { return errors.Join(end(), os.RemoveAll(folder)) }, next: make([]int64, callers)}, nil
}

// slice lets every caller append for a while.
func (r *running) slice(length time.Duration) error {
	var (
		wg      sync.WaitGroup
		total   atomic.Int64
		failure atomic.Pointer[error]
		start   = time.Now()
		used    = cpuTime()
	)
	for caller := range r.next {
		wg.Go(func() {
			first := r.next[caller]
			for time.Since(start) < length {
				if err := r.append(caller, r.next[caller]); err != nil {
					failure.Store(&err)
					return
				}
				r.next[caller]++
			}
			total.Add(r.next[caller] - first)
		})
	}
	wg.Wait()
	r.took += time.Since(start)
	r.cpu += cpuTime() - used
	r.records += total.Load()
	if p := failure.Load(); p != nil {
		return *p
	}
	return nil
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // its only argument is a constant
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// recordAt is the n-th record of a caller: one stream each, a random key, a deadline that moves.
func recordAt(caller int, n int64, body []byte, keyed bool) journal.Write {
	w := journal.Write{
		Stream: journal.Stream(fmt.Sprintf("need/n-%d", caller)), Expect: n,
		Recorded: calendar.Earliest + calendar.Instant(n), Actor: "microsoft", Kind: "need.noticed", Body: body,
		Due: calendar.Latest - calendar.Instant(n),
	}
	if keyed {
		w.Key = fmt.Sprintf("%016x%016x", rand.Uint64(), rand.Uint64())
	}
	return w
}

func openStore(keyed bool) func(string) (func(int, int64) error, func() error, error) {
	return func(dir string) (func(int, int64) error, func() error, error) {
		s, err := sqlite.Open(dir, sqlite.Options{})
		if err != nil {
			return nil, nil, err
		}
		body := content(bodyBytes)
		return func(caller int, n int64) error {
			_, err := s.Append(context.Background(), recordAt(caller, n, body, keyed))
			return err
		}, s.Close, nil
	}
}

// openBare appends blobs of as many bytes as the store keeps of a record with a key: its body, its texts, its hash
// and five integers.
func openBare(dir string) (func(int, int64) error, func() error, error) {
	a, err := bare.Open(dir)
	if err != nil {
		return nil, nil, err
	}
	w := recordAt(100, 1000, content(bodyBytes), true)
	blob := content(len(w.Body) + len(w.Stream) + len(w.Key) + len(w.Actor) + len(w.Kind) + len(journal.Hash{}) + 5*8)
	return func(int, int64) error { return a.Append(context.Background(), blob) }, a.Close, nil
}

// content is n bytes that do not compress.
func content(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
	return b
}
