package notify

import (
	"fmt"
	"time"

	"firstlook/calendar"
)

// Due is a reminder that is due.
type Due struct {
	Key  string
	Rule string // "50p" for half of the window, "120m" for two hours before its end
	At   calendar.Instant
	Waiting
}

// Reminders says when a party is reminded of a window that runs. Both lists may be empty.
type Reminders struct {
	// Percent of the window that has passed, 0 to 99. It counts from the receipt of the notice, and only where the window is one that
	// began with a receipt. 0 tells of a window that opened after its notice was sent, whose deadline the notice could not name.
	Percent []int
	// Before the deadline, in whole minutes. One that would come before the window began is not sent.
	Before []time.Duration
}

// DefaultReminders tell of a window that opened later than its notice, at half of it, a day and two hours before it closes.
var DefaultReminders = Reminders{Percent: []int{0, 50}, Before: []time.Duration{24 * time.Hour, 2 * time.Hour}}

// check reports a rule that cannot be meant.
func (r Reminders) check() error {
	for _, p := range r.Percent {
		if p < 0 || p > 99 {
			return fmt.Errorf("a reminder after %d %% of a window: write 0 to 99", p)
		}
	}
	for _, b := range r.Before {
		if b < time.Minute || b%time.Minute != 0 {
			return fmt.Errorf("a reminder %s before the end: write whole minutes, at least one", b)
		}
	}
	return nil
}

// due returns the one reminder of a wait that is to be sent at an instant, the latest of those whose time has come, and when the next
// one comes. Those before it are passed over: after an outage a party is reminded once. The key names the deadline, so a longer window
// has reminders of its own.
func (r Reminders) due(w Waiting, now calendar.Instant) (d Due, ok bool, next calendar.Instant) {
	each := func(rule string, at calendar.Instant) {
		switch {
		case at >= w.Until || at < w.From || at < w.Since:
		case at > now:
			if !next.IsSet() || at < next {
				next = at
			}
		case !ok || at > d.At:
			d, ok = Due{Rule: rule, At: at, Waiting: w}, true
		}
	}
	for _, p := range r.Percent {
		length := int64(w.Until - w.From)
		switch {
		case !w.From.IsSet():
		case p > 0:
			each(fmt.Sprintf("%dp", p), w.From+calendar.Instant(length/100*int64(p)+length%100*int64(p)/100))
		case !w.Told:
			each("0p", w.Since)
		}
	}
	for _, b := range r.Before {
		each(fmt.Sprintf("%dm", int64(b/time.Minute)), w.Until.Add(-b))
	}
	if now >= w.Until {
		return Due{}, false, 0
	}
	d.Key = fmt.Sprintf("%s.%s.remind-%s.%d.%s", w.Need, w.Matter, d.Rule, int64(w.Until), w.Who)
	return d, ok, next
}
