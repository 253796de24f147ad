package capture

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/google/gopacket"

	"github.com/portsniff/portsniff/linktype"
)

// A PacketReader implements the methods of a Source that gopacket uses. Embed it in a type that has
// the other methods.
type PacketReader struct {
	source  interface{ Next(*Packet) error }
	packet  Packet
	first   linktype.Type // of the first packet
	begun   bool
	drained bool
}

// NewPacketReader returns a PacketReader that reads packets with the Next of source.
func NewPacketReader(source interface{ Next(*Packet) error }) PacketReader {
	return PacketReader{source: source}
}

// ZeroCopyReadPacketData implements gopacket.ZeroCopyPacketDataSource. See Source.
func (r *PacketReader) ZeroCopyReadPacketData() ([]byte, gopacket.CaptureInfo, error) {
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
func (r *PacketReader) ReadPacketData() ([]byte, gopacket.CaptureInfo, error) {
	data, info, err := r.ZeroCopyReadPacketData()
	return bytes.Clone(data), info, err
}

// A LinkTypeError is for a packet with another link type than the first one. A packet source of
// gopacket has one decoder for all packets. The packets after it can be read. Next returns all
// packets with their link types.
type LinkTypeError struct {
	Number      int64 // of the packet
	Link, First linktype.Type
}

func (e *LinkTypeError) Error() string {
	return fmt.Sprintf(
		"packet %d has link type %s, the first one has %s: read the capture with Next",
		e.Number, e.Link, e.First)
}
