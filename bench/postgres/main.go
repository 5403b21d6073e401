// Command postgres measures durable appends on a PostgreSQL server of its own (fsync on, loopback, the server's defaults but for
// connections): bare single-row inserts of the same bytes by the same driver, one connection a caller, next to the store and to
// negotiations through the desk, at the same number of callers.
//
//	go run ./bench/postgres [-for 6s] [-slices 6] [-callers 32] [-dir DIR] [-cpuprofile FILE]
//
// Each line is durable records a second, the CPU microseconds of a record in this process and in the server's, and the rate as a
// share of the bare one. A shared disk swings from one second to the next, so the contestants take turns in short slices. A
// negotiation is three records (a need, a notice with a timer, an answer); the bar is 60 % at 32 callers.
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"firstlook/bench/negotiation"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/journal"
	"firstlook/internal/postgres"
	"firstlook/internal/postgres/postgrestest"
	"firstlook/right"
)

func main() {
	length := flag.Duration("for", 6*time.Second, "how long each contestant runs")
	slices := flag.Int("slices", 6, "how many turns that is")
	callers := flag.Int("callers", 32, "how many callers, and connections of the bare inserts")
	profile := flag.String("cpuprofile", "", "write a CPU profile of this process to this file")
	dir := flag.String("dir", "", "where the server's files go (the system's temporary folder when empty); not a memory disk")
	flag.Parse()
	debug.SetGCPercent(400) // as the server sets it
	if *profile != "" {
		f, err := os.Create(*profile)
		if err == nil {
			err = pprof.StartCPUProfile(f)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "postgres:", err)
			os.Exit(2)
		}
		defer pprof.StopCPUProfile()
	}
	if err := run(*dir, *callers, *length, *slices); err != nil {
		fmt.Fprintln(os.Stderr, "postgres:", err)
		os.Exit(1)
	}
}

// contestant is what callers do over and over; one call is so many records.
type contestant struct {
	name    string
	records int
	work    func(caller, i int) error

	done               float64
	wall, own, servers float64 // seconds
}

