package decode

// Frame Relay: a Q.922 address of two to four bytes, then RFC 2427 (control and NLPID) or, from
// Cisco, an EtherType.
const (
	frMaxAddr = 4

	nlpidSNAP = 0x80
	nlpidIPv6 = 0x8e
	nlpidIPv4 = 0xcc
)

var frameRelayProto = Protocol{
	Key: "fr", Name: "Frame Relay", Ref: "RFC 2427", walk: walkFrameRelay, none: NotIP,
	more: frFields,
}

var (
	frAddr = Spec{Key: "fr.address", Name: "Q.922 Address", Show: ShowHex, Ref: "RFC 2427 3",
		Doc: "The number of the virtual circuit (DLCI) and congestion marks; the lowest bit of " +
			"the last byte is set."}
	frCtl = Spec{Key: "fr.control", Name: "Control", Bits: 0<<8 | 8, Show: ShowHex,
		Ref: "RFC 2427 3", Doc: "0x03: unnumbered information."}
	frPad = Spec{Key: "fr.pad", Name: "Pad", Bits: 0<<8 | 8, Show: ShowRsv, Ref: "RFC 2427 3",
		Doc: "Zero, to align what follows."}
	frNLPID = Spec{Key: "fr.nlpid", Name: "NLPID", Bits: 0<<8 | 8, Show: ShowHex, Ref: "RFC 2427 3",
		Doc: "The protocol that follows: 0xcc is IPv4, 0x8e IPv6, 0x80 SNAP.", Mean: nlpidName}
	frType = Spec{Key: "fr.chdlctype", Name: "EtherType", Bits: 0<<8 | 16, Show: ShowHex,
		Role: NextEtherType, Ref: "Cisco",
		Doc: "The protocol that follows, in Cisco's encapsulation.", Mean: etherTypeName}
)

func nlpidName(v uint64) string {
	switch v {
	case nlpidIPv4:
		return "IPv4"
	case nlpidIPv6:
		return "IPv6"
	case nlpidSNAP:
		return "SNAP"
	}
	return ""
}

// frAddrLen returns the length of the address, which is at least two bytes, or 0 if its last byte
// is not found.
func frAddrLen(h []byte) int {
	for i := 1; i < frMaxAddr && i < len(h); i++ {
		if h[i]&1 != 0 {
			return i + 1
		}
	}
	return 0
}

func frFields(f *fieldList) {
	h := f.bytes()
	n := frAddrLen(h)
	if n == 0 {
		f.rest(&frAddr, 0)
		return
	}
	f.wide(&frAddr, 0, 8*n)
	if n < len(h) && h[n] != llcUI {
		f.spec(&frType, n)
		return
	}
	f.spec(&frCtl, n)
	if f.end-f.at > n+2 {
		f.spec(&frPad, n+1)
		n++
	}
	f.spec(&frNLPID, n+1)
}

func walkFrameRelay(w *walker, s step) step {
	h := w.visible(s)
	n := frAddrLen(h)
	if n == 0 {
		if len(h) >= frMaxAddr {
			return w.malformedWith(s, frMaxAddr, ErrField)
		}
		return w.truncated(s, len(h)+1)
	}
	if len(h) < n+2 {
		return w.truncated(s, n+2)
	}
	if h[n] != llcUI {
		w.add(s, n+2, s.end)
		if t := u16(h[n:]); t >= minEtherType {
			return w.byEtherType(t, s.at+n+2, s.end)
		}
		w.setNoPorts(NotIP)
		return step{}
	}
	if h[n+1] == 0 {
		n++
	}
	n += 2
	if w.header(s, n) == nil {
		return step{}
	}
	switch h[n-1] {
	case nlpidIPv4:
		return step{IDIPv4, s.at + n, s.end}
	case nlpidIPv6:
		return step{IDIPv6, s.at + n, s.end}
	case nlpidSNAP:
		return step{IDSNAP, s.at + n, s.end}
	}
	w.setNoPorts(NotIP)
	return step{}
}
