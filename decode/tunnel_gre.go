package decode

// GRE header fields, RFC 2784 and RFC 2890. Flags announce a checksum, a key and a sequence number.
// PPTP uses version 1.
const (
	greMinLen = 4

	greC        Bits = 0<<8 | 1
	greR        Bits = 1<<8 | 1
	greK        Bits = 2<<8 | 1
	greS        Bits = 3<<8 | 1
	greStrict   Bits = 4<<8 | 1
	greRecur    Bits = 5<<8 | 3
	greA        Bits = 8<<8 | 1
	greFlags    Bits = 9<<8 | 4
	greVersion  Bits = 13<<8 | 3
	greProtocol Bits = 16<<8 | 16

	greEoIP = 0x6400 // MikroTik's Ethernet over IP, with the layout of version 1

	// Aruba's access points tunnel 802.11 frames with a range of types.
	greArubaFirst = 0x8200
	greArubaLast  = 0x8370
)

var greProto = Protocol{
	Key: "gre", Name: "Generic Routing Encapsulation", Ref: "RFC 2784", walk: walkGRE, none: NotIP,
	more: greOptional,
	Fields: []Spec{
		{Key: "gre.flags.checksum", Name: "Checksum Present", Short: "C", Bits: greC,
			Show: ShowFlag, Ref: "RFC 2784 2.2", Doc: "A checksum follows the fixed part."},
		{Key: "gre.flags.routing", Name: "Routing Present", Short: "R", Bits: greR, Show: ShowFlag,
			Ref: "RFC 1701", Doc: "Source routes follow; no longer used."},
		{Key: "gre.flags.key", Name: "Key Present", Short: "K", Bits: greK, Show: ShowFlag,
			Ref: "RFC 2890 2", Doc: "A key follows."},
		{Key: "gre.flags.sequence_number", Name: "Sequence Number Present", Short: "S", Bits: greS,
			Show: ShowFlag, Ref: "RFC 2890 2", Doc: "A sequence number follows."},
		{Key: "gre.flags.strict_source_route", Name: "Strict Source Route", Short: "s",
			Bits: greStrict, Show: ShowFlag, Ref: "RFC 1701", Doc: "No longer used."},
		{Key: "gre.flags.recursion_control", Name: "Recursion Control", Short: "Recur",
			Bits: greRecur, Ref: "RFC 1701", Doc: "No longer used."},
		{Key: "gre.flags.reserved", Name: "Flags", Bits: 8<<8 | 5, Show: ShowRsv,
			Ref: "RFC 2784 2.3", Doc: "Sent as zero."},
		{Key: "gre.flags.version", Name: "Version", Short: "Ver", Bits: greVersion,
			Ref: "RFC 2784 2.3", Doc: "0 for GRE, 1 for PPTP's variant."},
		{Key: "gre.proto", Name: "Protocol Type", Bits: greProtocol, Show: ShowHex,
			Role: NextEtherType, Ref: "RFC 2784 2.4", Doc: "The EtherType of what is inside.",
			Mean: etherTypeName},
	},
}

var (
	greSum = Spec{Key: "gre.checksum", Name: "Checksum", Bits: 0<<8 | 16, Show: ShowSum,
		Ref: "RFC 2784 2.5", Doc: "One's complement sum over GRE header and payload."}
	greOff = Spec{Key: "gre.offset", Name: "Reserved1", Bits: 16<<8 | 16, Show: ShowRsv,
		Ref: "RFC 2784 2.5", Doc: "Zero; formerly the offset of a route."}
	greKey = Spec{Key: "gre.key", Name: "Key", Bits: 0<<8 | 32, Show: ShowHex, Role: NotAPort,
		Ref: "RFC 2890 2.1", Doc: "Distinguishes tunnels between the same hosts; it is not a port."}
	greSeqNo = Spec{Key: "gre.sequence_number", Name: "Sequence Number", Bits: 0<<8 | 32,
		Ref: "RFC 2890 2.2", Doc: "Counts the tunnel's packets."}
	greAckNo = Spec{Key: "gre.ack_number", Name: "Acknowledgment Number", Bits: 0<<8 | 32,
		Ref: "RFC 2637 4.1", Doc: "The highest number received, in PPTP's variant."}
	grePayLen = Spec{Key: "gre.key.payload_length", Name: "Payload Length", Bits: 0<<8 | 16,
		Ref: "RFC 2637 4.1", Doc: "Bytes that follow the header, in PPTP's variant."}
	greCallID = Spec{Key: "gre.key.call_id", Name: "Call ID", Bits: 16<<8 | 16, Role: NotAPort,
		Ref: "RFC 2637 4.1", Doc: "The peer's number of the call; it is not a port."}
	greTunnelID = Spec{Key: "gre.key.tunnel_id", Name: "Tunnel ID", Bits: 16<<8 | 16, Show: ShowLE,
		Role: NotAPort, Ref: "MikroTik EoIP",
		Doc: "The number of the tunnel, least significant byte first. It is not a port."}
	greRoutes = Spec{Key: "gre.routing", Name: "Routing", Show: ShowBytes, Ref: "RFC 1701",
		Doc: "Source routes; no longer used."}
)

