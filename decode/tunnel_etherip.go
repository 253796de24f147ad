package decode

// EtherIP, RFC 3378 section 3: two bytes, then an Ethernet frame.
const (
	etherIPLen     = 2
	etherIPVersion = 3
)

var etherIPProto = Protocol{
	Key: "etherip", Name: "Ethernet within IP", Ref: "RFC 3378", walk: walkEtherIP,
	none: NoTransport,
	Fields: []Spec{
		{Key: "etherip.ver", Name: "Version", Short: "Ver", Bits: 0<<8 | 4, Ref: "RFC 3378 3",
			Doc: "3."},
		{Key: "etherip.reserved", Name: "Reserved", Bits: 4<<8 | 12, Show: ShowRsv,
			Ref: "RFC 3378 3", Doc: "Sent as zero."},
	},
}

func walkEtherIP(w *walker, s step) step {
	h := w.visible(s)
	if len(h) >= etherIPLen && h[0]>>4 != etherIPVersion {
		return w.malformedWith(s, etherIPLen, ErrVersion)
	}
	if w.header(s, etherIPLen) == nil {
		return step{}
	}
	return step{IDEthernet, s.at + etherIPLen, s.end}
}
