package capture

import (
	"encoding/binary"
	"math"
	"time"
)

// pcapng (draft-ietf-opsawg-pcapng): blocks of type, length, body, the length again. A Section Header Block sets the byte order of the
// blocks after it and forgets the interfaces before it.
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockPacket    = 2 // obsolete
	blockSimple    = 3
	blockEnhanced  = 6

	byteOrderMagic = 0x1a2b3c4d

	blockHeadLen = 8
	blockMinLen  = 12
	sectionMin   = 28
	ifaceMin     = 20
	packetFixed  = 20 // of the body of an Enhanced or obsolete Packet Block

	// maxInterfaces is how many interfaces of one section are kept. The kernel's own limit of devices is far below.
	maxInterfaces = 1 << 16

	optEnd       = 0
	optComment   = 1
	optIfName    = 2
	optIfDescr   = 3
	optIfTsresol = 9
	optIfTsoff   = 14
)

type pcapngFormat struct {
	order  binary.ByteOrder
	ifaces []Interface
}

func (f *pcapngFormat) interfaces() []Interface { return f.ifaces }

// next goes over blocks until one has a packet.
func (f *pcapngFormat) next(b *buffer, p *Packet) error {
	for {
		h, err := b.peek(blockHeadLen)
		if err != nil {
			if len(h) == 0 && b.ended() {
				return errEnd
			}
			return b.short(blockHeadLen, len(h), err)
		}
		if binary.LittleEndian.Uint32(h) == blockSection { // the same in either order
			if err := f.section(b); err != nil {
				return err
			}
			continue
		}
		if f.order == nil {
			return b.fail(ErrFormat, "no section header comes first")
		}
		kind, total := f.order.Uint32(h), f.order.Uint32(h[4:])
		if total < blockMinLen || total%4 != 0 {
			return b.fail(ErrLength, "block of type %d claims %d bytes", kind, total)
		}
		switch kind {
		case blockInterface, blockPacket, blockSimple, blockEnhanced:
		default:
			if err := f.pass(b, kind, total); err != nil {
				return err
			}
			continue
		}
		body, err := f.block(b, kind, total)
		if err != nil {
			return err
		}
		done, err := f.read(b, kind, body, p)
		if err != nil {
			return err
		}
		b.take(int(total))
		if done {
			return nil
		}
	}
}

// pass steps over a block that says nothing of packets, however long, but checks its trailer.
func (f *pcapngFormat) pass(b *buffer, kind, total uint32) error {
	at := b.offset()
	if err := b.skip(int64(total) - 4); err != nil {
		return err
	}
	h, err := b.record(4)
	if err != nil {
		return err
	}
	if t := f.order.Uint32(h); t != total {
		return &FormatError{Offset: at, Detail: trailerDetail(kind, total, t), Err: ErrTrailer}
	}
	b.take(4)
	return nil
}

// block gives the body of a block whose two lengths agree, without taking it.
func (f *pcapngFormat) block(b *buffer, kind, total uint32) ([]byte, error) {
	if total > maxRecord+1<<16 {
		return nil, b.fail(ErrLength, "block of type %d claims %d bytes, the limit is %d", kind, total, maxRecord+1<<16)
	}
	h, err := b.record(int(total))
	if err != nil {
		return nil, err
	}
	if t := f.order.Uint32(h[total-4:]); t != total {
		return nil, b.fail(ErrTrailer, "%s", trailerDetail(kind, total, t))
	}
	return h[blockHeadLen : total-4], nil
}

// section reads a Section Header Block.
func (f *pcapngFormat) section(b *buffer) error {
	h, err := b.record(sectionMin)
	if err != nil {
		return err
	}
	switch uint32(byteOrderMagic) {
	case binary.LittleEndian.Uint32(h[8:]):
		f.order = binary.LittleEndian
	case binary.BigEndian.Uint32(h[8:]):
		f.order = binary.BigEndian
	default:
		return b.fail(ErrFormat, "the section header has no byte order mark")
	}
	total := f.order.Uint32(h[4:])
	if total < sectionMin || total%4 != 0 {
		return b.fail(ErrLength, "the section header claims %d bytes", total)
	}
	// Minor version 2 differs in nothing that is read here; the draft asks readers to take it for 0.
	if major, minor := f.order.Uint16(h[12:]), f.order.Uint16(h[14:]); major != 1 || minor != 0 && minor != 2 {
		return b.fail(ErrVersion, "pcapng %d.%d", major, minor)
	}
	f.ifaces = f.ifaces[:0]
	if _, err := f.block(b, blockSection, total); err != nil {
		return err
	}
	b.take(int(total))
	return nil
}

// read takes what a block's body says and reports whether it was a packet.
func (f *pcapngFormat) read(b *buffer, kind uint32, body []byte, p *Packet) (packet bool, err error) {
	switch kind {
	case blockInterface:
		return false, f.iface(b, body)
	case blockSimple:
		return true, f.simple(b, body, p)
	}
	return true, f.packet(b, kind, body, p)
}

func (f *pcapngFormat) iface(b *buffer, body []byte) error {
	if len(body) < ifaceMin-blockMinLen {
		return b.fail(ErrLength, "an interface block has %d bytes of body", len(body))
	}
	if len(f.ifaces) == maxInterfaces {
		return b.fail(ErrLimit, "%d interfaces in one section", maxInterfaces)
	}
	in := Interface{Link: LinkType(f.order.Uint16(body)), SnapLen: f.order.Uint32(body[4:]), resolution: micros}
	err := f.options(b, body[8:], func(code uint16, v []byte) {
		switch {
		case code == optIfName:
			in.Name = text(v)
		case code == optIfDescr:
			in.Description = text(v)
		case code == optIfTsresol && len(v) == 1:
			in.resolution = resolution(v[0])
		case code == optIfTsoff && len(v) == 8:
			in.offset = int64(f.order.Uint64(v))
		}
	})
	f.ifaces = append(f.ifaces, in)
	return err
}

