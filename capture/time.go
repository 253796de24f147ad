package capture

import (
	"math/bits"
	"strconv"
	"time"
)

// A resolution is pcapng's if_tsresol: with the high bit clear, times count in units of ten to the minus the value in seconds, and with
// the high bit set, of two to the minus the low seven bits.
type resolution uint8

const (
	microseconds resolution = 6 // of an interface that does not say
	nanoseconds  resolution = 9 // what is captured and written
)

func (r resolution) binary() bool { return r&0x80 != 0 }
func (r resolution) exp() int     { return int(r & 0x7f) }

// String writes a resolution as "10^-6 s".
func (r resolution) String() string {
	base := "10"
	if r.binary() {
		base = "2"
	}
	switch r.exp() {
	case 0:
		return "1 s"
	default:
		return base + "^-" + strconv.Itoa(r.exp()) + " s"
	}
}

// A clock turns an interface's counts into time. All 256 resolutions are exact down to the nanosecond, below which they are cut off.
type clock struct {
	res    resolution
	offset int64  // seconds added to every time
	units  uint64 // units in a second, if res is 10^0 to 10^-19
}

func newClock(r resolution, offset int64) clock {
	c := clock{res: r, offset: offset}
	if !r.binary() && r.exp() <= maxPow10 {
		c.units = pow10(r.exp())
	}
	return c
}

// time is the moment v units after 1970, moved by the offset.
func (c *clock) time(v uint64) time.Time {
	sec, nanos := c.split(v)
	return time.Unix(addSeconds(sec, c.offset), nanos).UTC()
}

// split gives whole seconds and the nanoseconds that are left.
func (c *clock) split(v uint64) (sec uint64, nanos int64) {
	switch {
	case c.res == microseconds: // the two usual ones, where the compiler divides by multiplying
		return v / 1e6, int64(v % 1e6 * 1e3)
	case c.res == 9:
		return v / 1e9, int64(v % 1e9)
	case c.res.binary():
		return splitBinary(v, c.res.exp())
	default:
		return c.splitDecimal(v)
	}
}

func (c *clock) splitDecimal(v uint64) (sec uint64, nanos int64) {
	exp := c.res.exp()
	switch {
	case exp <= 9:
		return v / c.units, int64(v % c.units * pow10(9-exp))
	case exp <= maxPow10:
		return v / c.units, int64(v % c.units / pow10(exp-9))
	case exp-9 <= maxPow10: // 64 bits of such units are less than a second
		return 0, int64(v / pow10(exp-9))
	default: // and of these, less than a nanosecond
		return 0, 0
	}
}

// splitBinary is for units of 2^-exp seconds, exp up to 127.
func splitBinary(v uint64, exp int) (sec uint64, nanos int64) {
	if exp >= 64 {
		hi, _ := bits.Mul64(v, 1e9) // hi is v·10^9 / 2^64
		return 0, int64(hi >> (exp - 64))
	}
	hi, lo := bits.Mul64(v&(1<<exp-1), 1e9)
	return v >> exp, int64(hi<<(64-exp) | lo>>exp) // a shift by 64 gives 0
}

// maxPow10 is the largest exponent of ten that 64 bits hold.
const maxPow10 = 19

func pow10(n int) uint64 {
	v := uint64(1)
	for range n {
		v *= 10
	}
	return v
}

// maxSeconds keeps an absurd time within what time.Time can hold and calculate with: 36 thousand million years.
const maxSeconds = 1 << 60

// addSeconds adds without running over.
func addSeconds(sec uint64, offset int64) int64 {
	s := int64(min(sec, maxSeconds)) + min(max(offset, -maxSeconds), maxSeconds)
	return min(max(s, -maxSeconds), maxSeconds)
}
