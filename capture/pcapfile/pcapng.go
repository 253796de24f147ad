package pcapfile

import (
	"bytes"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/linktype"
)

// pcapng (draft-ietf-opsawg-pcapng): blocks of type, length, body, padding to four bytes, and the
// length again. A Section Header Block sets the byte order of the blocks after it. It ends the list
// of interfaces of the previous section.
const (
	blockSection   = 0x0a0d0d0a // the same in both byte orders
	blockInterface = 1
	blockPacket    = 2 // obsolete
	blockSimple    = 3
	blockEnhanced  = 6

	sectionMagic = 0x1a2b3c4d

	blockHeadLen  = 8  // type and length
	blockTailLen  = 4  // the length again
	blockMinLen   = 12 // both
	sectionMinLen = 28
	// of an Interface Description Block's body: link type, reserved, snapshot length
	ifaceFixedLen = 8
	// of an Enhanced Packet Block's body: interface, time, two lengths; the same in the obsolete
	// Packet Block
	packetFixedLen = 20
	simpleFixedLen = 4 // of a Simple Packet Block's body: the original length

	// maxSkipped is the longest block that is skipped, in bytes. This is Wireshark's limit, because
	// valid files may contain long blocks.
	maxSkipped = 128 << 20

	longBlock = "block claims %s, the file has %s left" // for errors
)

// pcapngFile reads the blocks of a pcapng file.
type pcapngFile struct {
	order    order
	ifaces   []ngInterface
	text     []byte              // holds the bytes of the interfaces' spans
	cached   []capture.Interface // cached result for ifaces
	comments [][]byte            // of the last packet
	count    int64               // packets so far
	sections int
	soft     softFaults
}

// ngInterface is an interface: the fields needed for each packet first, then its descriptions.
// The next section reuses it and the text. So a file with endless sections leaves no garbage, which
// would let the heap double.
type ngInterface struct {
	clock clock
	link  linktype.Type
	snap  uint32
	fcs   int

	name, description, filter, os, hardware span
}

// A span is a piece of pcapngFile.text.
type span struct{ from, to uint32 }

// openPcapng reads the first section header.
func openPcapng(b *buffer) (*pcapngFile, string, error) {
	f := &pcapngFile{}
	return f, "pcapng", f.section(b)
}

func (f *pcapngFile) interfaces() []capture.Interface {
	for i := len(f.cached); i < len(f.ifaces); i++ {
		in := &f.ifaces[i]
		f.cached = append(f.cached, capture.Interface{
			Index: i, Link: in.link, SnapLen: in.snap, FCSLen: in.fcs, Resolution: in.clock.res,
			TimeOffset: in.clock.offset,
			Name:       f.words(in.name), Description: f.words(in.description),
			Filter: f.words(in.filter),
			OS:     f.words(in.os), Hardware: f.words(in.hardware),
		})
	}
	return f.cached[:len(f.cached):len(f.cached)]
}

func (f *pcapngFile) words(s span) string { return string(f.text[s.from:s.to]) }

// keep copies a string of an interface into the text, without the zero byte that some writers
// append.
func (f *pcapngFile) keep(words []byte) span {
	from := len(f.text)
	f.text = append(f.text, bytes.TrimRight(words[:min(len(words), maxString)], "\x00")...)
	return span{uint32(from), uint32(len(f.text))}
}

// next reads the next packet, with quick if possible.
func (f *pcapngFile) next(b *buffer, p *capture.Packet) error {
	if f.quick(b, p) {
		return nil
	}
	return f.long(b, p)
}

// long reads the packet of the next block that contains one.
func (f *pcapngFile) long(b *buffer, p *capture.Packet) error {
	kind, total, err := f.toPacket(b)
	if err != nil {
		return err
	}
	return f.packetBlock(b, p, kind, total)
}

// toPacket skips blocks until one contains a packet, and returns that block's type and length.
func (f *pcapngFile) toPacket(b *buffer) (kind, total uint32, err error) {
	for {
		if b.have() < blockHeadLen && !b.more(blockHeadLen) {
			return 0, 0, f.ended(b)
		}
		h := b.data[b.from:b.to]
		kind, total = f.order.u32(h), f.order.u32(h[4:])
		switch kind {
		case blockEnhanced, blockPacket, blockSimple:
			return kind, total, nil
		case blockSection:
			err = f.section(b)
		case blockInterface:
			err = f.interfaceBlock(b, total)
		default:
			if err = joinedHere(b); err == nil {
				err = f.pass(b, total)
			}
		}
		if err != nil {
			return 0, 0, err
		}
	}
}

// quick reads the most common kind of block. It leaves all others, and all faults, to long, which
// gives the same results for every block.
func (f *pcapngFile) quick(b *buffer, p *capture.Packet) bool {
	const fixed = blockHeadLen + packetFixedLen
	h, in, ok := f.plain(b)
	if !ok {
		return false
	}
	caplen := f.order.u32(h[20:])
	p.Timestamp = in.clock.time(uint64(f.order.u32(h[12:]))<<32 | uint64(f.order.u32(h[16:])))
	p.CaptureLength, p.Length, p.InterfaceIndex = int(caplen), int(f.order.u32(h[24:])),
		int(f.order.u32(h[8:]))
	p.Link, p.Data, p.HasTime = in.link, h[fixed:fixed+caplen:fixed+caplen], true
	p.FCSLen, p.Flags, p.Comments, p.Section = in.fcs, 0, nil, f.sections-1
	f.count++
	b.from += len(h)
	return true
}

