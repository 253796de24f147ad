package decode

// Apple's IP over IEEE 1394, LINKTYPE_APPLE_IP_OVER_IEEE1394.
const ieee1394n = 18

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
			Doc: "The protocol that follows.", Mean: etherTypeName},
	},
}

func walkAP1394(w *walker, s step) step {
	h := w.header(s, ieee1394n)
	if h == nil {
		return step{}
	}
	return w.byEtherType(u16(h[16:]), s.at+ieee1394n, s.end)
}
