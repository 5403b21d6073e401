package sim

import (
	"math/rand/v2"

	"firstlook/calendar"
)

// dice are the one source of a world.
type dice struct{ *rand.Rand }

func newDice(seed uint64) dice { return dice{rand.New(rand.NewPCG(seed, 0x5151))} }

func (d dice) chance(percent int) bool { return d.IntN(100) < percent }

// span is a length of time below max.
func (d dice) span(max calendar.Instant) calendar.Instant {
	return calendar.Instant(d.Int64N(int64(max)))
}

func pick[T any](d dice, of ...T) T { return of[d.IntN(len(of))] }

const (
	millisecond = calendar.Instant(1_000)
	second      = 1_000 * millisecond
	minute      = 60 * second
	hour        = 60 * minute
	day         = 24 * hour
)
