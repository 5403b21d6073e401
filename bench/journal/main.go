// Command journal measures durable appends: the SQLite store next to a bare append of the same bytes, at 1, 32 and
// 256 callers, each caller waiting for its answer before it goes on.
//
//	go run ./bench/journal [-for 2s] [-rounds 3] [-callers 1,32,256] [-only NAME] [-dir DIR] [-cpuprofile FILE]
//
// Each line is one store under one load: durable records a second, CPU microseconds a record (of the whole process,
// callers included), and the rate as a share of the bare one. The machine's disk and its neighbours make single
// figures swing, so the contestants take turns, round by round, and the shares are of the medians.
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
	{"Store.Append", openStore(true, false)},
	{"Store.Append, no key", openStore(false, false)},
	{"Store.Append, one act", openStore(true, true)},
}

// result is one contestant's run.
type result struct {
	rate float64 // records per second
	cpu  float64 // microseconds per record
}

func main() {
	length := flag.Duration("for", 2*time.Second, "how long each contestant runs in each round")
	rounds := flag.Int("rounds", 3, "how often each contestant runs")
	dir := flag.String("dir", "", "where the files go (the system's temporary folder when empty); not a memory disk")
	callers := flag.String("callers", "1,32,256", "how many callers, one table for each")
	only := flag.String("only", "", "run this contestant alone, by its full name")
	profile := flag.String("cpuprofile", "", "write a CPU profile to this file")
	flag.Parse()
	if *only != "" {
		contestants = slices.DeleteFunc(contestants, func(c contestant) bool { return c.name != *only })
	}
	if err := run(*dir, *length, *rounds, *callers, *profile); err != nil {
		fmt.Fprintln(os.Stderr, "journal:", err)
		os.Exit(1)
	}
}

func run(dir string, length time.Duration, rounds int, loads, profile string) error {
	if len(contestants) == 0 {
		return errors.New("no contestant has this name")
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
		results := make([][]result, len(contestants))
		for range rounds {
			for i, c := range contestants {
				r, err := measure(dir, c, callers, length)
				if err != nil {
					return fmt.Errorf("%s: %w", c.name, err)
				}
				results[i] = append(results[i], r)
			}
		}
		base := median(results[0])
		for i, c := range contestants {
			m := median(results[i])
			fmt.Printf("%-8d %-24s %12.0f %14.1f %9.0f%%\n", callers, c.name, m.rate, m.cpu, 100*m.rate/base.rate)
		}
	}
	return nil
}

func median(rs []result) result {
	rs = slices.SortedFunc(slices.Values(rs), func(a, b result) int { return int(a.rate - b.rate) })
	return rs[len(rs)/2]
}

// measure runs one contestant in a new folder.
func measure(dir string, c contestant, callers int, length time.Duration) (r result, err error) {
	dir, err = os.MkdirTemp(dir, "firstlook-bench-")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	add, closeStore, err := c.open(dir)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, closeStore()) }()
	var (
		wg      sync.WaitGroup
		total   atomic.Int64
		failure atomic.Pointer[error]
		start   = time.Now()
		used    = cpuTime()
	)
	for caller := range callers {
		wg.Go(func() {
			n := int64(0)
			for ; time.Since(start) < length; n++ {
				if err := add(caller, n); err != nil {
					failure.Store(&err)
					return
				}
			}
			total.Add(n)
		})
	}
	wg.Wait()
	took, spent := time.Since(start), cpuTime()-used
	if p := failure.Load(); p != nil {
		return r, *p
	}
	n := float64(total.Load())
	return result{rate: n / took.Seconds(), cpu: spent.Seconds() * 1e6 / n}, nil
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // its only argument is a constant
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// recordAt is the n-th record of a caller: one stream each, a random key, a deadline that moves.
func recordAt(caller int, n int64, body []byte, keyed, act bool) journal.Write {
	w := journal.Write{
		Stream: journal.Stream(fmt.Sprintf("need/n-%d", caller)), Expect: n,
		Recorded: calendar.Earliest + calendar.Instant(n), Actor: "microsoft", Kind: "need.noticed", Body: body,
		Due: calendar.Latest - calendar.Instant(n),
	}
	if keyed {
		w.Key = fmt.Sprintf("%016x%016x", rand.Uint64(), rand.Uint64())
	}
	if act {
		w.Acts = []journal.Act{{Key: fmt.Sprintf("%s/%d/notice", w.Stream, n+1), Recipient: "microsoft", Kind: "notice", Body: body[:200]}}
	}
	return w
}

func openStore(keyed, act bool) func(string) (func(int, int64) error, func() error, error) {
	return func(dir string) (func(int, int64) error, func() error, error) {
		s, err := sqlite.Open(dir, sqlite.Options{})
		if err != nil {
			return nil, nil, err
		}
		body := content(bodyBytes)
		return func(caller int, n int64) error {
			_, err := s.Append(context.Background(), recordAt(caller, n, body, keyed, act))
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
	w := recordAt(100, 1000, content(bodyBytes), true, false)
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
