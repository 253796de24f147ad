package decode

// IP over InfiniBand, RFC 4391 section 6, after the address of the peer.
const ipoibLen = 44

var ipoibProto = Protocol{
	Key: "ipoib", Name: "IP over InfiniBand", Ref: "RFC 4391", walk: walkIPoIB, none: NotIP,
	Fields: []Spec{
		{Key: "ipoib.grh", Name: "Global Routing Header", Short: "GRH", Bits: 0<<8 | 160,
			Show: ShowBytes, Ref: "LINKTYPE_IPOIB",
			Doc: "Flow, length and the sender's identifier, as the card saw them."},
		{Key: "ipoib.daddr", Name: "Destination", Bits: 160<<8 | 160, Show: ShowBytes,
			Ref: "RFC 4391 9.1.1", Doc: "The receiver's queue pair and identifier."},
		{Key: "ipoib.type", Name: "EtherType", Short: "Type", Bits: 320<<8 | 16, Show: ShowHex,
			Role: NextEtherType, Ref: "RFC 4391 6", Doc: "The protocol that follows.",
			Mean: etherTypeName},
		{Key: "ipoib.reserved", Name: "Reserved", Bits: 336<<8 | 16, Show: ShowRsv,
			Ref: "RFC 4391 6", Doc: "Zero."},
	},
}

func walkIPoIB(w *walker, s step) step {
	h := w.header(s, ipoibLen)
	if h == nil {
		return step{}
	}
	return w.byEtherType(u16(h[40:]), s.at+ipoibLen, s.end)
}
