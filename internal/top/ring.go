package top

import (
	"math"
	"time"

	"github.com/portsniff/portsniff/internal/flow"
)

// Sizes of a ring: one bucket for each of the latest seconds, and one for each of the latest half
// minutes. Both are powers of two.
const (
	seconds     = 64
	halves      = 16
	halfMinute  = 30
	sparkLength = 60 // seconds that a sparkline shows
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

// String names a window.
func (w Window) String() string {
	return [...]string{"10 s", "60 s", "5 min", "all"}[w]
}

// buckets returns how many buckets a window has, and their length in seconds.
func (w Window) buckets() (n, length int64) {
	switch w {
	case TenSeconds:
		return 10, 1
	case Minute:
		return 60, 1
	}
	return 10, halfMinute
}

// A bucket counts what came in one span of time: bytes of each direction, and packets.
type bucket struct {
	bytes   [2]uint64
	packets uint64
}

func (b *bucket) plus(o *bucket) {
	b.bytes[0] += o.bytes[0]
	b.bytes[1] += o.bytes[1]
	b.packets += o.packets
}

// A moment is the time of a packet, with the seconds and half minutes since 1970.
type moment struct{ nanos, second, half int64 }

// at changes the moment. Most packets come in the second of the one before, which saves a division.
func (m *moment) at(nanos int64) {
	from := m.second * int64(time.Second)
	if nanos >= from && uint64(nanos-from) < uint64(time.Second) {
		m.nanos = nanos
		return
	}
	second := floorDiv(nanos, int64(time.Second))
	*m = moment{nanos, second, floorDiv(second, halfMinute)}
}

// A stat counts the packets of one port, flow or host: in total, and in rings of buckets from which
// the rates of the latest minutes come. Directions are 0 and 1.
type stat struct {
	total       [2]flow.Count
	first, last int64 // nanoseconds since 1970 of the first and the latest packet
	frame       int64 // number of the latest packet

	second, half int64 // the newest buckets, counted from 1970
	short        [seconds]bucket
	long         [halves]bucket
}

// add counts a packet.
func (s *stat) add(direction int, bytes uint32, m *moment, frame int64) {
	if s.frame == 0 {
		s.first, s.last = m.nanos, m.nanos
		s.second, s.half = math.MinInt64, math.MinInt64
	}
	s.last, s.frame = max(s.last, m.nanos), frame
	s.total[direction].Add(bytes)
	if b := bucketOf(s.short[:], &s.second, m.second); b != nil {
		b.add(direction, bytes)
	}
	if b := bucketOf(s.long[:], &s.half, m.half); b != nil {
		b.add(direction, bytes)
	}
}

func (b *bucket) add(direction int, bytes uint32) {
	b.bytes[direction] += uint64(bytes)
	b.packets++
}

// bucketOf returns the bucket for a time, which becomes the newest if it is later than that; nil if
// it is too old for any rate.
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

// at returns the bucket of a ring, nil if it has none for that time.
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

// rate returns the average over a window that ends now. start is when the capture began, both in
// nanoseconds since 1970. A capture that is shorter than the window counts as long as it is, but at
// least one second.
func (s *stat) rate(w Window, start, now int64) (r rate) {
	sum := bucket{[2]uint64{s.total[0].Bytes, s.total[1].Bytes},
		s.total[0].Packets + s.total[1].Packets}
	from := start
	if w != Always {
		sum = bucket{}
		n, length := w.buckets()
		ring, newest := s.short[:], s.second
		if length == halfMinute {
			ring, newest = s.long[:], s.half
		}
		last := floorDiv(now, length*int64(time.Second))
		for i := last - n + 1; i <= last; i++ {
			if b := at(ring, newest, i); b != nil {
				sum.plus(b)
			}
		}
		from = max(start, (last-n+1)*length*int64(time.Second))
	}
	span := max(float64(now-from)/float64(time.Second), 1)
	const bits = 8
	r.bits = [2]float64{float64(sum.bytes[0]) * bits / span, float64(sum.bytes[1]) * bits / span}
	r.packets = float64(sum.packets) / span
	return r
}

// spark returns the bytes of each of the latest n spans of sparkLength seconds, the oldest first.
func (s *stat) spark(n int, now int64) []uint64 {
	out := make([]uint64, n)
	last := floorDiv(now, int64(time.Second))
	for i := range int64(sparkLength) {
		if b := at(s.short[:], s.second, last-sparkLength+1+i); b != nil {
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
