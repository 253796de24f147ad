package flow

import (
	"cmp"
	"slices"
)

// A Bucket is the traffic of one port in one span of time.
type Bucket struct {
	Start int64 // nanoseconds since 1970: a multiple of the span
	PortKey
	Count
}

type bucketKey struct {
	start int64
	port  PortKey
}

// bucketSize is the approximate memory of a bucket in the map, in bytes.
const bucketSize = 96

// Buckets count packets by port and time.
type Buckets struct {
	Span int64 // of a bucket, in nanoseconds
	Left Count // packets without a time or beyond the memory limit; the totals include them

	max  int
	list map[bucketKey]Count
}

// NewBuckets returns empty Buckets of span nanoseconds each. They use about memory bytes at most.
func NewBuckets(span int64, memory int) *Buckets {
	return &Buckets{Span: span, max: max(memory/bucketSize, 1), list: map[bucketKey]Count{}}
}

// add counts a packet for a port.
func (b *Buckets) add(port PortKey, nanos int64, bytes uint32) {
	b.plus(port, nanos, Count{1, uint64(bytes)})
}

// plus counts packets for a port in the bucket of the given time.
func (b *Buckets) plus(port PortKey, nanos int64, n Count) {
	start := nanos - (nanos%b.Span+b.Span)%b.Span
	k := bucketKey{start, port}
	c, ok := b.list[k]
	if nanos == NoTime || start > nanos || !ok && len(b.list) >= b.max {
		b.Left.Plus(n)
		return
	}
	c.Plus(n)
	b.list[k] = c
}

// All returns the buckets that have packets, by time, then by port number.
func (b *Buckets) All() []Bucket {
	out := make([]Bucket, 0, len(b.list))
	for k, c := range b.list {
		out = append(out, Bucket{k.start, k.port, c})
	}
	slices.SortFunc(out, func(x, y Bucket) int {
		return cmp.Or(
			cmp.Compare(x.Start, y.Start),
			cmp.Compare(x.Port, y.Port),
			cmp.Compare(x.Proto, y.Proto),
		)
	})
	return out
}
