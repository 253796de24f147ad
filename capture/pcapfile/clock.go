package pcapfile

import (
	"math/bits"
	"time"

	"github.com/portsniff/portsniff/capture"
)

// A clock converts an interface's timestamps to time. All 256 resolutions are exact to the
// nanosecond. Fractions of a nanosecond are discarded.
type clock struct {
	res    capture.Resolution
	binary bool // a unit is 2^-exp seconds instead of 10^-exp
	exp    int
	offset int64  // seconds added to every time
	units  uint64 // units per second, if res is 10^0 to 10^-19
}

func newClock(r capture.Resolution, offset int64) clock {
	base, exp := r.Unit()
	c := clock{res: r, binary: base == 2, exp: exp, offset: offset}
	if !c.binary && exp <= maxPow10 {
		c.units = pow10(exp)
	}
	return c
}

// time returns the time of v units after 1970, plus the offset.
func (c *clock) time(v uint64) time.Time {
	sec, nanos := c.split(v)
	return time.Unix(addSeconds(sec, c.offset), nanos).UTC()
}

// count is the inverse of time: it returns the smallest number of units whose time is t. ok is
// false if there is none, because t is before the offset, too far after it, or between two units.
func (c *clock) count(t time.Time) (v uint64, ok bool) {
	since := t.Unix() - clampSeconds(c.offset)
	if since < 0 {
		return 0, false
	}
	v, ok = c.join(uint64(since), uint64(t.Nanosecond()))
	return v, ok && c.time(v).Equal(t)
}

// join is the inverse of split. ok is false if the result exceeds 64 bits.
func (c *clock) join(sec, nanos uint64) (v uint64, ok bool) {
	exp := c.exp
	if c.binary {
		return joinBinary(sec, nanos, exp)
	}
	switch {
	case exp <= 9:
		hi, lo := bits.Mul64(sec, c.units)
		v, carry := bits.Add64(lo, nanos/pow10(9-exp), 0)
		return v, hi+carry == 0
	case exp <= maxPow10:
		hi, lo := bits.Mul64(sec, c.units)
		high, part := bits.Mul64(nanos, pow10(exp-9))
		v, carry := bits.Add64(lo, part, 0)
		return v, hi+high+carry == 0
	case exp-9 <= maxPow10:
		hi, v := bits.Mul64(nanos, pow10(exp-9))
		return v, sec == 0 && hi == 0
	default:
		return 0, sec == 0
	}
}

// joinBinary rounds nanoseconds up to units of 2^-exp seconds, so that splitBinary restores them.
func joinBinary(sec, nanos uint64, exp int) (v uint64, ok bool) {
	const second = 1_000_000_000
	hi, lo := nanos, uint64(0) // nanos shifted left by exp
	switch {
	case nanos == 0:
		hi = 0
	case exp < 64:
		hi, lo = bits.Mul64(nanos, 1<<exp)
	case exp >= 64+30: // nanos is at least 1, and 2^30 > second
		return 0, false
	default:
		hi <<= exp - 64
	}
	lo, carry := bits.Add64(lo, second-1, 0)
	if hi += carry; hi >= second {
		return 0, false
	}
	part, _ := bits.Div64(hi, lo, second)
	if exp >= 64 {
		return part, sec == 0
	}
	v, carry = bits.Add64(sec<<exp, part, 0)
	return v, carry == 0 && sec<<exp>>exp == sec
}

// split returns whole seconds and the remaining nanoseconds.
func (c *clock) split(v uint64) (sec uint64, nanos int64) {
	switch { // the two usual resolutions first, so that the compiler can divide by a constant
	case c.res == capture.Microseconds:
		return v / 1e6, int64(v % 1e6 * 1e3)
	case c.res == capture.Nanoseconds:
		return v / 1e9, int64(v % 1e9)
	case c.binary:
		return splitBinary(v, c.exp)
	default:
		return c.splitDecimal(v)
	}
}

func (c *clock) splitDecimal(v uint64) (sec uint64, nanos int64) {
	exp := c.exp
	switch {
	case exp <= 9:
		return v / c.units, int64(v % c.units * pow10(9-exp))
	case exp <= maxPow10:
		return v / c.units, int64(v % c.units / pow10(exp-9))
	case exp-9 <= maxPow10: // 64 bits of these units are less than a second
		return 0, int64(v / pow10(exp-9))
	default: // 64 bits of these units are less than a nanosecond
		return 0, 0
	}
}

// splitBinary is split for units of 2^-exp seconds, exp up to 127.
func splitBinary(v uint64, exp int) (sec uint64, nanos int64) {
	if exp >= 64 {
		hi, _ := bits.Mul64(v, 1e9) // hi is v·10^9 / 2^64
		return 0, int64(hi >> (exp - 64))
	}
	hi, lo := bits.Mul64(v&(1<<exp-1), 1e9)
	return v >> exp, int64(hi<<(64-exp) | lo>>exp) // a shift by 64 results in 0
}

// maxPow10 is the largest power of ten that fits into 64 bits.
const maxPow10 = 19

func pow10(n int) uint64 {
	v := uint64(1)
	for range n {
		v *= 10
	}
	return v
}

// maxSeconds limits times to what time.Time can store and calculate with: 36 thousand million
// years.
const maxSeconds = 1 << 60

// addSeconds adds and clamps the result instead of overflowing.
func addSeconds(sec uint64, offset int64) int64 {
	return clampSeconds(int64(min(sec, maxSeconds)) + clampSeconds(offset))
}

func clampSeconds(s int64) int64 { return min(max(s, -maxSeconds), maxSeconds) }
