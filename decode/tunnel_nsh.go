package decode

// Network Service Header, RFC 8300 section 2: base header, service path header, context.
const (
	nshMinLen = 8

	nshVersion Bits = 0<<8 | 2
	nshLength  Bits = 10<<8 | 6
	nshNext    Bits = 24<<8 | 8
)

var nshProto = Protocol{
	Key: "nsh", Name: "Network Service Header", Ref: "RFC 8300", walk: walkNSH, none: NotIP,
	Fields: []Spec{
		{Key: "nsh.version", Name: "Version", Short: "Ver", Bits: nshVersion, Ref: "RFC 8300 2.2",
			Doc: "Zero."},
		{Key: "nsh.oam", Name: "OAM packet", Short: "O", Bits: 2<<8 | 1, Show: ShowFlag,
			Ref: "RFC 8300 2.2", Doc: "A message of the path's own maintenance."},
		{Key: "nsh.unassigned1", Name: "Unassigned", Short: "U", Bits: 3<<8 | 1, Show: ShowRsv,
			Ref: "RFC 8300 2.2", Doc: "Sent as zero."},
		{Key: "nsh.ttl", Name: "Time to Live", Short: "TTL", Bits: 4<<8 | 6, Ref: "RFC 8300 2.2",
			Doc: "How many more service functions may forward the packet."},
		{Key: "nsh.length", Name: "Length", Bits: nshLength, Role: ScaledLength,
			Ref: "RFC 8300 2.2", Doc: "Length of the whole header in 32-bit words.", Mean: words},
		{Key: "nsh.unassigned2", Name: "Unassigned", Short: "U", Bits: 16<<8 | 4, Show: ShowRsv,
			Ref: "RFC 8300 2.2", Doc: "Sent as zero."},
		{Key: "nsh.mdtype", Name: "Metadata Type", Short: "MD", Bits: 20<<8 | 4,
			Ref: "RFC 8300 2.2", Doc: "1: context of a fixed length; 2: of a variable one."},
		{Key: "nsh.next_proto", Name: "Next Protocol", Short: "Next", Bits: nshNext,
			Role: NextProtocol, Ref: "RFC 8300 2.2",
			Doc:  "The type of packet inside: 1 is IPv4, 2 IPv6, 3 Ethernet, 4 NSH, 5 MPLS.",
			Mean: nextProtocolName},
		{Key: "nsh.spi", Name: "Service Path Identifier", Short: "SPI", Bits: 32<<8 | 24,
			Ref: "RFC 8300 2.3", Doc: "The chain of services that the packet takes."},
		{Key: "nsh.si", Name: "Service Index", Short: "SI", Bits: 56<<8 | 8, Ref: "RFC 8300 2.3",
			Doc: "Where in that chain the packet is."},
	},
	more: func(f *fieldList) { f.rest(&nshContext, nshMinLen) },
}

var nshContext = Spec{Key: "nsh.metadatacontext", Name: "Context Headers", Short: "Context",
	Show: ShowBytes, Ref: "RFC 8300 2.4", Doc: "Data of one service function for the next."}

func isNSH(h []byte, n int) bool {
	return len(h) >= nshMinLen && nshVersion.Word(h) == 0 &&
		4*int(nshLength.Word(h)) >= nshMinLen && 4*int(nshLength.Word(h)) <= n
}

func walkNSH(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < nshMinLen {
		return w.truncated(s, nshMinLen)
	}
	n := 4 * int(nshLength.Word(h))
	switch {
	case nshVersion.Word(h) != 0:
		return w.malformedWith(s, nshMinLen, ErrVersion)
	case n < nshMinLen:
		return w.malformedWith(s, nshMinLen, ErrLength)
	}
	if w.header(s, n) == nil {
		return step{}
	}
	if id := nextProtocol(nshNext.U8(h)); id != IDNone {
		return step{id, s.at + n, s.end}
	}
	return w.notIP()
}
