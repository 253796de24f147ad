package decode

// IPv6 extension headers, RFC 8200 section 4. All begin with the number of the next header. All
// except the Fragment header then contain their length, in units of eight bytes after the first
// eight.
const (
	extMinLen = 8

	extNextHeader Bits = 0<<8 | 8
	extLen        Bits = 8<<8 | 8
)

const extNextDoc = "The header that follows this one."

var (
	hopByHopProto = optionsHeader("ipv6.hopopts", "IPv6 Hop-by-Hop Options", "RFC 8200 4.3")
	dstOptsProto  = optionsHeader("ipv6.dstopts", "IPv6 Destination Options", "RFC 8200 4.6")
)

// optionsHeader returns the table row of a header that is a list of options.
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

var (
	ipv6OptType = Spec{Key: "ipv6.opt.type", Name: "Option Type", Short: "Opt", Bits: 0<<8 | 8,
		Ref: "RFC 8200 4.2",
		Doc: "The option; its first two bits define what a node does if it does not know the " +
			"option.",
		Mean: ipv6OptName}
	ipv6OptLen = Spec{Key: "ipv6.opt.length", Name: "Opt Data Len", Short: "Len", Bits: 8<<8 | 8,
		Ref: "RFC 8200 4.2", Doc: "Length of the option's data in bytes."}
	ipv6OptData = Spec{Key: "ipv6.opt.data", Name: "Option Data", Short: "Data", Show: ShowBytes,
		Ref: "RFC 8200 4.2", Doc: "The option's data."}
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

// ipv6Options formats the options of RFC 8200 section 4.2: type, length of the data, data. Pad1
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
		return w.truncated(s, extMinLen)
	}
	n := extMinLen + 8*int(extLen.U8(h))
	if len(h) < n {
		return w.truncated(s, n)
	}
	w.add(s, n, s.end)
	return w.byIPProto(extNextHeader.U8(h), s.at+n, s.end)
}

// walkLastHeader ends the walk: RFC 6275 section 6.1.1 and RFC 7401 section 5.1 allow no header
// after it, whatever the next header field contains.
func walkLastHeader(w *walker, s step) step {
	walkExtension(w, s)
	w.setNoPorts(NoTransport)
	return step{}
}

// extensionStart returns the first two rows of an extension header.
func extensionStart(key, ref string) []Spec {
	return []Spec{
		{Key: key + ".nxt", Name: "Next Header", Bits: extNextHeader, Role: NextIPProtocol,
			Ref: ref, Doc: extNextDoc, Mean: ipProtoName},
		{Key: key + ".len", Name: "Header Length", Short: "Hdr Len", Bits: extLen,
			Role: ScaledLength, Ref: ref,
			Doc:  "The header's length beyond its first eight bytes, in units of eight.",
			Mean: extension},
	}
}
