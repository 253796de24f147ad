package capture

import "time"

// Batch fills out with the next packets that are in memory, whole and valid, and returns how many
// there were. After 0, Next knows what follows: more packets, a record that needs more checks, the
// end or an error. A packet takes a few nanoseconds and no allocation.
func (f *File) Batch(out []Record) int {
	if f.err != nil {
		return 0
	}
	n := f.frames.batch(f.buf, out)
	number(out[:n], f.before+f.packets)
	f.packets += int64(n)
	return n
}

// number numbers the packets that follow one with the given number.
func number(list []Record, last int64) {
	for i := range list {
		list[i].Number = last + 1 + int64(i)
	}
}

// Batch is File.Batch for the current file.
func (f *Files) Batch(out []Record) int {
	if f.current == nil {
		return 0
	}
	n := f.current.Batch(out)
	f.packets += int64(n)
	return n
}

// batch takes records with captured and original length in the usual order, as nearly all files
// have them.
func (f *pcapFile) batch(b *buffer, out []Record) (n int) {
	if f.lengths != lengthsInOrder {
		return 0
	}
	for ; n < len(out) && b.have() >= f.record; n++ {
		h := b.data[b.from:b.to]
		caplen := f.order.u32(h[8:])
		end := f.record + int(caplen)
		if caplen == 0 || caplen > f.limit || end > len(h) { // 0 needs a closer look
			break
		}
		r := &out[n]
		r.Data, r.Length, r.Link = h[f.record:end:end], f.order.u32(h[12:]), f.link
		r.Nanos = int64(f.order.u32(h))*int64(time.Second) + int64(f.order.u32(h[4:]))*f.unit
		b.from += end
	}
	return n
}

// batch takes Enhanced Packet Blocks without options.
func (f *pcapngFile) batch(b *buffer, out []Record) (n int) {
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
		r.Nanos = nanos(addSeconds(sec, in.clock.offset), ns)
		b.from += len(h)
	}
	f.count += int64(n)
	return n
}
