package main

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"

	"firstlook/award/mix"
)

// sizes are the instances of the table. CBC runs where it ends in reasonable time.
var sizes = []struct {
	requests, offers, candidates int
	cbc, full                    time.Duration // how long CBC may take; 0 for not at all
}{
	{1, 2000, 0, 20 * time.Second, 20 * time.Second},
	{40, 400, 0, 20 * time.Second, 60 * time.Second},
	{200, 2000, 0, 0, 120 * time.Second},
	{2000, 20000, 30, 0, 0},
}

// compare prints what the solver and CBC do on made instances.
func compare(w io.Writer, full bool) error {
	cbc, err := exec.LookPath("cbc")
	if err != nil {
		fmt.Fprintln(w, "CBC is not installed (Debian: apt-get install coinor-cbc); only ours is measured.")
	}
	fmt.Fprintf(w, "%8s %8s %8s %5s | %14s %14s %8s %9s %9s | %14s %8s %9s\n", "requests", "offers", "pairs", "seed", "objective", "bound", "gap %", "solve s",
		"peak MiB", "CBC objective", "gap %", "CBC s")
	for _, size := range sizes {
		for seed := uint64(1); seed <= 2; seed++ {
			in := generate(size.requests, size.offers, seed, size.candidates)
			p, err := in.problem()
			if err != nil {
				return err
			}
			before, _ := used()
			a, err := mix.Solve(p, defaults(mix.Options{Seed: 1}, p))
			if err != nil {
				return err
			}
			after, peak := used()
			fmt.Fprintf(w, "%8d %8d %8d %5d | %14s %14s %8.3f %9.3f %9d | ", size.requests, size.offers, len(in.Pairs), seed, rounded(a.Cost), rounded(a.Bound),
				float64(a.Gap())/1e4, (after - before).Seconds(), peak)
			limit := size.cbc
			if full {
				limit = size.full
			}
			if cbc == "" || limit == 0 {
				fmt.Fprintln(w, "not run")
				continue
			}
			if err := runCBC(w, cbc, in, a.Bound, limit); err != nil {
				return err
			}
		}
	}
	return nil
}

func rounded(micros int64) string { return strconv.FormatInt((micros+500_000)/1_000_000, 10) }

var cbcObjective = regexp.MustCompile(`Objective value:\s+([0-9.]+)`)

// runCBC prints the objective of CBC, how far that is above our bound, and its processor time.
func runCBC(w io.Writer, cbc string, in *instance, bound int64, limit time.Duration) error {
	value, cpu, found, err := solveByCBC(cbc, in, limit, "0.001")
	switch {
	case err != nil:
		return err
	case !found:
		fmt.Fprintf(w, "%14s %8s %9.3f\n", "none", "-", cpu.Seconds())
	default:
		fmt.Fprintf(w, "%14.0f %8.3f %9.3f\n", value, (value-float64(bound)/1e6)/value*100, cpu.Seconds())
	}
	return nil
}

// solveByCBC runs CBC on the instance, to a relative gap.
func solveByCBC(cbc string, in *instance, limit time.Duration, gap string) (value float64, cpu time.Duration, found bool, err error) {
	dir, err := os.MkdirTemp("", "award")
	if err != nil {
		return 0, 0, false, err
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "instance.lp")
	if err := in.writeLP(name); err != nil {
		return 0, 0, false, err
	}
	cmd := exec.Command(cbc, name, "sec", fmt.Sprint(int(limit.Seconds())), "ratio", gap, "solve")
	out, err := cmd.Output()
	if err != nil {
		return 0, 0, false, fmt.Errorf("cbc: %w", err)
	}
	cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	match := cbcObjective.FindSubmatch(out)
	if match == nil {
		return 0, cpu, false, nil
	}
	value, err = strconv.ParseFloat(string(match[1]), 64)
	return value, cpu, true, err
}

