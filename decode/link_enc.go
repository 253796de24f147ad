package decode

// OpenBSD's enc interface, LINKTYPE_ENC: packets before and after IPsec.
const encLen = 12

var encProto = Protocol{
	Key: "enc", Name: "OpenBSD enc", Ref: "LINKTYPE_ENC", walk: walkENC, none: NotIP,
	Fields: []Spec{
		{Key: "enc.af", Name: "Address Family", Short: "Family", Bits: 0<<8 | 32, Show: ShowHex,
			Ref: "enc(4)",
			Doc: "The family of the packet, in the byte order of the machine that captured."},
		{Key: "enc.spi", Name: "SPI", Bits: 32<<8 | 32, Show: ShowHex, Ref: "enc(4)",
			Doc: "The security association that the packet belongs to."},
		{Key: "enc.flags", Name: "Flags", Bits: 64<<8 | 32, Show: ShowHex, Ref: "enc(4)",
			Doc: "Whether it was authenticated or encrypted."},
	},
}

func walkENC(w *walker, s step) step {
	h := w.header(s, encLen)
	if h == nil {
		return step{}
	}
	return w.byFamily(hostU32(h), s.at+encLen, s.end)
}
