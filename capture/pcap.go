package capture

import (
	"encoding/binary"
	"time"
)

// The classic pcap file: a header of 24 bytes, then records of 16 bytes and the packet (draft-ietf-opsawg-pcap). Its byte order is
// that of the machine that wrote it and shows in the magic number.
const (
	pcapHeaderLen = 24
	pcapRecordLen = 16

	magicMicros   = 0xa1b2c3d4
	magicNanos    = 0xa1b23c4d
	magicModified = 0xa1b2cd34 // with eight more bytes a record: interface, protocol, packet type
	magicIXIAHW   = 0x1c0001ac // as magicNanos and magicMicros, with a length of all records behind the header
	magicIXIASW   = 0x1c0001ab
)

type pcapFormat struct {
	order   binary.ByteOrder
	nanos   bool
	swapped bool // captured length and length may have changed places: versions before 2.3
	maybe   bool // version 2.3: some writers did, some did not
	extra   int  // bytes a record header is longer
	head    int  // bytes the file header is longer
	link    LinkType
	snap    uint32
}

// pcapMagic tells a pcap file by its first four bytes, read in either order.
func pcapMagic(h []byte) (f *pcapFormat) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch order.Uint32(h) {
		case magicMicros:
			return &pcapFormat{order: order}
		case magicNanos:
			return &pcapFormat{order: order, nanos: true}
		case magicModified:
			return &pcapFormat{order: order, extra: 8}
		case magicIXIAHW:
			return &pcapFormat{order: order, nanos: true, head: 4}
		case magicIXIASW:
			return &pcapFormat{order: order, head: 4}
		}
	}
	return nil
}

// open reads the file header. The minor version only matters below 2.3 and at it, where the two lengths may have changed places.
func (f *pcapFormat) open(b *buffer) error {
	h, err := b.record(pcapHeaderLen + f.head)
	if err != nil {
		return err
	}
	major, minor := f.order.Uint16(h[4:]), f.order.Uint16(h[6:])
	// 543 is what a DG/UX tcpdump wrote for itself.
	if major != 2 && !(major == 543 && minor == 0) {
		return b.fail(ErrVersion, "pcap %d.%d", major, minor)
	}
	f.swapped = minor < 3 || major == 543
	f.maybe = minor == 3
	f.snap = f.order.Uint32(h[16:])
	// The upper six bits tell of the frame check sequence, the ten below them are reserved.
	f.link = LinkType(f.order.Uint32(h[20:]) & 0xffff)
	b.take(pcapHeaderLen + f.head)
	return nil
}

func (f *pcapFormat) interfaces() []Interface { return []Interface{{Link: f.link, SnapLen: f.snap}} }

func (f *pcapFormat) next(b *buffer, p *Packet) error {
	head := pcapRecordLen + f.extra
	h, err := b.peek(head)
	if err != nil {
		if len(h) == 0 && b.ended() {
			return errEnd
		}
		return b.short(head, len(h), err)
	}
	sec, frac := f.order.Uint32(h), f.order.Uint32(h[4:])
	caplen, wire := f.order.Uint32(h[8:]), f.order.Uint32(h[12:])
	if f.swapped || f.maybe && caplen > wire {
		caplen, wire = wire, caplen
	}
	if caplen > maxRecord {
		return b.fail(ErrLength, "the record claims a packet of %d bytes, the limit is %d", caplen, maxRecord)
	}
	n := head + int(caplen)
	if h, err = b.record(n); err != nil {
		return err
	}
	b.take(n)
	if !f.nanos {
		p.Timestamp = time.Unix(int64(sec), int64(frac)*1000).UTC()
	} else {
		p.Timestamp = time.Unix(int64(sec), int64(frac)).UTC()
	}
	p.CaptureLength, p.Length, p.InterfaceIndex = int(caplen), int(wire), 0
	p.Link, p.Data = f.link, h[head:]
	return nil
}
