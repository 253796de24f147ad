package decode

// DCCP generic header fields, RFC 4340 section 5.1. The X bit selects sequence numbers of 24 or 48
// bits.
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
	Key: "dccp", Name: "Datagram Congestion Control Protocol", Ref: "RFC 4340", walk: walkDCCP,
	more: dccpRest,
	Fields: []Spec{
		{Key: "dccp.srcport", Name: "Source Port", Short: "SRC PORT", Bits: dccpSrcPort,
			Show: ShowPort, Ref: "RFC 4340 5.1", Doc: srcPortDoc},
		{Key: "dccp.dstport", Name: "Destination Port", Short: "DST PORT", Bits: dccpDstPort,
			Show: ShowPort, Ref: "RFC 4340 5.1", Doc: dstPortDoc},
		{Key: "dccp.data_offset", Name: "Data Offset", Short: "Offset", Bits: dccpOffset,
			Role: ScaledLength, Ref: "RFC 4340 5.1",
			Doc: "The header's length with its options, in 32-bit words.", Mean: words},
		{Key: "dccp.ccval", Name: "CCVal", Bits: dccpCCVal, Ref: "RFC 4340 5.1",
			Doc: "For the sender's congestion control."},
		{Key: "dccp.cscov", Name: "Checksum Coverage", Short: "CsCov", Bits: dccpCsCov,
			Ref: "RFC 4340 9.2", Doc: "How much of the payload the checksum covers; 0 means all."},
		{Key: "dccp.checksum", Name: "Checksum", Bits: dccpSum, Show: ShowSum, Ref: "RFC 4340 9.1",
			Doc: "One's complement sum over a pseudo-header, this header and the covered payload."},
		{Key: "dccp.res1", Name: "Reserved", Short: "Res", Bits: dccpRes, Show: ShowRsv,
			Ref: "RFC 4340 5.1", Doc: "Sent as zero."},
		{Key: "dccp.type", Name: "Type", Bits: dccpType, Ref: "RFC 4340 5.1",
			Doc: "The packet type: 0 requests a connection.", Mean: dccpTypeName},
		{Key: "dccp.x", Name: "Extended Sequence Numbers", Short: "X", Bits: dccpX, Show: ShowFlag,
			Ref: "RFC 4340 5.1", Doc: "Set: sequence numbers have 48 bits instead of 24."},
	},
}

var (
	dccpSeqLow = Spec{Key: "dccp.seq_raw", Name: "Sequence Number (low bits)", Short: "Sequence",
		Bits: 72<<8 | 24, Role: RawSequence, Ref: "RFC 4340 5.1", Doc: "Counts packets, not bytes."}
	dccpRes2 = Spec{Key: "dccp.res2", Name: "Reserved", Bits: 72<<8 | 8, Show: ShowRsv,
		Ref: "RFC 4340 5.1", Doc: "Sent as zero."}
	dccpSeq = Spec{Key: "dccp.seq_raw", Name: "Sequence Number", Short: "Sequence",
		Bits: 80<<8 | 48, Role: RawSequence, Ref: "RFC 4340 5.1", Doc: "Counts packets, not bytes."}
	dccpOptions = Spec{Key: "dccp.options", Name: "Options", Show: ShowBytes, Ref: "RFC 4340 5.8",
		Doc: "Features, acknowledged packets, timestamps."}
)

// Fields that only some packet types have.
var (
	dccpAckRes8 = Spec{Key: "dccp.ack_res", Name: "Reserved", Bits: 0<<8 | 8, Show: ShowRsv,
		Ref: "RFC 4340 5.3", Doc: "Sent as zero."}
	dccpAckLow = Spec{Key: "dccp.ack_raw", Name: "Acknowledgement Number (low bits)",
		Short: "Acknowledgement", Bits: 8<<8 | 24, Role: RawSequence, Ref: "RFC 4340 5.3",
		Doc: "The greatest sequence number received; it acknowledges no others."}
	dccpAckRes16 = Spec{Key: "dccp.ack_res", Name: "Reserved", Bits: 0<<8 | 16, Show: ShowRsv,
		Ref: "RFC 4340 5.3", Doc: "Sent as zero."}
	dccpAck = Spec{Key: "dccp.ack_raw", Name: "Acknowledgement Number",
		Short: "Acknowledgement", Bits: 16<<8 | 48, Role: RawSequence, Ref: "RFC 4340 5.3",
		Doc: "The greatest sequence number received; it acknowledges no others."}
	dccpService = Spec{Key: "dccp.service_code", Name: "Service Code", Bits: 0<<8 | 32,
		Role: NotAPort, Ref: "RFC 4340 8.1.2",
		Doc: "The service that the client requests at the port; it is not a port."}
	dccpReset = Spec{Key: "dccp.reset_code", Name: "Reset Code", Bits: 0<<8 | 8,
		Ref: "RFC 4340 5.6", Doc: "Why the connection is reset."}
	dccpData = Spec{Key: "dccp.data", Name: "Data 1 to 3", Short: "Data", Bits: 8<<8 | 24,
		Show: ShowHex, Ref: "RFC 4340 5.6", Doc: "Details that depend on the code."}
)

const (
	dccpTypeRequest  = 0
	dccpTypeResponse = 1
	dccpTypeData     = 2
	dccpTypeReset    = 7
	dccpTypeLast     = 9
)

func dccpTypeName(v uint64) string {
	names := [...]string{"Request", "Response", "Data", "Ack", "DataAck", "CloseReq", "Close",
		"Reset", "Sync", "SyncAck"}
	if v < uint64(len(names)) {
		return names[v]
	}
	return ""
}

func dccpRest(f *fieldList) {
	h := f.bytes()
	long := len(h) >= DCCPMinLen && dccpX.Word(h) == 1
	at := DCCPMinLen
	if long {
		f.spec(&dccpRes2, 0)
		f.spec(&dccpSeq, 0)
		at = dccpXLen
	} else {
		f.spec(&dccpSeqLow, 0)
	}
	if len(h) < DCCPMinLen {
		return
	}
	kind := DCCP(h).Type()
	if kind != dccpTypeRequest && kind != dccpTypeData && kind <= dccpTypeLast {
		at = f.dccpAck(at, long)
	}
	switch kind {
	case dccpTypeRequest, dccpTypeResponse:
		f.spec(&dccpService, at)
		at += 4
	case dccpTypeReset:
		f.spec(&dccpReset, at)
		f.spec(&dccpData, at)
		at += 4
	}
	f.rest(&dccpOptions, at)
}

// dccpAck adds the acknowledgment subheader and returns where it ends. It has 48 bits if sequence
// numbers have 48.
func (f *fieldList) dccpAck(at int, long bool) int {
	if long {
		f.spec(&dccpAckRes16, at)
		f.spec(&dccpAck, at)
		return at + 8
	}
	f.spec(&dccpAckRes8, at)
	f.spec(&dccpAckLow, at)
	return at + 4
}

// DCCP is a view of a DCCP generic header of at least 12 bytes. For the ports four bytes are
// enough.
type DCCP []byte

// SrcPort returns the sender's port.
func (h DCCP) SrcPort() uint16 { return dccpSrcPort.U16(h) }

// DstPort returns the receiver's port.
func (h DCCP) DstPort() uint16 { return dccpDstPort.U16(h) }

// Type returns the packet type: 0 Request, 1 Response …
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
