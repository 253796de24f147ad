package decode

// Cisco HDLC, RFC 1547 section 4.3.1.
const (
	chdlcLen = 4

	chdlcAddr Bits = 0<<8 | 8
	chdlcCtl  Bits = 8<<8 | 8
	chdlcType Bits = 16<<8 | 16

	chdlcUnicast   = 0x0f
	chdlcMulticast = 0x8f
	chdlcSLARP     = 0x8035 // Cisco's keep-alives; elsewhere the type of RARP
)

var chdlcProto = Protocol{
	Key: "chdlc", Name: "Cisco HDLC", Ref: "RFC 1547 4.3.1", walk: walkCHDLC, none: NotIP,
	Fields: []Spec{
		{Key: "chdlc.address", Name: "Address", Bits: chdlcAddr, Show: ShowHex,
			Ref: "RFC 1547 4.3.1", Doc: "0x0f for one station, 0x8f for all."},
		{Key: "chdlc.control", Name: "Control", Bits: chdlcCtl, Show: ShowHex,
			Ref: "RFC 1547 4.3.1", Doc: "Zero."},
		{Key: "chdlc.protocol", Name: "Protocol", Bits: chdlcType, Show: ShowHex,
			Role: NextEtherType, Ref: "RFC 1547 4.3.1",
			Doc: "The protocol that follows, usually as an EtherType.", Mean: etherTypeName},
	},
}

func walkCHDLC(w *walker, s step) step {
	h := w.header(s, chdlcLen)
	if h == nil {
		return step{}
	}
	at := s.at + chdlcLen
	switch t := chdlcType.U16(h); {
	case t == chdlcSLARP:
	case t > maxLLCLength:
		return w.byEtherType(t, at, s.end)
	}
	w.setNoPorts(NotIP)
	return step{}
}
