// Command faults does to the real binary what happens to real servers, and looks for what was lost.
//
//	go run ./bench/faults -points 1000 -seed 7     kill -9 at random instants under load
//	go run ./bench/faults -disk                    a full disk, and room again
//
// # kill -9
//
// The program is built once. A folder has [livesPerFolder] lives: in each, the server is started, eight clients send commands with
// idempotency keys (new needs, offers, choices, answers, and again whatever got no answer), and after up to 250 ms the process gets
// SIGKILL. The clock is stopped within a life and moves by [step] between two, so that rounds close and windows end while nothing
// runs. After each point:
//
//   - `firstlook replay` finds the record sound: hashes, encoding, state, and every invariant of the law;
//   - each command that was ever acknowledged is in the record, for its need, with the events that its sender was told;
//   - no key stands in the record twice, and no act is recorded as done twice;
//   - each letter that was there is there, whole, and unchanged.
//
// At the end of a folder the last life runs undisturbed: every command gets its answer, and every letter that an acknowledged need
// calls for is there.
//
// # Full disk
//
// The data folder lies on a small tmpfs (where mounting is not permitted, a limit on the size of files takes its place). Commands are
// sent until the server says 503 with a problem that says what to do; it goes on answering what only reads; then there is room again
// (without a restart on the tmpfs, with one under the limit), the refused commands are sent again with their keys, and nothing
// that was acknowledged is missing.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	points := flag.Int("points", 100, "how often the server is killed")
	seed := flag.Uint64("seed", 0, "seed of instants and commands; 0 takes one from the clock")
	binary := flag.String("binary", "", "the program to test; built from this tree where left out")
	disk := flag.Bool("disk", false, "fill the disk in place of killing")
	flag.Parse()
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano())
	}
	if err := run(*binary, *points, *seed, *disk); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(binary string, points int, seed uint64, disk bool) error {
	dir, err := os.MkdirTemp("", "faults")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if binary == "" {
		if binary, err = build(dir); err != nil {
			return err
		}
	}
	if disk {
		return fillDisk(binary, dir, seed, os.Stdout)
	}
	return killAll(binary, dir, points, seed)
}

// killAll kills the server so many times and prints the table.
func killAll(binary, dir string, points int, seed uint64) error {
	var sum counts
	began, told := time.Now(), time.Now()
	for sum.points < points {
		folder := seed + uint64(sum.points) // of each folder, so that a failing one can be played alone
		l, err := newLoad(binary, dir, folder, &sum)
		if err != nil {
			return err
		}
		for range min(livesPerFolder, points-sum.points) {
			if err := l.life(); err != nil {
				return fmt.Errorf("point %d: %w\nreproduce with: go run ./bench/faults -points %d -seed %d", sum.points, err, livesPerFolder, folder)
			}
			if time.Since(told) > 10*time.Second {
				told = time.Now()
				fmt.Printf("%d points, %d commands acknowledged, %d found wrong, %s\n", sum.points, sum.acked, len(sum.wrong), time.Since(began).Round(time.Second))
			}
		}
		if err := l.finish(); err != nil {
			return fmt.Errorf("after point %d: %w\nreproduce with: go run ./bench/faults -points %d -seed %d", sum.points, err, livesPerFolder, folder)
		}
	}
	fmt.Printf("make kill POINTS=%d SEED=%d, in %s\n%s", points, seed, time.Since(began).Round(time.Second), &sum)
	if len(sum.wrong) > 0 {
		return fmt.Errorf("%d faults found; the first: %s", len(sum.wrong), sum.wrong[0])
	}
	return nil
}
