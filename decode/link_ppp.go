package decode

// pppAddress is the address "all stations", the first byte of PPP in HDLC-like framing (RFC 1662
// section 3.1). Without framing, the protocol field of RFC 1661 section 2 comes first.
const pppAddress = 0xff

var pppProto = Protocol{
	Key: "ppp", Name: "Point-to-Point Protocol", Ref: "RFC 1661", walk: walkPPP, none: NotIP,
	more: pppFields,
}

var (
	pppAddrSpec = Spec{Key: "ppp.address", Name: "Address", Bits: 0<<8 | 8, Show: ShowHex,
		Ref: "RFC 1662 3.1", Doc: "All stations: 0xff."}
	pppCtlSpec = Spec{Key: "ppp.control", Name: "Control", Bits: 8<<8 | 8, Show: ShowHex,
		Ref: "RFC 1662 3.1", Doc: "Unnumbered information: 0x03."}
	pppProtoSpec = Spec{Key: "ppp.protocol", Name: "Protocol", Show: ShowHex, Role: NextProtocol,
		Ref: "RFC 1661 2", Doc: "The protocol that follows; one byte if it is compressed.",
		Mean: pppName}
)

func pppName(v uint64) string {
	switch v {
	case 0x21:
		return "IPv4"
	case 0x57:
		return "IPv6"
	case 0x281:
		return "MPLS"
	case 0x31:
		return "Bridging"
	case 0x3d:
		return "Multilink"
	case 0x4b:
		return "LLC"
	case 0x49:
		return "Cisco HDLC"
	case 0x80fd:
		return "CCP"
	case 0x8021:
		return "IPCP"
	case 0x8057:
		return "IPV6CP"
	case 0xc021:
		return "LCP"
	case 0xc023:
		return "PAP"
	case 0xc223:
		return "CHAP"
	}
	return ""
}

func pppFields(f *fieldList) {
	at := 0
	if h := f.bytes(); len(h) > 1 && h[0] == pppAddress {
		f.spec(&pppAddrSpec, 0)
		f.spec(&pppCtlSpec, 0)
		at = 2
	}
	f.rest(&pppProtoSpec, at)
}

func walkPPP(w *walker, s step) step {
	h := w.visible(s)
	n := 0
	// LINKTYPE_PPP: a capture of a serial line may contain Cisco HDLC instead. The address byte
	// distinguishes them.
	if len(h) >= 2 && len(w.Layers) == 0 && (h[0] == chdlcUnicast || h[0] == chdlcMulticast) &&
		h[1] == 0 {
		return step{IDCHDLC, s.at, s.end}
	}
	if len(h) >= 2 && h[0] == pppAddress { // no protocol number begins with this byte
		n = 2
	}
	if len(h) < n+1 {
		return w.truncated(s, n+1)
	}
	// RFC 1661 section 2: the lowest bit is set in a protocol number's last byte and clear in its
	// first.
	proto := uint16(h[n])
	if h[n]&1 == 0 {
		if len(h) < n+2 {
			return w.truncated(s, n+2)
		}
		proto = u16(h[n:])
		n++
	}
	n++
	w.add(s, n, s.end)
	if id := pppProtos(proto); id != IDNone {
		return step{id, s.at + n, s.end}
	}
	w.setNoPorts(NotIP)
	return step{}
}

// pppProtos returns the header that a PPP protocol number announces (IANA, PPP Numbers).
func pppProtos(p uint16) ProtocolID {
	switch p {
	case 0x21:
		return IDIPv4
	case 0x57:
		return IDIPv6
	case 0x281, 0x283:
		return IDMPLS
	case 0x31:
		return IDBCP
	case 0x3d:
		return IDMP
	case 0x4b:
		return IDLLC
	case 0x800: // EtherTypes, which some senders write in violation of RFC 1661
		return IDIPv4
	case 0x86dd:
		return IDIPv6
	case 0x49:
		return IDCHDLC
	}
	return IDNone
}
