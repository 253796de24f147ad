package decode

// TZSP, TaZmen Sniffer Protocol: version, type and encapsulation, then tags up to an end tag, then
// the captured frame.
const (
	tzspMinLen = 4
	tzspRef    = "TZSP"

	tzspVersion Bits = 0<<8 | 8
	tzspType    Bits = 8<<8 | 8
	tzspEncap   Bits = 16<<8 | 16

	tzspPad = 0 // tags without a length
	tzspEnd = 1
)

var tzspProto = Protocol{
	Key: "tzsp", Name: "TaZmen Sniffer Protocol", Ref: tzspRef, walk: walkTZSP,
	Fields: []Spec{
		{Key: "tzsp.version", Name: "Version", Short: "Ver", Bits: tzspVersion, Ref: tzspRef,
			Doc: "1."},
		{Key: "tzsp.type", Name: "Type", Bits: tzspType, Ref: tzspRef,
			Doc: "0 and 1 carry a frame."},
		{Key: "tzsp.encap", Name: "Encapsulates", Short: "Encap", Bits: tzspEncap, Ref: tzspRef,
			Doc: "The frame's first header: 1 is Ethernet, 18 IEEE 802.11."},
	},
	more: func(f *fieldList) { f.rest(&tzspTags, tzspMinLen) },
}

var tzspTags = Spec{Key: "tzsp.tags", Name: "Tags", Show: ShowBytes, Ref: tzspRef,
	Doc: "What the radio measured; the last tag is 1."}

// tzspHeaderLen returns the length of the header with its tags, or 0 if they do not end within h.
func tzspHeaderLen(h []byte) int {
	for n := tzspMinLen; n < len(h); {
		switch h[n] {
		case tzspEnd:
			return n + 1
		case tzspPad:
			n++
		default:
			if n+1 >= len(h) {
				return 0
			}
			n += 2 + int(h[n+1])
		}
	}
	return 0
}

func tzspInner(n uint16) ProtocolID {
	switch n {
	case 1:
		return IDEthernet
	case 2:
		return IDTokenRing
	case 4:
		return IDPPP
	case 5:
		return IDFDDI
	case 7:
		return IDRaw
	case 18:
		return IDWLAN
	case 119:
		return IDPrism
	case 127:
		return IDAVS
	}
	return IDNone
}

// isTZSP requires the version, a type that carries a frame, and an end tag.
func isTZSP(h []byte, _ int) bool {
	return len(h) >= tzspMinLen && tzspVersion.U8(h) == 1 && tzspType.U8(h) <= 1 &&
		tzspInner(tzspEncap.U16(h)) != IDNone && tzspHeaderLen(h) > 0
}

func walkTZSP(w *walker, s step) step {
	h := w.visible(s)
	n := tzspHeaderLen(h)
	if n == 0 {
		return w.truncated(s, len(h)+1)
	}
	w.add(s, n, s.end)
	return step{tzspInner(tzspEncap.U16(h)), s.at + n, s.end}
}
