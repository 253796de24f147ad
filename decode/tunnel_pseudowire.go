package decode

// Headers other than IP below the bottom of an MPLS stack. They are a pseudowire's control word
// with an Ethernet frame (RFC 4448 section 4.6), an Ethernet frame without one, or an associated
// channel (RFC 4385 section 5).
const pwLen = 4

var pwCWProto = Protocol{
	Key: "pwethcw", Name: "Pseudowire control word", Ref: "RFC 4448 4.6", walk: walkPWCW,
	none: NotIP,
	Fields: []Spec{
		{Key: "pweth.cw.nibble", Name: "First nibble", Short: "0", Bits: 0<<8 | 4,
			Ref: "RFC 4385 3", Doc: "Zero, so that no router takes it for IP."},
		{Key: "pweth.cw.reserved", Name: "Reserved", Bits: 4<<8 | 12, Show: ShowRsv,
			Ref: "RFC 4448 4.6", Doc: "Sent as zero."},
		{Key: "pweth.cw.sequence_number", Name: "Sequence Number", Short: "Sequence",
			Bits: 16<<8 | 16, Ref: "RFC 4448 4.6", Doc: "Counts the frames, or 0."},
	},
}

var pwACHProto = Protocol{
	Key: "pwach", Name: "Pseudowire associated channel", Ref: "RFC 4385 5", walk: walkPWACH,
	none: NotIP,
	Fields: []Spec{
		{Key: "pwach.nibble", Name: "First nibble", Short: "1", Bits: 0<<8 | 4, Ref: "RFC 4385 5",
			Doc: "1."},
		{Key: "pwach.ver", Name: "Version", Short: "Ver", Bits: 4<<8 | 4, Ref: "RFC 4385 5",
			Doc: "Zero."},
		{Key: "pwach.res", Name: "Reserved", Bits: 8<<8 | 8, Show: ShowRsv, Ref: "RFC 4385 5",
			Doc: "Sent as zero."},
		{Key: "pwach.channel_type", Name: "Channel Type", Bits: 16<<8 | 16, Show: ShowHex,
			Ref: "RFC 4385 5", Doc: "What follows: 0x0021 is IPv4, 0x0057 IPv6."},
	},
}

func walkPWCW(w *walker, s step) step {
	if w.header(s, pwLen) == nil {
		return step{}
	}
	return step{IDEthernet, s.at + pwLen, s.end}
}

func walkPWACH(w *walker, s step) step {
	h := w.header(s, pwLen)
	if h == nil {
		return step{}
	}
	switch u16(h[2:]) {
	case 0x21:
		return step{IDIPv4, s.at + pwLen, s.end}
	case 0x57:
		return step{IDIPv6, s.at + pwLen, s.end}
	}
	return w.notIP()
}
