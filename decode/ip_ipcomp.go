package decode

// IP Payload Compression, RFC 3173 section 3.1.
const ipcompLen = 4

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

// walkIPComp ends the walk: the ports are in the compressed bytes.
func walkIPComp(w *walker, s step) step {
	w.header(s, ipcompLen)
	return step{}
}
