package top

import (
	"math"
	"time"

	"github.com/portsniff/portsniff/internal/flow"
)

// Sizes of the rings. The short ring has one bucket for each of the latest steps, the long ring one
// bucket for every 30 steps. Both sizes are powers of two. A step is a second, or a minute for the
// counts of a store.
const (
	shortRing   = 64
	longRing    = 16
	longSteps   = 30
	sparkLength = 60 // steps that a sparkline shows
)

// A Window is the time over which rates are averaged.
type Window uint8

// The windows.
const (
	TenSeconds Window = iota
	Minute
	FiveMinutes
	Always // since the first packet
	windows
)

// String returns the name of a window.
func (w Window) String() string { return w.Of(time.Second) }

// Of returns the name of a window for a length of a step: a second or a minute.
func (w Window) Of(step time.Duration) string {
	if step == time.Minute {
		return [...]string{"10 min", "60 min", "5 h", "all"}[w]
	}
	return [...]string{"10 s", "60 s", "5 min", "all"}[w]
}

// buckets returns how many buckets a window has, and their length in steps.
func (w Window) buckets() (n, length int64) {
	switch w {
	case TenSeconds:
		return 10, 1
	case Minute:
		return 60, 1
	}
	return 10, longSteps
}

// A bucket counts the traffic in one span of time: bytes of each direction, and packets.
type bucket struct {
	bytes   [2]uint64
	packets uint64
}

func (b *bucket) plus(o *bucket) {
	b.bytes[0] += o.bytes[0]
	b.bytes[1] += o.bytes[1]
	b.packets += o.packets
}

// A timing divides time into steps. step is the length of a step in nanoseconds.
type timing struct {
	step        int64
	start       int64 // time of the first packet, in nanoseconds since 1970
	now         int64 // the latest time
	nanos       int64 // time of the packet that is being counted
	short, long int64 // the same in steps since 1970, and in units of 30 steps
}

func newTiming(step time.Duration) timing { return timing{step: int64(step)} }

// at sets the time of the packet that is being counted. Most packets are in the same step as the
// one before, which saves a division.
func (c *timing) at(nanos int64) {
	from := c.short * c.step
	c.nanos = nanos
	if nanos >= from && uint64(nanos-from) < uint64(c.step) {
		return
	}
	c.short = floorDiv(nanos, c.step)
	c.long = floorDiv(c.short, longSteps)
}

// A stat counts the packets of one port, flow or host: in total, and in rings of buckets for the
// rates of the latest minutes. Directions are 0 and 1.
type stat struct {
	total       [2]flow.Count
	first, last int64 // nanoseconds since 1970 of the first and the latest packet
	frame       int64 // number of the latest packet

	newest, newestLong int64 // numbers of the newest buckets, counted from 1970
	short              [shortRing]bucket
	long               [longRing]bucket
}

// add counts a packet.
func (s *stat) add(direction int, bytes uint32, c *timing, frame int64) {
	s.plus(direction, flow.Count{Packets: 1, Bytes: uint64(bytes)}, c, frame)
}

// plus counts packets at one time.
func (s *stat) plus(direction int, n flow.Count, c *timing, frame int64) {
	if s.frame == 0 {
		s.first, s.last = c.nanos, c.nanos
		s.newest, s.newestLong = math.MinInt64, math.MinInt64
	}
	s.last, s.frame = max(s.last, c.nanos), frame
	s.total[direction].Plus(n)
	if b := bucketOf(s.short[:], &s.newest, c.short); b != nil {
		b.add(direction, n)
	}
	if b := bucketOf(s.long[:], &s.newestLong, c.long); b != nil {
		b.add(direction, n)
	}
}

func (b *bucket) add(direction int, n flow.Count) {
	b.bytes[direction] += n.Bytes
	b.packets += n.Packets
}

// bucketOf returns the bucket with a number. If the number is higher than newest, it becomes the
// newest. bucketOf returns nil if the number is too old for any rate.
func bucketOf(ring []bucket, newest *int64, at int64) *bucket {
	n := int64(len(ring))
	switch {
	case at == *newest:
	case at > *newest:
		for i := max(*newest+1, at-n+1); i <= at; i++ {
			ring[i&(n-1)] = bucket{}
		}
		*newest = at
	case at <= *newest-n:
		return nil
	}
	return &ring[at&(n-1)]
}

// at returns bucket i of a ring, nil if the ring does not contain it.
func at(ring []bucket, newest, i int64) *bucket {
	n := int64(len(ring))
	if i > newest || i <= newest-n {
		return nil
	}
	return &ring[i&(n-1)]
}

// A rate is an average: bits per second of each direction, and packets per second.
type rate struct {
	bits    [2]float64
	packets float64
}

func (r rate) sum() float64 { return r.bits[0] + r.bits[1] }

// rate returns the average over a window that ends now. If the capture is shorter than the window,
// its length counts instead, but at least one step. For the window Always, at least one second
// counts.
func (s *stat) rate(w Window, c *timing) (r rate) {
	sum := bucket{[2]uint64{s.total[0].Bytes, s.total[1].Bytes},
		s.total[0].Packets + s.total[1].Packets}
	from, least := c.start, int64(time.Second)
	if w != Always {
		sum, least = bucket{}, c.step
		n, length := w.buckets()
		ring, newest := s.short[:], s.newest
		if length == longSteps {
			ring, newest = s.long[:], s.newestLong
		}
		last := floorDiv(c.now, length*c.step)
		for i := last - n + 1; i <= last; i++ {
			if b := at(ring, newest, i); b != nil {
				sum.plus(b)
			}
		}
		from = max(c.start, (last-n+1)*length*c.step)
	}
	span := float64(max(c.now-from, least)) / float64(time.Second)
	const bits = 8
	r.bits = [2]float64{float64(sum.bytes[0]) * bits / span, float64(sum.bytes[1]) * bits / span}
	r.packets = float64(sum.packets) / span
	return r
}

// spark divides the latest sparkLength steps into n spans. It returns the bytes of each span, the
// oldest first.
func (s *stat) spark(n int, c *timing) []uint64 {
	out := make([]uint64, n)
	last := floorDiv(c.now, c.step)
	for i := range int64(sparkLength) {
		if b := at(s.short[:], s.newest, last-sparkLength+1+i); b != nil {
			out[i*int64(n)/sparkLength] += b.bytes[0] + b.bytes[1]
		}
	}
	return out
}

// both returns the total of both directions.
func (s *stat) both() flow.Count {
	c := s.total[0]
	c.Plus(s.total[1])
	return c
}

func floorDiv(x, y int64) int64 {
	q := x / y
	if x%y < 0 {
		q--
	}
	return q
}
