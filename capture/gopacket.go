package capture

import (
	"bytes"
	"errors"
	"io"

	"github.com/google/gopacket"

	"github.com/portsniff/portsniff/linktype"
)

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