func run(dir string, callers int, length time.Duration, turns int) (err error) {
	server, err := postgrestest.Start(dir, "max_connections = 200")
	if err != nil {
		return err
	}
	defer server.Stop()
	ctx := context.Background()
	store, err := postgres.Open(ctx, server.URL(), postgres.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	deskStore, err := postgres.Open(ctx, server.URL(), postgres.Options{Readers: callers})
	if err != nil {
		return err
	}
	defer deskStore.Close()
	office, err := openDesk(ctx, deskStore)
	if err != nil {
		return err
	}
	bodies, err := recordBodies()
	if err != nil {
		return err
	}
	bare, closeBare, err := openBare(ctx, server.URL(), callers, bodies)
	if err != nil {
		return err
	}
	defer closeBare()
	all := []*contestant{
		{name: "bare single-row inserts", records: 1, work: bare},
		{name: "Store.Append", records: 1, work: appender(store, bodies, callers)},
		{name: "desk, negotiations", records: len(bodies), work: func(caller, i int) error { return negotiate(office, caller, i, false) }},
		{name: "desk, commands with keys", records: len(bodies), work: func(caller, i int) error { return negotiate(office, caller, i, true) }},
	}
	for turn := range turns {
		for _, c := range all {
			if err := c.slice(server, callers, length/time.Duration(turns), turn); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	report(all, callers, bodies)
	return nil
}

func report(all []*contestant, callers int, bodies [][]byte) {
	fmt.Printf("%d callers, bodies of %d, %d and %d bytes in turn\n", callers, len(bodies[0]), len(bodies[1]), len(bodies[2]))
	fmt.Printf("%-26s %12s %16s %16s %12s %10s\n", "", "records/s", "own CPU us/rec", "server us/rec", "CPU s", "of bare")
	for _, c := range all {
		fmt.Printf("%-26s %12.0f %16.1f %16.1f %12.2f %9.0f%%\n", c.name, c.done/c.wall, 1e6*c.own/c.done, 1e6*c.servers/c.done,
			c.own+c.servers, 100*c.done/c.wall/(all[0].done/all[0].wall))
	}
}

// slice lets every caller work for a while.
func (c *contestant) slice(server *postgrestest.Server, callers int, length time.Duration, turn int) error {
	var wg sync.WaitGroup
	var done atomic.Int64
	var failed atomic.Value
	before, err := server.CPU()
	if err != nil {
		return err
	}
	begin, own := time.Now(), ownCPU()
	for caller := range callers {
		wg.Go(func() {
			for i := turn * 1_000_000; time.Since(begin) < length; i++ {
				if err := c.work(caller, i); err != nil {
					failed.Store(err)
					return
				}
				done.Add(int64(c.records))
			}
		})
	}
	wg.Wait()
	c.wall += time.Since(begin).Seconds()
	c.own += ownCPU() - own
	c.done += float64(done.Load())
	after, err := server.CPU()
	if err != nil {
		return err
	}
	c.servers += after - before
	if err, ok := failed.Load().(error); ok {
		return err
	}
	return nil
}

func ownCPU() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // its only argument is a constant
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
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

// openBare gives each caller a connection that inserts one row of a record's bytes, and commits with it: a table with a number, a
// key and a blob, which holds everything else that a record says.
func openBare(ctx context.Context, url string, callers int, bodies [][]byte) (func(caller, i int) error, func(), error) {
	conns := make([]*pgx.Conn, callers)
	end := func() {
		for _, c := range conns {
			if c != nil {
				c.Close(ctx)
			}
		}
	}
	for i := range conns {
		c, err := pgx.Connect(ctx, url)
		if err != nil {
			return nil, end, err
		}
		conns[i] = c
	}
	const table = "CREATE TABLE public.bare (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text, blob bytea NOT NULL)"
	if _, err := conns[0].Exec(ctx, table); err != nil {
		return nil, end, err
	}
	w := write(0, 0, nil)
	rest := len(w.Stream) + len(w.Actor) + len(w.Kind) + len(journal.Hash{}) + 5*8
	blobs := make([][]byte, len(bodies))
	for i, b := range bodies {
		blobs[i] = make([]byte, len(b)+rest)
		for j := range blobs[i] {
			blobs[i][j] = byte(rand.Uint32())
		}
	}
	return func(caller, i int) error {
		_, err := conns[caller].Exec(ctx, "INSERT INTO public.bare (key, blob) VALUES ($1, $2)", key(), blobs[i%len(blobs)])
		return err
	}, end, nil
}

func key() string { return fmt.Sprintf("%016x%016x", rand.Uint64(), rand.Uint64()) }

// write is the n-th record of a caller: a stream each, a random key, a deadline that moves.
func write(caller int, n int64, body []byte) journal.Write {
	return journal.Write{Stream: journal.Stream(fmt.Sprintf("need/n-%d", caller)), Expect: n, Key: key(), Recorded: calendar.Earliest + calendar.Instant(n),
		Actor: "microsoft", Kind: "events", Body: body, Due: calendar.Latest - calendar.Instant(n)}
}

func appender(s *postgres.Store, bodies [][]byte, callers int) func(caller, i int) error {
	next := make([]int64, callers)
	return func(caller, _ int) error {
		n := next[caller]
		_, err := s.Append(context.Background(), write(caller, n, bodies[n%int64(len(bodies))]))
		next[caller]++
		return err
	}
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

// negotiate plays one negotiation through the desk, its commands with keys or without.
func negotiate(office *desk.Desk, caller, i int, keyed bool) error {
	id := capacity.NeedID(fmt.Sprintf("n%d-%d", caller, i))
	if keyed {
		id = "k" + id
	}
	for _, c := range negotiation.FirstOffer(id) {
		k := ""
		if keyed {
			k = key()
		}
		if _, err := office.Do(context.Background(), id, c.Command, k); err != nil {
			return err
		}
	}
	return nil
}
