package decode

// What capture cards and switches put before Ethernet frames, and ATM's thin headers.
const (
	sunATMLen = 4
	naLen     = 4
	naTrLen   = 12
	mpackLen  = 8
	erfLen    = 16
	erfExtLen = 8
	erfEthPad = 2
)

var sunATMProto = Protocol{
	Key: "atm", Name: "SunATM", Ref: "LINKTYPE_SUNATM", walk: walkSunATM, none: NotIP,
	Fields: []Spec{
		{Key: "atm.flags", Name: "Direction and Type", Short: "Type", Bits: 0<<8 | 8, Show: ShowHex,
			Ref: "LINKTYPE_SUNATM", Doc: "The lowest four bits: 1 is LAN emulation, 2 is LLC."},
		{Key: "atm.vpi", Name: "VPI", Bits: 8<<8 | 8, Ref: "LINKTYPE_SUNATM",
			Doc: "The virtual path."},
		{Key: "atm.vci", Name: "VCI", Bits: 16<<8 | 16, Ref: "LINKTYPE_SUNATM",
			Doc: "The virtual circuit in that path."},
	},
	more: func(f *fieldList) { f.rest(&laneSpec, sunATMLen) },
}

var laneSpec = Spec{Key: "lane.le_client", Name: "LE Client", Show: ShowHex,
	Ref: "ATM Forum LANE 4.1", Doc: "The LAN emulation client that sent the frame."}

func walkSunATM(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < sunATMLen {
		return w.short(s, sunATMLen)
	}
	n, next := sunATMLen, IDNone
	switch h[0] & 0x0f {
	case 1:
		n, next = n+2, IDEthernet
	case 2:
		next = IDLLC
	}
	if w.whole(s, n) == nil {
		return step{}
	}
	if next == IDNone {
		w.because(NotIP)
		return step{}
	}
	return step{next, s.at + n, s.end}
}

var clipProto = Protocol{Key: "clip", Name: "Classical IP over ATM", Ref: "RFC 2225",
	walk: walkCLIP, none: NotIP}

// walkCLIP looks for the LLC and SNAP header that RFC 2225 asks for; Linux captures come without
// one too.
func walkCLIP(w *walker, s step) step {
	if h := w.visible(s); len(h) > 0 && h[0] == llcSNAP {
		return step{IDLLC, s.at, s.end}
	}
	return step{IDRaw, s.at, s.end}
}

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

// walkNetAna leaves out the frame check sequence, with which these frames always end.
func walkNetAna(w *walker, s step) step {
	n := naLen
	if s.id == IDNetAnalyzerTr {
		n = naTrLen
	}
	if w.whole(s, n) == nil {
		return step{}
	}
	return step{IDEthernet, s.at + n, max(s.at+n, s.end-wlanFCSLen)}
}

var mpacketProto = Protocol{
	Key: "fpp", Name: "IEEE 802.3br mPacket", Ref: "IEEE 802.3 99.3", walk: walkMPacket,
	none: NotIP,
	Fields: []Spec{
		{Key: "fpp.preamble.pre", Name: "Preamble", Bits: 0<<8 | 56, Show: ShowHex,
			Ref: "IEEE 802.3 99.3.2", Doc: "Bytes 0x55 that precede every frame on the wire."},
		{Key: "fpp.preamble.smd", Name: "Start mPacket Delimiter", Short: "SMD", Bits: 56<<8 | 8,
			Show: ShowHex, Ref: "IEEE 802.3 99.3.3",
			Doc: "0xd5 is a whole frame; others begin or continue a frame that can be " +
				"interrupted."},
	},
}

func walkMPacket(w *walker, s step) step {
	h := w.whole(s, mpackLen)
	if h == nil {
		return step{}
	}
	switch h[mpackLen-1] {
	case 0xd5, 0xe6, 0x4c, 0x7f, 0xb3:
		// express, or the first part of a frame that can be interrupted
		return step{IDEthernet, s.at + mpackLen, max(s.at+mpackLen, s.end-wlanFCSLen)}
	}
	w.because(NotIP)
	return step{}
}

var erfProto = Protocol{
	Key: "erf", Name: "Endace record", Ref: "LINKTYPE_ERF", walk: walkERF, none: NotIP,
	Fields: []Spec{
		{Key: "erf.ts", Name: "Time Stamp", Bits: 0<<8 | 64, Show: ShowLE, Ref: "LINKTYPE_ERF",
			Doc: "Seconds in the upper half, parts of a second in the lower."},
		{Key: "erf.types.type", Name: "Type", Bits: 64<<8 | 8, Ref: "LINKTYPE_ERF",
			Doc: "What follows; bit 7 announces an extension header."},
		{Key: "erf.flags", Name: "Flags", Bits: 72<<8 | 8, Show: ShowHex, Ref: "LINKTYPE_ERF",
			Doc: "The card's interface and what went wrong."},
		{Key: "erf.rlen", Name: "Record Length", Bits: 80<<8 | 16, Ref: "LINKTYPE_ERF",
			Doc: "Bytes of the record with this header."},
		{Key: "erf.lctr", Name: "Loss Counter", Bits: 96<<8 | 16, Ref: "LINKTYPE_ERF",
			Doc: "Packets lost, or a colour given by a filter."},
		{Key: "erf.wlen", Name: "Wire Length", Bits: 112<<8 | 16, Ref: "LINKTYPE_ERF",
			Doc: "Bytes of the frame on the wire."},
	},
	more: func(f *fieldList) { f.rest(&erfMore, erfLen) },
}

var erfMore = Spec{Key: "erf.ehdr", Name: "Extension Headers and Padding", Show: ShowBytes,
	Ref: "LINKTYPE_ERF",
	Doc: "Eight bytes each while bit 7 of the first is set; two bytes of padding before Ethernet."}

func walkERF(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < erfLen {
		return w.short(s, erfLen)
	}
	n := erfLen
	for more := h[8]; more&0x80 != 0; n += erfExtLen {
		if n >= len(h) {
			return w.short(s, n+erfExtLen)
		}
		more = h[n]
	}
	next := IDNone
	switch h[8] & 0x7f {
	case 2, 11, 16, 20: // Ethernet, with colour, with a filter's colour, with a hash
		n, next = n+erfEthPad, IDEthernet
	case 22:
		next = IDIPv4
	case 23:
		next = IDIPv6
	}
	if w.whole(s, n) == nil {
		return step{}
	}
	if next == IDNone {
		w.because(NotIP)
		return step{}
	}
	return step{next, s.at + n, s.end}
}
