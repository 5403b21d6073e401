package mix

import "math/bits"

// fine is the resolution of directions: 2^-12 of a row's typical use, or of one serving.
const fine = 12

// climb is a subgradient ascent in whole numbers over the multipliers of a Lagrangian. A step goes a share of the distance
// between its value and the target, the cost of the best choice known, in a direction that keeps a part of the last one.
type climb struct {
	value    func() int64                  // evaluates where it stands
	slope    func(step []int64)            // adds to a direction, in 2^-fine, and zeroes it where a bound is reached
	advance  func(h, length int64, at int) // moves one multiplier
	keep     func()                        // the value is the highest yet
	back     func()                        // return to the highest
	step     []int64
	patience int
}

// run makes up to a number of steps and returns the highest value. Best is the highest before. Share is in 1024ths.
func (c *climb) run(steps int, best, target, share int64) int64 {
	clear(c.step)
	for since := 0; steps > 0; steps-- {
		value := c.value()
		since++
		if value > best {
			if value-best > max(1, (target-best)>>12) {
				since = 0
			}
			best = value
			c.keep()
		}
		if best >= target {
			break
		}
		if since >= c.patience {
			since = 0
			if share = share * 6 / 10; share < 4 {
				break
			}
			c.back()
			c.value()
			clear(c.step)
		}
		c.slope(c.step)
		var norm int64
		for _, h := range c.step {
			norm += (h >> 2) * (h >> 2) >> (2*fine - 4 - 8) // in 2^-8
		}
		if norm == 0 {
			break
		}
		length := mulDivWide(mulDivDown(max(target-value, 1), share, 1024), 256, norm) // micro-units for one unit of direction
		for at, h := range c.step {
			if h != 0 {
				c.advance(h, length, at)
			}
		}
	}
	return best
}

// blend mixes a new slope into a direction.
func blend(direction *int64, slope int64) { *direction = (slope*3 + *direction) / 4 }

// rowSlope returns by how much a row is used beyond its limit, in 2^-fine of its typical use, within ±2^24.
func rowSlope(over, scale int64) int64 {
	if abs(over) >= scale<<12 {
		if over > 0 {
			return 1 << 24
		}
		return -1 << 24
	}
	return over << fine / scale
}

// stride returns how far a multiplier goes: length x h x num / den.
func stride(length, h, num, den int64) int64 {
	delta := mulDivWide(length, abs(h)*num, den)
	if h < 0 {
		return -delta
	}
	return delta
}

// mulDivWide returns a x b / d, rounded down, for non-negative a and b; at most 2^60.
func mulDivWide(a, b, d int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	if hi >= uint64(d) {
		return maxAmount
	}
	q, _ := bits.Div64(hi, lo, uint64(d))
	return int64(min(q, maxAmount))
}
