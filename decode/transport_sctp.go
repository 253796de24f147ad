package decode

// SCTP common header and chunk header fields, RFC 9260 section 3.
const (
	sctpLen      = 12
	sctpChunkLen = 4

	sctpSrcPort  Bits = 0<<8 | 16
	sctpDstPort  Bits = 16<<8 | 16
	sctpVTag     Bits = 32<<8 | 32
	sctpChecksum Bits = 64<<8 | 32

	sctpChunkType   Bits = 0<<8 | 8
	sctpChunkFlags  Bits = 8<<8 | 8
	sctpChunkLength Bits = 16<<8 | 16
)

var sctpProto = Protocol{
	Key: "sctp", Name: "Stream Control Transmission Protocol", Ref: "RFC 9260", walk: walkSCTP,
	Fields: []Spec{
		{Key: "sctp.srcport", Name: "Source Port Number", Short: "SRC PORT", Bits: sctpSrcPort,
			Show: ShowPort, Ref: "RFC 9260 3.1", Doc: srcPortDoc},
		{Key: "sctp.dstport", Name: "Destination Port Number", Short: "DST PORT", Bits: sctpDstPort,
			Show: ShowPort, Ref: "RFC 9260 3.1", Doc: dstPortDoc},
		{Key: "sctp.verification_tag", Name: "Verification Tag", Bits: sctpVTag, Show: ShowHex,
			Ref: "RFC 9260 3.1",
			Doc: "Proves that the sender belongs to this association; zero in an INIT."},
		{Key: "sctp.checksum", Name: "Checksum", Bits: sctpChecksum, Show: ShowSum,
			Ref: "RFC 9260 3.1",
			Doc: "CRC32c over the whole packet; no pseudo-header, so addresses are not in it."},
	},
}

// isSCTP requires known chunks that fill the rest of the packet, and ports that are not 0 (RFC 9260
// section 3.1).
func isSCTP(h []byte, n int) bool {
	if len(h) < sctpLen+sctpChunkLen || sctpSrcPort.U16(h) == 0 || sctpDstPort.U16(h) == 0 {
		return false
	}
	for at := sctpLen; at < n && at+sctpChunkLen <= len(h); {
		c := h[at:]
		size := int(sctpChunkLength.U16(c))
		if sctpChunkName(uint64(sctpChunkType.U8(c))) == "" || size < sctpChunkLen || at+size > n {
			return false
		}
		at += (size + 3) &^ 3
	}
	return true
}

func walkSCTP(w *walker, s step) step {
	h := w.visible(s)
	if len(h) > 0 {
		w.add(s, sctpLen, s.end)
	}
	if len(h) < sctpLen {
		w.cutPorts(ProtoSCTP, h, s.at)
		w.stopShort(s, sctpLen, len(h))
		return step{}
	}
	x := w.headers.decodeSCTP(h)
	w.last().decoded = w.headers.sctp.used
	w.ports(ProtoSCTP, uint16(x.SrcPort), uint16(x.DstPort), s.at)
	if s.at+sctpLen >= s.end || w.quoted {
		return step{}
	}
	return step{IDSCTPChunk, s.at + sctpLen, s.end}
}

var sctpChunkProto = Protocol{
	Key: "sctp.chunk", Name: "SCTP chunk", Ref: "RFC 9260 3.2", walk: walkSCTPChunk,
	Fields: []Spec{
		{Key: "sctp.chunk_type", Name: "Chunk Type", Short: "Type", Bits: sctpChunkType,
			Ref:  "RFC 9260 3.2",
			Doc:  "The chunk type: 0 carries data, 1 opens an association.",
			Mean: sctpChunkName},
		{Key: "sctp.chunk_flags", Name: "Chunk Flags", Short: "Flags", Bits: sctpChunkFlags,
			Show: ShowHex, Ref: "RFC 9260 3.2", Doc: "Bits whose meaning depends on the type."},
		{Key: "sctp.chunk_length", Name: "Chunk Length", Short: "Length", Bits: sctpChunkLength,
			Ref: "RFC 9260 3.2",
			Doc: "Length of the chunk in bytes with these four, without padding."},
	},
}

// walkSCTPChunk records one chunk's header and skips its value and padding.
func walkSCTPChunk(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < sctpChunkLen {
		return w.truncated(s, sctpChunkLen)
	}
	n := int(sctpChunkLength.U16(h))
	w.add(s, sctpChunkLen, min(s.end, s.at+max(n, sctpChunkLen)))
	if n < sctpChunkLen {
		return w.wrongLength(s, sctpChunkLen, n)
	}
	next := s.at + (n+3)&^3
	if next >= s.end {
		if s.at+n > s.end {
			w.stopShort(s, n, len(h))
		}
		return step{}
	}
	if next >= len(w.Data) {
		w.stopShort(s, n, len(h))
		return step{}
	}
	return step{IDSCTPChunk, next, s.end}
}

// SCTPChunkName returns the name of a chunk type (IANA, SCTP Chunk Types), or "".
func SCTPChunkName(t uint8) string { return sctpChunkName(uint64(t)) }

func sctpChunkName(v uint64) string {
	if v < uint64(len(sctpChunkNames)) {
		return sctpChunkNames[v]
	}
	switch v {
	case 0x40:
		return "I-DATA"
	case 0x80:
		return "ASCONF-ACK"
	case 0x81:
		return "PKTDROP"
	case 0x82:
		return "RE-CONFIG"
	case 0x84:
		return "PAD"
	case 0xc0:
		return "FORWARD-TSN"
	case 0xc1:
		return "ASCONF"
	case 0xc2:
		return "I-FORWARD-TSN"
	}
	return ""
}

var sctpChunkNames = [...]string{"DATA", "INIT", "INIT-ACK", "SACK", "HEARTBEAT", "HEARTBEAT-ACK",
	"ABORT", "SHUTDOWN", "SHUTDOWN-ACK", "ERROR", "COOKIE-ECHO", "COOKIE-ACK", "ECNE", "CWR",
	"SHUTDOWN-COMPLETE", "AUTH"}
