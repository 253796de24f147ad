package decode

import "encoding/binary"

// Two older headers before 802.11 frames: Prism's, of 144 bytes in the byte order of the machine
// that captured, and AVS's, which says its own length.
const (
	prismLen  = 144
	avsMinLen = 8
	avsMagic  = 0x80211
)

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
	if w.whole(s, prismLen) == nil {
		return step{}
	}
	return step{IDWLAN, s.at + prismLen, s.end}
}

var avsProto = Protocol{
	Key: "wlancap", Name: "AVS capture header", Ref: "LINKTYPE_IEEE802_11_AVS", walk: walkAVS,
	none: NotIP,
	Fields: []Spec{
		{Key: "wlancap.magic", Name: "Magic Number and Version", Bits: 0<<8 | 32, Show: ShowHex,
			Ref: "LINKTYPE_IEEE802_11_AVS",
			Doc: "0x80211 and the version in the last twelve bits."},
		{Key: "wlancap.length", Name: "Length", Bits: 32<<8 | 32, Ref: "LINKTYPE_IEEE802_11_AVS",
			Doc: "Length of the header in bytes."},
	},
	more: func(f *fieldList) { f.rest(&avsData, avsMinLen) },
}

var avsData = Spec{Key: "wlancap.data", Name: "Measurements", Show: ShowBytes,
	Ref: "LINKTYPE_IEEE802_11_AVS", Doc: "Time, channel, rate, signal."}

func walkAVS(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < avsMinLen {
		return w.short(s, avsMinLen)
	}
	n := binary.BigEndian.Uint32(h[4:])
	if n < avsMinLen || uint64(n) > uint64(s.end-s.at) {
		return w.bad(s, avsMinLen, ErrLength)
	}
	if w.whole(s, int(n)) == nil {
		return step{}
	}
	return step{IDWLAN, s.at + int(n), s.end}
}
