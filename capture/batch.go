package capture

import (
	"math"
	"time"

	"github.com/portsniff/portsniff/linktype"
)

// NoTime stands in Record.Nanos for a packet without a time.
const NoTime = math.MinInt64

// A Record is what counting needs of a packet. Data is valid until the next call of Batch or Next on the same Source.
type Record struct {
	Data   []byte        // the captured bytes
	Nanos  int64         // since 1970 in UTC, NoTime where the file has none; what is beyond the years 1678 to 2262 is the nearest that fits
	Length uint32        // on the wire, in bytes
	Link   linktype.Type // what Data begins with
}

// Record is the packet as Batch would give it.
func (p *Packet) Record() Record {
	r := Record{Data: p.Data, Nanos: NoTime, Length: uint32(p.Length), Link: p.Link}
	if p.HasTime {
		r.Nanos = nanosOf(p.Timestamp)
	}
	return r
}

// Seconds that a Record's time reaches to: what more of nanoseconds would not fit 63 bits.
const (
	maxNanosSec = math.MaxInt64/int64(time.Second) - 1
	minNanosSec = -maxNanosSec
)

func nanosOf(t time.Time) int64 { return nanos(t.Unix(), int64(t.Nanosecond())) }

// nanos puts seconds and nanoseconds together.
func nanos(sec, ns int64) int64 {
	switch {
	case sec > maxNanosSec:
		return math.MaxInt64
	case sec < minNanosSec:
		return NoTime + 1
	}
	return sec*int64(time.Second) + ns
}

// Batch fills out with the next packets as far as they are already in memory, whole and beyond doubt, and gives how many there were and the number
// of the first one. After 0 it is Next that knows what follows: more packets, a record that needs a closer look, the end or an error.
// It is what Frames gives, a record a packet.
func (f *File) Batch(out []Record) (n int, first int64) {
	f.Frames(&f.few, len(out))
	return f.few.records(out)
}

// Batch is File.Batch for the current file.
func (f *Files) Batch(out []Record) (n int, first int64) {
	if f.current == nil {
		return 0, 0
	}
	n, first = f.current.Batch(out)
	f.packets += int64(n)
	return n, first
}

// records fills out, which has room for all.
func (f *Frames) records(out []Record) (n int, first int64) {
	for i := range f.N {
		out[i] = f.Record(i)
	}
	return f.N, f.First
}
