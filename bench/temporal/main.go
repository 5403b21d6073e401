// Command temporal holds Firstlook's durable negotiation against the same one written as a Temporal workflow, on the same
// machine and in the same run. It is a module of its own, so that Temporal's dependencies stand in no go.mod but this one:
//
//	go run -C bench/temporal . [-dir DIR] [-seconds 20] [-callers 32,256]
//
// The first build compiles Temporal's server and takes minutes.
//
// # The negotiation
//
// Firstlook's is that of bench/desk, run as a program of its own: a need with the buyer's terms, a notice with a window of 72
// hours, and the holder's answer, three commands, each acknowledged only when it is on the disk.
//
// Temporal's is one workflow: it starts with the offer, sets a timer of 72 hours, and waits for a signal or the timer; the
// caller signals the answer, the workflow returns the award, and the caller waits for that. It is measured in two ways:
//
//	signal    nothing stands for the notice and the caller answers as soon as the start is acknowledged. This is the kinder way, and
//	          the bar is held against it: no activity is scheduled, and nobody waits until the timer is on the disk
//	activity  one activity stands for the notice, and the answer comes after it, as it must where a notice starts the clock
//
// # Temporal's server
//
// All four services in one process of their own, with the settings that Temporal's development server has (the module
// github.com/temporalio/cli cannot be built from a module proxy alone, since a module nested in it is not published there): SQLite in
// a file, one history shard, one connection to the file, no user interface. The worker and the callers share a second process and
// one connection by gRPC. Two settings of SQLite are measured; the program reads back what holds and prints it:
//
//	wal       journal_mode=WAL and synchronous=FULL, which is what Firstlook's journal has
//	default   no pragma is set, as the development server does it
//
// # What is measured
//
// Each cell has a fresh server and file. The callers run without a pause; the warm-up and the time that counts each last until as
// many negotiations ended as there are callers, or ninety seconds where that takes longer. Negotiations that end within the time that
// counts are counted, with the time that each took from its start and the CPU seconds of both processes. Firstlook
// runs before and after, half of its time each, so that what else the machine does falls on both. After the cell some histories are read
// to say how long they are and how many recorded the timer. The ratio of CPU seconds stands beside the ratio of rates, because it
// moves less with what else the machine does.
//
// Firstlook's callers call the desk within its process; Temporal's reach their server over the loopback. bench/serve has Firstlook's
// rate over HTTP.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
)

// bar is the least ratio of rates that the project asks for.
const bar = 50

// options are the flags.
type options struct {
	dir, root string
	seconds   float64
	warmup    float64
	callers   []int
	settings  []string
	ways      []string
	pollers   int
	keep      bool
}

func main() {
	var o options
	var callers, settings, ways, serve string
	flag.StringVar(&o.dir, "dir", "", "disk to measure; a folder is made in it and removed (the system's temporary folder when empty)")
	flag.StringVar(&o.root, "firstlook", "../..", "folder of the module firstlook")
	flag.Float64Var(&o.seconds, "seconds", 20, "time of each of Temporal's cells, at least")
	flag.Float64Var(&o.warmup, "warmup", 8, "seconds before it that are not counted, at least")
	flag.StringVar(&callers, "callers", "32,256", "negotiations under way at once")
	flag.StringVar(&settings, "settings", "wal,default", "settings of SQLite")
	flag.StringVar(&ways, "ways", "signal,activity", "what stands for the notice")
	flag.IntVar(&o.pollers, "pollers", 16, "pollers of the worker for workflow tasks, and for activities (the SDK's default is 2)")
	flag.BoolVar(&o.keep, "keep", false, "leave the folder with the databases and the server's log")
	flag.StringVar(&serve, "serve", "", "be the server on this file (what the program starts itself as)")
	flag.Parse()
	o.settings, o.ways = strings.Split(settings, ","), strings.Split(ways, ",")
	if err := start(o, serve, callers); err != nil {
		fmt.Fprintln(os.Stderr, "temporal:", err)
		os.Exit(1)
	}
}

func start(o options, serve, callers string) error {
	for _, s := range o.settings {
		if _, ok := pragmas[s]; !ok {
			return fmt.Errorf("-settings: %q is neither default nor wal", s)
		}
	}
	for _, w := range o.ways {
		if w != "signal" && w != "activity" {
			return fmt.Errorf("-ways: %q is neither signal nor activity", w)
		}
	}
	if serve != "" {
		return serveTemporal(serve, o.settings[0])
	}
	for _, s := range strings.Split(callers, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return fmt.Errorf("-callers: %q is not a number of callers", s)
		}
		o.callers = append(o.callers, n)
	}
	return run(context.Background(), o)
}

