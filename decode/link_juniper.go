package decode

// Juniper's header before captured frames: a magic number, flags and, if a flag is set, the length
// of extensions and the extensions.
const (
	juniperLen   = 4
	juniperExt   = 2
	juniperMagic = 0x4d4743

	juniperHasExt = 0x80
	juniperNoL2   = 0x02
	juniperNoL2n  = 4 // bytes of a protocol number in place of the link header
)

var (
	juniperProto      = juniperHeader("Juniper Ethernet", "LINKTYPE_JUNIPER_ETHER")
	juniperPPPProto   = juniperHeader("Juniper PPP", "LINKTYPE_JUNIPER_PPP")
	juniperFRProto    = juniperHeader("Juniper Frame Relay", "LINKTYPE_JUNIPER_FRELAY")
	juniperCHDLCProto = juniperHeader("Juniper Cisco HDLC", "LINKTYPE_JUNIPER_CHDLC")
)

func juniperHeader(name, ref string) Protocol {
	return Protocol{
		Key: "juniper", Name: name, Ref: ref, walk: walkJuniper, none: NotIP, Fields: juniperFields,
		more: func(f *fieldList) { f.rest(&juniperMore, juniperLen) },
	}
}

var juniperFields = []Spec{
	{Key: "juniper.magic-number", Name: "Magic Number", Short: "Magic", Bits: 0<<8 | 24,
		Show: ShowHex, Ref: "LINKTYPE_JUNIPER_ETHER", Doc: "The letters MGC."},
	{Key: "juniper.flags", Name: "Flags", Bits: 24<<8 | 8, Show: ShowHex,
		Ref: "LINKTYPE_JUNIPER_ETHER",
		Doc: "Bit 0 is the direction. If bit 1 is set, there is no link header; if bit 7 is " +
			"set, extensions follow."},
}

var juniperMore = Spec{Key: "juniper.ext", Name: "Extensions", Show: ShowBytes,
	Ref: "LINKTYPE_JUNIPER_ETHER",
	Doc: "Their length in bytes, then data of the router: interface, logical unit, encapsulation."}

func juniperInner(id ProtocolID) ProtocolID {
	switch id {
	case IDJuniperPPP:
		return IDPPP
	case IDJuniperFR:
		return IDFrameRelay
	case IDJuniperCHDLC:
		return IDCHDLC
	}
	return IDEthernet
}

func walkJuniper(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < juniperLen+juniperExt {
		return w.truncated(s, juniperLen+juniperExt)
	}
	if m, _ := Bits(0<<8 | 24).Uint(h); m != juniperMagic {
		return w.malformedWith(s, juniperLen, ErrField)
	}
	n, next := juniperLen, juniperInner(s.id)
	if h[3]&juniperHasExt != 0 {
		n += juniperExt + int(u16(h[juniperLen:]))
	}
	if h[3]&juniperNoL2 != 0 {
		n, next = n+juniperNoL2n, IDRaw
	}
	if w.header(s, n) == nil {
		return step{}
	}
	return step{next, s.at + n, s.end}
}
