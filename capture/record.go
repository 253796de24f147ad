package capture

import (
	"math"
	"time"

	"github.com/portsniff/portsniff/linktype"
)

// NoTime is in Record.Nanos for a packet without a time.
const NoTime = math.MinInt64

// A Record is what counting needs of a packet. Data is valid until the next call of Batch or Next
// on the same Source.
type Record struct {
	Data   []byte // the captured bytes
	Number int64  // Packet.Number
	// since 1970 in UTC, NoTime where the file has none; what is beyond the years 1678 to 2262 is
	// the nearest that fits
	Nanos  int64
	Length uint32        // on the wire, in bytes
	Link   linktype.Type // what Data begins with
	// the first fragment of its datagram, if that comes later and somebody looked ahead; else nil
	First *Record
}

// Record is the packet as Batch would give it.
func (p *Packet) Record() Record {
	r := Record{Data: p.Data, Number: p.Number, Nanos: NoTime,
		Length: uint32(p.Length), Link: p.Link,
		First: p.First}
	if p.HasTime {
		r.Nanos = Nanos(p.Timestamp.Unix(), int64(p.Timestamp.Nanosecond()))
	}
	return r
}

// Seconds that a Record's time reaches to: what more of nanoseconds would not fit 63 bits.
const (
	maxNanosSec = math.MaxInt64/int64(time.Second) - 1
	minNanosSec = -maxNanosSec
)

// Nanos is the Record.Nanos of a time in seconds and nanoseconds since 1970.
func Nanos(sec, ns int64) int64 {
	switch {
	case sec > maxNanosSec:
		return math.MaxInt64
	case sec < minNanosSec:
		return NoTime + 1
	}
	return sec*int64(time.Second) + ns
}
