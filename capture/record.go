package capture

import (
	"math"
	"time"

	"github.com/portsniff/portsniff/linktype"
)

// NoTime is the Record.Nanos of a packet without a time.
const NoTime = math.MinInt64

// A Record contains the facts of a packet that are counted. Data is valid until the next call of
// Batch or Next on the same Source.
type Record struct {
	Data   []byte // the captured bytes
	Number int64  // Packet.Number
	// since 1970 in UTC, NoTime if unknown; times outside the years 1678 to 2262 become the nearest
	// one inside
	Nanos  int64
	Length uint32        // on the wire, in bytes
	Link   linktype.Type // link type of Data
	// the first fragment of its datagram, if it comes later and was read ahead; else nil
	First *Record
}

// Record returns the packet as a Record.
func (p *Packet) Record() Record {
	r := Record{Data: p.Data, Number: p.Number, Nanos: NoTime,
		Length: uint32(p.Length), Link: p.Link,
		First: p.First}
	if p.HasTime {
		r.Nanos = Nanos(p.Timestamp.Unix(), int64(p.Timestamp.Nanosecond()))
	}
	return r
}

// Limits of a Record's time in seconds: more do not fit into 63 bits of nanoseconds.
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
