package cli

import (
	"context"
	"os"
	"time"

	"firstlook/calendar"
	"firstlook/internal/desk"
	"firstlook/internal/journal"
)

// clockVariable stops the clock at an instant.
const clockVariable = "FIRSTLOOK_CLOCK"

// stopped is a clock that stands at an instant: nothing wakes by it.
type stopped struct{ at calendar.Instant }

func (c stopped) Now() calendar.Instant { return c.at }

// After returns a channel that gets nothing, unless the instant has come already.
func (c stopped) After(i calendar.Instant) <-chan time.Time {
	wake := make(chan time.Time, 1)
	if i <= c.at {
		wake <- c.at.Time()
	}
	return wake
}

// clock returns the machine's time, or the instant at which the environment stops it.
func clock() (desk.Clock, error) {
	text := os.Getenv(clockVariable)
	if text == "" {
		return desk.WallClock{}, nil
	}
	at, err := calendar.Parse(text)
	if err != nil {
		return nil, bad("write an instant such as 2026-03-02T12:00Z, or unset the variable", "%s: %v", clockVariable, err)
	}
	return stopped{at}, nil
}

// forward checks that a stopped clock does not stand before the end of the record. The machine's own time is not checked: it
// is not a person's choice, and the desk never lets a need's time go back.
func forward(ctx context.Context, store journal.Store, c desk.Clock) error {
	if _, ok := c.(stopped); !ok {
		return nil
	}
	heads, err := store.Streams(ctx, "")
	if err != nil {
		return err
	}
	var last int64 // positions have no gaps, so the versions of all streams add up to the last one
	for _, h := range heads {
		last += h.Version
	}
	records, err := store.ReadAll(ctx, last-1, 1)
	if err != nil || len(records) == 0 {
		return err
	}
	if end := records[0].Recorded; c.Now() < end {
		return bad("set it to "+end.String()+" or later, or use another data folder", "%s is %s, but the record has reached %s", clockVariable, c.Now(), end)
	}
	return nil
}
