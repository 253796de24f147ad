package decode

// IPv6 Fragment header, RFC 8200 section 4.5. It has no length field.
const (
	fragNextHeader Bits = 0<<8 | 8
	fragReserved   Bits = 8<<8 | 8
	fragOffset     Bits = 16<<8 | 13
	fragRes        Bits = 29<<8 | 2
	fragMore       Bits = 31<<8 | 1
	fragID         Bits = 32<<8 | 32
)

var fragHdrProto = Protocol{
	Key: "ipv6.fraghdr", Name: "IPv6 Fragment Header", Ref: "RFC 8200 4.5", walk: walkFragHdr,
	none: NoTransport,
	Fields: []Spec{
		{Key: "ipv6.fraghdr.nxt", Name: "Next Header", Bits: fragNextHeader, Role: NextIPProtocol,
			Ref:  "RFC 8200 4.5",
			Doc:  "The first header of the datagram's fragmentable part.",
			Mean: ipProtoName},
		{Key: "ipv6.fraghdr.reserved_octet", Name: "Reserved", Bits: fragReserved, Show: ShowRsv,
			Ref: "RFC 8200 4.5", Doc: "Sent as zero."},
		{Key: "ipv6.fraghdr.offset", Name: "Fragment Offset", Bits: fragOffset,
			Role: FragmentOffset, Ref: "RFC 8200 4.5",
			Doc: "Where this fragment belongs, in units of eight bytes; ports are only in the " +
				"one at 0.", Mean: eights},
		{Key: "ipv6.fraghdr.reserved_bits", Name: "Res", Bits: fragRes, Show: ShowRsv,
			Ref: "RFC 8200 4.5", Doc: "Sent as zero."},
		{Key: "ipv6.fraghdr.more", Name: "More Fragments", Short: "M", Bits: fragMore,
			Show: ShowFlag, Ref: "RFC 8200 4.5",
			Doc: "More fragments of the datagram follow this one."},
		{Key: "ipv6.fraghdr.ident", Name: "Identification", Short: "ID", Bits: fragID,
			Show: ShowHex, Ref: "RFC 8200 4.5", Doc: "The same in all fragments of one datagram."},
	},
}

func walkFragHdr(w *walker, s step) step {
	h := w.header(s, extMinLen)
	if h == nil {
		return step{}
	}
	f := Fragment{More: fragMore.Word(h) != 0, Proto: fragNextHeader.U8(h), ID: fragID.U32(h),
		Offset: int(fragOffset.Word(h)) * 8, Net: w.net, At: s.at + extMinLen}
	// An atomic fragment (RFC 6946) is a whole datagram.
	f.Is = f.More || f.Offset > 0
	if f.Is && w.fragment(f) {
		return step{}
	}
	return w.byIPProto(f.Proto, s.at+extMinLen, s.end)
}
