package decode

// UDP-Lite, RFC 3828: UDP's header with a checksum coverage instead of the length.
var udpLiteProto = Protocol{
	Key: "udplite", Name: "Lightweight User Datagram Protocol", Ref: "RFC 3828", walk: walkUDPLite,
	Fields: []Spec{
		{Key: "udp.srcport", Name: "Source Port", Short: "SRC PORT", Bits: udpSrcPort,
			Show: ShowPort, Ref: "RFC 3828 3.1", Doc: srcPortDoc},
		{Key: "udp.dstport", Name: "Destination Port", Short: "DST PORT", Bits: udpDstPort,
			Show: ShowPort, Ref: "RFC 3828 3.1", Doc: dstPortDoc},
		{Key: "udp.checksum_coverage", Name: "Checksum Coverage", Short: "Coverage",
			Bits: udpLength, Ref: "RFC 3828 3.1",
			Doc: "How many bytes the checksum covers, from the start of the header; 0 means all."},
		{Key: "udp.checksum", Name: "Checksum", Bits: udpChecksum, Show: ShowSum,
			Ref: "RFC 3828 3.1",
			Doc: "One's complement sum over a pseudo-header and the covered bytes; required."},
	},
}

func walkUDPLite(w *walker, s step) step {
	if h := w.udpHeader(s, ProtoUDPLite); h != nil {
		w.ports(ProtoUDPLite, udpSrcPort.U16(h), udpDstPort.U16(h), s.at)
	}
	return step{}
}
