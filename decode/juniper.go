package decode

// Juniper's header before captured frames: a magic number, flags and, if so flagged, extensions whose length comes first.
const (
	juniperLen   = 4
	juniperExt   = 2
	juniperMagic = 0x4d4743

	juniperHasExt = 0x80
	juniperNoL2   = 0x02
	juniperNoL2n  = 4 // bytes of a protocol number in place of the link header
)

var juniperProto = Protocol{
	Key: "juniper", Name: "Juniper Ethernet", Ref: "LINKTYPE_JUNIPER_ETHER", walk: walkJuniper, none: NotIP,
	Fields: []Spec{
		{Key: "juniper.magic-number", Name: "Magic Number", Short: "Magic", Bits: 0<<8 | 24, Show: ShowHex, Ref: "LINKTYPE_JUNIPER_ETHER", Doc: "The letters MGC."},
		{Key: "juniper.flags", Name: "Flags", Bits: 24<<8 | 8, Show: ShowHex, Ref: "LINKTYPE_JUNIPER_ETHER", Doc: "Bit 0 is the direction, bit 1 says that there is no link header, bit 7 that extensions follow."},
	},
	more: func(f *fieldList) { f.rest(&juniperMore, juniperLen) },
}

var juniperMore = Spec{Key: "juniper.ext", Name: "Extensions", Show: ShowBytes, Ref: "LINKTYPE_JUNIPER_ETHER", Doc: "Their length in bytes, and what the router knew: interface, logical unit, encapsulation."}

func walkJuniper(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < juniperLen+juniperExt {
		return w.short(s, juniperLen+juniperExt)
	}
	if m, _ := Bits(0<<8 | 24).Uint(h); m != juniperMagic {
		return w.bad(s, juniperLen, ErrField)
	}
	n, next := juniperLen, IDEthernet
	if h[3]&juniperHasExt != 0 {
		n += juniperExt + int(u16(h[juniperLen:]))
	}
	if h[3]&juniperNoL2 != 0 {
		n, next = n+juniperNoL2n, IDRaw
	}
	if w.whole(s, n) == nil {
		return step{}
	}
	return step{next, s.at + n, s.end}
}
