package decode

import (
	"encoding/binary"

	"github.com/portsniff/portsniff/linktype"
)

// Per-Packet Information, CACE Technologies' header before a frame of any link type. All numbers
// are least significant byte first.
const (
	ppiLen      = 8
	ppiFieldLen = 4
	ppiCommon   = 2 // 802.11-Common; its flags are at byte 8 and bit 0 means a check sequence
)

var ppiProto = Protocol{
	Key: "ppi", Name: "Per-Packet Information", Ref: "PPI 1.0.7", walk: walkPPI, none: NotIP,
	Fields: []Spec{
		{Key: "ppi.version", Name: "Version", Short: "Ver", Bits: 0<<8 | 8, Ref: "PPI 1.0.7 3.1",
			Doc: "Zero."},
		{Key: "ppi.flags", Name: "Flags", Bits: 8<<8 | 8, Show: ShowHex, Ref: "PPI 1.0.7 3.1",
			Doc: "Bit 0: fields are aligned to four bytes."},
		{Key: "ppi.length", Name: "Length", Bits: 16<<8 | 16, Show: ShowLE, Ref: "PPI 1.0.7 3.1",
			Doc: "Length of the whole header in bytes."},
		{Key: "ppi.dlt", Name: "Data Link Type", Short: "DLT", Bits: 32<<8 | 32, Show: ShowLE,
			Ref: "PPI 1.0.7 3.1",
			Doc: "The link type of the frame after the header; 105 is 802.11."},
	},
	more: func(f *fieldList) { f.rest(&ppiFields, ppiLen) },
}

var ppiFields = Spec{Key: "ppi.fields", Name: "Fields", Show: ShowBytes, Ref: "PPI 1.0.7 3.2",
	Doc: "Data of the capturing device: each field has a type, a length and data."}

func walkPPI(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < ppiLen {
		return w.truncated(s, ppiLen)
	}
	n := int(binary.LittleEndian.Uint16(h[2:]))
	if n < ppiLen {
		return w.malformedWith(s, ppiLen, ErrLength)
	}
	if h = w.header(s, n); h == nil {
		return step{}
	}
	end := s.end
	if ppiHasFCS(h[:n]) {
		end = max(s.at+n, end-wlanFCSLen)
	}
	return w.byLink(linktype.Type(binary.LittleEndian.Uint32(h[4:])), s.at+n, end)
}

// ppiHasFCS reports whether the 802.11-Common field of a complete header announces a check
// sequence.
func ppiHasFCS(h []byte) bool {
	align := int(h[1]&1) * 3
	for h = h[ppiLen:]; len(h) >= ppiFieldLen; {
		typ, n := binary.LittleEndian.Uint16(h), ppiFieldLen+int(binary.LittleEndian.Uint16(h[2:]))
		if typ == ppiCommon && n >= 14 && len(h) >= 14 {
			return h[ppiFieldLen+8]&1 != 0
		}
		if n = (n + align) &^ align; n > len(h) {
			return false
		}
		h = h[n:]
	}
	return false
}

// byLink continues with the first header of a link type.
func (w *walker) byLink(l linktype.Type, at, end int) step {
	if id := LinkProtocol(l); id != IDNone {
		return step{id, at, end}
	}
	w.setNoPorts(UnsupportedLink)
	return step{}
}
