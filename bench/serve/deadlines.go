package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"firstlook/bench/negotiation"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/sqlite"
	"firstlook/right"
)

const (
	// comingEach of these, one deadline comes while the server runs.
	coming     = 2000
	comingEach = 10 * time.Millisecond
	// ahead is the time from the filling of the folder to the first of them.
	ahead       = 15 * time.Second
	round       = 48 * time.Hour // of the needs' offers: their deadline
	readyBar    = 2 * time.Second
	latenessBar = time.Second
)

// holderAlone lists nobody whom a need would have to be sent to: what is measured is deadlines, and not letters.
const holderAlone = "providers:\n  - {id: northwind, name: Northwind, clouds: [northwind]}\n"

// moved is a clock that is set by hand.
type moved struct {
	desk.WallClock
	at atomic.Int64
}

func (m *moved) Now() calendar.Instant { return calendar.Instant(m.at.Load()) }

// deadlines fills a folder with open deadlines, a day away but for some that come soon, and starts a server on it.
func deadlines(p program, o options) error {
	folder, err := p.newFolder(holderAlone)
	if err != nil {
		return err
	}
	first, err := fill(folder, o.deadlines)
	if err != nil {
		return err
	}
	s, err := p.serve(folder, "")
	if err != nil {
		return err
	}
	row(fmt.Sprintf("start with %d deadlines", o.deadlines), millis(s.ready), millis(readyBar), s.cpu(), s.ready <= readyBar)
	before := s.cpu()
	time.Sleep(time.Until(first.Time().Add(coming*comingEach + 3*time.Second)))
	late, n, err := s.lateness()
	if err != nil {
		return errors.Join(err, s.stop())
	}
	if late == 0 {
		return errors.Join(errors.New("no deadline came"), s.stop())
	}
	bound := fmt.Sprintf("<= %s", late)
	if math.IsInf(late.Seconds(), 1) {
		bound = "more"
	}
	row(fmt.Sprintf("lateness, p99 of %d fired", n), bound, millis(latenessBar), s.cpu()-before, late <= latenessBar)
	return s.stop()
}

// fill submits needs whose rounds end a day from now, and some whose rounds end soon, one after the other. It returns the first end.
func fill(folder string, n int) (calendar.Instant, error) {
	store, err := sqlite.Open(folder, sqlite.Options{})
	if err != nil {
		return 0, err
	}
	ctx := context.Background()
	clock := &moved{}
	clock.at.Store(int64(calendar.From(time.Now().Add(24*time.Hour - round))))
	office, err := desk.Open(ctx, store, clock, desk.Tables{})
	if err != nil {
		return 0, errors.Join(err, store.Close())
	}
	var wg sync.WaitGroup
	const callers = 256
	failed := make([]error, callers)
	for c := range callers {
		wg.Go(func() {
			for i := c; i < n-coming && failed[c] == nil; i += callers {
				failed[c] = submit(office, i)
			}
		})
	}
	wg.Wait()
	first := calendar.From(time.Now().Add(ahead))
	return first, errors.Join(errors.Join(failed...), fillComing(ctx, store, n-coming, first), store.Close())
}

// fillComing submits the needs whose rounds end one after the other, from several desks: each has a clock of its own.
func fillComing(ctx context.Context, store *sqlite.Store, from int, first calendar.Instant) error {
	const desks = 64
	failed := make([]error, desks)
	var wg sync.WaitGroup
	for c := range desks {
		wg.Go(func() {
			clock := &moved{}
			office, err := desk.Open(ctx, store, clock, desk.Tables{})
			for i := c; i < coming && err == nil; i += desks {
				clock.at.Store(int64(first.Add(time.Duration(i)*comingEach - round)))
				err = submit(office, from+i)
			}
			failed[c] = err
		})
	}
	wg.Wait()
	return errors.Join(failed...)
}

// submit submits a need that asks the market.
func submit(office *desk.Desk, i int) error {
	id := capacity.NeedID(fmt.Sprintf("d%d", i))
	need := negotiation.Match(id)[0].Command.Ask.(right.Submit).Need
	from := office.Now() + calendar.Instant(2000*calendar.Hour)
	need.Lines[0].Period = calendar.Span{From: from, Until: from + calendar.Instant(2000*calendar.Hour)}
	out, err := office.Do(context.Background(), id, right.Command{By: need.Buyer, Ask: right.Submit{Need: need}}, "")
	if err == nil {
		if _, ok := right.NextDeadline(out.State); !ok {
			err = fmt.Errorf("need %s has no deadline", id)
		}
	}
	return err
}

// lateness is the bound of the bucket that the 99th of 100 deadlines fell into, and how many were fired.
func (s *server) lateness() (time.Duration, int, error) {
	buckets, err := s.sample(`firstlook_deadline_late_seconds_bucket{le="`)
	if err != nil {
		return 0, 0, err
	}
	type bucket struct{ bound, count float64 }
	var all []bucket
	for name, count := range buckets {
		bound, err := strconv.ParseFloat(strings.TrimSuffix(name, `"}`), 64)
		if err != nil {
			return 0, 0, err
		}
		all = append(all, bucket{bound, count})
	}
	sort.Slice(all, func(i, j int) bool { return all[i].bound < all[j].bound })
	if len(all) == 0 {
		return 0, 0, nil
	}
	total := all[len(all)-1].count
	for _, b := range all {
		if total > 0 && b.count >= 0.99*total {
			return time.Duration(min(b.bound, float64(math.MaxInt32)) * float64(time.Second)), int(total), nil
		}
	}
	return 0, 0, nil
}