// greLayout returns the length of a GRE header without source routes, in bytes.
func greLayout(h []byte) int {
	n := greMinLen
	if greC.Word(h)|greR.Word(h) != 0 {
		n += 4
	}
	return n + 4*int(greK.Word(h)+greS.Word(h)+greA.Word(h)*b2u(greVersion.Word(h) == 1))
}

func b2u(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

func greOptional(f *fieldList) {
	h := f.bytes()
	if len(h) < greMinLen {
		return
	}
	at := greMinLen
	if greC.Word(h)|greR.Word(h) != 0 {
		f.spec(&greSum, at)
		f.spec(&greOff, at)
		at += 4
	}
	v1 := greVersion.Word(h) == 1
	if greK.Word(h) != 0 {
		switch {
		case v1 && greProtocol.U16(h) == greEoIP:
			f.spec(&grePayLen, at)
			f.spec(&greTunnelID, at)
		case v1:
			f.spec(&grePayLen, at)
			f.spec(&greCallID, at)
		default:
			f.spec(&greKey, at)
		}
		at += 4
	}
	if greS.Word(h) != 0 {
		f.spec(&greSeqNo, at)
		at += 4
	}
	if greA.Word(h) != 0 && v1 {
		f.spec(&greAckNo, at)
		at += 4
	}
	f.rest(&greRoutes, at)
}

// greRoutesLen skips the source route entries of RFC 1701, up to the zero entry. An entry has the
// family, the offset, the length, and that number of bytes. greRoutesLen returns -1 if the entries
// do not end within h.
func greRoutesLen(h []byte, n int) int {
	for {
		if len(h) < n+4 {
			return -1
		}
		family, size := u16(h[n:]), int(h[n+3])
		n += 4 + size
		if family == 0 && size == 0 {
			return n
		}
	}
}

func walkGRE(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < greMinLen {
		return w.truncated(s, greMinLen)
	}
	if greVersion.Word(h) > 1 {
		return w.malformedWith(s, greMinLen, ErrVersion)
	}
	if greVersion.Word(h) == 1 {
		s.id = IDPPTP
	}
	n := greLayout(h)
	if len(h) < n {
		return w.truncated(s, n)
	}
	if greR.Word(h) != 0 {
		if n = greRoutesLen(h, n); n < 0 || n > len(h) {
			return w.malformedWith(s, greMinLen, ErrLength)
		}
	}
	w.add(s, n, s.end)
	if s.id == IDPPTP && greProtocol.U16(h) == greEoIP && greK.Word(h) != 0 {
		return step{IDEthernet, s.at + n, min(s.end, s.at+n+int(u16(h[greMinLen:])))}
	}
	return w.byGREType(greProtocol.U16(h), greS.Word(h) != 0, s.at+n, s.end)
}

// isGRE requires version 0, no reserved bits of RFC 2784, and a known protocol inside.
func isGRE(h []byte, n int) bool {
	if len(h) < greMinLen || h[0]&0x4f != 0 || h[1] != 0 {
		return false
	}
	return greLayout(h) <= n && greInner(greProtocol.U16(h), greS.Word(h) != 0) != IDNone
}

// byGREType continues inside a GRE header. seq reports whether the header has a sequence number,
// which distinguishes ERSPAN's versions.
func (w *walker) byGREType(t uint16, seq bool, at, end int) step {
	if at >= end { // a keep-alive
		return w.notIP()
	}
	if id := greInner(t, seq); id != IDNone {
		return step{id, at, end}
	}
	return w.notIP()
}

// greInner returns the header that a protocol type announces. The type is an EtherType, or has its
// own meaning inside GRE.
func greInner(t uint16, seq bool) ProtocolID {
	switch {
	case t == 0x88be && !seq: // ERSPAN type I has no header
		return IDEthernet
	case t == 0x88be || t == 0x22eb:
		return IDERSPAN
	case t == 0x883e:
		return IDWCCP
	case t == 0x8909:
		return IDCMDGRE
	case t == 0x6559: // RFC 1701
		return IDFrameRelay
	case t >= greArubaFirst && t <= greArubaLast && t&0x0f == 0:
		return IDWLAN
	}
	return etherTypes[t]
}
