package decode

// TRILL, RFC 6325 section 3: a header between two Ethernet headers.
const (
	trillMinLen = 6

	trillVersion Bits = 0<<8 | 2
	trillOpLen   Bits = 5<<8 | 5
)

var trillProto = Protocol{
	Key: "trill", Name: "Transparent Interconnection of Lots of Links", Ref: "RFC 6325",
	walk: walkTRILL, none: NotIP,
	Fields: []Spec{
		{Key: "trill.version", Name: "Version", Short: "V", Bits: trillVersion, Ref: "RFC 6325 3.2",
			Doc: "Zero."},
		{Key: "trill.reserved", Name: "Reserved", Short: "R", Bits: 2<<8 | 2, Show: ShowRsv,
			Ref: "RFC 6325 3.3", Doc: "Sent as zero."},
		{Key: "trill.multi_dst", Name: "Multi-destination", Short: "M", Bits: 4<<8 | 1,
			Show: ShowFlag, Ref: "RFC 6325 3.4", Doc: "Set: the frame goes out along a tree."},
		{Key: "trill.op_len", Name: "Op-Length", Bits: trillOpLen, Role: ScaledLength,
			Ref: "RFC 6325 3.5", Doc: "Length of the options in 32-bit words.", Mean: words},
		{Key: "trill.hop_cnt", Name: "Hop Count", Short: "Hops", Bits: 10<<8 | 6,
			Ref: "RFC 6325 3.6", Doc: "How many more bridges may forward the frame."},
		{Key: "trill.egress_nick", Name: "Egress RBridge Nickname", Short: "Egress",
			Bits: 16<<8 | 16, Show: ShowHex, Ref: "RFC 6325 3.7.1",
			Doc: "The bridge where the frame leaves, or the tree."},
		{Key: "trill.ingress_nick", Name: "Ingress RBridge Nickname", Short: "Ingress",
			Bits: 32<<8 | 16, Show: ShowHex, Ref: "RFC 6325 3.7.2",
			Doc: "The bridge where the frame came in."},
	},
	more: func(f *fieldList) { f.rest(&trillOptions, trillMinLen) },
}

var trillOptions = Spec{Key: "trill.options", Name: "Options", Show: ShowBytes, Ref: "RFC 6325 3.8",
	Doc: "Information for the bridges on the path."}

func walkTRILL(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < trillMinLen {
		return w.truncated(s, trillMinLen)
	}
	op := u16(h) >> 6 & 0x1f
	if h[0]>>6 != 0 {
		return w.malformedWith(s, trillMinLen, ErrVersion)
	}
	n := trillMinLen + 4*int(op)
	if w.header(s, n) == nil {
		return step{}
	}
	return step{IDEthernet, s.at + n, s.end}
}