// maxText is how much of a name is kept, in bytes.
const maxText = 1024

// text is an option's string up to a zero byte.
func text(v []byte) string {
	v = v[:min(len(v), maxText)]
	for i, c := range v {
		if c == 0 {
			return string(v[:i])
		}
	}
	return string(v)
}

// options calls see for each option of a list.
func (f *pcapngFormat) options(b *buffer, list []byte, see func(code uint16, v []byte)) error {
	for len(list) >= 4 {
		code, n := f.order.Uint16(list), int(f.order.Uint16(list[2:]))
		if code == optEnd {
			return nil
		}
		list = list[4:]
		if n > len(list) {
			return b.fail(ErrLength, "option %d claims %d bytes, its block has %d left", code, n, len(list))
		}
		see(code, list[:n])
		list = list[min((n+3)&^3, len(list)):]
	}
	return nil
}

// packet reads an Enhanced Packet Block or the obsolete Packet Block, which differ in their first four bytes.
func (f *pcapngFormat) packet(b *buffer, kind uint32, body []byte, p *Packet) error {
	if len(body) < packetFixed {
		return b.fail(ErrLength, "a packet block has %d bytes of body", len(body))
	}
	id := int(f.order.Uint32(body))
	if kind == blockPacket {
		id = int(f.order.Uint16(body))
	}
	if id >= len(f.ifaces) {
		return b.fail(ErrInterface, "interface %d of %d", id, len(f.ifaces))
	}
	caplen, wire := f.order.Uint32(body[12:]), f.order.Uint32(body[16:])
	if int64(caplen) > int64(len(body)-packetFixed) {
		return b.fail(ErrLength, "the block claims a packet of %d bytes and has room for %d", caplen, len(body)-packetFixed)
	}
	in := &f.ifaces[id]
	p.Timestamp = in.resolution.time(uint64(f.order.Uint32(body[4:]))<<32|uint64(f.order.Uint32(body[8:])), in.offset)
	f.fill(p, id, body[packetFixed:packetFixed+int(caplen)], wire)
	rest := body[min(packetFixed+(int(caplen)+3)&^3, len(body)):]
	if len(rest) < 4 {
		return nil
	}
	return f.options(b, rest, func(code uint16, v []byte) {
		if code == optComment {
			p.Comments = append(p.Comments, text(v))
		}
	})
}

// simple reads a Simple Packet Block: interface 0, no time, cut at that interface's snapshot length.
func (f *pcapngFormat) simple(b *buffer, body []byte, p *Packet) error {
	if len(f.ifaces) == 0 {
		return b.fail(ErrInterface, "interface 0 of 0")
	}
	if len(body) < 4 {
		return b.fail(ErrLength, "a simple packet block has %d bytes of body", len(body))
	}
	wire := f.order.Uint32(body)
	caplen := wire
	if s := f.ifaces[0].SnapLen; s > 0 && caplen > s {
		caplen = s
	}
	if int64(caplen) > int64(len(body)-4) {
		return b.fail(ErrLength, "the block claims a packet of %d bytes and has room for %d", caplen, len(body)-4)
	}
	p.Timestamp, p.HasTime = time.Unix(0, 0).UTC(), false
	f.fill(p, 0, body[4:4+caplen], wire)
	return nil
}

func (f *pcapngFormat) fill(p *Packet, id int, data []byte, wire uint32) {
	p.CaptureLength, p.Length, p.InterfaceIndex = len(data), int(wire), id
	p.Link, p.Data = f.ifaces[id].Link, data
}

// A resolution is an if_tsresol value: the units of a second are 10 to the power of the low seven bits, or 2 if the high bit is set.
type resolution uint8

const micros resolution = 6

// time is the moment that is v units after 1970, moved by offset seconds. Units finer than a nanosecond are rounded down.
func (r resolution) time(v uint64, offset int64) time.Time {
	exp := int(r & 0x7f)
	var sec, nanos uint64
	if r&0x80 != 0 {
		if exp < 64 {
			sec = v >> exp
			frac := v & (1<<exp - 1)
			if exp > 32 { // keep the top 32 bits of the fraction: finer than a nanosecond
				frac >>= exp - 32
				exp = 32
			}
			nanos = frac * 1e9 >> exp
		} else if exp < 96 {
			nanos = v >> 34 * 1e9 >> min(exp-34, 63)
		}
		return time.Unix(addSeconds(sec, offset), int64(nanos)).UTC()
	}
	if exp > 19 { // a unit below 0.1 attosecond: v is less than two seconds in all
		for ; exp > 19; exp-- {
			v /= 10
		}
	}
	unit := uint64(math.Round(math.Pow10(exp)))
	if exp == 19 {
		unit = 1e19
	}
	sec, frac := v/unit, v%unit
	for ; exp > 9; exp-- {
		frac /= 10
	}
	for ; exp < 9; exp++ {
		frac *= 10
	}
	return time.Unix(addSeconds(sec, offset), int64(frac)).UTC()
}

// addSeconds adds without running over; such a file's times mean nothing, but they stay in order.
func addSeconds(sec uint64, offset int64) int64 {
	s := int64(min(sec, math.MaxInt64/2))
	return s + max(min(offset, math.MaxInt64/4), -math.MaxInt64/4)
}
