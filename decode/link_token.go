package decode

// Token Ring, IEEE 802.5.
const tokenLen = 14

var tokenProto = Protocol{
	Key: "tr", Name: "Token Ring", Ref: "IEEE 802.5", walk: walkToken, none: NotIP,
	Fields: []Spec{
		{Key: "tr.ac", Name: "Access Control", Short: "AC", Bits: 0<<8 | 8, Show: ShowHex,
			Ref: "IEEE 802.5 3.2.3", Doc: "Priority and whether it is a token."},
		{Key: "tr.fc", Name: "Frame Control", Short: "FC", Bits: 8<<8 | 8, Show: ShowHex,
			Ref: "IEEE 802.5 3.2.4", Doc: "Its upper two bits are 01 for LLC."},
		{Key: "tr.dst", Name: "Destination Address", Short: "Destination", Bits: 16<<8 | 48,
			Show: ShowMAC, Ref: "IEEE 802.5 3.2.5", Doc: "The station that the frame is for."},
		{Key: "tr.src", Name: "Source Address", Short: "Source", Bits: 64<<8 | 48, Show: ShowMAC,
			Ref: "IEEE 802.5 3.2.5",
			Doc: "The station that sent the frame; if its first bit is set, a route follows."},
	},
	more: func(f *fieldList) { f.rest(&tokenRoute, tokenLen) },
}

var tokenRoute = Spec{Key: "tr.rif", Name: "Routing Information", Show: ShowBytes,
	Ref: "IEEE 802.5 3.2.6",
	Doc: "The rings and bridges that the frame passes; its length is in the lowest five bits of " +
		"the first byte."}

func walkToken(w *walker, s step) step {
	h := w.visible(s)
	n := tokenLen
	if len(h) > tokenLen && h[8]&0x80 != 0 {
		n += max(2, int(h[tokenLen]&0x1f)&^1)
	}
	if h = w.header(s, n); h == nil {
		return step{}
	}
	if h[1]>>6 == 1 {
		return step{IDLLC, s.at + n, s.end}
	}
	w.setNoPorts(NotIP)
	return step{}
}