// plain returns the next block, without consuming it, if it is a plain Enhanced Packet Block. Such
// a block is complete in the buffer, has valid lengths and has no options.
func (f *pcapngFile) plain(b *buffer) (h []byte, in *ngInterface, ok bool) {
	const fixed = blockHeadLen + packetFixedLen
	h = b.data[b.from:b.to]
	if len(h) < fixed+blockTailLen || f.order.u32(h) != blockEnhanced {
		return nil, nil, false
	}
	total := uint(f.order.u32(h[4:]))
	if total > uint(len(h)) || total < fixed+blockTailLen || total%4 != 0 || total > maxBlock {
		return nil, nil, false
	}
	h = h[:total]
	id, caplen := uint(f.order.u32(h[8:])), uint(f.order.u32(h[20:]))
	space := total - fixed - blockTailLen
	if uint(f.order.u32(h[len(h)-blockTailLen:])) != total || id >= uint(len(f.ifaces)) ||
		caplen > space || space-caplen >= optionHeadLen {
		return nil, nil, false
	}
	return h, &f.ifaces[id], true
}

// ended returns the error if no block begins here. At a regular end it returns the soft faults.
func (f *pcapngFile) ended(b *buffer) error {
	if b.have() == 0 && f.soft.first != nil {
		return f.soft.err()
	}
	return b.ended(opBlock, blockHeadLen)
}

// padded rounds a block's length up to a multiple of four. Valid files have no other lengths, but
// some writers do not count the padding.
func padded(n uint32) uint64 { return (uint64(n) + 3) &^ 3 }

// block returns the body of a block whose two lengths agree. limit is the largest length. It does
// not consume the block.
func (f *pcapngFile) block(b *buffer, op string, total, limit uint32) ([]byte, error) {
	if total < blockMinLen {
		return nil, b.fail(op, ErrLength, "block claims %s, it needs %d at least", bytesOf(total),
			blockMinLen)
	}
	if total > limit {
		return nil, b.excess(op, total, int64(limit))
	}
	n := int(padded(total))
	if b.have() < n && !b.more(n) {
		return nil, b.shortRecord(op, n)
	}
	h := b.data[b.from : b.from+n : b.from+n]
	if tail := f.order.u32(h[n-blockTailLen:]); tail != total {
		return nil, f.mismatch(b, op, total, tail)
	}
	return h[blockHeadLen : n-blockTailLen], nil
}

// mismatch returns the error for a block whose lengths differ or are impossible.
func (f *pcapngFile) mismatch(b *buffer, op string, head, tail uint32) *FormatError {
	if head%4 != 0 {
		return b.fail(op, ErrLength,
			"block claims %s, which is not a multiple of 4, and %s at its end", bytesOf(head),
			bytesOf(tail))
	}
	return b.fail(op, ErrTrailer, "block claims %s, and %s at its end", bytesOf(head),
		bytesOf(tail))
}

// pass skips a block without a packet.
func (f *pcapngFile) pass(b *buffer, total uint32) error {
	n := int64(padded(total))
	if total < blockMinLen || n <= int64(b.have()) && n <= maxBlock {
		body, err := f.block(b, opBlock, total, maxBlock)
		if err != nil {
			return err
		}
		b.from += len(body) + blockMinLen
		return nil
	}
	if total > maxSkipped {
		return b.excess(opBlock, total, maxSkipped)
	}
	return f.passLong(b, total, n)
}

// passLong skips a block of n bytes that is not complete in the buffer.
func (f *pcapngFile) passLong(b *buffer, total uint32, n int64) error {
	start := b.offset()
	for end := start + n - blockTailLen; b.offset() < end; {
		if b.have() == 0 && !b.more(1) {
			return b.short(start, opBlock, longBlock, n)
		}
		b.from += int(min(int64(b.have()), end-b.offset()))
	}
	if !b.more(blockTailLen) {
		return b.short(start, opBlock, longBlock, n)
	}
	if tail := f.order.u32(b.data[b.from:b.to]); tail != total {
		err := f.mismatch(b, opBlock, total, tail)
		err.Offset = start
		return err
	}
	b.from += blockTailLen
	return nil
}

// nextLink skips blocks up to the next packet, and returns the link type of its interface.
func (f *pcapngFile) nextLink(b *buffer) (linktype.Type, error) {
	kind, total, err := f.toPacket(b)
	if err != nil {
		return 0, err
	}
	body, err := f.block(b, opPacket, total, maxPacketBlock)
	if err != nil {
		return 0, err
	}
	id := uint32(0) // of a Simple Packet Block
	switch {
	case kind == blockPacket && len(body) >= packetFixedLen:
		id = uint32(f.order.u16(body))
	case kind == blockEnhanced && len(body) >= packetFixedLen:
		id = f.order.u32(body)
	}
	if int64(id) >= int64(len(f.ifaces)) {
		return 0, f.noInterface(b, id)
	}
	return f.ifaces[id].link, nil
}
