package decode

import "encoding/binary"

// prismLen is the length of Prism's header before an 802.11 frame, in bytes. Its fields are in the
// byte order of the capturing machine.
const prismLen = 144

var prismProto = Protocol{
	Key: "prism", Name: "Prism capture header", Ref: "LINKTYPE_IEEE802_11_PRISM", walk: walkPrism,
	none: NotIP,
	Fields: []Spec{
		{Key: "prism.msgcode", Name: "Message Code", Bits: 0<<8 | 32, Show: ShowHex,
			Ref: "LINKTYPE_IEEE802_11_PRISM", Doc: "0x44 or 0x41."},
		{Key: "prism.msglen", Name: "Message Length", Bits: 32<<8 | 32, Show: ShowHex,
			Ref: "LINKTYPE_IEEE802_11_PRISM", Doc: "Length of the header in bytes, 144."},
		{Key: "prism.devname", Name: "Device", Bits: 64<<8 | 128, Show: ShowText,
			Ref: "LINKTYPE_IEEE802_11_PRISM", Doc: "The interface."},
	},
	more: func(f *fieldList) { f.rest(&prismData, 24) },
}

var prismData = Spec{Key: "prism.did", Name: "Measurements", Show: ShowBytes,
	Ref: "LINKTYPE_IEEE802_11_PRISM", Doc: "Time, channel, signal, rate and frame length."}

func walkPrism(w *walker, s step) step {
	h := w.visible(s)
	if len(h) >= 4 && binary.BigEndian.Uint32(h)>>12 == avsMagic {
		return step{IDAVS, s.at, s.end}
	}
	if w.header(s, prismLen) == nil {
		return step{}
	}
	return step{IDWLAN, s.at + prismLen, s.end}
}
