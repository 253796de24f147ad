package capture

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/google/gopacket"

	"github.com/portsniff/portsniff/linktype"
)

// A LinkTypeError is for a packet of another link type than the first one, which gopacket's packet
// sources have no way to tell their decoder. The packets after it can be read. Next gives such
// packets with their link type.
type LinkTypeError struct {
	Number      int64 // of the packet
	Link, First linktype.Type
}

func (e *LinkTypeError) Error() string {
	return fmt.Sprintf(
		"packet %d has link type %s, the first one has %s: read the capture with Next",
		e.Number, e.Link, e.First)
}

// A packetReader makes the Source that it is embedded in a packet source for gopacket.
type packetReader struct {
	source  Source // the one that it is embedded in
	packet  Packet
	first   linktype.Type // of the first packet
	begun   bool
	drained bool
}

// ZeroCopyReadPacketData implements gopacket.ZeroCopyPacketDataSource. See Source.
func (r *packetReader) ZeroCopyReadPacketData() ([]byte, gopacket.CaptureInfo, error) {
	if r.drained {
		return nil, gopacket.CaptureInfo{}, io.EOF
	}
	p := &r.packet
	err := r.source.Next(p)
	for errors.Is(err, ErrIdle) {
		err = r.source.Next(p)
	}
	if err != nil {
		r.drained = true
		return nil, gopacket.CaptureInfo{}, err
	}
	if !r.begun {
		r.begun, r.first = true, p.Link
	}
	if p.Link != r.first {
		return nil, gopacket.CaptureInfo{}, &LinkTypeError{p.Number, p.Link, r.first}
	}
	return p.Data, p.CaptureInfo, nil
}

// ReadPacketData implements gopacket.PacketDataSource. See Source.
func (r *packetReader) ReadPacketData() ([]byte, gopacket.CaptureInfo, error) {
	data, info, err := r.ZeroCopyReadPacketData()
	return bytes.Clone(data), info, err
}

// LinkType returns the link type of an interface's frames. File and Files have their own.
func (r *packetReader) LinkType() (linktype.Type, error) {
	return r.source.(Live).Interface().Link, nil
}

// LinkType returns the link type of the next packet, which stays to be read, or an error like that of
// Next.
func (f *File) LinkType() (linktype.Type, error) {
	if f.err != nil {
		return 0, f.err
	}
	link, err := f.frames.nextLink(f.buf)
	if err != nil {
		return 0, f.explain(err)
	}
	return link, nil
}

// LinkType returns the link type of the next packet of whichever file has one, or the error that
// Next will return.
func (f *Files) LinkType() (linktype.Type, error) {
	for f.current != nil || f.open() {
		link, err := f.current.LinkType()
		if err == nil {
			return link, nil
		}
		f.ended(err)
	}
	return 0, f.end()
}

// nextLink returns the link type of all packets, if there is another one.
func (f *pcapFile) nextLink(b *buffer) (linktype.Type, error) {
	if b.have() == 0 && !b.more(1) {
		return 0, b.ended(opPacket, f.record)
	}
	return f.link, nil
}

// nextLink steps over blocks up to the next packet, and returns the link type of its interface.
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
