package pcapfile

import (
	"fmt"
	"math"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/linktype"
)

// pcapHead contains the fields of a pcap file header that apply to all packets.
type pcapHead struct {
	link linktype.Type
	fcs  int    // octets, -1 for unknown
	snap uint32 // longest captured length in bytes, 0 for no limit
}

// beginPcap writes a file header: version 2.4, nanoseconds, little-endian.
func (w *Writer) beginPcap(h pcapHead) {
	const magic, major, minor = 0xa1b23c4d, 2, 4
	if h.snap == 0 {
		h.snap = maxBlock
	}
	w.pcap = h
	w.u32(magic)
	w.u32(major | minor<<16)
	w.u32(0) // two unused fields
	w.u32(0)
	w.u32(h.snap)
	w.u32(h.linkField())
}

// linkField returns the header's link type field. It includes the frame check sequence length in
// units of two octets, if known.
func (h *pcapHead) linkField() uint32 {
	if h.fcs < 0 {
		return uint32(h.link)
	}
	return uint32(h.link) | pcapFCSGiven | uint32(h.fcs/2)<<pcapFCSShift
}

// fits reports whether the header can hold the link type and the frame check sequence length.
func (h *pcapHead) fits() error {
	const maxFCS = 0xf * 2
	switch {
	case h.link > pcapLinkMask:
		return fmt.Errorf("%w: link type %d, pcap holds 26 bits of it", ErrTooLarge, h.link)
	case h.fcs > maxFCS || h.fcs > 0 && h.fcs%2 != 0:
		return ErrFCSLen
	}
	return nil
}

// record writes a packet, and the file header before the first one.
func (w *Writer) record(p *capture.Packet, about About) error {
	head := w.pcap
	if !w.begun {
		head = pcapHead{p.Link, p.FCSLen, about().SnapLen}
		if head.snap > 0 { // readers limit captured lengths above the snapshot length
			head.snap = max(head.snap, uint32(len(p.Data)))
		}
	}
	if err := head.holds(p); err != nil {
		return err
	}
	if !w.begun {
		w.beginPcap(head)
	}
	sec, nanos := int64(0), 0
	if p.HasTime {
		sec, nanos = p.Timestamp.Unix(), p.Timestamp.Nanosecond()
	}
	w.u32(uint32(sec))
	w.u32(uint32(nanos))
	w.u32(uint32(len(p.Data)))
	w.u32(uint32(p.Length))
	w.buf = append(w.buf, p.Data...)
	return nil
}

// holds reports whether a packet can be a record after this header.
func (h *pcapHead) holds(p *capture.Packet) error {
	snap := h.snap
	if snap == 0 {
		snap = maxBlock
	}
	limit := packetLimit(h.link, snap)
	switch sec := p.Timestamp.Unix(); {
	case p.Link != h.link:
		return ErrLinkType
	case p.FCSLen != h.fcs:
		return ErrFCSLen
	case p.HasTime && (sec < 0 || sec > math.MaxUint32):
		return ErrTime
	case uint64(len(p.Data)) > uint64(limit):
		return tooLong(p, limit, " is the most after this pcap file's header; pcapng holds it")
	}
	return h.fits()
}
