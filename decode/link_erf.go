package decode

// Endace ERF: the record header of the capture card.
const (
	erfLen    = 16
	erfExtLen = 8
	erfEthPad = 2
)

var erfProto = Protocol{
	Key: "erf", Name: "Endace record", Ref: "LINKTYPE_ERF", walk: walkERF, none: NotIP,
	Fields: []Spec{
		{Key: "erf.ts", Name: "Time Stamp", Bits: 0<<8 | 64, Show: ShowLE, Ref: "LINKTYPE_ERF",
			Doc: "Seconds in the upper half, parts of a second in the lower."},
		{Key: "erf.types.type", Name: "Type", Bits: 64<<8 | 8, Ref: "LINKTYPE_ERF",
			Doc: "The type of record; if bit 7 is set, an extension header follows."},
		{Key: "erf.flags", Name: "Flags", Bits: 72<<8 | 8, Show: ShowHex, Ref: "LINKTYPE_ERF",
			Doc: "The card's interface and its error flags."},
		{Key: "erf.rlen", Name: "Record Length", Bits: 80<<8 | 16, Ref: "LINKTYPE_ERF",
			Doc: "Bytes of the record with this header."},
		{Key: "erf.lctr", Name: "Loss Counter", Bits: 96<<8 | 16, Ref: "LINKTYPE_ERF",
			Doc: "Packets lost, or a color given by a filter."},
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
		return w.truncated(s, erfLen)
	}
	n := erfLen
	for more := h[8]; more&0x80 != 0; n += erfExtLen {
		if n >= len(h) {
			return w.truncated(s, n+erfExtLen)
		}
		more = h[n]
	}
	next := IDNone
	switch h[8] & 0x7f {
	case 2, 11, 16, 20: // Ethernet, with color, with a filter's color, with a hash
		n, next = n+erfEthPad, IDEthernet
	case 22:
		next = IDIPv4
	case 23:
		next = IDIPv6
	}
	if w.header(s, n) == nil {
		return step{}
	}
	if next == IDNone {
		w.setNoPorts(NotIP)
		return step{}
	}
	return step{next, s.at + n, s.end}
}
