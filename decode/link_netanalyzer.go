package decode

// Hilscher netANALYZER: the capture card's header before Ethernet frames.
const (
	naLen   = 4
	naTrLen = 12
)

var netAnaProto = Protocol{
	Key: "netanalyzer", Name: "Hilscher netANALYZER", Ref: "LINKTYPE_NETANALYZER", walk: walkNetAna,
	none: NotIP,
	Fields: []Spec{{Key: "netanalyzer.header", Name: "Header", Bits: 0<<8 | 32, Show: ShowHex,
		Ref: "LINKTYPE_NETANALYZER", Doc: "Port, errors and length, as the card saw them."}},
}

var netAnaTrProto = Protocol{
	Key: "netanalyzer", Name: "Hilscher netANALYZER, transparent",
	Ref: "LINKTYPE_NETANALYZER_TRANSPARENT", walk: walkNetAna, none: NotIP,
	Fields: []Spec{
		{Key: "netanalyzer.header", Name: "Header", Bits: 0<<8 | 32, Show: ShowHex,
			Ref: "LINKTYPE_NETANALYZER_TRANSPARENT",
			Doc: "Port, errors and length, as the card saw them."},
		{Key: "netanalyzer.preamble", Name: "Preamble", Bits: 32<<8 | 64, Show: ShowHex,
			Ref: "IEEE 802.3 3.2.1", Doc: "What precedes every frame on the wire."},
	},
}

// walkNetAna excludes the frame check sequence, with which these frames always end.
func walkNetAna(w *walker, s step) step {
	n := naLen
	if s.id == IDNetAnalyzerTr {
		n = naTrLen
	}
	if w.header(s, n) == nil {
		return step{}
	}
	return step{IDEthernet, s.at + n, max(s.at+n, s.end-wlanFCSLen)}
}
