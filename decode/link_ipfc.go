package decode

// IP over Fibre Channel, RFC 4338.
const ipfcLen = 16

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
	if w.header(s, ipfcLen) == nil {
		return step{}
	}
	return step{IDLLC, s.at + ipfcLen, s.end}
}
