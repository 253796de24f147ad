package decode

// FDDI, ISO 9314-2.
const fddiLen = 13

var fddiProto = Protocol{
	Key: "fddi", Name: "Fiber Distributed Data Interface", Ref: "ISO 9314-2", walk: walkFDDI,
	none: NotIP,
	Fields: []Spec{
		{Key: "fddi.fc", Name: "Frame Control", Short: "FC", Bits: 0<<8 | 8, Show: ShowHex,
			Ref: "ISO 9314-2 7.3.3", Doc: "The kind of frame: 0x5x and 0xdx carry LLC."},
		{Key: "fddi.dst", Name: "Destination Address", Short: "Destination", Bits: 8<<8 | 48,
			Show: ShowMAC, Ref: "ISO 9314-2 7.3.4", Doc: "The station that the frame is for."},
		{Key: "fddi.src", Name: "Source Address", Short: "Source", Bits: 56<<8 | 48, Show: ShowMAC,
			Ref: "ISO 9314-2 7.3.4", Doc: "The station that sent the frame."},
	},
}

func walkFDDI(w *walker, s step) step {
	h := w.header(s, fddiLen)
	if h == nil {
		return step{}
	}
	if h[0]&0x70 == 0x50 { // LLC, asynchronous (0x5x) or synchronous (0xdx)
		return step{IDLLC, s.at + fddiLen, s.end}
	}
	w.setNoPorts(NotIP)
	return step{}
}
