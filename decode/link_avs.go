package decode

import "encoding/binary"

// AVS capture header, LINKTYPE_IEEE802_11_AVS: IEEE 802.11 follows.
const (
	avsMinLen = 8
	avsMagic  = 0x80211
)

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
		return w.truncated(s, avsMinLen)
	}
	n := binary.BigEndian.Uint32(h[4:])
	if n < avsMinLen || uint64(n) > uint64(s.end-s.at) {
		return w.malformedWith(s, avsMinLen, ErrLength)
	}
	if w.header(s, int(n)) == nil {
		return step{}
	}
	return step{IDWLAN, s.at + int(n), s.end}
}
