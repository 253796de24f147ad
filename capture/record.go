package capture

import (
	"math"
	"time"

	"github.com/portsniff/portsniff/linktype"
)

// NoTime is the Record.Nanos of a packet without a time.
const NoTime = math.MinInt64

// A Record has the facts of a packet that are counted. Data is valid until the next call of Batch
// or Next on the same Source.
type Record struct {
	Data   []byte // the captured bytes
	Number int64  // Packet.Number
	// since 1970 in UTC, NoTime if the file has none; times outside the years 1678 to 2262 become
	// the nearest one inside
	Nanos  int64
	Length uint32        // on the wire, in bytes
	Link   linktype.Type // what Data begins with
	// the first fragment of its datagram, if it comes later and was read ahead; else nil
	First *Record
}

// Record returns the packet in the form of Batch.
func (p *Packet) Record() Record {
	r := Record{Data: p.Data, Number: p.Number, Nanos: NoTime,
		Length: uint32(p.Length), Link: p.Link,
		First: p.First}
	if p.HasTime {
		r.Nanos = Nanos(p.Timestamp.Unix(), int64(p.Timestamp.Nanosecond()))
	}
	return r
}

// Seconds of a Record's time: more do not fit in 63 bits of nanoseconds.
const (
	maxNanosSec = math.MaxInt64/int64(time.Second) - 1
	minNanosSec = -maxNanosSec
)

// Nanos returns the Record.Nanos of a time in seconds and nanoseconds since 1970.
func Nanos(sec, ns int64) int64 {
	switch {
	case sec > maxNanosSec:
		return math.MaxInt64
	case sec < minNanosSec:
		return NoTime + 1
	}
	return sec*int64(time.Second) + ns
}