// holdAgainstCBC decides small instances and compares with CBC's proven optimum, to a cent and CBC's own tolerance.
func holdAgainstCBC(w io.Writer, instances int, seed uint64) error {
	cbc, err := exec.LookPath("cbc")
	if err != nil {
		return fmt.Errorf("CBC is not installed (Debian: apt-get install coinor-cbc)")
	}
	proven := 0
	for k := range instances {
		in := generate(6+k%10, 60+k%90, seed+uint64(k), 0)
		p, err := in.problem()
		if err != nil {
			return err
		}
		a, err := mix.Solve(p, mix.Options{Seed: seed, Work: 100_000_000})
		if err != nil {
			return err
		}
		value, _, found, err := solveByCBC(cbc, in, time.Minute, "0")
		if err != nil {
			return err
		}
		ours := float64(a.Cost) / 1e6
		if !found || float64(a.Bound)/1e6 > value+0.01+value*1e-7 || ours-value > 0.01+value*1e-7 || value-ours > 0.01+value*1e-7 {
			return fmt.Errorf("instance %d of seed %d: ours is %.2f (bound %s), CBC's %.2f", k, seed, ours, dollarsOf(a.Bound), value)
		}
		if a.Proven {
			proven++
		}
	}
	fmt.Fprintf(w, "%d instances from seed %d on: the same objective as CBC; %d of them proven by us to the last digit\n", instances, seed, proven)
	return nil
}

// writeLP writes the instance in CPLEX's LP form.
func (in *instance) writeLP(name string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	in.lp(w)
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

func (in *instance) lp(w io.Writer) {
	x := func(q *pair) string { return fmt.Sprintf("x_%d_%d", q.R, q.O) }
	byRequest, byOffer, byRegion, byCloud := map[int][]string{}, map[int][]string{}, map[string][]string{}, map[string][]string{}
	gpus, offers := map[int]int64{}, map[int]*supply{}
	for _, r := range in.Requests {
		gpus[r.ID] = r.GPUs
	}
	for i := range in.Offers {
		offers[in.Offers[i].ID] = &in.Offers[i]
	}
	fmt.Fprint(w, "Minimize\n obj:")
	for i := range in.Pairs {
		q := &in.Pairs[i]
		o := offers[q.O]
		fmt.Fprintf(w, " + %s %s\n", dollarsOf(int64(q.Cost)), x(q))
		byRequest[q.R] = append(byRequest[q.R], x(q))
		byOffer[q.O] = append(byOffer[q.O], fmt.Sprintf("%d %s", gpus[q.R], x(q)))
		byRegion[o.Region] = append(byRegion[o.Region], fmt.Sprintf("%d %s", gpus[q.R], x(q)))
		byCloud[o.Cloud] = append(byCloud[o.Cloud], fmt.Sprintf("%s %s", dollarsOf(int64(q.Spend)), x(q)))
	}
	for _, r := range in.Requests {
		fmt.Fprintf(w, " + %s u_%d\n", dollarsOf(int64(in.Penalty[fmt.Sprint(r.ID)])), r.ID)
	}
	for _, k := range slices.Sorted(maps.Keys(in.Commit)) {
		fmt.Fprintf(w, " + s_%s\n", k)
	}
	fmt.Fprintln(w, "Subject To")
	row := func(name string, terms []string, last, end string) {
		fmt.Fprintf(w, " %s:", name)
		for _, t := range terms {
			fmt.Fprintf(w, " + %s\n", t)
		}
		fmt.Fprintf(w, "%s %s\n", last, end)
	}
	for _, r := range in.Requests {
		row(fmt.Sprintf("r%d", r.ID), byRequest[r.ID], fmt.Sprintf(" + u_%d", r.ID), "= 1")
	}
	for _, id := range slices.Sorted(maps.Keys(byOffer)) {
		row(fmt.Sprintf("o%d", id), byOffer[id], "", fmt.Sprintf("<= %d", offers[id].Cap))
	}
	for k, region := range slices.Sorted(maps.Keys(byRegion)) {
		row(fmt.Sprintf("g%d", k), byRegion[region], "", fmt.Sprintf("<= %d", in.RegionCap[region]))
	}
	for _, k := range slices.Sorted(maps.Keys(in.Commit)) {
		row("c_"+k, byCloud[k], " + s_"+k, ">= "+string(dollarsOf(int64(in.Commit[k]))))
	}
	fmt.Fprintln(w, "Binaries")
	for i := range in.Pairs {
		fmt.Fprintln(w, "", x(&in.Pairs[i]))
	}
	for _, r := range in.Requests {
		fmt.Fprintf(w, " u_%d\n", r.ID)
	}
	fmt.Fprintln(w, "End")
}
