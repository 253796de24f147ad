package decode

// TCP header fields, RFC 9293 section 3.1.
const (
	TCPMinLen = 20

	tcpSrcPort Bits = 0<<8 | 16
	tcpDstPort Bits = 16<<8 | 16
	tcpSeq     Bits = 32<<8 | 32
	tcpAck     Bits = 64<<8 | 32
	tcpOffset  Bits = 96<<8 | 4
	tcpRsv     Bits = 100<<8 | 3
	tcpFlags   Bits = 104<<8 | 8
	tcpWindow  Bits = 112<<8 | 16
	tcpSum     Bits = 128<<8 | 16
	tcpUrgent  Bits = 144<<8 | 16

	// portsLen is the number of bytes of any transport header that hold both ports.
	portsLen = 4
)

// Control bits of the TCP header, RFC 9293 section 3.1.
const (
	FlagFIN = 1 << iota
	FlagSYN
	FlagRST
	FlagPSH
	FlagACK
	FlagURG
	FlagECE
	FlagCWR
)

const (
	srcPortDoc = "The port of the program that sent this: usually ephemeral for a client, the " +
		"service's port for a server."
	dstPortDoc = "The port of the program that this is for; address and port together identify " +
		"one endpoint."
)

var tcpProto = Protocol{
	Key: "tcp", Name: "Transmission Control Protocol", Ref: "RFC 9293", walk: walkTCP,
	more: tcpOptions,
	Fields: []Spec{
		{Key: "tcp.srcport", Name: "Source Port", Short: "SRC PORT", Bits: tcpSrcPort,
			Show: ShowPort, Ref: "RFC 9293 3.1", Doc: srcPortDoc},
		{Key: "tcp.dstport", Name: "Destination Port", Short: "DST PORT", Bits: tcpDstPort,
			Show: ShowPort, Ref: "RFC 9293 3.1", Doc: dstPortDoc},
		{Key: "tcp.seq_raw", Name: "Sequence Number", Short: "Sequence", Bits: tcpSeq,
			Role: RawSequence, Ref: "RFC 9293 3.1",
			Doc: "The number of the first payload byte in the stream, as on the wire."},
		{Key: "tcp.ack_raw", Name: "Acknowledgment Number", Short: "Acknowledgment", Bits: tcpAck,
			Role: RawSequence, Ref: "RFC 9293 3.1",
			Doc: "The next byte that the sender expects, if the ACK flag is set."},
		{Key: "tcp.hdr_len", Name: "Data Offset", Short: "Off", Bits: tcpOffset, Role: ScaledLength,
			Ref: "RFC 9293 3.1", Doc: "The header's length in 32-bit words.", Mean: words},
		{Key: "tcp.flags.res", Name: "Reserved", Short: "Rsv", Bits: tcpRsv, Show: ShowRsv,
			Ref: "RFC 9293 3.1", Doc: "Reserved for future use; sent as zero."},
		{Key: "tcp.flags.ae", Name: "Accurate ECN", Short: "A", Bits: 103<<8 | 1, Show: ShowFlag,
			Ref: "RFC 9768", Doc: "Accurate ECN feedback; formerly the nonce sum."},
		{Key: "tcp.flags.cwr", Name: "Congestion Window Reduced", Short: "C", Bits: 104<<8 | 1,
			Show: ShowFlag, Ref: "RFC 3168 6.1", Doc: "The sender has slowed down."},
		{Key: "tcp.flags.ece", Name: "ECN-Echo", Short: "E", Bits: 105<<8 | 1, Show: ShowFlag,
			Ref: "RFC 3168 6.1", Doc: "A congestion mark was received."},
		{Key: "tcp.flags.urg", Name: "Urgent", Short: "U", Bits: 106<<8 | 1, Show: ShowFlag,
			Ref: "RFC 9293 3.1", Doc: "The urgent pointer is valid."},
		{Key: "tcp.flags.ack", Name: "Acknowledgment", Short: "A", Bits: 107<<8 | 1, Show: ShowFlag,
			Ref: "RFC 9293 3.1", Doc: "The acknowledgment number is valid."},
		{Key: "tcp.flags.push", Name: "Push", Short: "P", Bits: 108<<8 | 1, Show: ShowFlag,
			Ref: "RFC 9293 3.1", Doc: "Deliver the data to the program now."},
		{Key: "tcp.flags.reset", Name: "Reset", Short: "R", Bits: 109<<8 | 1, Show: ShowFlag,
			Ref: "RFC 9293 3.1",
			Doc: "The connection is reset, or no program listens on that port."},
		{Key: "tcp.flags.syn", Name: "Syn", Short: "S", Bits: 110<<8 | 1, Show: ShowFlag,
			Ref: "RFC 9293 3.1", Doc: "Opens a connection; without ACK its sender is the client."},
		{Key: "tcp.flags.fin", Name: "Fin", Short: "F", Bits: 111<<8 | 1, Show: ShowFlag,
			Ref: "RFC 9293 3.1", Doc: "The sender has no more data."},
		{Key: "tcp.window_size_value", Name: "Window", Bits: tcpWindow, Ref: "RFC 9293 3.1",
			Doc: "How many bytes the sender is ready to receive, before scaling."},
		{Key: "tcp.checksum", Name: "Checksum", Bits: tcpSum, Show: ShowSum, Ref: "RFC 9293 3.1",
			Doc: "One's complement sum over a pseudo-header with the IP addresses, this header " +
				"and the data."},
		{Key: "tcp.urgent_pointer", Name: "Urgent Pointer", Short: "Urgent", Bits: tcpUrgent,
			Ref: "RFC 9293 3.1", Doc: "Where urgent data ends, if the URG flag is set."},
	},
}

func walkTCP(w *walker, s step) step {
	h := w.visible(s)
	n := TCPMinLen
	if len(h) >= TCPMinLen {
		n = 4 * int(tcpOffset.Word(h))
	}
	if len(h) > 0 {
		w.add(s, max(min(n, s.end-s.at), min(len(h), TCPMinLen)), s.end)
	}
	if len(h) >= TCPMinLen && n >= TCPMinLen {
		t := w.headers.decodeTCP(h)
		w.last().decoded = w.headers.tcp.used
		w.ports(ProtoTCP, uint16(t.SrcPort), uint16(t.DstPort), s.at)
	} else {
		w.cutPorts(ProtoTCP, h, s.at)
	}
	switch {
	case n < TCPMinLen:
		return w.wrongLength(s, TCPMinLen, n)
	case len(h) < n:
		w.stopShort(s, n, len(h))
	}
	return step{}
}
