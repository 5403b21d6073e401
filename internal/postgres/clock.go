package postgres

import (
	"context"
	"sync"
	"time"

	"firstlook/calendar"
)

// Clock tells the time of the database. It asks over and over, keeps the answer that came back fastest as what it knows, and goes on
// from there by the replica's own clock. So it is off by half the time of an exchange at most, and by what the replica's clock
// gains or loses between two answers; what that clock says the time is does not matter.
type Clock struct {
	store *Store
	local func() time.Time
	end   context.CancelFunc
	ended sync.WaitGroup

	mu    sync.Mutex
	at    time.Time        // local, in the middle of the exchange
	was   calendar.Instant // the database's time then
	doubt time.Duration    // half of the exchange
}

const (
	// clockEvery is between two rounds of asking, clockAsks how often one asks.
	clockEvery = 5 * time.Second
	clockAsks  = 3
	// drift is how much two good clocks part in a second: an old answer is worth less than a new one.
	drift = 500 * time.Microsecond
)

// NewClock returns the database's clock once it is known. Stop ends its asking.
func NewClock(ctx context.Context, s *Store) (*Clock, error) { return newClock(ctx, s, time.Now) }

// newClock lets a test choose the replica's own clock.
func newClock(ctx context.Context, s *Store, local func() time.Time) (*Clock, error) {
	c := &Clock{store: s, local: local}
	if err := c.ask(ctx); err != nil {
		return nil, err
	}
	loop, cancel := context.WithCancel(context.Background())
	c.end = cancel
	c.ended.Go(func() {
		tick := time.NewTicker(clockEvery)
		defer tick.Stop()
		for {
			select {
			case <-loop.Done():
				return
			case <-tick.C:
				_ = c.ask(loop) // the last answer goes on to count
			}
		}
	})
	return c, nil
}

// Stop ends the asking; the clock goes on by what it knows.
func (c *Clock) Stop() {
	c.end()
	c.ended.Wait()
}

// ask takes the best of some answers, if it is better than what is known.
func (c *Clock) ask(ctx context.Context) error {
	for range clockAsks {
		var micros int64
		begin := c.local()
		err := c.store.pool.QueryRow(ctx, "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint").Scan(&micros)
		took := c.local().Sub(begin)
		if err != nil {
			return fault(ctx, "ask the database's time", err)
		}
		c.learn(begin.Add(took/2), calendar.Instant(micros), took/2)
	}
	return nil
}

func (c *Clock) learn(at time.Time, was calendar.Instant, doubt time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	age := at.Sub(c.at)
	told := c.was.Add(age)
	// An answer that contradicts what is known shows that the replica's clock was set, or that the machine slept.
	off := max(told.Sub(was), was.Sub(told))
	worn := c.doubt + time.Duration(age.Seconds()*float64(drift))
	if c.was == 0 || doubt <= worn || age < 0 || off > worn+doubt {
		c.at, c.was, c.doubt = at, was, doubt
	}
}

// Now returns the database's time.
func (c *Clock) Now() calendar.Instant {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.was.Add(c.local().Sub(c.at))
}

// After returns a channel that is sent to once the instant has come, or a little before: whoever waits looks at the clock again.
func (c *Clock) After(i calendar.Instant) <-chan time.Time { return time.After(i.Sub(c.Now())) }
