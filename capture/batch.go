package capture

import (
	"math"
	"time"
)

// NoTime stands in Record.Nanos for a packet without a time.
const NoTime = math.MinInt64

// A Record is what counting needs of a packet. Data is valid until the next call of Batch or Next on the same Source.
type Record struct {
	Data   []byte   // the captured bytes
	Nanos  int64    // since 1970 in UTC, NoTime where the file has none; what is beyond the years 1678 to 2262 is the nearest that fits
	Length uint32   // on the wire, in bytes
	Link   LinkType // what Data begins with
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
// A packet costs a few nanoseconds, and nothing is allocated.
func (f *File) Batch(out []Record) (n int, first int64) {
	if f.err != nil {
		return 0, 0
	}
	n = f.frames.batch(f.buf, out)
	first = f.before + f.packets + 1
	f.packets += int64(n)
	return n, first
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

// batch takes records with captured and original length in the usual order, as nearly all files have them.
func (f *pcapFile) batch(b *buffer, out []Record) (n int) {
	if f.lengths != lengthsInOrder {
		return 0
	}
	data := b.data[b.from:b.to]
	for n < len(out) && len(data) >= pcapRecordLen && len(data) >= f.record {
		caplen := uint(f.order.u32(data[8:]))
		end := uint(f.record) + caplen
		if caplen > uint(f.limit) || end > uint(len(data)) {
			break
		}
		r := &out[n]
		r.Nanos = int64(f.order.u32(data))*int64(time.Second) + int64(f.order.u32(data[4:]))*f.unit
		r.Length, r.Link = f.order.u32(data[12:]), f.link
		r.Data = data[f.record:end:end]
		data = data[end:]
		n++
	}
	b.from = b.to - len(data)
	return n
}

// batch takes plain Enhanced Packet Blocks. A comment or another option is for the long way.
func (f *pcapngFile) batch(b *buffer, out []Record) (n int) {
	for n < len(out) {
		body, in, ok := f.plain(b)
		if !ok {
			break
		}
		caplen := f.order.u32(body[20:])
		sec, ns := in.clock.split(uint64(f.order.u32(body[12:]))<<32 | uint64(f.order.u32(body[16:])))
		r := &out[n]
		r.Nanos = nanos(addSeconds(sec, in.clock.offset), ns)
		r.Length, r.Link = f.order.u32(body[24:]), in.link
		r.Data = body[blockHeadLen+packetFixedLen : blockHeadLen+packetFixedLen+caplen : blockHeadLen+packetFixedLen+caplen]
		b.from += len(body)
		n++
	}
	f.count += int64(n)
	return n
}
