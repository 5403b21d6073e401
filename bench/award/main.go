// Command award decides one winner determination and says how good its choice is:
//
//	go run ./bench/award [-assign OUT.json] [-seed N] [-gap PPM] [-work N] FILE.json
//
// FILE.json holds requests {id, gpus}, offers {id, cloud, region, cap}, pairs {r, o, cost, spend}, commit (take-or-pay by cloud),
// regioncap (gpus by region) and penalty (by request). Each request goes whole to one offer, within the capacity of
// offers and regions. The objective is the cost of the pairs, the penalties of what is not served, and what is short of each
// commitment.
//
// It prints one JSON object: objective and bound in the unit of the file, gap as a part of the objective, cpu_s of the whole
// run, peak_mib of memory. The assignment is written as {"<request id>": <offer id or null>}. It is checked, in exact
// arithmetic, before it is printed.
//
//	go run ./bench/award -table
//
// makes instances of four sizes and prints a table, with CBC on the same instances where it is installed.
//
//	go run ./bench/award -against-cbc N
//
// decides N small instances and fails where CBC comes to another objective.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"firstlook/award/mix"
)

func main() {
	assign := flag.String("assign", "", "write the assignment to this file")
	table := flag.Bool("table", false, "measure made instances of four sizes, and CBC on them")
	against := flag.Int("against-cbc", 0, "hold the choice of so many small instances against CBC's")
	full := flag.Bool("full", false, "with -table: also the greatest size with CBC, which takes minutes")
	var o mix.Options
	flag.Uint64Var(&o.Seed, "seed", 1, "seed of the search")
	flag.Int64Var(&o.Gap, "gap", 0, "stop at this gap, in millionths; 0 for 990 up to 500 requests and 4900 above")
	flag.Int64Var(&o.Work, "work", 0, "bound of the effort; 0 for a million for each request")
	flag.Parse()
	runtime.GOMAXPROCS(1) // the bars are seconds of one core
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(900 << 20)
	var err error
	switch {
	case *table:
		err = compare(os.Stdout, *full)
	case *against > 0:
		err = holdAgainstCBC(os.Stdout, *against, o.Seed)
	case flag.NArg() != 1:
		err = fmt.Errorf("name one instance, or use -table; see go doc ./bench/award")
	default:
		err = decide(os.Stdout, flag.Arg(0), *assign, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "award:", err)
		os.Exit(1)
	}
}

// result is what is printed.
type result struct {
	Objective json.Number `json:"objective"`
	Bound     json.Number `json:"bound"`
	Gap       json.Number `json:"gap"`
	CPU       json.Number `json:"cpu_s"`
	Peak      json.Number `json:"peak_mib"`
}

func decide(w io.Writer, name, assign string, o mix.Options) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	in, err := read(f)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	p, err := in.problem()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	a, err := mix.Solve(p, defaults(o, p))
	if err != nil {
		return err
	}
	if assign != "" {
		if err := in.write(assign, p, a.Takes); err != nil {
			return err
		}
	}
	cpu, peak := used()
	return json.NewEncoder(w).Encode(result{dollarsOf(a.Cost), dollarsOf(a.Bound), json.Number(fmt.Sprintf("0.%06d", a.Gap())),
		json.Number(fmt.Sprintf("%.3f", cpu.Seconds())), json.Number(fmt.Sprint(peak))})
}

// defaults sets how near to the bound is near enough.
func defaults(o mix.Options, p *mix.Problem) mix.Options {
	if o.Gap == 0 {
		o.Gap = 990
		if len(p.Requests) > 500 {
			o.Gap = 4900
		}
	}
	return o
}

// dollarsOf writes micro-dollars as dollars.
func dollarsOf(micros int64) json.Number {
	sign := ""
	if micros < 0 {
		sign, micros = "-", -micros
	}
	return json.Number(fmt.Sprintf("%s%d.%06d", sign, micros/1_000_000, micros%1_000_000))
}

// used returns the processor time and the peak memory, in MiB, of this process.
func used() (time.Duration, int64) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), u.Maxrss >> 10
}