func run(ctx context.Context, o options) (err error) {
	tmp, err := os.MkdirTemp(o.dir, "bench-temporal-")
	if err != nil {
		return err
	}
	if tmp, err = filepath.Abs(tmp); err != nil { // the desk is built from another folder
		return err
	}
	if o.keep {
		fmt.Println("files stay in", tmp)
	} else {
		defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	}
	desk, err := buildDesk(o.root, tmp)
	if err != nil {
		return err
	}
	versions()
	busy("before")
	const heading = "%-8s %-8s %7s  %8s %8s %8s %8s %8s  %8s %8s %8s %8s  %6s %6s  %s\n"
	fmt.Printf(heading, "", "", "", "Temporal", "server", "client", "", "", "Firstl.", "", "", "", "ratio", "ratio", "Temporal's histories: events,")
	fmt.Printf(heading, "SQLite", "notice", "callers", "per s", "CPU ms", "CPU ms", "p50 ms", "p99 ms", "per s", "CPU ms", "p50 ms", "p99 ms", "rate", "CPU",
		"with timer, settings read back")
	least := map[int]float64{}
	for _, setting := range o.settings {
		for _, way := range o.ways {
			for _, n := range o.callers {
				c, err := measure(ctx, o, desk, tmp, setting, way, n)
				if errors.Is(err, errStart) { // a fact about this setting on this machine, and no reason to measure no other
					fmt.Printf("%-8s %-8s %7d  %v\n", setting, way, n, err)
					continue
				}
				if err != nil {
					return fmt.Errorf("%s, %s, %d callers: %w", setting, way, n, err)
				}
				c.print()
				if r := c.ratio(); way == "signal" && c.temporal.done > 0 && (least[n] == 0 || r < least[n]) {
					least[n] = r
				}
			}
		}
	}
	busy("after")
	verdicts(o.callers, least)
	return nil
}

// verdicts holds the least ratio by the kinder way against the bar.
func verdicts(callers []int, least map[int]float64) {
	for _, n := range callers {
		r, ok := least[n]
		switch {
		case !ok:
			fmt.Printf("%d callers: Temporal completed nothing by the kinder way, so there is no ratio\n", n)
		case r < bar:
			fmt.Printf("%d callers: the least ratio by the kinder way is %.0f, bar %d: missed\n", n, r, bar)
		default:
			fmt.Printf("%d callers: the least ratio by the kinder way is %.0f, bar %d: met\n", n, r, bar)
		}
	}
}

// cell is one line of the table.
type cell struct {
	setting, way string
	callers      int
	temporal     load
	firstlook    deskCell
	histories    histories
	pragmas      string
}

func (c cell) ratio() float64 { return c.firstlook.rate() / c.temporal.rate() }

func (c cell) print() {
	t, f := c.temporal, c.firstlook
	if t.done == 0 {
		fmt.Printf("%-8s %-8s %7d  none ended within %.0f seconds, %d failed, first: %v\n", c.setting, c.way, c.callers, t.seconds, t.failed, t.first)
		return
	}
	n := float64(t.done)
	server, client := 1000*t.serverCPU/n, 1000*t.clientCPU/n
	fmt.Printf("%-8s %-8s %7d  %8.1f %8.2f %8.2f %8.0f %8.0f  %8.0f %8.3f %8.1f %8.1f  %6.0f %6.0f  %s, %s\n", c.setting, c.way, c.callers,
		t.rate(), server, client, t.percentile(50), t.percentile(99), f.rate(), f.millis(), f.P50, f.P99, c.ratio(), (server+client)/f.millis(),
		c.histories, c.pragmas)
	if t.failed > 0 {
		fmt.Printf("%25s  %d negotiations failed meanwhile, first: %v\n", "", t.failed, t.first)
	}
}

// measure fills one cell: half of Firstlook's time, Temporal's, the other half.
func measure(ctx context.Context, o options, desk, tmp, setting, way string, n int) (c cell, err error) {
	c = cell{setting: setting, way: way, callers: n}
	before, err := runDesk(ctx, desk, tmp, o.seconds/2, n)
	if err != nil {
		return c, err
	}
	s, err := startServer(ctx, filepath.Join(tmp, fmt.Sprintf("%s-%s-%d", setting, way, n)), setting)
	if err != nil {
		return c, err
	}
	c.pragmas = s.hello.Pragmas
	c.temporal, c.histories, err = drive(ctx, s, way, n, o)
	if err = errors.Join(err, s.stop()); err != nil {
		return c, err
	}
	after, err := runDesk(ctx, desk, tmp, o.seconds/2, n)
	c.firstlook = before.plus(after)
	return c, err
}

// versions prints what is compared.
func versions() {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return
	}
	fmt.Print(info.GoVersion)
	for _, d := range info.Deps {
		switch d.Path {
		case "go.temporal.io/server", "go.temporal.io/sdk", "modernc.org/sqlite":
			fmt.Printf(", %s %s", d.Path, d.Version)
		}
	}
	fmt.Printf("; history shards %d\n", shards)
}

// busy says how much else the machine does, where the system tells it.
func busy(when string) {
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		f := strings.Fields(string(text))
		fmt.Printf("load of the machine %s: %s, %s, %s over 1, 5 and 15 minutes, on %d processors\n", when, f[0], f[1], f[2], runtime.NumCPU())
	}
}
