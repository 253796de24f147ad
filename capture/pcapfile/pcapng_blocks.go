package pcapfile

import (
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/linktype"
)

const (
	// maxInterfaces is the number of interfaces of one section that are kept. A machine with many
	// containers has several times fewer.
	maxInterfaces = 1 << 13
	// maxInterfaceText is the total size of their names and descriptions per section, in bytes.
	maxInterfaceText = 1 << 20
)

// section reads a Section Header Block: the byte order and the version. It ignores the length of
// the section, because the blocks already determine it.
func (f *pcapngFile) section(b *buffer) error {
	if !b.more(sectionMinLen) {
		return b.shortHeader(opSection, sectionMinLen)
	}
	h := b.data[b.from:b.to]
	switch uint32(sectionMagic) {
	case littleEndian.u32(h[8:]):
		f.order = littleEndian
	case bigEndian.u32(h[8:]):
		f.order = bigEndian
	default:
		return b.fail(opSection, ErrUnknownFormat,
			"its byte order mark is % x, that of pcapng is 1a 2b 3c 4d in either order", h[8:12])
	}
	total := f.order.u32(h[4:])
	if total < sectionMinLen {
		return b.fail(opSection, ErrLength, "block claims %s, it needs %d at least", bytesOf(total),
			sectionMinLen)
	}
	body, err := f.block(b, opSection, total, maxBlock)
	if err != nil {
		return err
	}
	// The draft requires readers to accept 1.2, which some writers use, as 1.0.
	if major, minor := f.order.u16(body[4:]), f.order.u16(body[6:]); major != 1 || minor != 0 &&
		minor != 2 {
		return b.fail(opSection, ErrVersion, "pcapng version %d.%d, version 1.0 is read", major,
			minor)
	}
	f.ifaces, f.text, f.cached = f.ifaces[:0], f.text[:0], nil
	f.sections++
	b.from += len(body) + blockMinLen
	return nil
}

// interfaceBlock reads an Interface Description Block.
func (f *pcapngFile) interfaceBlock(b *buffer, total uint32) error {
	body, err := f.block(b, opInterface, total, maxBlock)
	if err != nil {
		return err
	}
	if len(body) < ifaceFixedLen {
		return b.fail(opInterface, ErrLength, "block claims %s, it needs %d at least",
			bytesOf(total), ifaceFixedLen+blockMinLen)
	}
	if len(f.ifaces) == maxInterfaces {
		return b.fail(opInterface, ErrTooLarge, "more than %s interfaces in one section",
			grouped(maxInterfaces))
	}
	opt := f.interfaceOptions(b, body[ifaceFixedLen:])
	in := ngInterface{
		clock: newClock(opt.res, opt.timeOffset), link: linktype.Type(f.order.u16(body)),
		snap: f.order.u32(body[4:]), fcs: opt.fcs,
		name: f.keep(opt.name), description: f.keep(opt.description), filter: f.keep(opt.filter),
		os: f.keep(opt.os), hardware: f.keep(opt.hardware),
	}
	if len(f.text) > maxInterfaceText {
		return b.fail(opInterface, ErrTooLarge, "more than %s of interface names in one section",
			bytesOf(maxInterfaceText))
	}
	f.ifaces = append(f.ifaces, in)
	b.from += len(body) + blockMinLen
	return nil
}

// packetBlock reads the packet of an Enhanced, Simple or obsolete Packet Block.
func (f *pcapngFile) packetBlock(b *buffer, p *capture.Packet, kind, total uint32) error {
	body, err := f.block(b, opPacket, total, maxPacketBlock)
	if err != nil {
		return err
	}
	p.Flags, p.Comments, p.Section = 0, nil, f.sections-1
	if kind == blockSimple {
		err = f.simple(b, body, p)
	} else {
		err = f.enhanced(b, body, p, kind == blockPacket)
	}
	if err != nil {
		return err
	}
	f.count++
	b.from += len(body) + blockMinLen
	return nil
}

// enhanced reads the body of an Enhanced Packet Block or of an obsolete Packet Block. In the
// obsolete one, the interface and a count of drops share the first four bytes.
func (f *pcapngFile) enhanced(b *buffer, body []byte, p *capture.Packet, obsolete bool) error {
	if len(body) < packetFixedLen {
		return b.fail(opPacket, ErrLength, "block has %s of body, it needs %d at least",
			bytesOf(len(body)), packetFixedLen)
	}
	id := f.order.u32(body)
	if obsolete {
		id = uint32(f.order.u16(body))
	}
	if int64(id) >= int64(len(f.ifaces)) {
		return f.noInterface(b, id)
	}
	caplen, wire := f.order.u32(body[12:]), f.order.u32(body[16:])
	if int64(caplen) > int64(len(body)-packetFixedLen) {
		return b.fail(opPacket, ErrLength, "packet claims %s, its block holds %s",
			bytesOf(caplen), bytesOf(len(body)-packetFixedLen))
	}
	if caplen > maxBlock {
		return b.excess(opPacket, caplen, maxBlock)
	}
	in := &f.ifaces[id]
	p.Timestamp, p.HasTime = in.clock.time(uint64(f.order.u32(body[4:]))<<32|uint64(f.order.u32(
		body[8:]))), true
	end := packetFixedLen + int(caplen)
	in.fill(p, int(id), body[packetFixedLen:end:end], wire)
	if rest := packetFixedLen + int(padded(caplen)); rest+optionHeadLen <= len(body) {
		f.packetOptions(b, body[rest:], p)
	}
	return nil
}

// simple reads the body of a Simple Packet Block. Its packet belongs to interface 0, has no time,
// and is cut at that interface's snapshot length.
func (f *pcapngFile) simple(b *buffer, body []byte, p *capture.Packet) error {
	if len(f.ifaces) == 0 {
		return f.noInterface(b, 0)
	}
	if len(body) < simpleFixedLen {
		return b.fail(opPacket, ErrLength, "block has %s of body, it needs %d at least",
			bytesOf(len(body)), simpleFixedLen)
	}
	in := &f.ifaces[0]
	wire := f.order.u32(body)
	caplen := wire
	if in.snap > 0 {
		caplen = min(caplen, in.snap)
	}
	if int64(caplen) > int64(len(body)-simpleFixedLen) {
		return b.fail(opPacket, ErrLength, "packet claims %s, its block holds %s",
			bytesOf(caplen), bytesOf(len(body)-simpleFixedLen))
	}
	if caplen > maxBlock {
		return b.excess(opPacket, caplen, maxBlock)
	}
	p.Timestamp, p.HasTime = time.Time{}, false
	end := simpleFixedLen + int(caplen)
	in.fill(p, 0, body[simpleFixedLen:end:end], wire)
	return nil
}

// fill sets the fields that every kind of packet has.
func (in *ngInterface) fill(p *capture.Packet, id int, data []byte, wire uint32) {
	p.CaptureLength, p.Length, p.InterfaceIndex = len(data), int(wire), id
	p.Link, p.Data, p.FCSLen = in.link, data, in.fcs
}

// noInterface returns the error for a packet of an interface that is not described before it.
func (f *pcapngFile) noInterface(b *buffer, id uint32) error {
	return b.fail(opPacket, ErrInterface,
		"it is of interface %d, counted from 0, and the section has described %d", id,
		len(f.ifaces))
}
