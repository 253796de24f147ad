package render

import (
	"strconv"
	"time"

	"github.com/portsniff/portsniff/internal/timezone"
)

// Stamp selects how a packet's time is written: tcpdump's -t to -ttttt.
type Stamp uint8

// The ways to write a time, in the order of the number of t's.
const (
	StampClock Stamp = iota // time of day, in the local time zone
	StampNone               // -t: no time
	StampEpoch              // -tt: seconds since 1970
	StampDelta              // -ttt: since the previous packet
	StampDate               // -tttt: date and time of day
	StampSince              // -ttttt: since the first packet
)

// A clock writes times and remembers the ones that differences are measured from.
type clock struct {
	stamp  Stamp
	digits int // of a second's fraction: 3, 6 or 9
	first  time.Time
	last   time.Time
	second timeCache
}

// append writes a packet's time, or "-" if the capture has none.
func (c *clock) append(out []byte, at time.Time, known bool) []byte {
	if c.stamp == StampNone {
		return out
	}
	if !known || !inRange(at) {
		return append(out, '-')
	}
	switch c.stamp {
	case StampEpoch:
		return c.fraction(strconv.AppendInt(out, at.Unix(), 10), at.Nanosecond())
	case StampDate:
		c.second.layout = "2006-01-02 15:04:05"
		out = c.second.append(out, at.Local())
		return c.fraction(out, at.Nanosecond())
	case StampDelta, StampSince:
		return c.span(out, c.since(at))
	}
	c.second.layout = time.TimeOnly
	return c.fraction(c.second.append(out, at.Local()), at.Nanosecond())
}

// Zone returns a line that names the time zone of times between from and to, or "" for UTC.
func Zone(from, to time.Time) string {
	if name := timezone.Names(from, to); name != "UTC" {
		return "times: " + name + "\n"
	}
	return ""
}

// since returns the time since the previous packet, or since the first one. Like tcpdump, it
// truncates both times before it subtracts them, so that the differences add up.
func (c *clock) since(at time.Time) time.Duration {
	at = at.Truncate(c.unit())
	from := c.last
	if c.stamp == StampSince {
		from = c.first
	}
	if c.first.IsZero() {
		c.first, from = at, at
	}
	c.last = at
	return at.Sub(from)
}

// inRange reports whether the year of a time has at most four digits. A capture may contain any
// number of seconds.
func inRange(at time.Time) bool {
	// start of the year 0 and of the year 10000, in seconds since 1970
	const first, last = -62_167_219_200, 253_402_300_800
	sec := at.Unix()
	return sec >= first && sec < last
}

// unit returns the smallest part of a second that is shown.
func (c *clock) unit() time.Duration {
	unit := time.Second
	for range c.digits {
		unit /= 10
	}
	return unit
}

// span writes a duration as hours, minutes and seconds.
func (c *clock) span(out []byte, d time.Duration) []byte {
	if d < 0 {
		// the least duration cannot be negated, but then the times are out of range
		out, d = append(out, '-'), max(-d, 0)
	}
	out = two(out, int(d/time.Hour))
	out = two(append(out, ':'), int(d/time.Minute)%60)
	out = two(append(out, ':'), int(d/time.Second)%60)
	return c.fraction(out, int(d%time.Second))
}

func two(out []byte, n int) []byte {
	if n < 10 {
		out = append(out, '0')
	}
	return strconv.AppendInt(out, int64(n), 10)
}

// fraction writes the fraction of a second. It truncates after the last digit, as all capture
// tools do.
func (c *clock) fraction(out []byte, nanos int) []byte {
	out = append(out, '.')
	for unit, i := 100_000_000, 0; i < c.digits; unit, i = unit/10, i+1 {
		out = append(out, byte('0'+nanos/unit%10))
	}
	return out
}
