package decode

// IPv6 extension headers, RFC 8200 section 4. All begin with the number of the next header; all but
// the Fragment header then give their own length beyond the first eight bytes, in units of eight.
const (
	extMinLen = 8

	extNextHeader Bits = 0<<8 | 8
	extLen        Bits = 8<<8 | 8

	routingType Bits = 16<<8 | 8
	routingLeft Bits = 24<<8 | 8

	fragNextHeader Bits = 0<<8 | 8
	fragReserved   Bits = 8<<8 | 8
	fragOffset     Bits = 16<<8 | 13
	fragRes        Bits = 29<<8 | 2
	fragMore       Bits = 31<<8 | 1
	fragID         Bits = 32<<8 | 32
)

const extNextDoc = "Says which header follows this one."

var (
	hopByHopProto = optionsHeader("ipv6.hopopts", "IPv6 Hop-by-Hop Options", "RFC 8200 4.3")
	dstOptsProto  = optionsHeader("ipv6.dstopts", "IPv6 Destination Options", "RFC 8200 4.6")
)

// optionsHeader is the row of a header that is a list of options.
func optionsHeader(key, name, ref string) Protocol {
	return Protocol{
		Key: key, Name: name, Ref: ref, walk: walkExtension, none: NoTransport, more: ipv6Options,
		Fields: []Spec{
			{Key: key + ".nxt", Name: "Next Header", Bits: extNextHeader, Role: NextIPProtocol,
				Ref: ref, Doc: extNextDoc, Mean: ipProtoName},
			{Key: key + ".len", Name: "Hdr Ext Len", Bits: extLen, Role: ScaledLength, Ref: ref,
				Doc:  "The header's length beyond its first eight bytes, in units of eight.",
				Mean: extension},
		},
	}
}

var routingProto = Protocol{
	Key: "ipv6.routing", Name: "IPv6 Routing Header", Ref: "RFC 8200 4.4", walk: walkExtension,
	none: NoTransport,
	Fields: []Spec{
		{Key: "ipv6.routing.nxt", Name: "Next Header", Bits: extNextHeader, Role: NextIPProtocol,
			Ref: "RFC 8200 4.4", Doc: extNextDoc, Mean: ipProtoName},
		{Key: "ipv6.routing.len", Name: "Hdr Ext Len", Bits: extLen, Role: ScaledLength,
			Ref:  "RFC 8200 4.4",
			Doc:  "The header's length beyond its first eight bytes, in units of eight.",
			Mean: extension},
		{Key: "ipv6.routing.type", Name: "Routing Type", Short: "Type", Bits: routingType,
			Ref:  "RFC 8200 4.4",
			Doc:  "The kind of route: 2 is Mobile IPv6, 3 RPL, 4 segment routing.",
			Mean: routingName},
		{Key: "ipv6.routing.segleft", Name: "Segments Left", Short: "Left", Bits: routingLeft,
			Ref: "RFC 8200 4.4", Doc: "Nodes of the list that are still to be visited."},
	},
	more: func(f *fieldList) { f.rest(&routingData, 4) },
}

var routingData = Spec{Key: "ipv6.routing.data", Name: "Type-specific Data", Short: "Data",
	Show: ShowBytes, Ref: "RFC 8200 4.4", Doc: "The addresses on the way, and what the type adds."}

var fragHdrProto = Protocol{
	Key: "ipv6.fraghdr", Name: "IPv6 Fragment Header", Ref: "RFC 8200 4.5", walk: walkFragHdr,
	none: NoTransport,
	Fields: []Spec{
		{Key: "ipv6.fraghdr.nxt", Name: "Next Header", Bits: fragNextHeader, Role: NextIPProtocol,
			Ref:  "RFC 8200 4.5",
			Doc:  "Says which header the whole datagram's fragmentable part begins with.",
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

var (
	ipv6OptType = Spec{Key: "ipv6.opt.type", Name: "Option Type", Short: "Opt", Bits: 0<<8 | 8,
		Ref:  "RFC 8200 4.2",
		Doc:  "Which option this is; the first two bits say what a node does that doesn't know it.",
		Mean: ipv6OptName}
	ipv6OptLen = Spec{Key: "ipv6.opt.length", Name: "Opt Data Len", Short: "Len", Bits: 8<<8 | 8,
		Ref: "RFC 8200 4.2", Doc: "Length of the option's data in bytes."}
	ipv6OptData = Spec{Key: "ipv6.opt.data", Name: "Option Data", Short: "Data", Show: ShowBytes,
		Ref: "RFC 8200 4.2", Doc: "What the option says."}
)

func ipv6OptName(v uint64) string {
	switch v {
	case 0:
		return "Pad1"
	case 1:
		return "PadN"
	case 4:
		return "Tunnel Encapsulation Limit"
	case 5:
		return "Router Alert"
	case 0x63:
		return "RPL Option"
	case 0xc2:
		return "Jumbo Payload"
	case 0xc9:
		return "Home Address"
	}
	return ""
}

func routingName(v uint64) string {
	switch v {
	case 0:
		return "Source Route (deprecated)"
	case 2:
		return "Mobile IPv6"
	case 3:
		return "RPL Source Route"
	case 4:
		return "Segment Routing"
	}
	return ""
}

// ipv6Options spells out the options of RFC 8200 section 4.2: type, length of the data, data; Pad1
// is a single byte.
func ipv6Options(f *fieldList) {
	h := f.bytes()
	for base := 2; base < f.end-f.at; {
		f.spec(&ipv6OptType, base)
		if base < len(h) && h[base] == 0 {
			base++
			continue
		}
		f.spec(&ipv6OptLen, base)
		if base+1 >= len(h) {
			f.rest(&ipv6OptData, base+2)
			return
		}
		n := int(h[base+1])
		if base+2+n > f.end-f.at {
			f.rest(&ipv6OptData, base+2)
			return
		}
		f.wide(&ipv6OptData, 8*(base+2), 8*n)
		base += 2 + n
	}
}

func walkExtension(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < extMinLen {
		return w.short(s, extMinLen)
	}
	n := extMinLen + 8*int(extLen.U8(h))
	if len(h) < n {
		return w.short(s, n)
	}
	w.add(s, n, s.end)
	return w.byIPProto(extNextHeader.U8(h), s.at+n, s.end)
}

func walkFragHdr(w *walker, s step) step {
	h := w.whole(s, extMinLen)
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
