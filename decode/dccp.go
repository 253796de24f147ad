package decode

// DCCP generic header fields, RFC 4340 section 5.1. The X bit chooses 24 or 48 bits of sequence number.
const (
	DCCPMinLen = 12
	dccpXLen   = 16

	dccpSrcPort Bits = 0<<8 | 16
	dccpDstPort Bits = 16<<8 | 16
	dccpOffset  Bits = 32<<8 | 8
	dccpCCVal   Bits = 40<<8 | 4
	dccpCsCov   Bits = 44<<8 | 4
	dccpSum     Bits = 48<<8 | 16
	dccpRes     Bits = 64<<8 | 3
	dccpType    Bits = 67<<8 | 4
	dccpX       Bits = 71<<8 | 1
)

var dccpProto = Protocol{
	Key: "dccp", Name: "Datagram Congestion Control Protocol", Ref: "RFC 4340", walk: walkDCCP, more: dccpRest,
	Fields: []Spec{
		{Key: "dccp.srcport", Name: "Source Port", Short: "SRC PORT", Bits: dccpSrcPort, Show: ShowPort, Ref: "RFC 4340 5.1", Doc: srcPortDoc},
		{Key: "dccp.dstport", Name: "Destination Port", Short: "DST PORT", Bits: dccpDstPort, Show: ShowPort, Ref: "RFC 4340 5.1", Doc: dstPortDoc},
		{Key: "dccp.data_offset", Name: "Data Offset", Short: "Offset", Bits: dccpOffset, Ref: "RFC 4340 5.1", Doc: "The header's length with its options, in 32-bit words.", Mean: words},
		{Key: "dccp.ccval", Name: "CCVal", Bits: dccpCCVal, Ref: "RFC 4340 5.1", Doc: "For the sender's congestion control."},
		{Key: "dccp.cscov", Name: "Checksum Coverage", Short: "CsCov", Bits: dccpCsCov, Ref: "RFC 4340 9.2", Doc: "How much of the payload the checksum covers; 0 means all."},
		{Key: "dccp.checksum", Name: "Checksum", Bits: dccpSum, Show: ShowSum, Ref: "RFC 4340 9.1", Doc: "One's complement sum over a pseudo-header, this header and the covered payload."},
		{Key: "dccp.res1", Name: "Reserved", Short: "Res", Bits: dccpRes, Show: ShowRsv, Ref: "RFC 4340 5.1", Doc: "Sent as zero."},
		{Key: "dccp.type", Name: "Type", Bits: dccpType, Ref: "RFC 4340 5.1", Doc: "What the packet does: 0 asks for a connection.", Mean: dccpTypeName},
		{Key: "dccp.x", Name: "Extended Sequence Numbers", Short: "X", Bits: dccpX, Show: ShowFlag, Ref: "RFC 4340 5.1", Doc: "Set: sequence numbers have 48 bits instead of 24."},
	},
}

var (
	dccpSeqLow  = Spec{Key: "dccp.seq", Name: "Sequence Number (low bits)", Short: "Sequence", Bits: 72<<8 | 24, Ref: "RFC 4340 5.1", Doc: "Counts packets, not bytes."}
	dccpRes2    = Spec{Key: "dccp.res2", Name: "Reserved", Bits: 72<<8 | 8, Show: ShowRsv, Ref: "RFC 4340 5.1", Doc: "Sent as zero."}
	dccpSeq     = Spec{Key: "dccp.seq", Name: "Sequence Number", Short: "Sequence", Bits: 80<<8 | 48, Ref: "RFC 4340 5.1", Doc: "Counts packets, not bytes."}
	dccpOptions = Spec{Key: "dccp.options", Name: "Type-specific fields and options", Short: "Options", Show: ShowBytes, Ref: "RFC 4340 5.2", Doc: "Acknowledgment number, service code and options, by the packet's type."}
)

func dccpTypeName(v uint64) string {
	names := [...]string{"Request", "Response", "Data", "Ack", "DataAck", "CloseReq", "Close", "Reset", "Sync", "SyncAck"}
	if v < uint64(len(names)) {
		return names[v]
	}
	return ""
}

func dccpRest(f *fieldList) {
	if h := f.bytes(); len(h) >= dccpXLen && dccpX.Word(h) == 1 {
		f.spec(&dccpRes2, 0)
		f.spec(&dccpSeq, 0)
		f.rest(&dccpOptions, dccpXLen)
		return
	}
	f.spec(&dccpSeqLow, 0)
	f.rest(&dccpOptions, DCCPMinLen)
}

// DCCP is a view of a DCCP generic header of at least 12 bytes; the ports need only the first four.
type DCCP []byte

// SrcPort is the sender's port.
func (h DCCP) SrcPort() uint16 { return dccpSrcPort.U16(h) }

// DstPort is the receiver's port.
func (h DCCP) DstPort() uint16 { return dccpDstPort.U16(h) }

// Type is the packet type: 0 Request, 1 Response …
func (h DCCP) Type() uint8 { return uint8(dccpType.Word(h)) }

func walkDCCP(w *walker, s step) step {
	h := w.visible(s)
	n := DCCPMinLen
	if len(h) >= DCCPMinLen {
		n = int(dccpOffset.U8(h)) * 4
	}
	if len(h) > 0 {
		w.add(s, max(min(n, s.end-s.at), min(len(h), DCCPMinLen)), s.end)
	}
	if len(h) >= portsLen {
		w.ports(ProtoDCCP, DCCP(h).SrcPort(), DCCP(h).DstPort(), s.at)
	}
	switch {
	case n < DCCPMinLen:
		return w.wrongLength(s, DCCPMinLen, n)
	case len(h) < n:
		w.stopShort(s, n, len(h))
	}
	return step{}
}
