package main

import (
	"encoding/binary"
	"fmt"
	"io"
)

// snapLen is the number of captured bytes of a packet. It is enough for every header, and typical
// for captures that run for days.
const snapLen = 128

const ethernet = 1 // LINKTYPE_ETHERNET

// A writer writes packets as pcap or pcapng records, little-endian, with timestamps in
// microseconds. It keeps the first error.
type writer struct {
	w       io.Writer
	ng      bool
	record  []byte
	micros  uint64
	packets int
	err     error
}

// begin is the time of the first packet, in microseconds since 1970.
const begin = 1_790_000_000_000_000

func newWriter(w io.Writer, format string) (*writer, error) {
	out := &writer{w: w, ng: format == "pcapng", micros: begin}
	le := binary.LittleEndian
	var h []byte
	switch format {
	case "pcap":
		h = le.AppendUint32(h, 0xa1b2c3d4)
		h = le.AppendUint16(le.AppendUint16(h, 2), 4)
		h = le.AppendUint64(h, 0)
		h = le.AppendUint32(le.AppendUint32(h, snapLen), ethernet)
	case "pcapng":
		h = le.AppendUint32(le.AppendUint32(h, 0x0a0d0d0a), 28)
		h = le.AppendUint32(h, 0x1a2b3c4d)
		h = le.AppendUint16(le.AppendUint16(h, 1), 0)
		h = le.AppendUint64(h, ^uint64(0)) // a section of unknown length
		h = le.AppendUint32(h, 28)
		h = le.AppendUint32(le.AppendUint32(h, 1), 20)
		h = le.AppendUint32(le.AppendUint32(h, ethernet), snapLen)
		h = le.AppendUint32(h, 20)
	default:
		return nil, fmt.Errorf("-format %q is neither pcap nor pcapng", format)
	}
	_, out.err = w.Write(h)
	return out, out.err
}

// packet writes one packet, 2 microseconds after the previous one.
func (w *writer) packet(frame []byte, wire int) {
	if w.err != nil {
		return
	}
	w.micros += 2
	w.packets++
	frame = frame[:min(len(frame), snapLen)]
	le := binary.LittleEndian
	h := w.record[:0]
	if w.ng {
		padded := (len(frame) + 3) &^ 3
		total := uint32(32 + padded)
		h = le.AppendUint32(le.AppendUint32(h, 6), total)
		h = le.AppendUint32(h, 0)
		h = le.AppendUint32(le.AppendUint32(h, uint32(w.micros>>32)), uint32(w.micros))
		h = le.AppendUint32(le.AppendUint32(h, uint32(len(frame))), uint32(wire))
		h = append(h, frame...)
		h = append(h, 0, 0, 0)[:28+padded]
		h = le.AppendUint32(h, total)
	} else {
		h = le.AppendUint32(le.AppendUint32(h, uint32(w.micros/1e6)), uint32(w.micros%1e6))
		h = le.AppendUint32(le.AppendUint32(h, uint32(len(frame))), uint32(wire))
		h = append(h, frame...)
	}
	w.record = h
	_, w.err = w.w.Write(h)
}
