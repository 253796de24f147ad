package pcapfile

import (
	"time"

	"github.com/portsniff/portsniff/capture"
)

// Batch fills out with the next packets that are complete and valid in memory. It returns their
// number. After 0, call Next: it returns more packets, a record that needs more checks, the end
// or an error. A packet takes a few nanoseconds and no allocation.
func (f *File) Batch(out []capture.Record) int {
	if f.err != nil {
		return 0
	}
	n := f.frames.batch(f.buf, out)
	number(out[:n], f.before+f.packets)
	f.packets += int64(n)
	return n
}

// number numbers the packets after the one with the number last.
func number(list []capture.Record, last int64) {
	for i := range list {
		list[i].Number = last + 1 + int64(i)
	}
}

// Batch is File.Batch for the current file.
func (f *Files) Batch(out []capture.Record) int {
	if f.current == nil {
		return 0
	}
	n := f.current.Batch(out)
	f.packets += int64(n)
	return n
}

// Ready reports whether Next returns a packet from memory: it does not block, and earlier packets
// stay valid. It reports false for records that need more checks.
func (f *File) Ready() bool { return f.err == nil && f.frames.ready(f.buf) }

// Ready is File.Ready for the current file.
func (f *Files) Ready() bool { return f.current != nil && f.current.Ready() }

// Detach returns the buffer with all valid packets, so that they stay valid. The file continues in
// another buffer: memory, which an earlier Detach returned, or a new one if memory is nil. Detach
// returns nil and does nothing if it would copy more than it saves or if the buffer is large. Then
// the next call of Next can overwrite the packets.
func (f *File) Detach(memory []byte) []byte { return f.buf.detach(memory) }

// Detach is File.Detach for the current file.
func (f *Files) Detach(memory []byte) []byte {
	if f.current == nil {
		return nil
	}
	return f.current.Detach(memory)
}

// batch reads records whose captured length comes before the original length, as in nearly all
// files.
func (f *pcapFile) batch(b *buffer, out []capture.Record) (n int) {
	if f.lengths != lengthsInOrder {
		return 0
	}
	for ; n < len(out) && b.have() >= f.record; n++ {
		h := b.data[b.from:b.to]
		caplen := f.order.u32(h[8:])
		end := f.record + int(caplen)
		if caplen == 0 || caplen > f.limit || end > len(h) { // 0 needs more checks
			break
		}
		r := &out[n]
		r.Data, r.Length, r.Link = h[f.record:end:end], f.order.u32(h[12:]), f.link
		r.Nanos = int64(f.order.u32(h))*int64(time.Second) + int64(f.order.u32(h[4:]))*f.unit
		b.from += end
	}
	return n
}

func (f *pcapFile) ready(b *buffer) bool {
	if f.lengths != lengthsInOrder || b.have() < f.record {
		return false
	}
	caplen := f.order.u32(b.data[b.from+8:])
	return caplen > 0 && caplen <= f.limit && int(caplen) <= b.have()-f.record
}

// batch reads Enhanced Packet Blocks without options.
func (f *pcapngFile) batch(b *buffer, out []capture.Record) (n int) {
	for ; n < len(out); n++ {
		h, in, ok := f.plain(b)
		if !ok {
			break
		}
		const from = blockHeadLen + packetFixedLen
		end := from + int(f.order.u32(h[20:]))
		r := &out[n]
		r.Data, r.Length, r.Link = h[from:end:end], f.order.u32(h[24:]), in.link
		sec, ns := in.clock.split(uint64(f.order.u32(h[12:]))<<32 | uint64(f.order.u32(h[16:])))
		r.Nanos = capture.Nanos(addSeconds(sec, in.clock.offset), ns)
		b.from += len(h)
	}
	f.count += int64(n)
	return n
}

func (f *pcapngFile) ready(b *buffer) bool {
	if b.have() < blockHeadLen {
		return false
	}
	h := b.data[b.from:b.to]
	switch f.order.u32(h) {
	case blockEnhanced, blockPacket, blockSimple:
		n := padded(f.order.u32(h[4:]))
		return n <= uint64(len(h)) && n <= maxBlock
	}
	return false
}
