package pcapfile

import (
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/linktype"
)

// The classic pcap file (draft-ietf-opsawg-pcap): a header of 24 bytes, then records of a 16-byte
// header and the packet. All numbers are in the byte order of the machine that wrote the file,
// which the magic number shows.
const (
	pcapHeaderLen = 24
	pcapRecordLen = 16

	// pcapMaxPacket is the longest packet of most link types, in bytes: libpcap's
	// MAXIMUM_SNAPLEN.
	pcapMaxPacket = 256 << 10

	// Parts of the header's link type field. The lower 26 bits are the type (no assigned value uses
	// more than 16). The next bit is set if the frame check sequence length is given. The upper
	// four bits are that length, in units of two octets.
	pcapLinkMask = 0x03ffffff
	pcapFCSGiven = 0x04000000
	pcapFCSShift = 28
)

// A pcapVariant is one kind of pcap file.
type pcapVariant struct {
	magic   uint32
	name    string
	nanos   bool // the second half of a time is nanoseconds
	more    int  // bytes that the file header is longer than the usual one
	perhaps bool // a record header may be longer than record: see guessRecordLen
	record  int  // bytes of a record header
}

// pcapVariants returns the kinds of pcap file, by magic number in the file's own byte order.
//
// libpcap reads the first three. The third is Alexey Kuznetzov's: its record header continues with
// interface, protocol and packet type. The last two are Ixia's lcap, from software and from
// hardware, whose file header continues with the length of all records.
func pcapVariants() []pcapVariant {
	return []pcapVariant{
		{magic: 0xa1b2c3d4, name: "pcap", record: pcapRecordLen, perhaps: true},
		{magic: 0xa1b23c4d, name: "pcap-ns", record: pcapRecordLen, nanos: true},
		{magic: 0xa1b2cd34, name: "pcap-modified", record: pcapRecordLen + 8, perhaps: true},
		{magic: 0x1c0001ab, name: "pcap-ixia", record: pcapRecordLen, more: 4},
		{magic: 0x1c0001ac, name: "pcap-ixia", record: pcapRecordLen, more: 4},
	}
}

// aixLinks returns the link types of AIX's tcpdump, which writes version 2.2, nanoseconds, and the
// interface types of RFC 1573.
func aixLinks() map[linktype.Type]linktype.Type {
	return map[linktype.Type]linktype.Type{6: 1, 9: 6, 15: 10, 24: 0}
}

// lengthOrder is the order of captured and original length in record headers. They are swapped in
// versions before 2.3.
type lengthOrder uint8

const (
	lengthsInOrder lengthOrder = iota
	lengthsSwapped
	lengthsMaybe // version 2.3 itself: some of its writers still swap them
)

// pcapFile reads the records of a pcap file.
type pcapFile struct {
	order   order
	unit    int64 // nanoseconds
	record  int   // bytes of a record header
	lengths lengthOrder
	limit   uint32 // the longest plausible captured length, in bytes
	link    linktype.Type
	fcs     int
	snap    uint32
	cached  []capture.Interface // cached result of interfaces
}

// openPcap reads a pcap file's header. Its first four bytes determined variant and byte order.
func openPcap(b *buffer, v pcapVariant, o order) (*pcapFile, string, error) {
	n := pcapHeaderLen + v.more
	if !b.more(n) {
		return nil, "", b.shortHeader(opFile, n)
	}
	h := b.data[b.from:]
	f := &pcapFile{order: o, unit: 1000, record: v.record, snap: o.u32(h[16:]), fcs: -1}
	major, minor, link := o.u16(h[4:]), o.u16(h[6:]), o.u32(h[20:])
	switch {
	case major == 2 && minor < 3, major == 543 && minor == 0:
		// DG/UX's tcpdump wrote the latter
		f.lengths = lengthsSwapped
	case major == 2 && minor == 3:
		f.lengths = lengthsMaybe
	case major == 2:
	default:
		return nil, "", b.fail(opFile, ErrVersion, "pcap version %d.%d, versions 2.x are read",
			major, minor)
	}
	f.link = linktype.Type(link & pcapLinkMask)
	if link&pcapFCSGiven != 0 {
		f.fcs = int(link>>pcapFCSShift) * 2
	}
	if v.nanos {
		f.unit = 1
	}
	name := v.name
	if ether, ok := aixLinks()[f.link]; ok && major == 2 && minor == 2 {
		f.link, f.unit, name = ether, 1, "pcap-aix"
	}
	f.limit = packetLimit(f.link, f.snap)
	b.from += n
	if v.perhaps && name != "pcap-aix" {
		name = f.guessRecordLen(b, name)
	}
	return f, name, nil
}

// packetLimit returns the longest plausible captured length for a link type, in bytes. These are
// libpcap's limits, with 16 MiB instead of its 128. A snapshot length in the file's header above
// pcapMaxPacket replaces the default limit, unless it exceeds maxBlock.
func packetLimit(link linktype.Type, snap uint32) uint32 {
	switch link {
	case 189, 220, 231, 249, 266: // USB_LINUX, USB_LINUX_MMAPPED, DBUS, USBPCAP, USB_DARWIN
		return maxBlock
	case 279: // EBHSCR
		return 8 << 20
	}
	if snap > pcapMaxPacket && snap <= maxBlock {
		return snap
	}
	return pcapMaxPacket
}

func (f *pcapFile) interfaces() []capture.Interface {
	if f.cached != nil { // views call this for every packet
		return f.cached
	}
	in := capture.Interface{Link: f.link, SnapLen: f.snap, FCSLen: f.fcs,
		Resolution: capture.Microseconds}
	if f.unit == 1 {
		in.Resolution = capture.Nanoseconds
	}
	f.cached = []capture.Interface{in}
	return f.cached
}

// next reads one record. It accepts captured lengths above the snapshot length or the original
// length. Writers disagree on the meaning of these two, but the captured length always determines
// the next record's position.
func (f *pcapFile) next(b *buffer, p *capture.Packet) error {
	if b.have() < f.record && !b.more(f.record) {
		return b.ended(opPacket, f.record)
	}
	h := b.data[b.from:b.to]
	caplen, wire := f.order.u32(h[8:]), f.order.u32(h[12:])
	if f.lengths != lengthsInOrder && (f.lengths == lengthsSwapped || caplen > wire) {
		caplen, wire = wire, caplen
	}
	if caplen == 0 || caplen > f.limit {
		if err := joinedHere(b); err != nil {
			return err
		}
	}
	if caplen > f.limit {
		return b.excess(opPacket, caplen, int64(f.limit))
	}
	n := f.record + int(caplen)
	if len(h) < n {
		if !b.more(n) {
			return b.shortRecord(opPacket, n)
		}
		h = b.data[b.from:b.to]
	}
	// Both halves fit into 63 bits; time.Unix carries nanoseconds of more than a second.
	p.Timestamp = time.Unix(int64(f.order.u32(h)), int64(f.order.u32(h[4:]))*f.unit).UTC()
	p.CaptureLength, p.Length, p.InterfaceIndex, p.Section = int(caplen), int(wire), 0, 0
	p.Link, p.Data, p.HasTime = f.link, h[f.record:n:n], true
	p.FCSLen, p.Flags, p.Comments = f.fcs, 0, nil
	b.from += n
	return nil
}

// nextLink returns the link type of all packets, if another packet follows.
func (f *pcapFile) nextLink(b *buffer) (linktype.Type, error) {
	if b.have() == 0 && !b.more(1) {
		return 0, b.ended(opPacket, f.record)
	}
	return f.link, nil
}
