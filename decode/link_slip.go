package decode

// SLIP as BSD captures it, LINKTYPE_SLIP: direction and compressed header before the packet.
const slipLen = 16

var slipProto = Protocol{
	Key: "slip", Name: "Serial Line IP", Ref: "LINKTYPE_SLIP", walk: walkSLIP, none: NotIP,
	Fields: []Spec{
		{Key: "slip.direction", Name: "Direction", Bits: 0<<8 | 8, Ref: "LINKTYPE_SLIP",
			Doc: "0: received by the capturing host, 1: sent by it."},
		{Key: "slip.type", Name: "Packet Type", Bits: 8<<8 | 8, Show: ShowHex, Ref: "LINKTYPE_SLIP",
			Doc: "0x40 up: plain IP; 0x70 and 0x80 up: TCP headers are compressed (RFC 1144)."},
		{Key: "slip.compressed", Name: "Compression Information", Bits: 16<<8 | 112,
			Show: ShowBytes, Ref: "LINKTYPE_SLIP", Doc: "What the compressed header was."},
	},
}

func walkSLIP(w *walker, s step) step {
	if w.header(s, slipLen) == nil {
		return step{}
	}
	return step{IDRaw, s.at + slipLen, s.end}
}
