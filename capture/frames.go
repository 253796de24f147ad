package capture

import (
	"time"

	"github.com/portsniff/portsniff/linktype"
)

// FramesLen is how many packets Frames has room for: as many as a word has bits, and few enough that all that is told of them stays in the cache.
const FramesLen = 64

// Frames are packets that follow one another in memory, of one link type, and what counting needs of each: figures side by side rather than a
// structure a packet, so that each step of the work reads only what it is about. Nothing in it points to a packet.
type Frames struct {
	Data  []byte        // where the packets lie, with the records' headers between them; valid until the next call of Frames, Batch or Next
	Link  linktype.Type // what each begins with
	First int64         // number of the first one
	N     int           // how many there are

	At    [FramesLen]uint32 // where in Data each begins; Data is 32 MiB at most
	Len   [FramesLen]uint32 // how many bytes of each were captured; they are within Data
	Wire  [FramesLen]uint32 // length on the wire, in bytes
	Nanos [FramesLen]int64  // time since 1970 in UTC, as in Record
}

// Record is one of the packets, counted from 0.
func (f *Frames) Record(i int) Record {
	at, end := f.At[i], f.At[i]+f.Len[i]
	return Record{Data: f.Data[at:end:end], Nanos: f.Nanos[i], Length: f.Wire[i], Link: f.Link}
}

// Frames takes the next packets, at most max, as far as they are already in memory, whole and beyond doubt. Where there are none, N is 0 and it is
// Next that knows what follows: more packets, a record that needs a closer look, the end or an error.
// A packet costs a few nanoseconds, and nothing is allocated.
func (f *File) Frames(out *Frames, max int) {
	out.N = 0
	if f.err != nil {
		return
	}
	f.frames.batch(f.buf, out, min(max, FramesLen))
	out.First = f.before + f.packets + 1
	f.packets += int64(out.N)
}

// Frames is File.Frames for the current file.
func (f *Files) Frames(out *Frames, max int) {
	out.N = 0
	if f.current == nil {
		return
	}
	f.current.Frames(out, max)
	f.packets += int64(out.N)
}

// batch takes records with captured and original length in the usual order, as nearly all files have them.
func (f *pcapFile) batch(b *buffer, out *Frames, max int) {
	if f.lengths != lengthsInOrder {
		return
	}
	data, at, n := b.data[:b.to], b.from, 0
	for ; n < max && n < FramesLen && len(data)-at >= f.record; n++ {
		h, from := data[at:], at+f.record
		caplen := f.order.u32(h[8:])
		if caplen-1 >= f.limit || int(caplen) > len(data)-from { // 0 wraps: it needs a closer look
			break
		}
		out.Nanos[n] = int64(f.order.u32(h))*int64(time.Second) + int64(f.order.u32(h[4:]))*f.unit
		out.At[n], out.Len[n], out.Wire[n] = uint32(from), caplen, f.order.u32(h[12:])
		at = from + int(caplen)
	}
	out.Data, out.Link, out.N = data, f.link, n
	b.from = at
}

// batch takes plain Enhanced Packet Blocks of interfaces of one link type. A comment or another option is for the long way.
func (f *pcapngFile) batch(b *buffer, out *Frames, max int) {
	n := 0
	for max = min(max, FramesLen); n < max; {
		body, in, ok := f.plain(b)
		if !ok || n > 0 && in.link != out.Link {
			break
		}
		out.Link = in.link
		sec, ns := in.clock.split(uint64(f.order.u32(body[12:]))<<32 | uint64(f.order.u32(body[16:])))
		out.Nanos[n] = nanos(addSeconds(sec, in.clock.offset), ns)
		out.At[n], out.Len[n], out.Wire[n] = uint32(b.from+blockHeadLen+packetFixedLen), f.order.u32(body[20:]), f.order.u32(body[24:])
		b.from += len(body)
		n++
	}
	out.Data, out.N = b.data[:b.to], n
	f.count += int64(n)
}
