package decode

// Headers that are built like IPv6 extension headers (RFC 6564) and mostly end the chain: Mobility
// (RFC 6275 section 6.1), Host Identity Protocol (RFC 7401 section 5.1), Shim6 (RFC 5533 section
// 5.1); and IPComp (RFC 3173 section 3), behind which all is compressed.
const (
	ipcompLen = 4
	hipMinLen = 40
	shimRef   = "RFC 5533 5.1"
)

// walkLastHeader ends the chain there: RFC 6275 section 6.1.1 and RFC 7401 section 5.1 let nothing
// follow, whatever the next header field says.
func walkLastHeader(w *walker, s step) step {
	walkExtension(w, s)
	w.because(NoTransport)
	return step{}
}

// extensionStart are the first two rows of such a header.
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

var (
	mobilityProto = Protocol{Key: "mipv6", Name: "Mobility Header", Ref: "RFC 6275 6.1",
		walk: walkLastHeader, none: NoTransport, Fields: extensionStart("mip6", "RFC 6275 6.1.1"),
		more: mobilityRest}
	hipProto = Protocol{Key: "hip", Name: "Host Identity Protocol", Ref: "RFC 7401 5.1",
		walk: walkLastHeader, none: NoTransport, Fields: extensionStart("hip", "RFC 7401 5.1"),
		more: hipRest}
	shim6Proto = Protocol{Key: "shim6", Name: "Site Multihoming by IPv6 Intermediation",
		Ref: "RFC 5533", walk: walkExtension, none: NoTransport,
		Fields: extensionStart("shim6", shimRef), more: shim6Rest}
)

var (
	mobilityFields = []Spec{
		{Key: "mip6.mhtype", Name: "MH Type", Bits: 16<<8 | 8, Ref: "RFC 6275 6.1.1",
			Doc: "What the message does: 5 is a binding update."},
		{Key: "mip6.reserved", Name: "Reserved", Bits: 24<<8 | 8, Show: ShowRsv,
			Ref: "RFC 6275 6.1.1", Doc: "Sent as zero."},
		{Key: "mip6.csum", Name: "Checksum", Bits: 32<<8 | 16, Show: ShowSum, Ref: "RFC 6275 6.1.1",
			Doc: "One's complement sum over a pseudo-header and this header."},
	}
	mobilityData = Spec{Key: "mip6.data", Name: "Message Data", Short: "Data", Show: ShowBytes,
		Ref: "RFC 6275 6.1.1", Doc: "What the message says, and its options."}
	hipFields = []Spec{
		{Key: "hip.fixed_bit", Name: "Fixed bit", Short: "0", Bits: 16<<8 | 1, Show: ShowRsv,
			Ref: "RFC 7401 5.1", Doc: "Zero, to tell HIP from Shim6."},
		{Key: "hip.packet_type", Name: "Packet Type", Short: "Type", Bits: 17<<8 | 7,
			Ref: "RFC 7401 5.1", Doc: "What the message does: 1 is I1, which asks."},
		{Key: "hip.version", Name: "Version", Short: "Ver", Bits: 24<<8 | 4, Ref: "RFC 7401 5.1",
			Doc: "1 or 2."},
		{Key: "hip.res", Name: "Reserved", Bits: 28<<8 | 4, Show: ShowRsv, Ref: "RFC 7401 5.1",
			Doc: "Three bits of zero and one of one."},
		{Key: "hip.checksum", Name: "Checksum", Bits: 32<<8 | 16, Show: ShowSum,
			Ref: "RFC 7401 5.1.1",
			Doc: "One's complement sum over a pseudo-header and this header."},
		{Key: "hip.controls", Name: "Controls", Bits: 48<<8 | 16, Show: ShowHex,
			Ref: "RFC 7401 5.1.2", Doc: "What the sender can do."},
		{Key: "hip.hit_sndr", Name: "Sender's Host Identity Tag", Short: "Sender's HIT",
			Bits: 64<<8 | 128, Show: ShowHex, Ref: "RFC 7401 5.1", Doc: "The sender's identity."},
		{Key: "hip.hit_rcvr", Name: "Receiver's Host Identity Tag", Short: "Receiver's HIT",
			Bits: 192<<8 | 128, Show: ShowHex, Ref: "RFC 7401 5.1",
			Doc: "The receiver's identity."},
	}
	hipParameters = Spec{Key: "hip.tlv", Name: "HIP Parameters", Short: "Parameters",
		Show: ShowBytes, Ref: "RFC 7401 5.2", Doc: "What the message says."}
	shim6P = Spec{Key: "shim6.p", Name: "P", Bits: 16<<8 | 1, Show: ShowFlag, Ref: shimRef,
		Doc: "Set: a payload follows; clear: a control message."}
	shim6Tag = Spec{Key: "shim6.tag", Name: "Receiver Context Tag", Short: "Context",
		Bits: 17<<8 | 47, Show: ShowHex, Ref: "RFC 5533 5.2",
		Doc: "Which pair of hosts it belongs to."}
	shim6Message = Spec{Key: "shim6.message", Name: "Message", Show: ShowBytes,
		Ref: "RFC 5533 5.3", Doc: "Type, checksum and what the message says."}
	shim6Control = Spec{Key: "shim6.type", Name: "Type", Bits: 17<<8 | 7, Ref: "RFC 5533 5.3",
		Doc: "What the message does."}
)

func mobilityRest(f *fieldList) {
	f.group(mobilityFields, 0)
	f.rest(&mobilityData, 6)
}

func hipRest(f *fieldList) {
	f.group(hipFields, 0)
	f.rest(&hipParameters, hipMinLen)
}

func shim6Rest(f *fieldList) {
	f.spec(&shim6P, 0)
	if h := f.bytes(); len(h) > 2 && h[2]&0x80 != 0 {
		f.spec(&shim6Tag, 0)
		return
	}
	f.spec(&shim6Control, 0)
	f.rest(&shim6Message, 3)
}

var ipcompProto = Protocol{
	Key: "ipcomp", Name: "IP Payload Compression", Ref: "RFC 3173", walk: walkIPComp,
	none: NoTransport,
	Fields: []Spec{
		{Key: "ipcomp.next_header", Name: "Next Header", Bits: extNextHeader, Role: NextIPProtocol,
			Ref: "RFC 3173 3.3", Doc: "What the payload is once it is decompressed.",
			Mean: ipProtoName},
		{Key: "ipcomp.flags", Name: "Flags", Bits: 8<<8 | 8, Show: ShowHex, Ref: "RFC 3173 3.3",
			Doc: "Zero."},
		{Key: "ipcomp.cpi", Name: "Compression Parameter Index", Short: "CPI", Bits: 16<<8 | 16,
			Role: NotAPort, Ref: "RFC 3173 3.3",
			Doc: "The algorithm: 2 is DEFLATE, 3 LZS, 4 LZJH. It is not a port."},
	},
}

// walkIPComp ends there: the ports are in the compressed bytes.
func walkIPComp(w *walker, s step) step {
	w.whole(s, ipcompLen)
	return step{}
}
