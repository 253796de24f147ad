package decode

// IEEE 802.3br mPacket: the preamble before an Ethernet frame.
const mpackLen = 8

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
	h := w.header(s, mpackLen)
	if h == nil {
		return step{}
	}
	switch h[mpackLen-1] {
	case 0xd5, 0xe6, 0x4c, 0x7f, 0xb3:
		// an express frame, or the first part of a preemptable one
		return step{IDEthernet, s.at + mpackLen, max(s.at+mpackLen, s.end-wlanFCSLen)}
	}
	w.setNoPorts(NotIP)
	return step{}
}
