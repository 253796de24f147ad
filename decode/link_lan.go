package decode

// Older local networks: FDDI (ISO 9314-2), Token Ring (IEEE 802.5), ARCnet (RFC 1201, RFC 1051), IP
// over Fibre Channel (RFC 4338) and Apple's IP over IEEE 1394.
const (
	fddiLen   = 13
	tokenLen  = 14
	ipfcLen   = 16
	ieee1394n = 18
)

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
	h := w.whole(s, fddiLen)
	if h == nil {
		return step{}
	}
	if h[0]&0x70 == 0x50 { // LLC, asynchronous (0x5x) or synchronous (0xdx)
		return step{IDLLC, s.at + fddiLen, s.end}
	}
	w.because(NotIP)
	return step{}
}

var tokenProto = Protocol{
	Key: "tr", Name: "Token Ring", Ref: "IEEE 802.5", walk: walkToken, none: NotIP,
	Fields: []Spec{
		{Key: "tr.ac", Name: "Access Control", Short: "AC", Bits: 0<<8 | 8, Show: ShowHex,
			Ref: "IEEE 802.5 3.2.3", Doc: "Priority and whether it is a token."},
		{Key: "tr.fc", Name: "Frame Control", Short: "FC", Bits: 8<<8 | 8, Show: ShowHex,
			Ref: "IEEE 802.5 3.2.4", Doc: "Its upper two bits are 01 for LLC."},
		{Key: "tr.dst", Name: "Destination Address", Short: "Destination", Bits: 16<<8 | 48,
			Show: ShowMAC, Ref: "IEEE 802.5 3.2.5", Doc: "The station that the frame is for."},
		{Key: "tr.src", Name: "Source Address", Short: "Source", Bits: 64<<8 | 48, Show: ShowMAC,
			Ref: "IEEE 802.5 3.2.5",
			Doc: "The station that sent the frame; its first bit announces a route."},
	},
	more: func(f *fieldList) { f.rest(&tokenRoute, tokenLen) },
}

var tokenRoute = Spec{Key: "tr.rif", Name: "Routing Information", Show: ShowBytes,
	Ref: "IEEE 802.5 3.2.6",
	Doc: "The rings and bridges that the frame passes; its length is in the lowest five bits of " +
		"the first byte."}

func walkToken(w *walker, s step) step {
	h := w.visible(s)
	n := tokenLen
	if len(h) > tokenLen && h[8]&0x80 != 0 {
		n += max(2, int(h[tokenLen]&0x1f)&^1)
	}
	if h = w.whole(s, n); h == nil {
		return step{}
	}
	if h[1]>>6 == 1 {
		return step{IDLLC, s.at + n, s.end}
	}
	w.because(NotIP)
	return step{}
}

var ipfcProto = Protocol{
	Key: "ipfc", Name: "IP over Fibre Channel", Ref: "RFC 4338", walk: walkIPFC, none: NotIP,
	Fields: []Spec{
		{Key: "ipfc.nh.da", Name: "Network Destination Address", Short: "Destination",
			Bits: 0<<8 | 64, Show: ShowHex, Ref: "RFC 4338 4",
			Doc: "The port's world wide name that the frame is for."},
		{Key: "ipfc.nh.sa", Name: "Network Source Address", Short: "Source", Bits: 64<<8 | 64,
			Show: ShowHex, Ref: "RFC 4338 4",
			Doc: "The port's world wide name that sent the frame."},
	},
}

func walkIPFC(w *walker, s step) step {
	if w.whole(s, ipfcLen) == nil {
		return step{}
	}
	return step{IDLLC, s.at + ipfcLen, s.end}
}

var ap1394Proto = Protocol{
	Key: "ap1394", Name: "Apple IP over IEEE 1394", Ref: "LINKTYPE_APPLE_IP_OVER_IEEE1394",
	walk: walkAP1394, none: NotIP,
	Fields: []Spec{
		{Key: "ap1394.dst", Name: "Destination", Bits: 0<<8 | 64, Show: ShowHex,
			Ref: "LINKTYPE_APPLE_IP_OVER_IEEE1394",
			Doc: "The unique number of the device that the frame is for."},
		{Key: "ap1394.src", Name: "Source", Bits: 64<<8 | 64, Show: ShowHex,
			Ref: "LINKTYPE_APPLE_IP_OVER_IEEE1394",
			Doc: "The unique number of the device that sent the frame."},
		{Key: "ap1394.type", Name: "EtherType", Short: "Type", Bits: 128<<8 | 16, Show: ShowHex,
			Role: NextEtherType, Ref: "LINKTYPE_APPLE_IP_OVER_IEEE1394",
			Doc: "Says which protocol follows.", Mean: etherTypeName},
	},
}

func walkAP1394(w *walker, s step) step {
	h := w.whole(s, ieee1394n)
	if h == nil {
		return step{}
	}
	return w.byEtherType(u16(h[16:]), s.at+ieee1394n, s.end)
}
