package decode

import "encoding/binary"

// Radiotap, the radio's information about a frame (radiotap.org). All numbers are least significant
// byte first.
const (
	radiotapMinLen = 8
	wlanFCSLen     = 4

	radiotapFCS = 0x10 // of Flags: the frame ends with its check sequence
	radiotapPad = 0x20 // of Flags: the 802.11 header is padded to a multiple of four
)

var radiotapProto = Protocol{
	Key: "radiotap", Name: "Radiotap capture header", Ref: "radiotap.org", walk: walkRadiotap,
	none: NotIP,
	Fields: []Spec{
		{Key: "radiotap.version", Name: "Version", Short: "Ver", Bits: 0<<8 | 8,
			Ref: "radiotap.org", Doc: "Zero."},
		{Key: "radiotap.pad", Name: "Pad", Bits: 8<<8 | 8, Show: ShowRsv, Ref: "radiotap.org",
			Doc: "Unused."},
		{Key: "radiotap.length", Name: "Length", Bits: 16<<8 | 16, Show: ShowLE,
			Ref: "radiotap.org",
			Doc: "Length of the whole header in bytes; the 802.11 frame follows."},
		{Key: "radiotap.present.word", Name: "Present", Bits: 32<<8 | 32, Show: ShowLE,
			Ref: "radiotap.org",
			Doc: "One bit for each field that follows; if bit 31 is set, another word of bits " +
				"follows."},
	},
	more: func(f *fieldList) { f.rest(&radiotapData, radiotapMinLen) },
}

var radiotapData = Spec{Key: "radiotap.data", Name: "Data", Show: ShowBytes, Ref: "radiotap.org",
	Doc: "What the radio measured, in the order of the present bits."}

// radiotapFlags returns the Flags field of a complete header. It follows the present words, and the
// timestamp if there is one.
func radiotapFlags(h []byte) byte {
	at := 4
	for at+4 <= len(h) && h[at+3]&0x80 != 0 {
		at += 4
	}
	at += 4
	if h[4]&1 != 0 {
		at = (at+7)&^7 + 8
	}
	if h[4]&2 == 0 || at >= len(h) {
		return 0
	}
	return h[at]
}

func walkRadiotap(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < radiotapMinLen {
		return w.truncated(s, radiotapMinLen)
	}
	if h[0] != 0 {
		return w.malformedWith(s, radiotapMinLen, ErrVersion)
	}
	n := int(binary.LittleEndian.Uint16(h[2:]))
	if n < radiotapMinLen {
		return w.malformedWith(s, radiotapMinLen, ErrLength)
	}
	if h = w.header(s, n); h == nil {
		return step{}
	}
	end := s.end
	if radiotapFlags(h[:n])&radiotapFCS != 0 {
		end = max(s.at+n, end-wlanFCSLen)
	}
	return step{IDWLAN, s.at + n, end}
}

// wlanPadded reports whether the last header is radiotap and announces a padded 802.11 header.
func (w *walker) wlanPadded() bool {
	if len(w.Layers) == 0 || w.Layers[len(w.Layers)-1].ID != IDRadiotap {
		return false
	}
	l := w.Layers[len(w.Layers)-1]
	return radiotapFlags(w.Data[l.At:l.At+l.Len])&radiotapPad != 0
}
